//! Whether a lock still fits its request, one reason at a time.

use rattler_conda_types::Subdir;
use rsp_lock_file::{
    check::{check, check_base, check_explicit, text},
    explicit::{HashKind, RenderOptions, render},
    native::{NativeLock, read},
};
use rsp_lock_spec::{
    BasePolicy, BaseSource, Cutoff, ExcludeNewer, Note, Origin, Override, PlatformRequest, Request,
};

use crate::common::{lock_of, records, request, requirement};

fn kinds(request: &Request, lock: &NativeLock) -> Vec<&'static str> {
    let found = check(request, lock);
    for reason in &found {
        let text = text(reason);
        assert!(!text.is_empty() && !text.ends_with('.'), "{text}");
    }
    found
        .iter()
        .map(rsp_lock_file::check::Staleness::kind)
        .collect()
}

fn base_request() -> Request {
    let mut request = request(&["dask", "python >=3.8"]);
    request.overrides = vec![Override::parse("dask-core=2020.12").unwrap()];
    request
}

#[test]
fn a_fresh_lock_fits() {
    let request = base_request();
    assert!(kinds(&request, &lock_of(&request, records)).is_empty());
}

#[test]
fn a_lock_with_packages_of_a_channel_that_is_gone_fits_as_well() {
    let request = base_request();
    let kept = |subdir: &str| {
        let mut records = records(subdir);
        records[0].channel = Some("https://conda.example.org/old/".to_owned());
        records[1].channel = None;
        records
    };
    assert!(kinds(&request, &lock_of(&request, kept)).is_empty());
}

#[test]
fn notes_comments_and_places_do_not_make_a_lock_stale() {
    let request = base_request();
    let lock = lock_of(&request, records);
    let mut other = request;
    other.requirements.reverse();
    other.requirements[0].text = "python>=3.8".to_owned();
    other.requirements[0].origin = Origin {
        source: "other.toml".into(),
        line: 99,
        column: 1,
        span: 0..1,
    };
    other.requirements[1].note = Note {
        reason: Some("why not".to_owned()),
        ..Note::default()
    };
    other.requirements[1].group = Some("ui".to_owned());
    assert!(kinds(&other, &lock).is_empty());
}

#[test]
fn the_base_is_compared() {
    let mut request = base_request();
    request.base = Some(rsp_lock_spec::Base {
        source: BaseSource::Lock("stack.env".to_owned()),
        policy: BasePolicy::Freeze,
        origin: Origin::command_line(),
    });
    let mut lock = lock_of(&request, records);
    assert!(kinds(&request, &lock).is_empty());
    let mut other = request.clone();
    if let Some(base) = &mut other.base {
        base.policy = BasePolicy::Float;
    }
    assert_eq!(kinds(&other, &lock), ["base-changed"]);
    assert_eq!(kinds(&base_request(), &lock), ["base-changed"]);

    let digest = rsp_lock_file::digest("the base");
    if let Some(base) = &mut lock.environments[0].request.base {
        base.digest = Some(digest);
    }
    assert_eq!(check_base(&lock.environments[0], b"the base"), None);
    assert_eq!(
        check_base(&lock.environments[0], b"another")
            .unwrap()
            .kind(),
        "base-changed"
    );
}

#[test]
fn a_duration_is_compared_as_it_was_asked_for() {
    let mut request = base_request();
    let asked = |text: &str| {
        Some(ExcludeNewer {
            default: Some(Cutoff::parse(text).unwrap()),
            ..ExcludeNewer::default()
        })
    };
    request.exclude_newer = asked("14d");
    let lock = lock_of(&request, records);
    assert!(kinds(&request, &lock).is_empty());
    request.exclude_newer = asked("2w");
    assert!(
        kinds(&request, &lock).is_empty(),
        "14d and 2w are the same age"
    );
    request.exclude_newer = asked("7d");
    assert_eq!(kinds(&request, &lock), ["exclude-newer-changed"]);
    request.exclude_newer = asked("2026-01-17T12:00:00Z");
    assert_eq!(
        kinds(&request, &lock),
        ["exclude-newer-changed"],
        "a fixed time is another wish than an age"
    );
    request.exclude_newer = None;
    assert_eq!(kinds(&request, &lock), ["exclude-newer-changed"]);
}

#[test]
fn requirements_constraints_and_overrides_are_compared() {
    let request = base_request();
    let lock = lock_of(&request, records);
    let with = |change: &dyn Fn(&mut Request)| {
        let mut changed = request.clone();
        change(&mut changed);
        kinds(&changed, &lock)
    };
    assert_eq!(
        with(&|r| r.requirements.push(requirement("zlib"))),
        ["requirement-added"]
    );
    assert_eq!(
        with(&|r| r.requirements.push(requirement("numpy"))),
        ["requirement-added", "requirement-unsatisfied"]
    );
    assert_eq!(
        with(&|r| r.requirements.truncate(1)),
        ["requirement-removed"]
    );
    assert_eq!(
        with(&|r| r.requirements[1] = requirement("python >=3.9")),
        ["requirement-changed", "requirement-unsatisfied"]
    );
    assert_eq!(
        with(&|r| r.requirements[1].float = true),
        ["requirement-changed"]
    );
    assert_eq!(
        with(&|r| r.requirements[1].platforms = vec!["linux-64".to_owned()]),
        ["requirement-changed"]
    );
    assert_eq!(
        with(&|r| r.constraints.push(requirement("numpy <2"))),
        ["constraint-added"]
    );
    assert_eq!(
        with(&|r| r.constraints.push(requirement("zlib >=1.3"))),
        ["constraint-added", "constraint-violated"]
    );
    assert_eq!(with(&|r| r.overrides.clear()), ["override-removed"]);
    assert_eq!(
        with(&|r| r.overrides[0] = Override::parse("dask-core=2021.1").unwrap()),
        ["override-changed"]
    );
    assert_eq!(
        with(&|r| r.overrides.push(Override::parse("numpy=1").unwrap())),
        ["override-added"]
    );
    let mut two = request.clone();
    two.overrides.push(Override::parse("numpy=1").unwrap());
    let lock_of_two = lock_of(&two, records);
    two.overrides.reverse();
    assert_eq!(kinds(&two, &lock_of_two), ["overrides-reordered"]);
}

#[test]
fn platforms_and_what_they_offer_are_compared() {
    let request = base_request();
    let lock = lock_of(&request, records);
    let mut more = request.clone();
    more.platforms
        .push(PlatformRequest::of(Subdir::Osx64, Origin::command_line()));
    assert_eq!(kinds(&more, &lock), ["platform-added"]);
    assert_eq!(
        kinds(&request, &lock_of(&more, records)),
        ["platform-removed"]
    );
    let mut other = request;
    let glibc = rsp_lock_spec::parse_virtual_package("__glibc=2.39").unwrap();
    other.platforms[0].virtual_packages = vec![rsp_lock_spec::VirtualPackageChange::Set(glibc)];
    assert_eq!(kinds(&other, &lock), ["virtual-packages-changed"]);
}

#[test]
fn an_explicit_file_is_compared_by_bytes_and_by_content() {
    let request = base_request();
    let mut lock = lock_of(&request, records);
    let options = RenderOptions {
        hash: HashKind::Sha256,
        platform: Subdir::Linux64,
        tool_version: "0.4.0",
        environment_name: None,
    };
    let file = render(&records("linux-64"), &options).unwrap();
    let kind = |lock: &NativeLock, file: &str| {
        check_explicit(&lock.environments[0], "linux-64", file)
            .map(|reason| (reason.kind(), text(&reason)))
    };
    assert_eq!(kind(&lock, &file), None);
    lock.environments[0].platforms[0].explicit_digest = Some(rsp_lock_file::digest(&file));
    assert_eq!(kind(&lock, &file), None);
    assert_eq!(
        kind(&lock, &format!("{file}# by hand\n")).unwrap().0,
        "explicit-edited"
    );
    let other = file.replace("zlib-1.2.11-h516909a_1010", "zlib-1.2.12-0");
    assert_eq!(
        kind(&lock, &other).unwrap(),
        (
            "explicit-differs",
            "linux-64: the explicit file lacks `zlib-1.2.11-h516909a_1010.conda` and has `zlib-1.2.12-0.conda`, which the lock does not have".to_owned()
        )
    );
    let hash = file.rsplit("sha256:").next().unwrap().trim_end();
    assert_eq!(
        kind(&lock, &file.replace(hash, &"0".repeat(64))).unwrap().0,
        "explicit-differs"
    );
    assert_eq!(kind(&lock, "rubbish").unwrap().0, "explicit-broken");
}

#[test]
fn a_lock_edited_by_hand_is_found_out() {
    let request = base_request();
    let text = rsp_lock_file::native::render(&lock_of(&request, records)).unwrap();
    let with = |from: &str, to: &str| {
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text, "{from}");
        kinds(&request, &read(&edited, "rsp.lock").unwrap())
    };
    assert_eq!(
        with("version = \"1.2.11\"", "version = \"1.3.0\""),
        ["records-edited", "dependency-unsatisfied"]
    );
    assert_eq!(with("size = ", "size = 1"), ["records-edited"]);
    assert_eq!(
        with("spec = \"dask\"", "spec = \"dask >=1\""),
        ["requirement-changed", "request-edited"]
    );
    assert_eq!(
        with("__glibc=2.", "__glibc=1."),
        ["virtual-packages-changed", "dependency-unsatisfied"]
    );
    assert_eq!(
        with(
            "replacement = \"dask-core 2020.12.*\"",
            "replacement = \"dask-core 2021.*\""
        ),
        ["dependency-unsatisfied"]
    );
}
