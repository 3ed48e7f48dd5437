//! How long the signed files of an award take, on one core.
//!
//! ```text
//! cargo bench --bench sign -- [--awards N] [--runs N]
//! ```
//!
//! The best of many short runs is printed, so that what else the machine does stays out of it, in microseconds an
//! award: the canonical quads alone, the short way and the full one; each of the three signed files; and what the
//! project asks for: both signed forms and the status below 450 µs with ES256, below 150 µs without.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a tool run by hand: it prints, and stops at the first surprise"
)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use bonafide::credential::{
    keys::{JwtKey, Secret, SigningKey},
    ob3, quads, rdf,
    record::{Achievement, Evidence, HashedEmail, Issuer, Record, Subject, subject_id},
    sign::Signer,
};

const DID: &str = "did:web:badges.example";

fn record(number: usize) -> Record {
    let secret = Secret::new([9; 32]);
    let award = format!("anna-{number}");
    let at = |path: &str| format!("https://badges.example/{path}");
    Record {
        id: at(&format!("verify/{award}/credential.json")),
        assertion: at(&format!("verify/{award}/assertion.json")),
        status: at(&format!("verify/{award}/status.json")),
        name: "Certified Bee Keeper".to_owned(),
        valid_from: "2026-01-01T23:00:00Z".parse().expect("a moment"),
        valid_until: Some("2028-01-01T22:59:59Z".parse().expect("a moment")),
        awarded: "2026-01-01T23:00:00Z".parse().expect("a moment"),
        issuer: Issuer {
            did: DID.to_owned(),
            id: at("issuer.json"),
            url: at(""),
            name: "Bee Keepers’ Association".to_owned(),
            description: Some("Keeps bees, and those who keep them.".to_owned()),
            email: Some("office@badges.example".to_owned()),
            image: Some(at("logo.png")),
        },
        achievement: Achievement {
            id: at("badges/bee/achievement.json"),
            badge_class: at("badges/bee/badge.json"),
            name: "Certified Bee Keeper".to_owned(),
            description: "Keeps bees through a year, and knows what ails them.".to_owned(),
            criteria: "Keep *bees* for a year.\n\n- An exam\n- A hive\n".repeat(5),
            image: at("badges/bee/badge.png"),
            achievement_type: "Certification".to_owned(),
            tags: ["Bees", "Honey", "Swarms", "Hives"].map(str::to_owned).to_vec(),
        },
        subject: Subject {
            id: subject_id(&secret, &award),
            name: format!("Anna Müller {number}"),
            email: Some(HashedEmail::new(&secret, &award, "anna@mail.example")),
        },
        evidence: vec![Evidence {
            url: Some(at("hive")),
            name: Some("The hive".to_owned()),
            narrative: Some("It hums.".to_owned()),
        }],
        narrative: None,
    }
}

/// The best of the runs, for one award.
fn time(records: &[Record], runs: usize, mut one: impl FnMut(&Record)) -> f64 {
    let mut best = Duration::MAX;
    for _ in 0..runs {
        let start = Instant::now();
        records.iter().for_each(&mut one);
        best = best.min(start.elapsed());
    }
    best.as_secs_f64() * 1e6 / records.len() as f64
}

fn main() {
    let (mut awards, mut runs) = (100, 100);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut number = || args.next().and_then(|text| text.parse().ok()).expect("a number");
        match arg.as_str() {
            "--awards" => awards = number(),
            "--runs" => runs = number(),
            "--bench" => {}
            other => panic!("unknown argument {other}"),
        }
    }
    let records: Vec<Record> = (0..awards.max(1)).map(record).collect();
    let jwt = JwtKey::new(&[5; 32]).expect("a key");
    let signer = Signer::new(DID, SigningKey::new(&[4; 32]), Some(jwt)).expect("keys");
    let short = time(&records, runs, |record| drop(black_box(quads::credential(record))));
    let few = records.get(..records.len().min(50)).unwrap_or_default();
    let full = time(few, runs.min(5), |record| {
        let value = serde_json::from_str(&ob3::credential(record).compact()).expect("JSON");
        drop(black_box(rdf::canonical(&rdf::dataset(&value).expect("JSON-LD"))));
    });
    let json = time(&records, runs, |record| drop(black_box(signer.credential(record).expect("signed").file())));
    let jwt = time(&records, runs, |record| drop(black_box(signer.jwt(record))));
    let status = time(&records, runs, |record| drop(black_box(signer.status(record, false).expect("signed").file())));
    println!("canonical quads, the short way      {short:>8.1} µs");
    println!("canonical quads, the full way       {full:>8.1} µs (read twice, as strangers' are)");
    println!("credential.json                     {json:>8.1} µs");
    println!("credential.jwt (ES256)              {jwt:>8.1} µs");
    println!("status.json                         {status:>8.1} µs");
    println!("all three                           {:>8.1} µs (goal: 450)", json + jwt + status);
    println!("without ES256                       {:>8.1} µs (goal: 150)", json + status);
}
