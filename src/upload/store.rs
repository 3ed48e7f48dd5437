//! A store as it is met: slow, now and then away, and sometimes of another opinion.
//!
//! All calls go through [`Remote::call`]: it gives each a time, tries again what may pass, and tells those apart that a
//! run has to know: "not there", "not what you think", "no". Waiting grows with each try and is never the same for two
//! runs; where a store says that it is too much (429, 503), fewer calls are made at once.

use std::{
    cell::{Cell, RefCell},
    error::Error as _,
    fmt::Write as _,
    future::Future,
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use object_store::{
    Attribute, Attributes, Error, GetOptions, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload,
    UpdateVersion, path::Path,
};
use tokio::time::{Instant, sleep, timeout};

use super::error::Stop;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// A call that moves little.
    pub call: Duration,
    /// Besides, for each megabyte.
    pub megabyte: Duration,
    /// The first pause before another try; each is about twice as long as the last.
    pub pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// How often something is tried.
    pub tries: u32,
    /// How long a lease holds.
    pub lease: Duration,
    /// How often it is renewed.
    pub renewal: Duration,
    /// For how long a lease that has run out is watched before it is taken over: longer than a renewal.
    pub watch: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(30),
            megabyte: Duration::from_secs(10),
            pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(20),
            tries: 8,
            lease: Duration::from_mins(1),
            renewal: Duration::from_secs(15),
            watch: Duration::from_secs(20),
        }
    }
}

/// The most calls at once, and where a store's complaints end.
const MOST: usize = 32;
const LEAST: usize = 8;
/// After how many calls that went well one more is made at once.
const GROWTH: usize = 64;

/// How many calls are made at once.
#[derive(Debug)]
pub struct Pace {
    limit: Cell<usize>,
    good: Cell<usize>,
    halved: Cell<Option<Instant>>,
}

impl Default for Pace {
    fn default() -> Self {
        Self { limit: Cell::new(MOST), good: Cell::new(0), halved: Cell::new(None) }
    }
}

impl Pace {
    /// How many.
    pub fn limit(&self) -> usize {
        self.limit.get()
    }

    fn went_well(&self) {
        let good = self.good.get() + 1;
        if good >= GROWTH && self.limit.get() < MOST {
            self.limit.set(self.limit.get() + 1);
            self.good.set(0);
        } else {
            self.good.set(good);
        }
    }

    /// Half as many; calls that were under way together count once.
    fn too_much(&self) {
        let now = Instant::now();
        if self.halved.get().is_none_or(|last| now - last > Duration::from_secs(1)) {
            self.limit.set((self.limit.get() / 2).max(LEAST));
            self.halved.set(Some(now));
        }
        self.good.set(0);
    }
}

/// What a call came to when it did not do what it was to do.
#[derive(Debug)]
pub enum Failure {
    /// There is no such object.
    Missing,
    /// The object is not what the condition says.
    Conflict,
    /// All else: the run ends.
    Stop(Stop),
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// What is the matter with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Matter {
    Missing,
    Conflict,
    Denied(String),
    TooMuch(String),
    Passing(String),
}

/// Where a site goes, and where its record is.
#[derive(Debug)]
pub struct Remote {
    /// The site's own keys.
    pub site: Arc<dyn ObjectStore>,
    /// The record's.
    pub record: Arc<dyn ObjectStore>,
    /// How long things may take.
    pub timing: Timing,
    /// How many calls are made at once.
    pub pace: Pace,
    /// How many calls have been made, with those that were tried again.
    pub calls: Cell<u64>,
    /// How many bytes have been sent.
    pub sent: Cell<u64>,
    /// What the two are called, as a target is written.
    pub names: [String; 2],
    /// The head of the record as it was read or written last.
    pub head: RefCell<Option<Found>>,
}

/// An object with what tells it from later ones.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its version.
    pub version: UpdateVersion,
}

impl Remote {
    /// A site's store and its record's.
    pub fn new(site: Arc<dyn ObjectStore>, record: Arc<dyn ObjectStore>, timing: Timing) -> Self {
        Self {
            site,
            record,
            timing,
            pace: Pace::default(),
            calls: Cell::new(0),
            sent: Cell::new(0),
            names: <[String; 2]>::default(),
            head: RefCell::default(),
        }
    }

    /// Makes a call, again and again if need be.
    async fn call<T, F>(
        &self,
        action: &'static str,
        key: &str,
        bytes: usize,
        call: impl Fn() -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = object_store::Result<T>>,
    {
        self.call_for(action, key, bytes, bytes, call).await
    }

    async fn call_for<T, F>(
        &self,
        action: &'static str,
        key: &str,
        bytes: usize,
        size: usize,
        call: impl Fn() -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = object_store::Result<T>>,
    {
        let mebibytes = u32::try_from(size >> 20).unwrap_or(u32::MAX);
        let patience = self.timing.call + self.timing.megabyte.saturating_mul(mebibytes);
        let mut tries = 0;
        loop {
            tries += 1;
            self.calls.set(self.calls.get() + 1);
            self.sent.set(self.sent.get() + bytes as u64);
            let matter = match timeout(patience, call()).await {
                Ok(Ok(value)) => {
                    self.pace.went_well();
                    return Ok(value);
                }
                Ok(Err(error)) => matter(&error),
                Err(_) => Matter::Passing(format!("no answer for {} s", patience.as_secs())),
            };
            let key = || key.to_owned();
            let cause = match matter {
                Matter::Missing => return Err(Failure::Missing),
                Matter::Conflict => return Err(Failure::Conflict),
                Matter::Denied(answer) => return Err(Stop::Denied { action, key: key(), answer }.into()),
                Matter::TooMuch(cause) => {
                    self.pace.too_much();
                    cause
                }
                Matter::Passing(cause) => cause,
            };
            if tries >= self.timing.tries {
                return Err(Stop::GaveUp { action, key: key(), tries, cause }.into());
            }
            sleep(self.pause(tries)).await;
        }
    }

    /// Between half of it and all of it, so that runs that were turned away together do not come back together.
    fn pause(&self, tries: u32) -> Duration {
        let whole = self.timing.pause.saturating_mul(1 << tries.min(16)).min(self.timing.longest_pause);
        let half = whole / 2;
        half + half.mul_f64(f64::from(u32::try_from(chance() >> 32).unwrap_or_default()) / f64::from(u32::MAX))
    }

    /// An object of the record, if there is one.
    ///
    /// # Errors
    /// If that cannot be found out.
    pub async fn get(&self, key: &str) -> Result<Option<Found>, Stop> {
        let path = path(key)?;
        let get = || async {
            let result = self.record.get_opts(&path, GetOptions::default()).await?;
            let version = UpdateVersion { e_tag: result.meta.e_tag.clone(), version: result.meta.version.clone() };
            Ok(Found { bytes: result.bytes().await?.to_vec(), version })
        };
        match self.call("reading", key, 0, get).await {
            Ok(found) => Ok(Some(found)),
            Err(Failure::Missing) => Ok(None),
            Err(Failure::Conflict) => Err(Stop::Damaged { key: key.to_owned() }),
            Err(Failure::Stop(stop)) => Err(stop),
        }
    }

    /// Writes an object of the record, on a condition. Whoever writes the same bytes has written them.
    ///
    /// # Errors
    /// A conflict if the condition does not hold and the object has other bytes.
    pub async fn put_if(
        &self,
        key: &str,
        bytes: &[u8],
        version: Option<&UpdateVersion>,
    ) -> Result<UpdateVersion, Failure> {
        let path = path(key)?;
        let mode = version.map_or(PutMode::Create, |version| PutMode::Update(version.clone()));
        let put = || {
            let options = PutOptions { attributes: private(), ..PutOptions::from(mode.clone()) };
            self.record.put_opts(&path, PutPayload::from(bytes.to_vec()), options)
        };
        match self.call("writing", key, bytes.len(), put).await {
            Ok(result) => Ok(UpdateVersion { e_tag: result.e_tag, version: result.version }),
            // It may be our own first try, whose answer never came.
            Err(Failure::Conflict | Failure::Missing) => match self.get(key).await? {
                Some(found) if found.bytes == bytes => Ok(found.version),
                _ => Err(Failure::Conflict),
            },
            Err(failure) => Err(failure),
        }
    }

    /// Writes an object of the record that nobody else writes differently.
    ///
    /// # Errors
    /// If that cannot be done.
    pub async fn put_record(&self, key: &str, bytes: Vec<u8>) -> Result<(), Stop> {
        self.put(&self.record, key, bytes, private()).await
    }

    /// Puts a file of the site.
    ///
    /// # Errors
    /// If that cannot be done.
    pub async fn put_site(
        &self,
        key: &str,
        bytes: Vec<u8>,
        kind: &'static str,
        cache: &'static str,
    ) -> Result<(), Stop> {
        let attributes = [(Attribute::ContentType, kind), (Attribute::CacheControl, cache)];
        self.put(&self.site, key, bytes, attributes.into_iter().collect()).await
    }

    async fn put(
        &self,
        store: &Arc<dyn ObjectStore>,
        key: &str,
        bytes: Vec<u8>,
        attributes: Attributes,
    ) -> Result<(), Stop> {
        let path = path(key)?;
        let size = bytes.len();
        let payload = PutPayload::from(bytes);
        let put = || {
            store.put_opts(
                &path,
                payload.clone(),
                PutOptions { attributes: attributes.clone(), ..PutOptions::default() },
            )
        };
        self.call("putting", key, size, put).await.map(|_| ()).map_err(|failure| stop(failure, "putting", key))
    }

    /// Deletes files, of the site or of the record. What is not there is as good as deleted.
    ///
    /// # Errors
    /// If that cannot be done.
    pub async fn delete(&self, store: &Arc<dyn ObjectStore>, keys: &[String]) -> Result<(), Stop> {
        use futures_util::{StreamExt as _, stream};
        let mut paths = Vec::with_capacity(keys.len());
        for key in keys {
            paths.push(path(key)?);
        }
        let first = keys.first().map_or("", String::as_str);
        let delete = || async {
            if let [path] = &paths[..] {
                return store.delete(path).await;
            }
            let mut results = store.delete_stream(stream::iter(paths.clone().into_iter().map(Ok)).boxed());
            while let Some(result) = results.next().await {
                result?;
            }
            Ok(())
        };
        match self.call("deleting", first, 0, delete).await {
            Ok(()) => Ok(()),
            // One of them is not there; which, and what became of the others, is not told by all stores.
            Err(Failure::Missing) if keys.len() > 1 => {
                for key in keys {
                    Box::pin(self.delete(store, std::slice::from_ref(key))).await?;
                }
                Ok(())
            }
            Err(Failure::Missing) => Ok(()),
            Err(failure) => Err(stop(failure, "deleting", first)),
        }
    }

    /// The names of the record's objects below a folder of it.
    ///
    /// # Errors
    /// If that cannot be found out.
    pub async fn names(&self, folder: &str) -> Result<Vec<String>, Stop> {
        use futures_util::StreamExt as _;
        let folder = path(folder)?;
        let list = || async {
            let mut stream = self.record.list(Some(&folder));
            let mut names = Vec::new();
            loop {
                let next = timeout(self.timing.call, stream.next());
                let late = |_| Error::Generic { store: "listing", source: "timed out".into() };
                let Some(meta) = next.await.map_err(late)? else { break };
                names.push(meta?.location.to_string());
            }
            Ok(names)
        };
        self.listing(&self.names[1], list).await
    }

    /// Lists. A listing has many answers; whoever reads them gives each its time.
    pub(super) async fn listing<T, F>(&self, name: &str, list: impl Fn() -> F) -> Result<T, Stop>
    where
        F: Future<Output = object_store::Result<T>>,
    {
        self.call_for("listing", name, 0, usize::MAX, list).await.map_err(|failure| stop(failure, "listing", name))
    }

    /// The headers of an object of the site, if there is one: its media type and for how long it may be kept.
    ///
    /// # Errors
    /// If that cannot be found out.
    pub async fn headers(&self, key: &str) -> Result<Option<(String, String)>, Stop> {
        let path = path(key)?;
        let get = || self.site.get_opts(&path, GetOptions { head: true, ..GetOptions::default() });
        match self.call("looking at", key, 0, get).await {
            Ok(result) => {
                let text = |attribute| {
                    result.attributes.get(&attribute).map_or_else(String::new, |value| value.as_ref().to_owned())
                };
                Ok(Some((text(Attribute::ContentType), text(Attribute::CacheControl))))
            }
            Err(Failure::Missing) => Ok(None),
            Err(failure) => Err(stop(failure, "looking at", key)),
        }
    }
}

/// What the record's own files are sent with.
fn private() -> Attributes {
    [(Attribute::CacheControl, "no-store")].into_iter().collect()
}

fn stop(failure: Failure, action: &'static str, key: &str) -> Stop {
    match failure {
        Failure::Stop(stop) => stop,
        Failure::Missing => {
            Stop::Denied { action, key: key.to_owned(), answer: "404: there is no such place".to_owned() }
        }
        Failure::Conflict => {
            Stop::Denied { action, key: key.to_owned(), answer: "412: somebody else is writing there".to_owned() }
        }
    }
}

/// A key as it is, without any encoding of its own.
pub fn path(key: &str) -> Result<Path, Stop> {
    Path::parse(key).map_err(|error| Stop::Denied { action: "naming", key: key.to_owned(), answer: error.to_string() })
}

/// Any number.
pub fn chance() -> u64 {
    RandomState::new().hash_one(())
}

/// What stores answer where there is no such bucket: S3 and Google's XML API, and Azure.
const NO_BUCKET: [&str; 2] = ["NoSuchBucket", "ContainerNotFound"];

/// What is the matter. The store's library keeps its answers' numbers to itself but for some, so they are read from the
/// words of its errors.
fn matter(error: &Error) -> Matter {
    let mut words = String::new();
    let mut cause: Option<&(dyn std::error::Error + 'static)> = error.source();
    while let Some(error) = cause {
        let _ = writeln!(words, "{error}");
        cause = error.source();
    }
    let answer = answer(&words);
    match error {
        // It is no file that is missing, but all that could hold one.
        Error::NotFound { .. } if NO_BUCKET.iter().any(|code| words.contains(code)) => return Matter::Denied(answer),
        Error::NotFound { .. } => return Matter::Missing,
        Error::Precondition { .. } | Error::AlreadyExists { .. } | Error::NotModified { .. } => {
            return Matter::Conflict;
        }
        _ => {}
    }
    match (error, status(&words)) {
        (_, Some(429 | 503)) => Matter::TooMuch(answer),
        (_, Some(408 | 409 | 425)) => Matter::Passing(answer),
        (_, Some(status)) if (400..500).contains(&status) => Matter::Denied(answer),
        (Error::PermissionDenied { .. } | Error::Unauthenticated { .. }, _) => Matter::Denied(answer),
        (Error::InvalidPath { .. } | Error::NotSupported { .. } | Error::NotImplemented { .. }, _) => {
            Matter::Denied(answer)
        }
        (Error::UnknownConfigurationKey { .. }, _) => Matter::Denied(answer),
        // `SlowDown` comes within an answer of 200 as well.
        _ if words.contains("SlowDown") => Matter::TooMuch(answer),
        _ => Matter::Passing(answer),
    }
}

/// The number of an answer in the words of `object_store`.
fn status(words: &str) -> Option<u16> {
    let (_, after) = words.split_once("status code: ")?;
    after.get(..3)?.parse().ok()
}

/// What may be told of an answer: its number, and the store's own code and message. Never the whole: addresses may
/// have signatures in them.
fn answer(words: &str) -> String {
    let tag = |name: &str| {
        let (_, after) = words.split_once(&format!("<{name}>"))?;
        let (text, _) = after.split_once(&format!("</{name}>"))?;
        Some(text.chars().filter(|letter| !letter.is_control()).take(200).collect::<String>())
    };
    let parts: Vec<String> =
        [status(words).map(|status| status.to_string()), tag("Code"), tag("Message")].into_iter().flatten().collect();
    if !parts.is_empty() {
        return parts.join(": ");
    }
    let known =
        ["dns error", "Connection refused", "connection closed", "certificate", "timed out", "connection reset"];
    let found = known.iter().find(|known| words.to_lowercase().contains(&known.to_lowercase()));
    found.map_or_else(|| "the connection failed".to_owned(), |found| format!("the connection failed ({found})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stores_complaints_halve_what_is_done_at_once() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let pace = Pace::default();
            for limit in [16, 8, 8] {
                tokio::time::advance(Duration::from_secs(2)).await;
                pace.too_much();
                pace.too_much();
                assert_eq!(pace.limit(), limit);
            }
            (0..GROWTH * 100).for_each(|_| pace.went_well());
            assert_eq!(pace.limit(), 32);
        });
    }

    #[test]
    fn only_what_a_store_says_of_itself_is_told() {
        let words = "Error performing PUT https://h.example/b/k?sig=SECRET in 1ms - Server returned non-2xx status code: \
                     403 Forbidden: <Error><Code>AccessDenied</Code><Message>No.</Message></Error>";
        assert_eq!(answer(words), "403: AccessDenied: No.");
        assert_eq!(
            answer("error sending request for url (https://h.example/?sig=SECRET)\nConnection refused"),
            "the connection failed (Connection refused)"
        );
        assert_eq!(answer("sig=SECRET"), "the connection failed");
    }
}
