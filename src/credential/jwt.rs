//! Credentials as JWTs (VC-JWT; JSON Web Signature, RFC 7515).

use serde_json::{Map, Value};

use super::{
    json::Json,
    keys::{JwtKey, Kind, PublicKey, base64url, from_base64url},
    ob3,
    record::Record,
    strict::{self, JsonFault},
};

/// credential.jwt: the unsigned credential with the claims of a JWT, signed with ES256. `kid` is the key's DID URL.
pub fn sign(record: &Record, kid: &str, key: &JwtKey) -> String {
    let header = Json::Object(vec![("alg", Json::text("ES256")), ("kid", Json::text(kid)), ("typ", Json::text("JWT"))]);
    let mut payload = ob3::credential(record);
    if let Json::Object(members) = &mut payload {
        members.push(("iss", Json::text(&record.issuer.did)));
        members.push(("jti", Json::text(&record.id)));
        members.push(("sub", Json::text(&record.subject.id)));
        members.push(("nbf", Json::Number(record.valid_from.as_second())));
        members.extend(record.valid_until.map(|until| ("exp", Json::Number(until.as_second()))));
    }
    let mut jwt = format!("{}.{}", base64url(header.compact()), base64url(payload.compact()));
    let signature = base64url(key.sign(jwt.as_bytes()));
    jwt.push('.');
    jwt.push_str(&signature);
    jwt
}

/// Somebody's JWT, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwt {
    /// What the signature covers.
    signed: String,
    signature: Vec<u8>,
    alg: String,
    /// Whose key it claims.
    pub kid: Option<String>,
    /// What it says.
    pub payload: Map<String, Value>,
}

/// Why something is no JWT that is looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwtFault {
    /// It has not three parts in base64url.
    #[error("it is no JWT: three parts in base64url with dots between them")]
    Parts,
    /// A part is not the JSON that it has to be.
    #[error("a part of the JWT cannot be read: {0}")]
    Json(JsonFault),
    /// `alg: none`, or a secret that sender and reader share.
    #[error("the JWT is not signed with a public key (`alg` is {0})")]
    Unsigned(String),
    /// An algorithm that is not known.
    #[error("the JWT is signed with an algorithm that this program does not know ({0})")]
    Algorithm(String),
    /// The header brings its own key, or has to be understood and is not.
    #[error("the JWT's header has `{0}`, which is not believed")]
    Header(String),
}

impl Jwt {
    /// Reads one, within the bounds of [`strict`].
    pub fn read(text: &str) -> Result<Self, JwtFault> {
        if text.len() > strict::LARGEST {
            return Err(JwtFault::Json(JsonFault::Large));
        }
        let (signed, signature) = text.trim().rsplit_once('.').ok_or(JwtFault::Parts)?;
        let (header, payload) = signed.split_once('.').ok_or(JwtFault::Parts)?;
        let object = |part: &str| match strict::read(&from_base64url(part).ok_or(JwtFault::Parts)?) {
            Ok(Value::Object(members)) => Ok(members),
            Ok(_) => Err(JwtFault::Parts),
            Err(fault) => Err(JwtFault::Json(fault)),
        };
        let header = object(header)?;
        let short = |text: &str| -> String { text.chars().filter(|c| !c.is_control()).take(40).collect() };
        if let Some(name) =
            ["jwk", "x5c", "jku", "x5u", "x5t", "crit", "b64"].iter().find(|name| header.contains_key(**name))
        {
            return Err(JwtFault::Header((*name).to_owned()));
        }
        let alg = header.get("alg").and_then(Value::as_str).unwrap_or("none");
        match alg {
            "ES256" | "RS256" | "EdDSA" | "Ed25519" => {}
            _ if alg.eq_ignore_ascii_case("none") || alg.starts_with("HS") => {
                return Err(JwtFault::Unsigned(short(alg)));
            }
            _ => return Err(JwtFault::Algorithm(short(alg))),
        }
        Ok(Self {
            signature: from_base64url(signature).ok_or(JwtFault::Parts)?,
            alg: alg.to_owned(),
            kid: header.get("kid").and_then(Value::as_str).map(str::to_owned),
            payload: object(payload)?,
            signed: signed.to_owned(),
        })
    }

    /// The kind of key that its algorithm is made with.
    pub fn kind(&self) -> Kind {
        match self.alg.as_str() {
            "ES256" => Kind::P256,
            "RS256" => Kind::Rsa,
            _ => Kind::Ed25519,
        }
    }

    /// Whether the key is of the kind that the header's algorithm is made with. The key decides, not the header.
    pub fn fits(&self, key: &PublicKey) -> bool {
        match key.kind() {
            Kind::P256 => self.alg == "ES256",
            Kind::Rsa => self.alg == "RS256",
            Kind::Ed25519 => matches!(self.alg.as_str(), "EdDSA" | "Ed25519"),
        }
    }

    /// Whether it is signed with a key.
    pub fn verifies(&self, key: &PublicKey) -> bool {
        self.fits(key) && key.verifies(self.signed.as_bytes(), &self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::record::samples;

    #[test]
    fn a_jwt_says_what_the_credential_says() {
        let key = JwtKey::new(&[5; 32]).unwrap();
        let record = samples::record();
        let text = sign(&record, "did:web:badges.example#k", &key);
        assert_eq!(text, sign(&record, "did:web:badges.example#k", &key));
        let jwt = Jwt::read(&text).unwrap();
        assert!(jwt.verifies(&key.public().unwrap()));
        assert!(!jwt.verifies(&JwtKey::new(&[6; 32]).unwrap().public().unwrap()));
        assert_eq!(jwt.payload["iss"], "did:web:badges.example");
        assert_eq!(jwt.payload["sub"], jwt.payload["credentialSubject"]["id"]);
        assert_eq!(jwt.payload["nbf"], 1_767_308_400);
        assert_eq!(jwt.payload["exp"], 1_830_380_399);
        let header = from_base64url(text.split('.').next().unwrap()).unwrap();
        assert_eq!(header, br#"{"alg":"ES256","kid":"did:web:badges.example#k","typ":"JWT"}"#);
    }

    #[test]
    fn headers_that_are_not_believed() {
        let jwt = |header: &str| Jwt::read(&format!("{}.{}.", base64url(header), base64url("{}"))).unwrap_err();
        assert_eq!(jwt(r#"{"alg":"none"}"#), JwtFault::Unsigned("none".into()));
        assert_eq!(jwt(r#"{"alg":"NoNe"}"#), JwtFault::Unsigned("NoNe".into()));
        assert_eq!(jwt("{}"), JwtFault::Unsigned("none".into()));
        assert_eq!(jwt(r#"{"alg":"HS256"}"#), JwtFault::Unsigned("HS256".into()));
        assert_eq!(jwt(r#"{"alg":"PS256"}"#), JwtFault::Algorithm("PS256".into()));
        for name in ["jwk", "x5c", "jku", "x5u", "crit"] {
            assert_eq!(jwt(&format!(r#"{{"alg":"ES256","{name}":[]}}"#)), JwtFault::Header(name.into()));
        }
        assert_eq!(jwt(r#"{"alg":"ES256","alg":"none"}"#), JwtFault::Json(JsonFault::Twice("alg".into())));
        for wrong in ["", ".", "..", "a.b.c", "e30.e30", "e30.e30.e30.e30"] {
            assert!(Jwt::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_key_decides_about_the_algorithm() {
        let key = JwtKey::new(&[5; 32]).unwrap();
        let signed = format!("{}.{}", base64url(r#"{"alg":"RS256"}"#), base64url("{}"));
        let jwt = Jwt::read(&format!("{signed}.{}", base64url(key.sign(signed.as_bytes())))).unwrap();
        assert!(!jwt.verifies(&key.public().unwrap()));
    }
}
