//! To a folder that a web server reads.

use std::path::{Path, PathBuf};

use super::{Ending, Job, show, told};
use crate::{command::Exit, diagnostic::Diagnostic, site::Vanish, source::value::Target, upload::dir};

/// Publishes to a folder; its record is where the site says, or beside the output.
pub(super) fn publish(job: &Job<'_>, path: &str, place: Option<&Target>, beside: &Path, vanish: Vanish) -> Ending {
    let record = match place {
        None => beside.to_owned(),
        Some(Target::Dir(record)) => job.common.site.join(&**record),
        Some(Target::Bucket { .. }) => {
            let wrong = Diagnostic::error("the record of a folder is in a folder")
                .advice("write `dir:` and its path, or nothing");
            return Ending::failed(wrong, Exit::Usage);
        }
    };
    // Relative to the site's folder, as all that site.yaml names.
    let target = job.common.site.join(path);
    if let Some(wrong) = misplaced(job, &target, &record) {
        return Ending::failed(wrong, Exit::Usage);
    }
    let bar = job.bar();
    let upload = dir::Job {
        built: &job.built,
        read: &|path| job.read(path),
        target: &target,
        record: &record,
        limits: job.limits,
        ours: &|key| job.ours(key),
        progress: &|progress| show(&bar, progress),
        reconcile: job.options.reconcile,
        dry_run: job.options.dry_run,
    };
    let result = dir::publish(&upload);
    bar.finish();
    match result {
        Err(stop) => told::ending(&stop, vanish, job.options.loss.allow_vanished),
        Ok(outcome) => {
            let ending = Ending::done(Some(outcome), Exit::Done);
            #[cfg(feature = "cloud")]
            let ending = {
                let looked = super::outside::look(job, ending);
                let mut ending = looked.ending;
                if let Some(Err(stop)) = looked.unseen.map(|unseen| dir::remember(&upload, &unseen)) {
                    let stopped = told::ending(&stop, vanish, job.options.loss.allow_vanished);
                    ending.diagnostics.extend(stopped.diagnostics);
                    ending.exit = stopped.exit;
                }
                ending
            };
            ending
        }
    }
}

/// What is wrong with where the site and its record are to be: a build would read or remove what is published, or a web
/// server would serve what names private addresses.
fn misplaced(job: &Job<'_>, target: &Path, record: &Path) -> Option<Diagnostic> {
    let site = &job.common.site;
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // The link itself, whatever it leads to, and the releases beside it.
    let parent = resolved(target.parent().unwrap_or(target));
    let (link, releases) = (parent.join(&name), parent.join(format!(".{name}.releases")));
    let [out, content, themes] = [&job.out, &site.join("content"), &site.join("themes")].map(|path| resolved(path));
    let record = resolved(record);
    let around = [&out, &content, &themes].into_iter().find(|around| link.starts_with(around));
    if let Some(around) = around {
        let message = format!("the site is not to be published into `{}`, which builds use", around.display());
        return Some(
            Diagnostic::error(message).advice("name a folder that a web server reads, such as `dir:/srv/www`"),
        );
    }
    let served = [&link, &releases, &resolved(target)].into_iter().any(|served| record.starts_with(served));
    let is_built = [&out, &content].into_iter().any(|around| record.starts_with(around));
    (served || is_built).then(|| {
        let why = if served { "a web server serves it" } else { "it would be published" };
        Diagnostic::error(format!("the record of what is up is not to be in `{}`: {why}", record.display())).advice(
            "it names addresses that are unlisted or private: name a folder that nobody can read from outside, or none \
             and it is kept beside the output",
        )
    })
}

/// A path without links, as far as it is there.
fn resolved(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = whole.ancestors().find_map(|there| Some((there.canonicalize().ok()?, whole.strip_prefix(there).ok()?)));
    there.map_or_else(|| whole.clone(), |(there, rest)| there.join(rest))
}
