//! The sitemap: what may be indexed. No unlisted or private award is in it.

use std::{fmt::Write as _, hash::Hash};

use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, View},
    prose::escape,
    site::{Site, indexed, sitemap_part as sitemap_name},
};

/// How a file of the sitemap protocol 0.9 begins.
const SITEMAPS: &str =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{} xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n";

/// `sitemap.xml`: what may be indexed, or the files that say so.
pub struct Sitemap;

impl Output for Sitemap {
    fn name(&self) -> &'static str {
        "sitemap"
    }

    fn kind(&self) -> Kind {
        Kind::List
    }

    fn items(&self, _view: &View<'_>, _index: usize, add: Add<'_>) {
        add(Item::default());
    }

    fn path(&self, _view: &View<'_>, _item: Item) -> String {
        "sitemap.xml".to_owned()
    }

    fn depends(&self, view: &View<'_>, _item: Item, on: &mut DigestHasher) {
        match view.site.sitemap_parts.len() {
            0 => hash_listed(view, on),
            parts => (parts, &view.site.config.base_url).hash(on),
        }
    }

    fn make(&self, making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        Ok(sitemap(making.view.site).into_bytes())
    }
}

/// A part of the sitemap, where one file has no room for all.
pub struct SitemapPart;

impl Output for SitemapPart {
    fn name(&self) -> &'static str {
        "sitemap part"
    }

    fn kind(&self) -> Kind {
        Kind::List
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        (0..view.site.sitemap_parts.len()).for_each(|part| add(Item::of(part)));
    }

    fn path(&self, _view: &View<'_>, item: Item) -> String {
        sitemap_name(item.index)
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.site.sitemap_parts.get(item.index).hash(on);
        hash_listed(view, on);
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        Ok(sitemap_part(making.view.site, item.index).into_bytes())
    }
}

/// What a sitemap has in it.
fn hash_listed(view: &View<'_>, on: &mut DigestHasher) {
    view.site.config.base_url.hash(on);
    for (_, edition) in view.editions() {
        (&edition.prefix, edition.has_faq()).hash(on);
        for page in &edition.pages {
            (&page.path, page.section, page.fallback, page.doc.front.updated).hash(on);
        }
    }
    view.site.badges.iter().for_each(|badge| badge.record.id.hash(on));
    if view.site.config.indexing {
        view.site.directory.lists.iter().for_each(|list| list.badge.hash(on));
        indexed(view.site).for_each(|award| award.record.id.hash(on));
        view.site.directory.people.iter().for_each(|person| person.handle.hash(on));
    }
}

fn sitemap_file(root: &str, lines: impl Iterator<Item = String>) -> String {
    let mut out = SITEMAPS.replace("{}", root);
    out.extend(lines);
    let _ = writeln!(out, "</{root}>");
    out
}

/// `sitemap.xml`: what may be indexed, or the files that say so.
fn sitemap(site: &Site<'_>) -> String {
    if site.sitemap_parts.is_empty() {
        return sitemap_file("urlset", site.listed().map(|listed| listed.line(site)));
    }
    let parts = (0..site.sitemap_parts.len()).map(|part| site.config.absolute(sitemap_name(part)));
    sitemap_file("sitemapindex", parts.map(|address| format!("<sitemap><loc>{}</loc></sitemap>\n", escape(&address))))
}

/// A part of the sitemap.
fn sitemap_part(site: &Site<'_>, part: usize) -> String {
    let range = site.sitemap_parts.get(part).cloned().unwrap_or_default();
    let listed = site.listed().skip(range.start).take(range.len());
    sitemap_file("urlset", listed.map(|listed| listed.line(site)))
}
