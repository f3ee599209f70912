//! Mutations of good sets, judged as the second check judges them.

use std::collections::{BTreeSet, HashMap};

use rattler_conda_types::{GenericVirtualPackage, RepoDataRecord, Subdir};
use rsp_lock_testkit::real::shared_channels;
use rsp_lock_verify::{Entry, Finding, HashKind};

use crate::{
    OTHER_PLATFORMS, Platform, report,
    second_check::{File, complaints},
};

/// A small, fixed generator: the same mutations in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % sides
    }
}

/// The sets of a platform that are good on their machine, in the order of the data.
fn good_sets(platform: &Platform) -> Vec<(Vec<File<'_>>, Vec<GenericVirtualPackage>)> {
    let mut good = Vec::new();
    for environment in platform.environments.iter().filter(|e| e.consistent) {
        let machine = environment.virtual_packages();
        let entries = platform.entries(environment);
        if platform.verify(entries.clone(), &machine).is_empty() {
            let files = entries.into_iter().map(|entry| File {
                record: entry.record.unwrap(),
                sha256: entry.sha256.unwrap(),
                md5: entry.md5.unwrap(),
            });
            good.push((files.collect(), machine));
        }
    }
    good
}

/// Another record of the same name and subdir, if there is one.
fn sibling<'a>(
    by_name: &HashMap<&str, Vec<&'a RepoDataRecord>>,
    record: &RepoDataRecord,
    dice: &mut Dice,
) -> Option<&'a RepoDataRecord> {
    let siblings = &by_name[record.package_record.name.as_normalized()];
    let other = siblings[dice.roll(siblings.len())];
    (other.url != record.url).then_some(other)
}

fn as_it_is(record: &RepoDataRecord) -> File<'_> {
    let entry = Entry::of(record);
    File {
        record,
        sha256: entry.sha256.unwrap(),
        md5: entry.md5.unwrap(),
    }
}

/// A finding as the second check would write it.
fn line(finding: &Finding, url_of: &HashMap<String, String>) -> String {
    match finding {
        Finding::DuplicateName { name, .. } => format!("twice {name}"),
        Finding::Dependency { package, spec, .. } => {
            format!("depends {} {spec}", url_of[&package.file])
        }
        Finding::Constraint { package, spec, .. } => {
            format!("constrains {} {spec}", url_of[&package.file])
        }
        Finding::HashMismatch { file, kind, .. } => match kind {
            HashKind::Sha256 => format!("sha256 {}", url_of[file]),
            HashKind::Md5 => format!("md5 {}", url_of[file]),
        },
        other => panic!("{other:?} is not among the mutations"),
    }
}

/// Judges so many mutations with both checks; how many of them were wrong, per kind of mutation.
fn judge(platform: &Platform, mutations: usize) -> [usize; 4] {
    let good = good_sets(platform);
    let mut by_name: HashMap<&str, Vec<&RepoDataRecord>> = HashMap::new();
    for record in &platform.universe.records {
        let name = record.package_record.name.as_normalized();
        by_name.entry(name).or_default().push(record);
    }
    let mut dice = Dice(0x5EED);
    let mut specs = HashMap::new();
    let mut wrong = [0; 4];
    let mut done = 0;
    while done < mutations {
        let (set, machine) = &good[dice.roll(good.len())];
        let mut files = set.clone();
        let at = dice.roll(files.len());
        let kind = done % 4;
        match kind {
            0 => {
                files.remove(at);
            }
            1 | 2 => {
                let Some(other) = sibling(&by_name, files[at].record, &mut dice) else {
                    continue;
                };
                match kind {
                    1 => files[at] = as_it_is(other),
                    _ => files.push(as_it_is(other)),
                }
            }
            _ => {
                let hash = match dice.roll(2) {
                    0 => &mut files[at].sha256,
                    _ => &mut files[at].md5,
                };
                let digit = dice.roll(hash.len());
                let other = if &hash[digit..=digit] == "0" {
                    "1"
                } else {
                    "0"
                };
                hash.replace_range(digit..=digit, other);
            }
        }
        done += 1;

        let expected = complaints(&files, machine, &mut specs);
        let url_of: HashMap<String, String> = files
            .iter()
            .map(|file| {
                (
                    file.record.identifier.to_file_name(),
                    file.record.url.to_string(),
                )
            })
            .collect();
        let entries = files
            .iter()
            .map(|file| Entry {
                url: &file.record.url,
                sha256: Some(file.sha256.clone()),
                md5: Some(file.md5.clone()),
                record: Some(file.record),
            })
            .collect();
        let found: BTreeSet<String> = platform
            .verify(entries, machine)
            .iter()
            .map(|finding| line(finding, &url_of))
            .collect();
        assert_eq!(found, expected, "mutation {done} of kind {kind}");
        wrong[kind] += usize::from(!expected.is_empty());
    }
    wrong
}

#[test]
fn mutations_are_judged_as_the_second_check_judges_them() {
    let Some(dir) = shared_channels() else { return };
    let platform = Platform::read(&dir, Subdir::Linux64);
    let wrong = judge(&platform, 5000);
    report(&format!(
        "linux-64: of 1250 each, wrong: drop, swap, add, hash = {wrong:?}"
    ));
    // A leaf may go and a build may be as good as another; two of a name and
    // a wrong hash never pass.
    assert!(wrong[0] > 600 && wrong[0] < 1250, "{wrong:?}");
    assert!(wrong[1] > 600 && wrong[1] < 1250, "{wrong:?}");
    assert_eq!(wrong[2..], [1250, 1250]);
}

#[test]
fn mutations_on_other_platforms_are_judged_as_the_second_check_judges_them() {
    let Some(dir) = shared_channels() else { return };
    for subdir in OTHER_PLATFORMS {
        let wrong = judge(&Platform::read(&dir, subdir), 1000);
        report(&format!(
            "{subdir}: of 250 each, wrong: drop, swap, add, hash = {wrong:?}"
        ));
        assert_eq!(wrong[2..], [250, 250]);
    }
}
