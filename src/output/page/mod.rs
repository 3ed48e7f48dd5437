//! Rooms for what people read.

pub mod award;
pub mod content;
pub(super) mod dates;
pub(super) mod frame;
pub(super) mod object;
pub mod people;
mod share;
mod snippet;
mod structured;
