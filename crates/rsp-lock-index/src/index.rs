//! Packs and what of them is compiled: what a solve asks.

use std::{
    path::Path,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use rattler_conda_types::{GenericVirtualPackage, MatchSpec, RepoDataRecord};

use crate::{
    Tables,
    compile::{
        Carried, ChannelOrder, Compiled, Compiler, DeadKind, Family, Kind, Member, NumberedPack,
        Rewrite, VirtualKind, begin, carried, family_in_order, is_met, kind, matching, name_text,
        real_name,
    },
    container::{Container, ContainerError, save_anew},
    near::Near,
    owned::length,
    pack::{Pack, name_of_file},
    ranges::{Ranges, collect},
};

/// How many records are read before the memory of the files they are in is given back.
const RECORDS_AT_ONCE: usize = 32;

/// What kind of file compiled tables are.
const KIND: u32 = 2;

/// The packs of some channels, and what of them is compiled so far. Shared between threads.
#[derive(Debug)]
pub struct Index {
    packs: Arc<[NumberedPack]>,
    order: ChannelOrder,
    is_for_one_solve: bool,
    known: RwLock<Known>,
    /// Whether anything was read of the packs although records are next to the tables.
    has_read_packs: Arc<AtomicBool>,
}

/// What is compiled so far.
#[derive(Clone, Debug)]
struct Known {
    compiled: Arc<Compiled>,
    /// The records of all that is compiled, if they are next to it.
    near: Option<Arc<Near>>,
}

impl From<Compiled> for Known {
    fn from(compiled: Compiled) -> Self {
        Self {
            compiled: Arc::new(compiled),
            near: None,
        }
    }
}

/// An index as it was when somebody asked: everything that can be reached from the names that
/// were asked for is compiled.
#[derive(Clone, Debug)]
pub struct View {
    packs: Arc<[NumberedPack]>,
    order: ChannelOrder,
    is_for_one_solve: bool,
    compiled: Arc<Compiled>,
    near: Option<Arc<Near>>,
    has_read_packs: Arc<AtomicBool>,
}

/// A record that cannot be used, for a dependency of it means nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unreadable {
    /// The number of its channel.
    pub channel: u32,
    /// Subdir and file name.
    pub file: String,
    /// What is wrong, as a sentence.
    pub reason: String,
}

/// Why a candidate can be in no answer, whatever is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeadBecause {
    /// A dependency of it means nothing.
    Unreadable {
        /// What is wrong, as a sentence.
        problem: String,
    },
    /// It does not meet what it says of its own name.
    Contradictory,
    /// Another archive of the same build is preferred.
    Twin {
        /// Its position.
        preferred: u32,
    },
}

impl Index {
    /// An index of packs, channel by channel, highest priority first. Nothing is compiled yet.
    pub fn new(channels: Vec<Vec<Arc<Pack>>>, order: ChannelOrder) -> Self {
        let packs = numbered(channels);
        let compiled = Compiled::from(begin(&packs));
        Self {
            packs,
            order,
            is_for_one_solve: false,
            known: RwLock::new(compiled.into()),
            has_read_packs: Arc::default(),
        }
    }

    /// An index with what was compiled earlier, as [`Index::save`] kept it.
    ///
    /// `channels` must be the packs it was compiled from, which `stamp` tells, but for how their
    /// rows are numbered. Every byte of the file is looked at.
    pub fn open(
        path: &Path,
        stamp: &str,
        channels: Vec<Vec<Arc<Pack>>>,
        order: ChannelOrder,
    ) -> Result<Self, ContainerError> {
        let packs = numbered(channels);
        let mut file = Container::open(path, KIND)?;
        if *file.column::<u8>()? != *stamp_of(stamp, &packs).as_bytes() {
            return Err(ContainerError::Unusable("it is of other packs"));
        }
        let sums = file.sums();
        let compiled = Compiled::from_file(&mut file)?;
        // Spans first: the memory of what was looked at is given back with the sums.
        let has_sound_spans = compiled.has_sound_spans();
        if !sums.are_right() {
            return Err(ContainerError::Unusable("a part was damaged"));
        }
        if !has_sound_spans {
            return Err(ContainerError::Unusable("a span is out of bounds"));
        }
        let near = Near::from_file(&mut file, &packs, &compiled)?;
        Ok(Self {
            packs,
            order,
            is_for_one_solve: false,
            known: RwLock::new(Known {
                compiled: Arc::new(compiled),
                near: near.map(Arc::new),
            }),
            has_read_packs: Arc::default(),
        })
    }

    /// The index for a process that solves once: while records are read from the files of its
    /// packs, the memory of these is given back. Who solves again reads them again.
    #[must_use]
    pub fn for_one_solve(self) -> Self {
        Self {
            is_for_one_solve: true,
            ..self
        }
    }

    /// Writes down what is compiled. Readers see what was written down before, this, or for a moment
    /// nothing. Where it is a small part of the packs, its records are written down next to it, and
    /// read from there by who opens it.
    pub fn save(&self, path: &Path, stamp: &str) -> std::io::Result<()> {
        let compiled = self.known().compiled;
        let near = Near::of(&self.packs, &compiled);
        let stamp = stamp_of(stamp, &self.packs);
        let mut sections = vec![stamp.as_bytes()];
        sections.extend(compiled.sections());
        sections.extend(Near::sections(near.as_ref()));
        save_anew(path, KIND, &sections)
    }

    /// Whether anything was compiled since the index was opened or made.
    pub fn has_grown_beyond(&self, earlier: &View) -> bool {
        !Arc::ptr_eq(&self.known().compiled, &earlier.compiled)
    }

    /// Whether anything that it said so far was read of its packs, not of its tables alone: then
    /// the files of these must not be damaged.
    pub fn has_read_packs(&self) -> bool {
        self.known().near.is_none() || self.has_read_packs.load(Ordering::Relaxed)
    }

    /// The index as it is.
    pub fn view(&self) -> View {
        self.view_of(self.known())
    }

    fn view_of(&self, known: Known) -> View {
        View {
            packs: self.packs.clone(),
            order: self.order,
            is_for_one_solve: self.is_for_one_solve,
            compiled: known.compiled,
            near: known.near,
            has_read_packs: self.has_read_packs.clone(),
        }
    }

    fn known(&self) -> Known {
        let lock = self.known.read();
        lock.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Compiles what can be reached from some names, as far as that has not been done.
    pub fn reach<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> View {
        let view = self.view();
        let ids = names.into_iter().filter_map(|name| view.name_id(name));
        let ids = ids.collect();
        self.compile(view, ids)
    }

    /// Compiles all names.
    pub fn reach_all(&self) -> View {
        let view = self.view();
        let ids = (0..view.real_names()).collect();
        self.compile(view, ids)
    }

    /// [`Self::reach_all`] where nothing is compiled yet, but an index of earlier packs of the same
    /// channels may have compiled most of it: what is said of names that did not change is taken
    /// over, as far as it can be. Says of how many names.
    pub fn reach_all_after(&self, earlier: &Self) -> (View, usize) {
        let (before, begun) = (earlier.known().compiled, self.known().compiled);
        let is_new = begun.candidate_row.is_empty() && begun.more_ends.is_empty();
        let carried = (is_new && self.order == earlier.order)
            .then(|| {
                let packs = (&*earlier.packs, &*self.packs);
                carried(&before, packs.0, packs.1, self.order, begun.grow())
            })
            .flatten();
        let Some(Carried {
            arrays,
            taken_over,
            families,
        }) = carried
        else {
            return (self.reach_all(), 0);
        };
        let mut compilation = Compiler::new(&self.packs, self.order, arrays);
        compilation.know(families);
        compilation.reach(0..self.view().real_names());
        (self.know(compilation), taken_over)
    }

    fn compile(&self, view: View, mut missing: Vec<u32>) -> View {
        missing.retain(|id| !view.tables().is_stated(*id));
        if missing.is_empty() {
            return view;
        }
        // Two threads may compile the same: nobody waits, and both are right.
        let mut compilation = Compiler::new(&self.packs, self.order, view.compiled.grow());
        if missing.len() == view.compiled.names.len() {
            compilation.expect_all();
        }
        compilation.reach(missing);
        self.know(compilation)
    }

    fn know(&self, compilation: Compiler<'_>) -> View {
        let known = Known::from(compilation.finish());
        let lock = self.known.write();
        *lock.unwrap_or_else(PoisonError::into_inner) = known.clone();
        self.view_of(known)
    }

    /// The view of a single question that speaks of more than names: extras, conditions, other
    /// dependencies. It is not kept.
    ///
    /// `names` must be reachable in `view`. The numbers given back stand for `lines`.
    pub fn extend(
        &self,
        view: &View,
        rewrite: Option<&dyn Rewrite>,
        names: &[&str],
        extras: &[(&str, &str)],
        lines: &[String],
    ) -> Result<(View, Vec<u32>), String> {
        self.has_read_packs.store(true, Ordering::Relaxed);
        let mut compiler = Compiler::new(&self.packs, self.order, view.compiled.grow());
        if let Some(rewrite) = rewrite {
            compiler.rewrite(rewrite);
        }
        let known: Vec<u32> = names
            .iter()
            .filter_map(|name| compiler.known(name))
            .collect();
        compiler.reach(known);
        for (name, extra) in extras {
            if let Some(id) = compiler.known(name) {
                compiler.extra(id, extra);
            }
        }
        let stand_ins = lines.iter().map(|line| compiler.stand_in(line));
        let stand_ins = stand_ins.collect::<Result<_, _>>()?;
        compiler.work();
        Ok((self.view_of(compiler.finish().into()), stand_ins))
    }
}

/// What tells what was compiled of some packs from all else.
fn stamp_of(stamp: &str, packs: &[NumberedPack]) -> String {
    let layouts = packs.iter().map(|(_, pack)| pack.layout());
    [stamp]
        .into_iter()
        .chain(layouts)
        .collect::<Vec<_>>()
        .join("\n")
}

fn numbered(channels: Vec<Vec<Arc<Pack>>>) -> Arc<[NumberedPack]> {
    (0_u32..)
        .zip(channels)
        .flat_map(|(channel, packs)| packs.into_iter().map(move |pack| (channel, pack)))
        .collect()
}

impl View {
    /// Whether this is the same view, of the same index: not only equal.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.packs, &other.packs) && Arc::ptr_eq(&self.compiled, &other.compiled)
    }

    /// The arrays for the engine.
    pub fn tables(&self) -> Tables<'_> {
        self.compiled.tables()
    }

    /// Where the records are read: the packs, or the parts of them that matter here.
    fn packs(&self) -> &[NumberedPack] {
        match &self.near {
            Some(near) => &near.packs,
            None => &self.packs,
        }
    }

    /// The pack and the row of a candidate, counted over all names.
    fn place(&self, candidate: u32) -> Option<(u32, u32)> {
        let [pack, row] = *self.compiled.candidate_row.get(candidate as usize)?;
        match &self.near {
            Some(near) => Some((pack, near.row(candidate)?)),
            None => Some((pack, row)),
        }
    }

    /// Says that so many records were read from the packs' files: if the index is for one solve,
    /// their memory is given back now and then. The records of an answer are scattered over them.
    pub fn has_read(&self, records: usize) {
        if self.is_for_one_solve && records.is_multiple_of(RECORDS_AT_ONCE) {
            self.packs().iter().for_each(|(_, pack)| pack.give_back());
        }
    }

    /// The packs themselves, whether or not what is asked of them is next to the tables.
    fn far_packs(&self) -> &[NumberedPack] {
        self.has_read_packs.store(true, Ordering::Relaxed);
        &self.packs
    }

    /// The number of a name: of a package, or a made-up one.
    pub fn name_id(&self, name: &str) -> Option<u32> {
        let near = self.near.as_ref();
        near.and_then(|near| near.name_id(name, |id| self.name(id)))
            .or_else(|| real_name(self.far_packs(), &self.compiled.names, name))
            .or_else(|| self.more_id(name))
    }

    fn more_id(&self, name: &str) -> Option<u32> {
        let more = 0..length(&self.compiled.more_ends);
        let at = more
            .into_iter()
            .find(|at| self.compiled.more_name(*at) == name)?;
        Some(self.real_names() + at)
    }

    /// The name of a number; empty for a number that no name has.
    pub fn name(&self, id: u32) -> &str {
        match self.compiled.names.get(id as usize) {
            Some(_) if self.near.is_some() && self.count(id) > 0 => {
                let first = self.candidate(id, 0);
                first.map_or("", |(_, pack, row)| pack.name(row))
            }
            Some(of) => name_text(self.far_packs(), *of),
            None => self
                .compiled
                .more_name(id.saturating_sub(self.real_names())),
        }
    }

    /// Names below this number are those of records, the rest are made up.
    pub fn real_names(&self) -> u32 {
        length(&self.compiled.names)
    }

    /// Per made-up name, its rank by text, so that what follows from it does not depend on
    /// who was made up first.
    pub fn made_up_ranks(&self) -> Vec<u32> {
        let count = length(&self.compiled.more_ends);
        let mut sorted: Vec<u32> = (0..count).collect();
        sorted.sort_by(|a, b| self.compiled.more_name(*a).cmp(self.compiled.more_name(*b)));
        let mut ranks = vec![0; sorted.len()];
        for (rank, at) in (0_u32..).zip(sorted) {
            if let Some(place) = ranks.get_mut(at as usize) {
                *place = rank;
            }
        }
        ranks
    }

    /// How many candidates a name has.
    pub fn count(&self, name: u32) -> u32 {
        length_of(self.compiled.candidates(name))
    }

    /// The number of its channel, its pack and its row there; `None` for a made-up name.
    pub fn candidate(&self, name: u32, position: u32) -> Option<(u32, &Pack, u32)> {
        let candidates = self.compiled.candidates(name);
        let at = candidates.start.checked_add(position)?;
        if at >= candidates.end {
            return None;
        }
        let (pack, row) = self.place(at)?;
        let (channel, pack) = self.packs().get(pack as usize)?;
        Some((*channel, pack, row))
    }

    /// The candidates of a name, best first, each with channel, pack and row.
    pub fn candidates(&self, name: u32) -> impl Iterator<Item = (u32, &Pack, u32)> {
        (0..self.count(name)).filter_map(move |position| self.candidate(name, position))
    }

    /// Whether the packs, or what of them is next to the tables, have a record of this name, at
    /// this URL, of these bytes as far as both say.
    pub fn has(&self, record: &RepoDataRecord) -> bool {
        let package = &record.package_record;
        let is_in = |pack: &Pack| {
            // The newest are mostly the last.
            let mut rows = pack.rows(package.name.as_normalized()).rev();
            rows.any(|row| {
                pack.is_of_bytes(row, package.sha256.as_ref(), package.md5.as_ref())
                    && pack.is_at(row, record.url.as_str())
            })
        };
        // Mostly a record is where its subdir says, and the first look finds it.
        let is_likely = |pack: &Pack| *pack.home().subdir == *package.subdir;
        let packs = || self.packs().iter().map(|(_, pack)| &**pack);
        packs().any(|pack| is_likely(pack) && is_in(pack))
            || packs().any(|pack| !is_likely(pack) && is_in(pack))
    }

    /// Records of a name that cannot be read: subdir and file name, and why, by file.
    pub fn rejected(&self, name: &str) -> Vec<(String, String)> {
        let all = self.far_packs().iter();
        let all = all.flat_map(|(_, pack)| pack.rejected());
        let of_name = all.filter(|(file, _)| {
            let file = file.rsplit('/').next().unwrap_or(file);
            // Of shards that cannot be read only the name is known.
            name_of_file(file).unwrap_or(file) == name
        });
        let mut rejected: Vec<(String, String)> = of_name
            .map(|(file, reason)| (file.to_owned(), reason.to_owned()))
            .collect();
        rejected.sort();
        rejected.dedup();
        rejected
    }

    /// The record of a candidate.
    pub fn record(&self, name: u32, position: u32) -> Option<RepoDataRecord> {
        let (_, pack, row) = self.candidate(name, position)?;
        pack.record(row)
    }

    /// The version of a candidate, as written.
    pub fn version(&self, name: u32, position: u32) -> &str {
        self.candidate(name, position)
            .map_or("", |(_, pack, row)| pack.version(row))
    }

    /// The position of the candidate with a URL.
    pub fn position_of_url(&self, name: u32, url: &str) -> Option<u32> {
        let is_it = |position: &u32| {
            let candidate = self.candidate(name, *position);
            candidate.is_some_and(|(_, pack, row)| pack.is_at(row, url))
        };
        (0..self.count(name)).find(is_it)
    }

    /// The candidates of a name that a spec matches: everything but its name, its extras and
    /// its condition counts.
    pub fn matching(&self, name: u32, spec: &MatchSpec) -> Ranges {
        let count = self.count(name);
        let is_plain =
            spec.version.is_none() && spec.build.is_none() && spec.build_number.is_none();
        let family = self.family(name, is_plain);
        if family.members.is_empty() {
            // What is made up has no records.
            return collect(count, |_| true);
        }
        matching(spec, &family, self.packs())
    }

    fn family(&self, name: u32, without_versions: bool) -> Family {
        let members = self.compiled.candidates(name).filter_map(|at| {
            let (pack, row) = self.place(at)?;
            let member = self.compiled.member(at)?;
            Some(Member {
                pack,
                row,
                ..member
            })
        });
        if without_versions {
            let mut family = Family::default();
            family.members = members.collect();
            return family;
        }
        family_in_order(self.packs(), self.order, members)
    }

    /// Per class of versions of a name, its rank where the oldest version is the best one: what
    /// counts before versions (the channel if its order does, that no features are tracked) still
    /// does.
    pub fn lowest_ranks(&self, name: u32) -> Vec<u32> {
        let mut kinds: Vec<Kind> = Vec::new();
        for at in self.compiled.candidates(name) {
            let version = self.compiled.candidate_version.get(at as usize);
            if version.is_some_and(|version| *version as usize == kinds.len())
                && let Some((pack, row)) = self.place(at)
                && let Some((channel, pack)) = self.packs().get(pack as usize)
            {
                kinds.push(kind(self.order, *channel, pack.tracks_features(row)));
            }
        }
        let mut ranks = Vec::with_capacity(kinds.len());
        for of_kind in kinds.chunk_by(|a, b| a == b) {
            let start = length(&ranks);
            ranks.extend((start..start + length(of_kind)).rev());
        }
        ranks
    }

    /// Candidates of a name that can be in no answer, whatever is asked, with the reason.
    pub fn dead(&self, name: u32) -> impl Iterator<Item = (u32, DeadBecause)> {
        self.compiled.dead(name).iter().map(|dead| {
            let because = match dead.kind() {
                DeadKind::Unreadable => DeadBecause::Unreadable {
                    problem: self.compiled.text(dead.more).to_owned(),
                },
                DeadKind::Contradictory => DeadBecause::Contradictory,
                DeadKind::Twin => DeadBecause::Twin {
                    preferred: dead.more,
                },
            };
            (dead.position, because)
        })
    }

    /// Candidates of which a dependency means nothing, of these names and what they can bring in.
    pub fn unreadable(&self, names: impl IntoIterator<Item = u32>) -> Vec<Unreadable> {
        let all = &self.compiled.dead;
        if all.iter().all(|dead| dead.kind() != DeadKind::Unreadable) {
            return Vec::new();
        }
        let tables = self.tables();
        let mut is_reached = vec![false; tables.names()];
        let mut open: Vec<u32> = names.into_iter().collect();
        let mut found = Vec::new();
        while let Some(name) = open.pop() {
            match is_reached.get_mut(name as usize) {
                Some(is_reached) if !*is_reached => *is_reached = true,
                _ => continue,
            }
            for (position, because) in self.dead(name) {
                if let DeadBecause::Unreadable { problem } = because
                    && let Some((channel, pack, row)) = self.candidate(name, position)
                {
                    found.push(Unreadable {
                        channel,
                        file: format!("{}/{}", pack.home().subdir, pack.file(row)),
                        reason: format!("a dependency of it cannot be read: {problem}"),
                    });
                }
            }
            open.extend(tables.required_of(name));
        }
        found.sort_unstable();
        found
    }

    /// Whether any candidate of a name can be in no answer, whatever is asked.
    pub fn has_dead(&self, name: u32) -> bool {
        !self.compiled.dead(name).is_empty()
    }

    /// The group of a candidate, counted over all names.
    pub fn group(&self, name: u32, position: u32) -> Option<u32> {
        let tables = self.tables();
        let [first, _] = *tables.name_groups.get(name as usize)?;
        let at = self.compiled.candidates(name).start.checked_add(position)?;
        first.checked_add(*tables.candidate_group.get(at as usize)?)
    }

    /// Which specs about virtual packages a platform meets that offers these.
    pub fn met(&self, offered: &[GenericVirtualPackage]) -> Vec<bool> {
        self.compiled
            .virtual_specs
            .iter()
            .map(|[text, kind]| {
                let kind = VirtualKind::of_number(*kind);
                is_met(self.compiled.text(*text), kind, offered)
            })
            .collect()
    }

    /// The candidates of a name that say of a virtual package what is not met, given what
    /// [`View::met`] says.
    pub fn unmet(&self, name: u32, met: &[bool]) -> Ranges {
        let Some([start, end]) = self.compiled.name_groups.get(name as usize).copied() else {
            return Ranges::new();
        };
        let is_met = |group: u32| {
            let specs = self.compiled.group_virtual(group);
            specs
                .iter()
                .all(|spec| met.get(*spec as usize).copied().unwrap_or(true))
        };
        // Most names say nothing of virtual packages.
        let starts = &self.compiled.group_virtual_start;
        let says_nothing = starts.get(start as usize) == starts.get(end as usize);
        if [start, end] == crate::UNSTATED || says_nothing || (start..end).all(is_met) {
            return Ranges::new();
        }
        collect(self.count(name), |position| {
            self.group(name, position)
                .is_some_and(|group| !is_met(group))
        })
    }
}

fn length_of(range: std::ops::Range<u32>) -> u32 {
    range.end.saturating_sub(range.start)
}
