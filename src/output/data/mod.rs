//! Rooms for what scripts and other programs read.

pub mod feeds;
pub mod oembed;
pub mod people_words;
pub mod search;
