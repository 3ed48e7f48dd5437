//! Gives the program an identity: a hash of what it is built from.
//!
//! What a build writes depends on the program that writes it. Its version number is
//! too coarse for that: between two releases every commit may draw a page in another
//! way. So the hash of the sources goes into every job's identity.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    path::Path,
};

fn main() {
    let mut hasher = DefaultHasher::new();
    for root in ["src", "themes/default", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={root}");
        hash(Path::new(root), &mut hasher);
    }
    println!("cargo::rustc-env=BONAFIDE_SOURCES={:016x}", hasher.finish());
    // minify-html's table of entities is ten megabytes of pointers. A program that can be loaded anywhere has to mend
    // each of them whenever it starts, which takes longer than looking at a site in which nothing changed.
    let target = |key: &str| std::env::var(key).unwrap_or_default();
    if target("CARGO_CFG_TARGET_OS") == "linux" && target("CARGO_CFG_TARGET_ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}

fn hash(path: &Path, hasher: &mut DefaultHasher) {
    if let Ok(entries) = fs::read_dir(path) {
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        paths.iter().for_each(|path| hash(path, hasher));
    } else {
        path.hash(hasher);
        fs::read(path).unwrap_or_default().hash(hasher);
    }
}
