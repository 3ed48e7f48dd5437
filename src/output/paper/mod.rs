//! Rooms for what is printed and kept.

pub mod certificate;
pub mod certificates;
