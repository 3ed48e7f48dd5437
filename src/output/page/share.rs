//! Ways of sharing a verification page.
//!
//! None of them needs a script or a key of the network: they are addresses that open
//! the network's own form, filled in. What cannot be filled in by an address can be
//! copied by hand, so the values of `LinkedIn`'s form are shown as well.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    site::{Award, Badge, Site, Status},
    source::record::ShareTarget,
    theme::{Locale, Words},
};

/// What may stand in a query as it is (RFC 3986, section 2.3).
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A way of sharing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareLink {
    /// What it is, for styles and tests.
    pub id: &'static str,
    /// The address that opens it; `None` for copying the page's own address.
    pub url: Option<String>,
}

fn query(base: &str, pairs: &[(&str, &str)]) -> String {
    let mut url = base.to_owned();
    for (index, (key, value)) in pairs.iter().enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        url.push_str(key);
        url.push('=');
        url.extend(utf8_percent_encode(value, QUERY));
    }
    url
}

/// The ways of sharing that an award's page offers.
///
/// An award that does not count is not advertised: its address can still be copied and sent.
pub fn links(site: &Site<'_>, words: &Words, award: &Award<'_>, badge: &Badge<'_>, status: Status) -> Vec<ShareLink> {
    let address = site.config.absolute(award.path());
    let name = award.earner.public_name();
    let counts = status.counts();
    let mut links = Vec::new();
    for target in &site.config.share {
        match target {
            ShareTarget::Linkedin => {
                if counts {
                    links.push(opens("linkedin_profile", linkedin_profile(site, award, badge)));
                    let feed = query("https://www.linkedin.com/sharing/share-offsite/", &[("url", &address)]);
                    links.push(opens("linkedin", feed));
                }
            }
            ShareTarget::Facebook if counts => {
                let feed = query("https://www.facebook.com/sharer/sharer.php", &[("u", &address)]);
                links.push(opens("facebook", feed));
            }
            ShareTarget::X if counts => {
                let text = words.fill("title_award", &[("name", name), ("badge", &badge.record.name)]);
                links.push(opens("x", query("https://x.com/intent/post", &[("text", &text), ("url", &address)])));
            }
            ShareTarget::Facebook | ShareTarget::X => {}
            ShareTarget::Email => {
                let subject = words.fill("email_subject", &[("name", name), ("badge", &badge.record.name)]);
                let body = words.fill("email_body", &[("address", &address)]);
                links.push(opens("email", query("mailto:", &[("subject", &subject), ("body", &body)])));
            }
            ShareTarget::Link => links.push(ShareLink { id: "link", url: None }),
        }
    }
    links
}

fn opens(id: &'static str, url: String) -> ShareLink {
    ShareLink { id, url: Some(url) }
}

/// `LinkedIn`'s "add to profile" form, filled in. It knows months only: of an end the month of the last day that counts.
fn linkedin_profile(site: &Site<'_>, award: &Award<'_>, badge: &Badge<'_>) -> String {
    let issuer = &site.documents.config.issuer;
    let zone = site.config.zone();
    let address = site.config.absolute(award.path());
    let organization = issuer.linkedin_organization_id.map(|id| id.to_string());
    let issued = award.record.issued.day(zone);
    let (year, month) = (issued.year().to_string(), issued.month().to_string());
    let expires = award.record.expires.map(|when| when.last_day(zone));
    let (end_year, end_month) =
        expires.map(|day| (day.year().to_string(), day.month().to_string())).unwrap_or_default();
    let mut pairs = vec![("startTask", "CERTIFICATION_NAME"), ("name", &*badge.record.name)];
    match &organization {
        Some(id) => pairs.push(("organizationId", id)),
        None => pairs.push(("organizationName", &*issuer.name)),
    }
    pairs.extend([("issueYear", year.as_str()), ("issueMonth", month.as_str())]);
    if expires.is_some() {
        pairs.extend([("expirationYear", end_year.as_str()), ("expirationMonth", end_month.as_str())]);
    }
    pairs.extend([("certUrl", address.as_str()), ("certId", &*award.record.id)]);
    query("https://www.linkedin.com/profile/add", &pairs)
}

/// The fields of `LinkedIn`'s form, to be copied by hand: key of the label, value.
pub fn linkedin_fields(
    site: &Site<'_>,
    locale: &Locale,
    award: &Award<'_>,
    badge: &Badge<'_>,
) -> Vec<(&'static str, String)> {
    let zone = site.config.zone();
    let expires = award.record.expires.map(|when| locale.month(when.last_day(zone)));
    let expires = expires.unwrap_or_else(|| locale.words.get("no_expiry").to_owned());
    vec![
        ("field_name", badge.record.name.to_string()),
        ("field_organization", site.documents.config.issuer.name.to_string()),
        ("field_issue_date", locale.month(award.record.issued.day(zone))),
        ("field_expiration_date", expires),
        ("field_credential_id", award.record.id.to_string()),
        ("field_credential_url", site.config.absolute(award.path())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded_so_that_they_cannot_add_parameters() {
        assert_eq!(
            query("https://x.example/", &[("a", "b&c=d e"), ("b", "ü")]),
            "https://x.example/?a=b%26c%3Dd%20e&b=%C3%BC"
        );
    }
}
