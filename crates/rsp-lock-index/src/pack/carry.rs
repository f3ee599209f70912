//! Records of a document that an earlier one said already.
//!
//! A channel that grows by some records a day says the rest as before, letter by letter. What is
//! known by its text ([`Print`](super::print::Print)) is taken from the pack of the earlier
//! document instead of being read; texts keep their numbers.

use std::ops::Range;

use super::{Pack, PackBuilder, Row, build::split, name_of_stem};
use crate::scan::{Records, ScannedRecord};

/// Looks that find nothing before it is given up: the document is laid out in another way.
const HOPELESS: u32 = 1000;

/// The records of a document, those taken over that an earlier pack has.
#[derive(Debug)]
pub(super) struct CarryOver<'p> {
    builder: PackBuilder,
    earlier: Option<&'p Pack>,
    /// The row of the earlier pack that is likely to be next.
    expected: u32,
    /// How many rows were taken over, and how many records are not among them.
    carried: u32,
    missed: u32,
}

impl<'p> CarryOver<'p> {
    pub(super) fn new(builder: PackBuilder, earlier: Option<&'p Pack>) -> Self {
        Self {
            builder,
            earlier,
            expected: 0,
            carried: 0,
            missed: 0,
        }
    }

    /// What was made of the records, and how many were taken over.
    pub(super) fn finish(self) -> (PackBuilder, usize) {
        (self.builder, self.carried as usize)
    }

    /// The row of a file, where files are sorted, as indexers leave them. In another order some
    /// are not found, and read again.
    fn row_of(earlier: &Pack, file: &str) -> Option<u32> {
        let (stem, archive) = split(file)?;
        let rows = earlier.rows(&name_of_stem(stem)?.to_ascii_lowercase());
        // Those of one type of archive are in front of those of the other.
        let archive_of = |at| earlier.row(at).map(Row::archive);
        let first = archive_of(rows.start);
        let boundary = first_not(rows.clone(), |at| archive_of(at) == first);
        let of_archive = if first == Some(archive) {
            rows.start..boundary
        } else {
            boundary..rows.end
        };
        let found = first_not(of_archive.clone(), |at| *earlier.file(at) < *file);
        (of_archive.contains(&found) && earlier.file(found) == file).then_some(found)
    }
}

/// The file name that a text begins with, if it is not cut off.
fn file_at_start_of(text: &[u8]) -> Option<&str> {
    let text = text.strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', text)?;
    std::str::from_utf8(text.get(..end)?).ok()
}

/// The first of some rows for which something does not hold that holds for all before it.
fn first_not(rows: Range<u32>, holds: impl Fn(u32) -> bool) -> u32 {
    let Range { mut start, mut end } = rows;
    while start < end {
        let middle = start + (end - start) / 2;
        if holds(middle) {
            start = middle + 1;
        } else {
            end = middle;
        }
    }
    start
}

impl<'a> Records<'a> for CarryOver<'_> {
    fn known(&mut self, text: &'a [u8]) -> Option<usize> {
        let earlier = self.earlier?;
        let at_row = |row| earlier.print(row)?.at_start_of(text);
        if let Some(length) = at_row(self.expected) {
            return Some(length);
        }
        if self.missed > HOPELESS && self.missed > self.carried {
            self.earlier = None;
            return None;
        }
        let row = Self::row_of(earlier, file_at_start_of(text)?);
        self.expected = row.unwrap_or(self.expected);
        let length = row.and_then(at_row);
        let print = row.and_then(|row| earlier.print(row));
        let may_be_cut_off = print.is_some_and(|print| print.is_longer_than(text));
        if length.is_none() && !may_be_cut_off {
            self.missed += 1;
            // What is behind it in this document was behind it in the other.
            self.expected += u32::from(row.is_some());
        }
        length
    }

    fn add_known(&mut self) {
        if let Some(earlier) = self.earlier
            && let Some(row) = earlier.row(self.expected)
            && let Some(print) = earlier.print(self.expected)
        {
            self.builder.add_row(*row, print);
        }
        self.expected += 1;
        self.carried += 1;
    }

    fn add(&mut self, record: &ScannedRecord<'a>) {
        self.builder.add_scanned(record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        pack::{Home, read_json},
        scan::Stream,
    };

    fn document(records: usize, changed: usize) -> String {
        let record = |at: usize| {
            let license = if at < changed { "MIT" } else { "BSD" };
            format!(
                r#""a-{at:03}-0.conda": {{"build": "0", "build_number": 0, "depends": ["b"],
                "license": "{license}", "name": "a", "version": "{at:03}"}}"#
            )
        };
        let records: Vec<String> = (0..records).map(record).collect();
        format!(r#"{{"packages.conda": {{{}}}}}"#, records.join(","))
    }

    /// Reads a text in windows that grow by so much; says how many records were taken over.
    fn carried(text: &str, earlier: &Pack, by: usize) -> u32 {
        let builder = PackBuilder::after(earlier).unwrap();
        let mut records = CarryOver::new(builder, Some(earlier));
        let mut stream = Stream::default();
        let (mut start, mut end) = (0, 0);
        while start < text.len() {
            end = (end + by).min(text.len());
            let window = &text.as_bytes()[start..end];
            let is_last = end == text.len();
            start += stream.feed_to(window, is_last, &mut records).unwrap();
        }
        records.carried
    }

    fn home() -> Home {
        Home {
            subdir: "noarch".into(),
            files: "https://conda.example.org/c/noarch/".into(),
            channel: "https://conda.example.org/c/".into(),
        }
    }

    #[test]
    fn only_what_changed_is_read() {
        let earlier = read_json(document(100, 0).as_bytes(), |_| Ok(home())).unwrap();
        for by in [1, 7, 64, 1000, usize::MAX / 2] {
            let carried = |text: &str| carried(text, &earlier, by);
            assert_eq!(carried(&document(100, 0)), 100);
            assert_eq!(carried(&document(100, 3)), 97);
            assert_eq!(carried(&document(103, 3)), 97);
            assert_eq!(carried(&document(90, 0)), 90);
            assert_eq!(carried(&document(100, 0).replace(", ", ",")), 0);
        }
    }

    #[test]
    fn a_record_larger_than_any_window_that_is_gone_does_not_stop_it() {
        let large = document(100, 0).replacen("BSD", &"x".repeat(10_000), 1);
        let earlier = read_json(large.as_bytes(), |_| Ok(home())).unwrap();
        let text = document(100, 0);
        let first = text.find("\"a-000").unwrap()..text.find("\"a-001").unwrap();
        let without = [&text[..first.start], &text[first.end..]].concat();
        assert_eq!(carried(&without, &earlier, 1000), 99);
    }

    #[test]
    fn a_document_that_is_laid_out_in_another_way_is_soon_read_as_a_new_one() {
        let many = 2 * HOPELESS as usize;
        let earlier = read_json(document(many, 0).as_bytes(), |_| Ok(home())).unwrap();
        let mut records = CarryOver::new(PackBuilder::after(&earlier).unwrap(), Some(&earlier));
        let text = document(many, 0).replace(", ", ",");
        let mut stream = Stream::default();
        stream.feed_to(text.as_bytes(), true, &mut records).unwrap();
        assert!(records.earlier.is_none() && records.missed <= HOPELESS + 1);
    }

    #[test]
    fn texts_of_records_that_are_gone_do_not_pile_up() {
        let mut pack = read_json(document(100, 0).as_bytes(), |_| Ok(home())).unwrap();
        let at_first = pack.size();
        for update in 1..200 {
            let text = document(100, 0).replace("BSD", &format!("license {update}"));
            let earlier = Some(&pack);
            pack =
                crate::pack::read_large_json(text.as_bytes(), 0, earlier, |_| Ok(home())).unwrap();
            assert!(pack.size() <= at_first * 2);
        }
    }
}
