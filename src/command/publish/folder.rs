//! To a folder that a web server reads.

use std::path::Path;

use super::{Ending, Job, places::misplaced, show, told};
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
