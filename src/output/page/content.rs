//! A page of content: a category of the FAQ, a guide, any other.

use std::hash::Hash;

use tera::{Context, Value};

use super::{frame::Page, object::Object, structured};
use crate::{
    diagnostic::{Diagnostic, Place},
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, Press, View},
    prose::plain,
    site::{Page as ContentPage, Section},
};

/// How long a description may be that is taken from a page's own text, in characters.
const DESCRIPTION: usize = 200;

/// A page of content: a category of the FAQ, a guide, any other.
pub struct Content;

impl Output for Content {
    fn name(&self) -> &'static str {
        "content"
    }

    fn kind(&self) -> Kind {
        Kind::Page
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        for (language, edition) in view.editions() {
            for (index, page) in edition.pages.iter().enumerate() {
                if matches!(page.section, Section::Faq | Section::Other) {
                    add(Item::of(index).in_language(language));
                }
            }
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        let page = view.edition(item.language).pages.get(item.index);
        view.page_file(page.map_or("", |page| &page.path), item.language)
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.hash_page(item.language, on);
        view.hash_structure(item.language, on);
        let page = view.edition(item.language).pages.get(item.index);
        let download = page.and_then(|page| page.download).map(|asset| (asset.path(), asset.bytes.len()));
        download.hash(on);
        view.hash_content(item.index, item.language, on);
    }

    fn origin(&self, view: &View<'_>, item: Item) -> Option<(String, Place)> {
        view.edition(item.language).pages.get(item.index).map(ContentPage::origin)
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.in_language(item.language, |press| press.content(item.index))
    }
}

impl Press<'_> {
    /// A page of content: a category of the FAQ, a guide, any other.
    fn content(&self, index: usize) -> Result<Vec<u8>, Diagnostic> {
        let (Some(page), Some(html)) = (self.edition.pages.get(index), self.prose.pages.get(index)) else {
            return Ok(Vec::new());
        };
        let front = &page.doc.front;
        let text = || {
            let first = html.sections.first().map(|(_, html)| html.as_str()).unwrap_or_default();
            let text = plain(if html.content.is_empty() { first } else { &html.content });
            shorten(&text, DESCRIPTION)
        };
        let mut frame = Page {
            kind: if page.section == Section::Faq { "faq" } else { "content" },
            title: page.title.to_owned(),
            heading: page.title.to_owned(),
            description: front.description.as_ref().map_or_else(text, ToString::to_string),
            path: page.path.clone(),
            trail: self.trail(page),
            updated: front.updated,
            extra: front.extra.clone(),
            source: Some(page.doc.path().to_owned()),
            fallback: page.fallback,
            ..Page::default()
        };
        let mut context = Context::new();
        context.insert("content", html.content.as_str());
        if page.section == Section::Faq {
            let questions: Vec<_> = html
                .sections
                .iter()
                .filter_map(|(heading, html)| Some((page.doc.content.headings.get(*heading)?, html.as_str())))
                .collect();
            let pairs = questions.iter().map(|(heading, html)| (heading.title.as_str(), *html));
            frame.json_ld.push(structured::faq(pairs));
            let values: Vec<Value> = questions
                .iter()
                .map(|(heading, html)| {
                    Object::new()
                        .with("id", heading.id.as_str())
                        .with("title", heading.title.as_str())
                        .with("html", *html)
                        .into()
                })
                .collect();
            context.insert_value("questions", values.into());
            context.insert_value("categories", self.categories(Some(index)));
            self.neighbours(&mut context, &self.edition.categories, index);
            return self.page("faq.html", frame, context);
        }
        let toc: Vec<Value> = page
            .doc
            .content
            .headings
            .iter()
            .filter(|heading| heading.level == 2)
            .map(|heading| Object::new().with("id", heading.id.as_str()).with("title", heading.title.as_str()).into())
            .collect();
        context.insert_value("toc", toc.into());
        context.insert_value(
            "children",
            if is_index(page) { self.children(&page.path) } else { Vec::<Value>::new().into() },
        );
        if let Some(asset) = page.download {
            let name = asset.path().rsplit('/').next().unwrap_or_default();
            let end = name.rsplit_once('.').map(|(_, end)| end.to_uppercase()).unwrap_or_default();
            let download = Object::new()
                .with("url", self.site.config.rooted(asset.path()))
                .with("name", name)
                .with("size_text", size(asset.bytes.len()))
                .with("type", end);
            context.insert_value("download", download.into());
        }
        let siblings = self.siblings(page);
        self.neighbours(&mut context, &siblings, index);
        self.page("page.html", frame, context)
    }

    /// The way to a page: the pages of the folders above it.
    fn trail(&self, page: &ContentPage<'_>) -> Vec<(String, String)> {
        let mut trail = Vec::new();
        let mut path = page.parent();
        while !path.is_empty() {
            let title = match path {
                "faq/" => Some(
                    self.edition
                        .pages
                        .iter()
                        .find(|page| page.section == Section::FaqIndex)
                        .map_or_else(|| self.words.get("title_faq").to_owned(), |page| page.title.to_owned()),
                ),
                path => self
                    .edition
                    .pages
                    .iter()
                    .find(|page| page.path == path)
                    .map(|page| page.title.to_owned())
                    .or_else(|| (path == "guides/").then(|| self.words.get("guides").to_owned())),
            };
            if let Some(title) = title {
                trail.push((title, path.to_owned()));
            }
            path = path.trim_end_matches('/').rfind('/').map_or("", |at| &path[..=at]);
        }
        trail.reverse();
        trail
    }

    /// The pages beside a page, in order; none for those at the top, which have nothing in common.
    fn siblings(&self, page: &ContentPage<'_>) -> Vec<usize> {
        if page.parent().is_empty() {
            return Vec::new();
        }
        let beside = |index: &usize| {
            self.edition.pages.get(*index).is_some_and(|other| other.parent() == page.parent() && !is_index(other))
        };
        let mut siblings: Vec<usize> = (0..self.edition.pages.len()).filter(beside).collect();
        siblings.sort_by_key(|index| self.edition.pages.get(*index).map(ContentPage::rank));
        siblings
    }

    fn neighbours(&self, context: &mut Context, order: &[usize], index: usize) {
        let Some(at) = order.iter().position(|other| *other == index) else { return };
        let mut link = |name: &'static str, other: Option<usize>| {
            if let Some(page) = other.and_then(|at| order.get(at)).and_then(|index| self.edition.pages.get(*index)) {
                let value = Object::new()
                    .with("title", page.title)
                    .with("url", self.rooted(&page.path))
                    .with("text_attributes", self.attributes(page));
                context.insert_value(name, value.into());
            }
        };
        link("previous", at.checked_sub(1));
        link("next", Some(at + 1));
    }
}

fn is_index(page: &ContentPage<'_>) -> bool {
    page.doc.path().ends_with("/index.md")
}

/// A file's size as people read it.
fn size(bytes: usize) -> String {
    let kilobytes = bytes.div_ceil(1000);
    if kilobytes < 1000 {
        format!("{kilobytes} kB")
    } else {
        format!("{}.{} MB", kilobytes / 1000, kilobytes % 1000 / 100)
    }
}

/// Cut at the end of a word.
fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", cut[..end].trim_end_matches([',', ';', ':', '.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        assert_eq!(size(48_200), "49 kB");
        assert_eq!(size(1_250_000), "1.2 MB");
        assert_eq!(shorten("one two three", 9), "one two…");
    }
}
