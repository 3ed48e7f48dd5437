//! Every n-th call of every shard of a run, and of its end, fails or is the last.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use super::{
    super::{plan::Step, shares::shard::Stand},
    faults::{after, before},
    shares::{is_whole, publish_share, shard, way},
    world::{End, Fault, Folder, Host, Script, Way, all, block_on, dangling, publish_well, run, second},
};
use crate::output::Kind;

const OLD: &[&str] = &["_assets/style.1111.css"];

const FAULTS: [Fault; 10] = [
    Fault::Error,
    Fault::Broken,
    Fault::Hang,
    Fault::HangAfter,
    Fault::Answer(412),
    Fault::Answer(503),
    Fault::AnswerEver(403),
    Fault::AnswerEver(503),
    Fault::Die,
    Fault::DieAfter,
];

/// Sees before each call that nothing dangles and nothing is of neither build.
fn watching(fault: Option<(usize, Fault)>, problems: &Arc<Mutex<Vec<String>>>, folders: &[Folder]) -> Arc<Script> {
    let (problems, folders) = (problems.clone(), folders.to_vec());
    let watch = move |call: &str, site: &object_store::memory::InMemory| {
        let site = all(site);
        let mut wrong = dangling(&site);
        for (key, (bytes, _)) in &site {
            let is_of = |folder: &Folder| {
                folder.files.get(key).is_some_and(|file| file.kind != Kind::Control && file.bytes == *bytes)
            };
            if !folders.iter().any(is_of) {
                wrong.push(format!("{key} is of no build"));
            }
        }
        problems.lock().unwrap().extend(wrong.into_iter().map(|wrong| format!("before {call}: {wrong}")));
    };
    Arc::new(Script { fault, watch: Some(Box::new(watch)), ..Script::default() })
}

/// Each try has a name that no other has.
const AGAIN: [&str; 3] = ["two-again", "three-again", "one-again"];

fn place_of(number: u32) -> usize {
    [2, 3, 1].iter().position(|other| *other == number).unwrap()
}

/// How the run goes on after something has happened to one of its shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The same shard again, then the others.
    Again,
    /// A publish of the whole, of a later moment.
    Whole,
    /// Another run, of a later moment.
    Run,
}

/// Whether the withdrawn and private awards of a share are down.
fn is_taken_down(share: &Folder, host: &Host) -> bool {
    let site = all(&host.site);
    ["revoked", "private"].iter().all(|id| {
        let page = format!("verify/{id}/index.html");
        share.files.get(&page).is_none_or(|file| {
            let has_card = site.contains_key(&format!("verify/{id}/card.png"));
            site.get(&page).is_some_and(|(bytes, _)| *bytes == file.bytes) && (*id == "revoked" || !has_card)
        })
    })
}

/// Something happens to the shard that comes at `place`; then things go on without trouble.
fn course(start: &Host, first: bool, place: usize, fault: (usize, Fault), next: Next) -> String {
    let (folder, old) = if first { (before(), &[][..]) } else { (after(), OLD) };
    let order = [2, 3, 1];
    let name = format!("{fault:?} of shard {}, {next:?}", order[place]);
    let host = start.fork();
    let problems = Arc::new(Mutex::new(Vec::new()));
    let later = Folder { moment: second(90_000), exported_at: Some(second(90_000)), ..folder.clone() };
    let folders = [before(), folder.clone()];
    let script = watching(Some(fault), &problems, &folders);
    let hit = Way { run: "hit", ..way(order[place], "night") };
    let share = folder.share(shard(order[place], 3));
    let is_told = std::cell::Cell::new(false);
    let end = block_on(run(&share, &host, &script, &hit, &|progress| {
        // Of the shard's own steps; those of the end come later and take down what is gone.
        if progress.step > Some(Step::TakedownDeletes) {
            is_told.set(true);
            assert!(first || is_taken_down(&share, &host), "{name}: told before it was done");
        }
    }));
    assert!(first || !is_told.get() || is_taken_down(&share, &host), "{name}");
    let how = match &end {
        End::Share(_, Stand::NotEnded(stop)) => stop.to_string(),
        End::Share(_, Stand::Waiting(_)) => "waiting".to_owned(),
        End::Share(_, Stand::Ended(_)) => "ended".to_owned(),
        End::Share(_, Stand::EndedElsewhere) => "ended elsewhere".to_owned(),
        End::Done(_) => "done".to_owned(),
        End::Died => "died".to_owned(),
        End::Stopped(stop) => stop.to_string(),
    };
    let go_on = |folder: &Folder, way: &Way| {
        let folder = way.share.map_or_else(|| folder.clone(), |(shard, _)| folder.share(shard));
        let script = watching(None, &problems, &folders);
        let end = block_on(run(&folder, &host, &script, way, &|_| {}));
        assert!(matches!(end, End::Done(_) | End::Share(..)), "{name}, {how}, {way:?}: {end:?}", way = way.run);
    };
    match next {
        Next::Again => {
            let rest = order.iter().skip(place);
            rest.for_each(|number| go_on(&folder, &Way { run: AGAIN[place_of(*number)], ..way(*number, "night") }));
            is_whole(&folder, &host, old);
        }
        Next::Whole => {
            go_on(&later, &Way { run: "whole", ..Way::default() });
            // What a run has left that had come to its end goes with the next run.
            if all(&host.record).keys().any(|key| key.starts_with("runs/")) {
                assert!(place == 2 && matches!(how.as_str(), "died" | "ended"), "{name}, {how}");
                let tomorrow = Folder { moment: second(180_000), ..later.clone() };
                [1, 2, 3].iter().for_each(|number| go_on(&tomorrow, &way(*number, "tomorrow")));
            }
            is_whole(&later, &host, old);
        }
        Next::Run => {
            let shards = [3, 2, 1];
            shards
                .iter()
                .for_each(|number| go_on(&later, &Way { run: AGAIN[place_of(*number)], ..way(*number, "later") }));
            is_whole(&later, &host, old);
        }
    }
    let wrong = std::mem::take(&mut *problems.lock().unwrap());
    assert!(wrong.is_empty(), "{name}, {how}: {wrong:?}");
    how
}

fn every_call(start: &Host, first: bool, next: Next, faults: &[Fault]) -> BTreeMap<String, usize> {
    let folder = if first { before() } else { after() };
    let mut host = start.fork();
    let mut ends = BTreeMap::new();
    for (place, number) in [2, 3, 1].into_iter().enumerate() {
        let (_, _, calls) = publish_share(&folder, &host.fork(), &way(number, "night"));
        for at in 1..=calls.len() {
            for fault in faults {
                let how = course(&host, first, place, (at, *fault), next);
                let word = how.split(['`', ':']).next().unwrap_or_default().trim().to_owned();
                *ends.entry(format!("{fault:?}: {word}")).or_default() += 1;
            }
        }
        let after = host.fork();
        publish_share(&folder, &after, &way(number, "night"));
        host = after;
    }
    ends
}

fn up() -> Host {
    let host = Host::default();
    publish_well(&before(), &host, &Way::default());
    host
}

#[test]
fn whatever_happens_at_any_call_of_any_shard_the_same_one_again_puts_it_right() {
    let ends = every_call(&up(), false, Next::Again, &FAULTS);
    // What passes is waited for.
    for fault in ["Error", "Hang", "Broken", "HangAfter", "Answer(503)"] {
        let is_well = |end: &&String| end.ends_with(": waiting") || end.ends_with(": ended");
        let others = ends.keys().filter(|end| end.starts_with(&format!("{fault}: ")) && !is_well(end));
        assert_eq!(others.count(), 0, "{fault}: {ends:#?}");
    }
    assert!(ends["DieAfter: died"] > 40, "{ends:#?}");
}

#[test]
fn whatever_happens_at_any_call_of_a_first_run_the_same_shard_again_puts_it_right() {
    every_call(&Host::default(), true, Next::Again, &[Fault::Die, Fault::DieAfter, Fault::Answer(412)]);
}

#[test]
fn whatever_happens_to_a_run_a_later_publish_of_the_whole_puts_it_right() {
    every_call(&up(), false, Next::Whole, &[Fault::Die, Fault::DieAfter, Fault::Answer(412), Fault::AnswerEver(503)]);
    every_call(&Host::default(), true, Next::Whole, &[Fault::DieAfter]);
}

#[test]
fn whatever_happens_to_a_run_a_later_run_puts_it_right() {
    every_call(&up(), false, Next::Run, &[Fault::Die, Fault::DieAfter, Fault::Answer(412), Fault::AnswerEver(503)]);
    every_call(&Host::default(), true, Next::Run, &[Fault::DieAfter]);
}
