//! Pairs of processes.

use std::{
    error::Error,
    fmt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use clap::ValueEnum;
use serde::Serialize;
use wait4::Wait4;

use crate::{
    changed::{ChangingChannel, Form, State},
    hot,
};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// With what earlier solves left in the cache.
    Warm,
    /// With an empty cache, from `repodata.json.zst`; rattler's time includes its decompression.
    FirstRun,
    /// In one process, on an open index, again; of rattler its solve phase alone.
    Hot,
    /// As warm, with a line that makes the request unsolvable; ours finds the minimal core and
    /// explains it, rattler only says no.
    Unsolvable,
    /// The whole channel, from `repodata.json.zst`; of rattler its decompression and opening.
    Compile,
    /// What is compiled after one name of a hundred has changed in `repodata.json.zst`; beside
    /// it not rattler, but our compile of the whole channel.
    ReIndex,
    /// As `re-index`, of a mirror in shards.
    ReIndexShards,
}

impl Kind {
    /// Whether what is measured, or made for it, is in this process.
    pub(crate) fn takes_memory(self) -> bool {
        match self {
            Self::Hot | Self::ReIndex | Self::ReIndexShards => true,
            Self::Warm | Self::FirstRun | Self::Unsolvable | Self::Compile => false,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warm => "warm index",
            Self::FirstRun => "first run",
            Self::Hot => "hot index",
            Self::Unsolvable => "unsolvable",
            Self::Compile => "compile",
            Self::ReIndex => "re-index, of a compile",
            Self::ReIndexShards => "re-index of shards, of a compile",
        })
    }
}

/// The programs that are measured.
pub(crate) struct Programs {
    ours: PathBuf,
    rattler: PathBuf,
}

impl Programs {
    pub(crate) fn find(directory: &Path) -> Result<Self, Box<dyn Error>> {
        let find = |name: &str| -> Result<PathBuf, Box<dyn Error>> {
            let path = directory.join(name);
            if path.is_file() {
                Ok(fs_err::canonicalize(path)?)
            } else {
                Err(format!(
                    "{} is missing: run `cargo build --release --workspace --bins`",
                    path.display()
                )
                .into())
            }
        };
        Ok(Self {
            ours: find("rsp-lock")?,
            rattler: find("rattler-baseline")?,
        })
    }
}

/// A channel and a request.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) directory: PathBuf,
    pub(crate) spec: String,
    /// What cannot hold beside `spec`.
    pub(crate) against: String,
    pub(crate) platform: String,
    /// Where caches and the like are put.
    pub(crate) work: PathBuf,
}

/// What is known of a case.
pub(crate) struct Facts {
    pub(crate) records: usize,
    /// Of these, what the request can reach.
    pub(crate) reachable: usize,
    pub(crate) packages: usize,
    /// Where `repodata.json` is.
    pub(crate) json: PathBuf,
}

/// A measured process, or what one does once.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Process {
    pub(crate) seconds: f64,
    /// Zero if that is not known.
    pub(crate) peak_bytes: u64,
}

impl Process {
    /// What a process does once.
    pub(crate) fn in_memory(elapsed: Duration) -> Self {
        Self {
            seconds: elapsed.as_secs_f64(),
            peak_bytes: 0,
        }
    }
}

/// A case that was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) channel: String,
    pub(crate) kind: Kind,
    pub(crate) records: usize,
    pub(crate) reachable: usize,
    pub(crate) packages: usize,
    pub(crate) pairs: Vec<(Process, Process)>,
}

/// Fills the cache, and makes `repodata.json` for rattler.
pub(crate) fn prepare(programs: &Programs, case: &Case) -> Result<Facts, Box<dyn Error>> {
    // What rattler decompresses, and what a first run starts from.
    let packed = case
        .directory
        .join(&case.platform)
        .join("repodata.json.zst");
    if !packed.is_file() {
        return Err(format!("{}: there is no {}", case.name, packed.display()).into());
    }
    fs_err::create_dir_all(&case.work)?;
    let json = case.work.join("json");
    if !json.exists() {
        run(baseline(programs, case, &case.directory)
            .arg("--decompress")
            .arg(&json))?;
    }
    let warm = ours(programs, case, &case.work.join("cache"))
        .arg("--json")
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .output()?;
    let document: serde_json::Value = serde_json::from_slice(&warm.stdout)?;
    let packages = document["environments"][0]["packages"]
        .as_array()
        .map_or(0, Vec::len);
    let channels = document["channels"].as_array().into_iter().flatten();
    let of_platform = document["environments"][0]["channels"]
        .as_array()
        .into_iter()
        .flatten();
    let records = channels
        .chain(of_platform)
        .filter_map(|channel| channel["records"].as_u64())
        .sum::<u64>();
    if packages == 0 {
        return Err(format!("{}: nothing was solved", case.name).into());
    }
    let theirs = baseline(programs, case, &json)
        .stdout(Stdio::piped())
        .output()?;
    let said = String::from_utf8(theirs.stdout)?;
    let mut numbers = said.split(' ').filter_map(|word| word.parse().ok());
    let reachable = numbers.nth(1).ok_or("rattler-baseline said no numbers")?;
    Ok(Facts {
        records: usize::try_from(records)?,
        reachable,
        packages,
        json,
    })
}

/// Measures pairs of a kind.
pub(crate) fn measure(
    programs: &Programs,
    case: &Case,
    kind: Kind,
    facts: &Facts,
    count: usize,
) -> Result<Row, Box<dyn Error>> {
    let warm = case.work.join("cache");
    let again = || baseline(programs, case, &facts.json);
    let pairs = match kind {
        Kind::Warm => alternating(
            count,
            || run(&mut ours(programs, case, &warm)),
            || run(&mut again()),
        ),
        Kind::Hot => hot::measure(case, facts, count),
        Kind::FirstRun => {
            let (cache, json) = (case.work.join("empty"), case.work.join("json-first"));
            alternating(
                count,
                || {
                    remove(&cache)?;
                    run(&mut ours(programs, case, &cache))
                },
                || {
                    remove(&json)?;
                    run(baseline(programs, case, &case.directory)
                        .arg("--decompress")
                        .arg(&json))
                },
            )
        }
        Kind::Unsolvable => alternating(
            count,
            || {
                let mut command = ours(programs, case, &warm);
                ending(
                    command.arg(&case.against).stderr(Stdio::null()),
                    NO_SOLUTION,
                )
            },
            || ending(again().arg(&case.against), NO_SOLUTION),
        ),
        Kind::Compile => {
            let (cache, json) = (case.work.join("empty"), case.work.join("json-first"));
            alternating(
                count,
                || {
                    remove(&cache)?;
                    run(&mut compile(programs, case, &case.directory, &cache))
                },
                || {
                    remove(&json)?;
                    let mut command = baseline(programs, case, &case.directory);
                    run(command.arg("--open-only").arg("--decompress").arg(&json))
                },
            )
        }
        Kind::ReIndex => re_index(programs, case, Form::Document, count),
        Kind::ReIndexShards => re_index(programs, case, Form::Shards, count),
    }?;
    Ok(Row {
        channel: case.name.clone(),
        kind,
        records: facts.records,
        reachable: facts.reachable,
        packages: facts.packages,
        pairs,
    })
}

/// What is compiled after a change, beside the compile of all that came before it.
fn re_index(
    programs: &Programs,
    case: &Case,
    form: Form,
    count: usize,
) -> Result<Vec<(Process, Process)>, Box<dyn Error>> {
    let channel = ChangingChannel::prepare(case, form)?;
    let cache = case.work.join("changing-cache");
    let compiling = || {
        let process = run(&mut compile(programs, case, &channel.directory, &cache))?;
        // Its peak would be ours, who may have made the channel.
        Ok::<_, Box<dyn Error>>(Process {
            peak_bytes: 0,
            ..process
        })
    };
    let mut pairs = Vec::with_capacity(count);
    for _ in 0..count {
        remove(&cache)?;
        channel.publish(State::Before)?;
        let all = compiling()?;
        channel.publish(State::After)?;
        pairs.push((compiling()?, all));
    }
    Ok(pairs)
}

/// Pairs of measurements, ours first and second in turn.
pub(crate) fn alternating(
    count: usize,
    mut ours: impl FnMut() -> Result<Process, Box<dyn Error>>,
    mut theirs: impl FnMut() -> Result<Process, Box<dyn Error>>,
) -> Result<Vec<(Process, Process)>, Box<dyn Error>> {
    let mut pairs = Vec::with_capacity(count);
    for number in 0..count {
        pairs.push(if number % 2 == 0 {
            let ours = ours()?;
            (ours, theirs()?)
        } else {
            let theirs = theirs()?;
            (ours()?, theirs)
        });
    }
    Ok(pairs)
}

fn remove(directory: &Path) -> std::io::Result<()> {
    if directory.exists() {
        fs_err::remove_dir_all(directory)?;
    }
    Ok(())
}

fn ours(programs: &Programs, case: &Case, cache: &Path) -> Command {
    let mut command = Command::new(&programs.ours);
    command
        .args([
            "solve",
            "--fresh",
            "-q",
            "-p",
            &case.platform,
            &case.spec,
            "-c",
        ])
        .arg(&case.directory)
        .arg("-o")
        .arg(case.work.join("lock.txt"))
        .arg("--cache-dir")
        .arg(cache)
        .stdout(Stdio::null());
    command
}

fn compile(programs: &Programs, case: &Case, channel: &Path, cache: &Path) -> Command {
    let mut command = Command::new(&programs.ours);
    command
        .args(["cache", "warm", "-q", "-p", &case.platform, "-c"])
        .arg(channel)
        .arg("--cache-dir")
        .arg(cache)
        .stdout(Stdio::null());
    command
}

fn baseline(programs: &Programs, case: &Case, directory: &Path) -> Command {
    let mut command = Command::new(&programs.rattler);
    command
        .arg(directory)
        .args(["--platform", &case.platform, &case.spec])
        .stdout(Stdio::null());
    command
}

/// How both programs end where there is no solution.
const NO_SOLUTION: i32 = 3;

fn run(command: &mut Command) -> Result<Process, Box<dyn Error>> {
    ending(command, 0)
}

fn ending(command: &mut Command, code: i32) -> Result<Process, Box<dyn Error>> {
    let started = Instant::now();
    let mut child = command.spawn()?;
    let ended = child.wait4()?;
    let elapsed: Duration = started.elapsed();
    if ended.status.code() != Some(code) {
        return Err(format!("{command:?} ended with {}", ended.status).into());
    }
    Ok(Process {
        seconds: elapsed.as_secs_f64(),
        peak_bytes: ended.rusage.maxrss,
    })
}

impl Row {
    /// The median of the ratios of the pairs, by what `of` takes of a process.
    pub(crate) fn ratio(&self, of: impl Fn(&Process) -> f64) -> f64 {
        median(
            self.pairs
                .iter()
                .map(|(ours, theirs)| of(theirs) / of(ours)),
        )
    }

    /// The medians, ours and theirs.
    pub(crate) fn medians(&self, of: impl Fn(&Process) -> f64) -> (f64, f64) {
        (
            median(self.pairs.iter().map(|(ours, _)| of(ours))),
            median(self.pairs.iter().map(|(_, theirs)| of(theirs))),
        )
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
