//! The words of a theme: every text that is not the site's own.
//!
//! They lie in one file a language, `i18n/LANG.yaml`, as a flat list of keys and
//! texts. A text may have places to be filled, such as `{date}`. A language that a
//! theme does not have falls back to English, and says so.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    diagnostic::{Diagnostic, Place},
    source::{Bytes, yaml},
};

/// The words of one language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Words(BTreeMap<String, String>);

impl Words {
    /// Reads the words of a language over the English ones. `place` is where site.yaml names it.
    pub(super) fn load(
        language: &str,
        place: &Place,
        files: impl Fn(&str) -> Vec<(Bytes, Option<Arc<str>>)>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let mut words = BTreeMap::new();
        let primary = language.split('-').next().unwrap_or(language).to_lowercase();
        let mut found = false;
        for tag in ["en", primary.as_str(), language] {
            let name = format!("i18n/{tag}.yaml");
            for (bytes, own) in files(&name) {
                found |= tag == primary || tag == language;
                let label = own.unwrap_or_else(|| format!("(built-in theme) {name}").into());
                match yaml::read_words(&label, &bytes) {
                    Ok(more) => words.extend(more),
                    Err(problems) => {
                        diagnostics.extend(problems);
                        return None;
                    }
                }
            }
        }
        if !found {
            diagnostics.push(
                Diagnostic::warning(format!("the theme has no words for `{language}`: its own texts will be English"))
                    .at(place.clone())
                    .advice(format!(
                        "copy the built-in theme's i18n/en.yaml to themes/NAME/i18n/{primary}.yaml and translate it"
                    )),
            );
        }
        Some(Self(words))
    }

    /// The text of a key. A key that nobody wrote stands for itself, so that it is seen.
    pub fn get<'a>(&'a self, key: &'a str) -> &'a str {
        self.0.get(key).map_or(key, String::as_str)
    }

    /// The text of a key with its places filled.
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut rest = self.get(key);
        let mut out = String::with_capacity(rest.len() + 64);
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let named = after.split_once('}').and_then(|(name, behind)| {
                let (_, value) = values.iter().find(|(key, _)| *key == name)?;
                Some((value, behind))
            });
            rest = if let Some((value, behind)) = named {
                out.push_str(value);
                behind
            } else {
                out.push('{');
                after
            };
        }
        out.push_str(rest);
        out
    }

    /// Whether somebody wrote a text for a key.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// All of them, for templates.
    pub fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Words {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(key, text)| (key.to_owned(), text.to_owned())).collect())
    }
}
