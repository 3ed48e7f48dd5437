//! Embedded proofs: `eddsa-rdfc-2022` (Data Integrity `EdDSA` Cryptosuites 1.0), and `Ed25519Signature2020`, its
//! predecessor, which is checked and never made.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    json::Json,
    keys::{PublicKey, SigningKey},
    quads,
    rdf::{self, RdfFault},
};

/// What is signed: the hash of the canonical options of the proof, then that of the canonical document (section 3.3.4).
pub fn hash_data(options: &str, document: &str) -> [u8; 64] {
    let mut data = [0; 64];
    let (first, second) = data.split_at_mut(32);
    first.copy_from_slice(&Sha256::digest(options));
    second.copy_from_slice(&Sha256::digest(document));
    data
}

/// The proof of a document whose canonical form is known. It has no `created`: the same document has the same proof.
pub fn prove(canonical: &str, verification_method: &str, key: &SigningKey) -> Json {
    let data = hash_data(&quads::proof_options(verification_method), canonical);
    Json::Object(vec![
        ("type", Json::text("DataIntegrityProof")),
        ("cryptosuite", Json::text("eddsa-rdfc-2022")),
        ("proofPurpose", Json::text("assertionMethod")),
        ("verificationMethod", Json::text(verification_method)),
        ("proofValue", Json::text(format!("z{}", bs58::encode(key.sign(&data)).into_string()))),
    ])
}

/// A proof that stands in somebody's document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// All of it but the signature.
    options: Map<String, Value>,
    /// The signature.
    signature: Vec<u8>,
    /// Whose key it claims.
    pub verification_method: String,
}

/// Why a proof cannot be checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofFault {
    /// A kind that this program does not know.
    #[error("a proof of a kind that this program does not know ({0})")]
    Kind(String),
    /// It is incomplete, or one of its members is not what it has to be.
    #[error("the proof's `{0}` is missing or not what it has to be")]
    Member(&'static str),
    /// It is for something else than what an issuer says.
    #[error("the proof is not made to assert anything (`proofPurpose` is not `assertionMethod`)")]
    Purpose,
}

impl Proof {
    /// Reads one.
    pub fn read(value: &Value) -> Result<Self, ProofFault> {
        let mut options = value.as_object().ok_or(ProofFault::Member("type"))?.clone();
        let text = |name: &str| options.get(name).and_then(Value::as_str);
        match (text("type"), text("cryptosuite")) {
            (Some("DataIntegrityProof"), Some("eddsa-rdfc-2022")) | (Some("Ed25519Signature2020"), None) => {}
            (kind, suite) => {
                let name = format!("{} {}", kind.unwrap_or_default(), suite.unwrap_or_default());
                return Err(ProofFault::Kind(name.trim().chars().filter(|c| !c.is_control()).take(60).collect()));
            }
        }
        if text("proofPurpose") != Some("assertionMethod") {
            return Err(ProofFault::Purpose);
        }
        // A context of its own would change what is signed; a chain has more under its signature than the document.
        for name in ["@context", "previousProof"] {
            if options.contains_key(name) {
                return Err(ProofFault::Member(if name == "@context" { "@context" } else { "previousProof" }));
            }
        }
        let verification_method =
            text("verificationMethod").ok_or(ProofFault::Member("verificationMethod"))?.to_owned();
        let Some(Value::String(value)) = options.remove("proofValue") else {
            return Err(ProofFault::Member("proofValue"));
        };
        let signature = value
            .strip_prefix('z')
            .filter(|base58| base58.len() <= 100)
            .and_then(|base58| bs58::decode(base58).into_vec().ok())
            .filter(|bytes| bytes.len() == 64)
            .ok_or(ProofFault::Member("proofValue"))?;
        Ok(Self { options, signature, verification_method })
    }

    /// A member of it, such as `expires`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.options.get(name)
    }

    /// Whether it is the signature of a key over a document. `context` is the document's, `canonical` its canonical
    /// form without proofs.
    pub fn verifies(&self, context: &Value, canonical: &str, key: &PublicKey) -> Result<bool, RdfFault> {
        let mut options = self.options.clone();
        options.insert("@context".to_owned(), context.clone());
        let options = rdf::canonical(&rdf::dataset(&Value::Object(options))?)?;
        Ok(key.kind() == super::keys::Kind::Ed25519 && key.verifies(&hash_data(&options, canonical), &self.signature))
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::*;

    fn vector(name: &str) -> String {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/vc-di-eddsa").join(name);
        fs::read_to_string(path).unwrap()
    }

    fn json(name: &str) -> Value {
        serde_json::from_str(&vector(name)).unwrap()
    }

    fn key() -> SigningKey {
        let pair = json("keyPair.json");
        let secret = bs58::decode(&pair["privateKeyMultibase"].as_str().unwrap()[1..]).into_vec().unwrap();
        SigningKey::new(secret[2..].try_into().unwrap())
    }

    #[test]
    fn every_step_of_the_specifications_vector() {
        let document = rdf::canonical(&rdf::dataset(&json("unsigned.json")).unwrap()).unwrap();
        assert_eq!(document, vector("eddsa-rdfc-2022/canonDocDataInt.txt"));
        let options = rdf::canonical(&rdf::dataset(&json("eddsa-rdfc-2022/proofConfigDataInt.json")).unwrap()).unwrap();
        assert_eq!(options, vector("eddsa-rdfc-2022/proofCanonDataInt.txt"));
        let data = hash_data(&options, &document);
        assert_eq!(crate::credential::record::hex(&data), vector("eddsa-rdfc-2022/combinedHashDataInt.txt").trim());
        let signature = bs58::encode(key().sign(&data)).into_string();
        assert_eq!(format!("z{signature}"), vector("eddsa-rdfc-2022/sigBTC58DataInt.txt").trim());
    }

    #[test]
    fn signed_vectors_verify_and_changed_ones_do_not() {
        for name in ["eddsa-rdfc-2022/signedDataInt.json", "proof-set-chain/signedProofSet1.json"] {
            let mut signed = json(name);
            let proof = signed.as_object_mut().unwrap().remove("proof").unwrap();
            let proof = if let Value::Array(all) = proof { all[0].clone() } else { proof };
            let proof = Proof::read(&proof).unwrap();
            let did = proof.verification_method.split('#').next().unwrap();
            let key = crate::credential::keys::of_did_key(did).unwrap();
            let check = |document: &Value| {
                let canonical = rdf::canonical(&rdf::dataset(document).unwrap()).unwrap();
                proof.verifies(&document["@context"], &canonical, &key).unwrap()
            };
            assert!(check(&signed), "{name}");
            signed["name"] = "Another name".into();
            assert!(!check(&signed), "{name}");
        }
    }

    #[test]
    fn what_is_no_proof_of_this_kind() {
        let good = json("eddsa-rdfc-2022/signedDataInt.json")["proof"].clone();
        let with = |name: &str, value: Value| {
            let mut changed = good.clone();
            changed[name] = value;
            Proof::read(&changed).unwrap_err()
        };
        assert_eq!(with("proofPurpose", "authentication".into()), ProofFault::Purpose);
        assert_eq!(
            with("cryptosuite", "eddsa-jcs-2022".into()),
            ProofFault::Kind("DataIntegrityProof eddsa-jcs-2022".into())
        );
        for value in ["", "z", "zabc", "uAAAA", "z0", &format!("z{}", "1".repeat(1000))] {
            assert_eq!(with("proofValue", value.into()), ProofFault::Member("proofValue"));
        }
        assert_eq!(with("verificationMethod", Value::Null), ProofFault::Member("verificationMethod"));
        assert_eq!(with("previousProof", "urn:x:y".into()), ProofFault::Member("previousProof"));
    }
}
