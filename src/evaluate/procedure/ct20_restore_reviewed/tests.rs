//! CT-20: the record, the review and the follow-up of a restore test, each at its edge.

use super::restore_reviewed as procedure;
use crate::evaluate::testing::backups::ticket;
use crate::evaluate::testing::{World, at, check, span};
use crate::evaluate::testing_governance::holder;
use crate::evaluate::testing_rehearsals::{restore_job, restore_test};
use crate::model::finding::State::{self, Exception, Indeterminate, NoOccurrence};
use crate::model::records::governance::RestoreTest;
use crate::model::source::Source;

/// One restore test on 5 July, 09:00 to 10:00, of which p-006 is the tester and the lead p-005 the reviewer.
fn tested(change: impl Fn(&mut RestoreTest)) -> World {
    let mut world = World::new();
    world.add_holder(holder("p-005", "DevOps Lead", "DevOps"));
    world.add_holder(holder("p-006", "DevOps Engineer", "DevOps"));
    let mut test = restore_test("RT-1", "2026-07-05T09:00");
    change(&mut test);
    world.add_test(test);
    world
}

#[track_caller]
fn record_is(change: impl Fn(&mut RestoreTest), words: &str) {
    check(
        &tested(change),
        procedure,
        1,
        &[("RT-1/record", Indeterminate, words)],
    );
}

#[track_caller]
fn review_is(world: &World, state: State, words: &str) {
    check(world, procedure, 1, &[("RT-1/review", state, words)]);
}

#[track_caller]
fn follow_up_is(world: &World, state: State, words: &str) {
    check(world, procedure, 2, &[("RT-1/follow-up", state, words)]);
}

#[test]
fn a_complete_record_reviewed_by_another_is_supported() {
    check(&tested(|_| {}), procedure, 2, &[]);
}

#[test]
fn without_a_test_in_the_period_nothing_occurred() {
    let mut world = World::new();
    check(&world, procedure, 0, &[("population", NoOccurrence, "")]);
    world.add_test(restore_test("RT-0", "2026-06-30T23:59"));
    world.add_test(restore_test("RT-9", "2026-07-11T00:00"));
    check(&world, procedure, 0, &[("population", NoOccurrence, "")]);
    world.unprove_all(Source::RestoreTests);
    assert_eq!(world.run(procedure).state(), Indeterminate);
}

#[test]
fn a_record_with_a_gap_is_indeterminate() {
    record_is(|test| test.finished = None, "names no end");
    record_is(|test| test.target = " ".to_owned(), "names no target");
    record_is(|test| test.backup = String::new(), "names no backup");
    record_is(
        |test| test.finished = Some(at("2026-07-05T08:59")),
        "ended before it began",
    );
    record_is(
        |test| test.backup_time = at("2026-07-05T09:01"),
        "began before its backup was taken",
    );
    for at_once in [
        |test: &mut RestoreTest| test.finished = Some(test.started),
        |test: &mut RestoreTest| test.backup_time = test.started,
    ] {
        check(&tested(at_once), procedure, 2, &[]);
    }
    let long = tested(|test| {
        test.finished = Some(at("2026-07-11T00:00"));
        test.reviewed = test.finished;
    });
    let both = [
        ("RT-1/record", Indeterminate, "not before the as-of instant"),
        ("RT-1/review", Indeterminate, "not before the as-of instant"),
    ];
    check(&long, procedure, 0, &both);
}

#[test]
fn nobody_and_the_tester_are_no_reviewers() {
    review_is(
        &tested(|test| test.reviewer = None),
        Exception,
        "names no reviewer",
    );
    let blank = tested(|test| test.reviewer = Some(" ".to_owned()));
    review_is(&blank, Exception, "names no reviewer");
    let own = tested(|test| test.reviewer = Some("P-006 ".to_owned()));
    review_is(&own, Exception, "the same person carried out");
}

#[test]
fn a_review_comes_after_the_test_and_before_the_as_of_instant() {
    let reviewed = |when: &'static str| tested(move |test| test.reviewed = Some(at(when)));
    check(&reviewed("2026-07-05T10:00"), procedure, 2, &[]);
    review_is(&reviewed("2026-07-05T09:59"), Exception, "before the test ended");
    check(&reviewed("2026-07-10T23:59"), procedure, 2, &[]);
    review_is(
        &reviewed("2026-07-11T00:00"),
        Indeterminate,
        "not before the as-of instant",
    );
    review_is(
        &reviewed("2026-07-11T05:06"),
        Indeterminate,
        "after the answer that holds it",
    );
    let undated = tested(|test| test.reviewed = None);
    review_is(&undated, Indeterminate, "no time of the review");
}

#[test]
fn a_review_is_signed_off() {
    let signed = |signed: Option<bool>| tested(move |test| test.signed_off = signed);
    review_is(&signed(Some(false)), Exception, "did not sign it off");
    review_is(&signed(None), Indeterminate, "does not say whether p-005 signed");
}

#[test]
fn reviewer_and_tester_are_in_the_roster_and_the_reviewer_is_of_management() {
    let world = tested(|test| test.reviewer = Some("p-099".to_owned()));
    review_is(&world, Indeterminate, "the roster has no p-099");
    let world = tested(|test| test.tester = "somebody".to_owned());
    review_is(&world, Indeterminate, "who tested is not known");
    let mut world = tested(|_| {});
    world.records.roster[0].value.to = Some("2026-07-04".parse().expect("a day"));
    review_is(&world, Indeterminate, "does not have p-005 on 2026-07-05");
    world.records.roster[0].value.to = Some("2026-07-05".parse().expect("a day"));
    check(&world, procedure, 2, &[]);
    let mut world = tested(|_| {});
    world.records.roster[0].value.role = "DevOps Engineer".to_owned();
    review_is(&world, Indeterminate, "was DevOps Engineer that day");
}

#[test]
fn a_failure_or_deviation_asks_for_a_ticket() {
    let failed = tested(|test| test.success = false);
    follow_up_is(&failed, Exception, "the test failed, and no ticket names it");
    let deviated = tested(|test| test.deviations = vec!["slow".to_owned()]);
    follow_up_is(&deviated, Exception, "the test deviated: slow, and no ticket");
    let mut unknown = failed.clone();
    unknown.unprove_all(Source::Tickets);
    follow_up_is(&unknown, Indeterminate, "tickets");
    let named = tested(|test| {
        test.success = false;
        test.tickets = vec!["T-9".to_owned()];
    });
    follow_up_is(
        &named,
        Indeterminate,
        "does not vouch for the tickets that concern it: T-9",
    );
}

/// A failed test with a ticket that refers to it.
fn followed_up(opened: &str, due: Option<&str>, closed: Option<&str>) -> World {
    let mut world = tested(|test| test.success = false);
    let mut ticket = ticket("RT-1", opened, None, closed);
    ticket.due = due.map(|day| day.parse().expect("a day"));
    world.add_ticket(ticket);
    world
}

#[test]
fn a_ticket_corrects_when_it_was_opened_since_the_test_began() {
    check(
        &followed_up("2026-07-05T09:00", None, Some("2026-07-06")),
        procedure,
        3,
        &[],
    );
    let before = followed_up("2026-07-05T08:59", None, Some("2026-07-06"));
    follow_up_is(&before, Exception, "no ticket was opened since: T-RT-1");
    let later = followed_up("2026-07-11", Some("2026-07-30"), None);
    follow_up_is(&later, Exception, "no ticket was opened since");
    let mut by_id = tested(|test| {
        test.success = false;
        test.tickets = vec!["T-other".to_owned()];
    });
    by_id.add_ticket(ticket("other", "2026-07-05T12:00", None, Some("2026-07-07")));
    check(&by_id, procedure, 3, &[]);
}

#[test]
fn a_corrective_ticket_is_closed_or_not_overdue() {
    let open = |due| followed_up("2026-07-05T12:00", due, None);
    check(&open(Some("2026-07-10")), procedure, 3, &[]);
    follow_up_is(&open(Some("2026-07-09")), Exception, "1 days overdue");
    follow_up_is(&open(None), Indeterminate, "open and has no due day");
    let closed = |at| followed_up("2026-07-05T12:00", Some("2026-07-07"), Some(at));
    check(&closed("2026-07-09"), procedure, 3, &[]);
    follow_up_is(&closed("2026-07-11T00:00"), Exception, "3 days overdue");
    follow_up_is(
        &closed("2026-07-11T05:06"),
        Indeterminate,
        "dated after the answer",
    );
}

#[test]
fn one_overdue_ticket_among_several_is_an_exception() {
    let mut world = followed_up("2026-07-05T12:00", None, Some("2026-07-06"));
    let mut second = ticket("RT-1", "2026-07-06", None, None);
    second.id = "T-2".to_owned();
    second.due = Some("2026-07-08".parse().expect("a day"));
    world.add_ticket(second);
    follow_up_is(&world, Exception, "ticket T-2 is open, 2 days overdue");
    world.records.tickets[1].value.due = None;
    follow_up_is(&world, Indeterminate, "ticket T-2 is open");
}

#[test]
fn what_stands_against_a_record_leaves_it_open() {
    let mut world = tested(|_| {});
    world.add_conflict(Source::RestoreTests, "RT-1");
    let both = |words| {
        [
            ("RT-1/record", Indeterminate, words),
            ("RT-1/review", Indeterminate, words),
        ]
    };
    check(&world, procedure, 0, &both("contradict each other"));
    // Its start may be what was changed.
    let mut elsewhere = tested(|test| test.started = at("2026-06-30T09:00"));
    elsewhere.add_conflict(Source::RestoreTests, "RT-1");
    check(&elsewhere, procedure, 0, &both("contradict each other"));
    let mut withdrawn = tested(|_| {});
    withdrawn.records.restore_tests[0].stands = false;
    check(&withdrawn, procedure, 0, &both("does not hold RT-1"));
    let mut ahead = tested(|_| {});
    ahead.records.restore_tests[0].last_seen = at("2026-07-05T08:54");
    check(&ahead, procedure, 0, &both("after the answer that holds it"));
    let mut ticketed = followed_up("2026-07-05T12:00", None, Some("2026-07-06"));
    ticketed.add_conflict(Source::Tickets, "T-RT-1");
    follow_up_is(
        &ticketed,
        Indeterminate,
        "does not vouch for the tickets that concern it: T-RT-1",
    );
}

#[test]
fn nothing_is_supported_without_the_registers() {
    let world = followed_up("2026-07-05T12:00", None, Some("2026-07-06"));
    let whole = span("2026-07-10T23:59", "2026-07-11");
    for (source, left) in [
        (Source::RestoreTests, 0),
        (Source::RoleRoster, 2),
        (Source::Tickets, 2),
    ] {
        let mut world = world.clone();
        world.unprove(source, whole);
        assert_eq!(
            world.run(procedure).counts().get(State::Supported),
            left,
            "{source}"
        );
    }
}

#[test]
fn what_a_restore_testing_plan_restored_has_its_record() {
    const PLAN: &str = "arn:aws:backup:us-east-1:111122223333:restore-testing-plan:weekly-1";
    let run = |created: &str, plan: Option<&str>| {
        let mut world = tested(|_| {});
        let mut job = restore_job("job-plan", created);
        job.testing_plan = plan.map(str::to_owned);
        world.add_restore(job);
        world
    };
    let untold =
        "restore testing plan weekly-1 began it at 2026-07-06T12:00:00Z, and no record of the log cites it";
    let open = [("restore/job-plan", Indeterminate, untold)];
    let mut world = run("2026-07-06T12:00", Some(PLAN));
    check(&world, procedure, 2, &open);
    // Any record will do: that one is judged by itself.
    world.records.restore_tests[0].value.restore_job = Some("job-plan".to_owned());
    check(&world, procedure, 2, &[]);
    world.add_test(restore_test("RT-0", "2026-06-20T09:00"));
    check(&world, procedure, 2, &[]);
    check(&run("2026-07-06T12:00", None), procedure, 2, &[]);
    for other in ["2026-06-30T23:59", "2026-07-11"] {
        check(&run(other, Some(PLAN)), procedure, 2, &[]);
    }
    assert_eq!(
        run("2026-07-01", Some(PLAN)).run(procedure).state(),
        Indeterminate
    );
    let mut unproven = run("2026-07-06T12:00", Some(PLAN));
    unproven.unprove_all(Source::RestoreTests);
    assert_eq!(unproven.run(procedure).counts().get(State::Supported), 0);
}

#[test]
fn a_reviewer_is_no_other_person_by_writing_the_id_otherwise() {
    for reviewer in ["p-006", "P-006", " p-006 "] {
        let world = tested(|test| test.reviewer = Some(reviewer.to_owned()));
        review_is(&world, Exception, "that the same person carried out");
    }
}

#[test]
fn a_corrective_ticket_can_t_be_closed_before_it_was_opened() {
    let closed = |when: &str| {
        let mut world = tested(|test| test.success = false);
        world.add_ticket(ticket("RT-1", "2026-07-05T12:00", None, Some(when)));
        world
    };
    check(&closed("2026-07-05T12:00"), procedure, 3, &[]);
    follow_up_is(
        &closed("2026-07-05T11:59:59Z"),
        Indeterminate,
        "ticket T-RT-1 is dated closed before it was opened",
    );
}
