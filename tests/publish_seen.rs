//! What is seen from outside after a publish: a web server that keeps old pages, has files of others, or is right.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]
#![cfg(all(unix, feature = "cloud"))]

mod common;

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
};

use common::{Run, TestSite};

/// Answers that are not those of the folder, by path.
type Odd = BTreeMap<String, (u16, String)>;

/// A web server of a folder, which answers folders with their `index.html` and what is not there with `404.html`.
struct Web {
    port: u16,
    odd: Arc<Mutex<Odd>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Web {
    fn start() -> (Self, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        (Self { port, odd: Arc::default(), asked: Arc::default() }, listener)
    }

    fn serve(&self, listener: TcpListener, root: PathBuf) {
        let (odd, asked) = (self.odd.clone(), self.asked.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &root, &odd, &asked);
            }
        });
    }

    fn says(&self, path: &str, status: u16, text: &str) {
        self.odd.lock().unwrap().insert(path.to_owned(), (status, text.to_owned()));
    }

    fn is_right_again(&self) {
        self.odd.lock().unwrap().clear();
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn answer(mut stream: TcpStream, root: &Path, odd: &Mutex<Odd>, asked: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|count| count > 2) {
        line.clear();
    }
    let path = first.split(' ').nth(1).unwrap_or("/").to_owned();
    asked.lock().unwrap().push(path.clone());
    let index = if path.ends_with('/') { "index.html" } else { "" };
    let file = |name: &str| fs::read(root.join(name.trim_start_matches('/'))).ok();
    let (status, body) = match odd.lock().unwrap().get(&path) {
        Some((status, text)) => (*status, text.clone().into_bytes()),
        None => match file(&format!("{path}{index}")) {
            Some(bytes) => (200, bytes),
            None => (404, file("404.html").unwrap_or_default()),
        },
    };
    let kept = if path.contains("/_assets/") { "immutable" } else { "no-cache" };
    let head = format!("HTTP/1.1 {status} X\r\nCache-Control: {kept}\r\nContent-Length: {}\r\n", body.len());
    let _ =
        stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).and_then(|()| stream.write_all(&body));
}

fn export(ids: &[&str], more: &str) -> String {
    let award = |id: &&str| {
        format!(
            "  - id: e-{id}\n    name: Kate Osei\n    awards:\n      - {{id: {id}, badge: ccxp, issued: 2024-03-01{more}}}\n"
        )
    };
    format!("earners:\n{}", ids.iter().map(award).collect::<String>())
}

fn site() -> (TestSite, Web) {
    let site = TestSite::new();
    let (web, listener) = Web::start();
    site.replace("site.yaml", "https://badges.test.example/", &format!("http://127.0.0.1:{}/", web.port));
    site.file("content/earners/2026.yaml", export(&["award-one", "award-two"], ""));
    fs::create_dir(site.at("srv")).unwrap();
    web.serve(listener, site.at("srv/www"));
    (site, web)
}

fn publish(site: &TestSite, args: &[&str]) -> Run {
    site.run(&[&["publish", "dir:srv/www", "--format", "json"], args].concat())
}

/// What it says, and whether it found that readers see something else.
#[track_caller]
fn seen(run: &Run, code: i32) -> String {
    assert_eq!(run.code, Some(code), "{}{}", run.stdout, run.stderr);
    run.json()["diagnostics"].to_string()
}

#[test]
fn every_page_of_a_small_site_is_looked_at_and_none_twice() {
    let (site, web) = site();
    site.build().ok();
    let run = publish(&site, &[]).ok();
    let mut asked = web.asked();
    assert_eq!(run.json()["result"]["looked_at"], asked.len());
    asked.sort();
    let count = asked.len();
    asked.dedup();
    assert_eq!(asked.len(), count, "{asked:?}");
    let pages = site.tree().into_keys().filter(|path| path.ends_with("index.html"));
    for page in pages {
        assert!(asked.contains(&format!("/{}", page.trim_end_matches("index.html"))), "{page}: {asked:?}");
    }
    // What is taken down is not drawn once more.
    site.file("content/earners/2026.yaml", export(&["award-one", "award-two"], ", status: revoked"));
    site.build().ok();
    let run = publish(&site, &[]).ok();
    let asked = web.asked();
    assert_eq!(run.json()["result"]["looked_at"], asked.len());
    assert_eq!(asked.iter().filter(|path| *path == "/verify/award-one/").count(), 1, "{asked:?}");
}

#[test]
fn what_was_not_as_expected_is_looked_at_in_each_run_until_it_is() {
    let (site, web) = site();
    site.build().ok();
    web.says("/verify/award-one/", 200, "<p>The page of the night before.");
    let said = seen(&publish(&site, &[]), 4);
    assert!(said.contains("verify/award-one/") && said.contains("other bytes"), "{said}");
    // Other folders are answered as they should be: it is a cache, and no setting for folders.
    assert!(said.contains("keeps old pages") && !said.contains("index document"), "{said}");
    for _ in 0..2 {
        let again = publish(&site, &[]);
        let said = seen(&again, 4);
        assert_eq!(again.json()["result"]["unchanged"], true);
        assert!(said.contains("verify/award-one/"), "{said}");
    }
    web.is_right_again();
    web.asked();
    seen(&publish(&site, &[]), 0);
    assert!(web.asked().contains(&"/verify/award-one/".to_owned()));
    seen(&publish(&site, &[]), 0);
    assert!(web.asked().is_empty(), "nothing changed, and all was right the last time");
}

#[test]
fn an_award_that_is_gone_and_still_served_is_in_a_cache() {
    let (site, web) = site();
    site.build().ok();
    seen(&publish(&site, &[]), 0);
    site.file("content/earners/2026.yaml", export(&["award-one"], ""));
    site.run(&["build", "--at", common::MOMENT, "--allow-vanished", "1"]).ok();
    web.says("/verify/award-two/", 200, "<p>This award is valid.");
    let said = seen(&publish(&site, &["--allow-vanished", "1"]), 4);
    assert!(said.contains("verify/award-two/") && said.contains("keeps what is gone"), "{said}");
    assert!(!said.contains("single-page"), "{said}");
    // Later, when another page has changed, it is still looked at.
    site.replace("site.yaml", "title: Test", "title: Another Test");
    site.build().ok();
    let said = seen(&publish(&site, &[]), 4);
    assert!(said.contains("verify/award-two/"), "{said}");
    web.is_right_again();
    seen(&publish(&site, &[]), 0);
}

#[test]
fn controls_that_somebody_else_has_put_there_are_found() {
    let (site, web) = site();
    site.build().ok();
    web.says("/_redirects", 200, "/old/secret /verify/hidden 301\n");
    let said = seen(&publish(&site, &[]), 4);
    assert!(said.contains("/_redirects readers find: it can be read"), "{said}");
    web.is_right_again();
    seen(&publish(&site, &[]), 0);
    seen(&publish(&site, &[]), 0);
}
