//! The look from outside: where to look, what for, and how it is told.

use std::{
    collections::{BTreeSet, HashSet},
    time::Duration,
};

use super::{Ending, Job, address};
use crate::{
    command::Exit,
    diagnostic::Diagnostic,
    output::Kind,
    upload::{
        built::{Built as _, Collected, Half, half},
        look::{self, Expected, Look, Surprise},
        outcome::Outcome,
        plan::{Plan, Step},
        store::chance,
    },
};

/// How many pages are looked at besides those that were taken down.
const PAGES: usize = 20;
/// How long is waited before another look.
const PAUSE: Duration = Duration::from_secs(2);

/// The most of what was not as expected that is remembered.
const REMEMBERED: usize = 1000;
/// Files for hosts that take whole folders: there may be some of another program at the target.
const CONTROLS: [&str; 2] = ["_redirects", "_headers"];
/// What is remembered of an address that has never been any: it is another each time.
const MADE_UP: &str = "404.html";

/// An ending after a look, and what is to be remembered of it.
pub(super) struct Looked {
    pub(super) ending: Ending,
    pub(super) unseen: Option<Vec<String>>,
}

impl Looked {
    /// Nobody has looked.
    pub(super) fn not(ending: Ending) -> Self {
        Self { ending, unseen: None }
    }
}

/// What was published as a whole: of a shard, only where it has ended its run.
fn whole(ending: &Ending) -> Option<&Outcome> {
    match &ending.run {
        None => ending.outcome.as_ref(),
        Some(_) => ending.ended.as_ref().map(|ended| &ended.0),
    }
}

/// Whether anything was done that readers may see, or something was not as expected the last time.
pub(super) fn is_worth_a_look(ending: &Ending) -> bool {
    let is_changed = |outcome: &Outcome| outcome.plan.as_ref().is_some_and(|plan| !plan.is_empty());
    let is_unseen = whole(ending).is_some_and(|outcome| !outcome.unseen.is_empty());
    let is_published = ending.outcome.as_ref().is_some_and(|outcome| outcome.plan.is_some());
    is_unseen
        || match &ending.run {
            None => is_published,
            Some(_) => {
                ending.outcome.as_ref().is_some_and(is_changed)
                    || ending.ended.as_ref().is_some_and(|ended| is_changed(&ended.0))
            }
        }
}

/// Looks, with a client of its own.
pub(super) fn look(job: &Job<'_>, ending: Ending) -> Looked {
    if job.options.dry_run || !is_worth_a_look(&ending) {
        return Looked::not(ending);
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return Looked::not(ending);
    };
    runtime.block_on(async {
        match look::client(Duration::from_secs(20)) {
            Ok(client) => look_with(job, &client, ending, Vec::new()).await,
            Err(_) => Looked::not(ending),
        }
    })
}

/// Looks at what was published. `withheld` is what nobody may read: addresses with the bytes that are there.
pub(super) async fn look_with(
    job: &Job<'_>,
    client: &reqwest::Client,
    mut ending: Ending,
    withheld: Vec<(String, Vec<u8>)>,
) -> Looked {
    let nothing = Plan::default();
    let mut looks = Vec::new();
    if let Some(outcome) = &ending.outcome
        && (outcome.plan.is_some() || ending.run.is_none())
    {
        looks.extend(self::looks(job, &job.built, outcome.plan.as_ref().unwrap_or(&nothing), ending.run.is_none()));
    }
    if let Some((outcome, built)) = ending.ended.as_deref() {
        looks.extend(self::looks(job, built, outcome.plan.as_ref().unwrap_or(&nothing), true));
    }
    if let Some(outcome) = whole(&ending) {
        let built = ending.ended.as_deref().map_or(&job.built, |ended| &ended.1);
        looks.extend(again(job, built, &outcome.unseen));
    }
    looks.extend(withheld.into_iter().map(|(address, bytes)| {
        let expected = Expected::Withheld(half(&bytes));
        Look { address, key: None, expected }
    }));
    // What is looked at for two reasons is looked at once.
    let mut addresses = HashSet::new();
    looks.retain(|look| addresses.insert(look.address.clone()));
    let surprises = look::look(client, &looks, PAUSE).await;
    ending.looked = looks.len();
    let unseen = unseen(whole(&ending), &surprises);
    // One cause has many addresses: it is told once.
    let mut causes: Vec<(&Surprise, usize)> = Vec::new();
    for surprise in &surprises {
        let is_same = |other: &Surprise| (&other.found, other.setting) == (&surprise.found, surprise.setting);
        match causes.iter_mut().find(|(first, _)| is_same(first)) {
            Some((_, count)) => *count += 1,
            None => causes.push((surprise, 1)),
        }
    }
    for (surprise, count) in causes {
        let others = match count {
            1 => String::new(),
            2 => " and at 1 other address".to_owned(),
            _ => format!(" and at {} other addresses", count - 1),
        };
        let message =
            format!("what was published is up, but at {}{others} readers find: {}", surprise.address, surprise.found);
        ending.diagnostics.push(Diagnostic::error(message).advice(surprise.setting));
    }
    if !surprises.is_empty() && ending.exit == Exit::Done {
        ending.exit = Exit::NotAsExpected;
    }
    Looked { ending, unseen: Some(unseen) }
}

/// What is to be remembered after this.
fn unseen(outcome: Option<&Outcome>, surprises: &[Surprise]) -> Vec<String> {
    let mut known = HashSet::new();
    let keys = surprises.iter().filter_map(|surprise| surprise.key.clone());
    let keys: Vec<String> = keys.filter(|key| known.insert(key.clone())).take(REMEMBERED).collect();
    // Where nothing was published, other pages are drawn each time: what was to be seen again is enough.
    let again = outcome.filter(|outcome| outcome.plan.is_none()).map_or(&[][..], |outcome| &outcome.unseen);
    let still: Vec<String> = again.iter().filter(|key| known.contains(*key)).cloned().collect();
    if still.is_empty() { keys } else { still }
}

/// The page for what is not there.
fn missing(built: &Collected) -> Option<Half> {
    built.files().find(|file| file.path == "404.html").map(|file| file.content)
}

/// Where to look after a plan is carried out; `has_lists` unless the lists are still to come.
fn looks(job: &Job<'_>, built: &Collected, plan: &Plan, has_lists: bool) -> Vec<Look> {
    let at = |key: &str, expected| Look { address: address(&job.config, key), key: Some(key.to_owned()), expected };
    let missing = missing(built);
    let mut looks = Vec::new();
    // All that was taken down.
    for step in [Step::TakedownLeaves, Step::TakedownPages] {
        looks.extend(plan.puts(built, step).map(|file| at(file.path, Expected::Bytes(file.content))));
    }
    looks.extend(plan.deletes(Step::TakedownDeletes).map(|entry| at(&entry.key, Expected::Missing(missing))));
    // Any other pages, each as likely as another.
    let steps = || plan.steps.iter().copied().chain(std::iter::repeat(Step::None));
    let pages = || {
        built.files().zip(steps()).map(|(file, step)| (file, step == Step::TakedownPages)).filter(|(file, is_seen)| {
            let is_due = has_lists || file.kind == Kind::Page;
            is_page(file.kind, file.path) && file.path != MADE_UP && is_due && !is_seen
        })
    };
    let chosen = draw(pages().count() as u64, PAGES, chance);
    let pages = (0..).zip(pages()).filter(|(number, _)| chosen.contains(number));
    looks.extend(pages.map(|(_, (file, _))| at(file.path, Expected::Bytes(file.content))));
    let asset = built.files().find(|file| file.kind == Kind::Asset);
    looks.extend(asset.map(|file| at(file.path, Expected::Asset(file.content))));
    let made_up = at(&format!("not-there-{:x}/index.html", chance()), Expected::MadeUp(missing));
    looks.push(Look { key: Some(MADE_UP.to_owned()), ..made_up });
    let controls = job.built.files().filter(|file| file.kind == Kind::Control && file.size > 0);
    let controls = controls.map(|file| file.path).chain(CONTROLS);
    looks.extend(controls.map(|path| at(path, Expected::NoControl)));
    looks
}

/// Where to look again: what was not as expected the last time, as it should be now.
fn again(job: &Job<'_>, built: &Collected, unseen: &[String]) -> Vec<Look> {
    let missing = missing(built);
    let mut left: HashSet<&str> = unseen.iter().map(String::as_str).filter(|key| *key != MADE_UP).collect();
    let at = |key: &str, expected| Look { address: address(&job.config, key), key: Some(key.to_owned()), expected };
    let mut looks = Vec::new();
    CONTROLS.iter().for_each(|control| {
        left.remove(control);
    });
    for file in built.files() {
        // Controls are looked for in any case.
        if left.remove(file.path) && file.kind != Kind::Control {
            let is_asset = file.kind == Kind::Asset;
            let expected = if is_asset { Expected::Asset(file.content) } else { Expected::Bytes(file.content) };
            looks.push(at(file.path, expected));
        }
    }
    let mut gone: Vec<&str> = left.into_iter().collect();
    gone.sort_unstable();
    looks.extend(gone.into_iter().map(|key| at(key, Expected::Missing(missing))));
    looks
}

/// Some of the numbers below one, each as likely as another; all of them if they are no more.
fn draw(count: u64, wanted: usize, chance: impl Fn() -> u64) -> BTreeSet<u64> {
    if count <= wanted as u64 {
        return (0..count).collect();
    }
    let mut drawn = BTreeSet::new();
    while drawn.len() < wanted {
        drawn.insert(chance() % count);
    }
    drawn
}

/// Whether a file is a page that people read.
fn is_page(kind: Kind, path: &str) -> bool {
    matches!(kind, Kind::Page | Kind::List) && path.ends_with(".html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_are_drawn_and_none_twice() {
        assert_eq!(draw(0, 20, chance).len(), 0);
        assert_eq!(draw(20, 20, chance), (0..20).collect());
        let drawn = draw(21, 20, chance);
        assert!(drawn.len() == 20 && drawn.iter().all(|number| *number < 21), "{drawn:?}");
    }
}
