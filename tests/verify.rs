//! Credentials that others made, good and bad (`tests/vectors/README.md` says whose). What is expected follows from
//! their names and from what their authors say of them; where this program is stricter, it is said why.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use bonafide::credential::{
    keys::PublicKey,
    verify::{AtHand, DidDocument, Outcome, Report, Verdict, verify},
};

fn vectors(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(folder)
}

fn read(path: &str) -> Vec<u8> {
    fs::read(vectors(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files below a folder.
fn files(folder: &str) -> Vec<String> {
    let mut found: Vec<String> = walkdir::WalkDir::new(vectors(folder))
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.path().strip_prefix(vectors("")).unwrap().to_str().unwrap().to_owned())
        .collect();
    found.sort();
    found
}

/// Status lists by the last part of their address.
fn status(address: &str) -> Option<Vec<u8>> {
    let name = address.rsplit('/').next()?;
    let folders = ["1edtech/bit-string-list", "dcc/statusLists/didkey-ed25519Signature2020"];
    folders.iter().find_map(|folder| fs::read(vectors(folder).join(name)).ok())
}

fn check(bytes: &[u8], issuers: &[&str], keys: &[&str]) -> Report {
    let at_hand = AtHand {
        at: "2026-11-26T00:00:00Z".parse().unwrap(),
        issuers: issuers.iter().map(|path| DidDocument::read(&read(path)).unwrap()).collect(),
        keys: keys.iter().map(|key| PublicKey::from_multikey(key).unwrap()).collect(),
        status: &status,
        page: &|_| None,
    };
    verify(bytes, &at_hand)
}

/// The keys of 1EdTech's test files. They stand in fragments, out of which none is ever taken; so they are given by
/// hand.
const KEYS: [&str; 4] = [
    "z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi",
    "z6Mknyb2Gb4NxzW3xSr9ChTtdQZ1zs77piQ3r9SaJ9vMzmrs",
    "z6MkoMGF38Ck9xkdqrbZt4h9eHb1qc3GhAAkoSWa4Vy3SHRN",
    "z6MkrvfzkMnvCroEUP2DVc9SHPE48CRsvHiVSusHioxTYu1x",
];

#[test]
fn good_ones_of_1edtech_are_valid() {
    for name in [
        "endorsement-valid.json",
        "simple.json",
        "simple.1ob",
        "simple-context-alias.json",
        "simple-context-version.json",
        "simple-did-web-method.json",
        "simple-multiple-proofs.json",
        // Pictures.
        "simple-json.png",
        "simple-json.svg",
    ] {
        let report = check(&read(&format!("1edtech/{name}")), &[], &KEYS);
        assert_eq!(report.verdict, Verdict::Valid, "{name}: {report:#?}");
        // Without the key, nothing can be said.
        let report = check(&read(&format!("1edtech/{name}")), &[], &[]);
        assert_eq!(report.verdict, Verdict::Unchecked, "{name}: {report:#?}");
    }
}

/// The largest, with four endorsements that are signed alike; its signature hangs on how blank nodes in them are told
/// apart. It names a revocation list of a kind of its own.
#[test]
fn the_complete_one_of_1edtech_is_signed_and_its_status_is_not_known() {
    let report = check(&read("1edtech/complete.json"), &[], &KEYS);
    let result = |name: &str| report.checks.iter().find(|check| check.check == name).map(|check| check.result);
    assert_eq!(result("signature"), Some(Outcome::Pass), "{report:#?}");
    assert_eq!((result("status"), report.verdict), (Some(Outcome::Unchecked), Verdict::Unchecked), "{report:#?}");
}

#[test]
fn bad_ones_of_1edtech_are_not() {
    let mut seen = 0;
    for name in files("1edtech").iter().filter(|name| name.contains("-err-")) {
        let report = check(&read(name), &[], &KEYS);
        let expected = match name.as_str() {
            "1edtech/simple-err-expired.json" => Verdict::Expired,
            // From 2040.
            "1edtech/simple-err-issued.json" => Verdict::NotYetValid,
            "1edtech/simple-err-proof-value.json" => Verdict::Altered,
            name if name.contains("proof-method") => Verdict::AnotherKey,
            // Types that do not exist, and members that are nobody's.
            _ => Verdict::Unchecked,
        };
        assert_eq!(report.verdict, expected, "{name}: {report:#?}");
        seen += 1;
    }
    assert_eq!(seen, 20);
}

#[test]
fn what_1edtech_believes_and_this_program_does_not() {
    for (name, verdict, detail) in [
        // Its issuer is a UUID, its key somebody's.
        ("simple-did-key-method.json", Verdict::AnotherKey, "not the issuer's"),
        // A key in the header.
        ("simple-jwt.svg", Verdict::Unchecked, "`jwk`"),
        ("simple-jwt.png", Verdict::Unchecked, "`jwk`"),
        ("simple-jwt_v1.svg", Verdict::Unchecked, "`jwk`"),
        ("simple-jwt_v1.png", Verdict::Unchecked, "`jwk`"),
        // Version 1.1 of the data model, and proofs that are not signed this way.
        ("simple.jwt", Verdict::Unchecked, "first context"),
        ("simple-noproof.json", Verdict::Unchecked, "first context"),
        ("simple-eddsa-2022.json", Verdict::Unchecked, "first context"),
        ("simple_v1.json", Verdict::Unchecked, "first context"),
        ("complete_v1.json", Verdict::Unchecked, "first context"),
        ("velocity.jwt", Verdict::Unchecked, "first context"),
        // Another cryptosuite.
        ("sd/derivedcredential.json", Verdict::Unchecked, "ecdsa-sd-2023"),
        // The list that is named has another address than its own.
        ("bit-string-list/credential-status-revoked.json", Verdict::Unchecked, "not the one that it names"),
    ] {
        let report = check(&read(&format!("1edtech/{name}")), &[], &KEYS);
        assert_eq!(report.verdict, verdict, "{name}: {report:#?}");
        assert!(report.checks.iter().any(|check| check.detail.contains(detail)), "{name}: {report:#?}");
    }
}

#[test]
fn those_of_the_digital_credentials_consortium() {
    let (mut valid, mut other) = (0, 0);
    for name in files("dcc/v2") {
        let issuers: &[&str] = match () {
            () if name.to_lowercase().contains("didweb/oidf") => &["dcc/dids/oidf/did.json"],
            () if name.to_lowercase().contains("didweb/") => &["dcc/dids/legacy/did.json"],
            () => &[],
        };
        let report = check(&read(&name), issuers, &[]);
        let expected = match name.as_str() {
            name if name.contains("badDidWeb") => Verdict::WrongIssuer,
            name if name.contains("tampered.json") => Verdict::Altered,
            name if name.contains("badSchema") => Verdict::Unchecked,
            name if name.contains("-notYetValid.json") => Verdict::NotYetValid,
            name if name.contains("-expired.json") => Verdict::Expired,
            // "noRegistry-revokedStatus-noExpiry" of the second kind has a date all the same.
            name if name.ends_with("dataIntegrityProof/didKey/noRegistry-revokedStatus-noExpiry.json") => {
                Verdict::Expired
            }
            // Their lists say that they are at another address, are expired, tampered with, too short.
            name if name.contains("Status-") && !name.contains("noStatus") => Verdict::Unchecked,
            _ => Verdict::Valid,
        };
        assert_eq!(report.verdict, expected, "{name}: {report:#?}");
        *if expected == Verdict::Valid { &mut valid } else { &mut other } += 1;
    }
    assert!(valid >= 20 && other >= 20, "{valid} {other}");
}

#[test]
fn their_status_lists_are_refused_for_their_own_reasons() {
    for (name, reason) in [
        ("legacy-expiredStatus-noExpiry.json", "is expired"),
        ("legacy-notYetValidStatus-noExpiry.json", "is not yet valid"),
        ("legacy-tamperedStatus-noExpiry.json", "is altered"),
        ("legacy-missingTypeStatus-noExpiry.json", "`type` does not say so"),
    ] {
        let report = check(&read(&format!("dcc/v2/ed25519/didKey/{name}")), &[], &[]);
        let status = report.checks.iter().find(|check| check.check == "status").unwrap();
        assert!(status.detail.contains(reason), "{name}: {}", status.detail);
    }
}

#[test]
fn a_changed_letter_is_seen_in_all_that_are_valid() {
    for name in files("dcc/v2/dataIntegrityProof").iter().chain(&files("dcc/v2/bothSignatureTypes")) {
        let issuers: &[&str] = if name.contains("didweb/oidf") { &["dcc/dids/oidf/did.json"] } else { &[] };
        let bytes = read(name);
        if check(&bytes, issuers, &[]).verdict != Verdict::Valid {
            continue;
        }
        let mut credential: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        credential["validFrom"] = "2011-11-11T11:11:11Z".into();
        let report = check(credential.to_string().as_bytes(), issuers, &[]);
        assert_eq!(report.verdict, Verdict::Altered, "{name}: {report:#?}");
    }
}
