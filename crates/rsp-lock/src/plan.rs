//! What has to be done for a request: checked before any channel is read.

use std::collections::BTreeSet;

use rattler_conda_types::PackageName;
use rsp_lock_file::native::LockedCutoff;
use rsp_lock_spec::{BaseSource, DependencyEditKind, PlatformRequest, Request, Requirement};

use crate::{base::BaseLock, cutoff, error::Error, options::LockOptions};

/// What has to be done for a request.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The name of the environment.
    pub(crate) environment: String,
    /// `exclude-newer` as points in time.
    pub(crate) cutoffs: Vec<LockedCutoff>,
    /// Names that a solution may need and that no record need mention.
    #[cfg_attr(
        not(feature = "network"),
        expect(dead_code, reason = "records that are there need not be asked for")
    )]
    pub(crate) wanted: Vec<PackageName>,
}

impl Plan {
    /// Checks that the request can be carried out.
    pub(crate) fn new(request: &Request, options: &LockOptions) -> Result<Self, Error> {
        if request.requirements.is_empty() {
            return Err(Error::Incomplete {
                what: "requirements",
            });
        }
        Self::of_base(request, options)
    }

    /// [`Plan::new`] of a request that may ask for nothing but its base.
    pub(crate) fn of_base(request: &Request, options: &LockOptions) -> Result<Self, Error> {
        if request.platforms.is_empty() {
            return Err(Error::Incomplete { what: "platforms" });
        }
        if request.channels.is_empty() {
            return Err(Error::Incomplete { what: "channels" });
        }
        let mut names = BTreeSet::new();
        for platform in &request.platforms {
            if !names.insert(platform.name.as_str()) {
                return Err(Error::DuplicatePlatform {
                    name: platform.name.clone(),
                    origin: platform.origin.clone(),
                });
            }
        }
        let environment = environment_name(request, options);
        Ok(Self {
            cutoffs: cutoff::resolve(request, options, &environment)?,
            environment,
            wanted: wanted(request, options),
        })
    }
}

/// The request's own name, that of the options, or `environment`.
pub(crate) fn environment_name(request: &Request, options: &LockOptions) -> String {
    match (&request.environment, options.environment.as_str()) {
        (Some(name), _) => name.clone(),
        (None, "") => "environment".to_owned(),
        (None, name) => name.to_owned(),
    }
}

fn wanted(request: &Request, options: &LockOptions) -> Vec<PackageName> {
    let required = request.requirements.iter().map(Requirement::name);
    let added = request
        .dependencies
        .iter()
        .filter(|edit| edit.kind == DependencyEditKind::Add)
        .map(|edit| rsp_lock_spec::exact_name(&edit.spec));
    let spec = request.base.as_ref().and_then(|base| match &base.source {
        BaseSource::Spec(spec) => Some(rsp_lock_spec::exact_name(spec)),
        BaseSource::Lock(_) => None,
    });
    let base = options.base.iter().flat_map(BaseLock::names);
    let names: BTreeSet<&PackageName> = required.chain(added).chain(spec).chain(base).collect();
    names.into_iter().cloned().collect()
}

/// The lines that apply to a platform, by its name or its subdir.
pub(crate) fn applying(lines: &[Requirement], platform: &PlatformRequest) -> Vec<Requirement> {
    let applies = |line: &&Requirement| {
        line.platforms.is_empty()
            || line
                .platforms
                .iter()
                .any(|name| *name == platform.name || name == platform.subdir.as_str())
    };
    lines.iter().filter(applies).cloned().collect()
}
