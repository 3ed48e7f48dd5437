//! What is wrong with the name of a file or folder, by the name alone.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Place, is_direction_control, safe};

/// Names that Windows keeps for devices, whatever their ending
/// (<https://learn.microsoft.com/windows/win32/fileio/naming-a-file>).
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// Whether a file of this name can be used, and what is to be said of the name. Only what is published is copied to
/// other computers, so only there is it told what those cannot have.
pub(super) fn judge(name: &str, path: &Arc<str>, is_published: bool) -> (bool, Option<Diagnostic>) {
    let told = |problem: Diagnostic, advice: &str| Some(problem.at(Place::file(path.clone())).advice(advice));
    if let Some(control) = name.chars().find(|c| c.is_control()) {
        let what = format!("this name has a control character in it, U+{:04X}", u32::from(control));
        return (false, told(Diagnostic::error(what), "rename it: no address can have that character"));
    }
    if !is_published {
        return (true, None);
    }
    let is_unseen = |c: &char| is_direction_control(*c) || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{ad}');
    if let Some(unseen) = name.chars().find(is_unseen) {
        let what = format!(
            "this name has a character in it that cannot be seen, U+{:04X}: it is not what it looks like",
            u32::from(unseen)
        );
        return (
            true,
            told(Diagnostic::warning(what), "rename it without that character, unless it is meant to be there"),
        );
    }
    match unknown_to_windows(name) {
        Some(why) => {
            let what = format!("this cannot be copied to Windows: {why}");
            (true, told(Diagnostic::warning(what), "rename it, so that the site can be built and kept on any computer"))
        }
        None => (true, None),
    }
}

/// Why Windows cannot have a name.
fn unknown_to_windows(name: &str) -> Option<String> {
    if let Some(c) = name.chars().find(|c| "<>:\"|?*\\".contains(*c)) {
        return Some(format!("its name has a `{c}` in it"));
    }
    if let Some(end) = name.chars().last().filter(|c| matches!(c, '.' | ' ')) {
        return Some(format!("its name ends in a {}", if end == '.' { "dot" } else { "space" }));
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let is_numbered = ["com", "lpt"].iter().any(|port| {
        stem.strip_prefix(port).is_some_and(|number| {
            number.chars().count() == 1
                && number.chars().all(|c| matches!(c, '1'..='9' | '\u{b9}' | '\u{b2}' | '\u{b3}'))
        })
    });
    (is_numbered || DEVICES.contains(&stem.as_str())).then(|| format!("`{}` is a device there", safe(&stem)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;

    #[test]
    fn a_control_character_in_a_name_is_an_error_at_the_file() {
        for name in ["nl\nx.md", "a\tb.md", "\u{1}.md", "\u{7f}.md", "\u{85}.md"] {
            let (usable, told) = judge(name, &name.into(), false);
            let told = told.unwrap();
            assert!(!usable && told.severity == Severity::Error, "{name:?}");
            assert!(told.message.contains("U+00"), "{told:?}");
            assert_eq!(&**told.place.unwrap().path(), name);
        }
    }

    #[test]
    fn what_a_name_hides_and_what_windows_cannot_have_are_warnings() {
        for (name, word) in [
            ("\u{202e}evil.md", "U+202E"),
            ("a\u{200b}b.md", "U+200B"),
            ("CON.md", "device"),
            ("aux", "device"),
            ("Com1.tar.gz", "device"),
            ("end.", "dot"),
            ("end ", "space"),
            ("a?b.md", "?"),
            ("a*b.md", "*"),
            ("x:y.md", ":"),
        ] {
            let (usable, told) = judge(name, &name.into(), true);
            let told = told.expect(name);
            assert!(usable && told.severity == Severity::Warning, "{name}");
            assert!(told.message.contains(word), "{told:?}");
        }
        for name in ["console.md", "com10.md", "com.md", "a b.md", "Führung.md", "می\u{200c}خواهم.md", "a.b.md"]
        {
            assert_eq!(judge(name, &name.into(), true), (true, None), "{name}");
        }
    }
}
