//! A posed problem as tables and a query.

use std::{collections::BTreeMap, path::PathBuf, str::FromStr as _};

use rattler_conda_types::{
    GenericVirtualPackage, MatchSpec, Matches, PackageName, PackageRecord, RepoDataRecord, Version,
};
use rsp_lock_engine::{Edits, Line as EngineLine, Lowest, Query};
use rsp_lock_index::{
    compile::{ChannelOrder, CompileOptions, CompiledIndex, Source, compile},
    ranges::union,
};
use rsp_lock_spec::{ChannelPriority, Strategy, exact_name};

use crate::{
    conflict::Line,
    pose::{Candidate, Posed, PosedLine},
    problem::Problem,
};

/// What the engine is asked, and what its numbers stand for.
#[derive(Debug)]
pub(super) struct Question<'p> {
    pub(super) index: CompiledIndex<'p>,
    pub(super) query: Query<'static>,
    /// Candidates that no answer has, whatever the request says.
    pub(super) edits: BTreeMap<u32, Edits>,
    /// What the ids of the query's lines stand for.
    pub(super) lines: Vec<PosedLine>,
    /// The first line that no answer can meet, whatever the others say, as an index into `lines`.
    pub(super) hopeless: Option<usize>,
}

/// What a requirement with a condition becomes: a record that states it as its
/// dependency, and is required in its stead. The names cannot be those of real
/// records, which never start with `__`.
pub(super) fn stand_ins(posed: &Posed<'_>, keep: &dyn Fn(Line) -> bool) -> Vec<RepoDataRecord> {
    kept(&posed.requirements, keep)
        .enumerate()
        .filter(|(_, line)| line.spec.condition.is_some())
        .filter_map(|(number, line)| {
            let name = stand_in(number);
            let mut record = PackageRecord::new(
                PackageName::new_unchecked(&name),
                Version::from_str("0").ok()?,
                "0".parse().ok()?,
            );
            record.depends.push(line.spec.to_string());
            let file = format!("{name}-0-0.conda");
            Some(RepoDataRecord {
                package_record: record,
                identifier: file.parse().ok()?,
                url: url::Url::from_file_path(PathBuf::from("/").join(&file)).ok()?,
                channel: None,
            })
        })
        .collect()
}

fn stand_in(number: usize) -> String {
    format!("__requirement_{number}")
}

fn kept<'l>(
    lines: &'l [PosedLine],
    keep: &'l dyn Fn(Line) -> bool,
) -> impl Iterator<Item = &'l PosedLine> {
    lines.iter().filter(|line| keep(line.line))
}

impl<'p> Question<'p> {
    pub(super) fn new(
        problem: &Problem<'_>,
        posed: &'p Posed<'_>,
        stand_ins: &'p [RepoDataRecord],
        keep: &dyn Fn(Line) -> bool,
    ) -> Self {
        let order = match problem.channel_priority {
            ChannelPriority::Flexible => ChannelOrder::First,
            // Strict priority has removed what is not to be seen.
            ChannelPriority::Strict | ChannelPriority::Disabled => ChannelOrder::Ignored,
        };
        let none = Source {
            records: Vec::new(),
        };
        let mut sources = vec![none; problem.channels.len()];
        for candidate in posed.packages.values().flat_map(|p| &p.candidates) {
            if let Some(source) = sources.get_mut(candidate.channel) {
                source.records.push(candidate.record());
            }
        }
        sources.push(Source {
            records: stand_ins.iter().collect(),
        });
        let options = CompileOptions {
            order,
            ..CompileOptions::default()
        };
        let index = compile(&sources, &options);
        let query = Query {
            last_from: Some(index.real_names()),
            lowest: match problem.strategy {
                Strategy::Highest => Lowest::Nobody,
                Strategy::Lowest => Lowest::All,
                Strategy::LowestDirect => Lowest::First,
            },
            ..Query::default()
        };
        let mut edits: BTreeMap<u32, Edits> = BTreeMap::new();
        let unmet = index.unmet(&posed.virtual_packages);
        for (name, dead) in unmet.iter().chain(index.contradictory()) {
            let known = &mut edits.entry(*name).or_default().dead;
            *known = union(known, dead);
        }
        let mut question = Self {
            index,
            query,
            edits,
            lines: Vec::new(),
            hopeless: None,
        };
        for line in kept(&posed.requirements, keep) {
            question.require(posed, line);
        }
        for line in kept(&posed.constraints, keep) {
            question.limit(posed, line);
        }
        question.lock(posed);
        question
    }

    fn require(&mut self, posed: &Posed<'_>, line: &PosedLine) {
        let spec = &line.spec;
        let number = self.lines.len();
        self.lines.push(line.clone());
        let name = exact_name(spec).as_normalized();
        if spec.condition.is_some() {
            if let Some(id) = self.index.name_id(&stand_in(number)) {
                self.push_all(number, id);
            }
            self.put_first(name);
            return;
        }
        if name.starts_with("__") {
            let met = posed.virtual_packages.iter().any(|p| spec.matches(p));
            self.expect(met, number);
            return;
        }
        self.put_first(name);
        match self.index.name_id(name) {
            Some(id) => self.push(number, id, true, spec),
            None => self.expect(false, number),
        }
        for extra in spec.extras.iter().flatten() {
            // What nobody has asks for nothing.
            if let Some(id) = self.index.name_id(&format!("{name}[{extra}]")) {
                self.push_all(number, id);
            }
        }
    }

    fn limit(&mut self, posed: &Posed<'_>, line: &PosedLine) {
        let spec = &line.spec;
        let number = self.lines.len();
        self.lines.push(line.clone());
        let name = exact_name(spec).as_normalized();
        if name.starts_with("__") {
            let of_name = |p: &&GenericVirtualPackage| p.name.as_normalized() == name;
            let mut offered = posed.virtual_packages.iter().filter(of_name);
            self.expect(offered.all(|p| spec.matches(p)), number);
        } else if let Some(id) = self.index.name_id(name) {
            self.push(number, id, false, spec);
        }
    }

    /// Names rank as their lines are posed: pins, then requirements by priority and name.
    fn put_first(&mut self, name: &str) {
        if let Some(id) = self.index.name_id(name) {
            let rank = i64::try_from(self.query.first.len()).unwrap_or(i64::MAX);
            self.query.first.push((id, rank));
        }
    }

    fn push(&mut self, number: usize, name: u32, required: bool, spec: &MatchSpec) {
        let bare = MatchSpec {
            extras: None,
            ..spec.clone()
        };
        let allowed = self
            .index
            .candidates(name, |_, record| bare.matches(record));
        self.query.lines.push(EngineLine {
            id: u32::try_from(number).ok(),
            name,
            required,
            allowed,
        });
    }

    fn push_all(&mut self, number: usize, name: u32) {
        self.query.lines.push(EngineLine {
            id: u32::try_from(number).ok(),
            name,
            required: true,
            allowed: vec![[0, self.index.candidate_count(name)]],
        });
    }

    fn expect(&mut self, met: bool, number: usize) {
        if !met {
            self.hopeless = self.hopeless.or(Some(number));
        }
    }

    fn lock(&mut self, posed: &Posed<'_>) {
        for (name, package) in &posed.packages {
            let locked = package
                .locked
                .and_then(|at| package.candidates.get(at))
                .map(Candidate::record);
            let (Some(locked), Some(id)) = (locked, self.index.name_id(name)) else {
                continue;
            };
            let found = self.index.candidates(id, |_, r| r.url == locked.url);
            if let [[position, _]] = found.as_slice() {
                self.query.locked.push((id, *position));
            }
        }
    }

    /// The candidate of a number, as it was posed; `None` for what was made up.
    pub(super) fn posed_record<'r>(
        &self,
        posed: &'r Posed<'_>,
        name: u32,
        position: u32,
    ) -> Option<&'r RepoDataRecord> {
        let (_, record) = self.index.record(name, position)?;
        let package = posed
            .packages
            .get(record.package_record.name.as_normalized())?;
        let mut candidates = package.candidates.iter().map(Candidate::record);
        candidates.find(|candidate| candidate.url == record.url)
    }
}
