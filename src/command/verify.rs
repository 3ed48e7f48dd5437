//! `bonafide verify`: whether credentials are genuine, by what is at hand.

use std::{
    fs::File,
    io::{self, Read as _, Write},
    path::{Path, PathBuf},
};

use jiff::tz::TimeZone;
use rayon::prelude::*;
use serde::Serialize;
use url::Url;

use super::{Environment, Exit};
use crate::{
    cli::{Common, Format, Verify},
    credential::{
        bake, did,
        keys::PublicKey,
        strict,
        verify::{AtHand, Check, DidDocument, Outcome, Report, Verdict, find, shown, verify, verify_content},
    },
};

/// Names of files that can have credentials in them.
const ENDINGS: [&str; 5] = ["png", "svg", "json", "jwt", "1ob"];

/// One file's answer.
#[derive(Debug, Serialize)]
struct Answer {
    file: String,
    #[serde(flatten)]
    report: Report,
}

/// All answers, as JSON has them.
#[derive(Debug, Serialize)]
struct Results<'a> {
    results: &'a [Answer],
}

/// What was given to check with.
struct Given {
    issuers: Vec<DidDocument>,
    keys: Vec<PublicKey>,
    /// Status lists that were named, with the address that each says it has.
    lists: Vec<(Option<String>, Vec<u8>)>,
    /// Built sites: the folder, and the address that it is published at.
    sites: Vec<(PathBuf, Url)>,
}

/// Runs it.
pub(super) fn run(common: &Common, environment: Environment, options: &Verify) -> Exit {
    let given = match Given::read(options) {
        Ok(given) => given,
        Err(message) => {
            let _ = writeln!(io::stderr().lock(), "error: {message}");
            return Exit::Usage;
        }
    };
    let at = common.moment(environment.now, &TimeZone::UTC);
    let mut files: Vec<(PathBuf, bool)> = Vec::new();
    for path in &options.files {
        if path.is_dir() {
            files.extend(below(path).into_iter().map(|file| (file, false)));
        } else {
            files.push((path.clone(), true));
        }
    }
    let answers: Vec<Answer> =
        files.par_iter().filter_map(|(path, is_named)| answer(path, *is_named, &given, at)).collect();
    let _ = io::stdout().lock().write_all(told(common, &answers).as_bytes());
    let are_all_valid = answers.iter().all(|answer| answer.report.verdict == Verdict::Valid);
    if answers.is_empty() && common.format == Format::Human {
        let _ = writeln!(io::stderr().lock(), "error: there is no credential in any of these files");
    }
    if are_all_valid && !answers.is_empty() { Exit::Done } else { Exit::Errors }
}

/// The files below a folder that could have credentials in them, in the order of their names.
fn below(folder: &Path) -> Vec<PathBuf> {
    let is_candidate = |path: &Path| {
        path.extension()
            .and_then(|ending| ending.to_str())
            .is_some_and(|ending| ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending)))
    };
    walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file() && is_candidate(entry.path()))
        .map(walkdir::DirEntry::into_path)
        .collect()
}

/// Reads a file, but no more than a byte more than is looked at.
fn read(path: &Path, largest: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(largest as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Checks a file. Those of a folder that have no credential in them are passed over.
fn answer(path: &Path, is_named: bool, given: &Given, at: jiff::Timestamp) -> Option<Answer> {
    let file = path.display().to_string();
    let bytes = match read(path, bake::LARGEST) {
        Ok(bytes) => bytes,
        Err(error) => {
            let check = Check { check: "file", result: Outcome::Fail, detail: format!("it cannot be read: {error}") };
            return Some(Answer { file, report: Report { verdict: Verdict::Unchecked, checks: vec![check] } });
        }
    };
    let at_hand = AtHand {
        at,
        issuers: given.issuers.clone(),
        keys: given.keys.clone(),
        status: &|address| given.status(address),
        page: &|id| given.page(id),
    };
    let report = match find(&bytes) {
        Ok(content) => verify_content(&content, &at_hand),
        Err(unreadable) if !is_named && unreadable.is_nothing() => return None,
        Err(_) => verify(&bytes, &at_hand),
    };
    Some(Answer { file, report })
}

impl Given {
    fn read(options: &Verify) -> Result<Self, String> {
        let mut given = Self { issuers: Vec::new(), keys: Vec::new(), lists: Vec::new(), sites: Vec::new() };
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
            } else if strict::read(&bytes).is_ok_and(|value| value.get("verificationMethod").is_some()) {
                given.issuers.push(DidDocument::read(&bytes).map_err(|fault| wrong(&fault))?);
            } else {
                given.keys.push(PublicKey::from_jwk(&bytes).map_err(|fault| wrong(&fault))?);
            }
        }
        for path in &options.status {
            let bytes = bytes_of(path)?;
            let id = strict::read(&bytes).ok().and_then(|value| Some(value.get("id")?.as_str()?.to_owned()));
            given.lists.push((id, bytes));
        }
        Ok(given)
    }

    /// The status list of an address: one that was named, else the built site's own. Where the ones that were named are
    /// others, the first is taken, so that it is told that it does not fit.
    fn status(&self, address: &str) -> Option<Vec<u8>> {
        let named = self.lists.iter().find(|(id, _)| id.as_deref() == Some(address));
        named
            .map(|(_, bytes)| bytes.clone())
            .or_else(|| self.file_of(address).and_then(|path| read(&path, strict::LARGEST).ok()))
            .or_else(|| self.lists.first().map(|(_, bytes)| bytes.clone()))
    }

    /// `data-status` of the page beside a credential.
    fn page(&self, id: &str) -> Option<String> {
        let path = self.file_of(id)?.parent()?.join("index.html");
        let html = read(&path, 1024 * 1024).ok()?;
        let html = String::from_utf8_lossy(&html);
        let (_, rest) = html.split_once("data-status=\"")?;
        Some(rest.split_once('"')?.0.chars().take(40).collect())
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

fn told(common: &Common, answers: &[Answer]) -> String {
    if common.format == Format::Json {
        // Answers are texts all through, and texts can be written.
        return format!("{}\n", serde_json::to_string(&Results { results: answers }).unwrap_or_default());
    }
    let mut out = String::new();
    for answer in answers {
        if common.quiet && answer.report.verdict == Verdict::Valid {
            continue;
        }
        out.push_str(&format!("{}: {}\n", shown(&answer.file), answer.report.verdict.word()));
        for check in &answer.report.checks {
            let result = match check.result {
                Outcome::Pass => "yes",
                Outcome::Fail => "no",
                Outcome::Unchecked => "unknown",
            };
            out.push_str(&format!("  {result:<8}{}: {}\n", check.check, check.detail));
        }
    }
    out
}
