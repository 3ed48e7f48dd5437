//! What the GitHub Action runs, with this program in the place of a release: packed as a release is, fetched from a folder,
//! held against its sum, and run on a site with hostile content. GitHub itself is not here: whether a release has the proof
//! of where it was built is not asked.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

mod common;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use common::TestSite;

fn script(path: &str) -> Command {
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command
}

fn run(command: &mut Command) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat())
}

/// The target of this machine's releases.
const TARGET: &str =
    if cfg!(target_arch = "aarch64") { "aarch64-unknown-linux-musl" } else { "x86_64-unknown-linux-musl" };

/// Packs this program as release 9.8.7 below a folder. What is packed only calls it: with all that debuggers read in it, it
/// would take half a minute to compress.
fn release(folder: &Path) -> PathBuf {
    let place = folder.join("releases/v9.8.7");
    let program = folder.join("program");
    fs::write(&program, format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_bonafide"))).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut pack = script(".github/pack");
    pack.args([TARGET, "v9.8.7"]).arg(&place).env("PROGRAM", &program);
    assert_eq!(run(&mut pack), (Some(0), String::new()));
    let mut sums = Command::new("sh");
    sums.args(["-c", "sha256sum -- bonafide-* >SHA256SUMS"]).current_dir(&place);
    assert_eq!(run(&mut sums), (Some(0), String::new()));
    place.join(format!("bonafide-v9.8.7-{TARGET}.tar.gz"))
}

/// Installs it as the action does, and gives what it said and the folder that was added to the PATH.
fn install(folder: &Path, version: &str, sum: &str) -> (Option<i32>, String, String) {
    let added = folder.join("path");
    let _ = fs::remove_file(&added);
    let mut install = script(".github/action/install");
    install.env("RELEASES", format!("file://{}", folder.join("releases").display()));
    install.env("RUNNER_TEMP", folder).env("GITHUB_PATH", &added).env("VERSION", version).env("SHA256", sum);
    let (code, said) = run(&mut install);
    (code, said, fs::read_to_string(added).unwrap_or_default().trim_end().to_owned())
}

#[test]
fn a_release_is_installed_only_with_the_sum_that_is_expected() {
    let folder = tempfile::tempdir().unwrap();
    let archive = release(folder.path());
    let mut sum = Command::new("sha256sum");
    let sum = run(sum.arg(&archive)).1.split(' ').next().unwrap().to_owned();
    let (code, said, path) = install(folder.path(), "v9.8.7", &sum);
    assert_eq!(code, Some(0), "{said}");
    for file in ["bonafide", "LICENSE", "README.md", "man/bonafide.1", "man/bonafide-build.1"] {
        assert!(Path::new(&path).join(file).is_file(), "{file} in {path}");
    }
    for file in ["bonafide.bash", "_bonafide", "bonafide.fish", "_bonafide.ps1", "bonafide.elv"] {
        assert!(Path::new(&path).join("completions").join(file).is_file(), "{file} in {path}");
    }
    let others = sum.chars().rev().collect::<String>();
    for wrong in [others.as_str(), "x", "sum with spaces"] {
        let (code, said, path) = install(folder.path(), "9.8.7", wrong);
        assert_eq!((code, path.as_str()), (Some(1), ""), "{said}");
        assert!(said.contains("is not the one that was expected"), "{said}");
    }
    // The sums of the release itself: what is not in them, or has changed since, is not unpacked.
    let mut bytes = fs::read(&archive).unwrap();
    bytes.push(0);
    fs::write(&archive, bytes).unwrap();
    let (code, said, path) = install(folder.path(), "9.8.7", "");
    assert_eq!((code, path.as_str()), (Some(1), ""), "{said}");
    fs::write(archive.with_file_name("SHA256SUMS"), "").unwrap();
    assert_eq!(install(folder.path(), "9.8.7", "").0, Some(1));
}

#[test]
fn what_is_no_number_of_a_release_is_not_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    for version in ["latest", "1.2", "1.2.3/../..", "1.2.3;id", "1.2.3 -o x", "1.2.3\n::error::x", ""] {
        let (code, said, _) = install(folder.path(), version, "");
        assert!(code == Some(2) || (version.is_empty() && code == Some(1)), "{version:?}: {code:?} {said}");
        assert!(!said.contains("::error::x"), "{said}");
    }
}

/// The action's second step in a folder.
fn act(site: &TestSite, given: &[(&str, &str)]) -> (Option<i32>, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_bonafide")).parent().unwrap();
    let path = std::env::join_paths(
        [program.to_owned()].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let mut act = script(".github/action/run");
    act.current_dir(site.path()).env("PATH", path.unwrap());
    for (key, value) in [
        ("SITE", "."),
        ("OUT", "public"),
        ("AT", "2026-12-01"),
        ("BASE_URL", ""),
        ("BUILD", "true"),
        ("PUBLISH", "false"),
    ] {
        act.env(key, value);
    }
    act.env("RECORD", "").envs(given.iter().copied());
    run(&mut act)
}

#[test]
fn the_action_checks_builds_and_annotates() {
    let site = TestSite::new();
    let (code, said) = act(&site, &[("BUILD", "false")]);
    assert_eq!(code, Some(0), "{said}");
    assert!(!site.has("index.html"));
    let (code, said) = act(&site, &[("BASE_URL", "https://else.example/$(touch x)`touch y`/"), ("AT", "2026-12-01")]);
    assert!(!site.at("x").exists() && !site.at("y").exists(), "{code:?} {said}");
    let (code, said) = act(&site, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(site.has("index.html"));
    site.replace("content/earners/2026.yaml", "badge: ccxp", "badge: nobody");
    for build in ["true", "false"] {
        let (code, said) = act(&site, &[("BUILD", build)]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("::error file=content/earners/2026.yaml,line="), "{said}");
    }
    assert_eq!(act(&site, &[("BUILD", "perhaps")]).0, Some(2));
    // What begins with a dash is a value, and not an option.
    assert_ne!(act(&site, &[("AT", "--help")]).0, Some(0));
}

#[cfg(feature = "cloud")]
#[test]
fn the_action_publishes_with_the_address_it_was_given_and_annotates_what_is_refused() {
    let site = TestSite::new();
    fs::create_dir(site.at("srv")).unwrap();
    let given = [("PUBLISH", "dir:srv/www"), ("BASE_URL", "http://127.0.0.1:9/")];
    let (code, said) = act(&site, &given);
    // Nobody answers there, and that is where it was looked.
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("::error title=bonafide::what was published is up, but at http://127.0.0.1:9/"), "{said}");
    assert!(!said.contains("badges.test.example"), "{said}");
    fs::create_dir(site.at("srv/other")).unwrap();
    fs::write(site.at("srv/other/mine"), "mine").unwrap();
    let (code, said) = act(&site, &[("PUBLISH", "dir:srv/other"), ("BASE_URL", "http://127.0.0.1:9/")]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("::error title=bonafide::") && said.contains("bonafide has not made"), "{said}");
    assert_eq!(act(&site, &[("PUBLISH", "--help")]).0, Some(2));
}
