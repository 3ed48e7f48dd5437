//! What a build made, as publishing needs it: every file with its kind, a digest of its bytes and whose it is.

use jiff::Timestamp;

use crate::{hash::Short, output::Kind};

/// The first half of a BLAKE3 hash.
pub type Half = [u8; 16];

/// The first half of the BLAKE3 hash of some bytes.
pub fn half(bytes: &[u8]) -> Half {
    Short::of_bytes(bytes).0
}

/// How bad an award's status is, to be compared: a larger number is worse. What the numbers are is the business of
/// whoever makes them: active is the least, private the most.
pub type Standing = u8;

/// One file of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltFile<'a> {
    /// Its name in the output folder: relative, `/` between segments.
    pub path: &'a str,
    /// What kind of file it is.
    pub kind: Kind,
    /// A digest of its bytes.
    pub content: Half,
    /// How many bytes it has.
    pub size: u64,
    /// Of a file that belongs to an award, the path of the award's own page; of that page, its own.
    pub award: Option<&'a str>,
    /// Of a file that belongs to an award, how bad its status is.
    pub standing: Option<Standing>,
}

/// A build that is whole.
pub trait Built {
    /// The moment that statuses were computed for.
    fn moment(&self) -> Timestamp;
    /// When the data was taken from the system it comes from.
    fn exported_at(&self) -> Option<Timestamp>;
    /// The program that made it.
    fn program(&self) -> &str;
    /// A hash of everything that it was made from.
    fn inputs(&self) -> [u8; 32];
    /// All files, each once, always in the same order.
    fn files(&self) -> Box<dyn Iterator<Item = BuiltFile<'_>> + '_>;
}

/// The files of a build, all names in one text: what is known of a million of them has some 70 MB.
#[derive(Debug)]
pub struct Collected {
    moment: Timestamp,
    exported_at: Option<Timestamp>,
    program: String,
    inputs: [u8; 32],
    names: String,
    files: Vec<Compact>,
}

/// One of them.
#[derive(Debug)]
struct Compact {
    /// Where its name ends among the names; it begins where the one before ends.
    end: usize,
    content: Half,
    size: u64,
    /// The number of the award's own page among the files, or none.
    award: u32,
    kind: Kind,
    standing: Standing,
}

/// The number that is no file's.
const NONE: u32 = u32::MAX;

impl Collected {
    /// Begins with what is known of the build as a whole.
    pub fn new(moment: Timestamp, exported_at: Option<Timestamp>, program: String, inputs: [u8; 32]) -> Self {
        Self { moment, exported_at, program, inputs, names: String::new(), files: Vec::new() }
    }

    /// Adds a file, with the number of its award and how bad that award's status is. Files come in the order of names.
    pub fn add(&mut self, path: &str, kind: Kind, content: Half, size: u64, award: Option<(u32, Standing)>) {
        self.names.push_str(path);
        let (award, standing) = award.unwrap_or((NONE, 0));
        self.files.push(Compact { end: self.names.len(), content, size, award, kind, standing });
    }

    /// How many files there are so far.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Once all are there: `own` says of each award's number which file is the award's own page, by its place. What
    /// belongs to an award is as bad as that.
    pub fn settle(&mut self, own: &std::collections::HashMap<u32, u32>) {
        let standings: Vec<Standing> = self.files.iter().map(|file| file.standing).collect();
        for file in &mut self.files {
            file.award = own.get(&file.award).copied().unwrap_or(NONE);
            if let Some(standing) = standings.get(file.award as usize) {
                file.standing = *standing;
            }
        }
    }

    fn name(&self, number: usize) -> &str {
        let start = number.checked_sub(1).and_then(|before| self.files.get(before)).map_or(0, |file| file.end);
        self.files.get(number).and_then(|file| self.names.get(start..file.end)).unwrap_or_default()
    }
}

impl Built for Collected {
    fn moment(&self) -> Timestamp {
        self.moment
    }

    fn exported_at(&self) -> Option<Timestamp> {
        self.exported_at
    }

    fn program(&self) -> &str {
        &self.program
    }

    fn inputs(&self) -> [u8; 32] {
        self.inputs
    }

    fn files(&self) -> Box<dyn Iterator<Item = BuiltFile<'_>> + '_> {
        Box::new(self.files.iter().enumerate().map(|(number, file)| {
            let award = (file.award != NONE).then(|| self.name(file.award as usize));
            BuiltFile {
                path: self.name(number),
                kind: file.kind,
                content: file.content,
                size: file.size,
                award,
                standing: award.map(|_| file.standing),
            }
        }))
    }
}
