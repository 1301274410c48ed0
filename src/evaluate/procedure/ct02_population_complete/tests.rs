//! The outcomes of CT-02.

use State::{Exception, Indeterminate};

use super::population_complete;
use crate::evaluate::testing::backups::{check_drops, check_order};
use crate::evaluate::testing::{DB, World, at, check, key, observed, span, system};
use crate::model::finding::State;
use crate::model::records::CompleteListing;
use crate::model::records::governance::{ClassNotUsed, Ephi, Hosting, System, SystemClass};
use crate::model::source::Source;

/// One system of each critical class, its resource listed.
fn estate() -> World {
    let mut world = World::new();
    for class in SystemClass::CRITICAL {
        let name = class.as_str().replace(' ', "-");
        let mut row = system(&name);
        row.class = class;
        row.resources = vec![arn(&name).parse().expect("a resource")];
        world.add_system(row);
        world.add_resource(&arn(&name), &[("ephi", "stores")]);
    }
    world
}

fn arn(name: &str) -> String {
    format!("{DB}-{name}")
}

#[test]
fn a_complete_inventory_is_supported() {
    check(&estate(), population_complete, 10, &[]);
    check_order(&estate(), population_complete);
    check_drops(&estate(), population_complete);
}

#[test]
fn a_row_without_owner_or_with_another_classification_is_an_exception() {
    type Change = fn(&mut System);
    let cases: [(Change, State, &str); 9] = [
        (|row| row.owner = None, Exception, "has no owner"),
        (|row| row.owner = Some(" ".to_owned()), Exception, "has no owner"),
        (
            |row| row.classification = Some("internal".to_owned()),
            Exception,
            "classified internal",
        ),
        (|row| row.classification = None, Indeterminate, "classification"),
        (|row| row.owner_role = None, Indeterminate, "role of the owner"),
        (|row| row.backup_method = None, Indeterminate, "backup method"),
        (|row| row.ephi = Ephi::Unknown, Indeterminate, "nobody has said"),
        (
            |row| row.as_of = at("2026-06-30T23:59"),
            Indeterminate,
            "before the period",
        ),
        (
            |row| row.resources = vec!["arn:aws:rds:us-east-1:111122223333:db:x".parse().expect("an arn")],
            Indeterminate,
            "never showed",
        ),
    ];
    for (change, state, text) in cases {
        let mut world = estate();
        world.change_system(change);
        let finding = world.run(population_complete);
        let item = finding
            .items()
            .iter()
            .find(|item| item.id() == "database")
            .expect("the row");
        assert_eq!(item.state(), state, "{text}");
        assert!(
            format!("{:?}", item.conclusion()).contains(text),
            "{text}: {:?}",
            item.conclusion()
        );
    }
    let mut world = estate();
    world.change_system(|row| row.classification = Some("Confidential".to_owned()));
    world.change_system(|row| row.as_of = at("2026-07-01"));
    check(&world, population_complete, 10, &[]);
    world.change_system(|row| (row.ephi, row.owner) = (Ephi::None, None));
    check(
        &world,
        population_complete,
        9,
        &[("database", Indeterminate, "owner")],
    );
    world.change_system(|row| {
        (row.ephi, row.owner, row.hosting) = (Ephi::Stores, Some("p-001".to_owned()), Hosting::Saas)
    });
    world.change_system(|row| row.resources.clear());
    world.records.resources.remove(0);
    check(&world, population_complete, 10, &[]);
}

#[test]
fn resources_that_no_row_names_go_by_their_tag() {
    for (tag, state, text) in [
        (Some("stores"), Some(Exception), "tagged ephi=stores"),
        (Some("YES"), Some(Exception), "tagged ephi=yes"),
        (Some("false"), None, ""),
        (Some("None"), None, ""),
        (Some("perhaps"), Some(Indeterminate), "nobody says"),
        (None, Some(Indeterminate), "nobody says"),
    ] {
        let mut world = estate();
        let tags: Vec<_> = tag.iter().map(|tag| ("EPHI", *tag)).collect();
        world.add_resource("arn:aws:s3:::stray", &tags);
        let expected: Vec<_> = state
            .iter()
            .map(|state| ("arn:aws:s3:::stray", *state, text))
            .collect();
        check(
            &world,
            population_complete,
            if state.is_none() { 11 } else { 10 },
            &expected,
        );
        check_drops(&world, population_complete);
    }
    let mut world = estate();
    world.add_resource("arn:aws:s3:::stray", &[("ephi", "stores")]);
    // Of a kind that holds no data, and still tagged.
    world.records.resources[5].value.data_bearing = false;
    let stray = [("arn:aws:s3:::stray", Exception, "tagged ephi=stores")];
    check(&world, population_complete, 10, &stray);
    world.records.resources[5].value.tags.clear();
    check(&world, population_complete, 10, &[]);
    world.records.resources[5]
        .value
        .tags
        .insert("ephi".to_owned(), "yes".to_owned());
    world.records.resources[5].value.data_bearing = true;
    world.records.resources[5].last_seen = at("2026-06-30");
    check(&world, population_complete, 10, &[]);
    world.records.resources[5].last_seen = at("2026-07-01");
    assert_eq!(world.run(population_complete).counts().get(Exception), 1);
    world.unprove_all(Source::SystemsInventory);
    assert_eq!(world.run(population_complete).counts().get(Exception), 0);
}

#[test]
fn only_rows_in_use_in_the_period_name_a_resource() {
    let mut world = estate();
    let mut row = system("gone");
    row.resources = vec!["arn:aws:s3:::stray".parse().expect("a resource")];
    row.decommissioned = Some(at("2026-07-01"));
    world.add_system(row);
    world.add_resource("arn:aws:s3:::stray", &[("ephi", "stores")]);
    let stray = [("arn:aws:s3:::stray", Exception, "tagged ephi=stores")];
    check(&world, population_complete, 10, &stray);
}

#[test]
fn what_came_after_the_period_is_none_of_it() {
    let mut world = estate();
    world.add_resource("arn:aws:s3:::stray", &[("ephi", "stores")]);
    let listing = |at| CompleteListing {
        key: key(Source::CloudResourceListing, "us-east-1"),
        part: String::new(),
        at,
    };
    world.records.listings.push(listing(at("2026-07-08")));
    let stray = [("arn:aws:s3:::stray", Indeterminate, "came between 2026-07-08")];
    check(&world, population_complete, 10, &stray);
    world.records.listings.push(listing(at("2026-07-11")));
    check(&world, population_complete, 10, &[]);
    world.records.resources[5].first_seen = at("2026-07-08T00:00:01Z");
    assert_eq!(world.run(population_complete).counts().get(Exception), 1);
    // Seen first with the period's end, after a listing without it: it may have come before or with it.
    world.records.listings.truncate(1);
    world.records.resources[5].first_seen = at("2026-07-11");
    check(&world, population_complete, 10, &stray);
    // A listing at the very instant at which it was first seen shows it.
    world.records.listings.push(listing(at("2026-07-11")));
    check(&world, population_complete, 10, &stray);
    let created = |when: &str| {
        let mut world = world.clone();
        world.records.resources[5].value.created = Some(at(when));
        world.run(population_complete).counts().get(Exception)
    };
    assert_eq!((created("2026-07-10T23:59:59Z"), created("2026-07-11")), (1, 0));
}

#[test]
fn the_blind_spot_is_told_of_the_listings_of_aws_and_of_no_other_place() {
    let mut world = estate();
    let mut second = world.scope.estate.aws[0].clone();
    second.account = "222233334444".parse().expect("an account");
    second.regions.clear();
    world.scope.estate.aws.push(second);
    let finding = world.run(population_complete);
    let mut told = finding.observations().iter();
    let told = told
        .find(|seen| seen.text.contains("never tagged"))
        .expect("it is told");
    let places = format!("{:?}", told.evidence);
    assert_eq!(places.matches("CloudResourceListing").count(), 2, "{places}");
    assert!(!places.contains(crate::evaluate::testing::PROJECT), "{places}");
}

#[test]
fn a_contradicted_row_is_indeterminate() {
    let mut world = estate();
    world.change_system(|row| row.ephi = Ephi::None);
    world.add_conflict(Source::SystemsInventory, "database");
    let finding = world.run(population_complete);
    let item = finding.items().iter().find(|item| item.id() == "database");
    assert_eq!(item.expect("the row").state(), Indeterminate);
}

#[test]
fn each_critical_class_has_a_system_or_a_dated_statement() {
    let mut world = estate();
    world
        .records
        .systems
        .retain(|row| row.value.class != SystemClass::Cache);
    world
        .records
        .resources
        .retain(|resource| !resource.value.id.as_str().contains("cache"));
    let missing = [("class/distributed cache", Exception, "no distributed cache")];
    check(&world, population_complete, 8, &missing);
    let statement = ClassNotUsed {
        class: SystemClass::Cache,
        approved_by: "p-001".to_owned(),
        approved_at: at("2026-07-10T23:59:59Z"),
        rationale: "none".to_owned(),
    };
    let seen = world.collected();
    world.records.unused_classes.push(observed(
        key(Source::SystemsInventory, ""),
        seen,
        "cache",
        statement,
    ));
    check(&world, population_complete, 9, &[]);
    world.records.unused_classes[0].value.approved_at = at("2026-07-11");
    check(&world, population_complete, 8, &missing);
    // A system that was gone before the period does not stand for its class.
    let mut gone = estate();
    gone.change_system(|row| row.decommissioned = Some(at("2026-07-01")));
    check(
        &gone,
        population_complete,
        8,
        &[
            (
                "arn:aws:rds:us-east-1:111122223333:db:orders-database",
                Exception,
                "no row of the inventory",
            ),
            ("class/database", Exception, "no database"),
        ],
    );
}

#[test]
fn without_listing_or_inventory_nothing_is_supported() {
    let mut world = estate();
    world.unprove_all(Source::CloudResourceListing);
    assert_eq!(world.run(population_complete).counts().get(State::Supported), 0);
    let mut world = estate();
    world.unprove_all(Source::SystemsInventory);
    assert_eq!(world.run(population_complete).counts().get(State::Supported), 0);
    let mut world = estate();
    world.unprove(Source::CloudResourceListing, span("2026-07-04", "2026-07-05"));
    let finding = world.run(population_complete);
    assert_eq!(
        (
            finding.counts().get(State::Supported),
            finding.counts().get(Indeterminate)
        ),
        (10, 3)
    );
    let mut empty = World::new();
    empty.criteria.evidence_max_age_days = 90;
    let finding = empty.run(population_complete);
    assert!(
        finding
            .items()
            .iter()
            .any(|item| item.id() == "inventory" && item.state() == Indeterminate)
    );
}
