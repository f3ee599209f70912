//! S01: a metapackage and additions, in the shape of early 2021.

use std::collections::BTreeSet;

use rsp_lock_solve::AbsoluteExcludeNewer;
use rsp_lock_testkit::universe::Universe;

use crate::support::{answer, problem};

const EARLY_2021: &str = "
    rubin-env 0.2.1 py38_0 : python 3.8.*, numpy, mysqlclient !=2.0.2, boost-cpp 1.72.* ; ts 2021-01-28
    rubin-env 0.3.0 py38_0 : python 3.8.*, numpy, dask ; ts 2021-02-20
    python 3.8.6 h_2 : openssl >=1.1.1h ; ts 2020-11-25
    python 3.9.1 h_3 : openssl >=1.1.1i ; ts 2021-01-10
    openssl 1.1.1i h_0 ; ts 2020-12-09
    numpy 1.19.5 py38_1 : python >=3.8,<3.9.0a0 ; ts 2021-01-12
    numpy 1.20.0 py38_0 : python >=3.8,<3.9.0a0 ; ts 2021-02-10
    boost-cpp 1.72.0 h_6 ; ts 2020-10-26
    boost-cpp 1.74.0 h_1 ; ts 2020-12-09
    mysqlclient 2.0.2 py38_0 : python >=3.8,<3.9.0a0 ; ts 2021-01-05
    mysqlclient 2.0.1 py38_0 : python >=3.8,<3.9.0a0 ; ts 2020-07-02
    dask 2020.12.0 py_0 : distributed 2020.12.0.*, dask-core 2020.12.0.* ; ts 2020-12-11 ; noarch
    dask 2021.1.1 py_0 : distributed 2021.1.1.*, dask-core 2021.1.1.* ; ts 2021-01-23 ; noarch
    dask-core 2020.12.0 py_0 : python >=3.6 ; ts 2020-12-11 ; noarch
    dask-core 2021.1.1 py_0 : python >=3.6 ; ts 2021-01-22 ; noarch
    distributed 2020.12.0 py38_0 : dask-core >=2020.12.0, python >=3.8,<3.9.0a0 ; ts 2020-12-11
    distributed 2021.1.1 py38_0 : dask-core >=2021.1.1, python >=3.8,<3.9.0a0 ; ts 2021-01-23
    dask-kubernetes 0.11.0 py_0 : dask >=2.5.2,<2021 ; ts 2020-08-25 ; noarch
    unused 1 0 : python ; ts 2020-01-01
";

#[test]
fn one_record_a_name_and_everything_it_needs() {
    let universe = Universe::of(EARLY_2021);
    let mut problem = problem(
        &universe,
        &[
            "rubin-env ==0.2.1",
            "dask-kubernetes",
            "mysqlclient",
            "dask 2020.12.*",
        ],
    );
    problem.exclude_newer = AbsoluteExcludeNewer {
        default: Some("2021-02-02T23:59:59Z".parse().unwrap()),
        ..AbsoluteExcludeNewer::default()
    };
    let answer = answer(&problem);
    assert_eq!(
        answer,
        [
            "boost-cpp 1.72.0 h_6",
            "dask 2020.12.0 py_0",
            "dask-core 2020.12.0 py_0",
            "dask-kubernetes 0.11.0 py_0",
            "distributed 2020.12.0 py38_0",
            "mysqlclient 2.0.1 py38_0",
            "numpy 1.19.5 py38_1",
            "openssl 1.1.1i h_0",
            "python 3.8.6 h_2",
            "rubin-env 0.2.1 py38_0",
        ]
    );
    let names: BTreeSet<&str> = answer.iter().filter_map(|a| a.split(' ').next()).collect();
    assert_eq!(names.len(), answer.len(), "one record a name, by name");
}
