//! Smallest hitting sets against the enumeration of all sets.

#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use rsp_lock_prove::hitting::smallest_hitting_sets;
use rsp_lock_testkit::oracle::Dice;

/// A number below `end`.
fn below(dice: &mut Dice, end: usize) -> usize {
    usize::try_from(dice.below(u64::try_from(end).unwrap())).unwrap()
}

/// All hitting sets of the least size over the elements `0..elements`.
fn by_enumeration(sets: &[Vec<usize>], elements: usize) -> (usize, Vec<Vec<usize>>) {
    let mut best: (usize, Vec<Vec<usize>>) = (usize::MAX, Vec::new());
    for bits in 0_u32..1 << elements {
        let chosen: Vec<usize> = (0..elements).filter(|e| bits & (1 << e) != 0).collect();
        if !sets
            .iter()
            .all(|set| set.iter().any(|e| chosen.contains(e)))
        {
            continue;
        }
        if chosen.len() < best.0 {
            best = (chosen.len(), Vec::new());
        }
        if chosen.len() == best.0 {
            best.1.push(chosen);
        }
    }
    best.1.sort();
    best
}

#[test]
fn all_smallest_sets_are_found_and_no_other() {
    let mut larger = 0;
    for seed in 0..3000 {
        let mut dice = Dice(seed);
        let elements = 1 + below(&mut dice, 9);
        let mut sets: Vec<Vec<usize>> = Vec::new();
        for _ in 0..below(&mut dice, 9) {
            let size = 1 + below(&mut dice, 4);
            sets.push((0..size).map(|_| below(&mut dice, elements)).collect());
        }
        let found = smallest_hitting_sets(&sets, usize::MAX, &|| false);
        let (size, all) = by_enumeration(&sets, elements);
        assert_eq!(
            (found.size, &found.sets),
            (size, &all),
            "seed {seed}: {sets:?}"
        );
        assert!(found.complete);
        larger += usize::from(size >= 3);
    }
    assert!(larger > 500, "only {larger} of 3000 need three or more");
}

#[test]
fn nothing_is_met_by_nothing() {
    let found = smallest_hitting_sets(&[], 10, &|| false);
    assert_eq!(found.sets, [Vec::<usize>::new()]);
    assert_eq!(found.size, 0);
}

#[test]
fn a_stopped_search_gives_a_lower_bound() {
    // A cycle of 41 needs 21; sets apart show only 20.
    let sets: Vec<Vec<usize>> = (0..41).map(|i| vec![i, (i + 1) % 41]).collect();
    let stopped = smallest_hitting_sets(&sets, 1, &|| true);
    assert!(stopped.size >= 20 && stopped.size <= 21, "{stopped:?}");
    let all = smallest_hitting_sets(&sets, 1, &|| false);
    assert_eq!(all.size, 21);
}
