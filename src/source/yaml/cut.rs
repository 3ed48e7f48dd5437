//! Values that YAML cuts short: of `job_title: Agent #7` it keeps `Agent`, and of `accent: #1f5f8b` nothing.
//!
//! A number sign behind a space starts a comment, whatever was meant by it, and no reader of YAML says so. Most texts
//! have none, which is seen in their bytes. Only where one is followed by a letter or a digit, as no comment is that
//! people write, the text is gone through with care, event by event; and only where the longer text could be a value
//! of its key, too, is there a doubt: `expires: 2027-01-01 #check` is a date with a comment.

use std::{collections::HashSet, ops::Range};

use memchr::memmem;
use saphyr_parser::{Event, Parser, ScalarStyle};

use super::{
    Source,
    table::{Kind, Mapping},
    tree::Bytes,
};
use crate::diagnostic::{Alike, Diagnostic};

/// How many values of one file are shown.
const SHOWN: usize = 3;

/// Where a number sign may have cut a value short, in bytes.
fn suspects(text: &str) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    for lead in [" #", "\t#"] {
        found.extend(memmem::find_iter(text.as_bytes(), lead).map(|at| at + 1).filter(|at| is_suspect(text, *at)));
    }
    found.sort_unstable();
    found
}

fn is_suspect(text: &str, at: usize) -> bool {
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let line = before.get(before.rfind('\n').map_or(0, |end| end + 1)..).unwrap_or_default();
    // A line that is nothing but a comment, or one that is in a comment already.
    let body = line.trim_start().trim_start_matches("- ").trim_start();
    !body.is_empty() && !body.starts_with('#') && after.chars().nth(1).is_some_and(char::is_alphanumeric)
}

/// What may stand at a place.
#[derive(Clone, Copy)]
enum Expected {
    /// A value of that kind.
    Value(Kind),
    /// Whatever the site likes.
    Anything,
    /// What nobody asks about.
    Nothing,
}

impl Expected {
    fn of_key(self, name: &str) -> (Self, &'static str) {
        match self {
            Self::Value(Kind::Mapping(table)) => {
                table.key(name).map_or((Self::Nothing, ""), |key| (Self::Value(key.kind), key.name))
            }
            Self::Value(Kind::Free) | Self::Anything => (Self::Anything, ""),
            _ => (Self::Nothing, ""),
        }
    }

    fn of_item(self) -> Self {
        match self {
            Self::Value(Kind::List(kind)) => Self::Value(*kind),
            Self::Value(Kind::Free) | Self::Anything => Self::Anything,
            _ => Self::Nothing,
        }
    }

    /// Whether a text can be such a value.
    fn takes(self, text: &str) -> bool {
        match self {
            Self::Value(Kind::Text(kind)) => (kind.check)(text).is_ok(),
            Self::Anything => true,
            _ => false,
        }
    }
}

/// A list or mapping that is being gone through.
struct Open {
    expected: Expected,
    mapping: bool,
    /// What is expected of the key just read, its name, and the number sign behind it.
    key: Option<(Expected, String, Option<usize>)>,
}

/// The values of a text that may have been cut short.
pub(super) fn find(source: &Source<'_>, table: &'static Mapping) -> Vec<Diagnostic> {
    let suspects = suspects(source.text);
    let Some(last) = suspects.last().copied() else { return Vec::new() };
    let mut alike = Alike::showing(SHOWN);
    let bytes = Bytes::new(source.text);
    let mut open: Vec<Open> = Vec::new();
    let mut parser = Parser::new_from_str(source.text);
    while let Some(Ok((event, span))) = parser.next_event() {
        let container = match &event {
            Event::Scalar(..) | Event::Alias(_) => false,
            Event::SequenceStart(..) | Event::MappingStart(..) => true,
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop();
                continue;
            }
            _ => continue,
        };
        let is_plain = matches!(event, Event::Scalar(_, ScalarStyle::Plain, ..));
        let text = if let Event::Scalar(text, ..) = &event { text.as_ref() } else { "" };
        let sign = || {
            let end = bytes.of(span.start.index())
                + source.text.get(bytes.of(span.start.index())..bytes.of(span.end.index()))?.trim_end().len();
            behind(source.text, end).filter(|at| suspects.binary_search(at).is_ok())
        };
        if let Some(Open { expected, mapping: true, key: key @ None }) = open.last_mut() {
            // A key. Its value may be nothing because of what stands behind the colon.
            let (value, _) = expected.of_key(text);
            let colon = bytes.of(span.end.index());
            let colon = source.text.get(colon..).is_some_and(|rest| rest.starts_with(':')).then_some(colon + 1);
            let sign = colon.and_then(|colon| behind(source.text, colon));
            *key = Some((value, text.to_owned(), sign.filter(|at| suspects.binary_search(at).is_ok())));
            if container {
                open.push(Open {
                    expected: Expected::Nothing,
                    mapping: matches!(event, Event::MappingStart(..)),
                    key: None,
                });
            }
            continue;
        }
        let (expected, name, after_key) = match open.last_mut() {
            None => (Expected::Value(Kind::Mapping(table)), String::new(), None),
            Some(parent) if parent.mapping => parent.key.take().unwrap_or((Expected::Nothing, String::new(), None)),
            Some(parent) => (parent.expected.of_item(), String::new(), None),
        };
        if container {
            open.push(Open { expected, mapping: matches!(event, Event::MappingStart(..)), key: None });
        } else if is_plain {
            let at = bytes.of(span.start.index());
            let (from, sign) = if text.is_empty() { (after_key.unwrap_or(at), after_key) } else { (at, sign()) };
            if let Some(sign) = sign {
                let line = source.text.get(from..).unwrap_or_default();
                let end = sign
                    + source.text.get(sign..).unwrap_or_default().lines().next().unwrap_or_default().trim_end().len();
                let rest = source.text.get(sign..end).unwrap_or_default();
                let gap = if text.is_empty() { "" } else { " " };
                let whole = format!("{text}{gap}{rest}");
                // A text of several lines is marked from its last line on.
                let from = if line.get(..sign.saturating_sub(from)).is_some_and(|text| text.contains('\n')) {
                    sign
                } else {
                    from
                };
                if expected.takes(&whole) {
                    alike.add(|| cut(source, from..end, text, &whole, &name));
                }
            }
            if at > last {
                break;
            }
        }
    }
    alike.finish()
}

/// The number sign that stands behind a byte on its line, with nothing but space between.
fn behind(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let space = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    (space > 0 && rest.get(space..)?.starts_with('#')).then_some(at + space)
}

/// What stands on the line of a key whose value is nothing because of a number sign.
pub(super) fn to_nothing(text: &str, key: &Range<usize>) -> Option<Range<usize>> {
    // A key in quotes ends before its last quote or behind it.
    let rest = text.get(key.end..)?;
    let colon = key.end + rest.find(':').filter(|at| rest.get(..*at).is_some_and(|gap| gap.trim().len() <= 1))? + 1;
    let sign = behind(text, colon).filter(|at| is_suspect(text, *at))?;
    let line = text.get(sign..)?.lines().next()?.trim_end();
    Some(sign..sign + line.len())
}

/// What is said of a key that must have a value and lost all of it.
pub(super) fn of_required(key: &str, lost: &str) -> (String, String) {
    let message = format!("`{key}` is read as nothing, because ` #` starts a comment");
    // Nobody's id is repeated: messages reach logs.
    if key == "id" {
        return (message, "put all of it in quotes".to_owned());
    }
    (message, format!("put it in quotes: {key}: {}", shortened(&quoted(lost))))
}

/// A text in quotes.
fn quoted(text: &str) -> String {
    if text.contains('"') || text.contains('\\') {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        format!("\"{text}\"")
    }
}

/// Texts that begin with a `&`, of which YAML keeps what follows the first word: of `company: &Sons Ltd` only `Ltd`. Who
/// means such a mark repeats the value with `*` somewhere, and then nothing is said.
pub(super) fn marks(source: &Source<'_>) -> Vec<Diagnostic> {
    let is_mark = |at: usize| {
        let before = source.text.get(..at).and_then(|text| text.chars().next_back());
        let after = source.text.get(at + 1..).and_then(|text| text.chars().next());
        before.is_some_and(|c| matches!(c, ' ' | '\t')) && after.is_some_and(char::is_alphanumeric)
    };
    if !memchr::memchr_iter(b'&', source.text.as_bytes()).any(is_mark) {
        return Vec::new();
    }
    let bytes = Bytes::new(source.text);
    let mut found: Vec<(usize, Range<usize>, bool)> = Vec::new();
    let mut repeated = HashSet::new();
    let mut parser = Parser::new_from_str(source.text);
    while let Some(Ok((event, span))) = parser.next_event() {
        match event {
            Event::Alias(anchor) => _ = repeated.insert(anchor),
            Event::Scalar(text, ScalarStyle::Plain, anchor, _) if anchor != 0 => {
                let start = bytes.of(span.start.index());
                let end = bytes.of(span.end.index()).max(start);
                let line = source.text.get(..start).unwrap_or_default();
                let line = line.rfind('\n').map_or(0, |end| end + 1);
                let written = source.text.get(line..end).unwrap_or_default();
                // Of a key that is marked, or a mark on a line of its own, nothing is cut.
                if let Some(at) = written.rfind('&').filter(|_| !text.contains('&')) {
                    found.push((anchor, line + at..end, text.is_empty()));
                }
            }
            _ => {}
        }
    }
    let mut alike = Alike::showing(SHOWN);
    for (_, span, is_all) in found.into_iter().filter(|(anchor, ..)| !repeated.contains(anchor)) {
        let whole = source.text.get(span.clone()).unwrap_or_default().trim_end();
        let word = whole.split_whitespace().next().unwrap_or_default();
        let what = if is_all { "takes all of this" } else { "takes the first word of this" };
        alike.add(|| {
            Diagnostic::warning(format!("YAML {what} for a mark, because it starts with `&`, and drops it"))
                .at(source.place(span.start..span.start + whole.len()))
                .advice(if whole.lines().count() > 1 {
                    format!("put the whole text in quotes if `{}` belongs to it", shortened(word))
                } else {
                    format!("if it belongs to the text, put it in quotes: {}", shortened(&quoted(whole)))
                })
        });
    }
    alike.finish()
}

fn cut(source: &Source<'_>, span: Range<usize>, read: &str, whole: &str, key: &str) -> Diagnostic {
    let found = |message: String| Diagnostic::warning(message).at(source.place(span.clone()));
    // Nobody's id is repeated: messages reach logs.
    if key == "id" {
        return found("this is cut short, because ` #` starts a comment".to_owned())
            .advice("if all of it is meant, put it in quotes");
    }
    let read = if read.is_empty() { "nothing".to_owned() } else { format!("`{}`", shortened(read)) };
    let key = if key.is_empty() { String::new() } else { format!("{key}: ") };
    found(format!("this is read as {read}, because ` #` starts a comment")).advice(format!(
        "if `{}` is meant, write {key}{}; if not, put a space behind the #",
        shortened(whole),
        shortened(&quoted(whole))
    ))
}

/// Shortened for a message.
fn shortened(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    if short.len() < text.len() { short + "…" } else { short }
}
