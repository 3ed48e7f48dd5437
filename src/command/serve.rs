//! `bonafide serve` and `bonafide build --watch`: the same build, again and again.
//!
//! The story: wait until something may have changed, or until a status changes by itself; read
//! everything; if it is what it was, go back to waiting; otherwise build as `build` does, and tell
//! open pages. While the input is wrong nothing is published, so the last good site stays where it is.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Write},
    sync::{Arc, mpsc::Receiver},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{
    Environment, Exit, build::Builder, count, finish, print_reports, report::Summary, reports, vanished::Asked,
};
use crate::{
    cli::{Common, Format, Loss, Serve},
    diagnostic::{Diagnostic, Report, Severity},
    hash::Short,
    output::Kind,
    pipeline::Ready,
    plan::{Job, Plan},
    publish::Outcome,
    serve::{
        answer::Answers,
        http::Server,
        live::{Ask, Change, Live, View},
        preview::{Drafts, Preview, identities},
        watch::{Watch, Woken},
    },
    source::{File, Snapshot, scan},
};

/// How long to wait for a file that is gone or empty to come back: some tools empty or remove a file before they
/// write it.
const RETURN: Duration = Duration::from_millis(100);
/// How often the clock is looked at while a change of status is waited for. A machine that slept has a clock that
/// jumped.
const LOOK: Duration = Duration::from_secs(30);
/// More changed files than these are not told one by one.
const TOLD: usize = 300;

/// Serves.
pub(super) fn run(common: &Common, environment: Environment, options: &Serve) -> Exit {
    let server = match Server::listen(&options.host, options.port) {
        Ok(server) => server,
        Err(error) => {
            return finish(common, environment, vec![Diagnostic::error(error.to_string())], None, "not serving");
        }
    };
    if let Some(exit) = no_site(common, environment) {
        return exit;
    }
    let mut keeper = Keeper::new(common, environment, options.poll, Asked::Serve, options.loss);
    let origin = server.origin();
    keeper.rebuild();
    server.run(Answers {
        out: common.out(),
        live: keeper.live.clone(),
        preview: keeper.preview.clone(),
        bell: keeper.watch.bell(),
    });
    let address = format!("{origin}{}", keeper.live.now().1.root);
    match common.format {
        Format::Json => say(&serde_json::json!({ "serving": address }).to_string()),
        Format::Human => say(&format!("serving {address} until you press Ctrl-C")),
    }
    if options.open {
        open(&address);
    }
    keeper.keep()
}

/// Builds whenever something changes.
pub(super) fn watch(common: &Common, environment: Environment, poll: bool, loss: Loss) -> Exit {
    if let Some(exit) = no_site(common, environment) {
        return exit;
    }
    let mut keeper = Keeper::new(common, environment, poll, Asked::Watch, loss);
    keeper.rebuild();
    if common.format == Format::Human && !common.quiet {
        say("watching until you press Ctrl-C");
    }
    keeper.keep()
}

/// A folder without a site is nothing to wait in.
fn no_site(common: &Common, environment: Environment) -> Option<Exit> {
    if common.site.join("site.yaml").exists() {
        return None;
    }
    Some(finish(common, environment, scan(&common.site).1, None, "there is nothing to watch"))
}

/// Keeps the output right.
struct Keeper<'a> {
    common: &'a Common,
    environment: Environment,
    builder: Builder<'a>,
    watch: Watch,
    live: Arc<Live>,
    preview: Arc<Preview>,
    last: Option<Last>,
    drafts: Drafts,
    /// What the site that is served is made of.
    shape: Shape,
    /// What has been printed of what is wrong, without the lines, which move while somebody types.
    printed: HashSet<Told>,
}

/// A report as it is told from others: how bad, what, and in which file.
type Told = (Severity, String, Option<String>);

fn told(report: &Report) -> Told {
    (report.severity, report.message.clone(), report.spot.as_ref().map(|spot| spot.file.clone()))
}

/// What the last build was made of, and what it came to.
struct Last {
    snapshot: Arc<Snapshot>,
    /// What was wrong with reading the files.
    problems: Vec<Diagnostic>,
    /// When the same input gives another site.
    until: Option<Timestamp>,
    /// What has to be so for the output to be right.
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The site is published.
    Published,
    /// The input is wrong, or awards are gone: nothing will change that but a change, or somebody who says that it is
    /// meant.
    Refused,
    /// It could not be written: the next attempt may go well.
    Failed,
}

/// What a plan makes: of each file its name and its identity, as much of them as tells them from others.
type Shape = Vec<(u64, u64)>;

fn shape(plan: &Plan) -> Shape {
    let short = |digest: Short| digest.0.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let name = |path: &str| {
        let mut hasher = DefaultHasher::new();
        path.hash(&mut hasher);
        hasher.finish()
    };
    plan.jobs().map(|job| (name(job.path), short(job.identity))).collect()
}

/// The files that are others now, if all files have the names that they had; but for assets, whose names change with
/// their content.
fn changed<'p>(plan: &'p Plan, before: &Shape, now: &Shape) -> Option<Vec<Job<'p>>> {
    let pairs = || plan.jobs().zip(before.iter().zip(now));
    if before.len() != now.len() || !pairs().all(|(job, (before, now))| before.0 == now.0 || is_asset(&job)) {
        return None;
    }
    Some(pairs().filter(|(_, (before, now))| before != now).map(|(job, _)| job).collect())
}

fn is_asset(job: &Job<'_>) -> bool {
    job.output.kind() == Kind::Asset
}

/// Whether the files of two sites are the same but for style sheets of their themes.
fn differ_in_style(before: &Snapshot, now: &Snapshot) -> bool {
    fn rest(snapshot: &Snapshot) -> impl Iterator<Item = (&str, blake3::Hash)> {
        let is_style = |file: &File| file.path.starts_with("themes/") && file.path.ends_with(".css");
        snapshot.files().filter(move |file| !is_style(file)).map(|file| (&*file.path, file.hash))
    }
    rest(before).eq(rest(now))
}

/// What open pages are told of these files. Where only style sheets were edited, pages are others only in that they
/// name them: an open one exchanges them and need not be loaded again.
fn announcement(jobs: &[Job<'_>], only_styles: bool) -> Change {
    let assets: Vec<Job<'_>> = jobs.iter().filter(|job| is_asset(job)).copied().collect();
    let told = if only_styles && assets.iter().all(|job| job.path.ends_with(".css")) { &assets } else { jobs };
    let paths = || told.iter().map(|job| page_path(job.path)).collect();
    Change { files: (told.len() <= TOLD).then(paths), made: Vec::new() }
}

/// Whether a file of each kind can be made: a mistake in a template is found by the first page that meets it.
fn can_be_made(ready: &Ready<'_>, jobs: &[Job<'_>]) -> bool {
    let mut kinds = HashSet::new();
    jobs.iter().filter(|job| kinds.insert(job.output.name())).all(|job| ready.making.make(job).is_ok())
}

/// Makes files that are asked for while they are not in the output folder yet.
fn hand_out(asks: &Receiver<Ask>, ready: &Ready<'_>) {
    for ask in asks {
        let job = ready.plan.find(&ask.path);
        // Who asked may have gone.
        let _ = ask.reply.send(job.and_then(|job| ready.making.make(&job).ok()));
    }
}

/// What is kept of a site.
struct Seen {
    root: String,
    zone: String,
    moment: Timestamp,
    until: Option<Timestamp>,
    /// What is made without drafts, if there are any.
    plain: Option<HashMap<String, Short>>,
    shape: Shape,
    /// Whether open pages were told of it before it was in the output folder.
    announced: bool,
}

impl Seen {
    fn view(&self, drafts: &Drafts, is_moving: bool) -> View {
        View {
            root: self.root.clone(),
            moment: self.moment.to_string(),
            zone: self.zone.clone(),
            fixed: !is_moving,
            drafts: drafts.pages.clone(),
            with_drafts: drafts.files.clone(),
        }
    }
}

impl<'a> Keeper<'a> {
    fn new(common: &'a Common, environment: Environment, poll: bool, asked: Asked, loss: Loss) -> Self {
        let run = format!("{:x}", environment.now.as_millisecond());
        Self {
            common,
            environment,
            builder: Builder::new(common, environment, asked, loss),
            watch: Watch::new(&common.site, &common.out(), poll),
            live: Arc::new(Live::new(run)),
            preview: Arc::new(Preview::new(common.base_url.clone())),
            last: None,
            drafts: Drafts::default(),
            shape: Shape::default(),
            printed: HashSet::new(),
        }
    }

    /// Waits and rebuilds until the program is stopped.
    fn keep(mut self) -> ! {
        loop {
            if let Some(notice) = self.watch.notice()
                && !self.common.quiet
            {
                tell(&format!("note: {notice}"));
            }
            let until = self.last.as_ref().and_then(|last| last.until).filter(|_| self.is_moving());
            let look = until.map(|until| {
                let left = until.duration_since(self.now());
                Instant::now() + Duration::try_from(left).unwrap_or_default().min(LOOK)
            });
            let woken = self.watch.wait(look);
            if woken == Woken::Changed || until.is_some_and(|until| self.now() >= until) {
                self.rebuild();
            }
        }
    }

    /// Whether time goes on for this site.
    fn is_moving(&self) -> bool {
        self.common.at.is_none() && self.environment.clock.is_some()
    }

    fn now(&self) -> Timestamp {
        self.environment.clock.map_or(self.environment.now, |clock| clock())
    }

    /// Reads everything, and makes the output right if it is not.
    fn rebuild(&mut self) {
        let start = Instant::now();
        self.live.begin();
        let allowed = self.live.allowed();
        let (snapshot, problems) = self.read();
        if allowed.is_some() || !self.is_current(&snapshot, &problems) {
            let given = self.builder.allowed;
            self.builder.allowed = allowed.or(given);
            self.build(start, Arc::new(snapshot), problems);
            if allowed.is_some() {
                self.builder.allowed = given;
            }
        }
        self.live.end();
    }

    fn read(&mut self) -> (Snapshot, Vec<Diagnostic>) {
        let mut fonts = self.last.as_ref().map(|last| last.snapshot.font_folders()).unwrap_or_default();
        let mut waited = false;
        loop {
            self.watch.arm(&fonts);
            let start = Instant::now();
            let (snapshot, problems) = scan(&self.common.site);
            self.watch.reading_took(start.elapsed());
            let named = snapshot.font_folders();
            let is_known = named == fonts;
            fonts = named;
            if !is_known {
                continue;
            }
            if !waited && self.last.as_ref().is_some_and(|last| is_unfinished(&last.snapshot, &snapshot)) {
                waited = true;
                self.watch.settle(RETURN);
                continue;
            }
            return (snapshot, problems);
        }
    }

    /// Whether the output is what these files give at this moment.
    fn is_current(&self, snapshot: &Snapshot, problems: &[Diagnostic]) -> bool {
        let Some(last) = &self.last else { return false };
        let is_due = self.is_moving() && last.until.is_some_and(|until| self.now() >= until);
        last.snapshot.fingerprint == snapshot.fingerprint
            && last.problems == problems
            && !is_due
            && match last.state {
                State::Published => self.builder.is_intact(),
                State::Refused => true,
                State::Failed => false,
            }
    }

    fn build(&mut self, start: Instant, snapshot: Arc<Snapshot>, problems: Vec<Diagnostic>) {
        let now = self.now();
        let (live, is_moving, before) = (self.live.clone(), self.is_moving(), &self.shape);
        let only_styles = self.last.as_ref().is_some_and(|last| {
            last.state == State::Published
                && last.until.is_none_or(|until| now < until)
                && differ_in_style(&last.snapshot, &snapshot)
        });
        let mut pipeline = self.preview.pipeline();
        let built = self.builder.build(&mut pipeline, &snapshot, problems.clone(), now, |ready, moment, publish| {
            let config = &ready.site.config;
            let has_drafts = ready.site.documents.pages.iter().any(|page| page.front.draft == Some(true));
            let mut seen = Seen {
                root: config.root.clone(),
                zone: config.zone().iana_name().unwrap_or("UTC").to_owned(),
                moment,
                until: [ready.plan.next_change, ready.site.next_stale(moment)].into_iter().flatten().min(),
                plain: has_drafts.then(|| identities(ready.plan)),
                shape: shape(ready.plan),
                announced: false,
            };
            let changed = changed(ready.plan, before, &seen.shape).filter(|jobs| !jobs.is_empty() && !has_drafts);
            // Writing thousands of files takes longer than anybody wants to wait to see one of them. Where the files
            // are the same and only their content differs, pages are handed out as soon as they can be made.
            match changed.filter(|jobs| can_be_made(ready, jobs)) {
                None => publish(),
                Some(jobs) => std::thread::scope(|scope| {
                    let asks = live.open_desk();
                    scope.spawn(move || hand_out(&asks, ready));
                    live.publish(seen.view(&Drafts::default(), is_moving), announcement(&jobs, only_styles));
                    seen.announced = true;
                    publish();
                    live.close_desk();
                }),
            }
            seen
        });
        if built.outcome.is_some() {
            self.preview.of(snapshot.clone());
        }
        drop(pipeline);
        let mut diagnostics = built.diagnostics;
        let state = match (&built.outcome, &built.seen) {
            (Some(_), _) => State::Published,
            (None, None) => State::Refused,
            (None, Some(_)) if built.refused.is_some() => State::Refused,
            (None, Some(_)) => State::Failed,
        };
        // What was allowed was allowed once.
        if built.outcome.as_ref().is_some_and(|outcome| outcome.lost.gone > 0) {
            self.builder.allowed = None;
        }
        let until = built.seen.as_ref().and_then(|seen| seen.until);
        match (&built.outcome, built.seen) {
            (Some(outcome), Some(seen)) => {
                diagnostics.extend(self.show(outcome, &seen));
                self.shape = seen.shape;
            }
            // What open pages were told of did not come to be: back to what is there.
            (None, Some(seen)) if seen.announced => {
                self.live.publish(seen.view(&self.drafts, is_moving), Change::default());
            }
            // What the last build made is there, and is all there is to be seen.
            (None, Some(seen)) if built.refused.is_some() && self.live.now().0 == 0 => {
                self.live.adjust(seen.view(&Drafts::default(), is_moving));
            }
            _ => {}
        }
        // Where nothing was published, what is served is still what it was until then.
        let until = if state == State::Published {
            until
        } else {
            self.last.as_ref().and_then(|last| last.until).filter(|until| *until > now)
        };
        self.last = Some(Last { snapshot, problems, until, state });
        let summary = built.summary.map(|summary| Summary { seconds: start.elapsed().as_secs_f64(), ..summary });
        self.live.refuse(built.refused);
        self.report(diagnostics, summary.as_ref(), built.outcome.as_ref());
    }

    /// Lets the new site be seen. Gives what is wrong with its drafts.
    fn show(&mut self, outcome: &Outcome, seen: &Seen) -> Vec<Diagnostic> {
        let before = std::mem::take(&mut self.drafts);
        let mut problems = Vec::new();
        if let Some(plain) = &seen.plain {
            let (drafts, found) = self.preview.drafts(plain, seen.moment);
            self.drafts = drafts;
            // Warnings were given when the site without drafts was made.
            problems = found.into_iter().filter(|problem| problem.severity == Severity::Error).collect();
        }
        let view = seen.view(&self.drafts, self.is_moving());
        let is_same = outcome.made + outcome.changed + outcome.removed == 0 && self.live.now().0 > 0;
        if (is_same || seen.announced) && before == self.drafts && seen.plain.is_none() {
            self.live.adjust(view);
        } else {
            self.live.publish(view, change(outcome));
        }
        problems
    }

    /// Tells people and open pages. What is wrong is told when it becomes so, not at every change that leaves it so.
    fn report(&mut self, diagnostics: Vec<Diagnostic>, summary: Option<&Summary>, outcome: Option<&Outcome>) {
        let reports = reports(self.common, diagnostics);
        let stops = |report: &&Report| report.severity != Severity::Warning;
        let stopping: Vec<Report> = reports.iter().filter(stops).cloned().collect();
        let failed = !stopping.is_empty();
        self.live.report(&stopping);
        let new: Vec<Report> = reports.iter().filter(|report| !self.printed.contains(&told(report))).cloned().collect();
        // What is not reported is mended, and worth telling when it comes back. Only of a site with errors it is not
        // known what else would be doubtful.
        if !failed {
            self.printed.clear();
        }
        self.printed.retain(|(severity, ..)| *severity == Severity::Warning);
        self.printed.extend(reports.iter().map(told));
        match self.common.format {
            Format::Json => {
                if !new.is_empty() || summary.is_some() {
                    say(&serde_json::json!({ "diagnostics": reports, "result": summary }).to_string());
                }
            }
            Format::Human => {
                if !new.is_empty() {
                    print_reports(&new, self.environment);
                    if failed && summary.is_none() {
                        let is_held_back = stopping.iter().any(|report| report.severity == Severity::Refusal);
                        let stays = if is_held_back || self.live.now().0 > 0 {
                            "the last good site stays"
                        } else {
                            "waiting for it to be mended"
                        };
                        tell(&format!("{}; {stays}", count(&reports).unwrap_or_default()));
                    }
                }
                if let (Some(summary), Some(outcome), false) = (summary, outcome, self.common.quiet) {
                    say(&line(summary, outcome));
                }
            }
        }
    }
}

/// Whether files are gone or empty that were not: perhaps somebody is just writing them. What is there under another
/// name is not gone: nobody writes a file by renaming its folder.
fn is_unfinished(last: &Snapshot, now: &Snapshot) -> bool {
    let sizes: HashMap<&str, usize> = now.files().map(|file| (&*file.path, file.bytes.len())).collect();
    let missed: Vec<&File> = last
        .files()
        .filter(|file| !file.bytes.is_empty() && sizes.get(&*file.path).is_none_or(|size| *size == 0))
        .collect();
    if missed.is_empty() {
        return false;
    }
    let known: HashSet<&str> = last.files().map(|file| &*file.path).collect();
    let moved: HashSet<[u8; 32]> =
        now.files().filter(|file| !known.contains(&*file.path)).map(|file| *file.hash.as_bytes()).collect();
    missed.iter().any(|file| sizes.contains_key(&*file.path) || !moved.contains(file.hash.as_bytes()))
}

/// The path that a page has in an address.
fn page_path(path: &str) -> String {
    path.strip_suffix("index.html").unwrap_or(path).to_owned()
}

fn change(outcome: &Outcome) -> Change {
    let path = |path: &String| page_path(path);
    let touched = outcome.made + outcome.changed + outcome.removed;
    let all =
        || outcome.made_paths.iter().chain(&outcome.changed_paths).chain(&outcome.removed_paths).map(path).collect();
    let pages = outcome.made_paths.iter().filter(|path| path.ends_with(".html") && !outcome.removed_paths.is_empty());
    Change { files: (touched <= TOLD).then(all), made: pages.take(5).map(path).collect() }
}

/// "rebuilt in 21 ms: 2 changed, 1 removed".
fn line(summary: &Summary, outcome: &Outcome) -> String {
    let counts = [(outcome.made, "made"), (outcome.changed, "changed"), (outcome.removed, "removed")];
    let parts: Vec<_> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let what = if parts.is_empty() { "nothing changed".to_owned() } else { parts.join(", ") };
    format!("built in {:.0} ms: {what}", summary.seconds * 1000.0)
}

/// One line of results.
fn say(text: &str) {
    // Whoever started it may have closed the terminal; the site is kept right all the same.
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// One line about the run itself.
fn tell(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Opens a browser.
fn open(address: &str) {
    let (program, args): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("cmd", &["/C", "start", ""])
    } else {
        ("xdg-open", &[])
    };
    let started = std::process::Command::new(program).args(args).arg(address).spawn();
    match started {
        Ok(mut child) => {
            // Waited for, so that it leaves nothing behind when it ends.
            std::thread::spawn(move || child.wait());
        }
        Err(_) => tell(&format!("note: no browser could be started; open {address}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    fn write(site: &Path, path: &str, text: &str) {
        let path = site.join("content").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn only_what_may_come_back_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path();
        let names = ["a/b/1.md", "a/b/2.md", "a/3.md", "4.md"];
        names.iter().for_each(|name| write(site, name, name));
        let before = scan(site).0;
        let is_waited_for = |change: &dyn Fn()| {
            change();
            let is_unfinished = is_unfinished(&before, &scan(site).0);
            fs::remove_dir_all(site.join("content")).unwrap();
            names.iter().for_each(|name| write(site, name, name));
            is_unfinished
        };
        let at = |name: &str| site.join("content").join(name);
        assert!(!is_waited_for(&|| fs::rename(at("a"), at("c")).unwrap()));
        assert!(!is_waited_for(&|| fs::rename(at("a/b"), at("b")).unwrap()));
        assert!(!is_waited_for(&|| fs::rename(at("4.md"), at("5.md")).unwrap()));
        assert!(!is_waited_for(&|| write(site, "4.md", "other")));
        assert!(is_waited_for(&|| write(site, "4.md", "")));
        assert!(is_waited_for(&|| fs::remove_file(at("4.md")).unwrap()));
        assert!(is_waited_for(&|| fs::remove_dir_all(at("a")).unwrap()));
        // Put aside by an editor, and a new one not yet written.
        assert!(is_waited_for(&|| fs::rename(at("4.md"), at("4.md~")).unwrap()));
        // Renamed while another is gone.
        assert!(is_waited_for(&|| {
            fs::rename(at("a"), at("c")).unwrap();
            fs::remove_file(at("c/3.md")).unwrap();
        }));
    }

    #[test]
    fn a_style_sheet_is_told_from_all_else_that_a_site_is_made_of() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path();
        write(site, "1.md", "1");
        let before = scan(site).0;
        let style = "../themes/default/static/sheet.css";
        write(site, style, "a");
        assert!(differ_in_style(&before, &scan(site).0), "it is there");
        let before = scan(site).0;
        write(site, style, "b");
        assert!(differ_in_style(&before, &scan(site).0), "it is another");
        for other in ["1.md", "2.md", "own.css", "../themes/default/static/site.js", "../site.yaml"] {
            let before = scan(site).0;
            write(site, style, other);
            write(site, other, other);
            assert!(!differ_in_style(&before, &scan(site).0), "{other}");
        }
    }
}
