//! Credentials: what machines check, beside the pages that people read.

pub mod did;
pub mod json;
pub mod keys;
pub mod ob2;
pub mod ob3;
pub mod record;
pub mod status;
pub mod text;
