//! What a build leaves for the next one, and for whoever publishes it: what it was made of and when, what it came to, and
//! for how long the same input gives the same site.

use std::hash::Hash;

use jiff::{Timestamp, tz::TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use super::{Environment, kept::Kept, report::Summary};
use crate::{
    cli::Common,
    diagnostic::Diagnostic,
    hash::Digest,
    pipeline::Options,
    plan::PROGRAM,
    publish::{Folder, FolderError, Stamp},
    shard::Shard,
    source::Snapshot,
};

/// What a build leaves for the next one: what it found, and for how long the same input gives the same site.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Note {
    /// The moment it was made for.
    pub(super) from: Timestamp,
    /// The first moment after that at which the same input gives another site, or another warning.
    pub(super) until: Option<Timestamp>,
    pub(super) summary: Summary,
    /// When the oldest export was taken.
    #[serde(default)]
    pub(super) exported_at: Option<Timestamp>,
    /// What the build was warned of while it read the input; absent where that must not be kept, so that the next build
    /// has to read everything to find it again.
    #[serde(default)]
    pub(super) warnings: Option<Vec<Kept>>,
    /// A hash of all that the site was made of, whatever its share; the moment is not in it.
    #[serde(default)]
    pub(super) inputs: Digest,
    /// The program that made it.
    #[serde(default)]
    pub(super) program: String,
}

/// Everything that a share of a site depends on but for the moment.
pub(super) fn key(snapshot: &Snapshot, options: &Options, shard: Shard) -> [u8; 32] {
    Digest::of(|hasher| (inputs(snapshot, options).0, shard).hash(hasher)).0
}

/// Everything that a site depends on but for the moment, the program included: the same for all of its shares.
pub(super) fn inputs(snapshot: &Snapshot, options: &Options) -> Digest {
    let input = (snapshot.fingerprint.as_bytes(), &options.base_url, options.drafts);
    let keys = options.keys.as_ref().map(|keys| keys.digest());
    Digest::of(|hasher| (PROGRAM, input, keys).hash(hasher))
}

/// The summary of the last build and what it was warned of, if it was made of the same input and time has changed
/// nothing since. A build whose warnings were not kept is not skipped: they would be lost.
pub(super) fn unchanged(
    common: &Common,
    environment: Environment,
    folder: &Folder,
    key: [u8; 32],
) -> Option<(Summary, Vec<Diagnostic>, Timestamp)> {
    let stamp = folder.stamp().filter(|stamp| stamp.key == key)?;
    let note: Note = serde_json::from_str(&stamp.note).ok()?;
    let warnings = note.warnings?;
    let zone = TimeZoneDatabase::bundled().get(&note.summary.timezone).ok()?;
    let moment = common.moment(environment.now, &zone);
    let still_holds = moment >= note.from && note.until.is_none_or(|until| moment < until);
    (still_holds && folder.intact()).then(|| {
        let files = note.summary.made + note.summary.changed + note.summary.unchanged;
        let summary = Summary {
            out: Some(common.out().display().to_string()),
            at: moment.to_string(),
            made: 0,
            changed: 0,
            removed: 0,
            unchanged: files,
            ..note.summary
        };
        (summary, warnings.into_iter().map(Kept::diagnostic).collect(), moment)
    })
}

/// Notes that the last build is what one of a later moment would be.
pub(super) fn made_for(folder: &mut Folder, moment: Timestamp) -> Result<(), FolderError> {
    let Some(stamp) = folder.stamp() else { return Ok(()) };
    let Ok(note) = serde_json::from_str::<Note>(&stamp.note) else { return Ok(()) };
    let note = serde_json::to_string(&Note { from: moment, ..note }).unwrap_or_default();
    folder.restamp(&Stamp { key: stamp.key, note })
}

/// What is known of the last build beside its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LastBuild {
    /// The moment it was made for.
    pub(super) moment: Timestamp,
    /// When the oldest export was taken.
    pub(super) exported_at: Option<Timestamp>,
    /// A hash of all that it was made of but for the moment, the program included: the same for all shares of a site.
    pub(super) inputs: [u8; 32],
    /// The program that made it.
    pub(super) program: String,
    /// The share of the site that it is.
    pub(super) shard: Shard,
}

impl LastBuild {
    /// What the last build of a folder left; nothing before the first.
    pub(super) fn of(folder: &Folder) -> Option<Self> {
        let stamp = folder.stamp()?;
        let note: Note = serde_json::from_str(&stamp.note).ok()?;
        let shard = note.summary.shard.unwrap_or_default();
        let Note { from: moment, exported_at, program, inputs, .. } = note;
        Some(Self { moment, exported_at, inputs: inputs.0, program, shard })
    }
}
