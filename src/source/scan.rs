//! Walking the site's folder: which files count, their bytes and their hashes.
//!
//! Only three places are looked at: `site.yaml`, `content/` and the chosen theme's
//! folder below `themes/`; and the fonts that site.yaml names ([`super::typefaces`]). Which names below them count
//! is for [`super::walk`].
//!
//! Names are taken composed (Unicode's NFC), however a disk spells them: macOS hands out `ü` as a `u` and a mark,
//! and everything that names a file is typed on a keyboard.

use std::{
    collections::HashMap,
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use rayon::prelude::*;

use super::{kinds::Kind, record::SigningRecord, typefaces, walk};
use crate::diagnostic::{Diagnostic, Place, Severity};

/// A file's bytes, shared by whoever needs them.
pub type Bytes = Arc<[u8]>;

/// One file as it was read.
#[derive(Debug, Clone)]
pub struct File {
    /// Path relative to the site's folder, with `/` between names.
    pub path: Arc<str>,
    /// What is in it.
    pub bytes: Bytes,
    /// How many bytes it has.
    pub length: usize,
    /// Hash of what is in it.
    pub hash: blake3::Hash,
}

/// Every input of a site, as it was at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The site's folder.
    pub site: Arc<Path>,
    /// `site.yaml`, if it could be read.
    pub config: Option<File>,
    /// The files below `content/`, sorted by path.
    pub content: Vec<File>,
    /// What is below `content/` and could not be read, as has been reported: files, and folders with all that is in them.
    pub unread: Vec<Arc<str>>,
    /// The files below `themes/`, sorted by path.
    pub themes: Vec<File>,
    /// The font files that site.yaml names, or chooses of a folder that it names.
    pub fonts: Vec<File>,
    /// A hash over all of them, names included.
    pub fingerprint: blake3::Hash,
}

impl Snapshot {
    /// What site.yaml says of signing, where it can be read and anything is to be signed; what is wrong with it is reported
    /// when it is parsed.
    pub fn signing(&self) -> Option<SigningRecord> {
        #[derive(serde::Deserialize)]
        struct Settings {
            signing: Option<SigningRecord>,
            outputs: Option<Outputs>,
        }
        #[derive(serde::Deserialize)]
        struct Outputs {
            open_badges: Option<bool>,
        }
        let config = self.config.as_ref()?;
        let settings = serde_yaml::from_slice::<Settings>(&config.bytes).ok()?;
        let is_wanted = settings.outputs.and_then(|outputs| outputs.open_badges) != Some(false);
        settings.signing.filter(|_| is_wanted)
    }

    /// Whether site.yaml has a key `signing` with nothing behind it: whoever writes that wants something to be signed.
    pub fn signs_with_nothing(&self) -> bool {
        let Some(config) = &self.config else { return false };
        serde_yaml::from_slice::<serde_yaml::Value>(&config.bytes)
            .is_ok_and(|settings| settings.get("signing").is_some_and(serde_yaml::Value::is_null))
    }

    /// The font folders and files that site.yaml names, as paths from the site's folder.
    pub fn font_folders(&self) -> Vec<String> {
        typefaces::places(self.config.as_ref())
    }

    /// Lets go of what is in exports, once they have been parsed. Whoever wants to know it after that reads the file
    /// again: [`Self::bytes`].
    pub fn forget_exports(&mut self) {
        let nothing: Bytes = Arc::default();
        for file in self.content.iter_mut().filter(|file| Kind::of(&file.path) == Kind::Export) {
            file.bytes = nothing.clone();
        }
    }

    /// What is in a file. It is read again if it was let go of; nothing if it is another one by now.
    pub fn bytes(&self, path: &str) -> Option<Bytes> {
        let file = self.files().find(|file| &*file.path == path)?;
        if file.bytes.len() == file.length {
            return Some(file.bytes.clone());
        }
        let again = read(&self.site, file.path.clone(), &self.site.join(path)).ok()?;
        (again.hash == file.hash).then_some(again.bytes)
    }

    /// A file with what is in it, which is read again if it was let go of.
    ///
    /// # Errors
    /// If it is another one by now, or cannot be read any more.
    pub fn whole(&self, file: &File) -> Result<File, Diagnostic> {
        if file.bytes.len() == file.length {
            return Ok(file.clone());
        }
        let again = read(&self.site, file.path.clone(), &self.site.join(&*file.path))?;
        if again.hash == file.hash {
            return Ok(again);
        }
        Err(Diagnostic::error("this file has changed while the site was read")
            .at(Place::file(file.path.clone()))
            .advice("wait until it is written, and try again"))
    }

    /// All files.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.config.iter().chain(&self.content).chain(&self.themes).chain(&self.fonts)
    }
}

/// The largest file that is read, in bytes. More than that is no page, export or picture,
/// and would be held in memory.
const FILE_MAX: u64 = 1 << 30;

/// Reads everything that can matter.
///
/// What cannot be read is reported and left out.
pub fn scan(site: &Path) -> (Snapshot, Vec<Diagnostic>) {
    scan_holding(site, Exports::Held)
}

/// The same, but what is in exports is hashed and let go of, file by file: [`Snapshot::whole`] reads one again. It takes a
/// little longer, and no more memory than the files that are at hand need, however large all of them are.
pub fn scan_lightly(site: &Path) -> (Snapshot, Vec<Diagnostic>) {
    scan_holding(site, Exports::LetGo)
}

/// What becomes of what is in exports once it is hashed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Exports {
    Held,
    LetGo,
}

fn scan_holding(site: &Path, exports: Exports) -> (Snapshot, Vec<Diagnostic>) {
    let mut problems = Vec::new();
    let config = match read(site, "site.yaml".into(), &site.join("site.yaml")) {
        Ok(file) => Some(file),
        Err(problem) => {
            problems.push(no_config(site).unwrap_or(problem));
            None
        }
    };
    let before = problems.len();
    let content = tree_holding(site, "content", exports, &mut problems);
    let of_content =
        problems.get(before..).unwrap_or_default().iter().filter(|problem| problem.severity == Severity::Error);
    let unread = of_content.filter_map(|problem| Some(problem.place.as_ref()?.path().clone())).collect();
    let themes = tree(site, "themes", &mut problems);
    let fonts = typefaces::find(site, config.as_ref(), &content, &themes, &mut problems);
    let mut hasher = blake3::Hasher::new();
    for file in config.iter().chain(&content).chain(&themes).chain(&fonts) {
        hasher.update(&(file.path.len() as u64).to_le_bytes());
        hasher.update(file.path.as_bytes());
        hasher.update(file.hash.as_bytes());
    }
    (Snapshot { site: site.into(), config, content, unread, themes, fonts, fingerprint: hasher.finalize() }, problems)
}

fn no_config(site: &Path) -> Option<Diagnostic> {
    if site.join("site.yaml").symlink_metadata().is_ok() {
        return None;
    }
    if !site.is_dir() {
        return Some(
            Diagnostic::error(format!("there is no folder `{}`", site.display()))
                .advice("name the site's folder with --site"),
        );
    }
    let advice = if site.join("site.yml").exists() {
        "rename `site.yml` to `site.yaml`"
    } else {
        "go to the site's folder, or name it with --site; a site.yaml needs `title`, `base_url` and `issuer`"
    };
    Some(Diagnostic::error("there is no site.yaml here").at(Place::file("site.yaml")).advice(advice))
}

/// The files below one folder of the site; a folder that is absent has none.
pub(super) fn tree(site: &Path, folder: &str, problems: &mut Vec<Diagnostic>) -> Vec<File> {
    tree_holding(site, folder, Exports::Held, problems)
}

fn tree_holding(site: &Path, folder: &str, exports: Exports, problems: &mut Vec<Diagnostic>) -> Vec<File> {
    let mut found = walk::files(site, folder, problems);
    // Of two spellings of one name the same is always the first.
    found.sort_by(|(_, one), (_, other)| one.cmp(other));
    let spellings = spelled_twice(&found);
    let read_one = |(path, full): (Arc<str>, PathBuf)| -> Result<File, Diagnostic> {
        let file = read(site, path, &full)?;
        // Where the disk spells the name otherwise, it could not be read again by it.
        let is_let_go = exports == Exports::LetGo && Kind::of(&file.path) == Kind::Export;
        let is_named_so = full == site.join(&*file.path);
        Ok(if is_let_go && is_named_so { File { bytes: Arc::default(), ..file } } else { file })
    };
    let read: Vec<_> = found.into_par_iter().map(read_one).collect();
    let mut files = Vec::with_capacity(read.len());
    for file in read {
        match file {
            Ok(file) => files.push(file),
            Err(problem) => problems.push(problem),
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|second, first| {
        let is_same = second.path == first.path;
        if is_same {
            problems.push(
                Diagnostic::error(format!(
                    "two files have this name, in two spellings that look the same: one with {}",
                    spellings.get(&first.path).map(String::as_str).unwrap_or_default()
                ))
                .at(Place::file(first.path.clone()))
                .advice("remove or rename one of them; computers can spell an accented letter in two ways, and an address has one"),
            );
        }
        is_same
    });
    files
}

/// The names that are there in two spellings: where they differ, by code points, as they look the same.
fn spelled_twice(found: &[(Arc<str>, PathBuf)]) -> HashMap<Arc<str>, String> {
    let mut by_name: HashMap<&Arc<str>, &PathBuf> = HashMap::new();
    let mut twice = HashMap::new();
    for (path, full) in found {
        if let Some(other) = by_name.insert(path, full) {
            let (one, two) = (other.to_string_lossy(), full.to_string_lossy());
            let same = one.chars().zip(two.chars()).take_while(|(one, two)| one == two).count();
            let points = |text: &str| {
                let differing = text.chars().skip(same).take(3).map(|c| format!("U+{:04X}", u32::from(c)));
                differing.collect::<Vec<_>>().join(" ")
            };
            twice.insert(path.clone(), format!("{} where the other has {}", points(&one), points(&two)));
        }
    }
    twice
}

/// What stands in the way of reading something, and what to do.
pub(super) fn unreadable(path: impl Into<Arc<str>>, error: &io::Error) -> Diagnostic {
    let advice = match error.kind() {
        io::ErrorKind::PermissionDenied => "give yourself the right to read it, or move it out of the site",
        io::ErrorKind::NotFound => "it was there a moment ago; try again",
        _ => "check the disk, or move it out of the site",
    };
    Diagnostic::error(format!("this cannot be read: {error}")).at(Place::file(path)).advice(advice)
}

pub(super) fn read(_site: &Path, path: Arc<str>, full: &Path) -> Result<File, Diagnostic> {
    let metadata = fs::metadata(full).map_err(|error| unreadable(path.clone(), &error))?;
    if !metadata.is_file() {
        return Err(Diagnostic::error("this is not a file")
            .at(Place::file(path))
            .advice("remove it or replace it by a file"));
    }
    if metadata.len() > FILE_MAX {
        return Err(Diagnostic::error(format!("this file is {} MB large", metadata.len() >> 20))
            .at(Place::file(path))
            .advice("files up to 1 GB can be used; split it, or move it out of the site"));
    }
    let bytes = read_all(full, metadata.len()).map_err(|error| unreadable(path.clone(), &error))?;
    let hash = blake3::hash(&bytes);
    Ok(File { path, length: bytes.len(), bytes, hash })
}

/// Reads a file that has so many bytes into memory that can be shared, without taking it twice.
fn read_all(full: &Path, length: u64) -> io::Result<Bytes> {
    let mut file = fs::File::open(full)?;
    let mut bytes: Bytes = std::iter::repeat_n(0, usize::try_from(length).unwrap_or(usize::MAX)).collect();
    let mut read = 0;
    if let Some(all) = Arc::get_mut(&mut bytes) {
        while let Some(rest) = all.get_mut(read..).filter(|rest| !rest.is_empty()) {
            match file.read(rest) {
                Ok(0) => break,
                Ok(count) => read += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
    let mut rest = Vec::new();
    file.read_to_end(&mut rest)?;
    // Somebody is writing it.
    if read < bytes.len() || !rest.is_empty() {
        let known = bytes.get(..read).unwrap_or_default();
        return Ok([known, &rest].concat().into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    // macOS takes both spellings for one name.
    #[cfg(target_os = "linux")]
    #[test]
    fn names_are_composed_however_the_disk_spells_them_and_no_two_of_them_are_one() {
        let site = tempfile::tempdir().unwrap();
        let file = |path: &str| {
            let full = site.path().join(path);
            fs::create_dir_all(full.parent().unwrap()).unwrap();
            fs::write(full, path).unwrap();
        };
        file("site.yaml");
        fs::write(site.path().join("site.yaml"), "fonts: [Schr\u{f6}der/ga\u{311}]").unwrap();
        file("content/Fu\u{308}hrung/tie\u{302}\u{301}ng.md");
        file("content/\u{1112}\u{1161}\u{11ab}.md");
        file("Schro\u{308}der/ga\u{311}/a.ttf");
        let (snapshot, problems) = scan(site.path());
        let paths: Vec<_> = snapshot.content.iter().chain(&snapshot.fonts).map(|f| &*f.path).collect();
        assert_eq!(paths, ["content/F\u{fc}hrung/ti\u{1ebf}ng.md", "content/한.md", "Schröder/g\u{203}/a.ttf"]);
        assert!(problems.is_empty(), "{problems:#?}");
        file("content/F\u{fc}hrung/ti\u{1ebf}ng.md");
        file("content/F\u{fc}hrung/other.md");
        let (snapshot, problems) = scan(site.path());
        assert_eq!(snapshot.content.len(), 3);
        assert_eq!(problems.len(), 1, "{problems:#?}");
        // They look the same, so what tells them apart are code points.
        assert!(problems[0].message.contains("U+0075 U+0308"), "{problems:#?}");
        assert!(problems[0].message.contains("U+00FC"), "{problems:#?}");
    }

    #[test]
    fn exports_that_were_let_go_of_are_read_again_unless_they_have_changed() {
        let site = tempfile::tempdir().unwrap();
        fs::create_dir_all(site.path().join("content")).unwrap();
        for path in ["site.yaml", "content/a.yaml", "content/b.md"] {
            fs::write(site.path().join(path), path).unwrap();
        }
        let (held, _) = scan(site.path());
        let (light, problems) = scan_lightly(site.path());
        assert!(problems.is_empty());
        assert_eq!(light.fingerprint, held.fingerprint);
        let [export, page] = light.content.as_slice() else { panic!("two files") };
        assert_eq!((export.bytes.len(), export.length, page.bytes.len()), (0, 14, 12));
        assert_eq!(&*light.whole(export).unwrap().bytes, b"content/a.yaml");
        assert_eq!(&*light.whole(page).unwrap().bytes, b"content/b.md");
        fs::write(site.path().join("content/a.yaml"), "another").unwrap();
        assert!(light.whole(export).unwrap_err().message.contains("has changed"));
        fs::remove_file(site.path().join("content/a.yaml")).unwrap();
        assert!(light.whole(export).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leaves_content_is_refused_and_one_inside_is_followed() {
        let site = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret.md"), "x").unwrap();
        fs::create_dir_all(site.path().join("content/a")).unwrap();
        fs::write(site.path().join("content/a/page.md"), "x").unwrap();
        std::os::unix::fs::symlink(outside.path(), site.path().join("content/out")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret.md"), site.path().join("content/s.md")).unwrap();
        std::os::unix::fs::symlink("a", site.path().join("content/b")).unwrap();
        let (snapshot, problems) = scan(site.path());
        let paths: Vec<_> = snapshot.content.iter().map(|f| &*f.path).collect();
        assert_eq!(paths, ["content/a/page.md", "content/b/page.md"]);
        let leaving = problems.iter().filter(|p| p.message.contains("leaves")).count();
        assert_eq!(leaving, 2, "{problems:#?}");
    }
}
