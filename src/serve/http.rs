//! The preview server: connections, threads and limits.
//!
//! One thread a connection, from the standard library alone. Whoever looks at a preview is one
//! person with some tabs, or a test with some hundred connections; that needs no framework, and what
//! is left out cannot be wrong. What it has to survive is said here in numbers: how many connections
//! there may be, and how long one may take to ask, to read, or to say nothing.

use std::{
    io::{self, ErrorKind, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    answer::{Answers, Reply, Whole},
    live::News,
    request::Request,
};

/// How many connections there may be at once.
const CONNECTIONS: usize = 1_000;
/// How long a client may take to read a piece of what it asked for.
const READING: Duration = Duration::from_secs(10);
/// How often an open page's line is tried when there is nothing to tell.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long what a refused client still sends is listened to, so that it gets to read why.
const FAREWELL: Duration = Duration::from_millis(300);

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another program has the port.
    #[error("port {port} is in use{}", next.map_or_else(String::new, |next| format!("; port {next} is free: --port {next}")))]
    InUse {
        /// The port.
        port: u16,
        /// The next one that is free.
        next: Option<u16>,
    },
    /// The host is no address of this machine.
    #[error("cannot listen on {host}, port {port}: {source}")]
    Other {
        /// The host that was named.
        host: String,
        /// The port.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
}

/// A server that listens and does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    host: String,
}

impl Server {
    /// Listens at a host (a name or an address) and port; port 0 is any that is free.
    ///
    /// # Errors
    /// If the port is in use or the address not this machine's.
    pub fn listen(host: &str, port: u16) -> Result<Self, ListenError> {
        let other = |source| ListenError::Other { host: host.to_owned(), port, source };
        let bind = |port: u16| -> io::Result<TcpListener> {
            let found: Vec<SocketAddr> = (host, port).to_socket_addrs()?.collect();
            TcpListener::bind(found.as_slice())
        };
        let listener = match bind(port) {
            Ok(listener) => listener,
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                let next = (port.saturating_add(1)..=port.saturating_add(200))
                    .find(|next| *next != port && bind(*next).is_ok());
                return Err(ListenError::InUse { port, next });
            }
            Err(error) => return Err(other(error)),
        };
        let address = listener.local_addr().map_err(other)?;
        Ok(Self { listener, address, host: host.to_owned() })
    }

    /// The address to open, without the path of the site.
    pub fn origin(&self) -> String {
        let port = self.address.port();
        match self.address {
            SocketAddr::V4(at) if at.ip().is_unspecified() => format!("http://localhost:{port}"),
            SocketAddr::V6(at) if at.ip().is_unspecified() => format!("http://localhost:{port}"),
            at => format!("http://{at}"),
        }
    }

    /// Answers for as long as the program runs, on threads of its own.
    pub fn run(self, answers: Answers) {
        let answers = Arc::new(answers);
        let host: Arc<str> = self.host.into();
        let open = Arc::new(AtomicUsize::new(0));
        std::thread::spawn(move || {
            for stream in self.listener.incoming() {
                let Ok(stream) = stream else {
                    // Out of file handles, mostly: some will be free in a moment.
                    std::thread::sleep(Duration::from_millis(20));
                    continue;
                };
                let guard = Guard(open.clone());
                if open.fetch_add(1, Ordering::Relaxed) >= CONNECTIONS {
                    continue;
                }
                let (answers, host) = (answers.clone(), host.clone());
                // If there is no thread to be had the connection is dropped, and the next one tried.
                let _ = std::thread::Builder::new().spawn(move || {
                    let _guard = guard;
                    // Whatever goes wrong here is the client's going away.
                    let _ = converse(stream, &answers, &host);
                });
            }
        });
    }
}

/// Counts a connection for as long as it lives.
struct Guard(Arc<AtomicUsize>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One connection from its first request to its last.
fn converse(mut stream: TcpStream, answers: &Answers, host: &str) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(READING))?;
    let mut rest = Vec::new();
    loop {
        let request = match Request::read(&mut stream, &mut rest, host) {
            Ok(request) => request,
            Err(fault) => {
                let Some(whole) = Answers::to_fault(fault) else { return Ok(()) };
                send(&mut stream, &whole, false, false)?;
                return hang_up(stream);
            }
        };
        match answers.to(&request) {
            Reply::Whole(whole) => send(&mut stream, &whole, request.is_head, request.keep)?,
            Reply::Events if request.is_head => {
                send(&mut stream, &Whole { status: 200, ..Whole::default() }, true, request.keep)?;
            }
            Reply::Events => return tell(stream, answers),
        }
        if !request.keep {
            return hang_up(stream);
        }
    }
}

/// Closes without cutting off what was said: a close with something unread would do that.
fn hang_up(mut stream: TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    let end = Instant::now() + FAREWELL;
    let mut buffer = [0; 4096];
    while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        stream.set_read_timeout(Some(left))?;
        if stream.read(&mut buffer)? == 0 {
            break;
        }
    }
    Ok(())
}

fn send(stream: &mut TcpStream, whole: &Whole, is_head: bool, keep: bool) -> io::Result<()> {
    let mut out = format!("HTTP/1.1 {} {}\r\n", whole.status, phrase(whole.status));
    for (name, value) in &whole.fields {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    if whole.status != 304 {
        out.push_str(&format!("Content-Length: {}\r\n", whole.body.len()));
    }
    out.push_str(if keep { "Connection: keep-alive\r\n\r\n" } else { "Connection: close\r\n\r\n" });
    let mut out = out.into_bytes();
    if !is_head {
        out.extend_from_slice(&whole.body);
    }
    stream.write_all(&out)
}

const fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        202 => "Accepted",
        206 => "Partial Content",
        302 => "Found",
        304 => "Not Modified",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        416 => "Range Not Satisfiable",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

/// Tells an open page of every change (server-sent events, HTML Standard 9.2).
fn tell(mut stream: TcpStream, answers: &Answers) -> io::Result<()> {
    stream.write_all(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\
          X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\nretry: 500\n\n",
    )?;
    let mut told: Option<News> = None;
    loop {
        match answers.live.next(told.as_ref(), HEARTBEAT) {
            None => stream.write_all(b":\n\n")?,
            Some(news) => {
                let change = news.change.as_deref();
                let version = serde_json::Value::from(format!("{}.{}", answers.live.run, news.version));
                let files = serde_json::json!(change.and_then(|change| change.files.as_ref()));
                let made = serde_json::json!(change.map(|change| &change.made));
                let problems = &news.problems;
                let event = format!(
                    "data: {{\"version\":{version},\"files\":{files},\"made\":{made},\"problems\":{problems}}}\n\n"
                );
                stream.write_all(event.as_bytes())?;
                told = Some(news);
            }
        }
    }
}
