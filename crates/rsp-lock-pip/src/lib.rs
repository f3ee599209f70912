//! What stays with pip beside a locked conda environment.
//!
//! [`parse_line`] reads what people write for pip, [`audit()`] says of each line whether
//! conda has it, [`constraints()`] and [`conda_only`] keep pip from putting its own
//! version over a conda package, [`audit_user`] says what a user's `~/.local` does to
//! an environment.
//!
//! ```
//! use rsp_lock_pip::{Class, Names, audit, parse_line};
//! let mut names = Names::default();
//! names.add("zope.interface", None);
//! let lines = [parse_line("zope-interface==5.2.0")?, parse_line("nclib==1.0.0")?];
//! let found = audit(&lines, &names, &[]);
//! assert!(matches!(&found[0], Class::OtherName { conda, .. } if conda == "zope.interface"));
//! assert_eq!(found[1], Class::PipOnly);
//! # Ok::<(), rsp_lock_pip::BadLine>(())
//! ```
//!
//! This crate must not contain: file or network access, running pip or uv, solving.

mod audit;
mod constraints;
mod line;
mod names;
mod user;

pub use audit::{Class, audit};
pub use constraints::{conda_only, constraints, python_version};
pub use line::{BadLine, LineKind, Numbered, PipLine, parse_line, parse_list};
pub use names::{How, Names, candidates, normal, pypi_name};
pub use user::{Broken, Relation, Shadow, UserAudit, UserPackage, audit_user};
