//! What AWS Backup lists as protected against the systems of the inventory that it is to protect.

use std::collections::BTreeMap;

use super::{Known, still};
use crate::evaluate::context::Context;
use crate::evaluate::duty::alive;
use crate::evaluate::facts::both;
use crate::evaluate::grounds::examined;
use crate::evaluate::place::{Place, tail};
use crate::evaluate::procedure::ct01_evidence_complete::reconciliation::{
    Reconciliation, counted, evidence, proven,
};
use crate::model::records::Observed;
use crate::model::records::governance::{BackupMethod, System};
use crate::model::source::Source;

pub(in super::super) fn reconcile(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let known = Known::of(context, place);
    let span = examined(context.scope);
    let by_service = |row: &&&Observed<System>| {
        let method = row.value.backup_method == Some(BackupMethod::AwsBackup);
        method && alive(&row.value, &span)
    };
    let meant: BTreeMap<_, _> = known
        .systems
        .iter()
        .filter_map(|(resource, rows)| Some((*resource, *rows.iter().find(by_service)?)))
        .collect();
    let (mut explained, mut open, mut cited) = (Vec::new(), Vec::new(), Vec::new());
    for (resource, row) in meant
        .iter()
        .filter(|(resource, _)| !known.protected.contains_key(*resource))
    {
        let (name, system) = (tail(resource.as_str()), &row.value.id);
        if known.is_backed_up(resource) {
            open.push(format!(
                "{name} of {system} has recovery points and is not listed as protected"
            ));
        } else {
            explained.push(format!("{name} of {system} has no recovery point"));
        }
        cited.push(&row.citation);
    }
    for (resource, citation) in known
        .protected
        .iter()
        .filter(|(resource, _)| !meant.contains_key(*resource))
    {
        let name = tail(resource.as_str());
        match (known.systems.get(resource), known.given_up(resource)) {
            (None, _) => open.push(format!("{name} is protected, and the inventory does not know it")),
            (Some(_), Some(at)) => explained.push(still(name, at)),
            (Some(_), None) => {
                explained.push(format!(
                    "{name} is protected, although the inventory does not have AWS Backup as its method"
                ));
            }
        }
        cited.push(*citation);
    }
    let expected = context.records.coverage.expected().iter();
    let registers = expected.filter(|key| key.source == Source::SystemsInventory);
    let keys: Vec<_> = std::iter::once(&known.key).chain(registers).cloned().collect();
    let register = context
        .records
        .coverage
        .prove_register(Source::SystemsInventory, context.scope.as_of);
    (!known.protected.is_empty() || !meant.is_empty()).then(|| Reconciliation {
        name: "protected-inventory",
        left: counted(
            meant.len(),
            "resources that the inventory has backed up by AWS Backup",
        ),
        right: counted(
            known.protected.len(),
            "resources that AWS Backup lists as protected",
        ),
        explained,
        open,
        proof: both(proven(context, &keys[..1], span), register),
        evidence: evidence(&keys, cited),
        resolves: "the row of the inventory for each protected resource, and complete lists of these",
    })
}
