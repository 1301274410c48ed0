//! The registers: documents as extended JSON, revisions, and two rows of one thing.

use super::*;
use crate::model::records::governance;

const VOLUME: &str = "arn:aws:ec2:us-east-1:111122223333:volume/vol-01";

fn inventory(rows: &str) -> Asked {
    let body = format!(
        r#"{{"cursor":{{"firstBatch":[{rows}],"id":{{"$numberLong":"0"}},"ns":"compliance.systems_inventory"}},
        "ok":{{"$numberDouble":"1.0"}}}}"#
    );
    Asked::on(
        "07-06",
        "",
        Source::SystemsInventory,
        "mongodb:find",
        "find=systems_inventory",
    )
    .page("", &body)
}

fn system(id: &str, name: &str, rest: &str) -> String {
    format!(
        r#"{{"_id":"{id}","system_id":"db-main","name":"{name}","class":"database","criticality":"critical","ephi":"stores",
        "provider":"aws","account":"111122223333","region":"us-east-1","resource_ids":["{VOLUME}"]{rest},
        "as_of":{{"$date":{{"$numberLong":"1783000000000"}}}}}}"#
    )
}

#[test]
fn the_inventory_has_systems_and_statements_and_no_defaults() {
    let unused = r#"{"_id":"u1","statement":"class_not_used","class":"webhook","approved_by":"p-001",
        "approved_at":{"$date":{"$numberLong":"1783000000000"}},"rationale":"none in use"}"#;
    let records = normalized(&[inventory(&format!(
        "{},{unused}",
        system("1", "Main", r#","owner":null"#)
    ))]);
    let system_row = &records.systems[0].value;
    assert_eq!(
        (system_row.owner.as_deref(), system_row.backup_method),
        (None, None)
    );
    assert_eq!(system_row.as_of, at("2026-07-02T13:46:40Z"));
    assert_eq!(
        records.unused_classes[0].value.class,
        governance::SystemClass::Webhook
    );
    for (broken, why) in [
        (system("1", "Main", r#","backup_method":"hope""#), "hope"),
        (
            system("1", "Main", r#","onboarded_at":"2026-07-01""#),
            "invalid type",
        ),
        (
            system("1", "Main", "").replace(r#""criticality":"critical","#, ""),
            "criticality",
        ),
        (unused.replace("class_not_used", "class_used"), "class_used"),
    ] {
        let records = normalized(&[inventory(&broken)]);
        assert!(records.systems.is_empty() && records.unused_classes.is_empty());
        assert!(
            records.misfits[0].reason.contains(why),
            "{why:?} in {:?}",
            records.misfits[0].reason
        );
        lacks(
            &records,
            Source::SystemsInventory,
            span("07-01T00:00", "07-02T00:00"),
            "record 1".get(..6).unwrap_or(""),
        );
    }
}

#[test]
fn two_rows_of_one_system_in_one_export_are_a_conflict() {
    let rows = [system("1", "Main", ""), system("2", "Other", "")].join(",");
    let records = normalized(&[inventory(&rows)]);
    assert_eq!((records.systems.len(), records.conflicts.len()), (1, 1));
    assert_eq!(records.conflicts[0].id, "db-main");
    let same = normalized(&[inventory(
        &[system("1", "Main", ""), system("2", "Main", "")].join(","),
    )]);
    assert!(same.conflicts.is_empty(), "equal rows say the same");
    let batch = |name: &str, cursor: &str, row: &str| {
        format!(
            r#"{{"cursor":{{"{name}":[{row}],"id":{{"$numberLong":"{cursor}"}},"ns":"compliance.systems_inventory"}},
            "ok":{{"$numberDouble":"1.0"}}}}"#
        )
    };
    let pages = Asked::on("07-06", "", Source::SystemsInventory, "mongodb:find", "")
        .page("", &batch("firstBatch", "7", &system("1", "Main", "")))
        .page("getMore=7", &batch("nextBatch", "0", &system("2", "Other", "")));
    assert_eq!(
        normalized(&[pages]).conflicts.len(),
        1,
        "on two pages of one export as well"
    );
    let mut later = inventory(&system("1", "Renamed", ""));
    later.receipt.id = "2026-07-07/systems_inventory".parse().expect("an id");
    let day = chrono::TimeDelta::days(1);
    later.receipt.started += day;
    later.receipt.finished += day;
    later.receipt.pages[0].received += day;
    let renamed = normalized(&[later, inventory(&system("1", "Main", ""))]);
    assert!(renamed.conflicts.is_empty(), "an edit is a revision");
}

#[test]
fn a_statement_of_two_contents_in_one_export_does_not_stand() {
    let unused = |class: &str| {
        format!(
            r#"{{"_id":"u1","statement":"class_not_used","class":"{class}","approved_by":"p-001",
            "approved_at":{{"$date":{{"$numberLong":"1783000000000"}}}},"rationale":"none in use"}}"#
        )
    };
    let stands = |rows: &[String]| {
        let records = normalized(&[inventory(&rows.join(","))]);
        records.standing_unused_classes().count()
    };
    assert_eq!(stands(&[unused("webhook")]), 1);
    assert_eq!(stands(&[unused("webhook"), unused("webhook")]), 1);
    assert_eq!(stands(&[unused("webhook"), unused("cache")]), 0);
}
