//! From a text to HTML, for the page it is shown on.
//!
//! The reading of a text has decided what is in it. Here its addresses and names are filled in: links to files become
//! addresses, by the same function that checked them; names get what the page around them asks for.

use std::{borrow::Cow, collections::HashMap};

use pulldown_cmark::{BlockQuoteKind, CowStr, Event, HeadingLevel, Tag as Md, TagEnd, html};

use super::{Setting, escape};
use crate::{
    address,
    site::{Page, Section, Target, resolve, resolve_in_export},
    source::{
        Asset,
        markdown::{Part, Piece, Tag, Text, Value},
    },
};

/// Where a text stands.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// It is a page.
    Page(&'a Page<'a>),
    /// It is a value in this export.
    Export(&'a str),
}

/// What the names in a text become on the page that shows it.
#[derive(Debug, Clone)]
pub enum Names {
    /// They are the page's own.
    Own,
    /// They get this in front.
    Behind(String),
    /// As it says.
    Given(HashMap<String, String>),
}

/// What the levels of headings become.
#[derive(Debug, Clone, Copy)]
pub enum Levels {
    /// They stay.
    Own,
    /// Each is one lower.
    Lower,
    /// The highest becomes this one.
    From(u8),
}

/// A text, and what it is shown for.
pub struct Writer<'a> {
    pub setting: Setting<'a>,
    pub text: &'a Text,
    pub origin: Origin<'a>,
    pub names: Names,
    pub levels: Levels,
}

impl Writer<'_> {
    /// The HTML of a part, not cleaned.
    pub fn part(&self, part: &Part) -> String {
        let shift = self.shift();
        let mut events = Vec::with_capacity(part.pieces.len() + 8);
        let mut links = 0;
        for piece in &part.pieces {
            self.piece(piece, part, true, shift, &mut links, &mut events);
        }
        for (number, (note, id)) in (1..).zip(&part.notes) {
            let id = self.name(id);
            events.push(raw(format!(
                "<div class=\"footnote-definition\" id=\"{}\"><sup class=\"footnote-definition-label\">{number}</sup>",
                escape(&id)
            )));
            // A note that an earlier question of the page shows, too, has brought its names there.
            let named = !matches!(self.names, Names::Own)
                || !self
                    .text
                    .parts
                    .iter()
                    .take_while(|other| !std::ptr::eq(*other, part))
                    .any(|other| other.has(*note));
            for piece in self.text.notes.get(*note).into_iter().flat_map(|note| &note.pieces) {
                self.piece(piece, part, named, shift, &mut links, &mut events);
            }
            events.push(raw("</div>\n"));
        }
        let mut out = String::new();
        html::push_html(&mut out, events.into_iter());
        out
    }

    /// Writes a piece; `named` says whether it keeps its names.
    fn piece<'p>(
        &self,
        piece: &'p Piece,
        part: &Part,
        named: bool,
        shift: i8,
        links: &mut usize,
        events: &mut Vec<Event<'p>>,
    ) {
        match piece {
            Piece::Event(event) => {
                if let Event::End(TagEnd::Link) = event {
                    *links = links.saturating_sub(1);
                }
                events.push(event.clone());
            }
            Piece::Heading(index) | Piece::HeadingEnd(index) => {
                let Some(heading) = self.text.headings.get(*index) else { return };
                let level = level(heading.level, shift);
                events.push(if matches!(piece, Piece::Heading(_)) {
                    let id = named.then(|| CowStr::from(self.name(&heading.id).into_owned()));
                    Event::Start(Md::Heading { level, id, classes: Vec::new(), attrs: Vec::new() })
                } else {
                    Event::End(TagEnd::Heading(level))
                });
            }
            Piece::Link { link, title } => {
                *links += 1;
                let href = self.href(*link).unwrap_or_default();
                let title = if title.is_empty() { String::new() } else { format!(" title=\"{}\"", escape(title)) };
                events.push(raw(format!("<a href=\"{}\"{title}>", escape(&href))));
            }
            Piece::Picture { link, title, alt } => {
                let mut attributes = vec![("alt", alt.clone())];
                if !title.is_empty() {
                    attributes.push(("title", title.clone()));
                }
                events.push(raw(self.picture(Some(*link), attributes, *links > 0)));
            }
            Piece::Alert(kind) => {
                let word = alert(*kind);
                let title = escape(self.setting.words.get(&format!("alert_{word}"))).into_owned();
                events.push(raw(format!(
                    "<div class=\"alert alert-{word}\" role=\"note\">\n<p class=\"alert-title\">{title}</p>\n"
                )));
            }
            Piece::Mark(note) => {
                let found = part.notes.iter().position(|(known, _)| known == note);
                let Some((at, (_, id))) = found.and_then(|at| Some((at, part.notes.get(at)?))) else { return };
                events.push(raw(format!(
                    "<sup class=\"footnote-reference\"><a href=\"#{}\">{}</a></sup>",
                    escape(&self.name(id)),
                    at + 1
                )));
            }
            Piece::Tag(tag) => {
                *links += usize::from(tag.name == "a");
                events.push(raw(self.tag(tag, named, shift, *links > 0)));
            }
            Piece::EndTag(name) => {
                *links = links.saturating_sub(usize::from(*name == "a"));
                events.push(raw(format!("</{}>", shown(name, shift))));
            }
        }
    }

    /// How much lower headings become.
    fn shift(&self) -> i8 {
        match self.levels {
            Levels::Own => 0,
            Levels::Lower => 1,
            Levels::From(first) => {
                let pieces = self.text.parts.iter().flat_map(|part| &part.pieces);
                let raw = pieces.filter_map(|piece| if let Piece::Tag(tag) = piece { heading(tag.name) } else { None });
                let highest = self.text.headings.iter().map(|heading| heading.level).chain(raw).min().unwrap_or(first);
                first.cast_signed() - highest.cast_signed()
            }
        }
    }

    fn name<'n>(&self, id: &'n str) -> Cow<'n, str> {
        match &self.names {
            Names::Own => Cow::Borrowed(id),
            Names::Behind(front) => Cow::Owned(format!("{front}{id}")),
            Names::Given(names) => names.get(id).map_or(Cow::Borrowed(id), |given| Cow::Owned(given.clone())),
        }
    }

    /// Where a link leads; what leads nowhere was reported before.
    fn target(&self, link: usize) -> Option<(&str, Target)> {
        let Setting { site, edition, .. } = self.setting;
        let to = self.text.links.get(link)?.to.as_str();
        let target = match self.origin {
            Origin::Page(page) => resolve(site, edition, page.base, to),
            Origin::Export(file) => resolve_in_export(site, edition, self.text, file, to),
        };
        target.ok().map(|target| (to, target))
    }

    /// The address that a link gets.
    fn href(&self, link: usize) -> Option<String> {
        let (to, target) = self.target(link)?;
        let found = match target {
            Target::Elsewhere(url) => return Some(url),
            Target::Here(found) => found,
        };
        let id = found.fragment.as_deref();
        match (to.starts_with('#'), self.origin) {
            (true, Origin::Export(_)) => Some(format!("#{}", address::fragment(&self.name(id.unwrap_or_default())))),
            // An answer is shown on verification pages too, where its own page's names are not.
            (true, Origin::Page(page)) if page.section != Section::Faq => {
                Some(format!("#{}", address::fragment(id.unwrap_or("main"))))
            }
            _ => Some(self.setting.site.config.rooted(&found)),
        }
    }

    /// The address of a picture of the site, and the picture.
    fn asset(&self, link: usize) -> Option<(String, Option<&Asset>)> {
        let (_, Target::Here(found)) = self.target(link)? else { return None };
        let site = self.setting.site;
        Some((site.config.rooted(&found), site.asset(&found.path)))
    }

    /// A picture with its size. One from elsewhere is a link to it: pages show none.
    fn picture(&self, link: Option<usize>, mut attributes: Vec<(&'static str, String)>, in_link: bool) -> String {
        let Some((src, asset)) = link.and_then(|link| self.asset(link)) else {
            let alt = attributes.iter().find(|(name, _)| *name == "alt").map(|(_, alt)| alt.as_str());
            let Some((to, _)) = link.and_then(|link| self.target(link)) else { return String::new() };
            let words = alt.filter(|alt| !alt.is_empty()).unwrap_or(to);
            if in_link {
                return escape(words).into_owned();
            }
            return format!("<a href=\"{}\">{}</a>", escape(&on_the_wire(to.to_owned())), escape(words));
        };
        let has = |attributes: &[(&str, String)], wanted: &str| attributes.iter().any(|(name, _)| *name == wanted);
        if let Some(picture) = asset.and_then(|asset| asset.picture) {
            let (width, height) = (u64::from(picture.width), u64::from(picture.height));
            let given = |wanted: &str| -> Option<u64> {
                attributes.iter().find(|(name, _)| *name == wanted).and_then(|(_, value)| value.trim().parse().ok())
            };
            // Of one side that is given follows the other, so that nothing jumps when the picture comes.
            match (has(&attributes, "width"), has(&attributes, "height")) {
                (false, false) => {
                    attributes.extend([("width", width.to_string()), ("height", height.to_string())]);
                }
                (true, false) => {
                    let other = given("width").and_then(|given| given.checked_mul(height)?.checked_div(width));
                    attributes.extend(other.map(|height| ("height", height.to_string())));
                }
                (false, true) => {
                    let other = given("height").and_then(|given| given.checked_mul(width)?.checked_div(height));
                    attributes.extend(other.map(|width| ("width", width.to_string())));
                }
                (true, true) => {}
            }
        }
        if !has(&attributes, "loading") {
            attributes.push(("loading", "lazy".to_owned()));
        }
        let mut out = format!("<img src=\"{}\"", escape(&src));
        for (name, value) in attributes {
            out.push_str(&format!(" {name}=\"{}\"", escape(&value)));
        }
        out.push('>');
        out
    }

    fn tag(&self, tag: &Tag, named: bool, shift: i8, in_link: bool) -> String {
        let mut attributes = Vec::with_capacity(tag.attributes.len());
        let mut source = None;
        for (name, value) in &tag.attributes {
            let value = match value {
                Value::Text(text) => Some(text.clone()),
                Value::Id(id) => named.then(|| self.name(id).into_owned()),
                Value::Ids(ids) => {
                    let ids: Vec<_> = ids.split_ascii_whitespace().map(|id| self.name(id)).collect();
                    Some(ids.join(" "))
                }
                Value::Address(link) if tag.name == "img" => {
                    source = Some(*link);
                    None
                }
                Value::Address(link) => self.href(*link),
                Value::Addresses(links) => {
                    let found = links.iter().filter_map(|(link, size)| {
                        let (address, _) = self.asset(*link)?;
                        Some(format!("{address} {size}").trim_end().to_owned())
                    });
                    Some(found.collect::<Vec<_>>().join(", ")).filter(|set| !set.is_empty())
                }
            };
            attributes.extend(value.map(|value| (*name, value)));
        }
        if tag.name == "img" {
            return self.picture(source, attributes, in_link);
        }
        if tag.name == "source" && !attributes.iter().any(|(name, _)| *name == "srcset") {
            return String::new();
        }
        let mut out = format!("<{}", shown(tag.name, shift));
        for (name, value) in attributes {
            out.push_str(&format!(" {name}=\"{}\"", escape(&value)));
        }
        out.push('>');
        out
    }
}

/// An address elsewhere as machines read it. What is plain already stays as it is written.
fn on_the_wire(url: String) -> String {
    if url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>`{}|\\^".contains(&byte)) {
        return url;
    }
    match url::Url::parse(&url) {
        Ok(parsed) => parsed.into(),
        Err(_) => url,
    }
}

fn raw<'e>(html: impl Into<CowStr<'e>>) -> Event<'e> {
    Event::Html(html.into())
}

/// The level of a heading that is written as HTML.
fn heading(name: &str) -> Option<u8> {
    let level = name.strip_prefix('h')?.parse().ok()?;
    (1..=6).contains(&level).then_some(level)
}

/// What an element is on the page.
fn shown(name: &'static str, shift: i8) -> Cow<'static, str> {
    match heading(name).filter(|_| shift != 0) {
        Some(own) => Cow::Owned(level(own, shift).to_string()),
        None => Cow::Borrowed(name),
    }
}

fn level(own: u8, shift: i8) -> HeadingLevel {
    let level = (own.cast_signed() + shift).clamp(1, 6).unsigned_abs();
    HeadingLevel::try_from(usize::from(level)).unwrap_or(HeadingLevel::H6)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_elsewhere_are_written_as_machines_read_them() {
        for (written, wire) in [
            ("https://www.harbour.example", "https://www.harbour.example"),
            ("https://a.example/b c?d=\u{fc}", "https://a.example/b%20c?d=%C3%BC"),
            ("https://prüfung.example/ä", "https://xn--prfung-4ya.example/%C3%A4"),
            ("mailto:a@b.example?subject=Grüße an", "mailto:a@b.example?subject=Gr%C3%BC%C3%9Fe%20an"),
        ] {
            assert_eq!(on_the_wire(written.to_owned()), wire);
        }
    }
}
