//! Pages of records that would go.

use super::*;

/// A plan in which the pages in `verify/` are of records, in the order of their names in one file.
fn plan(paths: &[&str]) -> Planned {
    let origin = |path: &str, place: usize| {
        path.starts_with("verify/").then(|| Origin { file: 0, place: u32::try_from(place).unwrap() })
    };
    let file =
        |(place, path): (usize, &&str)| ((*path).to_owned(), Short::of_bytes(path.as_bytes()), origin(path, place));
    Planned { files: paths.iter().enumerate().map(file).collect(), sources: vec!["a.yaml".into()] }
}

fn publish_allowing(base: &Path, paths: &[&str], allowed: usize) -> Result<Outcome, PublishError<String>> {
    let plan = plan(paths);
    let make = |number: usize| Ok(plan.files[number].0.clone().into_bytes());
    let mut folder = open(base, "public").unwrap();
    folder.publish(&plan, make, &Stamp::default(), &|lost| lost.gone <= allowed, &|_| ())
}

fn lost(result: Result<Outcome, PublishError<String>>) -> Lost {
    match result {
        Err(PublishError::Lost(lost)) => lost,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn nothing_is_changed_where_pages_may_not_go() {
    let (_guard, base) = base();
    publish_allowing(&base, &["verify/1/index.html", "verify/2/index.html", "verify/3/index.html", "x"], 0).unwrap();
    let before = (read(&base.join("public")), read(&base.join(".bonafide")));
    let found = lost(publish_allowing(&base, &["y", "verify/2/index.html"], 1));
    assert_eq!((found.gone, found.of), (2, 3));
    let from = |at_its_end| LostFrom { file: Some("a.yaml".to_owned()), gone: 2, of: 3, at_its_end };
    assert_eq!(found.files, [from(false)]);
    assert_eq!(lost(publish_allowing(&base, &["verify/1/index.html"], 1)).files, [from(true)]);
    assert_eq!((read(&base.join("public")), read(&base.join(".bonafide"))), before);
    let outcome = publish_allowing(&base, &["y", "verify/2/index.html"], 2).unwrap();
    assert_eq!((outcome.lost, outcome.removed), (found, 3));
    assert_eq!(publish_allowing(&base, &["verify/2/index.html"], 0).unwrap().lost, Lost::default());
}

#[test]
fn what_a_killed_build_has_put_there_counts_and_what_it_only_meant_to_does_not() {
    let (_guard, base) = base();
    publish_allowing(&base, &["verify/1/index.html", "x"], 0).unwrap();
    let journal = "bonafide journal 2\ngeneration 1\nfiles 3\n- x\n+ verify/2/index.html\n+ verify/3/index.html\n";
    fs::write(base.join(".bonafide/public/journal"), journal).unwrap();
    fs::create_dir_all(base.join("public/verify/2")).unwrap();
    fs::write(base.join("public/verify/2/index.html"), "2").unwrap();
    let found = lost(publish_allowing(&base, &["x"], 0));
    assert_eq!((found.gone, found.of), (2, 2));
    assert_eq!(found.files.iter().map(|from| from.file.as_deref()).collect::<Vec<_>>(), [None, Some("a.yaml")]);
    publish_allowing(&base, &["x"], 2).unwrap();
    assert_eq!(read(&base.join("public")), site(&[("x", "x")]));
}

#[test]
fn it_can_be_asked_without_writing() {
    let (_guard, base) = base();
    let content = base.join("site/content");
    let site = base.join("site");
    let sources = Sources { site: &site, folders: &[&content] };
    let ask = |paths: &[&str]| super::lost(&base.join("public"), &sources, &plan(paths)).unwrap();
    assert_eq!(ask(&["x"]), Lost::default());
    assert!(!base.join(".bonafide").exists());
    publish_allowing(&base, &["verify/1/index.html", "x"], 0).unwrap();
    let before = read(&base.join(".bonafide"));
    assert_eq!((ask(&["x"]).gone, ask(&["verify/1/index.html"]).gone), (1, 0));
    assert_eq!(read(&base.join(".bonafide")), before);
}
