//! The two ways to an environment of its own for the user interface.

use std::sync::Arc;

use rattler_conda_types::RepoDataRecord;
use rsp_lock::{
    Error, LockRun, PlatformOutcome,
    file::native::{LockedEnvironment, LockedPackage, LockedPlatform, NativeLock},
    solver::Line,
};
use rsp_lock_spec::{Note, PlatformRequest, Request, Requirement, SpecError, parse_spec};

use crate::sizes::Sizes;

/// A way to a second environment.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What was asked for in the end.
    pub request: Request,
    /// What came of it; unsolvable if there is no way at all.
    pub run: LockRun,
    /// Lines of the request that had to be left out, in the order they were given up.
    pub left_out: Vec<Requirement>,
    /// What it adds to an image beside the stack; `None` if there is no solution.
    pub sizes: Option<Sizes>,
}

impl Plan {
    fn new(stack: &[RepoDataRecord], request: Request, run: LockRun) -> Self {
        let sizes = records(&run).map(|records| Sizes::of(stack, records));
        Self {
            request,
            run,
            left_out: Vec::new(),
            sizes,
        }
    }

    /// The packages; `None` if there is no solution.
    pub fn records(&self) -> Option<&[Arc<RepoDataRecord>]> {
        records(&self.run)
    }
}

fn records(run: &LockRun) -> Option<&[Arc<RepoDataRecord>]> {
    run.platforms
        .first()?
        .answer()
        .map(|answer| answer.records.as_slice())
}

/// A clone of the stack, with every package of it as it is, plus what of the request can
/// be added to it.
///
/// Where the whole request cannot be added, the lines of it that stand in a conflict are
/// given up one at a time, the last one first, until the rest can. `platform` is the
/// stack's; `solve` solves a request of that one platform.
pub async fn clone_plan(
    stack: &[RepoDataRecord],
    stack_name: &str,
    asked: &Request,
    solve: impl AsyncFn(&Request, Option<NativeLock>) -> Result<LockRun, Error>,
) -> Result<Plan, PlanError> {
    let mut request = asked.clone();
    let mut left_out = Vec::new();
    let frozen = frozen(stack, stack_name)?;
    loop {
        let mut whole = request.clone();
        whole.requirements.extend(frozen.iter().cloned());
        let run = solve(&whole, None).await?;
        let given_up = given_up(&run, &request);
        match given_up {
            Some(index) if request.requirements.len() > 1 => {
                left_out.push(request.requirements.remove(index));
            }
            _ => {
                return Ok(Plan {
                    left_out,
                    ..Plan::new(stack, whole, run)
                });
            }
        }
    }
}

/// An environment with nothing but what the request needs.
///
/// `align` prefers the builds of the stack for packages that both have, so that the files
/// of more packages can be hard links.
pub async fn fresh_plan(
    stack: &[RepoDataRecord],
    asked: &Request,
    align: bool,
    solve: impl AsyncFn(&Request, Option<NativeLock>) -> Result<LockRun, Error>,
) -> Result<Plan, PlanError> {
    let preferred = asked
        .platforms
        .first()
        .filter(|_| align)
        .map(|platform| preferring(stack, asked, platform));
    let run = solve(asked, preferred).await?;
    Ok(Plan::new(stack, asked.clone(), run))
}

/// Why a plan could not be made. That there is no solution is no error.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A solve could not be carried out.
    #[error(transparent)]
    Lock(#[from] Error),
    /// A locked package cannot be asked for.
    #[error(transparent)]
    Spec(#[from] SpecError),
}

/// Every package of the stack, exactly as it is.
fn frozen(stack: &[RepoDataRecord], stack_name: &str) -> Result<Vec<Requirement>, SpecError> {
    let mut origin = rsp_lock_spec::Origin::command_line();
    origin.source = stack_name.into();
    stack
        .iter()
        .map(|record| {
            let record = &record.package_record;
            let text = format!(
                "{} =={} {}",
                record.name.as_normalized(),
                record.version,
                record.build
            );
            Ok(Requirement {
                note: Note {
                    reason: Some("the stack as it is".to_owned()),
                    ..Note::default()
                },
                ..parse_spec(&text, &origin)?
            })
        })
        .collect()
}

/// The line of the request to give up: of those in the conflict, the last one. `None` if
/// there is a solution, or no line of the request is in the way.
fn given_up(run: &LockRun, request: &Request) -> Option<usize> {
    let platform = run.platforms.first()?;
    let PlatformOutcome::Unsolvable { conflict, .. } = &platform.outcome else {
        return None;
    };
    conflict
        .lines
        .iter()
        .filter_map(|line| match line {
            Line::Requirement(index) => platform.requirements.get(*index),
            _ => None,
        })
        .filter_map(|line| {
            let same = |other: &Requirement| other.text == line.text && other.origin == line.origin;
            request.requirements.iter().position(same)
        })
        .max()
}

/// A lock that says nothing but which records are preferred.
fn preferring(
    stack: &[RepoDataRecord],
    request: &Request,
    platform: &PlatformRequest,
) -> NativeLock {
    let packages = stack.iter().map(|record| LockedPackage {
        record: record.clone(),
        requested: Vec::new(),
        required_by: Vec::new(),
    });
    NativeLock {
        environments: vec![LockedEnvironment {
            name: request
                .environment
                .clone()
                .unwrap_or_else(|| "environment".to_owned()),
            platforms: vec![LockedPlatform {
                name: platform.name.clone(),
                subdir: platform.subdir,
                virtual_packages: platform.virtual_packages(),
                explicit_digest: None,
                channels: Vec::new(),
                applied_overrides: Vec::new(),
                packages: packages.collect(),
            }],
            ..LockedEnvironment::default()
        }],
        ..NativeLock::default()
    }
}
