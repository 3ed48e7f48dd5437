mod withdrawal;

use serde_json::{Value, json};

use super::*;
use crate::credential::{
    bake::png,
    did::{self, Standing},
    json::Json,
    keys::{JwtKey, SigningKey, base64url, did_key},
    proof, rdf,
    record::{Record, samples},
    sign::{self, Signer},
};

const DID: &str = "did:web:badges.example";
const NOW: &str = "2027-01-01T00:00:00Z";

fn ed25519() -> PublicKey {
    SigningKey::new(&[4; 32]).public().unwrap()
}

fn p256() -> PublicKey {
    JwtKey::new(&[5; 32]).unwrap().public().unwrap()
}

fn issuer() -> DidDocument {
    document(&[(ed25519(), Standing::Good), (p256(), Standing::Good)])
}

fn document(keys: &[(PublicKey, Standing)]) -> DidDocument {
    DidDocument::read(&did::document(DID, keys).file()).unwrap()
}

fn signer() -> Signer {
    sign::samples::signer()
}

/// What is at hand of a site, and what is asked about.
struct Site {
    at: &'static str,
    issuers: Vec<DidDocument>,
    keys: Vec<PublicKey>,
    status: Option<Vec<u8>>,
    page: Option<&'static str>,
}

impl Default for Site {
    fn default() -> Self {
        let status = signer().status(&samples::record(), false).unwrap().file();
        Self { at: NOW, issuers: vec![issuer()], keys: Vec::new(), status: Some(status), page: None }
    }
}

impl Site {
    fn report(&self, bytes: &[u8]) -> Report {
        let at_hand = AtHand {
            at: self.at.parse().unwrap(),
            issuers: self.issuers.clone(),
            keys: self.keys.clone(),
            status: &|address| self.status.clone().filter(|_| address == samples::record().status),
            page: &|id| self.page.map(str::to_owned).filter(|_| id == samples::record().id),
        };
        verify(bytes, &at_hand)
    }

    fn verdict(&self, bytes: &[u8]) -> Verdict {
        self.report(bytes).verdict
    }

    fn detail(&self, bytes: &[u8]) -> String {
        let report = self.report(bytes);
        let failed = report.checks.iter().filter(|check| check.result != Outcome::Pass);
        format!(
            "{}: {}",
            report.verdict.word(),
            failed.map(|check| check.detail.as_str()).collect::<Vec<_>>().join("; ")
        )
    }
}

fn credential() -> Vec<u8> {
    signer().credential(&samples::record()).unwrap().file()
}

fn jwt() -> Vec<u8> {
    signer().jwt(&samples::record()).unwrap().into_bytes()
}

fn value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// Signs any document with a site's key, as whoever has it could.
fn signed(mut document: Value) -> Vec<u8> {
    document.as_object_mut().unwrap().remove("proof");
    let canonical = rdf::canonical(&rdf::dataset(&document).unwrap()).unwrap();
    let proof = proof::prove(&canonical, &did::key_id(DID, &ed25519()), &SigningKey::new(&[4; 32]));
    document["proof"] = value(proof.compact().as_bytes());
    document.to_string().into_bytes()
}

/// Signs any payload.
fn jwt_of(header: &Value, payload: &Value) -> Vec<u8> {
    let signed = format!("{}.{}", base64url(header.to_string()), base64url(payload.to_string()));
    let signature = JwtKey::new(&[5; 32]).unwrap().sign(signed.as_bytes());
    format!("{signed}.{}", base64url(signature)).into_bytes()
}

fn header() -> Value {
    json!({"alg": "ES256", "typ": "JWT", "kid": did::key_id(DID, &p256())})
}

fn payload() -> Value {
    let jwt = String::from_utf8(jwt()).unwrap();
    value(&crate::credential::keys::from_base64url(jwt.split('.').nth(1).unwrap()).unwrap())
}

#[test]
fn what_a_site_signs_is_valid_in_every_form() {
    let site = Site::default();
    let baked = |json: &Json| png::bake(&png::tests::pixel(), &json.ascii(), Some("https://badges.example/a")).unwrap();
    let svg = crate::credential::bake::svg::bake(b"<svg/>", &String::from_utf8(credential()).unwrap(), None).unwrap();
    let picture = baked(&signer().credential(&samples::record()).unwrap());
    for bytes in [credential(), jwt(), picture, svg] {
        let report = site.report(&bytes);
        assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
        assert!(report.checks.iter().all(|check| check.result == Outcome::Pass), "{report:#?}");
        let names: Vec<_> = report.checks.iter().map(|check| check.check).collect();
        assert_eq!(names, ["file", "issuer", "signature", "domain", "status", "dates"]);
    }
}

#[test]
fn whatever_is_changed_is_seen() {
    let site = Site::default();
    for (pointer, new) in [
        ("/credentialSubject/identifier/0/identityHash", json!("Anna Muller")),
        ("/credentialSubject/achievement/name", json!("Bee Master")),
        ("/validUntil", json!("2038-01-01T22:59:59Z")),
        ("/issuer/name", json!("Another")),
        ("/credentialStatus/statusListIndex", json!("2")),
        ("/credentialSubject/achievement/tag", json!(["Bees"])),
        ("/proof/proofValue", json!(format!("z{}", bs58::encode([1; 64]).into_string()))),
    ] {
        let mut changed = value(&credential());
        *changed.pointer_mut(pointer).unwrap() = new;
        assert_eq!(site.verdict(changed.to_string().as_bytes()), Verdict::Altered, "{pointer}");
    }
    let mut payload = payload();
    payload["name"] = json!("Another");
    let text = String::from_utf8(jwt()).unwrap();
    let parts: Vec<&str> = text.split('.').collect();
    let changed = format!("{}.{}.{}", parts[0], base64url(payload.to_string()), parts[2]);
    assert_eq!(site.verdict(changed.as_bytes()), Verdict::Altered);
}

#[test]
fn what_is_moved_out_of_sight_is_seen() {
    // The same statements, so the signature still fits; but programs that look for `validUntil` do not find it.
    let site = Site::default();
    let mut moved = value(&credential());
    moved.as_object_mut().unwrap().remove("validUntil");
    moved["https://www.w3.org/2018/credentials#validUntil"] =
        json!({"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": "2028-01-01T22:59:59Z"});
    assert!(site.detail(moved.to_string().as_bytes()).contains("may not stand in a credential"));
    // Where `id` is not found, nobody can compare.
    let mut moved = value(&credential());
    moved["@id"] = moved.as_object_mut().unwrap().remove("id").unwrap();
    assert!(site.detail(moved.to_string().as_bytes()).contains("`@id` may not stand in a credential"));
    // A second description of the credential, inside its own evidence.
    let mut record = samples::record();
    record.evidence[0].url = Some(record.id.clone());
    let mut moved = value(&signer().credential(&record).unwrap().file());
    assert_eq!(site.verdict(moved.to_string().as_bytes()), Verdict::Valid);
    let until = moved.as_object_mut().unwrap().remove("validUntil").unwrap();
    moved["evidence"][0]["type"] = json!(["Evidence", "VerifiableCredential"]);
    moved["evidence"][0]["validUntil"] = until;
    let detail = site.detail(moved.to_string().as_bytes());
    assert_eq!(
        detail,
        "cannot be checked: what is signed as `validUntil` is not what stands there: the credential says two things"
    );
}

#[test]
fn an_added_term_is_refused() {
    let mut added = value(&credential());
    added["grade"] = json!("A");
    let detail = Site::default().detail(added.to_string().as_bytes());
    assert_eq!(
        detail,
        "cannot be checked: the credential is refused: no context defines `grade`, so that no signature covers it"
    );
}

#[test]
fn dates() {
    for (at, verdict) in [
        ("2026-01-01T22:59:59Z", Verdict::NotYetValid),
        ("2026-01-01T23:00:00Z", Verdict::Valid),
        ("2028-01-01T22:59:59.9Z", Verdict::Valid),
        ("2028-01-01T23:00:00Z", Verdict::Expired),
    ] {
        let site = Site { at, ..Site::default() };
        assert_eq!(site.verdict(&credential()), verdict, "{at}");
        assert_eq!(site.verdict(&jwt()), verdict, "{at}");
    }
}

#[test]
fn keys_and_issuers() {
    let signed_by = |key: u8, record: &Record| {
        let jwt = JwtKey::new(&[5; 32]).unwrap();
        Signer::new(&record.issuer.did, SigningKey::new(&[key; 32]), Some(jwt))
            .unwrap()
            .credential(record)
            .unwrap()
            .file()
    };
    let record = samples::record();
    assert_eq!(Site::default().verdict(&signed_by(7, &record)), Verdict::AnotherKey);
    let mut foreign = record.clone();
    foreign.issuer.did = "did:web:other.example".to_owned();
    assert_eq!(Site::default().verdict(&signed_by(4, &foreign)), Verdict::WrongIssuer);
    // The issuer's key, for a credential that says it is by somebody else, and the other way round.
    let mut claimed = value(&signed_by(7, &foreign));
    claimed["issuer"]["id"] = json!(DID);
    assert_eq!(Site::default().verdict(claimed.to_string().as_bytes()), Verdict::AnotherKey);
    let compromised = document(&[(ed25519(), Standing::Compromised), (p256(), Standing::Good)]);
    let site = Site { issuers: vec![compromised], ..Site::default() };
    assert_eq!(site.verdict(&credential()), Verdict::AnotherKey);
    let nothing = Site { issuers: Vec::new(), ..Site::default() };
    assert!(nothing.detail(&credential()).contains("keys are not at hand"));
    assert_eq!(nothing.verdict(&credential()), Verdict::Unchecked);
    let given = Site { issuers: Vec::new(), keys: vec![p256(), ed25519()], ..Site::default() };
    assert_eq!(given.verdict(&credential()), Verdict::Valid);
    assert_eq!(given.verdict(&jwt()), Verdict::Valid);
    let given =
        Site { issuers: Vec::new(), keys: vec![SigningKey::new(&[7; 32]).public().unwrap()], ..Site::default() };
    assert_eq!(given.verdict(&credential()), Verdict::AnotherKey);
    let given = Site { issuers: Vec::new(), keys: vec![ed25519()], ..Site::default() };
    let mut altered = value(&credential());
    altered["name"] = json!("Another");
    assert_eq!(given.verdict(altered.to_string().as_bytes()), Verdict::Altered);
}

#[test]
fn documents_of_issuers_are_read_closely() {
    let read = |change: &dyn Fn(&mut Value)| {
        let keys = [(ed25519(), Standing::Good), (p256(), Standing::Good)];
        let mut document = value(&did::document(DID, &keys).file());
        change(&mut document);
        let issuers = vec![DidDocument::read(document.to_string().as_bytes()).unwrap()];
        Site { issuers, ..Site::default() }.detail(&credential())
    };
    assert!(read(&|_| ()).starts_with("valid"));
    assert!(
        read(&|all| all["verificationMethod"][0]["controller"] = json!("did:web:other.example"))
            .contains("somebody else")
    );
    assert!(read(&|all| all["assertionMethod"] = json!([])).contains("taken this key out"));
    assert!(read(&|all| all["verificationMethod"] = json!([])).contains("no such key"));
    assert!(read(&|all| all["verificationMethod"][0]["publicKeyMultibase"] = json!("z6Mk")).contains("does not know"));
    assert!(
        read(&|all| {
            let mut second = all["verificationMethod"][0].clone();
            second["publicKeyMultibase"] = json!(SigningKey::new(&[7; 32]).public().unwrap().to_multikey());
            all["verificationMethod"].as_array_mut().unwrap().push(second);
        })
        .contains("two keys of this id")
    );
    for wrong in ["", "{}", "[]", "{\"id\":1}", "{\"id\":\"a\",\"id\":\"b\"}"] {
        assert!(DidDocument::read(wrong.as_bytes()).is_err(), "{wrong}");
    }
}

#[test]
fn proofs() {
    let site = Site::default();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut changed = value(&credential());
        change(&mut changed);
        site.detail(changed.to_string().as_bytes())
    };
    // A second one that is false; one of a kind that nobody knows; the same one twice.
    let other = |name: &'static str, new: Value| {
        move |all: &mut Value| {
            let mut second = all["proof"].clone();
            second[name] = new.clone();
            all["proof"] = json!([all["proof"], second]);
        }
    };
    let false_value = json!(format!("z{}", bs58::encode([1; 64]).into_string()));
    assert!(with(&other("proofValue", false_value)).starts_with("altered"));
    assert!(with(&other("type", json!("SomeProof"))).starts_with("valid: a proof of a kind"));
    assert!(with(&other("proofValue", json!("z1"))).starts_with("cannot be checked"));
    assert!(with(&|all| all["proof"] = json!([])).contains("it is not signed"));
    assert!(with(&|all| all["proof"] = json!(vec![all["proof"].clone(); 9])).contains("more than 8 proofs"));
    // What stands there twice is said once: of proofs, in lists, and of statuses.
    let twice = |name: &'static str| {
        let mut changed = value(&credential());
        changed[name] = json!([changed[name], changed[name]]);
        site.report(changed.to_string().as_bytes())
    };
    let once = site.report(&credential());
    assert_eq!(once.verdict, Verdict::Valid);
    assert_eq!(twice("proof"), once);
    assert_eq!(twice("credentialStatus"), once);
    // Options are signed as well.
    assert!(with(&|all| all["proof"]["created"] = json!("2026-01-01T00:00:00Z")).starts_with("altered"));
    assert!(with(&|all| all["proof"]["hidden"] = json!("x")).contains("no context defines `hidden`"));
    assert!(with(&|all| all["proof"]["proofPurpose"] = json!("authentication")).contains("not made to assert"));
    assert!(with(&|all| all["proof"]["@context"] = json!("https://www.w3.org/ns/credentials/v2")).contains("@context"));
}

#[test]
fn a_proof_can_expire() {
    let key = SigningKey::new(&[4; 32]);
    let mut document = value(&credential());
    document.as_object_mut().unwrap().remove("proof");
    let canonical = rdf::canonical(&rdf::dataset(&document).unwrap()).unwrap();
    let mut proof = json!({
        "type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "proofPurpose": "assertionMethod",
        "verificationMethod": did::key_id(DID, &ed25519()), "expires": "2026-12-01T00:00:00Z",
    });
    let mut options = proof.clone();
    options["@context"] = document["@context"].clone();
    let options = rdf::canonical(&rdf::dataset(&options).unwrap()).unwrap();
    let signature = key.sign(&proof::hash_data(&options, &canonical));
    proof["proofValue"] = json!(format!("z{}", bs58::encode(signature).into_string()));
    document["proof"] = proof;
    let bytes = document.to_string().into_bytes();
    assert_eq!(Site::default().verdict(&bytes), Verdict::Expired);
    assert_eq!(Site { at: "2026-11-01T00:00:00Z", ..Site::default() }.verdict(&bytes), Verdict::Valid);
}

#[test]
fn jwts() {
    let site = Site::default();
    assert_eq!(site.verdict(&jwt_of(&header(), &payload())), Verdict::Valid);
    for (claim, new) in [
        ("iss", json!("did:web:other.example")),
        ("jti", json!("https://badges.example/verify/bob/credential.json")),
        ("sub", json!("urn:uuid:0")),
        ("nbf", json!(1)),
        ("exp", json!(4_102_444_800_u64)),
        ("exp", json!("1830380399")),
        ("iss", json!(null)),
    ] {
        let mut changed = payload();
        changed[claim] = new;
        let detail = site.detail(&jwt_of(&header(), &changed));
        assert_eq!(
            detail,
            format!("cannot be checked: the JWT contradicts itself: its `{claim}` is not what its credential says")
        );
    }
    // Claims may be left out; the credential says it all.
    let mut fewer = payload();
    fewer.as_object_mut().unwrap().retain(|name, _| !["iss", "jti", "sub", "nbf", "exp"].contains(&name.as_str()));
    assert_eq!(site.verdict(&jwt_of(&header(), &fewer)), Verdict::Valid);
    // As it was in version 1.1 of the data model.
    assert_eq!(site.verdict(&jwt_of(&header(), &json!({"vc": fewer}))), Verdict::Valid);
    let with = |name: &str, new: Value| {
        let mut header = header();
        header[name] = new;
        site.detail(&jwt_of(&header, &payload()))
    };
    assert!(with("alg", json!("none")).contains("not signed with a public key"));
    assert!(with("alg", json!("RS256")).contains("not what its key is made for"));
    assert!(with("alg", json!("ES512")).contains("does not know"));
    assert!(with("jwk", p256().to_jwk()).contains("`jwk`, which is not believed"));
    assert!(with("kid", json!("did:web:other.example#1")).starts_with("signed by another key"));
    assert!(with("kid", json!(did::key_id(DID, &ed25519()))).contains("not what its key is made for"));
    assert!(with("kid", json!(null)).contains("`kid`"));
}

#[test]
fn what_is_no_credential_is_said() {
    let site = Site::default();
    for (bytes, detail) in [
        (b"".as_slice(), "no PNG, SVG, JSON or JWT"),
        (b"hello", "no PNG, SVG, JSON or JWT"),
        (b"{}", "this is no credential"),
        (b"{\"type\":\"VerifiableCredential\"}", "first context"),
        (b"{\"type\":\"Assertion\"}", "Open Badges 2.0"),
        (b"<svg/>", "no credential in this picture"),
        (b"{\"a\":1,\"a\":2}", "`a` is there twice"),
    ] {
        let told = site.detail(bytes);
        assert!(told.starts_with("cannot be checked") && told.contains(detail), "{told}");
    }
    assert!(site.detail(&signer().status(&samples::record(), true).unwrap().file()).contains("a list of statuses"));
}

#[test]
fn words_of_strangers_do_not_reach_the_terminal_as_they_are() {
    assert_eq!(shown("a\u{1b}[31mb\u{202e}c\nd"), "a[31mbcd");
    assert_eq!(shown(&"x".repeat(500)).chars().count(), 161);
}

#[test]
fn an_undefined_term_without_a_value_is_refused_like_one_with_a_value() {
    let site = Site::default();
    for (pointer, new) in [
        ("", json!(null)),
        ("", json!([])),
        ("", json!([null])),
        ("", json!({"@value": null})),
        ("/issuer/image", json!(null)),
        ("/credentialSubject", json!([])),
        ("/credentialSubject/achievement/image", json!([null, null])),
        ("/proof", json!(null)),
    ] {
        let mut added = value(&credential());
        added.pointer_mut(pointer).unwrap()["foo"] = new.clone();
        let detail = site.detail(added.to_string().as_bytes());
        assert!(
            detail.starts_with("cannot be checked") && detail.contains("no context defines `foo`"),
            "{pointer} {new}: {detail}"
        );
        if pointer.is_empty() {
            let mut payload = payload();
            payload["foo"] = new;
            assert!(site.detail(&jwt_of(&header(), &payload)).contains("no context defines `foo`"));
        }
    }
    // A term that has a meaning says nothing without a value.
    for new in [json!(null), json!([])] {
        let mut added = value(&credential());
        added["description"] = new.clone();
        added["issuer"]["image"]["caption"] = new;
        assert_eq!(site.detail(added.to_string().as_bytes()), "valid: ");
    }
}

#[test]
fn dates_are_those_of_xml_schema_to_the_letter() {
    for wrong in [
        "2029-12-31 23:59:59Z",
        "2029-12-31t23:59:59Z",
        "2029-12-31T23:59:59z",
        "2029-12-31T23:59:59Z[UTC]",
        "2029-12-31T23:59:59+01:00[Europe/Berlin]",
        "2029-12-31T23:59:59",
        "2029-12-31",
        "2029-12-31T23:59Z",
        "2029-12-31T23:59:60Z",
        "2029-12-31T23:59:59,5Z",
        "2029-12-31T23:59:59.Z",
        "2029-12-31T23:59:59+0100",
        "2029-12-31T23:59:59+14:01",
        "20291231T235959Z",
        "2029-02-30T00:00:00Z",
        "",
    ] {
        assert_eq!(document::moment(wrong), None, "{wrong}");
        let mut dated = value(&credential());
        dated["validUntil"] = json!(wrong);
        let detail = Site::default().detail(dated.to_string().as_bytes());
        assert!(detail.starts_with("cannot be checked: `validUntil` is no moment"), "{wrong}: {detail}");
    }
    for right in ["2029-12-31T23:59:59Z", "2029-12-31T23:59:59.123+14:00", "2029-12-31T23:59:59-05:30"] {
        assert!(document::moment(right).is_some(), "{right}");
    }
    let mut number = value(&credential());
    number["validFrom"] = json!(5);
    let detail = Site::default().detail(number.to_string().as_bytes());
    assert!(detail.starts_with("cannot be checked: `validFrom` is no moment"), "{detail}");
}

#[test]
fn a_jwt_counts_to_the_second_that_its_credential_says() {
    for (claim, wrong, right) in
        [("exp", 1_830_380_399.999, 1_830_380_399.0), ("nbf", 1_767_308_400.5, 1_767_308_400.0)]
    {
        for (number, fits) in [(wrong, false), (right, true)] {
            let mut changed = payload();
            changed[claim] = json!(number);
            let detail = Site::default().detail(&jwt_of(&header(), &changed));
            assert_eq!(detail.starts_with("valid"), fits, "{claim} {number}: {detail}");
        }
    }
}

#[test]
fn the_bound_on_parts_that_look_alike_holds_for_jwts() {
    for (count, fits) in [(5, true), (6, false)] {
        let mut changed = payload();
        changed["evidence"] = json!(vec![json!({"type": ["Evidence"]}); count]);
        let detail = Site::default().detail(&jwt_of(&header(), &changed));
        assert_eq!(detail.starts_with("valid"), fits, "{count}: {detail}");
    }
}

#[test]
fn a_letter_changed_in_a_picture_is_told_whether_or_not_its_checksum_fits() {
    let credential = signer().credential(&samples::record()).unwrap().ascii();
    let picture = png::bake(&png::tests::pixel(), &credential, None).unwrap();
    let at = picture.windows(4).position(|part| part == b"Anna").unwrap();
    let mut changed = picture.clone();
    changed[at] = b'H';
    assert_eq!(Site::default().verdict(&changed), Verdict::Altered);
    // What is in the pixels is not what is asked about.
    let mut pixels = picture.clone();
    let at = picture.windows(4).position(|part| part == b"IDAT").unwrap();
    pixels[at + 6] ^= 1;
    assert_eq!(Site::default().verdict(&pixels), Verdict::Valid);
}

#[test]
fn a_key_given_by_hand_does_not_let_in_another_issuer_than_the_one_named() {
    let mut foreign = samples::record();
    foreign.issuer.did = "did:web:other.example".to_owned();
    let bytes =
        Signer::new(&foreign.issuer.did, SigningKey::new(&[7; 32]), None).unwrap().credential(&foreign).unwrap().file();
    let theirs = vec![SigningKey::new(&[7; 32]).public().unwrap()];
    let site = Site { keys: theirs.clone(), ..Site::default() };
    assert_eq!(site.verdict(&bytes), Verdict::WrongIssuer);
    assert_eq!(Site { keys: theirs, ..Site::default() }.verdict(&credential()), Verdict::Valid);
}

/// Of the Digital Credentials Consortium's fixtures: `dids/legacy`.
#[test]
fn keys_that_stand_in_what_they_are_for_are_read() {
    let method = "did:web:digitalcredentials.github.io:vc-test-fixtures:dids:legacy#z6MkjXe1vZvPRqFuc9nRBtZ3e1Y9XKDFSbjFAfzLfW2bD6cZ";
    let id = method.split('#').next().unwrap();
    let key = json!({
        "id": method, "type": "Ed25519VerificationKey2020", "controller": id,
        "publicKeyMultibase": method.split('#').next_back().unwrap(),
    });
    for methods in [json!([key]), key] {
        let document = json!({"@context": ["https://www.w3.org/ns/did/v1"], "id": id, "assertionMethod": methods});
        let bytes = document.to_string().into_bytes();
        assert!(DidDocument::is_one(&bytes));
        assert!(DidDocument::read(&bytes).unwrap().vouches(method));
    }
    assert!(!DidDocument::is_one(ed25519().to_jwk().to_string().as_bytes()));
}
