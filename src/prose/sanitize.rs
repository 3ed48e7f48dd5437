//! What is let through, at the very end, whatever came before.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use ammonia::{Builder, UrlRelative};

use crate::source::markdown::{candidates, policy};

/// The rules for HTML that is let through.
#[derive(Debug)]
pub struct Sanitizer(Builder<'static>);

impl Sanitizer {
    /// What an editor may use ([`policy`]), and what the program itself makes. Pictures only from the site itself.
    pub fn new(root: &str) -> Self {
        let mut builder = Builder::empty();
        let mut attributes: HashMap<&str, HashSet<&str>> =
            policy::ELEMENTS.iter().map(|(name, own)| (*name, own.iter().copied().collect())).collect();
        attributes.entry("code").or_default().insert("class");
        attributes.insert("input", HashSet::from(["type", "disabled", "checked"]));
        let mut classes: HashMap<&str, HashSet<&str>> =
            policy::ALIGNED.iter().map(|name| (*name, policy::ALIGNMENTS.iter().copied().collect())).collect();
        for (name, own) in policy::CLASSES {
            classes.entry(name).or_default().extend(own.iter().copied());
        }
        let root = root.to_owned();
        builder
            .tags(policy::ELEMENTS.iter().map(|(name, _)| *name).chain(["input"]).collect())
            .clean_content_tags(HashSet::from(["script", "style"]))
            .generic_attributes(policy::GENERIC.iter().copied().collect())
            .tag_attributes(attributes)
            .allowed_classes(classes)
            .link_rel(None)
            .url_relative(UrlRelative::PassThrough)
            .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
            .attribute_filter(move |element, attribute, value| match (element, attribute) {
                ("img", "src") if !value.starts_with(root.as_str()) => None,
                (_, "srcset") if !candidates(value).iter().all(|(address, _)| address.starts_with(root.as_str())) => {
                    None
                }
                ("code", "class") if !value.starts_with(policy::CODE_CLASS) => None,
                ("input", "type") if value != "checkbox" => None,
                _ => Some(Cow::Borrowed(value)),
            });
        Self(builder)
    }

    /// HTML with what may stay, small.
    pub fn clean(&self, html: &str) -> String {
        let clean = self.0.clean(html).to_string();
        // Made smaller once here, and not again in each page that shows it.
        let rules = minify_html::Cfg {
            keep_closing_tags: true,
            allow_noncompliant_unquoted_attribute_values: false,
            allow_removing_spaces_between_attributes: false,
            ..minify_html::Cfg::new()
        };
        String::from_utf8(minify_html::minify(clean.as_bytes(), &rules)).unwrap_or(clean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_run_or_load_from_elsewhere_is_taken_out() {
        let sanitizer = Sanitizer::new("/");
        let html = sanitizer.clean(
            "<p onclick=x style=y>a<script>alert(1)</script><iframe src=//x></iframe><img src=https://x.example/p.png>\
             <a href=javascript:x>b</a><details open><summary>c</summary>d</details><form action=/x><input type=text></form>",
        );
        assert_eq!(html, "<p>a<img><a>b</a></p><details open><summary>c</summary>d</details><input>");
    }

    #[test]
    fn pictures_of_a_set_are_all_the_sites_own() {
        let sanitizer = Sanitizer::new("/badges/");
        let html = sanitizer.clean("<img srcset=\"/badges/a.png 1x, https://x.example/b.png 2x\" alt=a>");
        assert_eq!(html, "<img alt=a>");
    }
}
