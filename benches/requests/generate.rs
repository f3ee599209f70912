//! Requests from numbers: the same number is the same request everywhere.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::world::World;

/// What a request asks for.
#[derive(Clone, Debug, Default)]
pub struct Generated {
    /// Its number.
    pub number: u64,
    /// Requirements, as they would be written.
    pub requirements: Vec<String>,
    /// Constraints, as they would be written.
    pub constraints: Vec<String>,
    /// The date up to which records are seen.
    pub exclude_newer: Option<Timestamp>,
    /// Whether an answer to the first half of the requirements is locked.
    pub locks_half: bool,
}

/// What requests are drawn from.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Names to ask for.
    names: Vec<String>,
    /// Pythons to ask for, as bounds.
    pythons: Vec<String>,
    /// Dates between the channel's early and its last records.
    dates: Vec<Timestamp>,
}

impl Shape {
    /// What can be drawn from a channel.
    pub fn of(world: &World) -> Self {
        let names = world.by_name.keys();
        let names = names.filter(|name| !name.starts_with('_') && *name != "python");
        let mut times: Vec<Timestamp> = world
            .records
            .iter()
            .filter_map(|record| record.package_record.timestamp)
            .filter_map(|time| Timestamp::from_millisecond(time.timestamp_millis()).ok())
            .collect();
        times.sort_unstable();
        let dates = (50..100).filter_map(|percent| times.get(times.len() * percent / 100));
        let pythons: BTreeSet<String> = world
            .by_name
            .get("python")
            .into_iter()
            .flatten()
            .filter_map(|number| world.records.get(*number))
            .filter_map(|record| {
                let version = record.package_record.version.as_str();
                let mut parts = version.split('.');
                Some(format!("{}.{}.*", parts.next()?, parts.next()?))
            })
            .collect();
        Self {
            names: names.cloned().collect(),
            pythons: pythons.into_iter().collect(),
            dates: dates.copied().collect(),
        }
    }
}

/// The request of a number.
pub fn generate(world: &World, shape: &Shape, number: u64) -> Generated {
    let mut dice = Dice(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed);
    let count = match dice.below(4) {
        0 => 1 + dice.below(4),
        1 => 5 + dice.below(8),
        _ => 13 + dice.below(28),
    };
    // Half of the requests are bound loosely, so that many of them have an answer.
    let bound_percent = if dice.below(2) == 0 { 2 } else { 25 };
    let mut names: BTreeSet<&str> = BTreeSet::new();
    while names.len() < count.min(shape.names.len()) {
        names.extend(dice.pick(&shape.names).map(String::as_str));
    }
    let mut requirements: Vec<String> = names
        .iter()
        .map(|name| match world.bounds.get(*name) {
            Some(bounds) if dice.below(100) < bound_percent => match dice.pick(bounds) {
                Some(bound) => format!("{name} {bound}"),
                None => (*name).to_owned(),
            },
            _ => (*name).to_owned(),
        })
        .collect();
    if dice.below(100) < 60 {
        // People want the newest pythons more often than the others.
        let from = shape.pythons.len().saturating_sub(3);
        let newest = shape.pythons.get(from..).unwrap_or_default();
        let pythons = if dice.below(4) == 0 {
            &shape.pythons[..]
        } else {
            newest
        };
        requirements.extend(dice.pick(pythons).map(|python| format!("python {python}")));
    }
    let mut constraints = Vec::new();
    if dice.below(100) < 25 {
        let bounds: Vec<(&String, &Vec<String>)> = world.bounds.iter().collect();
        for _ in 0..=dice.below(3) {
            if let Some((name, bounds)) = dice.pick(&bounds)
                && let Some(bound) = dice.pick(bounds)
            {
                constraints.push(format!("{name} {bound}"));
            }
        }
    }
    let exclude_newer = if dice.below(100) < 15 {
        dice.pick(&shape.dates).copied()
    } else {
        None
    };
    Generated {
        number,
        requirements,
        constraints,
        exclude_newer,
        locks_half: dice.below(100) < 15,
    }
}

/// Numbers that look random (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below another, which is not 0.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(1).max(1);
        usize::try_from(self.next() % end).unwrap_or(0)
    }

    fn pick<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        all.get(self.below(all.len()))
    }
}
