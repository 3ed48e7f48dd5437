//! Markdown becomes HTML, once for every text of a site.
//!
//! It happens between joining and planning, because the HTML of a FAQ answer is part of
//! what verification pages depend on. Links to files become addresses by the same
//! function that checked them. Whatever an editor or an export puts in as raw HTML
//! goes through a sanitizer at the very end, so that nothing an earlier step does can
//! let something through.

use std::{borrow::Cow, collections::HashSet, ops::Range};

use ammonia::Builder;
use pulldown_cmark::{BlockQuoteKind, CowStr, Event, Parser, Tag, TagEnd, html};
use rayon::prelude::*;

use crate::{
    address::{self, Address},
    hash::Digest,
    site::{Edition, Page, Site, Target, resolve},
    source::{Heading, markdown_options},
    theme::Words,
};

/// A page of Markdown as HTML.
#[derive(Debug, Clone, Default, Hash)]
pub struct PageHtml {
    /// What stands before the first heading of level 2; the whole page outside of the FAQ.
    pub content: String,
    /// In the FAQ, what stands below each heading of level 2, with the heading's index.
    pub sections: Vec<(usize, String)>,
}

/// The texts of a site in one language as HTML.
#[derive(Debug)]
pub struct Prose {
    /// Pages, as [`Edition::pages`] lists them.
    pub pages: Vec<PageHtml>,
    /// Digest of each page's HTML.
    pub page_digests: Vec<Digest>,
    /// The answers of questions, as [`Edition::questions`] lists them.
    pub answers: Vec<String>,
    /// Digest of each question as verification pages show it.
    pub answer_digests: Vec<Digest>,
    /// What badges stand for, as [`Site::badges`] lists them; empty where nothing is said.
    pub criteria: Vec<String>,
    sanitizer: Sanitizer,
}

/// The rules for HTML that is let through.
#[derive(Debug)]
struct Sanitizer(Builder<'static>);

impl Prose {
    /// Makes the HTML of all texts.
    pub fn new(site: &Site<'_>, edition: &Edition<'_>, words: &Words) -> Self {
        let sanitizer = Sanitizer::new(&site.config.root);
        let setting = Setting { site, edition, words };
        let pages: Vec<PageHtml> = edition
            .pages
            .par_iter()
            .map(|page| {
                let in_faq = page.section == crate::site::Section::Faq;
                render(setting, &sanitizer, &Text::of(page, in_faq))
            })
            .collect();
        let page_digests = pages.iter().map(Digest::of_value).collect();
        let answers: Vec<String> = edition
            .questions
            .iter()
            .map(|question| {
                let (Some(page), Some(html)) = (edition.pages.get(question.page), pages.get(question.page)) else {
                    return String::new();
                };
                let index = page.doc.headings.iter().position(|heading| std::ptr::eq(heading, question.heading));
                let section = html.sections.iter().find(|(heading, _)| Some(*heading) == index);
                section.map(|(_, html)| html.clone()).unwrap_or_default()
            })
            .collect();
        let answer_digests = edition
            .questions
            .iter()
            .zip(&answers)
            .enumerate()
            .map(|(index, (question, html))| {
                Digest::of_value(&(
                    &question.heading.id,
                    &question.heading.title,
                    edition.question_address(index),
                    html,
                ))
            })
            .collect();
        let criteria = site
            .badges
            .iter()
            .map(|badge| {
                badge.record.criteria.as_ref().map_or_else(String::new, |text| {
                    render(setting, &sanitizer, &Text::of_export(text, badge.file)).content
                })
            })
            .collect();
        Self { pages, page_digests, answers, answer_digests, criteria, sanitizer }
    }

    /// The HTML of a text in an export.
    pub fn narrative(&self, setting: Setting<'_>, file: &str, markdown: &str) -> String {
        render(setting, &self.sanitizer, &Text::of_export(markdown, file)).content
    }
}

/// What texts become HTML for.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The site.
    pub site: &'a Site<'a>,
    /// Its pages in the language at hand.
    pub edition: &'a Edition<'a>,
    /// The theme's words in it.
    pub words: &'a Words,
}

/// A text, and where it stands.
struct Text<'a> {
    markdown: &'a str,
    /// The file below `content/` that its links are relative to.
    from: &'a str,
    /// The path of the page that its own anchors are on; `None` where it has none.
    page: Option<&'a str>,
    headings: &'a [Heading],
    in_sections: bool,
}

impl<'a> Text<'a> {
    fn of(page: &'a Page<'_>, in_sections: bool) -> Self {
        let doc = page.doc;
        Self { markdown: doc.markdown(), from: page.base, page: Some(&page.path), headings: &doc.headings, in_sections }
    }

    fn of_export(markdown: &'a str, file: &'a str) -> Self {
        let from = file.strip_prefix("content/").unwrap_or(file);
        Self { markdown, from, page: None, headings: &[], in_sections: false }
    }
}

fn render(setting: Setting<'_>, sanitizer: &Sanitizer, text: &Text<'_>) -> PageHtml {
    let mut parts: Vec<(Option<usize>, Vec<Event<'_>>)> = vec![(None, Vec::new())];
    let mut heading = 0;
    let mut picture: Option<(String, String, String)> = None;
    let mut in_section_heading = false;
    for event in Parser::new_ext(text.markdown, markdown_options()) {
        if let Some((_, _, alt)) = &mut picture
            && !matches!(event, Event::End(TagEnd::Image))
        {
            if let Event::Text(more) | Event::Code(more) = &event {
                alt.push_str(more);
            }
            continue;
        }
        let event = match event {
            Event::Start(Tag::Heading { level, classes, .. }) => {
                let id = text.headings.get(heading).map(|heading| heading.id.clone());
                heading += 1;
                if text.in_sections && level == pulldown_cmark::HeadingLevel::H2 {
                    parts.push((Some(heading - 1), Vec::new()));
                    in_section_heading = true;
                    continue;
                }
                let id = id.map(CowStr::from);
                Event::Start(Tag::Heading { level, id, classes, attrs: Vec::new() })
            }
            Event::End(TagEnd::Heading(_)) if in_section_heading => {
                in_section_heading = false;
                continue;
            }
            _ if in_section_heading => continue,
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let dest_url = CowStr::from(address(setting, text, &dest_url));
                Event::Start(Tag::Link { link_type, dest_url, title, id })
            }
            Event::Start(Tag::Image { dest_url, title, .. }) => {
                picture = Some((dest_url.to_string(), title.to_string(), String::new()));
                continue;
            }
            Event::End(TagEnd::Image) => match picture.take() {
                Some((to, title, alt)) => Event::InlineHtml(image(setting, text, &to, &title, &alt).into()),
                None => continue,
            },
            Event::Start(Tag::BlockQuote(Some(kind))) => {
                let word = alert(kind);
                let title = escape(setting.words.get(&format!("alert_{word}"))).into_owned();
                Event::Html(
                    format!("<div class=\"alert alert-{word}\" role=\"note\">\n<p class=\"alert-title\">{title}</p>\n")
                        .into(),
                )
            }
            Event::End(TagEnd::BlockQuote(Some(_))) => Event::Html("</div>\n".into()),
            other => other,
        };
        if let Some((_, events)) = parts.last_mut() {
            events.push(event);
        }
    }
    let mut parts = parts.into_iter().map(|(heading, events)| {
        let mut out = String::new();
        html::push_html(&mut out, events.into_iter());
        (heading, sanitizer.clean(&out))
    });
    let content = parts.next().map(|(_, html)| html).unwrap_or_default();
    let sections = parts.filter_map(|(heading, html)| Some((heading?, html))).collect();
    PageHtml { content, sections }
}

fn alert(kind: BlockQuoteKind) -> &'static str {
    match kind {
        BlockQuoteKind::Note => "note",
        BlockQuoteKind::Tip => "tip",
        BlockQuoteKind::Important => "important",
        BlockQuoteKind::Warning => "warning",
        BlockQuoteKind::Caution => "caution",
    }
}

/// The address that a link gets in HTML. A link that leads nowhere was reported before; it keeps its text.
fn address(setting: Setting<'_>, text: &Text<'_>, to: &str) -> String {
    let Setting { site, edition, .. } = setting;
    // An answer is shown on verification pages too, where its own page's anchors are not.
    if let (Some(id), Some(page)) = (to.strip_prefix('#'), text.page) {
        let id = address::plain(id);
        return if text.in_sections {
            site.config.rooted(Address::of(edition.at(page)).at(id))
        } else {
            format!("#{}", address::fragment(&id))
        };
    }
    match resolve(site, edition, text.from, to) {
        Ok(Target::Here(address)) => site.config.rooted(&address),
        Ok(Target::Elsewhere(url)) => url,
        Err(_) => String::new(),
    }
}

fn image(setting: Setting<'_>, text: &Text<'_>, to: &str, title: &str, alt: &str) -> String {
    let Setting { site, edition, .. } = setting;
    let src = address(setting, text, to);
    let asset = resolve(site, edition, text.from, to).ok().and_then(|target| match target {
        Target::Here(address) => site.asset(&address.path),
        Target::Elsewhere(_) => None,
    });
    let size = asset
        .and_then(|asset| asset.picture)
        .map(|picture| format!(" width=\"{}\" height=\"{}\"", picture.width, picture.height))
        .unwrap_or_default();
    let title = if title.is_empty() { String::new() } else { format!(" title=\"{}\"", escape(title)) };
    format!("<img src=\"{}\" alt=\"{}\"{title}{size} loading=\"lazy\">", escape(&src), escape(alt))
}

/// Text made safe in HTML, in attributes too.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// HTML without its tags, as one line; for descriptions and search.
pub fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(Range { start, end }) =
        rest.find('<').map(|start| start..rest[start..].find('>').map_or(rest.len(), |end| start + end + 1))
    {
        out.push_str(&rest[..start]);
        if !is_within_line(&rest[start..end]) {
            out.push(' ');
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    let text = out
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the text before a tag goes on behind it.
fn is_within_line(tag: &str) -> bool {
    let name = tag.trim_start_matches(['<', '/']);
    let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
    matches!(
        &name[..end],
        "a" | "abbr"
            | "b"
            | "bdi"
            | "bdo"
            | "cite"
            | "code"
            | "del"
            | "dfn"
            | "em"
            | "i"
            | "ins"
            | "kbd"
            | "mark"
            | "q"
            | "s"
            | "samp"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
            | "u"
            | "var"
            | "wbr"
    )
}

impl Sanitizer {
    /// What an editor may reasonably use, and what [`render`] itself makes. Pictures only from the site itself.
    fn new(root: &str) -> Self {
        let mut builder = Builder::default();
        let root = root.to_owned();
        builder
            .link_rel(None)
            .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
            .add_tags(["input", "section", "figure", "figcaption", "picture"])
            .rm_tags(["article", "aside", "nav", "header", "footer", "map", "area", "center", "font", "hgroup"])
            .add_generic_attributes(["id", "dir", "lang", "title", "role"])
            .add_tag_attributes("input", ["type", "disabled", "checked"])
            .add_tag_attributes("img", ["src", "alt", "width", "height", "loading"])
            .add_tag_attributes("details", ["open"])
            .add_tag_attributes("th", ["scope"])
            .add_allowed_classes(
                "div",
                [
                    "alert",
                    "alert-note",
                    "alert-tip",
                    "alert-important",
                    "alert-warning",
                    "alert-caution",
                    "footnote-definition",
                ],
            )
            .add_allowed_classes("p", ["alert-title"])
            .add_allowed_classes("sup", ["footnote-reference", "footnote-definition-label"])
            .attribute_filter(move |element, attribute, value| match (element, attribute) {
                ("img", "src") if !value.starts_with(root.as_str()) => None,
                ("input", "type") if value != "checkbox" => None,
                _ => Some(Cow::Borrowed(value)),
            });
        Self(builder)
    }

    fn clean(&self, html: &str) -> String {
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
    fn html_becomes_one_line_of_text() {
        assert_eq!(plain("<p>Tom &amp; <b>Kate</b></p>\n<p>x</p>"), "Tom & Kate x");
        assert_eq!(plain("<p>Click <b>Share</b>, not <a href=x>this</a>.<br>Then"), "Click Share, not this. Then");
    }
}
