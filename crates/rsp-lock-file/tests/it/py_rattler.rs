//! A client that others install reads what we write: py-rattler from PyPI.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use fs_err as fs;
use rattler_conda_types::Subdir;
use rsp_lock_file::explicit::{HashKind, RenderOptions, render};
use serde_json::Value;

use crate::common::{records, skipped};

const VERSION: &str = "0.28.0";

/// The Python of a virtual environment with py-rattler, made on first use.
fn python() -> Result<PathBuf, String> {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("py-rattler-{VERSION}"));
    let python = venv.join("bin/python");
    let ready = venv.join("ready");
    if ready.exists() {
        return Ok(python);
    }
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&venv))?;
    run(Command::new(&python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--timeout",
            "10",
            "--retries",
            "1",
        ])
        .arg(format!("py-rattler=={VERSION}")))?;
    fs::write(ready, "").map_err(|error| error.to_string())?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<String, String> {
    match command.output() {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn py_rattler_reads_the_explicit_files_that_are_written() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => {
            skipped(&format!(
                "py-rattler {VERSION} cannot be installed: {}",
                why.lines().last().unwrap_or_default()
            ));
            return;
        }
    };
    let dir = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (subdir, hash) in [
        (Subdir::Linux64, HashKind::Sha256),
        (Subdir::LinuxAarch64, HashKind::Md5),
        (Subdir::OsxArm64, HashKind::None),
    ] {
        let options = RenderOptions {
            hash,
            platform: subdir,
            tool_version: "0.4.0",
            environment_name: Some("demo"),
        };
        let text = render(&records(subdir.as_str()), &options).unwrap();
        let path = dir.path().join(format!("demo-{subdir}.lock.txt"));
        fs::write(&path, &text).unwrap();
        files.push((path, subdir, text));
    }
    // What the main job writes, as it is committed.
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/rsp");
    for subdir in [
        Subdir::Linux64,
        Subdir::LinuxAarch64,
        Subdir::OsxArm64,
        Subdir::Osx64,
    ] {
        let path = example.join(format!("rsp-{subdir}.lock.txt"));
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.lines().count() > 400, "{subdir}");
        files.push((path, subdir, text));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/py_rattler.py");
    let out = run(Command::new(python)
        .arg(script)
        .args(files.iter().map(|(path, ..)| path)))
    .unwrap();
    let read: Value = serde_json::from_str(&out).unwrap();
    for ((_, subdir, text), read) in files.iter().zip(read.as_array().unwrap()) {
        assert!(
            read["platform"].as_str().unwrap().contains(subdir.as_str()),
            "{read}"
        );
        let urls: Vec<&str> = text.lines().filter(|line| line.contains("://")).collect();
        let understood: Vec<&str> = read["urls"]
            .as_array()
            .unwrap()
            .iter()
            .map(|url| url.as_str().unwrap())
            .collect();
        assert_eq!(understood, urls);
    }
}
