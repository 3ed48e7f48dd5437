//! Fonts for cards and certificates, found and read: those that site.yaml names.
//!
//! What lies in the site's folder, and a file that is named itself, is read as it is. A
//! folder elsewhere, and what is installed on the machine, may hold hundreds of megabytes
//! for scripts that nobody here is written in. So of those fonts only the small tables are
//! read that tell which characters they have, and a font is taken
//!
//! - if a drawing or a template of the site asks for its family, or
//! - if it has letters that the texts of this site need and no font before it has: for each
//!   script one family, with serifs where there is one, in regular and bold.
//!
//! So a site that names `system` looks as it does by what is installed where it is built.
//! That is the site's own choice; what was taken is part of the snapshot like any file.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fs,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    str::FromStr,
};

use memchr::{memchr2_iter, memmem};
use rayon::prelude::*;
use skrifa::{FontRef, MetadataProvider, attribute::Style, charmap::Charmap, raw::TableProvider, string::StringId};
use unicode_script::Script;
use walkdir::WalkDir;

use super::{
    scan::{File, read, tree},
    value::FontPlace,
};
use crate::{
    diagnostic::{Diagnostic, Place},
    fonts::{Han, built_in, is_invisible, scripts},
    steps,
};

/// Endings of files that hold fonts with outlines.
pub(super) const ENDINGS: [&str; 4] = ["ttf", "otf", "ttc", "otc"];

/// Where systems keep the fonts that all their users have.
const SYSTEM: &[&str] = if cfg!(target_os = "macos") {
    &["/System/Library/Fonts", "/Library/Fonts"]
} else if cfg!(windows) {
    &["C:/Windows/Fonts"]
} else {
    &["/usr/share/fonts", "/usr/local/share/fonts"]
};

/// The most files of one folder that are looked at.
const MOST_FILES: usize = 20_000;
/// The most fonts that are taken for one script: rare characters may be in another font than the others.
const MOST_ROUNDS: usize = 6;
/// The most fonts of a collection, and the most tables of a font.
const MOST_PARTS: u32 = 64;
/// The most bytes of a table that is looked at.
const MOST_BYTES: u32 = 4 << 20;

/// What site.yaml says that matters here. What is wrong with it is reported when it is parsed; here it only means
/// that nothing is said.
#[derive(Default, serde::Deserialize)]
struct Settings {
    fonts: Option<Vec<FontPlace>>,
    language: Option<String>,
    languages: Option<Vec<String>>,
}

fn settings(config: Option<&File>) -> Settings {
    config.and_then(|config| serde_yaml::from_slice(&config.bytes).ok()).unwrap_or_default()
}

/// The folders and files that site.yaml names, as paths from the site's folder.
pub(super) fn places(config: Option<&File>) -> Vec<String> {
    let named = settings(config).fonts.unwrap_or_default();
    named.iter().filter(|place| !place.is_system()).map(ToString::to_string).collect()
}

/// A font file that may be taken.
struct Choice {
    /// As it is spoken of.
    path: String,
    full: PathBuf,
}

/// Finds and reads the fonts of a site, in the order in which site.yaml names them.
pub(super) fn find(
    site: &Path,
    config: Option<&File>,
    content: &[File],
    themes: &[File],
    problems: &mut Vec<Diagnostic>,
) -> Vec<File> {
    let settings = settings(config);
    let mut fonts = Vec::new();
    let mut choices = Vec::new();
    for (index, place) in settings.fonts.iter().flatten().enumerate() {
        let wrong = |message: String, advice: &str| {
            Diagnostic::error(message).at(Place::yaml("site.yaml", steps!["fonts", index])).advice(advice)
        };
        let full = site.join(&**place);
        let before = fonts.len() + choices.len();
        if place.is_system() {
            choices.extend(SYSTEM.iter().flat_map(|folder| list(folder, Path::new(folder))));
        } else if full.is_file() {
            match read(site, place.to_string().into(), &full) {
                Ok(file) => fonts.push(file),
                Err(problem) => problems.push(problem),
            }
            continue;
        } else if !place.is_outside() {
            let under =
                |file: &str| file.strip_prefix(&**place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            let own = content
                .iter()
                .filter(|file| under(&file.path) || file.path.strip_prefix("content/").is_some_and(under));
            // What is below `content/` has been read.
            let is_read = **place == *"content" || place.starts_with("content/");
            let mut found: Vec<File> = if is_read { Vec::new() } else { tree(site, place, problems) };
            found.extend(own.cloned());
            fonts.extend(found.into_iter().filter(|file| is_font(&file.path)));
        } else {
            choices.extend(list(place, &full));
        }
        if fonts.len() + choices.len() > before {
            continue;
        }
        problems.push(if place.is_system() {
            let problem = Diagnostic::warning(format!("no fonts are installed here, in {}", SYSTEM.join(" or ")));
            problem
                .at(Place::yaml("site.yaml", steps!["fonts", index]))
                .advice("install some, such as the Debian packages fonts-noto-core and fonts-noto-cjk")
        } else if full.exists() || site.join("content").join(&**place).exists() {
            wrong(
                format!("there is no font in `{place}`"),
                "put a .ttf, .otf or .ttc file there, or take this entry out",
            )
        } else {
            wrong(format!("there is no file or folder `{place}`"), "mend the path, or take this entry out")
        });
    }
    if choices.is_empty() {
        return fonts;
    }
    let needed = needed(site, &settings, config, content, themes, &fonts);
    let asked = families(content.iter().chain(themes));
    for index in choose(&choices, &needed, &asked, &settings) {
        let Some(choice) = choices.get(index) else { continue };
        match read(site, choice.path.as_str().into(), &choice.full) {
            Ok(file) => fonts.push(file),
            Err(problem) => problems.push(problem),
        }
    }
    fonts
}

fn is_font(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, end)| ENDINGS.contains(&end.to_ascii_lowercase().as_str()))
}

/// The font files below a folder. What cannot be looked into has none.
fn list(name: &str, folder: &Path) -> Vec<Choice> {
    let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name();
    let files = walk.into_iter().flatten().filter(|entry| entry.file_type().is_file());
    let fonts = files.filter_map(|entry| {
        let below = entry.path().strip_prefix(folder).ok()?.to_str()?.replace('\\', "/");
        is_font(&below)
            .then(|| Choice { path: format!("{}/{below}", name.trim_end_matches('/')), full: entry.into_path() })
    });
    fonts.take(MOST_FILES).collect()
}

/// The characters that the site's texts have, or may come to have in its languages, and no font so far can draw.
fn needed(
    site: &Path,
    settings: &Settings,
    config: Option<&File>,
    content: &[File],
    themes: &[File],
    fonts: &[File],
) -> BTreeSet<char> {
    let is_text = |file: &&File| {
        [".yaml", ".yml", ".json", ".svg"].iter().any(|end| file.path.to_ascii_lowercase().ends_with(end))
    };
    let texts: Vec<&File> = config.into_iter().chain(content.iter().chain(themes).filter(is_text)).collect();
    let mut needed: BTreeSet<char> =
        texts.par_iter().map(|file| characters_of(site, file)).reduce(BTreeSet::new, |mut all, more| {
            all.extend(more);
            all
        });
    for language in settings.language.iter().chain(settings.languages.iter().flatten()) {
        let Ok(mut tag) = icu_locale::LanguageIdentifier::from_str(language) else { continue };
        icu_locale::LocaleExpander::new_common().maximize(&mut tag);
        needed.extend(tag.script.iter().flat_map(|script| scripts::samples(script.as_str())));
    }
    let known: Vec<FontRef<'_>> = built_in()
        .into_iter()
        .chain(fonts.iter().map(|file| &*file.bytes))
        .flat_map(|bytes| FontRef::fonts(bytes).flatten().take(MOST_PARTS as usize))
        .collect();
    let known: Vec<Charmap<'_>> = known.iter().map(MetadataProvider::charmap).collect();
    needed.retain(|character| !is_invisible(*character) && !known.iter().any(|map| has(map, *character)));
    needed
}

fn has(map: &Charmap<'_>, character: char) -> bool {
    map.map(character).is_some_and(|glyph| glyph.to_u32() != 0)
}

/// Those of a file, which is read again if what is in it was let go of.
fn characters_of(site: &Path, file: &File) -> BTreeSet<char> {
    if file.bytes.len() == file.length {
        return characters(&file.bytes);
    }
    // One that has changed or is gone by now is told of when it is parsed.
    read(site, file.path.clone(), &site.join(&*file.path)).map(|file| characters(&file.bytes)).unwrap_or_default()
}

/// The characters of a text beyond ASCII, also those that are written by number, as JSON and XML do.
fn characters(bytes: &[u8]) -> BTreeSet<char> {
    let Ok(text) = std::str::from_utf8(bytes) else { return BTreeSet::new() };
    let mut found = BTreeSet::new();
    if !text.is_ascii() {
        let mut last = '\0';
        for character in text.chars().filter(|character| !character.is_ascii()) {
            if character != last {
                found.insert(character);
                last = character;
            }
        }
    }
    for at in memchr2_iter(b'\\', b'&', bytes) {
        let rest = bytes.get(at..bytes.len().min(at + 12)).unwrap_or_default();
        found.extend(by_number(rest).filter(|character| !character.is_ascii()));
    }
    found
}

fn by_number(text: &[u8]) -> Option<char> {
    let number = |digits: &[u8], radix: u32| u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok();
    let until = |digits: &[u8]| digits.iter().position(|byte| *byte == b';');
    match text {
        [b'\\', b'u', rest @ ..] => {
            let unit = number(rest.get(..4)?, 16)?;
            // Half of a character beyond the first 65,536, and its other half.
            if let (0xd800..=0xdbff, Some(b"\\u"), Some(low)) = (unit, rest.get(4..6), rest.get(6..10)) {
                let low = number(low, 16)?.checked_sub(0xdc00)?;
                return char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + low);
            }
            char::from_u32(unit)
        }
        [b'\\', b'U', rest @ ..] => char::from_u32(number(rest.get(..8)?, 16)?),
        [b'&', b'#', b'x' | b'X', rest @ ..] => char::from_u32(number(rest.get(..until(rest)?)?, 16)?),
        [b'&', b'#', rest @ ..] => char::from_u32(number(rest.get(..until(rest)?)?, 10)?),
        _ => None,
    }
}

/// The families, in lower case, that drawings and templates ask for.
fn families<'a>(files: impl Iterator<Item = &'a File>) -> HashSet<String> {
    let mut families = HashSet::new();
    for file in files.filter(|file| file.path.ends_with(".svg")) {
        for at in memmem::find_iter(&file.bytes, b"font-family") {
            let rest = file.bytes.get(at + 11..file.bytes.len().min(at + 200)).unwrap_or_default();
            let rest = String::from_utf8_lossy(rest);
            let Some(list) = rest.trim_start().strip_prefix(['=', ':']) else { continue };
            let list = list.trim_start();
            let (list, ends): (&str, &[char]) = match list.chars().next() {
                Some('"') => (list.get(1..).unwrap_or_default(), &['"']),
                Some('\'') if !list.contains(':') => (list.get(1..).unwrap_or_default(), &['\'']),
                _ => (list, &[';', '}', '"', '<']),
            };
            let list = list.split(ends).next().unwrap_or_default();
            let names = list.split(',').map(|name| name.trim().trim_matches(['"', '\'']).to_lowercase());
            families.extend(names.filter(|name| !name.is_empty()));
        }
    }
    families
}

/// One font of a file, as far as its small tables tell.
struct Seen {
    file: usize,
    family: String,
    weight: f32,
    is_slanted: bool,
    /// Which of the needed characters it has.
    has: BTreeSet<char>,
}

/// Which files to take, in their order.
fn choose(
    choices: &[Choice],
    needed: &BTreeSet<char>,
    asked: &HashSet<String>,
    settings: &Settings,
) -> BTreeSet<usize> {
    if needed.is_empty() && asked.is_empty() {
        return BTreeSet::new();
    }
    let look = |(index, choice): (usize, &Choice)| look(index, &choice.full, needed).unwrap_or_default();
    let seen: Vec<Seen> = choices.par_iter().enumerate().flat_map_iter(look).collect();
    let mut taken: BTreeSet<usize> =
        seen.iter().filter(|font| asked.contains(&font.family.to_lowercase())).map(|font| font.file).collect();
    let language = settings.languages.iter().flatten().next().or(settings.language.as_ref());
    let han = Han::of_language(language.map_or("", String::as_str));
    let mut by_script: BTreeMap<(bool, &str), (Script, BTreeSet<char>)> = BTreeMap::new();
    for character in needed {
        let script = scripts::of(*character);
        // Symbols come last: the fonts for letters may have them.
        let key = (script == Script::Common, script.full_name());
        by_script.entry(key).or_insert_with(|| (script, BTreeSet::new())).1.insert(*character);
    }
    for (script, mut left) in by_script.into_values() {
        for font in seen.iter().filter(|font| taken.contains(&font.file)) {
            left.retain(|character| !font.has.contains(character));
        }
        let all = left.len();
        for _ in 0..MOST_ROUNDS {
            let count = |font: &Seen| left.iter().filter(|character| font.has.contains(character)).count();
            let rank = |font: &Seen| {
                let style = style(&font.family, script, han);
                // Twentieths: a rare character does not decide for a plain font.
                let share = count(font) * 20 / all.max(1);
                let distance = (font.weight - 400.0).abs();
                (style > 0, share, style, count(font), std::cmp::Reverse((distance.to_bits(), font.file)))
            };
            let upright = seen.iter().filter(|font| !font.is_slanted && count(font) > 0);
            let Some(best) = upright.max_by_key(|font| rank(font)) else { break };
            taken.insert(best.file);
            let bold = seen.iter().filter(|font| {
                font.family == best.family && !font.is_slanted && (550.0..=800.0).contains(&font.weight)
            });
            taken.extend(
                bold.map(|font| (font.file, (font.weight - 700.0).abs()))
                    .min_by(|a, b| a.1.total_cmp(&b.1))
                    .map(|(file, _)| file),
            );
            left.retain(|character| !best.has.contains(character));
            if left.is_empty() {
                break;
            }
        }
    }
    taken
}

/// How well a family goes with the built-in one; none is more than zero that is for special uses.
fn style(family: &str, script: Script, han: Han) -> u8 {
    const SPECIAL: [&str; 10] =
        ["Mono", "UI", "Condensed", "Display", "Slanted", "Looped", "Kufi", "Nastaliq", "Unjoined", "Rashi"];
    let words = || family.split(' ');
    let own = match script {
        Script::Hiragana | Script::Katakana => Han::Japanese,
        Script::Hangul => Han::Korean,
        _ => han,
    };
    if SPECIAL.iter().any(|special| words().any(|word| word == *special)) {
        0
    } else if Han::of_family(family).is_some_and(|of| of != own) {
        1
    } else if family.starts_with("Noto Serif") {
        5
    } else if words().any(|word| matches!(word, "Serif" | "Mincho" | "Song" | "Ming" | "Batang" | "Myeongjo" | "Naskh"))
    {
        4
    } else if family.starts_with("Noto Sans") {
        3
    } else {
        2
    }
}

/// Looks at the fonts of a file. What is damaged, has no outlines or may not be part of a document has none.
fn look(file: usize, path: &Path, needed: &BTreeSet<char>) -> io::Result<Vec<Seen>> {
    let mut source = fs::File::open(path)?;
    let start = bytes(&mut source, 0, 12)?;
    let mut starts = vec![0];
    if start.starts_with(b"ttcf") {
        let count = long(&start, 8).min(MOST_PARTS);
        let offsets = bytes(&mut source, 12, count * 4)?;
        starts = offsets.chunks_exact(4).map(|offset| long(offset, 0)).collect();
    }
    let mut maps: HashMap<u32, BTreeSet<char>> = HashMap::new();
    let mut seen = Vec::new();
    for start in starts {
        let head = bytes(&mut source, start, 12)?;
        let count = (long(&head, 4) >> 16).min(MOST_PARTS);
        let records = bytes(&mut source, start.saturating_add(12), count * 16)?;
        let table = |tag: &[u8; 4]| records.chunks_exact(16).find(|record| record.starts_with(tag));
        // A variable font stands in its first weight, which may be the thinnest.
        if table(b"fvar").is_some() || (table(b"glyf").is_none() && table(b"CFF ").is_none()) {
            continue;
        }
        let mut small = Vec::new();
        for tag in [b"OS/2", b"cmap", b"name"] {
            let Some(record) = table(tag) else { continue };
            small.push((*tag, long(record, 8), bytes(&mut source, long(record, 8), long(record, 12).min(MOST_BYTES))?));
        }
        let map_at = small.iter().find(|(tag, ..)| tag == b"cmap").map_or(0, |(_, at, _)| *at);
        let small = assemble(&small);
        let Ok(font) = FontRef::new(&small) else { continue };
        if font.os2().is_ok_and(|os2| os2.fs_type() & 0xf == 2) {
            continue;
        }
        let name = |id| font.localized_strings(id).english_or_first().map(|name| name.to_string());
        let has = maps.entry(map_at).or_insert_with(|| {
            let map = font.charmap();
            needed.iter().copied().filter(|character| has(&map, *character)).collect()
        });
        seen.push(Seen {
            file,
            family: name(StringId::TYPOGRAPHIC_FAMILY_NAME).or_else(|| name(StringId::FAMILY_NAME)).unwrap_or_default(),
            weight: font.attributes().weight.value(),
            is_slanted: font.attributes().style != Style::Normal,
            has: has.clone(),
        });
    }
    Ok(seen)
}

/// A font of some tables of another.
fn assemble(tables: &[([u8; 4], u32, Vec<u8>)]) -> Vec<u8> {
    let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    let mut font = vec![0, 1, 0, 0, 0, u8::try_from(tables.len()).unwrap_or(0), 0, 0, 0, 0, 0, 0];
    let mut at = 12 + 16 * tables.len();
    for (tag, _, content) in tables {
        font.extend(tag);
        font.extend([0; 4]);
        font.extend(number(at));
        font.extend(number(content.len()));
        at += content.len();
    }
    tables.iter().for_each(|(.., content)| font.extend(content));
    font
}

fn bytes(source: &mut fs::File, at: u32, length: u32) -> io::Result<Vec<u8>> {
    source.seek(SeekFrom::Start(u64::from(at)))?;
    let mut bytes = Vec::new();
    source.take(u64::from(length)).read_to_end(&mut bytes)?;
    if u32::try_from(bytes.len()).ok() == Some(length) { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// A number of 32 bits; beyond the end there are zeros.
fn long(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |four| u32::from_be_bytes(*four))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_found_as_they_are_and_by_number() {
        let found =
            characters(r#"name: 王 "\u5c0f \ud83e\udebf \U0001f9bf" &#x0e01; &#1488; \u00 \q &#; &"#.as_bytes());
        let expected: BTreeSet<char> = ['王', '小', '\u{1fabf}', '\u{1f9bf}', 'ก', 'א'].into();
        assert_eq!(found, expected);
        assert!(characters(b"\xff\xfe\\u5c0f").is_empty());
    }

    #[test]
    fn a_file_that_was_let_go_of_is_read_again() {
        let site = tempfile::tempdir().unwrap();
        fs::create_dir_all(site.path().join("content")).unwrap();
        let text = "name: Łukasz 山田";
        fs::write(site.path().join("content/a.yaml"), text).unwrap();
        let (bytes, hash) = (std::sync::Arc::default(), blake3::hash(text.as_bytes()));
        let file = File { path: "content/a.yaml".into(), bytes, length: text.len(), hash };
        assert_eq!(characters_of(site.path(), &file).into_iter().collect::<String>(), "Ł山田");
    }

    #[test]
    fn drawings_say_which_families_they_ask_for() {
        let file = |text: &str| File {
            path: "a.svg".into(),
            bytes: text.as_bytes().into(),
            length: text.len(),
            hash: blake3::hash(text.as_bytes()),
        };
        let asked = families(
            [
                file("<text font-family=\"Cormorant Garamond, 'Noto Serif CJK JP'\"/>"),
                file("<style>text{font-family:Inter,serif;fill:red}</style>"),
                file("<text font-family='Fira Sans'/>"),
            ]
            .iter(),
        );
        let expected = ["cormorant garamond", "noto serif cjk jp", "inter", "serif", "fira sans"];
        assert_eq!(asked, HashSet::from(expected.map(str::to_owned)));
    }

    #[test]
    fn a_font_is_known_by_its_small_tables() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ttf");
        fs::write(&path, dejavu::sans::bold()).unwrap();
        let seen = look(3, &path, &['ש', '王'].into()).unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!((seen[0].family.as_str(), seen[0].weight, seen[0].is_slanted), ("DejaVu Sans", 700.0, false));
        assert_eq!(seen[0].has, BTreeSet::from(['ש']));
    }

    #[test]
    fn damaged_fonts_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ttc");
        let whole = dejavu::sans::bold();
        for length in [0, 3, 12, 40, 200, 5_000, 100_000] {
            fs::write(&path, &whole[..length]).unwrap();
            let _ = look(0, &path, &['a'].into());
        }
        fs::write(&path, [b"ttcf".as_slice(), &[0xff; 400]].concat()).unwrap();
        assert!(look(0, &path, &['a'].into()).unwrap_or_default().is_empty());
        let mut damaged = whole.to_vec();
        for at in 0..400 {
            damaged[at] ^= 0xa5;
            fs::write(&path, &damaged).unwrap();
            let _ = look(0, &path, &['a'].into());
            damaged[at] ^= 0xa5;
        }
    }

    #[test]
    fn a_family_with_serifs_goes_before_others() {
        let rank = |family| style(family, Script::Han, Han::Simplified);
        let order =
            ["Noto Serif CJK SC", "Noto Sans SC", "WenQuanYi Zen Hei", "Noto Serif CJK JP", "Noto Sans Mono CJK SC"];
        assert!(order.map(rank).is_sorted_by(|a, b| a > b), "{:?}", order.map(rank));
        assert!(style("Noto Serif CJK JP", Script::Hiragana, Han::Simplified) == 5);
    }
}
