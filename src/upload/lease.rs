//! One at a time: who is publishing to a target now.
//!
//! The lease is a small file beside the record, replaced only on the condition that it is what its holder wrote. It is
//! renewed while its holder works. One whose time has passed may be taken over, but clocks differ: so it is watched for
//! as long as a renewal would take, and taken only if nobody renews it. A process of this machine that is dead is known
//! to be, and nobody waits for it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The name of its file, below the record's place.
pub const LEASE: &str = "lease.json";

/// Who publishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The machine: what tells it from others, and one start of it from the next; hashed.
    pub machine: String,
    /// The process's number on it.
    pub process: u32,
    /// When the process began, as the machine counts; tells it from a later one with the same number.
    pub started: u64,
}

/// `lease.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Who holds it.
    pub holder: Holder,
    /// The run, which nobody else calls by this name.
    pub run: String,
    /// Until when, by the holder's clock; absent when it was given back.
    pub until: Option<Timestamp>,
    /// The intent that its holder carries out, or that was left to the next.
    pub intent: Option<String>,
    /// How many of the intent's changes have been confirmed.
    pub done: u64,
}

impl Lease {
    /// Reads one; what is none counts as one that has run out.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Its bytes.
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// Whether a lease can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// At once.
    Free,
    /// If nobody renews it for a while.
    Watch,
    /// Somebody is at work.
    Held,
}

/// Whether a lease can be had; `is_dead` tells of a holder on this machine whether its process is gone.
pub fn verdict(lease: &Lease, now: Timestamp, is_dead: &dyn Fn(&Holder) -> bool) -> Verdict {
    match lease.until {
        None => Verdict::Free,
        Some(_) if is_dead(&lease.holder) => Verdict::Free,
        Some(until) if until <= now => Verdict::Watch,
        Some(_) => Verdict::Held,
    }
}

/// This process, and whether another of this machine is gone. On Linux; elsewhere nobody is taken for dead, and
/// the lease has to run out.
pub fn this_process() -> (Holder, fn(&Holder) -> bool) {
    (
        Holder {
            machine: machine(),
            process: std::process::id(),
            started: started(std::process::id()).unwrap_or_default(),
        },
        is_dead,
    )
}

/// The machine with this start of it and the namespace that process numbers count in, so that two containers of one
/// machine do not take each other for dead.
fn machine() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    if boot.is_empty() {
        return String::new();
    }
    super::record::hex(&super::built::half(format!("{}\n{}", boot.trim(), namespace.display()).as_bytes()))
}

/// When a process began: field 22 of `/proc/PID/stat` (proc(5)), counted from the end of its name, which may hold anything.
fn started(process: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(19)?.parse().ok()
}

fn is_dead(holder: &Holder) -> bool {
    let here = machine();
    !here.is_empty() && holder.machine == here && started(holder.process) != Some(holder.started)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(holder: Holder, until: Option<i64>) -> Lease {
        let until = until.map(|second| Timestamp::from_second(second).unwrap());
        Lease { holder, run: "r".into(), until, intent: None, done: 0 }
    }

    #[test]
    fn a_lease_is_had_when_it_was_given_back_or_its_holder_is_gone() {
        let (me, is_dead) = this_process();
        let now = Timestamp::from_second(100).unwrap();
        let other = Holder { machine: "elsewhere".into(), ..me.clone() };
        assert_eq!(verdict(&lease(other.clone(), None), now, &is_dead), Verdict::Free);
        assert_eq!(verdict(&lease(other.clone(), Some(101)), now, &is_dead), Verdict::Held);
        assert_eq!(verdict(&lease(other, Some(100)), now, &is_dead), Verdict::Watch);
        assert_eq!(verdict(&lease(me, Some(101)), now, &is_dead), Verdict::Held);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_of_this_machine_that_is_gone_is_known_to_be() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let (me, is_dead) = this_process();
        let holder = Holder { process: child.id(), started: started(child.id()).unwrap(), ..me };
        assert!(!is_dead(&holder));
        assert!(is_dead(&Holder { started: holder.started + 1, ..holder.clone() }), "another with its number");
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_dead(&holder));
        assert!(!is_dead(&Holder { machine: "elsewhere".into(), ..holder }));
    }
}
