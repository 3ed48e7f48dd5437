//! Hostile files, for everything of strangers that credentials are checked with: pictures, JWTs, credentials, status
//! lists, DID documents. Nothing may end the program, nothing may take long, and nothing that was changed may be called
//! valid.
//!
//! By default 150 changes a kind; `BONAFIDE_FUZZ_SECONDS=60` goes on for a minute each.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test stops at the first surprise"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use bonafide::credential::{
    bake,
    did::{self, Standing},
    keys::{JwtKey, PublicKey, Secret, SigningKey},
    record::{Achievement, Evidence, HashedEmail, Issuer, Record, Subject, subject_id},
    sign::Signer,
    strict,
    verify::{AtHand, DidDocument, Report, Verdict, verify},
};

const DID: &str = "did:web:badges.example";

fn record() -> Record {
    let secret = Secret::new([9; 32]);
    let at = |path: &str| format!("https://badges.example/{path}");
    Record {
        id: at("verify/anna/credential.json"),
        assertion: at("verify/anna/assertion.json"),
        status: at("verify/anna/status.json"),
        name: "Bee Keeper".to_owned(),
        valid_from: "2026-01-01T23:00:00Z".parse().unwrap(),
        valid_until: Some("2028-01-01T22:59:59Z".parse().unwrap()),
        awarded: "2026-01-01T23:00:00Z".parse().unwrap(),
        issuer: Issuer {
            did: DID.to_owned(),
            id: at("issuer.json"),
            url: at(""),
            name: "Bee Keepers’ Association".to_owned(),
            description: None,
            email: None,
            image: None,
        },
        achievement: Achievement {
            id: at("badges/bee/achievement.json"),
            badge_class: at("badges/bee/badge.json"),
            name: "Bee Keeper".to_owned(),
            description: "Keeps {bees}.".to_owned(),
            criteria: "Keep *bees*\nfor a year.".to_owned(),
            image: at("badges/bee/badge.png"),
            achievement_type: "Certification".to_owned(),
            tags: vec!["Bees".to_owned()],
        },
        subject: Subject {
            id: subject_id(&secret, "anna"),
            name: "Anna Müller".to_owned(),
            email: Some(HashedEmail::new(&secret, "anna", "anna@mail.example")),
        },
        evidence: vec![Evidence { url: None, name: None, narrative: Some("A talk.".to_owned()) }],
        narrative: None,
    }
}

/// A site that signs, and one award.
struct Site {
    credential: Vec<u8>,
    jwt: Vec<u8>,
    png: Vec<u8>,
    svg: Vec<u8>,
    status: Vec<u8>,
    did: Vec<u8>,
}

fn site() -> Site {
    let (key, jwt) = (SigningKey::new(&[4; 32]), JwtKey::new(&[5; 32]).unwrap());
    let keys: [PublicKey; 2] = [key.public().unwrap(), jwt.public().unwrap()];
    let signer = Signer::new(DID, key, Some(jwt)).unwrap();
    let credential = signer.credential(&record()).unwrap();
    let pixel = fs::read(corpus("pixel.png")).unwrap();
    Site {
        png: bake::png::bake(&pixel, &credential.ascii(), Some("https://badges.example/a")).unwrap(),
        svg: bake::svg::bake(b"<svg xmlns=\"http://www.w3.org/2000/svg\"><g/></svg>", &credential.ascii(), None)
            .unwrap(),
        credential: credential.file(),
        jwt: signer.jwt(&record()).unwrap().into_bytes(),
        status: signer.status(&record(), false).unwrap().file(),
        did: did::document(DID, &keys.map(|key| (key, Standing::Good))).file(),
    }
}

fn check(bytes: &[u8], did: &[u8], status: &[u8]) -> Report {
    let at_hand = AtHand {
        at: "2027-01-01T00:00:00Z".parse().unwrap(),
        issuers: DidDocument::read(did).into_iter().collect(),
        keys: Vec::new(),
        status: &|_| Some(status.to_vec()),
        page: &|_| None,
    };
    verify(bytes, &at_hand)
}

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name)
}

/// Numbers that look random and are the same each time (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end.max(1)
    }
}

/// What is put into files: what has a meaning somewhere.
const PIECES: [&[u8]; 24] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b",",
    b":",
    b"null",
    b"1e999",
    b"@id",
    b"@graph",
    b"\0",
    b"\xff\xff\xff\xff",
    b"<",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"&a;",
    b"IEND",
    b"iTXtopenbadgecredential\0\0\0\0\0",
    b".",
    b"\\ud800",
    b"z",
];

/// Changes a file in one to three places.
fn change(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(changed.len());
        match random.below(7) {
            0 if !changed.is_empty() => changed[at] ^= 1 << random.below(8),
            1 => changed.truncate(at),
            2 => drop(changed.splice(at..at, PIECES[random.below(PIECES.len())].iter().copied())),
            3 => {
                let end = (at + random.below(40)).min(changed.len());
                changed.drain(at.min(end)..end);
            }
            4 => {
                let end = (at + random.below(400)).min(changed.len());
                let piece = changed[at.min(end)..end].to_vec();
                let to = random.below(changed.len());
                changed.splice(to..to, piece);
            }
            5 if !changed.is_empty() => changed[at] = random.below(256) as u8,
            _ => {
                let piece = PIECES[random.below(PIECES.len())].repeat(random.below(5_000));
                changed.splice(at..at, piece);
            }
        }
    }
    changed
}

/// Changes a file again and again, and files of the corpus.
fn fuzz(name: &str, good: &[u8], mut look: impl FnMut(&[u8])) {
    let seconds = std::env::var("BONAFIDE_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let (start, rounds) = (Instant::now(), if seconds.is_some() { u32::MAX } else { 150 });
    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ name.len() as u64);
    let mut seeds: Vec<Vec<u8>> = files().iter().map(|path| fs::read(path).unwrap()).collect();
    seeds.push(good.to_vec());
    for round in 0..rounds {
        // Half of them begin with the good one.
        let seed = if round % 2 == 0 { seeds.len() - 1 } else { random.below(seeds.len()) };
        let changed = change(&seeds[seed], &mut random);
        let before = Instant::now();
        look(&changed);
        assert!(before.elapsed() < Duration::from_secs(10), "{name}: {:?}", before.elapsed());
        if seconds.is_some_and(|seconds| start.elapsed() > Duration::from_secs(seconds)) {
            break;
        }
    }
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(corpus("")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_none_or(|ending| ending != "md"));
    files.sort();
    files
}

#[test]
fn nothing_of_the_corpus_is_valid_or_takes_long() {
    let site = site();
    for path in files() {
        let bytes = fs::read(&path).unwrap();
        let start = Instant::now();
        let report = check(&bytes, &site.did, &site.status);
        assert_eq!(report.verdict, Verdict::Unchecked, "{}: {report:#?}", path.display());
        assert!(start.elapsed() < Duration::from_secs(5), "{}: {:?}", path.display(), start.elapsed());
        // As a status list, and as the issuer's document.
        assert_ne!(check(&site.credential, &site.did, &bytes).verdict, Verdict::Valid, "{}", path.display());
        assert_ne!(check(&site.credential, &bytes, &site.status).verdict, Verdict::Valid, "{}", path.display());
    }
}

#[test]
fn credentials() {
    let site = site();
    let same = strict::read(&site.credential).unwrap();
    fuzz("credential", &site.credential, |changed| {
        if check(changed, &site.did, &site.status).verdict == Verdict::Valid {
            assert_eq!(strict::read(changed).unwrap(), same, "{}", String::from_utf8_lossy(changed));
        }
    });
}

#[test]
fn jwts() {
    let site = site();
    fuzz("jwt", &site.jwt, |changed| {
        if check(changed, &site.did, &site.status).verdict == Verdict::Valid {
            assert_eq!(changed.trim_ascii(), site.jwt, "{}", String::from_utf8_lossy(changed));
        }
    });
}

#[test]
fn pngs() {
    let site = site();
    let same = bake::png::unbake(&site.png).unwrap().credential;
    fuzz("png", &site.png, |changed| {
        if check(changed, &site.did, &site.status).verdict == Verdict::Valid {
            assert_eq!(bake::png::unbake(changed).unwrap().credential, same);
        }
    });
}

#[test]
fn svgs() {
    let site = site();
    let same = strict::read(&site.credential).unwrap();
    fuzz("svg", &site.svg, |changed| {
        if check(changed, &site.did, &site.status).verdict == Verdict::Valid {
            let text = bake::svg::unbake(changed).unwrap().credential.unwrap();
            assert_eq!(strict::read(text.as_bytes()).unwrap(), same);
        }
        // What others may bake into is read as well.
        let _ = bake::svg::bake(changed, "{}", None);
    });
}

#[test]
fn status_lists() {
    let site = site();
    let same = strict::read(&site.status).unwrap();
    fuzz("status", &site.status, |changed| {
        if check(&site.credential, &site.did, changed).verdict == Verdict::Valid {
            assert_eq!(strict::read(changed).unwrap(), same, "{}", String::from_utf8_lossy(changed));
        }
    });
}

#[test]
fn documents_of_issuers() {
    let site = site();
    // Whoever can change the document can change the keys: here it only has to be read without harm.
    fuzz("did", &site.did, |changed| drop(check(&site.credential, changed, &site.status)));
}
