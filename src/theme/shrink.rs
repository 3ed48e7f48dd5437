//! Templates with less in them that nobody reads.
//!
//! White space that makes templates legible would be sent with every page. It is taken out
//! once, here, and not out of tens of thousands of pages: that took a sixth of a build. Texts
//! that editors write are minified as well, where Markdown becomes HTML ([`crate::prose`]).
//! Attributes keep their order and quotes, because scrapers read pages with regular
//! expressions.
//!
//! White space next to a block goes, and so does the line end that ends a file. Next to a tag
//! of the template language nobody can know what will stand there, so a space stays; a theme
//! that does not want it writes `-%}`. A template that is included into a `pre` loses white
//! space like any other.

use super::tags;

/// What white space has beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Text, or what takes part in a line of text; or something that is not known yet.
    Inline,
    /// An element that white space next to it means nothing to.
    Block,
    /// The same, of a page's head, which keeps one element a line.
    Line,
}

impl Side {
    fn of(tag: &str) -> Self {
        match name(tag) {
            "!doctype" | "!DOCTYPE" | "base" | "head" | "html" | "link" | "meta" | "script" | "style" | "title" => {
                Self::Line
            }
            "article" | "aside" | "blockquote" | "body" | "button" | "caption" | "dd" | "details" | "div" | "dl"
            | "dt" | "fieldset" | "figcaption" | "figure" | "footer" | "form" | "h1" | "h2" | "h3" | "h4" | "h5"
            | "h6" | "header" | "hr" | "li" | "main" | "nav" | "ol" | "p" | "section" | "summary" | "table"
            | "tbody" | "td" | "template" | "tfoot" | "th" | "thead" | "tr" | "ul" => Self::Block,
            _ => Self::Inline,
        }
    }
}

/// Takes needless white space out of a template of HTML.
pub(super) fn shrink(template: &str) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template.strip_suffix('\n').map_or(template, str::trim_ascii_end);
    let mut before = Side::Inline;
    while !rest.is_empty() {
        if let Some(tag) = tags::first(rest) {
            out.push_str(tag);
            rest = rest.get(tag.len()..).unwrap_or_default();
            before = Side::Inline;
        } else if is_element(rest) {
            let (tag, behind) = rest.split_at(element_end(rest));
            let (verbatim, behind) = behind.split_at(verbatim_end(tag, behind));
            out.push_str(tag);
            out.push_str(verbatim);
            rest = behind;
            before = match name(tag) {
                // What comes behind the head is no longer one element a line.
                "head" if tag.starts_with("</") => Side::Block,
                _ if verbatim.is_empty() => Side::of(tag),
                _ => Side::Inline,
            };
        } else {
            let (text, behind) = rest.split_at(text_end(rest));
            let after = if is_element(behind) { Side::of(behind) } else { Side::Inline };
            push_text(&mut out, text, before, after);
            rest = behind;
            before = Side::Inline;
        }
    }
    out
}

/// Text between two tags: runs of white space become one space, and none next to blocks.
fn push_text(out: &mut String, text: &str, before: Side, after: Side) {
    let words = text.trim_ascii();
    if words.is_empty() {
        out.push_str(gap(text, before, after));
        return;
    }
    let (start, end) = (text.len() - text.trim_ascii_start().len(), text.trim_ascii_end().len());
    out.push_str(gap(text.get(..start).unwrap_or_default(), before, Side::Inline));
    for (number, word) in words.split_ascii_whitespace().enumerate() {
        if number > 0 {
            out.push(' ');
        }
        out.push_str(word);
    }
    out.push_str(gap(text.get(end..).unwrap_or_default(), Side::Inline, after));
}

/// What stays of white space between two things.
fn gap(space: &str, before: Side, after: Side) -> &'static str {
    match [before, after] {
        _ if space.is_empty() => "",
        sides if sides.contains(&Side::Line) && space.contains('\n') => "\n",
        [Side::Inline, Side::Inline] => " ",
        _ => "",
    }
}

/// Whether markup begins here. A `<` in a text is no element.
fn is_element(rest: &str) -> bool {
    rest.strip_prefix('<')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!'))
}

/// The name in a tag.
fn name(tag: &str) -> &str {
    let rest = tag.trim_start_matches(['<', '/']);
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '!').unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}

/// The end of the tag or comment at the start: behind its `>`, which may stand neither in quotes nor in a tag of the
/// template language.
fn element_end(rest: &str) -> usize {
    if rest.starts_with("<!--") {
        return rest.find("-->").map_or(rest.len(), |at| at + 3);
    }
    let mut quote = None;
    let mut at = 0;
    while let Some(c) = rest.get(at..).and_then(|rest| rest.chars().next()) {
        if let Some(tag) = rest.get(at..).and_then(tags::first) {
            at += tag.len();
            continue;
        }
        at += c.len_utf8();
        match quote {
            None if c == '>' => return at,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            Some(open) if open == c => quote = None,
            _ => {}
        }
    }
    rest.len()
}

/// Where the text of an element ends that has to stay to the letter; at once for any other.
fn verbatim_end(tag: &str, behind: &str) -> usize {
    let name = name(tag);
    if tag.starts_with("</") || !matches!(name, "pre" | "textarea" | "script" | "style") {
        return 0;
    }
    let is_close = |at: &usize| {
        let close = behind.get(at + 2..at + 2 + name.len());
        close.is_some_and(|close| close.eq_ignore_ascii_case(name))
    };
    behind.match_indices("</").map(|(at, _)| at).find(is_close).unwrap_or(behind.len())
}

/// Where a text ends: at the next tag of either kind.
fn text_end(rest: &str) -> usize {
    let starts = |at: &usize| rest.get(*at..).is_some_and(|rest| is_element(rest) || tags::first(rest).is_some());
    rest.match_indices(['<', '{']).map(|(at, _)| at).find(starts).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_close_up_and_words_stay_apart() {
        let html = "<ul>\n  <li>One  <b>two</b>\n <i>three</i></li>\n  <li>x</li>\n</ul>\n";
        assert_eq!(shrink(html), "<ul><li>One <b>two</b> <i>three</i></li><li>x</li></ul>");
    }

    #[test]
    fn what_is_preformatted_stays_to_the_letter() {
        let html = "<pre>  a\n   {{ b }} </pre>\n<script>{ \"a\":  1 }</script> <p>c</p>";
        assert_eq!(shrink(html), "<pre>  a\n   {{ b }} </pre>\n<script>{ \"a\":  1 }</script><p>c</p>");
    }

    #[test]
    fn attributes_keep_their_quotes_order_and_spaces() {
        for tag in [
            "<meta property=\"og:title\" content=\"A  >  B\">",
            "<p{% if a > b %}  class=\"{{ 'x' ~  \"y\" }}  z\"{% endif %}>",
            "<!-- it's  >  this -->",
        ] {
            assert_eq!(shrink(tag), tag);
        }
    }

    #[test]
    fn the_head_keeps_one_element_a_line() {
        assert_eq!(
            shrink(
                "<!DOCTYPE html>\n<html>\n<head>\n\n  <title> A</title>\n{% if b %}\n<meta c>{% endif %}\n</head>\n<body>\n</body>"
            ),
            "<!DOCTYPE html>\n<html>\n<head>\n<title>A</title>\n{% if b %}\n<meta c>{% endif %}\n</head><body></body>"
        );
    }

    #[test]
    fn a_space_stays_where_nobody_can_know() {
        for (template, small) in [
            ("<p>{{ a }}  {{ b }}\n</p>", "<p>{{ a }} {{ b }}</p>"),
            (
                "{% if a %}\n<b>{% endif %}\n  {% if c %}x{% endif %}",
                "{% if a %} <b>{% endif %} {% if c %}x{% endif %}",
            ),
            ("</p>\n{% if a %}\n<p>x\n y</p>\n{% endif %}\n", "</p>{% if a %}<p>x y</p>{% endif %}"),
            ("{% raw %}  {{ <p>  {% endraw %}  <p>", "{% raw %}  {{ <p>  {% endraw %}<p>"),
            ("1 <  2 { 3", "1 < 2 { 3"),
        ] {
            assert_eq!(shrink(template), small);
        }
    }

    #[test]
    fn broken_html_is_passed_on() {
        for html in ["<", "<a href=\"x", "a < b", "<pre>never ended", "</", "<!-- x", "{{", "{% raw %}", "<p {{", "é<é"]
        {
            assert_eq!(shrink(html), html);
        }
    }
}
