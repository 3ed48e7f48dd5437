//! What every page has: title, address, the way to it, and what is shown of it elsewhere.

use std::collections::BTreeMap;

use serde_yaml::{Mapping, Value as Yaml};
use tera::Value;

use super::{object::Object, structured};
use crate::{
    address::Address,
    output::{Press, press},
    site::{Edition, Section},
    source::value::Extra,
};

/// The frame of a page, before it becomes a template value.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// What it is, for styles.
    pub kind: &'static str,
    /// Its title, without the site's.
    pub title: String,
    /// Its first heading.
    pub heading: String,
    /// One or two sentences about it.
    pub description: String,
    /// Its path on the site.
    pub path: String,
    /// Whether search engines are asked to leave it out.
    pub noindex: bool,
    /// The way to it: labels and paths, without home and without itself.
    pub trail: Vec<(String, String)>,
    /// When its content was last looked over.
    pub updated: Option<jiff::civil::Date>,
    /// What its front matter has under `extra:`.
    pub extra: Option<Extra>,
    /// The file below `content/` it is made of.
    pub source: Option<String>,
    /// The picture that is shown of it elsewhere.
    pub card: Option<Card>,
    /// Labels and values that are shown of it elsewhere.
    pub labels: Vec<(String, String)>,
    /// Structured data besides the way to it.
    pub json_ld: Vec<String>,
    /// Whether its text is in the default language although the edition is not.
    pub fallback: bool,
    /// Whether it is made once, and not in each language.
    pub only_here: bool,
}

/// The picture that is shown of a page elsewhere.
#[derive(Debug, Clone)]
pub struct Card {
    /// Its path on the site.
    pub path: String,
    /// What it shows, in words.
    pub alt: String,
}

impl Page {
    /// As templates get it.
    pub fn into_value(self, press: &Press<'_>) -> Value {
        let config = &press.site.config;
        let home = press.words.get("home");
        let mut trail = vec![(home.to_owned(), String::new())];
        trail.extend(self.trail);
        trail.push((self.heading.clone(), self.path.clone()));
        let is_home = self.path.is_empty();
        let breadcrumbs: Vec<Value> = if is_home {
            Vec::new()
        } else {
            let last = trail.len() - 1;
            let crumb = |(index, (label, path)): (usize, &(String, String))| {
                let object = Object::new().with("label", label.as_str());
                if index == last { object.into() } else { object.with("url", press.rooted(path)).into() }
            };
            trail.iter().enumerate().map(crumb).collect()
        };
        let mut json_ld: Vec<Value> = self.json_ld.iter().map(|json| Value::from(json.as_str())).collect();
        // It is for results of search engines alone.
        if !is_home && !self.noindex && !matches!(self.kind, "private" | "alias" | "not-found") {
            let absolute: Vec<_> = trail.iter().map(|(label, path)| (label.as_str(), press.absolute(path))).collect();
            json_ld.push(structured::breadcrumbs(&absolute).into());
        }
        let card = self.card.or_else(|| {
            config.outputs.share_card.then(|| Card {
                path: "card.png".to_owned(),
                alt: press.words.fill("image_alt_site", &[("title", &config.title)]),
            })
        });
        let image = card.map(|card| {
            Object::new()
                .with("url", config.absolute(&card.path))
                .with("width", 1200)
                .with("height", 630)
                .with("alt", card.alt)
                .with("type", "image/png")
        });
        let og = Object::new()
            .with("title", self.title.as_str())
            .with("description", self.description.as_str())
            .with(
                "type",
                match self.kind {
                    "content" | "faq" | "guide" => "article",
                    "person" => "profile",
                    _ => "website",
                },
            )
            .maybe("image", image);
        let labels: Vec<Value> = self
            .labels
            .iter()
            .map(|(label, value)| Object::new().with("label", label.as_str()).with("value", value.as_str()).into())
            .collect();
        let edit_url = press.site.documents.config.edit_url.as_ref().zip(self.source).map(|(base, source)| {
            let slash = if base.ends_with('/') { "" } else { "/" };
            format!("{base}{slash}content/{}", Address::of(source))
        });
        let languages: Vec<Value> = press
            .site
            .editions()
            .zip(&press.theme.locales)
            .map(|(edition, locale)| {
                Object::new()
                    .with("language", edition.language.as_str())
                    .with("name", locale.words.get("language_name"))
                    .with("url", config.rooted(edition.at(&self.path)))
                    .with("absolute", config.absolute(edition.at(&self.path)))
                    .with("current", edition.language == press.edition.language)
                    .with("translated", !is_fallback(edition, &self.path))
                    .into()
            })
            .collect();
        let has_translations = languages.len() > 1 && !self.only_here;
        // What is not translated is the original page at a second address; home has words of the theme as well.
        let fallback = self.fallback && !is_home;
        let url = if fallback { config.absolute(&self.path) } else { press.absolute(&self.path) };
        let text_attributes =
            if self.fallback { press::foreign(press.site, press.edition, press.theme) } else { String::new() };
        Object::new()
            .with("kind", self.kind)
            .with("url", url)
            .with("languages", if has_translations { languages } else { Vec::new() })
            .with("fallback", fallback)
            .with("text_attributes", text_attributes)
            .with("path", Address::of(self.path).to_string())
            .with("title", self.title)
            .with("heading", self.heading)
            .with("description", self.description)
            .with("noindex", self.noindex)
            .with("breadcrumbs", breadcrumbs)
            .maybe("updated", self.updated.map(|updated| super::dates::date(press.locale, updated)))
            .with("extra", extra(self.extra.as_ref()))
            .maybe("edit_url", edit_url)
            .with("og", og)
            .with("labels", labels)
            .with("json_ld", json_ld)
            .into()
    }
}

/// Keys of a site's own as templates get them; always a map, so that they can be asked for.
pub(super) fn extra(extra: Option<&Extra>) -> Value {
    extra.map_or_else(|| Object::new().into(), |extra| map(extra.pairs()))
}

fn map(pairs: &Mapping) -> Value {
    let key = |key: &Yaml| match key {
        Yaml::String(text) => text.clone(),
        Yaml::Bool(yes) => yes.to_string(),
        Yaml::Number(number) => number.to_string(),
        _ => "null".to_owned(),
    };
    pairs.iter().map(|(name, value)| (key(name), value_of(value))).collect::<BTreeMap<String, Value>>().into()
}

/// As deep as [`crate::source::value::EXTRA_DEPTH`] allows.
fn value_of(value: &Yaml) -> Value {
    match value {
        Yaml::Null => Value::none(),
        Yaml::Bool(yes) => (*yes).into(),
        Yaml::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => number.into(),
            (None, Some(number)) => number.into(),
            (None, None) => number.as_f64().into(),
        },
        Yaml::String(text) => text.as_str().into(),
        Yaml::Sequence(items) => items.iter().map(value_of).collect::<Vec<Value>>().into(),
        Yaml::Mapping(pairs) => map(pairs),
        Yaml::Tagged(tagged) => value_of(&tagged.value),
    }
}

/// Whether the page at a path of an edition is there in the default language only.
fn is_fallback(edition: &Edition<'_>, path: &str) -> bool {
    let is_own = |section| matches!(section, Section::Faq | Section::Other);
    edition.pages.iter().any(|page| page.path == path && page.fallback && is_own(page.section))
}
