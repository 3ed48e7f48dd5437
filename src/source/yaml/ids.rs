//! Where an export says which person is meant: the ids of earners, which nobody is shown.

use std::ops::Range;

use saphyr_parser::{Event, Parser};

use super::tree::Bytes;

/// What a list or mapping is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Document,
    Earners,
    Earner,
    /// Badges or awards: their ids are addresses.
    Listed,
    Public,
    Other,
}

struct Open {
    level: Level,
    mapping: bool,
    /// The key just read.
    key: Option<String>,
}

/// The places of all ids in an export that may be an earner's, in bytes, from its beginning: those that are, and those
/// of which it is not known to be a badge's or an award's, as behind a mistake.
pub fn hidden_ids(text: &str) -> Vec<Range<usize>> {
    let known = known(text);
    let is_known = |span: &Range<usize>| {
        let next = known.partition_point(|(known, _)| known.end <= span.start);
        known.get(next).is_some_and(|(known, _)| known.start < span.end)
    };
    let mut hidden: Vec<Range<usize>> = any_ids(text).filter(|span| !is_known(span)).collect();
    hidden.extend(known.iter().filter(|(_, level)| *level == Level::Earner).map(|(span, _)| span.clone()));
    hidden.sort_unstable_by_key(|span| span.start);
    hidden
}

/// A text without ids, for advice that repeats what was written.
pub(super) fn masked(text: &str) -> String {
    let hidden: Vec<Range<usize>> = any_ids(text).collect();
    let is_hidden = |at: usize| hidden.iter().any(|span| span.contains(&at));
    text.char_indices().map(|(at, c)| if is_hidden(at) && c.is_alphanumeric() { '*' } else { c }).collect()
}

/// The ids of which it is known whose they are.
fn known(text: &str) -> Vec<(Range<usize>, Level)> {
    let bytes = Bytes::new(text);
    let mut found = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut parser = Parser::new_from_str(text);
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
        let name = if let Event::Scalar(text, ..) = &event { text.as_ref() } else { "" };
        let mapping = matches!(event, Event::MappingStart(..));
        let (level, is_id) = match open.last_mut() {
            None => (Level::Document, false),
            Some(parent) if parent.mapping && parent.key.is_none() => {
                parent.key = Some(name.to_owned());
                (Level::Other, false)
            }
            Some(parent) => {
                let key = parent.key.take();
                let level = match (parent.level, key.as_deref()) {
                    (Level::Document, Some("earners")) => Level::Earners,
                    (Level::Earners, None) => Level::Earner,
                    (Level::Document, Some("badges")) | (Level::Earner, Some("awards")) => Level::Listed,
                    (Level::Listed, None) => Level::Public,
                    (_, Some("id")) => parent.level,
                    _ => Level::Other,
                };
                (level, key.is_some_and(|key| key == "id"))
            }
        };
        if container {
            open.push(Open { level, mapping, key: None });
        } else if is_id && matches!(level, Level::Earner | Level::Public) {
            found.push((bytes.of(span.start.index())..bytes.of(span.end.index()), level));
        }
    }
    found
}

/// What stands behind the word `id` and a colon.
fn any_ids(text: &str) -> impl Iterator<Item = Range<usize>> {
    memchr::memmem::find_iter(text.as_bytes(), "id").filter_map(move |at| {
        let is_word = !text.get(..at)?.ends_with(char::is_alphanumeric);
        let behind = text.get(at + 2..)?.trim_start_matches(['"', '\'']).trim_start_matches([' ', '\t']);
        let value = behind.strip_prefix(':').filter(|_| is_word)?.trim_start_matches([' ', '\t']);
        let end = value.find(['\n', '\r', ',', '}', '#']).unwrap_or(value.len());
        let start = text.len() - value.len();
        Some(start..start + end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<&str> {
        hidden_ids(text).into_iter().map(|span| text[span].trim_end()).collect()
    }

    #[test]
    fn ids_of_earners_are_told_from_those_of_badges_and_awards() {
        let text = "\u{feff}badges:\n- id: ccxp\nearners:\n  - id: é-1\n    awards:\n      - id: award-1\n        badge: ccxp\n\
                    \x20 - {name: Kim, \"id\": 'e 2', awards: [{id: award-2}]}\n  -\n    id: e-3\nextra: [{id: whose}]\n";
        assert_eq!(ids(text), ["é-1", "'e 2'", "e-3", "whose"]);
        assert_eq!(ids("earners: none\n"), Vec::<&str>::new());
        assert_eq!(ids("earners:\n  - ? [id]\n    : {id: x}\n    id: e-1\n"), ["x", "e-1"]);
    }

    #[test]
    fn behind_a_mistake_all_ids_might_be_an_earners() {
        let text = "earners:\n  - id: e-1\n    awards: [{id: a-1}]\n  - {id: e-2, name: \"x\n  - id: e-3 # third\n    paid: yes\n";
        let found = ids(text);
        assert_eq!((found.first(), found.last()), (Some(&"e-1"), Some(&"e-3")), "{found:?}");
        assert!(found.contains(&"e-2") && !found.contains(&"yes"), "{found:?}");
        assert_eq!(ids("- id: e-1\n"), ["e-1"]);
        assert_eq!(ids("earners:\n  -id: e-1\n  - id:e-2\n"), ["e-1", "e-2"]);
        assert_eq!(masked("write - id: e-1"), "write - id: *-*");
    }
}
