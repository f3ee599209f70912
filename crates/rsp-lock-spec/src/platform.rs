//! What a platform is assumed to offer: the CEP baseline of its subdir, and
//! changes that a person wrote. The host is never asked.

use rattler_conda_types::{
    GenericVirtualPackage, PackageName, Subdir, Version, package::BuildString,
};
use rattler_virtual_packages::VirtualPackages;

use crate::{
    nearest::nearest,
    origin::Origin,
    request::{PlatformRequest, VirtualPackageChange},
};

impl PlatformRequest {
    /// A platform that is called like its subdir and offers its baseline.
    pub fn of(subdir: Subdir, origin: Origin) -> Self {
        Self {
            name: subdir.to_string(),
            subdir,
            virtual_packages: Vec::new(),
            origin,
        }
    }

    /// The virtual packages it is assumed to offer, sorted by name.
    pub fn virtual_packages(&self) -> Vec<GenericVirtualPackage> {
        virtual_packages(self.subdir, &self.virtual_packages)
    }
}

/// The baseline of a subdir with changes applied in order, sorted by name.
pub fn virtual_packages(
    subdir: Subdir,
    changes: &[VirtualPackageChange],
) -> Vec<GenericVirtualPackage> {
    let mut packages = baseline(subdir);
    for change in changes {
        let name = match change {
            VirtualPackageChange::Set(package) => &package.name,
            VirtualPackageChange::Remove(name) => name,
        };
        packages.retain(|package| package.name != *name);
        if let VirtualPackageChange::Set(package) = change {
            packages.push(package.clone());
        }
    }
    packages.sort_by(|a, b| a.name.as_normalized().cmp(b.name.as_normalized()));
    packages
}

/// What rattler takes for the least that a machine of this subdir offers.
fn baseline(subdir: Subdir) -> Vec<GenericVirtualPackage> {
    match written_down(subdir) {
        Some(packages) => packages
            .iter()
            .filter_map(|package| parse_virtual_package(package).ok())
            .collect(),
        None => VirtualPackages::baseline_for_platform(subdir)
            .into_generic_virtual_packages()
            .collect(),
    }
}

/// The baseline of the common subdirs. Asking rattler loads a database of processors, which
/// takes longer than a solve.
fn written_down(subdir: Subdir) -> Option<&'static [&'static str]> {
    Some(match subdir {
        Subdir::Linux64 => &[
            "__archspec=1=x86_64",
            "__glibc=2.28",
            "__linux=4.18",
            "__unix=0",
        ],
        Subdir::LinuxAarch64 => &[
            "__archspec=1=aarch64",
            "__glibc=2.28",
            "__linux=4.18",
            "__unix=0",
        ],
        Subdir::Osx64 => &["__archspec=1=x86_64", "__osx=13.0", "__unix=0"],
        Subdir::OsxArm64 => &["__archspec=1=m1", "__osx=13.0", "__unix=0"],
        Subdir::Win64 => &["__archspec=1=x86_64", "__win=10.0"],
        _ => return None,
    })
}

/// Why nobody locks for `noarch`.
pub const NOARCH_IS_NO_PLATFORM: &str =
    "`noarch` is not a platform to lock for: its packages come with every platform";

/// The virtual package that was probably meant by a name that conda does not define, if it is
/// like one (CEP 30 and the plugins of conda).
///
/// ```
/// assert_eq!(rsp_lock_spec::meant_virtual_package("__glbc"), Some("__glibc"));
/// assert_eq!(rsp_lock_spec::meant_virtual_package("__glibc"), None);
/// assert_eq!(rsp_lock_spec::meant_virtual_package("__telescope"), None);
/// ```
pub fn meant_virtual_package(name: &str) -> Option<&'static str> {
    const DEFINED: [&str; 10] = [
        "__archspec",
        "__conda",
        "__cuda",
        "__cuda_arch",
        "__glibc",
        "__linux",
        "__musl",
        "__osx",
        "__unix",
        "__win",
    ];
    if DEFINED.contains(&name) {
        None
    } else {
        nearest(name, DEFINED)
    }
}

/// Reads `NAME=VERSION[=BUILD]`; the leading `__` of the name may be left out.
///
/// The error is a sentence that says what is wrong.
pub fn parse_virtual_package(text: &str) -> Result<GenericVirtualPackage, String> {
    let mut parts = text.trim().splitn(3, '=');
    let (name, version) = (parts.next().unwrap_or_default(), parts.next());
    let name = virtual_package_name(name)?;
    let version = version.filter(|v| !v.is_empty()).ok_or_else(|| {
        format!(
            "`{text}` has no version; write `{}=VERSION`",
            name.as_normalized()
        )
    })?;
    let version: Version = version
        .parse()
        .map_err(|error| format!("`{version}` is not a version: {error}"))?;
    let build = parts.next().filter(|b| !b.is_empty()).unwrap_or("0");
    let build_string: BuildString = build
        .parse()
        .map_err(|error| format!("`{build}` is not a build string: {error}"))?;
    Ok(GenericVirtualPackage {
        name,
        version,
        build_string,
    })
}

/// Reads the name of a virtual package; the leading `__` may be left out.
pub fn virtual_package_name(text: &str) -> Result<PackageName, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("a virtual package needs a name".to_owned());
    }
    let full = if text.starts_with("__") {
        text.to_owned()
    } else {
        format!("__{text}")
    };
    full.parse()
        .map_err(|error| format!("`{text}` is not a package name: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_down_is_the_baseline() {
        for subdir in [
            Subdir::Linux64,
            Subdir::LinuxAarch64,
            Subdir::Osx64,
            Subdir::OsxArm64,
            Subdir::Win64,
        ] {
            let mut known: Vec<_> = VirtualPackages::baseline_for_platform(subdir)
                .into_generic_virtual_packages()
                .collect();
            known.sort_by(|a, b| a.name.cmp(&b.name));
            assert_eq!(virtual_packages(subdir, &[]), known, "{subdir}");
        }
    }
}
