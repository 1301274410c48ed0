//! Registers of what happened to systems, media and recoveries: which revisions can't both be true.

use super::revisions::{july, revises, rewrites};
use super::*;

#[test]
fn a_recovery_is_not_measured_again_by_an_edit() {
    let [lost, ready] =
        ["simulated_loss_at", "service_ready_at"].map(|name| format!(r#""{name}":{}"#, july(3)));
    let test = format!(
        r#"{{"_id":"1","test_id":"R","system_id":"db","backup_id":"b","backup_time":{day},"restore_started":{day},{lost},{ready},
        "target_location":"lab","tester":"p-001","method":"none","result":"success","deviations":[],"tickets":[],
        "application_check":{{"at":{day},"result":"failure"}}}}"#,
        day = july(2)
    );
    let exercise = format!(
        r#"{{"_id":"1","exercise_id":"E","type":"technical","held_at":{},"status":"completed","scope_systems":["db"],
        "participants":[],"facilitator":"p-001",{lost},{ready}}}"#,
        july(2)
    );
    for (source, row) in [(Source::RestoreTests, &test), (Source::Exercises, &exercise)] {
        let later = lost.replace(&july(3), &july(4));
        rewrites(
            source,
            row,
            &lost,
            &later,
            "the time of the simulated loss changed",
        );
        rewrites(
            source,
            row,
            &lost,
            r#""simulated_loss_at":null"#,
            "the simulated loss changed",
        );
        let later = ready.replace(&july(3), &july(4));
        rewrites(
            source,
            row,
            &ready,
            &later,
            "at which the service was ready changed",
        );
        rewrites(
            source,
            row,
            &ready,
            r#""service_ready_at":null"#,
            "was ready changed",
        );
        let unsaid = row.replace(&lost, r#""simulated_loss_at":null"#);
        revises(source, &unsaid, r#""simulated_loss_at":null"#, &lost);
    }
    let failed = r#""result":"failure""#;
    rewrites(
        Source::RestoreTests,
        &test,
        failed,
        r#""result":"success""#,
        "the check of the application",
    );
}

#[test]
fn what_happened_in_an_incident_is_not_written_anew() {
    let day = july(3);
    let row = format!(
        r#"{{"_id":"1","incident_id":"I","detected_at":{day},"service_impact":true,"service_impact_start":{day},
        "service_restored_at":{restored},"hosting_outage":false,"predicted_outage_minutes":{{"$numberInt":"60"}},
        "plan_activated_at":{day},"activated_by":"p-001","recovery_started_at":{day},
        "notifications":[{{"at":{day},"from":"p-1","to":"p-2","channel":"phone"}}],
        "tasks":[{{"name":"assess_damage","team":"DevOps","done_at":{day}}}],"systems":["db"]}}"#,
        restored = july(4)
    );
    let source = Source::Incidents;
    let member = |name: &str| format!(r#""{name}":{day}"#);
    for (name, why) in [
        ("detected_at", "when it was detected"),
        ("service_impact_start", "the start of the impact"),
        ("plan_activated_at", "the activation"),
        ("recovery_started_at", "the start of the recovery"),
    ] {
        let later = format!(r#""{name}":{}"#, july(2));
        rewrites(source, &row, &member(name), &later, why);
    }
    let restored = format!(r#""service_restored_at":{}"#, july(4));
    rewrites(
        source,
        &row,
        &restored,
        r#""service_restored_at":null"#,
        "when the service was restored",
    );
    rewrites(
        source,
        &row,
        r#""service_impact":true"#,
        r#""service_impact":false"#,
        "whether a service was affected",
    );
    rewrites(
        source,
        &row,
        r#""hosting_outage":false"#,
        r#""hosting_outage":true"#,
        "whether the hosting was out",
    );
    rewrites(
        source,
        &row,
        r#""$numberInt":"60""#,
        r#""$numberInt":"90""#,
        "the predicted outage",
    );
    rewrites(
        source,
        &row,
        r#""activated_by":"p-001""#,
        r#""activated_by":"p-003""#,
        "who activated the plan",
    );
    rewrites(
        source,
        &row,
        r#""channel":"phone""#,
        r#""channel":"email""#,
        "a notification was changed or dropped",
    );
    rewrites(
        source,
        &row,
        r#""team":"DevOps""#,
        r#""team":"InfoSec""#,
        "a task that was done",
    );
    rewrites(source, &row, r#"["db"]"#, "[]", "a system was changed or dropped");
    revises(source, &row, r#"["db"]"#, r#"["db","web"]"#);
    let predicted = r#""predicted_outage_minutes":{"$numberInt":"60"}"#;
    let unsaid = row.replace(predicted, r#""predicted_outage_minutes":null"#);
    let none = r#""predicted_outage_minutes":null"#;
    rewrites(source, &unsaid, none, predicted, "predicted after it was over");
    let on = unsaid.replace(&restored, r#""service_restored_at":null"#);
    revises(source, &on, none, predicted);
    let idle = r#""plan_activated_at":null,"activated_by":null"#;
    let quiet = row.replace(
        &format!(r#"{},"activated_by":"p-001""#, member("plan_activated_at")),
        idle,
    );
    let activated = |on: i64| format!(r#""plan_activated_at":{},"activated_by":"p-001""#, july(on));
    rewrites(
        source,
        &quiet,
        idle,
        &activated(6),
        "the activation of 2026-07-06T05:00:00Z is not",
    );
    revises(source, &quiet, idle, &activated(8));
}

#[test]
fn what_the_register_of_media_knew_it_knows() {
    let day = july(3);
    let row = format!(
        r#"{{"_id":"1","media_id":"M","kind":"laptop","registered_at":{day},"first_used_at":{day},"ephi":"stores",
        "movements":[{{"at":{day},"from":"stock","to":"p-1","by":"p-2"}}],
        "sanitisations":[{{"at":{day},"method":"wipe"}}],"disposal":{{"at":{day}}}}}"#
    );
    let source = Source::MediaRegister;
    for (name, why) in [
        ("registered_at", "when it was registered"),
        ("first_used_at", "when it was first used"),
    ] {
        let from = format!(r#""{name}":{day}"#);
        rewrites(source, &row, &from, &format!(r#""{name}":{}"#, july(2)), why);
    }
    rewrites(source, &row, "stores", "none", "what it does with ephi");
    rewrites(
        source,
        &row,
        r#""to":"p-1""#,
        r#""to":"p-3""#,
        "a movement was changed or dropped",
    );
    rewrites(
        source,
        &row,
        "wipe",
        "burn",
        "a sanitisation was changed or dropped",
    );
    let disposal = format!(r#""disposal":{{"at":{day}}}"#);
    rewrites(
        source,
        &row,
        &disposal,
        r#""disposal":null"#,
        "when it was disposed of",
    );
    revises(
        source,
        &row,
        r#""kind":"laptop""#,
        r#""kind":"laptop","label":"M""#,
    );
    let registered = format!(r#""registered_at":{day}"#);
    let none = r#""registered_at":null"#;
    let unregistered = row.replace(&registered, none);
    rewrites(
        source,
        &unregistered,
        none,
        &registered,
        "which knew nothing of it",
    );
    revises(
        source,
        &unregistered,
        none,
        &format!(r#""registered_at":{}"#, july(8)),
    );
    for (known, lost, what) in [
        (
            &disposal,
            r#""disposal":null"#,
            "it was disposed of at 2026-07-03",
        ),
        (
            &format!(r#"[{{"at":{day},"method":"wipe"}}]"#),
            "[]",
            "it was sanitised at 2026-07-03",
        ),
    ] {
        let silent = row.replace(known.as_str(), lost);
        rewrites(source, &silent, lost, known, what);
        // The row was read on the 7th, a second after five.
        rewrites(
            source,
            &silent,
            lost,
            &known.replace(&day, &july(7)),
            "which knew nothing of it",
        );
        revises(source, &silent, lost, &known.replace(&day, &july(8)));
    }
    let undated = row.replace(&disposal, r#""disposal":{"at":null}"#);
    rewrites(
        source,
        &undated,
        r#""disposal":{"at":null}"#,
        &disposal,
        "it was disposed of",
    );
    let recorded = format!(r#""disposal":{{"at":{day},"method":"shred"}}"#);
    revises(source, &row, &disposal, &recorded);
    let listed = format!(r#"{{"_id":"1","device_id":"D","list":"mdm","media_id":"M","as_of":{day}}}"#);
    rewrites(Source::DeviceList, &listed, "mdm", "hr", "its list");
    rewrites(
        Source::DeviceList,
        &listed,
        r#""media_id":"M""#,
        r#""media_id":null"#,
        "its tag",
    );
    revises(Source::DeviceList, &listed, &day, &july(8));
    let as_of = format!(r#""as_of":{day}"#);
    let retired = format!(r#"{as_of},"retired_at":{day}"#);
    revises(Source::DeviceList, &listed, &as_of, &retired);
    let out_of_use = listed.replace(&as_of, &retired);
    rewrites(
        Source::DeviceList,
        &out_of_use,
        &retired,
        &as_of,
        "when it went out of use",
    );
}
