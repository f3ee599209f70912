//! The scenarios about pins, suspicious answers and chains, by their numbers.

use serde_json::Value;

use crate::support::{Ran, Sandbox};

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}\n{}", ran.stderr))
}

fn solve(sandbox: &Sandbox, more: &[&str]) -> Ran {
    let fixed = ["solve", "-c", "./forge", "-p", "linux-64"];
    sandbox.run(&[&fixed, more].concat())
}

/// What `suspicious` says: kind, name, and why.
fn suspicious(ran: &Ran) -> Vec<(String, String, String)> {
    let document = json(ran);
    let found = document["environments"][0]["suspicious"]
        .as_array()
        .unwrap()
        .clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    found
        .iter()
        .map(|one| (text(&one["kind"]), text(&one["name"]), text(&one["why"])))
        .collect()
}

const PYARROW: &str = "
channel forge
python 3.12.0 h_0
pyarrow 19.0 py312_0 : python 3.12.*
pyarrow 20.0 py312_0 : python 3.12.*
lsdb 0.2.4 py_0 : python ; noarch ; ts 2024-06-01
lsdb 0.6.0 py_0 : python, pyarrow >=20 ; noarch ; ts 2025-07-01
lsdb 0.6.1 py_0 : python, pyarrow >=20 ; noarch ; ts 2025-07-10
";

#[test]
fn s09_an_ancient_version_is_told() {
    let sandbox = Sandbox::with(PYARROW);
    assert_eq!(solve(&sandbox, &["pyarrow 19.*", "-o", "base.txt"]).code, 0);
    let ran = solve(&sandbox, &["lsdb", "--base", "base.txt", "--json", "-n"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let why = "newer ones want `pyarrow >=20`, and pyarrow is 19.0, as in the base";
    assert_eq!(
        suspicious(&ran),
        [("ancient".to_owned(), "lsdb".to_owned(), why.to_owned())]
    );
    let ran = solve(&sandbox, &["lsdb", "--base", "base.txt", "-o", "lock.txt"]);
    assert!(
        ran.stderr
            .contains("lsdb 0.2.4 although the newest is 0.6.1"),
        "{}",
        ran.stderr
    );
    let denied = [
        "lsdb",
        "--base",
        "base.txt",
        "-o",
        "other.txt",
        "--deny",
        "ancient",
    ];
    let ran = solve(&sandbox, &denied);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(!sandbox.path().join("other.txt").exists());
    // With a bound it is a conflict about pyarrow.
    let ran = solve(&sandbox, &["lsdb >=0.6.0", "--base", "base.txt", "-n"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("pyarrow >=20"), "{}", ran.stderr);
}

#[test]
fn s10_a_downgrade_is_never_silent() {
    let sandbox = Sandbox::with(
        "
channel forge
requests 2.32 py_0 ; noarch
requests 2.31 py_0 ; noarch
urllib3 2.2 py_0 ; noarch
urllib3 1.26 py_0 ; noarch
jsonschema 4.0 py_0 ; noarch
jsonschema 3.2 py_0 ; noarch
rucio-clients 1.0 py_0 : requests <2.32, urllib3 <2, jsonschema <4 ; noarch
",
    );
    let base = ["requests", "urllib3", "jsonschema", "-o", "base.txt"];
    assert_eq!(solve(&sandbox, &base).code, 0);
    let floating = [
        "rucio-clients",
        "--base",
        "base.txt",
        "--policy",
        "float",
        "-n",
    ];
    let ran = solve(&sandbox, &[&floating[..], &["--json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let found = suspicious(&ran);
    let names: Vec<&str> = found.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(names, ["jsonschema", "requests", "urllib3"]);
    for (kind, name, why) in &found {
        assert_eq!(kind, "downgrade", "{name}");
        assert!(why.starts_with("rucio-clients 1.0 wants"), "{why}");
    }
    let ran = solve(
        &sandbox,
        &[&floating[..], &["--deny", "downgrade"]].concat(),
    );
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("downgraded 4.0 -> 3.2"),
        "{}",
        ran.stderr
    );
}

#[test]
fn s36_a_flipped_variant_is_told_as_such() {
    let sandbox = Sandbox::with(
        "
channel forge
libblas 3.9 31_openblas
libblas 3.9 31_mkl : mkl ; track mkl
mkl 2024.2 h_0
numpy 2.0 py_0 : libblas ; noarch
intel-tool 1.0 h_0 : mkl, libblas 3.9 31_mkl
",
    );
    assert_eq!(
        solve(
            &sandbox,
            &["numpy", "libblas * *openblas", "-o", "base.txt"]
        )
        .code,
        0
    );
    assert!(sandbox.read("base.txt").contains("31_openblas"));
    // A constraint keeps the variant, so the addition is refused.
    let kept = [
        "intel-tool",
        "--base",
        "base.txt",
        "--policy",
        "float",
        "-n",
    ];
    let ran = solve(
        &sandbox,
        &[&kept[..], &["--constraint", "libblas * *openblas"]].concat(),
    );
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let ran = solve(&sandbox, &[&kept[..], &["--json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let found = suspicious(&ran);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].0.as_str(), found[0].1.as_str()),
        ("variant", "libblas")
    );
    let ran = solve(&sandbox, &[&kept[..], &["--deny", "variant"]].concat());
    assert_eq!(ran.code, 1, "{}", ran.stderr);
}

#[test]
fn s43b_a_metapackage_changed_its_list_under_the_same_version() {
    const BEFORE: &str = "
channel forge
a 1 h_0
b 1 h_0 : c
c 1 h_0
rubin-env-rsp 12.1.0 py_8 : a, b
";
    const REQUEST: &str = "[environment]\nname = \"image\"\nchannels = [\"./forge\"]\n\
        platforms = [\"linux-64\"]\n[requirements]\nrubin-env-rsp = \"==12.1.0\"\n";
    let sandbox = Sandbox::with(BEFORE);
    sandbox.file("rsp-lock.toml", REQUEST);
    assert_eq!(sandbox.run(&["solve"]).code, 0);
    // Build 8 is withdrawn, build 9 asks for less.
    sandbox.channels(&BEFORE.replace("py_8 : a, b", "py_9 : a"));
    let ran = sandbox.run(&["solve"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("rubin-env-rsp 12.1.0 changed its list"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("no longer requires b"),
        "{}",
        ran.stderr
    );
}

#[test]
fn s16_the_chains_say_where_a_pin_would_have_to_live() {
    let sandbox = Sandbox::with(
        "
channel forge
ipykernel 6.30 py_0 ; noarch
astropy 7.0 py_0 : jupyter-bits ; noarch
jupyter-bits 1.0 py_0 : ipykernel >=6 ; noarch
rubin-env 13.0.1 py_0 : astropy ; noarch
rubin-env-rsp 13.0.1 py_0 : rubin-env 13.0.1 py_0, ipykernel >=6,<7 ; noarch
",
    );
    assert_eq!(
        solve(&sandbox, &["rubin-env-rsp", "-o", "lock.txt"]).code,
        0
    );
    let ran = sandbox.run(&["why", "ipykernel", "lock.txt", "-c", "./forge"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        ran.stdout,
        "linux-64: ipykernel 6.30 py_0\n  \
         rubin-env-rsp 13.0.1 > ipykernel 6.30 (ipykernel >=6,<7)\n  \
         rubin-env 13.0.1 > astropy 7.0 (astropy) > jupyter-bits 1.0 (jupyter-bits) > ipykernel 6.30 (ipykernel >=6)\n  \
         in the closure of rubin-env-rsp, rubin-env\n  \
         a pin in one of them does not reach who installs another\n"
    );
    let json = sandbox.run(&["why", "ipykernel", "lock.txt", "-c", "./forge", "--json"]);
    let document = json.json_of("why");
    assert_eq!(
        document["platforms"][0]["chains"].as_array().unwrap().len(),
        2
    );
    assert_eq!(
        sandbox
            .run(&["why", "numpy", "lock.txt", "-c", "./forge"])
            .code,
        1
    );
}

/// The story of early 2021: an override that has its day.
const DASK: &str = "
channel forge
python 3.8.6 h_0 ; ts 2020-10-01
dask 2020.12.0 py_0 : python, distributed 2020.12.* ; noarch ; ts 2020-12-11
dask 2021.1.1 py_0 : python, distributed 2021.1.* ; noarch ; ts 2021-01-22
dask 2021.3.0 py_0 : python, distributed 2021.3.* ; noarch ; ts 2021-03-05
distributed 2020.12.0 py_0 : python ; noarch ; ts 2020-12-11
distributed 2021.1.1 py_0 : python ; noarch ; ts 2021-01-22
distributed 2021.3.0 py_0 : python ; noarch ; ts 2021-03-05
dask-kubernetes 0.11.0 py_0 : dask >=2, distributed >=2 ; noarch ; ts 2020-11-05
dask-kubernetes 2021.3.0 py_0 : dask >=2021.1, distributed >=2021.1 ; noarch ; ts 2021-03-06
rubin-env 0.2.1 py38_0 : python 3.8.* ; noarch ; ts 2021-01-29
";

const DASK_REQUEST: &str = "# the platform in early 2021
[environment]
name = \"rsp\"
channels = [\"./forge\"]
platforms = [\"linux-64\"]

[requirements]
rubin-env = \"==0.2.1\"
dask-kubernetes = \"*\"

[constraints]
jupyter_server_proxi = \"<4\"
python = \"<4\"   # never mind

[overrides]
# until the cluster driver goes with the new one
dask = { version = \"2020.12.*\", reason = \"2021.1 broke the driver\", owner = \"sqre\", review = 2021-03-01, until = \"dask-kubernetes >=2021.3\" }
distributed = { version = \"2020.12.*\", reason = \"goes with dask\", until = \"dask-kubernetes >=2021.3\" }
";

fn verdicts(ran: &Ran) -> Vec<(String, String, Option<String>)> {
    let document = json(ran);
    let lines = document["platforms"][0]["lines"]
        .as_array()
        .unwrap()
        .clone();
    lines
        .iter()
        .map(|line| {
            let text = |key: &str| line[key].as_str().map(str::to_owned);
            (
                text("name").unwrap(),
                text("verdict").unwrap(),
                text("since"),
            )
        })
        .collect()
}

#[test]
fn s11_s12_an_override_is_recorded_with_the_line_that_it_replaced() {
    let sandbox = Sandbox::with(DASK);
    sandbox.file("rsp-lock.toml", DASK_REQUEST);
    let ran = sandbox.run(&["solve", "--exclude-newer", "2021-02-02"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let lock = sandbox.read("rsp.lock");
    for part in [
        "until = \"dask-kubernetes >=2021.3\"",
        "reason = \"2021.1 broke the driver\"",
        "dask >=2",
    ] {
        assert!(lock.contains(part), "{part}\n{lock}");
    }
    let verified = sandbox.run(&["verify", "rsp.lock"]);
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
}

#[test]
fn s13_s17_every_line_is_proven_and_what_is_idle_goes() {
    let sandbox = Sandbox::with(DASK);
    sandbox.file("rsp-lock.toml", DASK_REQUEST);
    let february = sandbox.run(&["overrides", "--json", "--exclude-newer", "2021-02-02"]);
    assert_eq!(february.code, 0, "{}", february.stderr);
    february.json_of("overrides");
    let found = verdicts(&february);
    let of = |name: &str| found.iter().find(|(known, _, _)| known == name).unwrap();
    // The new dask wants its own distributed, which the other override takes away.
    assert_eq!(of("jupyter_server_proxi").1, "matches-nothing");
    assert_eq!(of("python").1, "excludes-nothing");
    assert!(matches!(of("dask").1.as_str(), "changes" | "needed"));
    assert_eq!(of("dask").2, None, "the condition is not met");

    let march = sandbox.run(&["overrides", "--exclude-newer", "2021-03-10"]);
    assert_eq!(march.code, 0, "{}", march.stderr);
    assert!(
        march.stdout.contains("no longer needed since 2021-03-06"),
        "{}",
        march.stdout
    );
    assert!(
        march.stdout.contains("due for review by sqre"),
        "{}",
        march.stdout
    );

    let pruned = sandbox.run(&["overrides", "--prune", "--exclude-newer", "2021-03-10"]);
    assert_eq!(pruned.code, 0, "{}", pruned.stderr);
    let text = sandbox.read("rsp-lock.toml");
    for gone in ["jupyter_server_proxi", "python = \"<4\""] {
        assert!(!text.contains(gone), "{text}");
    }
    for kept in [
        "# the platform in early 2021",
        "# until the cluster driver goes with the new one",
        "rubin-env = \"==0.2.1\"",
    ] {
        assert!(text.contains(kept), "{kept}\n{text}");
    }
    assert_eq!(
        sandbox
            .run(&["solve", "-n", "--exclude-newer", "2021-03-10"])
            .code,
        0
    );
}

#[test]
fn s46_an_undeclared_dependency_is_added_until_upstream_declares_it() {
    const CHANNEL: &str = "
channel forge
ipython_genutils 0.2 py_0 ; noarch ; ts 2020-01-01
ipympl 0.9 py_0 ; noarch ; ts 2025-01-01
";
    const REQUEST: &str = "[environment]\nname = \"ui\"\nchannels = [\"./forge\"]\n\
        platforms = [\"linux-64\"]\n[requirements]\nipympl = \"*\"\n[dependencies]\n\
        add = [{ dependents = \"ipympl\", spec = \"ipython_genutils\", reason = \"undeclared\" }]\n";
    let sandbox = Sandbox::with(CHANNEL);
    sandbox.file("rsp-lock.toml", REQUEST);
    let ran = sandbox.run(&["solve"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        sandbox
            .read("ui-linux-64.lock.txt")
            .contains("ipython_genutils")
    );
    assert!(sandbox.read("rsp.lock").contains("reason = \"undeclared\""));
    assert_eq!(sandbox.run(&["verify", "rsp.lock"]).code, 0);
    let found = verdicts(&sandbox.run(&["overrides", "--json"]));
    assert_eq!(found[0].1, "changes");
    // Upstream declares it.
    sandbox.channels(&format!(
        "{CHANNEL}ipympl 0.10 py_0 : ipython_genutils ; noarch ; ts 2025-08-01\n"
    ));
    let found = verdicts(&sandbox.run(&["overrides", "--json"]));
    assert_eq!(
        (found[0].1.as_str(), found[0].2.as_deref()),
        ("idle", Some("2025-08-01"))
    );
}

#[test]
fn s15_s18_s33_a_conflict_names_the_right_lines() {
    let sandbox = Sandbox::with(
        "
channel forge
python 3.13.1 h_0
python 3.14.0 h_0
python 3.12.9 h_0
rubin-env-nosysroot 13.0.1 py_0 : python >=3.13,<3.14 ; noarch
rubin-env 13.0.1 py_0 : rubin-env-nosysroot 13.0.1 py_0 ; noarch
ts-salobj 8.0 py312_0 : python >=3.12,<3.13.0a0
ts-salobj 8.1 py312_0 : python >=3.12,<3.13.0a0
moto 3.0 py_0 ; noarch
moto 4.0 py_0 : jsonschema >=4 ; noarch
jsonschema 3.2 py_0 ; noarch
old-tool 1.0 py_0 : jsonschema <4 ; noarch
",
    );
    let ran = solve(&sandbox, &["rubin-env", "python >=3.14", "-n"]);
    assert_eq!(ran.code, 3);
    for part in [
        "python >=3.14",
        "rubin-env-nosysroot 13.0.1",
        "python >=3.13,<3.14",
    ] {
        assert!(ran.stderr.contains(part), "{part}\n{}", ran.stderr);
    }
    assert!(ran.stderr.lines().count() <= 14, "{}", ran.stderr);
    let ran = solve(&sandbox, &["rubin-env", "ts-salobj", "-n"]);
    assert_eq!(ran.code, 3);
    for part in ["ts-salobj 8.1", "python >=3.12,<3.13.0a0"] {
        assert!(ran.stderr.contains(part), "{part}\n{}", ran.stderr);
    }
    let ran = solve(&sandbox, &["moto >=4", "old-tool", "-n"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("moto >=4"), "{}", ran.stderr);
    assert!(ran.stderr.contains("jsonschema"), "{}", ran.stderr);
}
