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
    output::{OUTPUTS, View},
    plan::{Job, Plan},
};

/// All files whose path is another's, too, each told once.
pub fn check(view: &View<'_>, plan: &Plan) -> Vec<Diagnostic> {
    let hashed = (0..plan.len()).into_par_iter().with_min_len(1024).filter_map(|number| {
        let mut hasher = DefaultHasher::new();
        folded(plan.job(number)?.path).hash(&mut hasher);
        Some((hasher.finish(), number))
    });
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
    let clashes = same.map(|(old, new)| clash(view, old, new));
    // A page clashes in every language.
    clashes.filter(|clash| told.insert((clash.message.clone(), format!("{:?}", clash.place)))).collect()
}

/// A path as it is compared. It is in NFC already: all names of files are, and ids have no accents.
fn folded(path: &str) -> Cow<'_, str> {
    if path.is_ascii() { path.to_ascii_lowercase().into() } else { path.to_lowercase().into() }
}

/// The place of a file's room among all.
fn rank(job: Job<'_>) -> usize {
    OUTPUTS.iter().position(|output| output.name() == job.output.name()).unwrap_or(OUTPUTS.len())
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
        return Diagnostic::error(format!("`{}` would be two files: {one} and {another}", new.path))
            .advice("if the theme has a file of this name in `static/`, rename it; if not, please report this");
    };
    let problem = Diagnostic::error(format!("the address of {what} is taken")).at(place);
    match other {
        Some((what, place)) => problem.advice("rename the file").also(format!("{what} is here"), place),
        None => {
            problem.advice(format!("{} writes a file of this name itself: rename this one", against.output.writer()))
        }
    }
}
