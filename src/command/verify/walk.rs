//! Which files are checked: those that were named, and of folders those that could have a credential in them.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::credential::verify::{LONGEST_MARK, has_mark};

/// Names of files that can have credentials in them.
const ENDINGS: [&str; 6] = ["png", "svg", "json", "jsonld", "jwt", "1ob"];

/// Names of files that are something else, of which a site has many.
const OTHERS: [&str; 12] = ["html", "css", "js", "mjs", "pdf", "ics", "xml", "md", "yaml", "jpg", "webp", "woff2"];

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

/// Whether a file's name ends like one of these.
fn ends_like(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| endings.iter().any(|known| known.eq_ignore_ascii_case(ending)))
}

/// Whether a file could have a credential in it: by its name, and where that says nothing, by how it begins.
fn is_candidate(path: &Path, is_file: bool) -> bool {
    ends_like(path, &ENDINGS)
        || (is_file && !ends_like(path, &OTHERS) && read(path, 7).is_ok_and(|bytes| begins_like_one(&bytes)))
}

/// As a PNG, as JSON, or as a JWT, whose header is JSON in base64url.
fn begins_like_one(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    bytes.starts_with(b"\x89PNG") || text.starts_with(b"{") || text.starts_with(b"eyJ")
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
                target if !is_candidate(path, target.as_ref().is_ok_and(fs::Metadata::is_file)) => None,
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
