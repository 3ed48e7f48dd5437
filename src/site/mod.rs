//! From documents to a [`Site`]: everything joined, every rule applied.
//!
//! Documents know nothing of each other; here awards find their badges and earners,
//! replaced awards the ones that replace them, links the pages they lead to. All
//! rules that need more than one file to be seen are checked here, each in one
//! place, and each reports everything it finds. What comes out borrows from the
//! documents and adds only what follows from them. There is no clock: a [`Site`]
//! holds every award's [`Timeline`], and only [`crate::plan`] asks what time it is.

mod addresses;
mod awards;
mod config;
mod doubts;
mod encoding;
mod guessable;
mod hosting;
mod links;
mod listing;
mod names;
mod offered;
mod pages;
pub mod people;
mod pictures;
mod status;
mod texts;
mod vanish;

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    sync::Arc,
};

use jiff::Timestamp;

pub use config::{Config, Outputs, languages};
pub use links::{Target, resolve};
pub use listing::{indexed, part_name as sitemap_part};
pub use people::Directory;
pub use pictures::{PictureFile, Rendition, SIZES as PICTURE_SIZES};
pub use status::{Status, Timeline, start_of_day};
pub use texts::resolve_in_export;
pub use vanish::Vanish;

use crate::{
    address::Address,
    diagnostic::{Diagnostic, Place, Step},
    hash::{Short, Table},
    picture::Picture,
    source::{
        Asset, Documents, Heading, PageDoc,
        record::{AwardRecord, BadgeRecord, EarnerRecord, Visibility},
    },
};

/// A badge with what belongs to it.
#[derive(Debug, Clone)]
pub struct Badge<'d> {
    /// What the export says.
    pub record: &'d BadgeRecord,
    /// The export that says it.
    pub file: &'d Arc<str>,
    /// Its place in that export.
    pub index: usize,
    /// Its picture; absent only where that was reported as an error.
    pub picture: Option<(&'d Asset, Picture)>,
    /// How many awards there are of it.
    pub awards: usize,
}

impl Badge<'_> {
    /// The short name if there is one.
    pub fn label(&self) -> &str {
        self.record.abbreviation.as_ref().unwrap_or(&self.record.name)
    }

    /// The path of its page.
    pub fn path(&self) -> String {
        format!("badges/{}/", self.record.id)
    }

    /// Where something of it stands.
    pub fn place(&self, key: &'static str) -> Place {
        Place::yaml(self.file.clone(), crate::steps!["badges", self.index, key])
    }

    /// What messages call it, and the place of its id.
    pub fn origin(&self) -> (String, Place) {
        (format!("the badge `{}`", self.record.id), self.place("id"))
    }
}

/// An award with what belongs to it.
#[derive(Debug, Clone)]
pub struct Award<'d> {
    /// What the export says.
    pub record: &'d AwardRecord,
    /// Who holds it.
    pub earner: &'d EarnerRecord,
    /// Index of its badge.
    pub badge: usize,
    /// Its life as instants.
    pub timeline: Timeline,
    /// Index of the award that takes its place.
    pub newer: Option<usize>,
    /// Index of the earner among the people who are listed.
    pub person: Option<usize>,
    /// Digest of what its page shows of the earner and of the award itself.
    pub digest: Short,
    /// The export it comes from, and the places of earner and award in it.
    pub origin: Origin<'d>,
}

/// Where an award's record is.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'d> {
    /// The export.
    pub file: &'d Arc<str>,
    /// Place of the earner in it.
    pub earner: usize,
    /// Place of the award in the earner's list.
    pub award: usize,
}

impl Origin<'_> {
    /// Where a value of the award stands.
    pub fn award(&self, rest: impl IntoIterator<Item = Step>) -> Place {
        let mut steps = crate::steps!["earners", self.earner, "awards", self.award];
        steps.extend(rest);
        Place::yaml(self.file.clone(), steps)
    }

    /// Where a value of the earner stands.
    pub fn earner(&self, key: &'static str) -> Place {
        Place::yaml(self.file.clone(), crate::steps!["earners", self.earner, key])
    }
}

impl Award<'_> {
    /// What messages call one of its aliases, and its place.
    pub fn alias_origin(&self, number: usize) -> Option<(String, Place)> {
        let alias = self.record.aliases.get(number)?;
        let place = self.origin.award([Step::Key("aliases"), Step::Index(number)]);
        Some((format!("the alias `{alias}`"), place))
    }

    /// The path of its verification page.
    pub fn path(&self) -> String {
        format!("verify/{}/", self.record.id)
    }

    /// Whether nobody has decided otherwise: it was not withdrawn, put on hold or replaced. It may have run out.
    pub fn stands(&self) -> bool {
        self.record.status.is_none() && self.newer.is_none()
    }

    /// Whether its address answers with a page that says nothing.
    pub fn is_private(&self) -> bool {
        self.earner.visibility() == Visibility::Private
    }
}

/// The path at which an alias answers: a code below `verify/`, an old path where it was.
pub fn alias_path(alias: &str) -> String {
    if alias.contains('/') { format!("{alias}/") } else { format!("verify/{alias}/") }
}

/// What part of the site a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Section {
    /// `content/index.md`.
    Home,
    /// `content/faq/index.md`: words above the list of categories.
    FaqIndex,
    /// A category of the FAQ.
    Faq,
    /// Any other page.
    Other,
}

/// A page of content, in one language.
#[derive(Debug, Clone)]
pub struct Page<'d> {
    /// The file.
    pub doc: &'d PageDoc,
    /// The file of the default language, as a path below `content/`: the same as the file's own where that is it.
    pub base: &'d str,
    /// Whether the file is in the default language although the edition is not: nobody has translated it.
    pub fallback: bool,
    /// Its path within its edition, such as `faq/managing/`; empty for home.
    pub path: String,
    /// What part of the site it belongs to.
    pub section: Section,
    /// Its place among its siblings, the same in every language.
    pub order: Option<i64>,
    /// Its place among all pages of its edition, in the order in which they are listed.
    pub rank: usize,
    /// Its title.
    pub title: &'d str,
    /// The file that readers can download, if it names one.
    pub download: Option<&'d Asset>,
}

impl Page<'_> {
    /// What messages call it, and its place.
    pub fn origin(&self) -> (String, Place) {
        ("this page".to_owned(), Place::file(self.doc.file.clone()))
    }

    /// The folder its path is in, such as `guides/` for `guides/sharing/`.
    pub fn parent(&self) -> &str {
        let path = self.path.trim_end_matches('/');
        path.rfind('/').map_or("", |at| &self.path[..=at])
    }
}

/// A question of the FAQ.
#[derive(Debug, Clone)]
pub struct Question<'d> {
    /// Index of its page.
    pub page: usize,
    /// Its heading, whose id is the question's.
    pub heading: &'d Heading,
    /// The statuses on whose verification pages it is shown.
    pub when: Vec<Status>,
    /// The badge on whose pages alone it is shown.
    pub badge: Option<usize>,
}

/// An entry of the menu.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MenuEntry {
    /// What is shown.
    pub label: String,
    /// Where it leads: a whole address, or a path below the site's root.
    pub url: String,
    /// The path within the edition, if it leads to a page of this site.
    pub leads_to: Option<String>,
}

/// The site's pages in one of its languages.
///
/// Every edition has the same pages at the same paths, each below the edition's own folder. A page that nobody has
/// translated is there in the default language, marked as such.
#[derive(Debug, Clone, Default)]
pub struct Edition<'d> {
    /// Its language (BCP 47).
    pub language: String,
    /// The folder its pages are in, below the site's root: empty for the default language, otherwise such as `es/`.
    pub prefix: String,
    /// Pages, sorted by the path of their default file; the same in every edition.
    pub pages: Vec<Page<'d>>,
    /// Questions, in the order of the FAQ.
    pub questions: Vec<Question<'d>>,
    /// Indexes of the FAQ's categories, in order.
    pub categories: Vec<usize>,
    /// For each badge the question that tells how it is renewed.
    pub renewals: Vec<Option<usize>>,
    /// The menu.
    pub menu: Vec<MenuEntry>,
    page_index: HashMap<&'d str, usize>,
}

impl Edition<'_> {
    /// The path on the site of a path within the edition.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// The page of a Markdown file below `content/`.
    pub fn page_of(&self, path: &str) -> Option<usize> {
        self.page_index.get(path).copied()
    }

    /// The one page of a section.
    pub fn page_in(&self, section: Section) -> Option<usize> {
        self.pages.iter().position(|page| page.section == section)
    }

    /// Whether there is a FAQ.
    pub fn has_faq(&self) -> bool {
        !self.categories.is_empty()
    }

    /// Whether there are guides.
    pub fn has_guides(&self) -> bool {
        self.pages.iter().any(|page| page.path.starts_with("guides/"))
    }

    /// The questions that the verification pages of a status and badge show.
    pub fn questions_for(&self, status: Status, badge: usize) -> impl Iterator<Item = usize> + '_ {
        let renewal = self.renewals.get(badge).copied().flatten();
        let renewing = matches!(status, Status::Expiring | Status::Expired);
        self.questions.iter().enumerate().filter_map(move |(index, question)| {
            let marked = question.when.contains(&status) && question.badge.is_none_or(|of| of == badge);
            (marked || (renewing && renewal == Some(index))).then_some(index)
        })
    }

    /// The address of a question, with its anchor.
    pub fn question_address(&self, question: usize) -> Option<Address<'_>> {
        let question = self.questions.get(question)?;
        let page = self.pages.get(question.page)?;
        Some(Address::of(self.at(&page.path)).at(question.heading.id.as_str()))
    }
}

/// Everything, joined.
#[derive(Debug)]
pub struct Site<'d> {
    /// The files it was made of.
    pub documents: &'d Documents,
    /// The settings.
    pub config: Config,
    /// Badges, in the order of the exports.
    pub badges: Vec<Badge<'d>>,
    /// Awards, in the order of the exports.
    pub awards: Vec<Award<'d>>,
    /// The pages in the default language.
    pub original: Edition<'d>,
    /// The same pages in the other languages, in the order of site.yaml.
    pub translations: Vec<Edition<'d>>,
    /// The issuer's picture.
    pub issuer_picture: Option<(&'d Asset, Picture)>,
    /// Who is listed.
    pub directory: Directory<'d>,
    /// When the oldest export was taken; what all data is at least as fresh as.
    pub exported_at: Option<Timestamp>,
    /// Files that would be published if a page led to them; paths below `content/`.
    withheld: HashSet<&'d str>,
    /// The parts of the sitemap, as places among [`Self::listed`]; none if one file has room for all.
    pub sitemap_parts: Vec<Range<usize>>,
    asset_index: HashMap<&'d str, &'d Asset>,
    award_index: Table<&'d str, usize>,
}

/// By how many seconds two clocks may differ before anybody is told.
const CLOCKS_DIFFER: i64 = 600;

/// What a site is joined with besides its documents.
#[derive(Debug, Clone, Copy, Default)]
pub struct JoinOptions<'a> {
    /// The address from the command line.
    pub base_url: Option<&'a str>,
    /// Whether drafts are part of the site.
    pub drafts: bool,
}

impl<'d> Site<'d> {
    /// Joins documents; reports everything that is wrong between them.
    pub fn join(documents: &'d Documents, options: JoinOptions<'_>) -> (Self, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let config = Config::of(documents, options.base_url, &mut diagnostics);
        let asset_index = documents.assets.iter().map(|asset| (asset.path(), asset)).collect();
        let mut site = Self {
            documents,
            config,
            badges: Vec::new(),
            awards: Vec::new(),
            original: Edition::default(),
            translations: Vec::new(),
            issuer_picture: None,
            directory: Directory::default(),
            exported_at: documents.exports.iter().filter_map(|doc| doc.export.exported_at).min(),
            withheld: HashSet::new(),
            sitemap_parts: Vec::new(),
            asset_index,
            award_index: Table::default(),
        };
        site.join_badges(&mut diagnostics);
        // With a hundred thousand awards each takes a while, and neither needs the other.
        let zone = site.config.zone().clone();
        let ((), doubts) = rayon::join(|| site.join_awards(&mut diagnostics), || doubts::of_records(documents, &zone));
        diagnostics.extend(doubts);
        site.check_words(&mut diagnostics);
        site.join_people();
        site.join_pages(options.drafts, &mut diagnostics);
        site.join_questions(&mut diagnostics);
        site.withhold(&mut diagnostics);
        site.sitemap_parts = site.cut_sitemap();
        site.check_hosting(&mut diagnostics);
        let (mut links, mut addresses) = (Vec::new(), Vec::new());
        // The same holds here.
        rayon::join(|| site.check_texts(&mut links), || site.check_addresses(&mut addresses));
        diagnostics.extend(links);
        site.join_menu(&mut diagnostics);
        diagnostics.extend(addresses);
        (site, diagnostics)
    }

    /// Warnings that depend on the moment: exports that are older than they may be, or not made yet.
    pub fn check_age(&self, moment: Timestamp) -> Vec<Diagnostic> {
        let future = self.documents.exports.iter().filter_map(|doc| {
            let at = doc.export.exported_at.filter(|at| self.is_future(*at, moment))?;
            Some(
                Diagnostic::warning(format!("this export says that it was made in the future, at {at}"))
                    .at(Place::yaml(doc.file.clone(), crate::steps!["exported_at"]))
                    .advice(
                        "mend it, or the clock it comes from: pages say “data as of” that day, and do not call it old",
                    ),
            )
        });
        future.chain(self.too_old(moment)).collect()
    }

    /// Whether an instant lies behind a moment. Two clocks never agree to the minute; and a moment that is the start of
    /// a day was given as a day.
    fn is_future(&self, at: Timestamp, moment: Timestamp) -> bool {
        if moment == self.start_of_its_day(moment) {
            return self.start_of_its_day(at) > moment;
        }
        at.as_second() - moment.as_second() > CLOCKS_DIFFER
    }

    /// The first instant of the day that an instant is in, by the site's clock.
    fn start_of_its_day(&self, at: Timestamp) -> Timestamp {
        let zone = self.config.zone();
        start_of_day(at.to_zoned_datetime(zone.clone()).date(), zone)
    }

    /// Exports that are older than they may be.
    fn too_old(&self, moment: Timestamp) -> Vec<Diagnostic> {
        let Some(seconds) = self.config.stale_after else { return Vec::new() };
        let too_old = |at: Timestamp| moment.as_second().saturating_sub(at.as_second()) > seconds;
        self.documents
            .exports
            .iter()
            .filter(|doc| doc.export.exported_at.is_some_and(too_old))
            .map(|doc| {
                let days = seconds / 86_400;
                let limit = if days > 0 { format!("{days} days") } else { format!("{} hours", seconds / 3_600) };
                Diagnostic::warning(format!("this export is older than {limit} (`stale_after` in site.yaml)"))
                    .at(Place::yaml(doc.file.clone(), crate::steps!["exported_at"]))
                    .advice("export again, so that the site does not show what is no longer true")
            })
            .collect()
    }

    /// The next moment at which anything of the site changes by time alone.
    pub fn next_change(&self, moment: Timestamp) -> Option<Timestamp> {
        self.awards.iter().filter_map(|award| award.timeline.next_change(moment)).min()
    }

    /// The next moment at which [`Self::check_age`] may have other warnings: an export becomes older than it may be,
    /// or has been made at last.
    pub fn next_stale(&self, moment: Timestamp) -> Option<Timestamp> {
        let after = |at: Timestamp, seconds: i64| at.checked_add(jiff::SignedDuration::from_secs(seconds)).ok();
        let of = |at: Timestamp| {
            // Until then it is in the future. A moment that was given as a day is compared as one, the next is not.
            let next = after(moment, 1).filter(|_| self.start_of_its_day(moment) == moment);
            let made = [after(at, -CLOCKS_DIFFER), Some(self.start_of_its_day(at)), next];
            let made = made.into_iter().filter(move |_| at > moment);
            made.chain([self.config.stale_after.and_then(|seconds| after(at, seconds + 1))]).flatten()
        };
        let exports = self.documents.exports.iter().filter_map(|doc| doc.export.exported_at);
        exports.flat_map(of).filter(|at| *at > moment).min()
    }

    /// The pages, once for each language, the default one first.
    pub fn editions(&self) -> impl Iterator<Item = &Edition<'d>> {
        std::iter::once(&self.original).chain(&self.translations)
    }

    /// The pages in the language with this place in that order.
    pub fn edition(&self, language: usize) -> Option<&Edition<'d>> {
        self.editions().nth(language)
    }

    /// The asset at a path below `content/`, which is in NFC as all paths are.
    pub fn asset(&self, path: &str) -> Option<&'d Asset> {
        self.asset_index.get(path).copied()
    }

    /// Whether a file of the site is published.
    pub fn publishes(&self, asset: &Asset) -> bool {
        !self.withheld.contains(asset.path())
    }

    /// The award with an id.
    pub fn award(&self, id: &str) -> Option<usize> {
        self.award_index.get(id).copied()
    }
}
