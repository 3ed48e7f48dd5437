//! Credentials: what machines check, beside the pages that people read.

pub mod keys;
