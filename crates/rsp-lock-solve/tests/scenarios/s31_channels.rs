//! S31: an extra channel of lower priority, and where else records may come from.

use rsp_lock_solve::{Cause, Exclusion};
use rsp_lock_spec::ChannelPriority;
use rsp_lock_testkit::universe::Universe;

use crate::support::{SOLVERS, answer, conflict, problem, records};

const TWO: &str = "
    channel conda-forge
    numpy 2.3.0 py313_0
    ts-xml 20 py_0
    channel lsstts
    numpy 2.4.0 py313_0
    ts-xml 23 py_0
    ts-salobj 8.0 py_0 : ts-xml, numpy >=2
    ts-utils 1.0 py_0
";
const FORGE: &str = "https://conda.anaconda.org/conda-forge/";
const LSSTTS: &str = "https://conda.anaconda.org/lsstts/";

#[test]
fn strict_takes_only_what_the_first_channel_lacks() {
    let universe = Universe::of(TWO);
    let problem = problem(&universe, &["ts-salobj", "ts-utils"]);
    assert_eq!(
        answer(&problem),
        [
            "numpy 2.3.0 py313_0",
            "ts-salobj 8.0 py_0",
            "ts-utils 1.0 py_0",
            "ts-xml 20 py_0"
        ]
    );
    for solver in SOLVERS {
        for record in records(&problem, solver) {
            let is_absent = record
                .package_record
                .name
                .as_normalized()
                .starts_with("ts-")
                && record.package_record.name.as_normalized() != "ts-xml";
            let expected = if is_absent { LSSTTS } else { FORGE };
            assert_eq!(record.channel.as_deref(), Some(expected));
        }
    }
}

#[test]
fn flexible_takes_the_second_channel_where_the_first_does_not_do() {
    let universe = Universe::of(TWO);
    let mut wanted = problem(&universe, &["ts-salobj", "ts-xml >=23"]);
    wanted.channel_priority = ChannelPriority::Flexible;
    assert_eq!(
        answer(&wanted),
        [
            "numpy 2.3.0 py313_0",
            "ts-salobj 8.0 py_0",
            "ts-xml 23 py_0"
        ],
        "numpy stays with the first channel"
    );
}

#[test]
fn disabled_takes_the_newest_of_all() {
    let universe = Universe::of(TWO);
    let mut wanted = problem(&universe, &["ts-salobj"]);
    wanted.channel_priority = ChannelPriority::Disabled;
    assert_eq!(
        answer(&wanted),
        [
            "numpy 2.4.0 py313_0",
            "ts-salobj 8.0 py_0",
            "ts-xml 23 py_0"
        ]
    );
}

#[test]
fn what_strict_hides_is_told() {
    let universe = Universe::of(TWO);
    let conflict = conflict(&problem(&universe, &["ts-xml >=23"]));
    let [Cause::NoCandidate(fact)] = conflict.causes.as_slice() else {
        panic!("{conflict:?}");
    };
    let channel = FORGE.to_owned();
    assert_eq!(fact.excluded, [(Exclusion::ChannelPriority { channel }, 1)]);
    assert_eq!(fact.available, ["23", "20"]);
}

#[test]
fn a_spec_may_name_the_channel() {
    let universe = Universe::of(TWO);
    let named = problem(&universe, &["ts-salobj", "lsstts::numpy"]);
    assert!(answer(&named).contains(&"numpy 2.4.0 py313_0".to_owned()));
    let elsewhere = conflict(&problem(&universe, &["conda-forge::ts-salobj"]));
    let [Cause::NoCandidate(fact)] = elsewhere.causes.as_slice() else {
        panic!("{elsewhere:?}");
    };
    assert_eq!(fact.excluded, [(Exclusion::OtherChannel, 1)]);
}

#[test]
fn a_spec_may_name_the_subdir_and_the_file() {
    let universe = Universe::of("a 1 0\na 2 0 ; noarch\na 3 0");
    assert_eq!(
        answer(&problem(&universe, &["a[subdir=noarch]"])),
        ["a 2 0"]
    );
    assert_eq!(
        answer(&problem(&universe, &["a[fn=\"a-1-0.conda\"]"])),
        ["a 1 0"]
    );
}

#[test]
fn the_same_file_name_in_two_subdirs_is_no_mistake() {
    let universe = Universe::of("a 1 0\na 1 0 ; noarch");
    assert_eq!(answer(&problem(&universe, &["a"])), ["a 1 0"]);
}

#[test]
fn the_newer_archive_format_counts() {
    let universe = Universe::of("a 1 0 ; tarbz2\na 1 0");
    let problem = problem(&universe, &["a"]);
    for solver in SOLVERS {
        let file = records(&problem, solver)[0].identifier.to_file_name();
        assert_eq!(file, "a-1-0.conda");
    }
}
