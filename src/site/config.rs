//! The settings of a site, as site.yaml and the command line together give them.
//!
//! Every default is decided here, once, so that no other place asks "and if it is
//! absent?".

use jiff::tz::TimeZone;
use url::Url;

use crate::{
    address::{Address, base_path, shown_host, shown_path},
    diagnostic::{Diagnostic, Place},
    source::{
        Documents,
        record::{Hosting, ShareTarget, SiteRecord},
        value::{Value, WebUrl},
    },
    steps,
};

/// Which files there are besides pages that no site is without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own in site.yaml")]
pub struct Outputs {
    /// `card.png`.
    pub share_card: bool,
    /// `qr.svg`.
    pub qr_svg: bool,
    /// `qr.png`.
    pub qr_png: bool,
    /// `certificate.pdf`.
    pub certificate_pdf: bool,
    /// The directory and the pages of people.
    pub people: bool,
    /// `oembed.json`.
    pub oembed: bool,
    /// The Open Badges files.
    pub open_badges: bool,
    /// `badge.png` or `badge.svg`, with the credential in it.
    pub baked_badge: bool,
}

/// The settings of a site.
#[derive(Debug, Clone, Hash)]
pub struct Config {
    /// The site's name.
    pub title: String,
    /// One or two sentences about it.
    pub description: String,
    /// Where it will be; ends in `/`.
    pub base_url: String,
    /// The path of [`Self::base_url`]; begins and ends in `/`.
    pub root: String,
    /// What a person should see in the address bar: host and path in their own letters, without a scheme. To be read,
    /// never to be linked to.
    pub host: String,
    /// The name of the host alone as machines write it, and its port where it is not the usual one.
    pub domain: (String, Option<u16>),
    /// The default language (BCP 47).
    pub language: String,
    /// All languages of the site, the default first.
    pub languages: Vec<String>,
    /// Days before expiry on which notices are sent, longest first.
    pub notices: Vec<u16>,
    /// Ways of sharing, in order.
    pub share: Vec<ShareTarget>,
    /// Whether search engines may index verification pages.
    pub indexing: bool,
    /// The host whose own files are written.
    pub hosting: Hosting,
    /// How old `exported_at` may be, in seconds.
    pub stale_after: Option<i64>,
    /// The issuer's colour, `#rrggbb`.
    pub accent: String,
    /// Which files each award gets.
    pub outputs: Outputs,
    /// The folder of the theme.
    pub theme: String,
    #[doc(hidden)]
    zone: crate::source::value::Zone,
}

/// The notices of the contract, in days.
const NOTICES: [u16; 3] = [90, 60, 30];
/// A calm blue, for sites that name no colour of their own.
const ACCENT: &str = "#1f5f8b";

impl Config {
    /// The zone in which days begin and end.
    pub fn zone(&self) -> &TimeZone {
        &self.zone.0
    }

    /// The longest notice, in days.
    pub fn longest_notice(&self) -> u16 {
        self.notices.first().copied().unwrap_or(0)
    }

    /// The absolute address of a path of this site, such as `verify/x/`.
    pub fn absolute<'a>(&self, to: impl Into<Address<'a>>) -> String {
        format!("{}{}", self.base_url, to.into())
    }

    /// The address of a path of this site as its pages link to it.
    pub fn rooted<'a>(&self, to: impl Into<Address<'a>>) -> String {
        format!("{}{}", self.root, to.into())
    }

    /// The host, its port and the site's path as machines write them.
    pub fn wire_host(&self) -> &str {
        self.base_url.split_once("://").map_or(&*self.base_url, |(_, rest)| rest).trim_end_matches('/')
    }

    /// The absolute address of a path of this site as the address bar shows it: to be read, never to be linked to.
    pub fn shown<'a>(&self, to: impl Into<Address<'a>>) -> String {
        let scheme = self.base_url.split_once("://").map_or("https", |(scheme, _)| scheme);
        format!("{scheme}://{}/{}", self.host, shown_path(&to.into().to_string()))
    }

    /// Whether the site is below a path of its host, which then belongs to others as well.
    pub fn is_below_path(&self) -> bool {
        self.root != "/"
    }

    /// The name that a host has to be told to answer to: none for a site below a path or behind a port, for an
    /// address in numbers, and for the names that GitHub gives away itself.
    pub fn own_domain(&self) -> Option<&str> {
        let (name, port) = &self.domain;
        let is_name = name.contains('.') && name.parse::<std::net::IpAddr>().is_err() && !name.starts_with('[');
        let is_own = is_name && !name.ends_with(".github.io");
        (is_own && port.is_none() && !self.is_below_path()).then_some(name.as_str())
    }

    /// Reads the settings; `base_url` comes from the command line and wins.
    pub fn new(record: &SiteRecord, base_url: Option<&str>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let base = match base_url {
            None => Url::parse(&record.base_url).ok(),
            Some(text) => match WebUrl::parse(text) {
                Ok(url) => Url::parse(&url).ok(),
                Err(fault) => {
                    diagnostics.push(Diagnostic::error(format!("--base-url: {}", fault.message)).advice(fault.advice));
                    None
                }
            },
        };
        if let Some(url) = &base
            && (url.query().is_some() || url.fragment().is_some())
        {
            diagnostics.push(
                Diagnostic::error("`base_url` has a `?` or `#` in it")
                    .at(Place::yaml("site.yaml", steps!["base_url"]))
                    .advice("write only scheme, host and path, such as https://badges.cxpa.example/"),
            );
        }
        let origin = base.as_ref().map(|url| url.origin().ascii_serialization()).unwrap_or_default();
        let path = base.as_ref().map(|url| base_path(url.path().trim_end_matches('/'))).unwrap_or_default();
        let name = base.as_ref().and_then(Url::host_str).unwrap_or_default();
        let port = base.as_ref().and_then(Url::port);
        let shown_port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let mut notices = record.notices.clone().unwrap_or_else(|| NOTICES.to_vec());
        notices.sort_unstable_by(|a, b| b.cmp(a));
        notices.dedup();
        let outputs = record.outputs.clone().unwrap_or_default();
        if outputs.calendar == Some(true) {
            diagnostics.push(
                Diagnostic::warning("this version does not make `calendar` yet")
                    .at(Place::yaml("site.yaml", steps!["outputs", "calendar"]))
                    .advice("take it out or set it to `false` until it does"),
            );
        }
        let open_badges = record.signing.is_some() && outputs.open_badges.unwrap_or(true);
        check_signing(record, open_badges, diagnostics);
        check_languages(record, diagnostics);
        let languages: Vec<String> = languages(record).into_iter().map(|(language, _)| language).collect();
        Self {
            title: record.title.to_string(),
            description: record.description.as_ref().map_or_else(|| record.title.to_string(), ToString::to_string),
            base_url: format!("{origin}{path}/"),
            root: format!("{path}/"),
            host: format!("{}{shown_port}{}", shown_host(name), shown_path(&path)),
            domain: (name.to_owned(), port),
            language: languages.first().cloned().unwrap_or_default(),
            languages,
            notices,
            share: share_targets(record, diagnostics).unwrap_or_else(|| {
                vec![
                    ShareTarget::Linkedin,
                    ShareTarget::Facebook,
                    ShareTarget::X,
                    ShareTarget::Email,
                    ShareTarget::Link,
                ]
            }),
            indexing: record.indexing.unwrap_or(false),
            hosting: record.hosting.unwrap_or(Hosting::None),
            stale_after: record.stale_after.map(|span| span.seconds),
            accent: record.accent.as_ref().map_or_else(|| ACCENT.to_owned(), ToString::to_string),
            outputs: Outputs {
                share_card: outputs.share_card.unwrap_or(true),
                qr_svg: outputs.qr_svg.unwrap_or(false),
                qr_png: outputs.qr_png.unwrap_or(false),
                certificate_pdf: outputs.certificate_pdf.unwrap_or(false),
                people: outputs.people.unwrap_or(true),
                oembed: outputs.oembed.unwrap_or(false),
                open_badges,
                baked_badge: open_badges && outputs.baked_badge.unwrap_or(true),
            },
            theme: record.theme.as_ref().map_or_else(|| "default".to_owned(), ToString::to_string),
            zone: record.timezone.clone().unwrap_or_default(),
        }
    }

    /// Reads the settings of documents.
    pub fn of(documents: &Documents, base_url: Option<&str>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        Self::new(&documents.config, base_url, diagnostics)
    }
}

/// The languages of a site, the default first, each with the place where site.yaml names it. There is at least one.
pub fn languages(record: &SiteRecord) -> Vec<(String, Place)> {
    if record.languages.is_empty() {
        let language = record.language.as_ref().map_or_else(|| "en".to_owned(), ToString::to_string);
        return vec![(language, Place::yaml("site.yaml", steps!["language"]))];
    }
    let place = |index: usize| Place::yaml("site.yaml", steps!["languages", index]);
    record.languages.iter().enumerate().map(|(index, language)| (language.to_string(), place(index))).collect()
}

/// Outputs that need keys, or one another; and the verifier's address.
fn check_signing(record: &SiteRecord, open_badges: bool, diagnostics: &mut Vec<Diagnostic>) {
    let wanted = record.outputs.clone().unwrap_or_default();
    for (name, wanted) in [("open_badges", wanted.open_badges), ("baked_badge", wanted.baked_badge)] {
        if wanted == Some(true) && !open_badges {
            let (message, advice) = match record.signing {
                None => (
                    format!("`{name}` is not made, because nothing is signed"),
                    "add `signing` to site.yaml; `bonafide keygen keys` makes the keys and says what to write",
                ),
                Some(_) => (
                    format!("`{name}` is not made without `open_badges`"),
                    "take `open_badges: false` out, or this one",
                ),
            };
            let place = Place::yaml("site.yaml", steps!["outputs", name]);
            diagnostics.push(Diagnostic::warning(message).at(place).advice(advice));
        }
    }
    if let Some(verifier) = record.signing.as_ref().and_then(|signing| signing.verifier.as_ref()) {
        let is_address = WebUrl::parse(&verifier.replace("{url}", "x")).is_ok();
        if !verifier.contains("{url}") || !is_address {
            diagnostics.push(
                Diagnostic::error("this is no address of a verifier")
                    .at(Place::yaml("site.yaml", steps!["signing", "verifier"]))
                    .advice("write a whole address with `{url}` where that of the credential goes, such as `https://verifier.example/?url={url}`"),
            );
        }
    }
}

/// The ways of sharing that a site names, each once.
fn share_targets(record: &SiteRecord, diagnostics: &mut Vec<Diagnostic>) -> Option<Vec<ShareTarget>> {
    let mut targets = Vec::new();
    for (index, target) in record.share.as_ref()?.iter().enumerate() {
        if targets.contains(target) {
            diagnostics.push(
                Diagnostic::warning("this way of sharing is listed twice")
                    .at(Place::yaml("site.yaml", steps!["share", index]))
                    .advice("pages have one button for it: take one out"),
            );
        } else {
            targets.push(*target);
        }
    }
    Some(targets)
}

fn check_languages(record: &SiteRecord, diagnostics: &mut Vec<Diagnostic>) {
    let place = |index: usize| Place::yaml("site.yaml", steps!["languages", index]);
    for (index, language) in record.languages.iter().enumerate() {
        let before = record.languages.iter().take(index);
        if before.into_iter().any(|other| other.eq_ignore_ascii_case(language)) {
            let problem = Diagnostic::error(format!("the language `{}` is listed twice", &**language));
            diagnostics.push(problem.at(place(index)).advice("take one of them out"));
        }
    }
    if let (Some(language), Some(first)) = (&record.language, record.languages.first())
        && language != first
    {
        let problem = Diagnostic::error(format!(
            "`language` is `{}`, but the first of `languages` is `{}`",
            &**language, &**first
        ));
        diagnostics.push(problem.at(place(0)).advice("the first is the default: put it first, or take `language` out"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(base_url: &str) -> Config {
        let text = format!("title: T\nbase_url: {base_url}\nissuer: {{name: I, url: 'https://i.example/'}}\n");
        Config::new(&serde_yaml::from_str(&text).unwrap(), None, &mut Vec::new())
    }

    #[test]
    fn the_path_of_the_base_address_is_kept_and_a_missing_slash_does_not_matter() {
        for text in ["https://org.example/badges", "https://org.example/badges/"] {
            let config = config(text);
            assert_eq!(config.base_url, "https://org.example/badges/");
            assert_eq!(config.root, "/badges/");
            assert_eq!(config.host, "org.example/badges");
            assert_eq!(config.absolute("faq/"), "https://org.example/badges/faq/");
        }
        let plain = config("https://org.example:8443");
        assert_eq!((plain.root.as_str(), plain.host.as_str()), ("/", "org.example:8443"));
    }

    #[test]
    fn people_read_the_address_that_their_browser_shows_and_machines_the_one_that_is_sent() {
        let config = config("https://Prüfung.Nordwind.example/Größe/");
        assert_eq!(config.base_url, "https://xn--prfung-4ya.nordwind.example/Gr%C3%B6%C3%9Fe/");
        assert_eq!(config.root, "/Gr%C3%B6%C3%9Fe/");
        assert_eq!(config.host, "prüfung.nordwind.example/Größe");
        assert_eq!(config.shown("verify/x-1_2/"), "https://prüfung.nordwind.example/Größe/verify/x-1_2/");
        assert_eq!(config.absolute("a b/"), "https://xn--prfung-4ya.nordwind.example/Gr%C3%B6%C3%9Fe/a%20b/");
        assert_eq!(super::Config::shown(&self::config("http://a.example:81/"), "x/"), "http://a.example:81/x/");
    }

    #[test]
    fn a_domain_is_claimed_only_where_all_of_it_is_the_sites_own() {
        let own = |base_url: &str| config(base_url).own_domain().map(str::to_owned);
        assert_eq!(own("https://badges.org.example/").as_deref(), Some("badges.org.example"));
        assert_eq!(own("https://prüfung.org.example").as_deref(), Some("xn--prfung-4ya.org.example"));
        for none in [
            "https://org.example/badges/",
            "https://org.example:8443/",
            "https://guild.github.io/",
            "https://guild.github.io/badges/",
            "https://192.168.0.1/",
            "https://[::1]/",
            "http://localhost/",
        ] {
            assert_eq!(own(none), None, "{none}");
        }
        assert!(own("https://github.io.example/").is_some());
    }
}
