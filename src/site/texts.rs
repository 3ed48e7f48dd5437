//! What is wrong with texts: pages, what badges stand for, what people show as evidence.
//!
//! The reading of a text has found what is wrong with it on its own; here the links in it meet the site.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    Award, Edition, Page, Section, Site, Target,
    links::{DeadLink, no_such_id, resolve},
};
use crate::{
    address::{self, Address},
    diagnostic::{Diagnostic, Place, Step},
    source::markdown::{Kind, Link, Manner, Text, needs_a_look, read, theme_ids},
};

impl Page<'_> {
    /// Whether links can lead to a name on the page: of its text, or of the theme.
    pub fn has_id(&self, id: &str) -> bool {
        let kind = match self.section {
            Section::Home => Kind::Home,
            Section::FaqIndex => Kind::FaqIndex,
            Section::Faq => Kind::Questions,
            Section::Other => Kind::Page,
        };
        self.doc.content.has_id(id) || theme_ids(kind).contains(&id)
    }
}

/// Where a text of an export leads that stands in `file`. Within itself it can lead to its own names only.
///
/// # Errors
/// Why it leads nowhere, and what to write instead.
pub fn resolve_in_export(
    site: &Site<'_>,
    edition: &Edition<'_>,
    text: &Text,
    file: &str,
    to: &str,
) -> Result<Target, DeadLink> {
    let from = file.strip_prefix("content/").unwrap_or(file);
    let Some(fragment) = to.strip_prefix('#') else { return resolve(site, edition, from, to) };
    let id = address::plain(fragment);
    if id.is_empty() || text.has_id(&id) {
        return Ok(Target::Here(Address::of("").at(id.into_owned())));
    }
    Err(no_such_id("this text", text, &id))
}

impl<'d> Site<'d> {
    /// Reads a text of an export.
    pub fn read_export(&self, markdown: &str) -> Text {
        read(markdown, 0, Manner { kind: Kind::Export, language: &self.config.language, title: None })
    }

    pub(super) fn check_texts(&self, diagnostics: &mut Vec<Diagnostic>) {
        // A page that is not translated is the default one, which has been checked.
        let pages = self.editions().flat_map(|edition| edition.pages.iter().map(move |page| (edition, page)));
        for (edition, page) in pages.filter(|(_, page)| !page.fallback) {
            let place = |span: Range<usize>| Place::bytes(page.doc.file.clone(), span);
            let text = &page.doc.content;
            diagnostics.extend(text.problems.iter().map(|problem| problem.diagnostic(place)));
            for link in &text.links {
                check_link(link, resolve(self, edition, page.base, &link.to), || place(link.span.clone()), diagnostics);
            }
        }
        for badge in &self.badges {
            let Some(criteria) = &badge.record.criteria else { continue };
            self.check_export(criteria, badge.file, || badge.place("criteria"), diagnostics);
        }
        // A hundred thousand of them take a while.
        let found: Vec<Vec<Diagnostic>> = self
            .awards
            .par_iter()
            .with_min_len(64)
            .map(|award| {
                let mut found = Vec::new();
                self.check_evidence(award, &mut found);
                found
            })
            .filter(|found| !found.is_empty())
            .collect();
        diagnostics.extend(found.into_iter().flatten());
    }

    fn check_evidence(&self, award: &Award<'d>, diagnostics: &mut Vec<Diagnostic>) {
        for (index, evidence) in award.record.evidence.iter().enumerate() {
            let Some(narrative) = &evidence.narrative else { continue };
            let place = || award.origin.award([Step::Key("evidence"), Step::Index(index), Step::Key("narrative")]);
            self.check_export(narrative, award.origin.file, place, diagnostics);
        }
    }

    /// Checks Markdown in an export.
    fn check_export(&self, markdown: &str, file: &str, place: impl Fn() -> Place, diagnostics: &mut Vec<Diagnostic>) {
        if !needs_a_look(markdown) {
            return;
        }
        let text = self.read_export(markdown);
        diagnostics.extend(text.problems.iter().map(|problem| problem.diagnostic(|_| place())));
        for link in &text.links {
            let target = resolve_in_export(self, &self.original, &text, file, &link.to);
            check_link(link, target, &place, diagnostics);
        }
    }
}

fn check_link(
    link: &Link,
    target: Result<Target, DeadLink>,
    place: impl Fn() -> Place,
    diagnostics: &mut Vec<Diagnostic>,
) {
    match target {
        Err(problem) => diagnostics.push(Diagnostic::error(problem.message).at(place()).advice(problem.advice)),
        Ok(Target::Elsewhere(_)) if link.picture => diagnostics.push(
            Diagnostic::warning("pages show no pictures from elsewhere: a link takes the place of this one")
                .at(place())
                .advice("put the picture into `content/` and write its path"),
        ),
        Ok(_) => {}
    }
    if link.picture && link.wordless {
        let advice = if link.html {
            "describe it: `alt=\"what it shows\"`; `alt=\"\"` if it shows nothing that matters"
        } else {
            "describe it between the brackets: ![what it shows](…)"
        };
        diagnostics.push(
            Diagnostic::warning("this picture has no words for people who cannot see it").at(place()).advice(advice),
        );
    }
}
