use proptest::prelude::*;

use super::*;
use crate::evaluate::testing::{at, span};

fn local(text: &str, zone: Tz, from: &str, to: &str) -> Vec<String> {
    let table = Timetable::parse(text, zone).unwrap_or_else(|error| panic!("{text}: {error}"));
    let runs = table.runs(span(from, to)).expect("a cron within bounds");
    let show = |at: &Instant| at.with_timezone(&zone).format("%m-%d %H:%M %a").to_string();
    runs.iter().map(show).collect()
}

/// Expressions in UTC over a span: the runs, or the first ones where more are left out.
#[test]
fn expressions_expand_to_runs() {
    for (text, from, to, expected) in [
        (
            "cron(0 5 ? * * *)",
            "2026-07-01",
            "2026-07-03",
            "07-01 05:00 Wed, 07-02 05:00 Thu",
        ),
        (
            "cron(0 12 * * ? *)",
            "2026-07-01",
            "2026-07-02",
            "07-01 12:00 Wed",
        ),
        (
            "cron(15 */8 ? * * *)",
            "2026-07-01",
            "2026-07-02",
            "07-01 00:15 Wed, 07-01 08:15 Wed, 07-01 16:15 Wed",
        ),
        (
            "cron(0/30 4 ? * * *)",
            "2026-07-01",
            "2026-07-02",
            "07-01 04:00 Wed, 07-01 04:30 Wed",
        ),
        (
            "cron(50/5 4 ? * * *)",
            "2026-07-01",
            "2026-07-02",
            "07-01 04:50 Wed, 07-01 04:55 Wed",
        ),
        (
            "cron(1-10/4 4 ? * * *)",
            "2026-07-01",
            "2026-07-02",
            "07-01 04:01 Wed, 07-01 04:05 Wed, 07-01 04:09 Wed",
        ),
        (
            "cron(0 3,15 ? * * *)",
            "2026-07-01",
            "2026-07-02",
            "07-01 03:00 Wed, 07-01 15:00 Wed",
        ),
        // 1 is Sunday, 7 Saturday.
        ("cron(0 5 ? * 1 *)", "2026-07-01", "2026-07-08", "07-05 05:00 Sun"),
        ("cron(0 5 ? * 7 *)", "2026-07-01", "2026-07-08", "07-04 05:00 Sat"),
        ("cron(0 5 ? * L *)", "2026-07-01", "2026-07-08", "07-04 05:00 Sat"),
        (
            "cron(0 5 ? * MON-wed *)",
            "2026-07-01",
            "2026-07-08",
            "07-01 05:00 Wed, 07-06 05:00 Mon, 07-07 05:00 Tue",
        ),
        (
            "cron(0 5 ? * SUN,FRI *)",
            "2026-07-01",
            "2026-07-08",
            "07-03 05:00 Fri, 07-05 05:00 Sun",
        ),
        // The last Friday, and the second Tuesday.
        (
            "cron(0 5 ? * 6L *)",
            "2026-07-01",
            "2026-09-01",
            "07-31 05:00 Fri, 08-28 05:00 Fri",
        ),
        (
            "cron(0 5 ? * TUE#2 *)",
            "2026-07-01",
            "2026-09-01",
            "07-14 05:00 Tue, 08-11 05:00 Tue",
        ),
        (
            "cron(0 5 ? * 3#5 *)",
            "2026-06-01",
            "2026-09-01",
            "06-30 05:00 Tue",
        ),
        (
            "cron(0 5 L * ? *)",
            "2028-01-31",
            "2028-03-01",
            "01-31 05:00 Mon, 02-29 05:00 Tue",
        ),
        (
            "cron(0 5 31 * ? *)",
            "2026-08-31",
            "2026-11-01",
            "08-31 05:00 Mon, 10-31 05:00 Sat",
        ),
        // 29 February: only in leap years.
        (
            "cron(0 5 29 2 ? *)",
            "2026-01-01",
            "2032-03-01",
            "02-29 05:00 Tue, 02-29 05:00 Sun",
        ),
        ("cron(0 5 29 2 ? 2027)", "2020-01-01", "2040-01-01", ""),
        ("cron(0 5 31 FEB ? *)", "2020-01-01", "2040-01-01", ""),
        // The nearest working day stays in the month: Saturday 1 August 2026, Sunday 31 May 2026, Saturday 15, Sunday 16.
        (
            "cron(0 5 1W * ? *)",
            "2026-08-01",
            "2026-09-01",
            "08-03 05:00 Mon",
        ),
        (
            "cron(0 5 31W * ? *)",
            "2026-05-01",
            "2026-07-01",
            "05-29 05:00 Fri",
        ),
        (
            "cron(0 5 15W 8 ? *)",
            "2026-08-01",
            "2026-09-01",
            "08-14 05:00 Fri",
        ),
        (
            "cron(0 5 16W 8 ? *)",
            "2026-08-01",
            "2026-09-01",
            "08-17 05:00 Mon",
        ),
        (
            "cron(0 5 12W 8 ? *)",
            "2026-08-01",
            "2026-09-01",
            "08-12 05:00 Wed",
        ),
        (
            "cron(0 5 1 1 ? 2026,2028)",
            "2020-01-01",
            "2040-01-01",
            "01-01 05:00 Thu, 01-01 05:00 Sat",
        ),
        (
            "cron(0 5 1 1 ? 2026-2030/2)",
            "2027-01-01",
            "2030-01-01",
            "01-01 05:00 Sat",
        ),
        // The span is half-open.
        (
            "cron(0 5 ? * * *)",
            "2026-07-01T05:00",
            "2026-07-02T05:00",
            "07-01 05:00 Wed",
        ),
        (
            " cron( 0  5 ? * * * ) ",
            "2026-07-01",
            "2026-07-02",
            "07-01 05:00 Wed",
        ),
    ] {
        assert_eq!(local(text, Tz::UTC, from, to).join(", "), expected, "{text}");
    }
}

#[test]
fn a_skipped_local_time_does_not_fire_and_a_repeated_one_fires_once() {
    let los_angeles = Tz::America__Los_Angeles;
    let nightly = |text: &str, from: &str, to: &str| -> Vec<String> {
        let table = Timetable::parse(text, los_angeles).expect("a cron");
        let runs = table.runs(span(from, to)).expect("within bounds");
        runs.iter().map(|at| crate::model::time::show(*at)).collect()
    };
    // 2026-11-01: 01:30 comes twice, 07:30Z + 1 h. The first is taken; 25 h to the next.
    assert_eq!(
        nightly("cron(30 1 ? * * *)", "2026-10-31", "2026-11-03"),
        [
            "2026-10-31T08:30:00Z",
            "2026-11-01T08:30:00Z",
            "2026-11-02T09:30:00Z"
        ]
    );
    // 2027-03-14: 02:30 does not exist; 03:30 does.
    assert_eq!(
        nightly("cron(30 2 ? * * *)", "2027-03-13", "2027-03-16"),
        ["2027-03-13T10:30:00Z", "2027-03-15T09:30:00Z"]
    );
    assert_eq!(
        nightly("cron(30 3 ? * * *)", "2027-03-14", "2027-03-15"),
        ["2027-03-14T10:30:00Z"]
    );
    // A repeated hour fires once an hour of the clock: 24 runs in the 25 hours of the day, 23 in the 23 hours.
    let hourly = "cron(0 * ? * * *)";
    assert_eq!(nightly(hourly, "2026-11-01T07:00", "2026-11-02T08:00").len(), 24);
    assert_eq!(nightly(hourly, "2027-03-14T08:00", "2027-03-15T07:00").len(), 23);
    // Lord Howe shifts by half an hour: 02:15 is skipped on 2026-10-04, 01:45 comes twice on 2027-04-04.
    let lord_howe = Tz::Australia__Lord_Howe;
    assert_eq!(
        local(
            "cron(15 2 ? * * *)",
            lord_howe,
            "2026-10-02T14:00",
            "2026-10-05T12:00"
        ),
        ["10-03 02:15 Sat", "10-05 02:15 Mon"]
    );
    let twice = Timetable::parse("cron(45 1 ? * * *)", lord_howe).expect("a cron");
    let runs: Vec<_> = twice
        .runs(span("2027-04-03", "2027-04-05"))
        .expect("runs")
        .into_iter()
        .collect();
    assert_eq!(runs, [at("2027-04-03T14:45"), at("2027-04-04T15:15")]);
}

#[test]
fn what_is_not_understood_has_a_name_and_is_never_empty() {
    let message = |text: &str| Timetable::parse(text, Tz::UTC).expect_err(text).to_string();
    for text in [
        "",
        "cron",
        "cron()",
        "cron(0 5 ? * *)",
        "cron(0 5 ? * * * *)",
        "0 5 ? * * *",
        "daily",
        "rate(1 week)",
        "rate(0 days)",
        "rate(1 days)",
        "rate(2 day)",
        "rate(-1 days)",
        "rate(12)",
        "rate(+1 day)",
        "rate(99999999999 days)",
    ] {
        assert!(
            message(text).contains("neither cron"),
            "{text}: {}",
            message(text)
        );
    }
    for (text, field) in [
        ("cron(60 5 ? * * *)", "minute"),
        ("cron(? 5 ? * * *)", "minute"),
        ("cron(-5 5 ? * * *)", "minute"),
        ("cron(0 24 ? * * *)", "hour"),
        ("cron(0 22-2 ? * * *)", "hour"),
        ("cron(0 5 0 * ? *)", "day-of-month"),
        ("cron(0 5 32 * ? *)", "day-of-month"),
        ("cron(0 5 LW * ? *)", "day-of-month"),
        ("cron(0 5 1,L * ? *)", "day-of-month"),
        ("cron(0 5 W * ? *)", "day-of-month"),
        ("cron(0 5 32W * ? *)", "day-of-month"),
        ("cron(0 5 ? 13 * *)", "month"),
        ("cron(0 5 ? JULY * *)", "month"),
        ("cron(0 5 ? * 0 *)", "day-of-week"),
        ("cron(0 5 ? * 8 *)", "day-of-week"),
        ("cron(0 5 ? * 2/2 *)", "day-of-week"),
        ("cron(0 5 ? * FRI-MON *)", "day-of-week"),
        ("cron(0 5 ? * 3#6 *)", "day-of-week"),
        ("cron(0 5 ? * 3#0 *)", "day-of-week"),
        ("cron(0 5 ? * 3#1,4#1 *)", "day-of-week"),
        ("cron(0 5 ? * * 1969)", "year"),
        ("cron(0 5 ? * * 2200)", "year"),
        ("cron(0 5/0 ? * * *)", "hour"),
        ("cron(0 5, ? * * *)", "hour"),
        ("cron(0 5 1-2-3 * ? *)", "day-of-month"),
    ] {
        assert!(
            message(text).contains(&format!("schedule's {field} ")),
            "{text}: {}",
            message(text)
        );
    }
    for text in ["cron(0 5 * * * *)", "cron(0 5 ? * ? *)", "cron(0 5 1 * 2 *)"] {
        assert!(message(text).contains("exactly one"), "{text}");
    }
    let every_minute = Timetable::parse("cron(* * ? * * *)", Tz::UTC).expect("a cron");
    let fires = |to: &str| every_minute.runs(span("2026-07-01", to)).map(|runs| runs.len());
    assert_eq!(fires("2026-07-03"), Ok(2880));
    assert_eq!(fires("2026-12-01"), Err(ScheduleError::TooMany));
    // A hundred thousand runs are told, one more is not; so are 256 characters.
    let most = |minutes: i64| {
        let until = at("2026-07-01") + TimeDelta::minutes(minutes);
        let whole = crate::model::time::Interval::new(at("2026-07-01"), until).expect("not empty");
        every_minute.runs(whole).map(|runs| runs.len())
    };
    assert_eq!(most(100_000), Ok(100_000));
    assert_eq!(most(100_001), Err(ScheduleError::TooMany));
    let wide = |chars: usize| format!("{:<chars$}", "cron(0 5 ? * * *)");
    assert!(Timetable::parse(&wide(256), Tz::UTC).is_ok());
    assert!(Timetable::parse(&wide(257), Tz::UTC).is_err());
    let long = format!("cron(0 {} ? * * *)", "5,".repeat(200));
    assert!(message(&long).contains("neither cron"));
}

#[test]
fn a_rate_tells_how_often_and_not_when() {
    for (text, every) in [
        ("rate(1 day)", TimeDelta::days(1)),
        ("rate(12 hours)", TimeDelta::hours(12)),
        ("rate(1 minute)", TimeDelta::minutes(1)),
    ] {
        let table = Timetable::parse(text, Tz::UTC).expect(text);
        assert_eq!(table.rate(), Some(every));
        assert_eq!(
            table.runs(span("2026-07-01", "2026-07-02")),
            Err(ScheduleError::NoAnchor)
        );
    }
    let cron = Timetable::parse("cron(0 5 ? * * *)", Tz::UTC).expect("a cron");
    assert_eq!(cron.rate(), None);
}

#[test]
fn a_rule_says_its_schedule_and_its_zone() {
    let rule = |schedule: Option<&str>, zone: Option<&str>| PlanRule {
        id: "r".to_owned(),
        name: "nightly".to_owned(),
        schedule: schedule.map(str::to_owned),
        time_zone: zone.map(str::to_owned),
        start_window_minutes: None,
        completion_window_minutes: None,
        delete_after_days: None,
        continuous: false,
        copy_to: Vec::new(),
    };
    let first = |zone: Option<&str>| {
        let table = Timetable::of_rule(&rule(Some("cron(0 5 ? * * *)"), zone))?;
        table
            .runs(span("2026-07-01", "2026-07-02"))
            .map(|runs| runs.into_iter().next())
    };
    assert_eq!(first(None), Ok(Some(at("2026-07-01T05:00"))));
    assert_eq!(first(Some("Etc/UTC")), Ok(Some(at("2026-07-01T05:00"))));
    assert_eq!(
        first(Some("America/Los_Angeles")),
        Ok(Some(at("2026-07-01T12:00")))
    );
    assert_eq!(
        first(Some("Mars/Olympus")),
        Err(ScheduleError::Zone("Mars/Olympus".to_owned()))
    );
    assert_eq!(Timetable::of_rule(&rule(None, None)), Err(ScheduleError::Absent));
}

#[test]
fn atlas_items_fire_at_the_reference_time() {
    let runs = |frequency: &str, interval: i64, from: &str, to: &str| {
        let item = AtlasPolicyItem {
            frequency: frequency.to_owned(),
            interval,
            retention_days: 7,
        };
        let runs = Timetable::of_item(&item, Some(18 * 60 + 30))?.runs(span(from, to))?;
        let show = |at: &Instant| at.format("%m-%d %H:%M %a").to_string();
        Ok::<_, ScheduleError>(runs.iter().map(show).collect::<Vec<_>>().join(", "))
    };
    for (frequency, interval, from, to, expected) in [
        (
            "hourly",
            8,
            "2026-07-01",
            "2026-07-02",
            "07-01 02:30 Wed, 07-01 10:30 Wed, 07-01 18:30 Wed",
        ),
        (
            "daily",
            1,
            "2026-07-01",
            "2026-07-03",
            "07-01 18:30 Wed, 07-02 18:30 Thu",
        ),
        ("weekly", 1, "2026-07-01", "2026-07-09", "07-06 18:30 Mon"),
        ("weekly", 6, "2026-07-01", "2026-07-09", "07-04 18:30 Sat"),
        ("weekly", 7, "2026-07-01", "2026-07-09", "07-05 18:30 Sun"),
        ("monthly", 28, "2026-07-01", "2026-08-01", "07-28 18:30 Tue"),
        ("monthly", 40, "2028-02-01", "2028-03-01", "02-29 18:30 Tue"),
        (
            "yearly",
            12,
            "2026-01-01",
            "2028-01-01",
            "12-01 18:30 Tue, 12-01 18:30 Wed",
        ),
    ] {
        assert_eq!(
            runs(frequency, interval, from, to),
            Ok(expected.to_owned()),
            "{frequency} {interval}"
        );
    }
    for (frequency, interval) in [
        ("hourly", 5),
        ("hourly", 0),
        ("hourly", 24),
        ("daily", 2),
        ("weekly", 8),
        ("weekly", 0),
        ("monthly", 29),
        ("monthly", 0),
        ("yearly", 13),
        ("ondemand", 1),
        ("daily", -1),
        ("Daily", 1),
    ] {
        let error = runs(frequency, interval, "2026-07-01", "2026-07-03").expect_err("no such item");
        assert!(
            matches!(error, ScheduleError::Item { .. }),
            "{frequency} {interval}"
        );
    }
    let item = AtlasPolicyItem {
        frequency: "daily".to_owned(),
        interval: 1,
        retention_days: 7,
    };
    for unsaid in [None, Some(-1), Some(24 * 60)] {
        assert_eq!(Timetable::of_item(&item, unsaid), Err(ScheduleError::NoReference));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Two halves of a span fire as the whole does, each run where the clock of its zone shows the time that is written,
    /// and a daily schedule leaves at most the one run out that a clock change takes.
    #[test]
    fn runs_are_where_the_clock_says(hour in 0_u32..24, minute in 0_u32..60, start in 0_i64..1500, days in 2_i64..200, zone in 0_usize..5) {
        let zone = [Tz::UTC, Tz::America__Los_Angeles, Tz::Australia__Lord_Howe, Tz::Africa__Cairo, Tz::Asia__Kathmandu][zone];
        let table = Timetable::parse(&format!("cron({minute} {hour} ? * * *)"), zone).expect("a cron");
        let from = at("2025-01-01") + TimeDelta::days(start);
        let (middle, end) = (from + TimeDelta::hours(days * 12), from + TimeDelta::days(days));
        let runs = |from, to| table.runs(Interval::new(from, to).expect("not empty")).expect("within bounds");
        let whole = runs(from, end);
        let halves: BTreeSet<_> = runs(from, middle).into_iter().chain(runs(middle, end)).collect();
        prop_assert_eq!(&whole, &halves);
        for at in &whole {
            prop_assert_eq!(at.with_timezone(&zone).format("%H:%M").to_string(), format!("{hour:02}:{minute:02}"));
        }
        let pairs = whole.iter().zip(whole.iter().skip(1));
        for (one, next) in pairs {
            let hours = (*next - *one).num_minutes();
            prop_assert!((23 * 60..=25 * 60).contains(&hours) || (47 * 60..=49 * 60).contains(&hours), "{hours} min");
        }
    }

    /// Whatever stands there is an error or a schedule; nothing stops the reader.
    #[test]
    fn no_text_stops_the_reader(text in "(cron|rate)?\\(?[0-9A-Z?*/#, LW-]{0,40}\\)?") {
        let table = Timetable::parse(&text, Tz::UTC);
        if let Ok(table) = table {
            let _ = table.runs(span("2026-07-01", "2026-08-01"));
        }
    }
}
