//! `search.json`: what the search of a site looks through.
//!
//! One entry for each question, each section of a page and each badge, as plain text,
//! with the words that the search itself shows. It is read by a script that puts
//! everything on the page as text, never as HTML. Nothing of any award or earner is in
//! it, so that it lists nobody.

use std::{borrow::Cow, collections::HashMap, hash::Hash};

use serde_json::{Value, json};

use crate::{
    address::Address,
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, Press, View, press},
    prose::plain,
    site::{Page, Section},
    source::Heading,
};

/// What the search of a site looks through.
pub struct Search;

impl Output for Search {
    fn name(&self) -> &'static str {
        "search"
    }

    fn kind(&self) -> Kind {
        Kind::List
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        view.editions().for_each(|(language, _)| add(Item::default().in_language(language)));
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        view.edition(item.language).at("search.json")
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        // The theme's words, the settings and the badges are part of what every page depends on.
        view.hash_page(item.language, on);
        view.hash_structure(item.language, on);
        view.hash_badges(item.language, on);
        view.prose.get(item.language).map(|prose| &prose.page_digests).hash(on);
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.in_language(item.language, |press| Ok(press.search()))
    }
}

/// The words of the search: their names in the index and in the theme.
const WORDS: [(&str, &str); 10] = [
    ("search", "search"),
    ("hint", "search_hint"),
    ("close", "search_close"),
    ("count", "search_count"),
    ("none", "search_none"),
    ("try", "search_try"),
    ("badge", "search_badge"),
    ("key", "search_key"),
    ("faq", "faq_title"),
    ("check", "title_verify"),
];

/// What the page "Check a badge" says, for it is a template and no text of the site.
const CHECKING: [&str; 9] = [
    "check_step_1_text",
    "check_step_3_text",
    "genuine_title",
    "genuine_look",
    "fakes_picture",
    "explain_expired",
    "explain_suspended",
    "explain_revoked",
    "freshness_title",
];

/// Something that can be found.
struct Entry<'a> {
    title: String,
    /// With its anchor.
    address: Address<'a>,
    /// What it is part of.
    part_of: String,
    text: String,
    /// Whether title and text are in the default language, and the rest of the search is not.
    foreign: bool,
}

impl Press<'_> {
    fn search(&self) -> Vec<u8> {
        let words = self.words;
        let entries: Vec<Value> = self
            .entries()
            .into_iter()
            .map(|entry| {
                let mut value = json!({
                    "title": entry.title,
                    "url": self.site.config.rooted(entry.address),
                    "in": entry.part_of,
                    "text": entry.text,
                });
                if entry.foreign {
                    value["lang"] = self.site.config.language.as_str().into();
                }
                value
            })
            .collect();
        let texts: serde_json::Map<String, Value> =
            WORDS.iter().map(|(name, key)| ((*name).to_owned(), words.get(key).into())).collect();
        let index = json!({
            "words": texts,
            "check": self.rooted("verify/"),
            "faq": self.edition.has_faq().then(|| self.rooted("faq/")),
            "entries": entries,
        });
        index.to_string().into_bytes()
    }

    /// In the order in which they are shown where they fit equally well: questions, badges, other pages.
    fn entries(&self) -> Vec<Entry<'_>> {
        let words = self.words;
        let (site, edition) = (self.site, self.edition);
        let mut entries = Vec::new();
        for (index, question) in edition.questions.iter().enumerate() {
            let (Some(address), Some(page)) = (edition.question_address(index), edition.pages.get(question.page))
            else {
                continue;
            };
            entries.push(Entry {
                title: question.heading.title.clone(),
                address,
                part_of: page.title.to_owned(),
                text: self.prose.answers.get(index).map(|answer| plain(&answer.html)).unwrap_or_default(),
                foreign: page.fallback,
            });
        }
        for (badge, criteria) in site.badges.iter().zip(&self.prose.criteria) {
            let record = badge.record;
            let short = record.abbreviation.as_ref().map(|short| format!(" ({short})")).unwrap_or_default();
            let mut text = vec![record.description.to_string(), plain(criteria)];
            text.extend(record.skills.iter().map(ToString::to_string));
            text.retain(|part| !part.is_empty());
            entries.push(Entry {
                title: format!("{}{short}", record.name),
                address: edition.at(&badge.path()).into(),
                part_of: words.get("badges").to_owned(),
                text: text.join(" "),
                foreign: press::is_translation(site, edition),
            });
        }
        entries.push(Entry {
            title: words.get("title_verify").to_owned(),
            address: edition.at("verify/").into(),
            part_of: site.config.title.clone(),
            text: CHECKING.map(|key| words.get(key)).join(" "),
            foreign: false,
        });
        for (page, html) in edition.pages.iter().zip(&self.prose.pages) {
            self.page_entries(page, &html.content, &mut entries);
        }
        entries
    }

    /// A page before its first section, and each of its sections. The questions of the FAQ are entries of their own.
    fn page_entries<'p>(&self, page: &'p Page<'_>, html: &'p str, entries: &mut Vec<Entry<'p>>) {
        let folder = self.edition.pages.iter().find(|other| other.path == page.parent() && other.path != page.path);
        let part_of = folder.map_or(self.site.config.title.as_str(), |folder| folder.title);
        let parts = if page.section == Section::Other {
            sections(html, &page.doc.content.headings)
        } else {
            vec![(None, html)]
        };
        for (heading, html) in parts {
            let address = Address::of(self.edition.at(&page.path));
            let (title, address, part_of) = match heading {
                None => (page.title, address, part_of),
                Some(heading) => (heading.title.as_str(), address.at(heading.id.as_str()), page.title),
            };
            let mut text = plain(html);
            if let (None, Some(description)) = (heading, &page.doc.front.description) {
                text = format!("{description} {text}");
            }
            entries.push(Entry {
                title: title.to_owned(),
                address,
                part_of: part_of.to_owned(),
                text: text.trim_end().to_owned(),
                foreign: page.fallback,
            });
        }
    }
}

/// Cuts a page at its headings of level 2; what stands before the first one belongs to none.
fn sections<'a>(html: &'a str, headings: &'a [Heading]) -> Vec<(Option<&'a Heading>, &'a str)> {
    let by_id: HashMap<&str, &Heading> =
        headings.iter().filter(|heading| heading.level == 2).map(|heading| (heading.id.as_str(), heading)).collect();
    let mut parts = Vec::new();
    let (mut current, mut start) = (None, 0);
    for (at, _) in html.match_indices("<h2") {
        let Some(tag) = html.get(at..).and_then(|rest| rest.split('>').next()) else { continue };
        // An editor's own `<h2>` is no section: it has no address.
        let Some(heading) = id(tag).and_then(|id| by_id.get(&*id)).copied() else { continue };
        parts.push((current, html.get(start..at).unwrap_or_default()));
        let end = html.get(at..).and_then(|rest| rest.find("</h2>")).map_or(html.len(), |end| at + end);
        (current, start) = (Some(heading), end);
    }
    parts.push((current, html.get(start..).unwrap_or_default()));
    parts
}

/// The id in a tag, which the sanitizer wrote.
fn id(tag: &str) -> Option<Cow<'_, str>> {
    let value = tag.split_once(" id=")?.1;
    let id = match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.split(quote).next(),
        _ => value.split(' ').next(),
    };
    id.map(|id| if id.contains('&') { Cow::Owned(plain(id)) } else { Cow::Borrowed(id) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heading(id: &str, title: &str) -> Heading {
        Heading { level: 2, id: id.to_owned(), title: title.to_owned(), ..Heading::default() }
    }

    #[test]
    fn a_page_is_cut_at_its_own_headings_and_at_no_others() {
        let headings = [heading("by-post", "By post"), heading("später", "Later")];
        let html =
            "<p>First.</p><h2 id=by-post>By <em>post</em></h2><p>A.<h2>Raw</h2><p>B.<h2 id=\"später\">Later</h2><p>C.";
        let parts: Vec<_> = sections(html, &headings)
            .into_iter()
            .map(|(heading, html)| (heading.map(|heading| heading.id.as_str()), plain(html)))
            .collect();
        let wanted = [(None, "First."), (Some("by-post"), "A. Raw B."), (Some("später"), "C.")];
        assert_eq!(parts, wanted.map(|(id, text)| (id, text.to_owned())));
    }

    #[test]
    fn a_page_without_headings_is_one_section() {
        assert_eq!(sections("<p>Words.</p>", &[]).len(), 1);
        assert_eq!(id("<h2 id=by-post-2").as_deref(), Some("by-post-2"));
        assert_eq!(id("<h2 dir=rtl id=\"a&amp;b\" lang=ar").as_deref(), Some("a&b"));
        assert_eq!(id("<h2"), None);
    }
}
