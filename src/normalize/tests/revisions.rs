//! What a folded record keeps of its earlier revisions, and which revisions can't both be true.

use super::places::points;
use super::plans::whole_plans;
use super::*;
use crate::model::records::Observed;

/// An export of `source` on `day` that holds `rows`.
fn export(day: &str, source: Source, rows: &[&str]) -> Asked {
    let body = format!(
        r#"{{"cursor":{{"firstBatch":[{}],"id":{{"$numberLong":"0"}},"ns":"compliance.{source}"}},
        "ok":{{"$numberDouble":"1.0"}}}}"#,
        rows.join(",")
    );
    Asked::on(day, "", source, "mongodb:find", &format!("find={source}")).page("", &body)
}

/// The same export, its cursor not exhausted.
fn broken(day: &str, source: Source, rows: &[&str]) -> Asked {
    let mut pull = export(day, source, rows);
    let body = String::from_utf8(pull.bodies[0].clone()).expect("text");
    pull.bodies[0] = body
        .replace(r#""$numberLong":"0""#, r#""$numberLong":"7""#)
        .into_bytes();
    pull
}

const TICKET: &str = r#"{"_id":"T-1","ticket_id":"T-1","type":"change","title":"a","opened_at":
    {"$date":{"$numberLong":"1783000000000"}},"opened_by":"p-001","refs":[]}"#;

#[test]
fn the_latest_deletion_time_outlives_a_shortened_lifecycle() {
    let row = |delete_at: &str| {
        format!(
            r#"{{"RecoveryPointArn":"arn:aws:ec2:us-east-1::snapshot/snap-01","BackupVaultArn":
            "arn:aws:backup:us-east-1:111122223333:backup-vault:critical","Status":"COMPLETED","CreationDate":1782874800,
            "CalculatedLifecycle":{{"DeleteAt":{delete_at}}},"IsParent":false}}"#
        )
    };
    let records = normalized(&[
        points("07-07", "critical", &row("1783500000")),
        points("07-06", "critical", &row("1785900000")),
    ]);
    let point = &records.points[0].value;
    assert_eq!(point.delete_at, Instant::from_timestamp(1_783_500_000, 0));
    assert_eq!(
        point.delete_at_latest_seen,
        Instant::from_timestamp(1_785_900_000, 0)
    );
}

#[test]
fn tags_are_known_listing_by_listing() {
    let listing = |day: &str, tier: &str| {
        let row = format!(
            r#"{{"ResourceARN":"arn:aws:ec2:us-east-1:111122223333:volume/vol-01","Tags":[{{"Key":"tier","Value":"{tier}"}}]}}"#
        );
        let body = format!(r#"{{"ResourceTagMappingList":[{row}],"PaginationToken":""}}"#);
        Asked::on(day, "", Source::CloudResourceListing, "tag:GetResources", "").page("", &body)
    };
    let mut cut = listing("07-08", "lost");
    cut.bodies[0] = String::from_utf8(cut.bodies[0].clone())
        .expect("text")
        .replace(r#""PaginationToken":"""#, r#""PaginationToken":"more""#)
        .into_bytes();
    let records = normalized(&[cut, listing("07-07", "gold"), listing("07-06", "none")]);
    let history: Vec<_> = records.resources[0]
        .value
        .tag_history
        .iter()
        .map(|(at, tags)| (at.to_string(), tags["tier"].as_str()))
        .collect();
    assert_eq!(
        history,
        [
            ("2026-07-06 05:00:01.210 UTC".to_owned(), "none"),
            ("2026-07-07 05:00:01.210 UTC".to_owned(), "gold")
        ],
        "complete listings only"
    );
}

#[test]
fn a_selection_is_absent_from_the_first_list_without_it() {
    let mut pulls = whole_plans("07-06", &["s1"]);
    pulls.extend(whole_plans("07-08", &["s2"]));
    pulls.extend(whole_plans("07-09", &["s2"]));
    let records = normalized(&pulls);
    let selection = |id: &str| {
        let found = records
            .selections
            .iter()
            .find(|selection| selection.value.id == id);
        found.expect("the selection").value.clone()
    };
    assert_eq!(selection("s1").gone_after, Some(at("2026-07-06T05:00:01.210Z")));
    assert_eq!(selection("s1").absent_from, Some(at("2026-07-08T05:00:01.210Z")));
    assert_eq!(
        (selection("s2").gone_after, selection("s2").absent_from),
        (None, None)
    );
}

#[test]
fn a_record_stands_while_the_newest_complete_export_holds_it() {
    let stands = |pulls: &[Asked]| {
        let [ticket]: [Observed<_>; 1] = normalized(pulls).tickets.try_into().expect("one ticket");
        ticket.stands
    };
    let (source, edited) = (
        Source::Tickets,
        TICKET.replace(r#""title":"a""#, r#""title":"b""#),
    );
    let held = export("07-06", source, &[TICKET]);
    assert!(stands(std::slice::from_ref(&held)));
    let withdrawn = export("07-07", source, &[]);
    assert!(!stands(&[held.clone(), withdrawn]), "withdrawn");
    assert!(!stands(&[broken("07-06", source, &[TICKET])]), "never whole");
    let edit = broken("07-07", source, &[&edited]);
    assert!(
        !stands(&[held.clone(), edit]),
        "as edited it is in no complete export"
    );
    let again = broken("07-07", source, &[TICKET]);
    assert!(stands(&[held.clone(), again]), "a broken export says nothing new");
    let edit = export("07-07", source, &[&edited]);
    assert!(stands(&[edit, held]));
}
