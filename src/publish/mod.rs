//! Bytes into the folder: the last stage, and the only one that writes.
//!
//! The promise is that the output is never half a site. A build first makes everything that is
//! new or different, beside the output, in a stage. Only when all of it is made, whole and on
//! the same disk, are the files moved to their places, one rename each, or one rename for a
//! whole folder that is new. What an earlier build put there and this one did not plan is
//! removed; what somebody else put there stays.
//!
//! To know which is which there is a manifest: every file that is ours, with the identity of
//! what it was made from, and the hash and size of its bytes. It also makes a build cheap: a
//! planned file whose identity is in the manifest is not even made again. Before the first
//! change a journal notes which files are about to change, so a build may be killed at any
//! moment: the next one distrusts just these files and puts them right.
//!
//! Some pages stand for records that somebody relies on. The manifest says which, and which file each
//! record came from, so that a build that would lose them can be asked whether that is meant.
//!
//! All this lives beside the output, in `.bonafide/`, never in it: the output is uploaded to
//! hosts, and the manifest names addresses that are unlisted or private.

mod commit;
mod error;
mod folder;
mod item;
mod kept;
mod location;
mod lost;
mod manifest;
mod path;
mod stage;
mod survey;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::{hash::Short, output::Kind};

pub use error::{FolderError, PublishError};
pub use folder::Folder;
pub use location::Sources;
pub use lost::{Lost, LostFrom, lost};

/// Where the record stands that a page was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The place of its file among [`Files::sources`].
    pub file: u32,
    /// The record's place among those of the file.
    pub place: u32,
}

impl Origin {
    /// Of a page that is known to be of a record, and nothing else.
    const UNKNOWN: Self = Self { file: u32::MAX, place: u32::MAX };
}

/// Whose a file is, if it is an award's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfAward {
    /// Tells the award from the others of the same build.
    pub number: u32,
    /// How little the award counts, from 0: one that grows has to be seen first.
    pub standing: u8,
}

/// One file that the site is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'p> {
    /// Its name in the output folder: relative, `/` between segments, no `.` or `..`.
    pub path: &'p str,
    /// A hash of all that its bytes depend on. If it is the one recorded at the last build, the
    /// file is not made again.
    pub identity: Short,
    /// What kind of file it is.
    pub kind: Kind,
    /// The award that it belongs to.
    pub award: Option<OfAward>,
    /// Of the one page of a record, the record. Such pages are counted when they go: see [`Lost`].
    pub origin: Option<Origin>,
}

impl Entry<'_> {
    /// What there is where there is no file.
    const NONE: Self = Entry { path: "", identity: Short([0; 16]), kind: Kind::File, award: None, origin: None };
}

/// The files that the site is to have.
pub trait Files: Sync {
    /// How many there are.
    fn count(&self) -> usize;

    /// The path of one of them, by its number from 0.
    fn path(&self, number: usize) -> Option<&str>;

    /// One of them, likewise.
    fn entry(&self, number: usize) -> Option<Entry<'_>>;

    /// The files that records came from, as they are to be named should a page be missed. They are kept beside the
    /// output: they must name nobody.
    fn sources(&self) -> &[Arc<str>];
}

/// What the caller wants to be told again by the next build.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stamp {
    /// A hash of all that the whole site depends on. Together with [`Folder::intact`] it lets a
    /// build in which nothing changed end at once.
    pub key: [u8; 32],
    /// Any text, such as a summary as JSON. It is kept as one line: line breaks become spaces.
    pub note: String,
}

/// One file that a build has put into the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Built<'m> {
    /// Its name in the output folder.
    pub path: &'m str,
    /// What kind of file it is.
    pub kind: Kind,
    /// A hash of its bytes (BLAKE3).
    pub content: Short,
    /// In bytes.
    pub size: u64,
    /// The award that it belongs to.
    pub award: Option<OfAward>,
    /// Whether it is the page at which that award's own address answers.
    pub is_page_of_award: bool,
}

/// How many names an [`Outcome`] gives at most of each kind.
pub const TOLD: usize = 1_000;

/// What a build did to the folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// How many files are new.
    pub made: usize,
    /// How many files were there and have other bytes now.
    pub changed: usize,
    /// How many files stayed as they were.
    pub unchanged: usize,
    /// How many files were removed.
    pub removed: usize,
    /// The sizes of all new and changed files together, in bytes.
    pub bytes_written: u64,
    /// The names of the new files, in the order of names: the first [`TOLD`] of them.
    pub made_paths: Vec<String>,
    /// The names of the changed files, in the order of names: the first [`TOLD`] of them.
    pub changed_paths: Vec<String>,
    /// The names of the removed files, in the order of names: the first [`TOLD`] of them.
    pub removed_paths: Vec<String>,
    /// The pages of records that are gone, and where those came from.
    pub lost: Lost,
}

/// What publishing is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Making files and putting them into the stage; nothing in the output changes yet.
    Making,
    /// Moving new and changed files to their places.
    Placing,
    /// Removing files that are no longer part of the site.
    Removing,
}

/// How far a phase has come. Told from several threads, so numbers may arrive out of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The phase.
    pub phase: Phase,
    /// How many files of it are done.
    pub done: usize,
    /// How many files it has.
    pub total: usize,
}

/// Where tests end the process, to see what a killed build leaves behind. Costs nothing elsewhere.
#[inline]
fn step() {
    #[cfg(test)]
    tests::step();
}
