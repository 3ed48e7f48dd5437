//! The list of guides, where no file says what stands there.

use tera::{Context, Value};

use super::frame::Page;
use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, Press, View},
};

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

impl Press<'_> {
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
}
