//! The engine of `rsp-lock`: the best set of packages, or the lines that cannot hold together.
//!
//! It works on ids only: [`Tables`](rsp_lock_index::Tables) say which names have which candidates
//! and what those state about each other, a [`Query`] says what must hold, and
//! the [`Answer`] names candidates by position. Names, versions and specs are
//! the business of whoever made the tables.
//!
//! # What the best answer is
//!
//! An *answer* is a set of candidates, at most one a name, that meets every
//! line of the query and every clause of its members. Start with all answers and
//! go through the names, tier after tier. At each name keep the answers in which
//! the name is absent, or has the best class that it has in any of the answers
//! still there. The tiers are:
//!
//! 1. locked candidates;
//! 2. for the names that the query puts first, by rank, their versions; then for
//!    the hubs, most limited first, their series. A *hub* is a name, such as python,
//!    that at least one in [`HUB_SHARE`] of the names that can be reached limits: one
//!    of its candidates states a clause that excludes a candidate of the hub;
//! 3. versions of all names;
//! 4. build numbers;
//! 5. positions.
//!
//! Two neighbouring versions of a hub are of one *series* unless a clause allows a
//! candidate of one and none of the other, or the oldest is best and something other
//! than age comes between them (such as the channel). The clauses are those of all
//! candidates that can be reached, also of those that may not be chosen; the lines of
//! the query do not count. A series is as good as its best version. So what many
//! are built against comes before the rest, and which patch of it does not.
//!
//! Tier 2 has an order of its own; in all others the names come thus: those the query
//! puts first, by rank; those it puts last at the end; by the length of the chain of
//! requirements below a name (of whatever candidates; names that require each other
//! count as one) plus the binary logarithm of one more than how many limit it, rounded
//! down; ties by how many limit it, then by name. So a name comes before what it
//! brings in, unless so many depend on which version of that it is that it counts
//! like a longer chain. Names put last are no hubs.
//!
//! What remains at the end has the same candidate wherever a
//! name is present, and the best answer is the part of it that the required names
//! need. So versions come before builds, no name is brought in because it could
//! be new, and none is avoided because it cannot be.
//!
//! The definition looks at the data only. `tests/universe` compares the engine
//! with an enumeration of it.
//!
//! # How it is found
//!
//! A name is a variable whose domain is a bit set: its candidates, and one more
//! value for being absent. Everything that happens is a removal of values with
//! a reason (`domain`). Removals are propagated to a fixed point (`propagate`);
//! with no decision taken this alone removes most candidates. Then names are
//! decided in the order of the objective (`search`), dead ends teach nogoods
//! (`analyze`, `nogood`), and a first answer is reviewed for the few names
//! that were not there yet when it was their turn (`review`). A dead end without
//! decisions is a proof, and the lines in it a core, which is made minimal by
//! leaving out one line after the other. Where one query is asked again and again
//! with other lines of it, `assume` keeps what the rest says.
//!
//! This crate must not contain: names or versions as text, records, input or
//! output, the clock (a caller's closure says when to stop), threads.
//!
//! ```
//! use rsp_lock_engine::{Answer, Engine, Limits, Line, Query};
//! use rsp_lock_index::Tables;
//!
//! // Name 0 has two candidates, the better one needs the only candidate of name 1.
//! let tables = Tables {
//!     name_candidates: &[[0, 2], [2, 3]],
//!     name_groups: &[[0, 2], [2, 3]],
//!     candidate_group: &[0, 1, 0],
//!     candidate_version: &[0, 1, 0],
//!     candidate_build: &[0, 0, 0],
//!     name_slots: &[[0, 1], [1, 1]],
//!     group_start: &[0, 1, 1, 1],
//!     group_slots: &[0],
//!     slot_clause: &[0],
//!     slot_start: &[0, 1],
//!     slot_groups: &[0],
//!     clause_target: &[1],
//!     clause_ranges: &[[0, 1]],
//!     ranges: &[[0, 1]],
//! };
//! let query = Query {
//!     lines: vec![Line { id: Some(7), name: 0, required: true, allowed: vec![[0, 2]] }],
//!     ..Query::default()
//! };
//! let answer = Engine::default().solve(&tables, &query, &Limits::NONE);
//! assert_eq!(answer, Answer::Solved(vec![(0, 0), (1, 0)]));
//! ```

mod analyze;
mod assume;
mod bits;
mod chains;
mod domain;
mod engine;
mod net;
mod nogood;
mod order;
mod propagate;
mod query;
mod review;
mod search;
mod series;
mod shape;

pub use assume::{Assumed, Assuming};
pub use engine::Engine;
pub use query::{
    Answer, Because, Limits, Line, Lowest, NoRules, Query, Refutation, Rules, Statistics, Step,
};
pub use shape::HUB_SHARE;
