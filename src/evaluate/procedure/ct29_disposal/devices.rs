//! Media of the register that were disposed of, or passed from one person to another. Who is in the roster is a person;
//! any other holder (`stock`, `safe`) is a place.
//!
//! A record of sanitisation or disposal has a date, a method, a person and a certificate. A re-use needs one between the
//! day on which the person before gave the medium away and the moment at which the next one got it.

use super::{AFTER, BEFORE, HARDWARE, When, about, dated, rationale, said, when};
use crate::evaluate::context::Context;
use crate::evaluate::facts::{doubt, register};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::governance::{Ephi, Medium, Movement};
use crate::model::source::Source;
use crate::model::time::{Instant, day_of, show};

const RECORD: &str = "media are sanitised or destroyed, with method, date, person and certificate";

/// What happened to the media.
#[derive(Default)]
pub(super) struct Media {
    /// Anything, or it may have.
    pub(super) any: bool,
    /// Anything to equipment, or it may have.
    pub(super) hardware: bool,
}

/// Something that happened to a medium.
enum Happening<'a> {
    Disposed,
    /// Given away by a person, and got by another.
    Passed {
        from: &'a str,
        given: Instant,
        to: &'a str,
    },
    /// Moved to nobody knows whom.
    Somewhere,
}

/// Examines every medium of the register.
pub(super) fn examine(context: &Context<'_>, builder: &mut FindingBuilder) -> Media {
    let mut media = Media::default();
    for row in &context.records.media {
        let medium = &row.value;
        let id = medium.id.as_str();
        if let Some(doubt) = doubt(context.records, row, &[id]) {
            builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
        } else {
            let happenings = happenings(context, row);
            if happenings.is_empty() {
                continue;
            }
            for (happening, when) in happenings {
                judge(context, row, &happening, when, builder);
            }
        }
        media.any = true;
        media.hardware |= medium.is_equipment();
    }
    media
}

fn happenings<'a>(context: &Context<'_>, row: &'a Observed<Medium>) -> Vec<(Happening<'a>, When)> {
    let medium = &row.value;
    let mut found = Vec::new();
    if let Some(disposal) = &medium.disposal {
        let when = when(
            context,
            row,
            disposal.at,
            &format!("the disposal of {}", medium.id),
        );
        found.extend(when.map(|when| (Happening::Disposed, when)));
    }
    let roster = &context.records.roster;
    let is_person = |name: &str| roster.iter().any(|holder| holder.value.person == name);
    let mut moved: Vec<&Movement> = medium.movements.iter().collect();
    moved.sort_by_key(|movement| movement.at);
    // The person who had it last, and when they gave it away as far as that is on record.
    let mut last: Option<(&str, Instant)> = None;
    for movement in moved {
        let mut at_the_move = |happening| {
            let when = when(
                context,
                row,
                Some(movement.at),
                &format!("a movement of {}", medium.id),
            );
            found.extend(when.map(|when| (happening, when)));
        };
        if is_person(&movement.from) {
            last = Some((&movement.from, movement.at));
        }
        if movement.to.trim().is_empty() {
            at_the_move(Happening::Somewhere);
        }
        if !is_person(&movement.to) {
            continue;
        }
        if let Some((from, given)) = last.filter(|(from, _)| *from != movement.to) {
            let to = movement.to.as_str();
            at_the_move(Happening::Passed { from, given, to });
        }
        last = Some((&movement.to, movement.at));
    }
    found
}

fn judge(
    context: &Context<'_>,
    row: &Observed<Medium>,
    happening: &Happening<'_>,
    when: When,
    builder: &mut FindingBuilder,
) {
    let medium = &row.value;
    let seen = Evidence::of(&row.citation);
    let name = match happening {
        Happening::Disposed => "disposed".to_owned(),
        Happening::Passed { to, .. } => format!("passed-to-{to}"),
        Happening::Somewhere => "moved".to_owned(),
    };
    let id = |part: &str| format!("{}/{name}/{part}", medium.id);
    let what = format!("{} was disposed of", medium.id);
    let Some(at) = dated(when, id("date"), &what, seen.clone(), builder) else {
        return;
    };
    if medium.is_equipment() {
        before(context, row, at, &id("before"), builder);
    }
    let after = id("after");
    match record(context, medium, happening, at) {
        Record::Whole => builder.supported_if(&*after, &register(context, Source::MediaRegister), seen),
        Record::Partial(reason) => {
            builder.indeterminate(&*after, reason, "method, date, person and certificate", seen);
        }
        Record::Missing(condition) => builder.exception(&*after, Severity::High, condition, RECORD, seen),
    }
    let statements = if medium.is_equipment() { HARDWARE } else { AFTER };
    builder.only_about(&after, &about(statements));
}

/// Nothing to copy, for a reason on record; or an approved reason why no copy was needed.
fn before(
    context: &Context<'_>,
    row: &Observed<Medium>,
    at: Instant,
    id: &str,
    builder: &mut FindingBuilder,
) {
    let medium = &row.value;
    let seen = Evidence::of(&row.citation);
    if medium.ephi == Some(Ephi::None) && said(medium.ephi_basis.as_ref()) {
        builder.supported_if(id, &register(context, Source::MediaRegister), seen);
    } else if let Some(reason) = rationale::of(context, &medium.id, at) {
        builder.observe(reason.said, reason.evidence.clone());
        builder.supported_if(id, &reason.proof, seen.and(reason.evidence));
    } else {
        let reason = format!(
            "the register does not show that {} held no ePHI, no approved reason says that no copy was needed, and copies \
             of devices are collected nowhere",
            medium.id
        );
        let resolves = "what shows that it held no ePHI, or an approved reason why no copy was needed";
        builder.indeterminate(id, reason, resolves, seen);
    }
    builder.only_about(id, &about(BEFORE));
}

enum Record {
    Whole,
    Partial(String),
    Missing(String),
}

/// The record of the disposal, or of the sanitisation between two persons.
fn record(context: &Context<'_>, medium: &Medium, happening: &Happening<'_>, at: Instant) -> Record {
    let id = &medium.id;
    let zone = context.scope.period.zone();
    let parts = |parts: [Option<&String>; 3]| parts.into_iter().filter(|part| said(*part)).count();
    match happening {
        Happening::Disposed => {
            let disposal = medium.disposal.as_ref().expect("invariant: it was disposed of");
            match parts([
                disposal.method.as_ref(),
                disposal.certificate.as_ref(),
                disposal.by.as_ref(),
            ]) {
                3 => Record::Whole,
                0 => Record::Missing(format!(
                    "{id} was disposed of at {}, without a record of how",
                    show(at)
                )),
                _ => Record::Partial(format!(
                    "the record of the disposal of {id} lacks method, person or certificate"
                )),
            }
        }
        Happening::Passed { from, given, to } => {
            let given = day_of(*given, zone);
            let between = medium.sanitisations.iter();
            let between = between.filter(|one| given <= day_of(one.at, zone) && one.at <= at);
            let best =
                between.map(|one| parts([one.method.as_ref(), one.certificate.as_ref(), one.by.as_ref()]));
            match best.max() {
                Some(3) => Record::Whole,
                Some(_) => Record::Partial(format!(
                    "the record of the sanitisation of {id} lacks method, person or certificate"
                )),
                None => Record::Missing(format!(
                    "{id} passed from {from} to {to} at {}, and was not sanitised between",
                    show(at)
                )),
            }
        }
        Happening::Somewhere => Record::Partial(format!(
            "the register does not say to whom {id} went at {}: it may have been another person",
            show(at)
        )),
    }
}
