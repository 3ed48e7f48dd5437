//! A publish to a store, from the first look to the last.
//!
//! All that decides is in [`super::plan`]; here it is carried out, in its order, by one run at a time.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeSet, HashMap, HashSet},
    io,
};

use futures_util::{
    StreamExt as _,
    future::{Either, LocalBoxFuture, select},
    stream::FuturesUnordered,
};
use jiff::Timestamp;
use object_store::UpdateVersion;

use super::{
    built::{Built, half},
    error::Stop,
    headers::{cache_control, media_type},
    intent,
    lease::Holder,
    lessee::Lessee,
    listing,
    outcome::{Ours, Outcome, Progress},
    plan::{Limits, Overlay, Plan, Planner, Step, Wanted, part_bytes, refusal_at_once},
    record::{Damaged, HEAD, Head, Pending, hex, part_name},
    store::{Failure, Found, Remote},
};
use crate::output::Kind;

/// How many keys are deleted by one call.
const DELETED_AT_ONCE: usize = 200;
/// How many bytes are on their way at once, if no single file has more.
const BYTES_AT_ONCE: usize = 64 << 20;
/// How many entries of the record are written in one go.
const ENTRIES_AT_ONCE: u64 = 200_000;

/// Whether anybody can read a file of the record, without login; if so, where.
pub type Readable<'a> = dyn Fn(String, Vec<u8>) -> LocalBoxFuture<'a, Option<String>> + 'a;

/// What is to be published, where, and by whom.
pub struct Job<'a> {
    /// The build.
    pub built: &'a dyn Built,
    /// Reads a file of it.
    pub read: &'a dyn Fn(&str) -> io::Result<Vec<u8>>,
    /// The store.
    pub remote: &'a Remote,
    /// What may be done.
    pub limits: Limits<'a>,
    /// This process.
    pub holder: Holder,
    /// Whether another is gone.
    pub is_dead: &'a dyn Fn(&Holder) -> bool,
    /// A name for this run that no other has.
    pub run: String,
    /// The time.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// Whether anybody can read the record.
    pub readable: &'a Readable<'a>,
    /// Whether a key that nobody has recorded is ours.
    pub ours: &'a Ours<'a>,
    /// Told of each change that has been made.
    pub progress: &'a dyn Fn(Progress),
    /// Lists what is up instead of believing the record.
    pub reconcile: bool,
    /// Only says what would be done.
    pub dry_run: bool,
}

/// Publishes.
///
/// # Errors
/// Why it stopped. What had been done by then is whole, and the next run goes on.
pub async fn publish(job: &Job<'_>) -> Result<Outcome, Stop> {
    let found = job.remote.get(HEAD).await?;
    let head = match &found {
        None => Head::empty(),
        Some(found) => Head::read(&found.bytes).map_err(damaged(HEAD))?,
    };
    if let Some(refusal) = refusal_at_once(job.built, &head, &job.limits) {
        return Err(Stop::Refused(refusal));
    }
    if let Some(found) = &found
        && let Some(address) = (job.readable)(HEAD.to_owned(), found.bytes.clone()).await
    {
        return Err(Stop::PublicRecord { address });
    }
    let wanted = Wanted::of(job.built, &head);
    if found.is_some() && !job.reconcile && wanted.is_up(&head, &job.limits) {
        return Ok(Outcome { generation: head.generation, files: head.files, ..Outcome::default() });
    }
    let run = Run { job, head, found, wanted };
    if job.dry_run {
        let lease = if run.head.pending.is_some() { Lessee::told(job.remote).await? } else { None };
        let (plan, foreign) = run.plan(lease.as_ref().map(|(id, done)| (id.as_str(), *done))).await?;
        return Ok(run.outcome(plan, foreign));
    }
    if run.found.is_none() {
        run.probe().await?;
    }
    let lessee = Lessee::acquire(job).await?;
    let work = std::pin::pin!(run.work(&lessee));
    let renewal = std::pin::pin!(lessee.renew());
    let result = match select(work, renewal).await {
        Either::Left((result, _)) => result,
        Either::Right((stop, _)) => return Err(stop),
    };
    if matches!(result, Err(Stop::Lost | Stop::Overtaken)) {
        return result;
    }
    // Not given back, it runs out by itself: nobody waits for long where the store cannot be reached.
    let _ = tokio::time::timeout(job.remote.timing.renewal, lessee.release()).await;
    result
}

struct Run<'a, 'j> {
    job: &'a Job<'j>,
    head: Head,
    found: Option<Found>,
    wanted: Wanted,
}

impl Run<'_, '_> {
    async fn work(&self, lessee: &Lessee<'_, '_>) -> Result<Outcome, Stop> {
        let job = self.job;
        let told = lessee.intent();
        let (plan, foreign) = self.plan(told.as_ref().map(|(id, done)| (id.as_str(), *done))).await?;
        let mut version = self.found.as_ref().map(|found| found.version.clone());
        let mut pending = None;
        if !plan.is_empty() {
            let mut files = 0;
            for bytes in intent::files(&plan, job.built) {
                job.remote.put_record(&intent::name(&job.run, files), bytes).await?;
                files += 1;
            }
            let carried = plan.carried.len() as u64;
            let mine = Pending {
                id: job.run.clone(),
                files,
                done: carried,
                moment: job.built.moment(),
                exported_at: job.built.exported_at(),
            };
            let head = Head { pending: Some(mine.clone()), ..self.head.clone() };
            version = Some(self.replace_head(&head, version.as_ref()).await?);
            lessee.begin(&job.run, carried);
            pending = Some(mine);
            self.carry_out(&plan, lessee).await?;
        }
        self.put_parts(lessee).await?;
        let head = plan.head_after(&self.head, job.built, &self.wanted);
        lessee.check()?;
        self.replace_head(&head, version.as_ref()).await?;
        lessee.end();
        self.tidy(&head, pending.as_ref()).await;
        Ok(self.outcome(plan, foreign))
    }

    fn outcome(&self, plan: Plan, foreign: Vec<String>) -> Outcome {
        let puts = self.job.built.files().zip(&plan.steps).filter(|(_, step)| **step != Step::None);
        let bytes = puts.map(|(file, _)| file.size).sum();
        let parts = self.changed_parts().len() as u64;
        let overhead = 2 * parts + 8;
        let generation = self.head.generation + 1;
        Outcome { plan: Some(plan), generation, bytes, foreign, overhead, files: self.wanted.files }
    }

    /// Whether anybody could read a record that were here. Asked before there is one.
    async fn probe(&self) -> Result<(), Stop> {
        let (job, key) = (self.job, format!("probe-{}", self.job.run));
        let bytes = hex(&half(format!("{}{}", job.run, super::store::chance()).as_bytes())).into_bytes();
        job.remote.put_record(&key, bytes.clone()).await?;
        let address = (job.readable)(key.clone(), bytes).await;
        job.remote.delete(&job.remote.record, &[key]).await?;
        address.map_or(Ok(()), |address| Err(Stop::PublicRecord { address }))
    }

    /// What is to be done.
    async fn plan(&self, told: Option<(&str, u64)>) -> Result<(Plan, Vec<String>), Stop> {
        let job = self.job;
        let mut overlay = Overlay::new();
        if let Some(pending) = &self.head.pending {
            let mut files = Vec::new();
            for file in 0..pending.files {
                let name = intent::name(&pending.id, file);
                let found = job.remote.get(&name).await?.ok_or(Stop::Damaged { key: name })?;
                files.push(found.bytes);
            }
            let name = intent::name(&pending.id, 0);
            overlay = intent::overlay(&files, intent::done(pending, told)).map_err(damaged(&name))?;
        }
        // Without a record, what is up is looked at. A run that was stopped at its very beginning has left a head that
        // names nothing but its intent, and has listed what was there.
        let is_first = self.found.is_none();
        let mut foreign = Vec::new();
        if is_first || job.reconcile {
            let recorded = self.recorded_keys().await?;
            let listed = listing::look(job, &recorded, std::mem::take(&mut overlay)).await?;
            (overlay, foreign) = (listed.overlay, listed.foreign);
        }
        let mut planner = Planner::new(job.built, &self.wanted, &self.head, overlay, &job.limits, job.reconcile);
        for group in planner.groups() {
            let parts = self.parts(&group).await?;
            planner.group(&parts).map_err(damaged("parts/"))?;
        }
        let plan = planner.finish();
        match plan.refusal(&job.limits) {
            Some(refusal) => Err(Stop::Refused(refusal)),
            None => Ok((plan, foreign)),
        }
    }

    /// All entries of the record, where what is up is held against it.
    async fn recorded_keys(&self) -> Result<HashMap<Box<str>, super::record::Entry<'static>>, Stop> {
        let all: Vec<u32> = (0..self.head.part_count()).collect();
        let mut keys = HashMap::new();
        for group in all.chunks(64) {
            for bytes in self.parts(group).await?.values() {
                for entry in super::record::entries(bytes).map_err(damaged("parts/"))? {
                    keys.insert((*entry.key).into(), entry.into_owned());
                }
            }
        }
        Ok(keys)
    }

    /// Parts of the record, as they are kept.
    async fn parts(&self, group: &[u32]) -> Result<HashMap<u32, Vec<u8>>, Stop> {
        let empty = half(&[]);
        let fetch = async |index: u32| {
            let digest = self.head.part(index).unwrap_or(empty);
            if digest == empty {
                return Ok((index, Vec::new()));
            }
            let name = part_name(index, digest);
            let found = self.job.remote.get(&name).await?.ok_or(Stop::Damaged { key: name })?;
            Ok((index, found.bytes))
        };
        let mut parts = HashMap::new();
        let mut fetched = futures_util::stream::iter(group.iter().copied().map(fetch)).buffer_unordered(8);
        while let Some(part) = fetched.next().await {
            let (index, bytes) = part?;
            parts.insert(index, bytes);
        }
        Ok(parts)
    }

    async fn replace_head(&self, head: &Head, version: Option<&UpdateVersion>) -> Result<UpdateVersion, Stop> {
        self.job.remote.put_if(HEAD, &head.write(), version).await.map_err(|failure| match failure {
            Failure::Stop(stop) => stop,
            Failure::Missing | Failure::Conflict => Stop::Overtaken,
        })
    }

    /// Makes the changes, step by step.
    async fn carry_out(&self, plan: &Plan, lessee: &Lessee<'_, '_>) -> Result<(), Stop> {
        let job = self.job;
        let puts = plan.steps.iter().filter(|step| **step != Step::None).count() as u64;
        let of_bytes = job.built.files().zip(&plan.steps).filter(|(_, step)| **step != Step::None);
        let of_bytes = of_bytes.map(|(file, _)| file.size).sum();
        let total = puts + plan.deletes.len() as u64;
        let (first, mut next) = (plan.carried.len() as u64, plan.carried.len() as u64);
        let confirmed = Confirmed { low: Cell::new(first), early: RefCell::new(BTreeSet::new()) };
        let bytes_up = Cell::new(0);
        for step in Step::ALL {
            let bytes_under_way = Cell::new(0);
            let finish = |place: u64, count: u64, bytes: u64| {
                confirmed.add(place, count);
                lessee.confirm(confirmed.low.get());
                bytes_up.set(bytes_up.get() + bytes);
                bytes_under_way.set(bytes_under_way.get() - bytes);
                let done = confirmed.low.get() - first;
                (job.progress)(Progress { step, done, total, bytes: bytes_up.get(), of_bytes });
            };
            let finish = &finish;
            let mut under_way = FuturesUnordered::new();
            for file in plan.puts(job.built, step) {
                while under_way.len() >= job.remote.pace.limit()
                    || (!under_way.is_empty() && bytes_under_way.get() + file.size > BYTES_AT_ONCE as u64)
                {
                    under_way.next().await.unwrap_or(Ok(()))?;
                }
                lessee.check()?;
                let place = next;
                next += 1;
                bytes_under_way.set(bytes_under_way.get() + file.size);
                under_way.push(Either::Left(async move {
                    let bytes = (job.read)(file.path)
                        .map_err(|cause| Stop::Unreadable { path: file.path.to_owned(), cause })?;
                    if half(&bytes) != file.content {
                        return Err(Stop::Changed { path: file.path.to_owned() });
                    }
                    job.remote.put_site(file.path, bytes, media_type(file.path), cache_control(file.kind)).await?;
                    finish(place, 1, file.size);
                    Ok(())
                }));
            }
            while let Some(done) = under_way.next().await {
                done?;
            }
            // Pages go before what they show; they come first.
            let (pages, rest): (Vec<_>, Vec<_>) =
                plan.deletes(step).partition(|entry| matches!(entry.kind, Kind::Page | Kind::List));
            for entries in [pages, rest] {
                for entries in entries.chunks(DELETED_AT_ONCE) {
                    while under_way.len() >= job.remote.pace.limit() {
                        under_way.next().await.unwrap_or(Ok(()))?;
                    }
                    lessee.check()?;
                    let (place, count) = (next, entries.len() as u64);
                    next += count;
                    let keys: Vec<String> = entries.iter().map(|entry| entry.key.clone().into_owned()).collect();
                    under_way.push(Either::Right(async move {
                        job.remote.delete(&job.remote.site, &keys).await?;
                        finish(place, count, 0);
                        Ok(())
                    }));
                }
                while let Some(done) = under_way.next().await {
                    done?;
                }
            }
        }
        Ok(())
    }

    /// The parts of the next record that are not those of this one.
    fn changed_parts(&self) -> Vec<u32> {
        let is_new = |index: &u32| {
            let digest = self.wanted.parts.get(*index as usize);
            self.wanted.parts.len() != self.head.parts.len() || digest.copied() != self.head.part(*index)
        };
        let count = u32::try_from(self.wanted.parts.len()).unwrap_or_default();
        (0..count).filter(is_new).collect()
    }

    async fn put_parts(&self, lessee: &Lessee<'_, '_>) -> Result<(), Stop> {
        let (job, count) = (self.job, u32::try_from(self.wanted.parts.len()).unwrap_or(1));
        let each = self.wanted.files / u64::from(count) + 1;
        let size = usize::try_from((ENTRIES_AT_ONCE / each).max(1)).unwrap_or(1);
        for group in self.changed_parts().chunks(size) {
            let which: BTreeSet<u32> = group.iter().copied().collect();
            let parts = part_bytes(job.built, count, &which).into_iter().filter(|(_, bytes)| !bytes.is_empty());
            let put = async |(index, bytes): (u32, Vec<u8>)| {
                lessee.check()?;
                job.remote.put_record(&part_name(index, half(&bytes)), bytes).await
            };
            let mut put = futures_util::stream::iter(parts.map(put)).buffer_unordered(8);
            while let Some(done) = put.next().await {
                done?;
            }
        }
        Ok(())
    }

    /// Deletes what the new head does not name any more. What stays behind harms nobody.
    async fn tidy(&self, head: &Head, mine: Option<&Pending>) {
        let name = |head: &Head, index: u32| head.part(index).map(|digest| part_name(index, digest));
        let named: HashSet<String> = (0..head.part_count()).filter_map(|index| name(head, index)).collect();
        let empty = hex(&half(&[]));
        let parts = (0..self.head.part_count()).filter_map(|index| name(&self.head, index));
        let mut old: Vec<String> = parts.filter(|name| !named.contains(name) && !name.ends_with(&empty)).collect();
        for pending in self.head.pending.iter().chain(mine) {
            old.extend((0..pending.files).map(|file| intent::name(&pending.id, file)));
        }
        for keys in old.chunks(DELETED_AT_ONCE) {
            if self.job.remote.delete(&self.job.remote.record, keys).await.is_err() {
                return;
            }
        }
    }
}

/// Which changes are confirmed: all below a number, and some beyond it.
struct Confirmed {
    low: Cell<u64>,
    early: RefCell<BTreeSet<u64>>,
}

impl Confirmed {
    fn add(&self, place: u64, count: u64) {
        let mut early = self.early.borrow_mut();
        early.extend(place..place + count);
        while early.remove(&self.low.get()) {
            self.low.set(self.low.get() + 1);
        }
    }
}

fn damaged(key: &str) -> impl Fn(Damaged) -> Stop {
    let key = key.to_owned();
    move |Damaged| Stop::Damaged { key: key.clone() }
}
