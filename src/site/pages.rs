//! Pages of Markdown, the FAQ and its questions.

use std::collections::HashMap;

use super::{Page, Question, Section, Site, Status};
use crate::{
    diagnostic::{Diagnostic, Place, did_you_mean},
    source::{Heading, PageDoc},
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

impl Site<'_> {
    pub(super) fn join_pages(&mut self, drafts: bool, diagnostics: &mut Vec<Diagnostic>) {
        for doc in &self.documents.pages {
            if doc.front.draft == Some(true) && !drafts {
                continue;
            }
            let path = page_path(doc.path());
            let download = doc.front.download.as_ref().and_then(|name| {
                let folder = doc.path().rfind('/').map_or("", |at| &doc.path()[..=at]);
                let wanted = format!("{folder}{name}");
                let found = self.asset(&wanted);
                if found.is_none() {
                    let names = self.documents.assets.iter().filter_map(|asset| asset.path().strip_prefix(folder));
                    diagnostics.push(
                        Diagnostic::error(format!("the download `{name}` is missing"))
                            .at(Place::yaml(doc.file.clone(), steps!["download"]))
                            .advice(
                                did_you_mean(name, names)
                                    .unwrap_or_else(|| format!("put the file at `content/{wanted}`")),
                            ),
                    );
                }
                found
            });
            check_headings(doc, diagnostics);
            self.page_index.insert(doc.path(), self.pages.len());
            let title = doc.front.title.as_deref().unwrap_or_default();
            self.pages.push(Page { doc, section: section(&path), path, title, download });
        }
        self.categories = (0..self.pages.len())
            .filter(|index| self.pages.get(*index).is_some_and(|page| page.section == Section::Faq))
            .collect();
        let mut categories = std::mem::take(&mut self.categories);
        categories.sort_by_key(|index| self.pages.get(*index).map(Page::rank));
        self.categories = categories;
    }

    pub(super) fn join_questions(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        let mut seen: HashMap<&str, Place> = HashMap::new();
        for &page_index in &self.categories {
            let Some(page) = self.pages.get(page_index) else { continue };
            for heading in page.doc.headings.iter().filter(|heading| heading.level == 2) {
                let place = || Place::bytes(page.doc.file.clone(), heading.span.clone());
                if let Some(first) = seen.get(heading.id.as_str()) {
                    diagnostics.push(
                        Diagnostic::error(format!("two questions have the id `{}`", heading.id))
                            .at(place())
                            .advice("give this one its own: `## … {#another-id}`")
                            .also("the other one is here", first.clone()),
                    );
                    continue;
                }
                seen.insert(&heading.id, place());
                let (when, badge) = self.marks(heading, &place, diagnostics);
                self.questions.push(Question { page: page_index, heading, when, badge });
            }
        }
    }

    /// Reads `when=` and `badge=`.
    fn marks(
        &self,
        heading: &Heading,
        place: &dyn Fn() -> Place,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> (Vec<Status>, Option<usize>) {
        let (mut when, mut badge) = (Vec::new(), None);
        for (key, value) in &heading.attributes {
            let value = value.as_deref().unwrap_or_default();
            match key.as_str() {
                "when" => {
                    for word in value.split(',').map(str::trim) {
                        match Status::from_word(word) {
                            Some(status) => when.push(status),
                            None => diagnostics.push(
                                Diagnostic::error(format!("`{word}` is not a status")).at(place()).advice(
                                    did_you_mean(word, Status::ALL.map(Status::word)).unwrap_or_else(|| {
                                        format!("the statuses are {}", Status::ALL.map(Status::word).join(", "))
                                    }),
                                ),
                            ),
                        }
                    }
                }
                "badge" => {
                    badge = self.badges.iter().position(|badge| &*badge.record.id == value);
                    match badge.and_then(|index| self.badges.get(index)) {
                        None => diagnostics.push(
                            Diagnostic::error(format!("no badge has the id `{value}`"))
                                .at(place())
                                .maybe_advice(did_you_mean(value, self.badges.iter().map(|badge| &*badge.record.id))),
                        ),
                        Some(of) if of.awards == 0 => diagnostics.push(
                            Diagnostic::warning(format!(
                                "no page shows this question: nobody holds the badge `{value}`"
                            ))
                            .at(place())
                            .advice("take `badge=` out, or leave it until somebody does"),
                        ),
                        Some(_) => {}
                    }
                }
                other => diagnostics.push(
                    Diagnostic::error(format!("a question cannot have `{other}=`")).at(place()).advice(
                        did_you_mean(other, ["when", "badge"])
                            .unwrap_or_else(|| "only `when=` and `badge=` are known".to_owned()),
                    ),
                ),
            }
        }
        if badge.is_some() && when.is_empty() {
            diagnostics.push(
                Diagnostic::warning("no page shows this question: it names a badge, but no status")
                    .at(place())
                    .advice("say when it is to be shown, such as `when=expired,expiring`"),
            );
        }
        (when, badge)
    }

    pub(super) fn join_renewals(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        let ids: HashMap<&str, usize> =
            self.questions.iter().enumerate().map(|(index, question)| (question.heading.id.as_str(), index)).collect();
        for badge in &mut self.badges {
            let Some(id) = badge.record.renewal.as_ref().and_then(|renewal| renewal.question.as_deref()) else {
                continue;
            };
            badge.renewal = ids.get(id).copied();
            let guess = did_you_mean(id, ids.keys().copied());
            if badge.renewal.is_none() && (guess.is_some() || !self.documents.is_broken("md")) {
                diagnostics.push(
                    Diagnostic::error(format!("the FAQ has no question with the id `{id}`"))
                        .at(Place::yaml(badge.file.clone(), steps!["badges", badge.index, "renewal", "question"]))
                        .advice(guess.unwrap_or_else(|| format!("write the id behind a question: `## … {{#{id}}}`"))),
                );
            }
        }
    }
}

impl Page<'_> {
    /// What pages are sorted by: their `order`, then their title.
    pub fn rank(&self) -> (i64, String) {
        (self.doc.front.order.unwrap_or(i64::MAX), self.title.to_lowercase())
    }
}

/// Two anchors with one name on a page: a link could mean either.
fn check_headings(doc: &PageDoc, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<&str, &Heading> = HashMap::new();
    let in_faq = section(&page_path(doc.path())) == Section::Faq;
    for heading in &doc.headings {
        if let Some(first) = seen.insert(&heading.id, heading)
            && !(in_faq && heading.level == 2 && first.level == 2)
        {
            diagnostics.push(
                Diagnostic::error(format!("two headings of this page have the id `{}`", heading.id))
                    .at(Place::bytes(doc.file.clone(), heading.span.clone()))
                    .advice("give one of them another id: `## … {#another-id}`")
                    .also("the other one is here", Place::bytes(doc.file.clone(), first.span.clone())),
            );
        }
    }
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
