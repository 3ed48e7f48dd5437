//! What a PDF says, read by another library than the one that wrote it.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;

use hayro_syntax::{
    Pdf,
    object::{Array, Dict, Name, Object, Stream},
    page::Page,
};

/// What was found in a file.
#[derive(Debug, Default)]
pub struct Read {
    /// The text of each numbered part, as its glyphs say it, from left to right.
    pub texts: Vec<String>,
    /// Where links lead.
    pub links: Vec<String>,
    /// Width and height of the page, in points.
    pub size: (f32, f32),
    /// Title and author.
    pub told: (String, String),
    /// The names of the fonts in the file.
    pub fonts: Vec<String>,
    /// How many pictures are on the page, its background included.
    pub pictures: usize,
    /// The kinds of the elements of the tree.
    pub tree: Vec<String>,
    /// What pictures show, in words.
    pub alternatives: Vec<String>,
}

/// Reads a file of one page.
#[track_caller]
pub fn read(bytes: &[u8]) -> Read {
    let pdf = Pdf::new(bytes.to_vec()).unwrap_or_else(|error| panic!("no PDF: {error:?}"));
    assert_eq!(pdf.pages().len(), 1);
    let page = &pdf.pages()[0];
    let text = |bytes: Option<&[u8]>| bytes.map(decode).unwrap_or_default();
    let metadata = pdf.metadata();
    let mut read = Read {
        size: page.base_dimensions(),
        told: (text(metadata.title.as_deref()), text(metadata.author.as_deref())),
        pictures: page.resources().x_objects.len(),
        texts: texts(page),
        ..Read::default()
    };
    for annotation in page.raw().get::<Array<'_>>("Annots").into_iter().flat_map(|all| all.iter::<Dict<'_>>()) {
        let action: Dict<'_> = annotation.get("A").unwrap();
        read.links.push(string(&action, "URI").unwrap());
        assert!(annotation.contains_key("StructParent") && annotation.contains_key("Contents"));
    }
    for object in pdf.objects() {
        let Object::Dict(dict) = object else { continue };
        let name = |key: &str| dict.get::<Name<'_>>(key).map(|name| name.as_str().to_owned());
        if let Some(kind) = name("S").filter(|_| dict.contains_key("P")) {
            read.alternatives.extend(string(&dict, "Alt"));
            read.tree.push(kind);
        }
        if let Some(font) = name("FontName") {
            assert!(dict.contains_key("FontFile2") || dict.contains_key("FontFile3"), "{font} is not in the file");
            read.fonts.push(font);
        }
    }
    read
}

fn texts(page: &Page<'_>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    // Whether each open section is a numbered part; within a text of its own nothing else is said.
    let mut open: Vec<(bool, bool)> = Vec::new();
    let mut says: BTreeMap<u16, String> = BTreeMap::new();
    let mut operations = page.operations();
    while let Some(operation) = operations.next() {
        let operands: Vec<Object<'_>> = operation.operands().cloned().collect();
        let silent = open.iter().any(|(_, told)| *told);
        let numbered = open.iter().any(|(part, _)| *part);
        let mut show = |string: &[u8]| {
            assert!(numbered, "text outside of all parts");
            for code in string.chunks_exact(2) {
                let code = u16::from_be_bytes([code[0], code[1]]);
                if !silent && let Some(text) = texts.last_mut() {
                    text.push_str(says.get(&code).map_or("?", |said| said));
                }
            }
        };
        match (&**operation.operator, operands.as_slice()) {
            (b"BDC", [_, Object::Dict(properties)]) => {
                let part = properties.contains_key("MCID");
                if part {
                    texts.push(String::new());
                }
                let told = string(properties, "ActualText");
                open.push((part, told.is_some()));
                if let (Some(told), Some(text)) = (told, texts.last_mut()) {
                    text.push_str(&told);
                }
            }
            (b"BMC", _) => open.push((false, false)),
            (b"EMC", _) => assert!(open.pop().is_some()),
            (b"Tf", [Object::Name(name), _]) => says = unicode(&page.resources().get_font(name).unwrap()),
            (b"Tj", [Object::String(string)]) => show(string.as_bytes()),
            (b"TJ", [Object::Array(parts)]) => {
                for part in parts.iter::<Object<'_>>() {
                    if let Object::String(string) = part {
                        show(string.as_bytes());
                    }
                }
            }
            _ => {}
        }
    }
    assert!(open.is_empty());
    texts
}

/// What the glyphs of a font say, from its own table.
fn unicode(font: &Dict<'_>) -> BTreeMap<u16, String> {
    let table = font.get::<Stream<'_>>("ToUnicode").unwrap().decoded().unwrap().into_owned();
    let table = String::from_utf8(table).unwrap();
    let pairs = table.lines().filter_map(|line| {
        let (code, text) = line.strip_prefix('<')?.split_once("> <")?;
        let text = text.strip_suffix('>')?;
        let units: Vec<u16> =
            (0..text.len() / 4).map(|at| u16::from_str_radix(&text[at * 4..at * 4 + 4], 16).unwrap()).collect();
        Some((u16::from_str_radix(code, 16).ok()?, String::from_utf16(&units).unwrap()))
    });
    // The range of all codes looks like a pair.
    pairs.filter(|(_, text)| text != "\u{ffff}").collect()
}

fn string(dict: &Dict<'_>, key: &str) -> Option<String> {
    dict.get::<hayro_syntax::object::String<'_>>(key).map(|string| decode(string.as_bytes()))
}

fn decode(bytes: &[u8]) -> String {
    match bytes.strip_prefix(b"\xfe\xff") {
        Some(wide) => {
            let units: Vec<u16> = wide.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).unwrap()
        }
        None => String::from_utf8(bytes.to_vec()).unwrap(),
    }
}
