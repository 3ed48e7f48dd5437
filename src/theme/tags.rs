//! Where a template's own tags begin and end.
//!
//! This knows just enough of the template language not to take anything inside a tag for HTML.

/// How tags begin and end.
const DELIMITERS: [(&str, &str); 3] = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];

/// The tag that a text begins with, if it begins with one. What stands between `raw` and `endraw` is one tag.
pub(super) fn first(text: &str) -> Option<&str> {
    let (open, close) = DELIMITERS.iter().find(|(open, _)| text.starts_with(open))?;
    let end = if *open == "{#" {
        text.find(close).map_or(text.len(), |at| at + close.len())
    } else {
        end_outside_quotes(text, close)
    };
    let tag = text.get(..end)?;
    if *open == "{%" && words(tag).eq(["raw"]) {
        return Some(text.get(..end + end_of_raw(text.get(end..)?)).unwrap_or(text));
    }
    Some(tag)
}

/// Where the next tag begins.
pub(super) fn find(text: &str) -> Option<usize> {
    text.match_indices('{')
        .map(|(at, _)| at)
        .find(|at| text.get(*at..).is_some_and(|rest| DELIMITERS.iter().any(|(open, _)| rest.starts_with(open))))
}

/// What stands in a tag, word by word.
pub(super) fn words(tag: &str) -> impl Iterator<Item = &str> {
    let inner = tag.get(2..tag.len().saturating_sub(2)).unwrap_or_default();
    inner.trim_matches('-').split_whitespace()
}

fn end_outside_quotes(text: &str, close: &str) -> usize {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(2) {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None if text.get(at..).is_some_and(|rest| rest.starts_with(close)) => return at + close.len(),
            None => {}
        }
    }
    text.len()
}

/// Where the tag that ends a raw part ends.
fn end_of_raw(text: &str) -> usize {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("{%")) {
        let start = from + at;
        let length = text.get(start..).and_then(|rest| rest.find("%}")).map_or(text.len() - start, |end| end + 2);
        if text.get(start..start + length).is_some_and(|tag| words(tag).eq(["endraw"])) {
            return start + length;
        }
        from = start + 2;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_ends_at_its_own_end() {
        for (text, tag) in [
            ("{{ a }}b", "{{ a }}"),
            ("{{ '}}' ~ \"\\\"}}\" }} {{ b }}", "{{ '}}' ~ \"\\\"}}\" }}"),
            ("{# it's #} '", "{# it's #}"),
            ("{%- raw -%} {{ x }} {% end %}{%- endraw %}y", "{%- raw -%} {{ x }} {% end %}{%- endraw %}"),
            ("{% if a %}{% endif %}", "{% if a %}"),
            ("{{ never", "{{ never"),
        ] {
            assert_eq!(first(text), Some(tag));
        }
        assert_eq!(first("{ a }"), None);
        assert_eq!(find("{ ü {{ a }}"), Some(5));
    }
}
