//! Private keys: what is signed with, and how they are made.

use std::fmt;

use serde_json::json;
use zeroize::Zeroizing;

use super::{KeyFault, PublicKey, Secret, base64url, jwk::Jwk};

/// The Ed25519 key that credentials' embedded proofs are made with.
#[derive(Clone)]
pub struct SigningKey {
    // It wipes itself.
    key: ed25519_dalek::SigningKey,
}

/// The P-256 key that JWTs are signed with.
#[derive(Clone)]
pub struct JwtKey {
    // It wipes itself.
    key: p256::ecdsa::SigningKey,
}

impl SigningKey {
    /// Of a seed (RFC 8032 section 5.1.5).
    pub fn new(seed: &[u8; 32]) -> Self {
        Self { key: ed25519_dalek::SigningKey::from_bytes(seed) }
    }

    /// What [`Self::new`] takes.
    pub(crate) fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.key.to_bytes())
    }

    /// Reads a private JWK (RFC 8037). Both halves have to belong together.
    pub fn from_jwk(json: &[u8]) -> Result<Self, KeyFault> {
        let jwk = Jwk::read(json)?;
        if (jwk.kty.as_str(), jwk.crv.as_deref()) != ("OKP", Some("Ed25519")) {
            return Err(KeyFault::Kind(jwk.kind(), "Ed25519 (`kty` OKP, `crv` Ed25519)"));
        }
        let key = Self::new(&*jwk.d()?);
        if key.key.verifying_key().to_bytes() == jwk.x()? { Ok(key) } else { Err(KeyFault::Halves) }
    }

    /// As a private JWK, `kid` being the thumbprint.
    pub fn to_jwk(&self) -> Zeroizing<String> {
        let public = self.key.verifying_key().to_bytes();
        let seed = Zeroizing::new(self.key.to_bytes());
        let d = Zeroizing::new(base64url(seed.as_slice()));
        Zeroizing::new(format!(
            "{{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":{},\"x\":\"{}\",\"d\":\"{}\"}}\n",
            json!(self.public().map(|key| key.thumbprint()).unwrap_or_default()),
            base64url(public),
            d.as_str()
        ))
    }

    /// Its public half. A seed whose point is of small order does not exist in practice; the type says so all the same.
    pub fn public(&self) -> Result<PublicKey, KeyFault> {
        PublicKey::ed25519(self.key.verifying_key().to_bytes())
    }

    /// Signs. The same message has the same signature.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        use ed25519_dalek::Signer;
        self.key.sign(message).to_bytes()
    }
}

impl JwtKey {
    /// Of a scalar, big-endian; none is zero or as large as the order.
    pub fn new(scalar: &[u8; 32]) -> Result<Self, KeyFault> {
        let key = p256::ecdsa::SigningKey::from_slice(scalar).map_err(|_| KeyFault::Member("d"))?;
        Ok(Self { key })
    }

    /// What [`Self::new`] takes.
    pub(crate) fn scalar(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.key.to_bytes().into())
    }

    /// Reads a private JWK (RFC 7518 section 6.2). Both halves have to belong together.
    pub fn from_jwk(json: &[u8]) -> Result<Self, KeyFault> {
        let jwk = Jwk::read(json)?;
        if (jwk.kty.as_str(), jwk.crv.as_deref()) != ("EC", Some("P-256")) {
            return Err(KeyFault::Kind(jwk.kind(), "P-256 (`kty` EC, `crv` P-256)"));
        }
        let key = Self::new(&*jwk.d()?)?;
        if key.public()? == PublicKey::of(&jwk)? { Ok(key) } else { Err(KeyFault::Halves) }
    }

    /// As a private JWK, `kid` being the thumbprint.
    pub fn to_jwk(&self) -> Result<Zeroizing<String>, KeyFault> {
        let public = self.public()?.to_jwk();
        let member = |name: &str| public.get(name).map(ToString::to_string).unwrap_or_default();
        let scalar = Zeroizing::new(self.key.to_bytes());
        let d = Zeroizing::new(base64url(scalar.as_slice()));
        Ok(Zeroizing::new(format!(
            "{{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":{},\"x\":{},\"y\":{},\"d\":\"{}\"}}\n",
            member("kid"),
            member("x"),
            member("y"),
            d.as_str()
        )))
    }

    /// Its public half.
    pub fn public(&self) -> Result<PublicKey, KeyFault> {
        PublicKey::p256(self.key.verifying_key().to_sec1_point(false).as_bytes())
    }

    /// Signs for `ES256`: r and s one after the other, with a nonce made from the message and the key (RFC 6979), so
    /// that the same message has the same signature.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        use p256::ecdsa::{Signature, signature::Signer};
        let signature: Signature = self.key.sign(message);
        signature.to_bytes().into()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

impl fmt::Debug for JwtKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JwtKey(…)")
    }
}

/// All that a site signs with.
#[derive(Debug, Clone)]
pub struct Material {
    /// For embedded proofs.
    pub signing: SigningKey,
    /// For JWTs.
    pub jwt: JwtKey,
    /// For ids and salts.
    pub secret: Secret,
}

impl Material {
    /// Makes it from randomness, which comes from outside: `fill` fills with random bytes, and must be a source that is
    /// good enough for keys.
    pub fn generate<E>(mut fill: impl FnMut(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let mut bytes = || -> Result<Zeroizing<[u8; 32]>, E> {
            let mut bytes = Zeroizing::new([0; 32]);
            fill(bytes.as_mut_slice())?;
            Ok(bytes)
        };
        let signing = SigningKey::new(&*bytes()?);
        // About one of 2^32 draws is no scalar; then another one is drawn (FIPS 186-5 appendix A.2.2).
        let jwt = loop {
            if let Ok(key) = JwtKey::new(&*bytes()?) {
                break key;
            }
        };
        Ok(Self { signing, jwt, secret: Secret::new(*bytes()?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037 appendix A.1.
    const RFC_8037: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    #[test]
    fn a_jwk_is_written_as_it_is_read() {
        let key = SigningKey::from_jwk(RFC_8037.as_bytes()).unwrap();
        assert_eq!(*SigningKey::from_jwk(key.to_jwk().as_bytes()).unwrap().to_jwk(), *key.to_jwk());
        assert!(key.to_jwk().contains(r#""kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k""#));
        assert!(key.to_jwk().contains(r#""d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A""#));
    }

    #[test]
    fn rfc_8037_signature() {
        // Appendix A.4.
        let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let key = SigningKey::from_jwk(RFC_8037.as_bytes()).unwrap();
        let signature = key.sign(signed.as_bytes());
        assert_eq!(
            base64url(signature),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
        assert!(key.public().unwrap().verifies(signed.as_bytes(), &signature));
    }

    #[test]
    fn rfc_6979_signature() {
        // Appendix A.2.5, P-256 and SHA-256, message "sample".
        let hex = |text: &str| -> Vec<u8> {
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
        };
        let scalar = hex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721");
        let key = JwtKey::new(&scalar.try_into().unwrap()).unwrap();
        let expected = hex(concat!(
            "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
            "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
        ));
        assert_eq!(key.sign(b"sample").to_vec(), expected);
        assert!(key.public().unwrap().verifies(b"sample", &expected));
        assert_eq!(
            *JwtKey::from_jwk(key.to_jwk().unwrap().as_bytes()).unwrap().to_jwk().unwrap(),
            *key.to_jwk().unwrap()
        );
    }

    #[test]
    fn what_is_wrong_is_said_without_the_key() {
        let swapped = RFC_8037.replace("11qY", "12qY");
        assert_eq!(SigningKey::from_jwk(swapped.as_bytes()).unwrap_err(), KeyFault::Halves);
        let public = RFC_8037.replace("\"d\":", "\"e\":");
        assert_eq!(SigningKey::from_jwk(public.as_bytes()).unwrap_err(), KeyFault::OnlyPublic);
        let short = RFC_8037.replace("nWGx", "");
        assert_eq!(SigningKey::from_jwk(short.as_bytes()).unwrap_err(), KeyFault::Member("d"));
        let kind = JwtKey::from_jwk(RFC_8037.as_bytes()).unwrap_err();
        assert_eq!(kind.to_string(), "this is a key of the kind OKP Ed25519; needed is P-256 (`kty` EC, `crv` P-256)");
        assert_eq!(SigningKey::from_jwk(b"nWGxne_9WmC6").unwrap_err(), KeyFault::NotJwk);
        assert_eq!(format!("{:?}", SigningKey::from_jwk(RFC_8037.as_bytes()).unwrap()), "SigningKey(…)");
    }

    #[test]
    fn material_comes_from_the_randomness_it_is_given() {
        // The first draw for P-256 is larger than the order, and drawn again.
        let mut draws = [[1; 32], [255; 32], [2; 32], [3; 32]].into_iter();
        let fill = |bytes: &mut [u8]| -> Result<(), ()> {
            bytes.copy_from_slice(&draws.next().ok_or(())?);
            Ok(())
        };
        let material = Material::generate(fill).unwrap();
        assert_eq!(*material.signing.to_jwk(), *SigningKey::new(&[1; 32]).to_jwk());
        assert_eq!(*material.jwt.to_jwk().unwrap(), *JwtKey::new(&[2; 32]).unwrap().to_jwk().unwrap());
        assert_eq!(*material.secret.to_text(), *Secret::new([3; 32]).to_text());
        assert!(Material::generate(|_| Err(())).is_err());
    }
}
