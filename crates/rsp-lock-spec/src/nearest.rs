//! The word that was probably meant.

/// The most similar of some words, if one is similar at all.
///
/// ```
/// assert_eq!(rsp_lock_spec::nearest("chanels", ["channels", "name"]), Some("channels"));
/// assert_eq!(rsp_lock_spec::nearest("x", ["channels", "name"]), None);
/// ```
pub fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer is not a slip of the pen, and comparing takes quadratic time.
    if word.len() > 100 {
        return None;
    }
    let plain = |s: &str| s.to_ascii_lowercase().replace('_', "-");
    let word = plain(word);
    words
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&word, &plain(candidate));
            (distance, candidate)
        })
        .filter(|(distance, candidate)| *distance <= candidate.len().min(word.len()).div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Advice for a word that is not one of a fixed set.
pub(crate) fn advice(word: &str, words: &[&str]) -> Vec<String> {
    let list = words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ");
    match nearest(word, words.iter().copied()) {
        Some(near) => vec![
            format!("did you mean `{near}`?"),
            format!("known here: {list}"),
        ],
        None => vec![format!("known here: {list}")],
    }
}
