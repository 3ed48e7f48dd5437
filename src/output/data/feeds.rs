//! Files that are not for people: for crawlers, hosts and the pages' own script.
//!
//! None of them names an unlisted or private award. The one exception is the redirect
//! file of hosts that read it and do not serve it; it is written for no others.

use std::{collections::BTreeSet, fmt::Write as _, hash::Hash};

use serde_json::json;

use crate::{
    address::Address,
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, View, page::dates},
    prose::escape,
    site::{Award, Site, indexed, sitemap_part as sitemap_name},
    source::record::Hosting,
    theme::assets,
};

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

/// How a file of the sitemap protocol 0.9 begins.
const SITEMAPS: &str =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{} xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n";

fn sitemap_file(root: &str, lines: impl Iterator<Item = String>) -> String {
    let mut out = SITEMAPS.replace("{}", root);
    out.extend(lines);
    let _ = writeln!(out, "</{root}>");
    out
}

/// `sitemap.xml`: what may be indexed, or the files that say so.
pub fn sitemap(site: &Site<'_>) -> String {
    if site.sitemap_parts.is_empty() {
        return sitemap_file("urlset", site.listed().map(|listed| listed.line(site)));
    }
    let parts = (0..site.sitemap_parts.len()).map(|part| site.config.absolute(sitemap_name(part)));
    sitemap_file("sitemapindex", parts.map(|address| format!("<sitemap><loc>{}</loc></sitemap>\n", escape(&address))))
}

/// A part of the sitemap.
pub fn sitemap_part(site: &Site<'_>, part: usize) -> String {
    let range = site.sitemap_parts.get(part).cloned().unwrap_or_default();
    let listed = site.listed().skip(range.start).take(range.len());
    sitemap_file("urlset", listed.map(|listed| listed.line(site)))
}

/// `robots.txt` (RFC 9309). Verification pages are not disallowed: a crawler that may not read a page cannot read
/// its `noindex` either, and scrapers that show previews must read them. Files with a name in them that cannot say
/// `noindex` are.
pub fn robots(site: &Site<'_>) -> String {
    let config = &site.config;
    let mut out = "User-agent: *\nAllow: /\n".to_owned();
    let named = [(config.outputs.oembed, "oembed.json"), (config.outputs.certificate_pdf, "certificate.pdf")];
    for (_, file) in named.iter().filter(|(made, _)| *made && !config.indexing) {
        let _ = writeln!(out, "Disallow: {}verify/*/{file}", config.root);
    }
    let _ = write!(out, "\nSitemap: {}\n", config.absolute("sitemap.xml"));
    out
}

/// `as-of.json`: how fresh the data is; `stale_after` in seconds.
pub fn as_of(site: &Site<'_>) -> String {
    let exported_at = site.exported_at.map(dates::instant);
    json!({ "exported_at": exported_at, "stale_after": site.config.stale_after }).to_string() + "\n"
}

/// `_headers` of Netlify and Cloudflare Pages: what a page cannot say of itself. Paths are seen from the top of what
/// the host was given, as in `_redirects`.
pub fn headers(view: &View<'_>) -> String {
    let site = view.site;
    let policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                  font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let mut out = format!(
        "/*\n  Content-Security-Policy: {policy}\n  X-Content-Type-Options: nosniff\n  \
         Referrer-Policy: strict-origin-when-cross-origin\n  Permissions-Policy: camera=(), geolocation=(), microphone=()\n"
    );
    // Assets have their content in their names. All else is asked for again each time, so that a revoked certificate does
    // not live on at an edge. The two must not meet on one path: hosts put equal headers together.
    let _ = write!(out, "/{}*\n  Cache-Control: public, max-age=31536000, immutable\n", assets::FOLDER);
    for path in fresh(view) {
        let _ = write!(out, "{path}\n  Cache-Control: no-cache\n");
    }
    if site.config.outputs.oembed {
        // Read by other sites' scripts.
        let _ = write!(out, "/verify/:award/oembed.json\n  Access-Control-Allow-Origin: *\n");
    }
    if !site.config.indexing {
        for edition in site.editions() {
            // Not with two `*`, of which Cloudflare Pages takes only one.
            let _ = write!(out, "/{}verify/:award/*\n  X-Robots-Tag: noindex\n", edition.prefix);
            if site.has_people() {
                let _ = write!(out, "/{}people/*\n  X-Robots-Tag: noindex\n", edition.prefix);
            }
        }
    }
    out
}

/// The most rules that are spent on what is not to be kept: Cloudflare Pages reads 100 in all. Where there is more at
/// the top of a site, it is left to the hosts, who by themselves have pages asked for again as well.
const FRESH: usize = 80;

/// What lies at the top of the output besides assets, as the paths of rules.
fn fresh(view: &View<'_>) -> Vec<String> {
    let site = view.site;
    let own = ["", "404.html", "as-of.json", "card.png", "icon.svg", "robots.txt", "search.json", "sitemap.xml"];
    let mut paths: Vec<String> = own.iter().chain(&["verify/", "badges/"]).map(ToString::to_string).collect();
    paths.extend((0..site.sitemap_parts.len()).map(sitemap_name));
    paths.extend(site.has_people().then(|| "people/".to_owned()));
    paths.extend(site.editions().map(|edition| edition.prefix.clone()));
    paths.extend(site.original.pages.iter().map(|page| page.path.clone()));
    paths.extend(["faq/", "guides/"].map(str::to_owned));
    paths.extend(view.theme.statics.iter().filter(|file| !file.is_asset()).map(|file| file.path.clone()));
    paths.extend(
        site.documents.assets.iter().filter(|asset| site.publishes(asset)).map(|asset| asset.path().to_owned()),
    );
    paths.extend(site.redirects().into_iter().map(|(path, _)| path.trim_start_matches('/').to_owned()));
    let top = |path: String| match path.split_once('/') {
        Some((folder, _)) => format!("/{}/*", Address::of(folder)),
        None => format!("/{}", Address::of(path)),
    };
    let tops: BTreeSet<String> = paths.into_iter().map(top).collect();
    if tops.len() > FRESH { Vec::new() } else { tops.into_iter().collect() }
}

/// `_redirects` of Netlify and Cloudflare Pages.
pub fn redirects(site: &Site<'_>) -> String {
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

/// `CNAME` of GitHub Pages: the domain that is the site's own.
pub fn cname(site: &Site<'_>) -> String {
    format!("{}\n", site.config.own_domain().unwrap_or_default())
}
