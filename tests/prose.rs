//! Texts on their way to readers: what is written is shown, on every page that shows it, or it is said that it is not.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

mod common;

use std::collections::BTreeMap;

use common::TestSite;

const FAQ: &str = "content/faq/renew.md";
const AWARD: &str = "verify/award-kate/index.html";

/// The ids of a page, with how often each is there.
fn ids(page: &str) -> BTreeMap<&str, usize> {
    let mut ids = BTreeMap::new();
    for rest in page.split(" id=").skip(1) {
        let id = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => rest[1..].split(quote).next(),
            _ => rest.split([' ', '>']).next(),
        };
        *ids.entry(id.unwrap()).or_default() += 1;
    }
    ids
}

/// Demands that every name is there once, and that whatever leads to one finds it.
#[track_caller]
fn check_names(page: &str) {
    let ids = ids(page);
    assert!(ids.values().all(|count| *count == 1), "{ids:?}");
    for rest in page.split("href=").skip(1) {
        let Some(to) = rest.trim_start_matches(['"', '\'']).strip_prefix('#') else { continue };
        let to = to.split(['"', '\'', ' ', '>']).next().unwrap();
        assert!(ids.contains_key(to), "`#{to}` leads nowhere: {ids:?}");
    }
}

#[test]
fn addresses_in_angle_brackets_are_links_wherever_markdown_is_read() {
    let site = TestSite::new();
    let mail = "Ask <desk@harbour.example>.";
    site.replace(FAQ, "Like this.", &format!("{mail}\n\n| a |\n|---|\n| {mail} |\n\nNote[^1].\n\n[^1]: {mail}"))
        .replace("content/index.md", "Hello.", mail)
        .file("content/badges/badges.yaml", format!("{}    criteria: {mail}\n", common::BADGES))
        .replace(
            "content/earners/2026.yaml",
            "        expires",
            &format!("        evidence: [{{narrative: '{mail} <https://www.harbour.example/>'}}]\n        expires"),
        );
    assert_eq!(site.build_at("2027-05-01").ok().stderr, "");
    let link = "<a href=mailto:desk@harbour.example>desk@harbour.example</a>";
    for (path, count) in [("index.html", 1), ("faq/renew/index.html", 3), ("badges/ccxp/index.html", 1), (AWARD, 5)] {
        assert_eq!(site.out(path).matches(link).count(), count, "{path}");
    }
    assert!(site.out(AWARD).contains("<a href=https://www.harbour.example/>"));
}

#[test]
fn addresses_in_html_become_addresses_of_the_site() {
    let site = TestSite::new();
    site.replace("site.yaml", "https://badges.test.example/", "https://test.example/badges/")
        .file(
            "content/guides/old.md",
            "---\ntitle: Old\n---\n<p align=\"center\"><img src=\"../badges/ccxp.svg\" width=\"50\" alt=\"A badge\"></p>\n\n\
             <a href=\"../faq/renew.md#renew\">FAQ</a>, <a href='/faq/renew.md'>again</a>, <a href=\"mailto:a@b.example\">us</a>\n\n\
             <picture><source srcset=\"../badges/ccxp.svg 2x\"><img src=\"/badges/ccxp.svg\" alt=\"\"></picture>\n",
        );
    assert_eq!(site.build().ok().stderr, "");
    let page = site.out("guides/old/index.html");
    assert!(
        page.contains(
            "<p class=align-center><img alt=\"A badge\" height=50 loading=lazy src=/badges/badges/ccxp.svg width=50>"
        ),
        "{page}"
    );
    assert!(
        page.contains("<a href=/badges/faq/renew/#renew>") && page.contains("<a href=/badges/faq/renew/>"),
        "{page}"
    );
    assert!(page.contains("<source srcset=\"/badges/badges/ccxp.svg 2x\">"), "{page}");
}

#[test]
fn a_picture_from_elsewhere_becomes_a_link() {
    let site = TestSite::new();
    let text = "![A pier](https://pictures.example/pier.png) <img src=\"https://pictures.example/b.png\" alt=\"B\"> \
                [![Built](https://ci.example/badge.svg)](https://ci.example/)";
    site.replace(FAQ, "Like this.", text);
    let said = site.build().ok().stderr;
    assert_eq!(said.matches("pages show no pictures from elsewhere").count(), 3, "{said}");
    let page = site.out("faq/renew/index.html");
    assert!(page.contains("<a href=https://pictures.example/pier.png>A pier</a>"), "{page}");
    assert!(page.contains("<a href=https://pictures.example/b.png>B</a>"), "{page}");
    assert!(page.contains("<a href=https://ci.example/>Built</a>"), "{page}");
}

#[test]
fn texts_of_several_files_meet_on_one_page_and_keep_apart() {
    let site = TestSite::new();
    let question = |id: &str| {
        format!(
            "## Question {id}? {{#{id} when=expired}}\n\nText[^1]. See [below](#more).\n\n### Dates\n\n<p id=\"own-{id}\">x</p>\n\n### Skills\n\n[^1]: Of {id}.\n"
        )
    };
    site.file(FAQ, format!("---\ntitle: A\n---\n{}\n### More\n", question("a")))
        .file("content/faq/b.md", format!("---\ntitle: B\n---\n{}\n### More\n", question("b")))
        // Names that could be those of others.
        .file("content/faq/c.md", "---\ntitle: C\n---\n## C? {#a-dates when=expired}\n\nC[^1].\n\n### X\n\n[^1]: C.\n\n## Question b?\n\nD.\n")
        .file("content/faq/d.md", "---\ntitle: D\n---\n## Question b? {when=expired}\n\nD.\n")
        .file(
            "content/badges/badges.yaml",
            format!("{}    criteria: |\n      # Criteria[^1]\n\n      See [x](#criteria).\n\n      [^1]: Of the badge.\n    skills: [x]\n", common::BADGES),
        )
        .replace(
            "content/earners/2026.yaml",
            "        expires",
            "        evidence: [{narrative: \"Good[^1].\\n\\n## Dates\\n\\n[^1]: One.\"}, {narrative: \"Good[^1].\\n\\n## Dates\\n\\n[^1]: Two.\"}]\n        expires",
        );
    site.build_at("2027-06-02").ok();
    let page = site.out(AWARD);
    check_names(&page);
    for note in ["Of a.", "Of b.", "C.", "Of the badge.", "One.", "Two."] {
        let label = format!("<sup class=footnote-definition-label>1</sup><p>{note}</p>");
        assert_eq!(page.matches(&label).count(), 1, "{note}");
    }
    // The way to a part of an answer is the way to the FAQ.
    assert!(page.contains("href=/faq/renew/#more"), "{page}");
    assert!(page.contains("<h4 id=q-a-dates-2>Dates</h4>"), "{page}");
    assert!(page.contains("<h3 id=criteria-criteria>Criteria"), "{page}");
    assert!(page.contains("<h4 id=evidence-2-dates>Dates</h4>"), "{page}");
    assert_eq!(page.matches("<h1").count(), 1);
    for path in ["faq/renew/index.html", "faq/b/index.html", "faq/c/index.html", "badges/ccxp/index.html"] {
        check_names(&site.out(path));
    }
}

#[test]
fn a_note_is_found_from_every_question_that_marks_it() {
    let site = TestSite::new();
    site.file(
        FAQ,
        "---\ntitle: A\n---\n## One? {#one when=expired}\n\nA[^late], b[^1].\n\n## Two? {#two when=expired}\n\nC[^1], d[^1].\n\n\
         ## Three? {#three}\n\nE.\n\n[^1]: <a id=\"first\"></a>First.\n[^late]: Late[^1].\n",
    );
    assert_eq!(site.build_at("2027-06-02").ok().stderr, "");
    for path in ["faq/renew/index.html", AWARD] {
        let page = site.out(path);
        check_names(&page);
        assert_eq!(page.matches("First.</p>").count(), 2, "{path}: {page}");
        assert_eq!(page.matches("<p>Late<sup").count(), 1, "{path}: {page}");
    }
    // Numbers stand for notes, and are no part of the words.
    assert!(site.out("search.json").contains("\"A, b."), "{}", site.out("search.json"));
}

#[test]
fn a_page_has_one_heading_of_level_1() {
    let site = TestSite::new();
    site.file("content/guides/book.md", "# The rules\n\nSee [the top](#the-rules) or [that](rules.md#rules).\n")
        .file("content/guides/rules.md", "---\ntitle: Rules\n---\n# Rules\n\nText.\n\n<h1>More</h1>\n")
        .file("content/faq/help.md", "# Help\n\n## What now? {#now when=expired}\n\n# Renew it\n\nSo.\n");
    let said = site.build_at("2027-06-02").ok().stderr;
    assert_eq!(said.matches("a page has one heading of level 1").count(), 2, "{said}");
    let book = site.out("guides/book/index.html");
    assert!(book.contains("<h1>The rules</h1>") && book.contains("<title>The rules"), "{book}");
    assert!(book.contains("<a href=#main>") && book.contains("<a href=/guides/rules/>"), "{book}");
    assert!(site.out("guides/rules/index.html").contains("<h2>More</h2>"));
    assert!(site.out("faq/help/index.html").contains("<h3 id=renew-it>Renew it</h3>"));
    for path in ["guides/book/index.html", "guides/rules/index.html", "faq/help/index.html", AWARD] {
        assert_eq!(site.out(path).matches("<h1").count(), 1, "{path}");
    }
}

#[test]
fn names_that_pages_have_are_places_to_link_to() {
    let site = TestSite::new();
    site.file(
        "content/guides/page.md",
        "---\ntitle: Page\n---\n## <a id=\"general\">General</a>\n\n## Tides <a name=\"low-tides\"></a>\n\n<p id=\"notes\">N[^1]</p>\n\n\
         [a](#general) [b](#low-tides) [c](#notes) [d](#fn-1) [e](#main) [f](../faq/renew.md#toc)\n\nN[^1]\n\n[^1]: x\n",
    )
    .file("content/guides/other.md", "---\ntitle: Other\n---\n[x](page.md#low-tides) <a href=\"page.md#notes\">y</a>\n");
    site.replace("content/guides/page.md", "N[^1]</p>", "N</p>");
    assert_eq!(site.build().ok().stderr, "");
    check_names(&site.out("guides/page/index.html"));
}

#[test]
fn columns_and_boxes_keep_how_they_are_set() {
    let site = TestSite::new();
    site.replace(
        FAQ,
        "Like this.",
        "| a | b | c |\n|:--|:-:|--:|\n| d | e | f |\n\n- [x] g\n\n> [!TIP]\n> h\n\n```yaml\ni: j\n```",
    );
    assert_eq!(site.build().ok().stderr, "");
    let page = site.out("faq/renew/index.html");
    for part in [
        "<th class=align-left>a</th>",
        "<td class=align-center>e</td>",
        "<td class=align-right>f</td>",
        "<input checked disabled type=checkbox>",
        "<div class=\"alert alert-tip\"",
        "<code class=language-yaml>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("style=\""), "{page}");
    assert!(site.out(&site.asset("style.css")).contains(".align-right{text-align:right}"));
}

#[test]
fn quotation_marks_follow_the_language_of_the_page() {
    let site = TestSite::new();
    site.replace("site.yaml", "issuer:", "languages: [en, de, ja]\nissuer:")
        .replace(FAQ, "Like this.", "Say \"yes\".")
        .file("content/faq/renew.de.md", "---\ntitle: Erneuern\n---\n## Was ist \"neu\"? {#renew}\n\nSag \"ja\".\n")
        .file("content/faq/renew.ja.md", "---\ntitle: 更新\n---\n## \"更新\"とは? {#renew}\n\n\"はい\"と\n言う。\n")
        .file("content/badges/badges.yaml", format!("{}    criteria: A \"test\".\n", common::BADGES));
    assert_eq!(site.build_at("2027-06-02").ok().stderr, "");
    assert!(site.out("faq/renew/index.html").contains("Say “yes”."));
    let german = site.out("de/faq/renew/index.html");
    assert!(german.contains("Sag „ja“.") && german.contains("Was ist „neu“?"), "{german}");
    assert!(site.out("ja/faq/renew/index.html").contains("「はい」と言う。"));
    assert!(site.out("de/badges/ccxp/index.html").contains("A “test”."), "an export is in the site's language");
    assert!(site.out("de/verify/award-kate/index.html").contains("Sag „ja“."));
    // Pages are read again when the site's language becomes another.
    site.replace("site.yaml", "languages: [en, de, ja]", "language: fr");
    for name in ["content/faq/renew.de.md", "content/faq/renew.ja.md"] {
        site.remove(name);
    }
    site.replace("site.yaml", "language: fr", "language: es");
    site.build_at("2027-06-02").ok();
    assert!(site.out("faq/renew/index.html").contains("Say «yes»."));
}

#[test]
fn links_to_folders_and_to_names_that_mean_something_else_in_addresses_are_explained() {
    let site = TestSite::new();
    site.file("content/handbook/tides/spring.md", "# Spring tides\n")
        .file("content/handbook/plan #1.pdf", "%PDF-1.4\n")
        .file("content/handbook/index.md", "# Handbook\n\n[a](tides/) [b](<plan #1.pdf>) [c](plan%20%231.pdf)\n");
    let said = site.build().refused();
    for what in [
        "`handbook/tides` is a folder without a page of its own",
        "link to a file in it, such as `/handbook/tides/spring.md`, or write `handbook/tides/index.md`",
        "`#` means something else in an address than in a file’s name",
        "write `plan%20%231.pdf`",
        "2 errors;",
    ] {
        assert!(said.contains(what), "{said}");
    }
}
