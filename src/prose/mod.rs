//! Markdown becomes HTML, once for every text of a site.
//!
//! It happens between joining and planning, because the HTML of a FAQ answer is part of
//! what verification pages depend on. Texts were read before, with all that can be wrong
//! with them ([`crate::source::markdown`]); here they get their addresses and names.
//! Whatever an editor or an export puts in goes through a sanitizer at the very end, so
//! that nothing an earlier step does can let something through.

mod plain;
mod sanitize;
mod write;

use std::collections::HashMap;

use rayon::prelude::*;

pub use plain::{escape, plain};

use self::{
    sanitize::Sanitizer,
    write::{Levels, Names, Origin, Writer},
};
use crate::{
    hash::Digest,
    site::{Edition, Page, Site},
    source::markdown::{Part, Piece, Taken, Text, Value},
    theme::Words,
};

/// A page of Markdown as HTML.
#[derive(Debug, Clone, Default, Hash)]
pub struct PageHtml {
    /// What stands before the first question; the whole page outside of the FAQ.
    pub content: String,
    /// In the FAQ, what stands below each question, with its heading's index.
    pub sections: Vec<(usize, String)>,
}

/// A question's answer as verification pages show it, among those of other files.
#[derive(Debug, Clone, Default, Hash)]
pub struct Answer {
    /// What the question is called there.
    pub id: String,
    /// The answer.
    pub html: String,
}

/// The texts of a site in one language as HTML.
#[derive(Debug)]
pub struct Prose {
    /// Pages, as [`Edition::pages`] lists them.
    pub pages: Vec<PageHtml>,
    /// Digest of each page's HTML.
    pub page_digests: Vec<Digest>,
    /// The answers of questions, as [`Edition::questions`] lists them.
    pub answers: Vec<Answer>,
    /// Digest of each question as verification pages show it.
    pub answer_digests: Vec<Digest>,
    /// What badges stand for, as [`Site::badges`] lists them; empty where nothing is said.
    pub criteria: Vec<String>,
    sanitizer: Sanitizer,
}

impl Prose {
    /// Makes the HTML of all texts.
    pub fn new(site: &Site<'_>, edition: &Edition<'_>, words: &Words) -> Self {
        let sanitizer = Sanitizer::new(&site.config.root);
        let setting = Setting { site, edition, words };
        let pages: Vec<PageHtml> = edition
            .pages
            .par_iter()
            .map(|page| {
                let text = &page.doc.content;
                let writer =
                    Writer { setting, text, origin: Origin::Page(page), names: Names::Own, levels: Levels::Own };
                let mut html = PageHtml::default();
                for part in &text.parts {
                    let made = sanitizer.clean(&writer.part(part));
                    match part.heading {
                        Some(heading) => html.sections.push((heading, made)),
                        None => html.content = made,
                    }
                }
                html
            })
            .collect();
        let page_digests = pages.iter().map(Digest::of_value).collect();
        let answers = answers(setting, &sanitizer);
        let answer_digests = edition
            .questions
            .iter()
            .zip(&answers)
            .enumerate()
            .map(|(index, (question, answer))| {
                Digest::of_value(&(&question.heading.title, edition.question_address(index), answer))
            })
            .collect();
        let criteria = site
            .badges
            .iter()
            .map(|badge| {
                badge.record.criteria.as_ref().map_or_else(String::new, |markdown| {
                    export(setting, &sanitizer, badge.file, markdown, "criteria-", 3)
                })
            })
            .collect();
        Self { pages, page_digests, answers, answer_digests, criteria, sanitizer }
    }

    /// The HTML of what an export says of a piece of evidence, which has this number on its page.
    pub fn narrative(&self, setting: Setting<'_>, file: &str, number: usize, markdown: &str) -> String {
        export(setting, &self.sanitizer, file, markdown, &format!("evidence-{number}-"), 4)
    }
}

/// What texts become HTML for.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The site.
    pub site: &'a Site<'a>,
    /// Its pages in the language at hand.
    pub edition: &'a Edition<'a>,
    /// The theme's words in it.
    pub words: &'a Words,
}

/// A text of an export. Its names get `front` before them, its headings are of `level` and lower.
fn export(setting: Setting<'_>, sanitizer: &Sanitizer, file: &str, markdown: &str, front: &str, level: u8) -> String {
    let text = &setting.site.read_export(markdown);
    let names = Names::Behind(front.to_owned());
    let writer = Writer { setting, text, origin: Origin::Export(file), names, levels: Levels::From(level) };
    text.parts.first().map(|part| sanitizer.clean(&writer.part(part))).unwrap_or_default()
}

/// The answers of all questions as verification pages show them, where those of several files meet: each with names
/// that no other has, and its headings below that of the list.
fn answers(setting: Setting<'_>, sanitizer: &Sanitizer) -> Vec<Answer> {
    let questions = &setting.edition.questions;
    let mut taken = Taken::default();
    let ids: Vec<String> =
        questions.iter().map(|question| taken.take(&format!("{ANSWER}{}", question.heading.id))).collect();
    let found: Vec<_> = questions
        .iter()
        .zip(ids)
        .map(|(question, id)| {
            let (page, part) = part(setting.edition, question)?;
            let inner = names(&page.doc.content, part);
            // Notes are called after their question already.
            let note = format!("fn-{}-", question.heading.id);
            let own = |name: &str| match name.strip_prefix(&note) {
                Some(label) => format!("{id}-fn-{label}"),
                None => format!("{id}-{name}"),
            };
            let names: HashMap<_, _> =
                inner.into_iter().map(|name| (name.to_owned(), taken.take(&own(name)))).collect();
            Some((page, part, id, names))
        })
        .collect();
    found
        .into_par_iter()
        .map(|found| {
            let Some((page, part, id, names)) = found else { return Answer::default() };
            let (text, names) = (&page.doc.content, Names::Given(names));
            let writer = Writer { setting, text, origin: Origin::Page(page), names, levels: Levels::Lower };
            let id = id.strip_prefix(ANSWER).unwrap_or(&id).to_owned();
            Answer { id, html: sanitizer.clean(&writer.part(part)) }
        })
        .collect()
}

/// What the theme writes before a question's id on verification pages (`partials/questions.html`).
const ANSWER: &str = "q-";

/// The page of a question, and what stands below it.
fn part<'e>(edition: &'e Edition<'e>, question: &crate::site::Question<'_>) -> Option<(&'e Page<'e>, &'e Part)> {
    let page = edition.pages.get(question.page)?;
    let headings = &page.doc.content.headings;
    let index = headings.iter().position(|heading| std::ptr::eq(heading, question.heading))?;
    Some((page, page.doc.content.parts.iter().find(|part| part.heading == Some(index))?))
}

/// The names that a part of a text brings to the page it is shown on.
fn names<'t>(text: &'t Text, part: &'t Part) -> Vec<&'t str> {
    let notes = part.notes.iter().filter_map(|(note, _)| text.notes.get(*note)).map(|note| &note.pieces);
    let mut names: Vec<&str> = part.notes.iter().map(|(_, id)| id.as_str()).collect();
    for piece in std::iter::once(&part.pieces).chain(notes).flatten() {
        match piece {
            Piece::Heading(index) => names.extend(text.headings.get(*index).map(|heading| heading.id.as_str())),
            Piece::Tag(tag) => names.extend(tag.attributes.iter().filter_map(|(_, value)| match value {
                Value::Id(id) => Some(id.as_str()),
                _ => None,
            })),
            _ => {}
        }
    }
    names
}
