//! Publishing to a folder, through the program itself: what is done, what is refused, and with which exit status.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]
#![cfg(unix)]

mod common;

use std::{
    collections::BTreeMap,
    fs,
    process::{Command, Stdio},
    time::Duration,
};

use common::{MOMENT, Run, TestSite, tree};

/// A port of this machine where nobody listens, so that nothing waits for an answer from outside.
const NOWHERE: &str = "http://127.0.0.1:9/";

fn export(awards: &[(&str, &str)]) -> String {
    let award = |(id, more): &(&str, &str)| {
        format!(
            "  - id: e-{id}\n    name: Kate Osei\n    awards:\n      - {{id: {id}, badge: ccxp, issued: 2024-03-01{more}}}\n"
        )
    };
    format!("earners:\n{}", awards.iter().map(award).collect::<String>())
}

fn site() -> TestSite {
    let site = TestSite::new();
    site.replace("site.yaml", "https://badges.test.example/", NOWHERE);
    site.file("content/earners/2026.yaml", export(&[("award-one", ""), ("award-two", "")]));
    fs::create_dir(site.at("srv")).unwrap();
    site
}

fn publish(site: &TestSite, args: &[&str]) -> Run {
    site.run(&[&["publish", "dir:srv/www"], args].concat())
}

/// What a web server has.
fn up(site: &TestSite) -> BTreeMap<String, Vec<u8>> {
    tree(&fs::canonicalize(site.at("srv/www")).unwrap())
}

/// What is to be there of a build: `.nojekyll` is read by GitHub alone.
fn built(site: &TestSite) -> BTreeMap<String, Vec<u8>> {
    let mut tree = site.tree();
    assert!(tree.remove(".nojekyll").is_some());
    tree
}

#[test]
fn what_was_built_is_up_and_then_there_is_nothing_to_do() {
    let site = site();
    site.build().ok();
    let run = publish(&site, &["--format", "json"]);
    // Nobody answers at the site's address: it is up, and readers do not see it.
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    assert!(up(&site) == built(&site));
    // Until they see it, each run looks again.
    let run = publish(&site, &["--format", "json"]);
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    assert_eq!(run.json()["result"]["unchanged"], true);
    site.file("content/earners/2026.yaml", export(&[("award-one", ""), ("award-two", ", status: revoked")]));
    site.build().ok();
    let result = publish(&site, &["--format", "json", "--dry-run"]).ok().json()["result"].clone();
    assert_eq!(
        result["takedowns"],
        serde_json::json!([{"address": format!("{NOWHERE}verify/award-two/"), "status": "revoked"}])
    );
    assert!(up(&site) != built(&site), "a dry run changes nothing");
    assert_eq!(publish(&site, &[]).code, Some(4));
    assert!(up(&site) == built(&site));
}

#[test]
fn a_second_publisher_of_a_site_is_told_at_once_to_come_again() {
    let site = site();
    site.build().ok();
    // As a publish, or a build, of another process holds it.
    let lock = fs::OpenOptions::new().write(true).open(site.at(".bonafide/public/lock")).unwrap();
    lock.lock().unwrap();
    for args in [&[][..], &["--dry-run"]] {
        let start = std::time::Instant::now();
        let busy = publish(&site, args);
        assert!(start.elapsed() < Duration::from_secs(10), "it has waited");
        assert_eq!(busy.code, Some(75), "{}", busy.stderr);
        assert!(busy.stderr.contains("somebody else is publishing"), "{}", busy.stderr);
        assert!(!busy.stderr.contains("another build"), "{}", busy.stderr);
    }
    drop(lock);
    publish(&site, &["--dry-run"]).ok();
}

#[test]
fn neither_the_site_nor_its_record_goes_where_it_would_be_read_or_served() {
    let site = site();
    site.build().ok();
    let public = site.tree();
    let refused = |args: &[&str], says: &str| {
        let run = site.run(&[&["publish"], args].concat());
        assert_eq!(run.code, Some(2), "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains(says), "{args:?}: {}", run.stderr);
    };
    for target in ["dir:public/www", "dir:content/www", "dir:public/verify", "dir:./srv/../public/x"] {
        refused(&[target], "which builds use");
    }
    std::os::unix::fs::symlink("../public", site.at("srv/alias")).unwrap();
    refused(&["dir:srv/alias/www"], "which builds use");
    for (record, why) in [
        ("dir:srv/www/record", "serves it"),
        ("dir:srv/www", "serves it"),
        ("dir:srv/.www.releases/1", "serves it"),
        ("dir:public/record", "would be published"),
        ("dir:content/notes", "would be published"),
    ] {
        refused(&["dir:srv/www", "--record", record], why);
    }
    assert!(site.tree() == public && !site.at("srv/www").exists() && !site.at("content/www").exists());
    publish(&site, &[]);
    refused(&["dir:srv/www", "--record", "dir:srv/www/record"], "serves it");
}

#[test]
fn without_its_notes_a_built_folder_is_to_be_built_again_and_not_to_be_put_elsewhere() {
    let site = site();
    site.build().ok();
    fs::remove_dir_all(site.at(".bonafide")).unwrap();
    let lost = publish(&site, &[]);
    assert_eq!(lost.code, Some(1), "{}", lost.stderr);
    assert!(lost.stderr.contains("bonafide build") && !lost.stderr.contains("--out"), "{}", lost.stderr);
}

#[test]
fn older_builds_and_awards_that_are_gone_are_refused() {
    let site = site();
    site.replace("site.yaml", "issuer:", "vanish: {awards: 0, share: 0}\nissuer:");
    site.build().ok();
    publish(&site, &[]);
    let before = up(&site);
    site.run(&["build", "--at", "2026-11-01"]).ok();
    let refused = publish(&site, &[]);
    assert_eq!(refused.code, Some(3), "{}", refused.stderr);
    assert!(refused.stderr.contains("--rollback"), "{}", refused.stderr);
    site.file("content/earners/2026.yaml", export(&[("award-one", "")]));
    site.run(&["build", "--at", MOMENT, "--allow-vanished", "1"]).ok();
    let refused = publish(&site, &[]);
    assert_eq!(refused.code, Some(3), "{}", refused.stderr);
    assert!(refused.stderr.contains("--allow-vanished 1"), "{}", refused.stderr);
    assert_eq!(publish(&site, &["--allow-vanished", "2"]).code, Some(3));
    assert!(up(&site) == before);
    assert_eq!(publish(&site, &["--allow-vanished", "1"]).code, Some(4));
    assert!(up(&site) == built(&site));
}

#[test]
fn a_build_that_was_killed_while_it_changed_the_folder_is_not_published() {
    let site = site();
    let awards: Vec<String> = (0..1500).map(|number| format!("award-{number:04}")).collect();
    let awards: Vec<(&str, &str)> = awards.iter().map(|id| (id.as_str(), "")).collect();
    site.file("content/earners/2026.yaml", export(&awards));
    site.build().ok();
    publish(&site, &[]);
    let before = up(&site);
    // The journal is there from before the first change until all are made. Whether the kill comes in time is chance.
    let journal = site.at(".bonafide/public/journal");
    for attempt in 0.. {
        assert!(attempt < 20, "no build was caught in the middle");
        site.replace("site.yaml", "title: Test", &format!("title: {attempt} Test"));
        let mut build = Command::new(env!("CARGO_BIN_EXE_bonafide"));
        build.current_dir(site.path()).args(["build", "-q", "--at", MOMENT]);
        let mut build = build.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        while !journal.exists() && build.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(200));
        }
        build.kill().unwrap();
        if build.wait().unwrap().code().is_none() && journal.exists() {
            break;
        }
    }
    let run = publish(&site, &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("did not come to its end") && run.stderr.contains("bonafide build"), "{}", run.stderr);
    assert!(up(&site) == before);
    site.build().ok();
    assert_eq!(publish(&site, &[]).code, Some(4));
    assert!(up(&site) == built(&site));
}

#[test]
fn a_wrong_command_line_is_told_and_nothing_is_done() {
    let site = site();
    let run = publish(&site, &[]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("bonafide build"), "{}", run.stderr);
    site.build().ok();
    for (args, said) in [
        (&["publish"][..], "publish: {to: …}"),
        (&["publish", "/srv/www"], "dir:"),
        (&["publish", "s3://bucket"], "record"),
        (&["publish", "dir:srv/www", "--at", "2026-12-01"], "builds nothing"),
        (&["publish", "dir:srv/www", "--shard", "1/2", "--run", "night"], "a shard goes to a bucket"),
        (&["publish", "s3://b", "--record", "s3://r", "--shard", "1/2"], "--run"),
        (&["publish", "s3://b", "--record", "s3://r", "--run", "night"], "--shard"),
        (&["publish", "s3://b", "--record", "s3://r", "--shard", "1/2", "--run", "../x"], "letters, digits"),
        (&["publish", "s3://b", "--record", "s3://r", "--shard", "3/2", "--run", "night"], "the last is `2/2`"),
        (&["publish", "--plan", "lists", "--shard", "1/2", "--run", "night"], "--plan"),
    ] {
        let run = site.run(args);
        assert_eq!(run.code, Some(2), "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains(said), "{args:?}: {}", run.stderr);
    }
    site.replace("site.yaml", "issuer:", "publish: {to: 'r2://bucket', keep_asets: 1 day}\nissuer:");
    let run = site.run(&["publish"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("AWS_ENDPOINT_URL") && run.stderr.contains("keep_assets"), "{}", run.stderr);
    assert!(!site.at("srv/www").exists());
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let site = site();
    site.build().ok();
    site.file("srv/www/mine.txt", "mine");
    let run = publish(&site, &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert_eq!(up(&site).keys().collect::<Vec<_>>(), ["mine.txt"]);
}

#[test]
fn lists_name_what_changed_since_somebody_said_that_it_is_up() {
    let site = site();
    site.build().ok();
    site.run(&["publish", "--plan", "lists"]).ok();
    let lists = || {
        let lists = tree(&site.at("lists"))
            .into_iter()
            .filter(|(name, _)| name.starts_with(|first: char| first.is_ascii_digit()));
        lists.map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap())).collect::<BTreeMap<_, _>>()
    };
    let all: Vec<String> =
        lists().values().flat_map(|text| text.lines().map(ToOwned::to_owned).collect::<Vec<_>>()).collect();
    let mut sorted = all.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, built(&site).into_keys().collect::<Vec<_>>());
    fs::rename(site.at("lists/next"), site.at("lists/done")).unwrap();
    site.file("content/earners/2026.yaml", export(&[("award-one", ", status: revoked")]));
    site.build().ok();
    site.run(&["publish", "--plan", "lists"]).ok();
    let names: Vec<String> = lists().into_keys().collect();
    let takedown: Vec<&String> = names.iter().filter(|name| name.contains("takedown")).collect();
    assert_eq!(takedown, ["01-takedown-pages.put", "02-takedown-deletes.delete"], "{names:?}");
    assert_eq!(lists()["01-takedown-pages.put"], "verify/award-one/index.html\n");
    assert!(lists()["02-takedown-deletes.delete"].starts_with("verify/award-two/index.html\n"));
}

#[test]
fn lists_take_the_place_of_nothing_and_are_told_to_be_old_when_new_ones_are_refused() {
    let site = site();
    site.build().ok();
    let before = tree(site.path());
    fs::create_dir(site.at("mine")).unwrap();
    site.file("mine/01-notes.put", "mine");
    for (folder, says) in [
        ("public", "`"),
        ("public/lists", "is there"),
        ("content/lists", "is there"),
        ("content", "is there"),
        (".", "is there"),
        ("..", "is there"),
        (".bonafide/lists", "is there"),
        ("mine", "did not make it"),
    ] {
        let run = site.run(&["publish", "--plan", folder]);
        assert_eq!(run.code, Some(3), "{folder}: {}", run.stderr);
        assert!(run.stderr.contains(says), "{folder}: {}", run.stderr);
    }
    assert_eq!(fs::read_to_string(site.at("mine/01-notes.put")).unwrap(), "mine");
    fs::remove_dir_all(site.at("mine")).unwrap();
    assert!(tree(site.path()) == before);
    // An empty folder will do, and one with lists in it.
    fs::create_dir(site.at("lists")).unwrap();
    site.run(&["publish", "--plan", "lists"]).ok();
    fs::rename(site.at("lists/next"), site.at("lists/done")).unwrap();
    let night = tree(&site.at("lists"));
    site.run(&["build", "--at", "2026-11-01"]).ok();
    let refused = site.run(&["publish", "--plan", "lists"]);
    assert_eq!(refused.code, Some(3), "{}", refused.stderr);
    assert!(refused.stderr.contains("still those of an earlier run"), "{}", refused.stderr);
    assert!(tree(&site.at("lists")) == night);
    // What it would not look at is wrong beside it.
    for args in [&["dir:srv/www"][..], &["--record", "dir:record"], &["--reconcile"]] {
        let run = site.run(&[&["publish", "--plan", "lists"], args].concat());
        assert_eq!(run.code, Some(2), "{args:?}: {}", run.stderr);
    }
}

#[test]
fn a_folder_named_on_the_command_line_has_its_record_beside_the_output_where_the_site_is_in_a_bucket() {
    let site = site();
    site.build().ok();
    site.replace("site.yaml", "title: Test", "publish: {to: s3://site, record: s3://record}\ntitle: Test");
    site.build().ok();
    publish(&site, &[]);
    assert!(site.at(".bonafide/public/published/head.json").is_file());
    assert!(up(&site) == built(&site));
    let wrong = publish(&site, &["--record", "s3://record"]);
    assert_eq!(wrong.code, Some(2), "{}", wrong.stderr);
}

#[test]
fn an_award_that_expires_before_long_is_not_told_as_taken_down() {
    let site = site();
    let both = [("award-one", ", expires: 2026-12-20"), ("award-two", ", expires: 2026-11-30")];
    site.file("content/earners/2026.yaml", export(&both));
    site.run(&["build", "--at", "2026-06-01"]).ok();
    publish(&site, &[]);
    site.run(&["build", "--at", MOMENT]).ok();
    let result = publish(&site, &["--format", "json", "--dry-run"]).ok().json()["result"].clone();
    let expired = serde_json::json!([{"address": format!("{NOWHERE}verify/award-two/"), "status": "expired"}]);
    assert_eq!(result["takedowns"], expired);
    // Both are put up, each at its time; and one is not called several.
    let said = publish(&site, &["--dry-run"]).ok().stdout;
    assert!(
        said.contains(" 2 pages") && said.contains("award-two/ (expired)") && !said.contains("award-one"),
        "{said}"
    );
    site.file("content/earners/2026.yaml", export(&[both[0], ("award-two", ", expires: 2026-11-29")]));
    publish(&site, &[]);
    site.build().ok();
    let said = publish(&site, &["--dry-run"]).ok().stdout;
    assert!(said.contains(" 1 page\n") || said.contains(" 1 page,"), "{said}");
}

#[test]
fn moments_are_told_without_parts_of_a_second() {
    let site = site();
    site.build().ok();
    publish(&site, &[]);
    site.run(&["build", "--at", "2026-11-01T10:00:00.123456789Z"]).ok();
    let refused = publish(&site, &[]);
    assert_eq!(refused.code, Some(3), "{}", refused.stderr);
    assert!(refused.stderr.contains("of 2026-11-01T10:00:00Z,"), "{}", refused.stderr);
}

#[test]
fn a_login_in_the_settings_is_repeated_nowhere() {
    let site = site();
    site.build().ok();
    let settings = fs::read_to_string(site.at("site.yaml")).unwrap();
    for publish in [
        "publish:\n  to: s3://site\n  record: s3://record\n  secret_key: topsecret\n",
        "publish: {to: s3://site, record: s3://record, access_key: topsecret, secret_key: topsecret}\n",
        "publish:\n  to: \"s3://K:topsecret@site\"\n  record: s3://record\n",
        "publish:\n  to: \"r2://K:topsecret@site\"\n  record: s3://record\n",
        "publish: {secret_key:topsecret}\n",
        "signing:\n  key: env:KEY\n  secret: env:SECRET\n  passphrase: topsecret\n",
    ] {
        site.file("site.yaml", format!("{settings}{publish}"));
        for format in ["human", "json", "github"] {
            for command in ["publish", "build", "check"] {
                let run = site.run(&[command, "--format", format]);
                assert!(matches!(run.code, Some(1 | 2)), "{command}: {}", run.stderr);
                let said = run.stdout + &run.stderr;
                assert!(!said.contains("topsecret"), "{command}, {publish}: {said}");
                assert!(said.contains("site.yaml"), "{command}: {said}");
            }
        }
    }
    site.file("site.yaml", settings);
    let run = site.run(&["publish", "r2://K:topsecret@site", "--record", "az:/K:topsecret@x"]);
    assert!(run.code == Some(2) && !run.stderr.contains("topsecret"), "{}", run.stderr);
    let run = site.run(&["publish", "s3://site", "--record", "gcs://K:topsecret@x"]);
    assert!(run.code == Some(2) && !run.stderr.contains("topsecret"), "{}", run.stderr);
}
