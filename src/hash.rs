//! Digests: what an output depends on, as 32 bytes, or as 16 where there are many of them.
//!
//! Everything incremental rests on these. A digest is made of the values themselves,
//! through `std::hash::Hash`, which every record derives: a field that is added to a
//! record cannot be forgotten. Digests are compared only with ones that the same
//! version of the program made (the version is part of every job's identity), so it
//! does not matter that `Hash` promises no stable byte stream across versions.

use std::hash::Hasher;

/// A BLAKE3 hash of what something depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Digest(pub [u8; 32]);

/// As 64 hexadecimal digits.
impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&blake3::Hash::from_bytes(self.0))
    }
}

impl<'de> serde::Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        blake3::Hash::from_hex(text).map(Self::from).map_err(serde::de::Error::custom)
    }
}

impl From<blake3::Hash> for Digest {
    fn from(hash: blake3::Hash) -> Self {
        Self(*hash.as_bytes())
    }
}

impl Digest {
    /// The digest of whatever `write` hashes.
    pub fn of(write: impl FnOnce(&mut DigestHasher)) -> Self {
        let mut hasher = DigestHasher::default();
        write(&mut hasher);
        hasher.digest()
    }

    /// The digest of one value.
    pub fn of_value(value: &(impl std::hash::Hash + ?Sized)) -> Self {
        Self::of(|hasher| value.hash(hasher))
    }
}

/// A table with very many keys: the standard library's hash takes three times as long.
pub type Table<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;
/// The same without values.
pub type Keys<K> = std::collections::HashSet<K, foldhash::fast::RandomState>;

/// The first half of a digest. 128 bits are plenty to tell whether something is what it was at the last build; nobody
/// gains by forging one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Short(pub [u8; 16]);

impl Short {
    /// Of bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Digest::from(blake3::hash(bytes)).short()
    }
}

impl Digest {
    /// Its first half.
    pub fn short(&self) -> Short {
        self.0.first_chunk().map_or(Short::default(), |half| Short(*half))
    }
}

/// Gathers what is hashed in a small buffer first: BLAKE3 is fast on kilobytes, not on the many
/// small writes that `Hash` makes.
#[derive(Debug)]
pub struct DigestHasher {
    buffer: Vec<u8>,
    hasher: Option<Box<blake3::Hasher>>,
}

/// How much most values are: a buffer that has to grow again and again takes longer than hashing it.
const USUAL: usize = 1024;

impl Default for DigestHasher {
    fn default() -> Self {
        Self { buffer: Vec::with_capacity(USUAL), hasher: None }
    }
}

/// From how many bytes on the buffer is emptied.
const FULL: usize = 64 * 1024;

impl DigestHasher {
    fn digest(mut self) -> Digest {
        match &mut self.hasher {
            None => Digest::from(blake3::hash(&self.buffer)),
            Some(hasher) => Digest::from(hasher.update(&self.buffer).finalize()),
        }
    }
}

impl Hasher for DigestHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() > FULL {
            self.hasher.get_or_insert_with(Default::default).update(&self.buffer);
            self.buffer.clear();
        }
    }

    /// Not used: a digest has 32 bytes, see [`Digest::of`].
    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_and_its_parts_differ_from_each_other() {
        let long = "x".repeat(3 * FULL);
        assert_ne!(Digest::of_value(&long), Digest::of_value(&long[1..]));
        assert_eq!(Digest::of_value(&long), Digest::of_value(long.as_str()));
        assert_ne!(Digest::of_value(&("a", "bc")), Digest::of_value(&("ab", "c")));
    }
}
