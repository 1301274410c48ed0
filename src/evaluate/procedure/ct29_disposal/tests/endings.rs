//! The deletion after an event, and the provider's assurance.

use super::{NO_DEVICE, WENT, but, deletion, retired};
use crate::evaluate::procedure::ct29_disposal::disposal;
use crate::evaluate::testing::{CLUSTER, DB, World, at, check, key, span};
use crate::model::finding::State::{Exception, Indeterminate};
use crate::model::records::CompleteListing;
use crate::model::records::backups::Event;
use crate::model::source::Source;

const AFTER: &str = "orders/retired/after";

fn with_event(change: impl Fn(&mut Event)) -> World {
    let mut world = retired();
    change(&mut world.records.events[0].value);
    world
}

#[test]
fn the_event_that_deletes_the_resource_comes_from_a_day_before_on() {
    let on = |when: &'static str| with_event(move |event| event.at = at(when));
    for when in ["2026-07-04T15:00", WENT, "2026-07-10T23:59:59Z"] {
        check(&on(when), disposal, 3, &[NO_DEVICE]);
    }
    let untold = "no event in the trail deletes orders from 2026-07-04T15:00:00Z on";
    but(&on("2026-07-04T14:59:59Z"), AFTER, Indeterminate, untold);
    but(&on("2026-07-11"), AFTER, Indeterminate, untold);
    let others: [fn(&mut Event); 5] = [
        |event| event.error = Some("AccessDenied".to_owned()),
        |event| event.name = "DeleteDBSnapshot".to_owned(),
        |event| event.source = "ec2.amazonaws.com".to_owned(),
        |event| event.request = None,
        |event| {
            let request = event.request.as_mut().expect("a request");
            request.insert("/dBInstanceIdentifier".to_owned(), "invoices".to_owned());
            request.insert("/finalDBSnapshotIdentifier".to_owned(), "orders".to_owned());
        },
    ];
    for change in others {
        but(&with_event(change), AFTER, Indeterminate, untold);
    }
    let elsewhere = |region: &str| {
        let mut world = retired();
        world.records.events[0].key = key(Source::Cloudtrail, region);
        world
    };
    but(&elsewhere("us-west-2"), AFTER, Indeterminate, untold);
    let mut disputed = retired();
    disputed.add_conflict(Source::Cloudtrail, "e-DeleteDBInstance-orders");
    // What the contradiction is about may be the deletion of a copy.
    let others = [
        (
            "event/e-DeleteDBInstance-orders",
            Indeterminate,
            "contradict each other",
        ),
        (AFTER, Indeterminate, "contradict each other"),
        NO_DEVICE,
    ];
    check(&disputed, disposal, 2, &others);
    let mut cut = retired();
    cut.unprove(Source::Cloudtrail, span("2026-07-05T15:04", "2026-07-05T15:06"));
    let state = |world: &World| {
        let finding = world.run(disposal);
        let after = finding.items().iter().find(|item| item.id() == AFTER);
        after.expect("the item").state()
    };
    assert_eq!(state(&cut), Indeterminate);
    cut.records.events.clear();
    assert_eq!(state(&cut), Indeterminate);
}

/// Nothing deletes the resource, which the last listing of two saw at `last`.
fn untold(newest: &str, last: &str) -> World {
    let mut world = retired();
    world.records.events.clear();
    world.add_resource(DB, &[]);
    let resource = &mut world.records.resources[0].value;
    resource.tag_history = vec![
        (at("2026-07-04"), Default::default()),
        (at(last), Default::default()),
    ];
    for when in ["2026-07-04", newest] {
        world.records.listings.push(CompleteListing {
            key: key(Source::CloudResourceListing, "us-east-1"),
            part: String::new(),
            at: at(when),
        });
    }
    world
}

#[test]
fn without_such_an_event_the_listing_tells_whether_it_is_gone() {
    let gone = untold("2026-07-08", "2026-07-05");
    but(
        &gone,
        AFTER,
        Exception,
        "the listing of 2026-07-08T00:00:00Z has it no more",
    );
    let there = untold("2026-07-08", "2026-07-08");
    but(&there, AFTER, Indeterminate, "still there at 2026-07-08");
    for (newest, words) in [
        (WENT, "no complete listing since"),
        ("2026-07-11T00:00:01Z", "no complete listing since"),
    ] {
        but(&untold(newest, "2026-07-04"), AFTER, Indeterminate, words);
    }
    for newest in ["2026-07-05T15:00:01Z", "2026-07-11"] {
        but(&untold(newest, "2026-07-04"), AFTER, Exception, "has it no more");
    }
    // The newest listing counts, not one in between that still had it.
    let mut between = untold("2026-07-08", "2026-07-06");
    let mut listing = between.records.listings[1].clone();
    listing.at = at("2026-07-06");
    between.records.listings.push(listing);
    but(
        &between,
        AFTER,
        Exception,
        "the listing of 2026-07-08T00:00:00Z has it no more",
    );
    let mut unknown = untold("2026-07-08", "2026-07-05");
    unknown.records.resources.clear();
    but(&unknown, AFTER, Indeterminate, "no listing ever showed it");
    let mut unsaid = untold("2026-07-08", "2026-07-05");
    unsaid.change_system(|system| system.ephi = crate::model::records::governance::Ephi::Unknown);
    but(
        &unsaid,
        AFTER,
        Indeterminate,
        "nobody has said whether the system held ePHI",
    );
}

/// The deletion of another kind of resource, told by `source` and `name`.
fn other(resource: &str, source: &str, name: &str, request: (&str, &str)) -> World {
    let mut world = retired();
    world.change_system(|system| system.resources = vec![resource.parse().expect("a resource")]);
    for row in &mut world.records.jobs {
        row.value.resource = Some(resource.parse().expect("a resource"));
    }
    for row in &mut world.records.points {
        row.value.resource = Some(resource.parse().expect("a resource"));
    }
    let event = &mut world.records.events[0].value;
    (event.source, event.name) = (source.to_owned(), name.to_owned());
    event.request = Some([(request.0.to_owned(), request.1.to_owned())].into());
    world
}

#[test]
fn each_service_that_is_collected_has_its_event() {
    let arn = |rest: &str| format!("arn:aws:{rest}");
    for (resource, source, name, request) in [
        (
            "rds:us-east-1:111122223333:cluster:c1",
            "rds",
            "DeleteDBCluster",
            ("/dBClusterIdentifier", "c1"),
        ),
        (
            "ec2:us-east-1:111122223333:instance/i-1",
            "ec2",
            "TerminateInstances",
            ("/instancesSet/items/0/instanceId", "i-1"),
        ),
        (
            "ec2:us-east-1:111122223333:volume/vol-1",
            "ec2",
            "DeleteVolume",
            ("/volumeId", "vol-1"),
        ),
        (
            "dynamodb:us-east-1:111122223333:table/t1",
            "dynamodb",
            "DeleteTable",
            ("/tableName", "t1"),
        ),
        (
            "dynamodb:us-east-1:111122223333:table/t1",
            "dynamodb",
            "DeleteTable",
            ("/tableName", "arn:aws:dynamodb:us-east-1:111122223333:table/t1"),
        ),
    ] {
        let source = format!("{source}.amazonaws.com");
        let world = other(&arn(resource), &source, name, request);
        check(&world, disposal, 3, &[NO_DEVICE]);
    }
    let bucket = other(
        "arn:aws:s3:::forms",
        "s3.amazonaws.com",
        "DeleteBucket",
        ("/bucketName", "forms"),
    );
    but(
        &bucket,
        AFTER,
        Indeterminate,
        "do not tell of the deletion of arn:aws:s3:::forms",
    );
}

#[test]
fn a_cluster_of_atlas_goes_by_its_own_event() {
    let mut world = World::daily_in_atlas();
    world.records.assurances = super::calm().records.assurances;
    world.records.assurances[0].value.vendor = "MongoDB".to_owned();
    let went = at(WENT);
    world.change_system(|system| system.decommissioned = Some(went));
    let mut event = deletion(WENT);
    event.source = "atlas".to_owned();
    event.name = "CLUSTER_DELETED".to_owned();
    (event.resources, event.request) = (vec![CLUSTER.to_owned()], None);
    world.add_event(event);
    world.records.events[0].key = key(Source::AtlasEvents, "");
    check(&world, disposal, 3, &[NO_DEVICE]);
    let mut told = world.clone();
    for (id, when) in [("e-1", "2026-07-05T02:18"), ("e-2", "2026-07-05T12:00")] {
        check(&told, disposal, 3, &[NO_DEVICE]);
        let mut snapshot = told.records.events[0].clone();
        (snapshot.value.id, snapshot.value.at) = (id.to_owned(), at(when));
        snapshot.value.name = "CPS_SNAPSHOT_SUCCESSFUL".to_owned();
        told.records.events.push(snapshot);
    }
    let words = "a snapshot of patients was complete at 2026-07-05T12:00:00Z, and no listing shows it";
    let unlisted = ("patients/retired/retention", Indeterminate, words);
    check(&told, disposal, 2, &[unlisted, NO_DEVICE]);
    world.records.events[0].value.resources.clear();
    let untold = (
        "patients/retired/after",
        Indeterminate,
        "no event in the trail deletes patients",
    );
    check(&world, disposal, 2, &[untold, NO_DEVICE]);
}

/// A cluster that went on 5 July, and events that tell of complete snapshots of what is named beside their times.
fn told_of(snapshots: &[(&str, &[&str])]) -> World {
    let mut world = World::daily_in_atlas();
    world.records.assurances = super::calm().records.assurances;
    world.records.assurances[0].value.vendor = "MongoDB".to_owned();
    world.change_system(|system| system.decommissioned = Some(at(WENT)));
    let mut event = deletion(WENT);
    (event.source, event.name) = ("atlas".to_owned(), "CLUSTER_DELETED".to_owned());
    (event.resources, event.request) = (vec![CLUSTER.to_owned()], None);
    world.add_event(event.clone());
    event.name = "CPS_SNAPSHOT_SUCCESSFUL".to_owned();
    for (when, named) in snapshots {
        (event.id, event.at) = (format!("e-{when}"), at(when));
        event.resources = named.iter().map(|name| (*name).to_owned()).collect();
        world.add_event(event.clone());
    }
    for row in &mut world.records.events {
        row.key = key(Source::AtlasEvents, "");
    }
    world
}

#[test]
fn each_event_of_a_complete_snapshot_has_a_listed_one_that_began_since_the_event_before() {
    const OTHER: &str = "atlas:64b000000000000000000001/invoices";
    let open = |world: &World, when: &str| {
        let words = format!("a snapshot of patients was complete at {when}, and no listing shows it");
        let unlisted = ("patients/retired/retention", Indeterminate, words.as_str());
        check(world, disposal, 2, &[unlisted, NO_DEVICE]);
    };
    let (own, begun) = (&[CLUSTER][..], "2026-07-05T02:00");
    let before = ("2026-07-04T02:18", own);
    check(&told_of(&[before, (begun, own)]), disposal, 3, &[NO_DEVICE]);
    let second = told_of(&[before, (begun, own), ("2026-07-05T12:00", own)]);
    open(&second, "2026-07-05T12:00:00Z");
    let early = told_of(&[before, ("2026-07-05T01:59:59Z", own), (begun, own)]);
    open(&early, "2026-07-05T01:59:59Z");
    // An event counts for each cluster that it names, and for no other.
    let both = told_of(&[
        before,
        ("2026-07-05T02:18", own),
        ("2026-07-05T12:00", &[OTHER, CLUSTER]),
    ]);
    open(&both, "2026-07-05T12:00:00Z");
    for named in [&[OTHER][..], &[]] {
        let others = told_of(&[before, ("2026-07-05T02:18", own), ("2026-07-05T12:00", named)]);
        check(&others, disposal, 3, &[NO_DEVICE]);
    }
}

#[test]
fn the_provider_s_assurance_is_reviewed_and_covers_the_period() {
    let mut uncovered = retired();
    uncovered.records.assurances[0].value.end = "2026-07-09".parse().expect("a day");
    but(
        &uncovered,
        AFTER,
        Indeterminate,
        "only asserted: no reviewed report covers the period",
    );
    let mut unreviewed = retired();
    unreviewed.records.assurances[0].value.reviewed = None;
    but(&unreviewed, AFTER, Indeterminate, "only asserted");
    let mut unproven = retired();
    unproven.unprove_all(Source::VendorAssurance);
    but(&unproven, AFTER, Indeterminate, "vendor_assurance");
    unproven.records.assurances.clear();
    but(&unproven, AFTER, Indeterminate, "vendor_assurance");
}
