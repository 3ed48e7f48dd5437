//! Where an award stands at a given moment: the heart of the matter.
//!
//! Dates in exports are days, and days begin and end in the site's time zone. So
//! before anything is compared, an award's dates become a [`Timeline`] of instants,
//! once; after that the status is a few comparisons and the same everywhere: on
//! pages, in the summary of a build, in the script that rechecks a page against the
//! reader's clock.

use std::fmt;

use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;

use crate::source::{
    record::{AwardRecord, Decision},
    value::When,
};

/// Where an award stands at a given moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It can be relied on.
    Active,
    /// It can be relied on, and its renewal is open.
    Expiring,
    /// It is past its last day.
    Expired,
    /// Its first day is still to come.
    Upcoming,
    /// The issuer has put it on hold.
    Suspended,
    /// The issuer has withdrawn it.
    Revoked,
    /// A newer award has taken its place.
    Superseded,
}

impl Status {
    /// All of them, in the order in which summaries list them.
    pub const ALL: [Self; 7] =
        [Self::Active, Self::Expiring, Self::Expired, Self::Upcoming, Self::Suspended, Self::Revoked, Self::Superseded];

    /// Its word in the contract, in `data-status` and in `when=`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::Upcoming => "upcoming",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Superseded => "superseded",
        }
    }

    /// Whether an award of this status can be relied on today, so that it may be shown around.
    #[must_use]
    pub const fn counts(self) -> bool {
        matches!(self, Self::Active | Self::Expiring)
    }

    /// How little an award of this status counts, from 0 for one that can be relied on to [`Self::SEVEREST`]. Where it
    /// grows, whoever relies on the award must learn of it before anything else.
    #[must_use]
    pub const fn severity(self) -> u8 {
        match self {
            Self::Active => 0,
            Self::Expiring => 1,
            Self::Upcoming => 2,
            Self::Expired => 3,
            Self::Superseded => 4,
            Self::Suspended => 5,
            Self::Revoked => Self::SEVEREST,
        }
    }

    /// The highest [`Self::severity`].
    pub const SEVEREST: u8 = 6;

    /// The status as paper can tell it: dates go on being true when time passes, "renewal is open" does not.
    #[must_use]
    pub const fn on_paper(self) -> Self {
        match self {
            Self::Expiring => Self::Active,
            other => other,
        }
    }

    /// The status that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// An award's life as instants: all that its status depends on, but for the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timeline {
    /// The first instant at which it is valid.
    pub valid_from: Timestamp,
    /// The first instant at which its renewal is open.
    pub notice_from: Option<Timestamp>,
    /// The first instant at which it is no longer valid.
    pub valid_until: Option<Timestamp>,
    decision: Option<Decision>,
    superseded: bool,
}

/// The first instant of a day. Where clocks skip midnight it is the first instant that exists.
pub fn start_of_day(day: Date, zone: &TimeZone) -> Timestamp {
    // An instant that cannot be represented lies some 8,000 years away; dates are checked to be near.
    day.to_zoned_datetime(zone.clone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// The first instant after a day.
fn end_of_day(day: Date, zone: &TimeZone) -> Timestamp {
    day.tomorrow().map_or(Timestamp::MAX, |next| start_of_day(next, zone))
}

impl Timeline {
    /// The timeline of an award.
    ///
    /// `longest_notice` is in days; `superseded` says whether another award of the same
    /// earner replaces this one.
    pub fn new(award: &AwardRecord, superseded: bool, longest_notice: u16, zone: &TimeZone) -> Self {
        let valid_from = match award.issued {
            When::Day(day) => start_of_day(day, zone),
            When::Instant(instant) => instant.at,
        };
        let valid_until = award.expires.map(|expires| match expires {
            When::Day(day) => end_of_day(day, zone),
            When::Instant(instant) => instant.at,
        });
        let notice_from = award.expires.map(|expires| {
            let opens = expires.day(zone).checked_sub(Span::new().days(i64::from(longest_notice)));
            opens.map_or(Timestamp::MIN, |day| start_of_day(day, zone))
        });
        Self { valid_from, notice_from, valid_until, decision: award.status, superseded }
    }

    /// The status at a moment. The first that matches wins, in the order of the contract's table.
    pub fn status(&self, moment: Timestamp) -> Status {
        match self.decision {
            Some(Decision::Revoked) => return Status::Revoked,
            Some(Decision::Suspended) => return Status::Suspended,
            None => {}
        }
        if self.superseded {
            Status::Superseded
        } else if moment < self.valid_from {
            Status::Upcoming
        } else if self.valid_until.is_some_and(|until| moment >= until) {
            Status::Expired
        } else if self.notice_from.is_some_and(|from| moment >= from) {
            Status::Expiring
        } else {
            Status::Active
        }
    }

    /// The next instant at which the status is another one, if time alone changes it.
    pub fn next_change(&self, moment: Timestamp) -> Option<Timestamp> {
        let now = self.status(moment);
        let mut instants = [Some(self.valid_from), self.notice_from, self.valid_until];
        instants.sort_unstable();
        instants.into_iter().flatten().find(|instant| *instant > moment && self.status(*instant) != now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::value::Value;

    fn award(issued: &str, expires: Option<&str>) -> AwardRecord {
        let expires = expires.map(|text| format!("expires: {text}\n")).unwrap_or_default();
        serde_yaml::from_str(&format!("id: abcdef\nbadge: ccxp\nissued: {issued}\n{expires}")).unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        crate::source::value::Zone::parse(name).unwrap().0
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The status in a zone, with the default notice of 90 days.
    fn status(award: &AwardRecord, zone_name: &str, moment: &str) -> Status {
        Timeline::new(award, false, 90, &zone(zone_name)).status(at(moment))
    }

    #[test]
    fn an_award_is_valid_for_all_of_its_last_day_in_the_sites_zone() {
        let award = award("2023-01-01", Some("2026-11-30"));
        assert_eq!(status(&award, "America/New_York", "2026-12-01T04:59:59.999999999Z"), Status::Expiring);
        assert_eq!(status(&award, "America/New_York", "2026-12-01T05:00:00Z"), Status::Expired);
        assert_eq!(status(&award, "UTC", "2026-11-30T23:59:59Z"), Status::Expiring);
        assert_eq!(status(&award, "UTC", "2026-12-01T00:00:00Z"), Status::Expired);
    }

    #[test]
    fn the_day_ends_first_in_kiritimati_and_last_in_pago_pago() {
        let award = award("2023-01-01", Some("2026-11-30"));
        assert_eq!(status(&award, "Pacific/Kiritimati", "2026-11-30T09:59:59Z"), Status::Expiring);
        assert_eq!(status(&award, "Pacific/Kiritimati", "2026-11-30T10:00:00Z"), Status::Expired);
        assert_eq!(status(&award, "Pacific/Pago_Pago", "2026-12-01T10:59:59Z"), Status::Expiring);
        assert_eq!(status(&award, "Pacific/Pago_Pago", "2026-12-01T11:00:00Z"), Status::Expired);
    }

    #[test]
    fn the_days_on_which_clocks_change_are_whole_days() {
        // In New York 8 March 2026 has 23 hours and 1 November 2026 has 25.
        let spring = award("2023-01-01", Some("2026-03-08"));
        assert_eq!(status(&spring, "America/New_York", "2026-03-09T03:59:59Z"), Status::Expiring);
        assert_eq!(status(&spring, "America/New_York", "2026-03-09T04:00:00Z"), Status::Expired);
        let autumn = award("2023-01-01", Some("2026-11-01"));
        assert_eq!(status(&autumn, "America/New_York", "2026-11-02T04:59:59Z"), Status::Expiring);
        assert_eq!(status(&autumn, "America/New_York", "2026-11-02T05:00:00Z"), Status::Expired);
    }

    #[test]
    fn a_day_whose_midnight_does_not_exist_begins_when_the_clock_goes_on() {
        // In Santiago clocks went from 2026-09-05 24:00 (UTC-4) straight to 01:00 (UTC-3).
        let award = award("2026-09-06", None);
        assert_eq!(status(&award, "America/Santiago", "2026-09-06T03:59:59Z"), Status::Upcoming);
        assert_eq!(status(&award, "America/Santiago", "2026-09-06T04:00:00Z"), Status::Active);
    }

    #[test]
    fn a_leap_day_is_a_day_like_any_other() {
        let award = award("2024-02-29", Some("2028-02-29"));
        assert_eq!(status(&award, "UTC", "2024-02-28T23:59:59Z"), Status::Upcoming);
        assert_eq!(status(&award, "UTC", "2024-02-29T00:00:00Z"), Status::Active);
        assert_eq!(status(&award, "UTC", "2028-02-29T23:59:59Z"), Status::Expiring);
        assert_eq!(status(&award, "UTC", "2028-03-01T00:00:00Z"), Status::Expired);
    }

    #[test]
    fn an_instant_means_that_instant_whatever_the_zone() {
        let award = award("2023-01-01", Some("2026-11-30T17:00:00-05:00"));
        for zone in ["America/New_York", "Asia/Tokyo"] {
            assert_eq!(status(&award, zone, "2026-11-30T21:59:59Z"), Status::Expiring);
            assert_eq!(status(&award, zone, "2026-11-30T22:00:00Z"), Status::Expired);
        }
    }

    #[test]
    fn renewal_opens_with_the_day_that_is_the_longest_notice_before_the_last() {
        // 90 days before 2027-03-01 is 2026-12-01.
        let award = award("2024-03-01", Some("2027-03-01"));
        assert_eq!(status(&award, "America/New_York", "2026-12-01T04:59:59Z"), Status::Active);
        assert_eq!(status(&award, "America/New_York", "2026-12-01T05:00:00Z"), Status::Expiring);
        let timeline = Timeline::new(&award, false, 30, &zone("America/New_York"));
        assert_eq!(timeline.status(at("2026-12-01T05:00:00Z")), Status::Active);
    }

    #[test]
    fn without_an_end_an_award_stays_active() {
        let award = award("2024-03-01", None);
        assert_eq!(status(&award, "UTC", "2199-01-01T00:00:00Z"), Status::Active);
        assert_eq!(Timeline::new(&award, false, 90, &TimeZone::UTC).next_change(at("2025-01-01T00:00:00Z")), None);
    }

    #[test]
    fn the_issuers_word_comes_before_the_calendar_and_before_a_replacement() {
        let mut award = award("2024-03-01", Some("2025-03-01"));
        let moment = at("2026-01-01T00:00:00Z");
        assert_eq!(Timeline::new(&award, true, 90, &TimeZone::UTC).status(moment), Status::Superseded);
        award.status = Some(Decision::Suspended);
        assert_eq!(Timeline::new(&award, true, 90, &TimeZone::UTC).status(moment), Status::Suspended);
        award.status = Some(Decision::Revoked);
        assert_eq!(Timeline::new(&award, true, 90, &TimeZone::UTC).status(moment), Status::Revoked);
        assert_eq!(Timeline::new(&award, true, 90, &TimeZone::UTC).next_change(moment), None);
    }

    #[test]
    fn changes_come_one_after_the_other() {
        let award = award("2024-03-01", Some("2027-03-01"));
        let timeline = Timeline::new(&award, false, 90, &TimeZone::UTC);
        let mut moment = at("2020-01-01T00:00:00Z");
        let mut seen = vec![timeline.status(moment)];
        while let Some(next) = timeline.next_change(moment) {
            moment = next;
            seen.push(timeline.status(moment));
        }
        assert_eq!(seen, [Status::Upcoming, Status::Active, Status::Expiring, Status::Expired]);
        assert_eq!(moment, at("2027-03-02T00:00:00Z"));
    }
}
