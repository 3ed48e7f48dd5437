//! Certificates: a page to print and to keep, as PDF.
//!
//! It is drawn from the theme's `certificate.svg`, in two layers like a card
//! ([`crate::output::drawn`]): a background and the pictures, put into PDF objects once for
//! each badge, and texts, set by the same setting as on cards. But here texts stay
//! text: whoever opens the file can select, search and hear them, in any script, and
//! the address leads to the page where the award is checked. Fonts are part of the
//! file, cut down to the glyphs that are used.
//!
//! A certificate is kept and mailed for years. So it says no status that time makes
//! untrue, only dates; and one that no longer counts when it is made says so across
//! the sheet. It holds no date of its making: the same inputs give the same bytes.

mod document;
mod paper;
mod picture;
mod typefaces;
mod vector;

use pdf_writer::{Chunk, Ref};
use resvg::usvg::{ImageHrefResolver, Tree, roxmltree::Document};
use tera::Context;

use crate::fonts::Fonts;
use crate::output::drawn::{
    Colours, DrawError, Layer, Template, check_background, layout,
    layout::{Medium, Piece},
    legible,
};
use crate::output::picture::qr::Codes;
use paper::Paper;
use picture::Picture;
use typefaces::Typefaces;

const TEMPLATE: &str = "certificate.svg";
/// What the template names its pictures by.
const BADGE: &str = "badge:picture";
const ISSUER: &str = "issuer:picture";
const CODE: &str = "award:qr";
/// A background that needs pixels gets so many on its longer side: 150 to the inch of A4.
const GROUND_PIXELS: u32 = 1754;

/// All that a ground's bytes depend on, besides template and fonts.
#[derive(Debug, Clone, Copy)]
pub struct GroundInput<'a> {
    /// The issuer's colour, as CSS writes it: dark enough for text on paper.
    pub accent: &'a str,
    /// A colour for text on the accent.
    pub on_accent: &'a str,
    /// The badge's picture: PNG, JPEG or SVG.
    pub badge: Option<&'a [u8]>,
    /// The issuer's picture.
    pub issuer: Option<&'a [u8]>,
}

/// The texts of one certificate. What is empty or cannot be drawn is left out.
#[derive(Debug, Clone, Copy)]
pub struct CertificateText<'a> {
    /// The earner's public name.
    pub name: &'a str,
    /// The badge's full name.
    pub badge: &'a str,
    /// A short word for the badge: abbreviation or kind.
    pub label: &'a str,
    /// The issuer's name.
    pub issuer: &'a str,
    /// What stands before the name.
    pub lead: &'a str,
    /// Up to three lines of dates, or what has come in their place.
    pub dates: &'a [&'a str],
    /// A word across the sheet, on certificates that do not count.
    pub mark: &'a str,
    /// The only place where the award is checked, in a sentence.
    pub place: &'a str,
    /// What paper cannot do, in a sentence.
    pub hint: &'a str,
    /// The address of the verification page.
    pub address: &'a str,
    /// The same as people read it.
    pub address_text: &'a str,
    /// The file's title.
    pub title: &'a str,
    /// Who stands behind it.
    pub author: &'a str,
    /// BCP 47.
    pub language: &'a str,
    /// What the badge's picture shows, in words.
    pub badge_alt: &'a str,
    /// What the code is, in words.
    pub code_alt: &'a str,
}

/// The page, in the template's units, and how many points one of them has.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Shape {
    width: f32,
    height: f32,
    scale: f32,
}

/// What all certificates of a badge share, as PDF objects.
#[derive(Debug)]
pub struct Ground {
    chunk: Chunk,
    /// The first number that is free.
    next: Ref,
    shape: Shape,
    background: Picture,
    /// By the name they have on the page.
    pictures: Vec<(&'static str, Picture)>,
    colours: Colours,
}

/// A template and fonts, ready to make certificates from any number of threads.
#[derive(Debug)]
pub struct CertificatePress {
    template: Template,
    fonts: Fonts,
    typefaces: Typefaces,
    codes: Codes,
}

impl CertificatePress {
    /// Whether there is a font for every letter of a text.
    pub(super) fn draws(&self, text: &str) -> bool {
        self.fonts.undrawable(text).is_empty()
    }

    /// Reads a template, and tries it with and without everything.
    ///
    /// # Errors
    ///
    /// What is wrong with the template, with its line, or with a font.
    pub fn new(template: &str, fonts: Fonts) -> Result<Self, DrawError> {
        let typefaces = Typefaces::new(&fonts)?;
        let press = Self { template: Template::new(TEMPLATE, template)?, fonts, typefaces, codes: Codes::default() };
        let input = GroundInput { accent: "#000", on_accent: "#fff", badge: None, issuer: None };
        let ground = press.ground(&input)?;
        for words in ["Word", ""] {
            let text = CertificateText {
                name: words,
                badge: words,
                label: words,
                issuer: words,
                lead: words,
                dates: if words.is_empty() { &[] } else { &["Word", "Word", "Word"] },
                mark: words,
                place: words,
                hint: words,
                address: "https://badges.example/verify/000000/",
                address_text: "https://badges.example/verify/000000/",
                title: words,
                author: words,
                language: "en",
                badge_alt: words,
                code_alt: words,
            };
            press.certificate(&ground, &text)?;
        }
        Ok(press)
    }

    /// Puts what a badge's certificates share into PDF objects.
    ///
    /// # Errors
    ///
    /// A colour that is none, or a picture that [`crate::picture::inspect`] refuses.
    pub fn ground(&self, input: &GroundInput<'_>) -> Result<Ground, DrawError> {
        let colours = Colours::new(input.accent, input.on_accent)?;
        let mut chunk = Chunk::new();
        let mut next = Ref::new(1);
        let mut pictures = Vec::new();
        for (name, bytes) in [(BADGE, input.badge), (ISSUER, input.issuer)] {
            if let Some(bytes) = bytes {
                pictures.push((name, Picture::new(bytes, &self.fonts, &mut chunk, &mut next)?));
            }
        }
        let has = |name: &str| pictures.iter().any(|(known, _)| *known == name);
        let mut context = context(&colours, Layer::Background, has(BADGE), has(ISSUER));
        for name in ["name", "badge", "label", "issuer", "lead", "mark", "place", "hint"].into_iter().chain([
            "address",
            "address_text",
            "badge_alt",
            "code_alt",
        ]) {
            context.insert(name, "");
        }
        context.insert("dates", &Vec::<&str>::new());
        let svg = self.template.render(Layer::Background, &context)?;
        let wrong = |line: u32, message: String| DrawError::Drawn { layer: Layer::Background, line, message };
        let document = Document::parse(&svg).map_err(|error| wrong(error.pos().row, error.to_string()))?;
        check_background(&document)?;
        let mut options = self.fonts.options();
        options.image_href_resolver =
            ImageHrefResolver { resolve_data: Box::new(|_, _, _| None), resolve_string: Box::new(|_, _| None) };
        let tree = Tree::from_xmltree(&document, &options).map_err(|error| wrong(1, error.to_string()))?;
        let line = document.text_pos_at(document.root_element().range().start).row;
        let shape = shape(&document, &tree).map_err(|message| wrong(line, message))?;
        let background = Picture::of_tree(&tree, GROUND_PIXELS, &mut chunk, &mut next)?;
        Ok(Ground { chunk, next, shape, background, pictures, colours })
    }

    /// Makes one certificate.
    ///
    /// # Errors
    ///
    /// Only what a template does with these texts and did not with others.
    pub fn certificate(&self, ground: &Ground, text: &CertificateText<'_>) -> Result<Vec<u8>, DrawError> {
        let has = |name: &str| ground.pictures.iter().any(|(known, _)| *known == name);
        let context = self.text_context(&ground.colours, [has(BADGE), has(ISSUER)], text);
        let svg = self.template.render(Layer::Text, &context)?;
        let document = layout::parse(&svg)?;
        let pieces = layout::read(&document, Medium::Certificate)?;
        let mut paper = Paper::new(&self.fonts, &self.typefaces, &self.codes, ground);
        for piece in &pieces {
            match piece {
                Piece::Texts(stack) => {
                    for placed in stack.place(|item, fit| item.set(&self.fonts, fit)).placed {
                        paper.text(&placed);
                    }
                }
                Piece::Picture(wanted) if wanted.href == CODE => {
                    paper.code(text.address, wanted.place, wanted.alt, wanted.link)?;
                }
                Piece::Picture(wanted) if [BADGE, ISSUER].contains(&wanted.href) => {
                    let known = ground.pictures.iter().find(|(name, _)| *name == wanted.href);
                    if let Some((name, picture)) = known {
                        paper.picture(wanted.place, wanted.alt, wanted.link, |content| {
                            picture.draw(pdf_writer::Name(name.as_bytes()), wanted.place, content);
                        });
                    }
                }
                Piece::Picture(wanted) => {
                    return Err(DrawError::Drawn {
                        layer: Layer::Text,
                        line: wanted.line,
                        message: format!("an <image> is of {BADGE}, {ISSUER} or {CODE}, not of `{}`", wanted.href),
                    });
                }
            }
        }
        paper.finish(ground, text, svg.as_bytes())
    }

    /// The texts that its certificate does not show in full, as there is no room for them. `pictures` says whether
    /// it has the badge's and the issuer's.
    ///
    /// # Errors
    ///
    /// As [`Self::certificate`].
    pub fn wanting(&self, pictures: [bool; 2], text: &CertificateText<'_>) -> Result<Vec<String>, DrawError> {
        let context = self.text_context(&Colours::new("#000", "#fff")?, pictures, text);
        layout::wanting(&self.template.render(Layer::Text, &context)?, Medium::Certificate, &self.fonts)
    }

    fn text_context(&self, colours: &Colours, [badge, issuer]: [bool; 2], text: &CertificateText<'_>) -> Context {
        let mut context = context(colours, Layer::Text, badge, issuer);
        for (name, value) in [
            ("name", text.name),
            ("badge", text.badge),
            ("label", text.label),
            ("issuer", text.issuer),
            ("lead", text.lead),
            ("mark", text.mark),
            ("place", text.place),
            ("hint", text.hint),
        ] {
            context.insert(name, &legible(&self.fonts, value));
        }
        let dates: Vec<String> =
            text.dates.iter().map(|date| legible(&self.fonts, date)).filter(|date| !date.is_empty()).collect();
        context.insert("dates", &dates);
        // The address that is sent can be drawn with any font.
        let can_be_read = self.fonts.undrawable(text.address_text).is_empty();
        context.insert("address_text", if can_be_read { text.address_text } else { text.address });
        // These are not drawn but told.
        context.insert("address", text.address);
        context.insert("badge_alt", text.badge_alt);
        context.insert("code_alt", text.code_alt);
        context
    }
}

fn context(colours: &Colours, layer: Layer, has_picture: bool, has_issuer_picture: bool) -> Context {
    let mut context = Context::new();
    colours.insert(&mut context);
    context.insert("layer", layer.word());
    context.insert("has_picture", &has_picture);
    context.insert("has_issuer_picture", &has_issuer_picture);
    context
}

/// The page's size: the SVG's own, in its units and in points of 96 pixels to the inch.
fn shape(document: &Document<'_>, tree: &Tree) -> Result<Shape, String> {
    let size = tree.size();
    let units: Vec<f32> = document
        .root_element()
        .attribute("viewBox")
        .unwrap_or_default()
        .split_ascii_whitespace()
        .filter_map(|number| number.parse().ok())
        .collect();
    let &[0.0, 0.0, width, height] = units.as_slice() else {
        return Err("the page needs a viewBox that begins at 0 0, and width and height in mm or in".into());
    };
    let scale = size.width() / width;
    if (size.height() / height / scale - 1.0).abs() > 0.01 {
        return Err("width and height of the page have other proportions than its viewBox".into());
    }
    if !(size.width().max(size.height()) < 10_000.0 && scale > 0.0) {
        return Err("the page is larger than a sheet; give width and height in mm or in".into());
    }
    Ok(Shape { width, height, scale: scale * 0.75 })
}

/// A channel of a colour, from 0 to 1, in as many digits as it needs.
fn channel(value: u8) -> f32 {
    (f32::from(value) / 255.0 * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests;
