//! `did:key`: an issuer that is nothing but its key.

use super::PublicKey;

/// The key of a `did:key`, or nothing where it is none or of an unknown kind.
pub fn of_did_key(did: &str) -> Option<PublicKey> {
    PublicKey::from_multikey(did.strip_prefix("did:key:")?).ok()
}

/// A key as an issuer; none for RSA.
pub fn did_key(key: &PublicKey) -> Option<String> {
    Some(format!("did:key:{}", key.to_multikey()?))
}
