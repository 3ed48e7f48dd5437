//! `bonafide build`: site → public/.
//!
//! The story: read everything; if nothing changed since the last build and no status has
//! either, stop there; otherwise take it through the pure stages, and if nothing is wrong,
//! publish what is new. Where awards of the last build are gone, more than the site allows, it stops before anything is
//! changed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use jiff::{Timestamp, tz::TimeZone};

use super::{
    Environment, Exit, finish, kept,
    note::{LastBuild, Note, inputs, key, made_for, unchanged},
    progress::Bar,
    report::{Summary, Work},
    signing,
    vanished::{self, Asked, Guard},
};
use crate::{
    cli::{Common, Loss},
    credential::keys::SiteKeys,
    diagnostic::{Diagnostic, Severity, has_errors},
    output::{Of, View},
    pipeline::{Options, Pipeline, Ready},
    plan::{PROGRAM, Plan},
    publish::{Entry, Files, Folder, FolderError, OfAward, Outcome, Phase, Progress, PublishError, Sources, Stamp},
    shard::Shard,
    site::Vanish,
    source::{Snapshot, scan, scan_lightly, settle},
};

/// What builds, once or again and again: the output folder stays open, and its lock held, as long as this lives.
pub(super) struct Builder<'a> {
    common: &'a Common,
    progress: Bar,
    folder: Option<Folder>,
    asked: Asked,
    shard: Shard,
    /// How many awards may be gone, the very number, whatever the site allows.
    pub(super) allowed: Option<usize>,
}

/// What a build came to.
pub(super) struct Built<T> {
    /// What is wrong, from reading to writing.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// What to tell of it, where it was published.
    pub(super) summary: Option<Summary>,
    /// What it did to the folder, where it was published.
    pub(super) outcome: Option<Outcome>,
    /// What the caller wanted to know of the site.
    pub(super) seen: Option<T>,
    /// How many awards are gone, where that was refused.
    pub(super) refused: Option<usize>,
    /// Whether it was given up, as was asked for. Nothing in the folder was changed.
    pub(super) given_up: bool,
}

/// Why a site was not published.
enum Unpublished {
    /// Something is wrong.
    Wrong(Vec<Diagnostic>),
    /// So many awards would go.
    Refused(usize, Box<Diagnostic>),
    /// Nobody wants it any more.
    GivenUp,
}

/// Why a file was not made.
enum Unmade {
    Wrong(Diagnostic),
    GivenUp,
}

impl<'a> Builder<'a> {
    pub(super) fn new(common: &'a Common, environment: Environment, asked: Asked, loss: Loss) -> Self {
        let progress = Bar::new(common, environment);
        Self { common, progress, folder: None, asked, shard: Shard::WHOLE, allowed: loss.allow_vanished }
    }

    /// One that makes a share of the site.
    fn of(self, shard: Shard) -> Self {
        Self { shard, ..self }
    }

    /// Opens the output folder, if it is not open; refused where it holds another share. Tells whether it held one that has
    /// been deleted: whatever was written down of it, nothing of it is there.
    fn open(&mut self) -> Result<bool, Diagnostic> {
        let folder = match self.folder.take() {
            Some(folder) => folder,
            None => open(self.common, &self.progress).map_err(|error| problem(&error))?,
        };
        let is_empty = std::fs::read_dir(folder.path()).map_or(true, |mut entries| entries.next().is_none());
        let there = LastBuild::of(&folder).map(|last| last.shard);
        self.folder = Some(folder);
        match there.filter(|there| *there != self.shard) {
            Some(there) if !is_empty => Err(another_share(self.common, there, self.shard)),
            other => Ok(other.is_some()),
        }
    }

    /// Takes exports for read of which the last build has kept what came of them.
    fn recall(&self, pipeline: &mut Pipeline, snapshot: &Snapshot) {
        if let Some(folder) = &self.folder {
            pipeline.recall(snapshot, &|name| folder.kept(name));
        }
    }

    /// Whether all files of the last build are still there.
    pub(super) fn is_intact(&self) -> bool {
        self.folder.as_ref().is_some_and(Folder::intact)
    }

    /// Takes what was read through the pure stages and publishes it, if nothing is wrong. `around` looks at the site
    /// and has it published by calling what it is given. That is given up between two files when the flag that goes with
    /// the call becomes set, unless all files are made by then; whether it was is told.
    pub(super) fn build<T>(
        &mut self,
        pipeline: &mut Pipeline,
        snapshot: &Snapshot,
        mut diagnostics: Vec<Diagnostic>,
        (now, keys): (Timestamp, Option<Arc<SiteKeys>>),
        around: impl FnOnce(&Ready<'_>, Timestamp, &mut dyn FnMut(&AtomicBool) -> bool) -> T,
    ) -> Built<T> {
        let common = self.common;
        let options = Options { base_url: common.base_url.clone(), drafts: false, keys };
        let (key, inputs, shard) = (key(snapshot, &options, self.shard), inputs(snapshot, &options), self.shard);
        let may_publish = !has_errors(&diagnostics);
        let at = |zone: &TimeZone| common.moment(now, zone);
        let mut settled = None;
        self.recall(pipeline, snapshot);
        let (result, mut found) = pipeline.run(snapshot, &options, at, |ready, moment, warnings| {
            if !may_publish {
                return None;
            }
            let warnings = settled.insert(settle_in(snapshot, warnings));
            let warnings = kept::keep(warnings, ready.site.documents);
            let summary = Summary {
                out: Some(common.out().display().to_string()),
                shard: Some(shard).filter(|shard| !shard.is_whole()),
                ..Summary::of_plan(ready.plan, moment, ready.site.config.zone())
            };
            let until = [ready.plan.next_change, ready.site.next_stale(moment)].into_iter().flatten().min();
            let exported_at = ready.site.exported_at;
            let program = PROGRAM.to_owned();
            let note = Note { from: moment, until, summary, exported_at, warnings, inputs, program };
            let vanish = Vanish::of(&ready.site.documents.config);
            let guard = Guard { asked: self.asked, vanish, allowed: self.allowed, is_anew: false };
            let mut published = Err(Unpublished::Wrong(Vec::new()));
            let seen = around(&ready, moment, &mut |stop| {
                published = self.open().map_err(|problem| Unpublished::Wrong(vec![problem])).and_then(|is_anew| {
                    let guard = Guard { is_anew, ..guard };
                    let Some(folder) = &mut self.folder else { return Err(Unpublished::Wrong(Vec::new())) };
                    let course = Course { progress: &self.progress, stop };
                    publish(folder, &ready, snapshot, key, note.clone(), guard, course)
                });
                matches!(published, Err(Unpublished::GivenUp))
            });
            Some((published, seen))
        });
        // One that goes on remembers by itself what it has read.
        if let (Some(folder), Some((Ok(_), _)), Asked::Build) =
            (&self.folder, result.as_ref().and_then(Option::as_ref), self.asked)
        {
            folder.keep(pipeline.worth_keeping(snapshot));
        }
        self.progress.finish();
        // Looked up once and not again when they are told.
        if let Some(settled) = settled {
            found = settled;
        }
        diagnostics.extend(found);
        let (summary, outcome, refused) = (None, None, None);
        let nothing = Built { diagnostics: Vec::new(), summary, outcome, seen: None, refused, given_up: false };
        let built = match result.flatten() {
            None => nothing,
            Some((Ok((summary, outcome, missed)), seen)) => {
                diagnostics.extend(missed);
                Built { summary: Some(summary), outcome: Some(outcome), seen: Some(seen), ..nothing }
            }
            Some((Err(Unpublished::Wrong(problems)), seen)) => {
                diagnostics.extend(problems);
                Built { seen: Some(seen), ..nothing }
            }
            Some((Err(Unpublished::Refused(gone, refusal)), seen)) => {
                diagnostics.push(*refusal);
                Built { seen: Some(seen), refused: Some(gone), ..nothing }
            }
            Some((Err(Unpublished::GivenUp), seen)) => Built { seen: Some(seen), given_up: true, ..nothing },
        };
        Built { diagnostics, ..built }
    }
}

/// Runs it.
pub(super) fn run(common: &Common, environment: Environment, shard: Shard, loss: Loss) -> Exit {
    let start = Instant::now();
    let read = if shard.is_whole() { scan } else { scan_lightly };
    let (mut snapshot, mut diagnostics) = read(&common.site);
    let keys = signing::read(common, environment, &snapshot, &mut diagnostics);
    let options = Options { base_url: common.base_url.clone(), drafts: false, keys: keys.clone() };
    let mut builder = Builder::new(common, environment, Asked::Build, loss).of(shard);
    // The folder is opened before anything is parsed only where there is one: a site that cannot be built for the
    // first time leaves nothing behind.
    if common.out().exists()
        && let Err(problem) = builder.open()
    {
        let is_refusal = problem.severity == Severity::Refusal;
        diagnostics.push(problem);
        if is_refusal {
            return finish(common, environment, diagnostics, None, "nothing was published");
        }
    }
    if !has_errors(&diagnostics)
        && let Some(folder) = &mut builder.folder
        && let Some((summary, warnings, moment)) =
            unchanged(common, environment, folder, key(&snapshot, &options, shard))
    {
        diagnostics.extend(warnings);
        // Others may have something to do at this moment, and all shards of a night are published as of one.
        if !shard.is_whole()
            && let Err(error) = made_for(folder, moment)
        {
            diagnostics.push(problem(&error));
            return finish(common, environment, diagnostics, None, "nothing was published");
        }
        let work = Some(Work { hashed: snapshot.files().count(), ..Work::default() });
        let summary = Summary { work, seconds: start.elapsed().as_secs_f64(), ..summary };
        return finish(common, environment, diagnostics, Some(&summary), "");
    }
    let mut pipeline = Pipeline::of(shard);
    builder.recall(&mut pipeline, &snapshot);
    pipeline.read(&snapshot);
    // From here on their records are enough: of a million awards the files take as much room again.
    snapshot.forget_exports();
    let built = builder
        .build(&mut pipeline, &snapshot, diagnostics, (environment.now, keys), |_, _, publish| publish(&never()));
    let summary = built.summary.map(|summary| Summary { seconds: start.elapsed().as_secs_f64(), ..summary });
    finish(common, environment, built.diagnostics, summary.as_ref(), "nothing was published")
}

/// For a build that nobody gives up.
pub(super) const fn never() -> AtomicBool {
    AtomicBool::new(false)
}

/// What is said where the output folder has another share than the one that is wanted.
fn another_share(common: &Common, there: Shard, wanted: Shard) -> Diagnostic {
    let share = |shard: Shard| {
        if shard.is_whole() { "the whole site".to_owned() } else { format!("shard {shard} of the site") }
    };
    let (out, there) = (common.out().display().to_string(), share(there));
    Diagnostic::refusal(format!("`{out}` holds {there}, and {} would take its place", share(wanted)))
        .advice("name another folder with `--out`: each shard has its own; if this one is no longer needed, delete it")
}

/// Warnings with their places looked up in the files that were read.
fn settle_in(snapshot: &Snapshot, warnings: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut warnings = warnings.to_vec();
    settle(&mut warnings, &mut |name| snapshot.bytes(name));
    warnings
}

fn open(common: &Common, progress: &Bar) -> Result<Folder, FolderError> {
    let waits = || progress.say("another build is writing there; waiting for it");
    with_sources(common, |sources| Folder::open(&common.out(), sources, &waits))
}

/// Does something with what the site is made from.
pub(super) fn with_sources<T>(common: &Common, then: impl FnOnce(&Sources<'_>) -> T) -> T {
    let (content, themes) = (common.site.join("content"), common.site.join("themes"));
    then(&Sources { site: &common.site, folders: &[&content, &themes] })
}

/// The plan as publishing needs it.
pub(super) struct Planned<'r> {
    plan: &'r Plan,
    view: &'r View<'r>,
    sources: vanished::Sources,
}

impl<'r> Planned<'r> {
    pub(super) fn of(ready: &'r Ready<'_>) -> Self {
        Self { plan: ready.plan, view: ready.making.view, sources: vanished::sources(ready.site) }
    }
}

impl Files for Planned<'_> {
    fn count(&self) -> usize {
        self.plan.len()
    }

    fn path(&self, number: usize) -> Option<&str> {
        self.plan.path(number)
    }

    fn entry(&self, number: usize) -> Option<Entry<'_>> {
        let job = self.plan.job(number)?;
        let award = (job.output.of() == Of::Award).then_some(job.item.index);
        Some(Entry {
            path: job.path,
            identity: job.identity,
            kind: job.output.kind(),
            award: award.map(|index| OfAward {
                number: u32::try_from(index).unwrap_or(u32::MAX),
                standing: self.view.standing(index),
            }),
            origin: job.output.award(job.item).and_then(|award| self.sources.origin(award)),
        })
    }

    fn sources(&self) -> &[Arc<str>] {
        &self.sources.files
    }
}

/// What is told while a site is published, and what may be heard.
#[derive(Clone, Copy)]
struct Course<'a> {
    progress: &'a Bar,
    /// Set when nobody wants it any more.
    stop: &'a AtomicBool,
}

fn publish(
    folder: &mut Folder,
    ready: &Ready<'_>,
    snapshot: &Snapshot,
    key: [u8; 32],
    mut note: Note,
    guard: Guard,
    Course { progress, stop }: Course<'_>,
) -> Result<(Summary, Outcome, Option<Diagnostic>), Unpublished> {
    let planned = Planned::of(ready);
    note.summary.made = planned.count();
    let stamp = Stamp { key, note: serde_json::to_string(&note).unwrap_or_default() };
    let rendered = AtomicUsize::new(0);
    let make = |number: usize| {
        if stop.load(Ordering::Relaxed) {
            return Err(Unmade::GivenUp);
        }
        rendered.fetch_add(1, Ordering::Relaxed);
        ready.plan.job(number).map_or_else(|| Ok(Vec::new()), |job| ready.making.make(&job).map_err(Unmade::Wrong))
    };
    let steps = AtomicUsize::new(0);
    let tell = |step: Progress| {
        if steps.fetch_add(1, Ordering::Relaxed).is_multiple_of(STRIDE) {
            progress.show(step.done as u64, step.total as u64, || format!("{:>8}", phase(step.phase)));
        }
    };
    match folder.publish(&planned, make, &stamp, &|lost| guard.allows(lost), &tell) {
        Ok(outcome) => {
            let summary = Summary {
                made: outcome.made,
                changed: outcome.changed,
                removed: outcome.removed,
                unchanged: outcome.unchanged,
                work: Some(Work {
                    hashed: snapshot.files().count(),
                    parsed: ready.parsed,
                    planned: ready.plan.len(),
                    rendered: rendered.into_inner(),
                }),
                ..note.summary
            };
            let missed = (outcome.lost.gone > 0 && !guard.is_anew)
                .then(|| vanished::warning(&outcome.lost, ready.site, snapshot));
            Ok((summary, outcome, missed))
        }
        Err(PublishError::Make { errors, .. }) => {
            let problem = |unmade| match unmade {
                Unmade::Wrong(problem) => Some(problem),
                Unmade::GivenUp => None,
            };
            let problems: Option<Vec<_>> = errors.into_iter().map(|(_, unmade)| problem(unmade)).collect();
            Err(problems.map_or(Unpublished::GivenUp, Unpublished::Wrong))
        }
        Err(PublishError::Lost(lost)) => {
            Err(Unpublished::Refused(lost.gone, Box::new(guard.refusal(&lost, ready.site, snapshot))))
        }
        Err(PublishError::Folder(error)) => Err(Unpublished::Wrong(vec![problem(&error)])),
    }
}

/// Every how many files the progress bar is looked at; looking costs more than counting.
const STRIDE: usize = 64;

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Making => "making",
        Phase::Placing => "placing",
        Phase::Removing => "removing",
    }
}

pub(super) fn problem(error: &FolderError) -> Diagnostic {
    if error.is_refusal() { Diagnostic::refusal(error.to_string()) } else { Diagnostic::error(error.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::Parser as _;
    use std::{fs, path::Path};

    fn site(folder: &Path) {
        let write = |path: &str, text: &str| {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let outputs = "outputs: {share_card: false}";
        let issuer = "issuer: {name: I, url: 'https://i.example/'}";
        write("site.yaml", &format!("title: T\nbase_url: https://t.example/\n{issuer}\n{outputs}\nmenu:\n"));
        write("content/none.yaml", "earners:\n");
        write("content/about.md", "---\ntitle: About\n---\nHello.\n");
    }

    #[test]
    fn a_site_with_a_lasting_warning_is_not_parsed_again_and_its_warnings_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        site(folder.path());
        let path = folder.path().to_str().unwrap();
        let common = Cli::parse_from(["bonafide", "build", "--quiet", "--site", path]).common;
        let environment = Environment {
            now: Timestamp::from_second(1_800_000_000).unwrap(),
            clock: None,
            terminal: false,
            colour: false,
            time: Timestamp::now,
            variables: Vec::new,
        };
        let loss = Loss { allow_vanished: None };
        let (snapshot, problems) = scan(&common.site);
        let mut builder = Builder::new(&common, environment, Asked::Build, loss);
        let built =
            builder.build(&mut Pipeline::new(), &snapshot, problems, (environment.now, None), |_, _, publish| {
                publish(&never())
            });
        assert_eq!(built.diagnostics.len(), 2, "{:?}", built.diagnostics);
        // What finds that nothing has changed has no pipeline in its hands.
        let key = key(&snapshot, &Options::default(), Shard::WHOLE);
        let folder = builder.folder.as_ref().unwrap();
        let (_, warnings, _) = unchanged(&common, environment, folder, key).expect("there is a stamp");
        assert_eq!(super::super::reports(&common, warnings), super::super::reports(&common, built.diagnostics));
    }

    #[test]
    fn what_a_build_was_made_of_is_known_even_if_its_warnings_are_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        site(folder.path());
        let write = |path: &str, text: &str| fs::write(folder.path().join(path), text).unwrap();
        let common = Cli::parse_from(["bonafide", "build", "-q", "--site", folder.path().to_str().unwrap()]).common;
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let environment =
            Environment { now, clock: None, terminal: false, colour: false, time: Timestamp::now, variables: Vec::new };
        let options = Options::default();
        let build = || {
            let (snapshot, problems) = scan(&common.site);
            let mut builder = Builder::new(&common, environment, Asked::Build, Loss { allow_vanished: None });
            builder.build(&mut Pipeline::new(), &snapshot, problems, (now, None), |_, _, publish| publish(&never()));
            let folder = builder.folder.as_ref().unwrap();
            let is_skipped = unchanged(&common, environment, folder, key(&snapshot, &options, Shard::WHOLE)).is_some();
            (LastBuild::of(folder).unwrap(), inputs(&snapshot, &options).0, is_skipped)
        };
        let (first, inputs, is_skipped) = build();
        assert!(first.inputs == inputs && first.program == PROGRAM && is_skipped);
        // The export is old, and the warning would name whose it is: the next build has to find it again.
        write("site.yaml", &(fs::read_to_string(common.site.join("site.yaml")).unwrap() + "stale_after: 1 day\n"));
        write("content/e-1042.yaml", "exported_at: 2020-01-01T00:00:00Z\nearners: [{id: e-1042, name: Kate}]\n");
        let (second, inputs, is_skipped) = build();
        assert!(second.inputs == inputs && second.inputs != first.inputs && !is_skipped);
    }

    #[test]
    fn a_build_that_is_given_up_changes_nothing_and_can_be_done_again() {
        let folder = tempfile::tempdir().unwrap();
        site(folder.path());
        let path = folder.path().to_str().unwrap();
        let common = Cli::parse_from(["bonafide", "build", "--quiet", "--site", path]).common;
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let environment =
            Environment { now, clock: None, terminal: false, colour: false, time: Timestamp::now, variables: Vec::new };
        let (snapshot, _) = scan(&common.site);
        let mut builder = Builder::new(&common, environment, Asked::Serve, Loss { allow_vanished: None });
        let mut build = |stop: bool| {
            let publish =
                |_: &Ready<'_>, _, publish: &mut dyn FnMut(&AtomicBool) -> bool| publish(&AtomicBool::new(stop));
            builder.build(&mut Pipeline::new(), &snapshot, Vec::new(), (now, None), publish)
        };
        let built = build(true);
        assert!(built.given_up && built.seen == Some(true) && built.outcome.is_none());
        assert!(!has_errors(&built.diagnostics), "{:?}", built.diagnostics);
        let page = folder.path().join("public/about/index.html");
        assert!(!page.exists());
        let built = build(false);
        assert!(!built.given_up && built.seen == Some(false) && built.outcome.is_some());
        assert!(page.exists());
    }
}
