//! The jobs of the directory.
//!
//! A person's page depends on the statuses of the person's awards. Lists do not: they depend on names, handles and
//! badges, each page on those it shows, so that a nightly build leaves all of them alone.

use std::hash::Hash;

use rayon::prelude::*;

use super::{Job, Make, job};
use crate::{
    hash::{Digest, DigestHasher},
    site::{
        Edition, Site, Status,
        people::{List, Part},
    },
};

/// Adds all jobs below `people/` in one language. `statuses` are those of all awards.
pub(super) fn jobs(
    site: &Site<'_>,
    edition: &Edition<'_>,
    language: usize,
    page: &Digest,
    statuses: &[Status],
    jobs: &mut Vec<Job>,
) {
    let directory = &site.directory;
    let add = |path: String, make: Make, depends: &dyn Fn(&mut DigestHasher)| Job {
        language,
        ..job(edition.at(&format!("{path}index.html")), make, page, depends)
    };
    let counts =
        Digest::of(|hasher| directory.lists.iter().for_each(|list| (list.badge, list.members.len()).hash(hasher)));
    for (index, list) in directory.lists.iter().enumerate() {
        let path = site.list_path(list);
        // The index is the same in every language.
        if language == 0 && !list.parts.is_empty() {
            let path = format!("{path}words.json");
            jobs.push(job(path, Make::PeopleWords(index), page, &|hasher| words(site, list, hasher)));
        }
        jobs.push(add(path, Make::People(index), &|hasher| {
            (counts, &list.groups).hash(hasher);
            if list.parts.is_empty() {
                shown(site, list, &(0..list.members.len()), hasher);
            }
        }));
        jobs.par_extend(list.parts.par_iter().enumerate().map(|(number, part)| {
            add(site.part_path(list, part), Make::PeoplePart(index, number), &|hasher| {
                list.badge.hash(hasher);
                shown(site, list, &part.members, hasher);
                around(list, number, part, hasher);
            })
        }));
    }
    let people = directory.people.par_iter().enumerate().with_min_len(256);
    jobs.par_extend(people.map(|(index, person)| {
        let own = statuses.get(person.awards.clone()).unwrap_or_default();
        add(person.path(), Make::Person(index, own.into()), &|hasher| {
            own.hash(hasher);
            // An award's digest holds what is shown of the person.
            for award in site.awards.get(person.awards.clone()).unwrap_or_default() {
                (award.badge, award.digest, award.newer.is_some()).hash(hasher);
            }
        })
    }));
}

/// The entries of a page.
fn shown(site: &Site<'_>, list: &List, range: &std::ops::Range<usize>, hasher: &mut DigestHasher) {
    for person in site.directory.members(list, range) {
        (person.earner.public_name(), &person.handle, &person.badges).hash(hasher);
    }
}

/// What a part says of its group and of the parts beside it.
fn around(list: &List, number: usize, part: &Part, hasher: &mut DigestHasher) {
    let label = |part: &Part| (list.groups.get(part.group).map(|(group, _)| *group), part.number, part.span.clone());
    let beside = [number.checked_sub(1), Some(number), Some(number + 1)];
    for part in beside.into_iter().map(|at| at.and_then(|at| list.parts.get(at))) {
        part.map(label).hash(hasher);
    }
    if part.number == 1 {
        list.parts.iter().filter(|other| other.group == part.group).for_each(|other| label(other).hash(hasher));
    }
}

/// What the index of words is made of.
fn words(site: &Site<'_>, list: &List, hasher: &mut DigestHasher) {
    for person in site.directory.members(list, &(0..list.members.len())) {
        person.folded.hash(hasher);
    }
    list.groups.hash(hasher);
}
