//! Processes, timed from outside.

use std::{
    fs,
    io::Read,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// How a process went.
pub struct Ran {
    /// From its start until it was gone, in seconds.
    pub wall: f64,
    /// The processor time of all its threads, user and system, in seconds; in steps of 10 ms.
    pub cpu: f64,
    /// The most memory that it had in use at a time (`VmHWM`), in MB. What it took in its last milliseconds can be missed.
    pub peak: f64,
    /// What it printed.
    pub output: String,
}

impl Ran {
    /// A number of the result that bonafide printed as JSON.
    pub fn result(&self, key: &str) -> u64 {
        let value: serde_json::Value = serde_json::from_str(&self.output).expect("it prints JSON");
        value["result"][key].as_u64().expect("the result has that number")
    }

    /// How many warnings it printed as JSON.
    pub fn warnings(&self) -> usize {
        let value: serde_json::Value = serde_json::from_str(&self.output).expect("it prints JSON");
        value["diagnostics"].as_array().map_or(0, Vec::len)
    }
}

/// Runs a command, which must go well.
pub fn run(command: &mut Command) -> Ran {
    let before = children_cpu();
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut output = String::new();
    let done = AtomicBool::new(false);
    let pid = child.id();
    let (status, wall, peak) = thread::scope(|scope| {
        let peak = scope.spawn(|| peak_of(pid, start, &done));
        child.stdout.take().expect("it has an output").read_to_string(&mut output).expect("it can be read");
        let status = child.wait().expect("it can be waited for");
        let wall = start.elapsed().as_secs_f64();
        done.store(true, Ordering::Relaxed);
        (status, wall, peak.join().expect("it looks on"))
    });
    assert!(status.success(), "{command:?} failed: {output}");
    Ran { wall, cpu: children_cpu() - before, peak, output }
}

/// Looks at a process until it is done. A long one is looked at less often: looking takes time from it.
fn peak_of(pid: u32, start: Instant, done: &AtomicBool) -> f64 {
    let mut peak: f64 = 0.0;
    while !done.load(Ordering::Relaxed) {
        peak = peak.max(memory(pid, "VmHWM:").unwrap_or_default());
        thread::sleep((start.elapsed() / 100).clamp(Duration::from_millis(1), Duration::from_millis(20)));
    }
    peak
}

/// What the system tells of a process's memory, in MB.
pub fn memory(pid: u32, which: &str) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(which))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
}

/// The processor time of all processes that were waited for, in seconds: fields 16 and 17 of `proc_pid_stat(5)`,
/// which count in hundredths of a second.
fn children_cpu() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is a name in parentheses, and may hold spaces.
    let after_name = text.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after_name.split_whitespace().skip(13).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// The one in the middle; of an even number the lower of the two there.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[(values.len() - 1) / 2]
}

/// The median of how many times as long each took as the one it was run in turn with.
pub fn ratio(of: &[f64], to: &[f64]) -> f64 {
    median(of.iter().zip(to).map(|(of, to)| of / to))
}

/// The walls of runs.
pub fn walls(runs: &[Ran]) -> Vec<f64> {
    runs.iter().map(|ran| ran.wall).collect()
}

/// Runs in a few words.
pub fn told(runs: &[Ran]) -> String {
    let of = |what: fn(&Ran) -> f64| median(runs.iter().map(what));
    let peak = runs.iter().map(|ran| ran.peak).fold(0.0, f64::max);
    format!("{} (processors {}, {peak:.0} MB)", seconds(of(|ran| ran.wall)), seconds(of(|ran| ran.cpu)))
}

/// A time as people read it.
pub fn seconds(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.0} ms", seconds * 1000.0) } else { format!("{seconds:.2} s") }
}
