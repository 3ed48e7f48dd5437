//! HTTP of the preview: what browsers, tools and strangers may send, and what they get.
//!
//! Nothing here measures time. What is waited for may take as long as a slow machine needs; only a wait that would
//! never end fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

mod common;

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use common::{TestSite, preview::Preview};

#[test]
fn the_server_speaks_http_as_a_host_does() {
    let site = TestSite::new();
    site.file("content/guides/paper.pdf", b"%PDF-1.4 0123456789");
    let preview = Preview::start(&site);
    let page = preview.get("/faq/");
    assert_eq!((page.status, page.field("content-type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(page.field("content-length").unwrap(), page.body.len().to_string());
    let tag = page.field("etag").unwrap().to_owned();
    let again = preview.ask("GET", "/faq/", &format!("If-None-Match: \"x\", W/{tag}\r\n"));
    assert_eq!((again.status, again.body.len()), (304, 0));
    let head = preview.ask("HEAD", "/faq/", "");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.field("content-length"), page.field("content-length"));
    let to = preview.get("/faq?x=1");
    assert_eq!((to.status, to.field("location")), (302, Some("/faq/?x=1")));
    let part = preview.ask("GET", "/guides/paper.pdf", "Range: bytes=9-12\r\n");
    assert_eq!((part.status, part.text().as_str()), (206, "0123"));
    assert_eq!(part.field("content-range"), Some("bytes 9-12/19"));
    assert_eq!(part.field("content-type"), Some("application/pdf"));
    assert_eq!(preview.ask("GET", "/guides/paper.pdf", "Range: bytes=99-\r\n").status, 416);
    let missing = preview.get("/nothing/");
    assert_eq!(missing.status, 404);
    assert!(missing.text().contains("data-missing"));
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT"] {
        let answer = preview.ask(method, "/", "");
        assert_eq!((answer.status, answer.field("allow")), (405, Some("GET, HEAD")), "{method}");
    }
}

#[test]
fn several_requests_go_over_one_connection() {
    let site = TestSite::new();
    let preview = Preview::start(&site);
    let one = "GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let last = "GET /robots.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let all = preview.raw(format!("{one}{one}{last}").as_bytes());
    assert_eq!(format!("{}{}", all.head, all.text()).matches("HTTP/1.1 200 OK").count(), 3);
}

#[test]
fn a_body_is_not_taken_for_the_next_request() {
    let site = TestSite::new();
    let preview = Preview::start(&site);
    let inner = "GET /robots.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let lines = "Host: localhost\r\nConnection: close\r\n";
    for outer in [
        format!("GET /robots.txt HTTP/1.1\r\n{lines}Content-Length: {}\r\n\r\n{inner}", inner.len()),
        format!(
            "GET /robots.txt HTTP/1.1\r\n{lines}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{inner}\r\n0\r\n\r\n",
            inner.len()
        ),
        format!(
            "GET /robots.txt HTTP/1.1\r\n{lines}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}"
        ),
    ] {
        let all = preview.raw(outer.as_bytes());
        assert_eq!(format!("{}{}", all.head, all.text()).matches("HTTP/1.1 ").count(), 1, "{outer}");
    }
}

#[test]
fn who_is_refused_gets_to_read_why_and_who_has_said_all_is_still_answered() {
    let site = TestSite::new();
    let preview = Preview::start(&site);
    // More than anybody reads before the answer: closing at once would take the answer with it.
    let body = vec![b'x'; 2_000_000];
    let head = format!("POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: {}\r\n\r\n", body.len());
    assert_eq!(preview.raw(&[head.as_bytes(), &body].concat()).status, 403);
    let mut stream = preview.connect();
    stream.write_all(b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).unwrap();
    assert!(all.starts_with("HTTP/1.1 200 OK"), "{all}");
}

#[test]
fn who_reads_nothing_keeps_nobody_waiting() {
    let site = TestSite::new();
    // No system takes so much of an answer off a server's hands before it is read.
    site.file("content/guides/film.mp4", vec![0; 16_000_000]);
    let preview = Preview::start(&site);
    let stalled: Vec<TcpStream> = (0..4)
        .map(|_| {
            let mut stream = preview.connect();
            stream.write_all(b"GET /guides/film.mp4 HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
            stream
        })
        .collect();
    assert_eq!(preview.get("/").status, 200);
    assert_eq!(preview.get("/guides/film.mp4").body.len(), 16_000_000);
    drop(stalled);
}

#[test]
fn nobody_gets_out_of_the_site_or_in_from_elsewhere() {
    let site = TestSite::new();
    site.file("secret.txt", "secret");
    let preview = Preview::start(&site);
    for path in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/faq/..%5c..%5csecret.txt",
        "/.%2e/secret.txt",
        "/%252e%252e/secret.txt",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/faq/%00",
        "/\u{2025}/secret.txt",
        "/_bonafide/../../secret.txt",
        "/.bonafide/public/manifest",
        "/../.bonafide/public/manifest",
        "/_headers",
        "/_redirects",
    ] {
        let answer = preview.get(path);
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
        assert!(!answer.text().contains("secret"), "{path}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(site.at("secret.txt"), site.at("public/link.txt")).unwrap();
        assert_eq!(preview.get("/link.txt").status, 404);
    }
    for host in ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example"] {
        let answer = preview.raw(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
        assert_eq!(answer.status, 403, "{host}");
        assert!(!answer.text().contains("Test Badges"), "{host}");
    }
    assert_eq!(preview.raw(b"GET / HTTP/1.1\r\nHost: [::1]:4000\r\nConnection: close\r\n\r\n").status, 200);
}

#[test]
fn hanging_many_and_malformed_clients_keep_nobody_waiting() {
    let site = TestSite::new();
    let preview = Preview::start(&site);
    let hanging: Vec<TcpStream> = (0..220)
        .map(|number| {
            let mut stream = preview.connect();
            let begun: &[u8] = if number % 2 == 0 {
                b"GET / HT"
            } else {
                b"GET /_bonafide/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
            };
            stream.write_all(begun).unwrap();
            stream
        })
        .collect();
    assert_eq!(preview.get("/").status, 200);
    for bytes in [
        &b"\r\n\r\n\x16\x03\x01\r\n\r\n"[..],
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX\r\n\r\n",
        b"\xff\xfe\r\n\r\n",
        b"GET / HTTP/2.0\r\nHost: localhost\r\n\r\n",
        b"G\xc3\xa9T / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
    ] {
        assert_eq!(preview.raw(bytes).status, 400, "{bytes:?}");
    }
    let long = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(40_000));
    assert!(matches!(preview.raw(long.as_bytes()).status, 431 | 0));
    assert_eq!(preview.get("/").status, 200);
    drop(hanging);
}
