//! Brute force over tiny universes: what a solver's answer is held against.
//!
//! Nothing here is shared with a solver but the meaning of a single spec
//! (`rattler_conda_types`): no conflict learning, no watched literals, just
//! every choice of one record or none for each name.

use std::fmt::Write as _;

use rattler_conda_types::{
    GenericVirtualPackage, MatchSpec, Matches, ParseMatchSpecOptions, RepoDataRecord,
    RepodataRevision,
};

use crate::universe::{Universe, by_name, short};

/// A question about a tiny universe: no conditions, no extras, no channels in specs.
#[derive(Clone, Debug, Default)]
pub struct Tiny {
    /// The universe in its language, for messages.
    pub text: String,
    /// Its records.
    pub records: Vec<RepoDataRecord>,
    /// What must be there.
    pub requirements: Vec<String>,
    /// What must hold if it is there.
    pub constraints: Vec<String>,
    /// What the platform offers.
    pub virtual_packages: Vec<GenericVirtualPackage>,
}

impl Tiny {
    /// A question about a universe in text.
    pub fn new(text: &str, requirements: &[&str], constraints: &[&str]) -> Self {
        Self {
            text: text.to_owned(),
            records: Universe::of(text).records().cloned().collect(),
            requirements: requirements.iter().map(|&spec| spec.to_owned()).collect(),
            constraints: constraints.iter().map(|&spec| spec.to_owned()).collect(),
            virtual_packages: Vec::new(),
        }
    }

    /// A question made from a number: at most 8 names with at most 5 candidates
    /// each, ranges, builds, constrains and names that nobody offers.
    pub fn random(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let names: Vec<String> = (0..2 + dice.below(7))
            .filter_map(|index| char::from_u32('a' as u32 + u32::try_from(index).ok()?))
            .map(String::from)
            .collect();
        let mut text = String::new();
        for name in &names {
            let mut made: Vec<String> = Vec::new();
            for _ in 0..=dice.below(5) {
                let head = format!(
                    "{name} {} p{}_{}",
                    1 + dice.below(4),
                    dice.below(2),
                    dice.below(2)
                );
                if made.contains(&head) {
                    continue;
                }
                let depends = dice.specs(&names, name, 4);
                let constrains = dice.specs(&names, name, 2);
                let _ = write!(text, "{head} : {depends} ; constrains {constrains}");
                if dice.below(8) > 0 {
                    let _ = write!(text, " ; ts 2021-0{}-01", 1 + dice.below(9));
                }
                if dice.below(12) == 0 {
                    text.push_str(" ; track x");
                }
                text.push('\n');
                made.push(head);
            }
        }
        let lines = |most: u64, least: u64, dice: &mut Dice| -> Vec<String> {
            let count = least + dice.below(most);
            (0..count).map(|_| dice.spec(&names)).collect()
        };
        let requirements = lines(3, 1, &mut dice);
        let constraints = lines(3, 0, &mut dice);
        Self {
            records: Universe::of(&text).records().cloned().collect(),
            text,
            requirements,
            constraints,
            virtual_packages: Vec::new(),
        }
    }

    /// Every way to answer, each as records by name; stops after `most`.
    pub fn solutions(&self, most: usize) -> Vec<Vec<&RepoDataRecord>> {
        let tables = Tables::new(self);
        let mut found = Vec::new();
        tables.search(&tables.root, 0, &mut Vec::new(), most, &mut found);
        found
            .into_iter()
            .map(|choice| {
                let names = choice.iter().zip(&tables.names);
                names
                    .filter_map(|(&choice, (_, records))| {
                        records.get(choice.checked_sub(1)?).copied()
                    })
                    .collect()
            })
            .collect()
    }

    /// Whether there is an answer at all.
    pub fn is_satisfiable(&self) -> bool {
        !self.solutions(1).is_empty()
    }

    /// What is wrong with an answer, one sentence a fault; empty if nothing.
    pub fn faults(&self, answer: &[&RepoDataRecord]) -> Vec<String> {
        let mut faults = Vec::new();
        let chosen = |spec: &MatchSpec| {
            answer
                .iter()
                .filter(|record| spec.name.matches(&record.package_record.name))
                .copied()
                .collect::<Vec<_>>()
        };
        let offered = |spec: &MatchSpec| {
            let mut named = self.virtual_packages.iter();
            named.find(|package| spec.name.matches(&package.name))
        };
        let mut check = |who: &str, text: &str, must_be_there: bool| {
            let Some(spec) = spec(text) else {
                faults.push(format!("{who}: `{text}` is not a spec"));
                return;
            };
            let (records, platform) = (chosen(&spec), offered(&spec));
            let is_there = !records.is_empty() || platform.is_some();
            let holds = records.iter().all(|record| spec.matches(*record))
                && platform.is_none_or(|package| spec.matches(package));
            if !holds || (must_be_there && !is_there) {
                faults.push(format!("{who}: `{text}` does not hold"));
            }
        };
        for text in &self.requirements {
            check("requirement", text, true);
        }
        for text in &self.constraints {
            check("constraint", text, false);
        }
        for record in answer {
            for text in &record.package_record.depends {
                check(&short(record), text, true);
            }
            for text in &record.package_record.constrains {
                check(&short(record), text, false);
            }
        }
        for (index, record) in answer.iter().enumerate() {
            let name = &record.package_record.name;
            if answer
                .iter()
                .skip(index + 1)
                .any(|r| r.package_record.name == *name)
            {
                faults.push(format!("{} is there twice", name.as_normalized()));
            }
            if !self.records.contains(record) {
                faults.push(format!("{} is not in the universe", short(record)));
            }
        }
        faults
    }
}

fn spec(text: &str) -> Option<MatchSpec> {
    let lenient = ParseMatchSpecOptions::lenient().with_repodata_revision(RepodataRevision::V3);
    MatchSpec::from_str(text, lenient).ok()
}

/// A set of choices of one name: bit 0 is none, bit n is its nth candidate.
type Choices = u64;

/// What each choice leaves of the choices of every name.
struct Tables<'t> {
    names: Vec<(&'t str, Vec<&'t RepoDataRecord>)>,
    root: Vec<Choices>,
    /// By name and candidate; `None` if it can never be chosen.
    after: Vec<Vec<Option<Vec<Choices>>>>,
    tiny: &'t Tiny,
}

impl<'t> Tables<'t> {
    fn new(tiny: &'t Tiny) -> Self {
        let names: Vec<_> = by_name(&tiny.records).into_iter().collect();
        let mut tables = Self {
            names,
            root: Vec::new(),
            after: Vec::new(),
            tiny,
        };
        let all = |records: &Vec<_>| (1 << (records.len() + 1)) - 1;
        let every: Vec<Choices> = tables
            .names
            .iter()
            .map(|(_, records)| all(records))
            .collect();
        let narrow = |required: &[String], constrained: &[String]| {
            let mut choices = every.clone();
            let required = required.iter().map(|text| (text, true));
            let constrained = constrained.iter().map(|text| (text, false));
            required
                .chain(constrained)
                .all(|(text, must)| tables.narrow(&mut choices, text, must))
                .then_some(choices)
        };
        let root = narrow(&tiny.requirements, &tiny.constraints);
        let after = tables
            .names
            .iter()
            .map(|(_, records)| {
                let package = |record: &&RepoDataRecord| {
                    let package = &record.package_record;
                    narrow(&package.depends, &package.constrains)
                };
                records.iter().map(package).collect()
            })
            .collect();
        tables.after = after;
        tables.root = root.unwrap_or_else(|| every.iter().map(|_| 0).collect());
        tables
    }

    /// Takes from the choices what a spec forbids; false if it can never hold.
    fn narrow(&self, choices: &mut [Choices], text: &str, must_be_there: bool) -> bool {
        let Some(spec) = spec(text) else {
            return false;
        };
        let platform = &self.tiny.virtual_packages;
        if let Some(package) = platform.iter().find(|p| spec.name.matches(&p.name)) {
            return spec.matches(package);
        }
        let named = self.names.iter().zip(choices.iter_mut());
        for ((_, records), choices) in named {
            if !records
                .iter()
                .any(|r| spec.name.matches(&r.package_record.name))
            {
                continue;
            }
            let mut allowed: Choices = u64::from(!must_be_there);
            for (index, record) in records.iter().enumerate() {
                allowed |= Choices::from(spec.matches(*record)) << (index + 1);
            }
            *choices &= allowed;
            return *choices != 0;
        }
        !must_be_there
    }

    fn search(
        &self,
        choices: &[Choices],
        name: usize,
        chosen: &mut Vec<usize>,
        most: usize,
        found: &mut Vec<Vec<usize>>,
    ) {
        if found.len() >= most || choices.contains(&0) {
            return;
        }
        let Some(own) = choices.get(name) else {
            found.push(chosen.clone());
            return;
        };
        for choice in 0..64 {
            if own & (1 << choice) == 0 {
                continue;
            }
            let mut left = choices.to_vec();
            if let Some(slot) = left.get_mut(name) {
                *slot = 1 << choice;
            }
            if choice > 0 {
                let after = self.after.get(name).and_then(|after| after.get(choice - 1));
                let Some(Some(after)) = after else {
                    continue;
                };
                for (left, after) in left.iter_mut().zip(after) {
                    *left &= after;
                }
            }
            chosen.push(choice);
            self.search(&left, name + 1, chosen, most, found);
            chosen.pop();
        }
    }
}

/// A small random number generator (SplitMix64): equal seeds, equal universes, for ever.
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 if `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.roll().checked_rem(end).unwrap_or(0)
    }

    /// Any order of the items.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            let other = usize::try_from(self.below(end as u64 + 1)).unwrap_or(0);
            items.swap(end, other);
        }
    }

    fn spec(&mut self, names: &[String]) -> String {
        let index = usize::try_from(self.below(names.len() as u64)).unwrap_or(0);
        let name = names.get(index).map_or("a", String::as_str);
        let (low, high) = (1 + self.below(4), 2 + self.below(3));
        match self.below(20) {
            0..=4 => name.to_owned(),
            5..=8 => format!("{name} >={low}"),
            9..=11 => format!("{name} <{high}"),
            12 => format!("{name} >={low},<{}", low + 2),
            13 => format!("{name} !={low}"),
            14 => format!("{name} {low}.*"),
            15 | 16 => format!("{name} * p{}_*", self.below(2)),
            17 => format!("{name} =={low}|=={high}"),
            18 => format!("{name} {low} p{}_{}", self.below(2), self.below(2)),
            _ => "nowhere >=1".to_owned(),
        }
    }

    fn specs(&mut self, names: &[String], but: &str, most: u64) -> String {
        let others: Vec<String> = names.iter().filter(|name| *name != but).cloned().collect();
        let count = self.below(most);
        let specs: Vec<String> = (0..count).map(|_| self.spec(&others)).collect();
        specs.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_answers_are_found_and_no_other() {
        let tiny = Tiny::new(
            "a 1 : b\na 2 : b >=2\nb 1\nb 2\nc 1 ; constrains a <2",
            &["a"],
            &[],
        );
        let mut found: Vec<String> = tiny
            .solutions(100)
            .iter()
            .map(|answer| {
                answer
                    .iter()
                    .map(|r| short(r))
                    .collect::<Vec<_>>()
                    .join(", ")
            })
            .collect();
        found.sort();
        assert_eq!(
            found,
            [
                "a 1 0, b 1 0",
                "a 1 0, b 1 0, c 1 0",
                "a 1 0, b 2 0",
                "a 1 0, b 2 0, c 1 0",
                "a 2 0, b 2 0",
            ]
        );
    }

    #[test]
    fn what_nobody_offers_cannot_be_had() {
        assert!(!Tiny::new("a 1 : gone", &["a"], &[]).is_satisfiable());
        assert!(!Tiny::new("a 1", &["gone"], &[]).is_satisfiable());
        assert!(Tiny::new("a 1 ; constrains gone", &["a"], &["gone"]).is_satisfiable());
    }

    #[test]
    fn answers_have_no_faults_and_other_sets_do() {
        for seed in 0..200 {
            let tiny = Tiny::random(seed);
            for answer in tiny.solutions(20) {
                assert_eq!(tiny.faults(&answer), Vec::<String>::new(), "{}", tiny.text);
            }
        }
        let tiny = Tiny::new("a 1 : b\nb 1", &["a"], &[]);
        assert_eq!(tiny.faults(&[&tiny.records[0]]).len(), 1);
    }

    #[test]
    fn random_questions_are_of_both_kinds() {
        let yes = (0..300)
            .filter(|seed| Tiny::random(*seed).is_satisfiable())
            .count();
        assert!((60..240).contains(&yes), "{yes} of 300 can be answered");
    }
}
