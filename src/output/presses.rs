//! The presses that are costly to set up, kept from one build to the next.

use super::{
    drawn::{self, Drawing, DrawingPress, Drawings},
    paper::certificate::Certificate,
    picture::card::Card,
};
use crate::{
    diagnostic::Diagnostic,
    fonts::Fonts,
    hash::Digest,
    site::{Outputs, Site},
    theme::Theme,
};

/// What cards and certificates are drawn with, as far as a site has them.
#[derive(Default)]
pub struct Presses {
    cards: Kept<Card>,
    certificates: Kept<Certificate>,
}

impl Presses {
    /// Sets up anew what a site needs and what has other templates or fonts than before, and tells what is wrong with
    /// them.
    pub fn load(&mut self, site: &Site<'_>, theme: &Theme, fonts: &(Digest, Fonts), diagnostics: &mut Vec<Diagnostic>) {
        let outputs = site.config.outputs;
        let words: Vec<_> = words::<Card>(outputs).iter().chain(words::<Certificate>(outputs)).collect();
        if words.is_empty() {
            return;
        }
        diagnostics.extend(drawn::check(site, theme.locale(0), words.into_iter(), &fonts.1));
        self.cards.load(outputs, theme, fonts, diagnostics);
        self.certificates.load(outputs, theme, fonts, diagnostics);
    }

    /// Texts for which there is no room, each once.
    pub fn check(&self, site: &Site<'_>, theme: &Theme) -> Vec<Diagnostic> {
        let (cards, certificates) = self.of(site, theme);
        let certificates = certificates.map(|certificates| certificates.check());
        [cards.map(|cards| cards.check()), certificates].into_iter().flatten().flatten().collect()
    }

    /// The cards and the certificates of a site that has them.
    pub(super) fn of<'a>(
        &'a self,
        site: &'a Site<'a>,
        theme: &'a Theme,
    ) -> (Option<Drawings<'a, Card>>, Option<Drawings<'a, Certificate>>) {
        (self.cards.of(site, theme), self.certificates.of(site, theme))
    }
}

fn words<D: Drawing>(outputs: Outputs) -> &'static [&'static str] {
    if D::is_wanted(outputs) { D::WORDS } else { &[] }
}

/// A press, and a digest of its template and fonts.
struct Kept<D>(Option<(Digest, DrawingPress<D>)>);

impl<D> Default for Kept<D> {
    fn default() -> Self {
        Self(None)
    }
}

impl<D: Drawing> Kept<D> {
    fn load(
        &mut self,
        outputs: Outputs,
        theme: &Theme,
        (fonts_digest, fonts): &(Digest, Fonts),
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let template = D::template(theme);
        let digest = Digest::of_value(&(fonts_digest, &template.text));
        if !D::is_wanted(outputs) || self.0.as_ref().is_some_and(|(known, _)| *known == digest) {
            return;
        }
        self.0 = None;
        match DrawingPress::new(&template.text, fonts.clone()) {
            Ok(press) => self.0 = Some((digest, press)),
            Err(error) => diagnostics.push(drawn::problem(D::TEMPLATE, template, &error)),
        }
    }

    fn of<'a>(&'a self, site: &'a Site<'a>, theme: &'a Theme) -> Option<Drawings<'a, D>> {
        let (_, press) = self.0.as_ref().filter(|_| D::is_wanted(site.config.outputs))?;
        Some(Drawings::new(press, site, theme))
    }
}
