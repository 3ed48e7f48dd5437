//! Rooms for pictures.

pub mod badges;
pub mod card;
pub mod cards;
pub(super) mod palette;
pub mod qr;
