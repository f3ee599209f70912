//! Why a problem could not be posed.

/// A problem that the chosen solver cannot be asked.
#[derive(Debug, Clone, thiserror::Error)]
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
}
