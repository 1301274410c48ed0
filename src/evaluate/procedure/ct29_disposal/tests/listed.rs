//! Devices that a list from elsewhere has out of use.

use super::media::{disposed, wiped, with};
use super::{NOTHING, WENT};
use crate::evaluate::procedure::ct29_disposal::disposal;
use crate::evaluate::testing::{World, at, check};
use crate::evaluate::testing_contingency::listed;
use crate::model::finding::State::Indeterminate;
use crate::model::records::governance::{Medium, Sanitisation};
use crate::model::source::Source;

/// The device management has the laptop out of use since 5 July.
fn retired_on_the_list(change: impl Fn(&mut Medium)) -> World {
    let mut world = with(change);
    let mut device = listed("LT-1");
    device.retired = Some(at(WENT));
    world.add_listed(device);
    world
}

#[test]
fn the_register_tells_how_a_device_that_a_list_has_out_of_use_ended() {
    let id = "device-list/MDM-LT-1";
    let silent = retired_on_the_list(|_| {});
    let words = "out of use since 2026-07-05T15:00:00Z, and the media register shows neither";
    check(&silent, disposal, 0, &[(id, Indeterminate, words)]);
    let told = retired_on_the_list(|medium| medium.disposal = Some(disposed(Some(WENT))));
    check(&told, disposal, 3, &[]);
    let wiped_on =
        |when: &'static str| retired_on_the_list(move |medium| medium.sanitisations = vec![wiped(when)]);
    check(&wiped_on("2026-07-05"), disposal, 1, &[]);
    check(
        &wiped_on("2026-07-04T23:59:59Z"),
        disposal,
        0,
        &[(id, Indeterminate, words)],
    );
    let partial = retired_on_the_list(|medium| {
        medium.sanitisations = vec![Sanitisation {
            by: None,
            ..wiped(WENT)
        }];
    });
    check(&partial, disposal, 0, &[(id, Indeterminate, words)]);
    let mut untagged = retired_on_the_list(|medium| medium.sanitisations = vec![wiped(WENT)]);
    let device = &mut untagged.records.listed_devices[0].value;
    (device.medium, device.id) = (None, "LT-1".to_owned());
    check(&untagged, disposal, 1, &[]);
    let mut unknown = retired_on_the_list(|_| {});
    unknown.records.media.clear();
    let finding = check(&unknown, disposal, 0, &[(id, Indeterminate, words)]);
    // What the register does not know is taken for a device, until it says otherwise.
    let hardware = super::super::about(super::super::HARDWARE);
    assert_eq!(finding.items()[0].statements(), hardware);
    let bucket = retired_on_the_list(|medium| medium.kind = "export_bucket".to_owned());
    let finding = bucket.run(disposal);
    let item = finding.items().iter().find(|item| item.id() == id);
    assert_eq!(
        item.expect("the item").statements(),
        super::super::about(&["DM-6.3-1b"])
    );
}

#[test]
fn a_device_of_the_list_counts_when_it_went_in_the_period() {
    let on = |when: &'static str| {
        let mut world = retired_on_the_list(|_| {});
        world.records.listed_devices[0].value.retired = Some(at(when));
        world
    };
    let id = "device-list/MDM-LT-1";
    check(&on("2026-06-30T23:59:59Z"), disposal, 0, &NOTHING);
    check(
        &on("2026-07-01"),
        disposal,
        0,
        &[(id, Indeterminate, "out of use since")],
    );
    check(&on("2026-07-11"), disposal, 0, &NOTHING);
    let mut ahead = on(WENT);
    ahead.records.listed_devices[0].last_seen = at("2026-07-05T14:54:59Z");
    check(&ahead, disposal, 0, &[(id, Indeterminate, "after the answer")]);
    let mut disputed = with(|_| {});
    disputed.add_listed(listed("LT-1"));
    check(&disputed, disposal, 0, &NOTHING);
    disputed.add_conflict(Source::DeviceList, "MDM-LT-1");
    check(
        &disputed,
        disposal,
        0,
        &[(id, Indeterminate, "contradict each other")],
    );
    let mut doubtful = retired_on_the_list(|medium| medium.disposal = Some(disposed(Some(WENT))));
    doubtful.add_conflict(Source::MediaRegister, "LT-1");
    let both = [
        ("LT-1", Indeterminate, "contradict each other"),
        (id, Indeterminate, "contradict each other"),
    ];
    check(&doubtful, disposal, 0, &both);
}
