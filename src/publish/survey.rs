//! A look at the output before anything is made: what is there, what is in the way.
//!
//! Looking is most of what a build without changes does, so it is one question to the system
//! for each file, asked from all threads. Links are never followed: a link is something else
//! than the file that was written, and a folder that is a link leads out of the output.
//!
//! For the files to be made there is more to know. A folder that does not exist yet will come
//! into being with all its files, by one rename of the folder. A file of ours where a folder is
//! needed, or the other way round, must go first. Anything else in the way is somebody else's,
//! and then the build ends here, with nothing changed.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::error::FolderError;
use super::location::Location;
use super::manifest::Manifest;
use super::path;

/// What is under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// A file, with its size in bytes.
    File(u64),
    /// A folder.
    Folder,
    /// A link or anything else.
    Other,
}

/// Looks at names in one folder. Where the system can start from an open folder it is asked that
/// way: walking from the root of the disk to the output takes longer than the rest of the question.
pub(super) struct Looker<'a> {
    root: &'a Path,
    /// The folder, open; or why it is not.
    #[cfg(unix)]
    open: Result<rustix::fd::OwnedFd, rustix::io::Errno>,
}

impl<'a> Looker<'a> {
    /// For names in this folder, which need not exist.
    pub(super) fn new(root: &'a Path) -> Self {
        Self {
            root,
            #[cfg(unix)]
            open: {
                use rustix::fs::{Mode, OFlags, open};
                open(root, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            },
        }
    }

    /// What is under the name.
    pub(super) fn look(&self, path: &str) -> io::Result<Found> {
        match self.ask(path) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(Found::Nothing),
            found => found,
        }
    }

    #[cfg(unix)]
    fn ask(&self, path: &str) -> io::Result<Found> {
        use rustix::fs::{AtFlags, FileType, statat};
        let folder = self.open.as_ref().map_err(|error| *error)?;
        let data = statat(folder, path, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(match FileType::from_raw_mode(data.st_mode) {
            FileType::RegularFile => Found::File(u64::try_from(data.st_size).unwrap_or(u64::MAX)),
            FileType::Directory => Found::Folder,
            _ => Found::Other,
        })
    }

    #[cfg(not(unix))]
    fn ask(&self, path: &str) -> io::Result<Found> {
        let data = std::fs::symlink_metadata(self.root.join(path))?;
        Ok(match data.file_type() {
            kind if kind.is_file() => Found::File(data.len()),
            kind if kind.is_dir() => Found::Folder,
            _ => Found::Other,
        })
    }

    /// The same, with the error put in words.
    pub(super) fn find(&self, path: &str) -> Result<Found, FolderError> {
        self.look(path).map_err(|error| FolderError::io("look at", &self.root.join(path), error))
    }
}

/// What is known of a folder that a file is to be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ground {
    /// It is there.
    There,
    /// It is not, so neither is anything in it.
    New,
}

/// What the survey is told and finds, for one build.
pub(super) struct Survey<'a> {
    place: &'a Location,
    manifest: &'a Manifest,
    looker: Looker<'a>,
    /// The folders around the last file, from the outside in. Files come in the order of names, so all files of a folder
    /// come one after the other and no other folder has to be remembered.
    around: Vec<(String, Ground)>,
    /// Folders that come into being with all that is in them.
    pub(super) new_folders: Vec<String>,
    /// Files and folders of ours that must go before something else can take their names.
    pub(super) obstacles: Vec<String>,
}

impl<'a> Survey<'a> {
    /// Begins one.
    pub(super) fn new(place: &'a Location, manifest: &'a Manifest) -> Self {
        Self {
            place,
            manifest,
            looker: Looker::new(&place.out),
            around: Vec::new(),
            new_folders: Vec::new(),
            obstacles: Vec::new(),
        }
    }

    /// Considers a file that will be made, given what is under its name. Files come in the order of names. Says whether
    /// it comes with a folder that is new.
    pub(super) fn consider(&mut self, file: &str, found: Found) -> Result<bool, FolderError> {
        let ground = self.ground(path::parent(file))?;
        match found {
            Found::Folder => {
                self.only_ours(file)?;
                self.obstacles.push(file.to_owned());
            }
            Found::Other if !self.place.has(self.manifest, file)? => {
                return Err(FolderError::InTheWay { path: self.place.out.join(file) });
            }
            // A file that is not ours may have the very bytes: that is seen when they are made.
            Found::Nothing | Found::File(_) | Found::Other => {}
        }
        Ok(matches!(ground, Ground::New))
    }

    fn ground(&mut self, folder: &str) -> Result<Ground, FolderError> {
        if folder.is_empty() {
            return Ok(Ground::There);
        }
        while let Some((last, ground)) = self.around.last() {
            if last == folder {
                return Ok(*ground);
            }
            if path::is_below(folder, last) {
                break;
            }
            self.around.pop();
        }
        let ground = match self.ground(path::parent(folder))? {
            Ground::There => self.look_at(folder)?,
            Ground::New => Ground::New,
        };
        self.around.push((folder.to_owned(), ground));
        Ok(ground)
    }

    fn look_at(&mut self, folder: &str) -> Result<Ground, FolderError> {
        match self.looker.find(folder)? {
            Found::Folder => return Ok(Ground::There),
            Found::Nothing => {}
            Found::File(_) | Found::Other if self.place.has(self.manifest, folder)? => {
                self.obstacles.push(folder.to_owned());
            }
            Found::File(_) | Found::Other => {
                return Err(FolderError::InTheWay { path: self.place.out.join(folder) });
            }
        }
        self.new_folders.push(folder.to_owned());
        Ok(Ground::New)
    }

    /// Refuses a folder with a file in it, however deep, that is not ours.
    fn only_ours(&self, folder: &str) -> Result<(), FolderError> {
        let place = self.place.out.join(folder);
        for item in fs::read_dir(&place).map_err(|error| FolderError::io("read the folder", &place, error))? {
            let item = item.map_err(|error| FolderError::io("read the folder", &place, error))?;
            let kind = item.file_type().map_err(|error| FolderError::io("look at", &item.path(), error))?;
            let foreign = || FolderError::InTheWay { path: item.path() };
            let name = item.file_name().into_string().map_err(|_| foreign())?;
            let name = format!("{folder}/{name}");
            if kind.is_dir() {
                self.only_ours(&name)?;
            } else if !self.place.has(self.manifest, &name)? {
                return Err(foreign());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_never_taken_for_what_it_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "1234").unwrap();
        std::os::unix::fs::symlink("file", folder.path().join("link")).unwrap();
        let looker = Looker::new(folder.path());
        assert_eq!(looker.look("file").unwrap(), Found::File(4));
        assert_eq!(looker.look("link").unwrap(), Found::Other);
        assert_eq!(looker.look("file/below").unwrap(), Found::Nothing);
        assert_eq!(looker.look("absent/below").unwrap(), Found::Nothing);
    }

    #[test]
    fn only_the_topmost_new_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("old")).unwrap();
        let (place, manifest) = (Location::for_tests(folder.path()), Manifest::default());
        let mut survey = Survey::new(&place, &manifest);
        for (file, comes_with_folder) in [
            ("index", false),
            ("new/a/x", true),
            ("new/b", true),
            ("old/c", false),
            ("old/d/e", true),
            ("old/e", false),
            ("z", false),
        ] {
            assert_eq!(survey.consider(file, Found::Nothing).unwrap(), comes_with_folder, "{file}");
        }
        assert_eq!(survey.new_folders, ["new", "old/d"]);
    }

    #[test]
    fn a_folder_that_is_a_link_is_in_the_way() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("a")).unwrap();
        let manifest = Manifest::default();
        let error =
            Survey::new(&Location::for_tests(folder.path()), &manifest).consider("a/x", Found::Nothing).unwrap_err();
        assert!(matches!(error, FolderError::InTheWay { path } if path.ends_with("a")));
    }
}
