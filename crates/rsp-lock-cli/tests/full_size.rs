//! The full RSP environment, a thousand packages: the same bytes whatever the
//! order of the records and of the specs, every run a fresh process.
//!
//! `RSP_LOCK_TEST_RUNS` sets the number of runs; three by default.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::{collections::BTreeMap, path::Path, process::Command};

use serde_json::value::RawValue;

const SPECS: [&str; 8] = [
    "rubin-env-rsp ==13.1.0",
    "python >=3.12",
    "numpy",
    "matplotlib-base",
    "astropy-base",
    "libblas * *openblas",
    "jupyterlab",
    "dask-core",
];

/// A generator of the same numbers on every machine (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

type Document = BTreeMap<String, Box<RawValue>>;

/// Writes a repodata document with its records in another order.
fn write_shuffled(document: &Document, path: &Path, numbers: &mut Numbers) {
    let mut members = Vec::new();
    for (key, value) in document {
        let value = match key.as_str() {
            "packages" | "packages.conda" => {
                let records: Document = serde_json::from_str(value.get()).unwrap();
                let mut records: Vec<String> = records
                    .iter()
                    .map(|(file, record)| format!("{file:?}:{record}"))
                    .collect();
                numbers.shuffle(&mut records);
                format!("{{{}}}", records.join(","))
            }
            _ => value.get().to_owned(),
        };
        members.push(format!("{key:?}:{value}"));
    }
    let text = format!("{{{}}}", members.join(","));
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, zstd::encode_all(text.as_bytes(), 1).unwrap()).unwrap();
}

#[test]
fn s45_the_order_of_records_and_specs_changes_nothing() {
    let shared = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/channels/rsp-2026"
    );
    if !Path::new(shared).is_dir() {
        eprintln!("SKIPPED: {shared} is not here");
        return;
    }
    let runs: u64 = number_of("RSP_LOCK_TEST_RUNS").unwrap_or(3);
    let home = tempfile::tempdir().unwrap();
    let channel = home.path().join("rsp-2026");
    let documents = ["linux-64", "noarch"].map(|subdir| {
        let packed = fs_err::read(format!("{shared}/{subdir}/repodata.json.zst")).unwrap();
        let document: Document =
            serde_json::from_slice(&zstd::decode_all(packed.as_slice()).unwrap()).unwrap();
        (channel.join(subdir).join("repodata.json.zst"), document)
    });
    let mut first = None;
    for run in 1..=runs {
        let mut numbers = Numbers(run.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for (path, document) in &documents {
            write_shuffled(document, path, &mut numbers);
        }
        let mut specs = SPECS;
        numbers.shuffle(&mut specs);
        let output = Command::new(env!("CARGO_BIN_EXE_rsp-lock"))
            .args(["solve", "--fresh", "-p", "linux-64", "-o", "-", "-c"])
            .arg(&channel)
            .args(specs)
            .current_dir(home.path())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let lock = String::from_utf8(output.stdout).unwrap();
        assert!(
            lock.lines()
                .filter(|line| line.contains("#sha256:"))
                .count()
                >= 1000
        );
        assert_eq!(
            *first.get_or_insert_with(|| lock.clone()),
            lock,
            "run {run} differs"
        );
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test may be told how long to run"
)]
fn number_of(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
