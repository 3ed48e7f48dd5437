//! Which certificate says what: the texts of awards, put on the press.
//!
//! What a badge's certificates share is made when the first of them needs it.

use std::{
    hash::Hash,
    sync::{Arc, OnceLock},
};

use super::certificate::{CertificatePress, CertificateText, Ground, GroundInput};
use crate::{
    diagnostic::Diagnostic,
    fonts::Fonts,
    hash::DigestHasher,
    output::{
        Add, Item, Kind, Making, Of, Output, View,
        drawn::{self, DrawError, room::Room},
    },
    site::{Award, Badge, Site, Status},
    theme::{Accent, Source, Theme, Words},
};

/// The certificates of a site.
pub struct Certificates<'a> {
    press: &'a CertificatePress,
    site: &'a Site<'a>,
    theme: &'a Theme,
    /// Whether there is a font for the site's address as readers know it.
    draws_host: bool,
    accent: Accent,
    /// For each badge, what its certificates share.
    grounds: Vec<OnceLock<Result<Ground, Arc<DrawError>>>>,
}

/// A press for the theme's template, or what is wrong with it.
///
/// # Errors
/// The template's mistake, on its own line; or a font that cannot be part of a PDF.
pub fn press(template: &Source, fonts: &Fonts) -> Result<CertificatePress, Diagnostic> {
    CertificatePress::new(&template.text, fonts.clone()).map_err(|error| problem(template, &error))
}

fn problem(template: &Source, error: &DrawError) -> Diagnostic {
    drawn::problem("certificate.svg", template, error)
}

/// The certificate of an award.
pub struct Certificate;

impl Output for Certificate {
    fn name(&self) -> &'static str {
        "certificate"
    }

    fn kind(&self) -> Kind {
        Kind::Leaf
    }

    fn of(&self) -> Of {
        Of::Award
    }

    fn items(&self, view: &View<'_>, index: usize, add: Add<'_>) {
        if view.site.config.outputs.certificate_pdf && view.open_award(index).is_some() {
            add(Item::of(index));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        format!("{}certificate.pdf", view.award(item.index).map(Award::path).unwrap_or_default())
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.hash_drawn(on);
        view.theme.certificate.text.hash(on);
        let Some((award, badge)) = view.open_award(item.index) else { return };
        let status = view.status(item.index).on_paper();
        (award.earner.public_name(), award.record.issued, award.record.expires, status).hash(on);
        let picture = badge.picture.map(|(asset, _)| asset.digest);
        (&badge.record.name, badge.label(), picture).hash(on);
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.certificates()?.award(item.index, making.view.status(item.index).on_paper())
    }
}

impl<'a> Certificates<'a> {
    /// The certificates of a site.
    pub fn new(press: &'a CertificatePress, site: &'a Site<'a>, theme: &'a Theme) -> Self {
        let grounds = site.badges.iter().map(|_| OnceLock::new()).collect();
        let draws_host = press.draws(&site.config.host);
        Self { press, site, theme, draws_host, accent: Accent::new(&site.config.accent), grounds }
    }

    /// Certificates are in the default language: there is one for each award.
    fn words(&self) -> &Words {
        &self.theme.locale(0).words
    }

    /// The certificate of an award, for a status as [`Status::on_paper`] gives it.
    pub fn award(&self, index: usize, status: Status) -> Result<Vec<u8>, Diagnostic> {
        let Some(award) = self.site.awards.get(index) else { return Ok(Vec::new()) };
        let (Some(badge), Some(slot)) = (self.site.badges.get(award.badge), self.grounds.get(award.badge)) else {
            return Ok(Vec::new());
        };
        let ground = slot.get_or_init(|| {
            let picture = badge.picture.map(|(asset, _)| &*asset.bytes);
            let issuer = self.site.issuer_picture.map(|(asset, _)| &*asset.bytes);
            let (accent, on_accent) = (self.accent.light.as_str(), self.accent.light_text.as_str());
            self.press.ground(&GroundInput { accent, on_accent, badge: picture, issuer }).map_err(Arc::new)
        });
        let ground = ground.as_ref().map_err(|error| problem(&self.theme.certificate, error))?;
        self.of_award(award, badge, status, |text| self.press.certificate(ground, text))
            .map_err(|error| problem(&self.theme.certificate, &error))
    }

    fn of_award<T>(
        &self,
        award: &Award<'_>,
        badge: &Badge<'_>,
        status: Status,
        then: impl FnOnce(&CertificateText<'_>) -> T,
    ) -> T {
        let (words, config) = (self.words(), &self.site.config);
        let issuer = &*self.site.documents.config.issuer.name;
        let (name, address) = (award.earner.public_name(), config.absolute(award.path()));
        let lines = self.dates(award, status);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let counts = matches!(status, Status::Active | Status::Expiring | Status::Upcoming);
        let mark = format!("word_{status}");
        then(&CertificateText {
            name,
            badge: &badge.record.name,
            label: badge.label(),
            issuer,
            lead: words.get("certificate_lead"),
            dates: &lines,
            mark: if counts { "" } else { words.get(&mark) },
            place: &words
                .fill("only_place", &[("host", if self.draws_host { &config.host } else { config.wire_host() })]),
            hint: words.get("print_status"),
            address: &address,
            address_text: &if self.draws_host { config.shown(award.path()) } else { config.absolute(award.path()) },
            title: &words.fill("title_award", &[("name", name), ("badge", &badge.record.name)]),
            author: issuer,
            language: &config.language,
            badge_alt: &words.fill("badge_picture", &[("badge", badge.label())]),
            code_alt: &words.fill("qr_alt", &[("address", &config.shown(award.path()))]),
        })
    }

    /// Texts for which a certificate has no room, each once. Only the longest are tried.
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut room = Room::new(self.site, "certificate", "certificate.svg");
        for award in room.awards_to_try() {
            let Some(badge) = self.site.badges.get(award.badge) else { continue };
            let pictures = [badge.picture.is_some(), self.site.issuer_picture.is_some()];
            let wanting = self.of_award(award, badge, Status::Active, |text| self.press.wanting(pictures, text));
            room.tell(award, badge, &wanting.unwrap_or_default());
        }
        room.told()
    }

    /// Dates, and what has come in their place. Reasons stay on the page, where they can be put right.
    fn dates(&self, award: &Award<'_>, status: Status) -> Vec<String> {
        let (locale, words, zone) = (self.theme.locale(0), self.words(), self.site.config.zone());
        let issued = locale.said_briefly(&award.record.issued.as_start(zone));
        let expires = award.record.expires.map(|expires| locale.said_briefly(&expires.as_end(zone)));
        let issuer = &*self.site.documents.config.issuer.name;
        let awarded = words.fill("certificate_issued", &[("date", &issued)]);
        let until = match &expires {
            Some(date) => words.fill("card_until", &[("date", date)]),
            None => words.get("card_no_end").to_owned(),
        };
        match status {
            Status::Active | Status::Expiring => vec![awarded, until],
            Status::Upcoming => vec![words.fill("certificate_begins", &[("date", &issued)]), until],
            Status::Expired => {
                vec![awarded, words.fill("certificate_expired", &[("date", expires.as_deref().unwrap_or_default())])]
            }
            Status::Suspended => vec![awarded, words.fill("status_suspended", &[("issuer", issuer)])],
            Status::Revoked => vec![awarded, words.fill("status_revoked", &[("issuer", issuer)])],
            Status::Superseded => vec![awarded, words.get("status_superseded").to_owned()],
        }
    }
}
