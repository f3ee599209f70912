//! A channel before and after a day's changes.

use std::{
    error::Error,
    fmt::Write as _,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use rattler_conda_types::{
    PackageRecord, RepoData,
    package::{BuildString, DistArchiveIdentifier},
};
use rsp_lock_testkit::shards;

use crate::measure::Case;

/// Of how many names, in the order of their texts, one has something new.
const ONE_OF: usize = 100;

/// How a channel is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As `repodata.json.zst`.
    Document,
    /// As CEP 16 says.
    Shards,
}

impl Form {
    fn directory(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Shards => "shards",
        }
    }

    /// The file that is another one after a change.
    fn file(self) -> &'static str {
        match self {
            Self::Document => "repodata.json.zst",
            Self::Shards => "repodata_shards.msgpack.zst",
        }
    }
}

/// What a channel says at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum State {
    Before,
    After,
}

/// A channel that can be in either state.
pub(crate) struct ChangingChannel {
    form: Form,
    subdirs: [String; 2],
    /// What is served.
    pub(crate) directory: PathBuf,
    before: PathBuf,
    after: PathBuf,
}

impl ChangingChannel {
    /// Makes both states out of a channel, unless an earlier run has, of the same documents.
    pub(crate) fn prepare(case: &Case, form: Form) -> Result<Self, Box<dyn Error>> {
        let work = case.work.join(form.directory());
        let channel = Self {
            form,
            subdirs: [case.platform.clone(), "noarch".to_owned()],
            directory: work.join("channel"),
            before: work.join("before"),
            after: work.join("after"),
        };
        let done = work.join("done");
        let made_of = channel.made_of(case)?;
        if fs_err::read_to_string(&done).ok().as_ref() != Some(&made_of) {
            if work.exists() {
                fs_err::remove_dir_all(&work)?;
            }
            for subdir in &channel.subdirs {
                channel.write(&case.directory, subdir)?;
            }
            fs_err::write(done, made_of)?;
        }
        Ok(channel)
    }

    /// The documents that the states are made of: where they are, how large and how old.
    fn made_of(&self, case: &Case) -> Result<String, Box<dyn Error>> {
        let mut made_of = String::new();
        for subdir in &self.subdirs {
            let file = packed_document(&case.directory, subdir);
            let facts = fs_err::metadata(&file)?;
            let (length, changed) = (facts.len(), facts.modified()?);
            writeln!(made_of, "{} {length} {changed:?}", file.display())?;
        }
        Ok(made_of)
    }

    fn write(&self, source: &Path, subdir: &str) -> Result<(), Box<dyn Error>> {
        let packed = fs_err::File::open(packed_document(source, subdir))?;
        let text = zstd::decode_all(packed)?;
        let mut document: RepoData = serde_json::from_slice(&text)?;
        drop(text);
        self.write_state(&self.before, subdir, document.clone())?;
        change(&mut document);
        self.write_state(&self.after, subdir, document)
    }

    fn write_state(
        &self,
        state: &Path,
        subdir: &str,
        document: RepoData,
    ) -> Result<(), Box<dyn Error>> {
        let served = self.directory.join(subdir);
        let kept = state.join(subdir);
        fs_err::create_dir_all(&served)?;
        fs_err::create_dir_all(&kept)?;
        match self.form {
            Form::Document => {
                let file = fs_err::File::create(kept.join(self.form.file()))?;
                let mut packer = zstd::Encoder::new(file, 3)?;
                let mut text = io::BufWriter::new(&mut packer);
                serde_json::to_writer(&mut text, &document)?;
                text.flush()?;
                drop(text);
                packer.finish()?;
            }
            Form::Shards => {
                shards::write_records(&served, subdir, document)?;
                let file = self.form.file();
                fs_err::rename(served.join(file), kept.join(file))?;
            }
        }
        Ok(())
    }

    /// Has the channel say what it said then.
    pub(crate) fn publish(&self, state: State) -> io::Result<()> {
        let state = match state {
            State::Before => &self.before,
            State::After => &self.after,
        };
        for subdir in &self.subdirs {
            let served = self.directory.join(subdir);
            let incoming = served.join("incoming");
            fs_err::copy(state.join(subdir).join(self.form.file()), &incoming)?;
            fs_err::rename(incoming, served.join(self.form.file()))?;
        }
        Ok(())
    }
}

fn packed_document(channel: &Path, subdir: &str) -> PathBuf {
    channel.join(subdir).join(Form::Document.file())
}

/// Publishes the last build of every hundredth name once more, as a rebuild.
fn change(document: &mut RepoData) {
    for records in [&mut document.packages, &mut document.conda_packages] {
        records.sort_unstable_keys();
        let sorted: Vec<_> = records.iter().collect();
        let names = sorted.chunk_by(|(a, _), (b, _)| a.identifier.name == b.identifier.name);
        let last_ones = names.step_by(ONE_OF).filter_map(|of_name| of_name.last());
        let rebuilds: Vec<_> = last_ones
            .map(|(file, record)| rebuilt(file, record))
            .collect();
        records.extend(rebuilds);
    }
}

fn rebuilt(
    file: &DistArchiveIdentifier,
    record: &PackageRecord,
) -> (DistArchiveIdentifier, PackageRecord) {
    let (mut file, mut record) = (file.clone(), record.clone());
    let build = format!("{}_again", record.build.as_str());
    record.build_number += 1;
    record.build = BuildString::new_unchecked(&build);
    file.identifier.build_string = build;
    (file, record)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_name_of_a_hundred_has_one_build_more() {
        let record = |name: &str, build: &str| {
            json!({
                "name": name, "version": "1", "build": build, "build_number": 0,
                "depends": [], "subdir": "linux-64",
            })
        };
        let records = (0..250).flat_map(|number| {
            let name = format!("n{number:03}");
            ["a", "b"].map(|build| (format!("{name}-1-{build}.conda"), record(&name, build)))
        });
        let records: serde_json::Map<String, serde_json::Value> = records.collect();
        let document = json!({ "packages": {}, "packages.conda": records });
        let before: RepoData = serde_json::from_value(document).unwrap();
        let mut after = before.clone();
        change(&mut after);
        let is_new = |file: &&DistArchiveIdentifier| !before.conda_packages.contains_key(*file);
        let new = after.conda_packages.keys().filter(is_new);
        let mut new: Vec<String> = new.map(ToString::to_string).collect();
        new.sort();
        let expected = ["n000", "n100", "n200"].map(|name| format!("{name}-1-b_again.conda"));
        assert_eq!(new, expected);
        assert_eq!(after.conda_packages.len(), before.conda_packages.len() + 3);
    }
}
