//! Why a record is out of reach.

use std::sync::Arc;

use jiff::Timestamp;

/// Why a record that the channels have may not be chosen.
///
/// The first that applies counts, in the order of the variants.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Exclusion {
    /// It has a dependency that means nothing.
    Unusable {
        /// What is wrong, as a sentence.
        problem: String,
    },
    /// The caller said so.
    Caller {
        /// In its words.
        reason: Arc<str>,
    },
    /// A line of the request wants the name from another channel, subdir or file.
    OtherChannel,
    /// Another channel of higher priority has the name.
    ChannelPriority {
        /// The channel that has it, as [`ChannelRecords::name`](crate::ChannelRecords::name).
        channel: String,
    },
    /// It was published after the cutoff.
    TooNew {
        /// The cutoff.
        cutoff: Timestamp,
    },
    /// There is a cutoff and nobody knows when it was published.
    NoTimestamp,
    /// It does not meet what it says of its own name.
    Contradictory,
    /// Another archive of the same build is preferred.
    Twin,
}
