//! A folder on a disk that a web server reads.
//!
//! What the server is told to read is a symbolic link. It leads to a release, a folder beside it: `/srv/www` to
//! `/srv/.www.releases/7`. The next release is made whole beside it, with hard links for what is unchanged, and then the
//! link is exchanged by one rename: no reader ever sees anything in between. The release before stays, for whoever
//! reads in it just then and for whoever wants to go back by hand; older ones are removed.

use std::{
    collections::{BTreeSet, HashMap},
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use jiff::Timestamp;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    built::{Built, BuiltFile, half},
    error::Stop,
    outcome::{Ours, Outcome, Place, Progress},
    plan::{Limits, Overlay, Plan, Seen, State, Step, Wanted, part_bytes, refusal_at_once, wanted},
    planner::Planner,
    record::{Damaged, Entry, HEAD, Head, Owner, entries, is_same, part_name},
};
use crate::output::Kind;

/// The head of the release that is being made, until the link leads there.
const NEXT: &str = "head-next.json";

/// What is to be published, and where.
pub struct Job<'a> {
    /// The build.
    pub built: &'a dyn Built,
    /// Reads a file of it.
    pub read: &'a (dyn Fn(&str) -> io::Result<Vec<u8>> + Sync),
    /// The link that the web server reads.
    pub target: &'a Path,
    /// The folder of the record.
    pub record: &'a Path,
    /// What may be done.
    pub limits: Limits<'a>,
    /// Whether a file that nobody has recorded is ours.
    pub ours: &'a Ours<'a>,
    /// Told how far it has come, from several threads.
    pub progress: &'a (dyn Fn(Progress) + Sync),
    /// Looks at what is there instead of believing the record.
    pub reconcile: bool,
    /// Only says what would be done.
    pub dry_run: bool,
}

/// Publishes.
///
/// # Errors
/// Why it stopped. The link leads where it led, then.
pub fn publish(job: &Job<'_>) -> Result<Outcome, Stop> {
    let run = Run::new(job)?;
    // Held until it is done, or the process ends.
    let _locks = if job.dry_run { None } else { Some(run.lock()?) };
    let current = run.current()?;
    let (mut head, is_new) = run.own_head(current.as_deref())?;
    let limits = Limits { ignores_case: !job.dry_run && run.ignores_case()?, ..job.limits };
    if let Some(refusal) = refusal_at_once(job.built, &run.dated(&head, current.as_deref())?, &limits) {
        return Err(Stop::Refused(refusal));
    }
    let mut wanted = Wanted::of(job.built, &head);
    let is_recorded = head.generation > 0 && head.release == current;
    if is_recorded && !job.reconcile && wanted.is_up(&head, &limits) {
        if is_new && !job.dry_run {
            write_whole(&job.record.join(HEAD), &head.write())?;
        }
        let Head { generation, files, unseen, .. } = head;
        return Ok(Outcome { generation, files, unseen, ..Outcome::default() });
    }
    let mut foreign = head.foreign.clone();
    let mut overlay = Overlay::new();
    let looks = job.reconcile || !is_recorded;
    if looks {
        let seen = match run.look(current.as_deref(), &head) {
            Err(Stop::Damaged { .. }) if job.reconcile => {
                head = head.without_parts();
                wanted = Wanted::of(job.built, &head);
                run.look(current.as_deref(), &head)
            }
            seen => seen,
        };
        (overlay, foreign) = seen?;
    }
    let mut planner = Planner::new(job.built, &wanted, &head, overlay, &limits, looks);
    for group in planner.groups() {
        planner.group(&run.parts(&head, &group)?).map_err(|Damaged| damaged("parts"))?;
    }
    let plan = planner.finish();
    if let Some(refusal) = plan.refusal(&limits) {
        return Err(Stop::Refused(refusal));
    }
    let puts = job.built.files().zip(&plan.steps).filter(|(_, step)| **step != Step::None);
    let bytes = puts.map(|(file, _)| file.size).sum();
    let generation = head.generation + 1;
    if !job.dry_run {
        let mut next = run.next(&head, &wanted, &plan);
        run.make(current.as_deref(), &next, &plan)?;
        next.foreign = run.take_on(current.as_deref(), &next, &foreign)?;
        run.exchange(current.as_deref(), &head, &next)?;
    }
    // What was known before is not told each time.
    let foreign = if looks { foreign } else { Vec::new() };
    let (files, unseen) = (wanted.files, head.unseen);
    Ok(Outcome { plan: Some(plan), generation, bytes, foreign, overhead: 0, files, unseen })
}

/// Writes down what was not as expected when it was looked at from outside, or that all was. Nothing is written where
/// somebody else is publishing: they look as well.
///
/// # Errors
/// If the disk fails.
pub fn remember(job: &Job<'_>, unseen: &[String]) -> Result<(), Stop> {
    let run = Run::new(job)?;
    let _locks = match run.lock() {
        Err(Stop::Busy(_)) => return Ok(()),
        locks => locks?,
    };
    let head = run.head(run.current()?.as_deref())?;
    if head.generation == 0 || is_same(&head.unseen, unseen) {
        return Ok(());
    }
    write_whole(&job.record.join(HEAD), &Head { unseen: unseen.to_vec(), ..head }.write())
}

/// How old a release is: `7.json` beside the release 7, where no web server reads it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Age {
    moment: Option<Timestamp>,
    exported_at: Option<Timestamp>,
}

struct Run<'a> {
    job: &'a Job<'a>,
    /// The name of the folder of releases, beside the link.
    releases: String,
    /// Where the link is.
    parent: PathBuf,
    name: String,
}

impl<'a> Run<'a> {
    fn new(job: &'a Job<'a>) -> Result<Self, Stop> {
        let name = job.target.file_name().map(|name| name.to_string_lossy().into_owned());
        let parent = job.target.parent().map(Path::to_owned).filter(|parent| parent.is_dir());
        let (Some(name), Some(parent)) = (name, parent) else {
            let cause = io::Error::new(io::ErrorKind::NotFound, "there is no such folder to put it into");
            return Err(disk(job.target.parent().unwrap_or(job.target))(cause));
        };
        Ok(Self { job, releases: format!(".{name}.releases"), parent, name })
    }

    /// Keeps others out of the record, and of the target: those may have records of their own.
    fn lock(&self) -> Result<[fs::File; 2], Stop> {
        let lock = |folder: &Path| {
            fs::create_dir_all(folder).map_err(disk(folder))?;
            let path = folder.join("lock");
            let file =
                fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(disk(&path))?;
            match file.try_lock() {
                Ok(()) => Ok(file),
                Err(fs::TryLockError::WouldBlock) => Err(Stop::Busy(None)),
                Err(fs::TryLockError::Error(error)) => Err(disk(&path)(error)),
            }
        };
        // What is not ours is left as it is, also beside it.
        self.current()?;
        Ok([lock(self.job.record)?, lock(&self.parent.join(&self.releases))?])
    }

    /// The release that the link leads to; none if nothing is there yet.
    fn current(&self) -> Result<Option<String>, Stop> {
        let target = self.job.target;
        match target.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(disk(target)(error)),
            Ok(found) if found.is_symlink() => {}
            Ok(_) => return Err(Stop::InTheWay { path: target.to_owned(), link: None }),
        }
        let link = fs::read_link(target).map_err(disk(target))?;
        let release = link.strip_prefix(&self.releases).ok().and_then(|release| release.to_str());
        match release.filter(|release| release.parse::<u64>().is_ok()) {
            Some(release) => Ok(Some(release.to_owned())),
            None => Err(Stop::InTheWay { path: target.to_owned(), link: Some(link) }),
        }
    }

    /// The head of the record as that of this target, and whether an older version wrote it that does not say so.
    fn own_head(&self, current: Option<&str>) -> Result<(Head, bool), Stop> {
        let head = self.head(current)?;
        let is_new = head.target.is_none();
        // However the way there is written.
        let parent = fs::canonicalize(&self.parent).map_err(disk(&self.parent))?;
        let target = format!("dir:{}", parent.join(&self.name).display());
        Ok((head.of_target(&target, self.job.reconcile).map_err(Stop::Refused)?, is_new))
    }

    fn head(&self, current: Option<&str>) -> Result<Head, Stop> {
        let read = |name: &str| match fs::read(self.job.record.join(name)) {
            // What is there is looked at, whatever the record says.
            Ok(bytes) if self.job.reconcile => Head::read_anew(&bytes).map(Some).map_err(|Damaged| damaged(name)),
            Ok(bytes) => Head::read(&bytes).map(Some).map_err(|Damaged| damaged(name)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(disk(&self.job.record.join(name))(error)),
        };
        // A run may have been stopped after the link was exchanged.
        let next = read(NEXT)?.filter(|next| current.is_some() && next.release.as_deref() == current);
        let Some(next) = next else { return Ok(read(HEAD)?.unwrap_or_else(Head::empty)) };
        if !self.job.dry_run {
            fs::rename(self.job.record.join(NEXT), self.job.record.join(HEAD)).map_err(disk(self.job.record))?;
        }
        Ok(next)
    }

    /// The head with what the release itself says of its age: whoever published it may have had another record.
    fn dated(&self, head: &Head, current: Option<&str>) -> Result<Head, Stop> {
        let Some(current) = current else { return Ok(head.clone()) };
        let path = self.parent.join(&self.releases).join(format!("{current}.json"));
        let age = match fs::read(&path) {
            Ok(bytes) if self.job.reconcile => serde_json::from_slice(&bytes).unwrap_or_default(),
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| damaged(&path.display().to_string()))?,
            // An older version has made it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Age::default(),
            Err(error) => return Err(disk(&path)(error)),
        };
        let (moment, exported_at) = (head.moment.max(age.moment), head.exported_at.max(age.exported_at));
        Ok(Head { moment, exported_at, ..head.clone() })
    }

    /// Whether the disk takes `a` for `A`.
    fn ignores_case(&self) -> Result<bool, Stop> {
        let releases = self.parent.join(&self.releases);
        fs::create_dir_all(&releases).map_err(disk(&releases))?;
        let probe = releases.join("PROBE");
        fs::write(&probe, b"").map_err(disk(&probe))?;
        let ignores = releases.join("probe").exists();
        fs::remove_file(&probe).map_err(disk(&probe))?;
        Ok(ignores)
    }

    fn parts(&self, head: &Head, group: &[u32]) -> Result<HashMap<u32, Vec<u8>>, Stop> {
        let empty = half(&[]);
        let read = |index: u32| match head.part(index) {
            Some(digest) if digest != empty => {
                let path = self.job.record.join(part_name(index, digest));
                match fs::read(&path) {
                    Ok(bytes) if half(&bytes) == digest => Ok((index, bytes)),
                    Ok(_) => Err(damaged(&part_name(index, digest))),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Err(damaged(&part_name(index, digest))),
                    Err(error) => Err(disk(&path)(error)),
                }
            }
            _ => Ok((index, Vec::new())),
        };
        group.iter().map(|index| read(*index)).collect()
    }

    /// What is in the release, by reading it.
    fn look(&self, current: Option<&str>, head: &Head) -> Result<(Overlay, Vec<String>), Stop> {
        let mut recorded: HashMap<Box<str>, Entry<'static>> = HashMap::new();
        let all: Vec<u32> = (0..head.part_count()).collect();
        for bytes in self.parts(head, &all)?.values() {
            for entry in entries(bytes).map_err(|Damaged| damaged("parts"))? {
                recorded.insert((*entry.key).into(), entry.into_owned());
            }
        }
        let files: HashMap<&str, BuiltFile<'_>> = wanted(self.job.built).map(|file| (file.path, file)).collect();
        let (mut overlay, mut foreign) = (Overlay::new(), Vec::new());
        let mut found = Vec::new();
        if let Some(current) = current {
            walk(&self.parent.join(&self.releases).join(current), "", &mut found)?;
        }
        for (key, path) in found {
            let file = files.get(&*key);
            let known = recorded.remove(&*key).or_else(|| file.map(|file| Entry::of(file).into_owned()));
            let place = (self.job.ours)(&key);
            let (entry, unrecorded) = match (known, place) {
                (Some(entry), _) => (entry, false),
                (None, Place::Foreign | Place::Record) => {
                    foreign.push(key);
                    continue;
                }
                (None, place) => {
                    let owner = if place == Place::Award { Owner::Award(0) } else { Owner::Site };
                    let key = key.clone().into();
                    (Entry { key, kind: Kind::Page, content: [0; 16], headers: [0; 4], owner }, true)
                }
            };
            let bytes = fs::read(&path).map_err(disk(&path))?;
            let headers = file.map_or(entry.headers, |file| Entry::of(file).headers);
            let state = State::Up(half(&bytes), headers);
            overlay.insert(key.into(), Seen { state, entry, unrecorded });
        }
        foreign.sort_unstable();
        for (key, entry) in recorded {
            overlay.insert(key, Seen { state: State::Absent, entry, unrecorded: false });
        }
        Ok((overlay, foreign))
    }

    fn next(&self, head: &Head, wanted: &Wanted, plan: &Plan) -> Head {
        let next = plan.head_after(head, self.job.built, wanted);
        Head { release: Some(self.free_release(next.generation)), ..next }
    }

    /// A number that no release has that may be in use: the generation's, if the record was not lost.
    fn free_release(&self, generation: u64) -> String {
        let names = fs::read_dir(self.parent.join(&self.releases)).into_iter().flatten().flatten();
        let numbers = names.filter_map(|entry| entry.file_name().to_str()?.parse::<u64>().ok());
        numbers.max().map_or(generation, |last| generation.max(last + 1)).to_string()
    }

    /// Makes the release.
    fn make(&self, current: Option<&str>, next: &Head, plan: &Plan) -> Result<(), Stop> {
        let releases = self.parent.join(&self.releases);
        let old = current.map(|current| releases.join(current));
        let new = releases.join(next.release.as_deref().unwrap_or_default());
        let files: Vec<(BuiltFile<'_>, bool)> = self
            .job
            .built
            .files()
            .zip(&plan.steps)
            .filter(|(file, _)| file.kind != Kind::Control)
            .map(|(file, step)| (file, *step == Step::None))
            .collect();
        let keys = files.iter().map(|(file, _)| file.path).chain(plan.retired.iter().map(|asset| asset.key.as_str()));
        let folders: BTreeSet<&str> = keys.filter_map(|key| key.rsplit_once('/')).map(|(folder, _)| folder).collect();
        fs::create_dir_all(&new).map_err(disk(&new))?;
        for folder in folders {
            fs::create_dir_all(new.join(folder)).map_err(disk(&new.join(folder)))?;
        }
        let (total, of_bytes) = (files.len() as u64, files.iter().map(|(file, _)| file.size).sum());
        let (done, bytes_done) = (AtomicU64::new(0), AtomicU64::new(0));
        let tell = |file: &BuiltFile<'_>| {
            let done = done.fetch_add(1, Relaxed) + 1;
            let bytes = bytes_done.fetch_add(file.size, Relaxed) + file.size;
            // A terminal needs no more.
            if done.is_multiple_of(64) || done == total {
                (self.job.progress)(Progress { step: None, done, total, bytes, of_bytes });
            }
        };
        let link = |key: &str| old.as_ref().is_some_and(|old| fs::hard_link(old.join(key), new.join(key)).is_ok());
        files.par_iter().with_min_len(64).try_for_each(|(file, is_unchanged)| {
            if *is_unchanged && link(file.path) {
                tell(file);
                return Ok(());
            }
            let bytes =
                (self.job.read)(file.path).map_err(|cause| Stop::Unreadable { path: file.path.to_owned(), cause })?;
            if half(&bytes) != file.content {
                return Err(Stop::Changed { path: file.path.to_owned() });
            }
            let path = new.join(file.path);
            fs::write(&path, bytes).map_err(disk(&path))?;
            tell(file);
            Ok(())
        })?;
        // An old asset that somebody has removed cannot be kept.
        for asset in &plan.retired {
            let _ = link(&asset.key);
        }
        Ok(())
    }

    /// Puts what somebody else has put into the release into the next one as well; gives what is there then. Where the site
    /// itself has something now, or it was removed, there is nothing to take on.
    fn take_on(&self, current: Option<&str>, next: &Head, foreign: &[String]) -> Result<Vec<String>, Stop> {
        let releases = self.parent.join(&self.releases);
        let Some(old) = current.map(|current| releases.join(current)) else { return Ok(Vec::new()) };
        let new = releases.join(next.release.as_deref().unwrap_or_default());
        let mut taken = Vec::new();
        for key in foreign {
            let (from, to) = (old.join(key), new.join(key));
            let is_there = |path: &Path| path.symlink_metadata().is_ok();
            if !is_there(&from) || is_there(&to) {
                continue;
            }
            let put = || {
                fs::create_dir_all(to.parent().unwrap_or(&new))?;
                // Not all disks have links to one file.
                fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).map(|_| ()))
            };
            match put() {
                Ok(()) => taken.push(key.clone()),
                // The site has a file where this was a folder.
                Err(error) if matches!(error.kind(), io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists) => {}
                Err(error) => return Err(disk(&to)(error)),
            }
        }
        Ok(taken)
    }

    /// Writes the record, and exchanges the link.
    fn exchange(&self, current: Option<&str>, head: &Head, next: &Head) -> Result<(), Stop> {
        let record = self.job.record;
        let count = next.part_count();
        let changed = (0..count).filter(|index| count != head.part_count() || next.part(*index) != head.part(*index));
        let changed: Vec<u32> = changed.collect();
        fs::create_dir_all(record.join("parts")).map_err(disk(record))?;
        for group in changed.chunks(64) {
            for (index, bytes) in part_bytes(self.job.built, count, &group.iter().copied().collect()) {
                write_whole(&record.join(part_name(index, half(&bytes))), &bytes)?;
            }
        }
        let releases = self.parent.join(&self.releases);
        let release = next.release.as_deref().unwrap_or_default();
        let age = Age { moment: next.moment, exported_at: next.exported_at };
        let age = serde_json::to_vec(&age).unwrap_or_default();
        write_whole(&releases.join(format!("{release}.json")), &age)?;
        write_whole(&record.join(NEXT), &next.write())?;
        flush(&self.parent)?;
        let new = self.parent.join(format!(".{}.next", self.name));
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(disk(&new)(error)),
            _ => {}
        }
        symlink(&Path::new(&self.releases).join(release), &new).map_err(disk(&new))?;
        fs::rename(&new, self.job.target).map_err(disk(self.job.target))?;
        fs::rename(record.join(NEXT), record.join(HEAD)).map_err(disk(&record.join(HEAD)))?;
        // What stays behind harms nobody.
        let named: BTreeSet<String> =
            (0..count).filter_map(|index| Some(part_name(index, next.part(index)?))).collect();
        for entry in fs::read_dir(record.join("parts")).into_iter().flatten().flatten() {
            let name = format!("parts/{}", entry.file_name().to_string_lossy());
            if !named.contains(&name) {
                let _ = fs::remove_file(entry.path());
            }
        }
        for entry in fs::read_dir(releases).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let of = name.strip_suffix(".json").unwrap_or(name);
            if of.parse::<u64>().is_err() || of == release || Some(of) == current {
                continue;
            }
            let _ = if of == name { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) };
        }
        Ok(())
    }
}

/// All files below a folder, by their keys.
fn walk(folder: &Path, prefix: &str, found: &mut Vec<(String, PathBuf)>) -> Result<(), Stop> {
    for entry in fs::read_dir(folder).map_err(disk(folder))? {
        let entry = entry.map_err(disk(folder))?;
        let key = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().map_err(disk(&entry.path()))?.is_dir() {
            walk(&entry.path(), &format!("{key}/"), found)?;
        } else {
            found.push((key, entry.path()));
        }
    }
    Ok(())
}

fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Stop> {
    let new = path.with_extension("new");
    fs::write(&new, bytes).and_then(|()| fs::rename(&new, path)).map_err(disk(path))
}

/// What has been written is on the disk before the link leads there.
fn flush(folder: &Path) -> Result<(), Stop> {
    #[cfg(target_os = "linux")]
    {
        let file = fs::File::open(folder).map_err(disk(folder))?;
        rustix::fs::syncfs(&file).map_err(|error| disk(folder)(error.into()))?;
    }
    let _ = folder;
    Ok(())
}

#[cfg(unix)]
fn symlink(to: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(windows)]
fn symlink(to: &Path, at: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_dir(to, at)
}

fn disk(path: &Path) -> impl Fn(io::Error) -> Stop + '_ {
    |cause| Stop::Disk { path: path.to_owned(), cause }
}

fn damaged(key: &str) -> Stop {
    Stop::Damaged { key: key.to_owned() }
}

#[cfg(all(test, unix))]
mod tests;
