//! Records of a problem by name, wherever the problem keeps them.

use std::borrow::Cow;

use rattler_conda_types::{PackageName, RepoDataRecord};
use rsp_lock_index::View;
use rsp_lock_solve::{Problem, Records};

/// The records that the channels of a problem have of a name, channel by channel.
pub(crate) fn named<'a>(problem: &Problem<'a>, name: &PackageName) -> Vec<Cow<'a, RepoDataRecord>> {
    if let Some(index) = problem.index {
        let view = index.reach([name.as_normalized()]);
        let id = view.name_id(name.as_normalized());
        return id.map_or_else(Vec::new, |id| of_name(&view, id));
    }
    let is_it = |record: &&RepoDataRecord| record.package_record.name == *name;
    loaded(problem).filter(is_it).map(Cow::Borrowed).collect()
}

/// All records of the channels of a problem.
pub(crate) fn all<'a>(problem: &Problem<'a>) -> Vec<Cow<'a, RepoDataRecord>> {
    if let Some(index) = problem.index {
        let view = index.reach_all();
        let names = 0..view.real_names();
        return names.flat_map(|id| of_name(&view, id)).collect();
    }
    loaded(problem).map(Cow::Borrowed).collect()
}

fn of_name<'a>(view: &View, id: u32) -> Vec<Cow<'a, RepoDataRecord>> {
    let positions = 0..view.count(id);
    positions
        .filter_map(|position| view.record(id, position))
        .map(Cow::Owned)
        .collect()
}

/// The records that a problem holds in memory, channel by channel.
pub(crate) fn loaded<'p, 'a>(
    problem: &'p Problem<'a>,
) -> impl Iterator<Item = &'a RepoDataRecord> + use<'p, 'a> {
    problem.channels.iter().flat_map(|channel| {
        let records = match &channel.records {
            Records::Loaded(records) => records.as_slice(),
            _ => &[],
        };
        records.iter().copied()
    })
}
