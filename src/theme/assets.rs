//! The names under which a theme's files are published: each has its content in it.
//!
//! `site.js` goes up as `_assets/site.3f6a91c2d405.js`. So a file may be kept for ever by whoever fetched it, and an old
//! page never meets a new style sheet: it goes on asking for its own. Templates ask for the address,
//! `{{ assets["site.js"] }}`. All of them lie in one folder, so that a host can be told so in one line; nothing of
//! `content/` can be in it, for names that begin with `_` are left out.
//!
//! Scripts and style sheets name each other as they lie in the folder, `import('./find.js')`; what is published names
//! the other file as it is called there.
//!
//! So it is with style sheets, scripts, pictures, fonts and films. Whatever else a theme has is looked for by its name
//! (`favicon.ico`, `humans.txt`), and keeps it, at the root of the site.
//!
//! A name is made of a file's own content and of that of all files it refers to, however far: two scripts may name each
//! other.

use std::collections::{BTreeMap, BTreeSet};

use crate::{hash::Digest, source::Bytes};

/// A file of the theme that is published as it is.
#[derive(Debug, Clone)]
pub struct StaticFile {
    /// Its name in the theme, below `static/`.
    pub name: String,
    /// Its path on the site.
    pub path: String,
    /// What is in it, with the names of other files as they are published.
    pub bytes: Bytes,
    /// Digest of that.
    pub digest: Digest,
}

impl StaticFile {
    /// Whether its content is in its name.
    pub fn is_asset(&self) -> bool {
        self.path.starts_with(FOLDER)
    }
}

/// The ends of names that get their content in them.
const KINDS: [&str; 15] =
    ["css", "js", "mjs", "png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "woff", "woff2", "mp4", "webm", "mp3"];
/// Pictures that phones ask for without being told.
const FIXED: [&str; 2] = ["apple-touch-icon.png", "apple-touch-icon-precomposed.png"];
/// The folder of all files that have their content in their names.
pub const FOLDER: &str = "_assets/";
/// How many hexadecimal digits of a digest are in a name: 48 bits tell all versions of one file apart.
const DIGITS: usize = 12;

/// Gives files their names on the site. They come with their names in the theme.
pub fn publish(files: &[(String, Bytes)]) -> Vec<StaticFile> {
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let texts: Vec<Option<&str>> = files.iter().map(|(name, bytes)| text(name, bytes)).collect();
    let references: Vec<Vec<Reference>> = names
        .iter()
        .zip(&texts)
        .map(|(name, text)| text.map_or_else(Vec::new, |text| find(name, text, &names)))
        .collect();
    let contents: Vec<Digest> = files.iter().map(|(_, bytes)| Digest::from(blake3::hash(bytes))).collect();
    let paths: Vec<String> = (0..files.len())
        .map(|index| {
            let content: Vec<Digest> =
                reach(index, &references).iter().filter_map(|at| contents.get(*at)).copied().collect();
            let own = contents.get(index).copied().unwrap_or_default();
            named(names.get(index).copied().unwrap_or_default(), Digest::of_value(&(own, content)))
        })
        .collect();
    let mut published = Vec::with_capacity(files.len());
    for (index, (name, bytes)) in files.iter().enumerate() {
        let bytes = match texts.get(index).copied().flatten().zip(references.get(index)) {
            Some((text, found)) if !found.is_empty() => rewrite(text, found, &paths).into_bytes().into(),
            _ => bytes.clone(),
        };
        let digest = Digest::from(blake3::hash(&bytes));
        published.push(StaticFile {
            name: name.clone(),
            path: paths.get(index).cloned().unwrap_or_default(),
            bytes,
            digest,
        });
    }
    published
}

/// A name with a digest in it.
pub fn named(name: &str, digest: Digest) -> String {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    if FIXED.contains(&name) || !KINDS.contains(&end) {
        return name.to_owned();
    }
    let hash = blake3::Hash::from(digest.0).to_hex();
    let hash = hash.get(..DIGITS).unwrap_or_default();
    format!("{FOLDER}{}.{hash}.{end}", name.strip_suffix(end).unwrap_or(name).trim_end_matches('.'))
}

/// The text with the names of other files as they are published; `name` is where it stands in the theme.
pub fn name_others(name: &str, text: &str, files: &[StaticFile]) -> String {
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let paths: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
    rewrite(text, &find(name, text, &names), &paths)
}

/// Another file's name in a text: where its last part stands, and which file it is.
struct Reference {
    start: usize,
    end: usize,
    file: usize,
}

/// The text of a file that may name others.
fn text<'b>(name: &str, bytes: &'b [u8]) -> Option<&'b str> {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    matches!(end, "js" | "mjs" | "css" | "svg").then(|| str::from_utf8(bytes).ok()).flatten()
}

/// Where a text names other files, in the order of places: between quotes or brackets, as seen from its own folder.
fn find(name: &str, text: &str, names: &[&str]) -> Vec<Reference> {
    let mut found = Vec::new();
    for (file, other) in names.iter().enumerate().filter(|(_, other)| **other != name) {
        let wanted = relative(name, other);
        let last = other.rsplit('/').next().unwrap_or(other).len();
        for (at, _) in text.match_indices(&wanted) {
            let before = text.get(..at).unwrap_or_default();
            let before = before.strip_suffix("./").unwrap_or(before);
            let opens = before.ends_with(['\'', '"', '`', '(']);
            let end = at + wanted.len();
            let closes = text.get(end..).is_some_and(|after| after.starts_with(['\'', '"', '`', ')', '?', '#']));
            if opens && closes {
                found.push(Reference { start: end - last, end, file });
            }
        }
    }
    found.sort_by_key(|reference| reference.start);
    found
}

/// The way from one file to another.
fn relative(from: &str, to: &str) -> String {
    let from: Vec<&str> = from.split('/').collect();
    let to: Vec<&str> = to.split('/').collect();
    let most = from.len().min(to.len()).saturating_sub(1);
    let common = from.iter().zip(&to).take(most).take_while(|(one, other)| one == other).count();
    let up = vec![".."; from.len() - 1 - common];
    [up.as_slice(), to.get(common..).unwrap_or_default()].concat().join("/")
}

/// All files that one refers to, and those that they refer to.
fn reach(from: usize, references: &[Vec<Reference>]) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(at) = waiting.pop() {
        for reference in references.get(at).into_iter().flatten() {
            if reached.insert(reference.file) {
                waiting.push(reference.file);
            }
        }
    }
    reached
}

fn rewrite(text: &str, found: &[Reference], paths: &[String]) -> String {
    let mut out = String::with_capacity(text.len() + found.len() * (DIGITS + 1));
    let mut done = 0;
    for Reference { start, end, file } in found {
        let Some(path) = paths.get(*file).filter(|_| *start >= done) else { continue };
        out.push_str(text.get(done..*start).unwrap_or_default());
        out.push_str(path.rsplit('/').next().unwrap_or(path));
        done = *end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// The addresses of all files by their names in the theme; `root` is the path of the site.
pub fn addresses(root: &str, files: &[StaticFile]) -> BTreeMap<String, String> {
    files.iter().map(|file| (file.name.clone(), format!("{root}{}", file.path))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(files: &[(&str, &str)]) -> BTreeMap<String, (String, String)> {
        let files: Vec<_> = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().into())).collect();
        let text = |file: &StaticFile| String::from_utf8(file.bytes.to_vec()).unwrap();
        publish(&files).iter().map(|file| (file.name.clone(), (file.path.clone(), text(file)))).collect()
    }

    #[test]
    fn a_name_changes_with_the_content_and_with_what_it_refers_to() {
        let before = published(&[("a.js", "import './b.js'"), ("b.js", "1"), ("c.js", "1")]);
        let after = published(&[("a.js", "import './b.js'"), ("b.js", "2"), ("c.js", "1")]);
        assert_ne!(before["a.js"].0, after["a.js"].0);
        assert_ne!(before["b.js"].0, after["b.js"].0);
        assert_eq!(before["c.js"], after["c.js"]);
        assert_eq!(format!("_assets/{}", &after["a.js"].1[10..after["a.js"].1.len() - 1]), after["b.js"].0);
    }

    #[test]
    fn files_name_each_other_from_any_folder_and_in_a_circle() {
        let files = published(&[
            ("js/a.js", "import('./b.js'); fetch(\"../x.svg#y\")"),
            ("js/b.js", "import './a.js'"),
            ("x.svg", "<svg/>"),
            ("own.css", "p { background: url(x.svg) } /* x.svg */"),
        ]);
        let last = |name: &str| files[name].0.rsplit('/').next().unwrap().to_owned();
        assert_eq!(files["js/a.js"].1, format!("import('./{}'); fetch(\"../{}#y\")", last("js/b.js"), last("x.svg")));
        assert_eq!(files["js/b.js"].1, format!("import './{}'", last("js/a.js")));
        assert_eq!(files["own.css"].1, format!("p {{ background: url({}) }} /* x.svg */", last("x.svg")));
        assert!(files["js/a.js"].0.starts_with("_assets/js/a."));
    }

    #[test]
    fn a_name_within_another_is_not_a_reference() {
        let files = published(&[("a.js", "'./site-b.js' 'b.js.map' b.js"), ("b.js", "")]);
        assert_eq!(files["a.js"].1, "'./site-b.js' 'b.js.map' b.js");
    }

    #[test]
    fn what_is_looked_for_by_its_name_keeps_it() {
        let files =
            published(&[("favicon.ico", "x"), ("humans.txt", "x"), ("apple-touch-icon.png", "x"), ("a.b/c", "x")]);
        for (name, (path, _)) in &files {
            assert_eq!(path, name);
        }
    }
}
