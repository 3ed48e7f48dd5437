//! Sites in several languages.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

mod common;

use common::TestSite;

/// A small site in English and Arabic, with one of its two FAQ pages translated.
fn bilingual() -> TestSite {
    let site = TestSite::new();
    site.replace("site.yaml", "issuer:", "languages: [en, ar]\nmenu:\n  - {label: FAQ, to: faq/}\nissuer:")
        .file(
            "content/faq/sharing.md",
            "---\ntitle: Sharing\n---\n## How do I share? {#share}\n\nSee [renewing](renew.md#renew).\n",
        )
        .file(
            "content/faq/renew.ar.md",
            "---\ntitle: التجديد\n---\n## كيف أجدّد الشارة؟ {#renew}\n\nانظر [المشاركة](sharing.md#share).\n",
        );
    site
}

#[test]
fn every_page_is_there_once_more_below_the_language() {
    let site = bilingual();
    site.build().ok();
    for path in ["", "verify/", "faq/", "faq/renew/", "faq/sharing/", "badges/ccxp/", "verify/award-kate/"] {
        assert!(site.has(&format!("{path}index.html")), "{path}");
        let page = site.out(&format!("ar/{path}index.html"));
        assert!(page.contains("<html lang=\"ar\" dir=\"rtl\">"), "{path}");
    }
    // What is no page is there once.
    for path in ["card.png", "404.html", "icon.svg", "badges/ccxp.svg"] {
        assert!(!site.has(&format!("ar/{path}")), "{path}");
    }
}

#[test]
fn pages_name_their_other_languages() {
    let site = bilingual();
    site.build().ok();
    let english = site.out("faq/renew/index.html");
    let arabic = site.out("ar/faq/renew/index.html");
    for page in [&english, &arabic] {
        assert!(
            page.contains("<link rel=\"alternate\" hreflang=\"en\" href=\"https://badges.test.example/faq/renew/\">")
        );
        assert!(
            page.contains(
                "<link rel=\"alternate\" hreflang=\"ar\" href=\"https://badges.test.example/ar/faq/renew/\">"
            )
        );
        assert!(page.contains("hreflang=\"x-default\" href=\"https://badges.test.example/faq/renew/\""));
    }
    assert!(arabic.contains("<link rel=\"canonical\" href=\"https://badges.test.example/ar/faq/renew/\">"));
    assert!(arabic.contains("property=\"og:url\" content=\"https://badges.test.example/ar/faq/renew/\""));
    assert!(arabic.contains("property=\"og:locale\" content=\"ar_AR\""));
}

#[test]
fn what_nobody_has_translated_is_marked_and_is_no_second_page_for_crawlers() {
    let site = bilingual();
    site.build().ok();
    let page = site.out("ar/faq/sharing/index.html");
    assert!(page.contains("<section class=\"question\" lang=\"en\" dir=\"ltr\">"), "{page}");
    assert!(page.contains("class=\"alert alert-note\""));
    assert!(page.contains("<link rel=\"canonical\" href=\"https://badges.test.example/faq/sharing/\">"));
    assert!(!page.contains("rel=\"alternate\" hreflang"));
    assert!(!site.out("faq/sharing/index.html").contains("hreflang=\"ar\" href=\"https"), "it is no translation");
    let sitemap = site.out("sitemap.xml");
    assert!(sitemap.contains("/ar/faq/renew/") && !sitemap.contains("/ar/faq/sharing/"), "{sitemap}");
}

#[test]
fn links_stay_within_the_language() {
    let site = bilingual();
    site.build().ok();
    assert!(site.out("ar/faq/renew/index.html").contains("href=/ar/faq/sharing/#share"));
    assert!(site.out("faq/sharing/index.html").contains("href=/faq/renew/#renew"));
    let award = site.out("ar/verify/award-kate/index.html");
    assert!(award.contains("href=\"/ar/badges/ccxp/\"") && award.contains("href=\"/ar/verify/\""), "{award}");
    assert!(
        award.contains("رمز QR يقود إلى https://badges.test.example/verify/award-kate/"),
        "the code leads to the original"
    );
}

#[test]
fn a_translation_need_not_repeat_where_a_question_is_shown() {
    let site = bilingual();
    site.build_at("2027-07-01").ok();
    let award = site.out("ar/verify/award-kate/index.html");
    assert!(award.contains("كيف أجدّد الشارة؟"), "{award}");
    assert!(award.contains("<time datetime=\"2027-06-01\">1 يونيو 2027</time>"), "{award}");
}

#[test]
fn a_private_award_says_nothing_in_any_language() {
    let site = bilingual();
    site.replace("content/earners/2026.yaml", "email:", "visibility: private\n    email:");
    site.build().ok();
    for path in ["verify/award-kate/index.html", "ar/verify/award-kate/index.html"] {
        let page = site.out(path);
        assert!(!page.contains("Kate") && !page.contains("data-status") && page.contains("noindex"), "{path}");
    }
    assert!(!site.tree().keys().any(|path| path.contains("award-kate") && !path.ends_with("index.html")));
}

/// A private award's old address has a page, but not in each language.
#[test]
fn no_page_leads_to_one_that_is_not_there() {
    let site = bilingual();
    site.replace("content/earners/2026.yaml", "email:", "visibility: private\n    email:");
    site.replace(
        "content/earners/2026.yaml",
        "        expires:",
        "        aliases: [s3kJd9aQ, deep/old.html]\n        expires:",
    );
    site.file(
        "content/earners/others.yaml",
        "earners:\n  - {id: e-2, name: Ana Ruiz, visibility: public, awards: [{id: award-ana, badge: ccxp, issued: 2025-03-01, \
         aliases: [old-ana]}]}\n",
    );
    site.build().ok();
    let tree = site.tree();
    for (path, bytes) in tree.iter().filter(|(path, _)| path.ends_with(".html")) {
        let page = String::from_utf8_lossy(bytes);
        for link in page.split("href=").skip(1) {
            let link = link.trim_start_matches('"').split(['"', ' ', '>', '#', '?']).next().unwrap();
            let link = link.strip_prefix("https://badges.test.example").unwrap_or(link);
            let Some(to) = link.strip_prefix('/') else { continue };
            let file = if to.is_empty() || to.ends_with('/') { format!("{to}index.html") } else { to.to_owned() };
            assert!(tree.contains_key(&file), "{path} leads to {link}");
        }
    }
    assert!(tree.contains_key("verify/s3kJd9aQ/index.html") && tree.contains_key("ar/verify/award-ana/index.html"));
}

#[test]
fn a_changed_translation_changes_only_its_language() {
    let site = bilingual();
    site.build().ok();
    let before = site.tree();
    site.replace("content/faq/renew.ar.md", "انظر", "اقرأ");
    site.build().ok();
    let changed: Vec<_> = site.tree().into_iter().filter(|(path, bytes)| before.get(path) != Some(bytes)).collect();
    assert!(
        changed.iter().all(|(path, _)| path.starts_with("ar/")),
        "{:?}",
        changed.iter().map(|(path, _)| path).collect::<Vec<_>>()
    );
    assert!(!changed.is_empty());
}

#[test]
fn without_a_language_its_folder_is_gone() {
    let site = bilingual();
    site.build().ok();
    site.replace("site.yaml", "languages: [en, ar]\n", "").remove("content/faq/renew.ar.md");
    site.build().ok();
    assert!(!site.has("ar"));
    assert!(!site.out("index.html").contains("hreflang"));
}

/// What `check` says of a site, without the line that counts.
fn said(site: &TestSite) -> String {
    let run = site.run(&["check"]);
    run.stderr
}

#[test]
fn slips_with_languages_are_reported() {
    let site = bilingual();
    site.file("content/faq/old.ar.md", "---\ntitle: قديم\n---\n## سؤال {#old}\n\nنص.\n")
        .file("content/faq/sharing.en.md", "---\ntitle: Sharing\n---\n## Again {#again}\n\nText.\n")
        .file("content/faq/sharing.de.md", "---\ntitle: Teilen\n---\n## Teilen {#teilen}\n\nText.\n")
        .replace("content/faq/renew.ar.md", "{#renew}", "{#renew-ar}")
        .replace("site.yaml", "languages: [en, ar]", "language: de\nlanguages: [en, ar, AR]");
    insta::assert_snapshot!(said(&site));
}

#[test]
fn a_folder_cannot_have_the_name_of_a_language() {
    let site = bilingual();
    site.file("content/ar/page.md", "---\ntitle: Page\n---\nText.\n");
    insta::assert_snapshot!(said(&site));
}
