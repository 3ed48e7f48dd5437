//! No two files at one path.
//!
//! What a site's own ids, handles, pages and files have of each other's addresses is found when they are joined
//! ([`crate::site`]). What else is made is known to the rooms of [`crate::output`] alone, so the rest is found here, in
//! the plan, whatever rooms there are. Paths are compared without regard to case, because hosts and disks exist that
//! have none, and there one file would silently take the place of the other.

use std::{
    borrow::Cow,
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use rayon::prelude::*;

use crate::{
    diagnostic::Diagnostic,
    hash::Short,
    output::{Item, OUTPUTS, Output, View},
    plan::{self, Job, Plan},
    shard::Shard,
};

/// All files of a share of a site whose path is another's, too, of whatever share, each told once.
pub fn check(view: &View<'_>, plan: &Plan, shard: Shard) -> Vec<Diagnostic> {
    let hashed = (0..plan.len())
        .into_par_iter()
        .with_min_len(1024)
        .filter_map(|number| Some((hash(plan.path(number)?), number)));
    let mut hashed: Vec<(u64, usize)> = hashed.collect();
    hashed.par_sort_unstable();
    let mut told = HashSet::new();
    let alike = hashed.chunk_by(|a, b| a.0 == b.0).filter(|alike| alike.len() > 1);
    let pairs = alike.flat_map(|alike| {
        let mut jobs: Vec<Job<'_>> = alike.iter().filter_map(|(_, number)| plan.job(*number)).collect();
        jobs.sort_by_key(|job| (rank(*job), job.item));
        let first = jobs.first().copied();
        // Paths that only their hashes have in common are not worth more than this.
        jobs.into_iter().skip(1).filter_map(move |job| Some((first?, job)))
    });
    let same = pairs.filter(|(old, new)| folded(old.path) == folded(new.path));
    // Two of other shares are told of there.
    let elsewhere = plan::elsewhere(view, shard, |output, item, path| {
        let hash = hash(path);
        let at = hashed.binary_search_by_key(&hash, |(own, _)| *own).ok()?;
        let own = plan.job(hashed.get(at)?.1)?;
        (folded(own.path) == folded(path)).then(|| (own, Elsewhere { output, item, path: path.to_owned() }))
    });
    let with_others = elsewhere.iter().map(|(own, other)| match (*own, other.job()) {
        (own, other) if (rank(own), own.item) <= (rank(other), other.item) => (own, other),
        (own, other) => (other, own),
    });
    let same = same.chain(with_others).map(|(old, new)| clash(view, old, new));
    let clashes = same.chain(above(plan, &hashed).into_iter().map(|(file, below)| in_the_way(view, file, below)));
    // A page clashes in every language.
    clashes.filter(|clash| told.insert((clash.message.clone(), format!("{:?}", clash.place)))).collect()
}

/// Files at whose path there would have to be a folder, each with a file in that folder.
fn above<'p>(plan: &'p Plan, hashed: &[(u64, usize)]) -> Vec<(Job<'p>, Job<'p>)> {
    let find = |folder: &str| {
        let hash = hash(folder);
        let from = hashed.partition_point(|(other, _)| *other < hash);
        let alike = hashed.iter().skip(from).take_while(|(other, _)| *other == hash);
        alike.filter_map(|(_, number)| plan.job(*number)).find(|job| folded(job.path) == folded(folder))
    };
    (0..plan.len())
        .into_par_iter()
        .with_min_len(1024)
        .filter_map(|number| {
            let below = plan.job(number)?;
            let folders = below.path.match_indices('/').filter_map(|(at, _)| below.path.get(..at));
            // All files have an ending but for these, and hardly any folder has.
            let is_like_a_file = |folder: &str| {
                let name = folder.rsplit('/').next().unwrap_or(folder);
                name.contains('.') || name.starts_with('_') || name.eq_ignore_ascii_case("cname")
            };
            Some((folders.filter(|folder| is_like_a_file(folder)).find_map(find)?, below))
        })
        .collect()
}

/// A file of another share.
struct Elsewhere {
    output: &'static dyn Output,
    item: Item,
    path: String,
}

impl Elsewhere {
    fn job(&self) -> Job<'_> {
        Job { path: &self.path, identity: Short::default(), output: self.output, item: self.item }
    }
}

/// The hash of a path as it is compared.
fn hash(path: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    folded(path).hash(&mut hasher);
    hasher.finish()
}

/// A path as it is compared. It is in NFC already: all names of files are, and ids have no accents.
fn folded(path: &str) -> Cow<'_, str> {
    if path.is_ascii() { path.to_ascii_lowercase().into() } else { path.to_lowercase().into() }
}

/// The place of a file's room among all.
fn rank(job: Job<'_>) -> usize {
    OUTPUTS.iter().position(|output| output.name() == job.output.name()).unwrap_or(OUTPUTS.len())
}

/// What is said where nobody has named a file, which cannot be.
const UNNAMED: &str = "this is a fault of bonafide's own: please report it, with the names of the two";

/// A file and a folder cannot have one name. Who named the one that can be renamed is told.
fn in_the_way(view: &View<'_>, file: Job<'_>, below: Job<'_>) -> Diagnostic {
    let origin = |job: Job<'_>| job.output.origin(view, job.item);
    let (named, other) = match (origin(below), origin(file)) {
        (Some(below), other) => (Some(below), other),
        (None, other) => (other, None),
    };
    let both = format!("`{}` would have to be a file and, for `{}`, a folder", file.path, below.path);
    let Some((what, place)) = named else { return Diagnostic::error(both).advice(UNNAMED) };
    let problem = Diagnostic::error(format!("the address of {what} is taken: {both}")).at(place);
    match other {
        Some((what, place)) => problem.advice("rename one of the two").also(format!("{what} is here"), place),
        None => problem.advice("choose another: hosts cannot keep a file and a folder of one name"),
    }
}

/// What is of a later room gives way to what is of an earlier one, if somebody has named it.
fn clash(view: &View<'_>, old: Job<'_>, new: Job<'_>) -> Diagnostic {
    let origin = |job: Job<'_>| job.output.origin(view, job.item);
    let (named, other) = match (origin(new), origin(old)) {
        (Some(new), other) => (Some((new, old)), other),
        (None, Some(old)) => (Some((old, new)), None),
        (None, None) => (None, None),
    };
    let Some((((what, place), against), other)) = named.map(|named| (named, other)) else {
        let (one, another) = (old.output.name(), new.output.name());
        return Diagnostic::error(format!("`{}` would be two files: {one} and {another}", new.path)).advice(UNNAMED);
    };
    let problem = Diagnostic::error(format!("the address of {what} is taken")).at(place);
    match other {
        Some((what, place)) => problem.advice("rename the file").also(format!("{what} is here"), place),
        None => {
            problem.advice(format!("{} writes a file of this name itself: rename this one", against.output.writer()))
        }
    }
}
