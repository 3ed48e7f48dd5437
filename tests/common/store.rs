//! A real store, `SeaweedFS`, with a web server before it, and what stands between it and the program.

use std::{
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

/// The server, in a folder of its own.
pub struct Server {
    process: Child,
    pub s3: u16,
    _folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Ports that are free now, each with the one 10,000 above it, which `SeaweedFS` takes for gRPC.
pub fn free_ports(count: usize) -> Vec<u16> {
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
    /// The one that the environment names; none where it names none.
    #[allow(clippy::print_stderr, reason = "says why it does nothing")]
    pub fn named() -> Option<Self> {
        let Ok(program) = std::env::var("BONAFIDE_WEED") else {
            eprintln!("BONAFIDE_WEED names no SeaweedFS: nothing was tested");
            return None;
        };
        assert!(Path::new(&program).is_file(), "BONAFIDE_WEED is {program}");
        Some(Self::start(&program))
    }

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
    pub fn up(&self, key: &str) -> Option<(String, Vec<u8>)> {
        let (status, headers, body) = get(self.s3, &format!("/site/{key}"))?;
        (status == 200).then_some((headers, body))
    }
}

pub type Answer = Option<(u16, String, Vec<u8>)>;

pub fn get(port: u16, path: &str) -> Answer {
    ask(port, &format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"))
}

/// One request, one answer.
pub fn ask(port: u16, head: &str) -> Answer {
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
pub struct Front {
    pub port: u16,
    pub requests: Arc<Mutex<Vec<String>>>,
}

impl Front {
    /// Before a server on a port that has the site's files below `/site`.
    pub fn start(s3: u16) -> Self {
        Self::before(s3, "/site")
    }

    /// Before one that has them below another path.
    pub fn before(store: u16, root: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = seen.clone();
                thread::spawn(move || Self::answer(stream, store, root, &seen));
            }
        });
        Self { port, requests }
    }

    fn answer(mut stream: TcpStream, store: u16, root: &str, seen: &Mutex<Vec<String>>) {
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
        let found = get(store, &format!("{root}{path}{index}"));
        let (status, headers, body) = if let Some((200, headers, body)) = found {
            ("200 OK", headers, body)
        } else {
            let missing = get(store, &format!("{root}/404.html")).filter(|(status, ..)| *status == 200);
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
pub struct Wire {
    pub port: u16,
    pub requests: Arc<Mutex<Vec<String>>>,
    pub pause: Arc<AtomicU64>,
}

impl Wire {
    pub fn start(s3: u16) -> Self {
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

    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }
}

/// The program with a login to a store behind a wire, and nothing else of the environment.
pub fn command(folder: &Path, wire: &Wire) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bonafide"));
    command
        .current_dir(folder)
        .env_clear()
        .env("NO_COLOR", "1")
        .env("AWS_ACCESS_KEY_ID", "test-key")
        .env("AWS_SECRET_ACCESS_KEY", "test-secret")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", wire.port));
    command
}
