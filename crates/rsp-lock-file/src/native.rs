//! The native lock `rsp.lock`: everything a later question needs, for all
//! platforms of an environment, in one canonical TOML form.
//!
//! Design goals:
//! - Two equal solves give equal bytes: no clock, no host, no directory of this
//!   machine, no line number of the request.
//! - A small change of the solution is a small difference of the text: one
//!   field a line, one list element a line, packages sorted by name.
//! - Nothing unrelated shows: the digest of a channel is taken over the records
//!   that were chosen from it, so that a channel may grow without the lock of
//!   an unchanged set of packages changing.
//! - No secret: a URL with a password, a token or a query is refused.
//! - `render(read(text)) == text` for every text that `render` wrote; a key or
//!   a version that this program does not know is an error.
//!
//! A record is kept as the channel had it, but for what neither a solver nor a
//! report needs (`arch`, `platform`, `legacy_bz2_*`, `run_exports`).

mod applied;
mod build;
mod cutoff;
mod model;
mod read;
mod record;
mod render;
mod request;
mod writer;

pub use applied::applied_overrides;
pub use build::{BuildOptions, ChannelUse, SolvedPlatform, build};
pub use cutoff::{CutoffScope, LockedCutoff, cutoffs};
pub use model::{
    AppliedIn, AppliedOverride, LockedBase, LockedChannel, LockedEdit, LockedEnvironment,
    LockedNote, LockedOverride, LockedPackage, LockedPip, LockedPlatform, LockedRequest,
    LockedRequirement, NativeLock, SCHEMA, VERSION,
};
pub use read::read;
pub use render::render;
pub use request::locked_request;

pub(crate) use record::canonical_record;
pub(crate) use render::{
    kind as edit_name, policy as policy_name, priority as priority_name, strategy as strategy_name,
};

/// How parts of a request look in a lock, for comparing them.
pub(crate) mod requests {
    pub(crate) use super::{
        build::applies_to,
        request::{edit, normal, override_, request_digest, requirement, sorted_virtual_packages},
    };
}

/// Scope and text of each cutoff of a request, as a lock writes them.
pub(crate) fn written_cutoffs(asked: &rsp_lock_spec::ExcludeNewer) -> Vec<(CutoffScope, String)> {
    cutoff::written(asked)
        .into_iter()
        .map(|(scope, at)| (scope, cutoff::text(at)))
        .collect()
}
