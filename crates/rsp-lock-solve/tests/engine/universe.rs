//! Random universes of records, and problems on them.

use std::{fmt, fmt::Write as _};

use rattler_conda_types::{GenericVirtualPackage, PackageName, RepoDataRecord};
use rsp_lock_solve::{ChannelRecords, Problem, Records};
use rsp_lock_spec::{ChannelPriority, Origin, Override, Requirement, Strategy, parse_spec};
use serde_json::json;

/// A small generator of random numbers (`SplitMix64`), so that a seed names a universe for good.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x00C0_FFEE)
    }

    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        u32::try_from((z ^ (z >> 31)) % u64::from(bound)).unwrap()
    }

    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }
}

/// Records of two channels and the lines of a request.
#[derive(Default)]
pub(crate) struct Universe {
    channels: [Vec<RepoDataRecord>; 2],
    requirements: Vec<Requirement>,
    constraints: Vec<Requirement>,
    overrides: Vec<Override>,
    virtual_packages: Vec<GenericVirtualPackage>,
    priority: ChannelPriority,
    strategy: Strategy,
}

impl Universe {
    pub(crate) fn random(random: &mut Random) -> Self {
        let mut universe = Self::default();
        let names = 3 + random.below(7);
        let two = random.chance(40);
        let features = [random.chance(20), random.chance(20), random.chance(30)];
        for channel in 0..=usize::from(two) {
            for name in 0..names {
                if random.chance(if channel == 0 { 96 } else { 50 }) {
                    let records = random_records(random, channel, name, names, features);
                    universe.channels[channel].extend(records);
                }
            }
        }
        let lines = |random: &mut Random, count: u32| {
            (0..count)
                .map(|_| requirement(&random_spec(random, names)))
                .collect::<Vec<_>>()
        };
        let count = 1 + random.below(3);
        universe.requirements = lines(random, count);
        let count = random.below(2);
        universe.constraints = lines(random, count);
        if random.chance(20) {
            let text = random_spec(random, names);
            universe.overrides.push(Override::parse(&text).unwrap());
        }
        for (name, version) in [
            ("__glibc", 1 + random.below(3)),
            ("__cuda", 1 + random.below(3)),
        ] {
            if random.chance(70) {
                universe.virtual_packages.push(GenericVirtualPackage {
                    name: PackageName::new_unchecked(name),
                    version: version.to_string().parse().unwrap(),
                    build_string: "0".parse().unwrap(),
                });
            }
        }
        universe.priority = match random.below(3) {
            0 => ChannelPriority::Strict,
            1 => ChannelPriority::Flexible,
            _ => ChannelPriority::Disabled,
        };
        universe.strategy = match random.below(6) {
            0 => Strategy::Lowest,
            1 => Strategy::LowestDirect,
            _ => Strategy::Highest,
        };
        universe
    }

    pub(crate) fn problem(&self) -> Problem<'_> {
        let channel = |number: usize| ChannelRecords {
            name: channel_url(number),
            display: format!("c{number}"),
            records: Records::Loaded(self.channels[number].iter().collect()),
        };
        Problem {
            channels: vec![channel(0), channel(1)],
            channel_priority: self.priority,
            strategy: self.strategy,
            requirements: self.requirements.clone(),
            constraints: self.constraints.clone(),
            overrides: self.overrides.clone(),
            virtual_packages: self.virtual_packages.clone(),
            ..Problem::default()
        }
    }
}

impl fmt::Display for Universe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?} {:?}", self.priority, self.strategy)?;
        for line in &self.requirements {
            writeln!(f, "require {}", line.text)?;
        }
        for line in &self.constraints {
            writeln!(f, "constrain {}", line.text)?;
        }
        for rule in &self.overrides {
            writeln!(f, "override {}", rule.text)?;
        }
        for package in &self.virtual_packages {
            writeln!(f, "offer {package}")?;
        }
        for record in self.channels.iter().flatten() {
            let package = &record.package_record;
            let channel = record.channel.as_deref().unwrap_or_default();
            writeln!(
                f,
                "{channel} {}: {:?} constrains {:?} extras {:?}",
                record.identifier, package.depends, package.constrains, package.extra_depends
            )?;
        }
        Ok(())
    }
}

fn channel_url(number: usize) -> String {
    format!("https://conda.example.org/c{number}/")
}

/// `features`: whether there may be virtual packages, conditions, extras.
fn random_records(
    random: &mut Random,
    channel: usize,
    name: u32,
    names: u32,
    features: [bool; 3],
) -> Vec<RepoDataRecord> {
    let [virtual_packages, conditions, extras] = features;
    let mut records = Vec::new();
    for version in 1..=1 + random.below(4) {
        for build in 0..=random.below(5) / 3 {
            let mut depends = Vec::new();
            let mut constrains = Vec::new();
            for _ in 0..random.below(4) {
                let mut spec = random_spec(random, names);
                if spec.split(' ').next() == Some(&format!("n{name}")) {
                    continue;
                }
                if conditions && random.chance(20) {
                    write!(spec, "[when=\"{}\"]", random_spec(random, names)).unwrap();
                } else if extras && random.chance(15) {
                    spec = format!("{}[extras=[x]]", spec.split(' ').next().unwrap());
                }
                if random.chance(25) && !spec.contains('[') {
                    constrains.push(spec);
                } else {
                    depends.push(spec);
                }
            }
            if virtual_packages && random.chance(25) {
                let list = if random.chance(30) {
                    &mut constrains
                } else {
                    &mut depends
                };
                let name = ["__glibc", "__cuda"][random.below(2) as usize];
                list.push(format!("{name} >={}", 1 + random.below(3)));
            }
            let extra_depends = if extras && random.chance(60) {
                json!({ "x": [random_spec(random, names)] })
            } else {
                json!({})
            };
            let file = format!("n{name}-{version}-b_{build}.conda");
            let url = channel_url(channel);
            let record = json!({
                "fn": file, "name": format!("n{name}"), "version": version.to_string(),
                "build": format!("b_{build}"), "build_number": build,
                "timestamp": 1_700_000_000_000_u64 + u64::from(random.below(4)),
                "depends": depends, "constrains": constrains, "extra_depends": extra_depends,
                "subdir": "linux-64", "url": format!("{url}linux-64/{file}"), "channel": url,
            });
            records.push(serde_json::from_value(record).unwrap());
        }
    }
    records
}

fn random_spec(random: &mut Random, names: u32) -> String {
    // Now and then a name that nobody has.
    let known = names + u32::from(random.chance(5));
    let name = random.below(known);
    let version = 1 + random.below(4);
    match random.below(8) {
        0 | 1 => format!("n{name}"),
        2 => format!("n{name} >={version}"),
        3 => format!("n{name} <={version}"),
        4 => format!("n{name} {version}.*"),
        5 => format!("n{name} !={version}"),
        6 => format!("n{name} {version} b_0"),
        _ => format!("n{name} >={version},<{}", version + 2),
    }
}

fn requirement(text: &str) -> Requirement {
    parse_spec(text, &Origin::command_line()).unwrap()
}
