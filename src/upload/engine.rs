//! A publish to a store, from the first look to the last.
//!
//! All that decides is in [`super::plan`]; here it is carried out, in its order, by one run at a time.

use std::collections::{BTreeSet, HashMap, HashSet};

use futures_util::{
    StreamExt as _,
    future::{Either, LocalBoxFuture, select},
};
use jiff::Timestamp;
use object_store::UpdateVersion;

use super::{
    built::{Built, half},
    carry::carry_out,
    error::Stop,
    intent, layers,
    lease::{Holder, LEASE},
    lessee::{Lessee, Patience, tellings},
    listing,
    outcome::{Ours, Outcome, Progress},
    plan::{Limits, Plan, Refusal, Step, Wanted, part_bytes, refusal_at_once},
    planner::Planner,
    record::{Damaged, HEAD, Head, Pending, ShardRun, hex, is_same, part_name},
    store::{Failure, Found, Remote},
};

/// How many keys are deleted by one call.
pub(super) const DELETED_AT_ONCE: usize = 200;
/// How many entries of the record are written in one go.
const ENTRIES_AT_ONCE: u64 = 200_000;

/// Whether anybody can read a file of the record, without login; if so, where.
pub type Readable<'a> = dyn Fn(String, Vec<u8>) -> LocalBoxFuture<'a, Option<String>> + 'a;

/// Reads a file of the build.
pub type Read<'a> = dyn Fn(&str) -> LocalBoxFuture<'a, Result<Vec<u8>, Stop>> + 'a;

/// What is to be published, where, and by whom.
pub struct Job<'a> {
    /// The build.
    pub built: &'a dyn Built,
    /// Reads a file of it.
    pub read: &'a Read<'a>,
    /// The store.
    pub remote: &'a Remote,
    /// What the target is called, as it is written in a command; the record says so.
    pub target: String,
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
    /// The run of shards that this ends, by where it keeps what it needs: the build is the union of theirs, and what they have put up is up.
    pub ends: Option<&'a str>,
}

/// Publishes.
///
/// # Errors
/// Why it stopped. What had been done by then is whole, and the next run goes on.
pub async fn publish(job: &Job<'_>) -> Result<Outcome, Stop> {
    // It is large, and whoever waits for it need not be.
    Box::pin(publish_or_end(job)).await
}

async fn publish_or_end(job: &Job<'_>) -> Result<Outcome, Stop> {
    if job.ends.is_some() {
        // Others may be about to end it as well: what is up is read when nobody else is.
        let lessee = Lessee::acquire(job, LEASE, Patience::WhileUnchanged).await?;
        let work = async {
            match look_at_head(job).await? {
                First::Done(outcome) => Ok(*outcome),
                First::ToDo(mut run) => run.work(&lessee).await,
            }
        };
        return while_held(job, &lessee, work).await;
    }
    let mut run = match look_at_head(job).await? {
        First::Done(outcome) => return Ok(*outcome),
        First::ToDo(run) => run,
    };
    if job.dry_run {
        let lease = if run.head.pending.is_some() { Lessee::told(job.remote).await? } else { None };
        let (plan, foreign) = run.plan_anew(lease.as_ref().map(|(id, done)| (id.as_str(), *done))).await?;
        return Ok(run.outcome(plan, foreign));
    }
    if run.found.is_none() {
        probe(job).await?;
    }
    let lessee = Lessee::acquire(job, LEASE, Patience::None).await?;
    while_held(job, &lessee, run.work(&lessee)).await
}

/// Does something for as long as a lease is held, and gives it back.
pub(super) async fn while_held<T>(
    job: &Job<'_>,
    lessee: &Lessee<'_, '_>,
    work: impl Future<Output = Result<T, Stop>>,
) -> Result<T, Stop> {
    let work = std::pin::pin!(work);
    let renewal = std::pin::pin!(lessee.renew());
    let result = match select(work, renewal).await {
        Either::Left((result, _)) => result,
        Either::Right((stop, _)) => return Err(stop),
    };
    if matches!(result, Err(Stop::Lost)) {
        return result;
    }
    // Not given back, it runs out by itself: nobody waits for long where the store cannot be reached.
    let _ = tokio::time::timeout(job.remote.timing.renewal, lessee.release()).await;
    result
}

/// The head of the record, and what tells it from later ones; an empty one where there is none.
pub(super) async fn read_head(remote: &Remote) -> Result<(Head, Option<Found>), Stop> {
    let found = remote.get(HEAD).await?;
    remote.head.replace(found.clone());
    let head = match &found {
        None => Head::empty(),
        Some(found) => Head::read(&found.bytes).map_err(damaged(HEAD))?,
    };
    Ok((head, found))
}

/// The head of the record as that of this target.
pub(super) async fn read_own_head(job: &Job<'_>) -> Result<(Head, Option<Found>), Stop> {
    let (head, found) = match read_head(job.remote).await {
        // What is up is listed, whatever the record says.
        Err(Stop::Damaged { key }) if job.reconcile && key == HEAD => {
            let found = job.remote.head.borrow().clone();
            let head = found.as_ref().map_or_else(|| Ok(Head::empty()), |found| Head::read_anew(&found.bytes));
            (head.map_err(damaged(HEAD))?, found)
        }
        read => read?,
    };
    Ok((head.of_target(&job.target, job.reconcile).map_err(Stop::Refused)?, found))
}

/// Replaces the head, if it is still what it was.
pub(super) async fn replace_head(
    remote: &Remote,
    head: &Head,
    version: Option<&UpdateVersion>,
) -> Result<UpdateVersion, Stop> {
    let bytes = head.write();
    let version = remote.put_if(HEAD, &bytes, version).await.map_err(|failure| match failure {
        Failure::Stop(stop) => stop,
        Failure::Missing | Failure::Conflict => Stop::Overtaken,
    })?;
    remote.head.replace(Some(Found { bytes, version: version.clone() }));
    Ok(version)
}

/// Writes down what was not as expected when it was looked at from outside, or that all was. Nothing is written where
/// somebody else has published in the meantime or is about to: they look as well.
///
/// # Errors
/// If the store fails.
pub async fn remember(remote: &Remote, unseen: &[String]) -> Result<(), Stop> {
    let Some(found) = remote.head.take() else { return Ok(()) };
    let head = Head::read(&found.bytes).map_err(damaged(HEAD))?;
    if head.pending.is_some() || !head.runs.is_empty() || is_same(&head.unseen, unseen) {
        return Ok(());
    }
    let head = Head { unseen: unseen.to_vec(), ..head };
    match replace_head(remote, &head, Some(&found.version)).await {
        Err(Stop::Overtaken) => Ok(()),
        done => done.map(|_| ()),
    }
}

/// Whether anybody can read the record that is there.
pub(super) async fn is_withheld(job: &Job<'_>, found: &Found) -> Result<(), Stop> {
    match (job.readable)(HEAD.to_owned(), found.bytes.clone()).await {
        Some(address) => Err(Stop::PublicRecord { address }),
        None => Ok(()),
    }
}

/// Whether anybody could read a record that were here. Asked before there is one.
pub(super) async fn probe(job: &Job<'_>) -> Result<(), Stop> {
    let key = format!("probe-{}", job.run);
    let bytes = hex(&half(format!("{}{}", job.run, super::store::chance()).as_bytes())).into_bytes();
    job.remote.put_record(&key, bytes.clone()).await?;
    let address = (job.readable)(key.clone(), bytes).await;
    job.remote.delete(&job.remote.record, &[key]).await?;
    address.map_or(Ok(()), |address| Err(Stop::PublicRecord { address }))
}

/// What the head says of what is to be done.
enum First<'a, 'j> {
    Done(Box<Outcome>),
    ToDo(Box<Run<'a, 'j>>),
}

async fn look_at_head<'a, 'j>(job: &'a Job<'j>) -> Result<First<'a, 'j>, Stop> {
    let (head, found) = read_own_head(job).await?;
    let refuse = |refusal| Err(Stop::Refused(refusal));
    if let Some(refusal) = refusal_at_once(job.built, &head, &job.limits) {
        return refuse(refusal);
    }
    match (job.ends, head.open_run()) {
        (Some(ends), open) if open.is_none_or(|open| open.place != ends) => return Err(Stop::Overtaken),
        (None, Some(open)) if !job.limits.rollback && job.built.moment() <= open.moment => {
            return refuse(Refusal::RunOpen(Box::new(open.clone())));
        }
        _ => {}
    }
    if let (Some(found), None) = (&found, job.ends) {
        is_withheld(job, found).await?;
    }
    let wanted = Wanted::of(job.built, &head);
    if let Some(found) = found.as_ref().filter(|_| !job.reconcile && wanted.is_up(&head, &job.limits)) {
        // What an older version wrote does not say of which target it is.
        if !job.dry_run && head.write() != found.bytes {
            replace_head(job.remote, &head, Some(&found.version)).await?;
        }
        let (generation, files, unseen) = (head.generation, head.files, head.unseen);
        let outcome = Outcome { generation, files, unseen, ..Outcome::default() };
        return Ok(First::Done(Box::new(outcome)));
    }
    Ok(First::ToDo(Box::new(Run { job, head, found, wanted })))
}

struct Run<'a, 'j> {
    job: &'a Job<'j>,
    head: Head,
    found: Option<Found>,
    wanted: Wanted,
}

impl Run<'_, '_> {
    async fn work(&mut self, lessee: &Lessee<'_, '_>) -> Result<Outcome, Stop> {
        let job = self.job;
        if job.ends.is_none() && !self.head.runs.is_empty() {
            self.take_over(lessee).await?;
        }
        let told = lessee.intent();
        let (plan, foreign) = self.plan_anew(told.as_ref().map(|(id, done)| (id.as_str(), *done))).await?;
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
                ends: job.ends.map(ToOwned::to_owned),
            };
            // All that runs of shards have changed is in this intent, too. The one that is being ended stays until it is.
            let runs = if job.ends.is_some() { self.head.runs.clone() } else { Vec::new() };
            let head = Head { pending: Some(mine.clone()), runs, ..self.head.clone() };
            version = Some(replace_head(job.remote, &head, version.as_ref()).await?);
            lessee.begin(&job.run, carried);
            pending = Some(mine);
            carry_out(job, &plan, lessee).await?;
        }
        let is_as_before = plan.is_empty() && plan.carried.is_empty() && self.head.pending.is_none();
        let head = if job.ends.is_some() && is_as_before && self.wanted.is_recorded(&self.head, &job.limits) {
            // Nothing has changed since the last publish that changed something.
            Head { runs: Vec::new(), ..self.head.clone() }
        } else {
            self.put_parts(lessee).await?;
            plan.head_after(&self.head, job.built, &self.wanted)
        };
        let finished = job.ends.and(self.head.open_run()).cloned().or(head.finished);
        let head = Head { finished, ..head };
        lessee.check()?;
        replace_head(job.remote, &head, version.as_ref()).await?;
        lessee.end();
        self.tidy(&head, pending.as_ref()).await;
        let generation = head.generation;
        Ok(Outcome { generation, ..self.outcome(plan, foreign) })
    }

    /// Gives runs of shards up in favour of this publish, unless somebody is at work at one. Whoever begins after that
    /// sees that it is given up; whoever had begun just before is seen by a second look.
    async fn take_over(&mut self, lessee: &Lessee<'_, '_>) -> Result<(), Stop> {
        let job = self.job;
        layers::nobody_is_at_work(job, &self.head.runs).await?;
        if self.head.open_run().is_some() {
            let runs = self.head.runs.iter().map(|run| ShardRun { given_up: true, ..run.clone() }).collect();
            let head = Head { runs, ..self.head.clone() };
            lessee.check()?;
            let version = self.found.as_ref().map(|found| &found.version);
            let version = replace_head(job.remote, &head, version).await?;
            self.found = Some(Found { bytes: head.write(), version });
            self.head = head;
            layers::nobody_is_at_work(job, &self.head.runs).await?;
        }
        Ok(())
    }

    fn outcome(&self, plan: Plan, foreign: Vec<String>) -> Outcome {
        let puts = self.job.built.files().zip(&plan.steps).filter(|(_, step)| **step != Step::None);
        let bytes = puts.map(|(file, _)| file.size).sum();
        let parts = self.changed_parts().len() as u64;
        let changes = plan.steps.iter().filter(|step| **step != Step::None).count() + plan.deletes.len();
        let overhead = 2 * parts + 8 + tellings(changes as u64);
        let generation = self.head.generation + 1;
        let unseen = self.head.unseen.clone();
        Outcome { plan: Some(plan), generation, bytes, foreign, overhead, files: self.wanted.files, unseen }
    }

    /// What is to be done. Where all is looked at anyway, a record that is damaged is none.
    async fn plan_anew(&mut self, told: Option<(&str, u64)>) -> Result<(Plan, Vec<String>), Stop> {
        match self.plan(told).await {
            Err(Stop::Damaged { .. }) if self.job.reconcile => {
                self.head = self.head.without_parts();
                self.wanted = Wanted::of(self.job.built, &self.head);
                self.plan(None).await
            }
            planned => planned,
        }
    }

    /// What is to be done.
    async fn plan(&self, told: Option<(&str, u64)>) -> Result<(Plan, Vec<String>), Stop> {
        let job = self.job;
        let mut overlay = layers::overlay(job.remote, &self.head, told).await?;
        // Without a record, what is up is looked at. A run that was stopped at its very beginning has left a head that
        // names nothing but its intent, and has listed what was there; shards have not.
        let is_blind = self.head.generation == 0 && self.head.runs.iter().any(|run| run.blind);
        let mut foreign = Vec::new();
        if self.found.is_none() || is_blind || job.reconcile {
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

    async fn parts(&self, group: &[u32]) -> Result<HashMap<u32, Vec<u8>>, Stop> {
        parts(self.job.remote, &self.head, group).await
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
        remove(self.job, &old).await;
        // A publish that was stopped may have dropped runs of shards from the head before their remains were gone.
        if !self.head.runs.is_empty() || self.head.pending.is_some() {
            remove_remains(self.job).await;
        }
    }
}

/// Removes what is left of runs of shards that are over. What stays behind harms nobody.
pub(super) async fn remove_remains(job: &Job<'_>) {
    let names = layers::remains_of_runs(job.remote).await;
    remove(job, &names.unwrap_or_default()).await;
}

async fn remove(job: &Job<'_>, names: &[String]) {
    for names in names.chunks(DELETED_AT_ONCE) {
        if job.remote.delete(&job.remote.record, names).await.is_err() {
            return;
        }
    }
}

/// Parts of the record, as they are kept.
pub(super) async fn parts(remote: &Remote, head: &Head, group: &[u32]) -> Result<HashMap<u32, Vec<u8>>, Stop> {
    let empty = half(&[]);
    let fetch = async |index: u32| {
        let digest = head.part(index).unwrap_or(empty);
        if digest == empty {
            return Ok((index, Vec::new()));
        }
        let name = part_name(index, digest);
        let found = remote.get(&name).await?.ok_or(Stop::Damaged { key: name })?;
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

pub(super) fn damaged(key: &str) -> impl Fn(Damaged) -> Stop {
    let key = key.to_owned();
    move |Damaged| Stop::Damaged { key: key.clone() }
}
