//! What editors read when a file is not YAML.
//!
//! Whole texts, so that a change of words is seen. Each is one of the slips that people make; the
//! place must be the slip and not where a parser stumbled over it.

use std::sync::Arc;

use super::{read, table::Table};
use crate::source::{
    locate::locate,
    record::{Export, SiteRecord},
};

/// All that is said about a file, as it is drawn for a terminal.
fn drawn<T: Table + serde::de::DeserializeOwned + 'static>(text: &str) -> String {
    let file: Arc<str> = "test.yaml".into();
    let found = read::<T>(&file, text.as_bytes()).err().unwrap_or_default();
    locate(found, &mut |_| Some(text.as_bytes().to_vec())).iter().map(|report| report.draw(false)).collect()
}

#[test]
fn a_tab_instead_of_spaces() {
    assert_eq!(
        drawn::<Export>(
            "earners:
\t- id: e-1
\t  name: Kate
"
        ),
        "error: this line is indented with a tab
 --> test.yaml:2:1
  |
2 |  - id: *-*
  | ^ use spaces: YAML takes no tabs
"
    );
}

#[test]
fn a_tab_on_the_next_line() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
\tname: Kate
"
        ),
        "error: this line is indented with a tab
 --> test.yaml:3:1
  |
3 |  name: Kate
  | ^ use spaces: YAML takes no tabs
"
    );
}

#[test]
fn no_space_after_a_colon() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name:Kate
    email: k@x.example
"
        ),
        "error: a space is missing after the colon
 --> test.yaml:3:9
  |
3 |     name:Kate
  |         ^ write name: Kate
"
    );
}

#[test]
fn no_space_after_the_colon_of_the_first_key() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id:e-1
    name: Kate
"
        ),
        "error: a space is missing after the colon
 --> test.yaml:2:7
  |
2 |   - id:*-*
  |       ^ write id: *-*
"
    );
}

#[test]
fn no_space_after_a_dash() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  -id: e-1
   name: Kate
"
        ),
        "error: a space is missing after the dash
 --> test.yaml:2:3
  |
2 |   -id: *-*
  |   ^^ write - id: *-*
"
    );
}

#[test]
fn no_colon() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name Kate
    email: k@x.example
"
        ),
        "error: a colon is missing after the key
 --> test.yaml:3:5
  |
3 |     name Kate
  |     ^^^^^^^^^ write name: Kate
"
    );
}

#[test]
fn no_colon_after_the_key_of_a_list() {
    assert_eq!(
        drawn::<Export>(
            "earners
  - id: e-1
    name: Kate
"
        ),
        "error: a colon is missing after the key
 --> test.yaml:1:1
  |
1 | earners
  | ^^^^^^^ write earners:
"
    );
}

#[test]
fn an_equals_sign_for_a_colon() {
    assert_eq!(
        drawn::<SiteRecord>(
            "title = x
base_url = y: z
"
        ),
        "error: a colon is missing after the key
 --> test.yaml:1:1
  |
1 | title = x
  | ^^^^^^^^^ write title: x
"
    );
}

#[test]
fn a_quote_that_is_not_closed() {
    assert_eq!(
        drawn::<Export>(
            r#"earners:
  - id: e-1
    name: "Kate
    email: k@x.example
"#
        ),
        r#"error: this quote is not closed
 --> test.yaml:3:11
  |
3 |     name: "Kate
  |           ^^^^^ write name: "Kate"
"#
    );
}

#[test]
fn text_after_a_closing_quote() {
    assert_eq!(
        drawn::<Export>(
            r#"earners:
  - id: e-1
    name: "Kate" Osei
"#
        ),
        r#"error: text follows after the closing quote
 --> test.yaml:3:17
  |
3 |     name: "Kate" Osei
  |                 ^^^^^ put the quotes around all of it: name: '"Kate" Osei'
"#
    );
}

#[test]
fn an_apostrophe_in_single_quotes() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: 'Kate's Place'
"
        ),
        r#"error: text follows after the closing quote
 --> test.yaml:3:17
  |
3 |     name: 'Kate's Place'
  |                 ^^^^^^^^ put the quotes around all of it: name: "Kate's Place"
"#
    );
}

#[test]
fn a_comma_at_the_end_of_a_line() {
    assert_eq!(
        drawn::<SiteRecord>(
            r#"title: "x",
description: y
"#
        ),
        r#"error: text follows after the closing quote
 --> test.yaml:1:11
  |
1 | title: "x",
  |           ^ take the comma away
"#
    );
}

#[test]
fn a_colon_in_a_text() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate: the Great
"
        ),
        r#"error: a colon inside a text that is not in quotes
 --> test.yaml:3:15
  |
3 |     name: Kate: the Great
  |               ^ put the text in quotes: name: "Kate: the Great"
"#
    );
}

#[test]
fn a_text_that_starts_with_at() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: @kate
"
        ),
        r#"error: a text cannot start with `@` unless it is in quotes
 --> test.yaml:3:11
  |
3 |     name: @kate
  |           ^^^^^ write name: "@kate"
"#
    );
}

#[test]
fn markdown_that_starts_with_stars() {
    assert_eq!(
        drawn::<Export>(
            "badges:
  - id: c
    criteria: **bold** text
"
        ),
        r#"error: a text cannot start with `*` unless it is in quotes
 --> test.yaml:3:15
  |
3 |     criteria: **bold** text
  |               ^^^^^^^^^^^^^ write criteria: "**bold** text"
"#
    );
}

#[test]
fn a_backslash_in_double_quotes() {
    assert_eq!(
        drawn::<Export>(
            r#"earners:
  - id: e-1
    company: "C:\Users"
"#
        ),
        r#"error: `\U` means something else inside double quotes
 --> test.yaml:3:17
  |
3 |     company: "C:\Users"
  |                 ^^ use single quotes, or write each backslash twice: company: 'C:\Users'
"#
    );
}

#[test]
fn a_line_indented_too_far() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate
      email: k@x.example
"
        ),
        "error: this line is indented as if it belonged to `name` above, which has a value already
 --> test.yaml:4:7
  |
4 |       email: *@*.*******
  |       ^^^^^^^^^^^^^^^^^^ start it in column 5, under `name`, or give `name` no value of its own
"
    );
}

#[test]
fn a_line_indented_too_little() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate
   email: k@x.example
"
        ),
        "error: this line does not line up with the lines above it
 --> test.yaml:4:4
  |
4 |    email: *@*.*******
  |    ^^^^^^^^^^^^^^^^^^ start it in column 5, like `name` above
"
    );
}

#[test]
fn a_record_without_its_dash() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate
  id: e-2
    name: Joe
"
        ),
        "error: a dash is missing: this line stands where entries of a list start
 --> test.yaml:4:3
  |
4 |   id: *-*
  |   ^^^^^^^ if a new entry starts here, write - id: e-2; else indent it like the line above
"
    );
}

#[test]
fn a_dash_out_of_line() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate
    - id: x
"
        ),
        "error: this dash does not line up with the list above
 --> test.yaml:4:5
  |
4 |     - id: *
  |     ^ start it in column 3, like the dash above
"
    );
}

#[test]
fn a_list_on_the_line_of_its_key() {
    assert_eq!(
        drawn::<Export>(
            "earners: - id: e-1
"
        ),
        "error: the list cannot start on the line of `earners`
 --> test.yaml:1:10
  |
1 | earners: - id: *-*
  |          ^ start a new line, indented, before this dash
"
    );
}

#[test]
fn a_bracket_that_is_not_closed() {
    assert_eq!(
        drawn::<Export>(
            "badges:
  - id: ccxp
    skills: [a, b
    name: x
"
        ),
        "error: this `[` is not closed
 --> test.yaml:3:13
  |
3 |     skills: [a, b
  |             ^ write `]` where it ends, and commas between what is inside
"
    );
}

#[test]
fn no_space_after_a_colon_in_braces() {
    assert_eq!(
        drawn::<SiteRecord>(
            "menu:
  - {label:FAQ, to:faq/}
"
        ),
        "error: `title` is missing
 --> test.yaml:1:1
  |
1 | menu:
  | ^^^^ add a line `title: some text`
error: `base_url` is missing
 --> test.yaml:1:1
  |
1 | menu:
  | ^^^^ add a line `base_url: https://badges.cxpa.example/`
error: `issuer` is missing
 --> test.yaml:1:1
  |
1 | menu:
  | ^^^^ add a line `issuer:` and below it, indented, `name` and `url`
error: a space is missing after the colon
 --> test.yaml:2:6
  |
2 |   - {label:FAQ, to:faq/}
  |      ^^^^^^^^^ write label: FAQ
error: a space is missing after the colon
 --> test.yaml:2:17
  |
2 |   - {label:FAQ, to:faq/}
  |                 ^^^^^^^ write to: faq/
"
    );
}

#[test]
fn text_on_the_line_of_a_bar() {
    assert_eq!(
        drawn::<Export>("badges:
  - id: ccxp
    criteria: | Do it
      x
"),
        "error: nothing can follow `|` on its line
 --> test.yaml:3:15
  |
3 |     criteria: | Do it
  |               ^^^^^^^ start the text on the next line, indented; if the mark belongs to the text, put the text in quotes
"
    );
}

#[test]
fn a_block_text_that_is_not_indented() {
    assert_eq!(
        drawn::<Export>("badges:
  - id: ccxp
    criteria: |
    Do it: well
    name: x
"),
        "error: badge without `description`
 --> test.yaml:2:5
  |
2 |   - id: ccxp
  |     ^^ add a line `description: some text`
error: badge without `image`
 --> test.yaml:2:5
  |
2 |   - id: ccxp
  |     ^^ add a line `image: ccxp.png`
error: a badge has no key `Do it`
 --> test.yaml:4:5
  |
4 |     Do it: well
  |     ^^^^^ it can have `id`, `name`, `abbreviation`, `kind`, `description`, `criteria`, `image`, `skills`, `validity` or `renewal`
"
    );
}

#[test]
fn a_no_break_space_after_a_colon() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name:\u{a0}Kate
    email: k@x.example
"
        ),
        "error: what looks like a space after this colon is another, invisible character
 --> test.yaml:3:9
  |
3 |     name:\u{a0}Kate
  |         ^^ write name: Kate
"
    );
}

#[test]
fn a_no_break_space_as_indentation() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
\u{a0}\u{a0}  name: Kate
"
        ),
        "error: earner without `name`
 --> test.yaml:2:5
  |
2 |   - id: *-*
  |     ^^ add a line `name: Katherine Osei`
error: there is an invisible character in the key `name`
 --> test.yaml:3:1
  |
3 | \u{a0}\u{a0}  name: Kate
  | ^^^^^^^^ delete the line from its start to the colon and type it anew
"
    );
}

#[test]
fn a_line_separator_in_a_name() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate\u{2028}Osei
    email: k@x.example
"
        ),
        "error: there is an invisible character U+2028 here
 --> test.yaml:3:15
  |
3 |     name: Kate\u{2028}Osei
  |               ^ type a space instead, or start a new line
"
    );
}

#[test]
fn a_text_that_starts_with_an_exclamation_mark() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: !Kate Osei
"
        ),
        "error: YAML takes a word that starts with `!` for an instruction and drops it
 --> test.yaml:3:11
  |
3 |     name: !Kate Osei
  |           ^^^^^ put the whole text in quotes
"
    );
}

#[test]
fn two_documents_in_one_file() {
    assert_eq!(
        drawn::<Export>(
            "earners: []
---
badges: []
"
        ),
        "error: a second YAML document starts here
 --> test.yaml:2:1
  |
2 | ---
  | ^^^ a file holds one document: take this `---` out, or move what follows into a file of its own
"
    );
}

#[test]
fn a_comment_that_swallows_the_end_of_a_bracket() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - {id: e-1, name: Agent #7, awards: []}
  - {id: e-2, name: Kate}
"
        ),
        "error: a comment starts here, and what closes the bracket is part of it
 --> test.yaml:2:27
  |
2 |   - {id: *-*, name: Agent #7, awards: []}
  |                           ^^^^^^^^^^^^^^^ if it belongs to the text before it, put that text in quotes; if not, start a new line before the #
"
    );
}
