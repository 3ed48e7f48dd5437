//! Addresses: whatever files are called, everything that names one leads to it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::TestSite;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What a keyboard has, what other alphabets have, and what looks encoded and is not.
const NAMES: [&str; 17] = [
    "C# at sea",
    "Ready?",
    "100% sure",
    "a%20b",
    "a%2Fb",
    "~!$&'()*+,;=@[]^`{}|",
    "\"<quoted>\"",
    "Tom & Kate",
    "1&amp;2",
    "Führung",
    "Tiếng Việt",
    "قائمة الشارات",
    "שלום",
    "हिन्दी",
    "한국어",
    "🦉👩‍🚀",
    "a..",
];

/// A name as editors write it in a link.
fn written(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}

/// A site in which everything that can be named is called by such names, and everything names it.
fn site() -> TestSite {
    let site = TestSite::new();
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut index = "---\ntitle: Guides\n---\n".to_owned();
    let mut menu = String::new();
    for name in NAMES {
        let link = written(name);
        let download = quoted(&format!("{name}.pdf"));
        site.file(
            &format!("content/guides/{name}/{name}.md"),
            format!(
                "---\ntitle: T\ndownload: {download}\n---\n![p]({link}.svg) [self](#50%25)\n\n## One {{#50%}}\n\n## Two\n\n## Three {{#später}}\n"
            ),
        );
        site.file(
            &format!("content/guides/{name}/index.md"),
            format!("---\ntitle: F\n---\n[in]({link}.md#sp%C3%A4ter)\n"),
        );
        site.file(&format!("content/guides/{name}/{name}.pdf"), "%PDF");
        site.file(&format!("content/guides/{name}/{name}.svg"), common::PICTURE);
        site.file(
            &format!("content/faq/{name}.md"),
            format!("---\ntitle: Q\n---\n## Q {name}? {{#q-{link} when=active}}\n\n[g](../guides/{link}/{link}.md)\n"),
        );
        index.push_str(&format!("[x]({link}/{link}.md)\n\n"));
        menu.push_str(&format!("  - {{label: M, to: {}}}\n", quoted(&format!("guides/{link}/{link}.md#50%25"))));
    }
    site.file("content/guides/index.md", index);
    let picture = "Ölhafen #1?.svg";
    site.file(&format!("content/badges/{picture}"), common::PICTURE);
    site.replace("content/badges/badges.yaml", "ccxp.svg", &quoted(picture));
    let image = quoted(&format!("badges/{picture}"));
    site.replace(
        "site.yaml",
        "  url: https://test.example/",
        &format!("  url: https://test.example/\n  image: {image}"),
    );
    site.file(
        "site.yaml",
        std::fs::read_to_string(site.at("site.yaml")).unwrap()
            + "languages: [en, es]\nindexing: true\nedit_url: https://git.example/edit\nmenu:\n"
            + &menu,
    );
    site.replace("content/earners/2026.yaml", "    awards:", "    visibility: public\n    awards:");
    site
}

/// The values of attributes that hold addresses, in HTML.
fn addresses(html: &str) -> Vec<String> {
    // HTML to be copied is text here.
    let html: String =
        html.split("<textarea").map(|part| part.split_once("</textarea>").map_or(part, |(_, rest)| rest)).collect();
    let mut found = Vec::new();
    for name in [" href=", " src=", " content=", " data-copy=", " data-search="] {
        for (at, _) in html.match_indices(name) {
            let rest = &html[at + name.len()..];
            let value = match rest.strip_prefix('"') {
                Some(rest) => rest.split('"').next(),
                None => rest.split([' ', '>']).next(),
            };
            let value = value.unwrap_or_default().replace("&#39;", "'").replace("&quot;", "\"").replace("&amp;", "&");
            let value = value.strip_prefix("0; url=").unwrap_or(&value).to_owned();
            let is_address = value.starts_with('/') || value.starts_with("https://");
            found.extend((!matches!(name, " content=" | " data-copy=") || is_address).then_some(value));
        }
    }
    // Structured data, the sitemap, the search index.
    for (at, _) in html.match_indices("\"https://").chain(html.match_indices("<loc>https://")) {
        let address = html[at..].trim_start_matches('"').trim_start_matches("<loc>");
        found.extend(address.split(['"', '<']).next().map(str::to_owned));
    }
    for (at, _) in html.match_indices("\"url\":\"") {
        found.extend(html[at + 7..].split('"').next().map(str::to_owned));
    }
    found
}

/// What is wrong with the addresses in the output of a site at `base`.
fn dead(site: &TestSite, base: &str) -> BTreeSet<String> {
    let files = site.tree();
    let ids: BTreeMap<&String, BTreeSet<String>> = files
        .iter()
        .filter(|(path, _)| path.ends_with(".html"))
        .map(|(path, bytes)| {
            let html = String::from_utf8_lossy(bytes);
            let ids = html.split(" id=").skip(1).map(|rest| match rest.strip_prefix('"') {
                Some(rest) => rest.split('"').next().unwrap_or_default().to_owned(),
                None => rest.split([' ', '>']).next().unwrap_or_default().to_owned(),
            });
            (path, ids.collect())
        })
        .collect();
    let base = url::Url::parse(base).unwrap();
    let mut wrong = BTreeSet::new();
    for (file, bytes) in &files {
        if ![".html", ".xml", ".json"].iter().any(|end| file.ends_with(end)) {
            continue;
        }
        let text = String::from_utf8_lossy(bytes);
        for address in addresses(&text) {
            let mut fail = |why: &str| wrong.insert(format!("{file}: {why}: {address}"));
            if !address.bytes().all(|byte| byte.is_ascii_graphic()) {
                fail("not encoded");
                continue;
            }
            let here = base.join(&utf8_percent_encode(file, NON_ALPHANUMERIC).to_string()).unwrap();
            let Ok(url) = here.join(&address) else {
                fail("no address");
                continue;
            };
            if url.host() != base.host() || !matches!(url.scheme(), "http" | "https") {
                continue;
            }
            if !address.starts_with('#') && !url.as_str().ends_with(address.as_str()) {
                fail("a browser asks for another one");
            }
            let path = if address.starts_with('#') {
                file.clone()
            } else {
                let Some(path) = url.path().strip_prefix(base.path()) else {
                    fail("outside");
                    continue;
                };
                let path = percent_decode_str(path).decode_utf8().unwrap().into_owned();
                if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path }
            };
            if !files.contains_key(&path) {
                fail("nothing is there");
            } else if let Some(id) = url.fragment().filter(|id| !id.is_empty()) {
                let id = percent_decode_str(id).decode_utf8().unwrap();
                if ids.get(&path).is_some_and(|ids| !ids.contains(&*id)) {
                    fail("no such id");
                }
            }
        }
    }
    wrong
}

#[test]
fn everything_that_names_a_file_leads_to_it_whatever_it_is_called() {
    let site = site();
    for base in ["https://badges.test.example/", "https://prüfung.test.example/Größe%20%231/"] {
        site.run(&["build", "--at", common::MOMENT, "--base-url", base]).ok();
        assert_eq!(dead(&site, base), BTreeSet::new());
    }
    let page = site.out("guides/C# at sea/C# at sea/index.html");
    assert!(page.contains("https://git.example/edit/content/guides/C%23%20at%20sea/C%23%20at%20sea.md"), "{page}");
    let award = site.out("verify/award-kate/index.html");
    assert!(award.contains("<b class=\"host\">prüfung.test.example/Größe%20%231</b>"), "{award}");
    let address = "https://xn--prfung-4ya.test.example/Gr%C3%B6%C3%9Fe%20%231/";
    assert!(award.contains(&format!("<link rel=\"canonical\" href=\"{address}verify/award-kate/\">")), "{award}");
    assert!(award.contains(&format!("<meta property=\"og:url\" content=\"{address}verify/award-kate/\">")), "{award}");
}

/// A text as macOS spells it.
fn apart(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfd().collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_is_one_name_in_both_spellings() {
    for (here, there) in [(str::to_owned as fn(&str) -> String, apart as fn(&str) -> String), (apart, str::to_owned)] {
        let site = TestSite::new();
        site.file(
            &format!("content/guides/{}.md", here("Führung")),
            format!(
                "---\ntitle: G\ndownload: {}\n---\n## {} {{#{}}}\n\n## {}\n",
                there("Größe.pdf"),
                here("Über"),
                here("übung"),
                here("Tiếng")
            ),
        );
        site.file(&format!("content/guides/{}", here("Größe.pdf")), "%PDF");
        site.file(&format!("content/badges/{}", here("Ölhafen.svg")), common::PICTURE);
        site.replace("content/badges/badges.yaml", "ccxp.svg", &there("Ölhafen.svg"));
        site.file(
            "content/badges/badges.yaml",
            format!(
                "{}    renewal: {{question: {}}}\n",
                std::fs::read_to_string(site.at("content/badges/badges.yaml")).unwrap(),
                there("verlängern")
            ),
        );
        site.file("content/faq/renew.md", format!("---\ntitle: F\n---\n## Wie? {{#{}}}\n\nSo.\n", here("verlängern")));
        let link = there("Führung");
        site.file("content/index.md", format!(
            "---\ntitle: W\n---\n[a](guides/{link}.md#{}) [b](guides/{}.md#{}) [c](guides/{link}.md#{})\n![p](badges/{})\n",
            there("übung"), written(&link), written(&there("übung")), there("tiếng"), there("Ölhafen.svg")
        ));
        site.file(
            "site.yaml",
            format!(
                "{}menu: [{{label: M, to: {}}}]\n",
                common::SITE.replace("  url:", &format!("  image: {}\n  url:", there("badges/Ölhafen.svg"))),
                there("guides/Führung.md")
            ),
        );
        site.build().ok();
        assert!(site.has("guides/Führung/index.html"));
        assert_eq!(dead(&site, "https://badges.test.example/"), BTreeSet::new());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn two_files_that_differ_in_spelling_alone_are_refused() {
    let site = TestSite::new();
    site.file("content/guides/Führung.md", "---\ntitle: A\n---\nA.\n");
    site.file(&format!("content/guides/{}.md", apart("Führung")), "---\ntitle: Another\n---\nB.\n");
    insta::assert_snapshot!(site.build().refused());
}

#[test]
fn a_domain_is_claimed_only_where_all_of_it_is_the_sites_own() {
    let site = TestSite::new();
    site.file("site.yaml", format!("{}hosting: github\n", common::SITE));
    let said = site.build().ok().stdout;
    assert_eq!(site.out("CNAME"), "badges.test.example\n");
    assert!(site.has("robots.txt") && !said.contains("note"), "{said}");
    for (base, notes) in [
        ("https://test.example/guild/badges/", 2),
        ("https://guild.github.io/badges/", 1),
        ("https://guild.github.io/", 0),
        ("https://test.example:8443/", 1),
    ] {
        let said = site.run(&["build", "--at", common::MOMENT, "--base-url", base]).ok().stdout;
        assert!(!site.has("CNAME"), "{base}");
        assert_eq!(site.has("robots.txt"), !base.ends_with("badges/"), "{base}");
        assert_eq!(said.matches("  note  ").count(), notes, "{said}");
    }
    // What a build that had nothing to do says is the same.
    let again = site.run(&["build", "--at", common::MOMENT, "--base-url", "https://test.example/guild/badges/"]);
    let once_more = site.run(&["build", "--at", common::MOMENT, "--base-url", "https://test.example/guild/badges/"]);
    assert_eq!(again.stdout.matches("  note  ").count(), 2, "{}", again.stdout);
    assert_eq!(once_more.stdout.matches("  note  ").count(), 2, "{}", once_more.stdout);
}

#[test]
fn a_host_is_told_the_paths_that_it_sees_and_redirects_beyond_its_limit_are_said() {
    let site = TestSite::new();
    let aliases = |count: usize| (0..count).map(|n| format!("old-code-{n}")).collect::<Vec<_>>().join(", ");
    let write = |host: &str, count: usize| {
        site.file("site.yaml", format!("{}hosting: {host}\n", common::SITE));
        site.file(
            "content/earners/2026.yaml",
            common::EARNERS
                .replace("    awards:", "    visibility: public\n    awards:")
                .replace("        expires:", &format!("        aliases: [{}]\n        expires:", aliases(count))),
        );
    };
    write("cloudflare", 2);
    site.build().ok();
    assert_eq!(
        site.out("_redirects"),
        "/verify/old-code-0 /verify/award-kate/ 301\n/verify/old-code-0/ /verify/award-kate/ 301\n\
         /verify/old-code-1 /verify/award-kate/ 301\n/verify/old-code-1/ /verify/award-kate/ 301\n"
    );
    site.run(&["build", "--at", common::MOMENT, "--base-url", "https://test.example/guild/"]).ok();
    assert!(
        site.out("_redirects").starts_with("/verify/old-code-0 https://test.example/guild/verify/award-kate/ 301\n"),
        "{}",
        site.out("_redirects")
    );
    assert!(site.out("_headers").starts_with("/*\n"));
    assert!(!site.out("_headers").contains("robots.txt"), "there is none below a path");
    write("netlify", 1);
    site.build().ok();
    assert_eq!(
        site.out("_redirects"),
        "/verify/old-code-0 /verify/award-kate/ 301!\n/verify/old-code-0/ /verify/award-kate/ 301!\n"
    );
    write("cloudflare", 1_500);
    let said = site.build().ok();
    assert!(said.stderr.is_empty(), "{}", said.stderr);
    assert_eq!(site.out("_redirects").lines().count(), 1_500);
    write("cloudflare", 2_001);
    insta::assert_snapshot!(site.build().ok().stderr);
}

#[test]
fn what_any_output_writes_cannot_be_taken_by_content() {
    let refused = |prepare: &dyn Fn(&TestSite)| {
        let site = TestSite::new();
        site.replace("site.yaml", "share_card: false", "share_card: true");
        site.replace("content/earners/2026.yaml", "    awards:", "    visibility: public\n    awards:");
        prepare(&site);
        site.build().refused()
    };
    let png = || {
        let mut file = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(8, 8).write_to(&mut file, image::ImageFormat::Png).unwrap();
        file.into_inner()
    };
    let own = "bonafide writes a file of this name itself: rename this one";
    for (path, said) in [
        ("content/Icon.svg", own),
        ("content/card.png", own),
        // What belongs to a badge names it.
        ("content/badges/CCXP/badge-240.png", "the badge `ccxp` is here"),
        ("content/badges/ccxp/card.png", "the badge `ccxp` is here"),
        // All of an award's folder is its own.
        ("content/verify/award-kate/card.png", "the award id `award-kate` is here"),
        ("content/verify/award-kate/other.png", "the award id `award-kate` is here"),
    ] {
        let text = refused(&|site: &TestSite| {
            site.file(path, if path.ends_with("svg") { common::PICTURE.as_bytes().to_vec() } else { png() });
        });
        assert!(text.contains("the address of this file is taken\n"), "{path}: {text}");
        assert!(text.contains(&format!("--> {path}\n")) && text.contains(said), "{path}: {text}");
        assert!(text.contains("1 error;"), "{path}: {text}");
    }
    for path in ["content/verify.md", "content/people.md", "content/people/badge/ccxp.md", "content/badges/ccxp.md"] {
        let text = refused(&|site: &TestSite| {
            // An error is told once, however many languages there are.
            site.file(
                "site.yaml",
                format!("{}languages: [en, es]\n", std::fs::read_to_string(site.at("site.yaml")).unwrap()),
            );
            site.file(path, "---\ntitle: T\n---\nText.\n");
        });
        assert!(text.contains("the address of this page is taken\n") && text.contains("1 error;"), "{path}: {text}");
        let said = if path.ends_with("badges/ccxp.md") { "the badge `ccxp` is here" } else { own };
        assert!(text.contains(said), "{path}: {text}");
    }
    let text = refused(&|site: &TestSite| {
        site.replace(
            "content/earners/2026.yaml",
            "        expires:",
            "        aliases: [People/badge/ccxp]\n        expires:",
        );
    });
    assert!(text.contains("the address of the alias `People/badge/ccxp` is taken") && text.contains(own), "{text}");
    let text = refused(&|site: &TestSite| {
        site.replace("site.yaml", "issuer:", "theme: mine\nissuer:");
        site.file("themes/mine/static/leaflet.pdf", "%PDF");
        site.file("content/Leaflet.pdf", "%PDF");
        site.file("content/index.md", "---\ntitle: Welcome\n---\n[leaflet](Leaflet.pdf)\n");
    });
    let theirs = "the address of this file of the theme is taken\n";
    assert!(
        text.contains(theirs) && text.contains("this file is here") && text.contains("content/Leaflet.pdf"),
        "{text}"
    );
    let text = refused(&|site: &TestSite| {
        site.replace("site.yaml", "issuer:", "theme: mine\nissuer:");
        site.file("themes/mine/static/robots.txt", "User-agent: *\n");
    });
    assert!(text.contains(theirs) && text.contains("themes/mine/static/robots.txt") && text.contains(own), "{text}");
}

/// An old address may be that of a file: `/verify/index.html`, `/badges/ccxp.svg`.
#[test]
fn an_address_below_a_file_is_refused_with_its_place() {
    for (alias, file) in [
        ("index.html", "verify/index.html"),
        ("INDEX.html", "verify/index.html"),
        ("badges/ccxp.svg", "badges/ccxp.svg"),
        ("award-kate/index.html/old", "award-kate/index.html"),
        ("CNAME/old", "CNAME"),
    ] {
        let site = TestSite::new();
        site.file("site.yaml", format!("{}hosting: github\n", common::SITE));
        site.file("content/award-kate.md", "---\ntitle: Old\n---\nText.\n");
        let aliases = format!("        aliases: ['{alias}']\n        expires:");
        site.replace("content/earners/2026.yaml", "        expires:", &aliases);
        let text = site.run(&["check", "--at", common::MOMENT]).refused();
        assert!(text.contains(&format!("the address of the alias `{alias}` is taken")), "{text}");
        assert!(text.contains(&format!("`{file}` would have to be a file")), "{text}");
        assert!(text.contains("content/earners/2026.yaml:") && text.contains("1 error"), "{text}");
    }
}

#[test]
fn a_sitemap_of_more_addresses_than_one_file_may_have_is_an_index_of_files() {
    // sitemaps.org, 0.9: “no more than 50,000 URLs” a file.
    const AWARDS: usize = 50_050;
    let site = TestSite::new();
    site.file("site.yaml", format!("{}indexing: true\n", common::SITE));
    let mut export = "earners:\n  - id: e-1\n    name: Kate Osei\n    visibility: public\n    awards:\n".to_owned();
    for number in 0..AWARDS {
        export.push_str(&format!("      - {{id: award-k{number}, badge: ccxp, issued: 2024-03-01}}\n"));
    }
    export
        .push_str("  - id: e-2\n    name: Zoe Lind\n    awards: [{id: award-zoe, badge: ccxp, issued: 2024-03-01}]\n");
    site.file("content/earners/2026.yaml", export);
    let (snapshot, problems) = bonafide::source::scan(site.path());
    assert!(problems.is_empty(), "{problems:?}");
    let at = |zone: &jiff::tz::TimeZone| bonafide::site::start_of_day(common::MOMENT.parse().unwrap(), zone);
    let mut pipeline = bonafide::pipeline::Pipeline::new();
    let (made, problems) = pipeline.run(&snapshot, &bonafide::pipeline::Options::default(), at, |ready, _, _| {
        let make = |path: &str| {
            let job = ready.plan.find(path)?;
            Some(String::from_utf8(ready.making.make(&job).unwrap()).unwrap())
        };
        ["sitemap.xml", "sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml"].map(make)
    });
    let Some([Some(index), Some(first), Some(second), None]) = made else { panic!("{problems:?}") };
    let addresses = |file: &str| -> Vec<String> {
        file.split("<loc>").skip(1).map(|rest| rest.split("</loc>").next().unwrap().to_owned()).collect()
    };
    assert!(index.contains("<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">"), "{index}");
    let parts = ["sitemap-1.xml", "sitemap-2.xml"].map(|name| format!("https://badges.test.example/{name}"));
    assert_eq!(addresses(&index), parts);
    assert!(first.contains("<urlset ") && second.contains("<urlset "));
    let (first, second) = (addresses(&first), addresses(&second));
    assert_eq!(first.len(), 50_000);
    let all: BTreeSet<&String> = first.iter().chain(&second).collect();
    assert_eq!(all.len(), first.len() + second.len(), "each address stands in one of them");
    let awards = (0..AWARDS).map(|number| format!("https://badges.test.example/verify/award-k{number}/"));
    assert!(awards.into_iter().all(|address| all.contains(&address)));
    assert!(!all.iter().any(|address| address.contains("zoe")));
}

#[test]
fn rules_that_a_host_does_not_read_are_left_out_with_a_word() {
    let site = TestSite::new();
    for number in 0..90 {
        site.file(&format!("content/page-{number}.md"), "---\ntitle: Page\n---\nText.\n");
    }
    let build = |host: &str| {
        site.file("site.yaml", format!("{}hosting: {host}\n", common::SITE));
        (site.build().ok().stdout, site.out("_headers"))
    };
    let rules = |headers: &str| headers.lines().filter(|line| line.starts_with('/')).count();
    let (said, headers) = build("netlify");
    assert!(rules(&headers) > 100 && headers.contains("/page-89/*\n  Cache-Control: no-cache\n"), "{headers}");
    assert!(!said.contains("  note  "), "{said}");
    // https://developers.cloudflare.com/pages/configuration/headers/: “a maximum of 100 header rules”.
    let (said, headers) = build("cloudflare");
    assert!(rules(&headers) < 100 && !headers.contains("no-cache") && headers.contains("noindex"), "{headers}");
    assert!(said.contains("  note     no `Cache-Control: no-cache` in `_headers`: with it there would be "), "{said}");
    assert!(said.contains("Cloudflare Pages reads only the first 100"), "{said}");
}
