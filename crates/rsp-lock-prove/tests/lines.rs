//! Verdicts about lines against what plain solving of the request without them shows.

#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use rattler_conda_types::{Matches, RepoDataRecord};
use rsp_lock_prove::{Prepared, Verdict, lines_to_prove, prove_line};
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

    fn solved(&self) -> Option<Vec<RepoDataRecord>> {
        match solve(&self.problem(), Solver::Native, &Limits::default()).unwrap() {
            Outcome::Solved(solution) => Some(solution.records),
            Outcome::Unsolvable(_) => None,
            other => panic!("{other:?}"),
        }
    }

    /// The verdict in one word, by plain solving.
    fn expected(&self, line: Line, with: &[RepoDataRecord]) -> &'static str {
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
                let name = text.split([' ', '=']).next().unwrap().to_owned();
                let mut texts = records.iter().flat_map(|record| {
                    let package = &record.package_record;
                    package.depends.iter().chain(&package.constrains)
                });
                let is_used = texts.any(|text| dependency_name(text) == name);
                (!is_used).then_some("matches nothing")
            }
            other => panic!("{other:?}"),
        };
        verdict.unwrap_or_else(|| match other.solved() {
            None => "needed",
            Some(free) if free == with => "idle",
            Some(_) => "changes",
        })
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
    let overrides = vec![spec(true), spec(true)];
    Request {
        tiny,
        requirements,
        constraints,
        overrides,
    }
}

#[test]
fn verdicts_are_what_plain_solving_shows() {
    let mut seen = std::collections::BTreeMap::new();
    let mut requests = 0;
    for seed in 0.. {
        let request = request(seed);
        let Some(with) = request.solved() else {
            continue;
        };
        let problem = request.problem();
        let prepared = Prepared::new(&problem, Solver::Native, Limits::default());
        for line in lines_to_prove(&problem) {
            let verdict = prove_line(&prepared, &problem, &with, line);
            let word = match verdict.unwrap() {
                Verdict::Needed(_) => "needed",
                Verdict::Idle => "idle",
                Verdict::Changes(_) => "changes",
                Verdict::MatchesNothing => "matches nothing",
                Verdict::ExcludesNothing => "excludes nothing",
                Verdict::Unknown => "unknown",
            };
            let expected = request.expected(line, &with);
            assert_eq!(
                word, expected,
                "seed {seed}, {line:?}\n{}",
                request.tiny.text
            );
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
