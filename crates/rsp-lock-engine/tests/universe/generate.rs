//! Random tiny universes on [`Tables`] directly.

use std::collections::BTreeMap;

use rsp_lock_engine::{Line, Lowest, Query};
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

/// The arrays of [`Tables`], owned, and a query on them.
#[derive(Debug, Default)]
pub(crate) struct Universe {
    pub name_candidates: Vec<[u32; 2]>,
    pub name_groups: Vec<[u32; 2]>,
    pub candidate_group: Vec<u32>,
    pub candidate_version: Vec<u32>,
    pub candidate_build: Vec<u32>,
    pub group_start: Vec<u32>,
    pub group_clauses: Vec<u32>,
    pub clause_target: Vec<u32>,
    pub clause_ranges: Vec<[u32; 2]>,
    pub ranges: Vec<[u32; 2]>,
    pub dead: BTreeMap<u32, Vec<[u32; 2]>>,
    /// With `dead` for its rules, once [`Universe::query`] says so.
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
            group_start: &self.group_start,
            group_clauses: &self.group_clauses,
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
            rules: &self.dead,
            ..self.plain.clone()
        }
    }

    /// What a candidate states: target, required, allowed.
    pub(crate) fn clauses(&self, name: u32, position: u32) -> Vec<(u32, bool, Vec<[u32; 2]>)> {
        let first = self.name_candidates[name as usize][0];
        let group = (self.name_groups[name as usize][0]
            + self.candidate_group[(first + position) as usize]) as usize;
        self.group_clauses[self.group_start[group] as usize..self.group_start[group + 1] as usize]
            .iter()
            .map(|clause| {
                let target = self.clause_target[*clause as usize];
                let allowed = self.tables().allowed(*clause).to_vec();
                (target & !LIMITS, target & LIMITS == 0, allowed)
            })
            .collect()
    }

    pub(crate) fn random(random: &mut Random) -> Self {
        let mut universe = Self::default();
        // Half of them are wide: those are the ones in which the search has to think.
        let wide = random.chance(50);
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
            let size = if random.chance(4) {
                0
            } else {
                1 + random.below(most)
            };
            let (mut version, mut build) = (0, 0);
            for position in 0..size {
                if position > 0 {
                    match random.below(4) {
                        0 => {}
                        1 => build += 1,
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
        universe
    }

    fn random_groups(&mut self, random: &mut Random, names: u32) {
        let most_clauses = 1 + random.below(4);
        let limiting = random.below(50);
        self.group_start.push(0);
        for name in 0..names {
            let size = self.size(name);
            let first = u32::try_from(self.group_start.len()).unwrap() - 1;
            let groups = if size == 0 { 0 } else { 1 + random.below(size) };
            for _ in 0..size {
                self.candidate_group.push(random.below(groups));
            }
            for _ in 0..groups {
                for target in Self::random_targets(random, name, names, most_clauses) {
                    let limits = random.chance(limiting);
                    let allowed = self.random_ranges(random, target);
                    self.group_clauses
                        .push(u32::try_from(self.clause_target.len()).unwrap());
                    self.clause_target
                        .push(if limits { target | LIMITS } else { target });
                    let start = u32::try_from(self.ranges.len()).unwrap();
                    self.ranges.extend(allowed);
                    self.clause_ranges
                        .push([start, u32::try_from(self.ranges.len()).unwrap()]);
                }
                self.group_start
                    .push(u32::try_from(self.group_clauses.len()).unwrap());
            }
            self.name_groups.push([first, first + groups]);
        }
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
        let density = 30 + random.below(65);
        let mut ranges: Vec<[u32; 2]> = Vec::new();
        for position in 0..self.size(target) {
            if random.chance(density) {
                match ranges.last_mut() {
                    Some([_, to]) if *to == position => *to += 1,
                    _ => ranges.push([position, position + 1]),
                }
            }
        }
        ranges
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
            if query.lines[query.lines.len() - 1].required {
                query.first.push((name, i64::from(random.below(2))));
            }
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
        query.lowest = match random.below(6) {
            0 => Lowest::All,
            1 => Lowest::First,
            _ => Lowest::Nobody,
        };
        self.plain = query;
    }
}

pub(crate) fn contains(ranges: &[[u32; 2]], position: u32) -> bool {
    ranges
        .iter()
        .any(|[from, to]| (*from..*to).contains(&position))
}
