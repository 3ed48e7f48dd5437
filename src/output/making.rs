//! What files are made with.

use super::{
    Press, Presses, View,
    drawn::{Drawing, Drawings},
    paper::certificate::Certificate,
    picture::{card::Card, qr::Codes},
};
use crate::{diagnostic::Diagnostic, fonts::Fonts, plan::Job};

/// All that rooms make their files with, set up once a build. After that, making a file is a pure function of this and
/// the job, so jobs run on all cores in any order.
pub struct Making<'a> {
    /// What is made.
    pub view: &'a View<'a>,
    /// For letters in badges' pictures.
    pub fonts: &'a Fonts,
    /// For QR codes.
    pub codes: Codes,
    presses: Vec<Press<'a>>,
    cards: Option<Drawings<'a, Card>>,
    certificates: Option<Drawings<'a, Certificate>>,
}

impl<'a> Making<'a> {
    /// Sets everything up.
    pub fn new(view: &'a View<'a>, fonts: &'a Fonts, drawing: &'a Presses) -> Self {
        let presses = view.prose.iter().enumerate().map(|(language, prose)| Press::new(view, language, prose));
        let (cards, certificates) = drawing.of(view.site, view.theme);
        Self { presses: presses.collect(), cards, certificates, codes: Codes::default(), view, fonts }
    }

    /// Makes a job's bytes.
    ///
    /// # Errors
    /// What is wrong with a template or a picture.
    pub fn make(&self, job: &Job) -> Result<Vec<u8>, Diagnostic> {
        job.output.make(self, job.item)
    }

    /// Makes a page of a language.
    pub(super) fn in_language(
        &self,
        language: usize,
        make: impl FnOnce(&Press<'a>) -> Result<Vec<u8>, Diagnostic>,
    ) -> Result<Vec<u8>, Diagnostic> {
        self.presses.get(language).map_or_else(|| Ok(Vec::new()), make)
    }

    /// The cards of the site.
    pub(super) fn cards(&self) -> Result<&Drawings<'a, Card>, Diagnostic> {
        wanted(self.cards.as_ref())
    }

    /// The certificates of the site.
    pub(super) fn certificates(&self) -> Result<&Drawings<'a, Certificate>, Diagnostic> {
        wanted(self.certificates.as_ref())
    }
}

fn wanted<'m, 'a, D: Drawing>(there: Option<&'m Drawings<'a, D>>) -> Result<&'m Drawings<'a, D>, Diagnostic> {
    there.ok_or_else(|| Diagnostic::error(format!("the theme has no {}", D::TEMPLATE)))
}
