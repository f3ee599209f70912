//! Solves records that the program holds: no file, no network, no async runtime.
//!
//! With `rsp-lock = { version = "…", default-features = false }` nothing of those is
//! in the dependency tree either.
//!
//! `cargo run -p rsp-lock-examples --example solve_in_memory`

#![expect(clippy::print_stdout, reason = "an example shows what it made")]

use rattler_conda_types::{PackageRecord, RepoDataRecord, package::DistArchiveIdentifier};
use rsp_lock::{
    ChannelSource, LockOptions, PlatformOutcome, lock_records,
    spec::{ChannelRequest, Origin, PlatformRequest, Request, Requirement},
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const CHANNEL: &str = "https://conda.example.org/demo/";

fn main() -> Result<()> {
    let records = vec![
        record("python", "3.12.7", &["__glibc >=2.17"])?,
        record("python", "3.13.0", &["__glibc >=2.17"])?,
        record("numpy", "2.1.0", &["python >=3.11,<3.13"])?,
        record("analysis", "1.0", &["python", "numpy >=2"])?,
    ];
    let channel = ChannelSource::new("demo", &CHANNEL.parse()?, records);

    let request = |specs: &[&str]| -> Result<Request> {
        let here = Origin::command_line();
        Ok(Request {
            channels: vec![ChannelRequest {
                text: "demo".to_owned(),
                origin: here.clone(),
            }],
            platforms: vec![PlatformRequest::of("linux-64".parse()?, here)],
            requirements: specs
                .iter()
                .map(|spec| Requirement::parse(spec))
                .collect::<std::result::Result<_, _>>()?,
            ..Request::default()
        })
    };
    for specs in [&["analysis"][..], &["analysis", "python >=3.13"]] {
        let run = lock_records(
            &request(specs)?,
            std::slice::from_ref(&channel),
            &LockOptions::default(),
        )?;
        println!("{}:", specs.join(", "));
        for platform in &run.platforms {
            match &platform.outcome {
                PlatformOutcome::Solved(answer) => {
                    for record in &answer.records {
                        println!("  {}", record.identifier.to_file_name());
                    }
                }
                PlatformOutcome::Unsolvable { said, .. } => println!("{said}"),
                other => println!("  {other:?}"),
            }
        }
    }
    Ok(())
}

fn record(name: &str, version: &str, depends: &[&str]) -> Result<RepoDataRecord> {
    let file = format!("{name}-{version}-0.conda");
    let package_record: PackageRecord = serde_json::from_value(serde_json::json!({
        "name": name, "version": version, "build": "0", "build_number": 0,
        "subdir": "linux-64", "depends": depends,
    }))?;
    Ok(RepoDataRecord {
        url: format!("{CHANNEL}linux-64/{file}").parse()?,
        identifier: DistArchiveIdentifier::try_from_filename(&file).ok_or("no file name")?,
        channel: Some(CHANNEL.to_owned()),
        package_record,
    })
}
