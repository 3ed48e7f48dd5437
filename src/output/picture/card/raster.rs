//! Letters to coverage: how much of each pixel a line's outlines cover.
//!
//! The exact area under each edge is added up along the rows (the method of
//! font-rs and `stb_truetype`): one pass over the edges, one over the pixels, no
//! sorting, and finer edges than supersampling gives. It asks for contours that
//! do not cross with opposite direction, which is what fonts have.

use skrifa::MetadataProvider;
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};

use super::WIDTH;
use crate::fonts::Fonts;
use crate::output::drawn::typeset::Line;

/// Pieces that a curve is drawn in: enough for letters of 100 pixels.
const PIECES: u8 = 6;
/// How far from the baseline a line may reach, in ems, however its marks are
/// stacked.
const ABOVE: f32 = 1.5;
const BELOW: f32 = 0.65;

/// The coverage of one line, in pixels.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    /// Its left edge on the card.
    pub(super) left: usize,
    /// Its top edge above the baseline.
    pub(super) above: usize,
    pub(super) width: usize,
    /// 255 is full; row by row.
    pub(super) values: Vec<u8>,
}

/// One straight edge: from x, y to x, y.
type Edge = [f32; 4];

/// Works out the coverage of a line whose left end is at `x` on the card.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "clamped to the card before"
)]
pub(super) fn cover(fonts: &Fonts, line: &Line, size: f32, x: f32) -> Coverage {
    let edges = edges(fonts, line, size, x);
    let (mut left, mut right) = (f32::INFINITY, f32::NEG_INFINITY);
    let (mut top, mut bottom) = (f32::INFINITY, f32::NEG_INFINITY);
    for [ax, ay, bx, by] in &edges {
        left = left.min(ax.min(*bx));
        right = right.max(ax.max(*bx));
        top = top.min(ay.min(*by));
        bottom = bottom.max(ay.max(*by));
    }
    if edges.is_empty() || !(left.is_finite() && right.is_finite() && top.is_finite()) {
        return Coverage::default();
    }
    let left = left.floor().clamp(0.0, WIDTH as f32);
    let right = right.ceil().clamp(left, WIDTH as f32);
    let top = top.max(-ABOVE * size).floor().min(0.0);
    let bottom = bottom.min(BELOW * size).ceil().max(top);
    let mut field = Field {
        // An edge at the right end adds to the two places after it.
        width: (right - left) as usize + 2,
        height: (bottom - top) as usize,
        areas: Vec::new(),
    };
    field.areas.resize(field.width * field.height, 0.0);
    for [ax, ay, bx, by] in edges {
        field.add([ax - left, ay - top, bx - left, by - top]);
    }
    let width = (right - left) as usize;
    Coverage { left: left as usize, above: (-top) as usize, width, values: field.values(width) }
}

/// For each pixel, how much the coverage changes there along its row.
struct Field {
    width: usize,
    height: usize,
    areas: Vec<f32>,
}

impl Field {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "clamped to the field before"
    )]
    fn add(&mut self, [ax, ay, bx, by]: Edge) {
        let (direction, [ax, ay, bx, by]) = if ay < by { (1.0, [ax, ay, bx, by]) } else { (-1.0, [bx, by, ax, ay]) };
        let slope = (bx - ax) / (by - ay);
        if !slope.is_finite() {
            return;
        }
        let limit = (self.width - 2) as f32;
        let first = ay.max(0.0) as usize;
        let end = (by.ceil().max(0.0) as usize).min(self.height);
        for row in first..end {
            let upper = ay.max(row as f32);
            let lower = by.min(row as f32 + 1.0);
            let from = (ax + (upper - ay) * slope).clamp(0.0, limit);
            let to = (ax + (lower - ay) * slope).clamp(0.0, limit);
            let Some(places) = self.areas.get_mut(row * self.width..(row + 1) * self.width) else {
                return;
            };
            spread(places, from.min(to), from.max(to), (lower - upper) * direction);
        }
    }

    /// Sums up each row; `width` leaves the places beyond the right end out.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 255")]
    fn values(&self, width: usize) -> Vec<u8> {
        let mut values = Vec::with_capacity(width * self.height);
        for row in self.areas.chunks_exact(self.width) {
            let mut sum = 0.0_f32;
            values.extend(row.iter().take(width).map(|area| {
                sum += area;
                (sum.abs().min(1.0) * 255.0 + 0.5) as u8
            }));
        }
        values
    }
}

/// Adds an edge that crosses one row from `left` to `right`, over a part
/// `height` of the row's height (negative if upwards).
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "clamped to the row before"
)]
fn spread(places: &mut [f32], left: f32, right: f32, height: f32) {
    let first = left as usize;
    let last = right.ceil() as usize;
    let start = left - first as f32;
    let Some(places) = places.get_mut(first..) else {
        return;
    };
    if last <= first + 1 {
        // Within one pixel: the area right of the edge's middle.
        let middle = f32::midpoint(left, right) - first as f32;
        if let [here, next, ..] = places {
            *here += height * (1.0 - middle);
            *next += height * middle;
        }
        return;
    }
    // Over several: a triangle, then a slope, then a triangle.
    let count = last - first;
    let per_pixel = 1.0 / (right - left);
    let opening = 0.5 * per_pixel * (1.0 - start) * (1.0 - start);
    let end = right - last as f32 + 1.0;
    let closing = 0.5 * per_pixel * end * end;
    let mut before = 0.0;
    for (at, place) in places.iter_mut().take(count + 1).enumerate() {
        let until = match at {
            _ if at == count => 1.0,
            _ if at + 1 == count => 1.0 - closing,
            0 => opening,
            _ => per_pixel * (at as f32 + 0.5 - start),
        };
        *place += height * (until - before);
        before = until;
    }
}

/// Collects edges, with the y axis turned down as on the card.
struct Pen {
    edges: Vec<Edge>,
    origin: (f32, f32),
    start: (f32, f32),
    at: (f32, f32),
}

impl Pen {
    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        (self.origin.0 + x, self.origin.1 - y)
    }

    fn edge_to(&mut self, to: (f32, f32)) {
        self.edges.push([self.at.0, self.at.1, to.0, to.1]);
        self.at = to;
    }

    /// Draws a curve as straight pieces, by de Casteljau's rule.
    fn pieces(&mut self, curve: impl Fn(f32) -> (f32, f32)) {
        for piece in 1..=PIECES {
            self.edge_to(curve(f32::from(piece) / f32::from(PIECES)));
        }
    }
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.close();
        self.start = self.place(x, y);
        self.at = self.start;
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.edge_to(self.place(x, y));
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let (start, control, end) = (self.at, self.place(cx, cy), self.place(x, y));
        self.pieces(|part| between(between(start, control, part), between(control, end, part), part));
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        let (start, end) = (self.at, self.place(x, y));
        let (first, second) = (self.place(ax, ay), self.place(bx, by));
        self.pieces(|part| {
            let middle = between(first, second, part);
            between(
                between(between(start, first, part), middle, part),
                between(middle, between(second, end, part), part),
                part,
            )
        });
    }

    fn close(&mut self) {
        if self.at != self.start {
            self.edge_to(self.start);
        }
    }
}

/// The point that is this part of the way from one to another.
fn between(from: (f32, f32), to: (f32, f32), part: f32) -> (f32, f32) {
    (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part)
}

fn edges(fonts: &Fonts, line: &Line, size: f32, x: f32) -> Vec<Edge> {
    let zero = (0.0, 0.0);
    let mut pen = Pen { edges: Vec::with_capacity(2048), origin: zero, start: zero, at: zero };
    let mut outlines = None;
    for glyph in &line.glyphs {
        if outlines.as_ref().is_none_or(|(face, _)| *face != glyph.face) {
            outlines = fonts.face(glyph.face).and_then(|face| Some((glyph.face, face.tables()?.outline_glyphs())));
        }
        let Some(outline) = outlines.as_ref().and_then(|(_, all)| all.get(glyph.id)) else {
            continue;
        };
        pen.origin = (x + glyph.x * size, -glyph.y * size);
        // A damaged glyph is left out; its neighbours are still drawn.
        let settings = DrawSettings::unhinted(Size::new(size), LocationRef::default());
        let _ = outline.draw(settings, &mut pen);
        pen.close();
        pen.start = pen.at;
    }
    pen.edges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(edges: &[Edge]) -> Vec<u8> {
        let mut field = Field { width: 12, height: 10, areas: vec![0.0; 120] };
        for edge in edges {
            field.add(*edge);
        }
        field.values(10)
    }

    #[test]
    fn a_square_covers_its_pixels_and_no_others() {
        let values = square(&[[2.0, 2.0, 2.0, 5.0], [6.0, 5.0, 6.0, 2.0]]);
        for (at, value) in values.iter().enumerate() {
            let inside = (2..6).contains(&(at % 10)) && (2..5).contains(&(at / 10));
            assert_eq!(*value, if inside { 255 } else { 0 });
        }
    }

    #[test]
    fn half_a_pixel_is_half_covered() {
        let values = square(&[[2.5, 2.0, 2.5, 3.0], [4.0, 3.0, 4.0, 2.0]]);
        assert_eq!(&values[21..25], [0, 128, 255, 0]);
    }

    #[test]
    fn a_slope_over_many_pixels_covers_half_of_them() {
        let values = square(&[[0.0, 0.0, 8.0, 1.0], [8.0, 1.0, 8.0, 0.0]]);
        let sum: u32 = values.iter().take(8).map(|value| u32::from(*value)).sum();
        assert!(sum.abs_diff(4 * 255) <= 4, "{sum}");
        assert!(values[..8].is_sorted());
    }

    #[test]
    fn edges_outside_the_field_do_not_panic() {
        square(&[[-50.0, -50.0, 90.0, 90.0], [90.0, -9.0, -90.0, 300.0], [3.0, 3.0, 3.0, 3.0]]);
        square(&[[f32::NAN, 0.0, 1.0, 5.0], [f32::INFINITY, 0.0, 1.0, 5.0]]);
    }
}
