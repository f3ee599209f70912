//! `VERSION DATE [#BUILD_NUMBER]`: one line of a family's `releases`.

use jiff::civil::Date;

/// One release of a family: a version built once under one build number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Release {
    pub(crate) version: String,
    pub(crate) number: u64,
    /// Milliseconds since 1970, noon UTC of the day; none where the date is `-`.
    pub(crate) timestamp: Option<i64>,
}

impl Release {
    /// Reads `2.4.1 2026-01-10 #2`; the date may be `-` for a record without timestamp.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let (Some(version), Some(date)) = (words.next(), words.next()) else {
            return Err("expected `VERSION YYYY-MM-DD [#BUILD_NUMBER]`".to_owned());
        };
        if !version
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._+!".contains(&b))
        {
            return Err(format!("`{version}` is not a version"));
        }
        let number = match words.next() {
            None => 0,
            Some(word) => word
                .strip_prefix('#')
                .and_then(|digits| digits.parse().ok())
                .ok_or_else(|| format!("`{word}` is not a build number such as `#2`"))?,
        };
        if let Some(word) = words.next() {
            return Err(format!("`{word}` was not expected after the build number"));
        }
        Ok(Self {
            version: version.to_owned(),
            number,
            timestamp: timestamp(date)?,
        })
    }

    /// Whether a selector's `2.4.1` or `2.4.1#2` names this release.
    pub(crate) fn is_named(&self, text: &str) -> bool {
        match text.split_once('#') {
            None => self.version == text,
            Some((version, number)) => self.version == version && number.parse() == Ok(self.number),
        }
    }
}

fn timestamp(date: &str) -> Result<Option<i64>, String> {
    if date == "-" {
        return Ok(None);
    }
    let day: Date = date
        .parse()
        .map_err(|_| format!("`{date}` is not a date YYYY-MM-DD"))?;
    let noon = day
        .at(12, 0, 0, 0)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map_err(|_| format!("`{date}` is out of range"))?;
    Ok(Some(noon.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_version_date_and_build_number() {
        let release = Release::parse("2.4.1 2021-02-02 #2").unwrap();
        assert_eq!(release.version, "2.4.1");
        assert_eq!(release.number, 2);
        assert_eq!(release.timestamp, Some(1_612_267_200_000));
        assert!(release.is_named("2.4.1") && release.is_named("2.4.1#2"));
        assert!(!release.is_named("2.4.1#1"));
        assert_eq!(Release::parse("1.0 -").unwrap().timestamp, None);
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, words) in [
            ("1.0", "expected"),
            ("1.0 2021-13-01", "not a date"),
            ("1.0 2021-01-01 2", "not a build number"),
            ("1-0 2021-01-01", "not a version"),
            ("1.0 2021-01-01 #1 x", "not expected"),
        ] {
            assert!(Release::parse(text).unwrap_err().contains(words), "{text}");
        }
    }
}
