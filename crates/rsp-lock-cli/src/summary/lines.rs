//! Lines that several platforms share.

/// Columns of a line.
pub(super) const WIDTH: usize = 80;
/// Columns before the text of a section.
pub(super) const INDENT: usize = 12;

/// Texts in the order in which they first came, each with the platforms that have it.
#[derive(Debug, Default)]
pub(super) struct Shared {
    entries: Vec<(String, Vec<String>)>,
}

impl Shared {
    /// Adds a text of a platform.
    pub(super) fn add(&mut self, platform: &str, text: String) {
        match self.entries.iter_mut().find(|(known, _)| *known == text) {
            Some((_, platforms)) => {
                if !platforms.iter().any(|known| known == platform) {
                    platforms.push(platform.to_owned());
                }
            }
            None => self.entries.push((text, vec![platform.to_owned()])),
        }
    }

    /// The texts; those that not all of `count` platforms have say which have them.
    pub(super) fn texts(&self, count: usize) -> Vec<String> {
        self.entries
            .iter()
            .map(|(text, platforms)| {
                if platforms.len() == count {
                    text.clone()
                } else {
                    format!("{text} [{}]", platforms.join(", "))
                }
            })
            .collect()
    }
}

/// Breaks a text at blanks so that each line has at most `width` columns.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let needed = line.chars().count() + 1 + word.chars().count();
        if !line.is_empty() && needed > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_platforms_share_is_said_once() {
        let mut shared = Shared::default();
        shared.add("linux-64", "a 1".to_owned());
        shared.add("osx-64", "a 1".to_owned());
        shared.add("osx-64", "b 2".to_owned());
        assert_eq!(shared.texts(2), ["a 1", "b 2 [osx-64]"]);
    }

    #[test]
    fn long_texts_break_at_blanks() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("unbreakable", 3), ["unbreakable"]);
    }
}
