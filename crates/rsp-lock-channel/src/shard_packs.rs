//! What shards say, as packs: they are asked round after round, until no new name turns up.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use rattler_conda_types::{PackageName, RepoDataRecord, Subdir};
use rsp_lock_index::pack::{Home, Pack, PackBuilder, ShardPackBuilder, ToldDependencies};
use rsp_lock_spec::dependency_name;
use tokio::task::{JoinHandle, JoinSet};
use url::Url;

use crate::{
    ChannelError, Wanted, kept::Asked, shards::LocalShards, source::Source, unfinished::unfinished,
};

/// What was read of shards.
pub(crate) struct ReadShards {
    /// One a source, by its place among them.
    packs: BTreeMap<usize, Pack>,
    /// What was asked for; `None` if that is not all that it reaches.
    asked: Option<Asked>,
    /// Where files lie, as records say, with the number of the channel.
    pub(crate) files: Vec<(usize, Subdir, Url)>,
}

/// Reads what is wanted of shards, and the names that are worth reading beside.
pub(crate) async fn read(
    sources: &[(usize, Source)],
    packs: &[(usize, Arc<Pack>)],
    wanted: &Wanted,
    kept_names: BTreeSet<Arc<str>>,
) -> Result<ReadShards, ChannelError> {
    let mut read = ReadShards {
        packs: BTreeMap::new(),
        asked: None,
        files: Vec::new(),
    };
    if sources.is_empty() {
        return Ok(read);
    }
    let follow = matches!(wanted, Wanted::Reachable(_));
    let opening = open_earlier(sources, wanted);
    let mut seen = start(wanted, kept_names);
    let mut earlier = Vec::new();
    for pack in opening {
        earlier.push(pack.await.map_err(unfinished)?);
    }
    let mut packs = Telling::of(packs.iter().map(|(_, pack)| pack));
    if follow {
        // Most of what was reached in earlier versions is, and asking for all at once is faster.
        let earlier = Telling::of(earlier.iter().flatten());
        reach(&mut seen, earlier, &mut packs);
    }
    let mut collectors = Collectors::new();
    let mut next = match wanted {
        Wanted::All => Names::Every,
        Wanted::Reachable(_) | Wanted::Named(_) => Names::These(seen.iter().cloned().collect()),
    };
    while !next.are_none() {
        let known = std::mem::take(&mut collectors);
        let rounds = ask(sources, &earlier, known, &next, follow).await?;
        let mut wants = match &next {
            Names::These(names) if follow => packs.wanted_by(names),
            _ => BTreeSet::new(),
        };
        for (at, mut round) in rounds {
            wants.append(&mut round.wants);
            collectors.insert(at, round.collector);
            if let (Some(files), Some((number, source))) = (round.files, sources.get(at)) {
                read.files.push((*number, source.subdir(), files));
            }
        }
        let is_new = |name: &Arc<str>| follow && is_real(name) && seen.insert(name.clone());
        next = Names::These(wants.into_iter().filter(is_new).collect());
    }
    read.packs = finished(sources, collectors).await?;
    read.asked = match wanted {
        Wanted::Reachable(_) => Some(Asked::Names(seen)),
        Wanted::All => Some(Asked::EveryName),
        Wanted::Named(_) => None,
    };
    Ok(read)
}

/// What sources are asked for.
#[derive(Clone)]
enum Names {
    /// In lower case, in order.
    These(Arc<[Arc<str>]>),
    /// Every name that they have.
    Every,
}

impl Names {
    fn are_none(&self) -> bool {
        matches!(self, Self::These(names) if names.is_empty())
    }
}

/// By the place of a source, what it has said so far.
type Collectors = BTreeMap<usize, Collector>;

/// Asks all sources for some names, side by side. What they say is in their order.
async fn ask(
    sources: &[(usize, Source)],
    earlier: &[Option<Arc<Pack>>],
    mut known: Collectors,
    names: &Names,
    follow: bool,
) -> Result<BTreeMap<usize, Round>, ChannelError> {
    let mut tasks = JoinSet::new();
    for (at, ((_, source), earlier)) in sources.iter().zip(earlier).enumerate() {
        let collector = known.remove(&at);
        let collector = collector.unwrap_or_else(|| Collector::of(source, earlier.clone()));
        let (source, names) = (source.clone(), names.clone());
        tasks.spawn(async move { (at, collector.collect(&source, names, follow).await) });
    }
    let mut rounds = BTreeMap::new();
    while let Some(joined) = tasks.join_next().await {
        let (at, round) = joined.map_err(unfinished)?;
        rounds.insert(at, round);
    }
    // Of several errors the first in the order of the sources counts.
    rounds
        .into_iter()
        .map(|(at, round)| Ok((at, round?)))
        .collect()
}

/// The packs of what sources said.
async fn finished(
    sources: &[(usize, Source)],
    collectors: Collectors,
) -> Result<BTreeMap<usize, Pack>, ChannelError> {
    let mut tasks = JoinSet::new();
    for (at, collector) in collectors {
        if let Some((_, source)) = sources.get(at) {
            let source = source.clone();
            tasks.spawn_blocking(move || (at, collector.finish(&source)));
        }
    }
    let mut packs = BTreeMap::new();
    while let Some(joined) = tasks.join_next().await {
        let (at, pack) = joined.map_err(unfinished)?;
        packs.insert(at, pack);
    }
    Ok(packs)
}

/// Adds all that some names could reach, as packs tell.
fn reach(names: &mut BTreeSet<Arc<str>>, mut earlier: Telling<'_>, packs: &mut Telling<'_>) {
    let mut frontier: Vec<Arc<str>> = names.iter().cloned().collect();
    while !frontier.is_empty() {
        let wants = [earlier.wanted_by(&frontier), packs.wanted_by(&frontier)];
        frontier = wants.into_iter().flatten().collect();
        frontier.retain(|name| is_real(name) && names.insert(name.clone()));
    }
}

/// The names that shards are asked for first, unless it is all of them.
fn start(wanted: &Wanted, kept_names: BTreeSet<Arc<str>>) -> BTreeSet<Arc<str>> {
    let lower = |name: &PackageName| Arc::from(name.as_normalized());
    match wanted {
        Wanted::Reachable(names) => names.iter().map(lower).chain(kept_names).collect(),
        Wanted::Named(names) => names.iter().map(lower).collect(),
        Wanted::All => BTreeSet::new(),
    }
}

/// Per source, what is kept of whatever version of about as much as is wanted, if it is as it was
/// written: with what is taken over come all texts. Begins at once.
fn open_earlier(
    sources: &[(usize, Source)],
    wanted: &Wanted,
) -> Vec<JoinHandle<Option<Arc<Pack>>>> {
    let keep = |(_, source): &(usize, Source)| match wanted {
        Wanted::Reachable(_) => Some(source.keep()?.of_some()),
        Wanted::All => Some(source.keep()?.of_all()),
        Wanted::Named(_) => None,
    };
    let open = |path: Option<PathBuf>| {
        tokio::task::spawn_blocking(move || {
            let pack = Pack::open(&path?).ok()?;
            pack.is_sound().then(|| Arc::new(pack))
        })
    };
    sources.iter().map(keep).map(open).collect()
}

/// Packs that say what their names want, each text once.
struct Telling<'p> {
    packs: Vec<(&'p Pack, ToldDependencies)>,
}

impl<'p> Telling<'p> {
    fn of(packs: impl Iterator<Item = &'p Arc<Pack>>) -> Self {
        let packs = packs.map(|pack| (&**pack, ToldDependencies::default()));
        Self {
            packs: packs.collect(),
        }
    }

    /// What is wanted by some names and was not told before.
    fn wanted_by(&mut self, names: &[Arc<str>]) -> BTreeSet<Arc<str>> {
        let mut wants = BTreeSet::new();
        for (pack, told) in &mut self.packs {
            for name in names {
                let texts = pack.new_dependencies(name, told);
                wants.extend(texts.iter().map(|text| wanted_name(text)));
            }
        }
        wants
    }
}

/// Whether a name can be in a channel: virtual packages are not.
fn is_real(name: &str) -> bool {
    !name.starts_with("__")
}

fn wanted_name(text: &str) -> Arc<str> {
    Arc::from(dependency_name(text).to_lowercase())
}

/// Says where what was read of shards is to be kept, where that is possible. Each pack comes
/// with the number of its channel.
pub(crate) fn keep(
    sources: &[(usize, Source)],
    read: ReadShards,
    versions: Option<&str>,
) -> Vec<(usize, Arc<Pack>)> {
    let ReadShards { packs, asked, .. } = read;
    let packs = packs.into_iter().filter_map(|(at, pack)| {
        let (number, source) = sources.get(at)?;
        let pack = match (source.keep(), versions, &asked) {
            (Some(keep), Some(versions), Some(asked)) => keep.to_be_kept(pack, versions, asked),
            _ => pack,
        };
        Some((*number, Arc::new(pack)))
    });
    packs.collect()
}

/// Puts together what a source says, round after round.
enum Collector {
    Local {
        shards: Arc<LocalShards>,
        /// What is kept of an earlier version.
        earlier: Option<Arc<Pack>>,
        /// Made by who first reads.
        builder: Option<Box<ShardPackBuilder>>,
    },
    Other {
        builder: Box<PackBuilder>,
        /// Where records come from, once there is one.
        home: Option<Home>,
    },
}

/// What a round brought.
struct Round {
    collector: Collector,
    /// Names that are to be asked for, if they were not yet.
    wants: BTreeSet<Arc<str>>,
    /// Where files lie, where only records say it.
    files: Option<Url>,
}

impl Collector {
    /// What is kept of an `earlier` version can be taken over.
    fn of(source: &Source, earlier: Option<Arc<Pack>>) -> Self {
        match source.local_shards() {
            Some(shards) => Self::Local {
                shards: shards.clone(),
                earlier,
                builder: None,
            },
            None => Self::Other {
                builder: Box::new(PackBuilder::default().in_name_order()),
                home: None,
            },
        }
    }

    /// Asks for some names; says what these want where that is to be followed.
    async fn collect(
        self,
        source: &Source,
        names: Names,
        follow: bool,
    ) -> Result<Round, ChannelError> {
        match self {
            Self::Local {
                shards,
                earlier,
                builder,
            } => {
                let home = source.home().into();
                let work = tokio::task::spawn_blocking(move || {
                    let begin = || Box::new(ShardPackBuilder::new(home, earlier.clone()));
                    let mut builder = builder.unwrap_or_else(begin);
                    match &names {
                        Names::These(names) => shards.add_to(names, &mut builder)?,
                        Names::Every => shards.add_all_to(&mut builder)?,
                    }
                    let wants = if follow {
                        let texts = builder.new_dependencies();
                        texts.iter().map(|text| wanted_name(text)).collect()
                    } else {
                        BTreeSet::new()
                    };
                    let collector = Self::Local {
                        shards,
                        earlier,
                        builder: Some(builder),
                    };
                    Ok(Round {
                        collector,
                        wants,
                        files: None,
                    })
                });
                work.await.map_err(unfinished)?
            }
            Self::Other {
                mut builder,
                mut home,
            } => {
                let names = match names {
                    Names::These(names) => names,
                    Names::Every => {
                        let mut names = source.names();
                        names.sort_unstable();
                        names.into()
                    }
                };
                let mut batch = source.read(names).await?;
                let first = batch.records.first();
                let first = first.filter(|_| source.knows_files_from_records());
                let files = first.and_then(|record| record.url.join("./").ok());
                // The same rows, whoever answered first: what is compiled counts on it.
                batch
                    .records
                    .sort_by(|a, b| a.url.as_str().cmp(b.url.as_str()));
                for record in &batch.records {
                    let home = home.get_or_insert_with(|| home_of(source, record));
                    builder.add_record(record, rsp_lock_index::pack::NONE, home);
                }
                let below = format!("{}/", source.subdir());
                for rejected in batch.rejected {
                    let file = rejected.file.strip_prefix(&below);
                    builder.reject(file.unwrap_or(&rejected.file), rejected.reason);
                }
                for removed in batch.removed {
                    builder.remove(removed.strip_prefix(&below).unwrap_or(&removed));
                }
                Ok(Round {
                    collector: Self::Other { builder, home },
                    wants: batch.wants,
                    files,
                })
            }
        }
    }

    fn finish(self, source: &Source) -> Pack {
        match self {
            Self::Local { builder, .. } => {
                let begin = || Box::new(ShardPackBuilder::new(source.home().into(), None));
                builder.unwrap_or_else(begin).finish("")
            }
            Self::Other { builder, home } => {
                builder.finish(home.unwrap_or_else(|| source.home().into()), "")
            }
        }
    }
}

/// Where the records of a source come from. Those of remote shards say it themselves.
fn home_of(source: &Source, record: &RepoDataRecord) -> Home {
    let files = record.url.join("./").ok();
    Home {
        files: match files {
            Some(files) => files.as_str().into(),
            None => source.home().files.as_str().into(),
        },
        ..Home::from(source.home())
    }
}
