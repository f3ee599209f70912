//! The objective as its definition says it, by enumeration of all answers.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use rsp_lock_engine::{HUB_SHARE, Line, Lowest};

use crate::generate::{Universe, contains};

/// Per name, the position of its candidate, or `None` for absent.
type Answer = Vec<Option<u32>>;

/// Whether some lines hold together.
pub(crate) fn hold(universe: &Universe, lines: &[Line]) -> bool {
    !all(universe, lines).is_empty()
}

/// The best answer under some lines, reduced to what they need.
pub(crate) fn best(universe: &Universe, lines: &[Line]) -> Option<Vec<(u32, u32)>> {
    let names = universe.names();
    let mut answers = all(universe, lines);
    for (tier, name) in turns(universe) {
        let classes: Vec<Option<u32>> = answers
            .iter()
            .map(|answer| {
                answer[name as usize].map(|position| class(universe, name, position, tier))
            })
            .collect();
        let best = classes.iter().flatten().min().copied();
        let mut classes = classes.into_iter();
        answers.retain(|_| {
            classes
                .next()
                .flatten()
                .is_none_or(|class| Some(class) == best)
        });
    }
    let answer = answers.first()?;
    let mut needed = BTreeMap::new();
    let mut queue: Vec<u32> = (0..names)
        .filter(|name| lines.iter().any(|line| line.required && line.name == *name))
        .collect();
    while let Some(name) = queue.pop() {
        let position = answer[name as usize].expect("an answer has what is required");
        if needed.insert(name, position).is_none() {
            queue.extend(
                universe
                    .clauses(name, position)
                    .into_iter()
                    .filter(|(_, required, _)| *required)
                    .map(|(target, _, _)| target),
            );
        }
    }
    for other in &answers {
        assert!(
            needed
                .iter()
                .all(|(name, position)| other[*name as usize] == Some(*position))
        );
    }
    Some(needed.into_iter().collect())
}

/// Tiers and names in the order in which they count.
pub(crate) fn turns(universe: &Universe) -> Vec<(usize, u32)> {
    let reached = reachable(universe);
    let order = order(universe, &reached);
    let leaders = leaders(universe, &reached, &order);
    let of_tier = |tier| {
        let names = if tier == 1 { &leaders } else { &order };
        names.iter().map(move |name| (tier, *name))
    };
    (0..5).flat_map(of_tier).collect()
}

/// The positions of a name that an answer under some lines may have.
pub(crate) fn positions(universe: &Universe, lines: &[Line], name: u32) -> Vec<u32> {
    let of_name: Vec<&Line> = lines.iter().filter(|line| line.name == name).collect();
    let is_dead = |position| {
        let dead = universe.dead.get(&name);
        dead.is_some_and(|dead| contains(dead, position))
    };
    (0..universe.size(name))
        .filter(|position| {
            !is_dead(*position)
                && of_name
                    .iter()
                    .all(|line| contains(&line.allowed, *position))
        })
        .collect()
}

/// What candidates are compared by, tier after tier: locked, for leaders the version or its series,
/// version, build number, position.
pub(crate) fn class(universe: &Universe, name: u32, position: u32, tier: usize) -> u32 {
    let at = (universe.name_candidates[name as usize][0] + position) as usize;
    let query = universe.query();
    let lowest = match query.lowest {
        Lowest::Nobody => false,
        Lowest::First => query.first.iter().any(|(first, _)| *first == name),
        Lowest::All => true,
    };
    let of_version = |version: u32| {
        let ranks = universe.ranks.get(&name).filter(|ranks| !ranks.is_empty());
        match ranks {
            _ if !lowest => version,
            Some(ranks) => ranks[version as usize],
            None => 1000 - version,
        }
    };
    match tier {
        0 => u32::from(
            query
                .locked
                .iter()
                .any(|(n, p)| *n == name && *p != position),
        ),
        1 if !is_first(universe, name) => {
            let version = universe.candidate_version[at];
            let series = series(universe, name, version, lowest).into_iter();
            series.map(of_version).min().unwrap()
        }
        1 | 2 => of_version(universe.candidate_version[at]),
        3 => universe.candidate_build[at],
        _ => position,
    }
}

/// The versions of a name that no clause tells apart from one of them, nor from those between.
fn series(universe: &Universe, name: u32, version: u32, lowest: bool) -> Vec<u32> {
    let first = universe.name_candidates[name as usize][0];
    let has = |version: u32, allowed: &[[u32; 2]]| {
        (0..universe.size(name)).any(|position| {
            let at = (first + position) as usize;
            universe.candidate_version[at] == version && contains(allowed, position)
        })
    };
    let are_told_apart = |one: u32, other: u32| {
        reachable(universe).iter().any(|stating| {
            (0..universe.size(*stating)).any(|position| {
                let clauses = universe.clauses(*stating, position);
                let mut on_name = clauses.iter().filter(|(target, _, _)| *target == name);
                on_name.any(|(_, _, allowed)| has(one, allowed) != has(other, allowed))
            })
        })
    };
    let all: BTreeSet<u32> = (0..universe.size(name))
        .map(|position| universe.candidate_version[(first + position) as usize])
        .collect();
    let rises = |version: u32| {
        let ranks = universe.ranks.get(&name).filter(|_| lowest);
        ranks.is_some_and(|ranks| {
            !ranks.is_empty() && ranks[version as usize + 1] > ranks[version as usize]
        })
    };
    let joined = |mut from: u32, mut to: u32| {
        if from > to {
            (from, to) = (to, from);
        }
        (from..to).all(|version| !are_told_apart(version, version + 1) && !rises(version))
    };
    all.into_iter()
        .filter(|other| joined(*other, version))
        .collect()
}

fn is_first(universe: &Universe, name: u32) -> bool {
    let query = universe.query();
    query.first.iter().any(|(first, _)| *first == name)
}

/// How many names say something about a name that excludes a candidate of it.
fn weight(universe: &Universe, reached: &BTreeSet<u32>, name: u32) -> usize {
    reached
        .iter()
        .filter(|other| {
            (0..universe.size(**other)).any(|position| {
                universe
                    .clauses(**other, position)
                    .iter()
                    .any(|(target, _, allowed)| {
                        *target == name && (0..universe.size(name)).any(|p| !contains(allowed, p))
                    })
            })
        })
        .count()
}

/// The names that are compared before the others: those that the query puts first, then the hubs.
fn leaders(universe: &Universe, reached: &BTreeSet<u32>, order: &[u32]) -> Vec<u32> {
    let mut hubs: Vec<(Reverse<usize>, u32)> = reached
        .iter()
        .filter(|name| !is_first(universe, **name))
        .map(|name| (Reverse(weight(universe, reached, *name)), *name))
        .filter(|(Reverse(weight), _)| *weight > 0 && weight * HUB_SHARE >= reached.len())
        .collect();
    hubs.sort_unstable();
    let first = order.iter().copied();
    let first = first.filter(|name| is_first(universe, *name));
    first
        .chain(hubs.into_iter().map(|(_, name)| name))
        .collect()
}

/// The names that can be reached, in the order in which they are compared.
fn order(universe: &Universe, reached: &BTreeSet<u32>) -> Vec<u32> {
    let mut names: Vec<u32> = reached.iter().copied().collect();
    let first = |name: u32| {
        let query = universe.query();
        let ranks = query.first.iter().filter(|(first, _)| *first == name);
        ranks.map(|(_, rank)| *rank).min().unwrap_or(i64::MAX)
    };
    let heights = heights(universe, reached);
    names.sort_by_cached_key(|name| {
        let weight = weight(universe, reached, *name);
        let height = heights[name] + (1 + weight).ilog2();
        (first(*name), Reverse(height), Reverse(weight), *name)
    });
    names
}

/// The length of the longest chain of requirements below each name that can be reached.
fn heights(universe: &Universe, reached: &BTreeSet<u32>) -> BTreeMap<u32, u32> {
    let required = |name: u32| -> BTreeSet<u32> {
        let clauses = (0..universe.size(name)).flat_map(|at| universe.clauses(name, at));
        let required = clauses.filter(|(_, required, _)| *required);
        required.map(|(target, _, _)| target).collect()
    };
    // Per name, whoever it leads to.
    let mut below: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for name in reached.iter().copied() {
        let mut led = required(name);
        while let Some(more) = led
            .iter()
            .flat_map(|at| required(*at))
            .find(|at| !led.contains(at))
        {
            led.insert(more);
        }
        below.insert(name, led);
    }
    let leads = |from: u32, to: u32| below[&from].contains(&to);
    let mut heights: BTreeMap<u32, u32> = below.keys().map(|name| (*name, 0)).collect();
    loop {
        let before = heights.clone();
        for name in below.keys() {
            let is_equal = |other: &&u32| leads(*name, **other) && leads(**other, *name);
            let equals = below[name].iter().filter(is_equal).chain([name]);
            let next = equals.flat_map(|equal| {
                let targets = required(*equal).into_iter();
                targets.filter(|target| !leads(*target, *name) && target != name)
            });
            let height = next.map(|target| heights[&target] + 1).max();
            heights.insert(*name, height.unwrap_or(0));
        }
        if heights == before {
            return heights;
        }
    }
}

fn reachable(universe: &Universe) -> BTreeSet<u32> {
    let mut reached = BTreeSet::new();
    let mut queue: Vec<u32> = universe
        .query()
        .lines
        .iter()
        .filter(|line| line.required)
        .map(|line| line.name)
        .collect();
    while let Some(name) = queue.pop() {
        if reached.insert(name) {
            for position in 0..universe.size(name) {
                queue.extend(
                    universe
                        .clauses(name, position)
                        .into_iter()
                        .filter(|(_, required, _)| *required)
                        .map(|(target, _, _)| target),
                );
            }
        }
    }
    reached
}

/// All sets of candidates, at most one a name, that meet the lines and every clause of their members.
fn all(universe: &Universe, lines: &[Line]) -> Vec<Answer> {
    let reached = reachable(universe);
    let mut answers = Vec::new();
    let mut answer = vec![None; universe.names() as usize];
    extend(universe, lines, &reached, 0, &mut answer, &mut answers);
    answers
}

fn extend(
    universe: &Universe,
    lines: &[Line],
    reached: &BTreeSet<u32>,
    name: u32,
    answer: &mut Answer,
    answers: &mut Vec<Answer>,
) {
    if name == universe.names() {
        answers.push(answer.clone());
        return;
    }
    let dead = |position: u32| {
        let dead = universe.dead.get(&name);
        dead.is_some_and(|dead| contains(dead, position))
    };
    let positions = (0..universe.size(name))
        .filter(|position| reached.contains(&name) && !dead(*position))
        .map(Some);
    for value in positions.chain([None]) {
        let meets_lines = lines
            .iter()
            .filter(|line| line.name == name)
            .all(|line| match value {
                Some(position) => contains(&line.allowed, position),
                None => !line.required,
            });
        answer[name as usize] = value;
        if meets_lines && consistent(universe, answer, name) {
            extend(universe, lines, reached, name + 1, answer, answers);
        }
    }
    answer[name as usize] = None;
}

/// Whether the choice for `last` agrees with those for the names before it.
fn consistent(universe: &Universe, answer: &Answer, last: u32) -> bool {
    (0..=last).all(|name| {
        let Some(position) = answer[name as usize] else {
            return true;
        };
        universe
            .clauses(name, position)
            .iter()
            .filter(|(target, _, _)| *target <= last && (name == last || *target == last))
            .all(
                |(target, required, allowed)| match answer[*target as usize] {
                    Some(position) => contains(allowed, position),
                    None => !required,
                },
            )
    })
}
