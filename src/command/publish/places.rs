//! Where a publish writes on this machine, and where it must not.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::Job;
use crate::{diagnostic::Diagnostic, upload::record::HEAD};

/// What is wrong with where the site and its record are to be: a build would read or remove what is published, or a web
/// server would serve what names private addresses.
pub(super) fn misplaced(job: &Job<'_>, target: &Path, record: &Path) -> Option<Diagnostic> {
    let site = &job.common.site;
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // The link itself, whatever it leads to, and the releases beside it.
    let parent = resolved(target.parent().unwrap_or(target));
    let (link, releases) = (parent.join(&name), parent.join(format!(".{name}.releases")));
    let [out, content, themes] = [&job.out, &site.join("content"), &site.join("themes")].map(|path| resolved(path));
    let record = resolved(record);
    let around = [&out, &content, &themes].into_iter().find(|around| link.starts_with(around));
    if let Some(around) = around {
        let message = format!("the site is not to be published into `{}`, which builds use", around.display());
        return Some(
            Diagnostic::error(message).advice("name a folder that a web server reads, such as `dir:/srv/www`"),
        );
    }
    let served = [&link, &releases, &resolved(target)].into_iter().any(|served| record.starts_with(served));
    let is_built = [&out, &content].into_iter().any(|around| record.starts_with(around));
    (served || is_built).then(|| {
        let why = if served { "a web server serves it" } else { "it would be published" };
        Diagnostic::error(format!("the record of what is up is not to be in `{}`: {why}", record.display())).advice(
            "it names addresses that are unlisted or private: name a folder that nobody can read from outside, or none \
             and it is kept beside the output",
        )
    })
}

/// What is wrong with a folder for lists: they would be published, be read by a build, or take the place of something.
pub(super) fn misplaced_lists(job: &Job<'_>, lists: &Path) -> Option<Diagnostic> {
    let site = &job.common.site;
    let place = resolved(lists);
    let notes = job.out.parent().unwrap_or(&job.out).join(".bonafide");
    let [out, content, themes, notes] =
        [&job.out, &site.join("content"), &site.join("themes"), &notes].map(|path| resolved(path));
    let inside = [&out, &content, &themes, &notes].into_iter().find(|around| place.starts_with(around));
    let site = resolved(site);
    let over = [&out, &content, &site].into_iter().find(|below| below.starts_with(&place));
    if let Some(other) = inside.or(over) {
        let message = format!("lists are not to be written into `{}`: `{}` is there", place.display(), other.display());
        let advice = "name a folder of its own for them, such as `--plan lists`";
        return Some(Diagnostic::refusal(message).advice(advice));
    }
    let is_ours = has_lists(&place);
    let is_empty = match fs::read_dir(&place) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    (!is_ours && !is_empty).then(|| {
        let message = format!("`{}` is not empty, and bonafide did not make it", place.display());
        Diagnostic::refusal(message).advice("name another folder for the lists, or one that is not there yet")
    })
}

/// Whether an earlier run has left lists in a folder.
pub(super) fn has_lists(folder: &Path) -> bool {
    ["next", "done"].iter().any(|name| folder.join(name).join(HEAD).is_file())
}

/// A path without links, as far as it is there.
fn resolved(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = whole.ancestors().find_map(|there| Some((there.canonicalize().ok()?, whole.strip_prefix(there).ok()?)));
    there.map_or_else(|| whole.clone(), |(there, rest)| there.join(rest))
}
