//! S19 to S21: an environment of its own for the user interface.

#![expect(clippy::unwrap_used, reason = "a test")]

use proptest::prelude::*;
use rattler_conda_types::RepoDataRecord;
use rsp_lock::{
    ChannelSource, Error, LockOptions, LockRun, RunOutcome, file::native::NativeLock, lock_records,
};
use rsp_lock_advise::{Pair, Plan, Sizes, clone_plan, fresh_plan, pair_faults, permille};
use rsp_lock_spec::{ChannelRequest, Origin, PlatformRequest, Request, Requirement};
use rsp_lock_testkit::universe::Universe;

const WORLD: &str = "
python 3.13.1 0_cp313
python 3.14.0 0_cp314
numpy 2.3.1 py313_0 : python >=3.13,<3.14
numpy 2.4.0 py314_0 : python >=3.14,<3.15
numpy 2.4.0 py313_0 : python >=3.13,<3.14
tzdata 2025a 0 ; noarch
tzdata 2026a 0 ; noarch
rubin-env 13.0.1 py313_6 : python >=3.13,<3.14, numpy, tzdata
jupyterlab 4.4.0 pyh_0 : python >=3.10, tzdata ; noarch
ipympl 0.10.0 pyh_0 : python >=3.10, numpy ; noarch
ipympl 1.0.0 pyh_0 : python >=3.10, numpy >=2.4 ; noarch
new-ui 1.0 py314_0 : python >=3.14
";

/// The size of each record: a number that no other has.
fn records() -> Vec<RepoDataRecord> {
    let channels = Universe::of(WORLD).channels;
    let mut records: Vec<RepoDataRecord> = channels.into_iter().flat_map(|c| c.records).collect();
    for (index, record) in records.iter_mut().enumerate() {
        record.package_record.size = Some(1 << index);
    }
    records
}

fn stack() -> Vec<RepoDataRecord> {
    let wanted = [
        "python 3.13.1",
        "numpy 2.3.1",
        "tzdata 2025a",
        "rubin-env 13.0.1",
    ];
    let is_wanted = |record: &RepoDataRecord| {
        let package = &record.package_record;
        wanted.contains(&format!("{} {}", package.name.as_normalized(), package.version).as_str())
    };
    records().into_iter().filter(is_wanted).collect()
}

fn request(specs: &[&str]) -> Request {
    let here = Origin::command_line;
    Request {
        channels: vec![ChannelRequest {
            text: "conda-forge".to_owned(),
            origin: here(),
        }],
        platforms: vec![PlatformRequest::of("linux-64".parse().unwrap(), here())],
        requirements: specs
            .iter()
            .map(|spec| Requirement::parse(spec).unwrap())
            .collect(),
        ..Request::default()
    }
}

fn solve(request: &Request, previous: Option<NativeLock>) -> Result<LockRun, Error> {
    let url = "https://conda.anaconda.org/conda-forge/".parse().unwrap();
    let channel = ChannelSource::new("conda-forge", &url, records());
    let options = LockOptions {
        previous,
        ..LockOptions::default()
    };
    lock_records(request, &[channel], &options)
}

fn blocking<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(future)
}

fn cloned(specs: &[&str]) -> Plan {
    let solver = async |request: &Request, previous: Option<NativeLock>| solve(request, previous);
    blocking(clone_plan(&stack(), "rsp.lock", &request(specs), solver)).unwrap()
}

fn fresh(specs: &[&str], align: bool) -> Plan {
    let solver = async |request: &Request, previous: Option<NativeLock>| solve(request, previous);
    blocking(fresh_plan(&stack(), &request(specs), align, solver)).unwrap()
}

fn names(plan: &Plan) -> Vec<String> {
    let records = plan.records().unwrap().iter();
    records
        .map(|r| {
            format!(
                "{} {}",
                r.package_record.name.as_normalized(),
                r.package_record.version
            )
        })
        .collect()
}

#[test]
fn s19_a_clone_keeps_the_stack_and_takes_what_can_be_added() {
    let plan = cloned(&["jupyterlab", "new-ui", "ipympl >=0.10"]);
    assert_eq!(plan.run.verdict(), RunOutcome::Solved);
    let left_out: Vec<&str> = plan
        .left_out
        .iter()
        .map(|line| line.text.as_str())
        .collect();
    assert_eq!(left_out, ["new-ui"], "it needs python 3.14");
    assert_eq!(
        names(&plan),
        [
            "ipympl 0.10.0",
            "jupyterlab 4.4.0",
            "numpy 2.3.1",
            "python 3.13.1",
            "rubin-env 13.0.1",
            "tzdata 2025a"
        ]
    );
    let records = plan.records().unwrap();
    for record in stack() {
        let is_there = records.iter().any(|there| **there == record);
        assert!(is_there, "{}", record.url);
    }
}

#[test]
fn s19_sizes_add_up_to_the_byte() {
    let plan = cloned(&["jupyterlab"]);
    let sizes = plan.sizes.clone().unwrap();
    let size = |record: &RepoDataRecord| record.package_record.size.unwrap();
    let all: u64 = plan.records().unwrap().iter().map(|r| size(r)).sum();
    let shared: u64 = stack().iter().map(size).sum();
    assert_eq!(
        sizes.copied(),
        all,
        "in a later layer the clone counts in full"
    );
    assert_eq!(sizes.shared.bytes, shared);
    assert_eq!(sizes.linked(), all - shared, "hard links cost nothing");
    assert_eq!(sizes.shared.packages, 4);
    assert_eq!(sizes.own.packages, 1);
    assert_eq!(sizes.unknown, Vec::<String>::new());
}

#[test]
fn s20_aligned_environments_share_more() {
    let specs = ["new-ui", "jupyterlab"];
    let (free, aligned) = (fresh(&specs, false), fresh(&specs, true));
    assert_eq!(free.run.verdict(), RunOutcome::Solved);
    assert!(names(&free).contains(&"tzdata 2026a".to_owned()));
    assert!(names(&aligned).contains(&"tzdata 2025a".to_owned()));
    assert!(
        names(&aligned).contains(&"python 3.14.0".to_owned()),
        "what must differ differs"
    );
    let (free, aligned) = (free.sizes.unwrap(), aligned.sizes.unwrap());
    assert_eq!(free.shared.packages, 0);
    assert_eq!(aligned.shared.packages, 1);
    assert_eq!(aligned.own.packages, 3);
}

#[test]
fn s21_halves_must_match() {
    let of = |wanted: &[&str]| -> Vec<RepoDataRecord> {
        let all = records().into_iter();
        all.filter(|r| {
            let p = &r.package_record;
            wanted.contains(&format!("{} {}", p.name.as_normalized(), p.version).as_str())
        })
        .collect()
    };
    let (stack, ui) = (
        of(&["ipympl 0.10.0", "rubin-env 13.0.1"]),
        of(&["ipympl 1.0.0"]),
    );
    let pairs: Vec<Pair> = [
        "ipympl=major",
        "nothing/at-all=major",
        "rubin-env/new-ui=version",
    ]
    .iter()
    .map(|text| text.parse().unwrap())
    .collect();
    let faults = pair_faults(&pairs, &stack, &ui);
    assert_eq!(faults.len(), 2);
    assert_eq!(faults[0].first.as_deref(), Some("0.10.0"));
    assert_eq!(faults[0].second.as_deref(), Some("1.0.0"));
    assert_eq!(faults[1].second, None, "one half is missing");
    assert_eq!(pair_faults(&pairs[..1], &stack, &stack), []);
    for bad in ["ipympl", "a=b", "=major", "a b=major"] {
        assert!(bad.parse::<Pair>().is_err(), "{bad}");
    }
}

/// The technote: a clone in a later layer made the image larger by half, later by 60 %.
#[test]
fn s19_the_technotes_ratio_for_the_list_of_2021() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/domain/inputs/resolved/2021-01-31-prod-rubin-env-0.2.1.env-export.yaml"
    );
    let Ok(text) = fs_err::read_to_string(path) else {
        println!("SKIPPED: {path} is not there");
        return;
    };
    let conda = text.split_once("\npip:").unwrap().0.lines();
    let packages: Vec<Vec<&str>> = conda
        .map(|line| line.trim_start_matches([' ', '-']).split('=').collect())
        .filter(|parts: &Vec<&str>| parts.len() == 3)
        .collect();
    assert_eq!(packages.len(), 618);
    // Nobody recorded their sizes; the ratio is the same for any, so each gets the mean
    // of conda-forge's archives.
    let mean = 2_500_000;
    let world: String = packages.iter().fold(String::new(), |text, parts| {
        text + &format!("{} {} {}\n", parts[0], parts[1], parts[2])
    });
    let mut stack: Vec<RepoDataRecord> = Universe::of(&world).channels.remove(0).records;
    for record in &mut stack {
        record.package_record.size = Some(mean);
    }
    let clone = Sizes::of(&stack, &stack);
    assert_eq!((clone.linked(), clone.copied()), (0, 618 * mean));
    // The rest of the image, given: the stack's own products, of two thirds of the conda part.
    let other = clone.copied() * 2 / 3;
    let growth = permille(clone.copied(), clone.copied() + other).unwrap();
    assert!(
        (300..900).contains(&growth),
        "{growth} of 1000, where the technote has 500 to 600"
    );
}

proptest! {
    #[test]
    fn s19_shared_and_own_are_the_whole(first in 0_u16..4096, second in 0_u16..4096) {
        let all = records();
        let pick = |mask: u16| -> Vec<RepoDataRecord> {
            let picked = all.iter().enumerate().filter(|(i, _)| mask & (1 << i) != 0);
            picked.map(|(_, record)| record.clone()).collect()
        };
        // Sizes are powers of two, so a sum says which records are in it.
        let sizes = Sizes::of(&pick(first), &pick(second));
        prop_assert_eq!(sizes.shared.bytes, u64::from(first & second));
        prop_assert_eq!(sizes.own.bytes, u64::from(second & !first));
        prop_assert_eq!(sizes.copied(), u64::from(second));
    }
}
