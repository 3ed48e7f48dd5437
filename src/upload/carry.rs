//! A plan is carried out: step by step, with a barrier between.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
};

use futures_util::{StreamExt as _, future::Either, stream::FuturesUnordered};

use super::{
    built::half,
    engine::{DELETED_AT_ONCE, Job},
    error::Stop,
    headers::{cache_control, media_type},
    lessee::Lessee,
    outcome::Progress,
    plan::{Plan, Step},
};
use crate::output::Kind;

/// How many bytes are on their way at once, if no single file has more.
const BYTES_AT_ONCE: usize = 64 << 20;

/// Makes the changes, step by step.
pub(super) async fn carry_out(job: &Job<'_>, plan: &Plan, lessee: &Lessee<'_, '_>) -> Result<(), Stop> {
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
            (job.progress)(Progress { step: Some(step), done, total, bytes: bytes_up.get(), of_bytes });
        };
        let finish = &finish;
        let mut under_way = FuturesUnordered::new();
        for file in plan.puts(job.built, step) {
            while under_way.len() >= job.remote.pace.limit()
                || (!under_way.is_empty() && bytes_under_way.get() + file.size > BYTES_AT_ONCE as u64)
            {
                under_way.next().await.unwrap_or(Ok(()))?;
            }
            lessee.tell(false).await?;
            lessee.check()?;
            let place = next;
            next += 1;
            bytes_under_way.set(bytes_under_way.get() + file.size);
            under_way.push(Either::Left(async move {
                let bytes = (job.read)(file.path).await?;
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
                lessee.tell(false).await?;
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
        lessee.tell(true).await?;
    }
    Ok(())
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
