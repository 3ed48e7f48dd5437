//! What an SVG must be to be published and drawn.
//!
//! A published SVG is opened by readers on the site's own origin, where a
//! script in it would be the site's script. And it is drawn by us, where a few
//! nested references can multiply to days of work. So, in this order:
//!
//! 1. a flat scan of the text, before any parser that recurses: size, UTF-8,
//!    depth of nesting, no document type (entities live there);
//! 2. the parsed tree: only elements a still picture needs, no event handlers,
//!    no references but to itself (`#id`) or to PNG and JPEG data inside it;
//! 3. what references multiply to: each element counts with everything it
//!    refers to, and the sum is bounded;
//! 4. a size: `width` and `height`, or a `viewBox`;
//! 5. what it takes to draw ([`super::cost`]).

use std::collections::HashMap;

use resvg::usvg::roxmltree::{Document, Node, NodeType, ParsingOptions};
use resvg::usvg::{self, Tree};

use super::{PictureError, cost, net::caught};

const MOST_BYTES: usize = 2 << 20;
const DEEPEST: usize = 64;
const MOST_NODES: u32 = 100_000;
/// Elements drawn once every reference is followed.
const MOST_DRAWN: u64 = 200_000;
/// The longest side, in CSS pixels.
const LARGEST: f32 = 1e6;
const SVG: &str = "http://www.w3.org/2000/svg";
const PLAIN: &str = "export it as a plain SVG (Inkscape: “Plain SVG”; Illustrator: “Export As”)";

/// Elements a still picture may have. Of filters only what takes as long for any numbers: shadows, blurs, colours, light.
const ELEMENTS: &[&str] = &[
    "svg",
    "g",
    "defs",
    "symbol",
    "use",
    "switch",
    "title",
    "desc",
    "metadata",
    "style",
    "view",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "image",
    "text",
    "tspan",
    "textPath",
    "marker",
    "pattern",
    "clipPath",
    "mask",
    "linearGradient",
    "radialGradient",
    "stop",
    "filter",
    "feBlend",
    "feColorMatrix",
    "feComponentTransfer",
    "feComposite",
    "feDiffuseLighting",
    "feDistantLight",
    "feDropShadow",
    "feFlood",
    "feFuncA",
    "feFuncB",
    "feFuncG",
    "feFuncR",
    "feGaussianBlur",
    "feMerge",
    "feMergeNode",
    "feOffset",
    "fePointLight",
    "feSpecularLighting",
    "feSpotLight",
    "color-profile",
];

/// Checks the file; its own size in CSS pixels, rounded up.
pub(super) fn check(bytes: &[u8]) -> Result<(u32, u32), PictureError> {
    if bytes.len() > MOST_BYTES {
        return Err(PictureError::new(
            format!("the SVG has {} kB", bytes.len() >> 10),
            "simplify it: 2 MB is the most, and a badge needs a few kB",
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        PictureError::new("the SVG is not UTF-8 text", "save it in UTF-8")
            .at(place(&String::from_utf8_lossy(before), before.len()))
    })?;
    scan(text)?;
    let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        let at = error.pos();
        PictureError::new(format!("the SVG is not well-formed: {error}"), "export it again").at((at.row, at.col))
    })?;
    let root = document.root_element();
    if !root.has_tag_name((SVG, "svg")) {
        return Err(PictureError::new(
            format!("the file's first element is <{}>, not an SVG's", root.tag_name().name()),
            "give an SVG file whose <svg> has xmlns=\"http://www.w3.org/2000/svg\"",
        )
        .at(place_of(&root)));
    }
    for node in document.root().descendants() {
        check_node(&node)?;
    }
    check_references(&document)?;
    check_size(&root)?;
    // Read it the way it will be drawn, but without fonts.
    let options = usvg::Options { image_href_resolver: super::pictures_inside(false), ..usvg::Options::default() };
    let tree = caught(|| Tree::from_xmltree(&document, &options))
        .map_err(|error| error.at(place_of_large_number(&document)))?
        .map_err(|error| if claims_a_size(&root) { too_large(&root) } else { unreadable(&error) })?;
    let size = tree.size();
    let (width, height) = (size.width(), size.height());
    if !(width.is_finite() && height.is_finite()) || width.max(height) > LARGEST {
        return Err(too_large(&root));
    }
    cost::count(&tree).map_err(|much| expensive(&much.problem).at(place_of_part(&document, &much.id)))?;
    Ok((super::whole(width.ceil()), super::whole(height.ceil())))
}

/// Refuses what takes too long to draw, once its texts are set.
pub(super) fn check_cost(tree: &Tree) -> Result<(), PictureError> {
    cost::count(tree).map_err(|much| expensive(&much.problem))
}

fn expensive(problem: &str) -> PictureError {
    PictureError::new(problem, "simplify it, or flatten it and give the picture as a PNG")
}

/// The first element with a number that no picture has; else the first of all.
fn place_of_large_number(document: &Document<'_>) -> (u32, u32) {
    let is_large = |text: &str| {
        text.split(|c: char| c.is_whitespace() || ",();:".contains(c))
            .filter_map(|number| number.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%').parse().ok())
            .any(|number: f64| number.abs() > 1e9)
    };
    let large = document.descendants().find(|node| node.attributes().any(|attribute| is_large(attribute.value())));
    place_of(&large.unwrap_or_else(|| document.root_element()))
}

/// Where the part with an `id` is; what has none may be an effect of a style (`filter: blur(…)`).
fn place_of_part(document: &Document<'_>, id: &str) -> (u32, u32) {
    let by_id = || document.descendants().find(|node| !id.is_empty() && node.attribute("id") == Some(id));
    let has_effect = |text: &str| text.contains("blur(") || text.contains("drop-shadow(");
    let by_effect = || {
        document.descendants().find(|node| {
            let in_style = node.has_tag_name((SVG, "style")) && node.text().is_some_and(has_effect);
            in_style || node.attributes().any(|attribute| has_effect(attribute.value()))
        })
    };
    place_of(&by_id().or_else(by_effect).unwrap_or_else(|| document.root_element()))
}

pub(super) fn unreadable(error: &usvg::Error) -> PictureError {
    PictureError::new(format!("the SVG cannot be drawn: {error}"), PLAIN)
}

/// Line and column (in characters) of a byte, both from 1.
fn place(text: &str, at: usize) -> (u32, u32) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    (number(line), number(column))
}

fn place_of(node: &Node<'_, '_>) -> (u32, u32) {
    let at = node.document().text_pos_at(node.range().start);
    (at.row, at.col)
}

/// The flat scan: depth of nesting and document types, by looking at `<` only.
/// Where the text is not well-formed it may miscount, but never too low for a
/// text that the parser then accepts.
pub(super) fn scan(text: &str) -> Result<(), PictureError> {
    let mut rest = text;
    let mut depth = 0_usize;
    while let Some(at) = rest.find('<') {
        let here = text.len() - rest.len() + at;
        let tag = rest.get(at..).unwrap_or_default();
        let end = if tag.starts_with("<!--") {
            tag.find("-->").map(|end| end + 3)
        } else if tag.starts_with("<![CDATA[") {
            tag.find("]]>").map(|end| end + 3)
        } else if tag.starts_with("<?") {
            tag.find("?>").map(|end| end + 2)
        } else if tag.starts_with("<!") {
            return Err(PictureError::new(
                "the SVG has a document type (<!DOCTYPE …>)",
                "delete it: it is not needed, and entities are not allowed",
            )
            .at(place(text, here)));
        } else {
            let end = end_of_tag(tag);
            if tag.starts_with("</") {
                depth = depth.saturating_sub(1);
            } else if !end.and_then(|end| tag.get(..end)).is_some_and(|tag| tag.ends_with("/>")) {
                depth += 1;
            }
            end
        };
        if depth > DEEPEST {
            return Err(PictureError::new(
                format!("the SVG nests elements more than {DEEPEST} deep"),
                "ungroup its layers, or export it as a plain SVG",
            )
            .at(place(text, here)));
        }
        let Some(end) = end else { break };
        rest = tag.get(end..).unwrap_or_default();
    }
    Ok(())
}

/// Where a tag ends, its `>` included; one in quotes does not count.
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            (None, b'>') => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn check_node(node: &Node<'_, '_>) -> Result<(), PictureError> {
    let refuse = |what: String, advice: &str| Err(PictureError::new(what, advice).at(place_of(node)));
    match node.node_type() {
        NodeType::PI => {
            return refuse(
                "the SVG has a processing instruction (<?…?>)".into(),
                "delete it; styles belong into the SVG itself",
            );
        }
        NodeType::Element => {}
        NodeType::Root | NodeType::Comment | NodeType::Text => return Ok(()),
    }
    let name = node.tag_name();
    let drawn = name.namespace() == Some(SVG);
    // Editors keep notes of their own in other namespaces; those are not drawn
    // and not run. Elements of HTML would be.
    let foreign = name
        .namespace()
        .is_none_or(|space| space.is_empty() || space.contains("w3.org/1999/xhtml") || space.contains("MathML"));
    if foreign || (drawn && !ELEMENTS.contains(&name.name())) {
        return refuse(format!("the SVG has a <{}> element", name.name()), &advice_on(name.name()));
    }
    for attribute in node.attributes() {
        let (name, value) = (attribute.name(), attribute.value());
        let lower = name.to_ascii_lowercase();
        let squeezed: String =
            value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).flat_map(char::to_lowercase).collect();
        if lower.starts_with("on") && lower.len() > 2 && drawn {
            return refuse(
                format!("the SVG has a script in `{name}`"),
                "delete that attribute: a badge is a still picture",
            );
        }
        if squeezed.contains("javascript:") || squeezed.contains("vbscript:") {
            return refuse(format!("the SVG has a script in `{name}`"), "delete that attribute");
        }
        if lower == "base" && attribute.namespace().is_some() {
            return refuse("the SVG has an `xml:base`".into(), "delete that attribute");
        }
        if drawn && (lower == "href" || lower == "src") && !is_own(&squeezed) {
            return refuse(
                format!("the SVG refers to `{}`", shortened(value)),
                "embed that picture (as PNG or JPEG data) or leave it out: nothing is loaded from elsewhere",
            );
        }
        if drawn && lower == "d" && has_huge_number(value) {
            return refuse(
                "the SVG has a path with numbers that no picture has".into(),
                "draw it anew, or take it out; coordinates up to some thousands are plenty",
            );
        }
        if drawn && !lower.starts_with("aria") {
            check_style(&squeezed)
                .or_else(|what| refuse(what, "draw with colours and with parts of the SVG itself"))?;
        }
    }
    if drawn && name.name() == "style" {
        let css: String = node.descendants().filter_map(|node| node.text()).collect();
        let squeezed: String = css.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
        if squeezed.contains("@import") || squeezed.contains("@font-face") {
            return refuse("the SVG's <style> loads from elsewhere".into(), PLAIN);
        }
        if squeezed.contains('\\') {
            return refuse("the SVG's <style> has a backslash".into(), "write it without");
        }
        check_style(&squeezed).or_else(|what| refuse(what, PLAIN))?;
    }
    Ok(())
}

/// Whether a path has a number of ten digits and more, or times ten to the fourth and more.
///
/// An arc is read as curves, before anything can be counted, and becomes the more of them the larger it is: millions at
/// 10^38.
fn has_huge_number(path: &str) -> bool {
    let bytes = path.as_bytes();
    let mut before = 0_u8;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if !byte.is_ascii_digit() {
            // An exponent's plus is as good as none.
            if !(byte == b'+' && matches!(before, b'e' | b'E')) {
                before = byte;
            }
            at += 1;
            continue;
        }
        let run = bytes.iter().skip(at).take_while(|byte| byte.is_ascii_digit()).count();
        let digits = bytes.iter().skip(at).take(run).skip_while(|digit| **digit == b'0');
        let number = digits.fold(0_u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
        let most = match before {
            b'e' | b'E' => 3,
            // What stands behind a point is never large.
            b'.' => u64::MAX,
            _ => 999_999_999,
        };
        if number > most {
            return true;
        }
        before = b'0';
        at += run;
    }
    false
}

fn advice_on(element: &str) -> String {
    match element {
        "script" | "handler" => "delete it: a badge is a still picture".into(),
        "foreignObject" | "iframe" => "draw it with shapes and <text>".into(),
        "animate" | "animateMotion" | "animateTransform" | "set" => "delete it: a badge is a still picture".into(),
        "feConvolveMatrix" | "feDisplacementMap" | "feImage" | "feMorphology" | "feTile" | "feTurbulence" => {
            "flatten that effect (give the picture as a PNG), or take it out".into()
        }
        "a" => "delete the link and keep what is in it".into(),
        _ => format!("delete it, or {PLAIN}"),
    }
}

fn shortened(value: &str) -> String {
    let short: String = value.chars().take(40).collect();
    if short.len() < value.len() { format!("{short}…") } else { short }
}

/// A reference to the file itself, or a picture inside it.
fn is_own(squeezed: &str) -> bool {
    let is_picture = |kind: &str| squeezed.starts_with(kind);
    squeezed.starts_with('#')
        || ["data:image/png;base64,", "data:image/jpeg;base64,", "data:image/jpg;base64,"].into_iter().any(is_picture)
}

/// Every `url(…)` must be a part of the file itself.
fn check_style(squeezed: &str) -> Result<(), String> {
    for (at, _) in squeezed.match_indices("url(") {
        let inside = squeezed.get(at + 4..).unwrap_or_default();
        let inside = inside.trim_start_matches(['"', '\'']);
        if !inside.starts_with('#') {
            return Err(format!("the SVG refers to `{}`", shortened(inside)));
        }
    }
    if squeezed.contains("expression(") || squeezed.contains("image-set(") {
        return Err("the SVG's style loads from elsewhere".into());
    }
    Ok(())
}

/// The identifiers an element refers to, in `href` and in any `url(#…)`.
fn references<'a>(node: &Node<'a, '_>) -> Vec<&'a str> {
    let mut found = Vec::new();
    for attribute in node.attributes() {
        let value = attribute.value();
        if attribute.name() == "href" {
            found.extend(value.trim().strip_prefix('#'));
        } else {
            for (at, _) in value.match_indices('#') {
                let name = value.get(at + 1..).unwrap_or_default();
                found.push(name.split([')', '"', '\'', ' ', ';']).next().unwrap_or_default());
            }
        }
    }
    found
}

/// How far the count of one element has come.
enum Count {
    Open,
    Done(u64),
}

/// What an element counts by itself: text is drawn letter by letter, and a letter has about as many points as ten shapes
/// of a drawing.
fn weight(node: &Node<'_, '_>) -> u64 {
    if !["text", "tspan", "textPath"].contains(&node.tag_name().name()) {
        return 1;
    }
    let letters = node.children().filter(Node::is_text).filter_map(|text| text.text()).map(|text| text.trim().len());
    1 + 10 * u64::try_from(letters.sum::<usize>()).unwrap_or(u64::MAX >> 8)
}

/// What references multiply to. Elements are counted depth first with a stack
/// of our own; one met again while it is open refers to itself.
pub(super) fn check_references(document: &Document<'_>) -> Result<(), PictureError> {
    let by_id: HashMap<&str, Node<'_, '_>> =
        document.descendants().filter_map(|node| Some((node.attribute("id")?, node))).collect();
    let needs = |node: &Node<'_, '_>| -> Vec<usize> {
        let children = node.children().filter(Node::is_element).map(|child| child.id().get_usize());
        let referred =
            references(node).into_iter().filter_map(|id| by_id.get(id)).map(|target| target.id().get_usize());
        children.chain(referred).collect()
    };
    let too_much = |node: Option<Node<'_, '_>>, what: &str| {
        let error = PictureError::new(what, PLAIN);
        Err(match node {
            Some(node) => error.at(place_of(&node)),
            None => error,
        })
    };
    let node_at = |index: usize| {
        let index = u32::try_from(index).unwrap_or_default();
        document.get_node(usvg::roxmltree::NodeId::new(index))
    };
    let root = document.root_element();
    let mut counts: HashMap<usize, Count> = HashMap::new();
    let mut stack = vec![(root.id().get_usize(), needs(&root))];
    counts.insert(root.id().get_usize(), Count::Open);
    let mut sums = vec![weight(&root)];
    while let Some((index, open)) = stack.last_mut() {
        let Some(next) = open.pop() else {
            let total = sums.pop().unwrap_or(1);
            if total > MOST_DRAWN {
                return too_much(node_at(*index), "the SVG repeats its parts too many times");
            }
            counts.insert(*index, Count::Done(total));
            stack.pop();
            if let Some(sum) = sums.last_mut() {
                *sum = sum.saturating_add(total);
            }
            continue;
        };
        match counts.get(&next) {
            Some(Count::Done(count)) => {
                if let Some(sum) = sums.last_mut() {
                    *sum = sum.saturating_add(*count);
                }
            }
            Some(Count::Open) => {
                return too_much(node_at(next), "a part of the SVG contains itself by reference");
            }
            None => {
                let Some(node) = node_at(next) else { continue };
                counts.insert(next, Count::Open);
                sums.push(weight(&node));
                stack.push((next, needs(&node)));
                // References nest as elements do once they are followed.
                if stack.len() > 2 * DEEPEST {
                    return too_much(Some(node), "the SVG's references nest too deep");
                }
            }
        }
    }
    Ok(())
}

fn no_size(root: &Node<'_, '_>) -> PictureError {
    PictureError::new(
        "the SVG does not say how large it is",
        "give its <svg> a viewBox, for example viewBox=\"0 0 400 400\"",
    )
    .at(place_of(root))
}

fn too_large(root: &Node<'_, '_>) -> PictureError {
    PictureError::new(
        "the SVG is too large: a million pixels a side are the most",
        "give its <svg> a smaller width, height and viewBox, for example viewBox=\"0 0 400 400\"",
    )
    .at(place_of(root))
}

/// Whether one of its sizes is a number that is too large.
fn claims_a_size(root: &Node<'_, '_>) -> bool {
    let numbers = ["width", "height", "viewBox"].into_iter().filter_map(|name| root.attribute(name)).flat_map(|text| {
        text.split([' ', ',', '\t', '\n', '\r'])
            .filter_map(|number| number.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%').parse().ok())
    });
    numbers.into_iter().any(|number: f32| number.abs() > LARGEST)
}

fn check_size(root: &Node<'_, '_>) -> Result<(), PictureError> {
    let length = |name: &str| {
        root.attribute(name).is_some_and(|value| {
            !value.trim().ends_with('%') && value.trim().starts_with(|c: char| c.is_ascii_digit() || c == '.')
        })
    };
    if root.has_attribute("viewBox") || (length("width") && length("height")) { Ok(()) } else { Err(no_size(root)) }
}

#[cfg(test)]
mod tests;
