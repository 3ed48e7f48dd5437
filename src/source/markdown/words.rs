//! The words of a text on their way to readers: how quotation marks look, where a line's end is no space, and what was
//! meant as something else and stays as it is typed.

use std::ops::Range;

use pulldown_cmark::{CowStr, Event};

use super::{
    quotes::{Quotes, runs_on},
    read::Reading,
    text::Piece,
};
use crate::diagnostic::did_you_mean;

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
                if self.skip.is_none() {
                    self.check_marks(typed, span.start);
                    self.check_links(typed, span.start);
                }
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
    /// What was meant as a link or picture and is none stays text; its author should know.
    fn check_links(&mut self, typed: &str, start: usize) {
        for (at, _) in typed.match_indices(']') {
            let at = start + at;
            let (before, behind) = self.source.split_at_checked(at).unwrap_or_default();
            let behind = behind.get(1..).unwrap_or_default();
            let Some(begin) = opening(before) else { continue };
            let gap = behind.len() - behind.trim_start_matches(' ').len();
            let Some(line) = behind.get(gap..).and_then(|rest| rest.strip_prefix('(')?.lines().next()) else {
                continue;
            };
            let end = line.find(')');
            let address = line.get(..end.unwrap_or(line.len())).unwrap_or_default();
            let words = before.get(begin + 1..).unwrap_or_default();
            let bare: String = address.split(" =").next().unwrap_or_default().trim().to_owned();
            let picture = before.get(..begin).is_some_and(|before| before.ends_with('!'));
            let sign = if picture { "!" } else { "" };
            let advice = if end.is_none() {
                format!("write `)` behind the address: `{sign}[{words}]({bare})`")
            } else if gap > 0 {
                if address.contains(' ') || address.len() > 500 {
                    continue;
                }
                format!("take out what is between `]` and `(`: `{sign}[{words}]({bare})`")
            } else if picture && bare.len() < address.trim().len() && is_size(address) {
                format!(
                    "the size is left to the theme: `![{words}]({bare})`; or write HTML: `<img src=\"…\" width=\"…\" alt=\"…\">`"
                )
            } else if bare.contains(char::is_whitespace) {
                format!("an address with spaces stands in angle brackets: `{sign}[{words}](<{bare}>)`")
            } else {
                format!("write `{sign}[words](address)`")
            };
            if !address.split_whitespace().any(is_address) {
                continue;
            }
            let what = if picture { "picture" } else { "link" };
            let end = at + 2 + gap + end.map_or(line.len(), |end| end + 1);
            let begin = begin - usize::from(picture);
            self.warn(begin..end, format!("this is no {what}: it is shown as it is typed"), advice);
        }
    }

    /// A link by a name, `[words][name]`, that nobody defined stays text; its author should know.
    pub(super) fn undefined(&mut self, span: Range<usize>, label: &str, defined: &[String]) {
        let before = self.source.get(..span.start).and_then(|text| text.trim_end_matches('!').chars().next_back());
        // `cells[row][column]` is no link.
        let is_index = before.is_some_and(|c| c.is_alphanumeric() || matches!(c, ']' | ')' | '_'));
        if is_index || label.starts_with('^') || label.trim().is_empty() {
            return;
        }
        let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
        let advice = did_you_mean(&label, defined.iter().take(200).map(String::as_str)).unwrap_or_else(|| {
            format!(
                "write where it leads, on a line of its own: `[{label}]: address`; or, if it is no link, `\\[` for `[`"
            )
        });
        self.warn(
            span,
            format!("nothing is called `[{label}]:` here, so this is no link: it is shown as it is typed"),
            advice,
        );
    }
}

/// Where the bracket is that a closing one behind a text belongs to, unless it is meant as it is.
fn opening(before: &str) -> Option<usize> {
    if before.ends_with('\\') {
        return None;
    }
    let mut depth = 0;
    for (at, c) in before.char_indices().rev().take(300) {
        match c {
            ']' => depth += 1,
            '[' if depth > 0 => depth -= 1,
            '[' => return (!before.get(..at).is_some_and(|before| before.ends_with(['\\', '^']))).then_some(at),
            '\n' if before.get(..at).is_some_and(|before| before.ends_with('\n')) => return None,
            _ => {}
        }
    }
    None
}

/// Whether somebody who typed a word between parentheses meant an address.
fn is_address(word: &str) -> bool {
    let word = word.trim_matches(['<', '>']);
    let path = word.split(['#', '?']).next().unwrap_or_default();
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    word.contains("://")
        || word.starts_with("mailto:")
        || word.starts_with("./")
        || word.starts_with("../")
        || (word.starts_with(['#', '/']) && word.len() > 2)
        || ((2..=4).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Whether an address is followed by a size, as some programs have it: `picture.png =300x200`.
fn is_size(address: &str) -> bool {
    address
        .rsplit_once(" =")
        .is_some_and(|(_, size)| size.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'x' | b'%' | b'*')))
}
