//! Sites that are made, built, changed and built again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::duration_suboptimal_units,
    clippy::format_collect,
    reason = "a test stops at the first surprise"
)]

mod common;

use std::{fs, process::Command};

use common::{EARNERS, SITE, TestSite};

#[test]
fn a_small_site_has_every_page_that_the_contract_names() {
    let site = TestSite::new();
    site.replace("site.yaml", "share_card: false", "share_card: true, qr_svg: true, qr_png: true");
    site.build().ok();
    for path in [
        "index.html",
        "verify/index.html",
        "verify/award-kate/index.html",
        "verify/award-kate/card.png",
        "verify/award-kate/qr.svg",
        "verify/award-kate/qr.png",
        "badges/ccxp/index.html",
        "faq/index.html",
        "faq/renew/index.html",
        "404.html",
        "sitemap.xml",
        "robots.txt",
        ".nojekyll",
        "as-of.json",
        "icon.svg",
        "card.png",
        "badges/ccxp.svg",
    ] {
        assert!(site.has(path), "{path}");
    }
    let card = fs::read(site.at("public/verify/award-kate/card.png")).unwrap();
    assert!(card.len() < 300_000, "{}", card.len());
    assert_eq!(&card[16..24], [0, 0, 4, 176, 0, 0, 2, 118], "1200 by 630");
}

#[test]
fn only_the_preferred_name_and_no_mail_address_or_earner_id_reaches_the_output() {
    let site = TestSite::new();
    let run = site.build().ok();
    for (path, bytes) in site.tree() {
        let text = String::from_utf8_lossy(&bytes);
        for secret in ["Katherine", "mail.example", "e-1\"", "k.osei"] {
            assert!(!text.contains(secret), "{path} has {secret}");
        }
    }
    assert!(!run.stdout.contains("mail.example") && !run.stderr.contains("mail.example"));
    assert!(site.out("verify/award-kate/index.html").contains("Kate Osei"));
}

#[test]
fn a_private_award_answers_with_a_page_that_says_nothing() {
    let site = TestSite::new();
    site.replace("content/earners/2026.yaml", "    awards:", "    visibility: private\n    awards:")
        .replace("content/earners/2026.yaml", "        expires: 2027-06-01", "        aliases: [oldcode]")
        .file("site.yaml", format!("{SITE}hosting: netlify\nindexing: true\n"));
    site.build().ok();
    let files: Vec<_> = site.tree().into_keys().filter(|path| path.starts_with("verify/award-kate/")).collect();
    assert_eq!(files, ["verify/award-kate/index.html"]);
    let page = site.out("verify/award-kate/index.html");
    assert!(page.contains("noindex") && !page.contains("data-status"));
    for (path, bytes) in site.tree() {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("Osei"), "{path}");
        let own = path.starts_with("verify/award-kate/") || path.starts_with("verify/oldcode/");
        assert!(own || !(text.contains("award-kate") || text.contains("oldcode")), "{path}");
    }
    assert!(!site.out("verify/oldcode/index.html").contains("award-kate"));
}

#[test]
fn nothing_lists_unlisted_awards() {
    let site = TestSite::new();
    site.file("site.yaml", format!("{SITE}indexing: true\n"));
    site.build().ok();
    for (path, bytes) in site.tree() {
        let own = path.starts_with("verify/award-kate/");
        assert!(own || !String::from_utf8_lossy(&bytes).contains("award-kate"), "{path}");
    }
}

#[test]
fn the_redirect_file_is_only_written_for_hosts_that_keep_it_to_themselves() {
    let site = TestSite::new();
    site.replace(
        "content/earners/2026.yaml",
        "        expires: 2027-06-01",
        "        aliases: [s3kJd9aQ, badge/88231]",
    );
    site.build().ok();
    assert!(!site.has("_redirects"));
    assert!(site.out("verify/s3kJd9aQ/index.html").contains("https://badges.test.example/verify/award-kate/"));
    assert!(site.has("badge/88231/index.html"));
    site.file("site.yaml", format!("{SITE}hosting: netlify\n"));
    site.build().ok();
    assert!(site.out("_redirects").contains("/badge/88231 /verify/award-kate/ 301"));
}

#[test]
fn a_second_build_touches_nothing() {
    let site = TestSite::new();
    site.build().ok();
    let modified = |path: &str| fs::metadata(site.at("public").join(path)).unwrap().modified().unwrap();
    let before: Vec<_> = site.tree().keys().map(|path| (path.clone(), modified(path))).collect();
    let result = site.build_json("2026-12-01");
    assert_eq!(result["result"]["made"], 0);
    assert_eq!(result["result"]["changed"], 0);
    for (path, time) in before {
        assert_eq!(modified(&path), time, "{path}");
    }
}

#[test]
fn on_another_day_or_from_a_fresh_export_only_pages_of_changed_awards_change() {
    let site = TestSite::new();
    site.file("content/earners/2026.yaml", format!("exported_at: 2026-11-20T06:00:00Z\n{EARNERS}"));
    site.build().ok();
    let before = site.tree();
    site.replace("content/earners/2026.yaml", "2026-11-20", "2026-12-02");
    site.build_at("2026-12-03").ok();
    let after = site.tree();
    let changed: Vec<_> =
        after.iter().filter(|(path, bytes)| before.get(*path) != Some(bytes)).map(|(path, _)| path.as_str()).collect();
    assert_eq!(changed, ["as-of.json", "verify/index.html"]);
    // 90 days before 1 June 2027 renewal opens, and exactly that page changes.
    let result = site.build_json("2027-03-03");
    assert_eq!(result["result"]["changed"], 1, "{result}");
    assert!(site.out("verify/award-kate/index.html").contains("expiring"));
}

#[test]
fn what_is_no_longer_made_is_removed_and_what_is_not_ours_stays() {
    let site = TestSite::new();
    site.build().ok();
    site.file("public/CNAME", "badges.test.example\n");
    site.remove("content/faq/renew.md");
    site.build().ok();
    assert!(!site.has("faq"));
    assert!(site.has("CNAME"));
}

#[test]
fn a_folder_that_bonafide_did_not_make_is_refused() {
    let site = TestSite::new();
    site.file("public/thesis.txt", "years of work");
    let refused = |args: &[&str]| {
        let run = site.run(&[&["build", "--at", common::MOMENT], args].concat());
        assert_eq!(run.code, Some(3), "{}", run.stderr);
        assert!(run.stderr.contains("refused: ") && run.stderr.contains("nothing was changed"), "{}", run.stderr);
        run.stderr
    };
    assert!(refused(&[]).contains("did not make"));
    assert!(refused(&["--out", "/"]).contains("no place for a site's output"));
    assert!(refused(&["--out", "content"]).contains("which the site is made from"));
    assert_eq!(site.tree().len(), 1);
}

#[test]
fn an_error_leaves_the_last_good_site_as_it_was() {
    let site = TestSite::new();
    site.build().ok();
    let before = site.tree();
    site.replace("content/earners/2026.yaml", "badge: ccxp", "badge: cxcp")
        .file("content/new.md", "---\ntitle: New\n---\n");
    site.build().refused();
    assert_eq!(site.tree(), before);
}

#[test]
fn a_changed_site_equals_a_clean_build_of_it() {
    let site = TestSite::new();
    site.replace(
        "content/earners/2026.yaml",
        "        expires",
        "        aliases: [old-code]\n        evidence: [{narrative: '![Seal](../seal.svg)'}]\n        expires",
    )
    .replace("content/faq/renew.md", "Like this.", "Like this. ![Seal](../seal.svg)")
    .file("content/seal.svg", common::PICTURE);
    site.build().ok();
    site.replace("content/faq/renew.md", "Like this.", "Like that.")
        .replace("content/seal.svg", "0 0 100 100", "0 0 200 100")
        .replace("content/badges/badges.yaml", "One sentence.", "Another sentence.")
        .file("content/guides/a.md", "---\ntitle: A\n---\nText.\n")
        .replace("content/earners/2026.yaml", "Kate Osei", "Kat Osei");
    site.build_at("2027-05-01").ok();
    let incremental = site.tree();
    let clean = site.run(&["build", "--at", "2027-05-01", "--out", "clean"]).ok();
    drop(clean);
    assert!(site.out("faq/renew/index.html").contains("width=200"));
    assert_eq!(incremental, common::tree(&site.at("clean")));
}

#[test]
fn a_lost_or_damaged_output_file_comes_back() {
    let site = TestSite::new();
    site.build().ok();
    let before = site.tree();
    fs::remove_file(site.at("public/verify/award-kate/index.html")).unwrap();
    fs::write(site.at("public/index.html"), "").unwrap();
    site.build().ok();
    assert_eq!(site.tree(), before);
}

#[test]
fn two_builds_at_once_do_not_mix() {
    let site = TestSite::new();
    let children: Vec<_> = (0..4)
        .map(|_| {
            Command::new(env!("CARGO_BIN_EXE_bonafide"))
                .current_dir(site.path())
                .args(["build", "--at", "2026-12-01", "--quiet"])
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let clean = site.run(&["build", "--at", "2026-12-01", "--out", "clean"]).ok();
    drop(clean);
    assert_eq!(site.tree(), common::tree(&site.at("clean")));
}

#[test]
fn the_manifest_is_not_in_the_output() {
    let site = TestSite::new();
    site.build().ok();
    assert!(site.tree().keys().all(|path| !path.contains("bonafide") && !path.contains("manifest")));
}

#[test]
fn the_moment_comes_from_at_then_from_source_date_epoch() {
    let site = TestSite::new();
    let status = |args: &[&str], epoch: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_bonafide"))
            .current_dir(site.path())
            .env("SOURCE_DATE_EPOCH", epoch)
            .args([&["build", "--format", "json"], args].concat())
            .output()
            .unwrap();
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        value["result"]["at"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(&[], "1893456000"), "2030-01-01T00:00:00Z");
    assert_eq!(status(&["--at", "2026-12-01T05:00:00+05:00"], "1893456000"), "2026-12-01T00:00:00Z");
}

#[test]
fn wrong_usage_ends_with_2() {
    let site = TestSite::new();
    assert_eq!(site.run(&["build", "--at", "yesterday"]).code, Some(2));
    assert_eq!(site.run(&["bild"]).code, Some(2));
    for (option, value) in [("--base-url", "foo"), ("--base-url", "ftp://x.example/"), ("--allow-vanished", "x")] {
        let run = site.run(&["build", option, value]);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(!run.stderr.contains("invalid digit"), "{}", run.stderr);
    }
}

#[test]
fn check_reports_what_build_would_and_writes_nothing() {
    let site = TestSite::new();
    site.run(&["check", "--at", "2026-12-01"]).ok();
    assert!(!site.at("public").exists() && !site.at(".bonafide").exists());
    site.replace("content/earners/2026.yaml", "badge: ccxp", "badge: cxcp");
    let said = site.run(&["check"]).refused();
    assert!(said.contains("did you mean `ccxp`?"), "{said}");
}

#[test]
fn a_refused_first_build_leaves_nothing_behind() {
    let site = TestSite::new();
    site.replace("content/earners/2026.yaml", "badge: ccxp", "badge: cxcp");
    site.build().refused();
    assert!(!site.at("public").exists() && !site.at(".bonafide").exists());
}

#[test]
fn json_has_places_and_advice() {
    let site = TestSite::new();
    site.replace("content/earners/2026.yaml", "badge: ccxp", "badge: cxcp");
    let run = site.run(&["build", "--format", "json"]);
    let first = run.json()["diagnostics"][0].clone();
    assert_eq!(first["file"], "content/earners/2026.yaml");
    assert_eq!(first["line"], 8);
    assert_eq!(first["column"], 16);
    assert_eq!(first["advice"], "did you mean `ccxp`?");
    assert_eq!(first["severity"], "error");
}

#[test]
fn the_path_of_the_base_address_is_in_every_link() {
    let site = TestSite::new();
    site.replace("site.yaml", "https://badges.test.example/", "https://org.example/badges");
    site.build().ok();
    let page = site.out("verify/award-kate/index.html");
    assert!(page.contains("https://org.example/badges/verify/award-kate/"));
    assert!(page.contains(&format!("href=\"/badges/{}\"", site.asset("style.css"))));
    assert!(!page.contains("=\"/_assets/") && !page.contains("=/_assets/"));
}

#[test]
fn a_superseded_award_leads_to_the_newer_one() {
    let site = TestSite::new();
    site.replace(
        "content/earners/2026.yaml",
        "        expires: 2027-06-01",
        "        expires: 2027-06-01\n      - {id: award-new, badge: ccxp, issued: 2026-01-01, replaces: award-kate}",
    );
    site.build().ok();
    let page = site.out("verify/award-kate/index.html");
    assert!(page.contains("superseded") && page.contains("/verify/award-new/"));
}

#[test]
fn names_cannot_break_out_of_html_attributes_or_json() {
    let site = TestSite::new();
    site.replace(
        "content/earners/2026.yaml",
        "Kate Osei",
        "'\"><script>alert(1)</script></script>&amp; ${x} {{ site.title }}'",
    );
    site.build().ok();
    let page = site.out("verify/award-kate/index.html");
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(page.contains("{{ site.title }}"), "text is never taken for a template");
}

#[test]
fn raw_html_and_hostile_markdown_are_sanitized() {
    let site = TestSite::new();
    site.replace(
        "content/faq/renew.md",
        "Like this.",
        "<script>alert(1)</script><img src=../badges/ccxp.svg alt=x onerror=alert(1)><a href=\"renew.md\" onclick=\"alert(1)\">a</a>\n\n<details><summary>More</summary>\n\nText\n\n</details>",
    );
    site.build().ok();
    let page = site.out("faq/renew/index.html");
    assert!(!page.contains("alert(1)") && !page.contains("onerror") && !page.contains("onclick"), "{page}");
    assert!(page.contains("<details>"));
    site.replace("content/faq/renew.md", "href=\"renew.md\"", "href=\"javascript:x\"");
    assert!(site.build().refused().contains("links to `javascript:` cannot be used"));
}

#[test]
fn a_theme_replaces_the_built_in_one_file_by_file() {
    let site = TestSite::new();
    site.file("themes/mine/templates/404.html", "<p>{{ site.title }} has no such page</p>")
        .file("themes/mine/static/mine.txt", "mine")
        .file("site.yaml", format!("{SITE}theme: mine\n"));
    site.build().ok();
    assert!(site.out("404.html").contains("Test Badges has no such page"));
    assert_eq!(site.out("mine.txt"), "mine");
    site.asset("style.css");
}

#[test]
fn drafts_are_not_built() {
    let site = TestSite::new();
    site.file("content/about.md", "---\ntitle: About\ndraft: true\n---\nSoon.\n");
    site.build().ok();
    assert!(!site.has("about/index.html"));
    site.replace("content/index.md", "Hello.", "[About](about.md)");
    assert!(site.build().refused().contains("draft"));
}
