//! What rooms see: the site at a moment, and digests of what many of its files share.
//!
//! Here, and nowhere else, the moment meets the site: each award's dates become its status, and from then on only the
//! status counts.

use std::{collections::BTreeMap, hash::Hash};

use jiff::Timestamp;
use tera::Context;

use super::{credential::Credentials, press};
use crate::{
    diagnostic::Diagnostic,
    hash::{Digest, DigestHasher},
    picture::Picture,
    prose::Prose,
    site::{Award, Badge, Edition, Section, Site, Status},
    source::{Asset, record::BadgeRecord},
    theme::{Locale, StaticFile, Theme, assets},
};

/// The id of the question that tells how fresh pages are.
pub const FRESHNESS: &str = "freshness";

/// A site as it is at a moment.
pub struct View<'a> {
    /// The site.
    pub site: &'a Site<'a>,
    /// Its looks and words.
    pub theme: &'a Theme,
    /// Its texts in each language.
    pub prose: &'a [Prose],
    /// The status of each award, as [`Site::awards`] lists them.
    pub statuses: Vec<Status>,
    /// What everything that is drawn with letters depends on.
    pub fonts: Digest,
    /// The style sheet that every page loads.
    pub style: StaticFile,
    /// The addresses of the theme's files, as pages link to them, by their names in the theme.
    pub assets: BTreeMap<String, String>,
    /// What its credentials are made from, where it signs.
    pub credentials: Option<Credentials>,
    /// The site's icon.
    pub icon: Vec<u8>,
    /// What texts of exports show and lead to: the sizes of all pictures, the pages and which name is a page's title.
    pub pictures: Digest,
    /// How little each award counts, likewise.
    standings: Vec<u8>,
    /// What everything that is drawn depends on.
    drawn: Digest,
    /// What pages of each language share.
    languages: Vec<Shared>,
}

/// What the pages of one language share, hashed once.
#[derive(Default)]
struct Shared {
    /// What all pages show: the theme, the site's name and address, the issuer, the menu, which badges there are.
    page: Digest,
    /// Which pages and questions there are: titles, order, addresses.
    structure: Digest,
    /// What verification pages say besides of their award and badge.
    sheet: Digest,
    /// All that is said of each badge.
    badges: Vec<Digest>,
    /// For each badge and status, the questions that verification pages show.
    questions: Vec<[Digest; 7]>,
}

impl<'a> View<'a> {
    /// Looks at a site. `prose` has the texts of each language, `fonts` is a digest of the fonts that things are drawn
    /// with, `credentials` what credentials are made from, where there are any.
    ///
    /// # Errors
    /// What is wrong with the theme's style sheet: its name, which all pages have in them, is made of what is in it.
    pub fn new(
        site: &'a Site<'a>,
        theme: &'a Theme,
        prose: &'a [Prose],
        fonts: Digest,
        moment: Timestamp,
        credentials: Option<Credentials>,
    ) -> Result<Self, Diagnostic> {
        let mut assets = assets::addresses(&site.config.root, &theme.statics);
        let mut values = Context::new();
        press::globals(&mut values, site, &site.original, theme, theme.locale(0), &[], &assets);
        let icon = theme.render_alone("icon.svg", &values)?.into_bytes();
        let style = theme.style(&values)?.into_bytes();
        let digest = Digest::from(blake3::hash(&style));
        let path = assets::named("style.css", digest);
        let style = StaticFile { name: "style.css".to_owned(), path, bytes: style.into(), digest };
        assets.insert(style.name.clone(), site.config.rooted(&style.path));
        let names = Digest::of_value(&assets);
        let languages = site
            .editions()
            .zip(prose)
            .map(|(edition, prose)| Shared::new(site, edition, theme, prose, (names, fonts), credentials.as_ref()))
            .collect();
        let pictures = Digest::of(|hasher| {
            for asset in &site.documents.assets {
                (asset.path(), asset.picture.map(|picture| (picture.width, picture.height))).hash(hasher);
            }
            for page in site.editions().flat_map(|edition| &edition.pages) {
                (&page.path, page.doc.content.title.as_ref().map(|title| &title.id)).hash(hasher);
            }
        });
        let statuses: Vec<Status> = site.awards.iter().map(|award| award.timeline.status(moment)).collect();
        let standing = |(award, status): (&Award<'_>, &Status)| {
            if award.is_private() { Status::SEVEREST + 1 } else { status.severity() }
        };
        let standings = site.awards.iter().zip(&statuses).map(standing).collect();
        let drawn = Digest::of(|hasher| {
            let config = &site.config;
            (fonts, &theme.locale(0).words, &config.language, config.zone().iana_name(), &config.accent).hash(hasher);
            (&config.title, &config.description, &config.host, &config.base_url).hash(hasher);
            (&site.documents.config.issuer.name, site.issuer_picture.map(|(asset, _)| asset.digest)).hash(hasher);
        });
        Ok(Self {
            site,
            theme,
            prose,
            statuses,
            fonts,
            style,
            assets,
            credentials,
            icon,
            pictures,
            standings,
            drawn,
            languages,
        })
    }

    /// An award.
    pub fn award(&self, index: usize) -> Option<&'a Award<'a>> {
        self.site.awards.get(index)
    }

    /// An award whose page says something, with its badge.
    pub fn open_award(&self, index: usize) -> Option<(&'a Award<'a>, &'a Badge<'a>)> {
        let award = self.award(index).filter(|award| !award.is_private())?;
        Some((award, self.site.badges.get(award.badge)?))
    }

    /// The status of an award.
    pub fn status(&self, index: usize) -> Status {
        self.statuses.get(index).copied().unwrap_or(Status::Revoked)
    }

    /// How little an award counts, from 0: as its status says, or least of all where its page says nothing.
    pub fn standing(&self, index: usize) -> u8 {
        self.standings.get(index).copied().unwrap_or(Status::SEVEREST)
    }

    /// The pages in a language.
    pub fn edition(&self, language: usize) -> &'a Edition<'a> {
        self.site.edition(language).unwrap_or(&self.site.original)
    }

    /// The languages, each with its pages.
    pub fn editions(&self) -> impl Iterator<Item = (usize, &'a Edition<'a>)> {
        self.site.editions().enumerate()
    }

    /// The words of what is there once, whatever the languages.
    pub fn locale(&self) -> &'a Locale {
        self.theme.locale(0)
    }

    /// The path of a page's file in a language: `path` is that of the page, such as `faq/`.
    pub fn page_file(&self, path: &str, language: usize) -> String {
        self.edition(language).at(&format!("{path}index.html"))
    }

    /// What everything that is drawn depends on, besides its template and whose it is.
    pub fn hash_drawn(&self, on: &mut DigestHasher) {
        self.drawn.hash(on);
    }

    /// What every page of a language depends on: its frame.
    pub fn hash_page(&self, language: usize, on: &mut DigestHasher) {
        self.languages.get(language).map(|shared| shared.page).hash(on);
    }

    /// Which pages and questions there are in a language, what they are called and where they are.
    pub fn hash_structure(&self, language: usize, on: &mut DigestHasher) {
        self.languages.get(language).map(|shared| shared.structure).hash(on);
    }

    /// The page of a section of which there is one.
    pub fn hash_page_of(&self, section: Section, language: usize, on: &mut DigestHasher) {
        match self.edition(language).page_in(section) {
            Some(index) => self.hash_content(index, language, on),
            None => false.hash(on),
        }
    }

    /// A page of content: its text, what its front matter says, where it can be edited.
    pub fn hash_content(&self, index: usize, language: usize, on: &mut DigestHasher) {
        let page = self.edition(language).pages.get(index);
        page.map(|page| (page.doc.path(), &page.doc.front)).hash(on);
        self.prose.get(language).and_then(|prose| prose.page_digests.get(index)).hash(on);
        self.site.documents.config.edit_url.hash(on);
    }

    /// What verification pages say besides of their award and badge.
    pub fn hash_sheet(&self, language: usize, on: &mut DigestHasher) {
        self.languages.get(language).map(|shared| shared.sheet).hash(on);
    }

    /// All that is said of a badge.
    pub fn hash_badge(&self, badge: usize, language: usize, on: &mut DigestHasher) {
        self.languages.get(language).and_then(|shared| shared.badges.get(badge)).hash(on);
    }

    /// All that is said of badges.
    pub fn hash_badges(&self, language: usize, on: &mut DigestHasher) {
        self.languages.get(language).map(|shared| &shared.badges).hash(on);
    }

    /// The questions that verification pages of a badge and status show.
    pub fn hash_questions(&self, badge: usize, status: Status, language: usize, on: &mut DigestHasher) {
        let shared = self.languages.get(language);
        shared.and_then(|shared| shared.questions.get(badge)?.get(status as usize)).hash(on);
    }
}

impl Shared {
    fn new(
        site: &Site<'_>,
        edition: &Edition<'_>,
        theme: &Theme,
        prose: &Prose,
        (assets, fonts): (Digest, Digest),
        credentials: Option<&Credentials>,
    ) -> Self {
        let (config, record) = (&site.config, &site.documents.config);
        let page = Digest::of(|hasher| {
            (theme.digest, assets, &edition.language, &edition.menu).hash(hasher);
            (&config.title, &config.description, &config.base_url, &config.root, &config.host).hash(hasher);
            (&config.language, &config.languages, config.zone().iana_name(), &config.accent).hash(hasher);
            config.outputs.share_card.hash(hasher);
            hash_issuer(site, hasher);
            for badge in &site.badges {
                let BadgeRecord { id, name, abbreviation, kind, description, .. } = badge.record;
                // The sizes of a picture have their content in their names.
                let source = badge.picture.filter(|_| !badge.shows_vector()).map(|(asset, _)| (asset.digest, fonts));
                (id, name, abbreviation, kind, description, badge.picture.map(picture), source).hash(hasher);
            }
            (edition.has_faq(), edition.has_guides(), site.has_people()).hash(hasher);
        });
        let structure = Digest::of(|hasher| {
            for (index, page) in edition.pages.iter().enumerate() {
                let front = &page.doc.front;
                (&page.path, page.section, page.title, page.fallback, page.rank).hash(hasher);
                (&front.description, &front.extra).hash(hasher);
                // Whether it is translated elsewhere: pages name their other languages.
                site.editions().for_each(|other| other.pages.get(index).map(|page| page.fallback).hash(hasher));
            }
            for question in &edition.questions {
                (question.page, &question.heading.id, &question.heading.title, question.badge).hash(hasher);
            }
            edition.renewals.hash(hasher);
        });
        let sheet = Digest::of(|hasher| {
            (&config.share, config.outputs, config.indexing, record.issuer.linkedin_organization_id).hash(hasher);
            let fresh = edition.questions.iter().position(|question| question.heading.id == FRESHNESS);
            fresh.and_then(|index| edition.question_address(index)).hash(hasher);
            credentials.is_some().hash(hasher);
            if let Some(credentials) = credentials {
                credentials.hash_offer(hasher);
            }
        });
        let badges = site.badges.iter().zip(&prose.criteria);
        let badges = badges.map(|(badge, criteria)| {
            Digest::of_value(&(badge.record, criteria, badge.picture.map(|(asset, _)| (asset.path(), asset.digest))))
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
        Self { page, structure, sheet, badges: badges.collect(), questions }
    }
}

/// The issuer, as pages and pictures show it.
fn hash_issuer(site: &Site<'_>, on: &mut DigestHasher) {
    let issuer = &site.documents.config.issuer;
    (&issuer.name, &issuer.url, &issuer.email, &issuer.description, site.issuer_picture.map(picture)).hash(on);
}

/// A picture, as pages name it.
fn picture((asset, picture): (&Asset, Picture)) -> (&str, u32, u32) {
    (asset.path(), picture.width, picture.height)
}
