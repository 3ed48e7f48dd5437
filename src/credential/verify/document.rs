//! A credential as it is read: what it says, and what it is in RDF.

use jiff::Timestamp;
use oxrdf::Dataset;
use serde_json::{Map, Value};

use super::{Checks, Content, Verdict, file::strings, said, shown};
use crate::credential::{jwt::Jwt, rdf, record::instant};

/// One of its statuses.
pub(super) struct Entry {
    pub(super) kind: String,
    pub(super) purpose: String,
    pub(super) index: Option<usize>,
    pub(super) list: String,
}

/// A credential whose form is in order. Nothing of it is believed yet.
pub(super) struct Document<'a> {
    pub(super) jwt: Option<&'a Jwt>,
    baked: Option<&'static str>,
    /// Its id, if it has one.
    pub(super) id: Option<String>,
    /// The issuer's id.
    pub(super) issuer: String,
    issuer_name: Option<String>,
    name: Option<String>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    pub(super) statuses: Vec<Entry>,
    pub(super) context: Value,
    /// Its proofs, as they stand in it.
    pub(super) proofs: Vec<Value>,
    /// What it says without them.
    pub(super) dataset: Dataset,
}

impl<'a> Document<'a> {
    /// Reads it, and refuses what could be understood in two ways.
    pub(super) fn read(content: &'a Content) -> Result<Self, String> {
        let (mut members, jwt, baked) = match content {
            Content::Json { value: Value::Object(members), baked } => (members.clone(), None, *baked),
            Content::Json { .. } => return Err("the credential is no JSON object".to_owned()),
            Content::Jwt { jwt, baked } => (credential_of(jwt)?, Some(jwt), *baked),
        };
        let proofs = match members.remove("proof") {
            None => Vec::new(),
            Some(Value::Array(proofs)) => proofs,
            Some(proof) => vec![proof],
        };
        if proofs.len() > 8 {
            return Err("there are more than 8 proofs in it".to_owned());
        }
        let types = strings(members.get("type"));
        if !types.contains(&"VerifiableCredential") {
            return Err("this is no credential: `type` does not say VerifiableCredential".to_owned());
        }
        let context = members.get("@context").cloned().unwrap_or_default();
        if strings(Some(&context)).first() != Some(&"https://www.w3.org/ns/credentials/v2") {
            return Err(format!(
                "the credential's first context is not https://www.w3.org/ns/credentials/v2{}",
                strings(Some(&context)).first().map(|first| format!(" but {}", shown(first))).unwrap_or_default()
            ));
        }
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let (issuer, issuer_name) = match members.get("issuer") {
            Some(Value::String(id)) => (id.clone(), None),
            Some(Value::Object(issuer)) => {
                (text(issuer.get("id")).ok_or("the credential's issuer has no id")?, text(issuer.get("name")))
            }
            _ => return Err("the credential names no issuer".to_owned()),
        };
        if members.get("credentialSubject").is_none_or(Value::is_null) {
            return Err("the credential says nothing of anybody: `credentialSubject` is missing".to_owned());
        }
        let (from, until) = (date(&members, "validFrom")?, date(&members, "validUntil")?);
        let document = Value::Object(members.clone());
        let dataset = rdf::dataset(&document).map_err(|fault| format!("the credential is refused: {fault}"))?;
        said::once(&members, &issuer, &dataset)?;
        let read = Self {
            jwt,
            baked,
            id: text(members.get("id")),
            issuer,
            issuer_name,
            name: text(members.get("name")),
            from,
            until,
            statuses: statuses(members.get("credentialStatus"))?,
            context,
            proofs,
            dataset,
        };
        read.claims(&members)?;
        Ok(read)
    }

    /// What a JWT claims must be what its credential says.
    fn claims(&self, members: &Map<String, Value>) -> Result<(), String> {
        let Some(jwt) = self.jwt else { return Ok(()) };
        let subject = match members.get("credentialSubject") {
            Some(Value::Object(subject)) => subject.get("id").and_then(Value::as_str),
            _ => None,
        };
        let texts = [("iss", Some(self.issuer.as_str())), ("jti", self.id.as_deref()), ("sub", subject)];
        for (claim, said) in texts {
            if jwt.payload.get(claim).is_some_and(|value| value.as_str() != said) {
                return Err(contradiction(claim));
            }
        }
        for (claim, said) in [("nbf", self.from), ("exp", self.until)] {
            if let Some(value) = jwt.payload.get(claim) {
                // Whole seconds, or to the fraction what the credential says (RFC 7519 section 2, NumericDate).
                #[expect(clippy::cast_possible_truncation, reason = "what is out of bounds is no moment of a calendar")]
                let is_said = value.as_f64().zip(said).is_some_and(|(value, at)| {
                    value.fract() == 0.0 && value as i64 == at.as_second()
                        || (value * 1e3).round() as i64 == at.as_millisecond()
                });
                if !is_said {
                    return Err(contradiction(claim));
                }
            }
        }
        Ok(())
    }

    /// What it is, in a sentence.
    pub(super) fn told(&self) -> String {
        let form = if self.jwt.is_some() { "JWT" } else { "JSON" };
        let place = self.baked.map(|kind| format!(" in a {kind}")).unwrap_or_default();
        let name = self.name.as_deref().map(|name| format!(" “{}”", shown(name))).unwrap_or_default();
        let by = self.issuer_name.as_deref().unwrap_or(&self.issuer);
        format!("a credential ({form}{place}){name}, which says it is by {}", shown(by))
    }

    /// Whether its time is now.
    pub(super) fn dates(&self, at: Timestamp, checks: &mut Checks) {
        match (self.from, self.until) {
            (Some(from), _) if at < from => {
                checks.fail("dates", Verdict::NotYetValid, format!("it is valid from {}", instant(from)));
            }
            // The last second belongs to it.
            (_, Some(until)) if at.as_second() > until.as_second() => {
                checks.fail("dates", Verdict::Expired, format!("it was valid until {}", instant(until)));
            }
            (_, Some(until)) => checks.pass("dates", format!("it is valid until {}", instant(until))),
            (_, None) => checks.pass("dates", "it does not expire"),
        }
    }
}

/// A member that is a moment, if it is there.
fn date(members: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, String> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_str().and_then(moment) {
            Some(at) => Ok(Some(at)),
            None => Err(format!("`{name}` is no moment with a time zone, such as 2026-01-01T00:00:00Z")),
        },
    }
}

/// A moment as credentials write it: `xsd:dateTimeStamp` (XML Schema 1.1 part 2, section 3.4.28), to the letter. What
/// else programs read as a date, they read differently.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once('T')?;
    let zone_at = time.find(['Z', '+', '-'])?;
    let (time, zone) = time.split_at(zone_at);
    let (time, fraction) = time.split_once('.').map_or((time, None), |(time, fraction)| (time, Some(fraction)));
    let fits = |text: &str, form: &str| {
        text.len() == form.len()
            && text.bytes().zip(form.bytes()).all(|(c, form)| if form == b'0' { c.is_ascii_digit() } else { c == form })
    };
    let is_zone =
        zone == "Z" || zone.strip_prefix(['+', '-']).is_some_and(|zone| fits(zone, "00:00") && zone <= "14:00");
    let is_fraction = fraction.is_none_or(|digits| !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit()));
    // There are no leap seconds in it.
    let is_fine = fits(date, "0000-00-00") && fits(time, "00:00:00") && !time.ends_with("60") && is_zone && is_fraction;
    text.parse().ok().filter(|_| is_fine)
}

fn contradiction(claim: &str) -> String {
    format!("the JWT contradicts itself: its `{claim}` is not what its credential says")
}

/// The credential in a JWT: its payload without the claims (VC-JOSE-COSE), or its claim `vc` (VC Data Model 1.1).
fn credential_of(jwt: &Jwt) -> Result<Map<String, Value>, String> {
    match jwt.payload.get("vc") {
        Some(Value::Object(members)) => {
            if jwt.payload.contains_key("@context") {
                return Err("there are two credentials in the JWT".to_owned());
            }
            Ok(members.clone())
        }
        Some(_) => Err("the JWT's `vc` is no credential".to_owned()),
        None => {
            let mut members = jwt.payload.clone();
            members.retain(|name, _| {
                !matches!(name.as_str(), "iss" | "sub" | "aud" | "exp" | "nbf" | "iat" | "jti" | "cnf")
            });
            Ok(members)
        }
    }
}

fn statuses(value: Option<&Value>) -> Result<Vec<Entry>, String> {
    let items: Vec<&Value> = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
    };
    if items.len() > 8 {
        return Err("the credential names more than 8 statuses".to_owned());
    }
    let one = |value: &Value| {
        let entry = value.as_object().ok_or("`credentialStatus` is not what it has to be")?;
        let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        // A text of digits; some write a number.
        let index = match entry.get("statusListIndex") {
            Some(Value::String(digits)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok(),
            Some(Value::Number(number)) => number.as_u64().and_then(|number| usize::try_from(number).ok()),
            _ => None,
        };
        let kind = strings(entry.get("type")).join(" ");
        Ok(Entry { kind, purpose: text("statusPurpose"), index, list: text("statusListCredential") })
    };
    items.into_iter().map(one).collect()
}
