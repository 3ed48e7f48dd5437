//! The pure middle, from a snapshot of the files to everything that publishing needs.
//!
//! Both commands that look at a site (`build`, `check`) go this way, and so will every
//! later one: there is no second path that could be wrong in another way. What is
//! found wrong on the way is collected; the steps go on as long as what they need is
//! there, so that one run reports all it can.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    clash,
    credential::keys::SiteKeys,
    diagnostic::{Diagnostic, Place, has_errors},
    fonts::{FontError, FontFile, Fonts},
    hash::Digest,
    leaks::Leaks,
    output::{
        Making, Presses, View,
        credential::{
            Credentials,
            guard::{self, Proved},
        },
    },
    plan::{self, Plan},
    prose::Prose,
    shard::Shard,
    site::{JoinOptions, Site, languages},
    source::{AskKept, Documents, Reader, Snapshot, ThemeFile},
    theme::Theme,
};

/// What a site is looked at with, besides its files.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The address that takes the place of `base_url`.
    pub base_url: Option<String>,
    /// Whether drafts are part of the site.
    pub drafts: bool,
    /// What the site signs with. Without it nothing is signed, whatever site.yaml says.
    pub keys: Option<Arc<SiteKeys>>,
}

/// A site in which nothing is wrong, ready to be published.
pub struct Ready<'a> {
    /// The site.
    pub site: &'a Site<'a>,
    /// What to make.
    pub plan: &'a Plan,
    /// What makes it.
    pub making: &'a Making<'a>,
    /// How many files had to be parsed for it.
    pub parsed: usize,
}

/// Keeps between runs what is costly to make and seldom changes: parsed files, fonts, templates of cards and
/// certificates.
#[derive(Default)]
pub struct Pipeline {
    reader: Reader,
    leaks: Leaks,
    theme: Option<(Digest, Theme)>,
    fonts: Option<(Digest, Fonts)>,
    presses: Presses,
    shard: Shard,
    proved: Proved,
}

impl Pipeline {
    /// A pipeline that remembers nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One that makes a share of a site. All of the site is read and joined, but of the awards of other shares only that is
    /// kept which something in this one depends on.
    pub fn of(shard: Shard) -> Self {
        Self { reader: Reader::of(shard), shard, ..Self::default() }
    }

    /// Takes exports for read of which a build has kept what came of them; `ask` gives it by its name.
    pub fn recall(&mut self, snapshot: &Snapshot, ask: AskKept<'_>) {
        self.reader.recall(snapshot, plan::PROGRAM, ask);
    }

    /// Reads the files of a snapshot, all of them, so that [`Self::run`] has them. It would do so itself; but in between
    /// the snapshot can [let go](Snapshot::forget_exports) of what is no longer needed.
    pub fn read(&mut self, snapshot: &Snapshot) {
        self.reader.read(snapshot);
    }

    /// What is to be kept of the snapshot that was looked at last, for [`Self::recall`]. What is kept already has no
    /// bytes.
    pub fn worth_keeping(&mut self, snapshot: &Snapshot) -> Vec<(String, Option<Vec<u8>>)> {
        self.reader.worth_keeping(snapshot, plan::PROGRAM)
    }

    /// Takes a snapshot through all pure stages. If nothing is wrong with it, `then` gets the
    /// result, the moment, and the warnings there were; these are no hindrance.
    ///
    /// `at` tells the moment once the site's zone is known.
    pub fn run<T>(
        &mut self,
        snapshot: &Snapshot,
        options: &Options,
        at: impl FnOnce(&jiff::tz::TimeZone) -> Timestamp,
        then: impl FnOnce(Ready<'_>, Timestamp, &[Diagnostic]) -> T,
    ) -> (Option<T>, Vec<Diagnostic>) {
        let (documents, mut diagnostics) = self.reader.parse(snapshot);
        let parsed = self.reader.parsed();
        let Some(documents) = documents else { return (None, diagnostics) };
        self.load_theme(&documents.theme, &languages(&documents.config), &mut diagnostics);
        let join = JoinOptions { base_url: options.base_url.as_deref(), drafts: options.drafts };
        // Neither needs the other, and both take a while with a hundred thousand earners.
        let ((), (site, problems)) =
            rayon::join(|| self.leaks.gather(snapshot, &documents), || Site::join(&documents, join));
        diagnostics.extend(problems);
        diagnostics.extend(self.leaks.check(snapshot, &site));
        diagnostics.extend(options.keys.iter().flat_map(|keys| self.leaks.check_keys(snapshot, &site, keys)));
        let moment = at(site.config.zone());
        diagnostics.extend(site.check_age(moment));
        // Badges' pictures may have letters in them, too.
        self.load_fonts(&documents, &site.config.language, &mut diagnostics);
        if let (Some(fonts), Some((_, theme))) = (&self.fonts, &self.theme) {
            self.presses.load(&site, theme, fonts, &mut diagnostics);
        }
        let (Some((_, theme)), Some((fonts_digest, fonts))) = (&self.theme, &self.fonts) else {
            return (None, diagnostics);
        };
        if has_errors(&diagnostics) {
            return (None, diagnostics);
        }
        diagnostics.extend(self.presses.check(&site, theme));
        let prose: Vec<Prose> = site
            .editions()
            .zip(&theme.locales)
            .map(|(edition, locale)| Prose::new(&site, edition, &locale.words))
            .collect();
        let credentials = options.keys.as_ref().and_then(|keys| Credentials::new(&site, keys, &mut diagnostics));
        if let Some(credentials) = &credentials {
            diagnostics.extend(guard::check(credentials, &site, self.shard, &mut self.proved));
        }
        if has_errors(&diagnostics) {
            return (None, diagnostics);
        }
        let view = match View::new(&site, theme, &prose, *fonts_digest, moment, credentials) {
            Ok(view) => view,
            Err(problem) => {
                diagnostics.push(problem);
                return (None, diagnostics);
            }
        };
        let plan = plan::plan(&view, moment, self.shard);
        let clashes = clash::check(&view, &plan, self.shard);
        if !clashes.is_empty() {
            diagnostics.extend(clashes);
            return (None, diagnostics);
        }
        let making = Making::new(&view, fonts, &self.presses);
        let done = then(Ready { site: &site, plan: &plan, making: &making, parsed }, moment, &diagnostics);
        (Some(done), diagnostics)
    }

    fn load_theme(&mut self, files: &[ThemeFile], languages: &[(String, Place)], diagnostics: &mut Vec<Diagnostic>) {
        let digest = Digest::of(|hasher| {
            use std::hash::Hash;
            languages.iter().for_each(|(language, _)| language.hash(hasher));
            files.iter().for_each(|file| (&file.name, blake3::hash(&file.bytes).as_bytes()).hash(hasher));
        });
        if self.theme.as_ref().is_some_and(|(known, _)| *known == digest) {
            return;
        }
        let (theme, problems) = Theme::load(files, languages);
        // A theme that was loaded with a warning is loaded again next time, so that the warning is not lost.
        let remembered = if problems.is_empty() { digest } else { Digest::default() };
        diagnostics.extend(problems);
        self.theme = theme.map(|theme| (remembered, theme));
    }

    fn load_fonts(&mut self, documents: &Documents, language: &str, diagnostics: &mut Vec<Diagnostic>) {
        let files = || documents.fonts.iter().map(|font| (&font.file, font.digest)).collect::<Vec<_>>();
        let digest = Digest::of_value(&(files(), language));
        if self.fonts.as_ref().is_some_and(|(known, _)| *known == digest) {
            return;
        }
        let given: Vec<FontFile<'_>> =
            documents.fonts.iter().map(|font| FontFile { name: &font.file, bytes: font.bytes.clone() }).collect();
        match Fonts::new(&given) {
            Ok(fonts) => self.fonts = Some((digest, fonts.in_language(language))),
            Err(error) => {
                let (FontError::NotAFont { name } | FontError::NoOutlines { name }) = &error;
                diagnostics.push(Diagnostic::error(error.to_string()).at(Place::file(name.as_str())));
                self.fonts = None;
            }
        }
    }
}
