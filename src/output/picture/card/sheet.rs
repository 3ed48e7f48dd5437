//! Printing text onto a background, and writing the result as a PNG.
//!
//! The background is already in palette colours. A letter only ever mixes two
//! colours, its ink and what is under it, in sixteen steps of coverage; each
//! mixture that occurs takes a free place in the palette, looked up by table.
//! So a card is never in true colour, and nothing of it is searched for or
//! reduced again: copy the background, print a few lines, compress.
//!
//! A sheet's buffers are kept from card to card: fresh memory for each card
//! costs more than compressing it.

use std::collections::HashMap;
use std::sync::Arc;

use super::raster::Coverage;
use super::{DrawError, HEIGHT, WIDTH};
use crate::output::picture::palette::{Indexed, Rgb, nearest, slot};

/// Steps of coverage at the edge of a letter; the last is full ink.
const STEPS: usize = 16;
const NONE: u16 = u16::MAX;
/// Pixels of a row, as a place in memory.
const ROW: usize = WIDTH as usize;

/// A card in the making. Reused for the next one.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pixels: Vec<u8>,
    palette: Vec<Rgb>,
    taken: usize,
    /// For the ink in use: the index for each colour beneath and each step.
    mixtures: Vec<u16>,
    ink: Option<Rgb>,
    /// Texts that were set before: a badge's cards have most of theirs in common.
    pub(super) known: HashMap<Wanted, Option<Arc<Printed>>>,
}

/// All that the setting of a text depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Wanted {
    pub(super) text: String,
    pub(super) families: String,
    pub(super) weight: u16,
    pub(super) slanted: bool,
    /// The bits of x, width, largest and smallest size.
    pub(super) numbers: [u32; 4],
    pub(super) lines: usize,
    pub(super) anchor: u8,
}

/// A text as it will be printed.
#[derive(Debug)]
pub(super) struct Printed {
    /// In pixels.
    pub(super) size: f32,
    pub(super) is_cut: bool,
    /// Ems of ink above its first baseline and below its last.
    pub(super) ink: [f32; 2],
    pub(super) lines: Vec<Coverage>,
}

/// Texts to keep: those that cards share, and room for some that they do not.
const MOST_KNOWN: usize = 64;

impl Sheet {
    /// Starts a card on this background.
    pub(super) fn begin(&mut self, background: &Indexed) {
        self.pixels.clear();
        self.pixels.extend_from_slice(&background.pixels);
        self.palette.clear();
        self.palette.extend_from_slice(&background.palette);
        self.taken = background.taken;
        self.ink = None;
        if self.known.len() > MOST_KNOWN {
            self.known.clear();
        }
    }

    /// Prints a line on the baseline `y`.
    pub(super) fn print(&mut self, line: &Coverage, y: usize, ink: Rgb) {
        if line.width == 0 {
            return;
        }
        self.set_ink(ink);
        let hidden = line.above.saturating_sub(y);
        let top = y.saturating_sub(line.above);
        let rows = line.values.chunks_exact(line.width).skip(hidden).enumerate();
        for (row, mut covered) in rows {
            let from = (top + row) * ROW + line.left;
            let Some(mut pixels) = self.pixels.get_mut(from..from + covered.len()) else {
                break;
            };
            // Most of a line is paper: skip it quickly.
            while let Some(at) = covered.iter().position(|coverage| *coverage > 8) {
                covered = covered.get(at..).unwrap_or_default();
                pixels = pixels.get_mut(at..).unwrap_or_default();
                let run = covered.iter().take_while(|coverage| **coverage > 8).count();
                for (pixel, coverage) in pixels.iter_mut().zip(covered.iter().take(run)) {
                    let step = (usize::from(*coverage) + 8) / 17;
                    let place = usize::from(*pixel) * STEPS + step;
                    let index = self.mixtures.get(place).copied().unwrap_or(NONE);
                    *pixel = u8::try_from(index).unwrap_or_else(|_| {
                        let mixtures = &mut self.mixtures;
                        mix(&mut self.palette, &mut self.taken, mixtures, ink, *pixel, step)
                    });
                }
                covered = covered.get(run..).unwrap_or_default();
                pixels = pixels.get_mut(run..).unwrap_or_default();
            }
        }
    }

    fn set_ink(&mut self, ink: Rgb) {
        if self.ink != Some(ink) {
            self.ink = Some(ink);
            self.mixtures.clear();
            self.mixtures.resize(256 * STEPS, NONE);
        }
    }

    /// The card as a PNG.
    pub(super) fn encode(&self) -> Result<Vec<u8>, DrawError> {
        let failed = |error: png::EncodingError| DrawError::Encoding { message: error.to_string() };
        let mut file = Vec::with_capacity(96 << 10);
        let mut encoder = png::Encoder::new(&mut file, WIDTH, HEIGHT);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_palette(self.palette.concat());
        encoder.set_compression(png::Compression::Fast);
        encoder.set_filter(png::Filter::Up);
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(&self.pixels).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(file)
    }
}

/// The index of `ink` over the colour of `under` at a step of coverage: an
/// equal colour, a free place, or the nearest colour where none is free.
fn mix(palette: &mut [Rgb], taken: &mut usize, mixtures: &mut [u16], ink: Rgb, under: u8, step: usize) -> u8 {
    let below = palette.get(usize::from(under)).copied().unwrap_or_default();
    let mut colour = [0; 3];
    for ((colour, ink), below) in colour.iter_mut().zip(ink).zip(below) {
        let mixed = usize::from(ink) * step + usize::from(below) * (STEPS - 1 - step);
        *colour = u8::try_from((mixed + STEPS / 2) / (STEPS - 1)).unwrap_or(255);
    }
    let used = |rank: usize| palette.get(usize::from(slot(rank))).copied();
    let index = if let Some(rank) = (0..*taken).find(|rank| used(*rank) == Some(colour)) {
        slot(rank)
    } else if *taken < 256 {
        let index = slot(*taken);
        *taken += 1;
        if let Some(entry) = palette.get_mut(usize::from(index)) {
            *entry = colour;
        }
        index
    } else {
        u8::try_from(nearest(palette, colour.map(i32::from))).unwrap_or_default()
    };
    if let Some(mixture) = mixtures.get_mut(usize::from(under) * STEPS + step) {
        *mixture = u16::from(index);
    }
    index
}
