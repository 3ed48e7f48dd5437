//! In which sizes a badge's picture is made, and when the picture itself is better.
//!
//! A badge is shown at most 240 CSS pixels high (on paper 64 mm, which is as much). So
//! three sizes serve every screen there is: 240 pixels for one dot a pixel, 480 for two,
//! and 720 for three, which is also some 285 dots an inch on paper. A size is the longer
//! side. Nothing is scaled up: a picture of 300 pixels has one of 240 and one of 480,
//! the latter with its own 300, and no more.
//!
//! Each size is made as PNG, which every program shows, and as WebP, which is smaller
//! and every browser shows; pages name them by their content. Besides, the smallest and the
//! largest are PNGs with names that stay, `badge-240.png`, for places that keep what they
//! link to: mail programs and other sites, most of which do not show SVG. Of an SVG that pages
//! show as it is, being small, there are these alone. An SVG of up to [`SMALL_VECTOR`] is both sharp at any size and no heavier than the
//! PNGs that it would be drawn as.

use super::Badge;
use crate::picture::{Format, Picture, fit};

/// The sizes: the longer side in pixels.
pub const SIZES: [u32; 3] = [240, 480, 720];

/// The most bytes of an SVG that pages show as it is.
pub const SMALL_VECTOR: usize = 30_000;

/// As what a size is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PictureFile {
    /// For every program.
    Png,
    /// For browsers.
    Webp,
}

impl PictureFile {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Png, Self::Webp];

    /// The end of its name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }
}

/// A picture in one of its sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rendition {
    /// The size it is called after; its longer side is at most that.
    pub size: u32,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

impl Rendition {
    fn new(picture: Picture, size: u32) -> Self {
        let own = picture.width.max(picture.height);
        // Only a drawing can be larger than it says it is.
        let side = if picture.format == Format::Svg { size } else { size.min(own) };
        let (width, height) = fit(picture.width, picture.height, side);
        Self { size, width, height }
    }
}

impl Badge<'_> {
    /// The sizes in which the picture is made, smallest first: all that show more than the one before.
    pub fn renditions(&self) -> Vec<Rendition> {
        self.picture.map(|(_, picture)| renditions(picture)).unwrap_or_default()
    }

    /// The sizes that there are as PNG under a name that stays: the smallest and the largest.
    pub fn lasting(&self) -> Vec<Rendition> {
        let mut made = self.renditions();
        if made.len() > 2 {
            made.drain(1..made.len() - 1);
        }
        made
    }

    /// The path of the PNG of a size, where there is one that lasts.
    pub fn picture_path(&self, size: u32) -> String {
        format!("{}badge-{size}.png", self.path())
    }

    /// Whether pages show the picture itself, a small vector.
    pub fn shows_vector(&self) -> bool {
        self.picture.is_some_and(|(asset, picture)| picture.format == Format::Svg && asset.bytes.len() <= SMALL_VECTOR)
    }
}

fn renditions(picture: Picture) -> Vec<Rendition> {
    let mut made: Vec<Rendition> = SIZES.iter().map(|size| Rendition::new(picture, *size)).collect();
    made.dedup_by_key(|rendition| (rendition.width, rendition.height));
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(format: Format, width: u32, height: u32) -> Vec<(u32, u32, u32)> {
        let all = renditions(Picture { format, width, height });
        all.into_iter().map(|made| (made.size, made.width, made.height)).collect()
    }

    #[test]
    fn a_large_picture_is_made_in_every_size() {
        assert_eq!(made(Format::Png, 1200, 800), [(240, 240, 160), (480, 480, 320), (720, 720, 480)]);
        assert_eq!(made(Format::Jpeg, 800, 1200), [(240, 160, 240), (480, 320, 480), (720, 480, 720)]);
    }

    #[test]
    fn nothing_is_scaled_up_but_a_drawing() {
        assert_eq!(made(Format::Png, 100, 50), [(240, 100, 50)]);
        assert_eq!(made(Format::Png, 300, 300), [(240, 240, 240), (480, 300, 300)]);
        assert_eq!(made(Format::Png, 480, 480), [(240, 240, 240), (480, 480, 480)]);
        assert_eq!(made(Format::Svg, 100, 50), [(240, 240, 120), (480, 480, 240), (720, 720, 360)]);
    }

    #[test]
    fn a_thin_picture_keeps_a_pixel() {
        assert_eq!(made(Format::Png, 4000, 1), [(240, 240, 1), (480, 480, 1), (720, 720, 1)]);
    }
}
