//! What the roots need.

use rattler_conda_types::PackageName;

use crate::world::World;

/// Per entry, whether it is a root or needed by one, directly or indirectly.
pub(crate) fn reachable<'n>(
    world: &World<'_>,
    requires: &[Vec<usize>],
    roots: impl Iterator<Item = &'n PackageName>,
) -> Vec<bool> {
    let mut seen = vec![false; requires.len()];
    let mut open: Vec<usize> = Vec::new();
    for root in roots {
        open.extend_from_slice(world.named(root));
    }
    while let Some(entry) = open.pop() {
        if let Some(seen) = seen.get_mut(entry)
            && !*seen
        {
            *seen = true;
            open.extend(requires.get(entry).into_iter().flatten());
        }
    }
    seen
}
