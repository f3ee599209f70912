//! What the candidates of names say, many names at a time.

use std::collections::BTreeSet;

use super::{
    Dead, DeadKind,
    compiler::Compiler,
    family::NumberedPack,
    grouping::{Grouping, Text, grouping},
    slots::{Slots, SlotsBuilder},
    specs::{Said, Specs},
    statements::Statement,
};
use crate::{
    cores::{drop_beside, side_by_side},
    pack::NONE,
    ranges::contains,
};

/// How many names are stated at a time. Behind so many the memory of the packs that were read
/// for them is given back: what one name says, the next seldom does.
pub(super) const STATED_AT_ONCE: usize = 4096;

/// How many of them are grouped while those before are given numbers.
const GROUPED_AT_ONCE: usize = 512;

/// A name with its candidates in groups.
struct Sorted {
    name: u32,
    grouping: Grouping,
    /// Per line of the grouping, its spec, and whether it limits.
    specs: Vec<(u32, bool)>,
    /// Candidates with extras that mean nothing, and why.
    unreadable: Vec<(u32, String)>,
}

/// What is to be written down of a name.
struct Stated {
    name: u32,
    group_of: Vec<u32>,
    slots: Slots,
    dead: Vec<(u32, Why)>,
}

/// Why a candidate is in no answer; see [`DeadKind`].
enum Why {
    Unreadable(String),
    Contradictory,
    Twin(u32),
}

/// The specs of what candidates say.
fn intern(packs: &[NumberedPack], specs: &mut Specs, grouping: &Grouping) -> Vec<(u32, bool)> {
    let lines = grouping.lines.iter();
    let specs = lines.map(|line| {
        let id = match &line.text {
            Text::Recorded { pack, text } => match packs.get(*pack as usize) {
                Some((_, of)) => specs.intern(*pack, of, *text),
                None => NONE,
            },
            Text::Rewritten(text) => specs.intern_text(text),
        };
        (id, line.limits)
    });
    specs.collect()
}

impl Compiler<'_> {
    /// Takes over what the candidates of names say.
    ///
    /// What has to be one after the other, because it gives numbers, is little; all else is done
    /// by all cores, and does not depend on how many there are.
    pub(super) fn state(&mut self, names: &[u32]) {
        self.order(names);
        let mut sorted = self.sorted(names);
        self.read_specs();
        for of_name in &mut sorted {
            for (id, limits) in &of_name.specs {
                self.say(*id, *limits);
            }
            self.look_at_extras(of_name);
        }
        let stated = side_by_side(&sorted, |of_name| self.stated(of_name));
        drop_beside(sorted, names.len());
        for of_name in stated {
            self.write_dead(of_name.name, of_name.dead);
            self.write_down(of_name.name, &of_name.group_of, of_name.slots);
        }
        self.stated += names.len();
        if self.stated >= STATED_AT_ONCE {
            self.stated = 0;
            self.packs.iter().for_each(|(_, pack)| pack.give_back());
        }
    }

    /// Groups the candidates of names, and gives what they say its numbers: one after the other,
    /// but beside the grouping of the names that follow.
    fn sorted(&mut self, names: &[u32]) -> Vec<Sorted> {
        let (packs, rewrite, families) = (self.packs, self.rewrite, &self.families);
        let specs = &mut self.specs;
        let group = |names: &[u32]| {
            side_by_side(names, |name| {
                let family = families.get(name);
                family.map_or_else(Grouping::default, |of| grouping(packs, rewrite, of))
            })
        };
        let mut sorted = Vec::with_capacity(names.len());
        let mut number = |names: &[u32], groupings: Vec<Grouping>| {
            let groupings = names.iter().zip(groupings);
            sorted.extend(groupings.map(|(name, grouping)| Sorted {
                name: *name,
                specs: intern(packs, specs, &grouping),
                grouping,
                unreadable: Vec::new(),
            }));
        };
        let mut before: (&[u32], Vec<Grouping>) = Default::default();
        for names in names.chunks(GROUPED_AT_ONCE) {
            let (of_names, groupings) = before;
            let next = if of_names.is_empty() {
                group(names)
            } else {
                rayon::join(|| number(of_names, groupings), || group(names)).1
            };
            before = (names, next);
        }
        number(before.0, before.1);
        sorted
    }

    fn look_at_extras(&mut self, of_name: &mut Sorted) {
        for position in &of_name.grouping.with_extras {
            let family = self.family(of_name.name).unwrap_or_default();
            let member = family.members.get(*position as usize);
            if let Some(problem) = member.and_then(|member| self.problem_of_extras(*member)) {
                of_name.unreadable.push((*position, problem));
            }
        }
    }

    fn stated(&self, of_name: &Sorted) -> Stated {
        let Sorted {
            name,
            grouping,
            specs,
            unreadable,
        } = of_name;
        let mut slots = SlotsBuilder::new(self);
        let mut dead: Vec<(u32, Why)> = Vec::new();
        let members = |group: u32| {
            let all = (0_u32..).zip(&grouping.group_of);
            all.filter(move |(_, of)| **of == group)
                .map(|(position, _)| position)
        };
        let mut of_names: Vec<&Statement> = Vec::new();
        let mut of_itself: Vec<(u32, &Statement)> = Vec::new();
        for (group, lines) in (0_u32..).zip(&grouping.says) {
            let specs = || lines.iter().filter_map(|line| specs.get(*line as usize));
            of_names.clear();
            let mut of_virtual = BTreeSet::new();
            let problem = specs().find_map(|(id, limits)| {
                let spec = match self.specs.get(*id) {
                    Ok(spec) => spec,
                    Err(problem) => return Some(problem),
                };
                match spec.said(*limits) {
                    Said::One(statement) => of_names.push(statement),
                    Said::Several(statements) => {
                        of_names.extend(&statements.of_names);
                        of_virtual.extend(&statements.of_virtual);
                    }
                    Said::Meaningless(problem) => return Some(problem),
                    Said::NotYet => {}
                }
                None
            });
            if let Some(problem) = problem {
                of_names.clear();
                of_virtual.clear();
                let unreadable = |at| (at, Why::Unreadable(problem.to_owned()));
                dead.extend(members(group).map(unreadable));
            }
            // What it says of its own name holds or does not, whatever the others are.
            of_names.retain(|statement| {
                if statement.target == *name {
                    of_itself.push((group, statement));
                }
                statement.target != *name
            });
            slots.group(&mut of_names, &of_virtual);
        }
        for (position, problem) in unreadable {
            if !dead.iter().any(|(known, _)| known == position) {
                dead.push((*position, Why::Unreadable(problem.clone())));
            }
        }
        for (group, statement) in of_itself {
            let allowed = self.ranges_of(statement);
            for position in members(group) {
                let is_dead = || dead.iter().any(|(known, _)| *known == position);
                if !contains(allowed, position) && !is_dead() {
                    dead.push((position, Why::Contradictory));
                }
            }
        }
        for [tar, conda] in &grouping.twins {
            let is_dead = |of: u32| dead.iter().any(|(known, _)| *known == of);
            let is_unreadable = |of: u32| {
                let why = dead.iter().find(|(known, _)| *known == of);
                matches!(why, Some((_, Why::Unreadable(_))))
            };
            if !is_unreadable(*conda) && !is_dead(*tar) {
                dead.push((*tar, Why::Twin(*conda)));
            }
        }
        dead.sort_unstable_by_key(|(position, _)| *position);
        Stated {
            name: *name,
            group_of: grouping.group_of.clone(),
            slots: slots.finish(),
            dead,
        }
    }

    fn write_dead(&mut self, name: u32, dead: Vec<(u32, Why)>) {
        let dead: Vec<Dead> = dead
            .into_iter()
            .map(|(position, why)| match why {
                Why::Unreadable(problem) => {
                    let text = self.text(&problem);
                    Dead::new(position, DeadKind::Unreadable, text)
                }
                Why::Contradictory => Dead::new(position, DeadKind::Contradictory, NONE),
                Why::Twin(conda) => Dead::new(position, DeadKind::Twin, conda),
            })
            .collect();
        self.set_dead(name, &dead);
    }
}
