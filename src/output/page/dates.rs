//! Dates as people read them, and as machines do.

use jiff::{Timestamp, civil::Date};
use tera::Value;

use super::object::Object;
use crate::{prose::escape, source::value::Said, theme::Locale};

/// A date as templates get it: `iso` for machines, `text` for people.
pub fn date(locale: &Locale, date: Date) -> Value {
    Object::new().with("iso", date.to_string()).with("text", locale.date(date)).into()
}

/// A day or an hour, as templates get it.
pub fn said(locale: &Locale, said: &Said) -> Value {
    Object::new().with("iso", machine(said)).with("text", locale.said(said)).into()
}

/// A day or an hour as machines read it: a date or an RFC 3339 instant.
pub fn machine(said: &Said) -> String {
    match said {
        Said::Day(day) => day.to_string(),
        Said::Hour(there) => instant(there.timestamp()),
    }
}

/// An RFC 3339 instant, to the second, as `data-valid-from` carries it.
pub fn instant(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A day or an hour inside a sentence of HTML.
pub fn time_element(locale: &Locale, said: &Said) -> String {
    format!("<time datetime=\"{}\">{}</time>", machine(said), escape(&locale.said(said)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_to_the_second_in_utc() {
        assert_eq!(instant("2026-12-01T00:00:00-05:00".parse().unwrap()), "2026-12-01T05:00:00Z");
    }
}
