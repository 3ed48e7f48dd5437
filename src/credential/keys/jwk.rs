//! JSON Web Keys (RFC 7517), for Ed25519 (RFC 8037), P-256 and RSA (RFC 7518).

use serde::Deserialize;
use zeroize::Zeroizing;

use super::{KeyFault, from_base64url};

/// The members that matter. Others may stand beside them.
#[derive(Deserialize)]
pub(super) struct Jwk {
    pub(super) kty: String,
    pub(super) crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    #[serde(default, deserialize_with = "wiped")]
    d: Option<Zeroizing<String>>,
    // The secret of a symmetric key: that it is there says which kind this is.
    #[serde(default, deserialize_with = "wiped")]
    k: Option<Zeroizing<String>>,
}

fn wiped<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Zeroizing<String>>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Zeroizing::new))
}

impl Jwk {
    /// Reads one. serde's own message would repeat what it met, so it is dropped.
    pub(super) fn read(json: &[u8]) -> Result<Self, KeyFault> {
        serde_json::from_slice(json).map_err(|_| KeyFault::NotJwk)
    }

    /// What the kind is called, for messages: nothing of the key, only short names that are known.
    pub(super) fn kind(&self) -> String {
        let crv = self.crv.as_deref().unwrap_or_default();
        let known =
            ["OKP", "EC", "RSA", "oct", "Ed25519", "Ed448", "X25519", "X448", "P-256", "P-384", "P-521", "secp256k1"];
        let name =
            |text: &str| known.iter().find(|known| **known == text).map_or("(unknown)", |known| *known).to_owned();
        if crv.is_empty() { name(&self.kty) } else { format!("{} {}", name(&self.kty), name(crv)) }
    }

    pub(super) fn is_private(&self) -> bool {
        self.d.is_some() || self.k.is_some()
    }

    /// Whether the key says of itself that it is for signatures of this kind, or says nothing (RFC 7517 sections 4.2 to
    /// 4.4).
    pub(super) fn is_for_signing(&self, algorithms: &[&str]) -> bool {
        self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify" || op == "sign"))
            && self.alg.as_deref().is_none_or(|alg| algorithms.contains(&alg))
    }

    pub(super) fn x(&self) -> Result<[u8; 32], KeyFault> {
        bytes(self.x.as_deref(), "x")
    }

    pub(super) fn y(&self) -> Result<[u8; 32], KeyFault> {
        bytes(self.y.as_deref(), "y")
    }

    pub(super) fn d(&self) -> Result<Zeroizing<[u8; 32]>, KeyFault> {
        let text = self.d.as_ref().ok_or(KeyFault::OnlyPublic)?;
        let decoded = Zeroizing::new(from_base64url(text).ok_or(KeyFault::Member("d"))?);
        Ok(Zeroizing::new(decoded.as_slice().try_into().map_err(|_| KeyFault::Member("d"))?))
    }

    pub(super) fn n(&self) -> Result<Vec<u8>, KeyFault> {
        number(self.n.as_deref(), "n")
    }

    pub(super) fn e(&self) -> Result<Vec<u8>, KeyFault> {
        number(self.e.as_deref(), "e")
    }
}

fn bytes(text: Option<&str>, member: &'static str) -> Result<[u8; 32], KeyFault> {
    let decoded = text.and_then(from_base64url).ok_or(KeyFault::Member(member))?;
    decoded.try_into().map_err(|_| KeyFault::Member(member))
}

/// A positive number, big-endian, without zeros in front (RFC 7518 section 2, `Base64urlUInt`).
fn number(text: Option<&str>, member: &'static str) -> Result<Vec<u8>, KeyFault> {
    let decoded = text.and_then(from_base64url).ok_or(KeyFault::Member(member))?;
    match decoded.first() {
        Some(first) if *first != 0 => Ok(decoded),
        _ => Err(KeyFault::Member(member)),
    }
}
