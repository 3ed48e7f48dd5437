//! Small sites whose files say in themselves what they load, and a store that fails when it is told to.

use std::{
    collections::BTreeMap,
    fmt,
    future::pending,
    io,
    ops::Range,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _, future::LocalBoxFuture, stream::BoxStream};
use jiff::{SignedDuration, Timestamp};
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, memory::InMemory, path::Path,
};
use tokio::sync::Notify;

use super::super::{
    built::{Built, BuiltFile, Standing, half},
    engine::{Job, publish},
    error::Stop,
    lease::Holder,
    outcome::{Outcome, Place, Progress},
    plan::Limits,
    shares::shard::{self as shares, Share, Stand},
    store::{Remote, Timing},
};
use crate::{address, output::Kind, shard::Shard};

/// A file.
#[derive(Debug, Clone)]
pub struct File {
    pub kind: Kind,
    pub bytes: Vec<u8>,
    pub award: Option<String>,
    pub standing: Option<Standing>,
}

/// A built folder.
#[derive(Debug, Clone)]
pub struct Folder {
    pub moment: Timestamp,
    pub exported_at: Option<Timestamp>,
    pub inputs: [u8; 32],
    pub program: &'static str,
    pub files: BTreeMap<String, File>,
}

pub const ACTIVE: Standing = 0;
pub const REVOKED: Standing = 5;
pub const PRIVATE: Standing = 6;

pub fn second(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

impl Folder {
    pub fn at(moment: i64) -> Self {
        let (moment, files) = (second(moment), BTreeMap::new());
        Self { moment, exported_at: Some(moment), inputs: [7; 32], program: "tests", files }
    }

    pub fn add(&mut self, path: &str, kind: Kind, text: &str) {
        let file = File { kind, bytes: text.as_bytes().to_vec(), award: None, standing: None };
        self.files.insert(path.to_owned(), file);
    }

    /// An award with its page, a card that the page shows unless nothing of it may be seen, and the page of an alias.
    pub fn award(&mut self, id: &str, standing: Standing, version: &str, style: &str) {
        let own = format!("verify/{id}/index.html");
        let card = format!("verify/{id}/card.png");
        let mut add = |path: &str, kind, text: String| {
            let file = File { kind, bytes: text.into_bytes(), award: Some(own.clone()), standing: Some(standing) };
            self.files.insert(path.to_owned(), file);
        };
        let shows = if standing == PRIVATE { String::new() } else { format!("load:{card}\n") };
        add(&own, Kind::Page, format!("{version} standing:{standing} {id}\nload:{style}\n{shows}"));
        add(&format!("old/{id}/index.html"), Kind::Page, format!("standing:{standing} moved: {id}\nload:{style}\n"));
        if standing != PRIVATE {
            add(&card, Kind::Leaf, format!("{version} card of {id}, {standing}"));
        }
    }
}

/// The award whose own page this is.
pub fn id_of(key: &str) -> Option<&str> {
    key.strip_prefix("verify/")?.strip_suffix("/index.html")
}

impl Folder {
    /// One of three shares of it: assets, its awards and, of the first, all else.
    pub fn share(&self, shard: Shard) -> Self {
        let is_in = |file: &File| match &file.award {
            Some(own) => shard.has(id_of(own).unwrap()),
            None => file.kind == Kind::Asset || shard.is_first(),
        };
        let files = self.files.iter().filter(|(_, file)| is_in(file));
        Self { files: files.map(|(path, file)| (path.clone(), file.clone())).collect(), ..self.clone() }
    }
}

impl Built for Folder {
    fn moment(&self) -> Timestamp {
        self.moment
    }

    fn exported_at(&self) -> Option<Timestamp> {
        self.exported_at
    }

    fn program(&self) -> &'static str {
        self.program
    }

    fn inputs(&self) -> [u8; 32] {
        self.inputs
    }

    fn files(&self) -> Box<dyn Iterator<Item = BuiltFile<'_>> + '_> {
        // In the order of names, as builds are.
        let mut files: Vec<_> = self.files.iter().collect();
        files.sort_by(|one, other| address::order(one.0, other.0));
        Box::new(files.into_iter().map(|(path, file)| BuiltFile {
            path,
            kind: file.kind,
            content: half(&file.bytes),
            size: file.bytes.len() as u64,
            award: file.award.as_deref(),
            standing: file.standing,
        }))
    }
}

/// What happens at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not done, and an error comes back; once.
    Error,
    /// It is done, and an error comes back: the connection broke.
    Broken,
    /// It is not done, and nothing comes back.
    Hang,
    /// It is done, and nothing comes back.
    HangAfter,
    /// An answer with this number comes back, and nothing is done.
    Answer(u16),
    /// The same from then on for every call.
    AnswerEver(u16),
    /// The process ends before it is done.
    Die,
    /// The process ends after it is done.
    DieAfter,
}

type Watch = Box<dyn Fn(&str, &InMemory) + Send + Sync>;

/// A store that fails at one of its calls.
pub struct Flaky {
    pub inner: InMemory,
    pub script: Arc<Script>,
    name: &'static str,
}

/// When which call fails.
#[derive(Default)]
pub struct Script {
    pub calls: Mutex<Vec<String>>,
    pub fault: Option<(usize, Fault)>,
    pub death: Notify,
    /// Sees what is up before each call to the site's store.
    pub watch: Option<Watch>,
}

impl fmt::Debug for Flaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for Flaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

fn answer(status: u16, path: &str) -> Error {
    let path = path.to_owned();
    // As `object_store` 0.14 words it.
    let source = format!("Server returned non-2xx status code: {status} Words").into();
    match status {
        404 => Error::NotFound { path, source },
        412 => Error::Precondition { path, source },
        403 => Error::PermissionDenied { path, source },
        _ => Error::Generic { store: "test", source },
    }
}

impl Flaky {
    async fn at<T>(&self, what: &str, key: &str, call: impl Future<Output = Result<T>>) -> Result<T> {
        let number = {
            let mut calls = self.script.calls.lock().unwrap();
            calls.push(format!("{what} {}:{key}", self.name));
            calls.len()
        };
        if self.name == "site"
            && let Some(watch) = &self.script.watch
        {
            watch(&format!("{what} {key}"), &self.inner);
        }
        // Others have their turn.
        tokio::task::yield_now().await;
        let broken = || Error::Generic { store: "test", source: "connection closed before message completed".into() };
        match self.script.fault {
            Some((at, fault)) if at == number => match fault {
                Fault::Error => Err(broken()),
                Fault::Broken => call.await.and_then(|_| Err(broken())),
                Fault::Hang => pending().await,
                Fault::HangAfter => {
                    call.await?;
                    pending().await
                }
                // Of a key that is there no store says that it is not: it has just been deleted.
                Fault::Answer(404) if what == "delete" => call.await.and_then(|_| Err(answer(404, key))),
                Fault::Answer(status) | Fault::AnswerEver(status) => Err(answer(status, key)),
                Fault::Die => {
                    self.script.death.notify_one();
                    pending().await
                }
                Fault::DieAfter => {
                    call.await?;
                    self.script.death.notify_one();
                    pending().await
                }
            },
            Some((at, Fault::AnswerEver(status))) if number > at => Err(answer(status, key)),
            _ => call.await,
        }
    }
}

#[async_trait]
impl ObjectStore for Flaky {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        self.at("put", location.as_ref(), self.inner.put_opts(location, payload, opts)).await
    }

    async fn put_multipart_opts(&self, location: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Err(answer(501, location.as_ref()))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.at("get", location.as_ref(), self.inner.get_opts(location, options)).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<bytes::Bytes>> {
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let this = Self { inner: self.inner.clone(), script: self.script.clone(), name: self.name };
        futures_util::stream::once(async move {
            let paths: Vec<Path> = locations.try_collect().await?;
            let key = paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            let delete = async {
                let paths = futures_util::stream::iter(paths.clone().into_iter().map(Ok)).boxed();
                this.inner.delete_stream(paths).try_collect::<Vec<_>>().await
            };
            let deleted = this.at("delete", &key, delete).await?;
            Ok::<_, Error>(futures_util::stream::iter(deleted.into_iter().map(Ok)))
        })
        .try_flatten()
        .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let this = Self { inner: self.inner.clone(), script: self.script.clone(), name: self.name };
        let listed = self.inner.list(prefix);
        futures_util::stream::once(async move { this.at("list", "", async { Ok(listed) }).await }).try_flatten().boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

/// What is up, and the record of it.
#[derive(Debug, Clone, Default)]
pub struct Host {
    pub site: InMemory,
    pub record: InMemory,
}

impl Host {
    /// The same, for another course of things.
    pub fn fork(&self) -> Self {
        Self { site: self.site.fork(), record: self.record.fork() }
    }
}

/// All that is in a store: bytes and headers.
pub fn all(store: &InMemory) -> BTreeMap<String, (Vec<u8>, String)> {
    futures_executor(async {
        let metas: Vec<ObjectMeta> = store.list(None).try_collect().await.unwrap();
        let mut all = BTreeMap::new();
        for meta in metas {
            let found = store.get_opts(&meta.location, GetOptions::default()).await.unwrap();
            let mut headers: Vec<String> =
                found.attributes.iter().map(|(name, value)| format!("{name:?}: {}", value.as_ref())).collect();
            headers.sort();
            let bytes = found.bytes().await.unwrap().to_vec();
            all.insert(meta.location.to_string(), (bytes, headers.join("\n")));
        }
        all
    })
}

/// What is in memory is there at once.
fn futures_executor<T>(future: impl Future<Output = T>) -> T {
    use futures_util::FutureExt as _;
    future.now_or_never().expect("nothing in memory waits")
}

/// How a run goes about it.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Way {
    pub run: &'static str,
    pub allowed: Option<usize>,
    pub rollback: bool,
    pub reconcile: bool,
    pub dry_run: bool,
    /// Days after the folder's moment.
    pub days: i64,
    /// Whether the process that held the lease before is of this machine and gone.
    pub others_are_dead: bool,
    pub readable: bool,
    pub timing: Timing,
    pub target: &'static str,
    /// As which shard of which run.
    pub share: Option<(Shard, &'static str)>,
}

impl Default for Way {
    fn default() -> Self {
        Self {
            run: "r",
            allowed: None,
            rollback: false,
            reconcile: false,
            dry_run: false,
            days: 0,
            others_are_dead: true,
            readable: false,
            timing: Timing { tries: 4, ..Timing::default() },
            target: "s3://site",
            share: None,
        }
    }
}

/// How a run ended.
#[derive(Debug)]
pub enum End {
    Done(Outcome),
    /// Of a shard: what it did itself, and how its run stands.
    Share(Outcome, Stand),
    Stopped(Stop),
    Died,
}

/// Publishes.
pub async fn run(folder: &Folder, host: &Host, script: &Arc<Script>, way: &Way, seen: &dyn Fn(Progress)) -> End {
    let store = |name, inner: &InMemory| Arc::new(Flaky { inner: inner.clone(), script: script.clone(), name });
    let remote = Remote::new(store("site", &host.site), store("record", &host.record), way.timing);
    let read = |path: &str| -> LocalBoxFuture<'_, Result<Vec<u8>, Stop>> {
        let missing = || Stop::Unreadable { path: path.to_owned(), cause: io::Error::other("not there") };
        let bytes = folder.files.get(path).map(|file| file.bytes.clone()).ok_or_else(missing);
        Box::pin(std::future::ready(bytes))
    };
    let start = tokio::time::Instant::now();
    let moment = folder.moment;
    let clock = move || moment + SignedDuration::try_from(start.elapsed()).unwrap();
    let is_too_many = |gone: usize, of: usize| gone > 1 && gone * 1000 > of * 5;
    let is_readable = way.readable;
    let is_dead = way.others_are_dead;
    let job = Job {
        built: folder,
        read: &read,
        remote: &remote,
        target: way.target.to_owned(),
        limits: Limits {
            now: folder.moment + SignedDuration::from_hours(24 * way.days),
            keep_assets: SignedDuration::from_hours(24 * 7),
            is_too_many: &is_too_many,
            allowed: way.allowed,
            rollback: way.rollback,
            ignores_case: false,
        },
        holder: Holder { machine: "m".into(), process: 1, started: 1 },
        is_dead: &|_| is_dead,
        run: way.run.to_owned(),
        clock: &clock,
        readable: &|key, _| Box::pin(async move { is_readable.then_some(key) }),
        ours: &|key| match key {
            _ if key.starts_with("verify/") && key.ends_with("/index.html") => Place::Award,
            _ if key.starts_with("verify/") || key.starts_with("faq/") => Place::Site,
            _ => Place::Foreign,
        },
        progress: seen,
        reconcile: way.reconcile,
        dry_run: way.dry_run,
        ends: None,
    };
    let result = async {
        let Some((shard, run)) = way.share else { return publish(&job).await.map(|outcome| (outcome, None)) };
        let is_mine = |key: &str| id_of(key).is_some_and(|id| shard.has(id));
        let published = shares::publish(&job, &Share { shard, run, is_mine: &is_mine }).await?;
        Ok((published.share, published.stand))
    };
    tokio::select! {
        biased;
        () = script.death.notified() => End::Died,
        result = result => match result {
            Ok((outcome, None)) => End::Done(outcome),
            Ok((outcome, Some(stand))) => End::Share(outcome, stand),
            Err(stop) => End::Stopped(stop),
        },
    }
}

/// A clock that runs as fast as nobody has anything to do.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_hours(1), future).await.expect("it ends") })
}

/// Publishes without any trouble.
pub fn publish_well(folder: &Folder, host: &Host, way: &Way) -> (Outcome, Vec<String>) {
    let script = Arc::new(Script::default());
    match block_on(run(folder, host, &script, way, &|_| {})) {
        End::Done(outcome) => (outcome, std::mem::take(&mut *script.calls.lock().unwrap())),
        end => panic!("{end:?}"),
    }
}

/// What a run stops with.
pub fn stopped(folder: &Folder, host: &Host, way: &Way) -> Stop {
    match block_on(run(folder, host, &Arc::new(Script::default()), way, &|_| {})) {
        End::Stopped(stop) | End::Share(_, Stand::NotEnded(stop)) => stop,
        end => panic!("{end:?}"),
    }
}

/// What pages load that is not there.
pub fn dangling(site: &BTreeMap<String, (Vec<u8>, String)>) -> Vec<String> {
    let mut dangling = Vec::new();
    for (key, (bytes, _)) in site.iter().filter(|(key, _)| key.ends_with(".html")) {
        let text = String::from_utf8_lossy(bytes);
        let loads = text.lines().filter_map(|line| line.strip_prefix("load:"));
        dangling.extend(loads.filter(|load| !site.contains_key(*load)).map(|load| format!("{key} loads {load}")));
    }
    dangling
}
