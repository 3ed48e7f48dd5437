//! Who issues, and which keys are theirs: issuer.json and did.json.

use std::hash::Hash;

use url::Url;

use crate::{
    credential::{did, ob2, ob3},
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, View, credential::Credentials},
    site::Config,
};

/// The issuer's Profile: of Open Badges 2.0, whose assertions lead to it; without them, of 3.0.
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
        let credentials = view.credentials.as_ref();
        credentials.map(|credentials| (credentials.issuer(), credentials.has_assertions())).hash(on);
    }

    fn make(&self, making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        let Some(credentials) = &making.view.credentials else { return Ok(Vec::new()) };
        let issuer = credentials.issuer();
        Ok(if credentials.has_assertions() { ob2::issuer(issuer) } else { ob3::profile(issuer) }.file())
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
