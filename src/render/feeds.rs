//! Files that are not for people: for crawlers, hosts and the pages' own script.
//!
//! None of them names an unlisted or private award. The one exception is the redirect
//! file of hosts that read it and do not serve it; it is written for no others.

use std::fmt::Write as _;

use serde_json::json;

use crate::{
    plan::indexed,
    prose::escape,
    site::{Section, Site, alias_path},
};

/// `sitemap.xml` (sitemaps.org protocol 0.9): what may be indexed.
pub fn sitemap(site: &Site<'_>) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    let mut add = |path: &str, updated: Option<jiff::civil::Date>| {
        let _ = write!(out, "<url><loc>{}</loc>", escape(&url_of(site, path)));
        if let Some(updated) = updated {
            let _ = write!(out, "<lastmod>{updated}</lastmod>");
        }
        out.push_str("</url>\n");
    };
    for edition in site.editions() {
        let updated = |section: Section| {
            let page = edition.page_in(section).and_then(|index| edition.pages.get(index));
            page.and_then(|page| page.doc.front.updated)
        };
        add(&edition.at(""), updated(Section::Home));
        add(&edition.at("verify/"), None);
        if edition.has_faq() {
            add(&edition.at("faq/"), updated(Section::FaqIndex));
        }
        for badge in &site.badges {
            add(&edition.at(&badge.path()), None);
        }
        // What is not translated has its address in the original.
        for page in edition.pages.iter().filter(|page| !page.fallback) {
            if matches!(page.section, Section::Faq | Section::Other) {
                add(&edition.at(&page.path), page.doc.front.updated);
            }
        }
        if site.config.indexing {
            for award in indexed(site) {
                add(&edition.at(&award.path()), None);
            }
            for list in &site.directory.lists {
                add(&edition.at(&site.list_path(list)), None);
            }
            for person in &site.directory.people {
                add(&edition.at(&person.path()), None);
            }
        }
    }
    out.push_str("</urlset>\n");
    out
}

fn url_of(site: &Site<'_>, path: &str) -> String {
    let base = url::Url::parse(&site.config.base_url);
    base.and_then(|base| base.join(path)).map_or_else(|_| site.config.absolute(path), |url| url.to_string())
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
    let exported_at = site.exported_at.map(super::dates::instant);
    json!({ "exported_at": exported_at, "stale_after": site.config.stale_after }).to_string() + "\n"
}

/// `_headers` of Netlify and Cloudflare Pages: what a page cannot say of itself.
pub fn headers(site: &Site<'_>) -> String {
    let root = &site.config.root;
    let policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                  font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let mut out = format!(
        "{root}*\n  Content-Security-Policy: {policy}\n  X-Content-Type-Options: nosniff\n  \
         Referrer-Policy: strict-origin-when-cross-origin\n  Permissions-Policy: camera=(), geolocation=(), microphone=()\n"
    );
    let _ = write!(out, "{root}as-of.json\n  Cache-Control: no-cache\n");
    if site.config.outputs.oembed {
        // Read by other sites' scripts.
        let _ = write!(out, "{root}verify/:award/oembed.json\n  Access-Control-Allow-Origin: *\n");
    }
    if !site.config.indexing {
        for edition in site.editions() {
            // Not with two `*`, of which Cloudflare Pages takes only one.
            let _ = write!(out, "{root}{}verify/:award/*\n  X-Robots-Tag: noindex\n", edition.prefix);
            if site.has_people() {
                let _ = write!(out, "{root}{}people/*\n  X-Robots-Tag: noindex\n", edition.prefix);
            }
        }
    }
    out
}

/// `_redirects` of Netlify and Cloudflare Pages.
pub fn redirects(site: &Site<'_>) -> String {
    let mut out = String::new();
    for award in site.awards.iter().filter(|award| !award.is_private()) {
        for alias in &award.record.aliases {
            let from = alias_path(alias);
            let to = site.config.rooted(&award.path());
            let root = &site.config.root;
            let _ = writeln!(out, "{root}{} {to} 301", from.trim_end_matches('/'));
            let _ = writeln!(out, "{root}{from} {to} 301");
        }
    }
    out
}

/// `CNAME` of GitHub Pages: the host, where it is not GitHub's own.
pub fn cname(site: &Site<'_>) -> String {
    let host = site.config.host.split(['/', ':']).next().unwrap_or_default();
    format!("{host}\n")
}
