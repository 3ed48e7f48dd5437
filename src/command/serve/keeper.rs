//! Keeps the output right: waits, reads, builds, and lets the new site be seen.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{
    changes::{Shape, announcement, change, changed, differ_in_style, is_unfinished, shape},
    desk::{can_be_made, hand_out, listen},
    telling::{Telling, tell},
};
use crate::{
    cli::{Common, Loss},
    command::{
        Environment,
        build::{Builder, never},
        report::Summary,
        signing,
        vanished::Asked,
    },
    credential::keys::SiteKeys,
    diagnostic::{Diagnostic, Severity},
    hash::{Digest, Short},
    publish::Outcome,
    serve::{
        live::{Change, Live, View},
        preview::{Drafts, Preview, identities},
        watch::{Watch, Woken},
    },
    source::{Snapshot, scan},
};

/// How long to wait for a file that is gone or empty to come back: some tools empty or remove a file before they
/// write it.
const RETURN: Duration = Duration::from_millis(100);
/// How often the clock is looked at while a change of status is waited for. A machine that slept has a clock that
/// jumped.
const LOOK: Duration = Duration::from_secs(30);
/// How many files take so long to write that something may be saved in the meantime.
const MANY: usize = 200;
/// For how long the output folder may stay behind because something is saved again and again.
const BEHIND: Duration = Duration::from_mins(1);

/// Keeps the output right.
pub(super) struct Keeper<'a> {
    common: &'a Common,
    environment: Environment,
    builder: Builder<'a>,
    pub(super) watch: Watch,
    pub(super) live: Arc<Live>,
    pub(super) preview: Arc<Preview>,
    last: Option<Last>,
    drafts: Drafts,
    /// What the site that is served is made of.
    shape: Shape,
    telling: Telling<'a>,
    /// The site that was to be seen last, where writing it was given up for a newer one.
    unwritten: Option<Unwritten>,
}

/// A site that open pages show and the output folder does not.
struct Unwritten {
    snapshot: Arc<Snapshot>,
    /// What was wrong with reading the files.
    problems: Vec<Diagnostic>,
    /// Since when the output folder is behind.
    since: Instant,
}

/// What tells whether the keys are the same as before.
type Signing = (Option<Digest>, Vec<Diagnostic>);

/// What the last build was made of, and what it came to.
struct Last {
    snapshot: Arc<Snapshot>,
    /// What was wrong with reading the files.
    problems: Vec<Diagnostic>,
    /// What it signed with, and what was wrong with that. Nothing tells of a change of keys, so they are read again.
    signing: Signing,
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
    /// It was not written: the next attempt may go well.
    Failed,
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
    pub(super) fn new(common: &'a Common, environment: Environment, poll: bool, asked: Asked, loss: Loss) -> Self {
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
            telling: Telling::new(common, environment),
            unwritten: None,
        }
    }

    /// Waits and rebuilds until the program is stopped.
    pub(super) fn keep(mut self) -> ! {
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
    pub(super) fn rebuild(&mut self) {
        self.live.begin();
        while self.attempt() {}
        self.live.end();
    }

    /// The same, once. Gives whether something has changed in the meantime.
    fn attempt(&mut self) -> bool {
        let start = Instant::now();
        let allowed = self.live.allowed();
        let (snapshot, problems) = self.read();
        if allowed.is_none() && self.unwritten.is_none() && self.is_current(&snapshot, &problems) {
            return false;
        }
        let given = self.builder.allowed;
        self.builder.allowed = allowed.or(given);
        let input = snapshot.fingerprint;
        let mut again = self.build(start, input, Arc::new(snapshot), problems);
        if allowed.is_some() {
            self.builder.allowed = given;
        }
        // What cannot be published leaves the last good site, and that is the one whose writing was given up for it.
        if !again && let Some(good) = &self.unwritten {
            let (snapshot, problems, last) = (good.snapshot.clone(), good.problems.clone(), self.last.take());
            again = self.build(start, input, snapshot, problems);
            self.last = last;
            if !again {
                self.unwritten = None;
            }
        }
        again
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

    /// What the site signs with at this moment.
    fn keys(&self, snapshot: &Snapshot) -> (Option<Arc<SiteKeys>>, Signing) {
        let mut problems = Vec::new();
        let keys = signing::read(self.common, self.environment, snapshot, &mut problems);
        let digest = keys.as_ref().map(|keys| keys.digest());
        (keys, (digest, problems))
    }

    /// Whether the output is what these files give at this moment.
    fn is_current(&self, snapshot: &Snapshot, problems: &[Diagnostic]) -> bool {
        let Some(last) = &self.last else { return false };
        let is_due = self.is_moving() && last.until.is_some_and(|until| self.now() >= until);
        last.snapshot.fingerprint == snapshot.fingerprint
            && last.problems == problems
            && !is_due
            && last.signing == self.keys(snapshot).1
            && match last.state {
                State::Published => self.builder.is_intact(),
                State::Refused => true,
                State::Failed => false,
            }
    }

    /// Builds, and publishes what is right. `input` is the fingerprint of the files as they are now; people hear of the
    /// build if it is made of these. Gives whether something has changed in the meantime.
    fn build(
        &mut self,
        start: Instant,
        input: blake3::Hash,
        snapshot: Arc<Snapshot>,
        problems: Vec<Diagnostic>,
    ) -> bool {
        let (now, is_told) = (self.now(), input == snapshot.fingerprint);
        let (keys, signing) = self.keys(&snapshot);
        let found = [problems.as_slice(), &signing.1].concat();
        let (live, is_moving, before) = (self.live.clone(), self.is_moving(), &self.shape);
        let (site, watch) = (&self.common.site, &mut self.watch);
        // Open pages may show a site that was never written.
        let behind = self.unwritten.as_ref().map(|unwritten| unwritten.since);
        let mut again = false;
        let only_styles = self.last.as_ref().is_some_and(|last| {
            last.state == State::Published
                && last.until.is_none_or(|until| now < until)
                && differ_in_style(&last.snapshot, &snapshot)
        });
        let mut pipeline = self.preview.pipeline();
        let built =
            self.builder.build(&mut pipeline, &snapshot, found, (now, keys.clone()), |ready, moment, publish| {
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
                // are the same and only their content differs, pages are handed out as soon as they can be made; and if
                // something is saved before all are written, the rest is not waited for.
                let Some(jobs) = changed.filter(|jobs| can_be_made(ready, jobs)) else {
                    live.close_desk();
                    if behind.is_some() {
                        // Until then there is only what is in the output folder.
                        live.publish((*live.now().1).clone(), Change::default());
                    }
                    publish(&never());
                    return seen;
                };
                let may_wait = jobs.len() >= MANY && behind.is_none_or(|since| since.elapsed() < BEHIND);
                let (stop, over) = (never(), never());
                std::thread::scope(|scope| {
                    let asks = live.open_desk();
                    scope.spawn(move || hand_out(&asks, ready));
                    let change = if behind.is_some() { Change::default() } else { announcement(&jobs, only_styles) };
                    live.publish(seen.view(&Drafts::default(), is_moving), change);
                    seen.announced = true;
                    let listening = may_wait.then(|| scope.spawn(|| listen(watch, site, input, &stop, &over)));
                    let given_up = publish(&stop);
                    over.store(true, Ordering::Relaxed);
                    again = listening.is_some_and(|listening| listening.join().unwrap_or(true));
                    if given_up { live.leave_desk() } else { live.close_desk() }
                });
                seen
            });
        if built.outcome.is_some() || built.given_up {
            self.preview.of(snapshot.clone(), keys);
        }
        drop(pipeline);
        if built.given_up {
            let since = behind.unwrap_or(start);
            self.unwritten = Some(Unwritten { snapshot: snapshot.clone(), problems: problems.clone(), since });
            self.last = Some(Last { snapshot, problems, signing, until: None, state: State::Failed });
            return true;
        }
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
                self.unwritten = None;
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
        self.last = Some(Last { snapshot, problems, signing, until, state });
        let summary = built.summary.map(|summary| Summary { seconds: start.elapsed().as_secs_f64(), ..summary });
        if is_told {
            self.live.refuse(built.refused);
            self.telling.report(&self.live, diagnostics, summary.as_ref(), built.outcome.as_ref());
        }
        again
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
}
