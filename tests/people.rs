//! The directory and the pages of people: who is in it, and what a change touches.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::format_collect,
    reason = "a test stops at the first surprise"
)]

mod common;

use std::fmt::Write as _;

use common::{BADGES, SITE, TestSite};

const EARNERS: &str = "content/earners/2026.yaml";

/// Somebody in an export.
fn earner(id: &str, more: &str, awards: &[(&str, &str)]) -> String {
    let mut text =
        format!("  - id: {id}\n{}    awards:\n", more.lines().map(|line| format!("    {line}\n")).collect::<String>());
    for (award, rest) in awards {
        let _ = writeln!(text, "      - {{id: {award}, badge: ccxp, issued: 2024-03-01{rest}}}");
    }
    text
}

/// Four people: two who are listed, one by a preferred name; one unlisted, one private.
fn site() -> TestSite {
    let site = TestSite::new();
    let people = [
        earner(
            "e-secret-1",
            "name: Katherine Osei\npreferred_name: Kate Osei\njob_title: Head of Design\ncompany: Acme & Sons\nvisibility: public",
            &[("award-kate-1", ", expires: 2027-06-01"), ("award-kate-2", ", status: revoked, reason: Fee unpaid")],
        ),
        earner("e-secret-2", "name: Łukasz <b>Żółć</b>\nvisibility: public\nhandle: lukasz", &[("award-lukasz", "")]),
        earner("e-secret-3", "name: Una Listed", &[("award-una", "")]),
        earner("e-secret-4", "name: Priva Tely\nvisibility: private", &[("award-priva", "")]),
        "  - id: e-secret-5\n    name: Nada Award\n    visibility: public\n".to_owned(),
    ];
    site.file(EARNERS, format!("earners:\n{}", people.concat()));
    site
}

/// The folder of somebody's page.
fn folder(site: &TestSite, start: &str) -> String {
    let tree = site.tree();
    let mut found = tree.keys().filter_map(|path| path.strip_prefix("people/")?.strip_suffix("/index.html"));
    found.find(|handle| handle.starts_with(start)).unwrap_or_else(|| panic!("no page of {start}")).to_owned()
}

fn below_people(site: &TestSite) -> Vec<String> {
    site.tree().into_keys().filter(|path| path.starts_with("people")).collect()
}

/// The paths whose bytes differ between two builds.
fn changed(site: &TestSite, change: impl FnOnce()) -> Vec<String> {
    let before = site.tree();
    change();
    let after = site.tree();
    let all: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
    all.into_iter().filter(|path| before.get(*path) != after.get(*path)).cloned().collect()
}

#[test]
fn only_public_people_who_hold_something_are_listed_and_by_the_name_they_prefer() {
    let site = site();
    site.build().ok();
    let list = site.out("people/index.html");
    assert!(list.contains("Kate Osei") && list.contains("Łukasz &lt;b&gt;Żółć&lt;/b&gt;"), "{list}");
    let kate = folder(&site, "kate-osei-");
    assert_eq!(
        below_people(&site),
        [
            "people/badge/ccxp/index.html".to_owned(),
            "people/index.html".to_owned(),
            format!("people/{kate}/index.html"),
            "people/lukasz/index.html".to_owned(),
        ]
    );
    for (path, bytes) in site.tree() {
        let text = String::from_utf8_lossy(&bytes);
        for secret in ["Katherine", "e-secret", "Priva", "Nada", "award-priva"] {
            assert!(!text.contains(secret) || path.starts_with("verify/award-priva/"), "{path} has {secret}");
        }
        let own = path.starts_with("verify/award-una/");
        assert!(own || !(text.contains("Una") || text.contains("award-una")), "{path}");
    }
}

#[test]
fn a_persons_page_and_the_verification_pages_lead_to_each_other() {
    let site = site();
    site.build().ok();
    let kate = folder(&site, "kate-osei-");
    let page = site.out(&format!("people/{kate}/index.html"));
    for part in [
        "Head of Design",
        "Acme &amp; Sons",
        "href=\"/verify/award-kate-1/\"",
        "href=\"/verify/award-kate-2/\"",
        "data-status=\"active\"",
        "<p class=\"word\">Withdrawn</p>",
        "Fee unpaid",
        "<meta name=\"robots\" content=\"noindex\">",
        "<meta property=\"og:type\" content=\"profile\">",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    let address = format!("https://badges.test.example/people/{kate}/");
    assert!(page.contains(&format!("<link rel=\"canonical\" href=\"{address}\">")));
    let json = page.split("application/ld+json\">").nth(1).unwrap().split("</script>").next().unwrap();
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(json["@type"], "ProfilePage");
    assert_eq!(json["mainEntity"]["name"], "Kate Osei");
    assert_eq!(json["mainEntity"]["url"], address);
    let credentials = json["mainEntity"]["hasCredential"].as_array().unwrap();
    assert_eq!(credentials.len(), 1, "what was withdrawn is no credential: {credentials:?}");
    let award = site.out("verify/award-kate-1/index.html");
    assert!(award.contains(&format!("href=\"/people/{kate}/\"")) && award.contains("All badges of"), "{award}");
    assert!(!site.out("verify/award-una/index.html").contains("All badges of"));
}

#[test]
fn withdrawn_awards_list_nobody_below_a_badge() {
    let site = site();
    site.replace(
        EARNERS,
        "award-kate-1, badge: ccxp, issued: 2024-03-01",
        "award-kate-1, badge: ccxp, issued: 2024-03-01, status: suspended",
    );
    site.build().ok();
    assert!(site.out("people/index.html").contains("Kate Osei"));
    assert!(!site.out("people/badge/ccxp/index.html").contains("Kate Osei"));
}

#[test]
fn who_becomes_private_disappears_and_who_becomes_public_appears() {
    let site = site();
    site.build().ok();
    site.replace(EARNERS, "visibility: public\n    handle", "visibility: unlisted\n    handle").replace(
        EARNERS,
        "visibility: private",
        "visibility: public",
    );
    site.build().ok();
    assert!(!site.has("people/lukasz"));
    folder(&site, "priva-tely-");
    let list = site.out("people/index.html");
    assert!(list.contains("Priva Tely") && !list.contains("Łukasz"), "{list}");
    assert!(!site.out("verify/award-lukasz/index.html").contains("people/lukasz"));
}

#[test]
fn switched_off_it_leaves_nothing() {
    let site = site();
    site.build().ok();
    site.replace("site.yaml", "share_card: false", "share_card: false, people: false");
    site.build().ok();
    assert_eq!(below_people(&site), Vec::<String>::new());
    for (path, bytes) in site.tree() {
        assert!(!String::from_utf8_lossy(&bytes).contains("people/") || path.ends_with(".js"), "{path}");
    }
}

#[test]
fn without_anybody_to_list_there_is_no_directory_unless_it_is_asked_for() {
    let site = TestSite::new();
    site.build().ok();
    assert_eq!(below_people(&site), Vec::<String>::new());
    site.file(
        "site.yaml",
        format!("{}menu:\n  - {{label: People, to: people/}}\n", SITE.replace("false}", "false, people: true}")),
    );
    site.build().ok();
    assert!(site.out("people/index.html").contains("Nobody is listed"));
}

#[test]
fn time_touches_only_the_pages_of_people_whose_awards_changed() {
    let site = site();
    site.build().ok();
    let kate = folder(&site, "kate-osei-");
    // Renewal of Kate's award opens 90 days before 1 June 2027.
    let touched = changed(&site, || drop(site.build_at("2027-03-03").ok()));
    assert_eq!(touched, [format!("people/{kate}/index.html"), "verify/award-kate-1/index.html".to_owned()]);
    // A clean build of the same day is the same, byte for byte.
    let before = site.tree();
    std::fs::remove_dir_all(site.at("public")).unwrap();
    std::fs::remove_dir_all(site.at(".bonafide")).unwrap();
    site.build_at("2027-03-03").ok();
    assert!(before == site.tree());
}

#[test]
fn a_new_job_title_leaves_the_lists_alone() {
    let site = site();
    site.build().ok();
    let touched = changed(&site, || {
        site.replace(EARNERS, "Head of Design", "Chief of Design");
        site.build().ok();
    });
    assert!(!touched.iter().any(|path| path == "people/index.html" || path.contains("/badge/")), "{touched:?}");
    assert_eq!(touched.len(), 3, "{touched:?}");
}

#[test]
fn search_engines_are_told_of_people_only_where_they_may_index_them() {
    let site = site();
    site.file("site.yaml", format!("{SITE}hosting: netlify\n"));
    site.build().ok();
    assert!(!site.out("sitemap.xml").contains("people/"));
    assert!(site.out("people/index.html").contains("noindex"));
    assert!(site.out("_headers").contains("/people/*\n  X-Robots-Tag: noindex"));
    site.file("site.yaml", format!("{SITE}hosting: netlify\nindexing: true\n"));
    site.build().ok();
    let sitemap = site.out("sitemap.xml");
    let kate = folder(&site, "kate-osei-");
    assert!(sitemap.contains(&format!("/people/{kate}/")) && sitemap.contains("/people/lukasz/"), "{sitemap}");
    assert!(!site.out("people/index.html").contains("noindex"));
    assert!(!site.out("_headers").contains("/people/*\n  X-Robots-Tag"));
}

#[test]
fn links_may_lead_to_the_directory_and_into_it() {
    let site = site();
    site.file(
        "content/index.md",
        "---\ntitle: Welcome\n---\n[All](people/) [CCXP](people/badge/ccxp/) [Łukasz](people/lukasz/)\n",
    );
    site.build().ok();
    site.file("content/index.md", "---\ntitle: Welcome\n---\n[Nobody](people/nobody/)\n");
    site.build().refused();
}

/// A site of many people: `Aaa Bbb` and so on, and a few others.
fn crowd(count: usize) -> TestSite {
    let site = TestSite::new();
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap());
    let mut text = String::from("earners:\n");
    for number in 0..count {
        let name = format!("M{}{} O{}ei", letter(number / 676), letter(number / 26), letter(number));
        text += &earner(
            &format!("e-{number}"),
            &format!("name: {name}\nvisibility: public"),
            &[(&format!("award-{number}"), "")],
        );
    }
    text += &earner("e-x", "name: Ámos Ósei\nvisibility: public", &[("award-x", "")]);
    text += &earner("e-y", "name: 欧阳沐岚\nvisibility: public", &[("award-y", "")]);
    site.file(EARNERS, text).file(
        "content/badges/badges.yaml",
        format!("{BADGES}  - id: member\n    name: Member\n    description: D.\n    image: ccxp.svg\n"),
    );
    site.replace(EARNERS, "award-1, badge: ccxp", "award-1, badge: member");
    site
}

#[test]
fn a_long_list_is_cut_into_letters_and_these_into_parts() {
    let site = crowd(450);
    site.build().ok();
    let list = site.out("people/index.html");
    assert!(!list.contains("Maa"), "names stand on the pages of letters");
    for path in ["letter/a/", "letter/m/", "letter/han/", "badge/ccxp/", "badge/member/"] {
        assert!(list.contains(&format!("href=\"/people/{path}\"")), "{path}");
    }
    let first = site.out("people/letter/m/index.html");
    assert_eq!(first.matches("<li><a href=\"/people/ma").count(), 200);
    for label in ["Maa–Mah Or<", "Mah Os–Map Oj<", "Map Ok–Mar<", "href=\"/people/letter/m/3/\""] {
        assert!(first.contains(label), "{label}");
    }
    let last = site.out("people/letter/m/3/index.html");
    assert_eq!(last.matches("<li><a href=\"/people/ma").count(), 50);
    for link in ["rel=\"prev\" href=\"/people/letter/m/2/\"", "rel=\"next\" href=\"/people/letter/han/\""] {
        assert!(last.contains(link), "{link}");
    }
    // The badge of one person is one page; the other one is cut up as well.
    assert!(site.out("people/badge/member/index.html").contains("Maa Obei"));
    assert!(site.has("people/badge/ccxp/letter/m/3/index.html"));
    assert!(!site.has("people/badge/member/words.json"));
}

#[test]
fn the_index_finds_everybody_by_each_word_of_the_name() {
    let site = crowd(450);
    site.build().ok();
    let index: serde_json::Value = serde_json::from_str(&site.out("people/words.json")).unwrap();
    assert_eq!(index["parts"][0], serde_json::json!(["letter/a/", 1]));
    assert_eq!(index["parts"][3], serde_json::json!(["letter/m/3/", 50]));
    let words = &index["words"];
    // Amos is the first of all; those of one first name stand together: one step and one run.
    assert_eq!(words["osei"][0], 1);
    assert_eq!(words["maa"], serde_json::json!([2, -25]));
    assert_eq!(words["欧阳沐岚"], serde_json::json!([452]));
    assert!(words.get("ósei").is_none());
}

#[test]
fn a_name_more_touches_only_the_parts_behind_it() {
    let site = crowd(450);
    site.build().ok();
    let more = earner("e-new", "name: Mah Oz\nvisibility: public", &[("award-new", "")]);
    let touched = changed(&site, || {
        let text = std::fs::read_to_string(site.at(EARNERS)).unwrap();
        site.file(EARNERS, format!("{text}{more}"));
        site.build().ok();
    });
    assert!(!touched.iter().any(|path| path.contains("letter/a/")), "{touched:?}");
    assert!(touched.contains(&"people/letter/m/2/index.html".to_owned()), "{touched:?}");
}

#[test]
fn every_language_has_the_directory_and_all_share_one_index() {
    let site = crowd(450);
    site.replace("site.yaml", "issuer:", "languages: [en, es]\nissuer:");
    site.build().ok();
    let person = folder(&site, "amos-osei-");
    for (prefix, title) in [("", "People"), ("es/", "Personas")] {
        let list = site.out(&format!("{prefix}people/index.html"));
        assert!(list.contains(&format!("<h1>{title}</h1>")) && list.contains("data-words=\"/people/words.json\""));
        assert!(list.contains(&format!("href=\"/{prefix}people/letter/m/\"")), "{prefix}");
        let letter = site.out(&format!("{prefix}people/letter/a/index.html"));
        assert!(letter.contains(&format!("href=\"/{prefix}people/{person}/\"")), "{prefix}");
        let page = site.out(&format!("{prefix}people/{person}/index.html"));
        assert!(page.contains(&format!("href=\"/{prefix}verify/award-x/\"")), "{prefix}");
    }
    assert!(site.has("people/words.json") && !site.has("es/people/words.json"));
}

/// What is said about a site that must be refused.
fn refused(change: impl FnOnce(&TestSite)) -> String {
    let site = site();
    change(&site);
    site.build().refused()
}

#[test]
fn two_earners_with_one_handle() {
    insta::assert_snapshot!(refused(|site| {
        site.build().ok();
        let kate = folder(site, "kate-osei-");
        site.replace(EARNERS, "handle: lukasz", &format!("handle: {kate}"));
    }));
}

#[test]
fn two_earners_who_were_given_one_handle() {
    insta::assert_snapshot!(refused(|site| {
        site.replace(EARNERS, "visibility: public\n", "visibility: public\n    handle: lukasz\n");
    }));
}

#[test]
fn a_handle_that_is_an_address_of_the_directory() {
    insta::assert_snapshot!(refused(|site| {
        site.replace(EARNERS, "handle: lukasz", "handle: letter");
    }));
}

#[test]
fn a_page_where_a_person_is() {
    insta::assert_snapshot!(refused(|site| {
        site.file("content/people/Lukasz.md", "---\ntitle: Lukasz\n---\nHello.\n");
    }));
}
