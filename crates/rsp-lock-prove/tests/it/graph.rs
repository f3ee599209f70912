//! Chains of dependencies in random sets of records.

use rattler_conda_types::RepoDataRecord;
use rsp_lock_prove::Graph;
use rsp_lock_testkit::oracle::{Dice, Tiny};

#[test]
fn chains_from_many_roots_are_the_shortest_of_those_from_each() {
    let mut compared = 0;
    for seed in 0..500 {
        let tiny = Tiny::random(seed);
        let mut names = std::collections::BTreeSet::new();
        let one_a_name = tiny.records.iter().filter(|record: &&RepoDataRecord| {
            names.insert(record.package_record.name.as_normalized().to_owned())
        });
        let graph = Graph::new(one_a_name, &[], &[]);
        let mut all: Vec<&str> = names.iter().map(String::as_str).collect();
        Dice(seed).shuffle(&mut all);
        let roots = &all[..all.len().div_ceil(2)];
        let chains = graph.chains(roots);
        for name in &all {
            let of_each = roots.iter().filter_map(|root| graph.chain(root, name));
            let shortest = of_each.min_by_key(Vec::len);
            compared += usize::from(shortest.as_ref().is_some_and(|chain| chain.len() > 1));
            assert_eq!(
                chains.to(name),
                shortest,
                "seed {seed}: {roots:?} to {name}"
            );
        }
    }
    assert!(compared > 200, "only {compared} chains");
}
