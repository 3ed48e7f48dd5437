//! Text as it is compared when somebody looks for it: without case, accents and what keyboards lack.
//!
//! The theme's `find.js` folds what a reader types in the same way; a browser test holds the two together. So
//! whoever changes a rule here changes it there.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Letters that are not a base letter with a mark, and what is typed for them.
const LETTERS: &[(char, &str)] = &[
    ('ß', "ss"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('ø', "o"),
    ('ł', "l"),
    ('đ', "d"),
    ('ð', "d"),
    ('þ', "th"),
    ('ħ', "h"),
    ('ŧ', "t"),
    ('ı', "i"),
    // Which sigma stands at the end of a word is not known while it is typed.
    ('ς', "σ"),
    ('ى', "ي"),
    ('ة', "ه"),
];

/// Marks that people leave out when they type: accents, points and vowel signs of Hebrew and Arabic, and what cannot be
/// seen. A Japanese or Indic mark makes another letter, and stays.
const MARKS: &[std::ops::RangeInclusive<char>] = &[
    '\u{300}'..='\u{36f}',
    '\u{483}'..='\u{487}',
    '\u{591}'..='\u{5c7}',
    '\u{610}'..='\u{61a}',
    '\u{640}'..='\u{640}',
    '\u{64b}'..='\u{65f}',
    '\u{670}'..='\u{670}',
    '\u{6d6}'..='\u{6ed}',
    '\u{200b}'..='\u{200f}',
];

/// Apostrophes and what stands for them: `O’Neill` is found as `oneill`, `Keʻala` as `keala`.
const APOSTROPHES: &[char] = &['\'', '`', '‘', '’', 'ʻ', 'ʼ', 'ʹ', 'ʾ', 'ʿ'];

/// NFKD, lower case, without such marks; letters that no decomposition takes apart become what is typed for them.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        let mut text = text.to_ascii_lowercase();
        text.retain(|c| !APOSTROPHES.contains(&c));
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd().flat_map(char::to_lowercase) {
        if MARKS.iter().any(|marks| marks.contains(&c)) || APOSTROPHES.contains(&c) {
            continue;
        }
        match LETTERS.iter().find(|(letter, _)| *letter == c) {
            Some((_, typed)) => out.push_str(typed),
            None => out.push(c),
        }
    }
    out
}

/// The words of a folded text: runs of letters, digits and the marks that make letters.
pub fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c| !is_of_word(c)).filter(|word| !word.is_empty())
}

/// Unicode's letters, numbers and marks (`[\p{L}\p{N}\p{M}]`). Rust's `is_alphanumeric` also takes letters in black circles and squares, which are symbols.
fn is_of_word(c: char) -> bool {
    (c.is_alphanumeric() || is_combining_mark(c)) && !('\u{1f150}'..='\u{1f189}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_case_do_not_count() {
        for (text, folded) in [
            ("José Muñoz", "jose munoz"),
            ("Łukasz Żółć", "lukasz zolc"),
            ("İpek Ğüneş Işık", "ipek gunes isik"),
            ("Nguyễn Thị Ánh", "nguyen thi anh"),
            ("Þórdís Eðvarðsdóttir", "thordis edvardsdottir"),
            ("STRAẞE Sætre", "strasse saetre"),
            ("Keʻala O’Neill-D'Souza", "keala oneill-dsouza"),
            ("ΟΔΥΣΣΕΥΣ Οδυσσεύς", "οδυσσευσ οδυσσευσ"),
            ("Щёголев", "щеголев"),
            ("דָּוִד", "דוד"),
            ("ﬁ Ａ", "fi a"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
            assert_eq!(fold(folded), folded, "{text}");
        }
    }

    #[test]
    fn words_are_runs_of_letters_and_digits_of_any_script() {
        let all = |text: &str| words(&fold(text)).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(all("Anne-Marie  de l'Hôpital (2.)"), ["anne", "marie", "de", "lhopital", "2"]);
        assert_eq!(all("小鳥遊 みずき・ヤマダ"), ["小鳥遊", "みす\u{3099}き", "ヤマタ\u{3099}"]);
        assert_eq!(all("🅰 Ⓑ ☺"), ["b"]);
    }
}
