//! [`Problem`] in, [`Outcome`] out: the solver of `rsp-lock` and the reference
//! solvers behind one seam.
//!
//! A problem is a set of records and the rules of a request; an outcome is a
//! solution, a conflict, or the fact that time ran out or somebody cancelled.
//! A conflict is a value, not an error: [`SolveError`] means that the problem
//! could not be posed to the chosen solver.
//!
//! This crate must not contain: file or network access, an async runtime, the
//! clock (a time limit is a duration), host detection, printing.
//!
//! The road: `world` makes an index of the records, where there is none yet; `native` asks
//! our engine over it; `pose` applies every rule of the request to the records themselves,
//! for `reference`, which asks somebody else's solver; `conflict` holds the facts of a no,
//! `choice` those of an answer that does not have the best of everything.
//!
//! ```
//! use rattler_conda_types::{PackageRecord, RepoDataRecord, package::DistArchiveIdentifier};
//! use rsp_lock_solve::{ChannelRecords, Limits, Outcome, Problem, Records, Solver, solve};
//! use rsp_lock_spec::Requirement;
//!
//! let package = PackageRecord::new(
//!     "numpy".parse()?,
//!     "2.4.0".parse::<rattler_conda_types::VersionWithSource>()?,
//!     "py313_0".parse()?,
//! );
//! let channel = "https://conda.example.org/main/";
//! let numpy = RepoDataRecord {
//!     url: format!("{channel}noarch/numpy-2.4.0-py313_0.conda").parse()?,
//!     identifier: DistArchiveIdentifier::try_from_filename("numpy-2.4.0-py313_0.conda")
//!         .ok_or("no file name of a package")?,
//!     channel: Some(channel.to_owned()),
//!     package_record: package,
//! };
//! let problem = Problem {
//!     channels: vec![ChannelRecords {
//!         name: channel.to_owned(),
//!         display: "main".to_owned(),
//!         records: Records::Loaded(vec![&numpy]),
//!     }],
//!     requirements: vec![Requirement::parse("numpy >=2")?],
//!     ..Problem::default()
//! };
//! match solve(&problem, Solver::Native, &Limits::default())? {
//!     Outcome::Solved(solution) => assert_eq!(*solution.records[0], numpy),
//!     other => panic!("{other:?}"),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod choice;
pub mod conflict;
mod error;
mod exclusion;
mod lines;
mod native;
mod outcome;
mod pose;
mod problem;
mod reference;
mod solve;
mod workspace;
mod world;

pub use choice::{Better, Choice, Package, Reason, Stated};
pub use conflict::{Cause, Conflict, Demand, Line, NoCandidate, Wanter};
pub use error::SolveError;
pub use exclusion::Exclusion;
pub use native::{Assumed, Assumptions, Holding};
pub use outcome::{Outcome, Solution};
pub use problem::{AbsoluteExcludeNewer, ChannelRecords, Problem, Records, channel_order};
pub use solve::{
    CancellationToken, Limits, Solver, explain_choices, solve, solve_in, with_assumptions,
};
pub use workspace::Workspace;
pub use world::index_of_records;
