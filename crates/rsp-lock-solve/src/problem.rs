//! What is to be solved: records and rules, all given, nothing looked up.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use rattler_conda_types::{GenericVirtualPackage, RepoDataRecord};
use rsp_lock_index::{Index, compile::ChannelOrder};
use rsp_lock_spec::{ChannelPriority, DependencyEdit, Override, Requirement, Strategy};
use url::Url;

/// One environment on one platform, ready to be solved.
///
/// Nothing in it depends on the machine: the virtual packages are those the
/// platform is assumed to offer, the cutoffs are points in time.
#[derive(Clone, Debug, Default)]
pub struct Problem<'a> {
    /// The records that may be chosen, channel by channel, highest priority first.
    pub channels: Vec<ChannelRecords<'a>>,
    /// The index that has the records of the channels, if they are [`Records::Indexed`]: of all
    /// of them in their order, made with [`channel_order`].
    pub index: Option<&'a Index>,
    /// What the order of the channels means.
    pub channel_priority: ChannelPriority,
    /// Which end of a version range is best.
    pub strategy: Strategy,
    /// What the solution must contain.
    ///
    /// The caller leaves out what does not apply to the platform or the base.
    pub requirements: Vec<Requirement>,
    /// What must hold for a package if it is in the solution at all.
    pub constraints: Vec<Requirement>,
    /// Dependencies that are replaced in the records of others.
    pub overrides: Vec<Override>,
    /// Dependencies that are added to, or dropped from, the records of others.
    pub dependencies: Vec<DependencyEdit>,
    /// What the platform is assumed to offer.
    pub virtual_packages: Vec<GenericVirtualPackage>,
    /// Records newer than this are not seen.
    pub exclude_newer: AbsoluteExcludeNewer,
    /// Records that are kept if nothing forces them to move.
    ///
    /// Only what `channels` still has with the same URL and hash; the record of
    /// the channel counts.
    pub locked: Vec<&'a RepoDataRecord>,
    /// Records that must be in the solution, byte for byte.
    ///
    /// `channels` must have them (else there is no solution); the record of the
    /// channel counts. They are exempt from channel priority, not from cutoffs.
    pub pinned: Vec<&'a RepoDataRecord>,
    /// Records that may not be chosen, by URL, each with the reason shown in a conflict.
    pub excluded: BTreeMap<Url, Arc<str>>,
}

impl Problem<'_> {
    /// The same problem over an index of the records of its channels, as
    /// [`index_of_records`](crate::index_of_records) makes one.
    #[must_use]
    pub fn over<'i>(&'i self, index: &'i Index) -> Problem<'i> {
        let mut over = self.clone();
        over.index = Some(index);
        for channel in &mut over.channels {
            channel.records = Records::Indexed;
        }
        over
    }
}

/// The records of one channel, all subdirs of the platform together.
#[derive(Clone, Debug)]
pub struct ChannelRecords<'a> {
    /// The channel's canonical URL, as `RepoDataRecord::channel` says it in its records.
    pub name: String,
    /// The channel as messages name it, usually as the request wrote it.
    pub display: String,
    /// Its records, in any order.
    pub records: Records<'a>,
}

/// Where the records of a channel are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Records<'a> {
    /// In memory.
    Loaded(Vec<&'a RepoDataRecord>),
    /// In [`Problem::index`].
    Indexed,
}

/// What the order of the channels means for the order of candidates in an index.
pub fn channel_order(priority: ChannelPriority) -> ChannelOrder {
    match priority {
        ChannelPriority::Flexible => ChannelOrder::First,
        // Under strict priority what is not to be seen is not to be chosen, whatever its order.
        ChannelPriority::Strict | ChannelPriority::Disabled => ChannelOrder::Ignored,
    }
}

/// Cutoffs as points in time; see `rsp_lock_spec::ExcludeNewer` for the written form.
///
/// A record without a timestamp is newer than every cutoff.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AbsoluteExcludeNewer {
    /// For every channel and package that has no cutoff of its own.
    pub default: Option<Timestamp>,
    /// Per channel name, as in [`ChannelRecords::name`]; `None` means no cutoff.
    pub channels: BTreeMap<String, Option<Timestamp>>,
    /// Per package name; wins over the channel's. `None` means no cutoff.
    pub packages: BTreeMap<String, Option<Timestamp>>,
}
