//! Share cards of awards, badges and the site: what a card is as a file of the site.

use std::hash::Hash;

use super::card;
use crate::{
    diagnostic::{Diagnostic, Place},
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Of, Output, View, drawn::Subject},
    site::{Award, Badge, Status},
};

/// Cards are kept by others for days, so none shows a status.
const NO_STATUS: Status = Status::Active;

/// The share card of an award.
pub struct AwardCard;

impl Output for AwardCard {
    fn name(&self) -> &'static str {
        "award card"
    }

    fn kind(&self) -> Kind {
        Kind::Leaf
    }

    fn of(&self) -> Of {
        Of::Award
    }

    fn items(&self, view: &View<'_>, index: usize, add: Add<'_>) {
        if view.site.config.outputs.share_card && view.open_award(index).is_some() {
            add(Item::of(index));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        format!("{}card.png", view.award(item.index).map(Award::path).unwrap_or_default())
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        hash_press(view, on);
        let Some((award, badge)) = view.open_award(item.index) else { return };
        (award.earner.public_name(), award.record.issued, award.record.expires).hash(on);
        hash_badge(badge, on);
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.cards()?.award(item.index, NO_STATUS)
    }
}

/// The share card of a badge.
pub struct BadgeCard;

impl Output for BadgeCard {
    fn name(&self) -> &'static str {
        "badge card"
    }

    fn kind(&self) -> Kind {
        Kind::Leaf
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        if view.site.config.outputs.share_card {
            (0..view.site.badges.len()).for_each(|index| add(Item::of(index)));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        format!("{}card.png", view.site.badges.get(item.index).map(Badge::path).unwrap_or_default())
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        hash_press(view, on);
        view.site.badges.get(item.index).into_iter().for_each(|badge| hash_badge(badge, on));
    }

    fn origin(&self, view: &View<'_>, item: Item) -> Option<(String, Place)> {
        view.site.badges.get(item.index).map(Badge::origin)
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        let (cards, badge) = (making.cards()?, making.view.site.badges.get(item.index));
        let draw = |badge| cards.one(&cards.look(Subject::Badge, Some(badge)), &card::of_badge(cards, badge));
        badge.map_or_else(|| Ok(Vec::new()), draw)
    }
}

/// The share card of all other pages.
pub struct SiteCard;

impl Output for SiteCard {
    fn name(&self) -> &'static str {
        "site card"
    }

    fn kind(&self) -> Kind {
        Kind::Leaf
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        if view.site.config.outputs.share_card {
            add(Item::default());
        }
    }

    fn path(&self, _view: &View<'_>, _item: Item) -> String {
        "card.png".to_owned()
    }

    fn depends(&self, view: &View<'_>, _item: Item, on: &mut DigestHasher) {
        hash_press(view, on);
    }

    fn make(&self, making: &Making<'_>, _item: Item) -> Result<Vec<u8>, Diagnostic> {
        let cards = making.cards()?;
        cards.one(&cards.look(Subject::Site, None), &card::of_site(cards))
    }
}

/// What every card depends on.
fn hash_press(view: &View<'_>, on: &mut DigestHasher) {
    view.hash_drawn(on);
    view.theme.card.text.hash(on);
}

/// What cards show of a badge.
fn hash_badge(badge: &Badge<'_>, on: &mut DigestHasher) {
    let record = badge.record;
    (&record.name, badge.label(), &record.description, badge.picture.map(|(asset, _)| asset.digest)).hash(on);
}
