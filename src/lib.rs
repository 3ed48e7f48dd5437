//! bonafide publishes people's bona fides: it turns an association's exports of badges and
//! earners, and its FAQ in Markdown, into a static site with a verification page for
//! every award.
//!
//! Data runs one way, through stages that each are a function with a type. Only the
//! first and the last touch the disk; everything between is pure.
//!
//! ```text
//! folder ─source─▶ documents ─site─▶ Site ─prose─▶ HTML ─plan─▶ jobs ─output─▶ bytes ─publish─▶ folder
//! ```
//!
//! - [`source`] walks the site's folder, reads what can matter and parses it, each file on its own.
//! - [`site`] joins the documents by their ids and applies every rule. It knows no clock.
//! - [`leaks`] finds in them what must not be published.
//! - [`prose`] turns all Markdown into sanitized HTML, once.
//! - [`plan`] meets the moment: dates become statuses, and every file of the output becomes a job whose
//!   identity is a hash of all that its bytes depend on.
//! - [`output`] has a room for each kind of file, which says all of it; it makes a job's bytes with the [`theme`]'s templates.
//! - [`publish`] writes what has a new identity, whole and all together, and removes what is no longer made.
//! - [`upload`] takes that folder to its host.
//!
//! [`pipeline`] is that line as one function; [`command`] puts it between a command line
//! and a terminal, and [`serve`] keeps the result right while the files are edited. What is wrong anywhere becomes a [`diagnostic`].

#![cfg_attr(
    test,
    allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "tests know their numbers")
)]

pub mod address;
pub mod clash;
pub mod cli;
pub mod command;
pub mod compact;
pub mod credential;
pub mod diagnostic;
pub mod fold;
pub mod fonts;
pub mod hash;
pub mod leaks;
pub mod output;
pub mod picture;
pub mod pipeline;
pub mod plan;
pub mod prose;
pub mod publish;
pub mod serve;
pub mod shard;
pub mod site;
pub mod source;
pub mod theme;
pub mod upload;
