//! A credential is read as JSON and signed as RDF. Whoever moves a statement to another place of the JSON, where
//! programs do not look, does not touch the signature. So what is read has to be exactly what is signed.

use std::collections::BTreeSet;

use oxrdf::{Dataset, NamedNodeRef, NamedOrBlankNodeRef, TermRef};
use serde_json::{Map, Value};

const CREDENTIALS: &str = "https://www.w3.org/2018/credentials#";
const STATUS: &str = "https://www.w3.org/ns/credentials/status#";

/// Refuses a credential of which more, or something else, is signed than where it is looked for.
pub(super) fn once(members: &Map<String, Value>, issuer: &str, dataset: &Dataset) -> Result<(), String> {
    let mut labels = BTreeSet::new();
    if !labels_are_there_once(&Value::Object(members.clone()), &mut labels) {
        return Err("a part of the credential is described in two places".to_owned());
    }
    // A credential without an id is a blank node, and is described in one place alone.
    let Some(id) = members.get("id").and_then(Value::as_str).filter(|id| !id.starts_with("_:")) else { return Ok(()) };
    let text = |name: &str| members.get(name).and_then(Value::as_str).into_iter().map(str::to_owned).collect();
    let expected: [(&str, BTreeSet<String>); 3] = [
        ("issuer", BTreeSet::from([issuer.to_owned()])),
        ("validFrom", text("validFrom")),
        ("validUntil", text("validUntil")),
    ];
    for (name, expected) in expected {
        let said = objects(dataset, id, CREDENTIALS, name)?;
        if said.named != expected || said.blank > 0 {
            return Err(two_things(name));
        }
    }
    for name in ["credentialStatus", "credentialSubject"] {
        let items: Vec<&Value> = match members.get(name) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => items.iter().collect(),
            Some(one) => vec![one],
        };
        let mut expected = Objects::default();
        for item in &items {
            match item.as_str().or_else(|| item.get("id").and_then(Value::as_str)).filter(|id| !id.starts_with("_:")) {
                Some(id) => {
                    expected.named.insert(id.to_owned());
                }
                None => expected.blank += 1,
            }
        }
        if objects(dataset, id, CREDENTIALS, name)? != expected {
            return Err(two_things(name));
        }
        if name == "credentialStatus" {
            entries(&items, dataset)?;
        }
    }
    Ok(())
}

/// What the entries of statuses say.
fn entries(items: &[&Value], dataset: &Dataset) -> Result<(), String> {
    for item in items {
        let Some(id) = item.get("id").and_then(Value::as_str).filter(|id| !id.starts_with("_:")) else { continue };
        for name in ["statusListCredential", "statusListIndex", "statusPurpose"] {
            let expected = match item.get(name) {
                Some(Value::String(text)) => BTreeSet::from([text.clone()]),
                Some(Value::Number(number)) => BTreeSet::from([number.to_string()]),
                None => BTreeSet::new(),
                Some(_) => return Err(two_things(name)),
            };
            let said = objects(dataset, id, STATUS, name)?;
            if said.named != expected || said.blank > 0 {
                return Err(two_things(name));
            }
        }
    }
    Ok(())
}

fn two_things(name: &str) -> String {
    format!("what is signed as `{name}` is not what stands there: the credential says two things")
}

#[derive(Default, PartialEq, Eq)]
struct Objects {
    /// Addresses and texts.
    named: BTreeSet<String>,
    /// How many have no name.
    blank: usize,
}

fn objects(dataset: &Dataset, subject: &str, vocabulary: &str, name: &str) -> Result<Objects, String> {
    let malformed = |_| "an id of the credential is no address".to_owned();
    let predicate = format!("{vocabulary}{name}");
    let predicate = NamedNodeRef::new(&predicate).map_err(malformed)?;
    let subject = NamedOrBlankNodeRef::NamedNode(NamedNodeRef::new(subject).map_err(malformed)?);
    let mut objects = Objects::default();
    for quad in dataset.quads_for_subject(subject).filter(|quad| quad.predicate == predicate) {
        match quad.object {
            TermRef::NamedNode(node) => {
                objects.named.insert(node.as_str().to_owned());
            }
            TermRef::Literal(literal) => {
                objects.named.insert(literal.value().to_owned());
            }
            TermRef::BlankNode(_) => objects.blank += 1,
        }
    }
    Ok(objects)
}

/// Blank nodes can have labels, with which one is described in several places.
fn labels_are_there_once<'a>(value: &'a Value, seen: &mut BTreeSet<&'a str>) -> bool {
    match value {
        Value::Object(members) => members.iter().all(|(name, value)| match value {
            Value::String(text) if text.starts_with("_:") && matches!(name.as_str(), "id" | "@id") => seen.insert(text),
            other => labels_are_there_once(other, seen),
        }),
        Value::Array(items) => items.iter().all(|item| labels_are_there_once(item, seen)),
        _ => true,
    }
}
