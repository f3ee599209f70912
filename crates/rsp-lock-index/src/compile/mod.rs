//! Records to tables.
//!
//! What a record says in words is settled here once: names become numbers,
//! candidates are put into the order of preference, every dependency becomes
//! the set of candidates it allows. Three things that are no plain sets become
//! such with the help of *made-up names*, which stand behind all real ones:
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
//! - Virtual packages are known when a problem is posed: groups keep the specs
//!   that speak of them, for [`CompiledIndex::unmet`].

mod candidates;
mod specs;
mod statements;

use std::collections::HashMap;

use rattler_conda_types::{GenericVirtualPackage, MatchSpec, Matches, RepoDataRecord};

use crate::{
    OwnedTables, Tables,
    owned::length,
    ranges::{self, Ranges},
};

/// The records of one channel.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    /// The records, in any order.
    pub records: Vec<&'a RepoDataRecord>,
}

/// What the order of the channels means for the order of preference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChannelOrder {
    /// Nothing: the version decides, whatever the channel.
    #[default]
    Ignored,
    /// A candidate of an earlier channel is better than any of a later one.
    First,
}

/// A record that no tables can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected<'a> {
    /// The record.
    pub record: &'a RepoDataRecord,
    /// What is wrong with it, as a sentence.
    pub reason: String,
}

/// What a group says of a virtual package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VirtualKind {
    /// The platform must offer one that matches.
    Required,
    /// What the platform offers of that name must match.
    Limited,
    /// The platform must not offer one that matches.
    Refused,
}

/// A spec about a virtual package.
#[derive(Clone, Debug, PartialEq)]
pub struct VirtualSpec {
    /// The spec.
    pub spec: MatchSpec,
    /// What is said.
    pub kind: VirtualKind,
}

impl VirtualSpec {
    /// Whether a platform that offers these packages meets it.
    pub fn met(&self, offered: &[GenericVirtualPackage]) -> bool {
        let of_name = || {
            offered
                .iter()
                .filter(|package| self.spec.name.as_exact() == Some(&package.name))
        };
        match self.kind {
            VirtualKind::Required => of_name().any(|package| self.spec.matches(package)),
            VirtualKind::Limited => of_name().all(|package| self.spec.matches(package)),
            VirtualKind::Refused => !of_name().any(|package| self.spec.matches(package)),
        }
    }
}

/// Tables, and what their numbers stand for.
#[derive(Debug)]
pub struct CompiledIndex<'a> {
    names: Vec<String>,
    ids: HashMap<String, u32>,
    real_names: u32,
    /// Per candidate; `None` for those of made-up names.
    records: Vec<Option<(u32, &'a RepoDataRecord)>>,
    tables: OwnedTables,
    virtual_specs: Vec<VirtualSpec>,
    group_virtual_start: Vec<u32>,
    group_virtual: Vec<u32>,
    contradictory: Vec<(u32, Ranges)>,
    rejected: Vec<Rejected<'a>>,
}

/// How to compile.
#[derive(Clone, Debug, Default)]
pub struct CompileOptions<'a> {
    /// What the order of the channels means.
    pub order: ChannelOrder,
    /// Names that must have a number even if no record has them: those a request speaks of.
    pub names: Vec<&'a str>,
}

/// Compiles the records of several channels, highest priority first.
///
/// A record that cannot be used is left out and listed in [`CompiledIndex::rejected`].
///
/// ```
/// use rsp_lock_index::compile::{CompileOptions, Source, compile};
/// let record = serde_json::from_str(r#"{"fn": "a-1-0.conda", "name": "a", "version": "1",
///     "build": "0", "build_number": 0, "depends": [],
///     "url": "https://conda.example.org/c/noarch/a-1-0.conda", "channel": null}"#)?;
/// let index = compile(&[Source { records: vec![&record] }], &CompileOptions::default());
/// assert_eq!(index.name_id("a"), Some(0));
/// assert_eq!(index.tables().name_candidates, [[0, 1]]);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn compile<'a>(sources: &[Source<'a>], options: &CompileOptions<'_>) -> CompiledIndex<'a> {
    let mut specs = specs::Specs::default();
    let (families, rejected) = candidates::families(sources, options.order, &mut specs);
    statements::Compiler::new(families, specs, &options.names).finish(rejected)
}

impl<'a> CompiledIndex<'a> {
    /// The arrays for the engine.
    pub fn tables(&self) -> Tables<'_> {
        self.tables.tables()
    }

    /// The number of a name: of a package, or `package[extra]`.
    pub fn name_id(&self, name: &str) -> Option<u32> {
        self.ids.get(name).copied()
    }

    /// The name of a number; empty for a number that no name has.
    pub fn name(&self, id: u32) -> &str {
        self.names.get(id as usize).map_or("", String::as_str)
    }

    /// Names below this number are of packages, the rest are made up.
    pub fn real_names(&self) -> u32 {
        self.real_names
    }

    /// How many candidates a name has.
    pub fn candidate_count(&self, name: u32) -> u32 {
        self.tables().size(name)
    }

    /// The record of a candidate and the number of its source; `None` for a made-up name.
    pub fn record(&self, name: u32, position: u32) -> Option<(u32, &'a RepoDataRecord)> {
        let [start, _] = *self.tables.name_candidates.get(name as usize)?;
        if position >= self.candidate_count(name) {
            return None;
        }
        *self.records.get((start + position) as usize)?
    }

    /// The candidates of a name for which `holds`, given the source's number and the record.
    pub fn candidates(
        &self,
        name: u32,
        mut holds: impl FnMut(u32, &'a RepoDataRecord) -> bool,
    ) -> Ranges {
        ranges::collect(self.candidate_count(name), |position| {
            self.record(name, position)
                .is_some_and(|(source, record)| holds(source, record))
        })
    }

    /// Candidates that a platform with these virtual packages cannot have, by name.
    pub fn unmet(&self, offered: &[GenericVirtualPackage]) -> Vec<(u32, Ranges)> {
        let met: Vec<bool> = self
            .virtual_specs
            .iter()
            .map(|spec| spec.met(offered))
            .collect();
        let group_is_met = |group: u32| {
            self.group_virtual_specs(group)
                .iter()
                .all(|spec| met.get(*spec as usize).copied().unwrap_or(true))
        };
        if met.iter().all(|met| *met) {
            return Vec::new();
        }
        (0..length(&self.names))
            .filter_map(|name| {
                let [start, _] = *self.tables.name_candidates.get(name as usize)?;
                let [first_group, _] = *self.tables.name_groups.get(name as usize)?;
                let dead = ranges::collect(self.candidate_count(name), |position| {
                    let group = self.tables.candidate_group.get((start + position) as usize);
                    group.is_some_and(|group| !group_is_met(first_group + *group))
                });
                (!dead.is_empty()).then_some((name, dead))
            })
            .collect()
    }

    /// What a group says of virtual packages, as indices into [`Self::virtual_specs`].
    pub fn group_virtual_specs(&self, group: u32) -> &[u32] {
        let at = group as usize;
        match self.group_virtual_start.get(at..at + 2) {
            Some([start, end]) => self
                .group_virtual
                .get(*start as usize..*end as usize)
                .unwrap_or_default(),
            _ => &[],
        }
    }

    /// Every distinct spec about a virtual package.
    pub fn virtual_specs(&self) -> &[VirtualSpec] {
        &self.virtual_specs
    }

    /// Candidates that do not meet what they say of their own name, by name.
    pub fn contradictory(&self) -> &[(u32, Ranges)] {
        &self.contradictory
    }

    /// Records that were left out.
    pub fn rejected(&self) -> &[Rejected<'a>] {
        &self.rejected
    }
}
