//! A night of three shards under a real Slurm, by the very script of `docs/scale/`, to a real server. It runs only where
//! the environment says so and names the server's program:
//!
//! ```text
//! apt-get install --no-install-recommends slurm-wlm munge
//! BONAFIDE_SLURM=1 BONAFIDE_WEED=…/bin/weed cargo test --test shards_slurm
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]
#![allow(clippy::print_stderr, reason = "says why it does nothing")]
#![cfg(all(unix, feature = "cloud"))]

mod common;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};

use common::{
    Run, TestSite,
    store::{Front, Server, Wire, command},
};

/// A Slurm of its own, for as long as this lives.
struct Slurm {
    process: Child,
    conf: String,
}

impl Slurm {
    fn start() -> Self {
        let mut process = Command::new(root().join("tests/scale/slurm.sh"))
            .args(["-i", "sh", "-c", "echo $SLURM_CONF; cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut conf = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut conf).unwrap();
        assert!(!conf.trim().is_empty(), "Slurm did not start");
        Self { process, conf: conf.trim().to_owned() }
    }

    /// One of its programs, or one that calls them.
    fn run(&self, mut command: Command) -> String {
        let run = Run::of(command.env("SLURM_CONF", &self.conf).output().unwrap()).ok();
        run.stdout
    }

    fn tell(&self, program: &str, args: &[&str]) -> String {
        let mut command = Command::new(program);
        command.args(args);
        self.run(command)
    }

    /// What is known of a task: `JobState`, `Restarts` and so on.
    fn task(&self, job: &str, task: u32) -> BTreeMap<String, String> {
        let told = self.tell("scontrol", &["--oneliner", "show", "job", &format!("{job}_{task}")]);
        let pairs = told.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        // It ends when nobody talks to it any more, and takes its daemons with it.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

struct World {
    site: TestSite,
    server: Server,
    front: Front,
    wire: Wire,
    slurm: Slurm,
}

impl World {
    /// Starts a night, as people do; gives the number of the job.
    fn submit(&self) -> String {
        let program = Path::new(env!("CARGO_BIN_EXE_bonafide")).parent().unwrap().to_owned();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([program].into_iter().chain(std::env::split_paths(&path))).unwrap();
        // The login, and where the store is, are in the environment that tasks are given.
        let login = command(self.site.path(), &self.wire);
        let mut submit = Command::new(root().join("docs/scale/slurm.sh"));
        submit.current_dir(self.site.path()).args(["3", self.site.path().to_str().unwrap()]);
        submit.envs(login.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("PATH", path);
        let said = self.slurm.run(submit);
        said.trim().rsplit(' ').next().unwrap().to_owned()
    }

    /// Waits until a job is over, and demands that all its tasks went well.
    #[track_caller]
    fn wait(&self, job: &str) {
        let start = Instant::now();
        while !self.slurm.tell("squeue", &["--noheader", "--jobs", job, "--format=%i"]).trim().is_empty() {
            assert!(start.elapsed() < Duration::from_mins(5), "{}", self.slurm.tell("squeue", &[]));
            thread::sleep(Duration::from_millis(200));
        }
        for task in 1..=3 {
            assert_eq!(self.slurm.task(job, task)["JobState"], "COMPLETED", "{}", self.said(job));
        }
    }

    /// What the tasks of a job said.
    fn said(&self, job: &str) -> String {
        let read = |task: u32| fs::read_to_string(self.site.at(&format!("slurm-{job}_{task}.out"))).unwrap_or_default();
        (1..=3).map(|task| format!("task {task}:\n{}", read(task))).collect::<Vec<_>>().concat()
    }

    /// Demands that what is up is a build of the whole, byte for byte, and that a publish of it has nothing to do.
    #[track_caller]
    fn is_whole(&self) {
        self.site.run(&["build"]).ok();
        for (path, bytes) in self.site.tree().iter().filter(|(path, _)| *path != ".nojekyll") {
            assert!(self.server.up(path).is_some_and(|(_, up)| up == *bytes), "{path} is not up as it was built");
        }
        let mut publish = command(self.site.path(), &self.wire);
        let run = Run::of(publish.args(["publish", "--format", "json"]).output().unwrap()).ok();
        assert_eq!(run.json()["result"]["unchanged"], true, "{}", run.stdout);
    }
}

fn export(awards: usize, more: &[(usize, &str)]) -> String {
    let mut export = String::from("earners:\n");
    for number in 0..awards {
        let more = more.iter().find(|(which, _)| *which == number).map_or("", |(_, more)| more);
        if more != "gone" {
            writeln!(
                export,
                "  - id: e-{number}\n    name: Kate Osei {number}\n    visibility: public\n    awards:\n      - {{id: \
                 award-{number:04}, badge: ccxp, issued: 2024-03-01{more}}}"
            )
            .unwrap();
        }
    }
    export
}

#[test]
fn a_night_of_three_shards_under_slurm() {
    if std::env::var_os("BONAFIDE_SLURM").is_none() {
        eprintln!("BONAFIDE_SLURM is not set: nothing was tested");
        return;
    }
    let Some(server) = Server::named() else { return };
    let (front, wire) = (Front::start(server.s3), Wire::start(server.s3));
    let world = World { site: TestSite::new(), server, front, wire, slurm: Slurm::start() };
    let publish = "publish: {to: 's3://site', record: 's3://record/club'}\nissuer:";
    let base = format!("http://127.0.0.1:{}/", world.front.port);
    world.site.replace("site.yaml", "https://badges.test.example/", &base).replace("site.yaml", "issuer:", publish);

    // The first night.
    world.site.file("content/earners/2026.yaml", export(60, &[]));
    let job = world.submit();
    world.wait(&job);
    let said = world.said(&job);
    assert!(said.contains("the run has come to its end") && said.contains("addresses from outside"), "{said}");
    world.is_whole();

    // A night in which an award is withdrawn, one is gone, and many are new. One task is killed while it publishes.
    world.site.file("content/earners/2026.yaml", export(360, &[(7, ", status: revoked"), (8, "gone")]));
    world.wire.take();
    world.wire.pause.store(20, Ordering::Relaxed);
    let job = world.submit();
    let start = Instant::now();
    let has_begun = || {
        let requests = world.wire.requests.lock().unwrap();
        let place = format!("/runs/slurm-{job}.");
        let begun = requests.iter().position(|line| line.contains(&place) && line.ends_with("/pending/2.json"));
        begun.is_some_and(|at| requests[at..].iter().filter(|line| line.starts_with("PUT /site/verify")).count() > 30)
    };
    while !has_begun() {
        assert!(start.elapsed() < Duration::from_mins(3), "{}", world.said(&job));
        thread::sleep(Duration::from_millis(5));
    }
    world.slurm.tell("scontrol", &["requeue", &format!("{job}_2")]);
    world.wire.pause.store(0, Ordering::Relaxed);
    world.wait(&job);
    assert_eq!(world.slurm.task(&job, 2)["Restarts"], "1");
    let said = world.said(&job);
    assert!(said.contains(&format!("down     {base}verify/award-0007/ (revoked)")), "{said}");
    assert!(said.contains(&format!("gone     {base}verify/award-0008/")), "{said}");
    assert_eq!(said.matches("the run has come to its end").count(), 1, "{said}");
    assert!(world.server.up("verify/award-0008/index.html").is_none());
    world.is_whole();
}
