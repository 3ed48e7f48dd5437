//! `did:web`: an issuer that is the address of its site.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

use super::{
    json::Json,
    keys::{Kind, PublicKey},
};

/// What stays as it is in a part of a DID: letters, digits, `.`, `-`, `_` (DID Core section 3.1).
const PART: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// The DID of a site: its host, its port if it has one, the parts of its path.
pub fn of_site(base: &Url) -> Option<String> {
    let mut did = format!("did:web:{}", base.host_str()?.to_lowercase());
    if let Some(port) = base.port() {
        did.push_str(&format!("%3A{port}"));
    }
    for part in base.path_segments()?.filter(|part| !part.is_empty()) {
        let plain = percent_decode_str(part).collect::<Vec<u8>>();
        did.push(':');
        did.push_str(&percent_encoding::percent_encode(&plain, PART).to_string());
    }
    Some(did)
}

/// The address that everything of this issuer is below, with a slash at its end; nothing for other kinds of DID.
pub fn site_of(did: &str) -> Option<Url> {
    let rest = did.strip_prefix("did:web:")?;
    let mut parts = rest.split(':');
    let host = parts.next()?.replacen("%3A", ":", 1).replacen("%3a", ":", 1);
    if host.is_empty() || host.contains(['%', '/', '?', '#', '@', '\\']) {
        return None;
    }
    let mut url = Url::parse(&format!("https://{host}/")).ok()?;
    for part in parts {
        if part.is_empty() || matches!(part, "." | "..") || part.contains(['/', '?', '#', '\\']) {
            return None;
        }
        url.path_segments_mut().ok()?.pop_if_empty().push(&percent_decode_str(part).decode_utf8().ok()?);
    }
    url.path_segments_mut().ok()?.pop_if_empty().push("");
    Some(url)
}

/// Where the document stands below the output folder: `.well-known/did.json`, or `did.json` for a site with a path.
pub fn document_path(base: &Url) -> &'static str {
    if base.path().trim_matches('/').is_empty() { ".well-known/did.json" } else { "did.json" }
}

/// What a key may still do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It signs, or what it signed stays valid.
    Good,
    /// Nothing that it signed counts any more.
    Compromised,
}

/// The id of a key: the DID, and the thumbprint of the key. Of a `did:key`, the key itself, as its method has it.
pub fn key_id(did: &str, key: &PublicKey) -> String {
    if let Some(multikey) = did.strip_prefix("did:key:") {
        return format!("{did}#{multikey}");
    }
    format!("{did}#{}", utf8_percent_encode(&key.thumbprint(), PART))
}

/// did.json. A key that stands in it twice is there once, compromised if one of the two says so.
pub fn document(did: &str, keys: &[(PublicKey, Standing)]) -> Json {
    let mut methods = Vec::new();
    let mut assertion = Vec::new();
    let mut seen: Vec<&PublicKey> = Vec::new();
    for (key, _) in keys {
        if seen.contains(&key) {
            continue;
        }
        seen.push(key);
        let id = key_id(did, key);
        let common =
            |kind: &str| vec![("id", Json::text(&id)), ("type", Json::text(kind)), ("controller", Json::text(did))];
        let method = if let (Kind::Ed25519, Some(multikey)) = (key.kind(), key.to_multikey()) {
            let mut method = common("Multikey");
            method.push(("publicKeyMultibase", Json::text(multikey)));
            method
        } else {
            let mut method = common("JsonWebKey");
            method.push(("publicKeyJwk", jwk(key)));
            method
        };
        methods.push(Json::Object(method));
        if keys.iter().all(|(other, standing)| other != key || *standing == Standing::Good) {
            assertion.push(Json::text(id));
        }
    }
    Json::Object(vec![
        (
            "@context",
            Json::texts([
                "https://www.w3.org/ns/did/v1",
                "https://w3id.org/security/multikey/v1",
                "https://w3id.org/security/jwk/v1",
            ]),
        ),
        ("id", Json::text(did)),
        ("verificationMethod", Json::List(methods)),
        ("assertionMethod", Json::List(assertion)),
    ])
}

fn jwk(key: &PublicKey) -> Json {
    let jwk = key.to_jwk();
    let members = ["kty", "crv", "kid", "x", "y", "n", "e"];
    let text = |name: &'static str| Some((name, Json::text(jwk.get(name)?.as_str()?)));
    Json::Object(members.into_iter().filter_map(text).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::keys::{JwtKey, SigningKey};

    #[test]
    fn dids_of_sites() {
        // The method's own examples: did:web section 3.2.
        for (address, did) in [
            ("https://w3c-ccg.github.io/", "did:web:w3c-ccg.github.io"),
            ("https://w3c-ccg.github.io/user/alice/", "did:web:w3c-ccg.github.io:user:alice"),
            ("https://example.com:3000/user/alice/", "did:web:example.com%3A3000:user:alice"),
        ] {
            assert_eq!(of_site(&Url::parse(address).unwrap()).unwrap(), did);
            assert_eq!(site_of(did).unwrap().as_str(), address);
        }
        let umlaut = Url::parse("https://bücher.example/ä b/").unwrap();
        assert_eq!(of_site(&umlaut).unwrap(), "did:web:xn--bcher-kva.example:%C3%A4%20b");
        assert_eq!(site_of(&of_site(&umlaut).unwrap()).unwrap(), umlaut);
        for wrong in
            ["did:key:z6", "did:web:", "did:web:a.example:..", "did:web:a.example/..", "did:web:a%2Fb", "did:web:a@b"]
        {
            assert_eq!(site_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn compromised_keys_vouch_for_nothing() {
        let (one, two) = (SigningKey::new(&[1; 32]).public().unwrap(), SigningKey::new(&[2; 32]).public().unwrap());
        let jwt = JwtKey::new(&[3; 32]).unwrap().public().unwrap();
        let did = "did:web:a.example";
        let keys = [
            (one.clone(), Standing::Good),
            (jwt.clone(), Standing::Good),
            (two, Standing::Good),
            (one, Standing::Compromised),
        ];
        let made: serde_json::Value = serde_json::from_str(&document(did, &keys).compact()).unwrap();
        assert_eq!(made["verificationMethod"].as_array().unwrap().len(), 3);
        assert_eq!(made["assertionMethod"].as_array().unwrap().len(), 2);
        assert_eq!(made["assertionMethod"][0], key_id(did, &jwt));
        assert_eq!(made["verificationMethod"][1]["publicKeyJwk"]["kid"], jwt.thumbprint());
        assert_eq!(made["verificationMethod"][1]["type"], "JsonWebKey");
    }
}
