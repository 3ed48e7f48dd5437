//! `bonafide verify` and `bonafide keygen`, through the program itself.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use bonafide::credential::{
    did::{self, Standing},
    keys::{JwtKey, PublicKey, Secret, SigningKey},
    record::{Achievement, Issuer, Record, Subject, subject_id},
    sign::Signer,
};
use serde_json::Value;

fn bonafide(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bonafide")).current_dir(folder).args(args).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn record(base: &str, did: &str, award: &str, secret: &Secret) -> Record {
    let at = |path: &str| format!("{base}{path}");
    Record {
        id: at(&format!("verify/{award}/credential.json")),
        assertion: at(&format!("verify/{award}/assertion.json")),
        status: at(&format!("verify/{award}/status.json")),
        name: "Bee Keeper".to_owned(),
        valid_from: "2026-01-01T23:00:00Z".parse().unwrap(),
        valid_until: Some("2028-01-01T22:59:59Z".parse().unwrap()),
        awarded: "2026-01-01T23:00:00Z".parse().unwrap(),
        issuer: Issuer {
            did: did.to_owned(),
            id: at("issuer.json"),
            url: base.to_owned(),
            name: "Bees".to_owned(),
            description: None,
            email: None,
            image: None,
        },
        achievement: Achievement {
            id: at("badges/bee/achievement.json"),
            badge_class: at("badges/bee/badge.json"),
            name: "Bee Keeper".to_owned(),
            description: "Keeps bees.".to_owned(),
            criteria: "Keep bees.".to_owned(),
            image: at("badges/bee/badge.png"),
            achievement_type: "Certification".to_owned(),
            tags: Vec::new(),
        },
        subject: Subject { id: subject_id(secret, award), name: "Anna".to_owned(), email: None },
        evidence: Vec::new(),
        narrative: None,
    }
}

/// Makes keys with the program, and with them a site of one award below a folder.
fn site(folder: &Path, base: &str) -> Vec<PublicKey> {
    let made = bonafide(folder, &["keygen", "keys"]);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    assert!(out(&made).contains("  key: keys/ed25519.jwk\n  jwt_key: keys/p256.jwk\n  secret: keys/secret\n"));
    let read = |name: &str| fs::read(folder.join("keys").join(name)).unwrap();
    let key = SigningKey::from_jwk(&read("ed25519.jwk")).unwrap();
    let jwt = JwtKey::from_jwk(&read("p256.jwk")).unwrap();
    let secret = Secret::parse(std::str::from_utf8(&read("secret")).unwrap()).unwrap();
    let public = vec![key.public().unwrap(), jwt.public().unwrap()];
    let base = url::Url::parse(base).unwrap();
    let did = did::of_site(&base).unwrap();
    let record = record(base.as_str(), &did, "anna", &secret);
    let signer = Signer::new(&did, key, Some(jwt)).unwrap();
    let award = folder.join("public/verify/anna");
    fs::create_dir_all(&award).unwrap();
    fs::write(award.join("credential.json"), signer.credential(&record).unwrap().file()).unwrap();
    fs::write(award.join("credential.jwt"), signer.jwt(&record).unwrap()).unwrap();
    fs::write(award.join("status.json"), signer.status(&record, false).unwrap().file()).unwrap();
    fs::write(award.join("index.html"), "<div class=\"status\" data-status=\"suspended\">").unwrap();
    fs::write(folder.join("withdrawn.json"), signer.status(&record, true).unwrap().file()).unwrap();
    let keys: Vec<_> = public.iter().map(|key| (key.clone(), Standing::Good)).collect();
    let path = folder.join("public").join(did::document_path(&base));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, did::document(&did, &keys).file()).unwrap();
    public
}

#[test]
fn a_site_is_checked_against_itself() {
    for base in ["https://badges.example/", "https://www.example/our/badges/"] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        site(folder, base);
        let award = "public/verify/anna/credential.json";
        let checked =
            bonafide(folder, &["verify", "public", "--against", "public", "--at", "2026-06-01", "--format", "json"]);
        assert_eq!(checked.status.code(), Some(0), "{checked:?}");
        let results: Value = serde_json::from_str(&out(&checked)).unwrap();
        let results = results["results"].as_array().unwrap();
        assert_eq!(results.len(), 2, "the credential and the JWT: {results:#?}");
        for result in results {
            assert_eq!(result["verdict"], "valid", "{result:#?}");
            assert!(result["file"].as_str().unwrap().starts_with("public/verify/anna/credential.j"));
            assert!(result["checks"].as_array().unwrap().iter().all(|check| check["result"] == "pass"), "{result:#?}");
        }
        let verdict = |args: &[&str]| {
            let all: Vec<&str> = ["verify"].iter().chain(args).copied().collect();
            let checked = bonafide(folder, &all);
            let first = out(&checked).lines().next().unwrap_or_default().to_owned();
            (checked.status.code(), first.rsplit(": ").next().unwrap_or_default().to_owned())
        };
        let with_key = ["--key", "keys/ed25519.pub.jwk", "--at", "2026-06-01"];
        assert_eq!(verdict(&[award, "--against", "public", "--at", "2029-01-01"]), (Some(1), "expired".to_owned()));
        assert_eq!(
            verdict(&[award, "--against", "public", "--at", "2025-01-01"]),
            (Some(1), "not yet valid".to_owned())
        );
        // The key alone does not know the status.
        assert_eq!(verdict(&[&[award], &with_key[..]].concat()), (Some(1), "cannot be checked".to_owned()));
        let status = ["--status", "public/verify/anna/status.json"];
        assert_eq!(verdict(&[&[award], &with_key[..], &status[..]].concat()), (Some(0), "valid".to_owned()));
        let withdrawn = ["--status", "withdrawn.json"];
        assert_eq!(verdict(&[&[award], &with_key[..], &withdrawn[..]].concat()), (Some(1), "withdrawn".to_owned()));
        let on_hold = [award, "--against", "public", "--status", "withdrawn.json", "--at", "2026-06-01"];
        assert_eq!(verdict(&on_hold), (Some(1), "on hold".to_owned()));
    }
}

#[test]
fn another_site_is_another_issuer() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    site(ours.path(), "https://badges.example/");
    site(theirs.path(), "https://other.example/");
    let file = theirs.path().join("public/verify/anna/credential.jwt");
    let checked =
        bonafide(ours.path(), &["verify", file.to_str().unwrap(), "--against", "public", "--at", "2026-06-01"]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(
        out(&checked).contains("wrong issuer\n") && out(&checked).contains("did:web:other.example"),
        "{}",
        out(&checked)
    );
}

#[test]
fn exit_statuses() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let status = |args: &[&str]| bonafide(folder, args).status.code();
    fs::create_dir(folder.join("empty")).unwrap();
    // Nothing is not all.
    assert_eq!(status(&["verify", "empty"]), Some(1));
    assert_eq!(status(&["verify", "missing.png"]), Some(1));
    assert_eq!(status(&["verify"]), Some(2));
    assert_eq!(status(&["verify", "empty", "--against", "empty"]), Some(2));
    assert_eq!(status(&["verify", "empty", "--key", "missing.jwk"]), Some(2));
    fs::write(folder.join("plain.json"), "{\"name\":\"bonafide\"}").unwrap();
    let named = bonafide(folder, &["verify", "plain.json", "--format", "json"]);
    let results: Value = serde_json::from_str(&out(&named)).unwrap();
    assert_eq!(results["results"][0]["verdict"], "cannot be checked");
    // In a folder, files that are no credentials are passed over.
    fs::write(folder.join("empty/plain.json"), "{\"name\":\"bonafide\"}").unwrap();
    let passed = bonafide(folder, &["verify", "empty", "--format", "json"]);
    assert_eq!((passed.status.code(), out(&passed)), (Some(1), "{\"results\":[]}\n".to_owned()));
}

#[test]
fn keys_are_never_overwritten_and_never_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let made = bonafide(folder, &["keygen", "keys"]);
    let secrets = |name: &str| fs::read_to_string(folder.join("keys").join(name)).unwrap();
    let key: Value = serde_json::from_str(&secrets("ed25519.jwk")).unwrap();
    let again = bonafide(folder, &["keygen", "keys"]);
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(serde_json::from_str::<Value>(&secrets("ed25519.jwk")).unwrap(), key);
    // A private key where a public one is asked for is told, without what is in it.
    let wrong = bonafide(folder, &["verify", "x.json", "--key", "keys/ed25519.jwk"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("private key"), "{wrong:?}");
    for output in [made, again, wrong] {
        let told = format!("{}{}", out(&output), String::from_utf8_lossy(&output.stderr));
        assert!(!told.contains(key["d"].as_str().unwrap()) && !told.contains(secrets("secret").trim()), "{told}");
    }
}

/// A PNG of a pixel with a credential baked in, by the program's own baking.
fn baked(credential: &str) -> Vec<u8> {
    let picture =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/1edtech/simple-json.png")).unwrap();
    bonafide::credential::bake::png::bake(&picture, credential, None).unwrap()
}

/// The place of a text in bytes.
fn position(bytes: &[u8], text: &str) -> usize {
    bytes.windows(text.len()).position(|part| part == text.as_bytes()).unwrap()
}

#[test]
fn what_is_meant_to_be_a_credential_is_never_passed_over_however_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    site(folder, "https://badges.example/");
    let award = folder.join("public/verify/anna");
    let text = fs::read_to_string(award.join("credential.json")).unwrap();
    let jwt = fs::read_to_string(award.join("credential.jwt")).unwrap();
    let picture = baked(&text);
    let mut letter = picture.clone();
    letter[position(&picture, "Anna")] = b'H';
    let end = position(&picture, "Anna") + 30;
    let large = [picture.as_slice(), &vec![0; 9 * 1024 * 1024]].concat();
    // A large picture whose credential stands behind all that is looked at.
    let far = [vec![b' '; 9 * 1024 * 1024], picture.clone()].concat();
    let (head, rest) = jwt.split_once('.').unwrap();
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><o:credential xmlns:o=\"https://purl.imsglobal.org/ob/v3p0\"><![CDATA[{text}]]>"
    );
    let cases: [(&str, Vec<u8>); 16] = [
        ("cut.txt", text.as_bytes()[..text.len() - 5].to_vec()),
        ("two", head.as_bytes().iter().copied().chain(*b".e30").collect()),
        ("cut.png.bak", picture[..end].to_vec()),
        ("letter.png", letter),
        ("credential.json", text.as_bytes()[..40].to_vec()),
        ("bee.json", text.as_bytes()[..text.len() - 5].to_vec()),
        ("cut.png", picture[..end].to_vec()),
        ("two.jwt", format!("{head}.{}", rest.split('.').next().unwrap()).into_bytes()),
        ("large.png", large),
        ("far.png", far),
        ("empty.jwt", Vec::new()),
        ("keyword.png", {
            let mut bytes = picture.clone();
            bytes[position(&picture, "openbadgecredential")] = b'O';
            bytes
        }),
        ("cut.svg", svg.into_bytes()),
        ("untyped.json", text.replace("\"VerifiableCredential\",", "").into_bytes()),
        ("long.json", text.replacen('{', &format!("{{{}", " ".repeat(300_000)), 1).into_bytes()),
        ("twice.json", text.replacen("\"name\"", "\"name\":\"x\",\"name\"", 1).into_bytes()),
    ];
    for (name, bytes) in cases {
        let path = award.join(name);
        let before = fs::read(&path).ok();
        fs::write(&path, bytes).unwrap();
        let args = ["verify", "public", "--against", "public", "--at", "2026-06-01", "--format", "json"];
        let checked = bonafide(folder, &args);
        assert_eq!(checked.status.code(), Some(1), "{name}: {checked:?}");
        let results: Value = serde_json::from_str(&out(&checked)).unwrap();
        let results = results["results"].as_array().unwrap();
        let of_file = |file: &&Value| file["file"].as_str().is_some_and(|file| file.ends_with(&format!("/{name}")));
        // A letter that the signature covers is more than damage.
        let verdict = if name == "letter.png" { "altered" } else { "cannot be checked" };
        assert_eq!(results.iter().find(of_file).unwrap()["verdict"], verdict, "{name}");
        match before {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
    }
    // What is no credential is passed over, also where it is damaged or large or speaks of them.
    let plain = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("themes/default/static/rosette.svg")).unwrap();
    for (name, bytes) in [
        ("plain.svg", plain.clone()),
        ("cut.svg", plain[..plain.len() / 2].to_vec()),
        ("page.svg", b"<html><p>&lt;VerifiableCredential&gt;".to_vec()),
        ("search.json", format!("[\"What is a \\\"VerifiableCredential\\\"?{}\"]", "x".repeat(300_000)).into_bytes()),
        ("context.json", br#"{"@context":{"VerifiableCredential":{"@id":"https://a.example/"}}}"#.to_vec()),
        ("large.png", vec![0; 9 * 1024 * 1024]),
        ("notes.txt", b"{see eye.color}".to_vec()),
        ("key.jwk", br#"{"kty":"OKP"}"#.to_vec()),
        ("assertion.json", br#"{"type":"Assertion","id":"https://a.example/"}"#.to_vec()),
    ] {
        fs::write(award.join(name), bytes).unwrap();
        let checked = bonafide(folder, &["verify", "public", "--against", "public", "--at", "2026-06-01"]);
        assert_eq!(checked.status.code(), Some(0), "{name}: {checked:?}");
        fs::remove_file(award.join(name)).unwrap();
    }
}

#[test]
#[cfg(unix)]
fn links_and_folders_that_cannot_be_read_are_answered_for() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    site(folder, "https://badges.example/");
    let at = ["--against", "public", "--at", "2026-06-01", "--format", "json"];
    let verdicts = |name: &str| {
        let checked = bonafide(folder, &[&["verify", name], &at[..]].concat());
        let results: Value = serde_json::from_str(&out(&checked)).unwrap();
        let all = results["results"].as_array().unwrap().iter();
        (checked.status.code(), all.map(|result| result["verdict"].as_str().unwrap().to_owned()).collect::<Vec<_>>())
    };
    let unchecked = "cannot be checked".to_owned();
    fs::create_dir(folder.join("links")).unwrap();
    symlink(folder.join("public/verify/anna/credential.json"), folder.join("links/a.json")).unwrap();
    assert_eq!(verdicts("links"), (Some(0), vec!["valid".to_owned()]));
    symlink("nowhere", folder.join("links/b.json")).unwrap();
    assert_eq!(verdicts("links"), (Some(1), vec!["valid".to_owned(), unchecked.clone()]));
    fs::remove_file(folder.join("links/b.json")).unwrap();
    symlink("..", folder.join("links/up")).unwrap();
    assert_eq!(verdicts("links"), (Some(1), vec!["valid".to_owned(), unchecked]));
    // A folder that was named may be a link.
    symlink("public", folder.join("site")).unwrap();
    assert_eq!(verdicts("site").0, Some(0));
}

#[test]
fn a_date_is_its_first_instant_in_the_sites_zone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    site(folder, "https://badges.example/");
    // Valid from 23:00 in UTC on 1 January, which is midnight in Paris.
    let verdict = |at: &str, more: &[&str]| {
        let award = ["verify", "public/verify/anna/credential.json", "--against", "public", "--at", at];
        out(&bonafide(folder, &[&award, more].concat())).lines().next().unwrap().rsplit(": ").next().unwrap().to_owned()
    };
    assert_eq!(verdict("2026-01-02", &[]), "valid");
    // In UTC, for want of anything that says another zone, and where there is a site of another zone.
    assert_eq!(verdict("2026-01-01", &[]), "not yet valid");
    fs::write(folder.join("site.yaml"), "title: Bees\ntimezone: Pacific/Kiritimati\n").unwrap();
    // Midnight there is 10:00 of the day before in UTC.
    assert_eq!(verdict("2026-01-02", &[]), "not yet valid");
    assert_eq!(verdict("2026-01-02T00:00:00Z", &[]), "valid");
    assert_eq!(verdict("2026-01-02", &["--site", "elsewhere"]), "valid");
    // What the built site says counts before that.
    fs::create_dir_all(folder.join("public/verify")).unwrap();
    fs::write(folder.join("public/verify/index.html"), "<div data-zone=\"Europe/Paris\">").unwrap();
    assert_eq!(verdict("2026-01-02", &[]), "valid");
    assert_eq!(verdict("2026-01-01", &[]), "not yet valid");
}

#[test]
fn a_status_list_that_fits_nothing_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    site(folder, "https://badges.example/");
    let text = fs::read_to_string(folder.join("withdrawn.json")).unwrap();
    fs::write(folder.join("other.json"), text.replace("/anna/", "/bob/")).unwrap();
    fs::write(folder.join("none.json"), "{}").unwrap();
    for list in ["other.json", "none.json"] {
        let args = ["verify", "public/verify/anna", "--against", "public", "--status", list, "--at", "2026-06-01"];
        let checked = bonafide(folder, &args);
        assert_eq!(checked.status.code(), Some(1), "{list}");
        assert!(out(&checked).contains(&format!("{list}: cannot be checked\n  unknown status: ")), "{}", out(&checked));
    }
    // Of a credential that is not believed no status is looked at, and its own fault is what is told.
    let text = fs::read_to_string(folder.join("public/verify/anna/credential.json")).unwrap().replace("Anna", "Hanna");
    fs::write(folder.join("altered.json"), text).unwrap();
    let checked = bonafide(folder, &["verify", "altered.json", "--against", "public", "--status", "other.json"]);
    assert_eq!(out(&checked).matches("json: ").count(), 1, "{}", out(&checked));
    let args = ["verify", "public/verify/anna", "--against", "public", "--at", "2026-06-01"];
    let status = ["--status", "public/verify/anna/status.json"];
    assert_eq!(bonafide(folder, &[&args[..], &status[..]].concat()).status.code(), Some(0));
}
