//! The words that PDFs are made of: numbers, names, strings, lists and tables (ISO 32000, 7.3).

use std::collections::BTreeMap;

/// How deep lists and tables may lie in each other.
const DEEPEST: usize = 50;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Object {
    /// `null`, `true`, `false`: nothing that is needed here.
    Nothing,
    /// A number.
    Number(f64),
    /// `/Name`.
    Name(String),
    /// `(text)` or `<hex>`.
    String(Vec<u8>),
    /// `[…]`
    List(Vec<Self>),
    /// `<<…>>`
    Table(Table),
    /// `12 0 R`
    Reference(u32),
    /// Anything else: an operator, `obj`, `stream`.
    Word(Vec<u8>),
}

/// Names and their values.
pub type Table = BTreeMap<String, Object>;

impl Object {
    /// As a table.
    pub fn table(&self) -> Option<&Table> {
        if let Self::Table(table) = self { Some(table) } else { None }
    }

    /// As a list; another value is a list of itself.
    pub fn list(&self) -> &[Self] {
        if let Self::List(list) = self { list } else { std::slice::from_ref(self) }
    }

    /// As a name.
    pub fn name(&self) -> Option<&str> {
        if let Self::Name(name) = self { Some(name) } else { None }
    }

    /// As a whole number that counts something.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "looked at before")]
    pub fn count(&self) -> Option<usize> {
        match self {
            Self::Number(number) if (0.0..=4e9).contains(number) => Some(*number as usize),
            _ => None,
        }
    }
}

/// Reads values one after the other.
pub struct Reader<'b> {
    bytes: &'b [u8],
    /// Where it is.
    pub at: usize,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    b"()<>[]{}/%".contains(&byte)
}

impl<'b> Reader<'b> {
    /// A reader that begins at a byte.
    pub fn new(bytes: &'b [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while self.peek().is_some_and(|byte| byte != b'\n' && byte != b'\r') {
                    self.at += 1;
                }
            } else if is_space(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    /// The next value; `None` at the end, or where there is none. In the second case it has gone one byte further.
    pub fn next(&mut self) -> Option<Object> {
        self.value(0)
    }

    fn value(&mut self, depth: usize) -> Option<Object> {
        self.skip_space();
        let byte = self.peek()?;
        match byte {
            b'/' => {
                self.at += 1;
                Some(Object::Name(self.name()))
            }
            b'(' => Some(Object::String(self.string())),
            b'<' if self.bytes.get(self.at + 1) == Some(&b'<') => {
                self.at += 2;
                Some(self.table(depth))
            }
            b'<' => Some(Object::String(self.hex())),
            b'[' => {
                self.at += 1;
                Some(self.list(depth))
            }
            b')' | b'>' | b']' | b'{' | b'}' => {
                self.at += 1;
                None
            }
            b'0'..=b'9' | b'+' | b'-' | b'.' => Some(self.number()),
            _ => {
                let word = self.word();
                Some(match word {
                    b"null" | b"true" | b"false" => Object::Nothing,
                    word => Object::Word(word.to_vec()),
                })
            }
        }
    }

    fn word(&mut self) -> &'b [u8] {
        let start = self.at;
        while self.peek().is_some_and(|byte| !is_space(byte) && !is_delimiter(byte)) {
            self.at += 1;
        }
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    fn name(&mut self) -> String {
        let raw = self.word();
        let mut name = Vec::with_capacity(raw.len());
        let mut rest = raw;
        while let Some((byte, after)) = rest.split_first() {
            let escaped = (*byte == b'#').then(|| hex_byte(after)).flatten();
            name.push(escaped.unwrap_or(*byte));
            rest = if escaped.is_some() { after.get(2..).unwrap_or_default() } else { after };
        }
        String::from_utf8_lossy(&name).into_owned()
    }

    /// A number, or a reference.
    fn number(&mut self) -> Object {
        let word = self.word();
        let Some(number) = std::str::from_utf8(word).ok().and_then(|word| word.parse::<f64>().ok()) else {
            return Object::Word(word.to_vec());
        };
        if word.iter().all(u8::is_ascii_digit)
            && let Ok(id) = String::from_utf8_lossy(word).parse()
            && self.is_reference()
        {
            return Object::Reference(id);
        }
        Object::Number(number)
    }

    /// Whether `0 R` follows; if so, it is passed.
    fn is_reference(&mut self) -> bool {
        let start = self.at;
        self.skip_space();
        let generation = self.word();
        let is_generation =
            !generation.is_empty() && generation.len() <= 5 && generation.iter().all(u8::is_ascii_digit);
        self.skip_space();
        if is_generation && self.peek() == Some(b'R') && self.word() == b"R" {
            return true;
        }
        self.at = start;
        false
    }

    fn string(&mut self) -> Vec<u8> {
        self.at += 1;
        let mut text = Vec::new();
        let mut open = 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        break;
                    }
                }
                b'\\' => {
                    self.escape(&mut text);
                    continue;
                }
                _ => {}
            }
            text.push(byte);
        }
        text
    }

    fn escape(&mut self, text: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        match byte {
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'b' => text.push(8),
            b'f' => text.push(12),
            b'\n' => {}
            b'\r' => self.at += usize::from(self.peek() == Some(b'\n')),
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek() else { break };
                    code = code * 8 + u32::from(digit - b'0');
                    self.at += 1;
                }
                text.push(u8::try_from(code & 0xff).unwrap_or_default());
            }
            byte => text.push(byte),
        }
    }

    fn hex(&mut self) -> Vec<u8> {
        self.at += 1;
        let mut digits = Vec::new();
        while let Some(byte) = self.peek() {
            self.at += 1;
            if byte == b'>' {
                break;
            }
            if byte.is_ascii_hexdigit() {
                digits.push(byte);
            }
        }
        if digits.len() % 2 == 1 {
            digits.push(b'0');
        }
        digits.chunks(2).filter_map(hex_byte).collect()
    }

    fn list(&mut self, depth: usize) -> Object {
        let mut list = Vec::new();
        while self.goes_on(b"]") && depth < DEEPEST {
            list.extend(self.value(depth + 1));
        }
        Object::List(list)
    }

    fn table(&mut self, depth: usize) -> Object {
        let mut table = Table::new();
        while self.goes_on(b">>") && depth < DEEPEST {
            // What is no name where one must be is passed over.
            let Some(Object::Name(name)) = self.value(depth + 1) else { continue };
            if !self.goes_on(b">>") {
                break;
            }
            if let Some(value) = self.value(depth + 1) {
                table.insert(name, value);
            }
        }
        Object::Table(table)
    }

    /// Whether there is more before this end; the end is passed.
    fn goes_on(&mut self, end: &[u8]) -> bool {
        self.skip_space();
        let Some(rest) = self.bytes.get(self.at..).filter(|rest| !rest.is_empty()) else { return false };
        // `endobj` never stands in a list: it was never ended.
        if rest.starts_with(b"endobj") {
            return false;
        }
        let ended = rest.starts_with(end);
        if ended {
            self.at += end.len();
        }
        !ended
    }
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Option<Object> {
        Reader::new(text, 0).next()
    }

    #[test]
    fn strings_are_read_with_their_escapes() {
        assert_eq!(read(b"(a\\(b\\) (c) \\101\\\nd)"), Some(Object::String(b"a(b) (c) Ad".to_vec())));
        assert_eq!(read(b"<6b 2E6>"), Some(Object::String(b"k.`".to_vec())));
        assert_eq!(read(b"/A#42 "), Some(Object::Name("AB".into())));
    }

    #[test]
    fn tables_and_references_are_read() {
        let Some(Object::Table(table)) = read(b"<< /A 12 0 R /B [1 2 (x)] % no\n /C << /D /E >> >>") else { panic!() };
        assert_eq!(table["A"], Object::Reference(12));
        assert_eq!(table["B"].list().len(), 3);
        assert_eq!(table["C"].table().unwrap()["D"].name(), Some("E"));
    }

    #[test]
    fn nothing_that_is_broken_or_endless_keeps_it() {
        for text in
            [&b"<<"[..], b"[[", b"(", b"<", b"<< /A", b"<< 1 2 3", b"12 0", b"]]]]", b"/", b"\\", b"<</A/B endobj"]
        {
            let mut reader = Reader::new(text, 0);
            while reader.at < text.len() {
                reader.next();
            }
        }
        let deep = [b"[".repeat(100_000), b"<</A".repeat(100_000)].concat();
        let mut reader = Reader::new(&deep, 0);
        let mut turns = 0;
        while reader.at < deep.len() {
            reader.next();
            turns += 1;
        }
        assert!(turns < 200_000);
    }
}
