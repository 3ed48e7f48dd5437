//! The text layer of a card's template: what to set where.
//!
//! The template writes ordinary SVG, `<text>` elements in `<g>` groups, with a
//! few `data-` attributes for what SVG lacks: a box a text must fit, and a
//! stack of texts that close ranks when one is missing. Only those two elements
//! are drawn in this layer, by our own setting: everything else that is drawn
//! belongs into the background, which is drawn once and shared.
//!
//! Errors name the line of the drawn SVG. As the layer is rendered from the
//! template with its line breaks kept, that is near the template's own line.

use std::sync::Arc;

use resvg::usvg::roxmltree::{Document, Node};

use super::palette::Rgb;
use super::raster;
use super::sheet::{Printed, Sheet, Wanted};
use super::typeset::{self, Fit};
use super::{CardError, Layer};
use crate::fonts::{Fonts, TEXT};

/// Ems from a text's top to its first baseline, and from its last to its end.
const ASCENT: f32 = 0.76;
const DESCENT: f32 = 0.24;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Anchor {
    Start,
    Middle,
    End,
}

/// What a `<text>` inherits from its groups.
#[derive(Debug, Clone)]
struct Style<'a> {
    families: &'a str,
    weight: u16,
    slanted: bool,
    ink: Rgb,
    anchor: Anchor,
}

/// One text with its box.
struct Item<'a> {
    text: String,
    style: Style<'a>,
    fit: Fit,
    x: f32,
    /// The first baseline, where the text stands alone.
    y: f32,
    /// Pixels above it, in a stack, but for its first.
    gap: f32,
    /// Ems from baseline to baseline.
    leading: f32,
}

/// Texts one below the other, in a box.
struct Stack<'a> {
    top: f32,
    height: f32,
    anchor: Anchor,
    items: Vec<Item<'a>>,
}

/// Sets and prints the layer. With no sheet it is only checked.
pub(super) fn print(fonts: &Fonts, svg: &str, mut sheet: Option<&mut Sheet>) -> Result<(), CardError> {
    let document = Document::parse(svg).map_err(|error| CardError::Drawn {
        layer: Layer::Text,
        line: error.pos().row,
        message: error.to_string(),
    })?;
    let root = document.root_element();
    let style = Style { families: TEXT, weight: 400, slanted: false, ink: [0; 3], anchor: Anchor::Start };
    let mut stacks = Vec::new();
    collect(&root, &style, 0, &mut stacks)?;
    for stack in &stacks {
        let Some(sheet) = sheet.as_deref_mut() else {
            continue;
        };
        stack.print(fonts, sheet);
    }
    Ok(())
}

fn wrong(node: &Node<'_, '_>, message: impl Into<String>) -> CardError {
    CardError::Drawn {
        layer: Layer::Text,
        line: node.document().text_pos_at(node.range().start).row,
        message: message.into(),
    }
}

/// A text that stands alone is a stack without a box.
fn collect<'a>(
    node: &Node<'a, '_>,
    inherited: &Style<'a>,
    depth: usize,
    stacks: &mut Vec<Stack<'a>>,
) -> Result<(), CardError> {
    if depth > 16 {
        return Err(wrong(node, "groups are nested more than 16 deep; flatten them"));
    }
    let style = styled(node, inherited)?;
    for child in node.children().filter(Node::is_element) {
        let stack = child.attribute("data-stack");
        match child.tag_name().name() {
            "text" => {
                let item = item(&child, &style, 0.0)?;
                let (top, height) = (f32::NAN, f32::INFINITY);
                stacks.push(Stack { top, height, anchor: Anchor::Start, items: vec![item] });
            }
            "g" if stack.is_none() => collect(&child, &style, depth + 1, stacks)?,
            "g" => {
                let [x, top, height] = numbers(&child, "data-stack")?;
                let style = styled(&child, &style)?;
                let mut items = Vec::new();
                for text in child.children().filter(Node::is_element) {
                    if text.tag_name().name() != "text" {
                        return Err(wrong(&text, "a data-stack holds only <text data-fit> elements"));
                    }
                    items.push(item(&text, &style, x)?);
                }
                let anchor = match child.attribute("data-align") {
                    None | Some("top") => Anchor::Start,
                    Some("middle") => Anchor::Middle,
                    Some("bottom") => Anchor::End,
                    Some(_) => return Err(wrong(&child, "data-align is top, middle or bottom")),
                };
                stacks.push(Stack { top, height, anchor, items });
            }
            "title" | "desc" | "metadata" => {}
            other => {
                return Err(wrong(
                    &child,
                    format!(
                        "the text layer holds only <g> and <text data-fit>; draw <{other}> in the background layer"
                    ),
                ));
            }
        }
    }
    Ok(())
}

fn styled<'a>(node: &Node<'a, '_>, inherited: &Style<'a>) -> Result<Style<'a>, CardError> {
    let mut style = inherited.clone();
    if let Some(families) = node.attribute("font-family") {
        style.families = families;
    }
    if let Some(weight) = node.attribute("font-weight") {
        style.weight = match weight {
            "normal" => 400,
            "bold" => 700,
            number => number.parse().map_err(|_| wrong(node, "font-weight is normal, bold or a number such as 700"))?,
        };
    }
    if let Some(slant) = node.attribute("font-style") {
        style.slanted = slant != "normal";
    }
    if let Some(fill) = node.attribute("fill") {
        style.ink = super::colour(fill)
            .ok_or_else(|| wrong(node, format!("`{fill}` is no colour; write one such as #1f5f8b")))?;
    }
    if let Some(anchor) = node.attribute("text-anchor") {
        style.anchor = match anchor {
            "middle" => Anchor::Middle,
            "end" => Anchor::End,
            _ => Anchor::Start,
        };
    }
    for unknown in ["style", "class", "transform"] {
        if node.has_attribute(unknown) {
            return Err(wrong(node, format!("`{unknown}` has no effect in the text layer; use plain attributes")));
        }
    }
    Ok(style)
}

fn item<'a>(node: &Node<'a, '_>, inherited: &Style<'a>, x: f32) -> Result<Item<'a>, CardError> {
    let style = styled(node, inherited)?;
    let [width, lines, largest, smallest] = numbers(node, "data-fit")?;
    if !(width >= 1.0 && (1.0..=20.0).contains(&lines) && smallest >= 4.0 && largest >= smallest && largest <= 400.0) {
        return Err(wrong(node, "data-fit is width, lines, largest and smallest size, for example \"640 2 64 34\""));
    }
    let number = |name: &str, default: f32| match node.attribute(name) {
        Some(_) => numbers::<1>(node, name).map(|[number]| number),
        None => Ok(default),
    };
    let text: String = node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    let lines = lines as usize;
    Ok(Item {
        text: typeset::tidy(&text),
        style,
        fit: Fit { width, lines, largest, smallest },
        x: number("x", x)?,
        y: number("y", 0.0)?,
        gap: number("data-gap", 12.0)?,
        leading: number("data-leading", 1.16)?,
    })
}

/// An attribute of exactly so many numbers.
fn numbers<const N: usize>(node: &Node<'_, '_>, name: &str) -> Result<[f32; N], CardError> {
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

impl Stack<'_> {
    fn print(&self, fonts: &Fonts, sheet: &mut Sheet) {
        let placed = self.set(fonts, sheet);
        let total = height(&placed);
        let mut top = match self.anchor {
            Anchor::Start => self.top,
            Anchor::Middle => self.top + (self.height - total) / 2.0,
            Anchor::End => self.top + self.height - total,
        };
        for (index, (item, printed)) in placed.iter().enumerate() {
            let mut baseline = if self.top.is_nan() {
                item.y
            } else {
                if index > 0 {
                    top += item.gap;
                }
                top + ASCENT * printed.size
            };
            for line in &printed.lines {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
                sheet.print(line, baseline.round().clamp(0.0, 2000.0) as usize, item.style.ink);
                baseline += item.leading * printed.size;
            }
            top += extent(item, printed);
        }
    }

    /// Sets all texts as large as they may be together: if they are too high,
    /// all get smaller; if they still are, the last are left out.
    fn set(&self, fonts: &Fonts, sheet: &mut Sheet) -> Vec<(&Item<'_>, Arc<Printed>)> {
        let mut placed = Vec::new();
        for percent in [100_u8, 92, 84, 76, 68, 60, 52] {
            let scale = f32::from(percent) / 100.0;
            placed = self.items.iter().filter_map(|item| Some((item, item.set(fonts, scale, sheet)?))).collect();
            if height(&placed) <= self.height {
                return placed;
            }
        }
        while placed.len() > 1 && height(&placed) > self.height {
            placed.pop();
        }
        placed
    }
}

impl Item<'_> {
    fn set(&self, fonts: &Fonts, scale: f32, sheet: &mut Sheet) -> Option<Arc<Printed>> {
        if self.text.is_empty() {
            return None;
        }
        let largest = (self.fit.largest * scale).max(self.fit.smallest);
        let fit = Fit { largest, ..self.fit };
        let style = &self.style;
        let wanted = Wanted {
            text: self.text.clone(),
            families: style.families.into(),
            weight: style.weight,
            slanted: style.slanted,
            numbers: [self.x, fit.width, fit.largest, fit.smallest].map(f32::to_bits),
            lines: fit.lines,
            anchor: style.anchor as u8,
        };
        if let Some(known) = sheet.known.get(&wanted) {
            return known.clone();
        }
        let families: Vec<&str> =
            style.families.split(',').map(|family| family.trim().trim_matches(['\'', '"'])).collect();
        let ranked = fonts.ranked(&families, style.weight, style.slanted);
        let printed = typeset::set(fonts, &ranked, &self.text, fit).map(|setting| {
            let size = setting.size;
            let widest = setting.lines.iter().map(|line| line.width).fold(0.0, f32::max);
            let lines = setting.lines.iter().map(|line| {
                let x = match style.anchor {
                    // The block stands where all texts do; a text written from
                    // the right has its shorter lines begin at its right edge.
                    Anchor::Start if setting.from_right => self.x + (widest - line.width) * size,
                    Anchor::Start => self.x,
                    Anchor::Middle => self.x - line.width * size / 2.0,
                    Anchor::End => self.x - line.width * size,
                };
                raster::cover(fonts, line, size, x)
            });
            Arc::new(Printed { size, lines: lines.collect() })
        });
        sheet.known.insert(wanted, printed.clone());
        printed
    }
}

fn extent(item: &Item<'_>, printed: &Printed) -> f32 {
    let more = u16::try_from(printed.lines.len().saturating_sub(1)).unwrap_or(u16::MAX);
    printed.size * (ASCENT + DESCENT + f32::from(more) * item.leading)
}

fn height(placed: &[(&Item<'_>, Arc<Printed>)]) -> f32 {
    let gaps: f32 = placed.iter().skip(1).map(|(item, _)| item.gap).sum();
    gaps + placed.iter().map(|(item, printed)| extent(item, printed)).sum::<f32>()
}
