//! Values for templates, made by hand where speed counts.
//!
//! Templates get maps. Serializing a struct into one walks it twice and copies every
//! text in it; here a map is put together directly, and what many pages share (a badge
//! with its criteria, the questions of a status) is made once and shared by reference
//! count.

use tera::{Map, Value};

/// A map in the making. Its order is not kept, so templates must not loop over it.
#[derive(Debug, Clone, Default)]
pub struct Object(Map);

impl Object {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.0.insert(key.into(), value.into());
        self
    }

    /// Adds a value if there is one; otherwise the key stays undefined, which templates test for.
    #[must_use]
    pub fn maybe(self, key: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        object.0.into()
    }
}
