//! When something that has to be done by a day is overdue. The day itself is in time, the day after it is late.

use chrono::NaiveDate;

use crate::model::time::days_between;

/// How something that was to be done stands on the last day judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Done by the day it was due.
    InTime,
    /// Done after that day.
    Late {
        /// So many days after it.
        days: i64,
    },
    /// Not done, and not due before the last day judged.
    NotYetDue,
    /// Not done, and the day has passed.
    Overdue {
        /// So many days before the last day judged.
        days: i64,
    },
    /// Nobody said by when.
    Undated,
}

impl Done {
    /// How something due by `due` and done on `done`, if it is, stands on `last`. What is done after `last` is not done.
    pub fn by(due: Option<NaiveDate>, done: Option<NaiveDate>, last: NaiveDate) -> Self {
        let Some(due) = due else {
            return Self::Undated;
        };
        match done.filter(|done| *done <= last) {
            Some(done) if done <= due => Self::InTime,
            Some(done) => Self::Late {
                days: days_between(due, done),
            },
            None if last <= due => Self::NotYetDue,
            None => Self::Overdue {
                days: days_between(due, last),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(due: Option<&str>, done: Option<&str>, expected: Done) {
        let day = |text: &str| text.parse().expect("a day");
        assert_eq!(Done::by(due.map(day), done.map(day), day("2026-07-10")), expected);
    }

    #[test]
    fn the_day_itself_is_in_time() {
        check(Some("2026-07-05"), Some("2026-07-05"), Done::InTime);
        check(Some("2026-07-05"), Some("2026-07-06"), Done::Late { days: 1 });
        check(Some("2026-07-10"), None, Done::NotYetDue);
        check(Some("2026-07-09"), None, Done::Overdue { days: 1 });
    }

    #[test]
    fn what_is_done_after_the_last_day_judged_is_not_done() {
        check(Some("2026-07-10"), Some("2026-07-10"), Done::InTime);
        check(Some("2026-07-09"), Some("2026-07-11"), Done::Overdue { days: 1 });
        check(Some("2026-07-10"), Some("2026-07-11"), Done::NotYetDue);
        check(None, Some("2026-07-01"), Done::Undated);
    }
}
