//! One site published by three machines to a real server, `SeaweedFS`, through the program itself: a night from end to
//! end. It runs only where the environment names the server's program, as `publish_server` does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]
#![cfg(all(unix, feature = "cloud"))]

mod common;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    process::{Child, Command, Stdio},
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};

use common::{
    Run, TestSite,
    store::{Front, Server, Wire, command},
    tree,
};
use serde_json::json;

/// Paths that go to no bucket.
const CONTROLS: [&str; 4] = ["_headers", "_redirects", "CNAME", ".nojekyll"];

struct World {
    site: TestSite,
    server: Server,
    front: Front,
    wire: Wire,
}

impl World {
    fn base(&self) -> String {
        format!("http://127.0.0.1:{}/", self.front.port)
    }

    /// Builds the three shards and, for comparison, the whole.
    fn build(&self, at: &str) {
        let base = self.base();
        for shard in 1..=3 {
            let (shard, out) = (format!("{shard}/3"), format!("out-{shard}"));
            let args = ["build", "--at", at, "--base-url", &base, "--out", &out, "--shard", &shard];
            self.site.run(&args).ok();
        }
        self.site.run(&["build", "--at", at, "--base-url", &base]).ok();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = command(self.site.path(), &self.wire);
        command.args(["publish", "s3://site", "--record", "s3://record/club", "--base-url", &self.base()]).args(args);
        command
    }

    fn shard(&self, shard: u32, run: &str, more: &[&str]) -> Command {
        let (out, shard) = (format!("out-{shard}"), format!("{shard}/3"));
        self.command(&[&["--out", &out, "--shard", &shard, "--run", run, "--format", "json"], more].concat())
    }

    fn publish(&self, shard: u32, run: &str) -> serde_json::Value {
        let run = Run::of(self.shard(shard, run, &[]).output().unwrap()).ok();
        run.json()["result"].clone()
    }

    fn begin(&self, shard: u32, run: &str) -> Child {
        self.shard(shard, run, &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// How many requests of a kind there were.
    fn count(&self, kind: &str) -> usize {
        self.wire.requests.lock().unwrap().iter().filter(|line| line.starts_with(kind)).count()
    }

    /// Kills a publish when it has made so many requests of a kind, and demands that it was still at work.
    #[track_caller]
    fn kill_after(&self, count: usize, kind: &str, mut child: Child) {
        let start = Instant::now();
        while self.count(kind) < count {
            assert!(start.elapsed() < Duration::from_mins(1), "it does not come so far");
            assert!(child.try_wait().unwrap().is_none(), "it is still at work");
            thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().code(), None);
        self.wire.pause.store(0, Ordering::Relaxed);
    }

    /// What is up of the files of some builds, all of it.
    fn up<'a>(&self, paths: impl Iterator<Item = &'a String>) -> BTreeMap<String, Vec<u8>> {
        paths.filter_map(|path| Some((path.clone(), self.server.up(path)?.1))).collect()
    }

    /// Demands that what is up is the whole build, byte for byte, with nothing of what was up before and is no longer
    /// part of it; assets stay for a while.
    #[track_caller]
    fn is_whole(&self, before: &BTreeMap<String, Vec<u8>>) {
        let mut whole = self.site.tree();
        whole.retain(|path, _| !CONTROLS.contains(&path.as_str()));
        let up = self.up(whole.keys());
        let differing: Vec<_> = whole.iter().filter(|(path, bytes)| up.get(*path) != Some(bytes)).collect();
        assert!(differing.is_empty(), "{:?}", differing.iter().map(|(path, _)| path).collect::<Vec<_>>());
        let gone = before.keys().filter(|path| !whole.contains_key(*path) && !path.starts_with("_assets/"));
        for path in gone.map(String::as_str).chain(CONTROLS) {
            assert!(self.server.up(path).is_none(), "{path}");
        }
    }

    /// Demands that a publish of the whole has nothing to do.
    #[track_caller]
    fn is_recorded(&self) {
        self.wire.take();
        let run = Run::of(self.command(&["--format", "json"]).output().unwrap()).ok();
        assert_eq!(run.json()["result"]["unchanged"], true, "{}", run.stdout);
        assert_eq!(self.wire.take(), ["GET /record/club/head.json"]);
    }
}

/// Awards with what is said of some of them more.
fn export(at: &str, awards: usize, more: &[(usize, &str)]) -> String {
    let mut export = format!("exported_at: {at}T00:00:00Z\nearners:\n");
    for number in 0..awards {
        let more = more.iter().find(|(which, _)| *which == number).map_or("", |(_, more)| more);
        if more == "gone" {
            continue;
        }
        writeln!(
            export,
            "  - id: e-{number}\n    name: Kate Osei {number}\n    visibility: public\n    awards:\n      - {{id: \
             award-{number:04}, badge: ccxp, issued: 2024-03-01{more}}}"
        )
        .unwrap();
    }
    export
}

/// What a shard that was begun came to.
fn end(child: Child) -> serde_json::Value {
    Run::of(child.wait_with_output().unwrap()).ok().json()["result"].clone()
}

#[test]
fn a_night_of_three_shards_from_end_to_end() {
    let Some(server) = Server::named() else { return };
    let (front, wire) = (Front::start(server.s3), Wire::start(server.s3));
    let site = TestSite::new();
    site.file("content/earners/2026.yaml", export("2026-12-01", 60, &[]));
    let world = World { site, server, front, wire };

    // The first night: all three at once.
    world.build("2026-12-01");
    let all: Vec<Child> = (1..=3).map(|shard| world.begin(shard, "night-1")).collect();
    let results: Vec<serde_json::Value> = all.into_iter().map(end).collect();
    let ended = results.iter().filter(|result| result["run"]["ended"] == true).count();
    assert!(ended >= 1, "{results:#?}");
    assert!(results.iter().all(|result| result["looked_at"].as_u64().unwrap() > 5), "{results:#?}");
    world.is_whole(&BTreeMap::new());
    world.is_recorded();

    // A night in which an award is withdrawn, one is gone, and many are new.
    let before = world.site.tree();
    let export_of = |changes: &[(usize, &str)]| export("2026-12-02", 360, changes);
    world.site.file("content/earners/2026.yaml", export_of(&[(7, ", status: revoked"), (8, "gone")]));
    world.build("2026-12-02");
    // One shard is killed in the middle of its pages.
    world.wire.take();
    world.wire.pause.store(20, Ordering::Relaxed);
    world.kill_after(60, "PUT /site/verify", world.begin(2, "night-2"));
    // The others put up theirs, and wait for it.
    let first = world.publish(1, "night-2");
    assert_eq!(first["run"]["missing"], json!([2, 3]), "{first}");
    let third = world.publish(3, "night-2");
    assert_eq!(third["run"]["missing"], json!([2]), "{third}");
    assert_eq!((&third["put"]["lists"], &third["run"]["ended"]), (&json!(0), &json!(false)), "{third}");
    // It is a whole site: the lists of the night before, and the award that is gone.
    let lists = ["index.html", "people/index.html", "sitemap.xml", "as-of.json"];
    for path in lists.iter().chain(&["verify/award-0008/index.html"]) {
        assert!(world.server.up(path).map(|(_, bytes)| bytes) == before.get(*path).cloned(), "{path}");
    }
    // A publish of the whole is refused while the run is open.
    let run = Run::of(world.command(&[]).output().unwrap());
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("night-2") && run.stderr.contains("has not come to its end"), "{}", run.stderr);
    // The one that was killed is run again alone. It puts up what is missing, finds that all are there, and is killed once
    // more while it brings up the lists.
    world.wire.take();
    let all_of_it = tree(&world.site.at("out-2")).keys().filter(|path| path.starts_with("verify/award")).count();
    world.wire.pause.store(20, Ordering::Relaxed);
    world.kill_after(30, "PUT /site/people", world.begin(2, "night-2"));
    let again = world.count("PUT /site/verify");
    assert!(again < all_of_it - 20, "{again} of {all_of_it}: what is known to be up is not put up again");
    assert!(world.server.up("as-of.json").map(|(_, bytes)| bytes) == before.get("as-of.json").cloned());
    // Any of them ends the night now.
    let last = world.publish(3, "night-2");
    assert_eq!((&last["run"]["ended"], &last["put"]["pages"]), (&json!(true), &json!(0)), "{last}");
    assert!(last["put"]["lists"].as_u64().unwrap() >= 4, "{last}");
    assert!(last["looked_at"].as_u64().unwrap() > 20, "{last}");
    let takedowns: Vec<_> = [&first, &third, &last].iter().flat_map(|it| it["takedowns"].as_array().unwrap()).collect();
    let address = format!("{}verify/award-0007/", world.base());
    assert_eq!(takedowns, [&json!({"address": address, "status": "revoked"})]);
    world.is_whole(&before);
    assert!(before.keys().filter(|path| !world.site.has(path)).any(|path| path.starts_with("people/kate-osei-8-")));
    world.is_recorded();

    // Nothing changed, a day later: no file is put up, and the record stays what it is.
    world.build("2026-12-03");
    world.wire.take();
    for shard in [2, 3, 1] {
        let result = world.publish(shard, "night-3");
        assert_eq!(result["put"], json!({"assets": 0, "files": 0, "leaves": 0, "pages": 0, "lists": 0}), "{result}");
    }
    assert!(!world.wire.take().iter().any(|request| request.starts_with("PUT /site/")));
    world.is_whole(&before);

    // A shard of another input is not of the run.
    world.site.file("content/earners/2026.yaml", export_of(&[(7, ", status: revoked"), (8, "gone"), (9, "gone")]));
    world.build("2026-12-04");
    world.publish(1, "night-4");
    world.site.replace("content/earners/2026.yaml", "Kate Osei 3\n", "Katherine Osei\n");
    let args = ["build", "--at", "2026-12-04", "--base-url", &world.base(), "--out", "out-2", "--shard", "2/3"];
    world.site.run(&args).ok();
    let run = Run::of(world.shard(2, "night-4", &[]).output().unwrap());
    assert_eq!(run.code, Some(3), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("this shard is not of the run `night-4`: its input is"), "{}", run.stdout);
    // The next night takes over from the one that came to nothing.
    world.build("2026-12-05");
    for (shard, missing) in [(3, json!([1, 2])), (1, json!([2])), (2, json!([]))] {
        assert_eq!(world.publish(shard, "night-5")["run"]["missing"], missing);
    }
    assert!(!world.site.has("verify/award-0009/index.html"));
    world.is_whole(&before);
    world.is_recorded();
}
