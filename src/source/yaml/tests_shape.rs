//! What editors read when a file is YAML but says the wrong thing.
//!
//! Whole texts, so that a change of words is seen. Read each aloud: would somebody who keeps a
//! member list know what to do?

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
fn a_misspelt_key_is_guessed_and_not_missed_as_well() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate Osei
    awards:
      - id: 9ed52e43b7
        badge: ccxp
        issued: 2023-03-01
        expries: 2026-03-01
"
        ),
        "error: an award has no key `expries`
 --> test.yaml:8:9
  |
8 |         expries: 2026-03-01
  |         ^^^^^^^ did you mean `expires`?
"
    );
}

#[test]
fn another_systems_name_for_a_key_is_known() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate Osei
    awards:
      - id: 9ed52e43b7
        badge: ccxp
        issued: 2023-03-01
        expiry_date: 2026-03-01
"
        ),
        "error: an award has no key `expiry_date`
 --> test.yaml:8:9
  |
8 |         expiry_date: 2026-03-01
  |         ^^^^^^^^^^^ did you mean `expires`?
"
    );
}

#[test]
fn a_key_of_the_award_under_the_earner_is_sent_down() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate Osei
    expires: 2026-03-01
    awards: []
"
        ),
        "error: an earner has no key `expires`
 --> test.yaml:4:5
  |
4 |     expires: 2026-03-01
  |     ^^^^^^^ it belongs to an award: move it under `awards`, in an entry that starts with a dash
"
    );
}

#[test]
fn a_key_of_the_earner_under_the_award_is_sent_up() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate Osei
    awards:
      - id: 9ed52e43b7
        badge: ccxp
        issued: 2023-03-01
        visibility: public
"
        ),
        "error: an award has no key `visibility`
 --> test.yaml:8:9
  |
8 |         visibility: public
  |         ^^^^^^^^^^ it belongs to an earner: indent it less, like the keys of the earner
"
    );
}

#[test]
fn a_missing_key_is_told_at_the_record_that_lacks_it() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate Osei
    awards:
      - id: 9ed52e43b7
        badge: ccxp
"
        ),
        "error: award without `issued`
 --> test.yaml:5:9
  |
5 |       - id: 9ed52e43b7
  |         ^^ add a line `issued: 2026-11-30`
"
    );
}

#[test]
fn a_person_called_null_needs_quotes() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Null
"
        ),
        r#"error: `name` is empty
 --> test.yaml:3:11
  |
3 |     name: Null
  |           ^^^^ YAML reads Null as “nothing”; if it is the text, put it in quotes: "Null"
"#
    );
}

#[test]
fn a_date_in_another_order_is_refused() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate Osei
    awards:
      - id: 9ed52e43b7
        badge: ccxp
        issued: 2023-03-01
        expires: 01.03.2026
"
        ),
        "error: `01.03.2026` is not a date
 --> test.yaml:8:18
  |
8 |         expires: 01.03.2026
  |                  ^^^^^^^^^^ write year-month-day, such as 2026-11-30
"
    );
}

#[test]
fn a_list_where_a_date_should_be() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate Osei
    awards:
      - id: 9ed52e43b7
        badge: ccxp
        issued: 2023-03-01
        expires: [2026-03-01]
"
        ),
        "error: `expires` should be a date, but this is a list
 --> test.yaml:8:9
  |
8 |         expires: [2026-03-01]
  |         ^^^^^^^ take the dash or the brackets away; there can be only one
"
    );
}

#[test]
fn a_text_where_a_list_should_be() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate Osei
    awards:
      - id: 9ed52e43b7
        badge: ccxp
        issued: 2023-03-01
        aliases: s3kJd9aQ
"
        ),
        "error: `aliases` should be a list, but this is text
 --> test.yaml:8:18
  |
8 |         aliases: s3kJd9aQ
  |                  ^^^^^^^^ write it as a list: `aliases: [s3kJd9aQ]`
"
    );
}

#[test]
fn a_list_without_its_dash() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate Osei
    awards:
      id: 9ed52e43b7
      badge: ccxp
      issued: 2023-03-01
"
        ),
        "error: `awards` should be a list, but this is a record with keys
 --> test.yaml:4:5
  |
4 |     awards:
  |     ^^^^^^ start each entry with a dash: `- id: …`
"
    );
}

#[test]
fn a_dash_where_there_can_be_only_one() {
    assert_eq!(
        drawn::<SiteRecord>(
            "title: Badges
base_url: https://badges.example/
issuer:
  - name: A
    url: https://a.example/
"
        ),
        "error: `issuer` should be a record with keys, but this is a list
 --> test.yaml:3:1
  |
3 | issuer:
  | ^^^^^^ take the dashes away; there can be only one
"
    );
}

#[test]
fn a_word_that_is_nearly_right() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate Osei
    visibility: pubic
"
        ),
        "error: `visibility` cannot be `pubic`
 --> test.yaml:4:17
  |
4 |     visibility: pubic
  |                 ^^^^^ did you mean `public`?
"
    );
}

#[test]
fn yes_is_not_true() {
    assert_eq!(
        drawn::<SiteRecord>(
            "title: Badges
base_url: https://badges.example/
issuer:
  name: A
  url: https://a.example/
indexing: yes
"
        ),
        "error: `indexing` should be `true` or `false`, but this is `yes`
 --> test.yaml:6:11
  |
6 | indexing: yes
  |           ^^^ write true
"
    );
}

#[test]
fn quotes_make_a_text_of_true() {
    assert_eq!(
        drawn::<SiteRecord>(
            r#"title: Badges
base_url: https://badges.example/
issuer:
  name: A
  url: https://a.example/
indexing: "true"
"#
        ),
        r#"error: `indexing` should be `true` or `false`, but this is text
 --> test.yaml:6:11
  |
6 | indexing: "true"
  |           ^^^^^^ write true without quotes
"#
    );
}

#[test]
fn quotes_make_a_text_of_a_number() {
    assert_eq!(
        drawn::<SiteRecord>(
            r#"title: Badges
base_url: https://badges.example/
issuer:
  name: A
  url: https://a.example/
notices: ["90", 30]
"#
        ),
        r#"error: an entry of `notices` should be a whole number, but this is text
 --> test.yaml:6:11
  |
6 | notices: ["90", 30]
  |           ^^^^ write 90 without quotes
"#
    );
}

#[test]
fn two_records_run_together_without_a_dash() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate Osei
    id: e-2
    name: Joe
"
        ),
        "error: `id` is here twice in one earner
 --> test.yaml:4:5
  |
4 |     id: *-*
  |     ^^ take one out, or start the next record with a dash
  the first is here
 --> test.yaml:2:5
  |
2 |   - id: *-*
  |     ^^
error: `name` is here twice in one earner
 --> test.yaml:5:5
  |
5 |     name: Joe
  |     ^^^^ take one out, or start the next record with a dash
  the first is here
 --> test.yaml:3:5
  |
3 |     name: Kate Osei
  |     ^^^^
"
    );
}

#[test]
fn an_address_without_https() {
    assert_eq!(
        drawn::<SiteRecord>(
            "title: Badges
base_url: https://badges.example/
issuer:
  name: A
  url: www.a.example
"
        ),
        "error: `www.a.example` is not a whole address
 --> test.yaml:5:8
  |
5 |   url: www.a.example
  |        ^^^^^^^^^^^^^ write it from https:// on, such as `https://www.cxpa.org/`
"
    );
}

#[test]
fn a_list_without_its_key() {
    assert_eq!(
        drawn::<Export>(
            "- id: e-1
  name: Kate
"
        ),
        "error: an export starts with keys, but this is a list
 --> test.yaml:1:1
  |
1 | - id: *-*
  | ^^^^^^^^^ write a line `earners:` above it
"
    );
}

#[test]
fn a_file_that_is_only_text() {
    assert_eq!(
        drawn::<Export>(
            "Just some notes.
"
        ),
        "error: an export consists of keys and their values, but this is only a text
 --> test.yaml:1:1
  |
1 | Just some notes.
  | ^^^^^^^^^^^^^^^^ write keys: `exported_at`, `badges` or `earners`
"
    );
}

#[test]
fn an_empty_site_file_lacks_what_is_required() {
    assert_eq!(
        drawn::<SiteRecord>(""),
        "error: `title` is missing
  --> test.yaml
   = add a line `title: some text`
error: `base_url` is missing
  --> test.yaml
   = add a line `base_url: https://badges.cxpa.example/`
error: `issuer` is missing
  --> test.yaml
   = add a line `issuer:` and below it, indented, `name` and `url`
"
    );
}

#[test]
fn a_dash_with_nothing_behind_it() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate Osei
  -
"
        ),
        "error: this entry of `earners` is empty
 --> test.yaml:4:3
  |
4 |   -
  |   ^ write a record after the dash, or take the dash out
"
    );
}

#[test]
fn merge_keys_are_refused() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - &k
    id: e-1
    name: Kate
  - <<: *k
    id: e-2
"
        ),
        "error: an earner has no key `<<`
 --> test.yaml:5:5
  |
5 |   - <<: *k
  |     ^^ merging with `<<` is not supported here: write the keys out
"
    );
}

#[test]
fn an_anchor_must_not_be_defined_twice() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: &a e-1
    name: &a Kate
"
        ),
        "error: this anchor is defined twice
 --> test.yaml:3:11
  |
3 |     name: &a Kate
  |           ^^ give each `&` a name of its own, or put the text in quotes if `&` belongs to it
  the first is here
 --> test.yaml:2:9
  |
2 |   - id: &* *-*
  |         ^^
"
    );
}

#[test]
fn an_alias_bomb_is_refused_before_it_goes_off() {
    assert_eq!(
        drawn::<Export>(
            "a: &a [x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]
e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]
f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]
g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]
h: &h [*g,*g,*g,*g,*g,*g,*g,*g,*g]
i: &i [*h,*h,*h,*h,*h,*h,*h,*h,*h]
"
        ),
        "error: the aliases of this file stand for far more values than it holds
 --> test.yaml:5:8
  |
5 | e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]
  |        ^^ write the values out instead of repeating them with `*`
"
    );
}

#[test]
fn what_is_wrong_before_a_syntax_error_is_told_too() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate Osei
    awards:
      - id: 9ed52e43b7
        badge: ccxp
        issud: 2023-03-01
  - id: e-2
    name: 'Joe
    email: x
"
        ),
        "error: an award has no key `issud`
 --> test.yaml:7:9
  |
7 |         issud: 2023-03-01
  |         ^^^^^ did you mean `issued`?
error: this quote is not closed
 --> test.yaml:9:11
  |
9 |     name: 'Joe
  |           ^^^^ write name: 'Joe'
"
    );
}

#[test]
fn a_control_character_is_shown_and_not_printed() {
    assert_eq!(
        drawn::<Export>(
            "earners:
  - id: e-1
    name: Kate\u{7}Osei
"
        ),
        r"error: there is an invisible character U+0007 here
 --> test.yaml:3:15
  |
3 |     name: Kate\u{7}Osei
  |               ^^^^^ delete it, or type what should stand here; it may have come along when text was copied
"
    );
}
