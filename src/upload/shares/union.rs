//! The builds of all shards as one.
//!
//! Each shard leaves in the record what its build has: of each file its entry, as in a part of the record, and its size.
//! Builds are in the order of names, so they are merged as they are read, and of none more than its bytes is kept.

use std::{
    cmp::{Ordering, Reverse},
    collections::{BinaryHeap, HashMap},
};

use jiff::Timestamp;

use super::super::{
    built::{Built, Collected},
    plan::wanted,
    record::{Damaged, Entry, Owner, put_number, take_number},
};
use crate::{address, output::Kind};

/// How large a piece becomes.
const PIECE: usize = 4 << 20;

/// Of what builds are, all of them alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Common {
    /// The moment.
    pub moment: Timestamp,
    /// The export's.
    pub exported_at: Option<Timestamp>,
    /// The program that made them.
    pub program: String,
    /// A hash of everything that they were made from.
    pub inputs: [u8; 32],
}

/// Why builds are not one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoUnion {
    /// One of them is not what was written.
    Damaged,
    /// Two have different files at this path.
    Differing(String),
}

impl From<Damaged> for NoUnion {
    fn from(Damaged: Damaged) -> Self {
        Self::Damaged
    }
}

/// What a build has, in pieces.
pub fn pieces(built: &dyn Built) -> impl Iterator<Item = Vec<u8>> {
    let mut files = wanted(built).peekable();
    std::iter::from_fn(move || {
        files.peek()?;
        let mut bytes = Vec::new();
        while bytes.len() < PIECE
            && let Some(file) = files.next()
        {
            Entry::of(&file).write(&mut bytes);
            put_number(&mut bytes, file.size);
        }
        Some(bytes)
    })
}

/// A file of one of the builds: the next that is taken.
struct Next<'a> {
    entry: Entry<'a>,
    size: u64,
    /// Which build it is of.
    of: usize,
}

impl Ord for Next<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        address::order(&self.entry.key, &other.entry.key).then(self.of.cmp(&other.of))
    }
}

impl PartialOrd for Next<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Next<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Next<'_> {}

/// Takes the next file of a build.
fn take<'a>(rest: &mut [&'a [u8]], of: usize) -> Result<Option<Next<'a>>, Damaged> {
    let Some(bytes) = rest.get_mut(of).filter(|bytes| !bytes.is_empty()) else { return Ok(None) };
    let entry = Entry::read(bytes)?;
    Ok(Some(Next { entry, size: take_number(bytes)?, of }))
}

/// All files of some builds, each of which is there as its pieces one behind the other. Assets may be in several.
///
/// # Errors
/// If they are not what was written, or do not fit together.
pub fn unite(common: Common, builds: &[Vec<u8>]) -> Result<Collected, NoUnion> {
    let mut rest: Vec<&[u8]> = builds.iter().map(Vec::as_slice).collect();
    let mut next = BinaryHeap::new();
    for of in 0..builds.len() {
        next.extend(take(&mut rest, of)?.map(Reverse));
    }
    let mut all = Collected::new(common.moment, common.exported_at, common.program, common.inputs);
    let mut numbers: HashMap<Box<str>, u32> = HashMap::new();
    let mut own = HashMap::new();
    let mut last: Option<Entry<'_>> = None;
    while let Some(Reverse(Next { entry, size, of })) = next.pop() {
        if let Some(following) = take(&mut rest, of)? {
            // What is not in order would be lost in the comparison with the record.
            if address::order(&entry.key, &following.entry.key) != Ordering::Less {
                return Err(NoUnion::Damaged);
            }
            next.push(Reverse(following));
        }
        if let Some(last) = last.as_ref().filter(|last| last.key == entry.key) {
            if entry.kind == Kind::Asset && *last == entry {
                continue;
            }
            return Err(NoUnion::Differing(entry.key.into_owned()));
        }
        let standing = match entry.owner {
            Owner::Award(standing) => standing,
            _ => 0,
        };
        let award = entry.award().map(|award| {
            let count = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry(award.into()).or_insert(count)
        });
        if let (Owner::Award(_), Some(number)) = (&entry.owner, award) {
            own.insert(number, u32::try_from(all.len()).unwrap_or(u32::MAX));
        }
        all.add(&entry.key, entry.kind, entry.content, size, award.map(|number| (number, standing)));
        last = Some(entry);
    }
    all.settle(&own);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::built::half;

    fn common() -> Common {
        let moment = Timestamp::from_second(1_800_000_000).unwrap();
        Common { moment, exported_at: None, program: "tests".into(), inputs: [7; 32] }
    }

    /// A build with an asset that all have, and awards with a card and an alias each.
    fn build(awards: &[(&str, u8)], asset: &str) -> Collected {
        let Common { moment, exported_at, program, inputs } = common();
        let mut files = vec![("_assets/s.css".to_owned(), Kind::Asset, None)];
        for (number, (id, standing)) in (0_u32..).zip(awards) {
            let award = Some((number, *standing));
            files.push((format!("old/{id}/index.html"), Kind::Page, award));
            files.push((format!("verify/{id}/card.png"), Kind::Leaf, award));
            files.push((format!("verify/{id}/index.html"), Kind::Page, award));
        }
        files.sort_by(|one, other| address::order(&one.0, &other.0));
        let mut built = Collected::new(moment, exported_at, program, inputs);
        let mut own = HashMap::new();
        for (path, kind, award) in &files {
            if let Some((number, _)) = award.filter(|_| path.starts_with("verify/") && path.ends_with("index.html")) {
                own.insert(number, u32::try_from(built.len()).unwrap());
            }
            let text = if *kind == Kind::Asset { asset } else { path };
            built.add(path, *kind, half(text.as_bytes()), path.len() as u64, *award);
        }
        built.settle(&own);
        built
    }

    fn bytes(built: &Collected) -> Vec<u8> {
        pieces(built).flatten().collect()
    }

    #[test]
    fn builds_of_shares_are_the_build_of_the_whole() {
        // `a-b` is between `a` and `a/` in the order of bytes, and after both in that of names.
        let awards = [("a", 0), ("a-b", 5), ("c", 6), ("b", 1)];
        let whole = build(&awards, "s");
        let shares = [&awards[..1], &awards[1..3], &[], &awards[3..]].map(|some| bytes(&build(some, "s")));
        let united = unite(common(), &shares).unwrap();
        assert_eq!(united.files().collect::<Vec<_>>(), whole.files().collect::<Vec<_>>());
        assert_eq!((united.moment(), united.inputs(), united.program()), (whole.moment(), [7; 32], "tests"));
        assert!(unite(common(), &[]).unwrap().is_empty());
    }

    #[test]
    fn builds_that_do_not_fit_together_are_not_one() {
        let one = bytes(&build(&[("a", 0)], "s"));
        let differing = |other: &Collected| unite(common(), &[one.clone(), bytes(other)]).unwrap_err();
        assert_eq!(differing(&build(&[("b", 0)], "t")), NoUnion::Differing("_assets/s.css".into()));
        assert_eq!(differing(&build(&[("a", 0)], "s")), NoUnion::Differing("old/a/index.html".into()));
        assert_eq!(unite(common(), &[[one.clone(), one.clone()].concat()]).unwrap_err(), NoUnion::Damaged);
        for cut in 1..one.len() {
            // Whatever is missing: fewer files or an error.
            let found = unite(common(), &[one[..cut].to_vec()]);
            assert!(found.map_or(0, |built| built.len()) < 4, "{cut}");
        }
    }
}
