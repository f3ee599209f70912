//! Generates the fixture channels of `rsp-lock` from descriptions of package families.
//!
//! `fixtures/universe/*.toml` says in families what a channel holds: versions with
//! dates, what each depends on, for which platforms, pythons and variants it is
//! built. This crate expands that into ordinary `repodata.json.zst` files, the same
//! bytes on every machine.
//!
//! This crate must not contain: anything that a user of `rsp-lock` runs.
//!
//! ```
//! use rsp_lock_fixtures::{Description, expand};
//! let text = r#"
//!     channel = "demo"
//!     subdirs = ["linux-64"]
//!     python = ["3.8"]
//!     [native.python]
//!     releases = ["3.8.6 2020-12-01"]
//!     [native.python_abi]
//!     releases = ["3.8 2020-12-01"]
//!     build = "{n}_cp38"
//!     [python-builds.numpy]
//!     releases = ["1.19.5 2021-01-10", "1.20.0 2021-01-31"]
//! "#;
//! let channel = expand(&[Description::parse("demo.toml", text)?])?;
//! assert_eq!(channel.record_count(), 4);
//! # Ok::<(), rsp_lock_fixtures::FixturesError>(())
//! ```

mod description;
mod error;
mod expand;
mod files;
mod record;
mod release;
mod selector;

pub use description::Description;
pub use error::{FixturesError, Place};
pub use expand::{check_provided, expand};
pub use files::{check_fresh, read_universe, write};
pub use record::{Channel, HOST, Record};
