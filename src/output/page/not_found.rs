//! The page for addresses that are not there.

use tera::Context;

use super::frame::Page;
use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, Press, View},
};

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
    fn not_found(&self) -> Result<Vec<u8>, Diagnostic> {
        let words = self.words;
        let frame = Page {
            kind: "not-found",
            title: words.get("title_404").to_owned(),
            heading: words.get("title_404").to_owned(),
            description: words.get("description_404").to_owned(),
            path: "404.html".to_owned(),
            noindex: true,
            only_here: true,
            ..Page::default()
        };
        self.page("404.html", frame, Context::new())
    }
}
