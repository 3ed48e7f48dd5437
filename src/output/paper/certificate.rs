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
use resvg::usvg::{Tree, roxmltree::Document};

use crate::fonts::Fonts;
use crate::output::drawn::{
    DrawError, Drawing, Drawings, Layer, Look, Text,
    layout::{Medium, Piece},
};
use crate::output::picture::qr::Codes;
use crate::site::{Award, Outputs, Status};
use crate::theme::{Source, Theme};
use paper::Paper;
use picture::Picture;
use typefaces::Typefaces;

/// What the template names its pictures by.
const BADGE: &str = "badge:picture";
const ISSUER: &str = "issuer:picture";
const CODE: &str = "award:qr";
/// A background that needs pixels gets so many on its longer side: 150 to the inch of A4.
const GROUND_PIXELS: u32 = 1754;

/// The page, in the template's units, and how many points one of them has.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Shape {
    width: f32,
    height: f32,
    scale: f32,
}

/// What all certificates of a badge share, as PDF objects.
#[derive(Debug)]
pub(in crate::output) struct Ground {
    chunk: Chunk,
    /// The first number that is free.
    next: Ref,
    shape: Shape,
    background: Picture,
    /// By the name they have on the page.
    pictures: Vec<(&'static str, Picture)>,
}

/// What certificates are drawn with besides template and fonts.
#[derive(Debug)]
pub(in crate::output) struct Certificate {
    typefaces: Typefaces,
    codes: Codes,
}

impl Drawing for Certificate {
    const NAME: &'static str = "certificate";
    const TEMPLATE: &'static str = "certificate.svg";
    const MEDIUM: Medium = Medium::Certificate;
    const TEXTS: &'static [&'static str] = &[
        "name",
        "badge",
        "label",
        "issuer",
        "lead",
        "mark",
        "place",
        "hint",
        "address",
        "address_text",
        "badge_alt",
        "code_alt",
    ];
    const WORDS: &'static [&'static str] = &[
        "certificate_lead",
        "certificate_issued",
        "certificate_begins",
        "certificate_expired",
        "card_until",
        "card_no_end",
        "only_place",
        "print_status",
        "word_expired",
        "word_suspended",
        "word_revoked",
        "word_superseded",
        "status_suspended",
        "status_revoked",
        "status_superseded",
    ];

    type Ground = Ground;

    fn is_wanted(outputs: Outputs) -> bool {
        outputs.certificate_pdf
    }

    fn template(theme: &Theme) -> &Source {
        &theme.certificate
    }

    fn new(fonts: &Fonts) -> Result<Self, DrawError> {
        Ok(Self { typefaces: Typefaces::new(fonts)?, codes: Codes::default() })
    }

    fn ground(
        &self,
        fonts: &Fonts,
        (document, tree): (&Document<'_>, &Tree),
        look: &Look<'_>,
    ) -> Result<Ground, DrawError> {
        let line = document.text_pos_at(document.root_element().range().start).row;
        let wrong = |message| DrawError::Drawn { layer: Layer::Background, line, message };
        let shape = shape(document, tree).map_err(wrong)?;
        let (mut chunk, mut next) = (Chunk::new(), Ref::new(1));
        let mut pictures = Vec::new();
        for (name, bytes) in [(BADGE, look.picture), (ISSUER, look.issuer)] {
            if let Some(bytes) = bytes {
                pictures.push((name, Picture::new(bytes, fonts, &mut chunk, &mut next)?));
            }
        }
        let background = Picture::of_tree(tree, GROUND_PIXELS, &mut chunk, &mut next)?;
        Ok(Ground { chunk, next, shape, background, pictures })
    }

    fn print(
        &self,
        fonts: &Fonts,
        ground: &Ground,
        (svg, pieces): (&str, &[Piece<'_>]),
        text: &Text<'_>,
    ) -> Result<Vec<u8>, DrawError> {
        let mut paper = Paper::new(fonts, &self.typefaces, &self.codes, ground);
        for piece in pieces {
            match piece {
                Piece::Texts(stack) => {
                    for placed in stack.place(|item, fit| item.set(fonts, fit)).placed {
                        paper.text(&placed);
                    }
                }
                Piece::Picture(wanted) if wanted.href == CODE => {
                    paper.code(&text.address, wanted.place, wanted.alt, wanted.link)?;
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

    fn of_award<'t>(all: &'t Drawings<'_, Self>, award: &Award<'_>, status: Status, text: Text<'t>) -> Text<'t> {
        let (words, config) = (all.words(), &all.site.config);
        let shown = config.shown(award.path());
        let counts = matches!(status, Status::Active | Status::Expiring | Status::Upcoming);
        Text {
            lead: words.get("certificate_lead").into(),
            dates: dates(all, award, status),
            mark: if counts { String::new() } else { words.get(&format!("word_{status}")).to_owned() }.into(),
            place: words.fill("only_place", &[("host", all.host)]).into(),
            hint: words.get("print_status").into(),
            address: config.absolute(award.path()).into(),
            title: words.fill("title_award", &[("name", &text.name), ("badge", &text.badge)]).into(),
            language: (&*config.language).into(),
            badge_alt: words.fill("badge_picture", &[("badge", &text.label)]).into(),
            code_alt: words.fill("qr_alt", &[("address", &shown)]).into(),
            address_text: shown.into(),
            ..text
        }
    }
}

/// Dates, and what has come in their place. Reasons stay on the page, where they can be put right.
fn dates(all: &Drawings<'_, Certificate>, award: &Award<'_>, status: Status) -> Vec<String> {
    let words = all.words();
    let issued = all.issued(award);
    let issuer = [("issuer", all.issuer())];
    let awarded = words.fill("certificate_issued", &[("date", &issued)]);
    match status {
        Status::Active | Status::Expiring => vec![awarded, all.until(award)],
        Status::Upcoming => vec![words.fill("certificate_begins", &[("date", &issued)]), all.until(award)],
        Status::Expired => {
            let expired = all.expires(award).unwrap_or_default();
            vec![awarded, words.fill("certificate_expired", &[("date", &expired)])]
        }
        Status::Suspended => vec![awarded, words.fill("status_suspended", &issuer)],
        Status::Revoked => vec![awarded, words.fill("status_revoked", &issuer)],
        Status::Superseded => vec![awarded, words.get("status_superseded").to_owned()],
    }
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
