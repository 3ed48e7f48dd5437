//! What is wrong, where, and what to do about it.
//!
//! A [`Diagnostic`] is made by any stage, at the moment it sees something wrong,
//! and collected: a run reports everything it can find, never only the first.
//! A stage says *where* in the cheapest way it knows. The Markdown reader knows
//! byte offsets; the joining of records only knows "the `badge` of the third
//! award of the fifth earner of that file", because the fast way of reading YAML
//! keeps no positions. Turning such a [`Place`] into a line and a column needs the
//! text of the file and is done once, at the end, only for what is reported
//! ([`crate::source::locate`]). What comes out of that is a [`Report`]: the same
//! thing, ready to be read by a person or, as JSON, by a program.

use std::{fmt::Write as _, ops::Range, sync::Arc};

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is published, although nothing is wrong in itself, until somebody says that it is meant.
    Refusal,
    /// Nothing is published while one of these stands.
    Error,
    /// Legal, but probably not what was meant.
    Warning,
}

/// One step from the root of a YAML document to a value in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// The value of a mapping's key.
    Key(&'static str),
    /// An item of a sequence, counted from 0.
    Index(usize),
}

impl From<&'static str> for Step {
    fn from(key: &'static str) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// Makes the `Vec<Step>` that leads to a value: `steps!["earners", 3, "name"]`.
#[macro_export]
macro_rules! steps {
    ($($step:expr),* $(,)?) => { vec![$($crate::diagnostic::Step::from($step)),*] };
}

/// Where something is, as well as the stage that reports it knows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// A file as a whole.
    File(Arc<str>),
    /// Bytes of a file's text.
    Bytes {
        /// Path relative to the site's folder, with `/` between names.
        file: Arc<str>,
        /// Byte offsets into the file, end exclusive.
        span: Range<usize>,
    },
    /// A value in a YAML file, or in the front matter of a Markdown file.
    Yaml {
        /// Path relative to the site's folder, with `/` between names.
        file: Arc<str>,
        /// The way to the value. Where its last steps do not exist in the file,
        /// the nearest value above stands for it.
        steps: Vec<Step>,
    },
}

impl Place {
    /// A file as a whole.
    pub fn file(file: impl Into<Arc<str>>) -> Self {
        Self::File(file.into())
    }

    /// Bytes of a file's text.
    pub fn bytes(file: impl Into<Arc<str>>, span: Range<usize>) -> Self {
        Self::Bytes { file: file.into(), span }
    }

    /// A value in a YAML file.
    pub fn yaml(file: impl Into<Arc<str>>, steps: Vec<Step>) -> Self {
        Self::Yaml { file: file.into(), steps }
    }

    /// The file it is in, relative to the site's folder.
    pub fn path(&self) -> &Arc<str> {
        match self {
            Self::File(file) | Self::Bytes { file, .. } | Self::Yaml { file, .. } => file,
        }
    }
}

/// One thing that is wrong or doubtful.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line without a full stop.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
    /// What to do about it, in one line; drawn under the place.
    pub advice: Option<String>,
    /// Other places that belong to it, each with what is there.
    pub also: Vec<(String, Place)>,
    /// Whether the lines are not shown, because what is private stands in them.
    pub unshown: bool,
}

impl Diagnostic {
    /// Something that stops the build.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message.into())
    }

    /// Something that stops the build until somebody says that it is meant.
    pub fn refusal(message: impl Into<String>) -> Self {
        Self::new(Severity::Refusal, message.into())
    }

    /// Something doubtful that does not.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message.into())
    }

    fn new(severity: Severity, message: String) -> Self {
        Self { severity, message, place: None, advice: None, also: Vec::new(), unshown: false }
    }

    /// Says where it is.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Says what to do about it, if there is something to say.
    #[must_use]
    pub fn maybe_advice(mut self, advice: Option<String>) -> Self {
        self.advice = advice.or(self.advice);
        self
    }

    /// Keeps the text of its places out of what is printed: what is private must not reach a log either.
    #[must_use]
    pub fn unshown(mut self) -> Self {
        self.unshown = true;
        self
    }

    /// Names another place that belongs to it.
    #[must_use]
    pub fn also(mut self, what: impl Into<String>, place: Place) -> Self {
        self.also.push((what.into(), place));
        self
    }
}

/// Findings of one kind in one file. An export can have a hundred thousand of them for one reason: the first few are
/// shown, and the last of these says how many more there are.
#[derive(Debug, Clone)]
pub struct Alike {
    shown: Vec<Diagnostic>,
    most: usize,
    more: usize,
}

impl Alike {
    /// None so far; `most` are to be shown.
    pub fn showing(most: usize) -> Self {
        Self { shown: Vec::new(), most, more: 0 }
    }

    /// Takes note of one more.
    pub fn add(&mut self, make: impl FnOnce() -> Diagnostic) {
        if self.shown.len() < self.most {
            self.shown.push(make());
        } else {
            self.more += 1;
        }
    }

    /// What is shown.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        if self.more > 0
            && let Some(last) = self.shown.last_mut()
        {
            let more = format!("{} more like it in this file", self.more);
            last.advice = Some(last.advice.take().map_or_else(|| more.clone(), |advice| format!("{advice}; {more}")));
        }
        self.shown
    }
}

/// Whether any of these stops the build.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}

/// The best guess at what was meant by `word`, as advice: ``did you mean `x`?``
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lower = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
            (distance, candidate)
        })
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count().max(word.chars().count()) / 3).max(1))
        .min()
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

/// A place that has been looked up in its file's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spot {
    /// Path relative to the site's folder, with `/` between names.
    pub file: String,
    /// Counted from 1. Absent where the file as a whole is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Counted from 1, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// How many characters of the line are meant, at least 1; 0 where the line is not shown.
    #[serde(skip)]
    pub width: usize,
    /// The line itself, without its end; of a very long line, the part around the column.
    #[serde(skip)]
    pub text: String,
    /// How many characters of the line are left out before `text`.
    #[serde(skip)]
    pub cut: usize,
}

/// A second place that belongs to a [`Report`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Related {
    /// What is there.
    pub message: String,
    /// Where.
    #[serde(flatten)]
    pub spot: Spot,
}

/// A [`Diagnostic`] whose places have been looked up: what people and programs read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub spot: Option<Spot>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// Other places that belong to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
}

/// The characters around the marked ones that are shown of a very long line.
const SHOWN_BEFORE: usize = 40;
const SHOWN_IN_ALL: usize = 120;

impl Report {
    /// Draws it for a terminal; `colour` adds ANSI escapes.
    pub fn draw(&self, colour: bool) -> String {
        let paint = |code: &str, text: &str| {
            if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
        };
        let (word, code) = match self.severity {
            Severity::Refusal => ("refused", "1;31"),
            Severity::Error => ("error", "1;31"),
            Severity::Warning => ("warning", "1;33"),
        };
        let mut out = format!("{}{}\n", paint(code, word), paint("1", &format!(": {}", safe(&self.message))));
        match &self.spot {
            Some(spot) => draw_spot(&mut out, spot, self.advice.as_deref(), code, &paint),
            None => {
                if let Some(advice) = &self.advice {
                    let _ = writeln!(out, "  {} {}", paint("1;34", "="), safe(advice));
                }
            }
        }
        for related in &self.related {
            let _ = writeln!(out, "  {}", safe(&related.message));
            draw_spot(&mut out, &related.spot, None, "1;34", &paint);
        }
        out
    }
}

fn draw_spot(out: &mut String, spot: &Spot, advice: Option<&str>, code: &str, paint: &dyn Fn(&str, &str) -> String) {
    let blue = "1;34";
    let (Some(line), Some(column)) = (spot.line, spot.column) else {
        let _ = writeln!(out, "  {} {}", paint(blue, "-->"), safe(&spot.file));
        if let Some(advice) = advice {
            let _ = writeln!(out, "   {} {}", paint(blue, "="), safe(advice));
        }
        return;
    };
    let number = line.to_string();
    let gutter = " ".repeat(number.len());
    let _ = writeln!(out, "{gutter}{} {}:{line}:{column}", paint(blue, "-->"), safe(&spot.file));
    if spot.text.is_empty() && spot.width == 0 {
        if let Some(advice) = advice {
            let _ = writeln!(out, "{gutter}  {} {}", paint(blue, "="), safe(advice));
        }
        return;
    }
    let _ = writeln!(out, "{gutter} {}", paint(blue, "|"));
    let (shown, offset, width) = excerpt(&spot.text, column.saturating_sub(1 + spot.cut), spot.width);
    let _ = writeln!(out, "{} {shown}", paint(blue, &format!("{number} |")));
    let mark = format!("{}{}", " ".repeat(offset), paint(code, &"^".repeat(width.max(1))));
    let advice = advice.map(|text| format!(" {}", paint(code, &safe(text)))).unwrap_or_default();
    let _ = writeln!(out, "{gutter} {} {mark}{advice}", paint(blue, "|"));
}

/// The part of a line that is shown, where in it the marked characters start, and how many they are.
fn excerpt(text: &str, start: usize, width: usize) -> (String, usize, usize) {
    let total = text.chars().count();
    if total <= SHOWN_IN_ALL {
        let width = width.min(total.saturating_sub(start).max(1));
        return (safe(text), columns(text, 0, start), columns(text, start, start + width).max(1));
    }
    let from = start.saturating_sub(SHOWN_BEFORE);
    let shown: String = text.chars().skip(from).take(SHOWN_IN_ALL).collect();
    let kept = shown.chars().count();
    let start = start - from;
    let width = width.min(kept.saturating_sub(start)).max(1);
    let (lead, trail) = (if from > 0 { "…" } else { "" }, if from + kept < total { "…" } else { "" });
    let offset = columns(&shown, 0, start) + lead.chars().count();
    let width = columns(&shown, start, start + width).max(1);
    (format!("{lead}{}{trail}", safe(&shown)), offset, width)
}

/// How many terminal columns the characters from `start` to `end` take.
fn columns(text: &str, start: usize, end: usize) -> usize {
    let part: String = text.chars().skip(start).take(end.saturating_sub(start)).collect();
    unicode_width::UnicodeWidthStr::width(safe(&part).as_str())
}

/// Text of unknown origin made safe to print: what could move the cursor or turn
/// the direction of writing is shown as its code point.
pub fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push(' '),
            c if c.is_control() || is_direction_control(c) || is_noncharacter(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// Whether a code point is none that a text may have (Unicode Standard, section 23.7).
fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

/// Whether a character changes the direction of the text around it without being
/// seen (Unicode Standard Annex 9, section 2).
pub fn is_direction_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(text: &str, column: usize, width: usize) -> Report {
        Report {
            severity: Severity::Error,
            message: "no badge has the id `cxcp`".into(),
            spot: Some(Spot {
                file: "content/earners/2026.yaml".into(),
                line: Some(48),
                column: Some(column),
                width,
                text: text.into(),
                cut: 0,
            }),
            advice: did_you_mean("cxcp", ["member", "ccxp"]),
            related: Vec::new(),
        }
    }

    #[test]
    fn an_error_is_drawn_as_the_contract_shows_it() {
        let drawn = report("        badge: cxcp", 16, 4).draw(false);
        assert_eq!(
            drawn,
            "error: no badge has the id `cxcp`\n  --> content/earners/2026.yaml:48:16\n   |\n\
             48 |         badge: cxcp\n   |                ^^^^ did you mean `ccxp`?\n"
        );
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_mark() {
        let text = format!("{}BAD{}", "x".repeat(100_000), "y".repeat(100_000));
        let drawn = report(&text, 100_001, 3).draw(false);
        assert!(drawn.contains("…x"), "{drawn}");
        assert!(drawn.contains("y…"), "{drawn}");
        assert!(drawn.len() < 600, "{}", drawn.len());
    }

    #[test]
    fn control_characters_cannot_reach_the_terminal() {
        let drawn = report("badge: \u{1b}[31mred\u{202e}", 1, 3).draw(false);
        assert!(!drawn.contains('\u{1b}'));
        assert!(!drawn.contains('\u{202e}'));
        assert!(drawn.contains("\\u{1b}"));
        assert_eq!(safe("a\u{fffe}\u{ffff}\u{1ffff}b"), "a\\u{fffe}\\u{ffff}\\u{1ffff}b");
    }

    #[test]
    fn what_is_alike_is_shown_a_few_times_and_counted() {
        let of = |count: usize| {
            let mut alike = Alike::showing(2);
            (0..count).for_each(|n| alike.add(|| Diagnostic::warning(format!("{n}")).advice("mend it")));
            alike.finish().into_iter().map(|d| (d.message, d.advice.unwrap())).collect::<Vec<_>>()
        };
        assert_eq!(of(0), []);
        assert_eq!(of(2)[1], ("1".to_owned(), "mend it".to_owned()));
        assert_eq!(of(9)[1], ("1".to_owned(), "mend it; 7 more like it in this file".to_owned()));
    }

    #[test]
    fn a_guess_is_only_made_when_it_is_near() {
        assert_eq!(did_you_mean("expries", ["issued", "expires"]).as_deref(), Some("did you mean `expires`?"));
        assert_eq!(did_you_mean("zebra", ["issued", "expires"]), None);
    }
}
