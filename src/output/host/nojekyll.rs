//! `.nojekyll`.

use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, View},
};

/// `.nojekyll`: GitHub Pages is to leave names that begin with `_` alone.
pub struct NoJekyll;

impl Output for NoJekyll {
    fn name(&self) -> &'static str {
        "nojekyll"
    }

    fn kind(&self) -> Kind {
        Kind::Control
    }

    fn items(&self, _view: &View<'_>, _index: usize, add: Add<'_>) {
        add(Item::default());
    }

    fn path(&self, _view: &View<'_>, _item: Item) -> String {
        ".nojekyll".to_owned()
    }

    fn depends(&self, _view: &View<'_>, _item: Item, _on: &mut DigestHasher) {}

    fn make(&self, _making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        Ok(Vec::new())
    }
}
