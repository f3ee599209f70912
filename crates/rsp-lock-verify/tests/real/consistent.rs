//! What is known to be consistent is accepted, what is not is refused for the
//! edges that are known to be wrong.

use std::collections::BTreeSet;

use rattler_conda_types::{GenericVirtualPackage, Subdir};
use rsp_lock_testkit::real::{Environment, shared_channels, virtual_package};
use rsp_lock_verify::{Finding, Found, text};

use crate::{OTHER_PLATFORMS, Platform, report};

/// The edge of a finding as the data writes it: field, file, spec, file that is there.
fn edge(finding: &Finding) -> Option<Vec<String>> {
    let (field, package, spec, found) = match finding {
        Finding::Dependency {
            package,
            spec,
            found,
            ..
        } => ("depends", package, spec, found),
        Finding::Constraint {
            package,
            spec,
            found,
        } => ("constrains", package, spec, found),
        _ => return None,
    };
    let Found::Locked(there) = found else {
        return None;
    };
    Some(
        [field, &package.file, spec, &there.file]
            .map(str::to_owned)
            .to_vec(),
    )
}

/// The virtual packages with one of them replaced or, without version, removed.
fn with(
    mut virtual_packages: Vec<GenericVirtualPackage>,
    name: &str,
    replacement: Option<&str>,
) -> Vec<GenericVirtualPackage> {
    virtual_packages.retain(|package| package.name.as_normalized() != name);
    virtual_packages.extend(replacement.and_then(virtual_package));
    virtual_packages
}

/// Whether a set is refused only because its machine is not the one that is
/// assumed: it was locked for the oldest x86_64, or for the CUDA it constrains.
fn is_for_another_machine(
    platform: &Platform,
    environment: &Environment,
    findings: &[Finding],
) -> bool {
    let only_virtual = findings.iter().all(|finding| {
        matches!(
            finding,
            Finding::Dependency {
                found: Found::Virtual(_),
                ..
            } | Finding::Constraint {
                found: Found::Virtual(_),
                ..
            }
        )
    });
    let machines = [
        ("__archspec", Some("__archspec=1=x86_64")),
        ("__cuda", Some("__cuda=13.3=0")),
        ("__cuda", None),
    ];
    only_virtual
        && machines.iter().any(|(name, replacement)| {
            let machine = with(environment.virtual_packages(), name, *replacement);
            platform
                .verify(platform.entries(environment), &machine)
                .is_empty()
        })
}

/// Accepted, refused and excepted sets of a platform, as numbers.
fn check(platform: &Platform) -> [usize; 3] {
    let (mut accepted, mut refused, mut excepted) = (0, 0, 0);
    for environment in &platform.environments {
        let findings = platform.verify(
            platform.entries(environment),
            &environment.virtual_packages(),
        );
        let sentences: Vec<String> = findings.iter().map(text).collect();
        if !environment.consistent {
            let edges: BTreeSet<Vec<String>> = findings.iter().filter_map(edge).collect();
            let problems: BTreeSet<Vec<String>> = environment.problems.iter().cloned().collect();
            assert!(
                edges.is_superset(&problems),
                "{}: {sentences:#?} lack some of {problems:#?}",
                environment.label()
            );
            // The data names five edges at most.
            assert!(
                edges == problems || problems.len() == 5,
                "{}: {sentences:#?} are more than {problems:#?}",
                environment.label()
            );
            refused += 1;
        } else if findings.is_empty() {
            accepted += 1;
        } else {
            assert!(
                is_for_another_machine(platform, environment, &findings),
                "{}: {sentences:#?}",
                environment.label()
            );
            report(&format!(
                "exception: {}: {}",
                environment.label(),
                sentences.join("; ")
            ));
            excepted += 1;
        }
    }
    [accepted, refused, excepted]
}

#[test]
fn linux_64_environments_are_judged_as_they_are() {
    let Some(dir) = shared_channels() else { return };
    let platform = Platform::read(&dir, Subdir::Linux64);
    assert_eq!(check(&platform), [1294, 32, 10]);
}

#[test]
fn environments_of_other_platforms_are_judged_as_they_are() {
    let Some(dir) = shared_channels() else { return };
    let counts = OTHER_PLATFORMS.map(|subdir| check(&Platform::read(&dir, subdir)));
    assert_eq!(counts, [[71, 2, 0], [117, 6, 2], [179, 6, 0]]);
}
