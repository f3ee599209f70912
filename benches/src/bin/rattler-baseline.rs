//! What rattler's crates need for one solve: the fastest way to use them, as a process of its own.
//!
//! Opens `repodata.json` of a directory channel as `SparseRepoData` (mapped), loads what the
//! specs can reach, solves with `rattler_solve`'s resolvo backend. With `--decompress` it makes
//! the `repodata.json` from `repodata.json.zst` first, as a first run has to.

use std::{error::Error, path::PathBuf, process::ExitCode};

use clap::Parser;
use rattler_conda_types::{
    Channel, ChannelConfig, GenericVirtualPackage, MatchSpec, PackageName, ParseStrictness, Subdir,
};
use rattler_repodata_gateway::sparse::{PackageFormatSelection, SparseRepoData};
use rattler_solve::{ChannelPriority, SolverImpl, SolverTask, resolvo};
use rsp_lock_spec::{Origin, PlatformRequest};

#[derive(Parser)]
struct Arguments {
    /// Directory with a subdir for the platform and one for noarch.
    directory: PathBuf,
    /// Where `repodata.json` is written with `--decompress`.
    #[arg(long)]
    decompress: Option<PathBuf>,
    #[arg(long, default_value = "linux-64")]
    platform: Subdir,
    specs: Vec<String>,
}

#[expect(clippy::print_stdout, reason = "the count is its result")]
fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::parse();
    let directory = match &arguments.decompress {
        Some(target) => {
            for subdir in [arguments.platform, Subdir::NoArch] {
                let target = target.join(subdir.as_str());
                fs_err::create_dir_all(&target)?;
                let packed = arguments
                    .directory
                    .join(subdir.as_str())
                    .join("repodata.json.zst");
                let text = fs_err::File::create(target.join("repodata.json"))?;
                zstd::stream::copy_decode(fs_err::File::open(packed)?, text)?;
            }
            target
        }
        None => &arguments.directory,
    };
    let config = ChannelConfig::default_with_root_dir(std::env::temp_dir());
    let channel = Channel::from_str("https://conda.example.org/bench", &config)?;
    let open = |subdir: Subdir| {
        let path = directory.join(subdir.as_str()).join("repodata.json");
        SparseRepoData::from_file(channel.clone(), subdir.as_str(), path, None)
    };
    let repodata = [open(arguments.platform)?, open(Subdir::NoArch)?];
    let specs: Vec<MatchSpec> = arguments
        .specs
        .iter()
        .map(|text| MatchSpec::from_str(text, ParseStrictness::Lenient))
        .collect::<Result<_, _>>()?;
    let names: Vec<PackageName> = specs
        .iter()
        .filter_map(|spec| spec.name.as_exact().cloned())
        .collect();
    let selection = PackageFormatSelection::PreferConda;
    let records = SparseRepoData::load_records_recursive(&repodata, names, None, selection)?;
    let platform = PlatformRequest::of(arguments.platform, Origin::command_line());
    let virtual_packages: Vec<GenericVirtualPackage> = platform.virtual_packages();
    let task = SolverTask {
        specs,
        virtual_packages,
        channel_priority: ChannelPriority::Strict,
        ..records.iter().collect()
    };
    match resolvo::Solver.solve(task) {
        Ok(solution) => {
            println!("{}", solution.records.len());
            Ok(ExitCode::SUCCESS)
        }
        Err(_) => Ok(ExitCode::from(3)),
    }
}
