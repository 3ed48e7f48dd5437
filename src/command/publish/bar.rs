//! How far a publish has come, for people who wait for it.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Job;
use crate::{
    cli::Format,
    upload::{outcome::Progress, plan::Step},
};

/// A progress bar that appears on a terminal.
pub(super) struct Bar {
    bar: Option<ProgressBar>,
}

impl Bar {
    pub(super) fn new(job: &Job<'_>) -> Self {
        let wanted = job.environment.terminal && !job.common.quiet && job.common.format == Format::Human;
        let bar = wanted.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{msg} [{bar:32}] {human_pos} of {human_len}, {eta} left");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
            bar
        });
        Self { bar }
    }

    pub(super) fn step(&self, progress: Progress) {
        let Some(bar) = &self.bar else { return };
        let megabytes = |bytes: u64| bytes.div_ceil(1_000_000);
        bar.set_length(progress.total);
        bar.set_position(progress.done);
        let (up, of) = (megabytes(progress.bytes), megabytes(progress.of_bytes));
        bar.set_message(format!("{:>16} {up} of {of} MB", progress.step.map_or("the next release", Step::name)));
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
