//! A text as it was read: pieces on their way to HTML, and what other stages reason about.
//!
//! Everything that is decided by the text alone is decided here, once: which HTML stays, which ids there are, which
//! note belongs to which mark, how quotation marks look. What is open are addresses, which depend on the other files
//! of a site, and names, which depend on the page a text is shown on. So what is checked is what is published.

use std::ops::Range;

use pulldown_cmark::{BlockQuoteKind, Event};
use unicode_normalization::UnicodeNormalization;

use crate::diagnostic::{Diagnostic, Place};

/// A heading, with the id that its anchor has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Heading {
    /// The level it is shown at on its own page: 1 to 6.
    pub level: u8,
    /// Its anchor, unique on the page.
    pub id: String,
    /// Whether its author gave it that id.
    pub named: bool,
    /// Whether it is a question of the FAQ.
    pub question: bool,
    /// Its text, without markup.
    pub title: String,
    /// Further attributes, such as `when=expired`.
    pub attributes: Vec<Attribute>,
    /// Where it is in the file, in bytes.
    pub span: Range<usize>,
    /// Where its id is, or the heading where it has none of its own.
    pub id_span: Range<usize>,
}

/// An attribute of a heading.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attribute {
    /// What stands before the `=`.
    pub key: String,
    /// What stands after it.
    pub value: String,
    /// Where it is in the file, in bytes.
    pub span: Range<usize>,
}

impl Attribute {
    /// The parts of the value between commas, each with its place.
    pub fn words(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let mut at = self.span.end - self.value.len().min(self.span.len());
        self.value.split(',').map(move |word| {
            let start = at;
            at += word.len() + 1;
            (word, start..start + word.len())
        })
    }
}

/// A link or picture.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Link {
    /// Where it leads, as it is written.
    pub to: String,
    /// Whether it is a picture.
    pub picture: bool,
    /// Whether it says nothing to people who do not see the picture.
    pub wordless: bool,
    /// Whether it is written as HTML.
    pub html: bool,
    /// Where it is in the file, in bytes.
    pub span: Range<usize>,
}

/// What a text can lose or get wrong, on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether it stops the build.
    pub error: bool,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub advice: String,
    /// Where it is in the file, in bytes.
    pub span: Range<usize>,
    /// Another place that belongs to it.
    pub also: Option<(&'static str, Range<usize>)>,
}

impl Problem {
    /// As a diagnostic; `place` knows where bytes of the text are.
    pub fn diagnostic(&self, place: impl Fn(Range<usize>) -> Place) -> Diagnostic {
        let problem = if self.error { Diagnostic::error(&*self.message) } else { Diagnostic::warning(&*self.message) };
        let problem = problem.at(place(self.span.clone())).advice(&*self.advice);
        match &self.also {
            Some((what, span)) => problem.also(*what, place(span.clone())),
            None => problem,
        }
    }
}

/// A piece of a text on its way to HTML.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// What needs nothing else to be known. HTML in it is the program's own, or text.
    Event(Event<'static>),
    /// Where a heading begins: which.
    Heading(usize),
    /// Where it ends.
    HeadingEnd(usize),
    /// Where a link begins; it ends in an event.
    Link {
        /// Which of the text's links.
        link: usize,
        /// Its title; empty if it has none.
        title: String,
    },
    /// A picture.
    Picture {
        /// Which of the text's links.
        link: usize,
        /// Its title; empty if it has none.
        title: String,
        /// What it shows, in words.
        alt: String,
    },
    /// Where an alert begins; it ends in an event.
    Alert(BlockQuoteKind),
    /// A mark that leads to a note: which of the text's notes.
    Mark(usize),
    /// A start tag out of HTML.
    Tag(Tag),
    /// An end tag out of HTML.
    EndTag(&'static str),
}

/// A start tag, with what it may have and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its element.
    pub name: &'static str,
    /// Its attributes.
    pub attributes: Vec<(&'static str, Value)>,
}

/// What an attribute is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Words.
    Text(String),
    /// The element's own name.
    Id(String),
    /// Names of other elements.
    Ids(String),
    /// An address: which of the text's links.
    Address(usize),
    /// Addresses, each with what follows it.
    Addresses(Vec<(usize, String)>),
}

/// A text, or what stands below one question of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Part {
    /// The question: which of the text's headings.
    pub heading: Option<usize>,
    /// What it is made of.
    pub pieces: Vec<Piece>,
    /// The notes that its marks lead to, in order, each with its id: which of the text's notes.
    pub notes: Vec<(usize, String)>,
}

impl Part {
    /// Whether it shows a note.
    pub fn has(&self, note: usize) -> bool {
        self.notes.iter().any(|(known, _)| *known == note)
    }
}

/// A footnote.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Note {
    /// What its marks call it.
    pub label: String,
    /// Where it is defined; `None` for one that is not.
    pub span: Option<Range<usize>>,
    /// What it is made of.
    pub pieces: Vec<Piece>,
}

/// The heading of level 1 that opens a file. It is the page's title, and no part of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    /// Its words.
    pub text: String,
    /// The id it would have.
    pub id: String,
    /// Where it is in the file, in bytes.
    pub span: Range<usize>,
}

/// A text that was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Text {
    /// What stands before the first question; the whole text where there are none. Then what stands below each.
    pub parts: Vec<Part>,
    /// Its footnotes.
    pub notes: Vec<Note>,
    /// Its headings in order.
    pub headings: Vec<Heading>,
    /// Its links and pictures in order.
    pub links: Vec<Link>,
    /// Ids that HTML in it brings.
    pub anchors: Vec<(String, Range<usize>)>,
    /// The heading that opens it.
    pub title: Option<Title>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

impl Text {
    /// All names that links can lead to.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let headings = self.headings.iter().map(|heading| heading.id.as_str());
        let anchors = self.anchors.iter().map(|(id, _)| id.as_str());
        let notes = self.parts.iter().flat_map(|part| part.notes.iter().map(|(_, id)| id.as_str()));
        headings.chain(anchors).chain(notes)
    }

    /// Whether links can lead to a name.
    pub fn has_id(&self, id: &str) -> bool {
        let id: String = id.nfc().collect();
        self.is_title(&id) || self.ids().any(|known| known == id)
    }

    /// Whether a name is that of the title, which stands at the page's top.
    pub fn is_title(&self, id: &str) -> bool {
        self.title.as_ref().is_some_and(|title| title.id == id)
    }
}
