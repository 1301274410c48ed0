//! The outcomes of CT-35.

use super::protection_changes;
use crate::evaluate::testing::backups::{VAULT, call, check_order, point, point_arn, ticket};
use crate::evaluate::testing::protection::{denial, statement};
use crate::evaluate::testing::{World, at, check, key, observed};
use crate::model::finding::State::{Exception, Indeterminate, NoOccurrence};
use crate::model::records::Conflict;
use crate::model::records::backups::{Actor, Event, PlanRule, PlanVersion};
use crate::model::records::protection::AccessPolicy;
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
        citations: Vec::new(),
    });
    let expected = [("event/UpdateBackupPlan-05", Indeterminate, "contradict")];
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
    let gone = weakening("DeleteBackupVaultAccessPolicy", &[], |world, _| {
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
