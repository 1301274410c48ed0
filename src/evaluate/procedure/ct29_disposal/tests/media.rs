//! Media that were disposed of or passed on.

use super::{NOTHING, WENT, calm};
use crate::evaluate::procedure::ct29_disposal::disposal;
use crate::evaluate::testing::backups::ticket;
use crate::evaluate::testing::{World, at, check};
use crate::evaluate::testing_contingency::{laptop, moved};
use crate::evaluate::testing_governance::holder;
use crate::model::finding::State::{self, Exception, Indeterminate};
use crate::model::records::governance::{Disposal, Ephi, Medium, Sanitisation};
use crate::model::source::Source;

/// A disposal with its whole record.
pub(super) fn disposed(when: Option<&str>) -> Disposal {
    Disposal {
        at: when.map(at),
        method: Some("shredded".to_owned()),
        certificate: Some("SH-1".to_owned()),
        by: Some("p-010".to_owned()),
    }
}

pub(super) fn wiped(when: &str) -> Sanitisation {
    Sanitisation {
        at: at(when),
        method: Some("crypto-erase".to_owned()),
        certificate: Some("SA-1".to_owned()),
        by: Some("p-010".to_owned()),
    }
}

/// One laptop of p-006, changed; p-007 is in the roster too.
pub(super) fn with(change: impl Fn(&mut Medium)) -> World {
    let mut world = calm();
    for person in ["p-006", "p-007"] {
        world.add_holder(holder(person, "DevOps Engineer", "DevOps"));
    }
    let mut medium = laptop("LT-1");
    change(&mut medium);
    world.add_medium(medium);
    world
}

fn gone(change: impl Fn(&mut Disposal)) -> World {
    with(|medium| {
        let mut disposal = disposed(Some(WENT));
        change(&mut disposal);
        medium.disposal = Some(disposal);
    })
}

/// The laptop came back from p-006 on 3 July at noon, was wiped at `when`, and given to p-007 on 6 July at noon.
fn passed(when: &[&str]) -> World {
    with(|medium| {
        medium.movements.push(moved("2026-07-03T12:00", "p-006", "stock"));
        medium.movements.push(moved("2026-07-06T12:00", "stock", "p-007"));
        medium.sanitisations = when.iter().map(|when| wiped(when)).collect();
    })
}

#[track_caller]
fn one(world: &World, id: &str, state: State, words: &str) {
    check(world, disposal, 1, &[(id, state, words)]);
}

#[test]
fn a_disposal_has_method_certificate_and_person() {
    let world = gone(|_| {});
    let finding = check(&world, disposal, 2, &[]);
    let about = |n: usize| finding.items()[n].statements().to_vec();
    assert_eq!(about(0), super::super::about(&["DM-6.3-1b", "DR-13.5.3-3"]));
    assert_eq!(about(1), super::super::about(&["IM-310d2iv"]));
    let id = "LT-1/disposed/after";
    let blanks: [fn(&mut Disposal); 3] = [
        |record| record.method = None,
        |record| record.certificate = Some(" ".to_owned()),
        |record| record.by = None,
    ];
    for blank in blanks {
        one(
            &gone(blank),
            id,
            Indeterminate,
            "lacks method, person or certificate",
        );
    }
    let bare = gone(|record| (record.method, record.certificate, record.by) = (None, None, None));
    one(
        &bare,
        id,
        Exception,
        "disposed of at 2026-07-05T15:00:00Z, without a record of how",
    );
}

#[test]
fn a_disposal_counts_in_the_period_and_one_without_a_date_may_be_of_it() {
    let on = |when: &'static str| gone(move |record| record.at = Some(at(when)));
    check(&on("2026-06-30T23:59:59Z"), disposal, 0, &NOTHING);
    check(&on("2026-07-01"), disposal, 2, &[]);
    check(&on("2026-07-11"), disposal, 0, &NOTHING);
    let undated = gone(|record| record.at = None);
    let date = (
        "LT-1/disposed/date",
        Indeterminate,
        "nobody wrote down when LT-1 was disposed of",
    );
    check(&undated, disposal, 0, &[date]);
    let mut disputed = gone(|_| {});
    disputed.add_conflict(Source::MediaRegister, "LT-1");
    check(
        &disputed,
        disposal,
        0,
        &[("LT-1", Indeterminate, "contradict each other")],
    );
    let mut hidden = with(|_| {});
    hidden.records.media[0].stands = false;
    check(
        &hidden,
        disposal,
        0,
        &[("LT-1", Indeterminate, "does not hold LT-1")],
    );
}

#[test]
fn equipment_held_nothing_for_a_reason_or_somebody_approved_that_no_copy_was_needed() {
    let id = "LT-1/disposed/before";
    let holding = |ephi: Option<Ephi>| {
        let mut world = gone(|_| {});
        world.records.media[0].value.ephi = ephi;
        world
    };
    for ephi in [None, Some(Ephi::Unknown), Some(Ephi::Stores)] {
        one(
            &holding(ephi),
            id,
            Indeterminate,
            "copies of devices are collected nowhere",
        );
    }
    let mut unreasoned = gone(|_| {});
    unreasoned.records.media[0].value.ephi_basis = Some(String::new());
    one(
        &unreasoned,
        id,
        Indeterminate,
        "does not show that LT-1 held no ePHI",
    );
    let mut note = ticket("LT-1", "2026-07-03", Some("2026-07-04"), None);
    note.kind = "backup_not_needed".to_owned();
    unreasoned.add_ticket(note);
    check(&unreasoned, disposal, 2, &[]);
    unreasoned.unprove_all(Source::Tickets);
    one(&unreasoned, id, Indeterminate, "tickets");
}

#[test]
fn a_re_use_needs_a_sanitisation_between_the_two_persons() {
    let id = "LT-1/passed-to-p-007/after";
    for when in ["2026-07-03", "2026-07-04", "2026-07-06T12:00"] {
        check(&passed(&[when]), disposal, 2, &[]);
    }
    let none = "passed from p-006 to p-007 at 2026-07-06T12:00:00Z, and was not sanitised between";
    for when in [&[][..], &["2026-07-02T23:59:59Z"], &["2026-07-06T12:00:01Z"]] {
        one(&passed(when), id, Exception, none);
    }
    let mut partial = passed(&["2026-07-04"]);
    partial.records.media[0].value.sanitisations[0].certificate = None;
    one(
        &partial,
        id,
        Indeterminate,
        "record of the sanitisation of LT-1 lacks",
    );
    partial.records.media[0]
        .value
        .sanitisations
        .push(wiped("2026-07-05"));
    check(&partial, disposal, 2, &[]);
    let mut reversed = passed(&["2026-07-04"]);
    reversed.records.media[0].value.movements.reverse();
    check(&reversed, disposal, 2, &[]);
}

#[test]
fn from_hand_to_hand_is_a_re_use_and_to_a_place_or_back_is_none() {
    let handed = with(|medium| medium.movements.push(moved("2026-07-06T12:00", "p-006", "p-007")));
    one(
        &handed,
        "LT-1/passed-to-p-007/after",
        Exception,
        "was not sanitised between",
    );
    let kept = with(|medium| {
        medium.movements.push(moved("2026-07-03T12:00", "p-006", "stock"));
        medium.movements.push(moved("2026-07-06T12:00", "stock", "p-006"));
    });
    check(&kept, disposal, 0, &NOTHING);
    let before = with(|medium| medium.movements.push(moved("2026-06-30T12:00", "p-006", "p-007")));
    check(&before, disposal, 0, &NOTHING);
    let first = with(|medium| medium.movements[0].at = at("2026-07-02"));
    check(&first, disposal, 0, &NOTHING);
    let somewhere = with(|medium| medium.movements.push(moved("2026-07-06T12:00", "p-006", " ")));
    one(
        &somewhere,
        "LT-1/moved/after",
        Indeterminate,
        "does not say to whom LT-1 went",
    );
    let mut ahead = passed(&["2026-07-04"]);
    ahead.records.media[0].last_seen = at("2026-07-06T11:54:59Z");
    let date = (
        "LT-1/passed-to-p-007/date",
        Indeterminate,
        "after the answer that holds it",
    );
    check(&ahead, disposal, 0, &[date]);
}
