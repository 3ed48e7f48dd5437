//! The directory: lists of people, the index that finds them, and each person's page.

use std::{collections::BTreeMap, ops::Range};

use serde_json::json;
use tera::{Context, Value};

use super::{Press, dates, object::Object, page::Page, structured};
use crate::{
    diagnostic::Diagnostic,
    fold::words,
    site::{
        Award, Status,
        people::{Group, List, Part, Person},
    },
};

impl Press<'_> {
    /// The path of the page of an award's holder, if the holder is listed.
    pub(super) fn person_path(&self, award: &Award<'_>) -> Option<String> {
        self.site.directory.people.get(award.person?).map(Person::path)
    }

    /// The first page of a list: all names if they are few, otherwise the letters they begin with.
    pub(super) fn people(&self, index: usize) -> Result<Vec<u8>, Diagnostic> {
        let Some(list) = self.site.directory.lists.get(index) else { return Ok(Vec::new()) };
        let (words, config) = (self.words, &self.site.config);
        let issuer = &*self.site.documents.config.issuer.name;
        let heading = self.list_title(list);
        let frame = Page {
            kind: "people",
            title: heading.clone(),
            heading,
            description: words.fill("description_people", &[("issuer", issuer)]),
            path: self.site.list_path(list),
            noindex: !config.indexing,
            trail: self.list_trail(list, false),
            ..Page::default()
        };
        let groups: Vec<Value> = list
            .groups
            .iter()
            .enumerate()
            .map(|(number, (group, range))| {
                let first = list.parts.iter().find(|part| part.group == number);
                let object = Object::new().with("label", self.group_label(*group)).with("id", group.slug());
                match first {
                    Some(part) => {
                        object.with("url", self.rooted(&self.site.part_path(list, part))).with("count", range.len())
                    }
                    None => object.with("people", self.list_entries(list, range)),
                }
                .into()
            })
            .collect();
        let mut context = Context::new();
        context.insert_value("groups", groups.into());
        context.insert("count", &list.members.len());
        context.insert_value("filters", self.filters(list));
        if !list.parts.is_empty() {
            context.insert("words_url", &config.rooted(format!("{}words.json", self.site.list_path(list))));
        }
        self.page("people.html", frame, context)
    }

    /// One part of a list that is too long for one page.
    pub(super) fn people_part(&self, index: usize, number: usize) -> Result<Vec<u8>, Diagnostic> {
        let Some(list) = self.site.directory.lists.get(index) else { return Ok(Vec::new()) };
        let Some(part) = list.parts.get(number) else { return Ok(Vec::new()) };
        let (words, config) = (self.words, &self.site.config);
        let issuer = &*self.site.documents.config.issuer.name;
        let label = self.part_label(list, part);
        let mut trail = self.list_trail(list, true);
        let group: Vec<&Part> = list.parts.iter().filter(|other| other.group == part.group).collect();
        if let Some(first) = group.first().filter(|first| first.number != part.number) {
            let letter = list.groups.get(part.group).map(|(group, _)| self.group_label(*group)).unwrap_or_default();
            trail.push((letter, self.site.part_path(list, first)));
        }
        let frame = Page {
            kind: "people",
            title: format!("{}: {label}", self.list_title(list)),
            heading: label,
            description: words.fill("description_people", &[("issuer", issuer)]),
            path: self.site.part_path(list, part),
            noindex: !config.indexing,
            trail,
            ..Page::default()
        };
        let link = |part: &Part| -> Value {
            Object::new()
                .with("title", self.part_label(list, part))
                .with("text_attributes", "")
                .with("url", self.rooted(&self.site.part_path(list, part)))
                .into()
        };
        let mut context = Context::new();
        context.insert("list_title", &self.list_title(list));
        context.insert("list_url", &self.rooted(&self.site.list_path(list)));
        context.insert_value("people", self.list_entries(list, &part.members));
        // All parts of a group are named on its first page only: on each of hundreds they would be most of the page.
        if part.number == 1 && group.len() > 1 {
            context.insert_value("parts", group.into_iter().map(link).collect::<Vec<_>>().into());
        }
        for (name, beside) in [("previous", number.checked_sub(1)), ("next", Some(number + 1))] {
            if let Some(part) = beside.and_then(|at| list.parts.get(at)) {
                context.insert_value(name, link(part));
            }
        }
        self.page("people_part.html", frame, context)
    }

    /// The index of a long list: for each word of its names the places of the people who bear it.
    ///
    /// Places are written as steps from one to the next; a negative number says how many more follow without a gap,
    /// because people of one first name stand together. The names themselves are only in the parts, which are
    /// fetched when something in them was found.
    pub(super) fn people_words(&self, index: usize) -> Vec<u8> {
        let Some(list) = self.site.directory.lists.get(index) else { return Vec::new() };
        let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, person) in self.site.directory.members(list, &(0..list.members.len())).enumerate() {
            for word in words(&person.folded) {
                let of = places.entry(word).or_default();
                if of.last() != Some(&place) {
                    of.push(place);
                }
            }
        }
        let steps: BTreeMap<&str, Vec<i64>> = places.into_iter().map(|(word, places)| (word, steps(&places))).collect();
        let parts: Vec<_> = list.parts.iter().map(|part| json!([list.part_slug(part), part.members.len()])).collect();
        let mut text = json!({ "parts": parts, "words": steps }).to_string();
        text.push('\n');
        text.into_bytes()
    }

    /// The page of a person, with the statuses of the person's awards.
    pub(super) fn person(&self, index: usize, statuses: &[Status]) -> Result<Vec<u8>, Diagnostic> {
        let Some(person) = self.site.directory.people.get(index) else { return Ok(Vec::new()) };
        let (words, config) = (self.words, &self.site.config);
        let issuer = &*self.site.documents.config.issuer.name;
        let name = person.earner.public_name();
        let awards = self.site.awards.get(person.awards.clone()).unwrap_or_default();
        let mut shown: Vec<(&Award<'_>, Status)> = awards.iter().zip(statuses.iter().copied()).collect();
        // What counts comes first, then what will; the newest before older ones.
        let rank = |status: Status| match status {
            Status::Active | Status::Expiring => 0,
            Status::Upcoming => 1,
            _ => 2,
        };
        shown.sort_by_key(|(award, status)| (rank(*status), std::cmp::Reverse(award.timeline.valid_from)));
        let mut labels: Vec<&str> = Vec::new();
        for badge in shown.iter().filter_map(|(award, _)| self.site.badges.get(award.badge)) {
            if !labels.contains(&badge.label()) {
                labels.push(badge.label());
            }
        }
        let labels = labels.join(", ");
        let frame = Page {
            kind: "person",
            title: name.to_owned(),
            heading: name.to_owned(),
            description: words.fill("description_person", &[("name", name), ("issuer", issuer), ("badges", &labels)]),
            path: person.path(),
            noindex: !config.indexing,
            trail: vec![(words.get("title_people").to_owned(), "people/".to_owned())],
            labels: vec![(words.get("badges").to_owned(), labels.clone())],
            json_ld: vec![structured::person(self.site, person)],
            ..Page::default()
        };
        let held: Vec<Value> = shown.into_iter().map(|(award, status)| self.held(award, status)).collect();
        let value = Object::new()
            .with("name", name)
            .with("url", self.rooted(&person.path()))
            .maybe("job_title", person.earner.job_title.as_deref())
            .maybe("company", person.earner.company.as_deref())
            .with("awards", held);
        let mut context = Context::new();
        context.insert_value("person", value.into());
        self.page("person.html", frame, context)
    }

    /// An award as its holder's page shows it.
    fn held(&self, award: &Award<'_>, status: Status) -> Value {
        let zone = self.site.config.zone();
        let timeline = &award.timeline;
        Object::new()
            .with("url", self.rooted(&award.path()))
            .maybe("badge", self.badges.get(award.badge).cloned())
            .with("status", status.word())
            .with("sentence", self.sentence(award, status))
            .with("sentences", self.sentences(award, status))
            .with("valid_from", dates::instant(timeline.valid_from))
            .maybe("valid_until", timeline.valid_until.map(dates::instant))
            .maybe("notice_from", timeline.notice_from.map(dates::instant))
            .with("issued", dates::said(self.locale, &award.record.issued.as_start(zone)))
            .into()
    }

    /// People as lists show them.
    fn list_entries(&self, list: &List, range: &Range<usize>) -> Value {
        let entry = |person: &Person<'_>| -> Value {
            let badges = person.badges.iter().filter_map(|badge| self.site.badges.get(*badge));
            let badges: Vec<Value> = badges.map(|badge| Value::from(badge.label())).collect();
            Object::new()
                .with("name", person.earner.public_name())
                .with("url", self.rooted(&person.path()))
                .with("badges", badges)
                .into()
        };
        self.site.directory.members(list, range).map(entry).collect::<Vec<_>>().into()
    }

    /// The lists to choose from: everybody, or who holds one badge. With a single badge there is no choice.
    fn filters(&self, current: &List) -> Value {
        let lists = &self.site.directory.lists;
        let wanted = if lists.len() > 2 || current.badge.is_some() { lists.as_slice() } else { &[] };
        let filter = |list: &List| -> Value {
            let badge = list.badge.and_then(|badge| self.site.badges.get(badge));
            Object::new()
                .with("label", badge.map_or_else(|| self.words.get("people_all"), |badge| badge.label()))
                .with("url", self.rooted(&self.site.list_path(list)))
                .with("count", list.members.len())
                .with("current", list.badge == current.badge)
                .into()
        };
        wanted.iter().map(filter).collect::<Vec<_>>().into()
    }

    fn list_title(&self, list: &List) -> String {
        let words = self.words;
        match list.badge.and_then(|badge| self.site.badges.get(badge)) {
            Some(badge) => words.fill("title_people_badge", &[("badge", badge.label())]),
            None => words.get("title_people").to_owned(),
        }
    }

    /// The way to a list, or through it to one of its parts.
    fn list_trail(&self, list: &List, through: bool) -> Vec<(String, String)> {
        let mut trail = Vec::new();
        if list.badge.is_some() || through {
            trail.push((self.words.get("title_people").to_owned(), "people/".to_owned()));
        }
        if let Some(badge) = list.badge.filter(|_| through).and_then(|badge| self.site.badges.get(badge)) {
            trail.push((badge.label().to_owned(), self.site.list_path(list)));
        }
        trail
    }

    fn group_label(&self, group: Group) -> String {
        let key = match group {
            Group::Letter(_) => return group.letter().unwrap_or_default(),
            Group::Hangul => "people_hangul",
            Group::Kana => "people_kana",
            Group::Han => "people_han",
            Group::Other => "people_no_letter",
        };
        self.words.get(key).to_owned()
    }

    fn part_label(&self, list: &List, part: &Part) -> String {
        let group = || list.groups.get(part.group).map(|(group, _)| self.group_label(*group));
        part.span.clone().or_else(group).unwrap_or_default()
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
