//! What is told when a command cannot do its work: a fact, its causes, advice, an exit code.

use std::path::Path;

use rsp_lock::{
    Error,
    channel::{ChannelError, ChannelErrorKind},
    file::FileError,
    spec::{Diagnostic, SpecError},
    verify::ClosureError,
};
use rsp_lock_advise::PlanError;

use crate::{exit::ExitStatus, request::nearest_file};

/// Why a command ends early.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) status: ExitStatus,
    /// What is wrong: lower case, names in backticks, no full stop. Empty where
    /// `diagnostics` say it all.
    pub(crate) message: String,
    /// Why, from near to far.
    pub(crate) causes: Vec<String>,
    /// What to do, each a sentence.
    pub(crate) hints: Vec<String>,
    /// Findings with their place in a text.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Failure {
    /// A failure that one sentence describes.
    pub(crate) fn new(status: ExitStatus, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            causes: Vec::new(),
            hints: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// Wrong usage.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(ExitStatus::Usage, message)
    }

    /// An answer of our own that is wrong.
    pub(crate) fn refuted() -> Self {
        Self::new(ExitStatus::Bug, "an answer did not pass the check")
    }

    /// Adds advice.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The command has said everything itself; only the code is left.
    pub(crate) fn silent(status: ExitStatus) -> Self {
        Self::new(status, String::new())
    }

    /// Adds why.
    #[must_use]
    pub(crate) fn because(mut self, error: &std::io::Error) -> Self {
        self.causes.push(crate::request::io_reason(error));
        self
    }

    fn caused_by(mut self, error: &dyn std::error::Error) -> Self {
        let mut source = error.source();
        while let Some(cause) = source {
            self.causes.push(cause.to_string());
            source = cause.source();
        }
        self
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::File(error) => file_status(error),
            Error::Channel(error) => channel_status(error),
            Error::BaseDiffers { .. } | Error::UnreliableCache => ExitStatus::Corrupt,
            Error::Closure(ClosureError::MissingRoot { .. }) => ExitStatus::Usage,
            Error::Closure(_) => ExitStatus::No,
            Error::Panicked { .. } | Error::Runtime(_) | Error::NotSolved { .. } => ExitStatus::Bug,
            _ => ExitStatus::Usage,
        };
        let mut hints = error.hints();
        if let Error::Channel(ChannelError::Unknown { location, .. }) = &error {
            if Path::new(location).is_file() {
                hints = vec![
                    "it is a file: name the directory that holds the subdirs, such as `linux-64`"
                        .to_owned(),
                ];
            } else if let Some(near) = nearest_file(Path::new(location)) {
                hints.insert(0, format!("did you mean `{}`?", near.display()));
            }
        }
        if let Error::Channel(ChannelError::Unreachable { channel, .. }) = &error
            && !channel.contains("://")
            && Path::new(channel).is_dir()
        {
            hints.insert(0, format!("for the directory here, write `./{channel}`"));
        }
        let mut failure = Self::new(status, error.to_string());
        // Transparent variants show their inner error as their own message.
        failure = failure.caused_by(&error);
        Self { hints, ..failure }
    }
}

impl From<ChannelError> for Failure {
    fn from(error: ChannelError) -> Self {
        Error::from(error).into()
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Error::from(error).into()
    }
}

impl From<SpecError> for Failure {
    fn from(error: SpecError) -> Self {
        Self {
            diagnostics: error.diagnostics().to_vec(),
            ..Self::silent(ExitStatus::Usage)
        }
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Lock(error) => error.into(),
            PlanError::Spec(error) => error.into(),
        }
    }
}

fn file_status(error: &FileError) -> ExitStatus {
    match error {
        FileError::Write { .. } | FileError::PartlyWritten { .. } => ExitStatus::CannotWrite,
        _ => ExitStatus::Usage,
    }
}

fn channel_status(error: &ChannelError) -> ExitStatus {
    match error.kind() {
        ChannelErrorKind::Network => ExitStatus::Network,
        ChannelErrorKind::Corrupt => ExitStatus::Corrupt,
        ChannelErrorKind::Write => ExitStatus::CannotWrite,
        ChannelErrorKind::Cancelled => ExitStatus::Interrupted,
        _ => ExitStatus::Usage,
    }
}
