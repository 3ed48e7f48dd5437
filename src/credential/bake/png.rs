//! Credentials in PNGs: `iTXt` chunks (PNG third edition, section 11.3.3.4).

use std::io::Read as _;

use super::{BakeFault, Baked, LARGEST};
use crate::credential::strict;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The keyword of Open Badges 3.0.
const CREDENTIAL: &[u8] = b"openbadgecredential";
/// The keyword of Open Badges 2.0.
const ASSERTION: &[u8] = b"openbadges";

/// Whether something says that it is a PNG.
pub fn is_png(bytes: &[u8]) -> bool {
    bytes.starts_with(SIGNATURE)
}

/// One chunk.
struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
    /// With length, type and checksum.
    whole: &'a [u8],
}

impl Chunk<'_> {
    /// The keyword of a text chunk, and what follows it.
    fn keyword(&self) -> Option<(&[u8], &[u8])> {
        if !matches!(&self.kind, b"iTXt" | b"tEXt" | b"zTXt") {
            return None;
        }
        let end = self.data.iter().take(80).position(|byte| *byte == 0)?;
        Some((self.data.get(..end)?, self.data.get(end + 1..)?))
    }
}

/// The chunks of a file, up to IEND, with their checksums or whatever stands there.
fn chunks(bytes: &[u8], is_whole: impl Fn(&Chunk<'_>, u32) -> bool) -> Result<Vec<Chunk<'_>>, BakeFault> {
    let mut rest = bytes.strip_prefix(SIGNATURE).ok_or(BakeFault::Png("it is none"))?;
    let mut chunks = Vec::new();
    loop {
        let (length, after) = rest.split_first_chunk::<4>().ok_or(BakeFault::Png("it ends early"))?;
        let length = u32::from_be_bytes(*length) as usize;
        let (kind, after) = after.split_first_chunk::<4>().ok_or(BakeFault::Png("it ends early"))?;
        let data = after.get(..length).ok_or(BakeFault::Png("a chunk is longer than the file"))?;
        let sum =
            after.get(length..).and_then(|rest| rest.first_chunk::<4>()).ok_or(BakeFault::Png("it ends early"))?;
        let whole = rest.get(..length + 12).ok_or(BakeFault::Png("it ends early"))?;
        let chunk = Chunk { kind: *kind, data, whole };
        if !is_whole(&chunk, u32::from_be_bytes(*sum)) {
            return Err(BakeFault::Png("a checksum is wrong"));
        }
        rest = rest.get(length + 12..).ok_or(BakeFault::Png("it ends early"))?;
        let is_end = kind == b"IEND";
        chunks.push(chunk);
        if is_end {
            return Ok(chunks);
        }
    }
}

/// Whether a chunk's checksum is its own.
fn fits(chunk: &Chunk<'_>, sum: u32) -> bool {
    let mut hash = crc32fast::Hasher::new();
    hash.update(&chunk.kind);
    hash.update(chunk.data);
    hash.finalize() == sum
}

fn text_chunk(keyword: &[u8], text: &str) -> Vec<u8> {
    // Not compressed, no language, no translated keyword.
    let data = [keyword, b"\0\0\0\0\0", text.as_bytes()].concat();
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut hash = crc32fast::Hasher::new();
    hash.update(b"iTXt");
    hash.update(&data);
    [length.to_be_bytes().as_slice(), b"iTXt", &data, &hash.finalize().to_be_bytes()].concat()
}

/// Puts a credential and the address of the assertion into a picture, before its pixels, in place of those that are
/// there. Nothing else changes.
pub fn bake(picture: &[u8], credential: &str, assertion: Option<&str>) -> Result<Vec<u8>, BakeFault> {
    let mut out = Vec::with_capacity(picture.len() + credential.len() + 256);
    out.extend(SIGNATURE);
    let mut is_in = false;
    for chunk in chunks(picture, fits)? {
        if chunk.keyword().is_some_and(|(keyword, _)| keyword == CREDENTIAL || keyword == ASSERTION) {
            continue;
        }
        if !is_in && &chunk.kind == b"IDAT" {
            out.extend(text_chunk(CREDENTIAL, credential));
            if let Some(address) = assertion {
                out.extend(text_chunk(ASSERTION, address));
            }
            is_in = true;
        }
        out.extend(chunk.whole);
    }
    if is_in { Ok(out) } else { Err(BakeFault::Png("it has no pixels")) }
}

/// Looks into a picture. Its checksums are not looked at: what was changed in the credential is told by its signature,
/// whether or not somebody has mended the checksum, and what was changed in the pixels is not what is asked about.
pub fn unbake(bytes: &[u8]) -> Result<Baked, BakeFault> {
    if bytes.len() > LARGEST {
        return Err(BakeFault::Large);
    }
    let mut baked = Baked::default();
    for chunk in chunks(bytes, |_, _| true)? {
        let Some((keyword, rest)) = chunk.keyword() else { continue };
        let place = match keyword {
            CREDENTIAL => &mut baked.credential,
            ASSERTION => &mut baked.assertion,
            _ => continue,
        };
        if place.is_some() {
            return Err(BakeFault::Twice);
        }
        *place = Some(text(chunk.kind, rest)?);
    }
    Ok(baked)
}

/// The text of a chunk, after its keyword.
fn text(kind: [u8; 4], rest: &[u8]) -> Result<String, BakeFault> {
    let bytes = match &kind {
        b"tEXt" => rest.to_vec(),
        b"zTXt" => unpack(rest.get(1..).ok_or(BakeFault::Text)?)?,
        _ => {
            let ([is_packed, _method], rest) = rest.split_first_chunk::<2>().ok_or(BakeFault::Text)?;
            let after = |bytes: &[u8]| bytes.iter().position(|byte| *byte == 0).map(|at| at + 1);
            let language = after(rest).ok_or(BakeFault::Text)?;
            let rest = rest.get(language..).ok_or(BakeFault::Text)?;
            let translated = after(rest).ok_or(BakeFault::Text)?;
            let rest = rest.get(translated..).ok_or(BakeFault::Text)?;
            match is_packed {
                0 => rest.to_vec(),
                1 => unpack(rest)?,
                _ => return Err(BakeFault::Text),
            }
        }
    };
    if bytes.len() > strict::LARGEST {
        return Err(BakeFault::Unpacked);
    }
    String::from_utf8(bytes).map_err(|_| BakeFault::Text)
}

/// Unpacks no more than a credential may be long.
fn unpack(packed: &[u8]) -> Result<Vec<u8>, BakeFault> {
    let mut bytes = Vec::new();
    let limit = strict::LARGEST as u64 + 1;
    flate2::read::ZlibDecoder::new(packed).take(limit).read_to_end(&mut bytes).map_err(|_| BakeFault::Text)?;
    Ok(bytes)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
        let mut hash = crc32fast::Hasher::new();
        hash.update(&kind);
        hash.update(data);
        let length = u32::try_from(data.len()).unwrap();
        [length.to_be_bytes().as_slice(), &kind, data, &hash.finalize().to_be_bytes()].concat()
    }

    fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
        let mut out = SIGNATURE.to_vec();
        out.extend(chunk(*b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]));
        out.extend(chunks.concat());
        out.extend(chunk(*b"IDAT", &[0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0, 1]));
        out.extend(chunk(*b"IEND", &[]));
        out
    }

    /// A picture of one pixel.
    pub(crate) fn pixel() -> Vec<u8> {
        png(&[])
    }

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        flate2::read::ZlibEncoder::new(text, flate2::Compression::best()).read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn what_is_baked_in_comes_out_and_replaces_what_was_there() {
        let once = bake(&pixel(), "{\"a\":1}", Some("https://a.example/")).unwrap();
        let twice = bake(&once, "{\"b\":2}", Some("https://b.example/")).unwrap();
        let expected = Baked { credential: Some("{\"b\":2}".into()), assertion: Some("https://b.example/".into()) };
        assert_eq!(unbake(&twice).unwrap(), expected);
        let order: Vec<_> = chunks(&twice, fits).unwrap().iter().map(|chunk| chunk.kind).collect();
        assert_eq!(order, [*b"IHDR", *b"iTXt", *b"iTXt", *b"IDAT", *b"IEND"]);
        assert_eq!(unbake(&pixel()).unwrap(), Baked::default());
    }

    #[test]
    fn other_forms_are_read_within_bounds() {
        let itxt = |data: &[u8]| png(&[chunk(*b"iTXt", &[b"openbadgecredential\0".as_slice(), data].concat())]);
        let found = |bytes: &[u8]| unbake(bytes).map(|baked| baked.credential);
        assert_eq!(found(&itxt(&[b"\x01\0en\0x\0".as_slice(), &packed(b"{}")].concat())).unwrap().unwrap(), "{}");
        let bomb = packed(&vec![b' '; 50_000_000]);
        assert_eq!(found(&itxt(&[b"\x01\0\0\0".as_slice(), &bomb].concat())), Err(BakeFault::Unpacked));
        let ztxt = png(&[chunk(*b"zTXt", &[b"openbadgecredential\0\0".as_slice(), &bomb].concat())]);
        assert_eq!(found(&ztxt), Err(BakeFault::Unpacked));
        assert_eq!(
            found(&itxt(&[b"\0\0\0\0".as_slice(), &vec![b' '; strict::LARGEST + 1]].concat())),
            Err(BakeFault::Unpacked)
        );
        for wrong in [b"".as_slice(), b"\0", b"\0\0", b"\0\0\0", b"\x02\0\0\0x", b"\x01\0\0\0x", b"\0\0\0\0\xff"] {
            assert_eq!(found(&itxt(wrong)), Err(BakeFault::Text), "{wrong:?}");
        }
        let one = chunk(*b"iTXt", b"openbadgecredential\0\0\0\0\0{}");
        assert_eq!(found(&png(&[one.clone(), one])), Err(BakeFault::Twice));
    }

    #[test]
    fn damaged_files_are_refused() {
        let good = bake(&pixel(), "{}", None).unwrap();
        for end in 0..good.len() {
            assert!(unbake(&good[..end]).is_err(), "{end}");
        }
        for at in 0..good.len() {
            let mut changed = good.clone();
            changed[at] ^= 0x80;
            // A new one is only made of a picture that is whole.
            assert!(bake(&changed, "{}", None).is_err(), "{at}");
            // A credential that is found in a damaged one is the same or another, and never more.
            let found = unbake(&changed).ok().and_then(|baked| baked.credential);
            assert!(found.is_none_or(|text| text.len() == 2), "{at}");
        }
        let mut giant = SIGNATURE.to_vec();
        giant.extend([0xff, 0xff, 0xff, 0xff]);
        giant.extend(b"IHDR");
        assert_eq!(unbake(&giant), Err(BakeFault::Png("a chunk is longer than the file")));
        assert_eq!(unbake(&vec![0; LARGEST + 1]), Err(BakeFault::Large));
    }
}
