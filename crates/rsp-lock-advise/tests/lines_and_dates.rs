//! S25, S28, S44: rebuilds, tags and release lines.

use jiff::civil::date;
use rattler_conda_types::RepoDataRecord;
use rsp_lock_advise::{Tag, Was, as_of, release_lines};
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
fn tags_are_told_apart() {
    assert_eq!(Tag::read("r29_2_1"), Tag::Release);
    assert_eq!(Tag::read("w_2026_36"), Tag::Weekly(date(2026, 8, 31)));
    assert_eq!(Tag::read("d_2026_11_20"), Tag::Daily(date(2026, 11, 20)));
    for other in [
        "r29_2_1_rc1",
        "exp_w_2026_36",
        "w_2026_99",
        "d_2026_13_01",
        "",
        "ré",
    ] {
        assert_eq!(Tag::read(other), Tag::Other, "{other}");
    }
}

#[test]
fn old_dailies_and_weeklies_are_purgeable_and_releases_never() {
    let today = date(2026, 11, 28);
    assert!(!Tag::read("d_2026_10_28").is_purgeable(today));
    assert!(Tag::read("d_2026_10_27").is_purgeable(today));
    assert!(!Tag::read("w_2025_23").is_purgeable(today));
    assert!(Tag::read("w_2025_21").is_purgeable(today));
    assert!(!Tag::read("r20_0_0").is_purgeable(today));
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
