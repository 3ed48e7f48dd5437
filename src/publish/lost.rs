//! What would be lost: pages of records that the last build made and the next one does not.
//!
//! A file that is no longer planned is removed, and nobody minds. The page of a record is another thing: somebody
//! relies on its address, and a record that is absent may only be absent from what was read: an export that came out
//! empty, a folder that was not mounted. So such pages are counted before anything is changed, with the files that
//! their records came from, and whoever builds decides.
//!
//! What counts is the address. A record that stands in another file now is not lost, nor is one whose address leads on
//! to another, nor one whose page has come to say nothing.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::FolderError;
use super::folder::read_notes;
use super::item::compare;
use super::location::{Location, Sources};
use super::manifest::{Fault, Manifest};
use super::survey::{Found, Looker};
use super::{Files, Origin};

/// The pages of records that are gone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lost {
    /// How many.
    pub gone: usize,
    /// How many the last build had made.
    pub of: usize,
    /// The files that they came from; those that lost most come first.
    pub files: Vec<LostFrom>,
}

/// The pages of one file's records that are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostFrom {
    /// The file as it was named; absent where nobody knows.
    pub file: Option<String>,
    /// How many.
    pub gone: usize,
    /// How many the last build had made of that file's.
    pub of: usize,
    /// Whether just the last ones of the file are gone, as when it has been cut off.
    pub at_its_end: bool,
}

/// What is known of one file's records.
#[derive(Default)]
struct Tally {
    gone: usize,
    of: usize,
    /// The first that is gone.
    first_gone: Option<u32>,
    /// The last that is not.
    last_kept: Option<u32>,
}

/// What would be lost if the output folder were brought up to date with this plan. Reads the notes and writes nothing.
///
/// # Errors
/// If the folder must not be used, or the notes cannot be read.
pub fn lost(out: &Path, sources: &Sources<'_>, files: &dyn Files) -> Result<Lost, FolderError> {
    let place = Location::find(out, sources)?;
    let (manifest, _) = read_notes(&place)?;
    let (_, leftover) = compare(&manifest, files).map_err(|fault| place.damaged(&place.manifest, fault))??;
    lost_of(&manifest, &leftover, &place)
}

/// What is lost with these files, which are in the order of names.
pub(super) fn lost_of(manifest: &Manifest, leftover: &[Box<str>], place: &Location) -> Result<Lost, FolderError> {
    if leftover.is_empty() {
        return Ok(Lost::default());
    }
    let tallies = tallies(manifest, leftover, &place.out).map_err(|fault| place.damaged(&place.manifest, fault))?;
    let (gone, of) = tallies.values().fold((0, 0), |(gone, of), tally| (gone + tally.gone, of + tally.of));
    if gone == 0 {
        return Ok(Lost::default());
    }
    let mut files: Vec<LostFrom> = tallies
        .into_iter()
        .filter(|(_, tally)| tally.gone > 0)
        .map(|(file, tally)| LostFrom {
            at_its_end: file.is_some() && tally.last_kept.is_some() && tally.last_kept < tally.first_gone,
            file,
            gone: tally.gone,
            of: tally.of,
        })
        .collect();
    files.sort_by_key(|from| std::cmp::Reverse(from.gone));
    Ok(Lost { gone, of, files })
}

/// What has become of the pages of records, by the files that those came from.
fn tallies(manifest: &Manifest, leftover: &[Box<str>], out: &Path) -> Result<BTreeMap<Option<String>, Tally>, Fault> {
    let looker = Looker::new(out);
    let mut leftover = leftover.iter().peekable();
    let mut tallies: BTreeMap<Option<u32>, Tally> = BTreeMap::new();
    let mut lines = manifest.lines()?;
    while let Some((path, line)) = lines.next()? {
        let Some(origin) = line.origin else { continue };
        while leftover.next_if(|left| super::path::order(left, path).is_lt()).is_some() {}
        let is_gone = leftover.next_if(|left| ***left == *path).is_some();
        // What a killed build only meant to make was never there.
        if is_gone && !line.record.is_certain() && matches!(looker.look(path), Ok(Found::Nothing)) {
            continue;
        }
        let tally = tallies.entry(manifest.source(origin).map(|_| origin.file)).or_default();
        tally.of += 1;
        if is_gone {
            tally.gone += 1;
            tally.first_gone = Some(tally.first_gone.map_or(origin.place, |first| first.min(origin.place)));
        } else {
            tally.last_kept = tally.last_kept.max(Some(origin.place));
        }
    }
    let named = |file: Option<u32>| manifest.source(Origin { file: file?, place: 0 }).map(str::to_owned);
    Ok(tallies.into_iter().map(|(file, tally)| (named(file), tally)).collect())
}
