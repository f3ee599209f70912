//! Cuts a text into parts at record boundaries, so that cores can share it.

use memchr::memmem;

use super::Part;

/// At most `wanted` parts of about equal length that together are the whole text.
///
/// A cut is made where `},"` is followed by a file name, `":` and `{`. In JSON
/// that is a boundary between two records: were the quote the *end* of a string,
/// only punctuation could stand between it and the next quote, not a file name.
/// A text without such places (one with blanks in them, say) is one part.
pub fn split(text: &[u8], wanted: usize) -> Vec<Part> {
    let finder = memmem::Finder::new(b"},\"");
    let mut parts = Vec::new();
    let mut start = 0;
    for share in 1..wanted {
        let mut at = (text.len() / wanted * share).max(start);
        let cut = loop {
            let Some(step) = text.get(at..).and_then(|rest| finder.find(rest)) else {
                break None;
            };
            at += step + 2;
            if is_record_key(text.get(at..).unwrap_or_default()) {
                break Some(at);
            }
        };
        let Some(cut) = cut else { break };
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

fn is_record_key(text: &[u8]) -> bool {
    let Some(key) = text.strip_prefix(b"\"") else {
        return false;
    };
    let Some(end) = memchr::memchr2(b'"', b'\\', key) else {
        return false;
    };
    let (name, rest) = key.split_at(end);
    name != b"packages.conda"
        && (name.ends_with(b".conda") || name.ends_with(b".tar.bz2"))
        && rest.starts_with(b"\":{")
}
