use proptest::{collection::vec, option, prelude::*};
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

fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("https://badges.example/hive".to_owned()),
        "https://[a-z]{1,5}\\.example/[a-z0-9_.~!$&'()*+,;=:@%2F-]{0,5}"
            .prop_filter_map("an address", |text| { crate::credential::text::address(&text).ok() }),
    ]
}

fn evidence() -> impl Strategy<Value = Evidence> {
    (option::of(address()), option::of(text()), option::of(text())).prop_map(|(url, name, narrative)| Evidence {
        url,
        name,
        narrative,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn random_records_are_the_same_both_ways(
        texts in vec(text(), 9),
        tags in vec(prop_oneof![text(), Just("Bees".to_owned())], 0..6),
        evidence in vec(evidence(), 0..8),
        (mail, until, image) in (any::<bool>(), any::<bool>(), any::<bool>()),
        seconds in -62_135_596_800_i64..253_402_200_000,
    ) {
        let mut record = samples::record();
        let mut texts = texts.into_iter();
        for place in [
            &mut record.name, &mut record.issuer.name, &mut record.achievement.name,
            &mut record.achievement.description, &mut record.achievement.criteria,
            &mut record.achievement.achievement_type, &mut record.subject.name,
        ] {
            *place = texts.next().unwrap();
        }
        record.issuer.description = texts.next();
        record.issuer.email = texts.next();
        record.issuer.image = record.issuer.image.filter(|_| image);
        record.achievement.tags = tags;
        record.evidence = evidence;
        record.valid_from = jiff::Timestamp::from_second(seconds).unwrap();
        record.valid_until = record.valid_until.filter(|_| until);
        record.subject.email = record.subject.email.filter(|_| mail).map(|email| HashedEmail { salt: record.name.clone(), ..email });
        // Nothing where nodes look alike: then the full way is taken.
        if let Some(short) = credential(&record) {
            prop_assert_eq!(short, full(&ob3::credential(&record)));
        }
    }
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(300)
}
