//! What the tests of `rsp-lock` share: channels in a few lines of text, servers that misbehave,
//! brute force, and the real data where it is at hand.
//!
//! - [`universe`]: a tiny text language for the records of channels.
//! - [`server`]: a channel server on the loopback interface, with faults on demand.
//! - [`oracle`]: brute force over tiny universes, which an answer is held against.
//! - [`real`]: real records and real environments from `../shared`, skipped loudly without it.
//!
//! This crate must not contain: anything that a user of `rsp-lock` runs, or anything of the
//! crates it tests but the meaning of a single spec.
//!
//! ```
//! use rsp_lock_testkit::universe::Universe;
//!
//! let universe = Universe::of("python 3.13.1 h_0\nnumpy 2.3.1 py313_0 : python >=3.13");
//! let records = &universe.channels[0].records;
//! assert_eq!(records[1].package_record.depends, ["python >=3.13"]);
//! ```

pub mod oracle;
pub mod real;
pub mod server;
pub mod shards;
pub mod universe;
