//! What a site signs with, and the three signed files of an award.

use super::{
    did,
    json::Json,
    jwt,
    keys::{JwtKey, KeyFault, SigningKey},
    ob3, proof, quads,
    rdf::{self, RdfFault},
    record::Record,
    status,
};

/// The keys of an issuer, with the names they have in its did.json.
#[derive(Debug, Clone)]
pub struct Signer {
    key: SigningKey,
    method: String,
    jwt: Option<(JwtKey, String)>,
    short: Short,
}

/// The short way to the canonical forms of an award's credential and of its status list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Short {
    pub(crate) credential: fn(&Record) -> Option<String>,
    pub(crate) status: fn(&Record, bool) -> Option<String>,
}

impl Signer {
    /// Of an issuer.
    pub fn new(issuer: &str, key: SigningKey, jwt: Option<JwtKey>) -> Result<Self, KeyFault> {
        let method = did::key_id(issuer, &key.public()?);
        let jwt = match jwt {
            Some(key) => {
                let kid = did::key_id(issuer, &key.public()?);
                Some((key, kid))
            }
            None => None,
        };
        Ok(Self { key, method, jwt, short: Short { credential: quads::credential, status: quads::status } })
    }

    /// The same with another short way, which may be wrong.
    #[cfg(test)]
    pub(crate) fn with_short_way(self, short: Short) -> Self {
        Self { short, ..self }
    }

    /// credential.json. An error where a record holds what JSON-LD cannot.
    pub fn credential(&self, record: &Record) -> Result<Json, RdfFault> {
        let canonical = match (self.short.credential)(record) {
            Some(canonical) => canonical,
            None => canonical_of(&ob3::credential(record))?,
        };
        Ok(ob3::signed_credential(record, proof::prove(&canonical, &self.method, &self.key)))
    }

    /// credential.jwt, where there is a key for it.
    pub fn jwt(&self, record: &Record) -> Option<String> {
        let (key, kid) = self.jwt.as_ref()?;
        Some(jwt::sign(record, kid, key))
    }

    /// status.json: whether the award is revoked or suspended.
    pub fn status(&self, record: &Record, is_set: bool) -> Result<Json, RdfFault> {
        let canonical = match (self.short.status)(record, is_set) {
            Some(canonical) => canonical,
            None => canonical_of(&status::credential(record, is_set))?,
        };
        Ok(status::signed_credential(record, is_set, proof::prove(&canonical, &self.method, &self.key)))
    }

    /// Whether the short way gives what the full way gives, for the three documents of an award. A build asks this for
    /// one award a badge, and stops if it is not so.
    pub fn short_way_holds(&self, record: &Record) -> Result<bool, RdfFault> {
        let same = |short: Option<String>, json: &Json| -> Result<bool, RdfFault> {
            let full = canonical_of(json)?;
            Ok(short.is_none_or(|short| short == full))
        };
        let options = serde_json::json!({
            "@context": ob3::CONTEXTS,
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "proofPurpose": "assertionMethod",
            "verificationMethod": self.method,
        });
        Ok(same((self.short.credential)(record), &ob3::credential(record))?
            && same((self.short.status)(record, true), &status::credential(record, true))?
            && same((self.short.status)(record, false), &status::credential(record, false))?
            && rdf::canonical(&rdf::dataset(&options)?)? == quads::proof_options(&self.method))
    }
}

fn canonical_of(json: &Json) -> Result<String, RdfFault> {
    let value = serde_json::from_str(&json.compact()).map_err(|error| RdfFault::JsonLd(error.to_string()))?;
    rdf::canonical(&rdf::dataset(&value)?)
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;

    /// Keys for tests, and for nothing else.
    pub(crate) fn signer() -> Signer {
        Signer::new("did:web:badges.example", SigningKey::new(&[4; 32]), Some(JwtKey::new(&[5; 32]).unwrap())).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::{
        proof::Proof,
        record::{Evidence, samples},
    };
    use serde_json::Value;

    fn verifies(json: &Json) -> bool {
        let mut document: Value = serde_json::from_str(&json.compact()).unwrap();
        let proof = Proof::read(&document.as_object_mut().unwrap().remove("proof").unwrap()).unwrap();
        let canonical = rdf::canonical(&rdf::dataset(&document).unwrap()).unwrap();
        let key = SigningKey::new(&[4; 32]).public().unwrap();
        proof.verifies(&document["@context"], &canonical, &key).unwrap()
    }

    #[test]
    fn what_is_signed_verifies_the_full_way() {
        let (signer, mut record) = (super::samples::signer(), samples::record());
        assert!(verifies(&signer.credential(&record).unwrap()));
        assert!(verifies(&signer.status(&record, true).unwrap()) && verifies(&signer.status(&record, false).unwrap()));
        assert!(signer.short_way_holds(&record).unwrap());
        record.evidence = vec![Evidence::default(); 3];
        assert!(verifies(&signer.credential(&record).unwrap()));
        assert!(signer.short_way_holds(&record).unwrap());
    }

    #[test]
    fn what_json_ld_cannot_hold_is_an_error() {
        let (signer, mut record) = (super::samples::signer(), samples::record());
        record.achievement.image = "https://badges.example/a b.png".to_owned();
        assert!(matches!(signer.short_way_holds(&record), Err(RdfFault::Relative(_))));
    }

    #[test]
    fn the_same_again() {
        let (signer, record) = (super::samples::signer(), samples::record());
        assert_eq!(signer.credential(&record).unwrap(), signer.credential(&record).unwrap());
        assert_eq!(signer.jwt(&record), signer.jwt(&record));
    }
}
