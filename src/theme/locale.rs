//! How a language says things: its words, its dates, its plurals, its direction.
//!
//! The words are the theme's ([`Words`]). Everything else is Unicode's own data (CLDR, through ICU4X), which
//! comes with the program, so that a month is never translated by hand. Dates are Gregorian whatever the
//! language: they are what an export says and what a verifier compares.

use std::{
    collections::HashMap,
    fmt,
    str::FromStr,
    sync::{PoisonError, RwLock},
};

use icu_calendar::{Date as IcuDate, Gregorian};
use icu_datetime::{
    FixedCalendarDateTimeFormatter,
    fieldsets::{YM, YMD},
    pattern::FixedCalendarDateTimeNames,
};
use icu_decimal::{DecimalFormatter, input::Decimal};
use icu_locale::{Locale as Tag, LocaleCanonicalizer, LocaleDirectionality, LocaleExpander, extensions::unicode::key};
use icu_plurals::{PluralCategory, PluralRules};
use jiff::civil::Date;

use super::{
    Words,
    hours::{Hours, Room},
};
use crate::{diagnostic::Diagnostic, source::value::Said};

/// One language of a site.
pub struct Locale {
    /// Its tag (BCP 47), as site.yaml writes it.
    pub language: String,
    /// Which way it is written: `ltr` or `rtl`.
    pub direction: &'static str,
    /// Its tag as Open Graph writes it, with a region: `en_US`.
    pub open_graph: String,
    /// The theme's words in it.
    pub words: Words,
    day: Option<FixedCalendarDateTimeFormatter<Gregorian, YMD>>,
    month: Option<FixedCalendarDateTimeFormatter<Gregorian, YM>>,
    hours: Hours,
    numbers: Option<DecimalFormatter>,
    plurals: Option<PluralRules>,
    /// Days and months that were written already. A page names its dates over and over, and tens of thousands of
    /// awards share a few hundred.
    written: [RwLock<HashMap<Date, String>>; 2],
}

impl fmt::Debug for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locale").field("language", &self.language).finish_non_exhaustive()
    }
}

impl Locale {
    /// The language with this tag. One that CLDR knows nothing of is written as the root of all languages is.
    pub fn new(language: &str, words: Words) -> Self {
        let mut tag = Tag::from_str(language).unwrap_or(Tag::UNKNOWN);
        // `iw` has long been `he`; what is known is known under the new name.
        LocaleCanonicalizer::new_extended().canonicalize(&mut tag);
        let mut full = tag.id.clone();
        LocaleExpander::new_extended().maximize(&mut full);
        let open_graph = match (full.language.as_str(), full.region) {
            // Facebook's list of locales knows Arabic under a region that is none.
            ("ar", _) if tag.id.region.is_none() => "ar_AR".to_owned(),
            (language, Some(region)) => format!("{language}_{}", region.as_str()),
            (language, None) => language.to_owned(),
        };
        let direction = if LocaleDirectionality::new_extended().is_right_to_left(&tag.id) { "rtl" } else { "ltr" };
        // English without a region is the world's, day first: an association's readers are everywhere.
        let dates = if language.eq_ignore_ascii_case("en") { Tag::from_str("en-001").unwrap_or(tag) } else { tag };
        let day = FixedCalendarDateTimeFormatter::try_new((&dates).into(), YMD::long()).ok();
        // Of a language that CLDR has no months of it would write `2027 M04 13`, which nobody reads.
        let is_known = |form: &FixedCalendarDateTimeFormatter<Gregorian, YMD>| {
            gregorian(Date::constant(2027, 4, 13)).is_some_and(|date| !form.format(&date).to_string().contains("M04"))
        };
        let day = day.filter(is_known);
        Self {
            language: language.to_owned(),
            direction,
            open_graph,
            words,
            month: day.is_some().then(|| month(&dates)).flatten(),
            day,
            hours: Hours::new(&dates),
            numbers: DecimalFormatter::try_new(
                (&dates).into(),
                icu_decimal::options::DecimalFormatterOptions::default(),
            )
            .ok(),
            plurals: PluralRules::try_new_cardinal((&dates).into()).ok(),
            written: Default::default(),
        }
    }

    /// Whether it is known how the language writes dates. If not, they are written as machines do: `2027-03-01`.
    pub fn knows_dates(&self) -> bool {
        self.day.is_some()
    }

    /// What readers will not get as it is meant.
    pub(super) fn doubts(&self) -> impl Iterator<Item = Diagnostic> + '_ {
        let language = &self.language;
        let unknown = (!self.knows_dates()).then(|| {
            Diagnostic::warning(format!(
                "nothing is known of how `{language}` writes dates: pages have them as 2027-03-01"
            ))
            .advice("write another tag of the language if there is one, such as one without script or country")
        });
        let tag = Tag::from_str(language).ok();
        let calendar = tag.and_then(|tag| tag.extensions.unicode.keywords.get(&key!("ca")).map(ToString::to_string));
        let other = calendar.filter(|calendar| calendar != "gregory").map(|calendar| {
            Diagnostic::warning(format!("the calendar `{calendar}` is not used: dates are Gregorian in every language"))
                .advice("leave `-u-ca-…` out: what an export says and a verifier compares has to be the same")
        });
        unknown.into_iter().chain(other)
    }

    /// A date in words: `1 March 2027`, `2027年3月1日`.
    pub fn date(&self, date: Date) -> String {
        let [days, _] = &self.written;
        remembered(days, date, || {
            let written = self.day.as_ref().zip(gregorian(date)).map(|(form, date)| form.format(&date).to_string());
            written.unwrap_or_else(|| date.to_string())
        })
    }

    /// A beginning or an end in words: a day, or a day with the hour and the clock that is meant, such as
    /// `30 November 2026 at 17:00 Eastern Standard Time`.
    pub fn said(&self, said: &Said) -> String {
        self.said_in(said, Room::Wide)
    }

    /// The same where there is little room: the clock has no more than an abbreviation, such as
    /// `30 November 2026 at 17:00 GMT-5`.
    pub fn said_briefly(&self, said: &Said) -> String {
        self.said_in(said, Room::Narrow)
    }

    fn said_in(&self, said: &Said, room: Room) -> String {
        match said {
            Said::Day(day) => self.date(*day),
            Said::Hour(there) => {
                let written = self.hours.write(there, room);
                written.unwrap_or_else(|| there.strftime("%F %T UTC%:z").to_string())
            }
        }
    }

    /// A month in words: `March 2027`.
    pub fn month(&self, date: Date) -> String {
        let [_, months] = &self.written;
        remembered(months, date.first_of_month(), || {
            let written = self.month.as_ref().zip(gregorian(date)).map(|(form, date)| form.format(&date).to_string());
            written.unwrap_or_else(|| date.strftime("%Y-%m").to_string())
        })
    }

    /// A whole number, with the language's digits and groups.
    pub fn number(&self, number: u64) -> String {
        self.numbers.as_ref().map_or_else(|| number.to_string(), |form| form.format(&Decimal::from(number)).to_string())
    }

    /// A number of things. The theme has a text for each plural form of the language (CLDR's categories), such as
    /// `days_one` and `days_other`, with `{n}` for the number.
    pub fn count(&self, key: &str, number: u64) -> String {
        let category = self.plurals.as_ref().map_or(PluralCategory::Other, |rules| rules.category_for(number));
        let form = |category: &str| Some(format!("{key}_{category}")).filter(|key| self.words.has(key));
        let form = form(word(category)).unwrap_or_else(|| format!("{key}_other"));
        self.words.fill(&form, &[("n", &self.number(number))])
    }
}

/// How months are written. What writes numbers is asked for by name: for Portuguese, `icu_datetime` (2.4.0) looks for what it
/// has to load in another pattern than the one that it writes, finds no number there, and stops with a failed assertion.
fn month(tag: &Tag) -> Option<FixedCalendarDateTimeFormatter<Gregorian, YM>> {
    let form = FixedCalendarDateTimeFormatter::try_new(tag.into(), YM::long()).ok()?;
    let mut names = FixedCalendarDateTimeNames::from_formatter(tag.into(), form);
    names.include_decimal_formatter().ok()?;
    names.try_into_formatter(YM::long()).ok()
}

/// What was written for a date, or is written now.
fn remembered(written: &RwLock<HashMap<Date, String>>, date: Date, write: impl FnOnce() -> String) -> String {
    if let Some(text) = written.read().unwrap_or_else(PoisonError::into_inner).get(&date) {
        return text.clone();
    }
    let text = write();
    written.write().unwrap_or_else(PoisonError::into_inner).insert(date, text.clone());
    text
}

pub(super) fn gregorian(date: Date) -> Option<IcuDate<Gregorian>> {
    let (month, day) = (u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?);
    IcuDate::try_new_gregorian(i32::from(date.year()), month, day).ok()
}

fn word(category: PluralCategory) -> &'static str {
    match category {
        PluralCategory::Zero => "zero",
        PluralCategory::One => "one",
        PluralCategory::Two => "two",
        PluralCategory::Few => "few",
        PluralCategory::Many => "many",
        PluralCategory::Other => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locale(language: &str) -> Locale {
        let words = [("days_one", "{n} day"), ("days_few", "{n} few"), ("days_other", "{n} days")];
        Locale::new(language, words.into_iter().collect())
    }

    /// Languages of more than five million people that CLDR has, and what differs between their countries.
    const TAGS: &str = "af am ar ar-EG ar-MA as az be bg bn bs ca cs cy da de de-AT el en en-GB en-US en-ZA es es-MX es-US et \
                        eu fa fa-AF fi fil fr fr-CA ga gl gu ha he hi hr hu hy id ig is it ja ka kk km kn ko ky lo lt lv mk ml \
                        mn mr ms my nb ne nl nn or pa pl ps pt pt-AO pt-BR pt-PT ro ru sd si sk sl so sq sr sr-Latn sv sw ta \
                        te th tk tr uk ur uz vi yo yue zh zh-Hans zh-Hant zh-HK zu xx";

    #[test]
    fn no_language_is_unable_to_write_a_date() {
        for tag in TAGS.split_whitespace() {
            let locale = locale(tag);
            for date in [jiff::civil::date(2027, 3, 1), jiff::civil::date(1999, 12, 31), jiff::civil::date(2100, 1, 30)]
            {
                for text in [locale.date(date), locale.month(date)] {
                    assert!(!text.is_empty(), "{tag}");
                }
                for hour in [0, 12, 17] {
                    let there = date.at(hour, 30, 0, 0).in_tz("America/New_York").unwrap();
                    for text in [locale.said(&Said::Hour(there.clone())), locale.said_briefly(&Said::Hour(there))] {
                        assert!(!text.is_empty(), "{tag}");
                    }
                }
            }
            assert!(!locale.number(1_234_567).is_empty(), "{tag}");
        }
        let written = ["pt", "pt-PT"].map(|tag| locale(tag).month(jiff::civil::date(2027, 3, 1)));
        assert_eq!(written, ["março de 2027", "março de 2027"]);
    }

    #[test]
    fn what_is_not_known_of_a_language_is_not_made_up() {
        for tag in ["dz", "mni-Mtei", "got", "zxx"] {
            let locale = locale(tag);
            let date = jiff::civil::date(2027, 4, 13);
            assert!(!locale.knows_dates(), "{tag}");
            assert_eq!((locale.date(date), locale.month(date)), ("2027-04-13".to_owned(), "2027-04".to_owned()));
        }
        // Scripts that are written from the right, by ISO 15924 and CLDR's likely subtags; `iw` and `ji` are old names.
        let rtl = ["ar", "he", "iw", "ji", "yi", "dv", "fa", "ur", "ps", "ckb", "nqo", "syr", "arc", "ks", "ku-Arab"];
        assert!(rtl.iter().all(|tag| locale(tag).direction == "rtl"));
        assert_eq!(
            locale("iw").month(jiff::civil::date(2027, 4, 13)),
            locale("he").month(jiff::civil::date(2027, 4, 13))
        );
        assert!(["en", "he-Latn", "zh", "mn", "az"].iter().all(|tag| locale(tag).direction == "ltr"));
    }

    #[test]
    fn each_language_writes_dates_its_own_way() {
        let date = jiff::civil::date(2027, 3, 1);
        let written = ["en", "en-US", "es", "de", "ja", "ar"].map(|language| locale(language).date(date));
        let expected =
            ["1 March 2027", "March 1, 2027", "1 de marzo de 2027", "1. März 2027", "2027年3月1日", "1 مارس 2027"];
        assert_eq!(written, expected);
        let german = locale("de");
        for _ in 0..2 {
            assert_eq!((german.date(date), german.month(date)), ("1. März 2027".to_owned(), "März 2027".to_owned()));
        }
    }

    #[test]
    fn plurals_follow_the_language() {
        assert_eq!(locale("en").count("days", 1), "1 day");
        assert_eq!(locale("en").count("days", 1_400), "1,400 days");
        assert_eq!(locale("pl").count("days", 3), "3 few");
        assert_eq!(locale("ja").count("days", 1), "1 days");
    }

    #[test]
    fn direction_and_region_are_unicodes() {
        let look = |language: &str| (locale(language).direction, locale(language).open_graph);
        assert_eq!(look("en"), ("ltr", "en_US".to_owned()));
        assert_eq!(look("en-GB"), ("ltr", "en_GB".to_owned()));
        assert_eq!(look("ar"), ("rtl", "ar_AR".to_owned()));
        assert_eq!(look("he"), ("rtl", "he_IL".to_owned()));
        assert_eq!(look("zz"), ("ltr", "zz".to_owned()));
    }
}
