//! What a spec states about names.

use std::collections::BTreeSet;

use rattler_conda_types::MatchSpec;

use super::{
    Member, VirtualKind,
    compiler::Compiler,
    matching::{is_there, matching},
    slots::SlotsBuilder,
    specs::{Said, Spec, Target},
};
use crate::{
    owned::length,
    ranges::{Ranges, collect, complement},
};

/// What is said of a name.
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

impl From<Statements> for Said {
    fn from(mut statements: Statements) -> Self {
        match statements.of_names.pop() {
            Some(only) if statements.of_names.is_empty() && statements.of_virtual.is_empty() => {
                Self::One(only)
            }
            last => {
                statements.of_names.extend(last);
                Self::Several(Box::new(statements))
            }
        }
    }
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

impl Compiler<'_> {
    /// Asks a spec what it says, once.
    pub(super) fn say(&mut self, id: u32, limits: bool) {
        let is_new = |spec: &Spec| matches!(spec.said(limits), Said::NotYet);
        if !self.specs.get(id).is_ok_and(is_new) {
            return;
        }
        // What stating it comes to for nearly all specs, for which it takes longer.
        let plainly = self.specs.get(id).ok().and_then(Spec::plain_target);
        let said = if let Some(target) = plainly {
            if !limits {
                self.want(target);
            }
            Said::One(Statement {
                target,
                limits,
                allowed: Allowed::Spec(id),
            })
        } else {
            let mut statements = Statements::default();
            match self.state_spec(id, limits, &mut statements) {
                Ok(()) => statements.into(),
                Err(problem) => Said::Meaningless(problem.into()),
            }
        };
        self.specs.say(id, limits, said);
        self.number_clause(id, limits);
    }

    /// What is wrong with the optional dependencies of a record.
    pub(super) fn problem_of_extras(&mut self, member: Member) -> Option<String> {
        let (_, of) = self.packs.get(member.pack as usize)?;
        let record = of.record(member.row)?;
        let mut texts = record.package_record.extra_depends.values().flatten();
        texts.find_map(|text| {
            let id = self.spec(text);
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
        if let Some(condition) = spec.condition().map(<[_]>::to_vec) {
            let kind = if limits { "limits" } else { "requires" };
            let name = format!("if {} {kind}", self.specs.text(id));
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

    /// [`Self::state_spec`] without the condition. What it says of a spec with a
    /// [`Spec::plain_target`] is also said in [`Self::say`].
    pub(super) fn state_plainly(
        &mut self,
        id: u32,
        limits: bool,
        statements: &mut Statements,
    ) -> Result<(), String> {
        let Ok(spec) = self.specs.get(id) else {
            return Ok(());
        };
        if let Target::Virtual = spec.target {
            let kind = if limits {
                VirtualKind::Limited
            } else {
                VirtualKind::Required
            };
            // What counts only under a condition does not say so here.
            let text = match &spec.matcher {
                Some(matcher) if spec.condition().is_some() => matcher.to_string(),
                _ => self.specs.text(id).to_owned(),
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
        if !limits {
            let spec = self.specs.get(id);
            let extras = spec.map_or_else(|_| Vec::new(), |spec| spec.extras().to_vec());
            for extra in extras {
                // What nobody has asks for nothing.
                if let Some(made_up) = self.extra(target, &extra) {
                    statements.push(made_up, false, Allowed::These(self.all(made_up)));
                }
            }
        }
        Ok(())
    }

    /// The name that a spec is about; `None` if no pack has it and it need not be there.
    fn target(&mut self, id: u32, required: bool) -> Option<u32> {
        let text = match &self.specs.get(id).ok()?.target {
            Target::Known(id) => return Some(*id),
            Target::Virtual => return None,
            Target::Unknown(text) => text.clone(),
        };
        match self.known_more(&text) {
            Some(target) => Some(target),
            None if required => Some(self.make_up(&text, Vec::new())),
            None => None,
        }
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
                self.specs.text(id)
            ))
        } else {
            Ok(())
        }
    }

    /// The candidates that a statement allows.
    pub(super) fn ranges_of<'s>(&'s self, statement: &'s Statement) -> &'s [[u32; 2]] {
        match &statement.allowed {
            Allowed::These(ranges) => ranges,
            Allowed::Spec(id) => {
                let spec = self.specs.get(*id).ok();
                spec.and_then(|spec| spec.allowed.as_deref())
                    .unwrap_or_default()
            }
        }
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
            self.order(&[target]);
            let matching = self.matching(spec, target);
            let rest = complement(&matching, self.count(target));
            way.push(target, true, Allowed::These(rest));
        }
        Some(way)
    }

    /// Writes down groups of a made-up name: one a candidate.
    pub(super) fn end_made_up(&mut self, name: u32, ways: &[Statements]) {
        let mut slots = SlotsBuilder::new(self);
        for way in ways {
            let mut of_names: Vec<&Statement> = way.of_names.iter().collect();
            slots.group(&mut of_names, &way.of_virtual);
        }
        let slots = slots.finish();
        let group_of: Vec<u32> = (0..length(ways)).collect();
        self.write_down(name, &group_of, slots);
    }

    /// All candidates of a name.
    pub(super) fn all(&self, name: u32) -> Ranges {
        collect(self.count(name), |_| true)
    }
}
