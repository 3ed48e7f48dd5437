//! Pictures inside a PDF: shapes where that is possible, pixels where it is not.

use flate2::Compression;
use image::codecs::jpeg::JpegEncoder;
use pdf_writer::{Chunk, Content, Filter, Finish, Name, Ref};
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::Tree,
};

use super::{typefaces::compress, vector};
use crate::{fonts::Fonts, output::drawn::DrawError, picture};

/// The longer side of a picture in pixels: 300 to the inch at five centimetres.
const PIXELS: u32 = 600;
/// Pixels that take more bytes than this are written as JPEG.
const LARGE: usize = 40_000;
const QUALITY: u8 = 88;

/// A picture that was put into a PDF.
#[derive(Debug, Clone, Copy)]
pub(super) struct Picture {
    id: Ref,
    width: f32,
    height: f32,
    is_pixels: bool,
}

impl Picture {
    /// Puts a picture file into the chunk.
    pub(super) fn new(bytes: &[u8], fonts: &Fonts, chunk: &mut Chunk, next: &mut Ref) -> Result<Self, DrawError> {
        match picture::vector(bytes, fonts)? {
            Some(tree) => Self::of_tree(&tree, PIXELS, chunk, next),
            None => Self::of_pixels(&picture::draw(bytes, PIXELS, fonts)?, chunk, next),
        }
    }

    /// Puts an SVG into the chunk; `side` is its longer side, should it need pixels.
    pub(super) fn of_tree(tree: &Tree, side: u32, chunk: &mut Chunk, next: &mut Ref) -> Result<Self, DrawError> {
        let (width, height) = (tree.size().width(), tree.size().height());
        let mut shapes = Chunk::new();
        let before = *next;
        if let Some(id) = vector::form(tree, &mut shapes, next) {
            chunk.extend(&shapes);
            return Ok(Self { id, width, height, is_pixels: false });
        }
        *next = before;
        #[expect(clippy::cast_precision_loss, reason = "sides are at most some thousands")]
        let scale = side as f32 / width.max(height);
        let pixels = |length: f32| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
            let pixels = (length * scale).round().clamp(1.0, 4096.0) as u32;
            pixels
        };
        let mut pixmap = Pixmap::new(pixels(width), pixels(height))
            .ok_or_else(|| DrawError::Encoding { message: "not enough memory".into() })?;
        picture::render(tree, Transform::from_scale(scale, scale), &mut pixmap)?;
        Self::of_pixels(&pixmap, chunk, next)
    }

    #[expect(clippy::cast_precision_loss, reason = "sides are at most some thousands")]
    fn of_pixels(pixmap: &Pixmap, chunk: &mut Chunk, next: &mut Ref) -> Result<Self, DrawError> {
        let (width, height) = (pixmap.width(), pixmap.height());
        let (mut colours, mut alphas) = (Vec::new(), Vec::new());
        for pixel in pixmap.pixels() {
            let pixel = pixel.demultiply();
            colours.extend([pixel.red(), pixel.green(), pixel.blue()]);
            alphas.push(pixel.alpha());
        }
        let [id, mask] = std::array::from_fn(|_| next.bump());
        let sides = [width, height].map(|side| i32::try_from(side).unwrap_or(i32::MAX));
        let see_through = alphas.iter().any(|alpha| *alpha < 255);
        let mut packed = compress(&colours, Compression::best());
        let mut filter = Filter::FlateDecode;
        if packed.len() > LARGE {
            let mut jpeg = Vec::new();
            JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
                .encode(&colours, width, height, image::ExtendedColorType::Rgb8)
                .map_err(|error| DrawError::Encoding { message: error.to_string() })?;
            if jpeg.len() < packed.len() {
                (packed, filter) = (jpeg, Filter::DctDecode);
            }
        }
        let mut picture = chunk.image_xobject(id, &packed);
        picture.filter(filter);
        picture.width(sides[0]).height(sides[1]).bits_per_component(8).interpolate(true);
        picture.color_space().device_rgb();
        if see_through {
            picture.s_mask(mask);
        }
        picture.finish();
        if see_through {
            let packed = compress(&alphas, Compression::best());
            let mut picture = chunk.image_xobject(mask, &packed);
            picture.filter(Filter::FlateDecode);
            picture.width(sides[0]).height(sides[1]).bits_per_component(8).interpolate(true);
            picture.color_space().device_gray();
        }
        Ok(Self { id, width: width as f32, height: height as f32, is_pixels: true })
    }

    /// Its object.
    pub(super) fn id(&self) -> Ref {
        self.id
    }

    /// Draws it into a box, as large as it gets and in the middle, where y goes downwards.
    pub(super) fn draw(&self, name: Name<'_>, [x, y, width, height]: [f32; 4], content: &mut Content) {
        let scale = (width / self.width).min(height / self.height);
        let (own_width, own_height) = (self.width * scale, self.height * scale);
        let (x, y) = (x + (width - own_width) / 2.0, y + (height - own_height) / 2.0);
        content.save_state();
        if self.is_pixels {
            // Pixels fill the square from 0 to 1 and stand on their feet.
            content.transform([own_width, 0.0, 0.0, -own_height, x, y + own_height]);
        } else {
            content.transform([scale, 0.0, 0.0, scale, x, y]);
        }
        content.x_object(name);
        content.restore_state();
    }
}
