//! The output folder, open for one build: what is in it, and bringing it up to date.
//!
//! [`Folder::publish`] reads like the promise it keeps. Compare the plan with the manifest and
//! with what is there. Make what is missing or different. If all of that went well, and only
//! then, write the journal and change the output. At the end write the new manifest, and drop
//! the journal. Whatever stops it, the notes on the disk are true at every moment: before the
//! journal nothing has changed, after it the files in doubt are known by name.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rayon::prelude::*;

use super::commit;
use super::error::{FolderError, PublishError};
use super::item::{Item, Known, State, There, compare};
use super::location::{LOOKS, Location, Sources, make_folder};
use super::lost::{Lost, lost_of};
use super::manifest::{Fault, Line, Manifest, Record, journal, write::Writer};
use super::stage::{Failures, Stage, has_bytes};
use super::survey::{Found, Looker, Survey};
use super::{Built, Files, Outcome, Phase, Progress, Stamp, TOLD, path};
use crate::hash::Short;

/// An output folder that this build alone may write to, until it is dropped.
#[derive(Debug)]
pub struct Folder {
    pub(super) place: Location,
    manifest: Manifest,
    /// Whether a build was stopped before it could write its manifest.
    is_half_done: bool,
    /// Holds the lock.
    _lock: File,
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

    /// The same without waiting: whoever only reads what a build has left comes again later.
    ///
    /// # Errors
    /// As [`Self::open`], and at once if another process has the lock.
    pub fn open_at_once(out: &Path, sources: &Sources<'_>) -> Result<Self, FolderError> {
        Self::open_within(out, sources, &|| (), 1)
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

    /// Where the notes on it are, beside it.
    #[must_use]
    pub fn notes(&self) -> &Path {
        &self.place.state
    }

    /// What the last build that came to its end has left; none before the first.
    #[must_use]
    pub fn stamp(&self) -> Option<&Stamp> {
        self.manifest.stamp.as_ref()
    }

    /// Leaves another stamp for the same files: they are what they were, and more is known of them.
    ///
    /// # Errors
    /// If the manifest is damaged or cannot be written. It is then as it was.
    pub fn restamp(&mut self, stamp: &Stamp) -> Result<(), FolderError> {
        if self.manifest.stamp.is_none() || self.is_half_done {
            return Ok(());
        }
        let place = &self.place.manifest;
        let write = || -> Result<bool, Fault> {
            let Manifest { generation, sources, count, .. } = &self.manifest;
            let count = usize::try_from(*count).unwrap_or(usize::MAX);
            let mut writer = Writer::new(place, generation + 1, stamp, sources, count)?;
            let mut lines = self.manifest.lines()?;
            while let Some((path, line)) = lines.next()? {
                writer.add(path, &line)?;
            }
            Ok(writer.finish(&self.manifest, true)?)
        };
        let is_new = write().map_err(|fault| {
            let _ = fs::remove_file(commit::beside(place));
            self.place.damaged(place, fault)
        })?;
        if is_new {
            self.manifest = Manifest::open(place).map_err(|fault| self.place.damaged(place, fault))?;
        }
        Ok(())
    }

    /// Whether the last build did not come to its end.
    #[must_use]
    pub fn is_half_done(&self) -> bool {
        self.is_half_done
    }

    /// Goes through the files of the last build, in the order of names.
    ///
    /// # Errors
    /// If the manifest is damaged. What was gone through until then is not to be acted on.
    pub fn built(&self, each: &mut dyn FnMut(&Built<'_>)) -> Result<(), FolderError> {
        let mut go = || {
            let mut lines = self.manifest.lines()?;
            while let Some((path, Line { record, kind, award, origin })) = lines.next()? {
                let Record { content, size, .. } = record;
                each(&Built { path, kind, content, size, award, is_page_of_award: origin.is_some() });
            }
            Ok(())
        };
        go().map_err(|fault| self.place.damaged(&self.place.manifest, fault))
    }

    /// Whether the last build came to its end and each of its files is still there with the
    /// size it had. Contents are not read.
    #[must_use]
    pub fn intact(&self) -> bool {
        self.manifest.generation > 0 && !self.is_half_done && self.is_all_there().unwrap_or(false)
    }

    fn is_all_there(&self) -> Result<bool, Fault> {
        let mut lines = self.manifest.lines()?;
        let looker = Looker::new(&self.place.out);
        let is_there =
            |(path, size): &(&str, u64)| matches!(looker.look(path), Ok(Found::File(found)) if found == *size);
        // As many names at a time as keep all threads busy.
        let (mut names, mut sizes) = (String::new(), Vec::with_capacity(LOOKED_AT));
        loop {
            names.clear();
            sizes.clear();
            while sizes.len() < LOOKED_AT
                && let Some((path, line)) = lines.next()?
            {
                names.push_str(path);
                sizes.push((names.len(), line.record.size));
            }
            let starts = std::iter::once(0).chain(sizes.iter().map(|(end, _)| *end));
            let of = |(start, (end, size)): (usize, &(usize, u64))| (names.get(start..*end).unwrap_or_default(), *size);
            let files: Vec<(&str, u64)> = starts.zip(&sizes).map(of).collect();
            if !files.par_iter().with_min_len(64).all(is_there) {
                return Ok(false);
            }
            if files.is_empty() {
                return Ok(true);
            }
        }
    }

    /// Brings the folder up to date with the plan.
    ///
    /// `make` is called, from several threads, with the number of each file whose
    /// identity is not the recorded one or that is not there. `allows` is asked first whether pages of records may
    /// go, if any would. `progress` is told of every file.
    ///
    /// # Errors
    /// If pages may not go, if files could not be made (all are tried), if a name cannot be used, if something that
    /// is not ours is in the way, or if the disk fails. The output has not been changed then,
    /// unless the error is [`FolderError::Halfway`].
    pub fn publish<E: Send>(
        &mut self,
        files: &dyn Files,
        make: impl Fn(usize) -> Result<Vec<u8>, E> + Sync,
        stamp: &Stamp,
        allows: &dyn Fn(&Lost) -> bool,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Outcome, PublishError<E>> {
        let stage_root = self.place.stage.clone();
        let stage = Stage::new(&stage_root);
        let outcome = self.bring_up_to_date(&stage, files, make, stamp, allows, progress);
        // Not worth an error: the next build clears it again.
        let _ = stage.clear();
        outcome
    }

    fn bring_up_to_date<E: Send>(
        &mut self,
        stage: &Stage<'_>,
        files: &dyn Files,
        make: impl Fn(usize) -> Result<Vec<u8>, E> + Sync,
        stamp: &Stamp,
        allows: &dyn Fn(&Lost) -> bool,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Outcome, PublishError<E>> {
        let damaged = |fault| self.place.damaged(&self.place.manifest, fault);
        let (mut items, leftover) = compare(&self.manifest, files).map_err(damaged)??;
        let lost = lost_of(&self.manifest, &leftover, &self.place)?;
        if lost.gone > 0 && !allows(&lost) {
            return Err(PublishError::Lost(lost));
        }
        if self.is_half_done {
            commit::remove_copies(&self.place.out, self.manifest.doubtful().map(|(path, _)| path))?;
        }
        self.look(&mut items, files)?;
        let mut survey = Survey::new(&self.place, &self.manifest);
        let mut total = 0;
        for item in items.iter_mut().filter(|item| item.state == State::Unmade) {
            let found = match item.there {
                There::Nothing => Found::Nothing,
                There::AsRecorded | There::File => Found::File(item.size),
                There::Folder => Found::Folder,
                There::Other => Found::Other,
            };
            item.in_new_folder = survey.consider(item.path(files), found)?;
            total += 1;
        }
        let (new_folders, obstacles) = (survey.new_folders, survey.obstacles);
        self.make(stage, &mut items, files, total, make, progress)?;

        let mut outcome = Outcome { lost, ..Outcome::default() };
        for item in &items {
            count(item, files, &mut outcome);
        }
        let staged = items.iter().filter(|item| item.state == State::Staged).map(|item| item.entry(files));
        let changing = || {
            let staged = staged.clone().map(|entry| (entry.path, entry.origin.is_some()));
            staged.chain(self.manifest.doubtful())
        };
        let has_journal = changing().next().is_some();
        make_folder(&self.place.out)?;
        if has_journal {
            let generation = self.manifest.generation;
            commit::write_whole(&self.place.journal, |file| journal::write(file, generation, changing()))?;
        }
        let changes =
            Changes { items: &items, files, new_folders, obstacles, leftover, touched: AtomicBool::new(false) };
        let next = self.change(stage, &changes, progress).and_then(|removed| {
            outcome.removed = removed.len();
            outcome.removed_paths = removed;
            outcome.removed_paths.truncate(TOLD);
            self.note(&items, files, stamp, has_journal)
        });
        let touched = changes.touched.into_inner();
        match next {
            Ok(None) => {}
            Ok(Some(manifest)) => {
                self.manifest = manifest;
                self.is_half_done = false;
            }
            Err(error) if touched || self.is_half_done => {
                let changing: Vec<_> = changing().map(|(path, of_record)| (Box::from(path), of_record)).collect();
                self.manifest.distrust(changing);
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
    fn note(
        &self,
        items: &[Item],
        files: &dyn Files,
        stamp: &Stamp,
        has_journal: bool,
    ) -> Result<Option<Manifest>, FolderError> {
        let place = &self.place.manifest;
        let write = || {
            let mut writer = Writer::new(place, self.manifest.generation + 1, stamp, files.sources(), items.len())?;
            for item in items {
                let entry = item.entry(files);
                writer.add(entry.path, &item.line(&entry))?;
            }
            writer.finish(&self.manifest, !has_journal && !self.is_half_done)
        };
        let is_new = write().map_err(|error| {
            let _ = fs::remove_file(commit::beside(place));
            FolderError::io("write", place, error)
        })?;
        if !is_new {
            return Ok(None);
        }
        // If it stays, its generation says that it is over.
        let _ = commit::remove_note(&self.place.journal);
        Manifest::open(place).map(Some).map_err(|fault| self.place.damaged(place, fault))
    }

    /// Looks which planned files are there, and takes those for made that need not be.
    fn look(&self, items: &mut [Item], files: &dyn Files) -> Result<(), FolderError> {
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
                let recorded = matches!(item.known, Known::Same | Known::Other).then_some(item.size);
                item.there = There::of(looker.find(item.path(files))?, recorded);
                if item.known == Known::Same && item.there == There::AsRecorded {
                    item.state = State::Kept;
                }
            }
            Ok(())
        })
    }

    /// Makes the files that have to be made and stages those whose bytes the output does not have.
    fn make<E: Send>(
        &self,
        stage: &Stage<'_>,
        items: &mut [Item],
        files: &dyn Files,
        total: usize,
        make: impl Fn(usize) -> Result<Vec<u8>, E> + Sync,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<(), PublishError<E>> {
        let failures = Failures::new();
        let done = AtomicUsize::new(0);
        items.par_iter_mut().filter(|item| item.state == State::Unmade).for_each(|item| {
            if failures.is_halted() {
                return;
            }
            match make(item.number()) {
                Err(error) => failures.unmade(item.number(), error),
                Ok(_) if failures.any() => {}
                Ok(bytes) => {
                    if let Err(error) = self.take(stage, item, item.path(files), &bytes) {
                        failures.broken(item.number(), error);
                    }
                }
            }
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            progress(Progress { phase: Phase::Making, done, total });
        });
        failures.finish()
    }

    /// Stages a file that was made, unless the output has these bytes already.
    fn take(&self, stage: &Stage<'_>, item: &mut Item, path: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let (content, size) = (Short::of_bytes(bytes), bytes.len() as u64);
        let is_same = match (item.known, item.there) {
            (Known::No, There::AsRecorded | There::File) => {
                // Somebody else's file: fine if it is the same, and never replaced if it is not.
                let place = self.place.out.join(path);
                if !has_bytes(&place, bytes).map_err(|error| FolderError::io("read", &place, error))? {
                    return Err(FolderError::InTheWay { path: place });
                }
                true
            }
            (Known::Same | Known::Other, There::AsRecorded) => item.content == content && item.size == size,
            _ => false,
        };
        if !is_same {
            stage.put(path, item.berth(), bytes)?;
        }
        (item.content, item.size) = (content, size);
        item.state = if is_same { State::Kept } else { State::Staged };
        Ok(())
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
            commit::clear_away(&self.place, obstacle, &self.manifest, &mut removed)?;
        }
        let mut refused = HashSet::new();
        for folder in changes.new_folders.iter().map(String::as_str) {
            if commit::place_folder(&stage.folder(folder), &root.join(folder)) {
                touch();
            } else {
                refused.insert(folder);
            }
        }
        let comes_alone = |item: &Item, path: &str| {
            !item.in_new_folder || (!refused.is_empty() && path::folders(path).any(|folder| refused.contains(folder)))
        };
        let staged = || changes.items.par_iter().filter(|item| item.state == State::Staged);
        let (total, done) = (staged().count(), AtomicUsize::new(0));
        staged().try_for_each(|item| {
            let path = item.path(changes.files);
            if comes_alone(item, path) {
                commit::place(&stage.place(path, item.berth()), &root.join(path), path)?;
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

/// How many files are looked at between two pieces of the manifest.
const LOOKED_AT: usize = 16_384;

/// What is to be done to the output.
struct Changes<'a> {
    items: &'a [Item],
    files: &'a dyn Files,
    /// Folders that are moved with all their files.
    new_folders: Vec<String>,
    /// Files and folders of ours that go first.
    obstacles: Vec<String>,
    /// Files of ours that are no longer planned.
    leftover: Vec<Box<str>>,
    /// Whether anything in the output has been changed.
    touched: AtomicBool,
}

/// Counts what becomes of one file.
fn count(item: &Item, files: &dyn Files, outcome: &mut Outcome) {
    if item.state != State::Staged {
        outcome.unchanged += 1;
        return;
    }
    outcome.bytes_written += item.size;
    let (number, paths) = match item.there {
        There::AsRecorded | There::File => (&mut outcome.changed, &mut outcome.changed_paths),
        There::Nothing | There::Folder | There::Other => (&mut outcome.made, &mut outcome.made_paths),
    };
    *number += 1;
    if paths.len() < TOLD {
        paths.push(item.path(files).to_owned());
    }
}

/// The manifest as the last build left it, and whether that build was stopped halfway.
pub(super) fn read_notes(place: &Location) -> Result<(Manifest, bool), FolderError> {
    let mut manifest = Manifest::open(&place.manifest).map_err(|fault| place.damaged(&place.manifest, fault))?;
    let journal = journal::read(&place.journal).map_err(|fault| place.damaged(&place.journal, fault))?;
    match journal {
        Some((generation, files)) if generation == manifest.generation => {
            manifest.distrust(files);
            Ok((manifest, true))
        }
        // The manifest is later: all that the journal announced was done.
        _ => Ok((manifest, false)),
    }
}
