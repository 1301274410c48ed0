//! Completed copies against the recovery points that they made, in whatever account and region these lie.

use std::collections::BTreeSet;

use super::points::{deleted, shown};
use super::{Reconciliation, counted, evidence, proven};
use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::place::{Place, tail};
use crate::model::records::backups::{CopyJob, JobState, Provider};
use crate::model::source::{Source, SourceKey};

pub(super) fn reconcile(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let (records, span) = (context.records, examined(context.scope));
    let key = place.key(Source::AwsCopyJobs);
    let completed = records.copies.iter().filter(|copy| {
        let completed = matches!(
            copy.value.state,
            JobState::Completed | JobState::CompletedWithIssues
        );
        completed && copy.key == key && span.contains(copy.value.created)
    });
    let completed: Vec<_> = completed.collect();
    let (shown, deleted) = (shown(context), deleted(context));
    let mut keys = BTreeSet::from([key]);
    keys.extend(completed.iter().filter_map(|copy| destination(&copy.value)));
    let (mut matched, mut explained, mut open, mut cited) = (0, Vec::new(), Vec::new(), Vec::new());
    for copy in &completed {
        match copy.value.destination_point.as_deref() {
            Some(point) if shown.contains(point) => {
                matched += 1;
                continue;
            }
            Some(point) if deleted.contains(point) => {
                explained.push(format!(
                    "{} of copy {} was deleted before a listing",
                    tail(point),
                    copy.value.id
                ));
            }
            point => {
                let point = point.map_or("no recovery point", tail);
                open.push(format!(
                    "copy {} made {point}, which no complete listing shows",
                    copy.value.id
                ));
            }
        }
        cited.push(&copy.citation);
    }
    let keys: Vec<SourceKey> = keys.into_iter().collect();
    (!completed.is_empty()).then(|| Reconciliation {
        name: "copies",
        left: counted(completed.len(), "completed copies"),
        right: counted(matched, "recovery points listed at their destination"),
        explained,
        open,
        proof: proven(context, &keys, span),
        evidence: evidence(&keys, cited),
        resolves: "listings of the destination vaults taken while the copies were there",
    })
}

/// The list of recovery points in which a copy has to appear.
fn destination(copy: &CopyJob) -> Option<SourceKey> {
    let vault = copy.destination_vault.as_deref()?;
    let place = Place::of(&vault.parse().ok()?, None)?;
    (place.provider == Provider::Aws).then(|| place.points())
}
