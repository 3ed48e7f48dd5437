//! The manifest: which files in the output are ours, and what each was made from.
//!
//! It is read at each build and has a line for every file, so it is made for going through once: the files are in the
//! order of names, as the plan is, and each name is written as how much of the one before it repeats. No more than a
//! piece of it is ever in memory ([`read`], [`write`]).
//!
//! ```text
//! "bonafide manifest 3\n"
//! body:
//!   key                  32 bytes
//!   note                 text of the caller's
//!   sources              count, then that many texts: the files that records came from
//!   files                count, then of each:
//!     name               how many bytes of the name before, then the others as a text
//!     kind               1 byte; 16 more if it is an award's, 32 more if it is the page of a record
//!     identity, content  16 bytes each
//!     size               number
//!     award, standing    number, 1 byte: if it is an award's
//!     file, place        numbers: if it is the page of a record
//! hash of the body       16 bytes
//! generation             8 bytes
//! hash of the two        8 bytes
//! ```
//!
//! Numbers and texts are as in [`crate::compact`]. Integers of fixed size are little-endian.
//!
//! The journal beside it ([`journal`]) is a list of names that were about to change when it was written. If the manifest
//! has a later generation than it adds to, the build that wrote it came to its end, and it means nothing. Being a list
//! of differences it is short when little changes, where a second manifest would not be.

pub(super) mod journal;
mod older;
pub(super) mod read;
pub(super) mod write;

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::{OfAward, Origin, Stamp, path};
use crate::hash::Short;
use crate::output::Kind;
use read::{Lines, Trailer};

/// What is known of the bytes of one file in the output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Record {
    /// Of what it was made from.
    pub(super) identity: Short,
    /// Of its bytes.
    pub(super) content: Short,
    /// In bytes.
    pub(super) size: u64,
}

impl Record {
    /// Of a file that a killed build was about to write: ours, but its bytes may be old or new.
    const UNCERTAIN: Self = Self { identity: Short([0; 16]), content: Short([0; 16]), size: u64::MAX };

    /// Whether the file is known to hold what the record says, if its size is right.
    pub(super) fn is_certain(&self) -> bool {
        *self != Self::UNCERTAIN
    }
}

/// One file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Line {
    pub(super) record: Record,
    pub(super) kind: Kind,
    pub(super) award: Option<OfAward>,
    /// Where the record stands that it is the page of.
    pub(super) origin: Option<Origin>,
}

/// What is wrong with a manifest or journal.
#[derive(Debug)]
pub(super) enum Fault {
    /// It is not what a build has written.
    Damaged(&'static str),
    /// The system cannot read it.
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::UnexpectedEof => Self::Damaged(CUT),
            ErrorKind::InvalidData => Self::Damaged(CHANGED),
            _ => Self::Io(error),
        }
    }
}

const TITLE: &[u8] = b"bonafide manifest 3\n";
const CUT: &str = "it ends too early";
const FOREIGN: &str = "it names a file that bonafide would not have written";
const UNREADABLE: &str = "it is not a manifest that this version of bonafide can read";
const CHANGED: &str = "it is not as it was written";

/// In the byte of a file's kind.
const OF_AWARD: u8 = 16;
const OF_RECORD: u8 = 32;

/// All files of ours: what stands at its head, and a way to read the rest.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    /// How many manifests there were before this one; 0 if none was ever written.
    pub(super) generation: u64,
    /// What the caller left.
    pub(super) stamp: Option<Stamp>,
    /// The files that records came from.
    pub(super) sources: Vec<String>,
    /// How many files it has.
    pub(super) count: u64,
    /// Of its body.
    digest: Short,
    /// The file itself; none before the first.
    file: Option<File>,
    /// Where the files begin in it.
    start: u64,
    /// Files that are ours and whose bytes nobody knows, in the order of names, each with whether it is the page of a
    /// record.
    doubts: Vec<(Box<str>, bool)>,
}

impl Manifest {
    /// The manifest at a path; an empty one if there is none.
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        match File::open(path) {
            Ok(file) => Self::of(file),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error.into()),
        }
    }

    fn of(mut file: File) -> Result<Self, Fault> {
        let mut manifest = Self::default();
        let Some(trailer) = Trailer::read(&mut file)? else {
            let (generation, files) = older::read(&mut file)?;
            manifest.generation = generation;
            manifest.distrust(files);
            return Ok(manifest);
        };
        let head = read::head(&mut file)?;
        Ok(Self {
            generation: trailer.generation,
            stamp: Some(head.stamp),
            sources: head.sources,
            count: head.count,
            digest: trailer.body,
            file: Some(file),
            start: head.length,
            doubts: Vec::new(),
        })
    }

    /// All files, in the order of names.
    pub(super) fn lines(&self) -> Result<Lines<'_>, Fault> {
        Lines::new(self)
    }

    /// The files that a killed build was about to write.
    pub(super) fn doubtful(&self) -> impl Iterator<Item = (&str, bool)> {
        self.doubts.iter().map(|(path, of_record)| (&**path, *of_record))
    }

    /// The file that a record came from, if that is known.
    pub(super) fn source(&self, origin: Origin) -> Option<&str> {
        self.sources.get(usize::try_from(origin.file).ok()?).map(String::as_str)
    }

    /// Whether a file is ours. It is looked for from the start of all names: for the few that stand in the way of others.
    pub(super) fn has(&self, wanted: &str) -> Result<bool, Fault> {
        let mut lines = self.lines()?;
        while let Some((path, _)) = lines.next()? {
            match path::order(path, wanted) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => return Ok(true),
                std::cmp::Ordering::Greater => return Ok(false),
            }
        }
        Ok(false)
    }

    /// Takes these files for ours from now on, without knowing their bytes. With each name goes whether it is the page
    /// of a record.
    pub(super) fn distrust(&mut self, files: impl IntoIterator<Item = (Box<str>, bool)>) {
        self.doubts.extend(files);
        // Where a name is there twice, it is the page of a record if either says so.
        self.doubts.sort_by(|one, other| path::order(&one.0, &other.0).then(other.1.cmp(&one.1)));
        self.doubts.dedup_by(|one, other| one.0 == other.0);
    }
}

/// The note as it is kept.
fn one_line(note: &str) -> String {
    note.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests;
