//! Outputs on other disks: full ones, read-only ones, and simply other ones.
//!
//! They are small file systems in memory, mounted for the test, which takes the rights of the
//! superuser; so these tests run only when asked for: `cargo test -- --ignored`.

use std::process::Command;

use super::killed::{assert_readable, end_at_every_step};
use super::*;

/// A small file system in memory, taken away again at the end.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path, options: &str) -> Self {
        fs::create_dir_all(at).unwrap();
        let status = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(at).status();
        assert!(status.unwrap().success());
        Self(at.to_owned())
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        assert!(Command::new("mount").args(["-o", &options]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
#[ignore = "mounts a file system: needs to be root"]
fn an_output_on_another_disk_is_published_and_killed_like_any_other() {
    let (_guard, base) = base();
    let _disk = Disk::mount(&base.join("public"), "size=8m");
    end_at_every_step(&base, "public");
}

#[test]
#[ignore = "mounts a file system: needs to be root"]
fn a_full_disk_is_a_clear_error_and_nothing_has_changed() {
    let (_guard, base) = base();
    let disk = Disk::mount(&base.join("disk"), "size=600k");
    let out = "disk/public";
    publish_into(&mut open(&base, out).unwrap(), &first_site()).unwrap();
    let mut big = first_site();
    for number in 0..100 {
        big.insert(format!("big/{number}"), "x".repeat(10_000));
    }
    let mut folder = open(&base, out).unwrap();
    let error = publish_into(&mut folder, &big).unwrap_err();
    assert!(matches!(&error, PublishError::Folder(FolderError::Full { .. })), "{error}");
    assert_eq!(read(&base.join(out)), first_site());
    assert!(folder.intact());
    assert!(!base.join("disk/.bonafide/public/stage").exists());
    disk.remount("size=8m");
    publish_into(&mut folder, &big).unwrap();
    assert_eq!(read(&base.join(out)), big);
}

#[test]
#[ignore = "mounts a file system: needs to be root"]
fn a_full_other_disk_leaves_every_page_readable_and_says_so() {
    let (_guard, base) = base();
    let disk = Disk::mount(&base.join("public"), "size=600k");
    publish(&base, &first_site());
    let mut big = first_site();
    big.insert("a/1/index.html".into(), "ONE".into());
    for number in 0..100 {
        big.insert(format!("big/{number}"), "x".repeat(10_000));
    }
    let mut folder = open(&base, "public").unwrap();
    let error = publish_into(&mut folder, &big).unwrap_err();
    assert!(matches!(&error, PublishError::Folder(FolderError::Halfway { .. })), "{error}");
    assert!(error.to_string().contains("disk is full"), "{error}");
    assert_readable(&base.join("public"), &[&first_site(), &big], "full");
    assert!(!folder.intact());
    disk.remount("size=8m");
    publish_into(&mut folder, &big).unwrap();
    assert_eq!(read(&base.join("public")), big);
}

#[test]
#[ignore = "mounts a file system: needs to be root"]
fn a_disk_that_can_only_be_read_is_a_clear_error() {
    let (_guard, base) = base();
    let disk = Disk::mount(&base.join("public"), "size=8m");
    publish(&base, &first_site());
    disk.remount("ro");
    let mut next = first_site();
    next.insert("a/1/index.html".into(), "ONE".into());
    let mut folder = open(&base, "public").unwrap();
    let error = publish_into(&mut folder, &next).unwrap_err();
    assert!(matches!(&error, PublishError::Folder(FolderError::ReadOnly { .. })), "{error}");
    assert_eq!(read(&base.join("public")), first_site());
    assert!(folder.intact());
    drop(folder);
    assert!(open(&base, "public").unwrap().intact());
    let whole = Disk::mount(&base.join("disk"), "size=8m");
    whole.remount("ro");
    let error = open(&base, "disk/public").unwrap_err();
    assert!(matches!(error, FolderError::ReadOnly { .. }), "{error}");
}
