//! Templates, ready to fill tens of thousands of pages.
//!
//! Most of what a page says is the same on all: menu, footer, the theme's words. What a
//! template asks of such values alone is answered once, when a site's templates are set up,
//! and stands in them as text from then on; their white space is taken out as well
//! ([`super::shrink`]). Together this halves what a page costs.
//!
//! Such templates no longer have the lines that their author wrote. So when one of them
//! fails, the page is made again from the templates as written, and that error is the one
//! that is told.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tera::{Context, Tera};

use super::{Source, shrink::shrink, tags};

/// The templates of a theme, set up for one site.
#[derive(Debug)]
pub struct Templates {
    /// With what all pages share filled in.
    ready: Tera,
    /// As they were written.
    written: Tera,
}

impl Templates {
    /// Sets up compiled templates for pages that all share these values.
    pub(super) fn new(mut written: Tera, sources: &BTreeMap<String, Source>, values: Context, names: &[&str]) -> Self {
        *written.global_context() = values;
        let pages = sources.iter().filter(|(name, _)| name.ends_with(".html"));
        let small: Vec<_> = pages.map(|(name, source)| (name.as_str(), shrink(&source.text))).collect();
        let mut ready = written.clone();
        // Should anything go wrong here, templates are used as they are.
        if ready.add_raw_templates(small.iter().map(|(name, text)| (name, text))).is_ok() {
            let answers = answers(&ready, &small, names);
            let filled = small.iter().map(|(name, text)| (name, fill_in(text, &answers)));
            let _ = ready.add_raw_templates(filled);
        }
        Self { ready, written }
    }

    /// Fills in a template.
    pub fn render(&self, name: &str, context: &Context) -> tera::TeraResult<Vec<u8>> {
        let mut out = Vec::with_capacity(16 * 1024);
        if self.ready.render_to(name, context, &mut out).is_err() {
            out.clear();
            self.written.render_to(name, context, &mut out)?;
        }
        Ok(out)
    }
}

/// The tags that ask only for what all pages share, each with what it stands for.
fn answers<'a>(templates: &Tera, sources: &'a [(&str, String)], names: &[&str]) -> HashMap<&'a str, String> {
    let tags: BTreeSet<&str> = sources.iter().flat_map(|(_, text)| all_tags(text)).map(|(_, tag)| tag).collect();
    // A name that some template gives away itself does not always mean what all pages share. Nor can anybody see what
    // components ask for.
    let shared: BTreeSet<&str> =
        names.iter().filter(|name| !tags.iter().any(|tag| assigns(tag, name))).copied().collect();
    if templates.get_component_names().next().is_some() {
        return HashMap::new();
    }
    // Each tag becomes a template of its own, to let the engine say what it asks for.
    let asking: Vec<(String, &str)> = tags
        .into_iter()
        .filter(|tag| may_ask(tag, &shared))
        .enumerate()
        .map(|(number, tag)| (format!("tag {number}.html"), tag))
        .collect();
    let mut templates = templates.clone();
    if templates.add_raw_templates(asking.iter().map(|(name, tag)| (name, tag))).is_err() {
        return HashMap::new();
    }
    let answer = |(name, tag): &(String, &'a str)| {
        let asked = templates.get_template_variables(name).ok()?;
        let text = asked.iter().all(|name| shared.contains(name)).then(|| templates.render(name, &Context::new()))?;
        // What fails is left to fail in its place, which may be one that is never reached.
        Some((*tag, text.ok().filter(|text| !text.contains("{%"))?))
    };
    asking.iter().filter_map(answer).collect()
}

/// Whether a tag writes something that depends on one of these names; for an include nobody knows yet.
fn may_ask(tag: &str, names: &BTreeSet<&str>) -> bool {
    let trims = tag.get(2..).is_some_and(|tag| tag.starts_with('-')) || tag.trim_end_matches(['}', '%']).ends_with('-');
    let is_include = || tag.starts_with("{%") && tags::words(tag).next() == Some("include");
    let is_named = || tag.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| names.contains(word));
    !trims && (is_include() || (tag.starts_with("{{") && is_named()))
}

/// Puts what tags stand for in their place.
fn fill_in(template: &str, answers: &HashMap<&str, String>) -> String {
    let mut out = String::with_capacity(template.len() * 2);
    let mut done = 0;
    for (at, tag) in all_tags(template) {
        if let Some(answer) = answers.get(tag) {
            out.push_str(template.get(done..at).unwrap_or_default());
            // A value is not part of the template: neither are tags looked for in it, nor does a `-%}` trim it.
            out.push_str("{% raw %}");
            out.push_str(answer);
            out.push_str("{% endraw %}");
            done = at + tag.len();
        }
    }
    out.push_str(template.get(done..).unwrap_or_default());
    out
}

/// All tags of a template with their places.
fn all_tags(template: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + tags::find(template.get(from..)?)?;
        let tag = tags::first(template.get(at..)?)?;
        from = at + tag.len();
        Some((at, tag))
    })
}

/// Whether a tag gives a name a value.
fn assigns(tag: &str, name: &str) -> bool {
    let mut words = tags::words(tag);
    let is_assigning = matches!(words.next(), Some("set" | "set_global" | "for"));
    let head = words.take_while(|word| *word != "in").flat_map(|word| word.split(['=', ',']));
    is_assigning && tag.starts_with("{%") && { head }.any(|word| word == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "<p>{{ w.hello }}</p>\n{% block main %}{% endblock %}";

    fn templates(files: &[(&str, &str)]) -> Templates {
        let files: BTreeMap<_, _> = files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), Source { text: (*text).to_owned(), file: None }))
            .collect();
        let mut written = Tera::new();
        written.autoescape_on(vec![".html"]);
        written.add_raw_templates(files.iter().map(|(name, source)| (name, &source.text))).unwrap();
        let mut values = Context::new();
        values.insert("w", &BTreeMap::from([("hello", "A & {{ b }} {"), ("word", " word ")]));
        values.insert("site", &BTreeMap::from([("root", "/r/")]));
        Templates::new(written, &files, values, &["w", "site"])
    }

    /// The text of a template when it is ready, and the page that both forms of it make.
    fn ready(template: &str) -> (String, String) {
        let templates = templates(&[("a.html", template), ("part.html", "{% set x = site.root %}<i>{{ x }}</i>\n")]);
        let mut context = Context::new();
        context.insert("page", "<b>");
        let page = |tera: &Tera| tera.render("a.html", &context).unwrap();
        assert_eq!(page(&templates.ready), page(&templates.written).trim_end());
        let tags = all_tags(template).map(|(_, tag)| tag).collect::<Vec<_>>();
        let sources = [("a.html", template.to_owned())];
        let answers = answers(&templates.ready, &sources, &["w", "site"]);
        let kept: Vec<&str> = tags.into_iter().filter(|tag| !answers.contains_key(tag)).collect();
        (kept.join(""), page(&templates.ready))
    }

    #[test]
    fn what_all_pages_share_is_filled_in() {
        for (template, kept, page) in [
            ("<a href=\"{{ site.root }}{{ page }}\">", "{{ page }}", "<a href=\"/r/&lt;b&gt;\">"),
            ("{{ site.root ~ page }}", "{{ site.root ~ page }}", "/r/&lt;b&gt;"),
            ("{{ w.word }}|{% include 'part.html' %}", "", " word |<i>/r/</i>"),
        ] {
            assert_eq!(ready(template), (kept.to_owned(), page.to_owned()));
        }
    }

    #[test]
    fn what_may_mean_something_else_is_left_alone() {
        for template in [
            // Trimmed by the tag itself.
            "x {{- w.word -}} y",
            "x {{ w.word -}} y",
            // A name of its own.
            "{% set site = page %}{{ site }}",
            "{% for k, site in w %}{{ site | length }}{% endfor %}",
            // Everything there is.
            "{% set all = __tera_context %}{{ __tera_context | length }}",
        ] {
            assert_eq!(ready(template).0, all_tags(template).map(|(_, tag)| tag).collect::<String>());
        }
        // What never comes to be written does no harm.
        assert_eq!(ready("{% if site.none %}{{ site.none }}{% endif %}").1, "");
    }

    #[test]
    fn a_value_is_text_and_no_template() {
        let templates = templates(&[("a.html", "{% extends 'base.html' %}"), ("base.html", BASE)]);
        let page = templates.render("a.html", &Context::new()).unwrap();
        assert_eq!(String::from_utf8(page).unwrap(), "<p>A &amp; {{ b }} {</p>");
    }

    #[test]
    fn an_error_is_where_it_was_written() {
        let templates = templates(&[("a.html", "<p>\n\n  {{ w.hello }} {{ page.none }}\n</p>")]);
        let error = templates.render("a.html", &Context::new()).unwrap_err();
        let tera::ErrorKind::RenderingError(report) = error.kind() else { panic!("{error}") };
        assert_eq!((report.span().start_line, report.span().start_col), (3, 19));
    }
}
