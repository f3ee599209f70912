//! Lengths as ids.

/// The length of an array whose indices are ids.
///
/// Ids are 31 bits. A channel with two billion records would wrap around here;
/// no machine holds one.
pub(crate) fn length<T>(array: &[T]) -> u32 {
    u32::try_from(array.len()).unwrap_or(u32::MAX)
}
