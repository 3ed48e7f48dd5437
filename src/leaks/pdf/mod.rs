//! What a PDF says: its strings, its streams, and the words on its pages.
//!
//! Objects are found by going through the file, not by its table: what an earlier version of the file said, and a viewer no
//! longer shows, is in the file and can be read by whoever downloads it. For the same reason no crate that reads PDFs for
//! showing them is used. Streams are unpacked within the bounds of [`super::look`].

mod object;
mod page;

use std::collections::{HashMap, HashSet};

use memchr::memmem;

use super::{
    look::{ENCRYPTED, Look, TOO_LARGE},
    secrets::Ends,
    text::wide_text,
};
use object::{Object, Reader, Table};
use page::Fonts;

/// The most objects that are looked at.
const MOST_OBJECTS: usize = 2_000_000;

/// How much of what pages show is looked at, besides four times what there is.
const MOST_SHOWN: usize = 64 << 20;
/// The longest table at the end of a file.
const LONGEST_TRAILER: usize = 64 << 10;

/// A stream: its table, and its bytes as they are in the file.
#[derive(Debug)]
struct Stream<'b> {
    id: u32,
    table: Table,
    packed: &'b [u8],
}

/// What a file is made of.
#[derive(Debug, Default)]
struct File<'b> {
    /// Objects by their number, the last one of each.
    objects: HashMap<u32, Object>,
    streams: Vec<Stream<'b>>,
    /// Everything that stands in strings.
    strings: String,
}

impl File<'_> {
    /// What a reference leads to.
    fn resolve<'f>(&'f self, mut object: &'f Object) -> &'f Object {
        // A chain of references that leads back to itself ends, too.
        for _ in 0..8 {
            let Object::Reference(id) = object else { break };
            object = self.objects.get(id).unwrap_or(&Object::Nothing);
        }
        object
    }

    fn get<'f>(&'f self, table: &'f Table, key: &str) -> &'f Object {
        table.get(key).map_or(&Object::Nothing, |object| self.resolve(object))
    }

    fn add(&mut self, id: u32, object: Object) {
        strings(&object, &mut self.strings);
        self.objects.insert(id, object);
    }
}

/// Looks into a PDF.
pub fn look(look: &mut Look<'_>, bytes: &[u8]) {
    let encrypted = memmem::find_iter(bytes, b"/Encrypt")
        .any(|at| bytes.get(at + 8).is_some_and(|next| !next.is_ascii_alphanumeric()));
    if encrypted {
        look.found.unseen.insert(ENCRYPTED);
        return;
    }
    let mut file = objects(bytes);
    let mut unpacked = HashMap::new();
    for (index, stream) in file.streams.iter().enumerate() {
        if let Some(bytes) = unpack(look, &file, stream) {
            unpacked.insert(index, bytes);
        }
    }
    // Objects may be packed in streams themselves.
    let packed: Vec<_> = file
        .streams
        .iter()
        .enumerate()
        .filter(|(_, stream)| file.get(&stream.table, "Type").name() == Some("ObjStm"))
        .filter_map(|(index, stream)| {
            let first = file.get(&stream.table, "First").count()?;
            let bytes = unpacked.remove(&index)?;
            Some((first, bytes))
        })
        .collect();
    for (first, bytes) in packed {
        objects_in(&bytes, first, &mut file);
    }
    look.words(&file.strings, 0, Ends::Whole);
    let whole = pages(&file, &unpacked, &mut |text| {
        look.words(&text.spaced, 0, Ends::Whole);
        look.words(&text.texts, 0, Ends::Whole);
        look.words(&text.lines, 0, Ends::Whole);
        look.words(&text.stuck, 0, Ends::Stuck);
    });
    if !whole {
        look.found.unseen.insert(TOO_LARGE);
    }
    let mut rest: Vec<_> = unpacked.into_iter().collect();
    rest.sort_unstable_by_key(|(index, _)| *index);
    for (_, bytes) in rest {
        look.part("", &bytes);
    }
}

/// Goes through a file and reads every object in it.
fn objects(bytes: &[u8]) -> File<'_> {
    let mut file = File::default();
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| memmem::find(rest, b"obj")) {
        let start = at + found;
        at = start + 3;
        let Some(id) = number_before(bytes, start) else { continue };
        let mut reader = Reader::new(bytes, at);
        let Some(object) = reader.next() else { continue };
        if file.objects.len() + file.streams.len() > MOST_OBJECTS {
            break;
        }
        at = reader.at;
        if let Object::Table(table) = &object {
            let before = reader.at;
            if reader.next() == Some(Object::Word(b"stream".to_vec())) {
                let packed = stream(bytes, reader.at, table);
                at = reader.at + packed.len();
                file.streams.push(Stream { id, table: table.clone(), packed });
            } else {
                at = before;
            }
        }
        file.add(id, object);
    }
    // What stands outside of objects: the file's own table, of old kinds of files.
    let trailers: Vec<_> = memmem::find_iter(bytes, b"trailer").take(1000).collect();
    for at in trailers {
        let end = bytes.len().min(at + LONGEST_TRAILER);
        if let Some(object) = Reader::new(bytes.get(..end).unwrap_or_default(), at + 7).next() {
            strings(&object, &mut file.strings);
        }
    }
    file
}

/// The number of the object that the word `obj` at this place begins.
fn number_before(bytes: &[u8], at: usize) -> Option<u32> {
    let head = bytes.get(at.saturating_sub(24)..at)?;
    let mut parts = head.rsplit(u8::is_ascii_whitespace).filter(|part| !part.is_empty());
    let (generation, id) = (parts.next()?, parts.next()?);
    generation.iter().all(u8::is_ascii_digit).then_some(())?;
    // Something may be stuck to the number where a file has no line ends.
    let digits = id.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(id.get(id.len() - digits..)?).ok()?.parse().ok()
}

/// The bytes of a stream, whose table says how many they are, or not.
fn stream<'b>(bytes: &'b [u8], at: usize, table: &Table) -> &'b [u8] {
    let rest = bytes.get(at..).unwrap_or_default();
    let rest = rest
        .strip_prefix(b"\r\n")
        .or_else(|| rest.strip_prefix(b"\n"))
        .or_else(|| rest.strip_prefix(b"\r"))
        .unwrap_or(rest);
    if let Some(length) = table.get("Length").and_then(Object::count)
        && let (Some(data), Some(after)) = (rest.get(..length), rest.get(length..))
        && after.get(..32).unwrap_or(after).trim_ascii_start().starts_with(b"endstream")
    {
        return data;
    }
    let end = memmem::find(rest, b"endstream").unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}

/// The objects in a stream of objects.
fn objects_in(bytes: &[u8], first: usize, file: &mut File<'_>) {
    let mut head = Reader::new(bytes.get(..first).unwrap_or_default(), 0);
    let mut places = Vec::new();
    while let (Some(id), Some(at)) = (head.next(), head.next()) {
        let (Some(id), Some(at)) = (id.count().and_then(|id| u32::try_from(id).ok()), at.count()) else { break };
        places.push((id, at));
    }
    // All of them may be said to be in one and the same place.
    let mut left = 4 * bytes.len();
    for (id, at) in places {
        let start = first.saturating_add(at);
        let mut reader = Reader::new(bytes, start);
        let object = reader.next();
        let Some(rest) = left.checked_sub(reader.at - start) else { return };
        left = rest;
        if file.objects.len() > MOST_OBJECTS {
            return;
        }
        if let Some(object) = object {
            file.add(id, object);
        }
    }
}

/// Everything that stands in the strings of an object, each on a line.
fn strings(object: &Object, to: &mut String) {
    match object {
        Object::String(text) => {
            to.push_str(&string(text));
            to.push('\n');
        }
        Object::List(list) => list.iter().for_each(|one| strings(one, to)),
        Object::Table(table) => table.values().for_each(|one| strings(one, to)),
        _ => {}
    }
}

/// A string in one of the encodings that strings have.
fn string(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, wide @ ..] => wide_text(wide, u16::from_be_bytes),
        [0xff, 0xfe, wide @ ..] => wide_text(wide, u16::from_le_bytes),
        bytes => match std::str::from_utf8(bytes) {
            Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
            Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
        },
    }
}

/// Unpacks a stream. `None` for a picture, whose bytes say nothing.
fn unpack(look: &mut Look<'_>, file: &File<'_>, stream: &Stream<'_>) -> Option<Vec<u8>> {
    let filters = [file.get(&stream.table, "Filter"), file.get(&stream.table, "F")]
        .into_iter()
        .find(|found| !matches!(found, Object::Nothing))?
        .list()
        .iter()
        .map(|filter| file.resolve(filter).name().unwrap_or_default())
        .collect::<Vec<_>>();
    let mut bytes = stream.packed.to_vec();
    for filter in filters.iter().take(8) {
        bytes = match *filter {
            "FlateDecode" | "Fl" => look.inflate_loosely(&bytes),
            "ASCII85Decode" | "A85" => ascii_85(&bytes),
            "ASCIIHexDecode" | "AHx" => Reader::new(&[b"<", bytes.as_slice()].concat(), 0).next().and_then(bytes_of)?,
            "LZWDecode" | "LZW" => look.unpack_lzw(&bytes),
            "RunLengthDecode" | "RL" => run_length(look, &bytes),
            _ => return None,
        };
    }
    Some(bytes)
}

fn bytes_of(object: Object) -> Option<Vec<u8>> {
    if let Object::String(bytes) = object { Some(bytes) } else { None }
}

fn ascii_85(bytes: &[u8]) -> Vec<u8> {
    let bytes = bytes.trim_ascii_start();
    let bytes = bytes.strip_prefix(b"<~").unwrap_or(bytes);
    let mut out = Vec::with_capacity(bytes.len() / 5 * 4);
    let mut group: Vec<u32> = Vec::with_capacity(5);
    let mut flush = |group: &mut Vec<u32>| {
        let count = group.len();
        if count > 1 {
            group.resize(5, 84);
            let value = group.iter().fold(0_u32, |value, digit| value.wrapping_mul(85).wrapping_add(*digit));
            out.extend(value.to_be_bytes().into_iter().take(count - 1));
        }
        group.clear();
    };
    for byte in bytes {
        match byte {
            b'z' if group.is_empty() => {
                group.extend([0; 5]);
                flush(&mut group);
            }
            b'!'..=b'u' => {
                group.push(u32::from(byte - b'!'));
                if group.len() == 5 {
                    flush(&mut group);
                }
            }
            b'~' => break,
            _ => {}
        }
    }
    flush(&mut group);
    out
}

fn run_length(look: &mut Look<'_>, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let [length, after @ ..] = rest
        && out.len() < 1 << 28
    {
        let count = usize::from(*length);
        rest = match (count, after) {
            (128, _) | (_, []) => break,
            (0..128, after) => {
                let (run, after) = after.split_at((count + 1).min(after.len()));
                out.extend_from_slice(run);
                after
            }
            (_, [byte, after @ ..]) => {
                out.extend(std::iter::repeat_n(*byte, 257 - count));
                after
            }
        };
    }
    look.bounded(out)
}

/// The texts of all pages, and of what may be drawn on them, one after the other. Whether they are all.
fn pages(file: &File<'_>, unpacked: &HashMap<usize, Vec<u8>>, each: &mut dyn FnMut(&page::Text)) -> bool {
    let mut by_id: HashMap<u32, usize> = HashMap::new();
    for (index, stream) in file.streams.iter().enumerate() {
        by_id.insert(stream.id, index);
    }
    let bytes_of = |index: usize| -> &[u8] {
        match (unpacked.get(&index), file.streams.get(index)) {
            (Some(bytes), _) => bytes,
            (None, Some(stream)) if !stream.table.contains_key("Filter") => stream.packed,
            _ => &[],
        }
    };
    // A hundred thousand pages may all show one and the same large stream.
    let mut left = MOST_SHOWN + 4 * (0..file.streams.len()).map(|index| bytes_of(index).len()).sum::<usize>();
    let mut fonts = Fonts::new(file, &by_id, &bytes_of);
    let mut done = HashSet::new();
    let mut ids: Vec<_> = file.objects.keys().copied().collect();
    ids.sort_unstable();
    for id in ids {
        let Some(table) = file.objects.get(&id).and_then(Object::table) else { continue };
        let Some(contents) = table.get("Contents") else { continue };
        if file.get(table, "Type").name() != Some("Page") {
            continue;
        }
        let parts = match contents {
            Object::Reference(id) if by_id.contains_key(id) => std::slice::from_ref(contents),
            contents => file.resolve(contents).list(),
        };
        let mut bytes = Vec::new();
        for part in parts {
            let Object::Reference(id) = part else { continue };
            let Some(index) = by_id.get(id) else { continue };
            let part = bytes_of(*index);
            let Some(rest) = left.checked_sub(part.len() + 1) else { return false };
            left = rest;
            done.insert(*index);
            bytes.extend_from_slice(part);
            bytes.push(b'\n');
        }
        each(&page::text(&bytes, &fonts.of(Some(table))));
    }
    for (index, stream) in file.streams.iter().enumerate() {
        let bytes = bytes_of(index);
        if !done.contains(&index) && memmem::find(bytes, b"Tf").is_some() && memmem::find(bytes, b"BT").is_some() {
            let own = stream.table.contains_key("Resources").then_some(&stream.table);
            each(&page::text(bytes, &fonts.of(own)));
        }
    }
    true
}
