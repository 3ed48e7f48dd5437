//! Days and instants, and what people have to be told of them.

use jiff::{
    RoundMode, SignedDuration, Timestamp, Unit, ZonedDateTime, ZonedDateTimeRound, civil::Date, fmt::temporal::Pieces,
    tz::TimeZone,
};
use serde::{Deserialize, Deserializer};

use super::{Fault, Value, deserialize_value, shorten};

/// A day or an instant, as exports give them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// A whole day in the site's time zone.
    Day(Date),
    /// An RFC 3339 instant.
    Instant(Instant),
}

/// An RFC 3339 instant, with what its notation tells beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Instant {
    /// The instant.
    pub at: Timestamp,
    /// The day as whose first or last second it is written, by its own offset. Many systems write a day that way,
    /// and in another zone than theirs it is an hour of another day.
    pub edge: Option<Edge>,
}

/// A day of which an instant is the first or the last second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edge {
    /// Written as `00:00:00` of that day.
    Start(Date),
    /// Written as `23:59:59` of that day.
    End(Date),
}

/// The first and last years that dates may have; outside of them it is a slip of the keyboard.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2200;

/// What people have to be told of a beginning or an end: a day where that says all, else a day and an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// All of that day.
    Day(Date),
    /// That instant, by the clock of the site's zone.
    Hour(ZonedDateTime),
}

impl Said {
    /// The day that is named.
    pub fn day(&self) -> Date {
        match self {
            Self::Day(day) => *day,
            Self::Hour(instant) => instant.date(),
        }
    }

    /// Whether an hour is named, too.
    pub fn has_hour(&self) -> bool {
        matches!(self, Self::Hour(_))
    }
}

impl When {
    /// The day on which it falls in `zone`.
    pub fn day(self, zone: &TimeZone) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Instant(instant) => instant.at.to_zoned_datetime(zone.clone()).date(),
        }
    }

    /// As the beginning of something: from the first second of a day on, it is the day. Seconds of a beginning
    /// are nobody's business.
    pub fn as_start(self, zone: &TimeZone) -> Said {
        match self {
            Self::Day(day) => Said::Day(day),
            Self::Instant(instant) => {
                let there = instant.at.to_zoned_datetime(zone.clone());
                match there.start_of_day() {
                    Ok(start) if start == there => Said::Day(there.date()),
                    _ => Said::Hour(to_the_minute(there)),
                }
            }
        }
    }

    /// As the end of something: until the last second of a day, it is the day.
    pub fn as_end(self, zone: &TimeZone) -> Said {
        match self {
            Self::Day(day) => Said::Day(day),
            Self::Instant(instant) => {
                let there = instant.at.to_zoned_datetime(zone.clone());
                let next = instant.at.checked_add(SignedDuration::from_secs(1)).unwrap_or(instant.at);
                if next.to_zoned_datetime(zone.clone()).date() == there.date() {
                    Said::Hour(there)
                } else {
                    Said::Day(there.date())
                }
            }
        }
    }

    /// The last day of which any part counts, if this is the end.
    pub fn last_day(self, zone: &TimeZone) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Instant(instant) => {
                let last = instant.at.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(instant.at);
                last.to_zoned_datetime(zone.clone()).date()
            }
        }
    }
}

fn to_the_minute(instant: ZonedDateTime) -> ZonedDateTime {
    instant.round(ZonedDateTimeRound::new().smallest(Unit::Minute).mode(RoundMode::Trunc)).unwrap_or(instant)
}

/// The day as whose first or last second an instant is written.
fn edge(text: &str) -> Option<Edge> {
    let pieces = Pieces::parse(text).ok()?;
    let time = pieces.time()?;
    match (time.hour(), time.minute(), time.second()) {
        (0, 0, 0) if time.subsec_nanosecond() == 0 => Some(Edge::Start(pieces.date())),
        (23, 59, 59) => Some(Edge::End(pieces.date())),
        _ => None,
    }
}

fn year_fault(text: &str, year: i16) -> Option<Fault> {
    (!YEARS.contains(&year)).then(|| {
        Fault::new(
            format!("the year of `{}` cannot be right", shorten(text)),
            format!("years from {} to {} can be used", YEARS.start(), YEARS.end()),
        )
    })
}

impl Value for Date {
    fn parse(text: &str) -> Result<Self, Fault> {
        let looks_right = text.len() == 10
            && text.bytes().enumerate().all(|(i, b)| if matches!(i, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
        let advice = "write year-month-day, such as 2026-11-30";
        if !looks_right {
            return Err(Fault::new(format!("`{}` is not a date", shorten(text)), advice));
        }
        let date: Date = text.parse().map_err(|_| {
            Fault::new(format!("there is no day `{text}`"), "check the month and the day; write year-month-day")
        })?;
        year_fault(text, date.year()).map_or(Ok(date), Err)
    }
}

impl Value for Timestamp {
    fn parse(text: &str) -> Result<Self, Fault> {
        let instant: Self = text.parse().map_err(|_| {
            Fault::new(
                format!("`{}` is not an instant", shorten(text)),
                "write date, time and offset, such as 2026-11-20T06:00:00Z",
            )
        })?;
        year_fault(text, instant.to_zoned_datetime(TimeZone::UTC).year()).map_or(Ok(instant), Err)
    }
}

impl Value for When {
    fn parse(text: &str) -> Result<Self, Fault> {
        if text.len() > 10 && text.contains(['T', 't', ' ']) {
            let instant = <Timestamp as Value>::parse(text).map(|at| Self::Instant(Instant { at, edge: edge(text) }));
            instant.map_err(|fault| {
                let advice =
                    "write a date such as 2026-11-30, or an instant with its offset such as 2026-11-30T17:00:00-05:00";
                Fault::new(fault.message, advice)
            })
        } else {
            <Date as Value>::parse(text).map(Self::Day)
        }
    }
}

deserialize_as_value!(When);

/// Deserializes a [`Date`] by [`Value::parse`], so that there is one idea of what a date is.
///
/// # Errors
/// What the deserializer finds wrong.
pub fn optional_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    struct Day(Date);
    impl Value for Day {
        fn parse(text: &str) -> Result<Self, Fault> {
            <Date as Value>::parse(text).map(Self)
        }
    }
    deserialize_as_value!(Day);
    Ok(Option::<Day>::deserialize(deserializer)?.map(|day| day.0))
}

/// Deserializes an instant by [`Value::parse`].
///
/// # Errors
/// What the deserializer finds wrong.
pub fn optional_instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    struct Instant(Timestamp);
    impl Value for Instant {
        fn parse(text: &str) -> Result<Self, Fault> {
            <Timestamp as Value>::parse(text).map(Self)
        }
    }
    deserialize_as_value!(Instant);
    Ok(Option::<Instant>::deserialize(deserializer)?.map(|instant| instant.0))
}

#[cfg(test)]
mod tests {
    use super::{super::Zone, *};

    #[test]
    fn a_leap_day_exists_only_in_leap_years() {
        assert!(<Date as Value>::parse("2024-02-29").is_ok());
        let fault = <Date as Value>::parse("2023-02-29").unwrap_err();
        assert!(fault.message.contains("there is no day"), "{fault}");
    }

    #[test]
    fn an_instant_needs_its_offset() {
        assert!(matches!(When::parse("2026-11-30T17:00:00-05:00"), Ok(When::Instant(_))));
        assert!(When::parse("2026-11-30T17:00:00").is_err());
        assert!(When::parse("30.11.2026").is_err());
    }

    #[test]
    fn an_end_is_a_day_where_that_says_all_and_an_hour_elsewhere() {
        let zone = Zone::parse("America/New_York").unwrap().0;
        let end = |text: &str| match When::parse(text).unwrap().as_end(&zone) {
            Said::Day(day) => day.to_string(),
            Said::Hour(there) => there.datetime().to_string(),
        };
        assert_eq!(end("2026-11-30"), "2026-11-30");
        assert_eq!(end("2026-11-30T17:00:00-05:00"), "2026-11-30T17:00:00");
        assert_eq!(end("2026-11-30T23:59:59-05:00"), "2026-11-30");
        assert_eq!(end("2026-11-30T23:59:59.999-05:00"), "2026-11-30");
        assert_eq!(end("2026-11-30T23:59:00-05:00"), "2026-11-30T23:59:00");
        // Nothing of the first of December counts, so the day alone would be a day too much.
        assert_eq!(end("2026-12-01T00:00:00-05:00"), "2026-12-01T00:00:00");
        assert_eq!(end("2026-12-01T00:00:00Z"), "2026-11-30T19:00:00");
        let last = |text: &str| When::parse(text).unwrap().last_day(&zone).to_string();
        assert_eq!(last("2026-12-01T00:00:00-05:00"), "2026-11-30");
        assert_eq!(last("2026-12-01T00:00:00.001-05:00"), "2026-12-01");
    }

    #[test]
    fn a_beginning_at_the_first_instant_of_a_day_is_the_day() {
        let zone = Zone::parse("America/Santiago").unwrap().0;
        let start = |text: &str| When::parse(text).unwrap().as_start(&zone);
        // Clocks went from midnight straight to one o'clock there.
        assert_eq!(start("2026-09-06T01:00:00-03:00"), Said::Day(jiff::civil::date(2026, 9, 6)));
        let Said::Hour(there) = start("2026-09-07T09:30:59.5-03:00") else { panic!("an hour") };
        assert_eq!(there.datetime().to_string(), "2026-09-07T09:30:00");
    }

    #[test]
    fn an_instant_keeps_the_day_that_it_is_written_as_the_edge_of() {
        let edge = |text: &str| match When::parse(text) {
            Ok(When::Instant(instant)) => instant.edge,
            other => panic!("{other:?}"),
        };
        let day = jiff::civil::date(2026, 12, 1);
        assert_eq!(edge("2026-12-01T00:00:00Z"), Some(Edge::Start(day)));
        assert_eq!(edge("2026-12-01 00:00+02:00"), Some(Edge::Start(day)));
        assert_eq!(edge("2026-12-01T23:59:59.999Z"), Some(Edge::End(day)));
        assert_eq!(edge("2026-12-01T09:00:00+09:00"), None);
    }
}
