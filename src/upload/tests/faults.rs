//! Every n-th call fails, and every n-th call is the last.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{
    super::{error::Stop, plan::Step},
    world::{
        ACTIVE, End, Fault, Folder, Host, PRIVATE, REVOKED, Script, Way, all, block_on, dangling, publish_well, run,
    },
};
use crate::output::Kind;

pub(super) fn before() -> Folder {
    let mut folder = Folder::at(0);
    let style = "_assets/style.1111.css";
    folder.add(style, Kind::Asset, "old style");
    folder.add("terms.pdf", Kind::File, "terms");
    folder.add("gone.pdf", Kind::File, "leaves");
    folder.add("_redirects", Kind::Control, "a b");
    for id in ["stays", "revoked", "private", "gone"] {
        folder.award(id, ACTIVE, "one", style);
    }
    folder.add("index.html", Kind::List, &format!("stays revoked private gone\nload:{style}\n"));
    folder.add("faq/old/index.html", Kind::Page, &format!("old\nload:{style}\n"));
    folder.add("as-of.json", Kind::File, "0");
    folder
}

pub(super) fn after() -> Folder {
    let mut folder = Folder::at(86_400);
    let style = "_assets/style.2222.css";
    folder.add(style, Kind::Asset, "new style");
    folder.add("terms.pdf", Kind::File, "new terms");
    folder.add("_redirects", Kind::Control, "a c");
    folder.award("stays", ACTIVE, "two", style);
    folder.award("revoked", REVOKED, "two", style);
    folder.award("private", PRIVATE, "two", style);
    folder.award("new", ACTIVE, "one", style);
    folder.add("index.html", Kind::List, &format!("stays revoked new\nload:{style}\n"));
    folder.add("faq/new/index.html", Kind::Page, &format!("new\nload:{style}\n"));
    folder.add("as-of.json", Kind::File, "1");
    folder
}

pub(super) type Up = BTreeMap<String, (Vec<u8>, String)>;

/// What a folder is when it is up; `old` is what stays for a while.
pub(super) fn as_up(folder: &Folder, old: &[&str], site: &Up) -> Up {
    let mut site = site.clone();
    old.iter().for_each(|key| assert!(site.remove(*key).is_some(), "{key} stays for a while"));
    let expected: BTreeMap<String, Vec<u8>> = folder
        .files
        .iter()
        .filter(|(_, file)| file.kind != Kind::Control)
        .map(|(path, file)| (path.clone(), file.bytes.clone()))
        .collect();
    let found: BTreeMap<String, Vec<u8>> = site.iter().map(|(key, (bytes, _))| (key.clone(), bytes.clone())).collect();
    assert_eq!(found, expected);
    site
}

/// Whether all that is to be taken down is.
fn is_taken_down(site: &Up) -> bool {
    let has =
        |key: &str, text: &str| site.get(key).is_some_and(|(bytes, _)| String::from_utf8_lossy(bytes).contains(text));
    has("verify/revoked/index.html", "standing:5")
        && has("old/revoked/index.html", "standing:5")
        && has("verify/private/index.html", "standing:6")
        && has("old/private/index.html", "standing:6")
        && !site.contains_key("verify/private/card.png")
        && !site.keys().any(|key| key.contains("/gone/"))
}

/// Looks at what is up before each call.
fn watching(fault: Option<(usize, Fault)>, problems: &Arc<Mutex<Vec<String>>>, is_change: bool) -> Arc<Script> {
    let problems = problems.clone();
    let (old, new) = (before(), after());
    let watch = move |call: &str, site: &object_store::memory::InMemory| {
        let site = all(site);
        let mut wrong = dangling(&site);
        for (key, (bytes, _)) in &site {
            let is_of = |folder: &Folder| {
                folder.files.get(key).is_some_and(|file| file.kind != Kind::Control && file.bytes == *bytes)
            };
            if !is_of(&old) && !is_of(&new) {
                wrong.push(format!("{key} is of neither build"));
            }
        }
        // From the first page or list on that is no takedown.
        let is_later = ["put verify/stays/", "put verify/new/", "put faq/", "put index.html", "put as-of.json"];
        if is_change && is_later.iter().any(|later| call.starts_with(later)) && !is_taken_down(&site) {
            wrong.push("what is withdrawn is still up".into());
        }
        problems.lock().unwrap().extend(wrong.into_iter().map(|wrong| format!("before {call}: {wrong}")));
    };
    Arc::new(Script { fault, watch: Some(Box::new(watch)), ..Script::default() })
}

/// One course of things: a run that something happens to, then one that nothing happens to.
fn course(name: &str, start: &Host, folder: &Folder, fault: (usize, Fault), old: &[&str], is_change: bool) -> String {
    let host = start.fork();
    let problems = Arc::new(Mutex::new(Vec::new()));
    let script = watching(Some(fault), &problems, is_change);
    let reported = AtomicBool::new(false);
    let way = Way { run: "first", ..Way::default() };
    let end = block_on(run(folder, &host, &script, &way, &|progress| {
        if progress.step > Some(Step::TakedownDeletes) {
            reported.store(true, Ordering::Relaxed);
            assert!(!is_change || is_taken_down(&all(&host.site)), "{name}: told before it was done");
        }
    }));
    let site = all(&host.site);
    let mut wrong = std::mem::take(&mut *problems.lock().unwrap());
    wrong.extend(dangling(&site));
    assert!(wrong.is_empty(), "{name}: {wrong:?}");
    let is_done = matches!(end, End::Done(_));
    if is_change && (is_done || reported.load(Ordering::Relaxed)) {
        assert!(is_taken_down(&site), "{name}");
    }
    if is_done {
        as_up(folder, old, &site);
    }
    let how = match &end {
        End::Done(_) => "done".to_owned(),
        End::Died => "died".to_owned(),
        End::Stopped(stop) => stop.to_string(),
        End::Share(..) => unreachable!("no shard was published"),
    };
    // The next run puts right what there is.
    let script = watching(None, &problems, is_change);
    let way = Way { run: "second", ..Way::default() };
    let end = block_on(run(folder, &host, &script, &way, &|_| {}));
    assert!(matches!(end, End::Done(_)), "{name}, {how}, again: {end:?}");
    assert!(problems.lock().unwrap().is_empty(), "{name}: {problems:?}");
    as_up(folder, old, &all(&host.site));
    // And then nothing is to be done.
    let (outcome, calls) = publish_well(folder, &host, &Way::default());
    assert!(outcome.plan.is_none(), "{name}: {outcome:?}");
    assert_eq!(calls, ["get record:head.json"], "{name}");
    how
}

const FAULTS: [Fault; 13] = [
    Fault::Error,
    Fault::Broken,
    Fault::Hang,
    Fault::HangAfter,
    Fault::Answer(404),
    Fault::Answer(412),
    Fault::Answer(429),
    Fault::Answer(503),
    Fault::AnswerEver(403),
    Fault::AnswerEver(400),
    Fault::AnswerEver(503),
    Fault::Die,
    Fault::DieAfter,
];

fn every_call(start: &Host, folder: &Folder, old: &[&str], is_change: bool) -> BTreeMap<String, usize> {
    let (_, calls) = publish_well(folder, &start.fork(), &Way::default());
    let mut ends = BTreeMap::new();
    for at in 1..=calls.len() {
        for fault in FAULTS {
            let name = format!("{fault:?} at {at}, {}", calls[at - 1]);
            let end = course(&name, start, folder, (at, fault), old, is_change);
            let word = end.split(['`', ':']).next().unwrap_or_default().trim();
            let fault = format!("{fault:?}");
            *ends.entry(format!("{fault}: {word}")).or_default() += 1;
        }
    }
    ends
}

#[test]
fn whatever_happens_at_any_call_of_a_first_publish_the_next_one_puts_it_right() {
    let ends = every_call(&Host::default(), &before(), &[], false);
    assert!(ends.keys().any(|end| end == "Die: died"), "{ends:?}");
}

#[test]
fn whatever_happens_at_any_call_of_a_change_nothing_dangles_and_the_next_publish_puts_it_right() {
    let host = Host::default();
    publish_well(&before(), &host, &Way::default());
    let ends = every_call(&host, &after(), &["_assets/style.1111.css"], true);
    // What passes is waited for.
    for fault in ["Error", "Hang", "Broken", "HangAfter", "Answer(429)", "Answer(503)"] {
        let others = ends.keys().filter(|end| end.starts_with(&format!("{fault}: ")) && !end.ends_with(": done"));
        assert_eq!(others.count(), 0, "{fault}: {ends:#?}");
    }
}

#[test]
fn a_run_that_is_killed_early_leaves_what_it_has_put_up_to_the_next() {
    let mut folder = Folder::at(0);
    folder.add("_assets/s.css", Kind::Asset, "s");
    for number in 0..44 {
        folder.add(&format!("faq/{number}/index.html"), Kind::Page, &format!("{number}"));
        folder.add(&format!("verify/{number}/card.png"), Kind::Leaf, &format!("card {number}"));
    }
    folder.add("index.html", Kind::List, "home");
    assert_eq!(folder.files.len(), 90);
    let puts = |calls: &[String]| calls.iter().filter(|call| call.starts_with("put site:")).count();
    let (_, calls) = publish_well(&folder, &Host::default(), &Way::default());
    assert_eq!(puts(&calls), 90);
    let at = (1..).find(|at| puts(&calls[..*at]) == 56).unwrap();
    let host = Host::default();
    let script = Arc::new(Script { fault: Some((at, Fault::DieAfter)), ..Script::default() });
    assert!(matches!(block_on(run(&folder, &host, &script, &Way::default(), &|_| {})), End::Died));
    assert!(all(&host.site).len() >= 24, "what was under way is lost with it");
    let (_, calls) = publish_well(&folder, &host, &Way { run: "second", ..Way::default() });
    assert!(puts(&calls) <= 75, "{} of 90 are put up again", puts(&calls));
    as_up(&folder, &[], &all(&host.site));
}

#[test]
fn a_run_that_is_killed_again_and_again_comes_to_its_end() {
    let host = Host::default();
    publish_well(&before(), &host, &Way::default());
    let problems = Arc::new(Mutex::new(Vec::new()));
    let mut ends = Vec::new();
    for at in (4..60).cycle().take(200) {
        let script = watching(Some((at, Fault::DieAfter)), &problems, false);
        // Back and forth, so that what one run did is not what the next one wants.
        let folder = if at % 3 == 0 { before() } else { after() };
        let way = Way { rollback: true, allowed: Some(1), ..Way::default() };
        ends.push(block_on(run(&folder, &host, &script, &way, &|_| {})));
    }
    let wrong: Vec<String> = std::mem::take(&mut *problems.lock().unwrap());
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(ends.iter().filter(|end| matches!(end, End::Died)).count() > 50);
    publish_well(&after(), &host, &Way { rollback: true, ..Way::default() });
    as_up(&after(), &["_assets/style.1111.css"], &all(&host.site));
}

#[test]
fn of_two_at_once_one_works_and_the_other_leaves() {
    let host = Host::default();
    publish_well(&before(), &host, &Way::default());
    let folder = after();
    block_on(async {
        let way = Way { run: "a", others_are_dead: false, ..Way::default() };
        let other = Way { run: "b", ..way.clone() };
        let scripts = [Arc::new(Script::default()), Arc::new(Script::default())];
        let (one, two) = tokio::join!(
            run(&folder, &host, &scripts[0], &way, &|_| {}),
            run(&folder, &host, &scripts[1], &other, &|_| {})
        );
        let busy = |end: &End| matches!(end, End::Stopped(Stop::Busy(_) | Stop::Overtaken));
        let done = |end: &End| matches!(end, End::Done(_));
        assert!(done(&one) && busy(&two) || done(&two) && busy(&one), "{one:?} {two:?}");
    });
    as_up(&folder, &["_assets/style.1111.css"], &all(&host.site));
}

#[test]
fn whoever_reads_while_fifty_builds_are_published_finds_what_pages_load() {
    let host = Host::default();
    let style = |number: usize| format!("_assets/style.{number}.css");
    let folder = |number: usize| {
        let mut folder = Folder::at(i64::try_from(number).unwrap());
        folder.add(&style(number), Kind::Asset, &format!("style {number}"));
        for id in 0..10 {
            let standing = if (number + id).is_multiple_of(17) { REVOKED } else { ACTIVE };
            folder.award(&format!("a{id}"), standing, &number.to_string(), &style(number));
        }
        folder.add("index.html", Kind::List, &format!("{number}\nload:{}\n", style(number)));
        folder
    };
    publish_well(&folder(0), &host, &Way::default());
    let is_over = AtomicBool::new(false);
    let (read, missing) = (Mutex::new(0), Mutex::new(Vec::new()));
    let publishing = async {
        for number in 1..=50 {
            let end = run(&folder(number), &host, &Arc::new(Script::default()), &Way::default(), &|_| {}).await;
            assert!(matches!(end, End::Done(_)), "{end:?}");
        }
        is_over.store(true, Ordering::Relaxed);
    };
    let reader = async |mut seed: u64| {
        while !is_over.load(Ordering::Relaxed) {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let site = all(&host.site);
            let pages: Vec<&String> = site.keys().filter(|key| key.ends_with(".html")).collect();
            let page = pages[(seed >> 33) as usize % pages.len()];
            let text = String::from_utf8_lossy(&site[page].0).into_owned();
            for load in text.lines().filter_map(|line| line.strip_prefix("load:")) {
                // Some time passes between a page and what it loads.
                for _ in 0..(seed >> 20) % 30 {
                    tokio::task::yield_now().await;
                }
                *read.lock().unwrap() += 1;
                if !all(&host.site).contains_key(load) {
                    missing.lock().unwrap().push(format!("{page} loads {load}"));
                }
            }
        }
    };
    let reading = futures_util::future::join_all((0..20).map(reader));
    block_on(async { tokio::join!(publishing, reading) });
    assert!(*read.lock().unwrap() > 500, "{read:?}");
    assert!(missing.lock().unwrap().is_empty(), "{missing:?}");
}
