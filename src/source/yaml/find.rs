//! From "the `badge` of the third award of the fifth earner" to bytes.
//!
//! Later stages find things wrong long after the text is gone; all they know is the
//! way from the root of the document to the value. The file is then gone through
//! once more, event by event, for all such ways at once. No tree is built and what
//! does not lie on a way is only skipped, so this works on files of any size, and
//! it ends with the last way. Where a way does not exist to its end, the key of the
//! nearest value above stands for it: that is where the missing key should go.

use std::{collections::HashMap, ops::Range};

use saphyr_parser::{Event, Parser};

use super::tree::Bytes;
use crate::diagnostic::Step;

/// The ways that are looked for, as a tree of their common beginnings.
#[derive(Default)]
struct Way<'s> {
    ends: Vec<usize>,
    keys: HashMap<&'s str, usize>,
    items: HashMap<usize, usize>,
}

/// A list or mapping that is being gone through.
struct Open {
    way: Option<usize>,
    item: usize,
    /// The key just read, and the way on from it; in lists always nothing.
    key: Option<(Option<usize>, Range<usize>)>,
    mapping: bool,
}

/// Where the value at the end of `steps` is, in bytes of `text`: a scalar itself, a mapping or list by
/// its key. Nothing if not even the document can be found.
pub fn span_of(text: &str, steps: &[Step]) -> Option<Range<usize>> {
    spans_of(text, &[steps]).pop().flatten()
}

/// The same for many values of one text, in one go.
pub fn spans_of(text: &str, wanted: &[&[Step]]) -> Vec<Option<Range<usize>>> {
    let mut ways = vec![Way::default()];
    for (number, steps) in wanted.iter().enumerate() {
        let mut at = 0;
        for step in *steps {
            let fresh = ways.len();
            let Some(way) = ways.get_mut(at) else { break };
            at = match step {
                Step::Key(key) => *way.keys.entry(key).or_insert(fresh),
                Step::Index(index) => *way.items.entry(*index).or_insert(fresh),
            };
            if at == fresh {
                ways.push(Way::default());
            }
        }
        if let Some(way) = ways.get_mut(at) {
            way.ends.push(number);
        }
    }
    let mut found: Vec<Option<Range<usize>>> = vec![None; ways.len()];
    walk(text, &ways, &mut found);
    let mut spans = vec![None; wanted.len()];
    give(&ways, &found, 0, None, &mut spans);
    spans
}

/// Gives each way its own place or that of the nearest way above that has one. As deep as the longest way.
fn give(
    ways: &[Way<'_>],
    found: &[Option<Range<usize>>],
    at: usize,
    above: Option<&Range<usize>>,
    spans: &mut [Option<Range<usize>>],
) {
    let Some(way) = ways.get(at) else { return };
    let here = found.get(at).and_then(Option::as_ref).or(above);
    for end in &way.ends {
        if let Some(span) = spans.get_mut(*end) {
            *span = here.cloned();
        }
    }
    for next in way.keys.values().chain(way.items.values()) {
        give(ways, found, *next, here, spans);
    }
}

fn walk(text: &str, ways: &[Way<'_>], found: &mut [Option<Range<usize>>]) {
    let bytes = Bytes::new(text);
    let mut left = ways.len();
    let mut open: Vec<Open> = Vec::new();
    let mut parser = Parser::new_from_str(text);
    while let Some(Ok((event, span))) = parser.next_event() {
        let container = matches!(event, Event::SequenceStart(..) | Event::MappingStart(..));
        match event {
            Event::Scalar(..) | Event::Alias(_) | Event::SequenceStart(..) | Event::MappingStart(..) => {}
            Event::SequenceEnd | Event::MappingEnd => {
                // Ways that lead into it and were not found will not be found any more.
                if let Some(way) = open.pop().and_then(|open| open.way) {
                    left -= missing(ways, found, way);
                }
                if left == 0 || open.is_empty() {
                    return;
                }
                continue;
            }
            _ => continue,
        }
        // Looked up only where it is needed: it is what costs time.
        let place = || bytes.of(span.start.index())..bytes.of(span.end.index());
        let mut key_of = None;
        let way = match open.last_mut() {
            None => Some(0),
            Some(parent) if parent.mapping && parent.key.is_none() => {
                let way = parent.way.and_then(|way| ways.get(way));
                let name = if let Event::Scalar(name, ..) = &event { name.as_ref() } else { "" };
                let next = way.and_then(|way| way.keys.get(name)).copied();
                let at = if next.is_some() { place() } else { 0..0 };
                if container {
                    // A key that is no text leads nowhere, but has to be gone through.
                    parent.key = Some((None, 0..0));
                    open.push(Open {
                        way: None,
                        item: 0,
                        key: None,
                        mapping: matches!(event, Event::MappingStart(..)),
                    });
                } else {
                    parent.key = Some((next, at));
                }
                continue;
            }
            Some(parent) if parent.mapping => parent.key.take().and_then(|(way, key)| {
                key_of = Some(key);
                way
            }),
            Some(parent) => {
                parent.item += 1;
                parent.way.and_then(|way| ways.get(way)).and_then(|way| way.items.get(&(parent.item - 1))).copied()
            }
        };
        // A key that is there twice leads to its first value.
        let way = way.filter(|way| found.get(*way).is_some_and(Option::is_none));
        if let Some(slot) = way.and_then(|way| found.get_mut(way)) {
            left -= 1;
            let here = place();
            let here = if let Event::Scalar(value, ..) = &event {
                let trimmed = text.get(here.clone()).unwrap_or_default().trim_end().len();
                if value.is_empty() && trimmed == 0 { key_of.unwrap_or(here) } else { here.start..here.start + trimmed }
            } else if container {
                key_of.unwrap_or_else(|| first_line(text, here.start))
            } else {
                here
            };
            *slot = Some(here);
            if left == 0 {
                return;
            }
        }
        if container {
            open.push(Open { way, item: 0, key: None, mapping: matches!(event, Event::MappingStart(..)) });
        } else if let Some(way) = way {
            left -= missing(ways, found, way);
            if left == 0 {
                return;
            }
        }
    }
}

/// How many ways below `way` have not been found.
fn missing(ways: &[Way<'_>], found: &[Option<Range<usize>>], way: usize) -> usize {
    let Some(from) = ways.get(way) else { return 0 };
    from.keys
        .values()
        .chain(from.items.values())
        .map(|next| usize::from(found.get(*next).is_none_or(Option::is_none)) + missing_below(ways, found, *next))
        .sum()
}

/// The same one level down, where a way that was found has already settled what lies below it.
fn missing_below(ways: &[Way<'_>], found: &[Option<Range<usize>>], way: usize) -> usize {
    if found.get(way).is_some_and(Option::is_some) { 0 } else { missing(ways, found, way) }
}

/// What stands in the line from `start` on, for a mapping or list that has no key: up to the first colon.
fn first_line(text: &str, start: usize) -> Range<usize> {
    let rest = text.get(start..).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default();
    let end = line.find(": ").or_else(|| line.strip_suffix(':').map(str::len)).unwrap_or(line.trim_end().len());
    start..start + end.max(1)
}
