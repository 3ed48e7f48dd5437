//! Awards that are gone: from counts to what is said about them.
//!
//! What is not in the input may have been taken out, or may not have come in: an export of no bytes, one that was cut
//! off, a folder that is not mounted. The program cannot know, so it says how many awards are missed, which files no
//! longer have them and what those files look like now; and where more are gone than the site allows, it goes on only
//! for somebody who names the very number.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use rayon::prelude::*;

use super::report::grouped;
use crate::{
    diagnostic::{Diagnostic, Place},
    publish::{Lost, LostFrom, Origin},
    site::{Site, Vanish},
    source::{ExportDoc, Snapshot, record::EarnerRecord},
};

/// How many files are named.
const NAMED: usize = 20;

/// Where it is to be said that awards are meant to be gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// On the command line of a build.
    Build,
    /// On that of another build, while this one watches.
    Watch,
    /// On an open page.
    Serve,
}

/// Decides whether awards may go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guard {
    pub(super) asked: Asked,
    /// What the site allows.
    pub(super) vanish: Vanish,
    /// How many somebody has allowed, and no other number.
    pub(super) allowed: Option<usize>,
    /// Whether the last build was of another share, in a folder that has been deleted since: what it had made is another's.
    pub(super) is_anew: bool,
}

impl Guard {
    pub(super) fn allows(&self, lost: &Lost) -> bool {
        self.is_anew || !self.vanish.is_passed(lost.gone, lost.of) || self.allowed == Some(lost.gone)
    }

    /// What is said where it does not.
    pub(super) fn refusal(&self, lost: &Lost, site: &Site<'_>, snapshot: &Snapshot) -> Diagnostic {
        let gone = lost.gone;
        let mut message = format!("{}, more than `vanish` allows ({})", sentence(lost), self.vanish.words());
        if let Some(other) = self.allowed {
            message.push_str(&format!(", and not the {other} that were allowed"));
        }
        let (them, they) = if gone == 1 { ("it", "it is") } else { ("them", "they are") };
        let go_on = match self.asked {
            Asked::Build => format!("build with `--allow-vanished {gone}`"),
            Asked::Watch => format!("stop this and build with `--allow-vanished {gone}`"),
            Asked::Serve => format!(
                "press “It is meant: go on” on an open page, or stop this and start again with `--allow-vanished {gone}`"
            ),
        };
        let unknown = if lost.files.iter().any(|from| from.file.is_none()) {
            "; which files they came from is not known of all"
        } else {
            ""
        };
        let advice = format!("bring {them} back; if {they} meant to be gone, {go_on}{unknown}");
        with_files(Diagnostic::refusal(message).advice(advice), lost, site, snapshot)
    }
}

/// What is said where awards are gone and may be.
pub(super) fn warning(lost: &Lost, site: &Site<'_>, snapshot: &Snapshot) -> Diagnostic {
    let advice = "bring them back if that is not meant: whoever looks one up now reads that it is not there; what no \
                  longer counts stays in the export, with `status: revoked`";
    with_files(Diagnostic::warning(sentence(lost)).advice(advice), lost, site, snapshot)
}

/// "9 of the 10 awards that the last build made are gone".
fn sentence(lost: &Lost) -> String {
    match (lost.gone, lost.of) {
        (1, 1) => "the only award that the last build made is gone".to_owned(),
        (gone, of) if gone == of => format!("all {} awards that the last build made are gone", grouped(of)),
        (1, of) => format!("1 of the {} awards that the last build made is gone", grouped(of)),
        (gone, of) => format!("{} of the {} awards that the last build made are gone", grouped(gone), grouped(of)),
    }
}

fn with_files(mut diagnostic: Diagnostic, lost: &Lost, site: &Site<'_>, snapshot: &Snapshot) -> Diagnostic {
    let groups = groups(lost, snapshot);
    for group in groups.iter().take(NAMED) {
        diagnostic = match (group.folder, &group.files[..]) {
            (_, [(file, from)]) => diagnostic.also(what_of(from, file, site, snapshot), Place::file(*file)),
            (folder, files) => diagnostic.also(what_of_all(folder, files), Place::file(folder.unwrap_or_default())),
        };
    }
    let rest: Vec<&(&str, &LostFrom)> = groups.iter().skip(NAMED).flat_map(|group| &group.files).collect();
    if let Some((file, _)) = rest.first() {
        let gone: usize = rest.iter().map(|(_, from)| from.gone).sum();
        let files = if rest.len() == 1 { "file" } else { "files" };
        let message = format!("{} more of {} other {files}, such as", grouped(gone), grouped(rest.len()));
        diagnostic = diagnostic.also(message, Place::file(*file));
    }
    diagnostic
}

/// Files of which one thing is said: those of a folder that is gone as a whole, or one alone.
struct Group<'l> {
    folder: Option<&'l str>,
    files: Vec<(&'l str, &'l LostFrom)>,
}

/// The files that awards are gone from, those with the most first; what was in a folder that is gone is said once.
fn groups<'l>(lost: &'l Lost, snapshot: &Snapshot) -> Vec<Group<'l>> {
    let mut groups: Vec<Group<'l>> = Vec::new();
    let mut of_folder: HashMap<&str, usize> = HashMap::new();
    for from in &lost.files {
        let Some(file) = from.file.as_deref() else { continue };
        // What stands for a whole folder already is said by itself.
        let folder = gone_folder(file, snapshot).filter(|_| !file.ends_with('/'));
        let known = folder.and_then(|folder| of_folder.get(folder)).and_then(|at| groups.get_mut(*at));
        if let Some(group) = known {
            group.files.push((file, from));
            continue;
        }
        if let Some(folder) = folder {
            of_folder.insert(folder, groups.len());
        }
        groups.push(Group { folder, files: vec![(file, from)] });
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.files.iter().map(|(_, from)| from.gone).sum::<usize>()));
    groups
}

/// The outermost folder of a file that nothing is in any more.
fn gone_folder<'f>(file: &'f str, snapshot: &Snapshot) -> Option<&'f str> {
    let folders = file.match_indices('/').filter_map(|(at, _)| file.get(..=at));
    folders.into_iter().find(|folder| !is_there(folder, snapshot))
}

/// Whether there is anything in a folder.
fn is_there(folder: &str, snapshot: &Snapshot) -> bool {
    let first = snapshot.content.partition_point(|file| &*file.path < folder);
    snapshot.content.get(first).is_some_and(|file| file.path.starts_with(folder))
}

/// "all 75 awards of 25 files are gone: there is nothing in `content/earners/`".
fn what_of_all(folder: Option<&str>, files: &[(&str, &LostFrom)]) -> String {
    let (gone, of) = files.iter().fold((0, 0), |(gone, of), (_, from)| (gone + from.gone, of + from.of));
    let which =
        if gone == of { format!("all {}", grouped(of)) } else { format!("{} of the {}", grouped(gone), grouped(of)) };
    format!(
        "{which} awards of {} files are gone: there is nothing in `{}`",
        grouped(files.len()),
        folder.unwrap_or_default()
    )
}

/// "all its 3 awards are gone: the file is empty".
fn what_of(from: &LostFrom, file: &str, site: &Site<'_>, snapshot: &Snapshot) -> String {
    let place = if file.ends_with('/') { "here" } else { "of this file" };
    let gone = match (from.gone, from.of) {
        (1, 1) => format!("the only award {place} is gone"),
        (gone, of) if gone == of => format!("all {} awards {place} are gone", grouped(of)),
        (1, of) => format!("1 of the {} awards {place} is gone", grouped(of)),
        (gone, of) => format!("{} of the {} awards {place} are gone", grouped(gone), grouped(of)),
    };
    format!("{gone}: {}", state(from, file, site, snapshot))
}

/// What a file looks like that has lost awards.
fn state(from: &LostFrom, file: &str, site: &Site<'_>, snapshot: &Snapshot) -> String {
    if file.ends_with('/') {
        let there = is_there(file, snapshot);
        return if there { "some of its files are not there, or have none" } else { "nothing is there" }.to_owned();
    }
    let Some(bytes) = snapshot.bytes(file) else {
        return match gone_folder(file, snapshot) {
            Some(folder) => format!("there is nothing in `{folder}`"),
            None => "there is no such file".to_owned(),
        };
    };
    let export = site.documents.exports.iter().find(|export| &*export.file == file);
    let left: usize = export.map_or(0, |export| export.export.earners.iter().map(|earner| earner.awards.len()).sum());
    let text = String::from_utf8_lossy(&bytes);
    let last = text.lines().rev().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    let cut = "as if it had been cut off";
    match last {
        None if text.trim().is_empty() => "it is empty".to_owned(),
        None => "it holds nothing but comments".to_owned(),
        Some(last) if last.ends_with(':') => format!("it ends after `{}`, {cut}", last.trim_start_matches("- ")),
        Some(_) if left > 0 && from.at_its_end => format!("it ends before {}, {cut}", them(from.gone)),
        Some(_) if !text.ends_with('\n') && left < from.of => format!("its last line has no end, {cut}"),
        Some(_) if left == 0 => "it has no awards now".to_owned(),
        Some(_) if left == 1 => "it has 1 award now".to_owned(),
        Some(_) => format!("it has {} awards now", grouped(left)),
    }
}

fn them(number: usize) -> &'static str {
    if number == 1 { "it" } else { "them" }
}

/// Where each award's record stands, as far as that may be kept.
pub(super) struct Sources {
    /// The files, as they may be named.
    pub(super) files: Vec<Arc<str>>,
    origins: Vec<Origin>,
}

impl Sources {
    pub(super) fn origin(&self, award: usize) -> Option<Origin> {
        self.origins.get(award).copied()
    }
}

/// Where each award's record stands, as far as that may be kept.
pub(super) fn sources(site: &Site<'_>) -> Sources {
    let mut sources = Sources { files: Vec::new(), origins: Vec::with_capacity(site.awards.len()) };
    let mut current: Option<&Arc<str>> = None;
    let mut origin = Origin { file: 0, place: 0 };
    // Awards are in the order of the exports.
    let mut exports = site.documents.exports.iter();
    for award in &site.awards {
        let file = award.origin.file;
        if current.is_some_and(|known| Arc::ptr_eq(known, file)) {
            origin.place += 1;
        } else {
            let export = exports.find(|export| Arc::ptr_eq(&export.file, file));
            let name = export.map_or_else(|| file.clone(), |export| nameable(export));
            let place = sources.files.iter().position(|known| *known == name).unwrap_or_else(|| {
                sources.files.push(name);
                sources.files.len() - 1
            });
            origin = Origin { file: u32::try_from(place).unwrap_or(u32::MAX), place: 0 };
            current = Some(file);
        }
        sources.origins.push(origin);
    }
    sources
}

/// An export's path, or as much of its beginning as names none of the people in it. Some sites have a file for each
/// person, called after an id or a mail address.
fn nameable(export: &ExportDoc) -> Arc<str> {
    let mut kept = 0;
    for part in export.file.split_inclusive('/') {
        if names_somebody(part.trim_end_matches('/'), &export.export.earners) {
            return export.file.get(..kept).unwrap_or_default().into();
        }
        kept += part.len();
    }
    export.file.clone()
}

/// Whether the name of a file or folder has a person's id or mail address in it. A bare number is taken for an id only
/// where the file is of one person: a file of many has its year or page in its name.
pub(super) fn names_somebody(name: &str, earners: &[EarnerRecord]) -> bool {
    let name = name.to_lowercase();
    let has = |word: &str| {
        let is_plain = word.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
        let word = if is_plain { Cow::Borrowed(word) } else { Cow::Owned(word.to_lowercase()) };
        let is_whole = |at: usize| {
            let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let (before, after) = (name.get(..at), name.get(at + word.len()..));
            !joins(before.and_then(|text| text.chars().next_back()))
                && !joins(after.and_then(|text| text.chars().next()))
        };
        name.match_indices(&*word).any(|(at, _)| is_whole(at))
    };
    let has_mail = name.contains('@');
    earners.par_iter().with_min_len(1024).any(|earner| {
        let is_number = earner.id.bytes().all(|byte| byte.is_ascii_digit());
        has_mail && earner.email.as_ref().is_some_and(|email| has(email))
            || (!is_number || earners.len() == 1) && has(&earner.id)
    })
}
