//! What to make: one job for each file of the output.
//!
//! A job's identity is a hash of everything its bytes depend on. Two plans with the same
//! identities make the same site; a job whose identity was made before need not be made
//! again. That is all that incremental building is. Which files there are and what they
//! depend on is said by the rooms of [`crate::output`]; here they are only asked.

use std::hash::Hash;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::{
    hash::Digest,
    output::{Item, OUTPUTS, Of, Output, View},
};

/// The program, as identities see it: its version and a hash of its sources.
pub const PROGRAM: &str = concat!(env!("CARGO_PKG_VERSION"), "+", env!("BONAFIDE_SOURCES"));

/// One file of the output.
#[derive(Clone)]
pub struct Job {
    /// Its path, relative to the output's folder.
    pub path: String,
    /// Hash of everything that its bytes depend on.
    pub identity: Digest,
    /// What makes it.
    pub output: &'static dyn Output,
    /// Which of that output's files it is.
    pub item: Item,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} ({}, {:?})", self.path, self.output.name(), self.item)
    }
}

/// Everything to make, at a moment.
#[derive(Debug)]
pub struct Plan {
    /// All files.
    pub jobs: Vec<Job>,
    /// How many awards have each status, in the order of [`crate::site::Status::ALL`].
    pub statuses: [usize; 7],
    /// The next moment at which another plan results from the same input.
    pub next_change: Option<Timestamp>,
    /// What is left out because of where the site will be, and why.
    pub notes: Vec<String>,
}

/// How many awards or people are asked about at a time.
const BATCH: usize = 256;

/// Makes the plan of a site that is looked at as of a moment.
pub fn plan(view: &View<'_>, moment: Timestamp) -> Plan {
    let site = view.site;
    let mut jobs = Vec::with_capacity(site.awards.len() * 3 + 256);
    for (of, count) in [(Of::Site, 1), (Of::Award, site.awards.len()), (Of::Person, site.directory.people.len())] {
        let rooms: Vec<&'static dyn Output> = OUTPUTS.into_iter().filter(|output| output.of() == of).collect();
        let made = (0..count).into_par_iter().with_min_len(BATCH).flat_map_iter(|index| {
            let mut own = Vec::new();
            for output in &rooms {
                output.items(view, index, &mut |item| own.push(job(view, *output, item)));
            }
            own
        });
        jobs.par_extend(made);
    }
    let mut statuses = [0; 7];
    for status in &view.statuses {
        if let Some(count) = statuses.get_mut(*status as usize) {
            *count += 1;
        }
    }
    Plan { jobs, statuses, next_change: site.next_change(moment), notes: site.notes() }
}

fn job(view: &View<'_>, output: &'static dyn Output, item: Item) -> Job {
    let path = output.path(view, item);
    let identity = Digest::of(|hasher| {
        (PROGRAM, output.name(), &path).hash(hasher);
        output.depends(view, item, hasher);
    });
    Job { path, identity, output, item }
}
