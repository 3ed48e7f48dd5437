//! Fonts inside a PDF: the glyphs that one certificate uses, and what they say.
//!
//! A PDF shows glyphs by number. So that its text can be selected, searched and read
//! out, each font carries a table from glyph to characters. A glyph that stands for
//! several letters at once (a ligature) has them all; where one glyph stands for
//! another text than before, the page itself says so ([`super::paper`]).

use std::collections::BTreeMap;

use flate2::Compression;
use pdf_writer::{
    Chunk, Filter, Finish, Name, Rect, Ref, Str,
    types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap},
};
use skrifa::{
    FontRef, GlyphId, MetadataProvider,
    instance::{LocationRef, Size},
    raw::{TableProvider, types::Tag},
    string::StringId,
};
use subsetter::GlyphRemapper;

use crate::{
    fonts::{Face, Fonts},
    output::drawn::DrawError,
};

const SYSTEM: SystemInfo<'static> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// What a PDF tells of a face, worked out once.
#[derive(Debug)]
struct Typeface {
    name: String,
    is_cff: bool,
    /// In thousandths of an em, as all of these.
    bounds: [f32; 4],
    ascent: f32,
    descent: f32,
    cap_height: f32,
    slant: f32,
    weight: f32,
}

/// All faces of the site's fonts, in their order.
#[derive(Debug)]
pub(super) struct Typefaces(Vec<Typeface>);

impl Typefaces {
    /// Looks at all faces.
    ///
    /// # Errors
    /// The first that cannot be, or may not be, put into a PDF.
    pub(super) fn new(fonts: &Fonts) -> Result<Self, DrawError> {
        fonts.faces().iter().map(typeface).collect::<Result<_, _>>().map(Self)
    }
}

fn typeface(face: &Face) -> Result<Typeface, DrawError> {
    let refuse = |why| DrawError::Font { family: face.families.first().cloned().unwrap_or_default(), why };
    let tables = face.tables().ok_or_else(|| refuse("cannot be read"))?;
    // “Restricted License embedding”, and none of the wider permissions beside it.
    if tables.os2().is_ok_and(|os2| os2.fs_type() & 0xf == 2) {
        return Err(refuse(
            "does not allow to be part of a document; name another, or set `outputs: {certificate_pdf: false}`",
        ));
    }
    if subsetter::subset((*face.bytes).as_ref(), face.index, &GlyphRemapper::new()).is_err() {
        return Err(refuse(
            "cannot be part of a PDF; name one with TrueType or plain OpenType outlines, or set `outputs: {certificate_pdf: false}`",
        ));
    }
    let metrics = tables.metrics(Size::unscaled(), LocationRef::default());
    let em = |units: f32| (units * 1000.0 / face.units_per_em).round();
    let name: String = tables
        .localized_strings(StringId::POSTSCRIPT_NAME)
        .english_or_first()
        .map(|name| name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(60).collect())
        .unwrap_or_default();
    let bounds = metrics.bounds.unwrap_or_default();
    Ok(Typeface {
        name,
        is_cff: tables.table_data(Tag::new(b"CFF ")).is_some(),
        bounds: [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(em),
        ascent: em(metrics.ascent),
        descent: em(metrics.descent),
        cap_height: em(metrics.cap_height.unwrap_or(metrics.ascent)),
        slant: metrics.italic_angle,
        weight: tables.attributes().weight.value(),
    })
}

/// The glyphs of one face that a certificate uses.
#[derive(Debug, Default)]
pub(super) struct Used {
    glyphs: GlyphRemapper,
    /// What each says and how wide it is, by its new number: all from 1 on, as 0 is no glyph.
    told: BTreeMap<u16, (String, f32)>,
}

impl Used {
    /// Uses a glyph that says `text`. Its number in the PDF, its width, and whether it says the same there.
    pub(super) fn add(&mut self, face: &Face, glyph: GlyphId, text: &str) -> Option<(u16, f32, bool)> {
        let number = self.glyphs.remap(u16::try_from(glyph.to_u32()).ok()?);
        let (said, width) = self.told.entry(number).or_insert_with(|| {
            let metrics = face.tables().map(|tables| tables.glyph_metrics(Size::unscaled(), LocationRef::default()));
            let units = metrics.and_then(|metrics| metrics.advance_width(glyph)).unwrap_or_default();
            (text.to_owned(), thousandths(units / face.units_per_em))
        });
        Some((number, *width, said == text))
    }

    /// Writes the font; its reference.
    pub(super) fn write(
        &self,
        face: &Face,
        index: usize,
        typefaces: &Typefaces,
        chunk: &mut Chunk,
        next: &mut Ref,
    ) -> Result<Ref, DrawError> {
        let unreadable = || DrawError::Font {
            family: face.families.first().cloned().unwrap_or_default(),
            why: "cannot be part of a PDF; name another under `fonts:`",
        };
        let typeface = typefaces.0.get(index).ok_or_else(unreadable)?;
        let subset = subsetter::subset((*face.bytes).as_ref(), face.index, &self.glyphs).map_err(|_| unreadable())?;
        let mut program = subset.as_slice();
        if typeface.is_cff {
            let cut = FontRef::new(&subset).map_err(|_| unreadable())?;
            program = cut.table_data(Tag::new(b"CFF ")).ok_or_else(unreadable)?.as_bytes();
        }
        let [font, cid, descriptor, unicode, file] = std::array::from_fn(|_| next.bump());
        // Readers tell subsets apart by six letters.
        let tag: String =
            blake3::hash(program).as_bytes().iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect();
        let name = format!("{tag}+{}", typeface.name);
        let name = Name(name.as_bytes());
        chunk
            .type0_font(font)
            .base_font(name)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(unicode);
        let mut part = chunk.cid_font(cid);
        part.subtype(if typeface.is_cff { CidFontType::Type0 } else { CidFontType::Type2 })
            .base_font(name)
            .system_info(SYSTEM)
            .font_descriptor(descriptor)
            .default_width(0.0);
        if !typeface.is_cff {
            part.cid_to_gid_map_predefined(Name(b"Identity"));
        }
        part.widths().consecutive(1, self.told.values().map(|(_, width)| *width));
        part.finish();
        let mut flags = FontFlags::SYMBOLIC;
        flags.set(FontFlags::ITALIC, typeface.slant != 0.0);
        let [left, bottom, right, top] = typeface.bounds;
        let mut told = chunk.font_descriptor(descriptor);
        told.name(name)
            .flags(flags)
            .bbox(Rect::new(left, bottom, right, top))
            .italic_angle(typeface.slant)
            .ascent(typeface.ascent)
            .descent(typeface.descent)
            .cap_height(typeface.cap_height)
            .stem_v((10.0 + 0.22 * (typeface.weight - 50.0)).round());
        if typeface.is_cff {
            told.font_file3(file)
        } else {
            told.font_file2(file)
        };
        told.finish();
        let packed = compress(program, Compression::default());
        let mut stream = chunk.stream(file, &packed);
        stream.filter(Filter::FlateDecode);
        if typeface.is_cff {
            stream.pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
        } else {
            stream.pair(Name(b"Length1"), i32::try_from(program.len()).unwrap_or(i32::MAX));
        }
        stream.finish();
        let mut map = UnicodeCmap::new(Name(b"Unicode"), SYSTEM);
        for (number, (text, _)) in &self.told {
            if !text.is_empty() {
                map.pair_with_multiple(*number, text.chars());
            }
        }
        let packed = compress(&map.finish(), Compression::default());
        chunk.cmap(unicode, &packed).filter(Filter::FlateDecode);
        Ok(font)
    }
}

/// Ems in whole thousandths, as PDF counts them.
pub(super) fn thousandths(ems: f32) -> f32 {
    (ems * 1000.0).round()
}

/// Bytes as a PDF's `FlateDecode` has them.
pub(super) fn compress(bytes: &[u8], level: Compression) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::with_capacity(bytes.len() / 2), level);
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}
