//! The outcomes of CT-01.

use State::{Exception, Indeterminate};

use super::evidence_complete;
use crate::evaluate::testing::backups::{call, check_drops, check_order, job, point, point_arn};
use crate::evaluate::testing::{ACCOUNT, World, at, check, key, span};
use crate::model::finding::State;
use crate::model::records::Misfit;
use crate::model::records::backups::JobState;
use crate::model::source::Source;

/// Known and stated: nobody collects the digests.
const DIGESTS: (&str, State, &str) = ("cloudtrail/111122223333/digests", Indeterminate, "no digests");
/// Ten sources in two regions, six of Atlas, eleven registers; two reconciliations; the place of the inventory.
const ALL: u64 = 20 + 6 + 11 + 2 + 1;

#[test]
fn an_estate_that_is_proven_throughout_is_supported_but_for_the_digests() {
    check(&World::daily(), evidence_complete, ALL, &[DIGESTS]);
    check_order(&World::daily(), evidence_complete);
    check_drops(&World::daily(), evidence_complete);
}

#[test]
fn each_gap_is_an_item_of_its_own() {
    let mut world = World::daily();
    world.unprove(Source::KmsKeys, span("2026-07-03", "2026-07-04"));
    world.unprove(Source::KmsKeys, span("2026-07-06", "2026-07-07"));
    let gaps = ["us-east-1", "us-west-2"].map(|region| {
        ["2026-07-03", "2026-07-06"].map(|day| format!("kms_keys/{ACCOUNT}/{region}/{day}T00:00:00Z"))
    });
    let mut expected = vec![DIGESTS];
    expected.extend(
        gaps.iter()
            .flatten()
            .map(|id| (id.as_str(), Indeterminate, "the pull was refused")),
    );
    check(&world, evidence_complete, ALL - 2, &expected);
    let mut nothing = World::new();
    for source in Source::ALL {
        nothing.unprove_all(*source);
    }
    assert_eq!(nothing.run(evidence_complete).counts().get(State::Supported), 0);
}

#[test]
fn old_configuration_evidence_is_named() {
    let mut world = World::daily();
    world.unprove(Source::AwsVaults, span("2026-06-01", "2027-01-01"));
    let aged = |world: &World| {
        world
            .run(evidence_complete)
            .items()
            .iter()
            .filter(|item| item.id().ends_with("/age"))
            .count()
    };
    assert_eq!(aged(&world), 0);
    world.criteria.evidence_max_age_days = 40;
    assert_eq!(aged(&world), 0, "exactly forty days");
    world.criteria.evidence_max_age_days = 39;
    assert_eq!(aged(&world), 2);
}

#[test]
fn contradictions_and_misfits_are_listed() {
    let mut world = World::daily();
    world.add_conflict(Source::AwsBackupJobs, "2026-07-04");
    let citation = world.records.jobs[0].citation.clone();
    let id = format!(
        "misfit/kms_keys/{ACCOUNT}/us-east-1/{}{}",
        citation.evidence.short(),
        citation.locator
    );
    let misfit = Misfit {
        key: key(Source::KmsKeys, "us-east-1"),
        id: None,
        reason: "no state".to_owned(),
        citation,
    };
    world.records.misfits.push(misfit);
    let expected = [
        DIGESTS,
        (
            "conflict/aws_backup_jobs/2026-07-04",
            Indeterminate,
            "the date changed",
        ),
        (
            id.as_str(),
            Indeterminate,
            "a record without a readable id does not have its form: no state",
        ),
    ];
    check(&world, evidence_complete, ALL, &expected);
}

#[test]
fn completed_jobs_and_recovery_points_have_to_tally() {
    let reconciliation = "reconciliation/111122223333/us-east-1";
    let mut world = World::daily();
    world.add_job(job("pointless", "2026-07-04T09:00"));
    let short =
        "1 of 11 completed jobs have no recovery point that a listing or a deletion shows, and 0 recovery";
    check(
        &world,
        evidence_complete,
        ALL - 1,
        &[DIGESTS, (reconciliation, Indeterminate, short)],
    );
    check_drops(&world, evidence_complete);
    // Neither a refused deletion nor a call of another kind accounts for it, and a point that no complete listing showed
    // doesn't either.
    world.add_event(call("DeleteRecoveryPoint", "pointless", "2026-07-05T09:00", "x"));
    world.records.events[0].value.error = Some("AccessDenied".to_owned());
    world.add_event(call(
        "DeleteBackupVaultAccessPolicy",
        "pointless",
        "2026-07-05T09:00",
        "x",
    ));
    world.add_event(call(
        "UpdateRecoveryPointLifecycle",
        "pointless",
        "2026-07-05T09:00",
        "x",
    ));
    world.add_point(point("pointless", "2026-07-04T09:00"));
    let partial = world.records.points.last_mut().expect("the point");
    partial.value.sightings.clear();
    check(
        &world,
        evidence_complete,
        ALL - 1,
        &[DIGESTS, (reconciliation, Indeterminate, short)],
    );
    world.records.points.pop();
    world.add_event(call("BackupDeleted", "pointless", "2026-07-05T09:00", "x"));
    check(&world, evidence_complete, ALL, &[DIGESTS]);
    world.change_job("pointless", |job| job.point = None);
    check(
        &world,
        evidence_complete,
        ALL - 1,
        &[DIGESTS, (reconciliation, Indeterminate, "pointless")],
    );
    world.change_job("pointless", |job| job.state = JobState::Failed);
    check(&world, evidence_complete, ALL, &[DIGESTS]);
    world.add_point(point("jobless", "2026-07-04T09:00"));
    check(
        &world,
        evidence_complete,
        ALL - 1,
        &[DIGESTS, (reconciliation, Indeterminate, "the first is p-jobless")],
    );
    let jobless = world
        .records
        .points
        .iter_mut()
        .find(|point| point.value.id == point_arn("jobless"));
    jobless.expect("the point").value.copied_from = Some("vault".to_owned());
    check(&world, evidence_complete, ALL, &[DIGESTS]);
}

#[test]
fn the_inventory_names_no_place_outside_the_estate() {
    let mut world = World::daily();
    world.change_system(|system| system.region = "eu-west-1".parse().expect("a region"));
    check(
        &world,
        evidence_complete,
        ALL - 1,
        &[
            DIGESTS,
            ("estate/111122223333/eu-west-1", Indeterminate, "not collected"),
        ],
    );
    world.change_system(|system| system.decommissioned = Some(at("2026-06-01")));
    check(&world, evidence_complete, ALL - 1, &[DIGESTS]);
    check(&World::daily_in_atlas(), evidence_complete, ALL, &[DIGESTS]);
    assert_ne!(World::daily().run(evidence_complete).state(), Exception);
}
