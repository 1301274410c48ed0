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
