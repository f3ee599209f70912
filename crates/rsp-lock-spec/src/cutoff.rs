//! Points in time and ages, as people write them.
//!
//! `2026-09-01` means the end of that day in UTC: what was uploaded on the day
//! is seen. `2026-09-01T12:00:00Z` is that instant. `14d`, `2w`, `36h` and `90m`
//! are ages.

use std::fmt;

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};

use crate::request::Cutoff;

impl Cutoff {
    /// Reads a cutoff. The error is a sentence that says what was expected.
    ///
    /// ```
    /// use rsp_lock_spec::Cutoff;
    /// let day = Cutoff::parse("2026-09-01").unwrap();
    /// assert_eq!(day, Cutoff::parse("2026-09-01T23:59:59.999Z").unwrap());
    /// assert!(Cutoff::parse("yesterday").unwrap_err().contains("14d"));
    /// ```
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(age) = parse_age(text) {
            return if age > OLDEST {
                Err(format!("`{text}` is out of range: no package is that old"))
            } else {
                Ok(Self::Age(age))
            };
        }
        if let Ok(date) = text.parse::<Date>()
            && text.len() == 10
        {
            return end_of_day(date)
                .map(Self::At)
                .ok_or_else(|| format!("`{text}` is out of range"));
        }
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Ok(Self::At(instant));
        }
        Err(format!(
            "`{text}` is neither a date (`2026-09-01`), an instant \
             (`2026-09-01T12:00:00Z`) nor an age (`14d`, `2w`, `36h`)"
        ))
    }

    /// The point in time it means when it is `now`; `None` means no cutoff.
    ///
    /// An age made by hand that reaches back before all time is the beginning of time.
    pub fn resolve(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::At(instant) => Some(instant),
            Self::Age(age) => Some(now.checked_sub(age).unwrap_or(Timestamp::MIN)),
            Self::Never => None,
        }
    }
}

/// A hundred years: any other age is a slip.
const OLDEST: SignedDuration = SignedDuration::from_hours(100 * 366 * 24);

fn end_of_day(date: Date) -> Option<Timestamp> {
    let midnight = date.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?;
    midnight.timestamp().checked_sub(1.millisecond()).ok()
}

fn parse_age(text: &str) -> Option<SignedDuration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (count, unit) = text.split_at(digits);
    let seconds: i64 = match unit {
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    let count: i64 = count.parse().ok()?;
    Some(SignedDuration::from_secs(count.checked_mul(seconds)?))
}

/// As it could be written: an instant, an age, or `never`.
impl fmt::Display for Cutoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(instant) => write!(f, "{instant}"),
            Self::Age(age) => {
                let seconds = age.as_secs();
                let (unit, word) = [(604_800, "w"), (86_400, "d"), (3600, "h")]
                    .into_iter()
                    .find(|(unit, _)| seconds % unit == 0)
                    .unwrap_or((60, "m"));
                write!(f, "{}{word}", seconds / unit)
            }
            Self::Never => f.write_str("never"),
        }
    }
}
