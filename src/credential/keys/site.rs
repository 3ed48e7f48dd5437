//! All keys of a site, as they were read: what it signs with, and what it signed with before.

use std::hash::Hash as _;

use zeroize::Zeroizing;

use super::{JwtKey, KeyFault, PublicKey, Secret, SigningKey};
use crate::{credential::did::Standing, hash::Digest};

/// The keys of a site, and its secret.
#[derive(Debug, Clone)]
pub struct SiteKeys {
    /// What proofs are made with.
    pub signing: SigningKey,
    /// What JWTs are signed with.
    pub jwt: Option<JwtKey>,
    /// What ids of subjects and salts are made from.
    pub secret: Secret,
    /// Public keys of earlier years: what they signed stays valid.
    pub retired: Vec<PublicKey>,
    /// Public keys that vouch for nothing any more.
    pub compromised: Vec<PublicKey>,
}

impl SiteKeys {
    /// The public keys, those that sign first, with what each may still do.
    ///
    /// # Errors
    /// A key without a public half that signatures can be checked with.
    pub fn public(&self) -> Result<Vec<(PublicKey, Standing)>, KeyFault> {
        let mut keys = vec![(self.signing.public()?, Standing::Good)];
        if let Some(jwt) = &self.jwt {
            keys.push((jwt.public()?, Standing::Good));
        }
        keys.extend(self.retired.iter().map(|key| (key.clone(), Standing::Good)));
        keys.extend(self.compromised.iter().map(|key| (key.clone(), Standing::Compromised)));
        Ok(keys)
    }

    /// Everything that nobody else may know, and what it is.
    pub(crate) fn private(&self) -> Vec<(&'static str, Zeroizing<[u8; 32]>)> {
        let mut all = vec![
            ("the private key that the site signs with", self.signing.seed()),
            ("the secret of the site", self.secret.bytes()),
        ];
        all.extend(self.jwt.iter().map(|key| ("the private key that JWTs are signed with", key.scalar())));
        all
    }

    /// What depends on the keys depends on this. Nothing can be learnt from it: of keys the public halves are in it, of
    /// the secret a value that only its owner can make.
    pub fn digest(&self) -> Digest {
        Digest::of(|hasher| {
            let keys = self.public().unwrap_or_default();
            keys.hash(hasher);
            self.jwt.is_some().hash(hasher);
            self.secret.hmac("identity:", "").hash(hasher);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(seed: u8, secret: u8) -> SiteKeys {
        SiteKeys {
            signing: SigningKey::new(&[seed; 32]),
            jwt: Some(JwtKey::new(&[5; 32]).unwrap()),
            secret: Secret::new([secret; 32]),
            retired: Vec::new(),
            compromised: Vec::new(),
        }
    }

    #[test]
    fn another_key_or_secret_is_another_digest() {
        let one = keys(1, 1).digest();
        assert_eq!(one, keys(1, 1).digest());
        assert_ne!(one, keys(2, 1).digest());
        assert_ne!(one, keys(1, 2).digest());
        let retired = SiteKeys { retired: vec![keys(2, 1).signing.public().unwrap()], ..keys(1, 1) };
        let compromised = SiteKeys { compromised: retired.retired.clone(), ..keys(1, 1) };
        assert!(one != retired.digest() && retired.digest() != compromised.digest());
    }

    #[test]
    fn nothing_of_a_key_is_shown() {
        assert_eq!(
            format!("{:?}", keys(1, 1)),
            "SiteKeys { signing: SigningKey(…), jwt: Some(JwtKey(…)), secret: Secret(…), retired: [], compromised: [] }"
        );
    }
}
