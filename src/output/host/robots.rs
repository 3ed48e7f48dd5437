//! `robots.txt`.

use std::{fmt::Write as _, hash::Hash};

use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, View},
    site::Site,
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
        robots(view.site).hash(on);
    }

    fn notes(&self, view: &View<'_>) -> Vec<String> {
        let config = &view.site.config;
        let sitemap = config.absolute("sitemap.xml");
        let note = format!("no robots.txt: below a path nobody reads it; tell search engines of {sitemap}");
        config.is_below_path().then_some(note).into_iter().collect()
    }

    fn make(&self, making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        Ok(robots(making.view.site).into_bytes())
    }
}

/// `robots.txt` (RFC 9309). Verification pages are not disallowed: a crawler that may not read a page cannot read
/// its `noindex` either, and scrapers that show previews must read them. Files with a name in them that cannot say
/// `noindex` are.
fn robots(site: &Site<'_>) -> String {
    let config = &site.config;
    let mut out = "User-agent: *\nAllow: /\n".to_owned();
    let named = [(config.outputs.oembed, "oembed.json"), (config.outputs.certificate_pdf, "certificate.pdf")];
    for (_, file) in named.iter().filter(|(made, _)| *made && !config.indexing) {
        let _ = writeln!(out, "Disallow: {}verify/*/{file}", config.root);
    }
    let _ = write!(out, "\nSitemap: {}\n", config.absolute("sitemap.xml"));
    out
}
