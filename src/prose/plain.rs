//! Text into HTML, and HTML back into text.

use std::{borrow::Cow, ops::Range};

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
        let tag = &rest[start..end];
        if !is_within_line(tag) {
            out.push(' ');
        }
        rest = &rest[end..];
        // The number of a footnote would read as part of the word before it.
        if tag.starts_with("<sup class=footnote-") || tag.starts_with("<sup class=\"footnote-") {
            rest = rest.find("</sup>").map_or("", |end| &rest[end..]);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_one_line_of_text() {
        assert_eq!(plain("<p>Tom &amp; <b>Kate</b></p>\n<p>x</p>"), "Tom & Kate x");
        assert_eq!(plain("<p>Click <b>Share</b>, not <a href=x>this</a>.<br>Then"), "Click Share, not this. Then");
        let marked = "<p>Three years<sup class=footnote-reference><a href=#fn-1>1</a></sup>, or more.";
        assert_eq!(plain(marked), "Three years, or more.");
    }
}
