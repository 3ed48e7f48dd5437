//! Why a publish stopped, in words, and what to do about it.

use super::{super::report::grouped, Ending, moment};
use crate::{
    command::Exit,
    diagnostic::Diagnostic,
    site::Vanish,
    upload::{error::Stop, plan::Refusal},
};

/// How it is told.
pub(super) fn ending(stop: &Stop, vanish: Vanish, allowed: Option<usize>) -> Ending {
    let (diagnostic, exit) = match stop {
        Stop::Refused(refusal) => (refused(refusal, vanish, allowed), Exit::Refused),
        Stop::PublicRecord { address } => (
            Diagnostic::refusal(format!("anybody can read the record of what is up, at {address}"))
                .advice("it names addresses that are unlisted or private: put it into a bucket that nobody can read"),
            Exit::Refused,
        ),
        Stop::InTheWay { path, link } => {
            let path = path.display();
            let what = match link {
                None => format!("`{path}` is a folder or a file that bonafide has not made"),
                Some(link) => format!("`{path}` is a link to `{}` that bonafide has not made", link.display()),
            };
            let advice = "name a path where nothing is yet: a symbolic link is put there that leads to the site, and the \
                          web server is told to read it; or move what is there away first";
            (Diagnostic::refusal(what).advice(advice), Exit::Refused)
        }
        Stop::Busy(holder) => {
            let who = holder.as_ref().map_or_else(String::new, |holder| format!(" (process {})", holder.process));
            let advice = "wait until it is done; should it have been killed on another machine, its lease runs out \
                          within a minute";
            (Diagnostic::error(format!("somebody else is publishing there{who}")).advice(advice), Exit::Busy)
        }
        Stop::Lost => (
            Diagnostic::error("somebody else has taken over, or the store could not be reached for a minute: stopped")
                .advice("what is up is whole; run it again, and it goes on where this one stopped"),
            Exit::Busy,
        ),
        Stop::Overtaken => {
            (Diagnostic::error("somebody else has published there in the meantime").advice("run it again"), Exit::Busy)
        }
        Stop::Denied { action, key, answer } => (
            Diagnostic::error(format!("{action} `{key}`: the store answers {answer}")).advice(denied(answer)),
            Exit::Errors,
        ),
        Stop::GaveUp { action, key, tries, cause } => (
            Diagnostic::error(format!("{action} `{key}` failed {tries} times: {cause}"))
                .advice("what is up is whole; run it again, and it goes on where this one stopped"),
            Exit::Errors,
        ),
        Stop::Damaged { key } => (
            Diagnostic::error(format!("`{key}` of the record is damaged or missing")).advice(
                "publish with `--reconcile`: what is up is then listed and compared, and the record written anew",
            ),
            Exit::Errors,
        ),
        Stop::Unreadable { .. } | Stop::Changed { .. } => (
            Diagnostic::error(stop.to_string()).advice("somebody has changed the folder: run `bonafide build` again"),
            Exit::Errors,
        ),
        Stop::Disk { .. } => (Diagnostic::error(stop.to_string()), Exit::Errors),
    };
    Ending::failed(diagnostic, exit)
}

fn denied(answer: &str) -> &'static str {
    match answer.get(..3) {
        Some("401" | "403") => {
            "the login may not do this: see the policy of the bucket, and that the keys are the right ones"
        }
        Some("404") => "there is no such bucket: see its name, and where `AWS_ENDPOINT_URL` leads",
        Some("400") => "the store does not take this request: see the region (`AWS_REGION`) and the endpoint",
        _ => "see what the store's own log says",
    }
}

fn refused(refusal: &Refusal, vanish: Vanish, allowed: Option<usize>) -> Diagnostic {
    let older = "build again from the latest export; if it is meant, publish with `--rollback`";
    match refusal {
        // Of one second: there are no other words for it.
        Refusal::OlderMoment { built, up } if built.as_second() == up.as_second() => {
            Diagnostic::refusal(format!("this build is of {built}, and what is up is of {up}, which is later")).advice(older)
        }
        Refusal::OlderMoment { built, up } => Diagnostic::refusal(format!(
            "this build is of {}, and what is up is of {}, which is later",
            moment(*built),
            moment(*up)
        ))
        .advice(older),
        Refusal::OlderExport { built, up } => {
            let built = built.map_or_else(|| "names no `exported_at`".to_owned(), |at| format!("is of {}", moment(at)));
            let up = moment(*up);
            Diagnostic::refusal(format!("this export {built}, and what is up is of one of {up}, which is later"))
                .advice(older)
        }
        Refusal::Vanished { gone, of, such_as } => {
            let (gone, of) = (*gone, *of);
            let is = if gone == 1 { "is" } else { "are" };
            let mut message = format!(
                "{} of the {} awards that are up {is} gone, more than `vanish` allows ({})",
                grouped(gone),
                grouped(of),
                vanish.words()
            );
            if let Some(other) = allowed {
                message.push_str(&format!(", and not the {other} that were allowed"));
            }
            let advice = format!(
                "such as {}; bring them back; if they are meant to be gone, publish with `--allow-vanished {gone}`",
                listed(such_as)
            );
            Diagnostic::refusal(message).advice(advice)
        }
        Refusal::Unrecorded { has_record, files, awards, such_as } => {
            let advice = format!(
                "such as {}; if they are to go, publish with `--allow-vanished {awards}`; files at other addresses are left \
                 alone",
                listed(such_as)
            );
            let (known, has) = if *has_record {
                ("", "neither the build has nor the record of what is up")
            } else {
                ("there is no record of what is up, and ", "the build has not")
            };
            let (are, files) = counted(*files, "file");
            Diagnostic::refusal(format!(
                "{known}at this site's addresses {are} {files} that {has}, {} of them verification pages",
                grouped(*awards)
            ))
            .advice(advice)
        }
        Refusal::SameButForCase(one, other) => Diagnostic::refusal(format!(
            "`{one}` and `{other}` differ only in capital letters, and the target takes them for the same"
        ))
        .advice("rename one of them"),
        Refusal::RunOpen(run) => Diagnostic::refusal(format!(
            "the run `{}` of {} shards, of {}, has not come to its end",
            run.id,
            run.of,
            moment(run.moment)
        ))
        .advice(format!(
            "publish the shards that are still to come with `--run {}`; a build of a later moment takes over by itself, and \
             `--rollback` lets this one do so",
            run.id
        )),
        Refusal::NotOfRun { run, what, there, here } => {
            let advice = "build all shards of a run from the same input with the same bonafide, for the same moment (`--at`), \
                          and give each night's run a name of its own";
            Diagnostic::refusal(format!("this shard is not of the run `{run}`: its {what} is {here}, and the run's {there}"))
                .advice(advice)
        }
        Refusal::GivenUp { run } => {
            Diagnostic::refusal(format!("the run `{run}` has been given up: a later one has taken its place"))
                .advice("build for a later moment, and publish that as a run with another name")
        }
        Refusal::OtherTarget { recorded, here } => Diagnostic::refusal(format!(
            "the record is that of `{recorded}`, and this publish goes to `{here}`"
        ))
        .advice(
            "name another place for this target's record, with `--record` or `publish: {record: …}` in site.yaml; if the \
             site has moved from one to the other, publish with `--reconcile`, which looks at what is there",
        ),
        Refusal::Differing { path } => Diagnostic::refusal(format!("two shards have different files at `{path}`"))
            .advice("let one of them have another address, and build all shards again"),
    }
}

/// "is 1 file", "are 2 files", in two pieces.
fn counted(number: usize, noun: &str) -> (&'static str, String) {
    if number == 1 { ("is", format!("1 {noun}")) } else { ("are", format!("{} {noun}s", grouped(number))) }
}

fn listed(paths: &[String]) -> String {
    let shown: Vec<String> = paths.iter().take(3).map(|path| format!("`{path}`")).collect();
    shown.join(", ")
}
