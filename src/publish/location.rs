//! Where the output is, whether it may be there, and who may write to it now.
//!
//! A path can be given in many ways: with `./` and `..`, through a link, below folders that do
//! not exist yet. All of them must come to the same lock and the same manifest, so the path is
//! resolved first, as far as it exists. Then come the refusals. They guard against the one
//! mistake that cannot be mended, a build that writes over or removes what somebody else made:
//! a home folder, the sources themselves, a folder full of other things.
//!
//! The notes are kept beside the output, `/x/.bonafide/public/` for `/x/public`: on the same
//! disk, so that finished files can be renamed into place, and never uploaded with the site.
//! The lock is one of the system's, on an open file: a process that dies lets go of it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::error::FolderError;
use super::manifest::{Fault, Manifest};

/// The folder of notes beside an output folder.
const NOTES: &str = ".bonafide";

/// How long to wait between two looks at a lock that another process holds.
const PAUSE: Duration = Duration::from_millis(50);

/// How often to look before giving up: two minutes in all.
pub(super) const LOOKS: u32 = 2_400;

/// Folders at the root of a disk that are not for sites, even if they are empty.
const SYSTEM: [&str; 22] = [
    "Applications",
    "Library",
    "System",
    "Users",
    "Volumes",
    "bin",
    "boot",
    "dev",
    "etc",
    "home",
    "lib",
    "lib64",
    "media",
    "mnt",
    "opt",
    "proc",
    "root",
    "run",
    "sbin",
    "sys",
    "usr",
    "var",
];

/// What the site is made from, so that the output is not put over it.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The folder of `site.yaml`. The output may be inside it but not around it.
    pub site: &'a Path,
    /// Folders that are read whole, such as `content` and `themes`. The output may be neither
    /// inside nor around them. They need not exist.
    pub folders: &'a [&'a Path],
}

/// The resolved places of one output.
#[derive(Debug, Clone)]
pub(super) struct Location {
    /// The output folder.
    pub(super) out: PathBuf,
    /// The folder of notes for this output.
    pub(super) state: PathBuf,
    /// The manifest.
    pub(super) manifest: PathBuf,
    /// The journal of a build that is writing, or was killed while it did.
    pub(super) journal: PathBuf,
    /// Where files wait until all are made.
    pub(super) stage: PathBuf,
    /// What the caller keeps for the next build.
    pub(super) kept: PathBuf,
}

impl Location {
    /// Resolves the path and refuses what must not be an output. Changes nothing.
    pub(super) fn find(out: &Path, sources: &Sources<'_>) -> Result<Self, FolderError> {
        let out = resolve(out)?;
        let (Some(parent), Some(name)) = (out.parent(), out.file_name()) else {
            return Err(FolderError::TooWide { path: out });
        };
        if is_wide(&out) {
            return Err(FolderError::TooWide { path: out });
        }
        for input in std::iter::once(&sources.site).chain(sources.folders) {
            let input = resolve(input)?;
            if input.starts_with(&out) {
                return Err(FolderError::HoldsSources { out, input });
            }
        }
        for input in sources.folders {
            let input = resolve(input)?;
            if out.starts_with(&input) {
                return Err(FolderError::InsideSources { out, input });
            }
        }
        for around in out.ancestors().skip(1) {
            // The notes of an output inside another would be uploaded with that other one.
            let notes = Self::at(around);
            let kept = around.file_name().is_some_and(|name| name == NOTES);
            if kept || notes.is_some_and(|notes| notes.is_used()) {
                return Err(FolderError::InsideOutput { around: around.to_owned(), out });
            }
        }
        let location = Self::new(out.clone(), &parent.join(NOTES).join(name));
        location.refuse_foreign()?;
        Ok(location)
    }

    fn new(out: PathBuf, state: &Path) -> Self {
        Self {
            out,
            manifest: state.join("manifest"),
            journal: state.join("journal"),
            stage: state.join("stage"),
            kept: state.join("kept"),
            state: state.to_owned(),
        }
    }

    /// Whether a file is ours.
    pub(super) fn has(&self, manifest: &Manifest, path: &str) -> Result<bool, FolderError> {
        manifest.has(path).map_err(|fault| self.damaged(&self.manifest, fault))
    }

    /// What is said of a manifest or journal that cannot be read.
    pub(super) fn damaged(&self, path: &Path, fault: Fault) -> FolderError {
        match fault {
            Fault::Damaged(why) => {
                FolderError::Corrupt { path: path.to_owned(), why, out: self.out.clone(), state: self.state.clone() }
            }
            Fault::Io(error) => FolderError::io("read", path, error),
        }
    }

    /// An output and the folder of its notes, unlooked at.
    #[cfg(test)]
    pub(super) fn for_tests(out: &Path) -> Self {
        Self::new(out.to_owned(), &out.join(NOTES))
    }

    fn at(out: &Path) -> Option<Self> {
        Some(Self::new(out.to_owned(), &out.parent()?.join(NOTES).join(out.file_name()?)))
    }

    /// Whether a build has written to the output. The journal is looked at first: it goes only
    /// when the manifest is there.
    fn is_used(&self) -> bool {
        self.journal.is_file() || self.manifest.is_file()
    }

    /// Refuses a folder with something in it that no build has written to.
    ///
    /// The folder is looked at before the notes, so that another build's first page, with the
    /// journal it wrote before, is never taken for a stranger's.
    pub(super) fn refuse_foreign(&self) -> Result<(), FolderError> {
        let path = || self.out.clone();
        match fs::read_dir(&self.out) {
            Ok(mut list) => {
                if list.next().is_some() && !self.is_used() {
                    return Err(FolderError::NotOurs { path: path() });
                }
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotADirectory => Err(FolderError::NotAFolder { path: path() }),
            Err(error) => Err(FolderError::io("read the folder", &self.out, error)),
        }
    }

    /// Makes the folder of notes and takes the lock, which is held as long as the file is open.
    pub(super) fn lock(&self, looks: u32, on_wait: &dyn Fn()) -> Result<File, FolderError> {
        make_folder(&self.state)?;
        if let Some(notes) = self.state.parent() {
            let ignore = notes.join(".gitignore");
            match OpenOptions::new().write(true).create_new(true).open(&ignore) {
                Ok(mut file) => io::Write::write_all(&mut file, b"*\n"),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
                Err(error) => Err(error),
            }
            .map_err(|error| FolderError::io("write", &ignore, error))?;
        }
        let path = self.state.join("lock");
        // Never removed: a lock on a removed file keeps nobody out.
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| FolderError::io("write", &path, error))?;
        for look in 0..looks {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(source)) => {
                    return Err(FolderError::NoLocks { path, source });
                }
                Err(TryLockError::WouldBlock) => {}
            }
            if look == 0 {
                on_wait();
            }
            if looks > 1 {
                thread::sleep(PAUSE);
            }
        }
        let seconds = (PAUSE * looks).as_secs();
        Err(FolderError::Busy { out: self.out.clone(), seconds })
    }
}

/// Makes a folder and those above it.
pub(super) fn make_folder(path: &Path) -> Result<(), FolderError> {
    fs::create_dir_all(path).map_err(|error| match error.kind() {
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => FolderError::NotAFolder { path: path.to_owned() },
        _ => FolderError::io("make the folder", path, error),
    })
}

/// The absolute path, without links as far as it exists, without `.` and `..`.
fn resolve(path: &Path) -> Result<PathBuf, FolderError> {
    let failed = |path: &Path, error: io::Error| match error.kind() {
        ErrorKind::NotADirectory => FolderError::NotAFolder { path: path.to_owned() },
        _ => FolderError::io("look at", path, error),
    };
    let mut resolved = PathBuf::new();
    if !path.has_root() {
        let here = Path::new(".");
        resolved = fs::canonicalize(here).map_err(|error| failed(here, error))?;
    }
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                resolved.pop();
            }
            other => {
                resolved.push(other);
                match fs::symlink_metadata(&resolved) {
                    Ok(data) if data.is_symlink() => {
                        resolved = fs::canonicalize(&resolved).map_err(|error| match error.kind() {
                            // A link to nowhere: nobody can tell where the output should go.
                            ErrorKind::NotFound => FolderError::NotAFolder { path: resolved.clone() },
                            _ => failed(&resolved, error),
                        })?;
                    }
                    Err(error) if error.kind() != ErrorKind::NotFound => {
                        return Err(failed(&resolved, error));
                    }
                    _ => {}
                }
            }
        }
    }
    Ok(resolved)
}

/// Whether the folder is so near the root that it belongs to the system or is somebody's home.
fn is_wide(out: &Path) -> bool {
    let names: Vec<&str> = out
        .components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_str().unwrap_or_default()),
            _ => None,
        })
        .collect();
    match names.as_slice() {
        [] | ["home" | "Users", _] => true,
        [name] => SYSTEM.contains(name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(out: &Path, site: &Path) -> Result<Location, FolderError> {
        let content = site.join("content");
        Location::find(out, &Sources { site, folders: &[&content] })
    }

    fn site() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let site = fs::canonicalize(folder.path()).unwrap().join("site");
        fs::create_dir_all(site.join("content")).unwrap();
        (folder, site)
    }

    #[test]
    fn all_ways_to_name_a_folder_come_to_one_place() {
        let (_guard, site) = site();
        let plain = find(&site.join("public"), &site).unwrap();
        assert_eq!(plain.out, site.join("public"));
        assert_eq!(plain.state, site.join(".bonafide/public"));
        for way in ["public/", "./public/.", "content/../public", "absent/../public", "public/x/.."] {
            assert_eq!(find(&site.join(way), &site).unwrap().out, plain.out, "{way}");
        }
        fs::create_dir(&plain.out).unwrap();
        std::os::unix::fs::symlink("public", site.join("link")).unwrap();
        assert_eq!(find(&site.join("link"), &site).unwrap().state, plain.state);
    }

    #[test]
    fn a_folder_below_folders_that_do_not_exist_is_found_without_making_them() {
        let (_guard, site) = site();
        let deep = find(&site.join("a/b/public"), &site).unwrap();
        assert_eq!(deep.out, site.join("a/b/public"));
        assert!(!site.join("a").exists());
    }

    #[test]
    fn the_root_and_homes_and_system_folders_are_refused() {
        let (_guard, site) = site();
        for wide in ["/", "/..", "/home", "/home/somebody", "/etc", "/root", "/tmp/../usr"] {
            assert!(matches!(find(Path::new(wide), &site), Err(FolderError::TooWide { .. })), "{wide}");
        }
    }

    #[test]
    fn the_sources_are_refused_from_around_and_from_inside() {
        let (_guard, site) = site();
        assert!(matches!(find(&site, &site), Err(FolderError::HoldsSources { .. })));
        assert!(matches!(find(&site.join(".."), &site), Err(FolderError::HoldsSources { .. })));
        assert!(matches!(find(&site.join("content"), &site), Err(FolderError::HoldsSources { .. })));
        assert!(matches!(find(&site.join("content/public"), &site), Err(FolderError::InsideSources { .. })));
        assert!(matches!(find(&site.join(".bonafide/public"), &site), Err(FolderError::InsideOutput { .. })));
    }

    #[test]
    fn an_output_inside_another_output_is_refused() {
        let (_guard, site) = site();
        let outer = find(&site.join("public"), &site).unwrap();
        fs::create_dir_all(&outer.state).unwrap();
        fs::write(&outer.manifest, "").unwrap();
        assert!(matches!(find(&site.join("public/inner"), &site), Err(FolderError::InsideOutput { .. })));
    }

    #[test]
    fn a_file_a_dead_link_and_a_folder_of_others_are_refused() {
        let (_guard, site) = site();
        fs::write(site.join("file"), "x").unwrap();
        assert!(matches!(find(&site.join("file"), &site), Err(FolderError::NotAFolder { .. })));
        assert!(matches!(find(&site.join("file/public"), &site), Err(FolderError::NotAFolder { .. })));
        std::os::unix::fs::symlink("nowhere", site.join("link")).unwrap();
        assert!(matches!(find(&site.join("link"), &site), Err(FolderError::NotAFolder { .. })));
        fs::create_dir(site.join("theirs")).unwrap();
        assert!(find(&site.join("theirs"), &site).is_ok());
        fs::write(site.join("theirs/thesis.doc"), "x").unwrap();
        assert!(matches!(find(&site.join("theirs"), &site), Err(FolderError::NotOurs { .. })));
        assert!(!site.join(".bonafide").exists(), "a refusal leaves nothing behind");
    }

    #[test]
    fn a_second_build_waits_is_told_once_and_gives_up_with_advice() {
        let (_guard, site) = site();
        let location = find(&site.join("public"), &site).unwrap();
        let held = location.lock(1, &|| ()).unwrap();
        let told = std::cell::Cell::new(0);
        let error = location.lock(3, &|| told.set(told.get() + 1)).unwrap_err();
        assert!(error.to_string().contains("another build"), "{error}");
        assert_eq!(told.get(), 1);
        drop(held);
        assert!(location.lock(1, &|| ()).is_ok());
        assert_eq!(fs::read_to_string(site.join(".bonafide/.gitignore")).unwrap(), "*\n");
    }
}
