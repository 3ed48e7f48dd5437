//! Reading site.yaml, exports, front matter and `theme.yaml`.
//!
//! There are two readers. The fast one is serde: it keeps no places and stops at the
//! first thing that is wrong, and as long as nothing is wrong it is all that runs.
//! When it refuses a file, the careful one reads the same text again into a
//! [`tree`] with places, goes along the [`table`]s of what may stand where, and
//! reports everything there is to report in words for people who edit, not program
//! ([`check`], [`syntax`]). The two cannot disagree about values, because both ask
//! the types in [`super::value`]; and should the careful reader ever find nothing in
//! a file that the fast one refused, the fast one's own words are passed on: a file
//! is never let through, and never refused without a reason.
//!
//! What is read without complaint may still be less than what was written ([`cut`]): that is looked for behind
//! it, and only where the text gives reason to.
//!
//! Large exports are read on all cores ([`parallel`]). Values that other stages
//! complain about later are looked up by [`find`].

pub mod check;
mod cut;
mod empty;
pub mod find;
mod ids;
mod parallel;
pub mod rest;
mod syntax;
pub mod table;
mod text;
pub mod tree;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_cut;
#[cfg(test)]
mod tests_random;
#[cfg(test)]
mod tests_shape;
#[cfg(test)]
mod tests_syntax;

use std::{any::Any, collections::BTreeMap, ops::Range, sync::Arc};

use serde::de::{DeserializeOwned, IgnoredAny};

use self::{
    table::{Mapping, Table},
    text::Traits,
    tree::{Bytes, DEPTH_MAX, Stop},
};
use super::record::FrontMatter;
use crate::diagnostic::{Diagnostic, Place};

pub use self::empty::{empty_export, empty_lists};
pub use self::find::{span_of, spans_of};
pub use self::ids::hidden_ids;
pub use self::text::{decode, forbidden_in_markdown, is_invisible};

/// Reads a whole YAML file. `file` is its path relative to the site's folder, for messages.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file.
pub fn read<T: Table + DeserializeOwned + 'static>(file: &Arc<str>, bytes: &[u8]) -> Result<T, Vec<Diagnostic>> {
    let (text, base) = text::decode(file, bytes).map_err(|error| vec![error])?;
    read_text(&Source { file, text, base })
}

/// Reads the front matter of a Markdown file: the bytes `yaml` of `text`, which is the whole file.
/// Places count from the start of `text`.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file.
pub fn read_front_matter(file: &Arc<str>, text: &str, yaml: Range<usize>) -> Result<FrontMatter, Vec<Diagnostic>> {
    let base = yaml.start;
    read_text(&Source { file, text: text.get(yaml).unwrap_or_default(), base })
}

/// Values of a file that was read which YAML may have cut short. The bytes `yaml` of `text` are looked through; places
/// count from the start of `text`.
pub fn cut_short<T: Table>(file: &Arc<str>, text: &str, yaml: Range<usize>) -> Vec<Diagnostic> {
    let base = yaml.start;
    let source = Source { file, text: text.get(yaml).unwrap_or_default(), base };
    let mut found = cut::find(&source, T::TABLE);
    found.extend(cut::marks(&source));
    found
}

/// Where the YAML of a Markdown file is: between a first line `---` and the next such line.
pub fn front_matter(text: &str) -> Option<Range<usize>> {
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    let skipped = text.len() - bare.len();
    let mut offset = 0;
    let mut start = None;
    for line in bare.split_inclusive('\n') {
        let fence = line.trim_end() == "---";
        match start {
            None if !fence => return None,
            None => start = Some(skipped + offset + line.len()),
            Some(start) if fence => return Some(start..skipped + offset),
            Some(_) => {}
        }
        offset += line.len();
    }
    None
}

/// A text to read, and where it comes from.
struct Source<'a> {
    file: &'a Arc<str>,
    text: &'a str,
    /// How many bytes of the file stand before it.
    base: usize,
}

impl Source<'_> {
    fn place(&self, span: Range<usize>) -> Place {
        Place::bytes(Arc::clone(self.file), self.base + span.start..self.base + span.end)
    }
}

fn read_text<T: Table + DeserializeOwned + 'static>(source: &Source<'_>) -> Result<T, Vec<Diagnostic>> {
    let traits = Traits::of(source.text);
    if traits.separators {
        return Err(text::forbidden(source.file, source.text, source.base));
    }
    if let Some((start, length)) = traits.endless {
        let advice = "no text may be that long: is a line end missing? an export must be split into lines";
        return Err(vec![
            Diagnostic::error(format!("this line is more than {} million bytes long", length / 1_000_000))
                .at(source.place(start..start + 1))
                .advice(advice),
        ]);
    }
    if let Some(found) = look_closer(source, traits, Some(T::TABLE)) {
        return Err(found);
    }
    if !traits.anchors
        && !traits.lone_returns
        && let Some(export) = parallel::read(source.text)
        && let Ok(export) = (Box::new(export) as Box<dyn Any>).downcast::<T>()
    {
        return Ok(*export);
    }
    serde_yaml::from_str(source.text).map_err(|error| explain::<T>(source, &error))
}

/// What the fast reader would not notice, and what would keep it busy for very long: it takes no notice of an anchor
/// that is defined twice, reads what aliases stand for in full, drops tags (of "!Kate Osei" it keeps "Osei"), and needs
/// very long for very deep brackets. So these are looked at first.
fn look_closer(source: &Source<'_>, traits: Traits, table: Option<&'static Mapping>) -> Option<Vec<Diagnostic>> {
    if !(traits.anchors || traits.tags || traits.deep) {
        return None;
    }
    let tree = tree::parse(source.text);
    let stop = tree.stop.as_ref().filter(|stop| !matches!(stop, Stop::Syntax { .. } | Stop::SecondDocument(_)))?;
    let mut found = match (stop, table) {
        // Of such a file nothing else is worth saying.
        (Stop::Heavy(_), _) | (_, None) => Vec::new(),
        (_, Some(table)) => check::check(source.file, source.base, source.text, &tree, table, Some(stop_offset(stop))),
    };
    found.push(stopped(source, stop));
    Some(found)
}

/// Reads a flat list of keys and texts, such as a theme's words.
///
/// # Errors
/// What is wrong with it.
pub fn read_words(file: &Arc<str>, bytes: &[u8]) -> Result<BTreeMap<String, String>, Vec<Diagnostic>> {
    let (text, base) = text::decode(file, bytes).map_err(|error| vec![error])?;
    let source = Source { file, text, base };
    if let Some(found) = look_closer(&source, Traits::of(text), None) {
        return Err(found);
    }
    serde_yaml::from_str(text).map_err(|error| {
        let words = error.to_string();
        if !words.contains("invalid type") {
            return vec![in_its_own_words(&source, &error)];
        }
        let at = error.location().map_or(0, |location| Bytes::new(text).of(location.index()));
        let line = text.get(at..).unwrap_or_default().lines().next().unwrap_or_default();
        vec![
            Diagnostic::error("a text should stand here, but this is a list or a record with keys")
                .at(source.place(at..at + line.trim_end().len().max(1)))
                .advice("write one `key: text` a line; put a text that starts with a bracket in quotes"),
        ]
    })
}

/// The careful reader: all that is wrong with a text that the fast one has refused.
fn explain<T: Table>(source: &Source<'_>, error: &serde_yaml::Error) -> Vec<Diagnostic> {
    let mut out = text::forbidden(source.file, source.text, source.base);
    if !out.is_empty() {
        return out;
    }
    let tree = tree::parse(source.text);
    let until = tree.stop.as_ref().map(stop_offset);
    match &tree.stop {
        // Complained of only if it is not YAML for the fast reader either: that one is more lenient
        // here and there, and what it takes must not be refused.
        Some(stop @ Stop::Syntax { .. }) if serde_yaml::from_str::<IgnoredAny>(source.text).is_err() => {
            let fault = stopped(source, stop);
            let from = match &fault.place {
                Some(Place::Bytes { span, .. }) => span.start - source.base,
                _ => 0,
            };
            let line = source.text.get(..from).unwrap_or_default().rfind('\n').map_or(0, |end| end + 1);
            out = check::check(source.file, source.base, source.text, &tree, T::TABLE, Some(line));
            out.push(fault);
        }
        stop => {
            out = check::check(source.file, source.base, source.text, &tree, T::TABLE, until);
            out.extend(
                stop.iter().filter(|stop| !matches!(stop, Stop::Syntax { .. })).map(|stop| stopped(source, stop)),
            );
        }
    }
    if out.is_empty() {
        out.push(in_its_own_words(source, error));
    }
    out
}

fn stop_offset(stop: &Stop) -> usize {
    match stop {
        Stop::Syntax { at, .. } | Stop::Deep(at) | Stop::SecondDocument(at) | Stop::Heavy(at) | Stop::Tag(at) => *at,
        Stop::AnchorTwice { second, .. } => *second,
    }
}

fn stopped(source: &Source<'_>, stop: &Stop) -> Diagnostic {
    let at = stop_offset(stop);
    let rest = source.text.get(at..).unwrap_or_default();
    let word = rest.find([' ', '\n', '\r', ',', ']', '}']).unwrap_or(rest.len()).max(1);
    let one = source.place(at..at + 1);
    match stop {
        Stop::Deep(_) => Diagnostic::error(format!("this is nested deeper than {DEPTH_MAX} levels"))
            .at(one)
            .advice("nothing here needs more than six; look for brackets or indentation that should not be there"),
        Stop::SecondDocument(_) => Diagnostic::error("a second YAML document starts here")
            .at(source.place(at..at + 3))
            .advice("a file holds one document: take this `---` out, or move what follows into a file of its own"),
        Stop::Heavy(_) => Diagnostic::error("the aliases of this file stand for far more values than it holds")
            .at(source.place(at..at + word))
            .advice("write the values out instead of repeating them with `*`"),
        Stop::Tag(_) => Diagnostic::error("YAML takes a word that starts with `!` for an instruction and drops it")
            .at(source.place(at..at + word))
            .advice("put the whole text in quotes"),
        Stop::AnchorTwice { first, .. } => Diagnostic::error("this anchor is defined twice")
            .at(source.place(at..at + word))
            .advice("give each `&` a name of its own, or put the text in quotes if `&` belongs to it")
            .also("the first is here", source.place(*first..first + word)),
        Stop::Syntax { error, at } => {
            let fault = syntax::explain(source.text, *at, error.info());
            Diagnostic::error(fault.message).at(source.place(fault.span)).maybe_advice(fault.advice)
        }
    }
}

/// The fast reader's own message, where the careful one has nothing to say.
fn in_its_own_words(source: &Source<'_>, error: &serde_yaml::Error) -> Diagnostic {
    let words = error.to_string();
    let Some(location) = error.location() else {
        return Diagnostic::error(format!("this file cannot be read: {words}"))
            .at(Place::file(Arc::clone(source.file)));
    };
    // It counts in characters, whatever its name says.
    let at = Bytes::new(source.text).of(location.index());
    // Where it is, the place says; the words repeat it.
    let words = words.split(" at line ").next().unwrap_or(&words);
    let fault = syntax::explain(source.text, at, words);
    Diagnostic::error(fault.message).at(source.place(fault.span)).maybe_advice(fault.advice)
}
