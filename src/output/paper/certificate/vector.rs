//! SVG into PDF: shapes stay shapes.
//!
//! A badge is filled and stroked paths, plain colours, gradients and see-through
//! groups, and a PDF has all of these. What it has only with much more effort
//! (filters, masks, patterns, gradients that fade) is left to the caller, who
//! draws the whole picture in pixels instead: a picture is never half right.

use std::collections::BTreeMap;

use flate2::Compression;
use pdf_writer::{
    Chunk, Content, Filter, Finish, Name, Rect, Ref,
    types::{ColorSpaceOperand, FunctionShadingType, LineCapStyle, LineJoinStyle},
    writers::Resources,
};
use resvg::{
    tiny_skia::PathSegment,
    usvg::{
        self, BaseGradient, BlendMode, FillRule, Group, LineCap, LineJoin, Node, Paint, SpreadMethod, Transform, Tree,
    },
};

use super::typefaces::compress;

/// The SVG as a form, y downwards, in its own units. `None` if it has something that is not written here;
/// what was put into the chunk until then is not referred to.
pub(super) fn form(tree: &Tree, chunk: &mut Chunk, next: &mut Ref) -> Option<Ref> {
    let (width, height) = (tree.size().width(), tree.size().height());
    let bounds = Rect::new(0.0, 0.0, width, height);
    let mut writer = Writer { bounds, parts: parts(width.max(height)), chunk, next };
    writer.group(tree.root(), 1.0)
}

struct Writer<'a> {
    bounds: Rect,
    /// What places are rounded to: so many parts of a unit.
    parts: f32,
    chunk: &'a mut Chunk,
    next: &'a mut Ref,
}

/// What the content of one form refers to.
#[derive(Default)]
struct Referred {
    /// By thousandths of opacity.
    opacities: BTreeMap<u16, Ref>,
    patterns: Vec<Ref>,
    forms: Vec<Ref>,
}

impl Writer<'_> {
    /// A group as a form of its own, all of it `opacity` times as opaque.
    fn group(&mut self, group: &Group, opacity: f32) -> Option<Ref> {
        let mut content = Content::new();
        let mut referred = Referred::default();
        self.children(group, opacity, &mut content, &mut referred)?;
        let packed = compress(&content.finish(), Compression::best());
        let id = self.next.bump();
        let mut form = self.chunk.form_xobject(id, &packed);
        form.filter(Filter::FlateDecode);
        form.bbox(self.bounds);
        form.group().transparency().color_space().device_rgb();
        referred.write(&mut form.resources());
        form.finish();
        for (thousandths, id) in referred.opacities {
            let opacity = f32::from(thousandths) / 1000.0;
            self.chunk.ext_graphics(id).non_stroking_alpha(opacity).stroking_alpha(opacity);
        }
        Some(id)
    }

    fn children(&mut self, group: &Group, opacity: f32, content: &mut Content, to: &mut Referred) -> Option<()> {
        for node in group.children() {
            match node {
                Node::Group(inner) => self.inner(inner, opacity, content, to)?,
                Node::Path(path) if path.is_visible() => self.path(path, opacity, content, to)?,
                Node::Path(_) => {}
                Node::Text(text) => self.children(text.flattened(), opacity, content, to)?,
                Node::Image(_) => return None,
            }
        }
        Some(())
    }

    fn inner(&mut self, group: &Group, opacity: f32, content: &mut Content, to: &mut Referred) -> Option<()> {
        if group.mask().is_some() || !group.filters().is_empty() || group.blend_mode() != BlendMode::Normal {
            return None;
        }
        let Some(clip) = group.clip_path() else { return self.flattened(group, opacity, content, to) };
        // By one shape, as editors write it around a drawing; of several the outlines would have to be united.
        let ([Node::Path(shape)], None) = (clip.root().children(), clip.clip_path()) else { return None };
        let transform = group.abs_transform().pre_concat(clip.transform()).pre_concat(shape.abs_transform());
        content.save_state();
        outline(shape, transform, self.parts, content)?;
        match shape.fill()?.rule() {
            FillRule::NonZero => content.clip_nonzero(),
            FillRule::EvenOdd => content.clip_even_odd(),
        };
        content.end_path();
        self.flattened(group, opacity, content, to)?;
        content.restore_state();
        Some(())
    }

    fn flattened(&mut self, group: &Group, opacity: f32, content: &mut Content, to: &mut Referred) -> Option<()> {
        // Only parts that may lie on each other have to be flattened before they are seen through.
        let alone = match group.children() {
            [Node::Path(path)] => path.fill().is_none() || path.stroke().is_none(),
            _ => false,
        };
        let own = group.opacity().get();
        if own >= 1.0 || alone {
            return self.children(group, opacity * own, content, to);
        }
        let form = self.group(group, 1.0)?;
        content.save_state();
        self.see_through(opacity * own, content, to);
        to.forms.push(form);
        content.x_object(Name(format!("X{}", to.forms.len()).as_bytes()));
        content.restore_state();
        Some(())
    }

    fn see_through(&mut self, opacity: f32, content: &mut Content, to: &mut Referred) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 1000")]
        let thousandths = (opacity.clamp(0.0, 1.0) * 1000.0).round() as u16;
        if thousandths < 1000 {
            to.opacities.entry(thousandths).or_insert_with(|| self.next.bump());
            content.set_parameters(Name(format!("G{thousandths}").as_bytes()));
        }
    }

    fn path(&mut self, path: &usvg::Path, opacity: f32, content: &mut Content, to: &mut Referred) -> Option<()> {
        let transform = path.abs_transform();
        let fill = |writer: &mut Self, content: &mut Content, to: &mut Referred| {
            let Some(fill) = path.fill() else { return Some(()) };
            content.save_state();
            writer.see_through(opacity * fill.opacity().get(), content, to);
            writer.paint(fill.paint(), transform, false, content, to)?;
            outline(path, transform, writer.parts, content)?;
            match fill.rule() {
                FillRule::NonZero => content.fill_nonzero(),
                FillRule::EvenOdd => content.fill_even_odd(),
            };
            content.restore_state();
            Some(())
        };
        let stroke = |writer: &mut Self, content: &mut Content, to: &mut Referred| {
            let Some(stroke) = path.stroke() else { return Some(()) };
            content.save_state();
            writer.see_through(opacity * stroke.opacity().get(), content, to);
            writer.paint(stroke.paint(), transform, true, content, to)?;
            // The pen is turned and stretched with the path.
            if !transform.is_identity() {
                let Transform { sx, ky, kx, sy, tx, ty } = transform;
                content.transform([sx, ky, kx, sy, tx, ty]);
            }
            content.set_line_width(stroke.width().get());
            content.set_line_cap(match stroke.linecap() {
                LineCap::Butt => LineCapStyle::ButtCap,
                LineCap::Round => LineCapStyle::RoundCap,
                LineCap::Square => LineCapStyle::ProjectingSquareCap,
            });
            content.set_line_join(match stroke.linejoin() {
                LineJoin::Miter | LineJoin::MiterClip => LineJoinStyle::MiterJoin,
                LineJoin::Round => LineJoinStyle::RoundJoin,
                LineJoin::Bevel => LineJoinStyle::BevelJoin,
            });
            content.set_miter_limit(stroke.miterlimit().get());
            if let Some(dashes) = stroke.dasharray() {
                content.set_dash_pattern(dashes.iter().copied(), stroke.dashoffset());
            }
            outline(
                path,
                Transform::identity(),
                parts(writer.bounds.x2.max(writer.bounds.y2) / scale(transform)),
                content,
            )?;
            content.stroke();
            content.restore_state();
            Some(())
        };
        match path.paint_order() {
            usvg::PaintOrder::FillAndStroke => {
                fill(self, content, to)?;
                stroke(self, content, to)
            }
            usvg::PaintOrder::StrokeAndFill => {
                stroke(self, content, to)?;
                fill(self, content, to)
            }
        }
    }

    fn paint(
        &mut self,
        paint: &Paint,
        transform: Transform,
        pen: bool,
        content: &mut Content,
        to: &mut Referred,
    ) -> Option<()> {
        let shading = match paint {
            Paint::Color(colour) => {
                let [r, g, b] = rgb(*colour);
                if pen {
                    content.set_stroke_rgb(r, g, b)
                } else {
                    content.set_fill_rgb(r, g, b)
                };
                return Some(());
            }
            Paint::LinearGradient(gradient) => {
                let ends = vec![gradient.x1(), gradient.y1(), gradient.x2(), gradient.y2()];
                self.gradient(gradient, FunctionShadingType::Axial, ends, transform)?
            }
            Paint::RadialGradient(gradient) => {
                let (inner, outer) = (gradient.fr().get(), gradient.r().get());
                let ends = vec![gradient.fx(), gradient.fy(), inner, gradient.cx(), gradient.cy(), outer];
                self.gradient(gradient, FunctionShadingType::Radial, ends, transform)?
            }
            Paint::Pattern(_) => return None,
        };
        to.patterns.push(shading);
        let name = format!("P{}", to.patterns.len());
        if pen {
            content.set_stroke_color_space(ColorSpaceOperand::Pattern);
            content.set_stroke_pattern(None, Name(name.as_bytes()));
        } else {
            content.set_fill_color_space(ColorSpaceOperand::Pattern);
            content.set_fill_pattern(None, Name(name.as_bytes()));
        }
        Some(())
    }

    fn gradient(
        &mut self,
        gradient: &BaseGradient,
        kind: FunctionShadingType,
        ends: Vec<f32>,
        transform: Transform,
    ) -> Option<Ref> {
        let stops = gradient.stops();
        let fades = stops.iter().any(|stop| stop.opacity().get() < 1.0);
        if fades || gradient.spread_method() != SpreadMethod::Pad {
            return None;
        }
        let mut bounds = Vec::new();
        let mut functions = Vec::new();
        let mut add = |chunk: &mut Chunk, next: &mut Ref, from: [f32; 3], to: [f32; 3]| {
            let id = next.bump();
            chunk.exponential_function(id).domain([0.0, 1.0]).c0(from).c1(to).n(1.0);
            functions.push(id);
        };
        let first = stops.first()?;
        let (mut at, mut colour) = (0.0, rgb(first.color()));
        for stop in stops {
            let offset = stop.offset().get().clamp(at, 1.0);
            // Where two stops meet, the colour jumps: a function over nothing is left out.
            if offset > at {
                if at > 0.0 {
                    bounds.push(at);
                }
                add(self.chunk, self.next, colour, rgb(stop.color()));
                at = offset;
            }
            colour = rgb(stop.color());
        }
        if at < 1.0 {
            if at > 0.0 {
                bounds.push(at);
            }
            add(self.chunk, self.next, colour, colour);
        }
        let function = if let [only] = functions.as_slice() {
            *only
        } else {
            let id = self.next.bump();
            let encode = functions.iter().flat_map(|_| [0.0, 1.0]).collect::<Vec<_>>();
            let mut stitched = self.chunk.stitching_function(id);
            stitched.domain([0.0, 1.0]).functions(functions.iter().copied()).bounds(bounds).encode(encode);
            stitched.finish();
            id
        };
        let id = self.next.bump();
        let Transform { sx, ky, kx, sy, tx, ty } = transform.pre_concat(gradient.transform());
        let mut pattern = self.chunk.shading_pattern(id);
        pattern.matrix([sx, ky, kx, sy, tx, ty]);
        let mut shading = pattern.function_shading();
        shading.shading_type(kind).coords(ends).function(function).extend([true, true]);
        shading.color_space().device_rgb();
        shading.finish();
        pattern.finish();
        Some(id)
    }
}

impl Referred {
    fn write(&self, resources: &mut Resources<'_>) {
        let named = |letter: char, refs: &[Ref]| -> Vec<(String, Ref)> {
            refs.iter().enumerate().map(|(index, id)| (format!("{letter}{}", index + 1), *id)).collect()
        };
        let (patterns, forms) = (named('P', &self.patterns), named('X', &self.forms));
        if !self.opacities.is_empty() {
            let pairs = self.opacities.iter().map(|(thousandths, id)| (format!("G{thousandths}"), *id));
            pairs.fold(&mut resources.ext_g_states(), |dict, (name, id)| dict.pair(Name(name.as_bytes()), id));
        }
        if !patterns.is_empty() {
            patterns.iter().fold(&mut resources.patterns(), |dict, (name, id)| dict.pair(Name(name.as_bytes()), *id));
        }
        if !forms.is_empty() {
            forms.iter().fold(&mut resources.x_objects(), |dict, (name, id)| dict.pair(Name(name.as_bytes()), *id));
        }
    }
}

/// Into how many parts to divide units of which a side has so many: a hundred-thousandth of a picture is finer
/// than any press.
fn parts(side: f32) -> f32 {
    10_f32.powf((1e5 / side.max(1e-3)).log10().ceil().clamp(0.0, 7.0))
}

/// How much longer lengths get, more or less.
fn scale(transform: Transform) -> f32 {
    let area = (transform.sx * transform.sy - transform.kx * transform.ky).abs();
    if area > 0.0 { area.sqrt() } else { 1.0 }
}

fn rgb(colour: usvg::Color) -> [f32; 3] {
    [colour.red, colour.green, colour.blue].map(super::channel)
}

/// Draws an outline; places are rounded to so many parts of a unit.
fn outline(path: &usvg::Path, transform: Transform, parts: f32, content: &mut Content) -> Option<()> {
    let path = path.data().clone().transform(transform)?;
    // A quotient by a power of ten is written with few digits.
    let near = |value: f32| (value * parts).round() / parts;
    let mut at = (0.0, 0.0);
    for segment in path.segments() {
        match segment {
            PathSegment::MoveTo(to) => {
                content.move_to(near(to.x), near(to.y));
                at = (to.x, to.y);
            }
            PathSegment::LineTo(to) => {
                content.line_to(near(to.x), near(to.y));
                at = (to.x, to.y);
            }
            PathSegment::QuadTo(by, to) => {
                let third = |from: f32, by: f32| near(from + (by - from) * 2.0 / 3.0);
                content.cubic_to(
                    third(at.0, by.x),
                    third(at.1, by.y),
                    third(to.x, by.x),
                    third(to.y, by.y),
                    near(to.x),
                    near(to.y),
                );
                at = (to.x, to.y);
            }
            PathSegment::CubicTo(a, b, to) => {
                content.cubic_to(near(a.x), near(a.y), near(b.x), near(b.y), near(to.x), near(to.y));
                at = (to.x, to.y);
            }
            PathSegment::Close => {
                content.close_path();
            }
        }
    }
    Some(())
}
