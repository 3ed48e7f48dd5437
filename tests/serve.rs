//! The preview as people and their tools meet it: the whole program, over the loopback.
//!
//! Nothing here measures time. What is waited for may take as long as a slow machine needs; only a wait that would
//! never end fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

mod common;

use std::{
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use common::{
    EARNERS, MOMENT, SITE, TestSite,
    preview::{LONG, Preview},
    tree,
};

#[test]
fn a_change_is_told_to_open_pages_and_only_then_loaded() {
    let site = TestSite::new();
    let preview = Preview::start(&site);
    let mut line = preview.line();
    let before = preview.get("/faq/renew/").text();
    assert!(before.contains("Like this."));
    site.replace("content/faq/renew.md", "Like this", "In another way");
    let news = line.next();
    let after = preview.get("/faq/renew/").text();
    assert!(after.contains("In another way"), "{after}");
    assert!(after.contains(news["version"].as_str().unwrap()), "{news} {after}");
    assert!(news["files"].as_array().unwrap().iter().any(|file| file == "faq/renew/"), "{news}");
}

#[test]
fn the_script_is_in_what_is_served_and_not_in_the_output() {
    let site = TestSite::new();
    let preview = Preview::start(&site);
    let served = preview.get("/").text();
    assert!(served.contains("/_bonafide/client.js"), "{served}");
    assert!(preview.get("/_bonafide/client.js").text().contains("EventSource"));
    let files = site.tree();
    assert!(!files.values().any(|bytes| String::from_utf8_lossy(bytes).contains("_bonafide")));
    // Without the script it is the very file.
    let start = served.find("<script src=\"/_bonafide").unwrap();
    let end = start + served[start..].find("</script>").unwrap() + "</script>".len();
    assert_eq!(format!("{}{}", &served[..start], &served[end..]), site.out("index.html"));
}

#[test]
fn while_the_input_is_wrong_the_last_good_site_stays() {
    let site = TestSite::new();
    let preview = Preview::start(&site);
    let mut line = preview.line();
    site.replace("content/earners/2026.yaml", "badge: ccxp", "badge: <b>cxcp");
    let news = line.next();
    let problem = &news["problems"][0];
    assert_eq!(problem["place"], "content/earners/2026.yaml:8:16", "{news}");
    assert!(problem["message"].as_str().unwrap().contains("<b>cxcp"), "{news}");
    assert_eq!(preview.get("/verify/award-kate/").status, 200);
    site.file("content/earners/2026.yaml", EARNERS);
    assert_eq!(line.next()["problems"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_site_that_is_wrong_from_the_start_is_served_once_it_is_mended() {
    let site = TestSite::new();
    site.replace("content/earners/2026.yaml", "badge: ccxp", "badge: cxcp");
    let preview = Preview::start(&site);
    let page = preview.get("/");
    assert_eq!(page.status, 503);
    assert!(page.text().contains("/_bonafide/client.js"));
    site.file("content/earners/2026.yaml", EARNERS);
    preview.until("/", |answer| answer.status == 200);
}

#[test]
fn a_mistake_in_a_template_leaves_the_last_good_site_where_it_is() {
    let site = TestSite::new();
    site.file("themes/own/templates/404.html", "<!DOCTYPE html><title>x</title><p>first</p>").replace(
        "site.yaml",
        "title:",
        "theme: own\ntitle:",
    );
    let preview = Preview::start(&site);
    let mut line = preview.line();
    site.file("themes/own/templates/404.html", "<!DOCTYPE html><title>x</title><p>{{ nothing.at.all }}</p>");
    let news = line.next();
    assert_eq!(news["problems"].as_array().map(Vec::len), Some(1), "{news}");
    assert!(preview.get("/404.html").text().contains("first"));
    site.file("themes/own/templates/404.html", "<!DOCTYPE html><title>x</title><p>second</p>");
    preview.until("/404.html", |answer| answer.text().contains("second"));
}

#[test]
fn a_site_below_a_path_is_served_there() {
    let site = TestSite::new();
    site.replace("site.yaml", "https://badges.test.example/", "https://test.example/our/badges/");
    let preview = Preview::start(&site);
    assert_eq!(preview.get("/our/badges/").status, 200);
    assert!(preview.get("/our/badges/faq/").text().contains("/our/badges/_bonafide/client.js"));
    assert_eq!(preview.get("/").field("location"), Some("/our/badges/"));
    assert_eq!(preview.get("/our/badges").field("location"), Some("/our/badges/"));
    assert_eq!(preview.get("/faq/").status, 404);
    assert_eq!(preview.get("/our/badgesfaq/").status, 404);
}

#[test]
fn a_port_in_use_is_an_error_that_names_a_free_one() {
    let site = TestSite::new();
    let preview = Preview::start(&site);
    let run = site.run(&["serve", "--port", &preview.port.to_string(), "--out", "other"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains(&format!("port {} is in use", preview.port)), "{}", run.stderr);
    assert!(run.stderr.contains("is free: --port "), "{}", run.stderr);
    assert!(!site.at("other").exists());
}

#[test]
fn drafts_are_shown_and_never_built() {
    let site = TestSite::new();
    let preview = Preview::start(&site);
    site.file("content/faq/soon.md", "---\ntitle: Soon\ndraft: true\n---\n## A question of tomorrow?\n\nPerhaps.\n");
    let page = preview.until("/faq/soon/", |answer| answer.status == 200).text();
    assert!(page.contains("Perhaps."));
    assert!(page.contains("data-drafts=\"[&quot;faq/soon/&quot;]\""), "{page}");
    assert!(preview.get("/faq/").text().contains("/faq/soon/"));
    assert!(!site.has("faq/soon/index.html"));
    assert!(!site.out("faq/index.html").contains("soon"));
    site.replace("content/faq/soon.md", "Perhaps", "Certainly");
    preview.until("/faq/soon/", |answer| answer.text().contains("Certainly"));
    site.replace("content/faq/soon.md", "draft: true\n", "");
    preview.until("/faq/soon/", |answer| answer.text().contains("data-drafts=\"[]\""));
    assert!(site.has("faq/soon/index.html"));
}

#[test]
fn the_site_can_be_seen_as_of_another_day() {
    let site = TestSite::new();
    let preview = Preview::start(&site);
    let files = site.tree();
    let expired = preview.get("/verify/award-kate/?at=2027-06-02").text();
    assert!(expired.contains("data-status=\"expired\""), "{expired}");
    assert!(expired.contains("data-moment=\"2027-06-02T00:00:00Z\""), "{expired}");
    assert!(preview.get("/verify/award-kate/?at=2027-06-01").text().contains("data-status=\"expiring\""));
    assert_eq!(preview.get("/verify/award-kate/?at=tomorrow").status, 400);
    let too_late = preview.get("/verify/award-kate/?at=9999-12-31");
    assert!(too_late.status == 400 && too_late.text().contains("2200"), "{}", too_late.text());
    assert_eq!(preview.get("/verify/nobody/?at=2027-06-02").status, 404);
    assert_eq!(site.tree(), files);
}

#[test]
fn a_removed_output_folder_comes_back_and_a_removed_page_does_not() {
    let site = TestSite::new();
    let preview = Preview::start(&site);
    let files = site.tree();
    fs::remove_dir_all(site.at("public")).unwrap();
    assert_eq!(preview.get("/faq/renew/").status, 200);
    let end = Instant::now() + LONG;
    while site.tree() != files {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(20));
    }
    fs::rename(site.at("content/faq/renew.md"), site.at("content/faq/renewal.md")).unwrap();
    preview.until("/faq/renew/", |answer| answer.status == 404);
    preview.until("/faq/renewal/", |answer| answer.status == 200);
}

#[test]
fn where_there_are_no_events_the_files_are_read_again() {
    let site = TestSite::new();
    let preview = Preview::of(&site, &["--at", MOMENT, "--poll"]);
    site.replace("content/faq/renew.md", "Like this", "In another way");
    preview.until("/faq/renew/", |answer| answer.text().contains("In another way"));
}

/// A small generator (xorshift64*), so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % sides
    }
}

/// One of the many things that editors and their tools do.
fn disturb(site: &TestSite, dice: &mut Dice, step: usize) {
    let answer = |words: &str| {
        format!("---\ntitle: Renewing\n---\n## How do I renew? {{#renew when=expired,expiring}}\n\n{words}\n")
    };
    let page = "content/faq/renew.md";
    let extra = format!("content/guides/g{}.md", dice.roll(4));
    let guide = |words: &str| format!("---\ntitle: Guide\n---\n{words}\n");
    let atomically = |path: &str, text: String| {
        site.file("content/.renew.md.swx", &text);
        fs::create_dir_all(site.at(path).parent().unwrap()).unwrap();
        fs::rename(site.at("content/.renew.md.swx"), site.at(path)).unwrap();
    };
    match dice.roll(20) {
        0 => {
            site.file(page, answer(&format!("In place, {step}.")));
        }
        1 => {
            fs::write(site.at(page), "").unwrap();
            site.file(page, answer(&format!("Truncated first, {step}.")));
        }
        2 => atomically(page, answer(&format!("Renamed into place, {step}."))),
        // As vim does: the old file becomes a backup, the new one is written, the backup goes.
        3 => {
            site.file("content/faq/4913", "");
            site.remove("content/faq/4913");
            fs::rename(site.at(page), site.at("content/faq/renew.md~")).unwrap();
            site.file(page, answer(&format!("Like vim, {step}.")));
            site.remove("content/faq/renew.md~");
        }
        4 => {
            site.remove(page);
            site.file(page, answer(&format!("Removed and made again, {step}.")));
        }
        5 => {
            site.file(&extra, guide(&format!("New or changed, {step}.")));
        }
        6 => drop(fs::remove_file(site.at(&extra))),
        7 => drop(fs::rename(site.at(&extra), site.at(&format!("content/guides/h{}.md", dice.roll(3))))),
        8 => drop(fs::rename(site.at("content/guides"), site.at("content/manuals"))),
        9 => drop(fs::rename(site.at("content/manuals"), site.at(&format!("content/more{step}")))),
        10 => {
            site.file(&format!("content/deep/{}/er/page.md", dice.roll(3)), guide(&format!("Deep, {step}.")));
        }
        11 => drop(fs::remove_dir_all(site.at("content/deep"))),
        // As a switch between branches does: many files at once.
        12 => (0..40).for_each(|number| {
            site.file(&format!("content/many/p{number}.md"), guide(&format!("Many, {step}.")));
        }),
        13 => drop(fs::remove_dir_all(site.at("content/many"))),
        14 => drop(fs::remove_dir_all(site.at("public"))),
        15 => {
            let title = if dice.roll(2) == 0 { "Test Badges" } else { "Other Badges" };
            site.file(
                "site.yaml",
                SITE.replace("Test Badges", title)
                    .replace("issuer:", &format!("theme: {}\nissuer:", ["default", "own"][dice.roll(2)])),
            );
        }
        16 => {
            site.file("themes/own/templates/404.html", format!("<!DOCTYPE html><title>x</title><p>{step}</p>"));
        }
        17 => {
            site.file("content/badges/ccxp.svg", format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\"><circle cx=\"50\" cy=\"50\" r=\"{}\"/></svg>", 10 + dice.roll(30)));
        }
        18 => {
            site.file("content/earners/2026.yaml", EARNERS.replace("Kate Osei", &format!("Kate {}", dice.roll(5))));
        }
        // Wrong for a while, and right again.
        _ => {
            let badge = if dice.roll(2) == 0 { "badge: ccxp" } else { "badge: nothing" };
            site.file("content/earners/2026.yaml", EARNERS.replace("badge: ccxp", badge));
        }
    }
    if dice.roll(8) == 0 {
        // Touched without a change.
        let now = std::time::SystemTime::now();
        drop(
            fs::File::options().append(true).open(site.at("content/index.md")).and_then(|file| file.set_modified(now)),
        );
    }
}

#[test]
fn after_anything_that_editors_do_the_output_is_that_of_a_clean_build() {
    for seed in [1, 0x5eed] {
        let site = TestSite::new();
        site.file("themes/own/templates/404.html", "<!DOCTYPE html><title>x</title><p>own</p>")
            .file("content/guides/g0.md", "---\ntitle: Guide\n---\nx\n");
        let preview = Preview::start(&site);
        let mut dice = Dice(seed);
        for step in 0..150 {
            disturb(&site, &mut dice, step);
            // Sometimes the next disturbance comes while the last one is still worked on.
            if dice.roll(3) == 0 {
                std::thread::sleep(Duration::from_millis(dice.roll(60) as u64));
            }
            if step % 10 != 9 {
                continue;
            }
            let clean = tempfile::tempdir().unwrap();
            let out = clean.path().join("clean");
            let run = site.run(&["build", "--at", MOMENT, "--out", out.to_str().unwrap()]);
            if run.code != Some(0) {
                continue;
            }
            let wanted = tree(&out);
            let end = Instant::now() + LONG;
            while site.tree() != wanted {
                assert!(
                    Instant::now() < end,
                    "seed {seed}, step {step}: {:?} and not {:?}",
                    site.tree().keys(),
                    wanted.keys()
                );
                std::thread::sleep(Duration::from_millis(20));
            }
            for path in wanted.keys().filter(|path| !path.ends_with(".html") && !path.starts_with('_')) {
                assert_eq!(preview.get(&format!("/{path}")).body, wanted[path], "{path}");
            }
        }
    }
}

#[test]
fn building_without_a_server_keeps_up_as_well() {
    let site = TestSite::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_bonafide"))
        .current_dir(site.path())
        .args(["build", "--watch", "--at", MOMENT])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let end = Instant::now() + LONG;
    let mut changed = false;
    loop {
        let text = fs::read_to_string(site.at("public/faq/renew/index.html")).unwrap_or_default();
        if !changed && text.contains("Like this.") {
            site.replace("content/faq/renew.md", "Like this", "In another way");
            changed = true;
        }
        if text.contains("In another way") {
            break;
        }
        assert!(Instant::now() < end, "{text}");
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // Whatever it was doing, the output is whole.
    site.build().ok();
}

/// A site of so many awards.
fn export(count: usize) -> String {
    let earner = |number: usize| {
        format!(
            "  - {{id: e-{number}, name: Kate, awards: [{{id: award-{number:03}, badge: ccxp, issued: 2024-03-01}}]}}\n"
        )
    };
    std::iter::once("earners:\n".to_owned()).chain((0..count).map(earner)).collect()
}

#[test]
fn what_is_saved_while_a_site_is_written_is_seen_and_in_the_end_written() {
    let site = TestSite::new();
    site.file("content/earners/2026.yaml", export(600));
    let preview = Preview::start(&site);
    // What every page shows, so that all have to be written; and again before they are.
    for step in 0..6 {
        let words = format!("Other Badges, {step}");
        site.file("site.yaml", SITE.replace("Test Badges", &words));
        for path in ["/faq/renew/", "/verify/award-599/"] {
            preview.until(path, |answer| answer.text().contains(&words));
            assert!(preview.get(path).text().contains(&words), "it does not go back");
        }
        if step == 3 {
            // What is wrong leaves the last good site, though it may not have been written yet.
            let mut line = preview.line();
            site.file("content/earners/more.yaml", "earners: [{id: x, name: X, awards: [{id: x, badge: y}]}]\n");
            while line.next()["problems"].as_array().is_none_or(Vec::is_empty) {}
            preview.until("/verify/award-000/", |answer| answer.text().contains(&words));
            let end = Instant::now() + LONG;
            while !site.out("verify/award-599/index.html").contains(&words) {
                assert!(Instant::now() < end, "it is never written");
                std::thread::sleep(Duration::from_millis(20));
            }
            site.remove("content/earners/more.yaml");
        }
    }
    // Back to what it was, and files that come and go: while the last edit is written.
    site.file("content/guides/new.md", "---\ntitle: New\n---\nNew.\n").file("site.yaml", SITE);
    preview.until("/guides/new/", |answer| answer.status == 200);
    preview.until("/faq/renew/", |answer| answer.text().contains("Test Badges"));
    let clean = tempfile::tempdir().unwrap();
    let out = clean.path().join("clean");
    site.run(&["build", "--at", MOMENT, "--out", out.to_str().unwrap()]).ok();
    let (wanted, end) = (tree(&out), Instant::now() + LONG);
    while site.tree() != wanted {
        assert!(Instant::now() < end, "the output is not that of a clean build");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_site_that_would_lose_awards_is_held_back_until_somebody_says_that_it_is_meant() {
    let site = TestSite::new();
    site.file("content/earners/2026.yaml", export(10));
    let preview = Preview::start(&site);
    let mut line = preview.line();
    fs::remove_dir_all(site.at("content/earners")).unwrap();
    let news = line.next();
    let refusal = &news["problems"][0];
    assert_eq!((&refusal["severity"], &refusal["gone"]), (&"refusal".into(), &10.into()), "{news}");
    assert!(refusal["advice"].as_str().unwrap().contains("It is meant: go on"), "{news}");
    assert!(refusal["also"][0].as_str().unwrap().starts_with("content/earners/2026.yaml: all 10 awards"), "{news}");
    assert_eq!(preview.get("/verify/award-000/").status, 200);
    // Other moments are those of the site that stays.
    assert_eq!(preview.get("/verify/award-000/?at=2027-01-01").status, 200);
    // Nobody but an open page can say so, nor of another number, nor of anything else.
    let own = format!("Origin: http://localhost:{}\r\nContent-Length: 0\r\n", preview.port);
    let go_on = "/_bonafide/go-on?vanished=10";
    assert_eq!(preview.ask("POST", go_on, "Origin: https://evil.example\r\n").status, 403);
    assert_eq!(preview.ask("POST", go_on, "").status, 403);
    assert_eq!(preview.ask("GET", go_on, &own).status, 405);
    assert_eq!(preview.ask("POST", "/_bonafide/go-on?vanished=9", &own).status, 409);
    assert_eq!(preview.ask("POST", "/_bonafide/go-on", &own).status, 409);
    assert_eq!(preview.ask("POST", "/", &own).status, 405);
    assert_eq!(preview.get("/verify/award-000/").status, 200);
    assert_eq!(preview.ask("POST", go_on, &own).status, 202);
    preview.until("/verify/award-000/", |answer| answer.status == 404);
    assert_eq!(preview.ask("POST", go_on, &own).status, 409, "it was meant once");
}

#[test]
fn awards_that_come_back_end_a_refusal() {
    let site = TestSite::new();
    site.file("content/earners/2026.yaml", export(10));
    let preview = Preview::start(&site);
    let mut line = preview.line();
    site.file("content/earners/2026.yaml", "earners: []\n");
    assert_eq!(line.next()["problems"][0]["gone"], 10);
    site.file("content/earners/2026.yaml", export(11));
    while line.next()["problems"].as_array().is_none_or(|problems| !problems.is_empty()) {}
    preview.until("/verify/award-010/", |answer| answer.status == 200);
}

#[test]
fn a_preview_compares_with_the_last_build_and_can_be_told_at_its_start() {
    let site = TestSite::new();
    site.file("content/earners/2026.yaml", export(10)).build().ok();
    site.file("content/earners/2026.yaml", export(2));
    {
        let preview = Preview::start(&site);
        let page = preview.get("/");
        assert_eq!(page.status, 200, "what the last build made is there: {}", page.text());
        assert_eq!(preview.get("/verify/award-009/").status, 200);
    }
    let preview = Preview::of(&site, &["--at", MOMENT, "--allow-vanished", "8"]);
    assert_eq!(preview.get("/verify/award-009/").status, 404);
}
