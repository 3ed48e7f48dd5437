//! Manifests of versions before 3, which were text. Of these only the names are taken: the files are ours, and another
//! version of the program makes all of them again anyway.
//!
//! ```text
//! bonafide manifest 2
//! generation 12
//! key …
//! note …
//! sources 2
//! …
//! files 20000
//! identity, content, size, source (`-` where it is not the page of a record), path
//! ```

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Seek as _};

use super::super::path;
use super::journal::Files;
use super::{CUT, FOREIGN, Fault, UNREADABLE};

/// The generation, and the files.
pub(super) fn read(file: &mut File) -> Result<(u64, Files), Fault> {
    file.rewind()?;
    parse(BufReader::new(file))
}

fn parse(input: impl BufRead) -> Result<(u64, Files), Fault> {
    let mut lines = input.lines();
    let mut next = || match lines.next() {
        None => Err(Fault::Damaged(CUT)),
        Some(Err(error)) if error.kind() == ErrorKind::InvalidData => Err(Fault::Damaged(UNREADABLE)),
        Some(line) => Ok(line?),
    };
    let field = |line: &str, name: &str| line.strip_prefix(name).and_then(|text| text.parse::<u64>().ok());
    if next()? != "bonafide manifest 2" {
        return Err(Fault::Damaged(UNREADABLE));
    }
    let generation = field(&next()?, "generation ").ok_or(Fault::Damaged(UNREADABLE))?;
    // Key and note.
    next()?;
    next()?;
    for _ in 0..field(&next()?, "sources ").ok_or(Fault::Damaged(UNREADABLE))? {
        next()?;
    }
    let count = field(&next()?, "files ").ok_or(Fault::Damaged(UNREADABLE))?;
    let mut files = Files::new();
    for _ in 0..count {
        let line = next()?;
        let mut parts = line.splitn(5, ' ').skip(3);
        let (Some(source), Some(path)) = (parts.next(), parts.next()) else { return Err(Fault::Damaged(FOREIGN)) };
        if path::fault(path).is_some() {
            return Err(Fault::Damaged(FOREIGN));
        }
        files.push((path.into(), source != "-"));
    }
    Ok((generation, files))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_an_older_manifest_are_known_by_name() {
        let hash = "01".repeat(16);
        let head = format!("bonafide manifest 2\ngeneration 3\nkey {hash}{hash}\nnote {{}}\nsources 1\nb c.yaml\n");
        let text = format!("{head}files 2\n{hash} {hash} 5 - a b\n{hash} {hash} 5 0.7 verify/x/index.html\n");
        let files: Files = vec![("a b".into(), false), ("verify/x/index.html".into(), true)];
        assert_eq!(parse(text.as_bytes()).unwrap(), (3, files));
        for wrong in [text.replace("files 2", "files 3"), text.replace("a b", "../b"), text.replace("manifest 2", "x")]
        {
            assert!(parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
