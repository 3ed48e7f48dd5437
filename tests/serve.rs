//! The preview as people and their tools meet it: the whole program, over the loopback.
//!
//! Nothing here measures time. What is waited for may take as long as a slow machine needs; only a wait that would
//! never end fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

mod common;

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use common::{EARNERS, MOMENT, SITE, TestSite, tree};

const LONG: Duration = Duration::from_mins(1);

/// A running preview.
struct Preview {
    child: Child,
    port: u16,
}

impl Drop for Preview {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Preview {
    fn of(site: &TestSite, args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bonafide"))
            .current_dir(site.path())
            .env_remove("SOURCE_DATE_EPOCH")
            .args(["serve", "--port", "0", "--format", "json"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next().expect("the program ended").unwrap();
            let value: serde_json::Value = serde_json::from_str(&line).unwrap();
            if let Some(address) = value["serving"].as_str() {
                break address.split(':').nth(2).unwrap().split('/').next().unwrap().parse().unwrap();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, port }
    }

    fn start(site: &TestSite) -> Self {
        Self::of(site, &["--at", MOMENT])
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream
    }

    /// Sends exactly these bytes and reads until the end.
    fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        let _ = stream.write_all(bytes);
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all);
        let end = all.windows(4).position(|four| four == b"\r\n\r\n").map_or(all.len(), |at| at + 4);
        let body = all.split_off(end);
        let head = String::from_utf8_lossy(&all).into_owned();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        Answer { status, head, body }
    }

    fn ask(&self, method: &str, path: &str, fields: &str) -> Answer {
        self.raw(
            format!("{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n{fields}\r\n", self.port)
                .as_bytes(),
        )
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }

    /// Asks until the answer is as wanted.
    #[track_caller]
    fn until(&self, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        let end = Instant::now() + LONG;
        loop {
            let answer = self.get(path);
            if wanted(&answer) {
                return answer;
            }
            assert!(Instant::now() < end, "{path} never came to be so; it is {} {}", answer.status, answer.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A line that tells of changes.
    fn line(&self) -> Line {
        let mut stream = self.connect();
        stream.write_all(b"GET /_bonafide/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut line = Line(BufReader::new(stream).lines());
        line.next();
        line
    }
}

/// What an open page hears.
struct Line(std::io::Lines<BufReader<TcpStream>>);

impl Line {
    fn next(&mut self) -> serde_json::Value {
        loop {
            let line = self.0.next().unwrap().unwrap();
            if let Some(json) = line.strip_prefix("data: ") {
                return serde_json::from_str(json).unwrap();
            }
        }
    }
}

#[test]
fn a_change_is_told_to_open_pages_and_only_then_loaded() {
    let site = TestSite::new();
    let preview = Preview::start(&site);
    let mut line = preview.line();
    let before = preview.get("/faq/renew/").text();
    assert!(before.contains("Like this."));
    site.replace("content/faq/renew.md", "Like this", "In another way");
    let news = line.next();
    let after = preview.get("/faq/renew/").text();
    assert!(after.contains("In another way"), "{after}");
    assert!(after.contains(news["version"].as_str().unwrap()), "{news} {after}");
    assert!(news["files"].as_array().unwrap().iter().any(|file| file == "faq/renew/"), "{news}");
}

#[test]
fn the_script_is_in_what_is_served_and_not_in_the_output() {
    let site = TestSite::new();
    let preview = Preview::start(&site);
    let served = preview.get("/").text();
    assert!(served.contains("/_bonafide/client.js"), "{served}");
    assert!(preview.get("/_bonafide/client.js").text().contains("EventSource"));
    let files = site.tree();
    assert!(!files.values().any(|bytes| String::from_utf8_lossy(bytes).contains("_bonafide")));
    // Without the script it is the very file.
    let start = served.find("<script src=\"/_bonafide").unwrap();
    let end = start + served[start..].find("</script>").unwrap() + "</script>".len();
    assert_eq!(format!("{}{}", &served[..start], &served[end..]), site.out("index.html"));
}

#[test]
fn while_the_input_is_wrong_the_last_good_site_stays() {
    let site = TestSite::new();
    let preview = Preview::start(&site);
    let mut line = preview.line();
    site.replace("content/earners/2026.yaml", "badge: ccxp", "badge: <b>cxcp");
    let news = line.next();
    let problem = &news["problems"][0];
    assert_eq!(problem["place"], "content/earners/2026.yaml:8:16", "{news}");
    assert!(problem["message"].as_str().unwrap().contains("<b>cxcp"), "{news}");
    assert_eq!(preview.get("/verify/award-kate/").status, 200);
    site.file("content/earners/2026.yaml", EARNERS);
    assert_eq!(line.next()["problems"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_site_that_is_wrong_from_the_start_is_served_once_it_is_mended() {
    let site = TestSite::new();
    site.replace("content/earners/2026.yaml", "badge: ccxp", "badge: cxcp");
    let preview = Preview::start(&site);
    let page = preview.get("/");
    assert_eq!(page.status, 503);
    assert!(page.text().contains("/_bonafide/client.js"));
    site.file("content/earners/2026.yaml", EARNERS);
    preview.until("/", |answer| answer.status == 200);
}

#[test]
fn a_mistake_in_a_template_leaves_the_last_good_site_where_it_is() {
    let site = TestSite::new();
    site.file("themes/own/templates/404.html", "<!DOCTYPE html><title>x</title><p>first</p>").replace(
        "site.yaml",
        "title:",
        "theme: own\ntitle:",
    );
    let preview = Preview::start(&site);
    let mut line = preview.line();
    site.file("themes/own/templates/404.html", "<!DOCTYPE html><title>x</title><p>{{ nothing.at.all }}</p>");
    let news = line.next();
    assert_eq!(news["problems"].as_array().map(Vec::len), Some(1), "{news}");
    assert!(preview.get("/404.html").text().contains("first"));
    site.file("themes/own/templates/404.html", "<!DOCTYPE html><title>x</title><p>second</p>");
    preview.until("/404.html", |answer| answer.text().contains("second"));
}

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

#[test]
fn a_site_below_a_path_is_served_there() {
    let site = TestSite::new();
    site.replace("site.yaml", "https://badges.test.example/", "https://test.example/our/badges/");
    let preview = Preview::start(&site);
    assert_eq!(preview.get("/our/badges/").status, 200);
    assert!(preview.get("/our/badges/faq/").text().contains("/our/badges/_bonafide/client.js"));
    assert_eq!(preview.get("/").field("location"), Some("/our/badges/"));
    assert_eq!(preview.get("/our/badges").field("location"), Some("/our/badges/"));
    assert_eq!(preview.get("/faq/").status, 404);
    assert_eq!(preview.get("/our/badgesfaq/").status, 404);
}

#[test]
fn a_port_in_use_is_an_error_that_names_a_free_one() {
    let site = TestSite::new();
    let preview = Preview::start(&site);
    let run = site.run(&["serve", "--port", &preview.port.to_string(), "--out", "other"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains(&format!("port {} is in use", preview.port)), "{}", run.stderr);
    assert!(run.stderr.contains("is free: --port "), "{}", run.stderr);
    assert!(!site.at("other").exists());
}

#[test]
fn drafts_are_shown_and_never_built() {
    let site = TestSite::new();
    let preview = Preview::start(&site);
    site.file("content/faq/soon.md", "---\ntitle: Soon\ndraft: true\n---\n## A question of tomorrow?\n\nPerhaps.\n");
    let page = preview.until("/faq/soon/", |answer| answer.status == 200).text();
    assert!(page.contains("Perhaps."));
    assert!(page.contains("data-drafts=\"[&quot;faq/soon/&quot;]\""), "{page}");
    assert!(preview.get("/faq/").text().contains("/faq/soon/"));
    assert!(!site.has("faq/soon/index.html"));
    assert!(!site.out("faq/index.html").contains("soon"));
    site.replace("content/faq/soon.md", "Perhaps", "Certainly");
    preview.until("/faq/soon/", |answer| answer.text().contains("Certainly"));
    site.replace("content/faq/soon.md", "draft: true\n", "");
    preview.until("/faq/soon/", |answer| answer.text().contains("data-drafts=\"[]\""));
    assert!(site.has("faq/soon/index.html"));
}

#[test]
fn the_site_can_be_seen_as_of_another_day() {
    let site = TestSite::new();
    let preview = Preview::start(&site);
    let files = site.tree();
    let expired = preview.get("/verify/award-kate/?at=2027-06-02").text();
    assert!(expired.contains("data-status=\"expired\""), "{expired}");
    assert!(expired.contains("data-moment=\"2027-06-02T00:00:00Z\""), "{expired}");
    assert!(preview.get("/verify/award-kate/?at=2027-06-01").text().contains("data-status=\"expiring\""));
    assert_eq!(preview.get("/verify/award-kate/?at=tomorrow").status, 400);
    assert_eq!(preview.get("/verify/nobody/?at=2027-06-02").status, 404);
    assert_eq!(site.tree(), files);
}

#[test]
fn a_removed_output_folder_comes_back_and_a_removed_page_does_not() {
    let site = TestSite::new();
    let preview = Preview::start(&site);
    let files = site.tree();
    fs::remove_dir_all(site.at("public")).unwrap();
    assert_eq!(preview.get("/faq/renew/").status, 200);
    let end = Instant::now() + LONG;
    while site.tree() != files {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(20));
    }
    fs::rename(site.at("content/faq/renew.md"), site.at("content/faq/renewal.md")).unwrap();
    preview.until("/faq/renew/", |answer| answer.status == 404);
    preview.until("/faq/renewal/", |answer| answer.status == 200);
}

#[test]
fn where_there_are_no_events_the_files_are_read_again() {
    let site = TestSite::new();
    let preview = Preview::of(&site, &["--at", MOMENT, "--poll"]);
    site.replace("content/faq/renew.md", "Like this", "In another way");
    preview.until("/faq/renew/", |answer| answer.text().contains("In another way"));
}

/// A small generator (xorshift64*), so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % sides
    }
}

/// One of the many things that editors and their tools do.
fn disturb(site: &TestSite, dice: &mut Dice, step: usize) {
    let answer = |words: &str| {
        format!("---\ntitle: Renewing\n---\n## How do I renew? {{#renew when=expired,expiring}}\n\n{words}\n")
    };
    let page = "content/faq/renew.md";
    let extra = format!("content/guides/g{}.md", dice.roll(4));
    let guide = |words: &str| format!("---\ntitle: Guide\n---\n{words}\n");
    let atomically = |path: &str, text: String| {
        site.file("content/.renew.md.swx", &text);
        fs::create_dir_all(site.at(path).parent().unwrap()).unwrap();
        fs::rename(site.at("content/.renew.md.swx"), site.at(path)).unwrap();
    };
    match dice.roll(20) {
        0 => {
            site.file(page, answer(&format!("In place, {step}.")));
        }
        1 => {
            fs::write(site.at(page), "").unwrap();
            site.file(page, answer(&format!("Truncated first, {step}.")));
        }
        2 => atomically(page, answer(&format!("Renamed into place, {step}."))),
        // As vim does: the old file becomes a backup, the new one is written, the backup goes.
        3 => {
            site.file("content/faq/4913", "");
            site.remove("content/faq/4913");
            fs::rename(site.at(page), site.at("content/faq/renew.md~")).unwrap();
            site.file(page, answer(&format!("Like vim, {step}.")));
            site.remove("content/faq/renew.md~");
        }
        4 => {
            site.remove(page);
            site.file(page, answer(&format!("Removed and made again, {step}.")));
        }
        5 => {
            site.file(&extra, guide(&format!("New or changed, {step}.")));
        }
        6 => drop(fs::remove_file(site.at(&extra))),
        7 => drop(fs::rename(site.at(&extra), site.at(&format!("content/guides/h{}.md", dice.roll(3))))),
        8 => drop(fs::rename(site.at("content/guides"), site.at("content/manuals"))),
        9 => drop(fs::rename(site.at("content/manuals"), site.at(&format!("content/more{step}")))),
        10 => {
            site.file(&format!("content/deep/{}/er/page.md", dice.roll(3)), guide(&format!("Deep, {step}.")));
        }
        11 => drop(fs::remove_dir_all(site.at("content/deep"))),
        // As a switch between branches does: many files at once.
        12 => (0..40).for_each(|number| {
            site.file(&format!("content/many/p{number}.md"), guide(&format!("Many, {step}.")));
        }),
        13 => drop(fs::remove_dir_all(site.at("content/many"))),
        14 => drop(fs::remove_dir_all(site.at("public"))),
        15 => {
            let title = if dice.roll(2) == 0 { "Test Badges" } else { "Other Badges" };
            site.file(
                "site.yaml",
                SITE.replace("Test Badges", title)
                    .replace("issuer:", &format!("theme: {}\nissuer:", ["default", "own"][dice.roll(2)])),
            );
        }
        16 => {
            site.file("themes/own/templates/404.html", format!("<!DOCTYPE html><title>x</title><p>{step}</p>"));
        }
        17 => {
            site.file("content/badges/ccxp.svg", format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\"><circle cx=\"50\" cy=\"50\" r=\"{}\"/></svg>", 10 + dice.roll(30)));
        }
        18 => {
            site.file("content/earners/2026.yaml", EARNERS.replace("Kate Osei", &format!("Kate {}", dice.roll(5))));
        }
        // Wrong for a while, and right again.
        _ => {
            let badge = if dice.roll(2) == 0 { "badge: ccxp" } else { "badge: nothing" };
            site.file("content/earners/2026.yaml", EARNERS.replace("badge: ccxp", badge));
        }
    }
    if dice.roll(8) == 0 {
        // Touched without a change.
        let now = std::time::SystemTime::now();
        drop(
            fs::File::options().append(true).open(site.at("content/index.md")).and_then(|file| file.set_modified(now)),
        );
    }
}

#[test]
fn after_anything_that_editors_do_the_output_is_that_of_a_clean_build() {
    for seed in [1, 0x5eed] {
        let site = TestSite::new();
        site.file("themes/own/templates/404.html", "<!DOCTYPE html><title>x</title><p>own</p>")
            .file("content/guides/g0.md", "---\ntitle: Guide\n---\nx\n");
        let preview = Preview::start(&site);
        let mut dice = Dice(seed);
        for step in 0..150 {
            disturb(&site, &mut dice, step);
            // Sometimes the next disturbance comes while the last one is still worked on.
            if dice.roll(3) == 0 {
                std::thread::sleep(Duration::from_millis(dice.roll(60) as u64));
            }
            if step % 10 != 9 {
                continue;
            }
            let clean = tempfile::tempdir().unwrap();
            let out = clean.path().join("clean");
            let run = site.run(&["build", "--at", MOMENT, "--out", out.to_str().unwrap()]);
            if run.code != Some(0) {
                continue;
            }
            let wanted = tree(&out);
            let end = Instant::now() + LONG;
            while site.tree() != wanted {
                assert!(
                    Instant::now() < end,
                    "seed {seed}, step {step}: {:?} and not {:?}",
                    site.tree().keys(),
                    wanted.keys()
                );
                std::thread::sleep(Duration::from_millis(20));
            }
            for path in wanted.keys().filter(|path| !path.ends_with(".html") && !path.starts_with('_')) {
                assert_eq!(preview.get(&format!("/{path}")).body, wanted[path], "{path}");
            }
        }
    }
}

#[test]
fn building_without_a_server_keeps_up_as_well() {
    let site = TestSite::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_bonafide"))
        .current_dir(site.path())
        .args(["build", "--watch", "--at", MOMENT])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let end = Instant::now() + LONG;
    let mut changed = false;
    loop {
        let text = fs::read_to_string(site.at("public/faq/renew/index.html")).unwrap_or_default();
        if !changed && text.contains("Like this.") {
            site.replace("content/faq/renew.md", "Like this", "In another way");
            changed = true;
        }
        if text.contains("In another way") {
            break;
        }
        assert!(Instant::now() < end, "{text}");
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // Whatever it was doing, the output is whole.
    site.build().ok();
}

/// A site of so many awards.
fn export(count: usize) -> String {
    let earner = |number: usize| {
        format!(
            "  - {{id: e-{number}, name: Kate, awards: [{{id: award-{number:03}, badge: ccxp, issued: 2024-03-01}}]}}\n"
        )
    };
    std::iter::once("earners:\n".to_owned()).chain((0..count).map(earner)).collect()
}

#[test]
fn what_is_saved_while_a_site_is_written_is_seen_and_in_the_end_written() {
    let site = TestSite::new();
    site.file("content/earners/2026.yaml", export(600));
    let preview = Preview::start(&site);
    // What every page shows, so that all have to be written; and again before they are.
    for step in 0..6 {
        let words = format!("Other Badges, {step}");
        site.file("site.yaml", SITE.replace("Test Badges", &words));
        for path in ["/faq/renew/", "/verify/award-599/"] {
            preview.until(path, |answer| answer.text().contains(&words));
            assert!(preview.get(path).text().contains(&words), "it does not go back");
        }
        if step == 3 {
            // What is wrong leaves the last good site, though it may not have been written yet.
            let mut line = preview.line();
            site.file("content/earners/more.yaml", "earners: [{id: x, name: X, awards: [{id: x, badge: y}]}]\n");
            while line.next()["problems"].as_array().is_none_or(Vec::is_empty) {}
            preview.until("/verify/award-000/", |answer| answer.text().contains(&words));
            let end = Instant::now() + LONG;
            while !site.out("verify/award-599/index.html").contains(&words) {
                assert!(Instant::now() < end, "it is never written");
                std::thread::sleep(Duration::from_millis(20));
            }
            site.remove("content/earners/more.yaml");
        }
    }
    // Back to what it was, and files that come and go: while the last edit is written.
    site.file("content/guides/new.md", "---\ntitle: New\n---\nNew.\n").file("site.yaml", SITE);
    preview.until("/guides/new/", |answer| answer.status == 200);
    preview.until("/faq/renew/", |answer| answer.text().contains("Test Badges"));
    let clean = tempfile::tempdir().unwrap();
    let out = clean.path().join("clean");
    site.run(&["build", "--at", MOMENT, "--out", out.to_str().unwrap()]).ok();
    let (wanted, end) = (tree(&out), Instant::now() + LONG);
    while site.tree() != wanted {
        assert!(Instant::now() < end, "the output is not that of a clean build");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_site_that_would_lose_awards_is_held_back_until_somebody_says_that_it_is_meant() {
    let site = TestSite::new();
    site.file("content/earners/2026.yaml", export(10));
    let preview = Preview::start(&site);
    let mut line = preview.line();
    fs::remove_dir_all(site.at("content/earners")).unwrap();
    let news = line.next();
    let refusal = &news["problems"][0];
    assert_eq!((&refusal["severity"], &refusal["gone"]), (&"refusal".into(), &10.into()), "{news}");
    assert!(refusal["advice"].as_str().unwrap().contains("It is meant: go on"), "{news}");
    assert!(refusal["also"][0].as_str().unwrap().starts_with("content/earners/2026.yaml: all 10 awards"), "{news}");
    assert_eq!(preview.get("/verify/award-000/").status, 200);
    // Other moments are those of the site that stays.
    assert_eq!(preview.get("/verify/award-000/?at=2027-01-01").status, 200);
    // Nobody but an open page can say so, nor of another number, nor of anything else.
    let own = format!("Origin: http://localhost:{}\r\nContent-Length: 0\r\n", preview.port);
    let go_on = "/_bonafide/go-on?vanished=10";
    assert_eq!(preview.ask("POST", go_on, "Origin: https://evil.example\r\n").status, 403);
    assert_eq!(preview.ask("POST", go_on, "").status, 403);
    assert_eq!(preview.ask("GET", go_on, &own).status, 405);
    assert_eq!(preview.ask("POST", "/_bonafide/go-on?vanished=9", &own).status, 409);
    assert_eq!(preview.ask("POST", "/_bonafide/go-on", &own).status, 409);
    assert_eq!(preview.ask("POST", "/", &own).status, 405);
    assert_eq!(preview.get("/verify/award-000/").status, 200);
    assert_eq!(preview.ask("POST", go_on, &own).status, 202);
    preview.until("/verify/award-000/", |answer| answer.status == 404);
    assert_eq!(preview.ask("POST", go_on, &own).status, 409, "it was meant once");
}

#[test]
fn awards_that_come_back_end_a_refusal() {
    let site = TestSite::new();
    site.file("content/earners/2026.yaml", export(10));
    let preview = Preview::start(&site);
    let mut line = preview.line();
    site.file("content/earners/2026.yaml", "earners: []\n");
    assert_eq!(line.next()["problems"][0]["gone"], 10);
    site.file("content/earners/2026.yaml", export(11));
    while line.next()["problems"].as_array().is_none_or(|problems| !problems.is_empty()) {}
    preview.until("/verify/award-010/", |answer| answer.status == 200);
}

#[test]
fn a_preview_compares_with_the_last_build_and_can_be_told_at_its_start() {
    let site = TestSite::new();
    site.file("content/earners/2026.yaml", export(10)).build().ok();
    site.file("content/earners/2026.yaml", export(2));
    {
        let preview = Preview::start(&site);
        let page = preview.get("/");
        assert_eq!(page.status, 200, "what the last build made is there: {}", page.text());
        assert_eq!(preview.get("/verify/award-009/").status, 200);
    }
    let preview = Preview::of(&site, &["--at", MOMENT, "--allow-vanished", "8"]);
    assert_eq!(preview.get("/verify/award-009/").status, 404);
}
