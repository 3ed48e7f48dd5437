//! The fonts that pictures, cards and certificates are drawn with.
//!
//! A card must look the same on every machine, so the fonts of the system are not asked
//! unless a site says so, and then they are read with its files: here they are bytes.
//! `Libertinus Serif` comes inside the binary; behind it stands `DejaVu`, for what it
//! lacks. Together they draw Latin, Greek, Cyrillic, Hebrew, Arabic, Armenian, Georgian,
//! Lao and some smaller scripts; for the others a site names fonts ([`scripts`] knows
//! which).
//!
//! A renderer that has no glyph draws an empty box, or nothing, and says
//! nothing. Both are wrong on a document about a person. So this module can be
//! asked first which characters of a text cannot be drawn ([`Fonts::undrawable`]);
//! the card leaves such text out, and the build warns.
//!
//! All faces are looked at for every character: first those of the family that
//! is asked for, then the site's own fonts, then the built-in ones. Chinese characters
//! have other forms in each country: of faces that differ only in that, a text gets the
//! one of its own language, as far as its letters tell, and else the site's.

pub mod scripts;

use std::sync::Arc;

use harfrust::ShaperData;
use resvg::usvg::fontdb::{self, Database, Family, ID, Query, Source, Style, Weight};
use resvg::usvg::{self, FontFamily, FontResolver, FontStyle, ImageHrefResolver};
use skrifa::charmap::MappingIndex;
use skrifa::{FontRef, GlyphId, MetadataProvider};
use thiserror::Error;
use unicode_script::{Script, UnicodeScript};

/// The built-in family of cards and certificates; `serif` means it.
pub const DISPLAY: &str = "Libertinus Serif";
/// The built-in family without serifs, for drawings that ask for `sans-serif` or for nothing.
pub const TEXT: &str = "DejaVu Sans";

/// A font that a site gives: the name to speak of it by, and its bytes.
#[derive(Debug, Clone)]
pub struct FontFile<'a> {
    /// What messages call it: usually its path below the site's folder.
    pub name: &'a str,
    /// A TrueType or OpenType font, or a collection of them.
    pub bytes: Arc<[u8]>,
}

/// The fonts inside the binary, best first.
pub fn built_in() -> Vec<&'static [u8]> {
    // Regular, italic and semibold, by their places; a test says whether they still are. The others are not linked.
    let libertinus = [typst_assets::fonts().next(), typst_assets::fonts().nth(4), typst_assets::fonts().nth(2)];
    let dejavu: [&'static [u8]; 4] =
        [dejavu::serif::regular(), dejavu::serif::bold(), dejavu::sans::regular(), dejavu::sans::bold()];
    libertinus.into_iter().flatten().chain(dejavu).collect()
}

/// Whose forms of Chinese characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Han {
    /// Mainland China's.
    #[default]
    Simplified,
    /// Taiwan's.
    Traditional,
    /// Hong Kong's.
    HongKong,
    /// Japan's.
    Japanese,
    /// Korea's.
    Korean,
}

impl Han {
    /// The forms of a language (BCP 47).
    pub fn of_language(language: &str) -> Self {
        let tag = language.to_ascii_lowercase();
        let mut parts = tag.split('-');
        match parts.next() {
            Some("ja") => Self::Japanese,
            Some("ko") => Self::Korean,
            Some("zh" | "yue") if parts.clone().any(|part| part == "hk" || part == "mo") => Self::HongKong,
            Some("zh") if parts.any(|part| part == "hant" || part == "tw") => Self::Traditional,
            _ => Self::Simplified,
        }
    }

    /// The forms that a family is made for, if its name says so, as Noto's and Adobe's do.
    pub fn of_family(family: &str) -> Option<Self> {
        let mut words = family.split(' ').rev();
        words.find_map(|word| match word {
            "SC" | "CN" => Some(Self::Simplified),
            "TC" | "TW" => Some(Self::Traditional),
            "HK" => Some(Self::HongKong),
            "JP" => Some(Self::Japanese),
            "KR" => Some(Self::Korean),
            _ => None,
        })
    }
}

/// Why a font cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FontError {
    /// The bytes are no TrueType or OpenType font.
    #[error(
        "{name} is not a font that can be used; give a TrueType or OpenType file (.ttf, .otf, .ttc), not a web font"
    )]
    NotAFont {
        /// The name given with the bytes.
        name: String,
    },
    /// The font holds pictures instead of outlines, as emoji fonts do.
    #[error("{name} has no outlines, only pictures (an emoji font?); cards need a font with outlines")]
    NoOutlines {
        /// The name given with the bytes.
        name: String,
    },
}

type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Bytes that are shared with whoever read them.
struct Shared(Arc<[u8]>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// One face: what shaping and drawing need to know of it, worked out once.
pub(super) struct Face {
    pub(super) bytes: Bytes,
    pub(super) index: u32,
    pub(super) families: Vec<String>,
    weight: u16,
    slanted: bool,
    /// For whose Chinese characters it is made, where it is for only one country's.
    han: Option<Han>,
    /// Whether all its letters are of one width.
    is_mono: bool,
    mapping: MappingIndex,
    /// What the shaper would otherwise collect again for each text.
    pub(super) shaper: ShaperData,
    /// Font units in one em; never zero.
    pub(super) units_per_em: f32,
}

impl Face {
    /// The face's tables. `None` cannot happen once it has been loaded.
    pub(super) fn tables(&self) -> Option<FontRef<'_>> {
        FontRef::from_index((*self.bytes).as_ref(), self.index).ok()
    }

    fn has(&self, character: char) -> bool {
        self.glyph(character).is_some()
    }

    /// The glyph that stands for a character by itself.
    pub(super) fn glyph(&self, character: char) -> Option<GlyphId> {
        let tables = self.tables()?;
        self.mapping.charmap(&tables).map(character).filter(|glyph| glyph.to_u32() != 0)
    }
}

struct Shelf {
    faces: Vec<Face>,
    database: Arc<Database>,
    digest: blake3::Hash,
}

/// The fonts of one build: the built-in ones and the site's own.
///
/// Cloning shares them, so every thread may have its own.
#[derive(Clone)]
pub struct Fonts {
    shelf: Arc<Shelf>,
    /// The forms of Chinese characters in texts that do not tell their language.
    han: Han,
}

impl std::fmt::Debug for Fonts {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Fonts").field("faces", &self.shelf.faces.len()).finish_non_exhaustive()
    }
}

impl Fonts {
    /// The built-in fonts and, before them in rank, those given.
    ///
    /// # Errors
    ///
    /// The first of the given files that is no font with outlines.
    pub fn new(given: &[FontFile<'_>]) -> Result<Self, FontError> {
        let mut database = Database::new();
        let mut faces = Vec::new();
        let mut digest = blake3::Hasher::new();
        let files = given
            .iter()
            .map(|file| (file.name, Arc::new(Shared(file.bytes.clone())) as Bytes))
            .chain(built_in().into_iter().map(|bytes| ("a built-in font", Arc::new(bytes) as Bytes)));
        for (name, bytes) in files {
            let content: &[u8] = (*bytes).as_ref();
            digest.update(&(content.len() as u64).to_le_bytes());
            digest.update(content);
            let ids = database.load_font_source(Source::Binary(Arc::clone(&bytes)));
            if ids.is_empty() {
                return Err(FontError::NotAFont { name: name.into() });
            }
            for id in ids {
                faces.push(face(&database, id, &bytes, name)?);
            }
        }
        database.set_serif_family(DISPLAY);
        database.set_sans_serif_family(TEXT);
        database.set_monospace_family(TEXT);
        database.set_cursive_family(DISPLAY);
        database.set_fantasy_family(DISPLAY);
        let shelf = Shelf { faces, database: Arc::new(database), digest: digest.finalize() };
        Ok(Self { shelf: Arc::new(shelf), han: Han::default() })
    }

    /// The same fonts, for texts in a language.
    #[must_use]
    pub fn in_language(self, language: &str) -> Self {
        Self { han: Han::of_language(language), ..self }
    }

    /// A hash of all fonts: pictures drawn with other fonts are other pictures.
    #[must_use]
    pub fn digest(&self) -> blake3::Hash {
        self.shelf.digest
    }

    /// The characters of `text` that no font can draw, each once, in order.
    /// White space and characters that are never visible do not count.
    #[must_use]
    pub fn undrawable(&self, text: &str) -> Vec<char> {
        let mut missing = Vec::new();
        for character in text.chars() {
            if !self.draws(character) && !missing.contains(&character) {
                missing.push(character);
            }
        }
        missing
    }

    /// Whether a character can be drawn, or needs no drawing.
    #[must_use]
    pub fn draws(&self, character: char) -> bool {
        is_invisible(character) || self.shelf.faces.iter().any(|face| face.has(character))
    }

    /// Options for drawing an SVG with these fonts and no others, and without
    /// a way to any file: a picture named by path or address is not drawn.
    #[must_use]
    pub fn options(&self) -> usvg::Options<'static> {
        usvg::Options {
            font_family: TEXT.into(),
            font_resolver: FontResolver { select_font: Box::new(select), select_fallback: Box::new(fall_back) },
            fontdb: Arc::clone(&self.shelf.database),
            image_href_resolver: ImageHrefResolver {
                resolve_data: ImageHrefResolver::default_data_resolver(),
                resolve_string: Box::new(|_, _| None),
            },
            ..usvg::Options::default()
        }
    }

    pub(super) fn faces(&self) -> &[Face] {
        &self.shelf.faces
    }

    pub(super) fn face(&self, index: usize) -> Option<&Face> {
        self.shelf.faces.get(index)
    }

    /// Whose forms of Chinese characters a text is to have.
    fn han_of(&self, text: &str) -> Han {
        let has = |wanted: [Script; 2]| text.chars().any(|character| wanted.contains(&character.script()));
        if text.is_ascii() {
            self.han
        } else if has([Script::Hiragana, Script::Katakana]) {
            Han::Japanese
        } else if has([Script::Hangul, Script::Hangul]) {
            Han::Korean
        } else {
            self.han
        }
    }

    /// All faces, best first, for a text asked for in these families (generic
    /// names too), weight and slant.
    pub(super) fn ranked(&self, text: &str, families: &[&str], weight: u16, slanted: bool) -> Vec<usize> {
        let family_rank = |face: &Face| {
            families
                .iter()
                .position(|wanted| {
                    let wanted = match *wanted {
                        "serif" => DISPLAY,
                        "sans-serif" => TEXT,
                        other => other,
                    };
                    face.families.iter().any(|family| family.eq_ignore_ascii_case(wanted))
                })
                .unwrap_or(families.len())
        };
        let han = self.han_of(text);
        let mut ranked: Vec<_> = self
            .shelf
            .faces
            .iter()
            .enumerate()
            .map(|(index, face)| {
                let family = (family_rank(face), face.is_mono, face.han.is_some_and(|own| own != han));
                (family, face.slanted != slanted, face.weight.abs_diff(weight), index)
            })
            .collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(.., index)| index).collect()
    }

    /// The first of the ranked faces that draws the whole cluster, or else the
    /// first that draws its first character.
    pub(super) fn face_for(&self, cluster: &str, ranked: &[usize]) -> Option<usize> {
        let draws = |index: &&usize, text: &str| {
            self.face(**index).is_some_and(|face| text.chars().all(|c| is_invisible(c) || face.has(c)))
        };
        let first = cluster.chars().next().map_or(0, char::len_utf8);
        ranked
            .iter()
            .find(|index| draws(index, cluster))
            .or_else(|| {
                let base = cluster.get(..first).unwrap_or_default();
                ranked.iter().find(|index| draws(index, base))
            })
            .copied()
    }
}

fn face(database: &Database, id: ID, bytes: &Bytes, name: &str) -> Result<Face, FontError> {
    let not_a_font = || FontError::NotAFont { name: name.into() };
    let info = database.face(id).ok_or_else(not_a_font)?;
    let tables = FontRef::from_index((**bytes).as_ref(), info.index).map_err(|_| not_a_font())?;
    if tables.outline_glyphs().format().is_none() {
        return Err(FontError::NoOutlines { name: name.into() });
    }
    let metrics = tables.metrics(skrifa::instance::Size::unscaled(), skrifa::instance::LocationRef::default());
    let families: Vec<String> = info.families.iter().map(|(name, _)| name.clone()).collect();
    Ok(Face {
        bytes: Arc::clone(bytes),
        index: info.index,
        han: families.iter().find_map(|family| Han::of_family(family)),
        is_mono: info.monospaced || families.iter().any(|family| family.split(' ').any(|word| word == "Mono")),
        families,
        weight: info.weight.0,
        slanted: info.style != Style::Normal,
        mapping: MappingIndex::new(&tables),
        shaper: ShaperData::new(&tables),
        units_per_em: f32::from(metrics.units_per_em.max(1)),
    })
}

/// The face an SVG's own text asks for; the text family where it asks in vain.
fn select(font: &usvg::Font, database: &mut Arc<Database>) -> Option<ID> {
    let mut families: Vec<_> = font
        .families()
        .iter()
        .map(|family| match family {
            FontFamily::Serif => Family::Serif,
            FontFamily::SansSerif => Family::SansSerif,
            FontFamily::Cursive => Family::Cursive,
            FontFamily::Fantasy => Family::Fantasy,
            FontFamily::Monospace => Family::Monospace,
            FontFamily::Named(name) => Family::Name(name),
        })
        .collect();
    families.push(Family::SansSerif);
    database.query(&Query {
        families: &families,
        weight: Weight(font.weight()),
        stretch: fontdb::Stretch::Normal,
        style: match font.style() {
            FontStyle::Normal => Style::Normal,
            FontStyle::Italic | FontStyle::Oblique => Style::Italic,
        },
    })
}

/// The nearest face that has a character which the chosen ones lack.
fn fall_back(character: char, used: &[ID], database: &mut Arc<Database>) -> Option<ID> {
    let weight = used.first().and_then(|id| database.face(*id)).map_or(400, |face| face.weight.0);
    database
        .faces()
        .filter(|face| !used.contains(&face.id))
        .filter(|face| {
            database
                .with_face_data(face.id, |bytes, index| {
                    FontRef::from_index(bytes, index).is_ok_and(|tables| tables.charmap().map(character).is_some())
                })
                .unwrap_or(false)
        })
        .min_by_key(|face| face.weight.0.abs_diff(weight))
        .map(|face| face.id)
}

/// White space, control and format characters: nothing to draw, whatever the
/// font (Unicode's `Default_Ignorable_Code_Point`, and the controls).
#[must_use]
pub fn is_invisible(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fonts() -> Fonts {
        Fonts::new(&[]).unwrap()
    }

    #[test]
    fn the_built_in_fonts_draw_a_dozen_scripts() {
        let names = [
            "Kate Osei",
            "Łukasz Żółć",
            "Nguyễn Thị Hồng",
            "Ελένη Παπαδοπούλου",
            "Юрий Ёлкин",
            "מרים כהן",
            "محمد عبد الله",
            "فاطمه زهرا",
            "Արամ Խաչատրյան",
            "ნინო ბერიძე",
            "Ọláyínká",
            "O’Brien-Smith",
        ];
        for name in names {
            assert!(fonts().undrawable(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn the_built_in_fonts_are_those_that_are_meant() {
        let fonts = fonts();
        let told: Vec<_> =
            fonts.faces().iter().map(|face| (face.families[0].as_str(), face.weight, face.slanted)).collect();
        assert_eq!(
            told,
            [
                ("Libertinus Serif", 400, false),
                ("Libertinus Serif", 600, false),
                ("Libertinus Serif", 400, true),
                ("DejaVu Serif", 400, false),
                ("DejaVu Serif", 700, false),
                ("DejaVu Sans", 400, false),
                ("DejaVu Sans", 700, false),
            ]
        );
    }

    #[test]
    fn a_text_tells_whose_chinese_characters_it_has() {
        let fonts = fonts();
        assert_eq!(fonts.han_of("小鳥遊みずき"), Han::Japanese);
        assert_eq!(fonts.han_of("金민수"), Han::Korean);
        assert_eq!(fonts.han_of("欧阳沐岚"), Han::Simplified);
        assert_eq!(fonts.in_language("ja").han_of("田中太郎"), Han::Japanese);
        for (language, han) in [("zh-Hant", Han::Traditional), ("zh-HK", Han::HongKong), ("ko", Han::Korean)] {
            assert_eq!(Han::of_language(language), han);
        }
        assert_eq!(Han::of_family("Noto Serif CJK JP"), Some(Han::Japanese));
        assert_eq!(Han::of_family("Noto Sans SC Thin"), Some(Han::Simplified));
        assert_eq!(Han::of_family("Libertinus Serif"), None);
    }

    #[test]
    fn what_no_font_draws_is_named_once() {
        assert_eq!(fonts().undrawable("王小王 Wang"), ['王', '小']);
    }

    #[test]
    fn invisible_characters_are_never_undrawable() {
        assert!(fonts().undrawable("a\u{200d}b\u{202e}c\u{fe0f}\n\u{0}\u{2066}\u{ad}").is_empty());
    }

    #[test]
    fn bytes_that_are_no_font_are_refused_by_name() {
        let file = FontFile { name: "fonts/a.ttf", bytes: b"<html>".as_slice().into() };
        assert_eq!(Fonts::new(&[file]).unwrap_err(), FontError::NotAFont { name: "fonts/a.ttf".into() });
    }

    #[test]
    fn a_truncated_font_is_an_error_and_no_panic() {
        let bytes = dejavu::sans::bold();
        for length in [0, 3, 12, 100, 5_000] {
            let file = FontFile { name: "cut.ttf", bytes: bytes[..length].into() };
            assert!(Fonts::new(&[file]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_given_font_changes_the_digest_and_is_preferred_to_the_built_in_ones() {
        let file = FontFile { name: "mono.ttf", bytes: dejavu::sans_mono::regular().into() };
        let fonts = Fonts::new(&[file]).unwrap();
        assert_ne!(fonts.digest(), self::fonts().digest());
        assert_eq!(fonts.ranked("a", &["DejaVu Sans Mono"], 400, false).first(), Some(&0));
        assert_eq!(fonts.face(0).unwrap().families, ["DejaVu Sans Mono"]);
    }

    #[test]
    fn a_named_family_and_weight_come_first() {
        let fonts = fonts();
        let best = fonts.ranked("Kate", &["serif"], 700, false)[0];
        let face = fonts.face(best).unwrap();
        assert_eq!((face.families[0].as_str(), face.weight), (DISPLAY, 600));
    }

    #[test]
    fn svg_text_falls_back_across_all_faces() {
        let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='300' height='40'>\
                   <text y='30' font-size='30' font-family='serif'>אבג</text></svg>";
        let tree = usvg::Tree::from_str(svg, &fonts().options()).unwrap();
        assert!(tree.root().bounding_box().width() > 20.0);
    }
}
