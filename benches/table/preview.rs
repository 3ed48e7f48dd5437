//! The preview as an editor has it: `bonafide serve`, an open page, and files that are saved.

use std::{
    fs,
    io::{BufRead, BufReader, Lines, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use crate::{measure::memory, sites::DAY};

/// How long an editor rests between two edits.
const REST: Duration = Duration::from_millis(500);
/// How long nothing is built before it is taken for idle.
const QUIET: Duration = Duration::from_secs(1);

/// A running preview, with the line to it that open pages hold.
pub struct Preview {
    child: Child,
    port: u16,
    site: PathBuf,
    line: Lines<BufReader<TcpStream>>,
    /// A message for each build that is over.
    built: Receiver<()>,
    /// How often something was saved: no two edits are the same.
    edits: usize,
}

impl Preview {
    /// Starts it, and waits until it serves.
    pub fn start(program: &Path, site: &Path) -> Self {
        let mut child = Command::new(program)
            .args(["serve", "--port", "0", "--format", "json", "--at", DAY, "--site"])
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
        let (send, built) = channel();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|_| send.send(())));
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        stream.write_all(b"GET /_bonafide/events HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it hears");
        let mut preview =
            Self { child, port, site: site.to_owned(), line: BufReader::new(stream).lines(), built, edits: 0 };
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

    /// What stands in the file that was saved last.
    fn mark(&self) -> String {
        format!("Edit number {}.", self.edits)
    }

    /// Its memory, in MB.
    pub fn memory(&self) -> f64 {
        memory(self.child.id(), "VmRSS:").unwrap_or_default()
    }

    /// Saves a file, and waits until a page shows what was saved: how long that took, in seconds. Whether a build was
    /// over before that is told, too.
    pub fn save(&mut self, edit: &Edit) -> (f64, bool) {
        while self.built.try_recv().is_ok() {}
        self.edits += 1;
        let mark = self.mark();
        let start = Instant::now();
        fs::write(self.site.join(&edit.file), format!("{}{mark}{}", edit.before, edit.after)).expect("it is saved");
        loop {
            self.news();
            if self.get(&edit.page).contains(&mark) {
                return (start.elapsed().as_secs_f64(), self.built.try_recv().is_ok());
            }
        }
    }

    /// Saves so many times, with a rest before each.
    pub fn saves(&mut self, edit: &Edit, count: usize) -> Vec<f64> {
        let save = |_| {
            thread::sleep(REST);
            self.save(edit).0
        };
        let times = (0..count).map(save).collect();
        self.settle(edit);
        times
    }

    /// Waits until what was saved last is in the output folder and nothing is built any more.
    pub fn settle(&self, edit: &Edit) {
        let (mark, file) = (self.mark(), format!("public{}index.html", edit.page));
        while !fs::read_to_string(self.site.join(&file)).is_ok_and(|text| text.contains(&mark)) {
            thread::sleep(Duration::from_millis(10));
        }
        while self.built.recv_timeout(QUIET).is_ok() {}
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What is edited, and which page shows it.
pub struct Edit {
    file: String,
    before: String,
    after: String,
    page: String,
}

impl Edit {
    /// The last answer on a page of the FAQ.
    pub fn answer(site: &Path, name: &str) -> Self {
        let file = format!("content/{name}.md");
        let text = fs::read_to_string(site.join(&file)).expect("the answer is there");
        Self { file, before: format!("{text}\n"), after: "\n".into(), page: format!("/{name}/") }
    }

    /// The job title of somebody with an award.
    pub fn award(site: &Path) -> Self {
        let file = "content/earners/000.yaml".to_owned();
        let text = fs::read_to_string(site.join(&file)).expect("the export is there");
        let (before, rest) = text.split_once("    job_title: ").expect("somebody has a job");
        let (_, after) = rest.split_once('\n').expect("the line ends");
        let id = after.split("- id: ").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("has an award");
        Self {
            file,
            before: format!("{before}    job_title: "),
            after: format!("\n{after}"),
            page: format!("/verify/{id}/"),
        }
    }
}
