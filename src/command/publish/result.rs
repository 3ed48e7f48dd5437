//! What a publish tells when it is done.

use std::fmt::Write as _;

use serde::Serialize;

use super::{super::report::grouped, address};
use crate::{
    output::Kind,
    shard::Shard,
    site::{Config, Status},
    source::value::{Service, Target},
    upload::{
        built::{Built as _, Collected},
        outcome::Outcome,
        plan::Step,
    },
};

/// What a request costs that writes or lists, and one that reads, in billionths of a US dollar: list prices of S3 Standard in
/// us-east-1, of Google's Standard in a region and of Azure's hot tier with one copy, rounded up. Others charge less or
/// nothing.
fn prices(service: Service) -> (u64, u64) {
    match service {
        Service::S3 | Service::Gs => (5_000, 400),
        Service::Az => (5_500, 500),
    }
}

/// A takedown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Takedown {
    address: String,
    status: &'static str,
}

/// How many files of each kind went up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Put {
    assets: usize,
    files: usize,
    leaves: usize,
    pages: usize,
    lists: usize,
}

impl Put {
    fn add(&mut self, other: &Self) {
        self.assets += other.assets;
        self.files += other.files;
        self.leaves += other.leaves;
        self.pages += other.pages;
        self.lists += other.lists;
    }

    fn total(&self) -> usize {
        self.assets + self.files + self.leaves + self.pages + self.lists
    }
}

/// The result of a publish.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Published {
    /// Where.
    pub(super) target: String,
    /// Whether only lists were written.
    pub(super) listed: bool,
    /// Whether it was only said.
    dry_run: bool,
    /// Whether nothing was to be done.
    unchanged: bool,
    generation: u64,
    /// How many files are up.
    files: u64,
    put: Put,
    bytes: u64,
    deleted: usize,
    takedowns: Vec<Takedown>,
    gone: Vec<String>,
    foreign: Vec<String>,
    /// Requests to the store that were made, or would be, about.
    pub(super) requests: Option<u64>,
    /// What they cost, about.
    price_usd: Option<f64>,
    /// How many addresses were looked at from outside.
    pub(super) looked_at: usize,
    pub(super) seconds: f64,
    /// Of a shard, how its run stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<RunTold>,
}

/// How a run of shards stands, as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct RunTold {
    /// Its name.
    pub(super) id: String,
    /// Which shard was published.
    pub(super) shard: Shard,
    /// The shards that are still to come.
    pub(super) missing: Vec<u32>,
    /// Whether it has come to its end, or another shard is about to end it.
    pub(super) ended: bool,
    /// Whether it was this shard that ended it.
    #[serde(skip)]
    pub(super) here: bool,
    /// Whether all shards are up and the run has not come to its end.
    #[serde(skip)]
    pub(super) stopped: bool,
    /// How many awards of this shard are up that its build has not: they go at the end of the run.
    pub(super) gone: usize,
}

impl Published {
    /// Whether it is that of a shard.
    pub(super) fn is_of_shard(&self) -> bool {
        self.run.is_some()
    }

    pub(super) fn of(built: &Collected, outcome: &Outcome, config: &Config, dry_run: bool) -> Self {
        let mut put = Put::default();
        let plan = outcome.plan.as_ref();
        let steps = plan.map_or(&[][..], |plan| &plan.steps);
        for (file, _) in built.files().zip(steps).filter(|(_, step)| **step != Step::None) {
            match file.kind {
                Kind::Asset => put.assets += 1,
                Kind::File => put.files += 1,
                Kind::Leaf => put.leaves += 1,
                Kind::Page => put.pages += 1,
                Kind::List | Kind::Control => put.lists += 1,
            }
        }
        let word = |standing: u8| {
            Status::ALL.iter().find(|status| status.severity() == standing).map_or("private", |status| status.word())
        };
        // What counts for less and can still be relied on goes up as early, and nobody has taken it down.
        let counts = |standing: u8| Status::ALL.iter().any(|status| status.severity() == standing && status.counts());
        let takedown = |(page, standing): &(String, u8)| {
            let taken = Takedown { address: address(config, page), status: word(*standing) };
            (!counts(*standing)).then_some(taken)
        };
        Self {
            target: String::new(),
            listed: false,
            dry_run,
            unchanged: plan.is_none(),
            generation: outcome.generation,
            files: outcome.files,
            put,
            bytes: outcome.bytes,
            deleted: plan.map_or(0, |plan| plan.deletes.len()),
            takedowns: plan.map(|plan| plan.takedowns.iter().filter_map(takedown).collect()).unwrap_or_default(),
            gone: plan.map(|plan| plan.gone.iter().map(|page| address(config, page)).collect()).unwrap_or_default(),
            foreign: outcome.foreign.clone(),
            requests: None,
            price_usd: None,
            looked_at: 0,
            seconds: 0.0,
            run: None,
        }
    }

    /// Adds how the run of a shard stands, and what was done to end it.
    pub(super) fn add(&mut self, run: Option<RunTold>, ended: Option<&(Outcome, Collected)>, config: &Config) {
        let Some(run) = run else { return };
        self.run = Some(run);
        // What is gone from one share goes when all are there.
        self.gone.clear();
        let Some((outcome, built)) = ended else { return };
        let Self { unchanged, generation, files, put, bytes, deleted, takedowns, gone, foreign, .. } =
            Self::of(built, outcome, config, false);
        self.put.add(&put);
        self.unchanged &= unchanged;
        self.bytes += bytes;
        self.deleted += deleted;
        self.takedowns.extend(takedowns);
        (self.generation, self.files, self.gone, self.foreign) = (generation, files, gone, foreign);
    }

    /// How many requests there were, or would be, and what they cost.
    pub(super) fn count_requests(&mut self, outcome: &Outcome, made: Option<(u64, u64)>, target: Option<&Target>) {
        let Some(Target::Bucket { service, .. }) = target else { return };
        let expected = self.put.total() as u64 + (self.deleted as u64).div_ceil(200) + outcome.overhead;
        let made = made.map(|(requests, _)| requests);
        let (write, read) = prices(*service);
        // The record is looked at in any case.
        let requests = if self.dry_run { expected } else { made.unwrap_or(expected) }.max(1);
        let price = requests.saturating_mul(if self.unchanged { read } else { write });
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let price = price as f64 / 1e9;
        self.requests = Some(requests);
        self.price_usd = Some(price);
    }

    /// A few aligned lines for people.
    pub(super) fn draw(&self, colour: bool) -> String {
        let bold = |text: &str| if colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() };
        let mut out = String::new();
        let done = match (self.dry_run, self.unchanged) {
            (_, true) => "up to date",
            (true, false) if self.listed => "would write lists into",
            (false, false) if self.listed => "lists written into",
            (true, false) => "would publish to",
            (false, false) => "published to",
        };
        let _ = writeln!(out, "{} {} in {:.1} s", bold(done), self.target, self.seconds);
        let count = |number: usize| grouped(number);
        if !self.unchanged {
            let (put, size) = (count(self.put.total()), size(self.bytes));
            let _ = writeln!(out, "  files    {put} up ({size}), {} deleted", count(self.deleted));
            let kinds = [
                (self.put.assets, "asset", "assets"),
                (self.put.files, "other file", "other files"),
                (self.put.leaves, "leaf", "leaves"),
                (self.put.pages, "page", "pages"),
                (self.put.lists, "list", "lists"),
            ];
            let kinds = kinds.into_iter().filter(|(number, ..)| *number > 0);
            let kinds: Vec<String> = kinds.map(|(number, one, many)| counted(number, one, many)).collect();
            if !kinds.is_empty() {
                let _ = writeln!(out, "  kinds    {}", kinds.join(", "));
            }
        }
        for takedown in self.takedowns.iter().take(SHOWN) {
            let _ = writeln!(out, "  down     {} ({})", takedown.address, takedown.status);
        }
        for page in self.gone.iter().take(SHOWN) {
            let _ = writeln!(out, "  gone     {page}");
        }
        let more = self.takedowns.len().saturating_sub(SHOWN) + self.gone.len().saturating_sub(SHOWN);
        if more > 0 {
            let _ = writeln!(out, "           … and {} more; --format json lists all", count(more));
        }
        if !self.foreign.is_empty() {
            let such_as: Vec<&str> = self.foreign.iter().take(3).map(String::as_str).collect();
            let (files, were) = if self.foreign.len() == 1 { ("file is", "was") } else { ("files are", "were") };
            let number = count(self.foreign.len());
            let such_as = such_as.join(", ");
            let _ = writeln!(out, "  foreign  {number} {files} not this site's and {were} left, such as {such_as}");
        }
        if let Some(run) = &self.run {
            let stands = match &run.missing[..] {
                _ if self.dry_run => String::new(),
                [] if run.here => ", the run has come to its end".to_owned(),
                [] if run.ended => ", another shard ends the run or has ended it".to_owned(),
                [] if run.stopped => {
                    ", all shards are up; lists, deletes and awards that are gone are still as they were".to_owned()
                }
                [] => String::new(),
                missing => {
                    let numbers: Vec<String> = missing.iter().take(SHOWN).map(ToString::to_string).collect();
                    let more = if missing.len() > SHOWN { ", …" } else { "" };
                    format!(", still to come: {}{more}; lists and deletes go with the last", numbers.join(", "))
                }
            };
            let _ = writeln!(out, "  shard    {} of run {}{stands}", run.shard, run.id);
            if run.gone > 0 && !run.ended {
                let awards = if run.gone == 1 { "award" } else { "awards" };
                let _ = writeln!(out, "  gone     {} {awards} of this shard, with the last", count(run.gone));
            }
        }
        let up = match &self.run {
            Some(run) if !run.here => "share",
            _ if self.dry_run || self.listed => "will be",
            _ => "up",
        };
        let _ = writeln!(
            out,
            "  {up:<8} {}, generation {}",
            counted(usize::try_from(self.files).unwrap_or(usize::MAX), "file", "files"),
            self.generation
        );
        if let (Some(requests), Some(price)) = (self.requests, self.price_usd) {
            let requests = count(usize::try_from(requests).unwrap_or(usize::MAX));
            let _ = writeln!(out, "  requests {requests}, at list prices at most ${price:.4}");
        }
        if self.looked_at > 0 {
            let addresses = counted(self.looked_at, "address", "addresses");
            let _ = writeln!(out, "  checked  {addresses} from outside");
        }
        out
    }
}

/// "1 page", "2 pages".
fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// How many addresses are shown of each kind.
const SHOWN: usize = 20;

fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "to be read by people")]
    let bytes = bytes as f64;
    match bytes {
        _ if bytes < 1e3 => format!("{bytes:.0} B"),
        _ if bytes < 1e6 => format!("{:.1} kB", bytes / 1e3),
        _ if bytes < 1e9 => format!("{:.1} MB", bytes / 1e6),
        _ => format!("{:.2} GB", bytes / 1e9),
    }
}
