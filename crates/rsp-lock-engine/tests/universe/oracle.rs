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
    for tier in 0..4 {
        for name in order(universe) {
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

/// What candidates are compared by, tier after tier: locked, version, build number, position.
fn class(universe: &Universe, name: u32, position: u32, tier: usize) -> u32 {
    let at = (universe.name_candidates[name as usize][0] + position) as usize;
    let query = universe.query();
    let lowest = match query.lowest {
        Lowest::Nobody => false,
        Lowest::First => query.first.iter().any(|(first, _)| *first == name),
        Lowest::All => true,
    };
    match tier {
        0 => u32::from(
            query
                .locked
                .iter()
                .any(|(n, p)| *n == name && *p != position),
        ),
        1 if lowest => {
            let version = universe.candidate_version[at];
            let ranks = universe.ranks.get(&name).filter(|ranks| !ranks.is_empty());
            ranks.map_or(1000 - version, |ranks| ranks[version as usize])
        }
        1 => universe.candidate_version[at],
        2 => universe.candidate_build[at],
        _ => position,
    }
}

/// The names that can be reached, in the order in which they are compared.
fn order(universe: &Universe) -> Vec<u32> {
    let reached = reachable(universe);
    let mut names: Vec<u32> = reached.iter().copied().collect();
    let weight = |name: u32| {
        reached
            .iter()
            .filter(|other| {
                (0..universe.size(**other)).any(|position| {
                    universe
                        .clauses(**other, position)
                        .iter()
                        .any(|(target, _, allowed)| {
                            *target == name
                                && (0..universe.size(name)).any(|p| !contains(allowed, p))
                        })
                })
            })
            .count()
    };
    let first = |name: u32| {
        let query = universe.query();
        let ranks = query.first.iter().filter(|(first, _)| *first == name);
        ranks.map(|(_, rank)| *rank).min().unwrap_or(i64::MAX)
    };
    let heights = heights(universe);
    names.sort_by_key(|name| {
        let weight = weight(*name);
        let is_hub = weight > 0 && weight * HUB_SHARE >= reached.len();
        let height = if is_hub { 0 } else { heights[name] };
        (
            first(*name),
            !is_hub,
            Reverse(height),
            Reverse(weight),
            *name,
        )
    });
    names
}

/// The length of the longest chain of requirements below each name that can be reached.
fn heights(universe: &Universe) -> BTreeMap<u32, u32> {
    let required = |name: u32| -> BTreeSet<u32> {
        let clauses = (0..universe.size(name)).flat_map(|at| universe.clauses(name, at));
        let required = clauses.filter(|(_, required, _)| *required);
        required.map(|(target, _, _)| target).collect()
    };
    // Per name, whoever it leads to.
    let mut below: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for name in reachable(universe) {
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
    // The longest chain there can be has all names.
    for _ in 0..below.len() {
        for name in below.keys() {
            let is_equal = |other: &&u32| leads(*name, **other) && leads(**other, *name);
            let equals = below.keys().filter(is_equal).chain([name]);
            let next = equals.flat_map(|equal| {
                let targets = required(*equal).into_iter();
                targets.filter(|target| !leads(*target, *name) && target != name)
            });
            let height = next.map(|target| heights[&target] + 1).max();
            heights.insert(*name, height.unwrap_or(0));
        }
    }
    heights
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
