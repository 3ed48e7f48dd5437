//! Baking: credentials in pictures (Open Badges 3.0 section 5.3, Open Badges 2.0 baking specification).

pub mod png;
pub mod svg;

/// How large a picture may be that is looked into: 8 MiB.
pub const LARGEST: usize = 8 * 1024 * 1024;

/// What was found in a picture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Baked {
    /// The credential: JSON, or a JWT.
    pub credential: Option<String>,
    /// The Open Badges 2.0 assertion, or its address.
    pub assertion: Option<String>,
}

/// Why a picture cannot be baked or looked into.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BakeFault {
    /// It is larger than [`LARGEST`].
    #[error("the picture is larger than 8 MiB")]
    Large,
    /// It does not end where its parts say, or a checksum is wrong.
    #[error("the PNG is damaged: {0}")]
    Png(&'static str),
    /// It is no SVG that can be read.
    #[error("the SVG cannot be read: {0}")]
    Svg(String),
    /// A second credential hides behind the first.
    #[error("there are two credentials in the picture")]
    Twice,
    /// The credential is larger than one may be.
    #[error("the credential in the picture is larger than 256 KiB")]
    Unpacked,
    /// The credential is no text.
    #[error("the credential in the picture cannot be read")]
    Text,
}
