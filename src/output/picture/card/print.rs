//! Printing a template's text layer onto a card.

use std::sync::Arc;

use super::raster;
use super::sheet::{Printed, Sheet, Wanted};
use crate::fonts::Fonts;
use crate::output::drawn::layout::{self, Extent, Item, Piece};
use crate::output::drawn::typeset::Fit;

/// Sets and prints the layer.
pub(super) fn print(fonts: &Fonts, pieces: &[Piece<'_>], sheet: &mut Sheet) {
    for piece in pieces {
        let Piece::Texts(stack) = piece else { continue };
        for placed in stack.place(|item, fit| set(item, fonts, fit, sheet)).placed {
            let mut baseline = placed.baseline;
            for line in &placed.text.lines {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
                sheet.print(line, baseline.round().clamp(0.0, 2000.0) as usize, placed.item.style.ink);
                baseline += placed.item.leading * placed.text.size;
            }
        }
    }
}

fn set(item: &Item<'_>, fonts: &Fonts, fit: Fit, sheet: &mut Sheet) -> Option<Arc<Printed>> {
    let style = &item.style;
    let wanted = Wanted {
        text: item.text.clone(),
        families: style.families.into(),
        weight: style.weight,
        slanted: style.slanted,
        numbers: [item.x, fit.width, fit.largest, fit.smallest].map(f32::to_bits),
        lines: fit.lines,
        anchor: style.anchor as u8,
    };
    if let Some(known) = sheet.known.get(&wanted) {
        return known.clone();
    }
    let printed = item.set(fonts, fit).map(|setting| {
        let lines = setting
            .lines
            .iter()
            .map(|line| raster::cover(fonts, line, setting.size, item.left(&setting, line)))
            .collect();
        Arc::new(Printed { size: setting.size, is_cut: setting.is_cut, ink: layout::ink(&setting.lines), lines })
    });
    sheet.known.insert(wanted, printed.clone());
    printed
}

impl Extent for Arc<Printed> {
    fn size(&self) -> f32 {
        self.size
    }

    fn lines(&self) -> usize {
        self.lines.len()
    }

    fn is_cut(&self) -> bool {
        self.is_cut
    }

    fn ink(&self) -> [f32; 2] {
        self.ink
    }
}
