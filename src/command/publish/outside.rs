//! The look from outside: where to look, what for, and how it is told.

use std::time::Duration;

use super::{Ending, Job, address};
use crate::{
    command::Exit,
    diagnostic::Diagnostic,
    output::Kind,
    upload::{
        built::{Built as _, Collected, half},
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

/// Whether anything was done that readers may see.
pub(super) fn is_worth_a_look(ending: &Ending) -> bool {
    let is_changed = |outcome: &Outcome| outcome.plan.as_ref().is_some_and(|plan| !plan.is_empty());
    let is_published = ending.outcome.as_ref().is_some_and(|outcome| outcome.plan.is_some());
    match &ending.run {
        None => is_published,
        Some(_) => {
            ending.outcome.as_ref().is_some_and(is_changed)
                || ending.ended.as_ref().is_some_and(|ended| is_changed(&ended.0))
        }
    }
}

/// Looks, with a client of its own.
pub(super) fn look(job: &Job<'_>, ending: Ending, withheld: Vec<(String, Vec<u8>)>) -> Ending {
    if job.options.dry_run || !is_worth_a_look(&ending) {
        return ending;
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return ending };
    runtime.block_on(async {
        match look::client(Duration::from_secs(20)) {
            Ok(client) => look_with(job, &client, ending, withheld).await,
            Err(_) => ending,
        }
    })
}

/// Looks at what was published. `withheld` is what nobody may read: addresses with the bytes that are there.
pub(super) async fn look_with(
    job: &Job<'_>,
    client: &reqwest::Client,
    mut ending: Ending,
    withheld: Vec<(String, Vec<u8>)>,
) -> Ending {
    let mut looks = Vec::new();
    if let Some(plan) = ending.outcome.as_ref().and_then(|outcome| outcome.plan.as_ref()) {
        looks.extend(self::looks(job, &job.built, plan, ending.run.is_none()));
    }
    if let Some((outcome, built)) = ending.ended.as_deref()
        && let Some(plan) = &outcome.plan
    {
        looks.extend(self::looks(job, built, plan, true));
    }
    looks.extend(
        withheld.into_iter().map(|(address, bytes)| Look { address, expected: Expected::Withheld(half(&bytes)) }),
    );
    let surprises = look::look(client, &looks, PAUSE).await;
    ending.looked = looks.len();
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
    ending
}

/// Where to look after a plan is carried out; `has_lists` unless the lists are still to come.
fn looks(job: &Job<'_>, built: &Collected, plan: &Plan, has_lists: bool) -> Vec<Look> {
    let at = |key: &str, expected| Look { address: address(&job.config, key), expected };
    let missing = built.files().find(|file| file.path == "404.html").map(|file| file.content);
    let mut looks = Vec::new();
    // All that was taken down.
    for step in [Step::TakedownLeaves, Step::TakedownPages] {
        looks.extend(plan.puts(built, step).map(|file| at(file.path, Expected::Bytes(file.content))));
    }
    looks.extend(plan.deletes(Step::TakedownDeletes).map(|entry| at(&entry.key, Expected::Missing(missing))));
    // Any pages, each as likely as another.
    let pages = || {
        built.files().filter(|file| {
            is_page(file.kind, file.path) && file.path != "404.html" && (has_lists || file.kind == Kind::Page)
        })
    };
    let count = pages().count() as u64;
    let mut chosen: Vec<u64> = (0..PAGES).map(|_| chance() % count.max(1)).collect();
    chosen.sort_unstable();
    chosen.dedup();
    let is_chosen = |number: &u64| chosen.binary_search(number).is_ok();
    let pages = (0..).zip(pages()).filter(|(number, _)| is_chosen(number));
    looks.extend(pages.map(|(_, file)| at(file.path, Expected::Bytes(file.content))));
    let asset = built.files().find(|file| file.kind == Kind::Asset);
    looks.extend(asset.map(|file| at(file.path, Expected::Asset(file.content))));
    looks.push(at(&format!("not-there-{:x}/index.html", chance()), Expected::Missing(missing)));
    let controls = job.built.files().filter(|file| file.kind == Kind::Control && file.size > 0);
    looks.extend(controls.map(|file| at(file.path, Expected::Withheld(file.content))));
    looks
}

/// Whether a file is a page that people read.
fn is_page(kind: Kind, path: &str) -> bool {
    matches!(kind, Kind::Page | Kind::List) && path.ends_with(".html")
}
