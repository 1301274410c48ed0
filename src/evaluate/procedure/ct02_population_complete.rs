//! CT-02: the population of systems is complete, owned, classified and categorised (policy 6.2(1), 6.3, 13.0, 13.5.2).
//!
//! Items: each row of the inventory in use in the period; each resource of the independent listing that can hold data, or
//! that a tag says holds ePHI, and that no such row names; each critical class of policy 13.5.2. Rows and listing are joined both ways by resource id. What the
//! listing holds and the inventory lacks is judged by its tag `ephi`, whatever its case: `yes`, `true`, `stores`,
//! `processes` and `transmits` say that it holds ePHI, `no`, `false` and `none` that it does not, and anything else that
//! nobody knows.

use std::collections::BTreeMap;

mod strangers;

use self::strangers::examine_strangers;
use crate::evaluate::context::Context;
use crate::evaluate::duty::{alive, refuse_empty_inventory};
use crate::evaluate::grounds::{Grounds, examined};
use crate::evaluate::systems::row_doubt;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::{ResourceId, StatementId, TestId};
use crate::model::records::Observed;
use crate::model::records::backups::CloudResource;
use crate::model::records::governance::{Ephi, Hosting, System, SystemClass};
use crate::model::source::Source;
use crate::model::time::show;

/// The statements about the critical classes.
const CLASSES: [&str; 2] = ["DR-13.0-6", "DR-13.5.2-1"];

/// Concludes CT-02.
pub(super) fn population_complete(context: &Context<'_>, test: TestId) -> Finding {
    let records = context.records;
    let register = records
        .coverage
        .prove_register(Source::SystemsInventory, context.scope.as_of);
    let sources = [Source::CloudResourceListing];
    let grounds = Grounds::of(&records.coverage, &sources, examined(context.scope));
    let basis = grounds
        .basis
        .clone()
        .and_then(|proven| Ok(proven.and(register.clone()?)));
    let mut builder = FindingBuilder::new(
        test,
        "inventory rows, unlisted resources and critical classes",
        basis,
    );
    let (doubtful, rows): (Vec<_>, Vec<_>) = records
        .systems
        .iter()
        .map(|row| (row, row_doubt(context, row)))
        .partition(|(_, doubt)| doubt.is_some());
    for (row, doubt) in doubtful {
        let Some(doubt) = doubt else { continue };
        builder.indeterminate(
            row.value.id.as_str(),
            doubt.reason,
            doubt.resolves,
            doubt.evidence,
        );
    }
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(row, _)| row)
        .filter(|row| alive(&row.value, &examined(context.scope)))
        .collect();
    let listed: BTreeMap<_, _> = records
        .resources
        .iter()
        .map(|resource| (&resource.value.id, resource))
        .collect();
    for row in &rows {
        examine_row(context, row, &listed, &register, &mut builder);
    }
    examine_strangers(context, &register, &mut builder);
    examine_classes(context, &rows, &register, &mut builder);
    refuse_empty_inventory(context, &mut builder);
    grounds.mark(&mut builder);
    builder.finish("there is no system and no resource")
}

fn examine_row(
    context: &Context<'_>,
    row: &Observed<System>,
    listed: &BTreeMap<&ResourceId, &Observed<CloudResource>>,
    register: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let system = &row.value;
    let seen = system
        .resources
        .iter()
        .filter_map(|resource| listed.get(resource));
    let evidence = seen.fold(Evidence::of(&row.citation), |all, seen| {
        all.and(Evidence::of(&seen.citation))
    });
    let id = system.id.as_str();
    let faults = faults(system);
    if !faults.is_empty() {
        let criterion = "a system that holds ePHI has an owner and the classification confidential";
        return builder.exception(id, Severity::High, faults.join("; "), criterion, evidence);
    }
    let open = open_questions(context, system, listed);
    if open.is_empty() {
        builder.supported_if(id, register, evidence);
    } else {
        let resolves = "a complete, current row of the inventory that agrees with the independent listing";
        builder.indeterminate(id, open.join("; "), resolves, evidence);
    }
}

/// What contradicts the policy.
fn faults(system: &System) -> Vec<String> {
    let mut faults = Vec::new();
    if matches!(system.ephi, Ephi::None | Ephi::Unknown) {
        return faults;
    }
    if is_blank(&system.owner) {
        faults.push("the system holds ePHI and has no owner".to_owned());
    }
    if let Some(other) = system.classification.as_deref().map(str::trim)
        && !other.is_empty()
        && !other.eq_ignore_ascii_case("confidential")
    {
        faults.push(format!("the system holds ePHI and is classified {other}"));
    }
    faults
}

/// What nobody can tell from the row, or from the listing beside it.
fn open_questions(
    context: &Context<'_>,
    system: &System,
    listed: &BTreeMap<&ResourceId, &Observed<CloudResource>>,
) -> Vec<String> {
    let mut open = Vec::new();
    let missing = [
        ("owner", is_blank(&system.owner)),
        ("role of the owner", is_blank(&system.owner_role)),
        ("backup method", system.backup_method.is_none()),
        (
            "classification",
            system.ephi != Ephi::None && is_blank(&system.classification),
        ),
    ];
    let missing: Vec<_> = missing
        .iter()
        .filter(|(_, missing)| *missing)
        .map(|(name, _)| *name)
        .collect();
    if !missing.is_empty() {
        open.push(format!("the row does not say: {}", missing.join(", ")));
    }
    if system.ephi == Ephi::Unknown {
        open.push("nobody has said whether the system holds ePHI".to_owned());
    }
    if system.as_of < context.scope.period.start() {
        open.push(format!("the row is of {}, before the period", show(system.as_of)));
    }
    if matches!(system.hosting, Hosting::Aws | Hosting::Atlas) {
        let unseen = system
            .resources
            .iter()
            .filter(|resource| !listed.contains_key(resource));
        open.extend(unseen.map(|resource| format!("the independent listing never showed {resource}")));
        if system.resources.is_empty() {
            open.push("the row names no resource".to_owned());
        }
    }
    open
}

fn is_blank(text: &Option<String>) -> bool {
    text.as_deref().is_none_or(|text| text.trim().is_empty())
}

/// Each critical class has a system in use, or a dated and approved statement that it has none.
fn examine_classes(
    context: &Context<'_>,
    rows: &[&Observed<System>],
    register: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let about = CLASSES.map(|id| {
        id.parse::<StatementId>()
            .expect("invariant: a statement id of the catalogue")
    });
    for class in SystemClass::CRITICAL {
        let id = format!("class/{}", class.as_str());
        let of_class = rows
            .iter()
            .filter(|row| row.value.class == class)
            .map(|row| &row.citation);
        let unused = context.records.standing_unused_classes().filter(|statement| {
            let statement = &statement.value;
            statement.class == class
                && statement.approved_at < context.scope.as_of
                && !statement.approved_by.trim().is_empty()
        });
        let evidence =
            Evidence::all(of_class).or_else(|| Evidence::all(unused.map(|statement| &statement.citation)));
        match (evidence, register) {
            (Some(evidence), register) => builder.supported_if(&id, register, evidence),
            (None, Err(gaps)) => builder.gap(&id, gaps, None),
            (None, Ok(searched)) => {
                let condition = format!(
                    "no {} is in the inventory, and nobody stated that none is in use",
                    class.as_str()
                );
                let criterion = "each critical class has a system, or a dated statement that it is not used";
                builder.exception(
                    &id,
                    Severity::High,
                    condition,
                    criterion,
                    Evidence::absence_in(searched),
                );
            }
        }
        builder.only_about(&id, &about);
    }
}

#[cfg(test)]
mod tests;
