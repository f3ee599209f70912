//! What is asked of the engine, and what it answers.

/// A question about a set of [`Tables`](rsp_lock_index::Tables): what must hold, and what is preferred.
///
/// The ranges are half-open, ascending and disjoint ranges of positions within
/// the candidates of a name, as in the tables.
#[derive(Clone)]
pub struct Query<'a> {
    /// What must hold.
    pub lines: Vec<Line>,
    /// What may not be chosen.
    pub rules: &'a dyn Rules,
    /// Names that come first in the order of the objective, with their rank:
    /// the lower the earlier, and within one rank as in the rest of the order.
    pub first: Vec<(u32, i64)>,
    /// Names from this one on come last in that order, such as those that stand for no package.
    pub last_from: Option<u32>,
    /// Per name from [`Query::last_from`] on, its place among them; those beyond come by number.
    pub last_ranks: Vec<u32>,
    /// Candidates that are kept if the lines allow it: name and position, at most one a name.
    pub locked: Vec<(u32, u32)>,
    /// For whom the oldest version is the best one.
    pub lowest: Lowest,
}

impl Default for Query<'_> {
    fn default() -> Self {
        Self {
            lines: Vec::new(),
            rules: &NoRules,
            first: Vec::new(),
            last_from: None,
            last_ranks: Vec::new(),
            locked: Vec::new(),
            lowest: Lowest::Nobody,
        }
    }
}

impl std::fmt::Debug for Query<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Query")
            .field("lines", &self.lines)
            .field("first", &self.first)
            .field("last_from", &self.last_from)
            .field("locked", &self.locked)
            .field("lowest", &self.lowest)
            .finish_non_exhaustive()
    }
}

/// Which candidates may not be chosen.
///
/// Asked once a solve for each name that could be in an answer, so that rules
/// about thousands of names cost nothing for those that do not matter.
pub trait Rules {
    /// The candidates of a name that may not be chosen, whoever asks. Must not depend on when it
    /// is asked.
    fn dead(&self, name: u32) -> Vec<[u32; 2]>;

    /// Per class of versions of a name, its rank where the oldest version is the best one. Empty
    /// where only versions tell the classes apart: then it is their order turned round.
    fn lowest_ranks(&self, name: u32) -> Vec<u32> {
        let _ = name;
        Vec::new()
    }
}

/// Every candidate may be chosen.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRules;

impl Rules for NoRules {
    fn dead(&self, _: u32) -> Vec<[u32; 2]> {
        Vec::new()
    }
}

/// Rules written down beforehand, by name.
impl Rules for std::collections::BTreeMap<u32, Vec<[u32; 2]>> {
    fn dead(&self, name: u32) -> Vec<[u32; 2]> {
        self.get(&name).cloned().unwrap_or_default()
    }
}

/// One thing that must hold.
#[derive(Clone, Debug)]
pub struct Line {
    /// The caller's number for it, which a core names; `None` if it is not up for debate.
    pub id: Option<u32>,
    /// The name it is about.
    pub name: u32,
    /// Whether the name must be in the answer, or is only limited if it is.
    pub required: bool,
    /// The candidates it allows.
    pub allowed: Vec<[u32; 2]>,
}

/// For whom the oldest version is the best one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lowest {
    /// Nobody.
    #[default]
    Nobody,
    /// The names in [`Query::first`].
    First,
    /// Every name.
    All,
}

/// When to give up.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// Asked every few microseconds; `true` means give up.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

impl Limits<'_> {
    /// Never gives up.
    pub const NONE: Limits<'static> = Limits { stop: &|| false };
}

impl std::fmt::Debug for Limits<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Limits")
    }
}

/// What the engine found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The best answer: names with the position of their candidate, by name.
    Solved(Vec<(u32, u32)>),
    /// There is no answer.
    Unsolvable(Refutation),
    /// Names that could be in an answer and are not stated: state them and ask again.
    Unstated(Vec<u32>),
    /// [`Limits::stop`] said so.
    Stopped,
}

/// Why there is no answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refutation {
    /// Ids of lines that cannot hold together, ascending.
    pub core: Vec<u32>,
    /// Whether the rest of `core` can hold once any one of it is removed.
    pub minimal: bool,
    /// The proof: every removal rests on those before it, the last one leaves
    /// its name without any value.
    pub steps: Vec<Step>,
}

/// One removal in a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The name that loses values.
    pub name: u32,
    /// The candidates it loses, as far as the proof needs them, ascending.
    pub removed: Vec<u32>,
    /// Whether it loses the possibility to be absent.
    pub present: bool,
    /// Why.
    pub because: Because,
}

/// Why values are removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// A line says so; `None` for one without id.
    Line(Option<u32>),
    /// The removed candidates need a candidate of `target` among `allowed`, and none is left.
    Unsupported {
        /// What they need.
        target: u32,
        /// The candidates of it that would do; empty if there never was one.
        allowed: Vec<[u32; 2]>,
    },
    /// `dependent` is in every answer, and none of its candidates that are left allows these.
    Dependent {
        /// Who states it.
        dependent: u32,
    },
    /// A consequence that the search found by trying.
    Search,
}

/// What a solve cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Names that could be in the answer.
    pub names: usize,
    /// Their candidates.
    pub candidates: usize,
    /// Decisions taken, also those taken back.
    pub decisions: usize,
    /// Dead ends met.
    pub conflicts: usize,
    /// Times the search went back to keep the order of the objective.
    pub reviews: usize,
}
