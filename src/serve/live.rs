//! What the server and open pages know of the site, while it changes.
//!
//! One thread rebuilds; many answer requests or hold an open page's line. They meet here. The
//! rule that keeps pages honest: the version a page was served as is read *before* the page's
//! bytes are. A page may then be newer than it says, and is loaded once too often; it is never
//! older, and so never stays old.

use std::{
    collections::{HashSet, VecDeque},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    time::{Duration, Instant},
};

use tokio::sync::watch;

use crate::diagnostic::{Report, Severity, Spot};

/// What the server has to know of the site as it is now.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// The path of `base_url`: begins and ends in `/`.
    pub root: String,
    /// The moment that statuses were computed for, RFC 3339.
    pub moment: String,
    /// The site's time zone.
    pub zone: String,
    /// Whether that moment was asked for, and is not just now.
    pub fixed: bool,
    /// The pages that are drafts: paths below the root.
    pub drafts: Vec<String>,
    /// The files that are others with drafts than without.
    pub with_drafts: HashSet<String>,
}

/// What the last change did to the output; paths below the root, without `index.html`.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// New or different files; `None` if there are too many to be worth telling apart.
    pub files: Option<Vec<String>>,
    /// New pages, where others went: one of them may be what an open page is called now.
    pub made: Vec<String>,
}

#[derive(Debug, Default)]
struct State {
    version: u64,
    problems: Arc<str>,
    view: Arc<View>,
    changes: VecDeque<(u64, Arc<Change>)>,
    busy: bool,
    built: u64,
    desk: Desk,
    /// How many awards are gone, while a site is held back for it.
    refused: Option<usize>,
    /// How many somebody has said are meant to be gone.
    allowed: Option<usize>,
}

/// Where files of the site are to be had.
#[derive(Debug, Default)]
enum Desk {
    /// In the output folder.
    #[default]
    Closed,
    /// From whoever makes them.
    Open(Sender<Ask>),
    /// Nowhere for a moment: the output folder is behind, and a newer site is being made ready.
    Between,
}

/// A file of the new site that somebody wants before it is in the output folder.
#[derive(Debug)]
pub struct Ask {
    /// Its path in the output.
    pub path: String,
    /// Where it is to be sent; nothing where there is no such file.
    pub reply: Sender<Option<Vec<u8>>>,
}

/// What is shared between the thread that rebuilds and those that serve.
#[derive(Debug)]
pub struct Live {
    /// Tells this run of the server from others.
    pub run: String,
    state: Mutex<State>,
    /// Wakes threads that wait for the end of a rebuild.
    changed: Condvar,
    /// Wakes the lines of open pages.
    told: watch::Sender<()>,
}

/// What an open page is told.
#[derive(Debug, Clone)]
pub struct News {
    /// The version of the site.
    pub version: u64,
    /// What changed since the version that was asked about, if that is still known.
    pub change: Option<Arc<Change>>,
    /// What is wrong with the input, as a JSON list.
    pub problems: Arc<str>,
}

/// How long a newer site is waited for. After that, pages are those of the output folder, and are loaded again later.
const BETWEEN: Duration = Duration::from_secs(20);
/// How many changes are remembered.
const REMEMBERED: usize = 16;

impl Live {
    /// Before the first build. `run` tells this run of the server from others.
    pub fn new(run: String) -> Self {
        let view = View { root: "/".to_owned(), ..View::default() };
        let state = State { problems: "[]".into(), view: Arc::new(view), ..State::default() };
        Self { run, state: Mutex::new(state), changed: Condvar::new(), told: watch::Sender::new(()) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A rebuild begins.
    pub fn begin(&self) {
        self.lock().busy = true;
    }

    /// A rebuild has ended: the new site is in place, or nothing has changed.
    pub fn end(&self) {
        let mut state = self.lock();
        state.busy = false;
        state.built += 1;
        self.changed.notify_all();
    }

    /// The new site is in place, and pages may be loaded again. Says whether anything changed.
    pub fn publish(&self, view: View, change: Change) {
        let mut state = self.lock();
        state.version += 1;
        state.view = Arc::new(view);
        let version = state.version;
        state.changes.push_back((version, Arc::new(change)));
        if state.changes.len() > REMEMBERED {
            state.changes.pop_front();
        }
        self.told.send_replace(());
    }

    /// Changes what is known of the site where no page has to be loaded again for it.
    pub fn adjust(&self, view: View) {
        self.lock().view = Arc::new(view);
    }

    /// Says what is wrong with the input. Gives whether that is another set than before.
    pub fn report(&self, reports: &[Report]) -> bool {
        let mut state = self.lock();
        let shown: Vec<_> = reports.iter().take(20).map(|report| shown(report, state.refused)).collect();
        let problems: Arc<str> = serde_json::Value::from(shown).to_string().into();
        let is_new = state.problems != problems;
        if is_new {
            state.problems = problems;
            self.told.send_replace(());
        }
        is_new
    }

    /// Holds a site back because so many awards are gone, or does so no longer.
    pub fn refuse(&self, gone: Option<usize>) {
        self.lock().refused = gone;
    }

    /// Somebody says that it is meant. Gives whether so many are missed now.
    pub fn allow(&self, gone: usize) -> bool {
        let mut state = self.lock();
        let is_that = state.refused == Some(gone);
        if is_that {
            state.allowed = Some(gone);
        }
        is_that
    }

    /// How many awards somebody has said are meant to be gone; once.
    pub fn allowed(&self) -> Option<usize> {
        self.lock().allowed.take()
    }

    /// From now on files are asked for here and not taken from the output folder, which is being brought up to date.
    pub fn open_desk(&self) -> Receiver<Ask> {
        let (sender, asks) = mpsc::channel();
        self.set_desk(Desk::Open(sender));
        asks
    }

    /// The output folder has not become right, and a newer site will be had in a moment: who asks has to wait.
    pub fn leave_desk(&self) {
        self.set_desk(Desk::Between);
    }

    /// The output folder is right again, or there is nothing newer to be had.
    pub fn close_desk(&self) {
        self.set_desk(Desk::Closed);
    }

    fn set_desk(&self, desk: Desk) {
        self.lock().desk = desk;
        self.changed.notify_all();
    }

    /// Asks for a file where the output folder is behind. `None` where it is not: the file is to be read there.
    pub fn ask(&self, path: &str) -> Option<Option<Vec<u8>>> {
        let between = |state: &mut State| matches!(state.desk, Desk::Between);
        let state = self.changed.wait_timeout_while(self.lock(), BETWEEN, between);
        let desk = match &state.unwrap_or_else(PoisonError::into_inner).0.desk {
            Desk::Open(desk) => desk.clone(),
            Desk::Closed | Desk::Between => return None,
        };
        let (reply, answer) = mpsc::channel();
        desk.send(Ask { path: path.to_owned(), reply }).ok()?;
        drop(desk);
        // No answer: the folder has become right in the meantime.
        answer.recv().ok()
    }

    /// The version and what belongs to it. To be asked for before the bytes of a page are read.
    pub fn now(&self) -> (u64, Arc<View>) {
        let state = self.lock();
        (state.version, state.view.clone())
    }

    /// Waits until no rebuild is going on, and for one that is about to begin. At most so long.
    pub fn settled(&self, about_to_begin: Duration, limit: Duration) {
        let start = Instant::now();
        let mut state = self.lock();
        let built = state.built;
        while state.busy || state.built == built && start.elapsed() < about_to_begin {
            let wait = if state.busy { limit } else { about_to_begin };
            let Some(left) = wait.checked_sub(start.elapsed()).filter(|left| !left.is_zero()) else { return };
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Something that a page has not been told yet. `None` if there is nothing.
    pub fn news(&self, told: Option<&News>) -> Option<News> {
        let state = self.lock();
        let news = |change| News { version: state.version, change, problems: state.problems.clone() };
        match told {
            None => Some(news(None)),
            Some(told) if told.version != state.version => {
                let only = state.changes.back().filter(|(version, _)| *version == told.version + 1);
                Some(news(only.map(|(_, change)| change.clone())))
            }
            Some(told) => (told.problems != state.problems).then(|| news(None)),
        }
    }

    /// Hears of every change from now on. To be asked for before what there is is read.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.told.subscribe()
    }
}

/// A report as an open page shows it: with the line itself, cut where it is long.
/// `refused` is how many awards are gone where it is that which is reported.
fn shown(report: &Report, refused: Option<usize>) -> serde_json::Value {
    let spot = report.spot.as_ref();
    let line = spot
        .filter(|spot| spot.width > 0 && spot.line.is_some())
        .map(|spot| spot.text.chars().take(160).collect::<String>());
    let also = report.related.iter().map(|also| format!("{}: {}", place(&also.spot), also.message));
    serde_json::json!({
        "severity": report.severity,
        "message": report.message,
        "place": spot.map(place).unwrap_or_default(),
        "line": line,
        "advice": report.advice,
        "also": also.collect::<Vec<_>>(),
        "gone": refused.filter(|_| report.severity == Severity::Refusal),
    })
}

fn place(spot: &Spot) -> String {
    let numbers = [spot.line, spot.column].into_iter().flatten().map(|number| format!(":{number}"));
    std::iter::once(spot.file.clone()).chain(numbers).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_missed_a_version_is_not_told_of_single_changes() {
        let live = Live::new("x".into());
        let first = live.news(None).unwrap();
        assert!(live.news(Some(&first)).is_none());
        let change = |file: &str| Change { files: Some(vec![file.to_owned()]), made: Vec::new() };
        live.publish(View::default(), change("a"));
        let second = live.news(Some(&first)).unwrap();
        assert_eq!(second.change.unwrap().files.as_deref(), Some(&["a".to_owned()][..]));
        live.publish(View::default(), change("b"));
        assert!(live.news(Some(&first)).unwrap().change.is_none());
    }

    #[test]
    fn who_asks_between_two_sites_gets_the_newer() {
        let live = Live::new("x".into());
        assert_eq!(live.ask("a"), None, "it is in the folder");
        drop(live.open_desk());
        live.leave_desk();
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| live.ask("a"));
            std::thread::sleep(Duration::from_millis(30));
            let asks = live.open_desk();
            let ask = asks.recv().unwrap();
            assert_eq!(ask.path, "a");
            ask.reply.send(Some(vec![1])).unwrap();
            assert_eq!(asking.join().unwrap(), Some(Some(vec![1])));
            live.leave_desk();
            let asking = scope.spawn(|| live.ask("a"));
            std::thread::sleep(Duration::from_millis(30));
            live.close_desk();
            assert_eq!(asking.join().unwrap(), None, "nothing newer came to be");
        });
    }

    #[test]
    fn waiting_ends_when_the_rebuild_does() {
        let live = Live::new("x".into());
        live.begin();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(30));
                live.end();
            });
            let start = Instant::now();
            live.settled(Duration::ZERO, Duration::from_secs(20));
            assert!(start.elapsed() < Duration::from_secs(10));
        });
    }
}
