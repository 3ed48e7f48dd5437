//! Keys of a site's own.

use serde::{Deserialize, Deserializer, de};

/// How deep lists and mappings under `extra:` may lie in each other.
pub const EXTRA_DEPTH: usize = 16;

/// What front matter has under `extra:`: keys of a site's own, for templates of its theme.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Extra(serde_yaml::Mapping);

impl Extra {
    /// Its keys with their values.
    pub fn pairs(&self) -> &serde_yaml::Mapping {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Extra {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde_yaml::Value as Yaml;
        /// Whether it is no deeper than that, and all keys are texts.
        fn is_fine(value: &Yaml, depth: usize) -> bool {
            match value {
                Yaml::Sequence(items) => depth > 0 && items.iter().all(|item| is_fine(item, depth - 1)),
                Yaml::Mapping(pairs) => {
                    let is_text = |key: &Yaml| !matches!(key, Yaml::Sequence(_) | Yaml::Mapping(_) | Yaml::Tagged(_));
                    depth > 0 && pairs.iter().all(|(key, value)| is_text(key) && is_fine(value, depth - 1))
                }
                Yaml::Tagged(_) => false,
                _ => true,
            }
        }
        let value = Yaml::Mapping(serde_yaml::Mapping::deserialize(deserializer)?);
        match value {
            value if !is_fine(&value, EXTRA_DEPTH) => Err(de::Error::custom("this is nested too deep")),
            Yaml::Mapping(pairs) => Ok(Self(pairs)),
            _ => Ok(Self::default()),
        }
    }
}
