//! One certificate in the making: what is drawn on its page.
//!
//! The content is drawn in the template's units, y downwards. Every text and picture
//! is a numbered part, so that it can be said what each is ([`super::document`]).

use std::collections::BTreeMap;

use pdf_writer::{Content, Name, Rect, Ref, Str, TextStr, types::StructRole};
use unicode_bidi::{BidiClass, bidi_class};

use super::{
    Ground, Shape,
    typefaces::{Typefaces, Used, thousandths},
};
use crate::{
    fonts::Fonts,
    output::{
        drawn::{
            DrawError,
            layout::{ASCENT, DESCENT, Item, Placed},
            typeset::{Glyph, Line, Setting},
        },
        picture::qr::Codes,
    },
};

/// A page in the making.
pub(super) struct Paper<'a> {
    pub(super) fonts: &'a Fonts,
    pub(super) typefaces: &'a Typefaces,
    codes: &'a Codes,
    pub(super) shape: Shape,
    pub(super) content: Content,
    pub(super) used: BTreeMap<usize, Used>,
    /// By hundredths of opacity.
    pub(super) opacities: BTreeMap<u8, Ref>,
    pub(super) parts: Vec<Part>,
    pub(super) links: Vec<Link>,
}

/// A numbered part of the content.
pub(super) struct Part {
    pub(super) role: StructRole,
    /// What a picture shows; what a text of several lines says as a whole.
    pub(super) words: Option<String>,
    pub(super) link: Option<usize>,
}

/// A place that leads somewhere.
pub(super) struct Link {
    pub(super) place: Rect,
    pub(super) address: String,
}

/// A letter of a line: the glyphs that stand for it, as they are drawn, and its text.
struct Letter<'a> {
    glyphs: &'a [Glyph],
    text: &'a str,
}

impl<'a> Paper<'a> {
    /// A page with its background, which says nothing.
    pub(super) fn new(fonts: &'a Fonts, typefaces: &'a Typefaces, codes: &'a Codes, ground: &Ground) -> Self {
        let shape = ground.shape;
        let mut content = Content::new();
        content.begin_marked_content(Name(b"Artifact"));
        content.transform([shape.scale, 0.0, 0.0, -shape.scale, 0.0, shape.height * shape.scale]);
        ground.background.draw(Name(b"Ground"), [0.0, 0.0, shape.width, shape.height], &mut content);
        content.end_marked_content();
        Self {
            fonts,
            typefaces,
            codes,
            shape,
            content,
            used: BTreeMap::new(),
            opacities: BTreeMap::new(),
            parts: Vec::new(),
            links: Vec::new(),
        }
    }

    fn begin(&mut self, role: StructRole, words: Option<String>, link: Option<usize>) {
        let number = i32::try_from(self.parts.len()).unwrap_or(i32::MAX);
        let name = role.to_name();
        self.content.begin_marked_content_with_properties(name).properties().identify(number);
        self.parts.push(Part { role, words, link });
    }

    fn link(&mut self, address: Option<&str>, [x, y, width, height]: [f32; 4]) -> Option<usize> {
        let Shape { scale, height: page, .. } = self.shape;
        let place = Rect::new(x * scale, (page - y - height) * scale, (x + width) * scale, (page - y) * scale);
        self.links.push(Link { place, address: address?.to_owned() });
        Some(self.links.len() - 1)
    }

    /// Draws a picture that `draw` draws into the box.
    pub(super) fn picture(&mut self, place: [f32; 4], alt: &str, link: Option<&str>, draw: impl FnOnce(&mut Content)) {
        let link = self.link(link, place);
        self.begin(StructRole::Figure, Some(alt.to_owned()), link);
        draw(&mut self.content);
        self.content.end_marked_content();
    }

    /// Draws the code of an address: black on white, as readers need it.
    pub(super) fn code(
        &mut self,
        address: &str,
        place: [f32; 4],
        alt: &str,
        link: Option<&str>,
    ) -> Result<(), DrawError> {
        let (side, runs) =
            self.codes.runs(address).map_err(|error| DrawError::Encoding { message: error.to_string() })?;
        #[expect(clippy::cast_precision_loss, reason = "a code has at most 185 modules a side")]
        let number = |modules: usize| modules as f32;
        let [x, y, width, height] = place;
        let module = width.min(height) / number(side);
        self.picture(place, alt, link, |content| {
            content.save_state();
            content.transform([module, 0.0, 0.0, module, x, y]);
            content.set_fill_gray(1.0).rect(0.0, 0.0, number(side), number(side)).fill_nonzero();
            content.set_fill_gray(0.0);
            for [x, y, run] in runs {
                content.rect(number(x), number(y), number(run), 1.0);
            }
            content.fill_nonzero();
            content.restore_state();
        });
        Ok(())
    }

    /// Draws a text that has been set.
    pub(super) fn text(&mut self, placed: &Placed<'_, '_, Setting>) {
        let (item, setting) = (placed.item, &placed.text);
        let lefts: Vec<f32> = setting.lines.iter().map(|line| item.left(setting, line)).collect();
        let place = extent(item, setting, &lefts, placed.baseline);
        let link = self.link(item.link, place);
        // Lines are read as one text, with the space between them.
        let words = (setting.lines.len() > 1).then(|| item.text.clone());
        self.begin(if item.is_heading { StructRole::H1 } else { StructRole::P }, words, link);
        let seen_through = item.style.opacity < 1.0;
        if seen_through {
            self.content.save_state();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100")]
            let hundredths = (item.style.opacity * 100.0).round() as u8;
            // Its reference comes when the page is finished.
            self.opacities.insert(hundredths, Ref::new(1));
            self.content.set_parameters(Name(format!("G{hundredths}").as_bytes()));
        }
        let [r, g, b] = item.style.ink.map(super::channel);
        self.content.begin_text().set_fill_rgb(r, g, b);
        let (sine, cosine) = item.turn.to_radians().sin_cos();
        let mut down = 0.0;
        for (line, left) in setting.lines.iter().zip(lefts) {
            let (across, along) = (down, left - item.x);
            // Turned about the place of the first baseline.
            let origin = (item.x + along * cosine - across * sine, placed.baseline + along * sine + across * cosine);
            self.line(line, setting.size, origin, (sine, cosine));
            down += item.leading * setting.size;
        }
        self.content.end_text();
        if seen_through {
            self.content.restore_state();
        }
        self.content.end_marked_content();
    }

    fn line(&mut self, line: &Line, size: f32, origin: (f32, f32), turn: (f32, f32)) {
        let mut pen = Pen { size, origin, turn, face: None, run: Vec::new(), start: 0.0, reach: 0.0, height: 0.0 };
        // Of a slanting line readers make a heap of letters, unless they are told the word.
        let slants = turn.0 != 0.0;
        if slants {
            self.begin_span(&line.text);
        }
        for letter in letters(line) {
            self.letter(&letter, &mut pen, slants);
        }
        pen.show(&mut self.content);
        if slants {
            self.content.end_marked_content();
        }
    }

    /// What follows, up to its end, says `text`, whatever its glyphs say.
    fn begin_span(&mut self, text: &str) {
        self.content.begin_marked_content_with_properties(Name(b"Span")).properties().actual_text(TextStr(text));
    }

    /// Draws a letter; where its glyphs do not say by themselves what it is, its text is put beside them.
    fn letter(&mut self, letter: &Letter<'_>, pen: &mut Pen, is_told: bool) {
        let texts = self.said(letter);
        // A mark stands above its letter, which readers take for another line where they turn lines around.
        let may_part = letter.glyphs.len() > 1 && letter.text.chars().any(is_from_right);
        let mut says = texts.is_some() && !may_part;
        let mut texts = texts.unwrap_or_default().into_iter();
        let mut shown = Vec::with_capacity(letter.glyphs.len());
        for glyph in letter.glyphs {
            let text = texts.next().unwrap_or_default();
            let Some(face) = self.fonts.face(glyph.face) else { continue };
            let Some((number, width, same)) = self.used.entry(glyph.face).or_default().add(face, glyph.id, &text)
            else {
                continue;
            };
            says &= same;
            shown.push((glyph, number, width));
        }
        says |= is_told;
        if !says {
            pen.show(&mut self.content);
            self.begin_span(letter.text);
        }
        for (glyph, number, width) in shown {
            pen.add(glyph, number, width, &mut self.content);
        }
        if !says {
            pen.show(&mut self.content);
            self.content.end_marked_content();
        }
    }
    /// What each glyph of a letter says: the character it stands for by itself, and the one that stands for none
    /// all that is left. `None` if that is more than one.
    fn said(&self, letter: &Letter<'_>) -> Option<Vec<String>> {
        let mut left: Vec<char> = letter.text.chars().collect();
        let mut texts = Vec::with_capacity(letter.glyphs.len());
        for glyph in letter.glyphs {
            let stands_for = |character: &char| {
                self.fonts.face(glyph.face).is_some_and(|face| face.glyph(*character) == Some(glyph.id))
            };
            let own = if letter.glyphs.len() == 1 { None } else { left.iter().position(stands_for) };
            texts.push(own.map(|at| left.remove(at).to_string()));
        }
        // Readers turn around what is written from the right, and do not look inside ligatures.
        if left.iter().copied().any(is_from_right) {
            left.reverse();
        }
        if let Some(rest) = texts.iter_mut().find(|text| text.is_none())
            && !left.is_empty()
        {
            *rest = Some(left.drain(..).collect());
        }
        if left.is_empty() { texts.into_iter().collect() } else { None }
    }
}

fn is_from_right(character: char) -> bool {
    matches!(bidi_class(character), BidiClass::R | BidiClass::AL)
}

/// Letters of a line in the order in which they are drawn.
fn letters(line: &Line) -> impl Iterator<Item = Letter<'_>> {
    let mut starts: Vec<usize> = line.glyphs.iter().map(|glyph| glyph.letter).collect();
    starts.sort_unstable();
    line.glyphs.chunk_by(|one, next| one.letter == next.letter).map(move |glyphs| {
        let start = glyphs.first().map_or(0, |glyph| glyph.letter);
        let end = starts.get(starts.partition_point(|at| *at <= start)).copied();
        Letter { glyphs, text: line.text.get(start..end.unwrap_or(line.text.len())).unwrap_or_default() }
    })
}

/// x, y, width and height of a text that is not turned.
fn extent(item: &Item<'_>, setting: &Setting, lefts: &[f32], baseline: f32) -> [f32; 4] {
    let left = lefts.iter().copied().fold(f32::INFINITY, f32::min);
    let ends = setting.lines.iter().zip(lefts).map(|(line, left)| left + line.width * setting.size);
    let right = ends.fold(left, f32::max);
    let more = u16::try_from(setting.lines.len().saturating_sub(1)).unwrap_or(u16::MAX);
    let height = ASCENT + DESCENT + f32::from(more) * item.leading;
    [left, baseline - ASCENT * setting.size, right - left, height * setting.size]
}

/// Writes glyphs one after the other, in runs of one face and height.
struct Pen {
    size: f32,
    origin: (f32, f32),
    /// Sine and cosine.
    turn: (f32, f32),
    face: Option<usize>,
    /// The run's glyphs, each with the thousandths of an em it is moved back by.
    run: Vec<(f32, u16)>,
    /// Where the run begins, and how far it reaches, in ems from the origin.
    start: f32,
    reach: f32,
    /// Ems above the baseline.
    height: f32,
}

impl Pen {
    fn add(&mut self, glyph: &Glyph, number: u16, width: f32, content: &mut Content) {
        #[expect(clippy::float_cmp, reason = "moved at all, or not")]
        if self.face != Some(glyph.face) || self.height != glyph.y {
            self.show(content);
        }
        if self.face != Some(glyph.face) {
            self.face = Some(glyph.face);
            content.set_font(Name(format!("F{}", glyph.face).as_bytes()), self.size);
        }
        if self.run.is_empty() {
            (self.start, self.reach, self.height) = (glyph.x, glyph.x, glyph.y);
        }
        let back = thousandths(self.reach - glyph.x);
        self.reach += (width - back) / 1000.0;
        self.run.push((back, number));
    }

    fn show(&mut self, content: &mut Content) {
        if self.run.is_empty() {
            return;
        }
        let (sine, cosine) = self.turn;
        let (along, up) = (self.start * self.size, self.height * self.size);
        let x = self.origin.0 + along * cosine + up * sine;
        let y = self.origin.1 + along * sine - up * cosine;
        // Letters stand upright where y goes downwards.
        content.set_text_matrix([cosine, sine, sine, -cosine, x, y]);
        let mut shown = content.show_positioned();
        let mut items = shown.items();
        let mut string = Vec::new();
        for (back, number) in self.run.drain(..) {
            if back != 0.0 {
                if !string.is_empty() {
                    items.show(Str(&string));
                    string.clear();
                }
                items.adjust(back);
            }
            string.extend(number.to_be_bytes());
        }
        items.show(Str(&string));
    }
}
