//! A site that tests make, change and build again, through the program itself.

#![allow(dead_code, reason = "each test file uses its own part")]

pub mod preview;
#[cfg(unix)]
pub mod store;

use std::{
    collections::BTreeMap,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// A site in a temporary folder.
pub struct TestSite {
    dir: TempDir,
}

/// How a run ended.
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// How a program ended.
    pub fn of(output: std::process::Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Demands that it went well.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Demands that the input was refused, and gives what was said.
    #[track_caller]
    pub fn refused(self) -> String {
        assert_eq!(self.code, Some(1), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self.stderr
    }

    /// The result as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// The moment that tests build for unless they say otherwise.
pub const MOMENT: &str = "2026-12-01";

pub const SITE: &str = "\
title: Test Badges
base_url: https://badges.test.example/
issuer:
  name: Test Association
  url: https://test.example/
outputs: {share_card: false}
";

/// How a site names the keys that [`TestSite::sign`] makes.
pub const SIGNING: &str = "signing: {key: keys/ed25519.jwk, jwt_key: keys/p256.jwk, secret: keys/secret}\n";

pub const BADGES: &str = "\
badges:
  - id: ccxp
    name: Certified Customer Experience Professional
    abbreviation: CCXP
    description: One sentence.
    image: ccxp.svg
";

pub const EARNERS: &str = "\
earners:
  - id: e-1
    name: Katherine Osei
    preferred_name: Kate Osei
    email: k.osei@mail.example
    awards:
      - id: award-kate
        badge: ccxp
        issued: 2024-03-01
        expires: 2027-06-01
";

pub const PICTURE: &str =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\"><circle cx=\"50\" cy=\"50\" r=\"40\"/></svg>";

impl TestSite {
    /// A small site in which everything is right.
    pub fn new() -> Self {
        let site = Self { dir: tempfile::tempdir().unwrap() };
        site.file("site.yaml", SITE)
            .file("content/badges/badges.yaml", BADGES)
            .file("content/badges/ccxp.svg", PICTURE)
            .file("content/earners/2026.yaml", EARNERS)
            .file("content/index.md", "---\ntitle: Welcome\n---\nHello.\n")
            .file(
                "content/faq/renew.md",
                "---\ntitle: Renewing\n---\n## How do I renew? {#renew when=expired,expiring}\n\nLike this.\n",
            );
        site
    }

    /// Makes keys for the site, with which it signs from now on.
    pub fn sign(&self) -> &Self {
        self.run(&["keygen", "keys"]).ok();
        let text = fs::read_to_string(self.at("site.yaml")).unwrap();
        self.file("site.yaml", format!("{SIGNING}{text}"))
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn at(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// Writes a file.
    pub fn file(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let full = self.at(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, content).unwrap();
        self
    }

    /// Changes a file's text; the text must be there.
    #[track_caller]
    pub fn replace(&self, path: &str, from: &str, to: &str) -> &Self {
        let text = fs::read_to_string(self.at(path)).unwrap();
        assert!(text.contains(from), "{path} has no {from:?}");
        self.file(path, text.replacen(from, to, 1))
    }

    /// Removes a file.
    pub fn remove(&self, path: &str) -> &Self {
        fs::remove_file(self.at(path)).unwrap();
        self
    }

    /// Runs the program with the arguments, in the site's folder.
    pub fn run(&self, args: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bonafide"));
        command.current_dir(self.path()).env_remove("SOURCE_DATE_EPOCH").env("NO_COLOR", "1").args(args);
        Run::of(command.output().unwrap())
    }

    /// Builds for the usual moment.
    pub fn build(&self) -> Run {
        self.build_at(MOMENT)
    }

    pub fn build_at(&self, moment: &str) -> Run {
        self.run(&["build", "--at", moment])
    }

    /// Builds, and gives the result as JSON.
    #[track_caller]
    pub fn build_json(&self, moment: &str) -> serde_json::Value {
        let run = self.run(&["build", "--at", moment, "--format", "json"]);
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
        run.json()
    }

    /// What is at a path of the output.
    #[track_caller]
    pub fn out(&self, path: &str) -> String {
        let full = self.at("public").join(path);
        fs::read_to_string(&full).unwrap_or_else(|error| panic!("{}: {error}", full.display()))
    }

    /// The path of a file that has its content in its name: `style.css` is `_assets/style.3f6a91c2d405.css`.
    #[track_caller]
    pub fn asset(&self, name: &str) -> String {
        let found: Vec<_> =
            self.tree().into_keys().filter(|path| path.starts_with("_assets/") && plain_name(path) == name).collect();
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        found.into_iter().next().unwrap()
    }

    pub fn has(&self, path: &str) -> bool {
        self.at("public").join(path).exists()
    }

    /// All files of the output.
    pub fn tree(&self) -> BTreeMap<String, Vec<u8>> {
        tree(&self.at("public"))
    }
}

/// The last part of a path, without the digest that is in the names of assets.
pub fn plain_name(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap();
    let parts: Vec<_> = name.split('.').collect();
    match parts.as_slice() {
        [stem, digest, end] if digest.len() == 12 => format!("{stem}.{end}"),
        _ => name.to_owned(),
    }
}

/// All files below a folder.
pub fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(root).into_iter().flatten().filter(|entry| entry.file_type().is_file()) {
        let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        match fs::read(entry.path()) {
            Ok(bytes) => drop(files.insert(path, bytes)),
            // Somebody has just removed it.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => panic!("{}: {error}", entry.path().display()),
        }
    }
    files
}
