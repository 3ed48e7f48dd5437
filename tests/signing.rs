//! Sites that sign: keys from where site.yaml says they are, the files of each award, and what changes when.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

mod common;

use std::{collections::BTreeSet, fs, process::Command};

use common::{MOMENT, Run, TestSite};
use serde_json::Value;

/// A small site with keys of its own.
fn signed() -> TestSite {
    let site = TestSite::new();
    site.sign();
    site
}

fn json(site: &TestSite, path: &str) -> Value {
    serde_json::from_str(&site.out(path)).unwrap()
}

/// The verdicts of `bonafide verify` on files, with a built site at hand.
fn verdicts(site: &TestSite, against: &str, files: &[&str]) -> Vec<String> {
    let mut args = vec!["verify", "--at", MOMENT, "--format", "json", "--against", against];
    args.extend(files);
    let run = site.run(&args);
    let results = run.json()["results"].as_array().unwrap_or_else(|| panic!("{}", run.stderr)).clone();
    results.iter().map(|result| result["verdict"].as_str().unwrap().to_owned()).collect()
}

fn verdict(site: &TestSite, file: &str) -> String {
    verdicts(site, "public", &[file]).concat()
}

/// The paths whose bytes are others than before, are new or are gone.
fn changed(site: &TestSite, change: impl FnOnce()) -> BTreeSet<String> {
    let before = site.tree();
    change();
    site.build().ok();
    let after = site.tree();
    before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path)).cloned().collect()
}

fn paths(paths: &[&str]) -> BTreeSet<String> {
    paths.iter().map(ToString::to_string).collect()
}

const FILES: [&str; 10] = [
    "verify/award-kate/credential.json",
    "verify/award-kate/credential.jwt",
    "verify/award-kate/status.json",
    "verify/award-kate/assertion.json",
    "verify/award-kate/badge.svg",
    "badges/ccxp/badge.json",
    "badges/ccxp/achievement.json",
    "issuer.json",
    ".well-known/did.json",
    "verify/award-kate/index.html",
];

#[test]
fn a_site_that_signs_has_all_files_and_one_that_does_not_has_none() {
    let site = signed();
    site.build().ok();
    for file in FILES {
        assert!(site.has(file), "{file}");
    }
    for file in &FILES[..5] {
        if !file.ends_with("status.json") && !file.ends_with("assertion.json") {
            assert_eq!(verdict(&site, &format!("public/{file}")), "valid", "{file}");
        }
    }
    // The contract's forms.
    let credential = json(&site, FILES[0]);
    assert_eq!(credential["id"], "https://badges.test.example/verify/award-kate/credential.json");
    assert_eq!(credential["issuer"]["id"], "did:web:badges.test.example");
    assert_eq!(credential["validFrom"], "2024-03-01T00:00:00Z");
    assert_eq!(credential["validUntil"], "2027-06-01T23:59:59Z");
    assert_eq!(credential["credentialSubject"]["identifier"][0]["identityHash"], "Kate Osei");
    assert_eq!(credential["credentialSubject"]["identifier"][1]["identityType"], "emailAddress");
    let image = credential["credentialSubject"]["achievement"]["image"]["id"].as_str().unwrap().to_owned();
    assert!(
        site.has(image.strip_prefix("https://badges.test.example/").unwrap()) && image.ends_with(".png"),
        "{image}"
    );
    assert_eq!(
        credential["credentialStatus"]["statusListCredential"],
        "https://badges.test.example/verify/award-kate/status.json"
    );
    let assertion = json(&site, FILES[3]);
    assert_eq!(assertion["badge"], json(&site, FILES[5])["id"]);
    assert_eq!(json(&site, FILES[5])["issuer"], json(&site, "issuer.json")["id"]);
    // Nobody's mail address, and nothing of a key, is in any file, beside the output, or in what is said.
    let mut secrets =
        vec!["k.osei@mail.example".to_owned(), fs::read_to_string(site.at("keys/secret")).unwrap().trim().to_owned()];
    for key in ["ed25519.jwk", "p256.jwk"] {
        let jwk: Value = serde_json::from_slice(&fs::read(site.at(&format!("keys/{key}"))).unwrap()).unwrap();
        secrets.push(jwk["d"].as_str().unwrap().to_owned());
    }
    let beside = common::tree(&site.at(".bonafide"));
    for (path, bytes) in site.tree().into_iter().chain(beside) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(secrets.iter().all(|secret| !text.contains(secret)), "{path}");
    }

    let without = TestSite::new();
    without.build().ok();
    for file in FILES.iter().filter(|file| !file.ends_with(".html")) {
        assert!(!without.has(file), "{file}");
    }
    assert!(without.tree().keys().all(|path| !path.contains("_assets/signed.")));
    let page = without.out("verify/award-kate/index.html");
    assert!(["credential.", "did:web:", "did.json"].iter().all(|word| !page.contains(word)), "{page}");
}

#[test]
fn the_same_input_and_keys_give_the_same_bytes_and_switches_leave_files_out() {
    let site = signed();
    site.build().ok();
    let first = site.tree();
    fs::remove_dir_all(site.at("public")).unwrap();
    fs::remove_dir_all(site.at(".bonafide")).unwrap();
    site.build().ok();
    assert_eq!(first, site.tree());
    site.replace("site.yaml", "share_card: false", "share_card: false, baked_badge: false");
    site.build().ok();
    assert!(!site.has(FILES[4]) && site.has(FILES[0]));
    assert!(json(&site, FILES[3]).get("image").is_none());
    site.replace("site.yaml", "baked_badge: false", "open_badges: false");
    site.build().ok();
    assert!(FILES[..9].iter().all(|file| !site.has(file)));
    // Without a key for JWTs there are none; without the hash of the mail address there is no assertion.
    site.replace("site.yaml", ", open_badges: false", "").replace(
        "site.yaml",
        "jwt_key: keys/p256.jwk, ",
        "email_hash: false, ",
    );
    site.build().ok();
    assert!(site.has(FILES[0]) && !site.has(FILES[1]) && !site.has(FILES[3]) && site.has(FILES[4]));
    assert_eq!(json(&site, FILES[0])["credentialSubject"]["identifier"].as_array().unwrap().len(), 1);
    assert_eq!(verdict(&site, "public/verify/award-kate/badge.svg"), "valid");
}

#[test]
fn a_site_below_a_path_has_its_keys_there() {
    let site = signed();
    site.replace("site.yaml", "https://badges.test.example/", "https://test.example/badges");
    site.build().ok();
    assert!(site.has("did.json") && !site.has(".well-known/did.json"));
    assert_eq!(json(&site, "did.json")["id"], "did:web:test.example:badges");
    assert_eq!(verdict(&site, "public/verify/award-kate/badge.svg"), "valid");
}

#[test]
fn a_status_rewrites_the_page_the_status_list_and_the_assertion_and_no_more() {
    let site = signed();
    site.build().ok();
    fs::copy(site.at("public/verify/award-kate/badge.svg"), site.at("kept.svg")).unwrap();
    let three =
        paths(&["verify/award-kate/index.html", "verify/award-kate/status.json", "verify/award-kate/assertion.json"]);
    let award = "content/earners/2026.yaml";
    let revoked = || {
        site.replace(
            award,
            "expires: 2027-06-01",
            "expires: 2027-06-01\n        status: revoked\n        reason: Fee unpaid",
        );
    };
    assert_eq!(changed(&site, revoked), three);
    assert_eq!(verdict(&site, "kept.svg"), "withdrawn");
    let assertion = json(&site, "verify/award-kate/assertion.json");
    let names: Vec<&String> = assertion.as_object().unwrap().keys().collect();
    assert_eq!(names, ["@context", "id", "revocationReason", "revoked", "type"]);
    assert_eq!(assertion["revocationReason"], "Fee unpaid");
    // On hold: the bit stays as it is, since verifiers know no other.
    let held = || {
        site.replace(award, "status: revoked", "status: suspended");
    };
    assert_eq!(changed(&site, held), paths(&["verify/award-kate/index.html", "verify/award-kate/assertion.json"]));
    assert_eq!(verdict(&site, "kept.svg"), "on hold");
    let back = || {
        site.replace(award, "        status: suspended\n        reason: Fee unpaid\n", "");
    };
    assert_eq!(changed(&site, back), three);
    assert_eq!(verdict(&site, "kept.svg"), "valid");
    // Time alone changes the page and nothing that is signed, and nothing is signed again.
    let result = site.build_json("2027-07-01");
    assert_eq!(result["result"]["work"]["rendered"], 1, "{result}");
}

#[track_caller]
fn refused(site: &TestSite, expected: &[&str]) -> String {
    let said = site.build().refused();
    for words in expected {
        assert!(said.contains(words), "{words}: {said}");
    }
    said
}

#[test]
fn keys_that_are_not_what_or_where_they_have_to_be_are_refused() {
    let site = signed();
    let original = fs::read_to_string(site.at("site.yaml")).unwrap();
    let with = |from: &str, to: &str| site.file("site.yaml", original.replace(from, to));
    // Where it would be published.
    for folder in ["content", "themes", "public"] {
        fs::create_dir_all(site.at(folder)).unwrap();
        fs::copy(site.at("keys/ed25519.jwk"), site.at(&format!("{folder}/key.jwk"))).unwrap();
        with("keys/ed25519.jwk", &format!("{folder}/key.jwk"));
        refused(&site, &["site.yaml", "key.jwk` is below"]);
        with("keys/ed25519.jwk", &format!("keys/../{folder}/key.jwk"));
        refused(&site, &["is below"]);
        fs::remove_file(site.at(&format!("{folder}/key.jwk"))).unwrap();
    }
    with("keys/ed25519.jwk", "env:NOWHERE_TO_BE_FOUND");
    refused(&site, &["the variable `NOWHERE_TO_BE_FOUND` is not set"]);
    with("keys/ed25519.jwk", "keys/none.jwk");
    refused(&site, &["`keys/none.jwk` cannot be read", "keygen"]);
    with("keys/ed25519.jwk", "keys/p256.jwk");
    refused(&site, &["EC P-256", "Ed25519"]);
    with("keys/ed25519.jwk", "keys/ed25519.pub.jwk");
    fs::set_permissions(site.at("keys/ed25519.pub.jwk"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    refused(&site, &["only the public half"]);
    with("secret: keys/secret", "secret: keys/secret, retired: [keys/p256.jwk]");
    refused(&site, &["this is a private key", "only its public half"]);
    with("secret: keys/secret", "secret: keys/secret, compromised: [keys/ed25519.pub.jwk]");
    refused(&site, &["signs with a key that is listed as compromised"]);
    with(", secret: keys/secret", "");
    refused(&site, &["`secret`", "env:BONAFIDE_SECRET"]);
    with("secret: keys/secret", "secrte: keys/secret");
    refused(&site, &["did you mean `secret`"]);
    with("secret: keys/secret", "secret: keys/secret, verifier: 'https://verifier.example/'");
    refused(&site, &["{url}"]);
    // The secret itself, where its place should be, is not repeated.
    let secret = fs::read_to_string(site.at("keys/secret")).unwrap().trim().to_owned();
    with("keys/secret", &secret);
    let said = refused(&site, &["this is what is secret itself"]);
    assert!(!said.contains(&secret), "{said}");
    with("none", "none");
    fs::set_permissions(site.at("keys/secret"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    refused(&site, &["others can read `keys/secret`: its mode is 0644", "chmod 600"]);
    fs::set_permissions(site.at("keys/secret"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    site.build().ok();
}

#[test]
fn keys_come_from_variables() {
    let site = signed();
    site.build().ok();
    let before = site.tree();
    let read = |name: &str| fs::read_to_string(site.at(name)).unwrap();
    let (key, secret) = (read("keys/ed25519.jwk"), read("keys/secret"));
    site.replace("site.yaml", "keys/ed25519.jwk", "env:THE_KEY").replace("site.yaml", "keys/secret", "env:THE_SECRET");
    let output = Command::new(env!("CARGO_BIN_EXE_bonafide"))
        .current_dir(site.path())
        .env("THE_KEY", key)
        .env("THE_SECRET", secret)
        .args(["build", "--at", MOMENT])
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }.ok();
    assert_eq!(before, site.tree());
}

#[test]
fn hosts_are_told_how_to_send_credentials() {
    let site = signed();
    site.replace("site.yaml", "outputs:", "hosting: netlify\noutputs:");
    site.build().ok();
    let headers = site.out("_headers");
    for rule in [
        "/verify/:award/credential.json\n  Access-Control-Allow-Origin: *\n  Content-Type: application/json\n",
        "/verify/:award/status.json\n  Access-Control-Allow-Origin: *\n  Content-Type: application/json\n",
        "/verify/:award/credential.jwt\n  Access-Control-Allow-Origin: *\n  Content-Type: text/plain\n",
        "/verify/:award/badge.png\n  Access-Control-Allow-Origin: *\n",
        "/.well-known/did.json\n  Access-Control-Allow-Origin: *\n  Content-Type: application/json\n",
        "/issuer.json\n  Cache-Control: no-cache\n",
        "/.well-known/*\n  Cache-Control: no-cache\n",
    ] {
        assert!(headers.contains(rule), "{rule}\n{headers}");
    }
}

#[test]
fn skills_that_others_sort_wrongly_are_told() {
    let site = signed();
    // U+FB01 comes before U+1F41D by code point and after it by UTF-16 unit.
    site.replace("content/badges/badges.yaml", "    image:", "    skills: [\"\u{fb01}nd\", \"\u{1f41d}\"]\n    image:");
    let run = site.build().ok();
    assert!(run.stderr.contains("sorts them wrongly"), "{}", run.stderr);
    assert_eq!(verdict(&site, "public/verify/award-kate/credential.json"), "valid");
}

#[test]
fn only_what_says_something_else_is_signed_again() {
    let site = signed();
    let award = "content/earners/2026.yaml";
    let more = "      - id: award-old\n        badge: ccxp\n        issued: 2021-03-01\n";
    site.file(award, format!("{}{more}", fs::read_to_string(site.at(award)).unwrap()));
    site.build().ok();
    let rendered = |result: &Value| result["result"]["work"]["rendered"].as_u64().unwrap();
    let beside =
        |files: &[&str]| -> BTreeSet<String> { files.iter().map(|file| format!("verify/award-kate/{file}")).collect() };
    let result = |change: &dyn Fn()| {
        let before = site.tree();
        change();
        let result = site.build_json(MOMENT);
        let after = site.tree();
        let changed: BTreeSet<String> =
            before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path)).cloned().collect();
        (changed, rendered(&result))
    };
    // Whatever else is revoked, neither signature nor picture of any award is made again.
    let revoked = result(&|| {
        site.replace(award, "expires: 2027-06-01", "expires: 2027-06-01\n        status: revoked");
    });
    assert_eq!(revoked, (beside(&["index.html", "status.json", "assertion.json"]), 3));
    result(&|| {
        site.replace(award, "\n        status: revoked", "");
    });
    // A renewal says another date: a new credential, and the status as it was.
    let renewed = result(&|| {
        site.replace(award, "expires: 2027-06-01", "expires: 2029-06-01");
    });
    let signed = ["index.html", "credential.json", "credential.jwt", "assertion.json", "badge.svg"];
    assert_eq!(renewed, (beside(&signed), 5));
    // What no credential says.
    let job = result(&|| {
        site.replace(award, "    email:", "    job_title: Head\n    email:");
    });
    assert_eq!(job.1, 2, "{job:?}");
    assert!(job.0.iter().all(|path| path.ends_with("index.html")), "{job:?}");
}

/// A picture that is no SVG.
fn picture(format: image::ImageFormat) -> Vec<u8> {
    let byte = |at: u32| u8::try_from(at % 256).unwrap();
    let picture = image::RgbImage::from_fn(120, 120, |x, y| image::Rgb([byte(x), byte(y), 90]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[test]
fn a_png_keeps_its_pixels_and_a_jpeg_becomes_one() {
    for (name, format) in [("ccxp.png", image::ImageFormat::Png), ("ccxp.jpg", image::ImageFormat::Jpeg)] {
        let site = signed();
        let bytes = picture(format);
        site.file(&format!("content/badges/{name}"), &bytes).replace("content/badges/badges.yaml", "ccxp.svg", name);
        site.build().ok();
        let path = "verify/award-kate/badge.png";
        assert!(!site.has("verify/award-kate/badge.svg"));
        assert_eq!(verdict(&site, &format!("public/{path}")), "valid");
        let address = format!("https://badges.test.example/{path}");
        assert_eq!(json(&site, FILES[3])["image"], address.as_str());
        let baked = fs::read(site.at("public").join(path)).unwrap();
        let read = |bytes: &[u8]| image::load_from_memory(bytes).unwrap().to_rgb8();
        if name.ends_with("png") {
            assert_eq!(read(&baked), read(&bytes));
        } else {
            assert_eq!(read(&baked).dimensions(), read(&bytes).dimensions());
        }
        // The picture of the achievement is the plain one.
        let image =
            json(&site, FILES[0])["credentialSubject"]["achievement"]["image"]["id"].as_str().unwrap().to_owned();
        let plain =
            fs::read(site.at("public").join(image.strip_prefix("https://badges.test.example/").unwrap())).unwrap();
        assert!(!String::from_utf8_lossy(&plain).contains("openbadge"), "{image}");
        assert!(String::from_utf8_lossy(&baked).contains("openbadgecredential"));
    }
}

#[test]
fn there_is_one_credential_whatever_the_languages() {
    let site = signed();
    site.build().ok();
    let before = json(&site, FILES[0]);
    site.replace("site.yaml", "issuer:", "languages: [en, ar, ja]\nissuer:");
    site.build().ok();
    assert_eq!(json(&site, FILES[0]), before);
    assert!(site.has("ar/verify/award-kate/index.html") && !site.has("ar/verify/award-kate/credential.json"));
}

#[test]
fn the_preview_signs_for_the_sites_address_and_not_for_its_own() {
    let site = signed();
    site.build().ok();
    let built = site.tree();
    let preview = common::preview::Preview::start(&site);
    for file in &FILES[..9] {
        let answer = preview.get(&format!("/{file}"));
        assert_eq!(answer.status, 200, "{file}");
        assert!(answer.body == built[*file], "{file}");
    }
    // Another address is signed for where one is named, and there alone.
    site.run(&["build", "--at", MOMENT, "--base-url", "https://other.test.example/", "--out", "other"]).ok();
    let other = fs::read_to_string(site.at("other/verify/award-kate/credential.json")).unwrap();
    assert!(other.contains("did:web:other.test.example") && !other.contains("badges.test.example"), "{other}");
}

#[test]
fn the_preview_sees_other_keys_when_something_is_saved() {
    let site = signed();
    let preview = common::preview::Preview::start(&site);
    let before = preview.get("/.well-known/did.json").text();
    site.run(&["keygen", "new"]).ok();
    fs::rename(site.at("new/ed25519.jwk"), site.at("keys/ed25519.jwk")).unwrap();
    // Nothing else is another than before.
    let home = fs::read(site.at("content/index.md")).unwrap();
    site.file("content/index.md", home);
    let after = preview.until("/.well-known/did.json", |answer| answer.text() != before).text();
    assert!(after.contains("did:web:badges.test.example"), "{after}");
    // A key that others can read is told as any other mistake, and the last good site stays.
    let mut line = preview.line();
    fs::set_permissions(site.at("keys/secret"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    site.file("content/index.md", fs::read(site.at("content/index.md")).unwrap());
    // The site before may still be announced.
    let news = std::iter::repeat_with(|| line.next()).find(|news| news["problems"][0].is_object()).unwrap();
    assert!(news["problems"][0].to_string().contains("others can read"), "{news}");
    assert_eq!(preview.get("/.well-known/did.json").text(), after);
}

#[test]
fn an_award_withdrawn_before_it_begins_is_withdrawn() {
    let site = signed();
    let award = "content/earners/2026.yaml";
    site.replace(award, "issued: 2024-03-01", "issued: 2090-03-01\n        status: revoked").replace(
        award,
        "2027-06-01",
        "2099-06-01",
    );
    site.build().ok();
    assert!(site.out("verify/award-kate/index.html").contains("data-status=\"revoked\""));
    for file in ["credential.json", "credential.jwt", "badge.svg"] {
        assert_eq!(verdict(&site, &format!("public/verify/award-kate/{file}")), "withdrawn", "{file}");
    }
    site.replace(award, "\n        status: revoked", "");
    site.build().ok();
    assert_eq!(verdict(&site, "public/verify/award-kate/credential.json"), "not yet valid");
}

#[test]
fn without_hashes_of_mail_addresses_there_is_nothing_of_open_badges_2() {
    let site = signed();
    site.build().ok();
    let issuer = json(&site, "issuer.json");
    // Of both versions: by its name in the context of 2.0, and by the address of 3.0's.
    assert_eq!(issuer["@context"], "https://w3id.org/openbadges/v2");
    assert_eq!(
        issuer["type"],
        serde_json::json!(["Profile", "https://purl.imsglobal.org/spec/vc/ob/vocab.html#Profile"])
    );
    site.replace("site.yaml", "secret: keys/secret", "secret: keys/secret, email_hash: false");
    site.build().ok();
    assert!(!site.has("verify/award-kate/assertion.json") && !site.has("badges/ccxp/badge.json"));
    assert!(site.has("badges/ccxp/achievement.json"));
    for (path, bytes) in site.tree() {
        assert!(memchr::memmem::find(&bytes, b"w3id.org/openbadges").is_none(), "{path}");
    }
    let issuer = json(&site, "issuer.json");
    assert_eq!(issuer["@context"], json(&site, FILES[0])["@context"]);
    assert_eq!(
        (&issuer["id"], &issuer["type"]),
        (&"did:web:badges.test.example".into(), &serde_json::json!(["Profile"]))
    );
}

#[test]
fn texts_of_which_nothing_is_seen_are_left_out_with_a_warning() {
    let site = signed();
    site.replace(
        "content/badges/badges.yaml",
        "    image:",
        "    kind: \"ext:a b\\u0007\"\n    skills: [Bees, \"\\u0007\"]\n    image:",
    )
    .replace(
        "content/earners/2026.yaml",
        "      - id: award-kate\n",
        "      - id: award-kate\n        evidence: [{name: \"\\u0001\", url: 'https://a.example/'}]\n",
    );
    let run = site.build().ok();
    assert_eq!(run.stderr.matches("there is nothing to be seen in this text").count(), 2, "{}", run.stderr);
    let credential = json(&site, FILES[0]);
    let achievement = &credential["credentialSubject"]["achievement"];
    assert_eq!(
        (&achievement["achievementType"], &achievement["tag"]),
        (&"ext:ab".into(), &serde_json::json!(["Bees"]))
    );
    assert_eq!(credential["evidence"], serde_json::json!([{"id": "https://a.example/", "type": ["Evidence"]}]));
    assert_eq!(verdict(&site, "public/verify/award-kate/credential.json"), "valid");
}

#[test]
fn what_signs_nothing_asks_for_no_keys_and_what_asks_for_none_is_told() {
    let site = signed();
    let original = fs::read_to_string(site.at("site.yaml")).unwrap();
    fs::remove_dir_all(site.at("keys")).unwrap();
    site.replace("site.yaml", "share_card: false", "share_card: false, open_badges: false");
    site.build().ok();
    for nothing in ["signing:\n", "signing: null\n", "signing: ~\n", "signing:\n  # key: keys/ed25519.jwk\n"] {
        site.file("site.yaml", original.replace(common::SIGNING, nothing));
        refused(&site, &["`signing` names no keys", "keygen"]);
    }
    site.file("site.yaml", original.replace(common::SIGNING, "signing: {key: null, jwt_key: null, secret: null}\n"));
    refused(&site, &["`key` is empty", "`secret` is empty"]);
}

#[test]
fn what_is_said_of_keys_that_are_missing_helps() {
    let site = signed();
    let original = fs::read_to_string(site.at("site.yaml")).unwrap();
    site.file("site.yaml", original.replace("keys/ed25519.jwk", "'env:'"));
    refused(&site, &["`env:` names no variable"]);
    // A new key is no key of earlier.
    for list in ["retired", "compromised"] {
        site.file("site.yaml", original.replace("keys/secret", &format!("keys/secret, {list}: [keys/none.pub.jwk]")));
        let said = refused(&site, &["`keys/none.pub.jwk` cannot be read", "bring it back"]);
        assert!(!said.contains("keygen"), "{said}");
    }
}

#[test]
fn keygen_names_keys_from_site_yaml_and_puts_none_where_they_are_published() {
    let site = TestSite::new();
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_bonafide")).current_dir(folder.path()).args(args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    };
    let at = |path: &str| site.at(path).display().to_string();
    let here = at("");
    let made = run(&["keygen", "--site", &here, &at("keys")]).ok();
    assert!(made.stdout.contains("key: keys/ed25519.jwk\n"), "{}", made.stdout);
    let made = run(&["keygen", "--site", &here, &at("more"), "--format", "json"]).ok();
    assert_eq!(made.json()["signing"]["secret"], "more/secret");
    // The lines are right where they stand.
    site.file(
        "site.yaml",
        format!("{}{}", run(&["keygen", "--quiet", "--site", &here, &at("last")]).ok().stdout, common::SITE),
    );
    site.build().ok();
    std::os::unix::fs::symlink(site.at("content"), site.at("linked")).unwrap();
    for wrong in ["content/keys", "content", "public/keys", "themes/default/keys", "keys/../content/k", "linked/keys"] {
        for format in ["human", "json"] {
            let refused = run(&["keygen", "--site", &here, &at(wrong), "--format", format]);
            assert_eq!(refused.code, Some(1), "{wrong}: {}{}", refused.stdout, refused.stderr);
            let said = if format == "json" { refused.json()["error"].to_string() } else { refused.stderr };
            assert!(said.contains("which is published or shared"), "{wrong}: {said}");
        }
        assert!(!site.at(wrong).join("secret").exists(), "{wrong}");
    }
    // What cannot be done is told in JSON as well.
    let again = run(&["keygen", "--site", &here, &at("keys"), "--format", "json"]);
    assert!(again.json()["error"].as_str().unwrap().contains("is there already") && again.code == Some(1));
    let verify = run(&["verify", "x.json", "--key", "missing.jwk", "--format", "json"]);
    assert!(verify.json()["error"].as_str().unwrap().contains("cannot be read") && verify.code == Some(2));
    assert_eq!(verify.json()["results"], serde_json::json!([]));
}

#[test]
fn a_jwt_is_sent_as_what_the_documentation_says() {
    assert_eq!(bonafide::upload::headers::media_type("verify/award-kate/credential.jwt"), "text/plain");
}

#[test]
fn what_a_credential_says_never_ends_before_it_begins() {
    let site = signed();
    let award = "content/earners/2026.yaml";
    let with = |expires: &str| {
        let text = common::EARNERS.replace("2024-03-01", "2024-03-01T10:00:00Z").replace("2027-06-01", expires);
        site.file(award, text);
    };
    with("2024-03-01T10:00:00Z");
    refused(&site, &["this award expires before it is issued"]);
    for expires in ["2024-03-01T10:00:00.5Z", "2024-03-01T10:00:01Z"] {
        with(expires);
        site.build().ok();
        let credential = json(&site, FILES[0]);
        assert_eq!(credential["validFrom"], "2024-03-01T10:00:00Z");
        assert_eq!(credential["validUntil"], "2024-03-01T10:00:00Z", "{expires}");
    }
}
