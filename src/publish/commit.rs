//! The changes to the output itself: placing, removing, and the notes around them.
//!
//! Every step here may be the last one of a killed process, so each is a single call that the
//! file system does wholly or not at all: a rename, a removal. The one exception is an output
//! on another disk than its notes, where nothing can be renamed across: there a file is copied
//! beside its place under a name made from its path, and renamed from there. If the process
//! dies in between, the next build knows that name from the journal and removes the copy.
//!
//! Removing goes by the manifest, file by file, and a folder goes only when it is empty. No
//! folder is ever removed with what is in it, and no link is followed.

use std::collections::HashMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::error::FolderError;
use super::location::{Location, make_folder};
use super::manifest::Manifest;
use super::survey::{Found, Looker};
use super::{path, step};

/// Moves a file to its place. A file that is there is replaced, readers see the one or the other.
pub(super) fn place(from: &Path, to: &Path, path: &str) -> Result<(), FolderError> {
    step();
    let mut moved = fs::rename(from, to);
    if moved.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        // Its folder is new on another disk, or somebody has removed it since it was looked at.
        make_folder(to.parent().unwrap_or(to))?;
        step();
        moved = fs::rename(from, to);
    }
    match moved {
        Err(error) if error.kind() == ErrorKind::CrossesDevices => place_across(from, to, path),
        moved => moved.map_err(|error| FolderError::io("put in place", to, error)),
    }
}

/// Moves a whole new folder to its place, or says that it has to be done file by file: the
/// output is on another disk, or somebody has just made a folder of that name.
pub(super) fn place_folder(from: &Path, to: &Path) -> bool {
    step();
    fs::rename(from, to).is_ok()
}

fn place_across(from: &Path, to: &Path, path: &str) -> Result<(), FolderError> {
    let copy = copy_name(to, path);
    let done = fs::copy(from, &copy).and_then(|_| {
        step();
        fs::rename(&copy, to)
    });
    done.map_err(|error| {
        let _ = fs::remove_file(&copy);
        FolderError::io("write", to, error)
    })
}

/// The name beside a file's place that a copy from another disk has until it is whole.
fn copy_name(to: &Path, path: &str) -> PathBuf {
    let hash = blake3::hash(path.as_bytes()).to_hex();
    to.with_file_name(format!(".bonafide-{}", hash.get(..16).unwrap_or_default()))
}

/// Removes what a killed build may have left of these files on their way from another disk.
pub(super) fn remove_copies<'a>(root: &'a Path, paths: impl Iterator<Item = &'a str>) -> Result<(), FolderError> {
    let mut folders = Folders::new(root);
    for path in paths {
        if folders.is_real(path::parent(path)) {
            remove(&copy_name(&root.join(path), path))?;
        }
    }
    Ok(())
}

/// Removes a file of ours, or a folder with nothing but files of ours in it, so that something
/// else can have the name. What turns out not to be ours stays, and is an error. Adds the names of
/// the files to those removed.
pub(super) fn clear_away(
    location: &Location,
    path: &str,
    manifest: &Manifest,
    removed: &mut Vec<String>,
) -> Result<(), FolderError> {
    let root = &location.out;
    let place = root.join(path);
    step();
    if Looker::new(root).find(path)? != Found::Folder {
        if remove(&place)? {
            removed.push(path.to_owned());
        }
        return Ok(());
    }
    let failed = |error| FolderError::io("remove the folder", &place, error);
    for item in fs::read_dir(&place).map_err(failed)? {
        let item = item.map_err(failed)?;
        let foreign = || FolderError::InTheWay { path: item.path() };
        let name = format!("{path}/{}", item.file_name().to_str().ok_or_else(foreign)?);
        let is_folder = item.file_type().map_err(failed)?.is_dir();
        if !is_folder && !location.has(manifest, &name)? {
            return Err(foreign());
        }
        clear_away(location, &name, manifest, removed)?;
    }
    step();
    fs::remove_dir(&place).map_err(failed)
}

/// Removes files of ours that are no longer part of the site, and folders left empty. Adds the
/// names of those that were there to those removed, and tells how many have been looked at.
pub(super) fn prune(
    root: &Path,
    paths: &[Box<str>],
    removed: &mut Vec<String>,
    progress: impl Fn(usize),
) -> Result<(), FolderError> {
    let mut folders = Folders::new(root);
    for (path, number) in paths.iter().zip(1..) {
        if folders.is_real(path::parent(path)) && folders.looker.find(path)? != Found::Folder {
            step();
            if remove(&root.join(&**path))? {
                removed.push(String::from(&**path));
            }
        }
        progress(number);
    }
    let real = folders.known.iter().filter(|(_, real)| **real);
    let mut emptied: Vec<&str> = real.map(|(folder, _)| *folder).collect();
    // From the inside out: in the order of names a folder comes before those in it.
    emptied.sort_unstable_by(|one, other| path::order(other, one));
    for folder in emptied {
        step();
        // It fails for every folder that still has something in it, which is as it should be;
        // and an empty folder that will not go does no harm.
        let _ = fs::remove_dir(root.join(folder));
    }
    Ok(())
}

/// Removes a file or link. Says whether it was there.
fn remove(path: &Path) -> Result<bool, FolderError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(FolderError::io("remove", path, error)),
    }
}

/// Which folders of the output are folders all the way up, and no links that lead out of it.
struct Folders<'a, 'b> {
    looker: Looker<'a>,
    known: HashMap<&'b str, bool>,
}

impl<'a, 'b> Folders<'a, 'b> {
    fn new(root: &'a Path) -> Self {
        Self { looker: Looker::new(root), known: HashMap::new() }
    }

    fn is_real(&mut self, folder: &'b str) -> bool {
        if folder.is_empty() {
            return true;
        }
        if let Some(known) = self.known.get(folder) {
            return *known;
        }
        let real = self.is_real(path::parent(folder)) && matches!(self.looker.look(folder), Ok(Found::Folder));
        self.known.insert(folder, real);
        real
    }
}

/// Where a note is written before it takes its place.
pub(super) fn beside(path: &Path) -> PathBuf {
    path.with_extension("new")
}

/// Writes a file whole or not at all, and safe from a power cut: bytes first, then the name.
pub(super) fn write_whole(path: &Path, write: impl FnOnce(&mut fs::File) -> io::Result<()>) -> Result<(), FolderError> {
    let beside = beside(path);
    let whole = || -> io::Result<()> {
        let mut file = fs::File::create(&beside)?;
        write(&mut file)?;
        file.sync_data()?;
        drop(file);
        step();
        fs::rename(&beside, path)
    };
    whole().map_err(|error| {
        let _ = fs::remove_file(&beside);
        FolderError::io("write", path, error)
    })
}

/// Removes a note that may not be there.
pub(super) fn remove_note(path: &Path) -> Result<(), FolderError> {
    step();
    remove(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pruning_leaves_folders_of_others_and_what_links_lead_to() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = folder.path();
        for name in ["a/b/ours", "c/ours", "c/theirs", "top"] {
            fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            fs::write(root.join(name), name).unwrap();
        }
        fs::create_dir(root.join("empty")).unwrap();
        fs::write(elsewhere.path().join("ours"), "x").unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), root.join("link")).unwrap();
        let mut removed = Vec::new();
        let ours = ["a/b/ours", "c/absent", "c/ours", "link/ours", "top"].map(Box::from);
        prune(root, &ours, &mut removed, |_| ()).unwrap();
        assert_eq!(removed, ["a/b/ours", "c/ours", "top"]);
        assert!(!root.join("a").exists());
        assert!(root.join("c/theirs").exists() && root.join("empty").exists());
        assert!(elsewhere.path().join("ours").exists());
    }

    #[test]
    fn a_folder_is_cleared_only_of_what_is_ours() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("a/b/empty")).unwrap();
        fs::write(root.join("a/b/ours"), "x").unwrap();
        let mut manifest = Manifest::default();
        manifest.distrust([("a/b/ours".into(), false)]);
        let place = Location::for_tests(root);
        let mut removed = Vec::new();
        clear_away(&place, "a", &manifest, &mut removed).unwrap();
        assert_eq!(removed, ["a/b/ours"]);
        assert!(!root.join("a").exists());
        fs::create_dir_all(root.join("a")).unwrap();
        fs::write(root.join("a/theirs"), "x").unwrap();
        assert!(matches!(clear_away(&place, "a", &manifest, &mut removed), Err(FolderError::InTheWay { .. })));
    }

    #[test]
    fn a_file_from_another_disk_goes_by_a_copy_that_can_be_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("from"), "new").unwrap();
        fs::write(root.join("to"), "old").unwrap();
        place_across(&root.join("from"), &root.join("to"), "to").unwrap();
        assert_eq!(fs::read_to_string(root.join("to")).unwrap(), "new");
        assert_eq!(fs::read_dir(root).unwrap().count(), 2);
        fs::write(copy_name(&root.join("to"), "to"), "half").unwrap();
        remove_copies(root, ["to"].into_iter()).unwrap();
        assert_eq!(fs::read_dir(root).unwrap().count(), 2);
    }
}
