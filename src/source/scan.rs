//! Walking the site's folder: which files count, their bytes and their hashes.
//!
//! Only three places are looked at: `site.yaml`, `content/` and the chosen theme's
//! folder below `themes/`. Which names below them count is for [`super::walk`].

use std::{fs, io, path::Path, sync::Arc};

use rayon::prelude::*;

use super::walk;
use crate::diagnostic::{Diagnostic, Place};

/// A file's bytes, shared by whoever needs them.
pub type Bytes = Arc<[u8]>;

/// One file as it was read.
#[derive(Debug, Clone)]
pub struct File {
    /// Path relative to the site's folder, with `/` between names.
    pub path: Arc<str>,
    /// What is in it.
    pub bytes: Bytes,
    /// Hash of what is in it.
    pub hash: blake3::Hash,
}

/// Every input of a site, as it was at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// `site.yaml`, if it could be read.
    pub config: Option<File>,
    /// The files below `content/`, sorted by path.
    pub content: Vec<File>,
    /// The files below `themes/`, sorted by path.
    pub themes: Vec<File>,
    /// The font files that site.yaml names and that are not below `content/`.
    pub fonts: Vec<File>,
    /// A hash over all of them, names included.
    pub fingerprint: blake3::Hash,
}

impl Snapshot {
    /// The font folders and files that site.yaml names, relative to the site's folder.
    pub fn font_folders(&self) -> Vec<String> {
        self.config.as_ref().map(font_folders).unwrap_or_default()
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
    let mut problems = Vec::new();
    let config = match read(site, "site.yaml".into(), &site.join("site.yaml")) {
        Ok(file) => Some(file),
        Err(problem) => {
            problems.push(no_config(site).unwrap_or(problem));
            None
        }
    };
    let content = tree(site, "content", &mut problems);
    let themes = tree(site, "themes", &mut problems);
    let mut fonts = Vec::new();
    for folder in config.as_ref().map(font_folders).unwrap_or_default() {
        fonts.extend(tree(site, &folder, &mut problems));
    }
    let mut hasher = blake3::Hasher::new();
    for file in config.iter().chain(&content).chain(&themes).chain(&fonts) {
        hasher.update(&(file.path.len() as u64).to_le_bytes());
        hasher.update(file.path.as_bytes());
        hasher.update(file.hash.as_bytes());
    }
    (Snapshot { config, content, themes, fonts, fingerprint: hasher.finalize() }, problems)
}

/// The font folders and files that site.yaml names. What is wrong with site.yaml is
/// reported when it is parsed; here it only means that there are none.
fn font_folders(config: &File) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Fonts {
        #[serde(default)]
        fonts: Vec<super::value::ContentPath>,
    }
    serde_yaml::from_slice::<Fonts>(&config.bytes)
        .map(|config| config.fonts.iter().map(std::string::ToString::to_string).collect())
        .unwrap_or_default()
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
fn tree(site: &Path, folder: &str, problems: &mut Vec<Diagnostic>) -> Vec<File> {
    let found = walk::files(site, folder, problems);
    let read: Vec<_> = found.into_par_iter().map(|(path, full)| read(site, path, &full)).collect();
    let mut files = Vec::with_capacity(read.len());
    for file in read {
        match file {
            Ok(file) => files.push(file),
            Err(problem) => problems.push(problem),
        }
    }
    files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    files
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

fn read(_site: &Path, path: Arc<str>, full: &Path) -> Result<File, Diagnostic> {
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
    let bytes = fs::read(full).map_err(|error| unreadable(path.clone(), &error))?;
    let hash = blake3::hash(&bytes);
    Ok(File { path, bytes: bytes.into(), hash })
}

#[cfg(test)]
mod tests {
    use super::*;

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
