//! What is to be done, in which order, and what is refused: pure.
//!
//! A build is held against the record of what is up, part by part, so that no more of either is in memory than a few
//! parts, and of the whole only one byte a file: the step in which it goes up. What an earlier run was about to change
//! when it was stopped is not believed: see [`Overlay`]. How a plan is made is in [`super::planner`].

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::{
    built::{Built, BuiltFile, Half, Standing},
    record::{Entry, Head, Retired, ShardRun, hex, part_of, parts_for},
};
use crate::output::Kind;

/// The file that says how old the data is; it goes up after everything that the data is in.
const AS_OF: &str = "as-of.json";

/// When something is done. Between any two of these everything has to be done before anything else begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Nothing is to be done.
    None,
    /// Assets, and files of `content/`.
    Assets,
    /// What the page of a withdrawn award newly loads.
    TakedownLeaves,
    /// The page of an award whose status is worse now.
    TakedownPages,
    /// What belonged to such an award, and awards that are gone.
    TakedownDeletes,
    /// What belongs to pages.
    Leaves,
    /// Pages.
    Pages,
    /// What names several people or awards.
    Lists,
    /// How old the data is.
    AsOf,
    /// What is no longer part of the site.
    Deletes,
}

impl Step {
    /// All in which something is done, in their order.
    pub const ALL: [Self; 9] = [
        Self::Assets,
        Self::TakedownLeaves,
        Self::TakedownPages,
        Self::TakedownDeletes,
        Self::Leaves,
        Self::Pages,
        Self::Lists,
        Self::AsOf,
        Self::Deletes,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::Assets => "assets",
            Self::TakedownLeaves => "takedown-leaves",
            Self::TakedownPages => "takedown-pages",
            Self::TakedownDeletes => "takedown-deletes",
            Self::Leaves => "leaves",
            Self::Pages => "pages",
            Self::Lists => "lists",
            Self::AsOf => "as-of",
            Self::Deletes => "deletes",
        }
    }

    /// When a file goes up that belongs to nothing that is taken down.
    pub(super) fn of(file: &BuiltFile<'_>) -> Self {
        match file.kind {
            _ if file.path == AS_OF => Self::AsOf,
            Kind::Asset | Kind::File => Self::Assets,
            Kind::Leaf => Self::Leaves,
            Kind::Page => Self::Pages,
            Kind::List => Self::Lists,
            // Only the hosts that take whole folders read them.
            Kind::Control => Self::None,
        }
    }
}

/// What is known of a key besides the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// These bytes and headers are up.
    Up(Half, [u8; 4]),
    /// Nobody knows what is up. Whether somebody was about to delete it.
    Unknown {
        /// Somebody was about to delete it, and had asked whether that is meant.
        leaving: bool,
    },
    /// Nothing is up.
    Absent,
}

/// What is known of a key besides the record, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What is up.
    pub state: State,
    /// The key and whose it is, as far as is known.
    pub entry: Entry<'static>,
    /// Nobody has written down that it is ours: it is only below the site's addresses.
    pub unrecorded: bool,
}

/// What is known besides the record, by key: what a run was about to change that did not come to its end, or what was
/// found in a listing.
pub type Overlay = HashMap<Box<str>, Seen>;

/// What a publish may do.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// Now.
    pub now: Timestamp,
    /// How long assets stay that no page loads any more.
    pub keep_assets: SignedDuration,
    /// Whether so many awards of so many are more than may be gone without a question.
    pub is_too_many: &'a (dyn Fn(usize, usize) -> bool + Sync),
    /// How many somebody has allowed, and no other number.
    pub allowed: Option<usize>,
    /// Whether an older build may take the place of a newer one.
    pub rollback: bool,
    /// Whether the target takes two keys for the same that differ only in case.
    pub ignores_case: bool,
}

/// Why nothing is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// What is up is of a later moment.
    OlderMoment {
        /// The build's.
        built: Timestamp,
        /// That of what is up.
        up: Timestamp,
    },
    /// What is up is of a later export.
    OlderExport {
        /// The build's; absent if it names none.
        built: Option<Timestamp>,
        /// That of what is up.
        up: Timestamp,
    },
    /// More awards are gone than may be.
    Vanished {
        /// How many.
        gone: usize,
        /// Of how many.
        of: usize,
        /// Some of them, by the path of their pages.
        such_as: Vec<String>,
    },
    /// Below the site's addresses there is what neither the build has nor the record.
    Unrecorded {
        /// Whether there is a record.
        has_record: bool,
        /// How many files.
        files: usize,
        /// How many of them are verification pages.
        awards: usize,
        /// Some of the files.
        such_as: Vec<String>,
    },
    /// Two keys differ only in case.
    SameButForCase(String, String),
    /// A run of shards of the same moment has not come to its end.
    RunOpen(Box<ShardRun>),
    /// This shard is not of the run that it is to be part of; in what it differs.
    NotOfRun {
        /// The run's name.
        run: String,
        /// In what: a noun.
        what: &'static str,
        /// What the run has.
        there: String,
        /// What the shard has.
        here: String,
    },
    /// A later run or publish has taken over.
    GivenUp {
        /// The run's name.
        run: String,
    },
    /// The record is that of another target: what it says is up is not up here.
    OtherTarget {
        /// Of which.
        recorded: String,
        /// Where this publish goes.
        here: String,
    },
    /// Two shards have different files at one path.
    Differing {
        /// The path.
        path: String,
    },
}

/// How many paths a refusal names.
const NAMED: usize = 10;

/// What a build wants to be up, in digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The digests of its parts, in as many as the record has.
    pub as_recorded: Vec<Half>,
    /// The digests in as many parts as the next record will have.
    pub parts: Vec<Half>,
    /// How many files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How many awards have a page.
    pub awards: u64,
}

impl Wanted {
    /// Looks through a build once or twice.
    pub fn of(built: &dyn Built, head: &Head) -> Self {
        let (mut files, mut bytes, mut awards) = (0, 0, 0);
        for file in wanted(built) {
            files += 1;
            bytes += file.size;
            awards += u64::from(file.award == Some(file.path));
        }
        let recorded = head.part_count();
        let best = parts_for(files);
        // A site that grows and shrinks around a limit is not recorded anew each time.
        let count = if best > recorded.saturating_mul(4) || best < recorded / 4 { best } else { recorded };
        let as_recorded = digests(built, recorded);
        let parts = if count == recorded { as_recorded.clone() } else { digests(built, count) };
        Self { as_recorded, parts, files, bytes, awards }
    }

    /// Whether the record says that just this is up, and nothing else has to be done.
    pub fn is_up(&self, head: &Head, limits: &Limits<'_>) -> bool {
        head.pending.is_none() && head.runs.is_empty() && self.is_recorded(head, limits)
    }

    /// Whether just this is recorded, whatever somebody was about to change.
    pub fn is_recorded(&self, head: &Head, limits: &Limits<'_>) -> bool {
        let is_same = |index: usize, digest: &Half| head.parts.get(index).is_some_and(|part| *part == hex(digest));
        head.generation > 0
            && self.as_recorded.iter().enumerate().all(|(index, digest)| is_same(index, digest))
            && !head.retired.iter().any(|retired| is_due(retired, limits))
    }
}

/// The files that go to a host.
pub(super) fn wanted(built: &dyn Built) -> impl Iterator<Item = BuiltFile<'_>> {
    built.files().filter(|file| file.kind != Kind::Control)
}

fn digests(built: &dyn Built, count: u32) -> Vec<Half> {
    let mut hashers = vec![blake3::Hasher::new(); count as usize];
    let mut bytes = Vec::new();
    for file in wanted(built) {
        bytes.clear();
        Entry::of(&file).write(&mut bytes);
        if let Some(hasher) = hashers.get_mut(part_of(file.path, count) as usize) {
            hasher.update(&bytes);
        }
    }
    let first_half = |hasher: blake3::Hasher| {
        let mut half = [0; 16];
        half.iter_mut().zip(hasher.finalize().as_bytes()).for_each(|(to, from)| *to = *from);
        half
    };
    hashers.into_iter().map(first_half).collect()
}

/// The bytes of some parts.
pub fn part_bytes(built: &dyn Built, count: u32, which: &BTreeSet<u32>) -> BTreeMap<u32, Vec<u8>> {
    let mut parts: BTreeMap<u32, Vec<u8>> = which.iter().map(|index| (*index, Vec::new())).collect();
    for file in wanted(built) {
        if let Some(part) = parts.get_mut(&part_of(file.path, count)) {
            Entry::of(&file).write(part);
        }
    }
    parts
}

/// Whether an old asset has been kept for long enough.
pub(super) fn is_due(retired: &Retired, limits: &Limits<'_>) -> bool {
    limits.now.duration_since(retired.since) >= limits.keep_assets
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// For each file of the build, in its order, when it goes up.
    pub steps: Vec<Step>,
    /// What is deleted, and when.
    pub deletes: Vec<(Step, Entry<'static>)>,
    /// What an earlier run had changed already and the record does not say: whether it is up.
    pub carried: Vec<(bool, Entry<'static>)>,
    /// Assets that stay for a while.
    pub retired: Vec<Retired>,
    /// The pages of awards whose status is worse now, and which status.
    pub takedowns: Vec<(String, Standing)>,
    /// The pages of awards that are gone.
    pub gone: Vec<String>,
    /// How many awards were up.
    pub of: usize,
    /// Whether there is a record of what was up.
    pub has_record: bool,
    /// Keys that are not recorded and lie below the site's addresses.
    pub unrecorded: Vec<String>,
}

impl Plan {
    /// The head of the record once all of it is done.
    pub fn head_after(&self, head: &Head, built: &dyn Built, wanted: &Wanted) -> Head {
        Head {
            generation: head.generation + 1,
            moment: Some(built.moment()),
            exported_at: built.exported_at(),
            program: built.program().to_owned(),
            inputs: hex(&built.inputs()),
            files: wanted.files,
            bytes: wanted.bytes,
            awards: wanted.awards,
            parts: wanted.parts.iter().map(|digest| hex(digest)).collect(),
            retired: self.retired.clone(),
            pending: None,
            runs: Vec::new(),
            ..head.clone()
        }
    }

    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.deletes.is_empty() && self.steps.iter().all(|step| *step == Step::None)
    }

    /// What may not be done.
    pub fn refusal(&self, limits: &Limits<'_>) -> Option<Refusal> {
        let gone = self.gone.len();
        let such_as = |all: &[String]| all.iter().take(NAMED).cloned().collect();
        if limits.allowed == Some(gone) {
            return None;
        }
        if !self.unrecorded.is_empty() {
            let such_as = such_as(&self.unrecorded);
            let has_record = self.has_record;
            return Some(Refusal::Unrecorded { has_record, files: self.unrecorded.len(), awards: gone, such_as });
        }
        let is_passed = (limits.is_too_many)(gone, self.of);
        is_passed.then(|| Refusal::Vanished { gone, of: self.of, such_as: such_as(&self.gone) })
    }

    /// The files that go up in a step, in the build's order.
    pub fn puts<'b>(&self, built: &'b dyn Built, step: Step) -> impl Iterator<Item = BuiltFile<'b>> + use<'_, 'b> {
        built.files().zip(&self.steps).filter(move |(_, its)| **its == step).map(|(file, _)| file)
    }

    /// The keys that are deleted in a step.
    pub fn deletes(&self, step: Step) -> impl Iterator<Item = &Entry<'static>> {
        self.deletes.iter().filter(move |(its, _)| *its == step).map(|(_, entry)| entry)
    }
}

/// What may not take the place of what is up, whatever is in it.
pub fn refusal_at_once(built: &dyn Built, head: &Head, limits: &Limits<'_>) -> Option<Refusal> {
    if limits.ignores_case
        && let Some((one, other)) = same_but_for_case(built)
    {
        return Some(Refusal::SameButForCase(one, other));
    }
    if limits.rollback {
        return None;
    }
    // Some of what a stopped run was about to put up may be up.
    let pending = head.pending.as_ref();
    let runs = || head.runs.iter();
    let moment = head.moment.max(pending.map(|pending| pending.moment)).max(runs().map(|run| run.moment).max());
    if let Some(up) = moment.filter(|up| built.moment() < *up) {
        return Some(Refusal::OlderMoment { built: built.moment(), up });
    }
    let exported_at = head.exported_at.max(pending.and_then(|pending| pending.exported_at));
    let exported_at = exported_at.max(runs().filter_map(|run| run.exported_at).max());
    let up = exported_at.filter(|up| built.exported_at().is_none_or(|at| at < *up))?;
    Some(Refusal::OlderExport { built: built.exported_at(), up })
}

fn same_but_for_case(built: &dyn Built) -> Option<(String, String)> {
    let mut folded: HashSet<Half> = HashSet::new();
    let fold = |path: &str| super::built::half(path.to_lowercase().as_bytes());
    let other = wanted(built).find(|file| !folded.insert(fold(file.path)))?;
    let one = wanted(built).find(|file| fold(file.path) == fold(other.path))?;
    Some((one.path.to_owned(), other.path.to_owned()))
}
