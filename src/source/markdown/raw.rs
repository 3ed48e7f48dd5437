//! Raw HTML taken apart: where each tag stands, and what is in it.
//!
//! Tags are found by a few lines of our own, because messages need to say where each of them is, and HTML parsers keep
//! no positions. What a tag says (names, decoded values) is read by `html5ever`, as browsers read it.

use std::{cell::RefCell, ops::Range};

use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

/// A part of raw HTML, with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// What is no tag.
    Text(Range<usize>),
    /// A start tag.
    Start {
        /// In lower case.
        name: String,
        /// In order, each once.
        attributes: Vec<Attribute>,
        /// Where it is.
        span: Range<usize>,
    },
    /// An end tag.
    End {
        /// In lower case.
        name: String,
        /// Where it is.
        span: Range<usize>,
    },
    /// A comment, which readers never see.
    Comment,
    /// A declaration or a processing instruction.
    Declaration(Range<usize>),
}

/// An attribute of a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// In lower case.
    pub name: String,
    /// With entities decoded.
    pub value: String,
    /// Where it is.
    pub span: Range<usize>,
}

/// Takes HTML apart. A tag that never ends is text.
pub fn parts(html: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let (mut at, mut text) = (0, 0);
    while let Some(start) = html.get(at..).and_then(|rest| rest.find('<')).map(|found| at + found) {
        let rest = html.get(start + 1..).unwrap_or_default();
        let end = match rest.bytes().next() {
            Some(b'!') if rest.starts_with("!--") => {
                Some(rest.get(3..).and_then(comment_end).map_or(html.len(), |found| start + 4 + found))
            }
            Some(b'!' | b'?') => rest.find('>').map(|found| start + found + 2),
            Some(b'/') if rest.as_bytes().get(1).is_some_and(u8::is_ascii_alphabetic) => tag_end(html, start),
            Some(byte) if byte.is_ascii_alphabetic() => tag_end(html, start),
            _ => None,
        };
        let Some(end) = end else {
            at = start + 1;
            continue;
        };
        if text < start {
            parts.push(Part::Text(text..start));
        }
        parts.push(part(html, start..end));
        (at, text) = (end, end);
    }
    if text < html.len() {
        parts.push(Part::Text(text..html.len()));
    }
    parts
}

fn comment_end(body: &str) -> Option<usize> {
    // `<!-->` and `<!--->` are comments, too.
    if let Some(short) = [">", "->"].iter().find(|short| body.starts_with(**short)) {
        return Some(short.len());
    }
    body.find("-->").map(|found| found + 3)
}

/// Where the tag that begins at a byte ends; a `>` within quotes does not end it.
fn tag_end(html: &str, start: usize) -> Option<usize> {
    let bytes = html.as_bytes();
    let (mut at, mut value_follows) = (start + 1, false);
    loop {
        match *bytes.get(at)? {
            b'>' => return Some(at + 1),
            quote @ (b'"' | b'\'') if value_follows => {
                at += 1 + html.get(at + 1..)?.bytes().position(|byte| byte == quote)?;
                value_follows = false;
            }
            b'=' => value_follows = true,
            byte if byte.is_ascii_whitespace() => {}
            _ => value_follows = false,
        }
        at += 1;
    }
}

fn part(html: &str, span: Range<usize>) -> Part {
    let source = html.get(span.clone()).unwrap_or_default();
    if source.starts_with("<!--") {
        return Part::Comment;
    }
    if source.starts_with("<!") || source.starts_with("<?") {
        return Part::Declaration(span);
    }
    let sink = OneTag::default();
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(source.into());
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let Some(tag) = tokenizer.sink.0.take() else { return Part::Text(span) };
    let name = tag.name.to_string();
    if tag.kind == TagKind::EndTag {
        return Part::End { name, span };
    }
    let mut from = 1 + name.len();
    let attributes = tag
        .attrs
        .iter()
        .map(|attribute| {
            let name = attribute.name.local.to_string();
            let found = attribute_span(source, from, &name);
            from = found.end;
            Attribute {
                name,
                value: attribute.value.to_string(),
                span: span.start + found.start..span.start + found.end,
            }
        })
        .collect();
    Part::Start { name, attributes, span }
}

/// Where an attribute stands in its tag, looked for from a byte on.
fn attribute_span(tag: &str, from: usize, name: &str) -> Range<usize> {
    let bytes = tag.as_bytes();
    let is_here = |at: usize| {
        let before = bytes.get(at.wrapping_sub(1)).copied().unwrap_or(b' ');
        let after = bytes.get(at + name.len()).copied().unwrap_or(b'>');
        (before.is_ascii_whitespace() || matches!(before, b'/' | b'"' | b'\''))
            && (after.is_ascii_whitespace() || matches!(after, b'=' | b'/' | b'>'))
            && bytes.get(at..at + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
    };
    let Some(start) = (from..tag.len()).find(|at| is_here(*at)) else { return 0..tag.len() };
    let mut end = start + name.len();
    let skip = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        at
    };
    if bytes.get(skip(end)) == Some(&b'=') {
        let value = skip(skip(end) + 1);
        let rest = bytes.get(value..).unwrap_or_default();
        end = value
            + if let Some(quote @ (b'"' | b'\'')) = rest.first() {
                rest.iter().skip(1).position(|byte| byte == quote).map_or(rest.len(), |at| at + 2)
            } else {
                rest.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'>').unwrap_or(rest.len())
            };
    }
    start..end.min(tag.len())
}

/// Keeps the first tag of what it is given.
#[derive(Default)]
struct OneTag(RefCell<Option<Tag>>);

impl TokenSink for OneTag {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::TagToken(tag) = token {
            self.0.borrow_mut().get_or_insert(tag);
        }
        TokenSinkResult::Continue
    }
}

/// The words of HTML, with entities decoded.
pub fn text(html: &str) -> String {
    let tokenizer = Tokenizer::new(Words::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(html.into());
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.take()
}

/// Keeps what is no tag.
#[derive(Default)]
struct Words(RefCell<String>);

impl TokenSink for Words {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::CharacterTokens(text) = token {
            self.0.borrow_mut().push_str(&text);
        }
        TokenSinkResult::Continue
    }
}

/// The addresses in a `srcset`, each with what follows it and where it is.
pub fn candidates(srcset: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = srcset;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            return found;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (address, after) = rest.split_at(end);
        if address.ends_with(',') {
            found.push((address.trim_end_matches(','), ""));
            rest = after;
            continue;
        }
        let end = after.find(',').unwrap_or(after.len());
        found.push((address, after.get(..end).unwrap_or_default().trim()));
        rest = after.get(end..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_where_they_are() {
        let html = "a < b <IMG src='x>y' Alt=\"1 &amp; 2\"><!-- <p> -->c</p ><?php x ?>";
        let parts = parts(html);
        let Part::Start { name, attributes, span } = &parts[1] else { panic!("{parts:?}") };
        assert_eq!((name.as_str(), &html[span.clone()]), ("img", "<IMG src='x>y' Alt=\"1 &amp; 2\">"));
        let shown: Vec<_> = attributes.iter().map(|a| (&*a.name, &*a.value, &html[a.span.clone()])).collect();
        assert_eq!(shown, [("src", "x>y", "src='x>y'"), ("alt", "1 & 2", "Alt=\"1 &amp; 2\"")]);
        assert_eq!(parts[0], Part::Text(0..6));
        assert_eq!(parts[2], Part::Comment);
        assert!(matches!(&parts[4], Part::End { name, .. } if name == "p"), "{parts:?}");
        assert!(matches!(&parts[5], Part::Declaration(_)), "{parts:?}");
    }

    #[test]
    fn what_never_ends_is_text_but_a_comment_that_takes_the_rest() {
        assert_eq!(parts("<p class=\"x"), [Part::Text(0..11)]);
        assert_eq!(parts("x<!-- y"), [Part::Text(0..1), Part::Comment]);
        assert_eq!(parts("<!-->x"), [Part::Comment, Part::Text(5..6)]);
    }

    #[test]
    fn addresses_of_a_srcset() {
        assert_eq!(candidates("a.png, b.png 2x,c.png 100w"), [("a.png", ""), ("b.png", "2x"), ("c.png", "100w")]);
        assert_eq!(candidates(" ,a,b.png 2x "), [("a,b.png", "2x")]);
    }
}
