//! The compiled index of `rsp-lock`: conda records as numbers, ready for the engine.
//!
//! - [`scan`] finds the records in the text of a repodata document.
//! - [`pack`] keeps all records of a channel and subdir in a file that is mapped into memory.
//! - [`compile`] makes of the records of several channels what the engine reads: [`Tables`].
//! - [`Index`] is what a solve asks: packs, and what of them is compiled so far.
//!
//! This crate must not contain: the network, an async runtime, search, printing.
//!
//! ```
//! use rsp_lock_index::{Index, compile::ChannelOrder, pack::{Home, read_json}};
//! use std::sync::Arc;
//!
//! let text = br#"{"packages.conda": {
//!     "a-1-0.conda": {"name": "a", "version": "1", "build": "0", "build_number": 0,
//!         "depends": ["b >=2"]},
//!     "b-1-0.conda": {"name": "b", "version": "1", "build": "0", "build_number": 0},
//!     "b-2-0.conda": {"name": "b", "version": "2", "build": "0", "build_number": 0}}}"#;
//! let pack = Arc::new(read_json(&text[..], |_| Ok(Home::default()))?);
//! let index = Index::new(vec![vec![pack]], ChannelOrder::Ignored);
//! let view = index.reach(["a"]);
//! let b = view.name_id("b").unwrap();
//! // The best candidate of `b` is the only one that `a` allows.
//! assert_eq!(view.version(b, 0), "2");
//! let tables = view.tables();
//! assert_eq!(tables.clause_target, [b]);
//! assert_eq!(tables.allowed(0), [[0, 1]]);
//! # Ok::<(), rsp_lock_index::pack::ReadError>(())
//! ```

pub mod compile;
mod container;
mod cores;
mod index;
mod mapped;
mod near;
mod owned;
pub mod pack;
pub mod place;
pub mod ranges;
mod ranked;
pub mod scan;
mod tables;

pub use container::ContainerError;
pub use index::{DeadBecause, Index, Unreadable, View};
pub use tables::{InvalidTables, LIMITS, Tables, UNSTATED};
