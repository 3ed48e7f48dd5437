//! Texts and addresses as they may stand in a credential.

use unicode_normalization::{UnicodeNormalization as _, is_nfc_quick};

/// A text in NFC, with LF, without other control characters: a tab becomes a space, the rest goes. So do U+FFFE and
/// U+FFFF, which are no characters: RDFC-1.0 has them escaped, and not every program does it.
pub fn clean(text: &str) -> String {
    let plain = |c: char| c == '\n' || !(c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'));
    if text.chars().all(plain) && is_nfc_quick(text.chars()) == unicode_normalization::IsNormalized::Yes {
        return text.to_owned();
    }
    let lines = text.replace("\r\n", "\n").replace(['\r', '\u{85}'], "\n").replace('\t', " ");
    lines.chars().filter(|c| plain(*c)).nfc().collect()
}

/// Why an address cannot stand in a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    /// White space or a control character is in it.
    #[error("an address has no spaces; write %20")]
    Space,
    /// It is not absolute, or neither `http` nor `https`.
    #[error("the address has to be a whole one, with https:// in front")]
    Relative,
    /// A character that no address has unencoded, or an incomplete `%`.
    #[error("the address has a character that has to be written with %")]
    Character,
}

/// An address as it stands in a credential: absolute, `http` or `https`, in ASCII, and an IRI (RFC 3987) to the letter.
/// What is not would be dropped by JSON-LD, and with it the signature over it.
pub fn address(text: &str) -> Result<String, AddressFault> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(AddressFault::Space);
    }
    let url = url::Url::parse(text).map_err(|_| AddressFault::Relative)?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(AddressFault::Relative);
    }
    if is_iri(url.as_str()) { Ok(url.into()) } else { Err(AddressFault::Character) }
}

/// Whether a text is an absolute IRI.
pub fn is_iri(text: &str) -> bool {
    oxrdf::NamedNode::new(text).is_ok()
}

/// Whether two of these texts sort differently by code point, as RDFC-1.0 asks for, and by UTF-16 unit, as a widespread
/// library does: such a credential is called false by it.
pub fn sorts_differently<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> bool {
    let mut by_point: Vec<&str> = texts.collect();
    by_point.sort_unstable();
    let mut by_unit = by_point.clone();
    by_unit.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
    by_point != by_unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_nfc_with_lf() {
        assert_eq!(clean("Anna\tMu\u{308}ller\r\nB\rC\0\u{7f}\u{9b}\u{ffff}"), "Anna Müller\nB\nC");
        assert_eq!(clean("Ω\u{200d}😀"), "Ω\u{200d}😀");
        assert_eq!(clean("\u{2126}"), "Ω");
    }

    #[test]
    fn addresses_are_whole() {
        assert_eq!(address("https://bücher.example/a?b=ü#c").unwrap(), "https://xn--bcher-kva.example/a?b=%C3%BC#c");
        assert_eq!(address("https://a.example/x y"), Err(AddressFault::Space));
        assert_eq!(address(" https://a.example/"), Err(AddressFault::Space));
        for relative in
            ["", "a", "/a", "//a.example/", "mailto:a@b.example", "ftp://a.example/", "data:,x", "www.a.example"]
        {
            assert_eq!(address(relative), Err(AddressFault::Relative), "{relative}");
        }
        for wrong in
            ["https://a.example/?a|b", "https://a.example/?{}", "https://a.example/%zz", "https://a.example/?[1]"]
        {
            assert_eq!(address(wrong), Err(AddressFault::Character), "{wrong}");
        }
    }

    #[test]
    fn orders_that_differ() {
        assert!(sorts_differently(["\u{ff5e}", "😀"].into_iter()));
        assert!(!sorts_differently(["a", "😀", "é"].into_iter()));
    }
}
