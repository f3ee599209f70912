//! Lines that are not needed any more leave a request, and nothing else of it changes.

use rsp_lock::{Prune, PruneList, prune};

const REQUEST: &str = r#"# who we are
[environment]
channels = ["conda-forge"]

[requirements]
python = "3.13.*"      # the stack's
moto = { version = "<5", reason = "jsonschema" }

[constraints]
# old trouble
numpy = "<3"  # gone
libblas = "* *openblas"

[overrides]
dask = { version = "2020.12.*", reason = "driver" }
distributed = "2020.12.*"

[dependencies]
add = [
    "ipympl: ipython_genutils",  # undeclared
    { dependents = "pytables", spec = "mock" },
]
"#;

fn line(list: PruneList, name: &str, text: &str) -> Prune {
    Prune {
        list,
        name: name.to_owned(),
        text: text.to_owned(),
    }
}

#[test]
fn only_the_lines_go_and_comments_stay() {
    let pruned = prune(
        REQUEST,
        &[
            line(PruneList::Overrides, "dask", "dask 2020.12.*"),
            line(PruneList::Constraints, "numpy", "numpy <3"),
            line(PruneList::Requirements, "moto", "moto <5"),
            line(PruneList::Dependencies, "mock", "pytables: mock"),
            line(PruneList::Overrides, "absent", "absent 1"),
        ],
    )
    .unwrap();
    let expected = REQUEST
        .replace("numpy = \"<3\"  # gone\n", "")
        .replace(
            "dask = { version = \"2020.12.*\", reason = \"driver\" }\n",
            "",
        )
        .replace("version = \"<5\"", "version = \"*\"")
        .replace("    { dependents = \"pytables\", spec = \"mock\" },\n", "");
    assert_eq!(pruned.text, expected);
    assert_eq!(
        pruned.left,
        [line(PruneList::Overrides, "absent", "absent 1")]
    );
}
