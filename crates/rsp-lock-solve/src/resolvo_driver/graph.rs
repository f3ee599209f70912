//! From resolvo's graph of a conflict to facts about the request.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use rattler_conda_types::{
    MatchSpec, NamelessMatchSpec, PackageName, PackageNameMatcher, RepoDataRecord,
};
use rattler_solve::resolvo::{
    CondaDependencyProvider, NameType, SolverMatchSpec, SolverPackageRecord,
};
use resolvo::{
    Requirement, SolvableId, VersionSetId,
    conflict::{ConflictCause, ConflictEdge, ConflictGraph, ConflictNode},
};
use rsp_lock_spec::{DependencySource, dependency_name, exact_name};

use super::Root;
use crate::{
    conflict::{Cause, Conflict, Demand, Line, Wanter, no_candidate, smallest_clash},
    pose::{Posed, best_first},
    problem::Problem,
};

/// The most causes that are told.
const MOST_CAUSES: usize = 50;
/// The most versions that a link of a chain names.
const MOST_VERSIONS: usize = 5;

type Node = usize;

/// A spec in the graph: who states it, and whether it only constrains.
#[derive(Debug, Default)]
struct Stated {
    parents: BTreeSet<Node>,
}

struct Facts<'g, 'p, 'a> {
    problem: &'g Problem<'a>,
    posed: &'g Posed<'a>,
    provider: &'g CondaDependencyProvider<'p>,
    root: &'g Root,
    root_node: Node,
    nodes: Vec<ConflictNode>,
    required: BTreeMap<VersionSetId, Stated>,
    constrained: BTreeMap<VersionSetId, Stated>,
    unmet: BTreeSet<VersionSetId>,
    /// Names of which there are records that cannot be there together.
    contended: BTreeSet<String>,
    /// Who requires a node, and by which spec.
    requirers: HashMap<Node, BTreeSet<(Node, VersionSetId)>>,
    depth: HashMap<Node, usize>,
}

/// The facts of a conflict.
pub(super) fn facts(
    problem: &Problem<'_>,
    posed: &Posed<'_>,
    provider: &CondaDependencyProvider<'_>,
    root: &Root,
    graph: &ConflictGraph,
) -> Conflict {
    let facts = read(problem, posed, provider, root, graph);
    let causes = facts.causes();
    let mut lines: BTreeSet<Line> = facts.lines().collect();
    lines.extend(causes.iter().flat_map(rules_of));
    Conflict {
        lines: lines.into_iter().collect(),
        minimal: false,
        causes,
        said: None,
    }
}

fn read<'g, 'p, 'a>(
    problem: &'g Problem<'a>,
    posed: &'g Posed<'a>,
    provider: &'g CondaDependencyProvider<'p>,
    root: &'g Root,
    graph: &ConflictGraph,
) -> Facts<'g, 'p, 'a> {
    let mut facts = Facts {
        problem,
        posed,
        provider,
        root,
        root_node: graph.root_node.index(),
        nodes: graph.graph.node_weights().copied().collect(),
        required: BTreeMap::new(),
        constrained: BTreeMap::new(),
        unmet: BTreeSet::new(),
        contended: BTreeSet::new(),
        requirers: HashMap::new(),
        depth: HashMap::new(),
    };
    for edge in graph.graph.raw_edges() {
        let (from, to) = (edge.source().index(), edge.target().index());
        match edge.weight {
            ConflictEdge::Requires(Requirement::Single(set)) => {
                facts.required.entry(set).or_default().parents.insert(from);
                if facts.nodes.get(to) == Some(&ConflictNode::UnresolvedDependency) {
                    facts.unmet.insert(set);
                } else {
                    facts.requirers.entry(to).or_default().insert((from, set));
                }
            }
            ConflictEdge::Conflict(ConflictCause::Constrains(set)) => {
                facts
                    .constrained
                    .entry(set)
                    .or_default()
                    .parents
                    .insert(from);
                facts.contended.insert(facts.set_name(set));
            }
            ConflictEdge::Conflict(ConflictCause::ForbidMultipleInstances) => {
                if let Some(name) = facts.name(to) {
                    facts.contended.insert(name);
                }
            }
            ConflictEdge::Requires(Requirement::Union(_))
            | ConflictEdge::Conflict(ConflictCause::Locked(_) | ConflictCause::Excluded) => {}
        }
    }
    facts.depth = depths(facts.root_node, &facts.requirers);
    facts
}

/// How many requirements lie between the root and each node.
fn depths(
    root: Node,
    requirers: &HashMap<Node, BTreeSet<(Node, VersionSetId)>>,
) -> HashMap<Node, usize> {
    let mut required: HashMap<Node, Vec<Node>> = HashMap::new();
    for (&to, from) in requirers {
        for &(from, _) in from {
            required.entry(from).or_default().push(to);
        }
    }
    let mut depth = HashMap::from([(root, 0)]);
    let mut queue = VecDeque::from([root]);
    while let Some(node) = queue.pop_front() {
        let next = depth.get(&node).map_or(1, |depth| depth + 1);
        for &to in required.get(&node).map(Vec::as_slice).unwrap_or_default() {
            depth.entry(to).or_insert_with(|| {
                queue.push_back(to);
                next
            });
        }
    }
    depth
}

impl Facts<'_, '_, '_> {
    /// The lines whose specs are in the graph.
    fn lines(&self) -> impl Iterator<Item = Line> {
        let of = |stated: &BTreeMap<VersionSetId, Stated>,
                  lines: &HashMap<VersionSetId, Vec<Line>>| {
            stated
                .iter()
                .filter(|(_, stated)| stated.parents.contains(&self.root_node))
                .flat_map(|(set, _)| lines.get(set).into_iter().flatten().copied())
                .collect::<Vec<Line>>()
        };
        of(&self.required, &self.root.required)
            .into_iter()
            .chain(of(&self.constrained, &self.root.constrained))
    }

    fn causes(&self) -> Vec<Cause> {
        let mut causes: Vec<(usize, String, Cause)> = Vec::new();
        for &set in &self.unmet {
            for demand in self.demands(set, false) {
                let cost = demand.chain.len();
                let text = demand.spec.to_string();
                let fact = no_candidate(self.problem, self.posed, demand);
                causes.push((cost, text, Cause::NoCandidate(fact)));
            }
        }
        for name in &self.contended {
            let mut demands: Vec<Demand> = Vec::new();
            let of = |stated: &BTreeMap<VersionSetId, Stated>| -> Vec<VersionSetId> {
                let sets = stated.keys().copied();
                sets.filter(|set| self.set_name(*set) == *name).collect()
            };
            for set in of(&self.required) {
                demands.extend(self.demands(set, false).into_iter().next());
            }
            for set in of(&self.constrained) {
                demands.extend(self.demands(set, true).into_iter().next());
            }
            demands.sort_by_cached_key(|demand| (demand.chain.len(), demand.spec.to_string()));
            if let Some(demands) = smallest_clash(self.posed, name, demands)
                && demands.len() > 1
                && let Some(first) = demands.first()
            {
                let cost = demands.iter().map(|demand| demand.chain.len()).sum();
                let name = exact_name(&first.spec).clone();
                let text = name.as_normalized().to_owned();
                causes.push((cost, text, Cause::Clash { name, demands }));
            }
        }
        causes.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        causes.truncate(MOST_CAUSES);
        causes.into_iter().map(|(_, _, cause)| cause).collect()
    }

    /// Who states a spec, shortest chain first; one demand a name that states it.
    fn demands(&self, set: VersionSetId, only_if_present: bool) -> Vec<Demand> {
        let Some(spec) = self.spec(set) else {
            return Vec::new();
        };
        let stated = if only_if_present {
            &self.constrained
        } else {
            &self.required
        };
        let mut by_name: BTreeMap<String, BTreeSet<Node>> = BTreeMap::new();
        for &parent in stated.get(&set).iter().flat_map(|stated| &stated.parents) {
            by_name
                .entry(self.name(parent).unwrap_or_default())
                .or_default()
                .insert(parent);
        }
        let mut demands: Vec<Demand> = by_name
            .into_values()
            .map(|parents| {
                let chain = self.chain(&parents, set, only_if_present);
                Demand {
                    spec: self.line_spec(&chain).unwrap_or_else(|| spec.clone()),
                    only_if_present,
                    by: self.rule(&parents, &spec),
                    chain,
                }
            })
            .collect();
        demands.sort_by_key(|demand| demand.chain.len());
        demands
    }

    /// From the line of the request to the records that state a spec.
    fn chain(&self, parents: &BTreeSet<Node>, set: VersionSetId, constrains: bool) -> Vec<Wanter> {
        let mut chain = Vec::new();
        let mut here = parents.clone();
        let (mut set, mut constrains) = (set, constrains);
        // Every step goes one nearer to the root, so this ends.
        while !here.contains(&self.root_node) {
            chain.push(self.records(&here));
            let nearest = here
                .iter()
                .filter_map(|node| self.requirers.get(node))
                .flatten()
                .min_by_key(|(node, set)| {
                    let depth = self.depth.get(node).copied().unwrap_or(usize::MAX);
                    (depth, self.name(*node), *set)
                })
                .copied();
            let Some((next, next_set)) = nearest else {
                chain.reverse();
                return chain;
            };
            let is_nearer = here
                .iter()
                .filter_map(|node| self.depth.get(node))
                .min()
                .is_some_and(|depth| self.depth.get(&next).is_some_and(|next| next < depth));
            if !is_nearer {
                break;
            }
            let name = self.name(next);
            here = here
                .iter()
                .filter_map(|node| self.requirers.get(node))
                .flatten()
                .map(|(node, _)| *node)
                .filter(|node| self.name(*node) == name && self.is_shallow(*node, next))
                .collect();
            (set, constrains) = (next_set, false);
        }
        let lines = if constrains {
            &self.root.constrained
        } else {
            &self.root.required
        };
        let first = lines.get(&set).and_then(|lines| lines.iter().min());
        chain.push(first.map_or(Wanter::Platform, |line| Wanter::Line(*line)));
        chain.reverse();
        chain
    }

    fn is_shallow(&self, node: Node, than: Node) -> bool {
        match (self.depth.get(&node), self.depth.get(&than)) {
            (Some(node), Some(than)) => node <= than,
            _ => false,
        }
    }

    fn records(&self, nodes: &BTreeSet<Node>) -> Wanter {
        let mut records: Vec<&RepoDataRecord> = Vec::new();
        let mut name = None;
        for &node in nodes {
            match self.solvable(node) {
                Some(SolverPackageRecord::Record(record)) => {
                    records.push(record);
                    name = Some(record.package_record.name.clone());
                }
                Some(SolverPackageRecord::Extra { package, .. }) => name = Some(package.clone()),
                Some(SolverPackageRecord::VirtualPackage(package)) => {
                    name = Some(package.name.clone());
                }
                None => {}
            }
        }
        records.sort_by(|a, b| best_first(a, b));
        records.dedup_by(|a, b| a.url == b.url);
        Wanter::Records {
            name: name.unwrap_or_else(|| PackageName::new_unchecked("")),
            count: records.len(),
            versions: records
                .iter()
                .take(MOST_VERSIONS)
                .map(|record| {
                    let package = &record.package_record;
                    format!("{} {}", package.version, package.build)
                })
                .collect(),
        }
    }

    /// The override or edit that made records state a spec.
    fn rule(&self, nodes: &BTreeSet<Node>, spec: &MatchSpec) -> Option<Line> {
        let SolverPackageRecord::Record(record) = self.solvable(*nodes.first()?)? else {
            return None;
        };
        let package = self
            .posed
            .packages
            .get(record.package_record.name.as_normalized())?;
        let candidate = package
            .candidates
            .iter()
            .find(|c| c.original.url == record.url)?;
        let effective = &candidate.changed.as_ref()?.effective;
        let name = exact_name(spec).as_normalized();
        effective
            .depends
            .iter()
            .chain(&effective.constrains)
            .filter(|dependency| dependency_name(&dependency.text).eq_ignore_ascii_case(name))
            .find_map(|dependency| match dependency.source {
                DependencySource::Replaced { rule, .. } => Some(Line::Override(rule)),
                DependencySource::Added { rule } => Some(Line::Dependency(rule)),
                DependencySource::Recorded => None,
            })
    }

    /// A demand of the request itself is told as the request wrote it.
    fn line_spec(&self, chain: &[Wanter]) -> Option<MatchSpec> {
        match chain {
            [Wanter::Line(Line::Requirement(line))] => {
                Some(self.problem.requirements.get(*line)?.spec.clone())
            }
            [Wanter::Line(Line::Constraint(line))] => {
                Some(self.problem.constraints.get(*line)?.spec.clone())
            }
            _ => None,
        }
    }

    fn spec(&self, set: VersionSetId) -> Option<MatchSpec> {
        let name = self.provider.pool.resolve_version_set_package_name(set);
        let exact = |name: &str| PackageNameMatcher::Exact(PackageName::new_unchecked(name));
        match (
            self.provider.pool.resolve_version_set(set),
            self.provider.pool.resolve_package_name(name),
        ) {
            (SolverMatchSpec::MatchSpec(spec), NameType::Base(name)) => {
                Some(MatchSpec::from_nameless(spec.clone(), exact(name)))
            }
            (SolverMatchSpec::Extra, NameType::Extra { package, extra }) => {
                let nameless = NamelessMatchSpec {
                    extras: Some(vec![extra.clone()]),
                    ..NamelessMatchSpec::default()
                };
                Some(MatchSpec::from_nameless(nameless, exact(package)))
            }
            _ => None,
        }
    }

    fn set_name(&self, set: VersionSetId) -> String {
        let name = self.provider.pool.resolve_version_set_package_name(set);
        self.provider.pool.resolve_package_name(name).to_string()
    }

    fn solvable(&self, node: Node) -> Option<&SolverPackageRecord<'_>> {
        match self.nodes.get(node)? {
            ConflictNode::Solvable(id) => Some(self.record(*id)),
            _ => None,
        }
    }

    fn record(&self, id: SolvableId) -> &SolverPackageRecord<'_> {
        &self.provider.pool.resolve_solvable(id).record
    }

    fn name(&self, node: Node) -> Option<String> {
        match self.solvable(node)? {
            SolverPackageRecord::Record(record) => {
                Some(record.package_record.name.as_normalized().to_owned())
            }
            SolverPackageRecord::VirtualPackage(package) => {
                Some(package.name.as_normalized().to_owned())
            }
            SolverPackageRecord::Extra { package, extra } => {
                Some(format!("{}[{extra}]", package.as_normalized()))
            }
        }
    }
}

/// The overrides and edits that a cause depends on.
fn rules_of(cause: &Cause) -> Vec<Line> {
    match cause {
        Cause::NoCandidate(fact) => fact.demand.by.into_iter().collect(),
        Cause::Clash { demands, .. } => demands.iter().filter_map(|demand| demand.by).collect(),
        Cause::PinMissing { .. } => Vec::new(),
    }
}
