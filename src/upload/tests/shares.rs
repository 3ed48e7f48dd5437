//! One site, published as three shares.

use std::{sync::Arc, time::Duration};

use super::{
    super::{
        error::Stop,
        outcome::Outcome,
        plan::{Refusal, Step},
        record::{HEAD, Head},
        shares::shard::Stand,
    },
    faults::{after, as_up, before},
    world::{
        ACTIVE, End, Fault, Folder, Host, REVOKED, Script, Way, all, block_on, dangling, publish_well, run, second,
        stopped,
    },
};
use crate::{output::Kind, shard::Shard};

/// What stays for a while when `after` takes the place of `before`.
const OLD: &[&str] = &["_assets/style.1111.css"];

pub(super) fn shard(number: u32, of: u32) -> Shard {
    Shard::parse(&format!("{number}/{of}")).unwrap()
}

/// As a shard of three.
pub(super) fn way(number: u32, run: &'static str) -> Way {
    Way { share: Some((shard(number, 3), run)), run: ["", "one", "two", "three"][number as usize], ..Way::default() }
}

/// Publishes a share, with nothing in the way.
#[track_caller]
pub(super) fn publish_share(whole: &Folder, host: &Host, way: &Way) -> (Outcome, Stand, Vec<String>) {
    let share = whole.share(way.share.unwrap().0);
    let script = Arc::new(Script::default());
    match block_on(run(&share, host, &script, way, &|_| {})) {
        End::Share(outcome, stand) => (outcome, stand, std::mem::take(&mut *script.calls.lock().unwrap())),
        end => panic!("{end:?}"),
    }
}

/// All three, one after the other; gives what the last one came to.
#[track_caller]
fn publish_all(whole: &Folder, host: &Host, name: &'static str) -> Stand {
    for number in 1..=2 {
        assert!(matches!(publish_share(whole, host, &way(number, name)).1, Stand::Waiting(_)));
    }
    publish_share(whole, host, &way(3, name)).1
}

#[track_caller]
fn refused(whole: &Folder, host: &Host, way: &Way) -> Refusal {
    let before = all(&host.site);
    match stopped(&whole.share(way.share.unwrap().0), host, way) {
        Stop::Refused(refusal) => {
            assert_eq!(all(&host.site), before, "nothing is changed");
            refusal
        }
        stop => panic!("{stop:?}"),
    }
}

fn head(host: &Host) -> Head {
    Head::read(&all(&host.record)[HEAD].0).unwrap()
}

/// Demands that a folder is up and recorded as a publish of the whole would have, and that nothing of runs is left.
#[track_caller]
pub(super) fn is_whole(folder: &Folder, host: &Host, old: &[&str]) {
    as_up(folder, old, &all(&host.site));
    let (outcome, calls) = publish_well(folder, host, &Way::default());
    assert!(outcome.plan.is_none(), "{outcome:?}");
    assert_eq!(calls, ["get record:head.json"]);
    let remains: Vec<_> = all(&host.record).into_keys().filter(|key| key.starts_with("runs/")).collect();
    assert!(remains.is_empty(), "{remains:?}");
    assert_eq!(head(host).pending, None);
}

#[test]
fn three_shards_put_up_what_a_publish_of_the_whole_does() {
    let host = Host::default();
    // What the test is about: awards of all sorts are in several shares.
    let shares: Vec<Folder> = (1..=3).map(|number| after().share(shard(number, 3))).collect();
    assert!(shares.iter().filter(|share| share.files.keys().any(|key| key.starts_with("verify/"))).count() > 1);
    assert!(matches!(publish_all(&before(), &host, "first"), Stand::Ended(_)));
    is_whole(&before(), &host, &[]);
    let plain = Host::default();
    publish_well(&before(), &plain, &Way::default());
    let parts = |host: &Host| {
        let Head { parts, files, bytes, awards, .. } = head(host);
        (parts, files, bytes, awards)
    };
    assert_eq!(parts(&host), parts(&plain), "the record is the same");
    assert!(matches!(publish_all(&after(), &host, "second"), Stand::Ended(_)));
    is_whole(&after(), &host, OLD);
    assert_eq!(head(&host).generation, 2);
    assert_eq!(head(&host).finished.unwrap().id, "second");
    // Whoever comes late finds that all is done.
    let (outcome, stand, calls) = publish_share(&after(), &host, &way(2, "second"));
    assert!(outcome.plan.is_none() && matches!(stand, Stand::EndedElsewhere));
    assert_eq!(
        outcome.files,
        after().share(shard(2, 3)).files.values().filter(|file| file.kind != Kind::Control).count() as u64
    );
    assert_eq!(calls, ["get record:head.json", "list record:"]);
}

#[test]
fn until_the_last_shard_is_there_the_site_is_whole_with_the_lists_and_awards_of_before() {
    let host = Host::default();
    publish_well(&before(), &host, &Way::default());
    let list = all(&host.site)["index.html"].clone();
    let mut come = Vec::new();
    for number in [3, 1] {
        let (outcome, stand, calls) = publish_share(&after(), &host, &way(number, "night"));
        let Stand::Waiting(missing) = stand else { panic!("{stand:?}") };
        assert_eq!(missing, if number == 3 { vec![1, 2] } else { vec![2] });
        let plan = outcome.plan.unwrap();
        assert!(plan.steps.iter().all(|step| *step <= Step::Pages), "{:?}", plan.steps);
        assert!(dangling(&all(&host.site)).is_empty());
        assert_eq!(all(&host.site)["index.html"], list);
        assert!(all(&host.site).contains_key("verify/gone/index.html"), "{calls:?}");
        // Taken down is what belongs to the shards that have come.
        come.push(after().share(shard(number, 3)));
        for (id, standing) in [("revoked", "standing:5"), ("private", "standing:6")] {
            let page = format!("verify/{id}/index.html");
            let is_down = String::from_utf8_lossy(&all(&host.site)[&page].0).contains(standing);
            assert_eq!(is_down, come.iter().any(|share| share.files.contains_key(&page)), "{id}");
        }
    }
    let (_, stand, _) = publish_share(&after(), &host, &way(2, "night"));
    let Stand::Ended(ended) = stand else { panic!("{stand:?}") };
    let plan = ended.0.plan.unwrap();
    assert_eq!(plan.gone, ["verify/gone/index.html"]);
    let puts: Vec<Step> = plan.steps.into_iter().filter(|step| *step != Step::None).collect();
    // As-of goes last, as in any publish.
    assert_eq!(puts, [Step::AsOf, Step::Lists]);
    is_whole(&after(), &host, OLD);
}

fn many(moment: i64, awards: &[&str]) -> Folder {
    let mut folder = Folder::at(moment);
    folder.add("_assets/s.css", Kind::Asset, "s");
    awards.iter().for_each(|id| folder.award(id, ACTIVE, "one", "_assets/s.css"));
    folder.add("index.html", Kind::List, &awards.join(" "));
    folder
}

#[test]
fn awards_that_are_gone_are_counted_over_all_shards_and_before_the_end_is_begun() {
    let host = Host::default();
    let ids = ["a", "b", "c", "d", "e", "f"];
    publish_all(&many(0, &ids), &host, "first");
    // One of each share.
    let of = |number: u32| ids.iter().find(|id| shard(number, 3).has(id)).copied().unwrap();
    let gone = [of(1), of(2), of(3)];
    let left: Vec<&str> = ids.into_iter().filter(|id| !gone.contains(id)).collect();
    let mut next = many(1, &left);
    // Each shard has something to put up besides.
    let of_left = |number: u32| left.iter().find(|id| shard(number, 3).has(id)).copied();
    for id in (1..=3).filter_map(of_left) {
        next.award(id, ACTIVE, "two", "_assets/s.css");
    }
    for number in [1, 2] {
        let (outcome, ..) = publish_share(&next, &host, &way(number, "night"));
        assert_eq!(outcome.plan.unwrap().gone, [format!("verify/{}/index.html", of(number))]);
    }
    let before = all(&host.site);
    assert!(gone.iter().all(|id| before.contains_key(&format!("verify/{id}/card.png"))));
    let (outcome, stand, _) = publish_share(&next, &host, &way(3, "night"));
    let Stand::NotEnded(Stop::Refused(Refusal::Vanished { gone: 3, of: 6, such_as })) = stand else { panic!() };
    assert_eq!(such_as.len(), 3);
    // What the shard itself did is told, and it is up; what the run was to do is not done.
    let puts = outcome.plan.unwrap().steps.iter().filter(|step| **step != Step::None).count();
    let after = all(&host.site);
    assert_eq!(after.iter().filter(|(key, file)| before.get(*key) != Some(file)).count(), puts);
    assert_eq!(puts > 0, of_left(3).is_some());
    assert!(before.keys().all(|key| after.contains_key(key)));
    // Any shard ends it, once that is allowed by the very number.
    let allowing = |number| Way { allowed: Some(number), ..way(1, "night") };
    let (outcome, stand, _) = publish_share(&next, &host, &allowing(2));
    assert!(outcome.plan.is_none() && matches!(stand, Stand::NotEnded(Stop::Refused(Refusal::Vanished { .. }))));
    assert_eq!(all(&host.site), after);
    assert!(matches!(publish_share(&next, &host, &allowing(3)).1, Stand::Ended(_)));
    is_whole(&next, &host, &[]);
}

#[test]
fn what_readers_did_not_see_of_a_shard_is_known_to_whoever_ends_the_run() {
    use super::super::{
        engine::remember,
        shares::shard::{Share, leave_unseen},
        store::{Remote, Timing},
    };
    let host = Host::default();
    publish_well(&before(), &host, &Way::default());
    let remote = || Remote::new(Arc::new(host.site.clone()), Arc::new(host.record.clone()), Timing::default());
    let share = |number| Share { shard: shard(number, 3), run: "night", is_mine: &|_| false };
    for number in [1, 2] {
        publish_share(&after(), &host, &way(number, "night"));
        let unseen = format!("verify/{number}/index.html");
        block_on(leave_unseen(&remote(), &share(number), &[unseen])).unwrap();
    }
    let (_, stand, _) = publish_share(&after(), &host, &way(3, "night"));
    let Stand::Ended(ended) = stand else { panic!("{stand:?}") };
    let mut unseen = ended.0.unseen;
    unseen.sort();
    assert_eq!(unseen, ["verify/1/index.html", "verify/2/index.html"]);
    // It is remembered until it is right, at one request more; and nothing of the run is left.
    let known = remote();
    block_on(super::super::engine::read_head(&known)).unwrap();
    block_on(remember(&known, &unseen)).unwrap();
    assert_eq!(known.calls.get(), 2);
    let (outcome, calls) = publish_well(&after(), &host, &Way::default());
    assert!(outcome.plan.is_none());
    assert_eq!((outcome.unseen, calls), (unseen, vec!["get record:head.json".to_owned()]));
    block_on(super::super::engine::read_head(&known)).unwrap();
    block_on(remember(&known, &[])).unwrap();
    is_whole(&after(), &host, OLD);
    // Who comes too late leaves nothing.
    block_on(leave_unseen(&remote(), &share(1), &["x".to_owned()])).unwrap();
    is_whole(&after(), &host, OLD);
}

#[test]
fn a_shard_of_another_build_is_not_of_the_run() {
    let host = Host::default();
    publish_share(&many(10, &["a", "b"]), &host, &way(1, "night"));
    let two = way(2, "night");
    let what = |folder: &Folder, way: &Way| match refused(folder, &host, way) {
        Refusal::NotOfRun { run, what, .. } => {
            assert_eq!(run, "night");
            what
        }
        refusal => panic!("{refusal:?}"),
    };
    let same = many(10, &["a", "b"]);
    assert_eq!(what(&Folder { inputs: [8; 32], ..same.clone() }, &two), "input");
    assert_eq!(what(&Folder { program: "other", ..same.clone() }, &two), "program");
    assert_eq!(what(&many(11, &["a", "b"]), &two), "moment");
    assert_eq!(what(&Folder { exported_at: Some(second(11)), ..same.clone() }, &two), "`exported_at`");
    assert_eq!(what(&same, &Way { share: Some((shard(2, 4), "night")), ..two.clone() }), "number of shards");
    // And what is older than the run is older than what is up.
    assert!(matches!(refused(&many(9, &["a", "b"]), &host, &two), Refusal::OlderMoment { .. }));
    publish_share(&same, &host, &two);
    publish_share(&same, &host, &way(3, "night"));
    is_whole(&same, &host, &[]);
    // A name that has been used is not used again.
    assert_eq!(what(&many(11, &["a", "b"]), &two), "moment");
}

#[test]
fn while_a_run_is_open_another_publish_of_the_same_moment_is_refused_and_a_later_one_takes_over() {
    let host = Host::default();
    publish_well(&before(), &host, &Way::default());
    publish_share(&after(), &host, &way(1, "night"));
    let plain = |folder: &Folder, host: &Host| match stopped(folder, host, &Way::default()) {
        Stop::Refused(refusal) => refusal,
        stop => panic!("{stop:?}"),
    };
    // Even if nothing is to be done: the run is in the way.
    assert!(matches!(plain(&after(), &host), Refusal::RunOpen(run) if run.id == "night"));
    assert!(matches!(refused(&after(), &host, &way(2, "other")), Refusal::RunOpen(_)));
    assert!(matches!(plain(&before(), &host), Refusal::OlderMoment { .. }));
    let later = Folder { moment: second(90_000), exported_at: Some(second(90_000)), ..after() };
    // A publish of the whole.
    let taken = host.fork();
    publish_well(&later, &taken, &Way::default());
    assert!(matches!(refused(&after(), &taken, &way(2, "night")), Refusal::OlderMoment { .. }));
    is_whole(&later, &taken, OLD);
    // Another run, begun by a shard that is in no hurry.
    let taken = host.fork();
    publish_share(&later, &taken, &way(3, "later"));
    assert!(matches!(refused(&later, &taken, &way(2, "night")), Refusal::GivenUp { .. }));
    assert!(matches!(refused(&after(), &taken, &way(2, "night")), Refusal::OlderMoment { .. }));
    publish_share(&later, &taken, &way(1, "later"));
    assert!(matches!(publish_share(&later, &taken, &way(2, "later")).1, Stand::Ended(_)));
    is_whole(&later, &taken, OLD);
    // The same moment, if it is said to be meant.
    let way = Way { rollback: true, ..Way::default() };
    publish_well(&after(), &host, &way);
    is_whole(&after(), &host, OLD);
}

#[test]
fn what_a_run_has_left_is_not_taken_for_that_of_another_with_its_name() {
    use object_store::ObjectStoreExt as _;
    let host = Host::default();
    publish_well(&before(), &host, &Way::default());
    for number in 1..=2 {
        publish_share(&after(), &host, &way(number, "night"));
    }
    let left = all(&host.record);
    // Taken over and back again, and what was left could not be removed.
    let same_moment = Folder { moment: after().moment, exported_at: after().exported_at, ..before() };
    publish_well(&same_moment, &host, &Way { rollback: true, ..Way::default() });
    for (key, (bytes, _)) in left.into_iter().filter(|(key, _)| key.starts_with("runs/")) {
        block_on(host.record.put(&key.into(), bytes.into())).unwrap();
    }
    let again =
        |number: u32| Way { run: ["", "again-1", "again-2", "again-3"][number as usize], ..way(number, "night") };
    let (_, stand, _) = publish_share(&after(), &host, &again(3));
    assert!(matches!(stand, Stand::Waiting(missing) if missing == [1, 2]));
    publish_share(&after(), &host, &again(1));
    publish_share(&after(), &host, &again(2));
    is_whole(&after(), &host, OLD);
}

#[test]
fn a_run_whose_shards_are_at_work_is_not_taken_over() {
    let host = Host::default();
    publish_well(&before(), &host, &Way::default());
    let alive = |way: Way| Way { others_are_dead: false, ..way };
    // It stops with its lease held, as one does that is still at work.
    let script = Arc::new(Script { fault: Some((12, Fault::Die)), ..Script::default() });
    let end = block_on(run(&after().share(shard(1, 3)), &host, &script, &alive(way(1, "night")), &|_| {}));
    assert!(matches!(end, End::Died), "{end:?}");
    let later = |after: i64| Folder { moment: second(86_400 + after), ..after_at(86_400 + after) };
    let before = all(&host.site);
    assert!(matches!(stopped(&later(30), &host, &alive(Way::default())), Stop::Busy(Some(_))));
    let share = later(30).share(shard(2, 3));
    assert!(matches!(stopped(&share, &host, &alive(way(2, "later"))), Stop::Busy(Some(_))));
    assert_eq!(all(&host.site), before);
    assert!(head(&host).open_run().is_some_and(|run| run.id == "night"), "and it goes on");
    // Once its lease has run out and nobody renews it, it is.
    let waited = block_on(async {
        let start = tokio::time::Instant::now();
        let end = run(&later(61), &host, &Arc::new(Script::default()), &alive(Way::default()), &|_| {}).await;
        assert!(matches!(end, End::Done(_)), "{end:?}");
        start.elapsed()
    });
    assert!(waited >= Duration::from_secs(20) && waited < Duration::from_secs(50), "{waited:?}");
    is_whole(&later(61), &host, OLD);
}

fn after_at(moment: i64) -> Folder {
    Folder { exported_at: Some(second(moment)), ..after() }
}

#[test]
fn a_killed_shard_on_another_machine_waits_for_its_own_lease() {
    let host = Host::default();
    publish_well(&before(), &host, &Way::default());
    let alive = Way { others_are_dead: false, ..way(1, "night") };
    let share = after().share(shard(1, 3));
    let script = Arc::new(Script { fault: Some((12, Fault::Die)), ..Script::default() });
    assert!(matches!(block_on(run(&share, &host, &script, &alive, &|_| {})), End::Died));
    let alive = Way { run: "again", ..alive };
    let waited = block_on(async {
        let start = tokio::time::Instant::now();
        let script = Arc::new(Script::default());
        let end = run(&share, &host, &script, &alive, &|_| {}).await;
        assert!(matches!(end, End::Share(_, Stand::Waiting(_))), "{end:?} {:#?}", script.calls);
        start.elapsed()
    });
    // The lease, and then a renewal that does not come.
    assert!(waited > Duration::from_mins(1) && waited < Duration::from_mins(2), "{waited:?}");
    // Of one that is alive it is seen that it is: it renews its lease while it waits for the store.
    block_on(async {
        let slow = Arc::new(Script { fault: Some((10, Fault::Hang)), ..Script::default() });
        let slow_way = Way { others_are_dead: false, run: "slow", ..way(2, "night") };
        let share = after().share(shard(2, 3));
        let way = Way { run: "other", ..slow_way.clone() };
        let other = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            run(&share, &host, &Arc::new(Script::default()), &way, &|_| {}).await
        };
        let (one, two) = tokio::join!(run(&share, &host, &slow, &slow_way, &|_| {}), other);
        assert!(matches!(one, End::Share(_, Stand::Waiting(_))), "{one:?}");
        assert!(matches!(two, End::Stopped(Stop::Busy(Some(_)))), "{two:?}");
    });
    publish_share(&after(), &host, &way(3, "night"));
    is_whole(&after(), &host, OLD);
}

#[test]
fn all_shards_at_once_open_one_run_and_one_of_them_ends_it() {
    // Also over what a publish of the whole has left that was killed.
    for killed_at in [None, Some(9), Some(14)] {
        let host = Host::default();
        publish_well(&before(), &host, &Way::default());
        if let Some(at) = killed_at {
            let script = Arc::new(Script { fault: Some((at, Fault::DieAfter)), ..Script::default() });
            assert!(matches!(block_on(run(&after(), &host, &script, &Way::default(), &|_| {})), End::Died));
        }
        let scripts: Vec<Arc<Script>> = (0..3).map(|_| Arc::default()).collect();
        let shares: Vec<Folder> = (1..=3).map(|number| after().share(shard(number, 3))).collect();
        let ways: Vec<Way> = (1..=3).map(|number| Way { days: 0, ..way(number, "night") }).collect();
        let one = async |at: usize| run(&shares[at], &host, &scripts[at], &ways[at], &|_| {}).await;
        let ends = block_on(futures_util::future::join_all((0..3).map(one)));
        let ended = ends.iter().filter(|end| matches!(end, End::Share(_, Stand::Ended(_)))).count();
        let others = ends.iter().filter(|end| matches!(end, End::Share(_, Stand::Waiting(_) | Stand::EndedElsewhere)));
        assert_eq!((ended, others.count()), (1, 2), "{killed_at:?} {ends:#?}");
        is_whole(&after(), &host, OLD);
    }
}

#[test]
fn two_that_see_all_receipts_do_not_both_end_the_run() {
    let host = Host::default();
    publish_well(&before(), &host, &Way::default());
    for number in 1..=2 {
        publish_share(&after(), &host, &way(number, "night"));
    }
    // The last one dies before it ends the run.
    let script = Arc::new(Script::default());
    let calls = publish_share(&after(), &host.fork(), &way(3, "night")).2;
    let at = calls.iter().position(|call| call.starts_with("list record:")).unwrap();
    let dying = Arc::new(Script { fault: Some((at + 1, Fault::Die)), ..Script::default() });
    let share = |number| after().share(shard(number, 3));
    assert!(matches!(block_on(run(&share(3), &host, &dying, &way(3, "night"), &|_| {})), End::Died));
    // Two others are run again at once; none of them has any other work.
    let other = Arc::new(Script::default());
    let alive = |number| Way { others_are_dead: false, ..way(number, "night") };
    let (one, two) = block_on(async {
        let (share_one, share_two, way_one, way_two) = (share(1), share(2), alive(1), alive(2));
        tokio::join!(
            run(&share_one, &host, &script, &way_one, &|_| {}),
            run(&share_two, &host, &other, &way_two, &|_| {})
        )
    });
    let ended = [&one, &two].map(|end| matches!(end, End::Share(_, Stand::Ended(_))));
    let left = [&one, &two].map(|end| matches!(end, End::Share(_, Stand::EndedElsewhere)));
    assert!(ended[0] && left[1] || left[0] && ended[1], "{one:?} {two:?}");
    is_whole(&after(), &host, OLD);
}

#[test]
fn a_night_in_which_nothing_changed_leaves_the_record_as_it_was() {
    let host = Host::default();
    publish_all(&before(), &host, "first");
    let was = head(&host);
    let same = Folder { moment: second(86_400), ..before() };
    for number in 1..=3 {
        let (outcome, _, calls) = publish_share(&same, &host, &way(number, "second"));
        assert!(outcome.plan.unwrap().is_empty());
        assert!(!calls.iter().any(|call| call.starts_with("put site:")), "{calls:?}");
    }
    let is = head(&host);
    assert_eq!((is.generation, is.moment, &is.parts), (was.generation, was.moment, &was.parts));
    assert_eq!(is.finished.as_ref().unwrap().id, "second");
    is_whole(&same, &host, &[]);
}

#[test]
fn without_a_record_shards_put_up_all_and_the_last_one_looks_at_what_is_there() {
    use object_store::ObjectStoreExt as _;
    let host = Host::default();
    let folder = many(0, &["a", "b", "c"]);
    publish_all(&folder, &host, "first");
    let put = |key: &str| drop(block_on(host.site.put(&key.into(), "x".into())).unwrap());
    put("other/thing.txt");
    put("verify/lost/index.html");
    put("verify/lost/card.png");
    let lost = Host { site: host.site.clone(), ..Host::default() };
    // Nobody knows that it was active: it is a takedown, and goes before all others.
    let mut next = many(1, &["a", "b", "c"]);
    next.award("b", REVOKED, "two", "_assets/s.css");
    let mut worse = Vec::new();
    for number in 1..=2 {
        let (outcome, ..) = publish_share(&next, &lost, &way(number, "night"));
        worse.extend(outcome.plan.unwrap().takedowns);
    }
    let share = next.share(shard(3, 3));
    let Stop::Refused(refusal) = stopped(&share, &lost, &way(3, "night")) else { panic!() };
    let such_as = vec!["verify/lost/card.png".to_owned(), "verify/lost/index.html".to_owned()];
    assert_eq!(refusal, Refusal::Unrecorded { has_record: false, files: 2, awards: 1, such_as });
    let (_, stand, _) = publish_share(&next, &lost, &Way { allowed: Some(1), ..way(3, "night") });
    let Stand::Ended(ended) = stand else { panic!("{stand:?}") };
    assert_eq!(ended.0.foreign, ["other/thing.txt"]);
    let mut up = all(&lost.site);
    assert!(up.remove("other/thing.txt").is_some());
    as_up(&next, &[], &up);
    if !shard(3, 3).has("b") {
        assert_eq!(worse, [("verify/b/index.html".to_owned(), REVOKED)]);
    }
    assert!(publish_well(&next, &lost, &Way::default()).0.plan.is_none());
    // Where the target is empty, nothing has to be listed.
    let (_, _, calls) = {
        let host = Host::default();
        publish_share(&folder, &host, &way(1, "first"));
        publish_share(&folder, &host, &way(2, "first"));
        publish_share(&folder, &host, &way(3, "first"))
    };
    assert!(!calls.iter().any(|call| call == "list site:"), "{calls:?}");
    // A publish of the whole that takes over such a run lists as well.
    put("verify/lost/card.png");
    put("verify/lost/index.html");
    let lost = Host { site: host.site.clone(), ..Host::default() };
    publish_share(&next, &lost, &way(1, "night"));
    let later = Folder { moment: second(2), ..next };
    assert!(matches!(stopped(&later, &lost, &Way::default()), Stop::Refused(Refusal::Unrecorded { awards: 1, .. })));
    publish_well(&later, &lost, &Way { allowed: Some(1), ..Way::default() });
    assert!(!all(&lost.site).contains_key("verify/lost/card.png"));
}

#[test]
fn a_record_that_anybody_can_read_is_refused_for_shards_too() {
    let host = Host::default();
    let open = Way { readable: true, ..way(1, "night") };
    let share = after().share(shard(1, 3));
    assert!(matches!(stopped(&share, &host, &open), Stop::PublicRecord { .. }));
    assert!(all(&host.site).is_empty() && all(&host.record).is_empty());
    publish_share(&after(), &host, &way(2, "night"));
    let up = all(&host.site);
    assert!(matches!(stopped(&share, &host, &open), Stop::PublicRecord { .. }));
    assert_eq!(all(&host.site), up);
}

#[test]
fn a_dry_run_of_a_shard_writes_nothing() {
    let host = Host::default();
    publish_well(&before(), &host, &Way::default());
    let was = (all(&host.site), all(&host.record));
    let dry = Way { dry_run: true, ..way(1, "night") };
    let script = Arc::new(Script::default());
    let end = block_on(run(&after().share(shard(1, 3)), &host, &script, &dry, &|_| {}));
    let End::Done(outcome) = end else { panic!("{end:?}") };
    assert!(!outcome.plan.unwrap().is_empty());
    assert_eq!((all(&host.site), all(&host.record)), was);
}
