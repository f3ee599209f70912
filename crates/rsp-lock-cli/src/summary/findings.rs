//! What deserves a look although the work could be done.

use std::collections::BTreeMap;

use rsp_lock::{
    LockRun,
    verify::{Severity, text},
};

use crate::{printer::Printer, words};

/// Tells what channels lack, what records could not be used, and warnings of the check.
pub(crate) fn channel_findings(run: &LockRun, printer: &Printer) {
    let mut missing: BTreeMap<(usize, &str), Vec<&str>> = BTreeMap::new();
    let mut undated: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    let mut rejected: BTreeMap<(usize, &str), Vec<&(String, String)>> = BTreeMap::new();
    for platform in &run.platforms {
        for (index, channel) in platform.channels.iter().enumerate() {
            let key = (index, channel.name.as_str());
            for subdir in &channel.missing_subdirs {
                let known = missing.entry(key).or_default();
                if !known.contains(&subdir.as_str()) {
                    known.push(subdir);
                }
            }
            let dated = undated.entry(key).or_default();
            *dated = (*dated).max(channel.without_timestamp);
            let known = rejected.entry(key).or_default();
            for pair in &channel.rejected {
                if !known.contains(&pair) {
                    known.push(pair);
                }
            }
        }
    }
    for ((_, channel), subdirs) in missing {
        printer.warn(&format!(
            "channel `{channel}` has no `{}`",
            subdirs.join("`, `")
        ));
    }
    for ((_, channel), count) in undated {
        if count > 0 {
            printer.warn(&format!(
                "channel `{channel}`: {} without a timestamp left out because of exclude-newer",
                words::count(count, "record")
            ));
        }
    }
    for ((_, channel), pairs) in rejected {
        if !pairs.is_empty() {
            printer.detail(&format!(
                "channel `{channel}`: {} cannot be used",
                words::count(pairs.len(), "record")
            ));
            for (file, reason) in pairs {
                printer.detail(&format!("  {file}: {reason}"));
            }
        }
    }
    let mut warnings: Vec<String> = Vec::new();
    for answer in run
        .platforms
        .iter()
        .filter_map(|platform| platform.answer())
    {
        for finding in &answer.findings {
            let sentence = text(finding);
            if finding.severity() == Severity::Warning && !warnings.contains(&sentence) {
                warnings.push(sentence);
            }
        }
    }
    for warning in warnings {
        printer.warn(&warning);
    }
}
