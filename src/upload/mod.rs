//! The folder to its host: what changed, in an order that never shows half a site.
//!
//! `publish` writes what was made into a folder; this takes what is in that folder to a bucket or to another folder that
//! a web server reads. It knows nothing of how pages are made: a build is a list of files with their kinds and digests
//! ([`built`]). What is up is in a record ([`record`]), kept in a private place beside the target. From the two follows
//! what is to be done ([`plan`]), without any reading or writing. The order is the heart of it: what a page needs
//! is up before the page, and a withdrawn award is taken down before anything else is shown.
//!
//! Before the first change a run writes down what it is about to do ([`intent`]), and only one is at work at a time
//! ([`lease`]). So it may be killed at any moment: a reader sees a whole site, of yesterday in part, and the
//! next run puts right what the intent names. Several machines may publish one site, each its share ([`shares`]).

pub mod built;
pub mod dir;
pub mod error;
pub mod headers;
pub mod intent;
pub mod lease;
pub mod outcome;
pub mod plan;
pub mod planner;
pub mod profile;
pub mod record;
pub mod shares;

#[cfg(feature = "cloud")]
mod carry;
#[cfg(feature = "cloud")]
pub mod connect;
#[cfg(feature = "cloud")]
pub mod engine;
#[cfg(feature = "cloud")]
mod layers;
#[cfg(feature = "cloud")]
mod lessee;
#[cfg(feature = "cloud")]
mod listing;
#[cfg(feature = "cloud")]
pub mod look;
#[cfg(feature = "cloud")]
pub mod store;
#[cfg(all(test, feature = "cloud"))]
mod tests;
