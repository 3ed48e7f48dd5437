//! Public keys: what signatures are checked with.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{KeyFault, base64url, jwk::Jwk};

/// What a key is. It alone decides which algorithm its signatures are made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Ed25519: `eddsa-rdfc-2022`, and `EdDSA` in a JWT.
    Ed25519,
    /// P-256: `ES256`.
    P256,
    /// RSA: `RS256`. Its signatures are checked, never made.
    Rsa,
}

/// A public key that is valid: a point of its curve, a number of a usable size.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PublicKey(Inner);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Inner {
    Ed25519([u8; 32]),
    /// x and y, after the byte 4 (SEC 1 section 2.3.3).
    P256([u8; 65]),
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
}

/// Multicodec of an Ed25519 public key, as a varint.
const ED25519: [u8; 2] = [0xed, 0x01];
/// Multicodec of a compressed P-256 public key, as a varint.
const P256: [u8; 2] = [0x80, 0x24];

impl PublicKey {
    /// An Ed25519 key. Points of small order are refused: anybody can make signatures for them.
    pub fn ed25519(bytes: [u8; 32]) -> Result<Self, KeyFault> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| KeyFault::Invalid)?;
        if key.is_weak() { Err(KeyFault::Invalid) } else { Ok(Self(Inner::Ed25519(bytes))) }
    }

    /// A P-256 key of a point as SEC 1 writes it, compressed or not.
    pub fn p256(point: &[u8]) -> Result<Self, KeyFault> {
        let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_| KeyFault::Invalid)?;
        let point = key.to_sec1_point(false);
        Ok(Self(Inner::P256(point.as_bytes().try_into().map_err(|_| KeyFault::Invalid)?)))
    }

    /// Reads a JWK. A private key is no public one: whoever hands one out by mistake has to hear of it.
    pub fn from_jwk(json: &[u8]) -> Result<Self, KeyFault> {
        let jwk = Jwk::read(json)?;
        if jwk.is_private() { Err(KeyFault::Private) } else { Self::of(&jwk) }
    }

    pub(super) fn of(jwk: &Jwk) -> Result<Self, KeyFault> {
        let algorithms: &[&str] = match jwk.kty.as_str() {
            "OKP" => &["EdDSA", "Ed25519"],
            "EC" => &["ES256"],
            _ => &["RS256"],
        };
        if !jwk.is_for_signing(algorithms) {
            return Err(KeyFault::Purpose);
        }
        match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("OKP", Some("Ed25519")) => Self::ed25519(jwk.x()?),
            ("EC", Some("P-256")) => {
                let mut point = [4_u8; 65];
                for (byte, value) in point.iter_mut().skip(1).zip(jwk.x()?.into_iter().chain(jwk.y()?)) {
                    *byte = value;
                }
                Self::p256(&point)
            }
            ("RSA", _) => {
                let (n, e) = (jwk.n()?, jwk.e()?);
                if n.len() < 256 || n.len() > 1024 || e.len() > 4 {
                    return Err(KeyFault::Invalid);
                }
                Ok(Self(Inner::Rsa { n, e }))
            }
            _ => Err(KeyFault::Kind(jwk.kind(), "Ed25519, P-256 or RSA")),
        }
    }

    /// Reads a Multikey's `publicKeyMultibase` (Controlled Identifiers 1.0 section 2.2.2).
    pub fn from_multikey(text: &str) -> Result<Self, KeyFault> {
        let base58 = text.strip_prefix('z').filter(|rest| rest.len() <= 64).ok_or(KeyFault::NotMultikey)?;
        let bytes = bs58::decode(base58).into_vec().map_err(|_| KeyFault::NotMultikey)?;
        match bytes.split_first_chunk::<2>() {
            Some((&ED25519, key)) => Self::ed25519(key.try_into().map_err(|_| KeyFault::NotMultikey)?),
            Some((&P256, point)) if point.len() == 33 => Self::p256(point),
            _ => Err(KeyFault::NotMultikey),
        }
    }

    /// As a Multikey; none for RSA, whose form is not settled.
    pub fn to_multikey(&self) -> Option<String> {
        let mut bytes = Vec::with_capacity(35);
        match &self.0 {
            Inner::Ed25519(key) => {
                bytes.extend(ED25519);
                bytes.extend(key);
            }
            Inner::P256(point) => {
                bytes.extend(P256);
                bytes.push(2 | (point[64] & 1));
                bytes.extend(&point[1..33]);
            }
            Inner::Rsa { .. } => return None,
        }
        Some(format!("z{}", bs58::encode(bytes).into_string()))
    }

    /// As a JWK without `kid`.
    fn bare_jwk(&self) -> Value {
        match &self.0 {
            Inner::Ed25519(key) => json!({"crv": "Ed25519", "kty": "OKP", "x": base64url(key)}),
            Inner::P256(point) => {
                json!({"crv": "P-256", "kty": "EC", "x": base64url(&point[1..33]), "y": base64url(&point[33..])})
            }
            Inner::Rsa { n, e } => json!({"e": base64url(e), "kty": "RSA", "n": base64url(n)}),
        }
    }

    /// As a JWK, `kid` being its thumbprint.
    pub fn to_jwk(&self) -> Value {
        let mut jwk = self.bare_jwk();
        if let Value::Object(members) = &mut jwk {
            members.insert("kid".to_owned(), Value::String(self.thumbprint()));
        }
        jwk
    }

    /// The JWK thumbprint (RFC 7638): SHA-256 of the members that are required, in the order of their names.
    pub fn thumbprint(&self) -> String {
        // Written here, so that it stays right whatever order serde_json keeps.
        let text = match &self.0 {
            Inner::Ed25519(key) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64url(key)),
            Inner::P256(point) => format!(
                r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
                base64url(&point[1..33]),
                base64url(&point[33..])
            ),
            Inner::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, base64url(e), base64url(n)),
        };
        base64url(Sha256::digest(text))
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        match &self.0 {
            Inner::Ed25519(_) => Kind::Ed25519,
            Inner::P256(_) => Kind::P256,
            Inner::Rsa { .. } => Kind::Rsa,
        }
    }

    /// Whether a signature is this key's: Ed25519 as RFC 8032 says, strictly; ECDSA with SHA-256, r and s one after the
    /// other (RFC 7518 section 3.4); RSASSA-PKCS1-v1_5 with SHA-256.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Inner::Ed25519(key) => {
                let (Ok(key), Ok(signature)) =
                    (ed25519_dalek::VerifyingKey::from_bytes(key), ed25519_dalek::Signature::from_slice(signature))
                else {
                    return false;
                };
                key.verify_strict(message, &signature).is_ok()
            }
            Inner::P256(point) => {
                use p256::ecdsa::signature::Verifier;
                let (Ok(key), Ok(signature)) =
                    (p256::ecdsa::VerifyingKey::from_sec1_bytes(point), p256::ecdsa::Signature::from_slice(signature))
                else {
                    return false;
                };
                key.verify(message, &signature).is_ok()
            }
            Inner::Rsa { n, e } => ring::signature::RsaPublicKeyComponents { n, e }
                .verify(&ring::signature::RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_8037_thumbprint_and_signature() {
        // RFC 8037 appendices A.2 and A.3.
        let jwk = br#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let key = PublicKey::from_jwk(jwk).unwrap();
        assert_eq!(key.kind(), Kind::Ed25519);
        assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn rfc_7638_thumbprint() {
        // RFC 7638 section 3.1.
        let jwk = br#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;
        assert_eq!(PublicKey::from_jwk(jwk).unwrap().thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn multikeys_of_the_specifications() {
        // vc-di-eddsa, TestVectors/keyPair.json, and Controlled Identifiers 1.0 section 2.2.2 (P-256).
        for text in
            ["z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2", "zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv"]
        {
            assert_eq!(PublicKey::from_multikey(text).unwrap().to_multikey().unwrap(), text);
        }
        for wrong in ["", "z", "z6Mk", "6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2", "z0OIl", &"z6".repeat(100)] {
            assert_eq!(PublicKey::from_multikey(wrong).unwrap_err(), KeyFault::NotMultikey, "{wrong}");
        }
    }

    #[test]
    fn weak_and_foreign_keys_are_refused() {
        let weak = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, base64url([0; 32]));
        assert_eq!(PublicKey::from_jwk(weak.as_bytes()).unwrap_err(), KeyFault::Invalid);
        let off = format!(r#"{{"kty":"EC","crv":"P-256","x":"{0}","y":"{0}"}}"#, base64url([1; 32]));
        assert_eq!(PublicKey::from_jwk(off.as_bytes()).unwrap_err(), KeyFault::Invalid);
        let other = br#"{"kty":"EC","crv":"P-521","x":"a","y":"b"}"#;
        assert!(matches!(PublicKey::from_jwk(other).unwrap_err(), KeyFault::Kind(kind, _) if kind == "EC P-521"));
        let private = br#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        assert_eq!(PublicKey::from_jwk(private).unwrap_err(), KeyFault::Private);
    }
}
