//! The end of a run of shards: all of them as one build, and what is left to do for it.

use std::collections::HashMap;

use futures_util::{StreamExt as _, future::LocalBoxFuture};

use super::{
    Names, Receipt,
    shard::Stand,
    union::{Common, NoUnion, unite},
};
use crate::{
    hash::Digest,
    upload::{
        built::{Built as _, Collected, Half},
        engine::{self, Job, read_head},
        error::Stop,
        layers::READ_AT_ONCE,
        outcome::Outcome,
        plan::{Refusal, Step},
        record::ShardRun,
        store::chance,
    },
};

/// Ends a run whose receipts are all there.
pub(super) async fn end(job: &Job<'_>, run: &ShardRun) -> Result<Stand, Stop> {
    let ended = try_to_end(job, run).await;
    let over = match ended {
        Ok(outcome) => return Ok(Stand::Ended(Box::new(outcome))),
        // Somebody else is doing the same, or has done it and removed what the run had left.
        Err(Stop::Busy(holder)) => Stop::Busy(holder),
        Err(stop @ (Stop::Overtaken | Stop::Damaged { .. })) => stop,
        Err(stop) => return Err(stop),
    };
    let (head, _) = read_head(job.remote).await?;
    let is_over = head.finished.as_ref().is_some_and(|finished| finished.place == run.place);
    let is_open = head.open_run().is_some_and(|open| open.place == run.place);
    match over {
        _ if is_over => Ok(Stand::EndedElsewhere),
        // They were seen to be alive.
        Stop::Busy(_) if is_open => Ok(Stand::EndedElsewhere),
        stop => Err(stop),
    }
}

async fn try_to_end(job: &Job<'_>, run: &ShardRun) -> Result<(Outcome, Collected), Stop> {
    let names = Names(&run.place);
    let remote = job.remote;
    let get = async |key: String| match remote.get(&key).await? {
        Some(found) => Ok(found.bytes),
        None => Err(Stop::Damaged { key }),
    };
    let build = async |shard: u32| {
        let key = names.receipt(shard);
        let receipt = Receipt::read(&get(key.clone()).await?).ok_or(Stop::Damaged { key })?;
        if let Some(refusal) = receipt.refusal(run) {
            return Err(Stop::Refused(refusal));
        }
        let (name, count) = receipt.files;
        let mut bytes = Vec::new();
        for piece in 0..count {
            bytes.extend(get(names.files(&name, piece)).await?);
        }
        Ok(bytes)
    };
    let mut builds = Vec::new();
    let mut read = futures_util::stream::iter((1..=run.of).map(build)).buffer_unordered(READ_AT_ONCE);
    while let Some(some) = read.next().await {
        builds.push(some?);
    }
    drop(read);
    let common = Common {
        moment: run.moment,
        exported_at: run.exported_at,
        program: run.program.clone(),
        inputs: blake3::Hash::from_hex(&run.inputs).map(Digest::from).unwrap_or_default().0,
    };
    let all = unite(common, &builds).map_err(|fault| match fault {
        NoUnion::Damaged => Stop::Damaged { key: names.all() },
        NoUnion::Differing(path) => Stop::Refused(Refusal::Differing { path }),
    })?;
    drop(builds);
    let contents: HashMap<&str, Half> =
        all.files().filter(|file| Step::of(file) > Step::Pages).map(|file| (file.path, file.content)).collect();
    // Of what is left to be put up the shards have left the bytes.
    let read = |path: &str| -> LocalBoxFuture<'_, Result<Vec<u8>, Stop>> {
        let name = contents.get(path).map(|content| names.list(*content));
        let key = path.to_owned();
        Box::pin(async move {
            let found = match name {
                Some(name) => remote.get(&name).await?,
                None => None,
            };
            found.map(|found| found.bytes).ok_or(Stop::Damaged { key })
        })
    };
    let readable = |key, bytes| -> LocalBoxFuture<'_, Option<String>> { (job.readable)(key, bytes) };
    let ending = Job {
        built: &all,
        read: &read,
        remote,
        target: job.target.clone(),
        limits: job.limits,
        holder: job.holder.clone(),
        is_dead: job.is_dead,
        run: format!("{}-{:x}", job.run, chance()),
        clock: job.clock,
        readable: &readable,
        ours: job.ours,
        progress: job.progress,
        reconcile: false,
        dry_run: false,
        ends: Some(&run.place),
    };
    let unseen = unseen(job, names).await?;
    let mut outcome = engine::publish(&ending).await?;
    outcome.unseen.extend(unseen);
    Ok((outcome, all))
}

/// What was not as expected when the shards were looked at.
async fn unseen(job: &Job<'_>, names: Names<'_>) -> Result<Vec<String>, Stop> {
    let mut unseen = Vec::new();
    for name in job.remote.names(&names.all_unseen()).await? {
        // What cannot be read is looked at by chance alone, as any page is.
        let found = job.remote.get(&name).await?;
        let keys = found.and_then(|found| serde_json::from_slice::<Vec<String>>(&found.bytes).ok());
        unseen.extend(keys.unwrap_or_default());
    }
    Ok(unseen)
}
