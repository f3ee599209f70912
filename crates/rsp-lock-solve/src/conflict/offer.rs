//! What there is of a name, and why some of it may not be chosen.

use rattler_conda_types::GenericVirtualPackage;
use rsp_lock_index::View;

use crate::native::Rules;

/// What there is.
#[derive(Clone, Copy)]
pub(crate) struct Offer<'o> {
    pub(crate) view: &'o View,
    pub(crate) rules: &'o Rules<'o>,
    /// What the platform offers.
    pub(crate) platform: &'o [GenericVirtualPackage],
}
