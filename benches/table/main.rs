//! How fast and how small, beside the goals: one table, in Markdown. `docs/performance.md` tells what each row means.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a tool run by hand: it prints, and stops at the first surprise"
)]

mod floor;
mod hugo;
mod measure;
mod preview;
mod rows;
mod sites;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Parser as _;

/// Measures bonafide and prints a table in Markdown. Leave the machine alone meanwhile.
#[derive(clap::Parser)]
struct Options {
    /// Small numbers, to try it: the figures say nothing
    #[arg(long)]
    quick: bool,
    /// Only these groups of rows, such as `first,night`
    #[arg(long, value_name = "GROUP", value_enum, value_delimiter = ',')]
    only: Vec<Group>,
    /// How often each is run, in turn with what it is compared with
    #[arg(long, value_name = "N")]
    runs: Option<usize>,
    /// A folder on a disk (ext4): for first builds there, and for peaks of memory
    #[arg(long, value_name = "DIR")]
    disk: Option<PathBuf>,
    /// Hugo's program: for the rows that compare with it
    #[arg(long, value_name = "PROGRAM")]
    hugo: Option<PathBuf>,
    /// Also the peak of memory with 1,000,000 awards: some 40 GB and six million files and folders
    #[arg(long)]
    million: bool,
    /// Also the memory of the preview after so many rebuilds, such as 1000
    #[arg(long, value_name = "N")]
    rebuilds: Option<usize>,
    /// How many of a hundred people are in the directory
    #[arg(long, value_name = "N", default_value_t = 100)]
    public: usize,
    /// The bonafide to measure, in place of the one that is compiled with this
    #[arg(long, value_name = "PROGRAM", default_value = env!("CARGO_BIN_EXE_bonafide"))]
    program: PathBuf,
    /// The folder in memory
    #[arg(long, value_name = "DIR", default_value = "/dev/shm")]
    memory: PathBuf,
    /// What `cargo bench` says to every bench
    #[arg(long, hide = true)]
    bench: bool,
    /// The process that only writes (see floor.rs)
    #[arg(long, hide = true, num_args = 2, value_names = ["FROM", "TO"])]
    floor: Vec<PathBuf>,
}

/// What is measured together.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Group {
    /// A first build, beside only writing its files
    First,
    /// The same work, beside Hugo
    Hugo,
    /// A build in which nothing changed
    Same,
    /// A build a day later
    Night,
    /// Builds after an edit
    Edit,
    /// Peaks of memory
    Memory,
    /// The sample site, nothing changed
    Start,
    /// The preview
    Serve,
    /// How large pages are
    Bytes,
}

/// What a row is to come to.
enum Goal {
    AtMost(f64),
    AtLeast(f64),
    Flat,
    None,
}

impl Options {
    fn wants(&self, group: Group) -> bool {
        self.only.is_empty() || self.only.contains(&group)
    }

    fn runs(&self) -> usize {
        self.runs.unwrap_or(if self.quick { 2 } else { 5 })
    }

    /// A number of awards, or a small one where that will do.
    fn awards(&self, count: usize) -> usize {
        if self.quick { (count / 50).max(20) } else { count }
    }
}

/// `12,345`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let parts: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|part| std::str::from_utf8(part).ok()).collect();
    parts.join(",")
}

/// A folder that is gone when this is.
struct Scratch(PathBuf);

impl Scratch {
    fn new(below: &Path) -> Self {
        let folder = below.join(format!("bonafide-table-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("the folder can be made");
        Self(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn main() {
    let options = Options::parse();
    if let [from, to] = &options.floor[..] {
        floor::write(from, to);
    }
    let memory = Scratch::new(&options.memory);
    let disk = options.disk.as_deref().map(Scratch::new);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let hugo = options.hugo.as_deref().map(|hugo| format!(", Hugo {}", hugo::version(hugo))).unwrap_or_default();
    println!(
        "{cores} cores{hugo}; medians of {} runs, each in turn with what it is compared with.{}\n",
        options.runs(),
        if options.quick { " A trial with small numbers: the figures say nothing." } else { "" }
    );
    println!("| what | measured | unit | goal | met | beside |\n| --- | ---: | --- | --- | --- | --- |");
    rows::Bench::new(&options, &memory.0, disk.as_ref().map(|disk| &*disk.0)).all();
}
