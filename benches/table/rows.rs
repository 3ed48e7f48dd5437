//! The rows of the table.

use std::{
    cell::OnceCell,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use clap::ValueEnum as _;
use flate2::{Compression, write::GzEncoder};

use crate::{
    Goal, Group, Options, floor, grouped, hugo,
    measure::{Ran, median, ratio, run, seconds, told, walls},
    preview::{Edit, Preview},
    sites::{self, DAY, NEXT_DAY, QUIET_ANSWER, SHOWN_ANSWER, Wanted},
};

/// Over how many exports the awards of large sites are spread.
const EXPORTS: usize = 10;
const PLAIN: &str = "share_card: false";

/// What rows are measured with, and where.
pub struct Bench<'a> {
    options: &'a Options,
    memory: &'a Path,
    disk: Option<&'a Path>,
    /// The site of 100,000 awards in memory, once it is there.
    large: OnceCell<PathBuf>,
}

impl<'a> Bench<'a> {
    pub fn new(options: &'a Options, memory: &'a Path, disk: Option<&'a Path>) -> Self {
        Self { options, memory, disk, large: OnceCell::new() }
    }

    /// Measures and prints all rows that are asked for.
    pub fn all(&self) {
        for group in Group::value_variants().iter().filter(|group| self.options.wants(**group)) {
            match group {
                Group::First => self.first(),
                Group::Hugo => self.hugo(),
                Group::Same => self.same(),
                Group::Night => self.night(),
                Group::Edit => self.edit(),
                Group::Memory => self.peaks(),
                Group::Start => self.start(),
                Group::Serve => self.serve(),
                Group::Bytes => self.bytes(),
            }
        }
    }

    fn build(&self, site: &Path, moment: &str) -> Ran {
        run(Command::new(&self.options.program).args(["build", "--format", "json", "--at", moment, "--site"]).arg(site))
    }

    /// A build with nothing there that an earlier one made.
    fn first_build(&self, site: &Path) -> Ran {
        clear(site);
        if self.disk.is_some_and(|disk| site.starts_with(disk)) {
            sync();
        }
        self.build(site, DAY)
    }

    /// So many runs of something that gives one time or several.
    fn times<T>(&self, run: impl FnMut(usize) -> T) -> Vec<T> {
        (0..self.options.runs()).map(run).collect()
    }

    fn wanted(&self, awards: usize) -> Wanted {
        let awards = self.options.awards(awards);
        Wanted { awards, exports: EXPORTS, outputs: PLAIN, aliases: true, public: self.options.public }
    }

    /// The large site in memory, built for [`DAY`].
    fn large(&self) -> &Path {
        let site = self.large.get_or_init(|| {
            let site = self.memory.join("large");
            sites::write(&site, &self.wanted(100_000));
            site
        });
        self.build(site, DAY);
        site
    }

    fn first(&self) {
        let wanted = self.wanted(10_000);
        for (folder, place, goal) in [(Some(self.memory), "in memory", 2.5), (self.disk, "on disk", 1.4)] {
            let Some(folder) = folder else { continue };
            let (site, only_written) = (folder.join("first"), folder.join("first-floor"));
            sites::write(&site, &wanted);
            let pairs = self.times(|_| {
                let ran = self.first_build(&site);
                let floor = floor::time(&site.join("public"), &only_written, || {
                    if place == "on disk" {
                        sync();
                    }
                });
                let _ = fs::remove_dir_all(&only_written);
                (ran, floor)
            });
            let (runs, floors): (Vec<Ran>, Vec<f64>) = pairs.into_iter().unzip();
            self.row(
                &format!("First build, {} awards, {place}", grouped(wanted.awards)),
                ratio(&walls(&runs), &floors),
                "times the floor",
                &Goal::AtMost(goal),
                &format!("{}; floor {}; {} files", told(&runs), seconds(median(floors)), made(&runs)),
            );
            let _ = fs::remove_dir_all(&site);
        }
    }

    fn hugo(&self) {
        let Some(program) = &self.options.hugo else { return };
        let plain = "share_card: false, qr_svg: true, oembed: true";
        let cards = "share_card: true, qr_svg: true, oembed: true";
        for (awards, outputs, what, goal) in
            [(10_000, plain, "page, QR image, JSON", 6.0), (400, cards, "the same with a share card", 40.0)]
        {
            let awards = self.options.awards(awards);
            let (ours, theirs) = (self.memory.join("ours"), self.memory.join("hugo"));
            sites::write(&ours, &Wanted { awards, exports: EXPORTS, outputs, aliases: false, public: 0 });
            hugo::write(&theirs, awards, outputs == cards);
            let pairs = self.times(|_| (self.first_build(&ours), hugo::build(program, &theirs)));
            let (runs, hugos): (Vec<Ran>, Vec<Ran>) = pairs.into_iter().unzip();
            self.row(
                &format!("Hugo, {} awards: {what}", grouped(awards)),
                ratio(&walls(&hugos), &walls(&runs)),
                "times as long",
                &Goal::AtLeast(goal),
                &format!("{}; Hugo {}", told(&runs), told(&hugos)),
            );
            let _ = fs::remove_dir_all(&ours);
            let _ = fs::remove_dir_all(&theirs);
        }
    }

    fn same(&self) {
        let (site, wanted) = (self.large(), self.wanted(100_000));
        let only_written = self.memory.join("large-floor");
        for warned in [false, true] {
            if warned {
                sites::warn(site, &wanted, true);
                self.build(site, DAY);
            }
            let pairs = self.times(|_| {
                let floor = floor::time(&site.join("public"), &only_written, || {});
                let _ = fs::remove_dir_all(&only_written);
                (self.build(site, DAY), floor)
            });
            let (runs, floors): (Vec<Ran>, Vec<f64>) = pairs.into_iter().unzip();
            let warnings = runs.iter().map(Ran::warnings).max().unwrap_or_default();
            assert_eq!(warnings > 0, warned, "{warnings} warnings");
            self.row(
                &format!("Nothing changed, {} awards, {warnings} warnings", grouped(wanted.awards)),
                ratio(&walls(&runs), &floors),
                "times the floor",
                &Goal::AtMost(0.1),
                &format!("{}; floor {}", told(&runs), seconds(median(floors))),
            );
        }
        sites::warn(site, &wanted, false);
    }

    fn night(&self) {
        let site = self.large();
        let runs = self.times(|_| {
            self.build(site, DAY);
            self.build(site, NEXT_DAY)
        });
        self.row_of_builds("A day later", &runs, 0.8);
    }

    fn edit(&self) {
        let site = self.large();
        let file = site.join(format!("content/{QUIET_ANSWER}.md"));
        let text = fs::read_to_string(&file).expect("the answer is there");
        let runs = self.times(|number| {
            fs::write(&file, format!("{text}\nChange {number}.\n")).expect("it can be written");
            self.build(site, DAY)
        });
        self.row_of_builds("An answer changed that no verification page shows", &runs, 1.0);
        let file = site.join("content/earners/000.yaml");
        let text = fs::read_to_string(&file).expect("the export is there");
        let (before, after) = text.split_once("    job_title: ").expect("somebody has a job");
        let runs = self.times(|number| {
            fs::write(&file, format!("{before}    job_title: No. {number} {after}")).expect("it can be written");
            self.build(site, DAY)
        });
        self.row_of_builds("One award changed", &runs, 1.0);
    }

    /// Prints a row.
    fn row(&self, what: &str, measured: f64, unit: &str, goal: &Goal, beside: &str) {
        let (goal, is_met) = match *goal {
            Goal::AtMost(most) => (format!("at most {most}"), Some(measured <= most)),
            Goal::AtLeast(least) => (format!("at least {least}"), Some(measured >= least)),
            Goal::Flat => ("flat".to_owned(), None),
            Goal::None => (String::new(), None),
        };
        let met = match is_met {
            Some(true) if !self.options.quick => "yes",
            Some(false) if !self.options.quick => "**no**",
            _ => "",
        };
        let digits = match measured {
            100.0.. => 0,
            10.0.. => 1,
            _ => 2,
        };
        println!("| {what} | {measured:.digits$} | {unit} | {goal} | {met} | {beside} |");
    }

    /// The row of builds of the large site.
    fn row_of_builds(&self, what: &str, runs: &[Ran], goal: f64) {
        self.row(
            &format!("{what}, {} awards", grouped(self.options.awards(100_000))),
            median(walls(runs)),
            "s",
            &Goal::AtMost(goal),
            &format!("{}; {} files changed", told(runs), runs.last().map_or(0, |ran| ran.result("changed"))),
        );
    }

    fn peaks(&self) {
        let (folder, place) = self.disk.map_or((self.memory, "in memory"), |disk| (disk, "on disk"));
        let large = self.options.million.then_some((1_000_000, 1500.0));
        for (awards, goal) in [(100_000, 200.0)].into_iter().chain(large) {
            let (site, wanted) = (folder.join("peak"), self.wanted(awards));
            sites::write(&site, &wanted);
            let first = self.first_build(&site);
            let night = self.build(&site, NEXT_DAY);
            let what = format!("Peak of memory, {} awards {place}", grouped(wanted.awards));
            self.row(&format!("{what}, first build"), first.peak, "MB", &Goal::AtMost(goal), &told(&[first]));
            self.row(&format!("{what}, a day later"), night.peak, "MB", &Goal::AtMost(goal), &told(&[night]));
            let _ = fs::remove_dir_all(&site);
        }
    }

    /// A copy of the sample site, built.
    fn sample(&self) -> PathBuf {
        let (from, to) = (Path::new(env!("CARGO_MANIFEST_DIR")), self.memory.join("sample"));
        copy(&from.join("content"), &to.join("content"));
        fs::copy(from.join("site.yaml"), to.join("site.yaml")).expect("it can be copied");
        self.first_build(&to);
        to
    }

    fn start(&self) {
        let sample = self.sample();
        let runs: Vec<Ran> = (0..self.options.runs() * 4).map(|_| self.build(&sample, DAY)).collect();
        let wall = median(walls(&runs)) * 1000.0;
        self.row("Start-up: sample site, nothing changed", wall, "ms", &Goal::AtMost(25.0), &told(&runs));
    }

    fn serve(&self) {
        let program = &self.options.program;
        let saved = |what: &str, times: Vec<f64>| {
            let slowest = times.iter().copied().fold(0.0, f64::max);
            let beside = format!("{} saves, the slowest {}", times.len(), seconds(slowest));
            self.row(&format!("Preview, {what}"), median(times) * 1000.0, "ms", &Goal::None, &beside);
        };
        let sample = self.sample();
        let times = Preview::start(program, &sample).saves(&Edit::answer(&sample, "faq/help"), self.options.runs() * 4);
        saved("from a saved answer to its page, sample site", times);

        let site = self.large();
        let awards = grouped(self.options.awards(100_000));
        let mut preview = Preview::start(program, site);
        let quiet = Edit::answer(site, QUIET_ANSWER);
        saved(&format!("from a saved answer to its page, {awards} awards"), preview.saves(&quiet, self.options.runs()));
        let award = Edit::award(site);
        saved(
            &format!("from a saved export to its award, {awards} awards"),
            preview.saves(&award, self.options.runs()),
        );

        let shown = Edit::answer(site, SHOWN_ANSWER);
        let mut overlapped = 0;
        let pairs = self.times(|_| {
            let (first, was_written) = preview.save(&shown);
            overlapped += usize::from(!was_written);
            let (second, _) = preview.save(&shown);
            preview.settle(&shown);
            (first, second)
        });
        let (firsts, seconds_): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        self.row(
            &format!("Preview, {awards} awards: a second save while the first is written"),
            ratio(&seconds_, &firsts),
            "times the first",
            &Goal::AtMost(1.0),
            &format!(
                "{}, the first {}; it was being written in {overlapped} of {}",
                seconds(median(seconds_)),
                seconds(median(firsts)),
                self.options.runs()
            ),
        );
        let Some(rebuilds) = self.options.rebuilds else { return };
        let mut sizes = Vec::new();
        for number in 1..=rebuilds {
            preview.save(&quiet);
            if number == 1 || number % 200 == 0 || number == rebuilds {
                sizes.push(preview.memory());
            }
        }
        let list = sizes.iter().map(|size| format!("{size:.0}")).collect::<Vec<_>>().join(", ");
        self.row(
            &format!("Preview, {awards} awards: memory after {} rebuilds", grouped(rebuilds)),
            sizes.last().copied().unwrap_or_default(),
            "MB",
            &Goal::Flat,
            &format!("after the first, every 200 and the last: {list} MB"),
        );
    }

    fn bytes(&self) {
        let bench = self.memory.join("bytes");
        sites::write(&bench, &self.wanted(1000));
        self.first_build(&bench);
        for (what, site) in [("sample site", self.sample()), ("site of the other rows", bench)] {
            let (raw, packed): (Vec<f64>, Vec<f64>) = sizes(&site).into_iter().unzip();
            let beside = format!("gzip -6: {:.0} bytes; medians of {} pages", median(packed), raw.len());
            self.row(&format!("A verification page, {what}"), median(raw), "bytes", &Goal::None, &beside);
        }
    }
}

/// The sizes of all verification pages, as they are and compressed, in bytes.
fn sizes(site: &Path) -> Vec<(f64, f64)> {
    let folders = fs::read_dir(site.join("public/verify")).expect("there are awards").flatten();
    let pages = folders.filter_map(|folder| fs::read(folder.path().join("index.html")).ok());
    // Pages that only lead on, and those of private awards, have no status.
    pages
        .filter(|page| page.windows(12).any(|bytes| bytes == b"data-status="))
        .map(|page| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
            encoder.write_all(&page).expect("it can be compressed");
            (page.len() as f64, encoder.finish().expect("it can be compressed").len() as f64)
        })
        .collect()
}

fn made(runs: &[Ran]) -> String {
    grouped(runs.last().map_or(0, |ran| usize::try_from(ran.result("made")).unwrap_or_default()))
}

fn clear(site: &Path) {
    for made in ["public", ".bonafide"] {
        let _ = fs::remove_dir_all(site.join(made));
    }
}

/// Waits until everything that was written is on the disk, so that no run pays for another.
fn sync() {
    run(&mut Command::new("sync"));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder can be made");
    for entry in fs::read_dir(from).expect("it can be read").flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).expect("it can be copied");
        }
    }
}
