//! `bench-report` on a channel of a few records: that it measures whatever it says it can.

use std::{error::Error, path::Path, process::Command};

use serde_json::{Value, json};

const KINDS: [&str; 7] = [
    "warm",
    "first-run",
    "unsolvable",
    "compile",
    "hot",
    "re-index",
    "re-index-shards",
];

#[test]
fn every_kind_is_measured() -> Result<(), Box<dyn Error>> {
    let report = Path::new(env!("CARGO_BIN_EXE_bench-report"));
    let programs = report.parent().ok_or("the program is in no directory")?;
    assert!(
        programs.join("rsp-lock").exists(),
        "there is no rsp-lock to measure: run `cargo test --workspace`, which builds it"
    );
    let directory = tempfile::tempdir()?;
    let channel = directory.path().join("channel");
    write_channel(&channel)?;
    let out = directory.path().join("out");
    let output = Command::new(report)
        .args(["--spec", "a", "--against", "b <2", "--pairs", "1"])
        .args(["--kinds", &KINDS.join(",")])
        .arg("--channel")
        .arg(format!("few={}", channel.display()))
        .arg("--programs")
        .arg(programs)
        .arg("--out")
        .arg(&out)
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let report: Value = serde_json::from_slice(&fs_err::read(out.join("report.json"))?)?;
    let rows = report["rows"].as_array().ok_or("there are no rows")?;
    let kinds: Vec<&str> = rows.iter().filter_map(|row| row["kind"].as_str()).collect();
    assert_eq!(kinds, KINDS);
    for row in rows {
        let pair = &row["pairs"][0];
        assert!(pair[0]["seconds"].as_f64() > Some(0.0), "{row}");
        assert!(pair[1]["seconds"].as_f64() > Some(0.0), "{row}");
    }
    let table = fs_err::read_to_string(out.join("report.md"))?;
    assert_eq!(table.matches("| few |").count(), KINDS.len(), "{table}");
    for form in [
        "document/{}/linux-64/repodata.json.zst",
        "shards/{}/linux-64/repodata_shards.msgpack.zst",
    ] {
        let state = |state| fs_err::read(out.join("work/few").join(form.replace("{}", state)));
        assert_ne!(state("before")?, state("after")?, "{form}");
    }
    Ok(())
}

/// `a 1`, which needs `b 2`, and `b 1`.
fn write_channel(channel: &Path) -> Result<(), Box<dyn Error>> {
    let record = |number: u8, name: &str, version: &str, depends: &[&str]| {
        json!({
            "name": name, "version": version, "build": "0", "build_number": 0,
            "depends": depends, "constrains": [], "subdir": "linux-64",
            "sha256": format!("{number:064x}"), "size": 1,
        })
    };
    let of_platform = json!({
        "a-1-0.conda": record(1, "a", "1", &["b >=2"]),
        "b-1-0.conda": record(2, "b", "1", &[]),
        "b-2-0.conda": record(3, "b", "2", &[]),
    });
    for (subdir, records) in [("linux-64", of_platform), ("noarch", json!({}))] {
        let document = json!({
            "info": { "subdir": subdir }, "packages": {}, "packages.conda": records,
            "repodata_version": 1,
        });
        let directory = channel.join(subdir);
        fs_err::create_dir_all(&directory)?;
        let packed = zstd::encode_all(document.to_string().as_bytes(), 3)?;
        fs_err::write(directory.join("repodata.json.zst"), packed)?;
    }
    Ok(())
}
