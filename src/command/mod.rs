//! The commands: where the pure middle meets the world.
//!
//! Only here, and in `main`, is anything printed, and only `main` looks at the clock
//! and the environment; commands get both as an [`Environment`].

mod build;
mod check;
mod github;
mod kept;
mod keygen;
mod manual;
mod note;
mod progress;
mod publish;
mod report;
mod serve;
mod signing;
mod vanished;
mod verify;

use std::{
    io::{self, Write},
    path::Path,
};

use jiff::Timestamp;

use crate::{
    cli::{Cli, Command, Common, Format},
    diagnostic::{Diagnostic, Report, Severity, has_errors},
    source,
};

/// What a command knows of the world it runs in.
#[derive(Debug, Clone, Copy)]
pub struct Environment {
    /// The moment to use where none is named: `SOURCE_DATE_EPOCH`, or now.
    pub now: Timestamp,
    /// Tells the time later on; absent where the moment was given and stays.
    pub clock: Option<fn() -> Timestamp>,
    /// Whether diagnostics and progress go to a terminal.
    pub terminal: bool,
    /// Whether they may have colours.
    pub colour: bool,
    /// Tells what time it is, whatever moment was given: leases run by it.
    pub time: fn() -> Timestamp,
    /// The environment's variables, for logins and keys.
    pub variables: fn() -> Vec<(String, String)>,
}

/// How a run ended. The exit status is its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// The input has errors, or the output could not be written. Nothing was published.
    Errors = 1,
    /// The command line was wrong.
    Usage = 2,
    /// Nothing is wrong in itself, and nothing was changed: somebody has to say first that it is meant.
    Refused = 3,
    /// What was published is up, and readers see something else.
    NotAsExpected = 4,
    /// Somebody else is publishing there (`EX_TEMPFAIL` of sysexits.h: try again later).
    Busy = 75,
}

/// Runs a command.
pub fn run(cli: &Cli, environment: Environment) -> Exit {
    match &cli.command {
        Command::Build { watch: false, shard, loss, .. } => {
            build::run(&cli.common, environment, shard.unwrap_or_default(), *loss)
        }
        Command::Build { watch: true, poll, loss, .. } => serve::watch(&cli.common, environment, *poll, *loss),
        Command::Serve(options) => serve::run(&cli.common, environment, options),
        Command::Check => check::run(&cli.common, environment),
        Command::Verify(options) => verify::run(&cli.common, environment, options),
        Command::Keygen { dir } => keygen::run(&cli.common, dir),
        Command::Publish(options) => publish::run(&cli.common, environment, options),
        Command::Completions { shell } => manual::completions(*shell),
        Command::Man { dir } => manual::pages(dir),
    }
}

/// Looks diagnostics up in their files, errors last so that they are what is still on the screen.
fn reports(common: &Common, diagnostics: Vec<Diagnostic>) -> Vec<Report> {
    let site = common.site.clone();
    let mut reports = source::locate(diagnostics, &mut |file| std::fs::read(site.join(Path::new(file))).ok());
    reports.sort_by_key(|report| {
        (
            std::cmp::Reverse(report.severity),
            report.spot.as_ref().map(|spot| (spot.file.clone(), spot.line, spot.column)),
        )
    });
    reports
}

/// How many reports of one kind are drawn before the rest is only counted.
const DRAWN: usize = 100;
/// How many are told to GitHub, which shows ten errors and ten warnings a step; its log keeps what follows.
const ANNOTATED: usize = 1000;

/// Prints diagnostics for people, with a last line that counts them.
fn print_reports(reports: &[Report], environment: Environment) {
    let mut err = io::stderr().lock();
    for severity in [Severity::Warning, Severity::Error, Severity::Refusal] {
        let of_kind: Vec<_> = reports.iter().filter(|report| report.severity == severity).collect();
        for report in of_kind.iter().take(DRAWN) {
            // Nobody is left to tell if standard error is closed.
            let _ = writeln!(err, "{}", report.draw(environment.colour));
        }
        if of_kind.len() > DRAWN {
            let word = if severity == Severity::Warning { "warnings" } else { "errors" };
            let _ = writeln!(err, "… and {} more {word}; --format json lists all of them\n", of_kind.len() - DRAWN);
        }
    }
}

/// Prints diagnostics as annotations, those that stop the build last, as for people.
fn print_annotations(reports: &[Report], site: &Path) {
    let mut out = io::stdout().lock();
    for report in reports.iter().take(ANNOTATED) {
        // Nobody is left to tell if standard output is closed.
        let _ = writeln!(out, "{}", github::annotation(report, site));
    }
}

/// "refused, 2 errors, 1 warning", or nothing.
fn count(reports: &[Report]) -> Option<String> {
    let of = |severity| reports.iter().filter(|report| report.severity == severity).count();
    let word = |number: usize, word: &str| match number {
        0 => None,
        1 => Some(format!("1 {word}")),
        n => Some(format!("{n} {word}s")),
    };
    let refused = (of(Severity::Refusal) > 0).then(|| "refused".to_owned());
    let counted = [word(of(Severity::Error), "error"), word(of(Severity::Warning), "warning")];
    let parts: Vec<_> = refused.into_iter().chain(counted.into_iter().flatten()).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Ends a run: diagnostics and result, for people or as JSON.
fn finish(
    common: &Common,
    environment: Environment,
    diagnostics: Vec<Diagnostic>,
    result: Option<&report::Summary>,
    nothing_done: &str,
) -> Exit {
    let is_wrong = has_errors(&diagnostics);
    let failed = is_wrong || diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Refusal);
    let reports = reports(common, diagnostics);
    match common.format {
        Format::Json => {
            let value = serde_json::json!({ "diagnostics": reports, "result": if failed { None } else { result } });
            let _ = writeln!(io::stdout().lock(), "{value}");
        }
        Format::Human | Format::Github => {
            if common.format == Format::Github {
                print_annotations(&reports, &common.site);
            } else {
                print_reports(&reports, environment);
            }
            let count = count(&reports);
            let mut err = io::stderr().lock();
            if failed {
                let nothing_done = if is_wrong { nothing_done } else { "nothing was changed" };
                let _ = writeln!(err, "{}; {nothing_done}", count.unwrap_or_default());
            } else if let (Some(count), false) = (count, common.quiet) {
                let _ = writeln!(err, "{count}\n");
            }
            if let (Some(result), false, false) = (result, failed, common.quiet) {
                let _ = write!(io::stdout().lock(), "{}", result.draw(environment.colour));
            }
        }
    }
    match (is_wrong, failed) {
        (true, _) => Exit::Errors,
        (false, true) => Exit::Refused,
        (false, false) => Exit::Done,
    }
}
