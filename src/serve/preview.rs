//! Pages that are never published: drafts, and the site as it will be another day.
//!
//! Both are the same site taken through the same pipeline with one thing changed, so they are made
//! on demand, one page at a time, and kept nowhere. The parsed files are the rebuild's own: only
//! joining and planning are done again.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use crate::{
    credential::keys::SiteKeys,
    diagnostic::Diagnostic,
    hash::Short,
    pipeline::{Options, Pipeline},
    plan::Plan,
    site::Site,
    site::start_of_day,
    source::{Snapshot, value::When},
};

/// Makes single pages of a site.
#[derive(Default)]
pub struct Preview {
    pipeline: Mutex<Pipeline>,
    site: Mutex<Option<Shown>>,
    base_url: Option<String>,
}

/// What pages are made of.
#[derive(Debug, Clone)]
struct Shown {
    snapshot: Arc<Snapshot>,
    keys: Option<Arc<SiteKeys>>,
}

/// A page, or the one that says that there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Whether there is such a page.
    pub found: bool,
    /// The page.
    pub bytes: Vec<u8>,
    /// The moment it was made for.
    pub moment: Timestamp,
}

/// What drafts change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drafts {
    /// The pages that are drafts: paths below the root, without `index.html`.
    pub pages: Vec<String>,
    /// The files that are others with them than without.
    pub files: HashSet<String>,
}

impl Preview {
    /// For a site whose address `base_url` takes the place of.
    pub fn new(base_url: Option<String>) -> Self {
        Self { base_url, ..Self::default() }
    }

    /// The pipeline, which the rebuild and the previews take in turn.
    pub fn pipeline(&self) -> MutexGuard<'_, Pipeline> {
        self.pipeline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes pages of these files from now on: nothing was wrong with them.
    pub fn of(&self, snapshot: Arc<Snapshot>, keys: Option<Arc<SiteKeys>>) {
        *self.site.lock().unwrap_or_else(PoisonError::into_inner) = Some(Shown { snapshot, keys });
    }

    fn shown(&self) -> Option<Shown> {
        self.site.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn options(&self, keys: Option<Arc<SiteKeys>>) -> Options {
        Options { base_url: self.base_url.clone(), drafts: true, keys }
    }

    /// Makes the page of a file of the output, drafts included. `None` before the first site in which nothing is wrong.
    pub fn look(&self, file: &str, at: When) -> Option<Result<Look, Vec<Diagnostic>>> {
        // The pipeline first: a rebuild has it until its files are the ones to make pages of.
        let mut pipeline = self.pipeline();
        let Shown { snapshot, keys } = self.shown()?;
        let moment = |zone: &jiff::tz::TimeZone| match at {
            When::Day(day) => start_of_day(day, zone),
            When::Instant(instant) => instant.at,
        };
        let (look, problems) = pipeline.run(&snapshot, &self.options(keys), moment, |ready, moment, _| {
            let found = ready.plan.find(file);
            let bytes = match found.or_else(|| ready.plan.find("404.html")) {
                Some(job) => ready.making.make(&job)?,
                None => Vec::new(),
            };
            Ok(Look { found: found.is_some(), bytes, moment })
        });
        Some(match look {
            Some(look) => look.map_err(|problem| vec![problem]),
            None => Err(problems),
        })
    }

    /// What drafts change about the plan of a site without them. Where something is wrong with a draft, that is told.
    pub fn drafts(&self, plain: &HashMap<String, Short>, moment: Timestamp) -> (Drafts, Vec<Diagnostic>) {
        let Some(Shown { snapshot, keys }) = self.shown() else {
            return (Drafts::default(), Vec::new());
        };
        let mut pipeline = self.pipeline();
        let (drafts, problems) = pipeline.run(
            &snapshot,
            &self.options(keys),
            |_| moment,
            |ready, _, _| Drafts { pages: draft_pages(ready.site), files: differing(ready.plan, plain) },
        );
        (drafts.unwrap_or_default(), problems)
    }
}

/// What a plan makes, to be compared with another.
pub fn identities(plan: &Plan) -> HashMap<String, Short> {
    plan.jobs().map(|job| (job.path.to_owned(), job.identity)).collect()
}

fn differing(plan: &Plan, plain: &HashMap<String, Short>) -> HashSet<String> {
    let differs = |path: &str, identity: &Short| plain.get(path) != Some(identity);
    plan.jobs().filter(|job| differs(job.path, &job.identity)).map(|job| job.path.to_owned()).collect()
}

/// The addresses of all drafts, without the slash in front.
fn draft_pages(site: &Site<'_>) -> Vec<String> {
    let drafts = site.editions().flat_map(|edition| {
        let drafts = edition.pages.iter().filter(|page| page.doc.front.draft == Some(true));
        drafts.map(|page| edition.at(&page.path))
    });
    drafts.collect()
}
