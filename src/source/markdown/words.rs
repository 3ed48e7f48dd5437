//! The words of a text on their way to readers: how quotation marks look, where a line's end is no space, and what was
//! meant as something else and stays as it is typed.

use std::ops::Range;

use pulldown_cmark::{CowStr, Event};

use super::{
    quotes::{Quotes, runs_on},
    read::Reading,
    text::Piece,
};

impl<'t> Reading<'t> {
    /// Words for whoever collects them: a heading's title, a picture's alternative text.
    pub(super) fn note_words(&mut self, words: &str) {
        if self.skip.is_some() {
            return;
        }
        if let Some(picture) = &mut self.picture {
            picture.alt.push_str(words);
        }
        if let Some(heading) = self.heading.as_ref().and_then(|open| self.text.headings.get_mut(open.index)) {
            heading.title.push_str(words);
        }
        self.last = words.chars().next_back().or(self.last);
    }

    /// Takes the space of a line's end out again where there is none in the language.
    pub(super) fn join(&mut self, next: Option<char>) {
        let (Some(wrap), Some(next)) = (self.wrap.take(), next) else { return };
        if !runs_on(wrap.before, next) {
            return;
        }
        if let Some(piece) = wrap.piece.and_then(|at| self.pieces().get_mut(at))
            && *piece == Piece::Event(Event::SoftBreak)
        {
            *piece = Piece::Event(Event::Text("".into()));
        }
        if let Some(picture) = &mut self.picture {
            picture.alt.pop();
        }
        if let Some(heading) = self.heading.as_ref().and_then(|open| self.text.headings.get_mut(open.index)) {
            heading.title.pop();
        }
    }

    pub(super) fn words(&mut self, text: &str, span: Range<usize>) {
        let typed = self.source.get(span.clone()).unwrap_or_default();
        let text = match typed {
            "\"" | "'" => self.quote(text, &span),
            _ => {
                self.check_marks(typed, span.start);
                text
            }
        };
        self.join(text.chars().next());
        self.note_words(text);
        self.visible(Event::Text(CowStr::from(text.to_owned())));
    }

    /// The quotation mark that a typed one becomes, by what the parser took it for.
    fn quote<'q>(&mut self, parsed: &'q str, span: &Range<usize>) -> &'q str
    where
        't: 'q,
    {
        let Quotes { double, single } = self.quotes;
        let before = self.source.get(..span.start).and_then(|text| text.chars().next_back());
        let after = self.source.get(span.end..).and_then(|text| text.chars().next());
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        match parsed {
            "“" if self.double_open && before.is_some_and(|c| !c.is_whitespace()) => {
                // Between letters, as in scripts without spaces, the parser takes every one for the first.
                self.double_open = false;
                double[1]
            }
            "“" if word(before) && !word(after) => double[1],
            "“" => {
                self.double_open = true;
                double[0]
            }
            "”" => {
                self.double_open = false;
                double[1]
            }
            "‘" => {
                self.single_open = true;
                single[0]
            }
            "’" => {
                let within = word(before) && word(after);
                if self.single_open && !within {
                    self.single_open = false;
                    return single[1];
                }
                parsed
            }
            other => other,
        }
    }

    /// Marks of footnotes that nobody wrote stay text; their author should know.
    fn check_marks(&mut self, typed: &str, start: usize) {
        for (at, _) in typed.match_indices('[') {
            let at = start + at;
            let rest = self.source.get(at..).unwrap_or_default();
            let escaped = self.source.get(..at).is_some_and(|before| before.ends_with('\\'));
            let Some(label) = rest.strip_prefix("[^").filter(|_| !escaped) else { continue };
            let Some(end) = label.find([']', '[', '\n']) else { continue };
            if label.get(..end).is_none_or(|label| label.trim().is_empty())
                || !label.get(end..).is_some_and(|rest| rest.starts_with(']'))
                || end > 200
            {
                continue;
            }
            let label = label.get(..end).unwrap_or_default();
            let message = format!("there is no footnote `{label}`");
            let advice =
                format!("write it, on a line of its own: `[^{label}]: …`; or, if it is no mark, `\\[^{label}]`");
            self.warn(at..at + end + 3, message, advice);
        }
    }
}
