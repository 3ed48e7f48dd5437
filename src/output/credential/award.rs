//! The credential files of an award: credential.json, credential.jwt, status.json and assertion.json.

use std::hash::Hash;

use super::{beside, is_set, written};
use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Of, Output, View},
};

/// The award as an Open Badges 3.0 credential with its proof. No status is in it, so it stays as it is when one changes.
pub struct CredentialJson;

impl Output for CredentialJson {
    fn name(&self) -> &'static str {
        "credential"
    }

    fn kind(&self) -> Kind {
        Kind::Leaf
    }

    fn of(&self) -> Of {
        Of::Award
    }

    fn items(&self, view: &View<'_>, index: usize, add: Add<'_>) {
        if view.credentials.is_some() && view.open_award(index).is_some() {
            add(Item::of(index));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        beside(view, item.index, "credential.json")
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        if let Some(credentials) = &view.credentials {
            credentials.hash_credential(view.site, item.index, on);
        }
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        let view = making.view;
        written(view.credentials.as_ref().and_then(|credentials| credentials.credential(view.site, item.index)))
    }
}

/// The same as a JWT, where there is a key for it.
pub struct CredentialJwt;

impl Output for CredentialJwt {
    fn name(&self) -> &'static str {
        "credential (JWT)"
    }

    fn kind(&self) -> Kind {
        Kind::Leaf
    }

    fn of(&self) -> Of {
        Of::Award
    }

    fn items(&self, view: &View<'_>, index: usize, add: Add<'_>) {
        let is_wanted = view.credentials.as_ref().is_some_and(super::Credentials::has_jwt);
        if is_wanted && view.open_award(index).is_some() {
            add(Item::of(index));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        beside(view, item.index, "credential.jwt")
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        if let Some(credentials) = &view.credentials {
            credentials.hash_jwt(view.site, item.index, on);
        }
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        let view = making.view;
        let made = view.credentials.as_ref().and_then(|credentials| credentials.credential_jwt(view.site, item.index));
        Ok(made.unwrap_or_default().into_bytes())
    }
}

/// The signed list in which one bit says whether the award is withdrawn or on hold.
pub struct StatusJson;

impl Output for StatusJson {
    fn name(&self) -> &'static str {
        "credential status"
    }

    fn kind(&self) -> Kind {
        Kind::Leaf
    }

    fn of(&self) -> Of {
        Of::Award
    }

    fn items(&self, view: &View<'_>, index: usize, add: Add<'_>) {
        if view.credentials.is_some() && view.open_award(index).is_some() {
            add(Item::of(index));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        beside(view, item.index, "status.json")
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        if let Some(credentials) = &view.credentials {
            credentials.hash_status(view.site, item.index, on);
            is_set(view.status(item.index)).hash(on);
        }
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        let view = making.view;
        let status = view.status(item.index);
        written(view.credentials.as_ref().and_then(|credentials| credentials.status(view.site, item.index, status)))
    }
}

/// The award as a hosted Open Badges 2.0 assertion: of an award that is withdrawn or on hold no more than that.
pub struct AssertionJson;

impl Output for AssertionJson {
    fn name(&self) -> &'static str {
        "assertion"
    }

    fn kind(&self) -> Kind {
        Kind::Leaf
    }

    fn of(&self) -> Of {
        Of::Award
    }

    fn items(&self, view: &View<'_>, index: usize, add: Add<'_>) {
        let (Some(credentials), Some((award, _))) = (&view.credentials, view.open_award(index)) else { return };
        if credentials.has_assertion(award) {
            add(Item::of(index));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        beside(view, item.index, "assertion.json")
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        if let Some(credentials) = &view.credentials {
            credentials.hash_said(view.site, item.index, on);
            let baked = view.open_award(item.index).and_then(|(_, badge)| super::baked::name(view, badge));
            (baked, credentials.reason(view.site, item.index, view.status(item.index))).hash(on);
        }
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        let view = making.view;
        let status = view.status(item.index);
        let made =
            view.credentials.as_ref().and_then(|credentials| credentials.assertion(view.site, item.index, status));
        Ok(made.map(|json| json.file()).unwrap_or_default())
    }
}
