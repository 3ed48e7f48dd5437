//! Is this credential genuine? A pure function of a file's bytes and what is at hand: keys, status lists, a moment.
//!
//! Nothing is fetched. Whatever cannot be known from what is at hand is said, and then the answer is not "valid".

mod document;
mod file;
mod issuer;
mod said;
mod signature;
mod status;

use jiff::Timestamp;
use serde::Serialize;

use super::keys::PublicKey;

pub use file::{Content, LONGEST_MARK, Unreadable, find, has_mark};
pub use issuer::DidDocument;

/// What is at hand to check with.
pub struct AtHand<'a> {
    /// The moment that is asked about.
    pub at: Timestamp,
    /// The issuers that are known: those of built sites.
    pub issuers: Vec<DidDocument>,
    /// Keys that whoever asks believes to be the issuer's.
    pub keys: Vec<PublicKey>,
    /// The status list of an address, if it is there.
    pub status: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    /// What the page of a credential says of it (`data-status`), if it is there.
    pub page: &'a dyn Fn(&str) -> Option<String>,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// Genuine, and it counts at the moment that was asked about.
    #[serde(rename = "valid")]
    Valid,
    /// Genuine, and its time is over.
    #[serde(rename = "expired")]
    Expired,
    /// Genuine, and its time has not come.
    #[serde(rename = "not yet valid")]
    NotYetValid,
    /// The issuer has withdrawn it.
    #[serde(rename = "withdrawn")]
    Withdrawn,
    /// The issuer has suspended it.
    #[serde(rename = "on hold")]
    OnHold,
    /// What is signed is something else.
    #[serde(rename = "altered")]
    Altered,
    /// The key is not the issuer's, or vouches for nothing.
    #[serde(rename = "signed by another key")]
    AnotherKey,
    /// Another issuer than the one that it was checked against.
    #[serde(rename = "wrong issuer")]
    WrongIssuer,
    /// Something is missing, or the file is not one that can be believed.
    #[serde(rename = "cannot be checked")]
    Unchecked,
}

impl Verdict {
    /// Its word, as it stands in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::NotYetValid => "not yet valid",
            Self::Withdrawn => "withdrawn",
            Self::OnHold => "on hold",
            Self::Altered => "altered",
            Self::AnotherKey => "signed by another key",
            Self::WrongIssuer => "wrong issuer",
            Self::Unchecked => "cannot be checked",
        }
    }
}

/// How one check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// As it should be.
    Pass,
    /// Not as it should be.
    Fail,
    /// It could not be looked at.
    Unchecked,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What: `file`, `issuer`, `signature`, `domain`, `dates` or `status`.
    pub check: &'static str,
    /// How it ended.
    pub result: Outcome,
    /// In a sentence.
    pub detail: String,
}

/// The answer, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The answer.
    pub verdict: Verdict,
    /// What was looked at, in this order.
    pub checks: Vec<Check>,
}

/// Checks in the making. The first that decides, decides; what is known weighs more than what is not.
#[derive(Default)]
struct Checks {
    verdict: Option<Verdict>,
    is_something_missing: bool,
    checks: Vec<Check>,
}

impl Checks {
    fn pass(&mut self, check: &'static str, detail: impl Into<String>) {
        self.say(check, Outcome::Pass, detail.into());
    }

    fn fail(&mut self, check: &'static str, verdict: Verdict, detail: impl Into<String>) {
        self.verdict.get_or_insert(verdict);
        self.say(check, Outcome::Fail, detail.into());
    }

    /// Something that has to be known and is not.
    fn missing(&mut self, check: &'static str, detail: impl Into<String>) {
        self.is_something_missing = true;
        self.note(check, detail);
    }

    /// Something that would be good to know and is not.
    fn note(&mut self, check: &'static str, detail: impl Into<String>) {
        self.say(check, Outcome::Unchecked, detail.into());
    }

    /// Says it once: RDF takes what stands there twice, a proof or a status, for one, and so do readers.
    fn say(&mut self, check: &'static str, result: Outcome, detail: String) {
        let check = Check { check, result, detail };
        if !self.checks.contains(&check) {
            self.checks.push(check);
        }
    }

    fn done(self) -> Report {
        let otherwise = if self.is_something_missing { Verdict::Unchecked } else { Verdict::Valid };
        Report { verdict: self.verdict.unwrap_or(otherwise), checks: self.checks }
    }
}

/// Checks a file.
pub fn verify(bytes: &[u8], at_hand: &AtHand<'_>) -> Report {
    match find(bytes) {
        Ok(content) => verify_content(&content, at_hand),
        Err(unreadable) => refused(unreadable.to_string()),
    }
}

/// Checks what was found in a file.
pub fn verify_content(content: &Content, at_hand: &AtHand<'_>) -> Report {
    let mut checks = Checks::default();
    let document = match document::Document::read(content) {
        Ok(document) => document,
        Err(refusal) => return refused(refusal),
    };
    checks.pass("file", document.told());
    // In this order: whose it is, whether it is genuine, whether it was withdrawn, whether its time is now.
    if issuer::is_known(&document, at_hand, &mut checks) {
        signature::check(&document, at_hand, &mut checks);
        issuer::domain(&document, &mut checks);
    }
    // What is under a false signature, or one that nobody looked at, says nothing.
    if checks.verdict.is_none() && !checks.is_something_missing {
        status::check(&document, at_hand, &mut checks);
        document.dates(at_hand.at, &mut checks);
    }
    checks.done()
}

/// A file that is not looked at any further.
fn refused(detail: String) -> Report {
    let check = Check { check: "file", result: Outcome::Fail, detail };
    Report { verdict: Verdict::Unchecked, checks: vec![check] }
}

/// Texts of strangers as they may stand in sentences: on one line, without what changes a terminal, and not long.
pub fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .filter(|c| {
            !c.is_control() && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        })
        .take(160)
        .collect();
    if text.chars().count() > 160 {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests;
