//! The native lock: one canonical form, nothing lost, nothing secret.

use crate::common::{CHANNEL, lock_of, record, records, request, requirement, shared, uses};
use fs_err as fs;
use rattler_conda_types::{PackageRecord, RepoDataRecord, Subdir};
use rsp_lock_file::{
    FileError,
    native::{BuildOptions, NativeLock, SolvedPlatform, build, read, render},
};
use rsp_lock_spec::{
    Cutoff, DependencyEdit, DependencyEditKind, ExcludeNewer, Origin, Override, PlatformRequest,
};
use serde_json::Value;

fn rich_request() -> rsp_lock_spec::Request {
    let mut request = request(&["dask =2020.12", "python >=3.8"]);
    request.requirements[0].note.reason = Some("the \"old\" scheduler\n".to_owned());
    request.requirements[0].note.ticket = Some("DM-1".to_owned());
    request.requirements[1].priority = 3;
    request.requirements[1].platforms = vec!["osx-64".to_owned(), "linux-64".to_owned()];
    request.constraints = vec![requirement("numpy <2")];
    request.overrides = vec![Override::parse("dask-core=2020.12").unwrap()];
    let mut edit = requirement("setuptools").spec;
    std::mem::swap(&mut edit, &mut request.constraints[0].spec);
    request.dependencies = vec![DependencyEdit {
        kind: DependencyEditKind::Drop,
        dependents: requirement("dask").spec,
        spec: requirement("distributed").spec,
        text: "dask: drop distributed".to_owned(),
        origin: Origin::command_line(),
        note: rsp_lock_spec::Note::default(),
    }];
    request.exclude_newer = Some(ExcludeNewer {
        default: Some(Cutoff::parse("14d").unwrap()),
        packages: [("lsst-rsp".to_owned(), Cutoff::Never)].into(),
        ..ExcludeNewer::default()
    });
    request
        .platforms
        .push(PlatformRequest::of(Subdir::Osx64, Origin::command_line()));
    request
}

#[test]
fn what_is_rendered_is_read_back_and_rendered_to_the_same_bytes() {
    let lock = lock_of(&rich_request(), records);
    let text = render(&lock).unwrap();
    let again = read(&text, "rsp.lock").unwrap();
    assert_eq!(again, lock);
    assert_eq!(render(&again).unwrap(), text);
    assert!(text.ends_with('\n') && !text.contains('\r') && !text.contains("\n\n\n"));
}

#[test]
fn a_lock_is_readable_and_says_who_asked_for_what() {
    let text = render(&lock_of(&rich_request(), records)).unwrap();
    for part in [
        "schema = \"rsp-lock\"\nversion = 1\n",
        "spec = \"dask 2020.12.*\"\nwritten = \"dask =2020.12\"\n[environment.requirement.note]\nfrom = \"command line\"\nreason = \"the \\\"old\\\" scheduler\\n\"\nticket = \"DM-1\"\n",
        "asked = \"14d\"\ncutoff = \"2026-01-17T12:00:00Z\"\n",
        "package = \"lsst-rsp\"\nasked = \"never\"\n\n",
        "in = \"depends\"\noriginal = \"dask-core >=2021\"\nreplacement = \"dask-core 2020.12.*\"\n",
        "in = \"depends\"\noriginal = \"distributed >=2020.12\"\n\n",
        "name = \"python\"\nversion = \"3.8.6\"\nbuild = \"hffdb5ce_5_cpython\"\n",
        "required-by = [\n    \"dask\",\n    \"distributed\",\n]\n",
        "requested = [\n    \"dask 2020.12.*\",\n]\n",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
}

#[test]
fn equal_solves_give_equal_bytes_whatever_the_order_or_the_directory() {
    let request = rich_request();
    let text = render(&lock_of(&request, records)).unwrap();
    let mut other = request.clone();
    other.requirements.reverse();
    other.platforms.reverse();
    for requirement in &mut other.requirements {
        requirement.origin = Origin {
            source: "command line".into(),
            line: 77,
            column: 3,
            span: 9..10,
        };
        requirement.platforms.reverse();
    }
    let shuffled = |subdir: &str| {
        let mut records = records(subdir);
        records.reverse();
        records
    };
    assert_eq!(render(&lock_of(&other, shuffled)).unwrap(), text);

    let (mut here, mut there) = (request.clone(), request);
    here.requirements[0].origin.source = "examples/rsp/rsp-lock.toml".into();
    there.requirements[0].origin.source = "/home/me/rsp-lock.toml".into();
    there.requirements[0].origin.line = 12;
    assert_eq!(
        render(&lock_of(&here, records)).unwrap(),
        render(&lock_of(&there, records)).unwrap()
    );
}

#[test]
fn the_channel_may_change_around_an_unchanged_set() {
    let request = request(&["dask"]);
    let lock = lock_of(&request, records);
    let platform = &request.platforms[0];
    let (virtual_packages, records) = (platform.virtual_packages(), records("linux-64"));
    let mut channels = uses();
    channels.push(rsp_lock_file::native::ChannelUse {
        text: "more".to_owned(),
        url: "https://h/more/".to_owned(),
    });
    let solved = SolvedPlatform {
        platform,
        virtual_packages: &virtual_packages,
        channels: &channels,
        records: records.iter().collect(),
        explicit_digest: None,
    };
    let options = BuildOptions {
        tool: lock.tool.clone(),
        objective: "tiers-1".to_owned(),
        ..BuildOptions::default()
    };
    let again = build(&request, &[solved], &options).unwrap();
    assert_eq!(render(&again).unwrap(), render(&lock).unwrap());
}

#[test]
fn secrets_are_refused_or_taken_out() {
    let refused = |lock: &NativeLock| match render(lock) {
        Err(error @ (FileError::Secret { .. } | FileError::Url { .. })) => {
            assert!(!error.to_string().contains("SECRET"), "{error}");
            assert!(!error.hints().is_empty());
        }
        other => panic!("{other:?}"),
    };
    let good = lock_of(&request(&["dask"]), records);
    let mut lock = good.clone();
    lock.environments[0].platforms[0].packages[0].record.url =
        "https://h/t/SECRET/c/noarch/dask-2020.12.0-pyhd8ed1ab_0.conda"
            .parse()
            .unwrap();
    refused(&lock);
    let mut lock = good.clone();
    lock.environments[0].request.channels = vec!["https://user:SECRET@h/c".to_owned()];
    refused(&lock);
    let mut lock = good.clone();
    lock.environments[0].request.requirements[0].spec = "https://h/t/SECRET/c::dask >=1".to_owned();
    refused(&lock);

    let mut with_token = request(&["dask"]);
    with_token.channels[0].text = "https://h/t/SECRET/c".to_owned();
    let text = render(&lock_of(&with_token, records)).unwrap();
    assert!(text.contains("\"https://h/c\"") && !text.contains("SECRET"));

    let text = render(&good)
        .unwrap()
        .replace(CHANNEL, "https://h/t/SECRET/c/");
    match read(&text, "rsp.lock") {
        Err(error) => assert!(!error.to_string().contains("SECRET"), "{error}"),
        Ok(_) => panic!("a token in a lock was read"),
    }
}

#[test]
fn what_is_not_understood_is_an_error_with_its_line() {
    let text = render(&lock_of(&request(&["dask"]), records)).unwrap();
    let line_of =
        |text: &str, part: &str| text.lines().position(|line| line.contains(part)).unwrap() + 1;
    let error = |text: &str| match read(text, "rsp.lock") {
        Err(FileError::Native { line, message, .. }) => (line, message),
        other => panic!("{other:?}"),
    };
    for (from, to, expected) in [
        ("sha256 = \"", "sha256 = \"xyz", "expected 64 hex digits"),
        (
            "subdir = \"linux-64\"",
            "subdir = \"vax\"",
            "expected a conda subdir",
        ),
        (
            "strategy = \"highest\"",
            "strategy = \"best\"",
            "expected one of `highest`",
        ),
        ("build-number = 0", "build-number = \"0\"", "invalid type"),
        (
            "objective = ",
            "objectives = ",
            "unknown field `objectives`",
        ),
        ("license = ", "licence = ", "unknown field `licence`"),
        (
            "url = \"https://conda.example.org/forge/noarch/dask-2020",
            "url = \"nowhere/dask-2020",
            "not a URL",
        ),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{from}");
        let (line, message) = error(&broken);
        assert!(message.contains(expected), "{message}");
        assert_eq!(line, line_of(&broken, to), "{from}: {message}");
    }
    let (line, _) = error(&format!("{text}\nthis is no toml\n"));
    assert_eq!(line, text.lines().count() + 2);
    assert!(matches!(
        read(&text.replace("version = 1\ntool", "version = 9\ntool"), "x"),
        Err(FileError::Version {
            found: 9,
            supported: 1,
            ..
        })
    ));
    assert!(matches!(
        read("x = 1\n", "x"),
        Err(FileError::Schema { found: None, .. })
    ));
    let block = text.find("[[environment.platform.package]]").unwrap();
    let doubled = format!("{text}\n{}", &text[block..]);
    assert!(matches!(
        read(&doubled, "x"),
        Err(FileError::Ambiguous {
            what: "packages",
            ..
        })
    ));
}

#[test]
fn a_truncated_lock_is_never_read_as_a_smaller_one_without_notice() {
    let lock = lock_of(&request(&["dask"]), records);
    let text = render(&lock).unwrap();
    for (at, _) in text.match_indices('\n') {
        if let Ok(read) = read(&text[..at], "x")
            && read != lock
        {
            let found = rsp_lock_file::check::check(&request(&["dask"]), &read);
            assert!(!found.is_empty(), "cut at {at}:\n{}", &text[..at]);
        }
    }
}

#[test]
fn two_records_of_a_name_and_urls_that_clients_misread_are_refused() {
    let request = request(&["dask"]);
    let build_with = |records: &[RepoDataRecord]| {
        let solved = SolvedPlatform {
            platform: &request.platforms[0],
            virtual_packages: &[],
            channels: &uses(),
            records: records.iter().collect(),
            explicit_digest: None,
        };
        build(&request, &[solved], &BuildOptions::default())
    };
    let twice = [
        record("noarch", "a-1-0", &[]),
        record("noarch", "a-2-0", &[]),
    ];
    assert!(matches!(
        build_with(&twice),
        Err(FileError::DuplicateRecord { .. })
    ));
    let mut odd = record("noarch", "a-1-0", &[]);
    odd.url = "https://h/files/a-1-0.conda".parse().unwrap();
    assert!(matches!(build_with(&[odd]), Err(FileError::Url { .. })));
}

/// Of what a lock leaves out.
fn kept(record: &RepoDataRecord) -> RepoDataRecord {
    let package_record = PackageRecord {
        arch: None,
        platform: None,
        legacy_bz2_md5: None,
        legacy_bz2_size: None,
        run_exports: None,
        ..record.package_record.clone()
    };
    RepoDataRecord {
        package_record,
        ..record.clone()
    }
}

#[test]
fn real_records_come_back_as_they_were() {
    let Some(channel) = shared("channels/conda-forge-sample") else {
        return;
    };
    let request = request(&[]);
    let mut seen = 0;
    for subdir in ["linux-64", "noarch"] {
        let file = fs::File::open(channel.join(subdir).join("repodata.json.zst")).unwrap();
        let data: Value = serde_json::from_reader(zstd::Decoder::new(file).unwrap()).unwrap();
        let packages = data["packages.conda"]
            .as_object()
            .unwrap()
            .iter()
            .chain(data["packages"].as_object().unwrap());
        for (file, value) in packages.step_by(11) {
            let mut value = value.clone();
            value["fn"] = file.as_str().into();
            value["url"] = format!("https://conda.anaconda.org/conda-forge/{subdir}/{file}").into();
            value["channel"] = "https://conda.anaconda.org/conda-forge/".into();
            let record: RepoDataRecord = serde_json::from_value(value).unwrap();
            let solved = SolvedPlatform {
                platform: &request.platforms[0],
                virtual_packages: &[],
                channels: &[],
                records: vec![&record],
                explicit_digest: None,
            };
            let lock = build(&request, &[solved], &BuildOptions::default()).unwrap();
            let text = render(&lock).unwrap();
            let again = read(&text, file).unwrap();
            assert_eq!(
                again.environments[0].platforms[0].packages[0].record,
                kept(&record)
            );
            assert_eq!(render(&again).unwrap(), text);
            seen += 1;
        }
    }
    assert!(seen > 2000, "{seen}");
}
