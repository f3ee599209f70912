//! A panic is our bug: it is told as one, with what a report needs.

use std::{
    panic,
    sync::{Mutex, PoisonError},
};

use owo_colors::OwoColorize as _;

use crate::{printer::Printer, styles};

static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Keeps what a panic says, so that it can be told in our words and once.
pub(crate) fn install_hook() {
    panic::set_hook(Box::new(|info| {
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        last.get_or_insert_with(|| info.to_string());
    }));
}

/// Asks the user to report a bug.
pub(crate) fn report(printer: &Printer, what: &str) {
    let place = LAST.lock().unwrap_or_else(PoisonError::into_inner).take();
    printer.error(&format!("this is a bug in rsp-lock: {what}"));
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let facts = [
        format!("version    {}", env!("CARGO_PKG_VERSION")),
        format!("arguments  {}", arguments.join(" ")),
    ];
    for fact in facts.into_iter().chain(place) {
        printer.error_line(&format!(
            "  {}",
            fact.replace('\n', "\n  ").style(styles::DIM)
        ));
    }
    printer.error_line(&format!(
        "{} nothing was written; please report this with the lines above and the request at {}/issues",
        "hint:".style(styles::HINT),
        env!("CARGO_PKG_REPOSITORY")
    ));
}
