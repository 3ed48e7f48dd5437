//! What becomes of a credential whose issuer no longer stands by it.

use super::*;

#[test]
fn status() {
    let set = signer().status(&samples::record(), true).unwrap().file();
    let withdrawn = Site { status: Some(set.clone()), ..Site::default() };
    assert_eq!(withdrawn.verdict(&credential()), Verdict::Withdrawn);
    let on_hold = Site { status: Some(set.clone()), page: Some("suspended"), ..Site::default() };
    assert_eq!(on_hold.verdict(&jwt()), Verdict::OnHold);
    let expired = Site { status: Some(set), at: "2030-01-01T00:00:00Z", ..Site::default() };
    assert_eq!(expired.verdict(&credential()), Verdict::Withdrawn);
    let missing = Site { status: None, ..Site::default() };
    assert!(missing.detail(&credential()).starts_with("cannot be checked: its status list is not at hand"));
}

#[test]
fn status_lists_that_are_not_believed() {
    let good = signer().status(&samples::record(), false).unwrap().file();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut list = value(&good);
        change(&mut list);
        list
    };
    let detail = |list: Vec<u8>| Site { status: Some(list), ..Site::default() }.detail(&credential());
    let expired = with(&|list| list["validUntil"] = json!("2026-06-01T00:00:00Z"));
    assert!(detail(signed(expired)).contains("its status list is expired"));
    let short = with(&|list| list["credentialSubject"]["encodedList"] = json!("uH4sIAAAAAAAC_wMAAAAAAAAAAAA"));
    assert!(detail(signed(short)).contains("too short"));
    let altered = with(&|list| list["validFrom"] = json!("2025-01-01T00:00:00Z"));
    assert!(detail(altered.to_string().into_bytes()).contains("its status list is altered"));
    let unsigned = with(&|list| drop(list.as_object_mut().unwrap().remove("proof")));
    assert!(detail(unsigned.to_string().into_bytes()).contains("it is not signed"));
    let purpose = with(&|list| list["credentialSubject"]["statusPurpose"] = json!("suspension"));
    assert!(detail(signed(purpose)).contains("for another purpose"));
    let other = with(&|list| list["id"] = json!("https://badges.example/verify/bob/status.json"));
    assert!(detail(signed(other)).contains("not the one that it names"));
    // Somebody else's list, at the address.
    let key = SigningKey::new(&[7; 32]);
    let stranger = did_key(&key.public().unwrap()).unwrap();
    let mut record = samples::record();
    record.issuer.did.clone_from(&stranger);
    let list = Signer::new(&stranger, key, None).unwrap().status(&record, false).unwrap().file();
    assert!(detail(list).contains("another issuer's"));
    assert!(detail(b"{".to_vec()).contains("cannot be read"));
}

#[test]
fn an_award_withdrawn_before_it_begins_is_withdrawn() {
    let set = signer().status(&samples::record(), true).unwrap().file();
    let site = Site { status: Some(set.clone()), at: "2025-01-01T00:00:00Z", ..Site::default() };
    assert_eq!(site.verdict(&credential()), Verdict::Withdrawn);
    // Whatever dates a list has: a set bit is signed.
    for (name, date) in [("validFrom", "2030-01-01T00:00:00Z"), ("validUntil", "2020-01-01T00:00:00Z")] {
        let mut list = value(&set);
        list[name] = json!(date);
        let site = |list: Value| Site { status: Some(signed(list)), ..Site::default() };
        assert_eq!(site(list.clone()).verdict(&credential()), Verdict::Withdrawn, "{name}");
        list["credentialSubject"]["encodedList"] = json!(crate::credential::status::encoded(false));
        assert_eq!(site(list).verdict(&credential()), Verdict::Unchecked, "{name}");
    }
    // Not if it is not signed by the issuer.
    let mut altered = value(&set);
    altered["validFrom"] = json!("2030-01-01T00:00:00Z");
    let site = Site { status: Some(altered.to_string().into_bytes()), ..Site::default() };
    assert_eq!(site.verdict(&credential()), Verdict::Unchecked);
}

#[test]
fn a_status_list_says_what_is_wrong_with_it_in_words_that_fit() {
    let good = signer().status(&samples::record(), false).unwrap().file();
    let mut unsigned = value(&good);
    unsigned.as_object_mut().unwrap().remove("proof");
    let site = Site { status: Some(unsigned.to_string().into_bytes()), ..Site::default() };
    assert_eq!(site.detail(&credential()), "cannot be checked: its status list cannot be checked: it is not signed");
    // A key for JWTs alone cannot vouch for the list, which has another kind of signature.
    let site = Site { issuers: Vec::new(), keys: vec![p256()], ..Site::default() };
    assert!(site.detail(&jwt()).contains(
        "its status list is signed by another key: it is signed with an Ed25519 key, and none of the given keys is one"
    ));
    let site = Site { issuers: Vec::new(), keys: vec![ed25519()], ..Site::default() };
    assert!(site.detail(&jwt()).contains("it is signed with a P-256 key, and none of the given keys is one"));
}
