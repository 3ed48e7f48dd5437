//! What a badge stands for, as machines read it: badge.json of Open Badges 2.0 and achievement.json of 3.0.

use std::hash::Hash;

use crate::{
    credential::{ob2, ob3},
    diagnostic::{Diagnostic, Place},
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, View},
    site::Badge,
};

/// Both files of each badge: the parts are 0, badge.json, which is left out where there are no assertions of 2.0, and 1,
/// achievement.json.
pub struct Achievements;

const NAMES: [&str; 2] = ["badge.json", "achievement.json"];

impl Output for Achievements {
    fn name(&self) -> &'static str {
        "achievement"
    }

    fn kind(&self) -> Kind {
        Kind::File
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        let Some(credentials) = &view.credentials else { return };
        // Open Badges 2.0 is made whole or not at all.
        let first = usize::from(!credentials.has_assertions());
        for index in 0..view.site.badges.len() {
            (first..NAMES.len()).for_each(|part| add(Item::of(index).part(part)));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        let folder = view.site.badges.get(item.index).map(Badge::path).unwrap_or_default();
        format!("{folder}{}", NAMES.get(item.part).copied().unwrap_or_default())
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        let Some(credentials) = &view.credentials else { return };
        (credentials.achievement(item.index), credentials.issuer()).hash(on);
    }

    fn origin(&self, view: &View<'_>, item: Item) -> Option<(String, Place)> {
        view.site.badges.get(item.index).map(Badge::origin)
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        let Some(credentials) = &making.view.credentials else { return Ok(Vec::new()) };
        let Some(achievement) = credentials.achievement(item.index) else { return Ok(Vec::new()) };
        let json = match item.part {
            0 => ob2::badge_class(achievement, credentials.issuer()),
            _ => ob3::achievement(achievement, credentials.issuer()),
        };
        Ok(json.file())
    }
}
