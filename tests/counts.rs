//! How much work builds do, in numbers that no machine's speed changes: a build that begins to do more than it has to
//! fails here, on any machine and at any load.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

mod common;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bonafide::{
    diagnostic::Diagnostic,
    pipeline::{Options, Pipeline},
    plan::{Job, Plan},
    publish::{Entry, Files, Folder, Sources, Stamp},
    source::scan,
};
use common::TestSite;

/// The files of the input: six exports; `site.yaml`, a badge and its picture, the home page and two pages of the FAQ.
const INPUT: usize = EXPORTS + 6;
/// Those that are read at each build. What came of exports is kept.
const SMALL: usize = INPUT - EXPORTS;
/// The files of the output, however many that are.
const ALL: usize = usize::MAX;
/// Six awards end with the first day, of which two are on the pages of people in the directory, too.
const NIGHT: usize = 6 + 2;
/// The page of an answer, and the index that the site is searched with.
const ANSWER: usize = 2;
/// The page of an award whose holder is not in the directory.
const AWARD: usize = 1;

/// What each build may do. Smaller is better: whoever makes the program do less writes it down here.
///
/// Hashed, parsed: files of the input. Planned: files of the output whose identity is computed. Rendered: files that are
/// made. Written: those that are new or have other bytes than before.
#[rustfmt::skip]
const EXPECTED: [(&str, Counts, Counts); 6] = [
    //                        each build a process of its own                  one process, as `serve` is
    //                        hashed parsed planned rendered written           hashed parsed planned rendered written
    ("a first build",        counts(INPUT, INPUT, ALL,    ALL,    ALL),    counts(INPUT, INPUT, ALL,    ALL,    ALL)),
    ("nothing changed",      counts(INPUT, 0,     0,      0,      0),      counts(INPUT, 0,     ALL,    0,      0)),
    ("a day later",          counts(INPUT, SMALL, ALL,    NIGHT,  NIGHT),  counts(INPUT, 0,     ALL,    NIGHT,  NIGHT)),
    ("nothing changed then", counts(INPUT, 0,     0,      0,      0),      counts(INPUT, 0,     ALL,    0,      0)),
    ("one answer changed",   counts(INPUT, SMALL, ALL,    ANSWER, ANSWER), counts(INPUT, 1,     ALL,    ANSWER, ANSWER)),
    ("one award changed",    counts(INPUT, SMALL + 1, ALL, AWARD, AWARD),  counts(INPUT, 1,     ALL,    AWARD,  AWARD)),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counts {
    hashed: usize,
    parsed: usize,
    planned: usize,
    rendered: usize,
    written: usize,
}

const fn counts(hashed: usize, parsed: usize, planned: usize, rendered: usize, written: usize) -> Counts {
    Counts { hashed, parsed, planned, rendered, written }
}

impl Counts {
    /// With the number of files of the output put in.
    fn of(self, files: usize) -> Self {
        let put = |count: usize| if count == ALL { files } else { count };
        Self { planned: put(self.planned), rendered: put(self.rendered), written: put(self.written), ..self }
    }
}

const EXPORTS: usize = 6;
const EACH: usize = 100;

/// Six hundred people with an award each; every third is in the directory.
fn site() -> TestSite {
    let site = TestSite::new();
    site.remove("content/earners/2026.yaml")
        .file("content/faq/sharing.md", "---\ntitle: Sharing\n---\n## How do I share it? {#share}\n\nLike this.\n");
    for export in 0..EXPORTS {
        let people = (export * EACH..(export + 1) * EACH).map(|number| {
            let visibility = if number % 3 == 0 { "public" } else { "unlisted" };
            let expires = match number {
                _ if number % 100 == 9 => "2026-12-01",
                _ if number % 4 == 0 => "2025-01-31",
                _ => "2029-06-30",
            };
            format!(
                "  - id: member-{number:04}\n    name: Kate Osei {number}\n    email: kate{number}@mail.example\n    \
                 job_title: Head of {number}\n    visibility: {visibility}\n    handle: kate-{number}\n    awards:\n      \
                 - {{id: award-{number:04}, badge: ccxp, issued: 2024-03-01, expires: {expires}}}\n"
            )
        });
        site.file(&format!("content/earners/{export}.yaml"), format!("earners:\n{}", people.collect::<String>()));
    }
    site
}

/// Goes through the builds of [`EXPECTED`]: what is done before each, and the day it is for. Gives what each did.
fn builds(site: &TestSite, mut build: impl FnMut(&str) -> Counts) -> Vec<Counts> {
    let mut done = vec![build("2026-12-01"), build("2026-12-01"), build("2026-12-02"), build("2026-12-02")];
    site.replace("content/faq/sharing.md", "Like this.", "Like that.");
    done.push(build("2026-12-02"));
    // Not in the directory: 100 is no multiple of three.
    site.replace("content/earners/1.yaml", "Head of 100\n", "Head of Edits\n");
    done.push(build("2026-12-02"));
    done
}

#[test]
fn builds_in_processes_of_their_own_do_no_more_than_they_have_to() {
    let site = site();
    let done = builds(&site, |day| {
        let value = site.build_json(day);
        let result = &value["result"];
        let number = |value: &serde_json::Value| usize::try_from(value.as_u64().unwrap()).unwrap();
        let work = |key: &str| number(&result["work"][key]);
        Counts {
            hashed: work("hashed"),
            parsed: work("parsed"),
            planned: work("planned"),
            rendered: work("rendered"),
            written: number(&result["made"]) + number(&result["changed"]),
        }
    });
    let files = site.tree().len();
    for ((what, expected, _), done) in EXPECTED.iter().zip(done) {
        assert_eq!(done, expected.of(files), "{what}");
    }
}

struct Planned<'p>(&'p Plan);

impl Files for Planned<'_> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn path(&self, number: usize) -> Option<&str> {
        self.0.path(number)
    }

    fn entry(&self, number: usize) -> Option<Entry<'_>> {
        let Job { path, identity, output, .. } = self.0.job(number)?;
        Some(Entry { path, identity, kind: output.kind(), award: None, origin: None })
    }

    fn sources(&self) -> &[Arc<str>] {
        &[]
    }
}

#[test]
fn builds_in_one_process_do_no_more_than_they_have_to() {
    let site = site();
    let (content, themes, out) = (site.at("content"), site.at("themes"), site.at("public"));
    let sources = Sources { site: site.path(), folders: &[&content, &themes] };
    let mut folder = Folder::open(&out, &sources, &|| ()).unwrap();
    let mut pipeline = Pipeline::new();
    let done = builds(&site, |day| {
        let (snapshot, problems) = scan(site.path());
        assert!(problems.is_empty(), "{problems:?}");
        let rendered = AtomicUsize::new(0);
        // The site's zone is UTC.
        let at = |_: &_| format!("{day}T00:00:00Z").parse().unwrap();
        let (counts, problems) = pipeline.run(&snapshot, &Options::default(), at, |ready, _, _| {
            let make = |number: usize| -> Result<Vec<u8>, Diagnostic> {
                rendered.fetch_add(1, Ordering::Relaxed);
                ready.making.make(&ready.plan.job(number).unwrap())
            };
            let outcome = folder.publish(&Planned(ready.plan), make, &Stamp::default(), &|_| true, &|_| ()).unwrap();
            Counts {
                hashed: snapshot.files().count(),
                parsed: ready.parsed,
                planned: ready.plan.len(),
                rendered: rendered.load(Ordering::Relaxed),
                written: outcome.made + outcome.changed,
            }
        });
        assert!(problems.is_empty(), "{problems:?}");
        counts.unwrap()
    });
    let files = site.tree().len();
    for ((what, _, expected), done) in EXPECTED.iter().zip(done) {
        assert_eq!(done, expected.of(files), "{what}");
    }
}
