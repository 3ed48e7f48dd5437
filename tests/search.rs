//! What the search of a site looks through, and what it never does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::duration_suboptimal_units,
    clippy::format_collect,
    reason = "a test stops at the first surprise"
)]

mod common;

use std::fs;

use common::{SITE, TestSite};
use serde_json::Value;

/// A site with something of every kind.
fn site() -> TestSite {
    let site = TestSite::new();
    site.file("content/faq/index.md", "---\ntitle: Questions\n---\nAsk away.\n")
        .file(
            "content/guides/sharing.md",
            "---\ntitle: Sharing\ndescription: In two steps.\n---\nBefore all.\n\n## By post {#post}\n\nA *stamp*.\n\n### Abroad\n\nMore stamps.\n\n<h2>Raw</h2>\n\n## By hand\n\nA walk.\n",
        )
        .file("content/guides/index.md", "---\ntitle: Guides\n---\n")
        .file("content/privacy.md", "---\ntitle: Privacy\n---\nWe tell nobody.\n")
        .file("content/secret.md", "---\ntitle: Draft page\ndraft: true\n---\nNot yet.\n")
        .replace("content/badges/badges.yaml", "    image: ccxp.svg", "    criteria: Pass **two** tests.\n    skills: [Listening]\n    image: ccxp.svg");
    site
}

fn entries(site: &TestSite) -> Vec<Value> {
    let index: Value = serde_json::from_str(&site.out("search.json")).unwrap();
    index["entries"].as_array().unwrap().clone()
}

/// Title, address, what it is part of, and text of the entry at an address.
#[track_caller]
fn entry(entries: &[Value], url: &str) -> [String; 4] {
    let found: Vec<_> = entries.iter().filter(|entry| entry["url"] == url).collect();
    assert_eq!(found.len(), 1, "{url}: {found:?}");
    ["title", "url", "in", "text"].map(|key| found[0][key].as_str().unwrap().to_owned())
}

#[test]
fn questions_sections_pages_and_badges_are_in_it_each_at_its_own_address() {
    let site = site();
    site.build().ok();
    let entries = entries(&site);
    for wanted in [
        ["How do I renew?", "/faq/renew/#renew", "Renewing", "Like this."],
        ["Sharing", "/guides/sharing/", "Guides", "In two steps. Before all."],
        ["By post", "/guides/sharing/#post", "Sharing", "A stamp. Abroad More stamps. Raw"],
        ["By hand", "/guides/sharing/#by-hand", "Sharing", "A walk."],
        ["Privacy", "/privacy/", "Welcome", "We tell nobody."],
        ["Welcome", "/", "Test Badges", "Hello."],
        ["Questions", "/faq/", "Welcome", "Ask away."],
        [
            "Certified Customer Experience Professional (CCXP)",
            "/badges/ccxp/",
            "Badges",
            "One sentence. Pass two tests. Listening",
        ],
    ] {
        assert_eq!(entry(&entries, wanted[1]), wanted);
    }
    assert_eq!(entry(&entries, "/verify/")[0], "Check a badge");
    // Every address leads to what is there.
    for entry in &entries {
        let url = entry["url"].as_str().unwrap();
        let (path, id) = url.split_once('#').map_or((url, None), |(path, id)| (path, Some(id)));
        let page = site.out(&format!("{}index.html", path.trim_start_matches('/')));
        assert!(
            id.is_none_or(|id| page.contains(&format!("id={id}")) || page.contains(&format!("id=\"{id}\""))),
            "{url}"
        );
    }
}

#[test]
fn no_award_no_person_and_no_draft_is_ever_in_it() {
    for visibility in ["public", "unlisted", "private"] {
        let site = site();
        site.replace(
            "content/earners/2026.yaml",
            "    awards:",
            &format!("    company: Acme Widgets\n    visibility: {visibility}\n    awards:"),
        )
        .replace(
            "content/earners/2026.yaml",
            "        expires",
            "        aliases: [oldcode]\n        evidence: [{name: Thesis, narrative: Long}]\n        expires",
        )
        .file("site.yaml", format!("{SITE}indexing: true\n"));
        site.build().ok();
        let index = site.out("search.json");
        for word in
            ["Osei", "Kat", "award-kate", "oldcode", "Acme", "Thesis", "mail.example", "e-1", "Draft page", "Not yet"]
        {
            assert!(!index.contains(word), "{visibility}: {word}");
        }
    }
}

#[test]
fn it_changes_when_a_text_changes_and_at_no_other_time() {
    let site = site();
    site.build().ok();
    let mut last = site.out("search.json");
    let mut expect = |site: &TestSite, changes: bool, what: &str| {
        site.build().ok();
        let now = site.out("search.json");
        assert_eq!(now != last, changes, "{what}");
        last = now;
    };
    site.replace("content/faq/renew.md", "Like this.", "Like that.");
    expect(&site, true, "an answer");
    site.replace("content/faq/renew.md", "How do I renew?", "How can I renew?");
    expect(&site, true, "a question");
    site.replace("content/guides/sharing.md", "A walk.", "A ride.");
    expect(&site, true, "a guide");
    site.replace("content/badges/badges.yaml", "Pass **two**", "Pass **three**");
    expect(&site, true, "criteria");
    site.file("content/guides/new.md", "---\ntitle: New\n---\nNew.\n");
    expect(&site, true, "a page");
    site.replace("content/secret.md", "Not yet.", "Still not.");
    expect(&site, false, "a draft");
    site.replace("content/earners/2026.yaml", "Kate Osei", "Kat Osei");
    expect(&site, false, "a name");
    site.replace("content/earners/2026.yaml", "2027-06-01", "2026-06-01");
    expect(&site, false, "a status");
    site.file("content/seal.svg", common::PICTURE);
    expect(&site, false, "a picture");
}

#[test]
fn another_days_build_does_not_make_it_again() {
    let site = site();
    site.build_at("2026-12-01").ok();
    let modified = || fs::metadata(site.at("public/search.json")).unwrap().modified().unwrap();
    let before = modified();
    site.build_at("2027-06-05").ok();
    assert_eq!(modified(), before);
}

#[test]
fn addresses_in_it_keep_the_path_of_the_base_address() {
    let site = site();
    site.replace("site.yaml", "https://badges.test.example/", "https://org.example/badges");
    site.build().ok();
    let index: Value = serde_json::from_str(&site.out("search.json")).unwrap();
    assert_eq!(index["check"], "/badges/verify/");
    assert_eq!(index["faq"], "/badges/faq/");
    assert!(
        index["entries"].as_array().unwrap().iter().all(|entry| entry["url"].as_str().unwrap().starts_with("/badges/"))
    );
    assert!(site.out("index.html").contains("data-search=\"/badges/search.json\""));
}

#[test]
fn hostile_titles_and_texts_are_text() {
    let site = site();
    site.file(
        "content/faq/renew.md",
        "---\ntitle: '</script><b>\"Renewing\" & {{ site.title }}'\n---\n## `<img src=x onerror=alert(1)>` \"renew\" & {{ w.home }}? {#renew}\n\n<script>alert(2)</script>\n\nLike `<b>this</b>` &amp; that.\n\u{2028}End.\n",
    );
    site.build().ok();
    let all = entries(&site);
    let [title, _, part_of, text] = entry(&all, "/faq/renew/#renew");
    assert_eq!(title, "<img src=x onerror=alert(1)> “renew” & {{ w.home }}?");
    assert_eq!(part_of, "</script><b>\"Renewing\" & {{ site.title }}");
    assert!(!text.contains("alert(2)"), "{text}");
    assert!(text.contains("Like <b>this</b> & that."), "{text}");
    // On the page itself they are escaped, also where the copy button names its question.
    let page = site.out("faq/renew/index.html");
    assert!(!page.contains("<img src=x") && !page.contains("</script><b>"), "{page}");
    assert!(page.contains("data-copy=\"https://badges.test.example/faq/renew/#renew\""));
}

#[test]
fn a_site_without_a_faq_has_an_index_too() {
    let site = TestSite::new();
    site.remove("content/faq/renew.md");
    site.build().ok();
    let index: Value = serde_json::from_str(&site.out("search.json")).unwrap();
    assert_eq!(index["faq"], Value::Null);
    assert_eq!(index["words"]["count"], "Results: {count}");
    assert_eq!(entries(&site).len(), 3);
}

#[test]
fn the_form_for_checking_a_badge_escapes_what_the_settings_say() {
    let site = TestSite::new();
    site.replace("site.yaml", "name: Test Association", "name: '<img src=x onerror=alert(1)> & \"Co\"'");
    site.build().ok();
    for path in ["index.html", "verify/index.html", "404.html"] {
        let page = site.out(path);
        assert!(page.contains("data-check=\"https://badges.test.example/\""), "{path}");
        assert!(!page.contains("<img src=x"), "{path}");
    }
}

#[test]
fn each_language_has_an_index_of_its_own_with_what_nobody_translated_marked() {
    let site = TestSite::new();
    site.replace("site.yaml", "issuer:", "languages: [en, ar]\nissuer:")
        .file("content/faq/sharing.md", "---\ntitle: Sharing\n---\n## How do I share? {#share}\n\nSo.\n")
        .file("content/faq/renew.ar.md", "---\ntitle: التجديد\n---\n## كيف أجدّد الشارة؟ {#renew}\n\nهكذا.\n");
    site.build().ok();
    let index: Value = serde_json::from_str(&site.out("ar/search.json")).unwrap();
    assert_eq!(index["words"]["search"], "بحث");
    assert_eq!(index["check"], "/ar/verify/");
    let all = index["entries"].as_array().unwrap();
    assert_eq!(entry(all, "/ar/faq/renew/#renew"), ["كيف أجدّد الشارة؟", "/ar/faq/renew/#renew", "التجديد", "هكذا."]);
    let language = |url: &str| all.iter().find(|entry| entry["url"] == url).map(|entry| entry["lang"].clone()).unwrap();
    assert_eq!(language("/ar/faq/renew/#renew"), Value::Null);
    assert_eq!(language("/ar/faq/sharing/#share"), "en");
    assert_eq!(language("/ar/badges/ccxp/"), "en");
    assert!(site.out("ar/faq/renew/index.html").contains("data-search=\"/ar/search.json\""));
    assert!(site.out("ar/index.html").contains("data-home=\"/ar/\""));
    assert!(entries(&site).iter().all(|entry| entry["lang"].is_null()));
}
