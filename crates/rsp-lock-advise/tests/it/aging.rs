//! S26 and S27: what became of the records of an old lock.

use rattler_conda_types::RepoDataRecord;
use rsp_lock_advise::{Fate, aging, as_of_gaps};
use rsp_lock_testkit::universe::Universe;

fn records(text: &str) -> Vec<RepoDataRecord> {
    Universe::of(text).channels.remove(0).records
}

#[test]
fn s26_patched_metadata_is_told_with_what_it_breaks() {
    // The patch of December 2023, and the one that would have made it uninstallable.
    let then = records(
        "libpq 15.4 hfc447b1_0 : openssl >=3.1.2,<4.0a0\nopenssl 3.2.0 hd590300_0\n\
         other 1 0 : openssl >=3.2.0,<4.0a0\nsame 1 0\n",
    );
    let mut today = records(
        "libpq 15.4 hfc447b1_0 : openssl >=3.1.2,<3.2.0a0\nopenssl 3.2.0 hd590300_0\n\
         other 1 0 : openssl >=3.2.0,<3.2.0a0\nsame 1 0\n",
    );
    // A patch of the metadata leaves the file as it is.
    for (now, old) in today.iter_mut().zip(&then) {
        now.package_record.sha256 = old.package_record.sha256;
        now.package_record.md5 = old.package_record.md5;
    }
    let found = aging(&then, &today, &[]);
    assert_eq!(found.len(), 2, "{found:#?}");
    let Fate::Patched {
        lost,
        gained,
        broken,
        impossible,
    } = &found[0].fate
    else {
        panic!("{found:#?}");
    };
    assert_eq!(lost, &["openssl >=3.1.2,<4.0a0"]);
    assert_eq!(gained, &["openssl >=3.1.2,<3.2.0a0"]);
    let conflict = (
        "openssl >=3.1.2,<3.2.0a0".to_owned(),
        "openssl 3.2.0".to_owned(),
    );
    assert_eq!(broken, &[conflict]);
    assert_eq!(impossible, &Vec::<String>::new());
    let Fate::Patched { impossible, .. } = &found[1].fate else {
        panic!("{found:#?}");
    };
    assert_eq!(
        impossible,
        &["openssl >=3.2.0,<3.2.0a0"],
        "uninstallable by its own metadata"
    );
}

#[test]
fn s27_withdrawn_records_are_told_with_their_replacement() {
    let then =
        records("rubin-env 2.0.0 h_1\nrubin-scheduler 4.0.0 py_0 ; noarch\nlost 1 0\nkept 1 0\n");
    let today = records(
        "rubin-env 2.0.0 h_0\nrubin-env 2.0.1 h_0\nrubin-scheduler 3.9 py_0 ; noarch\n\
         rubin-scheduler 4.0.0 py_1 ; noarch\nkept 1 0\n",
    );
    let removed = [format!("linux-64/{}", then[0].identifier.to_file_name())];
    let found = aging(&then, &today, &removed);
    let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["rubin-env", "rubin-scheduler", "lost"]);
    let Fate::Removed {
        replacement: Some(next),
    } = &found[0].fate
    else {
        panic!("{found:#?}");
    };
    assert_eq!(
        (next.record.as_str(), next.same_version),
        ("rubin-env 2.0.1 h_0", false)
    );
    let Fate::Gone {
        replacement: Some(next),
    } = &found[1].fate
    else {
        panic!("{found:#?}");
    };
    assert_eq!(next.record, "rubin-scheduler 4.0.0 py_1");
    assert!(next.same_version, "same version as a broken build");
    assert_eq!(found[2].fate, Fate::Gone { replacement: None });
}

#[test]
fn s27_other_bytes_under_the_same_name_are_told() {
    let then = records("a 1 0\n");
    let mut today = then.clone();
    today[0].package_record.sha256 = records("b 1 0\n")[0].package_record.sha256;
    assert_eq!(aging(&then, &today, &[])[0].fate, Fate::OtherBytes);
}

#[test]
fn s25_what_a_solve_as_of_a_date_cannot_know() {
    let then = records("a 1 0 ; ts 2021-01-01\nb 1 0 ; ts 2021-01-01\n");
    let today = records("a 1 0 ; ts 2021-01-01\nc 1 0\n");
    let gaps = as_of_gaps(&today, &["linux-64/x-1-0.conda".to_owned()], &then);
    assert_eq!(gaps.removed, ["linux-64/x-1-0.conda"]);
    assert_eq!(gaps.without_timestamp, 1);
    assert_eq!(gaps.missing, ["b-1-0.conda"]);
}
