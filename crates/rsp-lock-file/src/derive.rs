//! A part of an explicit file, every kept line as it was.

use std::collections::BTreeSet;

use crate::{error::FileError, explicit::ExplicitFile};

/// The text of `file` with only the entries at the indices `keep`.
///
/// Everything that is no entry (header, comments, blank lines) is preserved, the
/// kept lines are byte-identical and in their original order. A last line
/// without line ending stays so if it is kept.
///
/// # Errors
/// [`FileError::NoSuchEntry`] for an index that the file does not have.
pub fn derive(
    file: &ExplicitFile,
    keep: impl IntoIterator<Item = usize>,
) -> Result<String, FileError> {
    let keep: BTreeSet<usize> = keep.into_iter().collect();
    let count = file.entries.len();
    if let Some(index) = keep.range(count..).next() {
        return Err(FileError::NoSuchEntry {
            index: *index,
            count,
        });
    }
    let text = file.text();
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for (index, entry) in file.entries.iter().enumerate() {
        if !keep.contains(&index) {
            out.push_str(text.get(copied..entry.span.start).unwrap_or_default());
            copied = entry.span.end;
        }
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explicit::read;

    #[test]
    fn s37_kept_lines_and_the_header_are_byte_identical() {
        let text = "#environment_name: lsst-scipipe-13.1.0-rsp\n# platform: linux-64\n@EXPLICIT\n\
            https://h/c/linux-64/b-1-0.conda\nhttps://h/c/noarch/a-1-0.conda\n# a comment\nhttps://h/c/noarch/c-1-0.conda";
        let file = read(text, "x").unwrap();
        assert_eq!(derive(&file, 0..3).unwrap(), text);
        assert_eq!(
            derive(&file, [2, 0]).unwrap(),
            text.replace("https://h/c/noarch/a-1-0.conda\n", "")
        );
        let without_last = derive(&file, [0]).unwrap();
        assert!(
            without_last.ends_with("b-1-0.conda\n# a comment\n"),
            "{without_last}"
        );
        assert!(matches!(
            derive(&file, [3]),
            Err(FileError::NoSuchEntry { index: 3, count: 3 })
        ));
    }
}
