//! Files that nobody would write, and many of them: both readers must agree on each,
//! and nothing may panic. The seeds are fixed, so a failure comes back.

use std::{fmt::Write as _, sync::Arc};

use super::{parallel, table, *};
use crate::{
    diagnostic::Step,
    source::record::{Export, FrontMatter, SiteRecord, ThemeRecord},
    steps,
};

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 1).unwrap() % below.max(1)
    }
}

const EXPORT: &str = "\
exported_at: 2026-11-20T06:00:00Z
badges:
  - id: ccxp
    name: Certified Customer Experience Professional
    abbreviation: CCXP
    kind: Certification
    description: \"One sentence: quoted.\"
    criteria: |
      # Pass
      - the exam: all of it

      and pay
    image: ccxp.png
    skills: [Customer insight, 'O''Neill', \"x\"]
    validity: 3 years
    renewal:
      url: https://www.cxpa.org/maintain
      question: recertify
earners:
  - id: e-1042
    name: Käthe Ōsei 片山
    preferred_name: Kate Osei   # shown
    email: k.osei@mail.example
    company: Acme Widgets & Sons
    job_title: >
      Head of
      Design
    visibility: unlisted
    handle: kate-osei
    awards:
      - id: 9ed52e43b74eaed8f69592
        badge: ccxp
        issued: 2023-03-01
        expires: 2026-03-01
        status: revoked
        reason: Fee unpaid
        renewed: [2023-03-01]
        replaces: 4b1cdef
        aliases: [s3kJd9aQ]
        evidence:
          - {name: Portfolio, url: 'https://host.example/', narrative: Markdown}
      - {id: abcdefg, badge: ccxp, issued: 2024-01-01T00:00:00Z}
  - id: 7
    name: \"Two\"
    company:
    awards:
    - id: hijklmn
      badge: ccxp
      issued: 2024-02-29
";

const SITE: &str = "\
title: Badges
description: Check
base_url: https://badges.cxpa.example/
language: en
timezone: America/New_York
theme: default
notices: [90, 60, 30]
issuer:
  name: Association
  url: https://www.cxpa.org/
  email: info@cxpaglobal.org
  description: About
  image: images/cxpa.png
  linkedin_organization_id: 1234567
menu:
  - {label: FAQ, to: faq/}
share: [linkedin, facebook, x, email, link]
indexing: false
hosting: none
stale_after: 14 days
accent: \"#1f5f8b\"
fonts: [fonts/]
languages: [en, es]
edit_url: https://git.example/site/edit/main/
signing:
  key: env:BONAFIDE_KEY
  jwt_key: keys/p256.jwk
  secret: env:BONAFIDE_SECRET
  retired: [keys/2024.pub.jwk]
  compromised: []
  email_hash: true
  verifier: 'https://verifier.example/?url={url}'
outputs: {share_card: true, baked_badge: true, qr_svg: true, qr_png: true, oembed: true, calendar: true, open_badges: true, people: true, certificate_pdf: no}
";

const FRONT: &str = "title: T\norder: -3\nupdated: 2026-01-01\ndescription: D\ndraft: false\ndownload: a.pdf\n";

fn file() -> Arc<str> {
    "test.yaml".into()
}

/// Both readers on one text: whether it is right. Fails where they disagree.
fn verdict<T: Table + DeserializeOwned + 'static>(text: &str) -> bool {
    let fast = serde_yaml::from_str::<T>(text);
    match read::<T>(&file(), text.as_bytes()) {
        Ok(_) => {
            assert!(fast.is_ok(), "let through: {:?}\n{text}", fast.err());
            let tree = tree::parse(text);
            // Where the careful reader's parser is stricter, it has no say.
            if tree.stop.is_none() {
                let found = check::check(&file(), 0, text, &tree, T::TABLE, None);
                assert!(found.is_empty(), "refused by the careful reader only: {found:?}\n{text}");
            }
            true
        }
        Err(found) => {
            assert!(!found.is_empty(), "no reason given\n{text}");
            let tree = tree::parse(text);
            if Traits::of(text).separators {
                // Refused before anyone reads it.
            } else if fast.is_ok() {
                assert!(
                    matches!(tree.stop, Some(Stop::Tag(_) | Stop::AnchorTwice { .. } | Stop::Heavy(_) | Stop::Deep(_))),
                    "{found:?}\n{text}"
                );
            } else if tree.stop.is_none()
                && serde_yaml::from_str::<IgnoredAny>(text).is_ok()
                && text::forbidden(&file(), text, 0).is_empty()
                && !Traits::of(text).anchors
            {
                // It is YAML to both, and not to be misread about what belongs to an anchor's name: then the careful reader must see it by itself.
                let found = check::check(&file(), 0, text, &tree, T::TABLE, None);
                assert!(!found.is_empty(), "only in serde's words: {:?}\n{text}", fast.err());
            }
            let reports = crate::source::locate::locate(found, &mut |_| Some(text.as_bytes().to_vec()));
            for report in reports {
                assert!(!report.draw(false).is_empty());
            }
            false
        }
    }
}

#[test]
fn the_full_examples_are_right() {
    assert!(verdict::<Export>(EXPORT));
    assert!(verdict::<SiteRecord>(&SITE.replace("certificate_pdf: no", "certificate_pdf: false")));
    assert!(!verdict::<SiteRecord>(SITE));
    assert!(verdict::<FrontMatter>(FRONT));
    assert!(verdict::<ThemeRecord>("name: N\ndescription: D\n"));
}

/// A document with every key of a table, written from the table alone.
fn write(
    mapping: &'static table::Mapping,
    out: &mut String,
    indent: usize,
    skip: Option<&str>,
    extra: Option<&str>,
    path: &str,
) {
    for key in mapping.keys {
        let here = format!("{path}.{}", key.name);
        if skip == Some(here.as_str()) {
            continue;
        }
        let _ = write!(out, "{:indent$}{}:", "", key.name);
        match key.kind {
            table::Kind::Mapping(inner) => {
                out.push('\n');
                let before = out.len();
                write(inner, out, indent + 2, skip, extra, &here);
                if out.len() == before {
                    let _ = writeln!(out, "{:indent$}  {{}}", "");
                }
            }
            table::Kind::List(table::Kind::Mapping(inner)) => {
                let _ = write!(out, "\n{:indent$}-\n", "");
                write(inner, out, indent + 2, skip, extra, &here);
            }
            kind => {
                let _ = writeln!(out, " {}", kind.example());
            }
        }
    }
    if extra == Some(path) {
        let _ = writeln!(out, "{:indent$}unknown_key: x", "");
    }
}

fn paths(mapping: &'static table::Mapping, path: &str, keys: &mut Vec<(String, bool)>, mappings: &mut Vec<String>) {
    mappings.push(path.to_owned());
    for key in mapping.keys {
        let here = format!("{path}.{}", key.name);
        keys.push((here.clone(), key.required));
        match key.kind {
            table::Kind::Mapping(inner) => paths(inner, &here, keys, mappings),
            table::Kind::List(table::Kind::Mapping(inner)) => paths(inner, &here, keys, mappings),
            _ => {}
        }
    }
}

fn held_together<T: Table + DeserializeOwned + 'static>() {
    let mut whole = String::new();
    write(T::TABLE, &mut whole, 0, None, None, "");
    assert!(verdict::<T>(&whole), "{whole}");
    let (mut keys, mut mappings) = (Vec::new(), Vec::new());
    paths(T::TABLE, "", &mut keys, &mut mappings);
    for (key, required) in keys {
        let mut text = String::new();
        write(T::TABLE, &mut text, 0, Some(&key), None, "");
        assert_eq!(verdict::<T>(&text), !required, "without {key}");
        // serde knows no key that the table does not know: each one renamed is refused.
        let name = key.rsplit('.').next().unwrap();
        let renamed = whole.replacen(&format!("{name}:"), &format!("{name}_:"), 1);
        assert!(!verdict::<T>(&renamed), "{key} renamed");
    }
    for mapping in mappings {
        let mut text = String::new();
        write(T::TABLE, &mut text, 0, None, Some(&mapping), "");
        assert!(text.contains("unknown_key"));
        assert!(!verdict::<T>(&text), "unknown key in {mapping}");
    }
}

#[test]
fn tables_and_records_list_the_same_keys() {
    held_together::<Export>();
    held_together::<SiteRecord>();
    held_together::<FrontMatter>();
    held_together::<ThemeRecord>();
}

#[test]
fn serde_knows_no_key_that_the_tables_do_not_know() {
    // serde lists the keys it knows when it meets an unknown one.
    fn keys(
        mapping: &'static table::Mapping,
        root: &str,
        wrap: &dyn Fn(&str) -> String,
        parse: &dyn Fn(&str) -> String,
    ) {
        let message = parse(&wrap("zzz: 1"));
        let listed: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        let known: Vec<&str> = mapping.keys.iter().map(|key| key.name).collect();
        assert_eq!(listed, known, "{root}: {message}");
        for key in mapping.keys {
            let name = key.name;
            match key.kind {
                table::Kind::Mapping(inner) => {
                    keys(inner, name, &|body| wrap(&format!("{name}: {{{body}}}")), parse);
                }
                table::Kind::List(table::Kind::Mapping(inner)) => {
                    keys(inner, name, &|body| wrap(&format!("{name}: [{{{body}}}]")), parse);
                }
                _ => {}
            }
        }
    }
    let error = |result: Result<(), serde_yaml::Error>| result.unwrap_err().to_string();
    keys(Export::TABLE, "export", &|b| format!("{{{b}}}"), &|t| error(serde_yaml::from_str::<Export>(t).map(drop)));
    keys(SiteRecord::TABLE, "site", &|b| format!("{{{b}}}"), &|t| {
        error(serde_yaml::from_str::<SiteRecord>(t).map(drop))
    });
    keys(FrontMatter::TABLE, "front", &|b| format!("{{{b}}}"), &|t| {
        error(serde_yaml::from_str::<FrontMatter>(t).map(drop))
    });
    let theme = |t: &str| error(serde_yaml::from_str::<ThemeRecord>(t).map(drop));
    assert_eq!(theme("zzz: 1").split('`').skip(3).step_by(2).collect::<Vec<_>>(), ["name", "description"]);
}

/// One random change to a text.
fn mutate(text: &str, random: &mut Random) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let line = random.next(lines.len());
    let other = random.next(lines.len());
    let values = [
        "[]",
        "{}",
        "[a]",
        "{a: b}",
        "null",
        "~",
        "true",
        "yes",
        "12",
        "-1",
        "1e10",
        "0x1F",
        "''",
        "\"\"",
        "\"x",
        "'",
        "2026-02-30",
        "@x",
        "*a",
        "&a b",
        "&a",
        "!t x",
        "|",
        ">-",
        "- x",
        "a: b",
        "x # y",
        "[a, [b]]",
        "99999999999999999999",
        "1.5",
        ".nan",
        "\u{2028}",
        "\u{a0}",
        "ü",
        "public",
        "[1, two, null]",
        "%x",
        "? x",
        "? ",
        ": x",
        "<<: x",
        "\u{feff}",
    ];
    match random.next(10) {
        0 => drop(lines.remove(line)),
        1 => lines[line].insert_str(0, &" ".repeat(1 + random.next(4))),
        2 => {
            let spaces = lines[line].len() - lines[line].trim_start_matches(' ').len();
            lines[line].replace_range(..random.next(spaces + 1), "");
        }
        3 => {
            if let Some(colon) = lines[line].find(':') {
                let value = values[random.next(values.len())];
                lines[line] = format!("{}: {value}\n", &lines[line][..colon]);
            }
        }
        4 => lines.truncate(line + 1),
        5 => {
            let mut at = random.next(lines[line].len());
            while !lines[line].is_char_boundary(at) {
                at -= 1;
            }
            let value = [
                "\t", ":", "\"", "'", "-", "#", "[", "]", "{", "}", ",", "\u{0}", "\r", " ", "\n", "é", "|", "*", "&",
                "!", "\u{85}", "---\n",
            ];
            lines[line].insert_str(at, value[random.next(value.len())]);
        }
        6 => lines.swap(line, other),
        7 => {
            let copy = lines[line].clone();
            lines.insert(other, copy);
        }
        8 => {
            let at = random.next(lines[line].len());
            if lines[line].is_char_boundary(at) {
                lines[line].truncate(at);
            }
        }
        _ => lines[line] = lines[line].replacen(": ", ":", 1),
    }
    lines.concat()
}

fn mutated<T: Table + DeserializeOwned + 'static>(text: &str, seed: u64, count: usize) {
    let mut random = Random(seed);
    let (mut right, mut wrong) = (0, 0);
    for _ in 0..count {
        let mut changed = mutate(text, &mut random);
        for _ in 0..random.next(3) {
            if !changed.is_empty() {
                changed = mutate(&changed, &mut random);
            }
        }
        if random.next(10) == 0 {
            changed = changed.replace('\n', "\r\n");
        }
        if verdict::<T>(&changed) { right += 1 } else { wrong += 1 }
    }
    assert!(right > 0 && wrong > right / 4, "{right} right, {wrong} wrong");
}

/// How many a test run has time for. Raise it after changing either reader.
const MUTATIONS: usize = 1_000;

#[test]
fn both_readers_agree_on_mutilated_exports() {
    mutated::<Export>(EXPORT, 1, MUTATIONS);
}

/// Nothing is lost of a file that is right, and nothing panics on one that is not.
#[test]
fn record_by_record_an_export_is_what_it_is_as_a_whole() {
    let mut random = Random(11);
    let (mut right, mut in_part) = (0, 0);
    for _ in 0..2 * MUTATIONS {
        let text = mutate(EXPORT, &mut random);
        let found = rest::read(&file(), text.as_bytes());
        let Ok(whole) = super::read::<Export>(&file(), text.as_bytes()) else {
            in_part +=
                usize::from(found.is_some_and(|(export, _)| !export.earners.is_empty() || !export.badges.is_empty()));
            continue;
        };
        let traits = Traits::of(&text);
        // The reader that knows places stops at a few things that the other one takes, and says so.
        let is_whole = |(_, rest): &(Export, rest::Rest)| rest.is_whole && !traits.anchors && !traits.lone_returns;
        if let Some((export, rest)) = found.filter(is_whole) {
            right += 1;
            assert_eq!((&export.badges, &export.earners), (&whole.badges, &whole.earners), "{text}");
            assert!(rest.unread.is_empty() && rest.badges.iter().copied().eq(0..whole.badges.len()), "{text}");
        }
    }
    assert!(right > 200 && in_part > 200, "{right} {in_part}");
}

#[test]
fn both_readers_agree_on_mutilated_site_files() {
    mutated::<SiteRecord>(&SITE.replace("_pdf: no", "_pdf: false"), 2, MUTATIONS);
    mutated::<FrontMatter>(FRONT, 3, MUTATIONS);
}

#[test]
fn every_place_in_a_tree_holds_what_the_parser_read() {
    fn go(text: &str, node: &tree::Node<'_>) {
        assert!(text.get(node.span.clone()).is_some());
        match &node.kind {
            tree::Kind::Scalar { text: value, plain: true } if !value.contains(' ') => {
                assert_eq!(&text[node.span.clone()], value.as_ref());
            }
            tree::Kind::Sequence(items) => items.iter().for_each(|item| go(text, item)),
            tree::Kind::Mapping(pairs) => pairs.iter().for_each(|(key, value)| {
                go(text, key);
                go(text, value);
            }),
            _ => {}
        }
    }
    for text in [EXPORT.to_owned(), EXPORT.replace('\n', "\r\n"), SITE.to_owned()] {
        let tree = tree::parse(&text);
        go(&text, tree.root.as_ref().unwrap());
    }
    let text = EXPORT.replace("Two", &"ünïcode ".repeat(400));
    go(&text, tree::parse(&text).root.as_ref().unwrap());
}

#[test]
#[expect(clippy::useless_vec, reason = "the steps are written as everywhere else")]
fn values_are_found_by_the_way_to_them() {
    let at = |steps: &[Step]| span_of(EXPORT, steps).map(|span| &EXPORT[span]);
    assert_eq!(at(&steps!["earners", 0, "name"]), Some("Käthe Ōsei 片山"));
    assert_eq!(at(&steps!["earners", 1, "awards", 0, "issued"]), Some("2024-02-29"));
    assert_eq!(at(&steps!["earners", 0, "awards", 0, "evidence", 0, "url"]), Some("'https://host.example/'"));
    assert_eq!(at(&steps!["badges", 0, "skills", 1]), Some("'O''Neill'"));
    // A mapping or list is found by its key.
    assert_eq!(at(&steps!["badges", 0, "renewal"]), Some("renewal"));
    assert_eq!(at(&steps!["earners", 0, "awards"]), Some("awards"));
    // What does not exist, by the nearest thing above; in a list, by the record's first key.
    assert_eq!(at(&steps!["badges", 0, "renewal", "none"]), Some("renewal"));
    assert_eq!(at(&steps!["earners", 1, "awards", 0, "expires"]), Some("id"));
    assert_eq!(at(&steps!["earners", 9]), Some("earners"));
    assert_eq!(at(&steps!["earners", 1, "company"]), Some("company"));
    assert_eq!(at(&steps!["earners", 1, "name", "x", 3]), Some("\"Two\""));
    assert_eq!(at(&steps![]), Some("exported_at"));
    assert_eq!(at(&steps!["none"]), Some("exported_at"));
    assert_eq!(span_of("", &steps!["a"]), None);
    assert_eq!(span_of("a: 1\na: 2\nb: {c: 1}\nb: {d: 1}\n", &steps!["b", "d"]), Some(10..11));
}

#[test]
fn many_values_are_found_in_one_go_as_each_alone() {
    let ways: Vec<Vec<Step>> = vec![
        steps!["earners", 0, "awards", 1],
        steps!["none"],
        steps!["earners", 0, "awards", 1, "badge"],
        steps!["badges", 0, "id"],
        steps!["badges", 4, "id"],
        steps!["badges", 0, "id"],
    ];
    let all: Vec<&[Step]> = ways.iter().map(Vec::as_slice).collect();
    let alone: Vec<_> = all.iter().map(|steps| span_of(EXPORT, steps)).collect();
    assert_eq!(spans_of(EXPORT, &all), alone);
}

#[test]
fn a_split_export_reads_as_the_whole_one() {
    let mut random = Random(7);
    let (mut same, mut refused) = (0, 0);
    for round in 0..1_500 {
        let mut body = String::from(if round % 5 == 0 { "exported_at: 2026-11-20T06:00:00Z\n" } else { "" });
        body.push_str(if round % 7 == 0 { "earners: \n" } else { "earners:\n" });
        let earners = EXPORT.split("earners:\n").nth(1).unwrap();
        for _ in 0..=random.next(6) {
            body.push_str(earners);
        }
        if round % 3 == 0 {
            body = body.replace("\n  ", "\n");
        }
        let text = if round % 4 == 0 { body } else { mutate(&body, &mut random) };
        let text = if round % 11 == 0 { text.replace('\n', "\r\n") } else { text };
        let traits = Traits::of(&text);
        if traits.anchors || traits.lone_returns || traits.separators {
            continue;
        }
        let whole = serde_yaml::from_str::<Export>(&text).ok();
        for count in [1, 2, 3, 50] {
            match parallel::split(&text, count).and_then(|pieces| parallel::read_pieces(&pieces)) {
                Some(export) => {
                    assert_eq!(Some(&export), whole.as_ref(), "{text}");
                    same += 1;
                }
                None => refused += 1,
            }
        }
    }
    assert!(same > 1_000 && refused > 100, "{same} {refused}");
}

#[test]
fn an_item_of_a_list_inside_quotes_does_not_split_an_export() {
    for text in [
        "earners:\n- id: \"a\n- id: b\n  name: x\n\"\n  name: y\n",
        "earners:\n  - id: a\n    name: x\n    awards: [\n  - id: b\n  ]\n",
        "badges:\n  - description: \"\nearners:\n  - id: a\n    name: b\n  \"\n",
        "earners:\n  - id: a\n    name: x\nbadges: []\n",
        "earners:\n- id: a\n  name: x\n...\n- id: b\n  name: y\n",
        "earners:\n- id: a\n  name: x\n---\n- id: b\n  name: y\n",
    ] {
        let split = parallel::split(text, 50).and_then(|pieces| parallel::read_pieces(&pieces));
        assert!(split.is_none() || split == serde_yaml::from_str(text).ok(), "{text}");
    }
    let fine = "earners:\n- id: a\n  name: >\n   - id\n\n   x\n# y\n- id: b\n  name: z\n";
    let pieces = parallel::split(fine, 50).unwrap();
    assert_eq!(pieces.lists.len(), 2);
    assert_eq!(parallel::read_pieces(&pieces), serde_yaml::from_str(fine).ok());
}
