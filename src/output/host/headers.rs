//! `_headers` of Netlify and Cloudflare Pages.

use std::{collections::BTreeSet, fmt, hash::Hash};

use crate::{
    address::Address,
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, View, credential::issuer::path as did_path},
    site::sitemap_part as sitemap_name,
    source::record::Hosting,
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
        Rules::of(view).to_string().hash(on);
    }

    fn notes(&self, view: &View<'_>) -> Vec<String> {
        let rules = super::reads_rules(view).then(|| Rules::of(view));
        rules.iter().filter_map(Rules::note).collect()
    }

    fn make(&self, making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        Ok(Rules::of(making.view).to_string().into_bytes())
    }
}

/// How many rules Cloudflare Pages reads of `_headers`; what comes after them it leaves out without a word.
const CLOUDFLARE: usize = 100;

/// What a page cannot say of itself, rule by rule. Paths are seen from the top of what the host was given, as in
/// `_redirects`.
struct Rules {
    /// What must not be missing: paths, and lines of headers.
    needed: Vec<(String, Vec<String>)>,
    /// Paths of what is not to be kept by hosts and browsers.
    fresh: Vec<String>,
    /// How many the host reads, if it stops somewhere.
    most: Option<usize>,
}

impl Rules {
    fn of(view: &View<'_>) -> Self {
        let site = view.site;
        let policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        let all = [
            format!("Content-Security-Policy: {policy}"),
            "X-Content-Type-Options: nosniff".to_owned(),
            "Referrer-Policy: strict-origin-when-cross-origin".to_owned(),
            "Permissions-Policy: camera=(), geolocation=(), microphone=()".to_owned(),
        ];
        let mut needed = vec![("/*".to_owned(), all.to_vec())];
        // Assets have their content in their names. All else is asked for again each time, so that a revoked certificate
        // does not live on at an edge. The two must not meet on one path: hosts put equal headers together.
        let forever = "Cache-Control: public, max-age=31536000, immutable".to_owned();
        needed.push((format!("/{}*", assets::FOLDER), vec![forever]));
        // Read by other sites' scripts.
        let anybody = || "Access-Control-Allow-Origin: *".to_owned();
        if site.config.outputs.oembed {
            needed.push(("/verify/:award/oembed.json".to_owned(), vec![anybody()]));
        }
        for (path, content_type) in credentials(view) {
            let content_type = content_type.map(|content_type| format!("Content-Type: {content_type}"));
            needed.push((path, [anybody()].into_iter().chain(content_type).collect()));
        }
        if !site.config.indexing {
            let unlisted = || vec!["X-Robots-Tag: noindex".to_owned()];
            for edition in site.editions() {
                // Not with two `*`, of which Cloudflare Pages takes only one.
                needed.push((format!("/{}verify/:award/*", edition.prefix), unlisted()));
                if site.has_people() {
                    needed.push((format!("/{}people/*", edition.prefix), unlisted()));
                }
            }
        }
        let most = (site.config.hosting == Hosting::Cloudflare).then_some(CLOUDFLARE);
        Self { needed, fresh: fresh(view), most }
    }

    /// Whether there is room for all of them.
    fn fit(&self) -> bool {
        self.most.is_none_or(|most| self.needed.len() + self.fresh.len() <= most)
    }

    fn note(&self) -> Option<String> {
        let most = self.most.filter(|_| !self.fit())?;
        let needed = self.needed.len();
        let reads = format!("and Cloudflare Pages reads only the first {most}");
        Some(if needed > most {
            format!(
                "`_headers` has {needed} rules, {reads}: the others say `noindex`, as each of their pages does itself"
            )
        } else {
            let all = needed + self.fresh.len();
            format!(
                "no `Cache-Control: no-cache` in `_headers`: with it there would be {all} rules, {reads}; without it the host \
                 has pages asked for again each time by itself"
            )
        })
    }
}

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, others) = self.needed.split_at(self.needed.len().min(2));
        let kept_fresh = if self.fit() { self.fresh.as_slice() } else { &[] };
        let write = |f: &mut fmt::Formatter<'_>, (path, lines): &(String, Vec<String>)| {
            writeln!(f, "{path}")?;
            lines.iter().try_for_each(|line| writeln!(f, "  {line}"))
        };
        first.iter().try_for_each(|rule| write(f, rule))?;
        kept_fresh.iter().try_for_each(|path| writeln!(f, "{path}\n  Cache-Control: no-cache"))?;
        others.iter().try_for_each(|rule| write(f, rule))
    }
}

/// The files of credentials, which other sites' scripts read, and as what they are sent.
fn credentials(view: &View<'_>) -> Vec<(String, Option<&'static str>)> {
    let Some(credentials) = &view.credentials else { return Vec::new() };
    let json = Some("application/json");
    let mut paths = vec![
        ("/verify/:award/credential.json".to_owned(), json),
        ("/verify/:award/status.json".to_owned(), json),
        ("/badges/:badge/achievement.json".to_owned(), json),
        ("/issuer.json".to_owned(), json),
        (format!("/{}", did_path(&view.site.config)), json),
    ];
    if credentials.has_assertions() {
        paths
            .extend(["/verify/:award/assertion.json", "/badges/:badge/badge.json"].map(|path| (path.to_owned(), json)));
    }
    if credentials.has_jwt() {
        paths.push(("/verify/:award/credential.jwt".to_owned(), Some("text/plain")));
    }
    if credentials.is_baked() {
        paths.extend(["png", "svg"].map(|end| (format!("/verify/:award/badge.{end}"), None)));
    }
    paths
}

/// What lies at the top of the output besides assets, as the paths of rules.
fn fresh(view: &View<'_>) -> Vec<String> {
    let site = view.site;
    let own =
        ["", "404.html", "as-of.json", "card.png", "icon.svg", "search.json", "sitemap.xml", "verify/", "badges/"];
    let mut paths: Vec<String> = own.iter().map(ToString::to_string).collect();
    paths.extend((!site.config.is_below_path()).then(|| "robots.txt".to_owned()));
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
    tops.into_iter().collect()
}
