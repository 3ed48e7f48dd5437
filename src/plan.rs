//! What to make: one job for each file of the output.
//!
//! Here, and nowhere else, the moment meets the site: each award's dates become its
//! status, and from then on only the status counts. A job's identity is a hash of
//! everything its bytes depend on. Two plans with the same identities make the same
//! site; a job whose identity was made before need not be made again. That is all
//! that incremental building is.

mod people;

use std::hash::Hash;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::{
    hash::{Digest, DigestHasher},
    picture::Format,
    prose::Prose,
    site::{Edition, PictureFile, Section, Site, Status, alias_path, indexed, sitemap_part},
    source::record::Hosting,
    theme::Theme,
};

/// The program, as identities see it: its version and a hash of its sources.
pub const PROGRAM: &str = concat!(env!("CARGO_PKG_VERSION"), "+", env!("BONAFIDE_SOURCES"));

/// What a job makes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Make {
    /// The home page.
    Home,
    /// "Check a badge".
    Verify,
    /// The list of questions.
    FaqIndex,
    /// The list of guides, where no file says what stands there.
    GuidesIndex,
    /// A page of content.
    Page(usize),
    /// What a badge stands for.
    Badge(usize),
    /// A verification page.
    Award(usize, Status),
    /// The first page of a list of people.
    People(usize),
    /// One part of a list of people.
    PeoplePart(usize, usize),
    /// In which places of a list each word of a name is.
    PeopleWords(usize),
    /// The page of a person, with the statuses of the person's awards.
    Person(usize, Box<[Status]>),
    /// The page that says nothing.
    Private,
    /// A page that leads on to an award.
    Alias(usize),
    /// The share card of an award.
    AwardCard(usize),
    /// The certificate of an award, for a status as [`Status::on_paper`] gives it.
    Certificate(usize, Status),
    /// The share card of a badge.
    BadgeCard(usize),
    /// The share card of all other pages.
    SiteCard,
    /// A badge's picture in a size.
    BadgePicture(usize, u32, PictureFile),
    /// What other sites show of an award's address.
    Oembed {
        /// Which.
        award: usize,
        /// Whether it counts today.
        counts: bool,
    },
    /// A QR code as SVG.
    QrSvg(usize),
    /// A QR code as PNG.
    QrPng(usize),
    /// A file of `content/`.
    Asset(usize),
    /// A file of the theme.
    Static(usize),
    /// The style sheet.
    Style,
    /// The icon.
    Icon,
    /// The page for addresses that are not there.
    NotFound,
    /// `sitemap.xml`: all of it, or the index of its parts.
    Sitemap,
    /// A part of the sitemap.
    SitemapPart(usize),
    /// `search.json`.
    Search,
    /// `robots.txt`.
    Robots,
    /// `as-of.json`.
    AsOf,
    /// `.nojekyll`.
    NoJekyll,
    /// `_headers`.
    Headers,
    /// `_redirects`.
    Redirects,
    /// `CNAME`.
    Cname,
}

/// One file of the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its path, relative to the output's folder.
    pub path: String,
    /// Hash of everything that its bytes depend on.
    pub identity: Digest,
    /// What it is.
    pub make: Make,
    /// The language it is in: its place among those of the site.
    pub language: usize,
    /// The award whose own address it answers, once for each award.
    pub award: Option<usize>,
}

/// Everything to make, at a moment.
#[derive(Debug)]
pub struct Plan {
    /// All files.
    pub jobs: Vec<Job>,
    /// How many awards have each status, in the order of [`Status::ALL`].
    pub statuses: [usize; 7],
    /// The next moment at which another plan results from the same input.
    pub next_change: Option<Timestamp>,
    /// What is left out because of where the site will be, and why.
    pub notes: Vec<String>,
}

/// What jobs share, hashed once.
struct Shared {
    /// What every card depends on.
    card: Digest,
    /// What every certificate depends on.
    certificate: Digest,
    /// What QR codes depend on, besides the award's address.
    qr: Digest,
    /// What texts of exports show and lead to: the sizes of all pictures, the pages and which name is a page's title.
    pictures: Digest,
    /// What pages of each language share.
    languages: Vec<SharedByLanguage>,
}

/// What the pages of one language share.
struct SharedByLanguage {
    /// What every page depends on: the program, the theme, settings, badges, menu.
    page: Digest,
    /// The structure of the FAQ and of the other pages: titles, order, addresses.
    structure: Digest,
    /// For each badge and status, the questions that verification pages show.
    questions: Vec<[Digest; 7]>,
}

/// Makes the plan of a site at a moment. `prose` has the texts of each language.
pub fn plan(site: &Site<'_>, theme: &Theme, prose: &[Prose], fonts: Digest, moment: Timestamp) -> Plan {
    let shared = Shared::new(site, theme, prose, fonts);
    let mut jobs = Vec::with_capacity(site.awards.len() * 3 + 256);
    for (language, ((edition, prose), own)) in site.editions().zip(prose).zip(&shared.languages).enumerate() {
        pages(site, edition, prose, own, &mut |path, make, depends| {
            jobs.push(Job { language, ..job(edition.at(path), make, &own.page, depends) });
        });
    }
    if let Some(own) = shared.languages.first() {
        files(site, theme, &shared, own, &mut |path, make, depends| {
            jobs.push(job(path.to_owned(), make, &own.page, depends));
        });
    }
    jobs.extend(badge_pictures(site, fonts));
    let mut statuses = [0; 7];
    let awards: Vec<Status> = site.awards.iter().map(|award| award.timeline.status(moment)).collect();
    for status in &awards {
        if let Some(count) = statuses.get_mut(*status as usize) {
            *count += 1;
        }
    }
    let made: Vec<Vec<Job>> = awards
        .par_iter()
        .enumerate()
        .with_min_len(256)
        .map(|(index, status)| award_jobs(site, &shared, index, *status))
        .collect();
    jobs.extend(made.into_iter().flatten());
    for (language, (edition, own)) in site.editions().zip(&shared.languages).enumerate() {
        people::jobs(site, edition, language, &own.page, &awards, &mut jobs);
    }
    Plan { jobs, statuses, next_change: site.next_change(moment), notes: site.notes() }
}

/// How a job is added: its path, what it makes, what it depends on besides what all pages do.
type Add<'a> = &'a mut dyn FnMut(&str, Make, &dyn Fn(&mut DigestHasher));

/// The pages of one language, but for those of awards.
fn pages(site: &Site<'_>, edition: &Edition<'_>, prose: &Prose, shared: &SharedByLanguage, add: Add<'_>) {
    let structure = |hasher: &mut DigestHasher| shared.structure.hash(hasher);
    let text_of = |section: Section| edition.page_in(section).and_then(|index| prose.page_digests.get(index));
    add("index.html", Make::Home, &|hasher| (structure(hasher), text_of(Section::Home).hash(hasher)).1);
    add("verify/index.html", Make::Verify, &|hasher| {
        structure(hasher);
        (site.exported_at, site.config.stale_after).hash(hasher);
    });
    if edition.has_faq() {
        add("faq/index.html", Make::FaqIndex, &|hasher| {
            structure(hasher);
            text_of(Section::FaqIndex).hash(hasher);
        });
    }
    if edition.has_guides() && !edition.pages.iter().any(|page| page.path == "guides/") {
        add("guides/index.html", Make::GuidesIndex, &structure);
    }
    for (index, page) in edition.pages.iter().enumerate() {
        if matches!(page.section, Section::Faq | Section::Other) {
            add(&format!("{}index.html", page.path), Make::Page(index), &|hasher| {
                structure(hasher);
                let download = page.download.map(|asset| (asset.path(), asset.bytes.len()));
                (prose.page_digests.get(index), download).hash(hasher);
            });
        }
    }
    for (index, badge) in site.badges.iter().enumerate() {
        add(&format!("{}index.html", badge.path()), Make::Badge(index), &|hasher| {
            structure(hasher);
            site.directory.list_of(index).is_some().hash(hasher);
        });
    }
    // The theme's words, the settings and the badges are part of what every page depends on.
    add("search.json", Make::Search, &|hasher| (structure(hasher), prose.page_digests.hash(hasher)).1);
}

/// What there is once, whatever the languages.
fn files(site: &Site<'_>, theme: &Theme, shared: &Shared, own: &SharedByLanguage, add: Add<'_>) {
    let structure = |hasher: &mut DigestHasher| own.structure.hash(hasher);
    add("404.html", Make::NotFound, &structure);
    if site.config.outputs.share_card {
        for (index, badge) in site.badges.iter().enumerate() {
            add(&format!("{}card.png", badge.path()), Make::BadgeCard(index), &|hasher| shared.card.hash(hasher));
        }
        add("card.png", Make::SiteCard, &|hasher| shared.card.hash(hasher));
    }
    for (name, make) in [("style.css", Make::Style), ("icon.svg", Make::Icon)] {
        add(name, make, &|hasher| theme.template_digest(name).hash(hasher));
    }
    for (index, (path, _, digest)) in theme.statics.iter().enumerate() {
        // What only the directory's pages load.
        if path.starts_with("people.") && !site.has_people() {
            continue;
        }
        add(path, Make::Static(index), &|hasher| digest.hash(hasher));
    }
    for (index, asset) in site.documents.assets.iter().enumerate().filter(|(_, asset)| site.publishes(asset)) {
        add(asset.path(), Make::Asset(index), &|hasher| asset.digest.hash(hasher));
    }
    let listed = Digest::of(|hasher| {
        shared.languages.iter().for_each(|own| own.structure.hash(hasher));
        if site.config.indexing {
            indexed(site).for_each(|award| award.record.id.hash(hasher));
            site.directory.people.iter().for_each(|person| person.handle.hash(hasher));
        }
    });
    match site.sitemap_parts.as_slice() {
        [] => add("sitemap.xml", Make::Sitemap, &|hasher| listed.hash(hasher)),
        parts => {
            add("sitemap.xml", Make::Sitemap, &|hasher| parts.len().hash(hasher));
            for (part, range) in parts.iter().enumerate() {
                add(&sitemap_part(part), Make::SitemapPart(part), &|hasher| (listed, range).hash(hasher));
            }
        }
    }
    // Below a path nobody would ask for it.
    if !site.config.is_below_path() {
        add("robots.txt", Make::Robots, &|_| {});
    }
    add("as-of.json", Make::AsOf, &|hasher| (site.exported_at, site.config.stale_after).hash(hasher));
    add(".nojekyll", Make::NoJekyll, &|_| {});
    match site.config.hosting {
        Hosting::None => {}
        Hosting::Github => {
            if site.config.own_domain().is_some() {
                add("CNAME", Make::Cname, &|_| {});
            }
        }
        Hosting::Netlify | Hosting::Cloudflare => {
            add("_headers", Make::Headers, &|_| {});
            add("_redirects", Make::Redirects, &|hasher| {
                for award in site.awards.iter().filter(|award| !award.is_private()) {
                    (&award.record.id, &award.record.aliases).hash(hasher);
                }
            });
        }
    }
}

fn job(path: String, make: Make, page: &Digest, depends: &dyn Fn(&mut DigestHasher)) -> Job {
    let identity = Digest::of(|hasher| {
        (std::mem::discriminant(&make), page).hash(hasher);
        path.hash(hasher);
        depends(hasher);
    });
    Job { path, identity, make, language: 0, award: None }
}

/// Each badge's picture in its sizes. They depend on nothing but the picture, and a drawing on fonts.
fn badge_pictures(site: &Site<'_>, fonts: Digest) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (index, badge) in site.badges.iter().enumerate() {
        let Some((asset, picture)) = badge.picture else { continue };
        let fonts = (picture.format == Format::Svg).then_some(fonts);
        let source = Digest::of_value(&(PROGRAM, asset.digest, fonts));
        for made in badge.renditions() {
            for &file in badge.picture_files() {
                let path = badge.picture_path(made.size, file);
                jobs.push(job(path, Make::BadgePicture(index, made.size, file), &source, &|_| {}));
            }
        }
    }
    jobs
}

/// The files of one award.
fn award_jobs(site: &Site<'_>, shared: &Shared, index: usize, status: Status) -> Vec<Job> {
    let Some(award) = site.awards.get(index) else { return Vec::new() };
    let folder = award.path();
    let mut jobs = Vec::with_capacity(3 + shared.languages.len());
    let newer = award.newer.and_then(|newer| site.awards.get(newer)).map(|newer| &newer.record.id);
    let person = award.person.and_then(|person| site.directory.people.get(person)).map(|person| &person.handle);
    for (language, (edition, own)) in site.editions().zip(&shared.languages).enumerate() {
        let path = edition.at(&format!("{folder}index.html"));
        let made = if award.is_private() {
            job(path, Make::Private, &own.page, &|_| {})
        } else {
            let questions = own.questions.get(award.badge).and_then(|of| of.get(status as usize));
            job(path, Make::Award(index, status), &own.page, &|hasher| {
                (award.badge, award.digest, status, newer, questions, person).hash(hasher);
                // A narrative may show pictures of the site, with their sizes, and lead to its pages.
                if award.record.evidence.iter().any(|evidence| evidence.narrative.is_some()) {
                    shared.pictures.hash(hasher);
                }
            })
        };
        jobs.push(Job { language, award: (language == 0).then_some(index), ..made });
    }
    let Some(own) = shared.languages.first() else { return jobs };
    for alias in &award.record.aliases {
        let path = format!("{}index.html", alias_path(alias));
        jobs.push(if award.is_private() {
            job(path, Make::Private, &own.page, &|_| {})
        } else {
            job(path, Make::Alias(index), &own.page, &|hasher| (award.badge, award.digest).hash(hasher))
        });
    }
    if award.is_private() {
        return jobs;
    }
    if site.config.outputs.share_card {
        jobs.push(job(format!("{folder}card.png"), Make::AwardCard(index), &shared.card, &|hasher| {
            (award.badge, award.digest).hash(hasher);
        }));
    }
    if site.config.outputs.certificate_pdf {
        let make = Make::Certificate(index, status.on_paper());
        jobs.push(job(format!("{folder}certificate.pdf"), make, &shared.certificate, &|hasher| {
            (award.badge, award.digest, status.on_paper()).hash(hasher);
        }));
    }
    jobs.push(job(format!("{folder}qr.svg"), Make::QrSvg(index), &shared.qr, &|_| {}));
    if site.config.outputs.qr_png {
        jobs.push(job(format!("{folder}qr.png"), Make::QrPng(index), &shared.qr, &|_| {}));
    }
    if site.config.outputs.oembed {
        let counts = status.counts();
        jobs.push(job(format!("{folder}oembed.json"), Make::Oembed { award: index, counts }, &own.page, &|hasher| {
            (award.badge, award.digest, counts).hash(hasher);
        }));
    }
    jobs
}

impl Shared {
    fn new(site: &Site<'_>, theme: &Theme, prose: &[Prose], fonts: Digest) -> Self {
        let languages: Vec<_> = site
            .editions()
            .zip(prose)
            .map(|(edition, prose)| SharedByLanguage::new(site, edition, theme, prose))
            .collect();
        let drawn = |text: &str| {
            Digest::of(|hasher| {
                (languages.first().map(|own| own.page), fonts, Digest::of_value(text)).hash(hasher);
            })
        };
        let (card, certificate) = (drawn(&theme.card.text), drawn(&theme.certificate.text));
        let pictures = Digest::of(|hasher| {
            for asset in &site.documents.assets {
                (asset.path(), asset.picture.map(|picture| (picture.width, picture.height))).hash(hasher);
            }
            for page in site.editions().flat_map(|edition| &edition.pages) {
                (&page.path, page.doc.content.title.as_ref().map(|title| &title.id)).hash(hasher);
            }
        });
        Self { card, certificate, qr: Digest::of_value(&(PROGRAM, &site.config.base_url)), pictures, languages }
    }
}

impl SharedByLanguage {
    fn new(site: &Site<'_>, edition: &Edition<'_>, theme: &Theme, prose: &Prose) -> Self {
        let badges = Digest::of(|hasher| {
            for (badge, criteria) in site.badges.iter().zip(&prose.criteria) {
                (badge.record, criteria, badge.picture.map(|(asset, _)| (asset.path(), asset.digest))).hash(hasher);
            }
            let issuer = &site.documents.config.issuer;
            (issuer, site.issuer_picture.map(|(asset, _)| (asset.path(), asset.digest))).hash(hasher);
        });
        let documents = &site.documents.config;
        let page = Digest::of(|hasher| {
            (PROGRAM, theme.digest, &site.config, &edition.language, badges, &edition.menu).hash(hasher);
            (&documents.edit_url, edition.has_faq(), edition.has_guides(), site.has_people()).hash(hasher);
        });
        let structure = Digest::of(|hasher| {
            for (index, page) in edition.pages.iter().enumerate() {
                (&page.path, page.section, page.title, page.fallback, &page.doc.front).hash(hasher);
                // Whether it is translated elsewhere: pages name their other languages.
                site.editions().for_each(|other| other.pages.get(index).map(|page| page.fallback).hash(hasher));
            }
            for question in &edition.questions {
                (question.page, &question.heading.id, &question.heading.title, &question.when, question.badge)
                    .hash(hasher);
            }
        });
        let questions = (0..site.badges.len())
            .map(|badge| {
                Status::ALL.map(|status| {
                    Digest::of(|hasher| {
                        for question in edition.questions_for(status, badge) {
                            prose.answer_digests.get(question).hash(hasher);
                        }
                    })
                })
            })
            .collect();
        Self { page, structure, questions }
    }
}
