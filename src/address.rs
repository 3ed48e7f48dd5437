//! Paths become addresses.
//!
//! A path says where a file is in the output: `guides/C# at sea/`. An address says how to ask for it on the web:
//! `guides/C%23%20at%20sea/`. Both look like text, and for most names they are the same text, which is why a mistake
//! would be noticed only by readers. So an [`Address`] keeps the plain path for as long as somebody may want to look
//! something up by it, and its letters are encoded in one place, when it is written.
//!
//! What people see is a third thing ([`shown_host`], [`shown_path`]): the address as the bar of their browser
//! shows it, since that is what they are told to compare it with.

use std::{borrow::Cow, cmp::Ordering, fmt};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use unicode_normalization::char::canonical_combining_class;
use unicode_script::{Script, UnicodeScript};
use unicode_security::{GeneralSecurityProfile, RestrictionLevel, RestrictionLevelDetection, skeleton};

use crate::source::value::nfc;

/// What stands in an address as it is: what RFC 3986 calls unreserved, and the slash between segments. The other
/// characters that it allows in a path are encoded, too, because what addresses are pasted into does not always
/// allow them: a `)` ends a link in Markdown, a `+` is a space to some hosts, a `,` is not part of what a mail
/// program makes a link.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// What must not stand in a query as it is (WHATWG URL, query percent-encode set); its `%` is the writer's own.
const QUERY: &AsciiSet = &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'\'');

/// An address below a site's root. Anything that is text becomes one as a plain path, and is encoded when it is
/// written; so nothing is encoded twice, and nothing is forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address<'a> {
    /// The path in the output, without leading `/` and without `index.html`; not encoded.
    pub path: Cow<'a, str>,
    /// What stands after `?`, as it was written.
    pub query: Option<Cow<'a, str>>,
    /// The id on the page; not encoded.
    pub fragment: Option<Cow<'a, str>>,
}

impl<'a> Address<'a> {
    /// The address of a path.
    pub fn of(path: impl Into<Cow<'a, str>>) -> Self {
        Self { path: path.into(), query: None, fragment: None }
    }

    /// A place on that page.
    #[must_use]
    pub fn at(mut self, id: impl Into<Cow<'a, str>>) -> Self {
        self.fragment = Some(id.into());
        self
    }
}

impl<'a> From<&'a str> for Address<'a> {
    fn from(path: &'a str) -> Self {
        Self::of(path)
    }
}

impl<'a> From<&'a String> for Address<'a> {
    fn from(path: &'a String) -> Self {
        Self::of(path.as_str())
    }
}

impl From<String> for Address<'_> {
    fn from(path: String) -> Self {
        Self::of(path)
    }
}

impl<'a> From<&'a Address<'_>> for Address<'a> {
    fn from(address: &'a Address<'_>) -> Self {
        Self {
            path: Cow::Borrowed(&address.path),
            query: address.query.as_deref().map(Cow::Borrowed),
            fragment: address.fragment.as_deref().map(Cow::Borrowed),
        }
    }
}

impl fmt::Display for Address<'_> {
    /// Encoded, once.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", utf8_percent_encode(&self.path, PATH))?;
        if let Some(query) = &self.query {
            write!(f, "?{}", utf8_percent_encode(query, QUERY))?;
        }
        self.fragment.as_deref().map_or(Ok(()), |id| write!(f, "#{}", fragment(id)))
    }
}

/// An id as it stands behind the `#` of an address.
pub fn fragment(id: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(id, PATH)
}

/// What an editor wrote of an address, as paths and ids are compared: decoded once, and in one normalization form.
pub fn plain(written: &str) -> Cow<'_, str> {
    match percent_decode_str(written).decode_utf8_lossy() {
        Cow::Borrowed(text) => nfc(text),
        Cow::Owned(text) => Cow::Owned(nfc(&text).into_owned()),
    }
}

/// The path of a base address in the form that all others have: NFC, and no `%` that encodes nothing.
pub fn base_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for (number, segment) in path.split('/').enumerate() {
        if number > 0 {
            out.push('/');
        }
        match percent_decode_str(segment).decode_utf8() {
            // A slash or a lone `%` that was encoded stays what it was.
            Ok(text) if !text.contains('/') => out.push_str(&utf8_percent_encode(&nfc(&text), PATH).to_string()),
            _ => out.push_str(segment),
        }
    }
    out
}

/// A path as the address bar shows it: letters, digits and signs as themselves, what could be taken for something
/// else (spaces, invisible characters, a second `/`, `?` or `#`) encoded as it is in the address.
pub fn shown_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for (number, segment) in path.split('/').enumerate() {
        if number > 0 {
            out.push('/');
        }
        let Ok(text) = percent_decode_str(segment).decode_utf8() else {
            out.push_str(segment);
            continue;
        };
        for c in text.chars() {
            if is_plain(c) {
                out.push(c);
            } else {
                out.extend(utf8_percent_encode(c.encode_utf8(&mut [0; 4]), NON_ALPHANUMERIC));
            }
        }
    }
    out
}

/// Any web address as the address bar shows it; what is none stays as it is.
pub fn shown(address: &str) -> Cow<'_, str> {
    let Ok(url) = url::Url::parse(address) else { return Cow::Borrowed(address) };
    let Some(host) = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")) else {
        return Cow::Borrowed(address);
    };
    let rest = &url[url::Position::AfterPath..];
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Cow::Owned(format!("{}://{}{port}{}{rest}", url.scheme(), shown_host(host), shown_path(url.path())))
}

/// Whether a character of a path can be shown as itself.
fn is_plain(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_graphic() && !matches!(c, '%' | '/' | '\\' | '?' | '#' | '"' | '<' | '>')
    } else {
        (c.is_alphanumeric() || canonical_combining_class(c) != 0) && c.identifier_allowed()
    }
}

/// A host's name as the address bar shows it: in its own letters, unless these could be taken for others. `wire` is
/// its form on the wire, with `xn--`.
///
/// The rules are those that browsers follow: each label is of one script, or of several that are written together
/// (Japanese, Korean, Chinese with Latin), has no characters outside of UTS 39's, and does not look like a word in
/// Latin letters as a whole (unless the top-level domain says that its script is at home there).
pub fn shown_host(wire: &str) -> String {
    let is_honest = |label: &[char], top: &[char], _: bool| is_honest(label, top);
    let (name, result) = idna::uts46::Uts46::new().to_user_interface(
        wire.as_bytes(),
        idna::AsciiDenyList::URL,
        idna::uts46::Hyphens::Allow,
        is_honest,
    );
    match result {
        Ok(()) => name.into_owned(),
        Err(_) => wire.to_owned(),
    }
}

/// Top-level domains of countries that write in a script which has many look-alikes of Latin letters.
const CYRILLIC: [&str; 10] = ["bg", "by", "kg", "kz", "mk", "mn", "rs", "ru", "su", "ua"];
const GREEK: [&str; 2] = ["cy", "gr"];

fn is_honest(label: &[char], top: &[char]) -> bool {
    let (label, top): (String, String) = (label.iter().collect(), top.iter().collect());
    if label.is_ascii() {
        return true;
    }
    if !label.chars().all(GeneralSecurityProfile::identifier_allowed)
        || label.as_str().detect_restriction_level() > RestrictionLevel::HighlyRestrictive
    {
        return false;
    }
    // A dot in the middle is Catalan's, between two `l`; elsewhere it looks like the end of a label.
    let dots = label.match_indices('·');
    if dots.into_iter().any(|(at, dot)| {
        let (before, after) = (label.get(..at).unwrap_or_default(), label.get(at + dot.len()..).unwrap_or_default());
        !before.ends_with('l') || !after.starts_with('l')
    }) {
        return false;
    }
    let Some(script) =
        label.chars().map(|c| c.script()).find(|script| !matches!(script, Script::Common | Script::Inherited))
    else {
        return true;
    };
    let at_home = match script {
        Script::Latin => return true,
        Script::Cyrillic => CYRILLIC.contains(&top.as_str()),
        Script::Greek => GREEK.contains(&top.as_str()),
        _ => false,
    };
    at_home || top.chars().any(|c| c.script() == script) || !skeleton(&label).all(|c| c.is_ascii())
}

/// The order in which paths of files are kept: as bytes, but the slash before every other byte. So a folder is followed
/// at once by what is in it.
pub fn order(one: &str, other: &str) -> Ordering {
    let differing = one.bytes().zip(other.bytes()).find(|(a, b)| a != b);
    match differing {
        None => one.len().cmp(&other.len()),
        Some((a, b)) => rank(a).cmp(&rank(b)),
    }
}

/// Where a byte stands in that order.
pub fn rank(byte: u8) -> u8 {
    match byte {
        b'/' => 0,
        before if before < b'/' => before + 1,
        after => after,
    }
}

/// The first bytes of a path as a number: where two of them differ, so do the paths, in the same [`order`].
pub fn beginning(path: &str) -> u128 {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(path.bytes()).for_each(|(to, byte)| *to = rank(byte));
    u128::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every character that a keyboard has and a file's name may have.
    const NAME: &str = " !\"#$%&'()*+,-.;<=>?@[]^_`{|}~:\\";

    #[test]
    fn every_name_comes_back_from_its_address_and_stays_one_segment() {
        for name in [NAME, "a%20b", "100% sure", "C# at sea", "Führung", "🦉 قائمة", "हिन्दी", "e\u{301}"]
        {
            let address = Address::of(format!("guides/{name}/")).to_string();
            assert!(address.bytes().all(|b| b.is_ascii_graphic()), "{address}");
            let base = url::Url::parse("https://a.example/b/").unwrap();
            let url = base.join(&address).unwrap();
            assert_eq!(url.as_str(), format!("https://a.example/b/{address}"), "a browser changes it");
            assert_eq!(percent_decode_str(url.path()).decode_utf8().unwrap(), format!("/b/guides/{name}/"));
            assert_eq!(url.query().or(url.fragment()), None);
        }
    }

    #[test]
    fn an_address_is_encoded_once() {
        let address = Address::of("guides/a%20b/");
        assert_eq!(address.to_string(), "guides/a%2520b/");
        assert_eq!(Address::from(&address).at("später 1%").to_string(), "guides/a%2520b/#sp%C3%A4ter%201%25");
        let asked = Address { query: Some("x=a%20b&y=ü z".into()), ..Address::of("a/") };
        assert_eq!(asked.to_string(), "a/?x=a%20b&y=%C3%BC%20z");
    }

    #[test]
    fn what_is_written_is_compared_decoded_and_composed() {
        assert_eq!(plain("Fu%CC%88hrung"), "Führung");
        assert_eq!(plain("Fu\u{308}hrung"), "Führung");
        assert_eq!(plain("a%2520b"), "a%20b");
    }

    #[test]
    fn a_base_address_has_the_form_of_all_others() {
        for (written, path) in [
            ("/guild/badges/", "/guild/badges/"),
            ("/pr%C3%BCfung/", "/pr%C3%BCfung/"),
            ("/pru%CC%88fung/", "/pr%C3%BCfung/"),
            ("/100%/", "/100%25/"),
            ("/a%2Fb/", "/a%2Fb/"),
        ] {
            assert_eq!(base_path(written), path);
        }
    }

    #[test]
    fn a_path_is_shown_as_the_address_bar_shows_it() {
        for (address, shown) in [
            ("/pr%C3%BCfung/", "/prüfung/"),
            ("/%E8%AA%8D%E5%AE%9A/", "/認定/"),
            ("/a%20b%23c%25d%2Fe/", "/a%20b%23c%25d%2Fe/"),
            ("/%E2%80%AEx/", "/%E2%80%AEx/"),
            ("/%28x%29/", "/(x)/"),
            ("/%FF/", "/%FF/"),
        ] {
            assert_eq!(shown_path(address), shown);
        }
    }

    #[test]
    fn an_address_elsewhere_is_shown_in_its_own_letters_too() {
        assert_eq!(
            shown("https://xn--prfung-4ya.example:81/gr%C3%B6%C3%9Fe/a%20b?x=%C3%A4#y"),
            "https://prüfung.example:81/größe/a%20b?x=%C3%A4#y"
        );
        assert_eq!(shown("a b"), "a b");
    }

    #[test]
    fn a_host_is_shown_in_its_own_letters_where_they_are_honest() {
        let wire = |host: &str| url::Url::parse(&format!("https://{host}/")).unwrap().host_str().unwrap().to_owned();
        for host in [
            "badges.example.org",
            "prüfung.nordwind.example",
            "straße.example",
            "認定.example",
            "バッジ認定.example",
            "한국어.example",
            "бейдж.example",
            "значки.рф",
            "сор.рф",
            "сор.ru",
            "σήματα.example",
            "شارات.example",
            "תגים.example",
            "प्रमाण.example",
            "127.0.0.1",
            "paral·lel.example",
        ] {
            assert_eq!(shown_host(&wire(host)), host, "{}", wire(host));
        }
        assert_eq!(shown_host("[::1]"), "[::1]");
        for host in ["аррӏе.com", "pаypal.com", "сор.com", "αpple.example", "a·b.example", "ѕсоре.example", "xn--0"]
        {
            let wire = url::Url::parse(&format!("https://{host}/"))
                .map_or_else(|_| host.to_owned(), |url| url.host_str().unwrap().to_owned());
            assert!(wire.contains("xn--"), "{wire}");
            assert_eq!(shown_host(&wire), wire, "{host}");
        }
    }

    #[test]
    fn a_folder_is_followed_by_what_is_in_it() {
        let mut names = vec!["a-b", "a/c", "a", "a0", "a/b/c", "b", "a/b"];
        names.sort_by(|one, other| order(one, other));
        assert_eq!(names, ["a", "a/b", "a/b/c", "a/c", "a-b", "a0", "b"]);
    }

    #[test]
    fn beginnings_are_in_the_order_of_paths() {
        let paths = ["", "a", "a/", "a/c", "a-b", "a.html", "a0", "b", "0123456789abcdef", "0123456789abcdef/x", "名"];
        for (one, other) in paths.iter().flat_map(|one| paths.map(|other| (*one, other))) {
            let (order, beginnings) = (order(one, other), beginning(one).cmp(&beginning(other)));
            assert!(beginnings == order || beginnings == Ordering::Equal, "{one} {other}");
        }
    }
}
