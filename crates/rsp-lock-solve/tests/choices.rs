//! Why an answer has nothing better: one universe a kind of reason, then thousands of random
//! ones, in which every reason is checked by other means.

#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

mod support;

use std::{collections::BTreeMap, time::Duration};

use rattler_conda_types::{GenericVirtualPackage, Matches, PackageRecord, RepoDataRecord};
use rsp_lock_solve::{
    Better, Choice, Exclusion, Limits, Line, Package, Problem, Reason, Solver, Stated, Workspace,
    explain_choices, index_of_records,
};
use rsp_lock_spec::{ChannelPriority, Strategy, parse_record_spec};
use rsp_lock_testkit::{
    oracle::{Dice, Tiny},
    universe::Universe,
};

use crate::support::{lines, problem, records, rule, tiny};

/// The choices of an answer, the same over records and over an index.
fn choices(problem: &Problem<'_>) -> Vec<Choice> {
    choices_of(problem, &records(problem, Solver::Native))
}

fn choices_of(problem: &Problem<'_>, answer: &[RepoDataRecord]) -> Vec<Choice> {
    let explain = |problem: &Problem<'_>| {
        let workspace = &mut Workspace::default();
        explain_choices(workspace, problem, answer, &Limits::default()).unwrap()
    };
    let choices = explain(problem);
    let index = index_of_records(problem).unwrap();
    assert_eq!(explain(&problem.over(&index)), choices);
    choices
}

/// The refusals of a name, each as its version, its build and its reasons.
fn refusals(problem: &Problem<'_>, name: &str) -> Vec<(String, Vec<Reason>)> {
    let choices = choices(problem);
    let found = choices
        .into_iter()
        .find(|choice| choice.chosen.name.as_normalized() == name);
    let better = found.map_or_else(Vec::new, |choice| choice.better);
    better
        .into_iter()
        .map(|better| {
            let Package { version, build, .. } = better.package;
            (format!("{version} {build}"), better.reasons)
        })
        .collect()
}

fn package(text: &str) -> Package {
    let mut words = text.split(' ');
    Package {
        name: words.next().unwrap().parse().unwrap(),
        version: words.next().unwrap().to_owned(),
        build: words.next().unwrap_or("0").to_owned(),
    }
}

fn stated(spec: &str) -> Stated {
    Stated {
        spec: spec.to_owned(),
        only_if_present: false,
        rule: None,
    }
}

#[test]
fn the_best_needs_no_excuse() {
    let universe = Universe::of("a 1 0\na 2 0 : b\na 2 1 : c\nb 1 0");
    assert_eq!(choices(&problem(&universe, &["a"])), []);
}

#[test]
fn a_line_of_the_request_refuses() {
    let universe = Universe::of("a 1 0 : b\na 2 0 : b\nb 1 0\nb 2 0");
    let mut wanted = problem(&universe, &["a", "a <2"]);
    wanted.constraints = lines(&["c", "b <2"]);
    let line = |line| vec![("2 0".to_owned(), vec![Reason::Line(line)])];
    assert_eq!(refusals(&wanted, "a"), line(Line::Requirement(1)));
    assert_eq!(refusals(&wanted, "b"), line(Line::Constraint(1)));
    let gone = Universe::of("b 3 0");
    wanted.constraints.clear();
    wanted.pinned = vec![universe.record("b 1")];
    assert_eq!(refusals(&wanted, "b"), line(Line::Pinned(0)));
    // A pin that the answer does not have, as with a base that moved, is none; the others
    // are still told by their place among all.
    let answer = records(&wanted, Solver::Native);
    wanted.pinned.insert(0, gone.record("b 3"));
    let choices = choices_of(&wanted, &answer);
    assert_eq!(choices.len(), 2);
    assert_eq!(
        choices[1].better[0].reasons,
        [Reason::Line(Line::Pinned(1))]
    );
}

#[test]
fn a_record_of_the_answer_refuses() {
    let universe = Universe::of(
        "a 1 0 : b\nb 1 0\nb 2 0\nb 3 0\nc 1 0 : b <2 ; constrains b <3\nB-user 1 0 : b <=2",
    );
    let by = |by: &str, spec: &str, only_if_present| Reason::Stated {
        by: package(by),
        demand: Stated {
            only_if_present,
            ..stated(spec)
        },
    };
    let wanted = problem(&universe, &["a", "c", "b-user"]);
    assert_eq!(
        refusals(&wanted, "b"),
        [(
            "3 0".to_owned(),
            vec![
                by("b-user 1", "b <=2", false),
                by("c 1", "b <2", false),
                by("c 1", "b <3", true)
            ]
        )]
    );
}

#[test]
fn an_override_is_told_as_what_it_makes_of_a_record() {
    let universe = Universe::of("a 1 0 : b\nb 1 0\nb 2 0");
    let mut wanted = problem(&universe, &["a"]);
    wanted.overrides = vec![rule("b <2")];
    let demand = Stated {
        rule: Some(Line::Override(0)),
        ..stated("b <2")
    };
    let by = package("a 1");
    assert_eq!(
        refusals(&wanted, "b"),
        [("2 0".to_owned(), vec![Reason::Stated { by, demand }])]
    );
}

#[test]
fn the_better_one_needs_something_else() {
    let universe = Universe::of(
        "a 1 0 : b\na 2 0 : b <2\na 3 0 : nowhere\na 4 0 : __glibc >=2.28\n\
         a 5 0 : c >1\nb 2 0\nb 1 0\nc 1 0\nc 2 0 ; ts 2022-01-01",
    );
    let mut wanted = problem(&universe, &["b >1", "a"]);
    let reasons = |wanted: &Problem<'_>| refusals(wanted, "a").pop().unwrap().1;
    wanted.excluded = ["a 5", "a 4", "a 3"]
        .map(|text| (universe.record(text).url.clone(), "not now".into()))
        .into();
    let needs = Reason::Needs {
        demand: stated("b <2"),
        there: package("b 2"),
    };
    assert_eq!(reasons(&wanted), [needs]);
    wanted.excluded.remove(&universe.record("a 3").url);
    let missing = |spec: &str| {
        [Reason::NotOffered {
            demand: stated(spec),
        }]
    };
    assert_eq!(reasons(&wanted), missing("nowhere"));
    wanted.excluded.remove(&universe.record("a 4").url);
    assert_eq!(reasons(&wanted), missing("__glibc >=2.28"));
    wanted.virtual_packages = vec![GenericVirtualPackage {
        name: "__glibc".parse().unwrap(),
        version: "2.17".parse().unwrap(),
        build_string: "0".parse().unwrap(),
    }];
    assert_eq!(reasons(&wanted), missing("__glibc >=2.28"));
    wanted.excluded = [(universe.record("c 2").url.clone(), "not now".into())].into();
    assert_eq!(
        reasons(&wanted),
        missing("c >1"),
        "a rule hides what would do"
    );
}

#[test]
fn conditions_count_where_they_hold() {
    let universe = Universe::of(
        "python 3.10 0\npython 3.12 0\n\
         a 1 0 : python, b\na 2 0 : python, b <2[when=\"python <3.11\"]\nb 2 0",
    );
    let needs = Reason::Needs {
        demand: stated("b <2[when=\"python <3.11\"]"),
        there: package("b 2"),
    };
    let old = problem(&universe, &["python 3.10.*", "b", "a"]);
    assert_eq!(refusals(&old, "a"), [("2 0".to_owned(), vec![needs])]);
    // Where it does not hold, only the line is left.
    let new = problem(&universe, &["python", "b", "a <2"]);
    let line = Reason::Line(Line::Requirement(2));
    assert_eq!(refusals(&new, "a"), [("2 0".to_owned(), vec![line])]);
}

#[test]
fn of_several_builds_the_one_is_told_that_least_speaks_against() {
    let universe = Universe::of(
        "python 3.12 0\npython 3.13 0\na 1 0 : python <3.13, b\n\
         b 1 py312_0 : python 3.12.*\nb 2 py312_0 : python 3.12.*\nb 2 py313_1 : python 3.13.*\n\
         c 1 0 : b <2",
    );
    let wanted = problem(&universe, &["a", "c"]);
    let by = package("c 1");
    let reason = Reason::Stated {
        by,
        demand: stated("b <2"),
    };
    assert_eq!(
        refusals(&wanted, "b"),
        [("2 py312_0".to_owned(), vec![reason])]
    );
}

#[test]
fn what_a_rule_hides_is_told_beside_the_best_that_it_lets_through() {
    let universe = Universe::of(
        "a 1 0 ; ts 2021-01-01\na 2 0 : nowhere ; ts 2021-01-02\na 3 0 ; ts 2022-01-01",
    );
    let mut wanted = problem(&universe, &["a"]);
    let cutoff = "2021-06-01T00:00:00Z".parse().unwrap();
    wanted.exclude_newer.default = Some(cutoff);
    let hidden = |reason| ("3 0".to_owned(), vec![Reason::Excluded(reason)]);
    let missing = Reason::NotOffered {
        demand: stated("nowhere"),
    };
    assert_eq!(
        refusals(&wanted, "a"),
        [
            hidden(Exclusion::TooNew { cutoff }),
            ("2 0".to_owned(), vec![missing])
        ]
    );
    wanted.exclude_newer.default = None;
    let excluded = [("a 3", "withdrawn"), ("a 2", "not now")];
    let excluded = excluded.map(|(text, why)| (universe.record(text).url.clone(), why.into()));
    wanted.excluded = excluded.into();
    let reason = "withdrawn".into();
    assert_eq!(
        refusals(&wanted, "a"),
        [hidden(Exclusion::Caller { reason })]
    );
}

#[test]
fn channels_refuse_by_their_order() {
    let universe = Universe::of("channel one\na 1 0\na 2 0 : nowhere\nchannel two\na 3 0");
    let first = universe.channels[0].url.clone();
    let mut wanted = problem(&universe, &["a"]);
    let missing = Reason::NotOffered {
        demand: stated("nowhere"),
    };
    let second = ("2 0".to_owned(), vec![missing]);
    wanted.channel_priority = ChannelPriority::Strict;
    let reason = Reason::Excluded(Exclusion::ChannelPriority {
        channel: first.clone(),
    });
    let third = ("3 0".to_owned(), vec![reason]);
    assert_eq!(refusals(&wanted, "a"), [third, second.clone()]);
    wanted.channel_priority = ChannelPriority::Flexible;
    let third = ("3 0".to_owned(), vec![Reason::LaterChannel { first }]);
    assert_eq!(refusals(&wanted, "a"), [third, second]);
    wanted.channel_priority = ChannelPriority::Disabled;
    assert_eq!(refusals(&wanted, "a"), []);
}

#[test]
fn features_rank_behind() {
    let universe = Universe::of("a 1 0\na 2 0 ; track x");
    assert_eq!(
        refusals(&problem(&universe, &["a"]), "a"),
        [("2 0".to_owned(), vec![Reason::TracksFeatures])]
    );
}

#[test]
fn what_is_locked_is_better_than_all_else() {
    let universe = Universe::of("a 1 0 : b\nb 1 0\nb 2 0\nb 3 0");
    let mut wanted = problem(&universe, &["a"]);
    wanted.locked = vec![universe.record("b 2")];
    assert_eq!(
        refusals(&wanted, "b"),
        [("3 0".to_owned(), vec![Reason::Locked])]
    );
    wanted.requirements = lines(&["a", "b <2"]);
    let choice = choices(&wanted).pop().unwrap();
    let line = vec![Reason::Line(Line::Requirement(1))];
    let better = |text: &str, is_locked| Better {
        package: package(text),
        is_locked,
        reasons: line.clone(),
    };
    assert_eq!(choice.better, [better("b 2", true), better("b 3", false)]);
}

#[test]
fn the_oldest_is_best_where_that_is_asked_for() {
    let universe = Universe::of("a 1 0 : nowhere\na 2 0 : b\na 3 0\nb 1 0\nb 2 0");
    let mut wanted = problem(&universe, &["a"]);
    wanted.strategy = Strategy::Lowest;
    let missing = Reason::NotOffered {
        demand: stated("nowhere"),
    };
    let first = [("1 0".to_owned(), vec![missing])];
    assert_eq!(refusals(&wanted, "a"), first);
    assert_eq!(refusals(&wanted, "b"), []);
    wanted.strategy = Strategy::LowestDirect;
    assert_eq!(refusals(&wanted, "a"), first);
    assert_eq!(refusals(&wanted, "b"), []);
}

#[test]
fn what_only_the_engine_sees_is_told_by_the_records_that_it_names() {
    // Nothing of the answer speaks of a 2, and a 2 speaks of nothing that is there.
    let universe = Universe::of("a 1 0\na 2 0 : helper\nhelper 1 0 : b <2\nb 1 0\nb 2 0\nc 1 0");
    let wanted = problem(&universe, &["b >1", "a", "c"]);
    let with = vec![package("b 2")];
    assert_eq!(
        refusals(&wanted, "a"),
        [("2 0".to_owned(), vec![Reason::Together { with }])]
    );
    // Where the request itself rules it out, no record is named.
    let wanted = Problem {
        constraints: lines(&["helper <1"]),
        ..problem(&universe, &["a", "c"])
    };
    let with = Vec::new();
    assert_eq!(
        refusals(&wanted, "a"),
        [("2 0".to_owned(), vec![Reason::Together { with }])]
    );
}

#[test]
fn what_would_come_in_is_named() {
    let universe =
        Universe::of("a 1 0\na 2 0 : b, c\nb 1 0 : d <2\nb 2 0 : nowhere\nc 1 0 : b\nd 1 0\nd 2 0");
    let answer = [universe.record("a 1").clone()];
    let choices = choices_of(&problem(&universe, &["a"]), &answer);
    let packages = ["b 1", "c 1", "d 1"].map(package).into();
    assert_eq!(
        choices[0].better[0].reasons,
        [Reason::BringsIn { packages }]
    );
}

#[test]
fn another_solver_may_leave_what_fits() {
    let universe = Universe::of("a 1 0\na 2 0");
    let answer = [universe.record("a 1").clone()];
    let choices = choices_of(&problem(&universe, &["a"]), &answer);
    assert_eq!(choices[0].better[0].reasons, [Reason::Fits]);
}

#[test]
fn what_time_does_not_allow_is_unknown() {
    let universe = Universe::of("a 1 0 : b\nb 1 0\nb 2 0");
    let mut wanted = problem(&universe, &["a", "b <2"]);
    let answer = records(&wanted, Solver::Native);
    wanted.requirements = lines(&["a"]);
    let ask = |limits: &Limits| {
        let workspace = &mut Workspace::default();
        let mut choices = explain_choices(workspace, &wanted, &answer, limits).unwrap();
        choices.remove(0).better.remove(0).reasons
    };
    let timeout = Some(Duration::ZERO);
    let limits = Limits {
        timeout,
        ..Limits::default()
    };
    assert_eq!(ask(&limits), [Reason::Unknown]);
    let limits = Limits::default();
    assert_eq!(ask(&limits), [Reason::Fits]);
    limits.cancel.cancel();
    assert_eq!(ask(&limits), [Reason::Unknown]);
}

/// Random questions, some with a cutoff, some with locked records.
#[test]
fn reasons_hold_and_nothing_better_goes_without_one() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..4000 {
        let question = Tiny::random(seed);
        let mut dice = Dice(seed ^ 0x5eed);
        let mut problem = tiny(&question);
        let cutoff = "2021-06-01T00:00:00Z".parse().unwrap();
        if dice.below(3) == 0 {
            problem.exclude_newer.default = Some(cutoff);
        }
        let locked: Vec<&RepoDataRecord> = question.records.iter().collect();
        if dice.below(3) == 0 {
            problem.locked = locked.into_iter().filter(|_| dice.below(4) == 0).collect();
            let mut names: Vec<&str> = Vec::new();
            problem.locked.retain(|record| {
                let name = record.package_record.name.as_normalized();
                !names.contains(&name) && {
                    names.push(name);
                    true
                }
            });
        }
        let Ok(rsp_lock_solve::Outcome::Solved(solution)) = support::ask(&problem, Solver::Native)
        else {
            continue;
        };
        let answer = support::owned(solution);
        let what = format!("seed {seed}\n{}", question.text);
        let choices = choices_of(&problem, &answer);
        for record in &answer {
            let package = &record.package_record;
            let same = question
                .records
                .iter()
                .filter(|r| r.package_record.name == package.name);
            let newest =
                same.max_by(|a, b| a.package_record.version.cmp(&b.package_record.version));
            let choice = choices
                .iter()
                .find(|choice| choice.chosen.name == package.name);
            let is_newest = newest.unwrap().package_record.version == package.version;
            assert!(
                choice.is_some() || is_newest,
                "{}, {what}",
                package.name.as_normalized()
            );
        }
        for choice in &choices {
            assert!(!choice.better.is_empty(), "{what}");
            for better in &choice.better {
                assert!(!better.reasons.is_empty(), "{what}");
                for reason in &better.reasons {
                    let world = World {
                        question: &question,
                        problem: &problem,
                        answer: &answer,
                        choice,
                        better: named(&question, &better.package),
                        is_locked: better.is_locked,
                    };
                    let kind = world.check(reason);
                    *seen
                        .entry(kind.unwrap_or_else(|| panic!("{choice:#?} {what}")))
                        .or_default() += 1;
                }
            }
        }
    }
    let kinds: Vec<&str> = seen.keys().copied().collect();
    assert_eq!(
        kinds,
        [
            "brings-in",
            "excluded",
            "features",
            "line",
            "locked",
            "needs",
            "not-offered",
            "stated",
            "together"
        ],
        "{seen:?}"
    );
}

fn named<'q>(question: &'q Tiny, package: &Package) -> &'q RepoDataRecord {
    let is_it = |record: &&RepoDataRecord| {
        let known = &record.package_record;
        known.name == package.name
            && known.version.to_string() == package.version
            && known.build == package.build
    };
    question.records.iter().find(is_it).unwrap()
}

/// A reason and all that is needed to doubt it.
struct World<'w> {
    question: &'w Tiny,
    problem: &'w Problem<'w>,
    answer: &'w [RepoDataRecord],
    choice: &'w Choice,
    better: &'w RepoDataRecord,
    is_locked: bool,
}

impl World<'_> {
    /// The kind of the reason if it holds.
    fn check(&self, reason: &Reason) -> Option<&'static str> {
        let better = &self.better.package_record;
        let matches = |spec: &str, record: &PackageRecord| {
            let spec = parse_record_spec(spec).unwrap();
            spec.name.as_exact() == Some(&record.name) && spec.matches(record)
        };
        let is_on = |spec: &str, record: &PackageRecord| {
            rsp_lock_spec::dependency_name(spec) == record.name.as_normalized()
        };
        let states = |record: &PackageRecord, demand: &Stated| {
            let list = if demand.only_if_present {
                &record.constrains
            } else {
                &record.depends
            };
            list.contains(&demand.spec)
        };
        let of_answer = |package: &Package| {
            let mut records = self.answer.iter();
            let found = records.find(|record| record.package_record.name == package.name);
            found.filter(|found| found.url == named(self.question, package).url)
        };
        let (kind, holds) = match reason {
            Reason::Line(line) => {
                let text = match line {
                    Line::Requirement(at) => &self.question.requirements[*at],
                    Line::Constraint(at) => &self.question.constraints[*at],
                    _ => return None,
                };
                ("line", is_on(text, better) && !matches(text, better))
            }
            Reason::Stated { by, demand } => {
                let by = &of_answer(by)?.package_record;
                let spec = &demand.spec;
                let holds = states(by, demand) && is_on(spec, better) && !matches(spec, better);
                ("stated", holds)
            }
            Reason::Needs { demand, there } => {
                let there = &of_answer(there)?.package_record;
                let spec = &demand.spec;
                let holds = states(better, demand) && is_on(spec, there) && !matches(spec, there);
                ("needs", holds)
            }
            Reason::NotOffered { demand } => {
                let mut all = self.visible();
                let is_offered = all.any(|record| matches(&demand.spec, &record.package_record));
                ("not-offered", states(better, demand) && !is_offered)
            }
            Reason::Excluded(_) => {
                let mut all = self.visible();
                ("excluded", !all.any(|record| record.url == self.better.url))
            }
            Reason::Locked => {
                let chosen = named(self.question, &self.choice.chosen);
                (
                    "locked",
                    self.problem
                        .locked
                        .iter()
                        .any(|record| record.url == chosen.url),
                )
            }
            Reason::TracksFeatures => {
                let chosen = &named(self.question, &self.choice.chosen).package_record;
                let features = |record: &PackageRecord| record.track_features.is_empty();
                ("features", features(chosen) && !features(better))
            }
            Reason::Together { with } => {
                let names: Vec<&str> = with.iter().map(|one| one.name.as_normalized()).collect();
                let all = with.iter().all(|package| of_answer(package).is_some());
                (
                    "together",
                    all && !self.can_be_had(&|name| names.contains(&name), true),
                )
            }
            Reason::BringsIn { packages } => {
                let is_new = |package: &Package| of_answer(package).is_none();
                let holds = packages.iter().all(is_new)
                    && self.can_be_had(&|_| true, true)
                    && !self.can_be_had(&|_| true, false);
                ("brings-in", holds && !packages.is_empty())
            }
            _ => return None,
        };
        let is_direct = !matches!(
            reason,
            Reason::Together { .. } | Reason::BringsIn { .. } | Reason::Locked
        );
        let is_rule = matches!(reason, Reason::Excluded(_) | Reason::TracksFeatures);
        (holds && (!is_direct || is_rule || !self.fits_in())).then_some(kind)
    }

    /// The records that the cutoff lets through.
    fn visible(&self) -> impl Iterator<Item = &RepoDataRecord> {
        let cutoff = self.problem.exclude_newer.default;
        self.question.records.iter().filter(move |record| {
            cutoff.is_none_or(|cutoff| {
                let published = record.package_record.timestamp;
                published.is_some_and(|published| published.jiff_timestamp() <= cutoff)
            })
        })
    }

    /// Whether the answer is still right with the better record in the place of the chosen one.
    fn fits_in(&self) -> bool {
        let name = &self.better.package_record.name;
        let others = self
            .answer
            .iter()
            .filter(|record| record.package_record.name != *name);
        let all: Vec<&RepoDataRecord> = others.chain([self.better]).collect();
        self.question.faults(&all).is_empty()
    }

    /// Whether any build of the better version can be had, by brute force, if those names stay
    /// as they are in the answer, and only names of the answer are there or others as well.
    fn can_be_had(&self, stays: &dyn Fn(&str) -> bool, others: bool) -> bool {
        let better = &self.better.package_record;
        let mut part = self.question.clone();
        let features = |record: &PackageRecord| record.track_features.is_empty();
        let kept = |record: &&RepoDataRecord| {
            let package = &record.package_record;
            let name = package.name.as_normalized();
            let chosen = self
                .answer
                .iter()
                .find(|chosen| chosen.package_record.name == package.name);
            if package.name == better.name {
                let is_version = package.version == better.version;
                let is_it = is_version && features(package) == features(better);
                // A locked record is no other build of its version.
                is_it && (!self.is_locked || record.url == self.better.url)
            } else if stays(name) && chosen.is_some() {
                chosen.is_some_and(|chosen| chosen.url == record.url)
            } else {
                others || chosen.is_some()
            }
        };
        part.records = self.visible().filter(kept).cloned().collect();
        part.requirements
            .push(better.name.as_normalized().to_owned());
        let staying = self
            .answer
            .iter()
            .map(|record| record.package_record.name.as_normalized());
        part.requirements
            .extend(staying.filter(|name| stays(name)).map(str::to_owned));
        part.is_satisfiable()
    }
}
