//! Rooms for files that are published as they are, and for the theme's style sheet and icon.

use std::hash::Hash;

use crate::{
    diagnostic::{Diagnostic, Place},
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, View},
    source::Asset,
};

/// The files of `content/` that are published as they are.
pub struct Assets;

impl Output for Assets {
    fn name(&self) -> &'static str {
        "file"
    }

    fn kind(&self) -> Kind {
        Kind::File
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        for (index, asset) in view.site.documents.assets.iter().enumerate() {
            if view.site.publishes(asset) {
                add(Item::of(index));
            }
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        view.site.documents.assets.get(item.index).map(|asset| asset.path().to_owned()).unwrap_or_default()
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.site.documents.assets.get(item.index).map(|asset| asset.digest).hash(on);
    }

    fn origin(&self, view: &View<'_>, item: Item) -> Option<(String, Place)> {
        view.site.documents.assets.get(item.index).map(Asset::origin)
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        Ok(making.view.site.documents.assets.get(item.index).map(|asset| asset.bytes.to_vec()).unwrap_or_default())
    }
}

/// The theme's style sheets, scripts and pictures, which have their content in their names.
pub struct ThemeAssets;

impl Output for ThemeAssets {
    fn name(&self) -> &'static str {
        "theme asset"
    }

    fn kind(&self) -> Kind {
        Kind::Asset
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        for (index, file) in view.theme.statics.iter().enumerate() {
            // What only the directory's pages load, and what only pages of a site that signs do.
            let is_wanted = match file.name.split_once('.') {
                Some(("people", _)) => view.site.has_people(),
                Some(("signed", _)) => view.credentials.is_some(),
                _ => true,
            };
            if file.is_asset() && is_wanted {
                add(Item::of(index));
            }
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        view.theme.statics.get(item.index).map(|file| file.path.clone()).unwrap_or_default()
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.theme.statics.get(item.index).map(|file| file.digest).hash(on);
    }

    fn writer(&self) -> &'static str {
        "the theme"
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        Ok(making.view.theme.statics.get(item.index).map(|file| file.bytes.to_vec()).unwrap_or_default())
    }
}

/// Files of the theme that keep their names.
pub struct ThemeFiles;

impl Output for ThemeFiles {
    fn name(&self) -> &'static str {
        "theme file"
    }

    fn kind(&self) -> Kind {
        Kind::File
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        for (index, file) in view.theme.statics.iter().enumerate() {
            if !file.is_asset() {
                add(Item::of(index));
            }
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        view.theme.statics.get(item.index).map(|file| file.path.clone()).unwrap_or_default()
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.theme.statics.get(item.index).map(|file| file.digest).hash(on);
    }

    fn origin(&self, view: &View<'_>, item: Item) -> Option<(String, Place)> {
        let file = view.theme.statics.get(item.index)?;
        let own = view.site.documents.theme.iter().find(|own| own.name.strip_prefix("static/") == Some(&file.name))?;
        Some(("this file of the theme".to_owned(), Place::file(own.file.clone())))
    }

    fn writer(&self) -> &'static str {
        "the theme"
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        Ok(making.view.theme.statics.get(item.index).map(|file| file.bytes.to_vec()).unwrap_or_default())
    }
}

/// The style sheet that every page loads.
pub struct Style;

impl Output for Style {
    fn name(&self) -> &'static str {
        "style"
    }

    fn kind(&self) -> Kind {
        Kind::Asset
    }

    fn items(&self, _view: &View<'_>, _index: usize, add: Add<'_>) {
        add(Item::default());
    }

    fn path(&self, view: &View<'_>, _item: Item) -> String {
        view.style.path.clone()
    }

    fn depends(&self, view: &View<'_>, _item: Item, on: &mut DigestHasher) {
        view.style.digest.hash(on);
    }

    fn make(&self, making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        Ok(making.view.style.bytes.to_vec())
    }
}

/// The icon of the site.
pub struct Icon;

impl Output for Icon {
    fn name(&self) -> &'static str {
        "icon"
    }

    fn kind(&self) -> Kind {
        Kind::File
    }

    fn items(&self, _view: &View<'_>, _index: usize, add: Add<'_>) {
        add(Item::default());
    }

    fn path(&self, _view: &View<'_>, _item: Item) -> String {
        "icon.svg".to_owned()
    }

    fn depends(&self, view: &View<'_>, _item: Item, on: &mut DigestHasher) {
        view.icon.hash(on);
    }

    fn make(&self, making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        Ok(making.view.icon.clone())
    }
}
