//! Noticing that something changed, and nothing more.
//!
//! What the system says about files is only ever a hint: events are lost, doubled, told in pieces
//! and told about names that no longer exist. So no event is believed here. Any of them means "look
//! again", and looking again reads every file. What is left to get right is that no change goes by
//! without a hint: folders that come later, that are replaced, or that links lead to.
//!
//! Whenever the shape of the whole may have changed, all of it is watched anew before it is read
//! again. A change before the reading is seen by the reading, one after it has its own event.
//! Folders that come and go inside `content/` and `themes/` are left to the watcher, which follows
//! them; it is only waited for until it has. It cannot where links lead to folders: two names of
//! one folder are one watch, which goes with either of them. So a tree with links is always watched anew.
//!
//! Some places have no events: network mounts, and systems whose number of watches is used up.
//! There the files are read again every so often, and their content tells.

use std::{
    io::ErrorKind::PermissionDenied,
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    time::{Duration, Instant},
};

use notify::{
    Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode, ModifyKind},
};

/// How long it has to be quiet until a save counts as done. Editors write in several steps.
const QUIET: Duration = Duration::from_millis(15);
/// For how long a storm of changes, such as a switch to another branch, is waited out.
const STORM: Duration = Duration::from_secs(1);
/// The shortest time between two readings where there are no events.
const INTERVAL: Duration = Duration::from_millis(500);

/// Why waiting came to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// Something may have changed.
    Changed,
    /// The time that was waited for has come.
    InTime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hint {
    /// The content of a file.
    Content,
    /// Files or folders came, went or have other names, inside of what is watched with all that is in it.
    Inside,
    /// They did elsewhere, or nobody knows where.
    Shape,
    /// There are more folders than the system watches.
    Limit,
}

/// Wakes whoever waits for changes, from elsewhere in the program.
#[derive(Debug, Clone)]
pub struct Bell(Sender<Hint>);

impl Bell {
    /// Rings it.
    pub fn ring(&self) {
        // Nobody listens any more only when the program ends.
        let _ = self.0.send(Hint::Content);
    }
}

/// A watch over everything that a site is made of, and over its output folder's being there.
pub struct Watch {
    site: PathBuf,
    out: PathBuf,
    hints: Receiver<Hint>,
    /// `None` where the files are read every so often instead.
    native: Option<RecommendedWatcher>,
    /// Keeps the channel open without a native watcher.
    sender: Sender<Hint>,
    watched: Vec<PathBuf>,
    fonts: Vec<String>,
    reshaped: bool,
    /// Whether the watcher may still be following folders that came or went.
    following: bool,
    /// Whether there are links in the trees.
    has_links: bool,
    /// How often everything was watched anew.
    #[cfg(test)]
    rounds: usize,
    interval: Duration,
    notice: Option<String>,
}

impl Watch {
    /// Begins to watch the site in a folder whose output goes to `out`. `poll` asks for reading every so often.
    pub fn new(site: &Path, out: &Path, poll: bool) -> Self {
        let (sender, hints) = mpsc::channel();
        let mut watch = Self {
            site: site.to_owned(),
            out: std::path::absolute(out).unwrap_or_else(|_| out.to_owned()),
            hints,
            native: None,
            sender,
            watched: Vec::new(),
            fonts: Vec::new(),
            reshaped: true,
            following: false,
            has_links: false,
            #[cfg(test)]
            rounds: 0,
            interval: INTERVAL,
            notice: None,
        };
        if poll {
            return watch;
        }
        if is_remote(site) || is_remote(&site.join("content")) {
            watch.poll("this folder is on a network mount, where changes are not reported");
            return watch;
        }
        let (tell, out) = (watch.sender.clone(), watch.out.clone());
        let site = std::path::absolute(site).unwrap_or_else(|_| site.to_owned());
        let heard = move |event: notify::Result<Event>| {
            if let Some(hint) = hint(event, &site, &out) {
                // Nobody listens any more only when the program ends.
                let _ = tell.send(hint);
            }
        };
        // A link inside the folder leads to what is watched anyway; one that leads out is an error, or left out by its name
        // and may lead to all of a disk.
        match RecommendedWatcher::new(heard, Config::default().with_follow_symlinks(false)) {
            Ok(native) => watch.native = Some(native),
            Err(error) => watch.poll(&format!("the system does not report changes ({error})")),
        }
        watch
    }

    /// What wakes it from elsewhere.
    pub fn bell(&self) -> Bell {
        Bell(self.sender.clone())
    }

    /// What should be said about how changes are noticed; once.
    pub fn notice(&mut self) -> Option<String> {
        self.notice.take()
    }

    /// How long the last reading took: where there are no events, most of the time is to be idle.
    pub fn reading_took(&mut self, time: Duration) {
        self.interval = INTERVAL.max(time * 20);
    }

    /// Watches everything that is there now. To be called before the files are read, whenever waiting has ended.
    /// `fonts` are the folders that site.yaml names besides its own.
    pub fn arm(&mut self, fonts: &[String]) {
        let Some(native) = &mut self.native else { return };
        let following = std::mem::take(&mut self.following);
        if !self.reshaped && self.fonts == fonts && !(following && self.has_links) {
            if following {
                // It answers when it has done with what it has told of.
                let _ = native.configure(Config::default());
            }
            return;
        }
        #[cfg(test)]
        {
            self.rounds += 1;
        }
        self.reshaped = false;
        fonts.clone_into(&mut self.fonts);
        for path in self.watched.drain(..) {
            // It may be gone with its folder.
            let _ = native.unwatch(&path);
        }
        self.has_links = false;
        for (path, mode) in wanted(&self.site, &self.out, fonts) {
            self.has_links |= mode == RecursiveMode::Recursive && has_links(&path);
            match native.watch(&path, mode) {
                Ok(()) => self.watched.push(path),
                Err(error) if matches!(error.kind, notify::ErrorKind::MaxFilesWatch) => {
                    self.poll(LIMIT);
                    return;
                }
                // One folder that may not be read, `.trash` of somebody else for example, ends the watching of all.
                Err(error) if matches!(&error.kind, notify::ErrorKind::Io(io) if io.kind() == PermissionDenied) => {
                    self.poll("a folder here may not be read, so changes are not reported");
                    return;
                }
                // Gone between being found and being watched: the folder it was in tells.
                Err(_) => {}
            }
        }
    }

    fn poll(&mut self, why: &str) {
        self.native = None;
        self.notice = Some(format!("{why}; the files are read again every {} ms instead", INTERVAL.as_millis()));
    }

    /// Waits until something may have changed, or until `time`.
    pub fn wait(&mut self, time: Option<Instant>) -> Woken {
        if self.native.is_none() {
            let next = Instant::now() + self.interval;
            let until = time.map_or(next, |time| time.min(next));
            std::thread::sleep(until.saturating_duration_since(Instant::now()));
            return if time.is_some_and(|time| time <= next) { Woken::InTime } else { Woken::Changed };
        }
        let first = match time {
            None => self.hints.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(time) => self.hints.recv_timeout(time.saturating_duration_since(Instant::now())),
        };
        let Ok(first) = first else { return Woken::InTime };
        self.hear(first);
        self.settle(QUIET);
        Woken::Changed
    }

    /// Waits until nothing has changed for a while.
    pub fn settle(&mut self, quiet: Duration) {
        if self.native.is_none() {
            std::thread::sleep(quiet);
            return;
        }
        let end = Instant::now() + STORM.max(quiet);
        while Instant::now() < end {
            match self.hints.recv_timeout(quiet) {
                Ok(hint) => self.hear(hint),
                Err(_) => return,
            }
        }
    }

    fn hear(&mut self, hint: Hint) {
        match hint {
            Hint::Content => {}
            Hint::Inside => self.following = true,
            Hint::Shape => self.reshaped = true,
            Hint::Limit => self.poll(LIMIT),
        }
    }
}

const LIMIT: &str = "there are more folders than this system is set to watch (on Linux: fs.inotify.max_user_watches)";

/// What an event hints at, if at anything.
fn hint(event: notify::Result<Event>, site: &Path, out: &Path) -> Option<Hint> {
    let event = match event {
        Ok(event) => event,
        Err(error) if matches!(error.kind, notify::ErrorKind::MaxFilesWatch) => return Some(Hint::Limit),
        // Whatever went wrong, a look at the files does no harm.
        Err(_) => return Some(Hint::Shape),
    };
    if event.need_rescan() {
        return Some(Hint::Shape);
    }
    let hint = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) | EventKind::Modify(ModifyKind::Data(_)) => {
            Hint::Content
        }
        // Reading makes these, so minding them would never end.
        EventKind::Access(_) => return None,
        // Rights may have changed; a time alone is told in the same words and costs a look.
        EventKind::Modify(ModifyKind::Metadata(_)) => Hint::Content,
        _ => Hint::Shape,
    };
    // What the program writes itself: of the output only its coming and going counts, of its notes nothing.
    let own = |path: &Path| {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let notes = out.parent().map(|parent| parent.join(".bonafide"));
        let is_output = path == out && hint == Hint::Content;
        let is_note = notes.is_some_and(|notes| path.starts_with(notes));
        let beside = path.parent() == out.parent() && path.parent() != Some(site) && path != out;
        is_output || is_note || beside
    };
    if !event.paths.is_empty() && event.paths.iter().all(|path| own(path)) {
        return None;
    }
    let is_inside = |path: &PathBuf| {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let roots = ["content", "themes"].map(|name| site.join(name));
        roots.iter().any(|root| path != *root && path.starts_with(root)) && !path.is_symlink()
    };
    let is_inside = hint == Hint::Shape && !event.paths.is_empty() && event.paths.iter().all(is_inside);
    Some(if is_inside { Hint::Inside } else { hint })
}

/// Whether there are links in a folder.
fn has_links(folder: &Path) -> bool {
    let mut found = walkdir::WalkDir::new(folder).min_depth(1).into_iter();
    found.any(|entry| entry.is_ok_and(|entry| entry.path_is_symlink()))
}

/// What has to be watched, and whether with all that is in it.
fn wanted(site: &Path, out: &Path, fonts: &[String]) -> Vec<(PathBuf, RecursiveMode)> {
    let mut wanted: Vec<(PathBuf, RecursiveMode)> = Vec::new();
    let mut add = |path: PathBuf, mode| {
        if !wanted.iter().any(|(known, _)| *known == path) {
            wanted.push((path, mode));
        }
    };
    let shallow = RecursiveMode::NonRecursive;
    add(site.to_owned(), shallow);
    // Where a link leads, the thing itself can be replaced without the link being touched.
    let behind = |path: &Path| -> Option<PathBuf> {
        let named = path.read_link().ok()?;
        // A link to nothing may lead to something again.
        let to = path.canonicalize().unwrap_or_else(|_| path.parent().unwrap_or(path).join(named));
        to.ancestors().skip(1).find(|above| above.is_dir()).map(Path::to_owned)
    };
    for name in ["content", "themes"].into_iter().chain(fonts.iter().map(String::as_str)) {
        let path = site.join(name);
        if let Some(folder) = behind(&path) {
            add(folder, shallow);
        }
        if path.exists() {
            // A link is not followed when it is watched, not even this one.
            let real = if path.is_symlink() { path.canonicalize().unwrap_or(path) } else { path };
            add(real, RecursiveMode::Recursive);
        } else if let Some(above) = path.ancestors().skip(1).find(|above| above.is_dir()) {
            // Somebody may make it.
            add(above.to_owned(), shallow);
        }
    }
    if let Some(folder) = behind(&site.join("site.yaml")) {
        add(folder, shallow);
    }
    if let Some(parent) = out.parent().filter(|parent| parent.is_dir()) {
        add(parent.to_owned(), shallow);
    }
    wanted
}

/// Whether a folder is on a mount that others write to without this system's knowing.
#[cfg(target_os = "linux")]
fn is_remote(path: &Path) -> bool {
    // From statfs(2): NFS, SMB (three of its names), CIFS, FUSE (sshfs and shared folders), 9P, VirtualBox, AFS, Coda, Ceph.
    const REMOTE: [i64; 10] = [
        0x6969,
        0x517b,
        0xfe53_4d42,
        0xff53_4d42,
        0x6573_5546,
        0x0102_1997,
        0x786f_4256,
        0x5346_414f,
        0x7375_7245,
        0x00c3_6400,
    ];
    #[expect(clippy::useless_conversion, reason = "the field has another type on other machines")]
    rustix::fs::statfs(path).is_ok_and(|found| i64::try_from(found.f_type).is_ok_and(|kind| REMOTE.contains(&kind)))
}

#[cfg(not(target_os = "linux"))]
fn is_remote(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const LONG: Duration = Duration::from_secs(10);

    fn changed(watch: &mut Watch) -> bool {
        let woken = watch.wait(Some(Instant::now() + LONG));
        watch.arm(&[]);
        woken == Woken::Changed
    }

    #[test]
    fn a_folder_that_comes_later_is_watched_with_all_that_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("site.yaml"), "").unwrap();
        let mut watch = Watch::new(folder.path(), &folder.path().join("public"), false);
        watch.arm(&[]);
        for change in ["content", "content/a", "content/a/b"] {
            fs::create_dir(folder.path().join(change)).unwrap();
            assert!(changed(&mut watch), "{change}");
        }
        fs::write(folder.path().join("content/a/b/page.md"), "x").unwrap();
        assert!(changed(&mut watch));
        fs::rename(folder.path().join("content/a"), folder.path().join("content/c")).unwrap();
        assert!(changed(&mut watch));
        fs::write(folder.path().join("content/c/b/page.md"), "y").unwrap();
        assert!(changed(&mut watch));
    }

    #[cfg(unix)]
    #[test]
    fn a_content_folder_that_is_a_link_is_watched_where_it_leads() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir(elsewhere.path().join("content")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path().join("content"), folder.path().join("content")).unwrap();
        let mut watch = Watch::new(folder.path(), &folder.path().join("public"), false);
        watch.arm(&[]);
        fs::write(elsewhere.path().join("content/page.md"), "x").unwrap();
        assert!(changed(&mut watch));
        fs::rename(elsewhere.path().join("content"), elsewhere.path().join("old")).unwrap();
        assert!(changed(&mut watch));
        fs::create_dir(elsewhere.path().join("content")).unwrap();
        assert!(changed(&mut watch));
        fs::write(elsewhere.path().join("content/page.md"), "y").unwrap();
        assert!(changed(&mut watch));
    }

    #[test]
    fn a_folder_that_gets_another_name_is_followed_and_the_rest_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("content/a/b")).unwrap();
        let mut watch = Watch::new(folder.path(), &folder.path().join("public"), false);
        watch.arm(&[]);
        for (from, to) in [("a", "c"), ("c/b", "b"), ("b", "c/d"), ("c", "a")] {
            fs::rename(folder.path().join("content").join(from), folder.path().join("content").join(to)).unwrap();
            assert!(changed(&mut watch), "{from}");
        }
        assert_eq!(watch.rounds, 1);
        fs::write(folder.path().join("content/a/d/page.md"), "x").unwrap();
        assert!(changed(&mut watch));
        // The whole of it is another thing.
        fs::rename(folder.path().join("content"), folder.path().join("old")).unwrap();
        assert!(changed(&mut watch));
        fs::rename(folder.path().join("old"), folder.path().join("content")).unwrap();
        assert!(changed(&mut watch));
        assert!(watch.rounds > 1);
        fs::write(folder.path().join("content/a/d/page.md"), "y").unwrap();
        assert!(changed(&mut watch));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_goes_takes_no_watch_along() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("content/a")).unwrap();
        let mut watch = Watch::new(folder.path(), &folder.path().join("public"), false);
        watch.arm(&[]);
        let link = folder.path().join("content/b");
        std::os::unix::fs::symlink("a", &link).unwrap();
        assert!(changed(&mut watch));
        fs::remove_file(&link).unwrap();
        assert!(changed(&mut watch));
        fs::write(folder.path().join("content/a/page.md"), "x").unwrap();
        assert!(changed(&mut watch));
    }

    #[test]
    fn reading_and_the_programs_own_notes_wake_nobody() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("content")).unwrap();
        fs::write(folder.path().join("content/page.md"), "x").unwrap();
        let mut watch = Watch::new(folder.path(), &folder.path().join("public"), false);
        watch.arm(&[]);
        fs::read(folder.path().join("content/page.md")).unwrap();
        fs::create_dir_all(folder.path().join(".bonafide/public")).unwrap();
        fs::write(folder.path().join(".bonafide/public/manifest"), "x").unwrap();
        assert_eq!(watch.wait(Some(Instant::now() + Duration::from_millis(200))), Woken::InTime);
    }

    #[test]
    fn without_events_it_only_asks_for_another_reading() {
        let folder = tempfile::tempdir().unwrap();
        let mut watch = Watch::new(folder.path(), &folder.path().join("public"), true);
        watch.arm(&[]);
        assert_eq!(watch.wait(Some(Instant::now() + LONG)), Woken::Changed);
        assert_eq!(watch.wait(Some(Instant::now() + Duration::from_millis(10))), Woken::InTime);
    }
}
