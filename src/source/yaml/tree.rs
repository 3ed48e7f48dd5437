//! A YAML document that remembers where everything stood.
//!
//! Built only after the fast reader has refused a file (or where anchors make it
//! necessary to look closer), so it may cost memory, but it must survive anything:
//! the depth is limited, and an alias shares the node it names instead of copying
//! it, so that a few lines which stand for billions of values stay a few lines.
//! A file that breaks off in a syntax error still gives the tree up to there; what
//! was open then is marked, because nothing may be said to be missing from it.
//!
//! The parser counts positions in characters. They are turned into bytes here, by
//! a table with one entry for every 512 characters, and not at all in plain ASCII.

use std::{borrow::Cow, cell::Cell, collections::HashMap, ops::Range, rc::Rc};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};

/// How deep mappings and lists may lie in each other.
pub const DEPTH_MAX: usize = 64;

/// How many values a file may stand for beyond ten times those that it holds.
const EXPANSION_FREE: u64 = 10_000;

/// A value with its place.
#[derive(Debug)]
pub struct Node<'t> {
    /// Byte offsets into the text that was parsed.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Kind<'t>,
    /// Whether its end was seen.
    pub whole: bool,
    /// How many values it stands for, aliases counted as what they name.
    weight: u64,
    /// How many mappings and lists it has on its longest way down, through aliases too.
    height: usize,
}

/// What a [`Node`] is.
#[derive(Debug)]
pub enum Kind<'t> {
    /// A scalar.
    Scalar {
        /// Its text, without quotes, line ends folded.
        text: Cow<'t, str>,
        /// Whether it stands without quotes, and not as a block.
        plain: bool,
    },
    /// A list.
    Sequence(Vec<Node<'t>>),
    /// Keys with their values.
    Mapping(Vec<(Node<'t>, Node<'t>)>),
    /// Something with an anchor, or the alias that stands for it.
    Shared(Rc<Node<'t>>),
}

impl<'t> Node<'t> {
    /// The node itself, or what its alias names.
    pub fn resolved(&self) -> &Node<'t> {
        let mut node = self;
        while let Kind::Shared(target) = &node.kind {
            node = target;
        }
        node
    }

    /// The text, if it is a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.resolved().kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether YAML reads it as "nothing".
    pub fn is_null(&self) -> bool {
        match &self.resolved().kind {
            Kind::Scalar { text, plain: true } => {
                matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }

    /// Whether nothing at all is written there.
    pub fn is_blank(&self) -> bool {
        self.is_null() && self.text().is_some_and(str::is_empty)
    }
}

/// Why a tree ends before its text does.
#[derive(Debug)]
pub enum Stop {
    /// It is not YAML from there on.
    Syntax {
        /// The parser's words.
        error: ScanError,
        /// Where the parser noticed it.
        at: usize,
    },
    /// Nested too deep.
    Deep(usize),
    /// A second document starts.
    SecondDocument(usize),
    /// A tag: the fast reader would drop it.
    Tag(usize),
    /// Aliases stand for too much.
    Heavy(usize),
    /// Two values have the same anchor.
    AnchorTwice {
        /// The first.
        first: usize,
        /// The second.
        second: usize,
    },
}

/// A document as far as it could be read.
#[derive(Debug, Default)]
pub struct Tree<'t> {
    /// Its value, if it has one.
    pub root: Option<Node<'t>>,
    /// Why it ends early, if it does.
    pub stop: Option<Stop>,
}

/// Turns positions in characters into positions in bytes.
#[derive(Debug)]
pub struct Bytes<'t> {
    text: &'t str,
    /// The byte offset of every 512th character; empty if every character is one byte.
    marks: Vec<usize>,
    /// What was looked up last, in characters and bytes: most questions are about what comes soon after.
    last: Cell<(usize, usize)>,
}

const MARK_EVERY: usize = 512;

impl<'t> Bytes<'t> {
    /// Prepares for looking positions up in `text`.
    pub fn new(text: &'t str) -> Self {
        let marks = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().step_by(MARK_EVERY).map(|(offset, _)| offset).collect()
        };
        Self { text, marks, last: Cell::new((0, 0)) }
    }

    /// The byte offset of the character with that number.
    pub fn of(&self, index: usize) -> usize {
        if self.marks.is_empty() {
            return index.min(self.text.len());
        }
        let (mut count, mut from) = self.last.get();
        if index < count || index - count > MARK_EVERY {
            let Some(mark) = self.marks.get(index / MARK_EVERY) else { return self.text.len() };
            (count, from) = (index - index % MARK_EVERY, *mark);
        }
        let rest = self.text.get(from..).unwrap_or_default();
        let found = rest.char_indices().nth(index - count).map_or(self.text.len(), |(offset, _)| from + offset);
        self.last.set((index, found));
        found
    }
}

/// A list or mapping that is still open.
struct Open<'t> {
    start: usize,
    anchor: usize,
    height: usize,
    inside: Inside<'t>,
}

enum Inside<'t> {
    Sequence(Vec<Node<'t>>),
    Mapping(Vec<(Node<'t>, Node<'t>)>, Option<Node<'t>>),
}

struct Builder<'t> {
    text: &'t str,
    bytes: Bytes<'t>,
    open: Vec<Open<'t>>,
    anchors: HashMap<usize, Rc<Node<'t>>>,
    names: HashMap<&'t str, usize>,
    written: u64,
    repeated: u64,
    root: Option<Node<'t>>,
}

/// Whether an anchor's name ends before this character, and its `&` may follow it.
fn is_around_anchor(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | ',' | '[' | ']' | '{' | '}')
}

/// Reads a document with all its places.
pub fn parse(text: &str) -> Tree<'_> {
    let mut builder = Builder {
        text,
        bytes: Bytes::new(text),
        open: Vec::new(),
        anchors: HashMap::new(),
        names: HashMap::new(),
        written: 0,
        repeated: 0,
        root: None,
    };
    let stop = builder.run();
    if stop.is_some() {
        while let Some(open) = builder.open.pop() {
            builder.close(open, None, false);
        }
    }
    Tree { root: builder.root, stop }
}

impl<'t> Builder<'t> {
    fn run(&mut self) -> Option<Stop> {
        let mut parser = Parser::new_from_str(self.text);
        let mut documents = 0;
        while let Some(next) = parser.next_event() {
            let (event, span) = match next {
                Ok(next) => next,
                Err(error) => {
                    let at = self.bytes.of(error.marker().index());
                    if error.info().contains("recursion limit") {
                        return Some(Stop::Deep(at));
                    }
                    return Some(Stop::Syntax { error, at });
                }
            };
            if matches!(event, Event::StreamEnd) {
                return None;
            }
            let (start, end) = (self.bytes.of(span.start.index()), self.bytes.of(span.end.index()));
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        return Some(Stop::SecondDocument(start));
                    }
                }
                Event::Scalar(text, style, anchor, None) => {
                    let plain = style == ScalarStyle::Plain;
                    let kind = Kind::Scalar { text, plain };
                    let end = if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
                        start + self.text.get(start..end).unwrap_or_default().trim_end().len()
                    } else {
                        end
                    };
                    if let Some(stop) = self.name(anchor, start) {
                        return Some(stop);
                    }
                    let node = Node { span: start..end.max(start), kind, whole: true, weight: 1, height: 0 };
                    self.add(node, anchor);
                }
                Event::Scalar(.., Some(_)) | Event::SequenceStart(_, Some(_)) | Event::MappingStart(_, Some(_)) => {
                    let (before, after) = self.text.split_at_checked(start).unwrap_or((self.text, ""));
                    let tag = if after.starts_with('!') { None } else { before.rfind('!') };
                    return Some(Stop::Tag(tag.unwrap_or(start)));
                }
                Event::SequenceStart(..) | Event::MappingStart(..) if self.open.len() >= DEPTH_MAX => {
                    return Some(Stop::Deep(start));
                }
                Event::SequenceStart(anchor, None) => {
                    if let Some(stop) = self.name(anchor, start) {
                        return Some(stop);
                    }
                    self.open.push(Open { start, anchor, height: 1, inside: Inside::Sequence(Vec::new()) });
                }
                Event::MappingStart(anchor, None) => {
                    if let Some(stop) = self.name(anchor, start) {
                        return Some(stop);
                    }
                    self.open.push(Open { start, anchor, height: 1, inside: Inside::Mapping(Vec::new(), None) });
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    if let Some(open) = self.open.pop() {
                        self.close(open, Some(end), true);
                    }
                }
                Event::Alias(anchor) => {
                    // An alias inside the very thing that it names has nothing to stand for yet.
                    let Some(target) = self.anchors.get(&anchor).map(Rc::clone) else {
                        return Some(Stop::Deep(start));
                    };
                    let (weight, height) = (target.weight, target.height);
                    if self.open.len() + height > DEPTH_MAX {
                        return Some(Stop::Deep(start));
                    }
                    let node = Node { span: start..end, kind: Kind::Shared(target), whole: true, weight, height };
                    self.add(node, 0);
                    self.repeated = self.repeated.saturating_add(weight);
                    if self.repeated > self.written.saturating_mul(10).saturating_add(EXPANSION_FREE) {
                        return Some(Stop::Heavy(start));
                    }
                }
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            }
        }
        None
    }

    /// Takes note of an anchor's name; two of the same name are more than people can follow.
    fn name(&mut self, anchor: usize, start: usize) -> Option<Stop> {
        if anchor == 0 {
            return None;
        }
        // The parser gives numbers; the name stands before the value, perhaps on the line above and
        // with a tag in between.
        let at = if self.text.get(start..)?.starts_with('&') {
            start
        } else {
            let before = self.text.get(..start)?;
            before.rmatch_indices('&').map(|(at, _)| at).find(|at| {
                let alone = before.get(..*at).and_then(|text| text.chars().next_back()).is_none_or(is_around_anchor);
                alone && !before.get(at + 1..).is_some_and(|rest| rest.is_empty() || rest.starts_with(is_around_anchor))
            })?
        };
        let name = self.text.get(at + 1..)?.split(is_around_anchor).next()?;
        self.names.insert(name, at).map(|first| Stop::AnchorTwice { first, second: at })
    }

    /// Hangs a finished value into what is open.
    fn add(&mut self, mut node: Node<'t>, anchor: usize) {
        self.written += 1;
        if anchor != 0 {
            let (span, weight, height) = (node.span.clone(), node.weight, node.height);
            let shared = Rc::new(node);
            self.anchors.insert(anchor, Rc::clone(&shared));
            node = Node { span, kind: Kind::Shared(shared), whole: true, weight, height };
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        open.height = open.height.max(node.height + 1);
        match &mut open.inside {
            Inside::Sequence(items) => items.push(node),
            Inside::Mapping(pairs, key) => match key.take() {
                None => *key = Some(node),
                Some(key) => pairs.push((key, node)),
            },
        }
    }

    fn close(&mut self, open: Open<'t>, end: Option<usize>, whole: bool) {
        let flow = self.text.as_bytes().get(open.start).is_some_and(|byte| matches!(byte, b'[' | b'{'));
        let (kind, first, last, weight) = match open.inside {
            Inside::Sequence(items) => {
                let weight = items.iter().fold(1_u64, |sum, item| sum.saturating_add(item.weight));
                let last = items.last().map(|item| item.span.end);
                (Kind::Sequence(items), None, last, weight)
            }
            Inside::Mapping(pairs, _) => {
                let weight =
                    pairs.iter().fold(1_u64, |sum, (_, value)| sum.saturating_add(value.weight).saturating_add(1));
                let first = pairs.first().map(|(key, _)| key.span.start);
                let last = pairs.last().map(|(key, value)| value.span.end.max(key.span.end));
                (Kind::Mapping(pairs), first, last, weight)
            }
        };
        let start = if flow { open.start } else { first.unwrap_or(open.start) };
        let end = if flow { end.or(last) } else { last }.unwrap_or(start).max(start);
        self.add(Node { span: start..end, kind, whole, weight, height: open.height }, open.anchor);
    }
}
