//! The command line, nothing but its types.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    shard::Shard,
    source::value::{Value, WebUrl, When},
    upload::record::is_run_id,
};

/// What scripts go by.
const EXITS: &str = "Exit status: 0 done; 1 the input has errors, nothing was published; 2 wrong usage; 3 refused for \
                     safety, nothing was changed, and what is said tells how to go on; of publish also 4: it is up, and \
                     readers see something else; 75: somebody else is publishing there, try again later";

/// Publishes people's bona fides: verification pages for badges, and the FAQ around them.
#[derive(Debug, Parser)]
#[command(name = "bonafide", version, about, propagate_version = true, max_term_width = 100, after_help = EXITS)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What all commands know.
    #[command(flatten)]
    pub common: Common,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Turn the site into a folder that any static host can serve
    Build {
        /// Build again whenever something changes, until stopped
        #[arg(long)]
        watch: bool,
        /// With --watch: read the files again and again instead of waiting for the system to report changes
        #[arg(long, requires = "watch")]
        poll: bool,
        /// Make one of several shares of the site, such as 3/16: the third of sixteen, each into a folder of its own. The
        /// files of all are the site
        #[arg(long, value_name = "K/N", conflicts_with = "watch", value_parser = Shard::parse)]
        shard: Option<Shard>,
        /// What the last build made and this one may lose
        #[command(flatten)]
        loss: Loss,
    },
    /// Build, serve the site to this machine, and keep both right while it is edited
    Serve(Serve),
    /// Report everything that build would refuse or warn about, and write nothing
    Check,
    /// Say whether credentials are genuine: PNG, SVG, JSON or JWT, of this site or of anybody. Nothing is fetched
    #[command(after_help = VERIFY_EXITS)]
    Verify(Verify),
    /// Make the keys and the secret that a site signs with, and say what to write into site.yaml
    Keygen {
        /// The folder to put them into; nothing in it is ever overwritten
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Bring what build has made to the site's host: what changed, in an order that never shows half a site
    #[command(after_help = PUBLISH_EXITS)]
    Publish(Publish),
    /// Print a script that completes bonafide's words in a shell
    #[command(long_about = "Print a script that completes bonafide's words in a shell\n\nWhere it belongs: \
                            bash: ~/.local/share/bash-completion/completions/bonafide; \
                            zsh: _bonafide in a folder of $fpath; \
                            fish: ~/.config/fish/completions/bonafide.fish; \
                            powershell and elvish: in the profile, evaluated")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages, bonafide.1 and one a command, into a folder
    #[command(hide = true)]
    Man {
        /// The folder; it is made where there is none
        dir: PathBuf,
    },
}

/// What scripts go by, of `verify`.
const VERIFY_EXITS: &str = "A date given to --at is its first instant in the time zone of the site at hand: of --against, else of site.yaml here or \
     in --site, else UTC.\n\nExit status: 0 if there was at least one credential and all are valid; 1 if not; 2 wrong usage";

/// What is checked, and with what.
#[derive(Debug, Clone, Args)]
pub struct Verify {
    /// The files; of a folder, all that have a credential in them or are meant to
    #[arg(required = true, value_name = "FILE|FOLDER")]
    pub files: Vec<PathBuf>,
    /// A built site: its did.json says which keys count, its status lists and pages what has become of an award
    #[arg(long, value_name = "DIR")]
    pub against: Vec<PathBuf>,
    /// A public key (JWK or Multikey) that is the issuer's, or the issuer's did.json. Beside --against, did.json says which
    /// keys count
    #[arg(long, value_name = "FILE")]
    pub key: Vec<PathBuf>,
    /// A status list (status.json)
    #[arg(long, value_name = "FILE")]
    pub status: Vec<PathBuf>,
}

/// The exit statuses of `publish`: those of [`crate::command::Exit`] as it means them.
const PUBLISH_EXITS: &str = "Exit status: 0 done, or nothing to do; 1 an error: what is up is whole, and the next run goes on; 2 wrong usage; 3 refused \
     for now, such as an older build or more awards gone than `vanish` allows; 4 it is up, and readers see something else; 75 \
     somebody else is publishing there, try again later";

/// How a built site is brought to its host.
#[derive(Debug, Clone, Args)]
pub struct Publish {
    /// Where to: `dir:/srv/www`, `s3://bucket`, `gs://bucket` or `az://container`, each with a prefix if need be
    /// [default: `publish.to` in site.yaml]
    pub target: Option<String>,
    /// A private place for the record of what is up, in the same words [default: `publish.record` in site.yaml; of a
    /// folder, beside the output]
    #[arg(long, value_name = "TARGET")]
    pub record: Option<String>,
    /// Say what would be done and what it would cost, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Write ordered lists of what to bring up and what to delete into a folder, for rsync, rclone and the like
    #[arg(long, value_name = "DIR", conflicts_with_all = ["target", "record", "reconcile"])]
    pub plan: Option<PathBuf>,
    /// Publish one of several shares of the site, as `build --shard` made it: what goes up before the lists. Whichever
    /// share finds that all of its run are up ends the run: awards that are gone, lists, deletes and the record
    #[arg(long, value_name = "K/N", requires = "run", conflicts_with_all = ["plan", "reconcile"], value_parser = Shard::parse)]
    pub shard: Option<Shard>,
    /// With --shard: the name of the run, the same for all its shares and for no other run, such as the number of a job
    #[arg(long, value_name = "ID", requires = "shard", value_parser = run_id)]
    pub run: Option<String>,
    /// List what is up instead of believing the record
    #[arg(long)]
    pub reconcile: bool,
    /// Go on although what is up is of a later moment or a later export
    #[arg(long)]
    pub rollback: bool,
    /// What is up and this may take down
    #[command(flatten)]
    pub loss: Loss,
}

/// What the last build made and the next one may lose.
#[derive(Debug, Clone, Copy, Args)]
pub struct Loss {
    /// Go on although this many awards are gone, of the last build or of what is up: the very number, and more than
    /// `vanish` in site.yaml allows. Without it such a run is refused (exit status 3)
    #[arg(long, value_name = "N", value_parser = count)]
    pub allow_vanished: Option<usize>,
}

/// How a site is served while it is edited.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// The port; 0 takes any that is free
    #[arg(long, value_name = "N", default_value_t = 4000)]
    pub port: u16,
    /// The address or name to listen on; without it, only this machine can connect
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    pub host: String,
    /// Open the site in a browser
    #[arg(long)]
    pub open: bool,
    /// Read the files again and again instead of waiting for the system to report changes
    #[arg(long)]
    pub poll: bool,
    /// What the last build made and this one may lose
    #[command(flatten)]
    pub loss: Loss,
}

/// What all commands know.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The folder of site.yaml
    #[arg(long, global = true, value_name = "DIR", default_value = ".")]
    pub site: PathBuf,
    /// The folder to put the built site into [default: public, in the site's folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The moment that statuses are computed for: a date (its first instant in the site's time zone) or an
    /// RFC 3339 instant. It wins over `SOURCE_DATE_EPOCH`; default: now
    #[arg(long, global = true, value_name = "DATE-OR-INSTANT", value_parser = moment)]
    pub at: Option<When>,
    /// The site's address, in place of `base_url` in site.yaml
    #[arg(long, global = true, value_name = "URL", value_parser = address)]
    pub base_url: Option<String>,
    /// How diagnostics and results are written
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Print nothing but errors and warnings, and of `serve` the address
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// How diagnostics and results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// One JSON object on standard output.
    Json,
    /// Workflow commands on standard output, which GitHub shows as annotations on the lines of a change.
    Github,
}

fn run_id(text: &str) -> Result<String, String> {
    let advice = "it is made of letters, digits, `-`, `_` and `.`, at most 100, and does not begin with `.`";
    if is_run_id(text) { Ok(text.to_owned()) } else { Err(advice.to_owned()) }
}

fn moment(text: &str) -> Result<When, String> {
    When::parse(text).map_err(|fault| fault.to_string())
}

impl Common {
    /// The moment to use, once the site's zone is known.
    pub fn moment(&self, fallback: Timestamp, zone: &TimeZone) -> Timestamp {
        match self.at {
            Some(When::Day(day)) => crate::site::start_of_day(day, zone),
            Some(When::Instant(instant)) => instant.at,
            None => fallback,
        }
    }

    /// The output folder.
    pub fn out(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| self.site.join("public"))
    }
}

/// A site's address, as it was written.
fn address(text: &str) -> Result<String, String> {
    WebUrl::parse(text).map_err(|fault| format!("{}: {}", fault.message, fault.advice))?;
    Ok(text.to_owned())
}

/// A number of awards.
fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "a whole number has to stand here: the very one that the refusal names".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_date_means_its_first_instant_in_the_sites_zone() {
        let cli = Cli::parse_from(["bonafide", "build", "--at", "2026-12-01"]);
        let zone = crate::source::value::Zone::parse("America/New_York").unwrap().0;
        assert_eq!(cli.common.moment(Timestamp::UNIX_EPOCH, &zone).to_string(), "2026-12-01T05:00:00Z");
    }
}
