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
use resvg::usvg::roxmltree::Document;
use resvg::usvg::{ImageHrefResolver, ImageKind, Tree};

use crate::diagnostic::Place;
use crate::fonts::Fonts;
use crate::output::drawn::{
    DrawError, Drawing, DrawingPress, Drawings, Look, Room, Subject, Text,
    layout::{Medium, Piece},
};
use crate::output::picture::palette::{self, Indexed};
use crate::picture;
use crate::site::{Award, Badge, Outputs, Status};
use crate::steps;
use crate::theme::{Source, Theme};
use sheet::Sheet;

/// A card's width in pixels, as Open Graph recommends.
pub const WIDTH: u32 = 1200;
/// A card's height in pixels.
pub const HEIGHT: u32 = 630;

/// The template names the badge's picture by this address.
const PICTURE: &str = "badge:picture";

/// What cards are drawn with besides template and fonts: buffers that are not in use.
pub(in crate::output) struct Card {
    sheets: Mutex<Vec<Sheet>>,
}

impl Card {
    /// A sheet is whole at any moment, so a panic elsewhere does not spoil it.
    fn spare(&self) -> std::sync::MutexGuard<'_, Vec<Sheet>> {
        self.sheets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drawing for Card {
    const NAME: &'static str = "share card";
    const TEMPLATE: &'static str = "card.svg";
    const MEDIUM: Medium = Medium::Card;
    const SUBJECTS: &'static [Subject] = &[Subject::Award, Subject::Badge, Subject::Site];
    const TEXTS: &'static [&'static str] = &["name", "badge", "label", "issuer", "description", "place"];
    const WORDS: &'static [&'static str] = &["card_issued", "card_until", "card_no_end", "card_check"];

    /// In palette colours, ready to be printed on.
    type Ground = Indexed;

    fn is_wanted(outputs: Outputs) -> bool {
        outputs.share_card
    }

    fn template(theme: &Theme) -> &Source {
        &theme.card
    }

    fn new(_fonts: &Fonts) -> Result<Self, DrawError> {
        Ok(Self { sheets: Mutex::default() })
    }

    fn pictures(
        &self,
        fonts: &Fonts,
        document: &Document<'_>,
        look: &Look<'_>,
    ) -> Result<ImageHrefResolver<'static>, DrawError> {
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
        let picture = match look.picture {
            Some(bytes) => {
                let pixmap = picture::draw(bytes, side, fonts)?;
                let png = pixmap.encode_png();
                Some(Arc::new(png.map_err(|error| DrawError::Encoding { message: error.to_string() })?))
            }
            None => None,
        };
        Ok(ImageHrefResolver {
            resolve_data: ImageHrefResolver::default_data_resolver(),
            resolve_string: Box::new(move |href, _| {
                let png = picture.as_ref().filter(|_| href == PICTURE)?;
                Some(ImageKind::PNG(Arc::clone(png)))
            }),
        })
    }

    fn ground(
        &self,
        _fonts: &Fonts,
        (_, tree): (&Document<'_>, &Tree),
        _look: &Look<'_>,
    ) -> Result<Indexed, DrawError> {
        let mut pixmap =
            Pixmap::new(WIDTH, HEIGHT).ok_or_else(|| DrawError::Encoding { message: "not enough memory".into() })?;
        pixmap.fill(Color::WHITE);
        #[expect(clippy::cast_precision_loss, reason = "1200 and 630")]
        let transform = Transform::from_scale(WIDTH as f32 / tree.size().width(), HEIGHT as f32 / tree.size().height());
        picture::render(tree, transform, &mut pixmap)?;
        Ok(palette::reduce(pixmap.data(), WIDTH as usize))
    }

    fn print(
        &self,
        fonts: &Fonts,
        ground: &Indexed,
        (_, pieces): (&str, &[Piece<'_>]),
        _text: &Text<'_>,
    ) -> Result<Vec<u8>, DrawError> {
        let mut sheet = self.spare().pop().unwrap_or_default();
        sheet.begin(ground);
        print::print(fonts, pieces, &mut sheet);
        let png = sheet.encode();
        self.spare().push(sheet);
        png
    }

    /// To draw three backgrounds takes too long for each start.
    fn try_out(press: &DrawingPress<Self>, look: &Look<'_>, text: &Text<'_>) -> Result<(), DrawError> {
        press.read(look, text)
    }

    fn of_award<'t>(all: &'t Drawings<'_, Self>, award: &Award<'_>, _status: Status, text: Text<'t>) -> Text<'t> {
        let issued = all.words().fill("card_issued", &[("date", &all.issued(award))]);
        Text { dates: vec![issued, all.until(award)], place: check_at(all).into(), ..text }
    }

    fn check_others(all: &Drawings<'_, Self>, room: &mut Room<'_>) {
        for badge in &all.site.badges {
            let wanting = all.wanting(&all.look(Subject::Badge, Some(badge)), &of_badge(all, badge));
            let places =
                [(&*badge.record.description, badge.place("description")), (&*badge.record.name, badge.place("name"))];
            room.tell_of(&format!("badge `{}`", badge.record.id), &places, &wanting);
        }
        let wanting = all.wanting(&all.look(Subject::Site, None), &of_site(all));
        let place = |key: &'static str| Place::yaml("site.yaml", steps![key]);
        let config = &all.site.config;
        let places = [(&*config.description, place("description")), (&*config.title, place("title"))];
        room.tell_of("the site", &places, &wanting);
    }
}

fn check_at(all: &Drawings<'_, Card>) -> String {
    all.words().fill("card_check", &[("host", all.host)])
}

/// What the card of a badge says.
pub(super) fn of_badge<'t>(all: &'t Drawings<'_, Card>, badge: &'t Badge<'_>) -> Text<'t> {
    Text { description: (&*badge.record.description).into(), place: check_at(all).into(), ..all.of_badge(badge) }
}

/// What the card of all other pages says.
pub(super) fn of_site<'t>(all: &'t Drawings<'_, Card>) -> Text<'t> {
    let config = &all.site.config;
    Text {
        name: (&*config.title).into(),
        issuer: all.issuer().into(),
        description: (&*config.description).into(),
        place: all.host.into(),
        ..Text::default()
    }
}

#[cfg(test)]
mod tests;
