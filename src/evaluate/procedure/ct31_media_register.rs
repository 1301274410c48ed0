//! CT-31: the register of media and devices is complete and accountable (policy 6.0, 6.3(1), (2), (6)).
//!
//! Population: media and devices that were in the register's care at some time in the period, each for its owner, its
//! handling, its registration, its movements and, where it is equipment, its ePHI; beside them each device of the
//! independent list (`device-list/…`), and the hosting of the systems (`hosting`). That the organisation owns no equipment
//! that holds ePHI is a negative claim: it needs every device without ePHI, for a reason on record, and a list from
//! elsewhere that has no other devices.
//!
//! Indeterminate: what the register leaves open, and every negative claim without an independent list.

mod accountable;
mod devices;
mod movements;
mod registration;

use crate::evaluate::context::Context;
use crate::evaluate::facts::{both, doubt, register};
use crate::evaluate::grounds::examined;
use crate::evaluate::statements::about;
use crate::evaluate::systems::{in_use_at_end, refuse_empty_inventory, row_doubt};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::governance::{Ephi, Hosting, Medium};
use crate::model::source::Source;

/// Concludes CT-31.
pub(super) fn media_register(context: &Context<'_>, test: TestId) -> Finding {
    let basis = register(context, Source::MediaRegister);
    let unit =
        "media and devices, each for what the register says of it, and devices of the independent list";
    let mut builder = FindingBuilder::new(test, unit, basis.clone());
    for row in &context.records.media {
        let id = row.value.id.as_str();
        // By another revision it may have been in care.
        let moved = context.records.moved(Source::MediaRegister, id).when;
        if !(in_care(context, &row.value) || moved) {
            continue;
        }
        match doubt(context.records, row, &[id]) {
            Some(doubt) => builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence),
            None => examine(context, row, &basis, &mut builder),
        }
    }
    devices::reconcile(context, &basis, &mut builder);
    hosting(context, &mut builder);
    builder.finish("invariant: one item at least")
}

/// Whether a medium was not disposed of before the period, and is not only entered after it.
fn in_care(context: &Context<'_>, medium: &Medium) -> bool {
    let span = examined(context.scope);
    let gone = medium.disposal.as_ref().and_then(|disposal| disposal.at);
    let known = [medium.registered, medium.first_used].into_iter().flatten().min();
    gone.is_none_or(|at| span.start() <= at) && known.is_none_or(|at| at < span.end())
}

/// What an item concludes of one part of a medium's row.
enum Part {
    Good(Result<Proof, Vec<Gap>>, Evidence),
    Bad(String, &'static str),
    Open(String, &'static str),
}

fn examine(
    context: &Context<'_>,
    row: &Observed<Medium>,
    register: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let medium = &row.value;
    let seen = Evidence::of(&row.citation);
    let mut put = |name: &str, part: Part, statements: &[&str]| {
        let id = format!("{}/{name}", medium.id);
        let seen = seen.clone();
        match part {
            Part::Good(proof, more) => {
                builder.supported_if(&*id, &both(register.clone(), proof), seen.and(more))
            }
            Part::Bad(condition, criterion) => {
                builder.exception(&*id, Severity::Medium, condition, criterion, seen);
            }
            Part::Open(reason, resolves) => builder.indeterminate(&*id, reason, resolves, seen),
        }
        builder.only_about(&id, &about(statements));
    };
    put("owner", accountable::owner(context, row), &["DM-6.3-6"]);
    put("handling", handling(register, row), &["DM-6.3-2"]);
    put(
        "registered",
        registration::judge(context, register, row),
        &["DM-6.3-1a"],
    );
    put(
        "movements",
        movements::chain(context, register, row),
        &["DM-6.3-1b"],
    );
    match ephi(register, row) {
        Some(part) if medium.is_equipment() => put("ephi", part, &["DM-6.0-5"]),
        Some(part @ Part::Open(..)) => put("ephi", part, &["DM-6.3-2"]),
        _ => {}
    }
}

/// Classified, labelled and encrypted.
fn handling(register: &Result<Proof, Vec<Gap>>, row: &Observed<Medium>) -> Part {
    let medium = &row.value;
    let blank = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
    if medium.encrypted == Some(false) {
        return Part::Bad(format!("{} is not encrypted", medium.id), "media are encrypted");
    }
    let mut unsaid = Vec::new();
    for (what, lacks) in [
        ("whether it is encrypted", medium.encrypted.is_none()),
        ("its classification", blank(&medium.classification)),
        ("its label", blank(&medium.label)),
    ] {
        if lacks {
            unsaid.push(what);
        }
    }
    if unsaid.is_empty() {
        return Part::Good(register.clone(), Evidence::of(&row.citation));
    }
    let reason = format!(
        "the register does not say of {} {}",
        medium.id,
        unsaid.join(", nor ")
    );
    Part::Open(reason, "classification, label and encryption of the medium")
}

/// Without ePHI, for a reason. `None` for what may hold ePHI: media that are no equipment.
fn ephi(register: &Result<Proof, Vec<Gap>>, row: &Observed<Medium>) -> Option<Part> {
    let medium = &row.value;
    let basis = medium
        .ephi_basis
        .as_deref()
        .is_some_and(|basis| !basis.trim().is_empty());
    Some(match medium.ephi {
        Some(Ephi::None) if basis => Part::Good(register.clone(), Evidence::of(&row.citation)),
        Some(Ephi::None) if medium.is_equipment() => Part::Open(
            format!("that {} holds no ePHI is said without a reason", medium.id),
            "what the statement rests on: a scan, a setting that keeps data off it",
        ),
        Some(Ephi::Stores | Ephi::Processes | Ephi::Transmits) if medium.is_equipment() => Part::Bad(
            format!(
                "{} is owned equipment, and the register says that it handles ePHI",
                medium.id
            ),
            "the organisation owns no equipment that holds ePHI",
        ),
        None | Some(Ephi::Unknown) => Part::Open(
            format!("nobody has said whether {} holds ePHI", medium.id),
            "whether it holds ePHI, and what that rests on",
        ),
        Some(_) => return None,
    })
}

/// No system of the inventory stands on the organisation's own devices.
fn hosting(context: &Context<'_>, builder: &mut FindingBuilder) {
    let inventory = register(context, Source::SystemsInventory);
    let rows = in_use_at_end(context);
    let mut clean = true;
    for row in &rows {
        let id = format!("hosting/{}", row.value.id);
        let seen = Evidence::of(&row.citation);
        if let Some(doubt) = row_doubt(context, row) {
            builder.indeterminate(&*id, doubt.reason, doubt.resolves, doubt.evidence);
        } else if row.value.hosting == Hosting::Device {
            let condition = format!(
                "the inventory has {} on a device of the organisation's own",
                row.value.id
            );
            let criterion = "no system stands in the organisation's own premises";
            builder.exception(&*id, Severity::Medium, condition, criterion, seen);
        } else {
            continue;
        }
        clean = false;
        builder.only_about(&id, &about(&["DM-6.0-4"]));
    }
    if context.records.systems.is_empty() && inventory.is_ok() {
        refuse_empty_inventory(builder, context, &inventory);
        builder.only_about("inventory", &about(&["DM-6.0-4"]));
    } else if clean {
        match &inventory {
            Ok(proof) => builder.supported("hosting", proof, Evidence::absence_in(proof)),
            Err(gaps) => builder.gap("hosting", gaps, None),
        }
        builder.only_about("hosting", &about(&["DM-6.0-4"]));
    }
}

#[cfg(test)]
mod tests;
