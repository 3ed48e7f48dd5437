//! From bytes to records: every file parsed, each on its own.
//!
//! A [`Reader`] keeps what it parsed, keyed by content, so parsing the next snapshot
//! costs only what changed. Documents hold `Arc`s into that memory; a rebuild shares
//! everything that stayed the same with the build before.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::Hash,
    sync::Arc,
};

use rayon::prelude::*;

use super::{
    kept,
    kinds::{self, Kind, ending},
    markdown::{self, Kind as TextKind, Manner, Text},
    record::{EarnerRecord, Export, FrontMatter, SiteRecord},
    scan::{Bytes, File, Snapshot},
    share,
    value::{Line, Value as _},
    yaml,
};
use crate::{
    diagnostic::{Diagnostic, Place, has_errors},
    hash::{Digest, Short},
    picture::{self, Picture},
    shard::Shard,
};

/// An export that was read.
#[derive(Debug)]
pub struct ExportDoc {
    /// Path relative to the site's folder.
    pub file: Arc<str>,
    /// What it says.
    pub export: Export,
    /// For each award of each earner in turn a digest of what its pages show of it and of the person.
    pub digests: Vec<Short>,
}

/// A Markdown file that was read.
#[derive(Debug)]
pub struct PageDoc {
    /// Path relative to the site's folder.
    pub file: Arc<str>,
    /// Its front matter.
    pub front: FrontMatter,
    /// What the Markdown says.
    pub content: Text,
    /// Digest of the file.
    pub digest: Digest,
}

impl PageDoc {
    /// Path below `content/`.
    pub fn path(&self) -> &str {
        self.file.strip_prefix("content/").unwrap_or(&self.file)
    }
}

/// A file that is published as it is.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Path relative to the site's folder.
    pub file: Arc<str>,
    /// What is in it.
    pub bytes: Bytes,
    /// Digest of what is in it.
    pub digest: Digest,
    /// What it looks like, if it is a picture that can be drawn.
    pub picture: Option<Picture>,
}

impl Asset {
    /// Path below `content/`.
    pub fn path(&self) -> &str {
        self.file.strip_prefix("content/").unwrap_or(&self.file)
    }

    /// What messages call it, and its place.
    pub fn origin(&self) -> (String, Place) {
        ("this file".to_owned(), Place::file(self.file.clone()))
    }

    /// Whether it is published only if a page leads to it.
    pub fn is_offered(&self) -> bool {
        Kind::of(&self.file) == Kind::Offered
    }
}

/// A file of the site's own theme.
#[derive(Debug, Clone)]
pub struct ThemeFile {
    /// Path relative to the site's folder.
    pub file: Arc<str>,
    /// Path relative to the theme's folder, such as `templates/award.html`.
    pub name: String,
    /// What is in it.
    pub bytes: Bytes,
}

/// All that the files of a site say.
#[derive(Debug, Clone)]
pub struct Documents {
    /// `site.yaml`.
    pub config: Arc<SiteRecord>,
    /// Exports, sorted by path.
    pub exports: Vec<Arc<ExportDoc>>,
    /// Markdown files, sorted by path.
    pub pages: Vec<Arc<PageDoc>>,
    /// Files that are published as they are, sorted by path.
    pub assets: Vec<Asset>,
    /// The files of the site's own theme, sorted by path.
    pub theme: Vec<ThemeFile>,
    /// Fonts that site.yaml names.
    pub fonts: Vec<Asset>,
    /// Files that are there and were reported as unusable, so that nobody reports them as missing.
    pub broken: HashSet<Arc<str>>,
    /// Files that are there and are no part of the site; that was said, too.
    pub left_out: HashSet<Arc<str>>,
}

impl Documents {
    /// Whether a file of a kind, by the end of its name, is there and could not be read.
    pub fn is_broken(&self, end: &str) -> bool {
        let is = |file: &str| file.rsplit_once('.').is_some_and(|(_, other)| other == end);
        // An export under another name is one that could not be read.
        self.broken.iter().any(|file| is(file) || kinds::disguise(file).is_some_and(|was| is(&was.as_was)))
    }
}

/// What one file turned out to be.
#[derive(Debug, Clone)]
enum Parsed {
    Config(Arc<SiteRecord>),
    Export(Arc<ExportDoc>),
    Page(Arc<PageDoc>),
    Asset(Asset),
}

/// Below this many bytes an export is read as fast as it is recalled.
const WORTH_KEEPING: usize = 16 * 1024;

/// Parses snapshots and remembers what it parsed.
#[derive(Debug, Default)]
pub struct Reader {
    known: HashMap<Content, Known>,
    /// What is to be kept of exports that were read and nothing was wrong with.
    to_keep: HashMap<Content, Vec<u8>>,
    /// The languages of the site that pages were read for: quotation marks differ.
    languages: Vec<String>,
    /// How many files the last snapshot made it parse.
    parsed: usize,
    /// How many have been parsed since then.
    parsed_since: usize,
    /// The share of the site of whose awards everything is kept.
    shard: Shard,
}

/// How what was kept of an export is asked for, by its name. It may be called from several threads.
pub type AskKept<'a> = &'a (dyn Fn(&str) -> Option<Vec<u8>> + Sync);

/// A file's name and what was in it.
type Content = (Arc<str>, blake3::Hash);
/// What it turned out to be, and what was wrong with it.
type Known = (Option<Parsed>, Vec<Diagnostic>);

impl Reader {
    /// A reader that remembers nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One that keeps of the awards of other shares than this only what something in this one depends on.
    pub fn of(shard: Shard) -> Self {
        Self { shard, ..Self::default() }
    }

    /// How many files the last call of [`Reader::parse`] had to parse, because they were not known yet.
    pub fn parsed(&self) -> usize {
        self.parsed
    }

    /// Takes what was kept of exports ([`kept`]) for read, where `ask` has it. `program` tells the program from others.
    pub fn recall(&mut self, snapshot: &Snapshot, program: &str, ask: AskKept<'_>) {
        let shard = self.shard;
        let recalled: Vec<_> = self
            .unread(snapshot)
            .filter(|file| Kind::of(&file.path) == Kind::Export)
            .collect::<Vec<_>>()
            .into_par_iter()
            .filter_map(|file| {
                let doc = kept::recall(&ask(&kept::name(file, program))?, &snapshot.whole(file).ok()?, shard)?;
                Some(((file.path.clone(), file.hash), (Some(Parsed::Export(Arc::new(doc))), Vec::new())))
            })
            .collect();
        self.known.extend(recalled);
    }

    /// The exports of the last snapshot of which something is kept, by their names. With each goes what is to be kept,
    /// where it is not kept already.
    pub fn worth_keeping(&mut self, snapshot: &Snapshot, program: &str) -> Vec<(String, Option<Vec<u8>>)> {
        let is_worth = |file: &&File| Kind::of(&file.path) == Kind::Export && file.length >= WORTH_KEEPING;
        let mut to_keep = std::mem::take(&mut self.to_keep);
        let kept = snapshot.content.iter().filter(is_worth).map(|file| {
            let content = (file.path.clone(), file.hash);
            (kept::name(file, program), to_keep.remove(&content))
        });
        kept.collect()
    }

    /// What has to be read of a snapshot: all else is known.
    fn unread<'s>(&'s self, snapshot: &'s Snapshot) -> impl Iterator<Item = &'s File> {
        let files = snapshot.config.iter().chain(&snapshot.content);
        files.filter(|file| !self.known.contains_key(&(file.path.clone(), file.hash)))
    }

    /// Parses all files of a snapshot that are not known yet.
    pub fn read(&mut self, snapshot: &Snapshot) {
        self.parsed_since += usize::from(self.read_config(snapshot));
        let (languages, shard) = (&self.languages, self.shard);
        let parsed: Vec<_> = self
            .unread(snapshot)
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|file| {
                let (known, to_keep) = match snapshot.whole(file) {
                    Ok(file) => compacted(parse(&file, languages), &file, shard),
                    Err(problem) => ((None, vec![problem]), None),
                };
                ((file.path.clone(), file.hash), known, to_keep)
            })
            .collect();
        self.parsed_since += parsed.len();
        for (content, known, to_keep) in parsed {
            self.to_keep.extend(to_keep.map(|bytes| (content.clone(), bytes)));
            self.known.insert(content, known);
        }
    }

    /// Parses a snapshot. Where site.yaml cannot be read, which is an error, another takes its place, so that what is
    /// wrong between all other files is reported as well.
    pub fn parse(&mut self, snapshot: &Snapshot) -> (Option<Documents>, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        self.read(snapshot);
        let mut before = std::mem::take(&mut self.known);
        self.parsed = std::mem::take(&mut self.parsed_since);
        let (mut config, mut exports, mut pages, mut assets) = (None, Vec::new(), Vec::new(), Vec::new());
        let (mut broken, mut left_out) = (HashSet::new(), HashSet::new());
        for file in snapshot.config.iter().chain(&snapshot.content) {
            let key = (file.path.clone(), file.hash);
            let Some((document, problems)) = before.remove(&key) else { continue };
            diagnostics.extend(problems.iter().cloned());
            match &document {
                Some(Parsed::Config(record)) => config = Some(record.clone()),
                Some(Parsed::Export(export)) => exports.push(export.clone()),
                Some(Parsed::Page(page)) => pages.push(page.clone()),
                Some(Parsed::Asset(asset)) => assets.push(asset.clone()),
                None => {
                    let which = if has_errors(&problems) { &mut broken } else { &mut left_out };
                    which.insert(file.path.clone());
                }
            }
            self.known.insert(key, (document, problems));
        }
        self.to_keep.retain(|content, _| self.known.contains_key(content));
        let documents = config.or_else(stand_in).map(|config| Documents {
            theme: theme_files(&config, snapshot, &mut diagnostics),
            fonts: fonts(snapshot),
            config,
            exports,
            pages,
            assets,
            broken,
            left_out,
        });
        let mut diagnostics = grouped(diagnostics);
        if let Some(documents) = &documents {
            idle_fonts(snapshot, &documents.fonts, &mut diagnostics);
        }
        (documents, diagnostics)
    }
}

impl Reader {
    /// Reads site.yaml before everything else. If it names other languages than before, pages are read again. Says
    /// whether it had to be parsed.
    fn read_config(&mut self, snapshot: &Snapshot) -> bool {
        let Some(file) = &snapshot.config else { return false };
        let key = (file.path.clone(), file.hash);
        let is_new = !self.known.contains_key(&key);
        let known = self.known.entry(key).or_insert_with(|| parse(file, &[]));
        let Some(Parsed::Config(record)) = &known.0 else { return is_new };
        let languages = record.language_tags();
        if self.languages != languages {
            self.languages = languages;
            self.known.retain(|_, (parsed, _)| !matches!(parsed, Some(Parsed::Page(_))));
        }
        is_new
    }
}

/// Of a large export with which nothing is wrong: the same, and what is to be kept of it. It is recalled from that at
/// once. A reader of YAML leaves the records of an export spread over several times the memory that they need. Of any, what
/// a share does not need is dropped.
fn compacted((parsed, problems): Known, file: &File, shard: Shard) -> (Known, Option<Vec<u8>>) {
    let Some(Parsed::Export(mut doc)) = parsed else { return ((parsed, problems), None) };
    if problems.is_empty()
        && file.length >= WORTH_KEEPING
        && let Some(to_keep) = kept::keep(&doc, file)
    {
        drop(doc);
        return match kept::recall(&to_keep, file, shard) {
            Some(doc) => ((Some(Parsed::Export(Arc::new(doc))), problems), Some(to_keep)),
            // That cannot be; but then the file is read as any other is.
            None => (parse(file, &[]), None),
        };
    }
    if let Some(doc) = Arc::get_mut(&mut doc) {
        doc.export.earners.iter_mut().for_each(|earner| share::lighten(earner, shard));
    }
    ((Some(Parsed::Export(doc)), problems), None)
}

/// Takes the place of a site.yaml that cannot be read. Nothing is ever published with it.
fn stand_in() -> Option<Arc<SiteRecord>> {
    let text = "{title: '?', base_url: 'https://site.invalid/', issuer: {name: '?', url: 'https://site.invalid/'}}";
    serde_yaml::from_str(text).ok().map(Arc::new)
}

/// What is said of a file that is no part of a site.
const UNPUBLISHED: &str = "this file is not published: files of its kind are not part of a site";
/// From how many such files in one folder on they are told of together.
const MANY: usize = 6;

/// Many files of a folder that are not published as one warning: a folder of raw pictures is one slip, not a thousand.
fn grouped(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    fn folder(problem: &Diagnostic) -> Option<(&str, &str)> {
        let place = problem.place.as_ref().filter(|_| problem.message == UNPUBLISHED)?;
        place.path().rsplit_once('/')
    }
    let mut folders: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for (folder, name) in diagnostics.iter().filter_map(folder) {
        folders.entry(folder.to_owned()).or_insert_with(|| (name.to_owned(), 0)).1 += 1;
    }
    folders.retain(|_, (_, count)| *count >= MANY);
    let mut kept: Vec<_> = diagnostics
        .into_iter()
        .filter(|problem| folder(problem).is_none_or(|(folder, _)| !folders.contains_key(folder)))
        .collect();
    kept.extend(folders.into_iter().map(|(folder, (first, count))| {
        Diagnostic::warning(format!(
            "{count} files here are not published, such as `{first}`: files of their kinds are not part of a site"
        ))
        .at(Place::file(folder))
        .advice(
            "move them out of `content/`, or start the folder's name with `_` to say that it is meant to be left out",
        )
    }));
    kept
}

/// Formats that are drawn as well as published, so they are looked into.
const PICTURES: &[&str] = &["png", "jpg", "jpeg", "svg"];

/// Formats in which cameras leave the place where they were.
const PHOTOS: &[&str] = &["png", "jpg", "jpeg", "webp", "avif", "tif", "tiff", "heic", "gif"];

fn asset(file: &File) -> (Option<Asset>, Vec<Diagnostic>) {
    let end = ending(&file.path);
    let stop =
        |problem: Diagnostic, advice: &str| (None, vec![problem.at(Place::file(file.path.clone())).advice(advice)]);
    if matches!(end.as_str(), "yml" | "yaml") {
        let problem = Diagnostic::error("this file's name does not end in `.yaml`, so it is not read as an export");
        return stop(problem, "rename it so that it ends in `.yaml`");
    }
    if let Some(problem) = disguised(&file.path) {
        return (None, vec![problem]);
    }
    if matches!(end.as_str(), "markdown" | "mdown" | "md" | "mkd") {
        let problem = Diagnostic::error("this file's name does not end in `.md`, so it is not read as a page");
        return stop(problem, "rename it so that it ends in `.md`");
    }
    match Kind::of(&file.path) {
        Kind::Shown | Kind::Offered => {}
        Kind::Font => return (None, Vec::new()),
        _ => {
            let problem = Diagnostic::warning(UNPUBLISHED);
            return stop(
                problem,
                "move it out of `content/`, or start its name with `_` to say that it is meant to be left out",
            );
        }
    }
    let mut asset =
        Asset { file: file.path.clone(), bytes: file.bytes.clone(), digest: Digest::from(file.hash), picture: None };
    if PICTURES.contains(&end.as_str()) {
        match picture::inspect(&file.bytes) {
            Ok(picture) => asset.picture = Some(picture),
            Err(error) => {
                let place = error.at.map_or_else(
                    || Place::file(file.path.clone()),
                    |(line, column)| {
                        let at = byte_at(&file.bytes, line, column);
                        Place::bytes(file.path.clone(), at..at + 1)
                    },
                );
                return (None, vec![Diagnostic::error(error.problem).at(place).advice(error.advice)]);
            }
        }
    }
    let mut problems = Vec::new();
    if PHOTOS.contains(&end.as_str()) && picture::says_where(&file.bytes) {
        problems.push(
            Diagnostic::warning("this photo says where it was taken, to everybody who saves it")
                .at(Place::file(file.path.clone()))
                .advice("save it without its location: programs call it “remove location” or “strip metadata”"),
        );
    }
    (Some(asset), problems)
}

/// What is wrong with a file that is no export and has the name of one in its own.
///
/// Exactly these would be published with everybody's e-mail address in them if they were taken for what their last
/// ending says.
fn disguised(path: &Arc<str>) -> Option<Diagnostic> {
    let found = kinds::disguise(path)?;
    let problem = if found.is_export {
        let name = path.rsplit('/').next().unwrap_or(path);
        Diagnostic::error("this is named like an export with another ending, so it is not read as one").advice(format!(
            "rename `{name}` to `{}` if it is one (Windows hides the last ending); if not, move it out of the site",
            found.as_was
        ))
    } else {
        Diagnostic::error("a table of data is no part of a site, and could be a list of members")
            .advice("move it out of the site")
    };
    Some(problem.at(Place::file(path.clone())))
}

/// The byte at which a line and a column, both from 1, are.
fn byte_at(bytes: &[u8], line: u32, column: u32) -> usize {
    let text = String::from_utf8_lossy(bytes);
    let mut at = 0;
    for (number, content) in (1..).zip(text.split_inclusive('\n')) {
        if number == line {
            let column = usize::try_from(column.saturating_sub(1)).unwrap_or_default();
            return at + content.char_indices().nth(column).map_or(0, |(byte, _)| byte);
        }
        at += content.len();
    }
    at
}

fn parse(file: &File, languages: &[String]) -> (Option<Parsed>, Vec<Diagnostic>) {
    match Kind::of(&file.path) {
        Kind::Config => match yaml::read::<SiteRecord>(&file.path, &file.bytes) {
            Ok(record) => {
                let mut doubts = yaml::empty_lists::<SiteRecord>(&file.path, &file.bytes);
                doubts.extend(cut_short::<SiteRecord>(file));
                (Some(Parsed::Config(Arc::new(record))), doubts)
            }
            Err(problems) => (None, problems),
        },
        Kind::Export => match yaml::read::<Export>(&file.path, &file.bytes) {
            Ok(export) => {
                let digests = export.earners.iter().flat_map(digests).collect();
                let mut doubts = yaml::empty_lists::<Export>(&file.path, &file.bytes);
                doubts.extend(yaml::empty_export(&file.path, &file.bytes, &export));
                doubts.extend(cut_short::<Export>(file));
                (Some(Parsed::Export(Arc::new(ExportDoc { file: file.path.clone(), export, digests }))), doubts)
            }
            Err(problems) => (None, problems),
        },
        Kind::Page => match disguised(&file.path) {
            Some(problem) => (None, vec![problem]),
            None => parse_page(file, languages),
        },
        Kind::Shown | Kind::Offered | Kind::Font | Kind::Other => {
            let (asset, problems) = asset(file);
            (asset.map(Parsed::Asset), problems)
        }
    }
}

/// Values of a whole YAML file that may have been cut short.
fn cut_short<T: yaml::table::Table>(file: &File) -> Vec<Diagnostic> {
    let text = std::str::from_utf8(&file.bytes).unwrap_or_default();
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    yaml::cut_short::<T>(&file.path, text, start..text.len())
}

/// What the pages of an earner's awards depend on: what is shown of the person, and each award.
fn digests(earner: &EarnerRecord) -> impl Iterator<Item = Short> {
    let own = Digest::of(|hasher| {
        earner.public_name().hash(hasher);
        (&earner.company, &earner.job_title, earner.visibility(), &earner.handle).hash(hasher);
    });
    earner.awards.iter().map(move |award| Digest::of_value(&(own, award)).short())
}

/// The largest Markdown file that is taken for one, in bytes.
const PAGE_MAX: usize = 4 << 20;

fn parse_page(file: &File, languages: &[String]) -> (Option<Parsed>, Vec<Diagnostic>) {
    let place = || Place::file(file.path.clone());
    if file.bytes.len() > PAGE_MAX {
        let problem = Diagnostic::error(format!("this page is {} MB large", file.bytes.len() >> 20))
            .at(place())
            .advice("pages up to 4 MB can be used; split it");
        return (None, vec![problem]);
    }
    // The byte order mark stays, so that places count from the start of the file.
    let text = match yaml::decode(&file.path, &file.bytes) {
        Ok(_) => std::str::from_utf8(&file.bytes).unwrap_or_default(),
        Err(problem) => return (None, vec![problem]),
    };
    if let Some(problem) = foreign_front_matter(text) {
        return (None, vec![problem.at(Place::bytes(file.path.clone(), place_of_first_line(text)))]);
    }
    let Some((front, body)) = markdown::front_matter(text) else {
        let problem = Diagnostic::error("the front matter is never ended")
            .at(Place::bytes(file.path.clone(), 0..3))
            .advice("write a line with `---` after it");
        return (None, vec![problem]);
    };
    let mut problems = Vec::new();
    let mut front = match yaml::read_front_matter(&file.path, text, front.clone()) {
        Ok(read) => {
            problems.extend(yaml::cut_short::<FrontMatter>(&file.path, text, front));
            read
        }
        Err(found) => {
            problems.extend(found);
            FrontMatter::default()
        }
    };
    let path = file.path.strip_prefix("content/").unwrap_or(&file.path);
    let (language, base) = match translated(path, languages.get(1..).unwrap_or_default()) {
        Some((language, base)) => (Some(language), base),
        None => (languages.first().map(String::as_str), path.to_owned()),
    };
    let manner = Manner {
        kind: match base.as_str() {
            "index.md" => TextKind::Home,
            "faq/index.md" | "faq.md" => TextKind::FaqIndex,
            base if base.starts_with("faq/") => TextKind::Questions,
            _ => TextKind::Page,
        },
        language: language.unwrap_or("en"),
        title: front.title.as_deref(),
    };
    let content = markdown::read(text.get(body..).unwrap_or_default(), body, manner);
    if front.title.is_none() && !has_errors(&problems) && !content.problems.iter().any(|problem| problem.error) {
        title_of(&content, &mut front, file, &mut problems);
    }
    let page = PageDoc { file: file.path.clone(), front, content, digest: Digest::from(file.hash) };
    (Some(Parsed::Page(Arc::new(page))), problems)
}

/// The title of a page whose front matter has none: the heading that opens it.
fn title_of(content: &Text, front: &mut FrontMatter, file: &File, problems: &mut Vec<Diagnostic>) {
    match content.title.as_ref().map(|title| (title, Line::parse(&title.text))) {
        Some((_, Ok(title))) => front.title = Some(title),
        Some((title, Err(fault))) if !title.text.is_empty() => problems.push(
            Diagnostic::error(format!("this heading cannot be the page's title: {}", fault.message))
                .at(Place::bytes(file.path.clone(), title.span.clone()))
                .advice(fault.advice),
        ),
        _ => problems.push(
            Diagnostic::error("this page has no title")
                .at(Place::bytes(file.path.clone(), 0..1))
                .advice("begin the file with a heading, `# …`, or with three lines: `---`, `title: …`, `---`"),
        ),
    }
}

/// If a path is that of a translation into one of these languages, such as `faq/managing.es.md`: the language, and
/// the path of what is translated.
pub fn translated<'l>(path: &str, languages: &'l [String]) -> Option<(&'l str, String)> {
    let (stem, end) = path.strip_suffix(".md")?.rsplit_once('.')?;
    let language = languages.iter().find(|language| language.eq_ignore_ascii_case(end))?;
    Some((language, format!("{stem}.md")))
}

/// Why a file of a theme's `static/` is not published.
fn unpublished(path: &Arc<str>) -> Option<Diagnostic> {
    disguised(path).or_else(|| {
        (!Kind::is_for_themes(path)).then(|| {
            Diagnostic::warning("this file is not published: files of its kind are not part of a theme")
                .at(Place::file(path.clone()))
                .advice("move it out of `static/`, or start its name with `_` to say that it is meant to be left out")
        })
    })
}

/// Fonts below `content/` that nobody asked for. They are no part of the site, and whoever put them there thinks they are.
fn idle_fonts(snapshot: &Snapshot, used: &[Asset], diagnostics: &mut Vec<Diagnostic>) {
    let is_used = |file: &File| used.iter().any(|font| font.file == file.path);
    let idle = snapshot.content.iter().filter(|file| Kind::of(&file.path) == Kind::Font && !is_used(file));
    diagnostics.extend(idle.map(|file| {
        Diagnostic::warning("this font is neither used nor published")
            .at(Place::file(file.path.clone()))
            .advice("name it or its folder under `fonts:` in site.yaml, or move it out of `content/`")
    }));
}

/// Front matter as other programs have it, which would be taken for text here.
fn foreign_front_matter(text: &str) -> Option<Diagnostic> {
    let first = text.get(place_of_first_line(text)).unwrap_or_default();
    let (is, instead) = match first {
        "+++" => ("TOML", "`+++`, and `key: value` for `key = value`"),
        // A page that is a piece of JSON and nothing else has no brackets on lines of their own.
        "{" if text.contains("\n}") => ("JSON", "brackets, and without commas at the ends of lines"),
        _ => return None,
    };
    Some(
        Diagnostic::error(format!("the front matter of this page is {is}"))
            .advice(format!("write it as YAML: lines with `---` instead of {instead}")),
    )
}

/// The first line of a file, without what cannot be seen.
fn place_of_first_line(text: &str) -> std::ops::Range<usize> {
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let line = text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
    start..start + line.trim_end().len()
}

fn theme_files(config: &SiteRecord, snapshot: &Snapshot, diagnostics: &mut Vec<Diagnostic>) -> Vec<ThemeFile> {
    let name = config.theme.as_deref().unwrap_or("default");
    let folder = format!("themes/{name}/");
    let files: Vec<_> = snapshot
        .themes
        .iter()
        .filter_map(|file| {
            let name = file.path.strip_prefix(&folder)?;
            if name.starts_with("static/")
                && let Some(problem) = unpublished(&file.path)
            {
                diagnostics.push(problem);
                return None;
            }
            Some(ThemeFile { file: file.path.clone(), name: name.to_owned(), bytes: file.bytes.clone() })
        })
        .collect();
    if files.is_empty() && name != "default" {
        let mut names: Vec<_> =
            snapshot.themes.iter().filter_map(|file| file.path.strip_prefix("themes/")?.split('/').next()).collect();
        names.push("default");
        names.dedup();
        diagnostics.push(
            Diagnostic::error(format!("there is no theme `{name}`"))
                .at(Place::yaml("site.yaml", crate::steps!["theme"]))
                .advice(
                    crate::diagnostic::did_you_mean(name, names)
                        .unwrap_or_else(|| format!("make the folder `themes/{name}/`, or take `default`")),
                ),
        );
    }
    files
}

/// What is wrong with their folders was reported when they were read.
fn fonts(snapshot: &Snapshot) -> Vec<Asset> {
    let asset = |file: &File| Asset {
        file: file.path.clone(),
        bytes: file.bytes.clone(),
        digest: Digest::from(file.hash),
        picture: None,
    };
    snapshot.fonts.iter().map(asset).collect()
}
