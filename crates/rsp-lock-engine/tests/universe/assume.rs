//! One query asked with some of its lines at a time, against enumeration of each question.

use rsp_lock_engine::{Assumed, Engine, Limits, Line};

use crate::{
    generate::{Random, Universe},
    oracle, universes,
};

/// A line that limits a name to some of its candidates.
fn limit(universe: &Universe, random: &mut Random) -> Option<Line> {
    let name = random.below(universe.names());
    let size = universe.size(name);
    let from = random.below(size + 1);
    (size > 0).then(|| Line {
        id: None,
        name,
        required: false,
        allowed: if from < size {
            vec![[from, size]]
        } else {
            Vec::new()
        },
    })
}

#[test]
fn questions_under_assumptions_equal_enumeration() {
    let mut engine = Engine::default();
    let (mut held, mut refused, mut by_more) = (0u64, 0u64, 0u64);
    for seed in 0..universes() {
        let mut random = Random::new(seed);
        let universe = Universe::random(&mut random);
        let lines = universe.query().lines;
        let always: Vec<bool> = lines
            .iter()
            .map(|line| line.id.is_none() || random.chance(30))
            .collect();
        let tables = universe.tables();
        let mut assuming = engine
            .assuming(&tables, universe.query(), &|at| always[at])
            .unwrap();
        for _ in 0..4 {
            let assumed: Vec<usize> = (0..lines.len())
                .filter(|at| !always[*at] && random.chance(70))
                .collect();
            let more: Vec<Line> = (0..random.below(3))
                .filter_map(|_| limit(&universe, &mut random))
                .collect();
            let number = |at: &usize| lines.get(*at).or_else(|| more.get(at - lines.len()));
            let together = |chosen: &[usize], also: Vec<Line>| {
                let fixed = (0..lines.len()).filter(|at| always[*at]);
                let all: Vec<usize> = fixed.chain(chosen.iter().copied()).collect();
                let all = all.iter().filter_map(number).cloned();
                oracle::hold(&universe, &all.chain(also).collect::<Vec<_>>())
            };
            match assuming.ask(&assumed, &more, &Limits::NONE) {
                Assumed::Holds(answer) => {
                    held += 1;
                    let chosen = answer.iter().map(|(name, position)| Line {
                        id: None,
                        name: *name,
                        required: true,
                        allowed: vec![[*position, position + 1]],
                    });
                    let also = more.iter().cloned().chain(chosen).collect();
                    assert!(together(&assumed, also), "seed {seed}: {answer:?}");
                }
                Assumed::Refused(core) => {
                    refused += 1;
                    let is_asked = |at: &usize| *at >= lines.len() || assumed.contains(at);
                    assert!(core.iter().all(is_asked), "seed {seed}: {core:?}");
                    assert!(!together(&core, Vec::new()), "seed {seed}: {core:?}");
                    let (core, of_more): (Vec<usize>, Vec<usize>) =
                        core.iter().partition(|at| **at < lines.len());
                    if !of_more.is_empty() {
                        by_more += 1;
                        continue;
                    }
                    let proof = assuming.refute(&core, &Limits::NONE).unwrap();
                    let named = lines.iter().filter(|line| {
                        line.id
                            .is_none_or(|id| proof.core.binary_search(&id).is_ok())
                    });
                    let named: Vec<Line> = named.cloned().collect();
                    assert!(!oracle::hold(&universe, &named), "seed {seed}: {proof:?}");
                }
                Assumed::Stopped => panic!("seed {seed}: nobody said stop"),
            }
        }
    }
    println!("{held} questions held, {refused} refused, {by_more} of them for what came on top");
    // A generator gone stale would make the comparison meaningless.
    assert!(held > universes() && refused > universes() && by_more > universes() / 10);
}
