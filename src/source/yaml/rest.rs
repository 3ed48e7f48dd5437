//! What can be read of an export in which something is wrong.
//!
//! All that is wrong with the export itself has been told by then. Its other records are read nevertheless, each by the
//! fast reader from its own lines, so that what is wrong between records and files is told in the same run. Nothing is
//! ever published with it.

use rayon::prelude::*;
use serde::de::DeserializeOwned;

use super::{
    parallel,
    text::{Traits, decode},
    tree::{self, Kind, Node},
};
use crate::source::record::{AwardRecord, EarnerRecord, Export};

/// From this size on an export is taken apart before it is looked at closely, in bytes.
const LARGE: usize = 1 << 20;
/// The size of the parts.
const PART: usize = 1 << 16;

/// Where the records that could be read stand in the file, and what could not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rest {
    /// For each badge its number in the file.
    pub badges: Vec<usize>,
    /// For each earner their number in the file, and those of their awards.
    pub earners: Vec<(usize, Vec<usize>)>,
    /// The ids of badges and awards that could not be read.
    pub unread: Vec<String>,
    /// Whether the file was understood to its end, so that there can be no other ids.
    pub is_whole: bool,
}

/// Reads what can be read; nothing if that is nothing.
pub fn read(file: &std::sync::Arc<str>, bytes: &[u8]) -> Option<(Export, Rest)> {
    let (text, _) = decode(file, bytes).ok()?;
    let traits = Traits::of(text);
    if traits.separators || traits.endless.is_some() {
        return None;
    }
    let pieces = if text.len() < LARGE { None } else { parallel::split(text, text.len() / PART) };
    let (head, lists) = pieces.map_or((text, Vec::new()), |pieces| (pieces.head, pieces.lists));
    let mut found = Found::of_file(head)?;
    let parts: Vec<(Found, usize)> = lists
        .par_iter()
        .map(|list| match serde_yaml::from_str::<Vec<EarnerRecord>>(list) {
            Ok(earners) => {
                let count = earners.len();
                let places = earners.iter().enumerate().map(|(at, earner)| (at, (0..earner.awards.len()).collect()));
                let rest = Rest { earners: places.collect(), is_whole: true, ..Rest::default() };
                (Found { export: Export { earners, ..Export::default() }, rest }, count)
            }
            Err(_) => Found::of_list(list),
        })
        .collect();
    let mut before = 0;
    for (part, count) in parts {
        found.export.earners.extend(part.export.earners);
        found.rest.earners.extend(part.rest.earners.into_iter().map(|(earner, awards)| (earner + before, awards)));
        found.rest.unread.extend(part.rest.unread);
        found.rest.is_whole &= part.rest.is_whole;
        before += count;
    }
    Some((found.export, found.rest))
}

#[derive(Default)]
struct Found {
    export: Export,
    rest: Rest,
}

impl Found {
    fn of_file(text: &str) -> Option<Self> {
        let tree = tree::parse(text);
        let mut found = Self::default();
        found.rest.is_whole = tree.stop.is_none();
        for (key, value) in entries(tree.root.as_ref()?)? {
            match key.text() {
                Some("badges") => items(value).for_each(|(number, badge)| found.badge(text, number, badge)),
                Some("earners") => items(value).for_each(|(number, earner)| found.earner(text, number, earner)),
                _ => {}
            }
        }
        Some(found)
    }

    /// Of a list of earners, and how many there are.
    fn of_list(text: &str) -> (Self, usize) {
        let tree = tree::parse(text);
        let mut found = Self::default();
        found.rest.is_whole = tree.stop.is_none();
        let count = tree.root.as_ref().map_or(0, |root| {
            items(root).for_each(|(number, earner)| found.earner(text, number, earner));
            items(root).count()
        });
        (found, count)
    }

    fn badge(&mut self, text: &str, number: usize, node: &Node<'_>) {
        match record(text, node, None) {
            Some(badge) => {
                self.export.badges.push(badge);
                self.rest.badges.push(number);
            }
            None => self.rest.unread.extend(id(node)),
        }
    }

    fn earner(&mut self, text: &str, number: usize, node: &Node<'_>) {
        let awards = entries(node).and_then(|all| all.iter().position(|(key, _)| key.text() == Some("awards")));
        let list = awards.and_then(|at| Some(&entries(node)?.get(at)?.1));
        let own: Option<EarnerRecord> = record(text, node, awards);
        let (mut read, mut places) = (Vec::new(), Vec::new());
        for (number, node) in list.into_iter().flat_map(items) {
            match record::<AwardRecord>(text, node, None).filter(|_| own.is_some()) {
                Some(award) => {
                    read.push(award);
                    places.push(number);
                }
                None => self.rest.unread.extend(id(node)),
            }
        }
        if let Some(earner) = own {
            self.export.earners.push(EarnerRecord { awards: read, ..earner });
            self.rest.earners.push((number, places));
        }
    }
}

fn entries<'n, 't>(node: &'n Node<'t>) -> Option<&'n [(Node<'t>, Node<'t>)]> {
    match &node.kind {
        Kind::Mapping(entries) => Some(entries),
        _ => None,
    }
}

fn items<'n, 't>(node: &'n Node<'t>) -> impl Iterator<Item = (usize, &'n Node<'t>)> {
    let items = if let Kind::Sequence(items) = &node.kind { items.as_slice() } else { &[] };
    items.iter().enumerate()
}

fn id(node: &Node<'_>) -> Option<String> {
    entries(node)?.iter().find(|(key, _)| key.text() == Some("id"))?.1.text().map(str::to_owned)
}

/// A record without one of its entries. If that cannot be read, one more is left out: what is wrong is rarely wrong twice.
fn record<T: DeserializeOwned>(text: &str, node: &Node<'_>, without: Option<usize>) -> Option<T> {
    let all = entries(node).filter(|_| node.whole)?;
    let read = |other: Option<usize>| serde_yaml::from_str(&lines(text, node, &[without, other])?).ok();
    read(None).or_else(|| (0..all.len()).filter(|at| Some(*at) != without).find_map(|at| read(Some(at))))
}

/// The text of a record as a document of its own, without some of its entries.
fn lines(text: &str, node: &Node<'_>, without: &[Option<usize>]) -> Option<String> {
    let all = entries(node)?;
    let line = text.get(..node.span.start)?.rfind('\n').map_or(0, |end| end + 1);
    // Its other lines are as far to the right as its first.
    let mut out = " ".repeat(node.span.start - line);
    let mut from = node.span.start;
    for (at, (key, _)) in all.iter().enumerate() {
        if without.contains(&Some(at)) {
            out.push_str(text.get(from..key.span.start)?);
            let last = usize::from(text.as_bytes().get(node.span.start) == Some(&b'{'));
            from = all.get(at + 1).map_or(node.span.end - last, |(next, _)| next.span.start);
        }
    }
    out.push_str(text.get(from..node.span.end)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BADGE: &str = "{id: ccxp, name: CCXP, image: ccxp.svg, description: D, validity: 2y}";

    fn rest(text: &str) -> (Export, Rest) {
        read(&"content/a.yaml".into(), text.as_bytes()).unwrap()
    }

    fn ids(export: &Export) -> Vec<Vec<&str>> {
        export.earners.iter().map(|earner| earner.awards.iter().map(|award| &*award.id).collect()).collect()
    }

    #[test]
    fn all_but_what_is_wrong_is_read_and_knows_its_place() {
        let (export, rest) = rest(&format!(
            "badges:\n  - {{id: broken, name: X}}\n  - {BADGE}\nearners:\n  - name: Without an id\n    awards:\n      \
             - {{id: award-1, badge: ccxp, issued: 2025-01-01}}\n  - id: 007\n    name: Kate Osei\n    emial: x\n    awards:\n    \
             - id: award-2\n      badge: ccxp\n      issued: 2025-02-30\n    - id: award-3\n      badge: kepper\n      \
             issued: 2025-02-01\n      expires: soon\n  - {{id: e-3, name: Jo, awards: [{{id: award-4, badge: b, issued: \
             2025-01-01, expries: x}}], comapny: x}}\n"
        ));
        assert_eq!(export.badges.iter().map(|badge| &*badge.id).collect::<Vec<_>>(), ["ccxp"]);
        assert_eq!(rest.badges, [1]);
        assert_eq!(ids(&export), [vec!["award-3"], vec!["award-4"]]);
        assert_eq!(rest.earners, [(1, vec![1]), (2, vec![0])]);
        assert_eq!(rest.unread, ["broken", "award-1", "award-2"]);
        assert_eq!(&*export.earners[0].id, "007", "as it is written");
        assert!(rest.is_whole);
    }

    #[test]
    fn a_file_that_breaks_off_is_read_up_to_there() {
        let (export, rest) = rest(
            "earners:\n  - {id: e-1, name: Ann, awards: [{id: award-1, badge: b, issued: 2025-01-01}]}\n  - id: e-2\n    \
             name: \"Bo\n",
        );
        assert_eq!(ids(&export), [["award-1"]]);
        assert!(!rest.is_whole);
    }

    #[test]
    fn of_a_large_file_too() {
        let mut text = "earners:\n".to_owned();
        for number in 0..20_000 {
            let issued = if number % 7_000 == 6_000 { "2025-02-30" } else { "2025-02-03" };
            text += &format!(
                "  - id: e-{number}\n    name: Kate Osei\n    awards:\n      - {{id: award-{number}, badge: b, issued: {issued}}}\n"
            );
        }
        let (export, rest) = rest(&text);
        assert_eq!(export.earners.len(), 20_000);
        assert_eq!(rest.unread, ["award-6000", "award-13000"]);
        assert!(rest.earners.iter().enumerate().all(|(at, (number, _))| at == *number));
        assert!(export.earners[6_000].awards.is_empty() && &*export.earners[19_999].awards[0].id == "award-19999");
    }

    #[test]
    fn whatever_it_is_nothing_is_made_up() {
        for text in [
            "",
            "a",
            "[]",
            "earners: {a: b}",
            "earners: [[[]]]",
            "earners: [&a {id: x}, *a]",
            "badges: [1, {}, {id: [x]}]",
            "\u{feff}x: [",
        ] {
            if let Some((export, _)) = read(&"content/a.yaml".into(), text.as_bytes()) {
                assert!(export.badges.is_empty() && export.earners.is_empty(), "{text}");
            }
        }
    }
}
