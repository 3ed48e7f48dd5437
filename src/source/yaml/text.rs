//! From bytes to text that a YAML reader can be trusted with.
//!
//! Files come out of databases, spreadsheets and old editors: in other encodings,
//! with a byte order mark, with invisible characters pasted from a web page. What
//! YAML does not allow at all is found here, with its place, because neither parser
//! says in plain words what is wrong with it.

use std::{ops::Range, sync::Arc};

use crate::diagnostic::{Diagnostic, Place};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// How many forbidden characters of one file are shown.
const CONTROLS_SHOWN: usize = 20;

/// The text of a file without its byte order mark, and how many bytes that mark has.
///
/// # Errors
/// The first byte that is no UTF-8, or that the file has another encoding.
pub fn decode<'b>(file: &Arc<str>, bytes: &'b [u8]) -> Result<(&'b str, usize), Diagnostic> {
    let skipped = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
    let advice = "save the file as UTF-8: in most editors under “Save as”, “Encoding”";
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Diagnostic::error("this file is saved as UTF-16").at(Place::file(Arc::clone(file))).advice(advice));
    }
    match std::str::from_utf8(bytes.get(skipped..).unwrap_or_default()) {
        Ok(text) => Ok((text, skipped)),
        Err(error) => {
            let start = skipped + error.valid_up_to();
            let byte = bytes.get(start).copied().unwrap_or_default();
            Err(Diagnostic::error(format!("this file is not saved as UTF-8: the byte {byte:02X} here is no character"))
                .at(Place::bytes(Arc::clone(file), start..start + error.error_len().unwrap_or(1)))
                .advice(advice))
        }
    }
}

/// The characters that must not be in a YAML file (YAML 1.2, section 5.1), each with its place.
pub fn forbidden(file: &Arc<str>, text: &str, base: usize) -> Vec<Diagnostic> {
    found(file, text, base, is_forbidden)
}

/// The characters that must not be in Markdown: they have no place in HTML either (section 13.1 of its standard: controls
/// and noncharacters). What only separates lines or words may stay.
pub fn forbidden_in_markdown(file: &Arc<str>, text: &str, base: usize) -> Vec<Diagnostic> {
    found(file, text, base, |c| is_forbidden(c) && !matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}'))
}

fn found(file: &Arc<str>, text: &str, base: usize, is_forbidden: impl Fn(char) -> bool) -> Vec<Diagnostic> {
    let zeros = memchr::memchr_iter(0, text.as_bytes()).count();
    if zeros > CONTROLS_SHOWN {
        let what = if zeros == text.len() { "this file is nothing but" } else { "this file is no text: it has" };
        return vec![
            Diagnostic::error(format!("{what} {zeros} bytes of zero")).at(Place::file(Arc::clone(file))).advice(
                "write it again: this is what is left when a disk was full or a machine stopped; or save it as UTF-8",
            ),
        ];
    }
    let mut found = text.char_indices().filter(|(_, c)| is_forbidden(*c));
    let mut out: Vec<_> = found
        .by_ref()
        .take(CONTROLS_SHOWN)
        .map(|(offset, c)| {
            let span: Range<usize> = base + offset..base + offset + c.len_utf8();
            let advice = match c {
                '\u{85}' | '\u{2028}' | '\u{2029}' => "type a space instead, or start a new line",
                '\0' => "delete it; a file full of them is saved as UTF-16 and must be saved as UTF-8",
                _ => "delete it, or type what should stand here; it may have come along when text was copied",
            };
            Diagnostic::error(format!("there is an invisible character U+{:04X} here", u32::from(c)))
                .at(Place::bytes(Arc::clone(file), span))
                .advice(advice)
        })
        .collect();
    let more = found.count();
    if more > 0 {
        out.push(
            Diagnostic::error(format!("{more} more invisible characters are in this file"))
                .at(Place::file(Arc::clone(file))),
        );
    }
    out
}

/// What libyaml refuses, too; and the separators that are line ends to YAML 1.1 and characters to
/// YAML 1.2, so that one cannot know what was meant by them.
fn is_forbidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a character is one that people cannot see, or take for a space.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{a0}' | '\u{ad}' | '\u{85}' | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
        | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{feff}')
}

/// What is unusual about a text, found in one pass over its bytes.
#[expect(clippy::struct_excessive_bools, reason = "independent findings, not states")]
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Traits {
    /// An anchor may be in it. A false alarm costs time and nothing else.
    pub anchors: bool,
    /// A tag (`!name`) may be in it, likewise.
    pub tags: bool,
    /// More brackets may be open at once than anyone opens.
    pub deep: bool,
    /// Line separators (U+0085, U+2028, U+2029) are in it.
    pub separators: bool,
    /// Where a line starts that holds a text longer than any text may be, and how many bytes it has.
    pub endless: Option<(usize, usize)>,
    /// A line end `\r` without `\n` is in it.
    pub lone_returns: bool,
}

/// How many brackets may be open before a text counts as deep; the fast reader's time grows
/// with the square of it.
const OPEN_MAX: i64 = 2_000;

/// How many bytes of a line may follow each other without a comma or a bracket. Far above what a text may
/// have ([`crate::source::value::Prose`]), far below what takes long to read. Exports that are one line
/// of JSON are full of commas.
const STRETCH_MAX: usize = 4_000_000;

/// How long a line may be at all, in bytes: one line can be a whole export in JSON.
const LINE_MAX: usize = 50_000_000;

/// The bytes that [`Traits::of`] looks at; most of a text is none of them.
const TELLING: [bool; 256] = {
    let mut telling = [false; 256];
    let bytes = b"\n\r,[]{}&!\x85\xa8\xa9";
    let mut at = 0;
    while at < bytes.len() {
        telling[bytes[at] as usize] = true;
        at += 1;
    }
    telling
};

impl Traits {
    /// Looks at every byte once.
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut traits = Self::default();
        let (mut line, mut stretch, mut open, mut most) = (0, 0, 0_i64, 0_i64);
        let before =
            |at: usize, back: usize| at.checked_sub(back).and_then(|at| bytes.get(at)).copied().unwrap_or(b'\n');
        let telling = |byte: u8| TELLING.get(usize::from(byte)).copied().unwrap_or_default();
        for (at, &byte) in bytes.iter().enumerate() {
            if !telling(byte) {
                continue;
            }
            match byte {
                b'&' => {
                    let next = bytes.get(at + 1).copied().unwrap_or(b'\n');
                    traits.anchors |= !next.is_ascii_whitespace();
                    continue;
                }
                b'!' => {
                    traits.tags |= matches!(before(at, 1), b' ' | b'\n' | b'\r' | b'\t' | b'[' | b'{' | b',' | b':');
                    continue;
                }
                0x85 => {
                    traits.separators |= before(at, 1) == 0xc2;
                    continue;
                }
                0xa8 | 0xa9 => {
                    traits.separators |= before(at, 1) == 0x80 && before(at, 2) == 0xe2;
                    continue;
                }
                b'\r' => {
                    traits.lone_returns |= bytes.get(at + 1) != Some(&b'\n');
                    continue;
                }
                b'[' | b'{' => {
                    open += 1;
                    most = most.max(open);
                }
                b']' | b'}' => open = (open - 1).max(0),
                _ => {}
            }
            traits.measure(line, stretch, at);
            stretch = at;
            if byte == b'\n' {
                line = at + 1;
            }
        }
        traits.measure(line, stretch, bytes.len());
        traits.deep = most > OPEN_MAX;
        traits
    }

    fn measure(&mut self, line: usize, stretch: usize, at: usize) {
        if at - stretch > STRETCH_MAX || at - line > LINE_MAX {
            // The longest that is known of it; of several such lines the first.
            self.endless = match self.endless {
                Some((first, _)) if first != line => self.endless,
                _ => Some((line, at - line)),
            };
        }
    }
}
