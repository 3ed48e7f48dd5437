//! All that a site has of one kind of drawing: its awards put on the press.
//!
//! A badge's ground is made when its first award needs it, and shared by all others.

use std::sync::OnceLock;

use super::{
    DrawError,
    press::{Drawing, DrawingPress, Ground, Look, Subject},
    problem,
    room::Room,
    text::Text,
};
use crate::{
    diagnostic::Diagnostic,
    site::{Award, Badge, Site, Status},
    theme::{Accent, Locale, Theme, Words},
};

/// A ground, once something was drawn on it.
type Slot<D> = OnceLock<Result<Ground<<D as Drawing>::Ground>, DrawError>>;

/// The cards or the certificates of a site. They are in the default language: there is one for each award.
pub struct Drawings<'a, D: Drawing> {
    press: &'a DrawingPress<D>,
    pub site: &'a Site<'a>,
    theme: &'a Theme,
    /// The site's address, in letters that there is a font for.
    pub host: &'a str,
    accent: Accent,
    /// For each badge, under what is drawn of its awards.
    grounds: Vec<Slot<D>>,
}

impl<'a, D: Drawing> Drawings<'a, D> {
    /// Those of a site.
    pub fn new(press: &'a DrawingPress<D>, site: &'a Site<'a>, theme: &'a Theme) -> Self {
        let grounds = site.badges.iter().map(|_| OnceLock::new()).collect();
        let config = &site.config;
        let host = if press.draws(&config.host) { &config.host } else { config.wire_host() };
        Self { press, site, theme, host, accent: Accent::new(&config.accent), grounds }
    }

    pub fn locale(&self) -> &Locale {
        self.theme.locale(0)
    }

    pub fn words(&self) -> &Words {
        &self.locale().words
    }

    /// The issuer's name.
    pub fn issuer(&self) -> &str {
        &self.site.documents.config.issuer.name
    }

    /// The day on which an award was issued.
    pub fn issued(&self, award: &Award<'_>) -> String {
        self.locale().said_briefly(&award.record.issued.as_start(self.site.config.zone()))
    }

    /// The last day of an award, if it has one.
    pub fn expires(&self, award: &Award<'_>) -> Option<String> {
        award.record.expires.map(|expires| self.locale().said_briefly(&expires.as_end(self.site.config.zone())))
    }

    /// Until when an award counts, in words.
    pub fn until(&self, award: &Award<'_>) -> String {
        match self.expires(award) {
            Some(date) => self.words().fill("card_until", &[("date", &date)]),
            None => self.words().get("card_no_end").to_owned(),
        }
    }

    /// What is drawn of an award. What has no status gets any.
    pub fn award(&self, index: usize, status: Status) -> Result<Vec<u8>, Diagnostic> {
        let Some(award) = self.site.awards.get(index) else { return Ok(Vec::new()) };
        let (Some(badge), Some(slot)) = (self.site.badges.get(award.badge), self.grounds.get(award.badge)) else {
            return Ok(Vec::new());
        };
        let look = || self.look(Subject::Award, Some(badge));
        let ground = slot.get_or_init(|| self.press.ground(&look()));
        let ground = ground.as_ref().map_err(|error| self.problem(error))?;
        self.press.draw(ground, &self.of_award(award, badge, status)).map_err(|error| self.problem(&error))
    }

    fn of_award<'t>(&'t self, award: &'t Award<'_>, badge: &'t Badge<'_>, status: Status) -> Text<'t> {
        let name = award.earner.public_name().into();
        D::of_award(self, award, status, Text { name, ..self.of_badge(badge) })
    }

    /// What everything of a badge says.
    pub fn of_badge<'t>(&'t self, badge: &'t Badge<'_>) -> Text<'t> {
        let [badge, label, issuer] = [&*badge.record.name, badge.label(), self.issuer()].map(Into::into);
        Text { badge, label, issuer, ..Text::default() }
    }

    /// What is drawn of something else, of which there is one.
    pub fn one(&self, look: &Look<'_>, text: &Text<'_>) -> Result<Vec<u8>, Diagnostic> {
        let drawn = self.press.ground(look).and_then(|ground| self.press.draw(&ground, text));
        drawn.map_err(|error| self.problem(&error))
    }

    /// How things of a badge look, or those of the site.
    pub fn look(&self, subject: Subject, badge: Option<&Badge<'a>>) -> Look<'_> {
        let issuer = self.site.issuer_picture.map(|(asset, _)| &*asset.bytes);
        let picture = badge.map_or(issuer, |badge| badge.picture.map(|(asset, _)| &*asset.bytes));
        let (accent, on_accent) = (self.accent.light.as_str(), self.accent.light_text.as_str());
        Look { subject, accent, on_accent, picture, issuer }
    }

    /// Texts for which there is no room, each once. Of awards only the longest are tried.
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut room = Room::new(self.site, D::NAME, D::TEMPLATE);
        for award in room.awards_to_try() {
            let Some(badge) = self.site.badges.get(award.badge) else { continue };
            let look = self.look(Subject::Award, Some(badge));
            room.tell(award, badge, &self.wanting(&look, &self.of_award(award, badge, Status::Active)));
        }
        D::check_others(self, &mut room);
        room.told()
    }

    /// The texts for which there is no room. What else is wrong is told where it is drawn.
    pub fn wanting(&self, look: &Look<'_>, text: &Text<'_>) -> Vec<String> {
        self.press.wanting(look, text).unwrap_or_default()
    }

    fn problem(&self, error: &DrawError) -> Diagnostic {
        problem(D::TEMPLATE, D::template(self.theme), error)
    }
}
