//! Open Badges 3.0 (Verifiable Credentials 2.0): credential.json and achievement.json.

use super::{
    json::Json,
    record::{Achievement, Evidence, Issuer, Record, Subject, instant},
};

/// The contexts of a credential, in their order.
pub const CONTEXTS: [&str; 2] =
    ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"];

/// The position in the status list that counts. Not the first, which programs could take for "none".
pub const STATUS_INDEX: usize = 1;

/// The credential without a signature, as it stands in a JWT.
pub fn credential(record: &Record) -> Json {
    Json::Object(members(record))
}

/// The credential with its proof.
pub fn signed_credential(record: &Record, proof: Json) -> Json {
    let mut members = members(record);
    members.push(("proof", proof));
    Json::Object(members)
}

fn members(record: &Record) -> Vec<(&'static str, Json)> {
    let mut members = vec![
        ("@context", Json::texts(CONTEXTS)),
        ("id", Json::text(&record.id)),
        ("type", Json::texts(["VerifiableCredential", "OpenBadgeCredential"])),
        ("name", Json::text(&record.name)),
        ("issuer", issuer(&record.issuer)),
        ("validFrom", Json::text(instant(record.valid_from))),
    ];
    if let Some(until) = record.valid_until {
        members.push(("validUntil", Json::text(instant(until))));
    }
    members.push(("awardedDate", Json::text(instant(record.awarded))));
    members.push(("credentialSubject", subject(&record.subject, &record.achievement)));
    if !record.evidence.is_empty() {
        members.push(("evidence", Json::List(record.evidence.iter().map(evidence).collect())));
    }
    members.push((
        "credentialStatus",
        Json::Object(vec![
            ("id", Json::text(status_entry_id(record))),
            ("type", Json::text("BitstringStatusListEntry")),
            ("statusPurpose", Json::text("revocation")),
            ("statusListIndex", Json::text(STATUS_INDEX.to_string())),
            ("statusListCredential", Json::text(&record.status)),
        ]),
    ));
    members
}

/// The id of the entry that names the status.
pub fn status_entry_id(record: &Record) -> String {
    format!("{}#{STATUS_INDEX}", record.status)
}

fn image(address: &str) -> Json {
    Json::Object(vec![("id", Json::text(address)), ("type", Json::text("Image"))])
}

/// The issuer's Profile, the DID being its id.
fn issuer(issuer: &Issuer) -> Json {
    let mut members = vec![
        ("id", Json::text(&issuer.did)),
        ("type", Json::texts(["Profile"])),
        ("name", Json::text(&issuer.name)),
        ("url", Json::text(&issuer.url)),
    ];
    let more = [("description", &issuer.description), ("email", &issuer.email)];
    members.extend(more.into_iter().filter_map(|(name, text)| Some((name, Json::text(text.as_deref()?)))));
    members.extend(issuer.image.iter().map(|address| ("image", image(address))));
    Json::Object(members)
}

fn subject(subject: &Subject, achievement: &Achievement) -> Json {
    let mut identifiers = vec![Json::Object(vec![
        ("type", Json::text("IdentityObject")),
        ("identityType", Json::text("name")),
        ("hashed", Json::Truth(false)),
        ("identityHash", Json::text(&subject.name)),
    ])];
    identifiers.extend(subject.email.iter().map(|email| {
        Json::Object(vec![
            ("type", Json::text("IdentityObject")),
            ("identityType", Json::text("emailAddress")),
            ("hashed", Json::Truth(true)),
            ("identityHash", Json::text(&email.hash)),
            ("salt", Json::text(&email.salt)),
        ])
    }));
    Json::Object(vec![
        ("id", Json::text(&subject.id)),
        ("type", Json::texts(["AchievementSubject"])),
        ("identifier", Json::List(identifiers)),
        ("achievement", Json::Object(achievement_members(achievement))),
    ])
}

fn achievement_members(achievement: &Achievement) -> Vec<(&'static str, Json)> {
    let mut members = vec![
        ("id", Json::text(&achievement.id)),
        ("type", Json::texts(["Achievement"])),
        ("achievementType", Json::text(&achievement.achievement_type)),
        ("name", Json::text(&achievement.name)),
        ("description", Json::text(&achievement.description)),
        ("criteria", Json::Object(vec![("narrative", Json::text(&achievement.criteria))])),
        ("image", image(&achievement.image)),
    ];
    if !achievement.tags.is_empty() {
        members.push(("tag", Json::texts(&achievement.tags)));
    }
    members
}

fn evidence(evidence: &Evidence) -> Json {
    let mut members = Vec::new();
    members.extend(evidence.url.iter().map(|url| ("id", Json::text(url))));
    members.push(("type", Json::texts(["Evidence"])));
    members.extend(evidence.name.iter().map(|name| ("name", Json::text(name))));
    members.extend(evidence.narrative.iter().map(|text| ("narrative", Json::text(text))));
    Json::Object(members)
}

/// issuer.json of a site without files of Open Badges 2.0: the Profile that its credentials have in them.
pub fn profile(of: &Issuer) -> Json {
    let mut members = vec![("@context", Json::texts(CONTEXTS))];
    if let Json::Object(own) = issuer(of) {
        members.extend(own);
    }
    Json::Object(members)
}

/// achievement.json: what is awarded, with who awards it.
pub fn achievement(achievement: &Achievement, by: &Issuer) -> Json {
    let mut members = vec![("@context", Json::texts(CONTEXTS))];
    members.extend(achievement_members(achievement));
    members.push(("creator", issuer(by)));
    Json::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::record::samples;

    #[test]
    fn a_credential_says_what_the_contract_asks_for() {
        let made: serde_json::Value = serde_json::from_str(&credential(&samples::record()).compact()).unwrap();
        let text = |pointer: &str| made.pointer(pointer).and_then(|value| value.as_str()).unwrap_or_default();
        assert_eq!(text("/@context/0"), "https://www.w3.org/ns/credentials/v2");
        assert_eq!(text("/@context/1"), "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json");
        assert_eq!(text("/validFrom"), "2026-01-01T23:00:00Z");
        assert_eq!(text("/validUntil"), "2028-01-01T22:59:59Z");
        assert_eq!(text("/issuer/id"), "did:web:badges.example");
        assert_eq!(text("/credentialSubject/identifier/0/identityHash"), "Anna Müller");
        assert_eq!(text("/credentialSubject/identifier/1/identityType"), "emailAddress");
        assert!(made.pointer("/credentialStatus").unwrap().is_object());
        assert_eq!(text("/credentialStatus/statusListIndex"), "1");
        assert!(made.get("credentialSchema").is_none() && made.get("refreshService").is_none());
    }
}
