//! Texts that are too much for a parser that recurses.

/// Real specs have at most two parentheses in each other.
const MOST_NESTED: usize = 32;

/// Real conditions have at most three `and` and `or`.
const MOST_CONNECTIVES: usize = 256;

/// Why a spec is not read at all: what `rattler_conda_types` makes of it, or making and dropping
/// that, takes more stack than there is, and a stack that overflows cannot be caught.
///
/// Whoever reads specs of records asks this first.
pub fn too_large(text: &str) -> Option<&'static str> {
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MOST_NESTED {
            return Some("its parentheses are nested too deeply");
        }
    }
    let connectives = || {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        words.filter(|word| ["and", "or"].contains(word)).count()
    };
    (text.len() > MOST_CONNECTIVES && connectives() > MOST_CONNECTIVES)
        .then_some("its condition is too large")
}

#[cfg(test)]
mod tests {
    use super::too_large;

    #[test]
    fn what_people_write_is_not_too_large() {
        let names = "or-and-".repeat(30);
        for text in [
            "python >=3.12,<3.13.0a0",
            "numpy[when=\"(python >=3.12 and __linux) or __osx\"]",
            &names,
        ] {
            assert_eq!(too_large(text), None, "{text}");
        }
        let deep = format!("x {}1{}", "(".repeat(32), ")".repeat(32));
        let side_by_side = format!("x {}", "(1)".repeat(1000));
        let long = format!("x[when=\"a{}\"]", " or a".repeat(256));
        assert_eq!(too_large(&deep), None);
        assert_eq!(too_large(&side_by_side), None);
        assert_eq!(too_large(&long), None);
    }

    #[test]
    fn what_would_be_recursed_into_is() {
        let deep = format!("x {}1", "(".repeat(33));
        assert!(too_large(&deep).is_some());
        for connective in [" or ", " and ", "\tor\n", ") and("] {
            let long = format!("x[when=\"a{}\"]", [connective, "a"].concat().repeat(257));
            assert!(too_large(&long).is_some(), "{connective}");
        }
    }
}
