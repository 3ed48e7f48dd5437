//! How many calls, and how many bytes: what is changed decides, not what there is.

use super::{
    super::{
        built::{Built, BuiltFile, Standing, half},
        plan::{Limits, Overlay, Planner, Step, Wanted, part_bytes},
        record::{Head, hex},
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

/// Run by hand: `cargo test --release --lib a_million -- --ignored --nocapture`
#[test]
#[ignore = "a minute"]
#[expect(clippy::print_stdout, reason = "what is measured is to be read")]
fn a_million_awards_are_held_in_little_memory() {
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line =
            |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim).map(str::to_owned);
        let kib = line("VmHWM:").and_then(|text| text.split(' ').next().and_then(|number| number.parse::<u64>().ok()));
        kib.unwrap_or_default() / 1024
    };
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
