//! Pages of Markdown, the FAQ and its questions.

use std::{collections::HashMap, ops::Range, str::FromStr};

use icu_collator::{Collator, CollatorPreferences, options::CollatorOptions, preferences::CollationNumericOrdering};

use super::{Edition, Page, Question, Section, Site, Status};
use crate::{
    diagnostic::{Diagnostic, Place, did_you_mean},
    source::{Asset, Heading, PageDoc, translated},
    steps,
};

/// The site path of a Markdown file: `guides/sharing.md` is at `guides/sharing/`.
fn page_path(path: &str) -> String {
    let stem = path.strip_suffix(".md").unwrap_or(path);
    match stem.strip_suffix("index") {
        Some("") => String::new(),
        Some(folder) if folder.ends_with('/') => folder.to_owned(),
        _ => format!("{stem}/"),
    }
}

fn section(path: &str) -> Section {
    match path {
        "" => Section::Home,
        "faq/" => Section::FaqIndex,
        path if path.starts_with("faq/") => Section::Faq,
        _ => Section::Other,
    }
}

impl<'d> Site<'d> {
    pub(super) fn join_pages(&mut self, drafts: bool, diagnostics: &mut Vec<Diagnostic>) {
        let others = self.config.languages.get(1..).unwrap_or_default();
        let (translations, originals): (Vec<_>, Vec<_>) =
            self.documents.pages.iter().map(|doc| &**doc).partition(|doc| translated(doc.path(), others).is_some());
        let is_there = |doc: &PageDoc| drafts || doc.front.draft != Some(true);
        let mut original = Edition { language: self.config.language.clone(), ..Edition::default() };
        for doc in originals.iter().copied().filter(|doc| is_there(doc)) {
            self.check_suffix(doc, &originals, diagnostics);
            let download = self.download(doc, diagnostics);
            original.page_index.insert(doc.path(), original.pages.len());
            original.pages.push(page(doc, doc.path(), false, download));
        }
        original.sort_pages();
        let mut by_base: HashMap<(&str, String), &PageDoc> = HashMap::new();
        for doc in translations {
            let Some((language, base)) = translated(doc.path(), others) else { continue };
            if !originals.iter().any(|doc| doc.path() == base) {
                diagnostics.push(
                    Diagnostic::error(format!("there is no `{base}` that this could be a translation of"))
                        .at(Place::file(doc.file.clone()))
                        .advice(format!(
                            "every page is there in the default language, `{}`: write it, or rename this file",
                            self.config.language
                        )),
                );
            }
            if is_there(doc) {
                by_base.insert((language, base), doc);
            }
        }
        for language in others {
            let mut edition = Edition {
                language: language.clone(),
                prefix: format!("{language}/"),
                page_index: original.page_index.clone(),
                ..Edition::default()
            };
            for page in &original.pages {
                let mut page = page.clone();
                page.fallback = true;
                if let Some(doc) = by_base.get(&(language.as_str(), page.base.to_owned())) {
                    check_translation(doc, page.doc, diagnostics);
                    page.doc = doc;
                    page.title = doc.front.title.as_deref().unwrap_or_default();
                    page.fallback = false;
                    page.download = self.download(doc, diagnostics).or(page.download);
                }
                edition.pages.push(page);
            }
            edition.sort_pages();
            self.translations.push(edition);
        }
        self.original = original;
    }

    /// A name such as `managing.en.md`, which looks like a translation and is none.
    fn check_suffix(&self, doc: &PageDoc, originals: &[&PageDoc], diagnostics: &mut Vec<Diagnostic>) {
        let Some((stem, end)) = doc.path().strip_suffix(".md").and_then(|stem| stem.rsplit_once('.')) else { return };
        if end.is_empty() {
            return;
        }
        let base = format!("{stem}.md");
        if end.eq_ignore_ascii_case(&self.config.language) {
            diagnostics.push(
                Diagnostic::error(format!("`{end}` is the default language, whose files do not name it"))
                    .at(Place::file(doc.file.clone()))
                    .advice(format!("rename this file to `{base}`")),
            );
        } else if originals.iter().any(|doc| doc.path() == base) {
            diagnostics.push(
                Diagnostic::warning(format!("this is a page of its own, no translation of `{base}`"))
                    .at(Place::file(doc.file.clone()))
                    .advice(format!(
                        "list `{end}` under `languages:` in site.yaml, if it is a language; or rename this file"
                    )),
            );
        } else if end.len() == 2 && end.bytes().all(|byte| byte.is_ascii_lowercase()) {
            diagnostics.push(
                Diagnostic::warning(format!(
                    "this is a page of its own, although it is named like a translation of `{base}`, which is not there"
                ))
                .at(Place::file(doc.file.clone()))
                .advice(format!(
                    "rename it to `{base}`, or put the original beside it and list `{end}` under `languages:`"
                )),
            );
        }
    }

    fn download(&self, doc: &PageDoc, diagnostics: &mut Vec<Diagnostic>) -> Option<&'d Asset> {
        let name = doc.front.download.as_ref()?;
        let folder = doc.path().rfind('/').map_or("", |at| &doc.path()[..=at]);
        let wanted = format!("{folder}{name}");
        let found = self.asset(&wanted);
        let file = format!("content/{wanted}");
        if self.documents.left_out.contains(file.as_str()) {
            diagnostics.push(
                Diagnostic::error(format!(
                    "the download `{name}` is not published: files of its kind are not part of a site"
                ))
                .at(Place::yaml(doc.file.clone(), steps!["download"]))
                .advice(super::links::OFFER),
            );
        } else if found.is_none() && !self.documents.may_be_there(&file) {
            let names = self.documents.assets.iter().filter_map(|asset| asset.path().strip_prefix(folder));
            diagnostics.push(
                Diagnostic::error(format!("the download `{name}` is missing"))
                    .at(Place::yaml(doc.file.clone(), steps!["download"]))
                    .advice(did_you_mean(name, names).unwrap_or_else(|| format!("put the file at `content/{wanted}`"))),
            );
        }
        found
    }

    pub(super) fn join_questions(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        let questions = self.questions(&self.original, diagnostics);
        let renewals = self.renewals(&questions, Some(diagnostics));
        self.original.questions = questions;
        self.original.renewals = renewals;
        for number in 0..self.translations.len() {
            let Some(edition) = self.translations.get(number) else { continue };
            // What is wrong with a page that is not translated was said of the original.
            let mut problems = Vec::new();
            let mut questions = self.questions(edition, &mut problems);
            let own = |problem: &Diagnostic| {
                let file = problem.place.as_ref().map(|place| &**place.path());
                edition.pages.iter().any(|page| !page.fallback && Some(&*page.doc.file) == file)
            };
            diagnostics.extend(problems.into_iter().filter(own));
            // A translation need not repeat where a question is shown.
            for question in questions.iter_mut().filter(|question| question.heading.attributes.is_empty()) {
                let same =
                    |other: &&Question<'_>| other.page == question.page && other.heading.id == question.heading.id;
                if let Some(original) = self.original.questions.iter().find(same) {
                    (question.when, question.badge) = (original.when.clone(), original.badge);
                }
            }
            let renewals = self.renewals(&questions, None);
            if let Some(edition) = self.translations.get_mut(number) {
                edition.questions = questions;
                edition.renewals = renewals;
            }
        }
    }

    fn questions(&self, edition: &Edition<'d>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Question<'d>> {
        // Names that their authors gave: other files and exports rely on them.
        let mut seen: HashMap<&str, Place> = HashMap::new();
        let mut questions = Vec::new();
        for &page_index in &edition.categories {
            let Some(page) = edition.pages.get(page_index) else { continue };
            let doc = page.doc;
            for heading in doc.content.headings.iter().filter(|heading| heading.question) {
                let place = || Place::bytes(doc.file.clone(), heading.id_span.clone());
                if let Some(first) = seen.get(heading.id.as_str()).filter(|_| heading.named) {
                    diagnostics.push(
                        Diagnostic::error(format!("two questions have the id `{}`", heading.id))
                            .at(place())
                            .advice("give this one its own: `## … {#another-id}`")
                            .also("the other one is here", first.clone()),
                    );
                    continue;
                }
                if heading.named {
                    seen.insert(&heading.id, place());
                }
                let (when, badge) = self.marks(doc, heading, diagnostics);
                questions.push(Question { page: page_index, heading, when, badge });
            }
        }
        questions
    }

    /// Reads `when=` and `badge=`.
    fn marks(
        &self,
        doc: &PageDoc,
        heading: &Heading,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> (Vec<Status>, Option<usize>) {
        let place = |span: &Range<usize>| Place::bytes(doc.file.clone(), span.clone());
        let (mut when, mut badge) = (Vec::new(), None);
        let mut named = heading.id_span.clone();
        for attribute in &heading.attributes {
            match attribute.key.as_str() {
                "when" | "badge" if attribute.value.trim().is_empty() => {
                    let advice = match attribute.key.as_str() {
                        "when" => "say when it is to be shown, such as `when=expired,expiring`, or take it out",
                        _ => "say for which badge it is, such as `badge=ccxp`, or take it out",
                    };
                    diagnostics.push(
                        Diagnostic::error(format!("there is nothing after `{}=`", attribute.key))
                            .at(place(&attribute.span))
                            .advice(advice),
                    );
                }
                "when" => {
                    for (word, span) in attribute.words() {
                        match Status::from_word(word) {
                            Some(status) => when.push(status),
                            None => diagnostics.push(
                                Diagnostic::error(format!("`{word}` is not a status")).at(place(&span)).advice(
                                    did_you_mean(word, Status::ALL.map(Status::word)).unwrap_or_else(|| {
                                        format!("the statuses are {}", Status::ALL.map(Status::word).join(", "))
                                    }),
                                ),
                            ),
                        }
                    }
                }
                "badge" => {
                    let value = attribute.value.as_str();
                    named.clone_from(&attribute.span);
                    let value_span = attribute.words().next().map_or(0, |(_, span)| span.start)..attribute.span.end;
                    badge = self.badges.iter().position(|badge| &*badge.record.id == value);
                    match badge.and_then(|index| self.badges.get(index)) {
                        None if self.documents.is_unread(value) => {}
                        None => diagnostics.push(
                            Diagnostic::error(format!("no badge has the id `{value}`")).at(place(&value_span)).advice(
                                did_you_mean(value, self.badges.iter().map(|badge| &*badge.record.id)).unwrap_or_else(
                                    || "write the id of one badge, as an export has it below `badges:`".to_owned(),
                                ),
                            ),
                        ),
                        Some(of) if of.awards == 0 && self.documents.are_records_complete() => diagnostics.push(
                            Diagnostic::warning(format!(
                                "no page shows this question: nobody holds the badge `{value}`"
                            ))
                            .at(place(&attribute.span))
                            .advice("take `badge=` out, or leave it until somebody does"),
                        ),
                        Some(_) => {}
                    }
                }
                other => diagnostics.push(
                    Diagnostic::error(format!("a question cannot have `{other}=`")).at(place(&attribute.span)).advice(
                        did_you_mean(other, ["when", "badge"])
                            .unwrap_or_else(|| "only `when=` and `badge=` are known".to_owned()),
                    ),
                ),
            }
        }
        if badge.is_some() && when.is_empty() {
            diagnostics.push(
                Diagnostic::warning("no page shows this question: it names a badge, but no status")
                    .at(place(&named))
                    .advice("say when it is to be shown, such as `when=expired,expiring`"),
            );
        }
        (when, badge)
    }

    /// For each badge the question that tells how it is renewed. Badges whose question is missing are reported to
    /// `diagnostics`, if given.
    fn renewals(
        &self,
        questions: &[Question<'_>],
        mut diagnostics: Option<&mut Vec<Diagnostic>>,
    ) -> Vec<Option<usize>> {
        // Of two questions with one name, that of the one that its author called so.
        let mut by_name: Vec<_> = questions.iter().enumerate().collect();
        by_name.sort_by_key(|(_, question)| question.heading.named);
        let ids: HashMap<&str, usize> =
            by_name.into_iter().map(|(index, question)| (question.heading.id.as_str(), index)).collect();
        let mut renewals = Vec::with_capacity(self.badges.len());
        for badge in &self.badges {
            let id = badge.record.renewal.as_ref().and_then(|renewal| renewal.question.as_deref());
            let found = id.and_then(|id| ids.get(id).copied());
            renewals.push(found);
            let (Some(id), None, Some(diagnostics)) = (id, found, diagnostics.as_deref_mut()) else { continue };
            let guess = did_you_mean(id, ids.keys().copied());
            if guess.is_some() || !self.documents.is_broken("md") {
                diagnostics.push(
                    Diagnostic::error(format!("the FAQ has no question with the id `{id}`"))
                        .at(Place::yaml(badge.file.clone(), steps!["badges", badge.index, "renewal", "question"]))
                        .advice(guess.unwrap_or_else(|| format!("write the id behind a question: `## … {{#{id}}}`"))),
                );
            }
        }
        renewals
    }
}

impl Edition<'_> {
    fn sort_pages(&mut self) {
        let ranks = ranks(&self.language, &self.pages);
        for (page, rank) in self.pages.iter_mut().zip(ranks) {
            page.rank = rank;
        }
        let is_category = |index: &usize| self.pages.get(*index).is_some_and(|page| page.section == Section::Faq);
        let mut categories: Vec<usize> = (0..self.pages.len()).filter(is_category).collect();
        categories.sort_by_key(|index| self.pages.get(*index).map(Page::rank));
        self.categories = categories;
    }
}

fn page<'d>(doc: &'d PageDoc, base: &'d str, fallback: bool, download: Option<&'d Asset>) -> Page<'d> {
    let path = page_path(base);
    let title = doc.front.title.as_deref().unwrap_or_default();
    Page { doc, base, fallback, section: section(&path), path, order: doc.front.order, rank: 0, title, download }
}

/// What a translation lacks of its original, and whether it is older.
fn check_translation(doc: &PageDoc, original: &PageDoc, diagnostics: &mut Vec<Diagnostic>) {
    if section(&page_path(original.path())) == Section::Faq {
        let of = |doc: &PageDoc| -> Vec<String> {
            doc.content.headings.iter().filter(|heading| heading.question).map(|heading| heading.id.clone()).collect()
        };
        let (own, all) = (of(doc), of(original));
        let missing: Vec<_> = all.iter().filter(|id| !own.contains(id)).map(|id| format!("`{id}`")).collect();
        if !missing.is_empty() {
            diagnostics.push(
                Diagnostic::warning(format!("this translation lacks {}", missing.join(", ")))
                    .at(Place::file(doc.file.clone()))
                    .advice("a question keeps its id in every language: `## … {#id}`"),
            );
        }
    }
    if let (Some(own), Some(newer)) = (doc.front.updated, original.front.updated)
        && own < newer
    {
        diagnostics.push(
            Diagnostic::warning(format!("this translation is of {own}, its original of {newer}"))
                .at(Place::yaml(doc.file.clone(), steps!["updated"]))
                .advice("see what has changed, translate it, and set `updated` to the same date"),
        );
    }
}

impl Page<'_> {
    /// What pages are sorted by: their place among all pages of their edition.
    pub fn rank(&self) -> usize {
        self.rank
    }
}

/// The places of pages in their order: by `order`, then by title as the language's dictionaries sort (CLDR's
/// collation, through ICU4X), numbers by their value. Titles are of one language, as names of people are not
/// ([`super::people`]).
fn ranks(language: &str, pages: &[Page<'_>]) -> Vec<usize> {
    let tag = icu_locale::Locale::from_str(language).unwrap_or(icu_locale::Locale::UNKNOWN);
    let mut preferences: CollatorPreferences = (&tag).into();
    preferences.numeric_ordering = Some(CollationNumericOrdering::True);
    let collator = Collator::try_new(preferences, CollatorOptions::default()).ok();
    let mut order: Vec<(usize, &Page<'_>)> = pages.iter().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| {
        let key = |page: &Page<'_>| page.order.unwrap_or(i64::MAX);
        let titles =
            collator.as_ref().map_or_else(|| a.title.cmp(b.title), |collator| collator.compare(a.title, b.title));
        key(a).cmp(&key(b)).then(titles).then_with(|| a.base.cmp(b.base))
    });
    let mut ranks = vec![0; pages.len()];
    for (rank, (page, _)) in order.into_iter().enumerate() {
        if let Some(slot) = ranks.get_mut(page) {
            *slot = rank;
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_become_addresses() {
        assert_eq!(page_path("index.md"), "");
        assert_eq!(page_path("faq/managing.md"), "faq/managing/");
        assert_eq!(page_path("guides/index.md"), "guides/");
        assert_eq!(page_path("guides/myindex.md"), "guides/myindex/");
    }
}
