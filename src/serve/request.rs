//! A request, read from a connection and believed in nothing.
//!
//! This is the little of HTTP/1.1 (RFC 9112) that a browser on the same machine needs: a request
//! without a body, its target and a few fields. Whatever else comes is answered and the connection
//! closed. Two things decide whether a request is meant for this server at all. The host it names
//! must be this machine or a plain address: a foreign name that leads here is how a web page reaches
//! into a private network (DNS rebinding). And its path is taken apart before it is decoded, so that
//! no encoding of `/` or `..` can lead out of the site.

use std::{
    io::{ErrorKind, Read},
    net::{IpAddr, TcpStream},
    time::{Duration, Instant},
};

use percent_encoding::percent_decode_str;

/// The most bytes that the lines before a body may have.
const HEAD_MAX: usize = 16 * 1024;
/// For how long an idle connection is kept.
const IDLE: Duration = Duration::from_mins(1);
/// How long a request may take to come in, once it has begun.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The other side has nothing more to ask, or is gone.
    Closed,
    /// It began and did not end.
    Slow,
    /// The lines are longer than anybody needs.
    TooLong,
    /// It is not HTTP/1.
    Malformed,
    /// It is for another host.
    Foreign,
    /// Only GET and HEAD are known, and POST where something can be done.
    Method,
    /// The path is not one of any site's.
    Path,
}

/// A request for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Whether only the header is wanted.
    pub is_head: bool,
    /// Whether something is to be done.
    pub is_post: bool,
    /// The path's segments, decoded; the last is empty where it ends in `/`.
    pub segments: Vec<String>,
    /// The path as it was asked for.
    pub path: String,
    /// What stands after `?`.
    pub query: Option<String>,
    /// Whether the connection stays open afterwards.
    pub keep: bool,
    fields: Vec<(String, String)>,
}

impl Request {
    /// A header field; several of one name are one, with commas.
    pub fn field(&self, name: &str) -> Option<String> {
        let values: Vec<&str> =
            self.fields.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// Whether a page of this very server has sent it. Browsers say so with every request that is to do something.
    pub fn is_from_own_page(&self) -> bool {
        let (Some(origin), Some(host)) = (self.field("origin"), self.field("host")) else { return false };
        let site = self.field("sec-fetch-site");
        origin.strip_prefix("http://").is_some_and(|origin| origin.eq_ignore_ascii_case(&host))
            && site.is_none_or(|site| site == "same-origin")
    }

    /// The value of a parameter in the query.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let pairs = self.query.as_deref()?.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let value = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()?;
        Some(percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned())
    }

    /// Reads the next request. `rest` holds what came with the one before, `host` the name that the server was
    /// told to answer to.
    ///
    /// # Errors
    /// Why there is none.
    pub fn read(stream: &mut TcpStream, rest: &mut Vec<u8>, host: &str) -> Result<Self, Fault> {
        let end = head(stream, rest)?;
        let head: Vec<u8> = rest.drain(..end).collect();
        Self::parse(&head, host)
    }

    fn parse(head: &[u8], host: &str) -> Result<Self, Fault> {
        let text = std::str::from_utf8(head).map_err(|_| Fault::Malformed)?;
        let text = text.strip_suffix("\r\n\r\n").ok_or(Fault::Malformed)?;
        let mut lines = text.split("\r\n");
        let mut first = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(target), Some(version), None) =
            (first.next(), first.next(), first.next(), first.next())
        else {
            return Err(Fault::Malformed);
        };
        let is_new = match version {
            "HTTP/1.1" => true,
            "HTTP/1.0" => false,
            _ => return Err(Fault::Malformed),
        };
        let mut fields = Vec::new();
        for line in lines {
            let (name, value) = line.split_once(':').ok_or(Fault::Malformed)?;
            let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
            if name.is_empty()
                || !name.bytes().all(is_token)
                || value.bytes().any(|b| b < b' ' && b != b'\t' || b == 127)
            {
                return Err(Fault::Malformed);
            }
            fields.push((name.to_ascii_lowercase(), value.trim_matches([' ', '\t']).to_owned()));
        }
        if method.is_empty() || !method.bytes().all(|b| b.is_ascii_uppercase() || b == b'-') {
            return Err(Fault::Malformed);
        }
        // A proxy's form names the host a second time, and that one counts (RFC 9112, 3.2.2).
        let (named, target) = match target.strip_prefix("http://") {
            None => (None, target),
            Some(rest) => {
                let at = rest.find(['/', '?']).unwrap_or(rest.len());
                let (authority, path) = rest.split_at(at);
                (Some(authority), path)
            }
        };
        let hosts: Vec<&str> =
            fields.iter().filter(|(name, _)| name == "host").map(|(_, value)| value.as_str()).collect();
        let [written] = hosts.as_slice() else { return Err(Fault::Malformed) };
        if [Some(*written), named].into_iter().flatten().any(|authority| !is_ours(authority, host)) {
            return Err(Fault::Foreign);
        }
        if !matches!(method, "GET" | "HEAD" | "POST") {
            return Err(Fault::Method);
        }
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        let path = if path.is_empty() { "/" } else { path };
        let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        // A body would be taken for the next request.
        let has_body =
            field("transfer-encoding").is_some() || field("content-length").is_some_and(|length| length != "0");
        let connection = field("connection").unwrap_or_default().to_ascii_lowercase();
        let keep = is_new && !has_body && !connection.split(',').any(|word| word.trim() == "close");
        let (is_head, is_post) = (method == "HEAD", method == "POST");
        Ok(Self { is_head, is_post, segments: segments(path)?, path: path.to_owned(), query, keep, fields })
    }
}

/// Reads until the empty line, and tells where the head ends.
fn head(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Result<usize, Fault> {
    let mut deadline = Instant::now() + if bytes.is_empty() { IDLE } else { PATIENCE };
    let mut buffer = [0; 4096];
    let mut seen = 0;
    loop {
        // Empty lines before a request are to be passed over (RFC 9112, 2.2).
        while bytes.starts_with(b"\r\n") {
            bytes.drain(..2);
            seen = 0;
        }
        let from = seen.min(bytes.len());
        let found = bytes.get(from..).and_then(|new| new.windows(4).position(|four| four == b"\r\n\r\n"));
        if let Some(at) = found {
            let end = from + at + 4;
            return if end > HEAD_MAX { Err(Fault::TooLong) } else { Ok(end) };
        }
        seen = bytes.len().saturating_sub(3);
        if bytes.len() > HEAD_MAX {
            return Err(Fault::TooLong);
        }
        let began = !bytes.is_empty();
        let left = deadline.saturating_duration_since(Instant::now());
        let late = if began { Fault::Slow } else { Fault::Closed };
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return Err(late);
        }
        match stream.read(&mut buffer) {
            Ok(0) => return Err(if began { Fault::Malformed } else { Fault::Closed }),
            Ok(read) => {
                if !began {
                    deadline = Instant::now() + PATIENCE;
                }
                bytes.extend_from_slice(buffer.get(..read).unwrap_or_default());
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return Err(late),
            Err(_) => return Err(Fault::Closed),
        }
    }
}

/// Whether a host (and port) is this machine, a plain address, or the name that the server was told to answer to.
fn is_ours(authority: &str, host: &str) -> bool {
    let name = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((name, port)) if port.is_empty() || is_port(port) => {
                return name.parse::<std::net::Ipv6Addr>().is_ok();
            }
            _ => return false,
        },
        None => match authority.find(':') {
            Some(at) if authority.get(at..).is_some_and(is_port) => authority.get(..at).unwrap_or_default(),
            Some(_) => return false,
            None => authority,
        },
    };
    let name = name.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok()
        || (!host.is_empty() && name == host.to_ascii_lowercase())
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
}

/// A path's segments, each decoded on its own.
fn segments(path: &str) -> Result<Vec<String>, Fault> {
    let path = path.strip_prefix('/').ok_or(Fault::Path)?;
    let parts: Vec<&str> = path.split('/').collect();
    let last = parts.len() - 1;
    let decode = |(index, part): (usize, &&str)| {
        let text = percent_decode_str(part).decode_utf8().map_err(|_| Fault::Path)?;
        // Elsewhere a backslash and a colon are letters of a name, once they were encoded as such.
        let is_way = |c: char| c == '/' || (cfg!(windows) && matches!(c, '\\' | ':'));
        let is_strange = text.is_empty() && index != last
            || matches!(&*text, "." | "..")
            || part.contains('\\')
            || text.contains(is_way)
            || text.chars().any(char::is_control);
        if is_strange { Err(Fault::Path) } else { Ok(text.into_owned()) }
    };
    parts.iter().enumerate().map(decode).collect()
}

/// The bytes that a `Range` field asks for of so many (RFC 9110, 14.2), end exclusive.
///
/// `None`: all of them, as for anything this server need not understand. `Some(None)`: none of them can be had.
pub fn range(field: &str, length: usize) -> Option<Option<std::ops::Range<usize>>> {
    let spec = field.trim().strip_prefix("bytes=")?;
    if spec.contains(',') {
        return None;
    }
    let (from, to) = spec.split_once('-')?;
    let number = |text: &str| -> Option<usize> {
        (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().unwrap_or(usize::MAX))
    };
    match (number(from), number(to)) {
        (None, Some(last)) if from.is_empty() => {
            Some((last > 0 && length > 0).then(|| length.saturating_sub(last)..length))
        }
        (Some(from), None) if to.is_empty() => Some((from < length).then_some(from..length)),
        (Some(from), Some(to)) if from <= to => Some((from < length).then(|| from..to.saturating_add(1).min(length))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(head: &str) -> Result<Request, Fault> {
        Request::parse(head.as_bytes(), "192.168.0.5")
    }

    fn path(path: &str) -> Result<Vec<String>, Fault> {
        parse(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")).map(|request| request.segments)
    }

    #[test]
    fn no_encoding_leads_out_of_the_site() {
        for out in [
            "/../x",
            "/a/../../x",
            "/%2e%2e/x",
            "/.%2E/x",
            "/a%2fb",
            "/a\\b",
            "/..\\x",
            "/%00",
            "/a//b",
            "//evil.example/",
            "/./x",
            "/%c0%ae%c0%ae/",
            "x",
            "*",
            "/%0d%0aa",
        ] {
            assert_eq!(path(out), Err(Fault::Path), "{out}");
        }
        for way in ["/a%5cb", "/%2e%2e%5cx", "/C:/x", "/C%3A/x"] {
            assert_eq!(path(way).is_err(), cfg!(windows), "{way}");
        }
        // Decoded once and no further.
        assert_eq!(path("/%252e%252e/x").unwrap(), ["%2e%2e", "x"]);
        assert_eq!(path("/a%20b/%C3%A9/").unwrap(), ["a b", "é", ""]);
    }

    #[test]
    fn foreign_hosts_are_refused_and_plain_addresses_are_not() {
        let to = |host: &str| parse(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).err();
        for ours in ["localhost", "LOCALHOST:4000", "127.0.0.1:4000", "[::1]:4000", "192.168.0.5", "a.localhost:1"] {
            assert_eq!(to(ours), None, "{ours}");
        }
        for foreign in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "localhost:x",
            "",
            "[::1",
            "a@localhost",
        ] {
            assert_eq!(to(foreign), Some(Fault::Foreign), "{foreign}");
        }
        assert_eq!(parse("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n").err(), Some(Fault::Foreign));
        assert_eq!(parse("GET / HTTP/1.1\r\n\r\n").err(), Some(Fault::Malformed));
        assert_eq!(parse("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n").err(), Some(Fault::Malformed));
    }

    #[test]
    fn what_is_not_http_is_not_taken_for_it() {
        for head in [
            "GET /\r\n\r\n",
            "GET / HTTP/2.0\r\nHost: localhost\r\n\r\n",
            "G\u{e9}T / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: localhost\r\n folded\r\n\r\n",
            "GET / HTTP/1.1\nHost: localhost\n\n",
            "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
            "\u{16}\u{3}\u{1}\r\n\r\n",
        ] {
            assert_eq!(parse(head).err(), Some(Fault::Malformed), "{head:?}");
        }
        assert_eq!(parse("PUT / HTTP/1.1\r\nHost: localhost\r\n\r\n").err(), Some(Fault::Method));
    }

    #[test]
    fn only_a_page_of_this_server_can_have_something_done() {
        let post = |fields: &str| {
            let head = format!("POST /x HTTP/1.1\r\nHost: localhost:4000\r\n{fields}\r\n");
            let request = parse(&head).unwrap();
            request.is_post && request.is_from_own_page()
        };
        assert!(post("Origin: http://localhost:4000\r\n"));
        assert!(post("Origin: http://localhost:4000\r\nSec-Fetch-Site: same-origin\r\n"));
        for foreign in [
            "",
            "Origin: null\r\n",
            "Origin: https://localhost:4000\r\n",
            "Origin: http://localhost:4001\r\n",
            "Origin: http://localhost\r\n",
            "Origin: http://evil.example\r\n",
            "Origin: http://localhost:4000.evil.example\r\n",
            "Origin: http://localhost:4000\r\nOrigin: http://evil.example\r\n",
            "Origin: http://localhost:4000\r\nSec-Fetch-Site: same-site\r\n",
            "Referer: http://localhost:4000/\r\n",
        ] {
            assert!(!post(foreign), "{foreign}");
        }
    }

    #[test]
    fn a_request_with_a_body_ends_the_connection() {
        let request = parse("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n").unwrap();
        assert!(!request.keep);
        assert!(parse("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap().keep);
    }

    #[test]
    fn ranges_are_as_the_standard_says() {
        assert_eq!(range("bytes=0-4", 10), Some(Some(0..5)));
        assert_eq!(range("bytes=5-", 10), Some(Some(5..10)));
        assert_eq!(range("bytes=-3", 10), Some(Some(7..10)));
        assert_eq!(range("bytes=-30", 10), Some(Some(0..10)));
        assert_eq!(range("bytes=5-99999999999999999999999", 10), Some(Some(5..10)));
        assert_eq!(range("bytes=10-", 10), Some(None));
        assert_eq!(range("bytes=-0", 10), Some(None));
        for all in ["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes=-", "bytes=--5"] {
            assert_eq!(range(all, 10), None, "{all}");
        }
    }

    #[test]
    fn parameters_are_decoded() {
        let request = parse("GET /a?x=1&at=2027-01-01T00%3A00%3A00Z&at=2 HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        assert_eq!(request.parameter("at").as_deref(), Some("2027-01-01T00:00:00Z"));
        assert_eq!(request.parameter("b"), None);
    }
}
