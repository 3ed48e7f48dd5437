//! The preview server: what it listens at, its connections and their limits.
//!
//! HTTP is hyper's to speak. All connections are on one thread, which only moves bytes; finding and making what is
//! asked for is done on threads that may wait. Whoever looks at a preview is one person with some tabs, or a test with
//! some hundred connections. What it has to survive is said here in numbers.

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    sync::Arc,
    time::Duration,
};

use http_body_util::{Either, Full, channel::Channel};
use hyper::{
    Response, StatusCode,
    body::{Bytes, Incoming},
    header::{CONNECTION, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net, net::TcpStream, runtime, sync::Semaphore, task, time};

use super::{
    answer::Answers,
    events,
    reply::{Reply, Whole, to_fault},
    request::Request,
    wire::Wire,
};

/// How many connections there may be at once.
const CONNECTIONS: usize = 1_000;
/// The most bytes that the lines before a body may have.
const HEAD_MAX: usize = 16 * 1024;
/// How long the next request may take to begin and to come in.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to wait before the next connection is tried where one could not be had.
const PAUSE: Duration = Duration::from_millis(20);

/// What is sent: all at once, or as it comes to be.
pub(super) type Body = Either<Full<Bytes>, Channel<Bytes>>;

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
    /// No host was named.
    #[error("--host is empty; write a name or an address, such as --host localhost or --host 0.0.0.0, or leave it out")]
    NoHost,
    /// The host is no address of this machine, or the system has nothing left to listen with.
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
    /// Listens at a host (a name or an address; IPv6 also in brackets, as in addresses) and port; port 0 is any that is
    /// free.
    ///
    /// # Errors
    /// If the port is in use or the address not this machine's.
    pub fn listen(host: &str, port: u16) -> Result<Self, ListenError> {
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.trim().is_empty() {
            return Err(ListenError::NoHost);
        }
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
    ///
    /// # Errors
    /// If the system has no thread or handle left for it.
    pub fn run(self, answers: Answers) -> Result<(), ListenError> {
        let Self { listener, address, host } = self;
        let name: Arc<str> = host.as_str().into();
        let start = || {
            // As many threads as connections, at the worst: each may wait for a rebuild.
            let runtime =
                runtime::Builder::new_current_thread().enable_all().max_blocking_threads(CONNECTIONS).build()?;
            listener.set_nonblocking(true)?;
            let listener = {
                let _inside = runtime.enter();
                net::TcpListener::from_std(listener)?
            };
            let accepting = accept(listener, Arc::new(answers), name);
            std::thread::Builder::new().spawn(move || runtime.block_on(accepting)).map(drop)
        };
        start().map_err(|source| ListenError::Other { host, port: address.port(), source })
    }
}

async fn accept(listener: net::TcpListener, answers: Arc<Answers>, host: Arc<str>) {
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file handles, mostly: some will be free in a moment.
            time::sleep(PAUSE).await;
            continue;
        };
        let Ok(place) = free.clone().try_acquire_owned() else { continue };
        let (answers, host) = (answers.clone(), host.clone());
        // Where it cannot be had, answers only come a little later.
        let _ = stream.set_nodelay(true);
        task::spawn(async move {
            // Whatever goes wrong here is the client's going away.
            let _ = converse(Wire::new(stream), answers, host).await;
            drop(place);
        });
    }
}

/// One connection from its first request to its last.
async fn converse(wire: Wire<TcpStream>, answers: Arc<Answers>, host: Arc<str>) -> hyper::Result<()> {
    let service = service_fn(|request| answer(request, answers.clone(), host.clone()));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(HEAD_MAX)
        // Who has said all still listens.
        .half_close(true)
        .serve_connection(TokioIo::new(wire), service)
        .await
}

async fn answer(
    request: hyper::Request<Incoming>,
    answers: Arc<Answers>,
    host: Arc<str>,
) -> Result<Response<Body>, task::JoinError> {
    let request = match Request::of(request.into_parts().0, &host) {
        Ok(request) => request,
        Err(fault) => {
            let mut response = response(to_fault(fault));
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            return Ok(response);
        }
    };
    let (is_head, live) = (request.is_head, answers.live.clone());
    Ok(match task::spawn_blocking(move || answers.to(&request)).await? {
        Reply::Whole(whole) => response(whole),
        Reply::Events if is_head => response(Whole { status: 200, ..Whole::default() }),
        Reply::Events => events::open(live),
    })
}

fn response(whole: Whole) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::new(Bytes::from(whole.body))));
    *response.status_mut() = StatusCode::from_u16(whole.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in whole.fields {
        // An address that cannot stand in a field was none that anybody could have asked for.
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_host_is_told_with_what_to_write_and_brackets_are_part_of_no_address() {
        for empty in ["", " ", "[]"] {
            let told = Server::listen(empty, 0).err().unwrap().to_string();
            assert!(told.contains("--host is empty") && told.contains("--host localhost"), "{told}");
        }
        // Where there is no IPv6, it is the system that says so.
        match Server::listen("[::1]", 0) {
            Ok(server) => assert!(server.origin().starts_with("http://[::1]:"), "{}", server.origin()),
            Err(error) => assert!(error.to_string().contains("cannot listen on ::1, port"), "{error}"),
        }
    }
}
