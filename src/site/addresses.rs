//! No two things of a site at one address.
//!
//! Addresses come from many sides: award ids and aliases out of exports, pages and
//! files out of folders. They are compared without regard to case, because hosts and
//! disks exist that have none, and there one page would silently take the place of the
//! other. What else is made, and where, is not known here: that is for the plan
//! ([`crate::clash`]).

use std::collections::hash_map::Entry;

use rayon::prelude::*;

use super::{Badge, Page, Site, alias_path, people::RESERVED};
use crate::{
    diagnostic::{Diagnostic, Place, Step},
    hash::{Short, Table},
    source::Asset,
};

/// What is at an address.
#[derive(Clone)]
enum Owner {
    Directory,
    Language,
    Badge(usize),
    Award(usize),
    Alias(usize, usize),
    Page(usize),
    Asset(usize),
    Person(usize),
}

/// How many addresses of the same kind are hashed at a time.
const BATCH: usize = 256;

/// What an address is compared by.
struct Key {
    address: Short,
    /// The address of the award whose folder it is in, if it is in one and not the award's own.
    around: Option<Short>,
    /// Whether it is below the folder of another language.
    is_translated: bool,
}

impl Key {
    /// Of the path of a file.
    fn of(path: String, folders: &[String]) -> Self {
        let path = if path.is_ascii() {
            let mut path = path;
            path.make_ascii_lowercase();
            path
        } else {
            path.to_lowercase()
        };
        let digest = |path: &str| Short::of_bytes(path.as_bytes());
        let inside = path.strip_prefix("verify/").and_then(|rest| rest.split_once('/'));
        let inside = inside.filter(|(_, file)| *file != "index.html");
        Self {
            address: digest(&path),
            around: inside.map(|(folder, _)| digest(&format!("verify/{folder}/index.html"))),
            is_translated: folders.iter().any(|folder| path.starts_with(folder.as_str())),
        }
    }
}

impl Site<'_> {
    pub(super) fn check_addresses(&self, diagnostics: &mut Vec<Diagnostic>) {
        // There are very many, and nobody wants to know them, but whether one is there.
        let mut taken: Table<Short, Owner> = Table::default();
        taken.reserve(self.awards.len() + 256);
        // What is below the folder of another language are the original pages again.
        let folders: Vec<_> = self.translations.iter().map(|edition| edition.prefix.to_lowercase()).collect();
        let mut claim = |key: Key, owner: Owner| {
            if key.is_translated {
                self.collide(&owner, &Owner::Language, diagnostics);
                return;
            }
            // What an award's folder holds is the award's alone; a private one's is to hold nothing else.
            if let Owner::Alias(..) | Owner::Page(_) | Owner::Asset(_) = owner
                && let Some(award @ Owner::Award(_)) = key.around.and_then(|around| taken.get(&around))
            {
                self.collide(&owner, award, diagnostics);
            }
            match taken.entry(key.address) {
                Entry::Vacant(free) => {
                    free.insert(owner);
                }
                Entry::Occupied(other) => self.collide(&owner, other.get(), diagnostics),
            }
        };
        let key = |path: String| Key::of(path, &folders);
        for (index, badge) in self.badges.iter().enumerate() {
            claim(key(format!("{}index.html", badge.path())), Owner::Badge(index));
        }
        // What there is a hundred thousand of is hashed on all cores first.
        let awards = self.awards.par_iter().with_min_len(BATCH);
        let keys: Vec<Key> = awards.clone().map(|award| key(format!("{}index.html", award.path()))).collect();
        for (index, key) in keys.into_iter().enumerate() {
            claim(key, Owner::Award(index));
        }
        let aliases = awards.enumerate().flat_map_iter(|(index, award)| {
            let aliases = award.record.aliases.iter().enumerate();
            aliases.map(move |(number, alias)| {
                (Owner::Alias(index, number), key(format!("{}index.html", alias_path(alias))))
            })
        });
        let keys: Vec<(Owner, Key)> = aliases.collect();
        for (owner, key) in keys {
            claim(key, owner);
        }
        if self.directory.is_open() {
            RESERVED.iter().for_each(|word| claim(key(format!("people/{word}/index.html")), Owner::Directory));
        }
        let people = self.directory.people.par_iter().with_min_len(BATCH);
        let keys: Vec<Key> = people.map(|person| key(format!("{}index.html", person.path()))).collect();
        for (index, key) in keys.into_iter().enumerate() {
            claim(key, Owner::Person(index));
        }
        for (index, page) in self.original.pages.iter().enumerate() {
            if !matches!(page.path.as_str(), "" | "faq/") {
                claim(key(format!("{}index.html", page.path)), Owner::Page(index));
            }
        }
        for (index, asset) in self.documents.assets.iter().enumerate().filter(|(_, asset)| self.publishes(asset)) {
            claim(key(asset.path().to_owned()), Owner::Asset(index));
        }
    }

    fn collide(&self, new: &Owner, old: &Owner, diagnostics: &mut Vec<Diagnostic>) {
        if let (Owner::Person(new), Owner::Person(old)) = (new, old) {
            self.collide_people(*new, *old, diagnostics);
            return;
        }
        let (Some((what, place)), other) = (self.describe(new), self.describe(old)) else { return };
        let message = match new {
            Owner::Award(_) if matches!(old, Owner::Award(_)) => {
                format!("{what} differs from another one only in case")
            }
            Owner::Alias(index, number) => {
                let award = self.awards.get(*index);
                let alias = award.and_then(|award| award.record.aliases.get(*number));
                let own = matches!(old, Owner::Award(other) if other == index);
                match alias {
                    Some(alias) if own && !alias.contains('/') => format!("the alias `{alias}` is the award's own id"),
                    Some(alias) => format!("the alias `{alias}` is taken"),
                    None => format!("{what} is taken"),
                }
            }
            Owner::Person(_) => format!("{what} is taken"),
            _ => format!("the address of {what} is taken"),
        };
        let advice = match new {
            Owner::Award(_) => "many disks and hosts know no case: give one of them another id",
            Owner::Alias(..) => "an alias leads to one place: take it out here or there",
            Owner::Person(_) => "a handle is an address: choose another",
            _ => "rename the file",
        };
        let mut problem = Diagnostic::error(message).at(place).advice(advice);
        problem = match (other, old) {
            (Some((what, place)), _) => problem.also(format!("{what} is here"), place),
            (None, Owner::Language) => {
                problem.advice("the pages of another language are there (`languages` in site.yaml): rename the folder")
            }
            (None, _) if matches!(new, Owner::Person(_)) => {
                problem.advice("the directory has pages of its own at this address: choose another handle")
            }
            (None, _) => problem.advice("the directory has pages of its own at this address: rename this one"),
        };
        diagnostics.push(problem);
    }

    fn collide_people(&self, new: usize, old: usize, diagnostics: &mut Vec<Diagnostic>) {
        let (Some(new), Some(old)) = (self.directory.people.get(new), self.directory.people.get(old)) else { return };
        // Two that exports give were compared when they were read, of people who are not listed too.
        if new.earner.handle.is_some() && old.earner.handle.is_some() {
            return;
        }
        diagnostics.push(
            Diagnostic::error(format!("two earners have the handle `{}`", new.handle))
                .at(new.place())
                .advice("a handle is an address: give one of them another with `handle:`")
                .also("the other one is here", old.place()),
        );
    }

    fn describe(&self, owner: &Owner) -> Option<(String, Place)> {
        match owner {
            Owner::Directory | Owner::Language => None,
            Owner::Badge(index) => self.badges.get(*index).map(Badge::origin),
            Owner::Award(index) => {
                let award = self.awards.get(*index)?;
                Some((format!("the award id `{}`", award.record.id), award.origin.award([Step::Key("id")])))
            }
            Owner::Alias(index, number) => self.awards.get(*index)?.alias_origin(*number),
            Owner::Person(index) => {
                let person = self.directory.people.get(*index)?;
                Some((format!("the handle `{}`", person.handle), person.place()))
            }
            Owner::Page(index) => self.original.pages.get(*index).map(Page::origin),
            Owner::Asset(index) => self.documents.assets.get(*index).map(Asset::origin),
        }
    }
}
