//! A publish that nothing goes well for, at every one of its calls.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

mod answers;
mod faults;
mod guards;
mod requests;
mod shares;
mod shares_faults;
mod world;
