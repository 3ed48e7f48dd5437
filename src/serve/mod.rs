//! The site while it is being edited: noticing changes, and showing the result.
//!
//! There is no second way of building here. [`watch`] says that something may have changed;
//! the command then does what every build does, and tells [`live`] that the new site is in place.
//! Open pages hear of it over a line that [`events`] holds, and load themselves again. What they get
//! is the output folder's files ([`answer`]) with one script added; what must not be in the output
//! folder, drafts and other moments, is made on demand ([`preview`]).
//!
//! HTTP is a library's to speak ([`server`]). Whom a request is for ([`request`]), what answers it and
//! with which fields ([`reply`]) is decided here, of values alone.

pub mod answer;
mod events;
pub mod live;
pub mod preview;
pub mod reply;
pub mod request;
pub mod server;
pub mod watch;
mod wire;
