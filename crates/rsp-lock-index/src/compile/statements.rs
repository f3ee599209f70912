//! What candidates state about other names, as clauses.

use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map::Entry};

use rattler_conda_types::{MatchSpec, Matches, RepoDataRecord};

use super::{
    CompiledIndex, Rejected, VirtualKind, VirtualSpec,
    candidates::{Candidate, Families},
    specs::{Spec, Specs},
};
use crate::{
    OwnedTables,
    owned::length,
    ranges::{Ranges, collect, complement, contains, intersection, len},
};

/// What a group says: clauses by target, and virtual packages.
#[derive(Clone, Debug, Default)]
struct Statements {
    /// Per target, the candidates it must be one of.
    required: BTreeMap<u32, Ranges>,
    /// Per target, the candidates it must be one of if it is there.
    limited: BTreeMap<u32, Ranges>,
    virtual_specs: BTreeSet<u32>,
}

/// The `depends` and `constrains` of a candidate: what candidates of one group share.
type Stated<'a> = (&'a [u32], &'a [u32]);

pub(super) struct Compiler<'a> {
    specs: Specs<'a>,
    families: Vec<Vec<Candidate<'a>>>,
    names: Vec<String>,
    ids: HashMap<String, u32>,
    real_names: u32,
    /// Candidates that made-up names have, per made-up name, as what each states.
    made_up: Vec<Vec<Statements>>,
    allowed: Vec<Option<Ranges>>,
    virtual_ids: HashMap<(String, VirtualKind), u32>,
    virtual_specs: Vec<VirtualSpec>,
    clause_ids: HashMap<(u32, bool, Ranges), u32>,
    tables: OwnedTables,
    /// The first group of the name at hand.
    first_group: u32,
    group_virtual_start: Vec<u32>,
    group_virtual: Vec<u32>,
    contradictory: Vec<(u32, Ranges)>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(families: Families<'a>, specs: Specs<'a>, wanted: &[&str]) -> Self {
        let mut names: BTreeSet<&str> = families.keys().chain(wanted).copied().collect();
        // What is required but does not exist is a name without candidates.
        for candidate in families.values().flatten() {
            let of_extras = candidate.record.package_record.extra_depends.values();
            let of_extras = of_extras.flatten().filter_map(|text| specs.id(text));
            for id in candidate.depends.iter().copied().chain(of_extras) {
                if let Ok(spec) = specs.get(id)
                    && !spec.target.starts_with("__")
                {
                    names.insert(&spec.target);
                }
            }
        }
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let ids = (0_u32..)
            .zip(&names)
            .map(|(id, name)| (name.clone(), id))
            .collect();
        let mut by_name = families;
        let families = names
            .iter()
            .map(|name| by_name.remove(name.as_str()).unwrap_or_default())
            .collect();
        let allowed = vec![None; specs.len()];
        Self {
            real_names: length(&names),
            specs,
            families,
            names,
            ids,
            made_up: Vec::new(),
            allowed,
            virtual_ids: HashMap::new(),
            virtual_specs: Vec::new(),
            clause_ids: HashMap::new(),
            tables: OwnedTables {
                group_start: vec![0],
                ..OwnedTables::default()
            },
            first_group: 0,
            group_virtual_start: vec![0],
            group_virtual: Vec::new(),
            contradictory: Vec::new(),
        }
    }

    pub(super) fn finish(mut self, rejected: Vec<Rejected<'a>>) -> CompiledIndex<'a> {
        self.extras();
        let mut records = Vec::new();
        for name in 0..self.real_names {
            let family = self
                .families
                .get_mut(name as usize)
                .map(std::mem::take)
                .unwrap_or_default();
            self.family(name, &family);
            records.extend(family.iter().map(|c| Some((c.source, c.record))));
            // Later specs about this name are still to be evaluated.
            if let Some(place) = self.families.get_mut(name as usize) {
                *place = family;
            }
        }
        // A made-up name may make up others, which then stand behind it.
        let mut at = 0;
        while let Some(candidates) = self.made_up.get(at).cloned() {
            for statements in &candidates {
                let group = self.group(statements) - self.first_group;
                self.tables.candidate_group.push(group);
                self.tables.candidate_version.push(0);
                self.tables.candidate_build.push(0);
                records.push(None);
            }
            self.end_of_name();
            at += 1;
        }
        CompiledIndex {
            names: self.names,
            ids: self.ids,
            real_names: self.real_names,
            records,
            tables: self.tables,
            virtual_specs: self.virtual_specs,
            group_virtual_start: self.group_virtual_start,
            group_virtual: self.group_virtual,
            contradictory: self.contradictory,
            rejected,
        }
    }

    /// Makes up a name for every extra that a record has.
    fn extras(&mut self) {
        let mut extras: BTreeMap<String, Vec<(u32, u32, Vec<u32>)>> = BTreeMap::new();
        for (name, family) in (0_u32..).zip(&self.families) {
            for (position, candidate) in (0_u32..).zip(family) {
                let package = &candidate.record.package_record;
                for (extra, texts) in &package.extra_depends {
                    let ids = texts
                        .iter()
                        .filter_map(|text| self.specs.id(text))
                        .collect();
                    extras
                        .entry(format!("{}[{extra}]", package.name.as_normalized()))
                        .or_default()
                        .push((name, position, ids));
                }
            }
        }
        let made_up: Vec<u32> = extras
            .keys()
            .map(|name| self.make_up(name.clone()))
            .collect();
        // An extra may ask for another, whose candidates must be counted by then.
        for (id, candidates) in made_up.iter().zip(extras.values()) {
            self.set_candidates(*id, vec![Statements::default(); candidates.len() + 1]);
        }
        for (id, candidates) in made_up.into_iter().zip(extras.into_values()) {
            let Some(name) = candidates.first().map(|(name, _, _)| *name) else {
                continue;
            };
            let having = |p| candidates.iter().any(|(_, position, _)| *position == p);
            let lacking = collect(self.count(name), |p| !having(p));
            let mut ways: Vec<Statements> = candidates
                .iter()
                .map(|(name, position, depends)| {
                    let mut statements = self.statements(depends, &[]);
                    require(
                        &mut statements.required,
                        *name,
                        &[[*position, position + 1]],
                    );
                    statements
                })
                .collect();
            let mut without = Statements::default();
            require(&mut without.required, name, &lacking);
            ways.push(without);
            self.set_candidates(id, ways);
        }
    }

    fn make_up(&mut self, name: String) -> u32 {
        match self.ids.entry(name) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let id = length(&self.names);
                self.names.push(entry.key().clone());
                entry.insert(id);
                self.made_up.push(Vec::new());
                id
            }
        }
    }

    fn set_candidates(&mut self, name: u32, candidates: Vec<Statements>) {
        let at = name.saturating_sub(self.real_names) as usize;
        if let Some(place) = self.made_up.get_mut(at) {
            *place = candidates;
        }
    }

    fn family(&mut self, name: u32, family: &[Candidate<'a>]) {
        let mut groups: HashMap<Stated<'_>, (u32, Option<Ranges>)> = HashMap::new();
        let mut contradictory = Vec::new();
        for (position, candidate) in (0_u32..).zip(family) {
            let key = (
                candidate.depends.as_slice(),
                candidate.constrains.as_slice(),
            );
            let (group, of_itself) = match groups.entry(key) {
                Entry::Occupied(entry) => entry.get().clone(),
                Entry::Vacant(entry) => {
                    let mut statements = self.statements_in(key.0, key.1, name, family);
                    let required = statements.required.remove(&name);
                    let limited = statements.limited.remove(&name);
                    let of_itself = match (required, limited) {
                        (Some(a), Some(b)) => Some(intersection(&a, &b)),
                        (a, b) => a.or(b),
                    };
                    let group = self.group(&statements);
                    entry.insert((group, of_itself)).clone()
                }
            };
            if of_itself.is_some_and(|allowed| !contains(&allowed, position)) {
                contradictory.push(position);
            }
            self.tables.candidate_group.push(group - self.first_group);
            self.tables.candidate_version.push(candidate.version_class);
            self.tables.candidate_build.push(candidate.build_class);
        }
        if !contradictory.is_empty() {
            let dead = collect(length(family), |p| contradictory.binary_search(&p).is_ok());
            self.contradictory.push((name, dead));
        }
        self.end_of_name();
    }

    fn end_of_name(&mut self) {
        let groups = length(&self.tables.group_start) - 1;
        self.tables.name_groups.push([self.first_group, groups]);
        self.first_group = groups;
        let first = self
            .tables
            .name_candidates
            .last()
            .map_or(0, |[_, end]| *end);
        let candidates = length(&self.tables.candidate_group);
        self.tables.name_candidates.push([first, candidates]);
    }

    fn group(&mut self, statements: &Statements) -> u32 {
        let group = length(&self.tables.group_start) - 1;
        let mut clauses = Vec::new();
        for (target, allowed) in &statements.required {
            clauses.push((*target, self.clause(*target, false, allowed)));
        }
        for (target, allowed) in &statements.limited {
            // A required name is limited by what it must be one of already.
            let all = len(allowed) == self.count(*target);
            if !all && !statements.required.contains_key(target) {
                clauses.push((*target, self.clause(*target, true, allowed)));
            }
        }
        clauses.sort_unstable();
        self.tables
            .group_clauses
            .extend(clauses.into_iter().map(|(_, id)| id));
        let end = length(&self.tables.group_clauses);
        self.tables.group_start.push(end);
        self.group_virtual.extend(&statements.virtual_specs);
        self.group_virtual_start.push(length(&self.group_virtual));
        group
    }

    fn clause(&mut self, target: u32, limits: bool, allowed: &[[u32; 2]]) -> u32 {
        match self.clause_ids.entry((target, limits, allowed.to_vec())) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => *entry.insert(self.tables.push_clause(target, limits, allowed)),
        }
    }

    fn count(&self, name: u32) -> u32 {
        if let Some(family) = self.families.get(name as usize) {
            return length(family);
        }
        let at = name.saturating_sub(self.real_names) as usize;
        self.made_up
            .get(at)
            .map_or(0, |candidates| length(candidates))
    }

    fn statements(&mut self, depends: &[u32], constrains: &[u32]) -> Statements {
        self.statements_in(depends, constrains, u32::MAX, &[])
    }

    /// `own` and `family` are the name at hand, whose candidates are taken out of `families`.
    fn statements_in(
        &mut self,
        depends: &[u32],
        constrains: &[u32],
        own: u32,
        family: &[Candidate<'a>],
    ) -> Statements {
        let mut statements = Statements::default();
        for id in depends {
            self.state(*id, false, own, family, &mut statements);
        }
        for id in constrains {
            self.state(*id, true, own, family, &mut statements);
        }
        for (target, limited) in &statements.limited {
            if let Some(required) = statements.required.get_mut(target) {
                *required = intersection(required, limited);
            }
        }
        statements
    }

    fn state(
        &mut self,
        id: u32,
        limits: bool,
        own: u32,
        family: &[Candidate<'a>],
        statements: &mut Statements,
    ) {
        let Ok(spec) = self.specs.get(id) else { return };
        if let Some(condition) = spec.condition.clone() {
            let kind = if limits { "limits" } else { "requires" };
            let name = format!("if#{id}#{kind}");
            let known = self.ids.contains_key(&name);
            let made_up = self.make_up(name);
            if !known {
                let candidates = self.ways(&condition, id, limits, own, family);
                self.set_candidates(made_up, candidates);
            }
            let all = collect(self.count(made_up), |_| true);
            require(&mut statements.required, made_up, &all);
        } else {
            self.state_plainly(id, limits, own, family, statements);
        }
    }

    fn state_plainly(
        &mut self,
        id: u32,
        limits: bool,
        own: u32,
        family: &[Candidate<'a>],
        statements: &mut Statements,
    ) {
        let Ok(Spec {
            target,
            matcher,
            extras,
            ..
        }) = self.specs.get(id)
        else {
            return;
        };
        let extras: Vec<String> = extras
            .iter()
            .map(|extra| format!("{target}[{extra}]"))
            .collect();
        let Some(target) = self.ids.get(target).copied() else {
            if target.starts_with("__") {
                let kind = if limits {
                    VirtualKind::Limited
                } else {
                    VirtualKind::Required
                };
                let spec = matcher.clone();
                statements
                    .virtual_specs
                    .insert(self.virtual_spec(spec, kind));
            }
            return;
        };
        let allowed = self.allowed(id, target, own, family);
        if limits {
            require(&mut statements.limited, target, &allowed);
        } else {
            require(&mut statements.required, target, &allowed);
            for extra in extras {
                // What nobody has asks for nothing.
                let Some(extra) = self.ids.get(&extra).copied() else {
                    continue;
                };
                let all = collect(self.count(extra), |_| true);
                require(&mut statements.required, extra, &all);
            }
        }
    }

    /// The ways in which a conditional dependency can be met: those in which the
    /// condition fails first, the dependency itself last.
    fn ways(
        &mut self,
        condition: &[Vec<MatchSpec>],
        id: u32,
        limits: bool,
        own: u32,
        family: &[Candidate<'a>],
    ) -> Vec<Statements> {
        let mut ways = vec![Statements::default()];
        for alternative in condition {
            let mut next = Vec::new();
            for way in &ways {
                for spec in alternative {
                    next.extend(self.refused(spec, way, own, family));
                }
            }
            ways = next;
        }
        let mut met = Statements::default();
        self.state_plainly(id, limits, own, family, &mut met);
        ways.push(met);
        ways
    }

    /// A way that also does not meet `spec`.
    fn refused(
        &mut self,
        spec: &MatchSpec,
        way: &Statements,
        own: u32,
        family: &[Candidate<'a>],
    ) -> Option<Statements> {
        let mut way = way.clone();
        let name = spec.name.as_exact()?.as_normalized();
        match self.ids.get(name).copied() {
            Some(target) => {
                let matching = self.matching(spec, target, own, family);
                let rest = complement(&matching, self.count_in(target, own, family));
                require(&mut way.limited, target, &rest);
            }
            None if name.starts_with("__") => {
                let id = self.virtual_spec(spec.clone(), VirtualKind::Refused);
                way.virtual_specs.insert(id);
            }
            None => {}
        }
        Some(way)
    }

    fn virtual_spec(&mut self, spec: MatchSpec, kind: VirtualKind) -> u32 {
        match self.virtual_ids.entry((spec.to_string(), kind)) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let id = length(&self.virtual_specs);
                self.virtual_specs.push(VirtualSpec { spec, kind });
                *entry.insert(id)
            }
        }
    }

    fn allowed(&mut self, id: u32, target: u32, own: u32, family: &[Candidate<'a>]) -> Ranges {
        if let Some(Some(known)) = self.allowed.get(id as usize) {
            return known.clone();
        }
        let Ok(Spec { matcher, .. }) = self.specs.get(id) else {
            return Ranges::new();
        };
        let allowed = self.matching(matcher, target, own, family);
        if let Some(place) = self.allowed.get_mut(id as usize) {
            *place = Some(allowed.clone());
        }
        allowed
    }

    fn count_in(&self, target: u32, own: u32, family: &[Candidate<'a>]) -> u32 {
        if target == own {
            length(family)
        } else {
            self.count(target)
        }
    }

    fn matching(
        &self,
        spec: &MatchSpec,
        target: u32,
        own: u32,
        family: &[Candidate<'a>],
    ) -> Ranges {
        let family = if target == own {
            family
        } else {
            self.families
                .get(target as usize)
                .map_or(&[][..], Vec::as_slice)
        };
        matching(spec, family)
    }
}

/// Narrows what `target` must be one of.
fn require(map: &mut BTreeMap<u32, Ranges>, target: u32, allowed: &[[u32; 2]]) {
    map.entry(target)
        .and_modify(|known| *known = intersection(known, allowed))
        .or_insert_with(|| allowed.to_vec());
}

/// The positions of a family that a spec matches, its version looked at once a version.
fn matching(spec: &MatchSpec, family: &[Candidate<'_>]) -> Ranges {
    let version = spec.version.as_ref();
    let rest = MatchSpec {
        version: None,
        ..spec.clone()
    };
    let name_alone = spec.name.as_exact().cloned().map(MatchSpec::from);
    let anything_else = name_alone.as_ref() != Some(&rest);
    let mut last = None;
    collect(length(family), |position| {
        let Some(candidate) = family.get(position as usize) else {
            return false;
        };
        let record = &candidate.record.package_record;
        let version_matches = match last {
            Some((class, matches)) if class == candidate.version_class => matches,
            _ => {
                let matches = version.is_none_or(|v| v.matches(&record.version));
                last = Some((candidate.version_class, matches));
                matches
            }
        };
        version_matches && (!anything_else || matches_rest(&rest, candidate.record))
    })
}

/// All of a spec but its version, and what `Matches` passes over: channel, subdir, file name, URL.
fn matches_rest(spec: &MatchSpec, record: &RepoDataRecord) -> bool {
    let channel = spec.channel.as_ref().is_none_or(|channel| {
        record.channel.as_deref().is_some_and(|of_record| {
            of_record.trim_end_matches('/') == channel.base_url.as_str().trim_end_matches('/')
                || of_record == channel.canonical_name()
        })
    });
    let subdir = spec
        .subdir
        .as_ref()
        .is_none_or(|subdir| *subdir == record.package_record.subdir);
    let file = spec
        .file_name
        .as_ref()
        .is_none_or(|file| record.url.path().ends_with(file.as_str()));
    let url = spec.url.as_ref().is_none_or(|url| *url == record.url);
    channel && subdir && file && url && spec.matches(&record.package_record)
}
