//! Issuers, and which keys are theirs.

use serde_json::Value;

use super::{AtHand, Checks, Verdict, document::Document, shown};
use crate::credential::{
    did,
    keys::{self, PublicKey},
    strict::{self, JsonFault},
};

/// A DID document: an issuer, its keys, and what they are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DidDocument {
    /// The issuer.
    pub id: String,
    methods: Vec<Method>,
    /// The ids of the keys that vouch for what the issuer says.
    assertion: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Method {
    id: String,
    controller: String,
    /// Nothing where it is of an unknown kind or damaged.
    key: Option<PublicKey>,
}

/// Why something is no DID document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DidFault {
    /// It cannot be read.
    #[error("{0}")]
    Json(JsonFault),
    /// It does not say whose it is.
    #[error("it has no `id`")]
    Id,
}

impl DidDocument {
    /// Whether something means to be one: it names keys, or says what they are for.
    pub fn is_one(bytes: &[u8]) -> bool {
        let names = ["verificationMethod", "assertionMethod", "authentication", "publicKey"];
        strict::read(bytes).is_ok_and(|value| names.iter().any(|name| value.get(name).is_some()))
    }

    /// Reads one (DID Core 1.0 section 5).
    pub fn read(bytes: &[u8]) -> Result<Self, DidFault> {
        let value = strict::read(bytes).map_err(DidFault::Json)?;
        let id = value.get("id").and_then(Value::as_str).ok_or(DidFault::Id)?.to_owned();
        // One may stand without a list around it.
        let list = |name: &str| match value.get(name) {
            Some(Value::Array(items)) => items.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let assertions = list("assertionMethod");
        let embedded = assertions.iter().filter(|item| item.is_object());
        let methods: Vec<Method> = list("verificationMethod")
            .iter()
            .chain(embedded)
            .filter_map(|method| {
                Some(Method {
                    id: absolute(&id, method.get("id")?.as_str()?),
                    controller: method.get("controller")?.as_str()?.to_owned(),
                    key: key_of(method),
                })
            })
            .collect();
        let assertion = assertions
            .iter()
            .filter_map(|item| item.as_str().or_else(|| item.get("id")?.as_str()))
            .map(|method| absolute(&id, method))
            .collect();
        Ok(Self { id, methods, assertion })
    }

    /// Whether it has a key of this id that vouches.
    #[cfg(test)]
    pub(super) fn vouches(&self, method: &str) -> bool {
        self.key(method).is_ok()
    }

    /// The key of an id, if the issuer lets it vouch.
    fn key(&self, method: &str) -> Result<&PublicKey, Refusal> {
        let mut of_id = self.methods.iter().filter(|known| known.id == method);
        let known = of_id.next().ok_or(Refusal::AnotherKey("the issuer has no such key"))?;
        // The same id with two keys would be two answers.
        if of_id.any(|other| other != known) {
            return Err(Refusal::Unchecked("the issuer's document has two keys of this id"));
        }
        if known.controller != self.id {
            return Err(Refusal::AnotherKey("the key belongs to somebody else (`controller`)"));
        }
        if !self.assertion.iter().any(|vouches| vouches == method) {
            return Err(Refusal::AnotherKey("the issuer has taken this key out of those that vouch for anything"));
        }
        known.key.as_ref().ok_or(Refusal::Unchecked("the issuer's key is of a kind that this program does not know"))
    }
}

fn absolute(id: &str, method: &str) -> String {
    if method.starts_with('#') { format!("{id}{method}") } else { method.to_owned() }
}

fn key_of(method: &Value) -> Option<PublicKey> {
    match (method.get("publicKeyMultibase"), method.get("publicKeyJwk")) {
        (Some(Value::String(multikey)), None) => PublicKey::from_multikey(multikey).ok(),
        (None, Some(jwk)) => PublicKey::from_jwk(jwk.to_string().as_bytes()).ok(),
        _ => None,
    }
}

/// Why there is no key.
pub(super) enum Refusal {
    /// It is somebody else's, or counts no more.
    AnotherKey(&'static str),
    /// It is not known.
    Unchecked(&'static str),
}

/// The keys that a signature may be made with. Where they were given by hand, all are tried.
pub(super) enum Keys<'a> {
    /// The one that the signature names.
    Named(PublicKey),
    /// Given.
    Given(&'a [PublicKey]),
}

/// Finds the key that a signature of an issuer names. A key is never taken out of the signature itself, nor out of a
/// fragment: anybody can write one there.
pub(super) fn keys<'a>(issuer: &str, method: &str, at_hand: &'a AtHand<'_>) -> Result<Keys<'a>, Refusal> {
    let controller = method.split_once('#').map_or(method, |(controller, _)| controller);
    if controller != issuer {
        return Err(Refusal::AnotherKey("the key that it names is not the issuer's"));
    }
    if let Some(known) = at_hand.issuers.iter().find(|known| known.id == issuer) {
        return known.key(method).map(|key| Keys::Named(key.clone()));
    }
    if !at_hand.keys.is_empty() {
        return Ok(Keys::Given(&at_hand.keys));
    }
    // An issuer that is its own key.
    if let Some(multikey) = issuer.strip_prefix("did:key:") {
        let fragment = method.split_once('#').map(|(_, fragment)| fragment);
        if fragment.is_some_and(|fragment| fragment != multikey) {
            return Err(Refusal::AnotherKey("the key that it names is not the issuer's"));
        }
        let key = keys::of_did_key(issuer);
        return key
            .map(Keys::Named)
            .ok_or(Refusal::Unchecked("the issuer's key is of a kind that this program does not know"));
    }
    Err(Refusal::Unchecked("the issuer's keys are not at hand"))
}

/// Whether the issuer is one that it may be. Without that, nothing else is looked at.
pub(super) fn is_known(document: &Document<'_>, at_hand: &AtHand<'_>, checks: &mut Checks) -> bool {
    let issuer = shown(&document.issuer);
    if at_hand.issuers.iter().any(|known| known.id == document.issuer) {
        checks.pass("issuer", format!("the issuer is {issuer}, the one that it was checked against"));
    } else if let Some(expected) = at_hand.issuers.first() {
        // Also beside keys of which nobody knows whose they are: the issuers that count were named.
        let detail = format!("it is by {issuer}, and not by {}", shown(&expected.id));
        checks.fail("issuer", Verdict::WrongIssuer, detail);
        return false;
    } else if !at_hand.keys.is_empty() {
        checks.note("issuer", format!("it says it is by {issuer}; whose the given key is, is not known here"));
    } else if document.issuer.starts_with("did:key:") {
        checks.note("issuer", format!("the issuer is nothing but a key ({issuer}); who that is, is not said by it"));
    } else {
        checks.note("issuer", format!("it says it is by {issuer}, whose keys are not at hand"));
    }
    true
}

/// Whether the credential is where the issuer is at home.
pub(super) fn domain(document: &Document<'_>, checks: &mut Checks) {
    let Some(site) = did::site_of(&document.issuer) else { return };
    match document.id.as_deref() {
        Some(id) if id.starts_with(site.as_str()) => {
            checks.pass("domain", format!("its address is below {site}, which is the issuer's"));
        }
        Some(id) if id.starts_with("https://") || id.starts_with("http://") => {
            checks.note("domain", format!("its address ({}) is not below {site}, which is the issuer's", shown(id)));
        }
        _ => checks.note("domain", format!("it has no address; the issuer is {site}")),
    }
}
