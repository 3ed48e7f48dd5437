//! What templates get of credentials: the addresses of an award's files, and who the issuer is to machines.

use super::{Credentials, issuer};
use crate::{
    output::page::object::Object,
    site::{Award, Badge, Config},
};

/// `signing`: what a page's script checks a file with.
pub fn signing(credentials: &Credentials, config: &Config) -> Object {
    let keys = issuer::path(config);
    Object::new()
        .with("did", credentials.issuer().did.as_str())
        .with("keys", Object::new().with("url", config.rooted(keys)).with("address", config.absolute(keys)))
        .with("issuer", config.rooted("issuer.json"))
        .with("has_jwt", credentials.has_jwt())
        .maybe("verifier", credentials.verifier_template())
}

/// `award.credential`: an award's own files. What is not made is absent.
pub fn award(credentials: &Credentials, config: &Config, award: &Award<'_>, badge: &Badge<'_>) -> Object {
    let folder = award.path();
    let file = |name: &str| config.rooted(format!("{folder}{name}"));
    let address = config.absolute(format!("{folder}credential.json"));
    Object::new()
        .with("url", file("credential.json"))
        .maybe("jwt", credentials.has_jwt().then(|| file("credential.jwt")))
        .with("status", file("status.json"))
        .maybe("assertion", credentials.has_assertion(award).then(|| file("assertion.json")))
        .maybe("picture", credentials.baked_name(badge).map(file))
        .maybe("verifier", credentials.verifier(&address))
        .with("address", address)
}
