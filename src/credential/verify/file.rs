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
    /// JSON that says something of a subject, as credentials do, and does not say that it is one.
    #[error("this is no credential: `type` does not say VerifiableCredential")]
    Untyped,
    /// A status list.
    #[error("this is a list of statuses, and no credential of anybody")]
    StatusList,
    /// None of the kinds that are known.
    #[error("this is no PNG, SVG, JSON or JWT")]
    Unknown,
}

/// What stands in credentials and in little else: as JSON, as the keyword of a PNG's chunk, as the names of an SVG.
const MARKS: [&[u8]; 7] = [
    b"\"VerifiableCredential\"",
    b"\"OpenBadgeCredential\"",
    b"\"AchievementCredential\"",
    b"openbadgecredential",
    b"openbadges\0",
    b"openbadges:credential",
    b"purl.imsglobal.org/ob/v3p0",
];

/// How many bytes the longest of these has; whoever reads a file in pieces has to let them overlap by so many.
pub const LONGEST_MARK: usize = 26;

/// Whether something that stands in credentials stands in these bytes, however damaged they are.
pub fn has_mark(bytes: &[u8]) -> bool {
    MARKS.iter().any(|mark| memchr::memmem::find(bytes, mark).is_some())
}

/// Whether a file is plainly meant to be a credential, by its name.
fn is_called_so(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "credential.json" || name.ends_with(".jwt") || name.ends_with(".1ob")
}

impl Unreadable {
    /// Whether a file of a folder, of which no more is known than this and what is in it, has a credential in it or is
    /// meant to: then it must not be passed over, whatever is wrong with it. `name` is the file's, without its folders.
    pub fn is_meant(&self, name: &str, bytes: &[u8]) -> bool {
        let is_picture = || png::is_png(bytes) || svg::is_svg(bytes);
        is_called_so(name)
            || match self {
                Self::Jwt(_)
                | Self::Untyped
                | Self::Picture(BakeFault::Twice | BakeFault::Unpacked | BakeFault::Text) => true,
                // Beside each credential of a site there are an assertion and a list of statuses.
                Self::Hosted(_) => is_picture(),
                Self::StatusList | Self::Other => false,
                Self::Nothing | Self::Large | Self::Picture(_) | Self::Json(_) | Self::Unknown => has_mark(bytes),
            }
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
        return Err(match types.as_slice() {
            types if types.contains(&"Assertion") => Unreadable::Hosted(String::new()),
            _ if ["credentialSubject", "verifiableCredential", "vc"].iter().any(|name| value.get(name).is_some()) => {
                Unreadable::Untyped
            }
            _ => Unreadable::Other,
        });
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
