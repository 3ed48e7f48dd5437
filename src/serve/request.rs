//! A request, as a site can answer it; believed in nothing.
//!
//! How it is written is the library's to read. Two things are decided here: whether a request is meant for this
//! server at all, and for which path. The host it names must be this machine or a plain address: a foreign name that
//! leads here is how a web page reaches into a private network (DNS rebinding). And its path is taken apart before it
//! is decoded, so that no encoding of `/` or `..` can lead out of the site.

use std::net::IpAddr;

use hyper::{
    HeaderMap, Method,
    header::{HOST, HeaderName, HeaderValue, ORIGIN},
    http::request::Parts,
};
use percent_encoding::percent_decode_str;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Why there is no request that could be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It does not say for which host it is, or says so twice.
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
    fields: HeaderMap,
}

impl Request {
    /// A header field; several of one name are one, with commas.
    pub fn field(&self, name: &HeaderName) -> Option<String> {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let values: Vec<String> = self.fields.get_all(name).iter().map(text).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// Whether a page of this very server has sent it. Browsers say so with every request that is to do something.
    pub fn is_from_own_page(&self) -> bool {
        let (Some(origin), Some(host)) = (self.field(&ORIGIN), self.field(&HOST)) else { return false };
        let site = self.field(&SEC_FETCH_SITE);
        origin.strip_prefix("http://").is_some_and(|origin| origin.eq_ignore_ascii_case(&host))
            && site.is_none_or(|site| site == "same-origin")
    }

    /// The value of a parameter in the query.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let pairs = self.query.as_deref()?.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let value = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()?;
        Some(percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned())
    }

    /// What a request that was read asks for. `host` is the name that the server was told to answer to.
    ///
    /// # Errors
    /// Why it is not answered.
    pub fn of(parts: Parts, host: &str) -> Result<Self, Fault> {
        let Parts { method, uri, headers: fields, .. } = parts;
        let mut hosts = fields.get_all(HOST).iter();
        let (Some(written), None) = (hosts.next(), hosts.next()) else { return Err(Fault::Malformed) };
        let written = written.to_str().map_err(|_| Fault::Foreign)?;
        // A proxy's form names the host a second time, and that one counts (RFC 9112, 3.2.2).
        let named = uri.authority().map(hyper::http::uri::Authority::as_str);
        if [Some(written), named].into_iter().flatten().any(|authority| !is_ours(authority, host)) {
            return Err(Fault::Foreign);
        }
        if ![Method::GET, Method::HEAD, Method::POST].contains(&method) {
            return Err(Fault::Method);
        }
        if uri.scheme_str().is_some_and(|scheme| scheme != "http") {
            return Err(Fault::Path);
        }
        let (path, query) = (uri.path().to_owned(), uri.query().map(str::to_owned));
        let (is_head, is_post) = (method == Method::HEAD, method == Method::POST);
        Ok(Self { is_head, is_post, segments: segments(&path)?, path, query, fields })
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
    // A name that ends in the root's dot is the same name (RFC 3986, section 3.2.2).
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok()
        || (!host.is_empty() && name == host.to_ascii_lowercase())
}

fn is_port(text: &str) -> bool {
    // It may be empty (RFC 3986, section 3.2.3).
    text.strip_prefix(':').is_some_and(|port| port.is_empty() || port.parse::<u16>().is_ok())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, target: &str, fields: &[(&str, &str)]) -> Result<Request, Fault> {
        let start = hyper::Request::builder().method(method).uri(target);
        let request = fields.iter().fold(start, |request, (name, value)| request.header(*name, *value));
        Request::of(request.body(()).unwrap().into_parts().0, "192.168.0.5")
    }

    fn path(path: &str) -> Result<Vec<String>, Fault> {
        request("GET", path, &[("Host", "localhost")]).map(|request| request.segments)
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
            "*",
            "https://localhost/",
            "/%0d%0aa",
        ] {
            assert_eq!(path(out), Err(Fault::Path), "{out}");
        }
        // A single word is the form of CONNECT, and names a host.
        assert_eq!(path("x"), Err(Fault::Foreign));
        for way in ["/a%5cb", "/%2e%2e%5cx", "/C:/x", "/C%3A/x"] {
            assert_eq!(path(way).is_err(), cfg!(windows), "{way}");
        }
        // Decoded once and no further.
        assert_eq!(path("/%252e%252e/x").unwrap(), ["%2e%2e", "x"]);
        assert_eq!(path("/a%20b/%C3%A9/").unwrap(), ["a b", "é", ""]);
        assert_eq!(path("http://localhost").unwrap(), [""]);
    }

    #[test]
    fn foreign_hosts_are_refused_and_plain_addresses_are_not() {
        let to = |host: &str| request("GET", "/", &[("Host", host)]).err();
        for ours in [
            "localhost",
            "LOCALHOST:4000",
            "127.0.0.1:4000",
            "[::1]:4000",
            "192.168.0.5",
            "a.localhost:1",
            "localhost:",
            "localhost.",
        ] {
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
            "localhost\u{e9}",
        ] {
            assert_eq!(to(foreign), Some(Fault::Foreign), "{foreign}");
        }
        let local = [("Host", "localhost")];
        for target in ["http://evil.example/", "http://a@localhost/", "http://localhost:x@evil.example/"] {
            assert_eq!(request("GET", target, &local).err(), Some(Fault::Foreign), "{target}");
        }
        assert_eq!(request("CONNECT", "evil.example:443", &local).err(), Some(Fault::Foreign));
        assert_eq!(request("GET", "/", &[]).err(), Some(Fault::Malformed));
        assert_eq!(request("GET", "/", &[local[0], local[0]]).err(), Some(Fault::Malformed));
    }

    #[test]
    fn a_site_can_only_be_read() {
        for method in ["PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "X"] {
            assert_eq!(request(method, "/", &[("Host", "localhost")]).err(), Some(Fault::Method), "{method}");
        }
    }

    #[test]
    fn only_a_page_of_this_server_can_have_something_done() {
        let post = |fields: &[(&str, &str)]| {
            let fields: Vec<_> = [("Host", "localhost:4000")].into_iter().chain(fields.iter().copied()).collect();
            let request = request("POST", "/x", &fields).unwrap();
            request.is_post && request.is_from_own_page()
        };
        let own = ("Origin", "http://localhost:4000");
        assert!(post(&[own]));
        assert!(post(&[own, ("Sec-Fetch-Site", "same-origin")]));
        for foreign in [
            &[][..],
            &[("Origin", "null")],
            &[("Origin", "https://localhost:4000")],
            &[("Origin", "http://localhost:4001")],
            &[("Origin", "http://localhost")],
            &[("Origin", "http://evil.example")],
            &[("Origin", "http://localhost:4000.evil.example")],
            &[own, ("Origin", "http://evil.example")],
            &[own, ("Origin", "\u{ff}")],
            &[own, ("Sec-Fetch-Site", "same-site")],
            &[("Referer", "http://localhost:4000/")],
        ] {
            assert!(!post(foreign), "{foreign:?}");
        }
    }

    #[test]
    fn parameters_are_decoded() {
        let target = "/a?x=1&at=2027-01-01T00%3A00%3A00Z&at=2";
        let request = request("GET", target, &[("Host", "localhost")]).unwrap();
        assert_eq!(request.parameter("at").as_deref(), Some("2027-01-01T00:00:00Z"));
        assert_eq!(request.parameter("b"), None);
    }
}
