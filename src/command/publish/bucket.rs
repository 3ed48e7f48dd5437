//! To a bucket.

use std::time::Duration;

use super::{Ending, Job, address, award_of, outside, result::RunTold, show, told};
use crate::{
    command::Exit,
    diagnostic::Diagnostic,
    site::Vanish,
    source::value::{Service, Target},
    upload::{
        connect::{NoConnection, Surroundings, connect},
        engine,
        error::Stop,
        lease::this_process,
        look,
        outcome::Place,
        record::{HEAD, hex},
        shares::shard::{self as shares, Share, Stand},
        store::{Remote, Timing, chance},
    },
};

/// How long it may take until somebody without login has an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A bucket and what is below a prefix of it.
type Bucket<'a> = (Service, &'a str, &'a str);

/// Publishes to a bucket.
pub(super) fn publish(job: &Job<'_>, to: Bucket<'_>, place: Option<&Target>, vanish: Vanish) -> Ending {
    let usage = |message: &str, advice: &str| Ending::failed(Diagnostic::error(message).advice(advice), Exit::Usage);
    let Some(Target::Bucket { service, bucket, prefix }) = place else {
        return usage("the record of a bucket is in a bucket", "write `s3://` and the name of a private one");
    };
    let record: Bucket<'_> = (*service, bucket, prefix);
    if record == to || is_within(to, record) {
        return usage(
            "the site is not to be where its record is",
            "name another bucket for the record, or a prefix that the site does not lie below",
        );
    }
    // Another version of the same may be installed already; either will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let variables = (job.environment.variables)();
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let around = Surroundings { variables: &variables, read: &read };
    let store = |(service, bucket, prefix): Bucket<'_>| connect(service, bucket, prefix, &around);
    let unconnected = |NoConnection { message, advice, is_usage }| {
        let exit = if is_usage { Exit::Usage } else { Exit::Errors };
        Ending::failed(Diagnostic::error(message).advice(advice), exit)
    };
    let (site, record_store) = match (store(to), store(record)) {
        (Ok(site), Ok(record)) => (site, record),
        (Err(error), _) | (_, Err(error)) => return unconnected(error),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Ending::failed(Diagnostic::error(error.to_string()), Exit::Errors),
    };
    runtime.block_on(async {
        let names = [name(to), name(record)];
        let remote = Remote { names, ..Remote::new(site, record_store, Timing::default()) };
        let client = match look::client(PATIENCE) {
            Ok(client) => client,
            Err(error) => return Ending::failed(Diagnostic::error(error), Exit::Errors),
        };
        let places = record_addresses(job, to, record);
        let result = run(job, to, record, &remote, &client, &places, vanish).await;
        let stopped = |stop: &Stop| told::ending(stop, vanish, job.options.loss.allow_vanished);
        let ending = match result {
            Err(stop) => return stopped(&stop),
            Ok(ending) if job.options.dry_run || !outside::is_worth_a_look(&ending) => ending,
            Ok(ending) => {
                // What nobody may read is looked for with the very bytes that are there.
                let head = remote.head.borrow().as_ref().map(|found| found.bytes.clone());
                let withheld = head
                    .into_iter()
                    .flat_map(|head| places.iter().map(move |place| (format!("{place}{HEAD}"), head.clone())));
                let looked = outside::look_with(job, &client, ending, withheld.collect()).await;
                let mut ending = looked.ending;
                let is_waiting = ending.run.as_ref().is_some_and(|run| !run.here);
                let remembered = match (looked.unseen, job.share) {
                    (Some(unseen), Some((shard, run))) if is_waiting => {
                        let share = Share { shard, run, is_mine: &|_| false };
                        if unseen.is_empty() { Ok(()) } else { shares::leave_unseen(&remote, &share, &unseen).await }
                    }
                    (Some(unseen), _) => engine::remember(&remote, &unseen).await,
                    (None, _) => Ok(()),
                };
                if let Err(stop) = remembered {
                    let Ending { diagnostics, exit, .. } = stopped(&stop);
                    ending.diagnostics.extend(diagnostics);
                    ending.exit = exit;
                }
                ending
            }
        };
        Ending { requests: Some((remote.calls.get(), remote.sent.get())), ..ending }
    })
}

/// As a target is written.
fn name((service, bucket, prefix): Bucket<'_>) -> String {
    Target::Bucket { service, bucket: bucket.into(), prefix: prefix.into() }.to_string()
}

/// Whether one lies below the other.
fn is_within(one: Bucket<'_>, other: Bucket<'_>) -> bool {
    let is_below = other.2.is_empty() || one.2 == other.2 || one.2.starts_with(&format!("{}/", other.2));
    (one.0, one.1) == (other.0, other.1) && is_below
}

/// Where readers would find the record, if they could: below the site's address, as its key is in the site or in its bucket.
fn record_addresses(job: &Job<'_>, to: Bucket<'_>, record: Bucket<'_>) -> Vec<String> {
    let whole = if record.2.is_empty() { String::new() } else { format!("{}/", record.2) };
    let mut keys = vec![whole.clone()];
    if is_within(record, to)
        && let Some(below) = whole.strip_prefix(to.2)
    {
        keys.insert(0, below.trim_start_matches('/').to_owned());
    }
    keys.dedup();
    keys.into_iter().map(|key| address(&job.config, &key)).collect()
}

async fn run(
    job: &Job<'_>,
    to: Bucket<'_>,
    record: Bucket<'_>,
    remote: &Remote,
    client: &reqwest::Client,
    places: &[String],
    vanish: Vanish,
) -> Result<Ending, Stop> {
    let (holder, is_dead) = this_process();
    // Below the site's own keys there may be the record's, which a listing finds as well.
    let below = is_within(record, to)
        .then(|| record.2.strip_prefix(to.2).unwrap_or(record.2).trim_start_matches('/').to_owned());
    let bar = job.bar();
    let upload = engine::Job {
        built: &job.built,
        read: &|path| {
            let cause = |cause| Stop::Unreadable { path: path.to_owned(), cause };
            Box::pin(std::future::ready(job.read(path).map_err(cause)))
        },
        remote,
        target: name(to),
        limits: job.limits,
        holder,
        is_dead: &is_dead,
        run: hex(&[chance().to_le_bytes(), chance().to_le_bytes()].concat()),
        clock: &job.environment.time,
        readable: &|key, bytes| {
            Box::pin(async move {
                for place in places {
                    let address = format!("{place}{key}");
                    if look::is_found(client, &address, &bytes).await {
                        return Some(address);
                    }
                }
                None
            })
        },
        ours: &|key| match &below {
            Some(below) if key.strip_prefix(&**below).is_some_and(|rest| rest.starts_with('/')) => Place::Record,
            _ => job.ours(key),
        },
        progress: &|progress| show(&bar, progress),
        reconcile: job.options.reconcile,
        dry_run: job.options.dry_run,
        ends: None,
    };
    let result = match job.share {
        None => engine::publish(&upload).await.map(|outcome| Ending::done(Some(outcome), Exit::Done)),
        Some((shard, run)) => {
            let is_mine = |key: &str| award_of(key).is_some_and(|id| shard.has(id));
            let share = Share { shard, run, is_mine: &is_mine };
            shares::publish(&upload, &share).await.map(|published| of_shard(&share, published, vanish, job))
        }
    };
    bar.finish();
    result
}

/// How the publish of a shard ended.
fn of_shard(share: &Share<'_>, published: shares::Published, vanish: Vanish, job: &Job<'_>) -> Ending {
    let gone = published.share.plan.as_ref().map_or(0, |plan| plan.gone.len());
    let (id, missing) = (share.run.to_owned(), Vec::new());
    let mut run = RunTold { id, shard: share.shard, missing, ended: false, here: false, stopped: false, gone };
    let (mut ended, mut stopped) = (None, None);
    match published.stand {
        None => {}
        Some(Stand::Waiting(missing)) => run.missing = missing,
        Some(Stand::EndedElsewhere) => run.ended = true,
        Some(Stand::Ended(all)) => {
            (run.ended, run.here) = (true, true);
            ended = Some(all);
        }
        Some(Stand::NotEnded(stop)) => {
            run.stopped = true;
            stopped = Some(told::ending(&stop, vanish, job.options.loss.allow_vanished));
        }
    }
    let (diagnostics, exit) = stopped.map_or((Vec::new(), Exit::Done), |stopped| (stopped.diagnostics, stopped.exit));
    Ending { diagnostics, run: Some(run), ended, ..Ending::done(Some(published.share), exit) }
}
