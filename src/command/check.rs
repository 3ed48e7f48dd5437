//! `bonafide check`: everything that build would refuse or warn about, and nothing written.

use std::time::Instant;

use super::{
    Environment, Exit,
    build::{Planned, problem, with_sources},
    finish,
    report::Summary,
    signing,
    vanished::{Asked, Guard, warning},
};
use crate::{
    cli::Common,
    diagnostic::Diagnostic,
    pipeline::{Options, Pipeline},
    publish::lost,
    site::Vanish,
    source::scan,
};

/// Runs it. Every page is rendered as well, so that mistakes in templates that only some pages meet are found.
pub(super) fn run(common: &Common, environment: Environment) -> Exit {
    use rayon::prelude::*;
    let start = Instant::now();
    let (snapshot, mut diagnostics) = scan(&common.site);
    let keys = signing::read(common, environment, &snapshot, &mut diagnostics);
    let options = Options { base_url: common.base_url.clone(), drafts: false, keys };
    let at = |zone: &jiff::tz::TimeZone| common.moment(environment.now, zone);
    let (result, found) = Pipeline::new().run(&snapshot, &options, at, |ready, moment, _| {
        let mut problems: Vec<Diagnostic> =
            ready.plan.par_jobs().filter_map(|job| ready.making.make(&job).err()).take_any(100).collect();
        let vanish = Vanish::of(&ready.site.documents.config);
        let guard = Guard { asked: Asked::Build, vanish, allowed: None, is_anew: false };
        match with_sources(common, |sources| lost(&common.out(), sources, &Planned::of(&ready))) {
            Err(error) => problems.push(problem(&error)),
            Ok(lost) if lost.gone == 0 => {}
            Ok(lost) if guard.allows(&lost) => problems.push(warning(&lost, ready.site, &snapshot)),
            Ok(lost) => problems.push(guard.refusal(&lost, ready.site, &snapshot)),
        }
        (problems, Summary::of_plan(ready.plan, moment, ready.site.config.zone()))
    });
    diagnostics.extend(found);
    let summary = result.map(|(problems, summary)| {
        diagnostics.extend(problems);
        Summary { seconds: start.elapsed().as_secs_f64(), ..summary }
    });
    finish(common, environment, diagnostics, summary.as_ref(), "nothing would be published")
}
