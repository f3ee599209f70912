//! Numbers as people read them.

use std::time::Duration;

/// `1 package`, `1,304 packages`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

/// `1,304`.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1,304,112`.
pub(crate) fn grouped_bytes(bytes: u64) -> String {
    usize::try_from(bytes).map_or_else(|_| bytes.to_string(), grouped)
}

/// `912 B`, `1.4 MB`, `2.31 GB`: decimal, as download sizes are.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    for (unit, size) in UNITS {
        if bytes >= size {
            let tenths = bytes / (size / 10);
            return if tenths >= 1000 {
                format!("{} {unit}", bytes / size)
            } else {
                format!("{}.{} {unit}", tenths / 10, tenths % 10)
            };
        }
    }
    format!("{bytes} B")
}

/// How much more or less that is: `+1.2 MB`, `-340 kB`, `same size`.
pub(crate) fn growth(change: i64) -> String {
    match change {
        0 => "same size".to_owned(),
        more if more > 0 => format!("+{}", bytes(more.unsigned_abs())),
        less => format!("-{}", bytes(less.unsigned_abs())),
    }
}

/// `4 ms`, `1.3 s`, `2 min 5 s`.
pub(crate) fn duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        0..1000 => format!("{millis} ms"),
        1000..60_000 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        _ => format!("{} min {} s", millis / 60_000, millis / 1000 % 60),
    }
}

/// The first words that fit into `width`, joined by commas, and how many are left.
pub(crate) fn listed(words: &[String], width: usize) -> String {
    let mut out = String::new();
    for (index, word) in words.iter().enumerate() {
        let left = words.len() - index;
        let tail = format!(" and {left} more");
        let room = if left > 1 { tail.len() } else { 0 };
        let glue = if index == 0 { 0 } else { 2 };
        if index > 0 && out.chars().count() + glue + word.chars().count() + room > width {
            out.push_str(&tail);
            return out;
        }
        if index > 0 {
            out.push_str(", ");
        }
        out.push_str(word);
    }
    out
}

/// Every line with two blanks before it.
pub(crate) fn indented(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.lines() {
        out.push_str("  ");
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(1, "package"), "1 package");
        assert_eq!(count(1_234_567, "record"), "1,234,567 records");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_449_000), "1.4 MB");
        assert_eq!(bytes(123_449_000), "123 MB");
        assert_eq!(duration(Duration::from_millis(65_300)), "1 min 5 s");
        assert_eq!(duration(Duration::from_millis(1399)), "1.3 s");
    }

    #[test]
    fn a_list_says_how_much_of_it_is_left_out() {
        let words: Vec<String> = ["alpha", "beta", "gamma"].map(str::to_owned).into();
        assert_eq!(listed(&words, 80), "alpha, beta, gamma");
        assert_eq!(listed(&words, 19), "alpha and 2 more");
        assert_eq!(listed(&words, 17), "alpha and 2 more");
        let longer = [&words[..], &["delta".to_owned(), "epsilon".to_owned()]].concat();
        assert_eq!(listed(&longer, 23), "alpha, beta and 3 more");
        assert_eq!(listed(&[], 80), "");
    }
}
