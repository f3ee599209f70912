//! Random tiny universes on [`Tables`] directly.

use std::collections::BTreeMap;

use rsp_lock_engine::{Line, Lowest, Query, Rules};
use rsp_lock_index::{LIMITS, Tables};

/// A small generator of random numbers (`SplitMix64`), so that a seed names a universe for good.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66)
    }

    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        u32::try_from((z ^ (z >> 31)) % u64::from(bound)).unwrap()
    }

    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }
}

/// What a candidate states: target, whether it is required, which of its candidates are allowed.
pub(crate) type Clause = (u32, bool, Vec<[u32; 2]>);

/// The same with one range, as it is written down.
pub(crate) type Written = (u32, bool, [u32; 2]);

/// The arrays of [`Tables`], owned, and a query on them.
#[derive(Debug, Default)]
pub(crate) struct Universe {
    pub name_candidates: Vec<[u32; 2]>,
    pub name_groups: Vec<[u32; 2]>,
    pub candidate_group: Vec<u32>,
    pub candidate_version: Vec<u32>,
    pub candidate_build: Vec<u32>,
    pub name_slots: Vec<[u32; 2]>,
    pub group_start: Vec<u32>,
    pub group_slots: Vec<u32>,
    pub slot_clause: Vec<u32>,
    pub slot_start: Vec<u32>,
    pub slot_groups: Vec<u32>,
    pub clause_target: Vec<u32>,
    pub clause_ranges: Vec<[u32; 2]>,
    pub ranges: Vec<[u32; 2]>,
    pub dead: BTreeMap<u32, Vec<[u32; 2]>>,
    /// Per name whose versions are told apart by more than their age, the ranks of its versions
    /// where the oldest is the best.
    pub ranks: BTreeMap<u32, Vec<u32>>,
    /// Whether clauses allow two neighbouring versions or neither, as if they were patches.
    coarse: bool,
    /// Whether most names are there, few are limited by many, and so it is their order that
    /// decides who gets its best version.
    trading: bool,
    /// How many clauses a group states at most; drawn once a universe if not given.
    most_clauses: Option<u32>,
    /// How many of a hundred candidates a clause allows; different from clause to clause if not
    /// given.
    density: Option<u32>,
    /// With itself for its rules, once [`Universe::query`] says so.
    plain: Query<'static>,
}

impl Universe {
    pub(crate) fn tables(&self) -> Tables<'_> {
        Tables {
            name_candidates: &self.name_candidates,
            name_groups: &self.name_groups,
            candidate_group: &self.candidate_group,
            candidate_version: &self.candidate_version,
            candidate_build: &self.candidate_build,
            name_slots: &self.name_slots,
            group_start: &self.group_start,
            group_slots: &self.group_slots,
            slot_clause: &self.slot_clause,
            slot_start: &self.slot_start,
            slot_groups: &self.slot_groups,
            clause_target: &self.clause_target,
            clause_ranges: &self.clause_ranges,
            ranges: &self.ranges,
        }
    }

    pub(crate) fn names(&self) -> u32 {
        u32::try_from(self.name_candidates.len()).unwrap()
    }

    pub(crate) fn size(&self, name: u32) -> u32 {
        self.tables().size(name)
    }

    /// The question.
    pub(crate) fn query(&self) -> Query<'_> {
        Query {
            rules: self,
            ..self.plain.clone()
        }
    }

    /// What a candidate states.
    pub(crate) fn clauses(&self, name: u32, position: u32) -> Vec<Clause> {
        let first = self.name_candidates[name as usize][0];
        let group = self.candidate_group[(first + position) as usize];
        self.tables()
            .clauses(name, group)
            .map(|clause| {
                let target = self.clause_target[clause as usize];
                let allowed = self.tables().allowed(clause).to_vec();
                (target & !LIMITS, target & LIMITS == 0, allowed)
            })
            .collect()
    }

    pub(crate) fn random(random: &mut Random) -> Self {
        let mut universe = Self {
            coarse: random.chance(30),
            trading: random.chance(20),
            ..Self::default()
        };
        if universe.trading {
            (universe.most_clauses, universe.density) = (Some(2), Some(55));
        }
        // Half of them are wide: those are the ones in which the search has to think.
        let wide = universe.trading || random.chance(50);
        let names = if wide {
            6 + random.below(3)
        } else {
            2 + random.below(7)
        };
        let most = if wide {
            3 + random.below(3)
        } else {
            1 + random.below(5)
        };
        for _ in 0..names {
            let size = if !universe.trading && random.chance(4) {
                0
            } else {
                1 + random.below(most)
            };
            let (mut version, mut build) = (0, 0);
            for position in 0..size {
                if position > 0 {
                    match random.below(4) {
                        0 if !universe.trading => {}
                        1 if !universe.trading => build += 1,
                        _ => (version, build) = (version + 1, 0),
                    }
                }
                universe.candidate_version.push(version);
                universe.candidate_build.push(build);
            }
            let end = u32::try_from(universe.candidate_version.len()).unwrap();
            universe.name_candidates.push([end - size, end]);
        }
        universe.random_groups(random, names);
        universe.random_query(random, names);
        if universe.trading {
            universe.add_bystanders(10 + random.below(30));
        }
        universe
    }

    /// What is written down: per name, per candidate, the clauses that it states. All candidates
    /// of a name are of one version and build. The first name is required, and put first.
    pub(crate) fn written(names: &[&[&[Written]]]) -> Self {
        let id = |length: usize| u32::try_from(length).unwrap();
        let mut universe = Self {
            group_start: vec![0],
            slot_start: vec![0],
            ..Self::default()
        };
        for candidates in names {
            let (first, first_group) = (
                id(universe.candidate_version.len()),
                id(universe.group_start.len()) - 1,
            );
            let end = first + id(candidates.len());
            universe.name_candidates.push([first, end]);
            universe.candidate_version.resize(end as usize, 0);
            universe.candidate_build.resize(end as usize, 0);
            universe.candidate_group.extend(0..id(candidates.len()));
            universe
                .name_groups
                .push([first_group, first_group + id(candidates.len())]);
            let mut stated = Vec::new();
            for clauses in *candidates {
                stated.push(Vec::new());
                for (target, required, allowed) in *clauses {
                    let limits = if *required { 0 } else { LIMITS };
                    stated
                        .last_mut()
                        .unwrap()
                        .push(id(universe.clause_target.len()));
                    universe.clause_target.push(target | limits);
                    let start = id(universe.ranges.len());
                    universe.ranges.push(*allowed);
                    universe
                        .clause_ranges
                        .push([start, id(universe.ranges.len())]);
                }
            }
            universe.lay_out_slots(&stated);
        }
        universe.plain.first.push((0, 0));
        universe.require(0);
        universe
    }

    /// More names than can be enumerated, many of them brought in by others while the search is
    /// under way.
    pub(crate) fn random_large(random: &mut Random) -> Self {
        let mut universe = Self {
            most_clauses: Some(2 + random.below(3)),
            density: Some(50 + random.below(10)),
            ..Self::default()
        };
        let names = 10 + random.below(8);
        let has_versions = random.chance(30);
        for _ in 0..names {
            let size = 2 + random.below(2);
            for position in 0..size {
                let version = if has_versions { position } else { 0 };
                universe.candidate_version.push(version);
                universe.candidate_build.push(0);
            }
            let end = u32::try_from(universe.candidate_version.len()).unwrap();
            universe.name_candidates.push([end - size, end]);
        }
        universe.random_groups(random, names);
        universe.random_query(random, names);
        let required = 20 + random.below(40);
        for name in 0..names {
            if random.chance(required) {
                universe.require(name);
            }
        }
        universe
    }

    /// Adds a line that requires any candidate of a name.
    fn require(&mut self, name: u32) {
        self.plain.lines.push(Line {
            id: None,
            name,
            required: true,
            allowed: vec![[0, self.size(name)]],
        });
    }

    /// Adds names that are required and state nothing, so that it takes more to be a hub.
    fn add_bystanders(&mut self, count: u32) {
        for _ in 0..count {
            let id = |length: usize| u32::try_from(length).unwrap();
            let (name, candidate) = (self.names(), id(self.candidate_version.len()));
            self.name_candidates.push([candidate, candidate + 1]);
            self.candidate_version.push(0);
            self.candidate_build.push(0);
            self.candidate_group.push(0);
            let group = id(self.group_start.len()) - 1;
            self.name_groups.push([group, group + 1]);
            self.lay_out_slots(&[Vec::new()]);
            self.require(name);
        }
    }

    fn random_groups(&mut self, random: &mut Random, names: u32) {
        let most_clauses = self.most_clauses.unwrap_or_else(|| 1 + random.below(4));
        let limiting = random.below(50);
        let id = |length: usize| u32::try_from(length).unwrap();
        self.group_start.push(0);
        self.slot_start.push(0);
        for name in 0..names {
            let size = self.size(name);
            let first = id(self.group_start.len()) - 1;
            let of_candidates: Vec<u32> = (0..size).map(|_| random.below(size)).collect();
            let mut groups = of_candidates.clone();
            groups.sort_unstable();
            groups.dedup();
            let number = |group: &u32| id(groups.binary_search(group).unwrap());
            self.candidate_group
                .extend(of_candidates.iter().map(number));
            let mut stated: Vec<Vec<u32>> = Vec::new();
            for _ in &groups {
                stated.push(Vec::new());
                // Now and then what an earlier group states as well, as clauses are shared.
                let mut shared: Vec<u32> = stated.concat();
                shared.retain(|_| random.chance(50));
                for target in Self::random_targets(random, name, names, most_clauses) {
                    let of_target =
                        |clause: &&u32| self.clause_target[**clause as usize] & !LIMITS == target;
                    if let Some(known) = shared.iter().find(of_target) {
                        stated.last_mut().unwrap().push(*known);
                        continue;
                    }
                    stated
                        .last_mut()
                        .unwrap()
                        .push(id(self.clause_target.len()));
                    let limits = random.chance(limiting);
                    let allowed = self.random_ranges(random, target);
                    self.clause_target
                        .push(if limits { target | LIMITS } else { target });
                    let start = u32::try_from(self.ranges.len()).unwrap();
                    self.ranges.extend(allowed);
                    self.clause_ranges
                        .push([start, u32::try_from(self.ranges.len()).unwrap()]);
                }
            }
            self.name_groups.push([first, first + id(groups.len())]);
            self.lay_out_slots(&stated);
        }
    }

    /// Writes down the slots of a name whose groups state these clauses.
    fn lay_out_slots(&mut self, stated: &[Vec<u32>]) {
        let id = |length: usize| u32::try_from(length).unwrap();
        let mut slots = stated.concat();
        slots.sort_unstable_by_key(|clause| {
            (self.clause_target[*clause as usize] & !LIMITS, *clause)
        });
        slots.dedup();
        for of_group in stated {
            let number = |clause: &u32| id(slots.iter().position(|slot| slot == clause).unwrap());
            self.group_slots.extend(of_group.iter().map(number));
            self.group_start.push(id(self.group_slots.len()));
        }
        for slot in &slots {
            let has_slot = |group: &u32| stated[*group as usize].contains(slot);
            self.slot_groups
                .extend((0..id(stated.len())).filter(has_slot));
            self.slot_start.push(id(self.slot_groups.len()));
        }
        let first = id(self.slot_clause.len());
        self.slot_clause.extend(slots);
        self.name_slots.push([first, id(self.slot_clause.len())]);
    }

    fn random_targets(random: &mut Random, name: u32, names: u32, most: u32) -> Vec<u32> {
        let mut targets: Vec<u32> = (0..random.below(most + 1))
            .map(|_| random.below(names))
            .filter(|target| *target != name)
            .collect();
        targets.sort_unstable();
        targets.dedup();
        targets
    }

    fn random_ranges(&self, random: &mut Random, target: u32) -> Vec<[u32; 2]> {
        let density = self.density.unwrap_or_else(|| 30 + random.below(65));
        let first = self.name_candidates[target as usize][0];
        let mut ranges: Vec<[u32; 2]> = Vec::new();
        let (mut patches, mut is_allowed) = (None, false);
        for position in 0..self.size(target) {
            let version = self.candidate_version[(first + position) as usize];
            if !self.coarse || patches.replace(version / 2) != Some(version / 2) {
                is_allowed = random.chance(density);
            }
            if is_allowed {
                match ranges.last_mut() {
                    Some([_, to]) if *to == position => *to += 1,
                    _ => ranges.push([position, position + 1]),
                }
            }
        }
        ranges
    }

    /// The versions of a name in any order.
    fn random_ranks(&self, random: &mut Random, name: u32) -> Vec<u32> {
        let [start, end] = self.name_candidates[name as usize];
        let versions = &self.candidate_version[start as usize..end as usize];
        let count = versions.last().map_or(0, |last| last + 1);
        let mut ranks: Vec<u32> = (0..count).collect();
        for at in (1..count).rev() {
            ranks.swap(at as usize, random.below(at + 1) as usize);
        }
        ranks
    }

    fn random_query(&mut self, random: &mut Random, names: u32) {
        let mut query = Query::default();
        for id in 0..=random.below(3) {
            let name = random.below(names);
            query.lines.push(Line {
                id: (!random.chance(10)).then_some(id),
                name,
                required: !random.chance(25),
                allowed: if random.chance(40) {
                    vec![[0, self.size(name)]]
                } else {
                    self.random_ranges(random, name)
                },
            });
            if query.lines[query.lines.len() - 1].required && random.chance(70) {
                query.first.push((name, i64::from(random.below(2))));
            }
        }
        if self.trading {
            // They get into each other's way, and mostly it is the order that decides.
            let all = random.chance(60);
            let there: Vec<u32> = (0..names).filter(|_| all || random.chance(60)).collect();
            query.lines.extend(there.into_iter().map(|name| Line {
                id: None,
                name,
                required: true,
                allowed: vec![[0, self.size(name)]],
            }));
        }
        if random.chance(25) {
            let name = random.below(names);
            let dead = self.random_ranges(random, name);
            self.dead.insert(name, dead);
        }
        for _ in 0..random.below(3) {
            let name = random.below(names);
            if self.size(name) > 0
                && random.chance(50)
                && query.locked.iter().all(|(n, _)| *n != name)
            {
                query.locked.push((name, random.below(self.size(name))));
            }
        }
        if random.chance(40) {
            let name = random.below(names);
            let ranks = self.random_ranks(random, name);
            self.ranks.insert(name, ranks);
        }
        query.lowest = match random.below(6) {
            0 => Lowest::All,
            1 => Lowest::First,
            _ => Lowest::Nobody,
        };
        self.plain = query;
    }
}

impl Rules for Universe {
    fn dead(&self, name: u32) -> Vec<[u32; 2]> {
        self.dead.get(&name).cloned().unwrap_or_default()
    }

    fn lowest_ranks(&self, name: u32) -> Vec<u32> {
        self.ranks.get(&name).cloned().unwrap_or_default()
    }
}

pub(crate) fn contains(ranges: &[[u32; 2]], position: u32) -> bool {
    ranges
        .iter()
        .any(|[from, to]| (*from..*to).contains(&position))
}
