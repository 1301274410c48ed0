//! Jobs that are described one by one: a later revision of a row, and no proof of any time.

use super::*;
use crate::model::records::backups::JobState;

/// A job in the form of each call: the source, the list with its member, the description, and the job.
fn kinds(state: &str) -> [(Source, &'static str, &'static str, &'static str, String); 3] {
    let place = "\"AccountId\":\"111122223333\",\"CreationDate\":1782270000";
    [
        (
            Source::AwsBackupJobs,
            "backup:ListBackupJobs",
            "BackupJobs",
            "backup:DescribeBackupJob",
            format!(r#"{{{place},"BackupJobId":"long","State":"{state}"}}"#),
        ),
        (
            Source::AwsCopyJobs,
            "backup:ListCopyJobs",
            "CopyJobs",
            "backup:DescribeCopyJob",
            format!(r#"{{{place},"CopyJobId":"long","State":"{state}"}}"#),
        ),
        (
            Source::AwsRestoreJobs,
            "backup:ListRestoreJobs",
            "RestoreJobs",
            "backup:DescribeRestoreJob",
            format!(r#"{{{place},"RestoreJobId":"long","Status":"{state}"}}"#),
        ),
    ]
}

/// The list of 07-01 that shows the job running.
fn listed(n: usize) -> Asked {
    let (source, list, member, _, job) = kinds("RUNNING")[n].clone();
    Asked::on("07-01", "", source, list, "")
        .window("ByCreatedAfter", "ByCreatedBefore")
        .page("", &format!(r#"{{"{member}":[{job}]}}"#))
}

/// What describing the job `asked` for on 07-06 answers.
fn described(n: usize, asked: &str, state: &str) -> Asked {
    let (source, _, _, describe, job) = kinds(state)[n].clone();
    let id = ["BackupJobId", "CopyJobId", "RestoreJobId"][n];
    let body = if n == 1 {
        format!(r#"{{"CopyJob":{job}}}"#)
    } else {
        job
    };
    Asked::on(
        "07-06",
        &format!("/job/{asked}"),
        source,
        describe,
        &format!("{id}={asked}"),
    )
    .page("", &body)
}

fn states(records: &Records) -> Vec<(JobState, Instant)> {
    let jobs = records.jobs.iter().map(|job| (job.value.state, job.last_seen));
    let copies = records
        .copies
        .iter()
        .map(|copy| (copy.value.state, copy.last_seen));
    let restores = records
        .restores
        .iter()
        .map(|job| (job.value.state, job.last_seen));
    jobs.chain(copies).chain(restores).collect()
}

#[test]
fn a_description_is_a_later_revision_and_proves_no_time() {
    let seen = at("2026-07-06T05:00:01.210Z");
    for n in 0..3 {
        for (word, state) in [
            ("COMPLETED", JobState::Completed),
            ("RUNNING", JobState::Unfinished),
        ] {
            let records = normalized(&[listed(n), described(n, "long", word)]);
            assert_eq!(states(&records), [(state, seen)], "{word}");
            let pull = records.pulls.last().expect("a description");
            assert!(pull.whole && pull.follows_up, "{:?}", pull.complaint);
            assert_eq!(pull.part.as_deref(), Some("long"));
            let source = pull.receipt.key.source;
            proves(&records, source, span("06-23T05:00", "07-01T05:00"));
            lacks(&records, source, span("07-01T05:00", "07-06T05:00"), "");
        }
    }
}

#[test]
fn a_description_of_another_job_or_of_none_is_not_whole() {
    for n in 0..3 {
        let records = normalized(&[listed(n), described(n, "other", "COMPLETED")]);
        let pull = records.pulls.last().expect("a description");
        let complaint = pull.complaint.clone().unwrap_or_default();
        assert!(
            complaint.contains("the job described is long, not the one that was asked for"),
            "{complaint}"
        );
        assert_eq!(states(&records)[0].0, JobState::Unfinished);

        let mut refused = described(n, "long", "COMPLETED");
        refused.receipt.outcome = PullOutcome::Failed {
            code: "AccessDeniedException".to_owned(),
            message: "no".to_owned(),
        };
        refused.receipt.pages[0].status = 400;
        refused.bodies[0] = b"{}".to_vec();
        let records = normalized(&[listed(n), refused]);
        assert!(!records.pulls.last().expect("a description").whole);
        assert_eq!(states(&records)[0].0, JobState::Unfinished);
    }
}
