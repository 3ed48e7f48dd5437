//! Credentials in SVGs: two elements, of two namespaces.

use std::ops::Range;

use roxmltree::{Document, Node, ParsingOptions};

use super::{BakeFault, Baked, LARGEST};
use crate::credential::strict;

/// The namespace of Open Badges 3.0.
const V3: &str = "https://purl.imsglobal.org/ob/v3p0";
/// The namespace of Open Badges 2.0.
const V2: &str = "http://openbadges.org";

/// Whether something could be an SVG: it starts as XML does.
pub fn is_svg(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start().starts_with(b"<")
}

fn parse(text: &str) -> Result<Document<'_>, BakeFault> {
    // A DOCTYPE may be there; declarations in it may not: entities can be made to grow without bounds.
    depth(text)?;
    let options = ParsingOptions { allow_dtd: true, nodes_limit: 500_000, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options)
        .map_err(|error| BakeFault::Svg(error.to_string().chars().filter(|c| !c.is_control()).take(120).collect()))?;
    if document.root_element().tag_name().name() == "svg" {
        Ok(document)
    } else {
        Err(BakeFault::Svg("its root is not `svg`".to_owned()))
    }
}

/// How deep elements may stand in each other: the parser calls itself for each.
const DEEPEST: usize = 256;

/// Counts how deep elements go. Whatever is not closed ends the count: the parser gets no further either.
fn depth(text: &str) -> Result<(), BakeFault> {
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = rest.get(at + 1..).unwrap_or_default();
        let skip = |end: &str| rest.find(end).map_or(rest.len(), |at| at + end.len());
        let end = match rest.as_bytes() {
            [b'!', b'-', b'-', ..] => skip("-->"),
            [b'!', b'[', ..] => skip("]]>"),
            [b'?', ..] => skip("?>"),
            [b'!', ..] => {
                let end = tag_end(rest).unwrap_or(rest.len());
                if rest.get(..end).is_some_and(|declaration| declaration.contains('[')) {
                    return Err(BakeFault::Svg("its DOCTYPE has declarations of its own".to_owned()));
                }
                end
            }
            [b'/', ..] => {
                depth = depth.saturating_sub(1);
                1
            }
            _ => {
                let end = tag_end(rest).unwrap_or(rest.len());
                // An element that is closed at once does not count.
                if !rest.get(..end).unwrap_or_default().ends_with('/') {
                    depth += 1;
                }
                end
            }
        };
        if depth > DEEPEST {
            return Err(BakeFault::Svg("its elements stand too deep in each other".to_owned()));
        }
        rest = rest.get(end..).unwrap_or_default();
    }
    Ok(())
}

/// Where a start tag ends: its first `>` that is in no quotes.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

fn is_baked(node: Node<'_, '_>) -> bool {
    let name = node.tag_name();
    matches!((name.namespace(), name.name()), (Some(V3), "credential") | (Some(V2), "assertion"))
}

/// Puts a credential (as [`crate::credential::json::Json::ascii`] writes it) and the address of the assertion into a
/// picture, in place of those that are there.
pub fn bake(picture: &[u8], credential: &str, assertion: Option<&str>) -> Result<Vec<u8>, BakeFault> {
    let text = std::str::from_utf8(picture).map_err(|_| BakeFault::Svg("it is not UTF-8".to_owned()))?;
    let document = parse(text)?;
    let mut baked = format!(
        "<openbadges:credential xmlns:openbadges=\"{V3}\"><![CDATA[{}]]></openbadges:credential>",
        cdata(credential)
    );
    if let Some(address) = assertion {
        baked.push_str(&format!(
            "<openbadges:assertion xmlns:openbadges=\"{V2}\" verify=\"{}\"><![CDATA[{}]]></openbadges:assertion>",
            address.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;"),
            cdata(address)
        ));
    }
    let root = document.root_element().range();
    let tag = text.get(root.start..).and_then(tag_end).map(|end| root.start + end);
    let end = tag.ok_or_else(|| BakeFault::Svg("its root does not end".to_owned()))?;
    let before = text.get(..end).unwrap_or_default();
    let mut edits: Vec<(Range<usize>, String)> = if let Some(open) = before.strip_suffix('/') {
        let name = open.get(root.start + 1..).unwrap_or_default();
        let name = name.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
        vec![(end - 1..end + 1, format!(">{baked}</{name}>"))]
    } else {
        vec![(end + 1..end + 1, baked)]
    };
    let old = document.descendants().filter(|node| is_baked(*node) && !node.ancestors().skip(1).any(is_baked));
    edits.extend(old.map(|node| (node.range(), String::new())));
    let mut out = text.to_owned();
    for (range, new) in edits.into_iter().rev() {
        out.replace_range(range, &new);
    }
    Ok(out.into_bytes())
}

/// What would end a CDATA section is divided between two.
fn cdata(text: &str) -> String {
    text.replace("]]>", "]]]]><![CDATA[>")
}

/// Looks into a picture.
pub fn unbake(bytes: &[u8]) -> Result<Baked, BakeFault> {
    if bytes.len() > LARGEST {
        return Err(BakeFault::Large);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| BakeFault::Svg("it is not UTF-8".to_owned()))?;
    let document = parse(text.strip_prefix('\u{feff}').unwrap_or(text))?;
    let mut baked = Baked::default();
    for node in document.descendants().filter(|node| is_baked(*node)) {
        let place = if node.tag_name().name() == "credential" { &mut baked.credential } else { &mut baked.assertion };
        if place.is_some() {
            return Err(BakeFault::Twice);
        }
        let mut text = String::new();
        for piece in node.descendants().filter(Node::is_text).filter_map(|node| node.text()) {
            if text.len() + piece.len() > strict::LARGEST {
                return Err(BakeFault::Unpacked);
            }
            text.push_str(piece);
        }
        // A JWT, or an address, may stand in the attribute instead.
        *place = match (text.trim(), node.attribute("verify")) {
            ("", Some(verify)) if verify.len() > strict::LARGEST => return Err(BakeFault::Unpacked),
            ("", Some(verify)) => Some(verify.to_owned()),
            (text, _) => Some(text.to_owned()),
        };
    }
    Ok(baked)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" desc='a > b'><g/></svg>";

    #[test]
    fn what_is_baked_in_comes_out_and_replaces_what_was_there() {
        let once = bake(PLAIN.as_bytes(), "{\"a\":\"]]>\"}", Some("https://a.example/?a&b")).unwrap();
        let expected =
            Baked { credential: Some("{\"a\":\"]]>\"}".into()), assertion: Some("https://a.example/?a&b".into()) };
        assert_eq!(unbake(&once).unwrap(), expected);
        let twice = bake(&once, "{}", None).unwrap();
        assert_eq!(unbake(&twice).unwrap(), Baked { credential: Some("{}".into()), assertion: None });
        let text = String::from_utf8(twice).unwrap();
        assert_eq!(
            text,
            PLAIN.replace(
                "<g/>",
                "<openbadges:credential xmlns:openbadges=\"https://purl.imsglobal.org/ob/v3p0\"><![CDATA[{}]]></openbadges:credential><g/>"
            )
        );
        let short = bake(b"<s:svg xmlns:s=\"http://www.w3.org/2000/svg\"/>", "{}", None).unwrap();
        assert_eq!(unbake(&short).unwrap().credential.unwrap(), "{}");
    }

    #[test]
    fn other_prefixes_and_attributes_are_read() {
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:x=\"https://purl.imsglobal.org/ob/v3p0\"><x:credential verify=\"a.b.c\"/></svg>";
        assert_eq!(unbake(svg.as_bytes()).unwrap().credential.unwrap(), "a.b.c");
        // The right name in no namespace or another one is no credential.
        let other = svg.replace("purl.imsglobal.org", "purl.example");
        assert_eq!(unbake(other.as_bytes()).unwrap(), Baked::default());
    }

    #[test]
    fn hostile_files_are_refused() {
        let entities = "<!DOCTYPE svg [<!ENTITY a \"aaaa\">]><svg xmlns=\"http://www.w3.org/2000/svg\">&a;</svg>";
        assert!(matches!(unbake(entities.as_bytes()), Err(BakeFault::Svg(_))));
        let deep = format!("<svg>{}", "<g>".repeat(1_000_000));
        assert!(matches!(unbake(deep.as_bytes()), Err(BakeFault::Svg(_))));
        // What hides from the count of elements: quotes in comments, in a DOCTYPE, in sections, in instructions.
        for hidden in [
            "<!-- <a ' -->",
            "<!DOCTYPE svg SYSTEM \"<a '\">",
            "<?a <a ' ?>",
            "<![CDATA[<a ']]>",
            "<!DOCTYPE svg [<!-- <a ' -->]>",
        ] {
            for deep in [
                format!("{hidden}<svg>{}", "<g>".repeat(1_000_000)),
                format!("<svg>{hidden}{}", "<g>".repeat(1_000_000)),
            ] {
                assert!(matches!(unbake(deep.as_bytes()), Err(BakeFault::Svg(_))), "{hidden}");
            }
        }
        let deep = format!("<svg>{}{}</svg>", "<g>".repeat(200), "</g>".repeat(200));
        assert!(unbake(deep.as_bytes()).is_ok());
        let many = format!("<svg>{}</svg>", "<g/>".repeat(1_000_000));
        assert!(matches!(unbake(many.as_bytes()), Err(BakeFault::Svg(_))));
        for wrong in ["", "<", "<svg", "<html/>", "<svg></g>", "\u{0}", "<svg a=1/>"] {
            assert!(matches!(unbake(wrong.as_bytes()), Err(BakeFault::Svg(_))), "{wrong}");
        }
        let one = "<c:credential xmlns:c=\"https://purl.imsglobal.org/ob/v3p0\">{}</c:credential>";
        assert_eq!(unbake(format!("<svg>{one}{one}</svg>").as_bytes()), Err(BakeFault::Twice));
    }
}
