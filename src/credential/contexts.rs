//! The JSON-LD contexts that are known. They are in the program; none is ever fetched.

/// The contexts, by address. `contexts/README.md` says where they are from.
const KNOWN: [(&str, &str); 7] = [
    ("https://www.w3.org/ns/credentials/v2", include_str!("contexts/credentials-v2.json")),
    ("https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", include_str!("contexts/ob-v3p0-3.0.3.json")),
    ("https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json", include_str!("contexts/ob-v3p0-3.0.2.json")),
    ("https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json", include_str!("contexts/ob-v3p0-3.0.1.json")),
    ("https://purl.imsglobal.org/spec/ob/v3p0/extensions.json", include_str!("contexts/ob-v3p0-extensions.json")),
    ("https://w3id.org/security/suites/ed25519-2020/v1", include_str!("contexts/ed25519-2020-v1.json")),
    ("https://w3id.org/security/data-integrity/v1", include_str!("contexts/data-integrity-v1.json")),
];

/// A context that is known.
pub fn find(address: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(known, _)| *known == address).map(|(_, context)| *context)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::record::hex;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_context_of_credentials_is_the_recommendations() {
        // Verifiable Credentials Data Model 2.0, appendix B.1.
        let hash = hex(&Sha256::digest(find("https://www.w3.org/ns/credentials/v2").unwrap()));
        assert_eq!(hash, "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734");
    }

    #[test]
    fn all_can_be_read() {
        for (address, context) in KNOWN {
            assert!(serde_json::from_str::<serde_json::Value>(context).unwrap()["@context"].is_object(), "{address}");
        }
    }
}
