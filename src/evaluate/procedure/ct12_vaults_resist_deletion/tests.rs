//! The outcomes of CT-12.

use super::vaults_resist_deletion;
use crate::catalogue::Approval;
use crate::evaluate::criteria::VaultLock;
use crate::evaluate::testing::backups::{VAULT, point, snapshot, ticket};
use crate::evaluate::testing::protection::{denial, statement};
use crate::evaluate::testing::{World, at, check, key};
use crate::model::finding::State::{Exception, Indeterminate, NoOccurrence, NotApplicable};
use crate::model::records::protection::{AccessPolicy, Vault, VaultKind};
use crate::model::records::{Conflict, Misfit, Moved};
use crate::model::source::Source;

const ROLE: &str = "arn:aws:iam::111122223333:role/break-glass";
const BEFORE: &str = "2026-07-09T05:00";
const AFTER: &str = "2026-07-11T05:00";

/// A vault that holds a point, seen before and after the as-of instant, changed by `change` both times.
fn world(change: impl Fn(&mut Vault)) -> World {
    let mut world = World::new();
    world.add_point(point("a", "2026-07-09T03:00"));
    for when in [BEFORE, AFTER] {
        world.see_vault(at(when), &change);
    }
    world
}

/// The unlocked vault with this policy, read before and after the as-of instant.
fn with_policy(policy: Option<AccessPolicy>) -> World {
    let mut world = world(|_| {});
    for when in [BEFORE, AFTER] {
        world.see_policy(at(when), policy.clone());
    }
    world
}

fn declared(mut world: World, lock: VaultLock) -> World {
    world.criteria.vault_lock = lock;
    world
}

fn not_mandatory(on: &str) -> VaultLock {
    VaultLock::NotMandatory(Approval {
        by: "p-001".to_owned(),
        role: "CTO".to_owned(),
        on: on.parse().expect("a date"),
        reference: None,
    })
}

fn says(world: &World) -> String {
    let finding = world.run(vaults_resist_deletion);
    let texts: Vec<_> = finding
        .observations()
        .iter()
        .map(|seen| seen.text.as_str())
        .collect();
    texts.join("; ")
}

#[test]
fn the_limits_of_a_lock_are_held_against_the_approved_retention() {
    let says_of = |approved: Option<i64>, min: Option<i64>, max: Option<i64>| {
        let mut world = world(|vault| {
            vault.locked = Some(true);
            (vault.retention_min_days, vault.retention_max_days) = (min, max);
        });
        world.criteria.min_retention_days = approved;
        check(&world, vaults_resist_deletion, 1, &[]);
        says(&world)
    };
    for (min, max, words) in [
        (Some(35), Some(35), "the lock enforces the approved 35 days"),
        (Some(34), None, "the lock does not enforce the approved 35 days"),
        (None, None, "the lock does not enforce the approved 35 days"),
        (
            None,
            Some(34),
            "nothing can be kept in it for the approved 35 days",
        ),
    ] {
        let said = says_of(Some(35), min, max);
        assert!(said.contains(words), "{said}");
    }
    assert!(!says_of(None, Some(7), None).contains("approved"));
}

#[test]
fn a_lock_of_any_mode_is_supported_and_its_mode_told() {
    for lock in [
        VaultLock::Undeclared,
        VaultLock::Mandatory,
        not_mandatory("2026-06-01"),
    ] {
        let governance = declared(world(|vault| vault.locked = Some(true)), lock.clone());
        check(&governance, vaults_resist_deletion, 1, &[]);
        assert!(says(&governance).contains("governance"), "{}", says(&governance));
        // A lock is immutable from its date on, the as-of instant itself included.
        for (date, mode) in [
            ("2026-07-11", "compliance"),
            ("2026-07-11T00:00:01Z", "can be lifted until"),
        ] {
            let dated = declared(
                world(|vault| {
                    vault.locked = Some(true);
                    vault.lock_date = Some(at(date));
                    vault.retention_min_days = Some(7);
                }),
                lock.clone(),
            );
            check(&dated, vaults_resist_deletion, 1, &[]);
            assert!(says(&dated).contains(mode), "{}", says(&dated));
            assert!(says(&dated).contains("minimum retention 7 days, maximum unset"));
        }
        let gapped = declared(
            world(|vault| {
                vault.kind = Some(VaultKind::LogicallyAirGapped);
                vault.locked = None;
            }),
            lock,
        );
        check(&gapped, vaults_resist_deletion, 1, &[]);
        assert!(says(&gapped).contains("logically air-gapped"));
    }
}

#[test]
fn an_unlocked_vault_is_an_exception_only_where_a_lock_is_mandatory() {
    let bare = with_policy(None);
    let mandatory = declared(bare.clone(), VaultLock::Mandatory);
    check(
        &mandatory,
        vaults_resist_deletion,
        0,
        &[("critical", Exception, "not locked")],
    );
    // A policy stands in for no mandatory lock.
    let denied = declared(with_policy(Some(denial(&[]))), VaultLock::Mandatory);
    check(
        &denied,
        vaults_resist_deletion,
        0,
        &[("critical", Exception, "not locked")],
    );
    let expected = [("critical", Indeterminate, "management has not said")];
    check(&bare, vaults_resist_deletion, 0, &expected);
    let approved = declared(bare.clone(), not_mandatory("2026-07-10"));
    let expected = [("critical", NotApplicable, "no access policy")];
    check(&approved, vaults_resist_deletion, 0, &expected);
    for world in [&bare, &approved] {
        assert!(
            says(world).contains("critical does not resist deletion"),
            "{}",
            says(world)
        );
    }
    // An approval of the as-of day or later says nothing of the time before.
    let late = declared(bare, not_mandatory("2026-07-11"));
    check(
        &late,
        vaults_resist_deletion,
        0,
        &[("critical", Indeterminate, "has not said")],
    );
}

#[test]
fn a_policy_that_denies_deletion_stands_in_for_a_lock() {
    let denied = with_policy(Some(denial(&[])));
    check(&denied, vaults_resist_deletion, 1, &[]);
    assert!(says(&denied).contains("is not locked"), "never without saying so");
    let mut allowing = denial(&[]);
    allowing.statements[0].allows = true;
    let expected = [(
        "critical",
        Indeterminate,
        "does not deny backup:DeleteRecoveryPoint",
    )];
    check(&with_policy(Some(allowing)), vaults_resist_deletion, 0, &expected);
    // Both readings have to deny.
    let mut lifted = world(|_| {});
    lifted.see_policy(at(BEFORE), None);
    lifted.see_policy(at(AFTER), Some(denial(&[])));
    let expected = [("critical", Indeterminate, "no access policy at 2026-07-09")];
    check(&lifted, vaults_resist_deletion, 0, &expected);
    let mut stale = world(|_| {});
    stale.see_policy(at(BEFORE), Some(denial(&[])));
    let expected = [("critical", Indeterminate, "no reading of its access policy")];
    check(&stale, vaults_resist_deletion, 0, &expected);
    let only_after = AccessPolicy {
        statements: vec![statement(true), statement(false)],
    };
    let mut first = world(|_| {});
    first.see_policy(at(AFTER), Some(only_after));
    check(&first, vaults_resist_deletion, 1, &[]);
}

#[test]
fn those_whom_a_policy_lets_delete_are_approved_by_a_ticket() {
    let left = with_policy(Some(denial(&[ROLE])));
    let unapproved = [("critical", Indeterminate, "no approved ticket names it")];
    check(&left, vaults_resist_deletion, 0, &unapproved);
    let approval = |approved: &str, refs: &[&str]| {
        let mut ticket = ticket("GRC-1", "2026-07-01", Some(approved), None);
        ticket.refs = refs.iter().map(|one| (*one).to_owned()).collect();
        let mut world = left.clone();
        world.add_ticket(ticket);
        world
    };
    let whole = approval("2026-07-10T23:59", &[VAULT, ROLE]);
    check(&whole, vaults_resist_deletion, 1, &[]);
    let mut alone = whole.clone();
    alone.records.tickets[0].value.opened_by = "p-001".to_owned();
    let changed = |change: fn(&mut crate::model::records::governance::Ticket)| {
        let mut world = whole.clone();
        change(&mut world.records.tickets[0].value);
        world
    };
    // All of them, where it is left to several.
    let mut two = with_policy(Some(denial(&[ROLE, "arn:aws:iam::111122223333:role/b"])));
    two.records.tickets = whole.records.tickets.clone();
    check(&two, vaults_resist_deletion, 0, &unapproved);
    for other in [
        approval("2026-07-11", &[VAULT, ROLE]),
        approval("2026-07-02", &[VAULT]),
        approval("2026-07-02", &[ROLE]),
        alone,
        changed(|ticket| ticket.approved_by = None),
        changed(|ticket| ticket.approved = None),
    ] {
        check(&other, vaults_resist_deletion, 0, &unapproved);
    }
    let mut unproven = whole;
    unproven.unprove_all(Source::Tickets);
    check(
        &unproven,
        vaults_resist_deletion,
        0,
        &[("critical", Indeterminate, "tickets")],
    );
}

#[test]
fn what_the_listings_leave_open_is_indeterminate() {
    let mut changed = world(|_| {});
    changed.records.vaults.clear();
    changed.see_vault(at(BEFORE), |vault| vault.locked = Some(true));
    changed.see_vault(at(AFTER), |_| {});
    let expected = [("critical", Indeterminate, "not locked at 2026-07-11T05:00")];
    check(&changed, vaults_resist_deletion, 0, &expected);
    let unsaid = world(|vault| vault.locked = None);
    check(
        &unsaid,
        vaults_resist_deletion,
        0,
        &[("critical", Indeterminate, "unknown lock")],
    );
    let mut undescribed = world(|vault| vault.locked = Some(true));
    undescribed
        .records
        .vaults
        .retain(|vault| vault.value.at == at(BEFORE));
    let expected = [("critical", Indeterminate, "no list of vaults describes it")];
    check(&undescribed, vaults_resist_deletion, 0, &expected);
    let mut unproven = world(|vault| vault.locked = Some(true));
    unproven.unprove_all(Source::AwsVaults);
    check(
        &unproven,
        vaults_resist_deletion,
        0,
        &[("critical", Indeterminate, "aws_vaults")],
    );
    // Later listings say nothing of the as-of instant.
    let mut lifted = world(|vault| vault.locked = Some(true));
    lifted.see_vault(at("2026-07-12T05:00"), |_| {});
    check(&lifted, vaults_resist_deletion, 1, &[]);
}

#[test]
fn doubt_about_a_vault_is_no_lock() {
    let locked = world(|vault| vault.locked = Some(true));
    let mut disputed = locked.clone();
    disputed.records.conflicts.push(Conflict {
        source: Source::AwsVaults,
        id: format!("{VAULT}\n{BEFORE}"),
        difference: "stands twice".to_owned(),
        moved: Moved::default(),
        citations: vec![disputed.records.vaults[0].citation.clone()],
    });
    check(
        &disputed,
        vaults_resist_deletion,
        0,
        &[("critical", Indeterminate, "stands twice")],
    );
    let mut unread = locked;
    unread.records.misfits.push(Misfit {
        key: key(Source::AwsVaults, "us-east-1"),
        id: Some(VAULT.to_owned()),
        reason: "Locked is no truth".to_owned(),
        citation: unread.records.vaults[0].citation.clone(),
    });
    check(
        &unread,
        vaults_resist_deletion,
        0,
        &[("critical", Indeterminate, "Locked is no truth")],
    );
}

#[test]
fn only_vaults_that_hold_backups_count() {
    let mut empty = world(|_| {});
    empty.records.points.clear();
    check(
        &empty,
        vaults_resist_deletion,
        0,
        &[("population", NoOccurrence, "")],
    );
    let mut gone = world(|_| {});
    gone.records.points[0].value.delete_at = Some(at("2026-07-11"));
    check(
        &gone,
        vaults_resist_deletion,
        0,
        &[("population", NoOccurrence, "")],
    );
    empty.unprove_all(Source::AwsRecoveryPoints);
    empty.unprove_all(Source::AtlasSnapshots);
    assert_eq!(empty.run(vaults_resist_deletion).state(), Indeterminate);
}

#[test]
fn a_compliance_policy_protects_a_project_while_it_is_active() {
    let project = |states: [Option<&str>; 2]| {
        let mut world = World::new();
        world.add_point(snapshot("s-1", "2026-07-09T02:00").1);
        for (when, state) in [BEFORE, AFTER].into_iter().zip(states) {
            world.see_compliance(at(when), state);
        }
        world
    };
    let id = "atlas/64b000000000000000000001";
    let active = project([Some("ACTIVE"), Some("UPDATING")]);
    check(&active, vaults_resist_deletion, 1, &[]);
    let mut uncopied = active.clone();
    uncopied.records.compliance_policies[1].value.copy_protection = None;
    check(&uncopied, vaults_resist_deletion, 1, &[]);
    assert!(says(&uncopied).contains("does not protect copies"));
    let off = project([Some("DISABLING"), Some("DISABLING")]);
    check(
        &off,
        vaults_resist_deletion,
        0,
        &[(id, Indeterminate, "DISABLING")],
    );
    let mandatory = declared(off, VaultLock::Mandatory);
    check(
        &mandatory,
        vaults_resist_deletion,
        0,
        &[(id, Exception, "DISABLING")],
    );
    for states in [
        [Some("ACTIVE"), Some("DISABLING")],
        [Some("ACTIVE"), None],
        [None, None],
    ] {
        let open = declared(project(states), VaultLock::Mandatory);
        check(&open, vaults_resist_deletion, 0, &[(id, Indeterminate, "was")]);
    }
    let mut unread = active.clone();
    unread.unprove_all(Source::AtlasCompliancePolicy);
    check(
        &unread,
        vaults_resist_deletion,
        0,
        &[(id, Indeterminate, "atlas_compliance_policy")],
    );
    let mut stale = active;
    stale.records.compliance_policies.truncate(1);
    check(
        &stale,
        vaults_resist_deletion,
        0,
        &[(id, Indeterminate, "no reading")],
    );
}

#[test]
fn copies_that_a_compliance_policy_does_not_protect_are_told() {
    let told = |protected: Option<bool>| {
        let mut world = World::daily_in_atlas();
        for when in [BEFORE, AFTER] {
            world.see_compliance(at(when), Some("ACTIVE"));
        }
        for policy in &mut world.records.compliance_policies {
            policy.value.copy_protection = protected;
        }
        let finding = world.run(vaults_resist_deletion);
        finding
            .observations()
            .iter()
            .any(|seen| seen.text.contains("does not protect copies"))
    };
    assert_eq!([Some(true), Some(false), None].map(told), [false, true, true]);
}
