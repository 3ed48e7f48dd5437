//! What a drawing takes to draw, counted before it is drawn.
//!
//! A few hundred bytes of SVG can ask for hours: effects over everything, one after the other; a pattern of a tile of
//! gigabytes; a million dashes. And numbers far from anything that is seen overflow in what draws them. So the tree
//! that would be drawn is walked once, with everything resolved (units, style sheets, CSS functions, references): how
//! many shapes there are, over how many pixels they and their effects go, and whether effects' numbers are in
//! proportion to the picture. It is counted and not timed, so that a picture is accepted on every machine or on none.
//!
//! Weights are estimates: what takes about as long as filling the picture once with one colour counts 1.

use resvg::tiny_skia::{PathSegment, Point};
use resvg::usvg::{
    Group, ImageKind, Node, NonZeroRect, Paint, Path, Pattern, Rect, Stroke, Transform, Tree,
    filter::{Filter, Kind},
};

/// The most steps: a shape is [`A_SHAPE`], each of its segments and dashes one.
const MOST_STEPS: f32 = 300_000.0;
const A_SHAPE: f32 = 20.0;
/// How often the whole picture may be painted over.
const MOST_COATS: f32 = 1_000.0;
/// A layer of its own, and what it is cut out or mixed with.
const A_LAYER: f32 = 2.0;
const A_CLIP: f32 = 2.0;
const A_MASK: f32 = 4.0;
/// Each million of pixels of a PNG or JPEG inside.
const A_MEGAPIXEL: f32 = 10.0;
/// Offsets and regions of effects, at most: so many times the picture's longer side.
const FARTHEST: f32 = 1_000.0;
/// Shapes, likewise: at 1,200 pixels that is what fits into the numbers of what fills them (26 bits of pixels, 6 of parts).
const FARTHEST_SHAPE: f32 = 10_000.0;
/// A layer may reach over the picture by so many times its size, on each side; what draws it cuts it off there.
const OVER: f32 = 2.0;

/// What is too much, and in which part: its `id` in the file, if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TooMuch {
    pub(super) id: String,
    pub(super) problem: String,
}

/// Counts; or says what is too much.
pub(super) fn count(tree: &Tree) -> Result<(), TooMuch> {
    let mut walk = Walk { width: tree.size().width(), height: tree.size().height(), steps: 0.0, coats: 0.0 };
    walk.group(tree.root(), 1.0, 0.0)
}

struct Walk {
    width: f32,
    height: f32,
    steps: f32,
    coats: f32,
}

impl Walk {
    /// `zoom`: how much larger it is drawn than its own absolute transform says. `over`: how far it is drawn beyond the
    /// picture.
    fn group(&mut self, group: &Group, zoom: f32, over: f32) -> Result<(), TooMuch> {
        let mut over = over;
        if group.should_isolate() {
            over = OVER;
            let area = self.share(group.abs_layer_bounding_box().to_rect(), zoom, over);
            let masks = std::iter::successors(group.mask(), |mask| mask.mask());
            let clips = std::iter::successors(group.clip_path(), |clip| clip.clip_path());
            self.paint(area * A_LAYER, group.id())?;
            for filter in group.filters() {
                self.filter(filter, group.abs_transform(), area, zoom)?;
            }
            for clip in clips {
                self.paint(area * A_CLIP, clip.id())?;
                self.group(clip.root(), zoom, over)?;
            }
            for mask in masks {
                self.region(mask.rect(), group.abs_transform(), zoom, mask.id(), "mask")?;
                self.paint(area * A_MASK, mask.id())?;
                self.group(mask.root(), zoom, over)?;
            }
        }
        for node in group.children() {
            match node {
                Node::Group(group) => self.group(group, zoom, over)?,
                Node::Path(path) => self.path(path, zoom, over)?,
                Node::Text(text) => self.group(text.flattened(), zoom, over)?,
                Node::Image(image) => {
                    let pixels = match image.kind() {
                        ImageKind::SVG(tree) => {
                            self.group(tree.root(), zoom, over)?;
                            0.0
                        }
                        ImageKind::JPEG(data) | ImageKind::PNG(data) | ImageKind::GIF(data) | ImageKind::WEBP(data) => {
                            super::format(data).and_then(|format| super::measure(data, format)).map_or(0.0, pixels)
                        }
                    };
                    let area = self.share(image.abs_bounding_box(), zoom, over);
                    self.paint(area + A_MEGAPIXEL * pixels / 1e6, image.id())?;
                }
            }
        }
        Ok(())
    }

    fn path(&mut self, path: &Path, zoom: f32, over: f32) -> Result<(), TooMuch> {
        let all = path.abs_stroke_bounding_box();
        let edges = [all.left(), all.top(), all.right(), all.bottom()];
        let most = FARTHEST_SHAPE * self.width.max(self.height);
        if !edges.into_iter().all(|edge| edge.abs() * zoom <= most) {
            return Err(too_much(path.id(), "the SVG has a shape that is many times larger than the picture"));
        }
        let paints = [path.fill().map(resvg::usvg::Fill::paint), path.stroke().map(Stroke::paint)];
        for paint in paints.into_iter().flatten() {
            if let Paint::Pattern(pattern) = paint {
                self.pattern(pattern, path.abs_transform(), zoom)?;
            }
            self.paint(self.share(all, zoom, over), path.id())?;
        }
        let dashes = path.stroke().and_then(Stroke::dasharray).map_or(0.0, |array| {
            let once: f32 = array.iter().sum();
            length(path) / once.max(f32::MIN_POSITIVE) * usize_as(array.len())
        });
        self.steps += A_SHAPE + usize_as(path.data().len()) + dashes;
        // Not `>`: what is no number is too much as well.
        if self.steps <= MOST_STEPS {
            return Ok(());
        }
        Err(too_much(path.id(), "the SVG has more shapes, points and dashes than can be drawn in reasonable time"))
    }

    /// A tile is drawn anew for each shape that is filled with it.
    fn pattern(&mut self, pattern: &Pattern, at: Transform, zoom: f32) -> Result<(), TooMuch> {
        let to = at.pre_concat(pattern.transform());
        let scale = larger(to) * zoom;
        let (width, height) = (pattern.rect().width() * scale, pattern.rect().height() * scale);
        self.paint(A_LAYER * width * height / (self.width * self.height), pattern.id())?;
        self.group(pattern.root(), scale, OVER)
    }

    fn filter(&mut self, filter: &Filter, at: Transform, area: f32, zoom: f32) -> Result<(), TooMuch> {
        let id = filter.id();
        self.region(filter.rect(), at, zoom, id, "filter")?;
        let scale = larger(at) * zoom;
        let side = self.width.max(self.height);
        let bounded = |number: f32, most: f32, what: &str| {
            // Not `>`: what is no number is too large as well.
            if number.abs() * scale <= most * side {
                return Ok(());
            }
            Err(too_much(id, &format!("the SVG has a filter whose {what} is larger than the picture")))
        };
        for primitive in filter.primitives() {
            self.region(primitive.rect(), at, zoom, id, "filter")?;
            let weight = match primitive.kind() {
                Kind::Offset(offset) => {
                    bounded(offset.dx().abs().max(offset.dy().abs()), FARTHEST, "offset")?;
                    4.0
                }
                Kind::GaussianBlur(blur) => {
                    bounded(blur.std_dev_x().get().max(blur.std_dev_y().get()), 1.0, "blur")?;
                    16.0
                }
                Kind::DropShadow(shadow) => {
                    bounded(shadow.dx().abs().max(shadow.dy().abs()), FARTHEST, "offset")?;
                    bounded(shadow.std_dev_x().get().max(shadow.std_dev_y().get()), 1.0, "blur")?;
                    20.0
                }
                Kind::DiffuseLighting(_) | Kind::SpecularLighting(_) => 16.0,
                Kind::Merge(merge) => 2.0 + 2.0 * usize_as(merge.inputs().len()),
                Kind::Blend(_) | Kind::ColorMatrix(_) | Kind::ComponentTransfer(_) | Kind::Composite(_) => 4.0,
                Kind::Flood(_) => 1.0,
                // No file that is accepted has these; see the list of elements.
                Kind::ConvolveMatrix(_)
                | Kind::DisplacementMap(_)
                | Kind::Image(_)
                | Kind::Morphology(_)
                | Kind::Tile(_)
                | Kind::Turbulence(_) => return Err(too_much(id, "the SVG has a filter that is not drawn")),
            };
            self.paint(area * weight, id)?;
        }
        Ok(())
    }

    fn region(&self, rect: NonZeroRect, at: Transform, zoom: f32, id: &str, what: &str) -> Result<(), TooMuch> {
        let most = FARTHEST * self.width.max(self.height);
        let fits = rect.transform(at).is_some_and(|rect| {
            [rect.left(), rect.top(), rect.right(), rect.bottom()].into_iter().all(|edge| edge.abs() * zoom <= most)
        });
        if fits {
            return Ok(());
        }
        Err(too_much(id, &format!("the SVG has a {what} whose region is many times larger than the picture")))
    }

    /// How much of the picture a part covers, where 1 is all of it.
    fn share(&self, rect: Rect, zoom: f32, over: f32) -> f32 {
        let along = |from: f32, to: f32, side: f32| {
            // A tile may stand anywhere, so only its size counts.
            if zoom > 1.0 {
                return ((to - from) * zoom / side).clamp(0.0, 1.0 + 2.0 * over);
            }
            (to.min(side * (1.0 + over)) - from.max(-side * over)).max(0.0) / side
        };
        along(rect.left(), rect.right(), self.width) * along(rect.top(), rect.bottom(), self.height)
    }

    fn paint(&mut self, coats: f32, id: &str) -> Result<(), TooMuch> {
        self.coats += coats;
        // Not `>`: what is no number is too much as well.
        if self.coats <= MOST_COATS {
            return Ok(());
        }
        Err(too_much(id, "the SVG has more effects, layers and large shapes than can be drawn in reasonable time"))
    }
}

fn too_much(id: &str, problem: &str) -> TooMuch {
    TooMuch { id: id.into(), problem: problem.into() }
}

/// The larger one of the two scales.
fn larger(transform: Transform) -> f32 {
    let (sx, sy) = transform.get_scale();
    sx.max(sy)
}

#[expect(clippy::cast_precision_loss, reason = "a count's size, not its last digit")]
fn usize_as(count: usize) -> f32 {
    count as f32
}

#[expect(clippy::cast_precision_loss, reason = "a count's size, not its last digit")]
fn pixels((width, height): (u32, u32)) -> f32 {
    width as f32 * height as f32
}

/// How long a path is, at most: along the points that its curves are given by.
fn length(path: &Path) -> f32 {
    let (mut sum, mut start, mut last) = (0.0, Point::zero(), Point::zero());
    let mut to = |last: &mut Point, point: Point| {
        sum += last.distance(point);
        *last = point;
    };
    for segment in path.data().segments() {
        match segment {
            PathSegment::MoveTo(point) => (start, last) = (point, point),
            PathSegment::LineTo(point) => to(&mut last, point),
            PathSegment::QuadTo(a, point) => [a, point].into_iter().for_each(|point| to(&mut last, point)),
            PathSegment::CubicTo(a, b, point) => [a, b, point].into_iter().for_each(|point| to(&mut last, point)),
            PathSegment::Close => to(&mut last, start),
        }
    }
    sum
}
