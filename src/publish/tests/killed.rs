//! Builds that are killed, by really killing them.
//!
//! The test program starts itself again as another process, which publishes. Once for every
//! single step a build takes it is ended right before that step; then many times it is ended by
//! the system at moments nobody chose. Each time every page must still be readable, and the next
//! build, of whatever site, must end with exactly that site.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::*;

/// Two sites with every kind of difference between them.
fn old_and_new() -> (Site, Site) {
    let old = site(&[
        ("index.html", "old home"),
        ("same/1", "same"),
        ("same/2", "same"),
        ("changed/1", "old 1"),
        ("changed/2", "old 2"),
        ("gone/deep/1", "gone"),
        ("gone/2", "gone"),
        ("file-to-folder", "file"),
        ("folder-to-file/1", "in folder"),
    ]);
    let new = site(&[
        ("index.html", "new home, longer"),
        ("same/1", "same"),
        ("same/2", "same"),
        ("changed/1", "new 1"),
        ("changed/2", "new 2"),
        ("changed/3", "made"),
        ("fresh/deep/1", "made"),
        ("fresh/2", "made"),
        ("file-to-folder/1", "in folder"),
        ("folder-to-file", "file"),
    ]);
    (old, new)
}

/// Run as another process only: publishes and is ended on the way.
#[test]
#[ignore = "started by the tests of killed builds"]
fn child() {
    let Some(base) = std::env::var_os("PUBLISH_CHILD").map(PathBuf::from) else {
        return;
    };
    let number = |name: &str| -> i64 { std::env::var(name).unwrap().parse().unwrap() };
    let (steps, version) = (number("PUBLISH_STEPS"), number("PUBLISH_VERSION"));
    let site = match version {
        0 => old_and_new().0,
        1 => old_and_new().1,
        other => big_site(other),
    };
    STEPS.store(steps, Ordering::SeqCst);
    publish_into(&mut open_within(&base, &std::env::var("PUBLISH_OUT").unwrap(), 2_400).unwrap(), &site).unwrap();
}

fn start_child(base: &Path, out: &str, steps: i64, version: i64) -> Child {
    let module = module_path!().split_once("::").unwrap().1;
    Command::new(std::env::current_exe().unwrap())
        .args([&format!("{module}::child"), "--exact", "--ignored"])
        .env("PUBLISH_CHILD", base)
        .env("PUBLISH_OUT", out)
        .env("PUBLISH_STEPS", steps.to_string())
        .env("PUBLISH_VERSION", version.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Every page that both sites have is there and whole; whatever else is there is whole too.
pub(super) fn assert_readable(out: &Path, sites: &[&Site], label: &str) {
    let found = read(out);
    for (path, text) in &found {
        let is_folder = path.ends_with('/');
        // A copy on its way from another disk is no page.
        let is_copy = path.rsplit('/').next().unwrap().starts_with(".bonafide-");
        let is_whole = sites.iter().any(|site| site.get(path) == Some(text));
        assert!(is_folder || is_copy || is_whole, "{label}: {path} holds {text:?}");
    }
    let (first, rest) = sites.split_first().unwrap();
    for path in first.keys().filter(|path| rest.iter().all(|site| site.contains_key(*path))) {
        assert!(found.contains_key(path), "{label}: {path} is missing");
    }
}

/// Ends a build before each of its steps, from each of two beginnings, and then builds this or
/// that site.
pub(super) fn end_at_every_step(base: &Path, out: &str) {
    let (old, new) = old_and_new();
    let mut ended = 0;
    for with_old in [true, false] {
        for steps in 0.. {
            let _ = fs::remove_dir_all(base.join(".bonafide"));
            for item in fs::read_dir(base.join(out)).into_iter().flatten() {
                let path = item.unwrap().path();
                if path.is_dir() {
                    fs::remove_dir_all(path).unwrap();
                } else {
                    fs::remove_file(path).unwrap();
                }
            }
            if with_old {
                publish_into(&mut open(base, out).unwrap(), &old).unwrap();
            }
            let status = start_child(base, out, steps, 1).wait().unwrap();
            let label = format!("ended before step {steps}");
            let sites = if with_old { vec![&old, &new] } else { vec![&new, &new] };
            if with_old || status.success() {
                assert_readable(&base.join(out), &sites, &label);
            }
            if status.success() {
                assert!(steps > 5, "the build was over before it began");
                assert_eq!(read(&base.join(out)), new);
                break;
            }
            assert_eq!(status.code(), Some(9), "{label}");
            // Two killed builds in a row, with different plans, must not lose anything either.
            if steps % 3 == 2 {
                start_child(base, out, steps / 2, 0).wait().unwrap();
            }
            let next = if steps % 2 == 0 { &new } else { &old };
            let mut folder = open(base, out).unwrap();
            publish_into(&mut folder, next).unwrap();
            assert_eq!(&read(&base.join(out)), next, "{label}");
            assert!(folder.intact(), "{label}");
            let outcome = publish_into(&mut folder, next).unwrap();
            assert_eq!(outcome.unchanged, next.len(), "{label}");
            let state: Vec<String> = read(&base.join(".bonafide")).into_keys().collect();
            assert_eq!(state.len(), 3, "{label}: {state:?}");
            ended += 1;
        }
    }
    assert!(ended > 20, "only {ended} steps");
}

#[test]
fn a_build_ended_before_any_step_is_readable_and_the_next_repairs_it() {
    let (_guard, base) = base();
    end_at_every_step(&base, "public");
}

/// Some hundred files; a third differs between two versions, a tenth is only in one.
fn big_site(version: i64) -> Site {
    let mut site = Site::new();
    for number in 0..240_i64 {
        let text = match number % 3 {
            0 => format!("{number} {}", "same ".repeat(200)),
            _ => format!("{number} {}", format!("{version} ").repeat(usize::try_from(300 + version * 7).unwrap())),
        };
        site.insert(format!("p/{}/{number}.html", number % 20), text);
        if number % 10 == version % 10 {
            site.insert(format!("only-{version}/{number}/index.html"), format!("{number}"));
        }
    }
    site
}

#[test]
fn builds_killed_at_random_moments_leave_every_page_whole() {
    let (_guard, base) = base();
    let begun = Instant::now();
    start_child(&base, "public", i64::MAX, 2).wait().unwrap();
    let whole = begun.elapsed();
    assert_eq!(read(&base.join("public")), big_site(2));
    let versions: Vec<Site> = (2..6).map(big_site).collect();
    let mut random = 1_u64;
    let mut killed = 0;
    for round in 0..60 {
        if begun.elapsed() > Duration::from_secs(10) {
            break;
        }
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let share = u32::try_from(random >> 40).unwrap();
        let mut child = start_child(&base, "public", i64::MAX, 2 + round % 4);
        std::thread::sleep(whole.mul_f64(f64::from(share) / f64::from(1 << 24)));
        child.kill().unwrap();
        killed += usize::from(!child.wait().unwrap().success());
        assert_readable(&base.join("public"), &versions.iter().collect::<Vec<_>>(), &format!("round {round}"));
    }
    assert!(killed > 10, "only {killed} builds were killed");
    publish(&base, &versions[1]);
    assert_eq!(read(&base.join("public")), versions[1]);
}

#[test]
fn two_builds_at_once_do_not_mix() {
    let (_guard, base) = base();
    let children: Vec<_> = (2..5).map(|version| start_child(&base, "public", i64::MAX, version)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let found = read(&base.join("public"));
    assert!((2..5).any(|version| found == big_site(version)));
    assert!(open(&base, "public").unwrap().intact());
}
