//! JSON of strangers: read within bounds, and refused where two programs could read it differently.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How many bytes JSON and JWTs may have.
pub const LARGEST: usize = 256 * 1024;

/// How many objects and lists may stand in each other.
pub const DEEPEST: usize = 32;

/// Why JSON is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonFault {
    /// It is larger than [`LARGEST`].
    #[error("it is larger than 256 KiB")]
    Large,
    /// It is deeper than [`DEEPEST`].
    #[error("more than 32 objects or lists stand in each other")]
    Deep,
    /// A name is there twice, and programs differ in which of the two they believe.
    #[error("`{0}` is there twice")]
    Twice(String),
    /// It is no JSON. The line and the column are where reading ended.
    #[error("it is no JSON (line {line}, column {column})")]
    Syntax {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
}

/// Reads JSON.
pub fn read(bytes: &[u8]) -> Result<Value, JsonFault> {
    if bytes.len() > LARGEST {
        return Err(JsonFault::Large);
    }
    // Byte order marks are allowed to be ignored (RFC 8259 section 8.1).
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut found = None;
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = Strict { depth: 0, found: &mut found }.deserialize(&mut deserializer);
    match read.and_then(|value| deserializer.end().map(|()| value)) {
        Ok(value) => Ok(value),
        Err(error) => Err(found.unwrap_or(JsonFault::Syntax { line: error.line(), column: error.column() })),
    }
}

struct Strict<'a> {
    depth: usize,
    found: &'a mut Option<JsonFault>,
}

impl Strict<'_> {
    /// Remembers the reason: serde passes on no more than a text.
    fn stop<E: de::Error>(&mut self, fault: JsonFault) -> E {
        *self.found = Some(fault);
        E::custom("refused")
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("no number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        if self.depth >= DEEPEST {
            return Err(self.stop(JsonFault::Deep));
        }
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(Strict { depth: self.depth + 1, found: self.found })? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        if self.depth >= DEEPEST {
            return Err(self.stop(JsonFault::Deep));
        }
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            if members.contains_key(&name) {
                return Err(self.stop(JsonFault::Twice(name.chars().take(40).collect())));
            }
            let value = access.next_value_seed(Strict { depth: self.depth + 1, found: self.found })?;
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_json_is_read_as_serde_reads_it() {
        let text = r#"{"a":[1,-2,3.5,true,null,"ü\ud83d\ude00"],"b":{"a":{}},"c":18446744073709551615}"#;
        assert_eq!(read(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(read(b"\xef\xbb\xbf {} ").unwrap(), serde_json::json!({}));
    }

    #[test]
    fn names_are_there_once() {
        assert_eq!(read(br#"{"a":{"b":1,"c":2,"b":1}}"#), Err(JsonFault::Twice("b".to_owned())));
        // The same name, written with an escape.
        assert_eq!(read(br#"{"ab":1,"\u0061b":1}"#), Err(JsonFault::Twice("ab".to_owned())));
    }

    #[test]
    fn bounds() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(nested(DEEPEST).as_bytes()).is_ok());
        assert_eq!(read(nested(DEEPEST + 1).as_bytes()), Err(JsonFault::Deep));
        assert_eq!(read(nested(100_000).as_bytes()), Err(JsonFault::Deep));
        assert_eq!(read("{\"a\":".repeat(50_000).as_bytes()), Err(JsonFault::Deep));
        assert_eq!(read(&vec![b' '; LARGEST + 1]), Err(JsonFault::Large));
    }

    #[test]
    fn no_json() {
        for wrong in ["", "{", "{} {}", "nul", "[1,]", "{a:1}", "\"\\ud800\"", "\u{0}", "1e999", "'a'", "NaN"] {
            assert!(matches!(read(wrong.as_bytes()), Err(JsonFault::Syntax { .. })), "{wrong}");
        }
        assert!(matches!(read(b"\"\xff\""), Err(JsonFault::Syntax { .. })));
    }
}
