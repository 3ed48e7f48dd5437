//! What is refused, and that nothing is changed then.
use super::{
    super::{error::Stop, plan::Refusal},
    world::{
        ACTIVE, End, Fault, Folder, Host, REVOKED, Script, Way, all, block_on, publish_well, run, second, stopped,
    },
};
use crate::output::Kind;
use std::{sync::Arc, time::Duration};

fn site(moment: i64, awards: &[&str]) -> Folder {
    let mut folder = Folder::at(moment);
    folder.add("_assets/s.css", Kind::Asset, "s");
    for id in awards {
        folder.award(id, ACTIVE, "one", "_assets/s.css");
    }
    folder
}

fn refusal(folder: &Folder, host: &Host, way: &Way) -> Refusal {
    let before = all(&host.site);
    match stopped(folder, host, way) {
        Stop::Refused(refusal) => {
            assert_eq!(all(&host.site), before, "nothing is changed");
            refusal
        }
        stop => panic!("{stop:?}"),
    }
}

#[test]
fn what_is_older_than_what_is_up_is_refused() {
    let host = Host::default();
    publish_well(&site(10, &["a"]), &host, &Way::default());
    let way = Way::default();
    assert_eq!(refusal(&site(9, &["a"]), &host, &way), Refusal::OlderMoment { built: second(9), up: second(10) });
    let late = |exported_at| Folder { exported_at, ..site(11, &["a", "b"]) };
    assert_eq!(
        refusal(&late(Some(second(9))), &host, &way),
        Refusal::OlderExport { built: Some(second(9)), up: second(10) }
    );
    assert_eq!(refusal(&late(None), &host, &way), Refusal::OlderExport { built: None, up: second(10) });
    publish_well(&site(9, &["a"]), &host, &Way { rollback: true, ..way });
}

#[test]
fn a_record_of_another_target_is_not_believed() {
    let host = Host::default();
    publish_well(&site(0, &["a"]), &host, &Way::default());
    // The same record, and another bucket, in which nothing is.
    let other = Host { site: object_store::memory::InMemory::new(), record: host.record.clone() };
    let way = Way { target: "s3://site2", ..Way::default() };
    let expected = Refusal::OtherTarget { recorded: "s3://site".into(), here: "s3://site2".into() };
    assert_eq!(refusal(&site(0, &["a"]), &other, &way), expected);
    assert_eq!(refusal(&site(1, &["a", "b"]), &other, &way), expected);
    assert_eq!(refusal(&site(1, &["a", "b"]), &other, &Way { rollback: true, dry_run: true, ..way.clone() }), expected);
    // Whoever has moved the site says so, and what is there is looked at.
    publish_well(&site(0, &["a"]), &other, &Way { reconcile: true, ..way.clone() });
    assert!(all(&other.site).contains_key("verify/a/index.html"));
    assert!(matches!(refusal(&site(0, &["a"]), &host, &Way::default()), Refusal::OtherTarget { .. }));
}

#[test]
fn a_record_that_names_no_target_becomes_that_of_the_first_that_is_published_to() {
    let host = Host::default();
    publish_well(&site(0, &["a"]), &host, &Way::default());
    let older = String::from_utf8(all(&host.record)["head.json"].0.clone()).unwrap();
    let older = older.replace("  \"target\": \"s3://site\",\n", "");
    assert!(!older.contains("target"), "{older}");
    let name = "head.json".into();
    block_on(object_store::ObjectStoreExt::put(&host.record, &name, older.into())).unwrap();
    let (outcome, calls) = publish_well(&site(0, &["a"]), &host, &Way { dry_run: true, ..Way::default() });
    assert!(outcome.plan.is_none());
    assert_eq!(calls, ["get record:head.json"]);
    let (outcome, calls) = publish_well(&site(0, &["a"]), &host, &Way::default());
    assert!(outcome.plan.is_none());
    assert_eq!(calls, ["get record:head.json", "put record:head.json"]);
    let way = Way { target: "s3://site2", ..Way::default() };
    assert!(matches!(refusal(&site(0, &["a"]), &host, &way), Refusal::OtherTarget { .. }));
    let (_, calls) = publish_well(&site(0, &["a"]), &host, &Way::default());
    assert_eq!(calls, ["get record:head.json"]);
}

#[test]
fn what_a_stopped_run_was_about_to_put_up_counts_as_up() {
    let host = Host::default();
    publish_well(&site(10, &["a"]), &host, &Way::default());
    let script = Arc::new(Script { fault: Some((6, Fault::DieAfter)), ..Script::default() });
    assert!(matches!(block_on(run(&site(20, &["a", "b"]), &host, &script, &Way::default(), &|_| {})), End::Died));
    let way = Way::default();
    assert_eq!(refusal(&site(15, &["a"]), &host, &way), Refusal::OlderMoment { built: second(15), up: second(20) });
}

#[test]
fn more_awards_gone_than_may_be_are_refused_all_or_none() {
    let host = Host::default();
    publish_well(&site(0, &["a", "b", "c", "d"]), &host, &Way::default());
    let next = site(1, &["a", "b"]);
    let gone = refusal(&next, &host, &Way::default());
    let such_as = vec!["verify/c/index.html".to_owned(), "verify/d/index.html".to_owned()];
    assert_eq!(gone, Refusal::Vanished { gone: 2, of: 4, such_as });
    assert!(matches!(refusal(&next, &host, &Way { allowed: Some(3), ..Way::default() }), Refusal::Vanished { .. }));
    // What has become worse or private has a page and is not gone.
    let mut worse = site(1, &["a", "b"]);
    worse.award("c", REVOKED, "two", "_assets/s.css");
    worse.award("d", 6, "two", "_assets/s.css");
    publish_well(&worse, &host.fork(), &Way::default());
    // An address that leads on to another award is not gone either.
    let mut moved = site(1, &["a", "b", "c"]);
    moved.files.get_mut("old/c/index.html").unwrap().bytes = b"x".to_vec();
    let page = moved.files["old/c/index.html"].clone();
    moved.files.insert("verify/d/index.html".into(), page);
    publish_well(&moved, &host.fork(), &Way::default());
    publish_well(&next, &host, &Way { allowed: Some(2), ..Way::default() });
    assert!(!all(&host.site).keys().any(|key| key.contains("/c/") || key.contains("/d/")));
}

#[test]
fn what_a_stopped_run_was_allowed_is_not_asked_for_again() {
    let host = Host::default();
    publish_well(&site(0, &["a", "b", "c", "d"]), &host, &Way::default());
    let next = site(1, &["a", "b"]);
    let script = Arc::new(Script { fault: Some((8, Fault::Die)), ..Script::default() });
    let way = Way { allowed: Some(2), ..Way::default() };
    assert!(matches!(block_on(run(&next, &host, &script, &way, &|_| {})), End::Died));
    publish_well(&next, &host, &Way::default());
    assert!(!all(&host.site).keys().any(|key| key.contains("/c/")));
}

#[test]
fn a_record_that_anybody_can_read_is_refused_before_and_after_the_first_publish() {
    let way = Way { readable: true, ..Way::default() };
    let host = Host::default();
    assert!(matches!(stopped(&site(0, &["a"]), &host, &way), Stop::PublicRecord { .. }));
    assert!(all(&host.site).is_empty() && all(&host.record).is_empty(), "the probe is gone, and no record was written");
    publish_well(&site(0, &["a"]), &host, &Way::default());
    assert!(matches!(stopped(&site(0, &["a"]), &host, &way), Stop::PublicRecord { .. }));
}

#[test]
fn without_a_record_what_is_up_is_looked_at() {
    let host = Host::default();
    let folder = site(0, &["a", "b"]);
    publish_well(&folder, &host, &Way::default());
    // Somebody else's, and one that an earlier build may have made.
    let put = |key: &str| {
        use object_store::ObjectStoreExt as _;
        block_on(host.site.put(&key.into(), "x".into())).unwrap();
    };
    put("other/thing.txt");
    put("verify/lost/index.html");
    put("verify/lost/card.png");
    let lost = Host { site: host.site.clone(), ..Host::default() };
    assert_eq!(
        refusal(&folder, &lost, &Way::default()),
        Refusal::Unrecorded {
            has_record: false,
            files: 2,
            awards: 1,
            such_as: vec!["verify/lost/card.png".into(), "verify/lost/index.html".into()]
        }
    );
    let (outcome, _) = publish_well(&folder, &lost, &Way { allowed: Some(1), ..Way::default() });
    assert_eq!(outcome.foreign, ["other/thing.txt"]);
    let up: Vec<String> = all(&host.site).into_keys().filter(|key| !folder.files.contains_key(key)).collect();
    assert_eq!(up, ["other/thing.txt"]);
    assert!(publish_well(&folder, &lost, &Way::default()).0.plan.is_none());
}

#[test]
fn reconciling_puts_right_what_the_record_does_not_know() {
    use object_store::ObjectStoreExt as _;
    let host = Host::default();
    let folder = site(0, &["a", "b"]);
    publish_well(&folder, &host, &Way::default());
    block_on(async {
        host.site.put(&"verify/a/index.html".into(), "somebody wrote over it".into()).await.unwrap();
        host.site.delete(&"verify/b/card.png".into()).await.unwrap();
    });
    assert!(publish_well(&folder, &host, &Way::default()).0.plan.is_none(), "the record is believed");
    publish_well(&folder, &host, &Way { reconcile: true, ..Way::default() });
    for (key, (bytes, _)) in all(&host.site) {
        assert_eq!(bytes, folder.files[&key].bytes, "{key}");
    }
    assert_eq!(all(&host.site).len(), folder.files.len());
}

#[test]
fn reconciling_does_not_say_that_there_is_no_record_where_there_is_one() {
    use object_store::ObjectStoreExt as _;
    let host = Host::default();
    publish_well(&site(0, &["a"]), &host, &Way::default());
    block_on(host.site.put(&"verify/other/index.html".into(), "of somebody".into())).unwrap();
    let way = Way { reconcile: true, ..Way::default() };
    let told = refusal(&site(0, &["a"]), &host, &way);
    assert!(matches!(told, Refusal::Unrecorded { has_record: true, files: 1, awards: 1, .. }), "{told:?}");
    publish_well(&site(0, &["a"]), &host, &Way { allowed: Some(1), ..way });
    assert!(!all(&host.site).contains_key("verify/other/index.html"));
}

#[test]
fn reconciling_writes_a_record_anew_that_is_damaged() {
    use object_store::ObjectStoreExt as _;
    let host = Host::default();
    publish_well(&site(0, &["a", "b"]), &host, &Way::default());
    let part = all(&host.record).into_keys().find(|key| key.starts_with("parts/")).unwrap();
    let mut next = site(1, &["a", "b"]);
    next.add("faq/new/index.html", Kind::Page, "new");
    let way = Way { reconcile: true, ..Way::default() };
    for (key, bytes) in [("head.json", "{"), ("head.json", ""), (&*part, "x"), (&*part, "")] {
        let host = host.fork();
        block_on(host.record.put(&key.into(), bytes.into())).unwrap();
        let wrong = stopped(&next, &host, &Way::default());
        assert!(matches!(wrong, Stop::Damaged { .. }), "{key}: {wrong:?}");
        publish_well(&next, &host, &Way { dry_run: true, ..way.clone() });
        publish_well(&next, &host, &way);
        assert!(publish_well(&next, &host, &Way::default()).0.plan.is_none(), "{key}");
        assert_eq!(all(&host.site).len(), next.files.len());
    }
    // A later version may know what this one does not.
    block_on(host.record.put(&"head.json".into(), "{\"format\": 2}".into())).unwrap();
    assert!(matches!(stopped(&next, &host, &way), Stop::Damaged { .. }));
}

#[test]
fn a_lease_that_has_run_out_is_taken_only_if_nobody_renews_it() {
    let host = Host::default();
    let script = Arc::new(Script { fault: Some((6, Fault::Die)), ..Script::default() });
    let folder = site(0, &["a"]);
    let way = Way { others_are_dead: false, ..Way::default() };
    assert!(matches!(block_on(run(&folder, &host, &script, &way, &|_| {})), End::Died));
    assert!(matches!(stopped(&folder, &host, &way), Stop::Busy(Some(_))));
    // The clock of `run` begins at the folder's moment: later folders are later runs.
    let later = site(61, &["a"]);
    let waited = block_on(async {
        let start = tokio::time::Instant::now();
        let end = run(&later, &host, &Arc::new(Script::default()), &way, &|_| {}).await;
        assert!(matches!(end, End::Done(_)), "{end:?}");
        start.elapsed()
    });
    assert!(waited >= way.timing.watch && waited < way.timing.watch + Duration::from_secs(5), "{waited:?}");
}

#[test]
fn an_old_asset_goes_when_it_has_been_kept_for_long_enough() {
    let host = Host::default();
    publish_well(&site(0, &["a"]), &host, &Way::default());
    let mut next = Folder::at(1);
    next.add("_assets/t.css", Kind::Asset, "t");
    next.award("a", ACTIVE, "two", "_assets/t.css");
    publish_well(&next, &host, &Way::default());
    assert!(all(&host.site).contains_key("_assets/s.css"));
    assert!(publish_well(&next, &host, &Way { days: 6, ..Way::default() }).0.plan.is_none());
    // Wanted again, it is not put up again.
    let (_, calls) = publish_well(&site(2, &["a"]), &host.fork(), &Way::default());
    assert!(!calls.iter().any(|call| call.starts_with("put site:_assets")), "{calls:?}");
    publish_well(&next, &host, &Way { days: 7, ..Way::default() });
    assert!(!all(&host.site).contains_key("_assets/s.css"));
    assert!(publish_well(&next, &host, &Way { days: 30, ..Way::default() }).0.plan.is_none());
}

#[test]
fn a_dry_run_writes_nothing() {
    let host = Host::default();
    let way = Way { dry_run: true, ..Way::default() };
    let (outcome, calls) = publish_well(&site(0, &["a"]), &host, &way);
    assert_eq!(outcome.plan.unwrap().steps.len(), 4);
    assert!(calls.iter().all(|call| call.starts_with("get ") || call.starts_with("list ")), "{calls:?}");
    assert!(all(&host.site).is_empty() && all(&host.record).is_empty());
}
