//! Which candidates are better than the one chosen.

use std::collections::BTreeMap;

use rattler_conda_types::Version;
use rsp_lock_spec::Strategy;

use crate::{
    choice::Reason, conflict::Line, exclusion::Exclusion, native::question::Question,
    problem::channel_order,
};
use rsp_lock_index::compile::ChannelOrder;

/// Candidates of one name and version that would be better than the one chosen.
pub(super) enum Rivals {
    /// Rules let them through.
    Eligible {
        positions: Vec<u32>,
        is_locked: bool,
    },
    /// Not one of them can be better, for the same kind of reason.
    Refused {
        position: u32,
        reason: Reason,
        is_locked: bool,
    },
}

impl Rivals {
    /// The one that is preferred.
    pub(super) fn first(&self) -> u32 {
        match self {
            Self::Eligible { positions, .. } => positions.first().copied().unwrap_or_default(),
            Self::Refused { position, .. } => *position,
        }
    }
}

/// What of a name is better than the candidate chosen, in the order of
/// [`Choice::better`](crate::Choice::better).
pub(super) fn rivals(question: &Question<'_>, name: u32, chosen: u32) -> Vec<Rivals> {
    let classes = Classes::of(question, name);
    let Some(own) = classes.class(chosen) else {
        return Vec::new();
    };
    let exclusion = question.rules.exclusions(name);
    let mut rivals = Vec::new();
    let mut told: Vec<u32> = Vec::new();
    if let Some(locked) = question.rules.locked_to(name)
        && locked != chosen
    {
        told.extend(classes.class(locked));
        rivals.push(match exclusion(locked) {
            Some(exclusion) => Rivals::Refused {
                position: locked,
                reason: Reason::Excluded(exclusion),
                is_locked: true,
            },
            None => Rivals::Eligible {
                positions: vec![locked],
                is_locked: true,
            },
        });
    }
    let best = best_version(&classes, own, question, name);
    let eligible = |positions: &[u32]| -> Vec<u32> {
        let positions = positions.iter().copied();
        positions.filter(|at| exclusion(*at).is_none()).collect()
    };
    if let Some(class) = best
        && !told.contains(&class)
    {
        told.push(class);
        let positions = classes.positions(class);
        let allowed = eligible(positions);
        let refused = |position: u32, reason: Reason| Rivals::Refused {
            position,
            reason,
            is_locked: false,
        };
        let first_excluded = || {
            let all = positions
                .iter()
                .filter_map(|at| Some((*at, exclusion(*at)?)));
            // The other archive has its own reason.
            let mut reasons: Vec<(u32, Exclusion)> = all.collect();
            reasons.sort_by_key(|(at, exclusion)| (*exclusion == Exclusion::Twin, *at));
            reasons.into_iter().next()
        };
        if allowed.is_empty() {
            let excluded = first_excluded();
            rivals.extend(excluded.map(|(at, reason)| refused(at, Reason::Excluded(reason))));
        } else if classes.is_better(class, own) {
            rivals.push(Rivals::Eligible {
                positions: allowed,
                is_locked: false,
            });
        } else {
            let at = allowed.first().copied().unwrap_or_default();
            rivals.push(refused(at, behind(question, name, chosen, at)));
        }
    }
    let mut ahead = classes.ahead_of(own);
    let allowed = ahead.find_map(|class| {
        let allowed = eligible(classes.positions(class));
        (!allowed.is_empty()).then_some((class, allowed))
    });
    if let Some((class, positions)) = allowed
        && !told.contains(&class)
    {
        rivals.push(Rivals::Eligible {
            positions,
            is_locked: false,
        });
    }
    rivals
}

/// The class of the best version, if that is better than the version chosen: of several classes
/// of it, the one that the solver prefers.
fn best_version(classes: &Classes, own: u32, question: &Question<'_>, name: u32) -> Option<u32> {
    let version = |class: u32| -> Option<Version> {
        let first = classes.positions(class).first()?;
        question.view.version(name, *first).parse().ok()
    };
    let is_better = |a: &Version, b: &Version| if classes.is_lowest { a < b } else { a > b };
    let mut best: Option<(u32, Version)> = None;
    for class in classes.in_order() {
        let Some(version) = version(class) else {
            continue;
        };
        if best
            .as_ref()
            .is_none_or(|(_, best)| is_better(&version, best))
        {
            best = Some((class, version));
        }
    }
    let (class, best) = best?;
    is_better(&best, &version(own)?).then_some(class)
}

/// Why the solver prefers the candidate chosen to one of a better version.
fn behind(question: &Question<'_>, name: u32, chosen: u32, better: u32) -> Reason {
    let channel = |position| {
        question
            .view
            .candidate(name, position)
            .map(|(channel, _, _)| channel)
    };
    let (first, later) = (channel(chosen), channel(better));
    let counts = channel_order(question.problem.channel_priority) == ChannelOrder::First;
    let named = first.and_then(|first| question.problem.channels.get(first as usize));
    match named {
        Some(named) if counts && first != later => Reason::LaterChannel {
            first: named.name.clone(),
        },
        _ => Reason::TracksFeatures,
    }
}

/// The candidates of a name by the class of their version.
struct Classes {
    positions: BTreeMap<u32, Vec<u32>>,
    is_lowest: bool,
    /// Per class, its rank if the oldest version is best.
    ranks: Vec<u32>,
}

impl Classes {
    fn of(question: &Question<'_>, name: u32) -> Self {
        let tables = question.view.tables();
        let span = tables.name_candidates.get(name as usize);
        let start = span.map_or(0, |[start, _]| *start);
        let mut positions: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for position in 0..question.view.count(name) {
            let at = start.saturating_add(position) as usize;
            if let Some(class) = tables.candidate_version.get(at) {
                positions.entry(*class).or_default().push(position);
            }
        }
        let text = question.view.name(name);
        Self {
            positions,
            ranks: question.view.lowest_ranks(name),
            is_lowest: match question.problem.strategy {
                Strategy::Highest => false,
                Strategy::Lowest => true,
                Strategy::LowestDirect => question
                    .lines
                    .iter()
                    .filter(|line| !matches!(line.line, Line::Constraint(_)))
                    .any(|line| rsp_lock_spec::exact_name(&line.spec).as_normalized() == text),
            },
        }
    }

    fn class(&self, position: u32) -> Option<u32> {
        let mut classes = self.positions.iter();
        let found = classes.find(|(_, positions)| positions.binary_search(&position).is_ok());
        found.map(|(class, _)| *class)
    }

    fn positions(&self, class: u32) -> &[u32] {
        self.positions.get(&class).map_or(&[], Vec::as_slice)
    }

    /// The smaller the better.
    fn rank(&self, class: u32) -> u32 {
        let rank = self.ranks.get(class as usize);
        if self.is_lowest {
            rank.copied().unwrap_or(u32::MAX - class)
        } else {
            class
        }
    }

    fn is_better(&self, class: u32, than: u32) -> bool {
        self.rank(class) < self.rank(than)
    }

    /// From the class that the solver prefers to the one it likes least.
    fn in_order(&self) -> impl Iterator<Item = u32> {
        let mut classes: Vec<u32> = self.positions.keys().copied().collect();
        classes.sort_unstable_by_key(|class| self.rank(*class));
        classes.into_iter()
    }

    fn ahead_of(&self, own: u32) -> impl Iterator<Item = u32> {
        self.in_order().take_while(move |class| *class != own)
    }
}
