//! CT-01: the evidence is complete, accurate and in the period (the gate).
//!
//! Items: each source in each place of the estate over the period, with one INDETERMINATE item for each gap, and one for
//! each time whose list of completed jobs failed, and each job whose description did; each
//! contradiction and each record without its form; per account and region, the [`reconciliation`]s of sources that have to
//! tie; the inventory's accounts and regions against the estate; each log file or digest of a trail that was altered,
//! deleted or added. Every other test asks the same coverage for its proofs, so a gap gates there what relies on it. Altered bytes never reach this test: the ledger
//! refuses them.

use std::collections::BTreeMap;

use chrono::TimeDelta;

mod completions;
mod digests;
mod reconciliation;

use self::completions::{examine_completions, examine_descriptions};
use self::digests::examine_digests;
use self::reconciliation::reconcile;
use crate::evaluate::context::Context;
use crate::evaluate::duty::alive;
use crate::evaluate::grounds::{Grounds, examined};
use crate::model::finding::{Evidence, Finding, FindingBuilder};
use crate::model::ids::TestId;
use crate::model::records::governance::Hosting;
use crate::model::source::{Reach, Source, SourceKey};
use crate::model::time::show;

/// Concludes CT-01.
pub(super) fn evidence_complete(context: &Context<'_>, test: TestId) -> Finding {
    let expected = context.records.coverage.expected();
    // The population is the estate as it is configured, whatever was collected of it.
    let basis = Grounds::of(&context.records.coverage, Source::ALL, examined(context.scope)).basis;
    let mut builder = FindingBuilder::new(
        test,
        "sources in each place of the estate, and their checks",
        basis,
    );
    for key in expected {
        examine_source(context, key, &mut builder);
    }
    examine_completions(context, &mut builder);
    examine_descriptions(context, &mut builder);
    examine_contradictions(context, &mut builder);
    reconcile(context, &mut builder);
    examine_places(context, &mut builder);
    examine_digests(context, &mut builder);
    builder.finish("the estate has no place")
}

fn examine_source(context: &Context<'_>, key: &SourceKey, builder: &mut FindingBuilder) {
    let id = key.to_string().replace(' ', "/");
    match context.records.coverage.prove(key, examined(context.scope)) {
        Ok(proof) => {
            observe_made_good(context, key, &id, builder);
            builder.supported(id, &proof, Evidence::place(key));
        }
        Err(gaps) => {
            for gap in &gaps {
                let id = format!("{id}/{}", show(gap.interval.start()));
                builder.gap(id, std::slice::from_ref(gap), None);
            }
            examine_age(context, key, &id, builder);
        }
    }
}

/// Pulls of the period that fell short, while others speak for what they asked.
fn observe_made_good(context: &Context<'_>, key: &SourceKey, id: &str, builder: &mut FindingBuilder) {
    let of_key = context
        .records
        .pulls
        .iter()
        .filter(|pulled| pulled.receipt.key == *key);
    let in_period = of_key.filter(|pulled| examined(context.scope).contains(pulled.receipt.started));
    let short: Vec<_> = in_period.filter(|pulled| !pulled.whole).collect();
    let Some(first) = short.first() else { return };
    let why = match first.receipt.failure() {
        Some((code, message)) => format!("{code}: {message}"),
        None => "it does not prove itself whole".to_owned(),
    };
    let text = format!(
        "{id}: pulls of the period that fell short while others cover what they asked: {}; the first is {}: {why}",
        short.len(),
        first.receipt.id
    );
    builder.observe(text, Evidence::place(key));
}

/// Evidence of a configuration may be no older than management allows at the as-of instant.
fn examine_age(context: &Context<'_>, key: &SourceKey, id: &str, builder: &mut FindingBuilder) {
    // The digests' own gaps say where their chain ends.
    if key.source.reach() == Reach::Window || key.source == Source::CloudtrailDigests {
        return;
    }
    let (as_of, days) = (context.scope.as_of, context.criteria.evidence_max_age_days);
    let newest = context
        .records
        .coverage
        .spans(key)
        .iter()
        .last()
        .map(|span| span.end());
    if let Some(newest) = newest.filter(|newest| as_of - *newest > TimeDelta::days(days)) {
        let reason = format!(
            "the newest complete listing is of {}, more than {days} days old",
            show(newest)
        );
        let resolves = format!("a complete listing no older than {days} days at {}", show(as_of));
        builder.indeterminate(format!("{id}/age"), reason, resolves, Evidence::place(key));
    }
}

fn examine_contradictions(context: &Context<'_>, builder: &mut FindingBuilder) {
    for conflict in &context.records.conflicts {
        let id = format!("conflict/{}/{}", conflict.source, conflict.id);
        let reason = format!("revisions contradict each other: {}", conflict.difference);
        if let Some(evidence) = Evidence::all(&conflict.citations) {
            builder.indeterminate(id, reason, "the source's own account of the difference", evidence);
        }
    }
    for misfit in &context.records.misfits {
        let (evidence, locator) = (misfit.citation.evidence.short(), &misfit.citation.locator);
        let id = format!(
            "misfit/{}/{evidence}{locator}",
            misfit.key.to_string().replace(' ', "/")
        );
        let record = misfit.id.as_deref().unwrap_or("a record without a readable id");
        let reason = format!("{record} does not have its form: {}", misfit.reason);
        builder.indeterminate(
            id,
            reason,
            "a pull whose records have their form",
            Evidence::of(&misfit.citation),
        );
    }
}

/// Every account and region that the inventory names has to be part of the estate.
fn examine_places(context: &Context<'_>, builder: &mut FindingBuilder) {
    let register = context
        .records
        .coverage
        .prove_register(Source::SystemsInventory, context.scope.as_of);
    let expected = context.records.coverage.expected();
    let mut places: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in &context.records.systems {
        if matches!(row.value.hosting, Hosting::Aws | Hosting::Atlas)
            && alive(&row.value, &examined(context.scope))
        {
            places
                .entry((row.value.hosting, &row.value.account, &row.value.region))
                .or_default()
                .push(row);
        }
    }
    for ((hosting, account, region), rows) in places {
        let source = if hosting == Hosting::Aws {
            Source::AwsBackupJobs
        } else {
            Source::AtlasSnapshots
        };
        let of_account = |key: &&SourceKey| key.source == source && key.account == *account;
        // An Atlas project has no region of its own.
        let collected = expected
            .iter()
            .filter(of_account)
            .any(|key| hosting == Hosting::Atlas || key.region == *region);
        let id = format!("estate/{account}/{region}");
        let Some(evidence) = Evidence::all(rows.iter().map(|row| &row.citation)) else {
            continue;
        };
        if collected {
            builder.supported_if(id, &register, evidence);
        } else {
            let reason = format!(
                "{} systems of the inventory are in {account} {region}, which is not collected",
                rows.len()
            );
            builder.indeterminate(
                id,
                reason,
                "the account and region in the estate, and their evidence",
                evidence,
            );
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
