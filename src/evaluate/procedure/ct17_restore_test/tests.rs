//! CT-17: each outcome, its test vector, and what must not be taken for a corroborated test.

use super::restore_test as procedure;
use crate::evaluate::testing::{World, at, check, span, system};
use crate::evaluate::testing_rehearsals::{OTHER_DB, point, restore_job, restore_test};
use crate::model::finding::State::{self, Exception, Indeterminate, NoOccurrence, NotApplicable};
use crate::model::ids::ResourceId;
use crate::model::records::backups::JobState;
use crate::model::records::governance::{BackupMethod, Ephi, Exemption};
use crate::model::source::Source;

/// `orders` with a test of 1 June, matched by a restore job.
fn tested() -> World {
    let mut world = World::with_system();
    world.add_test(restore_test("RT-1", "2026-06-01T09:00"));
    world.add_restore(restore_job("job-RT-1", "2026-06-01T09:10"));
    world
}

/// The only item is `orders`, in `state`, with `words`.
#[track_caller]
fn is(world: &World, state: State, words: &str) {
    check(world, procedure, 0, &[("orders", state, words)]);
}

#[test]
fn a_matched_test_is_supported() {
    let finding = check(&tested(), procedure, 1, &[]);
    let seen: Vec<_> = finding.items()[0]
        .evidence()
        .records()
        .iter()
        .map(|c| c.locator.clone())
        .collect();
    assert_eq!(seen, ["/orders", "/RT-1", "/job-RT-1"]);
    assert!(
        finding.observations()[0].text.contains("at most 39 days old"),
        "{:?}",
        finding.observations()
    );
}

#[test]
fn the_age_is_a_difference_of_dates_on_the_last_day() {
    for (started, supported) in [("2025-07-10T23:59", 1), ("2025-07-09T00:01", 0)] {
        let mut world = World::with_system();
        world.add_test(restore_test("RT-1", started));
        world.add_restore(restore_job("job-RT-1", started));
        let others = [("orders", Exception, "RT-1, is 366 days old on 2026-07-10")];
        check(
            &world,
            procedure,
            supported,
            if supported == 1 { &[] } else { &others },
        );
    }
}

#[test]
fn none_or_only_failed_is_an_exception_where_the_log_is_proven() {
    let mut world = World::with_system();
    is(&world, Exception, "no restore test is on record");
    let mut failed = restore_test("RT-1", "2026-06-01T09:00");
    failed.success = false;
    world.add_test(failed);
    is(&world, Exception, "only failed restore tests are on record: 1");
    world.unprove_all(Source::RestoreTests);
    is(
        &world,
        Indeterminate,
        "restore_tests compliance global is not proven",
    );
}

#[test]
fn a_claim_without_a_job_is_indeterminate_even_when_the_history_is_proven() {
    let mut world = World::with_system();
    world.add_test(restore_test("RT-1", "2026-06-01T09:00"));
    is(
        &world,
        Indeterminate,
        "claimed, not corroborated: restore job job-RT-1 is not in the provider's history",
    );
    world.records.restore_tests[0].value.restore_job = None;
    is(&world, Indeterminate, "test RT-1 names no restore job");
}

#[test]
fn a_failed_job_or_one_of_another_system_contradicts_the_log() {
    for state in [JobState::Failed, JobState::Aborted] {
        let mut world = tested();
        world.records.restores[0].value.state = state;
        is(
            &world,
            Exception,
            "logged as a success, but restore job job-RT-1 is",
        );
    }
    let mut world = tested();
    let mut other = system("ledger");
    other.resources = vec![OTHER_DB.parse().expect("a resource")];
    other.critical = false;
    world.add_system(other);
    world.records.restores[0].value.resource = OTHER_DB.parse::<ResourceId>().ok();
    is(&world, Exception, "restored a backup of ledger");
}

#[test]
fn what_can_t_be_traced_or_is_not_over_stays_open() {
    let mut unfinished = tested();
    unfinished.records.restores[0].value.state = JobState::Unfinished;
    is(&unfinished, Indeterminate, "is unfinished");
    let mut unknown = tested();
    unknown.records.restores[0].value.state = JobState::Unknown;
    is(&unknown, Indeterminate, "in a state this tool does not know");
    let mut stranger = tested();
    stranger.records.restores[0].value.resource = OTHER_DB.parse().ok();
    is(&stranger, Indeterminate, "can't be traced");
    let mut old_job = tested();
    old_job.records.restores[0].value.created = at("2026-05-31T08:59");
    is(&old_job, Indeterminate, "24 h 1 min from the recorded");
    let mut late = World::with_system();
    late.add_test(restore_test("RT-1", "2026-07-10T23:00"));
    late.add_restore(restore_job("job-RT-1", "2026-07-10T23:00"));
    late.records.systems[0].value.onboarded = Some(at("2026-01-01"));
    late.records.restores[0].value.completed = Some(at("2026-07-11"));
    let unseen = "is not shown to have been over before the as-of instant";
    is(&late, Indeterminate, unseen);
    late.records.restores[0].value.completed = None;
    is(&late, Indeterminate, unseen);
    let mut twice = tested();
    twice.add_restore(restore_job("job-RT-1", "2026-06-01T09:11"));
    is(&twice, Indeterminate, "2 restore jobs carry the id");
}

#[test]
fn a_job_without_a_resource_is_traced_by_its_recovery_point() {
    let mut world = tested();
    world.records.restores[0].value.resource = None;
    is(&world, Indeterminate, "can't be traced");
    world.add_point(point("2026-06-01T03:00"));
    check(&world, procedure, 1, &[]);
}

#[test]
fn the_newest_claim_decides() {
    let mut world = tested();
    world.add_test(restore_test("RT-2", "2026-07-02T09:00"));
    is(
        &world,
        Indeterminate,
        "test RT-2 of 2026-07-02T09:00:00Z is claimed",
    );
    let mut failed = restore_job("job-RT-2", "2026-07-02T09:00");
    failed.state = JobState::Failed;
    world.add_restore(failed);
    is(&world, Exception, "test RT-2 is logged as a success, but");
    // Of two at the same instant the weaker decides.
    for id in ["RT-0", "RT-9"] {
        let mut world = tested();
        world.add_test(restore_test(id, "2026-06-01T09:00"));
        is(&world, Indeterminate, "is claimed, not corroborated");
    }
    // An older claim does not weaken a newer corroborated one.
    let mut world = tested();
    world.add_test(restore_test("RT-0", "2026-05-01T09:00"));
    check(&world, procedure, 1, &[]);
}

#[test]
fn an_age_exceeded_within_the_period_is_an_exception() {
    let mut world = World::with_system();
    world.add_test(restore_test("RT-0", "2025-07-03T09:00"));
    world.add_restore(restore_job("job-RT-0", "2025-07-03T09:00"));
    world.add_test(restore_test("RT-1", "2026-07-05T09:00"));
    world.add_restore(restore_job("job-RT-1", "2026-07-05T09:00"));
    is(
        &world,
        Exception,
        "367 days lie between 2025-07-03 and 2026-07-05",
    );
    world.records.restores[0].value.id = "gone".to_owned();
    is(&world, Indeterminate, "none before 2026-07-05 is on record");
    // A claim in between would mend it, if it were true.
    world.records.restores[0].value.id = "job-RT-0".to_owned();
    world.add_test(restore_test("RT-X", "2026-01-01T09:00"));
    is(
        &world,
        Indeterminate,
        "367 days lie between 2025-07-03 and 2026-07-05; 1 more claimed",
    );
    world.add_restore(restore_job("job-RT-X", "2026-01-01T09:00"));
    check(&world, procedure, 1, &[]);
}

#[test]
fn a_first_test_in_the_period_does_not_vouch_for_the_days_before_it() {
    let mut world = World::with_system();
    world.add_test(restore_test("RT-1", "2026-07-10T09:00"));
    world.add_restore(restore_job("job-RT-1", "2026-07-10T09:00"));
    is(&world, Indeterminate, "none before 2026-07-10 is on record");
    world.records.systems[0].value.onboarded = None;
    is(&world, Indeterminate, "none before 2026-07-10 is on record");
    // None was due before.
    world.records.systems[0].value.onboarded = Some(at("2025-07-10"));
    check(&world, procedure, 1, &[]);
    world.records.systems[0].value.onboarded = Some(at("2025-07-09"));
    is(&world, Indeterminate, "none before 2026-07-10 is on record");
}

#[test]
fn a_test_after_the_period_does_not_vouch_for_it() {
    let mut world = World::with_system();
    world.scope.as_of = at("2026-07-11T04:00");
    world.add_test(restore_test("RT-1", "2026-07-11T01:00"));
    world.add_restore(restore_job("job-RT-1", "2026-07-11T01:00"));
    is(&world, Exception, "none is on record, 555 days after 2025-01-01");
    world.records.systems[0].value.onboarded = Some(at("2026-01-01"));
    is(
        &world,
        Indeterminate,
        "no corroborated test is of a day until 2026-07-10",
    );
}

#[test]
fn a_job_that_only_a_broken_pull_shows_supports_nothing() {
    let mut world = tested();
    world.unprove(
        Source::AwsRestoreJobs,
        span("2026-06-01T09:10", "2026-06-01T09:11"),
    );
    is(
        &world,
        Indeterminate,
        "restore job job-RT-1 is in no complete history",
    );
    // It still counts against the claim.
    world.records.restores[0].value.state = JobState::Failed;
    is(
        &world,
        Exception,
        "logged as a success, but restore job job-RT-1 is failed",
    );
    let mut atlas = tested();
    atlas.records.restores[0].key = crate::evaluate::testing::key(Source::AtlasRestoreJobs, "atlas");
    check(&atlas, procedure, 1, &[]);
    atlas.unprove(Source::AtlasRestoreJobs, span("2026-07-10T23:59", "2026-07-11"));
    is(&atlas, Indeterminate, "is in no complete history");
}

#[test]
fn an_approved_exemption_of_a_rebuilt_system_takes_it_out_and_no_other() {
    let mut world = World::with_system();
    let exemption = Exemption {
        rationale: "holds sessions only".to_owned(),
        approved_by: "p-001".to_owned(),
        approved_at: at("2026-01-01"),
        from: at("2026-01-02"),
        until: None,
    };
    let row = &mut world.records.systems[0].value;
    row.exemption = Some(exemption.clone());
    is(&world, Exception, "no restore test");
    world.records.systems[0].value.backup_method = Some(BackupMethod::IacRebuild);
    is(&world, NotApplicable, "holds sessions only");
    let refused: [fn(&mut Exemption); 5] = [
        |exemption| exemption.approved_at = at("2026-01-03"),
        |exemption| exemption.approved_by = "p-010".to_owned(),
        |exemption| exemption.approved_by = " ".to_owned(),
        |exemption| exemption.until = Some(at("2026-07-10T12:00")),
        |exemption| exemption.until = Some(at("2026-07-10T23:59:59.999Z")),
    ];
    for change in refused {
        let mut exemption = exemption.clone();
        change(&mut exemption);
        world.records.systems[0].value.exemption = Some(exemption);
        is(&world, Exception, "no restore test");
    }
}

#[test]
fn the_population_is_of_critical_systems_with_ephi_in_use_at_the_end() {
    let mut world = World::with_system();
    world.records.systems[0].value.ephi = Ephi::Unknown;
    is(&world, Indeterminate, "nobody knows whether");
    let out: [fn(&mut crate::model::records::governance::System); 4] = [
        |row| row.ephi = Ephi::None,
        |row| row.critical = false,
        |row| row.decommissioned = Some(at("2026-07-10T23:59:59.999Z")),
        |row| row.onboarded = Some(at("2026-07-11")),
    ];
    for change in out {
        let mut world = World::with_system();
        change(&mut world.records.systems[0].value);
        check(
            &world,
            procedure,
            0,
            &[("population", NoOccurrence, "no critical system")],
        );
    }
    let mut last = World::with_system();
    last.records.systems[0].value.onboarded = Some(at("2026-07-10T23:59:59.999Z"));
    last.records.systems[0].value.decommissioned = Some(at("2026-07-11"));
    is(&last, Exception, "no restore test");
    check(
        &World::new(),
        procedure,
        0,
        &[("inventory", Indeterminate, "holds no system")],
    );
}

#[test]
fn other_systems_are_reported_and_decide_nothing() {
    let mut world = tested();
    world.records.systems[0].value.critical = false;
    let finding = check(&world, procedure, 0, &[("population", NoOccurrence, "")]);
    assert!(
        finding.observations()[0]
            .text
            .contains("newest successful test RT-1 of 2026-06-01, matched")
    );
}

#[test]
fn nothing_is_supported_without_inventory_and_log_proven_at_the_as_of_instant() {
    let last = span("2026-07-10T23:59", "2026-07-11");
    let mut world = tested();
    world.unprove(Source::RestoreTests, last);
    is(&world, Indeterminate, "not proven");
    let mut world = tested();
    world.unprove(Source::SystemsInventory, last);
    let finding = world.run(procedure);
    assert_eq!(
        (finding.state(), finding.counts().get(State::Supported)),
        (Indeterminate, 0)
    );
}

#[test]
fn conflicts_and_unreadable_records_leave_it_open() {
    for (source, id) in [
        (Source::RestoreTests, "RT-1"),
        (Source::SystemsInventory, "orders"),
        (Source::AwsRestoreJobs, "job-RT-1"),
    ] {
        let mut world = tested();
        world.add_conflict(source, id);
        is(&world, Indeterminate, "contradict each other");
        let mut world = tested();
        world.add_conflict(source, "another");
        check(&world, procedure, 1, &[]);
    }
    // By another revision a later test was of this system, or is over by now.
    for (system, started, about) in [
        ("portal", "2026-07-03T09:00", true),
        ("orders", "2026-07-11T02:00", false),
    ] {
        let mut world = tested();
        let mut later = restore_test("RT-2", started);
        later.system = system.parse().expect("a system");
        world.add_test(later);
        check(&world, procedure, 1, &[]);
        world.add_conflict(Source::RestoreTests, "RT-2");
        world.records.conflicts[0].moved.about = about;
        is(&world, Indeterminate, "contradict each other");
    }
    // By where it stands, whatever it is called.
    let mut world = tested();
    world.add_conflict(Source::RestoreTests, "restore_test:1");
    world.records.conflicts[0].citations = vec![world.records.restore_tests[0].citation.clone()];
    is(&world, Indeterminate, "contradict each other");
    for id in [None, Some("RT-9"), Some("RT-1")] {
        let mut world = tested();
        world.add_misfit(Source::RestoreTests, id);
        is(&world, Indeterminate, "could not be read");
    }
}

#[test]
fn a_row_in_doubt_is_open_whatever_it_says() {
    let out: [fn(&mut crate::model::records::governance::System); 3] = [
        |row| row.ephi = Ephi::None,
        |row| row.critical = false,
        |row| row.decommissioned = Some(at("2026-05-01")),
    ];
    for change in out {
        let mut world = tested();
        change(&mut world.records.systems[0].value);
        world.add_conflict(Source::SystemsInventory, "orders");
        is(&world, Indeterminate, "contradict each other");
        world.records.conflicts.clear();
        world.records.systems[0].stands = false;
        is(&world, Indeterminate, "does not hold orders as it was read last");
    }
}

#[test]
fn a_test_of_the_future_is_no_fact() {
    let mut world = World::with_system();
    world.add_test(restore_test("RT-1", "2026-07-11T04:00"));
    world.add_restore(restore_job("job-RT-1", "2026-07-11T04:00"));
    is(&world, Exception, "no restore test is on record");
    world.records.restore_tests[0].value.started = at("2026-07-11T05:05:01Z");
    is(&world, Indeterminate, "after the answer that holds it");
}

#[test]
fn the_newest_failed_test_is_told_where_it_is_newer_than_the_newest_success() {
    let told = |days: &[&str]| {
        let mut world = tested();
        for (n, started) in days.iter().enumerate() {
            let mut failed = restore_test(&format!("RT-9{n}"), started);
            failed.success = false;
            world.add_test(failed);
        }
        let finding = world.run(procedure);
        let mut texts = finding.observations().iter().map(|seen| seen.text.clone());
        texts.find(|text| text.contains("newer than the newest success"))
    };
    assert_eq!(told(&["2026-05-01T09:00"]), None);
    assert_eq!(told(&["2026-06-01T09:00"]), None);
    assert!(told(&["2026-06-20T09:00", "2026-06-25T09:00"]).is_some_and(|text| text.contains("RT-91")));
}
