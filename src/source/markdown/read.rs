//! From Markdown to a [`Text`].

use std::{collections::HashMap, mem, ops::Range};

use pulldown_cmark::{Alignment, BrokenLink, CowStr, Event, LinkType, Parser, Tag as Md, TagEnd};

use super::{
    options,
    quotes::Quotes,
    text::{Link, Note, Part, Piece, Problem, Text},
};

/// How deep a text may be nested: lists, quotes, emphasis and HTML counted together. Everything behind this (sanitizer,
/// minifier, browsers) walks trees, and has only so much stack.
pub const DEPTH: usize = 100;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The home page.
    Home,
    /// What stands above the FAQ's categories.
    FaqIndex,
    /// A category of the FAQ: its headings of level 2 are questions.
    Questions,
    /// Any other page.
    Page,
    /// A value in an export.
    Export,
}

/// How a text is to be read.
#[derive(Debug, Clone, Copy)]
pub struct Manner<'a> {
    /// What it is.
    pub kind: Kind,
    /// The language it is in (BCP 47).
    pub language: &'a str,
    /// The page's title, if it is told elsewhere.
    pub title: Option<&'a str>,
}

/// Reads a text that starts `offset` bytes into its file.
pub fn read(markdown: &str, offset: usize, manner: Manner<'_>) -> Text {
    let mut reading = Reading::new(markdown, manner);
    let mut undefined = Vec::new();
    let mut note = |link: BrokenLink<'_>| {
        if matches!(link.link_type, LinkType::Reference | LinkType::Collapsed) {
            undefined.push((link.span, link.reference.into_string()));
        }
        None
    };
    let mut events = Parser::new_with_broken_link_callback(markdown, options(), Some(&mut note)).into_offset_iter();
    let defined: Vec<_> = events.reference_definitions().iter().map(|(label, _)| label.to_owned()).collect();
    for (event, span) in &mut events {
        reading.event(event, span);
        if reading.too_deep {
            break;
        }
    }
    drop(events);
    for (span, label) in undefined {
        reading.undefined(span, &label, &defined);
    }
    reading.finish(offset)
}

/// Whether there is anything in a text that could be wrong with it. Most narratives of exports are plain words, and
/// there may be a hundred thousand of them.
pub fn needs_a_look(markdown: &str) -> bool {
    markdown.contains(['<', '[', '#', '='])
        || markdown.bytes().filter(|byte| matches!(byte, b'>' | b'-' | b'*' | b'+' | b'_' | b'~' | b'.' | b')')).count()
            > DEPTH / 2
}

/// What the parser has begun and not ended.
struct Open {
    /// Whether it was put among the pieces, so that its end must be, too.
    shown: bool,
    /// How many elements of HTML were open before it.
    elements: usize,
    /// Whether elements of HTML within it end in it.
    closed: bool,
    paragraph: bool,
}

/// An element of HTML that was begun and not ended.
pub(super) struct Element {
    pub(super) name: &'static str,
    /// As what it is shown.
    pub(super) shown: &'static str,
    pub(super) span: Range<usize>,
    /// Where its start tag is among the pieces.
    pub(super) piece: usize,
}

/// An element that is left out with all that is in it.
pub(super) struct Skip {
    pub(super) name: String,
    pub(super) depth: usize,
    pub(super) span: Range<usize>,
}

pub(super) struct OpenHeading {
    pub(super) index: usize,
    pub(super) question: bool,
    /// Where its pieces begin, if it opens the file.
    pub(super) opens: Option<usize>,
}

pub(super) struct OpenPicture {
    link: usize,
    title: String,
    pub(super) alt: String,
    depth: usize,
}

/// A line's end that may turn out to be no space.
pub(super) struct Wrap {
    pub(super) before: char,
    pub(super) piece: Option<usize>,
}

/// A text while it is read.
#[expect(clippy::struct_excessive_bools, reason = "each says where in the text the reading is")]
pub(super) struct Reading<'t> {
    pub(super) source: &'t str,
    pub(super) manner: Manner<'t>,
    pub(super) quotes: Quotes,
    pub(super) text: Text,
    /// The notes that are being read, innermost last.
    in_notes: Vec<usize>,
    labels: HashMap<String, usize>,
    open: Vec<Open>,
    pub(super) elements: Vec<Element>,
    pub(super) skip: Option<Skip>,
    /// Elements that were left out, by how many have not been ended.
    pub(super) left_out: HashMap<String, usize>,
    /// Where the next end tag of an element is; `None` where there is no more.
    pub(super) next_ends: HashMap<String, Option<usize>>,
    pub(super) heading: Option<OpenHeading>,
    pub(super) picture: Option<OpenPicture>,
    /// Lines of HTML, with where in it each begins and where it is in the source.
    html: Option<(String, Vec<(usize, usize)>)>,
    code: bool,
    alignments: Vec<Alignment>,
    cell: usize,
    in_head: bool,
    pub(super) last: Option<char>,
    pub(super) wrap: Option<Wrap>,
    pub(super) double_open: bool,
    pub(super) single_open: bool,
    /// Whether no words have been shown yet. Pictures may stand above a title; they are shown below it.
    pub(super) opening: bool,
    too_deep: bool,
}

impl<'t> Reading<'t> {
    fn new(source: &'t str, manner: Manner<'t>) -> Self {
        Self {
            source,
            manner,
            quotes: Quotes::of(manner.language),
            text: Text { parts: vec![Part::default()], ..Text::default() },
            in_notes: Vec::new(),
            labels: HashMap::new(),
            open: Vec::new(),
            elements: Vec::new(),
            skip: None,
            left_out: HashMap::new(),
            next_ends: HashMap::new(),
            heading: None,
            picture: None,
            html: None,
            code: false,
            alignments: Vec::new(),
            cell: 0,
            in_head: false,
            last: None,
            wrap: None,
            double_open: false,
            single_open: false,
            opening: true,
            too_deep: false,
        }
    }

    pub(super) fn warn(&mut self, span: Range<usize>, message: impl Into<String>, advice: impl Into<String>) {
        let (message, advice) = (message.into(), advice.into());
        self.text.problems.push(Problem { error: false, message, advice, span, also: None });
    }

    pub(super) fn error(&mut self, span: Range<usize>, message: impl Into<String>, advice: impl Into<String>) {
        let (message, advice) = (message.into(), advice.into());
        self.text.problems.push(Problem { error: true, message, advice, span, also: None });
    }

    pub(super) fn check_depth(&mut self, span: &Range<usize>) {
        if !self.too_deep && self.open.len() + self.elements.len() > DEPTH {
            self.too_deep = true;
            self.error(
                span.start..span.start + 1,
                format!("this text is nested more than {DEPTH} deep"),
                "take parts of it out of their lists, quotes, emphasis or elements",
            );
        }
    }

    /// Whether the text reads on without being shown: in what is left out, in a picture's words, in a question.
    pub(super) fn is_silent(&self) -> bool {
        self.skip.is_some() || self.picture.is_some() || self.in_question()
    }

    pub(super) fn in_question(&self) -> bool {
        self.heading.as_ref().is_some_and(|heading| heading.question)
    }

    /// Whether what is read stands within nothing else.
    pub(super) fn at_top(&self) -> bool {
        self.open.len() == 1
    }

    /// Whether an answer is being read.
    pub(super) fn in_answer(&self) -> bool {
        self.manner.kind == Kind::Questions && self.text.parts.len() > 1
    }

    pub(super) fn pieces(&mut self) -> &mut Vec<Piece> {
        let Text { parts, notes, .. } = &mut self.text;
        if let Some(note) = self.in_notes.last().and_then(|index| notes.get_mut(*index)) {
            return &mut note.pieces;
        }
        if parts.is_empty() {
            parts.push(Part::default());
        }
        let last = parts.len() - 1;
        &mut parts[last].pieces
    }

    pub(super) fn put(&mut self, piece: Piece) {
        if !self.is_silent() {
            self.opening &= !says_something(&piece);
            self.pieces().push(piece);
        }
    }

    fn html(&mut self, html: impl Into<CowStr<'static>>) {
        self.put(Piece::Event(Event::Html(html.into())));
    }

    fn event(&mut self, event: Event<'_>, span: Range<usize>) {
        match event {
            Event::Start(tag) => {
                let closed = matches!(
                    tag,
                    Md::Item | Md::BlockQuote(_) | Md::TableCell | Md::Heading { .. } | Md::FootnoteDefinition(_)
                );
                let paragraph = matches!(tag, Md::Paragraph);
                let block =
                    !matches!(tag, Md::Emphasis | Md::Strong | Md::Strikethrough | Md::Link { .. } | Md::Image { .. });
                if block {
                    (self.last, self.wrap) = (None, None);
                    (self.double_open, self.single_open) = (false, false);
                    if !matches!(tag, Md::HtmlBlock) {
                        self.widen_paragraph();
                    }
                }
                let elements = self.elements.len();
                self.open.push(Open { shown: false, elements, closed, paragraph });
                self.check_depth(&span);
                let shown = self.start(tag, span);
                if let Some(open) = self.open.last_mut() {
                    open.shown = shown;
                }
            }
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.code => self.visible(Event::Text(text.into_static())),
            Event::Text(text) => self.words(&text, span),
            Event::Code(text) => {
                self.join(text.chars().next());
                self.note_words(&text);
                self.visible(Event::Code(text.into_static()));
            }
            Event::Html(html) => {
                if let Some((all, lines)) = &mut self.html {
                    lines.push((all.len(), span.start));
                    all.push_str(&html);
                } else {
                    self.raw(&html, &[(0, span.start)]);
                }
            }
            Event::InlineHtml(html) => self.raw(&html, &[(0, span.start)]),
            Event::SoftBreak => {
                let before = self.last;
                self.note_words(" ");
                let piece = (!self.is_silent()).then(|| self.pieces().len());
                self.put(Piece::Event(Event::SoftBreak));
                self.wrap = before.map(|before| Wrap { before, piece });
            }
            Event::HardBreak => {
                self.note_words(" ");
                self.last = None;
                self.visible(Event::HardBreak);
            }
            Event::FootnoteReference(label) => {
                if self.in_question() {
                    self.warn(span, "a question has no footnotes: this mark is left out", "put it into the answer");
                } else {
                    let note = self.note(&label);
                    self.put(Piece::Mark(note));
                }
            }
            other => self.visible(other.into_static()),
        }
    }

    /// Puts what readers see.
    pub(super) fn visible(&mut self, event: Event<'static>) {
        self.put(Piece::Event(event));
    }

    fn note(&mut self, label: &str) -> usize {
        let key = label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let next = self.text.notes.len();
        let index = *self.labels.entry(key).or_insert(next);
        if index == next {
            self.text.notes.push(Note { label: label.to_owned(), ..Note::default() });
        }
        index
    }

    /// A paragraph of HTML cannot hold blocks of Markdown: it ends where they begin. What is a paragraph's start tag alone
    /// is meant to hold them, and becomes a `div`.
    fn widen_paragraph(&mut self) {
        let Some(Element { piece: at, .. }) = self.elements.last().filter(|element| element.shown == "p") else {
            return;
        };
        let at = *at;
        let is_blank = |piece: &Piece| matches!(piece, Piece::Event(Event::Html(html)) if html.trim().is_empty());
        if !self.pieces().iter().skip(at + 1).all(is_blank) {
            self.close_elements(self.elements.len() - 1);
            return;
        }
        if let Some(element) = self.elements.last_mut() {
            element.shown = "div";
        }
        if let Some(Piece::Tag(tag)) = self.pieces().get_mut(at) {
            tag.name = "div";
        }
    }

    /// Begins an element of Markdown; tells whether its end is to be shown.
    fn start(&mut self, tag: Md<'_>, span: Range<usize>) -> bool {
        match tag {
            Md::Heading { level, id, classes, attrs } => {
                let attributes = !classes.is_empty() || !attrs.is_empty() || id.is_some();
                self.start_heading(level, id.as_deref(), attributes, span);
                return true;
            }
            Md::Link { link_type, dest_url, title, .. } => {
                let to = if link_type == LinkType::Email { format!("mailto:{dest_url}") } else { dest_url.to_string() };
                if self.in_question() && self.skip.is_none() {
                    self.warn(
                        span,
                        "a question leads nowhere itself: this link is left out",
                        "put the link into the answer",
                    );
                    return false;
                }
                if self.is_silent() {
                    return false;
                }
                let link = self.link(Link { to, picture: false, wordless: false, html: false, span });
                self.put(Piece::Link { link, title: title.to_string() });
            }
            Md::Image { dest_url, title, .. } => {
                if self.picture.is_some() || self.skip.is_some() {
                    return false;
                }
                if self.in_question() {
                    self.warn(
                        span.clone(),
                        "a question has no pictures: only the words of this one are shown",
                        "put the picture into the answer",
                    );
                }
                let link =
                    self.link(Link { to: dest_url.to_string(), picture: true, wordless: false, html: false, span });
                let depth = self.open.len();
                self.picture = Some(OpenPicture { link, title: title.to_string(), alt: String::new(), depth });
            }
            Md::HtmlBlock => {
                self.html = Some((String::new(), Vec::new()));
                return false;
            }
            Md::FootnoteDefinition(label) => {
                let note = self.note(&label);
                if let Some(first) = self.text.notes.get(note).and_then(|note| note.span.clone()) {
                    self.text.problems.push(Problem {
                        error: false,
                        message: format!("two footnotes are called `{label}`: this one is left out"),
                        advice: "give it another name, in its mark too".to_owned(),
                        span,
                        also: Some(("the other one is here", first)),
                    });
                    // Read as one of its own that no mark leads to.
                    self.text.notes.push(Note { label: label.to_string(), ..Note::default() });
                    self.in_notes.push(self.text.notes.len() - 1);
                } else {
                    if let Some(note) = self.text.notes.get_mut(note) {
                        note.span = Some(span);
                    }
                    self.in_notes.push(note);
                }
                return false;
            }
            Md::BlockQuote(Some(kind)) => self.put(Piece::Alert(kind)),
            Md::TableCell => {
                let class = match self.alignments.get(self.cell) {
                    Some(Alignment::Left) => " class=\"align-left\"",
                    Some(Alignment::Center) => " class=\"align-center\"",
                    Some(Alignment::Right) => " class=\"align-right\"",
                    _ => "",
                };
                self.html(format!("<{}{class}>", if self.in_head { "th" } else { "td" }));
            }
            other => {
                match &other {
                    Md::CodeBlock(_) => self.code = true,
                    Md::Table(alignments) => self.alignments.clone_from(alignments),
                    Md::TableHead => (self.in_head, self.cell) = (true, 0),
                    Md::TableRow => (self.in_head, self.cell) = (false, 0),
                    _ => {}
                }
                self.visible(Event::Start(other.into_static()));
            }
        }
        self.skip.is_none() && !self.in_question()
    }

    fn end(&mut self, tag: TagEnd) {
        if tag == TagEnd::HtmlBlock
            && let Some((html, lines)) = self.html.take()
        {
            self.raw(&html, &lines);
        }
        // HTML goes on behind a block of it; what is begun within anything else ends there.
        let Some(open) = self.open.last() else { return };
        let (shown, elements, depth) = (open.shown, open.elements, self.open.len());
        if tag != TagEnd::HtmlBlock {
            self.close_elements(elements);
        }
        self.open.pop();
        match tag {
            TagEnd::HtmlBlock => {}
            TagEnd::Heading(_) => self.end_heading(),
            TagEnd::Image => {
                if let Some(picture) = self.picture.take_if(|picture| picture.depth == depth) {
                    let alt = picture.alt.split_whitespace().collect::<Vec<_>>().join(" ");
                    if let Some(link) = self.text.links.get_mut(picture.link) {
                        link.wordless = alt.is_empty();
                    }
                    self.put(Piece::Picture { link: picture.link, title: picture.title, alt });
                }
            }
            TagEnd::FootnoteDefinition => {
                self.in_notes.pop();
            }
            TagEnd::CodeBlock => {
                self.code = false;
                self.push_end(shown, Piece::Event(Event::End(tag)));
            }
            TagEnd::BlockQuote(Some(_)) => self.push_end(shown, Piece::Event(Event::Html("</div>\n".into()))),
            TagEnd::TableCell => {
                self.cell += 1;
                let html = if self.in_head { "</th>" } else { "</td>" };
                self.push_end(shown, Piece::Event(Event::Html(html.into())));
            }
            tag => self.push_end(shown, Piece::Event(Event::End(tag))),
        }
    }

    fn push_end(&mut self, shown: bool, piece: Piece) {
        if shown {
            self.pieces().push(piece);
        }
    }

    pub(super) fn link(&mut self, link: Link) -> usize {
        if link.to.trim().is_empty() {
            let (what, advice) = match (link.picture, link.html) {
                (false, false) => {
                    ("this link leads nowhere", "write where it leads: `[words](address)`; or words alone")
                }
                (false, true) => {
                    ("this link leads nowhere", "write where it leads: `<a href=\"address\">`; or words alone")
                }
                (true, false) => ("this picture has no address", "write where it is: `![what it shows](picture.png)`"),
                (true, true) => ("this picture has no address", "write where it is: `src=\"picture.png\"`"),
            };
            self.error(link.span.clone(), what, advice);
        }
        self.text.links.push(link);
        self.text.links.len() - 1
    }

    pub(super) fn never_ended(&mut self, name: &str, span: Range<usize>) {
        self.error(
            span,
            format!("`<{name}>` is never ended, so nobody can tell what is in it"),
            format!("write `</{name}>` behind it, or take it out"),
        );
    }

    /// The fewest elements that stay open when an end tag is read here.
    pub(super) fn floor(&self) -> usize {
        self.open.iter().rev().find(|open| open.closed).map_or(0, |open| open.elements)
    }

    /// Ends the paragraph that an end tag in it leads out of.
    pub(super) fn leave_paragraph(&mut self, element: usize) {
        let paragraph = self.open.iter_mut().rev().find(|open| open.paragraph && open.shown && open.elements > element);
        if let Some(open) = paragraph {
            open.shown = false;
            self.pieces().push(Piece::Event(Event::End(TagEnd::Paragraph)));
        }
    }

    /// Ends the paragraph that a block of HTML cannot stand in. That block, the next element, goes on behind it.
    pub(super) fn end_paragraph(&mut self) {
        let elements = self.elements.len();
        if let Some(open) =
            self.open.last_mut().filter(|open| open.paragraph && open.shown && open.elements == elements)
        {
            open.shown = false;
            open.elements += 1;
            self.pieces().push(Piece::Event(Event::End(TagEnd::Paragraph)));
        }
    }

    fn finish(mut self, offset: usize) -> Text {
        if let Some(skip) = self.skip.take() {
            self.never_ended(&skip.name, skip.span);
        }
        if self.too_deep {
            // Nothing of it will be shown.
            self.elements.clear();
            self.text.problems.retain(|problem| problem.error);
            self.text = Text { problems: mem::take(&mut self.text.problems), ..Text::default() };
        }
        self.close_elements(0);
        let mut text = self.text;
        super::ids::give(&mut text, self.manner.kind);
        shift(&mut text, offset);
        text
    }
}

/// Whether readers see more of a piece than a picture, or the room around one.
fn says_something(piece: &Piece) -> bool {
    match piece {
        Piece::Event(Event::Start(tag)) => !matches!(tag, Md::Paragraph | Md::Emphasis | Md::Strong),
        Piece::Event(Event::Text(text) | Event::Html(text)) => !text.trim().is_empty(),
        Piece::Event(event) => !matches!(event, Event::End(_) | Event::SoftBreak | Event::HardBreak),
        Piece::Tag(tag) => {
            !matches!(tag.name, "a" | "br" | "div" | "figure" | "img" | "p" | "picture" | "section" | "source" | "span")
        }
        Piece::Picture { .. } | Piece::Link { .. } | Piece::EndTag(_) => false,
        Piece::Heading(_) | Piece::HeadingEnd(_) | Piece::Alert(_) | Piece::Mark(_) => true,
    }
}

/// Moves all places from the text's start to the file's.
fn shift(text: &mut Text, offset: usize) {
    let by = |span: &mut Range<usize>| *span = span.start + offset..span.end + offset;
    for heading in &mut text.headings {
        by(&mut heading.span);
        by(&mut heading.id_span);
        heading.attributes.iter_mut().for_each(|attribute| by(&mut attribute.span));
    }
    text.links.iter_mut().for_each(|link| by(&mut link.span));
    text.anchors.iter_mut().for_each(|(_, span)| by(span));
    text.notes.iter_mut().filter_map(|note| note.span.as_mut()).for_each(by);
    text.title.iter_mut().for_each(|title| by(&mut title.span));
    for problem in &mut text.problems {
        by(&mut problem.span);
        if let Some((_, span)) = &mut problem.also {
            by(span);
        }
    }
}
