//! What a folded record keeps of its earlier revisions, and which revisions can't both be true.

use super::places::points;
use super::plans::whole_plans;
use super::*;
use crate::model::records::Observed;

/// An export of `source` on `day` that holds `rows`.
pub(super) fn export(day: &str, source: Source, rows: &[&str]) -> Asked {
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

#[test]
fn an_entry_is_not_dated_back_before_an_export_without_it() {
    let opened = |text: &str| {
        let milliseconds = at(text).timestamp_millis().to_string();
        TICKET.replace("1783000000000", &milliseconds)
    };
    let medium = |text: &str| {
        format!(
            r#"{{"_id":"1","media_id":"M","kind":"laptop","movements":[],"registered_at":{{"$date":{{"$numberLong":"{}"}}}}}}"#,
            at(text).timestamp_millis()
        )
    };
    for (source, id, row) in [
        (Source::Tickets, "T-1", &opened as &dyn Fn(&str) -> String),
        (Source::MediaRegister, "M", &medium),
    ] {
        let conflicts = |without: &Asked, row: &str| {
            let records = normalized(&[export("07-08", source, &[row]), without.clone()]);
            assert!(records.misfits.is_empty(), "{:?}", records.misfits);
            records.conflicts
        };
        let without = export("07-06", source, &[]);
        let [found] = &conflicts(&without, &row("2026-07-06T04:54:59Z"))[..] else {
            panic!("an export of {source} lacks {id}");
        };
        assert_eq!(
            (found.source, found.id.as_str(), found.moved.when),
            (source, id, true)
        );
        let words = "and the complete export of 2026-07-06T05:00:01.210Z does not hold it";
        assert!(found.difference.ends_with(words), "{}", found.difference);
        assert_eq!(found.citations.len(), 2);
        // What was entered since, or while clocks may differ, that export could not hold.
        for entered in ["2026-07-06T04:56:00Z", "2026-07-07T05:00:00Z"] {
            assert_eq!(conflicts(&without, &row(entered)), [], "{source} {entered}");
        }
        let early = row("2026-07-01T05:00:00Z");
        assert_eq!(
            conflicts(&broken("07-06", source, &[]), &early),
            [],
            "it may hold it"
        );
        assert_eq!(conflicts(&export("07-06", source, &[&early]), &early), []);
        assert_eq!(conflicts(&broken("07-05", source, &[&early]), &early), []);
    }
}

/// The conflicts of one record of `source`, read on 6 July and, changed, on 8 July.
fn differences(source: Source, row: &str, from: &str, to: &str) -> Vec<String> {
    assert!(row.contains(from), "{from} has to be in the row");
    let later = row.replace(from, to);
    let exports = [
        export("07-08", source, &[&later]),
        export("07-07", source, &[row]),
        export("07-06", source, &[row]),
    ];
    let records = normalized(&exports);
    assert!(records.misfits.is_empty(), "{:?}", records.misfits);
    let all = records.conflicts.into_iter();
    all.map(|conflict| conflict.difference).collect()
}

#[track_caller]
pub(super) fn rewrites(source: Source, row: &str, from: &str, to: &str, why: &str) {
    let found = differences(source, row, from, to);
    assert!(
        found.len() == 1 && found[0].contains(why),
        "{to} should be {why:?}, is {found:?}"
    );
}

#[track_caller]
pub(super) fn revises(source: Source, row: &str, from: &str, to: &str) {
    assert_eq!(differences(source, row, from, to), [""; 0], "{to}");
}

/// A BSON date: 05:00:00 on a day of July 2026.
pub(super) fn july(day: i64) -> String {
    let at = at("2026-07-01T05:00:00Z") + chrono::TimeDelta::days(day - 1);
    format!(r#"{{"$date":{{"$numberLong":"{}"}}}}"#, at.timestamp_millis())
}

#[test]
fn a_system_can_t_be_written_out_of_the_past() {
    let source = Source::SystemsInventory;
    let row = format!(
        r#"{{"_id":"1","system_id":"db","name":"Main","class":"database","criticality":"critical","ephi":"stores",
        "owner":"p-001","provider":"aws","account":"111122223333","region":"us-east-1","resource_ids":["atlas:p/c"],
        "onboarded_at":{},"as_of":{}}}"#,
        july(1),
        july(5)
    );
    let onboarded = format!(r#""onboarded_at":{}"#, july(1));
    let until = |day| format!(r#"{onboarded},"decommissioned_at":{}"#, july(day));
    rewrites(source, &row, "stores", "none", "what it does with ephi");
    rewrites(
        source,
        &row,
        r#""critical","#,
        r#""non_critical","#,
        "whether it is critical",
    );
    rewrites(source, &row, "database", "other", "its class");
    rewrites(source, &row, r#""aws""#, r#""saas""#, "its host");
    rewrites(
        source,
        &row,
        r#"["atlas:p/c"]"#,
        "[]",
        "its resource atlas:p/c was dropped",
    );
    rewrites(source, &row, &july(1), &july(2), "since when it is in use");
    rewrites(source, &row, &onboarded, &until(6), "was in use");
    // It was still in use when the row was read on the 7th, a second after five.
    rewrites(source, &row, &onboarded, &until(7), "was in use");
    revises(source, &row, &onboarded, &until(8));
    revises(source, &row, "p-001", "p-002");
    revises(source, &row, &july(5), &july(8));
    revises(source, &row, r#"["atlas:p/c"]"#, r#"["atlas:p/c","atlas:p/d"]"#);
    let unknown = row.replace("stores", "unknown");
    revises(source, &unknown, "unknown", "none");
    let undated = row.replace(&onboarded, r#""onboarded_at":null"#);
    revises(source, &undated, r#""onboarded_at":null"#, &onboarded);
    let late = format!(r#""onboarded_at":{}"#, july(8));
    rewrites(
        source,
        &undated,
        r#""onboarded_at":null"#,
        &late,
        "in the inventory",
    );
    let gone = row.replace(&onboarded, &until(3));
    rewrites(source, &gone, &july(3), &july(4), "put out of use");
}

#[test]
fn a_move_of_a_resource_can_t_be_dropped_or_dated_before_a_revision_without_it() {
    let source = Source::SystemsInventory;
    let row = |migrations: &str| {
        format!(
            r#"{{"_id":"1","system_id":"db","name":"Main","class":"database","criticality":"critical","ephi":"stores",
            "provider":"aws","account":"111122223333","region":"us-east-1","resource_ids":["atlas:p/c"],
            "migrations":{migrations},"as_of":{}}}"#,
            july(5)
        )
    };
    let moved = |day: &str, to: &str| format!(r#"[{{"at":{day},"from":"atlas:p/c","to":{to}}}]"#);
    let to = r#""atlas:p/d""#;
    let (none, undated) = ("null", moved("null", "null"));
    let late = "the move of atlas:p/c was not in the row read at 2026-07-07";
    rewrites(source, &row(none), none, &moved(&july(6), to), late);
    rewrites(source, &row(none), none, &moved(&july(7), to), late);
    revises(source, &row(none), none, &moved(&july(8), to));
    revises(source, &row(none), none, &undated);
    revises(source, &row(&undated), &undated, &moved(&july(3), to));
    let known = moved(&july(3), to);
    let dropped = "the move of atlas:p/c was changed or dropped";
    for other in [
        "[]",
        &undated,
        &moved(&july(4), to),
        &moved(&july(3), r#""atlas:p/e""#),
        &known.replace("atlas:p/c", "atlas:p/b"),
    ] {
        rewrites(source, &row(&known), &known, other, dropped);
    }
    let records = normalized(&[export("07-06", source, &[&row(&known)])]);
    let migration = &records.systems[0].value.migrations[0];
    assert_eq!(migration.at, Some(at("2026-07-03T05:00:00Z")));
    assert_eq!(migration.from.as_str(), "atlas:p/c");
    assert_eq!(migration.to.as_ref().map(|to| to.as_str()), Some("atlas:p/d"));
}

#[test]
fn an_approval_can_t_be_dated_before_a_revision_without_it() {
    let approved = |day| format!(r#""approved_by":"p-001","approved_at":{}"#, july(day));
    let none = r#""approved_by":null,"approved_at":null"#;
    let exempt = |day, more: &str| {
        format!(
            r#""exemption":{{"rationale":"r","approved_by":"p-001","approved_at":{},"from":{}{more}}}"#,
            july(day),
            july(9)
        )
    };
    let ticket = TICKET.replace(r#""refs""#, &format!(r#"{none},"refs""#));
    let bia = format!(
        r#"{{"_id":"1","bia_id":"B","version":"1","performed_at":"2026-06-01",{none},"systems":[]}}"#
    );
    let schedule = format!(
        r#"{{"_id":"1","schedule_id":"S","version":"1",{none},"year":{{"$numberInt":"2026"}},"items":[]}}"#
    );
    for (source, row) in [
        (Source::Tickets, &ticket),
        (Source::Bia, &bia),
        (Source::ExerciseSchedule, &schedule),
    ] {
        rewrites(
            source,
            row,
            none,
            &approved(6),
            "the approval of 2026-07-06T05:00:00Z is not",
        );
        rewrites(source, row, none, &approved(7), "the approval");
        revises(source, row, none, &approved(8));
        let by_another = row.replace(none, &approved(1));
        let found = differences(
            source,
            &by_another,
            "p-001\",\"approved_at",
            "p-002\",\"approved_at",
        );
        assert_eq!(found.len(), 1, "{source}: another approver");
        revises(source, &by_another, &approved(1), none);
    }
    let system = format!(
        r#"{{"_id":"1","system_id":"db","name":"Main","class":"database","criticality":"critical","ephi":"stores",
        "provider":"aws","account":"111122223333","region":"us-east-1","resource_ids":[],"exemption":null,"as_of":{}}}"#,
        july(5)
    );
    let (source, absent) = (Source::SystemsInventory, r#""exemption":null"#);
    rewrites(source, &system, absent, &exempt(6, ""), "was read without it");
    revises(source, &system, absent, &exempt(8, ""));
    let there = system.replace(absent, &exempt(1, ""));
    let until = format!(r#","until":{}"#, july(20));
    revises(source, &there, &exempt(1, ""), &exempt(1, &until));
    revises(source, &there, &exempt(1, ""), absent);
    let ends = system.replace(absent, &exempt(1, &until));
    let longer = format!(r#","until":{}"#, july(30));
    rewrites(
        source,
        &ends,
        &exempt(1, &until),
        &exempt(1, &longer),
        "with other terms",
    );
}

#[test]
fn a_version_of_a_schedule_or_analysis_does_not_change() {
    let item = |rest: &str| {
        format!(
            r#"{{"planned_id":"TT-1","type":"tabletop","planned_date":"2026-07-05","scope_systems":["db"]{rest}}}"#
        )
    };
    let schedule = format!(
        r#"{{"_id":"1","schedule_id":"S","version":"1","year":{{"$numberInt":"2026"}},"items":[{}]}}"#,
        item("")
    );
    let moved = |to: &str, day| {
        format!(
            r#","rescheduled_to":"{to}","reschedule_approved_by":"p-001","reschedule_approved_at":{}"#,
            july(day)
        )
    };
    let source = Source::ExerciseSchedule;
    rewrites(source, &schedule, &item(""), "", "TT-1 was dropped");
    rewrites(source, &schedule, "2026-07-05", "2026-07-25", "TT-1 was changed");
    rewrites(source, &schedule, "tabletop", "technical", "TT-1 was changed");
    rewrites(source, &schedule, r#"["db"]"#, "[]", "TT-1 was changed");
    rewrites(
        source,
        &schedule,
        &item(""),
        &item(&moved("2026-07-20", 4)),
        "the approval of a new date",
    );
    revises(source, &schedule, &item(""), &item(&moved("2026-07-20", 8)));
    let earlier = schedule.replace(&item(""), &item(&moved("2026-07-20", 4)));
    rewrites(
        source,
        &earlier,
        "2026-07-20",
        "2026-07-30",
        "the new date of TT-1 was changed",
    );
    let bia = r#"{"_id":"1","bia_id":"B","version":"1","performed_at":"2026-06-01","systems":[{"system_id":"db"}]}"#;
    rewrites(
        Source::Bia,
        bia,
        "2026-06-01",
        "2026-07-01",
        "the day of performance",
    );
    rewrites(Source::Bia, bia, r#"{"system_id":"db"}"#, "", "the systems rated");
    let exercise = format!(
        r#"{{"_id":"1","exercise_id":"E","type":"tabletop","held_at":{},"status":"not_completed","scope_systems":["db"],
        "participants":[],"facilitator":"p-001","walkthrough":{{"notification":false,"activation":true}}}}"#,
        july(4)
    );
    let source = Source::Exercises;
    rewrites(
        source,
        &exercise,
        "not_completed",
        "completed",
        "whether it was completed",
    );
    rewrites(
        source,
        &exercise,
        r#"["db"]"#,
        r#"["db","web"]"#,
        "the systems in scope",
    );
    rewrites(source, &exercise, "false", "true", "walk-through of notification");
    revises(source, &exercise, "p-001", "p-002");
}

#[test]
fn the_order_of_two_rows_in_one_answer_decides_nothing() {
    let (source, edited) = (
        Source::Tickets,
        TICKET.replace(r#""title":"a""#, r#""title":"b""#),
    );
    for rows in [[TICKET, &edited], [&edited, TICKET]] {
        // One of the two had been read before: it is no news, and the other one contradicts it all the same.
        for before in [TICKET, &edited] {
            let records = normalized(&[export("07-07", source, &rows), export("07-06", source, &[before])]);
            assert_eq!(records.conflicts.len(), 1);
            assert!(records.conflicts[0].difference.starts_with("stands twice"));
        }
    }
    // Nor does the name of the pull, of two at one time.
    let mut twin = export("07-07", source, &[&edited]);
    twin.receipt.id = "2026-07-07/another".parse().expect("an id");
    let records = normalized(&[export("07-07", source, &[TICKET]), twin]);
    assert_eq!(
        records.conflicts[0].difference,
        "was read twice at one time with different content"
    );
}

#[test]
fn an_action_item_can_t_be_dropped_closed_or_put_off_afterwards() {
    let source = Source::Exercises;
    let item = r#"{"id":"ACT-1","owner":"p-008","due":"2026-07-03","plan_change":true}"#;
    let row = format!(
        r#"{{"_id":"1","exercise_id":"EX-1","type":"tabletop","held_at":{},"status":"completed","scope_systems":["db"],
        "participants":[{{"person":"p-001","role":"CTO"}}],"facilitator":"p-011","report_signed_by":null,
        "report_signed_at":null,"action_items":[{item}]}}"#,
        july(1)
    );
    rewrites(source, &row, item, "", "action item ACT-1 was dropped");
    rewrites(
        source,
        &row,
        r#""plan_change":true"#,
        r#""plan_change":null"#,
        "or its mark",
    );
    rewrites(
        source,
        &row,
        "2026-07-03",
        "2026-08-03",
        "was moved after 2026-07-03",
    );
    let closed = |day| format!(r#""due":"2026-07-03","closed_at":{}"#, july(day));
    rewrites(
        source,
        &row,
        r#""due":"2026-07-03""#,
        &closed(6),
        "was not closed so by the row",
    );
    revises(source, &row, r#""due":"2026-07-03""#, &closed(8));
    let signed = |day| format!(r#""report_signed_by":"p-001","report_signed_at":{}"#, july(day));
    let unsigned = "\"report_signed_by\":null,\n        \"report_signed_at\":null";
    rewrites(source, &row, unsigned, &signed(6), "the signature of the report");
    revises(source, &row, unsigned, &signed(8));
    rewrites(
        source,
        &row,
        r#"{"person":"p-001","role":"CTO"}"#,
        r#"{"person":"p-003","role":"CEO"}"#,
        "the participants changed",
    );
}

#[test]
fn a_version_of_a_document_does_not_change() {
    let source = Source::PlanDocuments;
    let row = format!(
        r#"{{"_id":"1","doc_id":"CP","title":"Plan","version":"1","kind":"policy","effective_from":"2026-01-05",
        "superseded_at":null,"supersedes":"none","approved_by":null,"approved_at":null,"reviewed_at":{},
        "change_note":"first","contacts":[],"phases":["recovery"],"sha256":"aa"}}"#,
        july(1)
    );
    for (from, to, why) in [
        (r#""policy""#, r#""contingency_plan""#, "its kind changed"),
        (r#""2026-01-05""#, r#""2025-01-05""#, "its first day changed"),
        (r#""none""#, r#""0.9""#, "what it replaced changed"),
        (r#""first""#, r#""ACT-1""#, "the note of its changes changed"),
        (
            r#"[]"#,
            r#"[{"person":"p-001","role":"CTO"}]"#,
            "the contact list changed",
        ),
        (r#"["recovery"]"#, r#"[]"#, "the phases changed"),
        (r#""aa""#, r#""bb""#, "digest changed"),
        (
            r#""superseded_at":null"#,
            r#""superseded_at":"2026-07-05""#,
            "the day it was superseded",
        ),
    ] {
        rewrites(source, &row, from, to, why);
    }
    revises(
        source,
        &row,
        r#""superseded_at":null"#,
        r#""superseded_at":"2026-07-06""#,
    );
    let approved = |day| format!(r#""approved_by":"p-002","approved_at":{}"#, july(day));
    let none = r#""approved_by":null,"approved_at":null"#;
    rewrites(source, &row, none, &approved(6), "the approval");
    revises(source, &row, none, &approved(8));
    rewrites(source, &row, &july(1), &july(2), "the review of");
    revises(source, &row, &july(1), &july(8));
    let reviewed_again = [
        export("07-09", source, &[&row.replace(&july(1), &july(8))]),
        export("07-06", source, &[&row]),
    ];
    let reviews = normalized(&reviewed_again).documents[0].value.reviews.len();
    assert_eq!(reviews, 2, "an earlier review is remembered");
}

#[test]
fn a_sign_off_is_of_its_review_and_can_t_be_added_to_one_that_was_read_without_it() {
    let review = |day, signed: &str| format!(r#""reviewed_at":{},"signed_off":{signed}"#, july(day));
    let row = |review: &str| {
        format!(
            r#"{{"_id":"1","test_id":"R","system_id":"db","backup_id":"b","backup_time":{day},"restore_started":{day},
            "target_location":"lab","tester":"p-006","reviewer":"p-005",{review},"method":"none","result":"success",
            "deviations":[],"tickets":[]}}"#,
            day = july(2)
        )
    };
    let source = Source::RestoreTests;
    let why = "the sign-off of the review of 2026-07-03T05:00:00Z is not in the row";
    for without in ["false", "null"] {
        let read = review(3, without);
        rewrites(source, &row(&read), &read, &review(3, "true"), why);
        // Reviewed anew, and signed off then.
        revises(source, &row(&read), &read, &review(8, "true"));
    }
    let signed = review(3, "true");
    revises(source, &row(&signed), &signed, &review(3, "false"));
    let unreviewed = r#""reviewed_at":null,"signed_off":null"#;
    revises(source, &row(unreviewed), unreviewed, &review(8, "true"));
    rewrites(
        source,
        &row(unreviewed),
        unreviewed,
        &review(7, "true"),
        "the review",
    );
}

#[test]
fn a_ticket_can_t_be_put_off_when_its_day_has_passed_nor_closed_before_it_was_read_open() {
    let ticket = |rest: &str| TICKET.replace(r#""refs""#, &format!(r#"{rest},"refs""#));
    let source = Source::Tickets;
    let due = |day: &str| format!(r#""due":"2026-07-{day}""#);
    let passed = "the day by which it is due was moved after 2026-07-03 had passed";
    rewrites(source, &ticket(&due("03")), &due("03"), &due("30"), passed);
    rewrites(source, &ticket(&due("03")), &due("03"), r#""due":null"#, passed);
    revises(source, &ticket(&due("20")), &due("20"), &due("30"));
    // Over it is when the day has passed everywhere: 36 hours after it began in UTC.
    revises(source, &ticket(&due("06")), &due("06"), &due("30"));
    rewrites(
        source,
        &ticket(&due("05")),
        &due("05"),
        &due("30"),
        "after 2026-07-05 had passed",
    );
    let closed = |day| format!(r#""closed_at":{}"#, july(day));
    let open = r#""closed_at":null"#;
    rewrites(
        source,
        &ticket(open),
        open,
        &closed(6),
        "was not closed so by the row",
    );
    revises(source, &ticket(open), open, &closed(8));
    let again = ticket(&closed(4));
    rewrites(
        source,
        &again,
        &closed(4),
        &closed(3),
        "was not closed so by the row",
    );
}

#[test]
fn a_delegation_can_t_be_dated_before_a_revision_without_it() {
    let delegated =
        |by: &str, day| format!(r#""delegation":{{"by":"{by}","at":{},"reason":null}}"#, july(day));
    let none = r#""delegation":null"#;
    let row = |delegation: &str| {
        format!(
            r#"{{"_id":"1","schedule_id":"S","version":"1",{delegation},"year":{{"$numberInt":"2026"}},"items":[]}}"#
        )
    };
    let source = Source::ExerciseSchedule;
    let why = "the delegation of 2026-07-06T05:00:00Z is not";
    rewrites(source, &row(none), none, &delegated("p-001", 6), why);
    revises(source, &row(none), none, &delegated("p-001", 8));
    let earlier = delegated("p-001", 2);
    rewrites(
        source,
        &row(&earlier),
        &earlier,
        &delegated("p-002", 2),
        "the delegation",
    );
    revises(source, &row(&earlier), &earlier, none);
}
