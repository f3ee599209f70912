//! What a compilation consists of: the engine's tables, and what their numbers stand for.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::Member;
use crate::{Tables, container::Column};

/// Why a candidate can be in no answer, whatever is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeadKind {
    /// A dependency means nothing; `more` is the text that says so.
    Unreadable,
    /// It does not meet what it says of its own name.
    Contradictory,
    /// Another archive of the same build is preferred; `more` is its position.
    Twin,
}

/// A candidate that can be in no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Dead {
    pub(crate) position: u32,
    kind: u32,
    pub(crate) more: u32,
}

impl Dead {
    pub(crate) fn new(position: u32, kind: DeadKind, more: u32) -> Self {
        let kind = match kind {
            DeadKind::Unreadable => 0,
            DeadKind::Contradictory => 1,
            DeadKind::Twin => 2,
        };
        Self {
            position,
            kind,
            more,
        }
    }

    pub(crate) fn kind(&self) -> DeadKind {
        match self.kind {
            0 => DeadKind::Unreadable,
            1 => DeadKind::Contradictory,
            _ => DeadKind::Twin,
        }
    }
}

macro_rules! arrays {
    ($($(#[$doc:meta])* $field:ident: $item:ty,)*) => {
        /// A compilation that grows.
        #[derive(Clone, Debug, Default)]
        pub(crate) struct Arrays {
            $($(#[$doc])* pub(crate) $field: Vec<$item>,)*
        }

        /// A compilation that is read, in memory or in a file.
        #[derive(Clone, Debug, Default)]
        pub(crate) struct Compiled {
            $(pub(crate) $field: Column<$item>,)*
        }

        impl From<Arrays> for Compiled {
            fn from(arrays: Arrays) -> Self {
                Self { $($field: arrays.$field.into(),)* }
            }
        }

        impl Compiled {
            /// A copy that can grow.
            pub(crate) fn grow(&self) -> Arrays {
                Arrays { $($field: self.$field.to_vec(),)* }
            }

            /// A candidate.
            pub(crate) fn member(&self, candidate: u32) -> Option<Member> {
                let classes = [&*self.candidate_version, &self.candidate_build];
                member(&self.candidate_row, classes, candidate)
            }

            /// The arrays as bytes, in the order in which [`Compiled::from_file`] reads them.
            pub(crate) fn sections(&self) -> Vec<&[u8]> {
                vec![$(self.$field.as_bytes(),)*]
            }

            pub(crate) fn from_file(
                file: &mut crate::container::Container,
            ) -> Result<Self, crate::container::ContainerError> {
                Ok(Self { $($field: file.column()?,)* })
            }
        }
    };
}

/// A candidate, by arrays of rows and of the classes of versions and builds.
fn member(rows: &[[u32; 2]], classes: [&[u32]; 2], candidate: u32) -> Option<Member> {
    let at = candidate as usize;
    let [pack, row] = *rows.get(at)?;
    let [versions, builds] = classes;
    Some(Member {
        pack,
        row,
        version: *versions.get(at)?,
        build: *builds.get(at)?,
    })
}

impl Arrays {
    /// A candidate.
    pub(super) fn member(&self, candidate: u32) -> Option<Member> {
        let classes = [&*self.candidate_version, &self.candidate_build];
        member(&self.candidate_row, classes, candidate)
    }

    /// Makes room for what about so many candidates say, as far as there is room. What is not
    /// needed stays reserved, but is never touched.
    pub(super) fn expect(&mut self, candidates: usize) {
        for (list, most) in [
            (&mut self.candidate_group, candidates),
            (&mut self.candidate_version, candidates),
            (&mut self.candidate_build, candidates),
            (&mut self.group_start, candidates),
            (&mut self.slot_clause, candidates),
            (&mut self.slot_start, candidates),
            // Candidates that say the same are one group, and a group states several slots.
            (&mut self.group_slots, 4 * candidates),
            (&mut self.slot_groups, 4 * candidates),
        ] {
            let _ = list.try_reserve(most);
        }
        let _ = self.candidate_row.try_reserve(candidates);
    }
}

arrays! {
    /// Real names by number: a pack and the number of a name in it. Sorted by text.
    names: [u32; 2],
    /// Names that no pack has, behind the real ones: where each text ends.
    more_ends: u32,
    more_bytes: u8,
    name_candidates: [u32; 2],
    name_groups: [u32; 2],
    /// Per name, its part of `dead`.
    name_dead: [u32; 2],
    dead: Dead,
    candidate_group: u32,
    candidate_version: u32,
    candidate_build: u32,
    /// Per candidate, its pack and row; both [`NONE`](crate::pack::NONE) for made-up names.
    candidate_row: [u32; 2],
    name_slots: [u32; 2],
    group_start: u32,
    group_slots: u32,
    slot_clause: u32,
    slot_start: u32,
    slot_groups: u32,
    /// Per group, what it says of virtual packages: numbers of virtual specs.
    group_virtual_start: u32,
    group_virtual: u32,
    clause_target: u32,
    clause_ranges: [u32; 2],
    ranges: [u32; 2],
    /// Specs about virtual packages: text and kind.
    virtual_specs: [u32; 2],
    /// Texts of virtual specs and of problems.
    text_ends: u32,
    text_bytes: u8,
}

/// The candidates of a name that nobody has spoken of.
pub(crate) const UNORDERED: [u32; 2] = [u32::MAX; 2];

/// A text behind others.
pub(crate) fn text<'b>(ends: &[u32], bytes: &'b [u8], id: u32) -> &'b str {
    let at = id as usize;
    let start = at.checked_sub(1).and_then(|before| ends.get(before));
    let start = start.copied().unwrap_or(0) as usize;
    let end = ends.get(at).map_or(start, |end| *end as usize);
    std::str::from_utf8(bytes.get(start..end).unwrap_or_default()).unwrap_or_default()
}

impl Compiled {
    /// The arrays for the engine.
    pub(crate) fn tables(&self) -> Tables<'_> {
        Tables {
            name_candidates: &self.name_candidates,
            name_groups: &self.name_groups,
            candidate_group: &self.candidate_group,
            candidate_version: &self.candidate_version,
            candidate_build: &self.candidate_build,
            group_start: &self.group_start,
            name_slots: &self.name_slots,
            group_slots: &self.group_slots,
            slot_clause: &self.slot_clause,
            slot_start: &self.slot_start,
            slot_groups: &self.slot_groups,
            clause_target: &self.clause_target,
            clause_ranges: &self.clause_ranges,
            ranges: &self.ranges,
        }
    }

    /// Whether the spans of all names are within the arrays: whoever walks over the candidates
    /// or groups of a name, of a damaged file too, comes to an end.
    pub(crate) fn has_sound_spans(&self) -> bool {
        let names = self.names.len() + self.more_ends.len();
        let within = |spans: &[[u32; 2]], length: usize| {
            spans.len() == names
                && spans.iter().all(|[start, end]| {
                    [*start, *end] == UNORDERED || (start <= end && *end as usize <= length)
                })
        };
        let groups = self.group_start.len().saturating_sub(1);
        let candidates = self.candidate_row.len();
        within(&self.name_candidates, candidates)
            && within(&self.name_groups, groups)
            && within(&self.name_dead, self.dead.len())
            && within(&self.name_slots, self.slot_clause.len())
            && self.slot_start.len() == self.slot_clause.len() + 1
            && self.group_virtual_start.len() == self.group_start.len()
            && self.clause_ranges.len() == self.clause_target.len()
            && [
                &self.candidate_group,
                &self.candidate_version,
                &self.candidate_build,
            ]
            .iter()
            .all(|column| column.len() == candidates)
    }

    pub(crate) fn text(&self, id: u32) -> &str {
        text(&self.text_ends, &self.text_bytes, id)
    }

    /// A name that no pack has.
    pub(crate) fn more_name(&self, at: u32) -> &str {
        text(&self.more_ends, &self.more_bytes, at)
    }

    /// The candidates of a name; empty if it is not ordered.
    pub(crate) fn candidates(&self, name: u32) -> std::ops::Range<u32> {
        match self.name_candidates.get(name as usize) {
            Some([start, end]) if [*start, *end] != UNORDERED => *start..*end,
            _ => 0..0,
        }
    }

    /// Why candidates of a name can be in no answer, by position.
    pub(crate) fn dead(&self, name: u32) -> &[Dead] {
        match self.name_dead.get(name as usize) {
            Some([start, end]) => self.dead.get(*start as usize..*end as usize),
            None => None,
        }
        .unwrap_or_default()
    }

    /// What a clause says: its target (see [`LIMITS`](crate::LIMITS)) and what is allowed of it.
    pub(crate) fn clause(&self, id: u32) -> Option<(u32, &[[u32; 2]])> {
        let target = *self.clause_target.get(id as usize)?;
        let [start, end] = *self.clause_ranges.get(id as usize)?;
        let allowed = self.ranges.get(start as usize..end as usize)?;
        Some((target, allowed))
    }

    /// What a group says of virtual packages.
    pub(crate) fn group_virtual(&self, group: u32) -> &[u32] {
        let at = group as usize;
        match self.group_virtual_start.get(at..at + 2) {
            Some([start, end]) => self
                .group_virtual
                .get(*start as usize..*end as usize)
                .unwrap_or_default(),
            _ => &[],
        }
    }
}
