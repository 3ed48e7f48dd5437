//! The floor: how long it takes only to write a tree of files.
//!
//! A process of its own reads all files of a tree into memory and says so; what is timed is from then on, until the same
//! folders with the same files are elsewhere. It writes with `std::fs`, from as many threads as there are cores.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};

/// How many files a thread takes at a time.
const BATCH: usize = 64;

/// Writes what is in one folder into another, which does not exist; how long that takes, in seconds.
pub fn time(from: &Path, to: &Path, before: impl FnOnce()) -> f64 {
    let program = std::env::current_exe().expect("this program has a path");
    let mut child = Command::new(program)
        .arg("--floor")
        .args([from, to])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut input = child.stdin.take().expect("it has an input");
    let mut output = BufReader::new(child.stdout.take().expect("it has an output")).lines();
    let mut says = |word: &str| {
        let line = output.next().expect("it goes on").expect("it can be read");
        assert_eq!(line, word);
    };
    says("ready");
    before();
    let start = Instant::now();
    input.write_all(b"\n").expect("it listens");
    says("done");
    let took = start.elapsed().as_secs_f64();
    assert!(child.wait().expect("it can be waited for").success());
    took
}

/// What the process of its own does.
pub fn write(from: &Path, to: &Path) {
    let mut files = Vec::new();
    read(from, to, &mut files);
    // Files of one folder are written one after another.
    files.sort_by(|one, other| one.0.cmp(&other.0));
    println!("ready");
    std::io::stdin().read_line(&mut String::new()).expect("it can be read");
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut last = PathBuf::new();
                while let Some(batch) = files.chunks(BATCH).nth(next.fetch_add(1, Ordering::Relaxed)) {
                    for (path, bytes) in batch {
                        let folder = path.parent().expect("it is in a folder");
                        if folder != last {
                            fs::create_dir_all(folder).expect("the folder can be made");
                            folder.clone_into(&mut last);
                        }
                        fs::write(path, bytes).expect("it can be written");
                    }
                }
            });
        }
    });
    println!("done");
    // Giving back the memory is no part of it.
    std::process::exit(0);
}

fn read(from: &Path, to: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(from).expect("it can be read") {
        let entry = entry.expect("it can be read");
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().expect("it has a type").is_dir() {
            read(&path, &to, files);
        } else {
            files.push((to, fs::read(path).expect("it can be read")));
        }
    }
}
