//! The records that requests are made of and answered from.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    error::Error,
    path::Path,
    sync::Arc,
};

use rattler_conda_types::{RepoDataRecord, Subdir};
use rsp_lock_index::{
    Index,
    pack::{Home, NONE, PackBuilder},
};
use rsp_lock_solve::channel_order;
use rsp_lock_spec::{ChannelPriority, dependency_name, parse_spec_text};
use rsp_lock_testkit::real::{CONDA_FORGE, Universe};
use url::Url;

/// A channel's records of one platform, by name, and an index over them.
#[derive(Debug)]
pub struct World {
    /// What the records say their channel is.
    pub channel: Url,
    /// The platform.
    pub subdir: Subdir,
    /// The same records, compiled.
    pub index: Index,
    /// Sorted by name.
    pub(super) records: Vec<RepoDataRecord>,
    pub(super) by_name: BTreeMap<String, Vec<usize>>,
    /// Bounds that records state about a name, each once, sorted.
    pub(super) bounds: BTreeMap<String, Vec<String>>,
    /// Per name, the names that its records depend on.
    needs: HashMap<String, BTreeSet<String>>,
}

impl World {
    /// Reads `CHANNEL_DIR/{SUBDIR,noarch}/repodata.json.zst`.
    pub fn read(channel_dir: &Path, subdir: Subdir) -> Result<Self, Box<dyn Error>> {
        let mut records = Universe::read(channel_dir, subdir, &CONDA_FORGE.parse()?)?.records;
        // The documents may say where their files are (CEP 15).
        let first = records.first().ok_or("the channel has no records")?;
        let channel = first.url.join("../")?;
        records.sort_by(|a, b| {
            let name = |r: &RepoDataRecord| r.package_record.name.as_normalized().to_owned();
            name(a).cmp(&name(b)).then_with(|| a.url.cmp(&b.url))
        });
        let home = Home {
            subdir: subdir.as_str().into(),
            files: Box::default(),
            channel: channel.as_str().into(),
        };
        let mut builder = PackBuilder::default();
        let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut bounds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut needs: HashMap<String, BTreeSet<String>> = HashMap::new();
        for (number, record) in records.iter().enumerate() {
            builder.add_record(record, NONE, &home);
            let package = &record.package_record;
            let name = package.name.as_normalized();
            by_name.entry(name.to_owned()).or_default().push(number);
            let needs = needs.entry(name.to_owned()).or_default();
            for text in &package.depends {
                let target = dependency_name(text).to_lowercase();
                if target.starts_with("__") {
                    continue;
                }
                let is_plain = text.split(' ').count() == 2 && !text.contains('[');
                if let (true, Some((_, bound))) = (is_plain, text.split_once(' ')) {
                    let bounds = bounds.entry(target.clone()).or_default();
                    bounds.insert(as_people_write_it(bound));
                }
                needs.insert(target);
            }
        }
        let pack = Arc::new(builder.finish(home, ""));
        let order = channel_order(ChannelPriority::default());
        let index = Index::new(vec![vec![pack]], order);
        index.reach_all();
        // Records may state what people may not write, such as `>=3.10.*`.
        let can_be_written =
            |name: &str, bound: &String| parse_spec_text(&format!("{name} {bound}")).is_ok();
        let bounds = bounds.into_iter().map(|(name, mut bounds)| {
            bounds.retain(|bound| can_be_written(&name, bound));
            (name, bounds.into_iter().collect())
        });
        Ok(Self {
            channel,
            subdir,
            index,
            by_name,
            bounds: bounds.collect(),
            needs,
            records,
        })
    }

    /// The records that some names can need, as a solver without an index has to be given them.
    pub(super) fn reachable<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
    ) -> Vec<&RepoDataRecord> {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> = Vec::new();
        for name in names {
            open.extend(
                self.by_name
                    .get_key_value(name)
                    .map(|(name, _)| name.as_str()),
            );
        }
        let mut records = Vec::new();
        while let Some(name) = open.pop() {
            if !seen.insert(name) {
                continue;
            }
            let of_name = self.by_name.get(name).into_iter().flatten();
            records.extend(of_name.filter_map(|number| self.records.get(*number)));
            open.extend(
                self.needs
                    .get(name)
                    .into_iter()
                    .flatten()
                    .map(String::as_str),
            );
        }
        records
    }
}

/// Records may state a bare version, which people have to write with `==`.
fn as_people_write_it(bound: &str) -> String {
    let is_bare = bound.starts_with(|c: char| c.is_ascii_digit())
        && !bound.contains(['*', ',', '|', '<', '>', '=', '!', '~']);
    if is_bare {
        format!("=={bound}")
    } else {
        bound.to_owned()
    }
}
