//! Which HTML an editor may use in Markdown, and what to do instead of the rest.
//!
//! One list for both who need it: the reading of raw HTML, which says what it leaves out, and the sanitizer behind
//! everything ([`crate::prose`]), which must let the same through.

/// What every element may have.
pub const GENERIC: &[&str] = &["id", "dir", "lang", "title", "role", "translate", "aria-label", "aria-hidden"];

/// The elements, each with what it may have besides.
pub const ELEMENTS: &[(&str, &[&str])] = &[
    ("a", &["href", "hreflang", "rel", "download"]),
    ("abbr", &[]),
    ("acronym", &[]),
    ("b", &[]),
    ("bdi", &[]),
    ("bdo", &[]),
    ("blockquote", &["cite"]),
    ("br", &[]),
    ("caption", &[]),
    ("cite", &[]),
    ("code", &[]),
    ("col", &["span"]),
    ("colgroup", &["span"]),
    ("data", &["value"]),
    ("dd", &[]),
    ("del", &["cite", "datetime"]),
    ("details", &["open"]),
    ("dfn", &[]),
    ("div", &[]),
    ("dl", &[]),
    ("dt", &[]),
    ("em", &[]),
    ("figcaption", &[]),
    ("figure", &[]),
    ("h1", &[]),
    ("h2", &[]),
    ("h3", &[]),
    ("h4", &[]),
    ("h5", &[]),
    ("h6", &[]),
    ("hr", &[]),
    ("i", &[]),
    ("img", &["src", "srcset", "sizes", "alt", "width", "height", "loading"]),
    ("ins", &["cite", "datetime"]),
    ("kbd", &[]),
    ("li", &["value"]),
    ("mark", &[]),
    ("ol", &["start", "type", "reversed"]),
    ("p", &[]),
    ("picture", &[]),
    ("pre", &[]),
    ("q", &["cite"]),
    ("rp", &[]),
    ("rt", &[]),
    ("ruby", &[]),
    ("s", &[]),
    ("samp", &[]),
    ("section", &[]),
    ("small", &[]),
    ("source", &["srcset", "sizes", "media", "type"]),
    ("span", &[]),
    ("strike", &[]),
    ("strong", &[]),
    ("sub", &[]),
    ("summary", &[]),
    ("sup", &[]),
    ("table", &[]),
    ("tbody", &[]),
    ("td", &["colspan", "rowspan", "headers"]),
    ("tfoot", &[]),
    ("th", &["colspan", "rowspan", "headers", "scope"]),
    ("thead", &[]),
    ("time", &["datetime"]),
    ("tr", &[]),
    ("tt", &[]),
    ("u", &[]),
    ("ul", &[]),
    ("var", &[]),
    ("wbr", &[]),
];

/// What has no end tag.
const VOID: &[&str] = &["br", "col", "hr", "img", "source", "wbr"];

/// What may go without its end tag.
const OPTIONAL_END: &[&str] =
    &["p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "caption", "rp", "rt"];

/// What is left out with everything in it: it is no text.
const WHOLE: &[&str] = &[
    "audio", "canvas", "iframe", "math", "noembed", "noframes", "object", "script", "select", "style", "svg",
    "template", "textarea", "title", "video", "xmp",
];

/// Elements that a text can be set to the left, the middle or the right in, and the classes that do it.
pub const ALIGNED: &[&str] = &["div", "h1", "h2", "h3", "h4", "h5", "h6", "p", "td", "th"];
/// The classes of [`ALIGNED`] elements, which the theme's style sheet knows.
pub const ALIGNMENTS: &[&str] = &["align-left", "align-center", "align-right"];

/// The classes of the program's own markup.
pub const CLASSES: &[(&str, &[&str])] = &[
    (
        "div",
        &[
            "alert",
            "alert-note",
            "alert-tip",
            "alert-important",
            "alert-warning",
            "alert-caution",
            "footnote-definition",
        ],
    ),
    ("p", &["alert-title"]),
    ("sup", &["footnote-reference", "footnote-definition-label"]),
];

/// What `code` of a language has for a class, before the language's name.
pub const CODE_CLASS: &str = "language-";

/// An element as the list names it.
pub fn element(name: &str) -> Option<(&'static str, &'static [&'static str])> {
    ELEMENTS.binary_search_by_key(&name, |(known, _)| known).ok().and_then(|at| ELEMENTS.get(at).copied())
}

/// Whether an element has no end tag.
pub fn is_void(name: &str) -> bool {
    VOID.contains(&name)
}

/// Whether an element ends where its like or its parent does.
pub fn may_stay_open(name: &str) -> bool {
    OPTIONAL_END.contains(&name)
}

/// Whether an element is left out with everything in it.
pub fn goes_whole(name: &str) -> bool {
    WHOLE.contains(&name)
}

/// Whether an element may have a class.
pub fn has_class(element: &str, class: &str) -> bool {
    (element == "code" && class.starts_with(CODE_CLASS))
        || (ALIGNED.contains(&element) && ALIGNMENTS.contains(&class))
        || CLASSES.iter().any(|(of, classes)| *of == element && classes.contains(&class))
}

/// Why an element is left out, and what to write instead; `address` is what it would have shown.
pub fn instead_of(name: &str, address: Option<&str>) -> (&'static str, String) {
    let link = || match address {
        Some(address) => format!("link to it instead: `[what it shows]({address})`"),
        None => "link to it instead: `[what it shows](…)`".to_owned(),
    };
    match name {
        "iframe" | "frame" | "frameset" | "embed" | "object" | "applet" | "noembed" | "noframes" => {
            ("pages show nothing out of other places", link())
        }
        "video" | "audio" | "track" => ("pages play no films and no sound", link()),
        "script" | "noscript" | "canvas" | "template" => {
            ("texts bring no scripts", "take it out, or link to a page that does what it does".to_owned())
        }
        "style" | "link" | "font" | "big" | "basefont" | "blink" | "marquee" | "nobr" => {
            ("the theme decides how things look", "write `**strong**` or `*emphasis*`, or a heading".to_owned())
        }
        "center" => ("it is of an older HTML", "write `<p align=\"center\">…</p>`".to_owned()),
        "svg" | "math" => {
            ("drawings are files", "save it beside this file and show it: `![what it shows](drawing.svg)`".to_owned())
        }
        "form" | "input" | "button" | "select" | "option" | "optgroup" | "textarea" | "label" | "fieldset"
        | "legend" | "datalist" | "output" | "progress" | "meter" => {
            ("pages have no forms", "link to one elsewhere, or to a mail address: `<name@host.example>`".to_owned())
        }
        "article" | "aside" | "footer" | "header" | "hgroup" | "main" | "nav" | "address" | "dialog" | "search"
        | "menu" | "dir" => (
            "a page has its own",
            "take the tags out, or write `<section>` or `<div>`; what is in them stays".to_owned(),
        ),
        "map" | "area" => ("pictures lead to one place", "write the links as a list below the picture".to_owned()),
        "html" | "head" | "body" | "meta" | "base" | "title" => {
            ("the page around the text has it", "take it out; a title goes into the front matter".to_owned())
        }
        other => (
            "it is no element that texts may have",
            format!("take the tags out; to show `<{other}>` as it is, write `&lt;{other}&gt;`"),
        ),
    }
}

/// What to write instead of an attribute that is left out.
pub fn instead_of_attribute(element: &str, name: &str) -> String {
    match name {
        "style" | "class" | "color" | "bgcolor" | "background" | "face" | "border" | "cellpadding" | "cellspacing"
        | "frame" | "rules" | "hspace" | "vspace" | "valign" | "nowrap" | "clear" | "width" | "height" | "align"
        | "size" => match element {
            "table" | "td" | "th" | "tr" | "col" => {
                "the theme decides how tables look: take it out; columns are set to the right by `---:`".to_owned()
            }
            _ => "the theme decides how things look: take it out".to_owned(),
        },
        "target" => "readers decide where links open: take it out".to_owned(),
        "name" if element == "a" => "this element has an `id` already: write a second `<a id=\"…\"></a>`".to_owned(),
        name if name.starts_with("on") => "texts bring no scripts: take it out".to_owned(),
        _ => "take it out: pages do without it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_sorted_for_the_search() {
        assert!(ELEMENTS.is_sorted_by_key(|(name, _)| name));
        assert_eq!(element("img").map(|(name, _)| name), Some("img"));
        assert_eq!(element("script"), None);
        assert!(ELEMENTS.iter().all(|(name, _)| !goes_whole(name)), "an element is let through and left out");
    }
}
