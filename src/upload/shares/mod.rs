//! One site from many machines: each publishes its share, and whoever sees that all are up ends the run.
//!
//! A run has a name. The first shard that comes opens it, in the head of the record, and says there of which moment, export,
//! inputs and program it is, and of how many shards; others that are not of the same are refused. A shard puts up its assets,
//! takedowns, leaves and pages, with a lease and an intent of its own ([`shard`]), and leaves in the record what its
//! build has ([`union`]), the bytes of its lists, and a receipt. Until all receipts are there the site is whole, with
//! the lists of the night before. Who finds all of them publishes the union of the shards as if it were one build
//! ([`end`]): what the shards have done is known from their intents, so what is left are awards that are gone, lists,
//! deletes and the head.
//!
//! A run that does not come to its end is given up for a later one. What its shards were about to do is still
//! known then, as it is of any publish that was stopped ([`super::layers`]).

#[cfg(feature = "cloud")]
pub mod end;
#[cfg(feature = "cloud")]
pub mod shard;
pub mod union;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    built::{Built, Half},
    plan::Refusal,
    record::{Pending, ShardRun, hex},
};
use crate::shard::Shard;

/// What a shard leaves when its share is up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Which shard, of how many.
    pub shard: Shard,
    /// A hash of everything that it was made from.
    pub inputs: String,
    /// The build's moment.
    pub moment: Timestamp,
    /// The export's.
    pub exported_at: Option<Timestamp>,
    /// The program that made it.
    pub program: String,
    /// What was changed, by the name of its intent; nothing if nothing was.
    pub delta: Option<Pending>,
    /// The pages of awards of this share that are up and that the build has not.
    pub gone: Vec<String>,
    /// Under which name what the build has is kept, and in how many files.
    pub files: (String, u32),
}

impl Receipt {
    /// Reads one; nothing if it is none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Its bytes.
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// Why it is not of a run.
    pub fn refusal(&self, run: &ShardRun) -> Option<Refusal> {
        let Self { shard, inputs, moment, exported_at, program, .. } = self;
        refusal(run, shard.of(), *moment, *exported_at, inputs, program)
    }
}

/// Why a build is not of a run that it is to be a shard of.
pub fn not_of_run(built: &dyn Built, shard: Shard, run: &ShardRun) -> Option<Refusal> {
    refusal(run, shard.of(), built.moment(), built.exported_at(), &hex(&built.inputs()), built.program())
}

fn refusal(
    run: &ShardRun,
    of: u32,
    moment: Timestamp,
    exported_at: Option<Timestamp>,
    inputs: &str,
    program: &str,
) -> Option<Refusal> {
    let at = |at: Option<Timestamp>| at.map_or_else(|| "none".to_owned(), |at| at.to_string());
    let short = |hash: &str| hash.get(..12).unwrap_or(hash).to_owned();
    let pairs = [
        ("number of shards", run.of.to_string(), of.to_string()),
        ("moment", run.moment.to_string(), moment.to_string()),
        ("`exported_at`", at(run.exported_at), at(exported_at)),
        ("program", run.program.clone(), program.to_owned()),
    ];
    let differing = pairs.into_iter().find(|(_, there, here)| there != here);
    let inputs = (run.inputs != inputs).then(|| ("input", short(&run.inputs), short(inputs)));
    let (what, there, here) = differing.or(inputs)?;
    Some(Refusal::NotOfRun { run: run.id.clone(), what, there, here })
}

/// Where a run keeps what it needs ([`ShardRun::place`]), below the record's place.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a>(pub &'a str);

impl Names<'_> {
    /// All of it.
    pub fn all(self) -> String {
        format!("runs/{}", self.0)
    }

    /// Who is at work at a shard.
    pub fn lease(self, shard: u32) -> String {
        format!("runs/{}/leases/{shard}.json", self.0)
    }

    /// All leases.
    pub fn leases(self) -> String {
        format!("runs/{}/leases", self.0)
    }

    /// What a shard is about to change.
    pub fn pending(self, shard: u32) -> String {
        format!("runs/{}/pending/{shard}.json", self.0)
    }

    /// All of these.
    pub fn all_pending(self) -> String {
        format!("runs/{}/pending", self.0)
    }

    /// A file of the intent that this names.
    pub fn intent(self, id: &str, file: u32) -> String {
        format!("runs/{}/intent/{id}-{file}", self.0)
    }

    /// A shard's receipt.
    pub fn receipt(self, shard: u32) -> String {
        format!("runs/{}/receipts/{shard}.json", self.0)
    }

    /// All receipts.
    pub fn receipts(self) -> String {
        format!("runs/{}/receipts", self.0)
    }

    /// What a shard's build has, in pieces.
    pub fn files(self, name: &str, piece: u32) -> String {
        format!("runs/{}/files/{name}-{piece}", self.0)
    }

    /// What readers did not see as expected of a shard, by key.
    pub fn unseen(self, shard: u32) -> String {
        format!("runs/{}/unseen/{shard}.json", self.0)
    }

    /// All of these.
    pub fn all_unseen(self) -> String {
        format!("runs/{}/unseen", self.0)
    }

    /// The bytes of a list that is to go up when all shards are there.
    pub fn list(self, content: Half) -> String {
        format!("runs/{}/lists/{}", self.0, hex(&content))
    }
}

/// The shard that a lease, an intent's note or a receipt is of, by the last part of its name.
pub fn shard_of(key: &str) -> Option<u32> {
    key.rsplit('/').next()?.strip_suffix(".json")?.parse().ok()
}
