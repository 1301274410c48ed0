//! What a vendor's own promise relies on: a reviewed report or certificate that covers the whole period.

use super::context::Context;
use crate::model::coverage::{Gap, Proof};
use crate::model::records::Observed;
use crate::model::records::backups::Provider;
use crate::model::records::governance::VendorAssurance;
use crate::model::source::Source;

/// What is known of a vendor's assurance.
#[derive(Debug, Clone)]
pub struct Assurance<'a> {
    /// Proof that the register is whole.
    pub register: Result<Proof, Vec<Gap>>,
    /// A SOC 2 report or ISO certificate for the whole period that somebody reviewed.
    pub found: Option<&'a Observed<VendorAssurance>>,
}

impl<'a> Assurance<'a> {
    /// Of the provider of backups.
    pub fn of(context: &Context<'a>, provider: Provider) -> Self {
        let (records, period) = (context.records, &context.scope.period);
        let is_of = |vendor: &str| {
            let vendor = vendor.to_ascii_lowercase();
            match provider {
                Provider::Atlas => vendor.contains("mongodb"),
                Provider::Aws => vendor == "aws" || vendor.contains("amazon web services"),
            }
        };
        let covers = |document: &&Observed<VendorAssurance>| {
            let document = &document.value;
            is_of(&document.vendor)
                && matches!(document.document.as_str(), "SOC2" | "ISO")
                && document.start <= period.first_day()
                && document
                    .end
                    .succ_opt()
                    .is_some_and(|after| period.day_after() <= after)
                && document.reviewed_by.is_some()
                && document.reviewed.is_some_and(|at| at <= context.scope.as_of)
        };
        let found = records.standing_assurances().filter(covers);
        Self {
            register: records
                .coverage
                .prove_register(Source::VendorAssurance, context.scope.as_of),
            found: found.min_by_key(|document| (document.value.start, &document.citation)),
        }
    }
}
