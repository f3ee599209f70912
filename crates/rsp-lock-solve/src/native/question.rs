//! A problem as a query.

use std::borrow::Cow;

use rattler_conda_types::{GenericVirtualPackage, Matches};
use rsp_lock_engine::{Line as EngineLine, Lowest, Query};
use rsp_lock_index::{View, compile::Rewrite};
use rsp_lock_spec::{DependencyEditKind, DependencySource, Strategy, effective, exact_name};

use super::{rewrite::Rewritten, rules::Rules};
use crate::{
    conflict::{Line, Offer},
    error::SolveError,
    lines::{self, PosedLine},
    problem::Problem,
    world::World,
};

/// What the engine is asked, and what its numbers stand for.
pub(super) struct Question<'q> {
    pub(super) problem: &'q Problem<'q>,
    pub(super) view: &'q View,
    pub(super) rules: &'q Rules<'q>,
    pub(super) offered: &'q [GenericVirtualPackage],
    /// What the ids of the query's lines stand for.
    pub(super) lines: Vec<PosedLine>,
    /// The lines that no answer can meet, whatever the others say, as indexes into `lines`.
    pub(super) hopeless: Vec<usize>,
    engine_lines: Vec<EngineLine>,
    first: Vec<(u32, i64)>,
    made_up_ranks: Vec<u32>,
}

/// The part of the index that a problem can reach, with what only this problem needs, and
/// what stands for its requirements with conditions, in the order of the lines.
pub(crate) fn view(
    problem: &Problem<'_>,
    world: &World<'_>,
) -> Result<(View, Vec<u32>), SolveError> {
    let required = problem
        .requirements
        .iter()
        .map(|line| line.name().as_normalized());
    let pinned = problem
        .pinned
        .iter()
        .map(|record| record.package_record.name.as_normalized());
    let plain = world.index().reach(required.chain(pinned));
    let rewritten = Rewritten(problem);
    let rewrites = !problem.overrides.is_empty() || !problem.dependencies.is_empty();
    let added = problem
        .dependencies
        .iter()
        .filter(|edit| edit.kind == DependencyEditKind::Add)
        .map(|edit| &edit.spec);
    let names: Vec<&str> = problem
        .overrides
        .iter()
        .map(|rule| &rule.spec)
        .chain(added)
        .map(|spec| exact_name(spec).as_normalized())
        .collect();
    let mut extras = Vec::new();
    let mut conditional = Vec::new();
    for line in &lines::requirements(problem) {
        if line.spec.condition.is_some() {
            conditional.push(line.spec.to_string());
        }
    }
    for line in &problem.requirements {
        let asked = line.spec.extras.iter().flatten().map(String::as_str);
        extras.extend(asked.map(|extra| (line.name().as_normalized(), extra)));
    }
    if !rewrites && extras.is_empty() && conditional.is_empty() {
        return Ok((plain, Vec::new()));
    }
    let rewrite: Option<&dyn Rewrite> = if rewrites { Some(&rewritten) } else { None };
    let extended = world
        .index()
        .extend(&plain, rewrite, &names, &extras, &conditional);
    extended.map_err(|problem| SolveError::BadSpec {
        spec: conditional.first().cloned().unwrap_or_default(),
        problem,
    })
}

impl<'q> Question<'q> {
    pub(super) fn new(
        problem: &'q Problem<'q>,
        view: &'q View,
        rules: &'q Rules<'q>,
        offered: &'q [GenericVirtualPackage],
        stand_ins: &[u32],
    ) -> Self {
        let mut question = Self {
            problem,
            view,
            rules,
            offered,
            lines: Vec::new(),
            hopeless: Vec::new(),
            engine_lines: Vec::new(),
            first: Vec::new(),
            made_up_ranks: view.made_up_ranks(),
        };
        let mut stand_ins = stand_ins.iter();
        for line in lines::requirements(problem) {
            let stand_in = match &line.spec.condition {
                Some(_) => stand_ins.next().copied(),
                None => None,
            };
            question.require(line, stand_in);
        }
        for line in lines::constraints(problem) {
            question.limit(line);
        }
        question
    }

    /// What there is to choose from.
    pub(super) fn offer(&self) -> Offer<'_> {
        Offer {
            view: self.view,
            rules: self.rules,
            platform: self.offered,
        }
    }

    pub(super) fn query(&self) -> Query<'q> {
        Query {
            lines: self.engine_lines.clone(),
            rules: self.rules,
            first: self.first.clone(),
            last_from: Some(self.view.real_names()),
            last_ranks: self.made_up_ranks.clone(),
            locked: self.rules.locked().collect(),
            lowest: match self.problem.strategy {
                Strategy::Highest => Lowest::Nobody,
                Strategy::Lowest => Lowest::All,
                Strategy::LowestDirect => Lowest::First,
            },
        }
    }

    fn require(&mut self, line: PosedLine, stand_in: Option<u32>) {
        let number = self.lines.len();
        let spec = line.spec.clone();
        let kind = line.line;
        self.lines.push(line);
        let name = exact_name(&spec).as_normalized();
        let id = self
            .view
            .name_id(name)
            .filter(|id| *id < self.view.real_names());
        if spec.condition.is_some() {
            if let Some(stand_in) = stand_in {
                self.push_all(number, stand_in);
            }
            self.put_first(id);
            return;
        }
        if name.starts_with("__") {
            let met = self.offered.iter().any(|package| spec.matches(package));
            self.expect(met, number);
            return;
        }
        self.put_first(id);
        let Some(id) = id else {
            self.expect(false, number);
            return;
        };
        if let (Line::Pinned(_), Some(position)) = (kind, self.rules.pinned(id)) {
            self.push(number, id, true, vec![[position, position + 1]]);
            return;
        }
        self.push(number, id, true, self.view.matching(id, &spec));
        for extra in spec.extras.iter().flatten() {
            // What nobody has asks for nothing.
            if let Some(extra) = self.view.name_id(&format!("{name}[{extra}]")) {
                self.push_all(number, extra);
            }
        }
    }

    fn limit(&mut self, line: PosedLine) {
        let number = self.lines.len();
        let spec = line.spec.clone();
        self.lines.push(line);
        let name = exact_name(&spec).as_normalized();
        if name.starts_with("__") {
            let of_name = |p: &&GenericVirtualPackage| p.name.as_normalized() == name;
            let mut offered = self.offered.iter().filter(of_name);
            let met = offered.all(|package| spec.matches(package));
            self.expect(met, number);
        } else if let Some(id) = self.view.name_id(name)
            && id < self.view.real_names()
        {
            self.push(number, id, false, self.view.matching(id, &spec));
        }
    }

    /// Names rank as their lines are posed: pins, then requirements by priority and name.
    fn put_first(&mut self, id: Option<u32>) {
        let rank = i64::try_from(self.first.len()).unwrap_or(i64::MAX);
        self.first.extend(id.map(|id| (id, rank)));
    }

    fn push(&mut self, number: usize, name: u32, required: bool, allowed: Vec<[u32; 2]>) {
        self.engine_lines.push(EngineLine {
            id: u32::try_from(number).ok(),
            name,
            required,
            allowed,
        });
    }

    fn push_all(&mut self, number: usize, name: u32) {
        let all = vec![[0, self.view.count(name)]];
        self.push(number, name, true, all);
    }

    fn expect(&mut self, met: bool, number: usize) {
        if !met {
            self.hopeless.push(number);
        }
    }

    /// What a candidate depends on, and what it constrains, as it counts.
    pub(super) fn texts(&self, name: u32, position: u32) -> Vec<(Cow<'q, str>, bool)> {
        let Some((_, pack, row)) = self.view.candidate(name, position) else {
            return Vec::new();
        };
        let rewritten = Rewritten(self.problem);
        if !self.problem.overrides.is_empty() || !self.problem.dependencies.is_empty() {
            let mut texts = pack.depends(row).chain(pack.constrains(row));
            if rewritten.may_change(pack.name(row), &mut texts)
                && let Some(record) = pack.record(row)
                && let Some([depends, constrains]) = rewritten.rewritten(&record.package_record)
            {
                let depends = depends.into_iter().map(|text| (Cow::Owned(text), false));
                let constrains = constrains.into_iter().map(|text| (Cow::Owned(text), true));
                return depends.chain(constrains).collect();
            }
        }
        let depends = pack.depends(row).map(|text| (Cow::Borrowed(text), false));
        let constrains = pack.constrains(row).map(|text| (Cow::Borrowed(text), true));
        depends.chain(constrains).collect()
    }

    /// The override or edit that made a candidate state a spec.
    pub(super) fn rule(&self, name: u32, position: u32, text: &str) -> Option<Line> {
        let Problem {
            overrides,
            dependencies,
            ..
        } = self.problem;
        if overrides.is_empty() && dependencies.is_empty() {
            return None;
        }
        let record = self.view.record(name, position)?;
        let effective = effective(&record.package_record, overrides, dependencies)?;
        let mut stated = effective.depends.iter().chain(&effective.constrains);
        match stated.find(|dependency| dependency.text == text)?.source {
            DependencySource::Replaced { rule, .. } => Some(Line::Override(rule)),
            DependencySource::Added { rule } => Some(Line::Dependency(rule)),
            DependencySource::Recorded => None,
        }
    }
}
