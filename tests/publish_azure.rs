//! Publishing to Azurite, Microsoft's emulator of Azure Blob Storage, through the program itself. It runs only where the
//! environment names the emulator's program:
//!
//! ```text
//! npm install --prefix DIR --ignore-scripts azurite@3.35.0
//! BONAFIDE_AZURITE=DIR/node_modules/.bin/azurite-blob cargo test --test publish_azure
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]
#![allow(clippy::print_stderr, reason = "says why it does nothing")]
#![cfg(all(unix, feature = "cloud"))]

mod common;

use std::{
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use common::{
    Run, TestSite,
    store::{Front, ask, free_ports, get},
};
use hmac::{Hmac, KeyInit as _, Mac as _};

/// The emulator, with an account of its own.
struct Azurite {
    process: Child,
    port: u16,
    key: String,
    _folder: tempfile::TempDir,
}

impl Drop for Azurite {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Azurite {
    fn start(program: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_ports(1)[0];
        // Any will do that nobody has seen.
        let key = STANDARD.encode(blake3::hash(folder.path().as_os_str().as_encoded_bytes()).as_bytes());
        let process = Command::new(program)
            .args(["--silent", "--skipApiVersionCheck", "--disableTelemetry", "--blobHost", "127.0.0.1", "--blobPort"])
            .arg(port.to_string())
            .arg("--location")
            .arg(folder.path())
            .env("AZURITE_ACCOUNTS", format!("club:{key}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let azurite = Self { process, port, key, _folder: folder };
        let start = Instant::now();
        while get(port, "/").is_none() {
            assert!(start.elapsed() < Duration::from_mins(1), "the emulator does not start");
            thread::sleep(Duration::from_millis(200));
        }
        azurite.make("site", "x-ms-blob-public-access:blob\n");
        azurite.make("record", "");
        azurite
    }

    /// Makes a container ("Create Container" of the Blob service's REST API; "Authorize with Shared Key").
    fn make(&self, container: &str, access: &str) {
        let date = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT");
        let headers = format!("{access}x-ms-date:{date}\nx-ms-version:2021-08-06\n");
        let text = format!("PUT{}{headers}/club/club/{container}\nrestype:container", "\n".repeat(12));
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&STANDARD.decode(&self.key).unwrap()).unwrap();
        mac.update(text.as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        let headers = headers.replace('\n', "\r\n");
        let head = format!(
            "PUT /club/{container}?restype=container HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: 0\r\n{headers}\
             Authorization: SharedKey club:{signature}\r\n",
            self.port
        );
        let made = ask(self.port, &head);
        assert!(matches!(made, Some((201, ..))), "{made:?}");
    }
}

fn export(changed: &str) -> String {
    let award = |number: usize| {
        let more = if number == 7 { changed } else { "" };
        format!(
            "  - id: e-{number}\n    name: Kate Osei\n    awards:\n      - {{id: award-{number:04}, badge: ccxp, issued: \
             2024-03-01{more}}}\n"
        )
    };
    format!("earners:\n{}", (0..30).map(award).collect::<String>())
}

#[test]
fn a_site_and_its_shards_are_published_to_azurite() {
    let Ok(program) = std::env::var("BONAFIDE_AZURITE") else {
        eprintln!("BONAFIDE_AZURITE names no Azurite: nothing was tested");
        return;
    };
    let azurite = Azurite::start(&program);
    let front = Front::before(azurite.port, "/club/site");
    let base = format!("http://127.0.0.1:{}/", front.port);
    let site = TestSite::new();
    let publish = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bonafide"));
        command
            .current_dir(site.path())
            .env_clear()
            .env("AZURE_STORAGE_USE_EMULATOR", "true")
            .env("AZURITE_BLOB_STORAGE_URL", format!("http://127.0.0.1:{}", azurite.port))
            .env("AZURE_STORAGE_ACCOUNT_NAME", "club")
            .env("AZURE_STORAGE_ACCOUNT_KEY", &azurite.key)
            .args(["publish", "az://site", "--record", "az://record/club", "--format", "json", "--base-url", &base]);
        Run::of(command.args(args).output().unwrap()).ok().json()["result"].clone()
    };
    let build = |at: &str, more: &[&str]| {
        site.run(&[&["build", "--at", at, "--base-url", &base], more].concat()).ok();
    };
    let is_up = || {
        for (path, bytes) in site.tree().iter().filter(|(path, _)| *path != ".nojekyll") {
            let found = get(azurite.port, &format!("/club/site/{path}"));
            assert!(found.is_some_and(|(status, _, body)| status == 200 && body == *bytes), "{path}");
        }
    };

    site.file("content/earners/2026.yaml", export(""));
    build("2026-12-01", &[]);
    assert!(publish(&[])["looked_at"].as_u64().unwrap() > 10);
    is_up();
    let (_, headers, _) = get(azurite.port, &format!("/club/site/{}", site.asset("style.css"))).unwrap();
    assert!(headers.contains("cache-control: public, max-age=31536000, immutable"), "{headers}");
    assert!(headers.contains("content-type: text/css; charset=utf-8"), "{headers}");
    assert_eq!(publish(&[])["unchanged"], true);

    // One is revoked, and the site is brought up in shares.
    site.file("content/earners/2026.yaml", export(", status: revoked"));
    build("2026-12-02", &[]);
    for (shard, ends) in [("2/2", false), ("1/2", true)] {
        let out = shard.replace('/', "-");
        build("2026-12-02", &["--shard", shard, "--out", &out]);
        let result = publish(&["--shard", shard, "--out", &out, "--run", "night"]);
        assert_eq!(result["run"]["ended"], ends, "{result}");
    }
    is_up();
    assert_eq!(publish(&[])["unchanged"], true);
}
