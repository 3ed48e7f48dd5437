//! `bonafide check`: everything that build would refuse or warn about, and nothing written.

use std::time::Instant;

use super::{Environment, Exit, finish, report::Summary};
use crate::{
    cli::Common,
    diagnostic::Diagnostic,
    pipeline::{Options, Pipeline},
    source::scan,
};

/// Runs it. Every page is rendered as well, so that mistakes in templates that only some pages meet are found.
pub(super) fn run(common: &Common, environment: Environment) -> Exit {
    use rayon::prelude::*;
    let start = Instant::now();
    let (snapshot, mut diagnostics) = scan(&common.site);
    let options = Options { base_url: common.base_url.clone(), drafts: false };
    let at = |zone: &jiff::tz::TimeZone| common.moment(environment.now, zone);
    let (result, found) = Pipeline::new().run(&snapshot, &options, at, |ready, moment, _| {
        let problems: Vec<Diagnostic> =
            ready.plan.jobs.par_iter().filter_map(|job| ready.press.render(job).err()).take_any(100).collect();
        (problems, Summary::of_plan(ready.plan, moment, ready.site.config.zone()))
    });
    diagnostics.extend(found);
    let summary = result.map(|(problems, summary)| {
        diagnostics.extend(problems);
        Summary { seconds: start.elapsed().as_secs_f64(), ..summary }
    });
    finish(common, environment, diagnostics, summary.as_ref(), "nothing would be published")
}
