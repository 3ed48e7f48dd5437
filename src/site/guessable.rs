//! Addresses that can be found without having been told.
//!
//! An unlisted award is seen by whoever has its address. That protects nobody whose address is the next number
//! after another, or a word that anybody may try. Only what is plainly so is called guessable: digits between
//! words that everybody can see, a single short word, the holder's own name, or very few characters. What looks
//! drawn by lot is left in peace. Old systems gave such addresses, and they stand on paper, so it is for the site
//! to decide; it should know.

use crate::fold::{fold, words};

/// How an address can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// By counting.
    Number,
    /// By trying words.
    Word,
    /// By who knows the name.
    Name,
    /// By trying everything.
    Short,
}

impl Way {
    /// What the address is, and who finds it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Number => "can be found by counting: so can this unlisted award, and others beside it",
            Self::Word => "is a short word: whoever tries words finds this unlisted award",
            Self::Name => "is the person’s name: whoever tries it finds this unlisted award",
            Self::Short => "is very short: whoever tries all that are so short finds this unlisted award",
        }
    }
}

/// More digits than that are no number that anybody counts.
const COUNTED: usize = 12;
/// Longer words are hard to come upon.
const WORD: usize = 10;
/// What trying everything takes, in bits, if nobody can be bothered.
const TRIED: f64 = 24.0;

/// What the characters of an address tell about how it was made.
#[derive(Default)]
struct Look {
    digits: usize,
    words: Vec<String>,
    /// The bits of what looks drawn by lot.
    lot: f64,
}

impl Look {
    fn of(text: &str) -> Self {
        let mut look = Self::default();
        for part in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
            let runs = || part.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
            let is_plain = |run: &[u8]| {
                let rest = run.get(1..).unwrap_or_default();
                let lower = rest.iter().all(u8::is_ascii_lowercase);
                lower || run.iter().all(u8::is_ascii_uppercase)
            };
            let letters = || runs().filter(|run| !run.iter().all(u8::is_ascii_digit));
            if runs().count() > 2 || !letters().all(is_plain) {
                look.lot += bits(part);
                continue;
            }
            for run in runs() {
                match std::str::from_utf8(run).unwrap_or_default() {
                    run if run.bytes().all(|b| b.is_ascii_digit()) => look.digits += run.len(),
                    run if is_word(run) => look.words.push(run.to_ascii_lowercase()),
                    run => look.lot += bits(run),
                }
            }
        }
        look
    }
}

/// How many bits a text has of which every character was drawn by lot.
fn bits(text: &str) -> f64 {
    let any = |is: fn(&u8) -> bool| text.bytes().any(|byte| is(&byte));
    let kinds =
        [(any(u8::is_ascii_digit), 10.0), (any(u8::is_ascii_lowercase), 26.0), (any(u8::is_ascii_uppercase), 26.0)];
    let letters: f64 = kinds.iter().filter(|(has, _)| *has).map(|(_, count)| count).sum();
    text.chars().map(|_| letters.max(2.0).log2()).sum()
}

/// Whether letters could be a word or an abbreviation: few, or with vowels as words have them.
fn is_word(letters: &str) -> bool {
    let vowel = |b: &u8| b"aeiouy".contains(&b.to_ascii_lowercase());
    let longest = letters.as_bytes().split(vowel).map(<[u8]>::len).max().unwrap_or_default();
    letters.len() <= 5 || (longest <= 4 && longest < letters.len())
}

/// How an alias can be found, if it can. `names` are those of the person.
pub fn alias<'n>(alias: &str, names: impl IntoIterator<Item = &'n str>) -> Option<Way> {
    let all = Look::of(alias);
    if let Some(way) = counted(&all) {
        return Some(way);
    }
    // What leads to the last part is the same for everybody.
    let last = Look::of(alias.rsplit('/').next().unwrap_or(alias));
    let alone = last.digits == 0 && last.lot == 0.0;
    let names: Vec<String> = names.into_iter().map(fold).collect();
    let is_name = |word: &String| names.iter().any(|name| words(name).any(|own| own == word));
    if alone && !last.words.is_empty() && last.words.iter().all(is_name) {
        return Some(Way::Name);
    }
    match last.words.as_slice() {
        [word] if alone && word.len() <= WORD => Some(Way::Word),
        _ if all.lot > 0.0 => short(&last),
        _ => None,
    }
}

/// How an award's id can be found, if it can. Ids have six characters at least, and stand in every address that was
/// ever given away, so only what is a number and nothing else is told of.
pub fn id(id: &str) -> Option<Way> {
    let look = Look::of(id);
    counted(&look).filter(|_| look.words.is_empty())
}

fn counted(look: &Look) -> Option<Way> {
    (look.lot == 0.0 && (1..=COUNTED).contains(&look.digits)).then_some(Way::Number)
}

fn short(look: &Look) -> Option<Way> {
    let digits: f64 = (0..look.digits).map(|_| 10_f64.log2()).sum();
    (look.words.is_empty() && look.lot + digits < TRIED).then_some(Way::Short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Way> {
        alias(text, ["Katherine Osei-Núñez", "Kate Osei"])
    }

    #[test]
    fn what_can_be_counted_is_a_number() {
        for number in ["88231", "badge/88231", "member/2026/0501", "M-000123", "ccxp-2026-7", "Tw2024-01", "cert12"] {
            assert_eq!(of(number), Some(Way::Number), "{number}");
        }
        for number in ["20110501", "2026-000123"] {
            assert_eq!(id(number), Some(Way::Number), "{number}");
        }
    }

    #[test]
    fn words_names_and_very_few_characters_can_be_tried() {
        assert_eq!(of("founder"), Some(Way::Word));
        assert_eq!(of("u/VIP"), Some(Way::Word));
        assert_eq!(of("kate-osei"), Some(Way::Name));
        assert_eq!(of("people/katherine.osei-nunez"), Some(Way::Name));
        assert_eq!(of("b/x7Q"), Some(Way::Short));
    }

    #[test]
    fn what_was_drawn_by_lot_is_left_in_peace() {
        for code in [
            "s3kJd9aQ",
            "b/7Qm2Zx",
            "xK20aQ7m",
            "9ed52e43b74eaed8f69592",
            "550e8400-e29b-41d4-a716-446655440000",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "qxkvwzpt",
            "badge/4f04c74d26ec",
            "8271936450182736",
        ] {
            assert_eq!(of(code), None, "{code}");
            assert_eq!(id(code), None, "{code}");
        }
        for given in ["award-kate", "future_ccxp_2090", "summit-2026", "award-000123"] {
            assert_eq!(id(given), None, "{given}");
        }
    }
}
