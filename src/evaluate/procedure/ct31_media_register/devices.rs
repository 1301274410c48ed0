//! The register against a list of devices that does not come from it: device management, personnel, purchases.

use std::collections::BTreeSet;

use super::{about, in_care};
use crate::evaluate::context::Context;
use crate::evaluate::facts::{Standing, both, doubt, register, standing};
use crate::evaluate::grounds::examined;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::governance::{ListedDevice, Medium};
use crate::model::source::Source;

/// Whether each device is registered is asked of the list as well: without it nobody can tell.
const STATEMENTS: [&str; 3] = ["DM-6.0-5", "DM-6.3-6", "DM-6.3-1a"];

/// Adds an item for each device that the list or the register has.
pub(super) fn reconcile(
    context: &Context<'_>,
    media: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let list = register(context, Source::DeviceList);
    let rows: Vec<_> = context
        .records
        .listed_devices
        .iter()
        .filter(|row| in_use(context, row))
        .collect();
    if rows.is_empty() {
        match &list {
            Ok(proof) => {
                let reason = "no independent list of devices is on record: that the register has them all can't be told";
                let resolves = "the devices by device management, personnel or purchases";
                builder.indeterminate("device-list", reason, resolves, Evidence::absence_in(proof));
            }
            Err(gaps) => builder.gap("device-list", gaps, None),
        }
        return builder.only_about("device-list", &about(&STATEMENTS));
    }
    let whole = both(media.clone(), list.clone());
    let mut found = BTreeSet::new();
    for row in rows {
        found.extend(compare(context, row, &whole, builder));
    }
    for row in &context.records.media {
        let medium = &row.value;
        let disposed = medium.disposal.is_some();
        if !medium.is_equipment()
            || disposed
            || !in_care(context, medium)
            || found.contains(medium.id.as_str())
        {
            continue;
        }
        let id = format!("device-list/{}", medium.id);
        let reason = format!(
            "no independent list has {}: such a list may lack others too",
            medium.id
        );
        let resolves = "the device in the list, or why it is not there";
        match &list {
            Ok(proof) => {
                let seen = Evidence::of(&row.citation).and(Evidence::absence_in(proof));
                builder.indeterminate(&*id, reason, resolves, seen);
            }
            Err(gaps) => builder.gap(&*id, gaps, Some(Evidence::of(&row.citation))),
        }
        builder.only_about(&id, &about(&STATEMENTS));
    }
}

/// Whether the list has the device in use at some time in the period.
fn in_use(context: &Context<'_>, row: &Observed<ListedDevice>) -> bool {
    let span = examined(context.scope);
    row.value.retired.is_none_or(|at| span.start() <= at)
        && standing(context, row.value.as_of, row) != Standing::NotYet
}

/// Compares one device with its row of the register; gives the id of the medium that it is.
fn compare<'a>(
    context: &Context<'a>,
    row: &'a Observed<ListedDevice>,
    whole: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) -> Option<&'a str> {
    let device = &row.value;
    let id = format!("device-list/{}", device.id);
    let seen = Evidence::of(&row.citation);
    let tag = device.medium.as_deref().unwrap_or(&device.id);
    let entry: Option<&Observed<Medium>> = context.records.media.iter().find(|entry| entry.value.id == tag);
    let named = format!("{} of the list of {}", device.id, device.list);
    if standing(context, device.as_of, row) == Standing::AheadOfItsListing {
        let reason = format!("{named} is dated after the answer that holds it");
        builder.indeterminate(&*id, reason, "the row with its true date", seen);
    } else if let Some(doubt) = doubt(context.records, row, &[&device.id]) {
        builder.indeterminate(&*id, doubt.reason, doubt.resolves, doubt.evidence);
    } else if let Some(entry) = entry {
        let seen = seen.and(Evidence::of(&entry.citation));
        let medium = &entry.value;
        let assigned = device.assigned_to.as_ref();
        if let Some(doubt) = doubt(context.records, entry, &[tag]) {
            builder.indeterminate(&*id, doubt.reason, doubt.resolves, doubt.evidence);
        } else if medium.disposal.is_some() && device.retired.is_none() {
            let reason = format!("{named} is in use by the list, and disposed of by the register");
            builder.indeterminate(&*id, reason, "which of the two is true", seen);
        } else if assigned.is_some() && assigned != medium.owner.as_ref() && medium.owner.is_some() {
            let reason = format!(
                "{named} belongs to {} by the list, to {} by the register",
                assigned.map_or("nobody", String::as_str),
                medium.owner.as_deref().unwrap_or("nobody")
            );
            builder.indeterminate(&*id, reason, "which of the two is true", seen);
        } else {
            builder.supported_if(&*id, whole, seen);
        }
    } else {
        match whole {
            Ok(proof) => {
                let condition = format!("{named} is not in the media register");
                let criterion = "the register has every device of the independent list";
                builder.exception(
                    &*id,
                    Severity::Medium,
                    condition,
                    criterion,
                    seen.and(Evidence::absence_in(proof)),
                );
            }
            Err(gaps) => builder.gap(&*id, gaps, Some(seen)),
        }
    }
    builder.only_about(&id, &about(&STATEMENTS));
    entry.map(|entry| entry.value.id.as_str())
}
