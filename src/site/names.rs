//! Names that are legal and still deserve a second look.
//!
//! A name is published as it was given. But some characters do not show what they
//! do: control characters, characters that turn the direction of what follows, and
//! letters of one script that stand among those of another and look the same (a
//! Cyrillic `а` in a Latin name). On a page that tells who holds an award these are
//! the forger's means, and in honest exports they are slips worth mending. So they are
//! warned of, never changed.

use unicode_security::MixedScript;

use crate::diagnostic::is_direction_control;

/// What is doubtful about a name, in one line; `None` if nothing is.
pub fn doubt(name: &str) -> Option<String> {
    if name.is_ascii() && !name.bytes().any(|b| b.is_ascii_control()) {
        return None;
    }
    if let Some(c) = name.chars().find(|c| c.is_control()) {
        return Some(format!("the control character U+{:04X}", u32::from(c)));
    }
    if let Some(c) = name.chars().find(|c| is_direction_control(*c)) {
        return Some(format!("the invisible character U+{:04X}, which turns the direction of writing", u32::from(c)));
    }
    name.split(|c: char| !c.is_alphanumeric() && !is_mark(c)).find(|word| is_look_alike(word)).map(|word| {
        let foreign =
            word.chars().find(|c| !c.is_ascii() && unicode_security::is_potential_mixed_script_confusable_char(*c));
        match foreign {
            Some(c) => format!(
                "`{word}`, where `{c}` (U+{:04X}) is a letter of another script than those around it",
                u32::from(c)
            ),
            None => format!("`{word}`, whose letters are of different scripts"),
        }
    })
}

/// Whether a word mixes scripts that no language writes together (UTS 39, section 5.1).
fn is_look_alike(word: &str) -> bool {
    !word.is_ascii() && !word.is_single_script()
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_names_of_many_scripts_are_left_in_peace() {
        for name in [
            "Kate Osei",
            "José O’Neill-D'Souza",
            "Şükrü Ğüneş",
            "Nguyễn Thị Ánh",
            "Łukasz Żółć",
            "Юлия Щёголева",
            "Ελένη Παπαδοπούλου",
            "محمد عبد الله",
            "דָּוִד כֹּהֵן",
            "山田 太郎",
            "さくら ヤマダ",
            "김민준",
            "अर्जुन शर्मा",
            "สมชาย ใจดี",
            "Արամ Սարգսյան",
            "ნინო ბერიძე",
            "தமிழ்ச்செல்வி",
            "Yuki 山田",
        ] {
            assert_eq!(doubt(name), None, "{name}");
        }
    }

    #[test]
    fn a_cyrillic_letter_in_a_latin_name_is_seen() {
        let text = doubt("K\u{430}te Osei").unwrap();
        assert!(text.contains("U+0430"), "{text}");
    }

    #[test]
    fn what_turns_the_direction_is_seen() {
        assert!(doubt("Kate \u{202e}iesO").unwrap().contains("U+202E"));
        assert!(doubt("Kate\u{7}").unwrap().contains("U+0007"));
    }
}
