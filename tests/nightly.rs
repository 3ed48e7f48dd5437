//! What runs every night while nobody looks: awards that are gone from the input, and warnings that last.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

mod common;

use std::{collections::BTreeMap, fs};

use common::{MOMENT, Run, TestSite, tree};

const EXPORT: &str = "content/earners/2026.yaml";

/// An export of so many people with one award each.
fn export(first: usize, count: usize) -> String {
    let earner = |number: usize| {
        format!(
            "  - id: member-{number:04}\n    name: Kate Osei {number}\n    email: kate{number}@mail.example\n    awards:\n      \
             - {{id: award-{number:04}, badge: ccxp, issued: 2024-03-01}}\n"
        )
    };
    format!("earners:\n{}", (first..first + count).map(earner).collect::<String>())
}

/// A site of so many awards, built.
fn built(count: usize) -> TestSite {
    let site = TestSite::new();
    site.file(EXPORT, export(0, count));
    site.build().ok();
    site
}

/// Something done to a site.
type Change<'a> = &'a dyn Fn(&TestSite);

/// All that a build may change.
fn state(site: &TestSite) -> BTreeMap<String, Vec<u8>> {
    let mut state = site.tree();
    state.extend(tree(&site.at(".bonafide")).into_iter().map(|(path, bytes)| (format!(".bonafide/{path}"), bytes)));
    state
}

/// Demands that the build is refused and changes nothing, and gives what it says.
#[track_caller]
fn refused(site: &TestSite, args: &[&str]) -> Run {
    let before = state(site);
    let run = site.run(&[&["build", "--at", MOMENT], args].concat());
    assert_eq!(run.code, Some(3), "stdout:\n{}\nstderr:\n{}", run.stdout, run.stderr);
    assert!(before == state(site), "something was changed");
    run
}

#[test]
fn an_empty_export_is_refused_and_the_very_number_lets_it_pass() {
    let site = built(10);
    site.file(EXPORT, "");
    insta::assert_snapshot!(refused(&site, &[]).stderr);
    let said = refused(&site, &["--allow-vanished", "9"]).stderr;
    assert!(said.contains("and not the 9 that were allowed") && said.contains("--allow-vanished 10"), "{said}");
    let run = site.run(&["build", "--at", MOMENT, "--allow-vanished", "10"]).ok();
    assert!(run.stderr.contains("all 10 awards that the last build made are gone"), "{}", run.stderr);
    assert!(!site.has("verify/award-0000/index.html"));
    // What was allowed is the new state of things.
    let run = site.build().ok();
    assert!(!run.stderr.contains("are gone"), "{}", run.stderr);
}

#[test]
fn a_refusal_is_a_diagnostic_like_others() {
    let site = built(10);
    site.remove(EXPORT);
    let json = refused(&site, &["--format", "json"]).json();
    assert!(json["result"].is_null(), "{json}");
    let refusal = json["diagnostics"].as_array().unwrap().iter().find(|found| found["severity"] == "refusal").unwrap();
    assert_eq!(refusal["related"][0]["file"], EXPORT, "{json}");
    assert_eq!(
        refusal["related"][0]["message"], "all 10 awards of this file are gone: there is nothing in `content/earners/`",
        "{json}"
    );
}

#[test]
fn each_way_to_lose_an_export_is_called_by_its_name() {
    let others = "content/earners/others.yaml";
    let lose: [(&str, Change<'_>); 8] = [
        ("all 10 awards of this file are gone: it is empty", &|site| _ = site.file(EXPORT, "")),
        ("gone: it holds nothing but comments", &|site| _ = site.file(EXPORT, "# none today\n")),
        ("gone: it ends after `earners:`, as if it had been cut off", &|site| _ = site.file(EXPORT, "earners:\n")),
        ("gone: there is no such file", &|site| _ = site.remove(EXPORT)),
        ("7 of the 10 awards of this file are gone: it ends before them, as if", &|site| {
            _ = site.file(EXPORT, export(0, 3));
        }),
        ("7 of the 10 awards of this file are gone: it has 3 awards now", &|site| _ = site.file(EXPORT, export(7, 3))),
        ("gone: it has no awards now", &|site| _ = site.file(EXPORT, "earners: []\n")),
        ("gone: there is nothing in `content/`", &|site| fs::remove_dir_all(site.at("content")).unwrap()),
    ];
    for (wanted, lose) in lose {
        let site = built(10);
        site.file(others, export(100, 1));
        site.build().ok();
        lose(&site);
        let said = refused(&site, &[]).stderr;
        assert!(said.contains(wanted), "{wanted}:\n{said}");
    }
}

#[test]
fn a_folder_that_is_gone_is_told_once_with_all_of_its_files() {
    let site = TestSite::new();
    for number in 0..30 {
        site.file(&format!("content/earners/chapters/{number:02}/members.yaml"), export(number * 2, 2));
    }
    site.file(EXPORT, export(500, 3));
    site.file("content/earners/alone/one.yaml", export(600, 1));
    site.build().ok();
    fs::remove_dir_all(site.at("content/earners/chapters")).unwrap();
    fs::remove_dir_all(site.at("content/earners/alone")).unwrap();
    let said = refused(&site, &[]).stderr;
    let files: Vec<&str> = said.lines().skip_while(|line| !line.starts_with("refused")).collect();
    assert_eq!(
        files[2..6],
        [
            "  all 60 awards of 30 files are gone: there is nothing in `content/earners/chapters/`",
            "  --> content/earners/chapters/",
            "  the only award of this file is gone: there is nothing in `content/earners/alone/`",
            "  --> content/earners/alone/one.yaml",
        ],
        "{said}"
    );
    // All of them, with one that is still in one of the folders.
    fs::remove_dir_all(site.at("content/earners")).unwrap();
    site.file("content/earners/chapters/07/members.yaml", export(14, 1));
    let said = refused(&site, &[]).stderr;
    assert!(said.contains("22 more of 12 other files, such as"), "{said}");
    assert_eq!(said.matches(" --> content/earners/").count(), 21, "{said}");
}

#[test]
fn what_the_site_allows_is_said_and_done() {
    let site = built(10);
    site.file(EXPORT, export(5, 5));
    let run = site.build().ok();
    assert!(run.stderr.contains("5 of the 10 awards that the last build made are gone"), "{}", run.stderr);
    assert!(!site.has("verify/award-0000/index.html") && site.has("verify/award-0009/index.html"));
    site.file("site.yaml", format!("{}vanish: {{awards: 0, share: 0}}\n", common::SITE)).build().ok();
    site.file(EXPORT, export(6, 4));
    let said = refused(&site, &[]).stderr;
    assert!(said.contains("1 of the 5 awards that the last build made is gone"), "{said}");
    assert!(said.contains("(0 awards and 0 %)"), "{said}");
    site.file("site.yaml", format!("{}vanish: {{share: 100%}}\n", common::SITE)).remove(EXPORT).build().ok();
}

#[test]
fn a_first_build_has_nothing_to_miss() {
    let site = built(10);
    site.file(EXPORT, "");
    let run = site.run(&["build", "--at", MOMENT, "--out", "elsewhere"]).ok();
    assert!(!run.stderr.contains("gone"), "{}", run.stderr);
    refused(&site, &[]);
}

#[test]
fn an_award_whose_address_still_answers_is_not_gone() {
    let site = built(10);
    // In another file, in another order, of another person.
    let all = export(0, 10);
    site.remove(EXPORT).file("content/moved/all.yaml", &all);
    assert!(!site.build().ok().stderr.contains("gone"));
    // Private.
    site.file("content/moved/all.yaml", all.replace("    awards:", "    visibility: private\n    awards:"));
    assert!(!site.build().ok().stderr.contains("gone"));
    // With other ids, the old ones leading on.
    let mut renamed = all;
    for number in 0..10 {
        let (old, new) = (
            format!("{{id: award-{number:04},"),
            format!("{{id: new-award-{number:04}, aliases: [award-{number:04}],"),
        );
        renamed = renamed.replace(&old, &new);
    }
    site.file("content/moved/all.yaml", renamed);
    assert!(!site.build().ok().stderr.contains("gone"));
    // From then on the new addresses are those that count, and where they came from is known.
    fs::remove_dir_all(site.at("content/moved")).unwrap();
    let said = refused(&site, &[]).stderr;
    assert!(said.contains("all 10 awards that the last build made are gone"), "{said}");
    assert!(said.contains("--> content/moved/all.yaml"), "{said}");
}

#[test]
fn a_language_less_is_no_award_less() {
    let site = TestSite::new();
    site.file("site.yaml", format!("{}languages: [en, es]\n", common::SITE)).file(EXPORT, export(0, 10));
    site.build().ok();
    assert!(site.has("es/verify/award-0000/index.html"));
    site.file("site.yaml", common::SITE);
    assert!(!site.build().ok().stderr.contains("gone"));
}

#[test]
fn check_tells_of_a_refusal_and_writes_nothing() {
    let site = built(10);
    site.file(EXPORT, "earners: []\n");
    let before = state(&site);
    let run = site.run(&["check", "--at", MOMENT]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("refused: all 10 awards"), "{}", run.stderr);
    assert!(before == state(&site));
    let fresh = TestSite::new();
    assert_eq!(fresh.run(&["check", "--at", MOMENT]).code, Some(0));
    assert!(!fresh.at(".bonafide").exists());
}

#[test]
fn errors_come_before_a_refusal() {
    let site = built(10);
    site.file(EXPORT, "").replace("content/index.md", "Hello.", "See [x](nowhere.md).");
    let said = site.build().refused();
    assert!(said.contains("nothing was published") && !said.contains("allow-vanished"), "{said}");
}

#[test]
fn what_the_version_before_has_left_is_compared_with_too() {
    let site = built(10);
    // As version 2 of the manifest was written.
    let hash = "0f".repeat(16);
    let mut files = String::new();
    for (number, path) in (0..).zip(site.tree().keys()) {
        let page = path.strip_prefix("verify/").and_then(|rest| rest.strip_suffix("/index.html"));
        let source = if page.is_some() { format!("0.{number}") } else { "-".to_owned() };
        files.push_str(&format!("{hash} {hash} 5 {source} {path}\n"));
    }
    let count = site.tree().len();
    let head = format!("bonafide manifest 2\ngeneration 1\nkey {hash}{hash}\nnote {{}}\nsources 1\n{EXPORT}\n");
    fs::write(site.at(".bonafide/public/manifest"), format!("{head}files {count}\n{files}")).unwrap();
    site.file(EXPORT, "");
    let said = refused(&site, &[]).stderr;
    assert!(said.contains("all 10 awards that the last build made are gone"), "{said}");
    assert!(said.contains("which files they came from is not known of all"), "{said}");
}

#[test]
fn notes_beside_the_output_name_nobody() {
    let site = TestSite::new();
    site.remove(EXPORT);
    for number in 0..4 {
        let text = export(number, 1);
        site.file(&format!("content/people/member-{number:04}.yaml"), text.replace("award-", "by-id-"));
        site.file(
            &format!("content/people/kate1{number}@mail.example/awards.yaml"),
            text.replace("member-0", "member-1").replace("kate", "kate1").replace("award-", "by-mail-"),
        );
    }
    site.file("content/people/2026.yaml", export(2000, 30).replace("member-", ""));
    // Warnings with the very line that has somebody's address in it.
    site.file(
        "content/doubtful.yaml",
        "earners:\n  - {id: secret-id, name: \"Kate \\u202eiesO\", email: secret@mail.example, awards: }\n",
    );
    let first = site.build().ok();
    assert!(first.stderr.contains("2 warnings"), "{}", first.stderr);
    for (path, bytes) in tree(&site.at(".bonafide")) {
        let text = String::from_utf8_lossy(&bytes);
        for secret in ["member-0", "member-1", "mail.example", "secret-id"] {
            assert!(!text.contains(secret), "{path} has {secret}");
        }
    }
    fs::remove_dir_all(site.at("content/people")).unwrap();
    let said = refused(&site, &[]).stderr;
    assert!(
        said.contains("30 awards of this file are gone") && said.contains("--> content/people/2026.yaml"),
        "{said}"
    );
    assert!(said.contains("all 8 awards here are gone: nothing is there"), "{said}");
}

#[test]
fn what_is_kept_of_exports_names_nobody_and_gives_the_same_site() {
    let people: Vec<String> = (0..200)
        .map(|number| {
            format!(
                "  - id: secret-{number:04}\n    name: Former Name {number}\n    preferred_name: \"Zo\\u00eb {number}\"\n    \
                 email: person{number}@mail.example\n    awards:\n      \
                 - {{id: award-{number:04}, badge: ccxp, issued: 2024-03-01, expires: 2026-12-{:02}}}\n",
                number % 28 + 1
            )
        })
        .collect();
    let site = TestSite::new();
    site.remove("content/earners/2026.yaml")
        .file("content/earners/2025.yaml", format!("earners:\n{}", people.concat()));
    site.build_json("2026-12-01");
    let kept: Vec<_> = fs::read_dir(site.at(".bonafide/public/kept")).unwrap().collect();
    assert_eq!(kept.len(), 1);
    let bytes = fs::read(kept[0].as_ref().unwrap().path()).unwrap();
    let has = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    for private in ["mail.example", "person1", "secret-", "Former Name"] {
        assert!(!has(private), "{private}");
    }
    assert!(has("Zo\u{eb} 7"), "what stands in the file in other bytes is kept itself");
    let night = site.build_json("2026-12-02");
    let work = |value: &serde_json::Value, what: &str| value["result"]["work"][what].as_u64().unwrap();
    assert_eq!(work(&night, "parsed"), work(&night, "hashed") - 1);
    let built = site.tree();
    fs::remove_dir_all(site.at(".bonafide")).unwrap();
    fs::remove_dir_all(site.at("public")).unwrap();
    site.build_json("2026-12-02");
    assert!(site.tree() == built);
    // What is damaged is not believed: the export is read.
    fs::write(kept[0].as_ref().unwrap().path(), &bytes[1..]).unwrap();
    let again = site.build_json("2026-12-03");
    assert_eq!(work(&again, "parsed"), work(&again, "hashed"));
    // An export that is gone is not kept, either.
    site.replace("content/earners/2025.yaml", "Former Name 7\n", "Other Name 7\n");
    site.build_json("2026-12-03");
    let left: Vec<_> = fs::read_dir(site.at(".bonafide/public/kept")).unwrap().collect();
    assert_eq!(left.len(), 1);
    assert_ne!(left[0].as_ref().unwrap().path(), kept[0].as_ref().unwrap().path());
}

#[test]
fn a_build_that_warned_says_the_same_the_next_night_and_has_a_stamp() {
    let site = TestSite::new();
    site.file("site.yaml", format!("{}stale_after: 14 days\nmenu:\n", common::SITE))
        .file(
            EXPORT,
            format!("exported_at: 2026-01-01T00:00:00Z\n{}", common::EARNERS.replace("Kate Osei", "K\u{430}te Osei")),
        )
        .file("content/plan.xlsx", "x")
        .file("content/badges/more.yaml", "# none yet\nbadges:\n");
    let first = site.build().ok();
    assert!(first.stderr.contains("5 warnings"), "{}", first.stderr);
    let again = site.build().ok();
    assert_eq!(first.stderr, again.stderr);
    let known = site.build_json(MOMENT);
    assert_eq!(known["diagnostics"].as_array().map(Vec::len), Some(5));
    assert_eq!(known["result"]["work"]["parsed"], 0, "there is no stamp");
    // Where a file is missed everything is read again, and the same is said.
    fs::remove_file(site.at("public/index.html")).unwrap();
    let read = site.build_json(MOMENT);
    assert_ne!(read["result"]["work"]["parsed"], 0);
    assert_eq!(read["diagnostics"], known["diagnostics"]);
}

#[test]
fn a_warning_that_comes_with_time_comes_in_time_and_goes_with_it() {
    let site = TestSite::new();
    site.file("site.yaml", format!("{}stale_after: 14 days\n", common::SITE))
        .file(EXPORT, format!("exported_at: 2026-11-20T00:00:00Z\n{}", common::EARNERS));
    let says = |moment: &str| site.build_at(moment).ok().stderr.contains("older than 14 days");
    assert!(!says("2026-12-01"));
    assert!(says("2026-12-10"));
    assert!(says("2026-12-11"));
    assert!(!says("2026-12-01"));
}
