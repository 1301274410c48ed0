//! The outcomes of CT-35.

use super::protection_changes;
use crate::evaluate::testing::backups::{VAULT, call, check_order, point, point_arn, ticket};
use crate::evaluate::testing::protection::{denial, statement};
use crate::evaluate::testing::{World, at, check, key, observed};
use crate::model::finding::State::{Exception, Indeterminate, NoOccurrence};
use crate::model::records::backups::{Actor, Event, PlanRule, PlanVersion};
use crate::model::records::protection::AccessPolicy;
use crate::model::records::{Conflict, Moved};
use crate::model::source::Source;

const PLAN: &str = "arn:aws:backup:us-east-1:111122223333:backup-plan:plan-1";
const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/luma";

/// A call by p-004 with these parameters; its id is the name and the day.
fn change(name: &str, when: &str, request: &[(&str, &str)]) -> Event {
    let trail = [
        "StopLogging",
        "StartLogging",
        "DeleteTrail",
        "UpdateTrail",
        "PutEventSelectors",
    ];
    let service = if trail.contains(&name) {
        "cloudtrail"
    } else {
        "backup"
    };
    let request = request
        .iter()
        .map(|(pointer, value)| ((*pointer).to_owned(), (*value).to_owned()));
    Event {
        id: format!("{name}-{}", &when[8..10]),
        source: format!("{service}.amazonaws.com"),
        resources: Vec::new(),
        request: Some(request.collect()),
        ..call(name, "x", when, "p-004")
    }
}

/// A world with p-004 in the roster, these events, and a ticket approved on 2026-07-02 that names `refs`.
fn world(events: &[Event], refs: &str) -> World {
    let mut world = World::new();
    world.add_person("p-004");
    if !refs.is_empty() {
        world.add_ticket(ticket(refs, "2026-07-01", Some("2026-07-02"), None));
    }
    for event in events {
        world.add_event(event.clone());
    }
    world
}

fn says(world: &World) -> String {
    let finding = world.run(protection_changes);
    let texts: Vec<_> = finding
        .observations()
        .iter()
        .map(|seen| seen.text.as_str())
        .collect();
    texts.join("; ")
}

#[test]
fn each_kind_of_change_needs_a_ticket_that_names_what_it_changed() {
    let arn = point_arn("a");
    let changes = [
        ("UpdateBackupPlan", "/backupPlanId", "plan-1", PLAN),
        ("DeleteBackupPlan", "/backupPlanId", "plan-1", PLAN),
        ("DeleteBackupSelection", "/backupPlanId", "plan-1", PLAN),
        ("DeleteBackupSelection", "/selectionId", "sel-1", "sel-1"),
        (
            "PutBackupVaultLockConfiguration",
            "/backupVaultName",
            "critical",
            VAULT,
        ),
        (
            "DeleteBackupVaultLockConfiguration",
            "/backupVaultName",
            "critical",
            VAULT,
        ),
        (
            "PutBackupVaultAccessPolicy",
            "/backupVaultName",
            "critical",
            VAULT,
        ),
        (
            "DeleteBackupVaultAccessPolicy",
            "/backupVaultName",
            "critical",
            VAULT,
        ),
        ("UpdateRecoveryPointLifecycle", "/recoveryPointArn", &arn, &arn),
        ("UpdateTrail", "/name", "luma", TRAIL),
        ("PutEventSelectors", "/trailName", TRAIL, TRAIL),
    ];
    for (name, pointer, object, named) in changes {
        let event = change(name, "2026-07-05T10:00", &[(pointer, object)]);
        check(
            &world(std::slice::from_ref(&event), named),
            protection_changes,
            1,
            &[],
        );
        let id = format!("event/{name}-05");
        let unapproved = [(id.as_str(), Exception, "no ticket names it")];
        check(
            &world(std::slice::from_ref(&event), ""),
            protection_changes,
            0,
            &unapproved,
        );
        check(&world(&[event], "another"), protection_changes, 0, &unapproved);
    }
    let settings = change(
        "UpdateRegionSettings",
        "2026-07-05T10:00",
        &[("/resourceTypeOptInPreference/RDS", "true")],
    );
    check(
        &world(std::slice::from_ref(&settings), "UpdateRegionSettings-05"),
        protection_changes,
        1,
        &[],
    );
    let expected = [(
        "event/UpdateRegionSettings-05",
        Indeterminate,
        "does not say what it changed",
    )];
    check(
        &world(&[settings], "111122223333"),
        protection_changes,
        0,
        &expected,
    );
}

#[test]
fn the_approval_comes_before_and_from_somebody_else() {
    let update = |when: &str| change("UpdateBackupPlan", when, &[("/backupPlanId", "plan-1")]);
    let id = "event/UpdateBackupPlan-02";
    let at_once = world(&[update("2026-07-02")], PLAN);
    check(
        &at_once,
        protection_changes,
        0,
        &[(id, Exception, "was approved before")],
    );
    check(
        &world(&[update("2026-07-02T00:01")], PLAN),
        protection_changes,
        1,
        &[],
    );
    let mut alone = world(&[update("2026-07-05")], PLAN);
    alone.records.tickets[0].value.approved_by = Some("p-004".to_owned());
    let id = "event/UpdateBackupPlan-05";
    check(
        &alone,
        protection_changes,
        0,
        &[(id, Exception, "approved it alone")],
    );
    let mut stranger = update("2026-07-05");
    stranger.actor = call("x", "x", "2026-07-05", "p-099").actor;
    check(
        &world(&[stranger], PLAN),
        protection_changes,
        0,
        &[(id, Exception, "nobody in the roster")],
    );
    let actor = |actor: Actor| {
        let mut event = update("2026-07-05");
        event.actor = actor;
        world(&[event], PLAN)
    };
    check(
        &actor(Actor::Root),
        protection_changes,
        0,
        &[(id, Exception, "root user")],
    );
    check(
        &actor(Actor::Unknown),
        protection_changes,
        0,
        &[(id, Indeterminate, "who did it")],
    );
    let service = Actor::Service {
        name: "organizations.amazonaws.com".to_owned(),
    };
    check(
        &actor(service),
        protection_changes,
        0,
        &[(id, Indeterminate, "done by a service")],
    );
}

#[test]
fn what_the_trail_left_out_is_indeterminate() {
    let mut event = change("UpdateBackupPlan", "2026-07-05", &[]);
    event.request = None;
    let id = "event/UpdateBackupPlan-05";
    let expected = [(id, Indeterminate, "its parameters were left out")];
    check(
        &world(std::slice::from_ref(&event), "UpdateBackupPlan-05"),
        protection_changes,
        0,
        &expected,
    );
    check(&world(&[event], ""), protection_changes, 0, &expected);
}

#[test]
fn stopped_logging_is_an_exception_even_when_approved() {
    let stop = change("StopLogging", "2026-07-05T10:00", &[("/name", TRAIL)]);
    let start = change("StartLogging", "2026-07-05T10:27", &[("/name", "luma")]);
    let id = "event/StopLogging-05";
    let both = world(&[stop.clone(), start.clone()], TRAIL);
    let expected = [(
        id,
        Exception,
        "logging to luma stopped for 27 min, until StartLogging",
    )];
    check(&both, protection_changes, 0, &expected);
    check(
        &both,
        protection_changes,
        0,
        &[(id, Exception, "it had been approved")],
    );
    let mut other = start;
    other.request = Some([("/name".to_owned(), "other".to_owned())].into());
    let never = world(&[stop.clone(), other], "");
    check(
        &never,
        protection_changes,
        0,
        &[(id, Exception, "nothing in the trail undid it; done by p-004")],
    );
    let mut omitted = stop;
    omitted.request = None;
    check(
        &world(&[omitted], TRAIL),
        protection_changes,
        0,
        &[(id, Exception, "logging")],
    );
    let gone = change("DeleteTrail", "2026-07-05", &[("/name", TRAIL)]);
    check(
        &world(&[gone], TRAIL),
        protection_changes,
        0,
        &[("event/DeleteTrail-05", Exception, "stopped")],
    );
}

#[test]
fn only_successful_changes_of_the_period_count() {
    let mut refused = change("DeleteBackupPlan", "2026-07-05", &[("/backupPlanId", "plan-1")]);
    refused.error = Some("AccessDenied".to_owned());
    let before = change(
        "DeleteBackupPlan",
        "2026-06-30T23:59",
        &[("/backupPlanId", "plan-1")],
    );
    let after = change("DeleteBackupPlan", "2026-07-11", &[("/backupPlanId", "plan-1")]);
    let harmless = change("CreateBackupPlan", "2026-07-06", &[]);
    let quiet = world(&[refused, before, after, harmless], "");
    check(
        &quiet,
        protection_changes,
        0,
        &[("population", NoOccurrence, "nobody changed")],
    );
    let mut unproven = quiet;
    unproven.unprove(
        Source::Cloudtrail,
        crate::evaluate::testing::span("2026-07-03", "2026-07-04"),
    );
    assert_eq!(unproven.run(protection_changes).state(), Indeterminate);
    let first = change("DeleteBackupPlan", "2026-07-01", &[("/backupPlanId", "plan-1")]);
    check(
        &world(&[first], ""),
        protection_changes,
        0,
        &[("event/DeleteBackupPlan-01", Exception, "")],
    );
}

#[test]
fn without_its_sources_nothing_is_approved() {
    let event = change("UpdateBackupPlan", "2026-07-05", &[("/backupPlanId", "plan-1")]);
    let whole = world(&[event], PLAN);
    check_order(&whole, protection_changes);
    for source in [Source::Tickets, Source::RoleRoster, Source::Cloudtrail] {
        let mut unproven = whole.clone();
        unproven.unprove_all(source);
        let finding = unproven.run(protection_changes);
        assert_eq!(finding.state(), Indeterminate, "{source}");
    }
    let mut disputed = whole;
    disputed.records.conflicts.push(Conflict {
        source: Source::Cloudtrail,
        id: "UpdateBackupPlan-05".to_owned(),
        difference: "an event changed".to_owned(),
        moved: Moved::default(),
        citations: Vec::new(),
    });
    let expected = [("event/UpdateBackupPlan-05", Indeterminate, "contradict")];
    check(&disputed, protection_changes, 0, &expected);
    // By another answer it was a change, or one of the period.
    disputed.records.events[0].value.name = "DescribeBackupVault".to_owned();
    disputed.records.conflicts[0].moved.about = true;
    check(&disputed, protection_changes, 0, &expected);
}

#[test]
fn atlas_schedules_and_policies_count_too() {
    let mut event = change("CPS_SNAPSHOT_SCHEDULE_UPDATED_AUDIT", "2026-07-05", &[]);
    event.source = "atlas".to_owned();
    event.request = None;
    event.resources = vec!["atlas:64b000000000000000000001/patients".to_owned()];
    let id = "event/CPS_SNAPSHOT_SCHEDULE_UPDATED_AUDIT-05";
    check(
        &world(std::slice::from_ref(&event), "patients"),
        protection_changes,
        1,
        &[],
    );
    check(
        &world(std::slice::from_ref(&event), ""),
        protection_changes,
        0,
        &[(id, Exception, "no ticket")],
    );
    event.name = "CPS_DATA_PROTECTION_DISABLED".to_owned();
    assert!(says(&world(&[event], "patients")).contains("switched off"));
}

/// What is said of an approved change of the vault `critical`, given what else there is.
fn weakening(name: &str, request: &[(&str, &str)], build: impl FnOnce(&mut World, &mut Event)) -> String {
    let named = [&[("/backupVaultName", "critical")], request].concat();
    let mut event = change(name, "2026-07-05T10:00", &named);
    let mut world = world(&[], VAULT);
    build(&mut world, &mut event);
    world.add_event(event);
    says(&world)
}

#[test]
fn an_unlocked_vault_is_told_until_it_is_locked_again() {
    let lock = change(
        "PutBackupVaultLockConfiguration",
        "2026-07-06T11:30",
        &[("/backupVaultName", "critical")],
    );
    let unlocked = weakening("DeleteBackupVaultLockConfiguration", &[], |world, _| {
        world.add_event(lock)
    });
    assert!(
        unlocked.contains("critical was unlocked for 25 h 30 min"),
        "{unlocked}"
    );
    let shorter = |before: Option<i64>, days: &[(&str, &str)]| {
        weakening("PutBackupVaultLockConfiguration", days, |world, _| {
            world.see_vault(at("2026-07-04"), |vault| vault.retention_min_days = before);
        })
    };
    let days = |days: &'static str| [("/minRetentionDays", days)];
    assert!(shorter(Some(7), &days("6")).contains("fell from 7 days to 6 days"));
    assert!(shorter(Some(7), &[]).contains("fell from 7 days to none"));
    assert_eq!(shorter(Some(7), &days("7")), "");
    assert_eq!(shorter(None, &days("1")), "");
}

#[test]
fn a_looser_policy_is_told() {
    let set = |policy: AccessPolicy, before: AccessPolicy| {
        weakening("PutBackupVaultAccessPolicy", &[], |world, event| {
            world.see_policy(at("2026-07-04"), Some(before));
            event.policy = Some(policy);
        })
    };
    let allowing = || AccessPolicy {
        statements: vec![statement(true)],
    };
    assert!(set(allowing(), denial(&[])).contains("denied backup:DeleteRecoveryPoint no longer"));
    assert!(set(denial(&["r-1"]), denial(&[])).contains("left deletion to r-1 too"));
    assert_eq!(set(denial(&["r-1"]), denial(&["r-1"])), "");
    assert_eq!(set(denial(&[]), denial(&["r-1"])), "");
    assert_eq!(set(allowing(), allowing()), "");
    let silent = |when: &str| Event {
        policy: None,
        ..put(when, denial(&[]))
    };
    // One of which nobody knows what it says undoes nothing.
    let loosened = weakening("PutBackupVaultAccessPolicy", &[], |world, event| {
        world.see_policy(at("2026-07-04"), Some(denial(&[])));
        event.policy = Some(allowing());
        world.add_event(silent("2026-07-06T10:00"));
        world.add_event(put("2026-07-07T10:00", denial(&[])));
    });
    assert!(loosened.contains("no longer for 48 h"), "{loosened}");
    let gone = weakening("DeleteBackupVaultAccessPolicy", &[], |world, _| {
        world.add_event(silent("2026-07-05T11:00"));
        for (when, policy) in [
            ("2026-07-06T10:00", allowing()),
            ("2026-07-07T10:00", denial(&[])),
        ] {
            let mut put = change(
                "PutBackupVaultAccessPolicy",
                when,
                &[("/backupVaultName", "critical")],
            );
            put.policy = Some(policy);
            world.add_event(put);
        }
    });
    assert!(
        gone.contains("had no access policy for 48 h"),
        "a policy that denies nothing undoes nothing: {gone}"
    );
}

#[test]
fn opt_outs_and_trails_are_told() {
    let settings = |when: &str, on: &str| {
        change(
            "UpdateRegionSettings",
            when,
            &[("/resourceTypeOptInPreference/RDS", on)],
        )
    };
    let out = world(
        &[settings("2026-07-05", "false"), settings("2026-07-06", "true")],
        "UpdateRegionSettings-05",
    );
    assert!(
        says(&out).contains("takes RDS out of AWS Backup for 24 h"),
        "{}",
        says(&out)
    );
    let trail = |switch: &str, on: &str| {
        says(&world(
            &[change(
                "UpdateTrail",
                "2026-07-05",
                &[("/name", "luma"), (switch, on)],
            )],
            TRAIL,
        ))
    };
    assert!(trail("/isMultiRegionTrail", "false").contains("switched off /isMultiRegionTrail"));
    assert_eq!(trail("/isMultiRegionTrail", "true"), "");
    assert_eq!(trail("/isOrganizationTrail", "false"), "");
    let selection = [("/backupPlanId", "plan-1"), ("/selectionId", "s-1")];
    let mut lost = world(&[change("DeleteBackupSelection", "2026-07-05", &selection)], PLAN);
    lost.add_event(change(
        "CreateBackupSelection",
        "2026-07-05T02:00",
        &selection[..1],
    ));
    assert!(
        says(&lost).contains("plan plan-1 lost a selection for 2 h"),
        "{}",
        says(&lost)
    );
    let mut shortened = world(
        &[change(
            "UpdateRecoveryPointLifecycle",
            "2026-07-05",
            &[("/recoveryPointArn", &point_arn("a"))],
        )],
        "p-a",
    );
    let mut shorter = point("a", "2026-07-01T03:00");
    shorter.delete_at = Some(at("2026-07-20"));
    shortened.add_point(shorter);
    assert!(
        says(&shortened).contains("p-a is to go at 2026-07-20"),
        "{}",
        says(&shortened)
    );
}

fn rule(change: impl FnOnce(&mut PlanRule)) -> PlanRule {
    let mut rule = PlanRule {
        id: "r-1".to_owned(),
        name: "nightly".to_owned(),
        schedule: Some("cron(0 3 * * ? *)".to_owned()),
        time_zone: None,
        start_window_minutes: None,
        completion_window_minutes: None,
        delete_after_days: Some(35),
        continuous: true,
        copy_to: vec!["copies".to_owned()],
    };
    change(&mut rule);
    rule
}

/// What is said of a plan whose versions have these rules, one made each day from 2026-07-04 on.
fn versions(rules: Vec<Vec<PlanRule>>) -> String {
    let mut world = world(
        &[change(
            "UpdateBackupPlan",
            "2026-07-05",
            &[("/backupPlanId", "plan-1")],
        )],
        PLAN,
    );
    for (n, rules) in rules.into_iter().enumerate() {
        let version = PlanVersion {
            plan: "plan-1".to_owned(),
            name: "daily".to_owned(),
            version: format!("v{n}"),
            from: at("2026-07-04") + chrono::TimeDelta::days(n as i64),
            until: None,
            rules: Some(rules),
        };
        let seen = world.collected();
        let version = observed(
            key(Source::AwsBackupPlans, "us-east-1"),
            seen,
            &format!("v{n}"),
            version,
        );
        world.records.plans.push(version);
    }
    says(&world)
}

#[test]
fn a_weaker_version_of_a_plan_is_told_until_one_that_is_not() {
    let same = || rule(|_| {});
    assert_eq!(versions(vec![vec![same()], vec![same()]]), "");
    let kept = |days: Option<i64>| vec![rule(|rule| rule.delete_after_days = days)];
    assert!(versions(vec![kept(Some(35)), kept(Some(34))]).contains("keeps 34 days instead of 35 days"));
    assert_eq!(versions(vec![kept(Some(35)), kept(Some(36))]), "");
    assert_eq!(versions(vec![kept(Some(35)), kept(None)]), "");
    assert!(versions(vec![kept(None), kept(Some(35))]).contains("instead of for ever"));
    let restored = versions(vec![
        kept(Some(35)),
        kept(Some(34)),
        kept(Some(30)),
        kept(Some(35)),
    ]);
    assert!(restored.contains("for 48 h, until 2026-07-07"), "{restored}");
    for (changed, words) in [
        (vec![], "rule nightly is gone"),
        (
            vec![rule(|rule| rule.copy_to.clear())],
            "copies to copies no longer",
        ),
        (vec![rule(|rule| rule.continuous = false)], "no longer continuous"),
        (
            vec![rule(|rule| rule.schedule = None)],
            "runs none instead of cron(0 3 * * ? *)",
        ),
        (
            vec![rule(|rule| rule.time_zone = Some("UTC".to_owned()))],
            "runs cron",
        ),
    ] {
        let said = versions(vec![vec![same()], changed]);
        assert!(said.contains(words), "{said}");
        assert!(said.contains("no later version undid it"), "{said}");
    }
}

#[test]
fn only_a_later_successful_call_of_the_same_place_undoes_a_change_and_the_first_counts() {
    let undone = |edit: fn(&mut World), words: &str| {
        let stop = change("StopLogging", "2026-07-05T10:00", &[("/name", TRAIL)]);
        let start = change("StartLogging", "2026-07-05T10:27", &[("/name", "luma")]);
        let again = change("StartLogging", "2026-07-06T10:00", &[("/name", "luma")]);
        let mut world = world(&[start, again, stop], TRAIL);
        edit(&mut world);
        let finding = world.run(protection_changes);
        let mut items = finding.items().iter();
        let stop = items
            .find(|item| item.id() == "event/StopLogging-05")
            .expect("the item");
        let said = format!("{:?}", stop.conclusion());
        assert!(said.contains(words), "{said}");
    };
    undone(|_| {}, "stopped for 27 min");
    let not_first: [fn(&mut World); 7] = [
        |world| world.records.events[0].value.at = at("2026-07-05T10:00"),
        |world| world.records.events[0].value.at = at("2026-07-11"),
        |world| world.records.events[0].value.error = Some("AccessDenied".to_owned()),
        |world| world.records.events[0].value.source = "backup.amazonaws.com".to_owned(),
        |world| world.records.events[0].value.name = "UpdateTrail".to_owned(),
        |world| world.records.events[0].value.request = Some([("/name".to_owned(), "x".to_owned())].into()),
        |world| world.records.events[0].key.region = "us-west-2".parse().expect("a region"),
    ];
    for edit in not_first {
        undone(edit, "stopped for 24 h");
    }
    let none = |world: &mut World| {
        world.records.events.remove(1);
        world.records.events[0].value.at = at("2026-07-11");
    };
    undone(none, "nothing in the trail undid it");
}

/// A policy of [`VAULT`] set at `when`.
fn put(when: &str, policy: AccessPolicy) -> Event {
    let mut put = change(
        "PutBackupVaultAccessPolicy",
        when,
        &[("/backupVaultName", "critical")],
    );
    put.policy = Some(policy);
    put
}

#[test]
fn the_policy_before_is_the_last_that_was_set_or_read_of_this_vault() {
    // Left to r-2 when it was read, then set to leave r-1; now to both.
    let said = |edit: fn(&mut World)| {
        weakening("PutBackupVaultAccessPolicy", &[], |world, event| {
            world.see_policy(at("2026-07-03"), Some(denial(&["r-2"])));
            world.add_event(put("2026-07-04", denial(&["r-1"])));
            event.policy = Some(denial(&["r-1", "r-2"]));
            edit(world);
        })
    };
    let other_than_r1 = "left deletion to r-2 too";
    assert!(said(|_| {}).contains(other_than_r1));
    let by_what_was_read: [fn(&mut World); 6] = [
        |world| world.records.events[0].value.at = at("2026-07-05T10:00"),
        |world| world.records.events[0].value.error = Some("AccessDenied".to_owned()),
        |world| world.records.events[0].value.name = "GetBackupVaultAccessPolicy".to_owned(),
        |world| world.records.events[0].value.request = None,
        |world| world.records.events[0].key.region = "us-west-2".parse().expect("a region"),
        |world| world.records.events[0].value.at = at("2026-07-02"),
    ];
    for (n, edit) in by_what_was_read.into_iter().enumerate() {
        let read = said(edit);
        assert!(read.contains("left deletion to r-1 too"), "{n}: {read}");
    }
    let by_nothing: [fn(&mut World); 3] = [
        |world| world.records.vault_policies[0].key.region = "us-west-2".parse().expect("a region"),
        |world| world.records.vault_policies[0].key.account = "999988887777".parse().expect("an account"),
        |world| world.records.vault_policies[0].value.vault = VAULT.replace("critical", "other"),
    ];
    for (n, edit) in by_nothing.into_iter().enumerate() {
        let mut unread = String::new();
        weakening("PutBackupVaultAccessPolicy", &[], |world, event| {
            world.see_policy(at("2026-07-03"), Some(denial(&["r-2"])));
            event.policy = Some(denial(&["r-1", "r-2"]));
            edit(world);
            let mut world = world.clone();
            world.add_event(event.clone());
            unread = says(&world);
        });
        assert_eq!(unread, "", "{n}");
    }
    // What undoes it leaves no more than before.
    let undone = weakening("PutBackupVaultAccessPolicy", &[], |world, event| {
        world.see_policy(at("2026-07-03"), Some(denial(&["r-2"])));
        event.policy = Some(denial(&["r-1", "r-2"]));
        world.add_event(put("2026-07-05T11:00", denial(&["r-1"])));
        world.add_event(put("2026-07-05T12:00", denial(&["r-2"])));
    });
    assert!(undone.contains("for 2 h"), "{undone}");
}

#[test]
fn a_lock_is_held_against_the_last_listing_before_of_this_vault() {
    let said = |edit: fn(&mut World)| {
        let days = [("/minRetentionDays", "6")];
        weakening("PutBackupVaultLockConfiguration", &days, |world, _| {
            world.see_vault(at("2026-07-03"), |vault| vault.retention_min_days = Some(5));
            world.see_vault(at("2026-07-04"), |vault| vault.retention_min_days = Some(7));
            edit(world);
        })
    };
    assert!(said(|_| {}).contains("fell from 7 days to 6 days"));
    let not_the_last: [fn(&mut World); 4] = [
        |world| world.records.vaults[1].value.at = at("2026-07-05T10:00"),
        |world| world.records.vaults[1].value.name = "other".to_owned(),
        |world| world.records.vaults[1].key.region = "us-west-2".parse().expect("a region"),
        |world| world.records.vaults[1].key.account = "999988887777".parse().expect("an account"),
    ];
    for (n, edit) in not_the_last.into_iter().enumerate() {
        assert_eq!(said(edit), "", "{n}");
    }
}

#[test]
fn versions_of_a_plan_are_those_of_its_place_and_of_the_time_of_the_call() {
    let said = |edit: fn(&mut Vec<crate::model::records::Observed<PlanVersion>>)| {
        let update = change("UpdateBackupPlan", "2026-07-05", &[("/backupPlanId", "plan-1")]);
        let mut world = world(&[update], PLAN);
        for (n, days) in [35, 34, 35].into_iter().enumerate() {
            let version = PlanVersion {
                plan: "plan-1".to_owned(),
                name: "daily".to_owned(),
                version: format!("v{n}"),
                from: at("2026-07-04") + chrono::TimeDelta::days(n as i64),
                until: None,
                rules: Some(vec![rule(|rule| rule.delete_after_days = Some(days))]),
            };
            let (seen, key) = (world.collected(), key(Source::AwsBackupPlans, "us-east-1"));
            world
                .records
                .plans
                .push(observed(key, seen, &format!("v{n}"), version));
        }
        edit(&mut world.records.plans);
        says(&world)
    };
    let weaker = said(|_| {});
    assert!(weaker.contains("for 24 h, until 2026-07-06"), "{weaker}");
    let skew = World::new().criteria.clock_skew;
    assert_eq!(skew, chrono::TimeDelta::minutes(5));
    assert!(said(|plans| plans[1].value.from = at("2026-07-05T00:05")).contains("keeps 34"));
    assert_eq!(said(|plans| plans[1].value.from = at("2026-07-05T00:05:01Z")), "");
    let never = said(|plans| plans[2].value.from = at("2026-07-11"));
    assert!(never.contains("no later version undid it"), "{never}");
    let elsewhere: [fn(&mut Vec<crate::model::records::Observed<PlanVersion>>); 3] = [
        |plans| plans[0].key.region = "us-west-2".parse().expect("a region"),
        |plans| plans[0].key.account = "999988887777".parse().expect("an account"),
        |plans| plans[0].value.plan = "plan-2".to_owned(),
    ];
    for (n, edit) in elsewhere.into_iter().enumerate() {
        assert_eq!(said(edit), "", "{n}");
    }
}

#[test]
fn a_shorter_life_of_a_point_is_told_and_an_equal_one_is_none() {
    let said = |now: &str| {
        let arn = point_arn("a");
        let update = change(
            "UpdateRecoveryPointLifecycle",
            "2026-07-05",
            &[("/recoveryPointArn", &arn)],
        );
        let mut world = world(&[update], &arn);
        let mut kept = point("a", "2026-07-03");
        kept.delete_at = Some(at(now));
        world.add_point(kept);
        says(&world)
    };
    assert_eq!(said("2026-08-07"), "");
    assert!(said("2026-08-06T23:59:59Z").contains("is to go at"));
}

#[test]
fn events_of_atlas_that_change_no_protection_are_none() {
    for (name, changes) in [
        ("CPS_SNAPSHOT_SCHEDULE_UPDATED_AUDIT", true),
        ("CLUSTER_CREATED", false),
    ] {
        let mut event = change(name, "2026-07-05", &[]);
        event.source = "atlas".to_owned();
        let finding = world(&[event], "").run(protection_changes);
        assert_eq!(finding.items()[0].id().starts_with("event/"), changes, "{name}");
    }
}
