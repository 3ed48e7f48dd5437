//! The theme: templates, words, and files that are copied as they are.
//!
//! The built-in theme is part of the program. A site's own theme lies below
//! `themes/NAME/` and replaces it file by file: what it does not have comes from the
//! built-in one, so a theme can be a single template. Templates are compiled before
//! anything is rendered, and their mistakes are reported like any other, with the
//! template's own line.

mod accent;
pub mod assets;
mod doubts;
mod hours;
mod locale;
mod shrink;
mod tags;
mod templates;
mod words;

use std::{collections::BTreeMap, sync::Arc};

use include_dir::{Dir, include_dir};
use tera::{Context, ErrorKind, Kwargs, State, Tera, Value};

pub use accent::Accent;
pub use assets::StaticFile;
pub use locale::Locale;
pub use templates::Templates;
pub use words::Words;

use crate::{
    address,
    diagnostic::{Diagnostic, Place},
    hash::Digest,
    source::{Bytes, ThemeFile, yaml},
};

/// The built-in theme's files.
static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/themes/default");

/// A theme, ready to be used.
#[derive(Debug, Clone)]
pub struct Theme {
    /// Files that are published as they are.
    pub statics: Vec<StaticFile>,
    /// The site's languages, the default first.
    pub locales: Vec<Arc<Locale>>,
    default: Arc<Locale>,
    /// The share card's template; it is not drawn by [`Self::templates`].
    pub card: Source,
    /// The certificate's template; as little as the card's.
    pub certificate: Source,
    /// Digest of the words and of all templates that pages are made of.
    pub digest: Digest,
    /// The compiled templates, with the filters that they may use. Its global context is empty.
    templates: Tera,
    sources: BTreeMap<String, Source>,
}

/// Templates that are made into files of their own, so that pages do not depend on them.
const ALONE: [&str; 4] = ["style.css", "icon.svg", "card.svg", "certificate.svg"];

/// The text of a template and where it comes from.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its text.
    pub text: String,
    /// The site's own file, relative to the site's folder; `None` for a built-in one.
    pub file: Option<Arc<str>>,
}

/// A file of the theme: the site's own, or the built-in one.
struct Layered {
    bytes: Bytes,
    file: Option<Arc<str>>,
}

fn built_in(dir: &Dir<'static>, files: &mut BTreeMap<String, Layered>) {
    for file in dir.files() {
        if let Some(path) = file.path().to_str() {
            let path = path.replace('\\', "/");
            files.insert(path, Layered { bytes: file.contents().into(), file: None });
        }
    }
    for dir in dir.dirs() {
        built_in(dir, files);
    }
}

impl Theme {
    /// Puts the site's own files over the built-in theme and compiles it, for languages in the order of site.yaml:
    /// each with the place where it is named.
    ///
    /// A theme whose templates do not compile is reported and comes back as `None`.
    pub fn load(own: &[ThemeFile], languages: &[(String, Place)]) -> (Option<Self>, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let mut files = BTreeMap::new();
        built_in(&BUILT_IN, &mut files);
        for file in own {
            files.insert(file.name.clone(), Layered { bytes: file.bytes.clone(), file: Some(file.file.clone()) });
        }
        let digest = Digest::of(|hasher| {
            use std::hash::Hash;
            for (name, file) in &files {
                if !name.starts_with("static/")
                    && !ALONE.iter().any(|alone| name.strip_prefix("templates/") == Some(*alone))
                {
                    (name, blake3::hash(&file.bytes).as_bytes()).hash(hasher);
                }
            }
            languages.iter().for_each(|(language, _)| language.hash(hasher));
        });
        if let Some(file) = files.get("theme.yaml")
            && let Some(path) = &file.file
            && let Err(problems) = yaml::read::<crate::source::record::ThemeRecord>(path, &file.bytes)
        {
            diagnostics.extend(problems);
        }
        // Words are laid over each other, text by text: a theme that changes one need not repeat the rest.
        let read = |name: &str| -> Vec<(Bytes, Option<Arc<str>>)> {
            let built_in = BUILT_IN.get_file(name).map(|file| (file.contents().into(), None));
            let own =
                own.iter().filter(|file| file.name == name).map(|file| (file.bytes.clone(), Some(file.file.clone())));
            built_in.into_iter().chain(own).collect()
        };
        diagnostics.extend(doubts::find(own));
        let locales: Option<Vec<_>> = languages
            .iter()
            .map(|(language, place)| {
                let words = Words::load(language, place, read, &mut diagnostics)?;
                let locale = Locale::new(language, words);
                diagnostics.extend(locale.doubts().map(|doubt| doubt.at(place.clone())));
                Some(Arc::new(locale))
            })
            .collect();
        let mut sources = BTreeMap::new();
        let mut statics = Vec::new();
        for (name, file) in &files {
            if let Some(path) = name.strip_prefix("static/") {
                statics.push((path.to_owned(), file.bytes.clone()));
            } else if let Some(template) = name.strip_prefix("templates/") {
                let label = file.file.clone().unwrap_or_else(|| format!("(built-in theme) {name}").into());
                match yaml::decode(&label, &file.bytes) {
                    Ok((text, _)) => {
                        sources.insert(template.to_owned(), Source { text: text.to_owned(), file: file.file.clone() });
                    }
                    Err(problem) => diagnostics.push(problem),
                }
            }
        }
        let mut alone = |name| sources.remove(name).unwrap_or_else(|| Source { text: String::new(), file: None });
        let (card, certificate) = (alone("card.svg"), alone("certificate.svg"));
        let mut templates = Tera::new();
        templates.autoescape_on(vec![".html", ".svg", ".xml"]);
        filters(&mut templates);
        let problems = compile(&mut templates, &sources);
        if !problems.is_empty() {
            diagnostics.extend(problems);
            return (None, diagnostics);
        }
        let Some(locales) = locales else { return (None, diagnostics) };
        let Some(default) = locales.first().cloned() else { return (None, diagnostics) };
        let statics = assets::publish(&statics);
        (Some(Self { statics, locales, default, card, certificate, digest, templates, sources }), diagnostics)
    }

    /// The language with this place in site.yaml's list; the default one where there is none.
    pub fn locale(&self, index: usize) -> &Locale {
        self.locales.get(index).unwrap_or(&self.default)
    }

    /// The templates, set up for pages that all share these values.
    ///
    /// No page may have another value under one of these names.
    pub fn templates(&self, values: Context, names: &[&str]) -> Templates {
        Templates::new(self.templates.clone(), &self.sources, values, names)
    }

    /// The style sheet that every page loads, with these values.
    ///
    /// # Errors
    /// What is wrong with the theme's `style.css`, on its own line.
    pub fn style(&self, values: &Context) -> Result<String, Diagnostic> {
        const NAME: &str = "style.css";
        Ok(assets::name_others(NAME, &self.render_alone(NAME, values)?, &self.statics))
    }

    /// A template that is a file of its own, with these values.
    ///
    /// # Errors
    /// What is wrong with it, on its own line.
    pub fn render_alone(&self, name: &str, values: &Context) -> Result<String, Diagnostic> {
        self.templates.render(name, values).map_err(|error| self.problem(name, &error))
    }

    /// Turns an error of the template engine into one that points at the template's own line.
    pub fn problem(&self, template: &str, error: &tera::Error) -> Diagnostic {
        problem(&self.sources, template, error)
    }
}

/// `{name}` in a theme's words, replaced by the filter's arguments.
fn fill(text: &str, kwargs: &Kwargs) -> tera::TeraResult<String> {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, after) = rest.split_at(open);
        out.push_str(before);
        let Some(close) = after.find('}') else {
            rest = after;
            break;
        };
        let (name, tail) = (&after[1..close], &after[close + 1..]);
        match kwargs.get::<&Value>(name)? {
            Some(value) => match value.as_str() {
                Some(text) => out.push_str(text),
                None => out.push_str(&value.to_string()),
            },
            None => out.push_str(&after[..=close]),
        }
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

/// The filters that templates may use besides the engine's own.
fn filters(templates: &mut Tera) {
    templates.register_filter("fill", |text: &str, kwargs: Kwargs, _: &State<'_>| fill(text, &kwargs));
    templates.register_filter("fragment", |id: &str, _: Kwargs, _: &State<'_>| address::fragment(id).to_string());
}

/// Compiles all templates. The engine stops at the first that is wrong, so after a failure each is tried alone
/// to find every one.
fn compile(templates: &mut Tera, sources: &BTreeMap<String, Source>) -> Vec<Diagnostic> {
    let all = sources.iter().map(|(name, source)| (name.as_str(), source.text.as_str()));
    let Err(error) = templates.add_raw_templates(all) else { return Vec::new() };
    let mut problems = Vec::new();
    for (name, source) in sources {
        let mut alone = Tera::new();
        filters(&mut alone);
        if let Err(error) = alone.add_raw_template(name, &source.text)
            && matches!(error.kind(), ErrorKind::SyntaxError(_))
        {
            problems.push(problem(sources, name, &error));
        }
    }
    if problems.is_empty() {
        problems.push(problem(sources, "", &error));
    }
    problems
}

fn problem(sources: &BTreeMap<String, Source>, template: &str, error: &tera::Error) -> Diagnostic {
    if let ErrorKind::MissingParent { current, parent } = error.kind() {
        return missing(sources, current, parent);
    }
    let (message, name, span) = match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            (report.message().to_owned(), report.filename().to_owned(), Some(report.span().clone()))
        }
        _ => (error.to_string(), template.to_owned(), None),
    };
    let message = message.trim().trim_end_matches('.');
    let message = if name.is_empty() {
        format!("the theme's templates do not fit together: {message}")
    } else {
        format!("the template `{name}`: {message}")
    };
    let diagnostic = Diagnostic::error(message);
    let Some(source) = sources.get(&name) else { return diagnostic };
    match (&source.file, span) {
        (Some(file), Some(span)) => {
            let start = offset(&source.text, span.start_line, span.start_col);
            let end = offset(&source.text, span.end_line, span.end_col).max(start + 1);
            diagnostic.at(Place::bytes(file.clone(), start..end)).advice("mend it here")
        }
        (Some(file), None) => diagnostic.at(Place::file(file.clone())),
        (None, span) => {
            let line = span.map(|span| format!(", line {}", span.start_line)).unwrap_or_default();
            diagnostic.advice(format!("this is a template of the built-in theme{line}: please report it"))
        }
    }
}

/// A template that is made of one that is not there.
fn missing(sources: &BTreeMap<String, Source>, template: &str, parent: &str) -> Diagnostic {
    let problem = Diagnostic::error(format!("the template `{template}`: there is no template `{parent}`"));
    let names = sources.keys().map(String::as_str).filter(|name| *name != template);
    let problem = problem.advice(
        crate::diagnostic::did_you_mean(parent, names)
            .unwrap_or_else(|| format!("write it as `templates/{parent}`, or name another, such as `base.html`")),
    );
    let Some((source, file)) = sources.get(template).and_then(|source| Some((source, source.file.clone()?))) else {
        return problem;
    };
    match source.text.find(parent) {
        Some(at) => problem.at(Place::bytes(file, at..at + parent.len())),
        None => problem.at(Place::file(file)),
    }
}

/// The byte at which a line (from 1) and column (from 0) are.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let mut at = 0;
    for (number, content) in text.split_inclusive('\n').enumerate() {
        if number + 1 == line {
            return at + content.char_indices().nth(column).map_or(content.trim_end().len(), |(byte, _)| byte);
        }
        at += content.len();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn english() -> [(String, Place); 1] {
        [("en".to_owned(), Place::file("site.yaml"))]
    }

    fn own(name: &str, text: &str) -> ThemeFile {
        ThemeFile { file: format!("themes/x/{name}").into(), name: name.to_owned(), bytes: text.as_bytes().into() }
    }

    #[test]
    fn the_built_in_theme_compiles() {
        let (theme, problems) = Theme::load(&[], &english());
        assert!(problems.is_empty(), "{problems:#?}");
        assert!(theme.is_some());
    }

    #[test]
    fn a_mistake_in_a_template_is_shown_on_its_own_line() {
        let (theme, problems) = Theme::load(&[own("templates/404.html", "<p>\n{% if %}\n</p>")], &english());
        assert!(theme.is_none());
        assert_eq!(problems.len(), 1, "{problems:#?}");
        let Some(Place::Bytes { file, span }) = &problems[0].place else { panic!("{problems:#?}") };
        assert_eq!(&**file, "themes/x/templates/404.html");
        assert!(span.start >= 4, "{span:?}");
    }

    /// A text's places to be filled, sorted.
    fn places(text: &str) -> Vec<&str> {
        let mut places: Vec<_> = text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn every_language_of_the_built_in_theme_has_all_words_with_the_same_places() {
        let read = |file: &include_dir::File<'_>| -> BTreeMap<String, String> {
            serde_yaml::from_slice(file.contents()).unwrap()
        };
        let english = read(BUILT_IN.get_file("i18n/en.yaml").unwrap());
        let is_plural = |key: &str| {
            ["zero", "one", "two", "few", "many", "other"].iter().any(|form| key.ends_with(&format!("_{form}")))
        };
        for file in BUILT_IN.get_dir("i18n").unwrap().files() {
            let words = read(file);
            let name = file.path().display();
            for (key, text) in english.iter().filter(|(key, _)| !is_plural(key)) {
                let own = words.get(key).unwrap_or_else(|| panic!("{name} lacks {key}"));
                assert_eq!(places(own), places(text), "{name}: {key}");
            }
            let unknown = |key: &&String| !english.contains_key(*key) && !is_plural(key);
            assert_eq!(words.keys().find(unknown), None, "{name}");
            for key in english.keys().filter(|key| key.ends_with("_other")) {
                assert!(words.contains_key(key), "{name} lacks {key}");
            }
        }
    }

    #[test]
    fn words_are_filled_in_and_unknown_places_stay() {
        let mut tera = Tera::new();
        filters(&mut tera);
        let out = tera.render_str("{{ 'Skip {a} to {b}' | fill(a='x') }}", &tera::Context::new(), true).unwrap();
        assert_eq!(out, "Skip x to {b}");
        let out = tera.render_str("#{{ '50% später' | fragment }}", &tera::Context::new(), true).unwrap();
        assert_eq!(out, "#50%25%20sp%C3%A4ter");
    }
}
