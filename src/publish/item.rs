//! The plan beside the manifest: for each planned file what is known of it.
//!
//! What the plan has and what the manifest has are both in the order of names, so comparing
//! them is one walk along both lists.

use rayon::prelude::*;

use super::error::FolderError;
use super::manifest::{Fault, Line, Manifest, Record};
use super::stage::Berth;
use super::survey::Found;
use super::{Entry, Files, path};
use crate::hash::Short;

/// A planned file and what has been found out about it. There can be millions, so it is kept small: all else is asked of
/// the plan.
pub(super) struct Item {
    /// Its number in the plan.
    number: u32,
    pub(super) known: Known,
    pub(super) there: There,
    /// Whether it comes with a folder that is new.
    pub(super) in_new_folder: bool,
    pub(super) state: State,
    /// Of its bytes: as recorded, until others are made.
    pub(super) content: Short,
    /// In bytes, likewise.
    pub(super) size: u64,
}

/// What the manifest says of a planned file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing: it is not ours.
    No,
    /// It is ours, with bytes that nobody knows.
    Doubtful,
    /// It is ours, made of something else.
    Other,
    /// It is ours, made of the same.
    Same,
}

/// What is under a planned file's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum There {
    Nothing,
    /// A file of the recorded size.
    AsRecorded,
    /// Another file.
    File,
    Folder,
    Other,
}

impl There {
    pub(super) fn of(found: Found, recorded: Option<u64>) -> Self {
        match found {
            Found::Nothing => Self::Nothing,
            Found::File(size) if recorded == Some(size) => Self::AsRecorded,
            Found::File(_) => Self::File,
            Found::Folder => Self::Folder,
            Found::Other => Self::Other,
        }
    }
}

/// How far it has come with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It has to be made.
    Unmade,
    /// The output has it.
    Kept,
    /// It waits in the stage.
    Staged,
}

impl Item {
    fn new(number: u32) -> Self {
        Self {
            number,
            known: Known::No,
            there: There::Nothing,
            in_new_folder: false,
            state: State::Unmade,
            content: Short::default(),
            size: 0,
        }
    }

    /// Its number in the plan.
    pub(super) fn number(&self) -> usize {
        usize::try_from(self.number).unwrap_or(usize::MAX)
    }

    pub(super) fn entry<'p>(&self, files: &'p dyn Files) -> Entry<'p> {
        files.entry(self.number()).unwrap_or(Entry::NONE)
    }

    pub(super) fn path<'p>(&self, files: &'p dyn Files) -> &'p str {
        files.path(self.number()).unwrap_or_default()
    }

    pub(super) fn berth(&self) -> Berth {
        if self.in_new_folder { Berth::Folder } else { Berth::Number(self.number()) }
    }

    /// What the manifest is to say of it from now on.
    pub(super) fn line(&self, entry: &Entry<'_>) -> Line {
        let record = Record { identity: entry.identity, content: self.content, size: self.size };
        Line { record, kind: entry.kind, award: entry.award, origin: entry.origin }
    }
}

/// The plan in the order of names, each file with what the manifest says of it; and the files of ours that it no longer
/// has.
pub(super) type Compared = (Vec<Item>, Vec<Box<str>>);

/// Compares the plan with the manifest.
pub(super) fn compare(manifest: &Manifest, files: &dyn Files) -> Result<Result<Compared, FolderError>, Fault> {
    let mut items = match sorted(files) {
        Ok(items) => items,
        Err(error) => return Ok(Err(error)),
    };
    let mut leftover = Vec::new();
    let mut planned = items.iter_mut().map(|item| (item.entry(files), item)).peekable();
    let mut lines = manifest.lines()?;
    while let Some((path, line)) = lines.next()? {
        while planned.next_if(|(entry, _)| path::order(entry.path, path).is_lt()).is_some() {}
        match planned.next_if(|(entry, _)| entry.path == path) {
            None => leftover.push(path.into()),
            Some((entry, item)) => {
                item.known = if !line.record.is_certain() {
                    Known::Doubtful
                } else if line.record.identity == entry.identity {
                    Known::Same
                } else {
                    Known::Other
                };
                (item.content, item.size) = (line.record.content, line.record.size);
            }
        }
    }
    drop(planned);
    Ok(Ok((items, leftover)))
}

/// The plan in the order of names, if all of them can be used.
fn sorted(files: &dyn Files) -> Result<Vec<Item>, FolderError> {
    let count = u32::try_from(files.count()).unwrap_or(u32::MAX);
    let mut items: Vec<Item> = (0..count).into_par_iter().map(Item::new).collect();
    let path = |item: &Item| item.path(files);
    let faulty = items.par_iter().find_map_first(|item| path::fault(path(item)).map(|why| (path(item), why)));
    if let Some((path, why)) = faulty {
        return Err(FolderError::BadPath { path: path.to_owned(), why });
    }
    // As a rule they come in order, and looking costs less than sorting.
    let is_before = |pair: &[Item]| matches!(pair, [one, next] if path::order(path(one), path(next)).is_lt());
    if !items.par_windows(2).all(is_before) {
        items.par_sort_by(|one, other| path::order(path(one), path(other)));
    }
    for (one, next) in items.iter().zip(items.iter().skip(1)).map(|(one, next)| (path(one), path(next))) {
        if one == next {
            return Err(FolderError::Twice { path: one.to_owned() });
        }
        if path::is_below(next, one) {
            return Err(FolderError::FileAndFolder { file: one.to_owned(), below: next.to_owned() });
        }
    }
    Ok(items)
}
