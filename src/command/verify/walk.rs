//! Which files are checked: those that were named, and of folders those that could have a credential in them.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::credential::verify::{LONGEST_MARK, has_mark};

/// Names of files that can have credentials in them.
const ENDINGS: [&str; 6] = ["png", "svg", "json", "jsonld", "jwt", "1ob"];

/// Something to look at.
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// Whether it was named, and not found in a folder that was.
    pub(super) is_named: bool,
    /// Why it cannot be looked at, where that is known already.
    pub(super) fault: Option<String>,
}

/// All files, those of a folder in the order of their names.
pub(super) fn files(named: &[PathBuf]) -> Vec<Found> {
    let mut files = Vec::new();
    for path in named {
        if path.is_dir() {
            files.extend(below(path));
        } else {
            files.push(Found { path: path.clone(), is_named: true, fault: None });
        }
    }
    files
}

fn is_candidate(path: &Path) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending)))
}

/// The files below a folder that could have credentials in them, and all that could not be looked at. A link to a file is
/// that file; one to a folder could lead anywhere, and is told instead.
fn below(folder: &Path) -> Vec<Found> {
    let found = |path: &Path, fault: Option<String>| Some(Found { path: path.to_owned(), is_named: false, fault });
    let one = |entry: Result<walkdir::DirEntry, walkdir::Error>| match entry {
        Err(error) => {
            let why = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
            found(error.path().unwrap_or(folder), Some(format!("it cannot be looked into: {why}")))
        }
        Ok(entry) => {
            let (path, kind) = (entry.path(), entry.file_type());
            // The folder itself may be a link: it was named.
            if kind.is_dir() || entry.depth() == 0 {
                return None;
            }
            match fs::metadata(path) {
                Ok(target) if target.is_dir() => found(
                    path,
                    Some("it is a link to a folder, which is not followed: name the folder itself".to_owned()),
                ),
                _ if !is_candidate(path) => None,
                Ok(target) if !target.is_file() => found(path, Some("it is no file".to_owned())),
                Ok(_) => found(path, None),
                Err(error) => found(path, Some(format!("it cannot be read: {error}"))),
            }
        }
    };
    walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(one).collect()
}

/// Reads a file, but no more than a byte more than is looked at.
pub(super) fn read(path: &Path, largest: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(largest as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether something that stands in credentials stands anywhere in a file, which may be of any size.
pub(super) fn is_marked(path: &Path) -> io::Result<bool> {
    const PIECE: usize = 1024 * 1024;
    let mut file = File::open(path)?;
    let mut piece = Vec::with_capacity(PIECE + LONGEST_MARK);
    loop {
        let read = Read::take(&mut file, PIECE as u64).read_to_end(&mut piece)?;
        if read == 0 || has_mark(&piece) {
            return Ok(read > 0);
        }
        // A mark may begin in this piece and end in the next.
        piece.drain(..piece.len().saturating_sub(LONGEST_MARK));
    }
}
