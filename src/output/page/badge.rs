//! What a badge stands for.

use std::hash::Hash;

use tera::{Context, Value};

use super::{frame::Page, object::Object, structured};
use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, Press, View, press},
};

/// What a badge stands for.
pub struct Badge;

impl Output for Badge {
    fn name(&self) -> &'static str {
        "badge"
    }

    fn kind(&self) -> Kind {
        Kind::Page
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        for (language, _) in view.editions() {
            (0..view.site.badges.len()).for_each(|index| add(Item::of(index).in_language(language)));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        let path = view.site.badges.get(item.index).map(crate::site::Badge::path);
        view.page_file(&path.unwrap_or_default(), item.language)
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.hash_page(item.language, on);
        view.hash_structure(item.language, on);
        view.hash_badge(item.index, item.language, on);
        view.site.directory.list_of(item.index).is_some().hash(on);
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.in_language(item.language, |press| press.badge(item.index))
    }
}

impl Press<'_> {
    fn badge(&self, index: usize) -> Result<Vec<u8>, Diagnostic> {
        let (Some(badge), Some(object)) = (self.site.badges.get(index), self.badges.get(index)) else {
            return Ok(Vec::new());
        };
        let criteria = self.prose.criteria.get(index).map(String::as_str).unwrap_or_default();
        let questions: Vec<Value> = self
            .edition
            .questions
            .iter()
            .enumerate()
            .filter(|(number, question)| {
                question.badge == Some(index) || self.edition.renewals.get(index) == Some(&Some(*number))
            })
            .filter_map(|(number, question)| {
                Some(
                    Object::new()
                        .with("title", question.heading.title.as_str())
                        .with("url", self.site.config.rooted(self.edition.question_address(number)?))
                        .maybe(
                            "text_attributes",
                            self.edition.pages.get(question.page).map(|page| self.attributes(page)),
                        )
                        .into(),
                )
            })
            .collect();
        let people = self.site.directory.list_of(index).map(|list| self.rooted(&self.site.list_path(list)));
        let value = press::in_full(badge, object, criteria).with("questions", questions).maybe("people_url", people);
        let frame = Page {
            kind: "badge",
            title: badge.record.name.to_string(),
            heading: badge.record.name.to_string(),
            description: badge.record.description.to_string(),
            path: badge.path(),
            card: self.site.config.outputs.share_card.then(|| super::frame::Card {
                path: format!("{}card.png", badge.path()),
                alt: badge.record.name.to_string(),
            }),
            json_ld: vec![structured::badge(self.site, badge)],
            ..Page::default()
        };
        let mut context = Context::new();
        context.insert_value("badge", value.into());
        self.page("badge.html", frame, context)
    }
}
