//! Certificates of whole sites: which are made, what they say, and when they change.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod common;
#[path = "common/pdf.rs"]
mod pdf;

use std::{collections::BTreeMap, fs};

use common::{EARNERS, TestSite};

const FILE: &str = "verify/award-kate/certificate.pdf";

/// The small site with certificates switched on.
fn site() -> TestSite {
    let site = TestSite::new();
    site.replace("site.yaml", "share_card: false", "share_card: false, certificate_pdf: true");
    site
}

fn bytes(site: &TestSite) -> Vec<u8> {
    fs::read(site.at("public").join(FILE)).unwrap()
}

/// All that the certificate says, in a line.
fn said(site: &TestSite) -> String {
    pdf::read(&bytes(site)).texts.join("|")
}

fn certificates(tree: &BTreeMap<String, Vec<u8>>) -> Vec<&str> {
    tree.keys().map(String::as_str).filter(|path| path.ends_with(".pdf")).collect()
}

#[test]
fn none_are_made_unless_they_are_asked_for() {
    let site = TestSite::new();
    site.build().ok();
    assert!(certificates(&site.tree()).is_empty());
    assert!(!site.out("verify/award-kate/index.html").contains("certificate"));
}

#[test]
fn each_award_that_is_not_private_has_one_and_its_page_offers_it() {
    let site = site();
    let more = "  - {id: e-2, name: Ada Dormer, visibility: private, awards: [{id: award-ada, badge: ccxp, issued: 2024-03-01}]}\n\
                \x20 - {id: e-3, name: Ben Ito, awards: [{id: award-ben, badge: ccxp, issued: 2024-03-01}]}\n";
    site.file("content/earners/2026.yaml", format!("{EARNERS}{more}"));
    let run = site.build().ok();
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
    let tree = site.tree();
    assert_eq!(certificates(&tree), ["verify/award-ben/certificate.pdf", FILE]);
    let page = site.out("verify/award-kate/index.html");
    assert!(page.contains("href=\"/verify/award-kate/certificate.pdf\""), "{page}");
    let read = pdf::read(&bytes(&site));
    assert_eq!(read.told.1, "Test Association");
    assert_eq!(read.links, ["https://badges.test.example/verify/award-kate/"; 2]);
    let said = read.texts.join("|");
    for words in [
        "Kate Osei",
        "Certified Customer Experience Professional",
        "Awarded on 1 March 2024",
        "Valid until 1 June 2027",
    ] {
        assert!(said.contains(words), "{said}");
    }
    for secret in ["Katherine", "mail.example", "e-1"] {
        assert!(!said.contains(secret));
    }
    let endless = fs::read(site.at("public/verify/award-ben/certificate.pdf")).unwrap();
    assert!(pdf::read(&endless).texts.join("|").contains("No end date"));
}

#[test]
fn a_certificate_that_counts_stays_the_same_until_it_no_longer_does() {
    let site = site();
    site.build_at("2026-12-01").ok();
    let active = bytes(&site);
    // Renewal opens: the page changes, the certificate does not.
    let result = site.build_json("2027-05-01");
    assert_eq!(bytes(&site), active);
    assert_eq!(result["result"]["changed"], 1, "{result}");
    // It runs out.
    site.build_json("2027-06-02");
    assert_ne!(bytes(&site), active);
    let said = said(&site);
    assert!(said.starts_with("Expired|") && said.contains("Expired on 1 June 2027"), "{said}");
    let page = site.out("verify/award-kate/index.html");
    let offer = page.split("certificate.pdf").next().unwrap();
    assert!(offer.rsplit("<p").next().unwrap().contains("hidden"), "an expired one is not offered");
    // From nothing, the same bytes as by the way of other statuses.
    let wanted = bytes(&site);
    fs::remove_dir_all(site.at("public")).unwrap();
    fs::remove_dir_all(site.at(".bonafide")).unwrap();
    site.build_at("2027-06-02").ok();
    assert_eq!(bytes(&site), wanted);
}

#[test]
fn what_does_not_count_says_so_across_it_and_what_has_yet_to_begin_says_when() {
    let site = site();
    site.build_at("2024-02-01").ok();
    let upcoming = said(&site);
    assert!(upcoming.contains("Begins on 1 March 2024") && !upcoming.contains("Awarded on"), "{upcoming}");
    for (status, mark, line) in [
        ("revoked", "Withdrawn|", "Withdrawn by Test Association."),
        ("suspended", "Suspended|", "Suspended by Test Association."),
    ] {
        site.file(
            "content/earners/2026.yaml",
            format!("{EARNERS}        status: {status}\n        reason: Fee unpaid\n"),
        );
        site.build().ok();
        let said = said(&site);
        assert!(said.starts_with(mark) && said.contains(line), "{said}");
        assert!(!said.contains("Valid until") && !said.contains("Fee unpaid"), "{said}");
    }
    let newer = "      - {id: award-new, badge: ccxp, issued: 2026-03-01, replaces: award-kate}\n";
    site.file("content/earners/2026.yaml", format!("{EARNERS}{newer}"));
    site.build().ok();
    assert!(said(&site).starts_with("Replaced|"));
}

#[test]
fn names_of_any_kind_and_length_come_out_whole_or_with_a_warning() {
    let site = site();
    let named = |name: &str| {
        site.file(
            "content/earners/2026.yaml",
            EARNERS.replace("preferred_name: Kate Osei", &format!("preferred_name: {name:?}")),
        );
        site.build().ok()
    };
    named("</text></svg><script>alert(1)</script> {{ name }} (x) \\");
    assert!(said(&site).contains("</text></svg><script>"), "{}", said(&site));
    named(&"Wolfeschlegelsteinhausenbergerdorff ".repeat(8));
    assert!(said(&site).contains("Wolfeschlegelsteinhausenbergerdorff"));
    named("عبد الرحمن");
    assert!(said(&site).chars().rev().collect::<String>().contains("عبد الرحمن"));
    let run = named("王小明");
    assert!(run.stderr.contains("the Chinese characters of 1 name, so certificates lack them: `王`"), "{}", run.stderr);
    let said = said(&site);
    assert!(!said.contains("Awarded to") && said.contains("Certified Customer Experience Professional"), "{said}");
}

#[test]
fn a_language_whose_letters_no_font_has_is_warned_of() {
    let site = site();
    site.replace("site.yaml", "title:", "language: ja\ntitle:");
    let run = site.build().ok();
    for what in ["Chinese characters of the words of `ja`, so certificates lack them: `", "package `fonts-noto-cjk`"] {
        assert!(run.stderr.contains(what), "{}", run.stderr);
    }
    assert!(said(&site).contains("Kate Osei"));
    // One that the built-in fonts have is set from the right.
    site.replace("site.yaml", "language: ja", "language: ar");
    let run = site.build().ok();
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
    assert!(said(&site).chars().rev().collect::<String>().contains("سارية حتى"), "{}", said(&site));
}

/// An address that nobody can read helps nobody: machines' letters do, where there is no font for the right ones.
#[test]
fn an_address_in_letters_that_no_font_has_is_there_as_machines_write_it() {
    let site = site();
    for (address, shown) in [
        ("https://xn--fsqu00a.example/", "https://xn--fsqu00a.example/verify/award-kate/"),
        ("https://badges.example/%E0%B8%95%E0%B8%A3/", "https://badges.example/%E0%B8%95%E0%B8%A3/verify/award-kate/"),
        ("https://xn--mnchen-3ya.example/", "https://münchen.example/verify/award-kate/"),
    ] {
        assert_eq!(site.run(&["build", "--base-url", address]).ok().stderr, "");
        let said = said(&site);
        assert!(said.replace('|', "").contains(shown), "{said}");
    }
}

#[test]
fn a_theme_may_bring_its_own_and_its_mistakes_are_shown_on_their_line() {
    let site = site();
    site.replace("site.yaml", "title:", "theme: mine\ntitle:").file(
        "themes/mine/templates/certificate.svg",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"11in\" height=\"8.5in\" viewBox=\"0 0 1100 850\">\n\
         {% if layer == \"text\" %}<text x=\"90\" y=\"300\" data-fit=\"900 1 40 10\">{{ name }}</text>{% endif %}\n</svg>\n",
    );
    site.build().ok();
    let read = pdf::read(&bytes(&site));
    assert_eq!((read.texts.as_slice(), read.size), (["Kate Osei".to_owned()].as_slice(), (792.0, 612.0)));
    site.replace("themes/mine/templates/certificate.svg", "{{ name }}", "{{ nmae }}");
    let said = site.build().refused();
    assert!(said.contains("themes/mine/templates/certificate.svg:2:") && said.contains("nmae"), "{said}");
}

/// The site with people of these names.
fn site_of(names: &[&str]) -> TestSite {
    let site = site();
    let earner = |(index, name): (usize, &&str)| {
        format!(
            "  - {{id: e-{index}, name: \"{name}\", awards: [{{id: award-{index}, badge: ccxp, issued: 2024-03-01}}]}}\n"
        )
    };
    let earners: String = names.iter().enumerate().map(earner).collect();
    site.file("content/earners/2026.yaml", format!("earners:\n{earners}"));
    site
}

fn read(site: &TestSite, index: usize) -> pdf::Read {
    pdf::read(&fs::read(site.at(&format!("public/verify/award-{index}/certificate.pdf"))).unwrap())
}

/// Letters without the spaces between them, in an order that does not depend on how lines are broken.
fn letters(text: &str) -> Vec<char> {
    let mut letters: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    letters.sort_unstable();
    letters
}

#[test]
fn a_name_of_two_hundred_letters_is_not_cut_in_any_script() {
    let whole = [
        "W".repeat(200),
        "Wolfeschlegelsteinhausenbergerdorff ".repeat(6).trim().chars().take(200).collect(),
        "Maria del Pilar Teresa Cayetana Francisca Fitz-James Stuart y Silva Alvarez de Toledo, Marquesa viuda "
            .repeat(2),
        "Ђурђица ".repeat(25),
        "ລາວ".repeat(66),
        "ბერიძე".repeat(33),
    ];
    let names: Vec<&str> = whole.iter().map(|name| name.trim()).collect();
    let site = site_of(&names);
    let run = site.build().ok();
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
    for (index, name) in names.iter().enumerate() {
        let texts = read(&site, index).texts;
        let said = texts.join("");
        assert!(!said.contains('…'), "{name}: {said}");
        let has = |text: &String| letters(text) == letters(name);
        // Readers that are told a text of several lines have it in one piece; others put the lines together.
        assert!(texts.iter().any(has) || letters(&said).len() >= letters(name).len() + 100, "{name}: {texts:?}");
        for date in ["Awarded on 1 March 2024", "No end date"] {
            assert!(said.contains(&date.replace(' ', "")) || said.contains(date), "{said}");
        }
    }
}

#[test]
fn what_has_no_room_is_warned_of_with_its_place() {
    let site = site_of(&["Katherine Osei of the Northern Isles"]);
    site.replace("site.yaml", "title:", "theme: mine\ntitle:").file(
        "themes/mine/templates/certificate.svg",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"11in\" height=\"8.5in\" viewBox=\"0 0 1100 850\">\n\
         {% if layer == \"text\" %}<text x=\"90\" y=\"300\" data-fit=\"90 1 40 30\">{{ name }}</text>{% endif %}\n</svg>\n",
    );
    let run = site.build().ok();
    for words in [
        "the certificate of award `award-0` has no room for all of “Katherine Osei of the Northern Isles”",
        "content/earners/2026.yaml:2:21",
        "in `certificate.svg` of a theme of your own",
    ] {
        assert!(run.stderr.contains(words), "{words}\n{}", run.stderr);
    }
}

/// Whether the machine has the fonts of Debian's packages; .ci/run installs them.
#[allow(clippy::print_stdout, reason = "a test that is skipped says so")]
fn has_noto() -> bool {
    let files = ["truetype/noto/NotoSerifThai-Regular.ttf", "opentype/noto/NotoSerifCJK-Regular.ttc"];
    let has = files.iter().all(|file| std::path::Path::new("/usr/share/fonts").join(file).exists());
    if !has {
        println!("skipped: the Debian packages fonts-noto-core and fonts-noto-cjk are not installed");
    }
    has
}

#[test]
fn what_is_installed_sets_names_in_every_living_script() {
    if !has_noto() {
        return;
    }
    let names = [
        ("小鳥遊みずき", "NotoSerifCJKjp"),
        ("欧阳沐岚", "NotoSerifCJKsc"),
        ("남궁서린", "NotoSerifCJKkr"),
        ("ปาริฉัตร วงศ์ธารทอง", "NotoSerifThai"),
        ("अन्विता कुलश्रेष्ठकर", "NotoSerifDevanagari"),
        ("கயல்விழி மாறனார்", "NotoSerifTamil"),
        ("বাংলা দেবী", "NotoSerifBengali"),
        ("ဒေါ် အောင်", "NotoSerifMyanmar"),
        ("ស្រី ខ្មែរ", "NotoSerifKhmer"),
        ("አበበ ቢቂላ", "NotoSerifEthiopic"),
        ("བསྟན་འཛིན", "NotoSerifTibetan"),
        ("ᏣᎳᎩ", "NotoSansCherokee"),
        ("𞤀𞤣𞤤𞤢𞤥", "NotoSansAdlam"),
        ("ދިވެހި", "NotoSansThaana"),
        ("ᠮᠣᠩᠭᠣᠯ", "NotoSansMongolian"),
    ];
    let site = site_of(&names.map(|(name, _)| name));
    let bare = site.build().ok().stderr;
    assert_eq!(bare.matches("warning: no font here has the ").count(), 15, "once a script:\n{bare}");
    assert!(bare.contains("the Chinese characters of 2 names"), "{bare}");
    site.replace("site.yaml", "title:", "fonts: [system]\ntitle:");
    let run = site.build().ok();
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
    for (index, (name, font)) in names.iter().enumerate() {
        let read = read(&site, index);
        assert!(read.fonts.iter().any(|used| used.contains(font)), "{name}: {:?}", read.fonts);
    }
    for (index, name) in [(0, "小鳥遊みずき"), (1, "欧阳沐岚"), (2, "남궁서린")] {
        assert!(read(&site, index).texts.contains(&name.to_owned()), "{:?}", read(&site, index).texts);
    }
    // The same files give the same site; nothing is made again.
    let again = site.build().ok();
    assert!(format!("{}{}", again.stdout, again.stderr).contains("0 made, 0 changed"), "{}", again.stdout);
}

#[test]
fn a_folder_outside_the_site_gives_what_is_asked_for_or_needed_and_no_more() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("mono.ttf"), dejavu::sans_mono::regular()).unwrap();
    fs::write(outside.path().join("condensed.ttf"), dejavu::sans_condensed::regular()).unwrap();
    fs::write(outside.path().join("broken.otf"), "no font").unwrap();
    let site = site();
    site.replace("site.yaml", "title:", &format!("fonts: [\"{}\"]\ntheme: mine\ntitle:", outside.path().display()));
    let theme = |family: &str| {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"11in\" height=\"8.5in\" viewBox=\"0 0 1100 850\">\n\
             {{% if layer == \"text\" %}}<text x=\"90\" y=\"300\" font-family=\"{family}\" data-fit=\"900 1 40 10\">{{{{ name }}}}</text>\
             {{% endif %}}\n</svg>\n"
        )
    };
    let template = "themes/mine/templates/certificate.svg";
    for (family, font) in [("DejaVu Sans Mono", "+DejaVuSansMono"), ("serif", "+LibertinusSerif")] {
        site.file(template, theme(family));
        let run = site.build().ok();
        assert!(!run.stderr.contains("warning"), "{}", run.stderr);
        let fonts = pdf::read(&bytes(&site)).fonts;
        assert!(fonts.iter().all(|used| used.contains(font)), "{family}: {fonts:?}");
    }
}
