//! Which candidates of a name a spec matches.

use rattler_conda_types::{
    MatchSpec, Matches, VersionSpec,
    version_spec::{EqualityOperator, LogicalOperator, RangeOperator},
};

use super::{
    Family,
    family::{Member, NumberedPack},
};
use crate::{
    owned::length,
    pack::{Pack, Row},
    place::{Place, is_in_place, names_a_place},
    ranges::{Ranges, collect, complement, filter, intersection, union},
    ranked::{Bound, Ranked},
};

/// The candidates that a spec matches. The name is not looked at, nor are condition and extras.
pub(crate) fn matching(spec: &MatchSpec, family: &Family, packs: &[NumberedPack]) -> Ranges {
    let all = length(&family.members);
    let of_versions = match &spec.version {
        None => vec![[0, all]],
        Some(spec) => classes(spec, family)
            .iter()
            .map(|classes| classes.map(|class| family.start_of(class)))
            .collect(),
    };
    let says_more = says_more(spec);
    if !says_more && spec.build.is_none() && spec.build_number.is_none() {
        return of_versions;
    }
    filter(&of_versions, |position| {
        let member = family.members.get(position as usize);
        member.is_some_and(|member| {
            matches_build(spec, member, packs) && (!says_more || matches_more(spec, member, packs))
        })
    })
}

/// The classes of versions that a spec allows.
///
/// Comparisons are looked up in what is sorted, for there are hundreds of thousands of specs;
/// what is no comparison is asked of every version.
fn classes(spec: &VersionSpec, family: &Family) -> Ranges {
    let all = length(&family.versions);
    match spec {
        VersionSpec::None => Vec::new(),
        VersionSpec::Any => vec![[0, all]],
        VersionSpec::Exact(operator, limit) => {
            let bound = Bound::new(limit);
            let near = family.classes_between(is_newer(&bound), is_as_new(&bound));
            // Some that are neither older nor newer are not equal: `1_` and `1-`.
            let equal = filter(&near, |class| {
                let ranked = family.versions.get(class as usize);
                ranked.is_some_and(|ranked| ranked.version() == limit)
            });
            match operator {
                EqualityOperator::Equals => equal,
                EqualityOperator::NotEquals => complement(&equal, all),
            }
        }
        VersionSpec::Range(operator, limit) => {
            let bound = Bound::new(limit);
            match operator {
                RangeOperator::Greater => family.classes_between(|_| false, is_newer(&bound)),
                RangeOperator::GreaterEquals => {
                    family.classes_between(|_| false, is_as_new(&bound))
                }
                RangeOperator::Less => family.classes_between(is_as_new(&bound), |_| true),
                RangeOperator::LessEquals => family.classes_between(is_newer(&bound), |_| true),
            }
        }
        VersionSpec::StrictRange(..) => collect(all, |class| {
            let ranked = family.versions.get(class as usize);
            ranked.is_some_and(|ranked| spec.matches(ranked.version()))
        }),
        VersionSpec::Group(LogicalOperator::And, group) => {
            let group = group.iter().map(|spec| classes(spec, family));
            group.fold(vec![[0, all]], |of_all, next| intersection(&of_all, &next))
        }
        VersionSpec::Group(LogicalOperator::Or, group) => {
            let group = group.iter().map(|spec| classes(spec, family));
            group.fold(Vec::new(), |of_any, next| union(&of_any, &next))
        }
    }
}

fn is_newer(bound: &Bound<'_>) -> impl Fn(&Ranked) -> bool {
    |version| bound.order_of(version).is_gt()
}

fn is_as_new(bound: &Bound<'_>) -> impl Fn(&Ranked) -> bool {
    |version| bound.order_of(version).is_ge()
}

fn row<'p>(member: &Member, packs: &'p [NumberedPack]) -> Option<(&'p Pack, &'p Row)> {
    let (_, pack) = packs.get(member.pack as usize)?;
    Some((pack, pack.row(member.row)?))
}

fn matches_build(spec: &MatchSpec, member: &Member, packs: &[NumberedPack]) -> bool {
    if spec.build.is_none() && spec.build_number.is_none() {
        return true;
    }
    row(member, packs).is_some_and(|(pack, row)| {
        spec.build
            .as_ref()
            .is_none_or(|build| build.matches(pack.text(row.build)))
            && spec
                .build_number
                .as_ref()
                .is_none_or(|number| number.matches(&row.build_number))
    })
}

/// Whether a spec says anything but name, version and build.
fn says_more(spec: &MatchSpec) -> bool {
    names_a_place(spec)
        || spec.url.is_some()
        || spec.md5.is_some()
        || spec.sha256.is_some()
        || spec.license.is_some()
        || spec.license_family.is_some()
        || spec.track_features.is_some()
        || spec.flags.is_some()
}

fn matches_more(spec: &MatchSpec, member: &Member, packs: &[NumberedPack]) -> bool {
    let Some((pack, _)) = row(member, packs) else {
        return false;
    };
    if let Some(url) = &spec.url
        && pack.url(member.row) != url.as_str()
    {
        return false;
    }
    if names_a_place(spec) && !is_there(spec, member, pack) {
        return false;
    }
    let rest = MatchSpec {
        url: None,
        channel: None,
        subdir: None,
        file_name: None,
        ..spec.clone()
    };
    !says_more(&rest)
        || pack
            .record(member.row)
            .is_some_and(|record| rest.matches(&record.package_record))
}

/// Whether a candidate is where a spec says.
pub(super) fn is_there(spec: &MatchSpec, member: &Member, pack: &Pack) -> bool {
    let place = Place {
        channel: Some(&pack.home().channel),
        subdir: pack.subdir(member.row),
        file: &pack.file(member.row),
    };
    is_in_place(spec, place)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rattler_conda_types::ParseStrictness;

    use super::*;

    /// Families with a run of versions for each kind.
    fn families() -> impl Strategy<Value = Family> {
        let version = "[0-3]([.][0-2]){0,2}([.]?a0|a1|rc1|[.]post1|[.]dev0|_|-)?";
        let run = prop::collection::vec(version, 0..6);
        prop::collection::vec(run, 0..3).prop_map(|runs| {
            let mut family = Family::default();
            for (channel, run) in (0..).zip(runs) {
                let versions = run.iter().map(|version| Ranked::read(version).unwrap());
                let mut versions: Vec<Ranked> = versions.collect();
                versions.sort_by(Ranked::order);
                versions.dedup_by(|a, b| a.is_equal(b));
                for version in versions.into_iter().rev() {
                    family.add_class(version, (Some(channel), false));
                }
            }
            family
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn looking_up_is_asking_every_version(
            family in families(),
            spec in "(>=|<=|>|<|==|!=|=|~=)?[0-3]([.][0-2]){0,2}([.]?a0|a1|rc1|[.]post1|[.][*]|_|-)?([,|](>=|<=|>|<|==|!=)[0-3]([.][0-2]){0,2}([.]?a0)?){0,3}",
        ) {
            let spec = VersionSpec::from_str(&spec, ParseStrictness::Lenient);
            prop_assume!(spec.is_ok());
            let spec = spec.unwrap();
            let asked = collect(length(&family.versions), |class| {
                spec.matches(family.versions[class as usize].version())
            });
            prop_assert_eq!(classes(&spec, &family), asked, "{}", spec);
        }
    }
}
