#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::os::unix::fs::MetadataExt as _;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::upload::{built::Collected, plan::Refusal};

/// Path, kind, text, and the award's number and standing.
type File = (&'static str, Kind, &'static str, Option<(u32, u8)>);

struct World {
    folder: tempfile::TempDir,
    files: Vec<File>,
    moment: i64,
    exported_at: Option<i64>,
    allowed: Option<usize>,
    reconcile: bool,
    name: &'static str,
    told: std::sync::Mutex<Vec<Progress>>,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("srv")).unwrap();
        Self {
            folder,
            files: Vec::new(),
            moment: 0,
            exported_at: None,
            allowed: None,
            reconcile: false,
            name: "www",
            told: std::sync::Mutex::default(),
        }
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("srv").join(self.name)
    }

    fn publish(&self) -> Result<Outcome, Stop> {
        let moment = Timestamp::from_second(1_800_000_000 + self.moment).unwrap();
        let exported_at = self.exported_at.map(|second| Timestamp::from_second(1_800_000_000 + second).unwrap());
        let mut built = Collected::new(moment, exported_at, "t".into(), [0; 32]);
        let mut own = HashMap::new();
        for (path, kind, text, award) in &self.files {
            if let (Kind::Page, Some((number, _))) = (kind, award) {
                own.insert(*number, u32::try_from(built.len()).unwrap());
            }
            built.add(path, *kind, half(text.as_bytes()), text.len() as u64, *award);
        }
        built.settle(&own);
        let files: HashMap<&str, &str> = self.files.iter().map(|(path, _, text, _)| (*path, *text)).collect();
        publish(&Job {
            built: &built,
            read: &|path| files.get(path).map(|text| text.as_bytes().to_vec()).ok_or(io::Error::other("not there")),
            target: &self.target(),
            record: &self.folder.path().join("record"),
            limits: Limits {
                now: moment,
                keep_assets: SignedDuration::from_hours(1),
                is_too_many: &|gone, _| gone > 0,
                allowed: self.allowed,
                rollback: false,
                ignores_case: false,
            },
            ours: &|key| if key.starts_with("verify/") { Place::Award } else { Place::Foreign },
            progress: &|progress| self.told.lock().unwrap().push(progress),
            reconcile: self.reconcile,
            dry_run: false,
        })
    }

    /// What a web server finds.
    fn up(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(&fs::canonicalize(self.target()).unwrap(), "", &mut found).unwrap();
        let mut up: Vec<String> =
            found.into_iter().map(|(key, path)| format!("{key}: {}", fs::read_to_string(path).unwrap())).collect();
        up.sort();
        up
    }
}

fn world() -> World {
    let mut world = World::new();
    world.files = vec![
        ("_headers", Kind::Control, "h", None),
        ("_assets/a.css", Kind::Asset, "a", None),
        ("index.html", Kind::List, "home", None),
        ("verify/1/index.html", Kind::Page, "one", Some((1, 0))),
    ];
    world
}

#[test]
fn who_waits_is_told_of_every_file_of_the_release() {
    let world = world();
    world.publish().unwrap();
    let last = *world.told.lock().unwrap().last().unwrap();
    // All but the control, which is for another kind of host: "a", "home", "one".
    assert_eq!((last.done, last.total, last.bytes, last.of_bytes), (3, 3, 8, 8));
}

#[test]
fn a_release_takes_the_place_of_another_with_what_is_unchanged_in_both() {
    let mut world = world();
    world.publish().unwrap();
    assert_eq!(world.up(), ["_assets/a.css: a", "index.html: home", "verify/1/index.html: one"]);
    let first = fs::canonicalize(world.target()).unwrap();
    assert!(world.publish().unwrap().plan.is_none());
    assert_eq!(fs::canonicalize(world.target()).unwrap(), first, "nothing changed");
    world.files[1] = ("_assets/b.css", Kind::Asset, "b", None);
    world.files[3] = ("verify/1/index.html", Kind::Page, "revoked", Some((1, 5)));
    world.moment = 1;
    let outcome = world.publish().unwrap();
    assert_eq!(outcome.plan.unwrap().takedowns, [("verify/1/index.html".to_owned(), 5)]);
    let old = "_assets/a.css: a";
    assert_eq!(world.up(), [old, "_assets/b.css: b", "index.html: home", "verify/1/index.html: revoked"]);
    let inode = |path: PathBuf| fs::metadata(path).unwrap().ino();
    assert_eq!(inode(first.join("index.html")), inode(world.target().join("index.html")), "one file");
    assert_eq!(fs::read_to_string(first.join("verify/1/index.html")).unwrap(), "one", "the old release stays as it is");
    // Kept for its time, and then gone; of releases there are never more than two.
    world.moment = 4000;
    world.publish().unwrap();
    assert_eq!(world.up(), ["_assets/b.css: b", "index.html: home", "verify/1/index.html: revoked"]);
    assert!(!first.exists());
    let releases = fs::read_dir(world.folder.path().join("srv/.www.releases")).unwrap();
    assert_eq!(releases.filter(|entry| entry.as_ref().unwrap().path().is_dir()).count(), 2);
}

#[test]
fn a_folder_or_a_link_of_somebody_else_is_left_alone() {
    let world = world();
    fs::create_dir(world.target()).unwrap();
    fs::write(world.target().join("mine"), "mine").unwrap();
    assert!(matches!(world.publish(), Err(Stop::InTheWay { link: None, .. })));
    assert_eq!(fs::read_to_string(world.target().join("mine")).unwrap(), "mine");
    fs::rename(world.target(), world.folder.path().join("srv/other")).unwrap();
    symlink(Path::new("other"), &world.target()).unwrap();
    assert!(matches!(world.publish(), Err(Stop::InTheWay { link: Some(_), .. })));
    assert_eq!(fs::read_to_string(world.target().join("mine")).unwrap(), "mine");
}

#[test]
fn a_run_that_was_stopped_around_the_rename_is_put_right() {
    let mut world = world();
    world.publish().unwrap();
    let head = fs::read(world.folder.path().join("record").join(HEAD)).unwrap();
    world.files[2] = ("index.html", Kind::List, "new home", None);
    world.moment = 1;
    world.publish().unwrap();
    // As if it had been stopped after the link was exchanged and before the head was.
    let record = world.folder.path().join("record");
    fs::rename(record.join(HEAD), record.join(NEXT)).unwrap();
    fs::write(record.join(HEAD), head).unwrap();
    assert!(world.publish().unwrap().plan.is_none(), "it is up");
    world.files[2] = ("index.html", Kind::List, "newer home", None);
    world.moment = 2;
    world.publish().unwrap();
    assert!(world.up().contains(&"index.html: newer home".to_owned()));
    // As if the next release had been made and the link not been exchanged.
    fs::write(record.join(NEXT), Head { release: Some("99".into()), ..Head::empty() }.write()).unwrap();
    assert!(world.publish().unwrap().plan.is_none());
    world.files[2] = ("index.html", Kind::List, "newest home", None);
    world.moment = 3;
    world.publish().unwrap();
    assert!(world.up().contains(&"index.html: newest home".to_owned()));
}

#[test]
fn awards_that_are_gone_are_counted_with_and_without_a_record() {
    let mut world = world();
    world.publish().unwrap();
    world.files.pop();
    world.moment = 1;
    assert!(matches!(world.publish(), Err(Stop::Refused(Refusal::Vanished { gone: 1, of: 1, .. }))));
    fs::remove_dir_all(world.folder.path().join("record")).unwrap();
    assert!(matches!(
        world.publish(),
        Err(Stop::Refused(Refusal::Unrecorded { has_record: false, files: 1, awards: 1, .. }))
    ));
    assert_eq!(world.up().len(), 3);
    world.allowed = Some(1);
    world.publish().unwrap();
    assert_eq!(world.up(), ["_assets/a.css: a", "index.html: home"]);
}

#[test]
fn a_record_of_another_folder_is_not_believed() {
    let mut world = world();
    world.publish().unwrap();
    let record = world.folder.path().join("record").join(HEAD);
    let before = fs::read(&record).unwrap();
    world.name = "www2";
    assert!(matches!(world.publish(), Err(Stop::Refused(Refusal::OtherTarget { .. }))));
    assert!(!world.target().exists());
    assert_eq!(fs::read(&record).unwrap(), before);
    // What an older version wrote names none, and becomes that of the folder it is used for.
    world.name = "www";
    let head = Head { target: None, ..Head::read(&before).unwrap() };
    fs::write(&record, head.write()).unwrap();
    assert!(world.publish().unwrap().plan.is_none());
    assert_eq!(fs::read(&record).unwrap(), before);
}

#[test]
fn a_build_that_is_older_than_the_release_is_refused_whoever_made_the_release() {
    let mut world = world();
    (world.moment, world.exported_at) = (10, Some(10));
    world.publish().unwrap();
    let up = world.up();
    // As in a fresh clone of the site's repository.
    fs::remove_dir_all(world.folder.path().join("record")).unwrap();
    world.moment = 9;
    assert!(matches!(world.publish(), Err(Stop::Refused(Refusal::OlderMoment { .. }))));
    (world.moment, world.exported_at) = (11, Some(9));
    assert!(matches!(world.publish(), Err(Stop::Refused(Refusal::OlderExport { .. }))));
    assert_eq!(world.up(), up);
    world.exported_at = Some(10);
    world.publish().unwrap();
    // What says so is not served, and there is one for each release.
    assert_eq!(world.up(), up);
    world.files[2] = ("index.html", Kind::List, "new home", None);
    world.moment = 12;
    world.publish().unwrap();
    let names = fs::read_dir(world.folder.path().join("srv/.www.releases")).unwrap();
    assert_eq!(names.filter(|entry| entry.as_ref().unwrap().path().extension().is_some()).count(), 2);
}

#[test]
fn files_of_somebody_else_are_left_in_every_release_from_then_on() {
    let mut world = world();
    world.publish().unwrap();
    fs::create_dir(world.target().join("blog")).unwrap();
    fs::write(world.target().join("blog/post.html"), "mine").unwrap();
    symlink(Path::new("/nowhere/at/all"), &world.target().join("link")).unwrap();
    world.reconcile = true;
    world.files[2] = ("index.html", Kind::List, "new home", None);
    world.moment = 1;
    assert_eq!(world.publish().unwrap().foreign, ["blog/post.html", "link"]);
    let is_left = |world: &World| {
        assert_eq!(fs::read_to_string(world.target().join("blog/post.html")).unwrap(), "mine");
        assert_eq!(fs::read_link(world.target().join("link")).unwrap(), Path::new("/nowhere/at/all"));
    };
    is_left(&world);
    world.reconcile = false;
    for (moment, text) in [(2, "newer home"), (3, "newest home")] {
        world.files[2] = ("index.html", Kind::List, text, None);
        world.moment = moment;
        assert!(world.publish().unwrap().foreign.is_empty());
        is_left(&world);
    }
    // What they remove is gone, and where the site has a file now, it is the site's.
    fs::remove_file(world.target().join("link")).unwrap();
    for key in ["blog", "blog/post.html"] {
        world.moment += 1;
        world.files.insert(2, (key, Kind::Page, "ours", None));
        world.publish().unwrap();
        assert_eq!(fs::read_to_string(world.target().join(key)).unwrap(), "ours");
        world.files.remove(2);
    }
    assert!(world.target().join("link").symlink_metadata().is_err());
}

#[test]
fn reconciling_writes_a_record_anew_that_is_damaged() {
    let mut world = world();
    world.publish().unwrap();
    let record = world.folder.path().join("record");
    let part = || fs::read_dir(record.join("parts")).unwrap().next().unwrap().unwrap().path();
    for text in ["one", "two"] {
        fs::write(if text == "one" { record.join(HEAD) } else { part() }, "{").unwrap();
        world.moment += 1;
        world.files[2] = ("index.html", Kind::List, text, None);
        assert!(matches!(world.publish(), Err(Stop::Damaged { .. })), "{text}");
        world.reconcile = true;
        world.publish().unwrap();
        world.reconcile = false;
        assert!(world.publish().unwrap().plan.is_none());
        assert!(world.up().contains(&format!("index.html: {text}")));
    }
}

#[test]
fn only_one_publishes_at_a_time() {
    let world = world();
    world.publish().unwrap();
    // Whoever has another record excludes this one, too.
    for held in ["record/lock", "srv/.www.releases/lock"] {
        let held = fs::File::open(world.folder.path().join(held)).unwrap();
        held.lock().unwrap();
        assert!(matches!(world.publish(), Err(Stop::Busy(None))));
    }
    assert!(world.publish().unwrap().plan.is_none());
}

#[test]
fn what_was_changed_by_hand_is_found_when_it_is_looked_for() {
    let mut world = world();
    world.publish().unwrap();
    fs::remove_file(world.target().join("index.html")).unwrap();
    fs::write(world.target().join("index.html"), "by hand").unwrap();
    world.reconcile = true;
    world.publish().unwrap();
    assert!(world.up().contains(&"index.html: home".to_owned()));
}
