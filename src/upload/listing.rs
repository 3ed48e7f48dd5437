//! What is up, by looking: where there is no record, or it is not to be believed.
//!
//! A listing tells names, sizes and, of most stores, an MD5 of the bytes. What has the name, the size and the MD5 of a
//! file of the build is asked for its headers; only then it counts as up. All else that is ours is of unknown content.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{HashMap, HashSet},
};

use futures_util::StreamExt as _;
use md5::{Digest as _, Md5};
use object_store::ObjectStore as _;

use super::{
    built::{BuiltFile, Standing},
    engine::Job,
    error::Stop,
    headers::{cache_control, media_type},
    outcome::Place,
    plan::{Overlay, Seen, State, wanted},
    record::{Entry, Owner, hex},
    store,
};
use crate::output::Kind;

/// How many listings go on at once.
const RANGES: usize = 16;

/// What was found.
pub(super) struct Listed {
    /// What is known of the site's own keys.
    pub(super) overlay: Overlay,
    /// Keys of somebody else.
    pub(super) foreign: Vec<String>,
}

/// Looks.
pub(super) async fn look(
    job: &Job<'_>,
    recorded: &HashMap<Box<str>, Entry<'static>>,
    intended: Overlay,
) -> Result<Listed, Stop> {
    let files: HashMap<&str, BuiltFile<'_>> = wanted(job.built).map(|file| (file.path, file)).collect();
    let listed = list(job, &files).await?;
    let foreign = RefCell::new(Vec::new());
    let overlay = RefCell::new(Overlay::new());
    let keys: HashSet<&str> = listed.iter().map(|(key, ..)| key.as_str()).collect();
    let unknown = |key: &str| {
        let entry = recorded.get(key).cloned().or_else(|| intended.get(key).map(|seen| seen.entry.clone()));
        let entry = entry.or_else(|| files.get(key).map(|file| guess(file)));
        let leaving = intended.get(key).is_some_and(|seen| seen.state == State::Unknown { leaving: true });
        match (entry, (job.ours)(key)) {
            (Some(entry), _) => Some(Seen { state: State::Unknown { leaving }, entry, unrecorded: false }),
            (None, Place::Foreign | Place::Record) => None,
            (None, place) => {
                let owner = if place == Place::Award { Owner::Award(0) } else { Owner::Site };
                let key = Cow::Owned(key.to_owned());
                let entry = Entry { key, kind: Kind::Page, content: [0; 16], headers: [0; 4], owner };
                Some(Seen { state: State::Unknown { leaving: false }, entry, unrecorded: true })
            }
        }
    };
    let settle = async |(key, size, e_tag): &(String, u64, Option<String>)| -> Result<(), Stop> {
        if (job.ours)(key) == Place::Record {
            return Ok(());
        }
        let Some(mut seen) = unknown(key) else {
            foreign.borrow_mut().push(key.clone());
            return Ok(());
        };
        // What shards have put up in this very run is up; their files are not here to be compared.
        if job.ends.is_some()
            && let Some(known) = intended.get(key.as_str())
            && matches!(known.state, State::Up(..))
        {
            overlay.borrow_mut().insert(key.as_str().into(), known.clone());
            return Ok(());
        }
        if let Some(file) = files.get(key.as_str())
            && file.size == *size
            && let Some(e_tag) = e_tag
            && let Ok(bytes) = (job.read)(file.path).await
            && hex(&Md5::digest(&bytes)) == e_tag.trim_matches('"').to_ascii_lowercase()
            && super::built::half(&bytes) == file.content
            && job.remote.headers(key).await?
                == Some((media_type(file.path).to_owned(), cache_control(file.kind).to_owned()))
        {
            let entry = Entry::of(file);
            seen.state = State::Up(entry.content, entry.headers);
        }
        overlay.borrow_mut().insert(key.as_str().into(), seen);
        Ok(())
    };
    let mut settled = futures_util::stream::iter(listed.iter().map(settle)).buffer_unordered(RANGES);
    while let Some(done) = settled.next().await {
        done?;
    }
    drop(settled);
    let mut overlay = overlay.into_inner();
    // What is recorded or intended, and is not there.
    let intended = intended.iter().map(|(key, seen)| (key, &seen.entry));
    for (key, entry) in recorded.iter().chain(intended) {
        if !keys.contains(&**key) {
            let absent = Seen { state: State::Absent, entry: entry.clone(), unrecorded: false };
            overlay.entry(key.clone()).or_insert(absent);
        }
    }
    let mut foreign = foreign.into_inner();
    foreign.sort_unstable();
    Ok(Listed { overlay, foreign })
}

/// Of a file of the build that is up, nobody knows in which state: an award's page may be that of a better one.
fn guess(file: &BuiltFile<'_>) -> Entry<'static> {
    let entry = Entry::of(file).into_owned();
    let owner = match entry.owner {
        Owner::Award(_) => Owner::Award(Standing::MIN),
        owner => owner,
    };
    Entry { owner, ..entry }
}

/// All keys with their sizes and tags, listed in several ranges at once. Where these begin is taken from the build:
/// what is up has about the same names.
async fn list(job: &Job<'_>, files: &HashMap<&str, BuiltFile<'_>>) -> Result<Vec<(String, u64, Option<String>)>, Stop> {
    let mut names: Vec<&str> = files.keys().copied().collect();
    names.sort_unstable();
    let ranges = (names.len() / 1000).clamp(1, RANGES);
    let starts: Vec<Option<&str>> = (0..ranges)
        .map(|range| if range == 0 { None } else { names.get(range * names.len() / ranges).copied() })
        .collect();
    let ends = starts.iter().skip(1).copied().chain([None]);
    let walk = async |(start, end): (Option<&str>, Option<&str>)| -> Result<Vec<_>, Stop> {
        job.remote.list_range(start, end).await
    };
    let mut all = Vec::new();
    let mut walked = futures_util::stream::iter(starts.iter().copied().zip(ends).map(walk)).buffer_unordered(RANGES);
    while let Some(some) = walked.next().await {
        all.extend(some?);
    }
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

impl store::Remote {
    /// The site's keys after one and up to another, with sizes and tags.
    async fn list_range(
        &self,
        start: Option<&str>,
        end: Option<&str>,
    ) -> Result<Vec<(String, u64, Option<String>)>, Stop> {
        let offset = start.map(store::path).transpose()?;
        let list = || async {
            let mut stream = match &offset {
                Some(offset) => self.site.list_with_offset(None, offset),
                None => self.site.list(None),
            };
            let mut found = Vec::new();
            loop {
                let next = tokio::time::timeout(self.timing.call, stream.next());
                let late = |_| object_store::Error::Generic { store: "listing", source: "timed out".into() };
                let Some(meta) = next.await.map_err(late)? else { break };
                let meta = meta?;
                if end.is_some_and(|end| meta.location.as_ref() > end) {
                    break;
                }
                found.push((meta.location.to_string(), meta.size, meta.e_tag));
            }
            Ok(found)
        };
        self.listing(&self.names[0], list).await
    }
}
