//! Pages with less in them that nobody reads.
//!
//! Texts that editors write are minified once, when Markdown becomes HTML
//! ([`crate::prose`]). What is left are the theme's own templates, filled in tens of
//! thousands of times: parsing every one of these pages again to take a few spaces out
//! would cost more than all the rest of making them. So here only white space goes, in
//! one pass over the bytes. Attributes keep their order and quotes, because scrapers read
//! pages with regular expressions.

use memchr::{memchr, memchr_iter, memchr3, memchr3_iter, memmem};

/// Whether white space next to an element means nothing.
fn is_block_name(name: &[u8]) -> bool {
    matches!(
        name,
        b"article"
            | b"aside"
            | b"blockquote"
            | b"body"
            | b"button"
            | b"caption"
            | b"dd"
            | b"details"
            | b"div"
            | b"dl"
            | b"dt"
            | b"fieldset"
            | b"figcaption"
            | b"figure"
            | b"footer"
            | b"form"
            | b"h1"
            | b"h2"
            | b"h3"
            | b"h4"
            | b"h5"
            | b"h6"
            | b"head"
            | b"header"
            | b"hr"
            | b"html"
            | b"li"
            | b"link"
            | b"main"
            | b"meta"
            | b"nav"
            | b"ol"
            | b"p"
            | b"script"
            | b"section"
            | b"summary"
            | b"table"
            | b"tbody"
            | b"td"
            | b"template"
            | b"tfoot"
            | b"th"
            | b"thead"
            | b"title"
            | b"tr"
            | b"ul"
    )
}

/// Whether an element's text stays as it is, to the letter.
fn is_verbatim_name(name: &[u8]) -> bool {
    matches!(name, b"pre" | b"textarea" | b"script" | b"style")
}

/// Takes needless white space out of a page. The head keeps its line ends, one element a line.
pub fn smaller(html: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(html.len());
    let mut rest = html;
    let mut in_head = true;
    let mut after_block = true;
    while !rest.is_empty() {
        let start = memchr(b'<', rest).unwrap_or(rest.len());
        let (text, markup) = rest.split_at(start);
        let before_block = is_block(markup);
        if !text.is_empty() {
            push_text(&mut out, text, in_head, after_block, before_block);
        }
        let (tag, behind) = markup.split_at(tag_end(markup));
        out.extend_from_slice(tag);
        rest = behind;
        after_block = before_block;
        in_head &= !tag.starts_with(b"</head");
        if is_verbatim_name(name(tag)) && !tag.starts_with(b"</") {
            let (verbatim, behind) = rest.split_at(find_close(rest, name(tag)));
            out.extend_from_slice(verbatim);
            rest = behind;
            after_block = false;
        }
    }
    out
}

/// Text between two tags: runs of white space become one, and none next to blocks.
fn push_text(out: &mut Vec<u8>, text: &[u8], in_head: bool, after_block: bool, before_block: bool) {
    let trimmed = text.trim_ascii();
    if trimmed.is_empty() {
        if in_head && text.contains(&b'\n') {
            out.push(b'\n');
        } else if !after_block && !before_block {
            out.push(b' ');
        }
        return;
    }
    if !after_block && text.first().is_some_and(u8::is_ascii_whitespace) {
        out.push(b' ');
    }
    let is_plain = memchr3(b'\n', b'\r', b'\t', trimmed).is_none() && memmem::find(trimmed, b"  ").is_none();
    if is_plain {
        out.extend_from_slice(trimmed);
    } else {
        for (index, word) in trimmed.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).enumerate() {
            if index > 0 {
                out.push(b' ');
            }
            out.extend_from_slice(word);
        }
    }
    if !before_block && text.last().is_some_and(u8::is_ascii_whitespace) {
        out.push(b' ');
    }
}

/// The end of the tag at the start: behind its `>`, which may not stand in quotes.
fn tag_end(markup: &[u8]) -> usize {
    let mut quote = None;
    for index in memchr3_iter(b'>', b'"', b'\'', markup) {
        let byte = markup.get(index).copied();
        match quote {
            None if byte == Some(b'>') => return index + 1,
            None => quote = byte,
            open if open == byte => quote = None,
            Some(_) => {}
        }
    }
    markup.len()
}

/// Where the closing tag of a verbatim element starts.
fn find_close(rest: &[u8], name: &[u8]) -> usize {
    let is_close = |at: &usize| {
        let tag = rest.get(*at..).unwrap_or_default();
        tag.starts_with(b"</") && tag.get(2..2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
    };
    memchr_iter(b'<', rest).find(is_close).unwrap_or(rest.len())
}

/// The name in a tag.
fn name(tag: &[u8]) -> &[u8] {
    let start = if tag.starts_with(b"</") { 2 } else { 1 };
    let rest = tag.get(start..).unwrap_or_default();
    let length = rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
    rest.get(..length).unwrap_or_default()
}

fn is_block(rest: &[u8]) -> bool {
    rest.is_empty() || (rest.starts_with(b"<") && (rest.starts_with(b"<!") || is_block_name(name(rest))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> String {
        String::from_utf8(smaller(html.as_bytes())).unwrap()
    }

    #[test]
    fn blocks_close_up_and_words_stay_apart() {
        let html = "</head><ul>\n  <li>One  <b>two</b>\n <i>three</i></li>\n  <li>x</li>\n</ul>\n";
        assert_eq!(text(html), "</head><ul><li>One <b>two</b> <i>three</i></li><li>x</li></ul>");
    }

    #[test]
    fn what_is_preformatted_stays_to_the_letter() {
        let html = "</head><pre>  a\n   b </pre>\n<script type=\"application/ld+json\">{ \"a\":  1 }</script> <p>c</p>";
        assert_eq!(
            text(html),
            "</head><pre>  a\n   b </pre><script type=\"application/ld+json\">{ \"a\":  1 }</script><p>c</p>"
        );
    }

    #[test]
    fn attributes_keep_their_quotes_order_and_spaces() {
        let tag = "<meta property=\"og:title\" content=\"A  >  B\">";
        assert_eq!(text(tag), tag);
    }

    #[test]
    fn the_head_keeps_one_element_a_line() {
        assert_eq!(
            text("<head>\n\n  <title>A</title>\n</head>\n<body>\n</body>"),
            "<head>\n<title>A</title>\n</head><body></body>"
        );
    }

    #[test]
    fn broken_html_is_passed_on() {
        for html in ["<", "<a href=\"x", "a < b", "<pre>never ended", "</", "<!-- x"] {
            let _ = text(html);
        }
    }
}
