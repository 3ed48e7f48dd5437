//! Taking a file apart until everything in it is text.
//!
//! A file is what its bytes say, not its name. Archives and Office files are unpacked, also within each other; pictures
//! give up their notes; PDFs their streams and what their pages say. Everything has bounds: how deep, and how much in all,
//! so that no file of a few kilobytes keeps a build busy. What lies beyond them, or is encrypted, is told.

use std::{collections::BTreeSet, io::Read, ops::Range};

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::{
    archive, pdf,
    secrets::{Ends, Secrets},
    text::{self, Reading},
};

/// How deep archives may lie in each other.
const DEEPEST: usize = 6;
/// How much is unpacked of one part of a file.
const MOST: usize = 256 << 20;
/// How much is unpacked and looked at in all of one file, besides what it holds itself.
const MOST_IN_ALL: usize = 512 << 20;
/// The shortest id that is looked for where there is no text.
const ID_IN_NOISE: usize = 10;

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The bytes of the file, where it is text as it is.
    pub at: Option<Range<usize>>,
    /// The line, where it is text in another encoding.
    pub line: Option<usize>,
    /// The part of an archive.
    pub part: Option<String>,
}

/// What a file holds.
#[derive(Debug, Default)]
pub struct Findings {
    /// An address.
    pub address: Option<Found>,
    /// An id.
    pub id: Option<Found>,
    /// What is an export by its words, or by its name in an archive.
    pub export: Option<Found>,
    /// What stands in the file's own path, and whether it is an address.
    pub in_name: Option<(bool, Range<usize>)>,
    /// Why some of it could not be looked into.
    pub unseen: BTreeSet<&'static str>,
}

/// Why something could not be looked into.
pub const ENCRYPTED: &str = "it is encrypted";
/// As [`ENCRYPTED`].
pub const ODDLY_PACKED: &str = "it is packed in a way that is not known here";
/// As [`ENCRYPTED`].
pub const DAMAGED: &str = "it is damaged";
/// As [`ENCRYPTED`].
pub const TOO_LARGE: &str = "too much is packed into it";
const TOO_DEEP: &str = "archives lie too deep in each other";

/// Looks into a file.
pub fn look(secrets: &Secrets, bytes: &[u8]) -> Findings {
    let mut look = Look {
        secrets,
        found: Findings::default(),
        left: MOST_IN_ALL.saturating_add(bytes.len().saturating_mul(4)),
        part: None,
        depth: 0,
    };
    look.file(bytes);
    look.found
}

/// Looks into a Markdown file: as it is, and as what pages say of it.
pub fn look_at_page(secrets: &Secrets, bytes: &[u8]) -> Findings {
    let mut findings = look(secrets, bytes);
    if findings.address.is_none() || findings.id.is_none() {
        let mut look = Look { secrets, found: findings, left: 0, part: None, depth: 0 };
        look.words(&text::said(&String::from_utf8_lossy(bytes)), 0, Ends::Whole);
        findings = look.found;
    }
    findings
}

/// A file that is being looked into.
pub struct Look<'s> {
    secrets: &'s Secrets,
    /// What was found so far.
    pub found: Findings,
    /// How many bytes may still be looked at.
    left: usize,
    part: Option<String>,
    depth: usize,
}

impl Look<'_> {
    fn file(&mut self, bytes: &[u8]) {
        if bytes.len() > self.left {
            self.found.unseen.insert(TOO_LARGE);
            return;
        }
        self.left -= bytes.len();
        let start = bytes.get(..1024).unwrap_or(bytes);
        if memchr::memmem::find(start, b"%PDF-").is_some() {
            pdf::look(self, bytes);
        } else if bytes.starts_with(b"\x1f\x8b") {
            let unpacked = self.unpack(MultiGzDecoder::new(bytes));
            self.inside("", |look| look.file(&unpacked));
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            self.png(bytes);
        } else if bytes.starts_with(b"\xff\xd8") {
            self.jpeg(bytes);
        } else if bytes.starts_with(b"RIFF") {
            self.riff(bytes);
        }
        // An archive may hang behind anything else: its table is at the end.
        archive::look(self, bytes);
        match text::read(bytes) {
            Reading::Plain(text, from) => self.text(text, (self.depth == 0).then_some(from)),
            Reading::Decoded(text) => {
                self.text(&text, None);
                self.noise(bytes, ID_IN_NOISE);
            }
            Reading::Binary => self.noise(bytes, ID_IN_NOISE),
        }
    }

    /// Looks at what can be read in bytes that are no text, or of which nobody is sure.
    fn noise(&mut self, bytes: &[u8], shortest_id: usize) {
        let printable = text::printable(bytes);
        self.text(&printable.long, None);
        self.words(&printable.short, shortest_id, Ends::Whole);
    }

    /// Looks at a part of what is looked at.
    pub fn inside(&mut self, name: &str, look: impl FnOnce(&mut Self)) {
        if self.depth >= DEEPEST {
            self.found.unseen.insert(TOO_DEEP);
            return;
        }
        let outer = self.part.clone();
        if !name.is_empty() {
            self.part = Some(outer.as_ref().map_or_else(|| name.to_owned(), |outer| format!("{outer}/{name}")));
        }
        self.depth += 1;
        look(self);
        self.depth -= 1;
        self.part = outer;
    }

    /// Looks at bytes of any kind inside.
    pub fn part(&mut self, name: &str, bytes: &[u8]) {
        self.inside(name, |look| look.file(bytes));
    }

    /// Looks at the name of something inside, which may be telling by itself. Gives the name as it may be repeated.
    pub fn name(&mut self, name: &str) -> String {
        let secret = self.secrets.in_name(name);
        let found = || Some(Found { at: None, line: None, part: self.part.clone() });
        match secret {
            Some((true, _)) => self.found.address = self.found.address.take().or_else(found),
            Some((false, _)) => self.found.id = self.found.id.take().or_else(found),
            None => {}
        }
        if crate::source::kinds::disguise(name).is_some() && secret.is_none() {
            self.found.export.get_or_insert_with(|| Found { at: None, line: None, part: Some(name.to_owned()) });
        }
        if secret.is_some() { "…".to_owned() } else { name.to_owned() }
    }

    /// Unpacks as much as is allowed.
    pub fn unpack(&mut self, from: impl Read) -> Vec<u8> {
        let most = self.left.min(MOST);
        let mut unpacked = Vec::new();
        let most_read = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        // What comes before the damage is looked at, as other programs show it.
        if from.take(most_read).read_to_end(&mut unpacked).is_err() {
            self.found.unseen.insert(DAMAGED);
        }
        if unpacked.len() > most {
            self.found.unseen.insert(TOO_LARGE);
            unpacked.truncate(most);
        }
        self.left -= unpacked.len();
        unpacked
    }

    /// Unpacks a ZIP's or, with its header, a PNG's or PDF's stream.
    pub fn inflate(&mut self, bytes: &[u8], header: bool) -> Vec<u8> {
        // Even what comes to nothing takes its time.
        self.left = self.left.saturating_sub(bytes.len());
        if header { self.unpack(ZlibDecoder::new(bytes)) } else { self.unpack(DeflateDecoder::new(bytes)) }
    }

    /// Unpacks a PDF's stream, whose end is often damaged, without a word.
    pub fn inflate_loosely(&mut self, bytes: &[u8]) -> Vec<u8> {
        let damaged = self.found.unseen.contains(DAMAGED);
        let unpacked = self.inflate(bytes, true);
        if !unpacked.is_empty() && !damaged {
            self.found.unseen.remove(DAMAGED);
        }
        unpacked
    }

    /// Unpacks LZW, as in PDFs: most significant bit first, codes one longer early.
    pub fn unpack_lzw(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut decoder = weezl::decode::Decoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
        let mut packed = bytes;
        let mut out = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        let most = self.left.min(MOST);
        loop {
            let step = decoder.decode_bytes(packed, &mut buffer);
            out.extend_from_slice(buffer.get(..step.consumed_out).unwrap_or_default());
            packed = packed.get(step.consumed_in..).unwrap_or_default();
            let goes_on = matches!(step.status, Ok(weezl::LzwStatus::Ok)) && step.consumed_in + step.consumed_out > 0;
            if !goes_on || out.len() > most {
                return self.bounded(out);
            }
        }
    }

    /// What was unpacked, as much of it as is allowed.
    pub fn bounded(&mut self, mut unpacked: Vec<u8>) -> Vec<u8> {
        let most = self.left.min(MOST);
        if unpacked.len() > most {
            self.found.unseen.insert(TOO_LARGE);
            unpacked.truncate(most);
        }
        self.left -= unpacked.len();
        unpacked
    }

    /// Looks at a text, with and without tags. `from`: where in the file it starts, if it is the file's own.
    fn text(&mut self, text: &str, from: Option<usize>) {
        let place = |place: Range<usize>| match from {
            Some(from) => (Some(from + place.start..from + place.end), None),
            None => (None, Some(text.get(..place.start).unwrap_or_default().matches('\n').count() + 1)),
        };
        if self.found.address.is_none()
            && let Some(found) = self.secrets.address_in(text, Ends::Whole)
        {
            let (at, line) = place(found);
            self.found.address = Some(Found { at, line, part: self.part.clone() });
        }
        if self.found.id.is_none()
            && let Some(found) = self.secrets.id_in(text, 0)
        {
            let (at, line) = place(found);
            self.found.id = Some(Found { at, line, part: self.part.clone() });
        }
        if self.found.export.is_none() && text::is_export(text) {
            self.found.export = Some(Found { at: None, line: None, part: self.part.clone() });
        }
        if let Some(words) = text::untagged(text) {
            self.words(&words, 0, Ends::Whole);
        }
    }

    /// Looks at words whose place in the file is not known.
    pub fn words(&mut self, text: &str, shortest_id: usize, ends: Ends) {
        let found = || Found { at: None, line: None, part: self.part.clone() };
        let address = self.found.address.is_none() && self.secrets.address_in(text, ends).is_some();
        let id = ends == Ends::Whole && self.found.id.is_none() && self.secrets.id_in(text, shortest_id).is_some();
        let (address, id) = (address.then(found), id.then(found));
        self.found.address = self.found.address.take().or(address);
        self.found.id = self.found.id.take().or(id);
    }

    /// Looks at the notes in a picture: short, and made of words.
    fn notes(&mut self, bytes: &[u8]) {
        match text::read(bytes) {
            Reading::Plain(text, _) => self.text(text, None),
            Reading::Decoded(text) => {
                self.text(&text, None);
                self.noise(bytes, 0);
            }
            Reading::Binary => self.noise(bytes, 0),
        }
    }

    fn png(&mut self, bytes: &[u8]) {
        let mut rest = bytes.get(8..).unwrap_or_default();
        while let Some((head, after)) = rest.split_first_chunk::<8>() {
            let [a, b, c, d, kind @ ..] = *head;
            let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
            let Some(data) = after.get(..length) else { return };
            let after_zero = |data: &[u8]| memchr::memchr(0, data).map_or(data.len(), |at| at + 1);
            match &kind {
                b"tEXt" | b"eXIf" => self.notes(data),
                b"zTXt" => {
                    // A keyword, a zero, the method.
                    let packed = data.get(after_zero(data) + 1..).unwrap_or_default();
                    let unpacked = self.inflate(packed, true);
                    self.notes(&unpacked);
                }
                b"iTXt" => {
                    self.notes(data);
                    let flags = data.get(after_zero(data)..).unwrap_or_default();
                    if flags.first() == Some(&1) {
                        let language = flags.get(2..).unwrap_or_default();
                        let keyword = language.get(after_zero(language)..).unwrap_or_default();
                        let unpacked = self.inflate(keyword.get(after_zero(keyword)..).unwrap_or_default(), true);
                        self.notes(&unpacked);
                    }
                }
                _ => {}
            }
            rest = after.get(length.saturating_add(4)..).unwrap_or_default();
        }
    }

    fn jpeg(&mut self, bytes: &[u8]) {
        let mut rest = bytes.get(2..).unwrap_or_default();
        while let [0xff, kind, high, low, ..] = *rest {
            let length = usize::from(u16::from_be_bytes([high, low]));
            // The picture itself begins.
            if kind == 0xda || length < 2 {
                return;
            }
            if matches!(kind, 0xe1..=0xef | 0xfe) {
                self.notes(rest.get(4..length + 2).unwrap_or_default());
            }
            rest = rest.get(length + 2..).unwrap_or_default();
        }
    }

    /// WebP and its relatives.
    fn riff(&mut self, bytes: &[u8]) {
        let mut rest = bytes.get(12..).unwrap_or_default();
        while let Some((head, after)) = rest.split_first_chunk::<8>() {
            let [kind @ .., a, b, c, d] = *head;
            let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX);
            let Some(data) = after.get(..length) else { return };
            if matches!(&kind, b"EXIF" | b"XMP " | b"LIST") {
                self.notes(data);
            }
            rest = after.get(length.saturating_add(length % 2)..).unwrap_or_default();
        }
    }
}
