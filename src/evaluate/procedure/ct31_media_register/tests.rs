//! CT-31: each part of a medium's row, the independent list, and the hosting of systems.

use super::media_register as procedure;
use crate::evaluate::testing::{World, at, check, system};
use crate::evaluate::testing_contingency::{laptop, listed, moved};
use crate::evaluate::testing_governance::holder;
use crate::model::finding::State::{self, Exception, Indeterminate};
use crate::model::records::governance::{Disposal, Ephi, Hosting, ListedDevice, Medium};
use crate::model::source::Source;

/// One laptop of p-006, known to the independent list, changed; one system in the cloud.
fn changed(change: impl Fn(&mut Medium)) -> World {
    let mut world = World::with_system();
    world.add_holder(holder("p-006", "DevOps Engineer", "DevOps"));
    let mut medium = laptop("LT-1");
    change(&mut medium);
    world.add_medium(medium);
    world.add_listed(listed("LT-1"));
    world
}

fn device(change: impl Fn(&mut ListedDevice)) -> World {
    let mut world = changed(|_| {});
    change(&mut world.records.listed_devices[0].value);
    world
}

/// All but one item are SUPPORTED.
#[track_caller]
fn but(world: &World, id: &str, state: State, words: &str) {
    check(world, procedure, 6, &[(id, state, words)]);
}

#[test]
fn a_clean_register_is_supported() {
    check(&changed(|_| {}), procedure, 7, &[]);
}

#[test]
fn the_owner_is_in_the_roster_or_handed_the_medium_over() {
    let id = "LT-1/owner";
    but(
        &changed(|medium| medium.owner = None),
        id,
        Exception,
        "is assigned to nobody",
    );
    let mut left = changed(|_| {});
    left.records.roster[0].value.to = Some("2026-07-09".parse().expect("a day"));
    but(
        &left,
        id,
        Exception,
        "whom the roster does not have on 2026-07-10",
    );
    left.records.roster[0].value.to = Some("2026-07-10".parse().expect("a day"));
    check(&left, procedure, 7, &[]);
    left.records.roster[0].value.to = Some("2026-07-05".parse().expect("a day"));
    left.records.media[0]
        .value
        .movements
        .push(moved("2026-07-05", "p-006", "p-007"));
    left.records.media[0].value.custodian = Some("p-007".to_owned());
    but(&left, id, Exception, "and went to p-007");
    let mut handed = left.clone();
    handed.add_holder(holder("p-007", "DevOps Engineer", "DevOps"));
    check(&handed, procedure, 7, &[]);
    let disposal = Disposal {
        at: Some(at("2026-07-05T12:00")),
        method: None,
        certificate: None,
        by: None,
    };
    // Who had it when it was disposed of counts, be it from that very instant on.
    let mut at_the_end = handed.clone();
    at_the_end.records.roster[0].value.to = Some("2026-07-04".parse().expect("a day"));
    at_the_end.records.media[0].value.movements[1].at = at("2026-07-05T12:00");
    at_the_end.records.media[0].value.disposal = Some(disposal.clone());
    at_the_end.records.listed_devices[0].value.retired = Some(at("2026-07-05T12:00"));
    check(&at_the_end, procedure, 7, &[]);
    at_the_end.records.media[0].value.movements[1].at = at("2026-07-05T12:00:01Z");
    but(
        &at_the_end,
        id,
        Exception,
        "whom the roster does not have on 2026-07-05",
    );
    left.records.media[0].value.movements.pop();
    left.records.media[0].value.disposal = Some(disposal);
    left.records.listed_devices[0].value.retired = Some(at("2026-07-05T12:00"));
    check(&left, procedure, 7, &[]);
    let mut disputed = changed(|_| {});
    disputed.add_conflict(Source::RoleRoster, "roster:p-006:DevOps Engineer");
    but(&disputed, id, Indeterminate, "contradict each other");
    let mut unproven = changed(|medium| medium.owner = Some("p-099".to_owned()));
    unproven.records.listed_devices[0].value.assigned_to = None;
    but(&unproven, id, Exception, "p-099, whom the roster does not have");
    unproven.unprove_all(Source::RoleRoster);
    but(&unproven, id, Indeterminate, "role_roster");
}

#[test]
fn media_are_classified_labelled_and_encrypted() {
    let id = "LT-1/handling";
    let clear = changed(|medium| medium.encrypted = Some(false));
    but(&clear, id, Exception, "LT-1 is not encrypted");
    let unsaid = changed(|medium| {
        medium.encrypted = None;
        medium.classification = Some(String::new());
        medium.label = None;
    });
    but(
        &unsaid,
        id,
        Indeterminate,
        "whether it is encrypted, nor its classification, nor its label",
    );
}

#[test]
fn registration_comes_before_use() {
    let id = "LT-1/registered";
    let used = |text: Option<&'static str>| changed(move |medium| medium.first_used = text.map(at));
    check(&used(Some("2025-03-03T09:00")), procedure, 7, &[]);
    but(
        &used(Some("2025-03-03T08:59:59Z")),
        id,
        Exception,
        "registered only at 2025-03-03T09:00:00Z",
    );
    but(
        &used(None),
        id,
        Indeterminate,
        "does not say when LT-1 was first used",
    );
    but(
        &used(Some("2026-07-11T05:05:01Z")),
        id,
        Indeterminate,
        "after the answer that holds it",
    );
    let twice = changed(|medium| {
        medium.movements[0].at = at("2025-03-02T09:00");
        medium.movements.push(moved("2025-03-05T09:00", "p-006", "p-006"));
    });
    but(
        &twice,
        id,
        Indeterminate,
        "was moved at 2025-03-02T09:00:00Z, before it was registered",
    );
    // It may have been in use when it was moved.
    let moved_at = |text: &'static str| changed(move |medium| medium.movements[0].at = at(text));
    check(&moved_at("2025-03-03T09:00"), procedure, 7, &[]);
    let words = "was moved at 2025-03-03T08:59:59Z, before it was registered";
    but(&moved_at("2025-03-03T08:59:59Z"), id, Indeterminate, words);
    let unregistered = changed(|medium| medium.registered = None);
    but(
        &unregistered,
        id,
        Indeterminate,
        "does not say when LT-1 was registered",
    );
}

#[test]
fn the_chain_of_movements_is_unbroken() {
    let id = "LT-1/movements";
    let none = changed(|medium| medium.movements.clear());
    check(&none, procedure, 7, &[]);
    let with = |when: &'static str, from: &'static str, to: &'static str| {
        changed(move |medium| medium.movements.push(moved(when, from, to)))
    };
    but(
        &with("2026-07-05", "p-007", "p-006"),
        id,
        Exception,
        "went to p-006 at 2025-03-04T09:00:00Z, and from p-007",
    );
    but(
        &with("2026-07-05", "p-006", "stock"),
        id,
        Exception,
        "the register has it elsewhere",
    );
    but(
        &with("2026-07-05", "", "p-006"),
        id,
        Indeterminate,
        "lacks from, to or by",
    );
    but(
        &with("2025-03-04T09:00", "p-006", "p-006"),
        id,
        Indeterminate,
        "was moved twice",
    );
    but(
        &with("2026-07-11T05:05:01Z", "p-006", "p-006"),
        id,
        Indeterminate,
        "after the answer that holds it",
    );
    check(&with("2026-07-05", "p-006", "with its owner"), procedure, 7, &[]);
    let reversed = changed(|medium| {
        medium.movements.insert(0, moved("2026-07-05", "p-006", "p-006"));
    });
    check(&reversed, procedure, 7, &[]);
    let silent = changed(|medium| medium.movements[0].authorised_by = Some(" ".to_owned()));
    but(&silent, id, Indeterminate, "who allowed the movement");
    let unsaid = changed(|medium| medium.movements[0].authorised_by = None);
    but(&unsaid, id, Indeterminate, "who allowed the movement");
}

#[test]
fn owned_equipment_holds_no_ephi_for_a_reason() {
    let id = "LT-1/ephi";
    let with = |ephi: Option<Ephi>| changed(move |medium| medium.ephi = ephi);
    for ephi in [Ephi::Stores, Ephi::Processes, Ephi::Transmits] {
        but(&with(Some(ephi)), id, Exception, "is owned equipment");
    }
    for ephi in [None, Some(Ephi::Unknown)] {
        but(
            &with(ephi),
            id,
            Indeterminate,
            "nobody has said whether LT-1 holds ePHI",
        );
    }
    let bare = changed(|medium| medium.ephi_basis = None);
    but(&bare, id, Indeterminate, "is said without a reason");
}

#[test]
fn what_is_no_equipment_may_hold_ephi() {
    let mut world = changed(|_| {});
    let mut bucket = laptop("EXP-1");
    bucket.kind = "export_bucket".to_owned();
    bucket.ephi = Some(Ephi::Stores);
    world.add_medium(bucket);
    check(&world, procedure, 11, &[]);
    world.records.media[1].value.ephi = None;
    check(
        &world,
        procedure,
        11,
        &[("EXP-1/ephi", Indeterminate, "nobody has said")],
    );
}

#[test]
fn the_register_is_held_against_a_list_from_elsewhere() {
    let mut none = changed(|_| {});
    none.records.listed_devices.clear();
    but(
        &none,
        "device-list",
        Indeterminate,
        "no independent list of devices is on record",
    );
    none.unprove_all(Source::DeviceList);
    but(&none, "device-list", Indeterminate, "device_list");
    let id = "device-list/MDM-LT-1";
    let stranger = device(|device| device.medium = Some("LT-9".to_owned()));
    let others = [
        ("device-list/LT-1", Indeterminate, "no independent list has LT-1"),
        (id, Exception, "is not in the media register"),
    ];
    check(&stranger, procedure, 5 + 1, &others);
    let mut unproven = stranger;
    unproven.unprove_all(Source::DeviceList);
    assert_eq!(unproven.run(procedure).state(), Indeterminate);
    let untagged = device(|device| {
        device.medium = None;
        device.id = "LT-1".to_owned();
    });
    check(&untagged, procedure, 7, &[]);
    let other = device(|device| device.assigned_to = Some("p-007".to_owned()));
    but(
        &other,
        id,
        Indeterminate,
        "belongs to p-007 by the list, to p-006 by the register",
    );
    check(&device(|device| device.assigned_to = None), procedure, 7, &[]);
    let mut retired = device(|device| device.retired = Some(at("2026-06-30T23:59:59Z")));
    but(
        &retired,
        "device-list",
        Indeterminate,
        "no independent list of devices",
    );
    retired.records.listed_devices[0].value.retired = Some(at("2026-07-01"));
    check(&retired, procedure, 7, &[]);
    but(
        &device(|device| device.as_of = at("2026-07-11T05:05:01Z")),
        id,
        Indeterminate,
        "after the answer",
    );
    let mut disputed = changed(|_| {});
    disputed.add_conflict(Source::DeviceList, "MDM-LT-1");
    but(&disputed, id, Indeterminate, "contradict each other");
    let gone = changed(|medium| {
        medium.disposal = Some(Disposal {
            at: Some(at("2026-07-05")),
            method: None,
            certificate: None,
            by: None,
        });
    });
    but(
        &gone,
        id,
        Indeterminate,
        "in use by the list, and disposed of by the register",
    );
}

#[test]
fn no_system_stands_on_a_device_of_one_s_own() {
    let mut world = changed(|_| {});
    let mut own = system("nas");
    own.hosting = Hosting::Device;
    own.resources.clear();
    world.add_system(own);
    check(
        &world,
        procedure,
        6,
        &[("hosting/nas", Exception, "on a device of the organisation's own")],
    );
    world.add_conflict(Source::SystemsInventory, "nas");
    check(
        &world,
        procedure,
        6,
        &[("hosting/nas", Indeterminate, "contradict each other")],
    );
    let mut unproven = changed(|_| {});
    unproven.unprove_all(Source::SystemsInventory);
    but(&unproven, "hosting", Indeterminate, "systems_inventory");
    unproven.records.systems.clear();
    but(&unproven, "hosting", Indeterminate, "systems_inventory");
    let mut empty = changed(|_| {});
    empty.records.systems.clear();
    but(&empty, "inventory", Indeterminate, "holds no system");
}

#[test]
fn media_count_while_they_are_in_the_register_s_care() {
    let disposed = |when: &'static str| {
        changed(move |medium| {
            medium.disposal = Some(Disposal {
                at: Some(at(when)),
                method: None,
                certificate: None,
                by: None,
            });
        })
    };
    let ids = |world: &World| -> Vec<String> {
        let finding = world.run(procedure);
        let ids = finding.items().iter().map(|item| item.id().to_owned());
        ids.filter(|id| id.starts_with("LT-1")).collect()
    };
    assert_eq!(ids(&disposed("2026-06-30T23:59:59Z")).len(), 0);
    assert_eq!(ids(&disposed("2026-07-01")).len(), 5);
    let new = changed(|medium| {
        medium.registered = Some(at("2026-07-11"));
        medium.first_used = Some(at("2026-07-12"));
    });
    assert_eq!(ids(&new).len(), 0);
    // Of one that nobody dated nobody can say that it came later.
    let undated = changed(|medium| (medium.registered, medium.first_used) = (None, None));
    assert_eq!(ids(&undated).len(), 5);
}

#[test]
fn a_list_needs_not_have_what_is_no_device_in_care() {
    let unlisted = |change: fn(&mut Medium)| {
        let mut world = changed(|_| {});
        let mut medium = laptop("LT-2");
        change(&mut medium);
        world.add_medium(medium);
        let finding = world.run(procedure);
        finding.items().iter().any(|item| item.id() == "device-list/LT-2")
    };
    assert!(unlisted(|_| {}));
    let changes: [fn(&mut Medium); 3] = [
        |medium| {
            medium.disposal = Some(Disposal {
                at: Some(at("2026-07-05")),
                method: None,
                certificate: None,
                by: None,
            });
        },
        |medium| {
            (medium.registered, medium.first_used) = (Some(at("2026-07-11")), Some(at("2026-07-12")));
        },
        |medium| medium.kind = "export_bucket".to_owned(),
    ];
    for change in changes {
        assert!(!unlisted(change));
    }
}

#[test]
fn a_register_that_is_not_whole_or_disputed_supports_nothing() {
    let mut world = changed(|_| {});
    world.unprove_all(Source::MediaRegister);
    assert_eq!(world.run(procedure).counts().get(State::Supported), 0);
    let mut disputed = changed(|_| {});
    disputed.add_conflict(Source::MediaRegister, "LT-1");
    let others = [
        ("LT-1", Indeterminate, "contradict each other"),
        ("device-list/MDM-LT-1", Indeterminate, "contradict each other"),
    ];
    check(&disputed, procedure, 1, &others);
    // By another revision it was in care.
    disputed.records.media[0].value.registered = Some(at("2026-07-12"));
    disputed.records.media[0].value.first_used = None;
    check(&disputed, procedure, 1, &others);
}
