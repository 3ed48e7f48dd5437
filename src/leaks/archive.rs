//! ZIP archives, and with them the files of office programs and EPUBs.
//!
//! Read here rather than by a crate: all that is needed is the table at the end and Deflate, which is in the tree. An
//! archive is untrusted, so every number in it is checked against what is there.

use super::look::{DAMAGED, ENCRYPTED, Look, ODDLY_PACKED};

fn half(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..at + 2)?.try_into().ok().map(|bytes| usize::from(u16::from_le_bytes(bytes)))
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(8)?)?.try_into().ok()?;
    usize::try_from(u64::from_le_bytes(bytes)).ok()
}

/// What stands for a number that is in a longer field elsewhere.
const ELSEWHERE: usize = 0xffff_ffff;
/// How far from its end an archive's table may end: its comment.
const COMMENT: usize = 22 + 0xffff;

/// The table of an archive.
struct Table<'b> {
    rest: &'b [u8],
    /// What stands in front of the archive: the program of one that unpacks itself, or a picture.
    before: usize,
}

fn table(bytes: &[u8]) -> Option<Table<'_>> {
    let from = bytes.len().saturating_sub(COMMENT);
    let end = from + memchr::memmem::rfind(bytes.get(from..)?, b"PK\x05\x06")?;
    let mut found = vec![(word(bytes, end + 12)?, word(bytes, end + 16)?, end)];
    // A large archive has larger numbers in a second end before the first, some that are not large have one, too.
    if let Some(locator) = end.checked_sub(20)
        && bytes.get(locator..)?.starts_with(b"PK\x06\x07")
    {
        let second = [long(bytes, locator + 8)?, locator.saturating_sub(56)];
        let second = second.into_iter().find(|at| bytes.get(*at..).is_some_and(|rest| rest.starts_with(b"PK\x06\x06")));
        if let Some(at) = second {
            found.push((long(bytes, at.checked_add(40)?)?, long(bytes, at.checked_add(48)?)?, at));
        }
    }
    // Where the table says that it is, or where it must be if something stands before the archive.
    found.into_iter().find_map(|(size, start, end)| {
        let places = [Some(start), end.checked_sub(size)];
        places.into_iter().flatten().find_map(|at| {
            let rest = bytes.get(at..at.checked_add(size)?.min(end))?;
            let is_table = rest.starts_with(b"PK\x01\x02") || (size == 0 && at == end);
            is_table.then(|| Table { rest, before: at.saturating_sub(start) })
        })
    })
}

/// Looks at everything in an archive, if there is one.
pub fn look(look: &mut Look<'_>, bytes: &[u8]) {
    let Some(mut table) = table(bytes) else {
        if bytes.starts_with(b"PK\x03\x04") {
            look.found.unseen.insert(DAMAGED);
        }
        return;
    };
    while table.rest.starts_with(b"PK\x01\x02") {
        if entry(look, bytes, &mut table).is_none() {
            look.found.unseen.insert(DAMAGED);
            return;
        }
    }
}

fn entry(look: &mut Look<'_>, bytes: &[u8], table: &mut Table<'_>) -> Option<()> {
    let head = table.rest;
    let (flags, method) = (half(head, 8)?, half(head, 10)?);
    let (mut packed, unpacked, mut start) = (word(head, 20)?, word(head, 24)?, word(head, 42)?);
    let (name, extra, comment) = (half(head, 28)?, half(head, 30)?, half(head, 32)?);
    let name_at = 46;
    let extra_at = name_at + name;
    let mut fields = head.get(extra_at..extra_at + extra)?;
    let notes = head.get(extra_at + extra..extra_at + extra + comment)?;
    table.rest = head.get(extra_at + extra + comment..)?;
    // Large archives have their numbers in a field of their own, those that do not fit, in this order.
    while let (Some(kind), Some(length)) = (half(fields, 0), half(fields, 2)) {
        let field = fields.get(4..4 + length)?;
        if kind == 1 {
            let mut at = if unpacked == ELSEWHERE { 8 } else { 0 };
            if packed == ELSEWHERE {
                packed = long(field, at)?;
                at += 8;
            }
            if start == ELSEWHERE {
                start = long(field, at)?;
            }
        }
        fields = fields.get(4 + length..)?;
    }
    let name = String::from_utf8_lossy(head.get(name_at..extra_at)?);
    let name = look.name(&name);
    look.words(&String::from_utf8_lossy(notes), 0, super::secrets::Ends::Whole);
    let local = table.before.checked_add(start)?;
    let here = bytes.get(local..)?;
    if !here.starts_with(b"PK\x03\x04") {
        return None;
    }
    let data = 30 + half(here, 26)? + half(here, 28)?;
    let data = here.get(data..data.checked_add(packed)?)?;
    if flags & 1 != 0 {
        look.found.unseen.insert(ENCRYPTED);
        return Some(());
    }
    match method {
        0 => look.part(&name, data),
        8 => {
            let unpacked = look.inflate(data, false);
            look.part(&name, &unpacked);
        }
        _ => {
            look.found.unseen.insert(ODDLY_PACKED);
        }
    }
    Some(())
}
