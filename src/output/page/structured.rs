//! Structured data for search engines and other machines: JSON-LD with schema.org's words.
//!
//! It says what the page says and no more: dates, never a status, because what has
//! been crawled is kept for weeks.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Value, json};

use super::dates::machine;
use crate::{
    prose::plain,
    site::{Award, Badge, Site, people::Person},
};

/// JSON that can stand inside a `script` element: nothing in it can end the element.
pub fn in_script(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).unwrap_or_default();
    let is_special = |c: char| matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
    // Nearly all have none, which is seen faster in bytes. Both line ends begin with the same one.
    let may_be_special = |byte: &u8| matches!(byte, b'<' | b'>' | b'&' | 0xe2);
    if !json.as_bytes().iter().any(may_be_special) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 32);
    for c in json.chars() {
        if is_special(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// The issuer as schema.org's Organization.
pub fn issuer(site: &Site<'_>) -> Value {
    let issuer = &site.documents.config.issuer;
    json!({ "@type": "Organization", "name": &*issuer.name, "url": &*issuer.url })
}

/// The words that every award's page has, in the order of their names.
///
/// Here and in [`Crumb`] JSON is written from records: there are tens of thousands of these, and a tree of values takes
/// several times as long.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Credential<'a> {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@type")]
    kind: &'static str,
    about: Holder<'a>,
    additional_type: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    competency_required: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential_category: Option<&'a str>,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    identifier: &'a str,
    name: &'a str,
    recognized_by: Issuer<'a>,
    url: String,
    valid_from: String,
}

#[derive(Serialize)]
struct Holder<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize)]
struct Issuer<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    name: &'a str,
    url: &'a str,
}

/// An award as schema.org's `EducationalOccupationalCredential`.
///
/// That type has `expires` (of `CreativeWork`) but no `validFrom`; the type `Certification`, named as an additional
/// one, has both, and `about` for the person.
pub fn award(site: &Site<'_>, award: &Award<'_>, badge: &Badge<'_>) -> String {
    let zone = site.config.zone();
    let issuer = &site.documents.config.issuer;
    let person = award.person.and_then(|person| site.directory.people.get(person));
    in_script(&Credential {
        context: "https://schema.org",
        kind: "EducationalOccupationalCredential",
        about: Holder {
            kind: "Person",
            name: award.earner.public_name(),
            url: person.map(|person| site.config.absolute(person.path())),
        },
        additional_type: "https://schema.org/Certification",
        competency_required: badge.record.skills.iter().map(|skill| &**skill).collect(),
        credential_category: badge.record.kind.as_deref(),
        description: &badge.record.description,
        expires: award.record.expires.map(|expires| machine(&expires.as_end(zone))),
        identifier: &award.record.id,
        name: &badge.record.name,
        recognized_by: Issuer { kind: "Organization", name: &issuer.name, url: &issuer.url },
        url: site.config.absolute(award.path()),
        valid_from: machine(&award.record.issued.as_start(zone)),
    })
}

/// A person as schema.org's `ProfilePage`, with the credentials that nobody has taken back.
pub fn person(site: &Site<'_>, person: &Person<'_>) -> String {
    let zone = site.config.zone();
    let awards = site.awards.get(person.awards.clone()).unwrap_or_default();
    let credentials: Vec<Value> = awards
        .iter()
        .filter(|award| award.stands())
        .filter_map(|award| {
            let badge = site.badges.get(award.badge)?;
            let mut value = json!({
                "@type": "EducationalOccupationalCredential",
                "name": &*badge.record.name,
                "url": site.config.absolute(award.path()),
                "recognizedBy": issuer(site),
                "validFrom": machine(&award.record.issued.as_start(zone)),
            });
            if let Some(expires) = award.record.expires {
                value["expires"] = json!(machine(&expires.as_end(zone)));
            }
            Some(value)
        })
        .collect();
    let address = site.config.absolute(person.path());
    let mut value = json!({ "@type": "Person", "name": person.earner.public_name(), "url": address });
    if let Some(title) = &person.earner.job_title {
        value["jobTitle"] = json!(&**title);
    }
    if let Some(company) = &person.earner.company {
        value["worksFor"] = json!({ "@type": "Organization", "name": &**company });
    }
    if !credentials.is_empty() {
        value["hasCredential"] = credentials.into();
    }
    in_script(&json!({
        "@context": "https://schema.org",
        "@type": "ProfilePage",
        "url": address,
        "mainEntity": value,
    }))
}

/// A badge as schema.org's `EducationalOccupationalCredential`.
pub fn badge(site: &Site<'_>, badge: &Badge<'_>) -> String {
    let mut value = json!({
        "@context": "https://schema.org",
        "@type": "EducationalOccupationalCredential",
        "name": &*badge.record.name,
        "description": &*badge.record.description,
        "url": site.config.absolute(badge.path()),
        "recognizedBy": issuer(site),
    });
    if let Some(kind) = &badge.record.kind {
        value["credentialCategory"] = json!(&**kind);
    }
    in_script(&value)
}

/// Questions and their answers as schema.org's `FAQPage`.
pub fn faq<'a>(questions: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let entities: Vec<_> = questions
        .map(|(title, html)| {
            json!({ "@type": "Question", "name": title, "acceptedAnswer": { "@type": "Answer", "text": plain(html) } })
        })
        .collect();
    in_script(&json!({ "@context": "https://schema.org", "@type": "FAQPage", "mainEntity": entities }))
}

#[derive(Serialize)]
struct Way<'a> {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@type")]
    kind: &'static str,
    #[serde(rename = "itemListElement")]
    items: Vec<Crumb<'a>>,
}

#[derive(Serialize)]
struct Crumb<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    item: &'a str,
    name: &'a str,
    position: usize,
}

/// The way to a page as schema.org's `BreadcrumbList`: labels and absolute addresses.
pub fn breadcrumbs(trail: &[(&str, String)]) -> String {
    let items = trail.iter().zip(1..);
    in_script(&Way {
        context: "https://schema.org",
        kind: "BreadcrumbList",
        items: items.map(|((name, item), position)| Crumb { kind: "ListItem", item, name, position }).collect(),
    })
}

/// The site as schema.org's `WebSite`.
pub fn website(site: &Site<'_>) -> String {
    in_script(&json!({
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": site.config.title,
        "description": site.config.description,
        "url": site.config.base_url,
        "publisher": issuer(site),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_the_script_element() {
        let text = in_script(&json!({ "name": "</script><script>alert(1)</script>" }));
        assert!(!text.contains('<'), "{text}");
        let back: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["name"], "</script><script>alert(1)</script>");
        assert_eq!(in_script(&"a\u{2028}b\u{2029}…"), "\"a\\u2028b\\u2029…\"");
    }
}
