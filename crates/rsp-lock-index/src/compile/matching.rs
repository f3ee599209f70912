//! Which candidates of a name a spec matches.

use rattler_conda_types::{MatchSpec, Matches};

use super::{
    Family,
    family::{Member, NumberedPack},
};
use crate::{
    owned::length,
    pack::{Pack, Row},
    place::{Place, is_in_place, names_a_place},
    ranges::{Ranges, collect},
};

/// The candidates that a spec matches, its version looked at once a version. The name is not
/// looked at, nor are condition and extras.
pub(crate) fn matching(spec: &MatchSpec, family: &Family, packs: &[NumberedPack]) -> Ranges {
    let more = says_more(spec);
    let mut last = None;
    collect(length(&family.members), |position| {
        let Some(member) = family.members.get(position as usize) else {
            return false;
        };
        let version_matches = match last {
            Some((class, matches)) if class == member.version => matches,
            _ => {
                let version = family.versions.get(member.version as usize);
                let matches = spec
                    .version
                    .as_ref()
                    .is_none_or(|spec| version.is_some_and(|version| spec.matches(version)));
                last = Some((member.version, matches));
                matches
            }
        };
        version_matches
            && matches_build(spec, member, packs)
            && (!more || matches_more(spec, member, packs))
    })
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
