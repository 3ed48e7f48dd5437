//! What `minify-html` names of the crate `minify-js`. It is never called here: see `../README.md`.

/// What would be kept from one script to the next.
#[derive(Debug, Default)]
pub struct Session;

impl Session {
    /// Nothing.
    pub fn new() -> Self {
        Self
    }
}

/// What kind of script it would be.
#[derive(Debug, Clone, Copy)]
pub enum TopLevelMode {
    /// One that shares its names with all others.
    Global,
    /// One with names of its own.
    Module,
}

/// Says that nothing was done.
#[derive(Debug)]
pub struct Refused;

/// Refuses.
pub fn minify(_: &Session, _: TopLevelMode, _: &[u8], _: &mut Vec<u8>) -> Result<(), Refused> {
    Err(Refused)
}
