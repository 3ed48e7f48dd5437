//! How far something has come, for people who wait for it.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Environment;
use crate::cli::{Common, Format};

/// A progress bar that appears on a terminal when what is waited for takes longer than a second.
pub(super) struct Bar {
    wanted: bool,
    start: Instant,
    bar: OnceLock<ProgressBar>,
}

/// From when on it is shown.
const PATIENCE: Duration = Duration::from_secs(1);

impl Bar {
    /// One for what begins now.
    pub(super) fn new(common: &Common, environment: Environment) -> Self {
        let wanted = environment.terminal && !common.quiet && common.format != Format::Json;
        Self { wanted, start: Instant::now(), bar: OnceLock::new() }
    }

    fn bar(&self) -> &ProgressBar {
        self.bar.get_or_init(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{msg} [{bar:32}] {human_pos} of {human_len}, {eta} left");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
            bar
        })
    }

    /// Shows how much of it is done, and what is being done just now.
    pub(super) fn show(&self, done: u64, total: u64, what: impl FnOnce() -> String) {
        if !self.wanted || self.start.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar();
        bar.set_message(what());
        bar.set_length(total);
        bar.set_position(done);
    }

    /// Says at once what is waited for.
    pub(super) fn say(&self, text: &'static str) {
        if self.wanted {
            self.bar().set_message(text);
            self.bar().tick();
        }
    }

    /// Takes it away.
    pub(super) fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
