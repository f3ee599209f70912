//! Why an answer does not have better versions.

use std::{sync::Arc, time::Duration};

use rattler_conda_types::RepoDataRecord;
use rsp_lock_solve::{Choice, Limits, Problem, SolveError, Workspace, explain_choices};

use crate::float::Floated;

/// What would be better than the records of an answer, and why it was refused. `spent` of the
/// time limit is gone already.
pub(crate) fn choices(
    records: &[Arc<RepoDataRecord>],
    problem: &Problem<'_>,
    floated: Option<&Floated>,
    limits: &Limits,
    spent: Duration,
) -> Result<Vec<Choice>, SolveError> {
    let mut problem = problem.clone();
    if let Some(floated) = floated.filter(|floated| floated.free) {
        // What floats was locked anew, so what the lock had of it is no better than the rest.
        let floats = |name: &str| floated.names.iter().any(|known| known == name);
        let name = |record: &RepoDataRecord| record.package_record.name.as_normalized().to_owned();
        problem.locked.retain(|record| !floats(&name(record)));
    }
    let limits = Limits {
        timeout: limits.timeout.map(|limit| limit.saturating_sub(spent)),
        ..limits.clone()
    };
    explain_choices(&mut Workspace::default(), &problem, records, &limits)
}
