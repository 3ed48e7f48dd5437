//! While a site is written: its pages are handed out, and what is saved in the meantime is heard.

use std::{
    collections::HashSet,
    path::Path,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::Receiver,
    },
    time::{Duration, Instant},
};

use crate::{
    pipeline::Ready,
    plan::Job,
    serve::{
        live::Ask,
        watch::{Watch, Woken},
    },
    source::scan,
};

/// How often it is looked whether they are written.
const SLICE: Duration = Duration::from_millis(20);

/// Whether a file of each kind can be made: a mistake in a template is found by the first page that meets it.
pub(super) fn can_be_made(ready: &Ready<'_>, jobs: &[Job<'_>]) -> bool {
    let mut kinds = HashSet::new();
    jobs.iter().filter(|job| kinds.insert(job.output.name())).all(|job| ready.making.make(job).is_ok())
}

/// Makes files that are asked for while they are not in the output folder yet.
pub(super) fn hand_out(asks: &Receiver<Ask>, ready: &Ready<'_>) {
    for ask in asks {
        let job = ready.plan.find(&ask.path);
        // Who asked may have gone.
        let _ = ask.reply.send(job.and_then(|job| ready.making.make(&job).ok()));
    }
}

/// Listens for changes until writing is `over`, and has it given up (`stop`) once the files are
/// others than those that were read, of which `input` is the fingerprint. Gives whether anything was heard at all.
pub(super) fn listen(
    watch: &mut Watch,
    site: &Path,
    input: blake3::Hash,
    stop: &AtomicBool,
    over: &AtomicBool,
) -> bool {
    // Reading shares no threads with making, or it would have to wait for its end.
    let Ok(own) = rayon::ThreadPoolBuilder::new().num_threads(1).build() else { return false };
    let mut heard = false;
    while !over.load(Ordering::Relaxed) {
        if watch.wait(Some(Instant::now() + SLICE)) == Woken::Changed {
            heard = true;
            if own.install(|| scan(site).0.fingerprint) != input {
                stop.store(true, Ordering::Relaxed);
            }
        }
    }
    heard
}
