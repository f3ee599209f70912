//! S25 and S44: rebuilds and release lines.

use rattler_conda_types::RepoDataRecord;
use rsp_lock_advise::{Was, as_of, release_lines};
use rsp_lock_testkit::universe::{Universe, short};

#[test]
fn the_newest_build_of_each_line_whatever_the_order() {
    let text = "env 9.0.0 h_3\nenv 10.1.0 h_2\nenv 10.1.0 h_10\nenv 10.2.0 h_0\nother 11.0 h_0\n";
    let mut records = Universe::of(text).channels.remove(0).records;
    for _ in 0..2 {
        let lines = release_lines(&records, "env");
        let found: Vec<String> = lines
            .iter()
            .map(|line| format!("{}: {}", line.line, short(&line.record)))
            .collect();
        assert_eq!(
            found,
            [
                "9.0: env 9.0.0 h_3",
                "10.1: env 10.1.0 h_10",
                "10.2: env 10.2.0 h_0"
            ]
        );
        records.reverse();
    }
}

#[test]
fn every_package_of_the_time_is_accounted_for() {
    let today = "a 1.0 0\na 1.1 0\nb 1.0 1\nd 1 0\n";
    let today = Universe::of(today).channels.remove(0).records;
    let is: Vec<RepoDataRecord> = [0, 2, 3].map(|index| today[index].clone()).into();
    let was = |name: &str, version: &str, build: Option<&str>| Was {
        name: name.to_owned(),
        version: version.to_owned(),
        build: build.map(str::to_owned),
    };
    let list = [
        was("a", "1.0", None),
        was("b", "1.0", Some("0")),
        was("c", "3.0", Some("h_0")),
    ];
    let found = as_of(&list, &is, &today);
    assert_eq!(found.same, 1);
    assert_eq!(
        found.differs,
        [
            ("b".to_owned(), "1.0 0".to_owned(), Some("1.0 1".to_owned())),
            ("c".to_owned(), "3.0 h_0".to_owned(), None),
        ]
    );
    assert_eq!(found.new, ["d 1 0"]);
    assert_eq!(found.missing, ["b 1.0 0", "c 3.0 h_0"]);
}
