use std::fs;

use super::*;
use crate::publish::manifest::write::Writer;

fn record(number: u8) -> Record {
    Record { identity: Short([number; 16]), content: Short([number ^ 0xff; 16]), size: u64::from(number) << 7 }
}

fn line(number: u8, origin: Option<(u32, u32)>) -> Line {
    let origin = origin.map(|(file, place)| Origin { file, place });
    let award = origin.map(|_| OfAward { number: 300, standing: number });
    Line { record: record(number), kind: Kind::ALL[usize::from(number % 6)], award, origin }
}

const SOURCES: [&str; 2] = ["b c.yaml", "a.yaml"];

fn sample() -> Vec<(&'static str, Line)> {
    vec![
        ("a/b/index.html", line(1, Some((0, 57)))),
        ("a/c", line(2, None)),
        ("a b", line(3, None)),
        ("a-/x", line(4, None)),
        ("ab", line(5, None)),
        ("名.html", line(6, Some((1, 0)))),
    ]
}

fn stamp() -> Stamp {
    Stamp { key: [0xab; 32], note: "{\"a\":\n1}".to_owned() }
}

fn written(place: &Path, generation: u64, files: &[(&str, Line)], before: &Manifest, may_stay: bool) -> bool {
    let mut writer = Writer::new(place, generation, &stamp(), &SOURCES, files.len()).unwrap();
    files.iter().for_each(|(path, line)| writer.add(path, line).unwrap());
    writer.finish(before, may_stay).unwrap()
}

fn lines(manifest: &Manifest) -> Result<Vec<(String, Line)>, Fault> {
    let (mut all, mut lines) = (Vec::new(), manifest.lines()?);
    while let Some((path, line)) = lines.next()? {
        all.push((path.to_owned(), line));
    }
    Ok(all)
}

fn owned(files: &[(&str, Line)]) -> Vec<(String, Line)> {
    files.iter().map(|(path, line)| ((*path).to_owned(), *line)).collect()
}

#[test]
fn what_is_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("manifest");
    assert!(written(&place, 7, &sample(), &Manifest::default(), false));
    let read = Manifest::open(&place).unwrap();
    assert_eq!(read.generation, 7);
    assert_eq!(read.stamp, Some(Stamp { key: [0xab; 32], note: "{\"a\": 1}".to_owned() }));
    assert_eq!(lines(&read).unwrap(), owned(&sample()));
    assert_eq!(lines(&read).unwrap(), owned(&sample()), "it can be gone through again");
    assert_eq!(read.source(Origin { file: 1, place: 0 }), Some("a.yaml"));
    assert_eq!(read.source(Origin::UNKNOWN), None);
    assert!(read.has("a/c").unwrap() && read.has("名.html").unwrap());
    assert!(!read.has("a").unwrap() && !read.has("zz").unwrap());
    assert!(lines(&Manifest::open(&folder.path().join("none")).unwrap()).unwrap().is_empty());
}

#[test]
fn a_manifest_that_says_the_same_takes_no_place() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("manifest");
    written(&place, 7, &sample(), &Manifest::default(), true);
    let before = Manifest::open(&place).unwrap();
    assert!(!written(&place, 8, &sample(), &before, true));
    assert_eq!(Manifest::open(&place).unwrap().generation, 7);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(written(&place, 8, &sample(), &before, false), "a journal that means something needs a later one");
    for number in 0..sample().len() {
        let mut other = sample();
        other[number].1.origin = Some(Origin { file: 1, place: 9 });
        assert!(written(&place, 9, &other, &Manifest::open(&place).unwrap(), true), "record {number} has moved");
    }
}

#[test]
fn a_manifest_that_names_files_outside_or_out_of_order_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("manifest");
    for names in [&["../a"][..], &["a", "a"], &["b", "a"], &["a b", "a/b"], &["a", "/b"], &["a\n"], &["a", ""]] {
        let files: Vec<_> = names.iter().map(|name| (*name, line(1, None))).collect();
        written(&place, 1, &files, &Manifest::default(), false);
        assert!(matches!(lines(&Manifest::open(&place).unwrap()), Err(Fault::Damaged(_))), "{names:?}");
    }
}

#[test]
fn a_distrusted_file_is_ours_and_uncertain() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("manifest");
    written(&place, 1, &sample(), &Manifest::default(), false);
    let mut manifest = Manifest::open(&place).unwrap();
    let doubts = [("new/x", true), ("a b", false), ("zzz", false), ("new/x", false), ("a/b/index.html", false)];
    manifest.distrust(doubts.map(|(path, of_record)| (path.into(), of_record)));
    let all = lines(&manifest).unwrap();
    let seen: Vec<_> = all.iter().map(|(path, line)| (&**path, line.record.is_certain(), line.origin)).collect();
    let at = |file, place| Some(Origin { file, place });
    let expected = [
        ("a/b/index.html", false, at(0, 57)),
        ("a/c", true, None),
        ("a b", false, None),
        ("a-/x", true, None),
        ("ab", true, None),
        ("new/x", false, Some(Origin::UNKNOWN)),
        ("zzz", false, None),
        ("名.html", true, at(1, 0)),
    ];
    assert_eq!(seen, expected);
    let mut alone = Manifest::default();
    alone.distrust([("x".into(), true)]);
    assert_eq!(lines(&alone).unwrap().len(), 1);
}
