//! Hostile files, for everything of strangers that credentials are checked with: pictures, JWTs, credentials, status
//! lists, DID documents. Nothing may end the program, nothing may take long, and nothing that was changed may be called
//! valid.
//!
//! By default 150 files a kind. `BONAFIDE_FUZZ_SECONDS=60` goes on for a minute each, `BONAFIDE_FUZZ_SEED` takes other
//! numbers (it is printed). What goes wrong is kept as a file, which belongs into `tests/corpus/` once it is mended.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::print_stderr,
    reason = "a test stops at the first surprise"
)]

#[path = "common/changes.rs"]
mod changes;

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use bonafide::credential::{
    bake,
    did::{self, Standing},
    keys::{JwtKey, PublicKey, Secret, SigningKey},
    rdf,
    record::{Achievement, Evidence, HashedEmail, Issuer, Record, Subject, subject_id},
    sign::Signer,
    status, strict,
    verify::{AtHand, DidDocument, Report, Verdict, verify},
};

use changes::Random;

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

/// How long a file may take, in seconds of computing.
const SECONDS: f64 = 1.0;

/// How much memory all of this may take, in MiB: files of 8 MiB, lists of 4 MiB unpacked, pictures, the corpus.
const MEMORY: usize = 600;

/// The way that a kind of file is changed.
type Change = fn(&[u8], &[u8], &mut Random) -> Vec<u8>;

fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Changes files at random and looks at what comes of it: the good one, those of the corpus, those of others. Half of the
/// changes are of bytes, half of what they mean.
fn fuzz(name: &str, good: &[u8], meaning: Change, mut look: impl FnMut(&[u8], &mut Random)) {
    let seconds: Option<u64> = setting("BONAFIDE_FUZZ_SECONDS");
    let seed: u64 = setting("BONAFIDE_FUZZ_SEED").unwrap_or(1);
    let rounds = if seconds.is_some() { u64::MAX } else { 150 };
    let start = Instant::now();
    let mut seeds: Vec<Vec<u8>> = files().iter().map(|path| fs::read(path).unwrap()).collect();
    let own = seeds.len();
    seeds.push(good.to_vec());
    let (mut done, mut slowest) = (0, 0.0_f64);
    for round in 0..rounds {
        // Each round has numbers of its own, so that one of them can be done again without those before it.
        let mut random = Random::new(seed.wrapping_mul(0x0100_0000_01b3).wrapping_add(round));
        let from = if random.below(2) == 0 { own } else { random.below(seeds.len()) };
        let other = random.below(seeds.len());
        let change: Change = if random.below(2) == 0 { changes::bytes } else { meaning };
        let changed = change(&seeds[from], &seeds[other], &mut random);
        let before = spent(start);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| look(&changed, &mut random))) {
            eprintln!("{name}: BONAFIDE_FUZZ_SEED={seed}, round {round}: kept as {}", keep(name, round, &changed));
            resume_unwind(panic);
        }
        let took = spent(start).saturating_sub(before).as_secs_f64();
        slowest = slowest.max(took);
        assert!(
            took < SECONDS,
            "{name}: {took} s, BONAFIDE_FUZZ_SEED={seed}, round {round}: {}",
            keep(name, round, &changed)
        );
        done += 1;
        if seconds.is_some_and(|seconds| start.elapsed() > Duration::from_secs(seconds)) {
            break;
        }
    }
    eprintln!("{name}: {done} files, seed {seed}; the slowest took {:.0} ms", slowest * 1_000.0);
    if let Some(most) = most_memory() {
        assert!(most < MEMORY, "{name}: {most} MiB, BONAFIDE_FUZZ_SEED={seed}");
    }
}

/// The time that this thread has computed, where the system tells (Linux' `/proc/PID/schedstat`, in nanoseconds): a file is
/// not to blame for what else a machine does.
fn spent(start: Instant) -> Duration {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let spent = told.as_deref().and_then(|text| text.split_whitespace().next()?.parse().ok());
    spent.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

/// Writes down what was too much.
fn keep(name: &str, round: u64, bytes: &[u8]) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{round}"));
    fs::write(&path, bytes).map_or_else(|error| error.to_string(), |()| path.display().to_string())
}

/// The most memory that this process has had at once, in MiB, where the system tells (`proc_pid_status(5)`).
fn most_memory() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<usize>().ok().map(|kilobytes| kilobytes / 1_024)
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

/// What a document says, without its proof.
fn said(bytes: &[u8]) -> String {
    let mut document = strict::read(bytes).unwrap();
    document.as_object_mut().unwrap().remove("proof");
    rdf::canonical(&rdf::dataset(&document).unwrap()).unwrap()
}

/// JSON can say the same in several ways: a list of one, a value twice. What is signed is what it says, and every check has
/// to come to the same.
#[test]
fn credentials() {
    let site = site();
    let (same, told) = (said(&site.credential), check(&site.credential, &site.did, &site.status));
    assert_eq!(told.verdict, Verdict::Valid);
    fuzz("credential", &site.credential, changes::json, |changed, _| {
        let report = check(changed, &site.did, &site.status);
        if report.verdict == Verdict::Valid {
            // Not what it is called by: a name that is there twice is not taken for one. And a proof of a kind that nobody
            // knows, next to one that is good, is told and takes nothing from it.
            let mut checks = report.checks;
            checks.retain(|check| !check.detail.starts_with("a proof of a kind"));
            assert_eq!(checks[1..], told.checks[1..], "{}", String::from_utf8_lossy(changed));
            assert_eq!(said(changed), same, "{}", String::from_utf8_lossy(changed));
        }
    });
}

#[test]
fn jwts() {
    let site = site();
    fuzz("jwt", &site.jwt, changes::jwt, |changed, _| {
        if check(changed, &site.did, &site.status).verdict == Verdict::Valid {
            assert_eq!(changed.trim_ascii(), site.jwt, "{}", String::from_utf8_lossy(changed));
        }
    });
}

#[test]
fn pngs() {
    let site = site();
    let same = bake::png::unbake(&site.png).unwrap().credential;
    fuzz("png", &site.png, changes::png, |changed, _| {
        if check(changed, &site.did, &site.status).verdict == Verdict::Valid {
            assert_eq!(bake::png::unbake(changed).unwrap().credential, same);
        }
    });
}

#[test]
fn svgs() {
    let site = site();
    let same = said(&site.credential);
    fuzz("svg", &site.svg, changes::bytes, |changed, _| {
        if check(changed, &site.did, &site.status).verdict == Verdict::Valid {
            let text = bake::svg::unbake(changed).unwrap().credential.unwrap();
            assert_eq!(said(text.as_bytes()), same);
        }
        // What others may bake into is read as well.
        let _ = bake::svg::bake(changed, "{}", None);
    });
}

#[test]
fn status_lists() {
    let site = site();
    let same = said(&site.status);
    let list = strict::read(&site.status).unwrap()["credentialSubject"]["encodedList"].as_str().unwrap().to_owned();
    fuzz("status", &site.status, changes::json, |changed, random| {
        // Lists themselves, as if they were signed.
        let _ = status::bit(&changes::list(&list, changed, random), random.below(1 << 18));
        if check(&site.credential, &site.did, changed).verdict == Verdict::Valid {
            assert_eq!(said(changed), same, "{}", String::from_utf8_lossy(changed));
        }
    });
}

#[test]
fn documents_of_issuers() {
    let site = site();
    // Whoever can change the document can change the keys: here it only has to be read without harm.
    fuzz("did", &site.did, changes::json, |changed, _| {
        drop(check(&site.credential, changed, &site.status));
        drop(check(&site.jwt, changed, &site.status));
    });
}
