//! The outcomes of CT-01.

use State::{Exception, Indeterminate};

use super::evidence_complete;
use crate::evaluate::testing::backups::{check_drops, check_order};
use crate::evaluate::testing::plans::{planned, policy_item, selection};
use crate::evaluate::testing::{ACCOUNT, DB, World, at, check, key, span};
use crate::model::finding::{Item, State};
use crate::model::records::Misfit;
use crate::model::records::governance::Hosting;
use crate::model::source::Source;

/// Thirteen sources in two regions, the account's access and regions, six of Atlas, twelve registers; the place of the inventory.
const PLACES: u64 = 26 + 2 + 6 + 12 + 1;
/// Its accounts and regions tie with those that there are.
const OWN: u64 = 2;
/// The same with the reconciliations of the one region that has backups.
pub(super) const ALL: u64 = PLACES + OWN + 9;

/// Daily backups, with everything that they are reconciled with.
pub(super) fn reconciled() -> World {
    let mut world = planned(selection(&[DB], &[]));
    world.count_jobs(world.collected());
    world.tell_ends();
    world.see_protected(DB);
    world.add_resource(DB, &[]);
    world
}

#[test]
fn an_estate_that_is_proven_throughout_is_supported() {
    check(&reconciled(), evidence_complete, ALL, &[]);
    check_order(&reconciled(), evidence_complete);
    check_drops(&reconciled(), evidence_complete);
}

#[test]
fn each_gap_is_an_item_of_its_own() {
    let mut world = reconciled();
    world.unprove(Source::KmsKeys, span("2026-07-03", "2026-07-04"));
    world.unprove(Source::KmsKeys, span("2026-07-06", "2026-07-07"));
    let gaps = ["us-east-1", "us-west-2"].map(|region| {
        ["2026-07-03", "2026-07-06"].map(|day| format!("kms_keys/{ACCOUNT}/{region}/{day}T00:00:00Z"))
    });
    let mut expected = Vec::new();
    expected.extend(
        gaps.iter()
            .flatten()
            .map(|id| (id.as_str(), Indeterminate, "the pull was refused")),
    );
    expected.push((
        "reconciliation/keys/111122223333/us-east-1",
        Indeterminate,
        "the pull was refused",
    ));
    check(&world, evidence_complete, ALL - 3, &expected);
    let mut nothing = World::new();
    for source in Source::ALL {
        nothing.unprove_all(*source);
    }
    assert_eq!(nothing.run(evidence_complete).counts().get(State::Supported), 0);
}

#[test]
fn a_job_whose_description_failed_is_named_until_its_end_is_shown() {
    let describe = |world: &mut World, day: &str, complaint: Option<&str>| {
        let pull = world.add_pull(Source::AwsBackupJobs, "us-east-1", "backup:DescribeBackupJob");
        pull.receipt.parameters = [("BackupJobId".to_owned(), "long".to_owned())].into();
        pull.receipt.started = at(&format!("{day}T05:00:00Z"));
        pull.receipt.finished = at(&format!("{day}T05:00:01Z"));
        for page in &mut pull.receipt.pages {
            // The trail has none of it.
            page.request_id.clear();
            page.received = at(&format!("{day}T05:00:01Z"));
        }
        pull.follows_up = true;
        pull.part = Some("long".to_owned());
        pull.whole = complaint.is_none();
        pull.complaint = complaint.map(str::to_owned);
    };
    let refused = Some("pull a: it failed with AccessDeniedException");
    let mut world = reconciled();
    describe(&mut world, "2026-07-03", refused);
    let id = format!("aws_backup_jobs/{ACCOUNT}/us-east-1/job/long");
    let reason = "whether the job long has ended, which no list shows, is not shown: pull a: it failed with AccessDenied";
    check(&world, evidence_complete, ALL, &[(&id, Indeterminate, reason)]);
    // One of before does not stand for it, one of later does.
    describe(&mut world, "2026-07-02", None);
    check(&world, evidence_complete, ALL, &[(&id, Indeterminate, reason)]);
    describe(&mut world, "2026-07-04", None);
    check(&world, evidence_complete, ALL, &[]);
}

#[test]
fn a_failed_list_of_completed_jobs_is_named_until_a_whole_one_covers_it() {
    let mut world = reconciled();
    let list = |world: &mut World, source: Source, since: &str, until: &str, complaint: Option<&str>| {
        let pull = world.add_pull(source, "us-east-1", "backup:ListBackupJobs");
        let bounds = [("ByCompleteAfter", since), ("ByCompleteBefore", until)];
        let bounds = bounds.map(|(name, day)| (name.to_owned(), format!("{day}T00:00:00Z")));
        pull.receipt.parameters = bounds.into();
        pull.follows_up = true;
        pull.whole = complaint.is_none();
        pull.complaint = complaint.map(str::to_owned);
    };
    let id = |day: &str| format!("aws_backup_jobs/{ACCOUNT}/us-east-1/completed/{day}T00:00:00Z");
    list(
        &mut world,
        Source::AwsBackupJobs,
        "2026-07-02",
        "2026-07-06",
        Some("pull a: it failed with Slow"),
    );
    list(
        &mut world,
        Source::AwsBackupJobs,
        "2026-07-03",
        "2026-07-07",
        Some("pull b: page 2 is empty"),
    );
    let reason = "2026-07-02T00:00:00Z..2026-07-07T00:00:00Z and were created before is not shown: \
                  pull a: it failed with Slow; pull b: page 2 is empty";
    check(
        &world,
        evidence_complete,
        ALL,
        &[(&id("2026-07-02"), Indeterminate, reason)],
    );
    // One of another kind of job stands for none of these.
    list(&mut world, Source::AwsCopyJobs, "2026-06-01", "2026-08-01", None);
    check(
        &world,
        evidence_complete,
        ALL,
        &[(&id("2026-07-02"), Indeterminate, reason)],
    );
    list(
        &mut world,
        Source::AwsBackupJobs,
        "2026-07-02",
        "2026-07-05",
        None,
    );
    let rest = "2026-07-05T00:00:00Z..2026-07-07T00:00:00Z and were created before is not shown: pull a";
    check(
        &world,
        evidence_complete,
        ALL,
        &[(&id("2026-07-05"), Indeterminate, rest)],
    );
    list(
        &mut world,
        Source::AwsBackupJobs,
        "2026-07-05",
        "2026-07-07",
        None,
    );
    check(&world, evidence_complete, ALL, &[]);
    // Before the period, or without bounds.
    list(
        &mut world,
        Source::AwsBackupJobs,
        "2026-05-01",
        "2026-06-01",
        Some("pull c: it failed with Slow"),
    );
    check(&world, evidence_complete, ALL, &[]);
    list(
        &mut world,
        Source::AwsBackupJobs,
        "2026-05-01",
        "2026-06-01",
        Some("pull d: a bound is missing"),
    );
    let pull = world.records.pulls.last_mut().expect("just added");
    pull.receipt.parameters.remove("ByCompleteBefore");
    let days = [id("2026-07-01"), id("2026-07-07")];
    let said = "is not shown: pull d: a bound is missing";
    check(
        &world,
        evidence_complete,
        ALL,
        &[(&days[0], Indeterminate, said), (&days[1], Indeterminate, said)],
    );
}

#[test]
fn old_configuration_evidence_is_named() {
    let mut world = reconciled();
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
    // Gaps of lists over time, and of digests, say themselves where they end.
    for source in [Source::AwsBackupJobs, Source::CloudtrailDigests] {
        let mut ended = reconciled();
        ended.unprove(source, span("2026-06-01", "2027-01-01"));
        ended.criteria.evidence_max_age_days = 0;
        let of_source = |item: &&Item| item.id().starts_with(source.as_str()) && item.id().ends_with("/age");
        let finding = ended.run(evidence_complete);
        assert_eq!(finding.items().iter().filter(of_source).count(), 0, "{source}");
    }
}

#[test]
fn contradictions_and_misfits_are_listed() {
    let mut world = reconciled();
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
        (
            "reconciliation/expected-runs/111122223333/us-east-1",
            Indeterminate,
            "revisions of job 2026-07-04 contradict each other",
        ),
    ];
    check(&world, evidence_complete, ALL - 1, &expected);
}

#[test]
fn the_inventory_names_no_place_outside_the_estate() {
    let mut world = reconciled();
    world.change_system(|system| system.region = "eu-west-1".parse().expect("a region"));
    check(
        &world,
        evidence_complete,
        ALL - 1,
        &[("estate/111122223333/eu-west-1", Indeterminate, "not collected")],
    );
    // The region of another account is another place, and an account of AWS is no project of Atlas.
    for (account, hosting) in [("999988887777", Hosting::Aws), (ACCOUNT, Hosting::Atlas)] {
        let mut other = reconciled();
        other.change_system(|system| {
            system.account = account.parse().expect("an account");
            system.hosting = hosting;
        });
        let id = format!("estate/{account}/us-east-1");
        let finding = other.run(evidence_complete);
        let item = finding.items().iter().find(|item| item.id() == id);
        assert_eq!(item.expect("the place").state(), Indeterminate, "{id}");
    }
    world.change_system(|system| system.decommissioned = Some(at("2026-06-01")));
    check(&world, evidence_complete, ALL - 2, &[]);
    let mut atlas = World::daily_in_atlas();
    atlas.tell_ends();
    for day in ["2026-06-20", "2026-07-11"] {
        atlas.add_atlas_schedule(day, vec![policy_item("daily", 1)]);
    }
    check(&atlas, evidence_complete, PLACES + OWN + 2, &[]);
    assert_ne!(reconciled().run(evidence_complete).state(), Exception);
}
