//! Setting a text into a box: shaping, line breaks, size.
//!
//! SVG has no line breaking, and names come in every script and
//! length. So text is shaped here, once, with the fonts it will be drawn with;
//! its lines are broken where its script allows, at the largest size at which
//! it fits; and the glyphs that were measured are the glyphs that are drawn.
//! Each text is a paragraph of its own direction, by its first strong letter:
//! a Hebrew name with a full stop or a Latin acronym in it comes out in order.
//!
//! Hostile input is bounded before it is shaped: a few hundred characters, a
//! few marks a letter, no control characters. What does not fit even at the
//! smallest size ends in an ellipsis, and says so ([`Setting::is_cut`]): part
//! of a name is not that person's, so whoever sets it tries smaller sizes and
//! more lines first.

use harfrust::{Direction, ShapeOptions, UnicodeBuffer, script};
use skrifa::instance::{LocationRef, Size};
use skrifa::{GlyphId, MetadataProvider};
use unicode_bidi::{BidiInfo, Level};
use unicode_script::{Script, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

use crate::fonts::{Fonts, is_invisible};

/// The most characters that are looked at; no size lets more fit on a card or a certificate.
const MOST_CHARACTERS: usize = 400;
/// The most combining marks above and below one letter.
const MOST_MARKS: usize = 4;
/// The most characters that make one letter, joiners and marks included.
const LONGEST_LETTER: usize = 16;
/// A text goes on fewer lines if that costs it less than this share of its size.
const FEWER_LINES: f32 = 0.8;

/// The box a text must fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::output) struct Fit {
    /// Width in pixels.
    pub(in crate::output) width: f32,
    pub(in crate::output) lines: usize,
    /// Sizes in pixels.
    pub(in crate::output) largest: f32,
    pub(in crate::output) smallest: f32,
}

/// One glyph of a line; places are in ems, from the line's left end.
#[derive(Debug, Clone, Copy)]
pub(in crate::output) struct Glyph {
    pub(in crate::output) face: usize,
    pub(in crate::output) id: GlyphId,
    pub(in crate::output) x: f32,
    pub(in crate::output) y: f32,
    /// Where in the line's text the letter begins that it belongs to.
    pub(in crate::output) letter: usize,
}

/// One line, left to right as drawn.
#[derive(Debug, Clone, Default)]
pub(in crate::output) struct Line {
    pub(in crate::output) text: String,
    pub(in crate::output) glyphs: Vec<Glyph>,
    /// In ems.
    pub(in crate::output) width: f32,
    /// Ems of ink above and below the baseline, where the text is more than ASCII.
    pub(in crate::output) ink: [f32; 2],
}

/// A text set into its box.
#[derive(Debug, Clone)]
pub(in crate::output) struct Setting {
    /// In pixels.
    pub(in crate::output) size: f32,
    pub(in crate::output) lines: Vec<Line>,
    /// Whether it is written from the right, so that its lines begin there.
    pub(in crate::output) from_right: bool,
    /// Whether its end is missing.
    pub(in crate::output) is_cut: bool,
}

/// The text without what must not or need not be drawn: controls and
/// bidirectional overrides are dropped, any white space is one space, marks
/// and length are bounded.
pub(in crate::output) fn tidy(text: &str) -> String {
    let mut tidy = String::new();
    for cluster in text.graphemes(true).take(MOST_CHARACTERS) {
        if cluster.chars().all(char::is_whitespace) {
            if !tidy.is_empty() && !tidy.ends_with(' ') {
                tidy.push(if cluster == "\u{a0}" { '\u{a0}' } else { ' ' });
            }
            continue;
        }
        let mut marks = 0;
        for character in cluster.chars().take(LONGEST_LETTER) {
            let joins = matches!(character, '\u{200c}' | '\u{200d}')
                && tidy.chars().next_back().is_some_and(char::is_alphabetic);
            if is_invisible(character) && !joins {
                continue;
            }
            if character.script() == Script::Inherited && !joins {
                marks += 1;
                if marks > MOST_MARKS {
                    continue;
                }
            }
            tidy.push(character);
        }
    }
    tidy.truncate(tidy.trim_end().len());
    tidy
}

/// Sets a tidy text. `None` if nothing of it can be drawn.
pub(in crate::output) fn set(fonts: &Fonts, ranked: &[usize], text: &str, fit: Fit) -> Option<Setting> {
    let whole = shape(fonts, ranked, Part::whole(text), None);
    if whole.line.glyphs.is_empty() {
        return None;
    }
    let paragraph = Paragraph::new(text, &whole);
    let (size, ranges, is_cut) = paragraph.break_lines(fit);
    let mut lines = Vec::with_capacity(ranges.len());
    let last = ranges.len().saturating_sub(1);
    for (index, (start, end)) in ranges.into_iter().enumerate() {
        if start == 0 && end == text.len() {
            lines.push(whole.line.clone());
            continue;
        }
        let part = Part {
            text: text.get(start..end).unwrap_or_default(),
            before: text.get(..start).unwrap_or_default(),
            after: text.get(end..).unwrap_or_default(),
        };
        if is_cut && index == last {
            let text = &format!("{}…", part.text);
            lines.push(shape(fonts, ranked, Part { text, ..part }, whole.base).line);
        } else {
            lines.push(shape(fonts, ranked, part, whole.base).line);
        }
    }
    // Letters may be wider at the end of a line than inside it.
    let widest = lines.iter().map(|line| line.width).fold(0.0, f32::max);
    let size = if widest * size > fit.width { fit.width / widest } else { size };
    let from_right = whole.base.is_some_and(|level| level.is_rtl());
    Some(Setting { size, lines, from_right, is_cut })
}

/// A shaped line, with the advance of each cluster at its byte.
struct Shaped {
    line: Line,
    advances: Vec<(usize, f32)>,
    base: Option<Level>,
}

/// A part of one direction, script and face.
struct Run {
    start: usize,
    end: usize,
    face: usize,
}

/// A part of a text, and what is around it: letters join across the end of a line.
#[derive(Clone, Copy)]
struct Part<'a> {
    text: &'a str,
    before: &'a str,
    after: &'a str,
}

impl<'a> Part<'a> {
    fn whole(text: &'a str) -> Self {
        Self { text, before: "", after: "" }
    }
}

fn shape(fonts: &Fonts, ranked: &[usize], part: Part<'_>, base: Option<Level>) -> Shaped {
    let text = part.text;
    let bidi = BidiInfo::new(text, base);
    let line = Line { text: text.to_owned(), ..Line::default() };
    let mut shaped = Shaped { line, advances: Vec::new(), base };
    let Some(paragraph) = bidi.paragraphs.first() else {
        return shaped;
    };
    shaped.base = Some(paragraph.level);
    let (levels, visual) = bidi.visual_runs(paragraph, paragraph.range.clone());
    for range in visual {
        let rightward = levels.get(range.start).is_none_or(Level::is_ltr);
        let mut runs = runs(fonts, ranked, text, range.start, range.end);
        if !rightward {
            runs.reverse();
        }
        for run in runs {
            shape_run(fonts, part, &run, rightward, &mut shaped);
        }
    }
    shaped.advances.sort_unstable_by_key(|(at, _)| *at);
    shaped
}

/// Splits a part of one direction by face and script.
fn runs(fonts: &Fonts, ranked: &[usize], text: &str, start: usize, end: usize) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut current = Script::Common;
    let part = text.get(start..end).unwrap_or_default();
    for (at, cluster) in part.grapheme_indices(true) {
        let Some(face) = fonts.face_for(cluster, ranked) else {
            continue;
        };
        let own = cluster
            .chars()
            .map(|c| c.script())
            .find(|script| !matches!(script, Script::Common | Script::Inherited))
            .unwrap_or(Script::Common);
        let (at, until) = (start + at, start + at + cluster.len());
        let same = |run: &&mut Run| {
            run.face == face && run.end == at && (own == Script::Common || current == Script::Common || own == current)
        };
        if let Some(run) = runs.last_mut().filter(same) {
            run.end = until;
        } else {
            runs.push(Run { start: at, end: until, face });
            current = Script::Common;
        }
        if own != Script::Common {
            current = own;
        }
    }
    runs
}

#[expect(clippy::cast_precision_loss, reason = "font units are small numbers")]
fn shape_run(fonts: &Fonts, part: Part<'_>, run: &Run, rightward: bool, shaped: &mut Shaped) {
    let text = part.text;
    let Some(face) = fonts.face(run.face) else {
        return;
    };
    let Some(tables) = face.tables() else { return };
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text.get(run.start..run.end).unwrap_or_default());
    if run.start == 0 {
        buffer.set_pre_context(part.before);
    }
    if run.end == text.len() {
        buffer.set_post_context(part.after);
    }
    buffer.guess_segment_properties();
    if buffer.script() == script::UNKNOWN {
        buffer.set_script(script::LATIN);
    }
    let is_plain = text.is_ascii();
    let metrics = tables.glyph_metrics(Size::unscaled(), LocationRef::default());
    buffer.set_direction(if rightward { Direction::LeftToRight } else { Direction::RightToLeft });
    let prepared = face.shaper.shaper(&tables).build();
    let output = prepared.shape(buffer, ShapeOptions::new());
    let em = |units: i32| units as f32 / face.units_per_em;
    for (info, position) in output.glyph_infos().iter().zip(output.glyph_positions()) {
        let at = run.start + usize::try_from(info.cluster).unwrap_or_default();
        let id = GlyphId::new(info.glyph_id);
        if !is_plain && let Some(bounds) = metrics.bounds(id) {
            let [above, below] = shaped.line.ink;
            let raised = em(position.y_offset);
            let (top, bottom) = (bounds.y_max / face.units_per_em, bounds.y_min / face.units_per_em);
            shaped.line.ink = [above.max(top + raised), below.max(-bottom - raised)];
        }
        shaped.line.glyphs.push(Glyph {
            letter: at,
            face: run.face,
            id,
            x: shaped.line.width + em(position.x_offset),
            y: em(position.y_offset),
        });
        let advance = em(position.x_advance);
        shaped.line.width += advance;
        shaped.advances.push((at, advance));
    }
}

/// One cluster of the text, and what may happen after it.
struct Letter {
    start: usize,
    end: usize,
    /// Ems from the text's start to this letter's end.
    reach: f32,
    is_space: bool,
    may_break_after: bool,
}

struct Paragraph {
    letters: Vec<Letter>,
}

/// Byte ranges of lines.
type Ranges = Vec<(usize, usize)>;

impl Paragraph {
    fn new(text: &str, shaped: &Shaped) -> Self {
        let mut advances = shaped.advances.iter().peekable();
        let mut reach = 0.0;
        let mut letters = Vec::new();
        let mut clusters = text.grapheme_indices(true).peekable();
        while let Some((start, cluster)) = clusters.next() {
            let end = start + cluster.len();
            while let Some((_, advance)) = advances.next_if(|(at, _)| *at < end) {
                reach += advance;
            }
            let next = clusters.peek().map_or("", |(_, next)| *next);
            letters.push(Letter {
                start,
                end,
                reach,
                is_space: cluster == " ",
                may_break_after: may_break(cluster, next),
            });
        }
        Self { letters }
    }

    /// Lines for the largest size that fits; whether the end had to be cut.
    fn break_lines(&self, fit: Fit) -> (f32, Ranges, bool) {
        // Words are broken only where they are too long for a line, or all together for the lines.
        for inside_words in [false, true] {
            if let Some((size, width)) = self.best(fit, inside_words) {
                return (size, self.ranges(width, inside_words).unwrap_or_default(), false);
            }
        }
        let size = fit.smallest;
        let width = fit.width / size;
        let mut ranges = self.ranges(width, true).unwrap_or_default();
        ranges.truncate(fit.lines.max(1));
        if let Some(last) = ranges.last_mut() {
            last.1 = self.shortened(last.0, last.1, width - ELLIPSIS);
        }
        (size, ranges, true)
    }

    /// The largest size at which the text fits, and the width of its lines in ems then.
    fn best(&self, fit: Fit, inside_words: bool) -> Option<(f32, f32)> {
        let mut best: Option<(f32, f32)> = None;
        for lines in 1..=fit.lines.max(1) {
            let Some(size) = self.largest_size(fit, lines, inside_words) else {
                continue;
            };
            // Only a clear gain in size is worth another line.
            if best.is_none_or(|(size_before, _)| size * FEWER_LINES > size_before) {
                best = Some((size, self.narrowest(fit.width / size, lines, inside_words)));
            }
        }
        best
    }

    fn largest_size(&self, fit: Fit, lines: usize, inside_words: bool) -> Option<f32> {
        let fits = |size: f32| self.ranges(fit.width / size, inside_words).is_some_and(|ranges| ranges.len() <= lines);
        let mut size = fit.largest;
        while size > fit.smallest {
            if fits(size) {
                return Some(size);
            }
            size -= 1.0;
        }
        fits(fit.smallest).then_some(fit.smallest)
    }

    /// The narrowest width that needs no more lines: lines of like length.
    fn narrowest(&self, width: f32, lines: usize, inside_words: bool) -> f32 {
        if lines < 2 {
            return width;
        }
        let (mut low, mut high) = (width * 0.4, width);
        for _ in 0..10 {
            let middle = f32::midpoint(low, high);
            match self.ranges(middle, inside_words) {
                Some(ranges) if ranges.len() <= lines => high = middle,
                _ => low = middle,
            }
        }
        high
    }

    /// Lines no wider than `width` ems, each as full as it gets. `None` if a
    /// word is wider, unless words may be broken.
    fn ranges(&self, width: f32, inside_words: bool) -> Option<Ranges> {
        let mut ranges = Vec::new();
        let mut first = 0;
        while let Some(start) = self.letters.get(first) {
            let origin = match first.checked_sub(1) {
                Some(before) => self.letters.get(before)?.reach,
                None => 0.0,
            };
            // The last place to break, and the last letter that still fits.
            let mut breaking = None;
            let mut fitting = first;
            let mut at = first;
            let mut full = false;
            while let Some(letter) = self.letters.get(at) {
                if !letter.is_space && letter.reach - origin > width {
                    full = true;
                    break;
                }
                fitting = at;
                if letter.may_break_after {
                    breaking = Some(at);
                }
                at += 1;
            }
            let last = match (full, breaking) {
                (false, _) => fitting,
                (true, Some(at)) => at,
                (true, None) if inside_words => fitting,
                (true, None) => return None,
            };
            let mut end = last;
            while end > first && self.letters.get(end)?.is_space {
                end -= 1;
            }
            ranges.push((start.start, self.letters.get(end)?.end));
            first = last + 1;
        }
        Some(ranges)
    }

    /// Where to end a line so that it is no wider than `width`.
    fn shortened(&self, start: usize, end: usize, width: f32) -> usize {
        let mut origin = 0.0;
        let mut until = start;
        for letter in &self.letters {
            if letter.start < start {
                origin = letter.reach;
            } else if letter.end <= end && letter.reach - origin <= width {
                if !letter.is_space {
                    until = letter.end;
                }
            } else {
                break;
            }
        }
        until
    }
}

/// The ellipsis is one em wide in every usual font.
const ELLIPSIS: f32 = 1.0;

/// Whether a line may end between two letters: after a space or a hyphen, and
/// between the characters of scripts that write without spaces.
fn may_break(cluster: &str, next: &str) -> bool {
    if next.is_empty() || next == " " {
        return cluster == " ";
    }
    if matches!(cluster, " " | "-" | "‐" | "–" | "—" | "/" | "\u{200b}" | "־") {
        return true;
    }
    let unspaced = |text: &str| {
        text.chars().next().is_some_and(|c| {
            matches!(c.script(), Script::Han | Script::Hiragana | Script::Katakana)
                || ('\u{3000}'..='\u{303f}').contains(&c)
        })
    };
    let closes = |text: &str| "、。，．・：；！？」』）】〉》ーっッゃゅょャュョ々".contains(text);
    let opens = |text: &str| "「『（【〈《".contains(text);
    (unspaced(cluster) || unspaced(next)) && !closes(next) && !opens(cluster)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIT: Fit = Fit { width: 640.0, lines: 2, largest: 72.0, smallest: 36.0 };

    fn fonts() -> Fonts {
        Fonts::new(&[]).unwrap()
    }

    fn set_in(text: &str, fit: Fit) -> Setting {
        let fonts = fonts();
        let ranked = fonts.ranked("", &["serif"], 700, false);
        set(&fonts, &ranked, &tidy(text), fit).unwrap()
    }

    fn fits(setting: &Setting, fit: Fit) -> bool {
        setting.lines.len() <= fit.lines
            && setting.size <= fit.largest
            && setting.lines.iter().all(|line| line.width * setting.size <= fit.width + 0.1)
    }

    #[test]
    fn a_short_name_has_one_line_of_the_largest_size() {
        let setting = set_in("Kate Osei", FIT);
        assert_eq!((setting.lines.len(), setting.size), (1, 72.0));
    }

    #[test]
    fn a_long_name_takes_two_lines_of_like_length() {
        let setting = set_in("Maria Fernanda Rodríguez de la Fuente", FIT);
        assert_eq!(setting.lines.len(), 2);
        let (a, b) = (setting.lines[0].width, setting.lines[1].width);
        assert!((a - b).abs() < 0.5 * a.max(b), "{a} {b}");
    }

    #[test]
    fn nothing_ever_overflows() {
        let names = [
            "W".repeat(10_000),
            "Wolfeschlegelsteinhausenbergerdorff ".repeat(40),
            "a\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}".repeat(300),
            "محمد بن عبد الله ".repeat(20),
            "کتاب\u{200c}خانه".repeat(30),
            "</svg><script>".repeat(90),
            "لا".repeat(50),
            "e\u{300}".repeat(5_000),
            "A".into(),
        ];
        for name in names {
            let setting = set_in(&name, FIT);
            assert!(fits(&setting, FIT), "{:.20} {}", name, setting.size);
        }
    }

    #[test]
    fn what_cannot_fit_ends_in_an_ellipsis() {
        let fonts = fonts();
        let ranked = fonts.ranked("", &["serif"], 700, false);
        let ellipsis = shape(&fonts, &ranked, Part::whole("…"), None).line.glyphs[0].id;
        let setting = set_in(&"wide ".repeat(200), FIT);
        assert!(setting.is_cut);
        assert_eq!(setting.lines.last().unwrap().glyphs.last().unwrap().id, ellipsis);
    }

    #[test]
    fn a_right_to_left_name_is_set_from_the_right() {
        let fonts = fonts();
        let ranked = fonts.ranked("", &["serif"], 700, false);
        let name = shape(&fonts, &ranked, Part::whole("אב."), None);
        let dot = shape(&fonts, &ranked, Part::whole("."), None).line.glyphs[0].id;
        assert_eq!(name.line.glyphs[0].id, dot, "the full stop is at the left");
    }

    #[test]
    fn arabic_letters_join() {
        let fonts = fonts();
        let ranked = fonts.ranked("", &["serif"], 700, false);
        let alone = shape(&fonts, &ranked, Part::whole("ب"), None).line.glyphs[0].id;
        let joined = shape(&fonts, &ranked, Part::whole("ببب"), None);
        assert_eq!(joined.line.glyphs.len(), 3);
        assert!(joined.line.glyphs.iter().all(|glyph| glyph.id != alone));
    }

    #[test]
    fn a_line_breaks_after_a_hyphen_and_not_at_a_fixed_space() {
        assert!(may_break("-", "b"));
        assert!(!may_break("\u{a0}", "b"));
        assert!(!may_break("a", "b"));
        assert!(may_break("王", "小"));
        assert!(!may_break("王", "。"));
    }

    #[test]
    fn a_long_word_is_set_in_full_in_lines_of_like_length() {
        let fit = Fit { lines: 12, smallest: 20.0, ..FIT };
        for word in ["W".repeat(200), "ب".repeat(200), "e\u{301}".repeat(200), "שלום".repeat(50)] {
            let setting = set_in(&word, fit);
            assert!(!setting.is_cut && fits(&setting, fit), "{word:.20} {}", setting.size);
            let said: String = setting.lines.iter().map(|line| line.text.as_str()).collect();
            assert_eq!(said, word);
        }
    }

    #[test]
    fn letters_join_across_the_end_of_a_line() {
        let fonts = fonts();
        let ranked = fonts.ranked("", &["serif"], 700, false);
        let glyph = |before, after| {
            let line = shape(&fonts, &ranked, Part { text: "ب", before, after }, None).line;
            line.glyphs[0].id
        };
        let forms = [glyph("", ""), glyph("", "ب"), glyph("ب", "ب"), glyph("ب", "")];
        let distinct: std::collections::HashSet<u32> = forms.iter().map(|glyph| glyph.to_u32()).collect();
        assert_eq!(distinct.len(), 4, "alone, first, middle and last");
    }

    #[test]
    fn controls_and_overrides_are_gone_and_joiners_between_letters_stay() {
        assert_eq!(tidy("a\u{202e}b\u{0}c\u{2066}\u{feff}"), "abc");
        assert_eq!(tidy("  a \n\t b\u{a0}c  "), "a b\u{a0}c");
        assert_eq!(tidy("می\u{200c}خواهم"), "می\u{200c}خواهم");
        assert_eq!(tidy("\u{200d}x"), "x");
    }

    #[test]
    fn marks_on_one_letter_are_bounded() {
        let zalgo = format!("Z{}", "\u{300}".repeat(1_000));
        assert_eq!(tidy(&zalgo).chars().count(), 1 + MOST_MARKS);
    }
}
