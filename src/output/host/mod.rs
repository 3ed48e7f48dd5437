//! Rooms for what hosts and crawlers read.
//!
//! These files are short, so what each depends on is what it says.

use std::hash::Hash;

use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, View, data::feeds},
    source::record::Hosting,
};

/// `robots.txt`.
pub struct Robots;

impl Output for Robots {
    fn name(&self) -> &'static str {
        "robots"
    }

    fn kind(&self) -> Kind {
        Kind::File
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        // Below a path nobody would ask for it.
        if !view.site.config.is_below_path() {
            add(Item::default());
        }
    }

    fn path(&self, _view: &View<'_>, _item: Item) -> String {
        "robots.txt".to_owned()
    }

    fn depends(&self, view: &View<'_>, _item: Item, on: &mut DigestHasher) {
        feeds::robots(view.site).hash(on);
    }

    fn make(&self, making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        Ok(feeds::robots(making.view.site).into_bytes())
    }
}

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

/// `_headers` of Netlify and Cloudflare Pages.
pub struct Headers;

impl Output for Headers {
    fn name(&self) -> &'static str {
        "headers"
    }

    fn kind(&self) -> Kind {
        Kind::Control
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        if is_netlify_or_like(view) {
            add(Item::default());
        }
    }

    fn path(&self, _view: &View<'_>, _item: Item) -> String {
        "_headers".to_owned()
    }

    fn depends(&self, view: &View<'_>, _item: Item, on: &mut DigestHasher) {
        feeds::headers(view).hash(on);
    }

    fn make(&self, making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        Ok(feeds::headers(making.view).into_bytes())
    }
}

/// `_redirects` of Netlify and Cloudflare Pages.
pub struct Redirects;

impl Output for Redirects {
    fn name(&self) -> &'static str {
        "redirects"
    }

    fn kind(&self) -> Kind {
        Kind::Control
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        if is_netlify_or_like(view) {
            add(Item::default());
        }
    }

    fn path(&self, _view: &View<'_>, _item: Item) -> String {
        "_redirects".to_owned()
    }

    fn depends(&self, view: &View<'_>, _item: Item, on: &mut DigestHasher) {
        feeds::redirects(view.site).hash(on);
    }

    fn make(&self, making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        Ok(feeds::redirects(making.view.site).into_bytes())
    }
}

/// `CNAME` of GitHub Pages.
pub struct Cname;

impl Output for Cname {
    fn name(&self) -> &'static str {
        "CNAME"
    }

    fn kind(&self) -> Kind {
        Kind::Control
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        let config = &view.site.config;
        if config.hosting == Hosting::Github && config.own_domain().is_some() {
            add(Item::default());
        }
    }

    fn path(&self, _view: &View<'_>, _item: Item) -> String {
        "CNAME".to_owned()
    }

    fn depends(&self, view: &View<'_>, _item: Item, on: &mut DigestHasher) {
        feeds::cname(view.site).hash(on);
    }

    fn make(&self, making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        Ok(feeds::cname(making.view.site).into_bytes())
    }
}

fn is_netlify_or_like(view: &View<'_>) -> bool {
    matches!(view.site.config.hosting, Hosting::Netlify | Hosting::Cloudflare)
}
