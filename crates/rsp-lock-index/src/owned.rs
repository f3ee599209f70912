//! Lengths as ids.

/// The length of an array whose indices are ids.
///
/// Ids are 31 bits. Beyond 32 bits all are the same one; no machine holds so many records.
pub(crate) fn length<T>(array: &[T]) -> u32 {
    u32::try_from(array.len()).unwrap_or(u32::MAX)
}
