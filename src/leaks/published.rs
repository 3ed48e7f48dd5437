//! The texts of exports and of site.yaml that are published, gone through for whatever must not be in them.

use rayon::prelude::*;

use super::text;
use crate::{
    diagnostic::{Diagnostic, Place, Step},
    site::{Award, Site},
    source::record::{BadgeRecord, SiteRecord},
    steps,
};

/// What a text holds that it must not, if it does. Where the text stands is worked out only then.
pub(super) type Check<'a> = &'a (dyn Fn(&str, &dyn Fn() -> Place) -> Option<Diagnostic> + Sync);

/// Checks all of them; `with_ids`, also what becomes part of an address.
pub(super) fn texts(site: &Site<'_>, with_ids: bool, check: Check<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut check_one = |text: &str, place: &dyn Fn() -> Place| diagnostics.extend(check(text, place));
    config(&site.documents.config, &mut check_one);
    for badge in &site.badges {
        let BadgeRecord { id, name, abbreviation, kind, description, criteria, skills, validity, .. } = badge.record;
        if with_ids {
            check_one(id, &|| badge.place("id"));
        }
        let lines = [("name", Some(name)), ("abbreviation", abbreviation.as_ref()), ("kind", kind.as_ref())];
        let more = [("description", Some(description)), ("validity", validity.as_ref())];
        for (key, text) in lines.into_iter().chain(more) {
            text.into_iter().for_each(|text| check_one(text, &|| badge.place(key)));
        }
        criteria.iter().for_each(|text| check_one(&markdown(text), &|| badge.place("criteria")));
        skills.iter().for_each(|text| check_one(text, &|| badge.place("skills")));
    }
    // A hundred thousand of them take a while.
    let found: Vec<Vec<Diagnostic>> = site
        .awards
        .par_iter()
        .enumerate()
        .with_min_len(256)
        .map(|(index, award)| {
            let before = index.checked_sub(1).and_then(|before| site.awards.get(before));
            let is_first = before.is_none_or(|before| !std::ptr::eq(before.earner, award.earner));
            let mut found = if with_ids { ids(award, is_first, check) } else { Vec::new() };
            found.extend(of_award(award, is_first, check));
            found
        })
        .filter(|found| !found.is_empty())
        .collect();
    diagnostics.extend(found.into_iter().flatten());
    diagnostics
}

/// What becomes part of addresses, also of a private award.
fn ids(award: &Award<'_>, is_first: bool, check: Check<'_>) -> Vec<Diagnostic> {
    let handle = award.earner.handle.as_deref().filter(|_| is_first);
    let mut found: Vec<Diagnostic> =
        check(&award.record.id, &|| award.origin.award([Step::Key("id")])).into_iter().collect();
    found.extend(handle.and_then(|handle| check(handle, &|| award.origin.earner("handle"))));
    found.extend(
        award.record.aliases.iter().enumerate().filter_map(|(index, alias)| {
            check(alias, &|| award.origin.award([Step::Key("aliases"), Step::Index(index)]))
        }),
    );
    found
}

/// What the public texts of an award hold; and those of its earner, if it is the first of them.
fn of_award(award: &Award<'_>, is_first: bool, check: Check<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    if award.is_private() {
        return diagnostics;
    }
    let mut check = |text: &str, place: &dyn Fn() -> Place| diagnostics.extend(check(text, place));
    if is_first {
        let earner = award.earner;
        let name = if earner.preferred_name.is_some() { "preferred_name" } else { "name" };
        check(earner.public_name(), &|| award.origin.earner(name));
        earner.company.iter().for_each(|text| check(text, &|| award.origin.earner("company")));
        earner.job_title.iter().for_each(|text| check(text, &|| award.origin.earner("job_title")));
    }
    award.record.reason.iter().for_each(|text| check(text, &|| award.origin.award([Step::Key("reason")])));
    for (index, evidence) in award.record.evidence.iter().enumerate() {
        let place = |key| award.origin.award([Step::Key("evidence"), Step::Index(index), Step::Key(key)]);
        evidence.name.iter().for_each(|text| check(text, &|| place("name")));
        evidence.url.iter().for_each(|text| check(text, &|| place("url")));
        evidence.narrative.iter().for_each(|text| check(&markdown(text), &|| place("narrative")));
    }
    diagnostics
}

/// A text in Markdown as it is, and as what pages say of it.
fn markdown(text: &str) -> String {
    format!("{text}\n{}", text::said(text))
}

fn config(config: &SiteRecord, check: &mut dyn FnMut(&str, &dyn Fn() -> Place)) {
    let place = |steps: Vec<Step>| Place::yaml("site.yaml", steps);
    check(&config.title, &|| place(steps!["title"]));
    config.description.iter().for_each(|text| check(text, &|| place(steps!["description"])));
    config.issuer.description.iter().for_each(|text| check(text, &|| place(steps!["issuer", "description"])));
    for (index, entry) in config.menu.iter().enumerate() {
        check(&entry.label, &|| place(steps!["menu", index, "label"]));
        check(&entry.to, &|| place(steps!["menu", index, "to"]));
    }
}
