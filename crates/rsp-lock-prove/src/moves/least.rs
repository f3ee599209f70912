//! The least sum of steps that is enough.
//!
//! Each of several things may go a number of steps, at most its own reach; what
//! is possible with some steps stays possible with more. Vectors of steps are
//! tried by their sum; a refused vector says which things are to blame, and all
//! vectors that give those no more steps are refused with it.

use std::{cmp::Reverse, collections::BTreeSet};

/// What is known of a vector of steps.
pub(super) enum Tried<T> {
    /// It is enough.
    Enough(T),
    /// It is not, whatever the things that are not named here are given.
    Refused(Vec<usize>),
    /// Nobody knows: time is up.
    Stopped,
}

/// The vector with the least sum that is enough; `None` if there is none or `most`
/// attempts did not find it.
pub(super) fn least_steps<T>(
    reach: &[usize],
    most: usize,
    mut attempt: impl FnMut(&[usize]) -> Tried<T>,
) -> Option<(Vec<usize>, T)> {
    let mut refused: Vec<Vec<(usize, usize)>> = Vec::new();
    let mut open: BTreeSet<(usize, Reverse<usize>, Vec<usize>)> = BTreeSet::new();
    let put = |open: &mut BTreeSet<_>, steps: Vec<usize>| {
        let sum: usize = steps.iter().sum();
        let even = steps.iter().copied().max().unwrap_or(0);
        open.insert((sum, Reverse(even), steps));
    };
    put(&mut open, vec![0; reach.len()]);
    let mut attempts = 0;
    while let Some((_, _, steps)) = open.pop_first() {
        let known = refused.iter().find(|blame| {
            blame
                .iter()
                .all(|(thing, most)| steps.get(*thing).is_some_and(|given| given <= most))
        });
        let blame = if let Some(blame) = known {
            blame.clone()
        } else {
            attempts += 1;
            if attempts > most {
                return None;
            }
            match attempt(&steps) {
                Tried::Enough(found) => return Some((steps, found)),
                Tried::Stopped => return None,
                Tried::Refused(things) => {
                    let given = things
                        .into_iter()
                        .filter_map(|thing| Some((thing, *steps.get(thing)?)));
                    let blame: Vec<(usize, usize)> = given.collect();
                    refused.push(blame.clone());
                    blame
                }
            }
        };
        for (thing, most) in blame {
            let mut more = steps.clone();
            if let (Some(given), Some(reach)) = (more.get_mut(thing), reach.get(thing))
                && most < *reach
            {
                *given = most + 1;
                put(&mut open, more);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Enough is what reaches one of the goals in every coordinate.
    fn by_search(reach: &[usize], goals: &[Vec<usize>]) -> Option<usize> {
        let found = least_steps(reach, usize::MAX, |steps| {
            let missing = |goal: &Vec<usize>| -> Vec<usize> {
                (0..steps.len()).filter(|i| steps[*i] < goal[*i]).collect()
            };
            let mut blame: Vec<usize> = Vec::new();
            for goal in goals {
                let missing = missing(goal);
                if missing.is_empty() {
                    return Tried::Enough(());
                }
                // One missing coordinate a goal is reason enough.
                blame.push(missing[0]);
            }
            blame.sort_unstable();
            blame.dedup();
            Tried::Refused(blame)
        });
        found.map(|(steps, ())| steps.iter().sum())
    }

    #[test]
    fn the_sum_is_the_least_of_all_that_are_enough() {
        let mut dice = rsp_lock_testkit::oracle::Dice(7);
        let mut below = |end: u64| usize::try_from(dice.below(end)).unwrap();
        for case in 0..500 {
            let count = 1 + below(3);
            let reach: Vec<usize> = (0..count).map(|_| below(5)).collect();
            let mut goals: Vec<Vec<usize>> = Vec::new();
            for _ in 0..=below(4) {
                goals.push((0..count).map(|_| below(6)).collect());
            }
            let expected = goals
                .iter()
                .filter(|goal| goal.iter().zip(&reach).all(|(goal, reach)| goal <= reach))
                .map(|goal| goal.iter().sum())
                .min();
            assert_eq!(
                by_search(&reach, &goals),
                expected,
                "case {case}: {reach:?} {goals:?}"
            );
        }
    }
}
