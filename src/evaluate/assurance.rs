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
                && document.reviewed.is_some_and(|at| at < context.scope.as_of)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::{World, at, key, observed};

    #[test]
    fn the_first_document_of_the_vendor_that_covers_the_period_is_found() {
        let reviewed = |documents: &[(&str, &str, &str)], reviewed: &str| {
            let mut world = World::new();
            for (vendor, start, end) in documents {
                let document = VendorAssurance {
                    vendor: (*vendor).to_owned(),
                    document: "SOC2".to_owned(),
                    start: start.parse().expect("a day"),
                    end: end.parse().expect("a day"),
                    reviewed_by: Some("p-001".to_owned()),
                    reviewed: Some(at(reviewed)),
                };
                let (seen, key) = (world.collected(), key(Source::VendorAssurance, ""));
                world
                    .records
                    .assurances
                    .push(observed(key, seen, start, document));
            }
            world.with_context(|context| {
                let found = Assurance::of(context, Provider::Aws).found;
                found.map(|document| document.value.start.to_string())
            })
        };
        let found = |documents: &[(&str, &str, &str)]| reviewed(documents, "2026-07-10T23:59:59Z");
        let whole = ("2026-07-01", "2026-07-10");
        for (vendor, is_it) in [
            ("AWS", true),
            ("Amazon Web Services, Inc.", true),
            ("Amazon", false),
            ("MongoDB", false),
        ] {
            assert_eq!(found(&[(vendor, whole.0, whole.1)]).is_some(), is_it, "{vendor}");
        }
        assert_eq!(found(&[("AWS", "2026-07-02", "2026-07-10")]), None);
        assert_eq!(found(&[("AWS", "2026-07-01", "2026-07-09")]), None);
        let two = [
            ("AWS", "2026-06-01", "2026-08-01"),
            ("AWS", "2026-01-01", "2026-12-31"),
        ];
        assert_eq!(found(&two), Some("2026-01-01".to_owned()));
        // Who reviews it at the as-of instant has not reviewed it yet.
        assert_eq!(reviewed(&two, "2026-07-11"), None);
    }
}
