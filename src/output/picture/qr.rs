//! QR codes of verification pages' addresses.
//!
//! A printed page is worth as much as the code on it can be scanned: error
//! correction M (15 %), a quiet zone of four modules as ISO/IEC 18004 asks for,
//! dark on white whatever the page's colours, and square modules.
//!
//! There is a code for every award, so they are made from what all codes of a
//! size have in common ([`Codes`]).

use std::{hash::Hash, sync::OnceLock};

use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::types::QrError as Refusal;
use qrcode::{Color, EcLevel, Version, bits, ec};
use thiserror::Error;

use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Of, Output, View},
    prose::escape,
    site::Award,
};

/// White modules around the code, as the standard asks for.
pub const QUIET_ZONE: usize = 4;
/// Pixels of the PNG for one module; eight make a module one byte of a row.
pub const PIXELS_PER_MODULE: usize = 8;
/// The most bytes of address that error correction M can hold.
pub const LONGEST_ADDRESS: usize = 2331;

/// The QR code of an award's address, as SVG.
pub struct QrSvg;

impl Output for QrSvg {
    fn name(&self) -> &'static str {
        "QR code (SVG)"
    }

    fn kind(&self) -> Kind {
        Kind::Leaf
    }

    fn of(&self) -> Of {
        Of::Award
    }

    fn items(&self, view: &View<'_>, index: usize, add: Add<'_>) {
        if view.site.config.outputs.qr_svg && view.open_award(index).is_some() {
            add(Item::of(index));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        format!("{}qr.svg", view.award(item.index).map(Award::path).unwrap_or_default())
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        address(view, item).hash(on);
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.codes.svg(&address(making.view, item)).map_err(|error| Diagnostic::error(error.to_string()))
    }
}

/// The QR code of an award's address, as PNG.
pub struct QrPng;

impl Output for QrPng {
    fn name(&self) -> &'static str {
        "QR code (PNG)"
    }

    fn kind(&self) -> Kind {
        Kind::Leaf
    }

    fn of(&self) -> Of {
        Of::Award
    }

    fn items(&self, view: &View<'_>, index: usize, add: Add<'_>) {
        if view.site.config.outputs.qr_png && view.open_award(index).is_some() {
            add(Item::of(index));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        format!("{}qr.png", view.award(item.index).map(Award::path).unwrap_or_default())
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        address(view, item).hash(on);
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.codes.png(&address(making.view, item)).map_err(|error| Diagnostic::error(error.to_string()))
    }
}

fn address(view: &View<'_>, item: Item) -> String {
    view.award(item.index).map(|award| view.site.config.absolute(award.path())).unwrap_or_default()
}

/// Why there is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum QrError {
    /// The address has more bytes than the largest code holds.
    #[error(
        "an address of {length} bytes is too long for a QR code; keep it under {LONGEST_ADDRESS}, and under 120 to scan well from paper"
    )]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The code could not be built or written.
    #[error("no QR code can be made of this address; check `base_url` and the award's id")]
    Unencodable,
}

/// How many modules wide the code of `address` is, its quiet zone included.
///
/// # Errors
///
/// An address too long for any code.
pub fn modules(address: &str) -> Result<usize, QrError> {
    let bits = encode(address)?;
    let width = usize::try_from(bits.version().width()).unwrap_or_default();
    Ok(width + 2 * QUIET_ZONE)
}

/// What makes codes. It remembers what all codes of a size have in common, and a site's codes are mostly of one size.
#[derive(Debug)]
pub struct Codes {
    /// By version, as the standard calls sizes: from 1.
    layouts: [OnceLock<Layout>; 40],
}

impl Default for Codes {
    fn default() -> Self {
        Self { layouts: [const { OnceLock::new() }; 40] }
    }
}

impl Codes {
    /// The code as an SVG file of about 2 kB: one white square, one path.
    ///
    /// # Errors
    ///
    /// An address too long for any code.
    pub fn svg(&self, address: &str) -> Result<Vec<u8>, QrError> {
        self.draw(address, "xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"QR code\"")
    }

    /// The code as an element inside a page, without ids, styles and scripts. `label` says in words what it is; `side`
    /// is its width and height in CSS pixels.
    ///
    /// # Errors
    ///
    /// An address too long for any code.
    pub fn inline(&self, address: &str, label: &str, side: u32) -> Result<String, QrError> {
        let label = escape(label);
        let svg =
            self.draw(address, &format!("width=\"{side}\" height=\"{side}\" role=\"img\" aria-label=\"{label}\""))?;
        String::from_utf8(svg).map_err(|_| QrError::Unencodable)
    }

    fn draw(&self, address: &str, attributes: &str) -> Result<Vec<u8>, QrError> {
        let code = self.code(address)?;
        let side = code.width + 2 * QUIET_ZONE;
        let mut svg = Vec::with_capacity(code.modules.len() * 3 + 512);
        svg.extend_from_slice(b"<svg ");
        svg.extend_from_slice(attributes.as_bytes());
        // Rows are strokes along their middle, so that is where 0 is: the numbers of every row are short.
        svg.extend_from_slice(b" viewBox=\"-4 -4.5");
        push(&mut svg, b' ', side);
        push(&mut svg, b' ', side);
        svg.extend_from_slice(b"\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M-4-4.5");
        push(&mut svg, b'h', side);
        push(&mut svg, b'v', side);
        svg.extend_from_slice(b"H-4z\"/><path stroke=\"#000\" d=\"");
        for (y, row) in code.rows().enumerate() {
            draw_row(&mut svg, row, y);
        }
        svg.extend_from_slice(b"\"/></svg>");
        Ok(svg)
    }

    /// The code as a PNG of one bit a pixel, eight pixels a module.
    ///
    /// # Errors
    ///
    /// An address too long for any code.
    pub fn png(&self, address: &str) -> Result<Vec<u8>, QrError> {
        let code = self.code(address)?;
        let row_bytes = code.width + 2 * QUIET_ZONE;
        let side = row_bytes * PIXELS_PER_MODULE;
        let mut pixels = vec![0xff_u8; row_bytes * side];
        let quiet = QUIET_ZONE * PIXELS_PER_MODULE * row_bytes;
        let bands = pixels.get_mut(quiet..).unwrap_or_default();
        for (row, band) in code.rows().zip(bands.chunks_exact_mut(row_bytes * PIXELS_PER_MODULE)) {
            for line in band.chunks_exact_mut(row_bytes) {
                for (is_dark, byte) in row.iter().zip(line.iter_mut().skip(QUIET_ZONE)) {
                    *byte = if *is_dark { 0x00 } else { 0xff };
                }
            }
        }
        let side = u32::try_from(side).map_err(|_| QrError::Unencodable)?;
        let mut file = Vec::with_capacity(2048);
        let mut encoder = png::Encoder::new(&mut file, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        encoder.set_compression(png::Compression::Fast);
        encoder.set_filter(png::Filter::Up);
        let mut writer = encoder.write_header().map_err(|_| QrError::Unencodable)?;
        writer.write_image_data(&pixels).map_err(|_| QrError::Unencodable)?;
        writer.finish().map_err(|_| QrError::Unencodable)?;
        Ok(file)
    }

    /// How many modules wide the code is with its quiet zone, and its dark runs, row by row: x, y and length.
    ///
    /// # Errors
    ///
    /// An address too long for any code.
    pub fn runs(&self, address: &str) -> Result<(usize, Vec<[usize; 3]>), QrError> {
        let code = self.code(address)?;
        let mut runs = Vec::with_capacity(code.modules.len() / 3);
        for (y, row) in code.rows().enumerate() {
            each_run(row, |start, run| runs.push([start + QUIET_ZONE, y + QUIET_ZONE, run]));
        }
        Ok((code.width + 2 * QUIET_ZONE, runs))
    }

    fn code(&self, address: &str) -> Result<Code, QrError> {
        let bits = encode(address)?;
        let version = bits.version();
        let (data, correction) =
            ec::construct_codewords(&bits.into_bytes(), version, EcLevel::M).map_err(|_| QrError::Unencodable)?;
        let Version::Normal(number) = version else { return Err(QrError::Unencodable) };
        let number = usize::try_from(number - 1).map_err(|_| QrError::Unencodable)?;
        let layout = self.layouts.get(number).ok_or(QrError::Unencodable)?;
        Ok(layout
            .get_or_init(|| Layout::of(version, data.len() + correction.len()))
            .fill(data.iter().chain(&correction)))
    }
}

/// A row of the picture: a stroke one module thick, in which each dark run is one `h`, and the pen only moves,
/// relatively, between runs.
fn draw_row(svg: &mut Vec<u8>, row: &[bool], y: usize) {
    let mut pen = None;
    each_run(row, |start, run| {
        if let Some(pen) = pen {
            push(svg, b'm', start - pen);
            svg.extend_from_slice(b" 0");
        } else {
            push(svg, b'M', start);
            push(svg, b' ', y);
        }
        push(svg, b'h', run);
        pen = Some(start + run);
    });
}

/// The dark runs of a row: where each starts, and its length.
fn each_run(row: &[bool], mut then: impl FnMut(usize, usize)) {
    let mut x = 0;
    while let Some(light) = row.get(x..).and_then(|rest| rest.iter().position(|is_dark| *is_dark)) {
        let start = x + light;
        let dark = row.get(start..).unwrap_or_default();
        let run = dark.iter().position(|is_dark| !is_dark).unwrap_or(dark.len());
        then(start, run);
        x = start + run;
    }
}

/// A command or separator and a number below a thousand. `write!` takes several times as long, and there are hundreds
/// of these in a code.
fn push(svg: &mut Vec<u8>, command: u8, number: usize) {
    let digit = |unit: usize| b'0' + u8::try_from(number / unit % 10).unwrap_or_default();
    match number {
        0..10 => svg.extend_from_slice(&[command, digit(1)]),
        10..100 => svg.extend_from_slice(&[command, digit(10), digit(1)]),
        _ => svg.extend_from_slice(&[command, digit(100), digit(10), digit(1)]),
    }
}

/// What all codes of a size have in common.
///
/// Where each bit goes is a long walk around finder, timing and alignment patterns, which the encoder takes module by
/// module for every code. Here it takes it a few times for each size, with bits that number the places, and all codes
/// of that size are made from what was found.
#[derive(Debug)]
struct Layout {
    width: usize,
    /// The code of nothing but zeros, masked.
    blank: Vec<bool>,
    /// The module of each bit, in the order of bits.
    places: Vec<usize>,
}

impl Layout {
    /// Of a version that has so many codewords.
    fn of(version: Version, codewords: usize) -> Self {
        let blank = draw(version, &vec![0; codewords]);
        let bits = codewords * 8;
        // For each module the number of its bit, found one binary digit after the other.
        let mut numbers = vec![0_usize; blank.len()];
        for digit in 0..usize::BITS - bits.leading_zeros() {
            // Counted from one, since zero is what modules have that hold no bit.
            let has_digit = |bit: usize| (bit + 1) >> digit & 1 == 1;
            let words: Vec<u8> = (0..codewords)
                .map(|word| (0..8).fold(0, |byte, bit| byte << 1 | u8::from(has_digit(word * 8 + bit))))
                .collect();
            let drawn = draw(version, &words);
            for ((number, with), without) in numbers.iter_mut().zip(&drawn).zip(&blank) {
                *number |= usize::from(with != without) << digit;
            }
        }
        let mut places = vec![0; bits];
        for (module, number) in numbers.into_iter().enumerate() {
            if let Some(place) = number.checked_sub(1).and_then(|bit| places.get_mut(bit)) {
                *place = module;
            }
        }
        Self { width: usize::try_from(version.width()).unwrap_or(1), blank, places }
    }

    /// The code with these words in it.
    fn fill<'a>(&self, words: impl Iterator<Item = &'a u8>) -> Code {
        let mut modules = self.blank.clone();
        for (word, places) in words.zip(self.places.chunks_exact(8)) {
            for (bit, place) in places.iter().enumerate() {
                if let Some(is_dark) = modules.get_mut(*place) {
                    *is_dark ^= word & 0x80 >> bit != 0;
                }
            }
        }
        Code { width: self.width, modules }
    }
}

/// The modules of a version with these words in it, as the encoder draws them.
fn draw(version: Version, words: &[u8]) -> Vec<bool> {
    let mut canvas = Canvas::new(version, EcLevel::M);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(words, &[]);
    canvas.apply_mask(MASK);
    canvas.into_colors().into_iter().map(|colour| colour == Color::Dark).collect()
}

/// The modules of one code, without its quiet zone: which are dark.
struct Code {
    width: usize,
    modules: Vec<bool>,
}

impl Code {
    fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.modules.chunks_exact(self.width)
    }
}

fn encode(address: &str) -> Result<bits::Bits, QrError> {
    bits::encode_auto(address.as_bytes(), EcLevel::M).map_err(|refusal| match refusal {
        Refusal::DataTooLong => QrError::TooLong { length: address.len() },
        _ => QrError::Unencodable,
    })
}

/// The mask that all codes get. The standard would have all eight tried and the one taken that leaves the fewest
/// patterns which confuse readers; that costs many times as much as the rest of a code. Readers must read any mask,
/// and the words of an address and their correction leave no large patterns under this one, whose cells repeat only
/// after six modules.
const MASK: MaskPattern = MaskPattern::Meadow;

#[cfg(test)]
mod tests {
    use super::*;
    use resvg::{tiny_skia, usvg};

    fn svg(address: &str) -> Result<String, QrError> {
        Codes::default().svg(address).map(|svg| String::from_utf8(svg).unwrap())
    }

    fn png(address: &str) -> Result<Vec<u8>, QrError> {
        Codes::default().png(address)
    }

    /// Grey pixels, row by row, and their width.
    type Grey = (usize, Vec<u8>);

    fn read(grey: &Grey) -> Vec<String> {
        let (width, pixels) = grey;
        let mut image =
            rqrr::PreparedImage::prepare_from_greyscale(*width, pixels.len() / width, |x, y| pixels[y * width + x]);
        image.detect_grids().iter().filter_map(|grid| grid.decode().ok().map(|(_, text)| text)).collect()
    }

    fn drawn(svg: &str, side: u32) -> Grey {
        let tree = usvg::Tree::from_str(svg, &usvg::Options::default()).unwrap();
        let mut pixmap = tiny_skia::Pixmap::new(side, side).unwrap();
        let scale = side as f32 / tree.size().width();
        let transform = tiny_skia::Transform::from_scale(scale, scale);
        resvg::render(&tree, transform, &mut pixmap.as_mut());
        // Read against black: what is white must be painted white.
        let grey = pixmap.pixels().iter().map(|pixel| pixel.red()).collect();
        (side as usize, grey)
    }

    fn decoded(png: &[u8]) -> Grey {
        let image = image::load_from_memory(png).unwrap().to_luma8();
        (image.width() as usize, image.into_raw())
    }

    fn addresses() -> Vec<String> {
        let mut addresses: Vec<String> = (0..150)
            .map(|n: u64| {
                let id = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                format!("https://badges.cxpa.example/verify/{id:016x}{:06x}/", n * 7919)
            })
            .collect();
        addresses.push("https://a.example/".into());
        addresses.push("https://xn--mnchen-3ya.example/verify/AAAAAAAAAAAAAAAAAAAAAAAA/".into());
        addresses.push("https://example.org/%D7%90%D7%91/verify/000000000000000000000000/".into());
        for length in [100, 250, 500, 900] {
            addresses.push(format!("https://a.example/{}/", "verify-0".repeat(length / 8)));
        }
        addresses
    }

    #[test]
    fn both_forms_are_read_back_by_an_independent_reader() {
        for address in addresses() {
            let side = u32::try_from(modules(&address).unwrap() * 6).unwrap();
            assert_eq!(read(&drawn(&svg(&address).unwrap(), side)), [address.as_str()]);
            assert_eq!(read(&decoded(&png(&address).unwrap())), [address.as_str()]);
        }
    }

    #[test]
    fn a_code_is_read_back_at_a_few_pixels_a_module() {
        for address in addresses().iter().take(40) {
            let code = svg(address).unwrap();
            let modules = u32::try_from(modules(address).unwrap()).unwrap();
            for side in [modules * 3, modules * 7 / 2, modules * 4 + 3] {
                assert_eq!(read(&drawn(&code, side)), [address.as_str()], "{side} pixels");
            }
        }
    }

    #[test]
    fn codes_are_what_the_encoder_would_have_drawn() {
        let codes = Codes::default();
        for length in (8..LONGEST_ADDRESS).step_by(97) {
            let address = "https://a.example/0123456789ABCDEF/".repeat(67).get(..length).unwrap().to_owned();
            let bits = encode(&address).unwrap();
            let version = bits.version();
            let (data, correction) = ec::construct_codewords(&bits.into_bytes(), version, EcLevel::M).unwrap();
            let words = [data, correction].concat();
            assert_eq!(codes.code(&address).unwrap().modules, draw(version, &words), "{version:?}");
        }
    }

    #[test]
    fn the_longest_address_has_a_code_and_a_longer_one_an_error() {
        let longest = "a".repeat(LONGEST_ADDRESS);
        assert_eq!(modules(&longest).unwrap(), 177 + 8);
        assert!(svg(&longest).is_ok() && png(&longest).is_ok());
        let longer = "a".repeat(LONGEST_ADDRESS + 1);
        assert_eq!(svg(&longer).unwrap_err(), QrError::TooLong { length: LONGEST_ADDRESS + 1 });
        assert!(png(&longer).is_err() && modules(&longer).is_err());
    }

    #[test]
    fn nothing_of_the_address_itself_stands_in_the_svg() {
        let code = svg("https://a.example/\"><script>alert(1)</script>").unwrap();
        assert!(!code.contains("script") && !code.contains("example"));
        usvg::roxmltree::Document::parse(&code).unwrap();
    }

    #[test]
    fn an_usual_code_is_small() {
        let address = "https://badges.cxpa.example/verify/9ed52e43b74eaed8f69592/";
        assert!(svg(address).unwrap().len() < 4_000);
        assert!(png(address).unwrap().len() < 2_000);
    }

    #[test]
    fn the_quiet_zone_is_white_and_four_modules_wide() {
        let (width, pixels) = decoded(&png("https://a.example/").unwrap());
        let quiet = QUIET_ZONE * PIXELS_PER_MODULE;
        for (at, pixel) in pixels.iter().enumerate() {
            let (x, y) = (at % width, at / width);
            if x.min(y) < quiet || x.max(y) >= width - quiet {
                assert_eq!(*pixel, 255);
            }
        }
        assert_eq!(pixels[quiet * width + quiet], 0);
    }
}
