//! Keys, the secret and mail addresses never reach the output, what builds keep, or what is said: not when all is well,
//! and not when something is wrong, with the keys themselves above all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::format_collect,
    reason = "a test stops at the first surprise, and none of these texts is long"
)]
#![cfg(unix)]

mod common;

use std::{fs, os::unix::fs::PermissionsExt as _, process::Command};

use common::{MOMENT, Run, SIGNING, TestSite, preview::Preview};
use serde_json::Value;

/// What nobody may read: the name of each, and how it could be written.
struct Canaries(Vec<(&'static str, Vec<Vec<u8>>)>);

/// The keys of a site as its texts, and what to look for.
struct Keys {
    ed25519: String,
    p256: String,
    secret: String,
    canaries: Canaries,
}

const EMAIL: &str = "k.osei@mail.example";

impl Canaries {
    /// The first of them that is in something.
    fn found(&self, bytes: &[u8]) -> Option<&'static str> {
        let is_in = |form: &Vec<u8>| memchr::memmem::find(bytes, form).is_some();
        self.0.iter().find(|(_, forms)| forms.iter().any(is_in)).map(|(name, _)| *name)
    }

    #[track_caller]
    fn not_in(&self, what: &str, bytes: &[u8]) {
        if let Some(name) = self.found(bytes) {
            panic!("{what} has {name}: {}", String::from_utf8_lossy(bytes));
        }
    }

    #[track_caller]
    fn not_said(&self, what: &str, run: &Run) {
        assert!(!run.stderr.contains("panicked"), "{what}: {}", run.stderr);
        self.not_in(what, run.stdout.as_bytes());
        self.not_in(what, run.stderr.as_bytes());
    }

    #[track_caller]
    fn not_below(&self, site: &TestSite, folder: &str) {
        for (path, bytes) in common::tree(&site.at(folder)) {
            self.not_in(&format!("{folder}/{path}"), &bytes);
        }
    }
}

/// A part of it is as bad as all of it; so the middle third is looked for, which is random enough to be nowhere else.
fn forms(bytes: &[u8]) -> Vec<Vec<u8>> {
    use base64::Engine as _;
    let url = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let standard = base64::engine::general_purpose::STANDARD.encode(bytes);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let middle = |text: &str| text.as_bytes()[text.len() / 3..text.len() * 2 / 3].to_vec();
    vec![middle(&url), middle(&standard), middle(&hex), bytes[10..22].to_vec()]
}

fn keys(site: &TestSite) -> Keys {
    use base64::Engine as _;
    let read = |name: &str| fs::read_to_string(site.at(name)).unwrap();
    let decode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap();
    let (ed25519, p256, secret) =
        (read("keys/ed25519.jwk"), read("keys/p256.jwk"), read("keys/secret").trim().to_owned());
    let d = |jwk: &str| decode(serde_json::from_str::<Value>(jwk).unwrap()["d"].as_str().unwrap());
    let canaries = Canaries(vec![
        ("the Ed25519 key", forms(&d(&ed25519))),
        ("the P-256 key", forms(&d(&p256))),
        ("the secret", forms(&decode(&secret))),
        ("an earner's mail address", vec![EMAIL.into(), b"k.osei".to_vec(), b"k%2Eosei".to_vec()]),
    ]);
    Keys { ed25519: ed25519.trim().to_owned(), p256: p256.trim().to_owned(), secret, canaries }
}

fn signed() -> (TestSite, Keys) {
    let site = TestSite::new();
    site.sign();
    let keys = keys(&site);
    (site, keys)
}

const FORMATS: [&str; 3] = ["human", "json", "github"];

/// Checks and builds in each format, and looks at what is said and what is there afterwards.
#[track_caller]
fn try_all(site: &TestSite, canaries: &Canaries, what: &str, code: i32) {
    for command in ["check", "build"] {
        for format in FORMATS {
            let run = site.run(&[command, "--at", MOMENT, "--format", format]);
            canaries.not_said(&format!("{what}: {command} {format}"), &run);
            assert_eq!(run.code, Some(code), "{what}: {}{}", run.stdout, run.stderr);
        }
    }
    canaries.not_below(site, "public");
    canaries.not_below(site, ".bonafide");
}

#[test]
fn the_test_itself_sees_what_it_looks_for() {
    let (site, keys) = signed();
    for (name, text) in
        [("the Ed25519 key", &keys.ed25519), ("the P-256 key", &keys.p256), ("the secret", &keys.secret)]
    {
        assert_eq!(keys.canaries.found(text.as_bytes()), Some(name));
    }
    assert_eq!(keys.canaries.found(site.at("content/earners/2026.yaml").to_str().unwrap().as_bytes()), None);
}

#[test]
fn nothing_is_in_what_is_made_kept_or_said_when_all_is_well() {
    let (site, keys) = signed();
    let canaries = &keys.canaries;
    site.replace("site.yaml", "outputs: {", "outputs: {oembed: true, qr_svg: true, ");
    // Large enough that what came of it is kept between builds.
    let many: String = (0..200)
        .map(|number| format!("  - {{id: m-{number}, name: Many {number}, email: {EMAIL}, awards: [{{id: many-{number}, badge: ccxp, issued: 2024-03-01}}]}}\n"))
        .collect();
    site.file("content/earners/many.yaml", format!("earners:\n{many}"));
    try_all(&site, canaries, "all is well", 0);
    assert!(common::tree(&site.at(".bonafide")).len() > 1);
    fs::create_dir(site.at("srv")).unwrap();
    for args in [
        &["publish", "dir:srv/www", "--dry-run"][..],
        &["publish", "--plan"],
        &["verify", "--against", "public", "public/verify/award-kate"],
        &["verify", "--against", "public", "keys"],
        &["verify", "--key", "keys/ed25519.jwk", "public/verify/award-kate"],
        &["verify", "--key", "keys/secret", "public/verify/award-kate"],
        &["verify", "--status", "keys/p256.jwk", "public/verify/award-kate"],
        &["verify", "keys/ed25519.jwk", "keys/p256.jwk", "keys/secret", "content/earners/2026.yaml"],
        &["keygen", "keys"],
        &["build", "--shard", "1/2", "--out", "shard"],
    ] {
        for format in ["human", "json"] {
            let run = site.run(&[args, &["--format", format]].concat());
            canaries.not_said(&args.join(" "), &run);
        }
    }
    canaries.not_below(&site, "shard");
    canaries.not_below(&site, "srv");
    // What new keys are is not said either.
    let run = site.run(&["keygen", "more"]).ok();
    let more = fs::read_to_string(site.at("more/secret")).unwrap();
    assert!(!run.stdout.contains(more.trim()) && !run.stderr.contains(more.trim()));
}

#[test]
fn nothing_is_said_when_keys_stand_in_the_wrong_place() {
    let (site, keys) = signed();
    let (canaries, rest) = (&keys.canaries, fs::read_to_string(site.at("site.yaml")).unwrap().replace(SIGNING, ""));
    let d = |jwk: &str| serde_json::from_str::<Value>(jwk).unwrap()["d"].as_str().unwrap().to_owned();
    let (ed, p256, secret) = (&keys.ed25519, &keys.p256, &keys.secret);
    let seed = {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(d(ed)).unwrap()
    };
    // RFC 8410: an Ed25519 key in PKCS #8.
    let pem = {
        use base64::Engine as _;
        let der = [&[0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20], seed.as_slice()].concat();
        base64::engine::general_purpose::STANDARD.encode(der)
    };
    let hex: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
    let with = |key: &str, secret: &str, more: &str| format!("signing:\n  key: {key}\n  secret: {secret}\n{more}");
    let (file, place) = ("keys/ed25519.jwk", "keys/secret");
    for (what, signing) in [
        ("the secret where its file should be", with(file, secret, "")),
        ("the secret as a variable's name", with(file, &format!("env:{secret}"), "")),
        ("a JWK as a text", with(&format!("'{ed}'"), place, "")),
        ("a JWK as a variable's name", with(&format!("'env:{ed}'"), place, "")),
        ("a JWK as a record", with(ed, place, "")),
        ("a JWK on lines of its own", with(&format!("\n    kty: OKP\n    d: {}", d(ed)), place, "")),
        ("d of a JWK", with(&d(ed), place, "")),
        (
            "a PEM file",
            with(&format!("|\n    -----BEGIN PRIVATE KEY-----\n    {pem}\n    -----END PRIVATE KEY-----"), place, ""),
        ),
        ("a PEM file without its head", with(&pem, place, "")),
        ("hexadecimal digits", with(&hex, place, "")),
        ("hexadecimal digits as a variable", with(&format!("env:{hex}"), place, "")),
        ("a list", with(&format!("[{}]", d(ed)), place, "")),
        ("a JWK among the retired ones", with(file, place, &format!("  retired: ['{ed}']\n"))),
        ("d of a JWK among the retired ones", with(file, place, &format!("  retired: [{}]\n", d(ed)))),
        ("d among the compromised ones", with(file, place, &format!("  compromised:\n    - {}\n", d(p256)))),
        ("the key of JWTs", with(file, place, &format!("  jwt_key: {}\n", d(p256)))),
        ("a key that is written wrongly", with(file, place, &format!("  jwt_kye: {}\n", d(p256)))),
        ("a key without a colon", with(file, place, &format!("  jwt_key {}\n", d(p256)))),
        ("a quote that is never closed", with(file, place, &format!("  jwt_key: \"{}\n", d(p256)))),
        ("another setting", with(file, place, &format!("  verifier: {secret}\n"))),
        ("yes or no", with(file, place, &format!("  email_hash: {secret}\n"))),
        ("a name", with(file, place, &format!("  {secret}: x\n"))),
        ("instead of all settings", format!("signing: {secret}\n")),
        ("one line", format!("signing: {{key: {file}, secrte: {secret}}}\n")),
        ("twice", with(file, place, &format!("  secret: {secret}\n"))),
        ("another setting of the site", format!("{SIGNING}languages: [{secret}]\n")),
    ] {
        site.file("site.yaml", format!("{signing}{rest}"));
        try_all(&site, canaries, what, 1);
    }
    site.file("site.yaml", format!("{}{rest}", with(file, secret, "")));
    let preview = Preview::of(&site, &["--at", MOMENT]);
    for path in [
        "/",
        "/verify/award-kate/",
        "/keys/ed25519.jwk",
        "/_bonafide/events-not",
        "/../keys/secret",
        "/%2e%2e/keys/secret",
    ] {
        canaries.not_in(path, &preview.get(path).body);
    }
}

#[test]
fn nothing_is_said_of_what_is_in_files_and_variables_that_are_no_keys() {
    let (site, keys) = signed();
    let canaries = &keys.canaries;
    let original = fs::read_to_string(site.at("site.yaml")).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        fs::write(site.at(name), bytes).unwrap();
        fs::set_permissions(site.at(name), fs::Permissions::from_mode(0o600)).unwrap();
    };
    let (ed, p256, secret) = (keys.ed25519.clone(), keys.p256.clone(), keys.secret.clone());
    let d = serde_json::from_str::<Value>(&ed).unwrap()["d"].as_str().unwrap().to_owned();
    let wrong: Vec<(&str, Vec<u8>)> = vec![
        ("cut short", ed.as_bytes()[..ed.len() - 2].to_vec()),
        ("no JSON", format!("key {ed}").into_bytes()),
        ("a text", format!("\"{d}\"").into_bytes()),
        ("d alone", d.clone().into_bytes()),
        ("d too short", ed.replace(&d, &d[1..]).into_bytes()),
        ("d twice", ed.replacen("\"kty\"", &format!("\"d\":\"{d}\",\"kty\""), 1).into_bytes()),
        ("d and padding", ed.replace(&d, &format!("{d}=")).into_bytes()),
        ("d as a name", ed.replace("\"d\"", &format!("\"{d}\"")).into_bytes()),
        ("kty of d", ed.replace("\"OKP\"", &format!("\"{d}\"")).into_bytes()),
        ("crv of d", ed.replace("\"Ed25519\"", &format!("\"{d}\"")).into_bytes()),
        ("another public half", ed.replacen("\"x\":\"", "\"x\":\"A", 1).into_bytes()),
        ("the other key", p256.clone().into_bytes()),
        ("the secret", secret.clone().into_bytes()),
        ("no UTF-8", [ed.as_bytes(), b"\xff\xfe"].concat()),
        ("two secrets", format!("{secret}\n{secret}\n").into_bytes()),
        ("much more", [ed.as_bytes(), vec![b' '; 100_000].as_slice()].concat()),
        ("nothing", Vec::new()),
    ];
    for (what, bytes) in &wrong {
        write("keys/wrong", bytes);
        for place in ["keys/ed25519.jwk", "keys/p256.jwk", "keys/secret"] {
            if (*what == "the other key" && place == "keys/p256.jwk")
                || (["the secret", "d alone"].contains(what) && place == "keys/secret")
            {
                continue;
            }
            site.file("site.yaml", original.replace(place, "keys/wrong"));
            let run = site.run(&["check", "--at", MOMENT]);
            canaries.not_said(&format!("{what} for {place}"), &run);
            assert_eq!(run.code, Some(1), "{what} for {place}: {}", run.stderr);
            // The same in a variable, which others set.
            if let Ok(text) = String::from_utf8(bytes.clone())
                && *what != "much more"
                && place != "keys/p256.jwk"
            {
                site.file("site.yaml", original.replace(place, "env:WRONG"));
                let output = Command::new(env!("CARGO_BIN_EXE_bonafide"))
                    .current_dir(site.path())
                    .env("WRONG", text)
                    .args(["check", "--at", MOMENT])
                    .output()
                    .unwrap();
                canaries.not_in(what, &output.stdout);
                canaries.not_in(what, &output.stderr);
                assert_eq!(output.status.code(), Some(1), "{what} for {place}");
            }
        }
        for list in ["retired", "compromised"] {
            site.file("site.yaml", original.replace("keys/secret", &format!("keys/secret, {list}: [keys/wrong]")));
            let run = site.run(&["check", "--at", MOMENT]);
            canaries.not_said(&format!("{what}, {list}"), &run);
            // A public key with one member more is one.
            assert!(run.code == Some(1) || *what == "d as a name", "{what}, {list}: {}", run.stderr);
        }
    }
    // As a file that others can read, and as what cannot be read at all.
    site.file("site.yaml", &original);
    fs::set_permissions(site.at("keys/p256.jwk"), fs::Permissions::from_mode(0o640)).unwrap();
    try_all(&site, canaries, "others can read it", 1);
    fs::remove_file(site.at("keys/p256.jwk")).unwrap();
    fs::create_dir(site.at("keys/p256.jwk")).unwrap();
    try_all(&site, canaries, "a folder", 1);
}

#[test]
fn keys_that_lie_where_they_would_be_published_are_found_in_any_form() {
    let (site, keys) = signed();
    let canaries = &keys.canaries;
    let seed = {
        use base64::Engine as _;
        let jwk: Value = serde_json::from_str(&keys.ed25519).unwrap();
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(jwk["d"].as_str().unwrap()).unwrap()
    };
    for (file, bytes) in [
        ("content/files/backup.json", keys.ed25519.clone().into_bytes()),
        ("content/files/backup.txt", format!("The secret is {}.", keys.secret).into_bytes()),
        ("content/files/p256.txt", keys.p256.clone().into_bytes()),
        ("content/files/key.der", [b"0.\x02\x01".as_slice(), &seed].concat()),
        ("content/faq/keys.md", format!("---\ntitle: Keys\n---\nOurs is `{}`.\n", keys.secret).into_bytes()),
        ("themes/other/static/key.txt", keys.ed25519.clone().into_bytes()),
    ] {
        site.file(file, bytes);
        for format in FORMATS {
            let run = site.run(&["build", "--at", MOMENT, "--format", format]);
            canaries.not_said(file, &run);
            assert_eq!(run.code, Some(1), "{file}: {}{}", run.stdout, run.stderr);
            assert!(format!("{}{}", run.stdout, run.stderr).contains("this file holds the"), "{file}: {}", run.stderr);
        }
        canaries.not_below(&site, ".bonafide");
        assert!(!site.has("index.html"));
        site.remove(file);
    }
    site.build().ok();
}

#[test]
fn keys_that_stand_in_published_texts_are_found() {
    let (site, keys) = signed();
    let canaries = &keys.canaries;
    let original: Vec<(&str, String)> = ["site.yaml", "content/badges/badges.yaml", "content/earners/2026.yaml"]
        .into_iter()
        .map(|path| (path, fs::read_to_string(site.at(path)).unwrap()))
        .collect();
    let secret = &keys.secret;
    let d = serde_json::from_str::<Value>(&keys.ed25519).unwrap()["d"].as_str().unwrap().to_owned();
    let hex: String = {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(secret).unwrap();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    // As `base64 keys/p256.jwk` prints it.
    let packed = {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(format!("{}\n", keys.p256));
        text.as_bytes().chunks(76).map(|line| format!("{}\n", std::str::from_utf8(line).unwrap())).collect::<String>()
    };
    let award = "      - id: award-kate\n";
    for (what, path, from, to) in [
        ("a title", "site.yaml", "title: Test Badges", format!("title: Badges {d}")),
        ("an issuer's name", "site.yaml", "name: Test Association", format!("name: {secret}")),
        ("a comment", "site.yaml", "title: Test Badges", format!("title: Badges # {secret}")),
        ("a badge's description", "content/badges/badges.yaml", "One sentence.", format!("Badge {d}.")),
        ("a badge's name", "content/badges/badges.yaml", "abbreviation: CCXP", format!("abbreviation: {d}")),
        (
            "a badge's criteria",
            "content/badges/badges.yaml",
            "abbreviation: CCXP",
            format!("criteria: |\n      Do *{secret}*\n"),
        ),
        ("a badge's id", "content/badges/badges.yaml", "id: ccxp", format!("id: {hex}")),
        (
            "an earner's name",
            "content/earners/2026.yaml",
            "preferred_name: Kate Osei",
            format!("preferred_name: {secret}"),
        ),
        (
            "an escaped name",
            "content/earners/2026.yaml",
            "preferred_name: Kate Osei",
            format!(
                "preferred_name: \"{}\\u{:04x}{}\"",
                &secret[..20],
                u32::from(secret.as_bytes()[20]),
                &secret[21..]
            ),
        ),
        ("an award's id", "content/earners/2026.yaml", award, award.replace("award-kate", secret)),
        (
            "a private award's id",
            "content/earners/2026.yaml",
            "    awards:\n      - id: award-kate\n",
            format!("    visibility: private\n    awards:\n      - id: {secret}\n"),
        ),
        (
            "a reason",
            "content/earners/2026.yaml",
            award,
            format!("{award}        status: revoked\n        reason: {d}\n"),
        ),
        (
            "a narrative",
            "content/earners/2026.yaml",
            award,
            format!("{award}        evidence: [{{narrative: 'So {d}'}}]\n"),
        ),
        (
            "a JWK in base64",
            "content/earners/2026.yaml",
            award,
            format!(
                "{award}        evidence:\n          - narrative: |\n{}",
                packed.lines().map(|line| format!("              {line}\n")).collect::<String>()
            ),
        ),
    ] {
        site.replace(path, from, &to);
        if what == "a badge's id" {
            site.replace("content/earners/2026.yaml", "badge: ccxp", &format!("badge: {hex}"));
        }
        try_all(&site, canaries, what, 1);
        let run = site.run(&["check", "--at", MOMENT]);
        assert!(run.stderr.contains("holds the"), "{what}: {}", run.stderr);
        for (path, text) in &original {
            site.file(path, text);
        }
    }
    // A whole key file in base64, in Markdown and in what is no text.
    for path in ["content/faq/packed.md", "content/files/packed.txt"] {
        site.file(path, format!("---\ntitle: Packed\n---\n{packed}"));
        try_all(&site, canaries, path, 1);
        site.remove(path);
    }
    // The name of a file.
    site.file(&format!("content/images/{d}.svg"), common::PICTURE);
    try_all(&site, canaries, "a file's name", 1);
    site.remove(&format!("content/images/{d}.svg"));
    // A site that does not sign has nothing to look for.
    site.build().ok();
    site.file("site.yaml", original[0].1.replace(SIGNING, "")).replace(
        "site.yaml",
        "title: Test Badges",
        &format!("title: {d}"),
    );
    assert_eq!(site.run(&["check", "--at", MOMENT]).code, Some(0));
}
