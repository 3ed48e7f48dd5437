//! Words of a site's own theme that nobody would see, or not as they are meant.
//!
//! A key that is misspelled leaves the built-in text where it was, and a place that is misspelled is shown with its
//! brackets, on every page. Both are said. A theme with templates of its own may have keys and places of its own.

use std::collections::{BTreeMap, BTreeSet};

use include_dir::Dir;

use super::BUILT_IN;
use crate::{
    diagnostic::{Diagnostic, Place, did_you_mean},
    source::{ThemeFile, yaml},
};

/// The ends of keys that have a text for each plural form (CLDR's categories).
const FORMS: [&str; 6] = ["_zero", "_one", "_two", "_few", "_many", "_other"];

/// What is doubtful in the words of a site's own theme. What cannot be read is told elsewhere.
pub(super) fn find(own: &[ThemeFile]) -> Vec<Diagnostic> {
    let files = own.iter().filter(|file| file.name.starts_with("i18n/") && file.name.ends_with(".yaml"));
    let files: Vec<_> =
        files.filter_map(|file| Some((file, yaml::read_words(&file.file, &file.bytes).ok()?))).collect();
    if files.is_empty() {
        return Vec::new();
    }
    let known = known();
    let templates = own.iter().filter(|file| file.name.starts_with("templates/"));
    let templates: Vec<_> = templates.map(|file| String::from_utf8_lossy(&file.bytes)).collect();
    let is_used = |text: &str| templates.iter().any(|template| template.contains(text));
    let mut doubts = Vec::new();
    for (file, words) in &files {
        for (key, text) in words {
            let Some(places) = known.get(base(key)) else {
                if !is_used(base(key)) {
                    let advice = did_you_mean(key, known.keys().map(String::as_str));
                    doubts.push(
                        Diagnostic::warning(format!("no page shows the text `{key}`"))
                            .at(place(file, key))
                            .advice(advice.unwrap_or_else(|| "take it out, or name it in a template".to_owned())),
                    );
                }
                continue;
            };
            for name in places_of(text).filter(|name| !places.contains(*name) && !is_used(&format!("{name}="))) {
                let all = places.iter().map(|name| format!("`{{{name}}}`")).collect::<Vec<_>>().join(", ");
                let advice =
                    did_you_mean(name, places.iter().map(String::as_str)).unwrap_or_else(|| match places.len() {
                        0 => "take it out: this text has no place to be filled".to_owned(),
                        _ => format!("this text may have {all}"),
                    });
                doubts.push(
                    Diagnostic::warning(format!("nothing is filled in for `{{{name}}}`: pages show it as it stands"))
                        .at(place(file, key))
                        .advice(advice),
                );
            }
        }
    }
    doubts
}

/// All texts of the built-in theme, without the ends of plural forms, and the places to be filled in them in any language.
fn known() -> BTreeMap<String, BTreeSet<String>> {
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in BUILT_IN.get_dir("i18n").into_iter().flat_map(Dir::files) {
        let label = file.path().to_string_lossy().into();
        for (key, text) in yaml::read_words(&label, file.contents()).unwrap_or_default() {
            known.entry(base(&key).to_owned()).or_default().extend(places_of(&text).map(str::to_owned));
        }
    }
    known
}

/// A key without the end that tells a plural form.
fn base(key: &str) -> &str {
    FORMS.iter().find_map(|form| key.strip_suffix(form)).unwrap_or(key)
}

/// Where a text's key stands.
fn place(file: &ThemeFile, key: &str) -> Place {
    let text = String::from_utf8_lossy(&file.bytes);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start_matches(['"', '\'', '\u{feff}']);
        if bare.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
        {
            let start = at + line.len() - bare.len();
            return Place::bytes(file.file.clone(), start..start + key.len());
        }
        at += line.len();
    }
    Place::file(file.file.clone())
}

/// The names of places to be filled in a text.
fn places_of(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |name: &&str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).filter(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let file = |(name, text): &(&str, &str)| ThemeFile {
            file: format!("themes/own/{name}").into(),
            name: (*name).to_owned(),
            bytes: text.as_bytes().into(),
        };
        let own: Vec<_> = files.iter().map(file).collect();
        find(&own)
            .iter()
            .map(|doubt| format!("{} / {}", doubt.message, doubt.advice.as_deref().unwrap_or_default()))
            .collect()
    }

    #[test]
    fn what_is_misspelled_is_told() {
        let text =
            "footer_isuer: x\n\"word_active\": In force for {nobody}\nstatus_expiring: 'Until {dat}.'\nzzz: {a: b}\n";
        assert_eq!(found(&[("i18n/en.yaml", text)]), Vec::<String>::new(), "what cannot be read is told elsewhere");
        let said = found(&[("i18n/en.yaml", text.rsplit_once("zzz").unwrap().0)]);
        assert_eq!(
            said,
            [
                "no page shows the text `footer_isuer` / did you mean `footer_issuer`?",
                "nothing is filled in for `{dat}`: pages show it as it stands / did you mean `date`?",
                "nothing is filled in for `{nobody}`: pages show it as it stands / take it out: this text has no place to be \
                 filled",
            ]
        );
    }

    #[test]
    fn plural_forms_of_other_languages_and_what_own_templates_use_are_fine() {
        let words = "days_few: '{n} dny'\nmotto: 'By {issuer}'\nword_active: 'Valid {since}'\n";
        let template = "{{ w.motto | fill(issuer=issuer.name) }} {{ w.word_active | fill(since=award.issued) }}";
        let said = found(&[("i18n/cs.yaml", words), ("templates/page.html", template)]);
        assert_eq!(said, Vec::<String>::new());
    }
}
