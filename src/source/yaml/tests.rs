//! Files that are wrong in ways which have nothing to do with their content: bytes,
//! encodings, sizes, depths.

use std::{fmt::Write as _, sync::Arc, time::Instant};

use super::*;
use crate::{
    diagnostic::Report,
    source::{
        locate::locate,
        record::{Export, SiteRecord},
    },
};

fn file() -> Arc<str> {
    "test.yaml".into()
}

fn wrong(bytes: &[u8]) -> Vec<Report> {
    let found = read::<Export>(&file(), bytes).err().unwrap_or_default();
    locate(found, &mut |_| Some(bytes.to_vec()))
}

fn one(bytes: &[u8]) -> (String, Option<usize>, Option<usize>) {
    let mut reports = wrong(bytes);
    assert_eq!(reports.len(), 1, "{reports:?}");
    let report = reports.remove(0);
    let spot = report.spot.unwrap();
    (report.message, spot.line, spot.column)
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let text = "earners:\n  - id: e-1\n    name: Žofie\n    awards:\n      - id: abcdef\n        badge: b\n        issued: 2024-01-01\n";
    let plain: Export = read(&file(), text.as_bytes()).unwrap();
    let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    assert_eq!(read::<Export>(&file(), windows.as_bytes()).unwrap(), plain);
    let slip = windows.replace("2024-01-01", "2024-01-32");
    assert_eq!(one(slip.as_bytes()), ("there is no day `2024-01-32`".to_owned(), Some(7), Some(17)));
}

#[test]
fn the_first_byte_that_is_no_utf_8_is_named() {
    let (message, line, column) = one(b"earners:\n  - id: e-1\n    name: Ren\xe9e\n");
    assert!(message.contains("not saved as UTF-8") && message.contains("E9"), "{message}");
    assert_eq!((line, column), (Some(3), Some(14)));
    assert!(one(b"\xff\xfee\0a\0").0.contains("UTF-16"));
    assert!(one(b"earners:\n  - id: \xf0\x9f").0.contains("UTF-8"));
}

#[test]
fn nul_and_other_control_characters_are_shown_with_their_place() {
    assert_eq!(one(b"earners:\0\n"), ("there is an invisible character U+0000 here".to_owned(), Some(1), Some(9)));
    let many = wrong(&[7; 1000]);
    assert_eq!(many.len(), 21);
    assert!(many.iter().any(|report| report.message.contains("980 more")));
    // What a disk that was full, or a machine that stopped, leaves of a file.
    let zeros = |bytes: &[u8]| wrong(bytes).into_iter().map(|report| report.message).collect::<Vec<_>>();
    assert_eq!(zeros(&[0; 1000]), ["this file is nothing but 1000 bytes of zero"]);
    assert_eq!(zeros(&[b"earners:\n", &[0; 50][..]].concat()), ["this file is no text: it has 50 bytes of zero"]);
}

#[test]
fn an_empty_export_is_fine_and_an_empty_site_is_not() {
    for text in ["", "\n\n", "# only a comment\n", "---\n", "\u{feff}", "earners:\nbadges: ~\n"] {
        assert_eq!(read::<Export>(&file(), text.as_bytes()).unwrap(), Export::default(), "{text:?}");
    }
    for text in ["", "# only a comment\n", "---\n"] {
        assert_eq!(read::<SiteRecord>(&file(), text.as_bytes()).unwrap_err().len(), 3, "{text:?}");
    }
}

#[test]
fn front_matter_counts_from_the_start_of_its_file() {
    let text = "---\r\ntitle: Ä\r\norder: first\r\n---\r\n# Ä\r\n";
    let found = read_front_matter(&"a.md".into(), text, front_matter(text).unwrap()).unwrap_err();
    let reports = locate(found, &mut |_| Some(text.as_bytes().to_vec()));
    let spot = reports[0].spot.as_ref().unwrap();
    assert_eq!((spot.line, spot.column, spot.text.as_str()), (Some(3), Some(8), "order: first"));
    let text = "\u{feff}---\ntitle: T\n---\n";
    assert_eq!(&text[front_matter(text).unwrap()], "title: T\n");
    assert_eq!(front_matter("# None\n---\n"), None);
    assert_eq!(front_matter("---\nnever closed\n"), None);
}

#[test]
fn deep_nesting_is_refused_and_overflows_nothing() {
    let block: String = (0..10_000).fold(String::new(), |mut text, level| {
        let _ = writeln!(text, "{:level$}a:", "");
        text
    });
    let mapping = format!("earners: {}", "{a: ".repeat(10_000));
    for text in ["[".repeat(10_000), "earners: ".to_owned() + &"[".repeat(300), "- ".repeat(10_000), mapping, block] {
        let reports = wrong(text.as_bytes());
        assert!(
            reports.iter().any(|report| report.message == "this is nested deeper than 64 levels"),
            "{:?}",
            reports.iter().map(|report| &report.message).collect::<Vec<_>>()
        );
    }
    // Closed or not, and where it is right for the fast reader's own limits.
    let closed = format!("earners: {}{}", "[".repeat(100), "]".repeat(100));
    assert!(wrong(closed.as_bytes()).iter().any(|report| report.message.contains("deeper than 64")));
}

#[test]
fn an_alias_may_be_used_but_not_to_multiply() {
    let fine = "earners:\n- id: a\n  name: &n Kate\n  preferred_name: *n\n";
    assert!(read::<Export>(&file(), fine.as_bytes()).is_ok());
    // Legal for the tables, and a hundred million awards for the fast reader.
    let mut text = String::from("earners:\n- id: a\n  name: x\n  awards: &x\n");
    for id in 0..10_000 {
        let _ = writeln!(text, "  - {{id: abcdef{id}, badge: b, issued: 2024-01-01}}");
    }
    for id in 0..10_000 {
        let _ = writeln!(text, "- {{id: b{id}, name: x, awards: *x}}");
    }
    let (message, ..) = one(text.as_bytes());
    assert!(message.contains("aliases"), "{message}");
    // An alias inside what it names.
    assert!(!wrong(b"earners: &x [*x]\n").is_empty());
    // A chain of aliases, each one deeper.
    let chain: String = (1..5_000).fold("- &a0 [x]\n".to_owned(), |mut text, n| {
        let _ = writeln!(text, "- &a{n} [*a{}]", n - 1);
        text
    });
    assert!(wrong(chain.as_bytes()).iter().any(|report| report.message.contains("deeper than 64")));
}

#[test]
fn a_line_of_a_hundred_megabytes_is_refused_at_once_and_shown_in_part() {
    let size = 100_000_000;
    for text in [
        format!("earners:\n  - id: e-1\n    name: {}\n", "x".repeat(size)),
        format!("earners: [{}]\n", "a, ".repeat(size / 3)),
    ] {
        let started = Instant::now();
        let reports = wrong(text.as_bytes());
        assert_eq!(reports.len(), 1);
        let drawn = reports[0].draw(false);
        assert!(drawn.contains("million bytes long") && drawn.len() < 1_000, "{drawn}");
        assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
    }
}

#[test]
fn an_export_in_one_line_of_json_is_read() {
    let mut text = String::from("{\"earners\": [");
    for id in 0..20_000 {
        let _ = write!(text, "{}{{\"id\": \"e-{id}\", \"name\": \"Kate\"}}", if id > 0 { "," } else { "" });
    }
    text.push_str("]}");
    assert_eq!(read::<Export>(&file(), text.as_bytes()).unwrap().earners.len(), 20_000);
}

#[test]
fn of_very_many_errors_two_hundred_are_shown_and_the_rest_counted() {
    let mut text = String::from("earners:\n");
    for id in 0..300 {
        let _ = writeln!(text, "  - {{id: e-{id}, nam: x}}");
    }
    let found = read::<Export>(&file(), text.as_bytes()).unwrap_err();
    assert_eq!(found.len(), 201);
    assert_eq!(found[200].message, "100 more errors are in this file");
}

#[test]
fn a_number_is_taken_as_the_text_that_it_is_where_text_is_wanted() {
    let text = "earners:\n- id: 007\n  name: 1e10\n  company: true\n  job_title: ~\n";
    let export: Export = read(&file(), text.as_bytes()).unwrap();
    let earner = &export.earners[0];
    assert_eq!((&*earner.id, &*earner.name, earner.company.as_deref()), ("007", "1e10", Some("true")));
    assert_eq!(earner.job_title, None);
    for nothing in ["null", "~", "Null", "NULL", ""] {
        let text = format!("earners:\n- id: a\n  name: {nothing}\n");
        assert_eq!(one(text.as_bytes()).0, "`name` is empty", "{nothing}");
    }
}
