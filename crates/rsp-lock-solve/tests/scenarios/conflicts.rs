//! A conflict names the lines that matter and what stands between them.

use rsp_lock_solve::{Cause, Line, Wanter, conflict::describe};
use rsp_lock_spec::{Note, Origin};
use rsp_lock_testkit::universe::Universe;

use crate::support::{conflict, lines, problem};

#[test]
fn an_unknown_name_has_names_that_look_alike() {
    let universe = Universe::of("numpy 1 0\nnumpydoc 1 0\nscipy 1 0");
    let wanted = problem(&universe, &["scipy", "numpi"]);
    let conflict = conflict(&wanted);
    assert_eq!(conflict.lines, [Line::Requirement(1)]);
    let [Cause::NoCandidate(fact)] = conflict.causes.as_slice() else {
        panic!("{conflict:?}");
    };
    assert_eq!(fact.nearest, ["numpy"]);
    assert_eq!(fact.demand.chain, [Wanter::Line(Line::Requirement(1))]);
}

#[test]
fn what_looks_alike_is_what_people_mix_up() {
    let nearest = |world: &str, wanted: &str| {
        let universe = Universe::of(world);
        let conflict = conflict(&problem(&universe, &[wanted]));
        let [Cause::NoCandidate(fact)] = conflict.causes.as_slice() else {
            panic!("{conflict:?}");
        };
        fact.nearest.clone()
    };
    let names = "numpy 1 0\nnumpydoc 1 0\nnumba 1 0\nscipy 1 0";
    assert_eq!(nearest(names, "sicpy"), ["scipy"], "a slip of the finger");
    assert_eq!(
        nearest(
            "scikit-learn 1 0\nscikit-image 1 0\nscikit_lern 1 0",
            "scikit_learn"
        )[0],
        "scikit-learn",
        "separators are mixed up most often"
    );
    let far: &[&str] = &[];
    assert_eq!(
        nearest("numpy 1 0\npython 3 0", "lsst-distrib"),
        far,
        "nothing is better than something far away"
    );
}

#[test]
fn a_version_that_is_not_there_has_those_that_are() {
    let universe = Universe::of("a 1 0\na 2 0\na 2 1\na 10 0");
    let conflict = conflict(&problem(&universe, &["a >=11"]));
    let [Cause::NoCandidate(fact)] = conflict.causes.as_slice() else {
        panic!("{conflict:?}");
    };
    assert_eq!(fact.available, ["10", "2", "1"]);
}

#[test]
fn of_two_demands_on_one_name_the_one_that_nothing_meets_is_told() {
    let universe = Universe::of("a 1 0 : numpy, numpy 2.3.*, numpy >=2\nnumpy 2.5 0");
    let conflict = conflict(&problem(&universe, &["a"]));
    let [Cause::NoCandidate(fact)] = conflict.causes.as_slice() else {
        panic!("{conflict:?}");
    };
    assert_eq!(fact.demand.spec.to_string(), "numpy 2.3.*");
}

#[test]
fn demands_of_one_record_may_clash_with_each_other() {
    let universe = Universe::of("a 1 0 : b <2, b >=2, b\nb 1 0\nb 2 0");
    let conflict = conflict(&problem(&universe, &["a"]));
    let [Cause::Clash { demands, .. }] = conflict.causes.as_slice() else {
        panic!("{conflict:?}");
    };
    let mut specs: Vec<String> = demands.iter().map(|d| d.spec.to_string()).collect();
    specs.sort();
    assert_eq!(specs, ["b <2", "b >=2"]);
}

/// Every reason that is told, as sorted texts of specs.
fn told(world: &str, wanted: &[&str]) -> Vec<Vec<String>> {
    let universe = Universe::of(world);
    let conflict = conflict(&problem(&universe, wanted));
    let mut told: Vec<Vec<String>> = conflict
        .causes
        .iter()
        .map(|cause| match cause {
            Cause::Clash { demands, .. } => {
                let mut specs: Vec<String> = demands
                    .iter()
                    .map(|demand| demand.spec.to_string())
                    .collect();
                specs.sort();
                specs
            }
            Cause::NoCandidate(fact) => vec![fact.demand.spec.to_string()],
            other => panic!("{other:?}"),
        })
        .collect();
    told.sort();
    told
}

#[test]
fn versions_of_one_package_do_not_clash_with_each_other() {
    let world = "y 1.0 0 : z 1.*\ny 2.0 0 : z 2.*\nz 1.0 0\nz 2.0 0\nz 3.0 0\n\
                 w 1.0 0 : z 3.*\nv 1.0 0 : y, w\nk 1.0 0 ; constrains z 3.*";
    for wanted in [["y", "w"].as_slice(), &["v"], &["y", "k"]] {
        assert!(!told(world, wanted).is_empty());
        for clash in told(world, wanted) {
            assert!(
                clash == ["z 1.*", "z 3.*"] || clash == ["z 2.*", "z 3.*"],
                "{wanted:?}: {clash:?}"
            );
        }
    }
}

#[test]
fn what_the_platform_lacks_is_told_for_each_that_needs_it() {
    let world = "e 1.0 0 : __glibc >=99\ne 0.9 0 : __nothing";
    assert_eq!(
        told(world, &["e 0.9.*"]),
        [["__nothing"]],
        "e 1.0 is not asked for"
    );
    assert_eq!(told(world, &["e"]), [["__glibc >=99"], ["__nothing"]]);
    let two = "f 1.0 0 : __glibc >=98\nf 2.0 0 : __glibc >=99";
    assert_eq!(told(two, &["f"]), [["__glibc >=98"], ["__glibc >=99"]]);
}

#[test]
fn a_chain_leads_from_the_line_to_what_is_missing() {
    let universe = Universe::of("a 1 0 : b\na 2 0 : b\nb 1 0 : gone >=3");
    let conflict = conflict(&problem(&universe, &["a"]));
    let [Cause::NoCandidate(fact)] = conflict.causes.as_slice() else {
        panic!("{conflict:?}");
    };
    let records = |name: &str, versions: &[&str]| Wanter::Records {
        name: name.parse().unwrap(),
        versions: versions.iter().map(|&version| version.to_owned()).collect(),
        count: versions.len(),
    };
    assert_eq!(fact.demand.spec.to_string(), "gone >=3");
    assert_eq!(
        fact.demand.chain,
        [
            Wanter::Line(Line::Requirement(0)),
            records("a", &["2 0", "1 0"]),
            records("b", &["1 0"]),
        ]
    );
}

#[test]
fn two_demands_on_one_name_clash() {
    let universe = Universe::of(
        "x 1 0 : python >=3.13\ny 1 0 : python <3.13\nz 1 0 : python\npython 3.12 0\npython 3.13 0",
    );
    let wanted = problem(&universe, &["z", "x", "y"]);
    let conflict = conflict(&wanted);
    assert_eq!(conflict.lines, [Line::Requirement(1), Line::Requirement(2)]);
    let [Cause::Clash { name, demands }] = conflict.causes.as_slice() else {
        panic!("{conflict:?}");
    };
    assert_eq!(name.as_normalized(), "python");
    let mut specs: Vec<String> = demands.iter().map(|d| d.spec.to_string()).collect();
    specs.sort();
    assert_eq!(specs, ["python <3.13", "python >=3.13"]);
}

#[test]
fn a_constraint_may_be_to_blame() {
    let universe = Universe::of("a 1 0 : b >=2\nb 1 0\nb 2 0");
    let mut wanted = problem(&universe, &["a"]);
    wanted.constraints = lines(&["b <2", "a *"]);
    let conflict = conflict(&wanted);
    assert_eq!(conflict.lines, [Line::Requirement(0), Line::Constraint(0)]);
    assert!(conflict.minimal);
}

#[test]
fn only_lines_that_matter_are_named() {
    let universe = Universe::of(
        "x 1 0 : python >=3.13\ny 1 0 : python <3.13\npython 3.12 0\npython 3.13 0\nfree 1 0",
    );
    let wanted = problem(&universe, &["free", "x", "python", "y"]);
    let minimal = conflict(&wanted);
    assert_eq!(minimal.lines, [Line::Requirement(1), Line::Requirement(3)]);
    assert!(minimal.minimal);
    assert_eq!(minimal.causes.len(), 1);
}

#[test]
fn ten_lines_say_it_in_the_users_terms() {
    let universe = Universe::of(
        "dask-kubernetes 1 0 : dask >=2021\ndask-kubernetes 2 0 : dask >=2021\ndask 2020.12 0\ndask 2021.1 0",
    );
    let mut wanted = problem(&universe, &["dask-kubernetes", "dask 2020.12.*"]);
    for (line, requirement) in (7..).zip(&mut wanted.requirements) {
        requirement.origin = Origin {
            source: "rsp-lock.toml".into(),
            line,
            column: 1,
            span: 0..0,
        };
    }
    wanted.requirements[1].note = Note {
        reason: Some("the cluster runs it".to_owned()),
        ..Note::default()
    };
    let conflict = conflict(&wanted);
    let text = describe(&conflict, &wanted);
    assert_eq!(
        text,
        "these 2 lines cannot hold together:\n\
         \x20 `dask-kubernetes` (rsp-lock.toml:7)\n\
         \x20 `dask 2020.12.*` (rsp-lock.toml:8): the cluster runs it\n\
         no `dask` meets all of:\n\
         \x20 `dask 2020.12.*` (rsp-lock.toml:8)\n\
         \x20 `dask >=2021`, wanted by dask-kubernetes 2 0 and 1 more <- `dask-kubernetes` (rsp-lock.toml:7)\n"
    );
}

#[test]
fn causes_that_are_not_shown_are_counted() {
    let universe = Universe::of("a 1 0 : gone");
    let problem = problem(&universe, &["a"]);
    let mut conflict = conflict(&problem);
    let cause = conflict.causes[0].clone();
    let mut last_line = |causes: usize| {
        conflict.causes = vec![cause.clone(); causes];
        let text = describe(&conflict, &problem);
        text.lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(
        last_line(2),
        "  neither a channel nor the platform has this name"
    );
    assert_eq!(last_line(3), "and 1 more cause");
    assert_eq!(last_line(7), "and 5 more causes");
}
