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
//! A name that no font can draw is left out, and the badge takes its place
//! ([`crate::output::drawn`]). Nor does a card show a status: it is cached by others for
//! days. The same inputs give the same bytes on any machine.

mod print;
mod raster;
mod sheet;

use std::sync::{Arc, Mutex, PoisonError};

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::roxmltree::{Document, ParsingOptions};
use resvg::usvg::{ImageHrefResolver, ImageKind, Tree};
use tera::Context;

use crate::fonts::Fonts;
use crate::output::drawn::{
    Colours, DrawError, Layer, Template, check_background,
    layout::{self, Medium},
    legible,
};
use crate::output::picture::palette::{self, Indexed};
use crate::picture;
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

/// A background in palette colours, ready to be printed on. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Background {
    indexed: Arc<Indexed>,
    colours: Colours,
}

/// A template and fonts, ready to draw cards from any number of threads.
pub struct CardPress {
    template: Template,
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
    /// Whether there is a font for every letter of a text.
    pub(super) fn draws(&self, text: &str) -> bool {
        self.fonts.undrawable(text).is_empty()
    }

    /// Reads a template, and tries each kind of card with it.
    ///
    /// # Errors
    ///
    /// What is wrong with the template, with its line.
    pub fn new(template: &str, fonts: Fonts) -> Result<Self, DrawError> {
        let press = Self { template: Template::new(TEMPLATE, template)?, fonts, sheets: Mutex::new(Vec::new()) };
        for kind in CardKind::ALL {
            let input = BackgroundInput { kind, accent: "#000", on_accent: "#fff", picture: None };
            let colours = Colours::new(input.accent, input.on_accent)?;
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
                let svg = press.template.render(Layer::Text, &text_context(&press.fonts, &text, &colours))?;
                print::print(&press.fonts, &svg, None)?;
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
    pub fn background(&self, input: &BackgroundInput<'_>) -> Result<Background, DrawError> {
        let colours = Colours::new(input.accent, input.on_accent)?;
        let tree = self.parse_background(input, &colours)?;
        let mut pixmap =
            Pixmap::new(WIDTH, HEIGHT).ok_or_else(|| DrawError::Encoding { message: "not enough memory".into() })?;
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
    pub fn card(&self, background: &Background, text: &CardText<'_>) -> Result<Vec<u8>, DrawError> {
        let svg = self.template.render(Layer::Text, &text_context(&self.fonts, text, &background.colours))?;
        let mut sheet = self.spare().pop().unwrap_or_default();
        sheet.begin(&background.indexed);
        let png = print::print(&self.fonts, &svg, Some(&mut sheet)).and_then(|()| sheet.encode());
        self.spare().push(sheet);
        png
    }

    /// The texts that its card does not show in full, as there is no room for them.
    ///
    /// # Errors
    ///
    /// As [`Self::card`].
    pub fn wanting(&self, text: &CardText<'_>) -> Result<Vec<String>, DrawError> {
        let colours = Colours::new("#000", "#fff")?;
        let svg = self.template.render(Layer::Text, &text_context(&self.fonts, text, &colours))?;
        layout::wanting(&svg, Medium::Card, &self.fonts)
    }

    /// A sheet is whole at any moment, so a panic elsewhere does not spoil it.
    fn spare(&self) -> std::sync::MutexGuard<'_, Vec<Sheet>> {
        self.sheets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn parse_background(&self, input: &BackgroundInput<'_>, colours: &Colours) -> Result<Tree, DrawError> {
        let mut context = Context::new();
        context.insert("layer", Layer::Background.word());
        context.insert("kind", input.kind.word());
        context.insert("has_picture", &input.picture.is_some());
        colours.insert(&mut context);
        for name in ["name", "badge", "label", "issuer", "description", "place"] {
            context.insert(name, "");
        }
        context.insert("dates", &Vec::<&str>::new());
        let svg = self.template.render(Layer::Background, &context)?;
        let wrong = |line: u32, message: String| DrawError::Drawn { layer: Layer::Background, line, message };
        let options = ParsingOptions::default();
        let document =
            Document::parse_with_options(&svg, options).map_err(|error| wrong(error.pos().row, error.to_string()))?;
        check_background(&document)?;
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
                Some(Arc::new(png.map_err(|error| DrawError::Encoding { message: error.to_string() })?))
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

#[cfg(test)]
mod tests;
