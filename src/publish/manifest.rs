//! The manifest: which files in the output are ours, and what each was made from.
//!
//! It is text, so that somebody in trouble can read it, and of fixed columns, so that thirty
//! thousand lines are read in a few milliseconds:
//!
//! ```text
//! bonafide manifest 2
//! generation 12
//! key 64 hex digits
//! note one line of the caller's
//! sources 2
//! one line a file that records came from
//! files 20000
//! 32 hex digits of identity, 32 of content hash, size, source, path; one line a file, in the order of names
//! ```
//!
//! The source is `-`, or for the page of a record the place of its file among the sources and the record's
//! place in that file: `0.57`. Version 1 had neither sources nor that column: of its pages those in `verify/` are
//! taken for pages of records, whose files nobody knows.
//!
//! The number of files tells a whole manifest from a cut one. 128 bits of a hash are plenty to tell
//! whether a file is the one of the last build; nobody gains by forging one.
//!
//! The journal beside it is a list of names that were about to change when it was written,
//! with the generation of the manifest it adds to; `+` before a name says that it is the page of a record. If the manifest has a later generation, the
//! build that wrote the journal came to its end and the journal means nothing. Being a list of
//! differences it is short when little changes, where a second manifest would not be.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt::Write as _;

use rayon::prelude::*;

use super::{Source, Stamp, path};

/// The first half of a 256-bit hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Digest([u8; 16]);

impl Digest {
    /// The digest of no bytes in particular: what no file has.
    const NONE: Self = Self([0; 16]);

    /// The half of a whole hash that is kept.
    pub(super) fn of(hash: &[u8; 32]) -> Self {
        hash.first_chunk().map_or(Self::NONE, |half| Self(*half))
    }

    fn write(self, text: &mut String) {
        write_hex(&self.0, text);
    }

    fn read(hex: &[u8]) -> Option<Self> {
        read_hex(hex).map(Self)
    }
}

/// What is known of one file in the output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Record {
    /// Of what it was made from.
    pub(super) identity: Digest,
    /// Of its bytes.
    pub(super) content: Digest,
    /// In bytes.
    pub(super) size: u64,
}

impl Record {
    /// Of a file that a killed build was about to write: ours, but its bytes may be old or new.
    const UNCERTAIN: Self = Self { identity: Digest::NONE, content: Digest::NONE, size: u64::MAX };

    /// Whether the file is known to hold what the record says, if its size is right.
    pub(super) fn is_certain(&self) -> bool {
        *self != Self::UNCERTAIN
    }
}

/// Where the record stands that a page was made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Origin {
    /// The place of its file among [`Manifest::sources`].
    file: u32,
    /// The record's place in that file.
    pub(super) place: u32,
}

impl Origin {
    /// Of a page that is known to be of a record, and nothing else.
    const UNKNOWN: Self = Self { file: u32::MAX, place: u32::MAX };
}

/// A file that is to be in a manifest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed<'a> {
    pub(super) path: &'a str,
    pub(super) record: Record,
    pub(super) source: Option<&'a Source>,
}

/// A record and where its name is among the names.
#[derive(Debug, Clone)]
struct Line {
    start: usize,
    length: usize,
    record: Record,
    origin: Option<Origin>,
}

/// All files of ours, in the order of names.
#[derive(Debug, Clone, Default)]
pub(super) struct Manifest {
    /// How many manifests there were before this one; 0 if none was ever written.
    pub(super) generation: u64,
    /// What the caller left.
    pub(super) stamp: Option<Stamp>,
    /// The files that records came from.
    sources: Vec<String>,
    /// One text that holds all names, so that there is no allocation a file.
    names: String,
    lines: Vec<Line>,
}

/// Why a manifest or journal cannot be read: the line, from 1, and what is wrong with it.
pub(super) type Fault = (usize, &'static str);

const TITLE: &str = "bonafide manifest 2";
const OLD_TITLE: &str = "bonafide manifest 1";
const JOURNAL_TITLE: &str = "bonafide journal 2";
const OLD_JOURNAL_TITLE: &str = "bonafide journal 1";
const CUT: &str = "it ends too early";

impl Manifest {
    /// A manifest of these files, which must come in the order of names, ready to be written:
    /// its names are [`Manifest::text`].
    pub(super) fn new(generation: u64, stamp: &Stamp, files: &[Listed<'_>]) -> Self {
        let count = files.len();
        let (sources, numbers) = number_sources(files);
        let mut text = String::with_capacity(256 + stamp.note.len() + count * 128);
        let mut lines = Vec::with_capacity(count);
        let note = one_line(&stamp.note);
        let _ = write!(text, "{TITLE}\ngeneration {generation}\nkey ");
        write_hex(&stamp.key, &mut text);
        let _ = writeln!(text, "\nnote {note}\nsources {}", sources.len());
        for source in &sources {
            let _ = writeln!(text, "{source}");
        }
        let _ = writeln!(text, "files {count}");
        for &Listed { path, record, source } in files {
            let origin = source
                .and_then(|source| numbers.get(&*source.file).map(|file| Origin { file: *file, place: source.place }));
            record.identity.write(&mut text);
            text.push(' ');
            record.content.write(&mut text);
            let _ = match origin {
                None => write!(text, " {} - ", record.size),
                Some(Origin { file, place }) => write!(text, " {} {file}.{place} ", record.size),
            };
            lines.push(Line { start: text.len(), length: path.len(), record, origin });
            text.push_str(path);
            text.push('\n');
        }
        Self { generation, stamp: Some(Stamp { key: stamp.key, note }), sources, names: text, lines }
    }

    /// The text of a manifest that [`Manifest::new`] made.
    pub(super) fn text(&self) -> &str {
        &self.names
    }

    /// The manifest that was written as this text.
    pub(super) fn parse(bytes: Vec<u8>) -> Result<Self, Fault> {
        let names = String::from_utf8(bytes).map_err(|_| (1, "it is not UTF-8 text"))?;
        let mut reader = Reader { text: &names, at: 0, line: 0 };
        let is_old = match reader.next()? {
            TITLE => false,
            OLD_TITLE => true,
            _ => return Err((1, "it is not a manifest that this version of bonafide can read")),
        };
        let generation = reader.number("generation ", "the generation is missing")?;
        let key = reader.field("key ", "the key is missing")?;
        let key = read_hex(key.as_bytes()).ok_or((reader.line, "the key is not 64 hex digits"))?;
        let note = reader.field("note ", "the note is missing")?.to_owned();
        let mut sources = Vec::new();
        if !is_old {
            for _ in 0..reader.number("sources ", "the number of sources is missing")? {
                sources.push(reader.next()?.to_owned());
            }
        }
        let count = reader.number("files ", "the number of files is missing")?;
        let mut lines: Vec<Line> = Vec::with_capacity(names.len() / 96);
        let mut before = "";
        for _ in 0..count {
            let start = reader.at;
            let line = reader.next()?;
            let (record, origin, path) = file(line, is_old).ok_or((reader.line, "it does not describe a file"))?;
            if path::fault(path).is_some() || path::order(before, path) != Ordering::Less {
                return Err((reader.line, "it names a file that bonafide would not have written"));
            }
            lines.push(Line { start: start + line.len() - path.len(), length: path.len(), record, origin });
            before = path;
        }
        reader.finish()?;
        Ok(Self { generation, stamp: Some(Stamp { key, note }), sources, names, lines })
    }

    /// All files, in the order of names.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &Record)> {
        self.lines.iter().map(|line| (self.name(line), &line.record))
    }

    /// The pages of records, in the order of names.
    pub(super) fn pages_of_records(&self) -> impl Iterator<Item = (&str, &Record, Origin)> {
        self.lines.iter().filter_map(|line| Some((self.name(line), &line.record, line.origin?)))
    }

    /// The files that a killed build was about to write, each with whether it is the page of a record.
    pub(super) fn doubtful(&self) -> impl Iterator<Item = (&str, bool)> {
        let lines = self.lines.iter().filter(|line| !line.record.is_certain());
        lines.map(|line| (self.name(line), line.origin.is_some()))
    }

    /// The file that a record came from, if that is known.
    pub(super) fn source(&self, origin: Origin) -> Option<&str> {
        self.sources.get(usize::try_from(origin.file).ok()?).map(String::as_str)
    }

    /// All files, for several threads, some hundreds at a time.
    pub(super) fn batches(&self) -> impl IndexedParallelIterator<Item = impl Iterator<Item = (&str, &Record)>> {
        self.lines.par_chunks(256).map(|lines| lines.iter().map(|line| (self.name(line), &line.record)))
    }

    /// Whether a manifest of these would say nothing new.
    pub(super) fn says(&self, stamp: &Stamp, files: &[Listed<'_>]) -> bool {
        let is_same_stamp =
            self.stamp.as_ref().is_some_and(|own| own.key == stamp.key && own.note == one_line(&stamp.note));
        let own = |line: &Line| line.origin.map(|origin| (self.source(origin).unwrap_or_default(), origin.place));
        is_same_stamp
            && self.files().eq(files.iter().map(|file| (file.path, &file.record)))
            && self.lines.iter().zip(files).all(|(line, file)| match (own(line), file.source) {
                (None, None) => true,
                (Some((name, place)), Some(source)) => place == source.place && name == one_line(&source.file),
                _ => false,
            })
    }

    /// What is known of the file, if it is ours.
    pub(super) fn find(&self, path: &str) -> Option<&Record> {
        self.lines.get(self.place(path)?).map(|line| &line.record)
    }

    /// Takes these files for ours from now on, without knowing their bytes. With each name goes whether it is the page
    /// of a record.
    pub(super) fn distrust<'a>(&mut self, files: impl IntoIterator<Item = (&'a str, bool)>) {
        let mut new = Vec::new();
        for (path, of_record) in files {
            let place = self.place(path);
            let origin = of_record.then_some(Origin::UNKNOWN);
            if let Some(line) = place.and_then(|place| self.lines.get_mut(place)) {
                line.record = Record::UNCERTAIN;
                line.origin = line.origin.or(origin);
            } else {
                let (start, length) = (self.names.len(), path.len());
                new.push(Line { start, length, record: Record::UNCERTAIN, origin });
                self.names.push_str(path);
            }
        }
        self.lines.append(&mut new);
        let names = &self.names;
        let name = |line: &Line| names.get(line.start..line.start + line.length).unwrap_or_default();
        self.lines.sort_by(|one, other| path::order(name(one), name(other)));
        self.lines.dedup_by(|one, other| name(one) == name(other));
    }

    fn place(&self, path: &str) -> Option<usize> {
        self.lines.binary_search_by(|line| path::order(self.name(line), path)).ok()
    }

    fn name(&self, line: &Line) -> &str {
        self.names.get(line.start..line.start + line.length).unwrap_or_default()
    }
}

/// The files that records came from, each once, and the place of each in that list.
fn number_sources<'a>(files: &[Listed<'a>]) -> (Vec<String>, HashMap<&'a str, u32>) {
    let mut names: Vec<&str> = files.iter().filter_map(|file| Some(&*file.source?.file)).collect();
    names.par_sort_unstable();
    names.dedup();
    let numbers = names.iter().copied().zip(0..).collect();
    (names.into_iter().map(one_line).collect(), numbers)
}

/// Whether a file of a manifest that did not say so is the page of a record.
fn was_page_of_record(path: &str) -> bool {
    let own = path.strip_prefix("verify/").and_then(|rest| rest.strip_suffix("/index.html"));
    own.is_some_and(|name| !name.contains('/'))
}

/// The note as it is kept.
fn one_line(note: &str) -> String {
    note.replace(['\n', '\r'], " ")
}

/// The text of a journal: these files are about to change. With each name goes whether it is the page of a record.
pub(super) fn journal(generation: u64, files: &[(&str, bool)]) -> String {
    let mut text = format!("{JOURNAL_TITLE}\ngeneration {generation}\nfiles {}\n", files.len());
    for (path, of_record) in files {
        text.push_str(if *of_record { "+ " } else { "- " });
        text.push_str(path);
        text.push('\n');
    }
    text
}

/// What a journal says: the generation of the manifest that it adds to, and the files, each with whether it is the
/// page of a record.
type Journal<'a> = (u64, Vec<(&'a str, bool)>);

/// The generation of the manifest that a journal adds to, and the files it names, each with whether it is the page of a
/// record.
pub(super) fn parse_journal(text: &str) -> Result<Journal<'_>, Fault> {
    let mut reader = Reader { text, at: 0, line: 0 };
    let is_old = match reader.next()? {
        JOURNAL_TITLE => false,
        OLD_JOURNAL_TITLE => true,
        _ => return Err((1, "it is not a journal that this version of bonafide can read")),
    };
    let generation = reader.number("generation ", "the generation is missing")?;
    let count = reader.number("files ", "the number of files is missing")?;
    let mut files = Vec::new();
    for _ in 0..count {
        let line = reader.next()?;
        let file = match line.split_at_checked(2) {
            _ if is_old => Some((line, was_page_of_record(line))),
            Some(("- ", path)) => Some((path, false)),
            Some(("+ ", path)) => Some((path, true)),
            _ => None,
        };
        let file = file.filter(|(path, _)| path::fault(path).is_none());
        files.push(file.ok_or((reader.line, "it names a file that bonafide would not have written"))?);
    }
    reader.finish()?;
    Ok((generation, files))
}

/// One line of a file: identity, content, size, source, path. Once there was no source.
fn file(line: &str, is_old: bool) -> Option<(Record, Option<Origin>, &str)> {
    let (identity, rest) = line.split_at_checked(32)?;
    let (content, rest) = rest.strip_prefix(' ')?.split_at_checked(32)?;
    let (size, rest) = rest.strip_prefix(' ')?.split_once(' ')?;
    let (origin, path) = if is_old {
        (was_page_of_record(rest).then_some(Origin::UNKNOWN), rest)
    } else {
        match rest.split_once(' ')? {
            ("-", path) => (None, path),
            (origin, path) => {
                let (file, place) = origin.split_once('.')?;
                (Some(Origin { file: file.parse().ok()?, place: place.parse().ok()? }), path)
            }
        }
    };
    let record = Record {
        identity: Digest::read(identity.as_bytes())?,
        content: Digest::read(content.as_bytes())?,
        size: size.parse().ok()?,
    };
    Some((record, origin, path))
}

/// Lines of a text, counted, each of which must have its line break.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<&'a str, Fault> {
        self.line += 1;
        let rest = self.text.get(self.at..).unwrap_or_default();
        let (line, _) = rest.split_once('\n').ok_or((self.line, CUT))?;
        self.at += line.len() + 1;
        Ok(line)
    }

    fn field(&mut self, name: &str, missing: &'static str) -> Result<&'a str, Fault> {
        self.next()?.strip_prefix(name).ok_or((self.line, missing))
    }

    fn number(&mut self, name: &str, missing: &'static str) -> Result<u64, Fault> {
        self.field(name, missing)?.parse().map_err(|_| (self.line, missing))
    }

    fn finish(&self) -> Result<(), Fault> {
        if self.at == self.text.len() { Ok(()) } else { Err((self.line + 1, "it has more lines than it says")) }
    }
}

fn write_hex(bytes: &[u8], text: &mut String) {
    let digit = |value: u8| char::from(if value < 10 { b'0' + value } else { b'a' + value - 10 });
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
}

fn read_hex<const N: usize>(hex: &[u8]) -> Option<[u8; N]> {
    /// The value of each digit, and 255 for what is none: a look instead of four comparisons.
    const VALUES: [u8; 256] = {
        let mut values = [255; 256];
        let mut value = 0_u8;
        while value < 16 {
            let digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
            #[expect(clippy::indexing_slicing, reason = "evaluated when compiled; a u8 is within 256")]
            {
                values[digit as usize] = value;
            }
            value += 1;
        }
        values
    };
    let (pairs, rest) = hex.as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let value = |digit: u8| VALUES.get(usize::from(digit)).copied().unwrap_or(255);
    let mut bytes = [0; N];
    let mut wrong = 0;
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let (high, low) = (value(*high), value(*low));
        wrong |= (high | low) & 0xf0;
        *byte = high << 4 | low & 15;
    }
    (wrong == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: u8) -> Record {
        Record { identity: Digest([number; 16]), content: Digest([number ^ 0xff; 16]), size: u64::from(number) }
    }

    fn source(file: &str, place: u32) -> Source {
        Source { file: file.into(), place }
    }

    fn sample() -> Manifest {
        let stamp = Stamp { key: [0xab; 32], note: "{\"a\":\n1}".to_owned() };
        let (one, other) = (source("b c.yaml", 57), source("a.yaml", 0));
        let listed = |path, number, source| Listed { path, record: record(number), source };
        let files = [listed("a/index.html", 1, Some(&one)), listed("a b", 2, None), listed("名.html", 3, Some(&other))];
        Manifest::new(7, &stamp, &files)
    }

    fn sources(manifest: &Manifest) -> Vec<(&str, Option<&str>, u32)> {
        manifest.pages_of_records().map(|(path, _, at)| (path, manifest.source(at), at.place)).collect()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let written = sample();
        let read = Manifest::parse(written.text().as_bytes().to_vec()).unwrap();
        assert_eq!(read.generation, 7);
        assert_eq!(read.stamp, Some(Stamp { key: [0xab; 32], note: "{\"a\": 1}".to_owned() }));
        assert_eq!(read.stamp, written.stamp);
        assert!(read.files().eq(written.files()));
        assert_eq!(sources(&read), [("a/index.html", Some("b c.yaml"), 57), ("名.html", Some("a.yaml"), 0)]);
        assert_eq!(read.find("a b"), Some(&record(2)));
        assert_eq!(read.find("a"), None);
    }

    #[test]
    fn a_manifest_cut_anywhere_is_not_taken_for_a_whole_one() {
        let whole = sample().text().as_bytes().to_vec();
        for length in 0..whole.len() {
            assert!(Manifest::parse(whole[..length].to_vec()).is_err(), "cut at {length}");
        }
    }

    #[test]
    fn a_manifest_that_names_files_outside_is_refused_with_its_line() {
        let text = sample().text().replace("名.html", "../名.html");
        assert_eq!(Manifest::parse(text.into_bytes()).unwrap_err().0, 11);
        let text = sample().text().replace("files 3", "files 4");
        assert_eq!(Manifest::parse(text.into_bytes()).unwrap_err().0, 12);
        let text = sample().text().replace("files 3", "files 2");
        assert_eq!(Manifest::parse(text.into_bytes()).unwrap_err().0, 11);
        assert_eq!(Manifest::parse(vec![0xff, 0xfe]).unwrap_err().0, 1);
    }

    #[test]
    fn a_distrusted_file_is_ours_and_uncertain() {
        let mut manifest = sample();
        manifest.distrust([("new/x", true), ("a b", false), ("new/x", false)]);
        assert_eq!(
            manifest.files().map(|(path, _)| path).collect::<Vec<_>>(),
            ["a/index.html", "a b", "new/x", "名.html"]
        );
        assert!(!manifest.find("a b").unwrap().is_certain());
        assert!(!manifest.find("new/x").unwrap().is_certain());
        assert!(manifest.find("a/index.html").unwrap().is_certain());
        let of_records: Vec<_> = sources(&manifest).into_iter().map(|(path, file, _)| (path, file)).collect();
        assert_eq!(of_records, [("a/index.html", Some("b c.yaml")), ("new/x", None), ("名.html", Some("a.yaml"))]);
    }

    #[test]
    fn a_manifest_says_something_new_when_a_record_has_moved() {
        let stamp = Stamp::default();
        let (here, there, again) = (source("a.yaml", 0), source("b.yaml", 0), source("a.yaml", 0));
        let file = |source| [Listed { path: "x", record: record(1), source: Some(source) }];
        let manifest = Manifest::new(1, &stamp, &file(&here));
        assert!(manifest.says(&stamp, &file(&again)));
        assert!(!manifest.says(&stamp, &file(&there)));
        assert!(!manifest.says(&stamp, &[Listed { path: "x", record: record(1), source: None }]));
    }

    #[test]
    fn what_the_version_before_has_left_is_read_and_its_pages_in_verify_are_of_records() {
        let line = |path: &str| format!("{} {} 5 {path}\n", "01".repeat(16), "02".repeat(16));
        let names = ["a b", "es/verify/award-1/index.html", "verify/award-1/index.html", "verify/index.html"];
        let files: String = names.iter().map(|name| line(name)).collect();
        let text = format!("bonafide manifest 1\ngeneration 3\nkey {}\nnote {{}}\nfiles 4\n{files}", "ab".repeat(32));
        let manifest = Manifest::parse(text.into_bytes()).unwrap();
        assert_eq!(manifest.files().map(|(path, _)| path).collect::<Vec<_>>(), names);
        assert_eq!(sources(&manifest), [("verify/award-1/index.html", None, u32::MAX)]);
        let journal = "bonafide journal 1\ngeneration 3\nfiles 2\na b\nverify/award-2/index.html\n";
        assert_eq!(parse_journal(journal), Ok((3, vec![("a b", false), ("verify/award-2/index.html", true)])));
    }

    #[test]
    fn a_journal_is_read_again_and_never_when_cut() {
        let files = [("a", true), ("files 2", false), ("b c", false)];
        let text = journal(3, &files);
        assert_eq!(parse_journal(&text), Ok((3, files.to_vec())));
        for length in 0..text.len() {
            let cut = parse_journal(&text[..length]);
            assert!(cut.is_err(), "cut at {length}: {cut:?}");
        }
    }

    #[test]
    fn hex_takes_only_what_it_writes() {
        assert_eq!(read_hex::<2>(b"0aff"), Some([10, 255]));
        for wrong in [&b"0aF0"[..], b"0ag0", b"0a", b"0a000", b"0a 0"] {
            assert_eq!(read_hex::<2>(wrong), None);
        }
    }
}
