//! Texts that went through one conversion too many on their way out of another system.
//!
//! A name that was made fit for a web page (`O&#039;Hara`) is shown with all of that, because pages here escape what
//! they are given. A name whose UTF-8 was taken for Windows-1252 (`JosÃ©`) has two letters where one was. Both can be
//! undone, so the mended form is proposed; nothing is changed, because now and then somebody means it so.
//!
//! Letters that were encoded twice are told from honest ones by what they would be: a run of them must be UTF-8 from
//! its first byte to its last, must stand for letters that names have, and must show what no text has by itself, such
//! as a capital behind a small letter or a currency sign between letters. `JOÃO` and `« café »` are none of that.

use pulldown_cmark::{Event, Parser};
use unicode_script::{Script, UnicodeScript};

/// A text that can be mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// What is wrong with it, to stand behind its key.
    pub what: &'static str,
    /// As it was meant.
    pub text: String,
}

/// What a conversion is called, and what takes it back.
type Step = (&'static str, fn(&str) -> Option<String>);

/// How often a text may have been converted too much.
const TIMES: usize = 4;

/// What was meant by a text; nothing if it looks meant as it is.
pub fn mended(text: &str) -> Option<Mended> {
    // Nearly all texts end here.
    if !text.bytes().any(|byte| matches!(byte, b'&' | b'\\' | b'%') || byte >= 0x80) {
        return None;
    }
    let mut found: Option<Mended> = None;
    for _ in 0..TIMES {
        let now = found.as_ref().map_or(text, |found| &found.text);
        let steps: [Step; 4] = [
            ("has HTML entities in it, and pages show them just so", entities),
            ("has letters that were encoded twice, and pages show them just so", twice),
            ("has letters in an escaped form, and pages show them just so", escapes),
            ("has letters in the form of an address, and pages show them just so", percents),
        ];
        let Some((what, next)) = steps.into_iter().find_map(|(what, step)| Some((what, step(now)?))) else { break };
        found = Some(Mended { what: found.map_or(what, |found| found.what), text: next });
    }
    // What would be nothing, or no line, is no better.
    found.filter(|found| !found.text.trim().is_empty() && !found.text.contains(char::is_control))
}

/// The longest entity, `&CounterClockwiseContourIntegral;`.
const ENTITY: usize = 33;

/// HTML's entities as what they stand for.
fn entities(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = from.bytes().take(ENTITY).position(|byte| byte == b';').map_or(1, |end| end + 1);
        let (entity, after) = from.split_at(end);
        if end > 1 && entity.bytes().skip(1).all(|byte| byte.is_ascii_alphanumeric() || b"#;".contains(&byte)) {
            // Markdown has the same entities, and its parser a table of them all.
            for event in Parser::new(entity) {
                if let Event::Text(meant) = event {
                    out.push_str(&meant);
                }
            }
        } else {
            out.push_str(entity);
        }
        rest = after;
    }
    out.push_str(rest);
    (out != text).then_some(out)
}

/// `\u00e9` as what it stands for.
fn escapes(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\\u") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let unit = |from: &str| -> Option<u16> {
            let digits = from.strip_prefix("\\u")?.get(..4)?;
            digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
        };
        // A letter beyond the first 65,536 takes two.
        let units: Vec<u16> = [unit(from), from.get(6..).and_then(unit)].into_iter().map_while(|unit| unit).collect();
        let first = char::decode_utf16(units).next().and_then(Result::ok);
        let length = first.map_or(2, |c| 6 * c.len_utf16());
        match first {
            Some(c) => out.push(c),
            None => out.push_str("\\u"),
        }
        rest = from.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    (out != text).then_some(out)
}

/// `%C3%A9` as what it stands for; only letters beyond ASCII, because a percent sign is no rarity.
fn percents(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let meant = percent_encoding::percent_decode_str(text).decode_utf8().ok()?;
    let beyond = |text: &str| text.chars().filter(|c| !c.is_ascii()).count();
    (beyond(&meant) > beyond(text)).then(|| meant.into_owned())
}

/// The letters of Windows-1252 from 0x80 to 0x9F; the five that it has not are those of Latin-1.
const UPPER: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The byte of a letter beyond ASCII in Windows-1252, or in Latin-1 where that has another.
fn byte(c: char) -> Option<u8> {
    if let Ok(byte @ 0x80..) = u8::try_from(u32::from(c)) {
        return Some(byte);
    }
    let at = UPPER.iter().position(|upper| *upper == c)?;
    u8::try_from(0x80 + at).ok()
}

/// Letters that were encoded twice as what they stood for. Where one run of them is surely so, others that can be are.
fn twice(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    let mut surely = false;
    while let Some(at) = rest.find(|c: char| byte(c).is_some()) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = from.find(|c: char| byte(c).is_none()).unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        match meant(run, out.chars().next_back(), after.chars().next()) {
            Some((meant, odd)) => {
                out.push_str(&meant);
                surely |= odd;
            }
            None => out.push_str(run),
        }
        rest = after;
    }
    out.push_str(rest);
    surely.then_some(out)
}

/// What a run of letters beyond ASCII may have been before it was encoded again, and whether it shows that it was.
fn meant(run: &str, before: Option<char>, after: Option<char>) -> Option<(String, bool)> {
    let bytes: Vec<u8> = run.chars().filter_map(byte).collect();
    let meant = String::from_utf8(bytes).ok()?;
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut written = run.chars();
    let mut last = before;
    let mut odd = false;
    for c in meant.chars() {
        if !is_usual(c) {
            return None;
        }
        let first = written.next()?;
        // A capital behind a small letter.
        odd |= first.is_uppercase() && last.is_some_and(char::is_lowercase);
        for _ in 1..c.len_utf8() {
            last = written.next();
            odd |= last.is_some_and(|c| !is_punctuation(c));
        }
        // Marks that end something do not stand between letters; an apostrophe does.
        let next = written.clone().next().or(after);
        odd |= last.is_some_and(|c| is_punctuation(c) && !matches!(c, '’' | '-' | '–' | '·' | '\u{a0}'))
            && is_letter(next);
        // `Ã–zil`: no word is this letter alone, and a dash from it leads to no small one.
        odd |= first == 'Ã' && matches!(last, Some('–' | '’')) && next.is_some_and(char::is_lowercase);
    }
    Some((meant, odd))
}

/// Marks that may honestly follow a letter.
fn is_punctuation(c: char) -> bool {
    matches!(
        c,
        '‚' | '„'
            | '…'
            | '‹'
            | '›'
            | '‘'
            | '’'
            | '“'
            | '”'
            | '•'
            | '–'
            | '—'
            | '™'
            | '«'
            | '»'
            | '·'
            | '®'
            | '©'
            | '°'
            | 'º'
            | 'ª'
            | '\u{a0}'
            | '\u{ad}'
            | '§'
            | '¡'
            | '¿'
    )
}

/// What names and titles are made of: letters of living scripts and common marks, no phonetic signs.
fn is_usual(c: char) -> bool {
    if matches!(c, '\u{250}'..='\u{2af}' | '\u{e000}'..='\u{f8ff}') {
        return false;
    }
    !matches!(
        c.script(),
        Script::Unknown | Script::Nko | Script::Syriac | Script::Samaritan | Script::Mandaic | Script::Thaana
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<String> {
        mended(text).map(|mended| mended.text)
    }

    /// What a program makes of a text that takes its UTF-8 for Windows-1252.
    fn wrongly(text: &str) -> String {
        let letter = |byte: u8| match byte {
            0x80..=0x9f => UPPER[usize::from(byte - 0x80)],
            _ => char::from(byte),
        };
        text.bytes().map(letter).collect()
    }

    #[test]
    fn entities_of_all_kinds_are_undone_and_ampersands_are_left() {
        assert_eq!(text("O&#039;Hara").as_deref(), Some("O'Hara"));
        assert_eq!(text("O&#x27;Hara &amp; Sons").as_deref(), Some("O'Hara & Sons"));
        assert_eq!(text("Jos&eacute; Mu&ntilde;oz").as_deref(), Some("José Muñoz"));
        assert_eq!(text("O&amp;#039;Hara").as_deref(), Some("O'Hara"));
        for honest in ["Smith & Sons", "AT&T; and others", "R&D;", "Q&A", "a &; b", "&", "&#;"] {
            assert_eq!(text(honest), None, "{honest}");
        }
    }

    #[test]
    fn letters_that_were_encoded_twice_or_three_times_are_undone() {
        assert_eq!(text("JosÃ©").as_deref(), Some("José"));
        assert_eq!(text("MUÃ‘OZ GARCÃ\u{8d}A").as_deref(), Some("MUÑOZ GARCÍA"));
        for name in [
            "José",
            "Şükrü Ğüneş",
            "Łukasz Żółć",
            "Zoë O’Neill",
            "Юлия Щёголева",
            "Ελένη Παπαδοπούλου",
            "محمد عبد الله",
            "山田 太郎",
            "さくら",
            "김민준",
            "สมชาย ใจดี",
            "Nguyễn Thị Ánh",
            "Björn Ångström",
            "François Lefèvre",
            "Ørsted",
            "“Quotes” – and … more",
            "Straße",
            "Íñigo",
            "ÉCOLE",
        ] {
            let once = wrongly(name);
            assert_eq!(text(&once).as_deref(), Some(name), "{once}");
            let again = wrongly(&once);
            assert_eq!(text(&again).as_deref(), Some(name), "{again}");
        }
    }

    #[test]
    fn honest_texts_are_left_in_peace() {
        for honest in [
            "JOÃO",
            "SÃO PAULO",
            "IRMÃ",
            "« café »",
            "«\u{a0}café\u{a0}»",
            "“A IRMÃ”",
            "«CAFÉ»",
            "CAFÉ…",
            "TA PÅ…",
            "„Ä“",
            "GRÜß”",
            "José",
            "İNÖNÜ’NÜN",
            "CLICHÉ™",
            "L’ÎLE",
            "Ā’s",
            "Ñ®",
            "Ø–Å",
            "100 % Liebe",
            "50%25",
            "C:\\users\\uwe",
            "Ångström Å",
            "ÇA VA",
            "ĐẶNG VĂN LÂM",
            "Motörhead",
            "©2026 Müller",
            "naïve café–bar",
            "São Tomé & Príncipe",
        ] {
            assert_eq!(mended(honest), None, "{honest}");
        }
    }

    #[test]
    fn escapes_of_other_kinds_are_undone() {
        assert_eq!(text("Jos\\u00e9").as_deref(), Some("José"));
        assert_eq!(text("\\ud83d\\ude00 Smile").as_deref(), Some("😀 Smile"));
        assert_eq!(text("Jos%C3%A9 %").as_deref(), Some("José %"));
    }
}
