//! The words on a page: what is drawn, through the fonts it is drawn with.
//!
//! On a page stand the numbers of glyphs, not letters, and often each glyph on its own. A font's table says what its glyphs
//! mean. Where words begin and end is not said anywhere, so a text is put together in several ways, from a break wherever
//! something moves to none at all. Browsers, for example, set each glyph by itself, with a text for each cell of a table.

use std::{
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use unicode_normalization::UnicodeNormalization;

use super::{
    File,
    object::{Object, Reader, Table},
    wide_text,
};

/// How much of a text a single glyph may stand for.
const GLYPH_MOST: usize = 8;
/// A move back by so much of a thousandth of the font's size is a space.
const SPACE: f64 = -180.0;
/// How many things may stand before an operator.
const OPERANDS: usize = 2_000;

/// A page's text in its several ways.
#[derive(Debug, Default)]
pub struct Text {
    /// With a break wherever something moves.
    pub spaced: String,
    /// With a break where a text begins or a line ends.
    pub texts: String,
    /// With a break where a line ends.
    pub lines: String,
    /// Without any.
    pub stuck: String,
}

impl Text {
    fn push(&mut self, text: &str) {
        if text.is_ascii() {
            return self.add(text);
        }
        // Ligatures as the letters they are made of, dashes of any kind as the one that is typed.
        let plain: String = text
            .nfkc()
            .filter(|c| !matches!(c, '\u{200b}'..='\u{200d}' | '\u{feff}'))
            .map(|c| if matches!(c, '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}') { '-' } else { c })
            .collect();
        self.add(&plain);
    }

    fn add(&mut self, text: &str) {
        self.spaced.push_str(text);
        self.texts.push_str(text);
        self.lines.push_str(text);
        self.stuck.extend(text.chars().filter(|c| !c.is_whitespace()));
    }

    fn space(&mut self) {
        self.spaced.push(' ');
        self.texts.push(' ');
        self.lines.push(' ');
    }

    /// Something moves: within a text, to where another begins, or to another line.
    fn moved(&mut self, ends_text: bool, ends_line: bool) {
        self.spaced.push('\n');
        if ends_text {
            self.texts.push('\n');
        }
        if ends_line {
            self.lines.push('\n');
        }
    }
}

/// What the glyphs of a font mean.
#[derive(Debug, Default)]
pub struct Font {
    /// How many bytes a glyph's number has.
    width: usize,
    says: HashMap<u32, String>,
    /// The font's own table, which many may share.
    unicode: Option<Rc<Self>>,
}

impl Font {
    fn read(&self, bytes: &[u8], text: &mut Text) {
        let unicode = self.unicode.as_deref();
        let width = unicode.map(|table| table.width).filter(|width| *width > 0).unwrap_or(self.width).max(1);
        for code in bytes.chunks(width) {
            let number = code.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
            match unicode.and_then(|table| table.says.get(&number)).or_else(|| self.says.get(&number)) {
                Some(says) => text.push(says),
                None if width == 1 => {
                    text.push(char::from_u32(number).unwrap_or(' ').encode_utf8(&mut [0; 4]));
                }
                None => text.push(" "),
            }
        }
    }
}

type ByName = BTreeMap<String, Rc<Font>>;

/// The fonts of a file, each read once.
pub struct Fonts<'f> {
    file: &'f File<'f>,
    by_id: &'f HashMap<u32, usize>,
    bytes_of: &'f dyn Fn(usize) -> &'f [u8],
    known: HashMap<u32, Rc<Font>>,
    /// The fonts of a table of them, by where it is.
    named: HashMap<*const Table, Rc<ByName>>,
    /// Tables of what glyphs mean, by their streams.
    tables: HashMap<usize, Rc<Font>>,
    /// For what does not say which fonts it uses: the first of each name in the file.
    any: Option<Rc<ByName>>,
}

impl<'f> Fonts<'f> {
    /// The fonts of a file.
    pub fn new(file: &'f File<'f>, by_id: &'f HashMap<u32, usize>, bytes_of: &'f dyn Fn(usize) -> &'f [u8]) -> Self {
        Self { file, by_id, bytes_of, known: HashMap::new(), named: HashMap::new(), tables: HashMap::new(), any: None }
    }

    /// The fonts that a page, or what has resources of its own, may use.
    pub fn of(&mut self, table: Option<&'f Table>) -> Rc<ByName> {
        let file = self.file;
        let mut above = table;
        // Pages have from the list they are in what they do not say themselves.
        for _ in 0..32 {
            let Some(table) = above else { break };
            if let Some(resources) = file.get(table, "Resources").table()
                && let Some(fonts) = file.get(resources, "Font").table()
            {
                return self.named(fonts);
            }
            above = file.get(table, "Parent").table();
        }
        if let Some(any) = &self.any {
            return any.clone();
        }
        let mut ids: Vec<_> = file.objects.keys().collect();
        ids.sort_unstable();
        let mut any = ByName::new();
        for id in ids {
            let Some(table) = file.objects.get(id).and_then(Object::table) else { continue };
            let resources = file.get(table, "Resources").table().unwrap_or(table);
            let Some(fonts) = file.get(resources, "Font").table() else { continue };
            for (name, font) in &*self.named(fonts) {
                any.entry(name.clone()).or_insert_with(|| font.clone());
            }
        }
        self.any.insert(Rc::new(any)).clone()
    }

    fn named(&mut self, fonts: &'f Table) -> Rc<ByName> {
        if let Some(known) = self.named.get(&std::ptr::from_ref(fonts)) {
            return known.clone();
        }
        let mut named = ByName::new();
        for (name, font) in fonts {
            let id = if let Object::Reference(id) = font { Some(*id) } else { None };
            let known = id.and_then(|id| self.known.get(&id)).cloned();
            let font = known.or_else(|| {
                let read = Rc::new(self.font(self.file.resolve(font).table()?));
                if let Some(id) = id {
                    self.known.insert(id, read.clone());
                }
                Some(read)
            });
            named.extend(font.map(|font| (name.clone(), font)));
        }
        let named = Rc::new(named);
        self.named.insert(std::ptr::from_ref(fonts), named.clone());
        named
    }

    fn font(&mut self, table: &Table) -> Font {
        let composite = self.file.get(table, "Subtype").name() == Some("Type0");
        let mut font = Font { width: if composite { 2 } else { 1 }, ..Font::default() };
        if let Some(encoding) = self.file.get(table, "Encoding").table() {
            differences(self.file.get(encoding, "Differences").list(), &mut font);
        }
        if let Some(Object::Reference(id)) = table.get("ToUnicode")
            && let Some(index) = self.by_id.get(id)
        {
            let table = self.tables.entry(*index).or_insert_with(|| Rc::new(to_unicode((self.bytes_of)(*index))));
            font.unicode = Some(table.clone());
        }
        font
    }
}

/// Names of glyphs that stand in addresses and ids; letters are their own.
fn glyph(name: &str) -> Option<char> {
    let mut letters = name.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return Some(letter);
    }
    let named = match name {
        "period" => '.',
        "at" => '@',
        "hyphen" | "minus" | "hyphenminus" | "sfthyphen" => '-',
        "underscore" => '_',
        "plus" => '+',
        "slash" => '/',
        "colon" => ':',
        "comma" => ',',
        "numbersign" => '#',
        "space" | "nbspace" => ' ',
        "zero" => '0',
        "one" => '1',
        "two" => '2',
        "three" => '3',
        "four" => '4',
        "five" => '5',
        "six" => '6',
        "seven" => '7',
        "eight" => '8',
        "nine" => '9',
        _ => {
            let code = name.strip_prefix("uni").or_else(|| name.strip_prefix('u'))?;
            return u32::from_str_radix(code.get(..4.max(code.len().min(6)))?, 16).ok().and_then(char::from_u32);
        }
    };
    Some(named)
}

fn differences(list: &[Object], font: &mut Font) {
    let mut code = 0_u32;
    for one in list {
        match one {
            Object::Number(_) => code = one.count().and_then(|code| u32::try_from(code).ok()).unwrap_or_default(),
            Object::Name(name) => {
                if let Some(c) = glyph(name) {
                    font.says.insert(code, c.to_string());
                }
                code = code.saturating_add(1);
            }
            _ => {}
        }
    }
}

/// The most glyphs that a font's table may tell of.
const MOST_GLYPHS: usize = 70_000;
/// How often it may tell of one.
const MOST_STEPS: usize = 500_000;

/// Reads a table of what glyphs mean (a `CMap`, Adobe Technical Note 5411).
fn to_unicode(bytes: &[u8]) -> Font {
    let mut font = Font::default();
    let mut left = MOST_STEPS;
    let number = |code: &[u8]| code.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    let text = |wide: &[u8]| -> String { wide_text(wide, u16::from_be_bytes).chars().take(GLYPH_MOST).collect() };
    let mut reader = Reader::new(bytes, 0);
    let mut before: Vec<Object> = Vec::new();
    while reader.at < bytes.len() {
        let Some(object) = reader.next() else { continue };
        let Object::Word(word) = &object else {
            before.push(object);
            continue;
        };
        match word.as_slice() {
            b"endcodespacerange" => {
                if let Some(Object::String(code)) = before.last() {
                    font.width = code.len().clamp(1, 4);
                }
            }
            b"endbfchar" => {
                for pair in before.chunks_exact(2) {
                    if let [Object::String(code), Object::String(says)] = pair
                        && font.says.len() < MOST_GLYPHS
                    {
                        font.says.insert(number(code), text(says));
                    }
                }
            }
            b"endbfrange" => {
                for three in before.chunks_exact(3) {
                    let [Object::String(from), Object::String(to), says] = three else { continue };
                    let (from, to) = (number(from), number(to));
                    for (step, code) in (from..=to).take(0x1_0000.min(left)).enumerate() {
                        left -= 1;
                        if font.says.len() >= MOST_GLYPHS {
                            break;
                        }
                        let said = match says {
                            Object::String(says) => after(says, step),
                            Object::List(list) => match list.get(step) {
                                Some(Object::String(says)) => Some(text(says)),
                                _ => None,
                            },
                            _ => None,
                        };
                        font.says.extend(said.map(|said| (code, said)));
                    }
                }
            }
            _ => {}
        }
        before.clear();
    }
    font
}

/// The text so many steps after this one: its last character counts on.
fn after(says: &[u8], step: usize) -> Option<String> {
    let mut text: Vec<char> = wide_text(says, u16::from_be_bytes).chars().take(GLYPH_MOST).collect();
    let last = text.pop()?;
    text.push(char::from_u32(u32::from(last).checked_add(u32::try_from(step).ok()?)?)?);
    Some(text.into_iter().collect())
}

/// The text of a page.
pub fn text(bytes: &[u8], fonts: &ByName) -> Text {
    let plain = Rc::new(Font { width: 1, ..Font::default() });
    let mut text = Text::default();
    let mut font = plain.clone();
    let mut line = 0.0;
    let mut reader = Reader::new(bytes, 0);
    let mut before: Vec<Object> = Vec::new();
    while reader.at < bytes.len() {
        let Some(object) = reader.next() else { continue };
        let Object::Word(operator) = &object else {
            if before.len() < OPERANDS {
                before.push(object);
            }
            continue;
        };
        match (operator.as_slice(), before.as_slice()) {
            (b"Tf", [.., Object::Name(name), _]) => font = fonts.get(name).unwrap_or(&plain).clone(),
            (b"Tj", [.., Object::String(string)]) => font.read(string, &mut text),
            (b"'" | b"\"", [.., Object::String(string)]) => {
                text.moved(true, true);
                font.read(string, &mut text);
            }
            (b"TJ", [.., Object::List(parts)]) => {
                for part in parts {
                    match part {
                        Object::String(string) => font.read(string, &mut text),
                        Object::Number(number) if *number < SPACE => text.space(),
                        _ => {}
                    }
                }
            }
            (b"Td" | b"TD", [.., Object::Number(_), Object::Number(down)]) => {
                let ends = *down != 0.0;
                text.moved(ends, ends);
            }
            (b"Tm", [.., Object::Number(height)]) => {
                text.moved(true, (*height - line).abs() > f64::EPSILON);
                line = *height;
            }
            (b"T*", _) => text.moved(true, true),
            (b"ET", _) => text.moved(true, false),
            (b"ID", _) => skip_picture(bytes, &mut reader),
            // What the text of a part really is, where its glyphs do not say it.
            (b"BDC" | b"DP", [.., Object::Table(properties)]) => {
                if let Some(Object::String(told)) = properties.get("ActualText") {
                    text.space();
                    text.push(&super::string(told));
                    text.space();
                }
            }
            _ => {}
        }
        before.clear();
    }
    text
}

/// Goes on after a picture in the midst of a page.
fn skip_picture(bytes: &[u8], reader: &mut Reader<'_>) {
    let mut at = reader.at;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memmem::find(rest, b"EI")) {
        let (before, after) = (bytes.get((at + found).wrapping_sub(1)), bytes.get(at + found + 2));
        at += found + 2;
        if before.is_some_and(u8::is_ascii_whitespace) && after.is_none_or(u8::is_ascii_whitespace) {
            reader.at = at;
            return;
        }
    }
    reader.at = bytes.len();
}
