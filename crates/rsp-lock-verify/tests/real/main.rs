//! Real locked environments, and mutations of them.
//!
//! Needs `../shared` beside the project and says loudly where that is missing.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may unwrap as tests do"
)]

use std::path::Path;

use rattler_conda_types::{GenericVirtualPackage, Subdir};
use rsp_lock_testkit::real::{self, Environment, Universe, environments};
use rsp_lock_verify::{Entry, Finding, Subject, verify};

mod consistent;
mod mutations;
mod second_check;

/// The environments of one subdir and the records they are made of.
struct Platform {
    subdir: Subdir,
    universe: Universe,
    environments: Vec<Environment>,
}

impl Platform {
    fn read(shared_channels: &Path, subdir: Subdir) -> Self {
        let file = match subdir {
            Subdir::Linux64 => "environments.jsonl.zst",
            _ => "environments-other-platforms.jsonl.zst",
        };
        let mut environments = environments(&shared_channels.join(file)).unwrap();
        environments.retain(|environment| environment.platform == subdir.as_str());
        Self {
            subdir,
            universe: Universe::conda_forge(shared_channels, subdir).unwrap(),
            environments,
        }
    }

    /// The entries of an environment, each as its channel has it.
    fn entries(&self, environment: &Environment) -> Vec<Entry<'_>> {
        environment
            .packages
            .iter()
            .map(|file| {
                let record = self.universe.get(file);
                Entry::of(record.unwrap_or_else(|| panic!("the sample has no `{file}`")))
            })
            .collect()
    }

    fn verify(
        &self,
        entries: Vec<Entry<'_>>,
        virtual_packages: &[GenericVirtualPackage],
    ) -> Vec<Finding> {
        verify(&Subject {
            virtual_packages,
            channels: vec![real::CONDA_FORGE.parse().unwrap()],
            ..Subject::new(entries, self.subdir)
        })
    }
}

const OTHER_PLATFORMS: [Subdir; 3] = [Subdir::LinuxAarch64, Subdir::Osx64, Subdir::OsxArm64];

#[expect(
    clippy::print_stdout,
    reason = "figures for whoever runs with --nocapture"
)]
fn report(line: &str) {
    println!("{line}");
}
