//! Lockfiles of `rsp-lock`.
//!
//! Explicit files are read and written byte for byte ([`explicit`]), the lists
//! that a decade of tools left behind are read ([`import`]), the native lock
//! keeps everything a later question needs ([`native`]), [`check`] tells whether
//! it still fits its request, and [`write`](mod@write) puts files in place whole
//! or not at all.
//!
//! This crate must not contain: network access, a solver or a dependency on
//! one, the clock, printing. Files are touched in [`write`](mod@write) only; all
//! else is text in, text out.
//!
//! ```
//! use rsp_lock_file::explicit;
//!
//! let text = "# platform: linux-64\n@EXPLICIT\nhttps://conda.anaconda.org/conda-forge/linux-64/x264-1!164.3095-h166bdaf_2.tar.bz2\n";
//! let file = explicit::read(text, "demo.env")?;
//! assert_eq!(file.text(), text);
//! assert_eq!(file.entries[0].version, "1!164.3095");
//! # Ok::<(), rsp_lock_file::FileError>(())
//! ```

mod archive;
mod derive;
mod digest;
mod error;
mod hints;
mod secret;
mod text_lines;

pub mod check;
pub mod explicit;
pub mod import;
pub mod native;
pub mod write;

pub use derive::derive;
pub use digest::{digest, records_digest};
pub use error::{FileError, LineFault, UrlFault};
pub use secret::{Secret, secret, without_secrets};
