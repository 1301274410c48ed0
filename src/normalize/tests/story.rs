//! Neither the order of pulls nor repetition changes anything, and taking evidence away proves nothing new.

use proptest::prelude::*;

use super::atlas::{schedule, snapshots};
use super::places::key_state;
use super::plans::whole_plans;
use super::*;
use crate::ledger::store::EvidenceStore;
use crate::normalize::normalize;

/// Some weeks of most sources, with revisions, a conflict, a misfit and a pull that failed.
fn weeks() -> Vec<Asked> {
    let mut pulls = Vec::new();
    for (day, state, ids) in [
        ("07-06", "RUNNING", &["s1"]),
        ("07-10", "FAILED", &["s1"]),
        ("07-13", "COMPLETED", &["s2"]),
    ] {
        pulls.extend(whole_plans(day, ids));
        pulls.push(schedule(day, 7, "days"));
        pulls.push(key_state(day, "k-1", "Enabled"));
        let snapshot = r#"{"id":"ID","createdAt":"2026-07-01T02:00:11Z","status":"completed"}"#;
        let rows = [snapshot.replace("ID", "s1"), snapshot.replace("ID", state)].join(",");
        pulls.push(snapshots(day, &rows, 2));
        let job = |id: &str, state: &str| {
            format!(
                r#"{{"AccountId":"111122223333","BackupJobId":"{id}","CreationDate":1783227600,"State":"{state}","IsParent":false}}"#
            )
        };
        let first = format!(
            r#"{{"BackupJobs":[{},{}],"NextToken":"t"}}"#,
            job("j1", state),
            job("j2", "COMPLETED")
        );
        let second = format!(
            r#"{{"BackupJobs":[{},{{"BackupJobId":"j4"}}]}}"#,
            job("j3", state)
        );
        pulls.push(
            Asked::on(day, "", Source::AwsBackupJobs, "backup:ListBackupJobs", "")
                .window("ByCreatedAfter", "ByCreatedBefore")
                .page("", &first)
                .page(
                    "NextToken=t",
                    if day == "07-06" {
                        r#"{"BackupJobs":[]}"#
                    } else {
                        &second
                    },
                ),
        );
        let mut failed = Asked::on(day, "", Source::AwsVaults, "backup:ListBackupVaults", "");
        failed.receipt.outcome = PullOutcome::Failed {
            code: "AccessDeniedException".to_owned(),
            message: "no".to_owned(),
        };
        pulls.push(failed);
    }
    pulls
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn order_and_repetition_mean_nothing(
        order in Just(weeks()).prop_shuffle(),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let expected = normalized(&weeks());
        prop_assert!(!expected.conflicts.is_empty() && !expected.misfits.is_empty() && !expected.selections.is_empty());
        let mut pulls = order;
        for index in again {
            pulls.push(pulls[index.index(pulls.len())].clone());
        }
        prop_assert_eq!(normalized(&pulls), expected);
    }
}

#[test]
fn the_order_of_pages_changes_what_is_proven_and_not_what_is_said() {
    let mut pulls = weeks();
    let expected = normalized(&pulls);
    for pull in &mut pulls {
        pull.receipt.pages.reverse();
        pull.bodies.reverse();
    }
    let mut reversed = normalized(&pulls);
    let day = span("07-01T00:00", "07-02T00:00");
    proves(&expected, Source::AwsBackupJobs, day);
    lacks(&reversed, Source::AwsBackupJobs, day, "out of order");
    reversed.coverage = expected.coverage.clone();
    // Receipts tell of the pages in the order in which they came.
    reversed.pulls = expected.pulls.clone();
    assert_eq!(reversed, expected);
}

#[test]
fn without_a_page_or_a_pull_nothing_more_is_proven() {
    let whole = store(&weeks());
    let all = normalize(&whole, &estate());
    let mut changed = 0;
    for pull in whole.acquisitions() {
        let mut rests = vec![whole.without_pull(&pull.id)];
        rests.extend((0..pull.pages.len()).map(|page| whole.without_page(&pull.id, page)));
        for rest in rests {
            let less = normalize(&rest, &estate());
            for key in less.coverage.keys() {
                for span in less.coverage.spans(key).iter() {
                    assert!(
                        all.coverage.spans(key).covers(span),
                        "{key} {span} without {} or a page of it",
                        pull.id
                    );
                }
            }
            changed += usize::from(less != all);
        }
    }
    assert!(changed > 30, "taking evidence away has to be felt: {changed}");
}
