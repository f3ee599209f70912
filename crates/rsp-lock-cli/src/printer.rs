//! The only place that prints: decides once what quiet, verbose and colour mean.

use std::io::{self, IsTerminal as _, Write as _};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use anstream::{AutoStream, ColorChoice};
use owo_colors::OwoColorize as _;
use rsp_lock::spec::{Diagnostic, Severity};

use crate::{exit::ExitStatus, failure::Failure, styles};

/// Where words go, and how many of them.
#[derive(Debug)]
pub(crate) struct Printer {
    quiet: bool,
    verbose: u8,
    color: ColorChoice,
    progress: bool,
}

impl Printer {
    /// Decides what the flags mean for the streams at hand.
    pub(crate) fn new(quiet: bool, verbose: u8, color: ColorChoice, no_progress: bool) -> Self {
        let progress = !no_progress && !quiet && io::stderr().is_terminal();
        Self {
            quiet,
            verbose,
            color,
            progress,
        }
    }

    /// Whether progress may be drawn.
    pub(crate) fn shows_progress(&self) -> bool {
        self.progress
    }

    /// Whether more than usual is told.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose > 0 && !self.quiet
    }

    /// Prints a result, byte for byte, on standard output.
    #[expect(
        clippy::unused_self,
        reason = "all that is printed goes through a printer"
    )]
    pub(crate) fn result(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        let done = stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush());
        match done {
            Ok(()) => Ok(()),
            // Whoever reads us has enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                Err(Failure::silent(ExitStatus::Done))
            }
            Err(error) => Err(Failure::new(
                ExitStatus::CannotWrite,
                format!("cannot write to standard output: {error}"),
            )),
        }
    }

    /// Whether nothing but results and faults is told.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Tells something on standard error, unless quiet. A line ending is added.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    /// Tells something only with `-v`.
    pub(crate) fn detail(&self, text: &str) {
        if self.is_verbose() {
            self.line(&format!("{} {text}", "note:".style(styles::DIM)));
        }
    }

    /// Tells something to look at, unless quiet.
    pub(crate) fn warn(&self, text: &str) {
        if !self.quiet {
            self.line(&format!("{} {text}", "warning:".style(styles::WARNING)));
        }
    }

    /// Gives advice, unless quiet.
    pub(crate) fn hint(&self, text: &str) {
        if !self.quiet {
            self.line(&format!("{} {text}", "hint:".style(styles::HINT)));
        }
    }

    /// Tells a fault, even when quiet.
    pub(crate) fn error(&self, text: &str) {
        self.line(&format!("{} {text}", "error:".style(styles::ERROR)));
    }

    /// Tells more about a fault, even when quiet.
    pub(crate) fn error_line(&self, text: &str) {
        self.line(text);
    }

    /// Tells why a command ended early, even when quiet.
    pub(crate) fn failure(&self, failure: &Failure) {
        for diagnostic in &failure.diagnostics {
            self.diagnostic(diagnostic);
        }
        if !failure.message.is_empty() {
            self.error(&failure.message);
        }
        for cause in &failure.causes {
            self.line(&format!("  {} {cause}", "caused by:".style(styles::DIM)));
        }
        for hint in &failure.hints {
            self.line(&format!("{} {hint}", "hint:".style(styles::HINT)));
        }
    }

    /// Shows a finding with the lines of the text it is about.
    pub(crate) fn diagnostic(&self, diagnostic: &Diagnostic) {
        if self.quiet && diagnostic.severity == Severity::Warning {
            return;
        }
        let level = match diagnostic.severity {
            Severity::Warning => Level::WARNING,
            Severity::Error => Level::ERROR,
        };
        let mut group =
            level
                .primary_title(diagnostic.message.as_str())
                .elements(diagnostic.span.clone().map(|span| {
                    Snippet::source(&*diagnostic.source.text)
                        .path(&*diagnostic.source.name)
                        .annotation(
                            AnnotationKind::Primary.span(within(span, &diagnostic.source.text)),
                        )
                }));
        let is_file = !matches!(&*diagnostic.source.name, "" | "command line");
        if diagnostic.span.is_none() && is_file {
            group = group.element(annotate_snippets::Origin::path(&*diagnostic.source.name));
        }
        let text = Renderer::styled().render(&[group]);
        self.line(text.trim_end());
        for hint in &diagnostic.hints {
            self.line(&format!("{} {hint}", "hint:".style(styles::HINT)));
        }
    }

    fn line(&self, text: &str) {
        let mut stderr = AutoStream::new(io::stderr().lock(), self.color);
        // Nobody is left to be told when standard error is closed.
        let _ = writeln!(stderr, "{text}");
    }
}

/// A span that lies within the text and does not cut a character.
fn within(span: std::ops::Range<usize>, text: &str) -> std::ops::Range<usize> {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, end) = (floor(span.start), floor(span.end));
    start..end.max(start)
}
