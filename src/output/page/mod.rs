//! Rooms for what people read.

pub mod award;
pub mod badge;
pub mod check;
pub mod content;
pub(super) mod dates;
pub mod faq_index;
pub(super) mod frame;
pub mod guides_index;
pub mod home;
mod lists;
pub mod not_found;
pub(super) mod object;
pub mod people;
mod share;
mod snippet;
mod structured;
