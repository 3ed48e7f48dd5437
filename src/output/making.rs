//! What files are made with.

use super::{Press, View, paper::certificates::Certificates, picture::cards::Cards, picture::qr::Codes};
use crate::{
    diagnostic::Diagnostic,
    fonts::Fonts,
    output::{paper::certificate::CertificatePress, picture::card::CardPress},
    plan::Job,
};

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
    cards: Option<Cards<'a>>,
    certificates: Option<Certificates<'a>>,
}

impl<'a> Making<'a> {
    /// Sets everything up. A press that a site does not need is absent.
    pub fn new(
        view: &'a View<'a>,
        fonts: &'a Fonts,
        cards: Option<&'a CardPress>,
        certificates: Option<&'a CertificatePress>,
    ) -> Self {
        let presses = view.prose.iter().enumerate().map(|(language, prose)| Press::new(view, language, prose));
        Self {
            presses: presses.collect(),
            cards: cards.map(|press| Cards::new(press, view.site, view.theme)),
            certificates: certificates.map(|press| Certificates::new(press, view.site, view.theme)),
            codes: Codes::default(),
            view,
            fonts,
        }
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
    pub(super) fn cards(&self) -> Result<&Cards<'a>, Diagnostic> {
        self.cards
            .as_ref()
            .ok_or_else(|| Diagnostic::error("the theme has no card.svg").advice("set `outputs: {share_card: false}`"))
    }

    /// The certificates of the site.
    pub(super) fn certificates(&self) -> Result<&Certificates<'a>, Diagnostic> {
        self.certificates.as_ref().ok_or_else(|| {
            Diagnostic::error("the theme has no certificate.svg").advice("set `outputs: {certificate_pdf: false}`")
        })
    }
}
