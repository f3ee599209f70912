//! Cuts a text into parts at record boundaries, so that cores can share it.

use memchr::memmem;

use super::Part;

/// At most `wanted` parts of about equal length that together are the whole text.
///
/// A cut is made before a key that is a file name, follows `},` and is followed
/// by `{`, blanks aside. In JSON that is a boundary between two records: the
/// quote behind `.conda` or `.tar.bz2` is no opening quote, for only punctuation
/// and literals stand outside strings, and no escaped one, so that the nearest
/// quote before it opens the key unless it is escaped, which `,` before it rules out.
pub fn split(text: &[u8], wanted: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut start = 0;
    for share in 1..wanted {
        let Some(cut) = next_record(text, (text.len() / wanted * share).max(start)) else {
            break;
        };
        if cut > start {
            parts.push(Part { start, end: cut });
            start = cut;
        }
    }
    parts.push(Part {
        start,
        end: text.len(),
    });
    parts
}

/// The first key of a record at or behind a byte that another record stands before.
fn next_record(text: &[u8], from: usize) -> Option<usize> {
    let tail = text.get(from..)?;
    memmem::find_iter(tail, b"\":").find_map(|end| {
        let start = memchr::memrchr(b'"', tail.get(..end)?)?;
        let name = tail.get(start + 1..end)?;
        let is_file =
            name.ends_with(b".conda") && name != b"packages.conda" || name.ends_with(b".tar.bz2");
        let before = tail.get(..start)?.trim_ascii_end().strip_suffix(b",")?;
        let boundary = before.trim_ascii_end().ends_with(b"}")
            && tail.get(end + 2..)?.trim_ascii_start().starts_with(b"{");
        (is_file && boundary).then_some(from + start)
    })
}
