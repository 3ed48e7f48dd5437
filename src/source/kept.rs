//! Exports that were read, kept for the next build.
//!
//! Reading the YAML of a hundred thousand awards takes longer than all else of a build in which little has changed. So
//! what came of an export is kept, under a name made of its content ([`name`]), and taken instead as long as the file and
//! the program are the same.
//!
//! An export holds what is private: mail addresses, names that people no longer go by. None of it is kept. Of a text is
//! kept only where in the file it stands, and the file is at hand when it is needed again. Texts that do not stand there
//! in just these bytes (YAML has escapes; lines are composed to NFC) are kept themselves, unless they are mail addresses
//! or ids: then nothing is kept of that file, and it is read again.
//!
//! ```text
//! exported_at, badges, earners    each field in turn, as `record_parts` lists them
//! digests                         16 bytes an award
//! hash of all before              16 bytes
//! ```

use std::io;
use std::sync::Arc;

use jiff::{Timestamp, civil::Date};
use memchr::memmem;

use super::{
    documents::ExportDoc,
    record::{AwardRecord, BadgeRecord, Decision, EarnerRecord, EvidenceRecord, Export, RenewalRecord, Visibility},
    scan::File,
    share,
    value::{Alias, AwardId, ContentPath, EarnerId, Edge, Email, Instant, Kept, Line, Prose, Slug, WebUrl, When},
};
use crate::{
    compact::{self, Input, damaged},
    hash::{Digest, Short},
    shard::Shard,
};

/// The name under which an export is kept: it changes with the file's name, its content and the program.
pub fn name(file: &File, program: &str) -> String {
    let digest = Digest::of_value(&(program, &*file.path, file.hash.as_bytes())).short();
    format!("{:032x}", u128::from_be_bytes(digest.0))
}

/// What is kept of an export; nothing if it holds a private text in other bytes than the file.
pub fn keep(doc: &ExportDoc, file: &File) -> Option<Vec<u8>> {
    let mut out = Keeper { source: &file.bytes, from: 0, out: Vec::new(), is_fine: true };
    doc.export.keep(&mut out);
    for digest in &doc.digests {
        out.out.extend_from_slice(&digest.0);
    }
    let hash = Short::of_bytes(&out.out);
    out.out.extend_from_slice(&hash.0);
    out.is_fine.then_some(out.out)
}

/// The export of which this was kept, as a share needs it; nothing if it is damaged.
pub fn recall(kept: &[u8], file: &File, shard: Shard) -> Option<ExportDoc> {
    let (body, hash) = kept.split_last_chunk::<16>()?;
    if Short::of_bytes(body) != Short(*hash) {
        return None;
    }
    let source = std::str::from_utf8(&file.bytes).ok()?;
    let mut from = Recaller { source, at: 0, input: Input::new(body), shard };
    let mut read = || -> io::Result<ExportDoc> {
        let export = Export::recall(&mut from)?;
        let count = export.earners.iter().map(|earner| earner.awards.len()).sum();
        let mut digests = Vec::with_capacity(count);
        for _ in 0..count {
            digests.push(Short(from.input.array()?));
        }
        Ok(ExportDoc { file: Arc::clone(&file.path), export, digests, rest: None })
    };
    read().ok()
}

/// How far behind the beginning of a record its texts are looked for, in bytes.
const NEAR: usize = 16 * 1024;

/// How far before its id a record may begin, in bytes.
const BEFORE: usize = 2 * 1024;

struct Keeper<'s> {
    source: &'s [u8],
    /// From where on texts are looked for.
    from: usize,
    out: Vec<u8>,
    is_fine: bool,
}

impl Keeper<'_> {
    fn number(&mut self, value: u64) {
        compact::number(&mut self.out, value);
    }

    /// Where a text stands, or the text.
    fn text(&mut self, text: &str, is_private: bool) {
        let near = self.source.get(self.from..).unwrap_or_default();
        let near = near.get(..NEAR).unwrap_or(near);
        match memmem::find(near, text.as_bytes()) {
            // The lowest bit tells the two apart.
            Some(at) => {
                self.number((at as u64) << 1);
                self.number(text.len() as u64);
            }
            None if is_private => self.is_fine = false,
            None => {
                self.number(1);
                compact::text(&mut self.out, text.as_bytes());
            }
        }
    }

    /// Goes on to a record with this text, which is one of its first as a rule.
    fn go_to(&mut self, text: &str) {
        let rest = self.source.get(self.from..).unwrap_or_default();
        let ahead = memmem::find(rest.get(..NEAR).unwrap_or(rest), text.as_bytes()).unwrap_or(0).saturating_sub(BEFORE);
        self.from += ahead;
        self.number(ahead as u64);
    }
}

struct Recaller<'s> {
    source: &'s str,
    at: usize,
    input: Input<&'s [u8]>,
    shard: Shard,
}

impl Recaller<'_> {
    fn number<T: TryFrom<u64>>(&mut self) -> io::Result<T> {
        self.input.small()
    }

    fn text(&mut self) -> io::Result<Box<str>> {
        let place: u64 = self.number()?;
        if place & 1 == 1 {
            return Ok(self.input.text()?.into());
        }
        let start = usize::try_from(place >> 1).ok().and_then(|ahead| self.at.checked_add(ahead));
        let length: usize = self.number()?;
        let end = start.and_then(|start| start.checked_add(length));
        let text = start.zip(end).and_then(|(start, end)| self.source.get(start..end));
        text.map(Box::from).ok_or_else(damaged)
    }

    fn go(&mut self) -> io::Result<()> {
        self.at = self.at.saturating_add(self.number()?);
        Ok(())
    }
}

/// What can be kept.
trait Keep: Sized {
    fn keep(&self, out: &mut Keeper<'_>);
    fn recall(from: &mut Recaller<'_>) -> io::Result<Self>;
}

macro_rules! texts {
    ($is_private:literal: $($name:ident),*) => {$(
        impl Keep for $name {
            fn keep(&self, out: &mut Keeper<'_>) {
                out.text(self, $is_private);
            }
            fn recall(from: &mut Recaller<'_>) -> io::Result<Self> {
                from.text().map(Self::kept)
            }
        }
    )*};
}

texts!(false: Alias, AwardId, ContentPath, Line, Prose, Slug, WebUrl);
texts!(true: EarnerId, Email);

impl<T: Keep> Keep for Option<T> {
    fn keep(&self, out: &mut Keeper<'_>) {
        out.out.push(u8::from(self.is_some()));
        if let Some(value) = self {
            value.keep(out);
        }
    }
    fn recall(from: &mut Recaller<'_>) -> io::Result<Self> {
        match from.input.byte()? {
            0 => Ok(None),
            _ => T::recall(from).map(Some),
        }
    }
}

impl<T: Keep> Keep for Vec<T> {
    fn keep(&self, out: &mut Keeper<'_>) {
        out.number(self.len() as u64);
        self.iter().for_each(|item| item.keep(out));
    }
    fn recall(from: &mut Recaller<'_>) -> io::Result<Self> {
        // What a number says is not believed before that much has been read.
        let count: usize = from.number()?;
        let mut items = Self::with_capacity(count.min(from.input.from.len()));
        for _ in 0..count {
            items.push(T::recall(from)?);
        }
        Ok(items)
    }
}

impl Keep for Date {
    fn keep(&self, out: &mut Keeper<'_>) {
        out.out.extend_from_slice(&self.year().to_le_bytes());
        out.out.extend_from_slice(&self.month().to_le_bytes());
        out.out.extend_from_slice(&self.day().to_le_bytes());
    }
    fn recall(from: &mut Recaller<'_>) -> io::Result<Self> {
        let year = i16::from_le_bytes(from.input.array()?);
        let (month, day) = (i8::from_le_bytes(from.input.array()?), i8::from_le_bytes(from.input.array()?));
        Self::new(year, month, day).map_err(|_| damaged())
    }
}

impl Keep for Timestamp {
    fn keep(&self, out: &mut Keeper<'_>) {
        out.out.extend_from_slice(&self.as_second().to_le_bytes());
        out.out.extend_from_slice(&self.subsec_nanosecond().to_le_bytes());
    }
    fn recall(from: &mut Recaller<'_>) -> io::Result<Self> {
        let (second, rest) = (i64::from_le_bytes(from.input.array()?), i32::from_le_bytes(from.input.array()?));
        Self::new(second, rest).map_err(|_| damaged())
    }
}

/// Enumerations: for each case a number, and what it holds.
macro_rules! cases {
    ($type:ident { $($number:literal => $case:ident $(($held:ident))?),* $(,)? }) => {
        impl Keep for $type {
            fn keep(&self, out: &mut Keeper<'_>) {
                match self {
                    $(Self::$case $(($held))? => {
                        out.out.push($number);
                        $($held.keep(out);)?
                    })*
                }
            }
            fn recall(from: &mut Recaller<'_>) -> io::Result<Self> {
                match from.input.byte()? {
                    $($number => Ok(Self::$case $(({
                        let $held = Keep::recall(from)?;
                        $held
                    }))?),)*
                    _ => Err(damaged()),
                }
            }
        }
    };
}

cases!(When { 0 => Day(day), 1 => Instant(instant) });
cases!(Edge { 0 => Start(day), 1 => End(day) });
cases!(Visibility { 0 => Public, 1 => Unlisted, 2 => Private });
cases!(Decision { 0 => Revoked, 1 => Suspended });

/// Records: all their fields in turn. One that is left out does not compile.
macro_rules! record_parts {
    ($type:ident { $($field:ident),* $(,)? }) => {
        impl Keep for $type {
            fn keep(&self, out: &mut Keeper<'_>) {
                let Self { $($field),* } = self;
                $($field.keep(out);)*
            }
            fn recall(from: &mut Recaller<'_>) -> io::Result<Self> {
                $(let $field = Keep::recall(from)?;)*
                Ok(Self { $($field),* })
            }
        }
    };
}

record_parts!(Export { exported_at, badges, earners });
record_parts!(BadgeRecord { id, name, abbreviation, kind, description, criteria, image, skills, validity, renewal });
record_parts!(RenewalRecord { url, question });
record_parts!(AwardRecord { id, badge, issued, expires, status, reason, renewed, replaces, aliases, evidence });
record_parts!(EvidenceRecord { name, url, narrative });
record_parts!(Instant { at, edge });

impl Keep for EarnerRecord {
    fn keep(&self, out: &mut Keeper<'_>) {
        let Self { id, name, preferred_name, email, company, job_title, visibility, handle, awards } = self;
        // Their texts stand near each other, so that they are found fast.
        out.go_to(id);
        id.keep(out);
        name.keep(out);
        preferred_name.keep(out);
        email.keep(out);
        company.keep(out);
        job_title.keep(out);
        visibility.keep(out);
        handle.keep(out);
        awards.keep(out);
    }
    fn recall(from: &mut Recaller<'_>) -> io::Result<Self> {
        from.go()?;
        let mut earner = Self {
            id: Keep::recall(from)?,
            name: Keep::recall(from)?,
            preferred_name: Keep::recall(from)?,
            email: Keep::recall(from)?,
            company: Keep::recall(from)?,
            job_title: Keep::recall(from)?,
            visibility: Keep::recall(from)?,
            handle: Keep::recall(from)?,
            awards: Keep::recall(from)?,
        };
        // At once, so that the memory is free for the next record.
        share::lighten(&mut earner, from.shard);
        Ok(earner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Reader, scan};
    use std::fs;

    const TEXT: &str = r#"exported_at: 2026-11-20T06:00:00.25Z
badges:
  - id: ccxp
    name: Certified
    abbreviation: CCXP
    kind: Certification
    description: One sentence.
    criteria: |
      - one
      - two
    image: ccxp.svg
    skills: [Listening, "Ze\u0301ro"]
    validity: three years
    renewal: {url: "https://renew.example", question: renew}
earners:
  - awards:
      - id: award-1
        badge: ccxp
        issued: 2024-02-29
        expires: 2027-03-01T00:00:00-05:00
        status: suspended
        reason: "Wait\u0021"
        renewed: [2025-01-01, 2026-01-01T12:00:00Z]
        aliases: [old/1, cr-2]
        evidence: [{name: Work, url: "https://work.example/1", narrative: "Much *work*"}, {narrative: x}]
      - {id: award-2, badge: ccxp, issued: 2026-12-31T23:59:59Z, replaces: award-1}
    handle: zoe
    visibility: private
    company: A & B
    email: Zoe@mail.example
    preferred_name: Zoe
    name: Zo\u00eb Old
    id: e-1
  - id: e-2
    name: Kim
    job_title: Head
    visibility: public
    awards: [{id: award-3, badge: ccxp, issued: 2020-01-01, status: revoked}]
"#;

    fn read(text: &str) -> (ExportDoc, File) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("content")).unwrap();
        fs::write(folder.path().join("content/a.yaml"), text).unwrap();
        let (snapshot, _) = scan(folder.path());
        let file = snapshot.content.first().unwrap().clone();
        let (documents, problems) = Reader::new().parse(&snapshot);
        let doc = documents.unwrap().exports.pop().unwrap_or_else(|| panic!("{problems:#?}"));
        (Arc::into_inner(doc).unwrap(), file)
    }

    #[test]
    fn what_is_recalled_is_what_was_kept() {
        let (doc, file) = read(TEXT);
        let kept = keep(&doc, &file).unwrap();
        let again = recall(&kept, &file, Shard::WHOLE).unwrap();
        assert_eq!(again.export, doc.export);
        assert_eq!(again.digests, doc.digests);
        assert_eq!(again.file, doc.file);
        for at in 0..kept.len() {
            assert!(recall(&kept[..at], &file, Shard::WHOLE).is_none(), "cut at {at}");
            let mut other = kept.clone();
            other[at] ^= 1;
            assert!(recall(&other, &file, Shard::WHOLE).is_none(), "another byte at {at}");
        }
    }

    #[test]
    fn nothing_private_is_kept_and_what_cannot_be_pointed_at_is_read_again() {
        let (doc, file) = read(TEXT);
        let kept = String::from_utf8_lossy(&keep(&doc, &file).unwrap()).into_owned();
        for private in ["mail.example", "Zoe", "e-1", "A & B"] {
            assert!(!kept.contains(private), "{private}");
        }
        assert!(kept.contains("Wait!"), "what is written with an escape is kept itself");
        for escaped in [r#"email: "zoe\x40mail.example""#, r#"id: "e\x2d1""#] {
            let key = escaped.split(':').next().unwrap();
            let text: String = TEXT
                .lines()
                .map(|line| match line.trim_start() {
                    own if own.starts_with(&format!("{key}: "))
                        && line.starts_with("    ")
                        && !line.contains("ccxp") =>
                    {
                        format!("    {escaped}\n")
                    }
                    _ => format!("{line}\n"),
                })
                .collect();
            let (doc, file) = read(&text);
            assert!(keep(&doc, &file).is_none(), "{escaped}");
        }
    }

    #[test]
    fn another_file_or_program_has_another_name() {
        let (_, file) = read(TEXT);
        let (_, other) = read(&TEXT.replace("e-2", "e-3"));
        let moved = File { path: "content/b.yaml".into(), ..file.clone() };
        let names = [name(&file, "1"), name(&file, "2"), name(&other, "1"), name(&moved, "1")];
        assert!(names.iter().all(|name| name.len() == 32));
        assert_eq!(names.iter().collect::<std::collections::HashSet<_>>().len(), 4);
    }
}
