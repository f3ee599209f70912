//! What candidates of one name state about other names.

use std::collections::{BTreeSet, HashMap};

use rattler_conda_types::MatchSpec;

use super::{
    Dead, DeadKind, VirtualKind,
    compiler::{Compiler, UNKNOWN},
    matching::{is_there, matching},
    specs::Made,
};
use crate::{
    LIMITS,
    owned::length,
    pack::{NONE, Row},
    ranges::{Ranges, collect, complement, contains, intersection, len},
};

/// What a candidate says of another name.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) target: u32,
    pub(super) limits: bool,
    pub(super) allowed: Allowed,
}

/// The candidates of the other name that are allowed.
#[derive(Clone, Debug)]
pub(super) enum Allowed {
    /// Those of a spec.
    Spec(u32),
    These(Ranges),
}

/// All that a candidate says.
#[derive(Clone, Debug, Default)]
pub(super) struct Statements {
    pub(super) of_names: Vec<Statement>,
    pub(super) of_virtual: BTreeSet<u32>,
}

impl Statements {
    pub(super) fn push(&mut self, target: u32, limits: bool, allowed: Allowed) {
        self.of_names.push(Statement {
            target,
            limits,
            allowed,
        });
    }
}

/// What candidates have in common that say the same.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    /// A pack, and lists of it.
    Recorded([u32; 3]),
    Rewritten([Vec<String>; 2]),
}

impl Compiler<'_> {
    /// Takes over what the candidates of an ordered name say.
    pub(super) fn state(&mut self, name: u32) {
        let Some(family) = self.family(name) else {
            self.end_state(name, &[], Vec::new());
            return;
        };
        let mut groups: HashMap<Key, (u32, Option<String>), hashbrown::DefaultHashBuilder> =
            HashMap::default();
        let mut stated: Vec<Statements> = Vec::new();
        let mut group_of = Vec::with_capacity(family.members.len());
        let mut dead: Vec<Dead> = Vec::new();
        for (position, member) in (0_u32..).zip(&family.members) {
            let Some((_, pack)) = self.packs.get(member.pack as usize) else {
                continue;
            };
            let Some(row) = pack.row(member.row).copied() else {
                continue;
            };
            let key = match self.rewritten(member.pack, member.row) {
                Some(texts) => Key::Rewritten(texts),
                None => Key::Recorded([member.pack, row.depends, row.constrains]),
            };
            let problem = if let Some((group, problem)) = groups.get(&key) {
                group_of.push(*group);
                problem.clone()
            } else {
                let (statements, problem) = match self.statements(&key) {
                    Ok(statements) => (statements, None),
                    Err(problem) => (Statements::default(), Some(problem)),
                };
                let group = length(&stated);
                stated.push(statements);
                groups.insert(key, (group, problem.clone()));
                group_of.push(group);
                problem
            };
            let problem = problem.or_else(|| self.problem_of_extras(member.pack, member.row, &row));
            if let Some(problem) = problem {
                let text = self.text(&problem);
                dead.push(Dead::new(position, DeadKind::Unreadable, text));
            }
        }
        // What it says of its own name holds or does not, whatever the others are.
        for (group, statements) in (0_u32..).zip(&mut stated) {
            let of_itself: Vec<Statement> = statements
                .of_names
                .extract_if(.., |statement| statement.target == name)
                .collect();
            for statement in of_itself {
                let allowed = self.ranges_of(&statement);
                for (position, of) in (0_u32..).zip(&group_of) {
                    let is_dead = || dead.iter().any(|d| d.position == position);
                    if *of == group && !contains(&allowed, position) && !is_dead() {
                        dead.push(Dead::new(position, DeadKind::Contradictory, NONE));
                    }
                }
            }
        }
        self.twins(name, &mut dead);
        dead.sort_unstable_by_key(|dead| dead.position);
        self.end_state(name, &group_of, stated);
        self.set_dead(name, &dead);
    }

    /// Of the archives of one build, all but the preferred one; an unreadable one is none.
    fn twins(&self, name: u32, dead: &mut Vec<Dead>) {
        let Some(family) = self.family(name) else {
            return;
        };
        let is_unreadable = |dead: &[Dead], position: u32| {
            let of = |d: &&Dead| d.position == position;
            dead.iter()
                .find(of)
                .is_some_and(|d| d.kind() == DeadKind::Unreadable)
        };
        let mut first: HashMap<(u32, &str, &str, &str), u32, hashbrown::DefaultHashBuilder> =
            HashMap::default();
        let mut pairs = Vec::new();
        for (position, member) in (0_u32..).zip(&family.members) {
            let Some((channel, pack)) = self.packs.get(member.pack as usize) else {
                continue;
            };
            let key = (
                *channel,
                pack.subdir(member.row),
                pack.version(member.row),
                pack.build(member.row),
            );
            let known = *first.entry(key).or_insert(position);
            let is_tar = |at: u32| {
                let member = family.members.get(at as usize);
                member.is_some_and(|m| {
                    let pack = self.packs.get(m.pack as usize);
                    pack.and_then(|(_, pack)| pack.row(m.row))
                        .is_some_and(|row| row.is(Row::TAR_BZ2))
                })
            };
            if known != position && is_tar(known) != is_tar(position) {
                let (tar, conda) = if is_tar(known) {
                    (known, position)
                } else {
                    (position, known)
                };
                pairs.push((tar, conda));
            }
        }
        for (tar, conda) in pairs {
            if !is_unreadable(dead, conda) && !dead.iter().any(|d| d.position == tar) {
                dead.push(Dead::new(tar, DeadKind::Twin, conda));
            }
        }
    }

    fn rewritten(&self, pack: u32, row: u32) -> Option<[Vec<String>; 2]> {
        let rewrite = self.rewrite?;
        if !self.may_change_row(pack, row) {
            return None;
        }
        let (_, of) = self.packs.get(pack as usize)?;
        rewrite.rewritten(&of.record(row)?.package_record)
    }

    /// What candidates say, or why that means nothing.
    fn statements(&mut self, key: &Key) -> Result<Statements, String> {
        let mut ids = Vec::new();
        match key {
            Key::Recorded([pack, depends, constrains]) => {
                let Some((_, of)) = self.packs.get(*pack as usize) else {
                    return Ok(Statements::default());
                };
                for (list, limits) in [(*depends, false), (*constrains, true)] {
                    for text in of.list(list) {
                        ids.push((self.specs.intern([*pack, *text], of.text(*text)), limits));
                    }
                }
            }
            Key::Rewritten([depends, constrains]) => {
                for (texts, limits) in [(depends, false), (constrains, true)] {
                    for text in texts {
                        ids.push((self.specs.intern_text(text), limits));
                    }
                }
            }
        }
        let mut statements = Statements::default();
        for (id, limits) in ids {
            self.specs.get(id).map_err(str::to_owned)?;
            self.state_spec(id, limits, &mut statements)?;
        }
        Ok(statements)
    }

    /// What is wrong with the optional dependencies of a record.
    fn problem_of_extras(&mut self, pack: u32, at: u32, row: &Row) -> Option<String> {
        if !row.is(Row::HAS_EXTRAS) {
            return None;
        }
        let (_, of) = self.packs.get(pack as usize)?;
        let record = of.record(at)?;
        let mut texts = record.package_record.extra_depends.values().flatten();
        texts.find_map(|text| {
            let id = self.specs.intern_text(text);
            self.specs.get(id).err().map(str::to_owned)
        })
    }

    pub(super) fn state_spec(
        &mut self,
        id: u32,
        limits: bool,
        statements: &mut Statements,
    ) -> Result<(), String> {
        let Ok(spec) = self.specs.get(id) else {
            return Ok(());
        };
        if let Some(condition) = spec.condition.clone() {
            let kind = if limits { "limits" } else { "requires" };
            let name = format!("if {} {kind}", spec.text);
            let made_up = if let Some(made_up) = self.known_more(&name) {
                made_up
            } else {
                let ways = self.ways(&condition, id, limits)?;
                self.make_up(&name, ways)
            };
            statements.push(made_up, false, Allowed::These(self.all(made_up)));
            return Ok(());
        }
        self.state_plainly(id, limits, statements)
    }

    /// [`Self::state_spec`] without the condition.
    pub(super) fn state_plainly(
        &mut self,
        id: u32,
        limits: bool,
        statements: &mut Statements,
    ) -> Result<(), String> {
        let Ok(spec) = self.specs.get(id) else {
            return Ok(());
        };
        if spec.target.starts_with("__") {
            let kind = if limits {
                VirtualKind::Limited
            } else {
                VirtualKind::Required
            };
            // What counts only under a condition does not say so here.
            let text = match &spec.matcher {
                Some(matcher) if spec.condition.is_some() => matcher.to_string(),
                _ => spec.text.to_string(),
            };
            let id = self.virtual_spec(&text, kind);
            statements.of_virtual.insert(id);
            return Ok(());
        }
        let Some(target) = self.target(id, !limits) else {
            return Ok(());
        };
        if !limits {
            self.refuse_place(id, target)?;
            self.want(target);
        }
        statements.push(target, limits, Allowed::Spec(id));
        let extras = self
            .specs
            .get(id)
            .map_or_else(|_| Vec::new(), |spec| spec.extras.clone());
        if !limits {
            for extra in extras {
                // What nobody has asks for nothing.
                if let Some(made_up) = self.extra(target, &extra) {
                    statements.push(made_up, false, Allowed::These(self.all(made_up)));
                }
            }
        }
        Ok(())
    }

    /// The name that a spec is about, ordered; `None` if no pack has it and it need not be there.
    fn target(&mut self, id: u32, required: bool) -> Option<u32> {
        let spec = self.specs.get(id).ok()?;
        if spec.target_id != UNKNOWN {
            return Some(spec.target_id);
        }
        let text = spec.target.clone();
        let target = match self.known(&text) {
            Some(target) => target,
            None if required => self.make_up(&text, Vec::new()),
            None => return None,
        };
        self.order(target);
        if let Some(spec) = self.specs.get_mut(id) {
            spec.target_id = target;
        }
        Some(target)
    }

    /// No solver looks at where a dependency says that a record should be, so that is only
    /// allowed to say what holds for all of them.
    fn refuse_place(&self, id: u32, target: u32) -> Result<(), String> {
        let Ok(spec) = self.specs.get(id) else {
            return Ok(());
        };
        let Some(matcher) = spec.matcher.as_ref().filter(|_| spec.names_a_place) else {
            return Ok(());
        };
        let family = self.family(target).unwrap_or_default();
        let elsewhere = family.members.iter().any(|member| {
            let pack = self.packs.get(member.pack as usize);
            pack.is_some_and(|(_, pack)| !is_there(matcher, member, pack))
        });
        if elsewhere {
            Err(format!(
                "`{}`: a dependency that names a channel, a subdir or a file",
                spec.text
            ))
        } else {
            Ok(())
        }
    }

    /// The candidates that a statement allows.
    pub(super) fn ranges_of(&mut self, statement: &Statement) -> Ranges {
        match &statement.allowed {
            Allowed::These(ranges) => ranges.clone(),
            Allowed::Spec(id) => self.allowed(*id, statement.target),
        }
    }

    fn allowed(&mut self, id: u32, target: u32) -> Ranges {
        let Ok(spec) = self.specs.get(id) else {
            return Ranges::new();
        };
        if let Some(known) = &spec.allowed {
            return known.clone();
        }
        let allowed = match &spec.matcher {
            Some(matcher) if spec.names_a_place => {
                let plain = MatchSpec {
                    channel: None,
                    subdir: None,
                    file_name: None,
                    ..(**matcher).clone()
                };
                self.matching(&plain, target)
            }
            Some(matcher) => self.matching(matcher, target),
            None => Ranges::new(),
        };
        if let Some(spec) = self.specs.get_mut(id) {
            spec.allow(allowed.clone());
        }
        allowed
    }

    fn matching(&self, spec: &MatchSpec, target: u32) -> Ranges {
        self.family(target)
            .map(|family| matching(spec, &family, self.packs))
            .unwrap_or_default()
    }

    /// The ways in which a conditional dependency can be met: those in which the
    /// condition fails first, the dependency itself last.
    fn ways(
        &mut self,
        condition: &[Vec<MatchSpec>],
        id: u32,
        limits: bool,
    ) -> Result<Vec<Statements>, String> {
        let mut ways = vec![Statements::default()];
        for alternative in condition {
            let mut next = Vec::new();
            for way in &ways {
                for spec in alternative {
                    next.extend(self.refused(spec, way));
                }
            }
            ways = next;
        }
        let mut met = Statements::default();
        self.state_plainly(id, limits, &mut met)?;
        ways.push(met);
        Ok(ways)
    }

    /// A way that also does not meet `spec`.
    fn refused(&mut self, spec: &MatchSpec, way: &Statements) -> Option<Statements> {
        let mut way = way.clone();
        let name = spec.name.as_exact()?.as_normalized();
        if name.starts_with("__") {
            let id = self.virtual_spec(&spec.to_string(), VirtualKind::Refused);
            way.of_virtual.insert(id);
        } else if let Some(target) = self.known(name) {
            self.order(target);
            let matching = self.matching(spec, target);
            let rest = complement(&matching, self.count(target));
            way.push(target, true, Allowed::These(rest));
        }
        Some(way)
    }

    /// Writes down groups, in order; the group of a candidate counts within the name.
    fn end_state(&mut self, name: u32, group_of: &[u32], stated: Vec<Statements>) {
        let first = length(&self.arrays.group_start) - 1;
        let mut clauses = Vec::new();
        let mut ends = Vec::with_capacity(stated.len());
        for statements in stated {
            self.group(statements, &mut clauses);
            ends.push(clauses.len());
        }
        let slots = self.slots(&clauses, &ends);
        if let Some(place) = self.arrays.name_slots.get_mut(name as usize) {
            *place = slots;
        }
        let end = length(&self.arrays.group_start) - 1;
        let start = self.start(name);
        for (position, group) in group_of.iter().enumerate() {
            if let Some(place) = self
                .arrays
                .candidate_group
                .get_mut(start as usize + position)
            {
                *place = *group;
            }
        }
        if let Some(groups) = self.arrays.name_groups.get_mut(name as usize) {
            *groups = [first, end];
        }
    }

    /// Writes down groups of a made-up name: one a candidate.
    pub(super) fn end_made_up(&mut self, name: u32, ways: Vec<Statements>) {
        let group_of: Vec<u32> = (0..length(&ways)).collect();
        self.end_state(name, &group_of, ways);
    }

    /// Writes down the slots of a name whose groups state the given clauses, one group after
    /// the other, each up to its end.
    fn slots(&mut self, clauses: &[u32], ends: &[usize]) -> [u32; 2] {
        let arrays = &mut self.arrays;
        let target = |clause: u32| {
            let target = arrays.clause_target.get(clause as usize);
            (target.map(|target| target & !LIMITS), clause)
        };
        let mut slots = clauses.to_vec();
        slots.sort_unstable_by_key(|clause| target(*clause));
        slots.dedup();
        self.slot_of.resize(arrays.clause_target.len(), 0);
        for (slot, clause) in (0_u32..).zip(&slots) {
            if let Some(place) = self.slot_of.get_mut(*clause as usize) {
                *place = slot;
            }
        }
        let slot_of = |clause: &u32| self.slot_of.get(*clause as usize).copied();
        let mut groups_of: Vec<Vec<u32>> = vec![Vec::new(); slots.len()];
        let mut start = 0;
        for (group, end) in (0_u32..).zip(ends) {
            let stated = clauses.get(start..*end).unwrap_or_default();
            for slot in stated.iter().filter_map(slot_of) {
                arrays.group_slots.push(slot);
                if let Some(groups) = groups_of.get_mut(slot as usize) {
                    groups.push(group);
                }
            }
            arrays.group_start.push(length(&arrays.group_slots));
            start = *end;
        }
        let first = length(&arrays.slot_clause);
        arrays.slot_clause.extend(slots);
        for groups in groups_of {
            arrays.slot_groups.extend(groups);
            arrays.slot_start.push(length(&arrays.slot_groups));
        }
        [first, length(&arrays.slot_clause)]
    }

    /// Writes down what a group says of virtual packages, and adds its clauses to those given.
    fn group(&mut self, mut statements: Statements, clauses: &mut Vec<u32>) {
        // Equal targets stand together, the order within is that of the record.
        statements
            .of_names
            .sort_by_key(|statement| statement.target);
        for of_target in statements.of_names.chunk_by(|a, b| a.target == b.target) {
            let clause = match of_target {
                [only] => self.clause_of(only),
                several => self.clause_of_several(several),
            };
            clauses.extend(clause);
        }
        self.arrays.group_virtual.extend(statements.of_virtual);
        self.arrays
            .group_virtual_start
            .push(length(&self.arrays.group_virtual));
    }

    fn clause_of(&mut self, statement: &Statement) -> Option<u32> {
        let Allowed::Spec(id) = statement.allowed else {
            let allowed = self.ranges_of(statement);
            return self.clause(statement.target, statement.limits, allowed);
        };
        let kind = usize::from(statement.limits);
        let known = self
            .specs
            .get(id)
            .ok()
            .and_then(|spec| spec.clauses.get(kind));
        match known {
            Some(Made::Clause(known)) => return Some(*known),
            Some(Made::Nothing) => return None,
            Some(Made::NotYet) | None => {}
        }
        let allowed = self.allowed(id, statement.target);
        let clause = self.clause(statement.target, statement.limits, allowed);
        if let Some(spec) = self.specs.get_mut(id)
            && let Some(place) = spec.clauses.get_mut(kind)
        {
            *place = clause.map_or(Made::Nothing, Made::Clause);
        }
        clause
    }

    /// What is only limited and also required is required to be what both allow.
    fn clause_of_several(&mut self, statements: &[Statement]) -> Option<u32> {
        let target = statements.first()?.target;
        let mut allowed: Option<Ranges> = None;
        for statement in statements {
            let next = self.ranges_of(statement);
            allowed = Some(match allowed {
                Some(known) => intersection(&known, &next),
                None => next,
            });
        }
        let limits = statements.iter().all(|statement| statement.limits);
        self.clause(target, limits, allowed.unwrap_or_default())
    }

    /// A clause; none where it would say nothing.
    fn clause(&mut self, target: u32, limits: bool, allowed: Ranges) -> Option<u32> {
        if limits && len(&allowed) == self.count(target) {
            return None;
        }
        Some(self.intern_clause(target, limits, allowed))
    }

    /// All candidates of a name.
    pub(super) fn all(&self, name: u32) -> Ranges {
        collect(self.count(name), |_| true)
    }
}
