//! The environment files that were in use at Rubin (S03, reading).
//!
//! They are other people's files and not part of this tree: without them these
//! tests say so and pass.

use std::path::{Path, PathBuf};

use rsp_lock_spec::{Parsed, Source, parse_environment_yaml};

fn inputs() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/domain/inputs");
    if path.is_dir() {
        return Some(path);
    }
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    {
        eprintln!("SKIPPED: {} is missing", path.display());
    }
    None
}

#[track_caller]
fn read(path: &Path, text: &str) -> Parsed {
    parse_environment_yaml(&Source::new(path.display().to_string(), text)).unwrap_or_else(|error| {
        let all: Vec<String> = error
            .diagnostics()
            .iter()
            .map(ToString::to_string)
            .collect();
        panic!("{}:\n{text}\n{all:#?}", path.display())
    })
}

#[test]
fn s03_the_raw_environment_files_are_read() {
    let Some(inputs) = inputs() else { return };
    let raw = |name: &str| {
        let path = inputs.join("raw").join(name);
        read(&path, &fs_err::read_to_string(&path).unwrap())
    };
    let stack = raw("nublado-2021-01-31-conda-stack.yml").request;
    assert_eq!(stack.environment.as_deref(), Some("lsst-scipipe-0.2.1"));
    assert_eq!((stack.requirements.len(), stack.pip.len()), (618, 39));
    let bleed = raw("scipipe-bleed-linux-64.yml").request;
    let pyqt = bleed
        .requirements
        .iter()
        .find(|r| r.name().as_normalized() == "pyqt")
        .unwrap();
    assert_eq!(pyqt.origin.line, 69);
    assert!(
        pyqt.note
            .reason
            .as_deref()
            .unwrap()
            .starts_with("For matplotlib on linux")
    );
    let packages = raw("scipipe-packages-linux-64.yml").request;
    assert!(
        packages
            .requirements
            .iter()
            .any(|r| r.spec.to_string() == "minuit2 ==6.18.0 minuit2_standalone")
    );
}

/// The files of `resolved/` hold environment files as blocks: `bleed_linux-64:` and
/// the indented file below it, or the lists `conda:` and `pip:`.
#[test]
fn s03_the_environments_of_the_releases_are_read() {
    let Some(inputs) = inputs() else { return };
    let mut files: Vec<PathBuf> = fs_err::read_dir(inputs.join("resolved"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    files.sort();
    let mut environments = 0;
    let mut lines = 0;
    for path in &files {
        let text = fs_err::read_to_string(path).unwrap();
        for block in blocks(&text) {
            let request = read(path, &block).request;
            environments += 1;
            lines += request.requirements.len() + request.pip.len();
        }
    }
    assert!(
        environments >= 9,
        "{environments} environments in {files:?}"
    );
    assert!(lines > 1500, "{lines} lines");
}

fn blocks(text: &str) -> Vec<String> {
    let mut result = Vec::new();
    let mut key = "";
    let mut block = String::new();
    let mut exported = String::new();
    for line in text.lines().chain(["end:"]) {
        if let Some(inner) = line.strip_prefix("  ") {
            block.push_str(inner);
            block.push('\n');
            continue;
        }
        if block.contains("dependencies:") {
            result.push(std::mem::take(&mut block));
        } else if key == "conda:" {
            exported = format!("dependencies:\n{block}");
        } else if key == "pip:" && !block.is_empty() {
            exported.push_str("- pip:\n");
            for line in block.lines() {
                exported.extend(["    ", line, "\n"]);
            }
        }
        block.clear();
        key = line;
    }
    if !exported.is_empty() {
        result.push(exported);
    }
    result
}
