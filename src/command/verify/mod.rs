//! `bonafide verify`: whether credentials are genuine, by what is at hand.

mod given;
mod walk;

use std::io::{self, Write};

use rayon::prelude::*;
use serde::Serialize;

use given::Given;
use walk::{Found, read};

use super::{Environment, Exit};
use crate::{
    cli::{Common, Format, Verify},
    credential::{
        bake,
        verify::{AtHand, Check, Outcome, Report, Verdict, find, shown, verify, verify_content},
    },
};

/// One file's answer.
#[derive(Debug, Serialize)]
struct Answer {
    file: String,
    #[serde(flatten)]
    report: Report,
}

/// All answers, as JSON has them.
#[derive(Debug, Serialize)]
struct Results<'a> {
    results: &'a [Answer],
}

/// Runs it.
pub(super) fn run(common: &Common, environment: Environment, options: &Verify) -> Exit {
    let given = match Given::read(options) {
        Ok(given) => given,
        Err(message) if common.format == Format::Json => {
            let said = serde_json::json!({ "results": [], "error": message });
            let _ = writeln!(io::stdout().lock(), "{said}");
            return Exit::Usage;
        }
        Err(message) => {
            let _ = writeln!(io::stderr().lock(), "error: {message}");
            return Exit::Usage;
        }
    };
    let at = common.moment(environment.now, &given.zone(common));
    let mut answers: Vec<Answer> =
        walk::files(&options.files).par_iter().filter_map(|file| answer(file, &given, at)).collect();
    if !answers.is_empty() {
        let are_valid = answers.iter().all(|answer| answer.report.verdict == Verdict::Valid);
        answers.extend(given.unused(are_valid).map(|(path, detail)| {
            let check = Check { check: "status", result: Outcome::Unchecked, detail };
            Answer {
                file: path.display().to_string(),
                report: Report { verdict: Verdict::Unchecked, checks: vec![check] },
            }
        }));
    }
    let _ = io::stdout().lock().write_all(told(common, &answers).as_bytes());
    let are_all_valid = answers.iter().all(|answer| answer.report.verdict == Verdict::Valid);
    if answers.is_empty() && common.format == Format::Human {
        let _ = writeln!(io::stderr().lock(), "error: there is no credential in any of these files");
    }
    if are_all_valid && !answers.is_empty() { Exit::Done } else { Exit::Errors }
}

/// Checks a file. Those of a folder that are not meant to be credentials are passed over; whatever is, is answered for.
fn answer(found: &Found, given: &Given, at: jiff::Timestamp) -> Option<Answer> {
    let path = &found.path;
    let file = path.display().to_string();
    let unchecked = |detail: String| {
        let check = Check { check: "file", result: Outcome::Fail, detail };
        Some(Answer { file: file.clone(), report: Report { verdict: Verdict::Unchecked, checks: vec![check] } })
    };
    if let Some(fault) = &found.fault {
        return unchecked(fault.clone());
    }
    let bytes = match read(path, bake::LARGEST) {
        Ok(bytes) => bytes,
        Err(error) => return unchecked(format!("it cannot be read: {error}")),
    };
    let at_hand = AtHand {
        at,
        issuers: given.issuers.clone(),
        keys: given.keys.clone(),
        status: &|address| given.status(address),
        page: &|id| given.page(id),
    };
    let report = match find(&bytes) {
        Ok(content) => verify_content(&content, &at_hand),
        Err(unreadable) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_meant = unreadable.is_meant(&name, &bytes)
                // What marks it may stand behind what was read of it.
                || (bytes.len() > bake::LARGEST && walk::is_marked(path).unwrap_or(true));
            if !found.is_named && !is_meant {
                return None;
            }
            verify(&bytes, &at_hand)
        }
    };
    Some(Answer { file, report })
}

fn told(common: &Common, answers: &[Answer]) -> String {
    if common.format == Format::Json {
        // Answers are texts all through, and texts can be written.
        return format!("{}\n", serde_json::to_string(&Results { results: answers }).unwrap_or_default());
    }
    let mut out = String::new();
    for answer in answers {
        if common.quiet && answer.report.verdict == Verdict::Valid {
            continue;
        }
        out.push_str(&format!("{}: {}\n", shown(&answer.file), answer.report.verdict.word()));
        for check in &answer.report.checks {
            let result = match check.result {
                Outcome::Pass => "yes",
                Outcome::Fail => "no",
                Outcome::Unchecked => "unknown",
            };
            out.push_str(&format!("  {result:<8}{}: {}\n", check.check, check.detail));
        }
    }
    out
}
