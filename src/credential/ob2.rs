//! Open Badges 2.0, hosted: assertion.json, badge.json and issuer.json.

use super::{
    json::Json,
    record::{Achievement, Evidence, Issuer, Record, instant},
};

/// The context of Open Badges 2.0.
pub const CONTEXT: &str = "https://w3id.org/openbadges/v2";

/// assertion.json of an award that counts or has expired; `None` where its address of mail is not known or not
/// published, since an assertion has to name its recipient. `baked` is the address of the picture with the credential
/// in it.
pub fn assertion(record: &Record, baked: Option<&str>) -> Option<Json> {
    let email = record.subject.email.as_ref()?;
    let mut members = vec![
        ("@context", Json::text(CONTEXT)),
        ("id", Json::text(&record.assertion)),
        ("type", Json::text("Assertion")),
        (
            "recipient",
            Json::Object(vec![
                ("type", Json::text("email")),
                ("hashed", Json::Truth(true)),
                ("salt", Json::text(&email.salt)),
                ("identity", Json::text(&email.hash)),
            ]),
        ),
        ("badge", Json::text(&record.achievement.badge_class)),
        ("verification", Json::Object(vec![("type", Json::text("HostedBadge"))])),
        ("issuedOn", Json::text(instant(record.valid_from))),
    ];
    members.extend(record.valid_until.map(|until| ("expires", Json::text(instant(until)))));
    members.extend(baked.map(|address| ("image", Json::text(address))));
    if !record.evidence.is_empty() {
        members.push(("evidence", Json::List(record.evidence.iter().map(evidence).collect())));
    }
    members.extend(record.narrative.iter().map(|text| ("narrative", Json::text(text))));
    Some(Json::Object(members))
}

/// assertion.json of an award that is revoked or suspended: with more in it, the reference validator calls it valid.
pub fn revoked(record: &Record, reason: &str) -> Option<Json> {
    record.subject.email.as_ref()?;
    Some(Json::Object(vec![
        ("@context", Json::text(CONTEXT)),
        ("id", Json::text(&record.assertion)),
        ("type", Json::text("Assertion")),
        ("revoked", Json::Truth(true)),
        ("revocationReason", Json::text(reason)),
    ]))
}

fn evidence(evidence: &Evidence) -> Json {
    let mut members = Vec::new();
    members.extend(evidence.url.iter().map(|url| ("id", Json::text(url))));
    members.extend(evidence.name.iter().map(|name| ("name", Json::text(name))));
    members.extend(evidence.narrative.iter().map(|text| ("narrative", Json::text(text))));
    Json::Object(members)
}

/// badge.json: the `BadgeClass`.
pub fn badge_class(achievement: &Achievement, issuer: &Issuer) -> Json {
    let mut members = vec![
        ("@context", Json::text(CONTEXT)),
        ("id", Json::text(&achievement.badge_class)),
        ("type", Json::text("BadgeClass")),
        ("name", Json::text(&achievement.name)),
        ("description", Json::text(&achievement.description)),
        ("image", Json::text(&achievement.image)),
        ("criteria", Json::Object(vec![("narrative", Json::text(&achievement.criteria))])),
        ("issuer", Json::text(&issuer.id)),
    ];
    if !achievement.tags.is_empty() {
        members.push(("tags", Json::texts(&achievement.tags)));
    }
    Json::Object(members)
}

/// What Open Badges 3.0 calls a Profile, as an address: a name would be one of 2.0, whose context this file has.
const PROFILE_3: &str = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#Profile";

/// issuer.json: the Profile. Its address is its id, as Open Badges 2.0 asks for; its members have the names and forms
/// that both versions know. It is a Profile of 3.0 by its second type and not by a second context: what reads 2.0 knows
/// JSON-LD 1.0 alone, which cannot read the contexts of 3.0 (1EdTech's validator then refuses every assertion).
pub fn issuer(issuer: &Issuer) -> Json {
    let mut members = vec![
        ("@context", Json::text(CONTEXT)),
        ("id", Json::text(&issuer.id)),
        ("type", Json::texts(["Profile", PROFILE_3])),
        ("name", Json::text(&issuer.name)),
        ("url", Json::text(&issuer.url)),
    ];
    let more = [("description", &issuer.description), ("email", &issuer.email)];
    members.extend(more.into_iter().filter_map(|(name, text)| Some((name, Json::text(text.as_deref()?)))));
    members.extend(
        issuer
            .image
            .iter()
            .map(|address| ("image", Json::Object(vec![("id", Json::text(address)), ("type", Json::text("Image"))]))),
    );
    Json::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::record::samples;

    #[test]
    fn an_assertion_needs_a_recipient() {
        let mut record = samples::record();
        let full = assertion(&record, Some("https://badges.example/verify/anna/badge.png")).unwrap().compact();
        assert!(full.contains(r#""verification":{"type":"HostedBadge"}"#), "{full}");
        assert!(full.contains(r#""badge":"https://badges.example/badges/bee/badge.json""#), "{full}");
        record.subject.email = None;
        assert!(assertion(&record, None).is_none() && revoked(&record, "x").is_none());
    }

    #[test]
    fn a_revoked_assertion_has_nothing_else() {
        let json: serde_json::Value =
            serde_json::from_str(&revoked(&samples::record(), "By mistake").unwrap().compact()).unwrap();
        let mut names: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["@context", "id", "revocationReason", "revoked", "type"]);
    }
}
