//! Sets of positions as ascending, disjoint, half-open ranges.

/// A set of candidate positions.
pub type Ranges = Vec<[u32; 2]>;

/// The positions below `count` for which `holds`.
pub fn collect(count: u32, holds: impl FnMut(u32) -> bool) -> Ranges {
    filter(&[[0, count]], holds)
}

/// The positions of a set for which `holds`.
pub fn filter(set: &[[u32; 2]], mut holds: impl FnMut(u32) -> bool) -> Ranges {
    let mut ranges: Ranges = Vec::new();
    let positions = set.iter().flat_map(|[low, high]| *low..*high);
    for position in positions.filter(|position| holds(*position)) {
        match ranges.last_mut() {
            Some([_, end]) if *end == position => *end += 1,
            _ => ranges.push([position, position + 1]),
        }
    }
    ranges
}

/// The positions in both sets.
pub fn intersection(left: &[[u32; 2]], right: &[[u32; 2]]) -> Ranges {
    let mut result = Vec::new();
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let common = [a[0].max(b[0]), a[1].min(b[1])];
        if common[0] < common[1] {
            result.push(common);
        }
        if a[1] < b[1] {
            left.next();
        } else {
            right.next();
        }
    }
    result
}

/// The positions in either set.
pub fn union(left: &[[u32; 2]], right: &[[u32; 2]]) -> Ranges {
    let mut all: Ranges = left.iter().chain(right).copied().collect();
    all.sort_unstable();
    let mut result: Ranges = Vec::with_capacity(all.len());
    for [low, high] in all {
        match result.last_mut() {
            Some([_, end]) if *end >= low => *end = high.max(*end),
            _ => result.push([low, high]),
        }
    }
    result
}

/// The positions below `count` that are not in the set.
pub fn complement(set: &[[u32; 2]], count: u32) -> Ranges {
    let mut result = Vec::new();
    let mut start = 0;
    for [low, high] in set {
        if start < *low {
            result.push([start, *low]);
        }
        start = *high;
    }
    if start < count {
        result.push([start, count]);
    }
    result
}

/// Whether the set has a position.
pub fn contains(set: &[[u32; 2]], position: u32) -> bool {
    let behind = set.partition_point(|range| range[1] <= position);
    set.get(behind).is_some_and(|range| range[0] <= position)
}

/// How many positions the set has.
pub fn len(set: &[[u32; 2]]) -> u32 {
    set.iter().map(|[low, high]| high - low).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn members(set: &[[u32; 2]]) -> Vec<u32> {
        set.iter().flat_map(|[low, high]| *low..*high).collect()
    }

    proptest! {
        #[test]
        fn sets_behave_like_sets(a in prop::collection::vec(any::<bool>(), 0..20), b in prop::collection::vec(any::<bool>(), 20)) {
            let count = u32::try_from(a.len()).unwrap();
            let is = |bits: &[bool], at: u32| bits[at as usize];
            let left = collect(count, |p| is(&a, p));
            let right = collect(count, |p| is(&b, p));
            let wanted = |f: &dyn Fn(u32) -> bool| (0..count).filter(|p| f(*p)).collect::<Vec<_>>();
            prop_assert_eq!(members(&left), wanted(&|p| is(&a, p)));
            prop_assert_eq!(members(&intersection(&left, &right)), wanted(&|p| is(&a, p) && is(&b, p)));
            prop_assert_eq!(members(&union(&left, &right)), wanted(&|p| is(&a, p) || is(&b, p)));
            prop_assert_eq!(members(&complement(&left, count)), wanted(&|p| !is(&a, p)));
            prop_assert_eq!(filter(&left, |p| is(&b, p)), intersection(&left, &right));
            prop_assert_eq!(len(&left) as usize, members(&left).len());
            for position in 0..count {
                prop_assert_eq!(contains(&left, position), is(&a, position));
            }
        }
    }
}
