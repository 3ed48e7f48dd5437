//! Goes through a document along the tables and reports all that is wrong with it.
//!
//! The reader of these messages keeps a member list, not a program. So a message
//! says what is wrong in the words of the file; the place is the very key or value,
//! or, for something that is missing, the record that lacks it; and the advice is
//! something to type. What follows from one slip is told once: a key that is
//! misspelt is not reported as missing, too.

use std::{collections::HashMap, ops::Range, sync::Arc};

use super::{
    cut,
    table::{Integer, Key, Kind, Mapping},
    text::is_invisible,
    tree::{self, Node, Tree},
};
use crate::{
    diagnostic::{Diagnostic, Place, did_you_mean},
    source::value::EXTRA_DEPTH,
};

/// How many errors of one file are reported.
pub const ERRORS_MAX: usize = 200;

/// Everything that is wrong with a document, in the order of its text. `base` is how many bytes of the
/// file stand before that. With `until`, only what starts before that byte is reported: what
/// follows may have been misread.
pub fn check(
    file: &Arc<str>,
    base: usize,
    text: &str,
    tree: &Tree<'_>,
    table: &'static Mapping,
    until: Option<usize>,
) -> Vec<Diagnostic> {
    let mut checker = Checker { file, base, text, table, until, found: Vec::new(), more: 0 };
    checker.document(tree);
    let (mut found, more) = (checker.found, checker.more);
    found.sort_by_key(|(start, _)| *start);
    let mut found: Vec<_> = found.into_iter().map(|(_, diagnostic)| diagnostic).collect();
    if more > 0 {
        found.push(
            Diagnostic::error(format!("{more} more errors are in this file"))
                .at(Place::file(Arc::clone(file)))
                .advice(format!("repair the {ERRORS_MAX} above first; they often have the same cause")),
        );
    }
    found
}

struct Checker<'a> {
    file: &'a Arc<str>,
    base: usize,
    text: &'a str,
    table: &'static Mapping,
    until: Option<usize>,
    found: Vec<(usize, Diagnostic)>,
    more: usize,
}

/// What a value is the value of.
#[derive(Clone, Copy)]
struct Of<'n, 't> {
    /// Its key in the nearest mapping.
    key: &'static str,
    /// Where that key stands.
    at: &'n Node<'t>,
    /// Whether it is an entry of the key's list.
    entry: bool,
}

impl Of<'_, '_> {
    fn name(self) -> String {
        if self.entry { format!("an entry of `{}`", self.key) } else { format!("`{}`", self.key) }
    }
}

impl Checker<'_> {
    fn report(&mut self, span: &Range<usize>, diagnostic: Diagnostic) {
        if self.until.is_some_and(|until| span.start >= until) {
            return;
        }
        if self.found.len() >= ERRORS_MAX {
            self.more += 1;
            return;
        }
        let place = self.place(span);
        self.found.push((span.start, diagnostic.at(place)));
    }

    fn place(&self, span: &Range<usize>) -> Place {
        Place::bytes(Arc::clone(self.file), self.base + span.start..self.base + span.end)
    }

    /// Where a value can be seen: an empty one by its dash or its key.
    fn visible(&self, value: &Node<'_>, key: &Node<'_>) -> Range<usize> {
        if !value.span.is_empty() {
            return value.span.clone();
        }
        let between = self.text.get(key.span.end..value.span.start).unwrap_or_default();
        match between.rfind('-') {
            Some(dash) => key.span.end + dash..key.span.end + dash + 1,
            None => key.span.clone(),
        }
    }

    fn document(&mut self, tree: &Tree<'_>) {
        let table = self.table;
        let Some(root) = tree.root.as_ref().filter(|root| !root.is_blank()) else {
            if tree.stop.is_none() {
                for key in table.keys.iter().filter(|key| key.required) {
                    let diagnostic = Diagnostic::error(format!("`{}` is missing", key.name))
                        .at(Place::file(Arc::clone(self.file)))
                        .advice(addition(key));
                    self.found.push((0, diagnostic));
                }
            }
            return;
        };
        match &root.resolved().kind {
            tree::Kind::Mapping(pairs) => self.mapping(table, root, pairs),
            tree::Kind::Sequence(items) => {
                let known = |item: &Node<'_>, key: &str| {
                    matches!(&item.resolved().kind, tree::Kind::Mapping(pairs)
                        if pairs.iter().any(|(name, _)| name.text() == Some(key)))
                };
                let list = table.keys.iter().rev().find(|list| match list.kind {
                    Kind::List(Kind::Mapping(entry)) => {
                        items.iter().any(|item| entry.keys.iter().filter(|key| known(item, key.name)).count() > 1)
                    }
                    _ => false,
                });
                let advice = match list {
                    Some(list) => format!("write a line `{}:` above it", list.name),
                    None => format!("write keys: {}", words(table.keys.iter().map(|key| key.name))),
                };
                let message = format!("{} starts with keys, but this is a list", table.a_name);
                self.report(&root.span, Diagnostic::error(message).advice(advice));
            }
            _ => {
                let message = format!("{} consists of keys and their values, but this is only a text", table.a_name);
                let advice = format!("write keys: {}", words(table.keys.iter().map(|key| key.name)));
                self.report(&root.span, Diagnostic::error(message).advice(advice));
            }
        }
    }

    fn mapping(&mut self, table: &'static Mapping, node: &Node<'_>, pairs: &[(Node<'_>, Node<'_>)]) {
        let mut seen: HashMap<&str, &Node<'_>> = HashMap::new();
        let mut meant: Vec<&'static str> = Vec::new();
        let mut before: Option<(&str, &Node<'_>)> = None;
        for (at, value) in pairs {
            let above = before.replace((at.text().unwrap_or_default(), value));
            let Some(name) = at.text() else {
                let message = "a key must be a text, but this is a list or a mapping";
                let advice = "put the text in quotes if its brackets belong to it";
                self.report(&at.span, Diagnostic::error(message).advice(advice));
                continue;
            };
            let Some(key) = table.key(name) else {
                if let Some((above, text)) = above
                    && text.text() == Some("")
                    && self.text.get(text.span.start..).is_some_and(|text| text.starts_with(['|', '>']))
                {
                    let message = format!("this text is not indented below `{above}`");
                    let advice = format!("start each of its lines further to the right than `{above}`");
                    self.report(&at.span, Diagnostic::error(message).advice(advice));
                    continue;
                }
                meant.extend(self.unknown(table, at, name, value));
                continue;
            };
            if let Some(first) = seen.get(name) {
                let first = self.place(&first.span);
                let message = format!("`{name}` is here twice in one {}", table.name);
                let advice = if table.key("id").is_some() {
                    "take one out, or start the next record with a dash"
                } else {
                    "take one out"
                };
                self.report(&at.span, Diagnostic::error(message).advice(advice).also("the first is here", first));
            } else {
                seen.insert(name, at);
            }
            if value.is_null() {
                // Counts as absent.
                if key.required {
                    if let Some(cut) = cut::to_nothing(self.text, &at.span) {
                        let (message, advice) =
                            cut::of_required(key.name, self.text.get(cut.clone()).unwrap_or_default());
                        self.report(&cut, Diagnostic::error(message).advice(advice));
                        continue;
                    }
                    let message = format!("`{}` is empty", key.name);
                    let advice = match value.text() {
                        None | Some("") => format!("write it after the colon: `{}: {}`", key.name, key.kind.example()),
                        Some(word) => {
                            format!("YAML reads {word} as “nothing”; if it is the text, put it in quotes: \"{word}\"")
                        }
                    };
                    self.report(&self.visible(value, at), Diagnostic::error(message).advice(advice));
                }
            } else {
                self.value(key.kind, value, Of { key: key.name, at, entry: false });
            }
        }
        if node.resolved().whole {
            let absent = |key: &&Key| key.required && !seen.contains_key(key.name) && !meant.contains(&key.name);
            for key in table.keys.iter().filter(absent) {
                let at = pairs.first().map_or_else(|| node.span.clone(), |(at, _)| at.span.clone());
                let message = if std::ptr::eq(table, self.table) {
                    format!("`{}` is missing", key.name)
                } else {
                    format!("{} without `{}`", table.name, key.name)
                };
                let advice = addition(key);
                self.report(&at, Diagnostic::error(message).advice(advice));
            }
        }
    }

    /// Reports a key that is not in the table; gives the keys that it may have been meant to be.
    fn unknown(&mut self, table: &'static Mapping, at: &Node<'_>, name: &str, value: &Node<'_>) -> Vec<&'static str> {
        let span = if at.span.is_empty() { self.visible(value, at) } else { at.span.clone() };
        let message = format!("{} has no key `{name}`", table.a_name);
        if name == "<<" {
            let advice = "merging with `<<` is not supported here: write the keys out";
            self.report(&span, Diagnostic::error(message).advice(advice));
            // Whatever is required may be in what was to be merged.
            return table.keys.iter().map(|key| key.name).collect();
        }
        if let Some((start, rest)) = name.split_once(':')
            && let Some(key) = table.key(start)
        {
            let advice = format!("write {}: {rest}", key.name);
            self.report(&span, Diagnostic::error("a space is missing after the colon").advice(advice));
            return vec![key.name];
        }
        let seen: String = name.chars().filter(|c| !is_invisible(*c)).collect();
        if seen != name {
            let message = format!("there is an invisible character in the key `{}`", seen.trim());
            let advice = "delete the line from its start to the colon and type it anew";
            self.report(&span, Diagnostic::error(message).advice(advice));
            return table.key(seen.trim()).map(|key| key.name).into_iter().collect();
        }
        let bare = name.to_lowercase().replace(['-', ' '], "_");
        let foreign = table.foreign.iter().find(|(known, _)| *known == bare).map(|(_, advice)| (*advice).to_owned());
        let (advice, meant) = if let Some(key) = table.key(&bare) {
            (format!("did you mean `{}`?", key.name), Some(key.name))
        } else if let Some(advice) = foreign {
            (advice, None)
        } else if let Some(below) = below(table, name) {
            (below, None)
        } else if let Some(key) = table.keys.iter().find(|key| key.also_called.contains(&bare.as_str())) {
            (format!("did you mean `{}`?", key.name), Some(key.name))
        } else if let Some(place) = self.elsewhere(table, name) {
            (place, None)
        } else if let Some(guess) = did_you_mean(name, table.keys.iter().map(|key| key.name)) {
            let meant = table.keys.iter().find(|key| guess.contains(&format!("`{}`", key.name)));
            (guess, meant.map(|key| key.name))
        } else {
            (format!("it can have {}", words(table.keys.iter().map(|key| key.name))), None)
        };
        self.report(&span, Diagnostic::error(message).advice(advice));
        meant.into_iter().collect()
    }

    /// Where above or beside `table` in this kind of file a key belongs.
    fn elsewhere(&self, table: &'static Mapping, name: &str) -> Option<String> {
        let mut all = vec![self.table];
        let mut next = 0;
        while let Some(mapping) = all.get(next).copied() {
            next += 1;
            if mapping.key(name).is_some() && !std::ptr::eq(mapping, table) {
                let parent =
                    mapping.keys.iter().any(|key| inner(key.kind).is_some_and(|inner| std::ptr::eq(inner, table)));
                return Some(if parent {
                    format!("it belongs to {}: indent it less, like the keys of the {}", mapping.a_name, mapping.name)
                } else {
                    format!("it belongs to {}", mapping.a_name)
                });
            }
            all.extend(mapping.keys.iter().filter_map(|key| inner(key.kind)));
        }
        None
    }

    fn value(&mut self, kind: Kind, node: &Node<'_>, of: Of<'_, '_>) {
        let value = node.resolved();
        match (kind, &value.kind) {
            (Kind::Mapping(table), tree::Kind::Mapping(pairs)) => self.mapping(table, node, pairs),
            (Kind::Mapping(table), _) if of.entry && value.is_blank() => self.blank_entry(table, node, of),
            (Kind::List(kind), tree::Kind::Sequence(items)) => {
                for item in items {
                    self.value(*kind, item, Of { entry: true, ..of });
                }
            }
            (Kind::Text(text), tree::Kind::Scalar { text: found, .. }) if !(of.entry && value.is_null()) => {
                if let Err(fault) = (text.check)(found) {
                    // Of a key with nothing to see in its value, the key is shown.
                    self.report(&self.visible(node, of.at), Diagnostic::error(fault.message).advice(fault.advice));
                }
            }
            (Kind::Free, tree::Kind::Mapping(pairs)) => {
                for (key, value) in pairs {
                    self.free(key, value, 1);
                }
            }
            (Kind::Bool, tree::Kind::Scalar { text, plain, .. }) => self.boolean(text, *plain, node, of),
            (Kind::Integer(range), tree::Kind::Scalar { text, plain, .. }) => {
                self.integer(range, text, *plain, node, of);
            }
            (Kind::Words(known), tree::Kind::Scalar { text, .. }) => {
                if !known.contains(&text.as_ref()) {
                    let advice = did_you_mean(text, known.iter().copied())
                        .unwrap_or_else(|| format!("write one of {}", words(known.iter().copied())));
                    let message = format!("{} cannot be `{}`", of.name(), shortened(text));
                    self.report(&self.visible(node, of.at), Diagnostic::error(message).advice(advice));
                }
            }
            _ => self.wrong_kind(kind, node, of),
        }
    }

    /// What a site may write as it likes: keys that are texts, and nothing too deep.
    fn free(&mut self, key: &Node<'_>, value: &Node<'_>, depth: usize) {
        if key.text().is_none() {
            let message = "a key must be a text, but this is a list or a mapping";
            let advice = "put the text in quotes if its brackets belong to it";
            self.report(&key.span, Diagnostic::error(message).advice(advice));
        }
        self.free_value(key, value, depth);
    }

    fn free_value(&mut self, key: &Node<'_>, value: &Node<'_>, depth: usize) {
        let inner = &value.resolved().kind;
        if depth >= EXTRA_DEPTH && !matches!(inner, tree::Kind::Scalar { .. }) {
            let message = format!("this is nested deeper than {EXTRA_DEPTH} levels");
            let advice = "nobody finds anything that deep: write it flatter";
            self.report(&self.visible(value, key), Diagnostic::error(message).advice(advice));
            return;
        }
        match inner {
            tree::Kind::Mapping(pairs) => pairs.iter().for_each(|(key, value)| self.free(key, value, depth + 1)),
            tree::Kind::Sequence(items) => items.iter().for_each(|item| self.free_value(key, item, depth + 1)),
            _ => {}
        }
    }

    /// A dash with nothing behind it, where a record should be.
    fn blank_entry(&mut self, table: &'static Mapping, node: &Node<'_>, of: Of<'_, '_>) {
        if table.keys.iter().any(|key| key.required) {
            let message = format!("this entry of `{}` is empty", of.key);
            let advice = "write a record after the dash, or take the dash out";
            self.report(&self.visible(node, of.at), Diagnostic::error(message).advice(advice));
        }
    }

    fn boolean(&mut self, text: &str, plain: bool, node: &Node<'_>, of: Of<'_, '_>) {
        let lower = text.to_lowercase();
        let value = match lower.as_str() {
            "true" | "yes" | "on" | "y" | "1" => Some("true"),
            "false" | "no" | "off" | "n" | "0" => Some("false"),
            _ => None,
        };
        if plain && matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE") {
            return;
        }
        let is = if value == Some(lower.as_str()) { "text".to_owned() } else { format!("`{}`", shortened(text)) };
        let message = format!("{} should be `true` or `false`, but this is {is}", of.name());
        let advice = match value {
            Some(value) if value == lower => format!("write {value} without quotes"),
            Some(value) => format!("write {value}"),
            None => "write true or false".to_owned(),
        };
        self.report(&self.visible(node, of.at), Diagnostic::error(message).advice(advice));
    }

    fn integer(&mut self, range: &Integer, text: &str, plain: bool, node: &Node<'_>, of: Of<'_, '_>) {
        // Asked of the fast reader itself, so that both mean the same by a number.
        let single = plain && !text.contains(|c: char| c.is_whitespace());
        let number: Option<i128> = if single { serde_yaml::from_str(text).ok() } else { None };
        if number.is_some_and(|number| (range.least..=range.most).contains(&number)) {
            return;
        }
        let name = of.name();
        let (message, advice) = if number.is_some() {
            let most = if range.most > i128::from(u32::MAX) { String::new() } else { format!(" to {}", range.most) };
            let least = range.least;
            (
                format!("`{}` is too great or too small for {name}", shortened(text)),
                format!("write a whole number from {least}{most}"),
            )
        } else if !plain && text.trim().parse::<i128>().is_ok() {
            (
                format!("{name} should be a whole number, but this is text"),
                format!("write {} without quotes", text.trim()),
            )
        } else {
            (
                format!("{name} should be a whole number, but this is `{}`", shortened(text)),
                format!("write digits only, such as {}", range.example),
            )
        };
        self.report(&self.visible(node, of.at), Diagnostic::error(message).advice(advice));
    }

    fn wrong_kind(&mut self, kind: Kind, node: &Node<'_>, of: Of<'_, '_>) {
        let value = node.resolved();
        if !value.whole {
            // It breaks off in a syntax error, and that is why it is not what it should be.
            return;
        }
        let is = match &value.kind {
            tree::Kind::Sequence(_) => "a list",
            tree::Kind::Mapping(_) => "a record with keys",
            _ if value.is_null() => "empty",
            _ => "text",
        };
        let should = if matches!(kind, Kind::Mapping(_) | Kind::Free) { "a record with keys" } else { kind.a_name() };
        let message = format!("{} should be {should}, but this is {is}", of.name());
        let advice = match (kind, &value.kind) {
            (Kind::List(Kind::Mapping(entry)), tree::Kind::Mapping(pairs)) => {
                let known =
                    pairs.first().and_then(|(key, _)| entry.keys.iter().find(|known| key.text() == Some(known.name)));
                known.or(entry.keys.first()).map(|key| format!("start each entry with a dash: `- {}: …`", key.name))
            }
            (Kind::List(_), tree::Kind::Scalar { text, .. })
                if text.len() <= 60 && !value.is_null() && !text.contains(['[', ']', '{', '}', '\n']) =>
            {
                Some(format!("write it as a list: `{}: [{}]`", of.key, text.trim()))
            }
            (Kind::List(kind), _) => Some(format!("write it as a list: `{}: [{}]`", of.key, kind.example())),
            (Kind::Mapping(_), tree::Kind::Sequence(_)) => {
                Some("take the dashes away; there can be only one".to_owned())
            }
            (_, tree::Kind::Sequence(items)) if items.len() == 1 => {
                Some("take the dash or the brackets away; there can be only one".to_owned())
            }
            (Kind::Text(_), tree::Kind::Mapping(_))
                if self.text.get(value.span.start..).is_some_and(|text| text.starts_with('{')) =>
            {
                Some("put a text that starts with { in quotes".to_owned())
            }
            (Kind::Mapping(table), _) if of.entry => table
                .keys
                .first()
                .map(|key| format!("write its keys after the dash, such as `{}: {}`", key.name, key.kind.example())),
            (Kind::Free, _) => Some("write keys of your own below it, indented, such as `icon: star`".to_owned()),
            (Kind::Mapping(table), _) => table.keys.first().map(|key| {
                format!("write its keys below it, indented, such as `{}: {}`", key.name, key.kind.example())
            }),
            _ if of.entry => Some(format!("write {} such as {}", kind.a_name(), kind.example())),
            _ => Some(format!("write it after the colon: `{}: {}`", of.key, kind.example())),
        };
        // A list or mapping starts on a line below its key; what is meant is the key.
        let container = !matches!(value.kind, tree::Kind::Scalar { .. });
        let span = if container && !of.entry { of.at.span.clone() } else { self.visible(node, of.at) };
        self.report(&span, Diagnostic::error(message).maybe_advice(advice));
    }
}

/// Where below `table` a key belongs.
fn below(table: &'static Mapping, name: &str) -> Option<String> {
    table.keys.iter().find_map(|key| {
        let mapping = inner(key.kind).filter(|mapping| mapping.key(name).is_some())?;
        let dash = if matches!(key.kind, Kind::List(_)) { ", in an entry that starts with a dash" } else { "" };
        Some(format!("it belongs to {}: move it under `{}`{dash}", mapping.a_name, key.name))
    })
}

/// What to do about a key that is missing or has no value.
fn addition(key: &Key) -> String {
    match key.kind {
        Kind::Mapping(mapping) => {
            let needed = mapping.keys.iter().filter(|key| key.required).map(|key| key.name);
            format!("add a line `{}:` and below it, indented, {}", key.name, words(needed).replace(" or ", " and "))
        }
        kind => format!("add a line `{}: {}`", key.name, kind.example()),
    }
}

/// The keys below a value of that kind, if it has any.
fn inner(kind: Kind) -> Option<&'static Mapping> {
    match kind {
        Kind::Mapping(mapping) => Some(mapping),
        Kind::List(kind) => inner(*kind),
        _ => None,
    }
}

/// Joined as in a sentence: a, b or c.
fn words<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let mut words: Vec<_> = words.map(|word| format!("`{word}`")).collect();
    match (words.pop(), words.is_empty()) {
        (Some(last), false) => format!("{} or {last}", words.join(", ")),
        (last, _) => last.unwrap_or_default(),
    }
}

/// Shortened for a message.
fn shortened(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    if short.len() < text.len() { short + "…" } else { short }
}
