//! The role roster: what a row tells, and which later rows write the past anew.

use super::revisions::export;
use super::*;
use crate::model::records::governance::CopyOf;

/// A row of the roster with `more` members.
fn row(more: &str) -> String {
    format!(
        r#"{{"_id":"roster:p-1","person_id":"p-1","role":"Engineer","team":"DevOps","from":"2024-02-05",
        "identity_arns":[]{more}}}"#
    )
}

/// An instant as MongoDB writes it; 1783000000 is 2026-07-02T13:46:40Z.
fn date(seconds: u64) -> String {
    format!(r#"{{"$date":{{"$numberLong":"{seconds}000"}}}}"#)
}

/// The conflicts between the rows of two exports, of 2026-07-06 and 2026-07-13.
fn conflicts(first: &str, second: &str) -> Vec<String> {
    let records = normalized(&[
        export("07-06", Source::RoleRoster, &[first]),
        export("07-13", Source::RoleRoster, &[second]),
    ]);
    assert!(records.misfits.is_empty(), "{:?}", records.misfits);
    let told = records.conflicts.into_iter().map(|conflict| conflict.difference);
    told.collect()
}

#[test]
fn a_row_tells_training_copies_and_access() {
    let more = format!(
        r#","leads":["DevOps"],"training":[{{"course":"contingency","completed_at":"2026-01-22","expires_at":null}}],
        "attestations":[{{"what":"contact_list","doc_id":"DOC-CP","version":"5.0","at":{at}}}],
        "approved_access":[{{"principal_arn":"arn:aws:iam::111122223333:role/devops","actions":["backup:*"],
        "approved_by":"p-9","approved_at":{at}}}]"#,
        at = date(1_783_000_000)
    );
    let records = normalized(&[export("07-06", Source::RoleRoster, &[&row(&more)])]);
    let holder = &records.roster[0].value;
    assert_eq!(holder.leads, ["DevOps"]);
    let training = holder.training.as_deref().expect("a record of training");
    assert_eq!(training[0].course, "contingency");
    assert_eq!(training[0].expires, None);
    assert_eq!(holder.attestations[0].what, CopyOf::ContactList);
    assert_eq!(holder.attestations[0].version, "5.0");
    assert_eq!(holder.approved_access[0].actions, ["backup:*"]);
    let records = normalized(&[export("07-06", Source::RoleRoster, &[&row("")])]);
    assert_eq!(records.roster[0].value.training, None);
}

#[test]
fn what_was_written_afterwards_is_a_conflict() {
    let course = |day: &str| {
        row(&format!(
            r#","training":[{{"course":"c","completed_at":"{day}"}}]"#
        ))
    };
    assert_eq!(
        conflicts(&row(""), &course("2026-07-05")),
        ["the course completed on 2026-07-05 was not in the row read at 2026-07-06T05:00:01.210Z"]
    );
    assert!(conflicts(&row(""), &course("2026-07-06")).is_empty());
    assert!(conflicts(&course("2026-07-05"), &row("")).is_empty());
    let copy = |at| {
        row(&format!(
            r#","attestations":[{{"what":"policy","doc_id":"D","version":"1","at":{}}}]"#,
            date(at)
        ))
    };
    assert_eq!(conflicts(&row(""), &copy(1_783_000_000)).len(), 1);
    assert!(conflicts(&row(""), &copy(1_783_400_000)).is_empty());
    let access = |at, until: Option<u64>| {
        let until = until.map(|until| format!(r#","until":{}"#, date(until)));
        row(&format!(
            r#","approved_access":[{{"principal_arn":"a","actions":["b"],"approved_by":"p-9","approved_at":{}{}}}]"#,
            date(at),
            until.unwrap_or_default()
        ))
    };
    assert_eq!(conflicts(&row(""), &access(1_783_000_000, None)).len(), 1);
    assert!(conflicts(&row(""), &access(1_783_400_000, None)).is_empty());
    let soon = access(1_783_000_000, Some(1_783_900_000));
    assert!(conflicts(&access(1_783_000_000, None), &soon).is_empty());
    assert_eq!(conflicts(&soon, &access(1_783_000_000, None)).len(), 1);
}

#[test]
fn a_role_that_was_over_does_not_last_longer_afterwards() {
    let until = |day: &str| row(&format!(r#","to":"{day}""#));
    let over = ["the role was over when the row was read at 2026-07-06T05:00:01.210Z"];
    assert_eq!(conflicts(&until("2026-07-05"), &row("")), over);
    assert_eq!(conflicts(&until("2026-07-05"), &until("2026-07-06")), over);
    assert!(conflicts(&until("2026-07-06"), &row("")).is_empty());
    assert!(conflicts(&until("2026-07-05"), &until("2026-07-04")).is_empty());
    assert!(conflicts(&row(""), &until("2026-07-04")).is_empty());
    let moved = row("").replace(r#""team":"DevOps""#, r#""team":"Ops""#);
    assert_eq!(conflicts(&row(""), &moved), ["the team changed"]);
}
