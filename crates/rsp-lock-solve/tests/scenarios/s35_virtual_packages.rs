//! S35: the platform offers what was assumed, not what the host has.

use rsp_lock_solve::Cause;
use rsp_lock_spec::parse_virtual_package;
use rsp_lock_testkit::universe::Universe;

use crate::support::{answer, conflict, problem};

const BUILDS: &str = "
    tool 1 h228_1 : __glibc >=2.28,<3.0.a0
    tool 1 h217_0 : __glibc >=2.17,<3.0.a0
    gpu 1 0 ; constrains __cuda >=12
";

#[test]
fn the_build_for_an_old_glibc_is_chosen() {
    let universe = Universe::of(BUILDS);
    let mut wanted = problem(&universe, &["tool"]);
    wanted.virtual_packages = vec![parse_virtual_package("glibc=2.17").unwrap()];
    assert_eq!(answer(&wanted), ["tool 1 h217_0"]);
    wanted.virtual_packages = vec![parse_virtual_package("glibc=2.28").unwrap()];
    assert_eq!(answer(&wanted), ["tool 1 h228_1"]);
}

#[test]
fn what_the_platform_lacks_is_told() {
    let universe = Universe::of(BUILDS);
    let mut wanted = problem(&universe, &["tool * h228_*"]);
    wanted.virtual_packages = vec![parse_virtual_package("glibc=2.17").unwrap()];
    let conflict = conflict(&wanted);
    let [Cause::NoCandidate(fact)] = conflict.causes.as_slice() else {
        panic!("{conflict:?}");
    };
    assert_eq!(fact.demand.spec.to_string(), "__glibc >=2.28,<3.0.a0");
    assert_eq!(fact.available, ["2.17"]);
}

#[test]
fn what_a_record_constrains_the_platform_has_to_meet() {
    let universe = Universe::of(BUILDS);
    let mut wanted = problem(&universe, &["gpu"]);
    assert_eq!(answer(&wanted), ["gpu 1 0"]);
    wanted.virtual_packages = vec![parse_virtual_package("cuda=11.8").unwrap()];
    let conflict = conflict(&wanted);
    assert!(
        matches!(conflict.causes.first(), Some(Cause::Clash { name, .. }) if name.as_normalized() == "__cuda"),
        "{conflict:?}"
    );
}

#[test]
fn a_platform_offers_a_name_once() {
    let universe = Universe::of(BUILDS);
    let mut wanted = problem(&universe, &["tool"]);
    wanted.virtual_packages = vec![
        parse_virtual_package("glibc=2.17").unwrap(),
        parse_virtual_package("glibc=2.28").unwrap(),
    ];
    let error = crate::support::ask(&wanted, rsp_lock_solve::Solver::Native).unwrap_err();
    assert!(error.to_string().contains("__glibc"), "{error}");
}
