//! Rooms for what scripts and other programs read.

pub mod as_of;
pub mod oembed;
pub mod people_words;
pub mod search;
pub mod sitemap;
