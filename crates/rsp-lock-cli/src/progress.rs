//! Progress on a terminal: a line a platform, a line a download, gone when done.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use rsp_lock::{Reporter, Stage};

use crate::{printer::Printer, words};

/// Draws progress, or nothing where progress is not wanted.
#[derive(Debug)]
pub(crate) struct Progress {
    bars: Option<MultiProgress>,
    lines: Mutex<BTreeMap<String, ProgressBar>>,
}

impl Progress {
    /// Progress as the printer allows it.
    pub(crate) fn new(printer: &Printer) -> Self {
        Self {
            bars: printer.shows_progress().then(MultiProgress::new),
            lines: Mutex::new(BTreeMap::new()),
        }
    }

    /// Takes everything off the screen.
    pub(crate) fn clear(&self) {
        if let Some(bars) = &self.bars {
            if let Ok(mut lines) = self.lines.lock() {
                lines.values().for_each(ProgressBar::finish_and_clear);
                lines.clear();
            }
            // A terminal that went away cannot be cleared, and need not be.
            let _ = bars.clear();
        }
    }

    /// Works on the line of this name, which is made if need be.
    fn on(&self, name: &str, work: impl FnOnce(&ProgressBar)) {
        let (Some(bars), Ok(mut lines)) = (&self.bars, self.lines.lock()) else {
            return;
        };
        let line = lines.entry(name.to_owned()).or_insert_with(|| {
            let line = bars.add(ProgressBar::new_spinner());
            if let Ok(style) =
                ProgressStyle::with_template("{spinner:.cyan} {prefix:<16} {wide_msg:.dim}")
            {
                line.set_style(style);
            }
            line.enable_steady_tick(Duration::from_millis(120));
            line
        });
        work(line);
    }

    fn end(&self, name: &str) {
        if let Ok(mut lines) = self.lines.lock()
            && let Some(line) = lines.remove(name)
        {
            line.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Reporter for Progress {
    fn on_stage(&self, platform: &str, stage: Stage) {
        let message = match stage {
            Stage::Loading => "reading channels".to_owned(),
            Stage::Solving { records } => format!("solving {}", words::count(records, "record")),
            _ => return self.end(platform),
        };
        self.on(platform, |line| {
            line.set_prefix(platform.to_owned());
            line.set_message(message);
        });
    }

    fn on_fetch_start(&self, url: &str, _size: Option<u64>) {
        self.on(url, |line| {
            line.set_prefix("fetching");
            line.set_message(url.to_owned());
        });
    }

    fn on_fetch_progress(&self, url: &str, bytes: u64) {
        self.on(url, |line| {
            line.set_message(format!("{url} {}", words::bytes(bytes)));
        });
    }

    fn on_fetch_done(&self, url: &str) {
        self.end(url);
    }
}
