//! Who issues, and which keys are theirs: issuer.json and did.json.

use std::hash::Hash;

use url::Url;

use crate::{
    credential::{did, ob2},
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, View, credential::Credentials},
    site::Config,
};

/// The issuer's Profile.
pub struct IssuerJson;

impl Output for IssuerJson {
    fn name(&self) -> &'static str {
        "issuer"
    }

    fn kind(&self) -> Kind {
        Kind::File
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        if view.credentials.is_some() {
            add(Item::default());
        }
    }

    fn path(&self, _view: &View<'_>, _item: Item) -> String {
        "issuer.json".to_owned()
    }

    fn depends(&self, view: &View<'_>, _item: Item, on: &mut DigestHasher) {
        view.credentials.as_ref().map(super::Credentials::issuer).hash(on);
    }

    fn make(&self, making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        let credentials = making.view.credentials.as_ref();
        Ok(credentials.map(|credentials| ob2::issuer(credentials.issuer()).file()).unwrap_or_default())
    }
}

/// The issuer's keys, where did:web looks for them. It goes up before what is signed with a new key.
pub struct DidJson;

impl Output for DidJson {
    fn name(&self) -> &'static str {
        "keys"
    }

    fn kind(&self) -> Kind {
        Kind::File
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        if view.credentials.is_some() {
            add(Item::default());
        }
    }

    fn path(&self, view: &View<'_>, _item: Item) -> String {
        path(&view.site.config).to_owned()
    }

    fn depends(&self, view: &View<'_>, _item: Item, on: &mut DigestHasher) {
        view.credentials.as_ref().map(|credentials| credentials.did_document().compact()).hash(on);
    }

    fn notes(&self, view: &View<'_>) -> Vec<String> {
        view.credentials.iter().flat_map(Credentials::notes).collect()
    }

    fn make(&self, making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        let credentials = making.view.credentials.as_ref();
        Ok(credentials.map(|credentials| credentials.did_document().file()).unwrap_or_default())
    }
}

/// Where did.json is.
pub fn path(config: &Config) -> &'static str {
    Url::parse(&config.base_url).map_or("did.json", |base| did::document_path(&base))
}
