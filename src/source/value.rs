//! The scalar values of site.yaml, exports and front matter, each with its own type.
//!
//! Every kind of value has one function that reads it, [`Value::parse`], and one
//! way of being wrong, [`Fault`]. Both readers of YAML go through it: the fast one
//! (serde), which only needs to know *that* a file is right, and the careful one,
//! which runs after something was wrong and says what. So the two cannot disagree
//! about what a date or an id looks like.

use std::{borrow::Cow, fmt, ops::Deref, path::Path, str::FromStr as _};

use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, de};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::blot;

/// Why a value cannot be what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, in one line without a full stop.
    pub message: String,
    /// What to write instead.
    pub advice: String,
}

impl Fault {
    fn new(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { message: message.into(), advice: advice.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.advice)
    }
}

/// A scalar that knows how to read itself.
pub trait Value: Sized {
    /// Reads the text of a scalar.
    ///
    /// # Errors
    /// A [`Fault`] that says what is wrong with the text and what to write instead.
    fn parse(text: &str) -> Result<Self, Fault>;
}

/// Whether `text` can be read as a `T`; for tables of field kinds.
///
/// # Errors
/// The [`Fault`] of [`Value::parse`].
pub fn check<T: Value>(text: &str) -> Result<(), Fault> {
    T::parse(text).map(drop)
}

struct ScalarVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Value> de::Visitor<'de> for ScalarVisitor<T> {
    type Value = T;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        T::parse(text).map_err(E::custom)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
    fn visit_none<E: de::Error>(self) -> Result<T, E> {
        Err(E::custom("this is empty"))
    }
}

fn deserialize_value<'de, T: Value, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    // Asked for as an option, because YAML's "nothing" (`null`, `~`, or no value at all) would otherwise be
    // taken for a text of that spelling: a person whose name is missing must not be called "null".
    deserializer.deserialize_option(ScalarVisitor(std::marker::PhantomData))
}

macro_rules! deserialize_as_value {
    ($($type:ty),* $(,)?) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserialize_value(deserializer)
            }
        }
    )*};
}

mod extra;
mod target;
mod web_url;
mod when;

pub use extra::{EXTRA_DEPTH, Extra};
pub use target::{Service, Target};
pub use when::{Edge, Instant, Said, When, optional_date, optional_instant};

/// A text that was read once and is known to be fine.
pub(super) trait Kept: Sized {
    /// The value whose text this was.
    fn kept(text: Box<str>) -> Self;
}

macro_rules! text_types {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl Deref for $name {
            type Target = str;
            fn deref(&self) -> &str { &self.0 }
        }
        impl Kept for $name {
            fn kept(text: Box<str>) -> Self { Self(text) }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.serialize_str(&self.0) }
        }
        deserialize_as_value!($name);
    )*};
}

text_types! {
    /// One line a person reads, normalized to NFC, without space around it; never empty.
    Line,
    /// Several lines of text or Markdown, normalized to NFC; may be empty.
    Prose,
    /// The id of a badge, or a portfolio's handle: `[a-z0-9-]`.
    Slug,
    /// The id of an award: `[A-Za-z0-9_-]`, at least 6 characters.
    AwardId,
    /// The id of an earner: any text on one line. Never shown in public.
    EarnerId,
    /// An old address or a vendor's code that must lead to an award.
    Alias,
    /// An absolute `http` or `https` address.
    WebUrl,
    /// An e-mail address (RFC 5321, in the form people use).
    Email,
    /// A path below `content/` or the site's folder: relative, `/` between names, never upwards.
    ContentPath,
    /// Where fonts are: a file or a folder of the site or of the machine, or `system`.
    FontPlace,
    /// A colour `#rgb` or `#rrggbb`, kept as `#rrggbb` in lower case.
    Colour,
    /// A language tag (BCP 47) such as `en` or `pt-BR`.
    Language,
}

/// How long a line that people read may be, in characters.
const LINE_MAX: usize = 400;
/// How long a text of several lines in an export may be, in characters.
const PROSE_MAX: usize = 100_000;

/// A text in the one form in which names, ids and fragments are compared and written. macOS, for one, hands out the
/// names of files decomposed, which no keyboard types.
pub fn nfc(text: &str) -> Cow<'_, str> {
    if is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

fn too_long(length: usize, most: usize) -> Fault {
    Fault::new(
        format!("this is {length} characters long"),
        format!("at most {most} fit here; is a quote or a line end missing?"),
    )
}

impl Value for Line {
    fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Fault::new("this is empty", "write a text, or leave the key out if it may be left out"));
        }
        if text.contains(['\n', '\r']) {
            return Err(Fault::new("this text has more than one line", "write it on one line"));
        }
        if text.len() > LINE_MAX {
            let length = text.chars().count();
            if length > LINE_MAX {
                return Err(too_long(length, LINE_MAX));
            }
        }
        Ok(Self(nfc(text).into()))
    }
}

impl Value for Prose {
    fn parse(text: &str) -> Result<Self, Fault> {
        if text.len() > PROSE_MAX {
            let length = text.chars().count();
            if length > PROSE_MAX {
                return Err(too_long(length, PROSE_MAX));
            }
        }
        Ok(Self(nfc(text.trim_end()).into()))
    }
}

impl Value for Slug {
    fn parse(text: &str) -> Result<Self, Fault> {
        let fine = !text.is_empty()
            && text.len() <= 100
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fine {
            Ok(Self(text.into()))
        } else {
            Err(Fault::new(
                format!("`{}` is not an id", shorten(text)),
                "use small letters a-z, digits and hyphens, such as `ccxp`",
            ))
        }
    }
}

impl Value for AwardId {
    fn parse(text: &str) -> Result<Self, Fault> {
        let fine = (6..=200).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if fine {
            Ok(Self(text.into()))
        } else {
            Err(Fault::new(
                format!("`{}` is not an award id", shorten(text)),
                "use at least 6 letters A-Z a-z, digits, `_` or `-`",
            ))
        }
    }
}

impl Value for EarnerId {
    fn parse(text: &str) -> Result<Self, Fault> {
        Line::parse(text).map(|line| Self(line.0))
    }
}

impl Value for Alias {
    fn parse(text: &str) -> Result<Self, Fault> {
        let trimmed = text.trim_matches('/');
        let fine = !trimmed.is_empty()
            && trimmed.len() <= 200
            && trimmed.split('/').all(|part| {
                !part.is_empty()
                    && !part.starts_with('.')
                    && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.~".contains(&b))
            });
        if fine && trimmed.split('/').next().is_some_and(|first| first.eq_ignore_ascii_case("_assets")) {
            return Err(Fault::new(
                "an alias cannot lie below `_assets/`: whoever fetched a file there may keep it for ever",
                "old addresses of pages lie elsewhere",
            ));
        }
        if fine {
            Ok(Self(trimmed.into()))
        } else {
            Err(Fault::new(
                format!("`{}` cannot be an alias", shorten(text)),
                "use a vendor's code such as `s3kJd9aQ`, or an old path below this site such as `badge/s3kJd9aQ`",
            ))
        }
    }
}

impl Value for Email {
    fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        let fine = text.len() <= 254
            && text.rsplit_once('@').is_some_and(|(local, host)| {
                !local.is_empty()
                    && !local.contains('@')
                    && host.contains('.')
                    && !host.starts_with('.')
                    && !host.ends_with('.')
                    && !host.contains("..")
            })
            && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"(),:;[]\\".contains(c));
        if fine {
            Ok(Self(nfc(text).into()))
        } else {
            // The address itself is not repeated: messages reach logs, and people's addresses do not.
            Err(Fault::new("this is not an e-mail address", "write one address such as `kate@mail.example`"))
        }
    }
}

impl Value for ContentPath {
    fn parse(text: &str) -> Result<Self, Fault> {
        let path = text.trim_end_matches('/');
        let fine = !path.is_empty()
            && !path.starts_with('/')
            && !path.contains(['\\', '\0'])
            && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        if fine {
            Ok(Self(nfc(path).into()))
        } else {
            Err(Fault::new(
                format!("`{}` is not a path inside the site", shorten(text)),
                "write it from the folder it is searched in, with `/` between names and no `..`",
            ))
        }
    }
}

impl FontPlace {
    /// What stands for the fonts that are installed on the machine.
    pub const SYSTEM: &str = "system";

    /// Whether it means what is installed.
    pub fn is_system(&self) -> bool {
        &*self.0 == Self::SYSTEM
    }

    /// Whether it lies outside the site's folder, or is not sure to lie in it.
    pub fn is_outside(&self) -> bool {
        self.is_system() || Path::new(&*self.0).has_root() || self.split('/').any(|part| part == "..")
    }
}

impl Value for FontPlace {
    fn parse(text: &str) -> Result<Self, Fault> {
        let wrong =
            |advice: &str| Err(Fault::new(format!("`{}` is not a path of fonts", shorten(text)), advice.to_owned()));
        let path = if text.len() > 1 { text.trim_end_matches('/') } else { text };
        if path.is_empty() || path.contains('\0') {
            return wrong("name a folder or a file with fonts, such as `fonts/`, or write `system`");
        }
        if path.contains('\\') {
            return wrong("write it with `/` between names");
        }
        if path.starts_with("http://") || path.starts_with("https://") {
            return wrong("nothing is fetched; save the font in a folder such as `fonts/` and name that");
        }
        if path.starts_with('~') {
            return wrong("`~` is not looked up; write the whole path");
        }
        Ok(Self(nfc(path).into()))
    }
}

impl Value for Colour {
    fn parse(text: &str) -> Result<Self, Fault> {
        let digits = text.strip_prefix('#').unwrap_or_default();
        let fine = matches!(digits.len(), 3 | 6) && digits.bytes().all(|b| b.is_ascii_hexdigit());
        if !fine {
            return Err(Fault::new(
                format!("`{}` is not a colour", shorten(text)),
                "write it in quotes as \"#rrggbb\", such as \"#1f5f8b\"",
            ));
        }
        let long: String =
            if digits.len() == 3 { digits.chars().flat_map(|c| [c, c]).collect() } else { digits.to_owned() };
        Ok(Self(format!("#{}", long.to_ascii_lowercase()).into()))
    }
}

impl Value for Language {
    fn parse(text: &str) -> Result<Self, Fault> {
        let fine = text.len() <= 35
            && text.split('-').enumerate().all(|(index, part)| {
                (1..=8).contains(&part.len())
                    && part.bytes().all(|b| b.is_ascii_alphanumeric())
                    && (index > 0 || (part.len() >= 2 && part.bytes().all(|b| b.is_ascii_alphabetic())))
            });
        // Whatever is written, a page has to say what it is in, and its dates have to be in that.
        let tag = icu_locale::Locale::from_str(text).ok().filter(|tag| fine && !tag.id.language.is_unknown());
        if tag.is_some() {
            Ok(Self(text.into()))
        } else {
            Err(Fault::new(
                format!("`{}` is not a language tag", shorten(text)),
                "write a tag such as `en`, `es` or `pt-BR`",
            ))
        }
    }
}

deserialize_as_value!(Zone, Span, Share, Target);

/// A time zone by its IANA name, from the database that comes with the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(pub TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl std::hash::Hash for Zone {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.iana_name().unwrap_or_default().hash(state);
    }
}

impl Value for Zone {
    fn parse(text: &str) -> Result<Self, Fault> {
        let database = jiff::tz::TimeZoneDatabase::bundled();
        database.get(text).map(Self).map_err(|_| {
            let names: Vec<_> = database.available().map(|name| name.as_str().to_owned()).collect();
            let advice = crate::diagnostic::did_you_mean(text, names.iter().map(String::as_str))
                .unwrap_or_else(|| "write an IANA name such as `America/New_York` or `UTC`".to_owned());
            Fault::new(format!("there is no time zone `{}`", shorten(text)), advice)
        })
    }
}

/// A length of time such as `14 days`, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// How long, in seconds; a day is 24 hours.
    pub seconds: i64,
}

impl Value for Span {
    fn parse(text: &str) -> Result<Self, Fault> {
        let fault = || {
            Fault::new(
                format!("`{}` is not a length of time", shorten(text)),
                "write a number and a unit, such as `14 days`, `36 hours` or `2 weeks`",
            )
        };
        let text = text.trim();
        let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(fault)?;
        let (number, unit) = text.split_at(split);
        let number: i64 = number.parse().ok().filter(|n| (1..=100_000).contains(n)).ok_or_else(fault)?;
        let unit = match unit.trim().trim_end_matches('s') {
            "minute" => 60,
            "hour" => 3_600,
            "day" => 86_400,
            "week" => 7 * 86_400,
            _ => return Err(fault()),
        };
        Ok(Self { seconds: number * unit })
    }
}

/// A part of a whole such as `0.5 %`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Share {
    /// In millionths, at most all of them.
    pub millionths: u32,
}

impl Value for Share {
    fn parse(text: &str) -> Result<Self, Fault> {
        let fault = |advice: &str| Fault::new(format!("`{}` is not a share", shorten(text)), advice);
        let text = text.trim();
        let Some(number) = text.strip_suffix('%') else {
            return match text.trim_matches(['0', '.']) {
                "" if text.starts_with('0') => Ok(Self { millionths: 0 }),
                _ => Err(fault("write a number and a percent sign, such as `0.5 %`")),
            };
        };
        let number = number.trim_end();
        if number.contains(',') {
            return Err(fault("write it with a point, such as `0.5 %`"));
        }
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |text: &str, most: usize| {
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits(whole, 3) || !digits(part, 4) {
            return Err(fault("write a number from 0 to 100 and a percent sign, such as `0.5 %`"));
        }
        // Four places behind the point of a percentage are millionths.
        let millionths = format!("{whole}{part:0<4}").parse().ok().filter(|millionths| *millionths <= 1_000_000);
        let millionths =
            millionths.ok_or_else(|| fault("more than all of them cannot be gone: write at most `100 %`"))?;
        Ok(Self { millionths })
    }
}

/// Shortened for a message. What nobody may read is blotted out before: of an address that is cut off it could not be told
/// any more that it is one.
fn shorten(text: &str) -> String {
    // As much of it as can stand before the `@` of an address that begins within what is shown.
    let end = text.char_indices().nth(1_000).map_or(text.len(), |(end, _)| end);
    let text = &blot::without_logins(&blot::without_mail(text.get(..end).unwrap_or_default()));
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decomposed_name_is_composed_and_nothing_else_changes() {
        assert_eq!(&*Line::parse("Jose\u{301} O’Neill-D'Souza").unwrap(), "José O’Neill-D'Souza");
    }

    #[test]
    fn a_time_zone_slip_is_guessed() {
        let fault = Zone::parse("America/New_Yrok").unwrap_err();
        assert_eq!(fault.advice, "did you mean `America/New_York`?");
    }

    #[test]
    fn script_addresses_and_passwords_are_refused() {
        assert!(WebUrl::parse("javascript:alert(1)").is_err());
        assert!(WebUrl::parse("https://user:pw@host.example/").is_err());
        assert!(WebUrl::parse("www.cxpa.org").is_err());
    }

    #[test]
    fn no_fault_repeats_a_mail_address_or_a_password() {
        let long = format!("mailto:{}@mail.example", "zed.".repeat(30));
        for wrong in
            ["mailto:zed@mail.example", "zed@mail.example", "//zed@mail.example", "ftp://zed@mail.example/x", &long]
        {
            for fault in
                [WebUrl::parse(wrong).unwrap_err(), Slug::parse(wrong).unwrap_err(), Alias::parse(wrong).unwrap_err()]
            {
                assert!(!fault.to_string().contains("zed"), "{fault}");
            }
        }
        assert!(!WebUrl::parse("ftp://u:secret@x.example/").unwrap_err().to_string().contains("secret"));
    }

    #[test]
    fn an_email_fault_does_not_repeat_the_address() {
        let fault = Email::parse("kate at mail.example").unwrap_err();
        assert!(!fault.to_string().contains("kate at"));
    }

    #[test]
    fn paths_never_lead_upwards() {
        assert!(ContentPath::parse("../secret").is_err());
        assert!(ContentPath::parse("/etc/passwd").is_err());
        assert!(ContentPath::parse("fonts/").is_ok());
        for (text, outside) in [
            ("fonts/", false),
            ("fonts/a.otf", false),
            ("/usr/share/fonts", true),
            ("../fonts", true),
            ("system", true),
        ] {
            assert_eq!(FontPlace::parse(text).unwrap().is_outside(), outside, "{text}");
        }
        for text in ["", "https://fonts.example/a.ttf", "~/.fonts", "C:\\Fonts", "a\0"] {
            assert!(FontPlace::parse(text).is_err(), "{text}");
        }
        assert!(Alias::parse("../x").is_err());
        assert!(Alias::parse("badge/88231").is_ok());
    }

    #[test]
    fn a_share_is_a_percentage_and_says_so() {
        let share = |text| Share::parse(text).map(|share| share.millionths);
        for (text, millionths) in [
            ("0.5 %", 5_000),
            ("0.5%", 5_000),
            ("0", 0),
            ("0.0", 0),
            ("0 %", 0),
            ("100%", 1_000_000),
            ("12.0001 %", 120_001),
            (" 3 % ", 30_000),
        ] {
            assert_eq!(share(text), Ok(millionths), "{text}");
        }
        for wrong in
            ["0.5", "5", "", ".", "%", "-1 %", "0,5 %", "101 %", "100.0001 %", ".5 %", "1e1 %", "0.00001 %", "٣ %"]
        {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
