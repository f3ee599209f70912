//! Packs to tables: what the records of a name are to each other, and to other names.
//!
//! A name is *ordered* (its candidates are put into the order of preference) when somebody
//! speaks of it, and *stated* (what its candidates say becomes clauses) when it can be in an
//! answer. Both happen once a name; a compilation is continued where an earlier one ended, so
//! that a first request pays for what it reaches and a later one for what is new.
//!
//! Names are stated thousands at a time (`state`): all cores put candidates into order and
//! groups (`family`, `grouping`), read specs and match them (`specs`, `matchers`, `matching`), and
//! put together what groups state (`slots`); what gives numbers is done between these, by one, in
//! the order of the names, so that the same packs make the same tables on any machine. Of names
//! whose records are what they were when a channel was compiled, all that is taken over (`carry`, `taking`),
//! with what it says of names that changed said anew (`changed`, `retold`).
//!
//! Three things that are no plain sets of candidates become such with the help of *made-up
//! names*, which stand behind all real ones:
//!
//! - An extra `x` of `p` is the name `p[x]`; its candidates are those of `p`
//!   that have it, each requiring exactly that candidate of `p` and what the
//!   extra depends on, and one more that requires any of those that do not have
//!   it: like rattler's solver, an extra that a record lacks asks for nothing.
//! - A dependency that counts under a condition is a name with one candidate
//!   for each way in which the condition can fail, limiting what the condition
//!   speaks of accordingly, and a last one that requires the dependency. Its
//!   candidates are all of one version and one build, so that the objective
//!   never fails a condition to get rid of a dependency.
//! - What is required and no channel has is a name without candidates.
//!
//! Virtual packages are known when a problem is posed: groups keep the specs
//! that speak of them.

mod arrays;
mod carry;
mod changed;
mod compiler;
mod family;
mod grouping;
mod made_up;
mod matchers;
mod matching;
mod numbers;
mod retold;
mod slots;
mod specs;
mod state;
mod statements;
mod taking;
mod virtuals;

pub(crate) use arrays::{Compiled, Dead, DeadKind};
pub(crate) use carry::{Carried, carried};
pub use compiler::Rewrite;
pub(crate) use compiler::{Compiler, begin, name_text, real_name};
pub(crate) use family::{Family, Kind, Member, NumberedPack, family_in_order, kind};
pub(crate) use matching::matching;
pub use virtuals::VirtualKind;
pub(crate) use virtuals::is_met;

/// What the order of the channels means for the order of preference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ChannelOrder {
    /// Nothing: the version decides, whatever the channel.
    #[default]
    Ignored,
    /// A candidate of an earlier channel is better than any of a later one.
    First,
}
