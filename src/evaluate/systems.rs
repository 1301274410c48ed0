//! Which systems a test is about. The inventory decides.

use super::context::Context;
use super::facts::{Doubt, doubt};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::records::Observed;
use crate::model::records::governance::{Hosting, System};
use crate::model::time::Instant;

/// Whether the system is in use at `at`. An unknown day of onboarding does not exclude it.
pub fn in_use(system: &System, at: Instant) -> bool {
    system.onboarded.is_none_or(|from| from <= at) && system.decommissioned.is_none_or(|until| at < until)
}

/// Whether the system is an application system of policy 13.4: hosted in AWS or Atlas, critical or not and whatever it
/// does with ePHI.
pub fn is_application(system: &System) -> bool {
    matches!(system.hosting, Hosting::Aws | Hosting::Atlas)
}

/// The last moment that is judged: just before the as-of instant, or the period's end if that is earlier.
pub fn last_moment(context: &Context<'_>) -> Instant {
    super::grounds::examined(context.scope).end() - chrono::TimeDelta::milliseconds(1)
}

/// The systems in use at the last moment judged, in the order of their ids, with those whose row is in doubt: what it
/// says of their use may be what is wrong.
pub fn in_use_at_end<'a>(context: &Context<'a>) -> Vec<&'a Observed<System>> {
    let end = last_moment(context);
    let mut rows: Vec<_> = context
        .records
        .systems
        .iter()
        .filter(|row| in_use(&row.value, end) || row_doubt(context, row).is_some())
        .collect();
    rows.sort_by(|a, b| (&a.value.id, &a.citation).cmp(&(&b.value.id, &b.citation)));
    rows
}

/// What stands against the row of a system.
pub fn row_doubt(context: &Context<'_>, row: &Observed<System>) -> Option<Doubt> {
    doubt(context.records, row, &[row.value.id.as_str()])
}

/// Adds the INDETERMINATE item of a system whose row is in doubt; says whether it is. It comes before any other look at
/// the row, which may be wrong in what keeps it out of the population.
pub fn row_is_in_doubt(
    builder: &mut FindingBuilder,
    context: &Context<'_>,
    row: &Observed<System>,
    id: &str,
) -> bool {
    let doubt = row_doubt(context, row);
    let found = doubt.is_some();
    if let Some(doubt) = doubt {
        builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
    }
    found
}

/// An inventory without any system says nothing about anybody: no population at all.
pub fn refuse_empty_inventory(
    builder: &mut FindingBuilder,
    context: &Context<'_>,
    basis: &Result<Proof, Vec<Gap>>,
) {
    if let (true, Ok(proof)) = (context.records.systems.is_empty(), basis) {
        builder.indeterminate(
            "inventory",
            "the inventory holds no system",
            "an inventory of the systems in use",
            Evidence::absence_in(proof),
        );
    }
}
