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

use super::Entry;
use super::error::FolderError;
use super::folder::{compare, read_notes};
use super::location::{Location, Sources};
use super::manifest::Manifest;
use super::survey::{Found, Looker};

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
pub fn lost(out: &Path, sources: &Sources<'_>, entries: &[Entry]) -> Result<Lost, FolderError> {
    let place = Location::find(out, sources)?;
    let (manifest, _) = read_notes(&place)?;
    let (_, leftover) = compare(&manifest, entries)?;
    Ok(lost_of(&manifest, &leftover, &place.out))
}

/// What is lost with these files, which are in the order of names.
pub(super) fn lost_of(manifest: &Manifest, leftover: &[&str], out: &Path) -> Lost {
    if leftover.is_empty() {
        return Lost::default();
    }
    let looker = Looker::new(out);
    let mut leftover = leftover.iter().copied().peekable();
    let mut tallies: BTreeMap<Option<&str>, Tally> = BTreeMap::new();
    for (path, record, origin) in manifest.pages_of_records() {
        while leftover.next_if(|left| super::path::order(left, path).is_lt()).is_some() {}
        let is_gone = leftover.next_if_eq(&path).is_some();
        // What a killed build only meant to make was never there.
        if is_gone && !record.is_certain() && matches!(looker.look(path), Ok(Found::Nothing)) {
            continue;
        }
        let tally = tallies.entry(manifest.source(origin)).or_default();
        tally.of += 1;
        if is_gone {
            tally.gone += 1;
            tally.first_gone = Some(tally.first_gone.map_or(origin.place, |first| first.min(origin.place)));
        } else {
            tally.last_kept = tally.last_kept.max(Some(origin.place));
        }
    }
    let (gone, of) = tallies.values().fold((0, 0), |(gone, of), tally| (gone + tally.gone, of + tally.of));
    if gone == 0 {
        return Lost::default();
    }
    let mut files: Vec<LostFrom> = tallies
        .into_iter()
        .filter(|(_, tally)| tally.gone > 0)
        .map(|(file, tally)| LostFrom {
            file: file.map(str::to_owned),
            gone: tally.gone,
            of: tally.of,
            at_its_end: file.is_some() && tally.last_kept.is_some() && tally.last_kept < tally.first_gone,
        })
        .collect();
    files.sort_by_key(|from| std::cmp::Reverse(from.gone));
    Lost { gone, of, files }
}
