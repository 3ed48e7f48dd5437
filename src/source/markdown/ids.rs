//! Names on a page: each once.
//!
//! Authors name headings and elements, the program names what they do not, and the theme has names of its own. Who gave
//! a name keeps it; what the program gives steps aside.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use super::{
    headings::id_of,
    read::Kind,
    text::{Piece, Problem, Text},
};

/// The ids of the theme's own on pages that show a text under its own names. A test holds them against the templates.
pub fn theme_ids(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Home => &["badges-title", "check", "check-answer", "check-hint", "check-title", "faq-title", "main"],
        Kind::FaqIndex => &["main"],
        Kind::Questions => &["main", "toc", "topics"],
        Kind::Page => &["children", "main", "toc"],
        // Its names get something in front.
        Kind::Export => &[],
    }
}

/// Gives every heading and note of a text its name, and finds names that were given twice.
pub fn give(text: &mut Text, kind: Kind) {
    let theme = theme_ids(kind);
    let mut taken = Names::new(theme.iter().map(|id| (*id).to_owned()));
    check(text, theme, &mut taken);
    for heading in text.headings.iter_mut().filter(|heading| !heading.named) {
        heading.id = taken.take(&id_of(&heading.title));
    }
    if let Some(title) = text.title.as_mut().filter(|title| title.id.is_empty()) {
        title.id = id_of(&title.text);
    }
    number(text, &mut taken);
}

/// Names that their authors gave.
fn check(text: &mut Text, theme: &[&str], taken: &mut Names) {
    let mut seen: HashMap<&str, (Range<usize>, bool)> = HashMap::new();
    let mut problems = Vec::new();
    let headings = text
        .headings
        .iter()
        .filter(|heading| heading.named)
        .map(|heading| (heading.id.as_str(), &heading.id_span, heading.question));
    for (id, span, question) in headings.chain(text.anchors.iter().map(|(id, span)| (id.as_str(), span, false))) {
        if theme.contains(&id) {
            problems.push(Problem {
                error: true,
                message: format!("every page has something called `{id}` already"),
                advice: format!("give this another name, such as `{id}-2`"),
                span: span.clone(),
                also: None,
            });
        }
        match seen.get(id) {
            // Two questions with one name are found among all questions.
            Some((_, true)) if question => {}
            Some((first, _)) => problems.push(Problem {
                error: true,
                message: format!("two places of this page have the id `{id}`"),
                advice: "give one of them another name".to_owned(),
                span: span.clone(),
                also: Some(("the other one is here", first.clone())),
            }),
            None => {
                seen.insert(id, (span.clone(), question));
            }
        }
    }
    taken.known.extend(seen.into_keys().map(str::to_owned));
    text.problems.extend(problems);
}

/// Names that are taken.
#[derive(Debug, Default)]
pub struct Names {
    known: HashSet<String>,
    /// The number to try next behind a name.
    next: HashMap<String, usize>,
}

impl Names {
    /// These names are taken.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self { known: names.into_iter().collect(), next: HashMap::new() }
    }

    /// Takes a name that is not taken, as near to the wanted one as can be.
    pub fn take(&mut self, wanted: &str) -> String {
        if self.known.insert(wanted.to_owned()) {
            return wanted.to_owned();
        }
        let next = self.next.entry(wanted.to_owned()).or_insert(2);
        loop {
            let id = format!("{wanted}-{next}");
            *next += 1;
            if self.known.insert(id.clone()) {
                return id;
            }
        }
    }
}

/// Finds for each part the notes that its marks lead to, in the order of the marks.
fn number(text: &mut Text, taken: &mut Names) {
    let marks = |pieces: &[Piece]| -> Vec<usize> {
        pieces.iter().filter_map(|piece| if let Piece::Mark(note) = piece { Some(*note) } else { None }).collect()
    };
    let mut used = HashSet::new();
    for part in &mut text.parts {
        let mut notes = Vec::new();
        let mut known = HashSet::new();
        let mut next = marks(&part.pieces);
        while !next.is_empty() {
            let fresh: Vec<usize> = next.into_iter().filter(|note| known.insert(*note)).collect();
            // Notes can have marks, too.
            next = fresh.iter().filter_map(|note| text.notes.get(*note)).flat_map(|note| marks(&note.pieces)).collect();
            notes.extend(fresh);
        }
        used.extend(notes.iter().copied());
        let question = part.heading.and_then(|heading| text.headings.get(heading));
        part.notes = notes
            .into_iter()
            .map(|note| {
                let label = text.notes.get(note).map(|note| id_of(&note.label)).unwrap_or_default();
                let wanted = match question {
                    Some(question) => format!("fn-{}-{label}", question.id),
                    None => format!("fn-{label}"),
                };
                (note, taken.take(&wanted))
            })
            .collect();
    }
    for (index, note) in text.notes.iter().enumerate() {
        let Some(span) = note.span.clone().filter(|_| !used.contains(&index)) else { continue };
        text.problems.push(Problem {
            error: false,
            message: format!("no mark leads to the footnote `{}`, so it is not shown", note.label),
            advice: format!("write `[^{}]` where it belongs, or take it out", note.label),
            span,
            also: None,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    fn template(name: &str) -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("themes/default/templates");
        fs::read_to_string(folder.join(name)).unwrap()
    }

    /// What stands between each pair of these.
    fn between<'t>(text: &'t str, before: &str, after: &str) -> Vec<&'t str> {
        text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
    }

    /// The ids that a template writes, and those it is made of.
    fn ids(name: &str, found: &mut BTreeSet<String>) {
        let text = template(name);
        found.extend(between(&text, " id=\"", "\"").into_iter().map(str::to_owned));
        for other in between(&text, "include \"", "\"").into_iter().chain(between(&text, "extends \"", "\"")) {
            ids(other, found);
        }
    }

    #[test]
    fn every_name_in_the_templates_is_reserved_and_none_besides() {
        for (kind, name) in [
            (Kind::Home, "index.html"),
            (Kind::FaqIndex, "faq_index.html"),
            (Kind::Questions, "faq.html"),
            (Kind::Page, "page.html"),
        ] {
            let mut found = BTreeSet::new();
            ids(name, &mut found);
            found.retain(|id| !id.contains("{{"));
            assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), theme_ids(kind), "{name}");
        }
    }

    #[test]
    fn names_that_get_something_in_front_meet_none_of_the_themes() {
        for name in ["award.html", "badge.html"] {
            let mut found = BTreeSet::new();
            ids(name, &mut found);
            let meets = |id: &&String| ["q-", "criteria-", "evidence-"].iter().any(|front| id.starts_with(front));
            let met: Vec<_> = found.iter().filter(meets).collect();
            assert!(met.iter().all(|id| *id == "q-{{ q.id }}"), "{name}: {met:?}");
        }
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let mut taken = Names::new(["main".to_owned(), "a-2".to_owned()]);
        assert_eq!(["main", "main", "a", "a"].map(|name| taken.take(name)), ["main-2", "main-3", "a", "a-3"]);
    }
}
