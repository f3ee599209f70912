//! Dependencies, constraints, conditions, extras and the request's own lines.

use rattler_conda_types::{GenericVirtualPackage, RepoDataRecord, Subdir};
use rsp_lock_spec::Requirement;
use rsp_lock_testkit::real::virtual_package;
use rsp_lock_verify::{Entry, Finding, Severity, Subject, text, verify};

use crate::records::{record, requirement};

fn machine() -> Vec<GenericVirtualPackage> {
    ["__unix=0=0", "__glibc=2.28=0", "__archspec=1=x86_64_v3"]
        .iter()
        .map(|text| virtual_package(text).unwrap())
        .collect()
}

fn findings(records: &[RepoDataRecord], requirements: &[Requirement]) -> Vec<Finding> {
    let machine = machine();
    verify(&Subject {
        virtual_packages: &machine,
        requirements,
        ..Subject::new(records.iter().map(Entry::of).collect(), Subdir::Linux64)
    })
}

fn sentences(records: &[RepoDataRecord]) -> Vec<String> {
    findings(records, &[]).iter().map(text).collect()
}

fn constrained(package: &str, constrains: &[&str]) -> RepoDataRecord {
    let mut record = record(package, &[]);
    record.package_record.constrains = constrains.iter().map(|t| (*t).to_owned()).collect();
    record
}

#[test]
fn every_line_of_a_repeated_dependency_counts() {
    let records = [
        record(
            "numpy 2.4.0 py313_0",
            &["python >=3.13", "python <3.14.0a0"],
        ),
        record("python 3.14.1 h1_0", &[]),
    ];
    assert_eq!(
        sentences(&records),
        ["numpy 2.4.0 py313_0 requires `python <3.14.0a0`: the lock has 3.14.1 h1_0"]
    );
}

#[test]
fn specs_of_records_are_read_as_leniently_as_they_are_written() {
    let records = [
        record(
            "a 1.0 0",
            &["parsl ==2026.02.09", "blas * *openblas", "c ~=1.2.3"],
        ),
        record("parsl 2026.2.9 pyhd8ed1ab_0", &[]),
        record("blas 2.1 openblas", &[]),
        record("c 1.2.10 0", &["__archspec 1.* ^(x86_64_v2|x86_64_v3)$"]),
    ];
    assert_eq!(sentences(&records), Vec::<String>::new());
}

#[test]
fn constraints_count_only_for_what_is_there() {
    let ipp = "impi_rt ==9999999999999";
    assert!(sentences(&[constrained("mpich 4.3 h_0", &[ipp])]).is_empty());
    assert_eq!(
        sentences(&[
            constrained("mpich 4.3 h_0", &[ipp]),
            record("impi_rt 2021.13 h_1", &[])
        ]),
        ["mpich 4.3 h_0 allows only `impi_rt ==9999999999999`: the lock has 2021.13 h_1"]
    );
}

#[test]
fn virtual_packages_count_in_both_lists() {
    let mut package = constrained("a 1.0 0", &["__glibc >=2.34", "__cuda >=12", "__unix"]);
    package.package_record.depends = ["__linux", "__glibc >=2.17", "__glibc >=2.34,<3"]
        .map(str::to_owned)
        .to_vec();
    assert_eq!(
        sentences(&[package]),
        [
            "a 1.0 0 requires `__linux`: absent",
            "a 1.0 0 requires `__glibc >=2.34,<3`: the platform has 2.28 0",
            "a 1.0 0 allows only `__glibc >=2.34`: the platform has 2.28 0",
        ]
    );
}

#[test]
fn a_name_stands_once() {
    let records = [
        record("b 1.0 0", &[]),
        record("a 1.0 0", &["b 1.0"]),
        record("b 1.0 1", &[]),
    ];
    assert_eq!(
        sentences(&records),
        ["`b` is locked 2 times: `b-1.0-0.conda`, `b-1.0-1.conda`"]
    );
}

#[test]
fn a_conditional_dependency_counts_if_its_condition_holds() {
    let typing = r#"typing-extensions[when="python <3.11 and (__unix or __win)"]"#;
    let on = |python: &str| sentences(&[record("a 1.0 0", &[typing]), record(python, &[])]);
    assert_eq!(on("python 3.12.1 0"), Vec::<String>::new());
    assert_eq!(
        on("python 3.10.1 0"),
        [format!("a 1.0 0 requires `{typing}`: absent")]
    );
    let windows = r#"pywin32[when="__win"]"#;
    assert!(sentences(&[record("a 1.0 0", &[windows])]).is_empty());
}

#[test]
fn a_conditional_constraint_counts_if_its_condition_holds() {
    let constraint = r#"b[version="<2", when="python >=3.12"]"#;
    let on = |python: &str| {
        sentences(&[
            constrained("a 1.0 0", &[constraint]),
            record("b 2.0 0", &[]),
            record(python, &[]),
        ])
    };
    assert!(on("python 3.11.1 0").is_empty());
    assert_eq!(
        on("python 3.12.1 0"),
        [format!(
            "a 1.0 0 allows only `{constraint}`: the lock has 2.0 0"
        )]
    );
}

fn with_extra(package: &str, extra: &str, depends: &[&str]) -> RepoDataRecord {
    let mut record = record(package, &[]);
    let depends = depends.iter().map(|text| (*text).to_owned()).collect();
    record
        .package_record
        .extra_depends
        .insert(extra.to_owned(), depends);
    record
}

#[test]
fn an_extra_counts_if_somebody_asks_for_it() {
    let holoviews = with_extra("holoviews 1.20 0", "recommended", &["bokeh >=3"]);
    assert!(sentences(std::slice::from_ref(&holoviews)).is_empty());

    let missing = "holoviews 1.20 0 with extra `recommended` requires `bokeh >=3`: absent";
    let user = record("viz 1.0 0", &["holoviews[extras=[recommended]]"]);
    assert_eq!(sentences(&[user, holoviews.clone()]), [missing]);

    let asked = [requirement("holoviews[extras=[recommended]]")];
    let found = findings(std::slice::from_ref(&holoviews), &asked);
    assert_eq!(found.iter().map(text).collect::<Vec<_>>(), [missing]);
}

#[test]
fn an_extra_may_ask_for_extras() {
    let a = with_extra("a 1.0 0", "all", &["b[extras=[all]]"]);
    let b = with_extra("b 1.0 0", "all", &["a[extras=[all]]", "c"]);
    let user = record("user 1.0 0", &["a[extras=[all]]"]);
    assert_eq!(
        sentences(&[b.clone(), a.clone(), user.clone()]),
        ["b 1.0 0 with extra `all` requires `c`: absent"]
    );
    assert!(sentences(&[b, a, user, record("c 1.0 0", &[])]).is_empty());
}

#[test]
fn an_extra_that_does_not_exist_is_a_warning() {
    let records = [
        record("a 1.0 0", &[]),
        record("user 1.0 0", &["a[extras=[nothing]]"]),
    ];
    let found = findings(&records, &[]);
    assert_eq!(
        found.iter().map(text).collect::<Vec<_>>(),
        ["a 1.0 0 has no extra `nothing`"]
    );
    assert_eq!(found[0].severity(), Severity::Warning);
}

#[test]
fn what_cannot_be_judged_is_an_error() {
    for (spec, kind) in [
        ("b >=", "bad-spec"),
        ("b*", "bad-spec"),
        (r#"b[when="a[extras=[x]]"]"#, "unsupported"),
        ("conda-forge:space:a", "unsupported"),
    ] {
        let found = findings(&[record("a 1.0 0", &[spec]), record("b 1.0 0", &[])], &[]);
        assert_eq!(found.len(), 1, "{spec}: {found:?}");
        assert_eq!(found[0].kind(), kind, "{spec}: {found:?}");
        assert_eq!(found[0].severity(), Severity::Error);
    }
}

#[test]
fn the_request_counts_too() {
    let records = [record("a 1.0 0", &[]), record("b 2.0 0", &[])];
    let machine = machine();
    let requirements = [requirement("a"), requirement("c >=1"), requirement("b <2")];
    let constraints = [
        requirement("b <2"),
        requirement("d <2"),
        requirement("a 1.*"),
    ];
    let found = verify(&Subject {
        virtual_packages: &machine,
        requirements: &requirements,
        constraints: &constraints,
        ..Subject::new(records.iter().map(Entry::of).collect(), Subdir::Linux64)
    });
    assert_eq!(
        found.iter().map(text).collect::<Vec<_>>(),
        [
            "command line requires `c >=1`: absent",
            "command line requires `b <2`: the lock has 2.0 0",
            "command line allows only `b <2`: the lock has 2.0 0",
        ]
    );
}

#[test]
fn what_no_requirement_needs_is_a_warning() {
    let records = [
        record("orphan 1.0 0", &["leaf"]),
        record("leaf 1.0 0", &[]),
        record("root 1.0 0", &["needed"]),
        record("needed 1.0 0", &["root"]),
    ];
    let found = findings(&records, &[requirement("root")]);
    assert_eq!(
        found.iter().map(text).collect::<Vec<_>>(),
        [
            "orphan 1.0 0: nothing requires it",
            "leaf 1.0 0: nothing requires it"
        ]
    );
}
