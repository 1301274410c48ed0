//! Parameters: their kinds, and values checked against them.
//!
//! Values are text in the catalogue and in the configuration, and typed everywhere else. Elapsed time and calendar days
//! are different kinds on purpose: a difference of dates is never a number of hours.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::model::ids::ParameterId;
use crate::model::time::Interval;

use super::entry::PolicyDefines;
use super::error::Nearest;

/// The longest time span that a parameter can hold, in days: a hundred years.
const DAYS_MAX: i64 = 36_525;
/// The longest number of calendar years.
const YEARS_MAX: i64 = 100;
/// The longest free text, in bytes.
const TEXT_MAX: usize = 200;
/// The most entries of a list, each a text of at most [`TEXT_MAX`] bytes.
const LIST_MAX: usize = 100;

/// The kind of a parameter: which values it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterKind {
    /// A half-open period of two UTC instants, `2026-07-01T00:00:00Z..2026-10-01T00:00:00Z`.
    Period,
    /// An IANA time zone, `America/Los_Angeles`.
    TimeZone,
    /// Elapsed time: a whole number and `s`, `m`, `h` or `d` (24 hours), `24h`.
    Duration {
        /// Whether `0h` makes sense.
        zero_allowed: bool,
    },
    /// A difference of calendar dates, `365d`.
    Days {
        /// Whether `0d` makes sense.
        zero_allowed: bool,
    },
    /// Calendar years, `6y`.
    Years,
    /// A whole number of per cent from 1 to 100, `50`.
    Percent,
    /// One of these words.
    Choice(Vec<String>),
    /// `on` or `off`.
    Switch,
    /// Free text.
    Text,
    /// Texts without commas, each once, `SRE, Ops`.
    List,
}

/// The value of a parameter. Prints in the form in which it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterValue {
    /// Of [`ParameterKind::Period`].
    Period(Interval),
    /// Of [`ParameterKind::TimeZone`].
    TimeZone(Tz),
    /// Of [`ParameterKind::Duration`].
    Duration(TimeDelta),
    /// Of [`ParameterKind::Days`].
    Days(u32),
    /// Of [`ParameterKind::Years`].
    Years(u32),
    /// Of [`ParameterKind::Percent`].
    Percent(u32),
    /// Of [`ParameterKind::Choice`].
    Choice(String),
    /// Of [`ParameterKind::Switch`].
    Switch(bool),
    /// Of [`ParameterKind::Text`].
    Text(String),
    /// Of [`ParameterKind::List`].
    List(Vec<String>),
}

/// A parameter as the catalogue defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterDefinition {
    /// For instance `backup_interval`.
    pub id: ParameterId,
    /// Name for readers.
    pub title: String,
    /// Which values it takes.
    pub kind: ParameterKind,
    /// The value unless management sets another; `None` means not set.
    pub default: Option<ParameterValue>,
    /// Whether nothing can be evaluated without it.
    pub required: bool,
    /// Whether the policy itself gives the value.
    pub policy_defines: PolicyDefines,
    /// Where the value comes from: a section of the policy, or another rule.
    pub source: Option<String>,
    /// The default of a vendor's equivalent, for comparison only: never used as a value.
    pub vendor_default: Option<ParameterValue>,
    /// A remark to print with it.
    pub note: Option<String>,
}

impl ParameterKind {
    /// The words by which a catalogue names kinds.
    pub const WORDS: &'static [&'static str] = &[
        "period",
        "time_zone",
        "duration",
        "days",
        "years",
        "percent",
        "choice",
        "switch",
        "text",
        "list",
    ];

    /// The word of the catalogue.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Period => "period",
            Self::TimeZone => "time_zone",
            Self::Duration { .. } => "duration",
            Self::Days { .. } => "days",
            Self::Years => "years",
            Self::Percent => "percent",
            Self::Choice(_) => "choice",
            Self::Switch => "switch",
            Self::Text => "text",
            Self::List => "list",
        }
    }

    /// The unit, as a reader needs it beside a value; empty where the value says it all.
    pub fn unit(&self) -> &'static str {
        match self {
            Self::Duration { .. } => "elapsed time",
            Self::Days { .. } => "calendar days",
            Self::Years => "calendar years",
            Self::Percent => "per cent",
            Self::Period | Self::TimeZone | Self::Choice(_) | Self::Switch | Self::Text | Self::List => "",
        }
    }

    /// Reads `text` as a value of this kind.
    ///
    /// # Errors
    /// Why it is none, as half a sentence that continues "is not a value of …".
    pub(super) fn parse(&self, text: &str) -> Result<ParameterValue, String> {
        match self {
            Self::Period => period(text).map(ParameterValue::Period),
            Self::TimeZone => time_zone(text).map(ParameterValue::TimeZone),
            Self::Duration { zero_allowed } => elapsed(text, *zero_allowed).map(ParameterValue::Duration),
            Self::Days { zero_allowed } => {
                counted(text, "d", DAYS_MAX, *zero_allowed).map(ParameterValue::Days)
            }
            Self::Years => counted(text, "y", YEARS_MAX, false).map(ParameterValue::Years),
            Self::Percent => counted(text, "", 100, false).map(ParameterValue::Percent),
            Self::Choice(choices) => choice(text, choices).map(ParameterValue::Choice),
            Self::Switch => match text {
                "on" => Ok(ParameterValue::Switch(true)),
                "off" => Ok(ParameterValue::Switch(false)),
                _ => Err("it is neither `on` nor `off`".to_owned()),
            },
            Self::Text => is_plain(text)
                .then(|| ParameterValue::Text(text.to_owned()))
                .ok_or_else(|| format!("it is not printable text of 1 to {TEXT_MAX} bytes")),
            Self::List => list(text).map(ParameterValue::List),
        }
    }
}

fn period(text: &str) -> Result<Interval, String> {
    let form = "it does not have the form 2026-07-01T00:00:00Z..2026-10-01T00:00:00Z";
    let instant = |text: &str| {
        let utc = text
            .ends_with('Z')
            .then(|| DateTime::parse_from_rfc3339(text).ok())?;
        utc.map(|at| at.with_timezone(&Utc))
    };
    let (start, end) = text.split_once("..").ok_or(form)?;
    let (start, end) = instant(start).zip(instant(end)).ok_or(form)?;
    Interval::new(start, end).ok_or_else(|| "its end is not after its start".to_owned())
}

fn time_zone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| {
        let nearest = Nearest::of(text, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
        format!("it is not an IANA time zone{nearest}")
    })
}

fn choice(text: &str, choices: &[String]) -> Result<String, String> {
    choices
        .iter()
        .find(|known| *known == text)
        .cloned()
        .ok_or_else(|| {
            let nearest = Nearest::of(text, choices.iter().map(String::as_str));
            format!("the choices are {}{nearest}", choices.join(", "))
        })
}

fn is_plain(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= TEXT_MAX && !text.chars().any(char::is_control)
}

fn list(text: &str) -> Result<Vec<String>, String> {
    let entries: Vec<String> = text.split(',').map(|entry| entry.trim().to_owned()).collect();
    if entries.len() > LIST_MAX || !entries.iter().all(|entry| is_plain(entry)) {
        return Err(format!(
            "it is not a list of 1 to {LIST_MAX} texts with commas between them"
        ));
    }
    let twice = |(n, entry): (usize, &String)| entries[..n].contains(entry).then(|| entry.clone());
    match entries.iter().enumerate().find_map(twice) {
        Some(entry) => Err(format!("it has {entry} twice")),
        None => Ok(entries),
    }
}

/// Digits only: no sign, no space, no leading zero, so that one value has one form.
fn whole(digits: &str) -> Option<i64> {
    let canonical = digits == "0" || !digits.starts_with('0');
    (canonical && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

fn counted(text: &str, unit: &str, max: i64, zero_allowed: bool) -> Result<u32, String> {
    let min = i64::from(!zero_allowed);
    text.strip_suffix(unit)
        .and_then(whole)
        .filter(|count| (min..=max).contains(count))
        .and_then(|count| u32::try_from(count).ok())
        .ok_or_else(|| match unit {
            "" => format!("it is not a whole number from {min} to {max}"),
            _ => format!("it is not a whole number from {min} to {max} followed by `{unit}`"),
        })
}

fn elapsed(text: &str, zero_allowed: bool) -> Result<TimeDelta, String> {
    let seconds_of = |unit| match unit {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(3_600),
        'd' => Some(86_400),
        _ => None,
    };
    let last = text.chars().next_back();
    let parsed = last
        .and_then(seconds_of)
        .zip(text.get(..text.len().saturating_sub(1)).and_then(whole));
    let (unit, count) =
        parsed.ok_or("it is not a whole number followed by `s`, `m`, `h` or `d`, for instance 24h")?;
    let seconds = count
        .checked_mul(unit)
        .filter(|seconds| *seconds <= DAYS_MAX * 86_400);
    match seconds.ok_or_else(|| format!("it is longer than {DAYS_MAX} days"))? {
        0 if !zero_allowed => Err("it is zero".to_owned()),
        seconds => Ok(TimeDelta::seconds(seconds)),
    }
}

impl fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Period(interval) => interval.fmt(f),
            Self::TimeZone(zone) => f.write_str(zone.name()),
            Self::Duration(span) => match span.num_seconds() {
                seconds if seconds % 3_600 == 0 => write!(f, "{}h", seconds / 3_600),
                seconds if seconds % 60 == 0 => write!(f, "{}m", seconds / 60),
                seconds => write!(f, "{seconds}s"),
            },
            Self::Days(days) => write!(f, "{days}d"),
            Self::Years(years) => write!(f, "{years}y"),
            Self::Percent(percent) => write!(f, "{percent}"),
            Self::Choice(text) | Self::Text(text) => f.write_str(text),
            Self::List(entries) => f.write_str(&entries.join(", ")),
            Self::Switch(on) => f.write_str(if *on { "on" } else { "off" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DURATION: ParameterKind = ParameterKind::Duration { zero_allowed: false };
    const DAYS: ParameterKind = ParameterKind::Days { zero_allowed: false };

    #[test]
    fn values_print_in_the_form_in_which_they_are_written() {
        let both = ParameterKind::Choice(vec!["both".to_owned(), "max_gap".to_owned()]);
        for (kind, text) in [
            (&DURATION, "24h"),
            (&DURATION, "5m"),
            (&DURATION, "90s"),
            (&DAYS, "365d"),
            (&ParameterKind::Days { zero_allowed: true }, "0d"),
            (&ParameterKind::Years, "6y"),
            (&ParameterKind::Percent, "100"),
            (&ParameterKind::Switch, "off"),
            (&ParameterKind::TimeZone, "America/Los_Angeles"),
            (
                &ParameterKind::Period,
                "2026-07-01T00:00:00Z..2026-10-01T00:00:00Z",
            ),
            (&ParameterKind::Text, "sha256(bundle input manifest)"),
            (&ParameterKind::List, "SRE, Dev Ops"),
            (&both, "max_gap"),
        ] {
            assert_eq!(
                kind.parse(text).map(|value| value.to_string()),
                Ok(text.to_owned())
            );
        }
        assert_eq!(DURATION.parse("2d"), DURATION.parse("48h"));
        assert_eq!(
            ParameterKind::List.parse(" a ,b"),
            ParameterKind::List.parse("a, b")
        );
    }

    proptest::proptest! {
        #[test]
        fn every_duration_is_read_back_as_it_prints(seconds in 1_i64..=DAYS_MAX * 86_400) {
            let value = ParameterValue::Duration(TimeDelta::seconds(seconds));
            proptest::prop_assert_eq!(DURATION.parse(&value.to_string()), Ok(value));
        }

        #[test]
        fn no_text_makes_a_kind_panic(text in ".{0,40}") {
            for kind in [DURATION, DAYS, ParameterKind::Percent, ParameterKind::Period, ParameterKind::TimeZone, ParameterKind::List] {
                if let Ok(value) = kind.parse(&text) {
                    proptest::prop_assert_eq!(kind.parse(&value.to_string()), Ok(value));
                }
            }
        }
    }

    #[test]
    fn values_of_another_form_or_out_of_range_are_refused() {
        let refused = |kind: &ParameterKind, text: &str, reason: &str| {
            assert_eq!(kind.parse(text), Err(reason.to_owned()), "{text:?}");
        };
        let form = "it is not a whole number followed by `s`, `m`, `h` or `d`, for instance 24h";
        for bad in [
            "", "h", "24", "-1h", "+1h", " 24h", "24 h", "1.5h", "024h", "24H", "٢h", "1µ",
        ] {
            refused(&DURATION, bad, form);
        }
        refused(&DURATION, "0h", "it is zero");
        refused(&DURATION, "99999999999999999h", "it is longer than 36525 days");
        refused(&DURATION, "36526d", "it is longer than 36525 days");
        for bad in ["0d", "365", "24h", "36526d"] {
            refused(
                &DAYS,
                bad,
                "it is not a whole number from 1 to 36525 followed by `d`",
            );
        }
        refused(
            &ParameterKind::Years,
            "0y",
            "it is not a whole number from 1 to 100 followed by `y`",
        );
        for bad in ["0", "101", "50%", ""] {
            refused(
                &ParameterKind::Percent,
                bad,
                "it is not a whole number from 1 to 100",
            );
        }
        refused(&ParameterKind::Switch, "true", "it is neither `on` nor `off`");
        refused(
            &ParameterKind::TimeZone,
            "America/Los_Angles",
            "it is not an IANA time zone; did you mean `America/Los_Angeles`?",
        );
        let levels = ParameterKind::Choice(["AZ", "REGION", "ACCOUNT"].map(str::to_owned).to_vec());
        refused(
            &levels,
            "REGIONS",
            "the choices are AZ, REGION, ACCOUNT; did you mean `REGION`?",
        );
        refused(
            &ParameterKind::Text,
            "a\u{7}",
            "it is not printable text of 1 to 200 bytes",
        );
        for bad in ["", "a,", ",a", "a, ,b", "a\u{7}"] {
            refused(
                &ParameterKind::List,
                bad,
                "it is not a list of 1 to 100 texts with commas between them",
            );
        }
        refused(&ParameterKind::List, "a, b, a", "it has a twice");
        let period = "it does not have the form 2026-07-01T00:00:00Z..2026-10-01T00:00:00Z";
        refused(&ParameterKind::Period, "2026-07-01..2026-10-01", period);
        refused(
            &ParameterKind::Period,
            "2026-07-01T00:00:00+02:00..2026-10-01T00:00:00Z",
            period,
        );
        refused(
            &ParameterKind::Period,
            "2026-07-01T00:00:00Z..2026-07-01T00:00:00Z",
            "its end is not after its start",
        );
    }
}
