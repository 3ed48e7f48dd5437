//! Credentials: what machines check, beside the pages that people read.

pub mod bake;
mod contexts;
pub mod did;
pub mod json;
pub mod jwt;
pub mod keys;
pub mod ob2;
pub mod ob3;
pub mod proof;
pub mod quads;
pub mod rdf;
pub mod record;
pub mod sign;
pub mod status;
pub mod strict;
pub mod text;
pub mod verify;
