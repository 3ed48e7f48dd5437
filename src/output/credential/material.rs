//! What the credentials of a site say, and what they are signed with.

use std::{collections::HashSet, hash::Hash as _};

use jiff::{Span, Timestamp};
use url::Url;

use super::{guard, is_set};
use crate::{
    credential::{
        did::{self, Standing},
        json::Json,
        keys::{Kind, PublicKey, Secret, SiteKeys},
        ob2,
        rdf::RdfFault,
        record::{Achievement, Evidence, HashedEmail, Issuer, Record, Subject, achievement_type, subject_id},
        sign::Signer,
        text::{self, clean},
    },
    diagnostic::{Diagnostic, Place},
    hash::{Digest, DigestHasher},
    picture::Format,
    site::{Award, Badge, Config, Site, Status},
    source::yaml::is_invisible,
    steps,
};

/// What the credentials of a site have in common.
#[derive(Debug)]
pub struct Credentials {
    pub(super) signer: Signer,
    secret: Secret,
    email_hash: bool,
    has_jwt: bool,
    is_baked: bool,
    verifier: Option<String>,
    issuer: Issuer,
    keys: Vec<(PublicKey, Standing)>,
    achievements: Vec<Achievement>,
    /// What all that is said depends on: the issuer and the secret.
    shared: Digest,
    /// What proofs depend on besides.
    key: Digest,
    /// What JWTs depend on besides.
    jwt: Digest,
    /// What the credentials of each badge say of it.
    badges: Vec<Digest>,
}

impl Credentials {
    /// Of a site and its keys; `None` where it wants none. What of its settings cannot stand in a credential is told.
    pub fn new(site: &Site<'_>, keys: &SiteKeys, diagnostics: &mut Vec<Diagnostic>) -> Option<Self> {
        let (config, record) = (&site.config, &site.documents.config);
        let signing = record.signing.as_ref().filter(|_| config.outputs.open_badges)?;
        let base = Url::parse(&config.base_url).ok()?;
        if base.scheme() != "https" {
            diagnostics.push(
                Diagnostic::warning("credentials of this site cannot be checked: their keys are looked up over https")
                    .at(Place::yaml("site.yaml", steps!["base_url"]))
                    .advice("give the site an address that begins with https://"),
            );
        }
        let did = did::of_site(&base)?;
        let wrong_key = |fault: crate::credential::keys::KeyFault| {
            Diagnostic::error(fault.to_string()).at(Place::yaml("site.yaml", steps!["signing"]))
        };
        let made = Signer::new(&did, keys.signing.clone(), keys.jwt.clone())
            .and_then(|signer| Ok((signer, keys.public()?, keys.signing.public()?)))
            .and_then(|made| Ok((made, keys.jwt.as_ref().map(crate::credential::keys::JwtKey::public).transpose()?)));
        let ((signer, public, key), jwt) = match made {
            Ok(made) => made,
            Err(fault) => {
                diagnostics.push(wrong_key(fault));
                return None;
            }
        };
        let url = match text::address(&record.issuer.url) {
            Ok(url) => url,
            Err(fault) => {
                let place = Place::yaml("site.yaml", steps!["issuer", "url"]);
                diagnostics.push(
                    Diagnostic::error(format!("this cannot stand in a credential: {fault}"))
                        .at(place)
                        .advice("write the address as a browser shows it when it is copied"),
                );
                return None;
            }
        };
        let issuer = Issuer {
            id: config.absolute("issuer.json"),
            url,
            name: clean(&record.issuer.name),
            description: record.issuer.description.as_deref().map(clean),
            email: record.issuer.email.as_deref().map(clean),
            image: site.issuer_picture.map(|(asset, _)| config.absolute(asset.path())),
            did,
        };
        let achievements: Vec<Achievement> = site.badges.iter().map(|badge| achievement(config, badge)).collect();
        let shared = Digest::of(|hasher| (&issuer, keys.secret.hmac("identity:", "")).hash(hasher));
        Some(Self {
            signer,
            secret: keys.secret.clone(),
            email_hash: signing.email_hash.unwrap_or(true),
            has_jwt: jwt.is_some(),
            is_baked: config.outputs.baked_badge,
            verifier: signing.verifier.as_deref().map(str::to_owned),
            keys: public,
            badges: achievements.iter().map(Digest::of_value).collect(),
            key: Digest::of_value(&key),
            jwt: Digest::of_value(&jwt),
            achievements,
            issuer,
            shared,
        })
    }

    /// Whether there are JWTs.
    pub fn has_jwt(&self) -> bool {
        self.has_jwt
    }

    /// Whether there are pictures with the credential in them.
    pub fn is_baked(&self) -> bool {
        self.is_baked
    }

    /// Who issues.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The name of the picture with the credential in it, of awards of a badge; none where there is none.
    pub fn baked_name(&self, badge: &Badge<'_>) -> Option<&'static str> {
        let (_, picture) = badge.picture.filter(|_| self.is_baked)?;
        Some(if picture.format == Format::Svg { "badge.svg" } else { "badge.png" })
    }

    /// The address of an independent verifier, with `{url}` where that of a credential goes, if the site names one.
    pub fn verifier_template(&self) -> Option<&str> {
        self.verifier.as_deref()
    }

    /// The address at which an independent verifier looks at a credential, if the site names one.
    pub fn verifier(&self, credential: &str) -> Option<String> {
        let encoded = percent_encoding::utf8_percent_encode(credential, percent_encoding::NON_ALPHANUMERIC);
        Some(self.verifier.as_ref()?.replace("{url}", &encoded.to_string()))
    }

    /// What pages say of credentials depends on this.
    pub fn hash_offer(&self, on: &mut DigestHasher) {
        (self.has_jwt, self.is_baked, &self.verifier, self.email_hash, &self.issuer.did).hash(on);
    }

    /// did.json.
    pub fn did_document(&self) -> Json {
        did::document(&self.issuer.did, &self.keys)
    }

    /// What a badge stands for.
    pub fn achievement(&self, badge: usize) -> Option<&Achievement> {
        self.achievements.get(badge)
    }

    /// What is said of an award. None where it is private.
    pub fn record(&self, site: &Site<'_>, index: usize) -> Option<Record> {
        let award = site.awards.get(index).filter(|award| !award.is_private())?;
        let achievement = self.achievements.get(award.badge)?;
        let beside = |name: &str| site.config.absolute(format!("{}{name}", award.path()));
        let id = &*award.record.id;
        let email = award.earner.email.as_deref().filter(|_| self.email_hash);
        Some(Record {
            id: beside("credential.json"),
            assertion: beside("assertion.json"),
            status: beside("status.json"),
            name: achievement.name.clone(),
            valid_from: award.timeline.valid_from,
            valid_until: valid_until(award),
            awarded: award.timeline.valid_from,
            issuer: self.issuer.clone(),
            achievement: achievement.clone(),
            subject: Subject {
                id: subject_id(&self.secret, id),
                name: clean(award.earner.public_name()),
                email: email.map(|email| HashedEmail::new(&self.secret, id, email)),
            },
            evidence: award.record.evidence.iter().map(evidence).collect(),
            narrative: None,
        })
    }

    /// What is said of an award, whatever it is signed with. No status is in it.
    pub fn hash_said(&self, site: &Site<'_>, index: usize, on: &mut DigestHasher) {
        let Some(award) = site.awards.get(index) else { return };
        (self.shared, self.badges.get(award.badge)).hash(on);
        (&award.record.id, award.timeline.valid_from, award.timeline.valid_until).hash(on);
        (award.earner.public_name(), &award.record.evidence).hash(on);
        self.email_hash.then_some(&award.earner.email).hash(on);
    }

    /// What credential.json depends on.
    pub fn hash_credential(&self, site: &Site<'_>, index: usize, on: &mut DigestHasher) {
        self.key.hash(on);
        self.hash_said(site, index, on);
    }

    /// What credential.jwt depends on.
    pub fn hash_jwt(&self, site: &Site<'_>, index: usize, on: &mut DigestHasher) {
        self.jwt.hash(on);
        self.hash_said(site, index, on);
    }

    /// What status.json depends on, but for the status.
    pub fn hash_status(&self, site: &Site<'_>, index: usize, on: &mut DigestHasher) {
        (self.key, &self.issuer.did, &self.issuer.id).hash(on);
        site.awards.get(index).map(|award| &award.record.id).hash(on);
    }

    /// credential.json.
    pub fn credential(&self, site: &Site<'_>, index: usize) -> Option<Result<Json, Diagnostic>> {
        let record = self.record(site, index)?;
        Some(self.signer.credential(&record).map_err(|fault| refused(site, index, &fault)))
    }

    /// credential.jwt.
    pub fn credential_jwt(&self, site: &Site<'_>, index: usize) -> Option<String> {
        self.signer.jwt(&self.record(site, index)?)
    }

    /// status.json of an award with a status.
    pub fn status(&self, site: &Site<'_>, index: usize, status: Status) -> Option<Result<Json, Diagnostic>> {
        let record = self.record(site, index)?;
        Some(self.signer.status(&record, is_set(status)).map_err(|fault| refused(site, index, &fault)))
    }

    /// assertion.json of an award with a status. None without a mail address: an assertion has to name its recipient.
    pub fn assertion(&self, site: &Site<'_>, index: usize, status: Status) -> Option<Json> {
        let record = self.record(site, index)?;
        if is_set(status) {
            ob2::revoked(&record, &self.reason(site, index, status)?)
        } else {
            ob2::assertion(&record, self.baked_address(site, index).as_deref())
        }
    }

    /// Whether there are files of Open Badges 2.0: they need the hash of a mail address.
    pub fn has_assertions(&self) -> bool {
        self.email_hash
    }

    /// Whether an award has an assertion.
    pub fn has_assertion(&self, award: &Award<'_>) -> bool {
        self.email_hash && award.earner.email.is_some()
    }

    /// Why an award is withdrawn or on hold; none where it is neither.
    pub fn reason(&self, site: &Site<'_>, index: usize, status: Status) -> Option<String> {
        let reason = site.awards.get(index)?.record.reason.as_deref().map(clean);
        let by = &self.issuer.name;
        match status {
            Status::Revoked => Some(reason.unwrap_or_else(|| format!("Withdrawn by {by}"))),
            Status::Suspended => Some(match reason {
                Some(reason) => format!("On hold: {reason}"),
                None => format!("Put on hold by {by}"),
            }),
            _ => None,
        }
    }

    fn baked_address(&self, site: &Site<'_>, index: usize) -> Option<String> {
        let award = site.awards.get(index)?;
        let name = self.baked_name(site.badges.get(award.badge)?)?;
        Some(site.config.absolute(format!("{}{name}", award.path())))
    }

    /// Which copies of credentials no longer verify, and why.
    pub fn notes(&self) -> Vec<String> {
        let note = |key: &PublicKey| {
            let what = match key.kind() {
                Kind::Ed25519 => "every credential.json, status.json and picture that was",
                _ => "every credential.jwt that was",
            };
            let id = key.thumbprint();
            format!("compromised key {id}: {what} signed with it no longer verifies; earners need new copies")
        };
        let is_bad = |(_, standing): &&(PublicKey, Standing)| *standing == Standing::Compromised;
        self.keys.iter().filter(is_bad).map(|(key, _)| note(key)).collect()
    }
}

/// The last whole second of an award's last day. One that counts for less than a second ends when it begins.
fn valid_until(award: &Award<'_>) -> Option<Timestamp> {
    let until = award.timeline.valid_until?;
    until.checked_sub(Span::new().seconds(1)).ok().map(|until| until.max(award.timeline.valid_from))
}

fn achievement(config: &Config, badge: &Badge<'_>) -> Achievement {
    let record = badge.record;
    let beside = |name: &str| config.absolute(format!("{}{name}", badge.path()));
    let size = badge.lasting().last().map_or(0, |made| made.size);
    let description = clean(&record.description);
    let mut seen = HashSet::new();
    Achievement {
        id: beside("achievement.json"),
        badge_class: beside("badge.json"),
        name: clean(&record.name),
        criteria: record.criteria.as_deref().map_or_else(|| description.clone(), clean),
        description,
        image: config.absolute(badge.picture_path(size)),
        achievement_type: achievement_type(record.kind.as_deref().unwrap_or_default()),
        tags: record.skills.iter().filter_map(|skill| told(skill)).filter(|skill| seen.insert(skill.clone())).collect(),
    }
}

/// A text as it stands in a credential; none where nothing of it can stand there or be seen.
pub(super) fn told(text: &str) -> Option<String> {
    Some(clean(text)).filter(|text| text.chars().any(|c| !c.is_whitespace() && !is_invisible(c)))
}

pub(super) fn evidence(record: &crate::source::record::EvidenceRecord) -> Evidence {
    Evidence {
        url: record.url.as_deref().and_then(|url| text::address(url).ok()),
        name: record.name.as_deref().and_then(told),
        narrative: record.narrative.as_deref().and_then(told),
    }
}

pub(super) fn refused(site: &Site<'_>, index: usize, fault: &RdfFault) -> Diagnostic {
    Diagnostic::error(format!("this award cannot be signed: {fault}"))
        .at(guard::place(site, index))
        .advice("mend what is named there, or set `outputs: {open_badges: false}` in site.yaml")
}
