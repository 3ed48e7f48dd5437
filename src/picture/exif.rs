//! What a photo says of the place where it was taken.
//!
//! Phones write it into every picture, and whoever saves the picture can read it. The
//! original is published as it is, so its author should know.
//!
//! The data is found by what it looks like, not by the file around it: it is the same
//! in JPEG, PNG, WebP, AVIF and TIFF. Nothing is trusted: every place in it is looked
//! up with a bound.

use memchr::memmem;

/// How many beginnings of EXIF data are followed in one file.
const MOST_HEADERS: usize = 16;
/// How many entries of a directory are looked at.
const MOST_ENTRIES: usize = 512;

/// The entry that leads to the place, and its entry for the latitude.
const GPS: u16 = 0x8825;
const LATITUDE: u16 = 0x0002;

/// Whether the file tells a latitude, in EXIF or in XMP.
pub fn says_where(bytes: &[u8]) -> bool {
    let is_exif = [b"II*\0".as_slice(), b"MM\0*"].into_iter().any(|header| {
        let starts = memmem::find_iter(bytes, header).take(MOST_HEADERS);
        starts.filter_map(|at| bytes.get(at..)).any(|tiff| has_latitude(tiff).unwrap_or(false))
    });
    is_exif || memmem::find(bytes, b"exif:GPSLatitude").is_some()
}

fn has_latitude(tiff: &[u8]) -> Option<bool> {
    let first = Tiff(tiff).long(4)?;
    let gps = Tiff(tiff).entry(first, GPS)?;
    Some(Tiff(tiff).entry(gps, LATITUDE).is_some())
}

/// EXIF data, from its header on.
struct Tiff<'a>(&'a [u8]);

impl Tiff<'_> {
    fn is_little(&self) -> bool {
        self.0.first() == Some(&b'I')
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = *self.0.get(at..)?.first_chunk()?;
        Some(if self.is_little() { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn long(&self, at: usize) -> Option<usize> {
        let bytes = *self.0.get(at..)?.first_chunk()?;
        let number = if self.is_little() { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) };
        usize::try_from(number).ok()
    }

    /// The value of an entry of the directory at a place.
    fn entry(&self, directory: usize, wanted: u16) -> Option<usize> {
        let count = usize::from(self.short(directory)?).min(MOST_ENTRIES);
        let starts = (0..count).map(|index| directory.saturating_add(2 + 12 * index));
        starts.into_iter().find_map(|at| (self.short(at)? == wanted).then(|| self.long(at.saturating_add(8)))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// EXIF as phones write it: a directory with the place's own directory behind it.
    fn exif(little: bool, latitude: u16) -> Vec<u8> {
        let short = |number: u16| if little { number.to_le_bytes() } else { number.to_be_bytes() };
        let long = |number: u32| if little { number.to_le_bytes() } else { number.to_be_bytes() };
        let mut bytes = if little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
        bytes.extend(long(8));
        bytes.extend(short(2));
        for (tag, value) in [(0x0112, 1), (GPS, 38)] {
            bytes.extend(short(tag));
            bytes.extend(short(4));
            bytes.extend(long(1));
            bytes.extend(long(value));
        }
        bytes.extend(long(0));
        bytes.extend(short(1));
        bytes.extend(short(latitude));
        bytes.extend(short(5));
        bytes.extend(long(3));
        bytes.extend(long(0));
        bytes
    }

    #[test]
    fn a_place_is_found_in_either_order_of_bytes_wherever_it_stands() {
        for little in [true, false] {
            let told = [b"RIFF....WEBPEXIF".as_slice(), &exif(little, LATITUDE)].concat();
            assert!(says_where(&told));
            let untold = [b"RIFF....WEBPEXIF".as_slice(), &exif(little, 0x1d)].concat();
            assert!(!says_where(&untold), "only a date");
        }
        assert!(says_where(b"<x:xmpmeta><rdf:Description exif:GPSLatitude='54,19.6N'/></x:xmpmeta>"));
    }

    #[test]
    fn what_is_cut_off_or_leads_nowhere_says_nothing() {
        let whole = exif(true, LATITUDE);
        for length in 0..whole.len() - 10 {
            assert!(!says_where(&whole[..length]), "{length}");
        }
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] = 0xff;
            let _ = says_where(&damaged);
        }
        assert!(!says_where(&b"II*\0".repeat(1000)));
    }
}
