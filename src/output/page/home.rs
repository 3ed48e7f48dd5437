//! The home page.

use tera::Context;

use super::{frame::Page, object::Object, structured};
use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, Press, View, press},
    site::Section,
};

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
}
