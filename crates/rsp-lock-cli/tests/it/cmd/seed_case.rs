//! The case that this program was made for: the platform's additions of 2 February 2021 on
//! the stack as it was built, dask held back, and what became of that in March.

use insta::assert_snapshot;

use super::main_job::{copied, locks};
use crate::support::Sandbox;

const REQUEST: &str = "examples/base/rsp-lock.toml";

fn february() -> Sandbox {
    copied(&["examples/base", "fixtures/channels"])
}

#[test]
fn s11_dask_is_held_on_the_stack_of_february_and_only_what_must_moves() {
    let sandbox = february();
    let committed = locks(&sandbox);
    let stack = sandbox.read("examples/base/stack.lock.txt");
    fs_err::remove_file(sandbox.path().join("examples/base/rsp.lock")).unwrap();
    let ran = sandbox.run(&["solve", "-f", REQUEST]);
    assert_snapshot!(ran.all());
    assert_eq!(locks(&sandbox), committed);

    // Of the stack's 325 packages all but the three that were told are as they were.
    let image = sandbox.read("examples/base/image-linux-64.lock.txt");
    let files = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.contains("#sha256:"));
        lines.map(str::to_owned).collect()
    };
    let mut gone = files(&stack);
    gone.retain(|line| !image.contains(line));
    let names = ["/dask-core-2021.1.1-", "/jedi-0.18.0-", "/parso-0.8.1-"];
    assert_eq!(gone.len(), names.len(), "{gone:?}");
    for name in names {
        assert!(gone.iter().any(|line| line.contains(name)), "{name}");
    }
    for file in ["/dask-2020.12.0-", "/distributed-2020.12.0-"] {
        assert!(image.contains(file), "{file}");
    }
    assert!(!image.contains("/mysqlclient-2.0.2-"));
    for (lockfile, request) in [
        ("examples/base/rsp.lock", &[][..]),
        (
            "examples/base/image-linux-64.lock.txt",
            &["-f", REQUEST][..],
        ),
    ] {
        let ran = sandbox.run(&[&["verify", lockfile][..], request].concat());
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        assert!(!ran.stderr.contains("nothing requires"), "{}", ran.stderr);
    }
    assert_eq!(sandbox.run(&["check", "-f", REQUEST]).code, 0);
}

#[test]
fn s13_in_march_the_hold_on_dask_is_no_longer_needed() {
    let sandbox = february();
    let february = sandbox.run(&["overrides", "-f", REQUEST]);
    assert_eq!(february.code, 0, "{}", february.stderr);
    assert!(
        !february.stdout.contains("since 2021-03-06"),
        "{}",
        february.stdout
    );
    let march = sandbox.run(&["overrides", "-f", REQUEST, "--exclude-newer", "2021-03-31"]);
    assert_eq!(march.code, 0, "{}", march.stderr);
    assert_snapshot!(march.stdout);
    let after = "no longer needed since 2021-03-06";
    assert_eq!(march.stdout.matches(after).count(), 2, "{}", march.stdout);

    // The two lines go, comments stay, and the image is what it would be without them.
    let before = sandbox.read(REQUEST);
    let ran = sandbox.run(&[
        "overrides",
        "-f",
        REQUEST,
        "--exclude-newer",
        "2021-03-31",
        "--prune",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let pruned = sandbox.read(REQUEST);
    assert!(!pruned.contains("2020.12.*"), "{pruned}");
    for comment in before.lines().filter(|line| line.starts_with('#')) {
        assert!(pruned.contains(comment), "{comment}");
    }
    let fresh = [
        "solve",
        "-f",
        REQUEST,
        "--exclude-newer",
        "2021-03-31",
        "--fresh",
    ];
    let ran = sandbox.run(&fresh);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let image = sandbox.read("examples/base/image-linux-64.lock.txt");
    assert!(image.contains("/dask-kubernetes-2021.3.0-"), "{image}");
}
