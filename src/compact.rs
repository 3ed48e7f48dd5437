//! Numbers and texts in few bytes, for what the program keeps for itself between builds.
//!
//! A number is LEB128: seven bits a byte, the lowest first, the highest bit of each but the last byte set. A text is its
//! length as such a number, and its bytes in UTF-8.

use std::io::{self, BufRead, ErrorKind};

/// The longest text, in bytes.
const TEXT_MAX: u64 = 1 << 28;

/// Writes a number.
pub fn number(to: &mut Vec<u8>, mut value: u64) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            to.push(low & 127);
            return;
        }
        to.push(low | 128);
    }
}

/// Writes a text.
pub fn text(to: &mut Vec<u8>, bytes: &[u8]) {
    number(to, bytes.len() as u64);
    to.extend_from_slice(bytes);
}

/// What is read, piece by piece.
///
/// All errors are of the kind `UnexpectedEof` where it ends too early, of the kind `InvalidData` where it is not as it was
/// written, or those of the system.
#[derive(Debug)]
pub struct Input<R> {
    /// Where it comes from.
    pub from: R,
    /// How many bytes have been read.
    pub read: u64,
}

/// What is not as it was written.
pub fn damaged() -> io::Error {
    ErrorKind::InvalidData.into()
}

impl<R: BufRead> Input<R> {
    /// Begins to read.
    pub fn new(from: R) -> Self {
        Self { from, read: 0 }
    }

    /// So many bytes.
    pub fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.from.read_exact(&mut bytes)?;
        self.read += N as u64;
        Ok(bytes)
    }

    /// One byte.
    pub fn byte(&mut self) -> io::Result<u8> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// A number.
    pub fn number(&mut self) -> io::Result<u64> {
        let mut value = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(value);
            }
        }
        Err(damaged())
    }

    /// A number that fits into a smaller type.
    pub fn small<T: TryFrom<u64>>(&mut self) -> io::Result<T> {
        T::try_from(self.number()?).map_err(|_| damaged())
    }

    /// The bytes of a text, behind those that are there.
    pub fn append(&mut self, to: &mut Vec<u8>) -> io::Result<()> {
        let length = self.number()?;
        if length > TEXT_MAX {
            return Err(damaged());
        }
        let mut left = usize::try_from(length).unwrap_or(usize::MAX);
        while left > 0 {
            let some = self.from.fill_buf()?;
            let piece = some.get(..left).unwrap_or(some);
            let count = piece.len();
            if count == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            to.extend_from_slice(piece);
            self.from.consume(count);
            left -= count;
        }
        self.read += length;
        Ok(())
    }

    /// A text.
    pub fn text(&mut self) -> io::Result<String> {
        let mut bytes = Vec::new();
        self.append(&mut bytes)?;
        String::from_utf8(bytes).map_err(|_| damaged())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_what_is_cut_is_not() {
        let numbers = [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX];
        let mut bytes = Vec::new();
        numbers.iter().for_each(|value| number(&mut bytes, *value));
        text(&mut bytes, "名".as_bytes());
        // From the specification of DWARF 4, 7.6.
        assert_eq!(bytes.get(2..7), Some(&[0x7f, 0x80, 0x01, 0xac, 0x02][..]));
        let read = |bytes: &[u8]| -> io::Result<(Vec<u64>, String)> {
            let mut input = Input::new(bytes);
            let numbers = numbers.iter().map(|_| input.number()).collect::<io::Result<_>>()?;
            Ok((numbers, input.text()?))
        };
        assert_eq!(read(&bytes).unwrap(), (numbers.to_vec(), "名".to_owned()));
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]).unwrap_err().kind(), ErrorKind::UnexpectedEof);
        }
        let too_long = [0xff; 10];
        assert_eq!(Input::new(&too_long[..]).number().unwrap_err().kind(), ErrorKind::InvalidData);
        assert!(Input::new(&[0x80, 0x02][..]).small::<u8>().is_err());
    }
}
