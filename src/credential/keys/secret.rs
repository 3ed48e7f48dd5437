//! The secret that ids of subjects and salts are made from.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{KeyFault, base64url, from_base64url};

/// 32 random bytes. They never change as long as a site lives; whoever loses them gives every award another subject.
#[derive(Clone)]
pub struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    /// Of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// What [`Self::new`] takes.
    pub(crate) fn bytes(&self) -> Zeroizing<[u8; 32]> {
        self.0.clone()
    }

    /// Reads base64url. White space at both ends is no part of it.
    pub fn parse(text: &str) -> Result<Self, KeyFault> {
        let bytes = Zeroizing::new(from_base64url(text.trim()).ok_or(KeyFault::Secret)?);
        let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| KeyFault::Secret)?;
        Ok(Self::new(bytes))
    }

    /// In base64url, as [`Self::parse`] reads it.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(base64url(self.0.as_slice()))
    }

    /// HMAC-SHA-256 of two texts, one after the other.
    pub fn hmac(&self, label: &str, id: &str) -> [u8; 32] {
        // HMAC takes keys of any length; that it cannot fail is not in its type.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_slice()) else { return [0; 32] };
        mac.update(label.as_bytes());
        mac.update(id.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_43_characters() {
        let text = base64url([7_u8; 32]);
        assert_eq!(*Secret::parse(&format!(" {text}\n")).unwrap().to_text(), text);
        for wrong in ["", "short", &text[1..], &format!("{text}A"), &text.replace('B', "="), &text.replace('B', "+")] {
            assert_eq!(Secret::parse(wrong).unwrap_err(), KeyFault::Secret, "{wrong}");
        }
    }

    #[test]
    fn hmac_is_that_of_others() {
        // python3: hmac.new(bytes(range(32)), b"subject:anna-2024", "sha256").hexdigest()
        let mut key = [0_u8; 32];
        for (byte, value) in key.iter_mut().zip(0..) {
            *byte = value;
        }
        let made = Secret::new(key).hmac("subject:", "anna-2024");
        let hex = crate::credential::record::hex(&made);
        assert_eq!(hex, "1b1064194ea08aa2a9a48658669846beb25d1e7e92f716b8fd5a4807850552f1");
    }

    #[test]
    fn nothing_is_shown() {
        assert_eq!(format!("{:?}", Secret::new([7; 32])), "Secret(…)");
    }
}
