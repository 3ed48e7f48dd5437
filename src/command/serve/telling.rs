//! What people are told of builds: in the terminal and on open pages.

use std::{
    collections::HashSet,
    io::{self, Write},
};

use crate::{
    cli::{Common, Format},
    command::{Environment, count, print_reports, report::Summary, reports},
    diagnostic::{Diagnostic, Report, Severity},
    publish::Outcome,
    serve::live::Live,
};

/// A report as it is told from others: how bad, what, and in which file.
type Told = (Severity, String, Option<String>);

fn told(report: &Report) -> Told {
    (report.severity, report.message.clone(), report.spot.as_ref().map(|spot| spot.file.clone()))
}

/// Tells of builds, and remembers what it has told.
pub(super) struct Telling<'a> {
    common: &'a Common,
    environment: Environment,
    /// What has been printed of what is wrong, without the lines, which move while somebody types.
    printed: HashSet<Told>,
}

impl<'a> Telling<'a> {
    pub(super) fn new(common: &'a Common, environment: Environment) -> Self {
        Self { common, environment, printed: HashSet::new() }
    }

    /// Tells people and open pages. What is wrong is told when it becomes so, not at every change that leaves it so.
    pub(super) fn report(
        &mut self,
        live: &Live,
        diagnostics: Vec<Diagnostic>,
        summary: Option<&Summary>,
        outcome: Option<&Outcome>,
    ) {
        let reports = reports(self.common, diagnostics);
        let stops = |report: &&Report| report.severity != Severity::Warning;
        let stopping: Vec<Report> = reports.iter().filter(stops).cloned().collect();
        let failed = !stopping.is_empty();
        live.report(&stopping);
        let new: Vec<Report> = reports.iter().filter(|report| !self.printed.contains(&told(report))).cloned().collect();
        // What is not reported is mended, and worth telling when it comes back. Only of a site with errors it is not
        // known what else would be doubtful.
        if !failed {
            self.printed.clear();
        }
        self.printed.retain(|(severity, ..)| *severity == Severity::Warning);
        self.printed.extend(reports.iter().map(told));
        match self.common.format {
            Format::Json => {
                if !new.is_empty() || summary.is_some() {
                    say(&serde_json::json!({ "diagnostics": reports, "result": summary }).to_string());
                }
            }
            // Nobody annotates a change while it is still being written.
            Format::Human | Format::Github => {
                if !new.is_empty() {
                    print_reports(&new, self.environment);
                    if failed && summary.is_none() {
                        let is_held_back = stopping.iter().any(|report| report.severity == Severity::Refusal);
                        let stays = if is_held_back || live.now().0 > 0 {
                            "the last good site stays"
                        } else {
                            "waiting for it to be mended"
                        };
                        tell(&format!("{}; {stays}", count(&reports).unwrap_or_default()));
                    }
                }
                if let (Some(summary), Some(outcome), false) = (summary, outcome, self.common.quiet) {
                    say(&line(summary, outcome));
                }
            }
        }
    }
}

/// "rebuilt in 21 ms: 2 changed, 1 removed".
fn line(summary: &Summary, outcome: &Outcome) -> String {
    let counts = [(outcome.made, "made"), (outcome.changed, "changed"), (outcome.removed, "removed")];
    let parts: Vec<_> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let what = if parts.is_empty() { "nothing changed".to_owned() } else { parts.join(", ") };
    format!("built in {:.0} ms: {what}", summary.seconds * 1000.0)
}

/// One line of results.
pub(super) fn say(text: &str) {
    // Whoever started it may have closed the terminal; the site is kept right all the same.
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// One line about the run itself.
pub(super) fn tell(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
