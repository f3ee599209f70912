//! Names that look like one that does not exist.

use strsim::{damerau_levenshtein, jaro_winkler};

/// The names most like `wanted`, all equally far, at most three.
pub(super) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let allowed = 1 + wanted.chars().count() / 4;
    let mut close: Vec<(usize, u64, &str)> = names
        .filter_map(|name| {
            if squeezed(name) == squeezed(wanted) {
                return Some((0, 0, name));
            }
            if name.len().abs_diff(wanted.len()) > allowed + 4 {
                return None;
            }
            let distance = damerau_levenshtein(wanted, name);
            let is_longer = name
                .strip_prefix(wanted)
                .is_some_and(|rest| rest.starts_with(['-', '_', '.']) && rest.len() <= 5);
            (distance <= allowed || is_longer).then(|| {
                // Equal distances are ordered by how much the beginnings agree.
                let unlike = (1.0 - jaro_winkler(wanted, name)) * 1e9;
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "between 0 and 1e9"
                )]
                (distance, unlike as u64, name)
            })
        })
        .collect();
    close.sort_unstable();
    close.dedup();
    let best = close.first().map(|(distance, _, _)| *distance);
    close.retain(|(distance, _, _)| Some(*distance) == best);
    close
        .into_iter()
        .take(3)
        .map(|(_, _, name)| name.to_owned())
        .collect()
}

/// The name without what people mix up.
fn squeezed(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '-' | '_' | '.'))
        .flat_map(char::to_lowercase)
        .collect()
}
