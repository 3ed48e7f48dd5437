//! What must not be found in what is published, and finding it in a text.
//!
//! With a hundred thousand earners there are twice as many things to look for, so a text is not searched for each of them:
//! it is gone through once. Every `@` has an address around it, which is looked up. Every word (a run of letters and
//! digits) is looked up among the rarest words of the ids, and only where it is one, the whole id is compared.
//!
//! **Addresses** count in any case of letters, also with the `@` written as `%40` or `&#64;`, and only whole: `ann@host`
//! is not found in `joann@host`, nor `kate@mail.example` in `kate@mail.example.org`.
//!
//! **Ids** count in any case of letters and only whole. Not every id can be told from what else stands in texts, so only
//! those count that are at least five characters long and have a letter and three digits (`e-1042`, `AB1234`, a UUID),
//! or at least eight digits and nothing else. `7`, `2024`, `m-77` and `osei` do not: pages would be full of them. What is a
//! colour in a style sheet (`#a12345`), or part of a number with a point, is no id.
//!
//! What the site itself makes public is no secret: the issuer's contact, and ids that are part of an award's address, an
//! alias or a handle.

use std::{hash::BuildHasher, ops::Range};

use foldhash::fast::RandomState;
use memchr::memmem;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::hash::{Keys, Short, Table};

/// How strictly the ends of what is found are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// What is found stands alone.
    Whole,
    /// Letters of what stands beside it may be stuck to it: words of a page that were set one by one.
    Stuck,
}

/// The shortest part before the `@` that counts where words are stuck together.
const STUCK_LOCAL: usize = 6;
/// The longest part before the `@` (RFC 5321).
const LOCAL_MAX: usize = 64;
/// The longest address.
const DOMAIN_MAX: usize = 254;

/// An id. There can be a million, so their texts, in small letters, stand one behind the other.
#[derive(Debug)]
struct Id {
    /// Where in all texts it ends; it begins where the one before ends.
    end: usize,
    /// Where in it the word is by which it is found.
    anchor: Range<usize>,
    /// The id before with a word of the same hash.
    alike: Option<u32>,
    is_public: bool,
}

/// Everything that is looked for.
#[derive(Debug, Default)]
pub struct Secrets {
    /// Digests of addresses: nobody asks for their texts.
    addresses: Keys<Short>,
    domains: Keys<Box<str>>,
    texts: String,
    ids: Vec<Id>,
    /// The last id of those whose words have a hash.
    anchors: Table<u64, u32>,
    hash: RandomState,
}

/// A text as it is compared.
fn folded(text: &str) -> String {
    let mut folded = String::new();
    fold_into(text, &mut folded);
    folded
}

/// The same, in the place of another.
fn fold_into(text: &str, folded: &mut String) {
    if text.is_ascii() {
        folded.clear();
        folded.push_str(text);
        folded.make_ascii_lowercase();
    } else {
        *folded = text.nfc().collect::<String>().to_lowercase();
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || (!c.is_ascii() && is_combining_mark(c))
}

/// The words of a text, with their places.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let next = |at: usize| -> Option<(bool, usize)> {
            let byte = *bytes.get(at)?;
            if byte.is_ascii() {
                return Some((byte.is_ascii_alphanumeric(), 1));
            }
            let c = text.get(at..)?.chars().next()?;
            Some((is_word(c), c.len_utf8()))
        };
        while let Some((false, width)) = next(at) {
            at += width;
        }
        let start = at;
        while let Some((true, width)) = next(at) {
            at += width;
        }
        (at > start).then_some(start..at)
    })
}

/// Whether an id can be told from what else stands in texts.
fn is_telling(id: &str) -> bool {
    let digits = id.chars().filter(char::is_ascii_digit).count();
    let letters = id.chars().filter(|c| c.is_alphabetic()).count();
    if letters == 0 { digits >= 8 } else { id.chars().count() >= 5 && digits >= 3 }
}

impl Secrets {
    /// Gathers what is looked for. `public` are texts of which the site makes addresses.
    pub fn new<'a>(
        addresses: impl IntoIterator<Item = &'a str>,
        contact: Option<&str>,
        ids: impl IntoIterator<Item = &'a str>,
        public: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut found = Self::default();
        let contact = contact.map(folded);
        let mut small = String::new();
        for address in addresses {
            fold_into(address, &mut small);
            if contact.as_deref() == Some(&small) {
                continue;
            }
            if let Some((_, domain)) = small.rsplit_once('@')
                && !found.domains.contains(domain)
            {
                found.domains.insert(domain.into());
            }
            found.addresses.insert(Short::of_bytes(small.as_bytes()));
        }
        for id in ids.into_iter().filter(|id| is_telling(id)) {
            fold_into(id, &mut small);
            found.texts.push_str(&small);
            found.ids.push(Id { end: found.texts.len(), anchor: 0..0, alike: None, is_public: false });
        }
        found.find_anchors();
        found.texts.shrink_to_fit();
        found.ids.shrink_to_fit();
        let mut secrets = found;
        for text in public {
            let mut found = Vec::new();
            secrets.ids_in(text, |index, _| {
                found.push(index);
                false
            });
            for index in found {
                if let Some(id) = usize::try_from(index).ok().and_then(|index| secrets.ids.get_mut(index)) {
                    id.is_public = true;
                }
            }
        }
        secrets
    }

    /// Chooses the word by which each id is found: the rarest leads to few others, the longest of those is rare in texts.
    fn find_anchors(&mut self) {
        let mut counts: Table<u64, u32> = Table::default();
        let hash = |word: &str| self.hash.hash_one(word);
        let mut start = 0;
        for id in &self.ids {
            let text = self.texts.get(start..id.end).unwrap_or_default();
            words(text).for_each(|word| *counts.entry(hash(&text[word])).or_default() += 1);
            start = id.end;
        }
        start = 0;
        for (number, id) in (0..).zip(&mut self.ids) {
            let text = self.texts.get(start..id.end).unwrap_or_default();
            start = id.end;
            let rare = |word: &Range<usize>| (counts.get(&hash(&text[word.clone()])), usize::MAX - word.len());
            let Some(anchor) = words(text).min_by_key(rare) else { continue };
            id.alike = self.anchors.insert(hash(&text[anchor.clone()]), number);
            id.anchor = anchor;
        }
    }

    /// An id and its text.
    fn id(&self, number: u32) -> Option<(&Id, &str)> {
        let number = usize::try_from(number).ok()?;
        let start = number.checked_sub(1).and_then(|before| self.ids.get(before)).map_or(0, |before| before.end);
        let id = self.ids.get(number)?;
        Some((id, self.texts.get(start..id.end)?))
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty() && self.ids.is_empty()
    }

    /// What the name of a file holds: whether it is an address, otherwise an id, and its place.
    pub fn in_name(&self, path: &str) -> Option<(bool, Range<usize>)> {
        // An ending would seem to be part of the address.
        let stem = path.rfind('.').and_then(|dot| path.get(..dot)).unwrap_or(path);
        let address = self.address_in(stem, Ends::Whole).or_else(|| self.address_in(path, Ends::Whole));
        address.map(|place| (true, place)).or_else(|| self.id_in(path, 0).map(|place| (false, place)))
    }

    /// The place of the first id in a text that has at least so many characters.
    pub fn id_in(&self, text: &str, at_least: usize) -> Option<Range<usize>> {
        let mut first = None;
        self.ids_in(text, |index, place| {
            let counts = self.id(index).is_some_and(|(id, text)| !id.is_public && text.len() >= at_least);
            if counts {
                first = Some(place);
            }
            counts
        });
        first
    }

    /// Goes through the ids in a text until `until` says that it is enough.
    fn ids_in(&self, text: &str, mut until: impl FnMut(u32, Range<usize>) -> bool) {
        if self.ids.is_empty() {
            return;
        }
        let mut small = String::new();
        for word in words(text) {
            let found = &text[word.clone()];
            fold_into(found, &mut small);
            let mut candidate = self.anchors.get(&self.hash.hash_one(small.as_str())).copied();
            while let Some((number, (id, own))) = candidate.and_then(|number| Some((number, self.id(number)?))) {
                if own.get(id.anchor.clone()) == Some(&small)
                    && let Some(place) = whole(text, &word, own, &id.anchor)
                    && until(number, place)
                {
                    return;
                }
                candidate = id.alike;
            }
        }
    }

    /// The place of the first address in a text.
    pub fn address_in(&self, text: &str, ends: Ends) -> Option<Range<usize>> {
        if self.addresses.is_empty() {
            return None;
        }
        let plain = memchr::memchr_iter(b'@', text.as_bytes()).map(|at| (at, 1, false));
        let encoded = ["%40", "&#64;", "&#x40;", "&commat;"];
        let encoded = encoded.iter().flat_map(|sign| {
            memmem::find_iter(text.as_bytes(), sign).map(|at| (at, sign.len(), sign.starts_with('%')))
        });
        plain.chain(encoded).find_map(|(at, width, percent)| self.address_at(text, at, width, percent, ends))
    }

    fn has(&self, address: &str) -> bool {
        self.addresses.contains(&Short::of_bytes(address.as_bytes()))
    }

    fn address_at(&self, text: &str, at: usize, width: usize, percent: bool, ends: Ends) -> Option<Range<usize>> {
        let (before, after) = (text.get(..at)?, text.get(at + width..)?);
        let end = after.find(|c: char| !is_word(c) && c != '.' && c != '-').unwrap_or(after.len()).min(DOMAIN_MAX);
        let domain = after.get(..end)?.trim_end_matches(['.', '-']);
        let start = before
            .char_indices()
            .rev()
            .take(LOCAL_MAX + 1)
            .take_while(|(_, c)| is_word(*c) || "!#$%&'*+-/=?^_`{|}~.".contains(*c))
            .last()
            .map_or(at, |(start, _)| start);
        let local = before.get(start..)?;
        // Where words are stuck together, the domain may be followed by anything.
        let ends_of_domain: Vec<usize> = match ends {
            Ends::Whole => vec![domain.len()],
            Ends::Stuck => domain.char_indices().map(|(at, c)| at + c.len_utf8()).filter(|at| *at >= 4).collect(),
        };
        for end in ends_of_domain {
            let domain = folded(domain.get(..end)?);
            if !self.domains.contains(domain.as_str()) {
                continue;
            }
            for (from, _) in local.char_indices() {
                let (left, candidate) = local.split_at(from);
                let begins = match ends {
                    Ends::Whole => begins(left, percent),
                    Ends::Stuck => candidate.chars().count() >= STUCK_LOCAL || begins(left, percent),
                };
                if begins && self.has(&format!("{}@{domain}", folded(candidate))) {
                    return Some(start + from..at + width + end);
                }
            }
        }
        None
    }
}

/// Whether an address can begin after this: a sign that is legal in addresses, but more often part of what stands around
/// them (`?to=kate@…`, `mailto%3Akate%40…`).
fn begins(left: &str, percent: bool) -> bool {
    let tail = left.as_bytes();
    let escape = matches!(tail, [.., b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
    (percent && escape) || left.chars().next_back().is_none_or(|c| !is_word(c) && !"._-+".contains(c))
}

/// Where a whole id is, one word of which was found.
fn whole(text: &str, word: &Range<usize>, id: &str, anchor: &Range<usize>) -> Option<Range<usize>> {
    let (before, after) = (text.get(..word.start)?, text.get(word.end..)?);
    let (head, tail) = (id.get(..anchor.start)?, id.get(anchor.end..)?);
    let same = |a: char, b: char| a == b || a.to_lowercase().eq(b.to_lowercase());
    let mut left = before.chars();
    for wanted in head.chars().rev() {
        left.next_back().filter(|c| same(*c, wanted))?;
    }
    let mut right = after.chars();
    for wanted in tail.chars() {
        right.next().filter(|c| same(*c, wanted))?;
    }
    let (left, right) = (left.as_str(), right.as_str());
    let beside = (left.chars().next_back(), right.chars().next());
    if beside.0.is_some_and(is_word) || beside.1.is_some_and(is_word) {
        return None;
    }
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    if id.bytes().all(|b| b.is_ascii_digit()) {
        let point = |c: Option<char>| matches!(c, Some('.' | ','));
        if (point(beside.0) && is_digit(left.chars().rev().nth(1)))
            || (point(beside.1) && is_digit(right.chars().nth(1)))
        {
            return None;
        }
    }
    let is_colour = beside.0 == Some('#') && matches!(id.len(), 6 | 8) && id.bytes().all(|b| b.is_ascii_hexdigit());
    (!is_colour).then(|| left.len()..text.len() - right.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        Secrets::new(
            ["k.osei@mail.example", "Ann@host.example", "jos\u{e9}@correo.example", "info@issuer.example"],
            Some("INFO@issuer.example"),
            [
                "e-1042",
                "AB1234",
                "7",
                "2024",
                "m-77",
                "20451234",
                "4b1c9d2e-aa00-4c1f-9e00-0f0f0f0f0f0f",
                "a12345",
                "kate",
                "v-2001",
            ],
            ["v-2001-ccxp"],
        )
    }

    #[test]
    fn an_address_is_found_in_whatever_it_stands() {
        let secrets = secrets();
        for text in [
            "k.osei@mail.example",
            "Write to K.Osei@Mail.Example.",
            "<a href=\"mailto:k.osei@mail.example?subject=x\">",
            "https://x.example/?to=k.osei@mail.example&a=b",
            "https://x.example/?to=mailto%3Ak.osei%40mail.example",
            "k.osei&#64;mail.example",
            "jose\u{301}@correo.example",
            "a,ann@host.example,b",
        ] {
            assert!(secrets.address_in(text, Ends::Whole).is_some(), "{text}");
        }
        for text in [
            "joann@host.example",
            "old-ann@host.example",
            "k.osei@mail.example.org",
            "info@issuer.example",
            "@mail.example",
            "k.osei@",
            "@",
        ] {
            assert_eq!(secrets.address_in(text, Ends::Whole), None, "{text}");
        }
    }

    #[test]
    fn where_words_are_stuck_together_long_addresses_are_still_found() {
        let secrets = secrets();
        assert!(secrets.address_in("Kate Oseik.osei@mail.exampleActive", Ends::Stuck).is_some());
        assert_eq!(secrets.address_in("joann@host.example", Ends::Stuck), None);
    }

    #[test]
    fn an_id_is_found_whole_and_only_if_it_can_be_told_from_other_words() {
        let secrets = secrets();
        for text in
            ["e-1042", "(E-1042)", "id=e-1042;", "e-1042-2026.pdf", "ab1234", "no. 20451234.", "#e-1042", "20451234"]
        {
            assert!(secrets.id_in(text, 0).is_some(), "{text}");
        }
        assert!(secrets.id_in("urn:uuid:4B1C9D2E-AA00-4C1F-9E00-0F0F0F0F0F0F", 10).is_some());
        for text in
            ["page-1042", "e-10421", "7", "2024", "m-77", "0.20451234", "20451234.5", "#a12345", "kate", "v-2001"]
        {
            assert_eq!(secrets.id_in(text, 0), None, "{text}");
        }
        assert_eq!(secrets.id_in("e-1042", 10), None);
    }

    #[test]
    fn the_ending_of_a_file_is_no_part_of_an_address() {
        let secrets = secrets();
        assert_eq!(secrets.in_name("photos/k.osei@mail.example.png"), Some((true, 7..26)));
        assert_eq!(secrets.in_name("photos/k.osei@mail.example"), Some((true, 7..26)));
        assert_eq!(secrets.in_name("photos/E-1042.png"), Some((false, 7..13)));
        assert_eq!(secrets.in_name("photos/kate.png"), None);
    }

    #[test]
    fn places_are_those_of_the_text() {
        let secrets = secrets();
        let text = "ü e-1042 ü k.osei@mail.example ü";
        assert_eq!(secrets.id_in(text, 0).map(|place| &text[place]), Some("e-1042"));
        assert_eq!(secrets.address_in(text, Ends::Whole).map(|place| &text[place]), Some("k.osei@mail.example"));
    }
}
