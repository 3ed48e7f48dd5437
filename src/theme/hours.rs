//! How a language says an hour: with its day, and by whose clock.
//!
//! An hour without a zone says nothing to readers elsewhere, so the zone's name stands behind it, in words: CLDR has
//! one in every language for nearly all zones, where abbreviations are known in their own country only, and several
//! countries have the same. Where there is none, CLDR writes the distance from Greenwich.

use std::{
    collections::HashMap,
    fmt,
    sync::{OnceLock, PoisonError, RwLock},
};

use icu_calendar::Gregorian;
use icu_datetime::{
    DateTimeFormatterPreferences, FixedCalendarDateTimeFormatter,
    fieldsets::{
        Combo, YMDT,
        zone::{SpecificLong, SpecificShort},
    },
    options::TimePrecision,
};
use icu_locale::{Locale as Tag, preferences::extensions::unicode::keywords::HourCycle};
use icu_time::{
    Time, TimeZone, ZonedDateTime as IcuDateTime,
    zone::{UtcOffset, ZoneNameTimestamp},
};
use jiff::{Timestamp, ZonedDateTime};

use super::locale::gregorian;

type Form<Z> = FixedCalendarDateTimeFormatter<Gregorian, Combo<YMDT, Z>>;
/// Set up when it is first used.
type Late<Z> = OnceLock<Option<Form<Z>>>;

/// How much room there is for the name of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Room {
    /// For words.
    Wide,
    /// For an abbreviation where the language has one that its readers know, else for the distance from Greenwich.
    Narrow,
}

/// How many instants are remembered in words. Exports have one hour for thousands of awards, or one for each.
const REMEMBERED: usize = 10_000;

/// How a language says hours. Most sites have none, so nothing is set up before the first is said.
pub(super) struct Hours {
    tag: Tag,
    wide: [Late<SpecificLong>; 2],
    narrow: [Late<SpecificShort>; 2],
    written: RwLock<HashMap<(Timestamp, Room), String>>,
}

impl fmt::Debug for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hours").field("tag", &self.tag.to_string()).finish_non_exhaustive()
    }
}

impl Hours {
    /// The hours of a language.
    pub(super) fn new(tag: &Tag) -> Self {
        Self { tag: tag.clone(), wide: Default::default(), narrow: Default::default(), written: RwLock::default() }
    }

    /// An instant in words, by the clock of its own zone; seconds only where there are any. A site has one zone.
    pub(super) fn write(&self, there: &ZonedDateTime, room: Room) -> Option<String> {
        let instant = there.timestamp();
        if let Some(text) = self.written.read().unwrap_or_else(PoisonError::into_inner).get(&(instant, room)) {
            return Some(text.clone());
        }
        let number = |of: i8| u8::try_from(of).ok();
        let time = Time::try_new(number(there.hour())?, number(there.minute())?, number(there.second())?, 0).ok()?;
        let zone = TimeZone::from_iana_id(there.time_zone().iana_name().unwrap_or("UTC"))
            .with_offset(UtcOffset::try_from_seconds(there.offset().seconds()).ok())
            .with_zone_name_timestamp(ZoneNameTimestamp::from_epoch_seconds(instant.as_second()));
        let there = IcuDateTime { date: gregorian(there.date())?, time, zone };
        let exact = usize::from(u8::from(there.time.second) != 0);
        let fields =
            YMDT::long().with_time_precision(if exact == 0 { TimePrecision::Minute } else { TimePrecision::Second });
        let text = match room {
            Room::Wide => {
                let set_up = || Form::try_new(self.preferences(), fields.with_zone(SpecificLong)).ok();
                self.wide.get(exact)?.get_or_init(set_up).as_ref()?.format(&there).to_string()
            }
            Room::Narrow => {
                let set_up = || Form::try_new(self.preferences(), fields.with_zone(SpecificShort)).ok();
                self.narrow.get(exact)?.get_or_init(set_up).as_ref()?.format(&there).to_string()
            }
        };
        let mut written = self.written.write().unwrap_or_else(PoisonError::into_inner);
        if written.len() < REMEMBERED {
            written.insert((instant, room), text.clone());
        }
        Some(text)
    }

    fn preferences(&self) -> DateTimeFormatterPreferences {
        let mut preferences: DateTimeFormatterPreferences = (&self.tag).into();
        // English for the whole world counts to 24: few outside of North America have to ask which half is meant.
        if self.tag.to_string() == "en-001" {
            preferences.hour_cycle = Some(HourCycle::H23);
        }
        preferences
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        source::value::{Said, Value, When, Zone},
        theme::Locale,
    };

    fn end(language: &str, zone: &str, text: &str) -> String {
        let zone = Zone::parse(zone).unwrap().0;
        Locale::new(language, [].into_iter().collect()).said(&When::parse(text).unwrap().as_end(&zone))
    }

    #[test]
    fn each_language_says_an_hour_its_own_way_and_names_the_clock() {
        let said = ["en", "en-US", "es", "de", "ja", "ar"]
            .map(|language| end(language, "America/New_York", "2026-11-30T17:00:00-05:00"));
        let expected = [
            "30 November 2026 at 17:00 Eastern Standard Time",
            "November 30, 2026 at 5:00\u{202f}PM Eastern Standard Time",
            "30 de noviembre de 2026 a las 17:00 hora estándar oriental",
            "30. November 2026 um 17:00 Nordamerikanische Ostküsten-Normalzeit",
            "2026年11月30日 17:00 米国東部標準時",
            "30 نوفمبر 2026 في 5:00 م التوقيت الرسمي الشرقي لأمريكا الشمالية",
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn the_clock_is_the_sites_in_summer_and_winter_and_where_it_has_no_name() {
        assert_eq!(end("en", "America/New_York", "2026-07-01T12:00:00Z"), "1 July 2026 at 08:00 Eastern Daylight Time");
        assert_eq!(end("en", "Asia/Kolkata", "2026-07-01T12:00:00Z"), "1 July 2026 at 17:30 India Standard Time");
        assert_eq!(end("en", "UTC", "2026-07-01T12:00:00Z"), "1 July 2026 at 12:00 Coordinated Universal Time");
        assert_eq!(end("en", "Etc/GMT+3", "2026-07-01T12:00:00Z"), "1 July 2026 at 09:00 GMT-03:00");
        assert_eq!(end("zz", "UTC", "2026-07-01T12:00:00Z"), "2026 M07 1 12:00 GMT+00:00");
    }

    #[test]
    fn where_there_is_little_room_the_clock_is_short() {
        let zone = Zone::parse("America/New_York").unwrap().0;
        let end = When::parse("2026-11-30T17:00:00-05:00").unwrap().as_end(&zone);
        let said = ["en", "en-US", "de", "ja"].map(|language| {
            let locale = Locale::new(language, [].into_iter().collect());
            // The wide one must not be taken for it.
            assert!(locale.said(&end) != locale.said_briefly(&end));
            locale.said_briefly(&end)
        });
        let expected = [
            "30 November 2026 at 17:00 GMT-5",
            "November 30, 2026 at 5:00\u{202f}PM EST",
            "30. November 2026 um 17:00 GMT-5",
            "2026年11月30日 17:00 GMT-5",
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn seconds_are_said_where_there_are_any() {
        let said = end("en", "UTC", "2026-11-30T18:59:59Z");
        assert_eq!(said, "30 November 2026 at 18:59:59 Coordinated Universal Time");
        assert_eq!(end("en", "UTC", "2026-11-30T23:59:59Z"), "30 November 2026");
        let locale = Locale::new("en", [].into_iter().collect());
        assert_eq!(locale.said(&Said::Day(jiff::civil::date(2027, 3, 1))), "1 March 2027");
    }
}
