//! `CNAME` of GitHub Pages.

use std::hash::Hash;

use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, View},
    site::Site,
    source::record::Hosting,
};

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
        cname(view.site).hash(on);
    }

    fn notes(&self, view: &View<'_>) -> Vec<String> {
        let config = &view.site.config;
        let (name, _) = &config.domain;
        if config.hosting != Hosting::Github || config.own_domain().is_some() || name.ends_with(".github.io") {
            return Vec::new();
        }
        let why = if config.is_below_path() {
            format!("this site is below a path, and must not claim all of `{name}`")
        } else {
            "a domain's name alone can stand in it".to_owned()
        };
        vec![format!("no CNAME: {why}")]
    }

    fn make(&self, making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        Ok(cname(making.view.site).into_bytes())
    }
}

/// `CNAME` of GitHub Pages: the domain that is the site's own.
fn cname(site: &Site<'_>) -> String {
    format!("{}\n", site.config.own_domain().unwrap_or_default())
}
