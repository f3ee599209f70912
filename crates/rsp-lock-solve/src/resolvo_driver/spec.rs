//! Specs in resolvo's terms. `pose` has seen to it that every name is exact and
//! that no condition has one of its own.

use rattler_conda_types::{MatchSpec, MatchSpecCondition, NamelessMatchSpec, PackageName};
use rattler_solve::resolvo::{CondaDependencyProvider, NameType, extra_version_set};
use resolvo::{Condition, ConditionId, LogicalOperator, VersionSetId};
use rsp_lock_spec::exact_name;

/// Any record of a name.
pub(super) fn any_version(
    provider: &CondaDependencyProvider<'_>,
    name: &PackageName,
) -> VersionSetId {
    let name = provider.pool.intern_package_name(NameType::from(name));
    provider
        .pool
        .intern_version_set(name, NamelessMatchSpec::default().into())
}

/// What a spec asks for: its extras, then the record itself.
pub(super) fn version_sets(
    provider: &CondaDependencyProvider<'_>,
    spec: &MatchSpec,
) -> Vec<VersionSetId> {
    let pool = &provider.pool;
    let name = exact_name(spec).clone();
    let extras = spec.extras.iter().flatten();
    let mut sets: Vec<VersionSetId> = extras
        .map(|extra| extra_version_set(pool, name.clone(), extra.clone()))
        .collect();
    let id = pool.intern_package_name(NameType::from(&name));
    // A condition says when, not which record.
    let bare = MatchSpec {
        condition: None,
        ..spec.clone()
    };
    let (_, nameless) = bare.into_nameless();
    sets.push(pool.intern_version_set(id, nameless.into()));
    sets
}

/// A condition; a spec with extras holds if record and extras are there.
pub(super) fn condition(
    provider: &CondaDependencyProvider<'_>,
    condition: &MatchSpecCondition,
) -> ConditionId {
    let pool = &provider.pool;
    let join =
        |operator, left, right| pool.intern_condition(Condition::Binary(operator, left, right));
    match condition {
        MatchSpecCondition::And(left, right) => {
            let (left, right) = (
                self::condition(provider, left),
                self::condition(provider, right),
            );
            join(LogicalOperator::And, left, right)
        }
        MatchSpecCondition::Or(left, right) => {
            let (left, right) = (
                self::condition(provider, left),
                self::condition(provider, right),
            );
            join(LogicalOperator::Or, left, right)
        }
        MatchSpecCondition::MatchSpec(spec) => version_sets(provider, spec)
            .into_iter()
            .map(|set| pool.intern_condition(Condition::Requirement(set)))
            .reduce(|left, right| join(LogicalOperator::And, left, right))
            .unwrap_or_else(|| {
                let set = any_version(provider, exact_name(spec));
                pool.intern_condition(Condition::Requirement(set))
            }),
    }
}
