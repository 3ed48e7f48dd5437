//! Pages of content: home, FAQ, guides, badges and the few that the program adds.

use std::hash::Hash;

use jiff::Timestamp;
use tera::{Context, Value};

use super::{
    dates,
    frame::{Page, extra},
    object::Object,
    structured,
};
use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, Press, View, press},
    prose::plain,
    site::{Page as ContentPage, Section},
};

/// How long a description may be that is taken from a page's own text, in characters.
const DESCRIPTION: usize = 200;

/// The home page.
pub struct Home;

impl Output for Home {
    fn name(&self) -> &'static str {
        "home"
    }

    fn kind(&self) -> Kind {
        Kind::List
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        view.editions().for_each(|(language, _)| add(Item::default().in_language(language)));
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        view.page_file("", item.language)
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.hash_page(item.language, on);
        view.hash_structure(item.language, on);
        view.hash_page_of(Section::Home, item.language, on);
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.in_language(item.language, Press::home)
    }
}

/// “Check a badge”.
pub struct CheckABadge;

impl Output for CheckABadge {
    fn name(&self) -> &'static str {
        "check a badge"
    }

    fn kind(&self) -> Kind {
        Kind::Page
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        view.editions().for_each(|(language, _)| add(Item::default().in_language(language)));
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        view.page_file("verify/", item.language)
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.hash_page(item.language, on);
        (view.site.exported_at, view.site.config.stale_after).hash(on);
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.in_language(item.language, Press::verify)
    }
}

/// The list of questions.
pub struct FaqIndex;

impl Output for FaqIndex {
    fn name(&self) -> &'static str {
        "FAQ"
    }

    fn kind(&self) -> Kind {
        Kind::Page
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        for (language, _) in view.editions().filter(|(_, edition)| edition.has_faq()) {
            add(Item::default().in_language(language));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        view.page_file("faq/", item.language)
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.hash_page(item.language, on);
        view.hash_structure(item.language, on);
        view.hash_page_of(Section::FaqIndex, item.language, on);
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.in_language(item.language, Press::faq_index)
    }
}

/// The list of guides, where no file says what stands there.
pub struct GuidesIndex;

impl Output for GuidesIndex {
    fn name(&self) -> &'static str {
        "guides"
    }

    fn kind(&self) -> Kind {
        Kind::Page
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        for (language, edition) in view.editions() {
            if edition.has_guides() && !edition.pages.iter().any(|page| page.path == "guides/") {
                add(Item::default().in_language(language));
            }
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        view.page_file("guides/", item.language)
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.hash_page(item.language, on);
        view.hash_structure(item.language, on);
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.in_language(item.language, Press::guides_index)
    }
}

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

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.in_language(item.language, |press| press.content(item.index))
    }
}

/// What a badge stands for.
pub struct Badge;

impl Output for Badge {
    fn name(&self) -> &'static str {
        "badge"
    }

    fn kind(&self) -> Kind {
        Kind::Page
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        for (language, _) in view.editions() {
            (0..view.site.badges.len()).for_each(|index| add(Item::of(index).in_language(language)));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        let path = view.site.badges.get(item.index).map(crate::site::Badge::path);
        view.page_file(&path.unwrap_or_default(), item.language)
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.hash_page(item.language, on);
        view.hash_structure(item.language, on);
        view.hash_badge(item.index, item.language, on);
        view.site.directory.list_of(item.index).is_some().hash(on);
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.in_language(item.language, |press| press.badge(item.index))
    }
}

/// The page for addresses that are not there, in the default language.
pub struct NotFound;

impl Output for NotFound {
    fn name(&self) -> &'static str {
        "not found"
    }

    fn kind(&self) -> Kind {
        Kind::Page
    }

    fn items(&self, _view: &View<'_>, _index: usize, add: Add<'_>) {
        add(Item::default());
    }

    fn path(&self, _view: &View<'_>, _item: Item) -> String {
        "404.html".to_owned()
    }

    fn depends(&self, view: &View<'_>, _item: Item, on: &mut DigestHasher) {
        view.hash_page(0, on);
    }

    fn make(&self, making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.in_language(0, Press::not_found)
    }
}

impl Press<'_> {
    fn home(&self) -> Result<Vec<u8>, Diagnostic> {
        let config = &self.site.config;
        let found = self.edition.page_in(Section::Home);
        let page = found.and_then(|index| self.edition.pages.get(index));
        let html = found.and_then(|index| self.prose.pages.get(index)).map(|html| html.content.as_str());
        let frame = Page {
            kind: "home",
            title: config.title.clone(),
            heading: page.map_or_else(|| config.title.clone(), |page| page.title.to_owned()),
            description: page
                .and_then(|page| page.doc.front.description.as_ref())
                .map_or_else(|| config.description.clone(), ToString::to_string),
            updated: page.and_then(|page| page.doc.front.updated),
            source: page.map(|page| page.doc.path().to_owned()),
            extra: page.and_then(|page| page.doc.front.extra.clone()),
            json_ld: vec![structured::website(self.site)],
            fallback: page.is_some_and(|page| page.fallback),
            ..Page::default()
        };
        let own = page.filter(|page| !page.fallback && press::is_translation(self.site, self.edition));
        let lead = match own.and_then(|page| page.doc.front.description.as_deref()) {
            Some(text) => Object::new().with("text", text).with("text_attributes", ""),
            None => Object::new().with("text", config.description.as_str()).with("text_attributes", self.foreign()),
        };
        let mut context = Context::new();
        context.insert_value("lead", lead.into());
        context.insert("content", html.unwrap_or_default());
        context.insert_value("faq", self.categories(None));
        self.page("index.html", frame, context)
    }

    fn verify(&self) -> Result<Vec<u8>, Diagnostic> {
        let words = self.words;
        let issuer = &*self.site.documents.config.issuer.name;
        let frame = Page {
            kind: "verify",
            title: words.get("title_verify").to_owned(),
            heading: words.get("title_verify").to_owned(),
            description: words.fill("description_verify", &[("issuer", issuer)]),
            path: "verify/".to_owned(),
            ..Page::default()
        };
        let zone = self.site.config.zone();
        let exported = self.site.exported_at.map(|at: Timestamp| {
            let day = at.to_zoned_datetime(zone.clone()).date();
            Object::new().with("iso", dates::instant(at)).with("text", self.locale.date(day))
        });
        let stale_after = self.site.config.stale_after.map(|seconds| self.age(seconds));
        let mut context = Context::new();
        if exported.is_some() || stale_after.is_some() {
            let data = Object::new().maybe("exported_at", exported).maybe("stale_after", stale_after);
            context.insert_value("data", data.into());
        }
        self.page("verify.html", frame, context)
    }

    fn not_found(&self) -> Result<Vec<u8>, Diagnostic> {
        let words = self.words;
        let frame = Page {
            kind: "not-found",
            title: words.get("title_404").to_owned(),
            heading: words.get("title_404").to_owned(),
            description: words.get("description_404").to_owned(),
            path: "404.html".to_owned(),
            noindex: true,
            ..Page::default()
        };
        self.page("404.html", frame, Context::new())
    }

    fn faq_index(&self) -> Result<Vec<u8>, Diagnostic> {
        let words = self.words;
        let issuer = &*self.site.documents.config.issuer.name;
        let found = self.edition.page_in(Section::FaqIndex);
        let page = found.and_then(|index| self.edition.pages.get(index));
        let title = page.map_or_else(|| words.get("title_faq").to_owned(), |page| page.title.to_owned());
        let frame = Page {
            kind: "faq-index",
            heading: title.clone(),
            title,
            description: page
                .and_then(|page| page.doc.front.description.as_ref())
                .map_or_else(|| words.fill("description_faq", &[("issuer", issuer)]), ToString::to_string),
            path: "faq/".to_owned(),
            updated: page.and_then(|page| page.doc.front.updated),
            extra: page.and_then(|page| page.doc.front.extra.clone()),
            source: page.map(|page| page.doc.path().to_owned()),
            ..Page::default()
        };
        let html = found.and_then(|index| self.prose.pages.get(index)).map(|html| html.content.as_str());
        let mut context = Context::new();
        context.insert("content", html.unwrap_or_default());
        context.insert_value("categories", self.categories(None));
        self.page("faq_index.html", frame, context)
    }

    fn guides_index(&self) -> Result<Vec<u8>, Diagnostic> {
        let title = self.words.get("guides").to_owned();
        let frame = Page {
            kind: "content",
            heading: title.clone(),
            description: format!("{title} – {}", self.site.config.title),
            title,
            path: "guides/".to_owned(),
            ..Page::default()
        };
        let mut context = Context::new();
        context.insert("content", "");
        context.insert_value("toc", Vec::<Value>::new().into());
        context.insert_value("children", self.children("guides/"));
        self.page("page.html", frame, context)
    }

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

    fn badge(&self, index: usize) -> Result<Vec<u8>, Diagnostic> {
        let (Some(badge), Some(object)) = (self.site.badges.get(index), self.badges.get(index)) else {
            return Ok(Vec::new());
        };
        let criteria = self.prose.criteria.get(index).map(String::as_str).unwrap_or_default();
        let questions: Vec<Value> = self
            .edition
            .questions
            .iter()
            .enumerate()
            .filter(|(number, question)| {
                question.badge == Some(index) || self.edition.renewals.get(index) == Some(&Some(*number))
            })
            .filter_map(|(number, question)| {
                Some(
                    Object::new()
                        .with("title", question.heading.title.as_str())
                        .with("url", self.site.config.rooted(self.edition.question_address(number)?))
                        .maybe(
                            "text_attributes",
                            self.edition.pages.get(question.page).map(|page| self.attributes(page)),
                        )
                        .into(),
                )
            })
            .collect();
        let people = self.site.directory.list_of(index).map(|list| self.rooted(&self.site.list_path(list)));
        let value = press::in_full(badge, object, criteria).with("questions", questions).maybe("people_url", people);
        let frame = Page {
            kind: "badge",
            title: badge.record.name.to_string(),
            heading: badge.record.name.to_string(),
            description: badge.record.description.to_string(),
            path: badge.path(),
            card: self.site.config.outputs.share_card.then(|| super::frame::Card {
                path: format!("{}card.png", badge.path()),
                alt: badge.record.name.to_string(),
            }),
            json_ld: vec![structured::badge(self.site, badge)],
            ..Page::default()
        };
        let mut context = Context::new();
        context.insert_value("badge", value.into());
        self.page("badge.html", frame, context)
    }

    /// The attributes of text that exists in the default language only.
    fn foreign(&self) -> String {
        press::foreign(self.site, self.edition, self.theme)
    }

    /// The attributes of text out of a page.
    fn attributes(&self, page: &ContentPage<'_>) -> String {
        if page.fallback { self.foreign() } else { String::new() }
    }

    /// A length of time in words.
    fn age(&self, seconds: i64) -> String {
        let (number, unit) = match seconds {
            s if s % 86_400 == 0 => (s / 86_400, "days"),
            s if s % 3_600 == 0 => (s / 3_600, "hours"),
            s => (s / 60, "minutes"),
        };
        self.locale.count(unit, number.unsigned_abs())
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

    /// The FAQ's categories with their questions.
    fn categories(&self, current: Option<usize>) -> Value {
        let category = |&index: &usize| -> Option<Value> {
            let page = self.edition.pages.get(index)?;
            let questions: Vec<Value> = self
                .edition
                .questions
                .iter()
                .enumerate()
                .filter(|(_, question)| question.page == index)
                .filter_map(|(number, question)| {
                    Some(
                        Object::new()
                            .with("title", question.heading.title.as_str())
                            .with("url", self.site.config.rooted(self.edition.question_address(number)?))
                            .into(),
                    )
                })
                .collect();
            Some(
                Object::new()
                    .with("title", page.title)
                    .with("url", self.rooted(&page.path))
                    .maybe("description", page.doc.front.description.as_deref())
                    .with("extra", extra(page.doc.front.extra.as_ref()))
                    .with("text_attributes", self.attributes(page))
                    .with("questions", questions)
                    .with("current", current == Some(index))
                    .into(),
            )
        };
        self.edition.categories.iter().filter_map(category).collect::<Vec<_>>().into()
    }

    /// The pages right below a folder, in order.
    fn children(&self, folder: &str) -> Value {
        let mut children: Vec<_> =
            self.edition.pages.iter().filter(|page| page.parent() == folder && page.path != folder).collect();
        children.sort_by_key(|page| page.rank());
        let child = |page: &ContentPage<'_>| -> Value {
            Object::new()
                .with("title", page.title)
                .with("url", self.rooted(&page.path))
                .maybe("description", page.doc.front.description.as_deref())
                .with("extra", extra(page.doc.front.extra.as_ref()))
                .with("text_attributes", self.attributes(page))
                .into()
        };
        children.into_iter().map(child).collect::<Vec<_>>().into()
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
