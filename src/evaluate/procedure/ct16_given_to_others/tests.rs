//! The outcomes of CT-16.

use super::given_to_others;
use crate::evaluate::testing::backups::{VAULT, call, check_order, point_arn, ticket};
use crate::evaluate::testing::protection::{denial, statement};
use crate::evaluate::testing::{CLUSTER, PROJECT, World, at, check, key, observed};
use crate::model::estate::AwsAccount;
use crate::model::finding::State::{Exception, Indeterminate, NoOccurrence};
use crate::model::records::backups::{CopyJob, Event, JobState, Provider, RestoreJob};
use crate::model::records::protection::{AccessPolicy, Listed, PolicyCondition};
use crate::model::records::{Conflict, Moved};
use crate::model::source::Source;

/// Another account of the organisation.
const OURS: &str = "444455556666";
const OTHERS: &str = "999988887777";

/// A call by p-004 with these parameters; its id is its name.
fn share(source: &str, name: &str, request: &[(&str, &str)]) -> Event {
    let request = request
        .iter()
        .map(|(pointer, value)| ((*pointer).to_owned(), (*value).to_owned()));
    Event {
        id: name.to_owned(),
        source: format!("{source}.amazonaws.com"),
        resources: Vec::new(),
        request: Some(request.collect()),
        ..call(name, "x", "2026-07-05T10:00", "p-004")
    }
}

/// A world of two accounts with p-004 in the roster, and a ticket approved on 2026-07-02 that names `refs`.
fn world(events: &[Event], refs: &str) -> World {
    let mut world = World::new();
    world.scope.estate.aws.push(AwsAccount {
        account: OURS.parse().expect("an account"),
        name: "data".to_owned(),
        regions: [].into(),
    });
    world.add_person("p-004");
    if !refs.is_empty() {
        world.add_ticket(ticket(refs, "2026-07-01", Some("2026-07-02"), None));
    }
    for event in events {
        world.add_event(event.clone());
    }
    world
}

fn of(name: &str) -> String {
    format!("event/{name}")
}

#[test]
fn shared_snapshots_go_to_accounts_of_the_organisation_with_a_ticket() {
    let snapshot = "arn:aws:rds:us-east-1:111122223333:snapshot:awsbackup:job-1";
    let calls = [
        (
            "ec2",
            "ModifySnapshotAttribute",
            "/snapshotId",
            "snap-1",
            "/createVolumePermission/add/items/0/userId",
            "snap-1",
        ),
        (
            "ec2",
            "ModifyImageAttribute",
            "/imageId",
            "ami-1",
            "/launchPermission/add/items/0/userId",
            "ami-1",
        ),
        (
            "rds",
            "ModifyDBSnapshotAttribute",
            "/dBSnapshotIdentifier",
            "awsbackup:job-1",
            "/valuesToAdd/0",
            snapshot,
        ),
        (
            "rds",
            "ModifyDBClusterSnapshotAttribute",
            "/dBClusterSnapshotIdentifier",
            "s-1",
            "/valuesToAdd/0",
            "s-1",
        ),
    ];
    for (source, name, pointer, set, added, named) in calls {
        let to = |who: &str| share(source, name, &[(pointer, set), (added, who)]);
        let id = of(name);
        check(&world(&[to(OURS)], named), given_to_others, 1, &[]);
        let unapproved = [(id.as_str(), Exception, "no ticket names it")];
        check(&world(&[to(OURS)], ""), given_to_others, 0, &unapproved);
        let outside = [(
            id.as_str(),
            Exception,
            "account 999988887777, which is none of the organisation's",
        )];
        check(&world(&[to(OTHERS)], named), given_to_others, 0, &outside);
        check(
            &world(&[to("all")], named),
            given_to_others,
            0,
            &[(id.as_str(), Exception, "to everybody")],
        );
        let hidden = [(id.as_str(), Indeterminate, "who received it is not visible")];
        let organisation = "arn:aws:organizations::1:organization/o-1";
        check(&world(&[to(organisation)], named), given_to_others, 0, &hidden);
        let nobody = share(source, name, &[(pointer, set)]);
        if name != "ModifyImageAttribute" {
            check(&world(&[nobody], named), given_to_others, 0, &hidden);
        }
        let mut omitted = to(OURS);
        omitted.request = None;
        check(&world(&[omitted], named), given_to_others, 0, &hidden);
        // Taken back, given to itself, or refused: nothing went away.
        let mut refused = to(OTHERS);
        refused.error = Some("AccessDenied".to_owned());
        let removed = share(
            source,
            name,
            &[
                (pointer, set),
                (
                    &added.replace("add", "remove").replace("ToAdd", "ToRemove"),
                    OTHERS,
                ),
            ],
        );
        for nothing in [to("111122223333"), refused, removed] {
            check(
                &world(&[nothing], ""),
                given_to_others,
                0,
                &[("population", NoOccurrence, "no backup was given")],
            );
        }
    }
    let description = share(
        "ec2",
        "ModifyImageAttribute",
        &[("/imageId", "ami-1"), ("/description/value", "x")],
    );
    check(
        &world(&[description], ""),
        given_to_others,
        0,
        &[("population", NoOccurrence, "")],
    );
}

#[test]
fn the_worst_recipient_of_a_call_decides() {
    let both = share(
        "rds",
        "ModifyDBSnapshotAttribute",
        &[
            ("/dBSnapshotIdentifier", "s-1"),
            ("/valuesToAdd/0", OURS),
            ("/valuesToAdd/1", OTHERS),
        ],
    );
    let id = of("ModifyDBSnapshotAttribute");
    check(
        &world(&[both], "s-1"),
        given_to_others,
        0,
        &[(&id, Exception, OTHERS)],
    );
}

#[test]
fn exports_go_to_a_bucket_whose_account_is_known() {
    let export = |request: &[(&str, &str)]| share("rds", "StartExportTask", request);
    let to_bucket = export(&[("/sourceArn", "s-1"), ("/s3BucketName", "exports")]);
    let id = of("StartExportTask");
    let expected = [(
        id.as_str(),
        Indeterminate,
        "no listing says whose bucket exports is",
    )];
    check(
        &world(std::slice::from_ref(&to_bucket), "s-1"),
        given_to_others,
        0,
        &expected,
    );
    let mut own = world(std::slice::from_ref(&to_bucket), "");
    own.add_resource("arn:aws:s3:::exports", &[]);
    check(&own, given_to_others, 0, &[("population", NoOccurrence, "")]);
    let mut theirs = world(&[to_bucket], "s-1");
    theirs.add_resource("arn:aws:s3:::exports", &[]);
    theirs.records.resources[0].value.account = OURS.parse().expect("an account");
    check(&theirs, given_to_others, 1, &[]);
    let owner = share(
        "dynamodb",
        "ExportTableToPointInTime",
        &[("/s3Bucket", "x"), ("/s3BucketOwner", OTHERS)],
    );
    let id = of("ExportTableToPointInTime");
    check(
        &world(&[owner], ""),
        given_to_others,
        0,
        &[(&id, Exception, OTHERS)],
    );
    check(
        &world(&[export(&[])], ""),
        given_to_others,
        0,
        &[(&of("StartExportTask"), Indeterminate, "names no bucket")],
    );
}

/// A policy that allows everything to `who`, under a condition.
fn allowing(who: &str, condition: Option<(&str, &str)>) -> AccessPolicy {
    let mut allowing = statement(true);
    allowing.principals = Listed::Only(vec![who.to_owned()]);
    allowing.conditions = condition
        .into_iter()
        .map(|(key, value)| PolicyCondition {
            operator: "StringEquals".to_owned(),
            key: key.to_owned(),
            values: vec![value.to_owned()],
        })
        .collect();
    AccessPolicy {
        statements: vec![allowing],
    }
}

fn put(policy: Option<AccessPolicy>) -> Event {
    Event {
        policy,
        ..share(
            "backup",
            "PutBackupVaultAccessPolicy",
            &[("/backupVaultName", "critical")],
        )
    }
}

#[test]
fn a_policy_gives_to_those_whom_it_allows() {
    let id = of("PutBackupVaultAccessPolicy");
    let set = |policy: AccessPolicy| world(&[put(Some(policy))], VAULT);
    let root = format!("arn:aws:iam::{OURS}:root");
    check(&set(allowing(&root, None)), given_to_others, 1, &[]);
    check(
        &set(allowing(OTHERS, None)),
        given_to_others,
        0,
        &[(&id, Exception, OTHERS)],
    );
    check(
        &set(allowing("*", None)),
        given_to_others,
        0,
        &[(&id, Exception, "to everybody")],
    );
    let mut but = allowing("*", None);
    but.statements[0].principals = Listed::AllBut(vec![OURS.to_owned()]);
    check(&set(but), given_to_others, 0, &[(&id, Exception, "to everybody")]);
    check(
        &set(allowing("*", Some(("aws:PrincipalAccount", OURS)))),
        given_to_others,
        1,
        &[],
    );
    let organisation = set(allowing("*", Some(("aws:PrincipalOrgID", "o-1"))));
    check(
        &organisation,
        given_to_others,
        0,
        &[(&id, Indeterminate, "whoever meets aws:PrincipalOrgID")],
    );
    let mut into = allowing(OTHERS, None);
    into.statements[0].actions = Listed::Only(vec!["backup:CopyIntoBackupVault".to_owned()]);
    for nothing in [
        denial(&[]),
        allowing("111122223333", None),
        allowing("Service:backup.amazonaws.com", None),
        into,
    ] {
        check(
            &set(nothing),
            given_to_others,
            0,
            &[("population", NoOccurrence, "")],
        );
    }
    check(
        &world(&[put(None)], VAULT),
        given_to_others,
        0,
        &[(&id, Indeterminate, "the policy can't be read")],
    );
}

#[test]
fn a_standing_policy_is_seen_without_a_call() {
    let read = |policy: AccessPolicy, refs: &str| {
        let mut world = world(&[], refs);
        world.see_vault(at("2026-07-06T05:00"), |_| {});
        world.see_policy(at("2026-07-06T05:00"), Some(policy));
        world
    };
    let id = format!("vault/{VAULT}");
    check(&read(allowing(OURS, None), VAULT), given_to_others, 1, &[]);
    check(
        &read(allowing(OURS, None), ""),
        given_to_others,
        0,
        &[(&id, Exception, "no ticket that names it")],
    );
    check(
        &read(allowing(OTHERS, None), VAULT),
        given_to_others,
        0,
        &[(&id, Exception, OTHERS)],
    );
    let mut late = read(allowing(OURS, None), VAULT);
    late.records.tickets[0].value.approved = Some(at("2026-07-06T05:00"));
    check(
        &late,
        given_to_others,
        0,
        &[(&id, Exception, "no ticket that names it")],
    );
    let mut alone = read(allowing(OURS, None), VAULT);
    alone.records.tickets[0].value.opened_by = "p-001".to_owned();
    check(
        &alone,
        given_to_others,
        0,
        &[(&id, Exception, "no ticket that names it")],
    );
    check(
        &read(denial(&[]), ""),
        given_to_others,
        0,
        &[("population", NoOccurrence, "")],
    );
    // The call that set it is judged, and not the reading again.
    let mut set = read(allowing(OURS, None), VAULT);
    set.add_event(put(Some(allowing(OURS, None))));
    check(&set, given_to_others, 1, &[]);
    let mut unread = read(denial(&[]), "");
    unread.records.vault_policies.clear();
    check(
        &unread,
        given_to_others,
        0,
        &[(&id, Indeterminate, "its access policy was never read")],
    );
    // A listing of after the period shows what was there in it, and not what was created since.
    let mut later = read(denial(&[]), "");
    later.records.vault_policies.clear();
    later.records.vaults[0].value.at = at("2026-07-11T05:00");
    let never = [(id.as_str(), Indeterminate, "its access policy was never read")];
    check(&later, given_to_others, 0, &never);
    later.records.vaults[0].value.created = Some(at("2026-07-10T23:00"));
    check(&later, given_to_others, 0, &never);
    later.records.vaults[0].value.created = Some(at("2026-07-11"));
    let none = [("population", NoOccurrence, "")];
    check(&later, given_to_others, 0, &none);
    // Neither does a reading of another time, or of another vault, tell what this one's was in the period.
    let mut before = read(denial(&[]), "");
    before.records.vault_policies[0].value.at = at("2026-06-30T05:00");
    let mut another = read(denial(&[]), "");
    another.records.vault_policies[0].value.vault = VAULT.replace("backup-vault:", "backup-vault:another-");
    for unread in [before, another] {
        let expected = [(id.as_str(), Indeterminate, "its access policy was never read")];
        check(&unread, given_to_others, 0, &expected);
    }
}

#[test]
fn a_shared_vault_gives_to_the_principals_of_the_share() {
    let create = |principal: &str| {
        let mut event = share("ram", "CreateResourceShare", &[("/principals/0", principal)]);
        event.resources = vec![VAULT.to_owned()];
        event
    };
    let id = of("CreateResourceShare");
    check(&world(&[create(OURS)], VAULT), given_to_others, 1, &[]);
    check(
        &world(&[create(OTHERS)], VAULT),
        given_to_others,
        0,
        &[(&id, Exception, OTHERS)],
    );
    let mut network = create(OTHERS);
    network.resources = vec!["arn:aws:ec2:us-east-1:111122223333:subnet/s-1".to_owned()];
    check(
        &world(&[network], ""),
        given_to_others,
        0,
        &[("population", NoOccurrence, "")],
    );
    // A principal that joins the share later.
    let arn = "arn:aws:ram:us-east-1:111122223333:resource-share/1".to_owned();
    let mut empty = create(OURS);
    empty.request = Some([].into());
    empty.results = vec![arn.clone()];
    let mut joined = share("ram", "AssociateResourceShare", &[("/principals/0", OTHERS)]);
    joined.resources = vec![arn];
    let id = of("AssociateResourceShare");
    check(
        &world(&[empty, joined.clone()], ""),
        given_to_others,
        0,
        &[(&id, Exception, OTHERS)],
    );
    check(
        &world(&[joined], ""),
        given_to_others,
        0,
        &[("population", NoOccurrence, "")],
    );
}

fn copied(world: &mut World, destination: Option<&str>, state: JobState) {
    let id = format!("copy-{}", world.records.copies.len());
    let copy = CopyJob {
        id: id.clone(),
        source_point: Some(point_arn("a")),
        source_vault: Some(VAULT.to_owned()),
        destination_point: None,
        destination_vault: destination.map(str::to_owned),
        resource: None,
        state,
        created: at("2026-07-05T04:00"),
        completed: None,
    };
    let seen = world.collected();
    let copy = observed(key(Source::AwsCopyJobs, "us-east-1"), seen, &id, copy);
    world.records.copies.push(copy);
}

#[test]
fn copies_to_another_account_are_one_arrangement() {
    let to = |account: &str, refs: &str| {
        let mut world = world(&[], refs);
        let vault = format!("arn:aws:backup:us-east-1:{account}:backup-vault:away");
        for _ in 0..2 {
            copied(&mut world, Some(&vault), JobState::Completed);
        }
        (world, format!("copies/111122223333/{vault}"), vault)
    };
    let (unapproved, id, vault) = to(OURS, "");
    check(
        &unapproved,
        given_to_others,
        0,
        &[(&id, Exception, "2 copies to")],
    );
    check(&to(OURS, &vault).0, given_to_others, 1, &[]);
    let (outside, id, vault) = to(OTHERS, "");
    check(&outside, given_to_others, 0, &[(&id, Exception, OTHERS)]);
    check(
        &to(OTHERS, &vault).0,
        given_to_others,
        0,
        &[(&id, Exception, OTHERS)],
    );
    check(
        &to("111122223333", "").0,
        given_to_others,
        0,
        &[("population", NoOccurrence, "")],
    );
    let mut failed = world(&[], "");
    copied(&mut failed, Some(&vault), JobState::Failed);
    check(&failed, given_to_others, 0, &[("population", NoOccurrence, "")]);
    let mut nowhere = world(&[], "");
    copied(&mut nowhere, None, JobState::Completed);
    check(
        &nowhere,
        given_to_others,
        0,
        &[("copy/copy-0", Indeterminate, "names no destination")],
    );
    let mut disputed = to(OURS, &vault).0;
    for id in ["copy-0", "copy-1"] {
        dispute(&mut disputed, Source::AwsCopyJobs, id);
    }
    let expected = [
        ("copy/copy-0", Indeterminate, "contradict"),
        ("copy/copy-1", Indeterminate, "contradict"),
    ];
    check(&disputed, given_to_others, 0, &expected);
}

fn dispute(world: &mut World, source: Source, id: &str) {
    world.records.conflicts.push(Conflict {
        source,
        id: id.to_owned(),
        difference: "changed".to_owned(),
        moved: Moved::default(),
        citations: Vec::new(),
    });
}

/// A download of a snapshot in Atlas, with the event by which somebody asked for it, or without.
fn downloaded(by: Option<&str>, refs: &str) -> World {
    let mut world = world(&[], refs);
    let job = RestoreJob {
        id: "job-1".to_owned(),
        provider: Provider::Atlas,
        point: Some("s-1".to_owned()),
        resource: Some(CLUSTER.parse().expect("a resource")),
        created_resource: None,
        account: PROJECT.parse().expect("an account"),
        region: crate::model::estate::global(),
        state: JobState::Completed,
        created: at("2026-07-05T10:00"),
        completed: Some(at("2026-07-05T10:06")),
        validation: None,
        testing_plan: None,
        delivery: Some("download".to_owned()),
    };
    let seen = world.collected();
    world
        .records
        .restores
        .push(observed(key(Source::AtlasRestoreJobs, ""), seen, "job-1", job));
    if let Some(by) = by {
        let mut event = call("CPS_RESTORE_REQUESTED_AUDIT", "x", "2026-07-05T10:00", by);
        event.source = "atlas".to_owned();
        event.resources = vec![CLUSTER.to_owned(), "job-1".to_owned()];
        event.request = None;
        world
            .records
            .events
            .push(observed(key(Source::AtlasEvents, ""), seen, "asked", event));
    }
    world
}

#[test]
fn a_download_needs_a_ticket_and_a_person() {
    let id = "download/job-1";
    for named in ["job-1", "s-1", "e-CPS_RESTORE_REQUESTED_AUDIT-x"] {
        check(&downloaded(Some("p-004"), named), given_to_others, 1, &[]);
    }
    check(
        &downloaded(Some("p-004"), ""),
        given_to_others,
        0,
        &[(id, Exception, "no ticket names it")],
    );
    let stranger = downloaded(Some("p-099"), "job-1");
    check(
        &stranger,
        given_to_others,
        0,
        &[(id, Exception, "nobody in the roster")],
    );
    check(
        &downloaded(None, "job-1"),
        given_to_others,
        0,
        &[(id, Indeterminate, "names who received it")],
    );
    check(
        &downloaded(None, ""),
        given_to_others,
        0,
        &[(id, Exception, "no ticket that names it")],
    );
    let mut late = downloaded(None, "job-1");
    late.records.tickets[0].value.approved = Some(at("2026-07-05T10:00"));
    check(
        &late,
        given_to_others,
        0,
        &[(id, Exception, "no ticket that names it")],
    );
    let mut unproven = downloaded(None, "");
    unproven.unprove_all(Source::Tickets);
    check(&unproven, given_to_others, 0, &[(id, Indeterminate, "tickets")]);
    for (state, delivery) in [(JobState::Failed, "download"), (JobState::Completed, "automated")] {
        let mut other = downloaded(None, "");
        other.records.restores[0].value.state = state;
        other.records.restores[0].value.delivery = Some(delivery.to_owned());
        check(&other, given_to_others, 0, &[("population", NoOccurrence, "")]);
    }
    let mut disputed = downloaded(Some("p-004"), "job-1");
    dispute(&mut disputed, Source::AtlasRestoreJobs, "job-1");
    check(
        &disputed,
        given_to_others,
        0,
        &[(id, Indeterminate, "contradict")],
    );
}

#[test]
fn without_its_sources_nothing_is_authorised() {
    let request = [("/dBSnapshotIdentifier", "s-1"), ("/valuesToAdd/0", OURS)];
    let whole = world(&[share("rds", "ModifyDBSnapshotAttribute", &request)], "s-1");
    check_order(&whole, given_to_others);
    for source in [
        Source::Tickets,
        Source::RoleRoster,
        Source::Cloudtrail,
        Source::AwsCopyJobs,
        Source::AwsVaults,
        Source::AtlasRestoreJobs,
        Source::AtlasEvents,
    ] {
        let mut unproven = whole.clone();
        unproven.unprove_all(source);
        assert_eq!(unproven.run(given_to_others).state(), Indeterminate, "{source}");
    }
    let mut disputed = whole.clone();
    dispute(&mut disputed, Source::Cloudtrail, "ModifyDBSnapshotAttribute");
    let id = of("ModifyDBSnapshotAttribute");
    check(
        &disputed,
        given_to_others,
        0,
        &[(&id, Indeterminate, "contradict")],
    );
    for when in ["2026-06-30T23:59", "2026-07-11"] {
        let mut outside = whole.clone();
        outside.records.events[0].value.at = at(when);
        check(&outside, given_to_others, 0, &[("population", NoOccurrence, "")]);
    }
}

#[test]
fn only_the_call_that_set_the_policy_of_this_vault_before_it_was_read_takes_its_place() {
    let stands = |edit: fn(&mut World)| {
        let mut world = world(&[], VAULT);
        world.see_vault(at("2026-07-06T05:00"), |_| {});
        world.see_policy(at("2026-07-06T05:00"), Some(allowing(OURS, None)));
        world.add_event(put(Some(allowing(OURS, None))));
        edit(&mut world);
        let finding = world.run(given_to_others);
        let id = format!("vault/{VAULT}");
        finding.items().iter().any(|item| item.id() == id)
    };
    assert!(!stands(|_| {}));
    assert!(!stands(
        |world| world.records.events[0].value.at = at("2026-07-06T05:00")
    ));
    let others: [fn(&mut World); 8] = [
        |world| world.records.events[0].value.at = at("2026-07-06T05:00:01Z"),
        |world| world.records.events[0].value.at = at("2026-06-30"),
        |world| world.records.events[0].value.name = "GetBackupVaultAccessPolicy".to_owned(),
        |world| world.records.events[0].value.error = Some("AccessDenied".to_owned()),
        |world| world.records.events[0].value.request = None,
        |world| {
            let other = [("/backupVaultName".to_owned(), "other".to_owned())];
            world.records.events[0].value.request = Some(other.into());
        },
        |world| world.records.events[0].key.region = "us-west-2".parse().expect("a region"),
        |world| world.records.events[0].key.account = OURS.parse().expect("an account"),
    ];
    for (n, edit) in others.into_iter().enumerate() {
        assert!(stands(edit), "{n}");
    }
}

#[test]
fn a_standing_arrangement_was_approved_by_somebody_and_before_its_first_copy() {
    let vault = format!("arn:aws:backup:us-east-1:{OURS}:backup-vault:away");
    let id = format!("copies/111122223333/{vault}");
    let copies = |edit: fn(&mut World)| {
        let mut world = world(&[], &vault);
        for _ in 0..2 {
            copied(&mut world, Some(&vault), JobState::Completed);
        }
        edit(&mut world);
        world
    };
    check(&copies(|_| {}), given_to_others, 1, &[]);
    check(
        &copies(|world| dispute(world, Source::AwsCopyJobs, "another")),
        given_to_others,
        1,
        &[],
    );
    let unapproved = [(id.as_str(), Exception, "no ticket that names it")];
    let edits: [fn(&mut World); 4] = [
        |world| world.records.copies[0].value.created = at("2026-07-01T04:00"),
        |world| world.records.copies[1].value.created = at("2026-07-02"),
        |world| world.records.tickets[0].value.approved = None,
        |world| world.records.tickets[0].value.approved_by = None,
    ];
    for edit in edits {
        check(&copies(edit), given_to_others, 0, &unapproved);
    }
}

#[test]
fn who_asked_for_a_download_is_told_by_the_event_that_names_it() {
    let unnamed = [("download/job-1", Indeterminate, "names who received it")];
    let edits: [fn(&mut Event); 4] = [
        |event| event.resources = vec![CLUSTER.to_owned()],
        |event| event.name = "CPS_RESTORE_SUCCESSFUL".to_owned(),
        |event| event.source = "backup.amazonaws.com".to_owned(),
        |event| event.resources = Vec::new(),
    ];
    for edit in edits {
        let mut world = downloaded(Some("p-004"), "job-1");
        edit(&mut world.records.events[0].value);
        check(&world, given_to_others, 0, &unnamed);
    }
    let mut elsewhere = downloaded(Some("p-004"), "job-1");
    elsewhere.records.events[0].key.account = "64b000000000000000000002".parse().expect("an account");
    check(&elsewhere, given_to_others, 0, &unnamed);
    let mut unapproved = downloaded(None, "job-1");
    unapproved.records.tickets[0].value.approved = None;
    let lacking = [("download/job-1", Exception, "no ticket that names it")];
    check(&unapproved, given_to_others, 0, &lacking);
}

#[test]
fn an_image_that_is_launched_by_somebody_unnamed_is_open_and_its_other_attributes_are_nothing() {
    let id = of("ModifyImageAttribute");
    let set = |pointer: &str, value: &str| {
        let request = [("/imageId", "ami-1"), (pointer, value)];
        world(&[share("ec2", "ModifyImageAttribute", &request)], "ami-1")
    };
    for (pointer, value) in [
        ("/attributeType", "launchPermission"),
        ("/launchPermission/more", "x"),
    ] {
        let open = [(id.as_str(), Indeterminate, "names nobody")];
        check(&set(pointer, value), given_to_others, 0, &open);
    }
    for (pointer, value) in [
        ("/attributeType", "description"),
        ("/description", "launchPermission"),
    ] {
        let none = [("population", NoOccurrence, "no backup was given")];
        check(&set(pointer, value), given_to_others, 0, &none);
    }
}

#[test]
fn twelve_digits_are_an_account_and_nothing_else_is() {
    let id = of("ModifyDBSnapshotAttribute");
    for who in ["12345678901", "1234567890123", "12345678901a", "abcdefghijkl"] {
        let request = [("/dBSnapshotIdentifier", "s-1"), ("/valuesToAdd/0", who)];
        let given = share("rds", "ModifyDBSnapshotAttribute", &request);
        let open = [(id.as_str(), Indeterminate, "it is given to")];
        check(&world(&[given], "s-1"), given_to_others, 0, &open);
    }
}

#[test]
fn a_policy_that_allows_more_than_to_copy_into_gives_and_a_share_is_the_one_of_the_vault() {
    let mut more = allowing(OTHERS, None);
    let actions = ["backup:CopyIntoBackupVault", "backup:StartRestoreJob"];
    more.statements[0].actions = Listed::Only(actions.map(str::to_owned).into());
    let id = of("PutBackupVaultAccessPolicy");
    check(
        &world(&[put(Some(more))], VAULT),
        given_to_others,
        0,
        &[(&id, Exception, OTHERS)],
    );
    let joined = |share_of_the_vault: &str| {
        let arn = |n: &str| format!("arn:aws:ram:us-east-1:111122223333:resource-share/{n}");
        let mut create = share("ram", "CreateResourceShare", &[]);
        create.resources = vec![VAULT.to_owned(), arn(share_of_the_vault)];
        let mut joined = share("ram", "AssociateResourceShare", &[("/principals/0", OTHERS)]);
        joined.resources = vec![arn("1")];
        world(&[create, joined], "")
    };
    let id = of("AssociateResourceShare");
    check(&joined("1"), given_to_others, 0, &[(&id, Exception, OTHERS)]);
    check(
        &joined("2"),
        given_to_others,
        0,
        &[("population", NoOccurrence, "")],
    );
}
