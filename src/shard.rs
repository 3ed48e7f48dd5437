//! The share of a site that one of several machines makes.
//!
//! Awards are dealt out by a hash of their ids, so that none changes its share because another comes or goes, and no
//! machine has to ask another. What is not one award's or person's is made by the first.

use std::fmt;

/// One of `of` shares of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shard {
    /// Which, from 1.
    number: u32,
    /// Of how many; at least 1.
    of: u32,
}

impl Shard {
    /// The only share.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// What `text` names, such as `3/16`.
    ///
    /// # Errors
    /// What is wrong with it, and how it is written.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (number, of) = text
            .split_once('/')
            .ok_or("it is written as K/N, which share of how many: `3/16` is the third of sixteen")?;
        let parse = |what: &str, text: &str| -> Result<u32, String> {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let number = text.parse().ok().filter(|_| is_number);
            number.ok_or_else(|| format!("{what} is a whole number, as in `3/16`, the third of sixteen"))
        };
        let (number, of) = (parse("the share", number)?, parse("how many there are", of)?);
        match (number, of) {
            (_, 0) => Err("there is at least one share: write `1/1`, or leave this out, for the whole site".to_owned()),
            (0, _) => Err(format!("shares are counted from 1: the first is `1/{of}`, the last `{of}/{of}`")),
            _ if number > of => Err(format!("there are {of} shares, and the last is `{of}/{of}`")),
            _ => Ok(Self { number, of }),
        }
    }

    /// Which it is, from 1.
    pub fn number(self) -> u32 {
        self.number
    }

    /// How many there are.
    pub fn of(self) -> u32 {
        self.of
    }

    /// Whether it has an award, by its id.
    pub fn has(self, award_id: &str) -> bool {
        if self.is_whole() {
            return true;
        }
        let hash = blake3::hash(award_id.as_bytes());
        let first = hash.as_bytes().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        first % u64::from(self.of) == u64::from(self.number) - 1
    }

    /// Whether it has what is no award's and nobody's own.
    pub fn is_first(self) -> bool {
        self.number == 1
    }

    /// Whether there is no other.
    pub fn is_whole(self) -> bool {
        self.of == 1
    }
}

impl Default for Shard {
    fn default() -> Self {
        Self::WHOLE
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.number, self.of)
    }
}

impl serde::Serialize for Shard {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Shard {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_written_as_which_of_how_many() {
        for text in ["1/1", "3/16", "16/16", "4294967295/4294967295"] {
            assert_eq!(Shard::parse(text).unwrap().to_string(), text);
        }
        for (text, says) in [
            ("", "`3/16`"),
            ("3", "`3/16`"),
            ("3/", "how many there are is a whole number"),
            ("/16", "the share is a whole number"),
            ("+3/16", "the share is a whole number"),
            ("3/16/2", "how many there are is a whole number"),
            ("-1/16", "the share is a whole number"),
            ("1/4294967296", "how many there are is a whole number"),
            ("0/16", "the first is `1/16`"),
            ("17/16", "the last is `16/16`"),
            ("1/0", "at least one share"),
        ] {
            let problem = Shard::parse(text).unwrap_err();
            assert!(problem.contains(says), "{text}: {problem}");
        }
    }

    #[test]
    fn every_award_is_in_one_share_and_shares_are_alike() {
        for of in [1, 3, 16] {
            let shards: Vec<Shard> = (1..=of).map(|number| Shard { number, of }).collect();
            let mut counts = vec![0_u32; shards.len()];
            for award in 0..4_800 {
                let id = format!("award-{award}");
                let having: Vec<usize> = (0..shards.len()).filter(|at| shards[*at].has(&id)).collect();
                assert_eq!(having.len(), 1, "{id}");
                counts[having[0]] += 1;
            }
            // Six standard deviations of a binomial distribution are 6 √(4800 · 1/16 · 15/16) = 101 of 300.
            let mean = 4_800 / of;
            assert!(counts.iter().all(|count| count.abs_diff(mean) < mean.div_ceil(3) + 1), "{counts:?}");
        }
    }

    #[test]
    fn an_award_stays_in_its_share() {
        // BLAKE3 of "abc" begins with 6437b3ac38465133 (`printf abc | b3sum`). Another way of dealing awards out would
        // bring them all into other shares.
        for (number, of) in [(4, 16), (3, 3), (900, 1000)] {
            let having: Vec<u32> = (1..=of).filter(|number| Shard { number: *number, of }.has("abc")).collect();
            assert_eq!(having, [number]);
        }
    }
}
