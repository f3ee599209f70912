//! Which candidates of a name say the same, as it stands in the packs.

use std::collections::HashMap;

use super::{
    compiler::Rewrite,
    family::{Family, Member, NumberedPack},
};
use crate::{
    owned::length,
    pack::{Pack, Row},
};

/// The candidates of a name in groups of those that say the same.
#[derive(Debug, Default)]
pub(super) struct Grouping {
    /// Per candidate, its group.
    pub(super) group_of: Vec<u32>,
    /// What any of them says, each once, in the order in which it is met.
    pub(super) lines: Vec<Line>,
    /// Per group, the numbers of what its candidates say.
    pub(super) says: Vec<Vec<u32>>,
    /// Candidates with extras.
    pub(super) with_extras: Vec<u32>,
    /// Two archives of one build each, the preferred one last.
    pub(super) twins: Vec<[u32; 2]>,
}

/// Something that a candidate says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Line {
    pub(super) text: Text,
    /// Whether it stands in `constrains`.
    pub(super) limits: bool,
}

/// Where a text stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Text {
    /// In a pack.
    Recorded {
        pack: u32,
        text: u32,
    },
    Rewritten(String),
}

/// Where it stands what candidates say.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Says {
    /// In lists of a pack.
    Recorded {
        pack: u32,
        depends: u32,
        constrains: u32,
    },
    /// Elsewhere, as texts.
    Rewritten([Vec<String>; 2]),
}

/// Numbers what candidates say.
#[derive(Default)]
struct Lines {
    numbers: HashMap<Line, u32, hashbrown::DefaultHashBuilder>,
    met: Vec<Line>,
    /// The numbers of what the candidate before says, most of which the next one says again at
    /// the same place.
    before: Vec<u32>,
}

impl Lines {
    /// The number of a line that stands at a place.
    fn number(&mut self, at: usize, line: Line) -> u32 {
        let again = self.before.get(at).copied();
        if let Some(again) = again.filter(|again| self.met.get(*again as usize) == Some(&line)) {
            return again;
        }
        let next = length(&self.met);
        let met = &mut self.met;
        let known = self.numbers.entry(line);
        *known.or_insert_with_key(|line| {
            met.push(line.clone());
            next
        })
    }

    fn of(&mut self, packs: &[NumberedPack], says: &Says) -> Vec<u32> {
        let mut numbers = Vec::new();
        match says {
            Says::Recorded {
                pack,
                depends,
                constrains,
            } => {
                let Some((_, of)) = packs.get(*pack as usize) else {
                    return numbers;
                };
                let (depends, constrains) = (of.list(*depends), of.list(*constrains));
                numbers.reserve_exact(depends.len() + constrains.len());
                for (texts, limits) in [(depends, false), (constrains, true)] {
                    for text in texts {
                        let (pack, text) = (*pack, *text);
                        let text = Text::Recorded { pack, text };
                        numbers.push(self.number(numbers.len(), Line { text, limits }));
                    }
                }
            }
            Says::Rewritten([depends, constrains]) => {
                for (texts, limits) in [(depends, false), (constrains, true)] {
                    for text in texts {
                        let text = Text::Rewritten(text.clone());
                        numbers.push(self.number(numbers.len(), Line { text, limits }));
                    }
                }
            }
        }
        self.before.clone_from(&numbers);
        numbers
    }
}

/// Puts the candidates of a family into groups.
pub(super) fn grouping(
    packs: &[NumberedPack],
    rewrite: Option<&dyn Rewrite>,
    family: &Family,
) -> Grouping {
    let mut known: HashMap<Says, u32, hashbrown::DefaultHashBuilder> = HashMap::default();
    let mut lines = Lines::default();
    let mut grouping = Grouping::default();
    grouping.group_of.reserve_exact(family.members.len());
    // Most say what the one before says.
    let mut before: Option<(Says, u32)> = None;
    for (position, member) in (0_u32..).zip(&family.members) {
        let Some((_, pack)) = packs.get(member.pack as usize) else {
            continue;
        };
        let Some(row) = pack.row(member.row) else {
            continue;
        };
        let says = rewrite
            .and_then(|rewrite| rewritten(rewrite, pack, member.row))
            .map_or(
                Says::Recorded {
                    pack: member.pack,
                    depends: row.depends,
                    constrains: row.constrains,
                },
                Says::Rewritten,
            );
        let group = match &before {
            Some((again, group)) if *again == says => *group,
            _ => {
                let next = length(&grouping.says);
                let group = *known.entry(says.clone()).or_insert_with_key(|says| {
                    grouping.says.push(lines.of(packs, says));
                    next
                });
                before = Some((says, group));
                group
            }
        };
        grouping.group_of.push(group);
        if row.is(Row::HAS_EXTRAS) {
            grouping.with_extras.push(position);
        }
    }
    grouping.lines = lines.met;
    grouping.twins = twins(packs, family);
    grouping
}

/// Whether what a record says may count differently.
pub(super) fn may_change(rewrite: &dyn Rewrite, pack: &Pack, row: u32) -> bool {
    rewrite.may_change(
        pack.name(row),
        &mut pack.depends(row).chain(pack.constrains(row)),
    )
}

fn rewritten(rewrite: &dyn Rewrite, pack: &Pack, row: u32) -> Option<[Vec<String>; 2]> {
    if !may_change(rewrite, pack, row) {
        return None;
    }
    rewrite.rewritten(&pack.record(row)?.package_record)
}

/// Pairs of archives of one build, `.tar.bz2` first.
fn twins(packs: &[NumberedPack], family: &Family) -> Vec<[u32; 2]> {
    let mut pairs = Vec::new();
    let row = |member: &Member| {
        let (_, pack) = packs.get(member.pack as usize)?;
        pack.row(member.row)
    };
    let is_tar = |at: u32| {
        let member = family.members.get(at as usize);
        member.and_then(row).is_some_and(|row| row.is(Row::TAR_BZ2))
    };
    if !(0..length(&family.members)).any(is_tar) {
        return pairs;
    }
    let mut first: HashMap<(u32, &str, &str, &str), u32, hashbrown::DefaultHashBuilder> =
        HashMap::default();
    for (position, member) in (0_u32..).zip(&family.members) {
        let Some((channel, pack)) = packs.get(member.pack as usize) else {
            continue;
        };
        let key = (
            *channel,
            pack.subdir(member.row),
            pack.version(member.row),
            pack.build(member.row),
        );
        let known = *first.entry(key).or_insert(position);
        if known != position && is_tar(known) != is_tar(position) {
            pairs.push(if is_tar(known) {
                [known, position]
            } else {
                [position, known]
            });
        }
    }
    pairs
}
