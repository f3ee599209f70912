//! Platforms, and what they must hold.

use rattler_conda_types::{GenericVirtualPackage, Matches as _};
use rsp_lock_spec::{PlatformRequest, Request, Requirement};

use super::{Staleness, shown};
use crate::native::{
    LockedEnvironment, LockedPlatform,
    requests::{applies_to, normal, sorted_virtual_packages},
};

pub(super) fn platforms(
    request: &Request,
    environment: &LockedEnvironment,
    found: &mut Vec<Staleness>,
) {
    for platform in &request.platforms {
        let Some(locked) = environment.platform(&platform.name) else {
            found.push(Staleness::PlatformAdded {
                platform: platform.name.clone(),
                origin: platform.origin.clone(),
            });
            continue;
        };
        if locked.subdir != platform.subdir {
            found.push(Staleness::SubdirChanged {
                platform: platform.name.clone(),
                locked: locked.subdir.to_string(),
                asked: platform.subdir.to_string(),
            });
        }
        let asked = sorted_virtual_packages(&platform.virtual_packages());
        let locked_packages = sorted_virtual_packages(&locked.virtual_packages);
        if locked_packages != asked {
            let only_in =
                |these: &[GenericVirtualPackage], those: &[GenericVirtualPackage]| -> Vec<String> {
                    these
                        .iter()
                        .filter(|package| !those.contains(package))
                        .map(ToString::to_string)
                        .collect()
                };
            found.push(Staleness::VirtualPackagesChanged {
                platform: platform.name.clone(),
                locked: only_in(&locked_packages, &asked),
                asked: only_in(&asked, &locked_packages),
            });
        }
    }
    for locked in &environment.platforms {
        if !request
            .platforms
            .iter()
            .any(|platform| platform.name == locked.name)
        {
            found.push(Staleness::PlatformRemoved {
                platform: locked.name.clone(),
            });
        }
    }
}

pub(super) fn satisfied(
    request: &Request,
    environment: &LockedEnvironment,
    found: &mut Vec<Staleness>,
) {
    for platform in &request.platforms {
        let Some(locked) = environment.platform(&platform.name) else {
            continue;
        };
        for requirement in applying(&request.requirements, platform) {
            // Only the base knows whether such a requirement applies, and only the
            // channels whether it was expanded.
            if !requirement.if_missing && !requirement.expand {
                required(requirement, locked, found);
            }
        }
        for constraint in applying(&request.constraints, platform) {
            constrained(constraint, locked, found);
        }
    }
}

fn applying<'a>(
    requirements: &'a [Requirement],
    platform: &'a PlatformRequest,
) -> impl Iterator<Item = &'a Requirement> {
    requirements
        .iter()
        .filter(move |requirement| applies_to(requirement, platform))
}

/// Channel, subdir and file name of a spec are not looked at: how a channel is
/// called is known to the solve only, and a change of them is a changed line.
fn required(requirement: &Requirement, platform: &LockedPlatform, found: &mut Vec<Staleness>) {
    let spec = &requirement.spec;
    let named = platform
        .packages
        .iter()
        .find(|package| spec.name.matches(&package.record.package_record.name));
    let fits = match named {
        Some(package) => spec.matches(&package.record),
        None => platform
            .virtual_packages
            .iter()
            .any(|package| spec.matches(package)),
    };
    if !fits {
        found.push(Staleness::RequirementUnsatisfied {
            platform: platform.name.clone(),
            spec: normal(spec),
            locked: named.map(|package| shown(&package.record)),
            origin: requirement.origin.clone(),
        });
    }
}

fn constrained(constraint: &Requirement, platform: &LockedPlatform, found: &mut Vec<Staleness>) {
    let spec = &constraint.spec;
    for package in &platform.packages {
        if spec.name.matches(&package.record.package_record.name) && !spec.matches(&package.record)
        {
            found.push(Staleness::ConstraintViolated {
                platform: platform.name.clone(),
                spec: normal(spec),
                locked: shown(&package.record),
                origin: constraint.origin.clone(),
            });
        }
    }
}
