//! The scripts that `docs/publish.md` has for `--plan`, run as they stand there: rsync over a real sshd, and rclone to a
//! folder and to a real store. Each runs only where its programs are there.
//!
//! ```text
//! apt-get install --no-install-recommends openssh-server openssh-client rsync rclone
//! BONAFIDE_WEED=…/bin/weed cargo test --test publish_plan
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]
#![allow(clippy::print_stderr, reason = "says why it does nothing")]
#![cfg(all(unix, feature = "cloud"))]

mod common;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use common::{Run, TestSite, store::Server, tree};

/// A program that is installed.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// Whether programs are there; if not, it is said that nothing was tested.
fn has(names: &[&str]) -> bool {
    match names.iter().find(|name| program(name).is_none()) {
        Some(missing) => {
            eprintln!("there is no {missing}: nothing was tested");
            false
        }
        None => true,
    }
}

/// The script of `docs/publish.md` that follows these words.
fn script(after: &str) -> String {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/publish.md")).unwrap();
    let (_, page) = page.split_once(after).unwrap();
    let (_, script) = page.split_once("```sh\n").unwrap();
    script.split_once("```").unwrap().0.to_owned()
}

/// Programs are looked for in a folder first, and bonafide is there.
fn path(first: &Path) -> OsString {
    let bonafide = Path::new(env!("CARGO_BIN_EXE_bonafide")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths([first, bonafide].into_iter().map(Path::to_owned).chain(std::env::split_paths(&path))).unwrap()
}

fn export(awards: &[(&str, &str)]) -> String {
    let award = |(id, more): &(&str, &str)| {
        format!(
            "  - id: e-{id}\n    name: Kate Osei\n    awards:\n      - {{id: {id}, badge: ccxp, issued: 2024-03-01{more}}}\n"
        )
    };
    format!("earners:\n{}", awards.iter().map(award).collect::<String>())
}

/// Two nights by a script: what it leaves at a host is what was built. `run` runs the script, `up` tells what is there.
fn two_nights(site: &TestSite, run: &dyn Fn() -> Run, up: &dyn Fn() -> BTreeMap<String, Vec<u8>>) {
    // What a host does not read is in no list.
    let built = || {
        let mut built = site.tree();
        assert!(built.remove(".nojekyll").is_some());
        built
    };
    site.file("content/earners/2026.yaml", export(&[("award-one", ""), ("award-two", ""), ("award-gone", "")]));
    // A name that shells would take apart.
    site.file("content/notes/what you get.txt", "A file.\n");
    site.file("content/about.md", "---\ntitle: About\n---\n[What you get](<notes/what you get.txt>)\n");
    site.build().ok();
    run().ok();
    assert!(up() == built(), "{:?}", up().keys());
    let before = built();
    site.file(
        "content/earners/2026.yaml",
        export(&[("award-one", ", status: revoked"), ("award-two", ""), ("new-one", "")]),
    );
    site.file("themes/default/static/site.css", "body { color: #123; }\n");
    site.file("content/notes/what you get.txt", "Another.\n");
    site.build().ok();
    run().ok();
    let mut found = up();
    // Old assets stay, for pages that somebody has open.
    found.retain(|path, bytes| !(path.starts_with("_assets/") && before.get(path) == Some(bytes) && !site.has(path)));
    assert!(found == built(), "{:?}", found.keys());
    assert!(!found.keys().any(|path| path.contains("award-gone")));
    // Nothing has changed since, so nothing is in the lists.
    run().ok();
    let lists: Vec<String> = tree(&site.at("lists"))
        .into_keys()
        .filter(|name| name.starts_with(|first: char| first.is_ascii_digit()))
        .collect();
    assert!(lists.is_empty(), "{lists:?}");
}

/// A real sshd on a port of this machine, with keys of its own.
struct Sshd {
    process: Child,
    folder: tempfile::TempDir,
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Sshd {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for key in ["host", "login"] {
            let mut keygen = Command::new(program("ssh-keygen").unwrap());
            keygen.args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(at(key));
            assert!(keygen.status().unwrap().success());
        }
        fs::copy(at("login.pub"), at("authorized")).unwrap();
        // It wants this folder if root starts it.
        let _ = fs::create_dir("/run/sshd");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let root = folder.path().display();
        let server = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {root}/host\nAuthorizedKeysFile {root}/authorized\nPidFile none\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
        );
        fs::write(at("sshd_config"), server).unwrap();
        let client = format!(
            "Host host.example\nHostName 127.0.0.1\nPort {port}\nIdentityFile {root}/login\nIdentitiesOnly yes\nBatchMode yes\n\
             StrictHostKeyChecking accept-new\nUserKnownHostsFile {root}/known\nLogLevel ERROR\n"
        );
        fs::write(at("ssh_config"), client).unwrap();
        // Under this name rsync and the script find it.
        fs::create_dir(at("bin")).unwrap();
        let ssh = program("ssh").unwrap();
        fs::write(at("bin/ssh"), format!("#!/bin/sh\nexec {} -F {root}/ssh_config \"$@\"\n", ssh.display())).unwrap();
        fs::set_permissions(at("bin/ssh"), fs::Permissions::from_mode(0o755)).unwrap();
        let mut sshd = Command::new(program("sshd").unwrap());
        sshd.arg("-D").arg("-e").arg("-f").arg(at("sshd_config")).stderr(Stdio::null());
        let sshd = Self { process: sshd.spawn().unwrap(), folder };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(start.elapsed() < Duration::from_secs(20), "sshd does not start");
            thread::sleep(Duration::from_millis(50));
        }
        sshd
    }
}

#[test]
fn lists_are_carried_out_by_rsync_over_ssh() {
    if !has(&["sshd", "ssh", "ssh-keygen", "rsync", "xargs"]) {
        return;
    }
    let (sshd, site, host) = (Sshd::start(), TestSite::new(), tempfile::tempdir().unwrap());
    let user = Run::of(Command::new("id").arg("-un").output().unwrap()).ok().stdout;
    let www = host.path().join("www");
    fs::create_dir(&www).unwrap();
    let script = script("With rsync, over ssh:");
    assert!(script.contains("web@host.example") && script.contains("/srv/www"));
    let script = script.replace("web@", &format!("{}@", user.trim())).replace("/srv/www", www.to_str().unwrap());
    let run = || {
        let mut command = Command::new("sh");
        command.current_dir(site.path()).env("PATH", path(&sshd.folder.path().join("bin"))).args(["-c", &script]);
        Run::of(command.output().unwrap())
    };
    two_nights(&site, &run, &|| tree(&www));
}

fn by_rclone(site: &TestSite, remote: &[(&str, &str)]) -> Run {
    let mut command = Command::new("sh");
    command.current_dir(site.path()).env("PATH", path(site.path())).args(["-c", &script("With rclone, to any")]);
    // A remote that is defined by variables, and no other configuration.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        command.env_remove(name);
    }
    command.env("RCLONE_CONFIG", "/dev/null").envs(remote.iter().copied());
    Run::of(command.output().unwrap())
}

#[test]
fn lists_are_carried_out_by_rclone_to_a_folder() {
    if !has(&["rclone"]) {
        return;
    }
    let site = TestSite::new();
    let run = || by_rclone(&site, &[("RCLONE_CONFIG_REMOTE_TYPE", "local")]);
    two_nights(&site, &run, &|| tree(&site.at("site")));
}

#[test]
fn lists_are_carried_out_by_rclone_to_a_store_with_their_headers() {
    if !has(&["rclone"]) {
        return;
    }
    let Some(server) = Server::named() else { return };
    let site = TestSite::new();
    let endpoint = format!("http://127.0.0.1:{}", server.s3);
    let remote = [
        ("RCLONE_CONFIG_REMOTE_TYPE", "s3"),
        ("RCLONE_CONFIG_REMOTE_PROVIDER", "Other"),
        ("RCLONE_CONFIG_REMOTE_ACCESS_KEY_ID", "test-key"),
        ("RCLONE_CONFIG_REMOTE_SECRET_ACCESS_KEY", "test-secret"),
        ("RCLONE_CONFIG_REMOTE_ENDPOINT", &endpoint),
    ];
    // Of what there may be: all that was built in either night.
    let seen = std::cell::RefCell::new(std::collections::BTreeSet::new());
    let up = || {
        seen.borrow_mut().extend(site.tree().into_keys());
        let seen = seen.borrow();
        let up = seen.iter().filter_map(|path| Some((path.clone(), server.up(&path.replace(' ', "%20"))?.1)));
        up.collect::<BTreeMap<_, _>>()
    };
    two_nights(&site, &|| by_rclone(&site, &remote), &up);
    let headers = |path: &str| server.up(path).unwrap().0;
    assert!(headers("verify/award-one/index.html").contains("cache-control: no-cache"));
    assert!(headers(&site.asset("style.css")).contains("cache-control: public, max-age=31536000, immutable"));
}
