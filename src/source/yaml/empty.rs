//! Lists with nothing in them, where there may have been something.
//!
//! A list key without a value counts as absent, and an export of no bytes as one without records: that is right, and it
//! is also what is left when a disk was full or a query came out empty. So it is said. `earners: []` is no such thing:
//! somebody, or a program, wrote that there are none.
//!
//! A first look at the text finds whether there can be such a key at all; that is all that most files are asked. It may
//! be wrong in one direction only: then a tree is made in vain.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Source,
    table::{Kind, Mapping, Table},
    text,
    tree::{self, Node},
};
use crate::{diagnostic::Diagnostic, source::record::Export};

/// The list keys of a file that have nothing under them; each once, with the number of its other places.
pub fn empty_lists<T: Table>(file: &Arc<str>, bytes: &[u8]) -> Vec<Diagnostic> {
    let Ok((text, base)) = text::decode(file, bytes) else { return Vec::new() };
    if !may_have_empty_list(text, T::TABLE) {
        return Vec::new();
    }
    let tree = tree::parse(text);
    let mut found = BTreeMap::new();
    if let Some(root) = &tree.root {
        look(root, T::TABLE, &mut found);
    }
    let source = Source { file, text, base };
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|(_, places)| places.first().map(|place| place.start));
    found.into_iter().filter_map(|(key, places)| said(&source, key, &places)).collect()
}

/// What is said of an export with neither badges nor earners, unless a list says that there are none.
pub fn empty_export(file: &Arc<str>, bytes: &[u8], export: &Export) -> Option<Diagnostic> {
    if !export.badges.is_empty() || !export.earners.is_empty() {
        return None;
    }
    let (text, base) = text::decode(file, bytes).ok()?;
    let tree = tree::parse(text);
    let lists = Export::TABLE.keys.iter().filter(|key| matches!(key.kind, Kind::List(_)));
    let has_list = match tree.root.as_ref().map(|root| &root.resolved().kind) {
        Some(tree::Kind::Mapping(pairs)) => {
            lists.into_iter().any(|list| pairs.iter().any(|(key, _)| key.text() == Some(list.name)))
        }
        _ => false,
    };
    if has_list {
        return None;
    }
    let message =
        if text.trim().is_empty() { "this export is empty" } else { "this export holds neither badges nor earners" };
    let source = Source { file, text, base };
    let place = if bytes.is_empty() { crate::diagnostic::Place::file(file.clone()) } else { source.place(0..0) };
    let advice = "export again; if there is nothing to say, write `earners: []` in it, or remove the file";
    Some(Diagnostic::warning(message).at(place).advice(advice))
}

fn said(source: &Source<'_>, key: &str, places: &[std::ops::Range<usize>]) -> Option<Diagnostic> {
    let place = places.first()?;
    let rest = source.text.get(place.end..).unwrap_or_default().trim_start_matches([':', '"', '\'']);
    let is_end = rest.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with('#'));
    let message = match places.len() - 1 {
        0 => format!("`{key}` has nothing under it"),
        1 => format!("`{key}` has nothing under it, here and at another place of this file"),
        more => format!("`{key}` has nothing under it, here and at {more} other places of this file"),
    };
    let advice = if is_end {
        format!("the file ends here: was it cut off? if there are none, write `{key}: []`")
    } else {
        format!("write its entries below it; if there are none, write `{key}: []` or take the line out")
    };
    Some(Diagnostic::warning(message).at(source.place(place.clone())).advice(advice))
}

fn look(node: &Node<'_>, table: &'static Mapping, found: &mut BTreeMap<&'static str, Vec<std::ops::Range<usize>>>) {
    let tree::Kind::Mapping(pairs) = &node.resolved().kind else { return };
    for (at, value) in pairs {
        let Some(key) = at.text().and_then(|name| table.key(name)) else { continue };
        match (key.kind, &value.resolved().kind) {
            (Kind::List(_), _) if value.is_null() => found.entry(key.name).or_default().push(at.span.clone()),
            (Kind::List(Kind::Mapping(entry)), tree::Kind::Sequence(items)) => {
                items.iter().for_each(|item| look(item, entry, found));
            }
            (Kind::Mapping(inner), _) => look(value, inner, found),
            _ => {}
        }
    }
}

/// Whether a list key may have nothing under it.
fn may_have_empty_list(text: &str, table: &'static Mapping) -> bool {
    let names = list_keys(table);
    let bytes = text.as_bytes();
    memchr::memchr_iter(b':', bytes).any(|colon| {
        let after = text.get(colon + 1..).unwrap_or_default();
        let rest = after.trim_start_matches([' ', '\t']);
        if !rest.starts_with(['\n', '\r', '#', ',', '}', ']', '~', 'n', 'N']) && !rest.is_empty() {
            return false;
        }
        let line = text.get(..colon).unwrap_or_default();
        let start = line.rfind('\n').map_or(0, |end| end + 1);
        let before = line.get(start..).unwrap_or_default().trim_end_matches(['"', '\'']);
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let key = before.rfind(|c| !is_word(c)).map_or(before, |at| before.get(at + 1..).unwrap_or_default());
        let Some(key_column) = names.contains(&key).then(|| before.len() - key.len()) else { return false };
        !rest.starts_with(['\n', '\r', '#']) || !has_entries_below(rest, key_column)
    })
}

/// Whether the next line that says anything belongs to a key in that column.
fn has_entries_below(rest: &str, column: usize) -> bool {
    let mut lines = rest.split('\n').skip(1);
    let next = lines.find(|line| {
        let line = line.trim_start();
        !line.is_empty() && !line.starts_with('#')
    });
    next.is_some_and(|line| {
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        indent > column || indent == column && content.starts_with('-') && !content.starts_with("---")
    })
}

/// The names of all list keys of a kind of file.
fn list_keys(table: &'static Mapping) -> Vec<&'static str> {
    let mut names = Vec::new();
    let mut tables = vec![table];
    while let Some(table) = tables.pop() {
        for key in table.keys {
            match key.kind {
                Kind::List(kind) => {
                    names.push(key.name);
                    if let Kind::Mapping(inner) = kind {
                        tables.push(inner);
                    }
                }
                Kind::Mapping(inner) => tables.push(inner),
                _ => {}
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{locate, record::SiteRecord};

    fn drawn(text: &str) -> String {
        let file: Arc<str> = "test.yaml".into();
        let export = super::super::read::<Export>(&file, text.as_bytes()).unwrap();
        let mut found = empty_lists::<Export>(&file, text.as_bytes());
        found.extend(empty_export(&file, text.as_bytes(), &export));
        locate(found, &mut |_| Some(text.as_bytes().to_vec())).iter().map(|report| report.draw(false)).collect()
    }

    #[test]
    fn a_file_that_ends_after_its_key_is_asked_whether_it_was_cut_off() {
        assert_eq!(
            drawn("exported_at: 2026-11-20T06:00:00Z\nearners:\n"),
            "warning: `earners` has nothing under it
 --> test.yaml:2:1
  |
2 | earners:
  | ^^^^^^^ the file ends here: was it cut off? if there are none, write `earners: []`
"
        );
    }

    #[test]
    fn what_is_said_again_and_again_is_told_once() {
        let earner = |id: u32| format!("  - id: e-{id}\n    name: Kate Osei\n    awards:\n");
        let text = format!("earners:\n{}{}{}", earner(1), earner(2), earner(3));
        assert_eq!(
            drawn(&text),
            "warning: `awards` has nothing under it, here and at 2 other places of this file
 --> test.yaml:4:5
  |
4 |     awards:
  |     ^^^^^^ write its entries below it; if there are none, write `awards: []` or take the line out
"
        );
    }

    #[test]
    fn an_export_that_says_nothing_at_all_is_told_of_once() {
        for empty in ["", "\n", "\u{feff}", "# nobody\n", "---\n", "{}\n", "exported_at: 2026-11-20T06:00:00Z\n"] {
            let said = drawn(empty);
            assert_eq!(said.matches("warning: ").count(), 1, "{empty:?}: {said}");
            assert!(said.contains("this export"), "{empty:?}: {said}");
        }
    }

    #[test]
    fn every_way_to_write_nothing_is_seen_and_no_list_is_taken_for_one() {
        for nothing in [
            "earners:",
            "earners: # later\n",
            "earners: ~\n",
            "earners: null\n",
            "{\"earners\": null, \"badges\": []}",
            "{earners: , badges: []}",
            "earners:\r\nbadges: []\r\n",
            "earners:\n\n# nobody\n\nbadges: []\n",
            "earners: [{id: e-1, name: Kate, awards: }]\n",
            "earners:\n- id: e-1\n  name: Kate\n  awards:\n- id: e-2\n  name: Joe\n",
        ] {
            let said = drawn(nothing);
            assert_eq!(said.matches("has nothing under it").count(), 1, "{nothing:?}: {said}");
        }
        for something in [
            "earners: []\n",
            "badges: []\nearners:\n  []\n",
            "earners:\n- id: e-1\n  name: Kate\n",
            "earners:\n\n# all\n  - id: e-1\n    name: Kate\n    awards: []\n",
            "earners:\n  - awards:\n    - {id: award-1, badge: b, issued: 2024-01-01}\n    id: e-1\n    name: 'a: awards:'\n",
        ] {
            assert_eq!(drawn(something), "", "{something:?}");
        }
    }

    #[test]
    fn the_settings_of_a_site_have_lists_too() {
        let text = b"title: T\nmenu:\nissuer: {name: I}\nfonts:\n";
        let found = empty_lists::<SiteRecord>(&"site.yaml".into(), text);
        assert_eq!(
            found.iter().map(|found| &*found.message).collect::<Vec<_>>(),
            ["`menu` has nothing under it", "`fonts` has nothing under it"]
        );
    }
}
