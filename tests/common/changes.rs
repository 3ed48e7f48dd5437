//! Changes to files, at random: of bytes, and of what the bytes mean (chunks of a PNG, parts of a JWT, values of JSON).

use std::io::{Read as _, Write as _};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// Numbers that look random and are the same for the same seed (xorshift64*).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        // The generator stands still at zero.
        Self(seed ^ 0x9e37_79b9_7f4a_7c15 | 1)
    }

    /// A number below `end`; 0 if there is none.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end.max(1)
    }

    pub fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// What has a meaning somewhere.
#[rustfmt::skip]
const TOKENS: [&[u8]; 46] = [
    b"{", b"}", b"[", b"]", b"\"", b"\\", b",", b":", b"null", b"true", b"1e999", b"-0", b"18446744073709551616",
    b"@id", b"@graph", b"@type", b"@value", b"@context", b"@reverse", b"@included", b"\"proof\":", b"\"id\":\"\",",
    b"\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"<", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"&a;", b"&#0;",
    b"<!DOCTYPE svg [<!ENTITY a \"b\">]>", b"IEND", b"\0\0\0\0IEND\xae\x42\x60\x82",
    b"iTXtopenbadgecredential\0\0\0\0\0", b"iTXtopenbadgecredential\0\x01\0\0\0", b"zTXtopenbadges\0\0", b"tEXtopenbadges\0",
    b".", b"..", b"\\ud800", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"z",
];

/// Texts that mean something in JSON of credentials, keys and JWTs.
#[rustfmt::skip]
const WORDS: [&str; 40] = [
    "", "@id", "@type", "@value", "@graph", "@context", "@vocab", "id", "type", "proof", "issuer", "controller", "kid", "jwk", "x5c",
    "alg", "none", "HS256", "ES256", "RS256", "EdDSA", "crit", "b64", "assertionMethod", "verificationMethod", "publicKeyMultibase",
    "publicKeyJwk", "proofValue", "encodedList", "statusListIndex", "statusPurpose", "https://www.w3.org/ns/credentials/v2", "urn:a:b",
    "did:web:badges.example", "did:key:z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi", "did:web:a%3A1:b", "_:a", "-1",
    "9999-12-31T23:59:60.999999999999Z", "\u{0}\u{ffff}\u{10ffff}",
];

/// Changes bytes in one to three places.
pub fn bytes(from: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut changed = from.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(changed.len() + 1);
        match random.below(9) {
            0 if at < changed.len() => changed[at] ^= 1 << random.below(8),
            1 if at < changed.len() => changed[at] = random.below(256) as u8,
            2 => changed.truncate(at),
            3 => drop(changed.splice(at..at, random.one_of(&TOKENS).iter().copied())),
            4 => {
                let end = (at + random.below(40)).min(changed.len());
                changed.drain(at..end);
            }
            // A piece of it again, elsewhere.
            5 => {
                let end = (at + random.below(400)).min(changed.len());
                let (piece, to) = (changed[at..end].to_vec(), random.below(changed.len() + 1));
                changed.splice(to..to, piece);
            }
            // Its beginning, and the end of another file.
            6 => {
                let cut = random.below(other.len() + 1);
                changed.truncate(at);
                changed.extend(&other[cut..]);
            }
            // Many of the same.
            7 => {
                let piece = random.one_of(&TOKENS).repeat(random.below(5_000));
                changed.splice(at..at, piece);
            }
            _ => {
                let piece = changed[at..(at + random.below(60)).min(changed.len())].repeat(random.below(300));
                changed.splice(at..at, piece);
            }
        }
    }
    changed
}

/// Changes values of JSON; bytes that are no JSON are changed as such.
pub fn json(from: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice::<Value>(from) else { return bytes(from, other, random) };
    for _ in 0..=random.below(3) {
        let spare = value.clone();
        let mut left = random.below(count(&value));
        change(&mut value, &mut left, &spare, random);
    }
    value.to_string().into_bytes()
}

/// How many values there are, with those inside.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// The value with a number.
fn nth<'a>(value: &'a Value, left: &mut usize) -> Option<&'a Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter().find_map(|item| nth(item, left)),
        Value::Object(members) => members.values().find_map(|item| nth(item, left)),
        _ => None,
    }
}

/// Changes the value with a number; whether it was there.
fn change(value: &mut Value, left: &mut usize, spare: &Value, random: &mut Random) -> bool {
    if *left > 0 {
        *left -= 1;
        return match value {
            Value::Array(items) => items.iter_mut().any(|item| change(item, left, spare, random)),
            Value::Object(members) => members.values_mut().any(|item| change(item, left, spare, random)),
            _ => false,
        };
    }
    let word = || -> Value { Value::String(String::new()) };
    let another = nth(spare, &mut random.below(count(spare))).cloned().unwrap_or_else(word);
    match (random.below(10), value) {
        (0, value) => *value = Value::Null,
        (1, value) => *value = Value::String((*random.one_of(&WORDS)).to_owned()),
        (2, value) => *value = another,
        (3, value) => *value = Value::Array(vec![value.clone(), another]),
        (4, value) => *value = Value::Array(vec![value.clone(); random.below(40)]),
        (5, value) => {
            // Deeper, some of it deeper than is allowed.
            for _ in 0..random.below(40) {
                *value = Value::Array(vec![value.take()]);
            }
        }
        (6, Value::Object(members)) => drop(members.insert((*random.one_of(&WORDS)).to_owned(), another)),
        (7, Value::Object(members)) => {
            if let Some(name) = members.keys().nth(random.below(members.len())).cloned() {
                members.remove(&name);
            }
        }
        // Another name for what is there.
        (8, Value::Object(members)) => {
            if let Some(name) = members.keys().nth(random.below(members.len())).cloned() {
                let moved = members.remove(&name).unwrap_or_default();
                members.insert((*random.one_of(&WORDS)).to_owned(), moved);
            }
        }
        (9, Value::Array(items)) => items.push(another),
        (_, Value::String(text)) => {
            let changed = bytes(text.as_bytes(), b"", random);
            *text = String::from_utf8_lossy(&changed).into_owned();
        }
        (_, value) => *value = Value::Object(Map::from_iter([((*random.one_of(&WORDS)).to_owned(), value.clone())])),
    }
    true
}

/// Changes what the parts of a JWT say.
pub fn jwt(from: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut parts: Vec<Vec<u8>> = from.trim_ascii().split(|byte| *byte == b'.').map(<[u8]>::to_vec).collect();
    let number = random.below(parts.len());
    let Ok(part) = URL_SAFE_NO_PAD.decode(&parts[number]) else { return bytes(from, other, random) };
    let part = if random.below(4) == 0 { bytes(&part, other, random) } else { json(&part, other, random) };
    parts[number] = URL_SAFE_NO_PAD.encode(part).into_bytes();
    parts.join(&b'.')
}

/// Changes chunks of a PNG; lengths and checksums are right, so that the change is looked at.
pub fn png(from: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut chunks = Vec::new();
    let mut rest = from.get(8..).unwrap_or_default();
    while let Some((head, tail)) = rest.split_first_chunk::<8>() {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let Some(data) = tail.get(..length) else { break };
        chunks.push((head[4..].to_vec(), data.to_vec()));
        rest = tail.get(length + 4..).unwrap_or_default();
    }
    if chunks.is_empty() {
        return bytes(from, other, random);
    }
    let number = random.below(chunks.len());
    match random.below(5) {
        0 => drop(chunks.remove(number)),
        1 => {
            let to = random.below(chunks.len());
            chunks.swap(number, to);
        }
        2 => {
            let again = chunks[number].clone();
            chunks.splice(number..number, vec![again; random.below(50)]);
        }
        // Compressed where it was not, in the other kinds of chunks that hold text.
        3 => {
            let name: &[u8] = if random.below(2) == 0 { b"openbadges\0\0" } else { b"openbadgecredential\0\0" };
            let mut packed = flate2::write::ZlibEncoder::new(name.to_vec(), flate2::Compression::fast());
            let _ = packed.write_all(&chunks[number].1.repeat(random.below(2_000)));
            chunks.insert(number, (b"zTXt".to_vec(), packed.finish().unwrap_or_default()));
        }
        _ => chunks[number].1 = bytes(&chunks[number].1, other, random),
    }
    let mut out = from[..8].to_vec();
    for (kind, data) in chunks {
        out.extend(u32::try_from(data.len()).unwrap_or_default().to_be_bytes());
        let checksum = crc32fast::hash(&[kind.as_slice(), data.as_slice()].concat());
        out.extend([kind, data].concat());
        out.extend(checksum.to_be_bytes());
    }
    out
}

/// Changes the list in a status list, packed or unpacked.
pub fn list(from: &str, other: &[u8], random: &mut Random) -> String {
    let packed = URL_SAFE_NO_PAD.decode(from.trim_start_matches('u')).unwrap_or_default();
    let packed = if random.below(2) == 0 {
        bytes(&packed, other, random)
    } else {
        let mut bits = Vec::new();
        let _ = flate2::read::GzDecoder::new(packed.as_slice()).take(1 << 20).read_to_end(&mut bits);
        let bits = match random.below(3) {
            0 => bits.repeat(random.below(600)),
            1 => bits[..random.below(bits.len() + 1)].to_vec(),
            _ => bytes(&bits, other, random),
        };
        let mut again = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let _ = again.write_all(&bits);
        again.finish().unwrap_or_default()
    };
    let prefix = if random.below(10) == 0 { "" } else { "u" };
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(packed))
}
