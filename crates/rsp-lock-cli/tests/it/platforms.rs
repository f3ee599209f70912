//! S34: all platforms of one manifest.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::support::{Sandbox, shared};

const WORLD: &str = "
channel forge
numpy 2.3.1 py_0
numpy 2.2.0 py_0 ; subdir linux-aarch64
numpy 2.3.1 py_0 ; subdir osx-arm64
lsdb 0.6.4 py_0 : numpy ; noarch
pyarrow 20.0 h_0
prmon 3.1 h_0
prmon 3.1 h_0 ; subdir linux-aarch64
cassandra-driver 3.29 h_0
libcxx 19.1 h_0 ; subdir osx-arm64
helper 1.0 h_0 ; subdir osx-arm64
needs-helper 1.0 py_0 : helper ; subdir osx-arm64
needs-helper 1.0 py_0
needs-helper 1.0 py_0 ; subdir linux-aarch64
";

const REQUEST: &str = r#"[environment]
name = "rsp"
channels = ["./forge"]
platforms = ["linux-64", "linux-aarch64", "osx-arm64"]

[requirements]
numpy = "*"
lsdb = "*"
needs-helper = "*"
prmon = { version = "*", platforms = ["linux-64", "linux-aarch64"] }
cassandra-driver = { version = "*", platforms = ["linux-64"] }
libcxx = { version = "*", platforms = ["osx-arm64"] }
"#;

#[test]
fn s34_absences_and_other_versions_are_told_platform_by_platform() {
    let sandbox = Sandbox::with(WORLD);
    sandbox.file("rsp-lock.toml", REQUEST);
    let ran = sandbox.run(&["solve", "-v"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for line in [
        "differs     only linux-64: cassandra-driver",
        "only osx-arm64: libcxx",
        "not osx-arm64: prmon",
        "numpy 2.3.1 linux-64, osx-arm64; 2.2.0 linux-aarch64",
        "dependencies: 1 not everywhere",
    ] {
        assert!(ran.stderr.contains(line), "{line}\n{}", ran.stderr);
    }
    let json = sandbox
        .run(&["solve", "--fresh", "-n", "--json"])
        .json_of("solve");
    let differences = json["differences"].as_array().unwrap();
    let names: Vec<&str> = differences
        .iter()
        .map(|d| d["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["cassandra-driver", "helper", "libcxx", "numpy", "prmon"]
    );
    assert_eq!(
        differences[3]["versions"],
        serde_json::json!({"linux-64": "2.3.1", "linux-aarch64": "2.2.0", "osx-arm64": "2.3.1"})
    );
    let one = sandbox.run(&["solve", "-p", "linux-64", "-n", "--fresh"]);
    assert!(!one.stderr.contains("differs"), "{}", one.stderr);
}

#[test]
fn s34_a_failure_on_one_platform_hides_no_other() {
    let sandbox = Sandbox::with(&WORLD.replace(
        "lsdb 0.6.4 py_0 : numpy ; noarch",
        "lsdb 0.6.4 py_0 : numpy, pyarrow >=20 ; noarch",
    ));
    sandbox.file("rsp-lock.toml", REQUEST);
    let ran = sandbox.run(&["solve"]);
    assert_eq!(ran.code, 3);
    assert!(
        ran.stderr.contains("linux-64 would have 6 packages"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains("no solution for linux-aarch64, osx-arm64")
            || ran.stderr.contains("no solution for linux-aarch64"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("pyarrow"), "{}", ran.stderr);
    assert!(
        !sandbox.path().join("rsp-linux-64.lock.txt").exists(),
        "all or nothing"
    );
    let json = sandbox.run(&["solve", "--json"]).json();
    let outcomes: Vec<&str> = json["environments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|environment| environment["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["solved", "unsolvable", "unsolvable"]);
}

const PLATFORMS: [&str; 4] = ["linux-64", "linux-aarch64", "osx-64", "osx-arm64"];

/// A record for a dependency line of a rendered build: a version that meets it.
fn stub(line: &str) -> (String, String) {
    let mut parts = line.split_whitespace();
    let name = parts.next().unwrap().to_owned();
    let wanted = parts.next().unwrap_or("*");
    let lower = wanted
        .split([',', '|'])
        .find(|part| !part.starts_with(['<', '!']))
        .unwrap_or("*");
    let version = lower
        .trim_start_matches(['>', '=', '~'])
        .trim_end_matches('*')
        .trim_end_matches('.');
    let version = if version.is_empty() { "0.1" } else { version };
    (name, version.to_owned())
}

/// The dependencies that a rendered file lists, those between its outputs aside.
fn rendered(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut is_depends = false;
    for line in text.lines() {
        let text = line.trim();
        if let Some(dependency) = text.strip_prefix("- ").filter(|_| is_depends) {
            if text.starts_with("- name:") {
                is_depends = false;
            } else {
                let dependency = dependency.trim_matches('\'');
                let (name, version) = stub(dependency);
                if !name.starts_with("rubin-env") {
                    lines.entry(name).or_default().push(version);
                }
            }
        } else {
            is_depends = text == "depends:";
        }
    }
    lines
}

/// The feedstock of 13.0.1 as it is, against a channel of stubs: what was rendered for
/// each platform, one record a dependency.
#[test]
fn s34_the_real_manifest_on_four_platforms() {
    let Some(inputs) = shared("domain/inputs") else {
        return;
    };
    let mut universe = String::from("channel forge\n");
    let mut wanted: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for platform in PLATFORMS {
        let file = format!("rubin-env/builds/rubin-env-13.0.1-6.{platform}.yaml");
        let lines = rendered(&fs_err::read_to_string(inputs.join(file)).unwrap());
        assert!(lines.len() > 150, "{platform}: {}", lines.len());
        for (name, mut versions) in lines.clone() {
            // A name may have a line in several outputs: the highest meets them all.
            versions.sort_by_key(|text| text.parse::<rattler_conda_types::Version>().unwrap());
            let version = versions.pop().unwrap();
            let build = if name == "python" || name == "python_abi" {
                "0_cp313"
            } else {
                "0_openblas"
            };
            writeln!(universe, "{name} {version} {build} ; subdir {platform}").unwrap();
        }
        wanted.insert(platform, lines.into_keys().collect());
    }
    let sandbox = Sandbox::with(&universe);
    let raw = inputs.join("raw");
    let copy = |from: String, to: &str| {
        let text = fs_err::read_to_string(raw.join(from)).unwrap();
        let own = "channel_sources:\n- ../forge";
        sandbox.file(to, &text.replace("channel_sources:\n- conda-forge", own));
    };
    copy(
        "rubinenv-13.0.1-recipe.yaml".to_owned(),
        "recipe/recipe.yaml",
    );
    copy(
        "rubinenv-13.0.1-conda_build_config.yaml".to_owned(),
        "recipe/conda_build_config.yaml",
    );
    for platform in PLATFORMS {
        let own = format!("{}_", platform.replace('-', "_"));
        copy(
            format!("rubinenv-13.0.1-variant-{own}.yaml"),
            &format!(".ci_support/{own}.yaml"),
        );
    }
    let ran = sandbox.run(&["solve", "-f", "recipe/recipe.yaml", "-o", "locks/"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for platform in PLATFORMS {
        let lock = sandbox.read(&format!("locks/rubin-env-{platform}.lock.txt"));
        for name in &wanted[platform] {
            assert!(
                lock.contains(&format!("/{name}-")),
                "{platform} lacks {name}"
            );
        }
        let has = |name: &str| lock.contains(&format!("/{name}-"));
        assert_eq!(
            has("cassandra-driver"),
            platform == "linux-64",
            "{platform}"
        );
        assert_eq!(has("prmon"), platform.starts_with("linux"), "{platform}");
        assert_eq!(has("libcxx"), platform.starts_with("osx"), "{platform}");
    }
    assert!(ran.stderr.contains("differs"), "{}", ran.stderr);
}
