//! The output folder, open for one build: what is in it, and bringing it up to date.
//!
//! [`Folder::publish`] reads like the promise it keeps. Compare the plan with the manifest and
//! with what is there. Make what is missing or different. If all of that went well, and only
//! then, write the journal and change the output. At the end write the new manifest, and drop
//! the journal. Whatever stops it, the notes on the disk are true at every moment: before the
//! journal nothing has changed, after it the files in doubt are known by name.
//!
//! What the plan has and what the manifest has are both in the order of names, so comparing
//! them is one walk along both lists.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rayon::prelude::*;

use super::commit;
use super::error::{FolderError, PublishError};
use super::location::{LOOKS, Location, Sources, make_folder};
use super::lost::{Lost, lost_of};
use super::manifest::{self, Digest, Fault, Listed, Manifest, Record};
use super::stage::{Berth, Failures, Made, Stage, has_bytes};
use super::survey::{Found, Looker, Survey};
use super::{Entry, Outcome, Phase, Progress, Source, Stamp, path};

/// An output folder that this build alone may write to, until it is dropped.
#[derive(Debug)]
pub struct Folder {
    place: Location,
    manifest: Manifest,
    /// Whether a build was stopped before it could write its manifest.
    is_half_done: bool,
    /// Holds the lock.
    _lock: File,
}

/// A planned file and what has been found out about it.
pub(super) struct Item<'a> {
    /// Its place in the caller's list.
    number: usize,
    path: &'a str,
    identity: Digest,
    source: Option<&'a Source>,
    /// What the manifest says, if the file is ours.
    record: Option<Record>,
    found: Found,
    berth: Berth,
    /// What its bytes are: from the manifest, or since they were made.
    made: Option<Made>,
}

impl<'a> Item<'a> {
    /// Whether the output has the file as it was last recorded.
    fn is_there(&self) -> bool {
        self.record.is_some_and(|record| record.is_certain() && self.found == Found::File(record.size))
    }

    /// What the manifest is to say of it from now on.
    fn to_record(&self) -> Option<Listed<'a>> {
        let Made { content, size, .. } = self.made?;
        let record = Record { identity: self.identity, content, size };
        Some(Listed { path: self.path, record, source: self.source })
    }

    fn is_staged(&self) -> bool {
        self.made.is_some_and(|made| made.staged)
    }
}

impl Folder {
    /// Opens the folder for a build: finds it, refuses it if it is not for a site, waits for the
    /// lock (`on_wait` is called once if another build has it), reads the manifest.
    ///
    /// The folder itself is not made yet, its parents are.
    ///
    /// # Errors
    /// If the folder must not or cannot be used, if another build keeps it for two minutes, or
    /// if the manifest is damaged.
    pub fn open(out: &Path, sources: &Sources<'_>, on_wait: &dyn Fn()) -> Result<Self, FolderError> {
        Self::open_within(out, sources, on_wait, LOOKS)
    }

    /// The same, with a number of looks at the lock before it gives up.
    pub(super) fn open_within(
        out: &Path,
        sources: &Sources<'_>,
        on_wait: &dyn Fn(),
        looks: u32,
    ) -> Result<Self, FolderError> {
        let place = Location::find(out, sources)?;
        let lock = place.lock(looks, on_wait)?;
        // Another build may have made the folder, or its manifest may have gone, while this one waited.
        place.refuse_foreign()?;
        Stage::new(&place.stage).clear()?;
        let (manifest, is_half_done) = read_notes(&place)?;
        Ok(Self { place, manifest, is_half_done, _lock: lock })
    }

    /// The folder, resolved.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.place.out
    }

    /// What the last build that came to its end has left; none before the first.
    #[must_use]
    pub fn stamp(&self) -> Option<&Stamp> {
        self.manifest.stamp.as_ref()
    }

    /// Whether the last build came to its end and each of its files is still there with the
    /// size it had. Contents are not read.
    #[must_use]
    pub fn intact(&self) -> bool {
        self.manifest.generation > 0
            && !self.is_half_done
            && self.manifest.batches().all(|mut batch| {
                let looker = Looker::new(&self.place.out);
                batch.all(|(path, record)| matches!(looker.look(path), Ok(Found::File(size)) if size == record.size))
            })
    }

    /// Brings the folder up to date with the plan.
    ///
    /// `make` is called, from several threads, with the place in `entries` of each file whose
    /// identity is not the recorded one or that is not there. `allows` is asked first whether pages of records may
    /// go, if any would. `progress` is told of every file.
    ///
    /// # Errors
    /// If pages may not go, if files could not be made (all are tried), if a name cannot be used, if something that
    /// is not ours is in the way, or if the disk fails. The output has not been changed then,
    /// unless the error is [`FolderError::Halfway`].
    pub fn publish<E: Send>(
        &mut self,
        entries: &[Entry],
        make: impl Fn(usize) -> Result<Vec<u8>, E> + Sync,
        stamp: &Stamp,
        allows: &dyn Fn(&Lost) -> bool,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Outcome, PublishError<E>> {
        let stage_root = self.place.stage.clone();
        let stage = Stage::new(&stage_root);
        let outcome = self.bring_up_to_date(&stage, entries, make, stamp, allows, progress);
        // Not worth an error: the next build clears it again.
        let _ = stage.clear();
        outcome
    }

    fn bring_up_to_date<E: Send>(
        &mut self,
        stage: &Stage<'_>,
        entries: &[Entry],
        make: impl Fn(usize) -> Result<Vec<u8>, E> + Sync,
        stamp: &Stamp,
        allows: &dyn Fn(&Lost) -> bool,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Outcome, PublishError<E>> {
        let (mut items, leftover) = compare(&self.manifest, entries)?;
        let lost = lost_of(&self.manifest, &leftover, &self.place.out);
        if lost.gone > 0 && !allows(&lost) {
            return Err(PublishError::Lost(lost));
        }
        if self.is_half_done {
            commit::remove_copies(&self.place.out, self.manifest.doubtful().map(|(path, _)| path))?;
        }
        self.look(&mut items)?;
        let mut survey = Survey::new(&self.place.out, &self.manifest);
        let mut number = 0;
        for item in items.iter_mut().filter(|item| item.made.is_none()) {
            item.berth = if survey.consider(item.path, item.found)? { Berth::Folder } else { Berth::Number(number) };
            number += 1;
        }
        let (new_folders, obstacles) = (survey.new_folders, survey.obstacles);
        self.make(stage, &mut items, number, make, progress)?;

        let mut outcome = Outcome { lost, ..Outcome::default() };
        for item in &items {
            count(item, &mut outcome);
        }
        let doubtful = self.manifest.doubtful();
        let staged = items.iter().filter(|item| item.is_staged()).map(|item| (item.path, item.source.is_some()));
        let changing: Vec<(&str, bool)> = staged.chain(doubtful).collect();
        make_folder(&self.place.out)?;
        if !changing.is_empty() {
            commit::write_whole(&self.place.journal, &manifest::journal(self.manifest.generation, &changing))?;
        }
        let changes = Changes { items: &items, new_folders, obstacles, leftover, touched: AtomicBool::new(false) };
        let next = self.change(stage, &changes, progress).and_then(|removed| {
            outcome.removed = removed.len();
            outcome.removed_paths = removed;
            self.note(&items, stamp, !changing.is_empty())
        });
        let touched = changes.touched.into_inner();
        match next {
            Ok(None) => {}
            Ok(Some(manifest)) => {
                self.manifest = manifest;
                self.is_half_done = false;
            }
            Err(error) if touched || self.is_half_done => {
                let changing: Vec<_> =
                    changing.into_iter().map(|(path, of_record)| (path.to_owned(), of_record)).collect();
                self.manifest.distrust(changing.iter().map(|(path, of_record)| (path.as_str(), *of_record)));
                self.is_half_done = true;
                let out = self.place.out.clone();
                return Err(FolderError::Halfway { out, source: Box::new(error) }.into());
            }
            Err(error) => {
                // Announced and not begun. If the journal stays, the next build only does more.
                let _ = commit::remove_note(&self.place.journal);
                return Err(error.into());
            }
        }
        Ok(outcome)
    }

    /// Writes the new manifest, unless it would say what the old one says.
    fn note(&self, items: &[Item<'_>], stamp: &Stamp, has_journal: bool) -> Result<Option<Manifest>, FolderError> {
        let files: Vec<_> = items.iter().filter_map(Item::to_record).collect();
        if !has_journal && !self.is_half_done && self.manifest.says(stamp, &files) {
            return Ok(None);
        }
        let manifest = Manifest::new(self.manifest.generation + 1, stamp, &files);
        commit::write_whole(&self.place.manifest, manifest.text())?;
        // If it stays, its generation says that it is over.
        let _ = commit::remove_note(&self.place.journal);
        Ok(Some(manifest))
    }

    /// Looks which planned files are there, and takes those for made that need not be.
    fn look(&self, items: &mut [Item<'_>]) -> Result<(), FolderError> {
        let root = &self.place.out;
        match fs::metadata(root) {
            // A first build: there is nothing to look at.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(FolderError::io("look at", root, error)),
            Ok(_) => {}
        }
        items.par_chunks_mut(256).try_for_each(|items| {
            let looker = Looker::new(root);
            for item in items {
                item.found = looker.find(item.path)?;
                if let Some(record) = item.record
                    && record.identity == item.identity
                    && item.is_there()
                {
                    item.made = Some(Made { content: record.content, size: record.size, staged: false });
                }
            }
            Ok(())
        })
    }

    /// Makes the files that have to be made and stages those whose bytes the output does not have.
    fn make<E: Send>(
        &self,
        stage: &Stage<'_>,
        items: &mut [Item<'_>],
        total: usize,
        make: impl Fn(usize) -> Result<Vec<u8>, E> + Sync,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<(), PublishError<E>> {
        let failures = Failures::new();
        let done = AtomicUsize::new(0);
        items.par_iter_mut().filter(|item| item.made.is_none()).for_each(|item| {
            if failures.is_halted() {
                return;
            }
            match make(item.number) {
                Err(error) => failures.unmade(item.number, error),
                Ok(_) if failures.any() => {}
                Ok(bytes) => match self.keep(stage, item, &bytes) {
                    Err(error) => failures.broken(item.number, error),
                    Ok(kept) => item.made = Some(kept),
                },
            }
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            progress(Progress { phase: Phase::Making, done, total });
        });
        failures.finish()
    }

    /// Stages a file that was made, unless the output has these bytes already.
    fn keep(&self, stage: &Stage<'_>, item: &Item<'_>, bytes: &[u8]) -> Result<Made, FolderError> {
        let made = Made::of(bytes);
        match item.record {
            Some(record) if item.is_there() && record.content == made.content && record.size == made.size => {
                return Ok(made);
            }
            Some(_) => {}
            // Somebody else's file: fine if it is the same, and never replaced if it is not.
            None => {
                if let Found::File(size) = item.found {
                    let place = self.place.out.join(item.path);
                    let same = size == made.size
                        && has_bytes(&place, bytes).map_err(|error| FolderError::io("read", &place, error))?;
                    return if same { Ok(made) } else { Err(FolderError::InTheWay { path: place }) };
                }
            }
        }
        stage.put(item.path, item.berth, bytes)?;
        Ok(Made { staged: true, ..made })
    }

    /// All changes to the output. Gives the names of the files removed.
    fn change(
        &self,
        stage: &Stage<'_>,
        changes: &Changes<'_>,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Vec<String>, FolderError> {
        let root = &self.place.out;
        let touch = || changes.touched.store(true, Ordering::Relaxed);
        let mut removed = Vec::new();
        for obstacle in &changes.obstacles {
            touch();
            commit::clear_away(root, obstacle, &self.manifest, &mut removed)?;
        }
        let mut refused = HashSet::new();
        for folder in &changes.new_folders {
            if commit::place_folder(&stage.folder(folder), &root.join(folder)) {
                touch();
            } else {
                refused.insert(*folder);
            }
        }
        let comes_alone = |item: &Item<'_>| {
            item.berth != Berth::Folder
                || (!refused.is_empty() && path::folders(item.path).any(|folder| refused.contains(folder)))
        };
        let staged: Vec<&Item<'_>> = changes.items.iter().filter(|item| item.is_staged()).collect();
        let (total, done) = (staged.len(), AtomicUsize::new(0));
        staged.par_iter().try_for_each(|item| {
            if comes_alone(item) {
                commit::place(&stage.place(item.path, item.berth), &root.join(item.path), item.path)?;
                touch();
            }
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            progress(Progress { phase: Phase::Placing, done, total });
            Ok(())
        })?;
        let total = changes.leftover.len();
        let pruned = commit::prune(root, &changes.leftover, &mut removed, |done| {
            progress(Progress { phase: Phase::Removing, done, total });
        });
        if !removed.is_empty() {
            touch();
        }
        removed.sort_unstable_by(|one, other| path::order(one, other));
        pruned.map(|()| removed)
    }
}

/// What is to be done to the output.
struct Changes<'a> {
    items: &'a [Item<'a>],
    /// Folders that are moved with all their files.
    new_folders: Vec<&'a str>,
    /// Files and folders of ours that go first.
    obstacles: Vec<&'a str>,
    /// Files of ours that are no longer planned.
    leftover: Vec<&'a str>,
    /// Whether anything in the output has been changed.
    touched: AtomicBool,
}

/// The plan in the order of names, each with what the manifest says of it; and the files of ours
/// that it no longer has.
pub(super) fn compare<'a>(
    manifest: &'a Manifest,
    entries: &'a [Entry],
) -> Result<(Vec<Item<'a>>, Vec<&'a str>), FolderError> {
    let mut items = Vec::with_capacity(entries.len());
    for (number, entry) in entries.iter().enumerate() {
        if let Some(why) = path::fault(&entry.path) {
            return Err(FolderError::BadPath { path: entry.path.clone(), why });
        }
        items.push(Item {
            number,
            path: entry.path.as_str(),
            identity: Digest::of(&entry.identity),
            source: entry.source.as_ref(),
            record: None,
            found: Found::Nothing,
            berth: Berth::Number(0),
            made: None,
        });
    }
    items.par_sort_by(|one, other| path::order(one.path, other.path));
    for (one, next) in items.iter().zip(items.iter().skip(1)) {
        if one.path == next.path {
            return Err(FolderError::Twice { path: one.path.to_owned() });
        }
        if path::is_below(next.path, one.path) {
            return Err(FolderError::FileAndFolder { file: one.path.to_owned(), below: next.path.to_owned() });
        }
    }
    let mut leftover = Vec::new();
    let mut planned = items.iter_mut().peekable();
    for (path, record) in manifest.files() {
        while planned.next_if(|item| path::order(item.path, path).is_lt()).is_some() {}
        match planned.next_if(|item| item.path == path) {
            Some(item) => item.record = Some(*record),
            None => leftover.push(path),
        }
    }
    Ok((items, leftover))
}

/// Counts what becomes of one file.
fn count(item: &Item<'_>, outcome: &mut Outcome) {
    let Some(made) = item.made.filter(|made| made.staged) else {
        outcome.unchanged += 1;
        return;
    };
    outcome.bytes_written += made.size;
    if matches!(item.found, Found::File(_)) {
        outcome.changed += 1;
        outcome.changed_paths.push(item.path.to_owned());
    } else {
        outcome.made += 1;
        outcome.made_paths.push(item.path.to_owned());
    }
}

/// The manifest as the last build left it, and whether that build was stopped halfway.
pub(super) fn read_notes(place: &Location) -> Result<(Manifest, bool), FolderError> {
    let corrupt = |path: &Path, (line, why): Fault| FolderError::Corrupt {
        path: path.to_owned(),
        line,
        why,
        out: place.out.clone(),
        state: place.state.clone(),
    };
    let mut manifest = match read(&place.manifest)? {
        None => Manifest::default(),
        Some(bytes) => Manifest::parse(bytes).map_err(|fault| corrupt(&place.manifest, fault))?,
    };
    let Some(bytes) = read(&place.journal)? else {
        return Ok((manifest, false));
    };
    let text = str::from_utf8(&bytes).map_err(|_| corrupt(&place.journal, (1, "it is not UTF-8 text")))?;
    let (generation, paths) = manifest::parse_journal(text).map_err(|fault| corrupt(&place.journal, fault))?;
    // The manifest is later: all that the journal announced was done.
    if generation != manifest.generation {
        return Ok((manifest, false));
    }
    manifest.distrust(paths);
    Ok((manifest, true))
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, FolderError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FolderError::io("read", path, error)),
    }
}
