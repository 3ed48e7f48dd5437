//! Credentials: what machines check, beside the pages that people read.
//!
//! Nothing here knows a site, a disk or a clock. An award comes in as a [`record::Record`], and every file is made from
//! it:
//!
//! - [`ob3`] credential.json and achievement.json, [`ob2`] assertion.json, badge.json and issuer.json, [`status`]
//!   status.json, [`did`] did.json; [`json`] writes them, [`text`] says what may stand in them.
//! - [`sign`] signs: an embedded [`proof`] over the canonical form, which [`quads`] emits directly, and a [`jwt`].
//! - [`bake`] puts them into pictures.
//! - [`keys`] are read and made.
//!
//! The other way, from a stranger's bytes to an answer, is [`verify`]. It takes the full way to the canonical form
//! ([`rdf`]), from JSON that is read strictly ([`strict`]).

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
