//! A run in which something is not solved: every platform's outcome, nothing written.

use owo_colors::OwoColorize as _;
use rsp_lock::{
    LockRun, PlatformOutcome,
    verify::{Severity, text},
};

use crate::{printer::Printer, styles, words};

/// Tells every platform's outcome.
pub(crate) fn unsolved(run: &LockRun, printer: &Printer) {
    let mut told: Vec<(&str, Vec<&str>)> = Vec::new();
    for platform in &run.platforms {
        let name = platform.platform.name.as_str();
        match &platform.outcome {
            PlatformOutcome::Solved(answer) if answer.is_verified() => {
                printer.say(&format!(
                    "{} would have {}",
                    name.style(styles::NAME),
                    words::count(answer.records.len(), "package")
                ));
            }
            PlatformOutcome::Solved(answer) => {
                printer.error(&format!("{name}: the answer is wrong"));
                let faults = answer.findings.iter();
                for fault in faults.filter(|finding| finding.severity() == Severity::Error) {
                    printer.error_line(&format!("  {}", text(fault)));
                }
            }
            PlatformOutcome::Unsolvable { said, .. } => {
                match told.iter_mut().find(|(known, _)| known == said) {
                    Some((_, platforms)) => platforms.push(name),
                    None => told.push((said, vec![name])),
                }
            }
            PlatformOutcome::TimedOut => {
                printer.error(&format!("{name}: no answer within the time limit"));
                printer.hint("give it more time with `--timeout`, or leave the limit out");
            }
            PlatformOutcome::Cancelled => printer.error(&format!("{name}: cancelled")),
        }
    }
    for (said, platforms) in told {
        printer.error(&format!("no solution for {}", platforms.join(", ")));
        for line in said.lines() {
            printer.error_line(&format!("  {line}"));
        }
    }
    printer.say("nothing was written");
}
