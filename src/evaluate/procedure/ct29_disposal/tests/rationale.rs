//! The approved reason why no copy was needed.

use super::copies::{BEFORE, without_backup};
use super::{NO_DEVICE, WENT, but};
use crate::evaluate::procedure::ct29_disposal::disposal;
use crate::evaluate::testing::backups::ticket;
use crate::evaluate::testing::{World, at, check};
use crate::model::finding::State::{Exception, Indeterminate};
use crate::model::records::governance::{Exemption, Ticket};
use crate::model::source::Source;

/// A note that no copy was needed; everything before the event goes without a copy.
fn noted(change: impl Fn(&mut Ticket)) -> World {
    let mut world = without_backup();
    let mut note = ticket("orders", "2026-07-03", Some("2026-07-04"), None);
    note.kind = "backup_not_needed".to_owned();
    change(&mut note);
    world.add_ticket(note);
    world
}

#[test]
fn an_approved_reason_stands_in_for_a_copy() {
    let approved = |when: &'static str| noted(move |note| note.approved = Some(at(when)));
    check(&approved("2026-07-05T14:59:59Z"), disposal, 3, &[NO_DEVICE]);
    let none = "no approved reason says that none was needed";
    but(&approved(WENT), BEFORE, Exception, none);
    let closed = |when: &'static str| noted(move |note| note.closed = Some(at(when)));
    check(&closed(WENT), disposal, 3, &[NO_DEVICE]);
    but(&closed("2026-07-05T14:59:59Z"), BEFORE, Exception, none);
    let both = noted(|note| note.refs.push("invoices".to_owned()));
    check(&both, disposal, 3, &[NO_DEVICE]);
    let refused: [fn(&mut Ticket); 8] = [
        |note| note.approved = None,
        |note| note.approved_by = Some(" P-007".to_owned()),
        |note| note.approved_by = Some("p-007".to_owned()),
        |note| note.approved_by = Some(" ".to_owned()),
        |note| note.kind = "change".to_owned(),
        |note| note.title = String::new(),
        |note| note.refs = vec!["invoices".to_owned()],
        |note| note.refs.clear(),
    ];
    for (n, change) in refused.into_iter().enumerate() {
        let world = noted(change);
        assert_eq!(world.run(disposal).state(), Exception, "note {n}");
    }
    let mut disputed = noted(|_| {});
    disputed.add_conflict(Source::Tickets, "T-orders");
    but(&disputed, BEFORE, Exception, none);
    let mut unproven = noted(|_| {});
    unproven.unprove_all(Source::Tickets);
    but(&unproven, BEFORE, Indeterminate, "tickets");
    let mut unread = without_backup();
    unread.unprove_all(Source::Tickets);
    but(&unread, BEFORE, Indeterminate, "tickets");
}

#[test]
fn an_exemption_in_force_is_an_approved_reason() {
    let exempt = |until: Option<&str>| {
        let mut world = without_backup();
        let exemption = Exemption {
            rationale: "rebuilt from code".to_owned(),
            approved_by: "p-001".to_owned(),
            approved_at: at("2026-01-01"),
            from: at("2026-01-01"),
            until: until.map(at),
        };
        world.change_system(|system| system.exemption = Some(exemption));
        world
    };
    check(&exempt(None), disposal, 3, &[NO_DEVICE]);
    but(&exempt(Some(WENT)), BEFORE, Exception, "no backup of orders");
}
