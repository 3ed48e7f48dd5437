//! JSON whose members keep the order they are written in: the same input gives the same bytes.

use std::fmt::Write as _;

/// A JSON value that is going to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// A text.
    Text(String),
    /// `true` or `false`.
    Truth(bool),
    /// A whole number.
    Number(i64),
    /// Values in a row.
    List(Vec<Json>),
    /// Members, in this order.
    Object(Vec<(&'static str, Json)>),
}

/// How strings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strings {
    Plain,
    Ascii,
}

impl Json {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Texts in a row.
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    /// Without white space, in UTF-8.
    pub fn compact(&self) -> String {
        let mut out = String::with_capacity(2048);
        self.write(&mut out, Strings::Plain);
        out
    }

    /// As a file: compact, with a line break at the end.
    pub fn file(&self) -> Vec<u8> {
        let mut out = self.compact();
        out.push('\n');
        out.into_bytes()
    }

    /// In ASCII, without braces in strings: some wallets find the end of a credential in a picture by counting braces.
    /// Without `<`, `>` and `&` in strings either, so that it can stand in XML.
    pub fn ascii(&self) -> String {
        let mut out = String::with_capacity(2048);
        self.write(&mut out, Strings::Ascii);
        out
    }

    fn write(&self, out: &mut String, strings: Strings) {
        match self {
            Self::Text(text) => write_text(out, text, strings),
            Self::Truth(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Self::Number(number) => {
                let _ = write!(out, "{number}");
            }
            Self::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    item.write(out, strings);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    write_text(out, name, strings);
                    out.push(':');
                    value.write(out, strings);
                }
                out.push('}');
            }
        }
    }
}

fn write_text(out: &mut String, text: &str, strings: Strings) {
    out.push('"');
    let mut from = 0;
    for (at, c) in text.char_indices() {
        let escape = match c {
            '"' | '\\' | '\0'..='\x1f' => true,
            '{' | '}' | '<' | '>' | '&' | '\x7f'.. => strings == Strings::Ascii,
            _ => false,
        };
        if !escape {
            continue;
        }
        out.push_str(text.get(from..at).unwrap_or_default());
        from = at + c.len_utf8();
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_read_what_is_written() {
        let text: String = ('\0'..='\u{3000}').chain(['\u{fffe}', '\u{ffff}', '😀', '\u{10ffff}']).collect();
        let value = Json::Object(vec![
            ("text", Json::text(&text)),
            ("list", Json::List(vec![Json::Truth(true), Json::Number(-7), Json::Object(vec![])])),
        ]);
        let expected = serde_json::json!({"text": text, "list": [true, -7, {}]});
        for written in [value.compact(), value.ascii()] {
            assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap(), expected);
        }
        assert!(value.ascii().is_ascii());
        assert_eq!(value.ascii().matches(['{', '}']).count(), 4);
    }
}
