//! A directory of its own for each test, channels in it, and the program run in it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use rsp_lock_testkit::universe::Universe;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// A directory, and the program in it.
pub(crate) struct Sandbox {
    directory: TempDir,
}

/// What the program did.
pub(crate) struct Ran {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error, what differs from run to run taken out.
    pub(crate) stderr: String,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("rsp-lock-test-").tempdir();
        Self {
            directory: directory.unwrap(),
        }
    }

    /// A sandbox with the channels of a universe, each in the directory of its name.
    pub(crate) fn with(universe: &str) -> Self {
        let sandbox = Self::new();
        sandbox.channels(universe);
        sandbox
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(&path, text).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs_err::read_to_string(self.path().join(name)).unwrap()
    }

    /// All files, as paths below the directory, but for those of channels.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        list(self.path(), self.path(), &mut found);
        found.retain(|file| !file.contains("repodata"));
        found.sort();
        found
    }

    /// Writes the channels of a universe.
    pub(crate) fn channels(&self, universe: &str) {
        for channel in Universe::of(universe).channels {
            let mut subdirs: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
            for record in &channel.records {
                let file = record.url.path().rsplit('/').next().unwrap().to_owned();
                let value = serde_json::to_value(&record.package_record).unwrap();
                let subdir = record.package_record.subdir.clone();
                subdirs.entry(subdir).or_default().insert(file, value);
            }
            for (subdir, records) in subdirs {
                let document = json!({
                    "info": {
                        "subdir": subdir,
                        "base_url": format!("https://conda.example.org/{}/{subdir}/", channel.name),
                    },
                    "packages": {},
                    "packages.conda": records,
                });
                let name = format!("{}/{subdir}/repodata.json", channel.name);
                self.file(&name, &document.to_string());
            }
        }
    }

    /// Edits the repodata of a channel's subdir.
    pub(crate) fn edit(&self, subdir: &str, edit: impl FnOnce(&mut Value)) {
        let name = format!("{subdir}/repodata.json");
        let mut document = serde_json::from_str(&self.read(&name)).unwrap();
        edit(&mut document);
        self.file(&name, &document.to_string());
    }

    /// The program, with an environment that says nothing.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rsp-lock"));
        command.args(arguments).current_dir(self.path()).env_clear();
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.ran(&self.command(arguments).output().unwrap())
    }

    /// What a finished program did.
    pub(crate) fn ran(&self, output: &Output) -> Ran {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Ran {
            code: output.status.code().unwrap(),
            stdout: self.filtered(&text(&output.stdout)),
            stderr: self.filtered(&text(&output.stderr)),
        }
    }

    /// Takes out what differs from run to run.
    fn filtered(&self, text: &str) -> String {
        let own = self.path().display().to_string();
        let resolved = fs_err::canonicalize(self.path()).unwrap();
        let text = text
            .replace(&resolved.display().to_string(), "[DIR]")
            .replace(&own, "[DIR]")
            .replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
        text.lines()
            .map(|line| timeless(line) + "\n")
            .collect::<String>()
    }
}

impl Ran {
    /// The JSON document on standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }

    /// [`Self::json`], after it was checked against the schema that the program prints.
    pub(crate) fn json_of(&self, schema: &str) -> Value {
        let document = self.json();
        let printed = Sandbox::new().run(&["schema", schema]);
        conforms(&printed.json(), &document, schema);
        document
    }

    /// The whole of it, for a snapshot.
    pub(crate) fn all(&self) -> String {
        let mut text = format!("exit code: {}\n", self.code);
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !stream.is_empty() {
                text += "----- ";
                text += name;
                text += "\n";
                text += stream;
            }
        }
        text
    }
}

/// Where the project has real data beside it, or `None`, said on stderr.
#[expect(clippy::print_stderr, reason = "a test that is skipped must be seen")]
pub(crate) fn shared(what: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared")
        .join(what);
    if path.exists() {
        return fs_err::canonicalize(path).ok();
    }
    eprintln!("SKIPPED: there is no `{}`", path.display());
    None
}

/// Checks a document against a schema: fields, those that must be there, those that are
/// known, types and words.
pub(crate) fn conforms(schema: &Value, document: &Value, place: &str) {
    if let Some(wanted) = schema.get("const") {
        assert_eq!(document, wanted, "{place}");
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        assert!(words.contains(document), "{place}: {document} of {words:?}");
    }
    let is = |kind: &Value| match kind.as_str().unwrap() {
        "null" => document.is_null(),
        "boolean" => document.is_boolean(),
        "integer" => document.is_u64() || document.is_i64(),
        "string" => document.is_string(),
        "array" => document.is_array(),
        "object" => document.is_object(),
        other => panic!("{place}: the schema has the type {other}"),
    };
    match schema.get("type") {
        Some(Value::Array(kinds)) => assert!(kinds.iter().any(is), "{place}: {document}"),
        Some(kind) => assert!(is(kind), "{place}: {document} is no {kind}"),
        None => {}
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap();
        assert!(
            document.is_null() || document.get(name).is_some(),
            "{place} has no `{name}`"
        );
    }
    if let Some(properties) = schema["properties"].as_object() {
        for (name, value) in document.as_object().into_iter().flatten() {
            let inner = properties.get(name);
            let inner = inner.unwrap_or_else(|| panic!("{place}.{name} is not in the schema"));
            conforms(inner, value, &format!("{place}.{name}"));
        }
    }
    if let (Some(items), Some(values)) = (schema.get("items"), document.as_array()) {
        for (index, value) in values.iter().enumerate() {
            conforms(items, value, &format!("{place}[{index}]"));
        }
    }
}

/// The lines of a text for which something holds, their endings included.
pub(crate) fn lines_where(text: &str, holds: impl Fn(&str) -> bool) -> String {
    text.split_inclusive('\n')
        .filter(|line| holds(line))
        .collect()
}

/// `in 1.2 s,` becomes `in [TIME],`.
fn timeless(line: &str) -> String {
    match (line.find(" in "), line.find(", every answer checked")) {
        (Some(start), Some(end)) => format!("{} in [TIME]{}", &line[..start], &line[end..]),
        _ => line.to_owned(),
    }
}

fn list(directory: &Path, root: &Path, found: &mut Vec<String>) {
    for entry in fs_err::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, root, found);
        } else {
            found.push(path.strip_prefix(root).unwrap().display().to_string());
        }
    }
}

/// A small world: a metapackage, an addition that wants a newer dask, two channels.
pub(crate) const WORLD: &str = "
channel forge
python 3.8.6 h_0 : __glibc >=2.17 ; ts 2020-10-01
python 3.8.8 h_0 : __glibc >=2.28 ; ts 2021-02-20
python 3.8.6 h_0 ; subdir osx-64 ; ts 2020-10-01
dask 2020.12.0 py_0 : python >=3.6 ; noarch ; ts 2020-12-11
dask 2021.1.1 py_0 : python >=3.7 ; noarch ; ts 2021-01-22
numpy 1.19.5 py38_0 : python >=3.8,<3.9.0a0 ; ts 2021-01-06
numpy 1.20.0 py38_0 : python >=3.8,<3.9.0a0 ; ts 2021-01-31
numpy 1.19.5 py38_0 : python >=3.8,<3.9.0a0 ; subdir osx-64 ; ts 2021-01-06
rubin-env 0.2.1 py38_0 : python 3.8.*, numpy <1.20, dask ; noarch ; ts 2021-01-29
dask-kubernetes 0.11.0 py_0 : dask >=2021.1, kubernetes-client ; noarch ; ts 2021-01-20
kubernetes-client 12.0 py_0 : python ; noarch ; ts 2021-01-10
channel lsstts
ts-salobj 6.0 py_0 : python, ts-idl ; noarch ; ts 2021-01-15
ts-idl 3.0 py_0 : python ; noarch ; ts 2021-01-15
numpy 1.99.0 py38_0 : python ; ts 2021-01-15
";

/// A request on that world.
pub(crate) const REQUEST: &str = r#"[environment]
name = "rsp"
channels = ["./forge", "./lsstts"]
platforms = ["linux-64", "osx-64"]

[requirements]
rubin-env = "0.2.1"
dask-kubernetes = { version = "*", reason = "clusters from notebooks" }
ts-salobj = "*"

[overrides]
dask = { version = "2020.12.*", reason = "2021.1 broke the cluster driver" }
"#;
