//! `--plan DIR`: ordered lists, for programs that bring files to hosts in their own ways.

use std::{collections::HashMap, fmt::Write as _, fs, path::Path};

use super::{
    Ending, Job,
    places::{has_lists, misplaced_lists},
    told,
};
use crate::{
    command::Exit,
    diagnostic::Diagnostic,
    output::Kind,
    site::Vanish,
    upload::{
        built::{Built as _, half},
        error::Stop,
        headers::{cache_control, media_type},
        outcome::Outcome,
        plan::{Limits, Overlay, Plan, Step, Wanted, part_bytes, refusal_at_once},
        planner::Planner,
        record::{HEAD, Head, hex, part_name},
    },
};

/// What is up, as somebody has said who brought it there; and what will be.
const DONE: &str = "done";
const NEXT: &str = "next";

/// Writes the lists. What they are held against is the record in `done/` of the same folder: whoever has brought
/// everything up puts `next/` in its place.
pub(super) fn write(job: &Job<'_>, folder: &Path, vanish: Vanish) -> Ending {
    if let Some(wrong) = misplaced_lists(job, folder) {
        return Ending::failed(wrong, Exit::Refused);
    }
    // What somebody is about to bring up from there is not of this build.
    let is_older = has_lists(folder);
    let mut ending = match make(job, folder) {
        Ok(outcome) => Ending::done(Some(outcome), Exit::Done),
        Err(Failure::Stop(stop)) => told::ending(&stop, vanish, job.options.loss.allow_vanished),
        Err(Failure::Disk(message)) => Ending::failed(Diagnostic::error(message), Exit::Errors),
    };
    if ending.exit == Exit::Refused && is_older {
        let message = format!("the lists in `{}` are still those of an earlier run", folder.display());
        let advice = "bring nothing up from them until `--plan` has written new ones";
        ending.diagnostics.push(Diagnostic::warning(message).advice(advice));
    }
    ending
}

enum Failure {
    Stop(Stop),
    Disk(String),
}

fn disk(path: &Path) -> impl Fn(std::io::Error) -> Failure + '_ {
    |error| Failure::Disk(format!("`{}`: {error}", path.display()))
}

fn make(job: &Job<'_>, folder: &Path) -> Result<Outcome, Failure> {
    let refuse = |refusal| Failure::Stop(Stop::Refused(refusal));
    let damaged = |_| Failure::Stop(Stop::Damaged { key: format!("{}/{DONE}", folder.display()) });
    let head = match fs::read(folder.join(DONE).join(HEAD)) {
        Ok(bytes) => Head::read(&bytes).map_err(damaged)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Head::empty(),
        Err(error) => return Err(disk(folder)(error)),
    };
    let limits = Limits { ..job.limits };
    if let Some(refusal) = refusal_at_once(&job.built, &head, &limits) {
        return Err(refuse(refusal));
    }
    let wanted = Wanted::of(&job.built, &head);
    let mut planner = Planner::new(&job.built, &wanted, &head, Overlay::new(), &limits, false);
    let empty = half(&[]);
    for group in planner.groups() {
        let mut parts = HashMap::new();
        for index in group {
            let bytes = match head.part(index) {
                Some(digest) if digest != empty => {
                    let path = folder.join(DONE).join(part_name(index, digest));
                    fs::read(&path).map_err(disk(&path))?
                }
                _ => Vec::new(),
            };
            parts.insert(index, bytes);
        }
        planner.group(&parts).map_err(damaged)?;
    }
    let plan = planner.finish();
    if let Some(refusal) = plan.refusal(&limits) {
        return Err(refuse(refusal));
    }
    let puts = job.built.files().zip(&plan.steps).filter(|(_, step)| **step != Step::None);
    let bytes = puts.map(|(file, _)| file.size).sum();
    if !job.options.dry_run {
        write_lists(job, folder, &plan)?;
        write_record(job, folder, &head, &wanted, &plan)?;
    }
    let generation = head.generation + 1;
    Ok(Outcome { plan: Some(plan), generation, bytes, files: wanted.files, ..Outcome::default() })
}

/// One list a step, numbered, of paths to bring up or to delete; and the headers of each.
fn write_lists(job: &Job<'_>, folder: &Path, plan: &Plan) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(disk(folder))?;
    for entry in fs::read_dir(folder).map_err(disk(folder))?.flatten() {
        let name = entry.file_name();
        let is_list = name.to_str().is_some_and(|name| {
            let list = name.strip_suffix(".put").or(name.strip_suffix(".delete")).or(name.strip_suffix(".tsv"));
            list.is_some_and(|list| list.starts_with(|first: char| first.is_ascii_digit()) || list == "headers")
        });
        if is_list {
            fs::remove_file(entry.path()).map_err(disk(&entry.path()))?;
        }
    }
    let mut number = 0;
    let mut list = |name: &str, end: &str, paths: String| {
        if paths.is_empty() {
            return Ok(());
        }
        number += 1;
        let path = folder.join(format!("{number:02}-{name}.{end}"));
        fs::write(&path, paths).map_err(disk(&path))
    };
    let mut headers = String::new();
    for step in Step::ALL {
        // Two lists, because most programs send one set of headers with all they are given.
        for is_asset in [true, false] {
            let mut paths = String::new();
            for file in plan.puts(&job.built, step).filter(|file| (file.kind == Kind::Asset) == is_asset) {
                let _ = writeln!(paths, "{}", file.path);
                let _ = writeln!(headers, "{}\t{}\t{}", file.path, media_type(file.path), cache_control(file.kind));
            }
            let name = if step == Step::Assets && !is_asset { "files" } else { step.name() };
            list(name, "put", paths)?;
        }
        let paths = plan.deletes(step).fold(String::new(), |paths, entry| paths + &entry.key + "\n");
        list(step.name(), "delete", paths)?;
    }
    // For hosts that take a whole folder with them.
    let controls = job.built.files().filter(|file| file.kind == Kind::Control);
    let controls = controls.fold(String::new(), |paths, file| paths + file.path + "\n");
    let path = folder.join("controls.put");
    fs::write(&path, controls).map_err(disk(&path))?;
    let path = folder.join("headers.tsv");
    fs::write(&path, headers).map_err(disk(&path))
}

fn write_record(job: &Job<'_>, folder: &Path, head: &Head, wanted: &Wanted, plan: &Plan) -> Result<(), Failure> {
    let next = folder.join(NEXT);
    match fs::remove_dir_all(&next) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(disk(&next)(error)),
        _ => {}
    }
    let parts = next.join("parts");
    fs::create_dir_all(&parts).map_err(disk(&parts))?;
    let count = u32::try_from(wanted.parts.len()).unwrap_or(1);
    let all: Vec<u32> = (0..count).collect();
    for group in all.chunks(64) {
        for (index, bytes) in part_bytes(&job.built, count, &group.iter().copied().collect()) {
            let path = next.join(part_name(index, half(&bytes)));
            fs::write(&path, bytes).map_err(disk(&path))?;
        }
    }
    let head = Head {
        generation: head.generation + 1,
        moment: Some(job.built.moment()),
        exported_at: job.built.exported_at(),
        program: job.built.program().to_owned(),
        inputs: hex(&job.built.inputs()),
        files: wanted.files,
        bytes: wanted.bytes,
        awards: wanted.awards,
        parts: wanted.parts.iter().map(|digest| hex(digest)).collect(),
        retired: plan.retired.clone(),
        ..Head::empty()
    };
    let path = next.join(HEAD);
    fs::write(&path, head.write()).map_err(disk(&path))
}
