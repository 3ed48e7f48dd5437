//! Which card shows what: the texts of awards, badges and the site, put on the press.
//!
//! A background is drawn when the first card needs it and shared by all others.

use std::{
    hash::Hash,
    sync::{Arc, OnceLock},
};

use super::card::{Background, BackgroundInput, CardKind, CardPress, CardText};
use crate::{
    diagnostic::{Diagnostic, Place},
    fonts::Fonts,
    hash::DigestHasher,
    output::{
        Add, Item, Kind, Making, Of, Output, View,
        drawn::{self, DrawError, room::Room},
    },
    site::{Award, Badge, Site},
    steps,
    theme::{Accent, Source, Theme, Words},
};

/// The cards of a site.
pub struct Cards<'a> {
    press: &'a CardPress,
    site: &'a Site<'a>,
    theme: &'a Theme,
    /// The site's address, in letters that there is a font for.
    host: &'a str,
    accent: Accent,
    /// For each badge, under its awards' cards.
    awards: Vec<OnceLock<Result<Background, Arc<DrawError>>>>,
}

/// A press for the theme's template, or what is wrong with it.
///
/// # Errors
/// The template's mistake, on its own line.
pub fn press(template: &Source, fonts: &Fonts) -> Result<CardPress, Diagnostic> {
    CardPress::new(&template.text, fonts.clone()).map_err(|error| problem(template, &error))
}

fn problem(template: &Source, error: &DrawError) -> Diagnostic {
    drawn::problem("card.svg", template, error)
}

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
        making.cards()?.award(item.index)
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

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.cards()?.badge(item.index)
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
        making.cards()?.site()
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

impl<'a> Cards<'a> {
    /// The cards of a site.
    pub fn new(press: &'a CardPress, site: &'a Site<'a>, theme: &'a Theme) -> Self {
        let awards = site.badges.iter().map(|_| OnceLock::new()).collect();
        let config = &site.config;
        let host = if press.draws(&config.host) { &config.host } else { config.wire_host() };
        Self { press, site, theme, host, accent: Accent::new(&site.config.accent), awards }
    }

    fn background(&self, kind: CardKind, picture: Option<&[u8]>) -> Result<Background, DrawError> {
        let (accent, on_accent) = (self.accent.light.as_str(), self.accent.light_text.as_str());
        self.press.background(&BackgroundInput { kind, accent, on_accent, picture })
    }

    /// Cards are in the default language: there is one for each award.
    fn words(&self) -> &Words {
        &self.theme.locale(0).words
    }

    fn place(&self) -> String {
        self.words().fill("card_check", &[("host", self.host)])
    }

    fn draw(&self, background: &Background, text: &CardText<'_>) -> Result<Vec<u8>, Diagnostic> {
        self.press.card(background, text).map_err(|error| problem(&self.theme.card, &error))
    }

    /// The card of an award.
    pub fn award(&self, index: usize) -> Result<Vec<u8>, Diagnostic> {
        let Some(award) = self.site.awards.get(index) else { return Ok(Vec::new()) };
        let (Some(badge), Some(slot)) = (self.site.badges.get(award.badge), self.awards.get(award.badge)) else {
            return Ok(Vec::new());
        };
        let drawn = slot.get_or_init(|| {
            let picture = badge.picture.map(|(asset, _)| &*asset.bytes);
            self.background(CardKind::Award, picture).map_err(Arc::new)
        });
        let background = drawn.as_ref().map_err(|error| problem(&self.theme.card, error))?;
        self.of_award(award, badge, |text| self.draw(background, text))
    }

    fn of_award<T>(&self, award: &Award<'_>, badge: &Badge<'_>, then: impl FnOnce(&CardText<'_>) -> T) -> T {
        let lines = self.dates(award);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        then(&CardText {
            kind: CardKind::Award,
            name: award.earner.public_name(),
            badge: &badge.record.name,
            label: badge.label(),
            issuer: &self.site.documents.config.issuer.name,
            description: "",
            dates: &lines,
            place: &self.place(),
        })
    }

    /// Texts for which a card has no room, each once. Only the longest are tried.
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut room = Room::new(self.site, "share card", "card.svg");
        for award in room.awards_to_try() {
            let Some(badge) = self.site.badges.get(award.badge) else { continue };
            let wanting = self.of_award(award, badge, |text| self.press.wanting(text));
            room.tell(award, badge, &wanting.unwrap_or_default());
        }
        for badge in &self.site.badges {
            let wanting = self.of_badge(badge, |text| self.press.wanting(text));
            let places =
                [(&*badge.record.description, badge.place("description")), (&*badge.record.name, badge.place("name"))];
            room.tell_of(&format!("badge `{}`", badge.record.id), &places, &wanting.unwrap_or_default());
        }
        let wanting = self.of_site(|text| self.press.wanting(text));
        let place = |key: &'static str| Place::yaml("site.yaml", steps![key]);
        let config = &self.site.config;
        let places = [(&*config.description, place("description")), (&*config.title, place("title"))];
        room.tell_of("the site", &places, &wanting.unwrap_or_default());
        room.told()
    }

    fn dates(&self, award: &Award<'_>) -> [String; 2] {
        let (locale, words, zone) = (self.theme.locale(0), self.words(), self.site.config.zone());
        let issued = locale.said_briefly(&award.record.issued.as_start(zone));
        let until = match award.record.expires {
            Some(expires) => words.fill("card_until", &[("date", &locale.said_briefly(&expires.as_end(zone)))]),
            None => words.get("card_no_end").to_owned(),
        };
        [words.fill("card_issued", &[("date", &issued)]), until]
    }

    /// The card of a badge.
    pub fn badge(&self, index: usize) -> Result<Vec<u8>, Diagnostic> {
        let Some(badge) = self.site.badges.get(index) else { return Ok(Vec::new()) };
        let picture = badge.picture.map(|(asset, _)| &*asset.bytes);
        let background =
            self.background(CardKind::Badge, picture).map_err(|error| problem(&self.theme.card, &error))?;
        self.of_badge(badge, |text| self.draw(&background, text))
    }

    fn of_badge<T>(&self, badge: &Badge<'_>, then: impl FnOnce(&CardText<'_>) -> T) -> T {
        then(&CardText {
            kind: CardKind::Badge,
            name: "",
            badge: &badge.record.name,
            label: badge.label(),
            issuer: &self.site.documents.config.issuer.name,
            description: &badge.record.description,
            dates: &[],
            place: &self.place(),
        })
    }

    /// The card of all other pages.
    pub fn site(&self) -> Result<Vec<u8>, Diagnostic> {
        let picture = self.site.issuer_picture.map(|(asset, _)| &*asset.bytes);
        let background = self.background(CardKind::Site, picture).map_err(|error| problem(&self.theme.card, &error))?;
        self.of_site(|text| self.draw(&background, text))
    }

    fn of_site<T>(&self, then: impl FnOnce(&CardText<'_>) -> T) -> T {
        then(&CardText {
            kind: CardKind::Site,
            name: &self.site.config.title,
            badge: "",
            label: "",
            issuer: &self.site.documents.config.issuer.name,
            description: &self.site.config.description,
            dates: &[],
            place: self.host,
        })
    }
}
