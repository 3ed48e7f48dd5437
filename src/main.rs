//! Arguments in, exit code out. The clock and the environment are looked at here and nowhere else.

use std::{io::IsTerminal, process::ExitCode};

use bonafide::{
    cli::Cli,
    command::{self, Environment, Exit},
};
use clap::Parser;
use jiff::Timestamp;

/// Pages are put together from many small texts on all cores; the system's allocator is slower at that.
#[global_allocator]
static ALLOCATOR: bonafide_allocator::MiMalloc = bonafide_allocator::MiMalloc;

fn main() -> ExitCode {
    bonafide_allocator::give_back_at_once();
    let cli = Cli::parse();
    // Empty is as good as absent (https://reproducible-builds.org/specs/source-date-epoch/).
    let given = std::env::var("SOURCE_DATE_EPOCH").ok().filter(|text| !text.trim().is_empty());
    let clock: Option<fn() -> Timestamp> = if given.is_some() { None } else { Some(Timestamp::now) };
    let now = match given {
        None => Timestamp::now(),
        Some(text) => match text.trim().parse().ok().and_then(|second| Timestamp::from_second(second).ok()) {
            Some(moment) => moment,
            None => {
                return usage(&format!(
                    "SOURCE_DATE_EPOCH is `{text}`: it has to be a whole number of seconds since 1970, and before the year 10000"
                ));
            }
        },
    };
    let terminal = std::io::stderr().is_terminal();
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let variables = || {
        let text = |text: std::ffi::OsString| text.into_string().ok();
        std::env::vars_os().filter_map(|(key, value)| Some((text(key)?, text(value)?))).collect()
    };
    let environment =
        Environment { now, clock, terminal, colour: terminal && !no_colour, time: Timestamp::now, variables };
    ExitCode::from(command::run(&cli, environment) as u8)
}

#[expect(clippy::print_stderr, reason = "there is nothing else yet to report with")]
fn usage(message: &str) -> ExitCode {
    eprintln!("error: {message}");
    ExitCode::from(Exit::Usage as u8)
}
