//! One shard of a run: what goes up before the lists, and a receipt for it.

use std::collections::HashSet;

use futures_util::StreamExt as _;
use object_store::ObjectStore as _;

use super::{Names, Receipt, end, not_of_run, shard_of, union};
use crate::{
    shard::Shard,
    upload::{
        built::{BuiltFile, Collected, half},
        carry::carry_out,
        engine::{self, Job, damaged, is_withheld, parts, probe, read_head, read_own_head, replace_head, while_held},
        error::Stop,
        intent,
        layers::{self, READ_AT_ONCE},
        lease::LEASE,
        lessee::{Lessee, Patience, tellings},
        outcome::Outcome,
        plan::{Plan, Refusal, Step, Wanted, refusal_at_once, wanted},
        planner::Planner,
        record::{Head, Pending, ShardRun, hex},
        store::{Found, Remote},
    },
};

/// How often a shard tries to open a run that others are opening as well.
const TRIES: usize = 20;

/// Which share is published, in which run.
#[derive(Clone, Copy)]
pub struct Share<'a> {
    /// The share.
    pub shard: Shard,
    /// The run's name ([`super::super::record::is_run_id`]).
    pub run: &'a str,
    /// Whether an award's page is one of this share, there or not.
    pub is_mine: &'a dyn Fn(&str) -> bool,
}

/// How a run stands after a shard of it is up.
#[derive(Debug)]
pub enum Stand {
    /// These shards are still to come, by their numbers.
    Waiting(Vec<u32>),
    /// It was ended here, with all shards together as one build.
    Ended(Box<(Outcome, Collected)>),
    /// Somebody else has ended it or is about to.
    EndedElsewhere,
    /// All shards are up, and what stopped the end of it.
    NotEnded(Stop),
}

/// What the publish of a shard did.
#[derive(Debug)]
pub struct Published {
    /// What it put up itself, and what of its own awards it took down; no plan, if that had been done.
    pub share: Outcome,
    /// How the run stands; unknown where it was only said what would be done.
    pub stand: Option<Stand>,
}

/// Publishes a shard, and ends the run if it was the last one.
///
/// # Errors
/// Why it stopped. What had been done by then is whole, and the same shard, run again, goes on.
pub async fn publish(job: &Job<'_>, share: &Share<'_>) -> Result<Published, Stop> {
    // It is large, and whoever waits for it need not be.
    Box::pin(publish_share(job, share)).await
}

async fn publish_share(job: &Job<'_>, share: &Share<'_>) -> Result<Published, Stop> {
    let (head, found) = read_own_head(job).await?;
    if job.dry_run {
        return would_do(job, share, &head).await;
    }
    let at_first = nothing_to_do(job, &head);
    let Some(run) = open(job, share, head, found).await? else {
        // Whoever ended it may have been killed before all was removed.
        engine::remove_remains(job).await;
        return Ok(Published { share: at_first, stand: Some(Stand::EndedElsewhere) });
    };
    let name = Names(&run.place).lease(share.shard.number());
    let lessee = Lessee::acquire(job, &name, Patience::WhileUnchanged).await?;
    let work = Work { job, share, run: &run, lessee: &lessee };
    let done = while_held(job, &lessee, work.all()).await?;
    let stand = if done.is_none() {
        Stand::EndedElsewhere
    } else {
        let names = job.remote.names(&Names(&run.place).receipts()).await?;
        let there: HashSet<u32> = names.iter().filter_map(|name| shard_of(name)).collect();
        let missing: Vec<u32> = (1..=run.of).filter(|shard| !there.contains(shard)).collect();
        match missing[..] {
            // What this shard has put up is up, whatever becomes of the run.
            [] => end::end(job, &run).await.unwrap_or_else(Stand::NotEnded),
            _ => Stand::Waiting(missing),
        }
    };
    Ok(Published { share: done.unwrap_or(at_first), stand: Some(stand) })
}

/// Leaves for whoever ends the run what was not as expected when a shard was looked at from outside, by key. Where the run has
/// ended in the meantime, nobody waits for it.
///
/// # Errors
/// If the store fails.
pub async fn leave_unseen(remote: &Remote, share: &Share<'_>, unseen: &[String]) -> Result<(), Stop> {
    let (head, _) = read_head(remote).await?;
    let Some(run) = head.open_run().filter(|run| run.id == share.run) else { return Ok(()) };
    let bytes = serde_json::to_vec(unseen).unwrap_or_default();
    remote.put_record(&Names(&run.place).unseen(share.shard.number()), bytes).await
}

/// What the head says of a run.
enum Sight {
    /// It goes on.
    Open(ShardRun),
    /// It has come to its end.
    Over,
    /// Nobody has begun it.
    Unknown,
}

/// How the run stands by the head; refused where this build may not be part of it.
fn look(job: &Job<'_>, share: &Share<'_>, head: &Head) -> Result<Sight, Stop> {
    let refuse = |refusal| Err(Stop::Refused(refusal));
    let is_it = |run: &&ShardRun| run.id == share.run;
    if let Some(run) = head.finished.as_ref().filter(is_it) {
        return not_of_run(job.built, share.shard, run).map_or(Ok(Sight::Over), refuse);
    }
    if let Some(refusal) = refusal_at_once(job.built, head, &job.limits) {
        return refuse(refusal);
    }
    match head.open_run() {
        Some(run) if run.id == share.run => {
            not_of_run(job.built, share.shard, run).map_or_else(|| Ok(Sight::Open(run.clone())), refuse)
        }
        _ if head.runs.iter().any(|run| run.id == share.run) => refuse(Refusal::GivenUp { run: share.run.to_owned() }),
        Some(run) if !job.limits.rollback && job.built.moment() <= run.moment => {
            refuse(Refusal::RunOpen(Box::new(run.clone())))
        }
        _ => Ok(Sight::Unknown),
    }
}

/// Says in the head that the run has begun, unless another shard has; nothing if it is over.
async fn open(
    job: &Job<'_>,
    share: &Share<'_>,
    mut head: Head,
    mut found: Option<Found>,
) -> Result<Option<ShardRun>, Stop> {
    for _ in 0..TRIES {
        let is_known = look(job, share, &head)?;
        match &found {
            Some(found) => is_withheld(job, found).await?,
            None => probe(job).await?,
        }
        match is_known {
            Sight::Open(run) => return Ok(Some(run)),
            Sight::Over => return Ok(None),
            Sight::Unknown => {}
        }
        match begin(job, share, &head, found.as_ref()).await {
            Ok(run) => return Ok(Some(run)),
            // Another shard may be doing the same.
            Err(Stop::Overtaken) => (head, found) = read_own_head(job).await?,
            Err(Stop::Busy(holder)) => {
                (head, found) = read_own_head(job).await?;
                if !matches!(look(job, share, &head)?, Sight::Open(_)) {
                    return Err(Stop::Busy(holder));
                }
            }
            Err(stop) => return Err(stop),
        }
    }
    Err(Stop::Overtaken)
}

async fn begin(job: &Job<'_>, share: &Share<'_>, head: &Head, found: Option<&Found>) -> Result<ShardRun, Stop> {
    layers::nobody_is_at_work(job, &head.runs).await?;
    let blind = if head.generation > 0 {
        false
    } else if head.pending.is_some() || !head.runs.is_empty() {
        // What is up was listed, or nothing was.
        head.runs.iter().any(|run| run.blind)
    } else {
        !is_empty(job).await?
    };
    let run = ShardRun {
        id: share.run.to_owned(),
        place: format!("{}.{}", share.run, job.run),
        of: share.shard.of(),
        moment: job.built.moment(),
        exported_at: job.built.exported_at(),
        inputs: hex(&job.built.inputs()),
        program: job.built.program().to_owned(),
        blind,
        given_up: false,
    };
    let version = found.map(|found| &found.version);
    let Some(pending) = &head.pending else {
        let before = head.runs.iter().map(|run| ShardRun { given_up: true, ..run.clone() });
        let runs = before.chain([run.clone()]).collect();
        replace_head(job.remote, &Head { runs, ..head.clone() }, version).await?;
        return Ok(run);
    };
    // Somebody was publishing. If they still are, they hold the lease; and only there it may stand how far they came.
    let lessee = Lessee::acquire(job, LEASE, Patience::WhileUnchanged).await?;
    let work = async {
        let told = lessee.intent();
        let done = intent::done(pending, told.as_ref().map(|(id, done)| (id.as_str(), *done)));
        // All that earlier shards did is in an intent that ends their run.
        let before = head.runs.iter().filter(|_| pending.ends.is_none());
        let before = before.map(|run| ShardRun { given_up: true, ..run.clone() });
        let runs = before.chain([run.clone()]).collect();
        let pending = Some(Pending { done, ends: None, ..pending.clone() });
        replace_head(job.remote, &Head { pending, runs, ..head.clone() }, version).await
    };
    while_held(job, &lessee, work).await?;
    Ok(run)
}

/// Whether nothing is at the target.
async fn is_empty(job: &Job<'_>) -> Result<bool, Stop> {
    let list = || async { Ok(job.remote.site.list(None).next().await.transpose()?.is_none()) };
    job.remote.listing(&job.remote.names[0], list).await
}

/// A shard at work.
struct Work<'w, 'a, 'j> {
    job: &'a Job<'j>,
    share: &'w Share<'w>,
    run: &'w ShardRun,
    lessee: &'w Lessee<'a, 'j>,
}

impl Work<'_, '_, '_> {
    /// All that a shard does; nothing if the run has come to its end in the meantime.
    async fn all(&self) -> Result<Option<Outcome>, Stop> {
        let Self { job, share, run, .. } = *self;
        // Whoever gives a run up looks for leases after that. So from here on they see this one.
        let (head, _) = read_own_head(job).await?;
        match look(job, share, &head)? {
            Sight::Open(now) if now.place == run.place => {}
            Sight::Over => return Ok(None),
            Sight::Open(_) | Sight::Unknown => return Err(Stop::Refused(Refusal::GivenUp { run: run.id.clone() })),
        }
        let (names, number) = (Names(&run.place), share.shard.number());
        if let Some(found) = job.remote.get(&names.receipt(number)).await? {
            let receipt = Receipt::read(&found.bytes).ok_or(Stop::Damaged { key: names.receipt(number) })?;
            return match receipt.refusal(run) {
                Some(refusal) => Err(Stop::Refused(refusal)),
                None => Ok(Some(nothing_to_do(job, &head))),
            };
        }
        let before = head.runs.split_last().map_or(&[][..], |(_, before)| before);
        layers::nobody_is_at_work(job, before).await?;
        let mine = layers::pending_of(job.remote, run, number).await?;
        let told = self.lessee.intent();
        let done = |pending| intent::done(pending, told.as_ref().map(|(id, done)| (id.as_str(), *done)));
        let mine = mine.as_ref().map(|pending| (pending, done(pending)));
        let (plan, later) = plan(job, share, &head, run.blind, mine).await?;
        let delta = self.carry_out(&plan).await?;
        self.leave_lists(&later).await?;
        let files = self.leave_files().await?;
        let receipt = Receipt {
            shard: share.shard,
            inputs: run.inputs.clone(),
            moment: run.moment,
            exported_at: run.exported_at,
            program: run.program.clone(),
            delta,
            gone: plan.gone.clone(),
            files,
        };
        self.lessee.check()?;
        job.remote.put_record(&names.receipt(number), receipt.write()).await?;
        let later = later.len() as u64;
        Ok(Some(Outcome { overhead: overhead(&plan, later), ..outcome(job, &head, plan) }))
    }

    /// Makes the changes, written down before.
    async fn carry_out(&self, plan: &Plan) -> Result<Option<Pending>, Stop> {
        let Self { job, share, run, lessee } = *self;
        let names = Names(&run.place);
        let carried = plan.carried.len() as u64;
        if plan.is_empty() && carried == 0 {
            return Ok(None);
        }
        let mut files = 0;
        for bytes in intent::files(plan, job.built) {
            job.remote.put_record(&names.intent(&job.run, files), bytes).await?;
            files += 1;
        }
        let (moment, exported_at) = (run.moment, run.exported_at);
        let pending = Pending { id: job.run.clone(), files, done: carried, moment, exported_at, ends: None };
        lessee.check()?;
        let bytes = serde_json::to_vec(&pending).unwrap_or_default();
        job.remote.put_record(&names.pending(share.shard.number()), bytes).await?;
        lessee.begin(&job.run, carried);
        carry_out(job, plan, lessee).await?;
        Ok(Some(pending))
    }

    /// The bytes of lists, for whoever ends the run.
    async fn leave_lists(&self, later: &[usize]) -> Result<(), Stop> {
        let Self { job, run, lessee, .. } = *self;
        let names = Names(&run.place);
        let mut places = later.iter().copied().peekable();
        let lists = job.built.files().enumerate().filter(|(place, _)| places.next_if_eq(place).is_some());
        let leave = async |file: BuiltFile<'_>| {
            lessee.check()?;
            let bytes = (job.read)(file.path).await?;
            if half(&bytes) != file.content {
                return Err(Stop::Changed { path: file.path.to_owned() });
            }
            job.remote.put_record(&names.list(file.content), bytes).await
        };
        let mut left = futures_util::stream::iter(lists.map(|(_, file)| leave(file))).buffer_unordered(READ_AT_ONCE);
        while let Some(done) = left.next().await {
            done?;
        }
        Ok(())
    }

    /// What the build has, under which name and in how many pieces.
    async fn leave_files(&self) -> Result<(String, u32), Stop> {
        let Self { job, run, lessee, .. } = *self;
        let mut count = 0;
        for bytes in union::pieces(job.built) {
            lessee.check()?;
            job.remote.put_record(&Names(&run.place).files(&job.run, count), bytes).await?;
            count += 1;
        }
        Ok((job.run.clone(), count))
    }
}

async fn plan(
    job: &Job<'_>,
    share: &Share<'_>,
    head: &Head,
    blind: bool,
    mine: Option<(&Pending, u64)>,
) -> Result<(Plan, Vec<usize>), Stop> {
    let overlay = layers::overlay_of_shard(job.remote, head, mine).await?;
    let digests = Wanted::of(job.built, head);
    let planner = Planner::new(job.built, &digests, head, overlay, &job.limits, true);
    let mut planner = planner.of_share(share.is_mine, blind);
    for group in planner.groups() {
        let parts = parts(job.remote, head, &group).await?;
        planner.group(&parts).map_err(damaged("parts/"))?;
    }
    Ok(planner.finish_share())
}

/// How many calls a shard makes besides its changes, about; `later` is how many lists it leaves.
fn overhead(plan: &Plan, later: u64) -> u64 {
    let changes = plan.steps.iter().filter(|step| **step != Step::None).count() + plan.deletes.len();
    later + 12 + tellings(changes as u64)
}

/// Of a shard that is up already.
fn nothing_to_do(job: &Job<'_>, head: &Head) -> Outcome {
    Outcome { generation: head.generation, files: wanted(job.built).count() as u64, ..Outcome::default() }
}

fn outcome(job: &Job<'_>, head: &Head, plan: Plan) -> Outcome {
    let puts = job.built.files().zip(&plan.steps).filter(|(_, step)| **step != Step::None);
    let bytes = puts.map(|(file, _)| file.size).sum();
    let files = wanted(job.built).count() as u64;
    Outcome { plan: Some(plan), generation: head.generation, bytes, files, ..Outcome::default() }
}

/// What a shard would put up now. What an earlier try of it has done is not looked for.
async fn would_do(job: &Job<'_>, share: &Share<'_>, head: &Head) -> Result<Published, Stop> {
    if let Sight::Over = look(job, share, head)? {
        return Ok(Published { share: nothing_to_do(job, head), stand: Some(Stand::EndedElsewhere) });
    }
    let (plan, later) = plan(job, share, head, false, None).await?;
    let overhead = overhead(&plan, later.len() as u64);
    Ok(Published { share: Outcome { overhead, ..outcome(job, head, plan) }, stand: None })
}
