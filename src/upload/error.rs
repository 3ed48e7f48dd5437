//! Why a publish stopped.

use std::{io, path::PathBuf};

use super::{lease::Holder, plan::Refusal};

/// Why a publish stopped.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// Nothing was changed, and somebody has to say that it is meant.
    #[error("refused")]
    Refused(Refusal),
    /// Nothing was changed: the record can be read by anybody.
    #[error("the record of what is up can be read by anybody, at {address}")]
    PublicRecord {
        /// Where.
        address: String,
    },
    /// Somebody else publishes there now.
    #[error("somebody else is publishing there")]
    Busy(Option<Holder>),
    /// Somebody else has taken over, or the store could not be reached for as long as the lease runs.
    #[error("the lease was lost")]
    Lost,
    /// Somebody else has published since this run looked.
    #[error("somebody else has published there in the meantime")]
    Overtaken,
    /// The store says no, and would say so again.
    #[error("{action} `{key}`: the store answers {answer}")]
    Denied {
        /// What was to be done.
        action: &'static str,
        /// With what.
        key: String,
        /// Status and words.
        answer: String,
    },
    /// It was tried often enough.
    #[error("{action} `{key}`: given up after {tries} tries: {cause}")]
    GaveUp {
        /// What was to be done.
        action: &'static str,
        /// With what.
        key: String,
        /// How often it was tried.
        tries: u32,
        /// What was the matter the last time.
        cause: String,
    },
    /// What is kept there is not what was written.
    #[error("`{key}` of the record is damaged or missing")]
    Damaged {
        /// Which file.
        key: String,
    },
    /// A file of the build cannot be read.
    #[error("`{path}` cannot be read: {cause}")]
    Unreadable {
        /// Which.
        path: String,
        /// Why.
        cause: io::Error,
    },
    /// A file of the build is not what the build made.
    #[error("`{path}` is not what the build made")]
    Changed {
        /// Which.
        path: String,
    },
    /// Where a link is to lead to releases there is something else.
    #[error("`{}` is not a link that bonafide has made", path.display())]
    InTheWay {
        /// Where.
        path: PathBuf,
        /// Where it leads, if it is a link.
        link: Option<PathBuf>,
    },
    /// The disk has failed.
    #[error("`{}`: {cause}", path.display())]
    Disk {
        /// What with.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
}
