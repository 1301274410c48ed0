//! The outcomes of CT-32.

use State::{Exception, Indeterminate, NoOccurrence};
use chrono::TimeDelta;

use super::who_did;
use crate::evaluate::testing::backups::{arn_of, call, check_drops, check_order, point, ticket};
use crate::evaluate::testing::{CLUSTER, DB, World, at, check, key, observed, span};
use crate::evaluate::testing_rehearsals::restore_test;
use crate::model::finding::State;
use crate::model::records::backups::{Actor, Event, JobState, Provider, RestoreJob};
use crate::model::records::governance::{ApprovedAccess, Ephi};
use crate::model::source::Source;

const RESTORED: &str = "StartRestoreJob/e-StartRestoreJob-a";
const STARTED: &str = "StartBackupJob/e-StartBackupJob-a";
const STOPPED: &str = "StopBackupJob/e-StopBackupJob-a";

/// A world in which `p-004` of the team in charge did `name` with the point `a` of the critical database.
fn acted(name: &str) -> World {
    let mut world = World::with_system();
    world.add_person("p-004");
    world.add_point(point("a", "2026-07-03"));
    world.add_event(call(name, "a", "2026-07-05T10:00", "p-004"));
    world
}

/// The same, where `p-004` restored by a job that the provider knows and a ticket names.
fn restored() -> World {
    let mut world = acted("StartRestoreJob");
    add_job(&mut world, "job-1", "2026-07-05T10:00:02Z");
    change(&mut world, |event| event.results = vec!["job-1".to_owned()]);
    world.add_ticket(ticket("job-1", "2026-07-04", Some("2026-07-04T09:00"), None));
    world
}

fn add_job(world: &mut World, id: &str, created: &str) {
    let job = RestoreJob {
        id: id.to_owned(),
        provider: Provider::Aws,
        point: Some(crate::evaluate::testing::backups::point_arn("a")),
        resource: Some(DB.parse().expect("a resource")),
        created_resource: Some(format!("{DB}-restored")),
        account: crate::evaluate::testing::ACCOUNT.parse().expect("an account"),
        region: "us-east-1".parse().expect("a region"),
        state: JobState::Completed,
        created: at(created),
        completed: None,
        validation: None,
        testing_plan: None,
        delivery: None,
    };
    let seen = world.collected();
    world
        .records
        .restores
        .push(observed(key(Source::AwsRestoreJobs, "us-east-1"), seen, id, job));
}

fn change(world: &mut World, change: impl FnOnce(&mut Event)) {
    change(&mut world.records.events[0].value);
}

fn identity(arn: &str, mfa: Option<bool>) -> Actor {
    Actor::Identity {
        arn: arn.to_owned(),
        session: None,
        issuer: None,
        mfa,
    }
}

/// What comes of `act` once `edit` has changed the world.
fn becomes(name: &str, edit: impl FnOnce(&mut World), state: State, words: &str) {
    let mut world = acted(name);
    edit(&mut world);
    let id = format!("{name}/e-{name}-a");
    check(&world, who_did, 0, &[(&id, state, words)]);
}

#[test]
fn acts_of_the_team_in_charge_are_supported() {
    for name in ["StartBackupJob", "StopBackupJob", "DeleteRecoveryPoint"] {
        let world = acted(name);
        check(&world, who_did, 1, &[]);
        check_drops(&world, who_did);
        check_order(&world, who_did);
    }
    check(
        &World::with_system(),
        who_did,
        0,
        &[("population", NoOccurrence, "nobody acted")],
    );
    let mut outside = acted("StopBackupJob");
    change(&mut outside, |event| event.at = at("2026-07-11"));
    check(&outside, who_did, 0, &[("population", NoOccurrence, "")]);
}

#[test]
fn only_backups_on_demand_speak_about_the_statement_on_them() {
    let about = |name: &str| {
        let finding = acted(name).run(who_did);
        let ids = finding.items()[0].statements().iter().map(ToString::to_string);
        ids.collect::<Vec<_>>()
    };
    assert_eq!(about("StartBackupJob"), ["IM-01.v", "DM-6.2-3b"]);
    assert_eq!(about("StopBackupJob"), ["IM-01.v"]);
}

#[test]
fn root_strangers_and_those_who_left_are_exceptions() {
    let actor = |actor: Actor| move |world: &mut World| change(world, |event| event.actor = actor);
    becomes("StopBackupJob", actor(Actor::Root), Exception, "root user");
    becomes(
        "StopBackupJob",
        actor(Actor::Unknown),
        Indeterminate,
        "does not say who",
    );
    let stranger = identity("arn:aws:iam::111122223333:user/x", Some(true));
    becomes(
        "StopBackupJob",
        actor(stranger.clone()),
        Exception,
        "an identity that nobody in the roster has",
    );
    let mut unproven = acted("StopBackupJob");
    change(&mut unproven, |event| event.actor = stranger);
    unproven.unprove_all(Source::RoleRoster);
    check(&unproven, who_did, 0, &[(STOPPED, Indeterminate, "role_roster")]);
    // The last day counts, the day after it does not.
    let last = |day: &str| {
        let mut world = acted("StopBackupJob");
        world.records.roster[0].value.to = Some(day.parse().expect("a day"));
        world
    };
    check(&last("2026-07-05"), who_did, 1, &[]);
    let left = "p-004, who is in the roster from 2025-01-01 to 2026-07-04 only";
    check(&last("2026-07-04"), who_did, 0, &[(STOPPED, Exception, left)]);
    let first = |day: &str| {
        let mut world = acted("StopBackupJob");
        world.records.roster[0].value.from = day.parse().expect("a day");
        world
    };
    check(&first("2026-07-05"), who_did, 1, &[]);
    let early = first("2026-07-06");
    check(&early, who_did, 0, &[(STOPPED, Exception, "from 2026-07-06")]);
    let mut withdrawn = acted("StopBackupJob");
    withdrawn.records.roster[0].stands = false;
    check(
        &withdrawn,
        who_did,
        0,
        &[(STOPPED, Indeterminate, "no longer holds")],
    );
    let mut disputed = acted("StopBackupJob");
    disputed.add_conflict(Source::RoleRoster, "roster:p-004");
    check(&disputed, who_did, 0, &[(STOPPED, Indeterminate, "contradict")]);
    let mut disputed = acted("StopBackupJob");
    disputed.add_conflict(Source::Cloudtrail, "e-StopBackupJob-a");
    check(&disputed, who_did, 0, &[(STOPPED, Indeterminate, "contradict")]);
}

#[test]
fn an_iam_user_needs_a_second_factor() {
    let user = "arn:aws:iam::111122223333:user/p-004";
    let with = |mfa| {
        let mut world = acted("StopBackupJob");
        world.records.roster[0].value.identities = vec![user.to_owned()];
        change(&mut world, |event| event.actor = identity(user, mfa));
        world
    };
    check(&with(Some(true)), who_did, 1, &[]);
    check(
        &with(Some(false)),
        who_did,
        0,
        &[(STOPPED, Exception, "without a second factor")],
    );
    check(
        &with(None),
        who_did,
        0,
        &[(STOPPED, Indeterminate, "is not said")],
    );
}

#[test]
fn nobody_can_be_named_behind_shared_identities() {
    let session = "arn:aws:sts::111122223333:assumed-role/devops/botocore-session-17";
    let shared = |world: &mut World| change(world, |event| event.actor = identity(session, Some(true)));
    becomes("StopBackupJob", shared, Indeterminate, "people share the role");
    let both = |world: &mut World| {
        world.add_person("p-005");
        world.records.roster[1].value.identities = vec![arn_of("p-004")];
    };
    becomes("StopBackupJob", both, Indeterminate, "several persons");
    let foreign = session.replace("111122223333", "999988887777");
    let other = |world: &mut World| {
        world.criteria.expected_service_roles = Some(vec!["arn:x".to_owned()]);
        // What a person has beside is a role of nobody.
        let user = "arn:aws:iam::111122223333:user/p-004".to_owned();
        world.records.roster[0].value.identities.push(user);
        change(world, |event| event.actor = identity(&foreign, Some(true)));
    };
    becomes("StopBackupJob", other, Exception, "nobody in the roster");
}

#[test]
fn workloads_act_by_roles_that_management_expects() {
    let arn = "arn:aws:sts::111122223333:assumed-role/indexer/i-0123";
    let by_role = |expected: Option<&str>, issuer: Option<&str>| {
        let mut world = acted("UpdateRecoveryPointIndexSettings");
        world.criteria.expected_service_roles = expected.map(|arn| vec![arn.to_owned()]);
        change(&mut world, |event| {
            event.actor = Actor::Identity {
                arn: arn.to_owned(),
                session: Some("i-0123".to_owned()),
                issuer: issuer.map(str::to_owned),
                mfa: None,
            };
        });
        world
    };
    let id = "UpdateRecoveryPointIndexSettings/e-UpdateRecoveryPointIndexSettings-a";
    let role = "arn:aws:iam::111122223333:role/indexer";
    check(&by_role(Some(role), None), who_did, 1, &[]);
    check(
        &by_role(Some("arn:aws:iam::*:role/index*"), None),
        who_did,
        1,
        &[],
    );
    let path = "arn:aws:iam::111122223333:role/tools/indexer";
    check(&by_role(Some(path), Some(path)), who_did, 1, &[]);
    check(
        &by_role(Some(role), Some(path)),
        who_did,
        0,
        &[(id, Exception, "does not expect")],
    );
    check(
        &by_role(None, None),
        who_did,
        0,
        &[(id, Indeterminate, "approved no list")],
    );
    // A service by itself is no role; a service-linked role is one.
    let service = |world: &mut World| {
        change(world, |event| {
            event.actor = Actor::Service {
                name: "backup.amazonaws.com".to_owned(),
            };
        });
    };
    let mut by_itself = acted("StopBackupJob");
    service(&mut by_itself);
    check(&by_itself, who_did, 1, &[]);
    let linked = "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForBackup/s";
    let by_linked = |world: &mut World| change(world, |event| event.actor = identity(linked, None));
    becomes("StopBackupJob", by_linked, Indeterminate, "approved no list");
    // Its restore of ePHI needs a ticket as anybody's does.
    let mut restore = restored();
    service(&mut restore);
    check(&restore, who_did, 1, &[]);
    restore.records.tickets[0].value.approved = Some(at("2026-07-05T10:00"));
    check(
        &restore,
        who_did,
        0,
        &[(RESTORED, Exception, "a workload, and no ticket")],
    );
}

#[test]
fn other_teams_need_an_access_that_somebody_else_approved() {
    let team = |name: &str| {
        let mut world = acted("StopBackupJob");
        world.records.roster[0].value.team = Some(name.to_owned());
        world
    };
    check(
        &team("SRE"),
        who_did,
        0,
        &[(STOPPED, Indeterminate, "whether that is the DevOps team")],
    );
    let mut approved = team("SRE");
    approved.criteria.team_aliases = Some(vec!["SRE".to_owned()]);
    check(&approved, who_did, 1, &[]);
    check(
        &team("Web Services"),
        who_did,
        0,
        &[(STOPPED, Exception, "p-004 of Web Services")],
    );
    let access = |edit: fn(&mut ApprovedAccess)| {
        let mut world = team("Web Services");
        let mut access = ApprovedAccess {
            principal: "arn:aws:iam::111122223333:role/devops".to_owned(),
            actions: vec!["backup:Stop*".to_owned()],
            approved_by: "p-001".to_owned(),
            approved: at("2026-07-05T09:59"),
            until: None,
            limits: None,
        };
        edit(&mut access);
        world.records.roster[0].value.approved_access = vec![access];
        world.run(who_did).state()
    };
    assert_eq!(access(|_| {}), State::Supported);
    assert_eq!(
        access(|access| access.until = Some(at("2026-07-05T10:01"))),
        State::Supported
    );
    assert_eq!(
        access(|access| access.until = Some(at("2026-07-05T10:00"))),
        Exception
    );
    assert_eq!(
        access(|access| access.approved = at("2026-07-05T10:00")),
        Exception
    );
    assert_eq!(
        access(|access| access.approved_by = "p-004".to_owned()),
        Exception
    );
    assert_eq!(access(|access| access.approved_by = " ".to_owned()), Exception);
    assert_eq!(
        access(|access| access.approved_by = "P-004 ".to_owned()),
        Exception
    );
    assert_eq!(
        access(|access| access.actions = vec!["backup:Start*".to_owned()]),
        Exception
    );
    assert_eq!(access(|access| access.principal = "arn:x".to_owned()), Exception);
    let among = |access: &mut ApprovedAccess| access.actions.insert(0, "s3:*".to_owned());
    assert_eq!(access(among), State::Supported);
    // A second row of the same person counts, whichever stands first.
    let mut two = team("Web Services");
    two.add_person("p-004");
    check(&two, who_did, 1, &[]);
    two.records.roster.reverse();
    check(&two, who_did, 1, &[]);
}

#[test]
fn a_restore_of_ephi_needs_a_ticket_approved_before_by_another() {
    let world = restored();
    check(&world, who_did, 1, &[]);
    check_drops(&world, who_did);
    check_order(&world, who_did);
    let fails = |edit: fn(&mut World), words: &str| {
        let mut world = restored();
        edit(&mut world);
        check(&world, who_did, 0, &[(RESTORED, Exception, words)]);
    };
    fails(|world| world.records.tickets.clear(), "no ticket names it");
    fails(
        |world| world.records.tickets[0].value.approved = Some(at("2026-07-05T10:00")),
        "was approved before",
    );
    fails(
        |world| world.records.tickets[0].value.approved_by = Some("p-004".to_owned()),
        "approved it alone",
    );
    let mut unproven = restored();
    unproven.records.tickets.clear();
    unproven.unprove_all(Source::Tickets);
    check(&unproven, who_did, 0, &[(RESTORED, Indeterminate, "tickets")]);
    // Nothing was restored by what was refused: the attempt is told all the same.
    let mut refused = restored();
    refused.records.tickets.clear();
    refused.records.restores.clear();
    change(&mut refused, |event| {
        event.error = Some("AccessDeniedException".to_owned())
    });
    let finding = check(&refused, who_did, 1, &[]);
    assert!(
        finding.observations()[0]
            .text
            .contains("refused with AccessDenied")
    );
    change(&mut refused, |event| event.actor = Actor::Root);
    check(&refused, who_did, 0, &[(RESTORED, Exception, "refused with")]);
}

#[test]
fn what_was_restored_and_where_to_decides_whether_a_ticket_is_due() {
    let without = |edit: fn(&mut World)| {
        let mut world = restored();
        world.records.tickets.clear();
        edit(&mut world);
        world
    };
    check(
        &without(|world| world.change_system(|row| row.ephi = Ephi::None)),
        who_did,
        1,
        &[],
    );
    for unknown in [
        (|world| world.change_system(|row| row.ephi = Ephi::Unknown)) as fn(&mut World),
        |world| world.records.systems.clear(),
        |world| world.add_conflict(Source::SystemsInventory, "orders"),
        |world| {
            world.change_system(|row| row.ephi = Ephi::None);
            world.unprove_all(Source::SystemsInventory);
        },
    ] {
        check(
            &without(unknown),
            who_did,
            0,
            &[(RESTORED, Indeterminate, "whether it restored ePHI")],
        );
    }
    let mut drill = without(|world| world.criteria.test_accounts = Some(vec!["111122223333".to_owned()]));
    check(&drill, who_did, 1, &[]);
    let production = Some("arn:aws:rds:us-east-1:999988887777:db:x".to_owned());
    let mut both = drill.clone();
    drill.records.restores[0].value.created_resource = production.clone();
    check(&drill, who_did, 0, &[(RESTORED, Exception, "no ticket names it")]);
    // Of two jobs that the call may have begun, both have to be no production.
    change(&mut both, |event| event.results.clear());
    for id in ["job-0", "job-2"] {
        let mut second = both.clone();
        add_job(&mut second, id, "2026-07-05T10:00:02Z");
        check(&second, who_did, 1, &[]);
        second.records.restores[1].value.created_resource = production.clone();
        check(
            &second,
            who_did,
            0,
            &[(RESTORED, Exception, "no ticket names it")],
        );
    }
}

#[test]
fn a_ticket_of_another_copy_gives_no_authority() {
    let mut world = restored();
    world.add_point(point("b", "2026-07-03"));
    let other = crate::evaluate::testing::backups::point_arn("b");
    world.records.tickets[0].value.refs = vec![other];
    check(&world, who_did, 0, &[(RESTORED, Exception, "no ticket names it")]);
}

#[test]
fn of_two_rows_of_an_identity_the_one_that_stands_says_when_he_left() {
    for withdrawn in ["a", "z"] {
        let mut world = acted("StopBackupJob");
        world.records.roster[0].value.to = Some("2026-07-04".parse().expect("a day"));
        world.add_person("p-004");
        let second = &mut world.records.roster[1];
        (second.value.id, second.stands) = (withdrawn.to_owned(), false);
        let left = "p-004, who is in the roster from 2025-01-01 to 2026-07-04 only";
        check(&world, who_did, 0, &[(STOPPED, Exception, left)]);
    }
}

#[test]
fn the_ticket_may_name_the_restore_test_that_the_job_was_for() {
    let mut world = restored();
    world.records.tickets[0].value.refs = vec!["RT-1".to_owned()];
    check(&world, who_did, 0, &[(RESTORED, Exception, "no ticket names it")]);
    world.add_test(restore_test("RT-1", "2026-07-05"));
    world.records.restore_tests[0].value.restore_job = Some("job-1".to_owned());
    check(&world, who_did, 1, &[]);
    world.records.restore_tests[0].stands = false;
    check(&world, who_did, 0, &[(RESTORED, Exception, "no ticket names it")]);
}

#[test]
fn a_restore_that_no_event_began_is_nobodys() {
    let mut world = restored();
    add_job(&mut world, "job-2", "2026-07-06");
    check(
        &world,
        who_did,
        1,
        &[("restore/job-2", Indeterminate, "no event tells who began it")],
    );
    world.unprove(Source::Cloudtrail, span("2026-07-06", "2026-07-07"));
    let finding = world.run(who_did);
    let item = finding.items().iter().find(|item| item.id() == "restore/job-2");
    assert_eq!(item.map(|item| item.state()), Some(Indeterminate));
    // Without ids in the response, the same copy at the same time will do.
    let mut silent = restored();
    change(&mut silent, |event| event.results.clear());
    check(&silent, who_did, 1, &[]);
    silent.records.restores[0].value.created = at("2026-07-05T10:00") + silent.criteria.clock_skew;
    check(&silent, who_did, 1, &[]);
    silent.records.restores[0].value.created += TimeDelta::seconds(1);
    check(
        &silent,
        who_did,
        0,
        &[
            (RESTORED, Exception, "no ticket"),
            ("restore/job-1", Indeterminate, "no event"),
        ],
    );
}

#[test]
fn atlas_tells_users_and_keys() {
    let atlas = |actor: Actor, name: &str| {
        let mut world = World::daily_in_atlas();
        world.add_person("p-004");
        world.records.roster[0].value.atlas_user = Some("p-004@luma.example".to_owned());
        let mut event = call(name, "a", "2026-07-05T10:00", "p-004");
        (event.source, event.actor) = ("atlas".to_owned(), actor);
        event.resources = vec![CLUSTER.to_owned()];
        let seen = world.collected();
        let record = observed(key(Source::AtlasEvents, ""), seen, "e", event);
        world.records.events.push(record);
        world
    };
    let user = identity("p-004@luma.example", None);
    check(
        &atlas(user.clone(), "CPS_ON_DEMAND_SNAPSHOT_REQUESTED"),
        who_did,
        1,
        &[],
    );
    let name = "CPS_RESTORE_REQUESTED_AUTOMATED";
    let id = format!("{name}/e-{name}-a");
    check(
        &atlas(user, name),
        who_did,
        0,
        &[(&id, Exception, "no ticket names it")],
    );
    let api_key = atlas(identity("abcdefgh", None), name);
    check(&api_key, who_did, 0, &[(&id, Indeterminate, "API key abcdefgh")]);
    let nobody = atlas(identity("x@example.com", None), name);
    check(&nobody, who_did, 0, &[(&id, Exception, "nobody in the roster")]);
    check(
        &atlas(Actor::Unknown, "CPS_SNAPSHOT_SUCCESSFUL"),
        who_did,
        0,
        &[("population", NoOccurrence, "")],
    );
}

#[test]
fn a_gap_of_the_trail_is_an_item() {
    let mut world = acted("StartBackupJob");
    world.unprove(Source::Cloudtrail, span("2026-07-05", "2026-07-06"));
    let finding = world.run(who_did);
    assert_eq!(finding.counts().get(State::Supported), 0);
    assert_eq!(finding.counts().get(Indeterminate), 3, "the act, and each region");
    assert!(finding.items().iter().any(|item| item.id() == STARTED));
}

const OTHER: &str = "arn:aws:rds:us-east-1:111122223333:db:another";

/// Whether an event began `job-1` once `edit` has changed the world in which the response names no job.
fn is_begun(edit: impl FnOnce(&mut World)) -> bool {
    let mut world = restored();
    change(&mut world, |event| event.results.clear());
    edit(&mut world);
    let finding = world.run(who_did);
    !finding.items().iter().any(|item| item.id() == "restore/job-1")
}

#[test]
fn a_job_was_begun_by_an_act_on_the_same_thing_in_the_same_place_that_made_no_other() {
    assert!(is_begun(|_| {}));
    assert!(is_begun(|world| change(world, |event| event
        .resources
        .push(OTHER.to_owned()))));
    assert!(is_begun(|world| {
        change(world, |event| event.resources = vec![DB.to_owned()]);
        world.records.restores[0].value.point = None;
    }));
    assert!(is_begun(|world| world.records.restores[0].value.resource = None));
    // One act of several is enough.
    assert!(is_begun(|world| {
        let mut other = call("StartRestoreJob", "b", "2026-07-05T10:00", "p-004");
        other.resources = vec![OTHER.to_owned()];
        world.add_event(other);
    }));
    let strange: [fn(&mut World); 5] = [
        |world| change(world, |event| event.resources = vec![OTHER.to_owned()]),
        |world| {
            let job = &mut world.records.restores[0].value;
            (job.point, job.resource) = (None, None);
        },
        |world| change(world, |event| event.results = vec!["job-9".to_owned()]),
        |world| world.records.restores[0].key.region = "us-west-2".parse().expect("a region"),
        |world| world.records.restores[0].key.account = "999988887777".parse().expect("an account"),
    ];
    for (n, edit) in strange.into_iter().enumerate() {
        assert!(!is_begun(edit), "{n}");
    }
}

#[test]
fn what_a_call_names_by_a_short_id_is_found_among_systems_and_copies() {
    let short = |edit: fn(&mut World)| {
        let mut world = acted("StartRestoreJob");
        change(&mut world, |event| {
            event.resources = vec!["x".to_owned(), "p-a".to_owned()]
        });
        edit(&mut world);
        world
    };
    let untold = [(RESTORED, Exception, "no ticket names it")];
    check(&short(|_| {}), who_did, 0, &untold);
    // The system has another resource, too; and another system shares this one.
    let with_two = |world: &mut World| {
        world.change_system(|row| row.resources.insert(0, OTHER.parse().expect("a resource")));
    };
    check(&short(with_two), who_did, 0, &untold);
    let in_doubt = |world: &mut World| {
        world.add_system(crate::evaluate::testing::system("portal"));
        world.add_conflict(Source::SystemsInventory, "portal");
    };
    let perhaps = [(RESTORED, Indeterminate, "whether it restored ePHI")];
    check(&short(in_doubt), who_did, 0, &perhaps);
    let elsewhere = |world: &mut World| {
        world.change_system(|row| row.resources = vec![OTHER.parse().expect("a resource")]);
    };
    check(&short(elsewhere), who_did, 0, &perhaps);
    for ephi in [Ephi::Stores, Ephi::Processes, Ephi::Transmits] {
        let mut world = short(|_| {});
        world.change_system(|row| row.ephi = ephi);
        check(&world, who_did, 0, &untold);
    }
    // The ticket names the copy by its whole id.
    let copy = crate::evaluate::testing::backups::point_arn("a");
    for named in [copy.as_str(), "p-a"] {
        let mut world = short(|_| {});
        change(&mut world, |event| event.resources[1] = named.to_owned());
        world.add_ticket(ticket(&copy, "2026-07-04", Some("2026-07-04T09:00"), None));
        check(&world, who_did, 1, &[]);
    }
}

#[test]
fn without_a_job_no_restore_test_is_known_to_be_the_one_of_a_ticket() {
    let mut world = acted("StartRestoreJob");
    world.add_test(restore_test("RT-1", "2026-07-05"));
    world.records.restore_tests[0].value.restore_job = None;
    world.add_ticket(ticket("RT-1", "2026-07-04", Some("2026-07-04T09:00"), None));
    check(&world, who_did, 0, &[(RESTORED, Exception, "no ticket names it")]);
}

#[test]
fn without_a_job_the_place_of_the_call_is_where_it_restored_to() {
    let mut world = acted("StartRestoreJob");
    world.criteria.test_accounts = Some(vec!["111122223333".to_owned()]);
    check(&world, who_did, 1, &[]);
    world.criteria.test_accounts = Some(vec!["999988887777".to_owned()]);
    check(&world, who_did, 0, &[(RESTORED, Exception, "no ticket names it")]);
}

#[test]
fn a_workload_s_ticket_is_approved_by_somebody_and_not_closed_before() {
    let with = |approved_by: Option<&str>, approved: Option<&str>, closed: &str| {
        let mut world = restored();
        change(&mut world, |event| {
            event.actor = Actor::Service {
                name: "backup.amazonaws.com".to_owned(),
            };
        });
        let ticket = &mut world.records.tickets[0].value;
        ticket.approved_by = approved_by.map(str::to_owned);
        ticket.approved = approved.map(at);
        ticket.closed = Some(at(closed));
        world
    };
    let before = Some("2026-07-04T09:00");
    check(&with(Some("p-001"), before, "2026-07-05T10:00"), who_did, 1, &[]);
    let lacking = [(RESTORED, Exception, "a workload, and no ticket")];
    check(
        &with(Some("p-001"), before, "2026-07-05T09:59:59Z"),
        who_did,
        0,
        &lacking,
    );
    check(&with(None, before, "2026-07-06"), who_did, 0, &lacking);
    check(&with(Some("p-001"), None, "2026-07-06"), who_did, 0, &lacking);
}

#[test]
fn the_rows_of_others_and_of_other_days_give_nobody_a_team() {
    let legal = |world: &mut World| {
        world.records.roster[0].value.team = Some("Legal".to_owned());
        world.add_person("p-005");
    };
    let mut world = acted("StopBackupJob");
    legal(&mut world);
    let words = world.run(who_did);
    assert_eq!(
        (words.counts().get(State::Supported), words.state()),
        (0, Exception)
    );
    let mut later = acted("StopBackupJob");
    later.records.roster[0].value.from = "2026-07-06".parse().expect("a day");
    assert_eq!(later.run(who_did).counts().get(State::Supported), 0);
    later.records.roster[0].value.from = "2026-07-05".parse().expect("a day");
    check(&later, who_did, 1, &[]);
}

#[test]
fn one_of_several_expected_roles_and_approved_actions_is_enough() {
    let arn = "arn:aws:sts::111122223333:assumed-role/indexer/i-0123";
    let expected = |world: &mut World| {
        let roles = [
            "arn:aws:iam::111122223333:role/other",
            "arn:aws:iam::111122223333:role/indexer",
        ];
        world.criteria.expected_service_roles = Some(roles.map(str::to_owned).into());
        change(world, |event| event.actor = identity(arn, None));
    };
    let mut world = acted("StopBackupJob");
    expected(&mut world);
    check(&world, who_did, 1, &[]);
    // People share a role, though not all of them.
    let shared = |world: &mut World| {
        world.add_person("p-005");
        world.records.roster[1].value.identities = vec!["arn:aws:iam::111122223333:user/p-005".to_owned()];
        let session = "arn:aws:sts::111122223333:assumed-role/devops/botocore-session-17";
        change(world, |event| event.actor = identity(session, Some(true)));
    };
    becomes("StopBackupJob", shared, Indeterminate, "people share the role");
}
