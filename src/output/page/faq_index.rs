//! The list of questions.

use tera::Context;

use super::frame::Page;
use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, Press, View},
    site::Section,
};

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

impl Press<'_> {
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
}
