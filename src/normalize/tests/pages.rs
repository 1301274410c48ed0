//! Completeness of a single pull: one whole pull of each way of paging, and each rule broken once.

use std::borrow::Cow;

use super::*;
use crate::ledger::LedgerError;
use crate::ledger::store::EvidenceStore;
use crate::model::ids::EvidenceId;
use crate::normalize::normalize;

const JOB_1: &str = r#"{"AccountId":"111122223333","BackupJobId":"5A6B","BackupVaultName":"critical",
 "BackupVaultArn":"arn:aws:backup:us-east-1:111122223333:backup-vault:critical",
 "RecoveryPointArn":"arn:aws:ec2:us-east-1::snapshot/snap-01",
 "ResourceArn":"arn:aws:ec2:us-east-1:111122223333:volume/vol-01","CreationDate":1783227600.067,
 "CompletionDate":1.783229E9,"State":"COMPLETED","StatusMessage":null,"BackupSizeInBytes":1073741824,
 "CreatedBy":{"BackupPlanId":"plan-1","BackupRuleId":"rule-1"},"IsParent":false,"MessageCategory":"success"}"#;
const JOB_2: &str = r#"{"AccountId":"111122223333","BackupJobId":"7C8D",
 "BackupVaultArn":"arn:aws:backup:us-east-1:111122223333:backup-vault:critical",
 "ResourceArn":"arn:aws:s3:::luma-log-archive","CreationDate":1783227600,"State":"FAILED","IsParent":false}"#;

const WINDOW: (&str, &str) = ("06-28T05:00", "07-06T05:00");

/// Two whole pages of backup jobs.
fn jobs() -> Asked {
    Asked::on(
        "07-06",
        "",
        Source::AwsBackupJobs,
        "backup:ListBackupJobs",
        "MaxResults=20",
    )
    .window("ByCreatedAfter", "ByCreatedBefore")
    .page(
        "",
        &format!(r#"{{"BackupJobs":[{JOB_1}],"NextToken":"eyJwIjoyfQ"}}"#),
    )
    .page("NextToken=eyJwIjoyfQ", &format!(r#"{{"BackupJobs":[{JOB_2}]}}"#))
}

/// After `change`, the jobs prove nothing, for a reason that says `why`.
#[track_caller]
fn breaks(why: &str, change: impl FnOnce(&mut Asked)) {
    let mut pull = jobs();
    change(&mut pull);
    lacks(
        &normalized(&[pull]),
        Source::AwsBackupJobs,
        span("07-01T00:00", "07-02T00:00"),
        why,
    );
}

fn replace(pull: &mut Asked, page: usize, from: &str, to: &str) {
    let body = String::from_utf8(pull.bodies[page].clone()).expect("text");
    assert!(body.contains(from), "{from:?} has to be in the page");
    pull.bodies[page] = body.replace(from, to).into_bytes();
}

fn set(pull: &mut Asked, name: &str, value: &str) {
    pull.receipt.parameters.insert(name.to_owned(), value.to_owned());
}

#[test]
fn a_whole_chain_proves_its_window_and_no_more() {
    let records = normalized(&[jobs()]);
    proves(&records, Source::AwsBackupJobs, span(WINDOW.0, WINDOW.1));
    lacks(
        &records,
        Source::AwsBackupJobs,
        span(WINDOW.0, "07-06T05:01"),
        "no complete pull",
    );
    assert_eq!((records.jobs.len(), records.misfits.len()), (2, 0));
}

#[test]
fn a_broken_chain_proves_nothing() {
    breaks("names a next page that is missing", |pull| {
        drop(pull.receipt.pages.pop())
    });
    breaks("page 1 is not whole JSON", |pull| {
        pull.bodies[0].truncate(200);
    });
    breaks("pages before it are missing", |pull| {
        pull.bodies.remove(0);
        pull.receipt.pages.remove(0);
    });
    breaks("follows a last page", |pull| {
        replace(pull, 0, r#""eyJwIjoyfQ""#, "null")
    });
    breaks("repeats the token", |pull| {
        replace(pull, 1, "]}", r#"],"NextToken":"eyJwIjoyfQ"}"#)
    });
    breaks("not the one that page 1 names", |pull| {
        pull.receipt.pages[1].parameters = parameters("NextToken=other");
    });
    breaks("out of order", |pull| pull.receipt.pages.swap(0, 1));
    breaks("a NextToken that is not a token", |pull| {
        replace(pull, 1, "]}", r#"],"NextToken":7}"#)
    });
    breaks("there is no response", |pull| pull.receipt.pages.clear());
}

#[test]
fn a_page_that_is_not_there_proves_nothing() {
    breaks("page 2 is empty", |pull| pull.bodies[1].clear());
    breaks("page 2 has no body", |pull| drop(pull.bodies.pop()));
    breaks("page 2 has status 500", |pull| pull.receipt.pages[1].status = 500);
    breaks("no list at /BackupJobs", |pull| pull.bodies[1] = b"{}".to_vec());
    breaks("no list at /BackupJobs", |pull| {
        replace(pull, 1, "BackupJobs\":[", "BackupJobz\":[")
    });
    breaks("stands twice", |pull| {
        replace(
            pull,
            1,
            r#""IsParent":false"#,
            r#""IsParent":false,"IsParent":true"#,
        )
    });
    breaks("failed with ThrottlingException", |pull| {
        pull.receipt.outcome = PullOutcome::Failed {
            code: "ThrottlingException".to_owned(),
            message: "slow down".to_owned(),
        };
    });
}

#[test]
fn a_request_that_asks_for_less_proves_nothing() {
    breaks("ByState=\"COMPLETED\" may narrow", |pull| {
        set(pull, "ByState", "COMPLETED")
    });
    breaks("ByResourceArn", |pull| {
        set(pull, "ByResourceArn", "arn:aws:s3:::luma-log-archive")
    });
    breaks("ByState", |pull| {
        pull.receipt.pages[1].parameters = parameters("NextToken=eyJwIjoyfQ ByState=FAILED")
    });
    breaks("ByCreatedAfter", |pull| {
        pull.receipt.pages[1].parameters =
            parameters("NextToken=eyJwIjoyfQ ByCreatedAfter=2026-07-01T05:00:00Z");
    });
    breaks("ByAccountId", |pull| set(pull, "ByAccountId", "444455556666"));
    breaks("parameter ByCreatedAfter", |pull| {
        set(pull, "ByCreatedAfter", "2026-07-01T05:00:00Z")
    });
    breaks("parameter ByCreatedBefore is missing", |pull| {
        drop(pull.receipt.parameters.remove("ByCreatedBefore"))
    });
    breaks("no window", |pull| pull.receipt.window = None);
    breaks("ends at 2026-07-06T06:00:00Z, after the pull", |pull| {
        pull.receipt.window = Some(span("06-28T05:00", "07-06T06:00"));
        set(pull, "ByCreatedBefore", "2026-07-06T06:00:00Z");
    });
    breaks("has no call", |pull| {
        pull.receipt.operation = "backup:ListCopyJobs".to_owned()
    });
}

#[test]
fn a_record_that_does_not_fit_is_kept_as_a_misfit_and_named() {
    let misfit = |why: &str, from: &str, to: &str| {
        let mut pull = jobs();
        replace(&mut pull, 1, from, to);
        let records = normalized(&[pull]);
        lacks(
            &records,
            Source::AwsBackupJobs,
            span(WINDOW.0, WINDOW.1),
            "record 7C8D at /BackupJobs/0",
        );
        let [misfit] = &records.misfits[..] else {
            panic!("one misfit, not {:?}", records.misfits)
        };
        assert_eq!(
            (misfit.id.as_deref(), misfit.citation.locator.as_str()),
            (Some("7C8D"), "/BackupJobs/0")
        );
        assert!(misfit.reason.contains(why), "{why:?} in {:?}", misfit.reason);
        assert_eq!(records.jobs.len(), 1, "the other page still counts");
    };
    misfit("missing field `State`", r#""State":"FAILED","#, "");
    misfit(
        "AccountId is \"444455556666\"",
        r#""AccountId":"111122223333""#,
        r#""AccountId":"444455556666""#,
    );
    misfit(
        "of region eu-west-1",
        "arn:aws:backup:us-east-1",
        "arn:aws:backup:eu-west-1",
    );
    misfit(
        "of account 444455556666",
        "us-east-1:111122223333:backup-vault",
        "us-east-1:444455556666:backup-vault",
    );
    misfit("not an ARN", "arn:aws:s3:::luma", "luma");
    misfit("outside the window", "1783227600", "1780000000");
    misfit("after the answer", "1783227600", "1799999999");
    misfit("not a time", "1783227600", "-1");
}

/// Hands out other bytes than the receipts name.
struct Altered<'a>(&'a dyn EvidenceStore);

impl EvidenceStore for Altered<'_> {
    fn acquisitions(&self) -> &[Acquisition] {
        self.0.acquisitions()
    }

    fn bytes(&self, id: EvidenceId) -> Result<Cow<'_, [u8]>, LedgerError> {
        let text = String::from_utf8(self.0.bytes(id)?.into_owned()).expect("text");
        Ok(Cow::Owned(text.replace("FAILED", "EXPIRE").into_bytes()))
    }
}

#[test]
fn altered_or_lost_bytes_prove_nothing_and_say_nothing() {
    let week = span(WINDOW.0, WINDOW.1);
    let whole = store(&[jobs()]);
    let records = normalize(&Altered(&whole), &estate());
    lacks(&records, Source::AwsBackupJobs, week, "page 2 was altered");
    assert_eq!(records.jobs.len(), 1);
    let mut resized = MemoryStore::default();
    for body in jobs().bodies {
        resized.put(body);
    }
    let mut receipt = whole.acquisitions()[0].clone();
    receipt.pages[0].size += 1;
    resized.push(receipt);
    lacks(
        &normalize(&resized, &estate()),
        Source::AwsBackupJobs,
        week,
        "page 1 was altered",
    );
    let mut lost = MemoryStore::default();
    for receipt in whole.acquisitions() {
        lost.push(receipt.clone());
    }
    lacks(
        &normalize(&lost, &estate()),
        Source::AwsBackupJobs,
        week,
        "page 1 can't be read",
    );
}

#[test]
fn an_empty_list_is_proof_and_an_empty_body_is_not() {
    let asked = |body: &str| {
        Asked::on("07-06", "", Source::AwsCopyJobs, "backup:ListCopyJobs", "")
            .window("ByCreatedAfter", "ByCreatedBefore")
            .page("", body)
    };
    proves(
        &normalized(&[asked(r#"{"CopyJobs":[]}"#)]),
        Source::AwsCopyJobs,
        span(WINDOW.0, WINDOW.1),
    );
    for (body, why) in [
        ("", "is empty"),
        ("{}", "no list"),
        ("[]", "no list"),
        (r#"{"CopyJobs":null}"#, "no list"),
    ] {
        lacks(
            &normalized(&[asked(body)]),
            Source::AwsCopyJobs,
            span(WINDOW.0, WINDOW.1),
            why,
        );
    }
}

#[test]
fn what_was_not_yet_past_is_not_proven() {
    let mut pull = jobs();
    pull.receipt.window = Some(span("06-28T05:00", "07-06T05:00"));
    pull.receipt.started = at("2026-07-06T04:00:00Z");
    let records = normalized(&[pull]);
    proves(
        &records,
        Source::AwsBackupJobs,
        span("06-28T05:00", "07-06T04:00"),
    );
    lacks(
        &records,
        Source::AwsBackupJobs,
        span("07-06T04:00", "07-06T05:00"),
        "not yet",
    );
}

#[test]
fn a_service_is_not_asked_for_what_it_has_forgotten() {
    let mut pull = jobs();
    let since = at("2026-05-28T05:00:00Z");
    pull.receipt.window = Interval::new(since, at("2026-07-06T05:00:00Z"));
    set(&mut pull, "ByCreatedAfter", "2026-05-28T05:00:00Z");
    let records = normalized(&[pull]);
    proves(&records, Source::AwsBackupJobs, span("06-06T05:01", WINDOW.1));
    lacks(
        &records,
        Source::AwsBackupJobs,
        span("06-06T05:00", WINDOW.1),
        "no longer",
    );
}

const EVENT: &str = r#"{"id":"ID","created":"2026-07-01T02:03:04Z","eventTypeName":"CPS_SNAPSHOT_SUCCESSFUL",
 "groupId":"64b7f0c2a9d1e35c8a4f2b10","clusterName":"patients","username":"p-004@luma.example","remoteAddress":"192.0.2.7"}"#;

/// Atlas events on numbered pages: as many pages as lists of ids.
fn events(total: usize, pages: &[&[&str]]) -> Asked {
    let words = "itemsPerPage=2 includeCount=true";
    let mut pull =
        Asked::on("07-06", "", Source::AtlasEvents, "atlas:listEvents", words).window("minDate", "maxDate");
    for (n, ids) in pages.iter().enumerate() {
        let rows: Vec<_> = ids.iter().map(|id| EVENT.replace("ID", id)).collect();
        let number = if n == 0 {
            String::new()
        } else {
            format!("pageNum={}", n + 1)
        };
        pull = pull.page(
            &number,
            &format!(r#"{{"results":[{}],"totalCount":{total}}}"#, rows.join(",")),
        );
    }
    pull
}

#[test]
fn numbered_pages_have_to_add_up() {
    let week = span(WINDOW.0, WINDOW.1);
    let breaks = |why: &str, pull: Asked| lacks(&normalized(&[pull]), Source::AtlasEvents, week, why);
    proves(
        &normalized(&[events(3, &[&["a", "b"], &["c"]])]),
        Source::AtlasEvents,
        week,
    );
    proves(&normalized(&[events(0, &[&[]])]), Source::AtlasEvents, week);
    breaks(
        "totalCount is 4, the pages have 3 rows",
        events(4, &[&["a", "b"], &["c"]]),
    );
    breaks("a row stands on two pages", events(3, &[&["a", "b"], &["b"]]));
    let mut grown = events(3, &[&["a", "b"], &["c"]]);
    replace(&mut grown, 1, r#""totalCount":3"#, r#""totalCount":4"#);
    breaks("totalCount changed from page to page", grown);
    let mut skipped = events(3, &[&["a", "b"], &["c"]]);
    skipped.receipt.pages[1].parameters = parameters("pageNum=3");
    breaks("page 2 was asked for as page 3", skipped);
    let mut uncounted = events(2, &[&["a", "b"]]);
    replace(&mut uncounted, 0, r#","totalCount":2"#, "");
    breaks("has no totalCount", uncounted);
    let mut foreign = events(2, &[&["a", "b"]]);
    replace(
        &mut foreign,
        0,
        "64b7f0c2a9d1e35c8a4f2b10",
        "000000000000000000000000",
    );
    breaks("groupId", foreign);
}

/// Two batches of one cursor.
fn incidents() -> Asked {
    let incident = |id: &str| {
        format!(
            r#"{{"_id":"{id}","incident_id":"{id}","detected_at":{{"$date":{{"$numberLong":"1783000000000"}}}},
            "hosting_outage":false,"notifications":[],"tasks":[],"systems":["db-main"]}}"#
        )
    };
    let batch = |name: &str, cursor: &str, id: &str| {
        format!(
            r#"{{"cursor":{{"{name}":[{}],"id":{{"$numberLong":"{cursor}"}},"ns":"compliance.incidents"}},
            "ok":{{"$numberDouble":"1.0"}}}}"#,
            incident(id)
        )
    };
    Asked::on(
        "07-06",
        "",
        Source::Incidents,
        "mongodb:find",
        "find=incidents batchSize=1 filter={}",
    )
    .page("", &batch("firstBatch", "890351664319908549", "INC-1"))
    .page("getMore=890351664319908549", &batch("nextBatch", "0", "INC-2"))
}

#[test]
fn a_cursor_has_to_be_exhausted() {
    let all = span("01-01T00:00", "07-06T05:00");
    proves(&normalized(&[incidents()]), Source::Incidents, all);
    let breaks = |why: &str, change: &dyn Fn(&mut Asked)| {
        let mut pull = incidents();
        change(&mut pull);
        lacks(&normalized(&[pull]), Source::Incidents, all, why);
    };
    breaks("next page that is missing", &|pull| {
        drop(pull.receipt.pages.pop())
    });
    breaks("has no cursor id", &|pull| {
        replace(pull, 1, r#""id":{"$numberLong":"0"},"#, "")
    });
    breaks("no list at /cursor/nextBatch", &|pull| {
        replace(pull, 1, "nextBatch", "firstBatch")
    });
    breaks("is not ok", &|pull| replace(pull, 1, "1.0", "0.0"));
    breaks("not of compliance.incidents", &|pull| {
        replace(pull, 1, "compliance.incidents", "other.incidents")
    });
    breaks("filter", &|pull| {
        set(pull, "filter", r#"{"hosting_outage":true}"#)
    });
    breaks("limit", &|pull| set(pull, "limit", "100"));
    breaks("record INC-2", &|pull| {
        replace(pull, 1, r#""hosting_outage":false,"#, "")
    });
    breaks("_id is not a text", &|pull| {
        replace(pull, 1, r#""_id":"INC-2","#, "")
    });
}
