//! The journal: which files were about to change.
//!
//! ```text
//! bonafide journal 3
//! generation 12
//! + verify/…/index.html
//! - style.css
//! end
//! ```
//!
//! `+` says that a file is the page of a record. The last line tells a whole journal from a cut one.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, ErrorKind, Write as _};
use std::path::Path;

use super::super::path;
use super::{CUT, FOREIGN, Fault};

const TITLE: &str = "bonafide journal 3";
const UNREADABLE: &str = "it is not a journal that this version of bonafide can read";

/// Writes a journal to a file: these files are about to change.
pub(in super::super) fn write<'a>(
    to: &mut File,
    generation: u64,
    files: impl Iterator<Item = (&'a str, bool)>,
) -> io::Result<()> {
    let mut out = BufWriter::new(to);
    writeln!(out, "{TITLE}\ngeneration {generation}")?;
    for (path, of_record) in files {
        writeln!(out, "{} {path}", if of_record { '+' } else { '-' })?;
    }
    writeln!(out, "end")?;
    out.flush()
}

/// The files that a journal names, each with whether it is the page of a record.
pub(in super::super) type Files = Vec<(Box<str>, bool)>;

/// The generation of the manifest that the journal at a path adds to, and the files it names; nothing if there is none.
pub(in super::super) fn read(place: &Path) -> Result<Option<(u64, Files)>, Fault> {
    let file = match File::open(place) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    parse(BufReader::new(file)).map(Some)
}

fn parse(mut input: impl io::BufRead) -> Result<(u64, Files), Fault> {
    let mut line = String::new();
    let mut next = |line: &mut String| -> Result<(), Fault> {
        line.clear();
        input.read_line(line).map_err(|error| match error.kind() {
            ErrorKind::InvalidData => Fault::Damaged("it is not UTF-8 text"),
            _ => Fault::Io(error),
        })?;
        line.pop().filter(|end| *end == '\n').map(drop).ok_or(Fault::Damaged(CUT))
    };
    next(&mut line)?;
    let counts = match &*line {
        TITLE => false,
        // It said how many files it names.
        "bonafide journal 2" => true,
        _ => return Err(Fault::Damaged(UNREADABLE)),
    };
    next(&mut line)?;
    let number = |line: &str, name| line.strip_prefix(name).and_then(|text: &str| text.parse::<u64>().ok());
    let generation = number(&line, "generation ").ok_or(Fault::Damaged("the generation is missing"))?;
    let mut left = None;
    if counts {
        next(&mut line)?;
        left = Some(number(&line, "files ").ok_or(Fault::Damaged("the number of files is missing"))?);
    }
    let mut files = Files::new();
    while left != Some(files.len() as u64) {
        next(&mut line)?;
        if line == "end" && left.is_none() {
            break;
        }
        let file = match line.split_at_checked(2) {
            Some(("- ", path)) => Some((path.into(), false)),
            Some(("+ ", path)) => Some((path.into(), true)),
            _ => None,
        };
        let file = file.filter(|(path, _): &(Box<str>, bool)| path::fault(path).is_none());
        files.push(file.ok_or(Fault::Damaged(FOREIGN))?);
    }
    line.clear();
    match input.read_line(&mut line) {
        Ok(0) => Ok((generation, files)),
        _ => Err(Fault::Damaged("it has more lines than it says")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_is_read_again_and_never_when_cut() {
        let files = [("a", true), ("end", false), ("b c", false)];
        let mut file = tempfile::tempfile().unwrap();
        write(&mut file, 3, files.into_iter()).unwrap();
        io::Seek::rewind(&mut file).unwrap();
        let mut text = Vec::new();
        io::Read::read_to_end(&mut file, &mut text).unwrap();
        let expected: Files = files.iter().map(|(path, of)| ((*path).into(), *of)).collect();
        assert_eq!(parse(&*text).unwrap(), (3, expected));
        for length in 0..text.len() {
            assert!(parse(&text[..length]).is_err(), "cut at {length}");
        }
        assert!(parse(&[&text[..], b"- x\n"].concat()[..]).is_err());
    }

    #[test]
    fn a_journal_of_the_version_before_is_read() {
        let text = "bonafide journal 2\ngeneration 1\nfiles 2\n- x\n+ verify/a/index.html\n";
        let files: Files = vec![("x".into(), false), ("verify/a/index.html".into(), true)];
        assert_eq!(parse(text.as_bytes()).unwrap(), (1, files));
        for wrong in ["- ../x", "- /x", "* x", "-x"] {
            assert!(parse(format!("{TITLE}\ngeneration 1\n{wrong}\nend\n").as_bytes()).is_err(), "{wrong}");
        }
    }
}
