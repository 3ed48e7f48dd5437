//! How long whole builds take, and beside what.
//!
//! ```text
//! cargo bench --bench build -- [--awards N] [--files N] [--cards] [--runs N] [--peer 'COMMAND']
//! ```
//!
//! It makes a site, then times the program from outside: a first build, a second with nothing changed, one on another
//! day and one after a changed FAQ answer. With `--peer` (another generator, told to build the same number of pages
//! into a folder that it empties itself) the two run in turn, and the ratio is printed pair by pair: a machine's
//! speed drifts, a ratio does not.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a tool run by hand: it prints, and stops at the first surprise"
)]

mod awards;

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

struct Wanted {
    awards: usize,
    files: usize,
    cards: bool,
    runs: usize,
    peer: Option<String>,
}

fn wanted() -> Wanted {
    let mut wanted = Wanted { awards: 10_000, files: 4, cards: false, runs: 5, peer: None };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut number = || args.next().and_then(|text| text.parse().ok()).expect("a number");
        match arg.as_str() {
            "--awards" => wanted.awards = number(),
            "--files" => wanted.files = number(),
            "--runs" => wanted.runs = number(),
            "--cards" => wanted.cards = true,
            "--peer" => wanted.peer = args.next(),
            "--bench" => {}
            other => panic!("unknown argument {other}"),
        }
    }
    wanted
}

/// Runs a command and gives how long it took and its peak memory in kB, where the system tells.
fn time(command: &mut Command) -> (Duration, Option<u64>) {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    let done = loop {
        if let Ok(text) = fs::read_to_string(&status)
            && let Some(line) = text.lines().find(|line| line.starts_with("VmHWM"))
        {
            peak = line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).or(peak);
        }
        match child.try_wait().expect("it can be waited for") {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    let took = start.elapsed();
    assert!(done.success(), "{command:?} failed");
    (took, peak)
}

fn build(site: &Path, moment: &str) -> (Duration, Option<u64>) {
    time(Command::new(env!("CARGO_BIN_EXE_bonafide")).args(["build", "--quiet", "--at", moment, "--site"]).arg(site))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let wanted = wanted();
    let folder = std::env::temp_dir().join(format!("bonafide-bench-{}", std::process::id()));
    awards::write_site(&folder, wanted.awards, wanted.files, wanted.cards).expect("the site can be written");
    let (mut first, mut second, mut day, mut answer, mut peer) = (vec![], vec![], vec![], vec![], vec![]);
    let mut peak = 0;
    for run in 0..wanted.runs {
        let _ = fs::remove_dir_all(folder.join("public"));
        let _ = fs::remove_dir_all(folder.join(".bonafide"));
        let (took, memory) = build(&folder, "2026-12-01");
        first.push(took.as_secs_f64());
        peak = peak.max(memory.unwrap_or(0));
        second.push(build(&folder, "2026-12-01").0.as_secs_f64());
        day.push(build(&folder, "2026-12-08").0.as_secs_f64());
        let faq = folder.join("content/faq/renewing.md");
        let text = fs::read_to_string(&faq).expect("the answer is there");
        fs::write(&faq, format!("{text}\nChange {run}.\n")).expect("the answer can be changed");
        answer.push(build(&folder, "2026-12-08").0.as_secs_f64());
        if let Some(command) = &wanted.peer {
            peer.push(time(Command::new("sh").args(["-c", command])).0.as_secs_f64());
        }
    }
    let cards = if wanted.cards { "with cards" } else { "no cards" };
    println!("{} awards in {} files, {cards}; medians of {} runs", wanted.awards, wanted.files, wanted.runs);
    let ratios = |of: &[f64], to: &[f64]| median(of.iter().zip(to).map(|(a, b)| a / b).collect());
    let line = |what: &str, times: &[f64], note: String| {
        println!("  {what:<28} {:>9.1} ms  {note}", median(times.to_vec()) * 1000.0);
    };
    line("first build", &first, format!("{} MB at most", peak / 1024));
    line("again, nothing changed", &second, format!("{:.1} times faster than the first", ratios(&first, &second)));
    line("a week later", &day, format!("{:.1} times faster than the first", ratios(&first, &day)));
    line("after a changed answer", &answer, format!("{:.1} times faster than the first", ratios(&first, &answer)));
    if !peer.is_empty() {
        line("the other one", &peer, format!("takes {:.1} times as long as the first build", ratios(&peer, &first)));
    }
    let _ = fs::remove_dir_all(&folder);
}
