//! A plan is made: a build is held against the record, some parts at a time.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    built::{Built, BuiltFile, Standing},
    plan::{Limits, Overlay, Plan, Seen, State, Step, Wanted, is_due},
    record::{Damaged, Entry, Head, Owner, Retired, entries, hex, part_of, unhex},
};
use crate::output::Kind;

/// How many entries are looked at in one go.
const AT_ONCE: u64 = 200_000;

/// What one shard of several may change.
struct Share<'a> {
    /// The pages of its awards.
    own: HashSet<&'a str>,
    /// Whether an award's page is one of this share, there or not.
    is_mine: &'a dyn Fn(&str) -> bool,
    /// Nobody knows what is up.
    blind: bool,
}

/// Makes a plan, some parts of the record at a time.
pub struct Planner<'a> {
    built: &'a dyn Built,
    head: &'a Head,
    limits: &'a Limits<'a>,
    overlay: Overlay,
    share: Option<Share<'a>>,
    /// The parts that have to be looked into.
    needed: Vec<u32>,
    retired: BTreeMap<&'a str, &'a Retired>,
    retire: Vec<Retired>,
    worse: HashMap<Box<str>, Standing>,
    /// Awards without a page in the build, whether or not that has been asked about already.
    leaving: HashSet<Box<str>>,
    removed: Vec<Entry<'static>>,
    plan: Plan,
}

impl<'a> Planner<'a> {
    /// Begins; `all` looks into all parts, whatever their digests say.
    pub fn new(
        built: &'a dyn Built,
        wanted: &Wanted,
        head: &'a Head,
        overlay: Overlay,
        limits: &'a Limits<'a>,
        all: bool,
    ) -> Self {
        let count = head.part_count();
        let doubtful: HashSet<u32> = overlay.keys().map(|key| part_of(key, count)).collect();
        let differs = |index: &u32| head.part(*index) != wanted.as_recorded.get(*index as usize).copied();
        let needed = (0..count).filter(|index| all || doubtful.contains(index) || differs(index)).collect();
        let steps = vec![Step::None; built.files().count()];
        let retired = head.retired.iter().map(|retired| (&*retired.key, retired)).collect();
        let of = usize::try_from(head.awards).unwrap_or(usize::MAX);
        let plan = Plan { steps, of, has_record: head.generation > 0, ..Plan::default() };
        Self {
            built,
            head,
            limits,
            overlay,
            share: None,
            needed,
            retired,
            retire: Vec::new(),
            worse: HashMap::new(),
            leaving: HashSet::new(),
            removed: Vec::new(),
            plan,
        }
    }

    /// The same for a shard of several. What its build has not may be another's, so it removes nothing but what belongs
    /// to its own awards. `is_mine` tells of an award's page whether it is one of this share. If it is `blind`, the
    /// record does not know what is up.
    #[must_use]
    pub fn of_share(self, is_mine: &'a dyn Fn(&str) -> bool, blind: bool) -> Self {
        let pages = self.built.files().filter(|file| file.award == Some(file.path)).map(|file| file.path);
        Self { share: Some(Share { own: pages.collect(), is_mine, blind }), ..self }
    }

    /// The parts that are to be looked into, in groups of a few.
    pub fn groups(&self) -> Vec<Vec<u32>> {
        let each = self.head.files.max(self.plan.steps.len() as u64) / self.head.parts.len().max(1) as u64 + 1;
        let size = usize::try_from((AT_ONCE / each).max(1)).unwrap_or(1);
        self.needed.chunks(size).map(<[u32]>::to_vec).collect()
    }

    /// Looks into a group; its parts as they are kept.
    ///
    /// # Errors
    /// If one of them is not what the head names.
    pub fn group(&mut self, parts: &HashMap<u32, Vec<u8>>) -> Result<(), Damaged> {
        let count = self.head.part_count();
        let mut recorded: HashMap<Box<str>, Entry<'static>> = HashMap::new();
        for (index, bytes) in parts {
            if self.head.part(*index) != Some(super::built::half(bytes)) {
                return Err(Damaged);
            }
            for entry in entries(bytes)? {
                recorded.insert((*entry.key).into(), entry.into_owned());
            }
        }
        let built = self.built;
        for (position, file) in built.files().enumerate() {
            if file.kind == Kind::Control || !parts.contains_key(&part_of(file.path, count)) {
                continue;
            }
            let seen = self.overlay.remove(file.path);
            let recorded = recorded.remove(file.path);
            if !self.judge(&file, recorded.as_ref(), seen.as_ref())
                && let Some(step) = self.plan.steps.get_mut(position)
            {
                *step = Step::of(&file);
            }
        }
        for (key, entry) in recorded {
            let seen = self.overlay.remove(&*key);
            self.remove(entry, seen.as_ref(), true);
        }
        Ok(())
    }

    /// Whether a file of the build is up.
    fn judge(&mut self, file: &BuiltFile<'_>, recorded: Option<&Entry<'_>>, seen: Option<&Seen>) -> bool {
        let entry = Entry::of(file);
        if let Owner::Award(now) = entry.owner {
            let standing = |owner: &Owner<'_>| match owner {
                Owner::Award(standing) => Some(*standing),
                _ => None,
            };
            let recorded = recorded.and_then(|entry| standing(&entry.owner));
            // What a stopped run may have put up counts as well, if it is the better one.
            let seen = seen.filter(|seen| seen.state != State::Absent).and_then(|seen| standing(&seen.entry.owner));
            // Where nobody knows, the page of a better one may be up.
            let unknown = self.share.as_ref().filter(|share| share.blind).map(|_| Standing::MIN);
            let before = recorded.into_iter().chain(seen).chain(unknown).min();
            if before.is_some_and(|before| now > before) {
                self.worse.insert(file.path.into(), now);
            }
        }
        let retired = self.retired.remove(file.path);
        let is_up = match seen.map(|seen| &seen.state) {
            Some(State::Up(content, headers)) => *content == entry.content && *headers == entry.headers,
            Some(State::Unknown { .. } | State::Absent) => false,
            None => match (recorded, retired) {
                (Some(recorded), _) => recorded.is_same_file(&entry),
                (None, Some(retired)) => {
                    unhex(&retired.content) == Some(entry.content) && retired.headers == entry.headers
                }
                (None, None) => false,
            },
        };
        if is_up && seen.is_some() {
            self.plan.carried.push((true, entry.into_owned()));
        }
        is_up
    }

    /// A key that the build has not.
    fn remove(&mut self, entry: Entry<'static>, seen: Option<&Seen>, is_recorded: bool) {
        let state = seen.map(|seen| &seen.state);
        let is_award = matches!(entry.owner, Owner::Award(_));
        let was_asked = matches!(state, Some(State::Absent | State::Unknown { leaving: true }));
        let unrecorded = seen.is_some_and(|seen| seen.unrecorded);
        if let Some(share) = &self.share {
            if is_award && is_recorded && !was_asked && (share.is_mine)(&entry.key) {
                self.plan.gone.push(entry.key.clone().into_owned());
            }
            if !entry.award().is_some_and(|award| share.own.contains(award)) {
                return;
            }
        }
        if unrecorded {
            self.plan.unrecorded.push(entry.key.clone().into_owned());
        }
        if is_award {
            self.leaving.insert((*entry.key).into());
            if (is_recorded || unrecorded) && !was_asked {
                self.plan.gone.push(entry.key.clone().into_owned());
            }
        }
        match state {
            Some(State::Absent) if is_recorded => self.plan.carried.push((false, entry)),
            Some(State::Absent) => {}
            _ if entry.kind == Kind::Asset && !unrecorded => {
                let known = match state {
                    None => Some(entry.content),
                    Some(State::Up(content, headers)) => (*headers == entry.headers).then_some(*content),
                    Some(_) => None,
                };
                // What nobody knows is not believed to be there should it be wanted again.
                let content = known.map_or_else(|| hex(&[0; 16]), |content| hex(&content));
                let (key, since) = (entry.key.into_owned(), self.limits.now);
                self.retire.push(Retired { key, content, headers: entry.headers, since });
            }
            _ => self.removed.push(entry),
        }
    }

    /// The plan of a shard, once all groups have been looked into: what goes up with pages and before them, and what
    /// belonged to awards that are taken down. Besides, the places of the files that are to go up later, when all shards
    /// are there.
    pub fn finish_share(self) -> (Plan, Vec<usize>) {
        let worse: HashSet<Box<str>> = self.worse.keys().cloned().collect();
        let is_worse = |entry: &Entry<'_>| entry.award().is_some_and(|award| worse.contains(award));
        let mut plan = self.finish();
        plan.deletes.retain(|(step, entry)| *step == Step::TakedownDeletes && is_worse(entry));
        plan.carried.retain(|(is_put, entry)| *is_put || is_worse(entry));
        plan.retired.clear();
        let mut later = Vec::new();
        for (place, step) in plan.steps.iter_mut().enumerate().filter(|(_, step)| **step > Step::Pages) {
            later.push(place);
            *step = Step::None;
        }
        (plan, later)
    }

    /// The plan, once all groups have been looked into.
    pub fn finish(mut self) -> Plan {
        for (_, seen) in std::mem::take(&mut self.overlay) {
            if let Some(retired) = self.retired.remove(&*seen.entry.key) {
                // Somebody was about to delete an old asset, and may have.
                if seen.state != State::Absent {
                    self.removed.push(old_asset(retired));
                }
                continue;
            }
            self.remove(seen.entry.clone(), Some(&seen), false);
        }
        for retired in self.retired.values() {
            if is_due(retired, self.limits) {
                self.removed.push(old_asset(retired));
            } else {
                self.retire.push((*retired).clone());
            }
        }
        let mut plan = self.plan;
        let is_taken_down = |award: Option<&str>| {
            award.is_some_and(|award| self.worse.contains_key(award) || self.leaving.contains(award))
        };
        for (file, step) in self.built.files().zip(&mut plan.steps) {
            match *step {
                Step::Leaves if is_taken_down(file.award) => *step = Step::TakedownLeaves,
                Step::Pages | Step::Lists if is_taken_down(file.award) => *step = Step::TakedownPages,
                _ => {}
            }
            if *step == Step::TakedownPages
                && let Some(standing) = self.worse.get(file.path)
            {
                plan.takedowns.push((file.path.to_owned(), *standing));
            }
        }
        let removed = self.removed.into_iter().map(|entry| {
            let step = if is_taken_down(entry.award()) { Step::TakedownDeletes } else { Step::Deletes };
            (step, entry)
        });
        plan.deletes = removed.collect();
        // Always the same order, whatever that of the maps was; pages before what they show.
        plan.deletes.sort_by(|(_, one), (_, other)| {
            let rank = |entry: &Entry<'_>| !matches!(entry.kind, Kind::Page | Kind::List);
            (rank(one), &one.key).cmp(&(rank(other), &other.key))
        });
        plan.gone.sort_unstable();
        plan.unrecorded.sort_unstable();
        plan.carried.sort_by(|(_, one), (_, other)| one.key.cmp(&other.key));
        self.retire.sort_unstable();
        plan.retired = self.retire;
        plan
    }
}

fn old_asset(retired: &Retired) -> Entry<'static> {
    Entry {
        key: retired.key.clone().into(),
        kind: Kind::Asset,
        content: unhex(&retired.content).unwrap_or_default(),
        headers: retired.headers,
        owner: Owner::Site,
    }
}
