//! Explicit files: a list of package URLs, one a line, behind the line `@EXPLICIT`.
//!
//! They are read so that they can be written back byte for byte, and written
//! so that conda (old and new), micromamba, rattler and conda-lock accept them:
//! nothing but comments before the marker, no blank line, the hash as the URL's
//! fragment, lower case.

mod hash;
mod order;
mod read;
mod rehash;
mod render;

pub use hash::{Hash, HashKind};
pub use order::dependency_order;
pub(crate) use read::text_has_marker;
pub use read::{ExplicitEntry, ExplicitFile, read};
pub use rehash::{KnownHashes, Rehashed, rehash};
pub use render::{RenderOptions, check_url, render};
