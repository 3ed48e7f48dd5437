//! What to make: one job for each file of the output.
//!
//! A job's identity is a hash of everything its bytes depend on. Two plans with the same
//! identities make the same site; a job whose identity was made before need not be made
//! again. That is all that incremental building is. Which files there are and what they
//! depend on is said by the rooms of [`crate::output`]; here they are only asked.

use std::{cmp::Ordering, hash::Hash};

use jiff::Timestamp;
use rayon::prelude::*;

use crate::{
    address::{self, beginning},
    hash::{Digest, Short},
    output::{Item, Kind, OUTPUTS, Of, Output, View},
    shard::Shard,
};

/// The program, as identities see it: its version and a hash of its sources.
pub const PROGRAM: &str = concat!(env!("CARGO_PKG_VERSION"), "+", env!("BONAFIDE_SOURCES"));

/// One file of the output.
#[derive(Clone, Copy)]
pub struct Job<'p> {
    /// Its path, relative to the output's folder.
    pub path: &'p str,
    /// Hash of everything that its bytes depend on.
    pub identity: Short,
    /// What makes it.
    pub output: &'static dyn Output,
    /// Which of that output's files it is.
    pub item: Item,
}

impl std::fmt::Debug for Job<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} ({}, {:?})", self.path, self.output.name(), self.item)
    }
}

/// Everything to make, at a moment.
#[derive(Debug)]
pub struct Plan {
    /// The files, in the order of their paths. There can be millions, so they are kept small.
    files: Vec<Planned>,
    /// All paths, one behind the other.
    paths: String,
    /// How many awards have each status, in the order of [`crate::site::Status::ALL`].
    pub statuses: [usize; 7],
    /// The next moment at which another plan results from the same input.
    pub next_change: Option<Timestamp>,
    /// What is left out because of where the site will be, and why.
    pub notes: Vec<String>,
}

/// Where a file is kept: its batch, and its place in that.
#[derive(Debug, Clone, Copy)]
struct Spot {
    batch: u32,
    number: u32,
}

/// Some files of a plan, with their paths one behind the other.
#[derive(Debug, Default)]
struct Batch {
    paths: String,
    files: Vec<Planned>,
}

/// A job as it is kept.
#[derive(Debug, Clone, Copy)]
struct Planned {
    /// Where its path ends; it begins where that of the job before ends.
    end: usize,
    identity: Short,
    /// Its place in [`OUTPUTS`].
    output: u8,
    language: u16,
    index: u32,
    part: u32,
}

impl Plan {
    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The path of one of the files.
    pub fn path(&self, number: usize) -> Option<&str> {
        self.kept(number).map(|(_, path)| path)
    }

    fn kept(&self, number: usize) -> Option<(&Planned, &str)> {
        kept(&self.files, &self.paths, number)
    }

    /// One of the files.
    pub fn job(&self, number: usize) -> Option<Job<'_>> {
        let (file, path) = self.kept(number)?;
        Some(Job {
            path,
            identity: file.identity,
            output: *OUTPUTS.get(usize::from(file.output))?,
            item: Item {
                index: file.index.try_into().ok()?,
                part: file.part.try_into().ok()?,
                language: file.language.into(),
            },
        })
    }

    /// All files.
    pub fn jobs(&self) -> impl Iterator<Item = Job<'_>> {
        (0..self.len()).filter_map(|number| self.job(number))
    }

    /// All files, for several threads.
    pub fn par_jobs(&self) -> impl ParallelIterator<Item = Job<'_>> {
        (0..self.len()).into_par_iter().with_min_len(BATCH).filter_map(|number| self.job(number))
    }

    /// The file with a path.
    pub fn find(&self, path: &str) -> Option<Job<'_>> {
        let (mut start, mut end) = (0, self.len());
        while start < end {
            let middle = usize::midpoint(start, end);
            match address::order(self.path(middle)?, path) {
                Ordering::Less => start = middle + 1,
                Ordering::Equal => return self.job(middle),
                Ordering::Greater => end = middle,
            }
        }
        None
    }
}

/// How many awards or people are asked about at a time.
const BATCH: usize = 256;

/// How many of the site's own files, some of which depend on hundreds of people.
const SOME: usize = 16;

/// Whether a share of a site has the files of a room that are of an award, a person or the site: a person's with the
/// person's first award; the site's with the first share, but assets with each, because the pages of each load them.
fn has(shard: Shard, view: &View<'_>, output: &dyn Output, index: usize) -> bool {
    let award = match output.of() {
        Of::Site => return shard.is_first() || output.kind() == Kind::Asset,
        Of::Award => index,
        Of::Person => match view.site.directory.people.get(index) {
            Some(person) => person.awards.start,
            None => return false,
        },
    };
    view.site.awards.get(award).is_some_and(|award| shard.has(&award.record.id))
}

/// Whose files there are, and of how many.
fn owners(view: &View<'_>) -> [(Of, usize); 3] {
    let site = view.site;
    [(Of::Site, 1), (Of::Award, site.awards.len()), (Of::Person, site.directory.people.len())]
}

/// Makes the plan of a share of a site that is looked at as of a moment.
pub fn plan(view: &View<'_>, moment: Timestamp, shard: Shard) -> Plan {
    let site = view.site;
    let mut batches = Vec::new();
    for (of, count) in owners(view) {
        let outputs = (0..).zip(OUTPUTS).filter(|(_, output)| output.of() == of);
        let rooms: Vec<(u8, &'static dyn Output)> = outputs.collect();
        let items = |index: usize, add: &mut dyn FnMut(u8, &'static dyn Output, Item)| {
            for (number, output) in rooms.iter().filter(|(_, output)| has(shard, view, *output, index)) {
                output.items(view, index, &mut |item| add(*number, *output, item));
            }
        };
        if of == Of::Site {
            // The site is a single one, but a long list of people is a file of it for each two hundred of them.
            let mut files = Vec::new();
            items(0, &mut |number, output, item| files.push((number, output, item)));
            batches.par_extend(files.par_chunks(SOME).map(|files| {
                let files = files.iter().copied();
                Batch::of(|batch| files.for_each(|(number, output, item)| batch.add(view, number, output, item)))
            }));
        } else {
            batches.par_extend((0..count.div_ceil(BATCH)).into_par_iter().map(|number| {
                let own = number * BATCH..count.min((number + 1) * BATCH);
                Batch::of(|batch| {
                    for index in own {
                        items(index, &mut |number, output, item| batch.add(view, number, output, item));
                    }
                })
            }));
        }
    }
    let (files, paths) = in_order(&batches);
    let mut statuses = [0; 7];
    for status in &view.statuses {
        if let Some(count) = statuses.get_mut(*status as usize) {
            *count += 1;
        }
    }
    let notes = OUTPUTS.iter().flat_map(|output| output.notes(view)).collect();
    Plan { files, paths, statuses, next_change: site.next_change(moment), notes }
}

/// Tells of the files that other shares have and this one has not: room, item and path. Nothing of them is kept, and what
/// they depend on is not looked at. `tell` may be called from several threads, in any order.
pub fn elsewhere<T: Send>(
    view: &View<'_>,
    shard: Shard,
    tell: impl Fn(&'static dyn Output, Item, &str) -> Option<T> + Sync,
) -> Vec<T> {
    let mut told = Vec::new();
    if shard.is_whole() {
        return told;
    }
    for (of, count) in owners(view) {
        let rooms: Vec<&'static dyn Output> = OUTPUTS.into_iter().filter(|output| output.of() == of).collect();
        told.par_extend((0..count).into_par_iter().with_min_len(BATCH).flat_map_iter(|index| {
            let mut found = Vec::new();
            for output in rooms.iter().filter(|output| !has(shard, view, **output, index)) {
                output.items(view, index, &mut |item| found.extend(tell(*output, item, &output.path(view, item))));
            }
            found
        }));
    }
    told
}

/// A file and its path.
fn kept<'p>(files: &'p [Planned], paths: &'p str, number: usize) -> Option<(&'p Planned, &'p str)> {
    let start = number.checked_sub(1).and_then(|before| files.get(before)).map_or(0, |before| before.end);
    let file = files.get(number)?;
    Some((file, paths.get(start..file.end)?))
}

/// The files of all batches in the order of their paths, in which the last build is kept, too.
fn in_order(batches: &[Batch]) -> (Vec<Planned>, String) {
    let at = |spot: Spot| {
        let batch = batches.get(usize::try_from(spot.batch).ok()?)?;
        kept(&batch.files, &batch.paths, usize::try_from(spot.number).ok()?)
    };
    let path = |spot: Spot| at(spot).map_or("", |(_, path)| path);
    let spots = (0..)
        .zip(batches)
        .flat_map(|(batch, Batch { files, .. })| (0..).zip(files).map(move |(number, _)| Spot { batch, number }));
    let mut order: Vec<(u128, Spot)> = spots.map(|spot| (0, spot)).collect();
    order.par_iter_mut().for_each(|(key, spot)| *key = beginning(path(*spot)));
    order.par_sort_unstable_by(|one, other| {
        one.0.cmp(&other.0).then_with(|| address::order(path(one.1), path(other.1)))
    });
    // The keys take four times the room, and everything is in memory twice for a while.
    let mut order: Vec<Spot> = order.into_iter().map(|(_, spot)| spot).collect();
    order.shrink_to_fit();
    let mut paths = String::with_capacity(batches.iter().map(|batch| batch.paths.len()).sum());
    let mut files = Vec::with_capacity(order.len());
    for (file, path) in order.into_iter().filter_map(at) {
        paths.push_str(path);
        files.push(Planned { end: paths.len(), ..*file });
    }
    (files, paths)
}

impl Batch {
    /// What is added to it, and no more memory than that.
    fn of(fill: impl FnOnce(&mut Self)) -> Self {
        let mut batch = Self::default();
        fill(&mut batch);
        batch.paths.shrink_to_fit();
        batch.files.shrink_to_fit();
        batch
    }

    fn add(&mut self, view: &View<'_>, number: u8, output: &'static dyn Output, item: Item) {
        let path = output.path(view, item);
        let identity = Digest::of(|hasher| {
            (PROGRAM, output.name(), &path).hash(hasher);
            output.depends(view, item, hasher);
        });
        self.paths.push_str(&path);
        // No machine holds 2³² awards, and there are not that many languages.
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        self.files.push(Planned {
            end: self.paths.len(),
            identity: identity.short(),
            output: number,
            language: u16::try_from(item.language).unwrap_or(u16::MAX),
            index: small(item.index),
            part: small(item.part),
        });
    }
}
