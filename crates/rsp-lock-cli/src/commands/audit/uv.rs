//! A lock with hashes of what is left to pip: the work is uv's.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use clap::Args;
use rattler_conda_types::{PackageRecord, Subdir};
use rsp_lock_pip::{conda_only, constraints, python_version};

use crate::{exit::ExitStatus, failure::Failure};

/// How uv is run.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Pip lock")]
pub(crate) struct UvArgs {
    /// The program uv
    #[arg(long, value_name = "PATH", default_value = "uv", env = "RSP_LOCK_UV")]
    uv: PathBuf,

    /// Directory of wheels to lock from instead of PyPI
    #[arg(long, value_name = "DIR")]
    find_links: Option<PathBuf>,

    /// Index to lock from instead of PyPI
    #[arg(long, value_name = "URL", conflicts_with = "find_links")]
    index_url: Option<String>,
}

/// The text of the lock: the lines and what they need beyond conda's packages, each with
/// its hashes. What conda has is held to conda's version and not listed, so an
/// installation with `--no-deps --require-hashes` cannot put anything over it.
pub(crate) fn compile(
    args: &UvArgs,
    lines: &[&str],
    locked: &[&PackageRecord],
    subdir: Subdir,
) -> Result<String, Failure> {
    let Some(python) = python_version(locked) else {
        return Err(Failure::usage(
            "the lockfile has no python, so pip has nothing to add to",
        ));
    };
    let constraint_file = TemporaryFile::with(&constraints(locked))?;
    let mut command = Command::new(&args.uv);
    command
        .args([
            "pip",
            "compile",
            "-",
            "--generate-hashes",
            "--no-header",
            "--quiet",
        ])
        .args(["--no-annotate", "--no-config", "--python-version", &python])
        .arg("--constraint")
        .arg(&constraint_file.path);
    if let Some(platform) = python_platform(subdir) {
        command.args(["--python-platform", platform]);
    }
    for name in conda_only(locked) {
        command.args(["--no-emit-package", &name]);
    }
    if let Some(directory) = &args.find_links {
        command
            .args(["--no-index", "--offline", "--find-links"])
            .arg(directory);
    }
    if let Some(url) = &args.index_url {
        command.args(["--index-url", url]);
    }
    let output = run(&mut command, &args.uv, &lines.join("\n"))?;
    if output.status.success() {
        let head = "# Install with: pip install --no-deps --require-hashes -r THIS_FILE\n";
        return Ok(head.to_owned() + &String::from_utf8_lossy(&output.stdout));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let mut failure = Failure::new(
        ExitStatus::Unsatisfiable,
        "uv cannot lock what is left to pip beside the conda packages",
    );
    failure.causes = said
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    Err(failure)
}

/// The platform in uv's words: the lock's, not that of the machine we run on.
fn python_platform(subdir: Subdir) -> Option<&'static str> {
    match subdir {
        Subdir::Linux64 => Some("x86_64-unknown-linux-gnu"),
        Subdir::LinuxAarch64 => Some("aarch64-unknown-linux-gnu"),
        Subdir::Osx64 => Some("x86_64-apple-darwin"),
        Subdir::OsxArm64 => Some("aarch64-apple-darwin"),
        Subdir::Win64 => Some("x86_64-pc-windows-msvc"),
        _ => None,
    }
}

fn run(command: &mut Command, uv: &Path, input: &str) -> Result<std::process::Output, Failure> {
    let fail = |error: std::io::Error| {
        let failure = Failure::usage(format!("cannot run `{}`", uv.display())).because(&error);
        failure.hint("install it with `pip install uv`, or name it with `--uv`")
    };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(fail)?;
    if let Some(mut stdin) = child.stdin.take() {
        // uv may end before it has read everything; then it says why itself.
        let _ = stdin.write_all(input.as_bytes());
    }
    child.wait_with_output().map_err(fail)
}

/// A file that goes when it is no longer needed.
struct TemporaryFile {
    path: PathBuf,
}

impl TemporaryFile {
    fn with(text: &str) -> Result<Self, Failure> {
        let name = format!("rsp-lock-{}-constraints.txt", std::process::id());
        let file = Self {
            path: std::env::temp_dir().join(name),
        };
        fs_err::write(&file.path, text).map_err(|error| {
            Failure::new(ExitStatus::CannotWrite, "cannot write a temporary file").because(&error)
        })?;
        Ok(file)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = fs_err::remove_file(&self.path);
    }
}
