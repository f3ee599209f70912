//! The variant of a build: what its build string says besides version, hash and number.

use std::collections::BTreeSet;

/// The words of a build string that tell a variant: `openblas`, `cuda126`, `mpich`.
///
/// Hashes (`h1a2b3c4`), numbers, and what names the Python, NumPy, Perl or R that a
/// build is for (`py313`, `np2`) are left out: those follow from other packages.
///
/// ```
/// use rsp_lock_prove::variant;
/// assert_eq!(variant("31_h59b9bed_openblas"), ["openblas"]);
/// assert_eq!(variant("mpi_mpich_py313h1a2b3c4_0"), ["mpi", "mpich"]);
/// assert!(variant("pyhd8ed1ab_0").is_empty());
/// ```
pub fn variant(build: &str) -> Vec<String> {
    let words: BTreeSet<String> = build
        .split(['_', '-', '.'])
        .map(without_hash)
        .map(|word| without_language(&word.to_lowercase()).to_owned())
        .filter(|word| !word.is_empty() && !word.chars().all(|c| c.is_ascii_digit()))
        .filter(|word| !is_hash(word))
        .filter(|word| !matches!(word.as_str(), "py" | "pyh" | "cpython" | "py3" | "pyp"))
        .collect();
    words.into_iter().collect()
}

/// `h` and seven hex digits.
fn is_hash(word: &str) -> bool {
    word.strip_prefix('h')
        .is_some_and(|rest| rest.len() == 7 && rest.chars().all(|c| c.is_ascii_hexdigit()))
}

/// A word without the hash at its end.
fn without_hash(word: &str) -> &str {
    match word
        .len()
        .checked_sub(8)
        .and_then(|at| word.split_at_checked(at))
    {
        Some((start, end)) if is_hash(end) => start,
        _ => word,
    }
}

/// A word without the languages at its start, each with its version: `py313`, `np126`.
fn without_language(word: &str) -> &str {
    let mut rest = word;
    loop {
        let next = ["py", "np", "pl", "cp", "pp", "r"]
            .iter()
            .find_map(|language| {
                let after = rest.strip_prefix(language)?;
                let digits = after.trim_start_matches(|c: char| c.is_ascii_digit());
                (digits.len() < after.len()).then_some(digits)
            });
        match next {
            Some(next) => rest = next.trim_start_matches('t'),
            None => return rest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_tells_a_variant_is_left() {
        for (build, expected) in [
            ("2_kmp_llvm", &["kmp", "llvm"][..]),
            ("4_gnu", &["gnu"]),
            ("cuda126_py313h1a2b3c4_201", &["cuda126"]),
            ("py313h1a2b3c4_6", &[]),
            ("py38hd8ed1ab_1", &[]),
            ("np126py311h1a2b3c4_0", &[]),
            ("nompi_h1a2b3c4_100", &["nompi"]),
            ("qt6_py313h1a2b3c4_603", &["qt6"]),
            ("9_cp313", &[]),
            ("0_cp313t", &[]),
            ("0", &[]),
            ("h12345_0_cpython", &["h12345"]),
        ] {
            assert_eq!(variant(build), expected, "{build}");
        }
    }
}
