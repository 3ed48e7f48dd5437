//! Rooms for credentials: what machines check, beside the pages that people read.
//!
//! What a credential says is put together here ([`Credentials`]), from the site and its keys; how it is written and signed
//! is the business of [`crate::credential`]. Without keys there is none of these files.

pub mod achievement;
pub mod award;
pub mod baked;
pub mod guard;
pub mod issuer;
mod material;
pub mod offer;

pub use material::Credentials;

use crate::{credential::json::Json, diagnostic::Diagnostic, output::View, site::Status};

/// Whether the status list says that an award does not count: verifiers know no other purpose than revocation, so what is
/// on hold is set as well.
pub const fn is_set(status: Status) -> bool {
    matches!(status, Status::Revoked | Status::Suspended)
}

/// The path of a file beside an award's page.
fn beside(view: &View<'_>, index: usize, name: &str) -> String {
    format!("{}{name}", view.award(index).map(crate::site::Award::path).unwrap_or_default())
}

/// What was signed, as a file; or what is wrong with it.
fn written(signed: Option<Result<Json, Diagnostic>>) -> Result<Vec<u8>, Diagnostic> {
    signed.map_or_else(|| Ok(Vec::new()), |json| json.map(|json| json.file()))
}
