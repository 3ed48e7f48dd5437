//! What rooms see: the site at a moment, and digests of what many of its files share.
//!
//! Here, and nowhere else, the moment meets the site: each award's dates become its status, and from then on only the
//! status counts.

use std::{collections::BTreeMap, hash::Hash};

use jiff::Timestamp;
use tera::Context;

use super::press;
use crate::{
    diagnostic::Diagnostic,
    hash::{Digest, DigestHasher},
    plan::PROGRAM,
    prose::Prose,
    site::{Award, Badge, Edition, Section, Site, Status},
    theme::{Locale, StaticFile, Theme, assets},
};

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
    /// What texts of exports show and lead to: the sizes of all pictures, the pages and which name is a page's title.
    pub pictures: Digest,
    /// What pages of each language share.
    languages: Vec<Shared>,
}

/// What the pages of one language share, hashed once.
#[derive(Default)]
struct Shared {
    /// The theme, settings, badges, menu.
    page: Digest,
    /// The structure of the FAQ and of the other pages: titles, order, addresses.
    structure: Digest,
    /// For each badge and status, the questions that verification pages show.
    questions: Vec<[Digest; 7]>,
}

impl<'a> View<'a> {
    /// Looks at a site. `prose` has the texts of each language, `fonts` is a digest of the fonts that things are drawn
    /// with.
    ///
    /// # Errors
    /// What is wrong with the theme's style sheet: its name, which all pages have in them, is made of what is in it.
    pub fn new(
        site: &'a Site<'a>,
        theme: &'a Theme,
        prose: &'a [Prose],
        fonts: Digest,
        moment: Timestamp,
    ) -> Result<Self, Diagnostic> {
        let mut assets = assets::addresses(&site.config.root, &theme.statics);
        let mut values = Context::new();
        press::globals(&mut values, site, &site.original, theme, theme.locale(0), &[], &assets);
        let style = theme.style(&values)?.into_bytes();
        let digest = Digest::from(blake3::hash(&style));
        let path = assets::named("style.css", digest);
        let style = StaticFile { name: "style.css".to_owned(), path, bytes: style.into(), digest };
        assets.insert(style.name.clone(), site.config.rooted(&style.path));
        let names = Digest::of_value(&assets);
        let languages = site
            .editions()
            .zip(prose)
            .map(|(edition, prose)| Shared::new(site, edition, theme, prose, names))
            .collect();
        let pictures = Digest::of(|hasher| {
            for asset in &site.documents.assets {
                (asset.path(), asset.picture.map(|picture| (picture.width, picture.height))).hash(hasher);
            }
            for page in site.editions().flat_map(|edition| &edition.pages) {
                (&page.path, page.doc.content.title.as_ref().map(|title| &title.id)).hash(hasher);
            }
        });
        let statuses = site.awards.iter().map(|award| award.timeline.status(moment)).collect();
        Ok(Self { site, theme, prose, statuses, fonts, style, assets, pictures, languages })
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

    /// What every page of a language depends on: its frame.
    pub fn hash_page(&self, language: usize, on: &mut DigestHasher) {
        self.languages.get(language).map(|shared| shared.page).hash(on);
    }

    /// Which pages and questions there are in a language, what they are called and where they are.
    pub fn hash_structure(&self, language: usize, on: &mut DigestHasher) {
        self.languages.get(language).map(|shared| shared.structure).hash(on);
    }

    /// The text of the page of a section of which there is one.
    pub fn hash_text_of(&self, section: Section, language: usize, on: &mut DigestHasher) {
        let index = self.edition(language).page_in(section);
        index.and_then(|index| self.prose.get(language)?.page_digests.get(index)).hash(on);
    }

    /// The questions that verification pages of a badge and status show.
    pub fn hash_questions(&self, badge: usize, status: Status, language: usize, on: &mut DigestHasher) {
        let shared = self.languages.get(language);
        shared.and_then(|shared| shared.questions.get(badge)?.get(status as usize)).hash(on);
    }
}

impl Shared {
    fn new(site: &Site<'_>, edition: &Edition<'_>, theme: &Theme, prose: &Prose, assets: Digest) -> Self {
        let badges = Digest::of(|hasher| {
            for (badge, criteria) in site.badges.iter().zip(&prose.criteria) {
                (badge.record, criteria, badge.picture.map(|(asset, _)| (asset.path(), asset.digest))).hash(hasher);
            }
            let issuer = &site.documents.config.issuer;
            (issuer, site.issuer_picture.map(|(asset, _)| (asset.path(), asset.digest))).hash(hasher);
        });
        let documents = &site.documents.config;
        let page = Digest::of(|hasher| {
            (PROGRAM, theme.digest, assets, &site.config, &edition.language, badges, &edition.menu).hash(hasher);
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
