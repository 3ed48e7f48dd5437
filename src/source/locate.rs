//! From places to lines and columns.
//!
//! The last step of reporting, and the only one that needs the text of files again.
//! Each file that something is reported of is read once, its YAML is gone through
//! once for all values that are looked for, and its lines are counted once. Texts
//! are taken as they come: not UTF-8, with a byte order mark, in a single line of a
//! hundred megabytes (of which only the part around the place is kept). Nothing here
//! can fail; a place that cannot be found becomes the file as a whole.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::Range,
    path::Path,
    sync::Arc,
};

use super::{Bytes, blot, keylike, kinds::Kind, secrets, yaml};
use crate::diagnostic::{Diagnostic, Place, Related, Report, Spot, Step};

/// How much of a very long line is kept before and after the place, in bytes.
const KEPT_BEFORE: usize = 400;
const KEPT_AFTER: usize = 2_000;

/// Where somebody may have written a key by mistake.
const SETTINGS: &str = "site.yaml";

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Looks up the places of all diagnostics. `text_of` reads a file by its path relative to the site's
/// folder. The reports come by file and line, each only once.
pub fn locate(diagnostics: Vec<Diagnostic>, text_of: &mut dyn FnMut(&str) -> Option<Vec<u8>>) -> Vec<Report> {
    let places = || diagnostics.iter().flat_map(|d| d.place.iter().chain(d.also.iter().map(|(_, place)| place)));
    let mut by_file: BTreeMap<&str, Vec<&Place>> = BTreeMap::new();
    for place in places() {
        by_file.entry(place.path()).or_default().push(place);
    }
    let mut spots: HashMap<&Place, Spot> = HashMap::new();
    let written = by_file.contains_key(SETTINGS).then(|| text_of(SETTINGS)).flatten().unwrap_or_default();
    let written = Secrets::of(&String::from_utf8_lossy(&written));
    for (file, mut places) in by_file {
        places.sort_by_key(|place| order(place));
        places.dedup();
        look_up(file, &places, text_of, &mut spots);
    }
    let spot = |place: &Place| spots.get(place).cloned().unwrap_or_else(|| whole(place.path()));
    let looked_up: Vec<(Option<Spot>, Vec<Spot>)> = diagnostics
        .iter()
        .map(|d| {
            let spot = |place: &Place| {
                let spot = spot(place);
                if d.unshown && spot.line.is_some() {
                    Spot { width: 0, text: String::new(), cut: 0, ..spot }
                } else {
                    spot
                }
            };
            (d.place.as_ref().map(spot), d.also.iter().map(|(_, place)| spot(place)).collect())
        })
        .collect();
    let mut reports: Vec<Report> = diagnostics
        .into_iter()
        .zip(looked_up)
        .map(|(Diagnostic { severity, message, advice, also, place, .. }, (spot, others))| {
            // What is said may repeat what was written.
            let of_settings = place.as_ref().is_some_and(|place| &**place.path() == SETTINGS);
            let of_export = (place.iter().chain(also.iter().map(|(_, place)| place)))
                .any(|place| Kind::of(place.path()) == Kind::Export);
            let said_with = |text: String, without_mail: fn(&str) -> String| {
                let text = if of_settings { keylike::without_keys(&written.without(text)) } else { text };
                blot::without_logins(&if of_export { without_mail(&text) } else { text })
            };
            let said = |text: String| said_with(text, blot::without_mail);
            let others = also.into_iter().zip(others);
            Report {
                severity,
                message: said(message),
                spot,
                advice: advice.map(|text| said_with(text, blot::advice_without_mail)),
                related: others.map(|((message, _), spot)| Related { message: said(message), spot }).collect(),
            }
        })
        .collect();
    let key = |report: &Report| report.spot.as_ref().map(|spot| (spot.file.clone(), spot.line, spot.column));
    reports.sort_by_cached_key(|report| (report.spot.is_none(), key(report)));
    let mut seen = HashSet::new();
    reports.retain(|report| {
        seen.insert((
            report.severity,
            report.message.clone(),
            key(report),
            report.advice.clone(),
            report
                .related
                .iter()
                .map(|r| (r.message.clone(), r.spot.file.clone(), r.spot.line, r.spot.column))
                .collect::<Vec<_>>(),
        ))
    });
    reports
}

/// Turns places of values into the bytes that they are, so that they can be looked up again without going through the
/// YAML. `text_of` gives the bytes of a file that was read.
pub fn settle(diagnostics: &mut [Diagnostic], text_of: &mut dyn FnMut(&str) -> Option<Bytes>) {
    let mut by_file: BTreeMap<Arc<str>, Vec<&mut Place>> = BTreeMap::new();
    for diagnostic in diagnostics {
        for place in diagnostic.place.iter_mut().chain(diagnostic.also.iter_mut().map(|(_, place)| place)) {
            if matches!(place, Place::Yaml { .. }) {
                by_file.entry(place.path().clone()).or_default().push(place);
            }
        }
    }
    for (file, places) in by_file {
        let wanted: Vec<Vec<Step>> = places
            .iter()
            .map(|place| match &**place {
                Place::Yaml { steps, .. } => steps.clone(),
                Place::File(_) | Place::Bytes { .. } => Vec::new(),
            })
            .collect();
        let steps: Vec<&[Step]> = wanted.iter().map(Vec::as_slice).collect();
        let found = text_of(&file).map(|bytes| find(&file, &bytes, &steps)).unwrap_or_default();
        for (place, span) in places.into_iter().zip(found.into_iter().chain(std::iter::repeat(None))) {
            *place = span.map_or_else(|| Place::File(file.clone()), |span| Place::bytes(file.clone(), span));
        }
    }
}

fn order(place: &Place) -> (u8, usize, usize) {
    match place {
        Place::File(_) => (0, 0, 0),
        Place::Bytes { span, .. } => (1, span.start, span.end),
        Place::Yaml { .. } => (2, 0, 0),
    }
}

/// A file as a whole.
fn whole(file: &str) -> Spot {
    Spot { file: file.to_owned(), line: None, column: None, width: 1, text: String::new(), cut: 0 }
}

fn look_up<'p>(
    file: &str,
    places: &[&'p Place],
    text_of: &mut dyn FnMut(&str) -> Option<Vec<u8>>,
    spots: &mut HashMap<&'p Place, Spot>,
) {
    if places.iter().all(|place| matches!(place, Place::File(_))) {
        return;
    }
    let Some(bytes) = text_of(file) else { return };
    let mut spans: Vec<(Range<usize>, &'p Place)> = Vec::with_capacity(places.len());
    let mut wanted: Vec<(&'p [Step], &'p Place)> = Vec::new();
    for place in places {
        match place {
            Place::File(_) => {}
            Place::Bytes { span, .. } => spans.push((span.clone(), place)),
            Place::Yaml { steps, .. } => wanted.push((steps, place)),
        }
    }
    if !wanted.is_empty() {
        let steps: Vec<&[Step]> = wanted.iter().map(|(steps, _)| *steps).collect();
        for (span, (_, place)) in find(file, &bytes, &steps).into_iter().zip(&wanted) {
            spans.extend(span.map(|span| (span, *place)));
        }
    }
    spans.sort_by_key(|(span, _)| span.start);
    let is_export = Kind::of(file) == Kind::Export;
    // Nothing behind the last place is shown, but for the rest of its line.
    let last = spans.last().map_or(0, |(span, _)| span.start);
    let end = line_end(&bytes, last).min(last.saturating_add(KEPT_AFTER));
    let hidden = match std::str::from_utf8(&bytes) {
        Ok(text) if file == SETTINGS => secrets::secrets(text),
        _ if is_export => hidden(bytes.get(..end).unwrap_or(&bytes)),
        _ => Vec::new(),
    };
    let mut lines = Lines::new(&bytes, hidden);
    for (span, place) in spans {
        let mut spot = lines.spot(file, span);
        if is_export {
            spot.text = blot::without_mail(&spot.text);
        } else if file == SETTINGS {
            spot.text = keylike::without_keys(&spot.text);
        }
        spot.text = blot::without_logins(&spot.text);
        spots.insert(place, spot);
    }
}

/// What is written in site.yaml and must not be repeated in words either.
struct Secrets(Vec<String>);

/// What is shorter is also part of other words.
const SHORTEST_SECRET: usize = 6;

impl Secrets {
    fn of(text: &str) -> Self {
        let ends = |c: char| c.is_whitespace() || "\"'{}[],:`".contains(c);
        let hidden = secrets::secrets(text);
        let words = hidden.into_iter().flat_map(|span| text.get(span).unwrap_or_default().split(ends));
        Self(words.filter(|word| word.len() >= SHORTEST_SECRET).map(ToOwned::to_owned).collect())
    }

    fn without(&self, said: String) -> String {
        self.0.iter().fold(said, |said, secret| if said.contains(secret) { said.replace(secret, "***") } else { said })
    }
}

/// Where an export has what no line may show: ids that may be an earner's.
fn hidden(bytes: &[u8]) -> Vec<Range<usize>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => yaml::hidden_ids(text),
        // A text of as many bytes, in which only letters are others.
        Err(_) => yaml::hidden_ids(
            &bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { 'x' }).collect::<String>(),
        ),
    }
}

/// The places of YAML values in the bytes of a file.
fn find(file: &str, bytes: &[u8], steps: &[&[Step]]) -> Vec<Option<Range<usize>>> {
    // What is no UTF-8 has been reported as such; nothing in it is looked for.
    let Ok(text) = std::str::from_utf8(bytes) else { return vec![None; steps.len()] };
    let markdown = Path::new(file).extension().is_some_and(|end| end.eq_ignore_ascii_case("md"));
    let yaml = if markdown {
        yaml::front_matter(text)
    } else {
        Some(text.len() - text.trim_start_matches('\u{feff}').len()..text.len())
    };
    let Some(yaml) = yaml else { return vec![None; steps.len()] };
    let base = yaml.start;
    let spans = yaml::spans_of(text.get(yaml).unwrap_or_default(), steps);
    spans.into_iter().map(|span| span.map(|span| base + span.start..base + span.end)).collect()
}

/// Goes through the lines of a file, forwards only.
struct Lines<'b> {
    bytes: &'b [u8],
    /// The line that was reached.
    number: usize,
    start: usize,
    end: usize,
    /// A byte of that line, and how many characters of the line stand before it.
    known: (usize, usize),
    /// What is not shown, from the beginning on.
    hidden: Vec<Range<usize>>,
}

impl<'b> Lines<'b> {
    fn new(bytes: &'b [u8], hidden: Vec<Range<usize>>) -> Self {
        let start = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
        Self { bytes, number: 1, start, end: line_end(bytes, start), known: (start, 0), hidden }
    }

    /// Where `span` is; spans must come in the order of their starts.
    fn spot(&mut self, file: &str, span: Range<usize>) -> Spot {
        let at = span.start.clamp(self.known.0, self.bytes.len().max(self.known.0));
        while let Some(next) = after_line_end(self.bytes, self.end).filter(|next| *next <= at) {
            self.number += 1;
            self.start = next;
            self.end = line_end(self.bytes, next);
            self.known = (next, 0);
        }
        let at = at.min(self.end);
        let before = self.known.1 + characters(self.slice(self.known.0, at));
        self.known = (at, before);
        let marked = self.slice(at, span.end.clamp(at, self.end)).trim_ascii_end();
        let from = self.at_character(at.saturating_sub(KEPT_BEFORE).max(self.start));
        Spot {
            file: file.to_owned(),
            line: Some(self.number),
            column: Some(before + 1),
            width: characters(marked.get(..KEPT_AFTER).unwrap_or(marked)).max(1),
            text: self.shown(from, self.end.min(at + KEPT_AFTER)),
            cut: before - characters(self.slice(from, at)).min(before),
        }
    }

    /// A piece of the file, letter for letter, as it may be shown.
    fn shown(&self, from: usize, to: usize) -> String {
        let text = |from: usize, to: usize| String::from_utf8_lossy(self.slice(from, to));
        let (mut out, mut at) = (String::new(), from);
        let first = self.hidden.partition_point(|span| span.end <= from);
        for span in self.hidden.get(first..).unwrap_or_default().iter().take_while(|span| span.start < to) {
            let (start, end) = (span.start.clamp(at, to), span.end.clamp(at, to));
            out.push_str(&text(at, start));
            out.extend(text(start, end).chars().map(|c| if c.is_alphanumeric() { '*' } else { c }));
            at = end;
        }
        out.push_str(&text(at, to));
        out
    }

    fn slice(&self, from: usize, to: usize) -> &'b [u8] {
        self.bytes.get(from..to.max(from)).unwrap_or_default()
    }

    /// Moves forward to where a character starts.
    fn at_character(&self, mut at: usize) -> usize {
        while at > self.start && self.bytes.get(at).is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000) {
            at += 1;
        }
        at
    }
}

/// Where the line that contains `from` ends, its line end not counted.
fn line_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len())
}

/// Where the next line starts, if the file has one.
fn after_line_end(bytes: &[u8], end: usize) -> Option<usize> {
    match (bytes.get(end)?, bytes.get(end + 1)) {
        (b'\r', Some(b'\n')) => Some(end + 2),
        _ => Some(end + 1),
    }
}

/// How many characters people would count; what is no UTF-8 counts as one for each stretch.
fn characters(bytes: &[u8]) -> usize {
    bytes.utf8_chunks().map(|chunk| chunk.valid().chars().count() + usize::from(!chunk.invalid().is_empty())).sum()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::steps;

    fn one(text: &[u8], file: &str, place: Place) -> Spot {
        let reports = locate(vec![Diagnostic::error("x").at(place)], &mut |name| {
            assert_eq!(name, file);
            Some(text.to_vec())
        });
        reports[0].spot.clone().unwrap()
    }

    fn lines(spot: &Spot) -> (usize, usize, usize, &str) {
        (spot.line.unwrap(), spot.column.unwrap(), spot.width, &spot.text)
    }

    #[test]
    fn columns_count_characters_and_not_the_byte_order_mark() {
        let text = "\u{feff}é: ü\r\nname: Žofie Ñ\r\n".as_bytes();
        let at = text.windows(2).position(|w| w == "Ñ".as_bytes()).unwrap();
        assert_eq!(lines(&one(text, "a.yaml", Place::bytes("a.yaml", at..at + 2))), (2, 13, 1, "name: Žofie Ñ"));
        assert_eq!(lines(&one(text, "a.yaml", Place::bytes("a.yaml", 3..5))), (1, 1, 1, "é: ü"));
        assert_eq!(lines(&one(text, "a.yaml", Place::yaml("a.yaml", steps!["name"]))), (2, 7, 7, "name: Žofie Ñ"));
    }

    #[test]
    fn a_value_in_front_matter_is_found_in_the_markdown_file() {
        let text = b"\xef\xbb\xbf---\ntitle: One\norder: 3\n---\n# order: 4\n";
        assert_eq!(lines(&one(text, "a.md", Place::yaml("a.md", steps!["order"]))), (3, 8, 1, "order: 3"));
        assert_eq!(one(b"# None\n", "a.md", Place::yaml("a.md", steps!["order"])).line, None);
    }

    #[test]
    fn bytes_that_are_no_utf_8_count_as_one_character() {
        let spot = one(b"a: \xff\xff b\n", "a.yaml", Place::bytes("a.yaml", 6..7));
        assert_eq!(lines(&spot), (1, 7, 1, "a: \u{fffd}\u{fffd} b"));
    }

    #[test]
    fn of_a_very_long_line_only_the_part_around_the_place_is_kept() {
        let mut text = "é".repeat(5_000_000);
        text.push_str("BAD");
        text.push_str(&"y".repeat(5_000_000));
        let report =
            locate(vec![Diagnostic::error("x").at(Place::bytes("a.yaml", 10_000_000..10_000_003))], &mut |_| {
                Some(text.clone().into_bytes())
            });
        let spot = report[0].spot.as_ref().unwrap();
        assert_eq!((spot.column, spot.width), (Some(5_000_001), 3));
        assert!(spot.text.len() < 5_000);
        let drawn = report[0].draw(false);
        assert!(drawn.contains("| …éé") && drawn.contains("yy…\n") && drawn.contains("BAD"), "{drawn}");
        let (line, mark) = (drawn.lines().nth(3).unwrap(), drawn.lines().nth(4).unwrap());
        let column = |line: &str, what: &str| line[..line.find(what).unwrap()].chars().count();
        assert_eq!(column(line, "BAD"), column(mark, "^^^"));
    }

    #[test]
    fn no_address_of_an_export_is_shown() {
        let file: Arc<str> = "content/a.yaml".into();
        let text = "  - {id: e-1, email: Kim.Lee+x@mail.example, handle: @kim, awrds: []}\n";
        let at = text.find("awrds").unwrap();
        let found = Diagnostic::error("no such key").at(Place::bytes(file, at..at + 5));
        let report = &locate(vec![found], &mut |_| Some(text.as_bytes().to_vec()))[0];
        let spot = report.spot.as_ref().unwrap();
        assert_eq!(spot.text, "  - {id: *-*, email: ***.***+*@****.*******, handle: @kim, awrds: []}");
        assert_eq!(spot.column, Some(at + 1));
    }

    #[test]
    fn no_id_of_an_earner_is_shown() {
        let file: Arc<str> = "content/a.yaml".into();
        let shown = |text: &[u8], mark: &str| {
            let at = text.windows(mark.len()).position(|window| window == mark.as_bytes()).unwrap();
            let found = Diagnostic::error("x").at(Place::bytes(file.clone(), at..at + mark.len()));
            let spot = locate(vec![found], &mut |_| Some(text.to_vec()))[0].spot.clone().unwrap();
            // What is marked stays below the mark.
            let before: String = spot.text.chars().take(spot.column.unwrap() - 1).collect();
            assert!(spot.text.strip_prefix(&before).unwrap().starts_with(mark) || mark.starts_with("é"), "{spot:?}");
            spot.text
        };
        let line = "  - {id: é-7 b, name: Kim, awards: [{id: a-1, badge: none}]}";
        let text = format!("earners:\n{line}\n");
        assert_eq!(shown(text.as_bytes(), "none"), "  - {id: *-* *, name: Kim, awards: [{id: a-1, badge: none}]}");
        assert_eq!(shown(text.as_bytes(), "é-7 b"), "  - {id: *-* *, name: Kim, awards: [{id: a-1, badge: none}]}");
        // Neither where the file is no UTF-8 nor where it is no YAML.
        assert_eq!(
            shown(b"earners:\n  - {name: \xff\xfe, id: e-1, x: y}\n", "x:"),
            "  - {name: \u{fffd}\u{fffd}, id: *-*, x: y}"
        );
        assert_eq!(shown(b"earners:\n  - {name: ], id: e-1, nme: x}\n", "nme"), "  - {name: ], id: *-*, nme: x}");
        let badge = "badges:\n  - {id: ccxp, nme: x}\n";
        assert_eq!(shown(badge.as_bytes(), "nme"), "  - {id: ccxp, nme: x}");
    }

    #[test]
    fn each_file_is_read_once_and_reports_come_by_file_and_line() {
        let file: Arc<str> = "b.yaml".into();
        let at = |n: usize| Diagnostic::error("x").at(Place::bytes(Arc::clone(&file), n..n + 1));
        let mut read = Vec::new();
        let reports = locate(
            vec![
                Diagnostic::warning("no place"),
                at(4),
                at(0),
                at(4),
                Diagnostic::error("y").at(Place::yaml("a.yaml", steps!["k"])),
            ],
            &mut |name| {
                read.push(name.to_owned());
                Some(b"a: 1\nb: 2\n".to_vec())
            },
        );
        assert_eq!(read, ["a.yaml", "b.yaml"]);
        let order: Vec<_> = reports.iter().map(|r| r.spot.as_ref().map(|s| (s.file.as_str(), s.column))).collect();
        assert_eq!(order, [Some(("a.yaml", Some(1))), Some(("b.yaml", Some(1))), Some(("b.yaml", Some(5))), None]);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_still_named() {
        let reports = locate(vec![Diagnostic::error("x").at(Place::bytes("gone.yaml", 5..9))], &mut |_| None);
        assert_eq!(reports[0].draw(false), "error: x\n  --> gone.yaml\n");
    }

    #[test]
    fn an_end_beyond_the_file_is_taken_for_the_end() {
        assert_eq!(lines(&one(b"ab\ncd", "a.yaml", Place::bytes("a.yaml", 90..99))), (2, 3, 1, "cd"));
        assert_eq!(lines(&one(b"", "a.yaml", Place::bytes("a.yaml", 0..1))), (1, 1, 1, ""));
    }
}
