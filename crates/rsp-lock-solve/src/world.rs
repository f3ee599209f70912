//! The records of a problem as an index, wherever they are.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use rattler_conda_types::RepoDataRecord;
use rsp_lock_index::{
    Index, View,
    pack::{Home, NONE, PackBuilder},
};

use crate::{
    error::SolveError,
    problem::{Problem, Records, channel_order},
};

/// The records of a problem as an index.
pub(crate) struct World<'a> {
    index: Held<'a>,
    /// Per channel, the records that were given in memory; packs call them by their number.
    given: Vec<Vec<&'a RepoDataRecord>>,
    /// Names of which two records claim to be one file, each with the file.
    claimed: BTreeMap<String, String>,
}

enum Held<'a> {
    Given(&'a Index),
    Own(Box<Index>),
}

impl<'a> World<'a> {
    /// The problem's index, or one of the records that it has in memory.
    pub(crate) fn new(problem: &Problem<'a>) -> Self {
        if let Some(index) = problem.index {
            return Self {
                index: Held::Given(index),
                given: Vec::new(),
                claimed: BTreeMap::new(),
            };
        }
        let mut given = loaded(problem);
        let claimed = distinct(&mut given);
        Self {
            index: Held::Own(Box::new(index(problem, &given, |number| number))),
            given,
            claimed,
        }
    }

    pub(crate) fn index(&self) -> &Index {
        match &self.index {
            Held::Given(index) => index,
            Held::Own(index) => index,
        }
    }

    /// Refuses two records that claim to be one file, where a problem can reach them.
    pub(crate) fn check(&self, view: &View) -> Result<(), SolveError> {
        let is_reached = |name: &str| {
            let id = view.name_id(name);
            id.is_some_and(|id| view.tables().is_stated(id))
        };
        match self.claimed.iter().find(|(name, _)| is_reached(name)) {
            Some((_, file)) => Err(SolveError::DuplicateRecord { file: file.clone() }),
            None => Ok(()),
        }
    }

    /// The records that a problem can reach, channel by channel.
    pub(crate) fn reachable(&self, problem: &Problem<'_>) -> Vec<Vec<RepoDataRecord>> {
        let mut records: Vec<Vec<RepoDataRecord>> = vec![Vec::new(); problem.channels.len()];
        let Ok((view, _)) = crate::native::view(problem, self) else {
            return records;
        };
        let tables = view.tables();
        for name in (0..view.real_names()).filter(|name| tables.is_stated(*name)) {
            for (channel, pack, row) in view.candidates(name) {
                if let Some(channel) = records.get_mut(channel as usize) {
                    channel.extend(pack.record(row));
                }
            }
        }
        records
    }

    /// The record of a candidate, the caller's own where it gave one.
    pub(crate) fn record(&self, view: &View, name: u32, position: u32) -> Option<RepoDataRecord> {
        let (channel, pack, row) = view.candidate(name, position)?;
        let origin = pack.origin(row);
        if origin == NONE {
            return pack.record(row);
        }
        let given = self.given.get(channel as usize)?.get(origin as usize)?;
        Some((*given).clone())
    }
}

/// The records that a problem has in memory as an index, for who solves over them many times:
/// [`Problem::over`] it, a problem says the same and is solved sooner.
///
/// A file that several channels have is the first one's. Two records that claim to be one file
/// are refused, also where a problem would not reach them. The records of an answer are equal to
/// those that were given, but not the same.
///
/// ```
/// use rsp_lock_solve::{ChannelRecords, Limits, Outcome, Problem, Records, Solver, Workspace};
/// use rsp_lock_solve::{index_of_records, solve_in};
/// # let records: Vec<rattler_conda_types::RepoDataRecord> = Vec::new();
/// let problem = Problem {
///     channels: vec![ChannelRecords {
///         name: "https://conda.example.org/main/".to_owned(),
///         display: "main".to_owned(),
///         records: Records::Loaded(records.iter().collect()),
///     }],
///     ..Problem::default()
/// };
/// let index = index_of_records(&problem)?;
/// let mut workspace = Workspace::default();
/// for _ in 0..1_000 {
///     let problem = problem.over(&index);
///     let outcome = solve_in(&mut workspace, &problem, Solver::Native, &Limits::default())?;
///     assert!(matches!(outcome, Outcome::Solved(_)));
/// }
/// # Ok::<(), rsp_lock_solve::SolveError>(())
/// ```
pub fn index_of_records(problem: &Problem<'_>) -> Result<Index, SolveError> {
    let mut given = loaded(problem);
    match distinct(&mut given).into_values().next() {
        Some(file) => Err(SolveError::DuplicateRecord { file }),
        None => Ok(index(problem, &given, |_| NONE)),
    }
}

/// The records that a problem has in memory, channel by channel.
fn loaded<'a>(problem: &Problem<'a>) -> Vec<Vec<&'a RepoDataRecord>> {
    let records = |records: &Records<'a>| match records {
        Records::Loaded(records) => records.clone(),
        Records::Indexed => Vec::new(),
    };
    let channels = problem.channels.iter();
    channels.map(|channel| records(&channel.records)).collect()
}

/// An index of records by channel, each called by what `number` makes of its number there.
fn index(
    problem: &Problem<'_>,
    channels: &[Vec<&RepoDataRecord>],
    number: impl Fn(u32) -> u32,
) -> Index {
    let packs = problem
        .channels
        .iter()
        .zip(channels)
        .map(|(channel, records)| {
            let home = Home {
                subdir: Box::default(),
                files: Box::default(),
                channel: channel.name.as_str().into(),
            };
            let mut builder = PackBuilder::default();
            for (at, record) in (0_u32..).zip(records) {
                builder.add_record(record, number(at), &home);
            }
            vec![Arc::new(builder.finish(home, ""))]
        });
    Index::new(packs.collect(), channel_order(problem.channel_priority))
}

/// Leaves a file that several channels have to the first of them. Gives back the names of
/// which two records claim to be one file, each with the file.
fn distinct(channels: &mut [Vec<&RepoDataRecord>]) -> BTreeMap<String, String> {
    let mut known: HashMap<&str, &RepoDataRecord> = HashMap::new();
    let mut claimed = BTreeMap::new();
    let mut refuse = |record: &RepoDataRecord| {
        let name = record.package_record.name.as_normalized().to_owned();
        claimed.insert(name, record.identifier.to_file_name());
    };
    for records in channels {
        let mut files: HashMap<(&str, &_), &str> = HashMap::with_capacity(records.len());
        records.retain(|record| {
            let record: &RepoDataRecord = record;
            let url = record.url.as_str();
            let first = known.entry(url).or_insert(record);
            if !std::ptr::eq(*first, record) {
                if first.package_record != record.package_record {
                    refuse(record);
                }
                return false;
            }
            let key = (record.package_record.subdir.as_str(), &record.identifier);
            if files.insert(key, url).is_some() {
                refuse(record);
            }
            true
        });
    }
    claimed
}
