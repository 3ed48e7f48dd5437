//! `_headers` of Netlify and Cloudflare Pages.

use std::{collections::BTreeSet, fmt::Write as _, hash::Hash};

use crate::{
    address::Address,
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, View, credential::issuer::path as did_path},
    site::sitemap_part as sitemap_name,
    theme::assets,
};

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
        if super::reads_rules(view) {
            add(Item::default());
        }
    }

    fn path(&self, _view: &View<'_>, _item: Item) -> String {
        "_headers".to_owned()
    }

    fn depends(&self, view: &View<'_>, _item: Item, on: &mut DigestHasher) {
        headers(view).hash(on);
    }

    fn make(&self, making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        Ok(headers(making.view).into_bytes())
    }
}

/// `_headers` of Netlify and Cloudflare Pages: what a page cannot say of itself. Paths are seen from the top of what
/// the host was given, as in `_redirects`.
fn headers(view: &View<'_>) -> String {
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
    for (path, content_type) in credentials(view) {
        let _ = write!(out, "{path}\n  Access-Control-Allow-Origin: *\n");
        if let Some(content_type) = content_type {
            let _ = writeln!(out, "  Content-Type: {content_type}");
        }
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

/// The files of credentials, which other sites' scripts read, and as what they are sent.
fn credentials(view: &View<'_>) -> Vec<(String, Option<&'static str>)> {
    let Some(credentials) = &view.credentials else { return Vec::new() };
    let json = Some("application/json");
    let mut paths = vec![
        ("/verify/:award/credential.json".to_owned(), json),
        ("/verify/:award/status.json".to_owned(), json),
        ("/verify/:award/assertion.json".to_owned(), json),
        ("/badges/:badge/badge.json".to_owned(), json),
        ("/badges/:badge/achievement.json".to_owned(), json),
        ("/issuer.json".to_owned(), json),
        (format!("/{}", did_path(&view.site.config)), json),
    ];
    if credentials.has_jwt() {
        paths.push(("/verify/:award/credential.jwt".to_owned(), Some("text/plain")));
    }
    if credentials.is_baked() {
        paths.extend(["png", "svg"].map(|end| (format!("/verify/:award/badge.{end}"), None)));
    }
    paths
}

/// The most rules that are spent on what is not to be kept: Cloudflare Pages reads 100 in all. Where there is more at
/// the top of a site, it is left to the hosts, who by themselves have pages asked for again as well.
const FRESH: usize = 70;

/// What lies at the top of the output besides assets, as the paths of rules.
fn fresh(view: &View<'_>) -> Vec<String> {
    let site = view.site;
    let own = ["", "404.html", "as-of.json", "card.png", "icon.svg", "robots.txt", "search.json", "sitemap.xml"];
    let mut paths: Vec<String> = own.iter().chain(&["verify/", "badges/"]).map(ToString::to_string).collect();
    if view.credentials.is_some() {
        paths.extend(["issuer.json".to_owned(), did_path(&view.site.config).to_owned()]);
    }
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
