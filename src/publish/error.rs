//! What can go wrong with the folder, said so that somebody who edits a web site can act on it.
//!
//! Every message has three parts: what is wrong, which file or folder, and what to do. Errors
//! of the system are told apart by what helps against them (space, rights, a read-only disk),
//! not by the call that met them. Errors of rendering belong to the caller and are only carried
//! through, all of them, since an editor wants to mend them in one go.
//!
//! One distinction matters more than all others: whether the output has been touched. Until
//! the first change nothing has happened; an error after it comes wrapped as
//! [`FolderError::Halfway`] and says what state the site is in.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::lost::Lost;

/// Why the output folder cannot be used, or was not brought up to date.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FolderError {
    /// The output would be the root of a disk, a system folder, or somebody's home.
    #[error("{} is no place for a site's output: name a folder of its own with --out, such as --out public", path.display())]
    TooWide {
        /// The folder asked for, resolved.
        path: PathBuf,
    },

    /// The path of the output, or a folder on the way, is a file or a link to nowhere.
    #[error("{} is not a folder, so the site cannot be put there: choose another folder with --out, or move it away", path.display())]
    NotAFolder {
        /// What is in the way.
        path: PathBuf,
    },

    /// The output folder holds the site's sources.
    #[error("the output folder {} holds {}, which the site is made from: choose another folder with --out", out.display(), input.display())]
    HoldsSources {
        /// The folder asked for.
        out: PathBuf,
        /// The source folder in it.
        input: PathBuf,
    },

    /// The output folder is inside a folder the site is made from.
    #[error("the output folder {} is inside {}, which the site is made from, so each build would read the one before: choose another folder with --out", out.display(), input.display())]
    InsideSources {
        /// The folder asked for.
        out: PathBuf,
        /// The source folder around it.
        input: PathBuf,
    },

    /// The output folder is inside another site's output, or where bonafide keeps its notes.
    #[error("the output folder {} is inside {}, which bonafide uses for something else: choose another folder with --out", out.display(), around.display())]
    InsideOutput {
        /// The folder asked for.
        out: PathBuf,
        /// The other output, or the folder of notes.
        around: PathBuf,
    },

    /// The folder has something in it and no manifest says that an earlier build put it there.
    #[error("the folder {} is not empty, and bonafide did not make it, so nothing in it was touched: choose another folder with --out, or remove it if nothing in it is needed", path.display())]
    NotOurs {
        /// The folder asked for.
        path: PathBuf,
    },

    /// The manifest cannot be understood.
    #[error("{} is damaged: {why}. It lists the files bonafide has put into {}, and without it nothing there can be removed safely: if nothing else is in that folder, remove both the folder and {}, and build again", path.display(), out.display(), state.display())]
    Corrupt {
        /// The manifest or journal.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
        /// The output folder.
        out: PathBuf,
        /// The folder the manifest is in.
        state: PathBuf,
    },

    /// Another process holds the folder, and did not let go.
    #[error("another build has been writing to {} for more than {seconds} seconds: wait for it or end it, then build again", out.display())]
    Busy {
        /// The output folder.
        out: PathBuf,
        /// How long this build has waited.
        seconds: u64,
    },

    /// The file system knows no locks.
    #[error("{} cannot be locked ({source}), so two builds could mix: choose a folder on a local disk with --out", path.display())]
    NoLocks {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A planned file has a name that cannot be used.
    #[error("the file {path:?} cannot be published: {why}; change the id or file name it is made from")]
    BadPath {
        /// The name as planned.
        path: String,
        /// What is wrong with it.
        why: &'static str,
    },

    /// Two planned files have one name.
    #[error("two things would be published as {path}: give one of them another id or file name")]
    Twice {
        /// The name.
        path: String,
    },

    /// A planned file has the name of a folder that another one needs.
    #[error("{file} would have to be a file and, for {below}, a folder: give one of them another id or file name")]
    FileAndFolder {
        /// The file.
        file: String,
        /// One of the files below it.
        below: String,
    },

    /// Something that no build put there is where a file must go.
    #[error("{} is in the way: bonafide did not put it there and will not replace it. Nothing was changed; move it away and build again", path.display())]
    InTheWay {
        /// The foreign file or folder.
        path: PathBuf,
    },

    /// No room.
    #[error("the disk is full: could not {doing} {} ({source}). Free some space and build again", path.display())]
    Full {
        /// What was being done, as a verb.
        doing: &'static str,
        /// The file or folder it was done to.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The file system takes no changes.
    #[error("could not {doing} {}: it can only be read ({source}). Choose a folder that can be written to with --out", path.display())]
    ReadOnly {
        /// What was being done, as a verb.
        doing: &'static str,
        /// The file or folder it was done to.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// No right to do so.
    #[error("not allowed to {doing} {} ({source}). See who owns it and who may write there, or choose another folder with --out", path.display())]
    Denied {
        /// What was being done, as a verb.
        doing: &'static str,
        /// The file or folder it was done to.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// Any other failure of the system.
    #[error("could not {doing} {}: {source}", path.display())]
    Io {
        /// What was being done, as a verb.
        doing: &'static str,
        /// The file or folder it was done to.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The error came after the first change to the output.
    #[error("{source}\nThe site in {} is between two builds: each page in it is whole, some are from the build before. The next build that succeeds puts it right", out.display())]
    Halfway {
        /// The output folder.
        out: PathBuf,
        /// What stopped it.
        source: Box<FolderError>,
    },
}

impl FolderError {
    /// Whether nothing went wrong: the folder is somebody else's, or may be, so nothing in it is touched.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::TooWide { .. }
                | Self::HoldsSources { .. }
                | Self::InsideSources { .. }
                | Self::InsideOutput { .. }
                | Self::NotOurs { .. }
                | Self::Corrupt { .. }
                | Self::InTheWay { .. }
        )
    }

    /// The error of the system, sorted by what helps against it.
    pub(super) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        use io::ErrorKind as Kind;
        let path = path.to_owned();
        match source.kind() {
            Kind::StorageFull | Kind::QuotaExceeded => Self::Full { doing, path, source },
            Kind::ReadOnlyFilesystem => Self::ReadOnly { doing, path, source },
            Kind::PermissionDenied => Self::Denied { doing, path, source },
            _ => Self::Io { doing, path, source },
        }
    }
}

/// Why a site was not published; `E` is the caller's own error of making one file.
#[derive(Debug, Error)]
pub enum PublishError<E> {
    /// Files that could not be made. Nothing in the output was changed.
    #[error("{total} of the site's files could not be made; nothing was changed")]
    Make {
        /// Which entry, by its place in the list given, and why: the first hundred of them.
        errors: Vec<(usize, E)>,
        /// How many failed in all.
        total: usize,
    },

    /// Pages of records would go, and the caller did not allow it. Nothing in the output was changed.
    #[error("{} of {} pages would be removed; nothing was changed", .0.gone, .0.of)]
    Lost(Lost),

    /// The folder could not be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
}
