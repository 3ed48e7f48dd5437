//! Input that nobody meant to write: a clear error, no panic, no hang, nothing lost.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::duration_suboptimal_units,
    clippy::format_collect,
    reason = "a test stops at the first surprise"
)]

mod common;

use std::{
    fs,
    time::{Duration, Instant},
};

use common::{EARNERS, TestSite};

const EXPORT: &str = "content/earners/2026.yaml";

/// Builds, and demands an answer in bounded time.
#[track_caller]
fn refused_soon(site: &TestSite) -> String {
    let start = Instant::now();
    let said = site.build().refused();
    assert!(start.elapsed() < Duration::from_secs(60), "it took {:?}", start.elapsed());
    assert!(said.len() < 100_000, "{} bytes of errors", said.len());
    said
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let (plain, odd) = (TestSite::new(), TestSite::new());
    for path in ["site.yaml", EXPORT, "content/badges/badges.yaml", "content/index.md", "content/faq/renew.md"] {
        let text = fs::read_to_string(odd.at(path)).unwrap();
        odd.file(path, format!("\u{feff}{}", text.replace('\n', "\r\n")));
    }
    plain.build().ok();
    odd.build().ok();
    assert_eq!(plain.out("verify/award-kate/index.html"), odd.out("verify/award-kate/index.html"));
    assert_eq!(plain.out("faq/renew/index.html"), odd.out("faq/renew/index.html"));
}

#[test]
fn an_error_behind_a_byte_order_mark_is_still_in_its_place() {
    let site = TestSite::new();
    site.file(EXPORT, format!("\u{feff}{}", EARNERS.replace("badge: ccxp", "badge: cxcp")));
    let said = site.build().refused();
    assert!(said.contains("2026.yaml:8:16"), "{said}");
}

#[test]
fn a_line_of_100_megabytes() {
    let site = TestSite::new();
    site.file(EXPORT, EARNERS.replace("Katherine Osei", &"x".repeat(100_000_000)));
    let said = refused_soon(&site);
    assert!(said.contains("more than 100 million bytes"), "{said}");
}

#[test]
fn yaml_nested_10_000_deep() {
    for text in [
        "[".repeat(10_000),
        (0..10_000).map(|n| format!("{}- \n", " ".repeat(n % 500))).collect(),
        "a: {".repeat(10_000),
    ] {
        let site = TestSite::new();
        site.file(EXPORT, text);
        refused_soon(&site);
    }
}

#[test]
fn an_alias_bomb() {
    let site = TestSite::new();
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let row = vec![format!("*a{}", n - 1); 10].join(", ");
        text.push_str(&format!("a{n}: &a{n} [{row}]\n"));
    }
    site.file(EXPORT, text);
    refused_soon(&site);
}

#[test]
fn a_png_that_claims_60_000_by_60_000_pixels() {
    let site = TestSite::new();
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend(60_000u32.to_be_bytes());
    png.extend(60_000u32.to_be_bytes());
    png.extend([8, 6, 0, 0, 0]);
    png.extend([0x12, 0x34, 0x56, 0x78]);
    png.extend(b"\0\0\0\0IEND\xaeB`\x82");
    site.file("content/badges/ccxp.png", png).replace("content/badges/badges.yaml", "ccxp.svg", "ccxp.png");
    let said = refused_soon(&site);
    assert!(said.contains("ccxp.png"), "{said}");
}

#[test]
fn a_truncated_png() {
    let site = TestSite::new();
    site.file("content/badges/ccxp.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIH").replace(
        "content/badges/badges.yaml",
        "ccxp.svg",
        "ccxp.png",
    );
    refused_soon(&site);
}

#[test]
fn an_empty_file_of_each_kind() {
    let site = TestSite::new();
    site.file("content/empty.yaml", "");
    site.build().ok();
    for path in ["site.yaml", "content/badges/ccxp.svg", "content/index.md"] {
        let site = TestSite::new();
        site.file(path, "");
        refused_soon(&site);
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_leaves_content_is_refused() {
    let site = TestSite::new();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.md"), "---\ntitle: Secret\n---\n").unwrap();
    std::os::unix::fs::symlink(outside.path(), site.at("content/out")).unwrap();
    let said = refused_soon(&site);
    assert!(said.contains("leaves `content/`"), "{said}");
    let site = TestSite::new();
    std::os::unix::fs::symlink("../content", site.at("content/again")).unwrap();
    refused_soon(&site);
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let site = TestSite::new();
    fs::set_permissions(site.at(EXPORT), fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read everything; then there is nothing to refuse.
    if fs::read(site.at(EXPORT)).is_err() {
        let said = refused_soon(&site);
        assert!(said.contains("cannot be read"), "{said}");
    }
    let site = TestSite::new();
    fs::create_dir_all(site.at("content/folder.yaml")).unwrap();
    site.build().ok();
}

#[cfg(unix)]
#[test]
fn an_output_that_is_read_only() {
    use std::os::unix::fs::PermissionsExt;
    let site = TestSite::new();
    site.build().ok();
    let before = site.tree();
    site.replace("content/index.md", "Hello.", "Changed.");
    fs::set_permissions(site.at("public"), fs::Permissions::from_mode(0o555)).unwrap();
    let probe = fs::write(site.at("public/probe"), "x");
    let run = site.build();
    fs::set_permissions(site.at("public"), fs::Permissions::from_mode(0o755)).unwrap();
    if probe.is_err() {
        run.refused();
        assert_eq!(site.tree(), before);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_last_good_site() {
    // No file may grow beyond half a kilobyte or so: to the program that is a disk that is full. A file system that
    // really is full needs root to mount; the ignored tests of `publish` do that.
    let site = TestSite::new();
    site.build().ok();
    let before = site.tree();
    site.replace("content/index.md", "Hello.", &"Changed. ".repeat(1000));
    let limited = std::process::Command::new("sh")
        .current_dir(site.path())
        .args(["-c", "ulimit -f 1; trap '' XFSZ; exec \"$0\" build --at 2026-12-01", env!("CARGO_BIN_EXE_bonafide")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&limited.stderr);
    assert_eq!(limited.status.code(), Some(1), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(site.tree(), before);
    site.build().ok();
    assert!(site.out("index.html").contains("Changed."));
}

#[test]
fn random_damage_never_panics() {
    // A small generator of our own, so that the damage is the same on every run.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let paths = ["site.yaml", EXPORT, "content/badges/badges.yaml", "content/badges/ccxp.svg", "content/faq/renew.md"];
    for _ in 0..60 {
        let site = TestSite::new();
        let path = paths[next(paths.len())];
        let mut bytes = fs::read(site.at(path)).unwrap();
        for _ in 0..=next(4) {
            let at = next(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            match next(4) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, u8::try_from(next(256)).unwrap()),
                2 => drop(bytes.drain(at..(at + 7).min(bytes.len()))),
                _ if !bytes.is_empty() => bytes[at] = b"\t:-[]{}&*#\"'|>%@`\0\xff"[next(19)],
                _ => {}
            }
        }
        site.file(path, &bytes);
        let run = site.build();
        assert!(matches!(run.code, Some(0 | 1)), "{path}: {:?}\n{}", String::from_utf8_lossy(&bytes), run.stderr);
        assert!(run.code == Some(0) || run.stderr.contains("error"), "{}", run.stderr);
    }
}

/// Wherever they stand, they would be published as they are.
#[test]
fn control_characters_in_a_page_are_refused_with_their_place() {
    for (character, name) in [('\u{1}', "U+0001"), ('\u{7f}', "U+007F"), ('\u{fffe}', "U+FFFE"), ('\u{ffff}', "U+FFFF")]
    {
        for page in [
            "# Title\n\na@b\n",
            "# Ti@tle\n",
            "# Title\n\n`a@`\n",
            "# Title\n\n<div>@</div>\n",
            "# T\n\n[a@](index.md)\n",
        ] {
            let site = TestSite::new();
            site.file("content/odd.md", page.replace('@', &character.to_string()));
            let said = refused_soon(&site);
            let line = page.lines().position(|line| line.contains('@')).unwrap() + 1;
            assert!(said.contains(name) && said.contains(&format!("odd.md:{line}:")), "{said}");
            assert!(!said.contains(character), "{said:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_control_character_in_a_file_name_is_told_at_that_file() {
    for (name, shown) in [("nl\nx.md", "nl\\u{a}x.md"), ("a\u{1}.png", "a\\u{1}.png")] {
        let site = TestSite::new();
        site.file(&format!("content/{name}"), "# Title\n");
        let said = refused_soon(&site);
        assert!(said.contains(&format!("--> content/{shown}")), "{said}");
        assert!(said.contains("rename it"), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn what_could_not_be_read_is_not_told_to_be_missing() {
    let site = TestSite::new();
    site.file("content/links.md", "# Links\n\n[a](privacy.md) [b](folder/page.md)\n");
    // What root cannot read, either.
    std::os::unix::fs::symlink("nowhere.md", site.at("content/privacy.md")).unwrap();
    std::os::unix::fs::symlink("nowhere", site.at("content/folder")).unwrap();
    let said = refused_soon(&site);
    assert!(said.contains("points at nothing") && !said.contains("there is no"), "{said}");
}

#[test]
fn a_file_in_the_place_of_a_folder_is_told() {
    let site = TestSite::new();
    fs::remove_dir_all(site.at("content")).unwrap();
    site.file("content", "x");
    let said = refused_soon(&site);
    assert!(said.contains("`content` is a file, and has to be a folder"), "{said}");
    for file in ["themes/mine", "themes/mine/templates"] {
        let site = TestSite::new();
        site.file("site.yaml", format!("{}theme: mine\n", common::SITE)).file(file, "x");
        let said = refused_soon(&site);
        assert!(said.contains("this is a file, and has to be a folder") && said.contains(file), "{said}");
        assert!(!said.contains("there is no theme"), "{said}");
    }
}

#[test]
fn a_picture_that_would_break_what_draws_it_is_told_at_its_place() {
    let site = TestSite::new();
    site.file(
        "content/badges/ccxp.svg",
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 100'>\n<filter id='f'><feOffset dx='1e38' dy='1e38'/>\
         </filter>\n<rect filter='url(#f)' width='100' height='100' fill='red'/></svg>",
    );
    let said = refused_soon(&site);
    assert!(said.contains("ccxp.svg:2:1") && said.contains("PNG") && !said.contains("panicked"), "{said}");
}
