//! Bytes as texts: whatever encoding they are in, and what of them is no text.

use std::borrow::Cow;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// What bytes turned out to be.
pub enum Reading<'b> {
    /// Text as it is; places in it are those of the bytes, from this one on.
    Plain(&'b str, usize),
    /// Text that was in another encoding.
    Decoded(String),
    /// No text; what can be read in it is in [`printable`].
    Binary,
}

/// Reads bytes as UTF-8, UTF-16 of either kind, or Latin-1, in this order.
pub fn read(bytes: &[u8]) -> Reading<'_> {
    if let Some(wide) = bytes.strip_prefix(b"\xff\xfe") {
        return Reading::Decoded(wide_text(wide, u16::from_le_bytes));
    }
    if let Some(wide) = bytes.strip_prefix(b"\xfe\xff") {
        return Reading::Decoded(wide_text(wide, u16::from_be_bytes));
    }
    let bom = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let rest = bytes.get(bom..).unwrap_or_default();
    let start = rest.get(..4096).unwrap_or(rest);
    let zeros = |odd: usize| start.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count() * 2;
    let is_half = |count: usize| count > 8 && count * 5 > start.len() * 2;
    if is_half(zeros(1)) && !is_half(zeros(0)) {
        return Reading::Decoded(wide_text(rest, u16::from_le_bytes));
    }
    if is_half(zeros(0)) && !is_half(zeros(1)) {
        return Reading::Decoded(wide_text(rest, u16::from_be_bytes));
    }
    let odd = rest.iter().filter(|byte| **byte < 0x20 && !b"\t\n\r\x0c".contains(byte)).count();
    if odd * 50 > rest.len() {
        return Reading::Binary;
    }
    match std::str::from_utf8(rest) {
        Ok(text) => Reading::Plain(text, bom),
        // Bytes that are neither UTF-8 nor mostly letters are a picture, a film or a font.
        Err(_) if rest.iter().filter(|byte| !byte.is_ascii()).count() * 4 > rest.len() => Reading::Binary,
        Err(_) => Reading::Decoded(rest.iter().map(|byte| char::from(*byte)).collect()),
    }
}

/// Text in pairs of bytes.
pub fn wide_text(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// The shortest run of letters in bytes that are no text that is looked at.
const SHORT: usize = 6;
/// From how many on chance is no longer what made it.
const LONG: usize = 24;

/// What can be read in bytes that are no text.
#[derive(Debug, Default)]
pub struct Printable {
    /// Runs that no chance has made, one a line.
    pub long: String,
    /// Shorter ones: in a large file there are many, and any short word is among them.
    pub short: String,
}

/// Finds what can be read in bytes that are no text.
pub fn printable(bytes: &[u8]) -> Printable {
    let mut found = Printable::default();
    let mut keep = |run: &[u8]| {
        if run.len() >= SHORT
            && let Ok(text) = std::str::from_utf8(run)
        {
            let to = if run.len() >= LONG { &mut found.long } else { &mut found.short };
            to.push_str(text);
            to.push('\n');
        }
    };
    bytes.split(|byte| !is_printable(*byte)).for_each(&mut keep);
    // Texts of Windows in their pairs of bytes; such as the names in the notes of a picture.
    if memchr::memchr(0, bytes).is_some() {
        wide_runs(bytes, &mut keep);
    }
    found
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

/// Runs of letters with a zero byte after each, wherever they begin: both kinds of UTF-16.
///
/// With the zero byte in front of each letter, the last one has none after it, and a letter that happens to stand before
/// the run seems to belong to it. So each run is kept with and without what may not be its own.
fn wide_runs(bytes: &[u8], keep: &mut impl FnMut(&[u8])) {
    let mut keep = |run: &[u8], last: Option<&u8>| {
        let more: Vec<u8> = run.iter().chain(last.filter(|byte| is_printable(**byte))).copied().collect();
        for run in [run, more.get(..).filter(|more| more.len() > run.len()).unwrap_or_default()] {
            keep(run);
            keep(run.get(1..).unwrap_or_default());
        }
    };
    let mut at = 0;
    let mut run = Vec::new();
    while let (Some(byte), Some(next)) = (bytes.get(at), bytes.get(at + 1)) {
        if is_printable(*byte) && *next == 0 {
            run.push(*byte);
            at += 2;
            continue;
        }
        if !run.is_empty() {
            keep(&run, Some(byte));
            run.clear();
        }
        at += 1;
    }
    keep(&run, bytes.get(at));
}

/// What a text with tags says without them: words that tags cut in pieces are whole again, and what stands in different
/// paragraphs, rows and cells stays apart. `None` for a text without tags.
pub fn untagged(text: &str) -> Option<String> {
    let mut parts = text.split('<');
    let mut out = String::with_capacity(text.len() / 2);
    out.push_str(parts.next()?);
    let mut any = false;
    for part in parts {
        let Some((tag, rest)) = part.split_once('>') else {
            out.push('<');
            out.push_str(part);
            continue;
        };
        any = true;
        if is_block(tag) {
            out.push('\n');
        }
        out.push_str(rest);
    }
    any.then(|| entities(&out).into_owned())
}

/// What Markdown says: words that marks cut in pieces are whole again, characters that have names are what they are, and
/// each address that a link leads to stands on its own line.
pub fn said(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut links = String::new();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => out.push_str(&text),
            Event::Start(Tag::Link { dest_url, title, .. } | Tag::Image { dest_url, title, .. }) => {
                links.extend(["\n", &dest_url, "\n", &title]);
            }
            Event::SoftBreak | Event::HardBreak => out.push('\n'),
            Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link) => {}
            Event::End(_) => out.push('\n'),
            _ => {}
        }
    }
    out.push_str(&links);
    untagged(&out).unwrap_or(out)
}

/// Elements of HTML, SVG and office programs that end a line or a cell, by their name without the namespace.
fn is_block(tag: &str) -> bool {
    let name = tag.trim_start_matches('/').split([' ', '/', '\n', '\t', '\r']).next().unwrap_or_default();
    let name = name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
    matches!(
        name.as_str(),
        "p" | "br"
            | "div"
            | "li"
            | "td"
            | "th"
            | "tr"
            | "tc"
            | "tab"
            | "cr"
            | "si"
            | "row"
            | "c"
            | "h"
            | "text"
            | "title"
            | "desc"
            | "dt"
            | "dd"
            | "pre"
            | "section"
            | "table-cell"
            | "line-break"
            | "body"
            | "option"
            | "a:br"
    ) || matches!(name.as_bytes(), [b'h', b'1'..=b'6'])
}

/// Numbered characters (`&#64;`) as what they are.
fn entities(text: &str) -> Cow<'_, str> {
    if !text.contains("&#") {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split("&#");
    let mut out = String::with_capacity(text.len());
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let decoded = part.split_once(';').and_then(|(number, rest)| {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            Some((char::from_u32(code)?, rest))
        });
        if let Some((c, rest)) = decoded {
            out.push(c);
            out.push_str(rest);
        } else {
            out.push_str("&#");
            out.push_str(part);
        }
    }
    Cow::Owned(out)
}

/// Whether a text reads like an export, whatever it is called.
pub fn is_export(text: &str) -> bool {
    let mut earners = false;
    for line in text.lines() {
        if line.starts_with("earners:") {
            earners = true;
        } else if earners {
            let key = line.trim_start_matches([' ', '-']);
            if key.len() < line.len() && (key.starts_with("email:") || key.starts_with("awards:")) {
                return true;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> String {
        match read(bytes) {
            Reading::Plain(text, _) => text.to_owned(),
            Reading::Decoded(text) => text,
            Reading::Binary => "(binary)".to_owned(),
        }
    }

    #[test]
    fn texts_are_read_in_whatever_encoding_they_are() {
        let text = "Jos\u{e9} <k.osei@mail.example>\r\n";
        let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        assert_eq!(decoded(text.as_bytes()), text);
        assert_eq!(decoded(&wide(u16::to_le_bytes)), text);
        assert_eq!(decoded(&wide(u16::to_be_bytes)), text);
        assert_eq!(decoded(&[b"\xff\xfe".to_vec(), wide(u16::to_le_bytes)].concat()), text);
        assert_eq!(decoded(&[b"\xfe\xff".to_vec(), wide(u16::to_be_bytes)].concat()), text);
        assert_eq!(decoded(&text.chars().map(|c| u8::try_from(c).unwrap()).collect::<Vec<_>>()), text);
        assert_eq!(decoded(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01"), "(binary)");
    }

    #[test]
    fn what_can_be_read_in_other_bytes_is_found_at_any_place_and_width() {
        let text = "k.osei@mail.example";
        for odd in [0, 1] {
            for order in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
                let wide: Vec<u8> = text.encode_utf16().flat_map(order).collect();
                let bytes = [&[0xff; 8][..], &b"abc"[..2 + odd], &wide, b"X", &[0xfe; 8]].concat();
                let found = printable(&bytes);
                assert!(found.short.lines().any(|line| line == text), "{odd}: {found:?}");
            }
        }
        assert_eq!(printable(b"\xff\0k.osei@mail.example\0\xff").short, "k.osei@mail.example\n");
        assert!(printable(&[b"\0".as_slice(), &[b'x'; LONG], b"\0"].concat()).long.starts_with("xxx"));
    }

    #[test]
    fn tags_neither_cut_words_nor_glue_cells() {
        let word = "<w:p><w:r><w:t>k.osei@</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>mail.example</w:t></w:r></w:p><w:p>Kate</w:p>";
        assert!(untagged(word).unwrap().lines().any(|line| line == "k.osei@mail.example"));
        let sheet = "<si><t>k.osei&#64;mail.example</t></si><si><t>e-1042</t></si>";
        assert!(untagged(sheet).unwrap().lines().any(|line| line == "k.osei@mail.example"));
        assert_eq!(untagged("no tags"), None);
    }

    #[test]
    fn an_export_is_known_by_what_it_says() {
        assert!(is_export("exported_at: x\nearners:\n  - id: e-1\n    email: x\n"));
        assert!(is_export("earners:\r\n- awards:\r\n"));
        assert!(!is_export("Some earners: three\n  email: x\n"));
        assert!(!is_export("earners:\nemail: us\n"));
    }
}
