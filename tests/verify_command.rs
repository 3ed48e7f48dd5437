//! `bonafide verify` and `bonafide keygen`, through the program itself.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use bonafide::credential::{
    did::{self, Standing},
    keys::{JwtKey, PublicKey, Secret, SigningKey},
    record::{Achievement, Issuer, Record, Subject, subject_id},
    sign::Signer,
};
use serde_json::Value;

fn bonafide(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bonafide")).current_dir(folder).args(args).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn record(base: &str, did: &str, award: &str, secret: &Secret) -> Record {
    let at = |path: &str| format!("{base}{path}");
    Record {
        id: at(&format!("verify/{award}/credential.json")),
        assertion: at(&format!("verify/{award}/assertion.json")),
        status: at(&format!("verify/{award}/status.json")),
        name: "Bee Keeper".to_owned(),
        valid_from: "2026-01-01T23:00:00Z".parse().unwrap(),
        valid_until: Some("2028-01-01T22:59:59Z".parse().unwrap()),
        awarded: "2026-01-01T23:00:00Z".parse().unwrap(),
        issuer: Issuer {
            did: did.to_owned(),
            id: at("issuer.json"),
            url: base.to_owned(),
            name: "Bees".to_owned(),
            description: None,
            email: None,
            image: None,
        },
        achievement: Achievement {
            id: at("badges/bee/achievement.json"),
            badge_class: at("badges/bee/badge.json"),
            name: "Bee Keeper".to_owned(),
            description: "Keeps bees.".to_owned(),
            criteria: "Keep bees.".to_owned(),
            image: at("badges/bee/badge.png"),
            achievement_type: "Certification".to_owned(),
            tags: Vec::new(),
        },
        subject: Subject { id: subject_id(secret, award), name: "Anna".to_owned(), email: None },
        evidence: Vec::new(),
        narrative: None,
    }
}

/// Makes keys with the program, and with them a site of one award below a folder.
fn site(folder: &Path, base: &str) -> Vec<PublicKey> {
    let made = bonafide(folder, &["keygen", "keys"]);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    assert!(out(&made).contains("  key: keys/ed25519.jwk\n  jwt_key: keys/p256.jwk\n  secret: keys/secret\n"));
    let read = |name: &str| fs::read(folder.join("keys").join(name)).unwrap();
    let key = SigningKey::from_jwk(&read("ed25519.jwk")).unwrap();
    let jwt = JwtKey::from_jwk(&read("p256.jwk")).unwrap();
    let secret = Secret::parse(std::str::from_utf8(&read("secret")).unwrap()).unwrap();
    let public = vec![key.public().unwrap(), jwt.public().unwrap()];
    let base = url::Url::parse(base).unwrap();
    let did = did::of_site(&base).unwrap();
    let record = record(base.as_str(), &did, "anna", &secret);
    let signer = Signer::new(&did, key, Some(jwt)).unwrap();
    let award = folder.join("public/verify/anna");
    fs::create_dir_all(&award).unwrap();
    fs::write(award.join("credential.json"), signer.credential(&record).unwrap().file()).unwrap();
    fs::write(award.join("credential.jwt"), signer.jwt(&record).unwrap()).unwrap();
    fs::write(award.join("status.json"), signer.status(&record, false).unwrap().file()).unwrap();
    fs::write(award.join("index.html"), "<div class=\"status\" data-status=\"suspended\">").unwrap();
    fs::write(folder.join("withdrawn.json"), signer.status(&record, true).unwrap().file()).unwrap();
    let keys: Vec<_> = public.iter().map(|key| (key.clone(), Standing::Good)).collect();
    let path = folder.join("public").join(did::document_path(&base));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, did::document(&did, &keys).file()).unwrap();
    public
}

#[test]
fn a_site_is_checked_against_itself() {
    for base in ["https://badges.example/", "https://www.example/our/badges/"] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        site(folder, base);
        let award = "public/verify/anna/credential.json";
        let checked =
            bonafide(folder, &["verify", "public", "--against", "public", "--at", "2026-06-01", "--format", "json"]);
        assert_eq!(checked.status.code(), Some(0), "{checked:?}");
        let results: Value = serde_json::from_str(&out(&checked)).unwrap();
        let results = results["results"].as_array().unwrap();
        assert_eq!(results.len(), 2, "the credential and the JWT: {results:#?}");
        for result in results {
            assert_eq!(result["verdict"], "valid", "{result:#?}");
            assert!(result["file"].as_str().unwrap().starts_with("public/verify/anna/credential.j"));
            assert!(result["checks"].as_array().unwrap().iter().all(|check| check["result"] == "pass"), "{result:#?}");
        }
        let verdict = |args: &[&str]| {
            let all: Vec<&str> = ["verify"].iter().chain(args).copied().collect();
            let checked = bonafide(folder, &all);
            let first = out(&checked).lines().next().unwrap_or_default().to_owned();
            (checked.status.code(), first.rsplit(": ").next().unwrap_or_default().to_owned())
        };
        let with_key = ["--key", "keys/ed25519.pub.jwk", "--at", "2026-06-01"];
        assert_eq!(verdict(&[award, "--against", "public", "--at", "2029-01-01"]), (Some(1), "expired".to_owned()));
        assert_eq!(
            verdict(&[award, "--against", "public", "--at", "2025-01-01"]),
            (Some(1), "not yet valid".to_owned())
        );
        // The key alone does not know the status.
        assert_eq!(verdict(&[&[award], &with_key[..]].concat()), (Some(1), "cannot be checked".to_owned()));
        let status = ["--status", "public/verify/anna/status.json"];
        assert_eq!(verdict(&[&[award], &with_key[..], &status[..]].concat()), (Some(0), "valid".to_owned()));
        let withdrawn = ["--status", "withdrawn.json"];
        assert_eq!(verdict(&[&[award], &with_key[..], &withdrawn[..]].concat()), (Some(1), "withdrawn".to_owned()));
        let on_hold = [award, "--against", "public", "--status", "withdrawn.json", "--at", "2026-06-01"];
        assert_eq!(verdict(&on_hold), (Some(1), "on hold".to_owned()));
    }
}

#[test]
fn another_site_is_another_issuer() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    site(ours.path(), "https://badges.example/");
    site(theirs.path(), "https://other.example/");
    let file = theirs.path().join("public/verify/anna/credential.jwt");
    let checked =
        bonafide(ours.path(), &["verify", file.to_str().unwrap(), "--against", "public", "--at", "2026-06-01"]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(
        out(&checked).contains("wrong issuer\n") && out(&checked).contains("did:web:other.example"),
        "{}",
        out(&checked)
    );
}

#[test]
fn exit_statuses() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let status = |args: &[&str]| bonafide(folder, args).status.code();
    fs::create_dir(folder.join("empty")).unwrap();
    // Nothing is not all.
    assert_eq!(status(&["verify", "empty"]), Some(1));
    assert_eq!(status(&["verify", "missing.png"]), Some(1));
    assert_eq!(status(&["verify"]), Some(2));
    assert_eq!(status(&["verify", "empty", "--against", "empty"]), Some(2));
    assert_eq!(status(&["verify", "empty", "--key", "missing.jwk"]), Some(2));
    fs::write(folder.join("plain.json"), "{\"name\":\"bonafide\"}").unwrap();
    let named = bonafide(folder, &["verify", "plain.json", "--format", "json"]);
    let results: Value = serde_json::from_str(&out(&named)).unwrap();
    assert_eq!(results["results"][0]["verdict"], "cannot be checked");
    // In a folder, files that are no credentials are passed over.
    fs::write(folder.join("empty/plain.json"), "{\"name\":\"bonafide\"}").unwrap();
    let passed = bonafide(folder, &["verify", "empty", "--format", "json"]);
    assert_eq!((passed.status.code(), out(&passed)), (Some(1), "{\"results\":[]}\n".to_owned()));
}

#[test]
fn keys_are_never_overwritten_and_never_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let made = bonafide(folder, &["keygen", "keys"]);
    let secrets = |name: &str| fs::read_to_string(folder.join("keys").join(name)).unwrap();
    let key: Value = serde_json::from_str(&secrets("ed25519.jwk")).unwrap();
    let again = bonafide(folder, &["keygen", "keys"]);
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(serde_json::from_str::<Value>(&secrets("ed25519.jwk")).unwrap(), key);
    // A private key where a public one is asked for is told, without what is in it.
    let wrong = bonafide(folder, &["verify", "x.json", "--key", "keys/ed25519.jwk"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("private key"), "{wrong:?}");
    for output in [made, again, wrong] {
        let told = format!("{}{}", out(&output), String::from_utf8_lossy(&output.stderr));
        assert!(!told.contains(key["d"].as_str().unwrap()) && !told.contains(secrets("secret").trim()), "{told}");
    }
}
