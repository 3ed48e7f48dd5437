//! One file: what it turns out to be, and what is wrong with it on its own.

use std::{hash::Hash, sync::Arc};

use super::{
    documents::{Asset, ExportDoc, PageDoc},
    kinds::{self, Kind, ending},
    markdown::{self, Kind as TextKind, Manner, Text},
    record::{EarnerRecord, Export, FrontMatter, SiteRecord},
    scan::File,
    value::{Line, Value as _},
    yaml,
};
use crate::{
    diagnostic::{Diagnostic, Place, has_errors},
    hash::{Digest, Short},
    picture,
};

/// What one file turned out to be.
#[derive(Debug, Clone)]
pub(super) enum Parsed {
    Config(Arc<SiteRecord>),
    Export(Arc<ExportDoc>),
    Page(Arc<PageDoc>),
    Asset(Asset),
}

/// What is said of a file that is no part of a site.
pub(super) const UNPUBLISHED: &str = "this file is not published: files of its kind are not part of a site";

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
pub(super) fn disguised(path: &Arc<str>) -> Option<Diagnostic> {
    let found = kinds::disguise(path)?;
    let problem = if found.is_export {
        let name = path.rsplit('/').next().unwrap_or(path);
        if name == found.as_was {
            Diagnostic::error("exports are read below `content/` only, and published nowhere").advice(
                "move it below `content/` if it is one; if not, give it another name or move it out of the site",
            )
        } else {
            Diagnostic::error("this is named like an export with another ending, so it is not read as one").advice(
                format!(
                    "rename `{name}` to `{}` if it is one (Windows hides the last ending); if not, move it out of the site",
                    found.as_was
                ),
            )
        }
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

/// Reads one file.
pub(super) fn parse(file: &File, languages: &[String]) -> (Option<Parsed>, Vec<Diagnostic>) {
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
                (
                    Some(Parsed::Export(Arc::new(ExportDoc { file: file.path.clone(), export, digests, rest: None }))),
                    doubts,
                )
            }
            // What is wrong between its other records and other files is told in the same run.
            Err(problems) => (rest(file), problems),
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

/// What can be read of an export with faults.
fn rest(file: &File) -> Option<Parsed> {
    let (export, rest) = yaml::rest::read(&file.path, &file.bytes)?;
    let digests = export.earners.iter().flat_map(digests).collect();
    Some(Parsed::Export(Arc::new(ExportDoc { file: file.path.clone(), export, digests, rest: Some(rest) })))
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
    problems.extend(yaml::forbidden_in_markdown(&file.path, text.get(body..).unwrap_or_default(), body));
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
