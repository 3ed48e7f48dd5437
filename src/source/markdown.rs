//! The structure of a Markdown file: front matter, headings, links.
//!
//! Only what other stages reason about is taken out here, with byte offsets into
//! the file so that a broken link can be shown where it stands. The HTML is made
//! later ([`crate::render`]), from the same text and the same [`options`].

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

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

/// A heading, with the id that its anchor has.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Its anchor, unique on the page.
    pub id: String,
    /// Its text, without markup.
    pub title: String,
    /// Further attributes, such as `when=expired`.
    pub attributes: Vec<(String, Option<String>)>,
    /// Where it is in the file, in bytes.
    pub span: Range<usize>,
}

/// A link or picture.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Link {
    /// Where it leads, as it is written.
    pub to: String,
    /// Whether it is a picture.
    pub picture: bool,
    /// Whether a picture has an alternative text.
    pub has_text: bool,
    /// Where it is in the file, in bytes.
    pub span: Range<usize>,
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

/// The headings and links of a text that starts `offset` bytes into its file.
pub fn outline(text: &str, offset: usize) -> (Vec<Heading>, Vec<Link>) {
    let (mut headings, mut links) = (Vec::<Heading>::new(), Vec::new());
    let mut open: Option<(Heading, bool)> = None;
    let mut pictures: Vec<usize> = Vec::new();
    for (event, span) in Parser::new_ext(text, options()).into_offset_iter() {
        let span = span.start + offset..span.end + offset;
        match event {
            Event::Start(Tag::Heading { level, id, attrs, .. }) => {
                let attributes = attrs.into_iter().map(|(k, v)| (k.to_string(), v.map(|v| v.to_string()))).collect();
                let named = id.is_some();
                // Links to it are compared in the same form.
                let id = id.map(|id| nfc(&id).into_owned()).unwrap_or_default();
                open = Some((Heading { level: number(level), id, title: String::new(), attributes, span }, named));
            }
            Event::End(TagEnd::Heading(_)) => {
                if let Some((mut heading, named)) = open.take() {
                    heading.title = heading.title.split_whitespace().collect::<Vec<_>>().join(" ");
                    if !named {
                        heading.id = free_id(&slug(&heading.title), &headings);
                    }
                    headings.push(heading);
                }
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                links.push(Link { to: dest_url.to_string(), picture: false, has_text: true, span });
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                pictures.push(links.len());
                links.push(Link { to: dest_url.to_string(), picture: true, has_text: false, span });
            }
            Event::End(TagEnd::Image) => {
                pictures.pop();
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(link) = pictures.last().and_then(|index| links.get_mut(*index)) {
                    link.has_text |= !text.trim().is_empty();
                }
                if let Some((heading, _)) = &mut open {
                    heading.title.push_str(&text);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some((heading, _)) = &mut open {
                    heading.title.push(' ');
                }
            }
            _ => {}
        }
    }
    (headings, links)
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

fn free_id(wanted: &str, taken: &[Heading]) -> String {
    let is_free = |id: &str| taken.iter().all(|heading| heading.id != id);
    if is_free(wanted) {
        return wanted.to_owned();
    }
    (2usize..).map(|n| format!("{wanted}-{n}")).find(|id| is_free(id)).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_is_found_with_any_line_end_and_after_a_bom() {
        for text in ["---\ntitle: A\n---\nBody", "---\r\ntitle: A\r\n---\r\nBody", "\u{feff}---\ntitle: A\n---\nBody"] {
            let (yaml, body) = front_matter(text).unwrap();
            assert_eq!(text[yaml].trim(), "title: A");
            assert_eq!(&text[body..], "Body");
        }
        assert_eq!(front_matter("No front matter"), Some((0..0, 0)));
        assert_eq!(front_matter("---\ntitle: never ended\n"), None);
    }

    #[test]
    fn a_heading_keeps_its_id_and_attributes_and_others_get_one_of_their_words() {
        let text = "## How do I *renew*? {#renew when=expired,expiring badge=member}\n\n## It’s here\n\n## It’s here\n";
        let (headings, _) = outline(text, 0);
        assert_eq!(headings[0].id, "renew");
        assert_eq!(headings[0].title, "How do I renew?");
        assert_eq!(headings[0].attributes[0], ("when".to_owned(), Some("expired,expiring".to_owned())));
        assert_eq!(headings[1].id, "its-here");
        assert_eq!(headings[2].id, "its-here-2");
    }

    #[test]
    fn words_of_any_script_make_an_anchor() {
        assert_eq!(slug("Что делать, если…?"), "что-делать-если");
        assert_eq!(slug("???"), "section");
        assert_eq!(slug("Gro\u{308}ße"), "größe");
    }
}
