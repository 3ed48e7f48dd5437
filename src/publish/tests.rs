//! The promises of publishing, tried on real folders, and with real killing.
//!
//! A site here is a map from names to texts. After whatever was done to a folder, the test
//! compares all that is in it with such a map. Builds that are killed and outputs on other disks
//! have files of their own.

mod disks;
mod killed;
mod losses;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use tempfile::TempDir;

use super::*;

/// How many steps this process may still take before it ends as if killed.
static STEPS: AtomicI64 = AtomicI64::new(i64::MAX);

/// One step of a build. Ends without cleaning up, as a killed process does.
pub(super) fn step() {
    if STEPS.fetch_sub(1, Ordering::SeqCst) <= 0 {
        std::process::exit(9);
    }
}

type Site = BTreeMap<String, String>;

fn site(files: &[(&str, &str)]) -> Site {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// What is planned of a file: its path, its identity, and where the record stands that it is the page of.
struct Planned {
    files: Vec<(String, Short, Option<Origin>)>,
    sources: Vec<Arc<str>>,
}

impl Planned {
    fn new(files: impl IntoIterator<Item = (String, Short)>) -> Self {
        let files = files.into_iter().map(|(path, identity)| (path, identity, None)).collect();
        Self { files, sources: Vec::new() }
    }
}

impl Files for Planned {
    fn count(&self) -> usize {
        self.files.len()
    }

    fn path(&self, number: usize) -> Option<&str> {
        self.files.get(number).map(|(path, ..)| &**path)
    }

    fn entry(&self, number: usize) -> Option<Entry<'_>> {
        let (path, identity, origin) = self.files.get(number)?;
        Some(Entry { path, identity: *identity, kind: Kind::Page, award: None, origin: *origin })
    }

    fn sources(&self) -> &[Arc<str>] {
        &self.sources
    }
}

fn planned(site: &Site) -> Planned {
    Planned::new(site.iter().map(|(path, text)| (path.clone(), Short::of_bytes(text.as_bytes()))))
}

fn open(base: &Path, out: &str) -> Result<Folder, FolderError> {
    open_within(base, out, 40)
}

fn open_within(base: &Path, out: &str, looks: u32) -> Result<Folder, FolderError> {
    let site = base.join("site");
    let content = site.join("content");
    let sources = Sources { site: &site, folders: &[&content] };
    Folder::open_within(&base.join(out), &sources, &|| (), looks)
}

fn publish_into(folder: &mut Folder, site: &Site) -> Result<Outcome, PublishError<String>> {
    let texts: Vec<&String> = site.values().collect();
    let make = |number: usize| Ok(texts[number].clone().into_bytes());
    let stamp = Stamp { key: [1; 32], note: "{}".to_owned() };
    folder.publish(&planned(site), make, &stamp, &|_| true, &|_| ())
}

fn publish(base: &Path, site: &Site) -> Outcome {
    publish_into(&mut open(base, "public").unwrap(), site).unwrap()
}

/// All files below a folder, with `/` behind the names of empty folders, and `@` for links.
fn read(root: &Path) -> Site {
    fn walk(folder: &Path, name: &str, all: &mut Site) {
        let mut empty = true;
        for item in fs::read_dir(folder).into_iter().flatten() {
            let item = item.unwrap();
            empty = false;
            let name = format!("{name}{}", item.file_name().to_str().unwrap());
            let kind = item.file_type().unwrap();
            if kind.is_dir() {
                walk(&item.path(), &format!("{name}/"), all);
            } else if kind.is_symlink() {
                all.insert(name, "@".to_owned());
            } else {
                all.insert(name, String::from_utf8_lossy(&fs::read(item.path()).unwrap()).into_owned());
            }
        }
        if empty && !name.is_empty() {
            all.insert(name.to_owned(), String::new());
        }
    }
    let mut all = Site::new();
    walk(root, "", &mut all);
    all
}

fn base() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = fs::canonicalize(folder.path()).unwrap();
    fs::create_dir_all(path.join("site/content")).unwrap();
    (folder, path)
}

fn first_site() -> Site {
    site(&[("index.html", "home"), ("a/1/index.html", "one"), ("a/2/index.html", "two"), ("faq/x.html", "x")])
}

#[test]
fn what_was_published_is_there_and_nothing_else() {
    let (_guard, base) = base();
    let outcome = publish(&base, &first_site());
    assert_eq!(read(&base.join("public")), first_site());
    assert_eq!((outcome.made, outcome.changed, outcome.unchanged, outcome.removed), (4, 0, 0, 0));
    assert_eq!(outcome.bytes_written, 11);
    assert_eq!(outcome.made_paths, ["a/1/index.html", "a/2/index.html", "faq/x.html", "index.html"]);
    let state: Vec<String> = read(&base.join(".bonafide")).into_keys().collect();
    assert_eq!(state, [".gitignore", "public/lock", "public/manifest"]);
    let mode = fs::metadata(base.join("public/a/1/index.html")).unwrap().permissions().mode();
    assert_eq!(mode & 0o600, 0o600);
}

#[test]
fn a_second_build_makes_and_writes_only_what_changed() {
    let (_guard, base) = base();
    publish(&base, &first_site());
    let manifest = fs::metadata(base.join(".bonafide/public/manifest")).unwrap();
    let untouched = fs::metadata(base.join("public/index.html")).unwrap();
    let again = publish(&base, &first_site());
    assert_eq!((again.made, again.changed, again.unchanged, again.removed), (0, 0, 4, 0));
    assert_eq!(fs::metadata(base.join(".bonafide/public/manifest")).unwrap().ino(), manifest.ino());

    let mut next = first_site();
    next.insert("a/1/index.html".into(), "ONE".into());
    next.insert("a/3/index.html".into(), "three".into());
    next.remove("faq/x.html");
    let calls = AtomicUsize::new(0);
    let texts: Vec<_> = next.values().cloned().collect();
    let make = |number: usize| -> Result<_, String> {
        calls.fetch_add(1, Ordering::Relaxed);
        Ok(texts[number].clone().into_bytes())
    };
    let mut folder = open(&base, "public").unwrap();
    let outcome = folder.publish(&planned(&next), make, &Stamp::default(), &|_| true, &|_| ()).unwrap();
    assert_eq!(calls.into_inner(), 2);
    assert_eq!((outcome.made, outcome.changed, outcome.unchanged, outcome.removed), (1, 1, 2, 1));
    assert_eq!(outcome.changed_paths, ["a/1/index.html"]);
    assert_eq!(outcome.removed_paths, ["faq/x.html"]);
    assert_eq!(read(&base.join("public")), next);
    assert_eq!(fs::metadata(base.join("public/index.html")).unwrap().ino(), untouched.ino());
}

#[test]
fn a_file_made_again_with_the_same_bytes_is_not_written() {
    let (_guard, base) = base();
    publish(&base, &first_site());
    let before = fs::metadata(base.join("public/index.html")).unwrap();
    let mut plan = planned(&first_site());
    for (_, identity, _) in &mut plan.files {
        identity.0[0] ^= 1;
    }
    let texts: Vec<_> = first_site().into_values().collect();
    let make = |number: usize| Ok::<_, String>(texts[number].clone().into_bytes());
    let mut folder = open(&base, "public").unwrap();
    let outcome = folder.publish(&plan, make, &Stamp::default(), &|_| true, &|_| ()).unwrap();
    assert_eq!((outcome.changed, outcome.unchanged), (0, 4));
    assert_eq!(fs::metadata(base.join("public/index.html")).unwrap().ino(), before.ino());
    let never = |_: usize| Err::<Vec<u8>, _>("the new identity was not recorded".to_owned());
    folder.publish(&plan, never, &Stamp::default(), &|_| true, &|_| ()).unwrap();
}

#[test]
fn one_open_folder_can_be_published_to_again_and_again() {
    let (_guard, base) = base();
    let mut folder = open(&base, "public").unwrap();
    assert!(folder.stamp().is_none() && !folder.intact());
    for number in 0..5 {
        let mut site = first_site();
        site.insert(format!("n/{number}"), "n".into());
        publish_into(&mut folder, &site).unwrap();
        assert_eq!(read(&base.join("public")), site);
        assert!(folder.intact());
    }
    fs::remove_dir_all(base.join("public")).unwrap();
    assert!(!folder.intact());
    publish_into(&mut folder, &first_site()).unwrap();
    assert_eq!(read(&base.join("public")), first_site());
}

#[test]
fn the_stamp_comes_back_and_intact_sees_what_is_missing_or_of_another_size() {
    let (_guard, base) = base();
    publish(&base, &first_site());
    let folder = open(&base, "public").unwrap();
    assert_eq!(folder.stamp(), Some(&Stamp { key: [1; 32], note: "{}".to_owned() }));
    assert!(folder.intact());
    fs::write(base.join("public/index.html"), "longer").unwrap();
    assert!(!folder.intact());
    fs::remove_file(base.join("public/index.html")).unwrap();
    assert!(!folder.intact());
    drop(folder);
    let outcome = publish(&base, &first_site());
    assert_eq!((outcome.made, outcome.unchanged), (1, 3));
    assert_eq!(read(&base.join("public")), first_site());
}

#[test]
fn another_stamp_changes_nothing_else() {
    let (_guard, base) = base();
    publish(&base, &first_site());
    let files = |folder: &Folder| {
        let mut files = Vec::new();
        folder.built(&mut |file| files.push((file.path.to_owned(), file.content, file.size))).unwrap();
        files
    };
    let mut folder = open(&base, "public").unwrap();
    let before = files(&folder);
    let stamp = Stamp { key: [1; 32], note: "{\"later\":1}".to_owned() };
    folder.restamp(&stamp).unwrap();
    assert_eq!((folder.stamp(), files(&folder), folder.intact()), (Some(&stamp), before.clone(), true));
    drop(folder);
    let folder = open(&base, "public").unwrap();
    assert_eq!((folder.stamp(), files(&folder), folder.intact()), (Some(&stamp), before, true));
    drop(folder);
    assert_eq!(publish(&base, &first_site()).unchanged, 4);
    // Where there is nothing, there is nothing to say of it.
    let mut none = open(&base, "other").unwrap();
    none.restamp(&stamp).unwrap();
    assert_eq!(none.stamp(), None);
}

#[test]
fn all_errors_of_making_come_back_and_nothing_has_changed() {
    let (_guard, base) = base();
    publish(&base, &first_site());
    let next: Site = (0..300).map(|number| (format!("n/{number}"), number.to_string())).collect();
    let make = |number: usize| {
        if number.is_multiple_of(2) { Ok(vec![1]) } else { Err(number) }
    };
    let mut folder = open(&base, "public").unwrap();
    let Err(PublishError::Make { errors, total }) =
        folder.publish(&planned(&next), make, &Stamp::default(), &|_| true, &|_| ())
    else {
        panic!("no error")
    };
    assert_eq!(total, 150);
    assert_eq!(errors.len(), 100);
    assert!(errors.iter().all(|(number, error)| number == error));
    assert_eq!(errors.first().map(|error| error.0), Some(1));
    assert_eq!(read(&base.join("public")), first_site());
    assert!(!base.join(".bonafide/public/stage").exists());
    assert!(folder.intact());
}

#[test]
fn what_others_put_there_stays_and_is_never_replaced() {
    let (_guard, base) = base();
    publish(&base, &first_site());
    let out = base.join("public");
    fs::write(out.join("CNAME"), "example.org").unwrap();
    fs::write(out.join("a/1/note.txt"), "mine").unwrap();
    let mut next = first_site();
    next.retain(|path, _| !path.starts_with("a/"));
    publish(&base, &next);
    let mut expected = next.clone();
    expected.insert("CNAME".into(), "example.org".into());
    expected.insert("a/1/note.txt".into(), "mine".into());
    assert_eq!(read(&out), expected);

    for path in ["CNAME", "CNAME/x", "a/1/note.txt", "a"] {
        let mut wanted = next.clone();
        wanted.insert(path.into(), "other".into());
        wanted.insert("index.html".into(), "changed".into());
        let error = publish_into(&mut open(&base, "public").unwrap(), &wanted).unwrap_err();
        assert!(matches!(&error, PublishError::Folder(FolderError::InTheWay { .. })), "{path}: {error}");
        assert_eq!(read(&out), expected, "{path}");
        assert!(open(&base, "public").unwrap().intact(), "{path}");
    }
    next.insert("CNAME".into(), "example.org".into());
    let outcome = publish(&base, &next);
    assert_eq!((outcome.made, outcome.changed), (0, 0), "the same bytes are taken over");
    assert_eq!(read(&out), expected);
}

#[test]
fn a_file_becomes_a_folder_and_a_folder_a_file() {
    let (_guard, base) = base();
    publish(&base, &site(&[("a", "file"), ("b/c/d", "deep"), ("b/e", "e")]));
    fs::create_dir(base.join("public/b/empty")).unwrap();
    let next = site(&[("a/x/y", "deep"), ("a/z", "z"), ("b", "file")]);
    let outcome = publish(&base, &next);
    assert_eq!(read(&base.join("public")), next);
    assert_eq!(outcome.removed_paths, ["a", "b/c/d", "b/e"]);
    publish(&base, &site(&[("a", "file"), ("b/c/d", "deep")]));
    assert_eq!(read(&base.join("public")), site(&[("a", "file"), ("b/c/d", "deep")]));
}

#[test]
fn a_link_in_the_output_leads_nothing_out_of_it() {
    let (_guard, base) = base();
    publish(&base, &first_site());
    let out = base.join("public");
    fs::rename(out.join("a"), base.join("elsewhere")).unwrap();
    symlink(base.join("elsewhere"), out.join("a")).unwrap();
    let mut next = first_site();
    next.insert("a/1/index.html".into(), "changed".into());
    let error = publish_into(&mut open(&base, "public").unwrap(), &next).unwrap_err();
    assert!(error.to_string().contains("in the way"), "{error}");
    publish(&base, &site(&[("index.html", "home")]));
    assert_eq!(read(&base.join("elsewhere")).len(), 2, "nothing behind the link is removed");
    assert_eq!(read(&out), site(&[("a", "@"), ("index.html", "home")]));
}

#[test]
fn a_link_to_the_output_leads_to_the_real_folder() {
    let (_guard, base) = base();
    fs::create_dir_all(base.join("www/real")).unwrap();
    symlink(base.join("www/real"), base.join("public")).unwrap();
    publish(&base, &first_site());
    assert_eq!(read(&base.join("www/real")), first_site());
    assert!(base.join("www/.bonafide/real/manifest").exists());
    assert!(!base.join(".bonafide").exists());
}

#[test]
fn impossible_plans_are_refused_with_the_names() {
    let (_guard, base) = base();
    let fails = |paths: &[&str]| {
        let plan = Planned::new(paths.iter().map(|path| ((*path).to_owned(), Short::default())));
        let make = |_| Ok::<_, String>(Vec::new());
        open(&base, "public")
            .unwrap()
            .publish(&plan, make, &Stamp::default(), &|_| true, &|_| ())
            .unwrap_err()
            .to_string()
    };
    assert!(fails(&["a", "../b"]).contains("../b"));
    assert!(fails(&["a/b", "c", "a/b"]).contains("a/b"));
    assert!(fails(&["a/b/c", "a-", "a"]).contains("a/b/c"));
    assert!(!base.join("public").exists());
}

#[test]
fn a_damaged_manifest_is_an_error_with_advice_and_removes_nothing() {
    let (_guard, base) = base();
    publish(&base, &first_site());
    let manifest = base.join(".bonafide/public/manifest");
    let whole = fs::read(&manifest).unwrap();
    let is_seen = |damaged: &[u8], how: &str| {
        fs::write(&manifest, damaged).unwrap();
        let opened = open(&base, "public").map_err(PublishError::Folder);
        let error = opened.and_then(|mut folder| publish_into(&mut folder, &site(&[("x", "x")]))).unwrap_err();
        let is_told = matches!(error, PublishError::Folder(FolderError::Corrupt { .. }));
        assert!(is_told, "{how}: {error}");
        assert_eq!(read(&base.join("public")), first_site(), "{how}");
    };
    for damage in ["", "bonafide manifest 2\n", "bonafide manifest 1\ngeneration x\n", "bonafide manifest 3\n", "\0"] {
        is_seen(damage.as_bytes(), damage);
    }
    for at in 0..whole.len() {
        is_seen(&whole[..at], &format!("cut at {at}"));
        let mut other = whole.clone();
        other[at] ^= 1;
        is_seen(&other, &format!("another byte at {at}"));
    }
    fs::write(&manifest, whole).unwrap();
    assert!(open(&base, "public").unwrap().intact());
}

#[test]
fn progress_tells_each_file_of_each_phase() {
    let (_guard, base) = base();
    publish(&base, &site(&[("old", "old")]));
    let told = Mutex::new(Vec::new());
    let texts: Vec<_> = first_site().into_values().collect();
    let make = |number: usize| Ok::<_, String>(texts[number].clone().into_bytes());
    let mut folder = open(&base, "public").unwrap();
    folder
        .publish(&planned(&first_site()), make, &Stamp::default(), &|_| true, &|now| {
            told.lock().unwrap().push(now);
        })
        .unwrap();
    let told = told.into_inner().unwrap();
    let of = |phase| told.iter().filter(|now| now.phase == phase).map(|now| (now.done, now.total)).max();
    assert_eq!(of(Phase::Making), Some((4, 4)));
    assert_eq!(of(Phase::Placing), Some((4, 4)));
    assert_eq!(of(Phase::Removing), Some((1, 1)));
    assert_eq!(told.len(), 9);
}

#[test]
fn a_folder_without_rights_is_a_clear_error() {
    let (_guard, base) = base();
    publish(&base, &first_site());
    let closed = base.join("public/a/1");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    // The superuser may write anyway, and then there is nothing to see.
    if fs::write(closed.join("probe"), "").is_err() {
        let mut next = first_site();
        next.insert("a/1/index.html".into(), "ONE".into());
        let error = publish_into(&mut open(&base, "public").unwrap(), &next).unwrap_err();
        assert!(matches!(&error, PublishError::Folder(FolderError::Denied { .. })), "{error}");
        assert_eq!(read(&base.join("public")), first_site());
    }
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
}
