//! Whether a credential is signed by its issuer, and by nobody else.

use super::{
    AtHand, Checks, Verdict,
    document::{Document, moment},
    issuer::{Keys, Refusal, keys},
    shown,
};
use crate::credential::{
    keys::{Kind, PublicKey},
    proof::{Proof, ProofFault},
    rdf::{self, RdfFault},
};

/// How a signature ended.
enum Signature {
    Good,
    Altered,
    Refused(Refusal),
    Expired(String),
    /// Of a known kind, and cannot be read.
    Malformed(String),
    /// Of a kind that is not known.
    Unknown(String),
}

/// Checks the JWT's signature, and all proofs: one has to be good, and none may be false.
pub(super) fn check(document: &Document<'_>, at_hand: &AtHand<'_>, checks: &mut Checks) {
    let mut results = Vec::new();
    if let Some(jwt) = document.jwt {
        results.push(jwt_signature(document, jwt, at_hand));
    }
    // A JWT's signature needs no order of its parts, but what has none is refused in every form.
    if !document.proofs.is_empty() || document.jwt.is_some() {
        match rdf::canonical(&document.dataset) {
            Ok(canonical) => {
                results.extend(document.proofs.iter().map(|proof| embedded(document, proof, &canonical, at_hand)));
            }
            Err(fault) => results.push(Signature::Malformed(fault.to_string())),
        }
    }
    if results.is_empty() {
        checks.missing("signature", "it is not signed");
        return;
    }
    let is_any_good = results.iter().any(|result| matches!(result, Signature::Good));
    for result in results {
        match result {
            Signature::Good => {
                checks.pass(
                    "signature",
                    "the signature is made with the issuer's key, and nothing that it covers was changed",
                );
            }
            Signature::Altered => checks.fail(
                "signature",
                Verdict::Altered,
                "the signature does not fit: what was signed is something else than what stands here",
            ),
            Signature::Expired(detail) => checks.fail("signature", Verdict::Expired, detail),
            Signature::Refused(Refusal::AnotherKey(detail)) => checks.fail("signature", Verdict::AnotherKey, detail),
            Signature::Refused(Refusal::Unchecked(detail)) => checks.missing("signature", detail),
            Signature::Malformed(detail) => checks.fail("signature", Verdict::Unchecked, detail),
            // A proof of a kind that is not known takes nothing from one that is good.
            Signature::Unknown(detail) if is_any_good => checks.note("signature", detail),
            Signature::Unknown(detail) => checks.missing("signature", detail),
        }
    }
}

fn jwt_signature(document: &Document<'_>, jwt: &crate::credential::jwt::Jwt, at_hand: &AtHand<'_>) -> Signature {
    let Some(kid) = jwt.kid.as_deref() else {
        return match at_hand.keys.as_slice() {
            [] => Signature::Refused(Refusal::Unchecked("the JWT does not say which key it is signed with (`kid`)")),
            given => tried(given, None, jwt.kind(), |key| Ok(jwt.verifies(key))),
        };
    };
    match keys(&document.issuer, kid, at_hand) {
        Ok(Keys::Named(key)) if !jwt.fits(&key) => {
            Signature::Refused(Refusal::Unchecked("the JWT's `alg` is not what its key is made for"))
        }
        Ok(Keys::Named(key)) if jwt.verifies(&key) => Signature::Good,
        Ok(Keys::Named(_)) => Signature::Altered,
        Ok(Keys::Given(given)) => tried(given, Some(kid), jwt.kind(), |key| Ok(jwt.verifies(key))),
        Err(refusal) => Signature::Refused(refusal),
    }
}

fn embedded(document: &Document<'_>, proof: &serde_json::Value, canonical: &str, at_hand: &AtHand<'_>) -> Signature {
    let proof = match Proof::read(proof) {
        Ok(proof) => proof,
        Err(fault @ ProofFault::Kind(_)) => return Signature::Unknown(fault.to_string()),
        Err(fault) => return Signature::Malformed(fault.to_string()),
    };
    let verifies = |key: &PublicKey| proof.verifies(&document.context, canonical, key);
    let result = match keys(&document.issuer, &proof.verification_method, at_hand) {
        Ok(Keys::Named(key)) => match verifies(&key) {
            Ok(true) => Signature::Good,
            Ok(false) => Signature::Altered,
            Err(fault) => Signature::Malformed(format!("the proof is refused: {fault}")),
        },
        Ok(Keys::Given(given)) => tried(given, Some(&proof.verification_method), Kind::Ed25519, verifies),
        Err(refusal) => Signature::Refused(refusal),
    };
    if !matches!(result, Signature::Good) {
        return result;
    }
    match proof.get("expires") {
        None => result,
        Some(value) => match value.as_str().and_then(moment) {
            Some(until) if at_hand.at >= until => {
                Signature::Expired(format!("the proof itself was valid until {}", shown(&until.to_string())))
            }
            Some(_) => result,
            None => Signature::Malformed("the proof's `expires` is no moment with a time zone".to_owned()),
        },
    }
}

/// Tries keys that were given by hand. Where none fits, a key that the signature names tells an altered credential from
/// another key.
fn tried(
    given: &[PublicKey],
    method: Option<&str>,
    kind: Kind,
    verifies: impl Fn(&PublicKey) -> Result<bool, RdfFault>,
) -> Signature {
    for key in given {
        match verifies(key) {
            Ok(true) => return Signature::Good,
            Ok(false) => {}
            Err(fault) => return Signature::Malformed(format!("the proof is refused: {fault}")),
        }
    }
    let named = method.and_then(|method| method.split_once('#')).map(|(_, fragment)| fragment);
    let is_named = |key: &PublicKey| {
        named.is_some_and(|named| named == key.thumbprint() || Some(named) == key.to_multikey().as_deref())
    };
    if given.iter().any(is_named) {
        Signature::Altered
    } else if given.iter().all(|key| key.kind() != kind) {
        Signature::Refused(Refusal::AnotherKey(match kind {
            Kind::Ed25519 => {
                "it is signed with an Ed25519 key, and none of the given keys is one: give that one as well"
            }
            Kind::P256 => "it is signed with a P-256 key, and none of the given keys is one: give that one as well",
            Kind::Rsa => "it is signed with an RSA key, and none of the given keys is one: give that one as well",
        }))
    } else {
        Signature::Refused(Refusal::AnotherKey("it is signed with none of the given keys, or it was altered"))
    }
}
