//! An award's status: a list of 131,072 bits, of which one counts (Bitstring Status List 1.0).

use std::{io::Read as _, sync::OnceLock};

use flate2::{Compression, GzBuilder};

use super::{
    json::Json,
    keys::{base64url, from_base64url},
    ob3::STATUS_INDEX,
    record::Record,
};

/// How many bits a list has at least (section 2.2, so that nobody is recognized by a position).
pub const BITS: usize = 131_072;

/// How many bytes a list may have when it is unpacked.
pub const LARGEST: usize = 4 * 1024 * 1024;

/// The list as it is written: the same bytes on any machine.
pub fn encoded(is_set: bool) -> &'static str {
    static LISTS: [OnceLock<String>; 2] = [OnceLock::new(), OnceLock::new()];
    let [clear, set] = &LISTS;
    if is_set { set.get_or_init(|| encode(true)) } else { clear.get_or_init(|| encode(false)) }
}

fn encode(is_set: bool) -> String {
    let mut bits = vec![0_u8; BITS / 8];
    if let (true, Some(byte)) = (is_set, bits.get_mut(STATUS_INDEX / 8)) {
        // The first bit is the most significant one.
        *byte |= 0x80 >> (STATUS_INDEX % 8);
    }
    // No time and no name; 255 is "unknown system".
    let mut packed = Vec::new();
    let mut encoder = GzBuilder::new().mtime(0).operating_system(255).read(bits.as_slice(), Compression::best());
    // Reading from memory does not fail.
    let _ = encoder.read_to_end(&mut packed);
    format!("u{}", base64url(packed))
}

/// What is wrong with a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListFault {
    /// It cannot be unpacked.
    #[error("the status list cannot be unpacked")]
    Packed,
    /// It would be larger than [`LARGEST`].
    #[error("the status list is larger than 4 MiB when it is unpacked")]
    Large,
    /// It has fewer than [`BITS`] bits.
    #[error("the status list is too short: it has to have 131,072 bits")]
    Short,
    /// The position is not in it.
    #[error("the status list ends before the position that the credential names")]
    Position,
}

/// Reads one bit of a list. It is unpacked no further than [`LARGEST`]. A list that is too short can withdraw an award,
/// but not vouch for one.
pub fn bit(encoded: &str, index: usize) -> Result<bool, ListFault> {
    let packed = encoded.strip_prefix('u').and_then(from_base64url).ok_or(ListFault::Packed)?;
    let mut bits = Vec::new();
    let limit = LARGEST as u64 + 1;
    flate2::read::GzDecoder::new(packed.as_slice())
        .take(limit)
        .read_to_end(&mut bits)
        .map_err(|_| ListFault::Packed)?;
    if bits.len() > LARGEST {
        return Err(ListFault::Large);
    }
    let byte = bits.get(index / 8);
    match byte.map(|byte| byte & (0x80 >> (index % 8)) != 0) {
        Some(true) => Ok(true),
        _ if bits.len() < BITS / 8 => Err(ListFault::Short),
        Some(false) => Ok(false),
        None => Err(ListFault::Position),
    }
}

/// Since when a list counts. It holds as soon as it is there, also of an award that begins later and is withdrawn before;
/// what it was made at is not said, so that it changes with the status and with nothing else.
pub const SINCE: &str = "2000-01-01T00:00:00Z";

/// status.json without its proof. The list's id is its address.
pub fn credential(record: &Record, is_set: bool) -> Json {
    Json::Object(members(record, is_set))
}

/// status.json with its proof.
pub fn signed_credential(record: &Record, is_set: bool, proof: Json) -> Json {
    let mut members = members(record, is_set);
    members.push(("proof", proof));
    Json::Object(members)
}

/// The id of the list in its credential.
pub fn list_id(record: &Record) -> String {
    format!("{}#list", record.status)
}

fn members(record: &Record, is_set: bool) -> Vec<(&'static str, Json)> {
    vec![
        ("@context", Json::texts(["https://www.w3.org/ns/credentials/v2"])),
        ("id", Json::text(&record.status)),
        ("type", Json::texts(["VerifiableCredential", "BitstringStatusListCredential"])),
        ("issuer", Json::text(&record.issuer.did)),
        ("validFrom", Json::text(SINCE)),
        (
            "credentialSubject",
            Json::Object(vec![
                ("id", Json::text(list_id(record))),
                ("type", Json::text("BitstringStatusList")),
                ("statusPurpose", Json::text("revocation")),
                ("encodedList", Json::text(encoded(is_set))),
            ]),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bit_counts() {
        assert_eq!(bit(encoded(true), STATUS_INDEX), Ok(true));
        assert_eq!(bit(encoded(false), STATUS_INDEX), Ok(false));
        assert_eq!(
            (0..BITS).filter(|at| at % 997 < 3).map(|at| bit(encoded(true), at)).filter(|set| *set == Ok(true)).count(),
            1
        );
        assert_eq!(bit(encoded(true), BITS), Err(ListFault::Position));
    }

    #[test]
    fn the_header_is_fixed() {
        let packed = from_base64url(&encoded(true)[1..]).unwrap();
        // RFC 1952: magic, deflate, no flags, no time, best compression, unknown system.
        assert_eq!(packed[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
    }

    #[test]
    fn lists_of_others() {
        // Of the Digital Credentials Consortium's and 1EdTech's test files.
        let dcc = "uH4sIAAAAAAAAA-3BMQEAAAwCoGUx6aLbwgvIHwAAAAAAAAAAAAAAwFwBZnztF9QwAAA";
        // 100,000 bits.
        assert_eq!(bit(dcc, 8), Ok(true));
        assert_eq!(bit(dcc, 7), Err(ListFault::Short));
        let one = "uH4sIAAAAAAAA_-3BMQEAAAzDoMy_6cnoA9QFAAAAAAAAAAAAAAAAAAAAbD3uPa2cAEAAAA";
        assert_eq!(bit(one, 23), Ok(true));
    }

    #[test]
    fn bombs_and_stumps_are_refused() {
        let pack = |bytes: usize| {
            let mut packed = Vec::new();
            let zeros = vec![0_u8; bytes];
            GzBuilder::new().read(zeros.as_slice(), Compression::best()).read_to_end(&mut packed).unwrap();
            format!("u{}", base64url(packed))
        };
        assert_eq!(bit(&pack(LARGEST + 1), 0), Err(ListFault::Large));
        assert_eq!(bit(&pack(LARGEST), 0), Ok(false));
        assert_eq!(bit(&pack(BITS / 8 - 1), 0), Err(ListFault::Short));
        for wrong in ["", "u", "z123", "uAAAA", &encoded(true)[..40]] {
            assert_eq!(bit(wrong, 0), Err(ListFault::Packed), "{wrong}");
        }
    }
}
