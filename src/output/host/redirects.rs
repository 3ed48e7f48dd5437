//! `_redirects` of Netlify and Cloudflare Pages: the one file that names unlisted awards, for hosts that read it and do not
//! serve it.

use std::{fmt::Write as _, hash::Hash};

use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, View},
    site::{Award, Site},
    source::record::Hosting,
};

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
        if super::reads_rules(view) {
            add(Item::default());
        }
    }

    fn path(&self, _view: &View<'_>, _item: Item) -> String {
        "_redirects".to_owned()
    }

    fn depends(&self, view: &View<'_>, _item: Item, on: &mut DigestHasher) {
        redirects(view.site).hash(on);
    }

    fn make(&self, making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        Ok(redirects(making.view.site).into_bytes())
    }
}

/// `_redirects` of Netlify and Cloudflare Pages.
fn redirects(site: &Site<'_>) -> String {
    let config = &site.config;
    // At each of them there is a page as well, which Netlify would prefer.
    let code = if config.hosting == Hosting::Netlify { "301!" } else { "301" };
    let mut out = String::new();
    for (from, award) in site.redirects() {
        let Some(path) = site.awards.get(award).map(Award::path) else { continue };
        // Below a path the host does not know where the world sees it.
        let to = if config.is_below_path() { config.absolute(path) } else { config.rooted(path) };
        let _ = writeln!(out, "{from} {to} {code}");
    }
    out
}
