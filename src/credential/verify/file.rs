//! What is in a file: a credential, alone or in a picture.

use serde_json::Value;

use crate::credential::{
    bake::{self, BakeFault, png, svg},
    jwt::{Jwt, JwtFault},
    strict::{self, JsonFault},
};

/// What was found, and where.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A credential in JSON, with a proof in it.
    Json {
        /// The credential.
        value: Value,
        /// In which kind of picture.
        baked: Option<&'static str>,
    },
    /// A credential as a JWT.
    Jwt {
        /// The JWT.
        jwt: Jwt,
        /// In which kind of picture.
        baked: Option<&'static str>,
    },
}

/// Why nothing was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Too large.
    #[error("the file is larger than 8 MiB")]
    Large,
    /// A picture without a credential.
    #[error("there is no credential in this picture")]
    Nothing,
    /// An Open Badges 2.0 assertion: its issuer's server is what vouches for it.
    #[error(
        "this is an Open Badges 2.0 assertion, which is not signed: only its address can tell whether it counts{0}"
    )]
    Hosted(String),
    /// A picture that cannot be looked into.
    #[error("{0}")]
    Picture(BakeFault),
    /// Not JSON, or JSON that is refused.
    #[error("the credential is refused: {0}")]
    Json(JsonFault),
    /// Not a JWT, or one that is refused.
    #[error("the credential is refused: {0}")]
    Jwt(JwtFault),
    /// JSON, but no credential.
    #[error("this is no credential: `type` does not say VerifiableCredential")]
    Other,
    /// A status list.
    #[error("this is a list of statuses, and no credential of anybody")]
    StatusList,
    /// None of the kinds that are known.
    #[error("this is no PNG, SVG, JSON or JWT")]
    Unknown,
}

impl Unreadable {
    /// Whether there is no credential at all, good or bad: then a folder's file is passed over.
    pub fn is_nothing(&self) -> bool {
        matches!(
            self,
            Self::Nothing
                | Self::Other
                | Self::StatusList
                | Self::Unknown
                | Self::Hosted(_)
                | Self::Jwt(JwtFault::Parts)
        ) || matches!(self, Self::Picture(BakeFault::Svg(_) | BakeFault::Png(_) | BakeFault::Large))
            || matches!(self, Self::Large | Self::Json(JsonFault::Syntax { .. } | JsonFault::Large))
    }
}

/// Finds the credential.
pub fn find(bytes: &[u8]) -> Result<Content, Unreadable> {
    if bytes.len() > bake::LARGEST {
        return Err(Unreadable::Large);
    }
    if png::is_png(bytes) {
        return in_picture(png::unbake(bytes), "PNG");
    }
    if svg::is_svg(bytes) {
        return in_picture(svg::unbake(bytes), "SVG");
    }
    bare(bytes, None)
}

fn in_picture(baked: Result<bake::Baked, BakeFault>, kind: &'static str) -> Result<Content, Unreadable> {
    let baked = baked.map_err(Unreadable::Picture)?;
    match (baked.credential, baked.assertion) {
        (Some(text), _) => bare(text.as_bytes(), Some(kind)),
        (None, Some(text)) => {
            let text = text.trim();
            let address = if text.starts_with("http") { format!(" ({})", super::shown(text)) } else { String::new() };
            Err(Unreadable::Hosted(address))
        }
        (None, None) => Err(Unreadable::Nothing),
    }
}

fn bare(bytes: &[u8], baked: Option<&'static str>) -> Result<Content, Unreadable> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii();
    if text.starts_with(b"{") {
        let value = strict::read(text).map_err(Unreadable::Json)?;
        let types = strings(value.get("type").or_else(|| value.get("@type")));
        if types.contains(&"BitstringStatusListCredential") {
            return Err(Unreadable::StatusList);
        }
        if types.contains(&"VerifiableCredential") {
            return Ok(Content::Json { value, baked });
        }
        return Err(if types.contains(&"Assertion") { Unreadable::Hosted(String::new()) } else { Unreadable::Other });
    }
    match std::str::from_utf8(text) {
        Ok(text) if text.starts_with("ey") && text.contains('.') => {
            Ok(Content::Jwt { jwt: Jwt::read(text).map_err(Unreadable::Jwt)?, baked })
        }
        _ => Err(Unreadable::Unknown),
    }
}

/// A text, or all texts of a list.
pub(super) fn strings(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
