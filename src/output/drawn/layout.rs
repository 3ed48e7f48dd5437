//! The text layer of a template: what to set where.
//!
//! The template writes ordinary SVG, `<text>` elements in `<g>` groups, with a
//! few `data-` attributes for what SVG lacks: a box a text must fit, and a
//! stack of texts that close ranks when one is missing. Only those two elements
//! are drawn in this layer, by our own setting: everything else that is drawn
//! belongs into the background, which is drawn once and shared. A certificate's
//! layer also holds its pictures, so that they stand among the texts they
//! belong to.
//!
//! Errors name the line of the drawn SVG. As the layer is rendered from the
//! template with its line breaks kept, that is near the template's own line.

use resvg::usvg::roxmltree::{Document, Node};

use unicode_script::{Script, UnicodeScript};

use super::typeset::{self, Fit, Line, Setting};
use super::{DrawError, Layer, Rgb, colour};
use crate::fonts::{DISPLAY, Fonts};

/// Ems from a text's top to its first baseline, and from its last to its end.
pub(in crate::output) const ASCENT: f32 = 0.76;
pub(in crate::output) const DESCENT: f32 = 0.24;

/// What the layer is drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::output) enum Medium {
    Card,
    Certificate,
}

/// Attributes that only certificates know.
const ON_PAPER: [&str; 4] = ["data-turn", "data-link", "data-tag", "fill-opacity"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::output) enum Anchor {
    Start,
    Middle,
    End,
}

/// What a `<text>` inherits from its groups.
#[derive(Debug, Clone)]
pub(in crate::output) struct Style<'a> {
    pub(in crate::output) families: &'a str,
    pub(in crate::output) weight: u16,
    pub(in crate::output) slanted: bool,
    pub(in crate::output) ink: Rgb,
    pub(in crate::output) opacity: f32,
    pub(in crate::output) anchor: Anchor,
}

/// One text with its box.
#[derive(Debug)]
pub(in crate::output) struct Item<'a> {
    pub(in crate::output) text: String,
    pub(in crate::output) style: Style<'a>,
    fit: Fit,
    pub(in crate::output) x: f32,
    /// The first baseline, where the text stands alone.
    y: f32,
    /// Pixels above it, in a stack, but for its first.
    gap: f32,
    /// Ems from baseline to baseline.
    pub(in crate::output) leading: f32,
    /// Degrees that it is turned by, clockwise, about its first baseline's place.
    pub(in crate::output) turn: f32,
    /// Where a click leads.
    pub(in crate::output) link: Option<&'a str>,
    /// Whether it is the page's heading.
    pub(in crate::output) is_heading: bool,
}

/// Texts one below the other, in a box.
#[derive(Debug)]
pub(in crate::output) struct Stack<'a> {
    top: f32,
    height: f32,
    anchor: Anchor,
    items: Vec<Item<'a>>,
}

/// A picture with its box.
#[derive(Debug)]
pub(in crate::output) struct Picture<'a> {
    /// What it is of, as the template names it.
    pub(in crate::output) href: &'a str,
    /// x, y, width and height of its box.
    pub(in crate::output) place: [f32; 4],
    /// What it shows, in words.
    pub(in crate::output) alt: &'a str,
    /// Where a click leads.
    pub(in crate::output) link: Option<&'a str>,
    /// Line in the drawn SVG.
    pub(in crate::output) line: u32,
}

/// A part of the layer.
#[derive(Debug)]
pub(in crate::output) enum Piece<'a> {
    Texts(Stack<'a>),
    Picture(Picture<'a>),
}

/// Reads the layer.
pub(in crate::output) fn read<'a>(document: &'a Document<'a>, medium: Medium) -> Result<Vec<Piece<'a>>, DrawError> {
    let root = document.root_element();
    let style =
        Style { families: DISPLAY, weight: 400, slanted: false, ink: [0; 3], opacity: 1.0, anchor: Anchor::Start };
    let mut pieces = Vec::new();
    Reader { medium, pieces: &mut pieces }.collect(&root, &style, 0)?;
    Ok(pieces)
}

/// The texts of a layer that cannot be shown in full, as there is no room for them.
pub(super) fn wanting(pieces: &[Piece<'_>], fonts: &Fonts) -> Vec<String> {
    let mut texts = Vec::new();
    for piece in pieces {
        if let Piece::Texts(stack) = piece {
            let placement = stack.place(|item, fit| item.set(fonts, fit));
            texts.extend(placement.wanting.into_iter().map(|item| item.text.clone()));
        }
    }
    texts
}

/// The layer as a tree, if it is one.
pub(in crate::output) fn parse(svg: &str) -> Result<Document<'_>, DrawError> {
    Document::parse(svg).map_err(|error| DrawError::Drawn {
        layer: Layer::Text,
        line: error.pos().row,
        message: error.to_string(),
    })
}

fn wrong(node: &Node<'_, '_>, message: impl Into<String>) -> DrawError {
    DrawError::Drawn {
        layer: Layer::Text,
        line: node.document().text_pos_at(node.range().start).row,
        message: message.into(),
    }
}

struct Reader<'a, 'b> {
    medium: Medium,
    pieces: &'b mut Vec<Piece<'a>>,
}

impl<'a> Reader<'a, '_> {
    /// A text that stands alone is a stack without a box.
    fn collect(&mut self, node: &Node<'a, '_>, inherited: &Style<'a>, depth: usize) -> Result<(), DrawError> {
        if depth > 16 {
            return Err(wrong(node, "groups are nested more than 16 deep; flatten them"));
        }
        let style = self.styled(node, inherited)?;
        for child in node.children().filter(Node::is_element) {
            let stack = child.attribute("data-stack");
            match child.tag_name().name() {
                "text" => {
                    let item = self.item(&child, &style, 0.0)?;
                    let (top, height) = (f32::NAN, f32::INFINITY);
                    self.pieces.push(Piece::Texts(Stack { top, height, anchor: Anchor::Start, items: vec![item] }));
                }
                "g" if stack.is_none() => self.collect(&child, &style, depth + 1)?,
                "g" => {
                    let stack = self.stack(&child, &style)?;
                    self.pieces.push(Piece::Texts(stack));
                }
                "image" if self.medium == Medium::Certificate => self.pieces.push(Piece::Picture(picture(&child)?)),
                "title" | "desc" | "metadata" => {}
                other => {
                    let pictures = if self.medium == Medium::Certificate { ", <image>" } else { "" };
                    let message = format!(
                        "the text layer holds only <g>{pictures} and <text data-fit>; draw <{other}> in the background layer"
                    );
                    return Err(wrong(&child, message));
                }
            }
        }
        Ok(())
    }

    fn stack(&self, node: &Node<'a, '_>, inherited: &Style<'a>) -> Result<Stack<'a>, DrawError> {
        let [x, top, height] = numbers(node, "data-stack")?;
        let style = self.styled(node, inherited)?;
        let mut items = Vec::new();
        for text in node.children().filter(Node::is_element) {
            if text.tag_name().name() != "text" {
                return Err(wrong(&text, "a data-stack holds only <text data-fit> elements"));
            }
            items.push(self.item(&text, &style, x)?);
        }
        let anchor = match node.attribute("data-align") {
            None | Some("top") => Anchor::Start,
            Some("middle") => Anchor::Middle,
            Some("bottom") => Anchor::End,
            Some(_) => return Err(wrong(node, "data-align is top, middle or bottom")),
        };
        Ok(Stack { top, height, anchor, items })
    }

    fn styled(&self, node: &Node<'a, '_>, inherited: &Style<'a>) -> Result<Style<'a>, DrawError> {
        let mut style = inherited.clone();
        if let Some(families) = node.attribute("font-family") {
            style.families = families;
        }
        if let Some(weight) = node.attribute("font-weight") {
            style.weight = match weight {
                "normal" => 400,
                "bold" => 700,
                number => {
                    number.parse().map_err(|_| wrong(node, "font-weight is normal, bold or a number such as 700"))?
                }
            };
        }
        if let Some(slant) = node.attribute("font-style") {
            style.slanted = slant != "normal";
        }
        if let Some(fill) = node.attribute("fill") {
            style.ink =
                colour(fill).ok_or_else(|| wrong(node, format!("`{fill}` is no colour; write one such as #1f5f8b")))?;
        }
        if let Some(anchor) = node.attribute("text-anchor") {
            style.anchor = match anchor {
                "middle" => Anchor::Middle,
                "end" => Anchor::End,
                _ => Anchor::Start,
            };
        }
        if let Some(opacity) = node.attribute("fill-opacity") {
            let opacity = opacity.parse().ok().filter(|opacity: &f32| (0.0..=1.0).contains(opacity));
            style.opacity = opacity.ok_or_else(|| wrong(node, "fill-opacity is a number from 0 to 1"))?;
        }
        for unknown in ["style", "class", "transform"] {
            if node.has_attribute(unknown) {
                return Err(wrong(node, format!("`{unknown}` has no effect in the text layer; use plain attributes")));
            }
        }
        if self.medium == Medium::Card
            && let Some(unknown) = ON_PAPER.into_iter().find(|name| node.has_attribute(*name))
        {
            return Err(wrong(node, format!("`{unknown}` has no effect on cards; only certificates have it")));
        }
        Ok(style)
    }

    fn item(&self, node: &Node<'a, '_>, inherited: &Style<'a>, x: f32) -> Result<Item<'a>, DrawError> {
        let style = self.styled(node, inherited)?;
        let [width, lines, largest, smallest] = numbers(node, "data-fit")?;
        if !(width >= 1.0
            && (1.0..=20.0).contains(&lines)
            && smallest >= 4.0
            && largest >= smallest
            && largest <= 400.0)
        {
            return Err(wrong(
                node,
                "data-fit is width, lines, largest and smallest size, for example \"640 2 64 34\"",
            ));
        }
        let number = |name: &str, default: f32| match node.attribute(name) {
            Some(_) => numbers::<1>(node, name).map(|[number]| number),
            None => Ok(default),
        };
        let text: String = node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
        let lines = lines as usize;
        let text = typeset::tidy(&text);
        let leading = number("data-leading", 1.16)?.max(least_leading(&text));
        Ok(Item {
            text,
            style,
            fit: Fit { width, lines, largest, smallest },
            x: number("x", x)?,
            y: number("y", 0.0)?,
            gap: number("data-gap", 12.0)?,
            leading,
            turn: number("data-turn", 0.0)?,
            link: link(node)?,
            is_heading: match node.attribute("data-tag") {
                None | Some("p") => false,
                Some("h1") => true,
                Some(_) => return Err(wrong(node, "data-tag is p or h1")),
            },
        })
    }
}

/// Ems from baseline to baseline that a text needs at least, where its script has marks above and below its letters.
fn least_leading(text: &str) -> f32 {
    let of = |character: char| match character.script() {
        Script::Myanmar | Script::Tibetan | Script::Khmer | Script::Javanese | Script::Balinese => 1.7,
        Script::Thai | Script::Lao | Script::Arabic | Script::Nko => 1.3,
        Script::Latin | Script::Greek | Script::Cyrillic | Script::Common | Script::Inherited => 0.0,
        Script::Han | Script::Hiragana | Script::Katakana | Script::Hangul => 1.12,
        Script::Hebrew | Script::Armenian | Script::Georgian => 1.1,
        _ => 1.25,
    };
    if text.is_ascii() { 0.0 } else { text.chars().map(of).fold(0.0, f32::max) }
}

fn picture<'a>(node: &Node<'a, '_>) -> Result<Picture<'a>, DrawError> {
    let number = |name: &str| numbers::<1>(node, name).map(|[number]| number);
    Ok(Picture {
        href: node.attribute("href").unwrap_or_default(),
        place: [number("x")?, number("y")?, number("width")?, number("height")?],
        alt: node.attribute("data-alt").unwrap_or_default(),
        link: link(node)?,
        line: node.document().text_pos_at(node.range().start).row,
    })
}

fn link<'a>(node: &Node<'a, '_>) -> Result<Option<&'a str>, DrawError> {
    match node.attribute("data-link") {
        None => Ok(None),
        Some(address) if address.starts_with("https://") || address.starts_with("http://") => Ok(Some(address)),
        Some(_) => Err(wrong(node, "data-link is an absolute address that begins with https://")),
    }
}

/// An attribute of exactly so many numbers.
fn numbers<const N: usize>(node: &Node<'_, '_>, name: &str) -> Result<[f32; N], DrawError> {
    node.attribute(name)
        .and_then(|value| {
            let numbers: Option<Vec<f32>> = value
                .split_ascii_whitespace()
                .map(|number| number.parse().ok().filter(|number: &f32| number.is_finite()))
                .collect();
            numbers?.try_into().ok()
        })
        .ok_or_else(|| {
            let count = if N == 1 { "one number".into() } else { format!("{N} numbers") };
            wrong(node, format!("<{}> needs `{name}` with {count}", node.tag_name().name()))
        })
}

/// How much room a text takes that has been set.
pub(in crate::output) trait Extent {
    /// Its size in pixels.
    fn size(&self) -> f32;
    /// How many lines it has.
    fn lines(&self) -> usize;
    /// Whether its end is missing.
    fn is_cut(&self) -> bool;
    /// Ems of ink above its first baseline and below its last.
    fn ink(&self) -> [f32; 2];
}

/// How far a text may reach into the gap above it and below, in ems. Accents on capitals do.
const INTO_GAPS: [f32; 2] = [0.22, 0.1];

/// Ems from a text's top to its first baseline.
fn ascent(text: &impl Extent) -> f32 {
    ASCENT.max(text.ink()[0] - INTO_GAPS[0])
}

/// Ems from its last baseline to its end: letters of some scripts are stacked, or have marks far below.
fn descent(text: &impl Extent) -> f32 {
    DESCENT.max(text.ink()[1] - INTO_GAPS[1])
}

impl Extent for Setting {
    fn size(&self) -> f32 {
        self.size
    }

    fn lines(&self) -> usize {
        self.lines.len()
    }

    fn is_cut(&self) -> bool {
        self.is_cut
    }

    fn ink(&self) -> [f32; 2] {
        ink(&self.lines)
    }
}

/// Ems of ink above the first baseline of lines and below the last.
pub(in crate::output) fn ink(lines: &[Line]) -> [f32; 2] {
    [lines.first().map_or(0.0, |line| line.ink[0]), lines.last().map_or(0.0, |line| line.ink[1])]
}

/// A text that has been set, and where its first line stands.
pub(in crate::output) struct Placed<'s, 'a, T> {
    pub(in crate::output) item: &'s Item<'a>,
    pub(in crate::output) text: T,
    pub(in crate::output) baseline: f32,
}

/// Shares of a text's largest size, while all of it fits at its smallest.
const SMALLER: [f32; 7] = [1.0, 0.92, 0.84, 0.76, 0.68, 0.6, 0.52];
/// Shares of its smallest size, where the template's own sizes do not do: nothing is cut while it can be read.
const SMALLEST: [f32; 7] = [1.0, 0.86, 0.74, 0.64, 0.55, 0.47, 0.4];

/// A stack's texts in their places.
pub(in crate::output) struct Placement<'s, 'a, T> {
    pub(in crate::output) placed: Vec<Placed<'s, 'a, T>>,
    /// Those that are cut short, or not there at all, for want of room.
    pub(in crate::output) wanting: Vec<&'s Item<'a>>,
}

impl<'a> Stack<'a> {
    /// Sets all texts as large as they may be together and places them.
    ///
    /// If they are too high, all get smaller. A text that does not fit gets more lines
    /// and smaller letters than the template has for it, and in the end all texts do.
    /// Only if they still are too high, the last are left out.
    pub(in crate::output) fn place<T: Extent>(
        &self,
        mut set: impl FnMut(&Item<'a>, Fit) -> Option<T>,
    ) -> Placement<'_, 'a, T> {
        let items: Vec<&Item<'a>> = self.items.iter().filter(|item| !item.text.is_empty()).collect();
        let mut all = |fit: &mut dyn FnMut(&Item<'a>) -> Fit| -> Vec<(&Item<'a>, T)> {
            items.iter().filter_map(|item| Some((*item, set(item, fit(item))?))).collect()
        };
        let mut texts = Vec::new();
        let mut is_whole = false;
        for share in SMALLER {
            texts = all(&mut |item| item.smaller(share));
            is_whole = height(&texts) <= self.height;
            if is_whole {
                break;
            }
        }
        let is_alone = self.top.is_nan();
        let cut: Vec<&Item<'a>> = texts.iter().filter(|(_, text)| text.is_cut()).map(|(item, _)| *item).collect();
        if !is_whole || !cut.is_empty() {
            // First only those that do not fit; then all.
            let tries = [false, true].into_iter().flat_map(|all| (1..SMALLEST.len()).map(move |step| (all, step)));
            for (every, step) in tries {
                let tried = all(&mut |item| {
                    if every || cut.iter().any(|cut| std::ptr::eq(*cut, item)) {
                        item.tighter(step, is_alone)
                    } else {
                        item.smaller(0.0)
                    }
                });
                is_whole = height(&tried) <= self.height && !tried.iter().any(|(_, text)| text.is_cut());
                if is_whole {
                    texts = tried;
                    break;
                }
            }
        }
        let mut wanting = Vec::new();
        if !is_whole {
            while texts.len() > 1 && height(&texts) > self.height {
                wanting.extend(texts.pop().map(|(item, _)| item));
            }
            wanting.extend(texts.iter().filter(|(_, text)| text.is_cut()).map(|(item, _)| *item));
        }
        let total = height(&texts);
        let mut top = match self.anchor {
            Anchor::Start => self.top,
            Anchor::Middle => self.top + (self.height - total) / 2.0,
            Anchor::End => self.top + self.height - total,
        };
        let mut placed = Vec::with_capacity(texts.len());
        for (index, (item, text)) in texts.into_iter().enumerate() {
            if index > 0 {
                top += item.gap;
            }
            let baseline = if self.top.is_nan() { item.y } else { top + ascent(&text) * text.size() };
            top += extent(item, &text);
            placed.push(Placed { item, text, baseline });
        }
        Placement { placed, wanting }
    }
}

impl Item<'_> {
    fn smaller(&self, share: f32) -> Fit {
        Fit { largest: (self.fit.largest * share).max(self.fit.smallest), ..self.fit }
    }

    /// Smaller than the template has it, on more lines where there is something to share the room with.
    fn tighter(&self, step: usize, is_alone: bool) -> Fit {
        let share = |step: usize| SMALLEST.get(step).copied().unwrap_or(1.0);
        Fit {
            lines: if is_alone { self.fit.lines } else { self.fit.lines + 2 * step },
            largest: self.fit.smallest * share(step - 1),
            smallest: self.fit.smallest * share(step),
            ..self.fit
        }
    }

    /// Sets the text. `None` if nothing of it can be drawn.
    pub(in crate::output) fn set(&self, fonts: &Fonts, fit: Fit) -> Option<Setting> {
        let style = &self.style;
        let families: Vec<&str> =
            style.families.split(',').map(|family| family.trim().trim_matches(['\'', '"'])).collect();
        let ranked = fonts.ranked(&self.text, &families, style.weight, style.slanted);
        typeset::set(fonts, &ranked, &self.text, fit)
    }

    /// Where a line of its setting begins.
    pub(in crate::output) fn left(&self, setting: &Setting, line: &Line) -> f32 {
        let size = setting.size;
        let widest = setting.lines.iter().map(|line| line.width).fold(0.0, f32::max);
        match self.style.anchor {
            // The block stands where all texts do; a text written from
            // the right has its shorter lines begin at its right edge.
            Anchor::Start if setting.from_right => self.x + (widest - line.width) * size,
            Anchor::Start => self.x,
            Anchor::Middle => self.x - line.width * size / 2.0,
            Anchor::End => self.x - line.width * size,
        }
    }
}

fn extent(item: &Item<'_>, text: &impl Extent) -> f32 {
    let more = u16::try_from(text.lines().saturating_sub(1)).unwrap_or(u16::MAX);
    text.size() * (ascent(text) + descent(text) + f32::from(more) * item.leading)
}

fn height<T: Extent>(texts: &[(&Item<'_>, T)]) -> f32 {
    let gaps: f32 = texts.iter().skip(1).map(|(item, _)| item.gap).sum();
    gaps + texts.iter().map(|(item, text)| extent(item, text)).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text on one line, of so many pixels, with so many ems of ink above and below.
    struct Set(f32, [f32; 2]);

    impl Extent for Set {
        fn size(&self) -> f32 {
            self.0
        }

        fn lines(&self) -> usize {
            1
        }

        fn is_cut(&self) -> bool {
            false
        }

        fn ink(&self) -> [f32; 2] {
            self.1
        }
    }

    /// Letters of many scripts are stacked, or have marks far above and below.
    #[test]
    fn a_text_that_reaches_far_up_and_down_keeps_clear_of_its_neighbours() {
        let svg = "<svg xmlns='http://www.w3.org/2000/svg'><g data-stack='0 0 400'><text data-fit='600 1 20 20'>Awarded to</text>\
                   <text data-fit='600 1 80 80' data-gap='18'>name</text><text data-fit='600 1 40 40' data-gap='10'>badge</text></g></svg>";
        let document = parse(svg).unwrap();
        let pieces = read(&document, Medium::Card).unwrap();
        let Piece::Texts(stack) = &pieces[0] else { panic!("no texts") };
        let baselines = |ink: [f32; 2]| -> Vec<f32> {
            let set = |item: &Item<'_>, fit: Fit| {
                Some(Set(fit.largest, if item.text == "name" { ink } else { [0.72, 0.22] }))
            };
            stack.place(set).placed.iter().map(|placed| placed.baseline).collect()
        };
        let plain = baselines([0.72, 0.22]);
        assert_eq!(baselines([0.95, 0.3]), plain);
        let tall = baselines([1.3, 0.8]);
        assert!(tall[0] + 0.22 * 20.0 < tall[1] - 1.3 * 80.0, "{tall:?}");
        assert!(tall[1] + 0.8 * 80.0 < tall[2] - 0.72 * 40.0 + 1.0, "{tall:?}");
    }

    #[test]
    fn ink_is_measured_where_letters_can_reach_far() {
        let fonts = Fonts::new(&[]).unwrap();
        let ink = |text: &str| {
            let ranked = fonts.ranked(text, &[DISPLAY], 400, false);
            typeset::set(&fonts, &ranked, text, Fit { width: 900.0, lines: 1, largest: 40.0, smallest: 40.0 })
                .unwrap()
                .ink()
        };
        assert!(ink("Kate").iter().all(|ems| ems.abs() < f32::EPSILON));
        let ([plain, _], [tall, low]) = (ink("Åse"), ink("Ễṣ"));
        assert!(tall > plain && plain > 0.7 && (0.1..0.5).contains(&low), "{plain} {tall} {low}");
    }
}
