//! What is known of the target besides the record: what publishes and shards were about to change that have not come to
//! their end, one over the other.
//!
//! At the bottom is the intent that the head names, and above it those of the shards of each run that began later. An
//! intent that ends a run, or that takes its place, has all in it that was below and within.

use std::collections::HashSet;

use futures_util::StreamExt as _;

use super::{
    engine::{Job, damaged},
    error::Stop,
    intent,
    lease::Lease,
    lessee::at_work,
    plan::Overlay,
    record::{Head, Pending, ShardRun},
    shares::{Names, shard_of},
    store::Remote,
};

/// How many objects of the record are read at once.
pub(super) const READ_AT_ONCE: usize = 8;

/// All that is known; `told` is what the last lease says of the intent that the head names.
pub(super) async fn overlay(remote: &Remote, head: &Head, told: Option<(&str, u64)>) -> Result<Overlay, Stop> {
    let (mut overlay, has_all) = of_head(remote, head, told).await?;
    if !has_all {
        for run in &head.runs {
            overlay.extend(of_run(remote, run).await?);
        }
    }
    Ok(overlay)
}

/// What a shard of the last run has to know: all but what other shards of that run do. `mine` is what an earlier try of the
/// same shard was about to change, and how much of that is certain.
pub(super) async fn overlay_of_shard(
    remote: &Remote,
    head: &Head,
    mine: Option<(&Pending, u64)>,
) -> Result<Overlay, Stop> {
    let (mut overlay, has_all) = of_head(remote, head, None).await?;
    let Some((last, before)) = head.runs.split_last() else { return Ok(overlay) };
    if !has_all {
        for run in before {
            overlay.extend(of_run(remote, run).await?);
        }
    }
    if let Some((pending, done)) = mine {
        let names = Names(&last.place);
        overlay.extend(of_intent(remote, pending, done, &|file| names.intent(&pending.id, file)).await?);
    }
    Ok(overlay)
}

/// What the intent says that the head names, and whether all that shards did is in it.
async fn of_head(remote: &Remote, head: &Head, told: Option<(&str, u64)>) -> Result<(Overlay, bool), Stop> {
    let Some(pending) = &head.pending else { return Ok((Overlay::new(), false)) };
    let done = intent::done(pending, told);
    let overlay = of_intent(remote, pending, done, &|file| intent::name(&pending.id, file)).await?;
    Ok((overlay, pending.ends.is_some()))
}

async fn of_intent(
    remote: &Remote,
    pending: &Pending,
    done: u64,
    name: &dyn Fn(u32) -> String,
) -> Result<Overlay, Stop> {
    let mut files = Vec::new();
    for file in 0..pending.files {
        let name = name(file);
        let found = remote.get(&name).await?.ok_or(Stop::Damaged { key: name })?;
        files.push(found.bytes);
    }
    intent::overlay(&files, done).map_err(damaged(&name(0)))
}

/// What the shards of a run were about to change. Of one that has left a receipt all of it is certain, of another what
/// its lease says.
async fn of_run(remote: &Remote, run: &ShardRun) -> Result<Overlay, Stop> {
    let names = Names(&run.place);
    let receipts: HashSet<u32> =
        remote.names(&names.receipts()).await?.iter().filter_map(|key| shard_of(key)).collect();
    let pending = remote.names(&names.all_pending()).await?;
    let shards = pending.iter().filter_map(|key| shard_of(key));
    let one = async |shard: u32| {
        let Some(pending) = pending_of(remote, run, shard).await? else { return Ok(Overlay::new()) };
        let done = if receipts.contains(&shard) { u64::MAX } else { done_of(remote, run, shard, &pending).await? };
        of_intent(remote, &pending, done, &|file| names.intent(&pending.id, file)).await
    };
    let mut overlay = Overlay::new();
    let mut read = futures_util::stream::iter(shards.map(one)).buffer_unordered(READ_AT_ONCE);
    while let Some(some) = read.next().await {
        overlay.extend(some?);
    }
    Ok(overlay)
}

/// What a shard was about to change, if it came so far.
pub(super) async fn pending_of(remote: &Remote, run: &ShardRun, shard: u32) -> Result<Option<Pending>, Stop> {
    let name = Names(&run.place).pending(shard);
    let Some(found) = remote.get(&name).await? else { return Ok(None) };
    serde_json::from_slice(&found.bytes).map(Some).map_err(|_| Stop::Damaged { key: name })
}

async fn done_of(remote: &Remote, run: &ShardRun, shard: u32, pending: &Pending) -> Result<u64, Stop> {
    let lease = remote.get(&Names(&run.place).lease(shard)).await?.and_then(|found| Lease::read(&found.bytes));
    let told = lease.and_then(|lease| Some((lease.intent?, lease.done)));
    Ok(intent::done(pending, told.as_ref().map(|(id, done)| (id.as_str(), *done))))
}

/// Sees that nobody is at work at a shard of these runs.
pub(super) async fn nobody_is_at_work(job: &Job<'_>, runs: &[ShardRun]) -> Result<(), Stop> {
    for run in runs {
        let leases = job.remote.names(&Names(&run.place).leases()).await?;
        let look = async |name: String| at_work(job, &name).await;
        let mut looked = futures_util::stream::iter(leases.into_iter().map(look)).buffer_unordered(READ_AT_ONCE);
        while let Some(holder) = looked.next().await {
            if let Some(holder) = holder? {
                return Err(Stop::Busy(Some(holder)));
            }
        }
    }
    Ok(())
}

/// What runs of shards have left that the head does not name. It is read after they were listed: one that has begun in
/// the meantime is named.
pub(super) async fn remains_of_runs(remote: &Remote) -> Result<Vec<String>, Stop> {
    let names = remote.names("runs").await?;
    if names.is_empty() {
        return Ok(names);
    }
    let (head, _) = super::engine::read_head(remote).await?;
    let prefixes: Vec<String> = head.runs.iter().map(|run| format!("{}/", Names(&run.place).all())).collect();
    Ok(names.into_iter().filter(|name| !prefixes.iter().any(|prefix| name.starts_with(prefix))).collect())
}
