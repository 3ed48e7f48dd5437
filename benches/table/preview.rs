//! From a saved file to the page that is loaded again: what an editor waits for.
//!
//! ```text
//! cargo bench --bench watch -- [--edits N] [--awards N] [--rest MILLISECONDS]
//! ```
//!
//! It starts the preview on the sample and on sites of 10,000 and 100,000 awards (or of `--awards` only), holds the
//! line that open pages hold, saves files, and measures until the page that says so has been loaded in full. Between
//! two edits it rests as long as an editor would. Then it rebuilds 200 times and tells the growth of memory.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a tool run by hand: it prints, and stops at the first surprise"
)]

mod awards;

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

struct Preview {
    child: Child,
    port: u16,
    line: std::io::Lines<BufReader<TcpStream>>,
}

impl Preview {
    fn start(site: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bonafide"))
            .args(["serve", "--port", "0", "--format", "json", "--at", "2026-12-01", "--site"])
            .arg(site)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it has an output")).lines();
        let port = loop {
            let line = lines.next().expect("it goes on").expect("it can be read");
            let value: serde_json::Value = serde_json::from_str(&line).expect("it is JSON");
            if let Some(address) = value["serving"].as_str() {
                break address.split([':', '/']).nth(4).and_then(|port| port.parse().ok()).expect("it has a port");
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        stream.write_all(b"GET /_bonafide/events HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it hears");
        let mut preview = Self { child, port, line: BufReader::new(stream).lines() };
        preview.news();
        preview
    }

    fn news(&mut self) {
        while !self.line.next().expect("the line holds").expect("it can be read").starts_with("data:") {}
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("it hears");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("it answers");
        text
    }

    /// Resident memory in MB, where the system tells.
    fn memory(&self) -> f64 {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
    }

    /// How long it takes, in milliseconds, until a page shows what was saved: each of so many times.
    fn edits(&mut self, count: usize, rest: Duration, path: &str, save: impl Fn(usize) -> String) -> Vec<f64> {
        (0..count)
            .map(|number| {
                std::thread::sleep(rest);
                let start = Instant::now();
                let mark = save(number);
                loop {
                    self.news();
                    if self.get(path).contains(&mark) {
                        break start.elapsed().as_secs_f64() * 1000.0;
                    }
                }
            })
            .collect()
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn told(what: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |part: usize| times[(times.len() - 1) * part / 100];
    println!("  {what:<44} median {:>7.1} ms   90% {:>7.1} ms", at(50), at(90));
}

fn measure(name: &str, site: &Path, faq: &str, award: Option<(&str, &str)>, edits: usize, rest: Duration) {
    let mut preview = Preview::start(site);
    println!("{name}");
    let file = site.join(format!("content/faq/{faq}.md"));
    let text = fs::read_to_string(&file).expect("the answer is there");
    let append = |number: usize| {
        let mark = format!("Edit number {number}.");
        fs::write(&file, format!("{text}\n## Is this new? {{#is-this-new}}\n\n{mark}\n")).expect("it can be saved");
        mark
    };
    append(usize::MAX);
    preview.news();
    told("an answer in the FAQ", preview.edits(edits, rest, &format!("/faq/{faq}/"), append));
    if let Some((export, name)) = award {
        let file = site.join(export);
        let text = fs::read_to_string(&file).expect("the export is there");
        let id = text.split("- id: ").nth(2).and_then(|rest| rest.split_whitespace().next()).expect("it has an award");
        let path = format!("/verify/{id}/");
        let save = |number: usize| {
            let mark = format!("Head of Edits {number}");
            let at = text.find(name).expect("the job title is there");
            let end = at + text[at..].find('\n').expect("the line ends");
            fs::write(&file, format!("{}    job_title: {mark}{}", &text[..at], &text[end..])).expect("it can be saved");
            mark
        };
        told("one award", preview.edits(edits, rest, &path, save));
    }
    let before = preview.memory();
    let rebuilds = if edits < 20 { 20 } else { 200 };
    preview.edits(rebuilds, Duration::ZERO, &format!("/faq/{faq}/"), append);
    println!("  {:<44} {before:.0} MB, and {:.0} MB after {rebuilds} more rebuilds", "memory", preview.memory());
}

fn main() {
    let (mut edits, mut only, mut rest) = (50, None, 1000);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut number = || args.next().and_then(|text| text.parse().ok()).expect("a number");
        match arg.as_str() {
            "--edits" => edits = number(),
            "--awards" => only = Some(number()),
            "--rest" => rest = number(),
            "--bench" => {}
            other => panic!("unknown argument {other}"),
        }
    }
    let rest = Duration::from_millis(u64::try_from(rest).unwrap_or(1000));
    let folder = std::env::temp_dir().join(format!("bonafide-watch-{}", std::process::id()));
    if only.is_none_or(|only| only == 0) {
        let sample = folder.join("sample");
        copy(Path::new(env!("CARGO_MANIFEST_DIR")), &sample, "content");
        fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/site.yaml"), sample.join("site.yaml"))
            .expect("it can be copied");
        measure("the sample site", &sample, "help", None, edits, rest);
    }
    for awards in [10_000, 100_000].into_iter().chain(only.filter(|only| ![0, 10_000, 100_000].contains(only))) {
        if only.is_some_and(|only| only != awards) {
            continue;
        }
        let site = folder.join(awards.to_string());
        awards::write_site(&site, awards, 50, false).expect("the site can be written");
        measure(
            &format!("{awards} awards in 50 files"),
            &site,
            "renewing",
            Some(("content/earners/000.yaml", "    job_title:")),
            edits,
            rest,
        );
        let _ = fs::remove_dir_all(&site);
    }
    let _ = fs::remove_dir_all(&folder);
}

fn copy(from: &Path, to: &Path, name: &str) {
    let (from, to) = (from.join(name), to.join(name));
    fs::create_dir_all(&to).expect("the folder can be made");
    for entry in fs::read_dir(&from).expect("it can be read").flatten() {
        let name = entry.file_name();
        if entry.path().is_dir() {
            copy(&from, &to, name.to_str().expect("it is UTF-8"));
        } else {
            fs::copy(entry.path(), to.join(name)).expect("it can be copied");
        }
    }
}
