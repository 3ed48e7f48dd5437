use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use proptest::{
    collection::vec,
    option,
    prelude::*,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use rayon::prelude::*;
use serde_json::Value;

use super::*;
use crate::credential::{
    ob3, rdf,
    record::{Evidence, HashedEmail, samples},
};

fn full(json: &super::super::json::Json) -> String {
    let value: Value = serde_json::from_str(&json.compact()).unwrap();
    rdf::canonical(&rdf::dataset(&value).unwrap()).unwrap()
}

#[test]
fn the_sample_is_the_same_both_ways() {
    let record = samples::record();
    assert_eq!(credential(&record).unwrap(), full(&ob3::credential(&record)));
    for is_set in [true, false] {
        assert_eq!(super::status(&record, is_set).unwrap(), full(&status::credential(&record, is_set)));
    }
}

#[test]
fn the_options_of_a_proof_are_the_same_both_ways() {
    let method = "did:web:badges.example#kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
    let options = serde_json::json!({
        "@context": ob3::CONTEXTS, "type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022",
        "proofPurpose": "assertionMethod", "verificationMethod": method,
    });
    assert_eq!(proof_options(method), rdf::canonical(&rdf::dataset(&options).unwrap()).unwrap());
}

#[test]
fn nodes_that_look_alike_take_the_full_way() {
    let mut record = samples::record();
    record.evidence = vec![Evidence { url: None, name: Some("A".to_owned()), narrative: None }; 2];
    assert_eq!(credential(&record), None);
    assert!(full(&ob3::credential(&record)).contains("_:c14n4 "));
}

/// Text from every plane, with all that has to be escaped.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => any::<char>().prop_map(|c| c.to_string()),
        2 => "[ -~]{0,6}",
        1 => Just("\"".to_owned()), 1 => Just("\\".to_owned()), 1 => Just("\n".to_owned()), 1 => Just("\r".to_owned()),
        1 => (0_u8..32).prop_map(|c| char::from(c).to_string()),
        1 => (0_u32..17, 0_u32..0x1_0000).prop_map(|(plane, at)| char::from_u32(plane << 16 | at).unwrap_or('x').to_string()),
        1 => Just("\u{7f}\u{fffe}\u{ffff}\u{85}\u{2028}".to_owned()),
    ];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// Addresses, among them those that stand elsewhere in the same credential.
fn address() -> impl Strategy<Value = String> {
    let sample = samples::record();
    prop_oneof![
        2 => Just("https://badges.example/hive".to_owned()),
        1 => Just(sample.id), 1 => Just(sample.status), 1 => Just(sample.achievement.id),
        1 => Just(sample.achievement.image), 1 => Just(sample.issuer.url),
        4 => "https://[a-z]{1,5}\\.example/[a-z0-9_.~!$&'()*+,;=:@%2F-]{0,5}"
            .prop_filter_map("an address", |text| crate::credential::text::address(&text).ok()),
    ]
}

fn evidence() -> impl Strategy<Value = Evidence> {
    (option::of(address()), option::of(text()), option::of(text())).prop_map(|(url, name, narrative)| Evidence {
        url,
        name,
        narrative,
    })
}

/// What random records are made of.
type Parts = (Vec<String>, Vec<String>, Vec<Evidence>, Vec<String>, (bool, bool, bool, bool), i64);

fn parts() -> impl Strategy<Value = Parts> {
    (
        vec(text(), 9),
        vec(prop_oneof![text(), Just("Bees".to_owned())], 0..6),
        vec(evidence(), 0..8),
        vec(address(), 6),
        (any::<bool>(), any::<bool>(), any::<bool>(), prop::bool::weighted(0.1)),
        // From year 1 to year 9999.
        -62_135_596_800_i64..253_402_200_000,
    )
}

fn record((texts, tags, evidence, addresses, (mail, until, image, alike), seconds): Parts) -> Record {
    let mut record = samples::record();
    let (mut texts, mut addresses) = (texts.into_iter(), addresses.into_iter());
    for place in [
        &mut record.name,
        &mut record.issuer.name,
        &mut record.achievement.name,
        &mut record.achievement.description,
        &mut record.achievement.criteria,
        &mut record.achievement.achievement_type,
        &mut record.subject.name,
    ] {
        *place = texts.next().unwrap();
    }
    record.issuer.description = texts.next();
    record.issuer.email = texts.next();
    for place in [
        &mut record.id,
        &mut record.status,
        &mut record.issuer.url,
        &mut record.achievement.id,
        &mut record.achievement.image,
    ] {
        *place = addresses.next().unwrap();
    }
    record.issuer.image = addresses.next().filter(|_| image);
    record.achievement.tags = tags;
    record.evidence = evidence;
    if alike {
        record.evidence.extend(vec![Evidence { url: None, ..Evidence::default() }; 2]);
    }
    record.valid_from = jiff::Timestamp::from_second(seconds).unwrap();
    record.valid_until = record.valid_until.filter(|_| until);
    record.subject.email =
        record.subject.email.filter(|_| mail).map(|email| HashedEmail { salt: record.name.clone(), ..email });
    record
}

/// 2,400 of them by default, `PROPTEST_CASES` if it is set. Each of the runs has random numbers of its own, and always the same.
#[test]
fn random_records_are_the_same_both_ways() {
    const RUNS: u8 = 24;
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2_400_u32);
    let (short, full_way) = (AtomicU32::new(0), AtomicU32::new(0));
    (0..RUNS).into_par_iter().for_each(|run| {
        let config = ProptestConfig {
            cases: cases.div_ceil(u32::from(RUNS)),
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[run; 32]);
        let same = TestRunner::new_with_rng(config, random).run(&parts(), |parts| {
            let record = record(parts);
            if let Some(canonical) = credential(&record) {
                prop_assert_eq!(canonical, full(&ob3::credential(&record)));
                short.fetch_add(1, Relaxed);
            } else {
                // Where nodes look alike the full way is taken: they do.
                let count = |evidence: &Evidence| record.evidence.iter().filter(|other| *other == evidence).count();
                prop_assert!(record.evidence.iter().any(|one| one.url.is_none() && count(one) > 1));
                full_way.fetch_add(1, Relaxed);
            }
            Ok(())
        });
        assert!(same.is_ok(), "{}", same.unwrap_err());
    });
    let (short, full_way) = (short.into_inner(), full_way.into_inner());
    assert!(short + full_way >= cases && short > full_way && full_way > 0, "{short} {full_way}");
}

#[test]
fn random_status_lists_are_the_same_both_ways() {
    let config = ProptestConfig { cases: 50, failure_persistence: None, ..ProptestConfig::default() };
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let same = TestRunner::new_with_rng(config, random).run(&(parts(), any::<bool>()), |(parts, is_set)| {
        let record = record(parts);
        prop_assert_eq!(super::status(&record, is_set).unwrap(), full(&status::credential(&record, is_set)));
        Ok(())
    });
    assert!(same.is_ok(), "{}", same.unwrap_err());
}
