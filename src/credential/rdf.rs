//! JSON-LD and RDF Dataset Canonicalization (RDFC-1.0): what exactly an embedded proof covers.
//!
//! This is the full way, for credentials of anybody. Those of a site itself go a shorter one ([`super::quads`]).

use oxjsonld::{JsonLdParser, JsonLdRemoteDocument};
use oxrdf::{Dataset, GraphNameRef, NamedOrBlankNodeRef, TermRef};
use serde_json::Value;

use super::contexts;

mod canonical;

/// How many quads a document may become.
pub const QUADS: usize = 2_000;

/// How many blank nodes may look alike at first: with more of them the time that canonicalization takes grows without
/// bounds (RDFC-1.0 section 7.1, dataset poisoning).
pub const ALIKE: usize = 5;

/// What stands for a term that no context defines.
const UNDEFINED: &str = "urn:bonafide:undefined:";
/// What relative addresses are put behind, to see them.
const RELATIVE: &str = "https://relative.invalid/";

/// Why a document has no canonical form here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RdfFault {
    /// JSON-LD does not allow it.
    #[error("JSON-LD does not allow it: {0}")]
    JsonLd(String),
    /// A context that is not known, or that is written out in the document.
    #[error("it uses a context that this program does not know: {0}")]
    Context(String),
    /// A member whose name no context defines: no signature covers it.
    #[error("no context defines `{0}`, so that no signature covers it")]
    Undefined(String),
    /// An id or address that is not absolute.
    #[error("`{0}` is relative or no address, so that no signature covers it")]
    Relative(String),
    /// A keyword that hides or moves what is said.
    #[error("`{0}` may not stand in a credential")]
    Keyword(String),
    /// A list in a list: JSON-LD reads both as one, programs that look into it do not.
    #[error("a list stands in a list, which is read in more than one way")]
    Nested,
    /// Too large.
    #[error("it becomes more than 2,000 statements, or names more than 64 contexts")]
    Large,
    /// Too many blank nodes that look alike.
    #[error("too many parts of it look alike to bring them into an order")]
    Poison,
}

/// What a document says, in RDF.
pub fn dataset(document: &Value) -> Result<Dataset, RdfFault> {
    plain(document, None, &mut Size::default())?;
    let said = parse(document, false)?;
    // JSON-LD silently drops what it does not understand, and the parser has no mode in which it refuses to. So it is
    // read once more, with a vocabulary that catches what has no term, a base that catches relative addresses, and
    // without dropping what is malformed; what then is more or other than before was not covered.
    let all = parse(&with_vocabulary(document), true)?;
    for quad in &all {
        let graph = match quad.graph_name {
            GraphNameRef::NamedNode(node) => Some(node.as_str()),
            _ => None,
        };
        let subject = match quad.subject {
            NamedOrBlankNodeRef::NamedNode(node) => Some(node.as_str()),
            NamedOrBlankNodeRef::BlankNode(_) => None,
        };
        let object = match quad.object {
            TermRef::NamedNode(node) => Some(node.as_str()),
            TermRef::Literal(literal) => Some(literal.datatype().as_str()),
            TermRef::BlankNode(_) => None,
        };
        for iri in [graph, subject, Some(quad.predicate.as_str()), object].into_iter().flatten() {
            if let Some(term) = iri.strip_prefix(UNDEFINED) {
                return Err(RdfFault::Undefined(short(term)));
            }
            if let Some(relative) = iri.strip_prefix(RELATIVE) {
                return Err(RdfFault::Relative(short(relative)));
            }
            if !super::text::is_iri(iri) {
                return Err(RdfFault::Relative(short(iri)));
            }
        }
    }
    undefined_without_value(document)?;
    if all.len() == said.len() { Ok(said) } else { Err(RdfFault::JsonLd("a part of it would be dropped".to_owned())) }
}

/// A member without a value (`null`, or a list with nothing in it) becomes no statement, whether its name has a term or
/// not. So each gets one, to see where its name leads.
fn undefined_without_value(document: &Value) -> Result<(), RdfFault> {
    let mut filled = with_vocabulary(document);
    if !fill(&mut filled) {
        return Ok(());
    }
    for quad in &parse(&filled, true)? {
        if let Some(term) = quad.predicate.as_str().strip_prefix(UNDEFINED) {
            return Err(RdfFault::Undefined(short(term)));
        }
    }
    Ok(())
}

/// Gives what is without a value one, and says whether there was any.
fn fill(value: &mut Value) -> bool {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.iter().all(Value::is_null),
        _ => false,
    };
    match value {
        // All of them, and not only up to the first.
        Value::Object(members) => members.iter_mut().fold(false, |filled, (name, value)| match name.as_str() {
            "@context" | "@language" => filled,
            _ if is_empty(value) => {
                // An absolute address is a value of every term.
                *value = Value::String("urn:bonafide:value".to_owned());
                true
            }
            _ => fill(value) | filled,
        }),
        Value::Array(items) => items.iter_mut().map(fill).fold(false, |filled, other| filled | other),
        _ => false,
    }
}

/// Names and values of strangers in messages: not longer than this.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// Members whose text is a text, also when it looks like a keyword.
const TEXTS: [&str; 18] = [
    "name",
    "description",
    "narrative",
    "identityHash",
    "salt",
    "tag",
    "humanCode",
    "caption",
    "endorsementComment",
    "genre",
    "audience",
    "value",
    "achievementType",
    "targetName",
    "targetDescription",
    "email",
    "phone",
    "@value",
];

/// How much there is to do, before it is done: each object and each type is a statement at least, and each context has
/// to be applied.
#[derive(Default)]
struct Size {
    statements: usize,
    contexts: usize,
}

/// How many contexts a document may name, in all places together.
const CONTEXTS: usize = 64;

/// Refuses what JSON-LD allows and what would make a document read differently from what is signed.
fn plain(value: &Value, name: Option<&str>, size: &mut Size) -> Result<(), RdfFault> {
    match value {
        Value::Object(members) => {
            size.statements += 1;
            if size.statements > QUADS {
                return Err(RdfFault::Large);
            }
            for (name, value) in members {
                match name.as_str() {
                    "@context" => known(value, size)?,
                    "@value" | "@language" => plain(value, Some(name), size)?,
                    // The datatype of a value. Elsewhere `type` and `id` are what programs look for.
                    "@type" if members.contains_key("@value") => plain(value, Some(name), size)?,
                    _ if name.starts_with('@') => return Err(RdfFault::Keyword(short(name))),
                    // A name that is an address says what a term says, but programs that look for the term miss it.
                    _ if name.contains(':') => return Err(RdfFault::Keyword(short(name))),
                    _ => plain(value, Some(name), size)?,
                }
            }
            Ok(())
        }
        Value::Array(items) if items.iter().any(Value::is_array) => Err(RdfFault::Nested),
        Value::Array(items) => items.iter().try_for_each(|item| plain(item, name, size)),
        Value::String(text) => {
            size.statements += usize::from(name == Some("type"));
            let keyword = text
                .strip_prefix('@')
                .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphabetic()));
            if keyword && !name.is_some_and(|name| TEXTS.contains(&name)) {
                return Err(RdfFault::Keyword(short(text)));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn known(context: &Value, size: &mut Size) -> Result<(), RdfFault> {
    size.contexts += context.as_array().map_or(1, Vec::len);
    if size.contexts > CONTEXTS {
        return Err(RdfFault::Large);
    }
    let one = |context: &Value| match context {
        Value::String(address) if find(address).is_some() => Ok(()),
        Value::String(address) => Err(RdfFault::Context(short(address))),
        _ => Err(RdfFault::Context("one that is written out in the file".to_owned())),
    };
    match context {
        Value::Array(items) => items.iter().try_for_each(one),
        other => one(other),
    }
}

#[cfg(not(test))]
fn find(address: &str) -> Option<&'static str> {
    contexts::find(address)
}

/// The test vectors of the W3C use a context of examples.
#[cfg(test)]
fn find(address: &str) -> Option<&'static str> {
    const EXAMPLES: &str = r#"{"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}"#;
    contexts::find(address).or((address == "https://www.w3.org/ns/credentials/examples/v2").then_some(EXAMPLES))
}

fn with_vocabulary(document: &Value) -> Value {
    let mut document = document.clone();
    let catch = serde_json::json!({ "@vocab": UNDEFINED });
    if let Some(members) = document.as_object_mut() {
        let context = members.remove("@context");
        let mut all = vec![catch];
        match context {
            Some(Value::Array(items)) => all.extend(items),
            Some(one) => all.push(one),
            None => {}
        }
        members.insert("@context".to_owned(), Value::Array(all));
    }
    document
}

fn parse(document: &Value, all: bool) -> Result<Dataset, RdfFault> {
    let json = document.to_string();
    let wrong = |error: &dyn std::fmt::Display| RdfFault::JsonLd(short(&error.to_string()));
    let mut parser = JsonLdParser::new();
    if all {
        parser = parser.lenient().with_base_iri(RELATIVE).map_err(|error| wrong(&error))?;
    }
    let quads = parser.for_slice(json.as_bytes()).with_load_document_callback(|address, _| match find(address) {
        Some(context) => Ok(JsonLdRemoteDocument { document: context.into(), document_url: address.to_owned() }),
        None => Err("unknown context".into()),
    });
    let mut dataset = Dataset::new();
    for (read, quad) in quads.enumerate() {
        // As many may be read twice as are said; after that it is a trap.
        if read >= 2 * QUADS || dataset.len() > QUADS {
            return Err(RdfFault::Large);
        }
        dataset.insert(&quad.map_err(|error| wrong(&error))?);
    }
    if dataset.len() > QUADS { Err(RdfFault::Large) } else { Ok(dataset) }
}

/// The canonical N-Quads (RDFC-1.0, SHA-256).
pub fn canonical(dataset: &Dataset) -> Result<String, RdfFault> {
    canonical::canonical(dataset, ALIKE)
}

#[cfg(test)]
mod tests;
