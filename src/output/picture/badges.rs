//! Badges' pictures in the sizes that screens need, and how pages name them.
//!
//! A PNG is reduced to 256 colours: a third of the bytes of true colour, and nothing of
//! it is seen. A WebP has all colours, with a loss that is not seen either; a picture of
//! few colours, and all transparency, is without loss.
//!
//! WebP is written by `libwebp`. What `image` can write itself is lossless and without
//! palettes: two to three times as large as the PNG that it would take the place of.

use std::hash::Hash;

use resvg::tiny_skia::PremultipliedColorU8;
use webp::{Encoder, WebPConfig};

use super::palette::{Reduced, has_few_colours, reduce_transparent};
use crate::{
    diagnostic::{Diagnostic, Place},
    fonts::Fonts,
    hash::{Digest, DigestHasher},
    output::{Add, Item, Kind, Making, Output, View, page::object::Object},
    picture::{self, Format},
    plan::PROGRAM,
    site::{Badge, PictureFile, Rendition, Site},
    theme::assets,
};

/// How good a lossy WebP is, of 100; for a lossless one, how hard to try.
const QUALITY: f32 = 85.0;

/// A badge's picture in the sizes that pages show: a WebP and a PNG of each. Where pages show the picture itself, a
/// small vector, there are none.
pub struct BadgePicture;

impl Output for BadgePicture {
    fn name(&self) -> &'static str {
        "badge picture"
    }

    fn kind(&self) -> Kind {
        Kind::Asset
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        for (index, badge) in view.site.badges.iter().enumerate().filter(|(_, badge)| !badge.shows_vector()) {
            (0..badge.renditions().len() * PictureFile::ALL.len()).for_each(|part| add(Item::of(index).part(part)));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        shown(view.site, item).map(|(badge, made, file)| asset_path(view, badge, made, file)).unwrap_or_default()
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.site.badges.get(item.index).map(|badge| source(view, badge)).hash(on);
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        let Some((badge, made, file)) = shown(making.view.site, item) else { return Ok(Vec::new()) };
        rendition(badge, made, file, making.fonts)
    }
}

/// A badge's picture as PNG under a name that stays, small and large: for mail programs and other sites, where it is
/// linked to for years.
pub struct BadgePng;

impl Output for BadgePng {
    fn name(&self) -> &'static str {
        "badge picture (PNG)"
    }

    fn kind(&self) -> Kind {
        Kind::File
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        for (index, badge) in view.site.badges.iter().enumerate() {
            (0..badge.lasting().len()).for_each(|part| add(Item::of(index).part(part)));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        lasting(view.site, item).map(|(badge, made)| badge.picture_path(made.size)).unwrap_or_default()
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.site.badges.get(item.index).map(|badge| source(view, badge)).hash(on);
    }

    fn origin(&self, view: &View<'_>, item: Item) -> Option<(String, Place)> {
        view.site.badges.get(item.index).map(Badge::origin)
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        let Some((badge, made)) = lasting(making.view.site, item) else { return Ok(Vec::new()) };
        rendition(badge, made, PictureFile::Png, making.fonts)
    }
}

/// Which picture, in which size, as what.
fn shown<'s>(site: &'s Site<'_>, item: Item) -> Option<(&'s Badge<'s>, Rendition, PictureFile)> {
    let badge = site.badges.get(item.index)?;
    let files = PictureFile::ALL;
    let made = badge.renditions().get(item.part / files.len()).copied()?;
    Some((badge, made, *files.get(item.part % files.len())?))
}

fn lasting<'s>(site: &'s Site<'_>, item: Item) -> Option<(&'s Badge<'s>, Rendition)> {
    let badge = site.badges.get(item.index)?;
    Some((badge, badge.lasting().get(item.part).copied()?))
}

/// What all sizes of a badge's picture depend on: nothing but the picture, and a drawing on fonts.
fn source(view: &View<'_>, badge: &Badge<'_>) -> Option<(Digest, Option<Digest>)> {
    let (asset, picture) = badge.picture?;
    Some((asset.digest, (picture.format == Format::Svg).then_some(view.fonts)))
}

/// Where a size is that pages show. The program is part of the name: another version may make other bytes of it.
fn asset_path(view: &View<'_>, badge: &Badge<'_>, made: Rendition, file: PictureFile) -> String {
    let name = format!("{}-{}.{}", badge.record.id, made.size, file.extension());
    assets::named(&name, Digest::of_value(&(PROGRAM, &name, source(view, badge))))
}

fn rendition(badge: &Badge<'_>, made: Rendition, file: PictureFile, fonts: &Fonts) -> Result<Vec<u8>, Diagnostic> {
    let Some((asset, _)) = badge.picture else { return Ok(Vec::new()) };
    make(&asset.bytes, made.size, file, fonts).map_err(|problem| {
        Diagnostic::error(format!("this picture cannot be made in other sizes: {problem}"))
            .at(Place::file(asset.file.clone()))
    })
}

/// Makes a picture in a size; or says why it cannot be made.
pub fn make(bytes: &[u8], size: u32, file: PictureFile, fonts: &Fonts) -> Result<Vec<u8>, String> {
    let pixmap = picture::draw(bytes, size, fonts).map_err(|error| error.to_string())?;
    let (width, height) = (pixmap.width(), pixmap.height());
    match file {
        PictureFile::Png => {
            let reduced = reduce_transparent(pixmap.data(), width as usize);
            png(&reduced, width, height).map_err(|error| error.to_string())
        }
        PictureFile::Webp => {
            let lossless = has_few_colours(pixmap.data());
            webp(&pixmap.take_demultiplied(), lossless, width, height)
        }
    }
}

fn png(reduced: &Reduced, width: u32, height: u32) -> Result<Vec<u8>, png::EncodingError> {
    let colours: Vec<[u8; 4]> = reduced.palette.iter().map(|colour| straight(*colour)).collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(colours.iter().flat_map(|[red, green, blue, _]| [*red, *green, *blue]).collect::<Vec<u8>>());
    let clear: Vec<u8> = colours.iter().map(|colour| colour[3]).take_while(|alpha| *alpha < 255).collect();
    if !clear.is_empty() {
        encoder.set_trns(clear);
    }
    // Indices are no shades: what is next to one another in the palette is not so in the picture.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&reduced.pixels)?;
    writer.finish()?;
    Ok(out)
}

fn webp(pixels: &[u8], lossless: bool, width: u32, height: u32) -> Result<Vec<u8>, String> {
    let mut config = WebPConfig::new().map_err(|()| "WebP cannot be written".to_owned())?;
    config.lossless = i32::from(lossless);
    config.quality = QUALITY;
    // Without it a thin red line on white is pink.
    config.use_sharp_yuv = 1;
    let encoder = Encoder::from_rgba(pixels, width, height);
    encoder.encode_advanced(&config).map(|bytes| bytes.to_vec()).map_err(|error| format!("{error:?}"))
}

/// A colour that was multiplied by its alpha, as files keep it.
fn straight([red, green, blue, alpha]: [u8; 4]) -> [u8; 4] {
    // None is brighter than its alpha as drawn; that holds here by itself, too.
    let colour = PremultipliedColorU8::from_rgba(red.min(alpha), green.min(alpha), blue.min(alpha), alpha);
    let whole = colour.unwrap_or(PremultipliedColorU8::TRANSPARENT).demultiply();
    [whole.red(), whole.green(), whole.blue(), whole.alpha()]
}

/// A badge's picture as templates get it.
///
/// Always: `url`, `width` and `height` of the picture itself, and `png`, the smallest size, for places that show no
/// more. Where pages show sizes instead of the picture: `webps` and `pngs` for `srcset`, `fallback`, `ratio`
/// (width by height) for `sizes`, and `paper`, the largest, if there are several.
pub fn value(view: &View<'_>, badge: &Badge<'_>) -> Option<Object> {
    let (asset, picture) = badge.picture?;
    let config = &view.site.config;
    let made = badge.renditions();
    let url = |made: &Rendition, file: PictureFile| config.rooted(asset_path(view, badge, *made, file));
    let sets = |file: PictureFile| {
        let one = |made: &Rendition| format!("{} {}w", url(made, file), made.width);
        made.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let object = Object::new()
        .with("url", config.rooted(asset.path()))
        .with("width", picture.width)
        .with("height", picture.height)
        .maybe("png", made.first().map(|made| config.rooted(badge.picture_path(made.size))));
    if badge.shows_vector() {
        return Some(object);
    }
    let middle = made.get(1).or(made.first());
    let ratio = f64::from(picture.width) / f64::from(picture.height.max(1));
    Some(
        object
            .with("webps", sets(PictureFile::Webp))
            .with("pngs", sets(PictureFile::Png))
            .maybe("fallback", middle.map(|made| url(made, PictureFile::Png)))
            .maybe("paper", made.get(1..).and_then(<[_]>::last).map(|made| url(made, PictureFile::Png)))
            .with("ratio", (ratio * 1000.0).round() / 1000.0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fonts() -> Fonts {
        Fonts::new(&[]).unwrap()
    }

    /// Smooth and transparent at the edges, as badges are.
    fn gradient(side: u32) -> Vec<u8> {
        let image = image::RgbaImage::from_fn(side, side, |x, y| {
            let from_middle = (x.abs_diff(side / 2).pow(2) + y.abs_diff(side / 2).pow(2)).isqrt();
            let inside = (side * 45 / 100).saturating_sub(from_middle) * 255;
            image::Rgba([(x * 255 / side) as u8, (y * 255 / side) as u8, 120, inside.min(255) as u8])
        });
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn decoded_png(bytes: &[u8]) -> image::RgbaImage {
        image::load_from_memory_with_format(bytes, image::ImageFormat::Png).unwrap().into_rgba8()
    }

    fn decoded_webp(bytes: &[u8]) -> image::RgbaImage {
        let mut decoder = image_webp::WebPDecoder::new(std::io::Cursor::new(bytes)).unwrap();
        let (width, height) = decoder.dimensions();
        let mut pixels = vec![0; decoder.output_buffer_size().unwrap()];
        decoder.read_image(&mut pixels).unwrap();
        if decoder.has_alpha() {
            image::RgbaImage::from_raw(width, height, pixels).unwrap()
        } else {
            image::DynamicImage::ImageRgb8(image::RgbImage::from_raw(width, height, pixels).unwrap()).into_rgba8()
        }
    }

    /// How far the colours are apart on white, per channel and pixel.
    fn apart(a: &image::RgbaImage, b: &image::RgbaImage) -> f64 {
        assert_eq!(a.dimensions(), b.dimensions());
        let on_white = |pixel: &image::Rgba<u8>, channel: usize| {
            let alpha = f64::from(pixel.0[3]) / 255.0;
            f64::from(pixel.0[channel]) * alpha + 255.0 * (1.0 - alpha)
        };
        let differences =
            a.pixels().zip(b.pixels()).flat_map(|(a, b)| (0..3).map(move |c| (on_white(a, c) - on_white(b, c)).abs()));
        differences.sum::<f64>() / f64::from(a.width() * a.height() * 3)
    }

    #[test]
    fn both_files_show_the_picture_and_the_webp_is_the_smaller() {
        let (source, fonts) = (gradient(600), fonts());
        let png = make(&source, 240, PictureFile::Png, &fonts).unwrap();
        let webp = make(&source, 240, PictureFile::Webp, &fonts).unwrap();
        let drawn = picture::draw(&source, 240, &fonts).unwrap();
        let drawn = image::RgbaImage::from_raw(240, 240, drawn.take_demultiplied()).unwrap();
        assert!(apart(&decoded_png(&png), &drawn) < 2.0, "{}", apart(&decoded_png(&png), &drawn));
        assert!(apart(&decoded_webp(&webp), &drawn) < 2.0, "{}", apart(&decoded_webp(&webp), &drawn));
        assert!(webp.len() < png.len(), "{} {}", webp.len(), png.len());
        for (x, y) in [(0, 0), (239, 0), (120, 1)] {
            assert_eq!(decoded_png(&png).get_pixel(x, y).0[3], 0);
            assert_eq!(decoded_webp(&webp).get_pixel(x, y).0[3], 0);
        }
    }

    #[test]
    fn a_flat_drawing_loses_nothing() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 10'>\
                    <path d='M0 0h10v10H0z' fill='#1f5f8b'/></svg>";
        for file in PictureFile::ALL {
            let bytes = make(svg, 240, file, &fonts()).unwrap();
            let image = if file == PictureFile::Png { decoded_png(&bytes) } else { decoded_webp(&bytes) };
            assert_eq!(image.dimensions(), (240, 120));
            for (x, y, pixel) in image.enumerate_pixels() {
                let wanted = if x < 120 { [0x1f, 0x5f, 0x8b, 255] } else { [0; 4] };
                assert_eq!(pixel.0, wanted, "{file:?} {x} {y}");
            }
        }
    }

    #[test]
    fn the_same_picture_always_gives_the_same_bytes() {
        let (source, fonts) = (gradient(300), fonts());
        for file in PictureFile::ALL {
            assert_eq!(make(&source, 240, file, &fonts), make(&source, 240, file, &fonts));
        }
    }

    #[test]
    fn colours_come_back_from_their_alpha() {
        assert_eq!(straight([50, 0, 25, 100]), [128, 0, 64, 100]);
        assert_eq!(straight([9, 9, 9, 0]), [0; 4]);
        assert_eq!(straight([200, 1, 2, 100]), [255, 3, 5, 100], "never more than full");
    }
}
