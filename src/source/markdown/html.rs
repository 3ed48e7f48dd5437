//! What becomes of HTML in Markdown: what may stay does, and what does not is said.

use std::ops::Range;

use pulldown_cmark::Event;
use unicode_normalization::UnicodeNormalization;

use super::{
    headings::says_the_same,
    policy,
    raw::{self, Attribute, Part},
    read::{Element, Kind, Reading, Skip},
    text::{Link, Piece, Tag, Title, Value},
};

impl Reading<'_> {
    /// Reads a stretch of HTML; `lines` say where in it each line begins, and where that is in the source.
    pub(super) fn raw(&mut self, html: &str, lines: &[(usize, usize)]) {
        let at = |byte: usize| {
            let line = lines.partition_point(|(start, _)| *start <= byte).saturating_sub(1);
            lines.get(line).map_or(0, |(start, source)| source + (byte - start))
        };
        let place = |span: &Range<usize>| at(span.start)..at(span.end.saturating_sub(1)) + 1;
        let parts = raw::parts(html);
        let mut rest = 0;
        for (index, part) in parts.iter().enumerate() {
            if index < rest {
                continue;
            }
            if matches!(part, Part::Start { name, .. } if name == "h1") {
                rest = index + self.opening_title(html, parts.get(index..).unwrap_or_default(), &place);
                if index < rest {
                    continue;
                }
            }
            match part.clone() {
                Part::Comment => {}
                Part::Text(span) => {
                    let text = html.get(span).unwrap_or_default();
                    if self.skip.is_none() && !(text.trim().is_empty() && self.is_first()) {
                        self.put(Piece::Event(Event::Html(text.replace('<', "&lt;").into())));
                    }
                }
                Part::Declaration(span) => {
                    self.warn(place(&span), "declarations are left out", "take it out: a text needs none");
                }
                Part::Start { name, attributes, span } => {
                    let empty = html.get(span.clone()).is_some_and(|tag| tag.ends_with("/>"));
                    let attributes = attributes.into_iter().map(|a| Attribute { span: place(&a.span), ..a }).collect();
                    self.start_tag(&name, attributes, place(&span), empty);
                }
                Part::End { name, span } => self.end_tag(&name, place(&span)),
            }
        }
    }

    /// If a heading of level 1 in HTML opens a file, that is its title, as one in Markdown is. Tells how many parts that
    /// takes, of those that begin with it.
    fn opening_title(&mut self, html: &str, parts: &[Part], place: &dyn Fn(&Range<usize>) -> Range<usize>) -> usize {
        let can_open = self.opening && self.at_top() && !self.is_silent() && self.in_boxes() && !self.in_answer();
        if !can_open || self.manner.kind == Kind::Export {
            return 0;
        }
        let Some(Part::Start { attributes, span, .. }) = parts.first() else { return 0 };
        let is_end = |part: &Part| matches!(part, Part::End { name, .. } if name == "h1");
        let Some(last) = parts.iter().position(is_end) else { return 0 };
        let Some(Part::End { span: end, .. }) = parts.get(last) else { return 0 };
        let text = raw::text(html.get(span.end..end.start).unwrap_or_default());
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() || self.manner.title.is_some_and(|title| !says_the_same(title, &text)) {
            return 0;
        }
        let mut id = String::new();
        for attribute in attributes {
            match attribute.name.as_str() {
                "id" => id = attribute.value.nfc().collect(),
                "align" => {}
                name => {
                    let instead = policy::instead_of_attribute("h1", name);
                    self.warn(place(&attribute.span), format!("`{name}` of `<h1>` is left out"), instead);
                }
            }
        }
        for part in parts.iter().take(last) {
            match part {
                Part::Start { name, span, .. } if name == "img" => self.warn(
                    place(span),
                    "this heading is the page's title, which has words only: the rest is left out",
                    "put pictures below it",
                ),
                Part::Start { name, attributes, .. } if name != "h1" => {
                    let named = |attribute: &&Attribute| matches!(attribute.name.as_str(), "id" | "name");
                    if let Some(attribute) = attributes.iter().find(named).filter(|named| !named.value.is_empty()) {
                        let id: String = attribute.value.nfc().collect();
                        self.text.anchors.push((id.clone(), place(&attribute.span)));
                        self.keep_anchor(&Tag { name: "span", attributes: vec![("id", Value::Id(id))] });
                    }
                }
                _ => {}
            }
        }
        self.opening = false;
        self.text.title = Some(Title { text, id, span: place(span) });
        last + 1
    }

    /// Whether all elements that are open only hold others.
    fn in_boxes(&self) -> bool {
        self.elements.iter().all(|element| matches!(element.name, "div" | "p" | "section"))
    }

    /// Whether nothing of the text has been shown.
    fn is_first(&mut self) -> bool {
        self.text.parts.len() == 1 && self.pieces().is_empty()
    }

    fn start_tag(&mut self, name: &str, attributes: Vec<Attribute>, span: Range<usize>, empty: bool) {
        if let Some(skip) = &mut self.skip {
            skip.depth += usize::from(skip.name == name && !empty);
            return;
        }
        let Some((name, own)) = policy::element(name) else {
            self.leave_out(name, &attributes, span, empty);
            return;
        };
        if is_of_table(name) && !self.elements.iter().any(|element| element.name == "table") {
            self.warn(
                span,
                format!("`<{name}>` stands in no table and is left out"),
                "write `<table>` before it, or a table in Markdown",
            );
            *self.left_out.entry(name.to_owned()).or_default() += 1;
            return;
        }
        while self.elements.len() > self.floor()
            && let Some(element) = self.elements.last()
            && ends_with(name, element.shown)
        {
            self.close_elements(self.elements.len() - 1);
        }
        let shown = match name {
            "h1" => match self.lower(&span) {
                1 => "h1",
                2 => "h2",
                _ => "h3",
            },
            name => name,
        };
        if ends_with(name, "p") && !policy::is_void(name) && !empty && !self.is_silent() {
            self.end_paragraph();
        }
        let tag = self.tag(shown, name, own, attributes, &span);
        if self.is_silent() {
            // A question shows its words only; what leads to it still does.
            if self.in_question() {
                self.keep_anchor(&tag);
            }
        } else {
            self.put(Piece::Tag(tag));
        }
        if policy::is_void(name) {
            return;
        }
        if empty {
            // HTML knows no such tags, but this is what is meant.
            self.put(Piece::EndTag(shown));
            return;
        }
        let piece = self.pieces().len().saturating_sub(1);
        self.check_depth(&span);
        self.elements.push(Element { name, shown, span, piece });
    }

    /// Reports an element that texts may not have.
    fn leave_out(&mut self, name: &str, attributes: &[Attribute], span: Range<usize>, empty: bool) {
        let address = attributes.iter().find(|attribute| matches!(&*attribute.name, "src" | "data" | "href"));
        let (why, instead) = policy::instead_of(name, address.map(|address| &*address.value));
        if !policy::goes_whole(name) {
            self.warn(span, format!("`<{name}>` is left out: {why}"), instead);
            *self.left_out.entry(name.to_owned()).or_default() += 1;
            return;
        }
        if empty {
            self.warn(span, format!("`<{name}>` is left out: {why}"), instead);
            return;
        }
        if self.has_end(name, span.end) {
            self.warn(span.clone(), format!("`<{name}>` is left out, with all that is in it: {why}"), instead);
            self.skip = Some(Skip { name: name.to_owned(), depth: 1, span });
        } else {
            self.never_ended(name, span);
        }
    }

    /// Whether there is an end tag of an element behind a byte.
    fn has_end(&mut self, name: &str, from: usize) -> bool {
        match self.next_ends.get(name) {
            Some(None) => return false,
            Some(Some(at)) if *at >= from => return true,
            _ => {}
        }
        let wanted = format!("</{name}");
        let bytes = self.source.as_bytes();
        let rest = bytes.get(from..).unwrap_or_default();
        let found = rest.windows(wanted.len()).position(|window| window.eq_ignore_ascii_case(wanted.as_bytes()));
        self.next_ends.insert(name.to_owned(), found.map(|at| from + at));
        found.is_some()
    }

    fn end_tag(&mut self, name: &str, span: Range<usize>) {
        if let Some(skip) = &mut self.skip {
            if skip.name == name {
                skip.depth -= 1;
                if skip.depth == 0 {
                    self.skip = None;
                }
            }
            return;
        }
        if name == "br" {
            self.put(Piece::Tag(Tag { name: "br", attributes: Vec::new() }));
            return;
        }
        if let Some(count) = self.left_out.get_mut(name).filter(|count| **count > 0) {
            *count -= 1;
            return;
        }
        if policy::is_void(name) {
            return;
        }
        let floor = self.floor();
        let found = self.elements.iter().rposition(|element| element.name == name).filter(|at| *at >= floor);
        let Some(at) = found else {
            self.warn(
                span,
                format!("`</{name}>` ends nothing and is left out"),
                format!("write `<{name}>` where it begins, or take it out"),
            );
            return;
        };
        self.close_elements(at + 1);
        self.leave_paragraph(at);
        if let Some(element) = self.elements.pop() {
            self.put(Piece::EndTag(element.shown));
        }
    }

    /// Ends the elements beyond so many that are still open.
    pub(super) fn close_elements(&mut self, keep: usize) {
        while self.elements.len() > keep {
            let Some(Element { name, shown, span, .. }) = self.elements.pop() else { return };
            if !policy::may_stay_open(name) {
                self.warn(
                    span,
                    format!("`<{name}>` is not ended where it should be"),
                    format!("write `</{name}>` behind what it is for"),
                );
            }
            self.put(Piece::EndTag(shown));
        }
    }

    /// A start tag with what it may have. What it may not have is reported.
    fn tag(
        &mut self,
        shown: &'static str,
        element: &'static str,
        own: &'static [&'static str],
        attributes: Vec<Attribute>,
        span: &Range<usize>,
    ) -> Tag {
        let has_id = attributes.iter().any(|attribute| attribute.name == "id");
        let is_shown = !self.is_silent() || self.in_question();
        let mut tag = Tag { name: shown, attributes: Vec::new() };
        let mut classes: Vec<String> = Vec::new();
        for attribute in attributes {
            let Attribute { name, value, span } = attribute;
            let known = own.iter().chain(policy::GENERIC).find(|known| **known == name).copied();
            match (element, name.as_str(), known) {
                (_, "id", _) | ("a", "name", _) if name == "id" || !has_id => {
                    if value.is_empty() || value.contains(char::is_whitespace) {
                        self.warn(span, format!("`{name}` cannot be `{value}`"), "a name is one word, without spaces");
                    } else if is_shown {
                        let id: String = value.nfc().collect();
                        self.text.anchors.push((id.clone(), span));
                        tag.attributes.push(("id", Value::Id(id)));
                    }
                }
                ("a", "href", Some(known)) | (_, "cite", Some(known)) => {
                    let link = self.link(Link { to: trim(&value), picture: false, wordless: false, html: true, span });
                    tag.attributes.push((known, Value::Address(link)));
                }
                ("img", "src", Some(known)) => {
                    let link = self.link(Link { to: trim(&value), picture: true, wordless: false, html: true, span });
                    tag.attributes.push((known, Value::Address(link)));
                }
                (_, "srcset", Some(known)) => {
                    let mut addresses = Vec::new();
                    for (address, size) in raw::candidates(&value) {
                        let to = address.to_owned();
                        let link = Link { to, picture: true, wordless: false, html: true, span: span.clone() };
                        addresses.push((self.link(link), size.to_owned()));
                    }
                    tag.attributes.push((known, Value::Addresses(addresses)));
                }
                (_, "headers", Some(known)) => tag.attributes.push((known, Value::Ids(value))),
                (_, "class", _) => {
                    for class in value.split_ascii_whitespace() {
                        if policy::has_class(element, class) {
                            classes.push(class.to_owned());
                        } else {
                            let instead = policy::instead_of_attribute(element, "class");
                            self.warn(span.clone(), format!("the class `{class}` is left out"), instead);
                        }
                    }
                }
                (_, "align", _) if policy::ALIGNED.contains(&element) => {
                    let class = format!("align-{}", value.trim().to_ascii_lowercase());
                    if policy::has_class(element, &class) {
                        classes.push(class);
                    } else {
                        self.warn(span, format!("`align` cannot be `{value}`"), "write `left`, `center` or `right`");
                    }
                }
                (_, "alt" | "title", Some(known)) => {
                    let words = value.split_whitespace().collect::<Vec<_>>().join(" ");
                    tag.attributes.push((known, Value::Text(words)));
                }
                (_, _, Some(known)) => tag.attributes.push((known, Value::Text(value))),
                _ => {
                    let instead = policy::instead_of_attribute(element, &name);
                    self.warn(span, format!("`{name}` of `<{element}>` is left out"), instead);
                }
            }
        }
        if !classes.is_empty() {
            tag.attributes.push(("class", Value::Text(classes.join(" "))));
        }
        if element == "img" {
            self.check_picture(&mut tag, span);
        }
        tag
    }

    fn check_picture(&mut self, tag: &mut Tag, span: &Range<usize>) {
        let has_alt = tag.attributes.iter().any(|(name, _)| *name == "alt");
        let source = tag.attributes.iter().find_map(|(name, value)| match value {
            Value::Address(link) if *name == "src" => Some(*link),
            _ => None,
        });
        if let Some(link) = source.and_then(|link| self.text.links.get_mut(link)) {
            // An empty `alt` says that the picture says nothing.
            link.wordless = !has_alt;
            link.span = span.clone();
        } else {
            let advice = "write where it is: `<img src=\"…\" alt=\"…\">`";
            self.warn(span.clone(), "this picture has no `src` and is left out", advice);
        }
    }
}

fn trim(address: &str) -> String {
    address.trim_matches(|c: char| c.is_ascii_whitespace()).to_owned()
}

fn is_of_table(name: &str) -> bool {
    matches!(name, "caption" | "col" | "colgroup" | "tbody" | "td" | "tfoot" | "th" | "thead" | "tr")
}

/// Whether an element that is open ends where another one begins.
fn ends_with(new: &str, open: &str) -> bool {
    match new {
        "li" => open == "li",
        "td" | "th" => matches!(open, "td" | "th"),
        "tr" => matches!(open, "td" | "th" | "tr" | "caption" | "colgroup"),
        "thead" | "tbody" | "tfoot" => {
            matches!(open, "td" | "th" | "tr" | "thead" | "tbody" | "tfoot" | "caption" | "colgroup")
        }
        "dt" | "dd" => matches!(open, "dt" | "dd"),
        "rp" | "rt" => matches!(open, "rp" | "rt"),
        "blockquote" | "details" | "div" | "dl" | "figure" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "hr" | "ol"
        | "p" | "pre" | "section" | "table" | "ul" => open == "p",
        _ => false,
    }
}
