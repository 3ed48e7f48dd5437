//! What credentials are checked with: keys, status lists, built sites.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use jiff::tz::TimeZone;
use url::Url;

use super::walk::read;
use crate::{
    cli::{Common, Verify},
    credential::{
        did,
        keys::PublicKey,
        strict,
        verify::{DidDocument, shown},
    },
    source::value::{Value as _, Zone},
};

/// A status list that was named.
struct List {
    path: PathBuf,
    /// The address that it says it has.
    id: Option<String>,
    bytes: Vec<u8>,
    /// Whether a credential's status was looked up in it.
    is_used: AtomicBool,
}

impl List {
    fn give(&self) -> Vec<u8> {
        self.is_used.store(true, Ordering::Relaxed);
        self.bytes.clone()
    }
}

/// What was given to check with.
pub(super) struct Given {
    pub(super) issuers: Vec<DidDocument>,
    pub(super) keys: Vec<PublicKey>,
    /// Status lists that were named.
    lists: Vec<List>,
    /// Whether any status was looked up.
    is_asked: AtomicBool,
    /// Built sites: the folder, and the address that it is published at.
    sites: Vec<(PathBuf, Url)>,
}

impl Given {
    pub(super) fn read(options: &Verify) -> Result<Self, String> {
        let mut given = Self {
            issuers: Vec::new(),
            keys: Vec::new(),
            lists: Vec::new(),
            is_asked: AtomicBool::new(false),
            sites: Vec::new(),
        };
        let bytes_of = |path: &Path| {
            read(path, strict::LARGEST).map_err(|error| format!("{} cannot be read: {error}", path.display()))
        };
        for folder in &options.against {
            let paths = [folder.join(".well-known/did.json"), folder.join("did.json")];
            let found: Vec<&PathBuf> = paths.iter().filter(|path| path.is_file()).collect();
            if found.is_empty() {
                return Err(format!("{} is no site that signs: it has no did.json", folder.display()));
            }
            for path in found {
                let document = DidDocument::read(&bytes_of(path)?)
                    .map_err(|fault| format!("{}: it is no DID document: {fault}", path.display()))?;
                if let Some(site) = did::site_of(&document.id) {
                    given.sites.push((folder.clone(), site));
                }
                given.issuers.push(document);
            }
        }
        for path in &options.key {
            let bytes = bytes_of(path)?;
            let wrong = |fault: &dyn std::fmt::Display| format!("{}: {fault}", path.display());
            let text = std::str::from_utf8(&bytes).unwrap_or_default().trim();
            if text.starts_with('z') {
                given.keys.push(PublicKey::from_multikey(text).map_err(|fault| wrong(&fault))?);
            } else if DidDocument::is_one(&bytes) {
                given.issuers.push(DidDocument::read(&bytes).map_err(|fault| wrong(&fault))?);
            } else {
                given.keys.push(PublicKey::from_jwk(&bytes).map_err(|fault| wrong(&fault))?);
            }
        }
        for path in &options.status {
            let bytes = bytes_of(path)?;
            let id = strict::read(&bytes).ok().and_then(|value| Some(value.get("id")?.as_str()?.to_owned()));
            given.lists.push(List { path: path.clone(), id, bytes, is_used: AtomicBool::new(false) });
        }
        Ok(given)
    }

    /// The status list of an address: one that was named, else the built site's own. Where the ones that were named are
    /// others, the first is taken, so that it is told that it does not fit.
    pub(super) fn status(&self, address: &str) -> Option<Vec<u8>> {
        self.is_asked.store(true, Ordering::Relaxed);
        let named = self.lists.iter().find(|list| list.id.as_deref() == Some(address));
        named
            .map(List::give)
            .or_else(|| self.file_of(address).and_then(|path| read(&path, strict::LARGEST).ok()))
            .or_else(|| self.lists.first().map(List::give))
    }

    /// The status lists that were named and that nothing was looked up in, with what to say of each. Whoever names one
    /// takes it to be asked. Where no status was looked at, since no credential could be believed so far, that has been
    /// said; unless all is well (`are_valid`).
    pub(super) fn unused(&self, are_valid: bool) -> impl Iterator<Item = (&Path, String)> {
        let is_said = !are_valid && !self.is_asked.load(Ordering::Relaxed);
        self.lists.iter().filter(move |list| !is_said && !list.is_used.load(Ordering::Relaxed)).map(|list| {
            let detail = match &list.id {
                Some(id) => format!("no credential whose status was looked at names this list ({})", shown(id)),
                None => "this list does not say at which address it is, so that no credential can name it".to_owned(),
            };
            (list.path.as_path(), detail)
        })
    }

    /// `data-status` of the page beside a credential.
    pub(super) fn page(&self, id: &str) -> Option<String> {
        let path = self.file_of(id)?.parent()?.join("index.html");
        let html = read(&path, 1024 * 1024).ok()?;
        let html = String::from_utf8_lossy(&html);
        let (_, rest) = html.split_once("data-status=\"")?;
        Some(rest.split_once('"')?.0.chars().take(40).collect())
    }

    /// The time zone that a date is meant in: of a built site, else of the site.yaml that is at hand, else UTC.
    pub(super) fn zone(&self, common: &Common) -> TimeZone {
        let of_page = |(folder, _): &(PathBuf, Url)| {
            let html = read(&folder.join("verify/index.html"), 1024 * 1024).ok()?;
            let html = String::from_utf8_lossy(&html);
            let (_, rest) = html.split_once("data-zone=\"")?;
            Zone::parse(rest.split_once('"')?.0).ok()
        };
        let of_settings = || {
            #[derive(serde::Deserialize)]
            struct Settings {
                timezone: String,
            }
            let text = read(&common.site.join("site.yaml"), 1024 * 1024).ok()?;
            Zone::parse(&serde_yaml::from_slice::<Settings>(&text).ok()?.timezone).ok()
        };
        self.sites.iter().find_map(of_page).or_else(of_settings).unwrap_or_default().0
    }

    /// The file of an address that is below a site. Nothing leads out of its folder.
    fn file_of(&self, address: &str) -> Option<PathBuf> {
        self.sites.iter().find_map(|(folder, site)| {
            let rest = address.strip_prefix(site.as_str())?;
            let rest = percent_encoding::percent_decode_str(rest.split(['?', '#']).next()?).decode_utf8().ok()?;
            let mut path = folder.clone();
            for part in rest.split('/') {
                if part.is_empty() || matches!(part, "." | "..") || part.contains(['\\', '\0', ':']) {
                    return None;
                }
                path.push(part);
            }
            Some(path)
        })
    }
}
