//! Advice that takes more than one solve, or a lock and what the channels say today.
//!
//! [`clone_plan`] and [`fresh_plan`] are the two ways to give the user interface an
//! environment of its own beside the stack; [`Sizes`] says what each adds to an image.
//! [`pair_faults`] checks that halves in two environments match. [`aging()`] says what has
//! become of the records of an old lock, [`as_of()`] how a rebuild differs from what there
//! was, [`drift()`] what a solve of today would change. [`release_lines`] and
//! [`pin_effect`] say what one pin does to many releases.
//!
//! This crate must not contain: file or network access (the caller solves, through a
//! function it passes in), the clock, words for terminals.

mod aging;
mod as_of;
mod drift;
mod lines;
mod pairs;
mod plan;
mod sizes;

pub use aging::{Aging, AsOfGaps, Fate, Replacement, aging, as_of_gaps};
pub use as_of::{AsOf, Was, as_of};
pub use drift::{Drift, DriftCause, drift};
pub use lines::{Change, PinEffect, ReleaseLine, changes, pin_effect, release_lines};
pub use pairs::{BadPair, Pair, PairFault, PairRule, pair_faults};
pub use plan::{Plan, PlanError, clone_plan, fresh_plan};
pub use sizes::{Count, Sizes, permille};
