//! Headings: which of them is the page's title, which are questions, and what they are called.

use std::{mem, ops::Range};

use pulldown_cmark::HeadingLevel;
use unicode_normalization::UnicodeNormalization;

use super::{
    read::{Kind, OpenHeading, Reading},
    slug,
    text::{Attribute, Heading, Part, Piece, Tag, Title, Value},
};

impl Reading<'_> {
    pub(super) fn start_heading(
        &mut self,
        level: HeadingLevel,
        id: Option<&str>,
        has_attributes: bool,
        span: Range<usize>,
    ) {
        if let Some(skip) = self.skip.take() {
            self.never_ended(&skip.name, skip.span);
        }
        let mut level = level as u8;
        let top = self.at_top();
        let opens = (level == 1 && top && self.opening && !self.in_answer() && self.manner.kind != Kind::Export)
            .then(|| self.pieces().len());
        let question = self.manner.kind == Kind::Questions && level == 2 && top;
        let mut id_span = span.clone();
        let mut attributes = Vec::new();
        if has_attributes {
            for token in tokens(self.source, &span) {
                let written = self.source.get(token.clone()).unwrap_or_default();
                if written.starts_with('#') {
                    id_span = token;
                } else if written.starts_with('.') {
                    self.warn(
                        token,
                        format!("the class `{written}` is left out"),
                        "the theme decides how things look: take it out",
                    );
                } else {
                    let (key, value) = written.split_once('=').unwrap_or((written, ""));
                    attributes.push(Attribute { key: key.to_owned(), value: value.to_owned(), span: token });
                }
            }
        }
        if !question {
            for Attribute { key, span, .. } in mem::take(&mut attributes) {
                let message = format!("`{key}` has no effect here");
                let advice = match key.as_str() {
                    "when" | "badge" => "only questions have it: headings of level 2 in a file of `content/faq/`",
                    _ => "a heading can have an id, `{#id}`, and nothing else",
                };
                self.warn(span, message, advice);
            }
        }
        if question {
            self.close_elements(0);
            let heading = Some(self.text.headings.len());
            self.text.parts.push(Part { heading, ..Part::default() });
        } else if level == 1 && opens.is_none() {
            level = self.lower(&span);
        } else if level == 2 && self.manner.kind == Kind::Questions {
            self.warn(
                span.clone(),
                "this is no question, for it stands within something else: it is shown as a heading of level 3",
                "write `###`, or take it out of its list or quote",
            );
            level = 3;
        }
        let index = self.text.headings.len();
        self.text.headings.push(Heading {
            level,
            id: id.map(|id| id.nfc().collect()).unwrap_or_default(),
            named: id.is_some(),
            question,
            title: String::new(),
            attributes,
            span,
            id_span,
        });
        if !question {
            self.put(Piece::Heading(index));
        }
        self.heading = Some(OpenHeading { index, question, opens });
    }

    /// The level at which a heading of level 1 is shown that is no title.
    pub(super) fn lower(&mut self, span: &Range<usize>) -> u8 {
        let (level, whose) = match self.manner.kind {
            Kind::Export => (1, "the name of the badge or person"),
            _ if self.in_answer() => (3, "its title"),
            _ => (2, "its title"),
        };
        let marks = if level == 2 { "##" } else { "###" };
        let is_page = !self.in_answer() && self.manner.kind != Kind::Export;
        if is_page && self.manner.title.is_none() && self.text.title.is_none() {
            self.warn(
                span.clone(),
                "this heading does not open the file, so it is not its title: it is shown as one of level 2",
                "move it up, above all other words, and it is the title; or write `##`",
            );
            return level;
        }
        self.warn(
            span.clone(),
            format!("a page has one heading of level 1, {whose}: this one is shown as one of level {}", marks.len()),
            format!("write `{marks}`"),
        );
        level
    }

    pub(super) fn end_heading(&mut self) {
        let Some(OpenHeading { index, question, opens }) = self.heading.take() else { return };
        let Some(heading) = self.text.headings.get_mut(index) else { return };
        heading.title = heading.title.split_whitespace().collect::<Vec<_>>().join(" ");
        if question {
            return;
        }
        let Some(start) = opens else {
            self.pieces().push(Piece::HeadingEnd(index));
            return;
        };
        let heading = heading.clone();
        match self.manner.title {
            Some(title) if !says_the_same(title, &heading.title) => {
                self.warn(
                    heading.span,
                    format!("this is not the page's title, `{title}`: it is shown as a heading of level 2"),
                    "write `##`; or take `title:` out of the front matter, and this is the title",
                );
                if let Some(heading) = self.text.headings.get_mut(index) {
                    heading.level = 2;
                }
                self.pieces().push(Piece::HeadingEnd(index));
            }
            _ => {
                self.text.headings.pop();
                let dropped = self.pieces().split_off(start);
                for piece in dropped {
                    if let Piece::Tag(tag) = piece {
                        self.keep_anchor(&tag);
                    } else if let Piece::Picture { .. } | Piece::Mark(_) = piece {
                        self.warn(
                            heading.span.clone(),
                            "this heading is the page's title, which has words only: the rest is left out",
                            "put pictures and footnotes below it",
                        );
                    }
                }
                let Heading { id, title, span, .. } = heading;
                self.text.title = Some(Title { id, text: title, span });
            }
        }
    }

    /// What a name stood on is not shown; what it leads to still is.
    pub(super) fn keep_anchor(&mut self, tag: &Tag) {
        let id = tag.attributes.iter().find(|(_, value)| matches!(value, Value::Id(_)));
        if let Some(id) = id {
            let tag = Tag { name: "span", attributes: vec![id.clone()] };
            self.pieces().extend([Piece::Tag(tag), Piece::EndTag("span")]);
        }
    }
}

/// The parts of a heading's `{…}`.
fn tokens(source: &str, heading: &Range<usize>) -> Vec<Range<usize>> {
    let text = source.get(heading.clone()).unwrap_or_default();
    let Some(end) = text.rfind('}') else { return Vec::new() };
    let Some(start) = text.get(..end).and_then(|before| before.rfind('{')) else { return Vec::new() };
    let inside = text.get(start + 1..end).unwrap_or_default();
    let base = heading.start + start + 1;
    inside
        .split_ascii_whitespace()
        .filter(|token| token.len() > 1)
        .map(|token| {
            // `split` gives parts of what it splits.
            let at = base + (token.as_ptr() as usize - inside.as_ptr() as usize);
            at..at + token.len()
        })
        .collect()
}

/// Whether two titles differ in nothing but how they are typed.
pub(super) fn says_the_same(one: &str, other: &str) -> bool {
    let typed = |text: &str| -> String {
        let plain = text.nfc().map(|c| match c {
            '“' | '”' | '„' | '«' | '»' | '「' | '」' => '"',
            '‘' | '’' | '‚' | '‹' | '›' | '『' | '』' => '\'',
            '–' | '—' => '-',
            '\u{a0}' | '\u{202f}' => ' ',
            c => c,
        });
        let text: String = plain.flat_map(char::to_lowercase).collect();
        text.replace("---", "-").replace("--", "-").replace("...", "…").replace(['"', ' ', '\t'], "")
    };
    typed(one) == typed(other)
}

/// An id made of a heading's words.
pub(super) fn id_of(title: &str) -> String {
    slug(&title.nfc().collect::<String>())
}
