//! What exports and front matter say, on the pages that are made of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

mod common;

use common::TestSite;

const EARNERS: &str = "content/earners/2026.yaml";
const PAGE: &str = "verify/award-kate/index.html";

/// A site in New York, in the languages of the theme, whose award ends at an hour.
fn at_an_hour(end: &str) -> TestSite {
    let site = TestSite::new();
    site.replace("site.yaml", "issuer:", "timezone: America/New_York\nlanguages: [en, es, de, ja, ar]\nissuer:");
    site.replace(EARNERS, "2027-06-01", end);
    site
}

/// What stands between two marks.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("no {from} in {text}"));
    rest.split_once(to).map(|(found, _)| found).unwrap()
}

#[test]
fn an_end_at_an_hour_was_promised_to_the_end_of_its_day() {
    let site = at_an_hour("2026-12-05T17:00:00-05:00");
    site.build().ok();
    for (folder, sentence, meaning) in [
        (
            "",
            "Valid until <time datetime=\"2026-12-05T22:00:00Z\">5 December 2026 at 17:00 Eastern Standard Time</time>. Renewal is open.",
            "It counts in full until that time.",
        ),
        (
            "es/",
            "Válida hasta el <time datetime=\"2026-12-05T22:00:00Z\">5 de diciembre de 2026 a las 17:00 hora estándar oriental</time>. La renovación está abierta.",
            "Vale plenamente hasta esa hora.",
        ),
        (
            "de/",
            "Gültig bis zum <time datetime=\"2026-12-05T22:00:00Z\">5. Dezember 2026 um 17:00 Nordamerikanische Ostküsten-Normalzeit</time>. Die Verlängerung ist möglich.",
            "Es gilt uneingeschränkt bis zu diesem Zeitpunkt.",
        ),
        (
            "ja/",
            "<time datetime=\"2026-12-05T22:00:00Z\">2026年12月5日 17:00 米国東部標準時</time>まで有効です。更新を受け付けています。",
            "その時刻まで、何の制限もなく有効です。",
        ),
        (
            "ar/",
            "سارية حتى <time datetime=\"2026-12-05T22:00:00Z\">5 ديسمبر 2026 في 5:00 م التوقيت الرسمي الشرقي لأمريكا الشمالية</time>. باب التجديد مفتوح.",
            "يُعتد بها كاملةً حتى ذلك الوقت.",
        ),
    ] {
        let page = site.out(&format!("{folder}{PAGE}"));
        assert_eq!(between(&page, "<p class=\"sentence\">", "</p>"), sentence);
        assert_eq!(between(&page, "<p class=\"meaning\">", "</p>").trim(), meaning);
    }
    let page = site.out(PAGE);
    assert!(!page.contains("end of that day"), "{page}");
    // What the script says instead by the reader's clock, what is shown elsewhere, and what machines read.
    assert!(page.contains("It did, from the day it was awarded until that time."), "{page}");
    assert!(
        between(&page, "<meta name=\"description\"", ">").contains("it runs until 5 December 2026 at 17:00 Eastern")
    );
    assert!(page.contains("\"expires\":\"2026-12-05T22:00:00Z\""), "{page}");
    assert!(page.contains("\"validFrom\":\"2024-03-01\""), "{page}");
    assert!(page.contains("data-valid-until=\"2026-12-05T22:00:00Z\""));
}

#[test]
fn the_last_second_of_a_day_is_the_day_and_a_beginning_at_an_hour_is_one() {
    let site = at_an_hour("2026-12-05T23:59:59-05:00");
    site.replace(EARNERS, "2024-03-01", "2026-12-02T09:30:00-05:00");
    site.build().ok();
    let page = site.out(PAGE);
    let sentence = between(&page, "<p class=\"sentence\">", "</p>");
    assert_eq!(
        sentence,
        "Begins on <time datetime=\"2026-12-02T14:30:00Z\">2 December 2026 at 09:30 Eastern Standard Time</time>."
    );
    assert!(page.contains("It does not count before that time."), "{page}");
    assert!(page.contains("Valid until <time datetime=\"2026-12-05\">5 December 2026</time>."), "{page}");
    assert!(page.contains("It counts in full until the end of that day."), "{page}");
}

#[test]
fn a_profile_has_the_month_of_the_last_day_that_counts() {
    let site = at_an_hour("2027-06-01T00:00:00-04:00");
    site.build().ok();
    let page = site.out(PAGE);
    assert!(page.contains("expirationYear=2027&amp;expirationMonth=5"), "{page}");
    assert!(page.contains("May 2027"), "{page}");
}

#[test]
fn keys_of_a_sites_own_reach_templates_and_are_escaped() {
    let site = TestSite::new();
    site.replace("site.yaml", "issuer:", "theme: own\nissuer:");
    site.file("content/guides/index.md", "---\ntitle: Guides\n---\nGuides.\n");
    site.file(
        "content/guides/a.md",
        "---\ntitle: A\nextra:\n  icon: <star>\n  next: {city: Leeds, places: 12, on: 2027-01-05, price: 1.5, full: false}\n  \
         list: [one, {two: 2}]\n---\nText.\n",
    );
    site.file(
        "themes/own/templates/page.html",
        "{{ page.extra.icon }}|{% if page.extra.next %}{{ page.extra.next.city }}, {{ page.extra.next.places + 1 }}, \
         {{ page.extra.next.on }}, {{ page.extra.next.price }}, {% if page.extra.next.full %}full{% else %}free{% endif %}, \
         {{ page.extra.list[1].two }}{% endif %}{% for c in children %}{{ c.title }}: {{ c.extra.icon }}{% endfor %}",
    );
    site.build().refused();
    // What is not there is asked for first.
    site.replace(
        "themes/own/templates/page.html",
        "{{ page.extra.icon }}|",
        "{% if page.extra.icon %}{{ page.extra.icon }}{% endif %}|",
    );
    site.build().ok();
    assert_eq!(site.out("guides/a/index.html"), "&lt;star&gt;|Leeds, 13, 2027-01-05, 1.5, free, 2");
    assert_eq!(site.out("guides/index.html"), "|A: &lt;star&gt;");
    site.replace("content/guides/a.md", "<star>", "moon");
    site.build().ok();
    assert!(site.out("guides/a/index.html").starts_with("moon|"));
    assert_eq!(site.out("guides/index.html"), "|A: moon");
}

#[test]
fn pages_without_an_order_stand_as_their_language_sorts() {
    let titles = ["Zebra", "Ärger", "Apfel", "Öl", "Oase", "Schritt 10", "Schritt 2"];
    let order = |language: &str| {
        let site = TestSite::new();
        site.replace("site.yaml", "issuer:", &format!("language: {language}\nissuer:"));
        site.file("content/guides/index.md", "---\ntitle: Guides\n---\n");
        for (index, title) in titles.iter().enumerate() {
            site.file(&format!("content/guides/p{index}.md"), format!("---\ntitle: {title}\n---\nText.\n"));
        }
        site.build().ok();
        let page = site.out("guides/index.html");
        let mut found = titles.map(|title| (page.find(&format!(">{title}<")).unwrap(), title));
        found.sort_unstable();
        found.map(|(_, title)| title).join(" ")
    };
    assert_eq!(order("de"), "Apfel Ärger Oase Öl Schritt 2 Schritt 10 Zebra");
    assert_eq!(order("sv"), "Apfel Oase Schritt 2 Schritt 10 Zebra Ärger Öl");
}
