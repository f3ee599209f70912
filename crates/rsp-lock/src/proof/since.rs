//! Since when lines are not needed, and which can go together.

use std::{collections::BTreeSet, sync::Arc};

use rattler_conda_types::{MatchSpec, Matches, RepoDataRecord};
use rsp_lock_prove::{Ask, Since, since, without};
use rsp_lock_solve::{Line, Outcome, Problem, SolveError};
use rsp_lock_spec::parse_spec_text;

use super::{LineProof, LineVerdict, facts::group};

/// How many days of the index are looked back at for one line.
const MOST_DAYS: usize = 120;

/// Since when the solution is the same with and without a line.
pub(super) fn same_since(
    ask: &Ask<'_>,
    problem: &Problem<'_>,
    line: Line,
    solution: &[Arc<RepoDataRecord>],
) -> Result<Option<Since>, SolveError> {
    let met = |then: &Problem<'_>, free: &[Arc<RepoDataRecord>]| -> Result<bool, SolveError> {
        let with = ask(then)?;
        Ok(matches!(with, Outcome::Solved(with) if with.records == free))
    };
    since(ask, problem, &[line], &names(&[solution]), MOST_DAYS, &met)
}

/// Since when the solution without some lines has what they were meant until.
pub(super) fn met_since(
    ask: &Ask<'_>,
    problem: &Problem<'_>,
    lines: &[Line],
    until: &MatchSpec,
    solution: &[Arc<RepoDataRecord>],
) -> Result<Option<Since>, SolveError> {
    let Outcome::Solved(free) = ask(&without(problem, lines))? else {
        return Ok(None);
    };
    if !holds(until, &free.records) {
        return Ok(None);
    }
    let met = |_: &Problem<'_>, free: &[Arc<RepoDataRecord>]| -> Result<bool, SolveError> {
        Ok(holds(until, free))
    };
    let names = names(&[solution, &free.records]);
    since(ask, problem, lines, &names, MOST_DAYS, &met)
}

fn names<'r>(sets: &[&'r [Arc<RepoDataRecord>]]) -> Vec<&'r str> {
    let records = sets.iter().flat_map(|records| records.iter());
    let names: BTreeSet<&str> = records
        .map(|record| record.package_record.name.as_normalized())
        .collect();
    names.into_iter().collect()
}

/// A condition that is a spec; one in words means nothing to a solver.
pub(super) fn condition(text: &str) -> Option<MatchSpec> {
    parse_spec_text(text).ok().map(|parsed| parsed.spec)
}

fn holds(spec: &MatchSpec, records: &[Arc<RepoDataRecord>]) -> bool {
    records.iter().any(|record| spec.matches(&**record))
}

/// Finds the lines that can go together: one decision after the other is taken back for
/// good if what it was held to do alone still holds with all those before it gone.
pub(super) fn together(
    ask: &Ask<'_>,
    problem: &Problem<'_>,
    lines: &[Line],
    solution: &[Arc<RepoDataRecord>],
    proofs: &mut [LineProof],
) -> Result<(), SolveError> {
    let mut gone: Vec<Line> = Vec::new();
    let mut held = solution.to_vec();
    for at in (0..lines.len()).rev() {
        let (Some(line), Some(proof)) = (lines.get(at), proofs.get(at)) else {
            continue;
        };
        let is_idle = matches!(
            proof.verdict,
            LineVerdict::Idle | LineVerdict::MatchesNothing | LineVerdict::ExcludesNothing
        );
        let is_met = !is_idle && proof.since.is_some();
        // What says which version is wanted is a choice, not something to be got rid of.
        let is_possible =
            !matches!(line, Line::Requirement(_)) || proof.line.text.contains(['<', '!']);
        if !(is_idle || is_met) || !is_possible || gone.contains(line) {
            continue;
        }
        let decision = if is_met {
            group(problem, *line)
        } else {
            vec![*line]
        };
        let mut more = gone.clone();
        more.extend(&decision);
        if let Outcome::Solved(free) = ask(&without(problem, &more))?
            && (is_met || free.records == held)
        {
            gone = more;
            held = free.records;
        }
    }
    for (line, proof) in lines.iter().zip(proofs) {
        proof.can_go = gone.contains(line);
    }
    Ok(())
}
