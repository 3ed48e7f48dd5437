//! Writing a manifest, file by file.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::super::{Stamp, commit, step};
use super::read::Trailer;
use super::{Line, Manifest, OF_AWARD, OF_RECORD, TITLE, one_line};
use crate::compact::{number, text};
use crate::hash::{Digest, Short};

/// How much is written at a time, in bytes.
const PIECE: usize = 256 * 1024;

/// A manifest that is being written, beside the one that it may take the place of.
pub(in super::super) struct Writer<'p> {
    /// Where it is to be.
    place: &'p Path,
    beside: PathBuf,
    out: BufWriter<Hashed>,
    generation: u64,
    /// The name that was written last.
    name: Vec<u8>,
    buffer: Vec<u8>,
}

/// A file of which all that is written is hashed.
struct Hashed {
    file: File,
    hasher: blake3::Hasher,
}

impl io::Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl<'p> Writer<'p> {
    /// Begins a manifest of `count` files.
    pub(in super::super) fn new(
        place: &'p Path,
        generation: u64,
        stamp: &Stamp,
        sources: &[impl AsRef<str>],
        count: usize,
    ) -> io::Result<Self> {
        let beside = commit::beside(place);
        let mut file = File::create(&beside)?;
        file.write_all(TITLE)?;
        let out = BufWriter::with_capacity(PIECE, Hashed { file, hasher: blake3::Hasher::new() });
        let mut writer = Self { place, beside, out, generation, name: Vec::new(), buffer: Vec::new() };
        let buffer = &mut writer.buffer;
        buffer.extend_from_slice(&stamp.key);
        text(buffer, one_line(&stamp.note).as_bytes());
        number(buffer, sources.len() as u64);
        sources.iter().for_each(|source| text(buffer, one_line(source.as_ref()).as_bytes()));
        number(buffer, count as u64);
        writer.empty()?;
        Ok(writer)
    }

    /// Adds a file. They must come in the order of names, each once.
    pub(in super::super) fn add(&mut self, path: &str, line: &Line) -> io::Result<()> {
        let path = path.as_bytes();
        let kept = self.name.iter().zip(path).take_while(|(one, other)| one == other).count();
        let buffer = &mut self.buffer;
        number(buffer, kept as u64);
        let rest = path.get(kept..).unwrap_or_default();
        text(buffer, rest);
        self.name.truncate(kept);
        self.name.extend_from_slice(rest);
        let award = line.award.map_or(0, |_| OF_AWARD);
        let origin = line.origin.map_or(0, |_| OF_RECORD);
        buffer.push(line.kind as u8 | award | origin);
        buffer.extend_from_slice(&line.record.identity.0);
        buffer.extend_from_slice(&line.record.content.0);
        number(buffer, line.record.size);
        if let Some(award) = line.award {
            number(buffer, award.number.into());
            buffer.push(award.standing);
        }
        if let Some(origin) = line.origin {
            number(buffer, origin.file.into());
            number(buffer, origin.place.into());
        }
        self.empty()
    }

    fn empty(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    /// Puts it in place of the one before, safe from a power cut, unless that one says the same and `may_stay`. Gives
    /// whether it was put there.
    pub(in super::super) fn finish(mut self, before: &Manifest, may_stay: bool) -> io::Result<bool> {
        self.out.flush()?;
        let Hashed { mut file, hasher } = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        let body: Short = Digest::from(hasher.finalize()).short();
        if may_stay && before.file.is_some() && before.digest == body {
            drop(file);
            std::fs::remove_file(&self.beside)?;
            return Ok(false);
        }
        file.write_all(&Trailer { body, generation: self.generation }.bytes())?;
        file.sync_data()?;
        drop(file);
        step();
        std::fs::rename(&self.beside, self.place)?;
        Ok(true)
    }
}
