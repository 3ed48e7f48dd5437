//! Which files below a folder are an input.
//!
//! A name is judged before the thing that has it. What is left out by its name is not
//! looked at, not even asked what it is: an editor's lock file is a link to nothing, a
//! hidden folder may belong to somebody else, a link may lead to a disk that is gone
//! and hang whoever touches it.
//!
//! Left out without a word are names that say so themselves, as the documentation
//! promises (`.` or `_` in front), what editors leave behind while a file is changed
//! or beside it (`~`, `.swp`, `.tmp`, `.bak` and others), and what systems put into
//! every folder. An unfinished copy of an export must never become part of a site.
//!
//! A symbolic link may point anywhere inside the folder it is in; one that leaves it is
//! an error, because what is published would no longer be what is seen in the folder.

use std::{
    fs::{self, FileType},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{kinds, names, scan::unreadable, value::nfc};
use crate::diagnostic::{Diagnostic, Place};

/// Names that are never an input.
pub(super) fn is_left_out(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    name.starts_with(['.', '_'])
        || name.ends_with('~')
        // What Emacs saves by itself. A `#` in front alone is part of a name.
        || (name.len() > 1 && name.starts_with('#') && name.ends_with('#'))
        || [".swp", ".swo", ".tmp", ".bak", ".orig", ".part", ".crdownload"].iter().any(|end| lower.ends_with(end))
        || matches!(lower.as_str(), "thumbs.db" | "desktop.ini" | "4913")
}

/// What is said of a copy of an export that is left out by its name. It is not published; but whoever put it there may
/// think that it is read, or not know that it is there. What begins with `.`, `_` or `#` says so itself.
fn copy_of_export(name: &str, path: impl Fn() -> String) -> Option<Diagnostic> {
    if name.starts_with(['.', '_', '#']) || kinds::disguise(name.trim_end_matches('~')).is_none() {
        return None;
    }
    let kept = [".bak", ".orig"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
    let problem = if kept {
        Diagnostic::error("this is a copy of an export: it is not read, and does not belong here")
    } else {
        Diagnostic::warning("this copy of an export is left out: it is neither read nor published")
    };
    Some(problem.at(Place::file(path())).advice("move it out of the site, or start its name with `_`"))
}

/// A folder that is to be gone through.
struct Folder {
    /// As it is reached.
    full: PathBuf,
    /// Where it really is, and the folders it was reached through.
    chain: Arc<Chain>,
}

/// The real place of a folder, and of those above it.
struct Chain {
    real: PathBuf,
    above: Option<Arc<Self>>,
}

impl Chain {
    fn contains(&self, real: &Path) -> bool {
        let mut link = Some(self);
        while let Some(chain) = link {
            if chain.real == real {
                return true;
            }
            link = chain.above.as_deref();
        }
        false
    }
}

/// The files below a folder of the site, or the file itself: path relative to the site's folder, and where it is.
///
/// A folder that is absent has none. What is wrong on the way is reported and left out.
pub(super) fn files(site: &Path, folder: &str, problems: &mut Vec<Diagnostic>) -> Vec<(Arc<str>, PathBuf)> {
    let full = on_disk(site, folder);
    let real = match full.canonicalize() {
        Ok(real) => real,
        Err(error) if full.symlink_metadata().is_ok() => {
            problems.push(no_target(folder.into(), &error));
            return Vec::new();
        }
        Err(_) => return Vec::new(),
    };
    let mut found = Vec::new();
    if real.is_file() && matches!(folder, "content" | "themes") {
        problems.push(
            Diagnostic::error(format!("`{folder}` is a file, and has to be a folder"))
                .at(Place::file(folder))
                .advice(format!("rename it, and put what belongs there into a folder `{folder}`")),
        );
        return found;
    }
    if real.is_file() {
        found.push((folder.into(), full));
        return found;
    }
    let walk = Walk { site, name: folder, root: real.clone() };
    let mut open = vec![Folder { full, chain: Arc::new(Chain { real, above: None }) }];
    while let Some(folder) = open.pop() {
        walk.enter(&folder, &mut open, &mut found, problems);
    }
    found
}

/// Where a path of the site is, however the disk spells its names.
fn on_disk(site: &Path, path: &str) -> PathBuf {
    let as_written = site.join(path);
    if path.is_ascii() || as_written.exists() {
        return as_written;
    }
    path.split('/')
        .try_fold(site.to_owned(), |folder, name| {
            let mut entries = fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
            entries.find(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(|found| nfc(found) == name))
        })
        .unwrap_or(as_written)
}

/// What stays the same on the way.
struct Walk<'a> {
    site: &'a Path,
    name: &'a str,
    root: PathBuf,
}

impl Walk<'_> {
    /// Goes through one folder; those in it are opened later, however deep they lie.
    fn enter(
        &self,
        folder: &Folder,
        open: &mut Vec<Folder>,
        found: &mut Vec<(Arc<str>, PathBuf)>,
        problems: &mut Vec<Diagnostic>,
    ) {
        let entries = match fs::read_dir(&folder.full) {
            Ok(entries) => entries,
            Err(error) => {
                problems.push(unreadable(self.shown(&folder.full), &error));
                return;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    problems.push(unreadable(self.shown(&folder.full), &error));
                    return;
                }
            };
            let name = entry.file_name();
            if is_left_out(&name.to_string_lossy()) {
                problems.extend(copy_of_export(&name.to_string_lossy(), || self.shown(&entry.path())));
                continue;
            }
            let full = entry.path();
            let Some(path) = relative(self.site, &full) else {
                problems.push(
                    Diagnostic::error("this name is not UTF-8")
                        .at(Place::file(self.shown(&full)))
                        .advice("rename the file or folder"),
                );
                continue;
            };
            let (usable, told) = names::judge(&name.to_string_lossy(), &path, self.name == "content");
            problems.extend(told);
            if !usable {
                continue;
            }
            match self.look(&entry, &full, &path, folder) {
                Ok(Thing::File) => found.push((path, full)),
                Ok(Thing::Folder(real)) => {
                    let chain = Arc::new(Chain { real, above: Some(folder.chain.clone()) });
                    open.push(Folder { full, chain });
                }
                Err(problem) => problems.push(problem),
            }
        }
    }

    fn look(&self, entry: &fs::DirEntry, full: &Path, path: &Arc<str>, folder: &Folder) -> Result<Thing, Diagnostic> {
        let kind = entry.file_type().map_err(|error| unreadable(path.clone(), &error))?;
        if !kind.is_symlink() {
            let real = || folder.chain.real.join(entry.file_name());
            return thing(kind, path, real);
        }
        let real = full.canonicalize().map_err(|error| no_target(path.clone(), &error))?;
        if folder.chain.contains(&real) {
            return Err(Diagnostic::error("this symbolic link leads back into itself")
                .at(Place::file(path.clone()))
                .advice("remove the link"));
        }
        if !real.starts_with(&self.root) {
            return Err(Diagnostic::error(format!("this symbolic link leaves `{}/`", self.name))
                .at(Place::file(path.clone()))
                .advice(format!("copy what it points at into `{}/`", self.name)));
        }
        let kind = real.symlink_metadata().map_err(|error| unreadable(path.clone(), &error))?.file_type();
        thing(kind, path, || real)
    }

    /// A path as it is told, whatever is in it.
    fn shown(&self, full: &Path) -> String {
        full.strip_prefix(self.site).unwrap_or(full).to_string_lossy().into_owned()
    }
}

enum Thing {
    File,
    /// With its real place.
    Folder(PathBuf),
}

fn thing(kind: FileType, path: &Arc<str>, real: impl FnOnce() -> PathBuf) -> Result<Thing, Diagnostic> {
    if kind.is_dir() {
        Ok(Thing::Folder(real()))
    } else if kind.is_file() {
        Ok(Thing::File)
    } else {
        // Opening one may wait for ever.
        Err(Diagnostic::warning("this is neither a file nor a folder, and is left out")
            .at(Place::file(path.clone()))
            .advice("remove it, or start its name with `_`"))
    }
}

/// A link that leads nowhere, in its several ways.
fn no_target(path: Arc<str>, error: &io::Error) -> Diagnostic {
    let (message, advice) = match error.kind() {
        _ if rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::LOOP) => {
            ("this symbolic link leads back into itself", "remove the link")
        }
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => (
            "this symbolic link points at nothing",
            "remove or mend the link, or start its name with `_` to leave it out",
        ),
        _ => return unreadable(path, error),
    };
    Diagnostic::error(message).at(Place::file(path)).advice(advice)
}

fn relative(site: &Path, path: &Path) -> Option<Arc<str>> {
    let path = path.strip_prefix(site).unwrap_or(path);
    let mut parts = Vec::new();
    for part in path.components() {
        parts.push(nfc(part.as_os_str().to_str()?));
    }
    Some(parts.join("/").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_editors_leave_behind_is_no_input() {
        for name in
            [".git", "_drafts", "a.yaml~", ".a.swp", "a.yaml.bak", "4913", ".#help.md", "#help.md#", "Thumbs.db"]
        {
            assert!(is_left_out(name), "{name}");
        }
        for name in ["a.yaml", "#1.md", "#", "a_b.md", "a~b.md"] {
            assert!(!is_left_out(name), "{name}");
        }
    }

    #[cfg(unix)]
    fn walked(site: &Path) -> (Vec<String>, Vec<String>) {
        let mut problems = Vec::new();
        let mut paths: Vec<_> =
            files(site, "content", &mut problems).into_iter().map(|(path, _)| path.to_string()).collect();
        paths.sort();
        let mut told: Vec<_> =
            problems.iter().map(|p| format!("{}: {}", p.place.as_ref().unwrap().path(), p.message)).collect();
        told.sort();
        (paths, told)
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_asked_of_what_is_left_out_by_its_name() {
        use std::os::unix::{ffi::OsStrExt, fs::symlink};
        let site = tempfile::tempdir().unwrap();
        let at = |name: &str| site.path().join("content").join(name);
        fs::create_dir_all(at("a")).unwrap();
        fs::write(at("a/page.md"), "x").unwrap();
        symlink("ines@desk.3117:1764100000", at("a/.#page.md")).unwrap();
        symlink("/nowhere/at/all", at("_attic")).unwrap();
        symlink("/nowhere/at/all", at("page.md~")).unwrap();
        symlink(".", at(".here")).unwrap();
        symlink("/etc", at("_etc")).unwrap();
        fs::write(site.path().join("content").join(std::ffi::OsStr::from_bytes(b"_\xff.md")), "x").unwrap();
        assert_eq!(walked(site.path()), (vec!["content/a/page.md".to_owned()], vec![]));
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_nowhere_or_round_in_circles_are_told_once() {
        use std::os::unix::{ffi::OsStrExt, fs::symlink};
        let site = tempfile::tempdir().unwrap();
        let at = |name: &str| site.path().join("content").join(name);
        fs::create_dir_all(at("a")).unwrap();
        fs::create_dir_all(at("b")).unwrap();
        fs::write(at("a/page.md"), "x").unwrap();
        symlink("gone.md", at("dead.md")).unwrap();
        symlink("page.md/x", at("a/through.md")).unwrap();
        symlink("self", at("self")).unwrap();
        symlink("..", at("a/up")).unwrap();
        symlink("../a", at("b/y")).unwrap();
        symlink("../b", at("a/x")).unwrap();
        std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        fs::write(site.path().join("content").join(std::ffi::OsStr::from_bytes(b"\xff.md")), "x").unwrap();
        let (paths, told) = walked(site.path());
        assert_eq!(paths, ["content/a/page.md", "content/b/y/page.md"]);
        assert_eq!(
            told,
            [
                "content/a/through.md: this symbolic link points at nothing",
                "content/a/up: this symbolic link leads back into itself",
                "content/a/x/y: this symbolic link leads back into itself",
                "content/b/y/through.md: this symbolic link points at nothing",
                "content/b/y/up: this symbolic link leads back into itself",
                "content/b/y/x: this symbolic link leads back into itself",
                "content/dead.md: this symbolic link points at nothing",
                "content/self: this symbolic link leads back into itself",
                "content/socket: this is neither a file nor a folder, and is left out",
                "content/\u{fffd}.md: this name is not UTF-8",
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_content_folder_that_is_a_dead_link_is_not_taken_for_an_absent_one() {
        let site = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/nowhere/at/all", site.path().join("content")).unwrap();
        let (paths, told) = walked(site.path());
        assert!(paths.is_empty());
        assert_eq!(told, ["content: this symbolic link points at nothing"]);
    }
}
