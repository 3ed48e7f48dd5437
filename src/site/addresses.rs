//! No two things of a site at one address.
//!
//! Addresses come from many sides: award ids and aliases out of exports, pages and
//! files out of folders. They are compared without regard to case, because hosts and
//! disks exist that have none, and there one page would silently take the place of the
//! other. What else is made, and where, is not known here: that is for the plan
//! ([`crate::clash`]).

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

impl Site<'_> {
    pub(super) fn check_addresses(&self, diagnostics: &mut Vec<Diagnostic>) {
        // There are very many, and nobody wants to know them, but whether one is there.
        let mut taken: Table<Short, Owner> = Table::default();
        taken.reserve(self.awards.len() + 256);
        // What is below the folder of another language are the original pages again.
        let folders: Vec<_> = self.translations.iter().map(|edition| edition.prefix.to_lowercase()).collect();
        let digest = |key: &str| Short::of_bytes(key.as_bytes());
        let mut claim = |path: String, owner: Owner| {
            let key = if path.is_ascii() {
                let mut path = path;
                path.make_ascii_lowercase();
                path
            } else {
                path.to_lowercase()
            };
            if folders.iter().any(|folder| key.starts_with(folder.as_str())) {
                self.collide(&owner, &Owner::Language, diagnostics);
                return;
            }
            // What an award's folder holds is the award's alone; a private one's is to hold nothing else.
            if let Owner::Alias(..) | Owner::Page(_) | Owner::Asset(_) = owner
                && let Some((folder, file)) = key.strip_prefix("verify/").and_then(|rest| rest.split_once('/'))
                && file != "index.html"
                && let Some(award @ Owner::Award(_)) = taken.get(&digest(&format!("verify/{folder}/index.html")))
            {
                self.collide(&owner, award, diagnostics);
            }
            match taken.entry(digest(&key)) {
                std::collections::hash_map::Entry::Vacant(free) => {
                    free.insert(owner);
                }
                std::collections::hash_map::Entry::Occupied(other) => self.collide(&owner, other.get(), diagnostics),
            }
        };
        for (index, badge) in self.badges.iter().enumerate() {
            claim(format!("{}index.html", badge.path()), Owner::Badge(index));
        }
        for (index, award) in self.awards.iter().enumerate() {
            claim(format!("{}index.html", award.path()), Owner::Award(index));
        }
        for (index, award) in self.awards.iter().enumerate() {
            for (number, alias) in award.record.aliases.iter().enumerate() {
                claim(format!("{}index.html", alias_path(alias)), Owner::Alias(index, number));
            }
        }
        if self.directory.is_open() {
            RESERVED.iter().for_each(|word| claim(format!("people/{word}/index.html"), Owner::Directory));
        }
        for (index, person) in self.directory.people.iter().enumerate() {
            claim(format!("{}index.html", person.path()), Owner::Person(index));
        }
        for (index, page) in self.original.pages.iter().enumerate() {
            if !matches!(page.path.as_str(), "" | "faq/") {
                claim(format!("{}index.html", page.path), Owner::Page(index));
            }
        }
        for (index, asset) in self.documents.assets.iter().enumerate().filter(|(_, asset)| self.publishes(asset)) {
            claim(asset.path().to_owned(), Owner::Asset(index));
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
