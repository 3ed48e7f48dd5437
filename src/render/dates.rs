//! Dates as people read them, and as machines do.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use tera::Value;

use super::object::Object;
use crate::{prose::escape, source::value::When, theme::Locale};

/// A date as templates get it: `iso` for machines, `text` for people.
pub fn date(locale: &Locale, date: Date) -> Value {
    Object::new().with("iso", date.to_string()).with("text", locale.date(date)).into()
}

/// The day on which something was or will be, as templates get it.
pub fn when(locale: &Locale, when: When, zone: &TimeZone) -> Value {
    date(locale, when.day(zone))
}

/// An RFC 3339 instant, to the second, as `data-valid-from` carries it.
pub fn instant(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A date inside a sentence of HTML.
pub fn time_element(locale: &Locale, date: Date) -> String {
    format!("<time datetime=\"{date}\">{}</time>", escape(&locale.date(date)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_to_the_second_in_utc() {
        assert_eq!(instant("2026-12-01T00:00:00-05:00".parse().unwrap()), "2026-12-01T05:00:00Z");
    }
}
