//! `words.json` of a long list of people: the index that finds a name.

use std::{collections::BTreeMap, hash::Hash};

use serde_json::json;

use crate::{
    diagnostic::Diagnostic,
    fold::words,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, Press, View},
};

/// In which places of a long list each word of a name is; the same in every language.
pub struct PeopleWords;

impl Output for PeopleWords {
    fn name(&self) -> &'static str {
        "people words"
    }

    fn kind(&self) -> Kind {
        Kind::List
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        for (index, list) in view.site.directory.lists.iter().enumerate() {
            if !list.parts.is_empty() {
                add(Item::of(index));
            }
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        let list = view.site.directory.lists.get(item.index);
        format!("{}words.json", list.map(|list| view.site.list_path(list)).unwrap_or_default())
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        let Some(list) = view.site.directory.lists.get(item.index) else { return };
        for person in view.site.directory.members(list, &(0..list.members.len())) {
            person.earner.public_name().hash(on);
        }
        list.groups.hash(on);
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.in_language(0, |press| Ok(press.people_words(item.index)))
    }
}

impl Press<'_> {
    /// The index of a long list: for each word of its names the places of the people who bear it.
    ///
    /// Places are written as steps from one to the next; a negative number says how many more follow without a gap,
    /// because people of one first name stand together. The names themselves are only in the parts, which are
    /// fetched when something in them was found.
    fn people_words(&self, index: usize) -> Vec<u8> {
        let Some(list) = self.site.directory.lists.get(index) else { return Vec::new() };
        let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, person) in self.site.directory.members(list, &(0..list.members.len())).enumerate() {
            for word in words(&person.folded()) {
                match places.get_mut(word) {
                    Some(of) if of.last() == Some(&place) => {}
                    Some(of) => of.push(place),
                    None => drop(places.insert(word.to_owned(), vec![place])),
                }
            }
        }
        let steps: BTreeMap<String, Vec<i64>> =
            places.into_iter().map(|(word, places)| (word, steps(&places))).collect();
        let parts: Vec<_> = list.parts.iter().map(|part| json!([list.part_slug(part), part.members.len()])).collect();
        let mut text = json!({ "parts": parts, "words": steps }).to_string();
        text.push('\n');
        text.into_bytes()
    }
}

/// Ascending places as steps.
fn steps(places: &[usize]) -> Vec<i64> {
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let mut steps: Vec<i64> = Vec::new();
    let mut last = None;
    for place in places {
        match (last, steps.last_mut()) {
            (Some(before), Some(run)) if before + 1 == *place && *run < 0 => *run -= 1,
            (Some(before), _) if before + 1 == *place => steps.push(-1),
            (Some(before), _) => steps.push(number(place - before)),
            (None, _) => steps.push(number(place + 1)),
        }
        last = Some(*place);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_become_steps_and_runs() {
        assert_eq!(steps(&[0]), [1]);
        assert_eq!(steps(&[3, 4, 5, 9, 10, 20]), [4, -2, 4, -1, 10]);
    }
}
