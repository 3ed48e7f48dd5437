//! How many calls, and how many bytes: what is changed decides, not what there is.

use super::{
    super::{
        built::{Built, BuiltFile, Standing, half},
        plan::{Limits, Overlay, Step, Wanted, part_bytes},
        planner::Planner,
        record::{Head, hex},
        shares::union::{Common, pieces, unite},
    },
    world::{ACTIVE, Folder, Host, REVOKED, Way, publish_well, second},
};
use crate::output::Kind;
use jiff::{SignedDuration, Timestamp};
use std::{
    cell::Cell,
    collections::{BTreeSet, HashMap},
};

#[test]
fn one_award_changed_among_many_costs_what_it_is() {
    let mut folder = Folder::at(0);
    for number in 0..20_000 {
        folder.award(&format!("a{number}"), ACTIVE, "one", "_assets/s.css");
    }
    folder.add("_assets/s.css", Kind::Asset, "s");
    let host = Host::default();
    publish_well(&folder, &host, &Way::default());
    let (_, calls) = publish_well(&folder, &host, &Way::default());
    assert_eq!(calls, ["get record:head.json"]);
    folder.moment = second(1);
    folder.award("a7", REVOKED, "two", "_assets/s.css");
    let (_, calls) = publish_well(&folder, &host, &Way::default());
    // Three files in three parts or fewer: read, written and the old ones deleted at once; the head read and written
    // twice; the lease read, taken and given back; the intent written and deleted.
    assert!(calls.len() <= 3 + 3 + 3 + 1 + 3 + 3 + 1 + 1, "{calls:#?}");
    assert_eq!(calls.iter().filter(|call| call.starts_with("put site:")).count(), 3, "{calls:#?}");
}

/// Made-up awards: a page, a card and a certificate each.
struct Many {
    awards: u32,
    /// The award whose page is another.
    changed: Cell<Option<u32>>,
    paths: Vec<[String; 3]>,
}

impl Many {
    fn new(awards: u32) -> Self {
        let paths = |number: u32| {
            let id = hex(&half(&number.to_le_bytes())[..8]);
            ["index.html", "card.png", "certificate.pdf"].map(|name| format!("verify/{id}/{name}"))
        };
        Self { awards, changed: Cell::new(None), paths: (0..awards).map(paths).collect() }
    }
}

impl Built for Many {
    fn moment(&self) -> Timestamp {
        second(0)
    }

    fn exported_at(&self) -> Option<Timestamp> {
        None
    }

    fn program(&self) -> &'static str {
        ""
    }

    fn inputs(&self) -> [u8; 32] {
        [0; 32]
    }

    fn files(&self) -> Box<dyn Iterator<Item = BuiltFile<'_>> + '_> {
        Box::new((0..self.awards).zip(&self.paths).flat_map(move |(number, paths)| {
            let is_changed = self.changed.get() == Some(number);
            let standing: Standing = if is_changed { REVOKED } else { ACTIVE };
            paths.iter().zip([Kind::Page, Kind::Leaf, Kind::Leaf]).map(move |(path, kind)| BuiltFile {
                path,
                kind,
                content: half(&[path.as_bytes(), &[u8::from(is_changed)]].concat()),
                size: 10_000,
                award: Some(&paths[0]),
                standing: Some(standing),
            })
        }))
    }
}

/// The highest memory so far, in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map(str::trim);
    let kib = line.and_then(|text| text.split(' ').next()).and_then(|number| number.parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}

/// One of the shares of made-up awards.
struct Share<'m> {
    all: &'m Many,
    number: u32,
    of: u32,
}

impl Built for Share<'_> {
    fn moment(&self) -> Timestamp {
        self.all.moment()
    }

    fn exported_at(&self) -> Option<Timestamp> {
        None
    }

    fn program(&self) -> &'static str {
        ""
    }

    fn inputs(&self) -> [u8; 32] {
        [0; 32]
    }

    fn files(&self) -> Box<dyn Iterator<Item = BuiltFile<'_>> + '_> {
        let mut paths: Vec<&[String; 3]> = self.all.paths.iter().collect();
        paths.sort_unstable();
        let many = paths.into_iter().skip(self.number as usize).step_by(self.of as usize);
        let kinds = [(1, Kind::Leaf), (2, Kind::Leaf), (0, Kind::Page)];
        Box::new(many.flat_map(move |paths| {
            kinds.into_iter().map(move |(which, kind)| BuiltFile {
                path: &paths[which],
                kind,
                content: half(paths[which].as_bytes()),
                size: 10_000,
                award: Some(&paths[0]),
                standing: Some(ACTIVE),
            })
        }))
    }
}

/// Run by hand: `cargo test --lib shards_of_a_million -- --ignored --nocapture`
#[test]
#[ignore = "a minute"]
#[expect(clippy::print_stdout, reason = "what is measured is to be read")]
fn shards_of_a_million_awards_are_one_build_in_little_memory() {
    let all = Many::new(1_000_000);
    let shares: Vec<Vec<u8>> =
        (0..16).map(|number| pieces(&Share { all: &all, number, of: 16 }).flatten().collect()).collect();
    let bytes: usize = shares.iter().map(Vec::len).sum();
    let before = resident();
    let common = Common { moment: second(0), exported_at: None, program: String::new(), inputs: [0; 32] };
    let united = unite(common, &shares).unwrap();
    assert_eq!(united.len(), 3_000_000);
    println!("{} files: {} MB of the shards, and {} MB more", united.len(), bytes / 1_000_000, resident() - before);
}

/// Run by hand: `cargo test --release --lib a_million -- --ignored --nocapture`
#[test]
#[ignore = "a minute"]
#[expect(clippy::print_stdout, reason = "what is measured is to be read")]
fn a_million_awards_are_held_in_little_memory() {
    let built = Many::new(1_000_000);
    let at_first = resident();
    let limits = Limits {
        now: second(0),
        keep_assets: SignedDuration::ZERO,
        is_too_many: &|_, _| false,
        allowed: None,
        rollback: false,
        ignores_case: false,
    };
    let wanted = Wanted::of(&built, &Head::empty());
    let parts = wanted.parts.iter().map(|digest| hex(digest)).collect();
    let head = Head { generation: 1, files: wanted.files, awards: wanted.awards, parts, ..Head::empty() };
    assert!(Wanted::of(&built, &head).is_up(&head, &limits));
    println!(
        "{} parts, head {} kB; nothing changed: {} MB",
        head.parts.len(),
        head.write().len() / 1000,
        resident() - at_first
    );
    // Every part of the record, as a store would give it.
    let stored = |which: &BTreeSet<u32>| {
        built.changed.set(None);
        let parts = part_bytes(&built, head.part_count(), which);
        built.changed.set(Some(77));
        parts
    };
    built.changed.set(Some(77));
    let wanted = Wanted::of(&built, &head);
    let mut planner = Planner::new(&built, &wanted, &head, Overlay::new(), &limits, false);
    let groups = planner.groups();
    assert_eq!(groups.iter().map(Vec::len).sum::<usize>(), 3);
    let mut bytes = 0;
    for group in groups {
        let parts: HashMap<u32, Vec<u8>> = stored(&group.into_iter().collect()).into_iter().collect();
        bytes += parts.values().map(Vec::len).sum::<usize>();
        planner.group(&parts).unwrap();
    }
    let plan = planner.finish();
    assert_eq!(plan.steps.iter().filter(|step| **step != Step::None).count(), 3);
    println!("one award changed: 3 parts, {} kB read; {} MB", bytes / 1000, resident() - at_first);
    assert!(resident() - at_first < 100, "{} MB", resident() - at_first);
}
