//! A progress bar on a terminal, a line now and then elsewhere.

use crate::gateway::sync::Sync;
use crate::print::{Output, grouped, per_second};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

const LINE_EVERY: Duration = Duration::from_secs(2);
const UNKNOWN_TOTAL: &str = "{msg} {spinner} {human_pos} records, {per_sec}";
const KNOWN_TOTAL: &str = "{msg} [{bar:30}] {human_pos}/{human_len} records, {per_sec}, {eta} left";

/// The place where progress is shown.
#[derive(Debug)]
pub struct Screen {
    name: String,
    /// None where the output is no terminal.
    bar: Option<ProgressBar>,
    started: Instant,
    last_line: Instant,
    output: Output,
}

impl Screen {
    /// Shows the progress of something with this name.
    pub fn new(name: &str, output: Output) -> Self {
        let bar = (!output.is_json() && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::new_spinner();
            bar.set_style(bar_style(UNKNOWN_TOTAL));
            bar.set_message(name.to_owned());
            bar
        });
        let now = Instant::now();
        Self { name: name.to_owned(), bar, started: now, last_line: now, output }
    }

    pub(super) fn show(&mut self, sync: &Sync) {
        let (done, total) = (sync.progress.processed_records, sync.progress.total_records);

        if let Some(bar) = &self.bar {
            if let Some(total) = total.filter(|total| bar.length() != Some(*total)) {
                bar.set_length(total);
                bar.set_style(bar_style(KNOWN_TOTAL));
            }
            bar.set_position(done);
            return;
        }

        if self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            let of = total.map_or(String::new(), |total| format!(" of {}", grouped(total)));
            let rate = grouped(per_second(done, self.started.elapsed().as_secs_f64()));
            self.output.note(format_args!("{}: {}{of} records, {rate}/s ({})", self.name, grouped(done), sync.status));
        }
    }

    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar_style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
