//! Parameters in force: defaults, settings, approvals, typed access.

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::*;

fn in_force(settings: &[Setting]) -> Result<Parameters, ParameterError> {
    Parameters::new(
        &Catalogue::builtin().expect("the built-in catalogue loads"),
        settings,
    )
}

fn setting(id: &str, value: &str) -> Setting {
    Setting {
        id: id.to_owned(),
        value: value.to_owned(),
        approval: None,
    }
}

fn approval() -> Approval {
    Approval {
        by: "A. Person".to_owned(),
        role: "CTO".to_owned(),
        on: NaiveDate::from_ymd_opt(2026, 6, 1).unwrap(),
        reference: Some("TICKET-1".to_owned()),
    }
}

fn refused(settings: &[Setting], expected: &str) {
    assert_eq!(in_force(settings).unwrap_err().to_string(), expected);
}

#[test]
fn defaults_are_in_force_until_something_is_set() {
    let parameters = in_force(&[]).unwrap();
    let defined = Catalogue::builtin().unwrap().parameters().len();
    assert_eq!(parameters.iter().count(), defined);
    assert_eq!(parameters.duration("backup_interval"), Ok(TimeDelta::hours(24)));
    assert_eq!(
        parameters.duration("backup_interval_tolerance"),
        Ok(TimeDelta::hours(2))
    );
    assert_eq!(parameters.duration("activation_outage"), Ok(TimeDelta::hours(48)));
    assert_eq!(parameters.duration("clock_skew"), Ok(TimeDelta::minutes(5)));
    assert_eq!(parameters.days("exercise_max_age"), Ok(365));
    assert_eq!(parameters.days("evidence_max_age"), Ok(90));
    assert_eq!(parameters.days("schedule_slip_max"), Ok(0));
    assert_eq!(parameters.years("documentation_retention"), Ok(6));
    assert_eq!(parameters.percent("size_drop_alert_pct"), Ok(50));
    assert_eq!(parameters.choice("daily_mode"), Ok("both".to_owned()));
    assert_eq!(parameters.choice("alternate_location_level"), Ok("AZ".to_owned()));
    assert_eq!(parameters.switch("profile_nprm_2025"), Ok(false));
    assert_eq!(parameters.time_zone("policy_timezone"), Ok(Tz::UTC));
    assert_eq!(
        parameters.text("sample_seed"),
        Ok("sha256(bundle input manifest)".to_owned())
    );
    for not_set in ["min_retention", "recovery_start_max", "period"] {
        assert_eq!(parameters.get(not_set).unwrap().standing(), Standing::NotSet);
    }
    assert_eq!(parameters.optional_days("min_retention"), Ok(None));
    assert_eq!(parameters.optional_duration("recovery_start_max"), Ok(None));
    let error = parameters.days("min_retention").unwrap_err();
    assert_eq!(error.to_string(), "parameter `min_retention` is not set");
}

#[test]
fn a_vendors_default_is_never_a_value() {
    let catalogue = Catalogue::builtin().unwrap();
    let retention = catalogue.parameter(&"min_retention".parse().unwrap()).unwrap();
    assert_eq!(retention.vendor_default, Some(ParameterValue::Days(35)));
    assert_eq!(retention.default, None);
}

#[test]
fn what_a_value_rests_on() {
    let standing = |settings: &[Setting], id: &str| in_force(settings).unwrap().get(id).unwrap().standing();
    assert_eq!(standing(&[], "backup_interval"), Standing::DefinedByPolicy);
    assert_eq!(standing(&[], "failed_job_followup"), Standing::Assumed);
    assert_eq!(
        standing(&[], "bia_max_age"),
        Standing::Assumed,
        "the policy gives it only in part"
    );
    let other = setting("backup_interval", "48h");
    assert_eq!(
        standing(std::slice::from_ref(&other), "backup_interval"),
        Standing::Assumed
    );
    let approved = Setting {
        approval: Some(approval()),
        ..other
    };
    assert_eq!(standing(&[approved], "backup_interval"), Standing::Approved);
    let same = in_force(&[setting("backup_interval", "1d")]).unwrap();
    assert!(
        same.get("backup_interval").unwrap().is_default,
        "a day is 24 hours of elapsed time"
    );
}

#[test]
fn settings_replace_defaults_and_nothing_else() {
    let parameters = in_force(&[setting("min_retention", "35d"), setting("rto_goal", "4h")]).unwrap();
    assert_eq!(parameters.optional_days("min_retention"), Ok(Some(35)));
    assert_eq!(parameters.duration("rto_goal"), Ok(TimeDelta::hours(4)));
    assert_eq!(parameters.duration("rpo_goal"), Ok(TimeDelta::hours(24)));
    let changed: Vec<_> = parameters
        .iter()
        .filter(|known| !known.is_default)
        .map(|known| &known.id)
        .collect();
    assert_eq!(
        changed.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
        ["min_retention", "rto_goal"]
    );
}

#[test]
fn bad_settings_are_refused() {
    refused(
        &[setting("backup_intervall", "24h")],
        "unknown parameter `backup_intervall`; did you mean `backup_interval`?",
    );
    refused(&[setting("zzz", "24h")], "unknown parameter `zzz`");
    refused(
        &[setting("rto_goal", "24h"), setting("rto_goal", "4h")],
        "parameter `rto_goal` is set twice",
    );
    refused(
        &[setting("backup_interval", "0h")],
        "parameter `backup_interval`: \"0h\" is not a value of kind duration: it is zero",
    );
    refused(
        &[setting("exercise_max_age", "12h")],
        "parameter `exercise_max_age`: \"12h\" is not a value of kind days: it is not a whole number from 1 to \
         36525 followed by `d`",
    );
    refused(
        &[setting("daily_mode", "calendar")],
        "parameter `daily_mode`: \"calendar\" is not a value of kind choice: the choices are calendar_day, \
         max_gap, both; did you mean `calendar_day`?",
    );
    for (field, incomplete) in [
        (
            "by",
            Approval {
                by: " ".to_owned(),
                ..approval()
            },
        ),
        (
            "role",
            Approval {
                role: String::new(),
                ..approval()
            },
        ),
        (
            "reference",
            Approval {
                reference: Some(String::new()),
                ..approval()
            },
        ),
    ] {
        let setting = Setting {
            approval: Some(incomplete),
            ..setting("rto_goal", "4h")
        };
        refused(
            &[setting],
            &format!("parameter `rto_goal`: the approval has an empty `{field}`"),
        );
    }
}

#[test]
fn a_value_is_only_had_as_its_own_kind() {
    let parameters = in_force(&[]).unwrap();
    assert_eq!(
        parameters.duration("exercise_max_age").unwrap_err().to_string(),
        "parameter `exercise_max_age` holds `365d`, which is not of kind duration"
    );
    assert_eq!(
        parameters.optional_days("exercise_age").unwrap_err().to_string(),
        "unknown parameter `exercise_age`; did you mean `exercise_max_age`?"
    );
}
