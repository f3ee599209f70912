//! The scenarios that this crate answers for, by number.

use crate::records::{CHANNEL, record, record_in};
use rattler_conda_types::{GenericVirtualPackage, PackageName, RepoDataRecord, Subdir};
use rsp_lock_testkit::real::virtual_package;
use rsp_lock_verify::{
    ClosureError, Entry, Finding, MissingDependency, Severity, Subject, closure, text, verify,
};

/// A lock of the 2026 stack, as small as it can be.
fn rsp_2026() -> Vec<RepoDataRecord> {
    vec![
        record("python 3.13.7 hf636f53_0", &["__glibc >=2.17"]),
        record("libstdcxx 14.3.0 h8f9b012_0", &[]),
        record("double-conversion 3.3.1 h5888daf_0", &[]),
        record("xcb-util-cursor 0.1.5 hb9d3cd8_0", &[]),
        record(
            "qt6-main 6.11.1 pl5321h16c4a6b_1",
            &["xcb-util-cursor", "double-conversion"],
        ),
        record(
            "libopencv 5.0.0 qt6_h91fa782_601",
            &["qt6-main >=6.11.1,<6.12.0a0", "libstdcxx >=14"],
        ),
        record(
            "py-opencv 5.0.0 qt6_h6945e2d_601",
            &["libopencv 5.0.0 qt6_h91fa782_601", "python >=3.13"],
        ),
        record(
            "opencv 5.0.0 qt6_h12f39d8_601",
            &["libopencv 5.0.0 qt6_h91fa782_601", "py-opencv"],
        ),
        record("numpy 2.4.0 py313h5d7c261_0", &["python >=3.13"]),
        record(
            "rubin-env 13.1.0 py313h87b86d6_2",
            &["opencv", "numpy", "python >=3.13,<3.14.0a0"],
        ),
        record_in("noarch", "notebook-shim 0.2.5 pyhd8ed1ab_0", &[]),
        record_in(
            "noarch",
            "jupyterlab 4.5.0 pyhd8ed1ab_0",
            &["notebook-shim"],
        ),
        record(
            "rubin-env-rsp 13.1.0 py313h4f54f2c_2",
            &["rubin-env 13.1.0 py313h87b86d6_2", "jupyterlab"],
        ),
    ]
}

fn glibc(version: &str) -> Vec<GenericVirtualPackage> {
    vec![virtual_package(&format!("__glibc={version}=0")).unwrap()]
}

fn name(name: &str) -> PackageName {
    name.parse().unwrap()
}

fn without(records: &[RepoDataRecord], name: &str) -> Vec<RepoDataRecord> {
    let mut rest = records.to_vec();
    rest.retain(|record| record.package_record.name.as_normalized() != name);
    assert_eq!(rest.len() + 1, records.len());
    rest
}

fn entries(records: &[RepoDataRecord]) -> Vec<Entry<'_>> {
    records.iter().map(Entry::of).collect()
}

#[test]
fn s37_the_stack_is_derived_from_the_platform_lock() {
    let records = rsp_2026();
    let kept = closure(&entries(&records), &name("rubin-env"), &glibc("2.28")).unwrap();
    // The first ten, in the order of the lock: all but what only the platform needs.
    assert_eq!(kept, (0..10).collect::<Vec<_>>());

    let mut reversed = rsp_2026();
    reversed.reverse();
    let kept = closure(&entries(&reversed), &name("rubin-env"), &glibc("2.28")).unwrap();
    assert_eq!(kept, (3..13).collect::<Vec<_>>());
}

#[test]
fn s37_a_missing_root_is_an_error() {
    let records = without(&rsp_2026(), "rubin-env");
    assert_eq!(
        closure(&entries(&records), &name("rubin-env"), &[]),
        Err(ClosureError::MissingRoot {
            root: "rubin-env".to_owned()
        })
    );
}

#[test]
fn s37_a_dependency_without_line_is_named_with_its_parents() {
    let records = without(&rsp_2026(), "libopencv");
    let error = closure(&entries(&records), &name("rubin-env"), &[]).unwrap_err();
    assert_eq!(
        error,
        ClosureError::MissingDependencies {
            missing: vec![MissingDependency {
                name: "libopencv".to_owned(),
                parents: vec!["py-opencv".to_owned(), "opencv".to_owned()],
            }]
        }
    );
    assert_eq!(
        error.to_string(),
        "the lock has no line for `libopencv` (needed by py-opencv, opencv)"
    );
}

#[test]
fn s37_what_only_others_need_may_be_missing() {
    let records = without(&rsp_2026(), "notebook-shim");
    assert!(closure(&entries(&records), &name("rubin-env"), &[]).is_ok());
}

#[test]
fn s37_lacking_metadata_of_any_listed_package_is_an_error() {
    let records = rsp_2026();
    let mut entries = entries(&records);
    // The root does not need it, but who knows without its record.
    entries[11].record = None;
    let error = closure(&entries, &name("rubin-env"), &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "1 file of the lock has no metadata in the given channels: \
         `https://conda.example.org/forge/noarch/jupyterlab-4.5.0-pyhd8ed1ab_0.conda`"
    );
}

#[test]
fn s37_the_platform_lock_itself_is_fine() {
    let records = rsp_2026();
    let glibc = glibc("2.28");
    let subject = Subject {
        virtual_packages: &glibc,
        roots: vec![name("rubin-env-rsp")],
        ..Subject::new(entries(&records), Subdir::Linux64)
    };
    assert_eq!(verify(&subject), []);
}

#[test]
fn s38_a_lock_that_cannot_work_is_refused() {
    let mut records = without(&rsp_2026(), "qt6-main");
    records.push(record("libdovi 3.3.2 h2f56f49_0", &[]));
    let glibc = glibc("2.28");
    let findings = verify(&Subject {
        virtual_packages: &glibc,
        roots: vec![name("rubin-env-rsp")],
        ..Subject::new(entries(&records), Subdir::Linux64)
    });
    let lines: Vec<(Severity, String)> = findings.iter().map(|f| (f.severity(), text(f))).collect();
    let expected = [
        (
            Severity::Error,
            "libopencv 5.0.0 qt6_h91fa782_601 requires `qt6-main >=6.11.1,<6.12.0a0`: absent",
        ),
        (
            Severity::Warning,
            "double-conversion 3.3.1 h5888daf_0: nothing requires it",
        ),
        (
            Severity::Warning,
            "xcb-util-cursor 0.1.5 hb9d3cd8_0: nothing requires it",
        ),
        (
            Severity::Warning,
            "libdovi 3.3.2 h2f56f49_0: nothing requires it",
        ),
    ];
    assert_eq!(
        lines,
        expected.map(|(severity, line)| (severity, line.to_owned()))
    );
}

#[test]
fn s38_without_roots_nobody_is_unreachable() {
    let records = rsp_2026();
    let glibc = glibc("2.28");
    let findings = verify(&Subject {
        virtual_packages: &glibc,
        ..Subject::new(entries(&records), Subdir::Linux64)
    });
    assert_eq!(findings, []);
}

#[test]
fn s32_one_file_from_another_channel_is_found_with_its_equivalent() {
    let python = record(
        "python 3.8.5 h1103e12_2",
        &["ca-certificates", "openssl >=1.1.1g"],
    );
    let openssl = record("openssl 1.1.1g h516909a_1", &["ca-certificates >=2020.6"]);
    let mut leak = record("ca-certificates 2020.6.24 0", &[]);
    leak.url = "https://repo.anaconda.com/pkgs/main/linux-64/ca-certificates-2020.6.24-0.conda"
        .parse()
        .unwrap();
    let too_old = record("ca-certificates 2020.4.5.1 hecc5488_0", &[]);
    let fits = record("ca-certificates 2020.6.20 hecda079_0", &[]);
    let other = record("certifi 2020.6.24 py38_0", &[]);

    let locked = [&leak, &openssl, &python].map(Entry::of).to_vec();
    let subject = Subject {
        channels: vec![CHANNEL.parse().unwrap()],
        candidates: vec![&too_old, &fits, &other],
        ..Subject::new(locked, Subdir::Linux64)
    };
    assert_eq!(
        verify(&subject),
        [Finding::ForeignChannel {
            url: leak.url.clone(),
            equivalent: Some(fits.url.clone()),
        }]
    );

    // Without candidates the fact remains; with both channels there is none.
    let subject = Subject {
        candidates: Vec::new(),
        ..subject
    };
    let findings = verify(&subject);
    assert_eq!(
        findings.iter().map(text).collect::<Vec<_>>(),
        [
            "`https://repo.anaconda.com/pkgs/main/linux-64/ca-certificates-2020.6.24-0.conda` \
             comes from a channel that is not allowed"
        ]
    );
    let subject = Subject {
        channels: vec![
            CHANNEL.parse().unwrap(),
            "https://repo.anaconda.com/pkgs/main/".parse().unwrap(),
        ],
        ..subject
    };
    assert_eq!(verify(&subject), []);
}
