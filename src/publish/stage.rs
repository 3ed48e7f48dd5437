//! Making files, and the stage where they wait until all are made.
//!
//! Bytes are not kept: a file is made, compared by its hash with what is recorded, and either
//! forgotten or written at once, so memory holds one file a thread. A file whose folder is in
//! the output already waits in one of a few folders under a number. Files whose folder is new
//! wait in a copy of that folder, which is then moved as one: for a first build that saves a
//! rename for each file and nothing is put into a folder twice.
//!
//! A stage folder is made when the first file for it finds none. To ask first would be a
//! question for each file; to fail is cheap and happens once a folder.
//!
//! If files cannot be made, the rest is still tried, so that an editor sees all of it at once.
//! If the disk fails, nothing more is tried.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::error::{FolderError, PublishError};

/// How many errors of making are kept; more would only scroll away.
const ERRORS: usize = 100;

/// How many numbered files share a folder of the stage.
const SHARD: usize = 1_024;

/// Where a file waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Berth {
    /// Under a number; its folder in the output exists.
    Number(usize),
    /// In the copy of a folder that is new in the output.
    Folder,
}

/// The folder where files wait.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    root: &'a Path,
}

impl<'a> Stage<'a> {
    /// In this folder, which need not exist.
    pub(super) fn new(root: &'a Path) -> Self {
        Self { root }
    }

    /// Where the file waits.
    pub(super) fn place(&self, path: &str, berth: Berth) -> PathBuf {
        match berth {
            Berth::Number(number) => self.root.join(format!("{}/{}", number / SHARD, number % SHARD)),
            Berth::Folder => self.folder(path),
        }
    }

    /// Where a new folder waits, or a file in it.
    pub(super) fn folder(&self, path: &str) -> PathBuf {
        self.root.join("new").join(path)
    }

    /// Writes one file.
    pub(super) fn put(&self, path: &str, berth: Berth, bytes: &[u8]) -> Result<(), FolderError> {
        let place = self.place(path, berth);
        let open = || OpenOptions::new().write(true).create_new(true).open(&place);
        let file = match open() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let folder = place.parent().unwrap_or(self.root);
                fs::create_dir_all(folder).map_err(|error| FolderError::io("make the folder", folder, error))?;
                open()
            }
            opened => opened,
        };
        file.and_then(|mut file| file.write_all(bytes)).map_err(|error| FolderError::io("write", &place, error))
    }

    /// Removes it and all in it.
    pub(super) fn clear(&self) -> Result<(), FolderError> {
        match fs::remove_dir_all(self.root) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(FolderError::io("remove the folder", self.root, error))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a file in the output has these bytes. It is read in pieces, and only if the size is right.
pub(super) fn has_bytes(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let mut file = fs::File::open(path)?;
    let mut buffer = [0; 16_384];
    let mut rest = bytes;
    loop {
        let read = match io::Read::read(&mut file, &mut buffer) {
            Ok(0) => return Ok(rest.is_empty()),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        match (buffer.get(..read), rest.split_at_checked(read)) {
            (Some(piece), Some((same, after))) if piece == same => rest = after,
            _ => return Ok(false),
        }
    }
}

/// Errors from many threads: which entries could not be made, and the first failure of the disk.
pub(super) struct Failures<E> {
    errors: Mutex<BTreeMap<usize, E>>,
    total: AtomicUsize,
    broken: Mutex<Option<(usize, FolderError)>>,
    halted: AtomicBool,
}

impl<E> Failures<E> {
    /// None yet.
    pub(super) fn new() -> Self {
        Self {
            errors: Mutex::new(BTreeMap::new()),
            total: AtomicUsize::new(0),
            broken: Mutex::new(None),
            halted: AtomicBool::new(false),
        }
    }

    /// An entry could not be made. The first ones in the caller's order are kept, whatever the
    /// order they come in.
    pub(super) fn unmade(&self, number: usize, error: E) {
        self.total.fetch_add(1, Ordering::Relaxed);
        let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        errors.insert(number, error);
        if errors.len() > ERRORS {
            errors.pop_last();
        }
    }

    /// The folder failed.
    pub(super) fn broken(&self, number: usize, error: FolderError) {
        self.halted.store(true, Ordering::Relaxed);
        let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        if broken.as_ref().is_none_or(|(first, _)| number < *first) {
            *broken = Some((number, error));
        }
    }

    /// Whether there is no use in making more.
    pub(super) fn is_halted(&self) -> bool {
        self.halted.load(Ordering::Relaxed)
    }

    /// Whether there is no use in writing more.
    pub(super) fn any(&self) -> bool {
        self.is_halted() || self.total.load(Ordering::Relaxed) > 0
    }

    /// All of it as one error, if there was one.
    pub(super) fn finish(self) -> Result<(), PublishError<E>> {
        if let Some((_, error)) = self.broken.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error.into());
        }
        let total = self.total.into_inner();
        if total == 0 {
            return Ok(());
        }
        let errors = self.errors.into_inner().unwrap_or_else(PoisonError::into_inner);
        Err(PublishError::Make { errors: errors.into_iter().collect(), total })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_hundred_errors_are_kept_in_the_callers_order() {
        let failures = Failures::new();
        for number in (0..250).rev() {
            failures.unmade(number, number * 2);
        }
        let Err(PublishError::Make { errors, total }) = failures.finish() else { panic!("no error") };
        assert_eq!(total, 250);
        assert_eq!(errors, (0..100).map(|number| (number, number * 2)).collect::<Vec<_>>());
    }

    #[test]
    fn a_file_is_compared_to_its_last_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let bytes = vec![7; 40_000];
        fs::write(&path, &bytes).unwrap();
        assert!(has_bytes(&path, &bytes).unwrap());
        assert!(!has_bytes(&path, &bytes[1..]).unwrap());
        assert!(!has_bytes(&path, &[&bytes[..], b"x"].concat()).unwrap());
        let mut other = bytes;
        other[39_999] = 8;
        assert!(!has_bytes(&path, &other).unwrap());
    }
}
