//! Share cards: the 1200×630 picture that `LinkedIn`, `WhatsApp` and mail programs
//! show beside a link.
//!
//! A site has tens of thousands of cards, and each differs from the next in a
//! few lines of text. So the theme's `card.svg` is drawn in two layers. The
//! *background* (paper, ornament, the badge's picture) is drawn in full, once
//! for each badge, and reduced to palette colours. The *text* is set and
//! printed onto a copy of it, by this module's own setting, which knows what
//! SVG does not: to break lines, to shrink, to close up where a text is missing.
//!
//! A card never shows what its fonts cannot: a name that has a letter without a
//! glyph is left out, and the badge takes its place; emoji and symbols without
//! a glyph are left out of their text. Whoever builds the site asks
//! [`Fonts::undrawable`] and warns. Nor does a card show a status: it is cached
//! by others for days. The same inputs give the same bytes on any machine.

mod layout;
mod palette;
mod raster;
mod sheet;
mod typeset;

use std::sync::{Arc, Mutex, PoisonError};

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::roxmltree::{Document, ParsingOptions};
use resvg::usvg::{ImageHrefResolver, ImageKind, Tree};
use tera::{Context, Tera};
use thiserror::Error;
use unicode_script::{Script, UnicodeScript};

use crate::fonts::{Fonts, is_invisible};
use crate::picture::{self, PictureError};
use palette::{Indexed, Rgb};
use sheet::Sheet;

/// A card's width in pixels, as Open Graph recommends.
pub const WIDTH: u32 = 1200;
/// A card's height in pixels.
pub const HEIGHT: u32 = 630;

const TEMPLATE: &str = "card.svg";
/// The template names the badge's picture by this address.
const PICTURE: &str = "badge:picture";

/// What a card is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CardKind {
    /// An award: name, badge, issuer, dates.
    Award,
    /// A badge: its name and issuer.
    Badge,
    /// The site: its title and description.
    Site,
}

impl CardKind {
    const ALL: [Self; 3] = [Self::Award, Self::Badge, Self::Site];

    fn word(self) -> &'static str {
        match self {
            Self::Award => "award",
            Self::Badge => "badge",
            Self::Site => "site",
        }
    }
}

/// All that a background's bytes depend on, besides template and fonts.
#[derive(Debug, Clone, Copy)]
pub struct BackgroundInput<'a> {
    /// What the cards are of.
    pub kind: CardKind,
    /// The issuer's colour, as CSS writes it: dark enough for text on paper.
    pub accent: &'a str,
    /// A colour for text on the accent.
    pub on_accent: &'a str,
    /// The badge's picture: PNG, JPEG or SVG.
    pub picture: Option<&'a [u8]>,
}

/// The texts of one card. What is empty or cannot be drawn is left out.
#[derive(Debug, Clone, Copy)]
pub struct CardText<'a> {
    /// What the card is of; the same as its background's.
    pub kind: CardKind,
    /// The earner's public name; for the site's card, its title.
    pub name: &'a str,
    /// The badge's full name.
    pub badge: &'a str,
    /// A short word for the badge: abbreviation or kind.
    pub label: &'a str,
    /// The issuer's name.
    pub issuer: &'a str,
    /// One sentence, on badge and site cards.
    pub description: &'a str,
    /// Up to three lines of dates. Never a status.
    pub dates: &'a [&'a str],
    /// Where to check: a line that names the site's domain.
    pub place: &'a str,
}

/// The layers a template is drawn in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// What all cards of a badge share.
    Background,
    /// What one card says.
    Text,
}

impl Layer {
    fn word(self) -> &'static str {
        match self {
            Self::Background => "background",
            Self::Text => "text",
        }
    }
}

impl std::fmt::Display for Layer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.word())
    }
}

/// Why a card cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CardError {
    /// The template is wrong as a template.
    #[error("{TEMPLATE}:{line}:{column}: {message}")]
    Template {
        /// Line in the template, from 1; 0 if unknown.
        line: usize,
        /// Column in the template, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// The template gives an SVG that cannot be drawn.
    #[error("{TEMPLATE}, line {line} of its {layer} layer as drawn: {message}")]
    Drawn {
        /// The layer.
        layer: Layer,
        /// Line in what the template gave, from 1.
        line: u32,
        /// What is wrong and what to do.
        message: String,
    },
    /// A colour that is none.
    #[error("`{value}` is not a colour; write one such as #1f5f8b")]
    Colour {
        /// The text that was given.
        value: String,
    },
    /// The badge's picture cannot be used.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The PNG could not be written.
    #[error("the card could not be written as PNG: {message}")]
    Encoding {
        /// The encoder's message.
        message: String,
    },
}

/// A background in palette colours, ready to be printed on. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Background {
    indexed: Arc<Indexed>,
    colours: Colours,
}

/// The issuer's colours as the template gets them: `#rrggbb`.
#[derive(Debug, Clone)]
struct Colours {
    accent: String,
    on_accent: String,
}

impl Colours {
    fn of(input: &BackgroundInput<'_>) -> Result<Self, CardError> {
        let hex = |css: &str| match colour(css) {
            Some([r, g, b]) => Ok(format!("#{r:02x}{g:02x}{b:02x}")),
            None => Err(CardError::Colour { value: css.into() }),
        };
        Ok(Self { accent: hex(input.accent)?, on_accent: hex(input.on_accent)? })
    }

    fn insert(&self, context: &mut Context) {
        context.insert("accent", &self.accent);
        context.insert("on_accent", &self.on_accent);
    }
}

/// A template and fonts, ready to draw cards from any number of threads.
pub struct CardPress {
    tera: Tera,
    fonts: Fonts,
    /// Buffers that are not in use.
    sheets: Mutex<Vec<Sheet>>,
}

impl std::fmt::Debug for CardPress {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CardPress").finish_non_exhaustive()
    }
}

impl CardPress {
    /// Reads a template, and tries each kind of card with it.
    ///
    /// # Errors
    ///
    /// What is wrong with the template, with its line.
    pub fn new(template: &str, fonts: Fonts) -> Result<Self, CardError> {
        let mut tera = Tera::default();
        tera.autoescape_on(vec![".svg"]);
        tera.set_escape_fn(escape_xml);
        tera.add_raw_template(TEMPLATE, template).map_err(|error| template_error(&error))?;
        let press = Self { tera, fonts, sheets: Mutex::new(Vec::new()) };
        for kind in CardKind::ALL {
            let input = BackgroundInput { kind, accent: "#000", on_accent: "#fff", picture: None };
            let colours = Colours::of(&input)?;
            press.parse_background(&input, &colours)?;
            for words in ["Word", ""] {
                let text = CardText {
                    kind,
                    name: words,
                    badge: words,
                    label: words,
                    issuer: words,
                    description: words,
                    dates: if words.is_empty() { &[] } else { &["Word", "Word", "Word"] },
                    place: words,
                };
                let svg = press.render(&text_context(&press.fonts, &text, &colours))?;
                layout::print(&press.fonts, &svg, None)?;
            }
        }
        Ok(press)
    }

    /// Draws a background. This takes tens of milliseconds, and serves all
    /// cards of the same badge, kind and colours.
    ///
    /// # Errors
    ///
    /// A colour that is none, or a picture that [`picture::inspect`] refuses.
    pub fn background(&self, input: &BackgroundInput<'_>) -> Result<Background, CardError> {
        let colours = Colours::of(input)?;
        let tree = self.parse_background(input, &colours)?;
        let mut pixmap =
            Pixmap::new(WIDTH, HEIGHT).ok_or_else(|| CardError::Encoding { message: "not enough memory".into() })?;
        pixmap.fill(Color::WHITE);
        #[expect(clippy::cast_precision_loss, reason = "1200 and 630")]
        let transform = Transform::from_scale(WIDTH as f32 / tree.size().width(), HEIGHT as f32 / tree.size().height());
        resvg::render(&tree, transform, &mut pixmap.as_mut());
        let indexed = palette::reduce(pixmap.data(), WIDTH as usize);
        Ok(Background { indexed: Arc::new(indexed), colours })
    }

    /// Draws one card, as a PNG.
    ///
    /// # Errors
    ///
    /// Only what a template does with these texts and did not with others.
    pub fn card(&self, background: &Background, text: &CardText<'_>) -> Result<Vec<u8>, CardError> {
        let svg = self.render(&text_context(&self.fonts, text, &background.colours))?;
        let mut sheet = self.spare().pop().unwrap_or_default();
        sheet.begin(&background.indexed);
        let png = layout::print(&self.fonts, &svg, Some(&mut sheet)).and_then(|()| sheet.encode());
        self.spare().push(sheet);
        png
    }

    /// A sheet is whole at any moment, so a panic elsewhere does not spoil it.
    fn spare(&self) -> std::sync::MutexGuard<'_, Vec<Sheet>> {
        self.sheets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn render(&self, context: &Context) -> Result<String, CardError> {
        self.tera.render(TEMPLATE, context).map_err(|error| template_error(&error))
    }

    fn parse_background(&self, input: &BackgroundInput<'_>, colours: &Colours) -> Result<Tree, CardError> {
        let mut context = Context::new();
        context.insert("layer", Layer::Background.word());
        context.insert("kind", input.kind.word());
        context.insert("has_picture", &input.picture.is_some());
        colours.insert(&mut context);
        for name in ["name", "badge", "label", "issuer", "description", "place"] {
            context.insert(name, "");
        }
        context.insert("dates", &Vec::<&str>::new());
        let svg = self.render(&context)?;
        let wrong = |line: u32, message: String| CardError::Drawn { layer: Layer::Background, line, message };
        let options = ParsingOptions::default();
        let document =
            Document::parse_with_options(&svg, options).map_err(|error| wrong(error.pos().row, error.to_string()))?;
        let line = |node: &resvg::usvg::roxmltree::Node<'_, '_>| document.text_pos_at(node.range().start).row;
        if let Some(text) = document.descendants().find(|node| node.has_attribute("data-fit")) {
            let message = "a <text data-fit> stands in the text layer: {% if layer == \"text\" %}";
            return Err(wrong(line(&text), message.into()));
        }
        // The picture is drawn at the very size it is shown at, so that it is
        // scaled once, and well.
        let side = document
            .descendants()
            .filter(|node| node.attribute("href") == Some(PICTURE))
            .flat_map(|node| ["width", "height"].map(|name| node.attribute(name)?.parse().ok()))
            .flatten()
            .fold(0.0_f32, f32::max);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let side = side.round().clamp(1.0, 1200.0) as u32;
        let picture = match input.picture {
            Some(bytes) => {
                let pixmap = picture::draw(bytes, side, &self.fonts)?;
                let png = pixmap.encode_png();
                Some(Arc::new(png.map_err(|error| CardError::Encoding { message: error.to_string() })?))
            }
            None => None,
        };
        let mut options = self.fonts.options();
        options.image_href_resolver = ImageHrefResolver {
            resolve_data: ImageHrefResolver::default_data_resolver(),
            resolve_string: Box::new(move |href, _| {
                let png = picture.as_ref().filter(|_| href == PICTURE)?;
                Some(ImageKind::PNG(Arc::clone(png)))
            }),
        };
        Tree::from_xmltree(&document, &options).map_err(|error| wrong(1, error.to_string()))
    }
}

fn template_error(error: &tera::Error) -> CardError {
    use tera::ErrorKind::{RenderingError, SyntaxError};
    match error.kind() {
        SyntaxError(report) | RenderingError(report) => CardError::Template {
            line: report.span().start_line,
            column: report.span().start_col + 1,
            message: report.message().to_owned(),
        },
        other => CardError::Template { line: 0, column: 0, message: other.to_string() },
    }
}

fn text_context(fonts: &Fonts, text: &CardText<'_>, colours: &Colours) -> Context {
    let mut context = Context::new();
    colours.insert(&mut context);
    context.insert("layer", Layer::Text.word());
    context.insert("kind", text.kind.word());
    context.insert("has_picture", &true);
    for (name, value) in [
        ("name", text.name),
        ("badge", text.badge),
        ("label", text.label),
        ("issuer", text.issuer),
        ("description", text.description),
        ("place", text.place),
    ] {
        context.insert(name, &legible(fonts, value));
    }
    let dates: Vec<String> =
        text.dates.iter().take(3).map(|date| legible(fonts, date)).filter(|date| !date.is_empty()).collect();
    context.insert("dates", &dates);
    context
}

/// What of a text can be drawn: all of it but for symbols that no font has, or
/// nothing, if that would take a letter, a digit or a mark out of it.
fn legible(fonts: &Fonts, text: &str) -> String {
    let text = typeset::tidy(text);
    let mut kept = String::with_capacity(text.len());
    for character in text.chars() {
        if fonts.draws(character) {
            kept.push(character);
        } else if character.is_alphanumeric() || character.script() != Script::Common {
            return String::new();
        }
    }
    // Spaces around what was left out, and a text of nothing but white space.
    if kept.len() < text.len() {
        kept = typeset::tidy(&kept);
    }
    if kept.chars().all(is_invisible) {
        kept.clear();
    }
    kept
}

/// A colour as CSS writes it; half-transparent ones are none.
fn colour(css: &str) -> Option<Rgb> {
    let colour: svgtypes::Color = css.trim().parse().ok()?;
    (colour.alpha == 255).then_some([colour.red, colour.green, colour.blue])
}

/// Escapes text for XML, and leaves out what XML 1.0 cannot hold at all.
fn escape_xml(text: &str, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    for character in text.chars() {
        match character {
            '&' => out.write_all(b"&amp;")?,
            '<' => out.write_all(b"&lt;")?,
            '>' => out.write_all(b"&gt;")?,
            '"' => out.write_all(b"&quot;")?,
            '\'' => out.write_all(b"&#39;")?,
            '\t' | '\n' | '\r' => out.write_all(b" ")?,
            '\u{fffe}' | '\u{ffff}' => {}
            control if control.is_control() => {}
            other => out.write_all(other.encode_utf8(&mut [0; 4]).as_bytes())?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
