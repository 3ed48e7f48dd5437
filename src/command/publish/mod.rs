//! `bonafide publish`: public/ → its host.
//!
//! The story: read site.yaml and what the last build left; bring up what is not up; look at it from outside. Nothing is
//! built, and nothing of the site's texts is read.

#[cfg(feature = "cloud")]
mod bucket;
mod folder;
mod lists;
#[cfg(feature = "cloud")]
mod outside;
mod places;
mod result;
mod told;

use std::{
    collections::HashMap,
    io::{self, Write as _},
    path::PathBuf,
    sync::Arc,
    time::Instant,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    Environment, Exit,
    build::{problem, with_sources},
    count,
    note::LastBuild,
    print_annotations, print_reports,
    progress::Bar,
    reports,
};
use crate::{
    cli::{Common, Format, Publish},
    diagnostic::{Diagnostic, Place, Severity, has_errors},
    publish::{Folder, FolderError},
    shard::Shard,
    site::{Config, Vanish},
    source::{
        record::SiteRecord,
        value::{Target, Value},
        yaml,
    },
    upload::{
        built::Collected,
        outcome::{Outcome, Place as KeyPlace, Progress},
        plan::{Limits, Step},
    },
};
use result::{Published, RunTold};

/// How long old assets stay where a site says nothing.
const KEEP_ASSETS: i64 = 7 * 24 * 3600;

/// What a run needs to know, whatever the target.
struct Job<'a> {
    common: &'a Common,
    environment: Environment,
    options: &'a Publish,
    config: Config,
    out: PathBuf,
    built: Collected,
    limits: Limits<'a>,
    /// Of one of several shares of the site: which, and of which run.
    #[cfg_attr(not(feature = "cloud"), expect(dead_code, reason = "only buckets take shares"))]
    share: Option<(Shard, &'a str)>,
}

impl Job<'_> {
    fn bar(&self) -> Bar {
        Bar::new(self.common, self.environment)
    }

    /// Reads a file of the build.
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.out.join(path))
    }

    /// What a key is that nobody has recorded: whether the site's contract has such addresses.
    fn ours(&self, key: &str) -> KeyPlace {
        place_of(key, &self.config.languages)
    }
}

/// The award whose own page this key is, in the site's first language.
fn award_of(key: &str) -> Option<&str> {
    key.strip_prefix("verify/")?.strip_suffix("/index.html").filter(|id| !id.is_empty() && !id.contains('/'))
}

/// What a key is that nobody has recorded.
fn place_of(key: &str, languages: &[String]) -> KeyPlace {
    let prefixes = languages.iter().skip(1).map(|language| format!("{language}/"));
    let in_language = prefixes.into_iter().find_map(|prefix| key.strip_prefix(&prefix).map(ToOwned::to_owned));
    let rest = in_language.as_deref().unwrap_or(key);
    let folders = ["verify/", "badges/", "people/", "faq/", "guides/", "_assets/"];
    let pages = ["index.html", "404.html", "as-of.json", "robots.txt", "search.json", "icon.svg", "card.png"];
    let machines = ["issuer.json", "did.json", ".well-known/did.json"];
    let is_award = award_of(rest).is_some();
    let is_map = rest.starts_with("sitemap") && rest.ends_with(".xml") && !rest.contains('/');
    match () {
        () if is_award && in_language.is_none() => KeyPlace::Award,
        () if folders.iter().any(|folder| rest.starts_with(folder)) => KeyPlace::Site,
        () if pages.contains(&rest) || machines.contains(&key) || is_map => KeyPlace::Site,
        () => KeyPlace::Foreign,
    }
}

/// Shows how far a publish has come.
fn show(bar: &Bar, Progress { step, done, total, bytes, of_bytes }: Progress) {
    let megabytes = |bytes: u64| bytes.div_ceil(1_000_000);
    bar.show(done, total, || {
        let (what, up, of) = (step.map_or("the next release", Step::name), megabytes(bytes), megabytes(of_bytes));
        format!("{what:>16} {up} of {of} MB")
    });
}

/// How a run ended, before it is told.
struct Ending {
    diagnostics: Vec<Diagnostic>,
    outcome: Option<Outcome>,
    /// Of a shard, how its run stands.
    run: Option<RunTold>,
    /// What was done and with what, where this shard ended the run.
    ended: Option<Box<(Outcome, Collected)>>,
    /// How many addresses were looked at from outside.
    looked: usize,
    /// How many requests were made, and how many bytes were sent.
    requests: Option<(u64, u64)>,
    exit: Exit,
}

impl Ending {
    fn failed(diagnostic: Diagnostic, exit: Exit) -> Self {
        Self { diagnostics: vec![diagnostic], ..Self::done(None, exit) }
    }

    fn done(outcome: Option<Outcome>, exit: Exit) -> Self {
        Self { diagnostics: Vec::new(), outcome, run: None, ended: None, looked: 0, requests: None, exit }
    }
}

/// Runs it.
pub(super) fn run(common: &Common, environment: Environment, options: &Publish) -> Exit {
    let start = Instant::now();
    let (ending, mut published) = match work(common, environment, options) {
        Ok((ending, published)) => (ending, published),
        Err(ending) => (*ending, None),
    };
    if let Some(published) = &mut published {
        published.seconds = start.elapsed().as_secs_f64();
    }
    tell(common, environment, ending, published.as_ref())
}

fn usage(message: &str, advice: &str) -> Box<Ending> {
    Box::new(Ending::failed(Diagnostic::error(message).advice(advice), Exit::Usage))
}

/// What site.yaml and the command line say of where and how.
struct Where {
    record: SiteRecord,
    config: Config,
    target: Option<Target>,
    /// Where the record of what is up is to be.
    place: Option<Target>,
}

fn read_where(common: &Common, options: &Publish) -> Result<Where, Box<Ending>> {
    let wrong = |diagnostics| Box::new(Ending { diagnostics, ..Ending::done(None, Exit::Errors) });
    let record = read_site(common).map_err(wrong)?;
    let mut diagnostics = Vec::new();
    let config = Config::new(&record, common.base_url.as_deref(), &mut diagnostics);
    diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
    if has_errors(&diagnostics) {
        return Err(wrong(diagnostics));
    }
    let parse = |text: &Option<String>, what: &str| match text.as_deref().map(Target::parse) {
        None => Ok(None),
        Some(Ok(target)) => Ok(Some(target)),
        Some(Err(fault)) => Err(usage(&format!("{what}: {}", fault.message), &fault.advice)),
    };
    let settings = record.publish.as_ref();
    let named = parse(&options.target, "the target")?;
    let target = named.or_else(|| settings.and_then(|settings| settings.to.clone()));
    let named = parse(&options.record, "--record")?;
    let set = settings.and_then(|settings| settings.record.clone());
    // That of a bucket, in site.yaml, is not that of a folder on the command line: its record is beside the output.
    let is_of_target = |set: &Target| {
        let is_bucket = |target: &Target| matches!(target, Target::Bucket { .. });
        options.target.is_none() || target.as_ref().is_none_or(|target| is_bucket(target) || !is_bucket(set))
    };
    let place = named.or_else(|| set.filter(is_of_target));
    if target.is_none() && options.plan.is_none() {
        return Err(usage(
            "it is not said where to publish to",
            "name a target, such as `bonafide publish s3://bucket`, or write `publish: {to: …}` into site.yaml",
        ));
    }
    if matches!(target, Some(Target::Bucket { .. })) && place.is_none() {
        return Err(usage(
            "a bucket needs a private place for the record of what is up",
            "name another bucket, or one that nobody can read, with `--record` or `publish: {record: …}` in site.yaml",
        ));
    }
    if options.shard.is_some() && matches!(target, Some(Target::Dir(_))) {
        return Err(usage(
            "a shard goes to a bucket: of a folder one machine puts up the whole release at once",
            "build the whole site without `--shard` and publish that",
        ));
    }
    Ok(Where { record, config, target, place })
}

/// Everything up to the telling.
fn work(
    common: &Common,
    environment: Environment,
    options: &Publish,
) -> Result<(Ending, Option<Published>), Box<Ending>> {
    if common.at.is_some() {
        return Err(usage(
            "`--at` is not for `publish`: it publishes what `build` has made and builds nothing",
            "build with `--at` first",
        ));
    }
    let Where { record, config, target, place } = read_where(common, options)?;
    let folder = open(common)?;
    let built = last_build(&folder, options.shard)?;
    let keep = record.publish.as_ref().and_then(|settings| settings.keep_assets);
    let vanish = Vanish::of(&record);
    let is_too_many = |gone, of| vanish.is_passed(gone, of);
    let limits = Limits {
        now: environment.now,
        keep_assets: SignedDuration::from_secs(keep.map_or(KEEP_ASSETS, |span| span.seconds)),
        is_too_many: &is_too_many,
        allowed: options.loss.allow_vanished,
        rollback: options.rollback,
        ignores_case: false,
    };
    let share = options.shard.zip(options.run.as_deref());
    let job = Job { common, environment, options, config, out: folder.path().to_owned(), built, limits, share };
    let beside = folder.notes().join("published");
    let ending = match (&options.plan, &target) {
        (Some(lists), _) => lists::write(&job, lists, vanish),
        (None, Some(Target::Dir(path))) => folder::publish(&job, path, place.as_ref(), &beside, vanish),
        #[cfg(feature = "cloud")]
        (None, Some(Target::Bucket { service, bucket, prefix })) => {
            bucket::publish(&job, (*service, bucket, prefix), place.as_ref(), vanish)
        }
        #[cfg(not(feature = "cloud"))]
        (None, Some(Target::Bucket { .. })) => {
            let message = "this bonafide was built without buckets (feature `cloud`)";
            *usage(message, "publish to `dir:`, or write lists with `--plan`")
        }
        (None, None) => *usage("it is not said where to publish to", "name a target"),
    };
    let published = ending.outcome.as_ref().map(|outcome| {
        let name = match (&options.plan, &target) {
            (Some(lists), _) => lists.display().to_string(),
            (None, target) => target.as_ref().map(ToString::to_string).unwrap_or_default(),
        };
        let mut published = Published::of(&job.built, outcome, &job.config, options.dry_run);
        published.add(ending.run.clone(), ending.ended.as_deref(), &job.config);
        published.target = name;
        published.listed = options.plan.is_some();
        published.looked_at = ending.looked;
        published.count_requests(outcome, ending.requests, target.as_ref().filter(|_| options.plan.is_none()));
        published
    });
    Ok((ending, published))
}

/// Reads site.yaml, and nothing else of the site.
fn read_site(common: &Common) -> Result<SiteRecord, Vec<Diagnostic>> {
    let file: Arc<str> = "site.yaml".into();
    let bytes = std::fs::read(common.site.join("site.yaml")).map_err(|error| {
        let advice = "go to the site's folder, or name it with --site";
        vec![
            Diagnostic::error(format!("site.yaml cannot be read: {error}"))
                .at(Place::file(file.clone()))
                .advice(advice),
        ]
    })?;
    yaml::read::<SiteRecord>(&file, &bytes)
}

fn open(common: &Common) -> Result<Folder, Box<Ending>> {
    if !common.out().is_dir() {
        let message = format!("there is nothing to publish: `{}` is not there", common.out().display());
        return Err(Box::new(Ending::failed(
            Diagnostic::error(message).advice("run `bonafide build` first"),
            Exit::Errors,
        )));
    }
    with_sources(common, |sources| Folder::open_at_once(&common.out(), sources)).map_err(|error| {
        let (diagnostic, exit) = match &error {
            FolderError::Busy { out, .. } => {
                let message = format!("somebody else is publishing or building `{}` at this moment", out.display());
                let advice = "wait until it is done, and publish again: what is up was not looked at";
                (Diagnostic::error(message).advice(advice), Exit::Busy)
            }
            // Another folder is no help to whoever publishes.
            FolderError::NotOurs { path } => {
                let message = format!("what the last build wrote down of `{}` is not there", path.display());
                let advice = "bring the folder `.bonafide` beside it back; or move what is there away, and run \
                              `bonafide build` again";
                (Diagnostic::error(message).advice(advice), Exit::Errors)
            }
            _ => (problem(&error), if error.is_refusal() { Exit::Refused } else { Exit::Errors }),
        };
        Box::new(Ending::failed(diagnostic, exit))
    })
}

/// What the last build left, if it came to its end.
fn last_build(folder: &Folder, shard: Option<Shard>) -> Result<Collected, Box<Ending>> {
    let unfinished = || {
        let refusal = Diagnostic::refusal(
            "the last build did not come to its end: the folder may be half of one and half \
                                           of another",
        )
        .advice("run `bonafide build` again");
        Box::new(Ending::failed(refusal, Exit::Refused))
    };
    if folder.is_half_done() {
        return Err(unfinished());
    }
    let last = LastBuild::of(folder).ok_or_else(unfinished)?;
    if last.shard != shard.unwrap_or_default() {
        let there = if last.shard.is_whole() {
            "all of the site".to_owned()
        } else {
            format!("shard {} of the site", last.shard)
        };
        let (wanted, advice) = match shard {
            Some(shard) => (
                format!("not shard {shard}"),
                format!("build it with `--shard {shard}` and an `--out` of its own, and name that folder here as well"),
            ),
            None => (
                "not all of it".to_owned(),
                format!(
                    "publish it with `--shard {}` and `--run`, the name of a run that all shards have; or build the whole \
                     site without `--shard` into a folder of its own, and publish that",
                    last.shard
                ),
            ),
        };
        let message = format!("`{}` holds {there}, {wanted}", folder.path().display());
        return Err(Box::new(Ending::failed(Diagnostic::refusal(message).advice(advice), Exit::Refused)));
    }
    let mut files = Collected::new(last.moment, last.exported_at, last.program, last.inputs);
    let mut own: HashMap<u32, u32> = HashMap::new();
    folder
        .built(&mut |file| {
            if let (true, Some(award)) = (file.is_page_of_award, file.award) {
                own.insert(award.number, u32::try_from(files.len()).unwrap_or(u32::MAX));
            }
            let award = file.award.map(|award| (award.number, award.standing));
            files.add(file.path, file.kind, file.content.0, file.size, award);
        })
        .map_err(|error| Box::new(Ending::failed(problem(&error), Exit::Errors)))?;
    files.settle(&own);
    Ok(files)
}

/// Ends a run: what was wrong and what was done, for people or as JSON.
fn tell(common: &Common, environment: Environment, ending: Ending, published: Option<&Published>) -> Exit {
    let Ending { diagnostics, exit, .. } = ending;
    let reports = reports(common, diagnostics);
    match common.format {
        Format::Json => {
            let value = serde_json::json!({ "diagnostics": reports, "result": published });
            let _ = writeln!(io::stdout().lock(), "{value}");
        }
        Format::Human | Format::Github => {
            if common.format == Format::Github {
                print_annotations(&reports, &common.site);
            } else {
                print_reports(&reports, environment);
            }
            let mut err = io::stderr().lock();
            if let Some(count) = count(&reports) {
                let after = match exit {
                    Exit::Refused if published.is_some_and(Published::is_of_shard) => {
                        "; what this shard itself has to put up is up, and the run has not come to its end"
                    }
                    Exit::Refused => "; nothing was changed",
                    Exit::Busy => "; try again later",
                    _ => "",
                };
                let _ = writeln!(err, "{count}{after}");
            }
            if let (Some(published), false) = (published, common.quiet) {
                let _ = write!(io::stdout().lock(), "{}", published.draw(environment.colour));
            }
        }
    }
    exit
}

/// A moment as it is told: nobody means a part of a second.
fn moment(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

/// The address at which readers find a file.
fn address(config: &Config, key: &str) -> String {
    let path = match key.strip_suffix("index.html") {
        Some(folder) if folder.is_empty() || folder.ends_with('/') => folder,
        _ => key,
    };
    config.absolute(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_contract_names_is_ours_and_nothing_else() {
        let languages = ["en".to_owned(), "es".to_owned()];
        for (key, place) in [
            ("verify/9ed5/index.html", KeyPlace::Award),
            ("es/verify/9ed5/index.html", KeyPlace::Site),
            ("verify/9ed5/card.png", KeyPlace::Site),
            ("verify/index.html", KeyPlace::Site),
            ("verify/a/b/index.html", KeyPlace::Site),
            ("es/faq/x/index.html", KeyPlace::Site),
            ("sitemap-2.xml", KeyPlace::Site),
            ("_assets/style.css", KeyPlace::Site),
            ("index.html", KeyPlace::Site),
            ("issuer.json", KeyPlace::Site),
            (".well-known/did.json", KeyPlace::Site),
            ("es/did.json", KeyPlace::Foreign),
            ("blog/index.html", KeyPlace::Foreign),
            ("de/index.html", KeyPlace::Foreign),
            ("verify.txt", KeyPlace::Foreign),
        ] {
            assert_eq!(place_of(key, &languages), place, "{key}");
        }
        assert_eq!(award_of("verify/9ed5/index.html"), Some("9ed5"));
        assert_eq!(award_of("verify/index.html"), None);
    }
}
