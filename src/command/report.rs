//! What a build tells when it is done.

use std::fmt::Write as _;

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{shard::Shard, site::Status};

/// The result of a build or a check.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The output folder as it was named; absent where nothing was to be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out: Option<String>,
    /// The share of the site that was made; absent where it was the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The moment statuses were computed for, RFC 3339.
    pub at: String,
    /// The site's time zone.
    pub timezone: String,
    /// New files.
    pub made: usize,
    /// Files that were there and have other bytes now.
    pub changed: usize,
    /// Files that are gone.
    pub removed: usize,
    /// Files that stayed as they were.
    pub unchanged: usize,
    /// How many awards have each status, in the order of the contract.
    pub statuses: Vec<(String, usize)>,
    /// How many awards there are.
    pub awards: usize,
    /// The next moment at which a status changes, RFC 3339.
    pub next_change: Option<String>,
    /// What is left out because of where the site will be, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What had to be done for it; absent where nothing was to be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<Work>,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// How much of each kind of work a build did: what its time went into, in numbers that no machine's speed changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Files of the input that were read and hashed.
    pub hashed: usize,
    /// Files of the input that were parsed.
    pub parsed: usize,
    /// Files of the output whose identity was computed.
    pub planned: usize,
    /// Files of the output whose bytes were made; those that were there with the same bytes are counted, too.
    pub rendered: usize,
}

impl Summary {
    /// The part that follows from the plan.
    pub fn of_plan(plan: &crate::plan::Plan, moment: Timestamp, zone: &TimeZone) -> Self {
        let statuses: Vec<_> =
            Status::ALL.iter().zip(plan.statuses).map(|(status, count)| (status.word().to_owned(), count)).collect();
        Self {
            at: moment.to_string(),
            timezone: zone.iana_name().unwrap_or("UTC").to_owned(),
            awards: plan.statuses.iter().sum(),
            statuses,
            next_change: plan.next_change.map(|at| at.to_string()),
            notes: plan.notes.clone(),
            ..Self::default()
        }
    }

    /// A few aligned lines for people.
    pub fn draw(&self, colour: bool) -> String {
        let bold = |text: &str| if colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() };
        let mut out = String::new();
        match &self.out {
            Some(folder) => {
                let _ = writeln!(out, "{} {folder} in {}", bold("built"), seconds(self.seconds));
                let _ = writeln!(
                    out,
                    "  files    {} made, {} changed, {} removed, {} unchanged",
                    grouped(self.made),
                    grouped(self.changed),
                    grouped(self.removed),
                    grouped(self.unchanged)
                );
                if let Some(shard) = self.shard {
                    let _ = writeln!(out, "  shard    {shard}; awards are counted in all of the site");
                }
            }
            None => {
                let _ = writeln!(out, "{} in {}; nothing was written", bold("checked"), seconds(self.seconds));
            }
        }
        let by_status: Vec<_> = self
            .statuses
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(word, count)| format!("{} {word}", grouped(*count)))
            .collect();
        let colon = if by_status.is_empty() { "" } else { ": " };
        let _ = writeln!(out, "  awards   {}{colon}{}", grouped(self.awards), by_status.join(", "));
        let _ = writeln!(out, "  as of    {}", self.local(&self.at));
        let next = self.next_change.as_deref().map_or_else(|| "none".to_owned(), |at| self.local(at));
        let _ = writeln!(
            out,
            "  next     {}",
            if self.next_change.is_some() {
                format!("a status changes on {next}")
            } else {
                "no status changes by time alone".to_owned()
            }
        );
        for note in &self.notes {
            let _ = writeln!(out, "  note     {note}");
        }
        out
    }

    /// An instant as the site's clock shows it.
    fn local(&self, instant: &str) -> String {
        let zone = jiff::tz::TimeZoneDatabase::bundled().get(&self.timezone).unwrap_or(TimeZone::UTC);
        let Ok(at) = instant.parse::<Timestamp>() else { return instant.to_owned() };
        let local = at.to_zoned_datetime(zone);
        format!("{} ({})", local.strftime("%-d %B %Y, %H:%M"), self.timezone)
    }
}

/// `12,345`.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn seconds(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.0} ms", seconds * 1000.0) } else { format!("{seconds:.1} s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_a_few_aligned_lines() {
        let summary = Summary {
            out: Some("public".into()),
            at: "2026-12-01T05:00:00Z".into(),
            timezone: "America/New_York".into(),
            made: 12_345,
            statuses: vec![("active".into(), 2), ("expiring".into(), 0), ("expired".into(), 1)],
            awards: 3,
            next_change: Some("2026-12-02T05:00:00Z".into()),
            seconds: 0.0421,
            ..Summary::default()
        };
        assert_eq!(
            summary.draw(false),
            "built public in 42 ms\n  files    12,345 made, 0 changed, 0 removed, 0 unchanged\n  \
             awards   3: 2 active, 1 expired\n  as of    1 December 2026, 00:00 (America/New_York)\n  \
             next     a status changes on 2 December 2026, 00:00 (America/New_York)\n"
        );
    }
}
