//! The fastest way to use rattler's crates for one solve.

use std::{error::Error, path::Path};

use rattler_conda_types::{
    Channel, ChannelConfig, GenericVirtualPackage, MatchSpec, PackageName, ParseStrictness,
    RepoDataRecord, Subdir,
};
use rattler_repodata_gateway::sparse::{PackageFormatSelection, SparseRepoData};
use rattler_solve::{ChannelPriority, SolverImpl, SolverTask, resolvo};
use rsp_lock_spec::{Origin, PlatformRequest};

/// What rattler is given to solve.
#[derive(Debug)]
pub struct Task {
    specs: Vec<MatchSpec>,
    records: Vec<Vec<RepoDataRecord>>,
    virtual_packages: Vec<GenericVirtualPackage>,
}

impl Task {
    /// Opens `DIRECTORY/{PLATFORM,noarch}/repodata.json` mapped, and loads what the specs can reach.
    pub fn load(
        directory: &Path,
        platform: Subdir,
        specs: &[String],
    ) -> Result<Self, Box<dyn Error>> {
        let config = ChannelConfig::default_with_root_dir(std::env::temp_dir());
        let channel = Channel::from_str("https://conda.example.org/bench", &config)?;
        let open = |subdir: Subdir| {
            let path = directory.join(subdir.as_str()).join("repodata.json");
            SparseRepoData::from_file(channel.clone(), subdir.as_str(), path, None)
        };
        let repodata = [open(platform)?, open(Subdir::NoArch)?];
        let specs: Vec<MatchSpec> = specs
            .iter()
            .map(|text| MatchSpec::from_str(text, ParseStrictness::Lenient))
            .collect::<Result<_, _>>()?;
        let names: Vec<PackageName> = specs
            .iter()
            .filter_map(|spec| spec.name.as_exact().cloned())
            .collect();
        let selection = PackageFormatSelection::PreferConda;
        let records = SparseRepoData::load_records_recursive(&repodata, names, None, selection)?;
        let virtual_packages =
            PlatformRequest::of(platform, Origin::command_line()).virtual_packages();
        Ok(Self {
            specs,
            records,
            virtual_packages,
        })
    }

    /// How many records the specs can reach.
    pub fn reachable(&self) -> usize {
        self.records.iter().map(Vec::len).sum()
    }

    /// Solves it with the resolvo backend; the number of packages, `None` if there is no answer.
    pub fn solve(&self) -> Option<usize> {
        let task = SolverTask {
            specs: self.specs.clone(),
            virtual_packages: self.virtual_packages.clone(),
            channel_priority: ChannelPriority::Strict,
            ..self.records.iter().collect()
        };
        match resolvo::Solver.solve(task) {
            Ok(solution) => Some(solution.records.len()),
            Err(_) => None,
        }
    }
}
