//! Keys change, are lost or stolen; sites move; awards go. What becomes of copies that people have kept: each paragraph
//! of docs/credentials.md, “Keys that change, and what is lost”.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

mod common;

use std::{collections::BTreeSet, fs};

use common::{MOMENT, TestSite};
use serde_json::Value;

const OLD: &str = "https://badges.test.example/";
const NEW: &str = "https://moved.test.example/";
const KINDS: [&str; 3] = ["credential.json", "credential.jwt", "badge.svg"];

fn signed() -> TestSite {
    let site = TestSite::new();
    site.sign();
    site.build().ok();
    site
}

/// Keeps copies as an earner would, in a folder.
fn keep(site: &TestSite, folder: &str) {
    fs::create_dir(site.at(folder)).unwrap();
    for name in KINDS {
        fs::copy(site.at("public/verify/award-kate").join(name), site.at(folder).join(name)).unwrap();
    }
}

/// What `bonafide verify` says of copies: of the JSON, the JWT and the picture.
fn verdicts(site: &TestSite, folder: &str, against: &str) -> [String; 3] {
    let files = KINDS.map(|name| format!("{folder}/{name}"));
    let mut args = vec!["verify", "--at", MOMENT, "--format", "json", "--against", against];
    args.extend(files.iter().map(String::as_str));
    let run = site.run(&args);
    let results = run.json()["results"].as_array().unwrap_or_else(|| panic!("{}", run.stderr)).clone();
    let of = |name: &str| {
        let result = results.iter().find(|result| result["file"].as_str().unwrap().ends_with(name)).unwrap();
        result["verdict"].as_str().unwrap().to_owned()
    };
    KINDS.map(of)
}

#[track_caller]
fn all(site: &TestSite, folder: &str, against: &str, verdict: &str) {
    assert_eq!(verdicts(site, folder, against), [verdict; 3]);
}

fn json(site: &TestSite, path: &str) -> Value {
    serde_json::from_str(&site.out(path)).unwrap()
}

/// The site signs with new keys from now on.
fn new_keys(site: &TestSite) {
    site.run(&["keygen", "new"]).ok();
    site.replace("site.yaml", "keys/ed25519.jwk", "new/ed25519.jwk").replace(
        "site.yaml",
        "keys/p256.jwk",
        "new/p256.jwk",
    );
}

const OLD_PUBLIC: &str = "[keys/ed25519.pub.jwk, keys/p256.pub.jwk]";

#[test]
fn a_new_key_and_the_old_one_retired() {
    let site = signed();
    keep(&site, "first");
    new_keys(&site);
    site.replace("site.yaml", "secret: keys/secret", &format!("secret: keys/secret, retired: {OLD_PUBLIC}"));
    let statuses = json(&site, "verify/award-kate/status.json");
    site.build().ok();
    keep(&site, "second");
    all(&site, "first", "public", "valid");
    all(&site, "second", "public", "valid");
    // The subject is the same, and the status list is signed anew.
    let subject = |path: &str| -> Value {
        let text = fs::read_to_string(site.at(path)).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["credentialSubject"]["id"].clone()
    };
    assert_eq!(subject("first/credential.json"), subject("second/credential.json"));
    assert_ne!(statuses["proof"], json(&site, "verify/award-kate/status.json")["proof"]);
    // What the old key signed is withdrawn as any other.
    site.replace("content/earners/2026.yaml", "expires: 2027-06-01", "expires: 2027-06-01\n        status: revoked");
    site.build().ok();
    all(&site, "first", "public", "withdrawn");
    all(&site, "second", "public", "withdrawn");
}

#[test]
fn an_old_key_that_was_not_retired_can_still_be() {
    let site = signed();
    keep(&site, "first");
    new_keys(&site);
    site.build().ok();
    all(&site, "first", "public", "signed by another key");
    let before = site.tree();
    site.replace("site.yaml", "secret: keys/secret", &format!("secret: keys/secret, retired: {OLD_PUBLIC}"));
    let result = site.build_json(MOMENT);
    assert_eq!(result["result"]["work"]["rendered"], 1, "nothing is signed again: {result}");
    let after = site.tree();
    let changed: BTreeSet<_> = after.keys().filter(|path| before.get(*path) != after.get(*path)).collect();
    assert_eq!(changed.into_iter().collect::<Vec<_>>(), [".well-known/did.json"]);
    all(&site, "first", "public", "valid");
}

#[test]
fn a_key_that_somebody_else_has() {
    let site = signed();
    keep(&site, "first");
    new_keys(&site);
    site.replace("site.yaml", "secret: keys/secret", &format!("secret: keys/secret, compromised: {OLD_PUBLIC}"));
    let run = site.build().ok();
    for kind in ["every credential.json, status.json and picture", "every credential.jwt"] {
        assert!(run.stdout.contains(kind) && run.stdout.contains("no longer verifies"), "{}", run.stdout);
    }
    // It goes on being told, and scripts hear of it, too.
    let again = site.build_json(MOMENT);
    assert_eq!(again["result"]["notes"].as_array().unwrap().len(), 2, "{again}");
    all(&site, "first", "public", "signed by another key");
    keep(&site, "second");
    all(&site, "second", "public", "valid");
    // The keys are still named, so that people can be told; they vouch for nothing.
    let did = json(&site, ".well-known/did.json");
    assert_eq!(did["verificationMethod"].as_array().unwrap().len(), 4);
    assert_eq!(did["assertionMethod"].as_array().unwrap().len(), 2);
}

#[test]
fn the_secret_is_lost() {
    let site = signed();
    keep(&site, "first");
    let before = json(&site, "verify/award-kate/credential.json");
    site.run(&["keygen", "lost"]).ok();
    site.replace("site.yaml", "secret: keys/secret", "secret: lost/secret");
    site.build().ok();
    all(&site, "first", "public", "valid");
    keep(&site, "second");
    all(&site, "second", "public", "valid");
    let after = json(&site, "verify/award-kate/credential.json");
    assert_ne!(before["credentialSubject"]["id"], after["credentialSubject"]["id"]);
    assert_ne!(
        before["credentialSubject"]["identifier"][1]["salt"],
        after["credentialSubject"]["identifier"][1]["salt"]
    );
    // Both name the same status.
    assert_eq!(before["credentialStatus"], after["credentialStatus"]);
}

#[test]
fn the_site_moves_and_the_old_address_goes_on_answering() {
    let site = signed();
    keep(&site, "first");
    let before = site.tree();
    site.replace("site.yaml", OLD, NEW);
    site.build().ok();
    keep(&site, "second");
    all(&site, "second", "public", "valid");
    // The new site is another issuer.
    all(&site, "first", "public", "wrong issuer");
    // The old one can be made of the same records, for as long as copies count, and knows what has become of them.
    let old = ["build", "--at", MOMENT, "--base-url", OLD, "--out", "old"];
    site.run(&old).ok();
    let signed = |path: &&String| !path.ends_with(".html");
    let made = common::tree(&site.at("old"));
    assert!(before.keys().filter(signed).all(|path| before.get(path) == made.get(path)));
    all(&site, "first", "old", "valid");
    site.replace("content/earners/2026.yaml", "expires: 2027-06-01", "expires: 2027-06-01\n        status: revoked");
    site.build().ok();
    site.run(&old).ok();
    all(&site, "first", "old", "withdrawn");
    all(&site, "second", "public", "withdrawn");
}

/// Files that have any of these texts in them or in their names.
fn traces(site: &TestSite, folder: &str, texts: &[&str]) -> Vec<String> {
    let has = |bytes: &[u8]| texts.iter().any(|text| memchr::memmem::find(bytes, text.as_bytes()).is_some());
    let files = common::tree(&site.at(folder)).into_iter();
    files.filter(|(path, bytes)| has(path.as_bytes()) || has(bytes)).map(|(path, _)| path).collect()
}

#[test]
fn an_award_becomes_private() {
    let site = signed();
    keep(&site, "first");
    site.replace("content/earners/2026.yaml", "    awards:", "    visibility: private\n    awards:");
    site.build().ok();
    let left: Vec<String> = site.tree().into_keys().filter(|path| path.starts_with("verify/award-kate/")).collect();
    assert_eq!(left, ["verify/award-kate/index.html"]);
    assert_eq!(traces(&site, "public", &["Kate Osei", "Osei"]), Vec::<String>::new());
    all(&site, "first", "public", "cannot be checked");
    // It can come back as it was.
    site.replace("content/earners/2026.yaml", "    visibility: private\n", "");
    site.build().ok();
    all(&site, "first", "public", "valid");
}

#[test]
fn an_award_is_removed_and_its_earner_forgotten() {
    let site = signed();
    keep(&site, "first");
    site.file("content/earners/2026.yaml", "earners: []\n");
    site.run(&["build", "--at", MOMENT, "--allow-vanished", "1"]).ok();
    all(&site, "first", "public", "cannot be checked");
    let told = ["award-kate", "Kate Osei", "Osei", "k.osei"];
    assert_eq!(traces(&site, "public", &told), Vec::<String>::new());
    assert_eq!(traces(&site, ".bonafide", &told), Vec::<String>::new());
}
