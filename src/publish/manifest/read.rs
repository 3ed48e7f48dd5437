//! Going through a manifest.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read, Seek as _, SeekFrom};

use super::{CHANGED, CUT, FOREIGN, Fault, Line, Manifest, OF_AWARD, OF_RECORD, Record, TITLE, UNREADABLE};
use super::{OfAward, Origin, Stamp, path};
use crate::compact::Input;
use crate::hash::Short;
use crate::output::Kind;

/// How much is read at a time, in bytes.
const PIECE: usize = 256 * 1024;

/// What stands at its end.
pub(super) struct Trailer {
    pub(super) body: Short,
    pub(super) generation: u64,
}

impl Trailer {
    pub(super) const LENGTH: usize = 32;
    const FROM_END: i64 = -32;

    /// Nothing if the file is of an older version.
    pub(super) fn read(file: &mut File) -> Result<Option<Self>, Fault> {
        let mut title = Vec::new();
        (&mut *file).take(TITLE.len() as u64).read_to_end(&mut title)?;
        if title != TITLE {
            return if title.starts_with(b"bonafide manifest ") { Ok(None) } else { Err(Fault::Damaged(UNREADABLE)) };
        }
        let length = file.metadata()?.len();
        if length < (TITLE.len() + Self::LENGTH) as u64 {
            return Err(Fault::Damaged(CUT));
        }
        let mut bytes = [0; Self::LENGTH];
        file.seek(SeekFrom::End(Self::FROM_END))?;
        file.read_exact(&mut bytes)?;
        let read = || -> Option<(Short, u64, [u8; 8])> {
            let (body, rest) = bytes.split_first_chunk::<16>()?;
            let (generation, check) = rest.split_first_chunk::<8>()?;
            Some((Short(*body), u64::from_le_bytes(*generation), *check.first_chunk()?))
        };
        let (body, generation, check) = read().ok_or(Fault::Damaged(CUT))?;
        if Self::check(body, generation) != check {
            return Err(Fault::Damaged(CUT));
        }
        Ok(Some(Self { body, generation }))
    }

    fn check(body: Short, generation: u64) -> [u8; 8] {
        let hash = blake3::Hasher::new().update(&body.0).update(&generation.to_le_bytes()).finalize();
        hash.as_bytes().first_chunk().copied().unwrap_or_default()
    }

    pub(super) fn bytes(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        let parts = self.body.0.into_iter().chain(self.generation.to_le_bytes());
        let all = parts.chain(Self::check(self.body, self.generation));
        bytes.iter_mut().zip(all).for_each(|(to, from)| *to = from);
        bytes
    }
}

/// What stands before the files.
pub(super) struct Head {
    pub(super) stamp: Stamp,
    pub(super) sources: Vec<String>,
    pub(super) count: u64,
    /// How long it is, in bytes.
    pub(super) length: u64,
}

pub(super) fn head(file: &mut File) -> Result<Head, Fault> {
    file.seek(SeekFrom::Start(TITLE.len() as u64))?;
    let mut input = Input::new(BufReader::new(file));
    let key = input.array()?;
    let note = input.text()?;
    let mut sources = Vec::new();
    for _ in 0..input.number()? {
        sources.push(input.text()?);
    }
    let count = input.number()?;
    Ok(Head { stamp: Stamp { key, note }, sources, count, length: TITLE.len() as u64 + input.read })
}

/// A reader that hashes what goes through it.
struct Hashed<R> {
    from: R,
    hasher: blake3::Hasher,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.hasher.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// The files of a manifest, in the order of names, with those that are in doubt among them.
pub(in super::super) struct Lines<'m> {
    manifest: &'m Manifest,
    input: Option<Input<BufReader<Hashed<std::io::Take<&'m File>>>>>,
    left: u64,
    /// The name that was read last.
    name: Vec<u8>,
    /// The line that was read and not given out yet.
    next: Option<Line>,
    /// How many of the doubts have been given out.
    doubts: usize,
}

impl<'m> Lines<'m> {
    pub(super) fn new(manifest: &'m Manifest) -> Result<Self, Fault> {
        let input = match &manifest.file {
            None => None,
            Some(file) => {
                let mut from = file;
                let title = TITLE.len() as u64;
                let length = from.metadata()?.len().saturating_sub(title + Trailer::LENGTH as u64);
                from.seek(SeekFrom::Start(title))?;
                let hashed = Hashed { from: from.take(length), hasher: blake3::Hasher::new() };
                let mut input = BufReader::with_capacity(PIECE, hashed);
                // What stands before the files has been read, and is part of the hash.
                let mut before = manifest.start - title;
                while before > 0 {
                    let some = (input.fill_buf()?.len() as u64).min(before);
                    if some == 0 {
                        return Err(Fault::Damaged(CUT));
                    }
                    input.consume(usize::try_from(some).unwrap_or(usize::MAX));
                    before -= some;
                }
                Some(Input::new(input))
            }
        };
        let mut lines = Self { manifest, input, left: manifest.count, name: Vec::new(), next: None, doubts: 0 };
        lines.advance()?;
        Ok(lines)
    }

    /// The next file.
    ///
    /// # Errors
    /// If the manifest is damaged. That may only be known at its end: whatever has been read before is not to be acted on
    /// until the last file has been given out.
    pub(in super::super) fn next(&mut self) -> Result<Option<(&str, Line)>, Fault> {
        // What was given out last may be the name in `name`: it is read on only now.
        if self.next.is_none() && self.input.is_some() {
            self.advance()?;
        }
        let doubt = self.manifest.doubts.get(self.doubts);
        let order = match (doubt, &self.next) {
            (None, None) => return Ok(None),
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some((path, _)), Some(_)) => path::order(path, str::from_utf8(&self.name).unwrap_or_default()),
        };
        let of_record = |known: Option<Origin>, is: bool| known.or_else(|| is.then_some(Origin::UNKNOWN));
        let (name, line) = match (doubt, order) {
            (Some((path, is)), Ordering::Less) => {
                self.doubts += 1;
                let line =
                    Line { record: Record::UNCERTAIN, kind: Kind::Page, award: None, origin: of_record(None, *is) };
                return Ok(Some((path, line)));
            }
            (Some((_, is)), Ordering::Equal) => {
                self.doubts += 1;
                let known = self.next.take();
                let line =
                    known.map(|line| Line { record: Record::UNCERTAIN, origin: of_record(line.origin, *is), ..line });
                (&self.name, line)
            }
            _ => (&self.name, self.next.take()),
        };
        let name = str::from_utf8(name).map_err(|_| Fault::Damaged(FOREIGN))?;
        Ok(line.map(|line| (name, line)))
    }

    /// Reads the next line of the file.
    fn advance(&mut self) -> Result<(), Fault> {
        let Some(input) = &mut self.input else { return Ok(()) };
        if self.left == 0 {
            return self.finish();
        }
        self.left -= 1;
        let kept = usize::try_from(input.number()?).unwrap_or(usize::MAX);
        if kept > self.name.len() {
            return Err(Fault::Damaged(CHANGED));
        }
        let replaced = self.name.get(kept).copied();
        self.name.truncate(kept);
        input.append(&mut self.name)?;
        // Names are in order, so the new one is the later where the two part.
        let is_later = match (replaced, self.name.get(kept)) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(old), Some(new)) => path::rank(*new) > path::rank(old),
        };
        let is_fine = str::from_utf8(&self.name).is_ok_and(|name| path::fault(name).is_none());
        if !is_later || !is_fine {
            return Err(Fault::Damaged(FOREIGN));
        }
        let traits = input.byte()?;
        let kind = Kind::ALL.get(usize::from(traits & 15)).copied().ok_or(Fault::Damaged(CHANGED))?;
        let record = Record { identity: Short(input.array()?), content: Short(input.array()?), size: input.number()? };
        let award = if traits & OF_AWARD == 0 {
            None
        } else {
            Some(OfAward { number: input.small()?, standing: input.byte()? })
        };
        let origin =
            if traits & OF_RECORD == 0 { None } else { Some(Origin { file: input.small()?, place: input.small()? }) };
        self.next = Some(Line { record, kind, award, origin });
        Ok(())
    }

    /// Compares what was read with the hash that was written.
    fn finish(&mut self) -> Result<(), Fault> {
        let Some(mut input) = self.input.take() else { return Ok(()) };
        if !input.from.fill_buf()?.is_empty() {
            return Err(Fault::Damaged(CHANGED));
        }
        let hash = crate::hash::Digest::from(input.from.into_inner().hasher.finalize()).short();
        if hash == self.manifest.digest { Ok(()) } else { Err(Fault::Damaged(CHANGED)) }
    }
}
