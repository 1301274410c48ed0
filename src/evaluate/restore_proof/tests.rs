//! Each rung alone, and that a rung never holds on evidence that is not whole.

use super::restore_proofs;
use crate::evaluate::context::Context;
use crate::evaluate::testing::{World, at};
use crate::evaluate::testing_rehearsals::{bia, point, restore_job, restore_test};
use crate::model::finding::{Hold, RestoreProof, Rung};
use crate::model::records::backups::JobState;
use crate::model::records::governance::{ApplicationCheck, ComparisonMethod, RestoreTest};
use crate::model::source::Source;

/// A test of 2 July on which every rung holds, changed.
fn changed(change: impl Fn(&mut RestoreTest)) -> World {
    let mut world = World::with_system();
    let mut test = restore_test("RT-1", "2026-07-02T09:00");
    change(&mut test);
    world.add_test(test);
    let mut job = restore_job("job-RT-1", "2026-07-02T09:00");
    job.validation = Some("SUCCESSFUL".to_owned());
    world.add_restore(job);
    world.add_point(point("2026-07-02T03:00"));
    world.add_bia(bia("1", "2026-03-01"));
    world
}

fn proofs(world: &World) -> Vec<RestoreProof> {
    world.with_context(|context: &Context<'_>| restore_proofs(context))
}

/// The rungs that do not hold: level, whether evidence contradicts it, and words.
#[track_caller]
fn check(world: &World, reached: Option<u8>, lacking: &[(u8, bool, &str)]) {
    let [proof]: [RestoreProof; 1] = proofs(world).try_into().expect("one proof");
    let found: Vec<_> = proof
        .rungs()
        .filter_map(|(rung, hold)| {
            Some((
                rung.level(),
                matches!(hold, Hold::Fails(_)),
                hold.reason()?.to_owned(),
            ))
        })
        .collect();
    let same = found.len() == lacking.len()
        && found.iter().zip(lacking).all(|(found, expected)| {
            (found.0, found.1) == (expected.0, expected.1) && found.2.contains(expected.2)
        });
    assert!(same, "expected {lacking:#?}\nfound {found:#?}");
    assert_eq!(proof.reached().map(Rung::level), reached);
}

#[test]
fn all_rungs_hold() {
    check(&changed(|_| {}), Some(5), &[]);
}

#[test]
fn the_job_is_the_ground() {
    let mut world = changed(|_| {});
    world.records.restores.clear();
    let none = "is not in the provider's history";
    let lacking = [(0, false, none), (1, false, "no restore job"), (5, false, none)];
    check(&world, None, &lacking);
    let mut world = changed(|_| {});
    world.records.restores[0].value.state = JobState::Aborted;
    let none = "cites a restore that was none";
    let lacking = [
        (0, true, "restore job job-RT-1 is"),
        (1, false, "no restore job"),
        (2, false, none),
        (3, false, none),
        (5, false, none),
    ];
    check(&world, None, &lacking);
}

#[test]
fn a_validation_is_the_customer_s_word_in_the_provider_s_record() {
    for (word, contradicts) in [("FAILED", true), ("TIMED_OUT", true), ("VALIDATING", false)] {
        let mut world = changed(|_| {});
        world.records.restores[0].value.validation = Some(word.to_owned());
        check(&world, Some(0), &[(1, contradicts, word)]);
    }
    let mut world = changed(|_| {});
    world.records.restores[0].value.validation = None;
    check(&world, Some(0), &[(1, false, "carries no validation")]);
}

#[test]
fn counts_and_digests_are_those_of_ct_18() {
    let restored =
        |test: &mut RestoreTest| test.restored_manifest.as_mut().expect("a manifest").objects[0].clone();
    let counts = changed(|test| {
        let mut object = restored(test);
        object.count = 99;
        test.restored_manifest.as_mut().expect("a manifest").objects[0] = object;
    });
    check(
        &counts,
        Some(1),
        &[(2, true, "restored"), (3, false, "are not the same")],
    );
    let digests = changed(|test| {
        let mut object = restored(test);
        object.digest = None;
        test.restored_manifest.as_mut().expect("a manifest").objects[0] = object;
    });
    check(&digests, Some(2), &[(3, false, "no digests to compare")]);
    let none = "no two manifests";
    check(
        &changed(|test| test.source_manifest = None),
        Some(1),
        &[(2, false, none), (3, false, none)],
    );
}

#[test]
fn the_application_is_tried_after_the_restore() {
    let tried = |when: &'static str, passed| {
        changed(move |test| test.application_check = Some(ApplicationCheck { at: at(when), passed }))
    };
    check(&tried("2026-07-02T08:55", true), Some(5), &[]);
    check(&tried("2026-07-11T05:05", true), Some(5), &[]);
    for outside in ["2026-07-02T08:54:59Z", "2026-07-11T05:05:01Z"] {
        check(
            &tried(outside, true),
            Some(3),
            &[(4, false, "not between the restore")],
        );
    }
    check(
        &tried("2026-07-02T10:00", false),
        Some(3),
        &[(4, true, "did not work")],
    );
    let method = |method| {
        changed(move |test| {
            test.application_check = None;
            test.method = method;
        })
    };
    check(&method(ComparisonMethod::AppCheck), Some(5), &[]);
    check(
        &method(ComparisonMethod::Checksum),
        Some(3),
        &[(4, false, "no check of the application")],
    );
}

#[test]
fn the_objective_is_that_of_ct_19() {
    let late = changed(|test| test.service_ready = Some(at("2026-07-02T17:00")));
    check(&late, Some(4), &[(5, true, "8 h 30 min")]);
    let unsaid = changed(|test| test.service_ready = None);
    check(&unsaid, Some(4), &[(5, false, "does not say when the service")]);
    let mut unproven = changed(|_| {});
    unproven.unprove_all(Source::Bia);
    check(
        &unproven,
        Some(4),
        &[(5, false, "bia compliance global is not proven")],
    );
}

#[test]
fn a_test_that_the_log_calls_a_failure_shows_no_more_than_its_job() {
    let failure = "calls test RT-1 a failure";
    let lacking = [
        (2, false, failure),
        (3, false, failure),
        (4, false, "calls the test a failure"),
        (5, false, failure),
    ];
    check(&changed(|test| test.success = false), Some(1), &lacking);
}

#[test]
fn nothing_holds_by_a_record_that_can_t_be_relied_on() {
    let all = |words: &'static str| (0..6).map(|level| (level, false, words)).collect::<Vec<_>>();
    let mut world = changed(|_| {});
    world.unprove_all(Source::RestoreTests);
    check(
        &world,
        None,
        &all("restore_tests compliance global is not proven"),
    );
    let mut world = changed(|_| {});
    world.add_conflict(Source::RestoreTests, "RT-1");
    check(&world, None, &all("contradict each other"));
    let mut world = changed(|_| {});
    world.records.restore_tests[0].stands = false;
    check(&world, None, &all("does not hold RT-1"));
    let mut world = changed(|_| {});
    world.records.restore_tests[0].last_seen = at("2026-07-02T08:00");
    check(&world, None, &all("after the answer that holds it"));
    let mut world = changed(|_| {});
    world.records.systems.clear();
    check(&world, None, &all("the inventory has no system orders"));
    let mut world = changed(|_| {});
    world.add_conflict(Source::SystemsInventory, "orders");
    check(&world, None, &all("contradict each other"));
}

#[test]
fn tests_stand_in_order_of_their_start_and_later_ones_are_left_out() {
    let mut world = changed(|_| {});
    for (id, started) in [
        ("RT-3", "2026-07-11"),
        ("RT-0", "2026-03-01T09:00"),
        ("RT-2", "2026-07-10T23:59"),
    ] {
        world.add_test(restore_test(id, started));
    }
    let ids: Vec<_> = proofs(&world).into_iter().map(|proof| proof.test).collect();
    assert_eq!(ids, ["RT-0", "RT-1", "RT-2"]);
}
