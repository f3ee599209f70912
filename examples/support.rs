//! Shared by the examples: where the embedded request and its channels are.

use std::path::{Path, PathBuf};

/// The directory of the embedded request.
pub fn embedded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rsp")
}
