//! Warnings that outlast the build that found them.
//!
//! A build in which nothing changed reads no file for its meaning, and still has to say what it is warned of. So the
//! warnings are kept with the stamp of the last build, with their places as bytes of the files, which are the same
//! files while the stamp holds; lines and columns are looked up from there as always.
//!
//! What is kept lies beside the output, and must name nobody: no lines of files are kept, and where a warning's own
//! words or the name of its file hold somebody's id or mail address, nothing is kept at all. The next build then finds
//! the warnings again by reading everything.

use std::{collections::HashSet, sync::Arc};

use serde::{Deserialize, Serialize};

use super::vanished::names_somebody;
use crate::{
    diagnostic::{Diagnostic, Place, Severity},
    source::Documents,
};

/// A warning as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<At>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    also: Vec<(String, At)>,
}

/// A place: a file, and which of its bytes unless the whole is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct At(Arc<str>, Option<(usize, usize)>);

impl At {
    fn of(place: &Place) -> Option<Self> {
        match place {
            Place::File(file) => Some(Self(file.clone(), None)),
            Place::Bytes { file, span } => Some(Self(file.clone(), Some((span.start, span.end)))),
            Place::Yaml { .. } => None,
        }
    }

    fn place(self) -> Place {
        match self {
            Self(file, None) => Place::File(file),
            Self(file, Some((start, end))) => Place::bytes(file, start..end),
        }
    }
}

impl Kept {
    fn of(diagnostic: &Diagnostic) -> Option<Self> {
        if diagnostic.severity != Severity::Warning {
            return None;
        }
        let also = diagnostic.also.iter().map(|(what, place)| Some((what.clone(), At::of(place)?)));
        Some(Self {
            message: diagnostic.message.clone(),
            place: match &diagnostic.place {
                None => None,
                Some(place) => Some(At::of(place)?),
            },
            advice: diagnostic.advice.clone(),
            also: also.collect::<Option<_>>()?,
        })
    }

    /// The warning, as it was.
    pub(super) fn diagnostic(self) -> Diagnostic {
        let mut diagnostic = Diagnostic::warning(self.message).maybe_advice(self.advice);
        diagnostic.place = self.place.map(At::place);
        diagnostic.also = self.also.into_iter().map(|(what, at)| (what, at.place())).collect();
        diagnostic
    }
}

/// What is kept of warnings whose places are settled; nothing where anything must not be kept.
pub(super) fn keep(warnings: &[Diagnostic], documents: &Documents) -> Option<Vec<Kept>> {
    if warnings.is_empty() {
        return Some(Vec::new());
    }
    let (texts, files) = words_of(warnings);
    let earners = || documents.exports.iter().flat_map(|export| &export.export.earners);
    let is_told = |text: &str| texts.contains(text.to_lowercase().as_str());
    if earners().any(|earner| is_told(&earner.id) || earner.email.as_ref().is_some_and(|email| is_told(email))) {
        return None;
    }
    let named = documents.exports.iter().filter(|export| files.contains(&export.file));
    let mut parts = named.map(|export| (export.file.split('/'), &export.export.earners));
    if parts.any(|(mut parts, earners)| parts.any(|part| names_somebody(part, earners))) {
        return None;
    }
    warnings.iter().map(Kept::of).collect()
}

/// What warnings say, taken apart so that it can be compared: what stands in backquotes or other quotes, and what has
/// an `@` in it. And the files they name.
fn words_of(warnings: &[Diagnostic]) -> (HashSet<String>, HashSet<Arc<str>>) {
    let (mut words, mut files) = (HashSet::new(), HashSet::new());
    for warning in warnings {
        let others = warning.also.iter().map(|(what, _)| what.as_str());
        for text in std::iter::once(warning.message.as_str()).chain(warning.advice.as_deref()).chain(others) {
            let text = text.to_lowercase();
            words.extend(text.split(['`', '“', '”', '"', '‘', '’']).map(|part| part.trim().to_owned()));
            let ends = |c: char| !c.is_alphanumeric();
            let mails = text.split(|c: char| c.is_whitespace() || "`“”\"‘’<>(),;:".contains(c));
            words.extend(mails.filter(|word| word.contains('@')).map(|word| word.trim_matches(ends).to_owned()));
        }
        files.extend(
            warning.place.iter().chain(warning.also.iter().map(|(_, place)| place)).map(|at| at.path().clone()),
        );
    }
    (words, files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        source::{Reader, scan},
        steps,
    };
    use std::fs;

    #[test]
    fn what_names_somebody_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("content")).unwrap();
        let earner = |id: &str| format!("earners: [{{id: {id}, name: Kate, email: {id}@mail.example}}]\n");
        fs::write(folder.path().join("content/e-1042.yaml"), earner("E-1042")).unwrap();
        fs::write(folder.path().join("content/2026.yaml"), earner("14")).unwrap();
        let documents = Reader::new().parse(&scan(folder.path()).0).0.unwrap();
        let is_kept = |warning: Diagnostic| keep(&[Diagnostic::warning("fine"), warning], &documents).is_some();
        for fine in ["older than 14 days", "`about` is here twice", "`2026` and e-1043", "kate@other.example"] {
            assert!(is_kept(Diagnostic::warning(fine)), "{fine}");
            assert!(is_kept(Diagnostic::warning("x").advice(fine)), "{fine}");
        }
        for secret in ["`14` is here", "no “e-1042”", "(14@mail.example)", "did you mean E-1042@mail.example?"] {
            assert!(!is_kept(Diagnostic::warning(secret)), "{secret}");
            assert!(!is_kept(Diagnostic::warning("x").advice(secret)), "{secret}");
            assert!(!is_kept(Diagnostic::warning("x").also(secret, Place::file("content/2026.yaml"))), "{secret}");
        }
        assert!(is_kept(Diagnostic::warning("x").at(Place::file("content/2026.yaml"))));
        assert!(!is_kept(Diagnostic::warning("x").at(Place::bytes("content/e-1042.yaml", 0..1))));
        // Only settled places can be kept.
        assert!(!is_kept(Diagnostic::warning("x").at(Place::yaml("content/2026.yaml", steps!["earners"]))));
    }

    #[test]
    fn what_is_kept_is_what_was() {
        let folder = tempfile::tempdir().unwrap();
        let documents = Reader::new().parse(&scan(folder.path()).0).0.unwrap();
        let warnings = [
            Diagnostic::warning("one").at(Place::bytes("a.yaml", 3..9)).advice("do").also("here", Place::file("b.md")),
            Diagnostic::warning("two"),
        ];
        let text = serde_json::to_string(&keep(&warnings, &documents).unwrap()).unwrap();
        let kept: Vec<Kept> = serde_json::from_str(&text).unwrap();
        assert_eq!(kept.into_iter().map(Kept::diagnostic).collect::<Vec<_>>(), warnings);
        assert!(keep(&[Diagnostic::error("three")], &documents).is_none());
    }
}
