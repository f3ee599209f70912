//! Small helpers on bit sets in `u64` words, and on ids.

/// No id.
pub(crate) const NONE: u32 = u32::MAX;

/// An index as an id.
#[expect(
    clippy::cast_possible_truncation,
    reason = "ids count things of tables whose arrays are indexed by u32"
)]
pub(crate) fn id(index: usize) -> u32 {
    index as u32
}

/// Number of words for `bits` bits.
pub(crate) fn words(bits: u32) -> usize {
    (bits as usize).div_ceil(64)
}

/// Whether a bit is set.
pub(crate) fn get(set: &[u64], bit: u32) -> bool {
    set[bit as usize / 64] >> (bit % 64) & 1 == 1
}

/// Sets a bit.
pub(crate) fn set(set: &mut [u64], bit: u32) {
    set[bit as usize / 64] |= 1 << (bit % 64);
}

/// Sets the bits `from..to`.
pub(crate) fn set_range(set: &mut [u64], [from, to]: [u32; 2]) {
    for_each_word([from, to], |word, mask| set[word] |= mask);
}

/// Whether the two sets share a bit.
pub(crate) fn meet(a: &[u64], b: &[u64]) -> bool {
    a.iter().zip(b).any(|(a, b)| a & b != 0)
}

/// Whether a bit of `from..to` is set.
pub(crate) fn any_in(set: &[u64], range: [u32; 2]) -> bool {
    first_in(set, range).is_some()
}

/// The first set bit of `from..to`.
pub(crate) fn first_in(set: &[u64], [from, to]: [u32; 2]) -> Option<u32> {
    if from >= to {
        return None;
    }
    let last = (to as usize - 1) / 64;
    let mut word = from as usize / 64;
    let mut value = set[word] & (!0 << (from % 64));
    loop {
        if value != 0 {
            let bit = id(word * 64) + value.trailing_zeros();
            return (bit < to).then_some(bit);
        }
        word += 1;
        if word > last {
            return None;
        }
        value = set[word];
    }
}

/// Calls back with every word that `from..to` touches and the bits of it that are in the range.
pub(crate) fn for_each_word([from, to]: [u32; 2], mut each: impl FnMut(usize, u64)) {
    if from >= to {
        return;
    }
    let (first, last) = (from as usize / 64, (to as usize - 1) / 64);
    for word in first..=last {
        let mut mask = !0u64;
        if word == first {
            mask &= !0 << (from % 64);
        }
        if word == last {
            mask &= !0 >> (63 - (to - 1) % 64);
        }
        each(word, mask);
    }
}

/// The set bits, ascending.
pub(crate) fn iter(set: &[u64]) -> impl Iterator<Item = u32> + '_ {
    set.iter().enumerate().flat_map(|(word, value)| {
        let mut rest = *value;
        std::iter::from_fn(move || {
            (rest != 0).then(|| {
                let bit = rest.trailing_zeros();
                rest &= rest - 1;
                id(word * 64) + bit
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_across_words() {
        let mut bits = vec![0; 3];
        set_range(&mut bits, [60, 130]);
        assert_eq!(
            iter(&bits).collect::<Vec<_>>(),
            (60..130).collect::<Vec<_>>()
        );
        assert_eq!(first_in(&bits, [0, 60]), None);
        assert_eq!(first_in(&bits, [0, 61]), Some(60));
        assert_eq!(first_in(&bits, [64, 64]), None);
        assert!(!any_in(&bits, [130, 192]));
    }
}
