//! Pictures from outside, looked at before they are used.
//!
//! A badge's picture is drawn onto cards, shown on every page and may be opened
//! on its own. It comes from whoever designed it. So it is looked at once, in
//! full: a PNG or JPEG is measured by its header before any memory is taken for
//! it, then decoded to its last byte; an SVG must be a still picture that holds
//! everything it shows: no scripts, no entities, no addresses to load from.
//!
//! The rules for SVG are an allow-list. A list of what is dangerous is never
//! complete; a list of what a badge needs is short. Nesting, size and what
//! references multiply to are bounded too, so that no file of a few kilobytes
//! keeps a build busy for hours ([`svg`] has the rules).
//!
//! A camera stores what its sensor saw, and beside it how to turn that. Whoever looks
//! at the picture sees it turned, so it is turned as soon as it is decoded: nothing
//! after that knows of it, and sizes are those that are seen.

mod cost;
mod exif;
mod net;
mod svg;

use std::{io::Cursor, sync::Arc};

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, imageops, metadata::Orientation};
use resvg::tiny_skia::{IntSize, Pixmap, Transform};
use resvg::usvg::{ImageHrefResolver, ImageKind, Options, Tree, roxmltree::Document};
use thiserror::Error;

use crate::fonts::Fonts;

pub use exif::says_where;
pub use net::caught;

/// The longest side of a PNG or JPEG, in pixels.
pub const LONGEST_SIDE: u32 = 4096;
/// The most pixels of a PNG or JPEG.
pub const MOST_PIXELS: u64 = 16_000_000;
/// The most bytes of any picture.
pub const MOST_BYTES: usize = 16 << 20;

/// What kind of file a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// JPEG.
    Jpeg,
    /// Scalable Vector Graphics, not compressed.
    Svg,
}

/// A picture that has been looked at and may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// What kind of file it is, by its content.
    pub format: Format,
    /// Pixels as it is seen, turned as it asks to be; for an SVG its own size in CSS pixels, rounded up.
    pub width: u32,
    /// As `width`.
    pub height: u32,
}

/// Why a picture cannot be used, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{problem}; {advice}")]
pub struct PictureError {
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub advice: String,
    /// Line and column in the file, from 1, where there is one (SVG).
    pub at: Option<(u32, u32)>,
}

impl PictureError {
    fn new(problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { problem: problem.into(), advice: advice.into(), at: None }
    }

    fn at(mut self, at: (u32, u32)) -> Self {
        self.at = Some(at);
        self
    }
}

/// Refuses an SVG that nests deeper than what reads it can follow. For templates of themes, which may hold more than a
/// published picture.
///
/// # Errors
/// Where it becomes too deep.
pub fn check_depth(svg: &str) -> Result<(), PictureError> {
    svg::scan(svg)
}

/// Refuses an SVG whose parts refer to each other more deeply, or more often, than what draws it can follow.
///
/// # Errors
/// Where it becomes too deep or too much.
pub fn check_references(document: &Document<'_>) -> Result<(), PictureError> {
    svg::check_references(document)
}

/// Looks at a picture: is it one, is it whole, is it safe to publish and draw?
///
/// # Errors
///
/// The first reason why not, with advice, and for an SVG the place.
pub fn inspect(bytes: &[u8]) -> Result<Picture, PictureError> {
    let format = format(bytes)?;
    let (width, height) = match format {
        Format::Svg => svg::check(bytes)?,
        Format::Png | Format::Jpeg => {
            let image = decode(bytes, format)?;
            (image.width(), image.height())
        }
    };
    Ok(Picture { format, width, height })
}

/// Draws a picture so that its longer side is `max_side` pixels. An SVG is
/// scaled up or down, and its text drawn with `fonts`; a PNG or JPEG is only
/// scaled down.
///
/// # Errors
///
/// As [`inspect`]: what may not be used is not drawn.
pub fn draw(bytes: &[u8], max_side: u32, fonts: &Fonts) -> Result<Pixmap, PictureError> {
    let max_side = max_side.clamp(1, LONGEST_SIDE);
    let format = format(bytes)?;
    if format == Format::Svg {
        svg::check(bytes)?;
        draw_svg(bytes, max_side, fonts)
    } else {
        draw_pixels(bytes, format, max_side)
    }
}

/// An SVG as a tree, its text set with `fonts`. `None` for a PNG or JPEG.
///
/// # Errors
///
/// As [`inspect`].
pub fn vector(bytes: &[u8], fonts: &Fonts) -> Result<Option<Tree>, PictureError> {
    if format(bytes)? != Format::Svg {
        return Ok(None);
    }
    svg::check(bytes)?;
    tree(bytes, fonts).map(Some)
}

/// Width and height in proportion, the longer one `side`; no side without a pixel.
pub fn fit(width: u32, height: u32, side: u32) -> (u32, u32) {
    let longer = u64::from(width.max(height).max(1));
    let scaled = |own: u32| {
        let scaled = (u64::from(own) * u64::from(side) + longer / 2) / longer;
        u32::try_from(scaled).unwrap_or(side).max(1)
    };
    (scaled(width), scaled(height))
}

fn too_large_to_draw() -> PictureError {
    PictureError::new("the picture has no size that can be drawn", "give it a width and a height")
}

#[expect(clippy::cast_precision_loss, reason = "sides are at most 4096")]
fn draw_svg(bytes: &[u8], max_side: u32, fonts: &Fonts) -> Result<Pixmap, PictureError> {
    let tree = tree(bytes, fonts)?;
    let (width, height) = (tree.size().width(), tree.size().height());
    let scale = max_side as f32 / width.max(height);
    let mut pixmap = Pixmap::new(whole(width * scale).min(max_side), whole(height * scale).min(max_side))
        .ok_or_else(too_large_to_draw)?;
    render(&tree, Transform::from_scale(scale, scale), &mut pixmap)?;
    Ok(pixmap)
}

/// An SVG that has been checked, with its texts set.
fn tree(bytes: &[u8], fonts: &Fonts) -> Result<Tree, PictureError> {
    let tree = caught(|| Tree::from_data(bytes, &options(fonts)))?.map_err(|error| svg::unreadable(&error))?;
    svg::check_cost(&tree)?;
    Ok(tree)
}

/// Draws a tree; the one place where that is done.
///
/// # Errors
/// If what draws it breaks on it ([`caught`]).
pub fn render(tree: &Tree, transform: Transform, into: &mut Pixmap) -> Result<(), PictureError> {
    caught(|| resvg::render(tree, transform, &mut into.as_mut()))
}

/// A length in whole pixels, at least one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded and bounded before")]
fn whole(length: f32) -> u32 {
    length.round().clamp(1.0, 1e6) as u32
}

/// Options for a picture's own SVG: the fonts given, no files, and pictures
/// inside it only as far as they would be accepted on their own.
fn options(fonts: &Fonts) -> Options<'static> {
    let mut options = fonts.options();
    options.image_href_resolver = pictures_inside(true);
    options
}

/// What becomes of pictures inside an SVG. Where it is only counted, they need not be turned.
fn pictures_inside(turn: bool) -> ImageHrefResolver<'static> {
    ImageHrefResolver {
        resolve_data: Box::new(move |_, data, _| {
            let format = format(&data).ok().filter(|format| *format != Format::Svg)?;
            measure(&data, format).ok()?;
            // The drawing knows of no turning.
            if let Some(png) = turn.then(|| turned(&data, format)).flatten() {
                return Some(ImageKind::PNG(Arc::new(png)));
            }
            Some(match format {
                Format::Jpeg => ImageKind::JPEG(data),
                Format::Png | Format::Svg => ImageKind::PNG(data),
            })
        }),
        resolve_string: Box::new(|_, _| None),
    }
}

fn draw_pixels(bytes: &[u8], format: Format, max_side: u32) -> Result<Pixmap, PictureError> {
    let mut image = decode(bytes, format)?.into_rgba8();
    // Colour under full transparency must not bleed into the edges, so colours
    // are multiplied by their alpha before they are averaged.
    for pixel in image.pixels_mut() {
        let alpha = u16::from(pixel.0[3]);
        for channel in pixel.0.iter_mut().take(3) {
            *channel = u8::try_from((u16::from(*channel) * alpha + 127) / 255).unwrap_or(255);
        }
    }
    if image.width().max(image.height()) > max_side {
        let (width, height) = fit(image.width(), image.height(), max_side);
        image = imageops::resize(&image, width, height, imageops::FilterType::CatmullRom);
        // Sharpening may overshoot; no colour is brighter than its alpha.
        for pixel in image.pixels_mut() {
            let alpha = pixel.0[3];
            for channel in pixel.0.iter_mut().take(3) {
                *channel = (*channel).min(alpha);
            }
        }
    }
    IntSize::from_wh(image.width(), image.height())
        .and_then(|size| Pixmap::from_vec(image.into_raw(), size))
        .ok_or_else(too_large_to_draw)
}

/// What the bytes are, by their first few.
fn format(bytes: &[u8]) -> Result<Format, PictureError> {
    if bytes.len() > MOST_BYTES {
        return Err(PictureError::new(
            format!("the picture's file has {} MB", bytes.len() >> 20),
            "make it smaller: 16 MB is the most, and 1000 pixels a side are plenty",
        ));
    }
    let other = |what: &str| Err(PictureError::new(format!("the file is {what}"), "save it as PNG or SVG"));
    match bytes {
        [] => Err(PictureError::new("the file is empty", "save the picture again")),
        [0x89, b'P', b'N', b'G', ..] => Ok(Format::Png),
        [0xff, 0xd8, ..] => Ok(Format::Jpeg),
        [b'G', b'I', b'F', b'8', ..] => other("a GIF"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => other("a WebP picture"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => other("an AVIF or HEIC picture"),
        [b'I', b'I', 0x2a, 0, ..] | [b'M', b'M', 0, 0x2a, ..] => other("a TIFF picture"),
        [b'%', b'P', b'D', b'F', ..] => other("a PDF"),
        [0x1f, 0x8b, ..] => other("compressed (SVGZ?)"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            Err(PictureError::new("the file is text in UTF-16", "save the SVG in UTF-8"))
        }
        _ => {
            let start = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
            let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
            if start.trim_ascii_start().starts_with(b"<") { Ok(Format::Svg) } else { other("no PNG, JPEG or SVG") }
        }
    }
}

fn reader(bytes: &[u8], format: Format) -> ImageReader<Cursor<&[u8]>> {
    let format = match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png | Format::Svg => ImageFormat::Png,
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(256 << 20);
    reader.limits(limits);
    reader
}

/// What the decoder says is for whoever programs with it, and not repeated.
fn damaged(error: &image::ImageError) -> PictureError {
    if matches!(error, image::ImageError::Unsupported(_)) {
        return PictureError::new(
            "the picture is of a kind that is not supported",
            "save it as an ordinary PNG or JPEG",
        );
    }
    PictureError::new("the picture is damaged or incomplete", "export it again, or download it again")
}

/// Its size by the header alone, and whether that is acceptable.
fn measure(bytes: &[u8], format: Format) -> Result<(u32, u32), PictureError> {
    // The header itself, so that a claim of 60,000 pixels is refused by name.
    let claimed = match format {
        Format::Png => png_header(bytes),
        Format::Jpeg | Format::Svg => None,
    };
    let (width, height) = if let Some(size) = claimed {
        size
    } else {
        let decoder = reader(bytes, format).into_decoder().map_err(|error| match error {
            image::ImageError::Limits(_) => too_many_pixels("over 4096 pixels a side"),
            error => damaged(&error),
        })?;
        decoder.dimensions()
    };
    if width == 0 || height == 0 {
        return Err(PictureError::new("the picture has no pixels", "export it again"));
    }
    if width.max(height) > LONGEST_SIDE || u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(too_many_pixels(&format!("{width} × {height} pixels")));
    }
    Ok((width, height))
}

fn too_many_pixels(size: &str) -> PictureError {
    PictureError::new(
        format!("the picture has {size}"),
        "scale it down: 4096 a side and 16 million in all are the most, 1000 a side are plenty",
    )
}

fn png_header(bytes: &[u8]) -> Option<(u32, u32)> {
    let side = |at: usize| Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk::<4>()?));
    (bytes.get(12..16)? == b"IHDR").then_some((side(16)?, side(20)?))
}

/// The whole picture, decoded to its end and turned as it is seen.
fn decode(bytes: &[u8], format: Format) -> Result<DynamicImage, PictureError> {
    measure(bytes, format)?;
    // Decoders fill what is missing of a JPEG with grey; the end marker tells.
    let ends = |marker: &[u8]| bytes.windows(marker.len()).rev().any(|bytes| bytes == marker);
    if format == Format::Jpeg && !ends(&[0xff, 0xd9]) {
        return Err(PictureError::new(
            "the picture is incomplete: its end is missing",
            "export it again, or download it again",
        ));
    }
    let mut decoder = reader(bytes, format).into_decoder().map_err(|error| damaged(&error))?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| damaged(&error))?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// A picture that asks to be turned, turned, as PNG; any other is none.
fn turned(bytes: &[u8], format: Format) -> Option<Vec<u8>> {
    let orientation = reader(bytes, format).into_decoder().ok()?.orientation().ok()?;
    if orientation == Orientation::NoTransforms {
        return None;
    }
    let mut png = Cursor::new(Vec::new());
    decode(bytes, format).ok()?.write_to(&mut png, ImageFormat::Png).ok()?;
    Some(png.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fonts() -> Fonts {
        Fonts::new(&[]).unwrap()
    }

    fn saved(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let image = image::RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x * 7) as u8, (y * 5) as u8, ((x * y) % 251) as u8])
        });
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_png_and_a_jpeg_are_known_by_their_content() {
        let png = inspect(&saved(30, 20, ImageFormat::Png)).unwrap();
        assert_eq!(png, Picture { format: Format::Png, width: 30, height: 20 });
        let jpeg = inspect(&saved(30, 20, ImageFormat::Jpeg)).unwrap();
        assert_eq!(jpeg, Picture { format: Format::Jpeg, width: 30, height: 20 });
    }

    #[test]
    fn a_png_that_claims_sixty_thousand_pixels_a_side_is_refused_at_once() {
        let mut bytes = saved(10, 10, ImageFormat::Png);
        bytes[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        bytes[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
        let error = inspect(&bytes).unwrap_err();
        assert!(error.problem.contains("60000 × 60000"), "{error}");
        assert!(draw(&bytes, 400, &fonts()).is_err());
    }

    #[test]
    fn a_jpeg_that_claims_sixty_thousand_pixels_a_side_is_refused_at_once() {
        let mut bytes = saved(16, 16, ImageFormat::Jpeg);
        let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        bytes[frame + 5..frame + 9].copy_from_slice(&[0xea, 0x60, 0xea, 0x60]);
        assert!(inspect(&bytes).unwrap_err().problem.contains("pixels"));
    }

    #[test]
    fn a_picture_may_not_have_too_many_pixels_in_all() {
        let mut bytes = saved(10, 10, ImageFormat::Png);
        bytes[16..20].copy_from_slice(&4096_u32.to_be_bytes());
        bytes[20..24].copy_from_slice(&4000_u32.to_be_bytes());
        assert!(inspect(&bytes).unwrap_err().advice.contains("16 million"));
    }

    #[test]
    fn a_picture_cut_off_anywhere_is_an_error_and_no_panic() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let bytes = saved(60, 60, format);
            for length in (0..bytes.len() - 12).step_by(7) {
                assert!(inspect(&bytes[..length]).is_err(), "{format:?} {length}");
            }
        }
    }

    #[test]
    fn a_damaged_picture_is_told_without_what_its_decoder_says() {
        let mut bytes = saved(40, 40, ImageFormat::Png);
        bytes[30] ^= 0x55;
        let error = inspect(&bytes).unwrap_err();
        assert_eq!(error.problem, "the picture is damaged or incomplete");
    }

    #[test]
    fn damaged_bytes_never_panic() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let bytes = saved(40, 40, format);
            for at in (0..bytes.len()).step_by(3) {
                let mut damaged = bytes.clone();
                damaged[at] ^= 0x55;
                let _ = inspect(&damaged);
            }
        }
    }

    #[test]
    fn other_kinds_of_file_are_named_with_advice() {
        for (bytes, word) in [
            (b"GIF89a....".as_slice(), "GIF"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"),
            (b"%PDF-1.7", "PDF"),
            (b"\x1f\x8b\x08\0", "compressed"),
            (b"\xff\xfe<\0s\0v\0g\0", "UTF-16"),
            (b"hello", "no PNG"),
            (b"", "empty"),
        ] {
            let error = inspect(bytes).unwrap_err();
            assert!(error.problem.contains(word), "{error}");
            assert!(!error.advice.is_empty());
        }
    }

    #[test]
    fn a_large_picture_is_scaled_down_and_a_small_one_is_left() {
        let large = draw(&saved(1000, 500, ImageFormat::Png), 200, &fonts()).unwrap();
        assert_eq!((large.width(), large.height()), (200, 100));
        let small = draw(&saved(50, 40, ImageFormat::Jpeg), 200, &fonts()).unwrap();
        assert_eq!((small.width(), small.height()), (50, 40));
    }

    #[test]
    fn a_thin_picture_keeps_a_pixel_of_width() {
        let thin = draw(&saved(1, 4000, ImageFormat::Png), 200, &fonts()).unwrap();
        assert_eq!((thin.width(), thin.height()), (1, 200));
    }

    #[test]
    fn transparent_edges_do_not_bleed_their_hidden_colour() {
        let image = image::RgbaImage::from_fn(400, 400, |x, _| {
            if x < 200 { image::Rgba([255, 0, 0, 0]) } else { image::Rgba([0, 0, 255, 255]) }
        });
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::Png).unwrap();
        let pixmap = draw(bytes.get_ref(), 100, &fonts()).unwrap();
        assert!(pixmap.pixels().iter().all(|pixel| pixel.red() == 0));
    }

    /// An EXIF of one entry: how to turn the picture.
    fn exif(orientation: u8, big: bool) -> Vec<u8> {
        if big {
            [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation], &[0; 6]].concat()
        } else {
            [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".as_slice(), &[orientation], &[0; 7]].concat()
        }
    }

    /// The same picture with an EXIF in it.
    fn with_exif(bytes: &[u8], exif: &[u8]) -> Vec<u8> {
        let length = |more: usize| u32::try_from(exif.len() + more).unwrap().to_be_bytes();
        if bytes.starts_with(b"\x89PNG") {
            let chunk = [b"eXIf", exif].concat();
            let mut sum = flate2::Crc::new();
            sum.update(&chunk);
            [&bytes[..33], &length(0), &chunk, &sum.sum().to_be_bytes(), &bytes[33..]].concat()
        } else {
            [&bytes[..2], b"\xff\xe1", &length(8)[2..], b"Exif\0\0", exif, &bytes[2..]].concat()
        }
    }

    /// Red at the top left as it is stored, on white; lying.
    fn marked(format: ImageFormat) -> Vec<u8> {
        let image = image::RgbImage::from_fn(64, 32, |x, y| {
            if x < 16 && y < 16 { image::Rgb([255, 0, 0]) } else { image::Rgb([255; 3]) }
        });
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// The corner in which the red is: whether right, whether at the bottom.
    fn red_corner(pixmap: &Pixmap) -> (bool, bool) {
        let (width, height) = (pixmap.width(), pixmap.height());
        let red = |x, y| pixmap.pixel(x, y).is_some_and(|pixel| pixel.red() > 200 && pixel.green() < 80);
        let corners = [(false, false), (true, false), (false, true), (true, true)];
        let at = |right, end: u32| if right { end - 3 } else { 2 };
        corners.into_iter().find(|(right, bottom)| red(at(*right, width), at(*bottom, height))).unwrap()
    }

    #[test]
    fn a_picture_is_turned_as_it_asks_to_be_in_all_eight_ways() {
        // From EXIF's own table: where the first row and the first column as stored are seen.
        let seen = [
            (1, 64, 32, (false, false)),
            (2, 64, 32, (true, false)),
            (3, 64, 32, (true, true)),
            (4, 64, 32, (false, true)),
            (5, 32, 64, (false, false)),
            (6, 32, 64, (true, false)),
            (7, 32, 64, (true, true)),
            (8, 32, 64, (false, true)),
            // No orientation at all.
            (0, 64, 32, (false, false)),
            (9, 64, 32, (false, false)),
        ];
        for (orientation, width, height, corner) in seen {
            for (file, big) in [(ImageFormat::Png, true), (ImageFormat::Jpeg, false), (ImageFormat::Jpeg, true)] {
                let bytes = with_exif(&marked(file), &exif(orientation, big));
                let picture = inspect(&bytes).unwrap();
                assert_eq!((picture.width, picture.height), (width, height), "{orientation} {file:?}");
                let drawn = draw(&bytes, 64, &fonts()).unwrap();
                assert_eq!((drawn.width(), drawn.height()), (width, height), "{orientation} {file:?}");
                assert_eq!(red_corner(&drawn), corner, "{orientation} {file:?}");
            }
        }
    }

    #[test]
    fn a_picture_inside_a_drawing_is_turned_too() {
        let bytes = with_exif(&marked(ImageFormat::Jpeg), &exif(6, false));
        let data = base64(&bytes);
        let svg = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 64'>\
             <image width='32' height='64' href='data:image/jpeg;base64,{data}'/></svg>"
        );
        let drawn = draw(svg.as_bytes(), 64, &fonts()).unwrap();
        assert_eq!((drawn.width(), drawn.height()), (32, 64));
        assert_eq!(red_corner(&drawn), (true, false));
    }

    fn base64(bytes: &[u8]) -> String {
        const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for three in bytes.chunks(3) {
            let number = three.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
            for place in 0..4 {
                let sign = if place > three.len() { b'=' } else { SIGNS[(number >> (18 - 6 * place) & 63) as usize] };
                text.push(char::from(sign));
            }
        }
        text
    }

    #[test]
    fn an_svg_is_drawn_at_the_wanted_size() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 10'>\
                    <rect width='20' height='10' fill='#f00'/></svg>";
        let pixmap = draw(svg, 300, &fonts()).unwrap();
        assert_eq!((pixmap.width(), pixmap.height()), (300, 150));
        assert!(pixmap.pixels().iter().all(|pixel| pixel.red() == 255));
    }
}
