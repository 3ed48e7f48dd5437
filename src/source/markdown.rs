//! Markdown: where a file's front matter ends, and what its text says.
//!
//! A text is read once ([`read`]), into pieces that become HTML later ([`crate::prose`]) and what other stages reason
//! about: headings, links, names. What is wrong with it is found on the way, with byte offsets into the file, so that
//! it can be shown where it stands. There is no second reading that could see another text.

mod headings;
mod html;
mod ids;
pub mod policy;
mod quotes;
mod raw;
mod read;
#[cfg(test)]
mod tests;
mod text;
mod words;

use std::ops::Range;

use pulldown_cmark::Options;

pub use ids::{Names as Taken, theme_ids};
pub use raw::candidates;
pub use read::{Kind, Manner, needs_a_look, read};
pub use text::{Attribute, Heading, Link, Note, Part, Piece, Problem, Tag, Text, Title, Value};

use super::value::nfc;

/// The Markdown of the contract: `CommonMark` plus tables, strikethrough, task lists,
/// footnotes, alerts, smart punctuation and heading attributes.
pub fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM
        | Options::ENABLE_SMART_PUNCTUATION
        | Options::ENABLE_HEADING_ATTRIBUTES
}

/// Splits a file into the range of its front matter's YAML and the start of its body.
///
/// The first is empty if there is none; `None` if it is begun and never ended.
pub fn front_matter(text: &str) -> Option<(Range<usize>, usize)> {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut lines = text[start..].split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    if first.trim_end() != "---" {
        return Some((start..start, start));
    }
    let yaml = start + first.len();
    let mut at = yaml;
    for line in lines {
        if line.trim_end() == "---" {
            return Some((yaml..at, at + line.len()));
        }
        at += line.len();
    }
    None
}

/// An anchor made of a text's words, in any script.
pub fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in nfc(text).chars() {
        if c.is_alphanumeric() || matches!(unicode_normalization::char::canonical_combining_class(c), 1..) {
            out.extend(c.to_lowercase());
        } else if !matches!(c, '\'' | '’') && !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    while out.ends_with('-') {
        out.pop();
    }
    if out.is_empty() { "section".to_owned() } else { out }
}
