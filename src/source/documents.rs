//! From bytes to records: every file parsed, each on its own ([`super::parse`]), and all of them put together.
//!
//! A [`Reader`] keeps what it parsed, keyed by content, so parsing the next snapshot
//! costs only what changed. Documents hold `Arc`s into that memory; a rebuild shares
//! everything that stayed the same with the build before.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use rayon::prelude::*;

use super::{
    kept,
    kinds::{self, Kind},
    markdown::Text,
    parse::{Parsed, UNPUBLISHED, disguised, parse},
    record::{Export, FrontMatter, SiteRecord},
    scan::{Bytes, File, Snapshot},
    share,
    yaml::rest::Rest,
};
use crate::{
    diagnostic::{Diagnostic, Place, has_errors},
    hash::{Digest, Short},
    picture::Picture,
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
    /// If there are faults in it, which were told: where what could be read stands.
    pub rest: Option<Rest>,
}

impl ExportDoc {
    /// The number of a badge in the file, by its number among those that were read.
    pub fn badge_at(&self, badge: usize) -> usize {
        self.rest.as_ref().and_then(|rest| rest.badges.get(badge).copied()).unwrap_or(badge)
    }

    /// The number of an earner in the file, likewise.
    pub fn earner_at(&self, earner: usize) -> usize {
        self.rest.as_ref().and_then(|rest| Some(rest.earners.get(earner)?.0)).unwrap_or(earner)
    }

    /// The number of an earner's award in the file, likewise.
    pub fn award_at(&self, earner: usize, award: usize) -> usize {
        self.rest.as_ref().and_then(|rest| rest.earners.get(earner)?.1.get(award).copied()).unwrap_or(award)
    }
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

    /// Whether a file, by its path from the site's folder, is there and could not be read, or may be in a folder that could
    /// not. That was said; so it is not missing.
    pub fn may_be_there(&self, path: &str) -> bool {
        let mut upwards = std::iter::successors(Some(path), |path| path.rfind('/').and_then(|at| path.get(..at)));
        upwards.any(|path| self.broken.contains(path))
    }

    /// Whether a badge or an award has this id that could not be read, so that it is not missing.
    pub fn is_unread(&self, id: &str) -> bool {
        let mut rests = self.exports.iter().filter_map(|doc| doc.rest.as_ref());
        rests.any(|rest| rest.unread.iter().any(|unread| unread == id))
    }

    /// Whether all records of all exports could be read.
    pub fn are_records_complete(&self) -> bool {
        !self.is_broken("yaml") && self.exports.iter().all(|doc| doc.rest.is_none())
    }
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
        let mut broken: HashSet<_> = snapshot.unread.iter().cloned().collect();
        let mut left_out = HashSet::new();
        for file in snapshot.config.iter().chain(&snapshot.content) {
            let key = (file.path.clone(), file.hash);
            let Some((document, problems)) = before.remove(&key) else { continue };
            diagnostics.extend(problems.iter().cloned());
            match &document {
                Some(Parsed::Config(record)) => config = Some(record.clone()),
                Some(Parsed::Export(export)) => {
                    if export.rest.as_ref().is_some_and(|rest| !rest.is_whole) {
                        broken.insert(file.path.clone());
                    }
                    exports.push(export.clone());
                }
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
    // A theme, and what a theme has its files in, is a folder.
    let in_place_of_a_folder = |path: &str| {
        path == folder.trim_end_matches('/')
            || path.strip_prefix(&folder).is_some_and(|name| ["templates", "i18n", "static"].contains(&name))
    };
    let mut in_place =
        snapshot.themes.iter().map(|file| &file.path).filter(|path| in_place_of_a_folder(path)).peekable();
    let is_file = in_place.peek().is_some();
    diagnostics.extend(in_place.map(|path| {
        Diagnostic::error("this is a file, and has to be a folder")
            .at(Place::file(path.clone()))
            .advice("rename it, and make a folder of that name with the theme's files in it")
    }));
    if files.is_empty() && !is_file && name != "default" {
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
