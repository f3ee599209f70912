//! S39 and S40: lines for pip, and packages in a user's `~/.local`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use insta::assert_snapshot;

use crate::support::{Ran, Sandbox, shared};

/// What is locked, and what the channel has beside it.
const WORLD: &str = "
channel forge
python 3.12.1 h_0
numpy 2.3.1 py312_0 : python
numpy 2.4.0 py312_0 : python
firefly-client 3.4.0 pyh_0 : python ; noarch
rubin-env-rsp 9.0.0 h_0 : firefly-client, numpy 2.3.*, python
simplejson 3.17.2 py312_0 : python
simplejson 3.19.0 py312_0 : python
zope.interface 5.2.0 py312_0 : python
zope.interface 6.0 py312_0 : python, numpy >=2.4
socketio-client-nexus 0.7.7 pyh_0 : python ; noarch
";

const PIP: &str = "# leftovers
firefly-client
simplejson==3.17.2
zope-interface>=6
socketio-client
nclib==1.0.0
git+https://github.com/ericmandel/pyjs9
mine @ file:///home/me/mine
";

fn world() -> Sandbox {
    let sandbox = Sandbox::with(WORLD);
    let ran = sandbox.run(&[
        "solve",
        "-c",
        "./forge",
        "-p",
        "linux-64",
        "rubin-env-rsp",
        "-o",
        "locks/",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    sandbox.file("requirements.txt", PIP);
    sandbox
}

fn pip(sandbox: &Sandbox, more: &[&str]) -> Ran {
    let fixed = ["audit", "pip", "requirements.txt"];
    sandbox.run(&[&fixed, more].concat())
}

const LOCK: [&str; 4] = ["--lock", "locks/rsp.lock", "-c", "./forge"];

#[test]
fn s39_every_line_is_classed_and_what_the_channels_have_is_tried() {
    let sandbox = world();
    let ran = pip(&sandbox, &LOCK);
    assert_eq!(ran.code, 1);
    assert_snapshot!(ran.all());
    let json = pip(&sandbox, &[&LOCK[..], &["--json"]].concat());
    assert_snapshot!("pip_json", json.stdout);
    let document = json.json_of("audit-pip");
    let lines = document["lines"].as_array().unwrap();
    let of = |name: &str| lines.iter().find(|line| line["name"] == name).unwrap();
    assert_eq!(of("firefly-client")["class"], "provided");
    assert_eq!(of("simplejson")["class"], "same-name");
    assert_eq!(of("simplejson")["adds"], "simplejson 3.17.2 py312_0");
    assert_eq!(of("zope-interface")["class"], "other-name");
    assert!(
        of("zope-interface")["conflict"]
            .as_str()
            .unwrap()
            .contains("numpy"),
        "{document}"
    );
    assert_eq!(of("nclib")["class"], "pip-only");
}

#[test]
fn s39_without_a_lock_or_a_channel_less_is_known_and_that_is_said() {
    let sandbox = world();
    let names = pip(&sandbox, &["-c", "./forge"]);
    assert_eq!(names.code, 1, "{}", names.all());
    assert!(
        names.stdout.contains("same-name  firefly-client"),
        "{}",
        names.stdout
    );
    let neither = pip(&sandbox, &[]);
    assert_eq!(neither.code, 2, "{}", neither.all());
    assert!(neither.stderr.contains("--lock"), "{}", neither.stderr);
    sandbox.file("requirements.txt", "nclib\n");
    let fine = pip(&sandbox, &LOCK);
    assert_eq!(
        fine.code,
        0,
        "nothing that conda could serve: {}",
        fine.all()
    );
    sandbox.file("requirements.txt", "nclib\n-r more.txt\n");
    let bad = pip(&sandbox, &LOCK);
    assert_eq!(bad.code, 2, "{}", bad.all());
    assert!(bad.stderr.contains("requirements.txt:2"), "{}", bad.stderr);
}

#[test]
fn s39_no_kind_of_list_loses_a_bound_or_a_line() {
    let sandbox = world();
    let of = |name: &str, text: &str| {
        sandbox.file(name, text);
        let fixed = ["audit", "pip", name, "--json"];
        sandbox.run(&[&fixed[..], &LOCK].concat())
    };
    let yaml = |pip: &[&str]| {
        let pip = pip.iter().map(|line| format!("    - {line}\n"));
        format!(
            "dependencies:\n  - python\n  - pip:\n{}",
            pip.collect::<String>()
        )
    };
    let bounded = [
        "nclib>=1,<2",
        "zope.interface>=6",
        "numpy>=2.4",
        "mine==1.0",
    ];
    for (name, text) in [
        ("requirements.txt", bounded.join("\n")),
        ("environment.yml", yaml(&bounded)),
    ] {
        let ran = of(name, &text);
        let document = ran.json_of("audit-pip");
        let lines = document["lines"].as_array().unwrap();
        let texts: Vec<&str> = lines
            .iter()
            .filter_map(|line| line["text"].as_str())
            .collect();
        assert_eq!(texts, bounded, "{name}: {document}");
    }
    for unread in [
        "-e .",
        "-r other.txt",
        "--index-url https://example.org",
        "!!!bad",
    ] {
        let lines = ["mine==1.0", "nclib", unread];
        for (name, text, line) in [
            ("requirements.txt", lines.join("\n"), 3),
            ("environment.yml", yaml(&lines), 6),
        ] {
            let ran = of(name, &text);
            assert_eq!(ran.code, 2, "{name} {unread}: {}", ran.all());
            let place = format!("{name}:{line}");
            assert!(ran.stderr.contains(&place), "{unread}: {}", ran.stderr);
        }
    }
}

#[test]
fn s39_the_pip_part_of_other_files_is_read() {
    let sandbox = world();
    for (name, text) in [
        (
            "environment.yml",
            "name: a\nchannels: [conda-forge]\ndependencies:\n  - python\n  - pip:\n    - nclib==1.0.0\n    - simplejson\n",
        ),
        (
            "rsp-lock.toml",
            "[environment]\nname = \"a\"\nchannels = [\"./forge\"]\n[requirements]\npython = \"*\"\n\
             [pip]\nrequirements = [\"nclib ==1.0.0\", \"simplejson\"]\n",
        ),
    ] {
        sandbox.file(name, text);
        let ran = sandbox.run(&[&["audit", "pip", name][..], &LOCK].concat());
        assert_eq!(ran.code, 1, "{name}: {}", ran.all());
        assert!(
            ran.stdout.contains("pip-only   nclib"),
            "{name}: {}",
            ran.stdout
        );
        assert!(
            ran.stdout.contains("same-name  simplejson"),
            "{name}: {}",
            ran.stdout
        );
    }
}

/// The real lines of 2021-01-31, against the names of the reconstructed channel.
#[test]
fn s39_the_39_lines_of_2021_01_31() {
    let (Some(export), Some(channel)) = (
        shared("domain/inputs/raw/nublado-2021-01-31-conda-stack.yml"),
        shared("channels/rsp-2026"),
    ) else {
        return;
    };
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&[
        "audit",
        "pip",
        &export.display().to_string(),
        "-c",
        &channel.display().to_string(),
        "-p",
        "linux-64",
        "--json",
    ]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let document = ran.json();
    let lines = document["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 39);
    let class = |name: &str| {
        let line = lines.iter().find(|line| line["name"] == name);
        line.unwrap()["class"].as_str().unwrap().to_owned()
    };
    for name in ["jupyterlab-hdf", "nclib", "wfdispatcher"] {
        assert_eq!(class(name), "pip-only", "{name}");
    }
    assert_eq!(class("ruamel-yaml"), "other-name");
    assert_eq!(class("websockets"), "same-name");
}

/// The program uv: on PATH, or from PyPI in a directory of the build; `None`, said on
/// stderr, if there is no way.
#[expect(clippy::print_stderr, reason = "a test that is skipped must be seen")]
fn uv() -> Option<&'static Path> {
    static UV: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let on_path = std::env::split_paths(&path).map(|directory| directory.join("uv"));
        let own = Path::new(env!("CARGO_TARGET_TMPDIR")).join("uv");
        let program = own.join("bin/uv");
        if let Some(found) = on_path.chain([program.clone()]).find(|uv| uv.is_file()) {
            return Some(found);
        }
        let ran = |command: &mut Command| {
            let output = command.output();
            output.is_ok_and(|output| output.status.success())
        };
        let is_made = ran(Command::new("python3").args(["-m", "venv"]).arg(&own))
            && ran(Command::new(own.join("bin/python")).args(["-m", "pip", "install", "uv"]));
        is_made.then_some(program)
    };
    let found = UV.get_or_init(find).as_deref();
    if found.is_none() {
        eprintln!("SKIPPED: there is no uv on PATH, and it cannot be had from PyPI");
    }
    found
}

/// Writes a wheel with no modules in it.
fn wheel(sandbox: &Sandbox, name: &str, version: &str, requires: &[&str]) {
    use std::fmt::Write as _;
    let mut metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
    for line in requires {
        writeln!(metadata, "Requires-Dist: {line}").unwrap();
    }
    let info = format!("{name}-{version}.dist-info");
    let about = "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
    let files = [
        (format!("{info}/METADATA"), metadata),
        (format!("{info}/WHEEL"), about.to_owned()),
        (
            format!("{info}/RECORD"),
            format!("{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"),
        ),
    ];
    let build = sandbox.path().join(format!("build/{name}-{version}"));
    for (name, text) in files {
        let path = build.join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    let wheel = format!("{name}-{version}-py3-none-any.whl");
    // A directory of wheels, and the same as an index: one directory a project.
    for directory in ["wheels".to_owned(), format!("simple/{name}")] {
        let directory = sandbox.path().join(directory);
        fs_err::create_dir_all(&directory).unwrap();
        // uv needs a python as well.
        let zipped = Command::new("python3")
            .args(["-m", "zipfile", "-c"])
            .args([directory.join(&wheel), build.join(&info)])
            .status();
        assert!(zipped.unwrap().success());
    }
    let listing = sandbox.path().join(format!("simple/{name}/index.html"));
    let known = fs_err::read_to_string(&listing).unwrap_or_default();
    fs_err::write(
        &listing,
        format!("{known}<a href=\"{wheel}\">{wheel}</a>\n"),
    )
    .unwrap();
}

fn with_wheels() -> Sandbox {
    let sandbox = world();
    wheel(&sandbox, "nclib", "1.0.0", &["numpy>=1", "helper"]);
    wheel(&sandbox, "helper", "0.3", &[]);
    wheel(&sandbox, "greedy", "1.0", &["numpy>=2.4"]);
    for version in ["2.3.1", "2.4.0"] {
        wheel(&sandbox, "numpy", version, &[]);
    }
    sandbox
}

/// Runs the program with what uv needs of the environment.
fn with_uv(sandbox: &Sandbox, uv: &Path, arguments: &[&str]) -> Ran {
    let mut command = sandbox.command(arguments);
    command
        .env("RSP_LOCK_UV", uv)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("UV_CACHE_DIR", sandbox.path().join("uv-cache"));
    sandbox.ran(&command.output().unwrap())
}

#[test]
fn s39_what_is_left_is_locked_with_hashes_and_no_conda_package_is_in_it() {
    let Some(uv) = uv() else { return };
    let sandbox = with_wheels();
    sandbox.file("requirements.txt", "nclib==1.0.0\nfirefly-client\n");
    let index = format!("file://{}/simple", sandbox.path().display());
    for source in [["--find-links", "wheels"], ["--index-url", &index]] {
        let fixed = [
            "audit",
            "pip",
            "requirements.txt",
            "--write-lock",
            "pip.lock.txt",
        ];
        let ran = with_uv(&sandbox, uv, &[&fixed[..], &LOCK, &source].concat());
        assert_eq!(ran.code, 1, "firefly-client is provided: {}", ran.all());
        let lock = sandbox.read("pip.lock.txt");
        for name in ["nclib==1.0.0", "helper==0.3"] {
            assert!(lock.contains(name), "{lock}");
        }
        assert_eq!(lock.matches("--hash=sha256:").count(), 2, "{lock}");
        for name in ["numpy", "firefly", "simplejson"] {
            assert!(!lock.contains(name), "conda has {name}: {lock}");
        }
        fs_err::remove_file(sandbox.path().join("pip.lock.txt")).unwrap();
    }
}

#[test]
fn s39_pip_cannot_shadow_a_conda_package() {
    let Some(uv) = uv() else { return };
    let sandbox = with_wheels();
    sandbox.file("requirements.txt", "greedy\n");
    let fixed = [
        "audit",
        "pip",
        "requirements.txt",
        "--find-links",
        "wheels",
        "--write-lock",
        "pip.lock.txt",
        "--write-constraints",
        "constraints.txt",
    ];
    let ran = with_uv(&sandbox, uv, &[&fixed[..], &LOCK].concat());
    assert_eq!(ran.code, 3, "greedy wants a newer numpy: {}", ran.all());
    assert!(ran.stderr.contains("numpy==2.3.1"), "{}", ran.stderr);
    assert!(!sandbox.path().join("pip.lock.txt").exists());
    let constraints = sandbox.read("constraints.txt");
    assert!(constraints.contains("numpy==2.3.1\n"), "{constraints}");
    // The same file holds whoever reads it: alone uv would take the newest numpy.
    sandbox.file("wanted.txt", "numpy\n");
    let resolve = |more: &[&str]| {
        let output = Command::new(uv)
            .args([
                "pip",
                "compile",
                "wanted.txt",
                "--no-header",
                "--no-annotate",
                "--quiet",
            ])
            .args([
                "--offline",
                "--no-config",
                "--no-index",
                "--find-links",
                "wheels",
            ])
            .args(more)
            .current_dir(sandbox.path())
            .env("UV_CACHE_DIR", sandbox.path().join("uv-cache"))
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(resolve(&[]).trim(), "numpy==2.4.0");
    assert_eq!(
        resolve(&["--constraint", "constraints.txt"]).trim(),
        "numpy==2.3.1"
    );
}

#[test]
fn s39_without_uv_that_is_said() {
    let sandbox = world();
    sandbox.file("requirements.txt", "nclib\n");
    let ran = pip(
        &sandbox,
        &[
            &LOCK[..],
            &["--write-lock", "pip.lock.txt", "--uv", "no-such-uv"],
        ]
        .concat(),
    );
    assert_eq!(ran.code, 2, "{}", ran.all());
    assert!(ran.stderr.contains("pip install uv"), "{}", ran.stderr);
    assert!(!sandbox.path().join("pip.lock.txt").exists());
}

const STACKS: &str = "
channel forge
python 3.11.0 h_0
python 3.13.0 h_0
numpy 1.24.4 py311_0 : python 3.11.*
numpy 2.3.1 py313_0 : python 3.13.*
scipy 1.10.0 py311_0 : python 3.11.*, numpy >=1.21,<1.27
scipy 1.16.0 py313_0 : python 3.13.*, numpy >=2,<2.6
lsst-efd-client 0.8.3 pyh_0 : python 3.11.* ; noarch
lsst-efd-client 0.12.0 pyh_0 : python 3.13.* ; noarch
jupyterlab 3.6.1 pyh_0 : python 3.11.* ; noarch
jupyterlab 4.4.10 pyh_0 : python 3.13.* ; noarch
lab-ui 3.0 pyh_0 : python, jupyterlab >=3.4,<4 ; noarch
lab-ui 4.0 pyh_0 : python, jupyterlab >=4.4,<5 ; noarch
";

fn stacks() -> Sandbox {
    let sandbox = Sandbox::with(STACKS);
    for (name, python) in [("old", "python 3.11.*"), ("new", "python 3.13.*")] {
        let output = format!("{name}/");
        let ran = sandbox.run(&[
            "solve",
            "-c",
            "./forge",
            "-p",
            "linux-64",
            python,
            "scipy",
            "lsst-efd-client",
            "lab-ui",
            "-o",
            &output,
        ]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    sandbox.file(
        "freeze.txt",
        "numpy==1.26\nlsst-efd-client==0.8.3\njupyterlab==3.6\nmy_tool==1.0\n",
    );
    sandbox
}

#[test]
fn s40_what_a_users_packages_hide_and_break_and_what_must_go() {
    let sandbox = stacks();
    let ran = sandbox.run(&[
        "audit",
        "user",
        "freeze.txt",
        "--lock",
        "new/rsp.lock",
        "--old-lock",
        "old/rsp.lock",
    ]);
    assert_eq!(ran.code, 1);
    assert_snapshot!(ran.all());
    let fine = sandbox.run(&["audit", "user", "freeze.txt", "--lock", "old/rsp.lock"]);
    assert_eq!(
        fine.code,
        0,
        "with the old stack all was well: {}",
        fine.all()
    );
}

#[test]
fn s40_a_directory_of_installed_packages_is_read_as_well() {
    let sandbox = stacks();
    for name in ["numpy-1.26", "lsst_efd_client-0.8.3", "jupyterlab-3.6"] {
        sandbox.file(
            &format!("local/site-packages/{name}.dist-info/METADATA"),
            "",
        );
    }
    sandbox.file("local/site-packages/numpy/__init__.py", "");
    let ran = sandbox.run(&[
        "audit",
        "user",
        "local/site-packages",
        "--lock",
        "new/rsp.lock",
        "--json",
    ]);
    assert_eq!(ran.code, 1, "{}", ran.all());
    assert_snapshot!("user_json", ran.stdout);
    let document = ran.json_of("audit-user");
    assert_eq!(
        document["remove"],
        serde_json::json!(["jupyterlab", "numpy"])
    );
    let missing = sandbox.run(&["audit", "user", "gone.txt", "--lock", "new/rsp.lock"]);
    assert_eq!(missing.code, 2, "{}", missing.all());
}

#[test]
fn s40_an_explicit_file_does_with_its_channels() {
    let sandbox = stacks();
    let lock = "new/environment-linux-64.lock.txt";
    let ran = sandbox.run(&[
        "audit",
        "user",
        "freeze.txt",
        "--lock",
        lock,
        "-c",
        "./forge",
    ]);
    assert_eq!(ran.code, 1, "{}", ran.all());
    assert!(
        ran.stdout.contains("remove: jupyterlab numpy\n"),
        "{}",
        ran.stdout
    );
    let without = sandbox.run(&["audit", "user", "freeze.txt", "--lock", lock]);
    assert_eq!(without.code, 2, "{}", without.all());
}

#[test]
fn s40_a_home_is_looked_into_and_a_directory_without_packages_is_a_slip() {
    let sandbox = stacks();
    sandbox.file(
        "home/.local/lib/python3.11/site-packages/numpy-1.26.dist-info/METADATA",
        "",
    );
    sandbox.file("elsewhere/file", "");
    let audit = |list: &str| sandbox.run(&["audit", "user", list, "--lock", "new/rsp.lock"]);
    let ran = audit("home/.local");
    assert_eq!(ran.code, 1, "{}", ran.all());
    assert!(ran.stdout.contains("numpy 1.26 hides"), "{}", ran.stdout);
    let ran = audit("elsewhere");
    assert_eq!(ran.code, 2, "{}", ran.all());
    // Nothing hides anything where nothing is.
    fs_err::create_dir_all(sandbox.path().join("empty/lib/python3.11/site-packages")).unwrap();
    for list in ["empty", "empty/lib/python3.11/site-packages"] {
        let ran = audit(list);
        assert_eq!(ran.code, 0, "{}", ran.all());
    }
}

#[test]
fn s40_an_editable_install_in_the_list_is_told_and_passed_over() {
    let sandbox = stacks();
    sandbox.file(
        "freeze.txt",
        "-e git+https://example.org/mine.git@abc#egg=mine\nnumpy==1.26\n",
    );
    let ran = sandbox.run(&["audit", "user", "freeze.txt", "--lock", "new/rsp.lock"]);
    assert_eq!(ran.code, 1, "{}", ran.all());
    assert!(ran.stdout.contains("numpy 1.26 hides"), "{}", ran.stdout);
    assert!(ran.stderr.contains("freeze.txt:1:"), "{}", ran.stderr);
    sandbox.file("freeze.txt", "numpy 1.26\njupyterlab==3.6\n");
    let ran = sandbox.run(&["audit", "user", "freeze.txt", "--lock", "new/rsp.lock"]);
    assert_eq!(ran.code, 2, "{}", ran.all());
}
