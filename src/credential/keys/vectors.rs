//! Signatures of Project Wycheproof, the JOSE cookbook and RFC 8037.

use std::{fs, path::PathBuf};

use serde_json::Value;

use super::*;
use crate::credential::jwt::Jwt;

fn read(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Signatures over hexadecimal messages. The number of those that are right, and of those that are not.
fn signatures(file: &str) -> (usize, usize) {
    let (mut right, mut wrong) = (0, 0);
    for group in read(file)["groups"].as_array().unwrap() {
        let point = hex(group["pk"].as_str().unwrap());
        let key = match point.len() {
            32 => PublicKey::ed25519(point.try_into().unwrap()),
            _ => PublicKey::p256(&point),
        };
        let key = key.unwrap();
        for test in group["tests"].as_array().unwrap() {
            let [id, message, signature, result] = test.as_array().unwrap().as_slice() else { panic!() };
            let verifies = key.verifies(&hex(message.as_str().unwrap()), &hex(signature.as_str().unwrap()));
            assert_eq!(verifies, result == "valid", "{file} {id}");
            *if verifies { &mut right } else { &mut wrong } += 1;
        }
    }
    (right, wrong)
}

#[test]
fn wycheproof_ed25519() {
    let (right, wrong) = signatures("wycheproof/ed25519.json");
    assert_eq!(right + wrong, 151);
    assert!(wrong > 50);
}

#[test]
fn wycheproof_ecdsa() {
    let (right, wrong) = signatures("wycheproof/ecdsa_p256_sha256.json");
    assert_eq!(right + wrong, 262);
    assert!(wrong > 50);
}

#[test]
fn wycheproof_json_web_signatures() {
    let (mut right, mut wrong) = (0, 0);
    for group in read("wycheproof/jws.json")["groups"].as_array().unwrap() {
        let key = PublicKey::from_jwk(group["jwk"].to_string().as_bytes());
        for test in group["tests"].as_array().unwrap() {
            let [id, jws, result] = test.as_array().unwrap().as_slice() else { panic!() };
            let jws = jws.as_str().unwrap();
            // Payloads there are no JSON; what counts here is the header, the key and the signature.
            let (signed, signature) = jws.rsplit_once('.').unwrap_or_default();
            let header = signed.split('.').next().unwrap_or_default();
            let jwt = Jwt::read(&format!("{header}.e30.{signature}"));
            let verifies = matches!((&key, &jwt), (Ok(key), Ok(jwt)) if jwt.fits(key)
                && from_base64url(signature).is_some_and(|signature| key.verifies(signed.as_bytes(), &signature)));
            let expected = result == "valid" && group["jwk"]["alg"] != "PS256";
            assert_eq!(verifies, expected, "{id} {jwt:?}");
            *if verifies { &mut right } else { &mut wrong } += 1;
        }
    }
    assert_eq!((right, wrong), (10, 271));
}

#[test]
fn jose_cookbook() {
    for name in ["jose/rs256.json", "jose/ed25519.json"] {
        let vector = read(name);
        let key = PublicKey::from_jwk(vector["jwk"].to_string().as_bytes()).unwrap();
        let compact = vector["compact"].as_str().unwrap();
        let (signed, signature) = compact.rsplit_once('.').unwrap();
        let signature = from_base64url(signature).unwrap();
        assert!(key.verifies(signed.as_bytes(), &signature), "{name}");
        assert!(!key.verifies(&signed.as_bytes()[1..], &signature), "{name}");
    }
}
