//! The table.

use std::fmt::{self, Write as _};

use crate::measure::Row;

const MEGABYTE: f64 = 1e6;

/// The rows as a Markdown table; ratios are our cost over the baseline's.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut text = String::from(
        "| channel | records | reachable | packages | what | rsp-lock | baseline | of the baseline | peak memory | of the baseline |\n\
         | --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for row in rows {
        let seconds = |process: &crate::measure::Process| process.seconds;
        #[expect(clippy::cast_precision_loss, reason = "a size for people")]
        let bytes = |process: &crate::measure::Process| process.peak_bytes as f64;
        let (ours, theirs) = row.medians(seconds);
        let (our_peak, _) = row.medians(bytes);
        let memory = if our_peak > 0.0 {
            format!(
                "{:.0} MB | {}",
                our_peak / MEGABYTE,
                Share(row.ratio(bytes))
            )
        } else {
            "- | -".to_owned()
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {:.1} ms | {:.0} ms | {} | {} |",
            row.channel,
            row.records,
            row.reachable,
            row.packages,
            row.kind,
            ours * 1e3,
            theirs * 1e3,
            Share(row.ratio(seconds)),
            memory,
        );
    }
    let pairs = rows.first().map_or(0, |row| row.pairs.len());
    let _ = writeln!(
        text,
        "\nMedians of {pairs} pairs of fresh processes (of solves in one process for the hot index), ours first and second in turn; what is of the baseline is the median of the pairs' ratios. The baseline is rattler; of a re-index it is our compile of the whole channel, which always comes first."
    );
    text
}

/// How much something costs, given how many times as much the baseline does.
struct Share(f64);

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1.0 {
            write!(f, "{:.2}", 1.0 / self.0)
        } else {
            write!(f, "1/{:.1}", self.0)
        }
    }
}

/// Every measurement, as JSON.
pub(crate) fn json(rows: &[Row]) -> serde_json::Result<String> {
    serde_json::to_string_pretty(&serde_json::json!({
        "schema": "rsp-lock-bench-report",
        "version": 1,
        "rows": rows,
    }))
}
