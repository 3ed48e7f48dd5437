//! What is sent back, and which header fields it gets.
//!
//! Files are sent whole, in part, or not again (RFC 9110, 13 and 14); what is no file is a short text.

use hyper::header::{
    ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, IF_RANGE,
    LOCATION, RANGE, X_CONTENT_TYPE_OPTIONS,
};

use super::request::{Fault, Request};
use crate::upload::headers::media_type;

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What is sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A whole answer.
    Whole(Whole),
    /// A line that stays open and tells of changes.
    Events,
}

/// A whole answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whole {
    /// The status code.
    pub status: u16,
    /// Header fields besides those of the connection, the body's length and the date.
    pub fields: Vec<(HeaderName, String)>,
    /// The body; not sent for HEAD.
    pub body: Vec<u8>,
}

/// What is answered where there is no request that could be.
pub fn to_fault(fault: Fault) -> Whole {
    match fault {
        Fault::Malformed => plain(400, "this is not a request that can be read"),
        Fault::Path => plain(400, "this path cannot be one of the site's"),
        Fault::Foreign => plain(
            403,
            "this server answers to `localhost` and to plain addresses only; start it with --host NAME to give it a name",
        ),
        Fault::Method => {
            let mut reply = plain(405, "a site can only be read: GET and HEAD");
            reply.fields.push((ALLOW, "GET, HEAD".to_owned()));
            reply
        }
    }
}

/// Sends a browser to another address, with the same query.
pub fn redirect(to: &str, request: &Request) -> Whole {
    let query = request.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    let mut reply = plain(302, "it is here");
    reply.fields.push((LOCATION, format!("{to}{query}")));
    reply
}

/// A short answer for people who look at it closely.
pub fn plain(status: u16, text: &str) -> Whole {
    let fields = vec![
        (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Whole { status, fields, body: format!("{text}\n").into_bytes() }
}

/// A file: whole, in part, or not again.
pub fn file(request: &Request, name: &str, bytes: Vec<u8>) -> Whole {
    let tag = format!("\"{}\"", blake3::hash(&bytes).to_hex().get(..32).unwrap_or_default());
    let mut fields = vec![
        (ETAG, tag.clone()),
        // Kept, and asked about every time.
        (CACHE_CONTROL, "no-cache".to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin".to_owned()),
    ];
    let is_known = |list: String| {
        list.split(',').map(|known| known.trim().trim_start_matches("W/")).any(|known| known == tag || known == "*")
    };
    if request.field(&IF_NONE_MATCH).is_some_and(is_known) {
        return Whole { status: 304, fields, body: Vec::new() };
    }
    fields.push((CONTENT_TYPE, media_type(name).to_owned()));
    if is_page(name) {
        return Whole { status: 200, fields, body: bytes };
    }
    fields.push((ACCEPT_RANGES, "bytes".to_owned()));
    let still_the_same = request.field(&IF_RANGE).is_none_or(|known| known == tag);
    let part = request
        .field(&RANGE)
        .filter(|_| still_the_same && !request.is_head)
        .and_then(|field| range(&field, bytes.len()));
    match part {
        None => Whole { status: 200, fields, body: bytes },
        Some(None) => {
            fields.push((CONTENT_RANGE, format!("bytes */{}", bytes.len())));
            Whole { status: 416, fields, body: Vec::new() }
        }
        Some(Some(part)) => {
            fields.push((CONTENT_RANGE, format!("bytes {}-{}/{}", part.start, part.end - 1, bytes.len())));
            Whole { status: 206, fields, body: bytes.get(part).unwrap_or_default().to_vec() }
        }
    }
}

/// The bytes that a `Range` field asks for of so many (RFC 9110, 14.2), end exclusive.
///
/// `None`: all of them, as for anything this server need not understand. `Some(None)`: none of them can be had.
pub fn range(field: &str, length: usize) -> Option<Option<std::ops::Range<usize>>> {
    let spec = field.trim().strip_prefix("bytes=")?;
    if spec.contains(',') {
        return None;
    }
    let (from, to) = spec.split_once('-')?;
    let number = |text: &str| -> Option<usize> {
        (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().unwrap_or(usize::MAX))
    };
    match (number(from), number(to)) {
        (None, Some(last)) if from.is_empty() => {
            Some((last > 0 && length > 0).then(|| length.saturating_sub(last)..length))
        }
        (Some(from), None) if to.is_empty() => Some((from < length).then_some(from..length)),
        (Some(from), Some(to)) if from <= to => Some((from < length).then(|| from..to.saturating_add(1).min(length))),
        _ => None,
    }
}

/// Whether a file is a page, which gets a script and is never sent in parts.
pub fn is_page(path: &str) -> bool {
    path.ends_with(".html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_as_the_standard_says() {
        assert_eq!(range("bytes=0-4", 10), Some(Some(0..5)));
        assert_eq!(range("bytes=5-", 10), Some(Some(5..10)));
        assert_eq!(range("bytes=-3", 10), Some(Some(7..10)));
        assert_eq!(range("bytes=-30", 10), Some(Some(0..10)));
        assert_eq!(range("bytes=5-99999999999999999999999", 10), Some(Some(5..10)));
        assert_eq!(range("bytes=10-", 10), Some(None));
        assert_eq!(range("bytes=-0", 10), Some(None));
        for all in ["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes=-", "bytes=--5"] {
            assert_eq!(range(all, 10), None, "{all}");
        }
    }
}
