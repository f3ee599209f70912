//! The scenarios that are about whole commands, by their numbers.

use std::collections::BTreeSet;

use crate::support::{Sandbox, lines_where};

/// The names that an explicit file lists, in its order.
fn names(lock: &str) -> Vec<String> {
    let urls = lock.lines().filter(|line| line.starts_with("http"));
    urls.map(|url| {
        let file = url.rsplit('/').next().unwrap();
        let mut parts = file.rsplitn(3, '-');
        parts.nth(2).unwrap().to_owned()
    })
    .collect()
}

/// The early days of 2021: a metapackage, a cap that is too tight, a broken release.
const EARLY_2021: &str = "
channel forge
python 3.8.6 h_0 ; ts 2020-10-01
dask 2020.12.0 py_0 : python >=3.6, distributed 2020.12.0.* ; noarch ; ts 2020-12-11
dask 2021.1.1 py_0 : python >=3.7, distributed 2021.1.1.* ; noarch ; ts 2021-01-22
distributed 2020.12.0 py_0 : python >=3.6 ; noarch ; ts 2020-12-11
distributed 2021.1.1 py_0 : python >=3.7 ; noarch ; ts 2021-01-22
mysqlclient 2.0.1 py38_0 : python >=3.8,<3.9.0a0 ; ts 2020-12-01
mysqlclient 2.0.2 py38_0 : python >=3.8,<3.9.0a0 ; ts 2021-01-05
rubin-env 0.2.1 py38_0 : python 3.8.*, dask, mysqlclient !=2.0.2 ; noarch ; ts 2021-01-29
jupyterlab 3.0.7 py_0 : python >=3.6 ; noarch ; ts 2021-02-01
";

#[test]
fn s01_a_metapackage_and_additions_become_an_explicit_lock() {
    let lock = || {
        let sandbox = Sandbox::with(EARLY_2021);
        let ran = sandbox.run(&[
            "solve",
            "-c",
            "./forge",
            "-p",
            "linux-64",
            "-o",
            "lock.txt",
            "rubin-env ==0.2.1",
            "jupyterlab",
            "dask 2020.12.*",
        ]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let verified = sandbox.run(&["verify", "lock.txt", "-c", "./forge"]);
        assert_eq!(verified.code, 0, "{}", verified.stdout);
        sandbox.read("lock.txt")
    };
    let text = lock();
    let mut lines = text.lines().skip_while(|line| line.starts_with('#'));
    assert_eq!(lines.next(), Some("@EXPLICIT"));
    assert!(text.contains("# platform: linux-64\n"));
    let order = names(&text);
    let unique: BTreeSet<&String> = order.iter().collect();
    assert_eq!(unique.len(), order.len(), "one record a name");
    let at = |name: &str| order.iter().position(|other| other == name).unwrap();
    assert!(at("python") < at("distributed") && at("distributed") < at("dask"));
    assert!(at("dask") < at("rubin-env"));
    assert!(text.contains("/dask-2020.12.0-") && text.contains("/distributed-2020.12.0-"));
    assert!(text.contains("/mysqlclient-2.0.1-"));
    assert_eq!(text, lock(), "the same bytes twice");
}

const ODD_NAMES: &str = "#environment_name: lsst-scipipe-13.1.0-rsp\r\n# platform: linux-64\n@EXPLICIT\n\
https://conda.anaconda.org/conda-forge/linux-64/x264-1!164.3095-h166bdaf_2.tar.bz2\n\
https://conda.anaconda.org/conda-forge/noarch/_x86_64-microarch-level-4-3_icelake.conda#71b564babd2acba41fee541e5912b125\n\
https://conda.anaconda.org/conda-forge/noarch/python_abi-3.13-9_cp313.conda\n\
file:///opt/channel/linux-64/local-1.0-0.conda\n";

#[test]
fn s02_odd_files_come_back_byte_for_byte_and_no_hash_is_invented() {
    let sandbox = Sandbox::new();
    sandbox.file("odd.env", ODD_NAMES);
    for verb in ["import", "export"] {
        let ran = sandbox.run(&[verb, "odd.env", "-o", "out.env"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(sandbox.read("out.env"), ODD_NAMES, "{verb}");
    }
    let md5 = sandbox.run(&["export", "odd.env", "--hash", "md5", "-o", "out.env"]);
    assert_eq!(sandbox.read("out.env"), ODD_NAMES);
    assert!(
        md5.stderr.contains("no md5 is known for 3 files"),
        "{}",
        md5.stderr
    );
    sandbox.file(
        "twice.env",
        &format!("{ODD_NAMES}https://h/c/noarch/local-2.0-0.conda\n"),
    );
    let twice = sandbox.run(&["import", "twice.env"]);
    assert_eq!((twice.code, twice.stdout.as_str()), (2, ""));
    assert!(
        twice.stderr.contains("`local` is listed a second time"),
        "{}",
        twice.stderr
    );
}

#[test]
fn s02_a_hash_that_is_not_the_channels_is_not_replaced() {
    let sandbox = Sandbox::with("channel forge\na 1.0 h_0\n");
    let solve = [
        "solve", "-c", "./forge", "-p", "linux-64", "a", "-o", "a.txt",
    ];
    assert_eq!(sandbox.run(&solve).code, 0);
    let text = sandbox.read("a.txt");
    let (url, hash) = text.lines().last().unwrap().rsplit_once('#').unwrap();
    sandbox.file(
        "bad.txt",
        &text.replace(hash, &format!("sha256:{}", "0".repeat(64))),
    );
    sandbox.file("none.txt", &text.replace(&format!("#{hash}"), ""));
    let run = |verb: &[&str], file: &str| {
        sandbox.run(&[verb, &[file, "-c", "./forge", "-p", "linux-64"]].concat())
    };
    let refused = run(&["export", "--hash", "md5"], "bad.txt");
    assert_eq!(refused.code, 5, "{}", refused.all());
    assert!(refused.stderr.contains(url), "{}", refused.stderr);
    assert_eq!(refused.stdout, "");
    assert_eq!(run(&["export", "--hash", "md5"], "a.txt").code, 0);
    let without = run(&["verify"], "none.txt");
    assert_eq!(without.code, 0, "{}", without.all());
    assert!(
        without.stderr.contains("1 line without a hash to compare"),
        "{}",
        without.stderr
    );
}

#[test]
fn s31_an_extra_channel_gives_only_what_the_first_lacks() {
    let sandbox = Sandbox::with(
        "channel forge\n\
         python 3.13.0 h_0\n\
         numpy 2.0.0 py_0 : python\n\
         ts-xml 1.0 py_0 : python ; noarch\n\
         channel lsstts\n\
         ts-salobj 8.0 py_0 : python, numpy, ts-xml ; noarch\n\
         ts-utils 1.2 py_0 : python ; noarch\n\
         ts-xml 2.0 py_0 : python ; noarch\n\
         numpy 2.1.0 py_0 : python\n",
    );
    let run = |priority: &str| {
        let ran = sandbox.run(&[
            "solve",
            "--json",
            "-c",
            "./forge",
            "-c",
            "./lsstts",
            "-p",
            "linux-64",
            "ts-salobj",
            "ts-utils",
            "--channel-priority",
            priority,
            "-o",
            "locks/",
            "--fresh",
        ]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let packages = document["environments"][0]["packages"].as_array().unwrap();
        let from = packages.iter().map(|package| {
            let text = |key: &str| package[key].as_str().unwrap().to_owned();
            (text("name"), text("version"), text("channel"))
        });
        from.collect::<Vec<_>>()
    };
    let strict = run("strict");
    let of = |name: &str| strict.iter().find(|package| package.0 == name).unwrap();
    assert_eq!(of("numpy").2, "https://conda.example.org/forge/");
    assert_eq!(
        (of("ts-xml").1.as_str(), of("ts-xml").2.as_str()),
        ("1.0", "https://conda.example.org/forge/")
    );
    for name in ["ts-salobj", "ts-utils"] {
        assert_eq!(of(name).2, "https://conda.example.org/lsstts/");
    }
    let lock = sandbox.read("locks/rsp.lock");
    assert!(
        lock.contains("channel = \"https://conda.example.org/lsstts/\""),
        "{lock}"
    );
    let disabled = run("disabled");
    assert!(
        disabled
            .iter()
            .any(|package| package.0 == "numpy" && package.1 == "2.1.0")
    );
}

#[test]
fn s35_the_build_for_the_assumed_glibc_is_chosen_and_recorded() {
    let sandbox = Sandbox::with(
        "channel forge\n\
         tool 1.0 new_1 : __glibc >=2.28 ; number 1\n\
         tool 1.0 old_0 : __glibc >=2.17 ; number 0\n\
         tool 1.0 arm_1 : __glibc >=2.28 ; number 1 ; subdir linux-aarch64\n\
         tool 1.0 mac_0 : __osx >=11.0 ; subdir osx-arm64\n",
    );
    sandbox.file(
        "rsp-lock.toml",
        r#"[environment]
name = "old"
channels = ["./forge"]
platforms = [
    { name = "linux-64", virtual-packages = { glibc = "2.17" } },
    "linux-aarch64",
    "osx-arm64",
]

[requirements]
tool = "*"
"#,
    );
    let ran = sandbox.run(&["solve"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        sandbox
            .read("old-linux-64.lock.txt")
            .contains("tool-1.0-old_0.conda")
    );
    assert!(
        sandbox
            .read("old-linux-aarch64.lock.txt")
            .contains("tool-1.0-arm_1.conda")
    );
    assert!(
        sandbox
            .read("old-osx-arm64.lock.txt")
            .contains("tool-1.0-mac_0.conda")
    );
    let lock = sandbox.read("rsp.lock");
    assert!(
        lock.contains("\"__glibc=2.17=0\"") && lock.contains("\"__glibc=2.28=0\""),
        "{lock}"
    );
    let flag = sandbox.run(&[
        "solve",
        "-c",
        "./forge",
        "tool",
        "-p",
        "linux-64",
        "--virtual-package",
        "__glibc=2.17",
    ]);
    assert!(
        flag.stdout.contains("tool-1.0-old_0.conda"),
        "{}",
        flag.stdout
    );
}

/// Thirteen records, of which ten belong to the stack.
const RSP: &str = "
channel forge
python 3.13.0 h_0 : libstdcxx
libstdcxx 15.1.0 h_0
double-conversion 3.3.1 h_0 : libstdcxx
xcb-util-cursor 0.1.5 h_0 : libstdcxx
qt6-main 6.11.1 h_0 : double-conversion, xcb-util-cursor
libopencv 5.0.0 qt6_0 : qt6-main >=6.11.1,<6.12.0a0
py-opencv 5.0.0 qt6_0 : libopencv 5.0.0 qt6_0, python, numpy
opencv 5.0.0 qt6_0 : py-opencv 5.0.0 qt6_0
numpy 2.4.0 py313_0 : python
rubin-env 13.1.0 py313_0 : opencv, numpy, python
notebook-shim 0.2.4 py_0 : python ; noarch
jupyterlab 4.5.0 py_0 : notebook-shim ; noarch
rubin-env-rsp 13.1.0 py313_0 : rubin-env 13.1.0, jupyterlab
";

fn rsp() -> Sandbox {
    let sandbox = Sandbox::with(RSP);
    let ran = sandbox.run(&[
        "solve",
        "-c",
        "./forge",
        "rubin-env-rsp",
        "-p",
        "linux-64",
        "-o",
        "rsp.txt",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let lock = sandbox.read("rsp.txt");
    assert_eq!(names(&lock).len(), 13);
    sandbox.file(
        "rsp.txt",
        &format!("#environment_name: lsst-scipipe-13.1.0-rsp\n{lock}"),
    );
    sandbox
}

#[test]
fn s37_the_stack_is_cut_out_of_the_lock_of_the_rsp() {
    let sandbox = rsp();
    let derive = |arguments: &[&str]| {
        let mut all = vec!["derive", "-c", "./forge", "-o", "stack.txt"];
        all.extend(arguments);
        sandbox.run(&all)
    };
    let ran = derive(&["--root", "rubin-env", "rsp.txt"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let (whole, stack) = (sandbox.read("rsp.txt"), sandbox.read("stack.txt"));
    let without = ["notebook-shim", "jupyterlab", "rubin-env-rsp"];
    let expected = lines_where(&whole, |line| {
        !without
            .iter()
            .any(|name| line.contains(&format!("/{name}-")))
    });
    assert_eq!(stack, expected);
    assert_eq!(names(&stack).len(), 10);
    assert!(stack.starts_with("#environment_name: lsst-scipipe-13.1.0-rsp\n"));
    fs_err::remove_file(sandbox.path().join("stack.txt")).unwrap();

    let missing_root = derive(&["--root", "scipipe", "rsp.txt"]);
    assert_eq!(missing_root.code, 2);
    assert!(
        missing_root
            .stderr
            .contains("root `scipipe` is not in the lock")
    );
    let lacking = lines_where(&whole, |line| !line.contains("/qt6-main-"));
    sandbox.file("lacking.txt", &lacking);
    let lacking = derive(&["--root", "rubin-env", "lacking.txt"]);
    assert_eq!(lacking.code, 1);
    assert!(
        lacking.stderr.contains("`qt6-main` (needed by libopencv)"),
        "{}",
        lacking.stderr
    );
    sandbox.file("foreign.txt", &whole.replace("/forge/", "/other/"));
    let foreign = derive(&["--root", "rubin-env", "foreign.txt"]);
    assert_eq!(foreign.code, 1);
    assert!(foreign.stderr.contains("no metadata"), "{}", foreign.stderr);
    assert!(!sandbox.path().join("stack.txt").exists(), "no output file");
}

#[test]
fn s38_verify_catches_a_lock_that_cannot_work() {
    let sandbox = rsp();
    let broken = lines_where(&sandbox.read("rsp.txt"), |line| {
        !line.contains("/qt6-main-")
    });
    sandbox.file("broken.txt", &broken);
    let ran = sandbox.run(&[
        "verify",
        "broken.txt",
        "-c",
        "./forge",
        "--root",
        "rubin-env",
    ]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout.contains(
            "error: libopencv 5.0.0 qt6_0 requires `qt6-main >=6.11.1,<6.12.0a0`: absent"
        ),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .lines()
            .any(|line| line.starts_with("warning: ") && line.contains("jupyterlab")),
        "{}",
        ran.stdout
    );
}
