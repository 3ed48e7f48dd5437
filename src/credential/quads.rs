//! The short way to the canonical form: quads are emitted from the record itself, without JSON-LD.
//!
//! What they are follows from the two contexts ([`super::ob3::CONTEXTS`]). Tests hold this against the full way
//! ([`super::rdf`]), byte by byte, and so does each build for one award a badge.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{
    ob3::{STATUS_INDEX, status_entry_id},
    record::{Record, instant},
    status,
};

const TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const DATE_TIME: &str = "http://www.w3.org/2001/XMLSchema#dateTime";

macro_rules! cred {
    ($name:literal) => {
        concat!("https://www.w3.org/2018/credentials#", $name)
    };
}
macro_rules! ob {
    ($name:literal) => {
        concat!("https://purl.imsglobal.org/spec/vc/ob/vocab.html#", $name)
    };
}
macro_rules! status {
    ($name:literal) => {
        concat!("https://www.w3.org/ns/credentials/status#", $name)
    };
}
macro_rules! schema {
    ($name:literal) => {
        concat!("https://schema.org/", $name)
    };
}
macro_rules! security {
    ($name:literal) => {
        concat!("https://w3id.org/security#", $name)
    };
}

/// A subject, or an object that is one.
#[derive(Clone, Copy)]
enum Node<'a> {
    Iri(&'a str),
    /// The number of a blank node.
    Blank(usize),
}

/// Lines in the making. Blank nodes have numbers until their labels are known.
#[derive(Default)]
struct Quads {
    /// Those whose subject and object are named.
    named: Vec<String>,
    /// For each blank node: what it says, without itself; and how it is reached.
    blank: Vec<Blank>,
}

struct Blank {
    /// The line that leads to it, without its label.
    from: String,
    /// What follows its label.
    says: Vec<String>,
}

impl Quads {
    /// A blank node, and the quad that leads to it.
    fn blank(&mut self, subject: &str, predicate: &str) -> Node<'static> {
        self.blank.push(Blank { from: format!("<{subject}> <{predicate}> "), says: Vec::new() });
        Node::Blank(self.blank.len() - 1)
    }

    fn push(&mut self, subject: Node<'_>, predicate: &str, object: impl FnOnce(&mut String)) {
        let mut line = String::with_capacity(160);
        if let Node::Iri(iri) = subject {
            let _ = write!(line, "<{iri}>");
        }
        let _ = write!(line, " <{predicate}> ");
        object(&mut line);
        line.push_str(" .\n");
        match subject {
            Node::Iri(_) => self.named.push(line),
            Node::Blank(number) => {
                if let Some(blank) = self.blank.get_mut(number) {
                    blank.says.push(line);
                }
            }
        }
    }

    fn iri(&mut self, subject: Node<'_>, predicate: &str, object: &str) {
        self.push(subject, predicate, |line| {
            let _ = write!(line, "<{object}>");
        });
    }

    fn text(&mut self, subject: Node<'_>, predicate: &str, text: &str) {
        self.push(subject, predicate, |line| quote(line, text));
    }

    fn typed(&mut self, subject: Node<'_>, predicate: &str, text: &str, datatype: &str) {
        self.push(subject, predicate, |line| {
            quote(line, text);
            let _ = write!(line, "^^<{datatype}>");
        });
    }

    /// The canonical form; nothing where two blank nodes look alike, which the full way has to tell apart.
    fn canonical(mut self) -> Option<String> {
        let mut hashes: Vec<([u8; 32], usize)> = Vec::with_capacity(self.blank.len());
        for (number, blank) in self.blank.iter_mut().enumerate() {
            blank.says.sort_unstable();
            blank.says.dedup();
            // First-degree hash (RDFC-1.0 section 4.6.3): all quads with the node, which is `_:a` in them, sorted. No
            // quad here has two blank nodes.
            let mut lines: Vec<String> = blank.says.iter().map(|line| format!("_:a{line}")).collect();
            lines.push(format!("{}_:a .\n", blank.from));
            lines.sort_unstable();
            hashes.push((Sha256::digest(lines.concat()).into(), number));
        }
        hashes.sort_unstable();
        if hashes.windows(2).any(|two| matches!(two, [(one, _), (other, _)] if one == other)) {
            return None;
        }
        let mut lines = self.named;
        for (label, (_, number)) in hashes.iter().enumerate() {
            let Some(blank) = self.blank.get(*number) else { continue };
            lines.push(format!("{}_:c14n{label} .\n", blank.from));
            lines.extend(blank.says.iter().map(|line| format!("_:c14n{label}{line}")));
        }
        // By code point, as UTF-8 sorts. A quad is there once.
        lines.sort_unstable();
        lines.dedup();
        Some(lines.concat())
    }
}

/// A literal as canonical N-Quads write it (RDFC-1.0 section 5).
fn quote(out: &mut String, text: &str) {
    out.push('"');
    let mut from = 0;
    for (at, c) in text.char_indices() {
        let escape = match c {
            '\u{8}' => "\\b",
            '\t' => "\\t",
            '\n' => "\\n",
            '\u{c}' => "\\f",
            '\r' => "\\r",
            '"' => "\\\"",
            '\\' => "\\\\",
            '\0'..='\x1f' | '\x7f' | '\u{fffe}' | '\u{ffff}' => "",
            _ => continue,
        };
        out.push_str(text.get(from..at).unwrap_or_default());
        from = at + c.len_utf8();
        if escape.is_empty() {
            let _ = write!(out, "\\u{:04X}", u32::from(c));
        } else {
            out.push_str(escape);
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out.push('"');
}

/// The canonical form of a credential without its proof, or nothing where the full way is needed.
pub fn credential(record: &Record) -> Option<String> {
    let mut quads = Quads::default();
    let id = Node::Iri(&record.id);
    quads.iri(id, TYPE, cred!("VerifiableCredential"));
    quads.iri(id, TYPE, ob!("OpenBadgeCredential"));
    quads.text(id, schema!("name"), &record.name);
    quads.iri(id, cred!("issuer"), &record.issuer.did);
    quads.typed(id, cred!("validFrom"), &instant(record.valid_from), DATE_TIME);
    if let Some(until) = record.valid_until {
        quads.typed(id, cred!("validUntil"), &instant(until), DATE_TIME);
    }
    // The context writes a prefix that it does not define, so the type is what it says, to the letter.
    quads.typed(id, ob!("awardedDate"), &instant(record.awarded), "xsd:dateTime");
    quads.iri(id, cred!("credentialSubject"), &record.subject.id);
    issuer(&mut quads, record);
    subject(&mut quads, record);
    achievement(&mut quads, record);
    evidence(&mut quads, record);
    let entry = status_entry_id(record);
    quads.iri(id, cred!("credentialStatus"), &entry);
    let entry = Node::Iri(&entry);
    quads.iri(entry, TYPE, status!("BitstringStatusListEntry"));
    quads.text(entry, status!("statusPurpose"), "revocation");
    quads.text(entry, status!("statusListIndex"), &STATUS_INDEX.to_string());
    quads.iri(entry, status!("statusListCredential"), &record.status);
    quads.canonical()
}

fn image(quads: &mut Quads, of: Node<'_>, address: &str) {
    quads.iri(of, ob!("image"), address);
    quads.iri(Node::Iri(address), TYPE, ob!("Image"));
}

fn issuer(quads: &mut Quads, record: &Record) {
    let issuer = &record.issuer;
    let id = Node::Iri(&issuer.did);
    quads.iri(id, TYPE, ob!("Profile"));
    quads.text(id, schema!("name"), &issuer.name);
    quads.typed(id, schema!("url"), &issuer.url, "https://www.w3.org/2001/XMLSchema#anyURI");
    if let Some(description) = &issuer.description {
        quads.text(id, schema!("description"), description);
    }
    if let Some(email) = &issuer.email {
        quads.text(id, schema!("email"), email);
    }
    if let Some(address) = &issuer.image {
        image(quads, id, address);
    }
}

fn subject(quads: &mut Quads, record: &Record) {
    let subject = &record.subject;
    let id = Node::Iri(&subject.id);
    quads.iri(id, TYPE, ob!("AchievementSubject"));
    quads.iri(id, ob!("achievement"), &record.achievement.id);
    let mut identity = |kind: &str, hashed: &str, value: &str, salt: Option<&str>| {
        let node = quads.blank(&subject.id, ob!("identifier"));
        quads.iri(node, TYPE, ob!("IdentityObject"));
        quads.text(node, ob!("identityType"), kind);
        quads.typed(node, ob!("hashed"), hashed, "https://www.w3.org/2001/XMLSchema#boolean");
        quads.text(node, ob!("identityHash"), value);
        if let Some(salt) = salt {
            quads.text(node, ob!("salt"), salt);
        }
    };
    identity("name", "false", &subject.name, None);
    if let Some(email) = &subject.email {
        identity("emailAddress", "true", &email.hash, Some(&email.salt));
    }
}

fn achievement(quads: &mut Quads, record: &Record) {
    let achievement = &record.achievement;
    let id = Node::Iri(&achievement.id);
    quads.iri(id, TYPE, ob!("Achievement"));
    quads.text(id, ob!("achievementType"), &achievement.achievement_type);
    quads.text(id, schema!("name"), &achievement.name);
    quads.text(id, schema!("description"), &achievement.description);
    let criteria = quads.blank(&achievement.id, ob!("Criteria"));
    quads.text(criteria, ob!("narrative"), &achievement.criteria);
    image(quads, id, &achievement.image);
    for tag in &achievement.tags {
        quads.text(id, schema!("keywords"), tag);
    }
}

fn evidence(quads: &mut Quads, record: &Record) {
    for evidence in &record.evidence {
        let node = match &evidence.url {
            Some(url) => {
                quads.iri(Node::Iri(&record.id), cred!("evidence"), url);
                Node::Iri(url)
            }
            None => quads.blank(&record.id, cred!("evidence")),
        };
        quads.iri(node, TYPE, ob!("Evidence"));
        if let Some(name) = &evidence.name {
            quads.text(node, schema!("name"), name);
        }
        if let Some(narrative) = &evidence.narrative {
            quads.text(node, ob!("narrative"), narrative);
        }
    }
}

/// The canonical form of status.json without its proof.
pub fn status(record: &Record, is_set: bool) -> Option<String> {
    let mut quads = Quads::default();
    let (id, list) = (Node::Iri(&record.status), status::list_id(record));
    quads.iri(id, TYPE, cred!("VerifiableCredential"));
    quads.iri(id, TYPE, status!("BitstringStatusListCredential"));
    quads.iri(id, cred!("issuer"), &record.issuer.did);
    quads.typed(id, cred!("validFrom"), status::SINCE, DATE_TIME);
    quads.iri(id, cred!("credentialSubject"), &list);
    let list = Node::Iri(&list);
    quads.iri(list, TYPE, status!("BitstringStatusList"));
    quads.text(list, status!("statusPurpose"), "revocation");
    quads.typed(list, status!("encodedList"), status::encoded(is_set), security!("multibase"));
    quads.canonical()
}

/// The canonical form of the options of a proof that is made with a key.
pub fn proof_options(verification_method: &str) -> String {
    let mut lines = [
        format!("_:c14n0 <{TYPE}> <{}> .\n", security!("DataIntegrityProof")),
        format!("_:c14n0 <{}> \"eddsa-rdfc-2022\"^^<{}> .\n", security!("cryptosuite"), security!("cryptosuiteString")),
        format!("_:c14n0 <{}> <{}> .\n", security!("proofPurpose"), security!("assertionMethod")),
        format!("_:c14n0 <{}> <{verification_method}> .\n", security!("verificationMethod")),
    ];
    lines.sort_unstable();
    lines.concat()
}

#[cfg(test)]
mod tests;
