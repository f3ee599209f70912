//! Why a problem could not be posed.

/// A problem that the chosen solver cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SolveError {
    /// The solver cannot do what the problem asks for.
    #[error("solver `{solver}` does not support {feature}")]
    Unsupported {
        /// The solver.
        solver: &'static str,
        /// What it cannot do.
        feature: String,
    },
    /// The solver is not part of this program.
    #[error("this program was built without solver `{solver}`")]
    NotBuilt {
        /// The solver.
        solver: &'static str,
    },
    /// A spec has no exact name, or a part that means nothing here.
    #[error("`{spec}` cannot be used here: {problem}")]
    BadSpec {
        /// The spec.
        spec: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Two records have the same URL but differ.
    #[error("two different records claim to be `{file}`")]
    DuplicateRecord {
        /// The file name.
        file: String,
    },
    /// A record of the index cannot be read: its file is damaged.
    #[error("the index is damaged: it has no record of `{name}`")]
    BadRecord {
        /// The name.
        name: String,
    },
    /// A reference solver failed in a way that says nothing about the problem.
    #[error("solver `{solver}` failed: {problem}")]
    Failed {
        /// The solver.
        solver: &'static str,
        /// In its words.
        problem: String,
    },
}

impl SolveError {
    /// What to do about it, if anything is known.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Unsupported { .. } => vec!["use `--solver native`".to_owned()],
            Self::NotBuilt { solver } => vec![
                "use `--solver native`".to_owned(),
                format!("or build with `cargo build --release --features {solver}`"),
            ],
            Self::DuplicateRecord { .. } => {
                vec!["see whether one channel is listed twice under different names".to_owned()]
            }
            Self::BadRecord { .. } => {
                vec!["delete the cache; it is made anew from the channels".to_owned()]
            }
            Self::BadSpec { .. } | Self::Failed { .. } => Vec::new(),
        }
    }
}
