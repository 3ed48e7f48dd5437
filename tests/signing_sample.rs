//! The sample site, with keys made for it: every credential is called what its page says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

mod common;

use std::{collections::BTreeMap, fs, path::Path};

use common::{SIGNING, TestSite};

/// An instant: days begin at other hours for the site than for whoever checks.
const MOMENT: &str = "2026-12-01T12:00:00Z";

/// The sample as it stands in the repository, made to sign. Nothing is drawn, which would take most of the time.
fn sample() -> TestSite {
    let (root, site) = (Path::new(env!("CARGO_MANIFEST_DIR")), TestSite::new());
    fs::remove_dir_all(site.at("content")).unwrap();
    for (path, bytes) in common::tree(&root.join("content")) {
        site.file(&format!("content/{path}"), bytes);
    }
    let settings = fs::read_to_string(root.join("site.yaml")).unwrap();
    assert!(!settings.contains("\nsigning:"), "the sample builds without keys");
    site.run(&["keygen", "keys"]).ok();
    site.file("site.yaml", format!("{SIGNING}{settings}"));
    site.replace("site.yaml", "share_card: true, certificate_pdf: true", "share_card: false");
    site
}

/// What a program says of an award that the page says this of.
fn expected(status: &str) -> &'static [&'static str] {
    match status {
        "active" | "expiring" => &["valid"],
        "expired" => &["expired"],
        "upcoming" => &["not yet valid"],
        "revoked" => &["withdrawn"],
        "suspended" => &["on hold"],
        // It was earned, and counts for as long as it says.
        "superseded" => &["valid", "expired"],
        other => panic!("{other}"),
    }
}

#[test]
fn every_credential_of_the_sample_is_called_what_its_page_says() {
    let site = sample();
    site.build_at(MOMENT).ok();
    let run = site.run(&["verify", "--at", MOMENT, "--format", "json", "--against", "public", "public/verify"]);
    let results = run.json()["results"].as_array().unwrap_or_else(|| panic!("{}", run.stderr)).clone();
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for result in results {
        let (file, verdict) = (result["file"].as_str().unwrap(), result["verdict"].as_str().unwrap());
        let page = fs::read_to_string(site.at(file).parent().unwrap().join("index.html")).unwrap();
        let status = page.split_once("data-status=\"").unwrap().1.split('"').next().unwrap();
        assert!(expected(status).contains(&verdict), "{file} is {status}, and {verdict}: {result}");
        *counted.entry(status.to_owned()).or_default() += 1;
    }
    // Three files of each award: JSON, JWT, picture.
    assert!(counted.len() >= 5 && counted.values().all(|count| count % 3 == 0), "{counted:?}");
    let pages = site.tree().into_keys().filter(|path| path.ends_with("/credential.json")).count();
    assert_eq!(counted.values().sum::<usize>(), pages * 3);
}
