//! Whether the issuer still stands by a credential.

use serde_json::Value;

use super::{
    AtHand, Checks, Content, Verdict,
    document::{Document, Entry},
    file::strings,
    shown, signature,
};
use crate::credential::{status, strict};

/// Looks at every status that the credential names.
pub(super) fn check(document: &Document<'_>, at_hand: &AtHand<'_>, checks: &mut Checks) {
    if document.statuses.is_empty() {
        checks.pass("status", "it names no status, so that its issuer cannot withdraw it");
    }
    for entry in &document.statuses {
        match look(document, entry, at_hand) {
            Ok(false) => checks.pass("status", format!("its issuer has not withdrawn it ({})", shown(&entry.purpose))),
            Ok(true) => {
                let page = document.id.as_deref().and_then(|id| (at_hand.page)(id));
                if entry.purpose == "suspension" || page.as_deref() == Some("suspended") {
                    checks.fail("status", Verdict::OnHold, "its issuer has suspended it");
                } else {
                    checks.fail("status", Verdict::Withdrawn, "its issuer has withdrawn it");
                }
            }
            Err(detail) => checks.missing("status", detail),
        }
    }
}

/// Whether the bit is set.
fn look(document: &Document<'_>, entry: &Entry, at_hand: &AtHand<'_>) -> Result<bool, String> {
    if entry.kind != "BitstringStatusListEntry" {
        return Err(format!("it names a status of a kind that this program does not know ({})", shown(&entry.kind)));
    }
    if !matches!(entry.purpose.as_str(), "revocation" | "suspension") {
        return Err(format!("it names a status whose purpose this program does not know ({})", shown(&entry.purpose)));
    }
    let index = entry.index.ok_or("its position in the status list is no number")?;
    let bytes = (at_hand.status)(&entry.list)
        .ok_or_else(|| format!("its status list is not at hand ({})", shown(&entry.list)))?;
    let value = strict::read(&bytes).map_err(|fault| format!("its status list cannot be read: {fault}"))?;
    let subject = value.get("credentialSubject");
    let list = |name: &str| subject.and_then(|subject| subject.get(name));
    if !strings(value.get("type")).contains(&"BitstringStatusListCredential")
        || !strings(list("type")).contains(&"BitstringStatusList")
    {
        return Err("its status list is none: `type` does not say so".to_owned());
    }
    if value.get("id").and_then(Value::as_str) != Some(entry.list.as_str()) {
        return Err("the status list that is at hand is not the one that it names".to_owned());
    }
    if !strings(list("statusPurpose")).contains(&entry.purpose.as_str()) {
        return Err("its status list is for another purpose".to_owned());
    }
    let encoded = list("encodedList").and_then(Value::as_str).ok_or("its status list is empty")?.to_owned();
    // The list is a credential itself.
    let content = Content::Json { value, baked: None };
    let credential = Document::read(&content).map_err(|detail| format!("its status list: {detail}"))?;
    if credential.issuer != document.issuer {
        return Err(format!("its status list is another issuer's ({})", shown(&credential.issuer)));
    }
    // A set bit counts whatever the list's dates are: its issuer has signed that the award does not.
    let mut checks = Checks::default();
    signature::check(&credential, at_hand, &mut checks);
    believed(checks)?;
    let bit = status::bit(&encoded, index);
    if bit == Ok(true) {
        return Ok(true);
    }
    let mut checks = Checks::default();
    credential.dates(at_hand.at, &mut checks);
    believed(checks)?;
    bit.map_err(|fault| fault.to_string())
}

/// Goes on if nothing was found that speaks against a status list.
fn believed(checks: Checks) -> Result<(), String> {
    let report = checks.done();
    if report.verdict == Verdict::Valid {
        return Ok(());
    }
    let is_against = |check: &&super::Check| check.result != super::Outcome::Pass;
    let why: Vec<&str> = report.checks.iter().filter(is_against).map(|check| check.detail.as_str()).collect();
    let what = match report.verdict {
        Verdict::Unchecked => "cannot be checked",
        Verdict::Altered => "is altered",
        Verdict::AnotherKey => "is signed by another key",
        Verdict::Expired => "is expired",
        Verdict::NotYetValid => "is not yet valid",
        _ => "is not believed",
    };
    Err(format!("its status list {what}: {}", why.join("; ")))
}
