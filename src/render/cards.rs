//! Which card shows what: the texts of awards, badges and the site, put on the press.
//!
//! A background is drawn when the first card needs it and shared by all others.
//! Characters that no font can draw are looked for before anything is made
//! ([`check`]), because an editor should hear of them even when no card is drawn anew.

use std::sync::{Arc, OnceLock};

use super::card::{Background, BackgroundInput, CardError, CardKind, CardPress, CardText};
use crate::{
    diagnostic::{Diagnostic, Place},
    fonts::Fonts,
    site::{Award, Site},
    steps,
    theme::{Accent, Source, Theme, Words},
};

/// The cards of a site.
pub struct Cards<'a> {
    press: &'a CardPress,
    site: &'a Site<'a>,
    theme: &'a Theme,
    accent: Accent,
    /// For each badge, under its awards' cards.
    awards: Vec<OnceLock<Result<Background, Arc<CardError>>>>,
}

/// A press for the theme's template, or what is wrong with it.
///
/// # Errors
/// The template's mistake, on its own line.
pub fn press(template: &Source, fonts: &Fonts) -> Result<CardPress, Diagnostic> {
    CardPress::new(&template.text, fonts.clone()).map_err(|error| problem(template, &error))
}

fn problem(template: &Source, error: &CardError) -> Diagnostic {
    let (message, place) = match error {
        CardError::Template { line, column, message } => {
            let before: usize = template.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
            (message.clone(), Some(before + column.saturating_sub(1)))
        }
        other => (other.to_string(), None),
    };
    let diagnostic = Diagnostic::error(format!("the template `card.svg`: {message}"));
    match (&template.file, place) {
        (Some(file), Some(at)) => diagnostic.at(Place::bytes(file.clone(), at..at + 1)),
        (Some(file), None) => diagnostic.at(Place::file(file.clone())),
        (None, _) => diagnostic.advice("this is a template of the built-in theme: please report it"),
    }
}

impl<'a> Cards<'a> {
    /// The cards of a site.
    pub fn new(press: &'a CardPress, site: &'a Site<'a>, theme: &'a Theme) -> Self {
        let awards = site.badges.iter().map(|_| OnceLock::new()).collect();
        Self { press, site, theme, accent: Accent::new(&site.config.accent), awards }
    }

    fn background(&self, kind: CardKind, picture: Option<&[u8]>) -> Result<Background, CardError> {
        let (accent, on_accent) = (self.accent.light.as_str(), self.accent.light_text.as_str());
        self.press.background(&BackgroundInput { kind, accent, on_accent, picture })
    }

    /// Cards are in the default language: there is one for each award.
    fn words(&self) -> &Words {
        &self.theme.locale(0).words
    }

    fn place(&self) -> String {
        self.words().fill("card_check", &[("host", &self.site.config.host)])
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
        let lines = self.dates(award);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let text = CardText {
            kind: CardKind::Award,
            name: award.earner.public_name(),
            badge: &badge.record.name,
            label: badge.label(),
            issuer: &self.site.documents.config.issuer.name,
            description: "",
            dates: &lines,
            place: &self.place(),
        };
        self.draw(background, &text)
    }

    fn dates(&self, award: &Award<'_>) -> [String; 2] {
        let (locale, words, zone) = (self.theme.locale(0), self.words(), self.site.config.zone());
        let issued = locale.date(award.record.issued.day(zone));
        let until = match award.record.expires {
            Some(expires) => words.fill("card_until", &[("date", &locale.date(expires.day(zone)))]),
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
        let text = CardText {
            kind: CardKind::Badge,
            name: "",
            badge: &badge.record.name,
            label: badge.label(),
            issuer: &self.site.documents.config.issuer.name,
            description: &badge.record.description,
            dates: &[],
            place: &self.place(),
        };
        self.draw(&background, &text)
    }

    /// The card of all other pages.
    pub fn site(&self) -> Result<Vec<u8>, Diagnostic> {
        let picture = self.site.issuer_picture.map(|(asset, _)| &*asset.bytes);
        let background = self.background(CardKind::Site, picture).map_err(|error| problem(&self.theme.card, &error))?;
        let text = CardText {
            kind: CardKind::Site,
            name: &self.site.config.title,
            badge: "",
            label: "",
            issuer: &self.site.documents.config.issuer.name,
            description: &self.site.config.description,
            dates: &[],
            place: &self.site.config.host,
        };
        self.draw(&background, &text)
    }
}

/// Names that cards cannot show as they are, each once, with the characters in question.
pub fn check(site: &Site<'_>, fonts: &Fonts) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for award in site.awards.iter().filter(|award| !award.is_private()) {
        let name = award.earner.public_name();
        if name.is_ascii() {
            continue;
        }
        let missing = fonts.undrawable(name);
        if missing.is_empty() {
            continue;
        }
        let key = if award.earner.preferred_name.is_some() { "preferred_name" } else { "name" };
        problems.push(
            Diagnostic::warning(format!(
                "the share card of award `{}` cannot show {}",
                award.record.id,
                list(&missing)
            ))
            .at(award.origin.earner(key))
            .advice("name a font that has them under `fonts:` in site.yaml; until then the card shows the rest"),
        );
    }
    for (index, badge) in site.badges.iter().enumerate() {
        let missing = fonts.undrawable(&badge.record.name);
        if !missing.is_empty() {
            problems.push(
                Diagnostic::warning(format!(
                    "the share cards of badge `{}` cannot show {}",
                    badge.record.id,
                    list(&missing)
                ))
                .at(Place::yaml(badge.file.clone(), steps!["badges", index, "name"]))
                .advice("name a font that has them under `fonts:` in site.yaml; until then cards show the rest"),
            );
        }
    }
    problems
}

/// Characters for a message: themselves and their code points, the first few of them.
fn list(characters: &[char]) -> String {
    const SHOWN: usize = 6;
    let mut shown: Vec<_> = characters.iter().take(SHOWN).map(|c| format!("`{c}` (U+{:04X})", u32::from(*c))).collect();
    if characters.len() > SHOWN {
        shown.push(format!("{} more", characters.len() - SHOWN));
    }
    shown.join(", ")
}
