//! `as-of.json`: how fresh the data is, in a file of its own, so that no page changes with it.

use std::hash::Hash;

use serde_json::json;

use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, View, page::dates},
    site::Site,
};

/// `as-of.json`: how fresh the data is.
pub struct AsOf;

impl Output for AsOf {
    fn name(&self) -> &'static str {
        "as of"
    }

    fn kind(&self) -> Kind {
        Kind::List
    }

    fn items(&self, _view: &View<'_>, _index: usize, add: Add<'_>) {
        add(Item::default());
    }

    fn path(&self, _view: &View<'_>, _item: Item) -> String {
        "as-of.json".to_owned()
    }

    fn depends(&self, view: &View<'_>, _item: Item, on: &mut DigestHasher) {
        as_of(view.site).hash(on);
    }

    fn make(&self, making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        Ok(as_of(making.view.site).into_bytes())
    }
}

/// `as-of.json`: how fresh the data is; `stale_after` in seconds.
fn as_of(site: &Site<'_>) -> String {
    let exported_at = site.exported_at.map(dates::instant);
    json!({ "exported_at": exported_at, "stale_after": site.config.stale_after }).to_string() + "\n"
}
