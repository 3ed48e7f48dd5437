//! The record of what is up there: which keys, of what kind, with which bytes and headers.
//!
//! It is kept in parts, by a hash of the key, so that a change costs what is changed and not what there is. A part is
//! named after its content and never rewritten. One small file, `head.json`, names the parts; whoever replaces it, on
//! the condition that it is still what they read, has published.
//!
//! A part is the exact image of what a build wants below those keys. So whether anything is to do there is seen by
//! comparing digests, without fetching it. What is up and no longer wanted, but has to stay for a while (old assets,
//! which pages in somebody's cache still load), stands in the head by itself.

use std::{borrow::Cow, collections::BTreeSet, fmt::Write as _};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    built::{BuiltFile, Half, Standing, half},
    headers,
    plan::Refusal,
};
use crate::output::Kind;

/// The name of the head, below the record's place.
pub const HEAD: &str = "head.json";
/// The version of this format.
const FORMAT: u32 = 1;
/// How many keys a part has, about.
const PART: u64 = 512;
/// The most parts there are. They are 32 letters each in the head.
const MOST_PARTS: u64 = 4096;

/// Whose a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner<'a> {
    /// The site's.
    Site,
    /// It is an award's own page; how bad the award's status is.
    Award(Standing),
    /// It belongs to the award whose own page this is.
    PartOf(Cow<'a, str>),
}

/// One key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Below the target.
    pub key: Cow<'a, str>,
    /// What kind of file it is.
    pub kind: Kind,
    /// A digest of its bytes.
    pub content: Half,
    /// A digest of the headers it was sent with.
    pub headers: [u8; 4],
    /// Whose it is.
    pub owner: Owner<'a>,
}

impl<'a> Entry<'a> {
    /// What is to be up of a built file.
    pub fn of(file: &BuiltFile<'a>) -> Self {
        let owner = match file.award {
            None => Owner::Site,
            Some(award) if award == file.path => Owner::Award(file.standing.unwrap_or_default()),
            Some(award) => Owner::PartOf(Cow::Borrowed(award)),
        };
        Self {
            key: Cow::Borrowed(file.path),
            kind: file.kind,
            content: file.content,
            headers: headers::digest(file.path, file.kind),
            owner,
        }
    }

    /// The own page of the award that it belongs to.
    pub fn award(&self) -> Option<&str> {
        match &self.owner {
            Owner::Site => None,
            Owner::Award(_) => Some(&self.key),
            Owner::PartOf(award) => Some(award),
        }
    }

    /// Whether a host has the same bytes and headers of both.
    pub fn is_same_file(&self, other: &Self) -> bool {
        self.content == other.content && self.headers == other.headers
    }

    /// One that borrows nothing.
    pub fn into_owned(self) -> Entry<'static> {
        let owner = match self.owner {
            Owner::Site => Owner::Site,
            Owner::Award(standing) => Owner::Award(standing),
            Owner::PartOf(award) => Owner::PartOf(Cow::Owned(award.into_owned())),
        };
        Entry { key: Cow::Owned(self.key.into_owned()), owner, ..self }
    }

    /// Adds its bytes.
    pub fn write(&self, out: &mut Vec<u8>) {
        put_text(out, &self.key);
        out.push(number(self.kind));
        out.extend_from_slice(&self.content);
        out.extend_from_slice(&self.headers);
        match &self.owner {
            Owner::Site => out.push(0),
            Owner::Award(standing) => out.extend_from_slice(&[1, *standing]),
            Owner::PartOf(award) => {
                // Most begin alike: `verify/ID/card.png` and `verify/ID/index.html`.
                let shared = shared(&self.key, award);
                out.push(2);
                put_number(out, shared as u64);
                put_text(out, award.get(shared..).unwrap_or_default());
            }
        }
    }

    /// Takes one off the front of some bytes.
    ///
    /// # Errors
    /// If they are none.
    pub fn read(bytes: &mut &'a [u8]) -> Result<Self, Damaged> {
        let key = take_text(bytes)?;
        if !is_key(key) {
            return Err(Damaged);
        }
        let kind = kind(take(bytes, 1)?.first().copied().unwrap_or(u8::MAX))?;
        let content = take(bytes, 16)?.try_into().map_err(|_| Damaged)?;
        let headers = take(bytes, 4)?.try_into().map_err(|_| Damaged)?;
        let owner = match take(bytes, 1)? {
            [0] => Owner::Site,
            [1] => Owner::Award(take(bytes, 1)?.first().copied().unwrap_or_default()),
            [2] => {
                let shared = usize::try_from(take_number(bytes)?).map_err(|_| Damaged)?;
                let head = key.get(..shared).ok_or(Damaged)?;
                Owner::PartOf(Cow::Owned(format!("{head}{}", take_text(bytes)?)))
            }
            _ => return Err(Damaged),
        };
        Ok(Self { key: Cow::Borrowed(key), kind, content, headers, owner })
    }
}

/// How many bytes two texts have in common at their beginning, in whole letters.
fn shared(one: &str, other: &str) -> usize {
    let pairs = one.char_indices().zip(other.chars());
    pairs.take_while(|((_, a), b)| a == b).last().map_or(0, |((at, letter), _)| at + letter.len_utf8())
}

/// A record that is not what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the record of what is up is damaged")]
pub struct Damaged;

fn number(kind: Kind) -> u8 {
    match kind {
        Kind::Asset => 0,
        Kind::File => 1,
        Kind::Leaf => 2,
        Kind::Page => 3,
        Kind::List => 4,
        Kind::Control => 5,
    }
}

fn kind(number: u8) -> Result<Kind, Damaged> {
    Ok(match number {
        0 => Kind::Asset,
        1 => Kind::File,
        2 => Kind::Leaf,
        3 => Kind::Page,
        4 => Kind::List,
        5 => Kind::Control,
        _ => return Err(Damaged),
    })
}

/// LEB128.
pub(super) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push(u8::try_from(number & 0x7f).unwrap_or_default() | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap_or_default());
}

pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

pub(super) fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8], Damaged> {
    let (taken, rest) = bytes.split_at_checked(count).ok_or(Damaged)?;
    *bytes = rest;
    Ok(taken)
}

pub(super) fn take_number(bytes: &mut &[u8]) -> Result<u64, Damaged> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let byte = take(bytes, 1)?.first().copied().ok_or(Damaged)?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Damaged)
}

pub(super) fn take_text<'a>(bytes: &mut &'a [u8]) -> Result<&'a str, Damaged> {
    let length = usize::try_from(take_number(bytes)?).map_err(|_| Damaged)?;
    std::str::from_utf8(take(bytes, length)?).map_err(|_| Damaged)
}

/// Whether a key is one that a build can have: it decides what is deleted, and must lead nowhere else.
fn is_key(key: &str) -> bool {
    let is_plain = |segment: &str| !matches!(segment, "" | "." | "..");
    key.split('/').all(is_plain) && !key.contains('\0') && !(cfg!(windows) && key.contains(['\\', ':']))
}

/// The entries of a part.
///
/// # Errors
/// If the bytes are not what was written.
pub fn entries(mut bytes: &[u8]) -> Result<Vec<Entry<'_>>, Damaged> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        entries.push(Entry::read(&mut bytes)?);
    }
    Ok(entries)
}

/// How many parts there are to be for so many keys.
pub fn parts_for(keys: u64) -> u32 {
    let parts = keys.div_ceil(PART).next_power_of_two().min(MOST_PARTS);
    u32::try_from(parts).unwrap_or(1)
}

/// The part that a key stands in.
pub fn part_of(key: &str, parts: u32) -> u32 {
    let hash = blake3::hash(key.as_bytes());
    let bytes = hash.as_bytes();
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) & (parts - 1)
}

/// The name of a part's file, below the record's place.
pub fn part_name(index: u32, digest: Half) -> String {
    format!("parts/{index:03x}-{}", hex(&digest))
}

/// Bytes as they are named.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of a digest's name.
pub fn unhex(text: &str) -> Option<Half> {
    let digit = |at: usize| text.get(at..=at).and_then(|digit| u8::from_str_radix(digit, 16).ok());
    let mut half = [0; 16];
    for (at, byte) in half.iter_mut().enumerate() {
        *byte = digit(2 * at)? << 4 | digit(2 * at + 1)?;
    }
    (text.len() == 32).then_some(half)
}

/// An asset that is up and that no page of the build loads any more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Retired {
    /// Its key.
    pub key: String,
    /// The digest of its bytes.
    pub content: String,
    /// The digest of its headers.
    pub headers: [u8; 4],
    /// Since when.
    pub since: Timestamp,
}

/// What somebody is about to change, or was when they were stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Its name.
    pub id: String,
    /// How many files it is kept in.
    pub files: u32,
    /// How many of its changes had been made when it was written.
    pub done: u64,
    /// The build's moment.
    pub moment: Timestamp,
    /// The export's.
    pub exported_at: Option<Timestamp>,
    /// The run of shards that it ends: all that the shards have changed is in it, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<String>,
}

/// A run of shards: several machines publish one site, each its share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardRun {
    /// Its name, which whoever started it has chosen.
    pub id: String,
    /// Where it keeps what it needs, below `runs/`: a name that no other run ever has, so that nothing is taken for its own
    /// that an earlier one has left.
    pub place: String,
    /// How many shards there are.
    pub of: u32,
    /// The moment of all builds.
    pub moment: Timestamp,
    /// The export's.
    pub exported_at: Option<Timestamp>,
    /// A hash of everything that they were made from.
    pub inputs: String,
    /// The program that made them.
    pub program: String,
    /// There was no record when it began, and the target was not empty: nobody knows what is up.
    #[serde(default, skip_serializing_if = "is_false")]
    pub blind: bool,
    /// Another has taken over: no shard of it may begin any more.
    #[serde(default, skip_serializing_if = "is_false")]
    pub given_up: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_false(it: &bool) -> bool {
    !it
}

/// Whether two lists have the same keys in them.
pub(super) fn is_same(one: &[String], other: &[String]) -> bool {
    let set = |keys: &[String]| keys.iter().cloned().collect::<BTreeSet<String>>();
    set(one) == set(other)
}

/// The most letters that the name of a run has.
const LONGEST_RUN: usize = 100;

/// Whether a text can be the name of a run: it becomes part of keys, which are also deleted.
pub fn is_run_id(id: &str) -> bool {
    (1..=LONGEST_RUN).contains(&id.len()) && is_segment(id)
}

/// Whether a text can be a part of keys that are also deleted.
fn is_segment(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    text.len() <= 200 && text.bytes().all(is_plain) && !text.is_empty() && !text.starts_with('.')
}

/// `head.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The version of the format.
    pub format: u32,
    /// How many publishes changed something.
    pub generation: u64,
    /// The moment of the last build that was published and changed something.
    pub moment: Option<Timestamp>,
    /// Its export's.
    pub exported_at: Option<Timestamp>,
    /// The program that made it.
    pub program: String,
    /// A hash of everything that it was made from.
    pub inputs: String,
    /// How many files are up.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How many awards have a page.
    pub awards: u64,
    /// What it is the record of, as a target is written; absent in what older versions wrote. Nothing of a login is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The release's name, of a folder on a disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// What was not as expected when it was looked at from outside, by key: it is looked at again until it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<String>,
    /// Files of somebody else in a release of a folder: each release takes them on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign: Vec<String>,
    /// The parts' digests.
    pub parts: Vec<String>,
    /// Old assets that stay for a while.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired: Vec<Retired>,
    /// What is being changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    /// Runs of shards that began after that and have not come to their end; only the last one goes on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<ShardRun>,
    /// The last run of shards that came to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<ShardRun>,
}

impl Head {
    /// That of a place where nothing is up.
    pub fn empty() -> Self {
        Self {
            format: FORMAT,
            generation: 0,
            moment: None,
            exported_at: None,
            program: String::new(),
            inputs: String::new(),
            files: 0,
            bytes: 0,
            awards: 0,
            target: None,
            release: None,
            unseen: Vec::new(),
            foreign: Vec::new(),
            parts: vec![hex(&half(&[]))],
            retired: Vec::new(),
            pending: None,
            runs: Vec::new(),
            finished: None,
        }
    }

    /// Reads one.
    ///
    /// # Errors
    /// If it is none, or of a later version.
    pub fn read(bytes: &[u8]) -> Result<Self, Damaged> {
        let head: Self = serde_json::from_slice(bytes).map_err(|_| Damaged)?;
        let count = head.parts.len() as u64;
        let is_sound = head.format == FORMAT && count.is_power_of_two() && count <= MOST_PARTS;
        let has_digests = head.parts.iter().all(|part| unhex(part).is_some());
        let has_keys = head.retired.iter().map(|asset| &asset.key).chain(&head.foreign).all(|key| is_key(key));
        let has_names = head.runs.iter().all(|run| is_run_id(&run.id) && is_segment(&run.place));
        (is_sound && has_digests && has_keys && has_names).then_some(head).ok_or(Damaged)
    }

    /// Its bytes.
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// Reads one that is only to say what is to be believed of old. What was damaged is written anew; what a later version
    /// has written is not.
    ///
    /// # Errors
    /// If a later version has written it.
    pub fn read_anew(bytes: &[u8]) -> Result<Self, Damaged> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        Self::read(bytes).or_else(|damaged| match serde_json::from_slice::<Format>(bytes) {
            Ok(Format { format }) if format > FORMAT => Err(damaged),
            _ => Ok(Self::empty()),
        })
    }

    /// The same without anything that it says of what is up, for where that is damaged.
    #[must_use]
    pub fn without_parts(&self) -> Self {
        let Self { generation, moment, exported_at, target, release, unseen, foreign, .. } = self.clone();
        Self { generation, moment, exported_at, target, release, unseen, foreign, ..Self::empty() }
    }

    /// The same as the record of a target. One that does not say of which it is becomes that of the first that is published
    /// to; with `anew` any does, as what is up is looked at then.
    ///
    /// # Errors
    /// If it is that of another.
    pub fn of_target(self, target: &str, anew: bool) -> Result<Self, Refusal> {
        match self.target {
            Some(recorded) if recorded != target && !anew => {
                Err(Refusal::OtherTarget { recorded, here: target.to_owned() })
            }
            _ => Ok(Self { target: Some(target.to_owned()), ..self }),
        }
    }

    /// The run of shards that goes on, if there is one.
    pub fn open_run(&self) -> Option<&ShardRun> {
        self.runs.last().filter(|run| !run.given_up)
    }

    /// How many parts there are.
    pub fn part_count(&self) -> u32 {
        u32::try_from(self.parts.len()).unwrap_or(1)
    }

    /// A part's digest.
    pub fn part(&self, index: u32) -> Option<Half> {
        self.parts.get(index as usize).and_then(|part| unhex(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, owner: Owner<'static>) -> Entry<'static> {
        let key = Cow::Owned(key.to_owned());
        Entry { key, kind: Kind::Leaf, content: [7; 16], headers: [1, 2, 3, 4], owner }
    }

    #[test]
    fn entries_are_read_as_they_were_written() {
        let award = "verify/é1/index.html";
        let all = [
            entry("a", Owner::Site),
            entry(award, Owner::Award(6)),
            entry("verify/è/card.png", Owner::PartOf(Cow::Borrowed(award))),
            entry("old/address/index.html", Owner::PartOf(Cow::Borrowed(award))),
        ];
        let mut bytes = Vec::new();
        all.iter().for_each(|entry| entry.write(&mut bytes));
        assert_eq!(entries(&bytes).unwrap(), all);
        for cut in 1..bytes.len() {
            // Whatever is missing: entries or an error, never more than there is.
            assert!(entries(&bytes[..cut]).map_or(0, |read| read.len()) < all.len());
        }
    }

    #[test]
    fn a_key_that_leads_elsewhere_is_none() {
        for key in ["../x", "a/../b", "/etc/x", "a//b", "", "a/", "."] {
            let mut bytes = Vec::new();
            entry(key, Owner::Site).write(&mut bytes);
            assert_eq!(entries(&bytes), Err(Damaged), "{key}");
            let (content, headers, since) = (hex(&[0; 16]), [0; 4], Timestamp::UNIX_EPOCH);
            let retired = vec![Retired { key: key.to_owned(), content, headers, since }];
            assert_eq!(Head::read(&Head { retired, ..Head::empty() }.write()), Err(Damaged), "{key}");
        }
    }

    #[test]
    fn any_bytes_are_read_without_harm() {
        for seed in 0u32..2_000 {
            let bytes = blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof();
            let mut some = [0; 80];
            let mut bytes = bytes;
            bytes.fill(&mut some);
            let _ = entries(&some);
            let _ = Head::read(&some);
        }
    }

    #[test]
    fn there_are_as_many_parts_as_are_needed() {
        for (keys, parts) in [(0, 1), (1, 1), (512, 1), (513, 2), (400_000, 1024), (40_000_000, 4096)] {
            assert_eq!(parts_for(keys), parts, "{keys}");
        }
        assert_eq!(part_of("verify/a/index.html", 1), 0);
        assert!(part_of("verify/a/index.html", 4096) < 4096);
    }

    #[test]
    fn a_head_is_read_as_it_was_written_and_nothing_else_is_one() {
        for (id, is_one) in
            [("night", true), ("slurm-1_2.3", true), ("", false), ("..", false), ("a/b", false), ("ü", false)]
        {
            assert_eq!(is_run_id(id), is_one, "{id}");
        }
        let head = Head { generation: 3, moment: Some(Timestamp::UNIX_EPOCH), ..Head::empty() };
        assert_eq!(Head::read(&head.write()), Ok(head.clone()));
        assert_eq!(Head::read(&Head { format: 2, ..head.clone() }.write()), Err(Damaged));
        assert_eq!(Head::read(&Head { parts: vec!["x".into()], ..head.clone() }.write()), Err(Damaged));
        assert_eq!(Head::read(&Head { parts: Vec::new(), ..head }.write()), Err(Damaged));
        assert_eq!(unhex(&hex(&[0xab; 16])), Some([0xab; 16]));
    }
}
