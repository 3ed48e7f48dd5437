//! One site made in shares: their files together are the very files of the whole.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
};

use common::{MOMENT, PICTURE, Run, TestSite, tree};

type Tree = BTreeMap<String, Vec<u8>>;

/// All outputs that there are.
const ALL: &str = "share_card: true, certificate_pdf: true, oembed: true, qr_svg: true, qr_png: true, people: true";
/// What takes little time.
const FEW: &str = "share_card: false, certificate_pdf: false, people: true";
/// So many people that their list is cut into letters, and an export that is large enough to be kept between builds.
const MANY: usize = 230;

/// Two languages, an earner with several awards that replace each other, aliases, evidence that leads to a file, a private
/// person, and others with an award each.
fn site(outputs: &str, others: usize) -> TestSite {
    let site = TestSite::new();
    site.file(
        "site.yaml",
        format!(
            "title: Test Badges
base_url: https://badges.test.example/
issuer: {{name: Test Association, url: 'https://test.example/'}}
languages: [en, ar]
hosting: netlify
outputs: {{{outputs}}}
"
        ),
    );
    site.file(
        "content/badges/badges.yaml",
        "badges:
  - {id: ccxp, name: Certified Professional, abbreviation: CCXP, description: One sentence., image: ccxp.svg}
  - {id: fellow, name: Fellow, description: Another sentence., image: ccxp.svg}
",
    );
    site.file("content/badges/ccxp.svg", PICTURE)
        .file("content/notes/report.txt", "All that was done.\n")
        .file("content/faq/renew.ar.md", "---\ntitle: التجديد\n---\n## كيف أجدّد الشارة؟ {#renew}\n\nهكذا.\n")
        .file("content/about.md", "---\ntitle: About\n---\nHello.\n");
    let mut small = String::from("exported_at: 2026-11-20T06:00:00Z\nearners:\n");
    write!(
        small,
        "  - id: e-many
    name: Ana Muñoz
    preferred_name: Anita Muñoz
    email: ana@mail.example
    company: Acme
    job_title: Head
    visibility: public
    handle: anita
    awards:
"
    )
    .unwrap();
    for number in 0..8 {
        let replaces = if number == 0 { String::new() } else { format!("        replaces: many-{}\n", number - 1) };
        writeln!(
            small,
            "      - id: many-{number}\n        badge: fellow\n        issued: 202{number}-01-01\n{replaces}        \
             aliases: [old/{number}]\n        evidence: [{{name: W, narrative: 'See [it](../notes/report.txt).'}}]"
        )
        .unwrap();
    }
    small.push_str(
        "  - id: e-hidden
    name: Nobody Here
    visibility: private
    awards: [{id: hidden-9ed52e43b74e, badge: ccxp, issued: 2024-01-01}]
  - id: e-revoked
    name: Rita Kim
    company: Other
    awards: [{id: taken-51c07a6be2, badge: ccxp, issued: 2024-01-01, status: revoked, reason: Because}]
",
    );
    site.file("content/earners/2026.yaml", small);
    let mut large = String::from("exported_at: 2026-11-20T06:00:00Z\nearners:\n");
    let first = ["Ada", "Bo", "Chi", "Dee", "Eva", "Flo", "Gus"];
    for number in 0..others {
        let name = first[number % first.len()];
        writeln!(
            large,
            "  - id: large-{number}
    name: {name} Person{number}
    email: p{number}@mail.example
    company: Company {number}
    job_title: Role {number}
    visibility: {}
    awards:
      - id: a{:016x}
        badge: ccxp
        issued: 2024-03-01
        expires: 2027-0{}-01
        renewed: [2025-03-01]
        evidence: [{{name: Portfolio, url: 'https://portfolio.example/{number}'}}]",
            if number % 10 == 9 { "unlisted" } else { "public" },
            (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            number % 9 + 1,
        )
        .unwrap();
    }
    site.file("content/earners/large.yaml", large).sign();
    site
}

/// Public people whose awards are of every kind that their pages, lists and replacements can show, each at random.
fn people_at_random(seed: u64, count: usize) -> String {
    let mut state = seed;
    let mut any = |of: u64| {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (state >> 33) % of
    };
    let mut text = String::from("exported_at: 2026-11-20T06:00:00Z\nearners:\n");
    for person in 0..count {
        let visibility = ["public", "public", "public", "unlisted"][usize::try_from(any(4)).unwrap()];
        write!(text, "  - id: r-{person}\n    name: Person{person} At Random\n    visibility: {visibility}\n").unwrap();
        for key in ["company", "job_title", "preferred_name"] {
            if any(2) == 0 {
                writeln!(text, "    {key}: Their {key} {person}").unwrap();
            }
        }
        text.push_str("    awards:\n");
        let mut before = None;
        for award in 0..=any(6) {
            let id = format!("r{:015x}", any(1 << 31) << 20 | (person as u64) << 8 | award);
            let badge = ["ccxp", "fellow"][usize::try_from(any(2)).unwrap()];
            let (year, month) = (2018 + any(10), 1 + any(12));
            writeln!(text, "      - id: {id}\n        badge: {badge}\n        issued: {year}-{month:02}-01").unwrap();
            if any(2) == 0 {
                writeln!(text, "        expires: {}-{:02}-15", year + 1 + any(3), 1 + any(12)).unwrap();
            }
            match any(4) {
                0 => writeln!(text, "        status: revoked\n        reason: Taken back, case {id}.").unwrap(),
                1 => writeln!(text, "        status: suspended\n        reason: Under review, case {id}").unwrap(),
                2 => writeln!(text, "        status: {}", ["revoked", "suspended"][usize::try_from(any(2)).unwrap()])
                    .unwrap(),
                _ => {}
            }
            if any(3) == 0 {
                writeln!(text, "        renewed: [{}-0{}-01]", year, 1 + any(9)).unwrap();
            }
            if any(3) == 0 {
                writeln!(text, "        aliases: [random/{id}]").unwrap();
            }
            match any(4) {
                0 => writeln!(text, "        evidence: [{{name: Plain {id}, url: 'https://work.example/{id}'}}]")
                    .unwrap(),
                1 => writeln!(text, "        evidence: [{{narrative: 'See [it](../notes/report.txt).'}}, {{name: N}}]")
                    .unwrap(),
                _ => {}
            }
            if let Some(before) = before.filter(|_| any(3) == 0) {
                writeln!(text, "        replaces: {before}").unwrap();
            }
            before = Some(id);
        }
    }
    text
}

fn build(site: &TestSite, out: &str, shard: Option<&str>) -> Run {
    let mut arguments = vec!["build", "--at", MOMENT, "--out", out];
    arguments.extend(shard.iter().flat_map(|shard| ["--shard", shard]));
    site.run(&arguments)
}

/// The shares of a site, each in a folder of its own.
fn shares(site: &TestSite, of: usize) -> Vec<Tree> {
    let made = (1..=of).map(|number| {
        let out = format!("out-{of}-{number}");
        build(site, &out, Some(&format!("{number}/{of}"))).ok();
        tree(&site.at(&out))
    });
    made.collect()
}

/// Demands that shares are the whole, and that nothing but assets is in several.
#[track_caller]
fn are_the_whole(whole: &Tree, shares: &[Tree]) {
    let mut union = Tree::new();
    for share in shares {
        for (path, bytes) in share {
            let other = union.insert(path.clone(), bytes.clone());
            let is_asset = path.starts_with("_assets/");
            assert!(other.is_none() || is_asset, "{path} is in several shares");
            assert!(other.is_none_or(|other| other == *bytes), "{path} is another in each share");
        }
    }
    for path in whole.keys().filter(|path| path.starts_with("_assets/")) {
        assert!(shares.iter().all(|share| share.contains_key(path)), "{path} is not in every share");
    }
    let names = |tree: &Tree| tree.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&union), names(whole));
    let differing: Vec<_> =
        whole.iter().filter(|(path, bytes)| union[*path] != **bytes).map(|(path, _)| path).collect();
    assert!(differing.is_empty(), "{differing:?}");
}

#[test]
fn shares_of_all_outputs_together_are_the_very_files_of_the_whole() {
    let site = site(ALL, 6);
    build(&site, "whole", None).ok();
    let whole = tree(&site.at("whole"));
    // What the test is about is there.
    for path in [
        "ar/verify/many-0/index.html",
        "people/anita/index.html",
        "search.json",
        "old/3/index.html",
        "notes/report.txt",
        "verify/many-0/oembed.json",
        "verify/many-0/qr.svg",
        "verify/many-0/qr.png",
        "verify/many-7/card.png",
        "verify/many-7/credential.json",
        "verify/many-7/credential.jwt",
        "verify/many-7/status.json",
        "verify/many-7/assertion.json",
        "verify/many-7/badge.svg",
        "badges/fellow/achievement.json",
        ".well-known/did.json",
        "verify/many-7/certificate.pdf",
        "badges/fellow/card.png",
        "sitemap.xml",
        "_redirects",
        "as-of.json",
    ] {
        assert!(whole.contains_key(path), "{path}: {:?}", whole.keys().collect::<Vec<_>>());
    }
    for of in [1, 3, 16] {
        let shares = shares(&site, of);
        are_the_whole(&whole, &shares);
        if of == 3 {
            // The chain of replacements is in several shares.
            let has =
                |share: &Tree| (0..8).any(|number| share.contains_key(&format!("verify/many-{number}/index.html")));
            assert!(shares.iter().filter(|share| has(share)).count() > 1);
            assert!(shares.iter().skip(1).all(|share| !share.contains_key("index.html")));
        }
    }
}

#[test]
fn a_persons_page_tells_of_awards_in_other_shares_what_it_tells_in_the_whole() {
    for seed in 1..3 {
        let site = site("share_card: false, oembed: true, people: true", 0);
        site.file("content/earners/large.yaml", people_at_random(seed, 40));
        build(&site, "whole", None).ok();
        let whole = tree(&site.at("whole"));
        let people = whole.iter().filter(|(path, _)| path.starts_with("people/"));
        let texts: String = people.map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).collect();
        assert!(texts.contains("Taken back, case ") && texts.contains("Under review, case "));
        for of in [2, 7] {
            are_the_whole(&whole, &shares(&site, of));
        }
    }
}

#[test]
fn shares_of_many_people_together_are_the_very_files_of_the_whole_the_next_night_as_well() {
    let site = site(FEW, MANY);
    build(&site, "whole", None).ok();
    let whole = tree(&site.at("whole"));
    assert!(whole.contains_key("people/letter/a/index.html"));
    for of in [3, 16] {
        are_the_whole(&whole, &shares(&site, of));
    }
    // What was kept of exports by one night gives the same in the next.
    site.replace("content/about.md", "Hello.", "Hello again.");
    build(&site, "whole", None).ok();
    let next = tree(&site.at("whole"));
    assert!(next != whole);
    are_the_whole(&next, &shares(&site, 3));
}

#[test]
fn an_award_that_comes_leaves_all_others_where_they_are_and_any_share_can_be_made_again_alone() {
    let site = site(FEW, MANY);
    let before = shares(&site, 3);
    let export = fs::read_to_string(site.at("content/earners/2026.yaml")).unwrap();
    let new = "  - id: e-new\n    name: New Person\n    awards: [{id: new-7f3a, badge: ccxp, issued: 2024-01-01}]\n";
    site.file("content/earners/2026.yaml", format!("{export}{new}"));
    let after = shares(&site, 3);
    let awards = |share: &Tree| -> BTreeSet<String> {
        share.keys().filter(|path| path.starts_with("verify/")).cloned().collect()
    };
    let mut added = BTreeSet::new();
    for (before, after) in before.iter().zip(&after) {
        let (before, after) = (awards(before), awards(after));
        assert!(before.is_subset(&after));
        added.extend(after.difference(&before).filter(|path| path.ends_with("index.html")).cloned());
    }
    assert_eq!(added.into_iter().collect::<Vec<_>>(), ["verify/new-7f3a/index.html"]);
    fs::remove_dir_all(site.at("out-3-2")).unwrap();
    build(&site, "out-3-2", Some("2/3")).ok();
    assert_eq!(tree(&site.at("out-3-2")), after[1]);
}

#[test]
fn a_folder_holds_one_share_and_only_the_whole_is_published() {
    let site = site(FEW, 40);
    let run = build(&site, "one", Some("1/2")).ok();
    assert!(run.stdout.contains("shard    1/2"), "{}", run.stdout);
    let before = tree(&site.at("one"));
    for (shard, says) in [
        (Some("2/2"), "holds shard 1/2 of the site, and shard 2/2 of the site would take its place"),
        (Some("1/3"), "holds shard 1/2 of the site, and shard 1/3 of the site would take its place"),
        (None, "holds shard 1/2 of the site, and the whole site would take its place"),
    ] {
        let run = build(&site, "one", shard);
        assert_eq!(run.code, Some(3), "{}", run.stderr);
        assert!(run.stderr.contains(says) && run.stderr.contains("--out"), "{}", run.stderr);
    }
    assert_eq!(tree(&site.at("one")), before);
    // What is advised helps: a folder that has been deleted takes any.
    fs::remove_dir_all(site.at("one")).unwrap();
    build(&site, "one", Some("2/2")).ok();
    build(&site, "two", Some("2/2")).ok();
    assert_eq!(tree(&site.at("one")), tree(&site.at("two")));
    fs::remove_dir_all(site.at("one")).unwrap();
    build(&site, "one", None).ok();
    fs::remove_dir_all(site.at("one")).unwrap();
    build(&site, "one", Some("1/2")).ok();
    assert_eq!(tree(&site.at("one")), before);
    build(&site, "one", Some("1/2")).ok();
    build(&site, "public", None).ok();
    assert_eq!(build(&site, "public", Some("1/2")).code, Some(3));
    // The only share there is is the whole.
    build(&site, "public", Some("1/1")).ok();
    let target = format!("dir:{}", site.at("host").display());
    let run = site.run(&["publish", "--out", "one", &target]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("holds shard 1/2 of the site, not all of it"), "{}", run.stderr);
    assert!(run.stderr.contains("--shard 1/2"), "{}", run.stderr);
    // As which shard it is published has to be right.
    let bucket = ["publish", "s3://site", "--record", "s3://record", "--run", "night", "--shard"];
    for (shard, out, says) in [
        ("2/2", "one", "holds shard 1/2 of the site, not shard 2/2"),
        ("1/3", "one", "holds shard 1/2 of the site, not shard 1/3"),
        ("1/2", "public", "holds all of the site, not shard 1/2"),
    ] {
        let run = site.run(&[&bucket[..], &[shard, "--out", out]].concat());
        assert_eq!(run.code, Some(3), "{}", run.stderr);
        assert!(run.stderr.contains(says) && run.stderr.contains("--out"), "{}", run.stderr);
    }
    assert!(!site.at("host").exists());
    site.run(&["publish", "--dry-run", &target]).ok();
}

#[test]
fn what_is_no_share_is_wrong_usage() {
    let site = TestSite::new();
    for shard in ["3", "0/3", "4/3", "a/b", "1/0"] {
        let run = build(&site, "out", Some(shard));
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.stderr.contains("--shard"), "{}", run.stderr);
    }
    assert_eq!(site.run(&["build", "--watch", "--shard", "1/2"]).code, Some(2));
}

#[test]
fn a_shard_in_which_nothing_changed_is_of_the_moment_that_it_was_built_for() {
    let site = TestSite::new();
    let note = |out: &str| fs::read(site.at(&format!(".bonafide/{out}/manifest"))).unwrap();
    let moment = |out: &str| {
        let note = String::from_utf8_lossy(&note(out)).into_owned();
        let (_, from) = note.split_once("\"from\":\"").unwrap();
        from.split('"').next().unwrap().to_owned()
    };
    for (at, is_early) in [("2026-12-01", false), ("2026-12-02", true), ("2026-12-03", true)] {
        for shard in ["1/2", "2/2"] {
            let out = shard.replace('/', "-");
            let args = ["build", "--at", at, "--shard", shard, "--out", &out, "--format", "json"];
            let result = site.run(&args).ok().json()["result"].clone();
            assert_eq!(result["work"]["rendered"] == 0, is_early, "{at} {shard}: {result}");
            assert_eq!(moment(&out), format!("{at}T00:00:00Z"), "{shard}");
        }
    }
}

#[test]
fn two_files_at_one_path_are_found_by_the_shares_that_have_them() {
    let site = TestSite::new();
    site.replace("site.yaml", "share_card: false", "share_card: false, oembed: true");
    // A file of the site's theme has the name of one of an award's.
    site.file("themes/default/static/verify/award-kate/oembed.json", "{}");
    let whole = build(&site, "whole", None).refused();
    assert!(whole.contains("the address of this file of the theme is taken"), "{whole}");
    let runs = ["1/16", "2/16", "3/16", "4/16", "5/16", "6/16", "7/16", "8/16", "9/16"].into_iter();
    let runs = runs.chain(["10/16", "11/16", "12/16", "13/16", "14/16", "15/16", "16/16"]);
    let runs: Vec<Run> = runs.map(|shard| build(&site, &shard.replace('/', "-"), Some(shard))).collect();
    // The share that has the theme's files, which is the first, and the one that has the award.
    assert_eq!(runs[0].stderr, whole);
    let refused: Vec<_> = runs.iter().filter(|run| run.code == Some(1)).collect();
    assert!((1..=2).contains(&refused.len()) && refused.iter().all(|run| run.stderr == whole));
}
