//! Values that YAML cuts short, and files that nest deeper than anybody writes.

#![allow(clippy::format_collect, reason = "short texts")]

use std::sync::Arc;

use super::{cut_short, read, read_front_matter, read_words, table::Table};
use crate::source::record::{Export, FrontMatter, SiteRecord, ThemeRecord};

/// What is said of a text: the marked part, the message's reading, the proposal.
fn found<T: Table>(text: &str) -> Vec<String> {
    let file: Arc<str> = "test.yaml".into();
    cut_short::<T>(&file, text, 0..text.len())
        .into_iter()
        .map(|d| match d.place {
            Some(crate::diagnostic::Place::Bytes { span, .. }) => format!("{} -> {}", &text[span], d.message),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn a_number_sign_with_a_word_behind_it_is_told() {
    let text = "earners:\n  - id: e-1\n    name: Kate #1 Osei\n    company: #Slack\n    job_title:\tÉlu #élu\r\n    \
                awards: [{id: abcdef, badge: ccxp, issued: 2024-01-01, reason: Paid #late\n    }]\n";
    assert_eq!(
        found::<Export>(text),
        [
            "Kate #1 Osei -> this is read as `Kate`, because ` #` starts a comment",
            "#Slack -> this is read as nothing, because ` #` starts a comment",
            "Élu #élu -> this is read as `Élu`, because ` #` starts a comment",
        ]
    );
}

#[test]
fn the_fourth_of_a_file_is_counted() {
    let skills: String = (0..9).map(|n| format!("      - Skill #{n}\n")).collect();
    let text =
        format!("badges:\n  - id: ccxp\n    name: C\n    description: D\n    image: c.png\n    skills:\n{skills}");
    let file: Arc<str> = "test.yaml".into();
    let all = cut_short::<Export>(&file, &text, 0..text.len());
    assert_eq!(all.len(), 3);
    assert!(all.last().and_then(|d| d.advice.as_ref()).unwrap().ends_with("; 6 more like it in this file"), "{all:?}");
}

#[test]
fn comments_and_quoted_texts_are_left_in_peace() {
    let text = "# of #1\nexported_at: 2026-11-20T06:00:00Z #now\n#earners: []\nearners: #all\n  - id: e-1 # old #1\n    \
                name: \"Kate #1\" #quoted\n    company: Acme # moved\n    job_title: C#7\n    #visibility: public\n    \
                visibility: public #yes\n    awards:\n      #- first\n      - id: abcdef #id\n        badge: ccxp #main\n        \
                issued: 2024-01-01 #check\n        evidence:\n          - name: 'It''s #1'\n            narrative: |\n              \
                Text with #tags and #more\n";
    assert!(read::<Export>(&"test.yaml".into(), text.as_bytes()).is_ok());
    assert_eq!(found::<Export>(text), [] as [&str; 0]);
}

#[test]
fn extra_takes_any_text() {
    let text = "title: A\nextra:\n  list:\n    - one #1\n  deep: {a: b #c\n    }\norder: 3 #third\n";
    assert_eq!(found::<FrontMatter>(text).len(), 2, "{:?}", found::<FrontMatter>(text));
}

#[test]
fn an_id_is_not_repeated() {
    let text = "earners:\n  - id: secret #kate\n    name: Kate\n";
    assert_eq!(found::<Export>(text), ["secret #kate -> this is cut short, because ` #` starts a comment"]);
}

#[test]
fn no_depth_overflows_the_stack_of_any_thread() {
    let deep = 10_000;
    let shapes = [
        format!("{}{}", "[".repeat(deep), "]".repeat(deep)),
        "[".repeat(deep),
        "{a: ".repeat(deep),
        "- ".repeat(deep),
        "? ".repeat(deep),
        "[? ".repeat(deep),
        (1..1_000).map(|n| format!("\n{}a:", " ".repeat(n))).collect(),
        (0..deep).map(|n| format!("&a{n} [")).collect(),
        (0..30).map(|n| format!("\n - &a{n} [{}]", format!("*a{}, ", n.max(1) - 1).repeat(9))).collect(),
    ];
    let read_all = move || {
        let file: Arc<str> = "test.yaml".into();
        for shape in &shapes {
            for key in ["earners", "menu", "extra", "name", "k"] {
                let text = format!("{key}: {shape}\n");
                assert!(read::<Export>(&file, text.as_bytes()).is_err());
                assert!(read::<SiteRecord>(&file, text.as_bytes()).is_err());
                assert!(read::<ThemeRecord>(&file, text.as_bytes()).is_err());
                assert!(read_front_matter(&file, &text, 0..text.len()).is_err());
                assert!(read_words(&file, text.as_bytes()).is_err());
            }
        }
    };
    // What rayon's threads have, and less than the main thread.
    std::thread::Builder::new().stack_size(2 << 20).spawn(read_all).unwrap().join().unwrap();
}

#[test]
fn what_a_key_that_must_have_a_value_lost_is_shown() {
    let said = |text: &str| {
        let file: Arc<str> = "test.yaml".into();
        let found = read::<Export>(&file, text.as_bytes()).unwrap_err();
        found.into_iter().map(|d| format!("{}; {}", d.message, d.advice.unwrap_or_default())).collect::<Vec<_>>()
    };
    assert_eq!(
        said("earners:\n  - id: e-1\n    name: #1 Fan\n"),
        ["`name` is read as nothing, because ` #` starts a comment; put it in quotes: name: \"#1 Fan\""]
    );
    assert_eq!(
        said("earners:\n  - \"id\": #e-1\n    'name'  :\t#Größe \"9\"\r\n"),
        [
            "`id` is read as nothing, because ` #` starts a comment; put all of it in quotes",
            "`name` is read as nothing, because ` #` starts a comment; put it in quotes: name: '#Größe \"9\"'",
        ]
    );
    for comment in ["# later", "#", ""] {
        let found = said(&format!("earners:\n  - id: e-1\n    name: {comment}\n"));
        assert_eq!(found, ["`name` is empty; write it after the colon: `name: Katherine Osei`"], "{comment}");
    }
}

#[test]
fn a_word_that_is_taken_for_a_mark_is_told_unless_it_is_repeated() {
    let earner = |company: &str| format!("earners:\n  - id: e-1\n    name: Kate\n    company: {company}\n");
    for (company, marked) in [
        (
            "&Sons Ltd",
            "&Sons Ltd -> YAML takes the first word of this for a mark, because it starts with `&`, and drops it",
        ),
        ("&Söhne", "&Söhne -> YAML takes all of this for a mark, because it starts with `&`, and drops it"),
    ] {
        assert_eq!(found::<Export>(&earner(company)), [marked], "{company}");
    }
    for honest in ["\"&Sons Ltd\"", "Müller &Söhne", "AT&T", "A & B", "&acme Acme\n    job_title: *acme"] {
        assert_eq!(found::<Export>(&earner(honest)), [""; 0], "{honest}");
    }
    assert_eq!(found::<Export>("earners: &all\n  - &kate {id: e-1, name: Kate}\n"), [""; 0]);
}
