//! One environment as a problem, and its answer.

use std::{
    error::Error,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use rattler_conda_types::{
    GenericVirtualPackage, MatchSpec, ParseMatchSpecOptions, RepoDataRecord, Subdir,
};
use rsp_lock_solve::{
    AbsoluteExcludeNewer, CancellationToken, Cause, ChannelRecords, Conflict, Limits, Line,
    Outcome, Problem, Records, Solver, solve,
};
use rsp_lock_spec::{Note, Origin, Requirement, VirtualPackageChange};
use rsp_lock_testkit::real::{CONDA_FORGE, Environment, Spec, Universe, environments};
use rsp_lock_verify::{Entry, Severity, Subject, text, verify};

/// The records and the environments of one subdir.
#[derive(Debug)]
pub struct Harness {
    /// The subdir.
    pub subdir: Subdir,
    universe: Universe,
    environments: Vec<Environment>,
}

impl Harness {
    /// Reads the data of a subdir under a directory that `real::shared_channels` found.
    pub fn read(shared_channels: &Path, subdir: Subdir) -> Result<Self, Box<dyn Error>> {
        let file = match subdir {
            Subdir::Linux64 => "environments.jsonl.zst",
            _ => "environments-other-platforms.jsonl.zst",
        };
        let mut environments = environments(&shared_channels.join(file))?;
        environments.retain(|e| e.platform == subdir.as_str() && e.is_eligible());
        Ok(Self {
            subdir,
            universe: Universe::conda_forge(shared_channels, subdir)?,
            environments,
        })
    }

    /// The eligible environments, or so many of them spread over all.
    pub fn cases(&self, limit: Option<usize>) -> Vec<Case<'_>> {
        let all = self.environments.len();
        let wanted = limit.unwrap_or(all).min(all);
        (0..wanted)
            .filter_map(|index| self.environments.get(index * all / wanted))
            .map(|environment| Case {
                harness: self,
                environment,
                machine: Machine::Generous,
            })
            .collect()
    }
}

/// What a platform is assumed to offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// What the lock states, or else a recent and well equipped machine.
    Generous,
    /// The baseline of the subdir, with what the project declares.
    Baseline,
}

/// One environment to be solved.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    harness: &'a Harness,
    /// The environment.
    pub environment: &'a Environment,
    /// For which machine.
    pub machine: Machine,
}

/// How long an answer took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// The solver.
    pub solve: Duration,
    /// The check of its answer.
    pub verify: Duration,
}

/// What a solver answered, verified.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Records that hold together and are what was asked for.
    Verified(Vec<Arc<RepoDataRecord>>),
    /// Records, and what is wrong with them.
    Wrong(Vec<Arc<RepoDataRecord>>, Vec<String>),
    /// There is no solution, and why.
    Unsolvable(String),
    /// No answer in time.
    TimedOut,
    /// The solver could not be asked.
    Failed(String),
}

impl Answer {
    /// The records of a right answer.
    pub fn records(&self) -> Option<&[Arc<RepoDataRecord>]> {
        match self {
            Self::Verified(records) => Some(records),
            _ => None,
        }
    }
}

impl<'a> Case<'a> {
    /// The same for another machine.
    #[must_use]
    pub fn on(self, machine: Machine) -> Self {
        Self { machine, ..self }
    }

    fn virtual_packages(&self) -> Vec<GenericVirtualPackage> {
        match self.machine {
            Machine::Generous => self.environment.virtual_packages(),
            Machine::Baseline => {
                let declared = self.environment.declared().into_iter();
                let changes: Vec<_> = declared.map(VirtualPackageChange::Set).collect();
                rsp_lock_spec::virtual_packages(self.harness.subdir, &changes)
            }
        }
    }

    /// The records of the real lock.
    pub fn locked(&self) -> Vec<&'a RepoDataRecord> {
        let files = &self.environment.packages;
        files
            .iter()
            .filter_map(|file| self.harness.universe.get(file))
            .collect()
    }

    /// Solves what was asked for, with more lines if wanted, and verifies the answer.
    pub fn solve(&self, solver: Solver, timeout: Duration, more: &[String]) -> (Answer, Times) {
        self.solve_specs(self.environment.specs_to_solve(), more, solver, timeout)
    }

    /// Solves what was asked for in this environment alone, whatever it was solved with.
    pub fn solve_alone(&self, solver: Solver, timeout: Duration) -> Answer {
        let (answer, _) = self.solve_specs(&self.environment.specs, &[], solver, timeout);
        answer
    }

    fn solve_specs(
        &self,
        specs: &[Spec],
        more: &[String],
        solver: Solver,
        timeout: Duration,
    ) -> (Answer, Times) {
        let requirements = match requirements(specs, more) {
            Ok(requirements) => requirements,
            Err(problem) => return (Answer::Failed(problem), Times::default()),
        };
        let problem = Problem {
            channels: vec![ChannelRecords {
                name: CONDA_FORGE.to_owned(),
                display: "conda-forge".to_owned(),
                records: Records::Loaded(self.harness.universe.records.iter().collect()),
            }],
            requirements,
            virtual_packages: self.virtual_packages(),
            exclude_newer: AbsoluteExcludeNewer {
                default: Some(self.environment.cutoff()),
                ..AbsoluteExcludeNewer::default()
            },
            ..Problem::default()
        };
        let limits = Limits {
            timeout: Some(timeout),
            cancel: CancellationToken::default(),
        };
        let start = Instant::now();
        let outcome = solve(&problem, solver, &limits);
        let mut times = Times {
            solve: start.elapsed(),
            verify: Duration::ZERO,
        };
        let answer = match outcome {
            Ok(Outcome::Solved(solution)) => {
                let start = Instant::now();
                let entries = solution
                    .records
                    .iter()
                    .map(|record| Entry::of(record))
                    .collect();
                let errors = self.errors(entries, &problem.requirements, &problem.virtual_packages);
                times.verify = start.elapsed();
                if errors.is_empty() {
                    Answer::Verified(solution.records)
                } else {
                    Answer::Wrong(solution.records, errors)
                }
            }
            Ok(Outcome::Unsolvable(conflict)) => Answer::Unsolvable(in_short(&conflict, &problem)),
            Ok(Outcome::TimedOut) => Answer::TimedOut,
            Ok(Outcome::Cancelled) => Answer::Failed("cancelled".to_owned()),
            Err(error) => Answer::Failed(error.to_string()),
        };
        (answer, times)
    }

    /// What is wrong with the real lock on the machine that is assumed.
    pub fn errors_of_lock(&self) -> Vec<String> {
        let entries = self.locked().into_iter().map(Entry::of).collect();
        self.errors(entries, &[], &self.virtual_packages())
    }

    fn errors(
        &self,
        entries: Vec<Entry<'_>>,
        requirements: &[Requirement],
        virtual_packages: &[GenericVirtualPackage],
    ) -> Vec<String> {
        verify(&Subject {
            requirements,
            virtual_packages,
            channels: CONDA_FORGE.parse().into_iter().collect(),
            ..Subject::new(entries, self.harness.subdir)
        })
        .iter()
        .filter(|finding| finding.severity() == Severity::Error)
        .map(text)
        .collect()
    }
}

fn requirements(specs: &[Spec], more: &[String]) -> Result<Vec<Requirement>, String> {
    specs
        .iter()
        .map(Spec::to_match_spec)
        .chain(more.iter().cloned())
        .map(|text| requirement(&text))
        .collect()
}

/// A line as a person would write it.
pub(crate) fn requirement(text: &str) -> Result<Requirement, String> {
    let spec = MatchSpec::from_str(text, ParseMatchSpecOptions::strict())
        .map_err(|error| format!("`{text}`: {error}"))?;
    Ok(Requirement {
        spec,
        text: text.to_owned(),
        origin: Origin::command_line(),
        note: Note::default(),
        group: None,
        platforms: Vec::new(),
        float: false,
        priority: 0,
        if_missing: false,
        expand: false,
    })
}

/// What cannot hold, in a line.
fn in_short(conflict: &Conflict, problem: &Problem<'_>) -> String {
    let lines = conflict.lines.iter().map(|line| match line {
        Line::Requirement(index) => problem
            .requirements
            .get(*index)
            .map_or_else(String::new, |requirement| requirement.text.clone()),
        other => format!("{other:?}"),
    });
    let causes = conflict.causes.iter().map(|cause| match cause {
        Cause::NoCandidate(none) => format!("nothing is `{}`", none.demand.spec),
        Cause::Clash { name, demands } => {
            let specs: Vec<String> = demands.iter().map(|d| format!("`{}`", d.spec)).collect();
            format!("{}: {}", name.as_normalized(), specs.join(" against "))
        }
        other => format!("{other:?}"),
    });
    format!(
        "{}: {}",
        lines.collect::<Vec<_>>().join(", "),
        causes.collect::<Vec<_>>().join("; ")
    )
}
