//! The directory: lists of people, the index that finds them, and each person's page.

use std::{hash::Hash, ops::Range};

use tera::{Context, Value};

use super::{dates, frame::Page, object::Object, structured};
use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Of, Output, Press, View},
    site::{
        Award, Site, Status,
        people::{Group, List, Part, Person},
    },
};

/// The first page of a list of people.
pub struct PeopleList;

impl Output for PeopleList {
    fn name(&self) -> &'static str {
        "people"
    }

    fn kind(&self) -> Kind {
        Kind::List
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        for (language, _) in view.editions() {
            (0..view.site.directory.lists.len()).for_each(|list| add(Item::of(list).in_language(language)));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        let list = view.site.directory.lists.get(item.index);
        view.page_file(&list.map(|list| view.site.list_path(list)).unwrap_or_default(), item.language)
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.hash_page(item.language, on);
        view.site.config.indexing.hash(on);
        let site = view.site;
        let Some(list) = site.directory.lists.get(item.index) else { return };
        site.directory.lists.iter().for_each(|list| (list.badge, list.members.len()).hash(on));
        list.groups.hash(on);
        if list.parts.is_empty() {
            hash_shown(site, list, &(0..list.members.len()), on);
        }
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.in_language(item.language, |press| press.people(item.index))
    }
}

/// One part of a list of people that is too long for one page.
pub struct PeoplePart;

impl Output for PeoplePart {
    fn name(&self) -> &'static str {
        "people part"
    }

    fn kind(&self) -> Kind {
        Kind::List
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        for (language, _) in view.editions() {
            for (list, parts) in view.site.directory.lists.iter().map(|list| list.parts.len()).enumerate() {
                (0..parts).for_each(|part| add(Item::of(list).part(part).in_language(language)));
            }
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        let list = view.site.directory.lists.get(item.index);
        let path = list.and_then(|list| Some(view.site.part_path(list, list.parts.get(item.part)?)));
        view.page_file(&path.unwrap_or_default(), item.language)
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.hash_page(item.language, on);
        view.site.config.indexing.hash(on);
        let Some(list) = view.site.directory.lists.get(item.index) else { return };
        let Some(part) = list.parts.get(item.part) else { return };
        list.badge.hash(on);
        hash_shown(view.site, list, &part.members, on);
        hash_around(list, item.part, part, on);
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.in_language(item.language, |press| press.people_part(item.index, item.part))
    }
}

/// The page of a person who is public.
pub struct PersonPage;

impl Output for PersonPage {
    fn name(&self) -> &'static str {
        "person"
    }

    fn kind(&self) -> Kind {
        Kind::List
    }

    fn of(&self) -> Of {
        Of::Person
    }

    fn items(&self, view: &View<'_>, index: usize, add: Add<'_>) {
        view.editions().for_each(|(language, _)| add(Item::of(index).in_language(language)));
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        let person = view.site.directory.people.get(item.index);
        view.page_file(&person.map(Person::path).unwrap_or_default(), item.language)
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.hash_page(item.language, on);
        view.site.config.indexing.hash(on);
        let Some(person) = view.site.directory.people.get(item.index) else { return };
        view.statuses.get(person.awards.clone()).hash(on);
        // An award's digest holds what is shown of the person.
        for award in view.site.awards.get(person.awards.clone()).unwrap_or_default() {
            (award.badge, award.digest, award.timeline, award.newer.is_some()).hash(on);
        }
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.in_language(item.language, |press| press.person(item.index, &making.view.statuses))
    }
}

/// The entries of a page.
fn hash_shown(site: &Site<'_>, list: &List, range: &std::ops::Range<usize>, on: &mut DigestHasher) {
    for person in site.directory.members(list, range) {
        (person.earner.public_name(), &person.handle, &person.badges).hash(on);
    }
}

/// What a part says of its group and of the parts beside it.
fn hash_around(list: &List, number: usize, part: &Part, on: &mut DigestHasher) {
    let label = |part: &Part| (list.groups.get(part.group).map(|(group, _)| *group), part.number, part.span.clone());
    let beside = [number.checked_sub(1), Some(number), Some(number + 1)];
    for part in beside.into_iter().map(|at| at.and_then(|at| list.parts.get(at))) {
        part.map(label).hash(on);
    }
    if part.number == 1 {
        list.parts.iter().filter(|other| other.group == part.group).for_each(|other| label(other).hash(on));
    }
}

impl Press<'_> {
    /// The path of the page of an award's holder, if the holder is listed.
    pub(super) fn person_path(&self, award: &Award<'_>) -> Option<String> {
        self.site.directory.people.get(award.person?).map(Person::path)
    }

    /// The first page of a list: all names if they are few, otherwise the letters they begin with.
    fn people(&self, index: usize) -> Result<Vec<u8>, Diagnostic> {
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
    fn people_part(&self, index: usize, number: usize) -> Result<Vec<u8>, Diagnostic> {
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

    /// The page of a person; `statuses` are those of all awards.
    fn person(&self, index: usize, statuses: &[Status]) -> Result<Vec<u8>, Diagnostic> {
        let Some(person) = self.site.directory.people.get(index) else { return Ok(Vec::new()) };
        let (words, config) = (self.words, &self.site.config);
        let issuer = &*self.site.documents.config.issuer.name;
        let name = person.earner.public_name();
        let awards = self.site.awards.get(person.awards.clone()).unwrap_or_default();
        let statuses = statuses.get(person.awards.clone()).unwrap_or_default();
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
