//! Which font has which script.
//!
//! For whoever must be told what to install: the names of Noto's files, which are the same
//! everywhere, and of Debian's packages, which Ubuntu has too. Scripts that nobody writes
//! a name in any more are not here.

use unicode_script::{Script, UnicodeScript};

/// A font for a script, and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Home {
    /// The script.
    pub script: Script,
    /// Its name on fonts: `Thai`.
    pub name: &'static str,
    /// A character of it that any font for it has.
    pub sample: char,
    is_serif: bool,
}

impl Home {
    fn is_east_asian(self) -> bool {
        matches!(self.script, Script::Han | Script::Hiragana | Script::Katakana | Script::Hangul | Script::Bopomofo)
    }

    /// The package of Debian and Ubuntu.
    pub fn package(self) -> &'static str {
        if self.is_east_asian() { "fonts-noto-cjk" } else { "fonts-noto-core" }
    }

    /// The name of the file, as Noto itself has it.
    pub fn file(self) -> String {
        if self.is_east_asian() {
            return "NotoSerifCJK-Regular.ttc".into();
        }
        let style = if self.is_serif { "Serif" } else { "Sans" };
        format!("Noto{style}{}-Regular.ttf", self.name)
    }
}

/// The font for a script, if it is one in use.
pub fn home(script: Script) -> Option<Home> {
    HOMES.iter().copied().find(|home| home.script == script)
}

/// What a script is called in a message: `Thai letters`.
pub fn called(script: Script) -> String {
    match script {
        Script::Han => "Chinese characters".into(),
        Script::Hiragana | Script::Katakana => "Japanese kana".into(),
        Script::Hangul => "Korean letters".into(),
        Script::Common | Script::Inherited | Script::Unknown => "symbols".into(),
        other => format!("{} letters", other.full_name().replace('_', " ")),
    }
}

/// Under which script a character is told of: the two kana are one, what several scripts share (`・`) belongs to one of
/// them, and what belongs to none is a symbol.
pub fn of(character: char) -> Script {
    match character.script() {
        Script::Katakana => Script::Hiragana,
        Script::Inherited | Script::Unknown => Script::Common,
        Script::Common => {
            let shared = character.script_extension();
            let is_shared = !(shared.is_common() || shared.is_inherited() || shared.is_empty());
            let homes = [Script::Hiragana, Script::Han].into_iter().chain(HOMES.iter().map(|home| home.script));
            homes.into_iter().find(|script| is_shared && shared.contains_script(*script)).unwrap_or(Script::Common)
        }
        script => script,
    }
}

/// Some characters that the words of a language are written in, if it is not one of those whose letters are built in.
pub fn samples(script: &str) -> Vec<char> {
    match script {
        "Jpan" => "日月年のカ".chars().collect(),
        "Hans" => "汉年月日".chars().collect(),
        "Hant" | "Hani" => "漢年月日".chars().collect(),
        "Kore" => "한년월일".chars().collect(),
        other => {
            let script = Script::from_short_name(other);
            script.and_then(home).map(|home| home.sample).into_iter().collect()
        }
    }
}

const fn serif(script: Script, name: &'static str, sample: char) -> Home {
    Home { script, name, sample, is_serif: true }
}

const fn sans(script: Script, name: &'static str, sample: char) -> Home {
    Home { script, name, sample, is_serif: false }
}

const HOMES: [Home; 73] = [
    // One family has these five, in faces for each country's own forms.
    serif(Script::Han, "CJK", '漢'),
    serif(Script::Hiragana, "CJK", 'か'),
    serif(Script::Katakana, "CJK", 'カ'),
    serif(Script::Hangul, "CJK", '한'),
    serif(Script::Bopomofo, "CJK", 'ㄅ'),
    serif(Script::Armenian, "Armenian", 'Ա'),
    serif(Script::Balinese, "Balinese", 'ᬅ'),
    serif(Script::Bengali, "Bengali", 'অ'),
    serif(Script::Devanagari, "Devanagari", 'अ'),
    serif(Script::Ethiopic, "Ethiopic", 'አ'),
    serif(Script::Georgian, "Georgian", 'ა'),
    serif(Script::Gujarati, "Gujarati", 'અ'),
    serif(Script::Gurmukhi, "Gurmukhi", 'ਅ'),
    serif(Script::Hebrew, "Hebrew", 'א'),
    serif(Script::Kannada, "Kannada", 'ಅ'),
    serif(Script::Khmer, "Khmer", 'ក'),
    serif(Script::Khojki, "Khojki", '\u{11208}'),
    serif(Script::Lao, "Lao", 'ກ'),
    serif(Script::Malayalam, "Malayalam", 'അ'),
    serif(Script::Myanmar, "Myanmar", 'က'),
    serif(Script::Nyiakeng_Puachue_Hmong, "NyiakengPuachueHmong", '\u{1e100}'),
    serif(Script::Sinhala, "Sinhala", 'අ'),
    serif(Script::Tamil, "Tamil", 'அ'),
    serif(Script::Telugu, "Telugu", 'అ'),
    serif(Script::Thai, "Thai", 'ก'),
    serif(Script::Tibetan, "Tibetan", 'ཀ'),
    serif(Script::Yezidi, "Yezidi", '\u{10e80}'),
    sans(Script::Adlam, "Adlam", '\u{1e900}'),
    sans(Script::Arabic, "Arabic", 'ا'),
    sans(Script::Bamum, "Bamum", '\u{a6a0}'),
    sans(Script::Bassa_Vah, "BassaVah", '\u{16ad0}'),
    sans(Script::Batak, "Batak", '\u{1bc0}'),
    sans(Script::Buginese, "Buginese", '\u{1a00}'),
    sans(Script::Buhid, "Buhid", '\u{1740}'),
    sans(Script::Canadian_Aboriginal, "CanadianAboriginal", 'ᐃ'),
    sans(Script::Chakma, "Chakma", '\u{11103}'),
    sans(Script::Cham, "Cham", '\u{aa00}'),
    sans(Script::Cherokee, "Cherokee", 'Ꭰ'),
    sans(Script::Coptic, "Coptic", 'ⲁ'),
    sans(Script::Deseret, "Deseret", '\u{10400}'),
    sans(Script::Gunjala_Gondi, "GunjalaGondi", '\u{11d60}'),
    sans(Script::Hanifi_Rohingya, "HanifiRohingya", '\u{10d00}'),
    sans(Script::Hanunoo, "Hanunoo", '\u{1720}'),
    sans(Script::Javanese, "Javanese", '\u{a984}'),
    sans(Script::Kayah_Li, "KayahLi", '\u{a90a}'),
    sans(Script::Lepcha, "Lepcha", '\u{1c00}'),
    sans(Script::Limbu, "Limbu", '\u{1901}'),
    sans(Script::Lisu, "Lisu", '\u{a4d0}'),
    sans(Script::Masaram_Gondi, "MasaramGondi", '\u{11d00}'),
    sans(Script::Medefaidrin, "Medefaidrin", '\u{16e40}'),
    sans(Script::Meetei_Mayek, "MeeteiMayek", '\u{abc0}'),
    sans(Script::Mende_Kikakui, "MendeKikakui", '\u{1e800}'),
    sans(Script::Miao, "Miao", '\u{16f00}'),
    sans(Script::Mongolian, "Mongolian", 'ᠠ'),
    sans(Script::Mro, "Mro", '\u{16a40}'),
    sans(Script::New_Tai_Lue, "NewTaiLue", '\u{1980}'),
    sans(Script::Newa, "Newa", '\u{11400}'),
    sans(Script::Nko, "NKo", 'ߊ'),
    sans(Script::Ol_Chiki, "OlChiki", '\u{1c5a}'),
    sans(Script::Oriya, "Oriya", 'ଅ'),
    sans(Script::Osage, "Osage", '\u{104b0}'),
    sans(Script::Osmanya, "Osmanya", '\u{10480}'),
    sans(Script::Pahawh_Hmong, "PahawhHmong", '\u{16b00}'),
    sans(Script::Pau_Cin_Hau, "PauCinHau", '\u{11ac0}'),
    sans(Script::Sundanese, "Sundanese", '\u{1b83}'),
    sans(Script::Syloti_Nagri, "SylotiNagri", '\u{a800}'),
    sans(Script::Syriac, "Syriac", 'ܐ'),
    sans(Script::Tai_Le, "TaiLe", '\u{1950}'),
    sans(Script::Thaana, "Thaana", 'ހ'),
    sans(Script::Tifinagh, "Tifinagh", 'ⴰ'),
    sans(Script::Vai, "Vai", '\u{a500}'),
    sans(Script::Wancho, "Wancho", '\u{1e2c0}'),
    sans(Script::Yi, "Yi", '\u{a000}'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sample_is_of_its_script() {
        for home in HOMES {
            assert_eq!(home.sample.script(), home.script, "{}", home.name);
        }
    }

    #[test]
    fn what_scripts_share_is_told_with_one_of_them() {
        assert_eq!(of('・'), Script::Hiragana);
        assert_eq!(of('ー'), Script::Hiragana);
        assert_eq!(of('。'), Script::Hiragana);
        assert_eq!(of('।'), Script::Bengali);
        assert_eq!(of('🪿'), Script::Common);
        assert_eq!(of('\u{301}'), Script::Common);
    }

    #[test]
    fn languages_have_letters_that_their_fonts_must_have() {
        for script in ["Jpan", "Hans", "Hant", "Kore", "Thai", "Deva", "Khmr", "Ethi"] {
            assert!(!samples(script).is_empty(), "{script}");
        }
        assert!(samples("Latn").is_empty());
    }
}
