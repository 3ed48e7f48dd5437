//! Quotation marks as each language writes them, and lines as East Asian languages wrap them.
//!
//! People type `"` and `'`; the parser says which of them open and which close. What stands in print is the business of
//! the language: „so“ in German, « ainsi » in French, 「こう」 in Japanese. The marks are those of Unicode's CLDR
//! (`delimiters`), which ICU4X does not bring; French also gets the narrow spaces that belong to its marks.

use unicode_width::UnicodeWidthChar;

/// The marks of a language: what opens and closes a quotation, and one within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotes {
    /// For `"`.
    pub double: [&'static str; 2],
    /// For `'`.
    pub single: [&'static str; 2],
}

const fn quotes(open: &'static str, close: &'static str, inner: &'static str, outer: &'static str) -> Quotes {
    Quotes { double: [open, close], single: [inner, outer] }
}

/// Of every language that is not named below.
const ENGLISH: Quotes = quotes("“", "”", "‘", "’");

/// By language tags in lower case; those with a region or script win over those without.
const LANGUAGES: &[(&[&str], Quotes)] = &[
    (&["de", "cs", "sk", "sl", "lb", "et", "is", "hsb", "dsb"], quotes("„", "“", "‚", "‘")),
    (&["bg", "lt", "ka"], quotes("„", "“", "„", "“")),
    (&["mk"], quotes("„", "“", "’", "‘")),
    (&["hr", "bs"], quotes("„", "”", "‚", "’")),
    (&["sr"], quotes("„", "”", "’", "’")),
    (&["pl", "ro"], quotes("„", "”", "«", "»")),
    (&["hu"], quotes("„", "”", "»", "«")),
    (&["sv", "fi", "he"], quotes("”", "”", "’", "’")),
    (&["nb", "nn", "no"], quotes("«", "»", "‘", "’")),
    (&["es", "ca", "it", "pt-pt", "el", "ast", "an"], quotes("«", "»", "“", "”")),
    (&["es-419", "es-mx", "es-us", "es-co", "es-ar", "es-cl", "es-pe"], ENGLISH),
    (&["de-ch", "de-li", "it-ch", "rm", "am"], quotes("«", "»", "‹", "›")),
    (&["fr"], quotes("«\u{202f}", "\u{202f}»", "“", "”")),
    (&["fr-ch"], quotes("«\u{202f}", "\u{202f}»", "‹\u{202f}", "\u{202f}›")),
    (&["br", "oc"], quotes("«\u{202f}", "\u{202f}»", "“", "”")),
    (&["ru", "uk", "be", "ky", "tt", "ba", "os"], quotes("«", "»", "„", "“")),
    (&["hy"], quotes("«", "»", "«", "»")),
    (&["fa"], quotes("«", "»", "‹", "›")),
    (&["ar", "ur"], quotes("”", "“", "’", "‘")),
    (&["ja", "zh-hant", "zh-tw", "zh-hk", "zh-mo", "yue"], quotes("「", "」", "『", "』")),
];

impl Quotes {
    /// The marks of a language (BCP 47).
    pub fn of(language: &str) -> Self {
        let mut tag = language.to_ascii_lowercase().replace('_', "-");
        loop {
            let found = LANGUAGES.iter().find(|(tags, _)| tags.contains(&tag.as_str()));
            if let Some((_, quotes)) = found {
                return *quotes;
            }
            let Some(end) = tag.rfind('-') else { return ENGLISH };
            tag.truncate(end);
        }
    }
}

/// Whether a line's end between two characters is no space: East Asian scripts have none between words (CSS Text 3,
/// "segment break transformation"). Korean does.
pub fn runs_on(before: char, after: char) -> bool {
    let wide = |c: char| c.width() == Some(2) && !is_hangul(c) && !is_pictorial(c);
    // Marks that Chinese and Japanese share with other languages count as what stands beside them.
    let mark = |c: char| matches!(c, '“' | '”' | '‘' | '’' | '…' | '—' | '·');
    (wide(before) && (wide(after) || mark(after))) || (mark(before) && wide(after))
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{3200}'..='\u{321e}' | '\u{3260}'..='\u{327f}'
        | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}' | '\u{ffa0}'..='\u{ffdc}')
}

/// Emoji and other pictures, which are wide in any language.
fn is_pictorial(c: char) -> bool {
    matches!(c, '\u{2300}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_language_gives_the_marks() {
        assert_eq!(Quotes::of("de-AT").double, ["„", "“"]);
        assert_eq!(Quotes::of("de-CH").double, ["«", "»"]);
        assert_eq!(Quotes::of("fr").double, ["«\u{202f}", "\u{202f}»"]);
        assert_eq!(Quotes::of("es-MX").double, ["“", "”"]);
        assert_eq!(Quotes::of("es-ES").double, ["«", "»"]);
        assert_eq!(Quotes::of("zh-Hant-TW").double, ["「", "」"]);
        assert_eq!(Quotes::of("zh-Hans"), ENGLISH);
        assert_eq!(Quotes::of("xx"), ENGLISH);
    }

    #[test]
    fn no_language_is_named_twice() {
        let mut all: Vec<_> = LANGUAGES.iter().flat_map(|(tags, _)| tags.iter()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn only_scripts_without_spaces_run_on() {
        for (before, after) in [('日', '本'), ('。', '次'), ('」', '「'), ('カ', 'ナ'), ('。', '“'), ('ー', 'ル')]
        {
            assert!(runs_on(before, after), "{before}{after}");
        }
        for (before, after) in [('한', '국'), ('a', '本'), ('本', 'a'), ('😀', '😀'), ('a', 'b'), ('”', 'b')]
        {
            assert!(!runs_on(before, after), "{before}{after}");
        }
    }
}
