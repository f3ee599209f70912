//! Verdicts about lines against what plain solving of the request without them shows.

#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use std::{collections::BTreeMap, sync::Arc};

use rattler_conda_types::{Matches, RepoDataRecord};
use rsp_lock_prove::{
    Graph, Prepared, Side, Verdict, difference, lines_to_prove, prove_line, without,
};
use rsp_lock_solve::{ChannelRecords, Limits, Line, Outcome, Problem, Records, Solver, solve};
use rsp_lock_spec::{Override, Requirement, dependency_name};
use rsp_lock_testkit::{
    oracle::{Dice, Tiny},
    real::CONDA_FORGE,
};

/// A request: texts, so that leaving one out needs nothing of the code under test.
#[derive(Clone)]
struct Request {
    tiny: Tiny,
    requirements: Vec<String>,
    constraints: Vec<String>,
    overrides: Vec<String>,
}

impl Request {
    fn problem(&self) -> Problem<'_> {
        let lines = |texts: &[String]| -> Vec<Requirement> {
            texts
                .iter()
                .map(|text| Requirement::parse(text).unwrap())
                .collect()
        };
        Problem {
            channels: vec![ChannelRecords {
                name: CONDA_FORGE.to_owned(),
                display: "conda-forge".to_owned(),
                records: Records::Loaded(self.tiny.records.iter().collect()),
            }],
            requirements: lines(&self.requirements),
            constraints: lines(&self.constraints),
            overrides: self
                .overrides
                .iter()
                .map(|text| Override::parse(text).unwrap())
                .collect(),
            ..Problem::default()
        }
    }

    fn solved(&self) -> Option<Vec<Arc<RepoDataRecord>>> {
        match solve(&self.problem(), Solver::Native, &Limits::default()).unwrap() {
            Outcome::Solved(solution) => Some(solution.records),
            Outcome::Unsolvable(_) => None,
            other => panic!("{other:?}"),
        }
    }

    /// The verdict in one word, by plain solving, and the records without the line where
    /// they are others.
    fn expected(
        &self,
        line: Line,
        with: &[Arc<RepoDataRecord>],
    ) -> (&'static str, Option<Vec<Arc<RepoDataRecord>>>) {
        let records = &self.tiny.records;
        let mut other = self.clone();
        let looked = |text: &str| {
            let line = Requirement::parse(text).unwrap();
            let mut of_name = records
                .iter()
                .filter(|record| record.package_record.name == *line.name())
                .peekable();
            if of_name.peek().is_none() {
                Some("matches nothing")
            } else if of_name.all(|record| line.spec.matches(record)) {
                Some("excludes nothing")
            } else {
                None
            }
        };
        let verdict = match line {
            Line::Constraint(at) => looked(&other.constraints.remove(at)),
            Line::Requirement(at) => {
                let text = &mut other.requirements[at];
                let verdict = looked(text);
                *text = text.split(' ').next().unwrap().to_owned();
                verdict
            }
            Line::Override(at) => {
                let text = other.overrides.remove(at);
                let (of, spec) = match text.split_once(": ") {
                    Some((of, spec)) => (Some(Requirement::parse(of).unwrap().spec), spec),
                    None => (None, text.as_str()),
                };
                let name = spec.split([' ', '=']).next().unwrap().to_owned();
                let touched = records.iter().filter(|record| match &of {
                    Some(of) => of.matches(*record),
                    None => true,
                });
                let mut texts = touched.flat_map(|record| {
                    let package = &record.package_record;
                    package.depends.iter().chain(&package.constrains)
                });
                let is_used = texts.any(|text| dependency_name(text) == name);
                (!is_used).then_some("matches nothing")
            }
            other => panic!("{other:?}"),
        };
        match (verdict, other.solved()) {
            (Some(verdict), _) => (verdict, None),
            (None, None) => ("needed", None),
            (None, Some(free)) if free == with => ("idle", None),
            (None, Some(free)) => ("changes", Some(free)),
        }
    }
}

/// A number below `end`.
fn below(dice: &mut Dice, end: usize) -> usize {
    usize::try_from(dice.below(u64::try_from(end).unwrap())).unwrap()
}

fn request(seed: u64) -> Request {
    let tiny = Tiny::random(seed);
    let mut dice = Dice(seed.wrapping_mul(31).wrapping_add(5));
    let mut spec = |names_nothing: bool| {
        let at = below(&mut dice, tiny.records.len());
        let package = &tiny.records[at].package_record;
        let operator = ["==", ">=", "<=", "<", "!="][below(&mut dice, 5)];
        let name = if names_nothing && dice.below(8) == 0 {
            "zzz"
        } else {
            package.name.as_normalized()
        };
        let version = match dice.below(6) {
            0 => "99".to_owned(),
            _ => package.version.to_string(),
        };
        format!("{name} {operator}{version}")
    };
    let requirements = vec![spec(false), spec(false)];
    let constraints = vec![spec(true), spec(true)];
    let of = format!("{}: {}", spec(false), spec(true));
    let overrides = vec![spec(true), of];
    Request {
        tiny,
        requirements,
        constraints,
        overrides,
    }
}

/// How many packages change, as it is told.
fn changes(
    before: &Problem<'_>,
    old: &[Arc<RepoDataRecord>],
    after: &Problem<'_>,
    new: &[Arc<RepoDataRecord>],
) -> usize {
    let before_graph = Graph::new(old, &before.overrides, &before.dependencies);
    let after_graph = Graph::new(new, &after.overrides, &after.dependencies);
    let old = Side {
        graph: &before_graph,
        requirements: &before.requirements,
        constraints: &before.constraints,
    };
    let new = Side {
        graph: &after_graph,
        requirements: &after.requirements,
        constraints: &after.constraints,
    };
    difference(&old, &new).len()
}

/// How many names have another record, or one on only one side.
fn differing(old: &[Arc<RepoDataRecord>], new: &[Arc<RepoDataRecord>]) -> usize {
    let by_name = |records: &[Arc<RepoDataRecord>]| -> BTreeMap<String, String> {
        let entry = |record: &RepoDataRecord| {
            let name = record.package_record.name.as_normalized();
            (name.to_owned(), record.url.to_string())
        };
        records.iter().map(|r| entry(r)).collect()
    };
    let (old, new) = (by_name(old), by_name(new));
    let gone_or_other = old.iter().filter(|(name, url)| new.get(*name) != Some(url));
    let added = new.keys().filter(|name| !old.contains_key(*name));
    gone_or_other.count() + added.count()
}

#[test]
fn verdicts_are_what_plain_solving_shows() {
    let mut seen = BTreeMap::new();
    let mut requests = 0;
    for seed in 0.. {
        let request = request(seed);
        let Some(with) = request.solved() else {
            continue;
        };
        let problem = request.problem();
        let prepared = Prepared::new(&problem, Solver::Native, Limits::default());
        for line in lines_to_prove(&problem) {
            let ask = |problem: &Problem<'_>| prepared.solve(problem);
            let verdict = prove_line(&ask, &problem, &with, line);
            let mut free = None;
            let word = match verdict.unwrap() {
                Verdict::Needed(_) => "needed",
                Verdict::Idle => "idle",
                Verdict::Changes(records) => {
                    free = Some(records);
                    "changes"
                }
                Verdict::MatchesNothing => "matches nothing",
                Verdict::ExcludesNothing => "excludes nothing",
                Verdict::Unknown => "unknown",
            };
            let (expected, others) = request.expected(line, &with);
            assert_eq!(
                word, expected,
                "seed {seed}, {line:?}\n{}",
                request.tiny.text
            );
            assert_eq!(free, others, "seed {seed}, {line:?}");
            if let Some(free) = free {
                let count = changes(&problem, &with, &without(&problem, &[line]), &free);
                assert_eq!(count, differing(&with, &free), "seed {seed}, {line:?}");
            }
            *seen.entry(word).or_insert(0) += 1;
        }
        requests += 1;
        if requests >= 300 {
            break;
        }
    }
    for word in [
        "needed",
        "idle",
        "changes",
        "matches nothing",
        "excludes nothing",
    ] {
        assert!(
            seen.get(word).is_some_and(|count| *count >= 20),
            "{word}: {seen:?}"
        );
    }
}
