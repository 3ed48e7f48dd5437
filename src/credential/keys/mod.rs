//! Keys: what they are, and how they are written down.
//!
//! Private keys, and the secret, are held by types that show nothing of themselves: no `Debug` that prints bytes, no
//! error that repeats what was read. They are wiped from memory when they are dropped.

mod did_key;
mod jwk;
mod private;
mod public;
mod secret;
mod site;

pub use did_key::{did_key, of_did_key};
pub use private::{JwtKey, Material, SigningKey};
pub use public::{Kind, PublicKey};
pub use secret::Secret;
pub use site::SiteKeys;

/// Why something is no key. It never repeats what it was read from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFault {
    /// It cannot be read as a JWK (RFC 7517).
    #[error("this is no JWK: it has to be one JSON object with `kty` and what belongs to it")]
    NotJwk,
    /// A member is missing or is not what its type asks for.
    #[error("`{0}` is missing or is not what RFC 7517 and RFC 8037 ask for")]
    Member(&'static str),
    /// A key of a kind that is of no use here.
    #[error("this is a key of the kind {0}; needed is {1}")]
    Kind(String, &'static str),
    /// Only the public half is there.
    #[error("this is only the public half of a key: `d` is missing")]
    OnlyPublic,
    /// The private half is there where only the public one may be.
    #[error("this is a private key; only its public half may stand here")]
    Private,
    /// It says of itself that it is for something else.
    #[error("this key says (`use`, `key_ops` or `alg`) that it is not for signatures of this kind")]
    Purpose,
    /// Both halves are there and do not belong together.
    #[error("the two halves of this key do not belong together")]
    Halves,
    /// The point or number is none that signatures can be checked with.
    #[error("this is no valid public key")]
    Invalid,
    /// It cannot be read as a Multikey.
    #[error("this is no Multikey: `z`, then base58 of a known kind of key")]
    NotMultikey,
    /// The secret is not 32 bytes in base64url.
    #[error("the secret has to be 32 bytes in base64url: 43 letters, digits, `-` and `_`")]
    Secret,
}

/// Base64url without padding (RFC 4648 section 5), as JOSE writes everything.
pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads base64url without padding, and nothing that another text would decode to as well.
pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod vectors;
