//! Tags of image builds: which are releases, and which nobody keeps.

use jiff::{
    Span,
    civil::{Date, ISOWeekDate, Weekday},
};

/// What a tag names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Tag {
    /// A release, such as `r29_2_1`.
    Release,
    /// A weekly, such as `w_2026_36`: the Monday of its week.
    Weekly(Date),
    /// A daily, such as `d_2026_11_20`: its day.
    Daily(Date),
    /// Anything else: experiments, release candidates.
    Other,
}

/// Dailies are kept for about a month, weeklies for about 18 months (SQR-059).
const DAILY_DAYS: i64 = 31;
const WEEKLY_MONTHS: i64 = 18;

impl Tag {
    /// Reads a tag.
    pub(super) fn read(text: &str) -> Self {
        let kind = text.get(..1).unwrap_or_default();
        let rest = text.get(1..).unwrap_or_default();
        let rest = rest.strip_prefix('_').unwrap_or(rest);
        let numbers: Option<Vec<i16>> = rest.split('_').map(|part| part.parse().ok()).collect();
        match (kind, numbers.as_deref()) {
            ("r", Some([_, _, ..])) => Self::Release,
            ("w", Some([year, week])) => {
                let date = i8::try_from(*week)
                    .ok()
                    .and_then(|week| ISOWeekDate::new(*year, week, Weekday::Monday).ok());
                date.map_or(Self::Other, |date| Self::Weekly(date.date()))
            }
            ("d", Some([year, month, day])) => {
                let date = i8::try_from(*month)
                    .ok()
                    .zip(i8::try_from(*day).ok())
                    .and_then(|(month, day)| Date::new(*year, month, day).ok());
                date.map_or(Self::Other, Self::Daily)
            }
            _ => Self::Other,
        }
    }

    /// Whether it is so old that nobody keeps it.
    pub(super) fn is_purgeable(self, today: Date) -> bool {
        let (date, age) = match self {
            Self::Daily(date) => (date, Span::new().days(DAILY_DAYS)),
            Self::Weekly(date) => (date, Span::new().months(WEEKLY_MONTHS)),
            Self::Release | Self::Other => return false,
        };
        today.checked_sub(age).is_ok_and(|oldest| date < oldest)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn tags_are_told_apart() {
        assert_eq!(Tag::read("r29_2_1"), Tag::Release);
        assert_eq!(Tag::read("w_2026_36"), Tag::Weekly(date(2026, 8, 31)));
        assert_eq!(Tag::read("d_2026_11_20"), Tag::Daily(date(2026, 11, 20)));
        for other in [
            "r29_2_1_rc1",
            "exp_w_2026_36",
            "w_2026_99",
            "d_2026_13_01",
            "",
            "ré",
        ] {
            assert_eq!(Tag::read(other), Tag::Other, "{other}");
        }
    }

    #[test]
    fn old_dailies_and_weeklies_are_purgeable_and_releases_never() {
        let today = date(2026, 11, 28);
        assert!(!Tag::read("d_2026_10_28").is_purgeable(today));
        assert!(Tag::read("d_2026_10_27").is_purgeable(today));
        assert!(!Tag::read("w_2025_23").is_purgeable(today));
        assert!(Tag::read("w_2025_21").is_purgeable(today));
        assert!(!Tag::read("r20_0_0").is_purgeable(today));
    }
}
