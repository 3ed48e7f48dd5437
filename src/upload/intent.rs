//! What a run is about to change, written down before it begins.
//!
//! A run that is stopped has changed some of it, and nobody knows how much. The next run reads what was meant, and how
//! many of the changes had been confirmed: they are made in the order in which they are written. What had not is neither
//! believed to be up nor to be gone.

use super::{
    built::Built,
    plan::{Overlay, Plan, Seen, State, Step},
    record::{Damaged, Entry, Pending, take},
};

/// How large a file of an intent becomes.
const CHUNK: usize = 4 << 20;

/// One change: a file goes up, or a key is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'a> {
    /// Whether something goes up.
    pub is_put: bool,
    /// What.
    pub entry: Entry<'a>,
}

/// All changes in their order; first those that an earlier run has made.
pub fn changes<'b>(plan: &'b Plan, built: &'b dyn Built) -> impl Iterator<Item = Change<'b>> {
    let carried = plan.carried.iter().map(|(is_put, entry)| Change { is_put: *is_put, entry: entry.clone() });
    let steps = Step::ALL.into_iter().flat_map(move |step| {
        let puts = plan.puts(built, step).map(|file| Change { is_put: true, entry: Entry::of(&file) });
        puts.chain(plan.deletes(step).map(|entry| Change { is_put: false, entry: entry.clone() }))
    });
    carried.chain(steps)
}

/// The name of an intent's file, below the record's place.
pub fn name(id: &str, file: u32) -> String {
    format!("intent/{id}-{file}")
}

/// An intent's files.
pub fn files<'b>(plan: &'b Plan, built: &'b dyn Built) -> impl Iterator<Item = Vec<u8>> + use<'b> {
    let mut changes = changes(plan, built).peekable();
    std::iter::from_fn(move || {
        changes.peek()?;
        let mut bytes = Vec::new();
        while bytes.len() < CHUNK
            && let Some(change) = changes.next()
        {
            bytes.push(u8::from(change.is_put));
            change.entry.write(&mut bytes);
        }
        Some(bytes)
    })
}

/// How many changes of an intent are certain: what the head and the lease say of it.
pub fn done(pending: &Pending, lease: Option<(&str, u64)>) -> u64 {
    let told = lease.filter(|(id, _)| *id == pending.id).map_or(0, |(_, done)| done);
    pending.done.max(told)
}

/// What an intent's files say of the keys that it names.
///
/// # Errors
/// If they are not what was written.
pub fn overlay(files: &[Vec<u8>], done: u64) -> Result<Overlay, Damaged> {
    let mut overlay = Overlay::new();
    let mut place = 0;
    for file in files {
        let mut bytes = file.as_slice();
        while !bytes.is_empty() {
            let is_put = take(&mut bytes, 1)? == [1];
            let entry = Entry::read(&mut bytes)?.into_owned();
            let state = match (place < done, is_put) {
                (true, true) => State::Up(entry.content, entry.headers),
                (true, false) => State::Absent,
                (false, _) => State::Unknown { leaving: !is_put },
            };
            overlay.insert((*entry.key).into(), Seen { state, entry, unrecorded: false });
            place += 1;
        }
    }
    Ok(overlay)
}
