//! What a publish did, and how far it has come.

use super::plan::{Plan, Step};

/// How far a publish has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is busy with; nothing where all of it is seen at once.
    pub step: Option<Step>,
    /// How many changes have been made.
    pub done: u64,
    /// How many there are.
    pub total: u64,
    /// How many bytes are up.
    pub bytes: u64,
    /// How many there are to be.
    pub of_bytes: u64,
}

/// What a publish did, or would do.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was done; nothing, if all is up.
    pub plan: Option<Plan>,
    /// The record's generation.
    pub generation: u64,
    /// Bytes of files that went up.
    pub bytes: u64,
    /// Keys that are not ours, found in a listing.
    pub foreign: Vec<String>,
    /// How many calls the record, the lease and the intent take besides the changes, about.
    pub overhead: u64,
    /// Files that are up.
    pub files: u64,
    /// What was not as expected the last time that it was looked at from outside, by key.
    pub unseen: Vec<String>,
}

/// What a key is that nobody has recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The address of an award's own page.
    Award,
    /// Another address that the site's contract names.
    Site,
    /// It is the record's own, which lies below the site.
    Record,
    /// None of the site's.
    Foreign,
}

/// Tells what a key is that nobody has recorded.
pub type Ours<'a> = dyn Fn(&str) -> Place + 'a;
