//! The directory: who is listed, at which address, in which order, on which pages.
//!
//! Listed is who is `public` and has an award. Nothing here knows a status: lists say who holds a badge, and only
//! the pages of people and awards say whether it counts today. So time alone never changes a list.
//!
//! Names are sorted by what is left of them without marks ([`crate::fold`]), not by the rules of a language. A
//! directory is read by people who cannot type the names in it: they look for `Ørsted` at O and for `Żółć` at Z,
//! and the letters that lists are cut into must be the ones that names are sorted by. Collation by language
//! (ICU4X) would order the same list differently in each language, and names are of many.

use std::{borrow::Cow, ops::Range};

use rayon::prelude::*;
use unicode_script::{Script, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

use super::{Origin, Site};
use crate::{
    diagnostic::Place,
    fold::{fold, words},
    source::record::{EarnerRecord, Visibility},
};

/// How many names one page shows at most.
pub const PAGE: usize = 200;

/// Handles that nobody can have, because lists are there.
pub const RESERVED: [&str; 2] = ["badge", "letter"];

/// Somebody who is listed.
#[derive(Debug, Clone)]
pub struct Person<'d> {
    /// What the export says.
    pub earner: &'d EarnerRecord,
    /// The last part of the address.
    pub handle: Cow<'d, str>,
    /// Indexes of the person's awards.
    pub awards: Range<usize>,
    /// Indexes of the badges whose lists have the person, in the order of badges.
    pub badges: Box<[usize]>,
    /// The letter to be found at.
    pub group: Group,
    origin: Origin<'d>,
}

impl Person<'_> {
    /// The path of the person's page.
    pub fn path(&self) -> String {
        format!("people/{}/", self.handle)
    }

    /// The words of the public name as they are looked for, one space between.
    pub fn folded(&self) -> String {
        folded(self.earner)
    }

    /// The handle's place in an export, or that of what it was made of.
    pub fn place(&self) -> Place {
        self.origin.earner(match (&self.earner.handle, &self.earner.preferred_name) {
            (Some(_), _) => "handle",
            (None, Some(_)) => "preferred_name",
            (None, None) => "name",
        })
    }
}

/// What names are grouped by: a letter, or a whole script where letters would be thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The first letter, folded.
    Letter(char),
    /// Korean.
    Hangul,
    /// Japanese names that begin in Hiragana or Katakana.
    Kana,
    /// Names that begin with a Chinese character.
    Han,
    /// Names that begin with a digit, or have no letter at all.
    Other,
}

impl Group {
    fn of(folded: &str) -> Self {
        let Some(first) = folded.chars().next().filter(|c| c.is_alphabetic()) else { return Self::Other };
        match first.script() {
            Script::Hangul => Self::Hangul,
            Script::Hiragana | Script::Katakana => Self::Kana,
            Script::Han | Script::Bopomofo => Self::Han,
            _ => Self::Letter(first),
        }
    }

    /// Its part of an address.
    pub fn slug(self) -> String {
        match self {
            Self::Letter(c) if c.is_ascii() => c.to_string(),
            Self::Letter(c) => format!("u{:04x}", u32::from(c)),
            Self::Hangul => "hangul".to_owned(),
            Self::Kana => "kana".to_owned(),
            Self::Han => "han".to_owned(),
            Self::Other => "other".to_owned(),
        }
    }

    /// The letter as headings show it, for groups that are one.
    pub fn letter(self) -> Option<String> {
        match self {
            // Georgian has capitals, but no name begins with one.
            Self::Letter(c) if c.script() == Script::Georgian => Some(c.to_string()),
            Self::Letter(c) => Some(c.to_uppercase().collect()),
            _ => None,
        }
    }
}

/// People in the order of their names: all of them, or those who hold one badge.
#[derive(Debug, Clone)]
pub struct List {
    /// The badge they hold.
    pub badge: Option<usize>,
    /// Indexes of people.
    pub members: Vec<usize>,
    /// Groups, with their members' places in [`Self::members`].
    pub groups: Vec<(Group, Range<usize>)>,
    /// The pages that the list is cut into; none if one page shows everything.
    pub parts: Vec<Part>,
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Part {
    /// Index of its group.
    pub group: usize,
    /// Its number among the pages of its group, from 1.
    pub number: usize,
    /// Its members' places in the list.
    pub members: Range<usize>,
    /// From where to where its names run, such as `Aa–Am`, if its group has several pages.
    pub span: Option<String>,
}

/// Everybody who is listed.
#[derive(Debug, Clone, Default)]
pub struct Directory<'d> {
    /// In the order of their names.
    pub people: Vec<Person<'d>>,
    /// The list of all, then one for each badge that somebody holds. Empty where there is no directory.
    pub lists: Vec<List>,
}

impl Directory<'_> {
    /// Whether there is one.
    pub fn is_open(&self) -> bool {
        !self.lists.is_empty()
    }

    /// The list of a badge.
    pub fn list_of(&self, badge: usize) -> Option<&List> {
        self.lists.iter().find(|list| list.badge == Some(badge))
    }

    /// The members of a part of a list.
    pub fn members<'a>(&'a self, list: &'a List, range: &Range<usize>) -> impl Iterator<Item = &'a Person<'a>> {
        list.members.get(range.clone()).unwrap_or_default().iter().filter_map(|index| self.people.get(*index))
    }
}

impl Site<'_> {
    /// Whether there is a directory.
    pub fn has_people(&self) -> bool {
        self.directory.is_open()
    }

    /// The path of a list's first page.
    pub fn list_path(&self, list: &List) -> String {
        match list.badge.and_then(|badge| self.badges.get(badge)) {
            Some(badge) => format!("people/badge/{}/", badge.record.id),
            None => "people/".to_owned(),
        }
    }

    /// The path of one page of a list.
    pub fn part_path(&self, list: &List, part: &Part) -> String {
        format!("{}{}", self.list_path(list), list.part_slug(part))
    }

    pub(super) fn join_people(&mut self) {
        if !self.config.outputs.people {
            return;
        }
        let mut start = 0;
        // The awards of one earner stand together.
        let runs = self.awards.chunk_by(|a, b| std::ptr::eq(a.earner, b.earner)).map(|run| {
            start += run.len();
            start - run.len()..start
        });
        let runs: Vec<_> = runs.collect();
        let mut people: Vec<_> = runs.into_par_iter().filter_map(|run| self.person(run)).collect();
        people.par_sort_unstable_by(|(a_folded, a), (b_folded, b)| {
            let names = a_folded.cmp(b_folded).then_with(|| a.earner.public_name().cmp(b.earner.public_name()));
            a.group.cmp(&b.group).then(names).then_with(|| a.handle.cmp(&b.handle))
        });
        let people: Vec<Person<'_>> = people.into_iter().map(|(_, person)| person).collect();
        for (index, person) in people.iter().enumerate() {
            for award in self.awards.get_mut(person.awards.clone()).unwrap_or_default() {
                award.person = Some(index);
            }
        }
        let mut lists = Vec::new();
        // Who says `people: true` wants the page even while nobody is on it, for instance because the menu names it.
        let wanted = self.documents.config.outputs.as_ref().and_then(|outputs| outputs.people).unwrap_or(false);
        if wanted || !people.is_empty() {
            lists.push(List::new(None, (0..people.len()).collect(), &people));
        }
        let mut holders = vec![Vec::new(); self.badges.len()];
        for (index, person) in people.iter().enumerate() {
            for badge in &*person.badges {
                if let Some(of) = holders.get_mut(*badge) {
                    of.push(index);
                }
            }
        }
        let held = holders.into_iter().enumerate().filter(|(_, members)| !members.is_empty());
        lists.extend(held.map(|(badge, members)| List::new(Some(badge), members, &people)));
        self.directory = Directory { people, lists };
    }
}

impl<'d> Site<'d> {
    /// A person, if they are to be listed, with their name as it is sorted.
    fn person(&self, awards: Range<usize>) -> Option<(String, Person<'d>)> {
        let own = self.awards.get(awards.clone())?;
        let first = own.first()?;
        let (earner, origin) = (first.earner, first.origin);
        if earner.visibility() != Visibility::Public {
            return None;
        }
        // What the issuer has taken back or put on hold, or replaced, does not make anybody a holder of the badge.
        let counts = own.iter().filter(|award| award.stands());
        let mut badges: Vec<usize> = counts.map(|award| award.badge).collect();
        badges.sort_unstable();
        badges.dedup();
        let folded = folded(earner);
        let handle = match &earner.handle {
            Some(handle) => Cow::Borrowed(&**handle),
            None => Cow::Owned(handle(&earner.id, &folded)),
        };
        let (badges, group) = (badges.into(), Group::of(&folded));
        Some((folded, Person { earner, handle, awards, badges, group, origin }))
    }
}

fn folded(earner: &EarnerRecord) -> String {
    words(&fold(earner.public_name())).collect::<Vec<_>>().join(" ")
}

impl List {
    fn new(badge: Option<usize>, members: Vec<usize>, people: &[Person<'_>]) -> Self {
        let group = |member: &usize| people.get(*member).map_or(Group::Other, |person| person.group);
        let mut groups: Vec<(Group, Range<usize>)> = Vec::new();
        let mut start = 0;
        for run in members.chunk_by(|a, b| group(a) == group(b)) {
            groups.extend(run.first().map(|first| (group(first), start..start + run.len())));
            start += run.len();
        }
        let mut list = Self { badge, members, groups, parts: Vec::new() };
        if list.members.len() <= PAGE {
            return list;
        }
        let name = |at: Option<usize>| -> Option<&str> {
            let person = people.get(*list.members.get(at?)?)?;
            Some(person.earner.public_name())
        };
        for (group, (_, range)) in list.groups.iter().enumerate() {
            for (index, start) in range.clone().step_by(PAGE).enumerate() {
                let end = range.end.min(start + PAGE);
                let span = (range.len() > PAGE).then(|| {
                    let before = start.checked_sub(1).filter(|at| range.contains(at));
                    let after = Some(end).filter(|at| range.contains(at));
                    let (first, last) =
                        (name(Some(start)).unwrap_or_default(), name(Some(end - 1)).unwrap_or_default());
                    // Where the group begins and ends, it is enough to tell the two ends from each other.
                    let from = beginning(first, name(before).unwrap_or(last));
                    let to = beginning(last, name(after).unwrap_or(first));
                    format!("{from}–{to}")
                });
                list.parts.push(Part { group, number: index + 1, members: start..end, span });
            }
        }
        list
    }

    /// A part's path below the list's.
    pub fn part_slug(&self, part: &Part) -> String {
        let slug = self.groups.get(part.group).map(|(group, _)| group.slug()).unwrap_or_default();
        if part.number > 1 { format!("letter/{slug}/{}/", part.number) } else { format!("letter/{slug}/") }
    }
}

/// As much of a name as tells it from another; at least two letters.
fn beginning<'n>(name: &'n str, other: &str) -> &'n str {
    let other = fold(other);
    let ends = name.grapheme_indices(true).map(|(at, grapheme)| at + grapheme.len());
    let mut shown = name;
    for end in ends.skip(1) {
        let (head, _) = name.split_at(end);
        if !head.ends_with(' ') && !other.starts_with(&fold(head)) {
            shown = head;
            break;
        }
    }
    shown
}

/// How many letters of a name an address shows at most.
const NAME_IN_HANDLE: usize = 60;

/// The handle of somebody whom the export gives none: the words of the name that can be typed anywhere, and a few
/// characters of a hash of the id, which tell people of one name apart and stay when another of that name comes or
/// goes.
///
/// The id itself is not published, and of its hash only 30 bits (50 where no name tells people apart). The hash is
/// keyed with a text that is the same for every site, not with the site's address: a key hides something only as
/// long as it is secret, and nothing of a site is, whereas an address that changes with `base_url` would be another
/// one in every preview and be lost when a site moves. So whoever already knows an id can tell that a page is its
/// own; where ids are secrets in themselves, exports should give handles.
fn handle(id: &str, folded: &str) -> String {
    // No letters that look like digits, and no `u`, so that no words come about.
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut name = String::new();
    for word in folded.split(' ').filter(|word| !word.is_empty() && word.is_ascii()) {
        if !name.is_empty() && name.len() + word.len() >= NAME_IN_HANDLE {
            break;
        }
        name.push_str(word);
        name.truncate(NAME_IN_HANDLE);
        name.push('-');
    }
    let mut digits = 6;
    if name.is_empty() {
        name.push_str("person-");
        digits = 10;
    }
    let hash = blake3::derive_key("bonafide: the handle of an earner", id.as_bytes());
    name.extend(hash.iter().take(digits).filter_map(|byte| DIGITS.get(usize::from(byte % 32))).map(|b| char::from(*b)));
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_the_name_and_what_tells_it_from_others_of_the_same_name() {
        let of = |id: &str, name: &str| handle(id, &words(&fold(name)).collect::<Vec<_>>().join(" "));
        let kate = of("e-1042", "Kate O’Osei");
        assert!(kate.starts_with("kate-oosei-") && kate.len() == 17, "{kate}");
        assert_ne!(kate, of("e-1043", "Kate O’Osei"));
        assert_eq!(kate, of("e-1042", "KÁTE O'Osei"));
        assert!(of("e-1", "Yuki 山田").starts_with("yuki-"));
        let han = of("e-1", "欧阳沐岚");
        assert!(han.starts_with("person-") && han.len() == 17, "{han}");
        let long = of("e-1", &"Abcdefghi ".repeat(40));
        assert!(long.len() <= NAME_IN_HANDLE + 7 && !long.contains("--"), "{long}");
        assert!(of("e-1", &"a".repeat(400)).len() <= NAME_IN_HANDLE + 7);
    }

    #[test]
    fn alphabets_are_cut_into_letters_and_other_scripts_are_not() {
        let of = |name: &str| {
            let folded = fold(name);
            let group = Group::of(words(&folded).next().unwrap_or_default());
            (group.slug(), group.letter())
        };
        let letter = |slug: &str, letter: &str| (slug.to_owned(), Some(letter.to_owned()));
        assert_eq!(of("Ørsted"), letter("o", "O"));
        assert_eq!(of("’Āina"), letter("a", "A"));
        assert_eq!(of("Юлия"), letter("u044e", "Ю"));
        assert_eq!(of("ნინო"), letter("u10dc", "ნ"));
        assert_eq!(of("أحمد"), letter("u0627", "ا"));
        assert_eq!(of("김민준").0, "hangul");
        assert_eq!(of("ヤマダ").0, "kana");
        assert_eq!(of("山田").0, "han");
        assert_eq!(of("3 Mustermann").0, "other");
        assert_eq!(of("☺").0, "other");
    }

    #[test]
    fn a_part_is_named_by_as_little_as_tells_it_from_the_next() {
        assert_eq!(beginning("Aaron Kim", "Zoe"), "Aa");
        assert_eq!(beginning("Maria García", "Maria Alvarez"), "Maria G");
        assert_eq!(beginning("Álvaro", "Alba"), "Álv");
        assert_eq!(beginning("Maria", "Maria"), "Maria");
        assert_eq!(beginning("Q", "R"), "Q");
    }
}
