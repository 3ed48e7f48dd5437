//! Nothing that is published holds what is private.
//!
//! Exports hold every earner's e-mail address and id. Whatever else lies in `content/` is published, or could be by the
//! next change, and may hold the same: a copy of an export under another name, a spreadsheet, a zip of last year's lists,
//! a PDF with a table of members, a picture that is named after somebody's number. So every file that is no export is
//! searched for them, and so is what pages are made of: Markdown, the theme, the public texts of exports and of site.yaml.
//! What is found is an error that says where, and never what.
//!
//! `secrets` knows what is looked for, `look` takes files apart into texts. A file that is the same as before is not
//! searched again as long as what is looked for is the same, too.

mod archive;
mod keys;
mod look;
mod pdf;
mod published;
mod secrets;
mod text;

use std::{collections::HashMap, sync::Arc};

use rayon::prelude::*;

use crate::{
    credential::keys::SiteKeys,
    diagnostic::{Diagnostic, Place},
    hash::Digest,
    site::Site,
    source::{
        Documents, Snapshot,
        kinds::{Kind, disguise},
    },
};
use keys::KeyLeaks;
use look::{Findings, Found, look, look_at_page};
use secrets::{Ends, Secrets};

/// Finds what is private in what is published, and remembers what was found.
#[derive(Default)]
pub struct Leaks {
    /// Of which files what is looked for was made.
    of: Option<Digest>,
    secrets: Secrets,
    /// What the public texts of exports and of site.yaml hold, if they were searched for it.
    told: Option<Vec<Diagnostic>>,
    known: HashMap<(Arc<str>, blake3::Hash), Arc<Findings>>,
    keys: KeyLeaks,
}

/// What must not be read by everybody.
#[derive(Clone, Copy)]
enum Kept {
    Address,
    Id,
}

impl Kept {
    fn what(self) -> &'static str {
        match self {
            Self::Address => "the e-mail address of an earner",
            Self::Id => "the id of an earner",
        }
    }
}

impl Leaks {
    /// Searches everything that is published or lies beside it for what the site signs with.
    pub fn check_keys(&mut self, snapshot: &Snapshot, site: &Site<'_>, keys: &SiteKeys) -> Vec<Diagnostic> {
        let mut problems = self.keys.check(snapshot, keys);
        problems.extend(self.keys.check_texts(site));
        problems
    }

    /// Gathers what is looked for.
    pub fn gather(&mut self, snapshot: &Snapshot, documents: &Documents) {
        let of = Digest::of(|hasher| {
            use std::hash::Hash;
            let data = snapshot.content.iter().filter(|file| Kind::of(&file.path) == Kind::Export);
            for file in snapshot.config.iter().chain(data) {
                (&file.path, file.hash.as_bytes()).hash(hasher);
            }
        });
        if self.of != Some(of) {
            self.secrets = secrets(documents);
            self.told = None;
            self.known.clear();
            self.of = Some(of);
        }
    }

    /// Searches everything that is published or lies beside it for what was gathered.
    pub fn check(&mut self, snapshot: &Snapshot, site: &Site<'_>) -> Vec<Diagnostic> {
        let mut diagnostics = self.told.get_or_insert_with(|| told_of(site, &self.secrets)).clone();
        let theme: std::collections::HashSet<&Arc<str>> = site.documents.theme.iter().map(|file| &file.file).collect();
        let files: Vec<_> = snapshot
            .content
            .iter()
            .filter(|file| !matches!(Kind::of(&file.path), Kind::Export | Kind::Font))
            .chain(snapshot.themes.iter().filter(|file| theme.contains(&file.path)))
            .collect();
        let secrets = &self.secrets;
        let known = std::mem::take(&mut self.known);
        let found: Vec<_> = files
            .par_iter()
            .map(|file| {
                let key = (file.path.clone(), file.hash);
                let findings =
                    known.get(&key).cloned().unwrap_or_else(|| Arc::new(search(secrets, &file.bytes, &file.path)));
                (key, findings)
            })
            .collect();
        for ((path, _), findings) in &found {
            let is_public =
                site.asset(path.strip_prefix("content/").unwrap_or(path)).is_some_and(|asset| site.publishes(asset))
                    || path.starts_with("themes/");
            say(path, findings, is_public, &mut diagnostics);
        }
        self.known = found.into_iter().collect();
        diagnostics
    }
}

fn search(secrets: &Secrets, bytes: &[u8], path: &str) -> Findings {
    let is_page = Kind::of(path) == Kind::Page && path.starts_with("content/");
    let mut findings = if is_page { look_at_page(secrets, bytes) } else { look(secrets, bytes) };
    findings.in_name = secrets.in_name(path);
    findings
}

/// What is looked for.
fn secrets(documents: &Documents) -> Secrets {
    let earners = || documents.exports.iter().flat_map(|doc| &doc.export.earners);
    let awards = || earners().flat_map(|earner| &earner.awards);
    let public = awards()
        .map(|award| &*award.id)
        .chain(awards().flat_map(|award| award.aliases.iter().map(|alias| &**alias)))
        .chain(earners().filter_map(|earner| earner.handle.as_deref()));
    Secrets::new(
        earners().filter_map(|earner| earner.email.as_deref()),
        documents.config.issuer.email.as_deref(),
        earners().map(|earner| &*earner.id),
        public,
    )
}

/// Says what was found in a file.
fn say(path: &Arc<str>, findings: &Findings, is_public: bool, diagnostics: &mut Vec<Diagnostic>) {
    // A path that holds it is not repeated either.
    let (path, named) = match &findings.in_name {
        Some((is_address, place)) => {
            let kept = if *is_address { Kept::Address } else { Kept::Id };
            let masked = format!("{}…{}", &path[..place.start], &path[place.end..]);
            (Arc::from(masked), Some(kept))
        }
        None => (path.clone(), None),
    };
    if let Some(kept) = named {
        diagnostics.push(
            Diagnostic::error(format!("the name of this file holds {}, and would be its address", kept.what()))
                .at(Place::file(path.clone()))
                .advice("rename it"),
        );
    }
    // That one is an error already, and will be read as what it is.
    if disguise(&path).is_some() {
        return;
    }
    let place = |found: &Found| match (&found.at, named) {
        (Some(at), None) => Place::bytes(path.clone(), at.clone()),
        _ => Place::file(path.clone()),
    };
    let is_page = Kind::of(&path) == Kind::Page;
    for (found, kept) in [(&findings.address, Kept::Address), (&findings.id, Kept::Id)] {
        let Some(found) = found else { continue };
        let inside = found.part.as_ref().map(|part| format!(", in its part `{part}`")).unwrap_or_default();
        let line = found.line.map(|line| format!(", in line {line}")).unwrap_or_default();
        let advice = if is_page && matches!(kept, Kept::Address) {
            "take it out; a contact that may be public is named in site.yaml, as the issuer's `email`"
        } else if is_page || path.starts_with("themes/") {
            "take it out; everybody can read what stands here"
        } else {
            "take it out, or move the file out of the site; what lies here is for everybody"
        };
        diagnostics.push(
            Diagnostic::error(format!("this file holds {}{inside}{line}", kept.what()))
                .at(place(found))
                .advice(advice)
                .unshown(),
        );
    }
    if let Some(found) = &findings.export
        && findings.address.is_none()
        && !is_page
    {
        let inside = found.part.as_ref().map(|part| format!(": its part `{part}`")).unwrap_or_default();
        diagnostics.push(
            Diagnostic::error(format!("there is an export or a table of data in this file{inside}"))
                .at(Place::file(path.clone()))
                .advice("move it out of the site; an export ends in `.yaml`, and is never published itself"),
        );
    }
    if is_public {
        for reason in &findings.unseen {
            diagnostics.push(
                Diagnostic::warning(format!(
                    "this file is published, but it cannot be searched for what is private: {reason}"
                ))
                .at(Place::file(path.clone()))
                .advice("look through it yourself, or publish it in a form that can be searched"),
            );
        }
    }
}

/// What the texts of exports and of site.yaml that pages show hold.
fn told_of(site: &Site<'_>, secrets: &Secrets) -> Vec<Diagnostic> {
    if secrets.is_empty() {
        return Vec::new();
    }
    published::texts(site, false, &|text, place| told(secrets, text, place))
}

/// What a public text holds, if it holds something.
fn told(secrets: &Secrets, text: &str, place: &dyn Fn() -> Place) -> Option<Diagnostic> {
    if !text.bytes().any(|byte| byte.is_ascii_digit() || byte == b'@') {
        return None;
    }
    let kept = if secrets.address_in(text, Ends::Whole).is_some() {
        Kept::Address
    } else if secrets.id_in(text, 0).is_some() {
        Kept::Id
    } else {
        return None;
    };
    Some(
        Diagnostic::error(format!("this is shown to everybody, and holds {}", kept.what()))
            .at(place())
            .advice("take it out here")
            .unshown(),
    )
}
