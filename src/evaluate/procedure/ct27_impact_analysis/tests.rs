//! CT-27: age of the analysis, approval, coverage and ratings.

use super::impact_analysis as procedure;
use crate::evaluate::testing::{World, at, check, span};
use crate::evaluate::testing_rehearsals::{bia, rated};
use crate::model::finding::State::{self, Exception, Indeterminate};
use crate::model::records::governance::{Bia, SystemClass};
use crate::model::source::Source;

/// A change to an analysis, and the words that it causes.
type Flaw = (fn(&mut Bia), &'static str);

/// `orders` with an analysis of 1 February as `change` leaves it.
fn analysed(change: impl Fn(&mut Bia)) -> World {
    let mut world = World::with_system();
    let mut analysis = bia("1", "2026-02-01");
    change(&mut analysis);
    world.add_bia(analysis);
    world
}

fn of(day: &'static str) -> impl Fn(&mut Bia) {
    move |analysis| *analysis = bia("1", day)
}

/// The age is SUPPORTED, `orders` is in `state`.
#[track_caller]
fn system_is(world: &World, state: State, words: &str) {
    check(world, procedure, 1, &[("orders", state, words)]);
}

#[test]
fn an_approved_analysis_that_rates_the_system_alike_is_supported() {
    let finding = check(&analysed(|_| {}), procedure, 2, &[]);
    let about: Vec<_> = finding
        .items()
        .iter()
        .map(|item| (item.id(), item.statements().len()))
        .collect();
    assert_eq!(about, [("bia/age", 2), ("orders", 4)]);
    let mut other = analysed(|_| {});
    other.records.systems[0].value.class = SystemClass::Other;
    assert_eq!(
        other.run(procedure).items()[1].statements().len(),
        3,
        "not about the critical classes"
    );
}

#[test]
fn the_day_of_performance_decides_the_age() {
    check(&analysed(of("2025-07-10")), procedure, 2, &[]);
    let old = [(
        "bia/age",
        Exception,
        "the newest is of 2025-07-09: 366 days old on 2026-07-10",
    )];
    check(&analysed(of("2025-07-09")), procedure, 1, &old);
    let mut gap = analysed(of("2025-07-04"));
    gap.add_bia(bia("2", "2026-07-05"));
    check(
        &gap,
        procedure,
        1,
        &[(
            "bia/age",
            Exception,
            "366 days lie between 2025-07-04 and 2026-07-05",
        )],
    );
}

#[test]
fn without_an_earlier_analysis_the_gap_is_open() {
    let first = [("bia/age", Indeterminate, "none before 2026-07-05 is on record")];
    check(&analysed(of("2026-07-05")), procedure, 1, &first);
}

#[test]
fn drafts_and_undated_analyses_count_for_nothing() {
    let doubtful: [Flaw; 5] = [
        (
            |analysis| analysis.approved_by = None,
            "a draft that nobody approved",
        ),
        (
            |analysis| analysis.approved_at = None,
            "a draft that nobody approved",
        ),
        (
            |analysis| analysis.approved_at = Some(at("2026-07-11")),
            "not before the as-of instant",
        ),
        (
            |analysis| analysis.approved_at = Some(at("2026-01-31T23:59")),
            "approved before it was performed",
        ),
        (
            |analysis| analysis.performed = None,
            "does not say when it was performed",
        ),
    ];
    for (change, words) in doubtful {
        let world = analysed(change);
        let finding = check(&world, procedure, 0, &[("bia/age", Indeterminate, words)]);
        assert!(
            finding.items()[0].statements().is_empty(),
            "without an analysis it speaks about all"
        );
        let mut world = world.clone();
        world.add_bia(bia("0", "2026-01-01"));
        check(&world, procedure, 2, &[]);
    }
}

#[test]
fn an_analysis_may_be_approved_on_the_day_of_its_performance() {
    let world = analysed(|analysis| analysis.approved_at = Some(at("2026-02-01T00:00")));
    check(&world, procedure, 2, &[]);
}

#[test]
fn no_analysis_at_all_is_an_exception_where_the_register_is_proven() {
    let mut world = World::with_system();
    check(
        &world,
        procedure,
        0,
        &[("bia/age", Exception, "no business impact analysis is on record")],
    );
    let mut tomorrow = bia("1", "2026-07-11");
    tomorrow.approved_at = Some(at("2026-07-11T04:00"));
    world.add_bia(tomorrow);
    check(
        &world,
        procedure,
        0,
        &[("bia/age", Exception, "no business impact analysis is on record")],
    );
    world.unprove_all(Source::Bia);
    assert_eq!(world.run(procedure).state(), Indeterminate);
}

#[test]
fn a_system_that_the_newest_analysis_does_not_name_is_an_exception() {
    let mut world = analysed(|analysis| analysis.systems.clear());
    system_is(&world, Exception, "analysis BIA 1 does not name the system");
    world.records.systems[0].value.onboarded = Some(at("2026-02-01T23:00"));
    system_is(&world, Exception, "does not name the system");
    world.records.systems[0].value.onboarded = Some(at("2026-02-02"));
    system_is(
        &world,
        Indeterminate,
        "before the system came into use on 2026-02-02",
    );
    world.records.systems[0].value.onboarded = None;
    system_is(&world, Indeterminate, "whose day of onboarding is unknown");
    world.records.systems[0].value.decommissioned = Some(at("2026-07-10"));
    check(&world, procedure, 1, &[]);
    // An older analysis that named it does not mend the newest.
    let mut newer = analysed(|_| {});
    let mut second = bia("2", "2026-03-01");
    second.systems.clear();
    newer.add_bia(second);
    system_is(&newer, Exception, "analysis BIA 2 does not name the system");
}

#[test]
fn ratings_agree_with_the_inventory_and_the_critical_classes() {
    let rate = |critical: Option<bool>| analysed(move |analysis| analysis.systems[0].critical = critical);
    system_is(
        &rate(Some(false)),
        Exception,
        "rates the system not critical, the inventory critical",
    );
    system_is(
        &rate(None),
        Indeterminate,
        "does not say whether the system is critical",
    );
    let mut alike = rate(Some(false));
    alike.records.systems[0].value.critical = false;
    system_is(
        &alike,
        Exception,
        "rates the system not critical, its class is database",
    );
    alike.records.systems[0].value.class = SystemClass::Other;
    check(&alike, procedure, 2, &[]);
    let mut over = rate(Some(true));
    over.records.systems[0].value.critical = false;
    system_is(
        &over,
        Exception,
        "rates the system critical, the inventory not critical",
    );
}

#[test]
fn objectives_and_a_single_rating_are_needed() {
    let objectives: [fn(&mut Bia); 2] = [
        |analysis| analysis.systems[0].rto_minutes = None,
        |analysis| analysis.systems[0].rpo_minutes = None,
    ];
    for change in objectives {
        system_is(
            &analysed(change),
            Indeterminate,
            "no recovery time or no recovery point objective",
        );
    }
    let twice = analysed(|analysis| analysis.systems.push(rated("orders", Some(true))));
    system_is(&twice, Indeterminate, "rates the system 2 times");
}

#[test]
fn disputes_and_dates_of_the_future_decide_nothing() {
    for id in ["BIA", "BIA 1"] {
        let mut world = analysed(|_| {});
        world.add_conflict(Source::Bia, id);
        check(
            &world,
            procedure,
            0,
            &[("bia/age", Indeterminate, "contradict each other")],
        );
    }
    let mut world = analysed(|_| {});
    world.add_conflict(Source::SystemsInventory, "orders");
    system_is(&world, Indeterminate, "contradict each other");
    let mut world = analysed(|_| {});
    world.records.bias[0].last_seen = at("2026-01-31T23:54");
    check(
        &world,
        procedure,
        0,
        &[("bia/age", Indeterminate, "after the answer that holds it")],
    );
    let mut world = analysed(|_| {});
    world.records.bias[0].last_seen = at("2026-02-01T12:00");
    check(
        &world,
        procedure,
        0,
        &[("bia/age", Indeterminate, "the approval of analysis BIA 1")],
    );
}

#[test]
fn nothing_is_supported_without_both_registers() {
    for source in [Source::Bia, Source::SystemsInventory] {
        let mut world = analysed(|_| {});
        world.unprove(source, span("2026-07-10T23:59", "2026-07-11"));
        assert_eq!(world.run(procedure).counts().get(State::Supported), 0, "{source}");
        let mut world = analysed(|_| {});
        world.add_misfit(source, None);
        assert_eq!(world.run(procedure).counts().get(State::Supported), 0, "{source}");
    }
    let mut empty = analysed(|_| {});
    empty.records.systems.clear();
    check(
        &empty,
        procedure,
        1,
        &[("inventory", Indeterminate, "holds no system")],
    );
}

#[test]
fn an_analysis_of_the_last_day_counts_and_an_approval_within_the_clocks_skew_of_its_listing_stands() {
    let mut world = analysed(of("2026-01-10"));
    let mut last = bia("2", "2026-07-10");
    last.approved_at = Some(at("2026-07-10T12:00"));
    world.add_bia(last);
    let finding = check(&world, procedure, 2, &[]);
    assert!(finding.observations()[0].text.contains("is 0 days old"));
    let listed = |when: &str| {
        let mut world = analysed(of("2026-02-01"));
        world.records.bias[0].last_seen = at(when);
        world.run(procedure).state()
    };
    assert_eq!(listed("2026-02-01T23:55"), State::Supported);
    assert_eq!(listed("2026-02-01T23:54:59Z"), Indeterminate);
}

#[test]
fn beside_an_undated_analysis_an_old_one_proves_no_gap() {
    let mut world = analysed(of("2025-07-09"));
    let finding = world.run(procedure);
    assert_eq!(
        (finding.items()[0].state(), finding.items()[0].statements().len()),
        (Exception, 2)
    );
    let mut undated = bia("2", "2026-02-01");
    undated.performed = None;
    world.add_bia(undated);
    assert_eq!(world.run(procedure).items()[0].state(), Indeterminate);
}
