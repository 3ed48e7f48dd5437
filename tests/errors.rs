//! What editors read when something is wrong: every rule once, as it is printed.
//!
//! The snapshots are the product. Read them aloud before you accept a change: would
//! somebody who is no programmer know what to do?

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::duration_suboptimal_units,
    clippy::format_collect,
    reason = "a test stops at the first surprise"
)]

mod common;

use common::TestSite;

/// A card with something in it that no card should have.
fn card(inside: &str) -> String {
    format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1200 630\">\n{inside}\n</svg>\n")
}

/// Changes the test site, builds it, and compares what is printed.
macro_rules! wrong {
    ($($name:ident: $change:expr;)*) => {$(
        #[test]
        fn $name() {
            let site = TestSite::new();
            let change: &dyn Fn(&TestSite) = &$change;
            change(&site);
            let said = site.build().refused();
            assert!(!site.has("index.html"), "something was published");
            insta::assert_snapshot!(said);
        }
    )*};
}

const EARNERS: &str = "content/earners/2026.yaml";
const BADGES: &str = "content/badges/badges.yaml";
const FAQ: &str = "content/faq/renew.md";

wrong! {
    yaml_that_cannot_be_read: |site| { site.replace(EARNERS, "    name: Katherine Osei", "    name: \"Katherine Osei"); };
    a_tab_in_front_of_a_key: |site| { site.replace(EARNERS, "        issued", "\tissued"); };
    a_value_of_the_wrong_type: |site| { site.replace(EARNERS, "issued: 2024-03-01", "issued: [2024-03-01]"); };
    an_unknown_key: |site| { site.replace(EARNERS, "expires:", "expries:"); };
    a_key_that_belongs_elsewhere: |site| { site.replace(EARNERS, "    email: k.osei@mail.example", "    expires: 2027-01-01"); };
    a_missing_key: |site| { site.replace(EARNERS, "        issued: 2024-03-01\n", ""); };
    a_day_that_does_not_exist: |site| { site.replace(EARNERS, "2027-06-01", "2027-02-30"); };
    a_date_in_another_order: |site| { site.replace(EARNERS, "2027-06-01", "06/01/2027"); };
    an_instant_without_offset: |site| { site.replace(EARNERS, "2027-06-01", "2027-06-01T12:00:00"); };
    an_address_without_scheme: |site| { site.replace("site.yaml", "https://test.example/", "www.test.example"); };
    a_script_as_evidence: |site| {
        site.replace(EARNERS, "        expires: 2027-06-01", "        evidence:\n          - {name: X, url: 'javascript:alert(1)'}");
    };
    an_unknown_time_zone: |site| { site.file("site.yaml", format!("{}timezone: America/New_Yrok\n", common::SITE)); };
    an_id_of_the_wrong_form: |site| { site.replace(EARNERS, "award-kate", "a/b c"); };
    an_old_address_among_files_that_are_kept_for_ever: |site| {
        site.replace(EARNERS, "        expires:", "        aliases: [_assets/old]\n        expires:");
    };
    an_old_address_below_a_file: |site| {
        site.replace(EARNERS, "        expires:", "        aliases: [badges/ccxp.svg]\n        expires:");
    };
    a_question_with_nothing_after_its_marks: |site| { site.file("content/faq/q.md", "---\ntitle: Q\n---\n## Q? {#q when= badge=}\n\nA.\n"); };
    a_fault_in_one_record_hides_none_in_others: |site| {
        site.replace(BADGES, "badges:", "badges:\n  - {id: new, name: New, descripton: N, image: ccxp.svg}");
        site.file("content/faq/q.md", "---\ntitle: Q\n---\n## Q? {#q when=expired badge=new}\n\n[New](/badges/new/), [X](/nowhere.md).\n");
        site.file(
            "content/earners/others.yaml",
            "earners:\n  - id: e-2\n    name: Ann Okafor\n    emial: x\n    awards:\n      - {id: award-ann, badge: new, issued: 2025-01-01}\n\
             \x20     - {id: award-bad, badge: ccxp, issued: 2025-02-30}\n      - {id: award-kat, badge: cxcp, issued: 2025-01-01, \
             replaces: award-bad}\n  - {id: e-3, name: Bo Lund, awards: [{id: award-kate, badge: ccxp, issued: 2025-01-01, expires: \
             2024-01-01}]}\n",
        );
    };
    a_template_that_is_made_of_one_that_is_not_there: |site| {
        site.file("site.yaml", format!("{}theme: mine\n", common::SITE));
        site.file("themes/mine/templates/page.html", "{% extends \"bace.html\" %}\n");
    };
    tags_that_are_no_languages: |site| { site.file("site.yaml", format!("{}languages: [en, en-US-US, root]\n", common::SITE)); };
    an_export_in_a_theme: |site| { site.file("themes/default/static/members.yaml", "earners: []\n"); };
    a_mail_address_is_not_repeated: |site| { site.replace(EARNERS, "k.osei@mail.example", "secret person at mail"); };
    two_awards_with_one_id: |site| {
        site.file("content/earners/more.yaml", common::EARNERS.replace("e-1", "e-2"));
    };
    two_earners_with_one_id: |site| {
        site.file("content/earners/more.yaml", common::EARNERS.replace("award-kate", "award-two"));
    };
    two_badges_with_one_id: |site| { site.file("content/more.yaml", common::BADGES.replace("ccxp.svg", "badges/ccxp.svg")); };
    award_ids_that_differ_only_in_case: |site| {
        site.file("content/earners/more.yaml", common::EARNERS.replace("e-1", "e-2").replace("award-kate", "AWARD-KATE"));
    };
    an_alias_that_is_taken: |site| {
        site.replace(EARNERS, "        expires: 2027-06-01", "        aliases: [old-code, award-kate]");
        site.file("content/earners/more.yaml", common::EARNERS.replace("e-1", "e-2").replace("award-kate", "award-two").replace("        expires: 2027-06-01", "        aliases: [OLD-code]"));
    };
    an_alias_that_cannot_be_an_address: |site| { site.replace(EARNERS, "        expires: 2027-06-01", "        aliases: ['../../etc']"); };
    an_unknown_badge: |site| { site.replace(EARNERS, "badge: ccxp", "badge: cxcp"); };
    an_award_that_expires_before_it_is_issued: |site| { site.replace(EARNERS, "2027-06-01", "2020-06-01"); };
    a_replacement_of_nothing: |site| { site.replace(EARNERS, "        expires: 2027-06-01", "        replaces: award-katy"); };
    a_replacement_of_itself: |site| { site.replace(EARNERS, "        expires: 2027-06-01", "        replaces: award-kate"); };
    awards_that_replace_each_other: |site| {
        site.replace(EARNERS, "        expires: 2027-06-01", "        replaces: award-two\n      - {id: award-two, badge: ccxp, issued: 2020-01-01, replaces: award-kate}");
    };
    a_renewal_question_that_no_faq_has: |site| { site.file(BADGES, format!("{}    renewal: {{question: renwe}}\n", common::BADGES)); };
    a_picture_that_is_missing: |site| { site.replace(BADGES, "ccxp.svg", "cxcp.svg"); };
    a_picture_that_is_none: |site| { site.file("content/badges/ccxp.svg", "hello"); };
    an_svg_with_a_script: |site| {
        site.file("content/badges/ccxp.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\">\n<script>alert(1)</script>\n</svg>");
    };
    an_svg_with_an_entity: |site| {
        site.file("content/badges/ccxp.svg", "<!DOCTYPE svg [<!ENTITY a \"b\">]>\n<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><text>&a;</text></svg>");
    };
    a_link_to_a_page_that_is_not_there: |site| { site.replace(FAQ, "Like this.", "See [the guide](../guides/renewing.md)."); };
    a_link_to_a_heading_that_is_not_there: |site| { site.replace("content/index.md", "Hello.", "See [this](faq/renew.md#renw)."); };
    a_link_that_leads_out: |site| { site.replace(FAQ, "Like this.", "See [x](../../secret.md)."); };
    a_link_with_a_scheme_that_runs: |site| { site.replace(FAQ, "Like this.", "See [x](javascript:alert(1))."); };
    two_questions_with_one_id: |site| { site.file("content/faq/b.md", "---\ntitle: B\n---\n## Again? {#renew}\n\nNo.\n"); };
    a_question_for_an_unknown_status: |site| { site.replace(FAQ, "when=expired,expiring", "when=expried badge=ccpx"); };
    a_page_without_a_title: |site| { site.file("content/about.md", "Hello.\n"); };
    front_matter_that_is_never_ended: |site| { site.file("content/about.md", "---\ntitle: About\n\nHello.\n"); };
    an_unknown_key_in_front_matter: |site| { site.file("content/about.md", "---\ntitle: About\nupdate: 2026-01-01\n---\nHello.\n"); };
    keys_of_other_programs_in_front_matter: |site| {
        site.file(
            "content/about.md",
            "---\ntitle: About\nweight: 3\nlastmod: 2026-01-01\nslug: us\nlayout: page\ntags: [a]\npermalink: /us/\n\
             sidebar_position: 2\nnav_order: 4\npublished: false\ndate: 2026-01-01\naliases: [/us/]\n---\nHello.\n",
        );
    };
    front_matter_in_toml: |site| { site.file("content/about.md", "+++\ntitle = \"About\"\n+++\nHello.\n"); };
    front_matter_in_json: |site| { site.file("content/about.md", "{\n  \"title\": \"About\"\n}\nHello.\n"); };
    extra_that_is_no_record: |site| { site.file("content/about.md", "---\ntitle: About\nextra: star\n---\nHello.\n"); };
    extra_that_is_too_deep: |site| {
        let deep = format!("{}1{}", "[".repeat(20), "]".repeat(20));
        site.file("content/about.md", format!("---\ntitle: About\nextra:\n  icon: star\n  list: {deep}\n---\nHello.\n"));
    };
    an_export_of_brackets: |site| { site.file("content/deep.yaml", format!("badges: {}", "[".repeat(10_000))); };
    words_of_brackets: |site| {
        site.file("themes/mine/i18n/en.yaml", format!("home: Start\nbadges: {}\n", "[".repeat(10_000)));
        site.file("site.yaml", format!("{}theme: mine\n", common::SITE));
    };
    words_that_are_a_list: |site| {
        site.file("themes/mine/i18n/en.yaml", "home: Start\nbadges: [Badges]\n");
        site.file("site.yaml", format!("{}theme: mine\n", common::SITE));
    };
    a_card_of_nested_text: |site| {
        site.file("themes/mine/templates/card.svg", card(&format!("<text>{}x{}</text>", "<tspan>".repeat(10_000), "</tspan>".repeat(10_000))));
        site.file("site.yaml", format!("{}theme: mine\n", common::SITE).replace("share_card: false", "share_card: true"));
    };
    a_card_of_endless_references: |site| {
        let chain = |n: usize| format!("<clipPath id=\"a{n}\" clip-path=\"url(#a{})\"/>", n + 1);
        site.file("themes/mine/templates/card.svg", card(&(0..10_000).map(chain).collect::<String>()));
        site.file("site.yaml", format!("{}theme: mine\n", common::SITE).replace("share_card: false", "share_card: true"));
    };
    a_page_at_an_address_that_is_taken: |site| { site.file("content/verify.md", "---\ntitle: V\n---\nHello.\n"); };
    an_export_that_is_not_called_yaml: |site| { site.file("content/earners/old.yml", common::EARNERS); };
    an_export_with_another_ending: |site| { site.file("content/earners/autumn.yaml.txt", common::EARNERS); };
    a_table_of_members: |site| { site.file("content/members.CSV", "a,b\n"); };
    an_address_of_an_earner_in_an_answer: |site| { site.replace(FAQ, "Like this.", "Ask *K.Osei@mail.example*."); };
    an_address_of_an_earner_in_a_document: |site| { site.file("content/guides/list.txt", "Name\nKate Osei\tk.osei@mail.example\n"); };
    an_address_of_an_earner_as_a_name: |site| { site.replace(EARNERS, "preferred_name: Kate Osei", "preferred_name: k.osei@mail.example"); };
    a_file_that_is_named_after_an_earner: |site| {
        site.replace(EARNERS, "e-1", "e-1042").file("content/photos/E-1042.svg", common::PICTURE);
    };
    an_export_under_another_name: |site| {
        site.file("content/old.txt", "earners:\n  - id: x-1\n    email: gone@mail.example\n");
    };
    a_link_that_leads_nowhere: |site| {
        #[cfg(unix)]
        std::os::unix::fs::symlink("gone.md", site.at("content/faq/more.md")).unwrap();
    };
    a_site_without_config: |site| { site.remove("site.yaml"); };
    a_link_in_html_to_a_page_that_is_not_there: |site| {
        site.replace(FAQ, "Like this.", "See <a href=\"../guides/renewing.md\">the guide</a>, <img src=\"lamp.png\" alt=\"\">.");
    };
    an_id_that_the_theme_has: |site| { site.replace(FAQ, "{#renew when", "{#topics when"); };
    an_id_that_html_has_too: |site| { site.replace(FAQ, "Like this.", "<p id=\"renew\">Like this.</p>"); };
    an_element_that_is_never_ended: |site| { site.replace(FAQ, "Like this.", "Look: <iframe src=\"https://films.example/1\">"); };
    a_text_that_is_nested_too_deep: |site| {
        site.replace(FAQ, "Like this.", &format!("{} x", ">".repeat(10_000)));
        site.file(BADGES, format!("{}    criteria: '{}x'\n", common::BADGES, "- ".repeat(10_000)));
        site.replace(EARNERS, "        expires: 2027-06-01", &format!("        evidence: [{{narrative: '{}'}}]", "<b>".repeat(10_000)));
    };
    an_attribute_that_no_question_has: |site| { site.replace(FAQ, "when=expired,expiring", "when=expired whn=expiring"); };
    several_things_at_once: |site| {
        site.replace(EARNERS, "badge: ccxp", "badge: cxcp").replace(EARNERS, "2027-06-01", "2020-06-01");
        site.file("content/a.yaml", "badges:\n  - id: X\n    nmae: Y\n").file("content/b.md", "no title");
        site.file("site.yaml", format!("{}shrae: [x]\n", common::SITE));
    };
    bytes_that_are_no_utf8: |site| { site.file(EARNERS, b"earners:\n  - id: e-1\n    name: Jos\xe9\n"); };
    a_template_with_a_mistake: |site| {
        site.file("themes/mine/templates/404.html", "<p>\n{% if %}\n</p>\n");
        site.file("site.yaml", format!("{}theme: mine\n", common::SITE));
    };
    a_template_that_uses_what_is_not_there: |site| {
        site.file("themes/mine/templates/404.html", "<p>\n{{ site.nothing.here }}\n</p>\n");
        site.file("site.yaml", format!("{}theme: mine\n", common::SITE));
    };
    fonts_that_are_not_there: |site| {
        site.file("fonts/read-me.txt", "no font");
        site.file("site.yaml", format!("{}fonts: [fonts/, typefaces/a.otf, ../elsewhere, /nowhere/fonts]\n", common::SITE));
    };
    fonts_that_cannot_be_named_so: |site| {
        site.file("site.yaml", format!("{}fonts: [https://fonts.example/a.ttf, ~/.fonts]\n", common::SITE));
    };
    a_font_that_is_none: |site| {
        site.file("fonts/web.ttf", "<html>").file("site.yaml", format!("{}fonts: [fonts/web.ttf]\n", common::SITE));
    };
}

/// Changes the test site, builds it, and compares what it warns of.
macro_rules! doubtful {
    ($($name:ident: $change:expr;)*) => {$(
        #[test]
        fn $name() {
            let site = TestSite::new();
            let change: &dyn Fn(&TestSite) = &$change;
            change(&site);
            let said = site.build().ok().stderr;
            assert!(site.has("index.html"), "nothing was published");
            insta::assert_snapshot!(said);
        }
    )*};
}

doubtful! {
    a_name_that_turns_direction: |site| { site.replace(EARNERS, "Kate Osei", "\"Kate \\u202eiesO\""); };
    a_name_of_mixed_scripts: |site| { site.replace(EARNERS, "Kate Osei", "K\u{430}te Osei"); };
    an_export_that_is_too_old: |site| {
        site.file("site.yaml", format!("{}stale_after: 14 days\n", common::SITE));
        site.file(EARNERS, format!("exported_at: 2026-01-01T00:00:00Z\n{}", common::EARNERS));
    };
    an_export_from_the_future: |site| {
        site.file(EARNERS, format!("exported_at: 2027-01-05T06:00:00Z\n{}", common::EARNERS));
    };
    days_that_were_written_by_another_clock: |site| {
        site.file("site.yaml", format!("{}timezone: America/New_York\n", common::SITE));
        site.replace(EARNERS, "2024-03-01", "2024-03-01T00:00:00Z").replace(EARNERS, "2027-06-01", "2027-06-01T23:59:59Z");
    };
    many_days_that_were_written_by_another_clock: |site| {
        site.file("site.yaml", format!("{}timezone: Europe/Berlin\n", common::SITE));
        let more = |n: usize| {
            format!("      - {{id: more-{}, badge: ccxp, issued: 2024-03-01, expires: 2026-12-31T00:00:00Z}}\n", "x".repeat(n))
        };
        site.file(EARNERS, format!("{}{}", common::EARNERS, (1..=12).map(more).collect::<String>()));
    };
    an_alias_that_can_be_counted: |site| {
        site.replace(EARNERS, "        expires: 2027-06-01", "        aliases: [badge/88231, member/2026/0501, s3kJd9aQ]");
    };
    an_alias_that_is_a_word: |site| { site.replace(EARNERS, "        expires: 2027-06-01", "        aliases: [founder]"); };
    an_alias_that_is_the_persons_name: |site| {
        site.replace(EARNERS, "        expires: 2027-06-01", "        aliases: [kate-osei]");
    };
    an_award_id_that_can_be_counted: |site| { site.replace(EARNERS, "award-kate", "\"20110501\""); };
    values_that_are_cut_short: |site| {
        site.replace(EARNERS, "    awards:", "    company: Acme # moved\n    job_title: Agent #7\n    awards:");
        site.replace(EARNERS, "2027-06-01", "2027-06-01 #check");
        site.file("site.yaml", format!("{}accent: #1f5f8b\n", common::SITE));
        site.replace(FAQ, "title: Renewing", "title: Renewing #2\nextra: {icon: Star}");
    };
    names_that_were_converted_too_often: |site| {
        site.replace(EARNERS, "Kate Osei", "Kate O&#039;Hara");
        site.replace(EARNERS, "    awards:", "    company: CafÃ© MuÃ±oz\n    job_title: \"Jos\\\\u00e9\"\n    awards:");
    };
    a_question_that_no_page_shows: |site| { site.replace(FAQ, "when=expired,expiring", "badge=ccxp"); };
    a_badge_that_nobody_holds: |site| {
        site.file(BADGES, format!("{}  - {{id: old, name: Old, description: D, image: ccxp.svg}}\n", common::BADGES));
    };
    a_name_that_no_font_can_draw: |site| {
        site.replace("site.yaml", "share_card: false", "share_card: true").replace(EARNERS, "Kate Osei", "小鳥遊みずき");
    };
    names_that_no_font_can_draw_are_told_once_a_script: |site| {
        site.replace("site.yaml", "share_card: false", "share_card: true, certificate_pdf: true");
        let names = ["小鳥遊みずき", "南宮 서린", "王小明", "ปาริฉัตร", "Ada 🪿", "\u{12000}\u{12001}"];
        let earner = |(index, name): (usize, &&str)| {
            format!("  - {{id: e-{index}, name: {name}, awards: [{{id: award-{index}, badge: ccxp, issued: 2024-03-01}}]}}\n")
        };
        let earners: String = names.iter().enumerate().map(earner).collect();
        site.file(EARNERS, format!("earners:\n{earners}"));
    };
    a_photo_that_says_where_it_was_taken: |site| {
        // EXIF with a directory that has a latitude.
        let exif = b"II*\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\x1a\0\0\0\0\0\0\0\x01\0\x02\0\x05\0\x03\0\0\0\0\0\0\0\0\0\0\0";
        site.file("content/pier.webp", [b"RIFF\0\0\0\0WEBPVP8 EXIF", exif.as_slice()].concat());
    };
    a_picture_without_words: |site| { site.replace(FAQ, "Like this.", "![](../badges/ccxp.svg)"); };
    a_file_that_is_not_published: |site| { site.file("content/plan.xlsx", "x"); };
    a_file_that_no_page_leads_to: |site| { site.file("content/files/notes.txt", "x"); };
    an_archive_that_cannot_be_searched: |site| {
        site.file("content/kit.zip", b"PK\x03\x04").replace(FAQ, "Like this.", "[The kit](../kit.zip)");
    };
    html_that_is_left_out: |site| {
        site.replace(FAQ, "Like this.", "<iframe src=\"https://films.example/1\"></iframe>\n\n<p style=\"color: red\" onclick=\"x()\">Write to <your name>.</p>\n\n<center>a</center> <video src=\"a.mp4\"/>");
        site.file(BADGES, format!("{}    criteria: Be <font color=red>good</font>.\n", common::BADGES));
    };
    a_picture_from_elsewhere: |site| { site.replace(FAQ, "Like this.", "![A pier](https://pictures.example/pier.png)"); };
    a_picture_in_html_without_words: |site| { site.replace(FAQ, "Like this.", "<img src=\"../badges/ccxp.svg\">"); };
    footnotes_without_a_note_or_a_mark: |site| {
        site.replace(FAQ, "Like this.", "Like this[^a].\n\n[^b]: Never.\n[^c]: One.\n[^c]: Two.\n\nC[^c].");
    };
    headings_of_level_1: |site| {
        site.file("content/guides/rules.md", "---\ntitle: Rules\n---\n\n# The rules\n\n# Exceptions\n");
        site.replace(FAQ, "Like this.", "# Like this\n\nText.");
    };
    attributes_that_a_heading_cannot_have: |site| {
        site.replace(FAQ, "Like this.", "### More {.wide when=expired #more}\n\nText.");
    };
}
