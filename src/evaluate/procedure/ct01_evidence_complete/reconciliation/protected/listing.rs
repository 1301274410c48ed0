//! What AWS Backup lists as protected against the listing that does not depend on it.

use std::collections::BTreeMap;

use super::{Known, still};
use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::place::{Place, tail};
use crate::evaluate::procedure::ct01_evidence_complete::reconciliation::{
    Reconciliation, counted, evidence, proven,
};
use crate::model::source::Source;

pub(in super::super) fn reconcile(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let known = Known::of(context, place);
    let keys = [known.key.clone(), place.key(Source::CloudResourceListing)];
    let span = examined(context.scope);
    let listed = context.records.resources.iter().filter(|row| row.key == keys[1]);
    let listed: BTreeMap<_, _> = listed.map(|row| (&row.value.id, row)).collect();
    let whole = context
        .records
        .listings
        .iter()
        .filter(|listing| listing.key == keys[1]);
    let listings: Vec<_> = whole
        .map(|listing| listing.at)
        .filter(|at| *at >= span.start())
        .collect();
    let bearing = listed.iter().filter(|(resource, row)| {
        let stood = row.value.tag_history.iter().any(|(at, _)| *at >= span.start());
        known.protected.contains_key(*resource) || row.value.data_bearing && stood
    });
    let bearing: Vec<_> = bearing.collect();
    let (mut explained, mut open, mut cited) = (Vec::new(), Vec::new(), Vec::new());
    for (resource, citation) in known
        .protected
        .iter()
        .filter(|(resource, _)| !listed.contains_key(*resource))
    {
        let name = tail(resource.as_str());
        // A listing taken before the resource was given up should have had it.
        match known
            .given_up(resource)
            .filter(|at| !listings.iter().any(|listing| listing < at))
        {
            Some(at) => explained.push(still(name, at)),
            None => open.push(format!(
                "{name} is protected, and the independent listing does not have it"
            )),
        }
        cited.push(*citation);
    }
    for (resource, row) in bearing
        .iter()
        .filter(|(resource, _)| !known.protected.contains_key(*resource))
    {
        let name = tail(resource.as_str());
        if known.is_backed_up(resource) {
            open.push(format!(
                "{name} has recovery points and is not listed as protected"
            ));
        } else {
            explained.push(format!(
                "{name} can hold data and has no recovery point in AWS Backup"
            ));
        }
        cited.push(&row.citation);
    }
    (!known.protected.is_empty() || !bearing.is_empty()).then(|| Reconciliation {
        name: "protected-listing",
        left: counted(
            known.protected.len(),
            "resources that AWS Backup lists as protected",
        ),
        right: counted(
            bearing.len(),
            "resources of the independent listing that are protected or can hold data",
        ),
        explained,
        open,
        proof: proven(context, &keys, span),
        evidence: evidence(&keys, cited),
        resolves: "an independent listing that has every resource, tagged or not",
    })
}
