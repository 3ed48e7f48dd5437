use std::{fs, path::PathBuf, time::Instant};

use oxrdf::Dataset;
use serde_json::json;

use super::*;

fn vectors(folder: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(folder)
}

fn read(text: &str) -> Dataset {
    oxttl::NQuadsParser::new().for_slice(text).map(Result::unwrap).collect()
}

/// All of w3c/rdf-canon that ask for SHA-256. In a credential, some of them have more alike than is let through.
#[test]
fn canonical_forms_of_the_w3c() {
    let folder = vectors("rdf-canon");
    let manifest = fs::read_to_string(folder.join("manifest.csv")).unwrap();
    let (mut same, mut refused) = (0, Vec::new());
    for row in manifest.lines().skip(1).filter(|row| !row.contains("SHA384")) {
        let name = row.split(',').next().unwrap();
        let input = read(&fs::read_to_string(folder.join(format!("{name}-in.nq"))).unwrap());
        if let Err(fault) = canonical(&input) {
            assert_eq!(fault, RdfFault::Poison, "{name}");
            refused.push(name.to_owned());
        }
        let unbounded = super::canonical::canonical(&input, usize::MAX);
        if row.contains("Negative") {
            assert_eq!(unbounded, Err(RdfFault::Poison), "{name}");
        } else {
            let expected = fs::read_to_string(folder.join(format!("{name}-rdfc10.nq"))).unwrap();
            assert_eq!(unbounded.unwrap(), expected, "{name}");
            same += 1;
        }
    }
    assert_eq!(same, 63);
    assert_eq!(refused, ["test044", "test045", "test046", "test054", "test059", "test074"]);
}

/// What is made to take long is refused in time.
#[test]
fn poison_is_refused_in_time() {
    let clique = |group: usize, nodes: usize| {
        let mut text = String::new();
        for (a, b) in (0..nodes).flat_map(|a| (0..nodes).map(move |b| (a, b))).filter(|(a, b)| a != b) {
            text.push_str(&format!("_:g{group}n{a} <urn:p> _:g{group}n{b} .\n"));
        }
        for a in 0..nodes {
            text.push_str(&format!("_:g{group}n{a} <urn:group> \"{group}\" .\n"));
        }
        text
    };
    let start = Instant::now();
    assert!(canonical(&read(&clique(0, 5))).is_ok());
    assert_eq!(canonical(&read(&clique(0, 6))), Err(RdfFault::Poison));
    let many: String = (0..60).map(|group| clique(group, 5)).collect();
    assert_eq!(canonical(&read(&many)), Err(RdfFault::Poison));
    // Groups of five that are linked to each other, in a ring.
    let mut linked = String::new();
    for (group, a, b) in (0..20).flat_map(|group| (0..5).flat_map(move |a| (0..5).map(move |b| (group, a, b)))) {
        linked.push_str(&format!("_:g{group}n{a} <urn:{group}> _:g{}n{b} .\n", (group + 1) % 20));
    }
    assert_eq!(canonical(&read(&linked)), Err(RdfFault::Poison));
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

/// A dataset that does not hang on how its blank nodes are called has the same form under all names.
#[test]
fn names_of_blank_nodes_do_not_matter() {
    let folder = vectors("rdf-canon");
    for name in ["test020", "test030", "test055", "test072"] {
        let text = fs::read_to_string(folder.join(format!("{name}-in.nq"))).unwrap();
        let renamed = text.replace("_:e", "_:zz9e");
        assert_eq!(canonical(&read(&text)), canonical(&read(&renamed)), "{name}");
    }
}

fn credential() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
        "id": "https://a.example/1", "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": "did:web:a.example", "type": ["Profile"], "name": "A"},
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"type": ["AchievementSubject"], "achievement": {
            "id": "https://a.example/2", "type": ["Achievement"], "name": "B", "description": "C",
            "criteria": {"narrative": "@home"}}}
    })
}

#[test]
fn what_no_signature_covers_is_refused() {
    let good = credential();
    assert!(dataset(&good).is_ok(), "{:?}", dataset(&good));
    let with = |pointer: &str, name: &str, value: Value| {
        let mut changed = good.clone();
        changed.pointer_mut(pointer).unwrap().as_object_mut().unwrap().insert(name.to_owned(), value);
        dataset(&changed)
    };
    let undefined = |term: &str| Err(RdfFault::Undefined(term.to_owned()));
    assert_eq!(with("", "grade", json!("A")), undefined("grade"));
    assert_eq!(with("/credentialSubject/achievement", "grade", json!({"id": "urn:x:y"})), undefined("grade"));
    assert_eq!(with("/issuer", "type", json!(["Profile", "Ministry"])), undefined("Ministry"));
    let relative = |text: &str| Err(RdfFault::Relative(text.to_owned()));
    assert_eq!(with("", "id", json!("1")), relative("1"));
    assert_eq!(with("/credentialSubject", "id", json!("https://a.example/x y")), relative("https://a.example/x y"));
    assert_eq!(with("/issuer", "image", json!("logo.png")), relative("logo.png"));
    let keyword = |text: &str| Err(RdfFault::Keyword(text.to_owned()));
    assert_eq!(
        with("", "https://www.w3.org/2018/credentials#validUntil", json!("2020")),
        keyword("https://www.w3.org/2018/credentials#validUntil")
    );
    for name in ["@id", "@type", "@graph", "@included", "@reverse", "@nest", "@index", "@direction", "@foo"] {
        assert_eq!(with("/issuer", name, json!({})), keyword(name));
    }
    assert_eq!(with("/issuer", "image", json!("@none")), keyword("@none"));
    let context = |text: &str| Err(RdfFault::Context(text.to_owned()));
    assert_eq!(
        with("", "@context", json!(["https://www.w3.org/ns/credentials/v2", "https://evil.example/"])),
        context("https://evil.example/")
    );
    assert_eq!(with("/issuer", "@context", json!({"name": "urn:x"})), context("one that is written out in the file"));
}

#[test]
fn what_is_too_large_is_refused() {
    let mut large = credential();
    let identifiers: Vec<Value> =
        (0..2_000).map(|n| json!({"type": "IdentityObject", "salt": n.to_string()})).collect();
    large["credentialSubject"]["identifier"] = json!(identifiers);
    assert_eq!(dataset(&large).unwrap_err(), RdfFault::Large);
    // These are seen before anything is done.
    let start = Instant::now();
    for part in [
        json!({"type": "IdentityObject"}),
        json!({"type": vec!["IdentityObject"; 8]}),
        json!({"@context": "https://www.w3.org/ns/credentials/v2"}),
    ] {
        large["credentialSubject"]["identifier"] = json!(vec![part; 2_500]);
        assert_eq!(dataset(&large).unwrap_err(), RdfFault::Large);
    }
    assert!(start.elapsed().as_millis() < 1_000);
    let mut alike = credential();
    alike["credentialSubject"]["identifier"] = json!(vec![json!({"type": "IdentityObject", "salt": "1"}); 6]);
    assert_eq!(canonical(&dataset(&alike).unwrap()), Err(RdfFault::Poison));
    alike["credentialSubject"]["identifier"] = json!(vec![json!({"type": "IdentityObject", "salt": "1"}); 5]);
    assert!(canonical(&dataset(&alike).unwrap()).is_ok());
}
