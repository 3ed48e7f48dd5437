//! Everything that bonafide makes: one room for each kind of output.
//!
//! A room is a file with a unit struct that is an [`Output`]. In it stand together, and nowhere
//! else, what the output is called, what kind of file it is and whose, when it exists, its path,
//! what its bytes depend on, and how they are made. The folders say what rooms they hold:
//!
//! - [`page`] has what people read: verification pages, FAQ, guides, badges, people
//! - [`picture`] has share cards, QR codes, badges in their sizes
//! - [`paper`] has certificates
//! - [`credential`] has what machines check: Open Badges, keys
//! - [`data`] has what scripts and other programs read: search, sitemap, oEmbed
//! - [`host`] has what hosts and crawlers read: `_headers`, `robots.txt`
//! - [`mod@file`] has files of `content/` and of the theme, as they are
//! - [`drawn`] has what pictures and papers have in common; no room of its own
//!
//! **To add an output**: write its room, name it in [`OUTPUTS`], and give it a switch in `site::config` if sites may
//! not want it. Planning, publishing and the preview go through that list and know none of them by name.
//!
//! A room never looks at a clock: the [`View`] says what status each award has. It reads what it
//! shows from the same view in `depends` and in `make`, so what it forgets to depend on is seen
//! side by side; `tests/identities.rs` looks for it with random edits.

pub mod credential;
pub mod data;
pub mod drawn;
pub mod file;
pub mod host;
mod making;
pub mod page;
pub mod paper;
pub mod picture;
mod press;
mod presses;
mod view;

use crate::{
    diagnostic::{Diagnostic, Place},
    hash::DigestHasher,
};

pub use making::Making;
pub use press::Press;
pub use presses::Presses;
pub use view::View;

/// What kind of file an output is. It decides in which order files go up to a host, and how long they may be kept there
/// and by others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It has its content in its name: once up, it never changes.
    Asset,
    /// It keeps its name, and nothing of an award is in it.
    File,
    /// It belongs to a page, which shows it or links to it.
    Leaf,
    /// A page of its own.
    Page,
    /// It names several people or awards.
    List,
    /// It tells a host what to do, and is not shown to anybody.
    Control,
}

impl Kind {
    /// All of them, in the order in which they go up.
    pub const ALL: [Self; 6] = [Self::Asset, Self::File, Self::Leaf, Self::Page, Self::List, Self::Control];
}

/// Whose files an output is: of each of what there is a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Of {
    /// The site's.
    Site,
    /// An award's, as [`crate::site::Site::awards`] lists them.
    Award,
    /// A public person's, as the directory lists them.
    Person,
}

/// One file of an output, among its others. What the numbers mean is the room's own business, but for two: of what
/// belongs to an award or person `index` is their place in the site, and `language` is the edition's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item {
    /// Of what it is: an award, a badge, a page.
    pub index: usize,
    /// Which, where there are several.
    pub part: usize,
    /// The edition it belongs to; 0, the default one, where there is one file for all.
    pub language: usize,
}

impl Item {
    /// The only file, or that of an award, badge or page.
    pub fn of(index: usize) -> Self {
        Self { index, ..Self::default() }
    }

    /// One of several.
    #[must_use]
    pub fn part(self, part: usize) -> Self {
        Self { part, ..self }
    }

    /// In a language.
    #[must_use]
    pub fn in_language(self, language: usize) -> Self {
        Self { language, ..self }
    }
}

/// How a room says which files there are.
pub type Add<'a> = &'a mut dyn FnMut(Item);

/// A kind of output.
pub trait Output: Sync {
    /// What it is called where outputs are counted; part of every identity.
    fn name(&self) -> &'static str;

    /// What kind of file it is.
    fn kind(&self) -> Kind;

    /// Whose it is. The site's, if a room does not say.
    fn of(&self) -> Of {
        Of::Site
    }

    /// Adds the files there are; of the award or person `index`, if they are theirs.
    fn items(&self, view: &View<'_>, index: usize, add: Add<'_>);

    /// Where a file is in the output folder.
    fn path(&self, view: &View<'_>, item: Item) -> String;

    /// Hashes everything that a file's bytes depend on, but for the program, the output's name and the file's path.
    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher);

    /// The award whose own address a file answers, if it is that: once for each award.
    fn award(&self, _item: Item) -> Option<usize> {
        None
    }

    /// What of the site's own content has given a file its name, in words, and its place; for messages.
    fn origin(&self, _view: &View<'_>, _item: Item) -> Option<(String, Place)> {
        None
    }

    /// Who gives a file its name, if no content does.
    fn writer(&self) -> &'static str {
        "bonafide"
    }

    /// What a publisher should know of it that no file shows: what is left out, and why.
    fn notes(&self, _view: &View<'_>) -> Vec<String> {
        Vec::new()
    }

    /// Makes a file's bytes.
    ///
    /// # Errors
    /// What is wrong with a template or a picture.
    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic>;
}

/// All outputs, in the order in which they are planned.
pub static OUTPUTS: [&dyn Output; 45] = [
    &page::home::Home,
    &page::check::CheckABadge,
    &page::faq_index::FaqIndex,
    &page::guides_index::GuidesIndex,
    &page::content::Content,
    &page::badge::Badge,
    &page::not_found::NotFound,
    &page::award::VerificationPage,
    &page::award::PrivatePage,
    &page::award::Alias,
    &page::people::PeopleList,
    &page::people::PeoplePart,
    &page::people::PersonPage,
    &picture::cards::AwardCard,
    &picture::cards::BadgeCard,
    &picture::cards::SiteCard,
    &picture::badges::BadgePicture,
    &picture::badges::BadgePng,
    &picture::qr::QrSvg,
    &picture::qr::QrPng,
    &paper::certificates::Certificate,
    &credential::award::CredentialJson,
    &credential::award::CredentialJwt,
    &credential::award::StatusJson,
    &credential::award::AssertionJson,
    &credential::baked::BakedBadge,
    &credential::achievement::Achievements,
    &credential::issuer::IssuerJson,
    &credential::issuer::DidJson,
    &data::oembed::Oembed,
    &data::search::Search,
    &data::people_words::PeopleWords,
    &data::sitemap::Sitemap,
    &data::sitemap::SitemapPart,
    &data::as_of::AsOf,
    &file::Assets,
    &file::ThemeAssets,
    &file::ThemeFiles,
    &file::Style,
    &file::Icon,
    &host::robots::Robots,
    &host::nojekyll::NoJekyll,
    &host::headers::Headers,
    &host::redirects::Redirects,
    &host::cname::Cname,
];
