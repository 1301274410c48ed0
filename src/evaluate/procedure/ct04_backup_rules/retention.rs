//! What the rules keep, compared with what management has approved.

use std::collections::{BTreeMap, BTreeSet};

use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::rules_in_force::{NoRuns, RuleInForce};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Citation;
use crate::model::source::SourceKey;

/// What a rule keeps: days, for ever, or nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Keeps {
    Days(i64),
    ForEver,
    Unknown,
}

/// Every rule that applies to a resource, with what its versions keep and where they stand.
#[derive(Debug, Default)]
pub(super) struct Retention<'a>(BTreeMap<(String, SourceKey), BTreeMap<Keeps, BTreeSet<&'a Citation>>>);

impl<'a> Retention<'a> {
    /// Adds a rule, which `id` names and which `key` would show.
    pub(super) fn add(&mut self, id: String, key: SourceKey, rule: &RuleInForce<'a>) {
        let keeps = match (rule.keep_days, &rule.timetable) {
            (_, Err(NoRuns::NotCollected)) => Keeps::Unknown,
            (Some(days), _) => Keeps::Days(days),
            (None, _) => Keeps::ForEver,
        };
        let versions = self.0.entry((id, key)).or_default();
        versions.entry(keeps).or_default().insert(rule.record);
    }

    /// One item a rule; one in all while management has approved no minimum.
    pub(super) fn conclude(self, context: &Context<'_>, builder: &mut FindingBuilder) {
        let Some(minimum) = context.criteria.min_retention_days else {
            let records = self
                .0
                .values()
                .flat_map(|versions| versions.values().flatten().copied());
            if let Some(evidence) = Evidence::all(records) {
                let reason = "the policy sets no retention, and management has approved none: what the rules keep can't be judged";
                builder.indeterminate(
                    "retention",
                    reason,
                    "an approved value of min_retention",
                    evidence,
                );
            }
            return;
        };
        for ((rule, key), versions) in &self.0 {
            let id = format!("{rule}/retention");
            let proof = context.records.coverage.prove(key, examined(context.scope));
            for (keeps, records) in versions {
                let evidence = Evidence::all(records.iter().copied());
                let evidence = evidence.expect("invariant: a version has a record");
                match keeps {
                    Keeps::Unknown => {
                        let reason = "the plan version's rules were not collected";
                        builder.indeterminate(&id, reason, "the plan version's content", evidence);
                    }
                    Keeps::Days(days) if *days < minimum => {
                        let condition = format!("it keeps what it makes for {days} days");
                        let criterion = format!("recovery points are kept for at least {minimum} days");
                        builder.exception(&id, Severity::High, condition, criterion, evidence);
                    }
                    Keeps::Days(_) | Keeps::ForEver => {
                        builder.supported_if(&id, &proof, evidence.clone());
                        if *keeps == Keeps::ForEver {
                            let text = format!(
                                "{rule} keeps what it makes for ever: look at it for data minimisation"
                            );
                            builder.observe(text, evidence);
                        }
                    }
                }
            }
        }
    }
}
