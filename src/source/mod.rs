//! From a folder to documents: everything that is read from disk is read here.
//!
//! Reading has two steps. [`scan`] walks the site's folder, reads every file that
//! can matter and hashes it: a [`Snapshot`]. It knows nothing of formats, so it is
//! fast, and its one hash over everything says whether anything changed at all.
//! [`Reader::parse`] then turns the snapshot into [`Documents`]. A reader remembers
//! what it parsed by content, so that in a long-lived process only changed files are
//! parsed again; no modification time decides anything. Between builds large exports are kept as they
//! were read ([`kept`]).
//!
//! All that is wrong with the files on their own (syntax, types, dates) is reported
//! by this stage; what is wrong between files is for [`crate::site`].

mod blot;
mod documents;
mod kept;
pub mod keylike;
pub mod kinds;
mod locate;
pub mod markdown;
mod names;
mod parse;
pub mod record;
mod scan;
pub mod secrets;
mod share;
mod typefaces;
pub mod value;
mod walk;
pub mod yaml;

pub use documents::{AskKept, Asset, Documents, ExportDoc, PageDoc, Reader, ThemeFile};
pub use locate::{locate, settle};
pub use markdown::{Heading, Link, slug};
pub use parse::translated;
pub use scan::{Bytes, File, Snapshot, scan, scan_lightly};
