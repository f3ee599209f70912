//! What builds of container images meet: no CA certificates, a cache that is
//! mounted read-only or damaged, two builds that share one. (No HOME: see `cmd::manners`.)

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rsp_lock_testkit::{server::ChannelServer, shards};

use crate::support::{Ran, Sandbox, WORLD};

fn arguments<'a>(channel: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["solve", "-c", channel, "dask", "-p", "linux-64"];
    all.extend(["--cache-dir", "cache", "-v"]);
    all.extend(more);
    all
}

fn mount(options: &[&str], place: &Path) -> bool {
    let mut command = Command::new("mount");
    let output = command.args(options).arg("tmpfs").arg(place).output();
    output.is_ok_and(|output| output.status.success())
}

#[test]
fn a_read_only_cache_is_used_and_not_written() {
    let sandbox = Sandbox::with(WORLD);
    let server = ChannelServer::start(sandbox.path()).unwrap();
    let cache = sandbox.path().join("cache");
    fs_err::create_dir(&cache).unwrap();
    if !mount(&["-t", "tmpfs", "-o", "size=4m"], &cache) {
        let said = "SKIPPED a_read_only_cache: this test may not mount a tmpfs\n";
        std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes()).unwrap();
        return;
    }
    let tested = catch_unwind(AssertUnwindSafe(|| {
        let forge = server.url("forge");
        let run = |channel: &str, more: &[&str]| sandbox.run(&arguments(channel, more));
        let filling = run(&forge, &[]);
        assert_eq!(filling.code, 0, "{}", filling.stderr);
        assert!(mount(&["-o", "remount,ro"], &cache));
        let held = sandbox.files();
        for more in [&[][..], &["--offline"]] {
            let reading = run(&forge, more);
            assert_eq!(reading.code, 0, "{more:?}: {}", reading.stderr);
            assert_eq!(reading.stdout, filling.stdout);
        }
        // What it lacks is fetched and not kept.
        let lsstts = server.url("lsstts");
        let fetching = run(&forge, &["-c", &lsstts, "--fresh"]);
        assert_eq!(fetching.code, 0, "{}", fetching.stderr);
        assert_eq!(fetching.stdout, filling.stdout);
        assert_eq!(sandbox.files(), held);
        // What is damaged in it is done without.
        assert!(mount(&["-o", "remount,rw"], &cache));
        for file in files_of(&cache.join("index"), "pack") {
            replace(&file, &|mut bytes| {
                let middle = bytes.len() / 2;
                bytes[middle..middle + 16].fill(0x55);
                bytes
            });
        }
        assert!(mount(&["-o", "remount,ro"], &cache));
        let doing_without = run(&forge, &["--fresh"]);
        assert_eq!(doing_without.code, 0, "{}", doing_without.stderr);
        assert_eq!(doing_without.stdout, filling.stdout);
        assert_eq!(sandbox.files(), held);
    }));
    assert!(
        Command::new("umount")
            .arg(&cache)
            .status()
            .unwrap()
            .success()
    );
    if let Err(failure) = tested {
        resume_unwind(failure);
    }
}

/// What disks do to files.
type Damage = Box<dyn Fn(Vec<u8>) -> Vec<u8>>;

/// Cut short, overwritten at the start, or emptied, as a full disk or a crash leaves files; with
/// a bit or a page of it lost, as a disk does.
fn damages() -> Vec<Damage> {
    let mut damages: Vec<Damage> = vec![
        Box::new(|bytes| bytes[..bytes.len() / 2].to_vec()),
        Box::new(|bytes| bytes[..16].to_vec()),
        Box::new(|bytes| [vec![b'x'; 64], bytes[64..].to_vec()].concat()),
        Box::new(|_| Vec::new()),
    ];
    for sixteenth in 1..16 {
        damages.push(Box::new(move |mut bytes| {
            let start = bytes.len() * sixteenth / 16;
            // Some bytes are there for alignment only.
            for byte in &mut bytes[start..start + 16] {
                *byte ^= 1;
            }
            bytes
        }));
    }
    damages.push(Box::new(|mut bytes| {
        let (start, end) = (bytes.len() / 4, bytes.len() / 2);
        bytes[start..end].fill(0);
        bytes
    }));
    damages
}

/// The files of a directory with an ending.
fn files_of(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(directory).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    files
        .filter(|file| file.extension().unwrap_or_default() == extension)
        .collect()
}

/// Writes a file anew as our own files are: under another name, then renamed.
fn replace(file: &Path, change: &dyn Fn(Vec<u8>) -> Vec<u8>) {
    let other = file.with_extension("new");
    fs_err::write(&other, change(fs_err::read(file).unwrap())).unwrap();
    fs_err::rename(&other, file).unwrap();
}

/// The packs of a directory, of which there must be some.
fn packs_in(directory: &Path) -> Kept {
    kept_in(directory, "pack")
}

/// Files with what is in them.
type Kept = Vec<(PathBuf, Vec<u8>)>;

fn kept_in(directory: &Path, extension: &str) -> Kept {
    let files = files_of(directory, extension).into_iter();
    let kept: Kept = files
        .map(|file| (file.clone(), fs_err::read(file).unwrap()))
        .collect();
    assert!(
        !kept.is_empty(),
        "no .{extension} in {}",
        directory.display()
    );
    kept
}

/// Leaves nothing in a directory but some files, damaged.
fn leave_only(directory: &Path, kept: &Kept, damage: &Damage) {
    fs_err::remove_dir_all(directory).unwrap();
    fs_err::create_dir_all(directory).unwrap();
    put(kept, damage);
}

fn put(kept: &Kept, damage: &Damage) {
    for (file, bytes) in kept {
        fs_err::write(file, damage(bytes.clone())).unwrap();
    }
}

#[test]
fn a_damaged_cache_gives_the_answer_of_an_empty_one() {
    let sandbox = Sandbox::with(WORLD);
    let server = sharded_forge(&sandbox);
    for channel in ["./forge", "./sharded", &server.url("sharded")] {
        let solve = || {
            let ran = sandbox.run(&arguments(channel, &["-o", "-", "--fresh"]));
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            ran.stdout
        };
        let index = sandbox.path().join("cache/index");
        let fresh = solve();
        assert_eq!(solve(), fresh, "from the cache");
        for extension in ["pack", "tables"] {
            for (number, damage) in damages().iter().enumerate() {
                let of_kind = files_of(&index, extension);
                assert!(
                    !of_kind.is_empty(),
                    "no .{extension} in {}",
                    index.display()
                );
                for file in of_kind {
                    replace(&file, damage);
                }
                assert_eq!(solve(), fresh, "{channel}: damage {number} of .{extension}");
            }
        }
        fs_err::remove_dir_all(&index).unwrap();
    }
}

/// The lock of dask, with a cache of that name.
fn solved(sandbox: &Sandbox, channel: &str, cache: &str) -> String {
    let arguments = ["solve", "-c", channel, "dask", "-p", "linux-64", "-o", "-"];
    let ran = sandbox.run(&[&arguments[..], &["--fresh", "--cache-dir", cache]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.stdout
}

/// Changes a few records of both subdirs, and adds a build of dask that is better.
fn change(sandbox: &Sandbox) {
    for subdir in ["forge/noarch", "forge/linux-64"] {
        sandbox.edit(subdir, |document| {
            let records = document["packages.conda"].as_object_mut().unwrap();
            let (file, mut record) = records
                .iter()
                .next()
                .map(|(f, r)| (f.clone(), r.clone()))
                .unwrap();
            record["license"] = "another".into();
            records.insert(file, record);
            let dask = records.get("dask-2021.1.1-py_0.conda").cloned();
            if let Some(mut dask) = dask {
                dask["build"] = "py_9".into();
                dask["build_number"] = 9.into();
                records.insert("dask-2021.1.1-py_9.conda".to_owned(), dask);
            }
        });
    }
}

/// A channel as a document, and in shards.
const FORMS: [&str; 2] = ["./forge", "./sharded"];

/// What was compiled of names that have not changed is taken over, unless it was damaged.
#[test]
fn what_is_compiled_after_a_change_answers_as_if_it_were_all_new() {
    for channel in FORMS {
        let sandbox = Sandbox::with(WORLD);
        sandbox.edit("forge/noarch", |document| {
            let records = document["packages.conda"].as_object_mut().unwrap();
            for number in 0..20 {
                let (name, file) = (format!("apart{number}"), format!("apart{number}-1-0.conda"));
                let record = serde_json::json!({"name": name, "version": "1", "build": "0",
                    "build_number": 0, "depends": []});
                records.insert(file, record);
            }
        });
        write_shards(&sandbox, &[]);
        let warm = || {
            let arguments = ["-c", channel, "-p", "linux-64", "--cache-dir", "cache"];
            let ran = sandbox.run(&[&["cache", "warm", "-vv"], &arguments[..]].concat());
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            assert!(ran.stderr.contains("names are as before"), "{}", ran.stderr);
            (!ran.stderr.contains(" 0 of "), ran.stderr)
        };
        assert!(!warm().0);
        let index = sandbox.path().join("cache/index");
        let (packs, tables) = (packs_in(&index), kept_in(&index, "tables"));
        change(&sandbox);
        write_shards(&sandbox, &[]);
        let after = solved(&sandbox, channel, "other");
        let no_damage: Damage = Box::new(|bytes| bytes);
        for (number, damage) in [&no_damage].into_iter().chain(&damages()).enumerate() {
            leave_only(&index, &packs, &no_damage);
            put(&tables, damage);
            let (taken, log) = warm();
            assert_eq!(taken, number == 0, "{channel}, damage {number}: {log}");
            assert_eq!(solved(&sandbox, channel, "cache"), after, "damage {number}");
        }
    }
}

/// The first platform reads what is new in noarch, of which the others hear.
#[test]
fn every_platform_takes_over_what_was_compiled_before_a_change() {
    for channel in FORMS {
        let sandbox = Sandbox::with(WORLD);
        write_shards(&sandbox, &[]);
        let warm = || {
            // The channel has nothing of the last two.
            let platforms = ["linux-64", "osx-64", "linux-aarch64", "win-64"];
            let platforms = platforms.map(|platform| ["-p", platform]).concat();
            let arguments = [
                "cache",
                "warm",
                "-vv",
                "-c",
                channel,
                "--cache-dir",
                "cache",
            ];
            let ran = sandbox.run(&[&arguments[..], &platforms].concat());
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            let lines = ran.stderr.lines();
            let told = lines.filter(|line| line.contains("names are as before"));
            told.map(|line| !line.contains(" 0 of "))
                .collect::<Vec<_>>()
        };
        assert_eq!(warm(), [false; 4], "{channel}");
        sandbox.edit("forge/noarch", |document| {
            let record = &mut document["packages.conda"]["kubernetes-client-12.0-py_0.conda"];
            record["license"] = "another".into();
        });
        write_shards(&sandbox, &[]);
        // Of documents all that the last one has was compiled for the one before.
        let is_document = channel == "./forge";
        assert_eq!(warm(), [true, true, true, !is_document], "{channel}");
        let anew = solved(&sandbox, channel, "other");
        assert_eq!(solved(&sandbox, channel, "cache"), anew, "{channel}");
    }
}

/// Of a channel that changed, most is taken over from what was kept before.
#[test]
fn nothing_is_taken_over_that_was_damaged() {
    for channel in FORMS {
        let sandbox = Sandbox::with(WORLD);
        write_shards(&sandbox, &[]);
        let before = solved(&sandbox, channel, "cache");
        let index = sandbox.path().join("cache/index");
        let kept = packs_in(&index);
        change(&sandbox);
        write_shards(&sandbox, &[]);
        let after = solved(&sandbox, channel, "other");
        assert_ne!(after, before);
        for (number, damage) in damages().iter().enumerate() {
            leave_only(&index, &kept, damage);
            for again in [false, true] {
                let solved = solved(&sandbox, channel, "cache");
                assert_eq!(solved, after, "{channel}, damage {number}, again: {again}");
            }
        }
    }
}

/// Where the records of what is compiled are kept apart, packs are not looked at unless somebody
/// reads them: a lock that is there, an override, a name that was not asked for before.
#[test]
fn damage_is_found_by_whoever_reads_a_large_channel() {
    let sandbox = Sandbox::with(WORLD);
    sandbox.edit("forge/noarch", |document| {
        let records = document["packages.conda"].as_object_mut().unwrap();
        let like = records["dask-2020.12.0-py_0.conda"].clone();
        for number in 0..200 {
            let mut record = like.clone();
            record["name"] = format!("more-{number}").into();
            record["version"] = "1".into();
            records.insert(format!("more-{number}-1-py_0.conda"), record);
        }
    });
    let index = sandbox.path().join("cache/index");
    let readers: [&[&str]; 4] = [
        &["dask", "-o", "locks/"],
        &["dask", "-o", "-", "--fresh", "--override", "python >=3.8"],
        &["dask", "more-7", "-o", "-", "--fresh"],
        &["dask", "-o", "-", "--fresh"],
    ];
    for reader in readers {
        let solve = || {
            let fixed = [
                "solve",
                "-c",
                "./forge",
                "-p",
                "linux-64",
                "-q",
                "--cache-dir",
                "cache",
            ];
            let ran = sandbox.run(&[&fixed[..], reader].concat());
            assert_eq!(ran.code, 0, "{reader:?}: {}", ran.stderr);
            let written = sandbox.path().join("locks/rsp.lock");
            (ran.stdout, fs_err::read(written).ok())
        };
        let sound = solve();
        assert_eq!(solve(), sound, "{reader:?}");
        for (number, damage) in damages().iter().enumerate() {
            for pack in files_of(&index, "pack") {
                replace(&pack, damage);
            }
            assert_eq!(solve(), sound, "{reader:?}: damage {number}");
        }
        fs_err::remove_dir_all(&index).unwrap();
    }
}

/// What is read of shards depends on what another channel says, and is kept: a damaged pack of
/// that must not leave its mark.
#[test]
fn a_damaged_channel_does_not_spoil_what_is_kept_of_another() {
    let universe =
        "channel near\napp 1 h_0 : lib\nother 1 h_0\nchannel far\nlib 1 h_0 : base\nbase 1 h_0\n";
    let sandbox = Sandbox::with(universe);
    for subdir in ["linux-64", "noarch"] {
        let far = sandbox.path().join("far").join(subdir);
        let Ok(document) = fs_err::read_to_string(far.join("repodata.json")) else {
            continue;
        };
        shards::write(
            &sandbox.path().join("sharded").join(subdir),
            subdir,
            &document,
        )
        .unwrap();
    }
    let server = ChannelServer::start(sandbox.path()).unwrap();
    let channels = ["-c", "./near", "-c", &server.url("sharded")].map(str::to_owned);
    let solve = |spec: &str| {
        let mut all = vec!["solve", spec, "-p", "linux-64", "--fresh", "--hash", "none"];
        all.extend(channels.iter().map(String::as_str));
        all.extend(["--cache-dir", "cache", "-o", "-"]);
        let ran = sandbox.run(&all);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout
    };
    let index = sandbox.path().join("cache/index");
    let sound = solve("app");
    fs_err::remove_dir_all(&index).unwrap();
    // Packs of `near` alone are kept; those of the shards are to be made over what they say.
    sandbox.run(&[
        "solve",
        "-c",
        "./near",
        "other",
        "-p",
        "linux-64",
        "--fresh",
        "--hash",
        "none",
        "--cache-dir",
        "cache",
        "-o",
        "-",
    ]);
    let kept = packs_in(&index);
    for (number, damage) in damages().iter().enumerate() {
        leave_only(&index, &kept, damage);
        assert_eq!(solve("app"), sound, "damage {number}");
        assert_eq!(solve("app"), sound, "once more, damage {number}");
    }
}

/// What is kept of shards, and compiled of it, is of the names that somebody asked for: another
/// request may need more, and a channel that changed all anew.
#[test]
fn what_is_kept_of_shards_never_changes_the_answer() {
    let sandbox = Sandbox::with(WORLD);
    let server = sharded_forge(&sandbox);
    let (channel, here) = (server.url("sharded"), "./sharded");
    let solve_of = |channel: &str, package: &str, cache: &str| {
        let arguments = ["solve", "-c", channel, package, "-p", "linux-64", "--fresh"];
        let more = ["--cache-dir", cache, "-o", "-", "--hash", "none"];
        let ran = sandbox.run(&[&arguments[..], &more].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout
    };
    let solve = |package: &str, cache: &str| solve_of(&channel, package, cache);
    for change in [false, true] {
        if change {
            write_shards(&sandbox, &[("linux-64", "dask-9999.1-0.conda")]);
        }
        for (round, package) in ["python", "dask", "python", "rubin-env", "dask"]
            .iter()
            .enumerate()
        {
            let anew = solve(package, &format!("new-{change}-{round}"));
            assert_eq!(
                solve(package, "cache"),
                anew,
                "{package}, changed: {change}"
            );
            assert_eq!(
                solve_of(here, package, "cache"),
                solve_of(here, package, &format!("new-here-{change}-{round}")),
                "{package}, changed: {change}"
            );
        }
        let asks = server.take_requests();
        solve("dask", "cache");
        assert!(asks.len() > 10);
        let asks = server.take_requests();
        assert!(asks.iter().all(|ask| ask.method == "HEAD"), "{asks:?}");
    }
    assert!(solve("dask", "cache").contains("/dask-9999.1-0.conda"));
}

/// A server of the sandbox; `sharded` is its `forge` in shards.
fn sharded_forge(sandbox: &Sandbox) -> ChannelServer {
    write_shards(sandbox, &[]);
    ChannelServer::start(sandbox.path()).unwrap()
}

/// Writes `forge` as shards, with some more records that need nothing.
fn write_shards(sandbox: &Sandbox, more: &[(&str, &str)]) {
    for subdir in ["linux-64", "osx-64", "noarch"] {
        let forge = sandbox.path().join("forge").join(subdir);
        let document = fs_err::read_to_string(forge.join("repodata.json")).unwrap();
        let mut document: serde_json::Value = serde_json::from_str(&document).unwrap();
        for (_, file) in more.iter().filter(|(of, _)| *of == subdir) {
            let parts: Vec<&str> = file.trim_end_matches(".conda").split('-').collect();
            document["packages.conda"][file] = serde_json::json!({
                "name": parts[0], "version": parts[1], "build": parts[2], "build_number": 0,
                "depends": [], "subdir": subdir,
            });
        }
        let sharded = sandbox.path().join("sharded").join(subdir);
        shards::write(&sharded, subdir, &document.to_string()).unwrap();
    }
}

#[test]
fn two_builds_share_one_cache() {
    let sandbox = Sandbox::with(WORLD);
    let server = ChannelServer::start(sandbox.path()).unwrap();
    let forge = server.url("forge");
    let builds: Vec<_> = (0..4)
        .map(|_| {
            let mut command = sandbox.command(&arguments(&forge, &[]));
            let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    let ran: Vec<Ran> = builds
        .into_iter()
        .map(|build| sandbox.ran(&build.wait_with_output().unwrap()))
        .collect();
    for build in &ran {
        assert_eq!(build.code, 0, "{}", build.stderr);
        assert_eq!(build.stdout, ran[0].stdout);
    }
}

#[test]
fn without_ca_certificates_it_says_what_to_do_or_does_without() {
    let sandbox = Sandbox::with(WORLD);
    let server = ChannelServer::start(sandbox.path()).unwrap();
    let run = |channel: &str| {
        let mut command = sandbox.command(&arguments(channel, &[]));
        command.env("SSL_CERT_FILE", "/dev/null");
        command.env("SSL_CERT_DIR", "/nonexistent");
        sandbox.ran(&command.output().unwrap())
    };
    assert_eq!(run("./forge").code, 0);
    assert_eq!(run(&server.url("forge")).code, 0);
    let secure = run(&server.url("forge").replace("http://", "https://"));
    assert_eq!(secure.code, 4);
    for what in ["no CA certificates", "ca-certificates", "SSL_CERT_FILE"] {
        assert!(secure.stderr.contains(what), "{what}: {}", secure.stderr);
    }
}
