//! Systems that went out of use, and resources of systems that were moved.

use super::copy::{Copies, Copy};
use super::deletion::{self, Deletion};
use super::{AFTER, BEFORE, When, about, dated, rationale, retention, when};
use crate::evaluate::assurance::Assurance;
use crate::evaluate::context::Context;
use crate::evaluate::facts::{both, register};
use crate::evaluate::place::Place;
use crate::evaluate::systems::row_is_in_doubt;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::ids::ResourceId;
use crate::model::records::Observed;
use crate::model::records::governance::{Ephi, System};
use crate::model::source::Source;
use crate::model::time::{Instant, day_of};

const COPY: &str = "a usable exact copy of the 24 hours before, or an approved reason why none was needed";
const RECORD: &str = "the deletion of what held ePHI is on record";

/// Something that happened to a system.
struct Happening<'a> {
    /// `retired`, or `moved` with its day.
    name: String,
    when: When,
    /// What was left behind.
    resources: Vec<&'a ResourceId>,
    /// Whether the resource is the same one, moved by its provider.
    stays: bool,
}

/// Examines every system; says whether anything happened to one, or may have.
pub(super) fn examine(context: &Context<'_>, builder: &mut FindingBuilder) -> bool {
    let copies = Copies::of(context);
    // An inventory without a system says nothing of any.
    let mut any = context.records.systems.is_empty();
    for row in &context.records.systems {
        if row_is_in_doubt(builder, context, row, row.value.id.as_str()) {
            any = true;
            continue;
        }
        if !row.value.holds_ephi() {
            continue;
        }
        for happening in happenings(context, row) {
            any = true;
            judge(context, &copies, row, happening, builder);
        }
    }
    any
}

fn happenings<'a>(context: &Context<'_>, row: &'a Observed<System>) -> Vec<Happening<'a>> {
    let system = &row.value;
    let what = format!("the retirement of {}", system.id);
    let retired = system
        .decommissioned
        .and_then(|at| when(context, row, Some(at), &what));
    let retired = retired.map(|when| Happening {
        name: "retired".to_owned(),
        when,
        resources: system.resources.iter().collect(),
        stays: false,
    });
    let moves = system.migrations.iter().filter_map(|migration| {
        let day = migration.at.map(|at| day_of(at, context.scope.period.zone()));
        Some(Happening {
            name: day.map_or("moved".to_owned(), |day| format!("moved/{day}")),
            when: when(context, row, migration.at, &format!("the move of {}", system.id))?,
            resources: vec![&migration.from],
            stays: migration.to.as_ref() == Some(&migration.from),
        })
    });
    retired.into_iter().chain(moves).collect()
}

fn judge(
    context: &Context<'_>,
    copies: &Copies<'_>,
    row: &Observed<System>,
    happening: Happening<'_>,
    builder: &mut FindingBuilder,
) {
    let system = &row.value;
    let id = |part: &str| format!("{}/{}/{part}", system.id, happening.name);
    let seen = Evidence::of(&row.citation);
    let what = format!("{} was moved", system.id);
    let Some(at) = dated(happening.when, id("date"), &what, seen.clone(), builder) else {
        return;
    };
    if happening.resources.is_empty() {
        let reason = "the inventory names no resource of the system";
        return builder.indeterminate(id("resources"), reason, "the resources that it had", seen);
    }
    for resource in happening.resources {
        before(
            context,
            copies.before(system, resource, at),
            row,
            at,
            &id("before"),
            builder,
        );
        after(context, row, resource, at, happening.stays, &id("after"), builder);
    }
    builder.only_about(&id("before"), &about(BEFORE));
    builder.only_about(&id("after"), &about(AFTER));
    if happening.name == "retired" {
        retention::judge(context, row, at, &id("retention"), builder);
    }
}

/// A usable exact copy, or an approved reason why none was needed.
fn before(
    context: &Context<'_>,
    copy: Copy,
    row: &Observed<System>,
    at: Instant,
    id: &str,
    builder: &mut FindingBuilder,
) {
    let seen = Evidence::of(&row.citation);
    if let Copy::There(proof @ Ok(_), found) = &copy {
        return builder.supported_if(id, proof, seen.and(found.clone()));
    }
    if let Some(reason) = rationale::of_system(context, row, at) {
        builder.observe(reason.said, reason.evidence.clone());
        return builder.supported_if(id, &reason.proof, seen.and(reason.evidence));
    }
    match copy {
        Copy::There(proof, found) => builder.supported_if(id, &proof, seen.and(found)),
        Copy::Open(reason, found) => {
            builder.indeterminate(id, reason, COPY, found.into_iter().fold(seen, Evidence::and));
        }
        Copy::Unproven(gaps) => builder.gap(id, &gaps, Some(seen)),
        Copy::Lacking(condition, found) => match register(context, Source::Tickets) {
            Err(gaps) => builder.gap(id, &gaps, Some(seen.and(found))),
            Ok(_) if row.value.ephi == Ephi::Unknown => {
                let reason = format!("{condition}, and nobody has said whether the system held ePHI");
                builder.indeterminate(id, reason, "whether it held ePHI", seen.and(found));
            }
            Ok(tickets) => {
                let condition = format!("{condition}; no approved reason says that none was needed");
                let seen = seen.and(found).and(Evidence::absence_in(&tickets));
                builder.exception(id, Severity::High, condition, COPY, seen);
            }
        },
    }
}

/// The deletion of a resource, and current assurance that its provider disposes of its media.
fn after(
    context: &Context<'_>,
    row: &Observed<System>,
    resource: &ResourceId,
    at: Instant,
    stays: bool,
    id: &str,
    builder: &mut FindingBuilder,
) {
    let seen = Evidence::of(&row.citation);
    let resolves = "a record of the deletion or sanitisation";
    let Some(place) = Place::of(resource, Some(&row.value)) else {
        let reason = format!("{resource} does not say in which account and region it was");
        return builder.indeterminate(id, reason, resolves, seen);
    };
    let told: (Result<Proof, Vec<Gap>>, Evidence) = if stays {
        (register(context, Source::SystemsInventory), seen)
    } else {
        match deletion::of(context, resource, &place, at) {
            Deletion::Told(proof, found) => (proof, seen.and(found)),
            Deletion::Untold(condition, found) if row.value.ephi == Ephi::Unknown => {
                let reason = format!("{condition}; nobody has said whether the system held ePHI");
                return builder.indeterminate(id, reason, resolves, seen.and(found));
            }
            Deletion::Untold(condition, found) => {
                return builder.exception(id, Severity::High, condition, RECORD, seen.and(found));
            }
            Deletion::Open(reason, found) => {
                let seen = found.into_iter().fold(seen, Evidence::and);
                return builder.indeterminate(id, reason, resolves, seen);
            }
            Deletion::Unproven(gaps) => return builder.gap(id, &gaps, Some(seen)),
        }
    };
    let assurance = Assurance::of(context, place.provider);
    let (proof, seen) = told;
    match (assurance.found, assurance.register) {
        (Some(report), register) => {
            builder.supported_if(
                id,
                &both(proof, register),
                seen.and(Evidence::of(&report.citation)),
            );
        }
        (None, Err(gaps)) => builder.gap(id, &gaps, Some(seen)),
        (None, Ok(searched)) => {
            let reason = "how the provider disposes of its media is only asserted: no reviewed report covers the period";
            let resolves = "a SOC 2 report or ISO certificate of the provider for the period, reviewed";
            builder.indeterminate(id, reason, resolves, seen.and(Evidence::absence_in(&searched)));
        }
    }
}
