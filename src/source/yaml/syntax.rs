//! What is wrong with a text that is not YAML, in words for people who edit it.
//!
//! A parser notices a slip where it can no longer go on, which is often a line or
//! two below the slip, and says what it expected, in terms of its own grammar. What
//! an editor needs is the line that was mistyped and what to type instead. People
//! make the same dozen mistakes: a tab, a space missing after a colon or a dash, a
//! quote that is not closed, a colon inside a text, a line that does not line up
//! with its neighbours. So the lines around the parser's position are looked over
//! for each of these in turn, most certain first; only where none of them fits are
//! the parser's own words passed on. A wrong guess costs little: the place is still
//! within sight of the slip.

use std::ops::Range;

use super::{ids::masked, text::is_invisible};

/// A syntax error, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub advice: Option<String>,
    /// Where to look, in bytes of the text.
    pub span: Range<usize>,
}

impl Explained {
    fn new(message: impl Into<String>, advice: impl Into<String>, span: Range<usize>) -> Self {
        Self { message: message.into(), advice: Some(advice.into()), span }
    }
}

/// How many lines above the error are looked at for where something began.
const LINES_UP: usize = 200;

/// Explains what a parser said (`info`) about the byte `at` of `text`.
pub fn explain(text: &str, at: usize, info: &str) -> Explained {
    let place = Around::new(text, at);
    tab(&place, info)
        .or_else(|| first_character(&place, info))
        .or_else(|| quotes(&place, info))
        .or_else(|| block_text(&place, info))
        .or_else(|| list_beside_key(&place, info))
        .or_else(|| missing_space(&place))
        .or_else(|| comment_in_brackets(&place, info))
        .or_else(|| brackets(&place, info))
        .or_else(|| missing_colon(&place, info))
        .or_else(|| colon_in_text(&place, info))
        .or_else(|| indented_too_far(&place, info))
        .or_else(|| out_of_line(&place, info))
        .unwrap_or_else(|| {
            let advice = "compare indentation, colons and quotes of this line and the one above with the lines around";
            Explained::new(format!("this is not YAML any more: {info}"), advice, place.word(at))
        })
}

/// One line of a text.
#[derive(Clone, Copy)]
struct Line<'t> {
    start: usize,
    text: &'t str,
}

impl<'t> Line<'t> {
    fn at(text: &'t str, offset: usize) -> Self {
        let start = text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        let rest = text.get(start..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        Self { start, text: line.strip_suffix('\r').unwrap_or(line) }
    }

    fn end(&self) -> usize {
        self.start + self.text.len()
    }

    fn content(&self) -> &'t str {
        self.text.trim()
    }

    fn is_nothing(&self) -> bool {
        self.content().is_empty() || self.content().starts_with('#')
    }

    fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start_matches([' ', '\t']).len()
    }

    fn has_dash(&self) -> bool {
        self.content() == "-" || self.content().starts_with("- ")
    }

    /// The column in which the text behind all dashes starts.
    fn column(&self) -> usize {
        let mut column = self.indent();
        while let Some(rest) = self.text.get(column..).and_then(|rest| rest.strip_prefix("- ")) {
            column += 2 + (rest.len() - rest.trim_start_matches(' ').len());
        }
        column
    }

    /// The text behind all dashes, without space or a line end at its end.
    fn body(&self) -> &'t str {
        self.text.get(self.column()..).unwrap_or_default().trim_end()
    }

    /// The key, and the column of what follows it.
    fn key(&self) -> Option<(&'t str, usize)> {
        let body = self.body();
        if body.starts_with(['"', '\'', '[', '{', '#']) {
            return None;
        }
        let colon = body.find(": ").or_else(|| body.strip_suffix(':').map(str::len))?;
        let rest = body.get(colon + 1..).unwrap_or_default();
        let spaces = rest.len() - rest.trim_start().len();
        Some((body.get(..colon)?, self.column() + colon + 1 + spaces))
    }

    /// What follows the key or, without one, the dashes; with its column.
    fn value(&self) -> (&'t str, usize) {
        let column = self.key().map_or_else(|| self.column(), |(_, column)| column);
        (self.text.get(column..).unwrap_or_default().trim_end(), column)
    }

    fn span(&self, from: usize, to: usize) -> Range<usize> {
        self.start + from..self.start + to.max(from)
    }

    fn whole(&self) -> Range<usize> {
        self.span(self.column(), self.column() + self.body().len())
    }
}

/// The lines around an error. Blank lines and comments do not count.
struct Around<'t> {
    text: &'t str,
    at: usize,
    here: Line<'t>,
    above: Option<Line<'t>>,
}

impl<'t> Around<'t> {
    fn new(text: &'t str, at: usize) -> Self {
        let at = at.min(text.len());
        let mut here = Line::at(text, at);
        let mut above = previous(text, here);
        if here.is_nothing()
            && let Some(line) = above
        {
            here = line;
            above = previous(text, line);
        }
        Self { text, at, here, above }
    }

    fn lines(&self) -> impl Iterator<Item = Line<'t>> + '_ {
        std::iter::once(self.here).chain(self.above)
    }

    fn upwards(&self) -> impl Iterator<Item = Line<'t>> + '_ {
        std::iter::successors(self.above, |line| previous(self.text, *line)).take(LINES_UP)
    }

    fn next_character(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    /// The word that starts there.
    fn word(&self, at: usize) -> Range<usize> {
        let rest = self.text.get(at..).unwrap_or_default();
        at..at + rest.find(char::is_whitespace).unwrap_or(rest.len()).max(1)
    }
}

fn previous<'t>(text: &'t str, line: Line<'t>) -> Option<Line<'t>> {
    let mut line = line;
    loop {
        line = Line::at(text, line.start.checked_sub(1)?);
        if !line.is_nothing() {
            return Some(line);
        }
    }
}

/// `key: "value"`, for advice; without the value where that is long.
fn quoted(line: Line<'_>) -> String {
    let (value, _) = line.value();
    let mark = if value.contains('"') || value.contains('\\') { '\'' } else { '"' };
    let value = if mark == '\'' { value.replace('\'', "''") } else { value.to_owned() };
    let key = line.key().map(|(key, _)| format!("{key}: ")).unwrap_or_default();
    if value.chars().count() > 60 { format!("{key}{mark}…{mark}") } else { format!("{key}{mark}{value}{mark}") }
}

fn tab(place: &Around<'_>, info: &str) -> Option<Explained> {
    let next = place.here.end() + 1;
    let below = place.text.get(next..).map(|_| Line::at(place.text, next));
    let about_tabs = info.contains("tab ") || info.contains("tabs ") || info.ends_with("tab");
    let starts = place.next_character() == Some('\t');
    if !about_tabs && !starts {
        return None;
    }
    let line = place.lines().chain(below).find(|line| line.text.get(..line.indent()).is_some_and(|s| s.contains('\t')));
    let (span, message) = if let Some(line) = line {
        let from = line.text.find('\t')?;
        (line.span(from, line.indent()), "this line is indented with a tab")
    } else {
        let tab = place.at + place.text.get(place.at..)?.find('\t')?;
        (tab..tab + 1, "there is a tab here")
    };
    Some(Explained::new(message, "use spaces: YAML takes no tabs", span))
}

/// A text that starts with a character which means something to YAML.
fn first_character(place: &Around<'_>, info: &str) -> Option<Explained> {
    let about =
        ["unexpected character", "cannot start any token", "anchor", "alias", "misplaced bracket", "node content"];
    let keys = info.contains("mapping keys are not allowed");
    if !keys && !about.iter().any(|words| info.contains(words)) {
        return None;
    }
    let line = Line::at(place.text, place.at);
    let (value, column) = line.value();
    let first = value.chars().next()?;
    if !"@`%*&!?]},|>".contains(first) || line.start + column > place.at || place.at > line.end() {
        return None;
    }
    Some(Explained::new(
        format!("a text cannot start with `{first}` unless it is in quotes"),
        masked(&format!("write {}", quoted(line))),
        line.span(column, column + value.len()),
    ))
}

/// Whether a text that starts with a quote has it closed: the byte after the closing quote.
fn closed(value: &str) -> Option<usize> {
    let mark = value.chars().next()?;
    let mut rest = value.char_indices().skip(1).peekable();
    while let Some((offset, c)) = rest.next() {
        if c == '\\' && mark == '"' {
            rest.next();
        } else if c == mark {
            if mark == '\'' && rest.peek().is_some_and(|(_, next)| *next == '\'') {
                rest.next();
            } else {
                return Some(offset + 1);
            }
        }
    }
    None
}

fn quotes(place: &Around<'_>, info: &str) -> Option<Explained> {
    let escape = info.contains("escape") || info.contains("hexadecimal");
    let about = info.contains("quoted scalar") || info.contains("expected key") || escape;
    if !about {
        return None;
    }
    let here = Line::at(place.text, place.at);
    if escape {
        let offset = here.start + place.text.get(here.start..here.end())?.find('\\')?;
        let found = place.text.get(offset..)?.chars().take(2).collect::<String>();
        return Some(Explained::new(
            format!("`{found}` means something else inside double quotes"),
            format!("use single quotes, or write each backslash twice: {}", quoted_anew(here)),
            offset..offset + found.len(),
        ));
    }
    let (value, column) = here.value();
    let starts = value.starts_with(['"', '\'']);
    match closed(value).filter(|_| starts) {
        // Here the quotes are in order, or something follows them.
        Some(end) if end < value.len() && !value.get(end..)?.trim_start().starts_with('#') => {
            let rest = value.get(end..)?;
            let span = here.span(column + end, column + value.len());
            let advice = match rest.trim() {
                "," => "take the comma away".to_owned(),
                _ => format!("put the quotes around all of it: {}", quoted_anew(here)),
            };
            return Some(Explained::new("text follows after the closing quote", advice, span));
        }
        None if starts => return Some(open_quote(here, value, column)),
        _ => {}
    }
    let line = place.upwards().find(|line| {
        let (value, _) = line.value();
        value.starts_with(['"', '\'']) && closed(value).is_none()
    })?;
    let (value, column) = line.value();
    info.contains("quoted scalar").then(|| open_quote(line, value, column))
}

fn open_quote(line: Line<'_>, value: &str, column: usize) -> Explained {
    let mark = value.chars().next().unwrap_or('"');
    let key = line.key().map(|(key, _)| format!("{key}: ")).unwrap_or_default();
    let advice = if value.chars().count() > 60 {
        format!("write a {mark} at the end of the text")
    } else {
        masked(&format!("write {key}{value}{mark}"))
    };
    Explained::new("this quote is not closed", advice, line.span(column, column + value.len()))
}

/// The value in other quotes than those which do not work.
fn quoted_anew(line: Line<'_>) -> String {
    let (value, _) = line.value();
    let key = line.key().map(|(key, _)| format!("{key}: ")).unwrap_or_default();
    let mark = value.chars().next().unwrap_or('"');
    let bare = match closed(value) {
        Some(end) if end == value.len() => value.get(1..end - 1).unwrap_or(value),
        // 'Kate's Place' was meant to be one text.
        _ if value.len() > 1 && value.ends_with(mark) => value.get(1..value.len() - 1).unwrap_or(value),
        _ => value,
    };
    if bare.chars().count() > 60 {
        return format!("{key}…");
    }
    match (bare.contains('"') || bare.contains('\\'), bare.contains('\'')) {
        (true, true) => format!("{key}'{}'", bare.replace('\'', "''")),
        (true, false) => format!("{key}'{bare}'"),
        (false, _) => format!("{key}\"{bare}\""),
    }
}

fn block_text(place: &Around<'_>, info: &str) -> Option<Explained> {
    if !info.contains("block scalar") && !info.contains("comment or line break") {
        return None;
    }
    let (value, column) = place.here.value();
    let mark = value.chars().next().filter(|c| matches!(c, '|' | '>'))?;
    Some(Explained::new(
        format!("nothing can follow `{mark}` on its line"),
        "start the text on the next line, indented; if the mark belongs to the text, put the text in quotes",
        place.here.span(column, column + value.len()),
    ))
}

fn list_beside_key(place: &Around<'_>, info: &str) -> Option<Explained> {
    let (value, column) = place.here.value();
    let (key, _) = place.here.key()?;
    if !info.contains("block sequence entries are not allowed") || !value.starts_with("- ") {
        return None;
    }
    Some(Explained::new(
        format!("the list cannot start on the line of `{key}`"),
        "start a new line, indented, before this dash",
        place.here.span(column, column + 1),
    ))
}

fn missing_space(place: &Around<'_>) -> Option<Explained> {
    place.lines().find_map(|line| {
        let body = line.body();
        if body.starts_with('-') && !body.starts_with("--") && body.get(1..).is_some_and(|rest| rest.contains(':')) {
            let from = line.column();
            let fixed = body.get(1..).unwrap_or_default();
            let advice = masked(&format!("write - {}", shortened(fixed)));
            return Some(Explained::new("a space is missing after the dash", advice, line.span(from, from + 2)));
        }
        let word = body.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
        let rest = body.get(word..)?.strip_prefix(':')?;
        let first = rest.chars().next()?;
        if word == 0 || first.is_ascii_whitespace() || rest.starts_with("//") {
            return None;
        }
        let key = body.get(..word)?;
        let from = line.column() + word;
        let fixed = rest.trim_start_matches(|c: char| is_invisible(c) || c.is_whitespace());
        let advice = masked(&format!("write {key}: {}", shortened(fixed)));
        if is_invisible(first) {
            let message = "what looks like a space after this colon is another, invisible character";
            return Some(Explained::new(message, advice, line.span(from, from + 1 + first.len_utf8())));
        }
        Some(Explained::new("a space is missing after the colon", advice, line.span(from, from + 1)))
    })
}

fn is_about_brackets(info: &str) -> bool {
    ["flow", "',' or", "':' indicator", "bracket", "inside a block"].iter().any(|words| info.contains(words))
}

/// `{id: e-1, name: Agent #7}`: what closes the bracket is part of a comment.
fn comment_in_brackets(place: &Around<'_>, info: &str) -> Option<Explained> {
    if !is_about_brackets(info) {
        return None;
    }
    std::iter::once(place.here).chain(place.upwards()).find_map(|line| {
        let sign = [" #", "\t#"].into_iter().filter_map(|sign| line.text.find(sign)).min()? + 1;
        let (before, comment) = line.text.split_at_checked(sign)?;
        let is_word = comment.chars().nth(1).is_some_and(char::is_alphanumeric);
        if !is_word || !before.contains(['{', '[']) || !comment.contains(['}', ']']) {
            return None;
        }
        let advice =
            "if it belongs to the text before it, put that text in quotes; if not, start a new line before the #";
        let span = line.span(sign, sign + comment.trim_end().len());
        Some(Explained::new("a comment starts here, and what closes the bracket is part of it", advice, span))
    })
}

fn brackets(place: &Around<'_>, info: &str) -> Option<Explained> {
    if !is_about_brackets(info) || info.contains("inside a block") {
        return None;
    }
    // Backwards from the error to the nearest bracket that is not closed before it.
    let from = place.upwards().last().map_or(place.here.start, |line| line.start);
    let mut closed = 0_usize;
    for (offset, c) in place.text.get(from..place.at)?.char_indices().rev() {
        match c {
            ']' | '}' => closed += 1,
            '[' | '{' if closed > 0 => closed -= 1,
            '[' | '{' => {
                let close = if c == '[' { ']' } else { '}' };
                let advice = format!("write `{close}` where it ends, and commas between what is inside");
                let open = from + offset;
                return Some(Explained::new(format!("this `{c}` is not closed"), advice, open..open + 1));
            }
            _ => {}
        }
    }
    None
}

/// Whether a line goes on with the text of a key further up.
fn continues(place: &Around<'_>, line: Line<'_>) -> bool {
    let above = std::iter::successors(previous(place.text, line), |line| previous(place.text, *line));
    above.take(LINES_UP).find(|above| above.column() < line.column()).is_some_and(|above| {
        above.key().is_some_and(|(_, column)| above.text.len() > column && !above.value().0.is_empty())
    })
}

fn missing_colon(place: &Around<'_>, info: &str) -> Option<Explained> {
    if !info.contains("simple key") && !info.contains("mapping values") && !info.contains("expected ':'") {
        return None;
    }
    let lacks = |line: &Line<'_>| {
        line.key().is_none() && !line.body().is_empty() && !line.body().starts_with(['"', '\'', '[', '{', '|', '>'])
    };
    let line = place.lines().find(lacks).filter(|line| !continues(place, *line))?;
    let body = line.body();
    let (key, rest) = body.split_once([' ', '=']).unwrap_or((body, ""));
    let rest = rest.trim_start_matches([' ', '=']);
    let advice =
        if rest.is_empty() { format!("write {key}:") } else { masked(&format!("write {key}: {}", shortened(rest))) };
    Some(Explained::new("a colon is missing after the key", advice, line.whole()))
}

fn colon_in_text(place: &Around<'_>, info: &str) -> Option<Explained> {
    if !info.contains("mapping values are not allowed") {
        return None;
    }
    let line = Line::at(place.text, place.at);
    if continues(place, line) && line.column() == line.indent() && previous(place.text, line)?.key().is_none() {
        let advice = "put the whole text in quotes, or write | after its key and start the text on the next line";
        return Some(Explained::new("a colon inside a text that is not in quotes", advice, place.at..place.at + 1));
    }
    let (value, column) = line.value();
    (line.start + column <= place.at && value.contains(':')).then(|| {
        let advice = format!("put the text in quotes: {}", quoted(line));
        Explained::new("a colon inside a text that is not in quotes", advice, place.at..place.at + 1)
    })
}

fn indented_too_far(place: &Around<'_>, info: &str) -> Option<Explained> {
    if !info.contains("mapping values are not allowed") {
        return None;
    }
    let above = place.above?;
    let (key, _) = above.key()?;
    if place.here.column() <= above.column() || above.value().0.is_empty() {
        return None;
    }
    let advice =
        format!("start it in column {}, under `{key}`, or give `{key}` no value of its own", above.column() + 1);
    let message = format!("this line is indented as if it belonged to `{key}` above, which has a value already");
    Some(Explained::new(message, advice, place.here.whole()))
}

fn out_of_line(place: &Around<'_>, info: &str) -> Option<Explained> {
    let about = ["'-' indicator", "expected key", "invalid indentation", "document start"];
    if !about.iter().any(|words| info.contains(words)) {
        return None;
    }
    let here = place.here;
    // The columns that are open above this line: of keys, and of dashes.
    let (mut keys, mut dashes) = (Vec::new(), Vec::new());
    let mut least = usize::MAX;
    for line in place.upwards() {
        if line.column() < least {
            if let Some((key, _)) = line.key() {
                keys.push((line.column(), key));
            }
            least = line.column();
        }
        if line.has_dash() && line.indent() < least {
            dashes.push(line.indent());
            least = line.indent();
        }
        if least == 0 {
            break;
        }
    }
    let indent = here.indent();
    if here.has_dash() {
        let Some(column) = dashes.iter().min_by_key(|dash| dash.abs_diff(indent)) else {
            let advice = "write a line with the list's key above it, such as `skills:`";
            return Some(Explained::new("a list starts here without a key", advice, here.span(indent, indent + 1)));
        };
        let advice = format!("start it in column {}, like the dash above", column + 1);
        return Some(Explained::new(
            "this dash does not line up with the list above",
            advice,
            here.span(indent, indent + 1),
        ));
    }
    if dashes.contains(&indent) && here.key().is_some() {
        let advice = format!(
            "if a new entry starts here, write - {}; else indent it like the line above",
            shortened(here.body())
        );
        return Some(Explained::new(
            "a dash is missing: this line stands where entries of a list start",
            advice,
            here.whole(),
        ));
    }
    let (column, key) =
        keys.iter().filter(|(column, _)| *column != indent).min_by_key(|(column, _)| column.abs_diff(indent))?;
    let advice = format!("start it in column {}, like `{key}` above", column + 1);
    Some(Explained::new("this line does not line up with the lines above it", advice, here.whole()))
}

/// Shortened for a line of advice.
fn shortened(text: &str) -> String {
    let short: String = text.chars().take(50).collect();
    if short.len() < text.len() { short + "…" } else { short }
}
