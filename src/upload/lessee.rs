//! Whoever holds the lease.

use std::cell::{Cell, RefCell};

use jiff::SignedDuration;
use object_store::UpdateVersion;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::{
    engine::Job,
    error::Stop,
    lease::{Holder, LEASE, Lease, Verdict, verdict},
    plan::Step,
    store::{Failure, Found, Remote},
};

/// What is done while somebody else holds a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// It is left to them.
    None,
    /// It is left to them if they renew it. Whoever was killed on another machine does not, and is waited for until the
    /// lease runs out: what starts a killed shard again does so at once, and not a minute later.
    WhileUnchanged,
}

/// How often so many changes are written down at most, while they are made.
pub(super) fn tellings(changes: u64) -> u64 {
    let (mut told, mut times) = (0, 0);
    loop {
        let more = WORTH_TELLING.max(told / 2);
        if told + more > changes {
            break;
        }
        (told, times) = (told + more, times + 1);
    }
    times + (changes / WORTH_TELLING).min(Step::ALL.len() as u64)
}

/// Whoever holds the lease.
pub(super) struct Lessee<'a, 'j> {
    job: &'a Job<'j>,
    /// The name of the lease, below the record's place.
    name: String,
    version: RefCell<UpdateVersion>,
    /// From when on it does not hold: counted from before it was written.
    deadline: Cell<Instant>,
    intent: RefCell<Option<String>>,
    done: Cell<u64>,
    /// How many changes whoever reads the lease knows of.
    told: Cell<u64>,
    /// One at a time writes it.
    writing: tokio::sync::Mutex<()>,
}

/// How many more changes are written down at least. After these, a third of what there is: a run that is killed loses no
/// more than that, and a million changes are written down some thirty times.
const WORTH_TELLING: u64 = 8;

impl<'a, 'j> Lessee<'a, 'j> {
    /// What the last lease says of an intent: which, and how many of its changes are confirmed.
    pub(super) async fn told(remote: &Remote) -> Result<Option<(String, u64)>, Stop> {
        let lease = remote.get(LEASE).await?.and_then(|found| Lease::read(&found.bytes));
        Ok(lease.and_then(|lease| Some((lease.intent?, lease.done))))
    }

    /// Takes the lease of a name, if it can be had.
    pub(super) async fn acquire(job: &'a Job<'j>, name: &str, patience: Patience) -> Result<Self, Stop> {
        let (found, mut lease) = free(job, name, patience).await?;
        let (intent, done) = lease.take().map_or((None, 0), |lease| (lease.intent, lease.done));
        let now = Instant::now();
        let lessee = Self {
            job,
            name: name.to_owned(),
            version: RefCell::new(UpdateVersion { e_tag: None, version: None }),
            deadline: Cell::new(now + job.remote.timing.lease),
            intent: RefCell::new(intent),
            done: Cell::new(done),
            told: Cell::new(done),
            writing: tokio::sync::Mutex::new(()),
        };
        let version = found.map(|found| found.version);
        let written = job.remote.put_if(name, &lessee.lease(true).write(), version.as_ref()).await;
        lessee.version.replace(written.map_err(|failure| match failure {
            Failure::Stop(stop) => stop,
            Failure::Missing | Failure::Conflict => Stop::Busy(None),
        })?);
        lessee.check()?;
        Ok(lessee)
    }

    fn lease(&self, is_held: bool) -> Lease {
        let lasts = SignedDuration::try_from(self.job.remote.timing.lease).unwrap_or(SignedDuration::ZERO);
        let until = is_held.then(|| (self.job.clock)().saturating_add(lasts).unwrap_or_default());
        Lease {
            holder: self.job.holder.clone(),
            run: self.job.run.clone(),
            until,
            intent: self.intent.borrow().clone(),
            done: self.done.get(),
        }
    }

    /// Renews it again and again; ends when it is lost.
    pub(super) async fn renew(&self) -> Stop {
        loop {
            sleep(self.job.remote.timing.renewal).await;
            match timeout_at(self.deadline.get(), self.write()).await {
                Ok(Ok(())) => {}
                Ok(Err(Failure::Stop(_))) => {
                    // Perhaps the store is back before the lease runs out.
                    if Instant::now() + self.job.remote.timing.renewal >= self.deadline.get() {
                        sleep_until(self.deadline.get()).await;
                        return Stop::Lost;
                    }
                }
                Ok(Err(Failure::Conflict | Failure::Missing)) | Err(_) => return Stop::Lost,
            }
        }
    }

    /// Writes it, with how many changes are confirmed.
    async fn write(&self) -> Result<(), Failure> {
        let _alone = self.writing.lock().await;
        let (from, done) = (Instant::now(), self.done.get());
        let version = self.version.borrow().clone();
        let version = self.job.remote.put_if(&self.name, &self.lease(true).write(), Some(&version)).await?;
        self.version.replace(version);
        self.deadline.set(from + self.job.remote.timing.lease);
        self.told.set(done);
        Ok(())
    }

    /// Writes down how many changes are confirmed if that are many more than are known to whoever comes after a kill;
    /// `at_barrier`, if some are.
    pub(super) async fn tell(&self, at_barrier: bool) -> Result<(), Stop> {
        let (done, told) = (self.done.get(), self.told.get());
        let enough = if at_barrier { WORTH_TELLING } else { WORTH_TELLING.max(told / 2) };
        if done.saturating_sub(told) < enough {
            return Ok(());
        }
        match self.write().await {
            Ok(()) => Ok(()),
            Err(Failure::Conflict | Failure::Missing) => Err(Stop::Lost),
            // It is renewed before long, or lost.
            Err(Failure::Stop(_)) => self.check(),
        }
    }

    /// Whether it still holds.
    pub(super) fn check(&self) -> Result<(), Stop> {
        if Instant::now() < self.deadline.get() { Ok(()) } else { Err(Stop::Lost) }
    }

    /// The intent that was left, and how many of its changes are confirmed.
    pub(super) fn intent(&self) -> Option<(String, u64)> {
        Some((self.intent.borrow().clone()?, self.done.get()))
    }

    /// An intent is being carried out now.
    pub(super) fn begin(&self, intent: &str, done: u64) {
        self.intent.replace(Some(intent.to_owned()));
        self.done.set(done);
        self.told.set(done);
    }

    /// So many of its changes are confirmed.
    pub(super) fn confirm(&self, done: u64) {
        self.done.set(done);
    }

    /// It has been carried out.
    pub(super) fn end(&self) {
        self.intent.replace(None);
        self.done.set(0);
    }

    /// Gives it back.
    pub(super) async fn release(&self) -> Result<(), Stop> {
        let bytes = self.lease(false).write();
        let version = self.version.borrow().clone();
        match self.job.remote.put_if(&self.name, &bytes, Some(&version)).await {
            Ok(_) => return Ok(()),
            Err(Failure::Stop(stop)) => return Err(stop),
            Err(Failure::Missing | Failure::Conflict) => {}
        }
        // A renewal may have been on its way when the work was done.
        let found = self.job.remote.get(&self.name).await?;
        let is_ours = |found: &Found| Lease::read(&found.bytes).is_some_and(|lease| lease.run == self.job.run);
        if let Some(found) = found.filter(is_ours) {
            let _ = self.job.remote.put_if(&self.name, &bytes, Some(&found.version)).await;
        }
        Ok(())
    }
}

/// A lease that can be had, and its version; nothing if there is none yet.
async fn free(job: &Job<'_>, name: &str, patience: Patience) -> Result<(Option<Found>, Option<Lease>), Stop> {
    let mut before: Option<Vec<u8>> = None;
    loop {
        let found = job.remote.get(name).await?;
        let lease = found.as_ref().and_then(|found| Lease::read(&found.bytes));
        let holder = lease.as_ref().map(|lease| lease.holder.clone());
        let bytes = found.as_ref().map(|found| found.bytes.clone());
        match judge(job, bytes.as_deref()) {
            Verdict::Free => return Ok((found, lease)),
            Verdict::Watch => {
                sleep(job.remote.timing.watch).await;
                let again = job.remote.get(name).await?;
                if again.as_ref().map(|found| &found.bytes) != bytes.as_ref() {
                    return Err(Stop::Busy(holder));
                }
                return Ok((again, lease));
            }
            Verdict::Held
                if patience == Patience::None || before.as_ref().is_some_and(|it| Some(it) != bytes.as_ref()) =>
            {
                return Err(Stop::Busy(holder));
            }
            Verdict::Held => {
                before = bytes;
                sleep(job.remote.timing.renewal / 3).await;
            }
        }
    }
}

fn judge(job: &Job<'_>, bytes: Option<&[u8]>) -> Verdict {
    match bytes.map(Lease::read) {
        None => Verdict::Free,
        Some(None) => Verdict::Watch,
        Some(Some(lease)) => verdict(&lease, (job.clock)(), job.is_dead),
    }
}

/// Who is at work under a lease of a name, if anybody is. One that has run out is watched before it is believed.
pub(super) async fn at_work(job: &Job<'_>, name: &str) -> Result<Option<Holder>, Stop> {
    match free(job, name, Patience::None).await {
        Ok(_) => Ok(None),
        Err(Stop::Busy(holder)) => {
            // One that cannot be read has no holder to name.
            let nobody = Holder { machine: String::new(), process: 0, started: 0 };
            Ok(Some(holder.unwrap_or(nobody)))
        }
        Err(stop) => Err(stop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_changes_are_written_down_some_thirty_times() {
        assert_eq!(tellings(7), 0);
        // After 8 and 16, and at one barrier or two.
        assert_eq!(tellings(16), 2 + 2);
        assert!((30..50).contains(&tellings(1_000_000)), "{}", tellings(1_000_000));
    }
}
