//! Devices that a list from elsewhere (device management, purchases) has no more in use: the media register has to tell how
//! they ended. Its own record of a disposal is an item of [`super::devices`].

use super::{AFTER, HARDWARE, When, about, said, when};
use crate::evaluate::context::Context;
use crate::evaluate::facts::{doubt, register};
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::records::Observed;
use crate::model::records::governance::{ListedDevice, Medium, Sanitisation};
use crate::model::source::Source;
use crate::model::time::{Instant, day_of, show};

/// Examines every device of the list; says whether one went out of use in the period, or may have.
pub(super) fn examine(context: &Context<'_>, builder: &mut FindingBuilder) -> bool {
    let mut any = false;
    for row in &context.records.listed_devices {
        let device = &row.value;
        let id = format!("device-list/{}", device.id);
        if let Some(doubt) = doubt(context.records, row, &[device.id.as_str()]) {
            builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
            any = true;
            continue;
        }
        let what = format!("the retirement of {}", device.id);
        match device.retired.and_then(|at| when(context, row, Some(at), &what)) {
            None | Some(When::Unsaid) => continue,
            Some(When::Doubtful(doubt)) => {
                builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence)
            }
            Some(When::At(at)) => judge(context, row, at, &id, builder),
        }
        any = true;
    }
    any
}

/// The row of the register for a device: by its tag, or by its own id where the list has none.
fn medium<'a>(context: &Context<'a>, device: &ListedDevice) -> Option<&'a Observed<Medium>> {
    let tag = device.medium.as_deref().unwrap_or(&device.id);
    context.records.media.iter().find(|row| row.value.id == tag)
}

fn judge(
    context: &Context<'_>,
    row: &Observed<ListedDevice>,
    at: Instant,
    id: &str,
    builder: &mut FindingBuilder,
) {
    let device = &row.value;
    let found = medium(context, device);
    let seen = Evidence::of(&row.citation);
    let seen = found
        .iter()
        .fold(seen, |all, medium| all.and(Evidence::of(&medium.citation)));
    if let Some(doubt) = found.and_then(|medium| doubt(context.records, medium, &[medium.value.id.as_str()]))
    {
        builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
    } else if found.is_some_and(|medium| tells_the_end(context, &medium.value, at)) {
        builder.supported_if(id, &register(context, Source::MediaRegister), seen);
    } else {
        let reason = format!(
            "{} has {} out of use since {}, and the media register shows neither a disposal nor a sanitisation since",
            device.list,
            device.id,
            show(at)
        );
        builder.indeterminate(
            id,
            reason,
            "the record of its disposal, or where it is kept",
            seen,
        );
    }
    let equipment = found.is_none_or(|medium| medium.value.is_equipment());
    builder.only_about(id, &about(if equipment { HARDWARE } else { AFTER }));
}

/// Whether the register has a disposal, or a whole record of a sanitisation on the day when the device went out of use or
/// later.
fn tells_the_end(context: &Context<'_>, medium: &Medium, at: Instant) -> bool {
    let zone = context.scope.period.zone();
    let whole = |one: &Sanitisation| {
        [&one.method, &one.certificate, &one.by]
            .into_iter()
            .all(|part| said(part.as_ref()))
    };
    let mut wiped = medium.sanitisations.iter();
    medium.disposal.is_some() || wiped.any(|one| day_of(at, zone) <= day_of(one.at, zone) && whole(one))
}
