//! What is other than before: in the files of a site, and in what is made of them.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::{
    hash::Short,
    output::Kind,
    plan::{Job, Plan},
    publish::Outcome,
    serve::live::Change,
    source::{File, Snapshot},
};

/// More changed files than these are not told one by one.
const TOLD: usize = 300;

/// What a plan makes: of each file its name and its identity, as much of them as tells them from others.
pub(super) type Shape = Vec<(u64, u64)>;

pub(super) fn shape(plan: &Plan) -> Shape {
    let short = |digest: Short| digest.0.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let name = |path: &str| {
        let mut hasher = DefaultHasher::new();
        path.hash(&mut hasher);
        hasher.finish()
    };
    plan.jobs().map(|job| (name(job.path), short(job.identity))).collect()
}

/// The files that are others now, if all files have the names that they had; but for assets, whose names change with
/// their content.
pub(super) fn changed<'p>(plan: &'p Plan, before: &Shape, now: &Shape) -> Option<Vec<Job<'p>>> {
    let pairs = || plan.jobs().zip(before.iter().zip(now));
    if before.len() != now.len() || !pairs().all(|(job, (before, now))| before.0 == now.0 || is_asset(&job)) {
        return None;
    }
    Some(pairs().filter(|(_, (before, now))| before != now).map(|(job, _)| job).collect())
}

fn is_asset(job: &Job<'_>) -> bool {
    job.output.kind() == Kind::Asset
}

/// Whether the files of two sites are the same but for style sheets of their themes.
pub(super) fn differ_in_style(before: &Snapshot, now: &Snapshot) -> bool {
    fn rest(snapshot: &Snapshot) -> impl Iterator<Item = (&str, blake3::Hash)> {
        let is_style = |file: &File| file.path.starts_with("themes/") && file.path.ends_with(".css");
        snapshot.files().filter(move |file| !is_style(file)).map(|file| (&*file.path, file.hash))
    }
    rest(before).eq(rest(now))
}

/// What open pages are told of these files. Where only style sheets were edited, pages are others only in that they
/// name them: an open one exchanges them and need not be loaded again.
pub(super) fn announcement(jobs: &[Job<'_>], only_styles: bool) -> Change {
    let assets: Vec<Job<'_>> = jobs.iter().filter(|job| is_asset(job)).copied().collect();
    let told = if only_styles && assets.iter().all(|job| job.path.ends_with(".css")) { &assets } else { jobs };
    let paths = || told.iter().map(|job| page_path(job.path)).collect();
    Change { files: (told.len() <= TOLD).then(paths), made: Vec::new() }
}

/// Whether files are gone or empty that were not: perhaps somebody is just writing them. What is there under another
/// name is not gone: nobody writes a file by renaming its folder.
pub(super) fn is_unfinished(last: &Snapshot, now: &Snapshot) -> bool {
    let sizes: HashMap<&str, usize> = now.files().map(|file| (&*file.path, file.bytes.len())).collect();
    let missed: Vec<&File> = last
        .files()
        .filter(|file| !file.bytes.is_empty() && sizes.get(&*file.path).is_none_or(|size| *size == 0))
        .collect();
    if missed.is_empty() {
        return false;
    }
    let known: HashSet<&str> = last.files().map(|file| &*file.path).collect();
    let moved: HashSet<[u8; 32]> =
        now.files().filter(|file| !known.contains(&*file.path)).map(|file| *file.hash.as_bytes()).collect();
    missed.iter().any(|file| sizes.contains_key(&*file.path) || !moved.contains(file.hash.as_bytes()))
}

/// The path that a page has in an address.
fn page_path(path: &str) -> String {
    path.strip_suffix("index.html").unwrap_or(path).to_owned()
}

pub(super) fn change(outcome: &Outcome) -> Change {
    let path = |path: &String| page_path(path);
    let touched = outcome.made + outcome.changed + outcome.removed;
    let all =
        || outcome.made_paths.iter().chain(&outcome.changed_paths).chain(&outcome.removed_paths).map(path).collect();
    let pages = outcome.made_paths.iter().filter(|path| path.ends_with(".html") && !outcome.removed_paths.is_empty());
    Change { files: (touched <= TOLD).then(all), made: pages.take(5).map(path).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::scan;
    use std::{fs, path::Path};

    fn write(site: &Path, path: &str, text: &str) {
        let path = site.join("content").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn only_what_may_come_back_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path();
        let names = ["a/b/1.md", "a/b/2.md", "a/3.md", "4.md"];
        names.iter().for_each(|name| write(site, name, name));
        let before = scan(site).0;
        let is_waited_for = |change: &dyn Fn()| {
            change();
            let is_unfinished = is_unfinished(&before, &scan(site).0);
            fs::remove_dir_all(site.join("content")).unwrap();
            names.iter().for_each(|name| write(site, name, name));
            is_unfinished
        };
        let at = |name: &str| site.join("content").join(name);
        assert!(!is_waited_for(&|| fs::rename(at("a"), at("c")).unwrap()));
        assert!(!is_waited_for(&|| fs::rename(at("a/b"), at("b")).unwrap()));
        assert!(!is_waited_for(&|| fs::rename(at("4.md"), at("5.md")).unwrap()));
        assert!(!is_waited_for(&|| write(site, "4.md", "other")));
        assert!(is_waited_for(&|| write(site, "4.md", "")));
        assert!(is_waited_for(&|| fs::remove_file(at("4.md")).unwrap()));
        assert!(is_waited_for(&|| fs::remove_dir_all(at("a")).unwrap()));
        // Put aside by an editor, and a new one not yet written.
        assert!(is_waited_for(&|| fs::rename(at("4.md"), at("4.md~")).unwrap()));
        // Renamed while another is gone.
        assert!(is_waited_for(&|| {
            fs::rename(at("a"), at("c")).unwrap();
            fs::remove_file(at("c/3.md")).unwrap();
        }));
    }

    #[test]
    fn a_style_sheet_is_told_from_all_else_that_a_site_is_made_of() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path();
        write(site, "1.md", "1");
        let before = scan(site).0;
        let style = "../themes/default/static/sheet.css";
        write(site, style, "a");
        assert!(differ_in_style(&before, &scan(site).0), "it is there");
        let before = scan(site).0;
        write(site, style, "b");
        assert!(differ_in_style(&before, &scan(site).0), "it is another");
        for other in ["1.md", "2.md", "own.css", "../themes/default/static/site.js", "../site.yaml"] {
            let before = scan(site).0;
            write(site, style, other);
            write(site, other, other);
            assert!(!differ_in_style(&before, &scan(site).0), "{other}");
        }
    }
}
