//! Bad input of every kind: a clear message, the right exit code, nothing half-written.

use crate::support::{REQUEST, Ran, Sandbox, WORLD};
use insta::assert_snapshot;
use rsp_lock_testkit::server::{ChannelServer, Fault};

/// Runs a solve of one package from a channel.
fn solve(sandbox: &Sandbox, channel: &str, spec: &str) -> Ran {
    sandbox.run(&[
        "solve", "-c", channel, spec, "-p", "linux-64", "-o", "out.txt",
    ])
}

/// A request file in which one thing is replaced.
fn request(from: &str, to: &str) -> Ran {
    let sandbox = Sandbox::with(WORLD);
    assert!(REQUEST.contains(from));
    sandbox.file("rsp-lock.toml", &REQUEST.replace(from, to));
    let ran = sandbox.run(&["solve"]);
    assert_eq!(sandbox.files(), ["rsp-lock.toml"], "nothing is written");
    ran
}

/// A channel of one document, the records of which are given as JSON.
fn channel(info: &str, records: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file(
        "channel/linux-64/repodata.json",
        &format!(r#"{{"info": {{"subdir": "linux-64"{info}}}, "packages": {{}}, "packages.conda": {{{records}}}}}"#),
    );
    sandbox.file(
        "channel/noarch/repodata.json",
        r#"{"info": {"subdir": "noarch"}, "packages": {}}"#,
    );
    sandbox
}

const HELLO: &str = r#""hello-1.0-0.conda": {"name": "hello", "version": "1.0", "build": "0",
    "build_number": 0, "subdir": "linux-64", "depends": [], "sha256":
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}"#;

#[test]
fn a_missing_file() {
    let sandbox = Sandbox::new();
    sandbox.file("rsp-lock.toml", REQUEST);
    let ran = sandbox.run(&["solve", "-f", "rsp-lok.toml"]);
    assert_eq!(ran.code, 2);
    assert_snapshot!(ran.all());
}

#[test]
fn a_directory_instead_of_a_file() {
    let sandbox = Sandbox::new();
    sandbox.file("project/rsp-lock.toml", REQUEST);
    let ran = sandbox.run(&["solve", "-f", "project"]);
    assert_eq!(ran.code, 2);
    assert_snapshot!(ran.all());
}

#[test]
fn a_wrong_key() {
    let ran = request("channels =", "chanels =");
    assert_eq!(ran.code, 2);
    assert_snapshot!(ran.all());
}

#[test]
fn a_wrong_key_in_environment_yml() {
    let sandbox = Sandbox::new();
    sandbox.file(
        "environment.yml",
        "name: x\nchanels:\n  - conda-forge\ndependencies:\n  - numpy\n",
    );
    let ran = sandbox.run(&["solve", "-f", "environment.yml", "-p", "linux-64"]);
    assert_eq!(ran.code, 2);
    assert_snapshot!(ran.all());
}

#[test]
fn a_bad_spec() {
    let ran = request("ts-salobj = \"*\"", "ts-salobj = \">=1,<\"");
    assert_eq!(ran.code, 2);
    assert_snapshot!(ran.all());
    let sandbox = Sandbox::with(WORLD);
    let typed = solve(&sandbox, "./forge", "holoviews[recommended]");
    assert_eq!(typed.code, 2);
    assert_snapshot!("typed", typed.all());
}

#[test]
fn toml_that_is_none() {
    let ran = request("[requirements]", "[requirements");
    assert_eq!(ran.code, 2);
    assert_snapshot!(ran.all());
}

#[test]
fn a_key_of_a_later_version() {
    let ran = request(
        "[requirements]",
        "[pip]\nrequirements = [\"argo ==1\"]\n\n[requirements]",
    );
    assert_eq!(ran.code, 2);
    assert_snapshot!(ran.all());
}

#[test]
fn an_unknown_platform() {
    let ran = request("\"osx-64\"", "\"osx64\"");
    assert_eq!(ran.code, 2);
    assert_snapshot!(ran.all());
}

#[test]
fn an_unknown_channel() {
    let ran = request("\"./lsstts\"", "\"./lssts\"");
    assert_eq!(ran.code, 2);
    assert_snapshot!(ran.all());
}

#[test]
fn an_unknown_channel_on_a_server() {
    let sandbox = Sandbox::with(WORLD);
    let server = ChannelServer::start(sandbox.path()).unwrap();
    let ran = solve(&sandbox, &server.url("nothing-here"), "dask");
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("does not exist"), "{}", ran.stderr);
    assert!(sandbox.files().is_empty());
}

#[test]
fn an_unreachable_server() {
    let sandbox = Sandbox::new();
    let ran = solve(&sandbox, "http://127.0.0.1:1/channel", "dask");
    assert_eq!(ran.code, 4);
    assert_snapshot!(ran.all());
}

#[test]
fn a_server_that_wants_credentials_and_a_cache_that_is_empty() {
    let sandbox = Sandbox::with(WORLD);
    let server = ChannelServer::start(sandbox.path()).unwrap();
    server.always("", Fault::Status(401));
    let denied = solve(&sandbox, &server.url("forge"), "dask");
    assert_eq!(denied.code, 4);
    assert!(
        denied.stderr.contains("RATTLER_AUTH_FILE"),
        "{}",
        denied.stderr
    );
    let offline = sandbox.run(&[
        "solve",
        "--offline",
        "--cache-dir",
        "cache",
        "-c",
        &server.url("forge"),
        "dask",
        "-p",
        "linux-64",
    ]);
    assert_eq!(offline.code, 4);
    assert!(offline.stderr.contains("--offline"), "{}", offline.stderr);
}

#[test]
fn a_truncated_zst() {
    let sandbox = channel("", HELLO);
    let json = sandbox.read("channel/linux-64/repodata.json");
    let whole = zstd::encode_all(json.as_bytes(), 3).unwrap();
    fs_err::remove_file(sandbox.path().join("channel/linux-64/repodata.json")).unwrap();
    fs_err::write(
        sandbox.path().join("channel/linux-64/repodata.json.zst"),
        &whole[..whole.len() / 2],
    )
    .unwrap();
    let ran = solve(&sandbox, "./channel", "hello");
    assert_eq!(ran.code, 5);
    assert_snapshot!(ran.all());
}

#[test]
fn html_instead_of_json() {
    let sandbox = channel("", HELLO);
    sandbox.file(
        "channel/linux-64/repodata.json",
        "<!DOCTYPE html>\n<html>Please log in</html>\n",
    );
    let ran = solve(&sandbox, "./channel", "hello");
    assert_eq!(ran.code, 5);
    assert_snapshot!(ran.all());
}

#[test]
fn html_from_a_server() {
    let sandbox = channel("", HELLO);
    let server = ChannelServer::start(sandbox.path()).unwrap();
    server.always("", Fault::Html);
    let ran = solve(&sandbox, &server.url("channel"), "hello");
    assert_eq!(ran.code, 5, "{}", ran.stderr);
    assert!(ran.stderr.contains("HTML"), "{}", ran.stderr);
}

#[test]
fn a_record_without_name_is_left_out_and_counted() {
    let nameless = r#", "hello-0.9-0.conda": {"version": "0.9", "build": "0", "build_number": 0}"#;
    let sandbox = channel("", &format!("{HELLO}{nameless}"));
    let arguments = [
        "solve",
        "-v",
        "-c",
        "./channel",
        "hello",
        "-p",
        "linux-64",
        "--hash",
        "none",
    ];
    let ran = sandbox.run(&arguments);
    assert_eq!(ran.code, 0);
    assert!(
        ran.stderr.contains("1 record cannot be used"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("hello-0.9-0.conda"), "{}", ran.stderr);
    let json = sandbox.run(&[&arguments[..], &["--json"]].concat());
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let rejected = &document["environments"][0]["channels"][0]["rejected"];
    assert_eq!(rejected.as_array().unwrap().len(), 1);
}

#[test]
fn a_name_of_which_no_record_can_be_read_is_not_said_to_be_unknown() {
    let spoilt = r#", "hallo-0.9-0.conda": {"version": "0.9", "build": "0", "build_number": 0}"#;
    let sandbox = channel("", &format!("{HELLO}{spoilt}"));
    let ran = solve(&sandbox, "./channel", "hallo");
    assert_eq!(ran.code, 3);
    assert_snapshot!(ran.all());
    let spoilt = r#", "hello-3.0-0.conda": {"name": "hello", "version": "three", "build": []}"#;
    let sandbox = channel("", &format!("{HELLO}{spoilt}"));
    let ran = solve(&sandbox, "./channel", "hello >=3");
    assert_eq!(ran.code, 3);
    assert_snapshot!(ran.all());
}

/// A version of `hello` as JSON, with dependencies as JSON.
fn record(version: u8, depends: &str) -> String {
    format!(
        r#""hello-{version}-0.conda": {{"name": "hello", "version": "{version}", "build": "0",
        "build_number": 0, "depends": [{depends}], "subdir": "linux-64"}}"#
    )
}

/// Solves for `hello` and writes nothing.
fn try_hello(sandbox: &Sandbox, more: &[&str]) -> Ran {
    let channel = ["-c", "./channel", "-p", "linux-64"];
    let fixed = ["solve", "hello", "-n", "--hash", "none"];
    sandbox.run(&[&fixed, &channel[..], more].concat())
}

#[test]
fn a_record_with_a_dependency_that_means_nothing_is_told_whoever_reads_it() {
    let records = format!("{}, {}", record(2, "\">>>\""), record(1, ""));
    let sandbox = channel("", &records);
    let more = |more: &[&str]| try_hello(&sandbox, more);
    let file = "linux-64/hello-2-0.conda";
    for solver in ["native", "rattler"] {
        let denied = more(&["--deny", "rejected", "--solver", solver]);
        assert_eq!(denied.code, 1, "{}", denied.all());
        let ran = more(&["--json", "--solver", solver]);
        let document = ran.json_of("solve");
        let rejected = &document["environments"][0]["channels"][0]["rejected"];
        assert_eq!(rejected[0]["file"], file, "{document}");
        let told = more(&["-v", "--solver", solver]);
        assert!(told.stderr.contains(file), "{}", told.stderr);
        assert!(!told.stderr.contains("newest is 2"), "{}", told.stderr);
    }
    let cache = ["--cache-dir", "cache"];
    let warm = ["cache", "warm", "-c", "./channel", "-p", "linux-64"];
    let warm = sandbox.run(&[&warm[..], &cache].concat());
    assert!(warm.stderr.contains("1 record"), "{}", warm.all());
    let denied = more(&[&["--deny", "rejected"][..], &cache].concat());
    assert_eq!(denied.code, 1, "{}", denied.all());
}

#[test]
fn slips_on_the_command_line_are_told_before_anything_is_done() {
    let sandbox = channel("", HELLO);
    let solve = ["solve", "-c", "./channel", "hello", "-o", "out/"];
    let fixed = ["-c", "./channel", "-p", "linux-64", "hello"];
    for (command, said) in [
        (
            [&solve[..], &["-p", "noarch"]].concat(),
            "`noarch` is not a platform to lock for",
        ),
        (
            [
                &solve[..],
                &["-p", "linux-64", "--exclude-newer", "99999999999d"],
            ]
            .concat(),
            "out of range",
        ),
        (
            [&["overrides", "--prune"], &fixed[..]].concat(),
            "there is no file to take lines out of",
        ),
    ] {
        let ran = sandbox.run(&command);
        assert_eq!(ran.code, 2, "{}", ran.all());
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert!(!sandbox.path().join("out").exists());
    }
    let ran = sandbox.run(&[&solve[..], &["-p", "x"]].concat());
    assert!(!ran.stderr.contains("noarch"), "{}", ran.stderr);
}

#[test]
fn an_override_on_the_command_line_counts_before_that_of_the_request() {
    let records = [
        record(1, r#""other""#),
        record(1, "").replace("hello", "other"),
        record(2, "").replace("hello", "other"),
    ];
    let sandbox = channel("", &records.join(", "));
    sandbox.file(
        "rsp-lock.toml",
        "[environment]\nname = \"x\"\nchannels = [\"./channel\"]\nplatforms = [\"linux-64\"]\n\
         [requirements]\nhello = \"*\"\n[overrides]\nother = \"<2\"\n",
    );
    let version_with = |more: &[&str]| {
        let ran = sandbox.run(&[&["solve", "-n", "--hash", "none", "--json"], more].concat());
        let document = ran.json_of("solve");
        let packages = document["environments"][0]["packages"].as_array().unwrap();
        let other = packages.iter().find(|package| package["name"] == "other");
        other.unwrap()["version"].clone()
    };
    assert_eq!(version_with(&[]), "1");
    assert_eq!(version_with(&["--override", "other >=2"]), "2");
}

#[test]
fn a_virtual_package_that_is_probably_another_is_told() {
    let sandbox = channel("", HELLO);
    for (package, is_slip) in [
        ("__glbc=2.17", true),
        ("__glibc=2.17", false),
        ("__mine=1", false),
    ] {
        let ran = try_hello(&sandbox, &["--virtual-package", package]);
        assert_eq!(ran.code, 0, "{}", ran.all());
        let is_told = ran.stderr.contains("did you mean `__glibc`?");
        assert_eq!(is_told, is_slip, "{package}: {}", ran.stderr);
    }
    sandbox.file(
        "rsp-lock.toml",
        "[environment]\nname = \"x\"\nchannels = [\"./channel\"]\n\
         [[environment.platforms]]\nname = \"old\"\nsubdir = \"linux-64\"\n\
         virtual-packages = { __glbc = \"2.17\" }\n[requirements]\nhello = \"*\"\n",
    );
    let ran = sandbox.run(&["solve", "-n"]);
    assert_eq!(ran.code, 0, "{}", ran.all());
    assert!(
        ran.stderr.contains("did you mean `__glibc`?"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_a_hint_says_about_an_empty_lock_works() {
    let sandbox = Sandbox::with(WORLD);
    sandbox.file("rsp-lock.toml", REQUEST);
    sandbox.file("rsp.lock", "");
    let ran = sandbox.run(&["check"]);
    assert!(ran.stderr.contains("solve --fresh"), "{}", ran.stderr);
    let ran = sandbox.run(&["solve", "--fresh"]);
    assert_eq!(ran.code, 0, "{}", ran.all());
}

#[test]
fn a_platform_that_lacks_something_is_what_is_to_blame() {
    let records = [
        record(2, r#""other >=9", "__glibc >=2.17""#),
        record(1, r#""other""#),
        record(1, "").replace("hello", "other"),
    ];
    let sandbox = channel("", &records.join(", "));
    let ran = try_hello(&sandbox, &["--virtual-package", "__glibc=2.0"]);
    assert_eq!(ran.code, 0, "{}", ran.all());
    let blamed = "newer ones want `__glibc >=2.17`, and the platform has __glibc 2.0";
    let words: Vec<&str> = ran.stderr.split_whitespace().collect();
    assert!(words.join(" ").contains(blamed), "{}", ran.stderr);
}

#[test]
fn a_channel_with_no_subdir_for_the_platform() {
    let sandbox = channel("", HELLO);
    fs_err::remove_dir_all(sandbox.path().join("channel/noarch")).unwrap();
    let ran = sandbox.run(&["solve", "-c", "./channel", "hello", "-p", "osx-arm64"]);
    assert_eq!(ran.code, 2);
    assert_snapshot!(ran.all());
    let lacking_one = solve(&sandbox, "./channel", "hello");
    assert_eq!(lacking_one.code, 0);
    assert!(
        lacking_one
            .stderr
            .contains("channel `./channel` has no `noarch`"),
        "{}",
        lacking_one.stderr
    );
}

#[test]
fn an_invalid_base_url() {
    let sandbox = channel(r#", "base_url": "ftp://example.org/linux-64/""#, HELLO);
    let ran = solve(&sandbox, "./channel", "hello");
    assert_eq!(ran.code, 5);
    assert_snapshot!(ran.all());
}

#[test]
fn an_unsolvable_request() {
    let ran = request("ts-salobj = \"*\"", "ts-salobj = \"*\"\nnumpi = \"*\"");
    assert_eq!(ran.code, 3);
    assert_snapshot!(ran.all());
}

#[test]
fn a_record_without_the_hash_that_is_asked_for() {
    let sandbox = channel("", HELLO);
    let ran = sandbox.run(&[
        "solve",
        "-c",
        "./channel",
        "hello",
        "-p",
        "linux-64",
        "--hash",
        "md5",
    ]);
    assert_eq!(ran.code, 2);
    assert_snapshot!(ran.all());
}

#[test]
fn an_output_whose_parent_is_a_file() {
    let sandbox = Sandbox::with(WORLD);
    sandbox.file("taken", "keep me");
    let run = |output: &str| {
        sandbox.run(&[
            "solve", "-c", "./forge", "dask", "-p", "linux-64", "-o", output,
        ])
    };
    let ran = run("taken/out.txt");
    assert_eq!(ran.code, 7);
    assert_snapshot!(ran.all());
    assert_eq!(run("taken/locks/").code, 7);
    assert_eq!(run("no/such/out.txt").code, 7);
    assert_eq!(sandbox.files(), ["taken"]);
    assert_eq!(sandbox.read("taken"), "keep me");
}

#[test]
fn a_full_disk_leaves_everything_as_it_was() {
    let sandbox = Sandbox::with(WORLD);
    sandbox.file("rsp-lock.toml", REQUEST);
    let small = sandbox.path().join("small");
    fs_err::create_dir(&small).unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=8k", "tmpfs"])
        .arg(&small)
        .output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        let said = "SKIPPED a_full_disk: this test may not mount a tmpfs\n";
        std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes()).unwrap();
        return;
    }
    fs_err::write(small.join("rsp.lock"), "").unwrap();
    fs_err::remove_file(small.join("rsp.lock")).unwrap();
    fs_err::write(small.join("rsp-linux-64.lock.txt"), "the old one").unwrap();
    let ran = sandbox.run(&["solve", "-o", "small/"]);
    let left = sandbox.files();
    let old = fs_err::read_to_string(small.join("rsp-linux-64.lock.txt"));
    let unmounted = std::process::Command::new("umount").arg(&small).status();
    assert!(unmounted.unwrap().success());
    assert_eq!(ran.code, 7, "{}", ran.stderr);
    assert!(ran.stderr.contains("the disk is full"), "{}", ran.stderr);
    assert_eq!(left, ["rsp-lock.toml", "small/rsp-linux-64.lock.txt"]);
    assert_eq!(old.unwrap(), "the old one");
}

#[test]
fn a_lock_that_is_none() {
    let sandbox = Sandbox::with(WORLD);
    sandbox.file("rsp-lock.toml", REQUEST);
    sandbox.file("rsp.lock", "schema = \"rsp-lock\"\nversion = 99\n");
    let ran = sandbox.run(&["solve"]);
    assert_eq!(ran.code, 2);
    assert_snapshot!(ran.all());
    assert_eq!(sandbox.run(&["solve", "--fresh", "-q"]).code, 0);
}

#[test]
fn a_file_that_is_no_text() {
    let sandbox = Sandbox::new();
    fs_err::write(sandbox.path().join("x.toml"), [0xff, 0xfe, 0x00]).unwrap();
    let ran = sandbox.run(&["solve", "-f", "x.toml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("not a text file"), "{}", ran.stderr);
}
